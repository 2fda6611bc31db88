#!/usr/bin/env python3
"""Rules that a bundle brings decide at admission, in reports and in a review of another cluster as a ConfigMap's do: a
ConfigMap stands for the bundle, so its mode, rollouts and exemptions are said as ever.  Speaks TAP."""
import atexit
import base64
import datetime
import io
import json
import os
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Service, check, done, pave, until  # noqa: E402
from server import Server  # noqa: E402

SECRETS = "/api/v1/namespaces/pave-system/secrets"
MAPS = "/api/v1/namespaces/%s/configmaps"
POLICIES = MAPS % "pave-system"
GOVERNANCE = "/apis/governance.pave.dev/v1alpha1/"
FAST = {"min_delay_seconds": 0, "max_delay_seconds": 0}
RULES = """package acme.admission.maps

import data.acme.lib

deny contains {"msg": msg, "field": "metadata.labels.tier"} if {
	input.request.kind.kind == "ConfigMap"
	tier := input.request.object.metadata.labels.tier
	not tier in data.acme.tiers
	msg := lib.words(tier)
}

warn contains "a map without data" if {
	input.request.kind.kind == "ConfigMap"
	input.request.object.metadata.labels.tier
	not input.request.object.data
}
"""
LIB = "package acme.lib\n\nwords(tier) := sprintf(\"%s is no tier (%s)\", [tier, \"REVISION\"])\n"

folder, service = Folder(), Service()


def packed(files):
    """As nobody builds it who looks at what is in it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            raw = (text if isinstance(text, str) else json.dumps(text)).encode()
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return out.getvalue()


def serve(revision, tiers, rules=RULES, roots=("acme",)):
    service.serve("/v1/company.tar.gz", packed({
        "rules.rego": rules, "lib.rego": LIB.replace("REVISION", revision), "acme/tiers/data.json": tiers,
        ".manifest": {"revision": revision, "roots": list(roots), "rego_version": 1}}), '"%s"' % revision)


def govern(kind, name, spec):
    return server.ask("POST", GOVERNANCE + kind.lower() + "s", {"apiVersion": "governance.pave.dev/v1alpha1", "kind": kind,
                                                                "metadata": {"name": name}, "spec": spec})


def write(method="PUT", **bundles):
    text = json.dumps({"services": {"s": {"url": service.url + "/v1"}}, "bundles": bundles})
    return server.ask(method, SECRETS + ("" if method == "POST" else "/opa-config"), {
        "metadata": {"name": "opa-config"}, "data": {"config.yaml": base64.b64encode(text.encode()).decode()}})


def standing(name="company"):
    meta = server.ask("GET", SECRETS + "/opa-config")[1]["metadata"]
    return json.loads(meta.get("annotations", {}).get("openpolicyagent.org/status", "{}")).get("bundles", {}).get(name, {})


def policy(bundle="company", package="acme.admission", mode=None, data=None, name="company-rules", method="POST", ns="pave-system"):
    marks = {"pave.dev/bundle": bundle, "pave.dev/package": package, "pave.dev/enforcement": mode}
    return server.ask(method, MAPS % ns + ("/" + name if method == "PUT" else ""), {
        "metadata": {"name": name, "labels": {"openpolicyagent.org/policy": "rego"},
                     "annotations": {k: v for k, v in marks.items() if v}}, "data": data or {}})


def answer_of(status, answer):
    return (status, answer.get("message", ""))


def verdict(tier="silver", name="probe"):
    """What a write of such a ConfigMap is told."""
    status, answer = server.ask("POST", MAPS % "default" + "?dryRun=All", {"metadata": {"name": name, "labels": {"tier": tier}}, "data": {"a": "b"}})
    return answer_of(status, answer) if status != 201 else (201, "")


def warnings(tier, data=None):
    _, head, _ = server.admin.request("POST", MAPS % "default" + "?dryRun=All", json.dumps(
        {"metadata": {"name": "probe", "labels": {"tier": tier}}, "data": data or {}}), "application/json")
    return head.get("Warning", "")


def results(name):
    """Of the report on the ConfigMap: (result, message, enforcement)."""
    items = server.ask("GET", "/apis/wgpolicyk8s.io/v1alpha2/namespaces/default/policyreports")[1]["items"]
    found = [r for i in items if i["scope"]["name"] == name for r in i["results"]]
    return [(r["policy"], r["result"], r["message"], r["properties"].get("enforcement")) for r in found]


def review(tier):
    """Of another cluster's webhook: allowed, and what it says."""
    request = {"uid": "1", "kind": {"group": "", "version": "v1", "kind": "ConfigMap"}, "namespace": "default", "name": "probe",
               "resource": {"group": "", "version": "v1", "resource": "configmaps"}, "operation": "CREATE", "userInfo": {"username": "ann"},
               "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe", "namespace": "default", "labels": {"tier": tier}},
                          "data": {"a": "b"}}}
    answer = server.ask("POST", "/admission/v1/validate", {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})[1]
    return answer["response"]["allowed"], answer["response"].get("status", {}).get("message", "")


