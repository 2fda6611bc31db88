#!/usr/bin/env python3
"""git-over-http.t: a repository behind HTTP and a password: the words of a refusal, the Secret that
lets Pave in, and a signed push event that makes it look at once."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from client import Client, look  # noqa: E402

PAVE = os.environ.get("PAVE") or os.path.join(ROOT, "build/debug/pave")
BACKEND = "/usr/lib/git-core/git-http-backend"
WORD = "hunter2"
APPS = "/apis/argoproj.io/v1alpha1/namespaces/default/applications"
count = 0


def ok(good, what, why=""):
    global count
    count += 1
    print("%sok %d - %s" % ("" if good else "not ", count, what), flush=True)
    if not good:
        print("# %s" % why)
        raise SystemExit(1)


class Git(http.server.BaseHTTPRequestHandler):
    """git http-backend behind Basic authentication."""

    def log_message(self, *args):
        pass

    def serve(self):
        given = self.headers.get("Authorization", "")
        if given != "Basic " + base64.b64encode(("robot:" + WORD).encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        env = dict(os.environ, GIT_PROJECT_ROOT=self.server.root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                   REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type", ""), REMOTE_USER="robot",
                   CONTENT_LENGTH=str(len(body)), HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""))
        out = subprocess.run([BACKEND], input=body, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        head, _, answer = out.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = serve


def git(repo, *args):
    subprocess.run(["git", "-C", repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", *args], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(repo, value):
    with open(repo + "/deploy/settings.yaml", "w", encoding="utf-8") as f:
        json.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"value": value}}, f)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "Set " + value)


def until(client, path, what, test, limit=20):
    end, last = time.time() + limit, None
    while time.time() < end:
        status, _, text = client.request("GET", path)
        last = json.loads(text) if status == 200 else {}
        if test(last):
            ok(True, what)
            return
        time.sleep(0.05)
    ok(False, what, json.dumps(last.get("status", last))[:2000])


def condition(app):
    return " ".join(c["message"] for c in app.get("status", {}).get("conditions", []))


def create(client, path, body):
    status, _, text = client.request("POST", path, json.dumps(body))
    if status != 201:
        ok(False, "POST " + path, text)


def refresh(client):
    client.request("PATCH", APPS + "/shop", json.dumps({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}),
                   "application/merge-patch+json")


def push(client, secret=None):
    body = json.dumps({"ref": "refs/heads/main", "repository": {"clone_url": client.repo.replace("http:", "https:")}}).encode()
    conn = http.client.HTTPSConnection(client.host, client.port, context=client.anonymous, timeout=10)
    headers = {"X-GitHub-Event": "push", "Content-Type": "application/json"}
    if secret:
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    conn.request("POST", "/api/webhook", body, headers)
    return conn.getresponse().status


def story(client, work, url):
    client.repo = url + "/shop"
    create(client, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
    create(client, APPS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"},
                          "spec": {"project": "default", "source": {"repoURL": client.repo, "path": "deploy"},
                                   "destination": {"name": "in-cluster", "namespace": "default"}, "syncPolicy": {"automated": {}}}})
    until(client, APPS + "/shop", "without credentials it says so", lambda a: "authentication required or refused" in condition(a))
    create(client, "/api/v1/namespaces/argocd/secrets",
           {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "repo", "labels": {"argocd.argoproj.io/secret-type": "repo-creds"}},
            "stringData": {"url": url, "username": "robot", "password": WORD}})
    refresh(client)
    until(client, APPS + "/shop", "with a Secret it is Synced", lambda a: look(a, ".status.sync.status") == "Synced")
    until(client, "/api/v1/namespaces/default/configmaps/settings", "what Git says is there", lambda c: look(c, ".data.value") == "one")

    create(client, "/api/v1/namespaces/argocd/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret"},
                                                        "stringData": {"webhook.github.secret": "shared word"}})
    write(work, "two")
    ok(push(client) == 401, "a push event without proof is refused")
    ok(push(client, "another word") == 401, "and one with the wrong proof")
    ok(push(client, "shared word") == 200, "one that is proven is taken")
    until(client, "/api/v1/namespaces/default/configmaps/settings", "and the commit is there",
          lambda c: look(c, ".data.value") == "two", 15)
    client.request("PATCH", APPS + "/shop", json.dumps({"spec": {"source": {"repoURL": url + "/nowhere"}}}), "application/merge-patch+json")
    until(client, APPS + "/shop", "a repository that is not there is called so",
          lambda a: url + "/nowhere does not exist" in condition(a))
    _, _, everything = client.request("GET", "/api/v1/events")
    ok(WORD not in everything + json.dumps(client.request("GET", APPS)[2]), "the password is nowhere to be seen")


def main(tmp):
    work = tmp + "/git/shop"
    os.makedirs(work + "/deploy")
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    write(work, "one")
    forge = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Git)
    forge.root = tmp + "/git"
    threading.Thread(target=forge.serve_forever, daemon=True).start()
    with open(tmp + "/log", "w", encoding="utf-8") as log:
        server = subprocess.Popen([PAVE, "serve", "--data", tmp + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", tmp + "/kubeconfig"],
                                  stdout=subprocess.DEVNULL, stderr=log)
    try:
        end = time.time() + 20
        while '"ready"' not in open(tmp + "/log", encoding="utf-8").read() and time.time() < end and server.poll() is None:
            time.sleep(0.05)
        story(Client(tmp + "/kubeconfig", tmp), work, "http://127.0.0.1:%d" % forge.server_address[1])
        ok(WORD not in open(tmp + "/log", encoding="utf-8").read(), "nor in the log")
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait()
    ok(code == 0, "the server ends cleanly", code)


folder = tempfile.mkdtemp(prefix="pave-http-")
try:
    main(folder)
finally:
    print("1..%d" % count)
    shutil.rmtree(folder)
