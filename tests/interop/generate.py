"""Random requests in the form that `examples/stages.rs` reads: mostly odd, at times to be refused."""

import base64

import rules

FORM = "application/x-www-form-urlencoded; charset=utf-8"
TIMES = ["20150830T123600Z", "2024-02-29T23:59:59Z", "19991231T000000Z", "2038-01-19T03:14:08.987Z"]
HOSTS = ["db.example", "Bucket.S3.amazonaws.com", "db.example:8182", "db.example:443", "db.example:80", "db.example:0443",
         "db.example:", "[::1]", "[2001:DB8::1]:8443", "[::1]:443", "127.0.0.1:8000", "LOCALHOST"]
WORDS = ["a", "b", "Ab", "a-b", "Param", "Param-3", "Param3", "x" * 40, ".", "..", "...", "", "é", "ሴ", "😀", "~", "_", "0"]
ESCAPES = ["%20", "%2F", "%2f", "%41", "%2e", "%C3%A9", "%c3%a9", "%FF", "%00", "%25", "%2B", "%3d", "%26", "%3F", "%7e",
           "%0A", "%", "%4", "%zz", "%%41", "%2", "%é"]
RAW = list(" +:@=*,;()!'$~[]|^\"<>`{}\\") + ["://"]
RARE_RAW = ["\t", "\x01", "\x7f", "\u00a0"]
RARE_PIECES = ["X-Amz-Date=1", "X-Amz%2DSignature=1", "x-amz-date=1", "X-Amz-Meta=1", "X-Amz-Security-Token"]
NAMES = ["X-Value", "x-value", "X-VALUE", "Content-Type", "Content-Length", "Accept", "Cache-Control", "x-amz-meta-a",
         "X-Amz-Target", "x-amz-copy-source", "My_Header!", "Range", "Cookie", "Sec-Fetch-Mode", "x-forwarded"]
ODD_NAMES = sorted(rules.NEVER_SIGNED | rules.NEVER_PRESIGNED) + [
    "Date", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "x-forwarded-for", "X-Forwarded-Proto",
    "sec-websocket-key", "Sec-WebSocket-Extensions", "USER-AGENT", "Te", "Via", "Expect"]
VALUES = ["", " ", "a", "  a   b\t\tc  ", '"a   b   c"', "a,b", " ,", "text/plain; q=1", "é ሴ", "a\n  b", "a\r\n\tb",
          "\n a\n ", ":", "\tx", "a=b&c", "UPPER", "a\x01b"]
RARE_VALUES = ["a\u00a0b", "a\x0bb", "a\x0c", "\x7f", "a\nb", "a\r", "\0", FORM]


def request(rng, name):
    def chance(of):
        return rng.random() < of

    def text(most, also=()):
        pools = [WORDS, WORDS, ESCAPES, RAW + list(also)]
        return "".join(rng.choice(RARE_RAW if chance(0.003) else rng.choice(pools)) for _ in range(rng.randint(0, most)))

    def piece():
        if chance(0.004):
            return rng.choice(RARE_PIECES)
        return text(2, "/?") + rng.choice(["", "=", "=" + text(3, "/?"), "=" + text(2)])

    r = {"name": name, "mode": "query" if chance(0.4) else "header",
         "method": rng.choice(["GET", "PUT", "POST", "DELETE"]) if not chance(0.01) else rng.choice(["get", "M-Search"]),
         "access_key_id": "AKID" + str(rng.randrange(99)), "secret_access_key": "wJalr/+=" + str(rng.random()),
         "session_token": rng.choice([None, None, "", "AQoDYXdz/+=~%&", "token"]),
         "region": rng.choice(["us-east-1", "eu-west-3"]), "service": rng.choice(["service", "neptune-db", "s3"]),
         "timestamp": rng.choice(TIMES), "style": rng.choice(["default", "default", "s3"])}
    if chance(0.1):
        r["normalize_path"] = False
    if chance(0.2):
        r["signed_body_header"] = True
    if chance(0.2):
        r["omit_session_token"] = True
    if r["mode"] == "query":
        r["expires_in"] = rng.choice([1, 900, 604800]) if not chance(0.02) else rng.choice([0, 604801])
    if chance(0.3 if r["mode"] == "header" else 0.1):
        body = rng.randbytes(rng.randint(1, 70_000 if chance(0.02) else 200))
        r.update({"body_b64": base64.b64encode(body).decode()} if chance(0.5) else {"body": body.hex() + "é\n"})

    target = "".join("/" + text(3) for _ in range(rng.randint(1, 5))) if not chance(0.03) else rng.choice(["", "*"])
    if chance(0.7):
        target += "?" + "&".join(piece() for _ in range(rng.randint(0, 90 if chance(0.01) else 6)))
    headers = r["headers"] = [
        [rng.choice(ODD_NAMES if chance(0.2) else NAMES), rng.choice(RARE_VALUES if chance(0.005) else VALUES)]
        for _ in range(rng.randint(0, 90 if chance(0.01) else 6))]
    if chance(0.7):
        user = "user:p%40@" if chance(0.05) else ""
        target = target.removeprefix("*")
        scheme = rng.choice(["https", "https", "http", "HTTPS", "ws", "wss"])
        r["url"] = f"{scheme}://{user}{rng.choice(HOSTS)}{target}"
        r["url"] += rng.choice(["#", "#a?b/c"]) if chance(0.1) else ""
    else:
        r["target"] = target.replace("a", "#") if chance(0.05) else target
    for _ in range(chance(0.99 if "target" in r else 0.15) + chance(0.01)):
        headers.insert(rng.randint(0, len(headers)), [rng.choice(["Host", "host"]), rng.choice(HOSTS)])
    if chance(0.15):
        r["only_minimal_headers"] = True
    if chance(0.15):
        r["exclude_headers"] = True
    return r
