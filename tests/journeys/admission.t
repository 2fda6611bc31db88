#!/usr/bin/env python3
"""Admission webhooks: real ones over TLS, in every way the API describes.  Speaks TAP."""
import base64
import http.server
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

GROUP = "/apis/admissionregistration.k8s.io/v1/"
BETA = "/apis/admissionregistration.k8s.io/v1beta1/"
MAPS = "/api/v1/namespaces/default/configmaps"


class Hook(http.server.BaseHTTPRequestHandler):
    """Each path is a webhook: a function of the request that gives the response.  Noted is what the tests ask, not what controllers write beside them."""

    def log_message(self, *args):
        pass

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.partition("?")[0]
        if not review["request"]["userInfo"]["username"].startswith("system:pave:"):
            self.server.asked.append((self.path, review))
        answer = self.server.answers[path](review)
        status, body, *kind = answer if isinstance(answer, tuple) else (200, json.dumps(answer).encode())
        try:
            self.send_response(status)
            for one in kind:
                self.send_header("Content-Type", one)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # who asked has gone: that is what some tests want


def says(review, **response):
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"uid": review["request"]["uid"], **response}}


REVIEW = {"request": {"uid": "u"}}


def patches(*ops):
    text = base64.b64encode(json.dumps(ops).encode()).decode()
    return lambda r: says(r, allowed=True, patchType="JSONPatch", patch=text)


def adds(key, value):
    return patches({"op": "add", "path": "/data/" + key, "value": value})


class World(forge.Server):
    def __init__(self, folder):
        self.hooks, self.ca = forge.serve_hooks(Hook, folder, "IP:127.0.0.1,DNS:hooks.default.svc")
        self.hooks.asked, self.hooks.answers = [], {}
        self.port = self.hooks.server_address[1]
        threading.Thread(target=self.hooks.serve_forever, daemon=True).start()
        super().__init__(folder)
        self.folder, self.audit = folder, folder + "/data/audit.log"
        self.n = 0

    def listen_at(self, address):
        """There, too; the port."""
        more = forge.Quiet((address, 0), Hook)
        more.over_tls(self.folder + "/hook.crt", self.folder + "/hook.key")
        more.asked, more.answers = self.hooks.asked, self.hooks.answers
        threading.Thread(target=more.serve_forever, daemon=True).start()
        return more.server_address[1]

    def call(self, method, path, body=None, kind="application/json"):
        status, headers, text = self.admin.request(method, path, body and json.dumps(body), kind)
        return status, json.loads(text), headers

    def hook(self, name, answer, **more):
        """One webhook, answered by `answer`; what `more` says replaces what it has."""
        path = "/" + name
        self.hooks.answers[path] = answer
        return {"name": name + ".hooks.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "clientConfig": {"url": "https://127.0.0.1:%d%s" % (self.port, path), "caBundle": self.ca},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["*"]}], **more}

    def configure(self, kind, *hooks, name="hooks"):
        path = GROUP + kind.lower() + "webhookconfigurations"
        self.call("DELETE", path + "/" + name)
        self.hooks.asked.clear()
        if not hooks:
            return 200, {}, {}
        return self.call("POST", path, {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind + "WebhookConfiguration",
                                        "metadata": {"name": name}, "webhooks": list(hooks)})

    def make(self, query="", **more):
        self.n += 1
        return self.call("POST", MAPS + query, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c%d" % self.n}, "data": {"zero": "0"}, **more})


# What a kube-apiserver 1.34 tells of an answer of that status, body and type.
STATUS = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "mine"}
STATUSES = [
    (302, b"boom", "text/plain", "the server responded with the status code 302 but did not return more information"),
    (403, b" boom\n", "text/plain", "boom"),
    (403, b"{}", "application/json", "unknown"),
    (404, b"boom", "text/plain", "the server could not find the requested resource"),
    (409, json.dumps(STATUS).encode(), "application/json", "mine"),
    (415, b"boom", "text/html; charset=utf-8", "boom"),
    (418, b"boom", "text/plain", "the server responded with the status code 418 but did not return more information"),
    (500, b'a "b"\n\xc3\xa9c', "text/plain", 'an error on the server ("a \\"b\\"\\néc") has prevented the request from succeeding'),
    (500, b"", "application/json", 'an error on the server ("unknown") has prevented the request from succeeding'),
    (500, json.dumps({**STATUS, "status": "Success"}).encode(), "application/json", 'an error on the server ("unknown") has prevented the request from succeeding'),
    (500, b"", "text/plain", 'an error on the server ("") has prevented the request from succeeding'),
    (504, b"boom", "text/plain", "the server was unable to return a response in the time allotted, but may still be processing the request")]


def statuses(w):
    for code, body, kind, words in STATUSES:
        w.configure("Validating", w.hook("v", lambda r, answer=(code, body, kind): answer))
        status, doc, _ = w.make()
        ok(status == 500 and doc["message"].endswith('"v.hooks.example.org": failed to call webhook: ' + words), "an answer of status %d, %s" % (code, kind), doc)


def old_reviews(w):
    """v1beta1, of which less is asked (as a kube-apiserver 1.34 does)."""
    for versions, sent in ((["v1beta1"], "v1beta1"), (["v2", "v1beta1", "v1"], "v1beta1"), (["v2", "v1", "v1beta1"], "v1")):
        w.configure("Validating", w.hook("v", lambda r: {**says(r, allowed=True), "apiVersion": r["apiVersion"]}, admissionReviewVersions=versions))
        status, doc, _ = w.make()
        ok(status == 201 and w.hooks.asked[-1][1]["apiVersion"] == "admission.k8s.io/" + sent, "the first known of %s is sent" % versions, doc)
    patch = patches({"op": "add", "path": "/data/one", "value": "1"})(REVIEW)["response"]["patch"]
    for kind, what, answer, code in (
            ("Validating", "neither version nor uid", {"response": {"allowed": True}}, 201),
            ("Validating", "no kind, in empty words", {"apiVersion": "", "kind": "", "response": {"allowed": True}}, 201),
            ("Validating", "another uid, and a patch", {"response": {"uid": "z", "allowed": True, "patch": patch}}, 201),
            ("Validating", "no response", {}, 500),
            ("Validating", "the new review", {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"allowed": True}}, 500),
            ("Validating", "a refusal", {"response": {"allowed": False, "status": {"code": 418}}}, 418),
            ("Mutating", "a patch without type", {"response": {"allowed": True, "patch": patch}}, 201),
            ("Mutating", "a type without patch", {"response": {"allowed": True, "patchType": "JSONPatch"}}, 201)):
        w.configure(kind, w.hook("b", lambda r, answer=answer: answer, admissionReviewVersions=["v1beta1"]))
        status, doc, _ = w.make()
        ok(status == code and (doc.get("data", {}).get("one") == "1") == ("without type" in what), "of v1beta1: " + what, (status, doc))
        w.configure(kind)


