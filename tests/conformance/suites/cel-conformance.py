"""cel-spec's own cases that need no protobuf messages: an expression with its variables, and the value, the type or
the failure that is wanted.  Driven through `pave cel eval`."""
import base64
import glob
import json
import os
import subprocess

PRIMITIVES = {"BOOL": "bool", "INT64": "int", "UINT64": "uint", "DOUBLE": "double", "STRING": "string", "BYTES": "bytes"}
WELL_KNOWN = {"TIMESTAMP": "google.protobuf.Timestamp", "DURATION": "google.protobuf.Duration"}
NUMBERS = {"enum:Infinity": "double('Infinity')", "enum:-Infinity": "double('-Infinity')", "enum:NaN": "double('NaN')"}
# Files that are about protobuf's types or about blocks of common subexpressions, which no rule can be written with.
LEFT_OUT = {"dynamic", "enums", "proto2", "proto2_ext", "proto3", "wrappers", "block_ext"}


def cases(folder):
    out = []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        if os.path.basename(path)[:-5] in LEFT_OUT:
            continue
        with open(path, encoding="utf-8") as f:
            out += [(c["id"], c) for c in json.load(f)["cases"] if not c.get("needs_protobuf")]
    return out


def type_text(t):
    """cel.expr.Type as `pave cel eval` reads and prints it."""
    kind, of = next(iter(t.items()))
    if kind == "primitive":
        return PRIMITIVES[of.removeprefix("enum:")]
    if kind == "well_known":
        return WELL_KNOWN[of.removeprefix("enum:")]
    if kind == "list_type":
        of = of[0] if isinstance(of, list) else of
        return "list(%s)" % type_text(of["elem_type"])
    if kind == "map_type":
        return "map(%s, %s)" % (type_text(of["key_type"]), type_text(of["value_type"]))
    if kind == "abstract_type":
        return "%s(%s)" % (of["name"], ", ".join(type_text(p) for p in of.get("parameter_types", [])))
    if kind == "type":
        return "type(%s)" % type_text(of) if of else "type"
    return of if kind in ("message_type", "type_param") else {"null": "null", "dyn": "dyn"}[kind]


def quoted(data):
    return "'" + "".join("\\x%02x" % b for b in data) + "'"


def literal(v):
    """cel.expr.Value as a CEL expression."""
    kind, of = next(iter(v.items()))
    if kind == "int64_value":
        return of
    if kind == "uint64_value":
        return of + "u"
    if kind == "double_value":
        return NUMBERS.get(of, "double('%s')" % of)
    if kind == "bool_value":
        return "true" if of else "false"
    if kind == "string_value":
        return "string(b%s)" % quoted(of.encode())
    if kind == "bytes_value":
        return "b%s" % quoted(base64.b64decode(of["base64"]))
    if kind == "type_value":
        return of
    if kind == "list_value":
        return "[%s]" % ", ".join(literal(x) for x in of.get("values", []))
    if kind == "map_value":
        return "{%s}" % ", ".join("%s: %s" % (literal(e["key"]), literal(e["value"])) for e in of.get("entries", []))
    if kind == "object_value":
        name, fields = next(iter(of.items()))
        if name.endswith("google.protobuf.Duration]"):
            return "duration('%s.%09ds')" % (fields.get("seconds", 0), int(fields.get("nanos", 0)))
        if name.endswith("google.protobuf.Timestamp]"):
            return "timestamp(%s) + duration('%sns')" % (fields.get("seconds", 0), fields.get("nanos", 0))
    return {"null_value": "null"}[kind]


def comparable(v):
    """A value's shape with numbers as numbers and maps in one order."""
    kind, of = next(iter(v.items()))
    if kind == "null_value":
        return (kind,)
    if kind in ("int64_value", "uint64_value"):
        return (kind, int(of))
    if kind == "double_value":
        return (kind, repr(float(of.removeprefix("enum:"))))
    if kind == "bytes_value":
        return (kind, of["base64"] if isinstance(of, dict) else of)
    if kind == "list_value":
        return (kind, [comparable(x) for x in of.get("values", [])])
    if kind == "map_value":
        return (kind, sorted(([comparable(e["key"]), comparable(e["value"])] for e in of.get("entries", [])), key=repr))
    return (kind, of)


def judge(case):
    argv = [os.environ["PAVE"], "cel", "eval", "--format", "type" if case.get("check_only") else "typed"]
    for decl in case.get("type_env", []):
        if "ident" in decl:
            argv += ["--declare", "%s:%s" % (decl["name"], type_text(decl["ident"]["type"]))]
        for overload in decl.get("function", {}).get("overloads", []):
            params = ", ".join(type_text(t) for t in overload.get("params", []))
            argv += ["--declare", "%s(%s): %s" % (decl["name"], params, type_text(overload["result_type"]))]
    for b in case.get("bindings", []):
        argv += ["--var", "%s=%s" % (b["key"], literal(b["value"]["value"]))]
    if case.get("container"):
        argv += ["--container", case["container"]]
    if case.get("disable_check"):
        argv.append("--no-check")
    p = subprocess.run(argv + ["--file", "/dev/stdin"], input=case["expr"].encode(), capture_output=True, timeout=600, check=False)
    p.stdout, p.stderr = p.stdout.decode(), p.stderr.decode()
    if p.returncode < 0:
        return "killed by signal %d\n%s" % (-p.returncode, p.stderr)
    if "eval_error" in case:
        return None if p.returncode and p.stderr else "expected an error, got exit code %d and %s" % (p.returncode, p.stdout)
    if p.returncode:
        return "error: %s" % p.stderr.replace("\n", " / ")
    want = case.get("typed_result", {}).get("deduced_type")
    if case.get("check_only"):
        return None if p.stdout.strip() == type_text(want) else "type %s, wanted %s" % (p.stdout.strip(), type_text(want))
    have = json.loads(p.stdout)
    if want and have["type"] != type_text(want):
        return "type %s, wanted %s" % (have["type"], type_text(want))
    wanted = case.get("value") or case.get("typed_result", {}).get("result") or {"bool_value": True}
    return None if comparable(have["value"]) == comparable(wanted) else "value %s, wanted %s" % (
        json.dumps(have["value"])[:300], json.dumps(wanted)[:300])
