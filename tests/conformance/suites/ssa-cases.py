"""Cases of structured-merge-diff (apply and update by several managers), told to a running `pave serve`
as custom resources: the schema becomes a CRD, converters its conversion webhook, each step a PATCH or PUT, a
changed schema a PUT of the CRD; after each step the object and who owns what are compared.

What the library leaves to its callers is the API's here: defaults are filled in, and an ignored field is
`status`, which a write of the object does not write.  No request says the rest (README.md), and
tests/unit/core/ssa_cases_test.c runs it on the merge itself."""
import json
import os
import re
import tempfile

import served
import ssa_hook
import ssa_types
import yaml

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Loader(yaml.SafeLoader):
    """YAML 1.1 as Go's reader has it: y and n are booleans too."""


Loader.yaml_implicit_resolvers = dict(yaml.SafeLoader.yaml_implicit_resolvers)
for letter, word in zip("yYnN", (True, True, False, False)):
    Loader.add_implicit_resolver("tag:go,2:%s" % letter, re.compile("^%s$" % letter), [letter])
    Loader.add_constructor("tag:go,2:%s" % letter, lambda _, __, word=word: word)


def owners(doc):
    out = {}
    for e in doc.get("metadata", {}).get("managedFields", []):
        out[e["manager"]] = (e["operation"] == "Apply", e["apiVersion"].split("/")[1], e["fieldsV1"])
    return out


def bare(doc):
    return {k: v for k, v in doc.items() if k not in ("apiVersion", "kind", "metadata")}


def text(value):
    return json.dumps(value, sort_keys=True)[:400]


