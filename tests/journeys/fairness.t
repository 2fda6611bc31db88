#!/usr/bin/env python3
"""Priority and fairness: the objects, the headers, and that a noisy client starves nobody.
Speaks TAP.  PAVE names the program."""
import http.client
import json
import os
import socket
import ssl
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
os.environ.setdefault("PAVE", os.path.join(HERE, "..", "..", "build/release/pave"))
from served import server, until  # noqa: E402

FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
LEVELS = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


class Caller:
    """One connection of one user."""

    def __init__(self, client, user=None, groups=()):
        self.connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)
        self.user, self.groups = user, groups

    def ask(self, method, path, body=None, kind="application/json"):
        self.connection.putrequest(method, path)
        data = json.dumps(body).encode() if body is not None else b""
        for name, value in [("Content-Type", kind), ("Content-Length", str(len(data)))]:
            self.connection.putheader(name, value)
        if self.user:
            self.connection.putheader("Impersonate-User", self.user)
            for g in self.groups:
                self.connection.putheader("Impersonate-Group", g)
        self.connection.endheaders(data)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


def writer(name, level, **queue):
    """A flow of its own for a user, on a level of its own."""
    limited = {"nominalConcurrencyShares": 1, "lendablePercent": 0, "borrowingLimitPercent": 0,
               "limitResponse": {"type": "Queue", "queuing": queue} if queue else {"type": "Reject"}}
    return ({"metadata": {"name": level}, "spec": {"type": "Limited", "limited": limited}},
            {"metadata": {"name": name},
             "spec": {"matchingPrecedence": 50, "priorityLevelConfiguration": {"name": level}, "distinguisherMethod": {"type": "ByUser"},
                      "rules": [{"subjects": [{"kind": "User", "user": {"name": "noisy"}}, {"kind": "User", "user": {"name": "quiet"}}],
                                 "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True,
                                                    "namespaces": ["*"]}]}]}})


