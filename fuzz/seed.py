#!/usr/bin/env python3
"""Grows a corpus for each target, out of the vectors: fuzz/corpus/TARGET/seed-*. What stands there already stays.

The bytes are what each target's `Input` takes in its order: switches as `0` and `1`, numbers in little endian, then text.
"""

import hashlib
import json
import struct
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
VECTORS = FUZZ.parent / "tests" / "vectors"

DEFAULT = "11100010"
S3 = "00100111"
# Nothing is resolved, a `+` is itself, the token is not signed.
OTHER = "01010000"
SIGNATURE = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


def main():
    for target, seeds in {
        "authorization": authorization(),
        "canonical": [how + b"1" + text for how, text in requests()],
        "explain": explain(),
        "headers": [how + text.partition(b"\r\n")[2].partition(b"\r\n\r\n")[0] for how, text in requests()],
        "http": [how + b"1" + text for how, text in requests()],
        "keyspaces": keyspaces(),
        "path": [flags + path for _, text in requests() for flags in (b"11", b"00") for path in [parts(text)[0]]],
        "query": [flag + query for _, text in requests() for flag in (b"1", b"0") for query in [parts(text)[1]]],
        "round_trip": [how + b"1\x07\x00\x03\x40\x01\x05" + text for how, text in requests()],
    }.items():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            (folder / f"seed-{hashlib.sha256(seed).hexdigest()[:16]}").write_bytes(seed)


def how(policy, token=0, expires=None):
    """`How` of fuzz/src/how.rs."""
    switches = f"{policy}{token}{0 if expires is None else 1}"
    return switches.encode() + struct.pack("<I", expires or 0)


def requests():
    """How each request of the vectors is signed, and its text; and one with more of everything than fits a stack."""
    suite = json.loads((VECTORS / "aws-sigv4-suite.json").read_text())
    for case in suite["cases"]:
        policy = DEFAULT if case.get("normalize_path", True) else "0" + DEFAULT[1:]
        token = 1 if case.get("session_token") else 0
        text = request(case)
        yield how(policy, token), text
        yield how(policy, token, 3600), text
    s3 = json.loads((VECTORS / "s3-examples.json").read_text())
    for case in s3["header"]:
        yield how(S3), request(case)
        yield how(OTHER, 1, 900), request(case)
    path = "".join(f"/{n}/.." if n % 3 else f"/%2{n % 10}+" for n in range(40))
    query = "&".join(f"{n * 7 % 11}={n}" for n in range(40))
    headers = [("Host", "db.example")] + [(f"x-{n * 5 % 13}", f"{n} \t {n}") for n in range(40)]
    many = request({"method": "PUT", "target": f"{path}?{query}", "headers": headers, "body": "body"})
    for policy in (DEFAULT, S3, OTHER):
        yield how(policy, 1), many
        yield how(policy, 1, 604_800), many


def request(case):
    lines = [f"{case['method']} {case['target']} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in case["headers"]]
    return ("\r\n".join(lines) + "\r\n\r\n" + (case.get("body") or "")).encode()


def parts(text):
    target = text.split(b" ", 1)[1].split(b" HTTP/1.1\r\n")[0]
    path, _, query = target.partition(b"?")
    return path, query


def authorization():
    credential = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    for names in ("host;x-amz-date", "host;x-amz-content-sha256;x-amz-date", "host;x-amz-date;x-amz-security-token"):
        value = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={SIGNATURE}"
        for flags in ("000", "001", "100", "101"):
            yield f"{flags}{value}".encode()
            yield f"{flags}{value.replace(', ', ',')}".encode()
    suite = json.loads((VECTORS / "aws-sigv4-suite.json").read_text())
    for case in suite["cases"]:
        query, signature = case["query"]["canonical_request"][2], case["query"]["signature"]
        names = query.partition("X-Amz-SignedHeaders=")[2].partition("&")[0]
        query = query.replace(f"X-Amz-SignedHeaders={names}", "X-Amz-SignedHeaders=host")
        for flags in ("010", "110"):
            yield f"{flags}{query}&X-Amz-Signature={signature}".encode()


def explain():
    """Error bodies as services write them, with places for what they show."""
    sentence = "The request signature we calculated does not match the signature you provided."
    shown = "The Canonical String for this request should have been\\n'{json}'\\n\\nThe String-to-Sign should have been\\n'{string}'\\n"
    s3 = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>' + sentence + "</Message>"
        "<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>{string}</StringToSign><SignatureProvided>{signature}"
        "</SignatureProvided><CanonicalRequest>{canonical}</CanonicalRequest>"
    )
    answers = [
        s3 + "<CanonicalRequestBytes>{hex}</CanonicalRequestBytes><RequestId>1</RequestId></Error>",
        s3 + "<Token>{token}</Token>{secret}</Error>",
        '{"message":"' + sentence + "\\n\\n" + shown + '"}',
        '{"__type":"com.amazon.coral.service#InvalidSignatureException","Message":"' + shown + '"}',
        '{"errors":[{"message":"' + shown + '"}]}',
        "HTTP/1.1 403 Forbidden\r\nDate: Sun, 30 Aug 2015 12:36:01 GMT\r\nx-amzn-ErrorType: ExpiredTokenException\r\n\r\n"
        '{"message":"x-amz-security-token: {token}"}',
        "<ErrorResponse><Error><Type>Sender</Type><Code>RequestTimeTooSkewed</Code><Message>{percent}</Message>"
        "<RequestTime>20150830T123600Z</RequestTime><ServerTime>2015-08-30T12:26:00Z</ServerTime></Error></ErrorResponse>",
        "An error occurred (SignatureDoesNotMatch) when calling the Get operation: {canonical} {secret}",
        "2015-08-30 12:36:01 ERROR 403 GET /a%2520b/c a=1&b=%20&c=x%2By accept:*/* host:db.example:8182 x-amz-date:x",
        '{"requestId":"1","code":"AccessDeniedException","detailedMessage":"Missing Authentication Token"}',
    ]
    answers += [
        json.dumps({"message": message})
        for message in (
            "Credential should be scoped to correct service: 'execute-api'.",
            "Credential should be scoped to a valid region, not 'us-east-1'.",
            "Signature expired: 20150830T123600Z is now earlier than 20150830T124500Z (20150830T125000Z - 5 min.)",
            "Signature not yet current: 20150830T123600Z is still later than 20150830T122500Z (20150830T122000Z + 5 min.)",
            "The security token included in the request is invalid.",
            "'a' is named as a SignedHeader, but it does not exist in the HTTP request",
            "There were headers present in the request which were not signed",
        )
    ]
    for answer in answers:
        for flags in ("0100", "1110", "0101"):
            yield (flags + answer).encode()


def keyspaces():
    head = struct.pack("<IH", 1_591_742_511, 0) + b"1" + struct.pack("<H", 2000)
    for text in (
        "nonce=91703fdc2ef562e19fbdab0f58e42fe5",
        "realm=a,nonce=0c0b0c6f3946d14ce1a49a8f8c86a888,b=c",
        "nonce=00000000000000000000000000000000",
        "nonce=,nonce=91703fdc2ef562e19fbdab0f58e42fe5",
        "signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,access_key=UserID-1,"
        "amzdate=2020-06-09T22:41:51.000Z,session_token=sess-token-1",
    ):
        yield head + text.encode()
        yield head[:6] + b"0" + head[7:] + text.encode()


if __name__ == "__main__":
    main()
