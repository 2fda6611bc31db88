#!/usr/bin/env python3
"""Gatekeeper's external data: a Provider of our own over TLS, asked by rules and mutators while a write waits.
Speaks TAP."""
import http.server
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps"
PROVIDERS = "/apis/externaldata.gatekeeper.sh/v1beta1/providers"
REGO = """package known

asked := external_data({"provider": "vetted", "keys": [v | v := input.review.object.data[_]]})

violation[{"msg": msg}] {
  pair := asked.errors[_]
  msg := sprintf("%v: %v", pair)
}

violation[{"msg": msg}] {
  asked.responses[_] = [key, "refused"]
  msg := sprintf("%v is refused", [key])
}

violation[{"msg": msg}] {
  asked.system_error != ""
  msg := sprintf("nobody knows (%v): %v", [asked.status_code, asked.system_error])
}
"""


class Provider(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(request)
        items = [{"key": k, "error": "unheard of"} if k.startswith("odd") else {"key": k, "value": "refused" if k.startswith("bad") else "fine"}
                 for k in request["request"]["keys"]]
        answer = {"apiVersion": request["apiVersion"], "kind": "ProviderResponse", "response": {"idempotent": True, "items": items}}
        odd = {"/broken": {}, "/ill": {"response": {"systemError": "out of order"}}, "/map": {"response": {"systemError": {"a": 1}}},
               "/items": {"response": {"items": {"a": 1}}}, "/fickle": {**answer, "response": {**answer["response"], "idempotent": False}},
               "/number": {"response": {"idempotent": True, "items": [{"key": k, "value": 7} for k in request["request"]["keys"]]}}, "/error": {"response": {"items": [{"key": "good", "error": {"x": [1]}}]}}}
        body = json.dumps(odd.get(self.path, answer)).encode()
        self.send_response(503 if self.path == "/away" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class World(forge.Server):
    def __init__(self, folder):
        self.provider, self.ca = forge.serve_hooks(Provider, folder, "IP:127.0.0.1")
        self.provider.asked = []
        threading.Thread(target=self.provider.serve_forever, daemon=True).start()
        super().__init__(folder)
        self.n = 0

    def call(self, method, path, body=None):
        status, _, text = self.admin.request(method, path, body and json.dumps(body))
        return status, json.loads(text)

    def provide(self, path="/", **more):
        """The Provider leads there from now on."""
        self.call("DELETE", PROVIDERS + "/vetted")
        spec = {"url": "https://127.0.0.1:%d%s" % (self.provider.server_address[1], path), "timeout": 5, "caBundle": self.ca, **more}
        return self.call("POST", PROVIDERS, {"apiVersion": "externaldata.gatekeeper.sh/v1beta1", "kind": "Provider",
                                             "metadata": {"name": "vetted"}, "spec": spec})

    def make(self, **data):
        self.n += 1
        return self.call("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c%d" % self.n}, "data": data})

    def rule(self):
        answer = self.call("POST", "/apis/templates.gatekeeper.sh/v1/constrainttemplates", {
            "apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": {"name": "known"},
            "spec": {"crd": {"spec": {"names": {"kind": "Known"}}}, "targets": [{"target": "admission.k8s.gatekeeper.sh", "rego": REGO}]}})
        ok(answer[0] == 201, "a template that asks", answer)
        constraint = {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "Known", "metadata": {"name": "known"},
                      "spec": {"match": {"kinds": [{"apiGroups": [""], "kinds": ["ConfigMap"]}], "namespaces": ["default"]}}}
        forge.until(self.admin, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/known.constraints.gatekeeper.sh", "the kind of a template",
                    lambda crd: any(c["type"] == "Established" and c["status"] == "True" for c in crd.get("status", {}).get("conditions", [])))
        return self.call("POST", "/apis/constraints.gatekeeper.sh/v1beta1/known", constraint)


def refused(answer, text):
    return answer[0] >= 400 and text in answer[1]["message"]


