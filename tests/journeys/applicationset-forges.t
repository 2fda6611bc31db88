#!/usr/bin/env python3
"""applicationset-forges.t: ApplicationSets of repositories and pull requests on a GitHub, a GitLab and a Gitea of our own,
and of a plugin: pages, filters, tokens, what is not sent again, what a forge that fails does not delete, and events."""
import http.client
import http.server
import json
import os
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import WORD, create, journey, ok, put_settings, until  # noqa: E402
from client import look  # noqa: E402

SETS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applicationsets"
APPS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
SHA = "8888888877777777666666665555555544444444"


def repo(name, **more):
    return dict({"id": 1000000 + len(name), "name": name, "owner": {"login": "shop"}, "clone_url": "https://hub.example/shop/%s.git" % name,
                 "ssh_url": "git@hub.example:shop/%s.git" % name, "default_branch": "main"}, **more)


def pull(number, branch, labels, title="A change"):
    return {"number": number, "title": title, "head": {"ref": branch, "sha": SHA}, "base": {"ref": "main"},
            "labels": [{"name": name} for name in labels], "user": {"login": "mara"}}


class Forge(http.server.BaseHTTPRequestHandler):
    """What each path answers; with an ETag, so that the same is not sent twice."""

    def log_message(self, *args):
        pass

    def say(self, code, body, **headers):
        text = json.dumps(body).encode() if body is not None else b""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        s = self.server
        s.seen.append((self.path, self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")))
        if s.failing:
            return self.say(s.failing, {}, **s.failing_headers)
        if path not in s.answers:
            return self.say(404, {})
        body = s.answers[path]
        etag = '"%08x"' % (hash(json.dumps(body)) & 0xffffffff)
        if self.headers.get("If-None-Match") == etag:
            s.unchanged += 1
            return self.say(304, None)
        page = int(urllib.parse.parse_qs(query).get("page", ["1"])[0])
        if not isinstance(body, list) or len(body) <= 2:
            return self.say(200, body, ETag=etag)
        link = '<http://127.0.0.1:%d%s?page=%d>; rel="next"' % (s.server_port, path, page + 1)
        return self.say(200, body[(page - 1) * 2:page * 2], **({"Link": link} if page * 2 < len(body) else {}))

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers.get("Authorization"), body))
        self.say(200, {"output": {"parameters": [{"name": "one", "n": 1000000}, {"name": "two", "n": {"m": 2}}]}})


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forge)
    server.seen, server.unchanged, server.failing, server.failing_headers = [], 0, 0, {}
    branch = {"name": "main", "commit": {"sha": SHA, "id": SHA}}
    server.answers = {
        "/api/v3/orgs/shop/repos": [repo("web", topics=["live"]), repo("api", topics=["live"]), repo("old", topics=["live"], archived=True),
                                    repo("empty", default_branch=""), repo("docs", topics=[])],
        "/api/v3/repos/shop/web/branches/main": branch, "/api/v3/repos/shop/api/branches/main": branch,
        "/api/v3/repos/shop/docs/branches/main": branch, "/api/v3/repos/shop/web/contents/deploy/chart": [],
        "/api/v3/repos/shop/web/pulls": [pull(7, "feature/Ünicode_and-a-name-that-is-far-too-long-for-a-label", ["preview", "x"]), pull(8, "fix", [])],
        "/api/v4/groups/shop%2Fteam/projects": [{"id": 5, "path": "web", "namespace": {"full_path": "shop/team"}, "default_branch": "main",
                                                 "http_url_to_repo": "https://lab.example/shop/team/web.git", "ssh_url_to_repo": "git@lab.example:x",
                                                 "topics": []}],
        "/api/v4/projects/5/repository/branches": [branch, {"name": "dev", "commit": {"id": "1" * 40}}],
        "/api/v4/projects/5/repository/files/a%2Fb.yaml": {}, "/api/v4/projects/5/repository/tree": [{"name": n} for n in "abcde"],
        "/api/v4/projects/5/merge_requests": [{"iid": 3, "title": "Three", "source_branch": "three", "target_branch": "main", "sha": SHA,
                                               "labels": ["l"], "author": {"username": "kim"}}],
        "/api/v1/orgs/shop/repos": [repo("tea")], "/api/v1/repos/shop/tea/branches/main": branch, "/api/v1/repos/shop/tea/topics": {"topics": ["green"]},
        "/api/v1/repos/shop/tea/pulls": [pull(9, "nine", [])],
    }
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def appset(name, generator, label, **spec):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": name}, "spec": dict({
        "goTemplate": True, "goTemplateOptions": ["missingkey=error"], "generators": [generator],
        "template": {"metadata": {"name": name + "-" + label, "annotations": {"all": "{{ toJson . }}"}}, "spec": {
            "project": "default", "source": {"repoURL": "https://hub.example/x", "path": "."},
            "destination": {"name": "in-cluster", "namespace": "default"}}}}, **spec)}


