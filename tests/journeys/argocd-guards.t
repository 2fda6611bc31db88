#!/usr/bin/env python3
"""What Argo CD's REST API keeps from those who may not, and what it does not do by half, over a real server.  Speaks
TAP.  PAVE names the program."""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from argocd_api import APP, Caller, application, b64, check, plan, project, server, set_up, sign_in, until  # noqa: E402

SETS = "/api/v1/applicationsets"
CONFIG = "/api/v1/namespaces/argocd/configmaps/"
MERGE = "application/merge-patch+json"
ELEMENTS = {"list": {"elements": [{"name": "made"}]}}


def configure(admin, name, **data):
    admin.ask("PATCH", CONFIG + name, {"data": data}, kind=MERGE)


def names(answer):
    return [item["metadata"]["name"] for item in answer[1]["items"]]


# ---- ApplicationSets ----

def set_of(name, of="shop", *generators, path="x"):
    app = application("{{name}}", of)
    app["spec"]["source"]["path"] = path
    return {"metadata": {"name": name}, "spec": {"generators": list(generators) or [ELEMENTS], "template": app}}


def moved(of):
    """A list whose own template says another project."""
    return {"list": {**ELEMENTS["list"], "template": application("{{name}}", of)}}


def sets(alice, root, admin):
    create = "p, alice, applicationsets, get, shop/*, allow\np, alice, applicationsets, create, shop/*, allow\n"
    configure(admin, "argocd-rbac-cm", **{"policy.sets.csv": create})
    check("who may create sets of a project does", alice.status("POST", SETS, set_of("mine")), 200)
    check("but none of another", alice.status("POST", SETS, set_of("theirs", "other")), 403)
    for name, generators in (("generator", [moved("other")]), ("nested one", [{"matrix": {"generators": [ELEMENTS, moved("other")]}}]),
                             ("second generator", [ELEMENTS, moved("other")])):
        check("nor by the template of a " + name, alice.status("POST", SETS, set_of("theirs", "shop", *generators)), 403)
    check("a generator's template of the same project is theirs", alice.status("POST", SETS, set_of("again", "shop", moved("shop"))), 200)
    check("none of them is there", names(root.ask("GET", SETS)), ["again", "mine"])
    for value in ("true", "1"):
        check("a try (dryRun=%s) is refused by name, and makes nothing" % value,
              (root.error("POST", SETS + "?dryRun=" + value, set_of("tried"))[:2], names(root.ask("GET", SETS))), ((501, 12), ["again", "mine"]))
    root.ask("POST", SETS, set_of("hidden", "other"))
    check("what one may not get is as what is not there",
          [alice.error("GET", SETS + "/" + n) for n in ("hidden", "never")], [(403, 7, "permission denied")] * 2)
    check("the same again is no fault", alice.status("POST", SETS, set_of("mine")), 200)
    changed = set_of("mine", path="y")
    check("another is, without upsert", alice.error("POST", SETS, changed)[:2], (400, 3))
    check("which needs update", alice.status("POST", SETS + "?upsert=true", changed), 403)
    configure(admin, "argocd-rbac-cm", **{"policy.sets.csv": create + "p, alice, applicationsets, update, shop/*, allow\n"})
    check("and changes it", alice.ask("POST", SETS + "?upsert=true", changed)[1]["spec"]["template"]["spec"]["source"]["path"], "y")
    for label in ("a", "b"):
        changed["metadata"]["labels"] = {label: "x"}
        alice.ask("POST", SETS + "?upsert=true", changed)
    check("a label alone is a change, too, and others stay", root.ask("GET", SETS + "/mine")[1]["metadata"]["labels"], {"a": "x", "b": "x"})
    check("but not into another project", alice.status("POST", SETS + "?upsert=true", set_of("mine", "shop", moved("other"))), 403)
    check("nor one of another project", alice.status("POST", SETS + "?upsert=true", set_of("hidden")), 403)
    for name in names(root.ask("GET", SETS)):
        root.ask("DELETE", SETS + "/" + name)


# ---- Applications and projects ----

