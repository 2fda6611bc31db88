#!/usr/bin/env python3
"""applicationset_schema.t: the Application in an ApplicationSet's template is the Application: the same fields of the same
types in both definitions."""
import os

import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")


def spec_of(path):
    with open(os.path.join(ROOT, "src/delivery", path), encoding="utf-8") as f:
        return yaml.safe_load(f)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def differences(a, b, path):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            if key == "description" and isinstance(a.get(key, b.get(key)), str):
                continue
            if key in a and key in b:
                yield from differences(a[key], b[key], path + "." + key)
            else:
                yield "%s.%s is only in %s" % (path, key, "application.yaml" if key in a else "applicationset.yaml")
    elif a != b:
        yield "%s: %s in application.yaml, %s in applicationset.yaml" % (path, a, b)


found = list(differences(spec_of("application/crds/application.yaml"),
                         spec_of("applicationset/crds/applicationset.yaml")["properties"]["template"]["properties"]["spec"], "spec"))
print("%sok 1 - both definitions say the same of an Application" % ("not " if found else ""))
for line in found:
    print("# " + line)
print("1..1")
