"""Resource actions: action_test.yaml of each kind.  A discovery test is an object and the actions that it has; an
action test is an object, an action's name and parameters, and the objects that come of it, or the error.

Compared is what an action says: times count as times, a name that ends in a time as that name, null as absent, an
empty place as none, and of what the server fills in (creationTimestamp, generation, uid ..) nothing.  Of an object
that upstream patched on a live cluster, `want` also has what its controller did since: where the action leaves the
status alone, neither it nor the controller's annotations count.  Upstream looks at what is wanted only: some files
lack what the object had before and what the action adds, which is no fault; but where an action takes something away
and does nothing else, it must be gone."""
import json
import os
import re
import subprocess
import yaml

SERVER = ("creationTimestamp", "generation", "resourceVersion", "uid", "selfLink", "managedFields")
CONTROLLER = ("deployment.kubernetes.io/revision",)
TIME = re.compile(r"^(.*?)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$")
STAMP = re.compile(r"-\d{11,12}$")


class Loader(yaml.SafeLoader):
    """Times stay texts."""


Loader.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if t != "tag:yaml.org,2002:timestamp"]
                                  for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def load(path):
    with open(path, encoding="utf-8") as f:
        return yaml.load(f, Loader)


def cases(folder):
    found = []
    for top, _, files in sorted(os.walk(folder)):
        if "action_test.yaml" not in files:
            continue
        kind = os.path.relpath(os.path.dirname(top), folder)
        tests = load(os.path.join(top, "action_test.yaml"))
        for i, t in enumerate(tests.get("discoveryTests") or []):
            found.append(("%s discovery %d %s" % (kind, i, t["inputPath"]), (top, "discovery", t)))
        for i, t in enumerate(tests.get("actionTests") or []):
            found.append(("%s %s %d %s" % (kind, t["action"], i, t["inputPath"]), (top, "action", t)))
    return found


def pave(*args):
    p = subprocess.run([os.environ["PAVE"], "action", *args], capture_output=True, text=True, timeout=600, check=False)
    return p.returncode, p.stdout, p.stderr


def row(a):
    return (a["name"], bool(a.get("disabled")), a.get("iconClass") or "", a.get("displayName") or "",
            json.dumps(a.get("params") or [], sort_keys=True))


def discovery(top, t):
    code, out, err = pave("list", "-o", "json", os.path.join(top, t["inputPath"]))
    if code:
        return err.strip()
    have, want = sorted(map(row, json.loads(out))), sorted(map(row, t["result"] or []))
    return None if have == want else "expected %s, got %s" % (want, have)


def plain(v):
    if isinstance(v, dict):
        v = {k: plain(x) for k, x in v.items()}
        return {k: x for k, x in v.items() if x is not None and x != {} and x != []} or None
    if isinstance(v, list):
        return [plain(x) for x in v] or None
    if isinstance(v, str):
        m = TIME.match(v)
        return m.group(1) + "TIME" if m else v
    return v


def clean(resource, created, with_status):
    r = json.loads(json.dumps(resource))
    meta = r.get("metadata") or {}
    for key in SERVER:
        meta.pop(key, None)
    for key in CONTROLLER:
        (meta.get("annotations") or {}).pop(key, None)
    for owner in (meta.get("ownerReferences") or []) if created else []:
        owner.pop("uid", None)
    if created:
        meta["name"] = STAMP.sub("-STAMP", meta.get("name", ""))
    if not with_status:
        r.pop("status", None)
    return plain(r)


def has_all(want, have):
    if isinstance(want, dict) and isinstance(have, dict):
        return all(k in have and has_all(v, have[k]) for k, v in want.items())
    if isinstance(want, list) and isinstance(have, list):
        return len(want) == len(have) and all(map(has_all, want, have))
    return want == have


def same(want, have, before):
    if [op for op, _ in want] != [op for op, _ in have]:
        return False
    takes_away = has_all(want[0][1], before) and want[0][1] != before
    return want == have or (want[0][0] == "patch" and not takes_away and
                            all(has_all(w, h) for (_, w), (_, h) in zip(want, have)))


def impacts(expected):
    if isinstance(expected, list):
        return [(x["k8sOperation"], x["unstructuredObj"]) for x in expected]
    return [("patch", expected)]


def action(top, t):
    path = os.path.join(top, t["inputPath"])
    params = [x for k, v in (t.get("parameters") or {}).items() for x in ("-p", "%s=%s" % (k, v))]
    code, out, err = pave("run", "-o", "json", *params, t["action"], path)
    if t.get("expectedErrorMessage"):
        return None if code and t["expectedErrorMessage"] in err else \
            "expected the error %s, got %d %s%s" % (t["expectedErrorMessage"], code, out, err)
    if code:
        return err.strip()
    have = [(x["operation"], x["resource"]) for x in json.loads(out)]
    want = impacts(load(os.path.join(top, t["expectedOutputPath"])))
    status = bool(have) and plain(have[0][1].get("status")) != plain(load(path).get("status"))
    have = [(op, clean(r, op == "create", status)) for op, r in have]
    want = [(op, clean(r, op == "create", status)) for op, r in want]
    return None if same(want, have, clean(load(path), False, status)) else "expected %s\n  got %s" % (json.dumps(want, sort_keys=True), json.dumps(have, sort_keys=True))


def judge(case):
    top, what, test = case
    return discovery(top, test) if what == "discovery" else action(top, test)
