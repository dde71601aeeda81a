"""The other signers: each is handed a request in the form that it understands, and says what it signed and what it sends.
"""

import base64
import datetime
import hashlib
import io
import json
import re
import subprocess
from urllib.parse import quote, unquote, unquote_to_bytes

import awscrt.auth
import awscrt.http
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials

import generate
import rules

# Where a peer is known to differ. "adapted": it is handed the request in the form that it understands, and must agree;
# "left out": there is no such form. The counts are printed at the end of a run.
ADAPTED, LEFT_OUT = "adapted", "left out"
DIFFERENCES = {
    # what: (who, what is done, what the peer does, why this crate does otherwise)
    "refused": ("all", LEFT_OUT, "signs what the rules refuse", "it is forged, signed already or ambiguous"),
    "blanks": ("all", LEFT_OUT, "C and botocore fold VT and FF, aws-sigv4 refuses controls", "HTTP's are space and tab"),
    "empty path": ("all", ADAPTED, "C refuses it, botocore for S3 signs nothing", "'/' is what is sent"),
    "s3 path": ("all", ADAPTED, "signed word for word", "servers decode it and encode it once"),
    "unsigned header": ("all", ADAPTED, "more is signed of the never-signed list", "proxies and clients change them"),
    "policy": ("botocore, aws-sigv4", ADAPTED, "are not told which headers to leave out: are not handed them", "rules say so"),
    "given token": ("all", ADAPTED, "the SDKs sign it without credentials' own, C refuses it", "it would be stale"),
    "given hash": ("all", ADAPTED, "taken for the body's, refused or signed as it is", "the body decides"),
    "port": ("all", LEFT_OUT, "botocore drops its zeros; none takes more than 65535", "it is sent as it was written"),
    "query": ("botocore", ADAPTED, "signs it word for word", "equal queries have one canonical form"),
    "ws": ("botocore", ADAPTED, "has default ports for http and https only", "WebSocket clients leave theirs out too"),
    "unsigned token": ("botocore, @smithy", ADAPTED, "cannot send a token unsigned: are handed none", "some services want that"),
    "target": ("botocore", LEFT_OUT, "drops tabs, ends a path at '#'", "a raw target is signed as it is sent"),
    "date": ("botocore, @smithy", LEFT_OUT, "botocore signs Date instead of x-amz-date, @smithy removes it",
             "both are sent and signed"),
    "trailing dot": ("aws-sigv4", LEFT_OUT, "signs /a/. as /a/", "C and botocore keep a slash only where one was"),
    "dots": ("botocore, @smithy", LEFT_OUT, "resolve dots and slashes always", "a switch, as in AWS's suite"),
    "method": ("botocore", LEFT_OUT, "writes it in capitals", "a method has a case"),
    "presigned body": ("botocore", LEFT_OUT, "moves it into the query", "it is hashed"),
    "presigned form": ("botocore", LEFT_OUT, "drops the content type of a form", "what is given is signed"),
    "repeated keys": ("botocore", LEFT_OUT, "presigns the first only", "all are sent"),
    "not UTF-8": ("botocore, aws-sigv4, @smithy", LEFT_OUT,
                  "sign U+FFFD, botocore when presigning; @smithy's parser refuses it", "bytes survive"),
    "host": ("awscrt, aws-sigv4, @smithy", ADAPTED, "C and @smithy take none from the URL, aws-sigv4 word for word",
             "it is what is sent"),
    "raw query": ("aws-sigv4", ADAPTED, "refuses spaces, quotes, brackets and '#'", "it is signed as it is sent"),
    "raw path": ("aws-sigv4", LEFT_OUT, "refuses spaces, brackets and '#'", "it is signed as it is sent"),
    "tabs": ("aws-sigv4", ADAPTED, "keeps them, refuses folds", "C and botocore fold them"),
    "plus": ("awscrt, @smithy", ADAPTED, "sign '+' in a query as a plus", "a policy; a space by default"),
    "broken escape": ("awscrt, @smithy", ADAPTED, "refuse it in a query", "it is signed as the literal %25"),
    "colon": ("awscrt", ADAPTED, "takes ':/' for the end of a scheme: is handed a URL", "it is part of a path or query"),
    "stale header": ("awscrt", ADAPTED, "refuses headers that signing sets", "a retry can be signed again"),
    "reserved": ("awscrt", LEFT_OUT, "refuses them in a query, or when presigning", "nothing else is set by that name"),
    "no equals": ("@smithy", ADAPTED, "its parser makes a null of 'k', which is sent and not signed", "it is signed as 'k='"),
    "two equals": ("@smithy", ADAPTED, "its parser drops what follows a second '='", "it is part of the value"),
    "repeated header": ("@smithy", ADAPTED, "has one value for a name: is handed them joined", "all are sent"),
    "own list": ("@smithy", ADAPTED, "does not sign cache-control, sec-* and others, unless it is told to", "they are signed"),
    "hoisted": ("@smithy", ADAPTED, "moves x-amz-* into a presigned query, unless it is told not to", "they stay headers"),
}


