#!/usr/bin/env python3
"""Audit policies: which requests the log is told of, and how much.  Speaks TAP.  PAVE names the program."""
import http.client
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from server import PAVE, Server  # noqa: E402

POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["quiet"]
- level: None
  nonResourceURLs: ["/healthz*", /version]
- level: RequestResponse
  omitManagedFields: true
  resources: [{group: "", resources: [configmaps, secrets]}, {group: apps, resources: ["deployments/scale"]}]
  namespaces: [default]
- level: Request
  omitStages: []
  verbs: [create]
  resources: [{group: "", resources: [serviceaccounts/token, pods/proxy]}, {group: rbac.authorization.k8s.io}]
- level: Metadata
  omitStages: [ResponseStarted]
"""
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


def refusals(tmp):
    for text, want in [("kind: Policy\nrules: [{level: None}]\n", "expected apiVersion audit.k8s.io/v1"),
                       (POLICY.replace("users:", "user:"), "rules[0].user: unknown field: expected one of level, users"),
                       (POLICY.replace("level: Metadata", "level: All"), "rules[4].level: expected None, Metadata, Request or RequestResponse, found All"),
                       (POLICY.replace("[create]", "create"), "rules[3].verbs: expected a list of strings, found string"),
                       (POLICY.replace("[ResponseStarted]", "[Later]"), "rules[4].omitStages[0]: expected RequestReceived"),
                       (POLICY.replace("  namespaces: [default]", "  nonResourceURLs: [/x]"), "not both"),
                       ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n", "expected at least one rule")]:
        with open(tmp + "/policy.yaml", "w") as f:
            f.write(text)
        r = subprocess.run([PAVE, "serve", "--data", tmp + "/no", "--audit-policy-file", tmp + "/policy.yaml"], capture_output=True,
                           text=True, timeout=600)
        check("refused: " + want, (r.returncode, want in r.stderr), (2, True))
        check("and its place told", "policy.yaml:" in r.stderr)
        if want not in r.stderr:
            print("# " + r.stderr)


def main(tmp):
    refusals(tmp)
    with open(tmp + "/policy.yaml", "w") as f:
        f.write(POLICY)
    server = Server(tmp, "--audit-policy-file", tmp + "/policy.yaml")
    client = server.admin

    def ask(method, path, body=None, kind="application/json", **headers):
        c = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)
        c.request(method, path, body=json.dumps(body) if body is not None else None,
                  headers=dict({"Content-Type": kind}, **{k.replace("_", "-"): v for k, v in headers.items()}))
        answer = c.getresponse()
        return answer.status, answer.headers["Audit-Id"], answer.read().decode()

    maps, secrets = "/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/secrets"
    made = {n: ask(*a, **k) for n, a, k in [
        ("map", ("POST", maps, {"metadata": {"name": "a"}, "data": {"k": "value"}}), {}),
        ("patch", ("PATCH", maps + "/a", {"data": {"k": "other"}}, "application/merge-patch+json"), {}),
        ("list", ("GET", maps), {}),
        ("secret", ("POST", secrets, {"metadata": {"name": "s"}, "stringData": {"k": "NotForTheLog"}}), {}),
        ("token", ("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": {"expirationSeconds": 600}}), {}),
        ("role", ("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", {"metadata": {"name": "r"}, "rules": []}), {}),
        ("elsewhere", ("POST", "/api/v1/namespaces/kube-public/configmaps", {"metadata": {"name": "b"}}), {}),
        ("proxy", ("POST", "/api/v1/namespaces/default/pods/none/proxy/a/b", {}), {}),
        ("version", ("GET", "/version"), {}),
        ("api", ("GET", "/api"), {}),
        ("quiet", ("GET", maps), {"Impersonate_User": "quiet"}),
        ("refused", ("GET", "/api/v1/nodes"), {"Impersonate_User": "dana", "Impersonate_Group": "devs"}),
        ("meant", ("GET", maps), {"Impersonate_User": "dana", "Impersonate_Group": "system:masters", "Impersonate_Uid": "u-1", "Impersonate_Extra_Scopes": "view"}),
        ("unknown", ("GET", maps), {"Impersonate_Group": "devs"}),
        ("stranger", ("GET", maps), {"Authorization": "Bearer nobody's"}),
        ("place", ("GET", "/api/v1/namespaces/kube-public"), {}),
        ("table", ("GET", maps), {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}),
        ("one", ("GET", maps + "?fieldSelector=metadata.name%3Da"), {}),
        ("bad watch", ("GET", maps + "?watch=1&labelSelector=%28"), {}),
        ("no log", ("GET", "/api/v1/namespaces/kube-public/pods/none/log"), {}),
        ("bad secret", ("POST", secrets, {"metadata": {"name": "bad"}, "stringData": {"NotForTheLog!": "x"}}), {}),
        ("delete", ("DELETE", maps + "/a"), {}),
        ("delete secret", ("DELETE", secrets + "/s"), {}),
        ("webhook", ("POST", "/api/webhook", {}), {"X_GitHub_Event": "ping"}),
        ("watch", ("GET", maps + "?watch=1&timeoutSeconds=1"), {})]}
    check("it ends cleanly", server.end(), 0)
    events = {}
    text = open(tmp + "/data/audit.log").read()
    for line in text.splitlines():
        e = json.loads(line)
        events.setdefault(e["auditID"], []).append(e)
    of = lambda n: events.get(made[n][1], [])
    one = lambda n: (of(n) or [{}])[-1]

    check("a create at RequestResponse", (one("map")["level"], one("map")["stage"], one("map")["requestObject"]["data"]),
          ("RequestResponse", "ResponseComplete", {"k": "value"}))
    check("and what came of it, without managed fields", (one("map")["responseObject"]["metadata"]["name"],
                                                          "managedFields" in one("map")["responseObject"]["metadata"]), ("a", False))
    check("a patch as it was sent", one("patch")["requestObject"], {"data": {"k": "other"}})
    check("a list whole", [x["metadata"]["name"] for x in one("list")["responseObject"]["items"] if "k" in x.get("data", {})], ["a"])
    check("and its items have none either", any("managedFields" in x["metadata"] for x in one("list")["responseObject"]["items"]), False)
    check("a Secret never has a body", (one("secret")["level"], "requestObject" in one("secret"), "NotForTheLog" in text), ("Metadata", False, False))
    check("nor has a token", (one("token")["level"], "requestObject" in one("token")), ("Metadata", False))
    check("Request has the request alone", (one("role")["level"], "requestObject" in one("role"), "responseObject" in one("role")), ("Request", True, False))
    check("what goes on through a proxy is of its rule, whatever the path", (one("proxy").get("level"), one("proxy").get("objectRef", {}).get("subresource")),
          ("Request", "proxy"))
    check("stages of a rule are added to the policy's", [e["stage"] for e in of("role")], ["ResponseComplete"])
    check("another namespace falls to the last rule", one("elsewhere")["level"], "Metadata")
    check("a URL that is left out", of("version"), [])
    check("another is told", (one("api")["level"], one("api")["requestURI"], one("api")["verb"]), ("Metadata", "/api", "get"))
    check("a rule about users goes by who asks, not by whom they are", [e["user"]["username"] for e in of("quiet")], ["admin"])
    check("whom they are stands beside", (one("refused")["impersonatedUser"]["username"], "devs" in one("refused")["impersonatedUser"]["groups"]), ("dana", True))
    check("a refusal is annotated", (made["refused"][0], one("refused")["annotations"]["authorization.k8s.io/decision"]), (403, "forbid"))
    check("a right too", one("map")["annotations"]["authorization.k8s.io/decision"], "allow")
    check("with their uid and extra", (one("meant")["impersonatedUser"].get("uid"), one("meant")["impersonatedUser"].get("extra")), ("u-1", {"scopes": ["view"]}))
    check("a Namespace stands in itself", one("place")["objectRef"].get("namespace"), "kube-public")
    check("who impersonates nobody is told by its rule, and no right was asked",
          (made["unknown"][0], one("unknown")["level"], one("unknown")["verb"], one("unknown")["objectRef"]["resource"], "annotations" in one("unknown")),
          (400, "RequestResponse", "list", "configmaps", False))
    check("who cannot say who they are is told as it begins", (made["stranger"][0], [e["stage"] for e in of("stranger")], "annotations" in one("stranger")),
          (401, ["ResponseStarted"], False))
    check("a table as it was answered", one("table")["responseObject"]["kind"], "Table")
    check("a list of one has its name", one("one")["objectRef"].get("name"), "a")
    check("what goes on has two stages, refused too, unless its rule omits one", [[e["stage"] for e in of(n)] for n in ("bad watch", "no log")],
          [["ResponseStarted", "ResponseComplete"], ["ResponseComplete"]])
    check("a Status is told whole", {k: v for k, v in one("no log")["responseStatus"].items() if k != "message"},
          {"metadata": {}, "status": "Failure", "reason": "NotFound", "details": {"name": "none", "kind": "pods"}, "code": 404})
    done = one("delete")["responseStatus"]
    check("a success too", (done.get("status"), done.get("details", {}).get("kind"), "uid" in done.get("details", {})), ("Success", "configmaps", True))
    check("of a Secret what quotes nothing", (one("delete secret")["responseStatus"].get("details", {}).get("name"), "data[NotForTheLog!]" in made["bad secret"][2],
                                              one("bad secret")["responseStatus"].get("reason"), "details" in one("bad secret")["responseStatus"]), ("s", True, "Invalid", False))
    check("a module's path is told as what it is", (one("webhook")["verb"], one("webhook")["responseStatus"]["code"],
                                                    one("webhook")["annotations"]["authorization.k8s.io/decision"]), ("post", 200, "allow"))
    check("a watch begins and ends", [e["stage"] for e in of("watch")], ["ResponseStarted", "ResponseComplete"])


with tempfile.TemporaryDirectory() as folder:
    main(folder)
print("1..%d" % count)
