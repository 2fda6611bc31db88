#!/usr/bin/env python3
"""promotions.t: a Promotion writes an image's tag into a repository behind HTTP and a password: by one commit, made once, also when
the server is killed in the middle; who may write and approve it; and what the remote refuses.  Speaks TAP."""
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, WORD, Server, basic, create, git, ok, patience, put_settings, serve_git, until  # noqa: E402

PROMOTIONS = "/apis/delivery.pave.dev/v1alpha1/namespaces/default/promotions"
IMAGE = "registry.example/shop"


def deployment(tag):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "shop"}},
                     "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "shop", "image": IMAGE + ":" + tag}]}}}}


def application(name, repo):
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
            "spec": {"project": "default", "source": {"repoURL": repo, "path": name, "targetRevision": "main"},
                     "destination": {"name": "in-cluster", "namespace": name}, "syncPolicy": {"automated": {}}}}


def promotion(name):
    return {"apiVersion": "delivery.pave.dev/v1alpha1", "kind": "Promotion", "metadata": {"name": name},
            "spec": {"from": {"application": "staging"}, "to": {"application": "production"}, "approval": "Manual",
                     "git": {"author": "Promoter", "email": "promoter@example.org"},
                     "carry": [{"what": "Image", "name": IMAGE, "file": "production/kustomization.yaml", "field": "images.0.newTag"}]}}


class Shop:
    def __init__(self, folder):
        self.work, self.bare = folder + "/work", folder + "/git/shop"
        for name in ("staging", "production"):
            os.makedirs(self.work + "/" + name)
        with open(self.work + "/production/kustomization.yaml", "w", encoding="utf-8") as f:
            f.write("resources: [shop.yaml]\nimages:\n- name: %s\n  newTag: 1.0.0 # what runs\n" % IMAGE)
        subprocess.run(["git", "init", "-q", "-b", "main", self.work], check=True)
        self.write("production/shop.yaml", "0.0.0")
        self.write("staging/shop.yaml", "1.0.0")
        git(self.work, "add", ".")
        git(self.work, "commit", "-qm", "Start")
        subprocess.run(["git", "clone", "-q", "--bare", self.work, self.bare], check=True)
        git(self.work, "remote", "add", "origin", self.bare)

    def write(self, path, tag):
        with open(self.work + "/" + path, "w", encoding="utf-8") as f:
            json.dump(deployment(tag), f)

    def release(self, tag):
        git(self.work, "pull", "-q", "--rebase", "origin", "main")
        self.write("staging/shop.yaml", tag)
        git(self.work, "commit", "-qam", "Release " + tag)
        git(self.work, "push", "-q", "origin", "HEAD:main")

    def ask(self, *args):
        return subprocess.check_output(["git", "-C", self.bare, *args], text=True)

    def hook(self, name, text):
        path = "%s/hooks/%s" % (self.bare, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)

    def promotions(self):
        return self.ask("log", "--format=%s", "main").count("Promote staging to production")


def look_again(w):
    for name in ("staging", "production"):
        w.admin.request("PATCH", APPS + "/" + name, json.dumps({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}),
                        "application/merge-patch+json")


def candidate(w, tag):
    """Its id, once the image with that tag runs in staging."""
    look_again(w)
    found = {}

    def has(p):
        one = p.get("status", {}).get("candidate", {})
        found.update(one)
        return one.get("since") and one["values"][0]["text"] == tag
    until(w.admin, PROMOTIONS + "/shop", "%s is the candidate" % tag, has)
    return found["id"]


def approve(w, one, by="admin", client=None):
    approvals = w.ask("GET", PROMOTIONS + "/shop")[1]["spec"].get("approvals", [])
    body = json.dumps({"spec": {"approvals": approvals + [{"candidate": one, "by": by}]}})
    return (client or w.admin).request("PATCH", PROMOTIONS + "/shop", body, "application/merge-patch+json")