class LeftOut(Exception):
    """The request has no form that this peer reads as the rules do."""


def leave_out(what, condition):
    if condition:
        raise LeftOut(what)


def encode_once(text):
    return quote(unquote_to_bytes(text), safe="")


class Form:
    """A request in the form that a peer understands, and what was adapted for it. When the peer has signed it: `said`, what
    it says that it signed, and `sent`, path and query and headers as the peer sends them."""

    def __init__(self, request, own_list, has_policy=False):
        self.adapted, self.said, self.sent = set(), {}, None
        self.presigned, self.s3 = request["mode"] == "query", request["style"] == "s3"
        self.token, self.token_is_signed = request["session_token"] or None, not request.get("omit_session_token")
        self.body = rules.body_of(request)
        self.unsigned_payload = request.get("unsigned_payload") or self.presigned and self.s3
        self.payload = "UNSIGNED-PAYLOAD" if self.unsigned_payload else hashlib.sha256(self.body).hexdigest()
        self.time = datetime.datetime.strptime(rules.basic_time(request) + "+0000", "%Y%m%dT%H%M%SZ%z")
        self.origin, rest = "https://target.example", request.get("target")
        if rest is None:
            self.origin, rest = re.fullmatch("([^/]*//[^/?#]*)([^#]*).*", request["url"], re.S).groups()
        scheme, port = re.fullmatch("([^:]*).*?(?::([0-9]+))?", self.origin, re.S).groups()
        if port and int(port) != rules.DEFAULT_PORTS.get(scheme.lower()):
            leave_out("port", port.startswith("0") or int(port) > 65535)
        self.path, _, self.query = rest.partition("?")
        self.headers = request["headers"]

        self.adapt("empty path", path=self.path or "/")
        if self.s3:
            self.adapt("s3 path", path="/".join(map(encode_once, self.path.split("/"))))
        self.drop("unsigned header", lambda name: name not in own_list and (
            name in rules.NEVER_SIGNED or name.startswith(rules.NEVER_SIGNED_PREFIXES)
            or self.presigned and name in rules.NEVER_PRESIGNED))
        if not self.presigned:
            self.drop("given token", lambda name: name == "x-amz-security-token")
        self.left_unsigned = {name.lower() for name, _ in self.headers if not rules.chosen(request, name.lower())}
        if not has_policy:
            self.drop("policy", lambda name: name in self.left_unsigned)
        self.sends_hash = bool(self.named("x-amz-content-sha256")) or not self.presigned and (
            self.s3 or request.get("signed_body_header", False))

    def adapt(self, what, **changes):
        for name, value in changes.items():
            if getattr(self, name) != value:
                self.adapted.add(what)
                setattr(self, name, value)

    def drop(self, what, condition):
        self.adapt(what, headers=[pair for pair in self.headers if not condition(pair[0].lower())])

    def named(self, *names):
        return [value for name, value in self.headers if name.lower() in names]

    def target(self):
        return f"{self.path}?{self.query}" if self.query else self.path

    def pairs(self):
        return [piece.replace("+", " ").partition("=") for piece in self.query.split("&") if piece]

    def canonical_query(self):
        """Not sorted: every peer sorts."""
        return "&".join(encode_once(key) + equals + encode_once(value) for key, equals, value in self.pairs())

    def says(self, signed):
        """Takes what a peer says from an Authorization header or a presigned URL."""
        names = re.search("SignedHeaders=([^&]*)" if self.presigned else "SignedHeaders=([^,]*)", signed)[1]
        self.said = {"signed_headers": unquote(names) if self.presigned else names,
                     "signature": re.search("Signature=([0-9a-f]*)", signed)[1]}


