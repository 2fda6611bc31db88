#!/usr/bin/env python3
"""pull-requests.t: what merging a change would change of which Applications, as `pave diff` tells it and as pull requests on a
GitHub, a GitLab and a Gitea of our own are told: the comment that takes the place of the one before, the commit's status,
policies that refuse, Secrets that are hidden, and forks that nobody renders."""
import http.server
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import PAVE, WORD, create, git, journey, ok, put_settings, until  # noqa: E402
from client import look  # noqa: E402

APPS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
CHECKS = "/apis/delivery.pave.dev/v1alpha1/namespaces/argocd/pullrequestchecks"
HIDDEN = "bm90LWZvci1hbnlib2R5"


class Forge(http.server.BaseHTTPRequestHandler):
    """Pull requests, comments and statuses, of whichever forge the path is of."""

    def log_message(self, *args):
        pass

    def say(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        s, path = self.server, self.path.partition("?")[0]
        if path.endswith(("/comments", "/notes")):
            return self.say(200, s.comments.get(path, []))
        return self.say(200, s.pulls[path]) if path in s.pulls else self.say(404, {})

    def do_POST(self):
        s = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        s.seen.append((self.command, self.path, self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")))
        if "/statuses/" in self.path:
            s.statuses.setdefault(self.path, []).append(body)
            return self.say(201, {})
        if self.command == "POST":
            s.numbers += 1
            s.comments.setdefault(self.path, []).append({"id": s.numbers, "body": body["body"]})
            return self.say(201, {"id": s.numbers})
        number = int(self.path.rsplit("/", 1)[1])
        for one in [c for every in s.comments.values() for c in every if c["id"] == number]:
            one["body"] = body["body"]
        return self.say(200, {})

    do_PATCH = do_PUT = do_POST


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forge)
    server.pulls, server.comments, server.statuses, server.seen, server.numbers = {}, {}, {}, [], 100
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def manifest(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"tier": "front"}}, "data": data}


def put(repo, path, *objects):
    os.makedirs(os.path.dirname(repo + "/" + path), exist_ok=True)
    with open(repo + "/" + path, "w", encoding="utf-8") as f:
        f.write("\n---\n".join(json.dumps(o) for o in objects))


def commit(repo, message):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", message)
    return subprocess.run(["git", "-C", repo, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def application(name, repo, path, **source):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": {
        "project": "default", "source": dict({"repoURL": repo, "path": path, "targetRevision": "main"}, **source),
        "destination": {"name": "in-cluster", "namespace": "default"}, "syncPolicy": {"automated": {"prune": True}}}}


def policy(client):
    home = "/apis/admissionregistration.k8s.io/v1/"
    for name, expression, action in (("no-forbidden", "!has(object.data) || !('forbidden' in object.data)", "Deny"),
                                     ("no-odd", "!has(object.data) || !('odd' in object.data)", "Warn")):
        create(client, home + "validatingadmissionpolicies", {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": {
                "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                                                        "resources": ["configmaps"]}]},
                "validations": [{"expression": expression, "message": "this is what policy %s says" % name}]}})
        create(client, home + "validatingadmissionpolicybindings", {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": [action]}})


def world(client, folder):
    """A repository that three Applications follow, one of them elsewhere; and a branch of a change."""
    repo = folder + "/mono"
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    put(repo, "web/a.yaml", manifest("web", color="red"), manifest("gone", it="goes"))
    put(repo, "web/secret.yaml", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "data": {"key": "b25l", "same": "b25l"}})
    put(repo, "api/a.yaml", manifest("api", color="blue"))
    commit(repo, "Begin")
    git(repo, "branch", "stable")
    url = "file://" + repo
    policy(client)
    for app in (application("web", url, "web"), application("api", url, "api"), application("old", url, "web", targetRevision="stable")):
        if app["metadata"]["name"] == "old":
            app["spec"]["syncPolicy"] = {}
        create(client, APPS, app)
    for name in ("web", "api"):
        until(client, APPS + "/" + name, "%s is synced" % name, lambda a: look(a, ".status.sync.status") == "Synced")
    git(repo, "checkout", "-qb", "feature")
    put(repo, "web/a.yaml", manifest("web", color="green"), manifest("new", odd="perhaps"), manifest("never", forbidden="yes"))
    put(repo, "web/secret.yaml", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "data": {"key": HIDDEN, "same": "b25l"}})
    head = commit(repo, "Change")
    git(repo, "checkout", "-q", "main")
    put(repo, "api/a.yaml", manifest("api", color="violet"))
    commit(repo, "Meanwhile")
    git(repo, "checkout", "-q", "feature")
    return repo, url, head


