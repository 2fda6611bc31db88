"""helm-golden: helm's own command lines -> its golden outputs, byte for byte, through `pave helm`."""
import csv
import os
import shlex
import subprocess


def cases(folder):
    with open(os.path.join(folder, "cases.tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [(r[1], (folder, r[0], r[1], r[2] == "True")) for r in rows]


def judge(case):
    folder, line, golden, fails = case
    args = shlex.split(line)
    if "--kube-version" not in args:
        args += ["--kube-version", "v1.20.0"]
    p = subprocess.run([os.environ["PAVE"], "helm"] + args, cwd=folder, capture_output=True, timeout=600)
    with open(os.path.join(folder, "output", golden), encoding="utf-8") as f:
        want = f.read()
    got = p.stdout.decode()
    if (p.returncode != 0) != fails:
        return "exit code %d: %s" % (p.returncode, p.stderr.decode().strip())
    if fails:
        got += p.stderr.decode().replace("pave: ", "Error: ", 1)
    if got.strip() == want.strip():
        return None
    a, b = got.strip().split("\n"), want.strip().split("\n")
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return "line %d: expected %r, got %r" % (at + 1, b[at:at + 2], a[at:at + 2])
