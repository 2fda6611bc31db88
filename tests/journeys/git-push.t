#!/usr/bin/env python3
"""git-push.t: what a source hydrator renders is pushed over HTTP: with the Secret for writing and no other, never by force, and what
the forge says against it is told."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, WORD, condition, create, journey, make_repository, ok, put_settings, refresh, serve_git, until, write  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps"


def shown(work, *args):
    return subprocess.run(["git", "-C", work, *args], stdout=subprocess.PIPE, check=True, text=True).stdout


def phase(app):
    return app.get("status", {}).get("sourceHydrator", {}).get("currentOperation", {}).get("phase")


def story(client, tmp):
    work = tmp + "/git/shop"
    make_repository(work)
    url = "http://127.0.0.1:%d/shop" % serve_git(tmp + "/git")
    put_settings(client, "secrets", "reads", {"url": url, "username": "robot", "password": WORD}, "repository")
    create(client, APPS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"}, "spec": {
        "project": "default", "destination": {"name": "in-cluster", "namespace": "default"}, "syncPolicy": {"automated": {}},
        "sourceHydrator": {"drySource": {"repoURL": url, "path": "deploy", "targetRevision": "main"},
                           "syncSource": {"targetBranch": "env/test", "path": "web"}}}})
    until(client, APPS + "/shop", "the Secret for reading lets nothing be pushed",
          lambda a: "Pave may not push to it" in condition(a) and phase(a) == "Failed")
    put_settings(client, "secrets", "writes", {"url": url, "username": "robot", "password": "wrong-" + WORD, "project": "other"}, "repository-write")
    until(client, APPS + "/shop", "one of another project neither",
          lambda a: 'Secret argocd/writes lets project "other" push to it, and not "default"' in condition(a))
    put_settings(client, "secrets", "writes", {"url": url, "username": "robot", "password": "wrong-" + WORD}, "repository-write")
    until(client, APPS + "/shop", "its password is refused by name",
          lambda a: 'refused the password of user "robot" in Secret argocd/writes' in condition(a))
    put_settings(client, "secrets", "writes", {"url": url, "username": "robot", "password": WORD}, "repository-write")
    until(client, MAPS + "/settings", "what was rendered is pushed, and synced from there", lambda m: m.get("data", {}).get("value") == "one")
    ok(shown(work, "log", "--format=%an|%s", "env/test").splitlines() == ["Pave|%s: Set one" % shown(work, "rev-parse", "main")[:7]],
       "one commit tells what it is of", shown(work, "log", "env/test"))

    hook = work + "/.git/hooks/pre-receive"
    with open(hook, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nexit 1\n")
    os.chmod(hook, 0o755)
    write(work, "two")
    refresh(client)
    until(client, APPS + "/shop", "what the forge refuses is told, and what was synced stays",
          lambda a: 'does not take the commit on branch "env/test": pre-receive hook declined' in condition(a) and phase(a) == "Failed")
    os.unlink(hook)
    until(client, MAPS + "/settings", "it is pushed when the forge takes it", lambda m: m.get("data", {}).get("value") == "two")
    ok(len(shown(work, "log", "--format=%H", "env/test").split()) == 2, "by one commit more")


journey(story)
