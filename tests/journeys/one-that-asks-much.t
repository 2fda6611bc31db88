#!/usr/bin/env python3
"""What one caller with ordinary rights may cost: an answer that says so, and never the server.  Bounded by sizes and
counts: each of these once took memory or time with the square of what was sent, or more.  Speaks TAP."""
import http.client
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import Server, ok  # noqa: E402

CORE = "/api/v1/namespaces/default/"
RBAC = "/apis/rbac.authorization.k8s.io/v1/"
FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1/"
ADMISSION = "/apis/admissionregistration.k8s.io/v1/"


class Caller:
    """One connection of one user."""

    def __init__(self, client, user=None):
        self.conn = http.client.HTTPSConnection(client.host, client.port, timeout=600, context=client.tls)
        self.user = {"Impersonate-User": user} if user else {}

    def ask(self, method, path, body=None, kind="application/json", **headers):
        data = json.dumps(body) if isinstance(body, dict) else body
        self.conn.request(method, path, data, dict(self.user, **{"Content-Type": kind}, **headers))
        answer = self.conn.getresponse()
        return answer.status, answer.read().decode()


def container_names(admin, server):
    """The names of all containers, where one of them has to be chosen."""
    names = ["%s-%d" % ("c" * 55, i) for i in range(6000)]
    pod = {"metadata": {"name": "wide"}, "spec": {"containers": [{"name": n, "image": "i"} for n in names]}}
    ok(admin.ask("POST", CORE + "pods", pod)[0] == 201, "a Pod of 6,000 containers")
    before = server.memory()
    status, text = admin.ask("GET", CORE + "pods/wide/log")
    ok(status == 400 and "choose one of: [" + names[0] in text and names[-1] in text, "its log names them", (status, text[:200]))
    ok(server.memory() - before < 300, "for memory that grows with them", (before, server.memory()))
    status, text = admin.ask("GET", CORE + "pods/wide/log?container=none")
    ok(status == 400 and "container none is not valid for pod wide" in text, "and one that it has not is refused", (status, text))


def faults(admin, server):
    """More faults than anybody reads."""
    body = '{"metadata":{"name":"f"},"spec":{"containers":[' + ",".join(["{}"] * 150000) + "]}}"
    before = server.memory()
    status, text = admin.ask("POST", CORE + "pods", body)
    causes = json.loads(text)["details"]["causes"]
    ok(status == 422 and len(causes) == 1000 and "spec.containers[0].name: Required value" in text, "the first of 300,000 faults are told", (status, text[:200]))
    ok(", and " in text and " more]" in text, "and that there are more", text[-300:])
    # A release takes 370 MB for it, one with sanitizers three times that.
    ok(server.memory() - before < 1600 and len(text) < 1 << 20, "for memory and an answer within bounds", (before, server.memory(), len(text)))


def gates(admin):
    """A Pod that waits at very many gates, and is changed."""
    pod = {"metadata": {"name": "gated"}, "spec": {"schedulingGates": [{"name": "g%d" % i} for i in range(100000)], "containers": [{"name": "c", "image": "i"}]}}
    ok(admin.ask("POST", CORE + "pods", pod)[0] == 201, "a Pod with 100,000 gates")
    status, text = admin.ask("PATCH", CORE + "pods/gated", {"metadata": {"labels": {"a": "b"}}}, "application/merge-patch+json")
    ok(status == 200, "is labelled before the turn is over", (status, text[-300:]))
    admin.ask("DELETE", CORE + "pods/gated")


