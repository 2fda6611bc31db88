#!/usr/bin/env python3
"""What server-side apply takes and refuses, and who owns what after it, request by request: what a Kubernetes 1.34 answers.
Speaks TAP.  PAVE names the program.

applies.tsv, tab-separated: method, path, kind of the body, body (JSON; a JSON string: that text), code, and what is said: of
a refusal its message ("..." at the end: what begins so), of an object its parts, its managers in any order, and the warnings."""
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from server import Server  # noqa: E402

KINDS = {"apply": "application/apply-patch+yaml", "merge": "application/merge-patch+json", "-": "application/json"}


def parts(answer, warnings, wanted):
    """What the row speaks of, in its form; None stands for what is not there."""
    found = {key: answer.get(key) for key in wanted if key not in ("managers", "warnings")}
    if "managers" in wanted:
        keys = ("manager", "operation", "subresource", "apiVersion", "fieldsV1")
        found["managers"] = [{k: one[k] for k in keys if k in one} for one in answer.get("metadata", {}).get("managedFields", [])]
    if warnings:
        found["warnings"] = [text[len('299 - "'):-1].replace('\\"', '"') for text in warnings]
    return found


def in_order(said):
    return {key: sorted(value, key=json.dumps) if key == "managers" else value for key, value in said.items()}


def agrees(answer, warnings, wanted):
    if not isinstance(wanted, str):
        return in_order(parts(answer, warnings, wanted)) == in_order(wanted)
    text = answer.get("message", "")
    return text.startswith(wanted[:-3]) if wanted.endswith("...") else text == wanted


def main():
    with open(os.path.join(HERE, "applies.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    with tempfile.TemporaryDirectory() as folder, Server(folder, "--api-only") as server:
        for at, (method, path, kind, body, code, wanted) in enumerate(rows):
            text = json.loads(body) if body.startswith('"') else body
            status, headers, said = server.admin.request(method, path, text if method != "GET" else None, KINDS[kind])
            answer, warnings, wanted = json.loads(said), headers.get_all("Warning") or [], json.loads(wanted)
            good = status == int(code) and agrees(answer, warnings, wanted)
            print("%s %d - %s %s %s" % ("ok" if good else "not ok", at + 1, method, path.rpartition("/")[2], body[:80].replace("#", "")))
            if not good:
                print("# wanted %s %s\n# found  %d %s" % (code, json.dumps(wanted), status, json.dumps(
                    answer.get("message") if isinstance(wanted, str) else parts(answer, warnings, wanted))))
    print("1..%d" % len(rows))


main()