def applications(alice, root, admin):
    for name, of in (("one", "shop"), ("two", "shop"), ("else", "other")):
        root.ask("POST", APP, application(name, of))
    check("in a project that one may read, what is of another is as what is not there",
          [alice.error("GET", APP + "/%s?project=shop" % n) for n in ("else", "never")],
          [(404, 5, 'applications.argoproj.io "%s" not found' % n) for n in ("else", "never")])
    check("and of one that one reads, too", root.status("GET", APP + "/one?project=other"), 404)
    labelled = application("one", "shop")
    for label in ("a", "b"):
        labelled["metadata"]["labels"] = {label: "x"}
        check("a label alone is a change", [root.status("POST", APP + q, labelled) for q in ("", "?upsert=true", "")], [400, 200, 200])
    check("and others stay", root.ask("GET", APP + "/one")[1]["metadata"]["labels"], {"a": "x", "b": "x"})
    started = {**application("started", "shop"), "operation": {"sync": {"manifests": ["{}"]}, "initiatedBy": {"username": "admin"}}}
    check("who makes an Application starts nothing by it", "operation" in root.ask("POST", APP, started)[1], False)
    configure(admin, "argocd-rbac-cm", **{"policy.syncs.csv": "p, alice, applications, sync, shop/*, allow\n"})
    sync = lambda name, body: alice.ask("POST", APP + "/%s/sync" % name, body)  # noqa: E731
    check("another revision is synced", sync("one", {"revision": "another", "dryRun": True})[0], 200)
    configure(admin, "argocd-cm", **{"application.sync.requireOverridePrivilegeForRevisionSync": "true"})
    check("unless that needs override", sync("two", {"revision": "another", "dryRun": True})[1]["message"].split(", sub")[0],
          "permission denied: applications, override, shop/two")
    check("which the Application's own does not", sync("two", {"revision": "HEAD", "dryRun": True})[0], 200)
    several = application("several", "shop")
    several["spec"]["sources"] = [several["spec"].pop("source")] * 2
    root.ask("POST", APP, several)
    ask = lambda positions: root.ask("POST", APP + "/several/sync", {"revisions": ["another"], "sourcePositions": positions, "dryRun": True})  # noqa: E731
    check("there is no third of two sources", [ask(positions)[0] for positions in (["3"], [0], [])], [400] * 3)
    check("of several sources the one is synced that is said", ask(["2"])[1]["operation"]["sync"]["revisions"], ["", "another"])