def sets_of_indexes(admin, server):
    """Rules of which each takes a set of all the indexes of a Job."""
    box = {"metadata": {}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    spec = {"completionMode": "Indexed", "completions": 100000, "parallelism": 1, "template": box, "successPolicy": {"rules": [{"succeededIndexes": "0"}] * 60000}}
    before = server.memory()
    status, text = admin.ask("POST", "/apis/batch/v1/namespaces/default/jobs", {"metadata": {"name": "sets"}, "spec": spec})
    ok(status == 422 and "spec.successPolicy.rules: Too many: 60000: must have at most 20 items" in text, "a Job has 20 of them at most", (status, text[:300]))
    ok(server.memory() - before < 600, "for memory within bounds", (before, server.memory()))


def together(server):
    """Many at once wait for each other's memory: before any is read it is known what they will take."""
    body = '{"metadata":{"name":"f"},"spec":{"containers":[' + ",".join(["{}"] * 150000) + "]}}"
    one, answers = server.memory(), []
    callers = [threading.Thread(target=lambda: answers.append(Caller(server.admin).ask("POST", CORE + "pods", body))) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    statuses = sorted(status for status, _ in answers)
    ok(len(statuses) == 6 and set(statuses) <= {422, 429} and 422 in statuses, "six such Pods at once are answered, or told to come again", statuses)
    ok(server.memory() < 4.2 * one, "for the memory of two or three", (one, server.memory()))


def field(number, content):
    """A field of protobuf, with its length."""
    size, out = len(content), bytes([number << 3 | 2])
    while size > 127:
        out, size = out + bytes([size & 127 | 128]), size >> 7
    return out + bytes([size]) + content


def packed(server):
    """In protobuf objects are smaller yet: what they will take is told from their number, too."""
    one = field(2, field(1, b"c") + field(2, b"i"))
    body = b"k8s\0" + field(1, field(1, b"v1") + field(2, b"Pod")) + field(2, field(1, field(1, b"f")) + field(2, one * 100000))
    answers = []

    def create():
        answers.append(server.admin.request("POST", CORE + "pods", body, "application/vnd.kubernetes.protobuf")[0])
    callers = [threading.Thread(target=create) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    ok(len(answers) == 4 and set(answers) <= {422, 429} and 422 in answers, "four such Pods in protobuf wait for each other, and none is ended half way", answers)


def long_lists(admin, server):
    """A list of what is supported that each of very many faults would repeat."""
    def kind(name, enum):
        schema = {"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string", "enum": enum}}}}
        return admin.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
            "metadata": {"name": name + "s.ex.io"}, "spec": {
                "group": "ex.io", "scope": "Cluster", "names": {"plural": name + "s", "kind": name.capitalize()},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}})
    ok(kind("wide", ["e" * 1000 + str(i) for i in range(1000)])[0] == 201, "a kind with a thousand long names for one field")
    before = server.memory()
    status, text = admin.ask("POST", "/apis/ex.io/v1/wides", {"apiVersion": "ex.io/v1", "kind": "Wide", "metadata": {"name": "w"}, "spec": ["x"] * 100000})
    ok(status == 422 and "there are more errors than are told" in text and len(text) < 16 << 20,
       "100,000 of none of them are refused in an answer within bounds", (status, len(text), text[-300:]))
    ok(server.memory() - before < 400, "for memory within bounds", (before, server.memory()))


def grant_of_many(admin):
    """One rule that stands for very many."""
    admin.ask("POST", RBAC + "namespaces/default/rolebindings", {"metadata": {"name": "al"}, "subjects": [{"kind": "User", "name": "al"}],
                                                                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}})
    al = Caller(admin_client, "al")

    def role(name, n, resources=None):
        rule = {"apiGroups": [""], "resources": resources or ["pods"] * n, "verbs": ["get"] * n, "resourceNames": ["x"] * n}
        return al.ask("POST", RBAC + "namespaces/default/roles", {"metadata": {"name": name}, "rules": [rule]})
    status, text = role("same", 400)
    ok(status == 201, "a rule that says the same 64 million times is one question", (status, text[:300]))
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"], "resourceNames": ["n%d" % i for i in range(60000)]}
    status, text = al.ask("POST", RBAC + "namespaces/default/roles?dryRun=All", {"metadata": {"name": "wide"}, "rules": [rule]})
    ok(status == 403 and "more than 100000" in text and "grant fewer at a time" in text, "one of 120,000 combinations is refused in words", (status, text[:300]))
    rule["resourceNames"] = rule["resourceNames"][:1000]
    status, text = al.ask("POST", RBAC + "namespaces/default/roles?dryRun=All", {"metadata": {"name": "wide"}, "rules": [rule]})
    ok(status == 201, "and 2,000 are looked at", (status, text[:300]))


