#!/usr/bin/env python3
"""Argo CD's REST API over a real server: accounts and sessions, who may what, projects' tokens, and what Backstage's
plugins and the field's scripts ask.  Speaks TAP.  PAVE names the program."""
import base64
import http.client
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from argocd_api import APP, Caller, application, b64, check, plan, project, server, set_up, sign_in, until  # noqa: E402


def sessions(client):
    nobody = Caller(client)
    check("anybody is told the version", nobody.ask("GET", "/api/version")[1]["Version"].startswith("v3."))
    check("nobody lists nothing", nobody.error("GET", APP), (401, 16, "no session information"))
    check("nobody is told that they are", nobody.ask("GET", "/api/v1/session/userinfo"), (200, {"loggedIn": False}))
    wrong = (401, 16, "Invalid username or password")
    for who in ("alice", "nobody", "gone", "robot"):
        check("a wrong password of %s is refused in the same words" % who,
              nobody.error("POST", "/api/v1/session", {"username": who, "password": "wrong"}), wrong)
    check("a disabled account does not sign in",
          nobody.error("POST", "/api/v1/session", {"username": "gone", "password": "password"}), wrong)
    alice = sign_in(client, "alice")
    check("the token says who it is", alice.ask("GET", "/api/v1/session/userinfo")[1]["username"], "alice")
    code, _ = nobody.ask("POST", "/api/v1/session", {"username": "alice", "password": "password"})
    cookie = nobody.headers["Set-Cookie"]
    check("a browser gets a cookie that no script reads",
          [w in cookie for w in ("argocd.token=", "HttpOnly", "Secure", "SameSite=Lax")], [True] * 4)
    browser = Caller(client, cookie=cookie.split(";")[0])
    check("the cookie is as good", browser.status("GET", APP), 200)
    check("but not for another site's form", browser.error("POST", APP, application("x"), kind="text/plain")[0], 415)
    head, claims, signature = alice.token.split(".")
    forged = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged["sub"] = "admin:login"
    forged = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for name, token in (("changed", ".".join((head, forged, signature))), ("unsigned", ".".join((none, forged, ""))),
                        ("broken", "x.y.z")):
        check("a token that is %s is refused" % name, Caller(client, token).status("GET", APP), 401)
    return alice


def the_end_of_a_session(client):
    alice = sign_in(client, "alice")
    check("a session is ended", (alice.status("GET", APP), alice.status("DELETE", "/api/v1/session"), alice.status("GET", APP)), (200, 200, 401))


def guesses(client, admin):
    nobody = Caller(client)
    for _ in range(5):
        nobody.ask("POST", "/api/v1/session", {"username": "bob", "password": "guess"})
    check("after five guesses the right password is refused in the same words",
          nobody.error("POST", "/api/v1/session", {"username": "bob", "password": "password"}),
          (401, 16, "Invalid username or password"))
    check("others sign in all the same", sign_in(client, "admin") is not None)


def accounts(client, alice):
    root = sign_in(client, "admin")
    items = root.ask("GET", "/api/v1/account")[1]["items"]
    check("accounts are listed", [a["name"] for a in items], ["admin", "alice", "bob", "gone", "robot"])
    check("without what is secret", "$2b$" in json.dumps(items), False)
    code, made = root.ask("POST", "/api/v1/account/robot/token", {"id": "ci", "expiresIn": 0})
    robot = Caller(client, made["token"])
    check("an apiKey works", robot.status("GET", APP), 200)
    check("its id is taken", root.status("POST", "/api/v1/account/robot/token", {"id": "ci"}), 400)
    check("an account without apiKey gets none", root.status("POST", "/api/v1/account/bob/token", {}), 400)
    check("nobody makes another's", alice.error("POST", "/api/v1/account/robot/token", {})[:2], (403, 7))
    check("but one's own", alice.status("POST", "/api/v1/account/alice/token", {}), 200)
    check("who may what is told", [alice.ask("GET", "/api/v1/account/can-i/applications/" + q)[1]["value"] for q in
                                   ("get/shop/front", "sync/shop/front", "sync/shop/back", "get/other/x")], ["yes", "yes", "no", "no"])
    second = root.ask("POST", "/api/v1/account/robot/token", {"id": "other"})[1]["token"]
    check("a token is deleted", root.status("DELETE", "/api/v1/account/robot/token/other"), 200)
    check("and is good no more", Caller(client, second).status("GET", APP), 401)
    check("a new password needs the current one", alice.error(
        "PUT", "/api/v1/account/password", {"currentPassword": "no", "newPassword": "password2"})[2], "current password does not match")
    return root, robot


