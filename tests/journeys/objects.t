#!/usr/bin/env python3
"""What becomes of an object that is deleted, owned, finalized, and of who set which of its fields, request by request:
what a Kubernetes 1.34 answers, row by row.  Speaks TAP.  PAVE names the program."""
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from server import Server  # noqa: E402

NS = "/api/v1/namespaces"
MAPS = NS + "/default/configmaps"
PODS = NS + "/default/pods"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
WEBS = "/apis/apps/v1/namespaces/default/deployments"
NOBODY = "00000000-0000-0000-0000-000000000000"
MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"
count = 0


def check(name, good, found):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    if not good:
        print("# found %s" % json.dumps(found)[:600])


class Api:
    def __init__(self, client):
        self.client = client

    def ask(self, method, path, body=None, kind="application/json"):
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        status, headers, text = self.client.request(method, path, text, kind)
        return status, headers.get_all("Warning") or [], json.loads(text) if text[:1] == "{" else text

    def make(self, path, body):
        status, _, made = self.ask("POST", path, body)
        if status != 201:
            raise RuntimeError("%s: %s" % (path, made))
        return made

    def free(self, path):
        self.ask("PATCH", path, {"metadata": {"finalizers": None}}, MERGE)
        self.ask("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})


def a_map(name, **meta):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": dict({"name": name}, **meta)}


def a_pod(name, **spec):
    spec = dict({"containers": [{"name": "c", "image": "i"}], "automountServiceAccountToken": False}, **spec)
    return {"metadata": {"name": name}, "spec": spec}


TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}

# query, body -> status, text of the answer; is it still there?
DELETES = [
    ("", None, 200, '"Success"', False),
    ("", "null", 200, '"Success"', False),
    ("", {"kind": "DeleteOptions", "apiVersion": "some.thing/v7"}, 200, "Success", False),
    ("", {"gracePeriodSeconds": -5}, 200, "Success", False),
    ("?dryRun=", None, 422, 'Unsupported value: [""]', True),
    ("?dryRun=All&dryRun=All", None, 200, "Success", True),
    ("?dryRun=All&dryRun=Some", None, 422, 'Unsupported value: ["All","Some"]', True),
    ("?uid=" + NOBODY, None, 409, "the UID in the precondition (%s) does not match" % NOBODY, True),
    ("?resourceVersion=1", None, 409, "the ResourceVersion in the precondition (1) does not match", True),
    ("?resourceVersion=0", None, 409, "the ResourceVersion in the precondition (0) does not match", True),
    ("?resourceVersion=", None, 200, "Success", False),
    ("", {"preconditions": {"resourceVersion": "abc"}}, 409, "in the precondition (abc) does not match", True),
    ("", {"preconditions": {"resourceVersion": ""}}, 409, "in the precondition () does not match", True),
    ("", {"propagationPolicy": "Orphan"}, 200, '"orphan"', True),
]


def deletes(api):
    for query, body, status, text, stays in DELETES:
        api.make(MAPS, a_map("d"))
        have, _, answer = api.ask("DELETE", MAPS + "/d" + query, body)
        there = api.ask("GET", MAPS + "/d")[0] == 200
        check("DELETE %s %s" % (query, json.dumps(body)), have == status and text in json.dumps(answer).replace('\\"', '"')
              and there == stays, (have, answer, there))
        api.free(MAPS + "/d")
    api.make(MAPS, a_map("old", finalizers=["a.io/b"]))
    check("orphanDependents: false of what stays is accepted, and not done", api.ask("DELETE", MAPS + "/old", {"orphanDependents": False})[0] == 202, "")
    status, _, answer = api.ask("POST", MAPS, a_map("old"))
    check("a name is not free before its object is gone", status == 409 and answer["message"].startswith("object is being deleted: "), answer)
    for field, value in (("deletionGracePeriodSeconds", 5), ("uid", "x")):
        status, _, answer = api.ask("PATCH", MAPS + "/old", {"metadata": {field: value}}, MERGE)
        check("nobody writes %s" % field, status == 422 and "field is immutable" in answer["message"], answer)
    api.free(MAPS + "/old")


