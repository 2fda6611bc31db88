"""Real catalog files with the verdicts of the tool they were written for (../golden/catalog).
A case is a file: each of its documents must be accepted or refused as there, and a refusal must name
the fault.  Verdicts about documents that could not be fetched (placeholders) are not about the file.
`pave catalog validate -o json FILE` prints [{"file", "document", "line", "entity", "valid", "errors": []}]."""
import json
import os
import subprocess


def cases(folder):
    out = []
    golden = os.path.join(folder, "..", "golden", "catalog")
    for name in sorted(os.listdir(golden)):
        with open(os.path.join(golden, name, "validate.json"), encoding="utf-8") as f:
            rows = json.load(f)
        files = {}
        for row in rows:
            fetched = any("Placeholder $" in e.get("message", "") for e in row["errors"])
            files.setdefault(row["file"], {})[row["doc"]] = row["status"] == 200 or fetched
        out += [(name + "/" + path, (os.path.join(folder, name, path), docs)) for path, docs in sorted(files.items())]
    return out


def judge(case):
    path, want = case
    p = subprocess.run([os.environ["PAVE"], "catalog", "validate", "-o", "json", path],
                       capture_output=True, text=True, timeout=20, check=False)
    try:
        rows = json.loads(p.stdout)
    except ValueError:
        return "exit %d, no JSON: %s%s" % (p.returncode, p.stdout[:200], p.stderr[:300])
    have = {row["document"]: row for row in rows}
    for number, valid in sorted(want.items()):
        row = have.get(number)
        if row is None:
            return "document %d is missing from the answer" % number
        if row["valid"] != valid:
            return "document %d: expected %s, got %s" % (number, "accepted" if valid else "refused",
                                                        "; ".join(row["errors"]) or "accepted")
        if not valid and not row["errors"]:
            return "document %d is refused without a fault" % number
    return None
