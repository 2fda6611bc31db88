#!/usr/bin/env python3
"""What goes over the wire, beside what Kubernetes 1.34 answers: discovery.tsv is all that it says it serves, wire.tsv is
requests, in order, and what answers them.  Speaks TAP.  PAVE names the program.

wire.tsv, tab-separated: method, path, headers ("Accept: a; Content-Type: b", or "-"), body ("-": none), code, what the
answer has: JSON whose members must be in it (a list: as long), or a text."""
import http.client
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from server import Server  # noqa: E402

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


def rows(file):
    with open(os.path.join(HERE, file), encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]


class Wire:
    """One connection, on which every request says its own headers."""

    def __init__(self, client):
        self.connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)

    def ask(self, method, path, headers=None, body=None):
        self.connection.request(method, path, body=body, headers=dict({"Accept": "application/json", "Content-Type": "application/json"},
                                                                      **(headers or {})))
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")

    def get(self, path, accept="application/json"):
        return json.loads(self.ask("GET", path, {"Accept": accept})[2])


# ---- discovery ----

def dash(words):
    return ",".join(words or []) or "-"


def aggregated(wire):
    """-> {"apps/v1 deployments": [kind, scope, singular, verbs, short names, categories]}"""
    found = {}

    def kind(of, group, version):
        if not of["version"]:  # a built-in kind's own
            return of["kind"]
        return "/".join(x for x in (of["group"], of["version"], of["kind"]) if x) if (of["group"], of["version"]) != (group, version) else of["kind"]

    for root in ("/api", "/apis"):
        for g in wire.get(root, AGGREGATED)["items"]:
            group = g["metadata"].get("name", "")
            for v in g["versions"]:
                for r in v["resources"]:
                    key = "%s%s%s %s" % (group, "/" if group else "", v["version"], r["resource"])
                    found[key] = [kind(r["responseKind"], group, v["version"]), r["scope"], r["singularResource"], dash(r["verbs"]),
                                  dash(r.get("shortNames")), dash(r.get("categories"))]
                    for s in r.get("subresources", []):
                        found[key + "/" + s["subresource"]] = [kind(s["responseKind"], group, v["version"]), r["scope"], "-", dash(s["verbs"]), "-", "-"]
    return found


def plain(wire, versions):
    found = {}
    for version in versions:
        group = version.rpartition("/")[0]
        for r in wire.get(("/apis/" if group else "/api/") + version)["resources"]:
            of = "/".join(x for x in (r.get("group"), r.get("version"), r["kind"]) if x)
            found["%s %s" % (version, r["name"])] = [of, "Namespaced" if r["namespaced"] else "Cluster", r["singularName"] or "-", dash(r["verbs"]),
                                                     dash(r.get("shortNames")), dash(r.get("categories"))]
    return found


def discovery(wire):
    table = rows("discovery.tsv")
    want = {" ".join(row[:2]): row[2:] for row in table}
    versions = list(dict.fromkeys(row[0] for row in table))
    for form, found in (("aggregated", aggregated(wire)), ("plain", plain(wire, versions))):
        for key in want:
            check("%s discovery: %s" % (form, key), found.get(key), want[key])
        check("%s discovery: nothing else in these groups" % form, [k for k in found if k.split()[0] in versions and k not in want], [])
    groups = [g["name"] for g in wire.get("/apis")["groups"]]
    order = list(dict.fromkeys(v.rpartition("/")[0] for v in versions if "/" in v))
    check("the groups come in their order", [g for g in groups if g in order], order)


# ---- requests ----

def lacks(have, want, path=""):
    """The first place where `have` is not what is wanted; None if it has all."""
    if isinstance(want, dict) and isinstance(have, dict):
        return next((x for x in (lacks(have.get(k), w, path + "." + k) for k, w in want.items()) if x), None)
    if isinstance(want, list) and isinstance(have, list) and len(have) == len(want):
        return next((x for x in (lacks(h, w, "%s[%d]" % (path, i)) for i, (h, w) in enumerate(zip(have, want))) if x), None)
    return None if have == want else "%s: found %s, wanted %s" % (path or "body", json.dumps(have)[:400], json.dumps(want))


def requests(wire):
    for method, path, headers, body, code, want in rows("wire.tsv"):
        more = dict(pair.split(": ", 1) for pair in headers.split("; ")) if headers != "-" else {}
        status, answered, text = wire.ask(method, path, more, None if body == "-" else body)
        fault = None if str(status) == code else "code %d, wanted %s" % (status, code)
        if not fault and want[:1] in "{[":
            told = json.loads(text) if text[:1] in ("{", "[") else {"text": text}
            if isinstance(told, dict):
                told["headers"] = {k: ", ".join(answered.get_all(k)) for k in answered}
            fault = lacks(told, json.loads(want))
        elif not fault and want != "-" and want not in text:
            fault = "%r is not in it" % want
        check("%s %s %s" % (method, path, "" if body == "-" else body[:60]), fault and "%s: %s" % (fault, text[:300]), None)


def main(tmp):
    with Server(tmp, "--api-only") as server:
        wire = Wire(server.admin)
        discovery(wire)
        requests(wire)
        check("it stops", server.end(), 0)
    print("1..%d" % count)


with tempfile.TemporaryDirectory() as folder:
    main(folder)
