"""What is changed of a request that arrived. Each change gets random numbers and the request, and changes it in place if it
can.
"""

import base64
import copy
import datetime
import re

import peers
import rules


def named(headers, name):
    return [pair for pair in headers if pair[0].lower() == name]


def basic(time):
    return time.strftime("%Y%m%dT%H%M%SZ")


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
    if "body_b64" in arrived:
        body = rules.body_of(arrived)
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
           ("%[4-7][0-9A-Ea-e]", lambda escape: chr(int(escape[1:], 16)))]


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
    signed_at, skew = rules.moment(signing_part(arrived, "Date").text()), 60 * arrived["skew_minutes"]
    late = skew if named(arrived["headers"], "authorization") else int(signing_part(arrived, "Expires").text())
    edge = rng.choice([-skew - 1, -skew, late, late + 1])
    arrived["now"] = basic(signed_at + datetime.timedelta(seconds=edge))


def change_knowledge(rng, arrived):
    field = rng.choice(["region", "service", "access_key_id", "secret_access_key", "session_token", "style", "plus",
                        "normalize_path", "exclude_headers", "allow_unsigned_payload"])
    other = {"default": "s3", "s3": "default", "space": "literal", "literal": "space", True: False, False: True,
             None: "token"}
    known = arrived[field]
    arrived[field] = other[known] if known in other else replace_one(rng, known, "abc019")


def change_names(rng, names):
    at = rng.randrange(len(names))
    return rng.choice([names[::-1], names[:at] + names[at + 1 :], [*names, names[at]], sorted([*names, names[at]]),
                       [*names[:at], names[at].upper(), *names[at + 1 :]], sorted([*names, "x-missing"])])


def change_and_sign(rng, arrived):
    """As one does who has the key: only policy can refuse it."""
    for pair in named(arrived["headers"], "x-amz-content-sha256"):
        pair[1] = rng.choice([pair[1], pair[1].upper(), "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64,
                              "0" * 63, "é", ""])
    name, change = rng.choice([
        ("SignedHeaders", lambda text: ";".join(change_names(rng, text.replace("%3B", ";").split(";")))),
        ("Credential", lambda text: replace_one(rng, text, "aZ0/")),
        ("Date", lambda text: replace_one(rng, text, "0123456789Z")),
        ("Expires", lambda text: rng.choice(["0", "1", "604800", "604801", "060", "-1", "%2B60", "1e3", "", "9" * 30])),
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


def changed_copies(rng, arrived):
    """Changed in three ways, and signed anew: that holds most of what policy refuses."""
    for kind in [*rng.sample(list(CHANGES), 3), "something, signed anew"]:
        copied = copy.deepcopy(arrived)
        CHANGES[kind](rng, copied)
        if copied != arrived:
            yield kind, copied
