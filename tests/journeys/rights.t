#!/usr/bin/env python3
"""Who may what: every verb of every resource that the server has, for subjects with generated rules, asked as a
SubjectAccessReview and as the request itself, against an oracle that knows the rules alone.  Then grants, binding,
impersonation and the reviews of oneself.  Speaks TAP.  PAVE names the program."""
import http.client
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
os.environ.setdefault("PAVE", os.path.join(HERE, "..", "..", "build/release/pave"))
from served import server  # noqa: E402

RBAC = "/apis/rbac.authorization.k8s.io/v1"
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
BOUND = 40  # rules that are made
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


class Server:
    def __init__(self, client):
        self.connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)

    def ask(self, method, path, body=None, kind="application/json", headers=()):
        c = self.connection
        data = json.dumps(body).encode() if body is not None else b""
        c.putrequest(method, path)
        for name, value in [("Content-Type", kind), ("Content-Length", str(len(data))), *headers]:
            c.putheader(name, value)
        c.endheaders(data)
        answer = c.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] in b"{[" else text

    def must(self, *args, **more):
        code, doc = self.ask(*args, **more)
        if code not in (200, 201):
            raise RuntimeError("%s: %s %s" % (args, code, doc))
        return doc


def as_(user, groups=()):
    return [("Impersonate-User", user)] + [("Impersonate-Group", g) for g in groups]


def everything(s):
    """[(group, version, resource, subresource, namespaced, verbs)] of discovery, the preferred versions."""
    out = []
    bases = [("", "v1", "/api/v1")] + [(g["name"], g["preferredVersion"]["version"], "/apis/" + g["preferredVersion"]["groupVersion"])
                                       for g in s.must("GET", "/apis")["groups"]]
    for group, version, base in bases:
        for r in s.must("GET", base)["resources"]:
            name, _, sub = r["name"].partition("/")
            out.append((group, version, name, sub, r["namespaced"], r["verbs"]))
    return out


class Oracle:
    """What RBAC's text says, and nothing of the server's."""

    def __init__(self):
        self.rules = []  # (kind and name of a subject, namespace or None, rule)

    def allows(self, user, groups, ns, verb, group, resource, sub, name):
        for subject, where, rule in self.rules:
            if subject not in [("User", user)] + [("Group", g) for g in groups] or (where is not None and where != ns):
                continue
            full = resource + "/" + sub if sub else resource
            if ({verb, "*"} & set(rule["verbs"]) and {group, "*"} & set(rule["apiGroups"])
                    and ({full, "*"} | ({"*/" + sub} if sub else set())) & set(rule["resources"])
                    and (not rule.get("resourceNames") or (name and name in rule["resourceNames"]))):
                return True
        return False


