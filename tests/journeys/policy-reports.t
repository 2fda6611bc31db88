#!/usr/bin/env python3
"""PolicyReports are computed, and read as any other resource: watched, selected, paged, in the columns of their CRD.
Speaks TAP."""
import http.client
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

REPORTS = "/apis/wgpolicyk8s.io/v1alpha2/policyreports"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
RULE = """package kubernetes.admission
deny[msg] {
  input.request.kind.kind == "ConfigMap"
  input.request.object.data.bad == "%s"
  msg := "it is bad"
}
"""


class World(forge.Server):
    def call(self, method, path, body=None, kind="application/json"):
        status, _, text = self.admin.request(method, path, body and json.dumps(body), kind)
        return status, json.loads(text)

    def space(self, name, **labels):
        return self.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})

    def make(self, ns, name, bad="yes", **labels):
        return self.call("POST", "/api/v1/namespaces/%s/configmaps" % ns,
                         {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}, "data": {"bad": bad}})

    def mend(self, ns, name, body):
        return self.call("PATCH", "/api/v1/namespaces/%s/configmaps/%s" % (ns, name), body, "application/merge-patch+json")

    def policy(self, name, bad, **notes):
        return self.call("POST", "/api/v1/namespaces/pave-system/configmaps", {
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"a.rego": RULE % bad},
            "metadata": {"name": name, "labels": {"openpolicyagent.org/policy": "rego"},
                         "annotations": {"pave.dev/enforcement": "audit", **notes}}})

    def listed(self, query="", path=REPORTS):
        status, _, text = self.admin.request("GET", path + query)
        answer = json.loads(text)
        self.last = answer
        return sorted(r["scope"]["name"] for r in answer["items"]) if status == 200 else answer


class Watch:
    """One that is open: its events as they come."""

    def __init__(self, w, query, path=REPORTS, accept="application/json"):
        self.conn = http.client.HTTPSConnection(w.admin.host, w.admin.port, context=w.admin.tls, timeout=600)
        self.conn.request("GET", path + "?watch=true" + query, headers={"Accept": accept})
        self.answer = self.conn.getresponse()

    def next(self):
        line = self.answer.readline()
        event = json.loads(line) if line else {"type": "END", "object": {}}
        self.last = event["object"]
        return event["type"], (self.last.get("scope") or {}).get("name", "")

    def close(self):
        self.conn.close()


def selected(w):
    w.space("shop", owner="shopkeepers")
    w.space("mail")
    ok(w.policy("no-yes", "yes", **{"pave.dev/severity": "high"})[0] == 201, "a policy that says how bad it is")
    w.policy("no-maybe", "maybe", **{"policies.kyverno.io/severity": "low"})
    w.policy("no-other", "other", **{"pave.dev/severity": "terrible"})
    w.make("shop", "theirs")
    w.make("shop", "mine", owner="me")
    w.make("mail", "soft", "maybe")
    w.make("mail", "odd", "other")
    w.make("mail", "good", "no")
    ok(w.listed() == ["mine", "odd", "soft", "theirs"], "who violates something has a report", w.last)
    ok(w.listed("?labelSelector=severity%3Dhigh") == ["mine", "theirs"], "by how bad it is", w.last)
    ok([r["severity"] for r in w.last["items"][0]["results"]] == ["high"], "a result says it too", w.last)
    ok(w.listed("?labelSelector=severity%3Dlow") == ["soft"], "as Kyverno's annotation says", w.last)
    ok(w.listed("?labelSelector=!severity") == ["odd"], "what is no severity is none", w.last)
    ok(w.listed("?labelSelector=owner%3Dme") == ["mine"], "by whose it is", w.last)
    ok(w.listed("?labelSelector=owner%3Dshopkeepers") == ["theirs"], "which its namespace says if it does not", w.last)
    ok(w.listed("?fieldSelector=metadata.namespace%3Dmail") == ["odd", "soft"], "by namespace", w.last)
    ok(w.listed(path=REPORTS.replace("policyreports", "namespaces/mail/policyreports")) == ["odd", "soft"], "in a namespace", w.last)


