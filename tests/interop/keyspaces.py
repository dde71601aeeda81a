"""Has AWS's Python and Node plugins, and the drivers' own password logins, log in to the stand-in of `examples/keyspaces`, with
and without TLS; then the example itself, with what AWS's default chain finds. README.md tells more.
"""

import argparse
import contextlib
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
from collections import Counter

from boto3 import Session
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, NoHostAvailable
from cassandra_sigv4.auth import SigV4AuthProvider

import keyspaces_replies
from harness import Failures

REGION = "us-east-2"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
WRONG_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYANOTHERKEY"
TOKEN = "AQoDYXdzEJrtokenEXAMPLE/+="
LONG_LIVED, TEMPORARY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
LIMIT = 20

MISMATCH = "the signature we calculated does not match the one in the response: check the secret access key and the region"
NO_TOKEN = "the access key or the session token is invalid"
WRONG_PASSWORD = "the user name or the password is wrong"

CASES = [
    # keys or a user; the stand-in's verdict; why it refuses
    ({"id": LONG_LIVED, "secret": SECRET}, f"SigV4: verified, {LONG_LIVED}", None),
    ({"id": TEMPORARY, "secret": SECRET, "token": TOKEN}, f"SigV4: verified, {TEMPORARY}", None),
    ({"user": "alice", "password": "secret"}, "PLAIN: verified, alice", None),
    ({"id": LONG_LIVED, "secret": WRONG_SECRET}, f"SigV4: refused: {MISMATCH}", MISMATCH),
    ({"id": TEMPORARY, "secret": SECRET}, f"SigV4: refused: {NO_TOKEN}", NO_TOKEN),
    ({"id": TEMPORARY, "secret": WRONG_SECRET, "token": TOKEN}, f"SigV4: refused: {MISMATCH}", MISMATCH),
    ({"id": TEMPORARY, "secret": SECRET, "token": "another"}, f"SigV4: refused: {NO_TOKEN}", NO_TOKEN),
    ({"id": LONG_LIVED, "secret": SECRET, "region": "us-west-2"}, f"SigV4: refused: {MISMATCH}", MISMATCH),
    ({"user": "alice", "password": "another"}, f"PLAIN: refused: {WRONG_PASSWORD}", WRONG_PASSWORD),
]

QUERY = "select * from system_schema.keyspaces"
PREPARED = "select keyspace_name from system_schema.keyspaces where keyspace_name = ?"
ROWS = {"rows": ["system", "system_schema", "system_schema_mcs", "example"], "prepared": ["example"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stand-in", required=True, help="the built example keyspaces")
    parser.add_argument("--stages", required=True, help="the built example stages")
    parser.add_argument("--node-modules", required=True, help="where Node's plugin is installed")
    options = parser.parse_args()

    failures = Failures()
    node = keyspaces_replies.Node(options.node_modules)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with stand_in(options.stand_in, folder / "ca.pem") as (tls, plain_text, lines):
            expected = []
            for port, ca_file in [(plain_text, None), (tls, str(folder / "ca.pem"))]:
                for who, verdict, refusal in CASES:
                    check(failures, f"Python, {port}, {who}", log_in_by_python(who, port, ca_file), refusal)
                    expected.append(verdict)
                answers = node.ask([by_node(who, port, ca_file) for who, *_ in CASES])
                for (who, verdict, refusal), answer in zip(CASES, answers):
                    check(failures, f"Node, {port}, {who}", answer, refusal)
                    expected.append(verdict)
            failures.check("untrusted", "CERTIFICATE_VERIFY_FAILED" in untrusted(tls), True)
            expected += by_the_example(options.stand_in, folder, tls, failures)
        # A driver logs in once for each of its connections: at least once.
        seen, wanted = Counter(lines), Counter(expected)
        failures.check("verdicts", sorted(seen), sorted(wanted))
        failures.check("verdicts that are too few", sorted(wanted - seen), [])
    print(f"{2 * 2 * len(CASES)} logins by the plugins and the drivers' own, {len(lines)} verdicts")

    keyspaces_replies.compare(options.stages, node, failures)
    print(f"{failures.count} disagreements")
    sys.exit(failures.count > 0)


def check(failures, what, answer, refusal):
    if refusal is None:
        failures.check(what, answer, ROWS)
    else:
        said = answer.get("error", "")
        failures.check(what, said if refusal not in said else refusal, refusal)


@contextlib.contextmanager
def stand_in(program, ca_file):
    """Its ports, and the lines that it prints, which are complete when it has ended."""
    args = [program, "serve", "--port", "0", "--plain-text-port", "0", "--ca-file", ca_file]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, encoding="utf-8")
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(line.rstrip("\n") for line in process.stdout))
    first = process.stdout.readline()
    reader.start()
    try:
        ports = re.fullmatch(r"TLS on 127\.0\.0\.1:(\d+) for localhost, CA in (.*); plain text on 127\.0\.0\.1:(\d+)\n", first)
        assert ports and ports[2] == str(ca_file), f"the stand-in said {first!r}"
        yield int(ports[1]), int(ports[3]), lines
    finally:
        process.terminate()
        process.wait()
        reader.join()


