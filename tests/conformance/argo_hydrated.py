"""The steps of Argo CD's tests that are about its source hydrator: what a dry source gives is committed to a branch, which
is synced."""
import subprocess

from argo_world import forge


class Hydrated:
    def on_DrySourcePath(self, path):
        self.set["dry"] = path

    def on_DrySourceRevision(self, revision):
        self.set["dryRevision"] = revision

    def on_SyncSourcePath(self, path):
        self.set["synced"] = path

    def on_SyncSourceBranch(self, branch):
        self.set["branch"] = branch

    def on_HydrateToBranch(self, branch):
        self.set["hydrateTo"] = branch

    def on_WriteCredentials(self, yes):
        self.set["writes"] = True
        self.secret({"url": self.url(), "username": "robot", "password": forge.WORD, "insecure": "true"}, "repository-write")

    def on_PatchDrySourceFile(self, name, patch):
        self.on_PatchFile(self.set["dry"] + "/" + name, patch)

    def hydrator(self):
        """spec.sourceHydrator; who may push to a repository of this machine is said by a Secret, too."""
        if not self.set.get("writes"):
            self.set["writes"] = True
            self.secret({"url": self.url()}, "repository-write")
        spec = {"drySource": {"repoURL": self.url(), "path": self.set["dry"], "targetRevision": self.set["dryRevision"]},
                "syncSource": {"path": self.set["synced"], "targetBranch": self.set["branch"]}}
        if self.set.get("hydrateTo"):
            spec["hydrateTo"] = {"targetBranch": self.set["hydrateTo"]}
        return spec

    def on_Wait(self, what):
        if what == "--operation":
            self.until("the operation does not end", lambda a: phase_of(a, "operationState") not in (None, "Running"))
        else:
            head = subprocess.run(["git", "-C", self.repo, "rev-parse", "HEAD"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
            self.until("it is not hydrated", lambda a: phase_of(a, "sourceHydrator", "currentOperation") == "Hydrated"
                       and a["status"]["sourceHydrator"]["currentOperation"]["drySHA"] == head)

    def is_HydrationPhaseIs(self, want):
        self.status_is("the phase of the hydration", want, lambda a: phase_of(a, "sourceHydrator", "currentOperation"))


def phase_of(app, *path):
    at = (app or {}).get("status") or {}
    for key in path:
        at = at.get(key) or {}
    return None if app and "operation" in app else at.get("phase")
