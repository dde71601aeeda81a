"""Signs random requests with `examples/stages.rs`, with the rules written down a second time (rules.py) and with the other
signers (peers.py), and compares. README.md tells how to run it and how to repeat a failure.
"""

import json
import sys
from collections import Counter

import harness
import peers


def main():
    parser = harness.parser(__doc__)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)

    requests = harness.requests(parser, options)
    expected = [harness.by_the_rules(request) for request in requests]
    answers = harness.ask(options.stages, requests) if options.stages else [
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

    others = harness.others(options)
    counts = {peer: Counter() for peer in ["rules", *others]}
    for request, rule, answer in zip(requests, expected, answers):
        answer["refused"] = "error" in answer and "signature" not in answer
        counts["rules"]["compared"] += 1
        compare("rules", request, {"name": request["name"], **(rule or {}), "refused": rule is None}, answer)
        compare("hostile.jsonl", request, {"refused": request.get("refused", rule is None)}, {"refused": rule is None})
        for peer, ask in others.items():
            try:
                peers.leave_out("refused", rule is None)
                form = ask(request)
                counts[peer].update(["compared", *form.adapted])
                compare(peer, request, form.said, answer)
            except peers.LeftOut as what:
                counts[peer][str(what)] += 1
            except Exception as error:  # a peer that gives up is a difference as well
                compare(peer, request, {"error": repr(error)}, answer)

    for peer, counted in counts.items():
        print(f"\n{peer}: {counted['compared']} of {len(requests)} compared")
        harness.print_differences(counted, peers.DIFFERENCES)
        if 2 * counted["compared"] < len(requests) and len(requests) > 1000:
            failures += 1
            print(f"  fewer than half were compared with {peer}")
    print(f"\n{failures} disagreements" + (f"; repeat with --seed {options.seed}" if failures else ""))
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