def why(name):
    return pave("why", "configmap/" + name, "-n", "default", "--kubeconfig", server.config).stdout


def says(revision, tier="silver"):
    return "[pave-system/company-rules] %s is no tier (%s)" % (tier, revision)


# ---- what a ConfigMap may stand for ----
serve("r1", ["gold"])
server = Server(folder.path)
atexit.register(server.end)  # whatever becomes of the test
check("no bundle, no policy", [t in answer_of(*policy())[1] for t in ('expected a bundle in force, found "company"', "in force: none")], [True, True])
check("what exists before", server.ask("POST", MAPS % "default", {"metadata": {"name": "old", "labels": {"tier": "silver"}}, "data": {"a": "b"}})[0], 201)
check("a configuration", write("POST", company={"service": "s", "resource": "company.tar.gz", "polling": FAST})[0], 201)
check("brings it", until(lambda: standing() == {"state": "ok", "revision": "r1"}), True)
check("which alone decides nothing", verdict(), (201, ""))
for name, more, want in [("another bundle", {"bundle": "campany"}, 'found "campany"; in force: "company"'),
                         ("rules beside it", {"data": {"a.rego": "package a\n"}}, "expected no data beside it"),
                         ("a package of no bundle", {"bundle": None, "data": {"a.rego": "package a\n"}}, "expected pave.dev/bundle beside it"),
                         ("a mode that is none", {"mode": "ask"}, "expected deny, warn or audit")]:
    check("refused: " + name, (lambda a: (a[0], want in a[1]))(answer_of(*policy(**more))), (422, True))
_, head, _ = server.admin.request("POST", POLICIES + "?dryRun=All", json.dumps(
    {"metadata": {"name": "x", "labels": {"openpolicyagent.org/policy": "rego"}, "annotations": {"pave.dev/bundle": "company"}}}), "application/json")
check("a package that it has not is told of", "expected package kubernetes.admission or one below it, found acme" in head.get("Warning", ""), True)

# ---- every place says the same ----
check("a ConfigMap stands for it", policy()[0], 201)
check("a write is refused, by its rules and its documents", (verdict()[0], says("r1") in verdict()[1], verdict("gold")), (403, True, (201, "")))
check("what exists is reported", results("old"), [("pave-system/company-rules", "fail", "silver is no tier (r1)", "deny")])
check("another cluster is told", review("silver"), lambda a: a[0] is False and says("r1") in a[1])
check("why says which rule, and where it read", [t in why("old") for t in ("ConfigMap pave-system/company-rules: silver is no tier (r1)", "rules.rego:", "metadata.labels.tier")],
      [True, True, True])
