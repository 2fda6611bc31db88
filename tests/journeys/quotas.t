#!/usr/bin/env python3
"""LimitRange and ResourceQuota: defaults, bounds, and quotas that parallel writes never pass.  Speaks TAP."""
import concurrent.futures
import json
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

CORE = "/api/v1/namespaces/%s/"


class World(forge.Server):
    def __init__(self, folder):
        super().__init__(folder)
        self.ns, self.n = "default", 0

    def call(self, method, path, body=None, kind="application/json"):
        status, _, text = self.admin.request(method, path, body and json.dumps(body), kind)
        return status, json.loads(text)

    def space(self, name):
        """A namespace that has what every one has, which counts."""
        self.ns = name
        self.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        ok(forge.patience.until(lambda: self.call("GET", CORE % name + "configmaps/kube-root-ca.crt")[0] == 200), "namespace " + name)

    def make(self, plural, kind, spec=None, name=None, query="", **more):
        self.n += 1
        body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name or "o%d" % self.n}, **more}
        if spec is not None:
            body["spec"] = spec
        return self.call("POST", CORE % self.ns + plural + query, body)

    def pod(self, *resources, init=(), query="", name=None, **more):
        def containers(letter, asked):
            return [{"name": "%s%d" % (letter, i), "image": "x", "resources": r} for i, r in enumerate(asked)]
        return self.make("pods", "Pod", {"containers": containers("c", resources or [{}]), "initContainers": containers("i", init),
                                         "nodeSelector": {"none": "such"}, **more}, query=query, name=name)

    def limits(self, *items):
        self.call("DELETE", CORE % self.ns + "limitranges/l")
        return self.make("limitranges", "LimitRange", {"limits": list(items)}, name="l")

    def quota(self, hard, name="q", **more):
        self.call("DELETE", CORE % self.ns + "resourcequotas/" + name)
        return self.make("resourcequotas", "ResourceQuota", {"hard": hard, **more}, name=name)

    def used(self, wanted, what, name="q"):
        """At once: the status is written before a write is answered."""
        got = self.call("GET", CORE % self.ns + "resourcequotas/" + name)[1].get("status", {}).get("used")
        ok(got == wanted, what, (got, wanted))