def providers(w):
    ok(refused(w.provide(url="http://127.0.0.1/"), "only HTTPS scheme is supported"), "only HTTPS")
    ok(refused(w.provide(caBundle=""), "spec.caBundle: expected the certificates"), "only with who vouches for it")
    ok(refused(w.provide(timeout=0), "should be a positive integer"), "a timeout is some seconds")


def answers(w):
    ok(w.rule()[0] == 201, "a rule that asks is in force")
    answer = w.make(a="good")
    ok(refused(answer, "nobody knows (400)"), "nobody of that name: the rule is told", answer)
    ok(w.provide()[0] == 201, "a Provider")
    answer = w.make(a="good", b="better", c="good")
    ok(answer[0] == 201, "what it says is fine", answer)
    ok(w.provider.asked == [{"apiVersion": "externaldata.gatekeeper.sh/v1beta1", "kind": "ProviderRequest",
                             "request": {"keys": ["good", "better"]}}], "it is asked in Gatekeeper's words, each key once", w.provider.asked)
    answer = w.make(a="good", b="bad", c="odd")
    ok(refused(answer, "bad is refused") and refused(answer, "odd: unheard of"), "what it says is not", answer)
    ok(w.provider.asked[1]["request"]["keys"] == ["bad", "odd"], "only what is not known is asked", w.provider.asked)


def failures(w, stranger):
    w.provide("/ill")
    answer = w.make(a="good")
    ok(refused(answer, "nobody knows (200): out of order"), "its own error", answer)
    w.provide("/broken")
    answer = w.make(a="good")
    ok(refused(answer, "nobody knows (500)") and refused(answer, "expected a ProviderResponse"), "no answer to the question", answer)
    for path, what in (("/map", "response.systemError: expected a text"), ("/items", "response.items: expected a list"),
                       ("/error", "the error of an item: expected a text")):
        w.provide(path)
        answer = w.make(a="good")
        ok(refused(answer, "nobody knows (500)") and refused(answer, what), "an answer of another form is none: " + path, answer)
    w.provide("/away")
    answer = w.make(a="good")
    ok(refused(answer, "the server is currently unable to handle the request"), "an answer of another status", answer)
    w.provide(caBundle=stranger)
    answer = w.make(a="good")
    ok(refused(answer, "nobody knows (500)"), "a certificate of somebody else's", answer)
    w.provide()
    answer = w.make(a="good")
    ok(answer[0] == 201, "it is back: asked at once", answer)


# ---- mutators ----

