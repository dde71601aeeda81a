"""Has random requests signed by the others and by this crate, and asks `examples/verify.rs` about each as a server gets it,
and with one byte or so changed: it must answer as the rules do (rules.py). README.md tells how to run it.
"""

import base64
import copy
import datetime
import json
import random
import re
import sys
from collections import Counter

import harness
import peers
import rules

# What every signer signs and a server refuses: the request is handed to all of them without it.
CHANGED = {
    # what: (who, what is done, what signers do, what a server does)
    "broken escape": ("all", "changed", "signed as the literal %25", "it is refused in a query that arrives"),
    "unsigned header": ("all", "changed", "x-amz-user-agent and x-amz-checksum-mode are left out when presigning",
                        "every x-amz-* that arrives must be signed"),
    "second token": ("all", "changed", "presigned as any header", "a token has one place"),
}


def receivable(request):
    """The request without what a server refuses, and what was changed."""
    changed, request = set(), copy.deepcopy(request)

    def change(what, field, value):
        if request.get(field) != value:
            changed.add(what)
            request[field] = value

    field = "target" if "target" in request else "url"
    before, mark, query = request[field].partition("?")
    change("broken escape", field, before + mark + re.sub("%(?![0-9A-Fa-f]{2})", "%25", query))
    if request["mode"] == "query":
        for what, names in [("unsigned header", rules.NEVER_PRESIGNED), ("second token", {"x-amz-security-token"})]:
            change(what, "headers", [pair for pair in request["headers"] if pair[0].lower() not in names])
    return request, changed


class Own:
    """What this crate signs and sends, in the shape of a peer's form."""

    def __init__(self, request, answer):
        self.token, self.token_is_signed = request["session_token"] or None, not request.get("omit_session_token")
        self.unsigned_payload = answer["canonical_request"].endswith("\nUNSIGNED-PAYLOAD")
        payload = re.search("^x-amz-content-sha256:(.*)$", answer["canonical_request"], re.M)
        added = {"x-amz-content-sha256": payload and payload[1]}
        if "url" in answer:
            target = answer["url"]
        else:
            target = request["target"] if "target" in request else request["url"].partition("#")[0]
            added.update({"x-amz-date": rules.basic_time(request), "x-amz-security-token": self.token,
                          "authorization": answer["authorization"]})
        kept = [pair for pair in request["headers"] if pair[0].lower() not in added]
        self.sent = peers.without_origin(target), kept + [[name, value] for name, value in added.items() if value]


def named(headers, name):
    return [pair for pair in headers if pair[0].lower() == name]


def never_signed(name):
    return name in rules.NEVER_SIGNED or name.startswith(rules.NEVER_SIGNED_PREFIXES)


def basic(time):
    return time.strftime("%Y%m%dT%H%M%SZ")


def arrive(rng, request, form):
    """The signed request as a server gets it, and what the server knows."""
    scheme, authority, _, _ = rules.split(request)
    target, headers = form.sent
    target = target if target.startswith("/") else "/" + target
    headers = [[name, re.sub("\r?\n(?=[ \t]|$)", " ", value)] for name, value in headers]  # HTTP undoes folds
    # Proxies and clients add what nobody signs.
    for name, value in [*request["headers"], ["User-Agent", "example/1.0"], ["Via", "1.1 proxy.example"]]:
        if never_signed(name.lower()) and name.lower() != "authorization" and not named(headers, name.lower()):
            headers.insert(rng.randint(0, len(headers)), [name, value])

    minutes, presigned = rng.choice([5, 15]), request["mode"] == "query"
    signed_at = rules.moment(rules.basic_time(request))
    early, late = -60 * minutes, request["expires_in"] if presigned else 60 * minutes
    now = signed_at + datetime.timedelta(seconds=rng.choice([early, late, rng.randint(early, late)]))
    arrived = {
        "method": request["method"], "headers": headers, "now": basic(now), "skew_minutes": minutes,
        "region": request["region"], "service": request["service"], "style": request["style"],
        "normalize_path": request.get("normalize_path", True), "omit_session_token": not form.token_is_signed,
        "plus": request.get("plus", "space"), "allow_unsigned_payload": form.unsigned_payload,
        "access_key_id": request["access_key_id"], "secret_access_key": request["secret_access_key"],
        "session_token": form.token}
    hashed = named(headers, "x-amz-content-sha256")
    if hashed and rng.random() < 0.1:
        arrived["unchecked_body"] = True
    else:
        arrived["body_b64"] = base64.b64encode(rules.body_of(request)).decode()

    # HTTP/1.1 sends a target and Host; HTTP/2 a URL in parts, and some put Host beside it.
    host = named(headers, "host")
    written = host[0][1].strip() if host else authority
    if rng.random() < 0.2 and not re.search("[ \t]", written) and "#" not in target:
        arrived["url"] = f"{scheme or 'https'}://{written}{target}"
    else:
        arrived["target"] = target
        if not host:
            headers.insert(0, ["Host", rules.host_of(scheme, authority)])
    return arrived