check("and its API", server.ask("POST", "/v1/data/acme/admission/maps/deny", {"input": {"request": {
    "kind": {"kind": "ConfigMap"}, "object": {"metadata": {"labels": {"tier": "silver"}}}}}})[1]["result"][0]["msg"], "silver is no tier (r1)")
check("the ConfigMap says how it stands", until(lambda: json.loads(server.ask("GET", POLICIES + "/company-rules")[1]["metadata"]["annotations"]
                                                                  .get("openpolicyagent.org/kube-mgmt-status", "{}")) == {"status": "ok"}), True)

# ---- its mode, a rollout and an exemption ----
check("warn rules warn", "a map without data" in warnings("gold"), True)
policy(mode="warn", method="PUT")
check("in warn mode all do", (verdict()[0], says("r1").replace('"', '\\"') in warnings("silver", {"a": "b"}), results("old")[0][1:]),
      (201, True, ("warn", "silver is no tier (r1)", "warn")))
policy(method="PUT")
names = [{"kind": "ConfigMap", "namespace": "pave-system", "name": "company-rules"}]
check("a rollout", govern("PolicyRollout", "tiers", {"policies": names, "environments": [{"name": "all"}]})[0], 201)
check("holds it at its first stage, everywhere", (verdict(), review("silver")[0], results("old")[0][3]), ((201, ""), True, "audit"))
check("until it is taken away", (server.ask("DELETE", GOVERNANCE + "policyrollouts/tiers")[0], verdict()[0]), (200, 403))
end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
who = server.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"})[1]
check("an exemption", answer_of(*govern("PolicyExemption", "old", {
    "policies": names, "objects": {"namespaces": ["default"], "names": ["old", "probe"]}, "until": end, "reason": "it moves",
    "person": "ann@example.com", "approvedBy": who["status"]["userInfo"]["username"]})), (201, ""))
check("counts everywhere", (verdict(), verdict(name="other")[0], review("silver")[0], results("old")[0][1]), ((201, ""), 403, True, "skip"))
check("until it goes", (server.ask("DELETE", GOVERNANCE + "policyexemptions/old")[0], verdict()[0]), (200, 403))

# ---- another bundle in its place ----
serve("r2", ["gold", "silver"])
check("a newer one decides", until(lambda: verdict() == (201, "")), True)
check("whole", (says("r2", "tin") in verdict("tin")[1], results("old")), (True, []))
serve("r3", ["gold"], "package acme.admission.maps\n\ndeny contains {\n")
check("one that is broken does not", until(lambda: "rego_parse_error" in standing().get("error", "")), True)
check("and the last good one stays in force", (verdict(), says("r2", "tin") in verdict("tin")[1]), ((201, ""), True))
serve("r4", ["gold"], roots=("other",))
check("nor one that leaves its roots", until(lambda: "roots" in standing().get("error", "")), True)
check("which decides nothing, either", says("r2", "tin") in verdict("tin")[1], True)
serve("r5", ["gold", "tin"])
check("until it is mended", until(lambda: verdict("tin") == (201, "")), True)
service.serve("/v1/second.tar.gz", folder.bundle("second", {"s.rego": "package acme.admission.more\n\ndeny contains \"no\" if true\n",
                                                           ".manifest": {"roots": ["acme/admission/more"]}}), '"s"')
company = {"service": "s", "resource": "company.tar.gz", "polling": FAST}
write(company=company, second={"service": "s", "resource": "second.tar.gz", "polling": FAST})
check("a second one may not have what the first has", until(lambda: "overlapping roots" in standing("second").get("error", "")), True)
check("and decides nothing", verdict("tin"), (201, ""))

