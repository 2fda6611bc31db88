#!/usr/bin/env python3
"""What a rollout's stage or an exemption makes of a constraint is the same at a write, in the report, in the constraint's
status, for `pave why` and for a cluster that asks by its webhook.  Speaks TAP."""
import atexit
import datetime
import os
import sys

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, check, done, pave, until  # noqa: E402
from server import ROOT, Server  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps"
CONSTRAINTS = "/apis/constraints.gatekeeper.sh/v1beta1/requiredlabels"
GOVERNANCE = "/apis/governance.pave.dev/v1alpha1/"
POLICIES = [{"kind": "RequiredLabels", "name": "must-have-owner"}]
SAYS = "old must have the labels cost-centre, owner"

folder = Folder()
server = Server(folder.path)
atexit.register(server.end)  # whatever becomes of the test


def example(name):
    with open(os.path.join(ROOT, "src/governance/gatekeeper/e2e", name), encoding="utf-8") as f:
        return yaml.safe_load(f)


def config_map(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": {"a": "b"}}


def write(name="old"):
    """The code of a write of it, and the warning."""
    where = MAPS + ("/" + name if name == "old" else "") + "?dryRun=All"
    status, head, _ = server.admin.request("PUT" if name == "old" else "POST", where, yaml.safe_dump(config_map(name)), "application/yaml")
    return status, head.get("Warning", "")


def review():
    request = {"uid": "1", "kind": {"group": "", "version": "v1", "kind": "ConfigMap"}, "namespace": "default", "name": "old", "operation": "CREATE",
               "resource": {"group": "", "version": "v1", "resource": "configmaps"}, "userInfo": {"username": "ann"}, "object": config_map("old")}
    answer = server.ask("POST", "/admission/v1/validate", {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})[1]
    return answer["response"]["allowed"], answer["response"].get("warnings", [])


def report():
    items = server.ask("GET", "/apis/wgpolicyk8s.io/v1alpha2/namespaces/default/policyreports")[1]["items"]
    return [(r["result"], r["message"], r["properties"].get("enforcement")) for i in items if i["scope"]["name"] == "old" for r in i["results"]]


def audited():
    status = server.ask("GET", CONSTRAINTS + "/must-have-owner")[1].get("status", {})
    return [(v["enforcementAction"], v["message"]) for v in status.get("violations") or [] if v["name"] == "old"]


def why():
    return pave("why", "configmap/old", "-n", "default", "--kubeconfig", server.config).stdout


def govern(kind, name, spec):
    return server.ask("POST", GOVERNANCE + kind.lower() + "s", {"apiVersion": "governance.pave.dev/v1alpha1", "kind": kind,
                                                                "metadata": {"name": name}, "spec": spec})[0]


def apply(home, value):
    return until(lambda: server.ask("POST", home, value)[0] == 201)


check("an object", server.ask("POST", MAPS, config_map("old"))[0], 201)
check("a template", apply("/apis/templates.gatekeeper.sh/v1/constrainttemplates", example("required-labels.yaml")), True)
check("a constraint", apply(CONSTRAINTS, example("owner-constraint.yaml")), True)
check("refuses", (write(), review()[0], report()), ((403, ""), False, [("fail", SAYS, "deny")]))
check("in its status, too", until(lambda: audited() == [("deny", SAYS)]), True)
check("and why says so", SAYS in why(), True)

check("a rollout", govern("PolicyRollout", "owners", {"policies": POLICIES, "environments": [{"name": "all"}]}), 201)
check("lets writes in, silently, and only reports", (write(), review(), report()), ((200, ""), (True, []), [("fail", SAYS, "dryrun")]))
check("as the status says", until(lambda: audited() == [("dryrun", SAYS)]), True)
check("and why", [t in why() for t in (SAYS, "owners")], [True, True])
check("without it", server.ask("DELETE", GOVERNANCE + "policyrollouts/owners")[0], 200)
check("it refuses again", (write()[0], review()[0], report()[0][2]), (403, False, "deny"))

who = server.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"})[1]
check("an exemption", govern("PolicyExemption", "old", {
    "policies": POLICIES, "objects": {"namespaces": ["default"], "names": ["old"]}, "reason": "it goes with the next release", "person": "mara@example.com",
    "until": (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "approvedBy": who["status"]["userInfo"]["username"]}), 201)
check("lets it in, and nothing else", (write(), write("new")[0], review(), report()[0][0]), ((200, ""), 403, (True, []), "skip"))
check("it is no violation any more", until(lambda: audited() == []), True)
check("and why says for whom, why, and who approved", "it goes with the next release (for mara@example.com, approved by " in why(), True)
check("without it", server.ask("DELETE", GOVERNANCE + "policyexemptions/old")[0], 200)
check("it is refused again", (write()[0], review()[0], report()[0][0]), (403, False, "fail"))
check("the server stops", server.end(), 0)
done()