def columns(w):
    table = json.loads(w.admin.request("GET", REPORTS + "?labelSelector=owner%3Dme", headers={"Accept": TABLE})[2])
    names = [(c["name"], c["priority"]) for c in table["columnDefinitions"]]
    ok(names == [("Name", 0), ("Kind", 0), ("Name", 0), ("Pass", 0), ("Fail", 0), ("Warn", 0), ("Error", 0), ("Skip", 0), ("Age", 0),
                 ("Severity", 1), ("Owner", 1)], "the columns of the CRD, and two of ours with -o wide", names)
    cells = table["rows"][0]["cells"]
    ok(cells[1:8] == ["ConfigMap", "mine", None, 1, 0, 0, 0] and cells[9:] == ["high", "me"],
       "who passes is not counted", cells)


def paged(w):
    got, first, token = [], None, ""
    while True:
        w.listed("?limit=2" + token)
        page = w.last
        got += [r["scope"]["name"] for r in page["items"]]
        first = first or page["metadata"]["resourceVersion"]
        ok(page["metadata"]["resourceVersion"] == first, "a page is of the same moment as the first", page["metadata"])
        if not page["metadata"].get("continue"):
            break
        if not token:  # meanwhile
            w.make("shop", "late")
            w.mend("shop", "theirs", {"data": {"bad": "no"}})
        token = "&continue=" + page["metadata"]["continue"]
    ok(sorted(got) == ["mine", "odd", "soft", "theirs"], "pages are cut out of what the first one was", got)
    ok(w.listed() == ["late", "mine", "odd", "soft"], "and a new list is new", w.last)


def watched(w):
    w.listed()
    rev = w.last["metadata"]["resourceVersion"]
    w.make("shop", "between")
    watch = Watch(w, "&resourceVersion=" + rev)
    ok(watch.next() == ("ADDED", "between"), "a watch goes on where a list ended", watch.last)
    ok(int(watch.last["metadata"]["resourceVersion"]) > int(rev), "its revision is the watch's", watch.last)
    w.make("mail", "fine", "no")
    w.mend("mail", "soft", {"data": {"bad": "yes"}})
    ok(watch.next() == ("MODIFIED", "soft") and watch.last["metadata"]["labels"]["severity"] == "high",
       "what fine objects do is no news, another fault is", watch.last)
    w.mend("mail", "soft", {"metadata": {"annotations": {"seen": "yes"}}})
    w.mend("shop", "between", {"data": {"bad": "no"}})
    ok(watch.next() == ("DELETED", "between"), "nor what else is changed of a faulty one; mended, it has no report", watch.last)
    w.call("DELETE", "/api/v1/namespaces/pave-system/configmaps/no-other")
    ok(watch.next() == ("DELETED", "odd"), "a policy that goes takes its reports along", watch.last)
    watch.close()


def selective(w):
    watch = Watch(w, "&labelSelector=severity%3Dhigh", REPORTS.replace("policyreports", "namespaces/mail/policyreports"))
    ok(watch.next() == ("ADDED", "soft"), "from nowhere: what there is", watch.last)
    w.make("shop", "elsewhere")
    w.mend("mail", "soft", {"data": {"bad": "maybe"}})
    ok(watch.next() == ("DELETED", "soft"), "in one namespace; what leaves the selection is gone", watch.last)
    watch.close()
    watch = Watch(w, "&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=owner%3Dme")
    ok([watch.next()[0] for _ in range(2)] == ["ADDED", "BOOKMARK"]
       and watch.last["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}, "a streaming list ends in a bookmark", watch.last)
    watch.close()
    watch = Watch(w, "&resourceVersion=2")
    ok(watch.next()[0] == "ERROR" and watch.last["code"] == 410, "what is not kept is too old: list again", watch.last)
    watch.close()
    watch = Watch(w, "&labelSelector=owner%3Dme", accept=TABLE)
    watch.next()
    ok(watch.last["kind"] == "Table" and watch.last["rows"][0]["cells"][2] == "mine", "as kubectl get -w reads it", watch.last)
    watch.close()
    status, answer = w.call("GET", "/api/v1/componentstatuses?watch=true&timeoutSeconds=1")
    ok(status == 405, "what says nothing of news is not watched", answer)
    left = Watch(w, "")
    left.close()  # while it is being computed


def main():
    with tempfile.TemporaryDirectory() as folder:
        with World(folder) as w:
            selected(w)
            columns(w)
            paged(w)
            watched(w)
            selective(w)
        ok(w.end() == 0, "the server ends cleanly")
    print("1..%d" % forge.count)


main()
