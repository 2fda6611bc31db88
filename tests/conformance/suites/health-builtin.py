"""The built-in health checks: cases.tsv of object file and status; `nil` is a kind without a check.
`pave health FILE` prints a status for each object, and `-` for a kind without a check.  Upstream's checks in Go are
meant, so of a kind that has a rule beside them (the suite `health` has a folder for it) `nil` wants the rule's status."""
import os
import subprocess


def cases(folder):
    with open(os.path.join(folder, "cases.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip()][1:]
    return [(row[0], (os.path.join(folder, row[0]), row[1])) for row in rows]


def has_rule(path):
    with open(path, encoding="utf-8") as f:
        top = dict(line.rstrip("\n").split(": ", 1) for line in f if line.startswith(("apiVersion: ", "kind: ")))
    group = top.get("apiVersion", "").split("/")[0]
    return os.path.isdir(os.path.join(os.path.dirname(path), "../../health", group, top.get("kind", "-")))


def judge(case):
    path, want = case
    p = subprocess.run([os.environ["PAVE"], "health", path], capture_output=True, text=True, timeout=600, check=False)
    have = (p.stdout.split("\n")[0].split("\t")[0] or "nothing").strip()
    if want == "nil" and has_rule(path):
        return None if have not in ("-", "nothing") and p.returncode == 0 else "expected the rule's status, got %s" % have
    want = "-" if want == "nil" else want
    return None if have == want and p.returncode == 0 else \
        "expected %s, got %s (exit %d) %s" % (want, have, p.returncode, p.stderr.strip())
