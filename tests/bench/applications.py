#!/usr/bin/env python3
"""One repository with N Application directories: seconds from applying N Applications to all
Synced, and from one commit to one re-synced.  PAVE names the program; N defaults to 1000."""
import http.client
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
APPS = "/apis/argoproj.io/v1alpha1/namespaces/default/applications"


def git(repo, *args):
    subprocess.run(["git", "-C", repo, "-c", "user.name=b", "-c", "user.email=b@pave.invalid", *args],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_repository(repo):
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    for i in range(N):
        os.makedirs("%s/apps/a%04d" % (repo, i))
        with open("%s/apps/a%04d/settings.yaml" % (repo, i), "w", encoding="utf-8") as f:
            json.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a%04d" % i},
                       "data": {"n": "0", "text": "x" * 2000}}, f)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "Start")


def application(repo, i):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a%04d" % i},
            "spec": {"project": "default", "source": {"repoURL": repo, "path": "apps/a%04d" % i, "targetRevision": "main"},
                     "destination": {"name": "in-cluster", "namespace": "default"},
                     "syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}}


def cpu(pid):
    """Seconds of this process and of the children it waited for."""
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return sum(int(n) for n in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def rss(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return [int(line.split()[1]) // 1024 for line in f if line.startswith("VmRSS")][0]


def until(client, what, test, limit=float(os.environ.get("LIMIT", "600"))):
    start = time.time()
    while time.time() - start < limit:
        items = json.loads(client.request("GET", APPS)[2])["items"]
        if test(items):
            return
        time.sleep(0.5)
    states = {}
    for a in items:
        key = json.dumps({"sync": a.get("status", {}).get("sync", {}).get("status"), "phase": a.get("status", {}).get("operationState", {}).get("phase"),
                          "message": a.get("status", {}).get("operationState", {}).get("message"), "conditions": a.get("status", {}).get("conditions")})
        states[key] = states.get(key, 0) + 1
    raise SystemExit("not within %d s: %s: %s" % (limit, what, "\n".join("%d %s" % (n, k) for k, n in list(states.items())[:5])))


def synced(items):
    return len(items) == N and all(
        a.get("status", {}).get("sync", {}).get("status") == "Synced" and
        a["status"].get("operationState", {}).get("phase") == "Succeeded" for a in items)


def run(tmp):
    repo = tmp + "/repo"
    make_repository(repo)
    server = subprocess.Popen([PAVE, "serve", "--data", tmp + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", tmp + "/kubeconfig"],
                              stdout=subprocess.DEVNULL, stderr=open(tmp + "/log", "w", encoding="utf-8"))
    try:
        while not os.path.exists(tmp + "/kubeconfig") or " ready" not in open(tmp + "/log", encoding="utf-8").read().replace('"', " "):
            time.sleep(0.05)
        client = Client(tmp + "/kubeconfig", tmp)
        start, before = time.time(), cpu(server.pid)
        conn = http.client.HTTPSConnection(client.host, client.port, context=client.tls)
        for i in range(N):
            conn.request("POST", APPS, json.dumps(application(repo, i)), {"Content-Type": "application/json"})
            answer = conn.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise SystemExit(text)
        applied = time.time() - start
        until(client, "all Synced", synced)
        synced_after = time.time() - start
        print("%d Applications: applied in %.1f s, all Synced after %.1f s, %.1f s of CPU, %d MiB" %
              (N, applied, synced_after, cpu(server.pid) - before, rss(server.pid)))
        before, start = cpu(server.pid), time.time()
        time.sleep(10)
        print("idle: %.1f %% of one core" % ((cpu(server.pid) - before) * 100 / (time.time() - start)))
        with open(repo + "/apps/a0007/settings.yaml", "r+", encoding="utf-8") as f:
            text = f.read().replace('"n": "0"', '"n": "1"')
            f.seek(0)
            f.write(text)
        start, before = time.time(), cpu(server.pid)
        git(repo, "commit", "-qam", "One")
        path = "/api/v1/namespaces/default/configmaps/a0007"
        while json.loads(client.request("GET", path)[2])["data"]["n"] != "1":
            time.sleep(0.02)
        one = time.time() - start
        head = subprocess.run(["git", "-C", repo, "rev-parse", "HEAD"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        until(client, "all at the commit", lambda items: synced(items) and all(a["status"]["sync"]["revision"] == head for a in items))
        print("one commit: its Application applied after %.2f s, all %d at the new revision after %.2f s, %.1f s of CPU" %
              (one, N, time.time() - start, cpu(server.pid) - before))
        if N == 1000:  # as figures.tsv names them
            print("figure\t1,000 Applications of one repository, all synced\t%.1f" % synced_after)
            print("figure\t1,000 Applications of one repository, a commit is out\t%.2f" % one)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


if __name__ == "__main__":
    tmp = tempfile.mkdtemp(prefix="pave-bench-")
    try:
        run(tmp)
    finally:
        shutil.rmtree(tmp)
