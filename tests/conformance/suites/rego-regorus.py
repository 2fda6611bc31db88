"""The cases of regorus: modules in Rego v0 (v1 where v0 cannot read them), a query and the one value
that it has, none ("#undefined"), or a failure: at compile time or when it runs.  Which text a failure
has is regorus' own affair.  Where a value is wanted, errors of builtins do not end the evaluation
and no types are checked before it: regorus has no static types, and lets some errors be undefined."""
import decimal
import json
import os
import re
import subprocess
import tempfile

import rego


def cases(folder):
    return [(name, case) for name, (case, _) in rego.cases(folder, versions=False)]


def rank(value):
    """Sets, which come behind objects, are still marked."""
    marked = isinstance(value, dict) and list(value) == ["set!"]
    return (5, tuple(map(rank, value["set!"]))) if marked else rego.order(value) if not isinstance(value, list) else (
        3, tuple(map(rank, value)))


def key(value):
    return value if isinstance(value, str) else rego.dump(value)


def plain(value):
    """Sets as sorted arrays, objects whose keys are no strings with their JSON texts: as `eval` prints them."""
    if isinstance(value, dict):
        if list(value) == ["set!"]:
            unique = {rank(v): v for v in value["set!"]}
            return [plain(unique[k]) for k in sorted(unique)]
        if list(value) == ["object!"]:
            return {key(plain(m["key"])): plain(m["value"]) for m in value["object!"]}
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def is_number(value):
    return isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool)


def same(have, want):
    """Fractions may differ in the last digit of a double.  YAML 1.1 reads 2e-18 as a text."""
    if isinstance(want, str) and is_number(have) and re.fullmatch(r"\d+e-?\d+", want):
        want = decimal.Decimal(want)
    if is_number(have) and is_number(want):
        have, want = decimal.Decimal(have), decimal.Decimal(want)
        whole = have == int(have) and want == int(want)
        return have == want if whole else abs(have - want) <= abs(want) * decimal.Decimal("2e-16")
    if isinstance(have, list) and isinstance(want, list):
        return len(have) == len(want) and all(map(same, have, want))
    if isinstance(have, dict) and isinstance(want, dict):
        return have.keys() == want.keys() and all(same(have[k], want[k]) for k in have)
    return type(have) is type(want) and have == want


def rows(value):
    """[(input, wanted)]: "many!" holds several of both."""
    return value["many!"] if isinstance(value, dict) and list(value) == ["many!"] else [value]


def shown(value, case):
    return sorted(value, key=rego.order) if case.get("sort_bindings") and isinstance(value, list) else value


def evaluate(case, tmp, n, document, version):
    fails = case.get("expect_error")
    argv = [os.environ["PAVE"], "rego", "eval", "-f", "json", "--%s-compatible" % version]
    for i, module in enumerate(case.get("modules") or []):
        argv += ["-d", rego.write(tmp, "module%d.rego" % i, module)]
    if case.get("data"):
        argv += ["-d", rego.write(tmp, "data.json", rego.dump(plain(case["data"])))]
    if document is not None:
        argv += ["-i", rego.write(tmp, "input%d.json" % n, rego.dump(plain(document)))]
    if not fails:
        argv.append("--untyped")
    elif case.get("strict", True):
        argv.append("--strict-builtin-errors")
    p = subprocess.run(argv + [case["query"]], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
                       check=False)
    if p.returncode < 0:
        raise RuntimeError("killed by signal %d" % -p.returncode)
    answer = json.loads(p.stdout, parse_float=decimal.Decimal)
    # "x := y if { .. }" is two rules of v0, of which one is called `if`
    unread = any(e["code"] in ("rego_parse_error", "rego_unsafe_var_error") for e in answer.get("errors") or [])
    if unread and version == "v0":
        return evaluate(case, tmp, n, document, "v1")
    return answer, p.stderr


def judge_one(case, answer, want):
    errors = answer.get("errors") or []
    if case.get("expect_error"):
        return None if errors else "expected a failure (%s), got %s" % (
            case.get("regorus_error_text"), json.dumps(answer, default=str)[:300])
    if errors:
        return "error %s: %s" % (errors[0].get("code"), errors[0].get("message"))
    result = answer.get("result") or []
    have = "#undefined"
    if result:
        have = result[-1].get("bindings") or result[-1]["expressions"][-1]["value"]
    if case.get("no_result"):
        return None if have == "#undefined" else "expected nothing, got %s" % rego.dump(have)[:300]
    want = shown(plain(want), case)
    return None if same(shown(have, case), want) else "expected %s, got %s" % (
        rego.dump(want)[:400], rego.dump(have)[:400])


def judge(case):
    documents, wants = rows(case.get("input")), rows(case.get("want_result"))
    with tempfile.TemporaryDirectory(prefix="pave-regorus-") as tmp:
        for n, document in enumerate(documents):
            answer, said = evaluate(case, tmp, n, document, "v0")
            problem = judge_one(case, answer, wants[n] if n < len(wants) else wants[0])
            if problem:
                return problem
        if "want_prints" in case:
            want = "".join(re.sub(r"^rego_\d+:\d+: ", "", line) + "\n" for line in case["want_prints"])
            if said != want:
                return "printed %r, expected %r" % (said, want)
    return None
