"""Cases of structured-merge-diff (apply and update by several managers), told to a running `pave serve`
as custom resources: the schema becomes a CRD, each step a PATCH or PUT, and after each the object and who
owns what are compared.  Left out, because no HTTP request says the same: cases with converters between
versions, with ignore filters, with a schema that changes, and the library's ExtractApply."""
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "e2e"))
from client import Client  # noqa: E402

DEPTH = 5


class Unsupported(Exception):
    pass


class Loader(yaml.SafeLoader):
    """YAML 1.1 as Go's reader has it: y and n are booleans too."""


Loader.yaml_implicit_resolvers = dict(yaml.SafeLoader.yaml_implicit_resolvers)
for letter, word in zip("yYnN", (True, True, False, False)):
    Loader.add_implicit_resolver("tag:go,2:%s" % letter, re.compile("^%s$" % letter), [letter])
    Loader.add_constructor("tag:go,2:%s" % letter, lambda _, __, word=word: word)


def crd_schema(types, ref, depth=0):
    """A type of the library as a structural schema; any value may be null there."""
    out = crd_node(types, ref, depth)
    return dict(out, nullable=True) if depth else out


def crd_node(types, ref, depth):
    if depth > DEPTH:
        return {"x-kubernetes-preserve-unknown-fields": True}
    override = None
    while "namedType" in ref:
        override = override or ref.get("elementRelationship")
        ref = types.get(ref["namedType"]) or {"untyped": 1}
    override = override or ref.get("elementRelationship")
    for key in ("map", "list"):
        if override and key in ref:
            ref = {key: dict(ref[key], elementRelationship=override)}
    if "map" in ref and "list" in ref or "untyped" in ref:
        return {"x-kubernetes-preserve-unknown-fields": True}
    if "scalar" in ref:
        kind = {"string": "string", "numeric": "number", "boolean": "boolean"}.get(ref["scalar"])
        return {"type": kind} if kind else {"x-kubernetes-preserve-unknown-fields": True}
    if "map" in ref:
        node, out = ref["map"], {"type": "object"}
        if node.get("elementRelationship") == "atomic":
            out["x-kubernetes-map-type"] = "atomic"
        if node.get("fields"):
            out["properties"] = {}
            for f in node["fields"]:
                out["properties"][f["name"]] = crd_schema(types, f["type"], depth + 1)
                if "default" in f:
                    out["properties"][f["name"]]["default"] = f["default"]
        if node.get("elementType"):
            if "properties" in out:
                raise Unsupported("a map with fields and elements")
            out["additionalProperties"] = crd_schema(types, node["elementType"], depth + 1)
        return out
    node = ref["list"]
    out = {"type": "array", "items": crd_schema(types, node["elementType"], depth + 1)}
    if node.get("elementRelationship") == "associative":
        keys = node.get("keys")
        out["x-kubernetes-list-type"] = "map" if keys else "set"
        if keys:
            out["x-kubernetes-list-map-keys"] = keys
            items = out["items"]
            items.setdefault("required", [])
            items["required"] += [k for k in keys if "default" not in items["properties"][k]]
    else:
        out["x-kubernetes-list-type"] = "atomic"
    return out


class Server:
    def __init__(self):
        self.tmp = tempfile.TemporaryDirectory()
        config = os.path.join(self.tmp.name, "kubeconfig")
        self.out = open(os.path.join(self.tmp.name, "out"), "wb")
        self.process = subprocess.Popen([os.environ["PAVE"], "serve", "--data", self.tmp.name + "/data", "--listen",
                                         "127.0.0.1:0", "--kubeconfig-out", config], stdout=self.out, stderr=self.out)
        for _ in range(400):
            if os.path.exists(config) and b"ready" in open(self.out.name, "rb").read():
                break
            time.sleep(0.05)  # sleeps: until it has started
        client = Client(config, self.tmp.name)
        self.conn = http.client.HTTPSConnection(client.host, client.port, timeout=20, context=client.tls)

    def send(self, method, path, body=None, kind="application/json"):
        self.conn.request(method, path, body=json.dumps(body) if body is not None else None,
                          headers={"Content-Type": kind, "Accept": "application/json"})
        answer = self.conn.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] == b"{" else {}

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.out.close()
        self.tmp.cleanup()