def without_origin(url):
    return re.fullmatch("(?:[^:/?#]*://[^/?]*)?(.*)", url, re.S)[1]


def recording(signer):
    class Recording(signer):
        def string_to_sign(self, request, canonical_request):
            self.said = {"canonical_request": canonical_request}
            self.said["string_to_sign"] = super().string_to_sign(request, canonical_request)
            return self.said["string_to_sign"]

        def signature(self, string_to_sign, request):
            self.said["signature"] = super().signature(string_to_sign, request)
            return self.said["signature"]

    return Recording


BOTOCORE = {  # by whether presigned, and whether S3
    (False, False): recording(botocore.auth.SigV4Auth), (True, False): recording(botocore.auth.SigV4QueryAuth),
    (False, True): recording(botocore.auth.S3SigV4Auth), (True, True): recording(botocore.auth.S3SigV4QueryAuth)}


def ask_botocore(request):
    form = Form(request, botocore.auth.SIGNED_HEADERS_BLACKLIST)
    leave_out("blanks", any(re.search(r"[^\S \t\r\n]", value) for _, value in form.headers))
    leave_out("method", request["method"] != request["method"].upper())
    leave_out("dots", not form.s3 and request.get("normalize_path") is False)
    leave_out("target", re.search("[\t#]", form.path))
    leave_out("date", not form.presigned and form.named("date"))
    if form.presigned:
        keys = [unquote_to_bytes(key) for key, _, _ in form.pairs()]
        leave_out("presigned body", form.body)
        leave_out("presigned form", generate.FORM in form.named("content-type"))
        leave_out("repeated keys", len(set(keys)) < len(keys))
        leave_out("not UTF-8", "\ufffd" in unquote(form.query))
    form.adapt("query", query=form.canonical_query())
    form.adapt("ws", origin=re.sub("^ws", "http", form.origin))
    if not form.token_is_signed:
        form.adapt("unsigned token", token=None)
    if form.named("x-amz-content-sha256"):
        form.drop("given hash", lambda name: name == "x-amz-content-sha256")
    if form.sends_hash:
        form.headers = form.headers + [["X-Amz-Content-Sha256", form.payload]]

    asked = botocore.awsrequest.AWSRequest(request["method"], f"{form.origin}{form.path}?{form.query}", data=form.body)
    for name, value in form.headers:
        asked.headers[name] = value
    if form.unsigned_payload:
        asked.context["client_config"] = botocore.config.Config(s3={"payload_signing_enabled": False})
    credentials = botocore.credentials.Credentials(request["access_key_id"], request["secret_access_key"], form.token)
    expires = [request["expires_in"]] if form.presigned else []
    signer = BOTOCORE[form.presigned, form.s3](credentials, request["service"], request["region"], *expires)
    botocore.auth.get_current_datetime = lambda: form.time
    signer.add_auth(asked)
    form.said = signer.said
    form.sent = without_origin(asked.url), asked.headers.items()
    return form


CRT_NEVER_SIGNS = {"expect", "sec-websocket-key", "sec-websocket-protocol", "sec-websocket-version", "transfer-encoding",
                   "upgrade", "user-agent", "x-amzn-trace-id"}


