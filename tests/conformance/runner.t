#!/usr/bin/env python3
"""tests/conformance/run: a case passes where its adapter says None, and nowhere else.  Speaks TAP."""
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


TESTS = (
    ("None passes", judged(lambda case: None) is None),
    ("a problem fails", judged(lambda case: "a problem") == "a problem"),
    ("so does what a program says that ends without a word", bool(judged(lambda case: ""))),
    ("and a fault of the adapter", judged(lambda case: 1 // 0).startswith("ZeroDivisionError")),
)
for n, (name, true) in enumerate(TESTS, 1):
    print("%s %d - %s" % ("ok" if true else "not ok", n, name))
print("1..%d" % len(TESTS))
