"""gator's own fixtures: the suite of `verify`, what test.bats and its like in gatekeeper's test/gator ask of
`gator test` and `gator expand`, byte for byte where they compare output."""
import json
import os
import subprocess

import yaml


def pave(*args, stdin=None):
    return subprocess.run([os.environ["PAVE"], "gator", *args], capture_output=True, text=True, timeout=600,
                          check=False, **({"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}))


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


PROBE = "Container <tomcat> in your <Pod> <test-pod1> has no <readinessProbe>"
MISSING = ("Implied by expand-deployments] unable to match constraints: error matching the requested object: "
           "nginx-deployment-pod :failed to run Match criteria: namespace selector for namespace-scoped object "
           "but missing Namespace")
IMPLIED = "[Implied by expand-deployments] All pods must have an `owner` label that points to your company username"
WITH, DEFAULT, NONE = "manifests/with-policies/", "policies/default", "manifests/no-policies/"
TEMPLATE, ACTION = "policies/default/template_k8srequiredprobes.yaml", "policies/enforcement_action/k8srequiredprobes/"

# name, files, standard input, exit code, message of the first violation (in any, if it begins with "~")
TESTS = [
    ("nothing is given", [], None, 1, "~no input data identified"),
    ("no violations on standard input", [], WITH + "no-violations.yaml", 0, None),
    ("violations on standard input", [], WITH + "with-violations.yaml", 1, PROBE),
    ("no violations", [WITH + "no-violations.yaml"], None, 0, None),
    ("no violations, another", [WITH + "no-violations-2.yaml"], None, 0, None),
    ("violations", [WITH + "with-violations.yaml"], None, 1, PROBE),
    ("a template and a constraint alone", [WITH + "with-violations-2.yaml"], None, 0, None),
    ("a template in Rego v1", [WITH + "with-violations-rego-v1.yaml"], None, 1, ""),
    ("several files", [NONE + "with-violations.yaml", DEFAULT], None, 1, PROBE),
    ("files and standard input", [DEFAULT], NONE + "with-violations.yaml", 1, PROBE),
    ("a folder without violations", [DEFAULT, NONE + "no-violations.yaml"], None, 0, None),
    ("a folder with violations", [DEFAULT, NONE + "with-violations.yaml"], None, 1, PROBE),
    ("a template that is no YAML", ["manifests/invalid-resources/template.yaml"], None, 1, "~reading yaml source"),
    ("a constraint that is no YAML", ["manifests/invalid-resources/constraint.yaml"], None, 1, "~reading yaml source"),
    ("several extensions", ["manifests/different-extensions"], None, 1, PROBE),
    ("action deny", [TEMPLATE, ACTION + "deny.yaml", NONE + "with-violations.yaml"], None, 1, PROBE),
    ("any other action", [TEMPLATE, ACTION + "foo.yaml", NONE + "with-violations.yaml"], None, 0, PROBE),
    ("referential data", [DEFAULT, "manifests/referential-data"], None, 1,
     "ingress host conflicts with an existing ingress <example-host.example.com>"),
    ("policies that images hold", ["../../oci-artifacts", NONE + "violating-ns.yaml"], None, 1,
     'you must provide labels: {"geo"}'),
    ("defaults of a schema: label", [WITH + "with-violations-and-defaults.yaml"], None, 1, "~aRequiredLabel"),
    ("defaults of a schema: message", [WITH + "with-violations-and-defaults.yaml"], None, 1, "~aRequiredMessage"),
    ("expansion without its namespace", ["manifests/expansion/expansion-w-ns-selector.yaml"], None, 1, "~" + MISSING),
    ("expansion with its namespace", ["manifests/expansion"], None, 1, "~" + IMPLIED),
]
UNRECORDED = [("Pod", "nginx-deployment-pod", "my-ns")]


def cases(folder):
    out = [("verify " + os.path.basename(p), ("verify", p)) for p in [os.path.join(folder, "verify/suite.yaml")]]
    base = os.path.join(folder, "test/fixtures")
    for row in TESTS:
        out += [("test: %s (%s)" % (row[0], form), ("test", base, form, row)) for form in ("yaml", "json", "default")
                if form != "default" or not row[0].endswith("label")]
    for name in sorted(os.listdir(os.path.join(folder, "expand/fixtures"))):
        place = os.path.join(folder, "expand/fixtures", name)
        out += [("expand: %s (%s)" % (name, form), ("expand", place, form)) for form in ("yaml", "json")]
    return out


def messages(form, out):
    if form == "json":
        return [r["msg"] for r in json.loads(out) or []]
    if form == "yaml":
        return [r["result"]["msg"] for r in yaml.safe_load(out) or []]
    return [json.loads(line.split("Message: ", 1)[1]) for line in out.split("\n") if "Message: " in line]


def judge_test(base, form, row):
    _, files, stdin, code, want = row
    args = ["test"] + ["--filename=" + os.path.join(base, f) for f in files]
    p = pave(*args, *(["-o=" + form] if form != "default" else []),
             stdin=text(os.path.join(base, stdin)) if stdin else None)
    if p.returncode != code:
        return "expected exit code %d, got %d: %s" % (code, p.returncode, (p.stdout + p.stderr)[:300])
    if want and want.startswith("~") and want[1:] in p.stderr:
        return None
    if form != "default" and not p.stdout.strip():
        return "expected a list, got nothing"
    have = messages(form, p.stdout)
    if want is None:
        return "expected no violations, got %s" % have if have else None
    if want.startswith("~"):
        return None if want[1:] in p.stdout or any(want[1:] in m for m in have) else \
            "expected %s in one of %s" % (want[1:], have)
    return None if have and (not want or have[0] == want) else "expected %s first, got %s" % (want, have)


def judge_expand(place, form):
    p = pave("expand", "--filename=" + os.path.join(place, "input"), "--format=" + form)
    want = text(os.path.join(place, "output/output.yaml")).strip("\n")
    if p.returncode != 0:
        return "exit code %d: %s" % (p.returncode, p.stderr)
    have = [json.loads(doc) for doc in p.stdout.replace("}---\n", "}\n---\n").split("\n---\n") if doc.strip()] \
        if form == "json" else list(yaml.safe_load_all(p.stdout))
    if not want:  # nothing is recorded, and upstream asks for the exit code only: here for what is made, by name
        made = [(o["kind"], o["metadata"]["name"], o["metadata"]["namespace"]) for o in have]
        return None if made == UNRECORDED else "expected %s, got %s" % (UNRECORDED, made)
    if form == "yaml":
        return None if p.stdout.strip("\n") == want else "expected\n%s\ngot\n%s" % (want, p.stdout)
    return None if have == list(yaml.safe_load_all(want)) else "expected %s, got %s" % (want, have)


def judge(case):
    if case[0] == "verify":
        p = pave("verify", "-v", case[1])
        want = sum(1 + len(t["cases"]) for t in yaml.safe_load(text(case[1]))["tests"])
        return None if p.returncode == 0 and p.stdout.count("--- PASS: ") == want else \
            "expected %d tests and cases to pass, got %s" % (want, p.stdout)
    return judge_test(*case[1:]) if case[0] == "test" else judge_expand(*case[1:])