class Case:
    """One case at one server; every case has an API group of its own."""

    def __init__(self, connection, hook, folder, number, case):
        self.connection, self.case = connection, case
        self.group = "c%d.ssa.dev" % number
        self.conversion = hook.conversion(case["converter"])
        self.types, self.roots = {}, {}
        for version, name in case["schemas"].items():
            digest, self.roots[version] = name.split(" namedType: ")
            with open(os.path.join(folder, "schema-%s.yaml" % digest), encoding="utf-8") as f:
                self.types[version] = {t["name"]: t for t in yaml.safe_load(f)["types"]}
        self.ignored = self.ignored_field() if case["hasIgnore"] else None

    def send(self, method, path, body=None, kind="application/json"):
        status, _, answer = self.connection.send(method, path, json.dumps(body) if body is not None else None, kind)
        return status, json.loads(answer) if answer[:1] == "{" else {}

    def ignored_field(self):
        """The one top-level field that nobody ever owns."""
        given, owned = set(), set()
        for step in self.case["steps"]:
            given |= set(self.parsed(step))
            owned |= {f[2:] for m in step["managers"].values() for f in m["fieldsV1"]}
        if len(given - owned) != 1 or len(self.roots) != 1:
            raise ssa_types.Unsupported("ignores fields that lie deeper, or in one version only")
        return (given - owned).pop()

    def parsed(self, step):
        return dict(yaml.load(step["object"], Loader) or {})

    def object_of(self, step):
        return {"status" if k == self.ignored else k: v for k, v in self.parsed(step).items()}

    def schema(self, version):
        out = ssa_types.crd_schema(self.types[version], {"namedType": self.roots[version]})
        out.setdefault("type", "object")
        return out

    def define(self, method, path, metadata):
        """The CRD as the types are now; its storage version is the first."""
        versions = [{"name": v, "served": True, "storage": i == 0, "schema": {"openAPIV3Schema": self.schema(v)}}
                    for i, v in enumerate(sorted(self.roots))]
        if self.ignored:
            versions[0]["subresources"] = {"status": {}}
        status, made = self.send(method, path, {
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
            "spec": {"group": self.group, "scope": "Cluster", "versions": versions, "conversion": self.conversion,
                     "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}}})
        return "definition: " + made.get("message", "")[:300] if status >= 400 else None

    def redefine(self):
        self.types = {v: ssa_types.changed(self.case["test"], t) for v, t in self.types.items()}
        path = CRDS + "/things." + self.group
        return self.define("PUT", path, self.send("GET", path)[1]["metadata"])

    def extract(self, step, body, now):
        """What the manager has applied, read back, and the body on top of it."""
        version = step["apiVersion"]
        types, root = self.types[version], {"namedType": self.roots[version]}
        mine = owners(now).get(step["manager"])
        base = mine and ssa_types.extracted(types, root, bare(now), mine[2])
        return ssa_types.merged(types, root, base or {}, body)

    def write(self, step):
        version, op = step["apiVersion"], step["op"]
        path = "/apis/%s/%s/things" % (self.group, version)
        status, now = self.send("GET", path + "/x")
        body = self.object_of(step)
        if ssa_types.lacks_key(self.schema(version), body):
            raise ssa_types.Unsupported("an element without a key that has no default")
        if op == "extractApply":
            body = self.extract(step, body, now)
        body.update(apiVersion="%s/%s" % (self.group, version), kind="Thing", metadata={"name": "x"})
        who = "fieldManager=" + step["manager"]
        if op == "update":
            if status == 404:
                return self.send("POST", path + "?" + who, body)
            body["metadata"] = dict(now["metadata"])
            return self.send("PUT", path + "/x?" + who, body)
        force = "&force=true" if op != "apply" else ""
        return self.send("PATCH", path + "/x?" + who + force, body, "application/apply-patch+yaml")

    def compare(self, step, version):
        _, doc = self.send("GET", "/apis/%s/%s/things/x" % (self.group, version))
        have = bare(doc) if doc.get("kind") == "Thing" else {}
        want = {k: v for k, v in (step["live"] or {}).items() if k != self.ignored}
        if step["live"] is not None:
            want = ssa_types.filled(self.schema(version), want)
        if have != want:
            return "object %s, wanted %s" % (text(have), text(want))
        wanted = {m: (v["applied"], v["apiVersion"], v["fieldsV1"]) for m, v in step["managers"].items()}
        if owners(doc) != wanted:
            return "owners %s, wanted %s" % (text(owners(doc)), text(wanted))
        return None

    def refusal(self, step, status, doc):
        """What is wrong with the answer, where the library has an error or conflicts."""
        if status < 400:
            return "accepted, wanted %s" % (step.get("error") or step["expectConflicts"])
        if not step.get("expectConflicts"):
            return None
        named = re.search(r': (\..*)$', step["expectConflicts"])
        wanted = [named.group(1)] if named else re.findall(r"^- (.*)$", step["expectConflicts"], re.M)
        found = [c["field"] for c in doc.get("details", {}).get("causes", []) if c["reason"] == "FieldManagerConflict"]
        return None if sorted(found) == sorted(wanted) else "conflicts %s, wanted %s" % (found, wanted)

    def play(self):
        """None, or what went wrong."""
        problem = self.define("POST", CRDS, {"name": "things." + self.group})
        for i, step in enumerate(self.case["steps"]):
            if problem:
                break
            version = step.get("apiVersion") or version
            if step["op"] == "fixture.ChangeParser":
                problem = self.redefine()
            else:
                status, doc = self.write(step)
                if step.get("error") or step.get("expectConflicts"):
                    problem = self.refusal(step, status, doc)
                elif status >= 400:
                    problem = "refused: " + doc.get("message", "")[:300]
            problem = problem or self.compare(step, version)
            problem = problem and "step %d: %s" % (i, problem)
        return problem


def cases(folder):
    out = []
    with tempfile.TemporaryDirectory() as tmp, served.server() as client:
        hook, connection = ssa_hook.Hook(tmp), served.Kept(client)
        for number, row in enumerate(served.lines(os.path.join(folder, "cases.jsonl"))):
            if "TestDuplicates" in row["test"]:
                continue  # a CRD refuses them
            try:
                out.append(("%03d %s" % (number, row["test"]), Case(connection, hook, folder, number, row).play()))
            except ssa_types.Unsupported as why:
                if os.environ.get("PAVE_SSA_SKIPPED"):
                    print("%03d %s: %s" % (number, row["test"], why))
        hook.close()
    return out


def judge(case):
    return case
