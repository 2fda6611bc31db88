#!/usr/bin/env python3
"""One ApplicationSet over a repository of N directories: seconds from applying it to all N Applications Synced, from a
commit with one directory more to its Application Synced, and from a change of the template to it in all of them.  PAVE names
the program; N defaults to 1000."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from client import Client  # noqa: E402

PAVE = os.environ.get("PAVE") or os.path.join(ROOT, "build/release/pave")
N = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
HOME = "/apis/argoproj.io/v1alpha1/namespaces/default/"


def git(repo, *args):
    subprocess.run(["git", "-C", repo, "-c", "user.name=b", "-c", "user.email=b@pave.invalid", *args],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def add(repo, name):
    os.makedirs("%s/apps/%s" % (repo, name))
    with open("%s/apps/%s/settings.yaml" % (repo, name), "w", encoding="utf-8") as f:
        json.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": "x" * 2000}}, f)


def set_of(repo):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "all"}, "spec": {
        "goTemplate": True, "goTemplateOptions": ["missingkey=error"],
        "generators": [{"git": {"repoURL": repo, "revision": "main", "directories": [{"path": "apps/*"}]}}],
        "template": {"metadata": {"name": "{{.path.basename}}"}, "spec": {
            "project": "default", "source": {"repoURL": repo, "path": "{{.path.path}}", "targetRevision": "main"},
            "destination": {"name": "in-cluster", "namespace": "default"}, "syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}}}}


def cpu(pid):
    """Seconds of this process and of the children it waited for."""
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return sum(int(n) for n in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def until(client, what, test, limit=600):
    start = time.time()
    while time.time() - start < limit:
        if test(json.loads(client.request("GET", HOME + "applications")[2])["items"]):
            return time.time()
        time.sleep(0.2)
    raise SystemExit("not within %d s: %s" % (limit, what))


def synced(items, n):
    return len(items) == n and all(a.get("status", {}).get("sync", {}).get("status") == "Synced" for a in items)


def run(tmp):
    repo = tmp + "/repo"
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    for i in range(N):
        add(repo, "a%04d" % i)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "Start")
    server = subprocess.Popen([PAVE, "serve", "--data", tmp + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", tmp + "/kubeconfig"],
                              stdout=subprocess.DEVNULL, stderr=open(tmp + "/log", "w", encoding="utf-8"))
    try:
        while not os.path.exists(tmp + "/kubeconfig") or " ready" not in open(tmp + "/log", encoding="utf-8").read().replace('"', " "):
            time.sleep(0.05)
        client = Client(tmp + "/kubeconfig", tmp)
        start, before = time.time(), cpu(server.pid)
        client.request("POST", HOME + "applicationsets", json.dumps(set_of(repo)))
        made = until(client, "all there", lambda items: len(items) == N) - start
        all_synced = until(client, "all Synced", lambda items: synced(items, N)) - start
        print("%d Applications of one ApplicationSet: there after %.1f s, all Synced after %.1f s, %.1f s of CPU" %
              (N, made, all_synced, cpu(server.pid) - before))
        time.sleep(5)
        start, before = time.time(), cpu(server.pid)
        time.sleep(10)
        print("idle: %.1f %% of one core" % ((cpu(server.pid) - before) * 100 / (time.time() - start)))
        add(repo, "z")
        git(repo, "add", ".")
        start, before = time.time(), cpu(server.pid)
        git(repo, "commit", "-qm", "One")
        one = until(client, "one more", lambda items: any(a["metadata"]["name"] == "z" and synced([a], 1) for a in items)) - start
        print("one directory more: its Application Synced after %.2f s" % one)
        start = time.time()
        client.request("PATCH", HOME + "applicationsets/all", json.dumps({"spec": {"template": {"metadata": {"labels": {"new": "yes"}}}}}),
                       "application/merge-patch+json")
        changed = until(client, "all changed", lambda items: all(a["metadata"].get("labels", {}).get("new") for a in items)) - start
        print("a label for all: %.1f s" % changed)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


tmp = tempfile.mkdtemp(prefix="pave-bench-")
try:
    run(tmp)
finally:
    shutil.rmtree(tmp)