def patterns(admin):
    """Patterns that an expression makes as it goes."""
    numbers = "[0,1,2,3,4,5,6,7,8,9]"
    made = "!'x'.matches('[\\\\p{L}]{1,300}'+string(i)+string(j)+string(k))"
    rule = "%s.all(i, %s.all(j, %s.all(k, %s)))" % (numbers, numbers, numbers, made)
    rules = {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]},
             "validations": [{"expression": rule}]}
    ok(admin.ask("POST", ADMISSION + "validatingadmissionpolicies", {"metadata": {"name": "p"}, "spec": rules})[0] == 201, "a policy that makes a thousand patterns")
    admin.ask("POST", ADMISSION + "validatingadmissionpolicybindings", {"metadata": {"name": "p"}, "spec": {"policyName": "p", "validationActions": ["Deny"]}})
    status, text = admin.ask("POST", CORE + "configmaps?dryRun=All", {"metadata": {"name": "m"}})
    ok(status == 422 and "cost" in text, "passes the limit of what an expression may cost", (status, text[:300]))
    admin.ask("DELETE", ADMISSION + "validatingadmissionpolicybindings/p")
    admin.ask("DELETE", ADMISSION + "validatingadmissionpolicies/p")


def percentages(admin):
    """Numbers beyond 32 bits where upstream has 32."""
    def deployment(name, surge):
        return {"metadata": {"name": name}, "spec": {
            "replicas": 2147483647, "paused": True, "strategy": {"rollingUpdate": {"maxSurge": surge}}, "selector": {"matchLabels": {"a": name}},
            "template": {"metadata": {"labels": {"a": name}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}}
    path = "/apis/apps/v1/namespaces/default/deployments"
    status, text = admin.ask("POST", path + "?dryRun=All", deployment("int", 4294967296))
    ok(status == 400 and "maxSurge" in text and "32-bit" in text, "maxSurge is a 32-bit number", (status, text[:300]))
    status, text = admin.ask("POST", path, deployment("percent", "99999999999%"))
    ok(status == 201, "or any percentage", (status, text[:300]))
    forge.until(admin_client, path + "/percent", "which the controller reckons with", lambda d: d.get("status", {}).get("observedGeneration") == 1)


def heads(admin):
    """HEAD has no body, not even the end of one."""
    for path in ("configmaps", "configmaps?watch=1"):
        ok(admin.ask("HEAD", CORE + path)[0] == 405 and admin.ask("GET", "/healthz") == (200, "ok"), "HEAD %s, and the next request on its connection" % path)


def histories(admin):
    """Who writes large objects of one type takes no other's history."""
    for i in range(3):
        admin.ask("POST", CORE + "secrets", {"metadata": {"name": "s%d" % i}})
    first = json.loads(admin.ask("GET", CORE + "secrets?limit=1")[1])["metadata"]
    admin.ask("POST", CORE + "configmaps", {"metadata": {"name": "big"}})
    made = {admin.ask("PUT", CORE + "configmaps/big", {"metadata": {"name": "big"}, "data": {"x": str(i % 10) * 900000}})[0] for i in range(60)}
    ok(made == {200}, "54 MB of one ConfigMap", made)
    status, text = admin.ask("GET", CORE + "secrets?limit=1&continue=" + first["continue"])
    ok(status == 200, "and a list of Secrets from before goes on", (status, text[:300]))
    status, text = admin.ask("GET", CORE + "secrets?watch=1&timeoutSeconds=1&resourceVersion=" + first["resourceVersion"])
    ok(status == 200 and '"ERROR"' not in text, "and a watch of them", (status, text[:300]))


def mirrored(admin):
    """Endpoints with a slice for each port, and a long annotation in each slice."""
    at = {"name": "many", "annotations": {"long": "x" * 1000}}
    subsets = [{"addresses": [{"ip": "10.9.0.1"}], "ports": [{"port": 1 + i}]} for i in range(15000)]
    admin.ask("POST", CORE + "services", {"metadata": at, "spec": {"ports": [{"port": 1}]}})
    ok(admin.ask("POST", CORE + "endpoints", {"metadata": at, "subsets": subsets})[0] == 201, "Endpoints of 15,000 ports")
    told = "14900 addresses are not mirrored: they need more than 100 EndpointSlices"
    forge.until(admin_client, CORE + "events?fieldSelector=reason%3DTooManySlices", "are mirrored as far as 100 slices reach, and the rest is told",
                lambda events: any(told in e["message"] for e in events["items"]))
    slices = json.loads(admin.ask("GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dmany")[1])
    ok(len(slices["items"]) == 100, "as many as that", len(slices["items"]))


def seats(admin):
    """Lists that are computed wait for a seat, as writes do; what is but copied, and one object, do not."""
    level = {"metadata": {"name": "none"}, "spec": {"type": "Limited", "limited": {
        "nominalConcurrencyShares": 0, "lendablePercent": 0, "borrowingLimitPercent": 0, "limitResponse": {"type": "Reject"}}}}
    schema = {"metadata": {"name": "none"}, "spec": {
        "matchingPrecedence": 50, "priorityLevelConfiguration": {"name": "none"}, "rules": [{
            "subjects": [{"kind": "User", "user": {"name": "noisy"}}],
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}]}]}}
    ok(admin.ask("POST", FLOWS + "prioritylevelconfigurations", level)[0] == 201, "a level without a seat")
    ok(admin.ask("POST", FLOWS + "flowschemas", schema)[0] == 201, "for one caller")
    admin.ask("POST", RBAC + "clusterrolebindings", {"metadata": {"name": "noisy"}, "subjects": [{"kind": "User", "name": "noisy"}],
                                                     "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}})
    noisy = Caller(admin_client, "noisy")
    many = ",".join("metadata.name!=%d" % i for i in range(900))
    forge.patience.until(lambda: noisy.ask("GET", CORE + "configmaps?labelSelector=a")[0] == 429)  # the index is read a moment after the write
    plain, table = "application/json", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    rows = [("labelSelector=a", plain, 429), ("fieldSelector=" + many, plain, 429), ("", table, 429), ("", "application/yaml", 429),
            ("", "application/vnd.kubernetes.protobuf", 429), ("watch=1&timeoutSeconds=1&labelSelector=a", plain, 429),
            ("", plain, 200), ("limit=1", plain, 200), ("watch=1&timeoutSeconds=1", plain, 200)]
    for query, accept, wanted in rows:
        status, text = noisy.ask("GET", CORE + "configmaps?" + query, Accept=accept)
        ok(status == wanted, "configmaps?%.40s as %.40s: %d" % (query, accept, wanted), (status, text[:300]))
    ok(noisy.ask("GET", CORE + "configmaps/big", Accept=table)[0] == 200, "one object in any form")


def main():
    global admin_client
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        admin_client = server.admin
        admin = Caller(admin_client)
        percentages(admin)
        container_names(admin, server)
        faults(admin, server)
        gates(admin)
        sets_of_indexes(admin, server)
        together(server)
        packed(server)
        long_lists(admin, server)
        grant_of_many(admin)
        patterns(admin)
        heads(admin)
        histories(admin)
        seats(admin)
        mirrored(admin)
        ok(admin.ask("GET", "/readyz")[0] == 200, "and the server is well")
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