def collections(api):
    for i in range(4):
        api.make(NS + "/sweep/configmaps", a_map("c%d" % i))
    status, _, answer = api.ask("DELETE", "/api/v1/configmaps")
    check("objects of all namespaces are not deleted at once", status == 405, answer)
    status, _, answer = api.ask("DELETE", NS + "/sweep/configmaps?limit=2")
    check("a page is deleted, and the rest counted", status == 200 and len(answer["items"]) == 2 and answer["metadata"]["remainingItemCount"] >= 2
          and answer["metadata"]["continue"], answer)
    status, _, answer = api.ask("DELETE", NS + "/sweep/configmaps?uid=" + NOBODY)
    check("a precondition holds for each", status == 409, answer)


def pods(api):
    for spec, grace, seconds in (({}, None, 0), ({"nodeName": "n"}, None, 30), ({"nodeName": "n"}, -9, 1),
                                 ({"nodeName": "n", "terminationGracePeriodSeconds": -3}, None, 1),
                                 ({"nodeName": "n", "terminationGracePeriodSeconds": 0}, None, 0)):
        api.make(PODS, a_pod("p", **spec))
        status, _, pod = api.ask("DELETE", PODS + "/p", None if grace is None else {"gracePeriodSeconds": grace})
        meta = pod["metadata"]
        there = api.ask("GET", PODS + "/p")[0] == 200
        check("a Pod %s deleted with %s has %d s, and is told so" % (spec, grace, seconds), status == 200 and meta["generation"] == 2 and
              meta["deletionGracePeriodSeconds"] == seconds and "deletionTimestamp" in meta and there == (seconds > 0), pod)
        api.free(PODS + "/p")


def old_defaults(api):
    api.make(JOBS, {"metadata": {"name": "j"}, "spec": {"template": TEMPLATE}})
    status, warnings, job = api.ask("DELETE", JOBS + "/j")
    check("a Job that is deleted without a word leaves its Pods, with a warning", status == 200 and job["kind"] == "Job" and
          "child pods are preserved by default" in str(warnings), (warnings, job))
    api.free(JOBS + "/j")
    api.make(JOBS, {"metadata": {"name": "k"}, "spec": {"template": TEMPLATE}})
    status, warnings, answer = api.ask("DELETE", JOBS + "/k", {"propagationPolicy": "Background"})
    check("and with a word takes them", status == 200 and answer["kind"] == "Status" and not warnings, (warnings, answer))


# metadata -> status, text
METADATA = [
    ({"finalizers": ["bad"]}, 422, "metadata.finalizers[0]: Invalid value: \"bad\": name is neither a standard finalizer name nor is it fully qualified"),
    ({"finalizers": ["orphan", "foregroundDeletion"]}, 422, "finalizer orphan and foregroundDeletion cannot be both set"),
    ({"finalizers": ["kubernetes"]}, 201, ""),
    ({"generation": -1}, 422, "metadata.generation: Invalid value: -1: must be greater than or equal to 0"),
    ({"generation": 7}, 201, '"generation": 7'),
    ({"ownerReferences": [{"apiVersion": "a/b/c", "kind": "X", "name": "x", "uid": "u"}]}, 422, "Invalid value: \"a/b/c\": version must not be empty"),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "x", "uid": "u"}]}, 422, "/v1, Kind=Event is disallowed from being an owner"),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "X", "name": n, "uid": n, "controller": True} for n in "xy"]}, 422,
     "Found \"true\" in references for X/x and X/y"),
]


def metadata(api):
    for meta, status, text in METADATA:
        have, _, answer = api.ask("POST", MAPS + "?dryRun=All", a_map("m", **meta))
        check("metadata %s: %d" % (json.dumps(meta)[:70], status), have == status and text in json.dumps(answer).replace('\\"', '"'), answer)
    owner = {"apiVersion": "v1", "kind": "X", "name": "x", "uid": "u"}
    status, warnings, made = api.ask("POST", MAPS + "?dryRun=All", a_map("m", ownerReferences=[owner, owner]))
    check("an owner that is named twice is kept once, with a warning", status == 201 and made["metadata"]["ownerReferences"] == [owner] and
          "duplicate UID(s) observed: u" in str(warnings), (warnings, made))
    status, _, answer = api.ask("PUT", MAPS + "/m", {"metadata": {}})
    check("a PUT says the name", status == 400 and "name must be provided" in answer["message"], answer)