def refusals(w):
    allow = lambda r: says(r, allowed=True)  # noqa: E731
    no = lambda **status: lambda r: says(r, allowed=False, **({"status": status} if status else {}))  # noqa: E731
    for what, answer, code, reason, message in (
            ("a refusal with words", no(message="not on Fridays"), 400, None, 'admission webhook "v.hooks.example.org" denied the request: not on Fridays'),
            ("a refusal with a code and a reason", no(message="later", code=429, reason="TooManyRequests"), 429, "TooManyRequests", "denied the request: later"),
            ("a refusal with a code that none of ours is", no(message="teapot", code=418), 418, None, "denied the request: teapot"),
            ("a refusal with a reason alone", no(reason="Because"), 400, "Because", "denied the request: Because"),
            ("a refusal with nothing", no(), 400, None, "denied the request without explanation"),
            ("a code that is no refusal", no(code=200, message="x"), 400, None, "denied the request: x"),
            ("an answer for another request", lambda r: says({"request": {"uid": "other"}}, allowed=True), 500, "InternalError",
             'failed calling webhook "v.hooks.example.org": received invalid webhook response: expected response.uid='),
            ("an answer of another version", lambda r: {**says(r, allowed=True), "apiVersion": "admission.k8s.io/v1beta1"}, 500, "InternalError",
             "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1"),
            ("no response", lambda r: {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}, 500, "InternalError", "webhook response was absent"),
            ("a patch of one that validates", adds("a", "b"), 500, "InternalError", "validating webhook may not return response.patch"),
            ("an answer that is no JSON", lambda r: (200, b"hello"), 500, "InternalError", "the answer is no JSON"),
            ("an answer of status 500", lambda r: (500, b"broken"), 500, "InternalError", 'failed to call webhook: an error on the server ("broken") has prevented the request from succeeding'),
            ("an answer without end", lambda r: (200, b"x" * (8 << 20)), 500, "InternalError", "over the limit")):
        w.configure("Validating", w.hook("v", answer))
        status, doc, _ = w.make()
        ok(status == code and doc.get("reason") == reason and message in doc["message"], what, (status, doc))
        w.configure("Validating", w.hook("v", answer, failurePolicy="Ignore"))
        status, doc, _ = w.make()
        ok(status == (201 if reason == "InternalError" else code), what + ", where failing is ignored", (status, doc))
    w.configure("Validating", w.hook("v", no(message="m", details={"causes": [{"field": "a", "message": "b", "reason": "c"}], "retryAfterSeconds": 3})))
    status, doc, _ = w.make()
    ok(doc.get("details") == {"causes": [{"field": "a", "message": "b", "reason": "c"}], "retryAfterSeconds": 3}, "details of a refusal are the client's", doc)
    w.configure("Validating", w.hook("v", lambda r: (503, b"")))
    status, doc, _ = w.make()
    ok(doc.get("details") == {"causes": [{"message": doc["message"].removeprefix("Internal error occurred: ")}]} and doc["message"].endswith(
        '"v.hooks.example.org": failed to call webhook: the server is currently unable to handle the request'), "an error of the call is a cause, too", doc)
    w.configure("Validating", w.hook("v", allow, matchConditions=[{"name": "c", "expression": "object.data.none == 'a'"}, {"name": "d", "expression": "object.data.no == 'a'"}]))
    status, doc, _ = w.make()
    ok(status == 403 and doc.get("details") == {"name": "c%d" % w.n, "kind": "configmaps"} and doc["message"].endswith(
        "forbidden: [expression 'object.data.none == 'a'' resulted in error: no such key: none, expression 'object.data.no == 'a'' resulted in error: no such key: no]"),
       "all conditions that fail are told", doc)
    w.configure("Validating", w.hook("v", allow, clientConfig={"url": "https://127.0.0.1:%d/v" % w.port}))
    status, doc, _ = w.make()
    ok(status == 500 and 'failed calling webhook "v.hooks.example.org": failed to call webhook: Post "https://127.0.0.1:%d/v?timeout=10s"' % w.port
       in doc["message"] and "certificate" in doc["message"], "a certificate of a stranger", doc)
    slow = threading.Event()
    w.configure("Validating", w.hook("v", lambda r: slow.wait(600) and (200, b""), timeoutSeconds=1))
    status, doc, _ = w.make()
    slow.set()
    ok(status == 500 and "context deadline exceeded" in doc["message"], "one that never answers", doc)


