"""A fresh `pave serve` for the suites that speak to the API, and the verdicts of its answers."""
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from client import Client, look  # noqa: E402, F401
from patience import PATIENCE, until  # noqa: E402, F401


@contextlib.contextmanager
def server(*flags):
    with tempfile.TemporaryDirectory() as tmp:
        config, said = os.path.join(tmp, "kubeconfig"), os.path.join(tmp, "out")
        with open(said, "wb") as out:
            process = subprocess.Popen([os.environ["PAVE"], "serve", "--data", tmp + "/data", "--listen", "127.0.0.1:0",
                                        "--kubeconfig-out", config, *flags], stdout=out, stderr=out)
        try:
            def ready():
                with open(said, "rb") as f:
                    return os.path.exists(config) and b"ready" in f.read() or process.poll() is not None
            until(ready, 600)
            if not os.path.exists(config):
                with open(said, encoding="utf-8", errors="replace") as f:
                    raise RuntimeError("the server does not start: " + f.read()[-2000:])
            client = Client(config, tmp)
            client.config = config
            client.pid = process.pid
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(600)


class Kept:
    """One connection for many requests."""

    def __init__(self, client):
        self.connection = http.client.HTTPSConnection(client.host, client.port, timeout=600, context=client.tls)

    def send(self, method, path, body=None, kind="application/json"):
        headers = {"Accept": "application/json", "Content-Type": kind}
        try:
            self.connection.request(method, path, body=body, headers=headers)
        except OSError:  # the server has ended what was idle for too long
            self.connection.close()
            self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")

    def post(self, path, body):
        return self.send("POST", path, body)


def causes_of(text):
    """The (reason, field) pairs of a Status."""
    details = json.loads(text).get("details") or {}
    return {(c.get("reason"), c.get("field")) for c in details.get("causes") or []}


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def load_crds(client, folder):
    """Creates every CRD of the suite: [(row of crds.expected.jsonl, status, text)].
    Those that Pave brings itself are replaced by the suite's."""
    out = []
    home = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for row in lines(os.path.join(folder, "crds.expected.jsonl")):
        with open(os.path.join(folder, row["file"]), "rb") as f:
            body = f.read()
        status, _, text = client.request("POST", home, body, "application/yaml")
        if status == 409:
            status, _, text = client.request("PATCH", "%s/%s?fieldManager=suite&force=true" % (home, row["crd"]), body,
                                             "application/apply-patch+yaml")
            status = 201 if status == 200 else status
        out.append((row, status, text))
    return out
