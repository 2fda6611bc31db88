#!/usr/bin/env python3
"""A kind that is deleted takes its objects along: after admission, past the admission of each, not those of another's kind,
and also when the server is killed in the middle.  Speaks TAP."""
import os
import signal
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
import server  # noqa: E402
from forge import ok, patience  # noqa: E402

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/ex.io/v1/namespaces/default/widgets"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
OBJECTS = 300


class Server(server.Server):
    def until(self, what, test):
        ok(patience.until(test), what)


def definition(plural, kind):
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": plural + ".ex.io"},
            "spec": {"group": "ex.io", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}}


def make(s, n, finalizers=None):
    ok(s.ask("POST", CRDS, definition("widgets", "Widget"))[0] == 201, "a kind is made")
    codes = {s.ask("POST", WIDGETS, {"apiVersion": "ex.io/v1", "kind": "Widget", "metadata": {"name": "w%03d" % i, "finalizers": finalizers or []}})[0]
             for i in range(n)}
    ok(codes <= {201}, "and %d objects of it" % n, codes)


def count(s):
    status, answer = s.ask("GET", WIDGETS)
    return len(answer["items"]) if status == 200 else None


def guard(s, group, resource):
    name = "guard-" + resource
    match = {"resourceRules": [{"apiGroups": [group], "apiVersions": ["*"], "resources": [resource], "operations": ["DELETE"]}]}
    policy = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
              "spec": {"matchConstraints": match, "validations": [{"expression": "false", "message": resource + " are protected"}]}}
    binding = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
               "spec": {"policyName": name, "validationActions": ["Deny"]}}
    codes = [s.ask("POST", POLICIES, policy)[0], s.ask("POST", POLICIES[:-3] + "ybindings", binding)[0]]
    ok(codes == [201, 201], "%s are protected by a policy" % resource, codes)


def protected(s):
    make(s, 3)
    guard(s, "apiextensions.k8s.io", "customresourcedefinitions")
    status, answer = s.ask("DELETE", CRDS + "/widgets.ex.io")
    ok(status == 422 and "are protected" in answer["message"], "its deletion is refused", answer)
    ok(count(s) == 3 and "deletionTimestamp" not in s.ask("GET", CRDS + "/widgets.ex.io")[1]["metadata"], "and nothing is gone or marked", count(s))
    ok(s.ask("DELETE", POLICIES + "/guard-customresourcedefinitions")[0] == 200, "the protection ends")
    guard(s, "ex.io", "widgets")
    ok(s.ask("DELETE", WIDGETS + "/w001")[0] == 422, "now the objects are protected, each")
    ok(s.ask("DELETE", CRDS + "/widgets.ex.io")[0] == 200, "but their kind is not")
    s.until("so all of it goes", lambda: s.ask("GET", CRDS + "/widgets.ex.io")[0] == 404 and count(s) is None)


def own(s):
    status, answer = s.ask("DELETE", CRDS + "/applications.argoproj.io")
    ok(status == 403 and "Pave itself works with this kind" in answer["message"], "a kind that Pave works with stays", answer)
    ok(s.ask("GET", "/apis/argoproj.io/v1alpha1/applications")[0] == 200, "and is served")


def held(s):
    make(s, 2, ["ex.io/hold"])
    status, answer = s.ask("DELETE", CRDS + "/widgets.ex.io")
    ok(status == 200 and answer["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"], "finalizers hold objects, and they their kind", answer)
    status, answer = s.ask("POST", WIDGETS, {"apiVersion": "ex.io/v1", "kind": "Widget", "metadata": {"name": "late"}})
    ok(status == 405 and answer["message"] == "create not allowed while custom resource definition is terminating", "nothing comes in any more", answer)
    for i in range(2):
        ok(s.ask("PATCH", WIDGETS + "/w%03d" % i, {"metadata": {"finalizers": None}}, "application/merge-patch+json")[0] == 200, "one is let go")
    s.until("with the last one goes the kind", lambda: s.ask("GET", CRDS + "/widgets.ex.io")[0] == 404)


def namesakes(s):
    make(s, 2)
    ok(s.ask("POST", CRDS, definition("others", "Widget"))[0] == 201, "another definition claims the same kind")
    ok(s.ask("GET", "/apis/ex.io/v1/others")[0] == 404, "and is not served")
    ok(s.ask("DELETE", CRDS + "/others.ex.io")[0] == 200 and s.ask("GET", CRDS + "/others.ex.io")[0] == 404, "it is deleted at once")
    ok(count(s) == 2, "and takes nothing along that is not its own", count(s))
    s.ask("POST", CRDS, definition("others", "Widget"))
    s.ask("DELETE", CRDS + "/widgets.ex.io")
    s.until("when the first goes, the other one has the name", lambda: s.ask("GET", "/apis/ex.io/v1/others")[0] == 200)
    s.ask("DELETE", CRDS + "/others.ex.io")


def killed(s):
    make(s, OBJECTS)

    def delete():
        try:
            s.ask("DELETE", CRDS + "/widgets.ex.io")
        except OSError:  # what was asked of a server that is killed
            pass

    asks = threading.Thread(target=delete)
    asks.start()
    while (count(s) or 0) == OBJECTS:
        pass
    s.end(signal.SIGKILL)
    asks.join()
    s.start()
    s.until("killed in the middle, it goes on when it starts again", lambda: s.ask("GET", CRDS + "/widgets.ex.io")[0] == 404)
    make(s, 0)
    ok(count(s) == 0, "and nothing is left for the next of that name", count(s))


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as s:
        for part in (protected, own, held, namesakes, killed):
            part(s)
        ok(s.end() == 0, "the server ends cleanly")
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
