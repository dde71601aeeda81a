"""The rules of signing and verifying, written down a second time: slow, obvious, standard library only.

`sign` takes one request in the form that `examples/stages.rs` reads, `verify` one in the form of `examples/verify.rs`. Each
gives what the example should answer, and raises `Refused` where it should answer with an error.
"""

import base64
import datetime
import hashlib
import hmac
import re
import string
import types

UNRESERVED = (string.ascii_letters + string.digits + "-._~").encode()
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
NEVER_SIGNED = set(
    "authorization baggage connection expect forwarded keep-alive max-forwards proxy-authenticate proxy-authorization te "
    "traceparent tracestate trailer transfer-encoding upgrade user-agent via x-amzn-trace-id".split()
)
NEVER_SIGNED_PREFIXES = ("sec-websocket-", "x-forwarded-")
NEVER_PRESIGNED = {"x-amz-user-agent", "x-amz-checksum-mode"}
EXCLUDED = {"content-length", "x-amz-meta-a"}  # by a policy
SIGNING_PARAMETERS = {b"X-Amz-" + name.encode() for name in
                      "Algorithm Credential Date Expires Security-Token Signature SignedHeaders".split()}
DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Refused(Exception):
    """The request has no signature, or a wrong one. The complaint begins with the code of a verifier's answer."""


def require(condition, complaint):
    if not condition:
        raise Refused(complaint)


def encode(raw, keep=b""):
    return "".join(chr(byte) if byte in UNRESERVED + keep else f"%{byte:02X}" for byte in raw)


def decode(text):
    """A broken escape stays as it is: `encode` makes it a literal %25."""
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda escape: bytes([int(escape[1], 16)]), text)


def split(request):
    """Scheme, authority (both None for a `target`), path and query."""
    if "target" in request:
        path, _, query = request["target"].encode().partition(b"?")
        return None, None, path, query
    url = re.fullmatch(r"([^:/?#]+)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", request["url"], re.S)
    require(url, "InvalidRequest: the URL is not absolute")
    return url[1], url[2], url[3].encode(), (url[4] or "").encode()


def canonical_path(path, style, normalize):
    path = path or b"/"
    require(path.startswith(b"/"), "InvalidRequest: the path does not begin with /")
    if style == "s3":
        return "/".join(encode(decode(segment)) for segment in path.split(b"/"))
    if normalize:
        kept = []
        for segment in path.split(b"/"):
            if segment == b"..":
                kept = kept[:-1]
            elif segment not in (b"", b"."):
                kept.append(segment)
        path = b"/" + b"/".join(kept) + (b"/" if kept and path.endswith(b"/") else b"")
    return encode(path, keep=b"/")


def parameters(query, plus="space"):
    query = query.replace(b"+", b"%20" if plus == "space" else b"%2B")
    pieces = [piece.partition(b"=") for piece in query.split(b"&") if piece]
    return [(decode(key), decode(value)) for key, _, value in pieces]


def canonical_query(pairs):
    return "&".join(f"{key}={value}" for key, value in sorted((encode(key), encode(value)) for key, value in pairs))


def canonical_value(raw):
    text = re.sub("\r?\n(?=[ \t])", " ", raw)
    require(not re.search("[\r\n\0]", text), "InvalidRequest: a header value holds CR, LF or NUL")
    return re.sub("[ \t]+", " ", text).strip(" ")


def host_of(scheme, authority):
    host = authority.rpartition("@")[2].lower()
    name, port = re.fullmatch(r"(.*?)(?::([0-9]*))?", host, re.S).groups()
    require(name, "SignatureDoesNotMatch: there is no host")
    if not port or int(port) == DEFAULT_PORTS.get(scheme.lower()):
        return name
    return f"{name}:{port}"


def never_signed(name):
    return name in NEVER_SIGNED or name.startswith(NEVER_SIGNED_PREFIXES)


def chosen(request, name):
    """By the policy of the request."""
    minimal = request.get("only_minimal_headers") and not (name in ("host", "content-type") or name.startswith("x-amz-"))
    return not minimal and not (request.get("exclude_headers") and name in EXCLUDED)


def collect(request, scheme, authority):
    """The values of each header by lower-case name, with the host."""
    headers = {}
    for name, value in request.get("headers", []):
        require(TOKEN.fullmatch(name), "InvalidRequest: a header name is not a token")
        headers.setdefault(name.lower(), []).append(canonical_value(value))
    if "host" not in headers:
        require(authority is not None, "SignatureDoesNotMatch: there is no host")
        headers["host"] = [host_of(scheme, authority)]
    require(len(headers["host"]) == 1 and headers["host"][0], "SignatureDoesNotMatch: not one host")
    return headers


def basic_time(request):
    return re.sub(r"[-:]|\.[0-9]+", "", request["timestamp"])


def body_of(request):
    return base64.b64decode(request["body_b64"]) if "body_b64" in request else request.get("body", "").encode()


def canonical_request(request, path, pairs, headers, names, payload):
    return "\n".join([
        request["method"],
        canonical_path(path, request.get("style", "default"), request.get("normalize_path", True)),
        canonical_query(pairs),
        *(f"{name}:{','.join(headers[name])}" for name in names),
        "",
        ";".join(names),
        payload,
    ])