# What is changed. Each gets the random numbers and the request that arrived, and changes it in place if it can.


def replace_one(rng, text, alphabet):
    at = rng.randrange(len(text)) if text else 0
    return text[:at] + rng.choice([char for char in alphabet if char != text[at : at + 1]]) + text[at + 1 :]


class Spot:
    """A part of a text that lies in a list or dict."""

    def __init__(self, holder, key, start, end):
        self.holder, self.key, self.start, self.end = holder, key, start, end

    def text(self):
        return self.holder[self.key][self.start : self.end]

    def put(self, text):
        whole = self.holder[self.key]
        self.holder[self.key] = whole[: self.start] + text + whole[self.end :]


def path_and_query(arrived):
    key = "url" if "url" in arrived else "target"
    whole = arrived[key]
    start = len(whole) - len(peers.without_origin(whole))
    mark = whole.find("?") if "?" in whole else len(whole)
    return Spot(arrived, key, start, mark), Spot(arrived, key, mark + 1, len(whole))


def signing_part(arrived, name):
    """Where a part of the signature stands, by its name in a query."""
    _, query = path_and_query(arrived)
    places = [(query.holder, query.key, f"[?&]X-Amz-{name}=([^&]*)")]
    for pair in arrived["headers"]:
        where = {"authorization": f"{name}=([^,]*)", f"x-amz-{name.lower()}": "(.*)"}.get(pair[0].lower())
        if where:
            places.append((pair, 1, where))
    for holder, key, where in places:
        found = re.search(where, holder[key], re.S)
        if found:
            return Spot(holder, key, *found.span(1))


def signed_names(arrived):
    names = signing_part(arrived, "SignedHeaders").text()
    return set(names.replace("%3B", ";").split(";"))


def change_method(rng, arrived):
    arrived["method"] = replace_one(rng, arrived["method"], "AGPSTX-")


def change_path(rng, arrived):
    path, _ = path_and_query(arrived)
    path.put(replace_one(rng, path.text(), "aZ0-._~%+/@é?"))


def change_query(rng, arrived):
    _, query = path_and_query(arrived)
    if query.text():
        query.put(replace_one(rng, query.text(), "aZ0-._~%+=&/é"))


def change_value(rng, arrived, signed):
    names = signed_names(arrived)
    pairs = [pair for pair in arrived["headers"] if (pair[0].lower() in {*names, "authorization"}) == signed]
    if pairs:
        pair = rng.choice(pairs)
        pair[1] = replace_one(rng, pair[1], "aZ0,;= é")


def change_name(rng, arrived):
    pair = rng.choice(arrived["headers"])
    pair[0] = replace_one(rng, pair[0], "aAxX-_9")


def change_body(rng, arrived):
    body = rules.body_of(arrived)
    if "body_b64" in arrived:
        at = rng.randint(0, len(body))
        changed = body[:at] + bytes([body[at] ^ 1 if at < len(body) else 0]) + body[at + 1 :]
        arrived["body_b64"] = base64.b64encode(changed).decode()


def change_signing_part(rng, arrived, name, alphabet):
    spot = signing_part(arrived, name)
    if spot:
        spot.put(replace_one(rng, spot.text(), alphabet))


def respell_text(rng, spot, ways):
    """One of the ways that hit something, at one place."""
    text = spot.text()
    hits = [(found, put) for pattern, put in ways for found in re.finditer(pattern, text)]
    if hits:
        found, put = rng.choice(hits)
        spot.put(text[: found.start()] + put(found[0]) + text[found.end() :])


ESCAPES = [("(?<!%)(?<!%.)[a-zA-Z0-9~_.-]", lambda char: f"%{ord(char):02X}"),
           ("%[0-9A-F]{2}", str.lower),
           ("%[0-9A-Fa-f]{2}", lambda escape: escape[1:] and chr(int(escape[1:], 16)) if escape[1] in "4567" else escape)]


def respell_path(rng, arrived):
    path, _ = path_and_query(arrived)
    respell_text(rng, path, ESCAPES + [("/", lambda slash: rng.choice(["//", "/./", "/a/../"]))])