def make_rules(s, oracle, resources, dice):
    """Roles of a few groups, resources, subresources and names; bound in one place or everywhere, to users and groups."""
    groups = sorted({r[0] for r in resources})
    for i in range(BOUND):
        some = dice.sample(resources, 3)
        names = [r[2] + ("/" + r[3] if r[3] else "") for r in some] + dice.choice([[], [], ["*"], ["*/status"], ["*/scale"]])
        rule = {"verbs": dice.choice([["*"], dice.sample(VERBS, 2), dice.sample(VERBS, 4)]),
                "apiGroups": dice.choice([["*"], [r[0] for r in some], dice.sample(groups, 2)]), "resources": names}
        if dice.random() < 0.3:
            rule["resourceNames"] = ["mine"]
        kind, who = dice.choice([("User", "u%d" % (i % 5)), ("Group", "g%d" % (i % 3))])
        where = dice.choice([None, "x", "y"])
        base = RBAC + ("/clusterroles" if where is None else "/namespaces/%s/roles" % where)
        s.must("POST", base, {"metadata": {"name": "r%d" % i}, "rules": [rule]})
        s.must("POST", base.replace("roles", "rolebindings"), {
            "metadata": {"name": "r%d" % i}, "subjects": [{"kind": kind, "name": who, "apiGroup": "rbac.authorization.k8s.io"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole" if where is None else "Role", "name": "r%d" % i}})
        oracle.rules.append(((kind, who), where, rule))


def request(s, headers, verb, group, version, resource, sub, ns, name):
    """The request itself; nothing is changed by it: it names nobody's object, or is a dry run."""
    path = ("/apis/%s/%s" % (group, version) if group else "/api/" + version) + ("/namespaces/" + ns if ns else "") + "/" + resource
    many = verb in ("list", "watch", "create", "deletecollection") and not sub
    path += "" if many else "/" + name + ("/" + sub if sub else "")
    method = {"get": "GET", "list": "GET", "watch": "GET", "create": "POST", "update": "PUT", "patch": "PATCH"}.get(verb, "DELETE")
    kind = "application/merge-patch+json" if verb == "patch" else "application/json"
    query = {"list": "?limit=1", "watch": "?watch=1&timeoutSeconds=1"}.get(verb, "" if verb == "get" else "?dryRun=All")
    return s.ask(method, path + query, {} if method in ("POST", "PUT", "PATCH") else None, kind, headers)[0]


def table(s):
    dice = random.Random(7)
    oracle, resources = Oracle(), everything(s)
    for ns in ("x", "y"):
        s.must("POST", "/api/v1/namespaces", {"metadata": {"name": ns}})
    everybody = [("u%d" % i, ["g%d" % (i % 3)]) for i in range(5)] + [("nobody-special", [])]
    make_rules(s, oracle, resources, dice)
    # what everybody has: reviews of themselves (system:basic-user)
    for group, names in [("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]), ("authentication.k8s.io", ["selfsubjectreviews"])]:
        oracle.rules.append((("Group", "system:authenticated"), None, {"verbs": ["create"], "apiGroups": [group], "resources": names}))
    asked = allowed = sent = 0
    wrong = []
    for group, version, resource, sub, namespaced, verbs in resources:
        for user, groups in everybody:
            for verb in VERBS:
                ns = dice.choice(["x", "y"]) if namespaced else ""
                name = "" if verb in ("list", "watch", "create", "deletecollection") and not sub else dice.choice(["mine", "other"])
                itself = group == "" and resource == "namespaces" and name != ""  # a Namespace stands in itself
                if itself:
                    ns = name = dice.choice(["x", "y", "mine"])
                want = oracle.allows(user, groups + ["system:authenticated"], ns, verb, group, resource, sub, name)
                attributes = {"verb": verb, "group": group, "resource": resource, "subresource": sub, "namespace": ns, "name": name}
                have = s.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": {
                    "user": user, "groups": groups + ["system:authenticated"], "resourceAttributes": attributes}})["status"]["allowed"]
                asked, allowed = asked + 1, allowed + want
                if have != want:
                    wrong.append((user, attributes, have))
                if resource == "customresourcedefinitions" and verb.startswith("delete"):
                    continue  # who may is refused, too: Pave's own are among them
                if verb not in verbs or (verb == "watch" and want) or (sub and verb in ("list", "watch", "deletecollection")):
                    continue
                code = request(s, as_(user, groups), verb, group, version, resource, sub, "" if itself else ns, name)
                sent += 1
                if (code == 403) == want:
                    wrong.append((user, attributes, "answered %d" % code))
    print("# %d resources and subresources, %d questions (%d allowed), %d requests" % (len(resources), asked, allowed, sent))
    check("the table has both answers", (allowed > 500, asked - allowed > 500), (True, True))
    check("every verb, resource and subject", wrong[:5], [])


def itself(s):
    """A role in a namespace counts for the Namespace of that name, and for nothing that concerns all of them."""
    s.must("POST", RBAC + "/namespaces/x/roles", {"metadata": {"name": "itself"}, "rules": [
        {"apiGroups": [""], "resources": ["namespaces", "namespaces/status", "namespaces/finalize"], "verbs": ["*"]}]})
    s.must("POST", RBAC + "/namespaces/x/rolebindings", {
        "metadata": {"name": "itself"}, "subjects": [{"kind": "User", "name": "tenant", "apiGroup": "rbac.authorization.k8s.io"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "itself"}})
    one, end = "/api/v1/namespaces/", "timeoutSeconds=1"
    whole = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}, "spec": {"finalizers": ["kubernetes"]}}
    for method, path, body, where in (
            ("GET", one + "x", None, None), ("GET", one + "y", None, "in the namespace \"y\""), ("GET", one + "none", None, "in the namespace \"none\""),
            ("GET", one + "x/status", None, None), ("GET", one + "y/status", None, "in the namespace \"y\""),
            ("PATCH", one + "x?dryRun=All", {"metadata": {"labels": {"a": "b"}}}, None),
            ("PUT", one + "x/finalize?dryRun=All", whole, None), ("PUT", one + "y/finalize", whole, "in the namespace \"y\""),
            ("DELETE", one + "x?dryRun=All", None, None), ("DELETE", one + "y?dryRun=All", None, "in the namespace \"y\""),
            ("GET", "/api/v1/watch/namespaces/x?" + end, None, None), ("GET", "/api/v1/watch/namespaces/y?" + end, None, "in the namespace \"y\""),
            ("GET", "/api/v1/watch/namespaces?" + end, None, "at the cluster scope"), ("GET", "/api/v1/namespaces", None, "at the cluster scope"),
            ("GET", "/api/v1/namespaces?fieldSelector=metadata.name%3Dx", None, "at the cluster scope"),
            ("GET", "/api/v1/namespaces?watch=1&fieldSelector=metadata.name%3Dx&" + end, None, "at the cluster scope"),
            ("POST", "/api/v1/namespaces", {"metadata": {"name": "x"}}, "at the cluster scope"),
            ("DELETE", "/api/v1/namespaces", None, "at the cluster scope")):
        code, doc = s.ask(method, path, body, "application/merge-patch+json" if method == "PATCH" else "application/json", as_("tenant"))
        said = doc["message"].partition(" in API group \"\" ")[2] if code == 403 else None
        check("a tenant's %s %s" % (method, path), (code, said), (200 if where is None else 403, where))


def grants(s):
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    s.must("POST", RBAC + "/clusterroles", {"metadata": {"name": "makes-roles"}, "rules": [
        {"verbs": ["*"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings", "clusterroles", "clusterrolebindings"]}, rule]})
    s.must("POST", RBAC + "/clusterrolebindings", {"metadata": {"name": "maker"}, "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "makes-roles"}, "subjects": [{"kind": "User", "name": "maker", "apiGroup": "rbac.authorization.k8s.io"}]})
    # `*` of the verbs of roles holds escalate and bind too: take those away
    s.must("PATCH", RBAC + "/clusterroles/makes-roles", [{"op": "replace", "path": "/rules/0/verbs", "value": ["create", "update", "patch", "get", "delete"]}],
           "application/json-patch+json")
    maker = as_("maker")

    def role(name, rules, where="/namespaces/x/roles", method="POST"):
        return s.ask(method, RBAC + where + ("" if method == "POST" else "/" + name), {"metadata": {"name": name}, "rules": rules}, headers=maker)

    def binding(name, ref, kind="ClusterRole", where="/namespaces/x/rolebindings"):
        return s.ask("POST", RBAC + where, {"metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": ref},
                                            "subjects": [{"kind": "User", "name": "maker", "apiGroup": "rbac.authorization.k8s.io"}]}, headers=maker)[0]
    check("what one has can be given", role("same", [rule])[0], 201)
    for name, more in [("another verb", {"verbs": ["list"]}), ("every verb", {"verbs": ["*"]}), ("another resource", {"resources": ["secrets"]}),
                       ("a subresource", {"resources": ["pods/exec"]}), ("another group", {"apiGroups": ["apps"]}), ("every group", {"apiGroups": ["*"]})]:
        check("not given: " + name, role("more", [dict(rule, **more)])[0], 403)
    check("one name of what one has", role("named", [dict(rule, resourceNames=["a"])])[0], 201)
    check("nor by a change", role("same", [dict(rule, verbs=["list"])], method="PUT")[0], 403)
    check("nor everywhere", role("more", [dict(rule, verbs=["list"])], "/clusterroles")[0], 403)
    check("nor a path", role("paths", [{"verbs": ["get"], "nonResourceURLs": ["/metrics"]}], "/clusterroles")[0], 403)
    check("the refusal names what is missing", '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}' in role("more", [dict(rule, verbs=["list"])])[1]["message"])
    check("a role that one holds can be bound", binding("mine", "makes-roles"), 201)
    check("another cannot", (binding("all", "cluster-admin"), binding("all", "cluster-admin", where="/clusterrolebindings")), (403, 403))
    check("nor one that is not there", binding("none", "none"), 404)
    s.must("PATCH", RBAC + "/clusterroles/makes-roles", [{"op": "add", "path": "/rules/-", "value": {
        "verbs": ["bind"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "resourceNames": ["view"]}}], "application/json-patch+json")
    check("with bind, that one can", (binding("view", "view"), binding("edit", "edit")), (201, 403))
    s.must("PATCH", RBAC + "/clusterroles/makes-roles", [{"op": "add", "path": "/rules/-", "value": {
        "verbs": ["escalate"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"]}}], "application/json-patch+json")
    check("with escalate, anything of that kind", (role("anything", [dict(rule, verbs=["*"])])[0], role("anything", [dict(rule, verbs=["*"])], "/clusterroles")[0]), (201, 403))
    aggregate = {"metadata": {"name": "sum"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"sum": "yes"}}]}, "rules": []}
    check("an aggregate needs every right", s.ask("POST", RBAC + "/clusterroles", aggregate, headers=maker)[0], 403)
    s.must("POST", RBAC + "/clusterroles", aggregate)
    s.must("POST", RBAC + "/clusterroles", {"metadata": {"name": "part", "labels": {"sum": "yes"}}, "rules": [{"verbs": ["list"], "apiGroups": [""], "resources": ["nodes"]}]})
    s.must("POST", RBAC + "/clusterrolebindings", {"metadata": {"name": "sum"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sum"},
                                                   "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "x"}]})
    account = as_("system:serviceaccount:x:a")
    check("it has its parts", (s.ask("GET", "/api/v1/nodes", headers=account)[0], s.ask("GET", "/api/v1/pods", headers=account)[0]), (200, 403))
    s.must("DELETE", RBAC + "/clusterroles/part")
    check("and no more than they", s.ask("GET", "/api/v1/nodes", headers=account)[0], 403)


def kinds(s):
    """What is posted says that it is what the path takes, or nothing."""
    authz, authn = "/apis/authorization.k8s.io/v1", "/apis/authentication.k8s.io/v1"
    account = "/api/v1/namespaces/x/serviceaccounts/default/token"
    spec = {"user": "maker", "resourceAttributes": {"verb": "get", "resource": "pods"}}
    for path, group, kind, body in (
            (authz + "/subjectaccessreviews", "authorization.k8s.io/v1", "SubjectAccessReview", {"spec": spec}),
            (authz + "/selfsubjectaccessreviews", "authorization.k8s.io/v1", "SelfSubjectAccessReview", {"spec": spec}),
            (authz + "/selfsubjectrulesreviews", "authorization.k8s.io/v1", "SelfSubjectRulesReview", {"spec": {"namespace": "x"}}),
            (authn + "/tokenreviews", "authentication.k8s.io/v1", "TokenReview", {"spec": {"token": "ey.ey.ey"}}),
            (authn + "/selfsubjectreviews", "authentication.k8s.io/v1", "SelfSubjectReview", {}),
            (account, "authentication.k8s.io/v1", "TokenRequest", {"spec": {}}),
            ("/api/v1/namespaces/x/configmaps", "v1", "ConfigMap", {"metadata": {"generateName": "k"}})):
        check("%s of its own kind" % kind, s.ask("POST", path, dict(body, kind=kind, apiVersion=group))[0], 201)
        code, said = s.ask("POST", path, dict(body, kind="Secret", apiVersion=group))
        check("%s that says it is a Secret" % kind, (code, said.get("reason"), said.get("message")),
              (400, "BadRequest", 'Secret in version "v1" cannot be handled as a %s: expected kind "%s", letter for letter' % (kind, kind)))
        code, said = s.ask("POST", path, dict(body, kind=kind, apiVersion="odd.dev/v2"))
        check("%s of another group" % kind, (code, said.get("message")), (
            400, "the API version in the data (odd.dev/v2) does not match the expected API version (%s)" % group))
    s.must("POST", "/apis/apps/v1/namespaces/x/deployments", {"metadata": {"name": "k"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "containers": [{"name": "c", "image": "i"}]}}}})
    scale = "/apis/apps/v1/namespaces/x/deployments/k/scale"
    check("a scale that says it is a Deployment", s.ask("PUT", scale, {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "k"}})[0], 400)
    check("a scale", s.ask("PUT", scale, {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "k"}, "spec": {"replicas": 0}})[0], 200)
    check("options of a deletion that are a Pod", s.ask("DELETE", "/apis/apps/v1/namespaces/x/deployments/k", {"kind": "Pod", "apiVersion": "v1"})[0], 400)
    s.must("DELETE", "/apis/apps/v1/namespaces/x/deployments/k", {"kind": "DeleteOptions", "apiVersion": "v1"})


def audiences(s):
    """A token for somebody else's server is none here, and that server learns whose it is."""
    make = lambda *to: s.must("POST", "/api/v1/namespaces/x/serviceaccounts/actor/token", {"spec": {"audiences": list(to)}})["status"]["token"]
    review = lambda t, *of: s.must("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": t, "audiences": list(of)}})["status"]
    api = "https://kubernetes.default.svc"
    vault, both = make("vault", "other"), make("vault", api)
    check("a token of another audience does not sign in", s.ask("GET", "/api", headers=[("Authorization", "Bearer " + vault)])[0], 401)
    check("one of both does", s.ask("GET", "/api", headers=[("Authorization", "Bearer " + both)])[0], 200)
    check("TokenReview without audiences is about this server", (review(vault).get("authenticated", False), review(both)["audiences"]), (False, [api]))
    found = review(vault, "vault", "stranger")
    check("with them, about those", (found["authenticated"], found["user"]["username"], found["audiences"]), (True, "system:serviceaccount:x:actor", ["vault"]))
    check("a token that is for none of them", review(vault, "stranger").get("authenticated", False), False)
    check("what is told beside the account", list(found["user"]["extra"]), ["authentication.kubernetes.io/credential-id"])
    check("a review without a token", s.ask("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {}})[0], 400)
    pod = s.must("POST", "/api/v1/namespaces/x/pods", {"metadata": {"name": "p"}, "spec": {
        "serviceAccountName": "actor", "containers": [{"name": "c", "image": "i"}]}})
    bound = s.must("POST", "/api/v1/namespaces/x/serviceaccounts/actor/token", {"spec": {
        "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "p"}}})["status"]["token"]
    extra = review(bound)["user"]["extra"]
    check("and of what it is bound to", (extra["authentication.kubernetes.io/pod-name"], extra["authentication.kubernetes.io/pod-uid"]),
          (["p"], [pod["metadata"]["uid"]]))
    s.must("DELETE", "/api/v1/namespaces/x/pods/p?gracePeriodSeconds=0")


def others(s):
    """The admin is actor for a while: headers that name whom they are, on top of each other, are not there."""
    token = lambda name: s.must("POST", "/api/v1/namespaces/x/serviceaccounts/%s/token" % name, {"spec": {}})["status"]["token"]
    s.must("POST", "/api/v1/namespaces/x/serviceaccounts", {"metadata": {"name": "actor"}})
    bearer = [("Authorization", "Bearer " + token("actor"))]
    me = lambda *h: s.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers=bearer + list(h))

    def give(*rules):
        s.ask("DELETE", RBAC + "/clusterroles/acts")
        s.must("POST", RBAC + "/clusterroles", {"metadata": {"name": "acts"}, "rules": list(rules)})
    s.must("POST", RBAC + "/clusterrolebindings", {"metadata": {"name": "acts"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "acts"},
                                                   "subjects": [{"kind": "ServiceAccount", "name": "actor", "namespace": "x"}]})
    one = lambda group, resource, *names: {"verbs": ["impersonate"], "apiGroups": [group], "resources": [resource], "resourceNames": list(names)}
    user, authn = one("", "users", "dana"), "authentication.k8s.io"
    check("nobody is another without the right", me(*as_("dana"))[0], 403)
    give(user)
    check("a user", me(*as_("dana"))[1]["status"]["userInfo"], {"username": "dana", "groups": ["system:authenticated"]})
    check("not another", me(*as_("erik"))[0], 403)
    check("not with a group", me(*as_("dana", ["devs"]))[0], 403)
    give(user, one("", "groups", "devs"))
    check("with it", me(*as_("dana", ["devs"]))[1]["status"]["userInfo"]["groups"], ["devs", "system:authenticated"])
    check("not with the masters'", me(*as_("dana", ["devs", "system:masters"]))[0], 403)
    check("not with a uid", me(*as_("dana"), ("Impersonate-Uid", "7"))[0], 403)
    give(user, one(authn, "uids", "7"))
    check("with it", me(*as_("dana"), ("Impersonate-Uid", "7"))[1]["status"]["userInfo"]["uid"], "7")
    extra = ("Impersonate-Extra-scopes%2fa", "view")
    check("not with extra", me(*as_("dana"), extra)[0], 403)
    give(user, one(authn, "userextras/scopes/a", "view"))
    check("with it", me(*as_("dana"), extra)[1].get("status", {}).get("userInfo", {}).get("extra"), {"scopes/a": ["view"]})
    check("not another value", me(*as_("dana"), ("Impersonate-Extra-scopes%2fa", "edit"))[0], 403)
    check("extra is nothing without a user", me(extra)[0], 400)
    give(one("", "serviceaccounts", "default"))
    check("an account, with its groups", me(*as_("system:serviceaccount:x:default"))[1]["status"]["userInfo"]["groups"],
          ["system:serviceaccounts", "system:serviceaccounts:x", "system:authenticated"])
    check("nobody in particular", s.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers=as_("system:anonymous"))[0], 403)

    mine = s.must("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {"spec": {"namespace": "x"}}, headers=as_("maker"))["status"]
    check("SelfSubjectRulesReview lists one's rules", any(r["resources"] == ["pods"] and r["verbs"] == ["get"] for r in mine["resourceRules"]))
    check("SelfSubjectRulesReview is about a namespace", s.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {"spec": {}})[0], 400)
    access = lambda verb: s.must("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": {
        "resourceAttributes": {"verb": verb, "resource": "pods", "namespace": "y"}}}, headers=as_("maker"))["status"]["allowed"]
    check("SelfSubjectAccessReview answers for oneself", (access("get"), access("list")), (True, False))
    local = lambda ns: s.ask("POST", "/apis/authorization.k8s.io/v1/namespaces/x/localsubjectaccessreviews", {
        "metadata": {"namespace": "x"}, "spec": {"user": "maker", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": ns}}})[0]
    check("LocalSubjectAccessReview is about its namespace", (local("x"), local("y")), (201, 422))
    review = lambda t: s.must("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": t}})["status"]
    check("TokenReview knows a token", review(token("actor"))["user"]["username"], "system:serviceaccount:x:actor")
    check("and a stranger's not", review("ey.ey.ey").get("authenticated", False), False)
    kinds(s)
    audiences(s)
    last = token("actor")
    s.must("DELETE", "/api/v1/namespaces/x/serviceaccounts/actor")
    check("nor one whose account is gone", review(last).get("authenticated", False), False)


with server() as one_server:
    it = Server(one_server)
    table(it)
    grants(it)
    others(it)
print("1..%d" % count)
