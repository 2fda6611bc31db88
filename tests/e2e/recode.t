#!/usr/bin/env python3
"""`pave recode`: objects between JSON, YAML and protobuf, of every published group-version.  Speaks TAP."""
import json
import os
import subprocess

PAVE = os.path.abspath(os.environ.get("PAVE", "build/debug/pave"))
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


def recode(given, form="yaml", *more):
    done = subprocess.run([PAVE, "recode", "-o", form, *more], input=given if isinstance(given, bytes) else given.encode(), capture_output=True)
    return done.stdout, done.stderr.decode(), done.returncode


def field(number, value):
    """A protobuf field: text, message (bytes) or number."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    value = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(value)]) + value


def envelope(version, kind, message):
    return b"k8s\0" + field(1, field(1, version) + field(2, kind)) + field(2, message) + field(3, "") + field(4, "")


# Go writes what is no pointer although it is zero: the empty texts of metadata, and a time that never was.
META = (field(1, "a") + field(2, "") + field(3, "default") + field(4, "") + field(5, "") + field(6, "") + field(7, 0) + field(8, b""))
MAP = envelope("v1", "ConfigMap", field(1, META) + field(2, field(1, "k") + field(2, "v")))
YAML = b"apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: default\n"
JSON = b'{\n  "kind": "ConfigMap",\n  "apiVersion": "v1",\n  "metadata": {\n    "name": "a",\n    "namespace": "default"\n  },\n  "data": {\n    "k": "v"\n  }\n}\n'

for source, given in (("protobuf", MAP), ("yaml", YAML), ("json", JSON)):
    for form, want in (("protobuf", MAP), ("yaml", YAML), ("json", JSON)):
        check("%s of %s" % (form, source), recode(given, form), (want, "", 0))

# Versions that no server serves any more, and such as none serves yet.
for version, kind in (("extensions/v1beta1", "Ingress"), ("apps/v1beta1", "Deployment"), ("scheduling.k8s.io/v1alpha3", "Workload"),
                      ("admission.k8s.io/v1", "AdmissionReview"), ("v1", "ConfigMapList"), ("apps/v1", "DeleteOptions")):
    made = recode(json.dumps({"apiVersion": version, "kind": kind}), "protobuf")
    back = recode(made[0], "json")
    check("%s of %s" % (kind, version), (made[2], {k: v for k, v in json.loads(back[0] or b"{}").items() if k in ("apiVersion", "kind")}),
          (0, {"apiVersion": version, "kind": kind}))

# What is inlined in Go is a message of its own, written although nothing is in it.
check("an empty volume", envelope("v1", "Pod", b"")[:12] == recode('{"apiVersion": "v1", "kind": "Pod"}', "protobuf")[0][:12])
volume = recode('{"apiVersion": "v1", "kind": "Pod", "spec": {"volumes": [{"name": "v"}], "containers": null}}', "protobuf")[0]
check("has an empty source", field(1, field(1, "v") + field(2, b"")) in volume)
check("a watch's event has no kind", recode('{"type": "ADDED", "object": {"a": 1}}', "protobuf")[0],
      envelope("", "", field(1, "ADDED") + field(2, field(1, '{"a":1}'))))

# What would be lost is refused, or said.
out, said, code = recode("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndatum: {k: v}\n", "protobuf")
check("an unknown field has no protobuf form", (out, code, "no such fields" in said and "datum" in said), (b"", 1, True))
check("but YAML", recode("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndatum: {k: v}\n", "json")[2], 0)
out, said, code = recode("apiVersion: example.com/v1\nkind: Thing\n", "protobuf")
check("nor has a custom kind", (code, "Thing of example.com/v1 has no protobuf form" in said), (1, True))
check("which YAML and JSON have", recode('{"kind": "Thing", "apiVersion": "example.com/v1", "b": 1, "a": 2}', "yaml")[0],
      b"a: 2\napiVersion: example.com/v1\nb: 1\nkind: Thing\n")
out, said, code = recode(envelope("v1", "ConfigMap", field(1, META) + field(15, "new")))
check("a field that nobody knows is told", (code, out[:14], "which are lost" in said), (0, b"apiVersion: v1", True))
check("YAML may begin as JSON does", recode("{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: default}, data: {k: v}}"), (YAML, "", 0))
check("half a message is none", recode(MAP[:20])[2], 1)
check("nor is a list", recode("[1]")[2], 1)
check("no such form", recode("{}", "xml")[2], 2)
print("1..%d" % count)
