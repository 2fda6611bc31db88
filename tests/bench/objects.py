#!/usr/bin/env python3
"""Objects in numbers: custom objects created by 32 clients, pages of 500, what an idle server holds, and a million
objects of 1 KB that a start, lists by page and watches must bear.  PAVE names the program; OBJECTS says how many
(default 1,000,000); QUICK=1: shorter, and none of those.  The clients share the machine."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from client import Client  # noqa: E402

PAVE = os.path.abspath(os.environ.get("PAVE") or os.path.join(ROOT, "build/release/pave"))
LOAD = os.path.join(os.path.dirname(PAVE), "tests/bench/api_load_bench")
QUICK = os.environ.get("QUICK")
OBJECTS = int(os.environ.get("OBJECTS", 0 if QUICK else 1000000))
SECONDS = "2" if QUICK else "5"
MAPS = "/api/v1/namespaces/default/configmaps"
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.bench.dev"}, "spec": {
    "group": "bench.dev", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget", "listKind": "WidgetList", "singular": "widget"},
    "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"type": "object", "properties": {
            "filler": {"type": "string", "maxLength": 4096}, "sent": {"type": "string"}, "size": {"type": "integer", "default": 1, "minimum": 0}}}}}}}]}}


failures = []


def figure(name, value):
    print("figure\t%s\t%.6g" % (name, value), flush=True)


class Server:
    def __init__(self, folder):
        self.folder, self.config = folder, folder + "/kubeconfig"
        self.start()

    def start(self):
        begin = time.monotonic()
        self.log = open(self.folder + "/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([PAVE, "serve", "--data", self.folder + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", self.config],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not any("Pave is ready" in line for line in self.process.stdout):
            self.log.seek(0)
            sys.exit(self.log.read())
        self.took = time.monotonic() - begin
        self.client = Client(self.config, self.folder)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)
        self.process.stdout.close()
        self.log.close()

    def memory(self, field):
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as f:
            return int(re.search(field + r":\s+(\d+)", f.read()).group(1)) * 1024 / 1e6

    def ticks(self):
        """Seconds of processors that it has used."""
        with open("/proc/%d/stat" % self.process.pid, encoding="utf-8") as f:
            used = f.read().rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self):
        return http.client.HTTPSConnection(self.client.host, self.client.port, context=self.client.tls, timeout=300)


def get(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError("%s: %s" % (path, text[:300]))
    return text


def must(client, method, path, body):
    status, _, text = client.request(method, path, json.dumps(body))
    if status not in (200, 201):
        raise RuntimeError("%s %s: %s" % (method, path, text[:300]))
    return json.loads(text)


def custom(server):
    must(server.client, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD)
    end = time.monotonic() + 20
    while server.client.request("GET", "/apis/bench.dev/v1/widgets")[0] != 200 and time.monotonic() < end:
        time.sleep(0.05)
    subprocess.run([LOAD, "create", server.config, "32", SECONDS, "1700", "custom"], check=True)


def pages(server):
    """wrk has no client certificates: a token."""
    must(server.client, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "bench"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}]})
    token = must(server.client, "POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": {}})["status"]["token"]
    url = "https://%s:%d/apis/bench.dev/v1/namespaces/default/widgets?limit=500" % (server.client.host, server.client.port)
    before = server.ticks()
    said = subprocess.run(["wrk", "-t1", "-c4", "-d" + SECONDS, "-H", "Authorization: Bearer " + token, url], check=True, stdout=subprocess.PIPE, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", said).group(1))
    done = int(re.search(r"(\d+) requests in", said).group(1)) / (server.ticks() - before)
    print("pages of 500 custom objects of 2 KB over HTTPS: %.0f/s; %.0f for each second of one core that the server used" % (rate, done))
    figure("lists of 500 custom objects of 2 KB, a second of one core", done)
    figure("lists of 500 custom objects of 2 KB, a second of the clock", rate)


def walk(server):
    """Every page, as a client that lists everything: (objects, seconds, the slowest page's milliseconds)."""
    connection, seen, after, slowest, begin = server.connect(), 0, "", 0, time.monotonic()
    while True:
        at = time.monotonic()
        text = get(connection, MAPS + "?limit=500" + ("&continue=" + after if after else ""))
        slowest = max(slowest, time.monotonic() - at)
        page = json.loads(text)
        seen, after = seen + len(page["items"]), page["metadata"].get("continue")
        if not after:
            return seen, time.monotonic() - begin, slowest * 1000


def hear(server, changes=200, rate=50):
    """One watch of the namespace: milliseconds from each request to its event, the slowest in a hundred."""
    late, names = [], [i["metadata"]["name"] for i in json.loads(get(server.connect(), MAPS + "?limit=%d" % changes))["items"]]
    rev = json.loads(get(server.connect(), MAPS + "?limit=1"))["metadata"]["resourceVersion"]
    watching = server.connect()
    watching.request("GET", MAPS + "?watch=1&resourceVersion=" + rev)
    stream = watching.getresponse()

    def listen():
        while len(late) < changes:
            line = stream.readline()
            if not line:
                return
            sent = json.loads(line)["object"].get("data", {}).get("sent")
            if sent:
                late.append((time.monotonic_ns() - int(sent)) / 1e6)
    thread = threading.Thread(target=listen)
    thread.start()
    writing, begin = server.connect(), time.monotonic()
    for i, name in enumerate(names):
        time.sleep(max(0, begin + i / rate - time.monotonic()))
        writing.request("PATCH", MAPS + "/" + name, json.dumps({"data": {"sent": str(time.monotonic_ns())}}), {"Content-Type": "application/merge-patch+json"})
        answer = writing.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(answer.status)
    thread.join(60)
    return len(late), sorted(late)[int(len(late) * 0.99)] if late else 0


def million(server):
    begin = time.monotonic()
    subprocess.run([LOAD, "fill", server.config, str(OBJECTS), "700"], check=True, stdout=subprocess.DEVNULL)
    print("%d objects of 1 KB made in %.0f s; resident %.0f MB" % (OBJECTS, time.monotonic() - begin, server.memory("VmRSS")))
    server.stop()
    server.start()
    print("start to first answer: %.2f s; resident %.0f MB; data directory %.0f MB" % (
        server.took, server.memory("VmRSS"), sum(os.path.getsize(os.path.join(server.folder, "data", f)) for f in os.listdir(server.folder + "/data")) / 1e6))
    seen, seconds, slowest = walk(server)
    heard, late = hear(server)
    print("%d objects listed by 500 in %.1f s, the slowest page %.0f ms; a watch heard %d of 200 changes, p99 %.1f ms" % (seen, seconds, slowest, heard, late))
    if seen < OBJECTS or heard < 200:
        failures.append("%d of %d objects listed, %d of 200 changes heard" % (seen, OBJECTS, heard))
    if OBJECTS == 1000000:
        figure("start to first answer, 1,000,000 objects of 1 KB", server.took)
        figure("resident memory, 1,000,000 objects of 1 KB", server.memory("VmRSS"))
        figure("1,000,000 objects listed by pages of 500, not seen", max(0, OBJECTS - seen))
        figure("1,000,000 objects listed by pages of 500, the slowest page", slowest)
        figure("a watch among 1,000,000 objects, p99", late)


def main():
    folder = tempfile.mkdtemp(prefix="pave-objects-")
    server = Server(folder)
    try:
        time.sleep(1)
        print("idle, empty store: %.1f MB resident, of them %.1f MB its own" % (server.memory("VmRSS"), server.memory("RssAnon")))
        figure("memory of its own, idle, empty store", server.memory("RssAnon"))
        custom(server)
        if shutil.which("wrk"):
            pages(server)
        server.stop()
        shutil.rmtree(folder + "/data")
        server.start()
        if OBJECTS:
            million(server)
    finally:
        server.process.kill()
        server.process.wait(60)
        shutil.rmtree(folder)
    if failures:
        sys.exit("objects.py: " + "; ".join(failures))


main()
