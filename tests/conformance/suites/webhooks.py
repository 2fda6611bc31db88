"""What forges and registries send: each payload goes to a fresh `pave serve` with the headers of who sends it.  Where it
names a repository, the host in it is replaced by a server of Git on loopback, an Application follows that repository,
and a commit that nobody else tells of must be out soon after; what came is told in the answer as this table has it.
What is a trial, or no event, is answered as such."""
import json
import os
import sys
import tempfile
import threading

from served import server, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "journeys"))
from forge import make_repository, serve_git, write  # noqa: E402

APPS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
GITHUB, GITLAB = "X-GitHub-Event", "X-Gitlab-Event"
AZURE, BITBUCKET = {"X-Vss-Activityid": "1"}, {"X-Event-Key": "repo:refs_changed"}
# file -> headers, code, scheme and host in it, path of the repository, what came
TABLE = {
    "argocd/azuredevops-git-push-event.json": (AZURE, 200, "https://dev.azure.com", "alexander0053/alex-test/_git/alex-test",
                                               "master"),
    "argocd/bitbucket-server-event.json": (BITBUCKET, 200, "https://bitbucketserver", "scm/myproject/test-repo", "master"),
    "argocd/ghcr-package-event.json": ({GITHUB: "package"}, 200, None, "oci://ghcr.io/user/guestbook", "5.5.9"),
    "argocd/github-commit-event.json": ({GITHUB: "push"}, 200, "https://github.com", "jessesuen/test-repo", "master"),
    "argocd/github-ping-event.json": ({GITHUB: "ping"}, 200, None, None, None),
    "argocd/github-tag-event.json": ({GITHUB: "push"}, 200, "https://github.com", "jessesuen/test-repo", "v1.0"),
    "argocd/gitlab-event.json": ({GITLAB: "Push Hook"}, 200, "https://gitlab.com", "group/name", "master"),
    "argocd/gogs-event.json": ({"X-Gogs-Event": "push"}, 200, "http://gogs-server", "john/repo-test", "master"),
    "applicationset/azuredevops-pull-request.json": (AZURE, 200, "https://dev.azure.com", "fabrikam/DefaultCollection/_git/Fabrikam", None),
    "applicationset/azuredevops-push.json": (AZURE, 200, "https://dev.azure.com",
                                             "fabrikam-fiber-inc/DefaultCollection/_git/Fabrikam-Fiber-Git", "master"),
    "applicationset/github-commit-branch-event.json": ({GITHUB: "push"}, 200, "https://github.com", "org/repo", "master"),
    "applicationset/github-commit-event-feature-branch.json": ({GITHUB: "push"}, 200, "https://github.com", "org/repo", "env/dev"),
    "applicationset/github-commit-event.json": ({GITHUB: "push"}, 200, "https://github.com", "org/repo", "master"),
    "applicationset/github-ping-event.json": ({GITHUB: "ping"}, 200, None, None, None),
    "applicationset/github-pull-request-assigned-event.json": ({GITHUB: "pull_request"}, 200, "https://github.com",
                                                               "Codertocat/Hello-World", None),
    "applicationset/github-pull-request-labeled-event.json": ({GITHUB: "pull_request"}, 200, "https://github.com",
                                                              "Codertocat/Hello-World", None),
    "applicationset/github-pull-request-opened-event.json": ({GITHUB: "pull_request"}, 200, "https://github.com",
                                                             "Codertocat/Hello-World", None),
    "applicationset/gitlab-event.json": ({GITLAB: "Push Hook"}, 200, "https://gitlab.com", "group/name", "master"),
    "applicationset/gitlab-merge-request-approval-event.json": ({GITLAB: "Merge Request Hook"}, 200, "https://gitlab.com", "group/name", None),
    "applicationset/gitlab-merge-request-open-event.json": ({GITLAB: "Merge Request Hook"}, 200, "https://gitlab.com", "group/name", None),
    "applicationset/invalid-event.json": ({GITHUB: "push"}, 400, None, None, None),
}


class Place:
    """A server, its Applications, and the repositories that they follow."""

    def __init__(self, client, folder, port):
        self.client, self.folder, self.git = client, folder, "http://127.0.0.1:%d" % port
        self.lock, self.made = threading.Lock(), {}

    def synced(self, path, value):
        def so():
            status, _, text = self.client.request("GET", "/api/v1/namespaces/%s/configmaps/settings" % self.name(path))
            return status == 200 and json.loads(text)["data"]["value"] == value
        return until(so)

    @staticmethod
    def name(path):
        return path.lower().replace("/", "-").replace("_", "x")

    def follow(self, path):
        """An Application over a repository of this path, Synced; its next commit is made, and not told of."""
        work, name = os.path.join(self.folder, path), self.name(path)
        if path not in self.made:
            make_repository(work)
            self.client.request("POST", APPS, json.dumps({
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
                "spec": {"project": "default", "source": {"repoURL": "%s/%s" % (self.git, path), "path": "deploy"},
                         "destination": {"name": "in-cluster", "namespace": name},
                         "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]}}}))
            self.made[path] = 1
            if not self.synced(path, "one"):
                return None
        self.made[path] += 1
        value = "commit %d" % self.made[path]
        write(work, value)
        return value

    def send(self, text, headers):
        status, _, answer = self.client.request("POST", "/api/webhook", text, "application/json", headers=headers)
        return status, json.loads(answer)


def served_by(git, path):
    """A bare name and one with .git are the same repository here."""
    return {"%s/%s" % (git, path), "%s/%s.git" % (git, path)}


def verdict(place, text, headers, code, host, path, came):
    value = None
    if host:
        text = text.replace(host, place.git)
        value = place.follow(path)
        if value is None:
            return "its Application is not Synced at first"
    status, answer = place.send(text, headers)
    if status != code:
        return "code %d: %s" % (status, answer)
    if status == 200 and answer["revisions"] != ([came] if came else []):
        return "came %s" % answer["revisions"]
    if path and not (served_by(place.git, path) if host else {path}) & set(answer["repositories"]):
        return "names %s" % answer["repositories"]
    if status == 400 and "names no repository" not in answer["message"]:
        return "says %s" % answer["message"]
    return None if not host or place.synced(path, value) else "its Application does not follow"


def cases(folder):
    with tempfile.TemporaryDirectory() as tmp, server() as client:
        client.request("POST", "/api/v1/namespaces", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}))
        place, out = Place(client, tmp, serve_git(tmp, "")), []
        for file in sorted(TABLE):
            with open(os.path.join(folder, file), encoding="utf-8") as f:
                out.append((file, verdict(place, f.read(), *TABLE[file])))
        return out


def judge(case):
    return case
