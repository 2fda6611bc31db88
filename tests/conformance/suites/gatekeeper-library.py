"""The gatekeeper-library: every case of every suite.yaml, through `pave gator verify`; those of templates
in two languages once on CEL, which is taken first, and once on Rego.  A suite runs once for each engine,
and what it prints for a case is the case's verdict."""
import os
import re
import subprocess
import threading

import yaml

RUNS, LOCK = {}, threading.Lock()
LINE = re.compile(r"^( *)(?:---|===) (PASS|FAIL|RUN|SKIP):? +([^\t\n]*)")


def verdicts(suite, engine):
    """{(test, case): "PASS" or what was printed}"""
    p = subprocess.run([os.environ["PAVE"], "gator", "verify", "-v",
                        "--enable-k8s-native-validation=" + ("true" if engine == "cel" else "false"), suite],
                       capture_output=True, text=True, timeout=600, check=False)
    found, test = {}, None
    lines = p.stdout.split("\n")
    for i, line in enumerate(lines):
        m = LINE.match(line)
        if not m:
            continue
        inner, verdict, name = bool(m.group(1)), m.group(2), m.group(3).strip()
        if not inner and verdict == "RUN":
            test = name
        elif inner and verdict in ("PASS", "FAIL"):
            found[test, name] = verdict if verdict == "PASS" else lines[i + 1].strip()
    return found, p.stdout + p.stderr


def run(suite, engine):
    with LOCK:
        if (suite, engine) not in RUNS:
            RUNS[suite, engine] = verdicts(suite, engine)
        return RUNS[suite, engine]


def cases(folder):
    out = []
    for place, _, files in sorted(os.walk(folder)):
        if "suite.yaml" not in files:
            continue
        path = os.path.join(place, "suite.yaml")
        with open(path, encoding="utf-8") as f:
            suite = yaml.load(f, Loader=yaml.BaseLoader)
        for test in suite["tests"]:
            with open(os.path.join(place, test["template"]), encoding="utf-8") as f:
                engines = ("cel", "rego") if "K8sNativeValidation" in f.read() else ("rego",)
            for case in test.get("cases") or []:
                for engine in engines:
                    name = "%s %s/%s on %s" % (os.path.relpath(place, folder), test["name"], case["name"], engine)
                    out.append((name, (path, test["name"], case["name"], engine)))
    return out


def judge(case):
    path, test, name, engine = case
    found, printed = run(path, engine)
    verdict = found.get((test, name), "no verdict: " + printed[-300:])
    return None if verdict == "PASS" else verdict