class Silence:
    """A webhook that takes connections and never says a word: who asks it hangs."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port, self.asked = self.listener.getsockname()[1], []
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        try:
            while True:
                self.asked.append(self.listener.accept()[0])
        except OSError:
            pass  # closed

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.asked:
            one.close()


def hanging(client, admin):
    """300 requests of one account hang in a webhook; other accounts of the same level get in meanwhile."""
    account = lambda name: "system:serviceaccount:team:" + name
    dana = account("dana")
    admin.ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "accounts"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": account(n), "apiGroup": "rbac.authorization.k8s.io"} for n in ("dana", "bob", "eve")]})
    silence = Silence()
    hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    check("a webhook that hangs", admin.ask("POST", hooks, {"metadata": {"name": "silence"}, "webhooks": [{
        "name": "silence.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Ignore", "timeoutSeconds": 30,
        "clientConfig": {"url": "https://127.0.0.1:%d/" % silence.port},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["CREATE"]}]}]})[0], 201)
    answered = []

    def hang(i):
        answered.append(Caller(client, dana, ["system:serviceaccounts"]).ask("POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "h-%d" % i}})[0])
    threads = [threading.Thread(target=hang, args=(i,)) for i in range(300)]
    for t in threads:
        t.start()
    since, n = time.monotonic(), 0
    while n < 15 or time.monotonic() < since + 0.5:
        if len(silence.asked) != n:
            since, n = time.monotonic(), len(silence.asked)
        time.sleep(0.01)  # sleeps: until no more of them come through
    made = []
    for name in ("bob", "eve"):
        caller = Caller(client, account(name), ["system:serviceaccounts"])
        for i in range(10):
            made.append(caller.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "%s-%d" % (name, i)}})[0])
    # on a machine that is slow the first of them have waited the webhook's 30 seconds, and others hang instead
    check("others of its level write while they hang", (made, len(answered) < 300), ([201] * 20, True))
    print("# %d of 300 hold a seat" % len(silence.asked))
    check("and so does an exempt one", admin.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "exempt"}})[0], 201)
    admin.ask("DELETE", hooks + "/silence")
    silence.close()
    for t in threads:
        t.join()
    check("those that hung have their answers when it ends", (len(answered), set(answered) <= {201, 429}), (300, True))
    check("and the level its seats", Caller(client, dana, ["system:serviceaccounts"]).ask(
        "POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "dana"}})[0], 201)


def listing(client, admin):
    """200 connections of one user ask for lists that are computed; another one's are answered meanwhile."""
    admin.ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "readers"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": u, "apiGroup": "rbac.authorization.k8s.io"} for u in ("greedy", "modest")]})
    path, stop, asked = "/api/v1/configmaps?labelSelector=a!=b", threading.Event(), []

    def ask_on():
        caller = Caller(client, "greedy", ["system:authenticated"])
        while not stop.is_set():
            try:
                asked.append(caller.ask("GET", path)[0])
            except OSError:
                caller = Caller(client, "greedy", ["system:authenticated"])
    threads = [threading.Thread(target=ask_on) for _ in range(200)]
    for t in threads:
        t.start()
    until(lambda: len(asked) >= 200)
    modest = Caller(client, "modest", ["system:authenticated"])
    check("one that lists over 200 connections keeps no other from it", [modest.ask("GET", path)[0] for _ in range(10)], [200] * 10)

    def held():
        dump = admin.ask("GET", "/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1")[2].decode()
        rows = [[cell.strip() for cell in line.split(",")] for line in dump.splitlines()]
        return [row for row in rows if row[0] == "global-default" and row[4] == "greedy"]
    here = until(held)  # at a moment in which the server has one
    check("and is seen to hold seats or wait", bool(here) and {(r[1], r[10], r[11], r[16]) for r in here}, {("global-default", "greedy", "list", "configmaps")})
    stop.set()
    for t in threads:
        t.join()
    check("its own are answered, or told to come back", set(asked) <= {200, 429} and asked.count(200) > 0)


