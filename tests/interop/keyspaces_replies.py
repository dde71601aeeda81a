"""Compares what `examples/stages.rs` answers to challenges with what AWS's Python and Node plugins do, and the endpoints in
`tests/vectors/keyspaces-endpoints.tsv`, which a test in Rust reads, with botocore's rules.
"""

import datetime
import json
import os
import pathlib
import random
import subprocess
from collections import Counter

import botocore.session
from botocore.credentials import Credentials
from botocore.endpoint_provider import EndpointProvider
from cassandra_sigv4 import auth

import harness

NONCE = "91703fdc2ef562e19fbdab0f58e42fe5"
OFFICIAL = ("UserID-1", "UserSecretKey-1")
EXAMPLE = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

KNOWN = [
    # From the plugins' own tests, and computed with both.
    (OFFICIAL, "us-west-2", NONCE, "2020-06-09T22:41:51.000Z",
     "7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87"),
    (EXAMPLE, "us-east-2", "0c0b0c6f3946d14ce1a49a8f8c86a888", "2021-01-01T00:00:00.007Z",
     "a05e50dff2d3d32ac05c182512353a7aef5ad11d5909e1b659d4bde27889fc81"),
    (EXAMPLE, "cn-north-1", "0" * 32, "2024-02-29T23:59:59.999Z",
     "0efcdaceb4f66f09c7d4502d36494ce7c75be7b5415cd597b4f930a0ecc30b97"),
]

DIFFERENCES = {
    # what: (who, what is done, what they do, why this crate does otherwise)
    "length": ("plugins", "left out", "sign a nonce of any length, Python's the 32 bytes that follow `nonce=` or fewer",
               "an error unless it has 32 bytes up to the comma or the end"),
    "milliseconds": ("Python", "left out", "rounds 999.5 ms and more to `.1000Z`, which is no time", "cuts them to `.999Z`"),
}

CHALLENGES = [
    # a challenge; the nonce that is signed, none if it is an error
    (f"nonce={NONCE}", NONCE),
    (f"nonce={NONCE},", NONCE),
    (f"realm=a,nonce={NONCE},b=c", NONCE),
    (f"not_part_nonce={NONCE}", NONCE),
    (f"nonce={NONCE},nonce={'0' * 32}", NONCE),
    (f"nonce={'z' * 32}", "z" * 32),
    (f"nonce={'é' * 16}", "é" * 16),
    ("nonce=" + " " * 32, " " * 32),
    ("", None),
    ("nonce", None),
    (f"Nonce={NONCE}", None),
    ("nonce=", None),
    ("nonce=,", None),
    (f"nonce={NONCE[1:]}", None),
    (f"nonce={NONCE}0", None),
    (f"nonce={NONCE} and more", None),
    (f"nonce=short,nonce={NONCE}", None),
]


