#!/usr/bin/env python3
"""ValidatingAdmissionPolicy: what policies and their bindings decide, in upstream's words.  Speaks TAP."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

GROUP = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic"
MAPS = "/api/v1/namespaces/default/configmaps"
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"]}


class World(forge.Server):
    def __init__(self, folder):
        super().__init__(folder)
        self.n = 0

    def call(self, method, path, body=None, kind="application/json"):
        status, headers, text = self.admin.request(method, path, body and json.dumps(body), kind)
        return status, json.loads(text), headers.get_all("Warning") or []

    def policy(self, *validations, name="p", **more):
        self.call("DELETE", GROUP + "ies/" + name)
        return self.call("POST", GROUP + "ies", {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
                                                 "metadata": {"name": name},
                                                 "spec": {"matchConstraints": {"resourceRules": [RULE]}, "validations": list(validations), **more}})

    def bind(self, *actions, name="b", policy="p", **more):
        self.call("DELETE", GROUP + "ybindings/" + name)
        return self.call("POST", GROUP + "ybindings", {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
                                                       "metadata": {"name": name},
                                                       "spec": {"policyName": policy, "validationActions": list(actions) or ["Deny"], **more}})

    def make(self, data=None, name=None, labels=None):
        self.n += 1
        name = name or "c%d" % self.n
        return self.call("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels or {}}, "data": data or {}})


def denials(w):
    w.bind()
    small = "!has(object.data) || object.data.size() < 2"
    for what, validation, code, reason, text in (
            ("an expression alone", {"expression": " " + small}, 422, "Invalid", "failed expression: " + small),
            ("a message", {"expression": small, "message": " too much "}, 422, "Invalid", "too much"),
            ("a message that is computed", {"expression": small, "message": "no", "messageExpression": "object.metadata.name + ' has ' + string(object.data.size())"},
             422, "Invalid", "NAME has 2"),
            ("one that fails falls back", {"expression": small, "message": "no", "messageExpression": "string(object.none)"}, 422, "Invalid", "no"),
            ("a reason", {"expression": small, "message": "no", "reason": "Forbidden"}, 403, "Forbidden", "no"),
            ("a reason of another code", {"expression": small, "message": "no", "reason": "RequestEntityTooLarge"}, 413, "RequestEntityTooLarge", "no"),
            ("an error of evaluation", {"expression": "object.spec.x == 1"}, 422, "Invalid", "expression 'object.spec.x == 1' resulted in error: no such key: spec")):
        status, doc, _ = w.policy(validation)
        ok(status == 201, what + " is taken", doc)
        status, doc, _ = w.make({"a": "1", "b": "2"})
        name = "c%d" % w.n
        wanted = "configmaps \"%s\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: %s" % (name, text.replace("NAME", name))
        ok((status, doc["reason"], doc["message"]) == (code, reason, wanted), what, (status, doc, wanted))
    w.policy({"expression": "object.spec.x == 1"}, failurePolicy="Ignore")
    ok(w.make()[0] == 201, "an error is passed over where failing is ignored")
    w.policy({"expression": "false"}, failurePolicy="Ignore")
    ok(w.make()[0] == 422, "a denial is not")
    w.policy({"expression": "false", "message": "mind"})
    w.bind("Warn")
    status, _, warned = w.make()
    ok(status == 201 and any("Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': mind" in x for x in warned), "a warning", warned)
    w.bind("Audit")
    status, _, warned = w.make()
    ok(status == 201 and not warned, "an audit alone neither refuses nor warns", warned)
    w.call("DELETE", GROUP + "ybindings/b")
    ok(w.make()[0] == 201, "nothing is refused without a binding")


def expressions(w):
    w.bind()
    w.call("PATCH", "/api/v1/namespaces/default", {"metadata": {"labels": {"tier": "gold"}}}, "application/merge-patch+json")
    for what, text in (("request", "request.operation == 'CREATE' && request.kind.kind == 'ConfigMap' && request.namespace == 'default' && request.userInfo.groups.size() > 0"),
                       ("oldObject", "oldObject == null"), ("namespaceObject", "namespaceObject.metadata.labels.tier == 'gold'"),
                       ("variables", "variables.twice == 2 && variables.name.startsWith('c')"),
                       ("a broken variable that is not looked at", "variables.twice == 2 || variables.broken"),
                       ("a dry field", "request.dryRun == false")):
        status, doc, _ = w.policy({"expression": text}, variables=[{"name": "one", "expression": "1"}, {"name": "twice", "expression": "variables.one * 2"},
                                                                  {"name": "name", "expression": "object.metadata.name"},
                                                                  {"name": "broken", "expression": "object.none.none"}])
        status2, doc2, _ = w.make()
        ok((status, status2) == (201, 201), what, (doc, doc2))
    w.policy({"expression": "variables.broken == 1"}, variables=[{"name": "broken", "expression": "object.none"}])
    status, doc, _ = w.make()
    ok(status == 422 and "no such key: none" in doc["message"], "a broken variable that is", doc)
    w.policy({"expression": "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, "
                            "[1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))"})
    status, doc, _ = w.make()
    ok(status == 422 and "cost limit" in doc["message"], "an evaluation that costs too much", doc)
    w.policy({"expression": "false"}, matchConditions=[{"name": "x", "expression": "object.metadata.name == 'chosen'"}])
    ok(w.make()[0] == 201 and w.make(name="chosen")[0] == 422, "match conditions")
    w.policy({"expression": "false"}, matchConstraints={"resourceRules": [{**RULE, "resourceNames": ["one"]}]})
    ok(w.make()[0] == 201 and w.make(name="one")[0] == 422, "rules for names")
    w.policy({"expression": "false"}, matchConstraints={"resourceRules": [RULE], "excludeResourceRules": [{**RULE, "resourceNames": ["free"]}]})
    ok(w.make()[0] == 422 and w.make(name="free")[0] == 201, "rules for what is left out")
    w.policy({"expression": "false"})
    w.bind(matchResources={"objectSelector": {"matchLabels": {"a": "b"}}})
    ok(w.make()[0] == 201 and w.make(labels={"a": "b"})[0] == 422, "a binding's own selector")


def params(w):
    w.policy({"expression": "object.data.size() <= int(params.data.max)", "messageExpression": "'at most ' + params.data.max"},
             paramKind={"apiVersion": "v1", "kind": "ConfigMap"}, matchConditions=[{"name": "x", "expression": "object.metadata.name.startsWith('c')"}])
    w.bind(paramRef={"name": "limit", "parameterNotFoundAction": "Deny"})
    status, doc, _ = w.make({"a": "1"})
    ok(status == 422 and "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction" in doc["message"],
       "a parameter that is not there", doc)
    w.bind(paramRef={"name": "limit", "parameterNotFoundAction": "Allow"})
    ok(w.make({"a": "1"})[0] == 201, "which may be allowed")
    w.bind("Audit")
    for name, most in (("limit", "1"), ("other-limit", "2")):
        w.make({"max": most}, name=name, labels={"limits": "yes"})
    w.bind(paramRef={"name": "limit", "parameterNotFoundAction": "Deny"})
    status, doc, _ = w.make({"a": "1", "b": "2"})
    ok(status == 422 and "denied request: at most 1" in doc["message"] and w.make({"a": "1"})[0] == 201, "a parameter by name", doc)
    w.bind(paramRef={"selector": {"matchLabels": {"limits": "yes"}}, "parameterNotFoundAction": "Deny"})
    ok(w.make({"a": "1", "b": "2"})[0] == 422 and w.make({"a": "1"})[0] == 201, "all that a selector finds must agree")
    w.bind(paramRef={"name": "limit", "namespace": "kube-system", "parameterNotFoundAction": "Deny"})
    ok(w.make({"a": "1"})[0] == 422, "one of another namespace")
    w.policy({"expression": "true"}, paramKind={"apiVersion": "example.org/v1", "kind": "Limit"})
    status, doc, _ = w.make()
    ok(status == 422 and "example.org/v1, Kind=Limit" in doc["message"], "a kind that nobody serves", doc)


def refused(w):
    for what, spec, field, text in (
            ("no validations", {"validations": []}, "spec.validations", "Required value"),
            ("no annotations in their place", {"validations": []}, "spec.auditAnnotations", "must contain at least one item"),
            ("an expression that does not compile", {"validations": [{"expression": "object."}]}, "spec.validations[0].expression", "compilation failed"),
            ("one of another type", {"validations": [{"expression": "'a'"}]}, "spec.validations[0].expression", "must evaluate to bool but got string"),
            ("one of a type that nobody knows", {"validations": [{"expression": "object.a"}]}, "spec.validations[0].expression", "must evaluate to bool but got dyn"),
            ("a condition of another type", {"matchConditions": [{"name": "a", "expression": "null"}]}, "spec.matchConditions[0].expression", "must evaluate to bool but got null_type"),
            ("a message of a type that nobody knows", {"validations": [{"expression": "true", "messageExpression": "object.a"}]},
             "spec.validations[0].messageExpression", "must evaluate to string but got dyn"),
            ("a message that is blank", {"validations": [{"expression": "true", "message": " "}]}, "spec.validations[0].message", "must be non-empty if specified"),
            ("a message of two lines", {"validations": [{"expression": "true", "message": "a\nb"}]}, "spec.validations[0].message", "must not contain line breaks"),
            ("nothing to evaluate", {"validations": [{"expression": " "}]}, "spec.validations[0].expression", "Required value: expression is not specified"),
            ("a name that is none", {"variables": [{"name": "a b", "expression": "1"}]}, "spec.variables[0].name", "must be a valid CEL identifier"),
            ("a kind of parameters of a version that is none", {"paramKind": {"apiVersion": "A/V1", "kind": "B"}}, "spec.paramKind.apiVersion", 'Invalid value: "V1": a DNS-1035'),
            ("and of three parts", {"paramKind": {"apiVersion": "a/b/c", "kind": "B"}}, "spec.paramKind.apiVersion", "unexpected GroupVersion string: a/b/c"),
            ("more annotations than 20", {"auditAnnotations": [{"key": "a%d" % i, "valueExpression": "'a'"} for i in range(21)]}, "spec.auditAnnotations", "must not have more than 20"),
            ("an unknown variable", {"validations": [{"expression": "variables.x"}]}, "spec.validations[0].expression", "undeclared reference"),
            ("params without a kind", {"validations": [{"expression": "params.x"}]}, "spec.validations[0].expression", "undeclared reference to 'params'"),
            ("authorizer in a message", {"validations": [{"expression": "true", "messageExpression": "authorizer.path('/x').check('get').reason()"}]},
             "spec.validations[0].messageExpression", "undeclared reference to 'authorizer'"),
            ("a reason of its own", {"validations": [{"expression": "true", "reason": "Unauthorized"}]}, "spec.validations[0].reason",
             'supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"'),
            ("no rules", {"matchConstraints": {}}, "spec.matchConstraints.resourceRules", "Required value")):
        status, doc, _ = w.policy(*spec.pop("validations", [{"expression": "true"}]), **spec)
        causes = doc.get("details", {}).get("causes", [])
        ok(status == 422 and any(c["field"] == field and text in c["message"] for c in causes), what, (status, doc))
    status, doc, _ = w.policy({"expression": "object."}, {"expression": "1"}, failurePolicy="fail")
    ok(status == 422 and [c["field"] for c in doc["details"]["causes"]] == ["spec.failurePolicy", "spec.validations[0].expression", "spec.validations[1].expression"],
       "all that is wrong at once", doc)
    status, doc, _ = w.bind("Deny", "Warn")
    ok(status == 422 and "must not contain both Deny and Warn" in doc["message"], "a binding that says all twice", doc)
    status, doc, _ = w.bind(paramRef={"parameterNotFoundAction": "Deny"})
    ok(status == 422 and "one of name or selector must be specified" in doc["message"], "a paramRef to nothing", doc)
    w.policy({"expression": "false"}, matchConstraints={"resourceRules": [{"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], "operations": ["*"]}]})
    w.bind()
    ok(w.make()[0] == 422 and w.call("DELETE", GROUP + "ybindings/b")[0] == 200 and w.make()[0] == 201, "one that refuses everything can still be taken away")


def namespaces(w):
    """A Namespace stands in itself: for request.namespace, params and who may; but it is of the cluster's scope."""
    one, kept = "/api/v1/namespaces/zz-one", "/api/v1/namespaces/zz-one/configmaps"
    names = ("told", "cluster", "namespaced", "selected", "param", "may")

    def tell(name, message, rule=(), conditions=(), binding=(), **more):
        rule = {**RULE, "operations": ["*"], "resources": ["namespaces", "namespaces/*"], **dict(rule)}
        conditions = ["request.name.startsWith('zz')", *conditions]
        w.policy({"expression": "false", "messageExpression": message}, name=name, **{"matchConstraints": {"resourceRules": [rule]}, **more},
                 matchConditions=[{"name": "c%d" % i, "expression": c} for i, c in enumerate(conditions)])
        w.bind("Warn", name=name, policy=name, **dict(binding))
    w.call("POST", "/api/v1/namespaces", {"metadata": {"name": "zz-one"}})
    w.call("POST", kept, {"metadata": {"name": "param"}, "data": {"x": "its own"}})
    rbac, group = "/apis/rbac.authorization.k8s.io/v1/namespaces/zz-one/", "rbac.authorization.k8s.io"
    w.call("POST", rbac + "roles", {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["patch"]}]})
    w.call("POST", rbac + "rolebindings", {"metadata": {"name": "r"}, "roleRef": {"apiGroup": group, "kind": "Role", "name": "r"},
                                           "subjects": [{"kind": "User", "name": "tenant", "apiGroup": group}]})
    tell("told", "[request.operation, has(request.namespace) ? request.namespace : '-', string(namespaceObject == null)].join(' ')")
    tell("cluster", "'cluster'", rule={"scope": "Cluster"})
    tell("namespaced", "'namespaced'", rule={"scope": "Namespaced"})
    tell("selected", "'selected'", binding={"matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "zz-one"}}}})
    tell("param", "'param ' + (params == null ? 'none' : params.data.x)", paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
         binding={"paramRef": {"name": "param", "parameterNotFoundAction": "Allow"}})
    tell("may", "'may'", conditions=["request.userInfo.username == 'tenant' && authorizer.requestResource.check('patch').allowed()"])
    label, every = {"metadata": {"labels": {"a": "b"}}}, ["cluster", "param its own", "selected"]
    bare = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "zz-one"}, "spec": {"finalizers": ["example.com/x"]}}
    for method, path, body, user, want in (
            ("PATCH", one, label, None, (200, ["UPDATE zz-one true", *every])),
            ("PATCH", one, {"metadata": {"labels": {"a": "c"}}}, "tenant", (200, ["UPDATE zz-one true", "cluster", "may", *every[1:]])),
            ("PATCH", one + "/status", label, None, (200, ["UPDATE zz-one true", *every])),
            ("POST", "/api/v1/namespaces?dryRun=All", {"metadata": {"name": "zz-two"}}, None, (201, ["CREATE zz-two true", "cluster"])),
            ("DELETE", one + "?dryRun=All", None, None, (200, ["DELETE zz-one true", *every])),
            ("PUT", one + "/finalize", bare, None, (200, ["UPDATE zz-one true", *every])),  # the labels that are stored
            ("DELETE", one, None, None, (200, ["DELETE zz-one true", *every]))):
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        status, headers, _ = w.admin.request(method, path, body and json.dumps(body), kind, headers=user and {"Impersonate-User": user})
        warned = sorted(x.rpartition(": ")[2].rstrip('"') for x in headers.get_all("Warning") or [] if "ValidatingAdmissionPolicy" in x)
        ok((status, warned) == want, "a Namespace: %s %s of %s" % (method, path, user or "an administrator"), (status, warned))
    for name in names:
        w.call("DELETE", GROUP + "ybindings/" + name)


