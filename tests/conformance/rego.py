"""The Rego suites: JSON files of cases, each modules, data, input and a query, with the set of
bindings or the error code that is wanted.  Driven through `pave rego eval`."""
import decimal
import glob
import json
import os
import re
import subprocess
import tempfile


SLEEP = re.compile(r'test\.sleep\("[^"]*"\)')


def cases(folder, versions=True):
    out = []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path, encoding="utf-8") as f:
            doc = json.load(f, parse_float=decimal.Decimal)
        version = doc["rego_version"] if versions else None
        out += [(c["id"] + " " + c["note"], (c, version)) for c in doc["cases"]]
    return out


def dump(value):
    """JSON text with every digit of its numbers."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + dump(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return str(value) if isinstance(value, decimal.Decimal) else json.dumps(value)


def write(folder, name, value):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(value if isinstance(value, str) else dump(value))
    return path


def order(value):
    """A key that sorts any two JSON values, and is equal for equal ones."""
    if value is None or isinstance(value, bool):
        return (0, str(value))
    if isinstance(value, (int, decimal.Decimal)):
        return (1, decimal.Decimal(value))
    if isinstance(value, str):
        return (2, value)
    if isinstance(value, list):
        return (3, tuple(order(v) for v in value))
    return (4, tuple((k, order(v)) for k, v in sorted(value.items())))


def bindings(rows, case):
    """The rows as a set, arrays sorted where the case says that they are sets."""
    keys = set()
    for row in rows:
        named = {k: v for k, v in row.items() if not (case.get("ignore_generated_vars") and k.startswith("_"))}
        if case.get("sort_bindings"):
            named = {k: sorted(v, key=order) if isinstance(v, list) else v for k, v in named.items()}
        keys.add(order(named))
    return keys


def judge(case_and_version):
    case, version = case_and_version
    with tempfile.TemporaryDirectory(prefix="pave-rego-") as tmp:
        argv = [os.environ["PAVE"], "rego", "eval", "-f", "json"]
        for n, module in enumerate(case.get("modules") or []):
            # a builtin of OPA's test program: a computation that takes as long stands in for it
            module = SLEEP.sub("count(numbers.range(1, 200000)) > 0", module)
            argv += ["-d", write(tmp, "module%d.rego" % n, module)]
        if "data" in case:
            argv += ["-d", write(tmp, "data.json", dump(case["data"]))]
        if "input" in case:
            argv += ["-i", write(tmp, "input.json", dump(case["input"]))]
        if version == "v0":
            argv.append("--v0-compatible")
        if case.get("strict_error"):
            argv.append("--strict-builtin-errors")
        query = case["query"]
        if "input_term" in case:
            query += " with input as " + case["input_term"]
        p = subprocess.run(argv + [query], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           timeout=600, check=False)
    if p.returncode < 0:
        return "killed by signal %d\n%s" % (-p.returncode, p.stderr)
    try:
        answer = json.loads(p.stdout, parse_float=decimal.Decimal)
    except ValueError:
        return "exit %d, no JSON: %s%s" % (p.returncode, p.stdout[:300], p.stderr[:300])
    errors = answer.get("errors") or []
    if "want_error_code" in case or "want_error" in case:
        want = case.get("want_error_code")
        if not errors:
            return "expected %s, it succeeded: %s" % (want or case["want_error"], p.stdout[:200])
        codes = [e.get("code") for e in errors]
        return None if want is None or want in codes else "expected %s, got %s: %s" % (want, codes, errors[0].get("message"))
    if errors:
        return "error %s: %s" % (errors[0].get("code"), errors[0].get("message"))
    have = bindings([r.get("bindings") or {} for r in answer.get("result") or []], case)
    want = bindings(case["want_result"], case)
    return None if have == want else "expected %s, got %s" % (
        dump(case["want_result"])[:300], " ".join(p.stdout.split())[:600])
