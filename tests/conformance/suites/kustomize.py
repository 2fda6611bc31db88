"""kustomize: trees of kustomizations -> documents, byte for byte, or a failure; through `pave kustomize build`."""
import csv
import os
import shlex
import subprocess


def cases(folder):
    with open(os.path.join(folder, "cases.tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [(r[0], (os.path.join(folder, r[0]), r[1], shlex.split(r[2]), r[3] == "error")) for r in rows]


def judge(case):
    folder, below, flags, fails = case
    p = subprocess.run([os.environ["PAVE"], "kustomize", "build", below] + flags, cwd=os.path.join(folder, "in"),
                       capture_output=True, timeout=600)
    if (p.returncode != 0) != fails:
        return "exit code %d: %s" % (p.returncode, p.stderr.decode().strip())
    if fails:
        return None
    with open(os.path.join(folder, "expected.yaml"), encoding="utf-8") as f:
        want = f.read()
    got = p.stdout.decode()
    if got == want:
        return None
    a, b = got.strip().split("\n"), want.strip().split("\n")
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return "line %d: expected %r, got %r" % (at + 1, b[at:at + 2], a[at:at + 2])
