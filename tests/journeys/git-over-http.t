#!/usr/bin/env python3
"""git-over-http.t: a repository behind HTTP and a password: the words of a refusal, the Secret that
lets Pave in, and a signed push event that makes it look at once."""
import hashlib
import hmac
import http.client
import http.server
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, WORD, condition, create, create_app, journey, make_repository, ok, point, put_settings, refresh, serve_git, until, write  # noqa: E402,E501
from client import look  # noqa: E402

SOURCES = "/apis/portal.pave.dev/v1alpha1/catalogsources"


def push(client, secret=None):
    body = json.dumps({"ref": "refs/heads/main", "repository": {"clone_url": client.repo.replace("http:", "https:")}}).encode()
    conn = http.client.HTTPSConnection(client.host, client.port, context=client.anonymous, timeout=600)
    headers = {"X-GitHub-Event": "push", "Content-Type": "application/json"}
    if secret:
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    conn.request("POST", "/api/webhook", body, headers)
    return conn.getresponse().status


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Whatever is asked for is somewhere else."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", self.server.to + self.path[self.path.index("/info"):])
        self.send_header("Content-Length", "0")
        self.end_headers()


def serve_elsewhere(to):
    server = http.server.HTTPServer(("127.0.0.1", 0), Elsewhere)
    server.to = to
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def story(client, tmp):
    work = tmp + "/git/shop"
    make_repository(work)
    url = "http://127.0.0.1:%d" % serve_git(tmp + "/git")
    client.repo = url + "/shop"
    create_app(client, client.repo)
    until(client, APPS + "/shop", "without credentials it says that there are none",
          lambda a: "127.0.0.1 asks for credentials, and there are none: expected a Secret" in condition(a))
    put_settings(client, "secrets", "repo", {"url": url, "username": "robot"}, "repo-creds")
    until(client, APPS + "/shop", "a Secret without a password is named",
          lambda a: "Secret argocd/repo has none that it takes: expected username and password" in condition(a))
    put_settings(client, "secrets", "repo", {"url": url, "bearerToken": "not " + WORD}, "repo-creds")
    until(client, APPS + "/shop", "and one whose token is refused",
          lambda a: "127.0.0.1 refused the bearerToken in Secret argocd/repo" in condition(a))
    put_settings(client, "secrets", "repo", {"url": url, "username": "robot", "password": "not " + WORD}, "repo-creds")
    until(client, APPS + "/shop", "and one with a wrong password",
          lambda a: '127.0.0.1 refused the password of user "robot" in Secret argocd/repo' in condition(a))
    create(client, SOURCES, {"apiVersion": "portal.pave.dev/v1alpha1", "kind": "CatalogSource", "metadata": {"name": "shop"},
                             "spec": {"repoURL": client.repo}})
    until(client, SOURCES + "/shop", "the catalog says the same of it", lambda s: "refused the password" in json.dumps(s.get("status")))
    for _ in range(7):  # behind these it waits for a minute before it tries again
        refresh(client)
        until(client, APPS + "/shop", "it is tried again, in vain", lambda a: not a["metadata"].get("annotations"))
    put_settings(client, "secrets", "repo", {"url": url, "username": "robot", "password": WORD}, "repo-creds")
    until(client, APPS + "/shop", "with a Secret it is Synced", lambda a: look(a, ".status.sync.status") == "Synced")
    until(client, SOURCES + "/shop", "and the catalog has read it", lambda s: look(s, ".status.conditions[0].reason") == "NoFile")
    until(client, "/api/v1/namespaces/default/configmaps/settings", "what Git says is there", lambda c: look(c, ".data.value") == "one")

    put_settings(client, "secrets", "argocd-secret", {"webhook.github.secret": "shared word"})
    write(work, "two")
    ok(push(client) == 401, "a push event without proof is refused")
    ok(push(client, "another word") == 401, "and one with the wrong proof")
    ok(push(client, "shared word") == 200, "one that is proven is taken")
    until(client, "/api/v1/namespaces/default/configmaps/settings", "and the commit is there",
          lambda c: look(c, ".data.value") == "two", 15)
    os.makedirs(work + "/young")  # nobody says that it is there, and the mirror is not old
    write(work, "young", "young")
    client.request("PATCH", APPS + "/shop", json.dumps({"spec": {"source": {"path": "young"}}}), "application/merge-patch+json")
    until(client, "/api/v1/namespaces/default/configmaps/settings", "a directory that is younger than the mirror is found",
          lambda c: look(c, ".data.value") == "young")
    point(client, url + "/nowhere")
    until(client, APPS + "/shop", "a repository that is not there is called so",
          lambda a: url + "/nowhere does not exist" in condition(a))
    point(client, "http://127.0.0.1:%d/shop" % serve_elsewhere("http://169.254.169.254/shop"))
    until(client, APPS + "/shop", "a repository that points to where none may be is not followed there",
          lambda a: "169.254.169.254 is at 169.254.169.254, which repositories may not be at" in condition(a))
    _, _, everything = client.request("GET", "/api/v1/events")
    ok(WORD not in everything + json.dumps(client.request("GET", APPS)[2]), "the password is nowhere to be seen")


journey(story)
