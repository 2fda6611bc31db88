"""gotemplate: a template and its values -> the text, or Helm's error, through `pave helm eval`.

Left out are the cases that print the whole scope of Helm 3.17: its structs, its own version, and the address where one
of them lay.  The package of `Values` has another name in Helm 4."""
import json
import os
import subprocess
import tempfile


def cases(folder):
    with open(os.path.join(folder, "cases.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    return [(row["id"], row) for row in rows if not prints_the_scope(row)]


def prints_the_scope(row):
    out = row.get("out", "")
    return "Capabilities:0x" in out or "v3.17.4" in out or "Kubernetes = " in out or out.startswith("[Capabilities]")


def judge(case):
    case = {k: v.replace("chartutil.Values", "common.Values") if isinstance(v, str) else v for k, v in case.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as values:
        json.dump(case["vals"], values)
        values.flush()
        p = subprocess.run([os.environ["PAVE"], "helm", "eval", "-", "-f", values.name], capture_output=True,
                           input=case["tpl"].encode(), timeout=600)
    err = p.stderr.decode("utf-8", "replace").strip()
    err = err[len("pave: "):] if err.startswith("pave: ") else err
    if "error" in case:
        if p.returncode == 0:
            return "%r: expected the error %r, got %r" % (case["tpl"], case["error"], p.stdout)
        return None if case["error"].strip() in err else "%r: expected %r, got %r" % (case["tpl"], case["error"], err)
    if p.returncode != 0:
        return "%r: expected %r, got the error %r" % (case["tpl"], case["out"], err)
    return None if p.stdout == case["out"].encode() else "%r: expected %r, got %r" % (case["tpl"], case["out"], p.stdout)
