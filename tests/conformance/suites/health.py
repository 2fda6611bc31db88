"""How objects of the ecosystem's kinds are doing: cases.tsv of folder, object file, status and message.
`pave health FILE` prints status, kind and name, and message; where the message has line breaks, so has what it prints.
The cases ask the kind's check also of what is being deleted."""
import json
import os
import subprocess


def cases(folder):
    with open(os.path.join(folder, "cases.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip()][1:]
    return [("%s %s" % (row[0], row[1]), (os.path.join(folder, row[0], row[1]), row[2], json.loads(row[3]))) for row in rows]


def judge(case):
    path, status, message = case
    p = subprocess.run([os.environ["PAVE"], "health", "--deleted-too", path], capture_output=True, text=True, timeout=600, check=False)
    have = (p.stdout[:-1].split("\t", 2) + ["", "", ""])[:3]
    if p.returncode == 0 and have[0] == status and have[2] == (message or ""):
        return None
    return "expected %s %s, got %s %s (exit %d) %s" % (
        status, json.dumps(message), have[0], json.dumps(have[2]), p.returncode, p.stderr.strip())
