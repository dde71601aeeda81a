"""Has botocore's client of Neptune's data plane perform all of its operations (those of `neptune.jsonl`, each with all its
parameters and with the required ones only) against `examples/neptune`, which verifies each, and compares what it sends with
what `countersign::neptune` makes (neptune_requests/) and how it signs with `examples/stages.rs`. Then gremlinpython opens
WebSockets with headers that `examples/stages.rs` signed, and the Rust SDK performs all operations (neptune_sdk/). README.md
tells more.
"""

import argparse
import contextlib
import datetime
import json
import pathlib
import subprocess
import sys
import threading
import urllib.parse
from collections import Counter

import botocore.config
import botocore.exceptions
import botocore.session
from gremlin_python.driver.driver_remote_connection import DriverRemoteConnection
from gremlin_python.driver.serializer import GraphSONSerializersV2d0, GraphSONSerializersV3d0
from gremlin_python.process.anonymous_traversal import traversal

import harness

REGION = "us-east-1"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEYS = [("AKIAIOSFODNN7EXAMPLE", None), ("ASIAIOSFODNN7EXAMPLE", "AQoDYXdzEJrtokenEXAMPLE/+=")]

ADAPTED, LEFT_OUT = "adapted", "left out"
DIFFERENCES = {
    # what: (who, what is done, what botocore does, why this crate does otherwise)
    "client token": ("botocore", ADAPTED, "makes up a clientToken where there is none", "the caller's to give"),
    "openCypher parameters": ("botocore", ADAPTED, "sends the text as it is given", "takes a map and writes it"),
    "accept": ("botocore", LEFT_OUT, "has a parameter for the Accept header", "the caller's own header"),
}

