"""OPA's capabilities file: each builtin is there with the same types and marks, and each keyword and
feature (wasm has none here)."""
import functools
import glob
import json
import os
import subprocess


@functools.lru_cache(maxsize=None)
def ours():
    p = subprocess.run([os.environ["PAVE"], "rego", "capabilities"], capture_output=True, text=True, check=True)
    return json.loads(p.stdout)


def cases(folder):
    with open(sorted(glob.glob(os.path.join(folder, "opa-v*.json")))[-1], encoding="utf-8") as f:
        doc = json.load(f)
    return [(b["name"], b) for b in doc["builtins"]] + [(k, doc[k]) for k in ("future_keywords", "features")]


def plain(value):
    """Alternatives have no order."""
    if isinstance(value, dict):
        out = {k: plain(v) for k, v in value.items()}
        if out.get("type") == "any" and isinstance(out.get("of"), list):
            out["of"] = sorted(out["of"], key=lambda t: json.dumps(t, sort_keys=True))
        return out
    return [plain(v) for v in value] if isinstance(value, list) else value


def judge(case):
    if isinstance(case, list):
        return None if case in (ours()["future_keywords"], ours()["features"]) else "expected %s" % case
    have = [b for b in ours()["builtins"] if b["name"] == case["name"]]
    if len(have) != 1:
        return "there are %d of them" % len(have)
    same = plain(have[0]) == plain(case)
    return None if same else "expected %s, got %s" % (json.dumps(case), json.dumps(have[0]))
