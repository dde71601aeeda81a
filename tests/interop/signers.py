"""Signs random requests with `examples/stages.rs`, with the rules written down a second time (rules.py), with botocore and
with the C signer (awscrt), and compares. README.md tells how to run it and how to repeat a failure.
"""

import argparse
import base64
import datetime
import hashlib
import io
import json
import pathlib
import random
import re
import subprocess
import sys
from collections import Counter
from urllib.parse import quote, unquote, unquote_to_bytes

import awscrt.auth
import awscrt.http
import botocore.auth
import botocore.awsrequest
import botocore.credentials

import generate
import rules

# Where a peer is known to differ. "adapted": it is handed the request in the form that it understands, and must agree;
# "left out": there is no such form. The counts are printed at the end of a run.
ADAPTED, LEFT_OUT = "adapted", "left out"
DIFFERENCES = {
    # what: (who, what is done, what the peer does, why this crate does otherwise)
    "refused": ("both", LEFT_OUT, "signs what the rules refuse", "it is forged, signed already or ambiguous"),
    "blanks": ("both", LEFT_OUT, "folds VT and FF, botocore all of Unicode's blanks", "HTTP's are space and tab"),
    "empty path": ("both", ADAPTED, "C refuses it, botocore for S3 signs nothing", "'/' is what is sent"),
    "s3 path": ("both", ADAPTED, "signs it word for word", "servers decode it and encode it once"),
    "unsigned header": ("both", ADAPTED, "signs more of the never-signed list", "proxies and clients change them"),
    "given token": ("both", ADAPTED, "botocore signs it without credentials' own, C refuses it", "it would be stale"),
    "given hash": ("both", ADAPTED, "botocore takes it for the body's, C refuses it", "the body decides"),
    "port": ("both", LEFT_OUT, "botocore drops its zeros, refuses more than 65535", "it is sent as it was written"),
    "query": ("botocore", ADAPTED, "signs it word for word", "equal queries have one canonical form"),
    "ws": ("botocore", ADAPTED, "has default ports for http and https only", "WebSocket clients leave theirs out too"),
    "unsigned token": ("botocore", ADAPTED, "cannot send a token unsigned: is handed none", "some services want that"),
    "target": ("botocore", LEFT_OUT, "drops tabs, ends a path at '#'", "a raw target is signed as it is sent"),
    "date": ("botocore", LEFT_OUT, "signs Date instead of x-amz-date", "x-amz-date is always sent"),
    "dots": ("botocore", LEFT_OUT, "always resolves dots and slashes", "a switch, as in AWS's suite"),
    "method": ("botocore", LEFT_OUT, "writes it in capitals", "a method has a case"),
    "presigned body": ("botocore", LEFT_OUT, "moves it into the query", "it is hashed"),
    "presigned form": ("botocore", LEFT_OUT, "drops the content type of a form", "what is given is signed"),
    "repeated keys": ("botocore", LEFT_OUT, "presigns the first only", "all are sent"),
    "not UTF-8": ("botocore", LEFT_OUT, "presigns U+FFFD", "bytes survive"),
    "host": ("awscrt", ADAPTED, "never takes it from the URL: is handed botocore's", "host always takes part"),
    "plus": ("awscrt", ADAPTED, "signs '+' in a query as a plus", "a policy; a space by default"),
    "broken escape": ("awscrt", ADAPTED, "refuses it in a query", "it is signed as the literal %25"),
    "colon": ("awscrt", ADAPTED, "takes ':/' for the end of a scheme: is handed a URL", "it is part of a path or query"),
    "stale header": ("awscrt", ADAPTED, "refuses headers that signing sets", "a retry can be signed again"),
    "reserved": ("awscrt", LEFT_OUT, "refuses them in a query, or when presigning", "nothing else is set by that name"),
}


class LeftOut(Exception):
    """The request has no form that this peer reads as the rules do."""


def leave_out(what, condition):
    if condition:
        raise LeftOut(what)


def encode_once(text):
    return quote(unquote_to_bytes(text), safe="")


class Form:
    """A request in the form that a peer understands, and what was adapted for it."""

    def __init__(self, request, own_list):
        self.adapted = set()
        self.presigned, self.s3 = request["mode"] == "query", request["style"] == "s3"
        self.token, self.token_is_signed = request["session_token"] or None, not request.get("omit_session_token")
        self.body = base64.b64decode(request["body_b64"]) if "body_b64" in request else request.get("body", "").encode()
        self.payload = "UNSIGNED-PAYLOAD" if self.presigned and self.s3 else hashlib.sha256(self.body).hexdigest()
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

    def pairs(self):
        return [piece.replace("+", " ").partition("=") for piece in self.query.split("&") if piece]


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
    form.adapt("query", query="&".join(encode_once(k) + equals + encode_once(v) for k, equals, v in form.pairs()))
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
    credentials = botocore.credentials.Credentials(request["access_key_id"], request["secret_access_key"], form.token)
    expires = [request["expires_in"]] if form.presigned else []
    signer = BOTOCORE[form.presigned, form.s3](credentials, request["service"], request["region"], *expires)
    botocore.auth.get_current_datetime = lambda: form.time
    signer.add_auth(asked)
    return form, signer.said