# What each may do to Application front of project shop, beside one of project other.
MATRIX = [
    # who        get  get-other sync sync-other create update delete
    ("admin", [200, 200, 200, 200, 200, 200, 200]),
    ("robot", [200, 200, 200, 200, 200, 200, 403]),
    ("alice", [200, 403, 200, 403, 403, 403, 403]),
    ("nobody", [401, 401, 401, 401, 401, 401, 401]),
]


def validity(root, admin):
    """What is wrong with an Application is told before there is one."""
    root.ask("POST", "/api/v1/projects", project("narrow", sourceRepos=["https://example.com/good/*"]))

    def refused(what, app, said, destination=None):
        app["spec"]["destination"] = destination or app["spec"]["destination"]
        check(what, root.error("POST", APP, app), (400, 3, said))

    invalid = "application spec for odd is invalid: InvalidSpecError: "
    good = "https://example.com/good/r.git"
    refused("a project that is not there", application("odd", "nowhere"), 'app is not allowed in project "nowhere", or the project does not exist')
    refused("one that does not admit the namespace is told in the same words", application("odd", "narrow", "team", repo=good),
            'app is not allowed in project "narrow", or the project does not exist')
    refused("a repository that it does not permit", application("odd", "narrow"),
            invalid + "application repo https://example.com/o/r.git is not permitted in project 'narrow'")
    refused("a destination that is none", application("odd", "narrow", repo=good), invalid + "there are no clusters with this address: https://elsewhere; "
            "expected one that a Secret of type cluster in namespace argocd has, or https://kubernetes.default.svc", {"server": "https://elsewhere"})
    refused("or that is two", application("odd", "narrow", repo=good), invalid + "application destination can't have both name and server defined: "
            "in-cluster https://kubernetes.default.svc", {"server": "https://kubernetes.default.svc", "name": "in-cluster"})
    root.ask("POST", "/api/v1/projects", project("here", destinations=[{"server": "https://kubernetes.default.svc", "namespace": "shop-*"}]))
    refused("or that its project does not permit", application("odd", "here"), invalid + "application destination server "
            "'https://kubernetes.default.svc' and namespace 'kube-system' do not match any of the allowed destinations in project 'here'",
            {"name": "in-cluster", "namespace": "kube-system"})
    check("nothing was made", [a for a in root.ask("GET", APP)[1]["items"] or [] if a["metadata"]["name"] == "odd"], [])
    check("who does not want to know is not told", root.status("POST", APP + "?validate=false", application("odd", "narrow")), 200)
    root.ask("DELETE", APP + "/odd?cascade=false")
    check("one that is right is made", root.status("POST", APP, application("even", "narrow", repo=good)), 200)
    check("an update is held to the same", root.status("PUT", APP + "/even/spec", application("even", "nowhere")["spec"]), 400)
    root.ask("DELETE", APP + "/even?cascade=false")
    told = admin.ask("GET", "/api/v1/namespaces/argocd/events?fieldSelector=involvedObject.name=even")[1]["items"]
    check("who did what is an Event", sorted(e["reason"] + ": " + e["message"] for e in told if e["source"].get("component") == "argocd-server"),
          ["ResourceCreated: admin created application", "ResourceDeleted: admin deleted application"])


def matrix(client, callers, admin):
    for name, want in MATRIX:
        who = callers[name]
        for app in (application("front", "shop"), application("else", "other")):
            admin.ask("DELETE", "%s/%s?cascade=false" % (APP, app["metadata"]["name"]))  # an operation of before goes with it
            admin.ask("POST", APP, app)
        have = [who.status("GET", APP + "/front"), who.status("GET", APP + "/else"),
                who.status("POST", APP + "/front/sync", {"dryRun": True}), who.status("POST", APP + "/else/sync", {"dryRun": True}),
                who.status("POST", APP, application("made-by-" + name, "shop")),
                 who.status("PUT", APP + "/front/spec", application("front", "shop")["spec"]),
                 who.status("DELETE", APP + "/made-by-%s?cascade=false" % name)]
        check("what %s may" % name, have, want)
    alice = callers["alice"]
    code, doc = alice.ask("POST", APP + "/front/rollback", {"id": 0})
    check("a refusal is in Argo CD's words", doc["message"].startswith("permission denied: applications, rollback, shop/front, sub: alice, iat: "))
    check("what one may not get is as what is not there",
          [alice.error("GET", APP + "/" + n) for n in ("else", "never")], [(403, 7, "permission denied")] * 2)
    check("unless its project is theirs", alice.status("GET", APP + "/never?project=shop"), 404)
    check("a list has what one may get", [a["metadata"]["name"] for a in alice.ask("GET", APP)[1]["items"]], ["front", "made-by-robot"])
    check("nobody moves an Application to a project that is not theirs", robot_moves(callers["robot"], client, admin), 403)


