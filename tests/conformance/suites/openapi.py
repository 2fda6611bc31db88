"""Published OpenAPI documents of Kubernetes beside those that Pave serves.  A case is a type (of the swagger of 1.34, the
version of Pave's facts): it is the same in everything; or a path (of that swagger, and of the v3 documents that
client-go tests with) of a resource that Pave serves: the same methods, and each the same operationId, tags, action, kind, parameters, bodies, answers and media types.
What is for people to read is not compared."""
import glob
import json
import os

from served import server

# The recorded v3 documents are older than these parameters; nor do they say, as 1.34 does, that a body is required.
SINCE = {"sendInitialEvents", "ignoreStoreReadErrorWithClusterBreakingPotential", "stream"}


def silent(v, names=False):
    """A schema without what people read, and without the enums, which the recorded swagger leaves out.  names: the keys
    are names of properties."""
    if isinstance(v, dict):
        return {k: silent(x, k == "properties" and not names) for k, x in v.items() if names or k not in ("description", "enum")}
    return [silent(x) for x in v] if isinstance(v, list) else v


def type_problem(have, want):
    a, b = silent(have), silent(want)
    for part in ("properties", None):
        x, y = (a.get(part, {}), b.get(part, {})) if part else (a, b)
        for key in sorted(set(x) | set(y)):
            if x.get(key) != y.get(key):
                return "%s is %s, wanted %s" % (key, x.get(key), y.get(key))
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