CRT_NEVER_SIGNS = {"expect", "sec-websocket-key", "sec-websocket-protocol", "sec-websocket-version", "transfer-encoding",
                   "upgrade", "user-agent", "x-amzn-trace-id"}


def ask_awscrt(request):
    form = Form(request, CRT_NEVER_SIGNS)
    leave_out("blanks", any(re.search("[\v\f]", value) for _, value in form.headers))
    leave_out("reserved", {unquote(key).lower() for key, _, _ in form.pairs()}
              & {key.decode().lower() for key in rules.SIGNING_PARAMETERS})
    leave_out("reserved", form.presigned and form.named("x-amz-date", "x-amz-content-sha256", "x-amz-security-token"))
    form.drop("given hash", lambda name: name == "x-amz-content-sha256")
    form.drop("stale header", lambda name: name == "x-amz-date")
    if not form.named("host"):
        host = botocore.auth._host_from_url(re.sub("^ws", "http", form.origin))
        form.adapt("host", headers=[*form.headers, ["Host", host]])
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
        signed_body_value=form.payload if form.presigned and form.s3 else None,
        signed_body_header_type=sent.X_AMZ_CONTENT_SHA_256 if form.sends_hash else sent.NONE,
        expiration_in_seconds=request["expires_in"] if form.presigned else None,
        omit_session_token=not form.token_is_signed)
    asked = awscrt.http.HttpRequest(
        request["method"], f"{form.path}?{form.query}",
        awscrt.http.HttpHeaders([(name, value) for name, value in form.headers]), io.BytesIO(form.body))
    signed = awscrt.auth.aws_sign_request(asked, config).result()
    said = signed.path if form.presigned else signed.headers.get("Authorization")
    return form, {"signed_headers":
                  unquote(re.search("SignedHeaders=([^&]*)" if form.presigned else "SignedHeaders=([^,]*)", said)[1]),
                  "signature": re.search("Signature=([0-9a-f]*)", said)[1]}


def by_the_rules(request):
    try:
        return rules.sign(request)
    except rules.Refused:
        return None


def ask_stages(program, requests):
    """One process for all, and one line that is not JSON at their end."""
    lines = [json.dumps(request, ensure_ascii=len(request["name"]) % 2 == 0) for request in requests] + ["not JSON"]
    done = subprocess.run([program], input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, check=True,
                          timeout=600)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines), f"{len(lines)} lines went in, {len(answers)} came out"
    assert "error" in answers.pop(), "a line that is not JSON was no error"
    return answers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--count", type=int, default=3000, help="how many random requests")
    parser.add_argument("--only", help="the name of the one request to compare")
    parser.add_argument("--stages", help="the built example; without it rules.py answers in its place")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)

    hostile = pathlib.Path(__file__).with_name("hostile.jsonl").read_text(encoding="utf-8").splitlines()
    common, *hostile = map(json.loads, hostile)
    requests = [{**common, **line} for line in hostile]
    requests += [generate.request(random.Random(f"{options.seed}/{n}"), f"random-{n}") for n in range(options.count)]
    requests = [request for request in requests if options.only in (None, request["name"])]
    if not requests:
        parser.error(f"no request is named {options.only}")
    expected = [by_the_rules(request) for request in requests]
    answers = ask_stages(options.stages, requests) if options.stages else [
        {"name": request["name"], **(rule or {"error": "refused"})} for request, rule in zip(requests, expected)]

    failures = 0

    def compare(peer, request, theirs, ours):
        nonlocal failures
        differing = [field for field in theirs if ours.get(field) != theirs[field]]
        failures += bool(differing)
        if differing and failures <= 10:
            print(f"\n{request['name']}: {peer} differs in {', '.join(differing)}\n{json.dumps(request)}")
            for field in differing[:1]:
                print(f"{peer}: {theirs[field]!r}\nstages: {ours.get(field, ours)!r}")

    counts = {"rules": Counter(), "botocore": Counter(), "awscrt": Counter()}
    for request, rule, answer in zip(requests, expected, answers):
        answer["refused"] = "error" in answer and "signature" not in answer
        counts["rules"]["compared"] += 1
        compare("rules", request, {"name": request["name"], **(rule or {}), "refused": rule is None}, answer)
        compare("hostile.jsonl", request, {"refused": request.get("refused", rule is None)}, {"refused": rule is None})
        for peer, ask in [("botocore", ask_botocore), ("awscrt", ask_awscrt)]:
            try:
                leave_out("refused", rule is None)
                form, theirs = ask(request)
                counts[peer].update(["compared", *form.adapted])
                compare(peer, request, theirs, answer)
            except LeftOut as what:
                counts[peer][str(what)] += 1
            except Exception as error:  # a peer that gives up is a difference as well
                compare(peer, request, {"error": repr(error)}, answer)

    for peer, counted in counts.items():
        print(f"\n{peer}: {counted['compared']} of {len(requests)} compared")
        for what, (who, done, theirs, ours) in DIFFERENCES.items():
            if counted[what]:
                print(f"  {counted[what]:6} {done:8}  {what}: {theirs}; here {ours}")
        if 2 * counted["compared"] < len(requests) and len(requests) > 1000:
            failures += 1
            print(f"  fewer than half were compared with {peer}")
    print(f"\n{failures} disagreements" + (f"; repeat with --seed {options.seed}" if failures else ""))
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