def owners(doc):
    out = {}
    for e in doc["metadata"].get("managedFields", []):
        out[e["manager"]] = (e["operation"] == "Apply", e["apiVersion"].split("/")[1], e["fieldsV1"])
    return out


def bare(doc):
    return {k: v for k, v in doc.items() if k not in ("apiVersion", "kind", "metadata")}


def play(server, folder, number, case):
    group = "c%d.ssa.dev" % number
    versions = []
    for i, (version, name) in enumerate(sorted(case["schemas"].items())):
        digest, ref = name.split(" namedType: ")
        with open(os.path.join(folder, "schema-%s.yaml" % digest), encoding="utf-8") as f:
            types = {t["name"]: t for t in yaml.safe_load(f)["types"]}
        schema = crd_schema(types, {"namedType": ref})
        schema.setdefault("type", "object")
        versions.append({"name": version, "served": True, "storage": i == 0, "schema": {"openAPIV3Schema": schema}})
    status, made = server.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things." + group}, "spec": {"group": group, "scope": "Cluster", "versions": versions, "names": {
            "plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}}})
    if status != 201:
        return "definition: " + made.get("message", "")[:300]
    for i, step in enumerate(case["steps"]):
        base = "/apis/%s/%s/things" % (group, step["apiVersion"])
        body = dict(yaml.load(step["object"], Loader) or {})
        body.update(apiVersion="%s/%s" % (group, step["apiVersion"]), kind="Thing", metadata={"name": "x"})
        who = "fieldManager=" + step["manager"]
        status, now = server.send("GET", base + "/x")
        if step["op"] == "update":
            if status == 404:
                status, doc = server.send("POST", base + "?" + who, body)
            else:
                body["metadata"] = dict(now["metadata"])
                status, doc = server.send("PUT", base + "/x?" + who, body)
        else:
            force = "&force=true" if step["op"] == "forceApply" else ""
            status, doc = server.send("PATCH", base + "/x?" + who + force, body, "application/apply-patch+yaml")
        if step.get("error") or step.get("expectConflicts"):
            if status < 400:
                return "step %d: accepted, wanted %s" % (i, step.get("error") or "conflicts")
            continue
        if status >= 400:
            return "step %d: refused: %s" % (i, doc.get("message", "")[:300])
        status, doc = server.send("GET", "/apis/%s/%s/things/x" % (group, step["apiVersion"]))
        want = step["live"] or {}
        if bare(doc) != want:
            return "step %d: object %s, wanted %s" % (i, json.dumps(bare(doc), sort_keys=True)[:300],
                                                     json.dumps(want, sort_keys=True)[:300])
        wanted = {m: (v["applied"], v["apiVersion"], v["fieldsV1"]) for m, v in step["managers"].items()}
        if owners(doc) != wanted:
            return "step %d: owners %s, wanted %s" % (i, json.dumps(owners(doc), sort_keys=True)[:400],
                                                     json.dumps(wanted, sort_keys=True)[:400])
    return None


def cases(folder):
    out = []
    with open(os.path.join(folder, "cases.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    server = Server()
    try:
        for number, case in enumerate(rows):
            ops = {s["op"] for s in case["steps"]}
            if any(x in case["test"] for x in ("TestDuplicates", "TestDefaultKeys")):
                continue  # a CRD refuses duplicates and fills defaults in
            if "dummyConverter" not in case["converter"] or case["hasIgnore"] or ops - {"apply", "forceApply", "update"}:
                continue
            try:
                problem = play(server, folder, number, case)
            except Unsupported:
                continue
            out.append(("%03d %s" % (number, case["test"]), problem))
    finally:
        server.close()
    return out


def judge(case):
    return case
