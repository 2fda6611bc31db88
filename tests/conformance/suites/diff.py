"""What Argo CD calls a difference: pairs of an object in Git and the same object alive, and whether they differ.
The live object is put into a fresh `pave serve` as it is, with those who manage its fields; the other one goes into
a Git repository that an Application follows; what that says in .status.resources is the verdict."""
import copy
import csv
import json
import os
import subprocess
import tempfile

import yaml

import served

NS = "/api/v1/namespaces"
LAST = "kubectl.kubernetes.io/last-applied-configuration"
DEFINED = """{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "%(plural)s.%(group)s"},
 "spec": {"group": "%(group)s", "scope": "Namespaced", "names": {"plural": "%(plural)s", "singular": "%(single)s", "kind": "%(kind)s"},
 "versions": [{"name": "%(version)s", "served": true, "storage": true,
 "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}"""


def load(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


class Place:
    def __init__(self, client, git):
        self.client, self.git = client, git

    def send(self, method, path, body=None):
        status, _, text = self.client.request(method, path, json.dumps(body) if body is not None else None)
        return status, json.loads(text) if text[:1] == "{" else {"message": text}

    def collection(self, doc, namespace):
        """Where the kind's objects live; a custom kind is defined first."""
        version, kind = doc["apiVersion"], doc["kind"]
        base = "/api/v1" if version == "v1" else "/apis/" + version
        _, found = self.send("GET", base)
        rows = [r for r in found.get("resources", []) if r["kind"] == kind and "/" not in r["name"]]
        if not rows:
            single = kind.lower()
            self.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json.loads(DEFINED % {
                "plural": single + "s", "single": single, "kind": kind, "group": version.split("/")[0],
                "version": version.split("/")[1]}))
            rows = [{"name": single + "s", "namespaced": True}]
            served.until(lambda: self.send("GET", "%s/%ss" % (base, single))[0] == 200)
        if rows[0]["namespaced"]:
            return "%s/namespaces/%s/%s" % (base, namespace, rows[0]["name"]), True
        return "%s/%s" % (base, rows[0]["name"]), False

    def make(self, live, path):
        """As it came about: what was applied by kubectl, then what others made of it."""
        note = live["metadata"].get("annotations", {}).get(LAST)
        if not note:
            return self.send("POST", path + "?fieldManager=somebody", live)
        applied = json.loads(note)
        applied["apiVersion"] = live["apiVersion"]
        applied["metadata"].update({k: v for k, v in live["metadata"].items() if k in ("name", "namespace")})
        applied["metadata"].setdefault("annotations", {})[LAST] = note
        status, now = self.send("POST", path + "?fieldManager=kubectl-client-side-apply", applied)
        if status != 201:
            return self.send("POST", path + "?fieldManager=somebody", live)
        one = "%s/%s" % (path, live["metadata"]["name"])
        while True:  # controllers write, too
            live["metadata"]["resourceVersion"] = self.send("GET", one)[1]["metadata"]["resourceVersion"]
            status, now = self.send("PUT", one + "?fieldManager=controller", live)
            if status != 409:
                break
        return status, now

    def put_live(self, live, path):
        managers = live["metadata"].pop("managedFields", None)
        for field in ("resourceVersion", "uid", "selfLink", "creationTimestamp", "generation", "ownerReferences"):
            live["metadata"].pop(field, None)
        live.get("spec", {}).pop("clusterIP", None)
        live.get("spec", {}).pop("clusterIPs", None)
        status, now = self.make(live, path)
        if status not in (200, 201):
            return "live: " + now.get("message", "")[:300]
        if managers:
            now["metadata"]["managedFields"] = managers
            now["metadata"].pop("resourceVersion")  # controllers write, too
            status, now = self.send("PUT", "%s/%s" % (path, live["metadata"]["name"]), now)
            if status != 200:
                return "live: " + now.get("message", "")[:300]
        return None

    def follow(self, name, config, namespace):
        repo = os.path.join(self.git, name)
        os.makedirs(repo)
        with open(repo + "/it.json", "w", encoding="utf-8") as f:
            json.dump(config, f)
        for args in (["init", "-q", "-b", "main"], ["add", "."],
                     ["-c", "user.name=t", "-c", "user.email=t@pave.invalid", "commit", "-qm", "It"]):
            subprocess.run(["git", "-C", repo, *args], check=True)
        path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
        self.send("POST", path, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": {
            "project": "default", "source": {"repoURL": repo, "path": "."},
            "destination": {"name": "in-cluster", "namespace": namespace}}})
        def compared():
            status = self.send("GET", "%s/%s" % (path, name))[1].get("status", {})
            return (status.get("resources") or status.get("conditions")) and status
        return served.until(compared) or {}


def play(place, number, folder, row):
    name = "d%02d" % number
    config, live = load(folder, row["config"]), load(folder, row["live"])
    config, live = copy.deepcopy(config), copy.deepcopy(live)
    for doc in (config, live):
        if doc["apiVersion"] in ("admissionregistration.k8s.io/v1beta1", "apps/v1beta1"):
            doc["apiVersion"] = doc["apiVersion"].replace("v1beta1", "v1")  # gone since Kubernetes 1.22 and 1.16
        for hook in doc.get("webhooks", []):
            hook["sideEffects"] = "None"  # v1 knows no other word for it
    place.send("POST", NS, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    path, namespaced = place.collection(live, name)
    for doc in (config, live):
        doc["metadata"].pop("namespace", None)
        if namespaced:
            doc["metadata"]["namespace"] = name
        else:
            doc["metadata"]["name"] += "-" + name
    tracking = "%s:%s/%s:%s/%s" % (name, live["apiVersion"].rpartition("/")[0], live["kind"], name if namespaced else "",
                                   live["metadata"]["name"])
    live["metadata"].setdefault("annotations", {})["argocd.argoproj.io/tracking-id"] = tracking
    problem = place.put_live(live, path)
    if problem:
        return problem
    status = place.follow(name, config, name)
    verdicts = [r.get("status") for r in status.get("resources", [])]
    want = "OutOfSync" if row["modified"] == "true" else "Synced"
    if verdicts == [want]:
        return None
    why = subprocess.run([os.environ["PAVE"], "why", "-n", "argocd", "application/" + name], env=dict(os.environ, KUBECONFIG=place.client.config),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout if os.environ.get("WHY") else ""
    return "expected %s, got %s %s %s" % (want, verdicts, json.dumps(status.get("conditions", []))[:400], why)


def cases(folder):
    with open(os.path.join(folder, "cases.tsv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    out = []
    with served.server() as client, tempfile.TemporaryDirectory() as git:
        place = Place(client, git)
        place.send("POST", NS, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
        for number, row in enumerate(rows):
            out.append(("%02d %s %s" % (number, row["config"], row["note"]), play(place, number, folder, row)))
    return out


def judge(case):
    return case
