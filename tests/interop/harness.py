"""What signers.py and verify.py have in common: options, requests, the programs that they ask, the counts. neptune.py and
keyspaces.py ask and count the same way.
"""

import argparse
import json
import pathlib
import random
import subprocess

import generate
import peers
import rules


class Failures:
    count = 0

    def check(self, what, theirs, ours):
        if theirs != ours:
            self.count += 1
            if self.count <= 10:
                print(f"\n{what}\nis       {theirs!r}\nexpected {ours!r}")


def parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--count", type=int, default=3000, help="how many random requests")
    parser.add_argument("--only", help="the name of the one request to compare")
    parser.add_argument("--stages", help="the built example; without it rules.py answers in its place")
    parser.add_argument("--aws-sigv4", help="the built crate of aws_sigv4/; without it that signer is left out")
    parser.add_argument("--smithy", help="the folder where the packages of smithy/ are installed; without it that signer is "
                        "left out")
    return parser


def requests(parser, options):
    hostile = pathlib.Path(__file__).with_name("hostile.jsonl").read_text(encoding="utf-8").splitlines()
    common, *hostile = map(json.loads, hostile)
    all_of_them = [{**common, **line} for line in hostile]
    all_of_them += [generate.request(random.Random(f"{options.seed}/{n}"), f"random-{n}") for n in range(options.count)]
    chosen = [request for request in all_of_them if options.only in (None, request["name"])]
    if not chosen:
        parser.error(f"no request is named {options.only}")
    return chosen


def by_the_rules(request):
    try:
        return rules.sign(request)
    except rules.Refused:
        return None


def ask(program, requests):
    """One process for all, and one line that is not JSON at their end."""
    lines = [json.dumps(request, ensure_ascii=len(request["name"]) % 2 == 0) for request in requests] + ["not JSON"]
    done = subprocess.run([program], input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, check=True,
                          timeout=600)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines), f"{len(lines)} lines went in, {len(answers)} came out"
    assert "error" in answers.pop(), "a line that is not JSON was no error"
    return answers


def others(options):
    asked = {"botocore": peers.ask_botocore, "awscrt": peers.ask_awscrt}
    if options.aws_sigv4:
        asked["aws-sigv4"] = peers.AwsSigv4(options.aws_sigv4)
    if options.smithy:
        asked["@smithy"] = peers.Smithy(pathlib.Path(__file__).with_name("smithy") / "sign.mjs", options.smithy)
    return asked


def print_differences(counted, differences):
    for what, (_, done, theirs, ours) in differences.items():
        if counted[what]:
            print(f"  {counted[what]:6} {done:8}  {what}: {theirs}; here {ours}")
