"""The mutation samples of the gatekeeper-library.  They come without what is wanted, so what the mutator itself
says is: each sample Pod, given to `pave gator expand` as what a generator makes, has the mutator's value in every
item that its location names unless a path test keeps it, and is untouched elsewhere."""
import copy
import os
import subprocess
import tempfile

import yaml

EXPANSION = {"apiVersion": "expansion.gatekeeper.sh/v1alpha1", "kind": "ExpansionTemplate", "metadata": {"name": "made"},
             "spec": {"applyTo": [{"groups": ["made.example"], "kinds": ["Maker"], "versions": ["v1"]}],
                      "templateSource": "spec.template", "generatedGVK": {"group": "", "version": "v1", "kind": "Pod"}}}
GIVEN = ("name", "namespace", "ownerReferences")  # by the expansion, whoever is expanded


def load(path):
    with open(path, encoding="utf-8") as f:
        return [d for d in yaml.safe_load_all(f) if d]


def cases(folder):
    out = []
    for place, _, files in sorted(os.walk(folder)):
        mutations = sorted(f for f in files if f.startswith("mutation"))
        examples = [os.path.join(where, f) for where, _, names in sorted(os.walk(place)) for f in sorted(names)
                    if f.startswith("example")]
        for m in mutations:
            out += [("%s on %s" % (os.path.relpath(os.path.join(place, m), folder), os.path.basename(e)),
                     (os.path.join(place, m), e)) for e in examples]
    return out


def steps(location):
    """spec.containers[name:*].image -> ["spec", ("containers", "*"), "image"]"""
    return [(s.split("[")[0], s.split(":")[1].strip(" ]")) if "[" in s else s for s in location.split(".")]


def change(at, path, value, merge, keep):
    head, rest = path[0], path[1:]
    if isinstance(head, tuple):
        for item in at.get(head[0]) or []:
            if head[1] in ("*", item.get("name")):
                change(item, rest, value, merge, keep)
    elif rest:
        change(at.setdefault(head, {}), rest, value, merge, keep)
    elif merge:
        at[head] = at.get(head, []) + [v for v in value if v not in at.get(head, [])]
    elif not (keep and head in at):
        at[head] = value


def wanted(pod, mutators):
    pod = copy.deepcopy(pod)
    for m in mutators:
        p = m["spec"]["parameters"]
        path = steps(m["spec"]["location"])
        lists = [s[0] for s in path if isinstance(s, tuple)]
        if lists and lists[0] not in pod["spec"]:
            # a glob over a list that is not there makes the list, empty, on nobody's behalf: nothing is changed
            continue
        if m["kind"] == "ModifySet":
            change(pod, path, p["values"]["fromList"], True, False)
        else:
            change(pod, path, p["assign"]["value"], False, "pathTests" in p)
    return pod


def judge(case):
    mutators, example = load(case[0]), load(case[1])
    for pod in example:
        maker = {"apiVersion": "made.example/v1", "kind": "Maker", "metadata": {"name": "m", "namespace": "default"},
                 "spec": {"template": {k: v for k, v in pod.items() if k not in ("apiVersion", "kind")}}}
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            yaml.safe_dump_all([EXPANSION, maker, *mutators], f)
            f.flush()
            p = subprocess.run([os.environ["PAVE"], "gator", "expand", "-n", f.name], capture_output=True, text=True,
                               stdin=subprocess.DEVNULL, timeout=600, check=False)
        made = yaml.safe_load(p.stdout) if p.returncode == 0 else None
        if not made:
            return "exit code %d: %s" % (p.returncode, p.stderr)
        want = wanted(pod, mutators)
        for field in GIVEN:
            made["metadata"].pop(field, None)
            want["metadata"].pop(field, None)
        if (made["spec"], made["metadata"]) != (want["spec"], want["metadata"]):
            return "expected %s, got %s" % (want, made)
    return None