def log_in_by_python(who, port, ca_file):
    if "user" in who:
        auth = PlainTextAuthProvider(who["user"], who["password"])
    else:
        session = Session(who["id"], who["secret"], who.get("token"), who.get("region", REGION))
        auth = SigV4AuthProvider(session)
    # The context asks the certificate for the name.
    tls = {"ssl_context": ssl.create_default_context(cafile=ca_file), "ssl_options": {"server_hostname": "localhost"}}
    cluster = Cluster(["127.0.0.1"], port=port, auth_provider=auth, connect_timeout=LIMIT, control_connection_timeout=LIMIT,
                      **(tls if ca_file else {}))
    try:
        session = cluster.connect()
        prepared = session.prepare(PREPARED)
        return {"rows": [row.keyspace_name for row in session.execute(QUERY, timeout=LIMIT)],
                "prepared": [row.keyspace_name for row in session.execute(prepared, ["example"], timeout=LIMIT)]}
    except NoHostAvailable as error:
        return {"error": str(error)}
    finally:
        cluster.shutdown()


def by_node(who, port, ca_file):
    return {"what": "login", "port": port, "caFile": ca_file, "region": who.get("region", REGION), "accessKeyId": who.get("id"),
            "secretAccessKey": who.get("secret"), "sessionToken": who.get("token"), "user": who.get("user"),
            "password": who.get("password"), "query": QUERY, "prepared": PREPARED, "values": ["example"]}


def untrusted(port):
    """What a client says that does not know the stand-in's authority."""
    cluster = Cluster(["127.0.0.1"], port=port, ssl_context=ssl.create_default_context(), connect_timeout=LIMIT,
                      ssl_options={"server_hostname": "localhost"})
    try:
        cluster.connect()
    except NoHostAvailable as error:
        return str(error)
    finally:
        cluster.shutdown()
    return "it was trusted"


def by_the_example(program, folder, port, failures):
    """The example's own client, whose environment holds nothing but what is named. Returns the verdicts to expect."""
    (folder / "config").write_text(f"[profile one]\nregion = {REGION}\n", encoding="utf-8")
    keys = {"aws_access_key_id": TEMPORARY, "aws_secret_access_key": SECRET, "aws_session_token": TOKEN}
    (folder / "credentials").write_text("[one]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items()),
                                        encoding="utf-8")
    nowhere = {"AWS_CONFIG_FILE": str(folder / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
               "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)}
    profile = {**nowhere, "AWS_CONFIG_FILE": str(folder / "config"), "AWS_PROFILE": "one",
               "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}
    variables = {**nowhere, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": LONG_LIVED, "AWS_SECRET_ACCESS_KEY": SECRET}
    verdicts = []
    for env, code, said, verdict in [
        (profile, 0, "system_schema_mcs", f"SigV4: verified, {TEMPORARY}"),
        (variables, 0, "system_schema_mcs", f"SigV4: verified, {LONG_LIVED}"),
        ({**nowhere, "AWS_REGION": REGION}, 1, "error: credential lookup failed: ", None),
        (nowhere, 2, "error: no region: give --region, ", None),
    ]:
        args = [program, "--endpoint", "127.0.0.1", "--port", str(port), "--server-name", "localhost", "--ca-file",
                folder / "ca.pem"]
        done = subprocess.run(args, env=env, capture_output=True, encoding="utf-8", timeout=60)
        text = done.stdout + done.stderr
        failures.check(f"the example: {text}", (done.returncode, said in text), (code, True))
        failures.check("a secret is shown", [it for it in (SECRET, TOKEN) if it in text], [])
        verdicts += [verdict] if verdict else []
    return verdicts


if __name__ == "__main__":
    main()
