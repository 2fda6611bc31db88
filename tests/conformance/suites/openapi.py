"""Published OpenAPI documents of Kubernetes beside those that Pave serves.  A case is a type (of the swagger of 1.34, the
version of Pave's facts): it has the same fields, of the same types and formats, with the same list and patch
extensions; or a path (of that swagger, and of the v3 documents that client-go tests with) of a resource that Pave
serves: the same methods, and each the same operationId, tags, action, kind, parameters, bodies, answers and media types.
What is for people to read is not compared."""
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
# The recorded v3 documents are older than these parameters; nor do they say, as 1.34 does, that a body is required.
SINCE = {"sendInitialEvents", "ignoreStoreReadErrorWithClusterBreakingPotential", "stream"}
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


def resolved(document, v):
    """A shared parameter (of v2) itself, without what people read."""
    if v.get("$ref", "").startswith("#/parameters/"):
        v = document["parameters"][v["$ref"].rpartition("/")[2]]
    return {k: x for k, x in v.items() if k != "description"}


def types(listed):
    """Media types in order, without CBOR, which is an alpha of 1.34 that the recorded server had on."""
    return sorted(t for t in listed if "cbor" not in t)


def answer(v):
    """What a response or a body may be: a schema for each media type (v3), or one (v2)."""
    return {"schema": v.get("schema"), "content": {t: v["content"][t] for t in types(v.get("content") or {})}}


def said(document, path, op):
    """What an operation says, and its path for it: by names, as the order of parameters means nothing."""
    parameters = [resolved(document, p) for p in path.get("parameters", []) + op.get("parameters", [])]
    return {"parameters": sorted(parameters, key=lambda p: (p["name"], p["in"])), "body": answer(op.get("requestBody") or {}),
            "responses": {code: answer(r) for code, r in op["responses"].items()},
            **{k: op.get(k) for k in ("operationId", "tags", "x-kubernetes-action", "x-kubernetes-group-version-kind")},
            **{k: types(op.get(k) or []) for k in ("consumes", "produces", "schemes")}}


def path_problem(mine, have, theirs, want):
    methods = [[m for m in path if m != "parameters"] for path in (have, want)]
    if sorted(methods[0]) != sorted(methods[1]):
        return "methods are %s, wanted %s" % tuple(map(sorted, methods))
    for method in methods[1]:
        a, b = said(mine, have, have[method]), said(theirs, want, want[method])
        if "openapi" in theirs:
            a["parameters"] = [p for p in a["parameters"] if p["name"] not in SINCE or p in b["parameters"]]
        for key in b:
            if a[key] != b[key]:
                return "%s: %s is %s, wanted %s" % (method, key, a[key], b[key])
    return None


def of(path):
    """The collection of a path: the same with and without namespaces, names, watch/, subresources."""
    root, _, rest = path.partition("/v")
    version, _, rest = rest.partition("/")
    rest = rest.removeprefix("watch/").removeprefix("namespaces/{namespace}/")
    return "%s/v%s/%s" % (root, version, rest.partition("/")[0])


def cases(folder):
    out = []
    with open(os.path.join(folder, "swagger-v2-k8s-1.34.json"), encoding="utf-8") as f:
        theirs = json.load(f)
    with server("--api-only") as client:
        mine = json.loads(client.request("GET", "/openapi/v2")[2])
        served = {of(path) for path in mine["paths"]}
        for name in sorted(set(mine["definitions"]) & set(theirs["definitions"])):
            if name not in PLAIN:
                out.append(("type " + name, type_problem(mine["definitions"][name], theirs["definitions"][name])))
        for path, want in sorted(theirs["paths"].items()):
            if of(path) in served or path in mine["paths"]:
                out.append(("v2 path " + path, path_problem(mine, mine["paths"].get(path, {}), theirs, want)))
        index = json.loads(client.request("GET", "/openapi/v3")[2])["paths"]
        for file in sorted(glob.glob(os.path.join(folder, "*_openapi.json"))):
            gv = os.path.basename(file)[:-len("_openapi.json")].replace("__", "/")
            if gv not in index:
                continue
            mine = json.loads(client.request("GET", index[gv]["serverRelativeURL"])[2])
            with open(file, encoding="utf-8") as f:
                theirs = json.load(f)
            for path, want in sorted(theirs["paths"].items()):
                out.append(("v3 path " + path, path_problem(mine, mine["paths"].get(path, {}), theirs, want)))
    return out


def judge(case):
    return case
