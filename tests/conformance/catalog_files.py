"""What `pave catalog validate FILE` says of each document of a file.
It prints `FILE:LINE: ENTITY ok`, or `FILE:LINE: ENTITY: fault` for everything that is wrong."""
import os
import re
import subprocess


def golden(message):
    """(the fault in a recorded message, whether it is only that the recording had no network).
    Around it stand which processor found it, and what behind it of a place in the recording."""
    fault = message.rpartition("; caused by ")[2]
    for head in ("TypeError: ", "Error: ", "Malformed envelope, "):
        fault = fault.removeprefix(head)
    fault = fault.partition(". To learn more ")[0]
    placeholder = re.match(r"(Placeholder \S+ could not read location (\S+)), \w+Error: ", fault)
    if not placeholder:
        return fault, False
    return placeholder.group(1), placeholder.group(2).startswith(("https://", "http://"))


def differs(have, messages):
    """None if the first of the faults is the recorded one, in its words: its field and its rule."""
    want = [golden(m)[0] for m in messages]
    said = [re.sub(r"^[\w-]*:\S* ", "", fault) for _, fault in have]
    if not want or not said or not said[0].startswith(want[0]):
        return "expected the fault %s, got: %s" % (want, said or "none")
    return None


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
    """([[(line, fault)] of document 0, ...], output); a document that is not mentioned has None."""
    p = subprocess.run([os.environ["PAVE"], "catalog", "validate", path],
                       capture_output=True, text=True, timeout=600, check=False)
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
            out[document].append((int(m.group(1)), m.group(2)))
    wrong = any(out[i] for i in range(len(out)))
    if p.returncode != (1 if wrong else 0):
        raise RuntimeError("exit %d, though it printed: %s%s" % (p.returncode, p.stdout, p.stderr))
    return out, p.stdout + p.stderr