def projects(alice, root, admin):
    policy = "p, alice, projects, get, shop, allow\np, alice, projects, update, shop, allow\n"
    configure(admin, "argocd-rbac-cm", **{"policy.projects.csv": policy})
    held = root.ask("GET", "/api/v1/projects/shop")[1]

    def put(**spec):
        return alice.error("PUT", "/api/v1/projects/shop", {"project": {"metadata": {"name": "shop"}, "spec": {**held["spec"], **spec}}})

    there = held["spec"]["destinations"]
    wider = [("cluster", {"destinations": there + [{"server": "https://elsewhere", "namespace": "*"}]}, "clusters, update, https://elsewhere"),
             ("repository", {"sourceRepos": ["*", "file:///srv/*"]}, "repositories, update, file:///srv/*"),
             ("kind", {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, "clusters, update, *")]
    for what, spec, right in wider:
        check("who may update a project lets it on to no other %s" % what, put(**spec)[2].split(", sub")[0], "permission denied: " + right)
    check("but changes the rest", put(description="of the shop")[0], 200)
    check("and less", put(sourceRepos=[])[0], 200)
    configure(admin, "argocd-rbac-cm", **{"policy.projects.csv": policy + "p, alice, clusters, update, *, allow\np, alice, repositories, update, *, allow\n"})
    check("unless they may update those", [put(**spec)[0] for _, spec, _ in wider], [200] * 3)
    check("Kubernetes' rights to a project are enough", admin.status("PUT", "/api/v1/projects/shop", {"project": held}), 200)


# ---- what waits ----

def refreshes(client, root, admin):
    """Of a repository that never answers, so that who asks for a look at it waits."""
    silent = socket.create_server(("127.0.0.1", 0))
    root.ask("POST", APP, application("slow", "shop", repo="http://127.0.0.1:%d/o/r.git" % silent.getsockname()[1]))
    answers, told = [], threading.Semaphore(0)

    def ask():
        answers.append(Caller(client, root.token).status("GET", APP + "/slow?refresh=normal"))
        told.release()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        told.acquire()
    check("of many that wait for a look at an Application, some are told to come again", answers[:4], [429] * 4)
    check("and others write meanwhile", admin.status("POST", "/api/v1/namespaces/team/configmaps", {"metadata": {"name": "meanwhile"}}), 201)
    return silent, threads, answers


def the_end(client, silent, threads, answers):
    os.kill(client.pid, signal.SIGTERM)
    for thread in threads:
        thread.join()
    silent.close()
    check("a server that stops tells those who wait", answers[4:], [503] * 16)


# ---- lists ----

def of_many_projects(alice, root, admin):
    roles = range(2000)
    configure(admin, "argocd-rbac-cm", **{"policy.many.csv": "".join(
        "p, role:%d, applications, get, many-%d/*, allow\ng, alice, role:%d\n" % (i, i, i) for i in roles)})
    for i in range(30):
        root.ask("POST", "/api/v1/projects", project("many-%d" % i, sourceNamespaces=["*"]))
        root.ask("POST", APP, application("many-%d" % i, "many-%d" % i))
    mine = names(alice.ask("GET", APP + "?fields=items.metadata.name"))
    check("who has many roles gets the Applications of many projects", len([n for n in mine if n.startswith("many-")]), 30)
    configure(admin, "argocd-rbac-cm", **{"policy.many.csv": None})
    for i in range(30):
        root.ask("DELETE", APP + "/many-%d?cascade=false" % i)


def lists(alice, root, admin):
    of_many_projects(alice, root, admin)
    big = application("big", "shop")
    big["spec"]["info"] = [{"name": "n", "value": "v"}] * 5000
    root.ask("POST", APP, big)
    parts = lambda fields: root.ask("GET", APP + "?name=big&fields=" + fields)[1]["items"]  # noqa: E731
    check("of parts that share their beginning each is told", parts("items.spec.source.path,items.spec.project,items.spec.source.repoURL.x,items.spec.none"),
          [{"spec": {"source": {"path": "x", "repoURL": "https://example.com/o/r.git"}, "project": "shop"}}])
    check("and what is left out is left out wherever it is", [(sorted(i["spec"]), i["spec"]["info"][0]) for i in parts("-items.spec.source,items.spec.info.name")],
          [(["destination", "info", "project"], {"value": "v"})])
    check("many paths are told, too", parts(",".join(["items.spec.info.name"] * 200))[0]["spec"]["info"], [{"name": "n"}] * 5000)
    largest = admin.ask("GET", "/debug/turns")[1]["largest"]
    check("without memory for each path or project", [t for t in largest if t["request"] == "GET " + APP and t["arenaBytes"] >= 5000000] if largest else "none", [])
    root.ask("DELETE", APP + "/big?cascade=false")


# ---- streams ----

def told_until(client, root, query, name):
    """What a stream tells, up to what it first tells of that Application."""
    c = http.client.HTTPSConnection(client.host, client.port, context=client.anonymous, timeout=600)
    c.request("GET", "/api/v1/stream/applications" + query, headers={"Authorization": "Bearer " + root.token})
    answer, told = c.getresponse(), []
    while not told or told[-1][1] != name:
        result = json.loads(answer.readline())["result"]
        told.append((result["type"], result["application"]["metadata"]["name"]))
    c.close()
    return told


def streams(client, root):
    root.ask("POST", APP, application("told", "shop"))
    version = root.ask("GET", APP)[1]["metadata"]["resourceVersion"]
    root.ask("POST", APP, application("untold", "shop"))
    root.ask("DELETE", APP + "/untold?cascade=false")
    told = told_until(client, root, "?projects=shop&selector=&resourceVersion=" + version, "untold")
    check("a stream behind a list tells what came after it", (told[-1][0], {t for t, _ in told[:-1]} - {"MODIFIED"}), ("ADDED", set()))
    check("of one Application it is told what there is", told_until(client, root, "?name=told&resourceVersion=" + version, "told"), [("ADDED", "told")])
    check("so it is where the list is of another time", told_until(client, root, "?resourceVersion=1", "told")[-1][0], "ADDED")


# ---- what a browser sends ----

def forms(root, admin):
    check("a certificate is good for JSON", admin.status("POST", APP, application("typed", "shop")), 200)
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        check("not for another site's form (%s)" % kind, admin.error("POST", APP, application("typed", "shop"), kind=kind)[:2], (415, 3))
        check("a token is good for either", root.status("POST", APP, application("typed", "shop"), kind=kind), 200)


# ---- accounts ----

def accounts(alice, root, admin, client):
    configure(admin, "argocd-cm", **{"accounts.admin": "apiKey, login"})
    token = root.ask("POST", "/api/v1/account/admin/token", {"id": "one"})[1]["token"]
    held = admin.ask("GET", "/api/v1/namespaces/argocd/secrets/argocd-secret")[1]["data"]
    check("admin's tokens are where Argo CD keeps them", ("admin.tokens" in held, "accounts.admin.tokens" in held), (True, False))
    check("and good", Caller(client, token).status("GET", "/api/v1/account"), 200)
    configure(admin, "argocd-cm", passwordPattern="^[0-9]{4}$")
    change = lambda new: alice.error("PUT", "/api/v1/account/password", {"currentPassword": "password", "newPassword": new})  # noqa: E731
    check("a new password is held to the pattern", change("password2")[::2],
          (400, "new password does not match the following expression: ^[0-9]{4}$."))
    configure(admin, "argocd-cm", passwordPattern="(")
    check("a pattern that is none is named", "passwordPattern of ConfigMap argocd/argocd-cm" in change("1234")[2])
    configure(admin, "argocd-cm", passwordPattern="^[0-9]{4}$")
    check("what fits it is taken", change("1234")[0], 200)
    nobody = Caller(client)
    configure(admin, "argocd-cm", **{"admin.enabled": "false", "accounts.alice": "apiKey", "accounts.bob": None})
    check("where nobody signs in, that is told", nobody.ask("GET", "/api/v1/settings")[1]["userLoginsDisabled"], True)
    configure(admin, "argocd-cm", **{"admin.enabled": None})
    check("and where somebody does", nobody.ask("GET", "/api/v1/settings")[1]["userLoginsDisabled"], False)


# ---- places ----

def places(root, admin):
    for name, more in (("mine", {"project": b64("shop"), "proxy": b64("http://p:hunter2@proxy.example:3128")}), ("all", {})):
        admin.ask("POST", "/api/v1/namespaces/argocd/secrets", {
            "metadata": {"name": name, "labels": {"argocd.argoproj.io/secret-type": "repository"}},
            "data": {"url": b64("https://example.com/o/" + name), **more}})
    text = json.dumps(root.ask("GET", "/api/v1/repositories")[1])
    check("a proxy is told without its password", ("proxy.example:3128" in text, "hunter2" in text), (True, False))
    detailed = root.ask("GET", "/api/v1/projects/shop/detailed")[1]
    check("a project has the repositories of its own", [r["repo"] for r in detailed["repositories"]], ["https://example.com/o/mine"])
    configure(admin, "argocd-cm", globalProjects="- projectName: other")
    check("what is not built is refused by name where it is said",
          [root.status("GET", "/api/v1/projects/shop/" + p) for p in ("detailed", "globalprojects")], [501] * 2)
    configure(admin, "argocd-cm", globalProjects=None)


# ---- Events and logs ----

def events(client, admin):
    """Of somebody who may get Applications and no Events."""
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/team/"
    rule = {"apiGroups": ["argoproj.io"], "resources": ["applications"], "verbs": ["get", "list"]}
    admin.ask("POST", "/api/v1/namespaces/team/serviceaccounts", {"metadata": {"name": "erin"}})
    admin.ask("POST", rbac + "roles", {"metadata": {"name": "erin"}, "rules": [rule]})
    admin.ask("POST", rbac + "rolebindings", {
        "metadata": {"name": "erin"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "erin"},
        "subjects": [{"kind": "ServiceAccount", "name": "erin", "namespace": "team"}]})
    erin = Caller(client, admin.ask("POST", "/api/v1/namespaces/team/serviceaccounts/erin/token", {"spec": {}})[1]["status"]["token"])
    admin.ask("POST", APP, application("here", "shop", ns="team"))
    here = APP + "/here%s?appNamespace=team"
    check("who may get an Application is not told its Events", [erin.status("GET", here % p) for p in ("", "/events")], [200, 403])
    admin.ask("PATCH", rbac + "roles/erin", {"rules": [rule, {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]}]}, kind=MERGE)
    check("until they may list those", erin.status("GET", here % "/events"), 200)


