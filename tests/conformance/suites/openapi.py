"""Published OpenAPI documents of Kubernetes beside those that Pave serves.  A case is a type (of the swagger of 1.34, the
version of Pave's facts): it has the same fields, of the same types and formats, with the same list and patch
extensions; or a path (of the v3 documents that client-go tests with): the same methods with the same action and kind,
every parameter with the same place and type, the same kinds of bodies and answers.  Types and paths of
kinds that Pave does not serve are no cases, nor are the /watch/ paths, which are deprecated since 1.11."""
import glob
import json
import os

from served import server

EXTENSIONS = ("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-patch-merge-key",
              "x-kubernetes-patch-strategy")
MEANT = {"x-kubernetes-list-type": "atomic", "x-kubernetes-map-type": "granular", "x-kubernetes-patch-strategy": "replace"}  # when nothing is said
PLAIN = {  # types that Pave writes in their place
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ("string", None), "io.k8s.apimachinery.pkg.apis.meta.v1.Time": ("string", "date-time"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": ("string", "date-time"),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ("string", "int-or-string"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": ("object", None), "io.k8s.apimachinery.pkg.runtime.RawExtension": ("object", None)}
CRD = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
PLAIN.update({CRD + kind: (None, None) for kind in ("JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray")})
OPEN = {"object", "string", None}  # how an undescribed value is written


def ref(v):
    for one in [v] + (v.get("allOf") or []):
        if "$ref" in one:
            return one["$ref"].rpartition("/")[2]
    return None


def form(v):
    """(type, format) with the element's."""
    if ref(v):
        return PLAIN.get(ref(v), (ref(v), None))
    kind = v.get("type")
    if kind == "array":
        return ("array", form(v["items"]) if "items" in v else None)
    if isinstance(v.get("additionalProperties"), dict):
        return ("map", form(v["additionalProperties"]))
    return (kind, v.get("format"))


def alike(have, want):
    if have == want:
        return True
    if have and want and have[0] == want[0] and isinstance(want[1], tuple):
        return isinstance(have[1], tuple) and alike(have[1], want[1])
    return bool(have and want) and have[0] in OPEN and want[0] in OPEN and "byte" not in (have[1], want[1]) and want[0] != "string"


def type_problem(have, want):
    a, b = have.get("properties") or {}, want.get("properties") or {}
    if set(a) != set(b):
        return "fields: missing %s, too many %s" % (sorted(set(b) - set(a)), sorted(set(a) - set(b)))
    for name in sorted(b):
        if not alike(form(a[name]), form(b[name])):
            return "%s is %s, wanted %s" % (name, form(a[name]), form(b[name]))
        for key in EXTENSIONS:
            if a[name].get(key, MEANT.get(key)) != b[name].get(key, MEANT.get(key)):
                return "%s: %s is %s, wanted %s" % (name, key, a[name].get(key), b[name].get(key))
    return None


def bodies(op):
    contents = [op.get("requestBody", {}).get("content", {})] + [r.get("content", {}) for c, r in sorted(op["responses"].items())
                                                                 if c in ("200", "201")]
    return {ref(m["schema"]) for c in contents for m in c.values() if ref(m["schema"])}


def path_problem(have, want):
    for method, op in want.items():
        if method == "parameters" or method in ("head", "options"):
            continue
        mine = have.get(method)
        if not mine:
            return "no %s" % method
        for key in ("x-kubernetes-action", "x-kubernetes-group-version-kind"):
            if mine.get(key) != op.get(key):
                return "%s: %s is %s, wanted %s" % (method, key, mine.get(key), op.get(key))
        places = [{p["name"]: (p["in"], p["schema"].get("type")) for p in x.get("parameters", []) + y.get("parameters", [])}
                  for x, y in ((have, mine), (want, op))]
        for name, place in places[1].items():
            if name not in ("insecureSkipTLSVerifyBackend",) and places[0].get(name) != place:
                return "%s: parameter %s is %s, wanted %s" % (method, name, places[0].get(name), place)
        missing = bodies(op) - bodies(mine)
        if missing and op.get("x-kubernetes-action") != "delete":
            return "%s: no body or answer is a %s" % (method, sorted(missing))
    return None


def cases(folder):
    out = []
    with open(os.path.join(folder, "swagger-v2-k8s-1.34.json"), encoding="utf-8") as f:
        published = json.load(f)["definitions"]
    with server("--api-only") as client:
        served = json.loads(client.request("GET", "/openapi/v2")[2])["definitions"]
        for name in sorted(set(served) & set(published)):
            if name not in PLAIN:
                out.append(("type " + name, type_problem(served[name], published[name])))
        index = json.loads(client.request("GET", "/openapi/v3")[2])["paths"]
        for file in sorted(glob.glob(os.path.join(folder, "*_openapi.json"))):
            gv = os.path.basename(file)[:-len("_openapi.json")].replace("__", "/")
            if gv not in index:
                continue
            mine = json.loads(client.request("GET", index[gv]["serverRelativeURL"])[2])
            plurals = {r["name"] for r in json.loads(client.request("GET", "/" + gv)[2])["resources"]}
            with open(file, encoding="utf-8") as f:
                theirs = json.load(f)
            for path in sorted(theirs["paths"]):
                rest = path[len(gv) + 2:]
                if rest.startswith("namespaces/{namespace}/"):
                    rest = rest[len("namespaces/{namespace}/"):]
                name, _, sub = rest.replace("/{name}", "").partition("/")
                if not rest or rest.startswith("watch/") or (name + "/" + sub.replace("/{path}", "") if sub else name) not in plurals:
                    continue
                out.append(("path " + path, path_problem(mine["paths"].get(path, {}), theirs["paths"][path])))
    return out


def judge(case):
    return case