def wrong_types(w):
    """Upstream decodes an answer into Go's types: the first value that does not fit is the error."""
    patch = {"patchType": "JSONPatch", "patch": "W10="}
    for more, found, field, wanted in (
            ({**patch, "patch": 5}, "number", "AdmissionResponse.response.patch", "[]uint8"),
            ({**patch, "patch": True}, "bool", "AdmissionResponse.response.patch", "[]uint8"),
            ({**patch, "patchType": {}}, "object", "AdmissionResponse.response.patchType", "v1.PatchType"),
            ({"allowed": "yes"}, "string", "AdmissionResponse.response.allowed", "bool"),
            ({"uid": 1}, "number", "AdmissionResponse.response.uid", "types.UID"),
            ({"warnings": "one"}, "string", "AdmissionResponse.response.warnings", "[]string"),
            ({"warnings": ["one", 2]}, "number", "AdmissionResponse.response.warnings", "string"),
            ({"auditAnnotations": {"a": []}}, "array", "AdmissionResponse.response.auditAnnotations", "string"),
            ({"status": "no"}, "string", "AdmissionResponse.response.status", "v1.Status"),
            ({"status": {"code": "x"}}, "string", "Status.response.status.code", "int32"),
            ({"status": {"code": 1.5}}, "number 1.5", "Status.response.status.code", "int32"),
            ({"status": {"code": 4294967296}}, "number 4294967296", "Status.response.status.code", "int32"),
            ({"status": {"details": {"causes": [{"field": 1}]}}}, "number", "StatusCause.response.status.details.causes.field", "string"),
            ({"status": {"details": {"causes": {}}}}, "object", "StatusDetails.response.status.details.causes", "[]v1.StatusCause")):
        for kind in ("Mutating", "Validating"):
            hook = w.hook("v", lambda r: says(r, **{"allowed": True, **more}))
            w.configure("Mutating")
            w.configure("Validating")
            w.configure(kind, hook)
            status, doc, _ = w.make()
            ok(status == 500 and doc.get("reason") == "InternalError" and doc["message"].endswith(
                'failed calling webhook "v.hooks.example.org": failed to call webhook: json: cannot unmarshal %s into Go struct field %s of type %s'
                % (found, field, wanted)), "%s: %s of a %s" % (kind, json.dumps(more), wanted), (status, doc))
            w.configure(kind, {**hook, "failurePolicy": "Ignore"})
            status, doc, _ = w.make()
            ok(status == 201 and len(w.hooks.asked) == 1, "%s: %s, where failing is ignored" % (kind, json.dumps(more)), (status, doc))
    w.configure("Mutating", w.hook("v", lambda r: says(r, allowed=True, status=None, patch=None, patchType=None, warnings=[None], auditAnnotations=None, other=5)))
    w.configure("Validating")
    status, doc, _ = w.make()
    ok(status == 201, "null is nothing, and a field that nobody knows is nobody's", (status, doc))


def what_is_sent(w):
    w.configure("Validating", w.hook("v", lambda r: says(r, allowed=True, warnings=["mind the gap", "x" * 300])))
    status, doc, headers = w.make("?dryRun=All")
    path, review = w.hooks.asked[0]
    request = review["request"]
    ok(path == "/v?timeout=10s" and review["kind"] == "AdmissionReview" and request["operation"] == "CREATE" and request["dryRun"] is True
       and request["kind"] == {"group": "", "version": "v1", "kind": "ConfigMap"} and request["requestResource"]["resource"] == "configmaps"
       and request["namespace"] == "default" and request["oldObject"] is None and request["object"]["metadata"]["name"] == request["name"]
       and request["options"] == {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "dryRun": ["All"]} and request["userInfo"]["groups"],
       "the review of a dry run's create", review)
    warned = headers.get_all("Warning") or []
    ok(any("mind the gap" in x for x in warned) and all(len(x) < 300 for x in warned), "warnings reach the client, long ones cut", warned)
    _, made, _ = w.make()
    w.hooks.asked.clear()
    made["data"] = {"a": "b"}
    w.call("PUT", MAPS + "/" + made["metadata"]["name"], made)
    w.call("DELETE", MAPS + "/" + made["metadata"]["name"])
    update, delete = (r["request"] for _, r in w.hooks.asked)
    ok(update["operation"] == "UPDATE" and "a" not in (update["oldObject"].get("data") or {}) and update["object"]["data"] == {"a": "b"}
       and delete["operation"] == "DELETE" and delete["object"] is None and delete["oldObject"]["data"] == {"a": "b"},
       "an update and a delete show what was", w.hooks.asked)


