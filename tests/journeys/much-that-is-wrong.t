#!/usr/bin/env python3
"""Whoever sends much that is wrong is told so in an answer that their client can read, and at a cost that grows with what
they sent, not with its square.  Speaks TAP."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import Server, ok  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps"
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/"
HEAD_LIMIT = 16384  # of node, the least that any client takes


def unknown_fields(client):
    for n in (10, 1000, 20000):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m%d" % n}, **{"unknownfield%d" % i: 1 for i in range(n)}}
        status, headers, _ = client.request("POST", MAPS, json.dumps(body))
        lines = headers.get_all("Warning") or []
        ok(status == 201 and len(lines) == len(set(lines)) and sum(len(x) for x in lines) < HEAD_LIMIT / 2 and len(lines) >= min(n, 50),
           "%d unknown fields: made, with warnings that fit (%d)" % (n, len(lines)), (status, len(lines)))
    ok(any("unknownfield0" in x for x in lines), "and they name the first ones", lines[:3])


def grants(client, server, before):
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "al"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}, "subjects": [{"kind": "User", "name": "al"}]}
    ok(client.request("POST", ROLES + "rolebindings", json.dumps(role))[0] == 201, "al is the administrator of a namespace")
    rules = [{"apiGroups": ["g%d.example.org" % i], "resources": ["things"], "verbs": ["get"]} for i in range(8000)]
    wish = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "wish"}, "rules": rules}
    status, _, text = client.request("POST", ROLES + "roles?dryRun=All", json.dumps(wish), timeout=600, headers={"Impersonate-User": "al"})
    ok(status == 403 and "g0.example.org" in text and "g99.example.org" in text and "no more than 100 are told" in text,
       "al may not grant 8,000 rights, and is told the first ones", text[:300])
    ok(server.memory() - before < 1500, "for less memory than their square", (before, server.memory()))


def causes(client):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "n"}, "data": {"k%d" % i: 1 for i in range(20000)}}
    status, _, text = client.request("POST", MAPS, json.dumps(body), timeout=600)
    ok(status == 400 and "data.k0:" in text and len(text) < 1 << 20, "20,000 values of a wrong type, of which the first is told", (status, text[:300]))
    ended = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ends", "finalizers": ["a.io/a"]}}
    client.request("POST", MAPS, json.dumps(ended))
    client.request("DELETE", MAPS + "/ends")
    patch = {"metadata": {"finalizers": ["a.io/a"] + ["a.io/f%d" % i for i in range(20000)]}}
    status, _, text = client.request("PATCH", MAPS + "/ends", json.dumps(patch), "application/merge-patch+json", timeout=600)
    ok(status == 422 and "a.io/f19999" in text, "20,000 new finalizers of what is being deleted", (status, text[:300]))
    for manager, force in (("one", "true"), ("two", "false")):
        apply = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "both"}, "data": {"k%d" % i: manager for i in range(10000)}}
        path = "%s/both?fieldManager=%s&force=%s" % (MAPS, manager, force)
        status, _, text = client.request("PATCH", path, json.dumps(apply), "application/apply-patch+yaml", timeout=600)
    ok(status == 409 and "Apply failed with 10000 conflicts" in text and ".data.k9999" in text, "10,000 conflicts of an apply", (status, text[:300]))


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        unknown_fields(server.admin)
        grants(server.admin, server, server.memory())
        causes(server.admin)
        ok(server.ask("GET", "/readyz")[0] == 200, "and the server is well")
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
