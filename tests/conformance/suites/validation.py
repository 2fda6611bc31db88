"""Made-up catalog entities, each with what the tool they are written for says: accepted, or refused and why.
Each has one thing wrong, so nothing else may be said of it."""
import json
import os
import tempfile

from catalog_files import differs, verdicts


def cases(folder):
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as f:
        return [(c["id"], c) for c in json.load(f)]


def judge(case):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as f:
        f.write(json.dumps(case["entity"], indent=1))
        f.flush()
        have, said = verdicts(f.name)
    if not have or have[0] is None:
        return "nothing was said of it: %s" % said
    if case["status"] == 200:
        return "expected accepted, got: %s" % said if have[0] else None
    if len(have[0]) > 1:
        return "expected one fault, got: %s" % said
    return differs(have[0], case["errors"])