def ask_awscrt(request):
    form = Form(request, CRT_NEVER_SIGNS, has_policy=True)
    leave_out("blanks", any(re.search("[\v\f]", value) for _, value in form.headers))
    leave_out("reserved", {unquote(key).lower() for key, _, _ in form.pairs()}
              & {key.decode().lower() for key in rules.SIGNING_PARAMETERS})
    leave_out("reserved", form.presigned and form.named("x-amz-date", "x-amz-content-sha256", "x-amz-security-token"))
    form.drop("given hash", lambda name: name == "x-amz-content-sha256")
    form.drop("stale header", lambda name: name == "x-amz-date")
    if not form.named("host"):
        host = botocore.auth._host_from_url(re.sub("^ws", "http", form.origin))
        form.adapt("host", headers=[*form.headers, ["Host", host]])
    if request.get("plus") != "literal":
        form.adapt("plus", query=form.query.replace("+", "%20"))
    form.adapt("broken escape", query=re.sub("%(?![0-9A-Fa-f]{2})", "%25", form.query))
    target = f"{form.path}?{form.query}"
    if ":/" in target:
        form.adapt("colon", path="https://target.example" + form.path)

    kind, sent = awscrt.auth.AwsSignatureType, awscrt.auth.AwsSignedBodyHeaderType
    config = awscrt.auth.AwsSigningConfig(
        signature_type=kind.HTTP_REQUEST_QUERY_PARAMS if form.presigned else kind.HTTP_REQUEST_HEADERS,
        credentials_provider=awscrt.auth.AwsCredentialsProvider.new_static(
            request["access_key_id"], request["secret_access_key"], form.token),
        region=request["region"], service=request["service"], date=form.time,
        use_double_uri_encode=not form.s3,
        should_normalize_uri_path=not form.s3 and request.get("normalize_path", True),
        signed_body_value=form.payload if form.unsigned_payload else None,
        signed_body_header_type=sent.X_AMZ_CONTENT_SHA_256 if form.sends_hash else sent.NONE,
        expiration_in_seconds=request["expires_in"] if form.presigned else None,
        omit_session_token=not form.token_is_signed,
        should_sign_header=lambda name: name.lower() not in form.left_unsigned)
    asked = awscrt.http.HttpRequest(
        request["method"], f"{form.path}?{form.query}",
        awscrt.http.HttpHeaders([(name, value) for name, value in form.headers]), io.BytesIO(form.body))
    signed = awscrt.auth.aws_sign_request(asked, config).result()
    form.says(signed.path if form.presigned else signed.headers.get("Authorization"))
    form.sent = without_origin(signed.path), list(signed.headers)
    return form


AWS_SIGV4_NEVER_SIGNS = {"transfer-encoding", "user-agent", "x-amzn-trace-id"}


