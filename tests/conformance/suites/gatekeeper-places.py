"""The gatekeeper-library once more: every place gives the same answer.  Each object of a suite is stored under its
constraint with enforcementAction dryrun; what the server made of it is then asked about at a write (a dry run, the
constraint denying), in the PolicyReports, by an AdmissionReview of another cluster, and by `pave gator test`: all say
the same violations.  An object that the API does not take as it stands is asked about in the last two only."""
import json
import os
import subprocess
import tempfile
import threading
import time

import yaml

from served import Kept, server, until

RUNS, LOCK = {}, threading.Lock()
SETTLED = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")


def documents(path):
    with open(path, encoding="utf-8") as f:
        return [d for d in yaml.safe_load_all(f) if d]


def cases(folder):
    out = []
    for place, _, files in sorted(os.walk(folder)):
        if "suite.yaml" not in files:
            continue
        with open(os.path.join(place, "suite.yaml"), encoding="utf-8") as f:
            suite = yaml.load(f, Loader=yaml.BaseLoader)
        for test in suite["tests"]:
            if "requires-sync-data" in str(documents(os.path.join(place, test["template"]))[0]["metadata"]):
                continue  # what else there is decides, and gator knows all that it is given
            for case in test.get("cases") or []:
                path = os.path.join(place, case["object"])
                objects = documents(path)
                if test.get("expansion") or len(objects) != 1 or objects[0]["kind"] == "AdmissionReview":
                    continue  # of objects that it makes, or of a write that says what it is
                name = "%s %s/%s" % (os.path.relpath(place, folder), test["name"], case["name"])
                out.append((name, (name, folder, place, test, path)))
    return out


# ---- the places ----

