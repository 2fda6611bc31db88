#!/usr/bin/env python3
"""Thirty ends of the server or more, by SIGKILL and SIGTERM in turn, in the middle of syncs with hooks, waves and prune: each commit
is synced once, no hook runs twice, and what a commit drops is gone.  Speaks TAP."""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402

ENDS, SEED = 30, 7
DEFAULT = "/api/v1/namespaces/default"


def job(name, phase):
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example/main:1"}]}
    return {"apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"generateName": name, "annotations": {"argocd.argoproj.io/hook": phase}},
            "spec": {"template": {"metadata": {"annotations": {"pave.dev/run-for": "100ms"}}, "spec": pod}}}


def settings(name, wave):
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": {"name": name},
            "metadata": {"name": name, "annotations": {"argocd.argoproj.io/sync-wave": str(wave)}}}


class World(forge.Server):
    def __init__(self, folder):
        self.repo, self.commits = folder + "/repo", 0
        os.makedirs(self.repo + "/deploy")
        subprocess.run(["git", "init", "-q", "-b", "main", self.repo], check=True)
        super().__init__(folder)

    def commit(self):
        self.commits += 1
        objects = [job("before-", "PreSync"), job("during-", "Sync"), job("after-", "PostSync"),
                   settings("first-%d" % self.commits, 0), settings("second-%d" % self.commits, 1)]
        with open(self.repo + "/deploy/all.json", "w", encoding="utf-8") as f:
            json.dump({"apiVersion": "v1", "kind": "List", "items": objects}, f)
        forge.git(self.repo, "add", ".")
        forge.git(self.repo, "commit", "-qm", "Commit %d" % self.commits)
        self.head = subprocess.check_output(["git", "-C", self.repo, "rev-parse", "HEAD"], text=True).strip()

    def get(self, path):
        status, _, text = self.admin.request("GET", path)
        return json.loads(text) if status == 200 else {}

    def synced(self):
        app = self.get(forge.APPS + "/killed")
        state = app.get("status", {}).get("operationState", {})
        return state.get("phase") == "Succeeded" and state["syncResult"]["revision"] == self.head

    def names(self, path):
        return sorted(o["metadata"]["name"] for o in self.get(path).get("items", []))


def application(repo):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "killed"},
            "spec": {"project": "default", "source": {"repoURL": repo, "path": "deploy", "targetRevision": "main"},
                     "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
                     "syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}}


def story(w, chance):
    w.commit()
    began = time.time()
    forge.create(w.admin, forge.APPS, application(w.repo))
    forge.until(w.admin, forge.APPS + "/killed", "the first commit is synced", lambda app: w.synced())
    longest = time.time() - began  # a moment of chance is one of a sync, on a slow machine, too
    w.commit()
    bad = i = 0
    while i < ENDS or (w.commits <= 4 and i < 10 * ENDS):
        until = time.time() + chance.uniform(0, longest)
        while time.time() < until and not w.synced():
            time.sleep(0.02)  # sleeps: until it is killed, at a moment of chance
        if w.synced():
            w.commit()
        code = w.end(signal.SIGTERM if i % 2 else signal.SIGKILL)
        bad += i % 2 and code != 0
        i += 1
        w.start()
        if not w.admin:
            raise SystemExit("not ok - it starts again\n" + w.logged()[-4000:])
    forge.ok(bad == 0, "every SIGTERM ends the server with 0")
    forge.until(w.admin, forge.APPS + "/killed", "the last commit is synced", lambda app: w.synced())
    forge.ok(w.commits > 4, "the ends met several syncs (%d)" % w.commits)
    jobs = w.names("/apis/batch/v1/namespaces/default/jobs")
    for hook in ("before-", "during-", "after-"):
        ran = [name for name in jobs if name.startswith(hook)]
        forge.ok(len(ran) == w.commits, "%s ran once for each of %d commits" % (hook, w.commits), ran)
    maps = [name for name in w.names(DEFAULT + "/configmaps") if name.startswith(("first-", "second-"))]
    forge.ok(maps == ["first-%d" % w.commits, "second-%d" % w.commits], "what the commits dropped is gone", maps)
    history = [h["id"] for h in w.get(forge.APPS + "/killed")["status"]["history"]]
    forge.ok(history[-1] == w.commits - 1 and history == sorted(set(history)), "history has each sync once", history)


def main():
    with tempfile.TemporaryDirectory(prefix="pave-killed-") as folder:
        with World(folder) as w:
            story(w, random.Random(SEED))
    print("1..%d" % forge.count)


main()
