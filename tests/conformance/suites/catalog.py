"""Real catalog files with the verdicts of the tool they were written for (../golden/catalog).
A case is a file: each of its documents must be accepted, or refused for what it was refused for there: the same
field, the same rule.  What was refused only because that recording had no network is accepted."""
import json
import os

from catalog_files import differs, golden, verdicts


def cases(folder):
    out = []
    place = os.path.join(folder, "..", "golden", "catalog")
    for name in sorted(os.listdir(place)):
        with open(os.path.join(place, name, "validate.json"), encoding="utf-8") as f:
            rows = json.load(f)
        files = {}
        for row in rows:
            files.setdefault(row["file"], {})[row["doc"]] = row
        out += [(name + "/" + path, (os.path.join(folder, name, path), docs)) for path, docs in sorted(files.items())]
    return out


def misplaced(path, faults):
    """A placeholder's fault stands on the line of the placeholder."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    wrong = [n for n, fault in faults if "Placeholder $" in fault and "$" not in lines[n - 1]]
    return "line %d has no placeholder: %s" % (wrong[0], lines[wrong[0] - 1]) if wrong else None


def judge_document(path, have, row):
    messages = [e["message"] for e in row.get("errors", [])]
    if row["status"] == 200 or all(golden(m)[1] for m in messages):
        return "expected accepted, got: %s" % have if have else None
    return differs(have, messages) or misplaced(path, have)


def judge(case):
    path, want = case
    have, said = verdicts(path)
    for number, row in sorted(want.items()):
        faults = have[number] if number < len(have) else None
        if faults is None:
            return "document %d is missing from: %s" % (number, said)
        wrong = judge_document(path, faults, row)
        if wrong:
            return "document %d: %s" % (number, wrong)
    return None