def deleting(w):
    """Who changes objects is asked first, and may refuse; there is nothing to change (as a kube-apiserver 1.34 does)."""
    yes, no = (lambda r: says(r, allowed=True)), (lambda r: says(r, allowed=False, status={"message": "kept"}))
    kept, unchanged = 'admission webhook "m.hooks.example.org" denied the request: kept', "attempted to modify the object, which is not supported for this operation"
    both = ["/m", "/v"]
    for what, mutates, more, query, body, code, asked, words in (
            ("a delete", yes, {}, "", None, 200, both, None),
            ("one that who mutates refuses", no, {}, "", None, 400, ["/m"], kept),
            ("one in a dry run", yes, {}, "?dryRun=All", None, 200, both, None),
            ("one in a dry run that who mutates refuses", no, {}, "?dryRun=All", None, 400, ["/m"], kept),
            ("one that who mutates would change", adds("a", "b"), {}, "", None, 500, ["/m"], unchanged),
            ("one that who mutates would change, where failing is ignored", adds("a", "b"), {"failurePolicy": "Ignore"}, "", None, 500, ["/m"], unchanged),
            ("one with an empty patch", patches(), {}, "", None, 200, both, None),
            ("one that who mutates fails at", lambda r: (500, b""), {}, "", None, 500, ["/m"], "failed calling webhook"),
            ("one that who mutates fails at, where failing is ignored", lambda r: (500, b""), {"failurePolicy": "Ignore"}, "", None, 200, both, None),
            ("one of another object", no, {}, "", {"preconditions": {"uid": "x"}}, 409, [], "the UID in the precondition (x) does not match"),
            ("one of another revision", no, {}, "", {"preconditions": {"resourceVersion": "1"}}, 409, [], "the ResourceVersion in the precondition (1)"),
            ("one that a condition means", no, {"matchConditions": [{"name": "c", "expression": "oldObject.data.zero == '0' && object == null"}]}, "", None, 400, ["/m"], kept),
            ("one that a condition does not mean", no, {"matchConditions": [{"name": "c", "expression": "oldObject.data.zero == '1'"}]}, "", None, 200, ["/v"], None),
            ("one with a label that is meant", no, {"objectSelector": {"matchLabels": {"t": "1"}}}, "", None, 400, ["/m"], kept),
            ("one that may be asked again", yes, {"reinvocationPolicy": "IfNeeded"}, "", None, 200, both, None)):
        w.configure("Mutating")
        w.configure("Validating")
        w.make(metadata={"name": "d%d" % w.n, "labels": {"t": "1"}})
        made = w.call("GET", MAPS + "/d%d" % (w.n - 1))[1]
        path = MAPS + "/" + made["metadata"]["name"]
        w.configure("Validating", w.hook("v", yes))
        w.configure("Mutating", w.hook("m", mutates, **more))
        status, doc, _ = w.call("DELETE", path + query, body)
        ok(status == code and [p.partition("?")[0] for p, _ in w.hooks.asked] == asked and words in (None, doc.get("message")) or str(words) in doc["message"],
           what, (status, doc, w.hooks.asked))
        ok((w.call("GET", path)[0] == 200) == (code != 200 or "dryRun" in query), what + ": is it still there?")
        seen = [r["request"] for _, r in w.hooks.asked]
        ok(all(r["operation"] == "DELETE" and r["object"] is None and r["oldObject"]["metadata"] == made["metadata"] and r["dryRun"] == ("dryRun" in query) for r in seen),
           what + ": it is shown as it was", seen)
    w.configure("Mutating", w.hook("m", no))
    status, doc, _ = w.call("DELETE", MAPS + "?labelSelector=t%3D1")
    ok(status == 400 and doc["message"] == kept and len(w.hooks.asked) == 1, "many at once: the first that is refused ends it", (status, doc, w.hooks.asked))
    w.configure("Mutating", w.hook("m", yes))
    left = len(w.call("GET", MAPS + "?labelSelector=t%3D1")[1]["items"])
    status, doc, _ = w.call("DELETE", MAPS + "?labelSelector=t%3D1")
    ok(status == 200 and left > 1 and len(w.hooks.asked) == 2 * left and not w.call("GET", MAPS + "?labelSelector=t%3D1")[1]["items"],
       "many at once: each is asked about, by both", (status, left, w.hooks.asked))
    w.configure("Mutating")
    w.configure("Validating")


