#!/usr/bin/env python3
"""Pave beside Kubernetes' own API server over etcd, as far as tools/peers/build made them (PEERS: where; default
.cache/peers): the same client does the same to one after the other, over TLS, with all that is written on the disk.
PAVE names the program; QUICK=1: shorter.  The client shares the machine, so it is the ratios that say something."""
import base64
import glob
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from client import Client  # noqa: E402

PAVE = os.path.abspath(os.environ.get("PAVE") or os.path.join(ROOT, "build/release/pave"))
LOAD = os.path.join(os.path.dirname(PAVE), "tests/bench/api_load_bench")
PEERS = os.environ.get("PEERS", os.path.join(ROOT, ".cache/peers"))
SUITE = os.path.join(os.environ.get("PAVE_CONFORMANCE", os.path.join(ROOT, "../shared/conformance")), "apiplane")
SECONDS = "2" if os.environ.get("QUICK") else "8"
WATCHES = 1000
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/bench.dev/v1/namespaces/default/widgets"
WIDGET = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.bench.dev"}, "spec": {
    "group": "bench.dev", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget", "listKind": "WidgetList", "singular": "widget"},
    "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"type": "object", "properties": {
            "filler": {"type": "string", "maxLength": 4096}, "sent": {"type": "string"}, "size": {"type": "integer", "default": 1, "minimum": 0}}}}}}}]}}


def figure(name, value):
    print("figure\t%s\t%.6g" % (name, value), flush=True)


def none_of(name, why):
    print("nofigure\t%s\t%s" % (name, why), flush=True)


def until(what, true, seconds=120):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            sys.exit("apiserver.py: not within %d s: %s" % (seconds, what))
        time.sleep(0.05)


def free_ports(n):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Pave:
    name = "pave"

    def __init__(self, folder):
        self.processes = []
        self.config = os.path.join(folder, "kubeconfig")
        self.run([PAVE, "serve", "--data", folder + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", self.config], folder + "/log")
        until("pave is ready", lambda: "Pave is ready" in self.said(folder + "/log"))
        self.client = Client(self.config, folder)
        self.token = None

    def run(self, command, log):
        with open(log, "w", encoding="utf-8") as out:
            self.processes.append(subprocess.Popen(command, stdout=out, stderr=out))

    def said(self, log):
        with open(log, encoding="utf-8") as f:
            text = f.read()
        if any(p.poll() is not None for p in self.processes):
            sys.exit("apiserver.py: %s ended: %s" % (self.name, text[-2000:]))
        return text

    def bearer(self):
        """wrk has no client certificates: a token."""
        if not self.token:
            self.must("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
                "metadata": {"name": "bench"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}]})
            self.token = self.must("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": {}})["status"]["token"]
        return self.token

    def must(self, method, path, body=None):
        status, _, text = self.client.request(method, path, None if body is None else json.dumps(body))
        if status not in (200, 201):
            sys.exit("apiserver.py: %s: %s %s: %s" % (self.name, method, path, text[:300]))
        return json.loads(text)

    def processor(self):
        """Seconds that its processes have had of it."""
        ticks = 0
        for p in self.processes:
            with open("/proc/%d/stat" % p.pid, encoding="utf-8") as f:
                ticks += sum(int(n) for n in f.read().rsplit(")", 1)[1].split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def calm(self):
        """Has it done next to nothing for two seconds?"""
        before = self.processor()
        time.sleep(2)
        return self.processor() - before < 0.3

    def memory(self):
        """Of the API server alone, in MB: its database is another process elsewhere."""
        with open("/proc/%d/status" % self.processes[-1].pid, encoding="utf-8") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) * 1024 / 1e6

    def stop(self):
        for p in reversed(self.processes):
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


