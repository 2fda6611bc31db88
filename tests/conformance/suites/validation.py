"""Made-up catalog entities, each with what the tool they are written for says: accepted, or refused."""
import json
import os
import tempfile

from catalog_files import verdicts


def cases(folder):
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as f:
        return [(c["id"], c) for c in json.load(f)]


def judge(case):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as f:
        f.write(json.dumps(case["entity"], indent=1))
        f.flush()
        have, said = verdicts(f.name)
    want = case["status"] == 200
    if not have or have[0] is None:
        return "nothing was said of it: %s" % said
    return None if (not have[0]) == want else "expected %s (%s), got: %s" % (
        "accepted" if want else "refused", "; ".join(map(str, case["errors"]))[-200:], said)