def respell_query(rng, arrived):
    _, query = path_and_query(arrived)
    respell_text(rng, query, ESCAPES + [("%20", lambda _: "+"), ("&", lambda _: "&&"), ("=(?=&|$)", lambda _: "")])


def reorder_query(rng, arrived):
    _, query = path_and_query(arrived)
    pieces = query.text().split("&")
    if len(pieces) > 1:
        rng.shuffle(pieces)
        query.put("&".join(pieces))


def respell_header(rng, arrived):
    pair = rng.choice(arrived["headers"])
    if rng.random() < 0.5:
        pair[0] = pair[0].swapcase()
    elif pair[0].lower() != "authorization":
        pair[1] = rng.choice([" ", "\t", ""]) + pair[1].replace(" ", " \t") + rng.choice([" ", "\t "])


def reorder_headers(rng, arrived):
    headers = arrived["headers"]
    if len(headers) > 1:
        at, other = rng.sample(range(len(headers)), 2)
        headers[at], headers[other] = headers[other], headers[at]


def respell_authorization(rng, arrived):
    for pair in named(arrived["headers"], "authorization"):
        algorithm, _, parts = pair[1].partition(" ")
        parts = parts.split(", ")
        rng.shuffle(parts)
        if rng.random() < 0.3:
            parts.append(rng.choice([parts[0], "Credential=", "Signature=0", "Other=1", "Other", ""]))
        pair[1] = algorithm + rng.choice([" ", "  ", ""]) + rng.choice([",", ", ", "  ,\t"]).join(parts)


def repeat_parameter(rng, arrived):
    _, query = path_and_query(arrived)
    pieces = query.text().split("&")
    added = rng.choice([rng.choice(pieces), "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Signature=0",
                        "X-Amz-Security-Token=", "x-amz-date=1"])
    pieces.insert(rng.randint(0, len(pieces)), added)
    query.put("&".join(pieces))


def remove_parameter(rng, arrived):
    _, query = path_and_query(arrived)
    pieces = query.text().split("&")
    pieces.pop(rng.randrange(len(pieces)))
    query.put("&".join(pieces))


def add_header(rng, arrived):
    added = rng.choice([["x-amz-copy-source", "/b/k"], ["X-Forwarded-For", "127.0.0.1"], ["Accept-Language", "en"],
                        ["Authorization", "AWS4-HMAC-SHA256"], list(rng.choice(arrived["headers"]))])
    arrived["headers"].insert(rng.randint(0, len(arrived["headers"])), added)


def remove_header(rng, arrived):
    del arrived["headers"][rng.randrange(len(arrived["headers"]))]


def change_clock(rng, arrived):
    def seconds(name):
        return int(signing_part(arrived, name).text())

    signed_at, skew = rules.moment(signing_part(arrived, "Date").text()), 60 * arrived["skew_minutes"]
    late = skew if named(arrived["headers"], "authorization") else seconds("Expires")
    edge = rng.choice([-skew - 1, -skew, late, late + 1])
    arrived["now"] = basic(signed_at + datetime.timedelta(seconds=edge))


def change_knowledge(rng, arrived):
    field = rng.choice(["region", "service", "access_key_id", "secret_access_key", "session_token", "style", "plus",
                        "normalize_path", "allow_unsigned_payload"])
    other = {"default": "s3", "s3": "default", "space": "literal", "literal": "space", True: False, False: True,
             None: "token"}
    known = arrived[field]
    arrived[field] = other[known] if known in other else replace_one(rng, known, "abc019")


def change_names(rng, names):
    at = rng.randrange(len(names))
    return rng.choice([names[::-1], names[:at] + names[at + 1 :], [*names, names[at]], sorted([*names, names[at]]),
                       [*names[:at], names[at].upper(), *names[at + 1 :]], sorted([*names, "x-missing"])])


def change_and_sign(rng, arrived):
    """Done by one who has the key: only policy can refuse it."""
    for pair in named(arrived["headers"], "x-amz-content-sha256"):
        pair[1] = rng.choice([pair[1], pair[1].upper(), "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64,
                              "0" * 63, "é", ""])
    name, change = rng.choice([
        ("SignedHeaders", lambda text: ";".join(change_names(rng, text.replace("%3B", ";").split(";")))),
        ("Credential", lambda text: replace_one(rng, text, "aZ0/")),
        ("Date", lambda text: replace_one(rng, text, "0123456789Z")),
        ("Expires", lambda text: rng.choice(["0", "1", "604800", "604801", "060", "-1", "+60", "1e3", "", "9" * 30])),
        ("Security-Token", lambda text: rng.choice(["other", ""])),
    ])
    spot = signing_part(arrived, name)
    if spot:
        spot.put(change(spot.text()))
    rng.choice([add_header, remove_header, change_method, change_path, lambda *_: None])(rng, arrived)
    try:
        signature = rules.right_signature(arrived, rules.read(arrived))
        signing_part(arrived, "Signature").put(signature)
    except rules.Refused:
        pass