def namespaces(api):
    made = api.make(NS, {"metadata": {"name": "n"}, "spec": {"finalizers": ["a.io/b"]}})
    check("a namespace keeps the finalizers that it comes with", made["spec"]["finalizers"] == ["a.io/b", "kubernetes"], made)
    check("whoever said them owns them", [m["fieldsV1"].get("f:spec") for m in made["metadata"]["managedFields"]] == [{"f:finalizers": {}}], made)
    status, _, answer = api.ask("POST", NS, {"metadata": {"name": "o"}, "spec": {"finalizers": ["bad"]}})
    check("a finalizer has a prefix", status == 422 and "spec.finalizers: Invalid value" in answer["message"], answer)
    status, _, answer = api.ask("PATCH", NS + "/n/status", {"status": {"phase": "Terminating"}}, MERGE)
    check("its phase follows its deletion", status == 422 and "may only be 'Active' if `deletionTimestamp` is empty" in answer["message"], answer)
    for method in ("GET", "PATCH"):
        check("finalize is put: no %s" % method, api.ask(method, NS + "/n/finalize", {} if method == "PATCH" else None, MERGE)[0] == 405, "")
    status, _, answer = api.ask("DELETE", NS + "/n", {"preconditions": {"uid": NOBODY}})
    check("a precondition of a namespace", status == 409 and "Precondition failed: UID in precondition" in answer["message"], answer)
    made["spec"] = {}
    made["metadata"]["labels"] = {"z": "z"}
    made = api.ask("PUT", NS + "/n/finalize", made)[2]
    check("finalize writes spec and metadata", "finalizers" not in made["spec"] and made["metadata"]["labels"]["z"] == "z", made)
    status, _, answer = api.ask("DELETE", NS + "/n")
    check("a namespace that nothing holds is gone at once", status == 200 and api.ask("GET", NS + "/n")[0] == 404, answer)


def entry(**more):
    return dict({"manager": "m", "operation": "Update", "apiVersion": "v1", "time": "2020-01-01T00:00:00Z", "fieldsType": "FieldsV1",
                 "fieldsV1": {"f:data": {"f:a": {}}}}, **more)


# managedFields of a merge patch -> the managers that are left (None: refused), of an object that "t" wrote
MANAGERS = [
    ([], []),
    ([{}], []),
    (None, ["t"]),
    ([entry()], ["m"]),
    ([entry(operation="Bogus")], ["t"]),
    ([entry(fieldsType="FieldsV2")], ["t"]),
    ([entry(apiVersion="")], ["t"]),
    ([entry(fieldsV1={"f:data": "x"})], ["t"]),
    ([entry(fieldsV1={"bogus": {}})], ["t"]),
    ([entry(fieldsV1={"k:{bad": {}})], ["t"]),
    ([entry(fieldsV1={"x:unknown": {}})], []),
    ([entry(), entry(operation="Bogus")], ["t"]),
    ([entry(), entry()], ["m"]),
    ([entry(), entry(operation="Apply")], ["m", "m"]),
    ([entry(manager="x" * 129)], None),
    ([entry(manager="a\nb")], None),
    ([entry(subresource="s" * 257)], None),
]


def managers(api):
    for sent, left in MANAGERS:
        api.ask("POST", MAPS + "?fieldManager=t", dict(a_map("f"), data={"a": "b"}))
        status, _, answer = api.ask("PATCH", MAPS + "/f?fieldManager=u", {"metadata": {"managedFields": sent}}, MERGE)
        have = [m.get("manager") for m in answer.get("metadata", {}).get("managedFields", [])] if status == 200 else None
        check("managedFields %s leave %s" % (json.dumps(sent)[:90], left), have == left, (status, answer))
        if left == []:
            status, _, answer = api.ask("PATCH", MAPS + "/f?fieldManager=u", {"data": {"c": "d"}}, MERGE)
            check("and then nobody is written down", "managedFields" not in answer["metadata"], answer)
            status, _, answer = api.ask("PATCH", MAPS + "/f?fieldManager=v", dict(a_map("f"), data={"a": "c"}), APPLY)
            check("until somebody applies", status == 409 and 'conflict with "before-first-apply" using v1' in answer["message"], answer)
        api.free(MAPS + "/f")