def repository(folder):
    deployment = ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\nspec: {selector: {matchLabels: {a: %s}}, template: "
                  "{metadata: {labels: {a: %s}}, spec: {containers: [{name: main, image: 'web:1'}]}}}\n")
    os.mkdir(folder)
    with open(os.path.join(folder, "all.yaml"), "w", encoding="utf-8") as f:
        f.write("---\n".join(["apiVersion: v1\nkind: Namespace\nmetadata: {name: made}\n",
                             "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {token: hunter2}}\nstringData: {a: hunter2}\n"] + [deployment % (n, n, n) for n in ("web", "web-api")]))
    for cmd in (["init", "-q", "-b", "main"], ["add", "."], ["-c", "user.name=Ada", "-c", "user.email=ada@x", "commit", "-qm", "First"]):
        subprocess.run(["git", "-C", folder, *cmd], check=True)
    return folder


def deployed(root, folder):
    app = application("objects", "local", repo=repository(os.path.join(folder, "repo")))
    app["spec"]["source"]["path"] = "."
    app["spec"]["syncPolicy"] = {"automated": {}}
    root.ask("POST", "/api/v1/projects", project("local", sourceRepos=[folder + "/*"], clusterResourceWhitelist=[{"group": "*", "kind": "*"}]))
    root.ask("POST", APP, app)

    def both():
        root.ask("GET", APP + "/objects?refresh=normal")
        nodes = root.ask("GET", APP + "/objects/resource-tree")[1]["nodes"]
        return len([n for n in nodes if n["kind"] == "Pod" and n.get("health", {}).get("status") == "Healthy"]) == 2
    until(both)