class Upstream(Pave):
    name = "kube-apiserver"

    def __init__(self, folder, etcd):  # pylint: disable=super-init-not-called
        self.processes, self.token = [], "bench-token"
        port, clients, peers = free_ports(3)
        at = "http://127.0.0.1:%d"
        subprocess.run(["openssl", "genrsa", "-out", folder + "/sa.key", "2048"], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "rsa", "-in", folder + "/sa.key", "-pubout", "-out", folder + "/sa.pub"], check=True, stderr=subprocess.DEVNULL)
        with open(folder + "/tokens.csv", "w", encoding="utf-8") as f:
            f.write("%s,bench,1,system:masters\n" % self.token)
        self.run([etcd, "--data-dir", folder + "/etcd", "--listen-client-urls", at % clients, "--advertise-client-urls", at % clients, "--listen-peer-urls",
                  at % peers, "--initial-advertise-peer-urls", at % peers, "--initial-cluster", "default=" + at % peers], folder + "/etcd.log")
        self.run([os.path.join(PEERS, "kube-apiserver"), "--etcd-servers", at % clients, "--secure-port", str(port), "--bind-address", "127.0.0.1", "--cert-dir",
                  folder + "/certs", "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", folder + "/sa.pub",
                  "--service-account-signing-key-file", folder + "/sa.key", "--service-cluster-ip-range", "10.0.0.0/24", "--token-auth-file",
                  folder + "/tokens.csv", "--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount"], folder + "/log")
        certificate = folder + "/certs/apiserver.crt"
        until("kube-apiserver has a certificate", lambda: self.said(folder + "/log") is not None and os.path.exists(certificate))
        self.config = os.path.join(folder, "kubeconfig")
        with open(certificate, "rb") as f, open(self.config, "w", encoding="utf-8") as out:
            out.write("apiVersion: v1\nkind: Config\nclusters: [{name: o, cluster: {server: \"https://127.0.0.1:%d\", certificate-authority-data: %s}}]\n"
                      "users: [{name: a, user: {token: %s}}]\ncontexts: [{name: o, context: {cluster: o, user: a}}]\ncurrent-context: o\n"
                      % (port, base64.b64encode(f.read()).decode(), self.token))
        self.client = Client(self.config, folder)
        until("kube-apiserver is ready", self.ready)
        until("its namespace is there", lambda: self.client.request("GET", "/api/v1/namespaces/default")[0] == 200)

    def ready(self):
        try:
            return self.client.request("GET", "/readyz")[0] == 200
        except OSError:
            return False


def connect(server):
    return http.client.HTTPSConnection(server.client.host, server.client.port, context=server.client.tls, timeout=300)


def headers(server, **more):
    return {"Authorization": "Bearer " + server.client.token, **more} if server.client.token else more


def watches(server):
    """kB of the server for each idle watch of one ConfigMap, with its connection and TLS."""
    before, held = server.memory(), []
    for i in range(WATCHES):
        held.append(connect(server))
        held[-1].request("GET", "/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=0&fieldSelector=metadata.name%%3Dw%d" % i, headers=headers(server))
        held[-1].getresponse()
    time.sleep(3)
    each = (server.memory() - before) * 1000 / WATCHES
    for connection in held:
        connection.close()
    return each


def settled(crd):
    """Served, or its names are another's."""
    return any((c["type"], c["status"]) in (("Established", "True"), ("NamesAccepted", "False")) for c in crd.get("status", {}).get("conditions") or [])


def definitions(server):
    """Seconds until all CRDs of the suite are served, and MB of the server for them; None without the suite."""
    if not glob.glob(SUITE + "/crds.expected.jsonl"):
        return None, None
    with open(SUITE + "/crds.expected.jsonl", encoding="utf-8") as f:
        rows = [json.loads(line) for line in f if line.strip()]
    texts = []
    for row in rows:
        if row.get("code") == 201:
            with open(os.path.join(SUITE, row["file"]), "rb") as f:
                texts.append(f.read())
    before, made, waiting, connection, begin = server.memory(), 0, [], connect(server), time.monotonic()
    reading = 0  # seconds of this client's own
    for text in texts:
        connection.request("POST", CRDS, text, headers(server, **{"Content-Type": "application/yaml"}))
        answer = connection.getresponse()
        said = answer.read()
        if answer.status not in (201, 409):  # Pave has some of these kinds itself
            sys.exit("apiserver.py: %s: %s" % (server.name, said[:300]))
        made += answer.status == 201
        read = time.monotonic()
        crd = json.loads(said)
        reading += time.monotonic() - read
        if answer.status == 201 and not settled(crd):  # upstream's controllers take a moment
            waiting.append(crd["metadata"]["name"])
    for name in waiting:
        until(name + " is served", lambda name=name: settled(server.must("GET", CRDS + "/" + name)))
    took = time.monotonic() - begin - reading
    time.sleep(3)
    return took * len(texts) / made, (server.memory() - before) * len(texts) / made