def string_to_sign(time, scope, canonical):
    return "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()])


def signature(secret, scope, to_sign):
    key = b"AWS4" + secret.encode()
    for part in scope.split("/") + [to_sign]:
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def sign(request):
    style, presign = request.get("style", "default"), request["mode"] == "query"
    token, token_is_signed = request.get("session_token"), not request.get("omit_session_token")
    time = basic_time(request)
    scope = f"{time[:8]}/{request['region']}/{request['service']}/aws4_request"
    credential = f"{request['access_key_id']}/{scope}"
    payload = "UNSIGNED-PAYLOAD" if presign and style == "s3" else hashlib.sha256(body_of(request)).hexdigest()

    require(TOKEN.fullmatch(request["method"]), "InvalidRequest: the method is not a token")
    scheme, authority, path, query = split(request)
    require(not re.search(rb"[\r\n\0]", path + query), "InvalidRequest: the target holds CR, LF or NUL")
    pairs = parameters(query)
    require(not SIGNING_PARAMETERS & {key for key, _ in pairs}, "the request is signed already")
    headers = collect(request, scheme, authority)

    if presign:
        require(1 <= request["expires_in"] <= 604800, "expires")
        require("authorization" not in headers, "two authorizations")
        require(not (token and "x-amz-security-token" in headers), "two tokens")
    else:
        headers["x-amz-date"] = [time]
        headers.pop("x-amz-security-token", None)
        if token and token_is_signed:
            headers["x-amz-security-token"] = [token]
    sends_hash = not presign and (style == "s3" or request.get("signed_body_header"))
    if sends_hash or "x-amz-content-sha256" in headers:
        headers["x-amz-content-sha256"] = [payload]

    unsigned = NEVER_PRESIGNED if presign else set()
    names = sorted(n for n in headers if n not in unsigned and not never_signed(n) and chosen(request, n))
    signed_headers = ";".join(names)
    if presign:
        added = {"Algorithm": "AWS4-HMAC-SHA256", "Credential": credential, "Date": time,
                 "Expires": str(request["expires_in"]), "SignedHeaders": signed_headers}
        if token and token_is_signed:
            added["Security-Token"] = token
        pairs += [(f"X-Amz-{name}".encode(), value.encode()) for name, value in added.items()]

    canonical = canonical_request(request, path, pairs, headers, names, payload)
    to_sign = string_to_sign(time, scope, canonical)
    signed = signature(request["secret_access_key"], scope, to_sign)
    answer = {"canonical_request": canonical, "string_to_sign": to_sign, "signature": signed,
              "signed_headers": signed_headers}
    if presign:
        origin = "" if authority is None else f"{scheme}://{authority}"
        unsigned_token = "" if not token or token_is_signed else f"&X-Amz-Security-Token={encode(token.encode())}"
        answer["url"] = (f"{origin}{path.decode()}?{canonical_query(pairs)}{unsigned_token}"
                         f"&X-Amz-Signature={signed}")
    else:
        answer["authorization"] = (f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_headers}, "
                                   f"Signature={signed}")
    return answer


def moment(text):
    require(re.fullmatch("[0-9]{8}T[0-9]{6}Z", text), "IncompleteSignature")
    try:
        return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise Refused("IncompleteSignature") from None


def presigned_parts(pairs):
    """The parts of a signature in a query."""
    found = {key.decode().removeprefix("X-Amz-"): value.decode(errors="replace")
             for key, value in pairs if key in SIGNING_PARAMETERS}
    require({"Credential", "Date", "Expires", "SignedHeaders", "Signature"} <= found.keys(), "IncompleteSignature")
    return found


def header_parts(headers):
    """The same in an Authorization header, and in x-amz-date."""
    algorithm, _, rest = headers["authorization"][0].partition(" ")
    found = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        require(equals and name not in found, "IncompleteSignature")
        found[name] = value
    require({"Credential", "SignedHeaders", "Signature"} <= found.keys(), "IncompleteSignature")
    return {**found, "Algorithm": algorithm, "Date": ",".join(headers.get("x-amz-date", []))}