def robot_moves(robot, client, admin):
    admin.ask("PATCH", "/api/v1/namespaces/argocd/configmaps/argocd-rbac-cm", {"data": {
        "policy.robot.csv": "p, robot, applications, update, other/*, deny\n"}}, kind="application/merge-patch+json")
    return robot.status("PATCH", APP + "/front", {"patch": json.dumps({"spec": {"project": "other"}}), "patchType": "merge"})


def project_tokens(client, root, admin):
    role = {"name": "ci", "policies": ["p, proj:shop:ci, applications, get, shop/*, allow", "p, proj:shop:ci, applications, sync, shop/*, allow"],
            "groups": ["builders"]}
    doc = root.ask("GET", "/api/v1/projects/shop")[1]
    doc["spec"]["roles"] = [role]
    check("roles are written", root.status("PUT", "/api/v1/projects/shop", {"project": doc}), 200)
    evil = json.loads(json.dumps(doc))
    evil["spec"]["roles"][0]["policies"] = ["p, proj:shop:ci, applications, *, */*, allow"]
    check("a project's policy speaks of its own objects only", root.error("PUT", "/api/v1/projects/shop", {"project": evil})[:2], (400, 3))
    token = root.ask("POST", "/api/v1/projects/shop/roles/ci/token", {"id": "one"})[1]["token"]
    ci = Caller(client, token)
    check("the role's token works", [ci.status("GET", APP + "/front"), ci.status("GET", APP + "/else"),
                                     ci.status("GET", "/api/v1/projects/shop"), ci.status("GET", "/api/v1/projects/other")], [200, 403, 200, 403])
    check("its list is its project's", {a["spec"]["project"] for a in ci.ask("GET", APP)[1]["items"]}, {"shop"})
    check("it deletes nothing", ci.status("DELETE", APP + "/front"), 403)
    admin.ask("DELETE", APP + "/front?cascade=false")
    admin.ask("POST", APP, application("front", "shop"))
    check("it is asked in the project's name",
          (ci.status("POST", APP + "/front/sync", {"dryRun": True}),
           admin.ask("GET", APP + "/front")[1].get("operation", {"initiatedBy": {"username": "proj:shop:ci"}})["initiatedBy"]["username"]),
          (200, "proj:shop:ci"))
    iat = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["iat"]
    check("it is deleted", root.status("DELETE", "/api/v1/projects/shop/roles/ci/token/%d?id=one" % iat), 200)
    check("and is good no more", ci.status("GET", APP + "/front"), 401)
    expired = root.ask("POST", "/api/v1/projects/shop/roles/none/token", {})
    check("a role that is not there gets none", expired[0], 404)


def kubernetes(client, admin, root):
    admin.ask("POST", "/api/v1/namespaces/team/serviceaccounts", {"metadata": {"name": "dana"}})
    admin.ask("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings", {
        "metadata": {"name": "dana"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "dana", "namespace": "team"}]})
    token = admin.ask("POST", "/api/v1/namespaces/team/serviceaccounts/dana/token", {"spec": {}})[1]["status"]["token"]
    dana = Caller(client, token)
    check("an admin of Kubernetes needs no account", admin.status("GET", APP), 200)
    admin.ask("POST", APP, application("here", "default", ns="team"))
    check("who views a namespace sees its Applications", [a["metadata"]["name"] for a in dana.ask("GET", APP)[1]["items"]], ["here"])
    check("and does not sync them", dana.error("POST", APP + "/here/sync?appNamespace=team", {})[:2], (403, 7))
    admin.ask("PATCH", "/api/v1/namespaces/argocd/configmaps/argocd-rbac-cm", {"data": {
        "policy.dana.csv": "g, system:serviceaccounts:team, role:team\np, role:team, applications, sync, default/team/here, allow\n"}},
        kind="application/merge-patch+json")
    check("until Argo CD's policy lets their group", dana.status("POST", APP + "/here/sync?appNamespace=team", {"dryRun": True}), 200)
    admin.ask("PATCH", "/api/v1/namespaces/argocd/configmaps/argocd-rbac-cm", {"data": {
        "policy.dana.csv": "g, system:serviceaccounts:team\n"}}, kind="application/merge-patch+json")
    check("a policy that cannot be read permits nothing", root.status("GET", APP + "/front"), 403)
    check("and Kubernetes' rights stay", dana.status("GET", APP + "/here?appNamespace=team"), 200)
    admin.ask("PATCH", "/api/v1/namespaces/argocd/configmaps/argocd-rbac-cm", {"data": {"policy.dana.csv": None}},
              kind="application/merge-patch+json")