def pave(folder, repo, *args):
    found = subprocess.run([PAVE, "diff", "--repo", "file://" + repo, "--kubeconfig", folder + "/kubeconfig", *args], cwd=repo,
                           capture_output=True, text=True, check=False)
    return found.returncode, found.stdout, found.stderr


def on_the_command_line(folder, repo, head):
    code, out, err = pave(folder, repo, "--base", "main")
    ok(code == 3, "a change that a policy refuses: 3", (code, out, err))
    ok("1 Application, 2 changed, 2 added, 1 deleted, 1 refused, 1 warned of" in out, "only what follows the branch and is touched", out)
    ok("refused: " in out and "this is what policy no-forbidden says" in out and "warning: " in out and "this is what policy no-odd says" in out,
       "with what policies say", out)
    ok("-  color: red\n+  color: green" in out and "ConfigMap default/gone: deleted" in out, "and the difference to what is there", out)
    ok(HIDDEN not in out and "-  key: ++++++++\n+  key: +++++++++\n" in out and "   same: ++++++++\n" in out, "of a Secret only that it differs", out)
    ok("violet" not in out and "argocd/api" not in out, "what came to the branch meanwhile is none of it", out)
    code, out, err = pave(folder, repo, "--base", "main", "-o", "json")
    found = json.loads(out)
    ok(found["head"] == head and [a["name"] for a in found["applications"]] == ["web"], "as JSON", out[:500])
    code, out, err = pave(folder, repo, "--base", "main", "-o", "markdown")
    ok("### What merging this changes: 1 Application" in out and "```diff\n" in out, "as Markdown", out)
    ok(pave(folder, repo, "--base", "main", "api")[0] == 0, "nothing of another folder")
    ok(pave(folder, repo, "--base", "main", "web")[0] == 3, "but of its own")
    put(repo, "web/a.yaml", manifest("web", color="green"))
    commit(repo, "Better")
    code, out, err = pave(folder, repo, "--base", "main", "--exit-code")
    ok(code == 1 and "refused" not in out, "without what was refused only the difference is told", (code, out))
    ok(pave(folder, repo, "--base", "main")[0] == 0, "which is no fault")
    with open(repo + "/web/a.yaml", "w", encoding="utf-8") as f:
        f.write("{{broken")
    commit(repo, "Worse")
    code, out, err = pave(folder, repo, "--base", "main")
    ok(code == 1 and "It cannot be rendered any more" in out and "web/a.yaml" in out, "what cannot be rendered: 1, with why", (code, out, err))
    code, out, err = pave(folder, repo, "--base", "nowhere")
    ok(code == 0 and "no Application follows the branch" in out, "a branch that nobody follows", (code, out, err))
    git(repo, "reset", "-q", "--hard", head)


def who_may_see_what(client, url, head):
    core, rbac = "/api/v1/namespaces/default/serviceaccounts", "/apis/rbac.authorization.k8s.io/v1/"
    create(client, core, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ci"}})
    token = json.loads(client.request("POST", core + "/ci/token", json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                                                                "spec": {}}))[2])["status"]["token"]

    def asked():
        return client.request("POST", "/delivery/changes", json.dumps({"repositories": [url], "base": "main", "head": head}), nobody=True,
                              headers={"Authorization": "Bearer " + token})

    status, _, text = asked()
    ok(status == 403 or json.loads(text).get("applications") == [], "who may get no Application is told of none", text)
    create(client, rbac + "clusterroles", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "ci"}, "rules": [
        {"apiGroups": ["argoproj.io"], "resources": ["applications"], "verbs": ["get"]}, {"nonResourceURLs": ["/delivery/*"], "verbs": ["*"]}]})
    create(client, rbac + "clusterrolebindings", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "ci"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "ci"},
        "subjects": [{"kind": "ServiceAccount", "name": "ci", "namespace": "default"}]})
    status, _, text = asked()
    found = json.loads(text)["applications"][0]["objects"]
    ok(status == 200 and len(found) == 5 and all(o["hidden"] for o in found) and "green" not in text and "no-forbidden" not in text,
       "of objects that one may not get only the names", text)