def apps(client, prefix):
    items = json.loads(client.request("GET", APPS)[2])["items"]
    return {i["metadata"]["name"]: json.loads(i["metadata"]["annotations"].get("all", "{}")) for i in items
            if i["metadata"]["name"].startswith(prefix)}


def made(client, what, prefix, names):
    until(client, APPS, what, lambda _: sorted(apps(client, prefix)) == names)
    return apps(client, prefix)


def error(appset):
    return look(appset, ".status.conditions[type=ErrorOccurred].message") or ""


def event(client, payload):
    payload["repository"]["clone_url"] = "https://hub.example/shop/web.git"
    conn = http.client.HTTPSConnection(client.host, client.port, context=client.anonymous, timeout=600)
    conn.request("POST", "/api/webhook", json.dumps(payload), {"X-GitHub-Event": "pull_request"})
    return conn.getresponse().status


def hub(client, forge, api):
    github = {"organization": "shop", "api": api, "excludeArchivedRepos": True, "tokenRef": {"secretName": "hub", "key": "token"}}
    create(client, SETS, appset("repos", {"scmProvider": {"github": github, "filters": [
        {"repositoryMatch": "^w", "pathsExist": ["deploy/chart"]}, {"labelMatch": "^live$", "pathsDoNotExist": ["deploy/chart"]}],
        "values": {"short": "{{.repository}}@{{.short_sha_7}}"}}}, "{{.repository}}"))
    found = made(client, "pages and filters: two of five repositories", "repos-", ["repos-api", "repos-web"])
    web = found["repos-web"]
    ok(web == {"organization": "shop", "repository": "web", "repository_id": 1000003, "url": "git@hub.example:shop/web.git", "branch": "main",
               "sha": SHA, "short_sha": "88888888", "short_sha_7": "8888888", "labels": "live", "branchNormalized": "main",
               "values": {"short": "web@8888888"}}, "with these parameters", web)
    ok({auth for _, auth in forge.seen} == {"Bearer " + WORD}, "each request with the token", forge.seen[:3])
    ok(not any("old" in path or "empty" in path for path, _ in forge.seen), "none about what is archived or empty")

    create(client, SETS, appset("pulls", {"pullRequest": {"github": {"owner": "shop", "repo": "web", "api": api, "labels": ["preview"]}, "filters": [
        {"branchMatch": "nothing"}, {"titleMatch": "^A", "targetBranchMatch": "main"}]}}, "{{.number}}"))
    one = made(client, "a pull request with the label", "pulls-", ["pulls-7"])["pulls-7"]
    ok(one["branch_slug"] == "feature-nicode-and-a-name-that-is-far-too-long-for" and one["labels"] == ["preview", "x"] and one["author"] == "mara"
       and one["number"] == "7" and one["head_short_sha"] == "88888888" and one["target_branch_slug"] == "main", "with these parameters", one)

    before = forge.unchanged
    forge.answers["/api/v3/repos/shop/web/pulls"].append(pull(11, "more", ["preview"]))
    ok(event(client, {"action": "opened", "repository": {"full_name": "Shop/web"}}) == 200, "an event of a pull request is taken")
    made(client, "and the new one is there", "pulls-", ["pulls-11", "pulls-7"])
    until(client, SETS, "what has not changed is not sent again", lambda _: forge.unchanged > before)

    forge.failing = 502
    event(client, {"repository": {"full_name": "shop/web"}})
    until(client, SETS + "/pulls", "a forge that fails is told", lambda s: "expected an answer of 200, found 502" in error(s))
    ok(sorted(apps(client, "pulls-")) == ["pulls-11", "pulls-7"], "and deletes nothing")
    forge.failing = 0
    pulls, forge.answers["/api/v3/repos/shop/web/pulls"] = forge.answers["/api/v3/repos/shop/web/pulls"], {"message": "Back soon"}
    event(client, {"repository": {"full_name": "shop/web"}})
    until(client, SETS + "/pulls", "nor is what is said in a list's place one", lambda s: "expected a list, found" in error(s))
    ok(sorted(apps(client, "pulls-")) == ["pulls-11", "pulls-7"], "and nothing is deleted")
    forge.answers["/api/v3/repos/shop/web/pulls"] = pulls
    forge.failing, forge.failing_headers = 403, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "2000000000"}
    event(client, {"repository": {"full_name": "shop/web"}})
    until(client, SETS + "/pulls", "and one that has had enough, with when it has not", lambda s: "until 2033-05-18T03:33:20Z" in error(s))
    forge.failing, forge.failing_headers = 0, {}
    forge.answers["/api/v3/repos/shop/web/pulls"].pop(0)
    event(client, {"repository": {"full_name": "shop/web"}})
    made(client, "what is closed goes", "pulls-", ["pulls-11"])