class Places:
    def __init__(self, client):
        self.http = Kept(client)
        self.resources = {}
        self.spaces = {"default"}

    def send(self, method, path, body=None, kind="application/json"):
        status, headers, text = self.http.send(method, path, json.dumps(body) if body is not None else None, kind)
        return status, headers, json.loads(text) if text.startswith("{") else {"message": text}

    def resource(self, obj):
        """(path of the collection, plural, namespaced); None: no such kind here."""
        group = obj["apiVersion"]
        home = "/apis/" + group if "/" in group else "/api/" + group
        if home not in self.resources:
            status, _, answer = self.send("GET", home)
            self.resources[home] = {r["kind"]: r for r in answer.get("resources", []) if "/" not in r["name"]} if status == 200 else {}
        found = self.resources[home].get(obj["kind"])
        if not found:
            return None
        ns = "/namespaces/" + obj["metadata"]["namespace"] if found["namespaced"] else ""
        return home + ns + "/" + found["name"], found["name"], found["namespaced"]

    def apply(self, obj):
        """By server-side apply, as whoever; asked again until its kind is served."""
        def applied():
            found = self.resource(obj)
            if found:
                status, _, answer = self.send("PATCH", "%s/%s?fieldManager=suite&force=true" % (found[0], obj["metadata"]["name"]), obj,
                                              "application/apply-patch+yaml")
                if status != 404:
                    return status, answer
            self.resources.pop("/apis/" + obj["apiVersion"], None)
            return None
        return until(applied) or (404, {"message": "%s is not served" % obj["kind"]})

    def space(self, obj):
        ns = obj["metadata"].get("namespace")
        if ns and ns not in self.spaces:
            self.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
            self.spaces.add(ns)

    def reports(self, obj):
        ns = obj["metadata"].get("namespace")
        home = "/apis/wgpolicyk8s.io/v1alpha2/" + ("namespaces/%s/policyreports" % ns if ns else "clusterpolicyreports")
        status, _, report = self.send("GET", "%s/%s" % (home, obj["metadata"]["uid"]))
        return sorted(r["message"] for r in report.get("results", [])) if status == 200 else []

    def review(self, obj, plural, namespaced):
        group, _, version = obj["apiVersion"].rpartition("/")
        ns = obj["metadata"].get("namespace", "") if namespaced else ""
        request = {"uid": "1", "kind": {"group": group, "version": version, "kind": obj["kind"]},
                   "resource": {"group": group, "version": version, "resource": plural}, "operation": "CREATE",
                   "name": obj["metadata"].get("name", ""), "namespace": ns, "object": obj, "oldObject": None, "dryRun": False,
                   "userInfo": {"username": "admin", "groups": ["system:masters", "system:authenticated"]}, "options": None}
        status, _, answer = self.send("POST", "/admission/v1/validate",
                                      {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
        if status != 200:
            return ["review: %d %s" % (status, answer.get("message"))]
        return told(answer["response"].get("status", {}))


def told(status):
    """The messages of the causes of a refusal, "[constraint] message"."""
    causes = [c["message"] for c in status.get("details", {}).get("causes", [])]
    return sorted(c[len("[the-constraint] "):] for c in causes if c.startswith("[the-constraint] "))


def gator(template, constraint, obj):
    with tempfile.TemporaryDirectory() as tmp:
        for i, one in enumerate((template, constraint, obj)):
            with open(os.path.join(tmp, "%d.yaml" % i), "w", encoding="utf-8") as f:
                yaml.safe_dump(one, f)
        p = subprocess.run([os.environ["PAVE"], "gator", "test", "--filename", tmp, "--output", "json"],
                           capture_output=True, text=True, timeout=600, check=False)
    if not p.stdout.lstrip().startswith(("[", "null")):
        return ["gator: " + p.stdout + p.stderr]
    return sorted(r["msg"] for r in json.loads(p.stdout) or [])


# ---- one object in all of them ----

def bare(obj):
    meta = {k: v for k, v in obj["metadata"].items() if k not in SETTLED}
    return {**{k: v for k, v in obj.items() if k != "status"}, "metadata": meta}


def acting(constraint, action):
    return {**constraint, "metadata": {**constraint["metadata"], "name": "the-constraint"},
            "spec": {**constraint.get("spec", {}), "enforcementAction": action}}


def stored(places, found, obj, constraint, answers):
    """The object as the server has it, and what the report says of it; None: it is not taken."""
    status, _, made = places.send("POST", found[0], obj)
    if status != 201:
        return None
    answers["report"] = places.reports(made)
    places.send("DELETE", "%s/%s" % (found[0], made["metadata"]["name"]), {"gracePeriodSeconds": 0})
    while places.send("GET", "%s/%s" % (found[0], made["metadata"]["name"]))[0] == 200:
        time.sleep(0.02)  # sleeps: until it is gone
    status, answer = places.apply(acting(constraint, "deny"))
    if status not in (200, 201):
        answers["constraint"] = [answer.get("message")]
    status, _, answer = places.send("POST", found[0] + "?dryRun=All", bare(made))
    answers["write"] = told(answer) if status == 403 else \
        [] if status == 201 else ["%d %s" % (status, answer.get("message"))]
    return bare(made)


def judge_one(places, template, constraint, obj):
    answers = {}
    found = places.resource({**obj, "metadata": {"namespace": "default", **obj["metadata"]}})
    if found and found[2]:
        obj["metadata"].setdefault("namespace", "default")
    places.space(obj)
    status, answer = places.apply(acting(constraint, "dryrun"))
    if status not in (200, 201):
        return "the constraint: %s" % answer.get("message")
    made = stored(places, found, obj, constraint, answers) if found else None
    if not made:
        places.apply(acting(constraint, "deny"))
    asked = made or obj
    plural = found[1] if found else obj["kind"].lower() + "s"
    answers["review"] = places.review(asked, plural, found[2] if found else "namespace" in obj["metadata"])
    answers["gator"] = gator(template, acting(constraint, "deny"), asked)
    kind = places.resource({**constraint, "metadata": {}})
    places.send("DELETE", "%s/the-constraint" % kind[0])
    if len({json.dumps(v) for v in answers.values()}) == 1:
        return None
    return "; ".join("%s: %s" % (place, said) for place, said in answers.items())


def run_all(folder):
    with server() as client:
        places = Places(client)
        for name, (_, _, place, test, path) in cases(folder):
            template = documents(os.path.join(place, test["template"]))[0]
            constraint = documents(os.path.join(place, test["constraint"]))[0]
            status, answer = places.apply(template)
            if status not in (200, 201):
                RUNS[name] = "the template: %s" % answer.get("message")
                continue
            RUNS[name] = judge_one(places, template, constraint, documents(path)[0])


def judge(case):
    with LOCK:
        if not RUNS:
            run_all(case[1])
    return RUNS.get(case[0], "it was not run")
