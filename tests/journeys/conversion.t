#!/usr/bin/env python3
"""Conversion webhooks of CRDs: a real one over TLS that turns spec.host into spec.hosts.  Speaks TAP."""
import http.client
import http.server
import json
import os
import socket
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

PATH = "/apis/example.org/%s/namespaces/default/sites"


def converted(obj, version):
    """v1: spec.hosts, a list; v1beta1: spec.host, words with blanks between."""
    spec = dict(obj.get("spec", {}))
    if version == "example.org/v1" and "host" in spec:
        spec["hosts"] = spec.pop("host").split()
    elif version == "example.org/v1beta1" and "hosts" in spec:
        spec["host"] = " ".join(spec.pop("hosts"))
    return {**obj, "apiVersion": version, "spec": spec}


class Hook(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = review["request"]
        self.server.asked.append((self.path, request))
        response = {"uid": request["uid"], "result": {"status": "Success"},
                    "convertedObjects": [converted(o, request["desiredAPIVersion"]) for o in request["objects"]]}
        body = json.dumps(self.server.spoil({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class World(forge.Server):
    def __init__(self, folder):
        self.hook, self.ca = forge.serve_hooks(Hook, folder)
        self.hook.asked, self.hook.spoil = [], lambda r: r
        self.url = "https://127.0.0.1:%d/convert" % self.hook.server_address[1]
        threading.Thread(target=self.hook.serve_forever, daemon=True).start()
        super().__init__(folder)

    def call(self, method, path, body=None, kind="application/json"):
        status, _, text = self.admin.request(method, path, body and json.dumps(body), kind)
        return status, json.loads(text)

    def define(self):
        def version(name, field, schema):
            # Not the same in both: upstream takes that for fields of one schema, which there is none of.
            selectable = [{"jsonPath": ".spec.size"}] + [{"jsonPath": ".spec.host"}] * (field == "host")
            return {"name": name, "served": True, "storage": name == "v1", "selectableFields": selectable,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {field: schema, "size": {"type": "integer", "default": 1}}}}}}}
        return self.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "sites.example.org"},
            "spec": {"group": "example.org", "scope": "Namespaced", "names": {"kind": "Site", "plural": "sites"},
                     "versions": [version("v1", "hosts", {"type": "array", "items": {"type": "string"}}), version("v1beta1", "host", {"type": "string"})],
                     "conversion": {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"],
                                                                      "clientConfig": {"url": self.url, "caBundle": self.ca}}}}})

    def make(self, version, name, **spec):
        return self.call("POST", PATH % version, {"apiVersion": "example.org/" + version, "kind": "Site", "metadata": {"name": name}, "spec": spec})

    def get(self, version, name=""):
        return self.call("GET", PATH % version + ("/" + name if name else ""))


