"""The built-in health checks: cases.tsv of object file and status; `nil` is a kind without a check.
`pave health FILE` prints a status for each object, and `-` for a kind without a check."""
import os
import subprocess


def cases(folder):
    with open(os.path.join(folder, "cases.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip()][1:]
    return [(row[0], (os.path.join(folder, row[0]), row[1])) for row in rows]


def judge(case):
    path, want = case
    p = subprocess.run([os.environ["PAVE"], "health", path], capture_output=True, text=True, timeout=20, check=False)
    have = (p.stdout.split("\n")[0].split("\t")[0] or "nothing").strip()
    want = "-" if want == "nil" else want
    return None if have == want and p.returncode == 0 else \
        "expected %s, got %s (exit %d) %s" % (want, have, p.returncode, p.stderr.strip())