class AwsSigv4:
    """Asks the program of the crate in aws_sigv4/, one line at a time."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, request):
        form = Form(request, AWS_SIGV4_NEVER_SIGNS)
        leave_out("not UTF-8", "\ufffd" in unquote(form.query.replace("+", " ")))
        leave_out("raw path", re.search("[\0-\x20#<>`\x7f]", form.path))
        leave_out("trailing dot", not form.s3 and request.get("normalize_path", True) and re.search(r"/\.\.?$", form.path))
        if re.search("[\0-\x20\"#<>\x7f]", form.query):
            form.adapt("raw query", query=form.canonical_query())
        if form.named("x-amz-content-sha256"):
            form.drop("given hash", lambda name: name == "x-amz-content-sha256")
            if form.presigned:
                form.headers = form.headers + [["X-Amz-Content-Sha256", form.payload]]
        form.adapt("tabs", headers=[
            [name, rules.canonical_value(value) if re.search("[\t\r\n]", value) else value] for name, value in form.headers])
        leave_out("blanks", any(re.search("[\0-\x1f\x7f]", value) for _, value in form.headers))
        if form.named("x-amz-security-token"):
            form.adapt("given token", token_is_signed=True)
        scheme, authority = form.origin.split("://")
        host = rules.host_of(scheme, authority)
        if not form.named("host") and host != authority:
            form.adapt("host", headers=[*form.headers, ["Host", host]])

        asked = {**request, "url": form.origin + form.target(), "headers": form.headers, "session_token": form.token,
                 "omit_session_token": not form.token_is_signed, "signed_body_header": form.sends_hash,
                 "timestamp": rules.basic_time(request)}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        signed = json.loads(self.process.stdout.readline())
        if "error" in signed:
            raise ValueError(signed["error"])
        form.says(signed["url" if form.presigned else "authorization"])
        target, added = signed.get("url", form.target()), signed.get("headers", [])
        replaced = {name for name, _ in added}
        form.sent = without_origin(target), [pair for pair in form.headers if pair[0].lower() not in replaced] + added
        return form


SMITHY_NEVER_SIGNS = {
    "authorization", "cache-control", "connection", "expect", "from", "keep-alive", "max-forwards", "pragma", "referer", "te",
    "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"}
SMITHY_NEVER_SIGNED_PREFIXES = ("proxy-", "sec-")


class Smithy:
    """Asks the program in smithy/, one line at a time."""

    def __init__(self, program, packages):
        self.process = subprocess.Popen(["node", program, packages], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, request):
        form = Form(request, SMITHY_NEVER_SIGNS, has_policy=True)
        leave_out("dots", not form.s3 and request.get("normalize_path") is False)
        leave_out("date", form.named("date") or form.presigned and form.named("x-amz-date"))
        leave_out("not UTF-8", "\ufffd" in unquote(form.query.replace("+", " ")))
        if request.get("plus") != "literal":
            form.adapt("plus", query=form.query.replace("+", "%20"))
        form.adapt("broken escape", query=re.sub("%(?![0-9A-Fa-f]{2})", "%25", form.query))
        pieces = [piece.partition("=") for piece in form.query.split("&") if piece]
        form.adapt("no equals", query="&".join(f"{key}={value}" for key, _, value in pieces))
        form.adapt("two equals", query="&".join(
            f"{key}={value.replace('=', '%3D')}" for key, _, value in pieces))
        if not form.token_is_signed:
            form.adapt("unsigned token", token=None)
        if form.named("x-amz-content-sha256"):
            form.drop("given hash", lambda name: name == "x-amz-content-sha256")
            if form.presigned:
                form.headers = form.headers + [["X-Amz-Content-Sha256", form.payload]]
        if not form.named("host"):
            scheme, authority = form.origin.split("://")
            form.adapt("host", headers=[*form.headers, ["Host", rules.host_of(scheme, authority)]])
        names = [name.lower() for name, _ in form.headers]
        joined = {}
        for name, value in form.headers:
            joined.setdefault(name.lower(), []).append(value)
        if len(joined) < len(names):
            form.adapt("repeated header", headers=[
                [name, values[0] if len(values) == 1 else ",".join(map(rules.canonical_value, values))]
                for name, values in joined.items()])
        own_list = {name for name in names if name in SMITHY_NEVER_SIGNS or name.startswith(SMITHY_NEVER_SIGNED_PREFIXES)}
        signable = [name for name in own_list - form.left_unsigned if not rules.never_signed(name)]
        if signable:
            form.adapted.add("own list")
        if form.presigned and any(name.startswith("x-amz-") for name in names):
            form.adapted.add("hoisted")

        asked = {
            **request, "path": form.path, "query": form.query, "headers": form.headers, "token": form.token,
            "sends_hash": form.sends_hash, "unsigned_payload": form.unsigned_payload, "time": form.time.isoformat(),
            "body_b64": base64.b64encode(form.body).decode(), "resolves_and_encodes_path": not form.s3,
            "signable_headers": signable, "unsignable_headers": sorted(form.left_unsigned)}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        signed = json.loads(self.process.stdout.readline())
        if "error" in signed:
            raise ValueError(signed["error"])
        form.said = signed["said"]
        form.sent = signed["target"], signed["headers"]
        return form