def defaults(w):
    w.space("limits")
    status, doc = w.limits({"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "16Mi"}, "default": {"memory": "64Mi"}})
    ok(status == 201 and doc["spec"]["limits"][0]["default"] == {"memory": "64Mi", "cpu": "2"}
       and doc["spec"]["limits"][0]["defaultRequest"] == {"memory": "64Mi", "cpu": "2"}, "a range completes itself", doc)
    status, doc = w.pod({}, {"requests": {"cpu": "1"}}, init=[{}])
    c0, c1 = (c["resources"] for c in doc["spec"]["containers"])
    ok(status == 201 and c0 == {"limits": {"cpu": "2", "memory": "64Mi"}, "requests": {"cpu": "2", "memory": "64Mi"}}
       and c1["requests"]["cpu"] == "1" and doc["spec"]["initContainers"][0]["resources"]["limits"]["cpu"] == "2", "containers get what they lack", doc)
    ok(doc["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == "LimitRanger plugin set: cpu, memory request for container c0; cpu, memory limit for container c0; "
       "memory request for container c1; cpu, memory limit for container c1; cpu, memory request for init container i0; cpu, memory limit for init container i0",
       "and the pod says so", doc["metadata"])
    ok(doc["status"]["qosClass"] == "Burstable" and w.pod()[1]["status"]["qosClass"] == "Guaranteed", "its class follows", doc["status"])


def bounds(w):
    for what, item, resources, text in (
            ("too little", {"type": "Container", "min": {"cpu": "100m"}}, [{"requests": {"cpu": "50m"}}], "minimum cpu usage per Container is 100m, but request is 50m"),
            ("too much", {"type": "Container", "max": {"cpu": "1"}}, [{"limits": {"cpu": "1500m"}}], "maximum cpu usage per Container is 1, but limit is 1500m"),
            ("a ratio", {"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}, [{"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}],
             "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000"),
            ("a ratio of nothing", {"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}, [{}],
             "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0"),
            ("a sum", {"type": "Pod", "max": {"memory": "1Gi"}}, [{"limits": {"memory": "600Mi"}}] * 2, "maximum memory usage per Pod is 1Gi, but limit is 1200Mi"),
            ("a sum without limits", {"type": "Pod", "max": {"memory": "1Gi"}}, [{}], "maximum memory usage per Pod is 1Gi.  No limit is specified"),
            ("a sum that is too little", {"type": "Pod", "min": {"memory": "1Gi"}}, [{}], "minimum memory usage per Pod is 1Gi.  No request is specified")):
        w.limits(item)
        status, doc = w.pod(*resources)
        ok((status, doc["message"]) == (403, 'pods "o%d" is forbidden: %s' % (w.n, text)), what, doc)
    w.limits({"type": "Container", "max": {"cpu": "1", "memory": "1Gi"}})
    _, doc = w.pod({"limits": {"cpu": "2", "memory": "2Gi"}})
    ok(doc["message"].endswith("is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]"),
       "all faults come at once", doc)
    w.limits({"type": "Container", "max": {"cpu": "1"}})
    _, doc = w.pod({"limits": {"cpu": "2"}}, {"limits": {"cpu": "2"}})
    ok(doc["message"].endswith("is forbidden: maximum cpu usage per Container is 1, but limit is 2"), "and none of them twice", doc)
    w.limits({"type": "Pod", "max": {"cpu": "1", "hugepages-2Mi": "8Mi"}})
    _, doc = w.pod({"requests": {"cpu": "100m"}}, resources={"limits": {"cpu": "2", "hugepages-2Mi": "16Mi"}})
    ok("maximum cpu usage per Pod is 1, but limit is 2" in doc["message"] and "maximum hugepages-2Mi usage per Pod is 8Mi.  No limit is specified" in doc["message"],
       "what a pod says of itself as a whole counts, but for huge pages", doc)
    w.limits({"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}, "min": {"storage": "1Mi"}})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    status, doc = w.make("persistentvolumeclaims", "PersistentVolumeClaim", claim)
    ok(status == 403 and "maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi" in doc["message"], "a claim", doc)
    for what, item, text in (("a minimum over the maximum", {"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}, "min value 2 is greater than max value 1"),
                             ("defaults of pods", {"type": "Pod", "default": {"cpu": "1"}}, "may not be specified when `type` is 'Pod'"),
                             ("claims without storage", {"type": "PersistentVolumeClaim", "max": {"cpu": "1"}}, "either minimum or maximum storage value is required")):
        status, doc = w.limits(item)
        ok(status == 422 and text in doc["message"], "a range refused: " + what, doc)


def counts(w):
    w.space("counts")
    w.quota({"pods": "2", "count/configmaps": "2", "services": "1", "services.loadbalancers": "0", "count/deployments.apps": "1", "secrets": "5"})
    w.used({"pods": "0", "count/configmaps": "1", "services": "0", "services.loadbalancers": "0", "count/deployments.apps": "0", "secrets": "0"}, "only the authority's ConfigMap is used at first")
    ok([w.pod()[0] for _ in range(2)] == [201, 201], "as many as may be")
    status, doc = w.pod()
    ok((status, doc["message"], doc["reason"]) == (403, 'pods "o%d" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2' % w.n, "Forbidden"),
       "and one more", doc)
    ok(w.make("configmaps", "ConfigMap")[0] == 201 and w.make("configmaps", "ConfigMap")[0] == 403, "a count of a kind")
    status, doc = w.make("services", "Service", {"type": "LoadBalancer", "ports": [{"port": 80}]})
    ok(status == 403 and "requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0" in doc["message"], "a kind of Service", doc)
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}}}
    path = "/apis/apps/v1/namespaces/counts/deployments"
    made = [w.call("POST", path, {**deployment, "metadata": {"name": n}}) for n in ("a", "b")]
    ok([s for s, _ in made] == [201, 403] and "exceeded quota: q, requested: count/deployments.apps=1" in made[1][1]["message"], "a count of a group's kind", made[1])
    w.used({"pods": "2", "count/configmaps": "2", "services": "0", "services.loadbalancers": "0", "count/deployments.apps": "1", "secrets": "0"}, "the status says what is used")
    ok(w.pod(query="?dryRun=All")[0] == 403, "a dry run is refused too")
    some = w.call("GET", CORE % "counts" + "pods")[1]["items"][0]["metadata"]["name"]
    w.call("DELETE", CORE % "counts" + "pods/" + some, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0})
    used = {"count/configmaps": "2", "services": "0", "services.loadbalancers": "0", "count/deployments.apps": "1", "secrets": "0"}
    w.used({"pods": "1", **used}, "the status knows of a deletion at once")
    ok(w.pod(query="?dryRun=All")[0] == 201, "a dry run takes none")
    w.used({"pods": "1", **used}, "and is not told of")
    ok(w.pod()[0] == 201 and w.pod()[0] == 403, "what was deleted makes room")
    w.used({"pods": "2", **used}, "and is taken at once")
    first = w.call("GET", CORE % "counts" + "configmaps")[1]["items"][-1]
    status, doc = w.call("PATCH", CORE % "counts" + "configmaps/" + first["metadata"]["name"], {"data": {"a": "b"}}, "application/merge-patch+json")
    ok(status == 200, "an update takes nothing", doc)


def changes(w):
    w.space("changes")
    hard = {"services.nodeports": "3", "count/configmaps": "9"}
    w.quota(hard)
    ports = lambda n: {"type": "NodePort", "ports": [{"name": "p%d" % i, "port": 80 + i} for i in range(n)]}  # noqa: E731
    ok(w.make("services", "Service", ports(2), name="s")[0] == 201, "a Service with two ports")
    path = CORE % "changes" + "services/s"
    status, doc = w.call("PATCH", path, {"spec": ports(4)}, "application/merge-patch+json")
    ok(status == 403 and "requested: services.nodeports=2, used: services.nodeports=2, limited: services.nodeports=3" in doc["message"], "an update that takes more", doc)
    ok(w.call("PATCH", path, {"spec": ports(3)}, "application/merge-patch+json")[0] == 200, "one that takes what there is")
    w.used({"services.nodeports": "3", "count/configmaps": "1"}, "is in the status")
    ok(w.call("PATCH", path, {"spec": {"type": "ClusterIP"}}, "application/merge-patch+json")[0] == 200, "one that gives back")
    w.used({"services.nodeports": "0", "count/configmaps": "1"}, "is there as well")
    w.call("PATCH", CORE % "changes" + "resourcequotas/q", {"spec": {"hard": {"services": "1", "services.nodeports": None}}}, "application/merge-patch+json")
    w.used({"services": "1", "count/configmaps": "1"}, "a quota that asks for something else counts it")
    ok(w.make("services", "Service", {"ports": [{"port": 80}]})[0] == 403, "and holds it")
    group = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "cogs.example.org"}, "spec": {
        "group": "example.org", "scope": "Namespaced", "names": {"plural": "cogs", "kind": "Cog", "singular": "cog", "listKind": "CogList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}
    w.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", group)
    w.quota({"count/cogs.example.org": "1", "count/events": "5", "count/leases.coordination.k8s.io": "0", "count/nothing.example.org": "1"})
    cogs = "/apis/example.org/v1/namespaces/changes/cogs"
    cog = {"apiVersion": "example.org/v1", "kind": "Cog"}
    ok([w.call("POST", cogs, {**cog, "metadata": {"name": n}})[0] for n in ("a", "b")] == [201, 403], "a custom kind")
    got = w.call("GET", CORE % "changes" + "resourcequotas/q")[1]["status"]["used"]
    ok(got["count/cogs.example.org"] == "1" and got["count/nothing.example.org"] == "0", "is in the status, and a kind that is none is not there", got)
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}, "spec": {}}
    ok(w.call("POST", "/apis/coordination.k8s.io/v1/namespaces/changes/leases", lease)[0] == 403, "every kind is counted")
    w.call("DELETE", cogs + "/a")
    ok(w.call("GET", CORE % "changes" + "resourcequotas/q")[1]["status"]["used"]["count/cogs.example.org"] == "0", "and gone at once")
    w.call("DELETE", CORE % "changes" + "resourcequotas/q")
    ok([w.call("POST", cogs, {**cog, "metadata": {"name": n}})[0] for n in ("a", "b")] == [201, 201], "no quota, no limit")


def sums(w):
    w.space("sums")
    w.quota({"requests.cpu": "10", "limits.cpu": "10"})
    asked = lambda r, lim: {"requests": {"cpu": r}, "limits": {"cpu": lim}}  # noqa: E731
    w.pod(asked("1", "2"), asked("1", "2"), init=[asked("3", "3")], name="largest")
    w.used({"requests.cpu": "3", "limits.cpu": "4"}, "what runs first counts if it is more")
    side = {"name": "s", "image": "x", "restartPolicy": "Always", "resources": asked("500m", "1")}
    first = {"name": "f", "image": "x", "resources": asked("2", "2")}
    w.make("pods", "Pod", {"containers": [{"name": "c", "image": "x", "resources": asked("1", "1")}], "initContainers": [side, first],
                           "nodeSelector": {"none": "such"}}, name="sidecar")
    w.used({"requests.cpu": "5500m", "limits.cpu": "7"}, "what stays counts beside what comes after it")
    w.call("DELETE", CORE % "sums" + "pods/largest", {"gracePeriodSeconds": 0})
    w.used({"requests.cpu": "2500m", "limits.cpu": "3"}, "and goes with its pod")


def resources(w):
    w.space("resources")
    w.quota({"requests.cpu": "1", "limits.memory": "1Gi"})
    status, doc = w.pod({"requests": {"cpu": "1"}}, {}, init=[{}])
    ok(doc["message"].endswith("is forbidden: failed quota: q: must specify limits.memory for: c0,c1,i0; requests.cpu for: c1,i0"), "what is counted must be said", doc)
    whole = {"limits": {"cpu": "500m", "hugepages-2Mi": "8Mi"}}
    status, doc = w.pod({"limits": {"hugepages-2Mi": "4Mi", "cpu": "100m"}}, {}, resources=whole, query="?dryRun=All")
    ok(status == 201 and doc["spec"]["resources"]["requests"] == {"cpu": "100m", "hugepages-2Mi": "8Mi"},
       "but of a pod that speaks of itself as a whole, not of its containers", doc)
    status, doc = w.pod({"requests": {"cpu": "600m"}, "limits": {"memory": "512Mi"}})
    ok(status == 201, "a pod within", doc)
    status, doc = w.pod({"requests": {"cpu": "600m"}, "limits": {"memory": "600Mi"}})
    ok(doc["message"].endswith("exceeded quota: q, requested: limits.memory=600Mi,requests.cpu=600m, used: limits.memory=512Mi,requests.cpu=600m, "
                               "limited: limits.memory=1Gi,requests.cpu=1"), "one beyond", doc)
    w.used({"requests.cpu": "600m", "limits.memory": "512Mi"}, "amounts are added up")
    w.limits({"type": "Container", "default": {"cpu": "100m", "memory": "64Mi"}})
    ok(w.pod()[0] == 201, "a range's defaults satisfy a quota")
    w.space("storage")
    w.quota({"requests.storage": "3Gi", "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "1"})
    claim = {"accessModes": ["ReadWriteOnce"], "storageClassName": "gold", "resources": {"requests": {"storage": "1Gi"}}}
    made = [w.make("persistentvolumeclaims", "PersistentVolumeClaim", {**claim, "storageClassName": c}) for c in ("gold", "gold", "tin", "tin", "tin")]
    ok([s for s, _ in made] == [201, 403, 201, 201, 403] and "requested: requests.storage=1Gi, used: requests.storage=3Gi" in made[4][1]["message"], "storage", made[4])


def scopes(w):
    w.space("scopes")
    w.quota({"pods": "0"}, scopes=["BestEffort"])
    ok(w.pod()[0] == 403 and w.pod({"requests": {"cpu": "1"}})[0] == 201, "a quota for pods that ask for nothing")
    w.quota({"pods": "0"}, scopes=["Terminating"])
    ok(w.pod()[0] == 201 and w.pod(activeDeadlineSeconds=5)[0] == 403, "a quota for pods that end")
    w.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9})
    w.quota({"pods": "0"}, scopeSelector={"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]})
    ok(w.pod()[0] == 201 and w.pod(priorityClassName="high")[0] == 403, "a quota for a class")
    w.quota({"requests.storage": "1Gi"}, scopeSelector={"matchExpressions": [{"scopeName": "VolumeAttributesClass", "operator": "In", "values": ["fast"]}]})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    made = [w.make("persistentvolumeclaims", "PersistentVolumeClaim", {**claim, **more})[0] for more in ({}, {"volumeAttributesClassName": "fast"})]
    ok(made == [201, 403] and w.pod()[0] == 201, "a quota for a class of volumes", made)


def refused_pods(w):
    """What may not make its Pods tries again with growing pauses, and its news is one Event."""
    w.space("refused")
    w.quota({"pods": "1"})
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    sets = CORE % "refused" + "replicationcontrollers/many"
    w.make("replicationcontrollers", "ReplicationController", {"replicas": 3, "selector": {"a": "b"}, "template": template}, name="many")

    forge.until(w.admin, sets, "it says that it may not", lambda rc: [c["reason"] for c in rc.get("status", {}).get("conditions", [])] == ["FailedCreate"])
    before = int(w.call("GET", sets)[1]["metadata"]["resourceVersion"])
    time.sleep(2)  # sleeps: a turn that wakes itself takes milliseconds, and would come hundreds of times
    after = int(w.call("GET", CORE % "refused" + "pods")[1]["metadata"]["resourceVersion"])
    ok(after - before < 60, "what may not make its Pods does not try all the time", after - before)
    w.quota({"pods": "3"})
    forge.until(w.admin, sets, "and makes them when it may", lambda rc: rc["status"]["replicas"] == 3)


def races(w):
    w.space("races")
    w.quota({"count/configmaps": "10", "pods": "7"})
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda i: w.make("configmaps", "ConfigMap", name="m%d" % i)[0], range(60)))
        pods = list(pool.map(lambda i: w.pod(name="p%d" % i)[0], range(40)))
    ok(answers.count(201) == 9 and pods.count(201) == 7 and set(answers + pods) == {201, 403}, "parallel creates take exactly what there is", (answers, pods))
    w.used({"count/configmaps": "10", "pods": "7"}, "and the status agrees")

    def churn(worker):
        """Makes and deletes; how often it was let in, less how often it took away."""
        left = 0
        for i in range(12):
            name = "c%d-%d" % (worker, i)
            if w.call("POST", CORE % "races" + "configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})[0] == 201:
                left += 1
                if i % 3:
                    left -= w.call("DELETE", CORE % "races" + "configmaps/" + name)[0] == 200
        return left

    w.quota({"count/configmaps": "40"})
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        left = sum(pool.map(churn, range(16)))
    there = len(w.call("GET", CORE % "races" + "configmaps")[1]["items"])
    ok(there == left + 10 and there <= 40, "never more than may be, whoever comes and goes", (there, left))
    w.used({"count/configmaps": str(there)}, "and what is used is what is there")
    return there


def again(w):
    """After a restart the counts are those of before."""
    there = len(w.call("GET", CORE % "races" + "configmaps")[1]["items"])
    w.end()
    w.start()
    w.used({"count/configmaps": str(there)}, "the same after a restart")
    made = [w.make("configmaps", "ConfigMap", name="again%d" % i)[0] for i in range(41 - there)]
    ok(made == [201] * (40 - there) + [403], "and as much room", made)


def main():
    with tempfile.TemporaryDirectory() as folder, World(folder) as w:
        for part in (defaults, bounds, counts, changes, sums, resources, scopes, refused_pods, races):
            part(w)
        again(w)
    print("1..%d" % forge.count)


main()