class Node:
    """Node's plugin."""

    def __init__(self, node_modules):
        self.env = {**os.environ, "NODE_PATH": node_modules, "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1"}
        self.program = pathlib.Path(__file__).with_name("keyspaces_node") / "answer.js"

    def ask(self, lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run(["node", self.program], input=text, env=self.env, stdout=subprocess.PIPE, encoding="utf-8",
                              check=True, timeout=120)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(lines), f"{len(lines)} lines went in, {len(answers)} came out"
        return answers


def compare(stages, node, failures):
    compare_replies(stages, node, failures)
    counted = compare_challenges(stages, node, failures)
    late = datetime.datetime(2020, 6, 9, 22, 41, 51, 999_500)
    counted["milliseconds"] += auth._format_timestamp(late).endswith(".1000Z")
    harness.print_differences(counted, DIFFERENCES)
    for what in DIFFERENCES:
        failures.check(f"never seen: {what}", counted[what] > 0, True)
    compare_endpoints(failures)


def compare_replies(stages, node, failures):
    """The known answers, and random ones: all stages with Python's plugin, the reply with both."""
    requests = [(key, token, region, nonce, timestamp) for key, region, nonce, timestamp, _ in KNOWN
                for token in (None, "sess-token-1")]
    requests += [random_request(random.Random(n)) for n in range(300)]
    ours = harness.ask(stages, [line(*request) for request in requests])
    theirs = node.ask([{"what": "sign", "region": region, "nonce": nonce, "timestamp": timestamp, "accessKeyId": key[0],
                        "secretAccessKey": key[1], "sessionToken": token}
                       for key, token, region, nonce, timestamp in requests])
    for request, our, node_s in zip(requests, ours, theirs):
        python_s = by_python(*request)
        failures.check(f"reply of Node's for {request}", our.get("reply"), node_s.get("reply"))
        for what, text in python_s.items():
            failures.check(f"{what} of Python's for {request}", our.get(what), text)
    for n, (*_, signature) in enumerate(KNOWN):
        failures.check("known answer", [ours[2 * n + i].get("signature") for i in (0, 1)], [signature] * 2)
    print(f"\nreplies: {len(requests)} compared, in every stage with Python's plugin, with Node's as a whole")


def random_request(rng):
    def text(letters, most):
        return "".join(rng.choice(letters) for _ in range(rng.randint(1, most)))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    # Blanks around a secret are an error here.
    secret = text(letters + letters.lower() + "/+ =é", 60).strip() or "secret"
    key = (text(letters, 40), secret)
    token = rng.choice([None, text(letters + letters.lower() + "/+=", 600)])
    moment = datetime.datetime(2000, 1, 1) + datetime.timedelta(milliseconds=rng.randrange(80 * 365 * 86_400_000))
    timestamp = moment.isoformat(timespec="milliseconds") + "Z"
    nonce = "".join(rng.choice("0123456789abcdef") for _ in range(32))
    return key, token, rng.choice(["us-east-2", "us-gov-west-1", "cn-northwest-1"]), nonce, timestamp


def line(key, token, region, nonce, timestamp):
    return challenge_line(f"nonce={nonce}", key, token, region, timestamp)


def challenge_line(challenge, key=OFFICIAL, token=None, region="us-west-2", timestamp="2020-06-09T22:41:51.000Z"):
    return {"name": "keyspaces", "mode": "keyspaces", "access_key_id": key[0], "secret_access_key": key[1],
            "session_token": token, "region": region, "timestamp": timestamp, "nonce": challenge}


def by_python(key, token, region, nonce, timestamp):
    moment = datetime.datetime.fromisoformat(timestamp.rstrip("Z"))
    credentials = Credentials(*key, token)
    day = auth._format_datestamp(moment)
    scope = auth._generate_scope(day, region)
    canonical_request = auth._generate_canonical_request(key[0], scope, moment, nonce)
    signature = auth._generate_signature(nonce, moment, credentials, region)
    formatted = auth._format_timestamp(moment)
    return {
        "canonical_request": canonical_request,
        "string_to_sign": "\n".join([auth._AWS4_SIGNING_ALGORITHM, formatted, scope, auth._sha_256_hash(canonical_request)]),
        "signature": signature,
        "reply": f"signature={signature},access_key={key[0]},amzdate={formatted}" + (f",session_token={token}" if token else ""),
    }


def compare_challenges(stages, node, failures):
    """A challenge that is read signs as the bare nonce; where it is an error, plugins may sign all the same."""
    counted = Counter()
    ours = harness.ask(stages, [challenge_line(challenge) for challenge, _ in CHALLENGES])
    theirs = node.ask([{"what": "nonce", "challenge": challenge} for challenge, _ in CHALLENGES])
    for (challenge, nonce), our, node_s in zip(CHALLENGES, ours, theirs):
        what = f"challenge {challenge!r}"
        try:
            python_s = auth._extract_nonce(challenge.encode()).decode()
        except ValueError:
            python_s = None
        if nonce is None:
            failures.check(f"{what}: an error", "error" in our, True)
            counted["length"] += (python_s, node_s.get("nonce")) != (None, None)
            continue
        [bare] = harness.ask(stages, [challenge_line(f"nonce={nonce}")])
        failures.check(f"{what}: its signature", our.get("signature", our), bare.get("signature"))
        failures.check(f"{what}: Python's nonce", python_s, nonce)
        failures.check(f"{what}: Node's nonce", node_s.get("nonce"), nonce)
    print(f"\nchallenges: {len(CHALLENGES)} compared")
    return counted


def compare_endpoints(failures):
    """The file against botocore, region by region: what it holds, this crate makes."""
    file = pathlib.Path(__file__).parents[1] / "vectors" / "keyspaces-endpoints.tsv"
    lines = file.read_text(encoding="utf-8").splitlines()
    listed = [tuple(line.split("\t")) for line in lines if not line.startswith("#")]
    loader = botocore.session.Session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    rules = EndpointProvider(loader.load_service_model("keyspaces", "endpoint-rule-set-1"), partitions)
    # Those of a partition as a whole are no regions.
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]
               if not region.endswith("-global")]

    def host(region, **what):
        resolved = rules.resolve_endpoint(**{"Region": region, "UseDualStack": False, "UseFIPS": False, **what})
        return resolved.url.removeprefix("https://")
    expected = [(region, host(region), host(region, UseDualStack=True), host(region, UseFIPS=True)) for region in regions]
    for theirs, ours in zip(expected, listed):
        failures.check("endpoints", ours, theirs)
    failures.check("regions", len(listed), len(expected))
    print(f"\nendpoints: {len(expected)} regions compared")