def pretenders(client, admin):
    """Names that Argo CD's policy knows, from where they mean something else."""
    for user, group in (("admin", "x"), ("role:admin", "x"), ("x", "role:admin"), ("proj:shop:ci", "x")):
        c = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)
        c.request("GET", APP + "/front", headers={"Impersonate-User": user, "Impersonate-Group": group})
        check("Kubernetes' %s of %s is nobody here" % (user, group), c.getresponse().status, 403)
        c.close()


def plugins(client, root):
    """What Backstage's plugins of RoadieHQ and of the community ask, in their order."""
    app = application("plugin", "shop")
    app["metadata"]["labels"] = {"backstage-name": "shop"}
    check("a scaffolder makes a project", root.status("POST", "/api/v1/projects", project("scaffolded")), 200)
    check("and an Application", root.status("POST", APP, app), 200)
    check("that is found by selector", [a["metadata"]["name"] for a in root.ask("GET", APP + "?selector=backstage-name%3Dshop")[1]["items"]], ["plugin"])
    check("and by name, project and repository", [len(root.ask("GET", APP + "?" + q)[1]["items"] or []) for q in (
        "name=plugin", "name=plugin&project=shop", "name=plugin&projects=other", "name=plugin&repo=" + urllib.parse.quote("https://example.com/o/r", ""))], [1, 1, 0, 1])
    check("the UI asks for parts", root.ask("GET", APP + "?name=plugin&fields=items.metadata.name,items.spec.source.path")[1]["items"],
          [{"metadata": {"name": "plugin"}, "spec": {"source": {"path": "x"}}}])
    check("or for all but some", "spec" in root.ask("GET", APP + "?name=plugin&fields=-items.spec")[1]["items"][0], False)
    check("the same again is no fault", root.status("POST", APP, app), 200)
    other = json.loads(json.dumps(app))
    other["spec"]["source"]["path"] = "y"
    check("another is, without upsert", [root.status("POST", APP + q, other) for q in ("", "?upsert=true")], [400, 200])
    check("a JSON patch", root.ask("PATCH", APP + "/plugin", {"patch": '[{"op":"replace","path":"/spec/source/path","value":"z"}]', "patchType": "json"})[1]["spec"]["source"]["path"], "z")
    patched = root.ask("PATCH", APP + "/plugin", {"patchType": "merge", "patch": json.dumps(
        {"metadata": {"labels": {"backstage-name": None, "a": "b"}}, "operation": {"sync": {}}, "status": {"sync": {"status": "Synced"}}})})[1]
    check("a patch writes what an update does, and starts nothing", (patched["metadata"]["labels"], "operation" in patched,
          patched.get("status", {}).get("sync", {}).get("status") == "Synced"), ({"a": "b"}, False, False))
    check("nothing runs that could be ended", root.error("DELETE", APP + "/plugin/operation")[0], 400)
    check("a tree is there before there is anything in it", root.ask("GET", APP + "/plugin/resource-tree"), (200, {"nodes": []}))
    check("so are events, windows and links", [root.status("GET", APP + "/plugin/" + p) for p in ("events", "syncwindows", "links")], [200] * 3)
    check("it is deleted with what it made", root.status("DELETE", APP + "/plugin?cascade=true"), 200)
    check("its project is deleted, one in use is not",
          [root.status("DELETE", "/api/v1/projects/" + p) for p in ("scaffolded", "shop")], [200, 400])
    check("a wrong method is told as the gateway does", root.error("PATCH", "/api/v1/projects/shop", {}), (501, 12, "Method Not Allowed"))
    check("what is not built is named", root.error("GET", "/api/v1/certificates"), (501, 12, "GET /api/v1/certificates is not supported yet"))
    check("a path that is none", root.error("GET", "/api/v1/applications/x/y/z/q"), (404, 5, "Not Found"))
    check("clusters", [c["name"] for c in root.ask("GET", "/api/v1/clusters")[1]["items"]], ["in-cluster"])
    check("a body that is none", Caller.error(root, "POST", "/api/v1/projects", "text")[:2], (400, 3))