# What botocore adds once it has signed, and what signing itself writes.
AFTER_SIGNING = {"amz-sdk-invocation-id", "amz-sdk-request", "content-length"}
BY_SIGNING = {"authorization", "x-amz-date", "x-amz-security-token"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for program in ["stand-in", "requests", "sdk", "stages"]:
        parser.add_argument(f"--{program}", required=True, help="a built program")
    options = parser.parse_args()

    failures = harness.Failures()
    cases = all_cases(failures)
    with stand_in(options.stand_in) as (url, lines):
        clients = {key: client(url, *key) for key in KEYS}
        sent = [Sent(clients[key], key, case) for key in KEYS for case in cases]
        expected = [f"{it.method} {it.path}: verified, {it.key[0]}: 200" for it in sent]
        failures.check("refused", refusal(url), 403)
        expected.append("GET /status: refused")
        expected += gremlin(url, options.stages, failures)
    # The code and the text of a refusal are not compared.
    failures.check("verdicts: how many", len(lines), len(expected))
    for line, verdict in zip(lines, expected):
        failures.check("verdict", line[:len(verdict)], verdict)
    print(f"{len(sent)} requests by botocore, and {len(lines) - len(sent)} others: {len(lines)} verdicts")
    compare_sdk(options.sdk, options.stand_in, failures)

    compare_requests(options.requests, sent, failures)
    compare_signatures(options.stages, sent, failures)
    print(f"{failures.count} disagreements")
    sys.exit(failures.count > 0)


def all_cases(failures):
    """The lines of neptune.jsonl, and each without the parameters that the model does not require."""
    model = botocore.session.Session().get_service_model("neptunedata")
    cases = []
    for line in pathlib.Path(__file__).with_name("neptune.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        shape = model.operation_model(case["operation"]).input_shape
        required = shape.required_members if shape else []
        few = {name: value for name, value in case["parameters"].items() if name in required}
        cases += [it for it in (case, {**case, "parameters": few}) if it not in cases]
    # The token of a reset is required for its second step, which the model does not say.
    cases.remove({"operation": "ExecuteFastReset", "parameters": {"action": "performDatabaseReset"}})
    failures.check("operations", sorted({case["operation"] for case in cases}), sorted(model.operation_names))
    return cases


@contextlib.contextmanager
def stand_in(program):
    """Its URL, and the lines that it prints, which are complete when it has ended."""
    process = subprocess.Popen([program, "serve", "--port", "0"], stdout=subprocess.PIPE, encoding="utf-8")
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(line.rstrip("\n") for line in process.stdout))
    url = process.stdout.readline().strip()
    reader.start()
    try:
        assert url, "the stand-in did not start"
        yield url, lines
    finally:
        process.terminate()
        process.wait()
        reader.join()


def client(url, key, token, secret=SECRET):
    return botocore.session.Session().create_client(
        "neptunedata", region_name=REGION, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token, config=botocore.config.Config(retries={"total_max_attempts": 1}))


class Sent:
    """A request that botocore sent; it raises an error where the answer is one."""

    def __init__(self, client, key, case):
        self.key, self.case = key, case
        client.meta.events.register("before-send", self.see, unique_id="see")
        try:
            # A copy: botocore adds to what it is handed.
            client._make_api_call(case["operation"], dict(case["parameters"]))
        finally:
            client.meta.events.unregister("before-send", unique_id="see")

    def see(self, request, **_):
        self.method, self.url, self.body = request.method, request.url, request.body or b""
        self.headers = {name.lower(): text(value) for name, value in request.headers.items()}
        url = urllib.parse.urlsplit(self.url)
        self.path = url.path
        self.query = sorted(pair.split("=", 1) for pair in url.query.split("&") if pair)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def refusal(url):
    """The status that a wrong secret gets: the stand-in does verify."""
    try:
        client(url, KEYS[0][0], None, "another secret").get_engine_status()
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def compare_requests(program, sent, failures):
    lines = [{"name": str(n), "operation": it.case["operation"], "parameters": without_accept(it.case)}
             for n, it in enumerate(sent)]
    counted = Counter()
    for it, answer in zip(sent, harness.ask(program, lines)):
        what = json.dumps(it.case, ensure_ascii=False)
        if "error" in answer:
            failures.check(what, answer["error"], None)
            continue
        theirs = {"method": it.method, "path": it.path, "query": it.query, "body": json_or_none(it.body)}
        ours = {"method": answer["method"], "path": answer["path"], "query": sorted(answer["query"]),
                "body": json_or_none(answer["body"].encode())}
        counted[it.case["operation"]] += 1
        if "clientToken" in (theirs["body"] or {}) and "clientToken" not in it.case["parameters"]:
            del theirs["body"]["clientToken"]
            counted["client token"] += 1
        if "OpenCypher" in it.case["operation"] and "parameters" in it.case["parameters"]:
            counted["openCypher parameters"] += theirs["body"]["parameters"] != ours["body"].get("parameters")
            for body in (theirs["body"], ours["body"]):
                body["parameters"] = json_or_none(body["parameters"].encode())
        counted["accept"] += "accept" in it.headers
        made = dict(answer["headers"])
        for name in ["content-type", "accept-encoding"]:
            theirs[name], ours[name] = it.headers.get(name), made.pop(name, None)
        theirs["other headers"], ours["other headers"] = {}, made
        for part in theirs:
            failures.check(f"{part} of {what}", ours[part], theirs[part])
    operations = [it for it in counted if it not in DIFFERENCES]
    print(f"\nneptune_requests: {len(operations)} operations, {sum(counted[it] for it in operations)} requests compared")
    harness.print_differences(counted, DIFFERENCES)
    for what in DIFFERENCES:
        failures.check(f"never seen: {what}", counted[what] > 0, True)


def without_accept(case):
    is_header = case["operation"] == "ExecuteGremlinQuery"
    return {name: value for name, value in case["parameters"].items() if not (is_header and name == "serializer")}


def json_or_none(body):
    return json.loads(body) if body else None


def compare_signatures(program, sent, failures):
    """Over the bytes and the headers that botocore had when it signed."""
    lines = [signing(it.key, it.headers["x-amz-date"], method=it.method, url=it.url, body=it.body.decode(),
                     headers=[[name, value] for name, value in it.headers.items()
                              if name not in AFTER_SIGNING | BY_SIGNING]) for it in sent]
    for it, answer in zip(sent, harness.ask(program, lines)):
        failures.check(f"signature of {it.case}", answer.get("authorization", answer), it.headers["authorization"])
        failures.check(f"token of {it.case}", it.headers.get("x-amz-security-token"), it.key[1])
    print(f"\nstages: {len(lines)} signatures compared")


def signing(key, timestamp, **request):
    return {"name": "neptune", "mode": "header", "access_key_id": key[0], "secret_access_key": SECRET,
            "session_token": key[1], "region": REGION, "service": "neptune-db", "timestamp": timestamp, **request}


def gremlin(url, stages, failures):
    """Returns the verdicts that the stand-in must print."""
    socket = url.replace("http://", "ws://") + "/gremlin"
    verdicts = []
    for key in KEYS:
        for serializer in [GraphSONSerializersV2d0, GraphSONSerializersV3d0]:
            headers = upgrade_headers(url, stages, key)
            connection = DriverRemoteConnection(socket, "g", headers=headers, pool_size=1,
                                                message_serializer=serializer())
            g = traversal().with_remote(connection)
            got = [g.V().count().next(), g.inject("a +/é", 2).to_list()]
            connection.close()
            failures.check(f"gremlinpython, {serializer.__name__}", got, [0, ["a +/é", 2]])
            verdicts.append(f"GET /gremlin: verified, {key[0]}: 101")
    return verdicts


def upgrade_headers(url, stages, key):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    [answer] = harness.ask(stages, [signing(key, now, method="GET", url=f"{url}/gremlin")])
    headers = {"Authorization": answer["authorization"], "X-Amz-Date": now}
    return {**headers, "X-Amz-Security-Token": key[1]} if key[1] else headers


def compare_sdk(program, stand_in_program, failures):
    """What the SDK performs are the operations of botocore's model, and what it says of each is what the stand-in does."""
    with stand_in(stand_in_program) as (url, lines):
        done = subprocess.run([program, url], stdout=subprocess.PIPE, encoding="utf-8", timeout=600)
    failures.check("neptune_sdk: its exit code", done.returncode, 0)
    said = done.stdout.splitlines()
    names = sorted(botocore.session.Session().get_service_model("neptunedata").operation_names)
    calls = [(key, name) for key, _ in KEYS for name in names]
    expected = [f"{key}: {name}: accepted: 200" for key, name in calls]
    expected.append(f"{KEYS[0][0]}: GetEngineStatus: refused: 403")
    verdicts = [f"verified, {key}: 200" for key, _ in calls] + ["refused"]
    failures.check("neptune_sdk: how many", [len(said), len(lines)], [len(expected), len(verdicts)])
    for line, ours in zip(said, expected):
        failures.check("neptune_sdk", line, ours)
    for line, verdict in zip(lines, verdicts):
        failures.check("verdict on neptune_sdk", line.partition(": ")[2][:len(verdict)], verdict)
    print(f"neptune_sdk: {len(names)} operations, {len(lines)} verdicts")


if __name__ == "__main__":
    main()
