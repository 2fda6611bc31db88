#!/usr/bin/env python3
"""project_rules.t: what an AppProject permits, row by row, by `pave render` (no server)."""
import json
import os
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PAVE = os.environ.get("PAVE") or os.path.join(ROOT, "build/debug/pave")
REPO, HERE = "https://git.example/shop", "https://kubernetes.default.svc"
ANY = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
REFUSED_REPO, REFUSED_PLACE, REFUSED_KIND = "application repo", "do not match any of the allowed destinations", "is not permitted in project"
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
ELSEWHERE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "other"}}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}}
ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"}}


def place(**at):
    return {"destinations": [at]}


def places(*rows):
    return {"destinations": list(rows)}


# what it shows, the project's spec (over ANY), the object, what is wanted: None or a part of the refusal
ROWS = [
    ("any repository", {}, CONFIG, None),
    ("no repository", {"sourceRepos": []}, CONFIG, REFUSED_REPO),
    ("a repository by name", {"sourceRepos": [REPO]}, CONFIG, None),
    ("another repository", {"sourceRepos": ["https://git.example/other"]}, CONFIG, REFUSED_REPO),
    ("a glob spans slashes", {"sourceRepos": ["https://git.*"]}, CONFIG, None),
    ("a glob of another host", {"sourceRepos": ["https://other.*/*"]}, CONFIG, REFUSED_REPO),
    ("a denial beats a permit", {"sourceRepos": ["*", "!" + REPO]}, CONFIG, REFUSED_REPO),
    ("a denial of others", {"sourceRepos": ["*", "!https://other.*"]}, CONFIG, None),
    ("a denial alone permits nothing", {"sourceRepos": ["!https://other.*"]}, CONFIG, REFUSED_REPO),
    ("no destination", places(), CONFIG, REFUSED_PLACE),
    ("a server and a namespace", place(server=HERE, namespace="default"), CONFIG, None),
    ("another namespace", place(server=HERE, namespace="prod"), CONFIG, REFUSED_PLACE),
    ("a namespace by glob", place(server=HERE, namespace="def*"), CONFIG, None),
    ("another server", place(server="https://far.example", namespace="*"), CONFIG, REFUSED_PLACE),
    ("the cluster by name", place(name="in-cluster", namespace="*"), CONFIG, None),
    ("another cluster by name", place(name="far", namespace="*"), CONFIG, REFUSED_PLACE),
    ("a namespace denied", places({"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!default"}), CONFIG, REFUSED_PLACE),
    ("another one denied", places({"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!prod"}), CONFIG, None),
    ("a server denied", places({"server": "*", "namespace": "*"}, {"server": "!" + HERE, "namespace": "*"}), CONFIG, REFUSED_PLACE),
    ("a cluster denied by name", places({"server": "*", "namespace": "*"}, {"name": "!in-cluster", "namespace": "*"}), CONFIG, REFUSED_PLACE),
    ("an object in a namespace that is not permitted", place(server=HERE, namespace="default"), ELSEWHERE,
     "namespace other is not permitted in project"),
    ("an object in another namespace that is", {}, ELSEWHERE, None),
    ("kinds of the cluster are not permitted by themselves", {}, NAMESPACE, REFUSED_KIND),
    ("but by name", {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}]}, NAMESPACE, None),
    ("or by glob", {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, ROLE, None),
    ("another group is another kind", {"clusterResourceWhitelist": [{"group": "", "kind": "*"}]}, ROLE, REFUSED_KIND),
    ("a row may name objects", {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "team-*"}]}, NAMESPACE, None),
    ("and others of the kind are not", {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "prod"}]}, NAMESPACE,
     REFUSED_KIND),
    ("a blacklist beats the whitelist", {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
                                         "clusterResourceBlacklist": [{"group": "", "kind": "Namespace"}]}, NAMESPACE, REFUSED_KIND),
    ("a blacklist names objects, too", {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
                                        "clusterResourceBlacklist": [{"group": "", "kind": "Namespace", "name": "kube-*"}]}, NAMESPACE, None),
    ("kinds of namespaces: those listed", {"namespaceResourceWhitelist": [{"group": "", "kind": "ConfigMap"}]}, CONFIG, None),
    ("and no others", {"namespaceResourceWhitelist": [{"group": "apps", "kind": "*"}]}, CONFIG, REFUSED_KIND),
    ("an empty list is none", {"namespaceResourceWhitelist": []}, CONFIG, REFUSED_KIND),
    ("the blacklist", {"namespaceResourceBlacklist": [{"group": "", "kind": "Config*"}]}, CONFIG, REFUSED_KIND),
]


def main():
    docs, facts = [], []
    for i, (_, spec, manifest, _) in enumerate(ROWS):
        name, tree = "p%02d" % i, "%040x" % (i + 1)
        docs.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name, "namespace": "argocd"},
                     "spec": dict(ANY, **spec)})
        docs.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": "argocd"}, "spec": {
            "project": name, "source": {"repoURL": REPO, "path": name, "targetRevision": "main"},
            "destination": {"server": HERE, "namespace": "default"}}})
        facts.append({"fact": "git-tree", "args": {"repo": REPO, "revision": "main", "path": name, "names": False},
                      "value": {"commit": "1" * 40, "tree": tree, "author": "t", "date": "2026-01-01T00:00:00Z", "message": "m"}})
        facts.append({"fact": "manifests", "args": {"repo": REPO, "tree": tree, "path": name, "directory": False, "recurse": False},
                      "value": {"manifests": [{"file": name + "/it.yaml", "line": 1, "object": manifest}]}})
    docs.append({"kind": "Facts", "facts": facts})
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as f:
        f.write("\n---\n".join(json.dumps(d) for d in docs))
        f.flush()
        p = subprocess.run([PAVE, "render", "-o", "json", f.name], capture_output=True, text=True, check=False)
    plans = {plan["object"]["name"]: plan for plan in json.loads(p.stdout)} if p.returncode == 0 else {}
    for i, (what, _, _, want) in enumerate(ROWS):
        plan = plans.get("p%02d" % i, {})
        refusals = [c["message"] for c in plan.get("status", {}).get("conditions", [])]
        refusals += [r for r in plan.get("reason", "").split("; ") if "cannot be applied" in r]
        said = json.dumps(refusals)
        good = bool(plan) and (want in said if want else not refusals)
        print("%sok %d - %s" % ("" if good else "not ", i + 1, what))
        if not good:
            print("# wanted %s, got %s %s" % (want, said, p.stderr))
    print("1..%d" % len(ROWS))


main()