def promoted(w, tag):
    def there(p):
        current = p["status"].get("current", {})
        return current.get("id") == p["status"].get("candidate", {}).get("id") and current.get("healthy")
    until(w.admin, PROMOTIONS + "/shop", "%s is promoted" % tag, there)
    _, d = w.ask("GET", "/apis/apps/v1/namespaces/production/deployments/shop")
    ok(d["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE + ":" + tag, "and runs in production", d)


def story(w, shop, port):
    url = "http://127.0.0.1:%d/shop" % port
    for name in ("argocd", "staging", "production"):
        create(w.admin, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    put_settings(w.admin, "secrets", "reads", {"url": url, "username": "reader", "password": "reads it"}, "repository")
    for name in ("staging", "production"):
        create(w.admin, APPS, application(name, url))
    create(w.admin, PROMOTIONS, promotion("shop"))
    first = candidate(w, "1.0.0")
    ok(approve(w, first)[0] == 200, "what runs already may be let through")
    until(w.admin, PROMOTIONS + "/shop", "who may only read the repository cannot write there",
          lambda p: "Pave may not push to it: expected a Secret" in "".join(p["status"]["waits"]))
    ok("reads it" not in json.dumps(w.ask("GET", PROMOTIONS + "/shop")[1]), "no password is told")
    put_settings(w.admin, "secrets", "writes", {"url": url, "username": "robot", "password": WORD}, "repository-write")
    promoted(w, "1.0.0")
    ok(shop.promotions() == 0, "it changes nothing, and is no commit")

    shop.release("1.1.0")
    second = candidate(w, "1.1.0")
    status, _, text = approve(w, second, "mara")
    ok(status == 422 and "who approves writes it" in text, "nobody approves in another's name", text)
    ok(approve(w, second)[0] == 200, "an approval")
    promoted(w, "1.1.0")
    ok(shop.ask("log", "-1", "--format=%an <%ae>", "main").strip() == "Promoter <promoter@example.org>", "in the name that was given")
    ok("newTag: 1.1.0 # what runs" in shop.ask("show", "main:production/kustomization.yaml"), "the rest of the file is as it was")

    shop.hook("pre-receive", "echo not today; exit 1\n")
    git_refused(w, shop)
    os.unlink(shop.bare + "/hooks/pre-receive")
    promoted(w, "1.2.0")
    ok(shop.promotions() == 2, "and it goes on by itself when the remote takes it")
    killed(w, shop)


def git_refused(w, shop):
    os.rename(shop.bare + "/hooks/pre-receive", shop.bare + "/hooks/waiting")
    shop.release("1.2.0")
    os.rename(shop.bare + "/hooks/waiting", shop.bare + "/hooks/pre-receive")
    ok(approve(w, candidate(w, "1.2.0"))[0] == 200, "one that the remote refuses")
    until(w.admin, PROMOTIONS + "/shop", "is told with the remote's reason",
          lambda p: "pre-receive hook declined" in "".join(p["status"]["waits"]))


def killed(w, shop):
    """The remote has the commit, and has not said so yet."""
    shop.release("1.3.0")
    one = candidate(w, "1.3.0")
    shop.hook("post-receive", "touch %s/there; while [ -e %s/there ]; do sleep 0.05; done\n" % (shop.bare, shop.bare))
    ok(approve(w, one)[0] == 200, "an approval, and the server is killed in the middle of the commit")
    ok(patience.until(lambda: os.path.exists(shop.bare + "/there")), "the remote has it")
    w.end(signal.SIGKILL)
    os.unlink(shop.bare + "/hooks/post-receive")
    os.unlink(shop.bare + "/there")
    w.start()
    promoted(w, "1.3.0")
    ok(shop.promotions() == 3, "it was made once", shop.ask("log", "--format=%s", "main"))
    last = w.ask("GET", PROMOTIONS + "/shop")[1]["status"]["history"][-1]
    made = shop.ask("log", "-1", "--format=%H", "--grep=^Promotion: default/shop", "main").strip()
    ok(last["commit"] == made and last["by"] == "admin", "and the history names it", last)


def main():
    with tempfile.TemporaryDirectory(prefix="pave-promotions-") as folder:
        shop = Shop(folder)
        port = serve_git(folder + "/git", basic("reader", "reads it"), writer=basic("robot", WORD))
        with Server(folder) as w:
            story(w, shop, port)
            ok(WORD not in w.logged() and "reads it" not in w.logged(), "no password is in the log")
        ok(w.end() == 0, "the server ends cleanly")
    from forge import count
    print("1..%d" % count)


main()