def what_a_branch_learns(client, folder):
    """Whoever may push a branch learns neither what a Secret holds nor what lies where the project does not reach."""
    repo, core = folder + "/chart", "/api/v1/namespaces/"
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    put(repo, "web/Chart.yaml", {"apiVersion": "v2", "name": "web", "version": "1.0.0"})
    put(repo, "web/templates/a.yaml", manifest("seen", word="none"))
    commit(repo, "Begin")
    create(client, core + "default/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "theirs"}, "data": {"word": HIDDEN}})
    create(client, core + "kube-system/configmaps", manifest("theirs", word="not-for-you"))
    create(client, APPS.replace("applications", "appprojects"), {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "narrow"},
        "spec": {"sourceRepos": ["file://" + repo], "destinations": [{"server": "*", "namespace": "default"}]}})
    app = application("chart", "file://" + repo, "web")
    app["spec"]["project"] = "narrow"
    create(client, APPS, app)
    until(client, APPS + "/chart", "a chart is synced", lambda a: look(a, ".status.sync.status") == "Synced")
    git(repo, "checkout", "-qb", "feature")
    put(repo, "web/templates/a.yaml", manifest("seen", word="{{ (lookup `v1` `Secret` `default` `theirs`).data.word }}"))
    put(repo, "web/templates/b.yaml", dict(manifest("theirs", word="mine"), metadata={"name": "theirs", "namespace": "kube-system"}))
    commit(repo, "Pry")
    out = pave(folder, repo, "--base", "main", "-o", "json")[1]
    ok(HIDDEN not in out and "KysrKysrKys=" in out, "a chart of a branch is not told what a Secret holds", out)
    ok("is not permitted in project 'narrow'" in out and "not-for-you" not in out, "nor is it told what lies where the project does not reach", out)
    status, _, text = client.request("GET", "/api/v1/applications/chart/managed-resources?revision=feature")
    ok(status == 200 and HIDDEN not in text and "not-for-you" not in text, "as Argo CD's API does not", text)


def hub_pull(number, head, fork=False):
    return {"number": number, "title": "T", "head": {"ref": "feature", "sha": head, "repo": {"full_name": "mara/mono" if fork else "shop/mono"}},
            "base": {"ref": "main", "repo": {"full_name": "shop/mono"}}, "labels": [], "user": {"login": "mara"}}


def check(name, forge, api, url, **more):
    of = {"api": api, "tokenRef": {"secretName": "hub", "key": "token"}}
    of.update({"project": "5"} if forge == "gitlab" else {"owner": "shop", "repo": "mono"})
    return {"apiVersion": "delivery.pave.dev/v1alpha1", "kind": "PullRequestCheck", "metadata": {"name": name},
            "spec": dict({"repoURL": url, forge: of}, **more)}


def state(number):
    return lambda c: ([p["state"] for p in look(c, ".status.pulls") or [] if p["number"] == number] or [""])[0]