# an intent -> status, text
INTENTS = [
    ({"apiVersion": "v1", "kind": "ConfigMap"}, 200, ""),
    ({"kind": "ConfigMap", "metadata": {"name": "i"}}, 400, "invalid object type: /, Kind=ConfigMap"),
    ({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "i"}}, 400, "invalid object type: /v1, Kind=Secret"),
    (a_map("i", managedFields=[]), 400, "metadata.managedFields must be nil"),
    (a_map("i", managedFields=None), 200, ""),
    (a_map("i", uid=NOBODY), 422, "metadata.uid: Invalid value"),
]


def intents(api):
    for name in "ba":
        api.ask("PATCH", MAPS + "/i?fieldManager=%s" % name, dict(a_map("i"), data={name: "1"}), APPLY)
    for intent, status, text in INTENTS:
        have, _, answer = api.ask("PATCH", MAPS + "/i?fieldManager=z", intent, APPLY)
        check("apply %s: %d" % (json.dumps(intent)[:70], status), have == status and text in json.dumps(answer).replace('\\"', '"'), answer)
    status, _, answer = api.ask("PATCH", MAPS + "/i?fieldManager=z", dict(a_map("i"), data={"a": "2", "b": "2"}), APPLY)
    check("conflicts are told in the order of their managers", status == 409 and
          [c["message"] for c in answer["details"]["causes"]] == ['conflict with "a"', 'conflict with "b"'], answer)


def statuses(api):
    web = {"metadata": {"name": "w", "labels": {"k": "1"}}, "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": TEMPLATE["metadata"], "spec": {"containers": TEMPLATE["spec"]["containers"]}}}}
    api.make(WEBS, web)
    patch = {"metadata": {"labels": {"k": "2"}, "annotations": {"n": "x"}, "finalizers": ["a.io/b"]}, "spec": {"replicas": 7}}
    meta = api.ask("PATCH", WEBS + "/w/status?fieldManager=s", patch, MERGE)[2]["metadata"]
    mine = [m["fieldsV1"]["f:metadata"] for m in meta["managedFields"] if m["manager"] == "s"]
    check("the status of a Deployment is written with its annotations, not its labels", meta["labels"] == {"k": "1"} and meta["annotations"]["n"] == "x"
          and meta["generation"] == 1, meta)
    check("and whoever wrote them owns them", len(mine) == 1 and sorted(mine[0]) == ["f:annotations", "f:finalizers"], meta)
    meta = api.ask("PATCH", WEBS + "/w", {"metadata": {"annotations": {"o": "y"}}}, MERGE)[2]["metadata"]
    check("an annotation is a generation of a Deployment", meta["generation"] == 2, meta)
    meta = api.ask("PATCH", WEBS + "/w", {"metadata": {"labels": {"o": "y"}}}, MERGE)[2]["metadata"]
    check("a label is none", meta["generation"] == 2, meta)
    api.make(NS + "/default/services", {"metadata": {"name": "s", "labels": {"k": "1"}}, "spec": {"ports": [{"port": 1}]}})
    meta = api.ask("PATCH", NS + "/default/services/s/status", patch, MERGE)[2]["metadata"]
    check("that of a Service with its labels, too", meta["labels"] == {"k": "2"} and meta["finalizers"] == ["a.io/b"], meta)


# selectors of a SubjectAccessReview -> status, text
SELECTORS = [
    ({"fieldSelector": {}}, 422, "when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required"),
    ({"labelSelector": {"rawSelector": "a", "requirements": [{"key": "a", "operator": "Exists"}]}}, 422, "may not specified at the same time as requirements"),
    ({"fieldSelector": {"requirements": [{"key": "", "operator": "In", "values": ["b"]}]}}, 422, "requirements[0].key: Required value: must be specified"),
    ({"labelSelector": {"requirements": [{"key": "a", "operator": "In"}]}}, 422, "requirements[0].values: Required value"),
    ({"labelSelector": {"requirements": [{"key": "a", "operator": "Exists", "values": ["b"]}]}}, 422, "requirements[0].values: Forbidden"),
    ({"labelSelector": {"requirements": [{"key": "a", "operator": "NotIn", "values": ["b c"]}]}}, 422, "requirements[0].values[0]: Invalid value"),
    ({"fieldSelector": {"rawSelector": "a b c"}}, 201, "spec.resourceAttributes.fieldSelector ignored due to parse error"),
    ({"fieldSelector": {"requirements": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}}, 201, "ignored due to parse error"),
    ({"labelSelector": {"requirements": [{"key": "a", "operator": "Odd"}]}}, 201, "spec.resourceAttributes.labelSelector ignored due to parse error"),
]