def secrets(client, root, admin):
    admin.ask("POST", "/api/v1/namespaces/argocd/secrets", {
        "metadata": {"name": "repo", "labels": {"argocd.argoproj.io/secret-type": "repository"}},
        "data": {"url": b64("https://u:hunter2@example.com/o/r"), "password": b64("hunter2"), "username": b64("u"), "sshPrivateKey": b64("hunter2")}})
    text = json.dumps([root.ask("GET", "/api/v1/repositories")[1], root.ask("GET", "/api/v1/settings")[1]])
    check("repositories are listed without their secrets", ["https://example.com/o/r" in text, "hunter2" in text], [True, False])


def one_object(client, root, admin):
    """A Secret and a ConfigMap of an Application, read and changed through it."""
    with tempfile.TemporaryDirectory() as tmp:
        repo = os.path.join(tmp, "repo")
        os.mkdir(repo)
        with open(os.path.join(repo, "all.yaml"), "w", encoding="utf-8") as f:
            f.write("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n---\n"
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n---\n"
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {a: web}}, template: "
                    "{metadata: {labels: {a: web}}, spec: {containers: [{name: web, image: 'web:1'}]}}}\n")
        for cmd in (["init", "-q", "-b", "main"], ["add", "."], ["-c", "user.name=Ada", "-c", "user.email=ada@x", "commit", "-qm", "First"]):
            subprocess.run(["git", "-C", repo, *cmd], check=True)
        app = application("objects", "local", repo=repo)
        app["spec"]["source"]["path"] = "."
        app["spec"]["syncPolicy"] = {"automated": {}}
        root.ask("POST", "/api/v1/projects", project("local", sourceRepos=[tmp + "/*"]))
        check("an Application of a local repository", root.status("POST", APP, app), 200)
        doc = root.ask("GET", APP + "/objects?refresh=normal")[1]
        check("a refresh is waited for", doc["status"]["sync"].get("revision", "") != "")
        until(lambda: root.ask("GET", APP + "/objects?refresh=normal")[1]["status"].get("operationState", {}).get("phase") == "Succeeded")
        nodes = root.ask("GET", APP + "/objects/resource-tree")[1]["nodes"]
        check("the tree has what is managed", sorted((n["kind"], n["name"]) for n in nodes if "parentRefs" not in n),
              [("ConfigMap", "c"), ("Deployment", "web"), ("Secret", "s")])

        def healthy():
            nodes[:] = root.ask("GET", APP + "/objects/resource-tree")[1]["nodes"]
            return [n for n in nodes if n["kind"] == "Pod" and n.get("health", {}).get("status") == "Healthy"]
        pods = until(healthy)
        check("and what came of it, with its health", (sorted(n["kind"] for n in nodes if "parentRefs" in n), pods[0]["images"], pods[0]["parentRefs"][0]["kind"]),
              (["Pod", "ReplicaSet"], ["web:1"], "ReplicaSet"))
        lines = root.ask("GET", APP + "/objects/logs?kind=Deployment&resourceName=web")
        check("its Pods' logs are lines", 
              (lines[0], [json.loads(line)["result"]["podName"].startswith("web-") for line in lines[1].splitlines()[:-1]] != [], b'"last":true' in lines[1]),
              (200, True, True))
        check("following them is refused by name", root.status("GET", APP + "/objects/logs?follow=true"), 501)
        deployment = "?namespace=default&version=v1&group=apps&kind=Deployment&resourceName=web"
        check("its actions are listed", "restart" in [a["name"] for a in root.ask("GET", APP + "/objects/resource/actions" + deployment)[1]["actions"]])
        check("and done", root.status("POST", APP + "/objects/resource/actions" + deployment, "restart"), 200)
        live = admin.ask("GET", "/apis/apps/v1/namespaces/default/deployments/web")[1]
        check("so that it restarts", "kubectl.kubernetes.io/restartedAt" in live["spec"]["template"]["metadata"].get("annotations", {}))
        check("also with what it is about in the body", root.status("POST", APP + "/objects/resource/actions/v2", {
            "namespace": "default", "resourceName": "web", "version": "v1", "group": "apps", "kind": "Deployment", "action": "pause"}), 200)
        check("an action that is none", root.status("POST", APP + "/objects/resource/actions" + deployment, "explode"), 404)
        query = "?namespace=default&version=v1&group=&kind=%s&resourceName=%s"
        text = root.ask("GET", APP + "/objects/resource" + query % ("Secret", "s"))[1]["manifest"]
        check("a Secret is shown without what it holds", ["hunter2" in text, b64("hunter2") in text, "++++++++" in text], [False, False, True])
        check("what is not of it is not shown", root.status("GET", APP + "/objects/resource" + query % ("ConfigMap", "kube-root-ca.crt")), 400)
        admin.ask("PATCH", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/objects", {"status": {"resources": [
            {"group": "", "version": "v1", "kind": "ConfigMap", "namespace": "argocd", "name": "argocd-cm"}]}}, kind="application/merge-patch+json")
        check("nor what a status only says is of it", root.status(
            "GET", APP + "/objects/resource?namespace=argocd&version=v1&group=&kind=ConfigMap&resourceName=argocd-cm"), 400)
        root.ask("GET", APP + "/objects?refresh=hard")
        changed = root.ask("POST", APP + "/objects/resource" + query % ("ConfigMap", "c") + "&patchType=application/merge-patch%2Bjson",
                           json.dumps({"metadata": {"labels": {"x": "y"}}}))
        check("an object is patched", json.loads(changed[1].get("manifest", "{}")).get("metadata", {}).get("labels", {}).get("x"), "y")
        revision = doc["status"]["sync"]["revision"]
        about = root.ask("GET", APP + "/objects/revisions/%s/metadata" % revision)[1]
        check("a commit is told", (about.get("author"), about.get("message")), ("Ada <ada@x>", "First"))
        check("an object is deleted", root.status("DELETE", APP + "/objects/resource" + query % ("ConfigMap", "c")), 200)
        check("and gone", until(lambda: admin.status("GET", "/api/v1/namespaces/default/configmaps/c") == 404))  # behind what it owns