def versions(w):
    status, doc = w.define()
    ok(status == 201 and [c["type"] for c in doc["status"]["conditions"]] == ["NamesAccepted", "Established"], "a CRD with two versions and a webhook", doc)
    status, doc = w.make("v1beta1", "old", host="a b")
    ok(status == 201 and doc["apiVersion"] == "example.org/v1beta1" and doc["spec"] == {"host": "a b", "size": 1} and doc["metadata"]["resourceVersion"],
       "an object of the old version", doc)
    status, doc = w.get("v1", "old")
    w.hook.asked.clear()
    ok(status == 200 and doc["spec"] == {"hosts": ["a", "b"], "size": 1} and w.get("v1", "old")[0] == 200 and not w.hook.asked,
       "is kept as the new one, which nobody converts", doc)
    status, doc = w.get("v1beta1", "old")
    path, request = w.hook.asked[0]
    ok(status == 200 and doc["spec"] == {"host": "a b", "size": 1} and path == "/convert?timeout=30s" and request["desiredAPIVersion"] == "example.org/v1beta1",
       "and is read as the old one", (doc, w.hook.asked))
    w.make("v1", "new", hosts=["c"])
    w.make("v1", "third", hosts=["d"])
    w.hook.asked.clear()
    status, doc = w.get("v1beta1")
    ok([i["spec"]["host"] for i in doc["items"]] == ["c", "a b", "d"] and len(w.hook.asked) == 1 and len(w.hook.asked[0][1]["objects"]) == 3,
       "a list is one call", (doc, len(w.hook.asked)))
    status, doc = w.call("PATCH", PATH % "v1beta1" + "/new", {"spec": {"host": "x y"}}, "application/merge-patch+json")
    ok(status == 200 and doc["spec"]["host"] == "x y" and w.get("v1", "new")[1]["spec"]["hosts"] == ["x", "y"], "a patch in the old version", doc)
    version = doc["metadata"]["resourceVersion"]
    status, doc = w.call("PATCH", PATH % "v1beta1" + "/new", {"spec": {"host": "x y"}}, "application/merge-patch+json")
    ok(status == 200 and doc["metadata"]["resourceVersion"] == version and doc["apiVersion"] == "example.org/v1beta1", "and one that changes nothing", doc)
    status, doc = w.make("v1beta1", "wrong", host=5)
    ok(status == 422 and "spec.host" in doc["message"], "each version has its own schema", doc)
    status, _, text = w.admin.request("GET", PATH % "v1" + "?watch=true&timeoutSeconds=1")
    ok(status == 200 and text.count('"ADDED"') == 3, "a watch of the stored one works", text)
    ok(w.call("DELETE", PATH % "v1beta1" + "/third")[0] == 200 and w.get("v1", "third")[0] == 404, "a delete in the old version")


def watched(w, query="", during=None, last=("ADDED", "old"), accept="application/json"):
    """The events of a watch of the old version, [(type, object)], up to `last`: (type, name), or a type."""
    conn = http.client.HTTPSConnection(w.admin.host, w.admin.port, timeout=600, context=w.admin.tls)
    conn.request("GET", PATH % "v1beta1" + "?watch=true" + query, headers={"Accept": accept})
    answer, events = conn.getresponse(), []
    for line in iter(answer.readline, b""):
        event = json.loads(line)
        events.append((event["type"], event["object"]))
        if during and len(events) == 1:
            during()
        if event["type"] == last or (event["type"], event["object"]["metadata"].get("name")) == last:
            break
    conn.close()
    return events


