"""Strategic merge patches of apimachinery, over the type that its tests have (its schema: SCHEMA).  A case is a document, a
patch and what becomes of it, or the error: `pave patch --schema` says the same.  Each case there has up to two: the
two-way patch on the original, and the three-way patch on what is there.  (How the tests sort lists before they compare
them is no case: nothing that patches sorts them.)"""
import json
import os
import subprocess
import tempfile

import yaml

ITEM = {"$ref": "#"}
SCALARS = {name: {"type": "string"} for name in ("name", "value", "other")}


def listed(strategy=None, key=None, of=None):
    out = {"type": "array", "items": of or ITEM}
    if strategy:
        out["x-kubernetes-patch-strategy"] = strategy
    if key:
        out["x-kubernetes-patch-merge-key"] = key
    return out


NUMBER = {"type": "integer"}
SCHEMA = {"type": "object", "properties": dict(
    SCALARS, mergingList=listed("merge", "name"), nonMergingList=listed(), mergingIntList=listed("merge", of=NUMBER),
    nonMergingIntList=listed(of=NUMBER), mergeItemPtr={"allOf": [ITEM], "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"},
    simpleMap={"type": "object", "additionalProperties": {"type": "string"}}, replacingItem={"type": "object", "x-kubernetes-patch-strategy": "replace"},
    retainKeysMap={"allOf": [ITEM], "x-kubernetes-patch-strategy": "retainKeys"}, retainKeysMergingList=listed("merge,retainKeys", "name"))}


def text(value):
    """A document of the data: YAML text, or a value."""
    return value if isinstance(value, str) else json.dumps(value or {})


def judge(case):
    original, patch, want, error = case
    with tempfile.TemporaryDirectory() as tmp:
        for name, content in (("schema", json.dumps(SCHEMA)), ("object", text(original)), ("patch", text(patch))):
            with open(os.path.join(tmp, name), "w", encoding="utf-8") as f:
                f.write(content.strip() or "{}")
        done = subprocess.run([os.environ["PAVE"], "patch", "--schema", "schema", "-o", "json", "object", "patch"], cwd=tmp, capture_output=True, text=True)
        if error:
            return None if done.returncode and error in done.stderr else "wanted the error %r, found %r" % (error, done.stderr or done.stdout)
        if done.returncode:
            return done.stderr.strip()
        found, wanted = json.loads(done.stdout), yaml.safe_load(text(want)) or {}
        return None if found == wanted else "found %s, wanted %s" % (json.dumps(found), json.dumps(wanted))


def cases(folder):
    out = []

    def add(name, c, keys):
        original, current, two, three, two_result, modified, result = keys
        want = c.get(two_result) if two_result in c else c.get(modified)
        out.append((name + ", two-way", (c.get(original), c.get(two), want, c.get("ExpectedError"))))
        if three in c:
            out.append((name + ", three-way", (c.get(current), c[three], c.get(result), None)))

    with open(os.path.join(folder, "rawTestCases.json"), encoding="utf-8") as f:
        for i, c in enumerate(json.load(f)):
            add("%s %d: %s" % (c["set"], i, c["description"]), c, ("Original", "Current", "TwoWay", "ThreeWay", "TwoWayResult", "Modified", "Result"))
    for kind in ("custom", "create"):
        with open(os.path.join(folder, kind + "StrategicMergePatchTestCaseData.yaml"), encoding="utf-8") as f:
            table = yaml.safe_load(f)["testCases"]
        for i, c in enumerate(table):
            add("%s %d: %s" % (kind, i, c["description"]), c, ("original", "current", "twoWay", "threeWay", "twoWayResult", "modified", "result"))
    return out