def on_the_forge(client, forge, api, url, repo, head):
    web = "/api/v3/repos/shop/mono/"
    comments, status = web + "issues/7/comments", web + "statuses/" + head
    forge.pulls[web + "pulls"] = [hub_pull(7, head), hub_pull(8, "8" * 40, fork=True)]
    forge.comments[comments] = [{"id": 1, "body": "Somebody says something."}]
    create(client, CHECKS, check("mono", "github", api, url))
    until(client, CHECKS + "/mono", "a pull request is looked at", lambda c: state("7")(c) == "Failure")
    body = forge.comments[comments][-1]["body"]
    ok(len(forge.comments[comments]) == 2 and "this is what policy no-forbidden says" in body and "+  color: green" in body, "it has a comment", body)
    ok(HIDDEN not in json.dumps(forge.comments), "without what the Secret holds")
    ok(forge.statuses[status][-1] == {"state": "failure", "context": "pave/diff", "description":
                                      "1 Application, 2 changed, 2 added, 1 deleted, 1 refused, 1 warned of"}, "and its commit a status", forge.statuses)
    until(client, CHECKS + "/mono", "one from a fork is not", lambda c: state("8")(c) == "Skipped")
    ok("from a fork" in forge.comments[web + "issues/8/comments"][-1]["body"], "and is told so", forge.comments)
    ok({auth for _, _, auth in forge.seen} == {"Bearer " + WORD}, "each with the token", forge.seen)

    put(repo, "web/a.yaml", manifest("web", color="green"))
    better = commit(repo, "Better")
    forge.pulls[web + "pulls"] = [hub_pull(7, better)]
    client.request("POST", "/api/webhook", json.dumps({"repository": {"full_name": "shop/mono", "clone_url": url}}),
                   headers={"X-GitHub-Event": "pull_request"})
    until(client, CHECKS + "/mono", "a new commit is looked at", lambda c: state("7")(c) == "Success" and len(look(c, ".status.pulls")) == 1)
    ok(len(forge.comments[comments]) == 2 and "no-forbidden" not in forge.comments[comments][-1]["body"], "in the comment that there is", forge.comments)
    ok(forge.statuses[web + "statuses/" + better][-1]["state"] == "success", "with a status of its own", forge.statuses)
    return better


def other_forges(client, forge, api, url, head):
    tea, lab = "/api/v1/repos/shop/mono/", "/api/v4/projects/5/"
    forge.pulls[tea + "pulls"] = [hub_pull(9, head)]
    forge.pulls[lab + "merge_requests"] = [{"iid": 3, "title": "T", "source_branch": "feature", "target_branch": "main", "sha": head, "labels": [],
                                            "author": {"username": "kim"}, "source_project_id": 5, "target_project_id": 5}]
    create(client, CHECKS, check("tea", "gitea", api, url, commitStatus=False))
    create(client, CHECKS, check("lab", "gitlab", api, url, context="what/changes", targetURL="https://pave.example/"))
    until(client, CHECKS + "/tea", "on Gitea", lambda c: state("9")(c) == "Success")
    ok("color: green" in forge.comments[tea + "issues/9/comments"][-1]["body"], "a comment", forge.comments)
    ok(not [path for path in forge.statuses if path.startswith(tea)], "and no status where none is wished", forge.statuses)
    until(client, CHECKS + "/lab", "on GitLab", lambda c: state("3")(c) == "Success")
    ok("color: green" in forge.comments[lab + "merge_requests/3/notes"][-1]["body"], "a note", forge.comments)
    ok(forge.statuses[lab + "statuses/" + head][-1] == {"state": "success", "name": "what/changes", "target_url": "https://pave.example/", "description":
                                                        "1 Application, 2 changed, 1 deleted"}, "and a status", forge.statuses)


def story(client, folder):
    repo, url, head = world(client, folder)
    on_the_command_line(folder, repo, head)
    who_may_see_what(client, url, head)
    what_a_branch_learns(client, folder)
    forge = serve()
    api = "http://127.0.0.1:%d" % forge.server_port
    put_settings(client, "secrets", "hub", {"token": WORD})
    better = on_the_forge(client, forge, api, url, repo, head)
    other_forges(client, forge, api, url, better)
    create(client, CHECKS.replace("argocd", "default"), check("theirs", "github", api, url))
    until(client, CHECKS.replace("argocd", "default") + "/theirs", "elsewhere there is none",
          lambda c: "only in namespace argocd" in (look(c, ".status.conditions[type=Ready].message") or ""))
    ok(WORD not in client.request("GET", "/api/v1/events")[2] + client.request("GET", CHECKS)[2], "the token is nowhere to be seen")
    forge.shutdown()
    forge.server_close()


journey(story)