def stream(client, root):
    c = http.client.HTTPSConnection(client.host, client.port, context=client.anonymous, timeout=600)
    c.request("GET", "/api/v1/stream/applications?name=front&fields=result.application.metadata.name,result.application.spec.source.path",
              headers={"Authorization": "Bearer " + root.token})
    answer = c.getresponse()
    first = json.loads(answer.readline())["result"]
    check("a stream begins with what is there", (first["type"], first["application"]["metadata"]["name"]), ("ADDED", "front"))
    spec = application("front", "shop")["spec"]
    spec["source"]["path"] = "streamed"
    root.ask("PUT", APP + "/front/spec", spec)
    while True:
        line = answer.readline()
        if not line:
            break
        if json.loads(line)["result"]["application"]["spec"]["source"]["path"] == "streamed":
            break
    check("and tells what changes", line != b"")
    c.close()


def main():
    with server() as client:
        admin = Caller(client, tls=client.tls)
        client.audit = os.path.join(os.path.dirname(client.config), "data", "audit.log")
        set_up(admin)
        alice = sessions(client)
        root, robot = accounts(client, alice)
        for p in ("default", "shop", "other"):
            root.ask("POST", "/api/v1/projects", project(p, sourceNamespaces=["*"]))
        matrix(client, {"admin": root, "robot": robot, "alice": alice, "nobody": Caller(client)}, admin)
        validity(root, admin)
        project_tokens(client, root, admin)
        kubernetes(client, admin, root)
        pretenders(client, admin)
        plugins(client, root)
        secrets(client, root, admin)
        one_object(client, root, admin)
        stream(client, root)
        the_end_of_a_session(client)
        guesses(client, admin)
        with open(client.audit, encoding="utf-8") as f:
            events = [json.loads(line) for line in f]
        check("the audit log tells who wrote", {"argocd:alice", "argocd:robot", "proj:shop:ci"} <= {
            e["user"]["username"] for e in events if e["verb"] != "get"})
        new = alice.status("PUT", "/api/v1/account/password", {"currentPassword": "password", "newPassword": "password2"})
        check("one changes one's own password", new, 200)
    plan()


main()
