#!/usr/bin/env python3
"""N Applications of ten objects each on one other cluster, a second Pave: how long until all are Synced, the memory that
the hub takes then, all looked at again with nothing to do, and how soon a change there shows.  PAVE names the program;
N defaults to 5000."""
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from applications import APPS, PAVE, ROOT, cpu, git, rss

sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from client import Client  # noqa: E402

N = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
OBJECTS = 10
CHANGES = 9
LIMIT = float(os.environ.get("LIMIT", "3000"))
MERGE = {"Content-Type": "application/merge-patch+json"}
REFRESH = "argocd.argoproj.io/refresh"


def make_repository(repo):
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    for i in range(N):
        os.makedirs("%s/apps/a%04d" % (repo, i))
        for k in range(OBJECTS):
            with open("%s/apps/a%04d/c%d.yaml" % (repo, i, k), "w", encoding="utf-8") as f:
                json.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a%04d-%d" % (i, k)},
                           "data": {"n": "0", "text": "x" * 500}}, f)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "Start")


def application(repo, i):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a%04d" % i},
            "spec": {"project": "default", "source": {"repoURL": repo, "path": "apps/a%04d" % i, "targetRevision": "main"},
                     "destination": {"name": "edge", "namespace": "default"}, "syncPolicy": {"automated": {"prune": True}}}}


class Server:
    def __init__(self, tmp):
        os.mkdir(tmp)
        self.tmp = tmp
        with open(tmp + "/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([PAVE, "serve", "--data", tmp + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out",
                                             tmp + "/kubeconfig"], stdout=subprocess.DEVNULL, stderr=log)
        while not os.path.exists(tmp + "/kubeconfig") or " ready" not in open(tmp + "/log", encoding="utf-8").read().replace('"', " "):
            time.sleep(0.05)
        self.client = Client(tmp + "/kubeconfig", tmp)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Watch(threading.Thread):
    """What the hub's Applications are, by what it tells of them."""
    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.apps, self.news = client, {}, threading.Condition()

    def run(self):
        conn = http.client.HTTPSConnection(self.client.host, self.client.port, context=self.client.tls)
        conn.request("GET", APPS + "?watch=true")
        for line in conn.getresponse():
            object = json.loads(line)["object"]
            with self.news:
                self.apps[object["metadata"]["name"]] = object
                self.news.notify_all()

    def until(self, what, test):
        with self.news:
            if not self.news.wait_for(test, LIMIT):
                raise SystemExit("not within %d s: %s" % (LIMIT, what))


def synced(app):
    return app.get("status", {}).get("sync", {}).get("status") == "Synced" and \
        app["status"].get("operationState", {}).get("phase") == "Succeeded"


def each(client, method, path, bodies, headers):
    conn = http.client.HTTPSConnection(client.host, client.port, context=client.tls)
    for name, body in bodies:
        conn.request(method, path + name, json.dumps(body), headers)
        answer = conn.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(text)


def peak(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return [int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM")][0]


def run(tmp):
    repo = tmp + "/repo"
    make_repository(repo)
    spoke, hub = Server(tmp + "/spoke"), Server(tmp + "/hub")
    try:
        subprocess.run([PAVE, "cluster", "add", "pave", "--from", tmp + "/spoke/kubeconfig", "--kubeconfig", tmp + "/hub/kubeconfig",
                        "--name", "edge"], check=True)
        watch, pid = Watch(hub.client), hub.process.pid
        watch.start()
        start, before = time.time(), cpu(pid)
        each(hub.client, "POST", APPS, [("", application(repo, i)) for i in range(N)], {"Content-Type": "application/json"})
        watch.until("all Synced", lambda: len(watch.apps) == N and all(map(synced, watch.apps.values())))
        all_synced, memory = time.time() - start, rss(pid)
        print("%d Applications of %d objects: all Synced after %.1f s, %.1f s of CPU here and %.1f there, %d MiB here (peak %d)" %
              (N, OBJECTS, all_synced, cpu(pid) - before, cpu(spoke.process.pid), memory, peak(pid)))
        start, before = time.time(), cpu(pid)
        each(hub.client, "PATCH", APPS + "/",
             [("a%04d" % i, {"metadata": {"annotations": {REFRESH: "normal"}}}) for i in range(N)], MERGE)
        watch.until("all looked at", lambda: all(REFRESH not in a["metadata"].get("annotations", {}) for a in watch.apps.values()))
        looked = time.time() - start
        print("all looked at again after %.1f s, %.1f s of CPU" % (looked, cpu(pid) - before))
        times = []
        for i in range(CHANGES):
            name = "a%04d" % (i * (N // CHANGES))
            start = time.time()
            each(spoke.client, "PATCH", "/api/v1/namespaces/default/configmaps/", [(name + "-3", {"data": {"n": "1"}})], MERGE)
            watch.until("the change shows", lambda: watch.apps[name]["status"]["sync"]["status"] == "OutOfSync")
            times.append(time.time() - start)
        print("a change there shows after %.2f s (%.2f to %.2f)" % (statistics.median(times), min(times), max(times)))
        start, before = time.time(), cpu(pid)
        time.sleep(10)
        print("idle: %.1f %% of one core, %d MiB" % ((cpu(pid) - before) * 100 / (time.time() - start), rss(pid)))
        if N == 5000:  # as figures.tsv names them
            print("figure\t5,000 Applications on another cluster, all synced\t%.1f" % all_synced)
            print("figure\t5,000 Applications on another cluster, memory of the hub\t%d" % memory)
            print("figure\t5,000 Applications on another cluster, all looked at again\t%.1f" % looked)
            print("figure\t5,000 Applications on another cluster, a change there shows\t%.2f" % statistics.median(times))
    finally:
        hub.stop()
        spoke.stop()


tmp = tempfile.mkdtemp(prefix="pave-bench-")
try:
    run(tmp)
finally:
    shutil.rmtree(tmp)
