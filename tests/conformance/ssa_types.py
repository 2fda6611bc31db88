"""Types of structured-merge-diff (its YAML schemas): as structural schemas of a CRD, and what the library
does to values of them on the client's side (ExtractItems, Merge, a changed parser)."""
import copy

DEPTH = 6


class Unsupported(Exception):
    """No CRD can say this."""


def resolved(types, ref):
    """The type that a reference means, with the relationship that the reference overrides."""
    override = None
    while "namedType" in ref:
        override = override or ref.get("elementRelationship")
        ref = types.get(ref["namedType"]) or {"untyped": 1}
    override = override or ref.get("elementRelationship")
    for key in ("map", "list"):
        if override and key in ref:
            ref = {key: dict(ref[key], elementRelationship=override)}
    return ref


def untyped(ref):
    return "map" in ref and "list" in ref or "untyped" in ref


# ---- the structural schema ----

def crd_schema(types, ref, depth=0):
    """Any value may be null there, but for the elements of sets and maps, and their keys."""
    out = crd_node(types, ref, depth)
    return dict(out, nullable=True) if depth else out


def crd_map(types, node, depth):
    out = {"type": "object"}
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
            out["x-kubernetes-preserve-unknown-fields"] = True  # no structural schema has both
        else:
            out["additionalProperties"] = crd_schema(types, node["elementType"], depth + 1)
    return out


def crd_list(types, node, depth):
    out = {"type": "array", "items": crd_schema(types, node["elementType"], depth + 1)}
    if node.get("elementRelationship") != "associative":
        out["x-kubernetes-list-type"] = "atomic"
        return out
    del out["items"]["nullable"]  # forbidden there
    keys = node.get("keys")
    out["x-kubernetes-list-type"] = "map" if keys else "set"
    if keys:
        out["x-kubernetes-list-map-keys"] = keys
        for k in keys:
            del out["items"]["properties"][k]["nullable"]
        out["items"]["required"] = [k for k in keys if "default" not in out["items"]["properties"][k]]
    return out


def crd_node(types, ref, depth):
    ref = resolved(types, ref)
    if depth > DEPTH or untyped(ref):
        return {"x-kubernetes-preserve-unknown-fields": True}
    if "scalar" in ref:
        kind = {"string": "string", "numeric": "number", "boolean": "boolean"}.get(ref["scalar"])
        return {"type": kind} if kind else {"x-kubernetes-preserve-unknown-fields": True}
    return crd_map(types, ref["map"], depth) if "map" in ref else crd_list(types, ref["list"], depth)


# ---- what an API does to an object of that schema ----

def filled(schema, value):
    """With the defaults, which the library leaves to its callers."""
    if isinstance(value, dict):
        known = schema.get("properties", {})
        out = {k: filled(known.get(k) or schema.get("additionalProperties") or {}, v) for k, v in value.items()}
        for name, one in known.items():
            if "default" in one and name not in out:
                out[name] = one["default"]
        return out
    return [filled(schema.get("items", {}), v) for v in value] if isinstance(value, list) else value


def lacks_key(schema, value):
    """Has it an element without a key that has no default?  A CRD must require such a key."""
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return any(lacks_key(known.get(k) or schema.get("additionalProperties") or {}, v) for k, v in value.items())
    if not isinstance(value, list):
        return False
    items = schema.get("items", {})
    return any(isinstance(v, dict) and any(k not in v for k in items.get("required", [])) or lacks_key(items, v) for v in value)


# ---- a schema that changes: what the library's tests change it to ----

def changed(test, types):
    types = copy.deepcopy(types)
    if "GranularToAtomic" in test:
        types["struct"]["map"]["elementRelationship"] = "atomic"
    elif "AtomicToGranular" in test:
        del types["struct"]["map"]["elementRelationship"]
    elif "AssociativeListSchemaChanges" in test:
        types["myElement"]["map"]["fields"].append({"name": "id", "type": {"scalar": "numeric"}, "default": 1})
        types["associativeList"]["list"]["keys"] = ["name", "id"]
    elif "PromoteFieldToAssociativeListKey" in test:
        types["associativeList"]["list"]["keys"] = ["name", "id"]
    else:
        raise Unsupported("a schema that changes in a way that the suite does not say")
    return types


# ---- ExtractApply: what a client does before it applies ----

def granular(ref):
    return "map" in ref and ref["map"].get("elementRelationship") != "atomic"


def extracted(types, ref, value, fields):
    """Of the value what these fields (FieldsV1) name."""
    ref = resolved(types, ref)
    if granular(ref) and isinstance(value, dict):
        known = {f["name"]: f["type"] for f in ref["map"].get("fields", [])}
        return {k: extracted(types, known.get(k) or ref["map"].get("elementType", {}), v, fields["f:" + k])
                for k, v in value.items() if "f:" + k in fields} or None
    if "list" in ref and ref["list"].get("elementRelationship") == "associative":
        if ref["list"].get("keys"):
            raise Unsupported("extracts from a list by key")
        return [v for v in value or [] if "v:" + dumps(v) in fields] or None
    return value


def dumps(value):
    return '"%s"' % value if isinstance(value, str) else str(value)


def merged(types, ref, base, over):
    ref = resolved(types, ref)
    if granular(ref) and isinstance(base, dict) and isinstance(over, dict):
        known = {f["name"]: f["type"] for f in ref["map"].get("fields", [])}
        return {**base, **{k: merged(types, known.get(k) or ref["map"].get("elementType", {}), base.get(k), v)
                           for k, v in over.items()}}
    if "list" in ref and ref["list"].get("elementRelationship") == "associative" and base:
        return [v for v in base if v not in (over or [])] + (over or [])
    return over
