"""helm-set: a --set text -> values or an error; a range and a version -> inside or not; through `pave helm eval`."""
import json
import os
import subprocess


def rows(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def cases(folder):
    sets = rows(os.path.join(folder, "cases.jsonl"))
    ranges = rows(os.path.join(folder, "semver.jsonl"))
    return [("set-%03d" % i, c) for i, c in enumerate(sets)] + [("semver-%03d" % i, c) for i, c in enumerate(ranges)]


def run(template, options):
    return subprocess.run([os.environ["PAVE"], "helm", "eval", "-"] + options, capture_output=True,
                          input=template.encode(), timeout=600)


def judge(case):
    if "constraint" in case:
        values = json.dumps({"c": case["constraint"], "v": case["version"]})
        p = run("{{ semverCompare .Values.c .Values.v }}", ["--set-json", values])
        want = case["error"].split(": ", 3)[-1] if "error" in case else "true" if case["result"] else "false"
        got = p.stdout.decode() if p.returncode == 0 else p.stderr.decode().strip()
        if "error" in case:
            return None if want.strip() in got else "%r: expected the error %r, got %r" % (case["constraint"], want, got)
        return None if got == want else "%r in %r: expected %s, got %s" % (case["version"], case["constraint"], want, got)
    p = run("{{ .Values | toJson }}", ["--" + case["mode"] + "=" + case["str"]])
    err = p.stderr.decode().strip()
    if "err" in case:
        if p.returncode == 0:
            return "%r: expected the error %r, got %r" % (case["str"], case["err"], p.stdout)
        # Go's words for broken JSON are its own
        same = case["err"] in err or case["mode"] == "set-json" and "no value" not in case["err"] and err
        return None if same else "%r: expected %r, got %r" % (case["str"], case["err"], err)
    if p.returncode != 0:
        return "%r: expected %r, got the error %r" % (case["str"], case["out"], err)
    got = json.loads(p.stdout)
    return None if got == case["out"] else "--%s %r: expected %r, got %r" % (case["mode"], case["str"], case["out"], got)