def others(client, forge, api):
    lab = {"group": "shop/team", "api": api, "allBranches": True, "tokenRef": {"secretName": "hub", "key": "token"}}
    create(client, SETS, appset("lab", {"scmProvider": {"cloneProtocol": "https", "gitlab": lab, "filters": [{"pathsExist": ["a/b.yaml"]}]}},
                                "{{.branch}}"))
    found = made(client, "GitLab: every branch", "lab-", ["lab-dev", "lab-main"])
    ok(found["lab-dev"]["url"] == "https://lab.example/shop/team/web.git" and found["lab-dev"]["organization"] == "shop/team", "with its address", found)
    ok(("/api/v4/projects/5/repository/branches?per_page=100", WORD) in forge.seen, "and the token as GitLab wants it", forge.seen)
    create(client, SETS, appset("folder", {"scmProvider": {"gitlab": lab, "filters": [{"pathsExist": ["docs"]}]}}, "{{.branch}}"))
    made(client, "a folder is a path, too", "folder-", ["folder-dev", "folder-main"])
    ok(not [asked for asked in forge.seen if "/repository/tree?page=" in asked[0]], "of which one entry is asked for")
    create(client, SETS, appset("mr", {"pullRequest": {"gitlab": {"project": "5", "api": api, "pullRequestState": "opened"}}}, "{{.number}}"))
    ok(made(client, "a merge request", "mr-", ["mr-3"])["mr-3"]["author"] == "kim", "with its author")
    create(client, SETS, appset("tea", {"scmProvider": {"gitea": {"owner": "shop", "api": api}}}, "{{.repository}}"))
    ok(made(client, "Gitea: a repository", "tea-", ["tea-tea"])["tea-tea"]["labels"] == "green", "with its topics")
    create(client, SETS, appset("cup", {"pullRequest": {"gitea": {"owner": "shop", "repo": "tea", "api": api}}}, "{{.number}}"))
    made(client, "and a pull request", "cup-", ["cup-9"])
    create(client, SETS, appset("gone", {"pullRequest": {"gitea": {"owner": "shop", "repo": "gone", "api": api}}}, "{{.number}}"))
    until(client, SETS + "/gone", "a repository that is not there is an error", lambda s: "there is nothing (404)" in error(s))
    create(client, SETS, appset("fine", {"pullRequest": {"continueOnRepoNotFoundError": True, "gitea": {
        "owner": "shop", "repo": "gone", "api": api}}}, "{{.number}}"))
    until(client, SETS + "/fine", "unless it may be", lambda s: look(s, ".status.conditions[type=ErrorOccurred].status") == "False")
    create(client, SETS, appset("meta", {"pullRequest": {"gitea": {"owner": "shop", "repo": "tea", "api": "http://169.254.169.254"}}}, "x"))
    until(client, SETS + "/meta", "an address that is nobody's forge is not connected to", lambda s:
          "its address 169.254.169.254 is one that this server does not connect to" in error(s))
    create(client, SETS, appset("cloud", {"scmProvider": {"bitbucket": {"owner": "o", "user": "u", "appPasswordRef": {
        "secretName": "hub", "key": "token"}}}}, "x"))
    until(client, SETS + "/cloud", "what is not supported is named", lambda s: error(s) == "spec.generators[0].scmProvider.bitbucket is not supported yet: only github, "
          "gitlab and gitea are")


def plugin(client, forge, api):
    put_settings(client, "configmaps", "quiz", {"baseUrl": api, "token": "$hub:token"})
    create(client, SETS, appset("quiz", {"plugin": {"configMapRef": {"name": "quiz"}, "input": {"parameters": {"a": [1]}},
                                                    "values": {"v": "{{.name}}!"}}}, "{{.name}}"))
    found = made(client, "a plugin is asked", "quiz-", ["quiz-one", "quiz-two"])
    ok(found["quiz-two"] == {"name": "two", "n": {"m": 2}, "generator": {"input": {"parameters": {"a": [1]}}}, "values": {"v": "two!"}},
       "with these parameters", found)
    ok(("/api/v1/getparams.execute", "Bearer " + WORD, {"applicationSetName": "quiz", "input": {"parameters": {"a": [1]}}}) in forge.seen,
       "and told these", forge.seen[-5:])


def story(client, _):
    forge = serve()
    api = "http://127.0.0.1:%d" % forge.server_port
    put_settings(client, "secrets", "hub", {"token": WORD})
    hub(client, forge, api)
    others(client, forge, api)
    plugin(client, forge, api)
    create(client, SETS.replace("argocd", "default"), appset("theirs", {"scmProvider": {"gitea": {
        "owner": "shop", "api": api, "tokenRef": {"secretName": "any", "key": "token"}}}}, "x"))
    create(client, "/api/v1/namespaces/default/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "any"},
                                                          "stringData": {"token": WORD}})
    until(client, SETS.replace("argocd", "default") + "/theirs", "elsewhere a Secret must be meant for it", lambda s: "scm-creds" in error(s))
    _, _, everything = client.request("GET", "/api/v1/events")
    ok(WORD not in everything + client.request("GET", SETS)[2], "the token is nowhere to be seen")
    forge.shutdown()
    forge.server_close()


journey(story)