def watches(w):
    w.hook.asked.clear()
    seen = watched(w)
    ok([(t, o["metadata"]["name"], o["spec"]["host"]) for t, o in seen] == [("ADDED", "new", "x y"), ("ADDED", "old", "a b")] and len(w.hook.asked) == 1,
       "a watch of the old version begins with all objects, converted in one call", (seen, len(w.hook.asked)))

    ok(len(w.call("GET", PATH % "v1" + "?fieldSelector=spec.size%3D1")[1]["items"]) == 2, "selectable fields select in the stored version")
    status, doc = w.call("GET", PATH % "v1beta1" + "?fieldSelector=spec.size%3D1")
    ok(status == 501 and "objects are selected as they are stored" in doc["message"], "and in a converted one are refused, not misread", doc)

    written = threading.Event()

    def spoil(review):
        written.wait(600)  # what is written meanwhile comes in the next batch
        return review

    def during():
        w.hook.spoil = spoil
        for i in range(30):
            w.make("v1", "n%02d" % i, hosts=["h%d" % i])
            if i == 9:
                written.set()
        w.call("PATCH", PATH % "v1" + "/n03", {"spec": {"hosts": ["z"]}, "metadata": {"labels": {"seen": "yes"}}}, "application/merge-patch+json")
        w.call("DELETE", PATH % "v1" + "/n03")
        w.hook.spoil = lambda r: r

    w.hook.asked.clear()
    seen = [(t, o) for t, o in watched(w, "&fieldSelector=metadata.name!%3Dold", during, ("DELETED", "n03"))]
    revs = [int(o["metadata"]["resourceVersion"]) for _, o in seen]
    ok([(t, o["metadata"]["name"]) for t, o in seen] == [("ADDED", "new")] + [("ADDED", "n%02d" % i) for i in range(30)] + [("MODIFIED", "n03"), ("DELETED", "n03")]
       and revs[1:] == sorted(set(revs[1:])), "what happens comes in its order, each once", [(t, o["metadata"]["name"]) for t, o in seen])
    ok(all(o["apiVersion"] == "example.org/v1beta1" and "hosts" not in o["spec"] for _, o in seen) and seen[-1][1]["spec"]["host"] == "z",
       "in the version that was asked for, what is deleted too", seen[-1])
    ok(len(w.hook.asked) < 33, "in fewer calls than events", len(w.hook.asked))

    def unlabel():
        w.call("PATCH", PATH % "v1" + "/n04", {"metadata": {"labels": {"seen": None}}}, "application/merge-patch+json")
    w.call("PATCH", PATH % "v1" + "/n04", {"metadata": {"labels": {"seen": "yes"}}}, "application/merge-patch+json")
    seen = watched(w, "&labelSelector=seen%3Dyes", unlabel, ("DELETED", "n04"))
    ok([(t, o["spec"].get("host")) for t, o in seen] == [("ADDED", "h4"), ("DELETED", "h4")], "an object that leaves the selection is gone, as it was", seen)
    seen = watched(w, "&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=seen%3Dno", last="BOOKMARK")
    seen += watched(w, "&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan", last="BOOKMARK")
    ok([t for t, _ in seen] == ["BOOKMARK"] + ["ADDED"] * 31 + ["BOOKMARK"] and seen[-1][1]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
       and seen[-1][1]["apiVersion"] == "example.org/v1beta1", "a watch-list ends its list with a bookmark", [t for t, _ in seen])
    seen = watched(w, "&fieldSelector=metadata.name%3Dold", last="ADDED", accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    ok([(t, o["kind"], o["rows"][0]["cells"][0]) for t, o in seen] == [("ADDED", "Table", "old")], "as a table", seen)
    w.hook.spoil = lambda r: {**r, "response": {**r["response"], "result": {"status": "Failure", "message": "no idea"}}}
    seen = watched(w, last="ERROR")
    ok([(t, o["code"], o["reason"]) for t, o in seen] == [("ERROR", 500, "InternalError")] and "conversion webhook for example.org/v1, Kind=Site failed: no idea" in seen[0][1]["message"],
       "a webhook that fails ends the watch with its words", seen)

    asked, go = threading.Event(), threading.Event()

    def hang(review):
        asked.set()
        go.wait(600)
        return review
    w.hook.spoil = hang
    leaver = w.admin.tls.wrap_socket(socket.create_connection((w.admin.host, w.admin.port)), server_hostname=w.admin.host)
    leaver.sendall(("GET %s?watch=true HTTP/1.1\r\nHost: x\r\n\r\n" % (PATH % "v1beta1")).encode())
    asked.wait(600)
    leaver.close()
    ok(w.get("v1", "old")[0] == 200, "a client that leaves while its objects are converted holds nobody up")
    go.set()
    w.hook.spoil = lambda r: r
    for i in range(30):
        w.call("DELETE", PATH % "v1" + "/n%02d" % i)


def faults(w):
    def spoiled(what, spoil, text):
        w.hook.spoil = spoil
        status, doc = w.get("v1beta1", "old")
        ok(status == 500 and "conversion webhook for example.org/v1, Kind=Site " in doc["message"] and text in doc["message"], what, (status, doc))
        w.hook.spoil = lambda r: r

    def response(**more):
        return lambda r: {**r, "response": {**r["response"], **more}}

    def first(change):
        return lambda r: response(convertedObjects=[change(o) for o in r["response"]["convertedObjects"]])(r)

    spoiled("a failure with words", response(result={"status": "Failure", "message": "no idea"}), "failed: no idea")
    spoiled("a failure without", response(result={"status": "Failure"}), "failed: response.result.status was 'Failure', not 'Success'")
    spoiled("another uid", response(uid="x"), "failed: expected response.uid=")
    spoiled("too few objects", response(convertedObjects=[]), "returned 0 objects, expected 1")
    spoiled("another version", first(lambda o: {**o, "apiVersion": "example.org/v1"}),
            "returned invalid object at index 0: invalid groupVersion (expected example.org/v1beta1, received example.org/v1)")
    spoiled("another name", first(lambda o: {**o, "metadata": {**o["metadata"], "name": "x"}}), "returned invalid object: must have the same name: old != x")
    spoiled("another kind", first(lambda o: {**o, "kind": "Sight"}), "returned invalid object at index 0: invalid kind (expected Site, received Sight)")

    def metadata(what, text, **more):
        spoiled(what, first(lambda o: {**o, "metadata": {**o["metadata"], **more}}), "returned invalid metadata: " + text)

    metadata("labels that can be none", '[metadata.labels: Invalid value: "a b": name part must consist of', labels={"a b": "!!"})
    metadata("labels that are no texts", "metadata.labels[a] must be a string, but is int64 in converted object", labels={"a": 5})
    metadata("labels that are a list", "metadata.labels must be a map, but is []interface {} in converted object", labels=["a"])
    metadata("annotations that can be none", 'metadata.annotation: Invalid value: "a b": name part must consist of', annotations={"a b": "x"})
    w.hook.spoil = first(lambda o: {**o, "metadata": {**o["metadata"], "labels": {"a": "b"}, "finalizers": ["x/y"]}})
    _, doc = w.get("v1beta1", "old")
    ok(doc["metadata"]["labels"] == {"a": "b"} and "finalizers" not in doc["metadata"], "of metadata a webhook changes labels and annotations only", doc)
    w.hook.spoil = lambda r: {**r, "kind": "Other"}
    ok(w.get("v1beta1", "old")[0] == 500 and w.get("v1", "old")[0] == 200, "the stored version needs no webhook")
    before = w.get("v1", "old")[1]["metadata"]["resourceVersion"]
    ok(w.call("PATCH", PATH % "v1beta1" + "/old", {"spec": {"size": 2}}, "application/merge-patch+json")[0] == 500
       and w.get("v1", "old")[1]["metadata"]["resourceVersion"] == before, "what cannot be converted is not written")


def definitions(w):
    def refused(what, conversion, field, text):
        status, doc = w.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "others.example.org"},
            "spec": {"group": "example.org", "scope": "Namespaced", "names": {"kind": "Other", "plural": "others"}, "conversion": conversion,
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]}})
        causes = doc.get("details", {}).get("causes", [])
        ok(status == 422 and any(c["field"] == field and text in c["message"] for c in causes), what, (status, doc))

    at, fine = "spec.conversion", {"url": "https://x/"}
    refused("a webhook that is nowhere", {"strategy": "Webhook"}, at + ".webhookClientConfig", "required when strategy is set to Webhook")
    refused("one without TLS", {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "http://x/"}}}, at + ".webhookClientConfig.url",
            "'https' is the only allowed URL scheme")
    refused("one of unknown reviews", {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v2"], "clientConfig": fine}},
            at + ".conversionReviewVersions", "must include at least one of v1, v1beta1")
    refused("one that is not asked", {"strategy": "None", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": fine}}, at + ".webhookClientConfig",
            "should not be set when strategy is not set to Webhook")


def old_reviews(w):
    name = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sites.example.org"
    w.call("PATCH", name, {"spec": {"conversion": {"webhook": {"conversionReviewVersions": ["v1alpha1", "v1beta1"]}}}}, "application/merge-patch+json")
    seen = []
    w.hook.spoil = lambda r: seen.append(r["apiVersion"]) or r
    ok(w.get("v1beta1", "old")[0] == 200 and seen == ["apiextensions.k8s.io/v1beta1"], "a webhook that knows only the old review is sent it", seen)


def main():
    with tempfile.TemporaryDirectory() as folder, World(folder) as w:
        versions(w)
        watches(w)
        faults(w)
        definitions(w)
        old_reviews(w)
    print("1..%d" % forge.count)


main()