def mutator(w, name, location, kind="Assign", **external):
    path = "/apis/mutations.gatekeeper.sh/v1/" + {"Assign": "assign", "AssignMetadata": "assignmetadata"}[kind]
    spec = {"location": location, "match": {"namespaces": ["default"], "kinds": [{"apiGroups": [""], "kinds": ["ConfigMap"]}]},
            "parameters": {"assign": {"externalData": {"provider": "vetted", **external}}}}
    if kind == "Assign":
        spec["applyTo"] = [{"groups": [""], "versions": ["v1"], "kinds": ["ConfigMap"]}]
    w.call("DELETE", path + "/" + name)
    return w.call("POST", path, {"apiVersion": "mutations.gatekeeper.sh/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})


def refused_mutators(w):
    ok(refused(mutator(w, "a", "data.a", failurePolicy="UseDefault"), "`default` must not be empty"), "UseDefault has a default")
    ok(refused(mutator(w, "a", "data.a", provider=""), "expected the name of a Provider"), "a Provider has a name")
    ok(refused(mutator(w, "a", "metadata.labels.a", "AssignMetadata"), "only Username"), "what is added has no value to ask about")
    ok(refused(mutator(w, "a", "data[name: a]"), "cannot assign an answer of a Provider to a list"), "an answer is no list")


def mutated(w):
    w.provide()
    ok(mutator(w, "a", "data.a")[0] == 201 and mutator(w, "b", "data.b")[0] == 201, "mutators that ask")
    ok(mutator(w, "who", "metadata.labels.who", "AssignMetadata", dataSource="Username")[0] == 201, "and who writes, too")
    del w.provider.asked[:]
    answer = w.make(a="bad", b="fine-1", c="bad")
    ok(answer[0] == 201 and answer[1]["data"] == {"a": "refused", "b": "fine", "c": "bad"} and answer[1]["metadata"]["labels"]["who"] == "fine",
       "answers stand where the questions did", answer)
    asked = [sorted(a["request"]["keys"]) for a in w.provider.asked]
    ok(asked == [["admin", "bad", "fine-1"]], "one question for all of them, each key once", asked)
    answer = w.make(a="bad", b="bad")
    ok(answer[1]["data"] == {"a": "refused", "b": "refused"} and len(w.provider.asked) == 1, "what is known is not asked again", answer)
    answer = w.make(a="odd-1", b="odd-2")
    ok(refused(answer, "/a: failed to retrieve external data item from provider vetted: unheard of; Assign.mutations.gatekeeper.sh /b: "),
       "Fail refuses, and tells of all", answer)


def many(w):
    """As many as a body has: it takes as long as they are, and the fault that they share is told once."""
    spec = {"location": "spec.template.spec.containers[name:*].image", "applyTo": [{"groups": ["apps"], "versions": ["v1"], "kinds": ["Deployment"]}],
            "parameters": {"assign": {"externalData": {"provider": "vetted"}}}}
    path = "/apis/mutations.gatekeeper.sh/v1/assign"
    w.call("POST", path, {"apiVersion": "mutations.gatekeeper.sh/v1", "kind": "Assign", "metadata": {"name": "images"}, "spec": spec})
    pods = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c%d" % i, "image": "i%d" % i} for i in range(40000)]}}
    answer = w.call("POST", "/apis/apps/v1/namespaces/default/deployments", {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pods}})
    ok(refused(answer, "keys: expected a list of at most 1000 texts") and answer[1]["message"].count("Assign.mutations.gatekeeper.sh /images") == 1,
       "40000 are too many to ask about", answer[1].get("message", "")[:2000])
    w.call("DELETE", path + "/images")


def policies(w):
    mutator(w, "a", "data.a", failurePolicy="Ignore")
    mutator(w, "b", "data.b", failurePolicy="UseDefault", default="standard")
    answer = w.make(a="odd-3", b="odd-4", c="same")
    ok(answer[0] == 201 and answer[1]["data"] == {"a": "odd-3", "b": "standard", "c": "same"}, "Ignore leaves what was there, UseDefault has its own", answer)
    for path in ("/fickle", "/number", "/ill", "/away", "/broken"):
        w.provide(path)
        answer = w.make(a="good", b="good")
        ok(refused(answer, "AssignMetadata.mutations.gatekeeper.sh /who"), "no answer of use refuses: " + path, answer)
    w.call("DELETE", "/apis/mutations.gatekeeper.sh/v1/assignmetadata/who")
    answer = w.make(a="good", b="good")
    ok(answer[0] == 201 and answer[1]["data"] == {"a": "good", "b": "standard"}, "or is made up for", answer)
    mutator(w, "a", "data.d", failurePolicy="Ignore")
    answer = w.make(b="good")
    ok(answer[0] == 201 and answer[1]["data"] == {"b": "standard"}, "nothing stays nothing", answer)
    w.provide("/fickle")
    mutator(w, "a", "data.a")
    answer = w.make(a="good")
    ok(refused(answer, "external data provider vetted: non-idempotent response"), "an answer that may be another next time is none", answer)
    w.call("DELETE", PROVIDERS + "/vetted")
    answer = w.make(a="good")
    ok(refused(answer, 'there is no Provider \\"vetted\\"') or refused(answer, 'there is no Provider "vetted"'), "nobody of that name", answer)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/other")
        other, stranger = forge.serve_hooks(Provider, folder + "/other", "IP:127.0.0.1")
        other.server_close()
        with World(folder) as w:
            providers(w)
            answers(w)
            failures(w, stranger)
            w.call("DELETE", "/apis/constraints.gatekeeper.sh/v1beta1/known/known")
            refused_mutators(w)
            mutated(w)
            many(w)
            policies(w)
        w.provider.shutdown()
        w.provider.server_close()
    print("1..%d" % forge.count)


main()