def main(client):
    admin = Caller(client)
    names = lambda path: sorted(x["metadata"]["name"] for x in json.loads(admin.ask("GET", path)[2])["items"])
    check("upstream's levels", names(LEVELS), ["catch-all", "exempt", "global-default", "leader-election", "node-high", "system",
                                                "workload-high", "workload-low"])
    check("upstream's schemas", names(FLOWS), [
        "catch-all", "exempt", "global-default", "kube-controller-manager", "kube-scheduler",
        "kube-system-service-accounts", "probes", "service-accounts", "system-leader-election", "system-node-high", "system-nodes"])

    def under(caller, method="GET", path="/api/v1/namespaces", body=None):
        headers = caller.ask(method, path, body)[1]
        uid = lambda base, name: json.loads(admin.ask("GET", base + "/" + name)[2])["metadata"]["uid"]
        schema, level = headers["X-Kubernetes-Pf-Flowschema-Uid"], headers["X-Kubernetes-Pf-Prioritylevel-Uid"]
        return ([n for n in names(FLOWS) if uid(FLOWS, n) == schema] + [n for n in names(LEVELS) if uid(LEVELS, n) == level])
    check("masters are exempt", under(admin), ["exempt", "exempt"])
    check("a person falls under global-default", under(Caller(client, "alice")), ["global-default", "global-default"])
    check("a write too", under(Caller(client, "alice"), "POST", "/api/v1/namespaces", {"metadata": {"name": "x"}}),
          ["global-default", "global-default"])
    check("an account under service-accounts", under(Caller(client, "system:serviceaccount:a:b", ["system:serviceaccounts"])),
          ["service-accounts", "workload-low"])
    check("a node's lease under system-node-high",
          under(Caller(client, "system:node:a", ["system:nodes"]), "GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a"),
          ["system-node-high", "node-high"])
    check("a node's pods under system-nodes", under(Caller(client, "system:node:a", ["system:nodes"])), ["system-nodes", "system"])
    rule = {"subjects": [{"kind": "User", "user": {"name": "fred"}}],
            "resourceRules": [{"verbs": ["*"], "apiGroups": [""], "resources": ["namespaces", "namespaces/status"], "namespaces": ["default"]}]}
    admin.ask("POST", FLOWS, {"metadata": {"name": "in-default"}, "spec": {
        "matchingPrecedence": 50, "priorityLevelConfiguration": {"name": "workload-low"}, "rules": [rule]}})
    until(lambda: under(Caller(client, "fred"), "GET", "/api/v1/namespaces/default")[0] == "in-default")  # the index is read again a moment after the write
    for path, schema in (("/default", "in-default"), ("/default/status", "in-default"), ("/kube-system", "global-default"), ("", "global-default"),
                         ("?fieldSelector=metadata.name%3Ddefault", "global-default")):
        check("a Namespace is in itself: " + (path or "all"), under(Caller(client, "fred"), "GET", "/api/v1/namespaces" + path)[0], schema)
    admin.ask("DELETE", FLOWS + "/in-default")
    probe = http.client.HTTPSConnection(client.host, client.port, context=ssl._create_unverified_context())
    probe.request("GET", "/readyz")
    check("probes are exempt", probe.getresponse().headers["X-Kubernetes-Pf-Flowschema-Uid"],
          json.loads(admin.ask("GET", FLOWS + "/probes")[2])["metadata"]["uid"])

    # one seat for both; a queue of one request, which every flow has for itself
    admin.ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "writers"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": u, "apiGroup": "rbac.authorization.k8s.io"} for u in ("noisy", "quiet")]})
    level, schema = writer("writers", "writers", queues=64, handSize=1, queueLengthLimit=4)
    check("a level of one's own", admin.ask("POST", LEVELS, level)[0], 201)
    check("and a schema for it", admin.ask("POST", FLOWS, schema)[0], 201)
    quiet = Caller(client, "quiet")
    until(lambda: under(quiet)[:1] == ["writers"])
    seen, stop = {}, threading.Event()

    def shout(i):
        caller = Caller(client, "noisy")
        n = 0
        while not stop.is_set():
            n += 1
            status, headers, _ = caller.ask("POST", "/api/v1/namespaces/default/configmaps",
                                            {"metadata": {"name": "n-%d-%d" % (i, n)}, "data": {"x": "y" * 1000}})
            seen.setdefault(status, headers)
    shouters = [threading.Thread(target=shout, args=(i,)) for i in range(24)]
    for t in shouters:
        t.start()
    until(lambda: 429 in seen)
    statuses, longest = [], 0
    for i in range(30):
        began = time.monotonic()
        statuses.append(quiet.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "q-%d" % i}})[0])
        longest = max(longest, time.monotonic() - began)
    stop.set()
    for t in shouters:
        t.join()
    check("who shouts is told to come back", (429 in seen, 201 in seen), (True, True))
    check("after a second", seen.get(429, {}).get("Retry-After"), "1")
    check("and where it stood", seen.get(429, {}).get("X-Kubernetes-Pf-Prioritylevel-Uid", "") != "")
    check("the quiet one is never refused", statuses, [201] * 30)
    print("# the quiet one waited %d ms at most" % (longest * 1000))
    check("an exempt one neither", admin.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}})[0], 201)
    admin.ask("DELETE", FLOWS + "/writers")
    admin.ask("DELETE", LEVELS + "/writers")
    until(lambda: under(quiet)[:1] == ["global-default"])
    check("a level that goes leaves its callers to the others", under(quiet), ["global-default", "global-default"])
    check("who can write again", quiet.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "last"}})[0], 201)
    listing(client, admin)
    hanging(client, admin)


with server() as one:
    main(one)
print("1..%d" % count)