def spec_with(place, expression):
    """Of a policy that has the expression there; its types are what expressions.tsv was asked with."""
    spec = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "matchConstraints": {"resourceRules": [RULE]},
            "variables": [{"name": "q", "expression": "object.x"}, {"name": "b", "expression": "true"}]}
    if place == "matchConditions":
        spec[place] = [{"name": "a", "expression": expression}]
    if place == "applyConfiguration":
        return {**spec, "reinvocationPolicy": "Never", "mutations": [{"patchType": "ApplyConfiguration", place: {"expression": expression}}]}
    if place == "jsonPatch":
        return {**spec, "reinvocationPolicy": "Never", "mutations": [{"patchType": "JSONPatch", place: {"expression": expression}}]}
    if place == "valueExpression":
        spec["auditAnnotations"] = [{"key": "a", place: expression}]
    validation = {"expression": expression if place == "expression" else "true"}
    return {**spec, "validations": [{**validation, place: expression} if place == "messageExpression" else validation]}


def types(w):
    """Each of what Kubernetes 1.34 said the type is, in each place: one that is not known will not do."""
    places = (("expression", ("bool",)), ("messageExpression", ("string",)), ("valueExpression", ("string", "null_type")), ("matchConditions", ("bool",)),
              ("applyConfiguration", ("Object",)), ("jsonPatch", ("list(JSONPatch)",)))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "expressions.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    wrong = []
    for place, wanted in places:
        kind, path = "ValidatingAdmissionPolicy", GROUP + "ies"
        if place in ("applyConfiguration", "jsonPatch"):
            kind, path = "MutatingAdmissionPolicy", "/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicies"
        one = wanted[0] if len(wanted) == 1 else "one of [%s]" % " ".join(wanted)
        for expression, have in rows:
            if (place, expression[:9]) == ("matchConditions", "variables") or (place, expression[:10]) == ("messageExpression", "authorizer"):
                continue  # is not declared there
            status, doc, _ = w.call("POST", path + "?dryRun=All", {"apiVersion": path.split("/")[2] + "/" + path.split("/")[3], "kind": kind,
                                                                   "metadata": {"name": "t"}, "spec": spec_with(place, expression)})
            said = [c["message"].rpartition(": ")[2] for c in doc.get("details", {}).get("causes", [])]
            if (status, said) != ((201, []) if have in wanted else (422, ["must evaluate to %s but got %s" % (one, have)])):
                wrong.append((place, expression, status, said))
    ok(len(rows) > 60 and not wrong, "the types of %d expressions in %d places" % (len(rows), len(places)), wrong)


def main():
    with tempfile.TemporaryDirectory() as folder, World(folder) as w:
        for part in (denials, expressions, params, namespaces, refused, types):
            part(w)
            w.call("DELETE", GROUP + "ybindings/b")
    print("1..%d" % forge.count)


main()
