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

import changes
import harness
import peers
import rules

# What every signer signs and a server refuses: the request is handed to all of them without it.
TAKEN_OUT = {
    # what: (who, what is done, what signers do, what a server does)
    "broken escape": ("all", "taken out", "signed as the literal %25", "it is refused in a query that arrives"),
    "unsigned header": ("all", "taken out", "x-amz-user-agent and x-amz-checksum-mode are left out when presigning",
                        "every x-amz-* that arrives must be signed"),
    "second token": ("all", "taken out", "presigned as any header", "a token has one place"),
}


def receivable(request):
    """The request without what a server refuses, and what was taken out."""
    taken_out, request = set(), copy.deepcopy(request)

    def put(what, field, value):
        if request[field] != value:
            taken_out.add(what)
            request[field] = value

    field = "target" if "target" in request else "url"
    before, mark, query = request[field].partition("?")
    put("broken escape", field, before + mark + re.sub("%(?![0-9A-Fa-f]{2})", "%25", query))
    if request["mode"] == "query":
        for what, names in [("unsigned header", rules.NEVER_PRESIGNED), ("second token", {"x-amz-security-token"})]:
            put(what, "headers", [pair for pair in request["headers"] if pair[0].lower() not in names])
    return request, taken_out


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


def arrive(rng, request, form):
    """The signed request as a server gets it, and what the server knows."""
    scheme, authority, _, _ = rules.split(request)
    target, headers = form.sent
    target = target if target.startswith("/") else "/" + target
    headers = [[name, re.sub("\r?\n(?=[ \t]|$)", " ", value)] for name, value in headers]  # HTTP undoes folds
    # Proxies and clients add what nobody signs.
    for name, value in [*request["headers"], ["User-Agent", "example/1.0"], ["Via", "1.1 proxy.example"]]:
        if rules.never_signed(name.lower()) and name.lower() != "authorization" and not changes.named(headers, name.lower()):
            headers.insert(rng.randint(0, len(headers)), [name, value])

    minutes, presigned = rng.choice([5, 15]), request["mode"] == "query"
    signed_at = rules.moment(rules.basic_time(request))
    early, late = -60 * minutes, request["expires_in"] if presigned else 60 * minutes
    now = signed_at + datetime.timedelta(seconds=rng.choice([early, late, rng.randint(early, late)]))
    arrived = {
        "method": request["method"], "headers": headers, "now": changes.basic(now), "skew_minutes": minutes,
        "region": request["region"], "service": request["service"], "style": request["style"],
        "normalize_path": request.get("normalize_path", True), "omit_session_token": not form.token_is_signed,
        "plus": request.get("plus", "space"), "exclude_headers": request.get("exclude_headers", False),
        "allow_unsigned_payload": form.unsigned_payload,
        "access_key_id": request["access_key_id"], "secret_access_key": request["secret_access_key"],
        "session_token": form.token}
    hashed = changes.named(headers, "x-amz-content-sha256")
    if hashed and rng.random() < 0.1:
        arrived["unchecked_body"] = True
    else:
        arrived["body_b64"] = base64.b64encode(rules.body_of(request)).decode()

    # HTTP/1.1 sends a target and Host; HTTP/2 a URL in parts, and some put Host beside it.
    host = changes.named(headers, "host")
    written = host[0][1].strip() if host else authority
    if rng.random() < 0.2 and not re.search("[ \t@]", written) and not re.search(r"[#\\]", target):
        arrived["url"] = f"{scheme or 'https'}://{written}{target}"
    else:
        arrived["target"] = target
        if not host:
            headers.insert(0, ["Host", rules.host_of(scheme, authority)])
    return arrived


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

    requests, taken_out = zip(*map(receivable, harness.requests(parser, options)))
    expected = [harness.by_the_rules(request) for request in requests]
    own = harness.ask(options.stages, requests) if options.stages else expected
    others = harness.others(options)
    counts = {peer: Counter() for peer in ["countersign", *others]}
    lines, labels = [], []
    for request, rule, answer in zip(requests, expected, own):
        for peer, counted in counts.items():
            rng = random.Random(f"{options.seed}/{request['name']}/{peer}")
            asked = {**request}
            if peer in ("awscrt", "@smithy") and rng.random() < 0.5:
                asked["plus"] = "literal"
            if peer != "countersign" and request["mode"] == "header" and rng.random() < 0.1:
                asked.update(signed_body_header=True, unsigned_payload=True)
            try:
                peers.leave_out("refused", rule is None)
                form = others[peer](asked) if peer in others else Own(asked, answer)
            except peers.LeftOut:
                continue
            except Exception as error:
                raise RuntimeError(f"{peer} gave up on {request['name']}") from error
            arrived = arrive(rng, asked, form)
            for kind, line in [(None, arrived), *changes.changed_copies(rng, arrived)]:
                lines.append({"name": f"{request['name']}: {peer}, {kind or 'as it arrived'}", **line})
                labels.append((peer, kind))

    answers = harness.ask(options.verify, lines) if options.verify else map(expect, lines)
    kinds = {kind: Counter() for kind in changes.CHANGES}
    failures = 0
    for (peer, kind), line, answer in zip(labels, lines, answers):
        rule = expect(line)
        outcome = "refused" if "code" in rule else "verified"
        counts[peer].update([f"changed, {outcome}" if kind else outcome])
        if kind:
            kinds[kind].update([outcome])
        wrong = {field: answer.get(field) for field in rule} != rule or not kind and outcome == "refused"
        failures += wrong
        if wrong and failures <= 10:
            print(f"\n{line['name']}\n{json.dumps(line)}\nrules: {rule}\nverify: {answer}")

    print(f"\n{len(requests)} requests")
    harness.print_differences(Counter(what for each in taken_out for what in each), TAKEN_OUT)
    print("\nrefused  verified  what was changed")
    for kind, counted in kinds.items():
        print(f"{counted['refused']:7}  {counted['verified']:8}  {kind}")
        if not counted and len(requests) > 1000:
            failures += 1
            print("  this never happened")
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
