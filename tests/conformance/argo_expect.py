"""The expectations of Argo CD's tests: each asks until it is so, or says what is so instead."""
import json
import re

from argo_world import Failed, Left
from goexpr import Struct
from served import until

HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"


class Expectations:
    def expect(self, c):
        if c.name == "All":
            for inner in c.args:
                self.expect(inner)
            return
        method = getattr(self, "is_" + c.name, None)
        if method is None:
            raise Left("the expectation %s" % c.name)
        if c.name.startswith("Resource") and c.args and isinstance(c.args[0], Struct):
            args = [{k: self.value(v) for k, v in c.args[0].items()}]
        else:
            args = [self.value(a) for a in c.args]
        method(*args)

    def status_is(self, what, want, get):
        self.until("%s is not %s" % (what, want), lambda a: a and get(a) == want)

    def is_OperationPhaseIs(self, phase):
        self.status_is("the phase", phase, lambda a: operation(a).get("phase"))

    def is_SyncStatusIs(self, want):
        self.status_is("the sync status", want, lambda a: ((a.get("status") or {}).get("sync") or {}).get("status"))

    def is_HealthIs(self, want):
        self.status_is("the health", want, lambda a: ((a.get("status") or {}).get("health") or {}).get("status"))

    def is_OperationMessageContains(self, text):
        self.until("the operation does not say %r" % text, lambda a: text in operation(a).get("message", ""))

    def resource(self, app, kind, name):
        return next((r for r in (app.get("status") or {}).get("resources", []) if (r["kind"], r["name"]) == (kind, name)), {})

    def is_ResourceSyncStatusIs(self, kind, name, want):
        self.status_is("%s/%s" % (kind, name), want, lambda a: self.resource(a, kind, name).get("status"))

    def is_ResourceHealthIs(self, kind, name, want):
        self.status_is("the health of %s/%s" % (kind, name), want, lambda a: (self.resource(a, kind, name).get("health") or {}).get("status"))

    def is_ResourceResultNumbering(self, number):
        self.status_is("the number of results", number, lambda a: len(results_of(a)))

    def result(self, want, same):
        fields = {k[0].lower() + k[1:]: v for k, v in want.items()}
        self.until("no result is %s" % fields, lambda a: any(
            all(same(k, r.get(k, ""), v) for k, v in fields.items()) for r in results_of(a)))

    def is_ResourceResultIs(self, want):
        """A Pod of the simulated node has a message of its own, which takes the place of `created`."""
        self.result(want, lambda key, have, wanted: have == wanted or (key == "message" and "simulated node" in have))

    def is_ResourceResultMatches(self, want):
        self.result(want, lambda key, have, wanted: re.search(wanted, have) if key == "message" else have == wanted)

    def is_Condition(self, kind, text):
        self.until("no %s says %r" % (kind, text), lambda a: a and any(
            c["type"] == kind and text in c["message"] for c in (a.get("status") or {}).get("conditions", [])))

    def is_NoConditions(self):
        self.until("there are conditions", lambda a: a and not (a.get("status") or {}).get("conditions"))

    def is_DoesNotExist(self):
        self.until("it is there", lambda a: a is None)

    is_DoesNotExistNow = is_DoesNotExist

    def is_Success(self, text):
        if self.failed or text not in self.said:
            raise Failed("expected success with %r, got %r" % (text, self.said))

    def is_SuccessRegex(self, pattern):
        if self.failed or not re.search(pattern, self.said):
            raise Failed("expected success like %r, got %r" % (pattern, self.said))

    def is_Error(self, out, err):
        if not self.failed or (err or out) not in self.said.replace('"', '\\"' if '\\"' in err else '"'):
            raise Failed("expected the error %r, got %r" % (err or out, self.said))

    def is_ErrorRegex(self, out, err):
        if not self.failed or not re.search(out or err, self.said):
            raise Failed("expected an error like %r, got %r" % (out or err, self.said))

    def is_Event(self, reason, text):
        self.event("argocd", reason, text)

    def is_NamespacedEvent(self, ns, reason, text):
        self.event(ns, reason, text)

    def pod(self, name):
        status, doc = self.send("GET", "/api/v1/namespaces/%s/pods/%s" % (self.namespace, name))
        return doc if status == 200 else None

    def is_podDeletedOrTerminatingWithoutFinalizer(self, name):
        if not until(lambda: held(self.pod(name)) is False, self.limit):
            raise Failed("the pod %s is still there, or held" % name)

    def is_podWithoutFinalizer(self, name):
        pod = self.pod(name)
        if not pod or HOOK_FINALIZER in pod["metadata"].get("finalizers", []):
            raise Failed("the pod %s is gone, or held" % name)

    def event(self, ns, reason, text):
        path = "/api/v1/namespaces/%s/events?fieldSelector=involvedObject.name=%s,reason=%s" % (ns, self.name, reason)
        if not until(lambda: any(text in e["message"] for e in self.send("GET", path)[1].get("items", [])), self.limit):
            raise Failed("no event %s" % reason)


def held(pod):
    """None: it is there and nobody deleted it."""
    if pod and "deletionTimestamp" not in pod["metadata"]:
        return None
    return bool(pod) and HOOK_FINALIZER in pod["metadata"].get("finalizers", [])


def operation(app):
    return ((app or {}).get("status") or {}).get("operationState") or {}


def results_of(app):
    return (operation(app).get("syncResult") or {}).get("resources") or []


def fresh(app):
    """Compared as it is now."""
    to = app["status"]["sync"].get("comparedTo") or {}
    return to.get("source") == app["spec"].get("source") and to.get("sources") == app["spec"].get("sources")


def brief(app):
    if not app:
        return "there is no Application"
    status = app.get("status") or {}
    return json.dumps({"sync": (status.get("sync") or {}).get("status"), "health": (status.get("health") or {}).get("status"),
                       "operation": [operation(app).get("phase"), operation(app).get("message")],
                       "conditions": [c["message"] for c in status.get("conditions", [])]})
