"""What `pave catalog validate FILE` says of each document of a file.
It prints `FILE:LINE: ENTITY ok`, or `FILE:LINE: ENTITY: fault` for everything that is wrong."""
import os
import re
import subprocess


def starts(path):
    """Lines on which the documents with content begin: their `---`, or the first line."""
    out, begin = [], 1
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            if re.match(r"---(\s|$)", line):
                begin = n
                line = line[3:]
            if begin and line.strip() and not line.lstrip().startswith("#"):
                out.append(begin)
                begin = 0
    return out


def verdicts(path):
    """([faults of document 0, ...], output); a document that is not mentioned has None."""
    p = subprocess.run([os.environ["PAVE"], "catalog", "validate", path],
                       capture_output=True, text=True, timeout=20, check=False)
    begins = starts(path)
    out = [None] * len(begins)
    for line in p.stdout.splitlines():
        m = re.match(re.escape(path) + r":(\d+)(?::\d+)?: (.*)$", line)
        if not m:
            continue
        document = max((i for i, n in enumerate(begins) if n <= int(m.group(1))), default=0)
        if out[document] is None:
            out[document] = []
        if not m.group(2).endswith(" ok"):
            out[document].append(m.group(2))
    wrong = any(out[i] for i in range(len(out)))
    if p.returncode != (1 if wrong else 0):
        raise RuntimeError("exit %d, though it printed: %s%s" % (p.returncode, p.stdout, p.stderr))
    return out, p.stdout + p.stderr