def reviews(api):
    home = "/apis/authorization.k8s.io/v1"
    for more, status, text in SELECTORS:
        spec = {"user": "u", "resourceAttributes": dict({"verb": "list", "resource": "pods"}, **more)}
        have, _, answer = api.ask("POST", home + "/subjectaccessreviews", {"spec": spec})
        check("access with %s: %d" % (json.dumps(more)[:70], status), have == status and text in json.dumps(answer), answer)
    for spec, text in (({"resourceAttributes": {"namespace": "other", "verb": "get"}}, "must match metadata.namespace"),
                       ({"nonResourceAttributes": {"path": "/", "verb": "get"}}, "disallowed on this kind of request"),
                       ({"nonResourceAttributes": {"path": "/"}, "resourceAttributes": {"namespace": "default"}}, "cannot be specified in combination with")):
        have, _, answer = api.ask("POST", home + "/namespaces/default/localsubjectaccessreviews", {"spec": dict(spec, user="u")})
        check("local access: %s" % text, have == 422 and text in json.dumps(answer), answer)


# a TokenRequest -> status, text
TOKENS = [
    ({"spec": {"expirationSeconds": 599}}, 422, "TokenRequest.authentication.k8s.io"),
    ({"spec": {"expirationSeconds": 1 << 32}}, 201, '"uid"'),
    ({"spec": {"expirationSeconds": (1 << 32) + 1}}, 422, "may not specify a duration larger than 2^32 seconds"),
    ({"spec": {"boundObjectRef": {}}}, 400, "cannot bind token to object of type /, Kind="),
    ({"spec": {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod"}}}, 400, "Name parameter required."),
    ({"metadata": {"name": "other"}, "spec": {}}, 422, "must match the service account name if specified"),
    ({"metadata": {"namespace": "other"}, "spec": {}}, 400, "does not match the namespace sent on the request"),
    ({"metadata": {"uid": "x"}, "spec": {}}, 409, "the UID in the token request (x) does not match the UID of the service account"),
]


def tokens(api):
    api.make(NS + "/default/serviceaccounts", {"metadata": {"name": "robot"}})
    for body, status, text in TOKENS:
        have, _, answer = api.ask("POST", NS + "/default/serviceaccounts/robot/token", body)
        check("a token by %s: %d" % (json.dumps(body)[:70], status), have == status and text in json.dumps(answer), answer)


def term(name, operator, *values):
    return {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [dict({"scopeName": name, "operator": operator}, **({"values": values} if values else {}))]}}


# kind, spec -> text of the refusal; "": it is made
BOUNDS = [
    ("resourcequotas", {"hard": {"cpu": "1"}, "scopes": ["BestEffort"]}, 'Invalid value: ["BestEffort"]: unsupported scope applied to resource'),
    ("resourcequotas", {"hard": {"configmaps": "1"}, "scopes": ["NotBestEffort"]}, "unsupported scope applied to resource"),
    ("resourcequotas", {"hard": {"requests.a.io/gpu": "1"}, "scopes": ["NotTerminating"]}, ""),
    ("resourcequotas", {"hard": {"pods": "1"}, "scopes": ["VolumeAttributesClass"]}, "unsupported scope applied to resource"),
    ("resourcequotas", {"hard": {"requests.hugepages-2Mi": "1"}, "scopes": ["Terminating"]}, "unsupported scope applied to resource"),
    ("resourcequotas", {"hard": {"ephemeral-storage": "1"}, "scopes": ["NotBestEffort"]}, "unsupported scope applied to resource"),
    ("resourcequotas", {**term("PriorityClass", "In", "a"), "hard": {"pods": "1", "secrets": "1"}},
     'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"PriorityClass","Operator":"In","Values":["a"]}]}: unsupported scope'),
    ("resourcequotas", {"hard": {"count/pods": "1"}, "scopes": ["Terminating"], "scopeSelector": {"matchExpressions": [
        {"scopeName": "BestEffort", "operator": "Exists"}, {"scopeName": "NotBestEffort", "operator": "Exists"}]}},
     'spec.scopeSelector.matchExpressions: Invalid value: ["Terminating"]: conflicting scopes'),
    ("resourcequotas", term("Bogus", "Exists"), 'scopeName: Invalid value: "Bogus": unsupported scope'),
    ("resourcequotas", term("Terminating", "In", "x"), "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating"),
    ("resourcequotas", term("PriorityClass", "Odd", "x"), 'operator: Invalid value: "Odd": not a valid selector operator'),
    ("resourcequotas", term("PriorityClass", "In", "x"), ""),
    ("limitranges", {"limits": [{"type": "Container", "default": {"cpu": "2", "a.io/b": "5"}, "defaultRequest": {"cpu": "1", "a.io/b": "4"}}]},
     'spec.limits[0].defaultRequest[a.io/b]: Invalid value: "4": default value 5 must equal to defaultRequest value 4 in a.io/b'),
    ("limitranges", {"limits": [{"type": "Container", "maxLimitRequestRatio": {"cpu": "4"}, "max": {"cpu": "2"}, "min": {"cpu": "1"}}]},
     "ratio 4 is greater than max/min = 2.000000"),
]


def bounds(api):
    for kind, spec, text in BOUNDS:
        have, _, answer = api.ask("POST", NS + "/default/%s?dryRun=All" % kind, {"metadata": {"name": "b"}, "spec": spec})
        check("%s %s" % (kind, json.dumps(spec)[:90]), have == (422 if text else 201) and text in json.dumps(answer).replace('\\"', '"'), answer)
    check("nothing is made in all namespaces", api.ask("POST", "/api/v1/configmaps", a_map("x"))[0] == 405, "")


def crowd(api):
    """Who names no version is not told that somebody was faster, however many there are."""
    api.make(MAPS, a_map("crowd"))
    codes, heads = [], 32

    def one(i):
        for k in range(6):
            patch, kind = ({"data": {"k%d-%d" % (i, k): "v"}}, MERGE) if k % 2 else (dict(a_map("crowd"), data={"a%d" % i: str(k)}), APPLY)
            codes.append(api.ask("PATCH", MAPS + "/crowd?fieldManager=m%d" % i, patch, kind)[0])

    threads = [threading.Thread(target=one, args=(i,)) for i in range(heads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check("%d write one object at once, and all get through" % heads, codes == [200] * heads * 6, sorted(set(codes)))
    data = api.ask("GET", MAPS + "/crowd")[2]["data"]
    check("and nothing of theirs is lost", len(data) == heads * 4, len(data))


# kind, object -> has it a generation?; the fields of its spec that its maker is written down for
KINDS = [
    ("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
     {"spec": {"maxReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}}, None, None),
    ("/apis/coordination.k8s.io/v1/namespaces/default/leases", {"spec": {"holderIdentity": "x"}}, None, {"f:holderIdentity": {}}),
    ("/apis/scheduling.k8s.io/v1/priorityclasses", {"value": 1}, 1, None),
    ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {"addressType": "IPv4", "endpoints": []}, 1, None),
    (NS + "/default/podtemplates", {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}, 1, None),
    (NS + "/default/persistentvolumeclaims", {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}, None,
     {"f:accessModes": {}, "f:resources": {"f:requests": {".": {}, "f:storage": {}}}, "f:volumeMode": {}}),
    (NS, {}, None, None),
]


def kinds(api):
    for path, body, generation, owned in KINDS:
        status, _, made = api.ask("POST", path + "?dryRun=All", dict(body, metadata={"name": "k"}))
        check("the generation of %s is %s" % (path.rsplit("/", 1)[1], generation), status == 201 and made["metadata"].get("generation") == generation, made)
        fields = made["metadata"].get("managedFields", [{}])[0].get("fieldsV1", {})
        if owned or path == NS:
            check("what Go writes of nothing is nobody's", fields.get("f:spec") == owned, fields)


def main(tmp):
    with Server(tmp, "--api-only") as server:
        api = Api(server.admin)
        api.make(NS, {"metadata": {"name": "sweep"}})
        for story in (deletes, collections, pods, old_defaults, metadata, namespaces, managers, intents, statuses, reviews, tokens, bounds, kinds, crowd):
            story(api)
        check("it stops", server.end() == 0, "")


with tempfile.TemporaryDirectory() as folder:
    main(folder)
print("1..%d" % count)
