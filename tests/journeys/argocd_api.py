"""argocd_api.py: callers of Argo CD's REST API and what they begin with, for the journeys that ask it."""
import base64
import http.client
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
os.environ.setdefault("PAVE", os.path.join(HERE, "..", "..", "build/release/pave"))
from served import server, until  # noqa: E402, F401

# Of "password", as `argocd account bcrypt` makes it; 4 rounds, so that it costs nothing.
HASH = subprocess.run(["python3", "-c", "import crypt; print(crypt.crypt('password', '$2b$04$abcdefghijklmnopqrstuu'))"],
                      capture_output=True, text=True).stdout.strip()
APP = "/api/v1/applications"
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name), flush=True)
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


class Caller:
    """Somebody with a token, a certificate, a cookie, or nothing."""

    def __init__(self, client, token=None, tls=None, cookie=None):
        self.client, self.token, self.tls, self.cookie = client, token, tls or client.anonymous, cookie
        self.headers = {}

    def ask(self, method, path, body=None, kind="application/json"):
        c = http.client.HTTPSConnection(self.client.host, self.client.port, context=self.tls, timeout=600)
        headers = {"Content-Type": kind} if body is not None else {}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if self.cookie:
            headers["Cookie"] = self.cookie
        c.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = c.getresponse()
        self.headers = answer.headers
        text = answer.read()
        c.close()
        lines = text[:1] in b"{[" and answer.headers["Content-Type"] == "application/json" and text.rstrip().count(b"\n")
        return answer.status, text if lines or text[:1] not in b"{[" else json.loads(text)

    def status(self, *args, **more):
        return self.ask(*args, **more)[0]

    def error(self, *args, **more):
        code, doc = self.ask(*args, **more)
        return code, doc.get("code"), doc.get("message")


def config(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "argocd"}, "data": data}


def b64(text):
    return base64.b64encode(text.encode()).decode()


def application(name, project="default", ns=None, **spec):
    meta = {"name": name}
    if ns:
        meta["namespace"] = ns
    return {"metadata": meta, "spec": {"project": project, "source": {"repoURL": spec.get("repo", "https://example.com/o/r.git"), "path": "x"},
                                       "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"}}}


def set_up(admin):
    core = "/api/v1/namespaces"
    for ns in ("argocd", "team"):
        admin.ask("POST", core, {"metadata": {"name": ns}})
    admin.ask("POST", core + "/argocd/configmaps", config("argocd-cm", **{
        "accounts.alice": "apiKey, login", "accounts.bob": "login", "accounts.robot": "apiKey", "accounts.gone": "login",
        "accounts.gone.enabled": "false"}))
    admin.ask("POST", core + "/argocd/configmaps", config("argocd-rbac-cm", **{
        "policy.csv": "p, alice, applications, get, shop/*, allow\np, alice, applications, sync, shop/front, allow\n"
                      "p, robot, applications, *, */*, allow\np, robot, applications, delete, */*, deny\n",
        "policy.more.csv": "g, bob, role:readonly\n"}))
    admin.ask("POST", core + "/argocd/secrets", {
        "metadata": {"name": "argocd-secret"},
        "data": {k: b64(HASH) for k in ("admin.password", "accounts.alice.password", "accounts.bob.password", "accounts.gone.password")}})


def sign_in(client, name, password="password"):
    code, doc = Caller(client).ask("POST", "/api/v1/session", {"username": name, "password": password})
    return Caller(client, doc["token"]) if code == 200 else None


def project(name, **spec):
    return {"project": {"metadata": {"name": name}, "spec": {"sourceRepos": ["*"], "destinations": [
        {"server": "*", "namespace": "*"}], **spec}}}


def plan():
    print("1..%d" % count)
