#!/usr/bin/env python3
"""tests/conformance/run: a case passes where its adapter says None, and nowhere else; a suite, where no fewer pass and no
more fail than is recorded.  Speaks TAP."""
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
)
for n, (name, true) in enumerate(TESTS, 1):
    print("%s %d - %s" % ("ok" if true else "not ok", n, name))
print("1..%d" % len(TESTS))