def scaling(w):
    """Who is asked about a scale sees the Scale, and what they make of it is written in the object's own place."""
    kind = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    rules = [{"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/scale"], "operations": ["UPDATE"]}]
    number = {"type": "object", "properties": {"size": {"type": "integer", "maximum": 8}}}
    w.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "sizes.x.io"},
        "spec": {"group": "x.io", "scope": "Namespaced", "names": {"plural": "sizes", "kind": "Size"}, "versions": [{
            "name": "v1", "served": True, "storage": True, "subresources": {"scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": number, "status": number}}}}]}})
    sizes, deployments = "/apis/x.io/v1/namespaces/default/sizes", "/apis/apps/v1/namespaces/default/deployments"
    w.call("POST", sizes, {"apiVersion": "x.io/v1", "kind": "Size", "metadata": {"name": "s", "labels": {"a": "b"}}, "spec": {"size": 1}})
    w.call("POST", deployments, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "s", "labels": {"a": "b"}}, "spec": {
        "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})
    for path, place in ((sizes + "/s", "size"), (deployments + "/s", "replicas")):
        w.configure("Mutating", w.hook("m", lambda r: says(r, allowed=True), rules=rules))
        w.configure("Validating", w.hook("v", lambda r: says(r, allowed=True), rules=rules))
        status, doc, _ = w.call("PATCH", path + "/scale", {"spec": {"replicas": 3}}, "application/merge-patch+json")
        seen = [r["request"] for _, r in w.hooks.asked]
        ok(status == 200 and len(seen) == 2 and all(
            r["kind"] == kind and r["requestKind"] == kind and r["subResource"] == "scale" and r["object"]["kind"] == r["oldObject"]["kind"] == "Scale"
            and r["object"]["spec"] == {"replicas": 3} and r["oldObject"]["spec"] == {"replicas": 1} and "labels" not in r["object"]["metadata"] for r in seen),
           "a scale is shown as one: " + place, (status, doc, seen))
        for what, ops, code, left in (
                ("another number", [{"op": "replace", "path": "/spec/replicas", "value": 4}], 200, 4),
                ("no number", [{"op": "remove", "path": "/spec/replicas"}], 200, 0),
                ("labels", [{"op": "add", "path": "/metadata/labels", "value": {"z": "z"}}], 200, 5),
                ("a status", [{"op": "add", "path": "/status/replicas", "value": 77}], 200, 5),
                ("a number below nothing", [{"op": "replace", "path": "/spec/replicas", "value": -4}], 422, 1),
                ("a word", [{"op": "replace", "path": "/spec/replicas", "value": "x"}], 500, 1)):
            w.configure("Mutating")
            w.call("PATCH", path, {"spec": {place: 1}}, "application/merge-patch+json")
            w.configure("Mutating", w.hook("m", patches(*ops), rules=rules))
            status, doc, _ = w.call("PATCH", path + "/scale", {"spec": {"replicas": 5}}, "application/merge-patch+json")
            _, now, _ = w.call("GET", path)
            ok(status == code and now["spec"][place] == left and now["metadata"]["labels"] == {"a": "b"} and (now.get("status") or {}).get(place) != 77,
               "who changes it makes %s of it: %s" % (what, place), (status, doc, now))
        w.configure("Mutating")
        w.configure("Validating", w.hook("v", lambda r: says(r, allowed=True), rules=rules, matchConditions=[
            {"name": "c", "expression": "object.kind == 'Scale' && object.spec.replicas == 6 && !has(object.metadata.labels)"}]))
        w.call("PATCH", path + "/scale", {"spec": {"replicas": 6}}, "application/merge-patch+json")
        ok(len(w.hooks.asked) == 1, "conditions see it, too: " + place, w.hooks.asked)
    w.configure("Validating")


def matching(w):
    allow = lambda r: says(r, allowed=True)  # noqa: E731
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["*"]}
    w.call("PATCH", "/api/v1/namespaces/default", {"metadata": {"labels": {"team": "shop"}}}, "application/merge-patch+json")
    for what, asked, more in (
            ("a rule for deletes", False, {"rules": [{**rule, "operations": ["DELETE"]}]}),
            ("a rule for another group", False, {"rules": [{**rule, "apiGroups": ["apps"]}]}),
            ("a rule for subresources", False, {"rules": [{**rule, "resources": ["configmaps/status"]}]}),
            ("a rule for a resource and its subresources", True, {"rules": [{**rule, "resources": ["configmaps/*"]}]}),
            ("a rule for everything", True, {"rules": [{**rule, "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"]}]}),
            ("a rule for what has no namespace", False, {"rules": [{**rule, "scope": "Cluster"}]}),
            ("a rule for what has one", True, {"rules": [{**rule, "scope": "Namespaced"}]}),
            ("no rule", False, {"rules": []}),
            ("a selector of the namespace", True, {"namespaceSelector": {"matchLabels": {"team": "shop"}}}),
            ("a selector of another namespace", False, {"namespaceSelector": {"matchLabels": {"team": "other"}}}),
            ("a selector of other objects", False, {"objectSelector": {"matchLabels": {"a": "b"}}}),
            ("a condition that holds", True, {"matchConditions": [{"name": "a", "expression": "object.metadata.name.startsWith('c')"}]}),
            ("a condition that does not", False, {"matchConditions": [{"name": "a", "expression": "request.operation == 'DELETE'"}]}),
            ("a false condition beside a broken one", False, {"matchConditions": [{"name": "a", "expression": "object.spec.none == 1"},
                                                                                {"name": "b", "expression": "false"}]})):
        w.configure("Validating", w.hook("v", allow, **more))
        status, doc, _ = w.make()
        ok(status == 201 and bool(w.hooks.asked) == asked, what, (status, doc, w.hooks.asked))
    broken = [{"name": "a", "expression": "object.spec.none == 1"}]
    w.configure("Validating", w.hook("v", allow, matchConditions=broken))
    status, doc, _ = w.make()
    ok(status == 403 and "expression 'object.spec.none == 1' resulted in error: no such key: spec" in doc["message"], "a broken condition refuses", doc)
    w.configure("Validating", w.hook("v", allow, matchConditions=broken, failurePolicy="Ignore"))
    ok(w.make()[0] == 201 and not w.hooks.asked, "or skips the webhook where failing is ignored")
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"generateName": "h"},
              "spec": {"maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}}
    for policy, asked in (("Equivalent", True), ("Exact", False)):
        w.configure("Validating", w.hook("v", allow, matchPolicy=policy, rules=[{**rule, "apiGroups": ["autoscaling"], "apiVersions": ["v1"],
                                                                               "resources": ["horizontalpodautoscalers"]}]))
        status, doc, _ = w.call("POST", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", scaler)
        seen = [r["request"] for _, r in w.hooks.asked]
        ok(status == 201 and bool(seen) == asked and all(r["kind"]["version"] == r["object"]["apiVersion"].partition("/")[2] == "v1"
                                                        and r["requestKind"]["version"] == "v2" for r in seen),
           "another version of the kind, by matchPolicy " + policy, (status, doc, seen))


def mutating(w):
    w.configure("Mutating", w.hook("one", adds("one", "1")), w.hook("two", lambda r: adds("two", r["request"]["object"]["data"]["one"])(r)))
    status, doc, _ = w.make()
    ok(status == 201 and doc["data"] == {"zero": "0", "one": "1", "two": "1"}, "each sees what those before it made", doc)
    w.configure("Mutating", w.hook("one", lambda r: says(r, allowed=True), reinvocationPolicy="IfNeeded"), w.hook("two", adds("two", "2")),
                w.hook("three", lambda r: says(r, allowed=True), reinvocationPolicy="IfNeeded"))
    w.make()
    ok([p.partition("?")[0] for p, _ in w.hooks.asked] == ["/one", "/two", "/three", "/one"], "who wants to is asked again after a change", w.hooks.asked)
    policy = {"apiVersion": "admissionregistration.k8s.io/v1beta1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "counts"}, "spec": {
        "reinvocationPolicy": "IfNeeded", "matchConstraints": {"resourceRules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]},
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {
            "expression": "Object{data: {'seen': string(size(object.data.?two.orValue('')))}}"}}]}}
    binding = {**policy, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": "counts"}}
    for doc, plural in ((policy, "mutatingadmissionpolicies"), (binding, "mutatingadmissionpolicybindings")):
        w.call("POST", BETA + plural, doc)
    w.configure("Mutating", w.hook("one", lambda r: says(r, allowed=True), reinvocationPolicy="IfNeeded"), w.hook("two", adds("two", "22")))
    status, doc, _ = w.make()
    ok(doc["data"] == {"zero": "0", "two": "22", "seen": "2"}, "a policy that wants to is asked again after a webhook's change", doc)
    ok(w.hooks.asked[-1][1]["request"]["object"]["data"] == {"zero": "0", "two": "22", "seen": "2"}, "and the webhook after the policy's", w.hooks.asked)
    w.call("DELETE", BETA + "mutatingadmissionpolicies/counts")
    w.call("DELETE", BETA + "mutatingadmissionpolicybindings/counts")
    for what, answer, text in (
            ("another name", patches({"op": "replace", "path": "/metadata/name", "value": "other"}), 'changed metadata.name from'),
            ("another namespace", patches({"op": "replace", "path": "/metadata/namespace", "value": "kube-system"}), 'changed metadata.namespace'),
            ("a patch that does not fit", patches({"op": "remove", "path": "/data/none"}), "the patch of admission webhook"),
            ("a patch that is no list", lambda r: says(r, allowed=True, patch="e30=", patchType="JSONPatch"), "a response.patch that is no list of operations"),
            ("a patch without its type", lambda r: says(r, allowed=True, patch="W10="), "response.patch but not response.patchType"),
            ("a type without its patch", lambda r: says(r, allowed=True, patchType="JSONPatch"), "response.patchType but not response.patch"),
            ("a patch of another type", lambda r: says(r, allowed=True, patch="W10=", patchType="Merge"), 'invalid response.patchType of "Merge"')):
        w.configure("Mutating", w.hook("one", answer))
        status, doc, _ = w.make()
        ok(status == 500 and text in doc["message"], what + " is refused", doc)
    w.configure("Mutating", w.hook("one", patches({"op": "add", "path": "/data/a b", "value": "x"})))
    status, doc, _ = w.make()
    ok(status == 422 and "a b" in doc["message"], "what comes out is validated", doc)
    w.configure("Mutating", w.hook("one", adds("one", "1")))
    w.configure("Validating", w.hook("v", lambda r: says(r, allowed=r["request"]["object"]["data"] == {"zero": "0", "one": "1"})))
    ok(w.make()[0] == 201, "who validates sees what was made")
    w.configure("Validating")
    w.configure("Mutating", w.hook("b", adds("x", "late")), name="b-later")
    w.configure("Mutating", w.hook("a", adds("x", "early")), name="a-first")
    w.configure("Mutating")
    status, doc, _ = w.make()
    ok(doc["data"] == {"zero": "0", "x": "late"}, "configurations go by name", doc)
    w.configure("Mutating", name="a-first")
    w.configure("Mutating", name="b-later")


def metadata(w):
    """What the server says of an object, no webhook changes (as a kube-apiserver 1.34 has it)."""
    def sets(key, value):
        w.configure("Mutating", w.hook("m", patches({"op": "add", "path": "/metadata/" + key, "value": value})))

    def patch(path, query="", **meta):
        return w.call("PATCH", path + query, {"metadata": meta}, "application/merge-patch+json")

    for key, value in (("creationTimestamp", "2020-01-01T00:00:00Z"), ("deletionTimestamp", "2020-01-01T00:00:00Z"), ("deletionGracePeriodSeconds", 7)):
        sets(key, value)
        status, doc, _ = w.make()
        ok(status == 201 and doc["metadata"].get(key) != value, "a new object's %s is not the webhook's" % key, doc)
    sets("resourceVersion", "1")
    status, doc, _ = w.make()
    ok(status == 500 and "resourceVersion should not be set on objects to be created" in doc["message"], "nor has it a version", doc)
    w.configure("Mutating")
    status, doc, _ = w.make(metadata={"name": "ends", "finalizers": ["x.io/a", "x.io/b"]})
    path = MAPS + "/ends"
    sets("resourceVersion", "1")
    status, doc, _ = patch(path, annotations={"a": "b"})
    ok(status == 409 and doc["reason"] == "Conflict", "another version is a conflict", doc)
    sets("deletionTimestamp", "2020-01-01T00:00:00Z")
    status, doc, _ = patch(path, annotations={"a": "b"})
    ok(status == 422 and doc["details"]["causes"][0]["field"] == "metadata.deletionTimestamp", "none ends an object", doc)
    sets("finalizers", ["x.io/c"])
    ok(patch(path, "?dryRun=All", annotations={"a": "b"})[0] == 200, "what does not end gets another finalizer")
    w.configure("Mutating")
    w.call("DELETE", path)
    sets("finalizers", ["x.io/c"])
    status, doc, _ = patch(path, annotations={"a": "b"})
    ok(status == 422 and 'no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/c"}' in doc["message"],
       "what ends gets none", doc)
    sets("finalizers", ["x.io/b"])
    status, doc, _ = patch(path, finalizers=["x.io/a", "x.io/new"])
    ok(status == 200 and doc["metadata"]["finalizers"] == ["x.io/b"], "what counts is what the webhook leaves", doc)
    w.configure("Mutating")
    ok(patch(path, finalizers=None)[0] == 200 and w.call("GET", path)[0] == 404, "then it goes")


def noted(w):
    w.configure("Validating", w.hook("v", lambda r: says(r, allowed=True, auditAnnotations={"why": "it is \"fine\""})))
    w.make()

    def noted_lines():
        with open(w.audit, encoding="utf-8") as f:
            return [json.loads(line) for line in f if "v.hooks.example.org/why" in line and line.endswith("\n")]
    lines = forge.patience.until(noted_lines)
    ok(lines and lines[0]["annotations"].get("v.hooks.example.org/why") == 'it is "fine"', "what a webhook notes is in the audit log", lines)
    for may, code in (("delete", 400), ("fly", 400)):
        for no in ("", "!"):
            w.configure("Validating", w.hook("v", lambda r: says(r, allowed=False), matchConditions=[
                {"name": "a", "expression": no + "authorizer.requestResource.check('%s').allowed()" % may},
                {"name": "b", "expression": "!authorizer.serviceAccount('default', 'x').group('').resource('pods').check('get').allowed()"}]))
            ok(w.make()[0] == (201 if no else code), "a condition may ask what the writer may do: %s%s" % (no, may))


def together(w):
    gate = threading.Barrier(3, timeout=600)  # breaks unless all three wait at once
    w.configure("Validating", *(w.hook(n, lambda r: says(r, allowed=gate.wait() >= 0), timeoutSeconds=30) for n in ("x", "y", "z")))
    status, doc, _ = w.make()
    ok(status == 201 and not gate.broken, "those that validate are asked side by side", doc)

    def writes(review):
        if review["request"]["name"].startswith("c"):
            status, doc, _ = w.call("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-" + review["request"]["name"]}})
            return says(review, allowed=status == 201, status={"message": str(doc)})
        return says(review, allowed=True)

    w.configure("Validating", w.hook("v", writes))
    status, doc, _ = w.make()
    ok(status == 201, "one that writes to the API itself", doc)
    service = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["services"], "operations": ["CREATE"]}]

    def makes_service(review):
        if review["request"]["name"] == "outer":
            return says(review, allowed=w.call("POST", "/api/v1/namespaces/default/services", {**service, "metadata": {"name": "inner"}})[0] == 201)
        return says(review, allowed=True)

    w.configure("Validating", w.hook("v", makes_service, rules=rules))
    status, doc, _ = w.call("POST", "/api/v1/namespaces/default/services", {**service, "metadata": {"name": "outer"}})
    _, inner, _ = w.call("GET", "/api/v1/namespaces/default/services/inner")
    ok(status == 201 and inner["spec"]["clusterIP"] != doc["spec"]["clusterIP"], "and one that makes a Service while one is made", doc)


