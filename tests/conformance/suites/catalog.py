"""Real catalog files with the verdicts of the tool they were written for (../golden/catalog).
A case is a file: each of its documents must be accepted or refused as there, and a refusal must name
the fault.  Neither that tool nor Pave could fetch what lies behind a URL then, so both refuse it."""
import json
import os

from catalog_files import verdicts


def cases(folder):
    out = []
    golden = os.path.join(folder, "..", "golden", "catalog")
    for name in sorted(os.listdir(golden)):
        with open(os.path.join(golden, name, "validate.json"), encoding="utf-8") as f:
            rows = json.load(f)
        files = {}
        for row in rows:
            files.setdefault(row["file"], {})[row["doc"]] = row["status"] == 200
        out += [(name + "/" + path, (os.path.join(folder, name, path), docs)) for path, docs in sorted(files.items())]
    return out


def judge(case):
    path, want = case
    have, said = verdicts(path)
    for number, valid in sorted(want.items()):
        faults = have[number] if number < len(have) else None
        if faults is None:
            return "document %d is missing from: %s" % (number, said)
        if (not faults) != valid:
            return "document %d: expected %s, got: %s" % (number, "accepted" if valid else "refused", said)
    return None