def lines(root, query):
    code, text = root.ask("GET", APP + "/objects/logs" + query)
    entries = [json.loads(line)["result"] for line in text.splitlines()] if isinstance(text, bytes) else [text.get("result", {})]
    return code, [e for e in entries if not e.get("last")]


def objects(root, admin):
    with tempfile.TemporaryDirectory() as tmp:
        deployed(root, tmp)
        web = "?group=apps&kind=Deployment&resourceName=web"
        said = lines(root, web)[1]
        check("the logs of a workload are its own Pods'", {e["podName"].rsplit("-", 2)[0] for e in said}, {"web"})
        check("and of its neighbour", {e["podName"].rsplit("-", 2)[0] for e in lines(root, web + "-api")[1]}, {"web-api"})
        check("all of them without a name", {e["podName"].rsplit("-", 2)[0] for e in lines(root, "")[1]}, {"web", "web-api"})
        word = next(w for e in said for w in e["content"].split() if w.isalpha() and w.upper() != w)
        with_it = [e for e in said if word.lower() in e["content"].lower()]
        check("a filter knows no case", len(lines(root, web + "&filter=" + word.upper())[1]), len(with_it))
        check("unless it is to", lines(root, web + "&matchCase=true&filter=" + word.upper())[1], [])
        check("and what begins with ! is left out", len(lines(root, web + "&filter=!" + word)[1]), len(said) - len(with_it))
        check("logs by a time are refused by name", [root.status("GET", APP + "/objects/logs?%s=2026-01-01T00:00:00Z" % q) for q in ("sinceTime", "untilTime")], [501] * 2)
        configure(admin, "argocd-cm", **{"resource.sensitive.mask.annotations": "other, token"})
        text = root.ask("GET", APP + "/objects/resource?namespace=default&version=v1&group=&kind=Secret&resourceName=s")[1]["manifest"]
        check("an annotation that is sensitive is hidden, too", ("hunter2" in text, '"token":"++++++++"' in text), (False, True))
        admin.ask("POST", "/api/v1/namespaces/default/events", {
            "metadata": {"name": "made.1"}, "involvedObject": {"apiVersion": "v1", "kind": "Namespace", "name": "made"}, "message": "hello"})
        check("Events of what is in no namespace are told",
              [e["message"] for e in root.ask("GET", APP + "/objects/events?resourceName=made")[1]["items"]], ["hello"])


def main():
    with server() as client:
        admin = Caller(client, tls=client.tls)
        set_up(admin)
        alice, root = sign_in(client, "alice"), sign_in(client, "admin")
        for p in ("default", "shop", "other"):
            root.ask("POST", "/api/v1/projects", project(p, sourceNamespaces=["*"]))
        sets(alice, root, admin)
        applications(alice, root, admin)
        projects(alice, root, admin)
        lists(alice, root, admin)
        streams(client, root)
        forms(root, admin)
        places(root, admin)
        events(client, admin)
        objects(root, admin)
        accounts(alice, root, admin, client)
        the_end(client, *refreshes(client, root, admin))
    plan()


main()