def services(w):
    client = {"service": {"namespace": "default", "name": "hooks", "path": "/v", "port": 8443}, "caBundle": w.ca}
    w.configure("Validating", w.hook("v", lambda r: says(r, allowed=True), clientConfig=client))

    def refused(text):
        status, doc, _ = w.make()
        return status == 500 and 'Post "https://hooks.default.svc:8443/v?timeout=10s": ' + text in doc["message"]

    ok(refused('service "hooks" not found'), "a Service that is not there")
    w.call("POST", "/api/v1/namespaces/default/services", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hooks"},
                                                           "spec": {"ports": [{"name": "https", "port": 8443}]}})
    ok(refused('no endpoints available for service "hooks"'), "a Service that nothing stands behind")

    def slice_of(name, address, port, **endpoint):
        w.call("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "ports": [{"name": "https", "port": port}],
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": "hooks"}}, "endpoints": [{"addresses": [address], **endpoint}]})

    slice_of("hooks-a", "10.1.2.3", w.port, nodeName="pave-simulated")
    ok(refused('no endpoints available for service "hooks": the Pods behind it are on the node "pave-simulated", which is simulated') and not w.hooks.asked,
       "a Service of simulated Pods: the addresses that were made up for them are not dialled", w.hooks.asked)
    own, what = forge.address(), "a Service with an endpoint, verified by its own name"
    if not own:
        ok(True, what + " # SKIP an endpoint is no loopback address, and this machine has no other")
        return
    slice_of("hooks-by-hand", own, w.listen_at(own))
    status, doc, _ = w.make()
    ok(status == 201 and w.hooks.asked, what, doc)


def configurations(w):
    for what, more, field, text in (
            ("a name of two parts", {"name": "a.b"}, "webhooks[0].name", "should be a domain with at least three segments separated by dots"),
            ("a URL without TLS", {"clientConfig": {"url": "http://x/"}}, "webhooks[0].clientConfig.url", "'https' is the only allowed URL scheme"),
            ("a URL with a query", {"clientConfig": {"url": "https://x/?a=b"}}, "webhooks[0].clientConfig.url", "query parameters are not permitted"),
            ("a URL and a service", {"clientConfig": {"url": "https://x/", "service": {"name": "a", "namespace": "b"}}}, "webhooks[0].clientConfig",
             "exactly one of url or service is required"),
            ("neither", {"clientConfig": {}}, "webhooks[0].clientConfig", "exactly one of url or service is required"),
            ("no review that is known", {"admissionReviewVersions": ["v2"]}, "webhooks[0].admissionReviewVersions", "must include at least one of v1, v1beta1"),
            ("side effects", {"sideEffects": "Some"}, "webhooks[0].sideEffects", "supported values"),
            ("a minute", {"timeoutSeconds": 60}, "webhooks[0].timeoutSeconds", "the timeout value must be between 1 and 30 seconds"),
            ("a star among others", {"rules": [{"apiGroups": ["*", "apps"], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}]},
             "webhooks[0].rules[0].apiGroups", "if '*' is present, must not specify other values"),
            ("an unknown operation", {"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["PATCH"]}]},
             "webhooks[0].rules[0].operations[0]", "supported values"),
            ("a condition that does not compile", {"matchConditions": [{"name": "a", "expression": "object."}]}, "webhooks[0].matchConditions[0].expression",
             "compilation failed"),
            ("a condition of another type", {"matchConditions": [{"name": "a", "expression": "1"}]}, "webhooks[0].matchConditions[0].expression",
             "must evaluate to bool but got int"),
            ("a condition of a type that nobody knows", {"matchConditions": [{"name": "a", "expression": "object.a"}]},
             "webhooks[0].matchConditions[0].expression", "must evaluate to bool but got dyn"),
            ("a star among resources", {"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["*", "pods"], "operations": ["CREATE"]}]},
             "webhooks[0].rules[0].resources", "if '*' is present, must not specify other resources without subresources")):
        for kind in ("Validating", "Mutating"):
            status, doc, _ = w.configure(kind, {**w.hook("v", None), **more})
            causes = doc.get("details", {}).get("causes", [])
            ok(status == 422 and any(c["field"] == field and text in c["message"] for c in causes), "%s: %s" % (kind, what), (status, doc))
    everything = [{"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"], "operations": ["*"]}]
    w.configure("Validating", w.hook("v", lambda r: says(r, allowed=False), rules=everything))
    ok(w.make()[0] == 400 and w.configure("Validating")[0] == 200 and w.make()[0] == 201, "one that refuses everything can still be taken away")


def main():
    with tempfile.TemporaryDirectory() as folder, World(folder) as w:
        for part in (refusals, statuses, old_reviews, wrong_types, what_is_sent, deleting, scaling, matching, mutating, metadata, noted, together, services,
                     configurations):
            part(w)
            w.configure("Validating")
            w.configure("Mutating")
    print("1..%d" % forge.count)


main()