CHANGES = {
    "method": change_method, "path": change_path, "query": change_query, "body": change_body, "header name": change_name,
    "signed value": lambda rng, arrived: change_value(rng, arrived, True),
    "unsigned value": lambda rng, arrived: change_value(rng, arrived, False),
    "path, respelled": respell_path, "query, respelled": respell_query, "query, reordered": reorder_query,
    "parameter, repeated": repeat_parameter, "parameter, removed": remove_parameter,
    "header, respelled": respell_header, "headers, reordered": reorder_headers,
    "authorization, respelled": respell_authorization, "header, added": add_header, "header, removed": remove_header,
    "something, signed anew": change_and_sign, "clock": change_clock, "what the server knows": change_knowledge,
    **{name: lambda rng, arrived, name=name, alphabet=alphabet: change_signing_part(rng, arrived, name, alphabet)
       for name, alphabet in [("Signature", "0123456789abcdefAg"), ("Credential", "aZ019/_%"), ("Date", "0123456789TZ-"),
                              ("Expires", "0123456789-"), ("SignedHeaders", "ahx-;Hz"), ("Security-Token", "aZ019/%+")]},
}
CHANGES_EACH = 3


def changed_copies(rng, arrived):
    for kind in rng.sample(list(CHANGES), CHANGES_EACH):
        copied = copy.deepcopy(arrived)
        CHANGES[kind](rng, copied)
        if copied != arrived:
            yield kind, copied


def expect(arrived):
    try:
        return rules.verify(arrived)
    except rules.Refused as code:
        return {"code": str(code).partition(":")[0]}


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--verify", help="the built example; without it rules.py answers in its place")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)

    requests, changed = zip(*map(receivable, harness.requests(parser, options)))
    expected = [harness.by_the_rules(request) for request in requests]
    own = harness.ask(options.stages, requests) if options.stages else expected
    others = harness.others(options)
    counts = {peer: Counter() for peer in ["countersign", *others]}
    lines, labels = [], []
    for request, rule, answer in zip(requests, expected, own):
        for peer, counted in counts.items():
            rng = random.Random(f"{options.seed}/{request['name']}/{peer}")
            asked = {**request}
            if peer == "awscrt" and rng.random() < 0.5:
                asked["plus"] = "literal"
            if peer != "countersign" and request["mode"] == "header" and rng.random() < 0.1:
                asked.update(signed_body_header=True, unsigned_payload=True)
            try:
                peers.leave_out("refused", rule is None)
                form = others[peer](asked) if peer in others else Own(asked, answer)
            except peers.LeftOut:
                continue
            arrived = arrive(rng, asked, form)
            for kind, line in [(None, arrived), *changed_copies(rng, arrived)]:
                lines.append({"name": f"{request['name']}: {peer}, {kind or 'as it arrived'}", **line})
                labels.append((peer, kind))

    answers = harness.ask(options.verify, lines) if options.verify else map(expect, lines)
    kinds = {kind: Counter() for kind in CHANGES}
    failures = 0
    for (peer, kind), line, answer in zip(labels, lines, answers):
        rule = expect(line)
        outcome = "refused" if "code" in rule else "verified"
        counts[peer].update([f"changed, {outcome}" if kind else "verified"])
        if kind:
            kinds[kind].update([outcome])
        wrong = {field: answer.get(field) for field in rule} != rule or not kind and outcome == "refused"
        failures += wrong
        if wrong and failures <= 10:
            print(f"\n{line['name']}\n{json.dumps(line)}\nrules: {rule}\nverify: {answer}")

    print(f"\n{len(requests)} requests")
    harness.print_differences(Counter(what for request in changed for what in request), CHANGED)
    print("\nrefused  verified  what was changed")
    for kind, counted in kinds.items():
        print(f"{counted['refused']:7}  {counted['verified']:8}  {kind}")
    print()
    for peer, counted in counts.items():
        print(f"{peer}: {counted['verified']} requests verified; changed, {counted['changed, refused']} were refused and "
              f"{counted['changed, verified']} verified still")
        if 2 * counted["verified"] < len(requests) and len(requests) > 1000:
            failures += 1
            print(f"  fewer than half of the requests of {peer} verified")
    print(f"\n{failures} disagreements" + (f"; repeat with --seed {options.seed}" if failures else ""))
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