# ---- what ConfigMaps use of bundles ----
check("rules of a ConfigMap may use a bundle's functions, and documents of others", (server.ask("POST", POLICIES, {
    "metadata": {"name": "seats", "labels": {"openpolicyagent.org/data": "opa"}}, "data": {"most.json": "2"}})[0], server.ask("POST", POLICIES, {
        "metadata": {"name": "own", "labels": {"openpolicyagent.org/policy": "rego"}}, "data": {"own.rego":
            "package kubernetes.admission\n\ndeny[m] { to_number(input.request.object.data.seats) > data[\"pave-system\"].seats[\"most.json\"]; "
            "m := concat(\": \", [\"seats\", data.acme.lib.words(\"it\")]) }\n"}})[0]), (201, 201))
seats = lambda n: answer_of(*server.ask("POST", MAPS % "default" + "?dryRun=All", {"metadata": {"name": "s"}, "data": {"seats": n}}))  # noqa: E731
check("at admission, too", (seats("2")[0], "[pave-system/own] seats: it is no tier (r5)" in seats("3")[1]), (201, True))
server.ask("PATCH", POLICIES + "/seats", {"data": {"most.json": "9"}}, "application/merge-patch+json")
check("as they are now", seats("3")[0], 201)

# ---- without the network, and without the bundle ----
check("the server stops", server.end(), 0)
service.stop()
server.start()
check("the bundle that was kept decides at once", (verdict("tin"), says("r5") in verdict()[1]), ((201, ""), True))
check("who uses its functions goes first", server.ask("DELETE", POLICIES + "/own")[0], 200)
check("without the Secret", server.ask("DELETE", SECRETS + "/opa-config")[0], 200)
check("it is said that the bundle is gone", until(lambda: "expected a bundle in force" in server.ask("GET", POLICIES + "/company-rules")[1]["metadata"][
    "annotations"]["openpolicyagent.org/kube-mgmt-status"]), True)
check("the last good version goes on deciding, by the documents of then", (verdict("tin"), says("r5") in verdict()[1]), ((201, ""), True))
check("it stops again", server.end(), 0)
server.start()
check("and with none at all, what it is asked is refused", (verdict("gold")[0], "expected a bundle in force" in verdict("gold")[1]), (403, True))
check("until it is taken away", (server.ask("DELETE", POLICIES + "/company-rules")[0], verdict()), (200, (201, "")))

# ---- ConfigMaps that load, but not together ----
for name, use in (("one", "f(1)"), ("two", "f(1, 2)")):
    text = "package kubernetes.admission\n\n%s = 3\n\ndeny[\"%s\"] { input.request.name == \"%s\"; %s == 3 }\n" % (use, name, name, use)
    check("policy " + name, server.ask("POST", POLICIES, {"metadata": {"name": name, "labels": {"openpolicyagent.org/policy": "rego"}}, "data": {"a.rego": text}})[0], 201)
loaded = lambda name: "kube-mgmt-status" in str(server.ask("GET", POLICIES + "/" + name)[1]["metadata"].get("annotations"))  # noqa: E731
check("each says how it stands", until(lambda: loaded("one") and loaded("two")), True)
apart = lambda: [line for line in server.logged().splitlines() if "not in force together" in line and "data.kubernetes.admission.f " in line]  # noqa: E731
check("it is said that they do not load together", until(lambda: len(apart())), 1)
check("each decides", [verdict(name=name)[0] for name in ("one", "two", "three")], [403, 403, 201])
ask_api = lambda: server.ask("POST", "/v1/data/kubernetes/admission/deny", {"input": {"request": {"name": "one"}}})  # noqa: E731
check("the API says why, each time", [(status, [e["code"] for e in answer.get("errors", [])]) for status, answer in (ask_api(), ask_api())],
      [(400, ["rego_type_error"])] * 2)
check("and nothing compiles them again", ([verdict(name="n%d" % n)[0] for n in range(5)], len(apart())), ([201] * 5, 1))
check("without one", server.ask("DELETE", POLICIES + "/two")[0], 200)
check("the API has the other", ask_api()[1].get("result"), ["one"])
check("and ends", server.end(), 0)
done()
