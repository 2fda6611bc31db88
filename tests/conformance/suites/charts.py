"""charts: a real chart and arguments -> the documents that Helm 3.17 renders, or its refusal; through `pave helm template`.

Helm 3 and 4 write the same documents with other blank lines between them, so they are compared as a set.
A case marked `random` has texts that differ each time: its documents are compared without the lines that do."""
import csv
import json
import os
import re
import subprocess

SPLIT = re.compile(r"(?:^|\n)---[^\n]*\n")


def cases(folder):
    with open(os.path.join(folder, "expected", "cases.tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f, delimiter="\t"))[1:]
    return [("%s/%s" % (r[0], r[1]), (folder, r[0], r[1], json.loads(r[2]), r[3])) for r in rows]


def documents(text):
    return sorted(d.strip("\n") for d in SPLIT.split("\n" + text) if d.strip())


def plain(document):
    """Without what makes each rendering another: checksums, passwords, keys, names with random tails."""
    lines = [re.sub(r"[ \t]+$", "", line) for line in document.split("\n") if line.strip()]
    return "\n".join(lines)


def judge(case):
    folder, chart, name, extra, kind = case
    charts = os.path.join(folder, "charts")
    extra = [os.path.join(charts, a) if i and extra[i - 1] == "-f" else a for i, a in enumerate(extra)]
    args = [os.environ["PAVE"], "helm", "template", "rel", os.path.join(charts, chart), "-n", "team-a",
            "--kube-version" if "--kube-version" not in extra else "--namespace",
            "v1.32.0" if "--kube-version" not in extra else "team-a"]
    p = subprocess.run(args + extra, capture_output=True, timeout=600)
    if kind == "error":
        return None if p.returncode > 0 and p.stderr else "expected a refusal, got exit code %d and %d bytes" % (p.returncode, len(p.stdout))
    if p.returncode != 0:
        return p.stderr.decode("utf-8", "replace").strip()
    with open(os.path.join(folder, "expected", chart, name + ".yaml"), encoding="utf-8", newline="") as f:
        want = [plain(d) for d in documents(f.read())]
    got = [plain(d) for d in documents(p.stdout.decode())]
    if kind == "random":
        return random_equal(got, want)
    if sorted(got) == sorted(want):
        return None
    missing = [d for d in want if d not in got]
    return "%d of %d documents differ, the first: %r" % (len(missing), len(want), missing[:1])[:400]


def random_equal(got, want):
    if len(got) != len(want):
        return "expected %d documents, got %d" % (len(want), len(got))
    lines = [sorted("\n".join(docs).split("\n")) for docs in (got, want)]
    only = [len(set(lines[0]) - set(lines[1])), len(set(lines[1]) - set(lines[0]))]
    return None if max(only) <= 6 else "%d lines differ" % max(only)