def creates(server):
    until("nothing is left to do for the definitions", server.calm, 300)
    server.must("POST", CRDS, WIDGET)
    until("widgets are served", lambda: server.client.request("GET", WIDGETS)[0] == 200)
    said = subprocess.run([LOAD, "create", server.config, "32", SECONDS, "1700", "custom"], check=True, stdout=subprocess.PIPE, text=True).stdout
    rate, late = re.search(r"^(\d+) creates/s.*p99 ([0-9.]+) ms", said, re.M).groups()
    return float(rate), float(late)


def five_hundred(server):
    """As many as a page has, however many the creates made."""
    for i in range(500 - len(server.must("GET", WIDGETS + "?limit=500")["items"])):
        server.must("POST", WIDGETS, {"apiVersion": "bench.dev/v1", "kind": "Widget", "metadata": {"name": "more-%d" % i},
                                      "spec": {"filler": "x" * 1700, "sent": "0"}})


def wrk(server, connections, path):
    url = "https://%s:%d%s" % (server.client.host, server.client.port, path)
    said = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d" + SECONDS, "-H", "Authorization: Bearer " + server.bearer(), url],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in said:
        sys.exit("apiserver.py: %s: %s" % (server.name, said))
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", said).group(1))


def measure(start):
    folder = tempfile.mkdtemp(prefix="pave-apiserver-")
    server = start(folder)
    out = {}
    try:
        time.sleep(5)
        out["idle"] = server.memory()
        out["watch"] = watches(server)
        out["crds"], out["crds held"] = definitions(server)
        out["creates"], out["late"] = creates(server)
        if shutil.which("wrk"):
            name = server.must("GET", WIDGETS + "?limit=1")["items"][0]["metadata"]["name"]
            out["get"] = wrk(server, 32, WIDGETS + "/" + name)
            five_hundred(server)
            out["list"] = wrk(server, 4, WIDGETS + "?limit=500")
    finally:
        server.stop()
        shutil.rmtree(folder)
    return {k: v for k, v in out.items() if v is not None}


# What, unit, its figure, is more better?
ROWS = (
    ("idle", "MB", "memory when idle, kube-apiserver's to it", False),
    ("watch", "kB", "an idle watch over TLS, kube-apiserver's memory to it", False),
    ("crds", "s", "188 CRDs of the ecosystem loaded, kube-apiserver's time to it", False),
    ("crds held", "MB", "188 CRDs of the ecosystem loaded, kube-apiserver's memory to it", False),
    ("creates", "/s", "creates of custom objects of 2 KB over HTTPS, to kube-apiserver", True),
    ("late", "ms", "creates of custom objects of 2 KB over HTTPS, kube-apiserver's p99 to it", False),
    ("get", "/s", "GET of one custom object over HTTPS, to kube-apiserver", True),
    ("list", "/s", "lists of 500 custom objects of 2 KB, to kube-apiserver", True),
)


def peer():
    """How kube-apiserver starts, or why it does not."""
    own = os.path.join(PEERS, "etcd35")
    etcd = own if os.access(own, os.X_OK) else shutil.which("etcd")
    if not os.access(os.path.join(PEERS, "kube-apiserver"), os.X_OK):
        return None, "no kube-apiserver here (tools/peers/build kube-apiserver)"
    if not etcd:
        return None, "no etcd here (tools/peers/build etcd35)"
    print("kube-apiserver over %s" % subprocess.run([etcd, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")[0])
    return lambda folder: Upstream(folder, etcd), None


def main():
    ours = measure(Pave)
    start, why = peer()
    theirs = measure(start) if start else {}
    if why:
        print(why + ": no comparison")
    print("%-10s %12s %16s %8s" % ("", "pave", "kube-apiserver", "ratio"))
    for key, unit, name, more in ROWS:
        if key in ours and key in theirs:
            ratio = ours[key] / theirs[key] if more else theirs[key] / max(ours[key], 1e-3)
            print("%-10s %9.1f %-3s %12.1f %-3s %8.1f" % (key, ours[key], unit, theirs[key], unit, ratio))
            figure(name, ratio)
        elif key in ours:
            print("%-10s %9.1f %-3s" % (key, ours[key], unit))
            none_of(name, why)
        else:
            none_of(name, "no suite of CRDs, or no wrk, here")
    for key, name in (("crds", "188 CRDs of the ecosystem loaded, time"), ("crds held", "188 CRDs of the ecosystem loaded, memory")):
        if key in ours:
            figure(name, ours[key])
        else:
            none_of(name, "no %s here" % SUITE)


main()
