#!/usr/bin/env python3
"""`pave patch`: files patched without a server.  Speaks TAP."""
import json
import os
import subprocess
import tempfile

PAVE = os.path.abspath(os.environ.get("PAVE", "build/debug/pave"))
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


def patch(given, change, *more):
    with open("object", "w", encoding="utf-8") as f:
        json.dump(given, f)
    done = subprocess.run([PAVE, "patch", "-o", "json", "object", "-", *more], input=json.dumps(change), capture_output=True, text=True)
    return json.loads(done.stdout) if not done.returncode else "%d %s" % (done.returncode, done.stderr)


def main():
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]}}
    add = {"spec": {"containers": [{"name": "c"}, {"name": "b", "image": "b:2"}], "$setElementOrder/containers": [{"name": "c"}, {"name": "b"}]}}
    check("a built-in kind merges its lists by their keys", [(c["name"], c.get("image")) for c in patch(pod, add)["spec"]["containers"]],
          [("c", None), ("a", "a:1"), ("b", "b:2")])
    check("what is to go goes", patch(pod, {"spec": {"containers": [{"name": "a", "$patch": "delete"}]}})["spec"]["containers"], [{"name": "b", "image": "b:1"}])
    check("a merge patch replaces them", patch(pod, {"spec": {"containers": [{"name": "b"}]}}, "--type", "merge")["spec"]["containers"], [{"name": "b"}])
    check("a JSON Patch does as it is told", patch(pod, [{"op": "remove", "path": "/spec/containers/0"}], "--type=json")["spec"]["containers"],
          [{"name": "b", "image": "b:1"}])
    check("and says what it cannot", "spec/nothing" in patch(pod, [{"op": "remove", "path": "/spec/nothing"}], "--type=json"))
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "parts": [{"id": 1, "a": 1}], "tags": ["x"]}
    check("how a custom kind's lists are merged is not known", "Thing of example.com/v1 is no built-in kind" in patch(thing, {}))
    part = {"type": "object", "properties": {"id": {"type": "integer"}, "parts": {
        "type": "array", "items": {"$ref": "#/definitions/part"}, "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id"}}}
    with open("schema", "w", encoding="utf-8") as f:
        json.dump({"definitions": {"part": part}, "properties": {
            "parts": part["properties"]["parts"], "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge"}}}, f)
    change = {"parts": [{"id": 1, "b": 2, "parts": [{"id": 3}]}], "tags": ["y"]}
    once = patch(thing, change, "--schema", "schema")
    check("unless a schema says it", (once["parts"], once["tags"]), ([{"id": 1, "a": 1, "b": 2, "parts": [{"id": 3}]}], ["y", "x"]))
    check("at every depth of what refers to itself", patch(once, {"parts": [{"id": 1, "parts": [{"id": 4}]}]}, "-s", "schema")["parts"][0]["parts"],
          [{"id": 4}, {"id": 3}])
    check("a merge key must be there", "does not contain declared merge key" in patch(thing, {"parts": [{"b": 1}]}, "-s", "schema"))
    check("a schema is for strategic merge", patch(thing, {}, "-s", "schema", "-t", "merge")[:1], "2")
    check("what is broken is called by its name", "standard input:" in subprocess.run(
        [PAVE, "patch", "object", "-"], input="{a", capture_output=True, text=True).stderr)
    check("a kind of patch that there is not", patch(thing, {}, "-t", "apply")[:1], "2")
    print("1..%d" % count)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
