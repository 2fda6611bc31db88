#!/usr/bin/env python3
"""tests/conformance/run: a case passes where its adapter says None, and nowhere else; a suite, where no fewer pass and no
more fail than is recorded; README.md says of each what is recorded.  Speaks TAP."""
import importlib.machinery
import importlib.util
import os
import sys
import types

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("run", os.path.join(os.path.dirname(os.path.abspath(__file__)), "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)


def judged(judge):
    return run.judge(types.SimpleNamespace(judge=judge), None)


def untold():
    """Suites of which the table of README.md says something else than is recorded, or nothing."""
    with open(os.path.join(run.HERE, "README.md"), encoding="utf-8") as f:
        rows = [[cell.strip() for cell in line.split("|")] for line in f if line.startswith("| ")]
    said = {row[1]: (row[2], row[5].partition(":")[0]) for row in rows if len(row) > 6}
    return [name for name, row in run.table().items() if said.get(name) != (row["folder"], "{:,} of {:,}".format(
        int(row["passed"]), int(row["passed"]) + int(row["failed"])))]


RECORDED = {"passed": "9", "failed": "1"}
TESTS = (
    ("None passes", judged(lambda case: None) is None),
    ("a problem fails", judged(lambda case: "a problem") == "a problem"),
    ("so does what a program says that ends without a word", bool(judged(lambda case: ""))),
    ("and a fault of the adapter", judged(lambda case: 1 // 0).startswith("ZeroDivisionError")),
    ("a suite is as good as is recorded", run.is_as_good(RECORDED, 9, 1)),
    ("or better", run.is_as_good(RECORDED, 10, 0)),
    ("not with a case fewer", not run.is_as_good(RECORDED, 8, 1)),
    ("nor with a failure more", not run.is_as_good(RECORDED, 9, 2)),
    ("the README says of each suite what is recorded%s" % "".join(", but not of " + n for n in untold()), not untold()),
)
for n, (name, true) in enumerate(TESTS, 1):
    print("%s %d - %s" % ("ok" if true else "not ok", n, name))
print("1..%d" % len(TESTS))
