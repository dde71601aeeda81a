// Signs with @smithy/signature-v4, the signer of AWS's SDK for JavaScript: JSON Lines in, in the form that examples/stages.rs
// reads, and JSON Lines out, one for each line in: what it says that it signed, and what it sends; or {"name", "error"}.
// Its argument is the folder in which the package is installed.

import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/`);
const { SignatureV4 } = require("@smithy/signature-v4");
const { buildQueryString, parseQueryString } = require("@smithy/core/protocols");

/** SHA-256, or HMAC-SHA-256 where there is a key, as the signer wants it. */
class Sha256 {
    constructor(key) {
        this.hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
    }

    update(bytes) {
        this.hash.update(bytes);
    }

    async digest() {
        return new Uint8Array(this.hash.digest());
    }
}

/** Remembers the texts. */
class Recording extends SignatureV4 {
    said = {};

    createCanonicalRequest(request, headers, payload) {
        this.said.signed_headers = this.getCanonicalHeaderList(headers);
        return (this.said.canonical_request = super.createCanonicalRequest(request, headers, payload));
    }

    async createStringToSign(...parts) {
        return (this.said.string_to_sign = await super.createStringToSign(...parts));
    }
}

/** The fields of one line are those that `Smithy` in peers.py writes. */
async function answer(job) {
    const signer = new Recording({
        applyChecksum: job.sends_hash,
        credentials: {
            accessKeyId: job.access_key_id,
            secretAccessKey: job.secret_access_key,
            sessionToken: job.token ?? undefined,
        },
        region: job.region,
        service: job.service,
        sha256: Sha256,
        uriEscapePath: job.resolves_and_encodes_path,
    });
    const request = {
        method: job.method,
        protocol: "https:",
        hostname: "target.example",
        path: job.path,
        query: parseQueryString(`?${job.query}`), // it drops one mark
        headers: Object.fromEntries(job.headers),
        // A body that streams is one that it does not hash.
        body: job.unsigned_payload ? { streams: true } : Buffer.from(job.body_b64, "base64"),
    };
    const options = {
        signingDate: new Date(job.time),
        signableHeaders: new Set(job.signable_headers),
        unsignableHeaders: new Set(job.unsignable_headers),
        unhoistableHeaders: new Set(job.headers.map(([name]) => name.toLowerCase())),
    };
    const signed =
        job.mode === "query"
            ? await signer.presign(request, { ...options, expiresIn: job.expires_in })
            : await signer.sign(request, options);
    const signature = signed.query["X-Amz-Signature"] ?? /Signature=([0-9a-f]*)/.exec(signed.headers.authorization)[1];
    const query = buildQueryString(signed.query);
    return {
        said: { ...signer.said, signature },
        target: query ? `${signed.path}?${query}` : signed.path,
        headers: Object.entries(signed.headers),
    };
}

for await (const line of createInterface({ input: process.stdin })) {
    const signed = await answer(JSON.parse(line)).catch((error) => ({ error: String(error) }));
    console.log(JSON.stringify(signed));
}