def read(arrived):
    """What a request says of its signature, and what that is made of. A part that makes no sense is refused here."""
    target = arrived.get("target", "")
    sent = arrived.get("url", target)
    require(sent.startswith("/") or not re.search(r"[#\\]", sent), "InvalidRequest: others read such a URL otherwise")
    is_url = re.match("[A-Za-z][A-Za-z0-9+.-]*://", target)  # HTTP's absolute form
    scheme, authority, path, query = split({"url": target} if is_url else arrived)
    require(path.startswith(b"/") or not path, "InvalidRequest: the path does not begin with /")
    require(not re.search(rb"%(?![0-9A-Fa-f]{2})", query), "MalformedQueryString")
    pairs, headers = parameters(query, arrived.get("plus", "space")), collect(arrived, scheme, authority)
    if authority is not None and "host" in {name.lower() for name, _ in arrived["headers"]}:
        same = host_of(scheme, authority) == host_of(scheme, headers["host"][0]) and "@" not in headers["host"][0]
        require(same, "SignatureDoesNotMatch: two hosts")

    presigned = any(key == b"X-Amz-Algorithm" for key, _ in pairs)
    require(not (presigned and "authorization" in headers), "SignatureDoesNotMatch")
    require(presigned or "authorization" in headers, "MissingAuthenticationToken")
    found = presigned_parts(pairs) if presigned else header_parts(headers)
    require(found["Algorithm"] == "AWS4-HMAC-SHA256", "IncompleteSignature")
    keys = [key for key, _ in pairs if key in SIGNING_PARAMETERS]
    require(len(keys) == len(set(keys)), "IncompleteSignature")
    tokens = [value.decode(errors="replace") for key, value in pairs if key == b"X-Amz-Security-Token"]
    if "x-amz-security-token" in headers:
        tokens.append(",".join(headers["x-amz-security-token"]))
    require(len(tokens) < 2, "IncompleteSignature")

    if presigned:
        unsigned = {b"X-Amz-Signature"} | ({b"X-Amz-Security-Token"} if arrived.get("omit_session_token") else set())
        pairs = [(key, value) for key, value in pairs if key not in unsigned]
    payload = "UNSIGNED-PAYLOAD" if presigned and arrived.get("style") == "s3" else None
    if "x-amz-content-sha256" in headers:
        payload = ",".join(headers["x-amz-content-sha256"])
    return types.SimpleNamespace(
        path=path, pairs=pairs, headers=headers, presigned=presigned, found=found, tokens=tokens, payload=payload,
        names=found["SignedHeaders"].split(";"))


def right_signature(arrived, said):
    """Of what is there, whether a server would take it or not."""
    payload = hashlib.sha256(body_of(arrived)).hexdigest() if said.payload is None else said.payload
    headers = {name: said.headers.get(name, []) for name in said.names}
    canonical = canonical_request(arrived, said.path, said.pairs, headers, said.names, payload)
    scope = said.found["Credential"].partition("/")[2]
    return signature(arrived["secret_access_key"], scope, string_to_sign(said.found["Date"], scope, canonical))


def verify(arrived):
    said = read(arrived)
    found, names, headers = said.found, said.names, said.headers

    require(names == sorted({name.lower() for name in names}), "SignatureDoesNotMatch")
    must_be_signed = {name for name in headers if name.replace("_", "-").startswith("x-amz-")}  # as CGI reads them
    if arrived.get("omit_session_token"):
        must_be_signed.discard("x-amz-security-token")
    if arrived.get("exclude_headers"):
        must_be_signed -= EXCLUDED
    require("host" in names and must_be_signed <= set(names) <= headers.keys(), "SignatureDoesNotMatch")
    require(len(headers.get("authorization", [])) < 2, "SignatureDoesNotMatch")

    age = (moment(arrived["now"]) - moment(found["Date"])).total_seconds()
    skew = 60 * arrived.get("skew_minutes", 15)
    if said.presigned:
        expires = int(found["Expires"]) if re.fullmatch("[0-9]+", found["Expires"]) else 0
        require(1 <= expires <= 604800, "AuthorizationQueryParametersError")
        require(age <= expires, "AccessDenied")
    else:
        require(age <= skew, "SignatureDoesNotMatch")
    require(age >= -skew, "SignatureDoesNotMatch")

    require(found["Credential"].count("/") == 4, "IncompleteSignature")
    access_key_id, scope = found["Credential"].split("/", 1)
    require(scope == f"{found['Date'][:8]}/{arrived['region']}/{arrived['service']}/aws4_request", "SignatureDoesNotMatch")
    require(access_key_id == arrived["access_key_id"], "InvalidClientTokenId")
    require(said.tokens == ([arrived["session_token"]] if arrived["session_token"] else []), "InvalidClientTokenId")

    if said.payload == "UNSIGNED-PAYLOAD":
        is_never_signed = said.presigned and arrived.get("style") == "s3"
        require(is_never_signed or arrived.get("allow_unsigned_payload"), "XAmzContentSHA256Mismatch")
        body = "unsigned"
    else:
        require(not re.fullmatch("STREAMING-[!-~]*", said.payload or ""), "NotImplemented")
        unchecked = arrived.get("unchecked_body", False)
        is_required = unchecked or arrived.get("style") == "s3"
        require(said.payload is not None or not is_required, "InvalidRequest: there is no x-amz-content-sha256")
        if unchecked:
            require(re.fullmatch("[0-9A-Fa-f]{64}", said.payload), "XAmzContentSHA256Mismatch")
        elif said.payload is not None:
            matches = said.payload.lower() == hashlib.sha256(body_of(arrived)).hexdigest()
            require(matches, "XAmzContentSHA256Mismatch")
        body = "not checked" if unchecked else "verified"

    require(found["Signature"] == right_signature(arrived, said), "SignatureDoesNotMatch")
    return {"access_key_id": access_key_id, "scope": scope, "signed_headers": found["SignedHeaders"], "body": body}
