"""The verbs and expectations of Argo CD's own end-to-end tests, said to Pave's API: one World for a run (a server,
a Git server, a house of charts), one Scenario for each test, with a repository, a namespace and an Application of its own."""
import copy
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time

import yaml

from goexpr import Call, Name, Struct, parse, to_object
from served import Kept

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "journeys"))
import charthouse  # noqa: E402
import forge  # noqa: E402

ARGO = "/apis/argoproj.io/v1alpha1/namespaces/%s/%s"
MERGE, PATCH = "application/merge-patch+json", "application/json-patch+json"
OUTSIDE = "argocd-e2e-external"
IN_CLUSTER = "https://kubernetes.default.svc"
BROKEN = ("InvalidSpecError", "ComparisonError")
WORDS = {"guestbookPath": "guestbook", "fixture.GuestbookPath": "guestbook", "dir": "slow-manifest", "valuesFile": "values.yaml",
         "KubernetesInternalAPIServerAddr": IN_CLUSTER, "OperationSucceeded": "Succeeded", "OperationFailed": "Failed",
         "OperationError": "Error", "OperationRunning": "Running", "RefreshTypeNormal": "normal", "RefreshTypeHard": "hard",
         "EventReasonResourceDeleted": "ResourceDeleted", "CustomResourceDefinition": "CustomResourceDefinition"}
TAILS = ("SyncStatusCode", "HealthStatus", "ApplicationCondition", "HookType", "SyncPhase", "ResultCode")


class Left(Exception):
    """What cannot be asked, and why."""


class Failed(Exception):
    pass


def merged(path, value):
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


class World:
    def __init__(self, client, tmp, apps):
        self.client, self.tmp, self.apps = client, tmp, apps
        self.charts = charthouse.Server()
        self.template = tmp + "/template"
        self.names = set()
        self.prepare()

    def prepare(self):
        shutil.copytree(self.apps, self.template)
        subprocess.run("chmod -R u+w '%s'" % self.template, shell=True, check=True)
        for folder, _, files in os.walk(self.template):
            for file in files:
                path = os.path.join(folder, file)
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                changed = self.where(text)
                if changed != text:
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(changed)
        forge_init(self.template)
        kept = Kept(self.client)
        for ns in ("argocd", OUTSIDE, "forbidden"):
            kept.post("/api/v1/namespaces", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}}))
        self.project(kept, "default", {"sourceNamespaces": [OUTSIDE]})

    def where(self, text):
        """Their servers' addresses are ours."""
        return text.replace("oci://localhost:5000/myrepo", self.charts.url.replace("http", "oci") + "/open")

    @staticmethod
    def project(kept, name, more):
        spec = {"sourceRepos": ["*", "file://*"], "destinations": [{"server": "*", "namespace": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}
        spec.update(more)
        kept.send("PATCH", ARGO % ("argocd", "appprojects") + "/%s?fieldManager=suite&force=true" % name,
                  json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name}, "spec": spec}),
                  "application/apply-patch+yaml")


def forge_init(path):
    for args in (["init", "-q", "-b", "master"], ["add", "-A"],
                 ["-c", "user.name=t", "-c", "user.email=t@pave.invalid", "commit", "-qm", "All"]):
        subprocess.run(["git", "-C", path, *args], check=True)


def simulated(doc):
    """No container runs: what its command would do is told to the simulated node."""
    pods = [doc] if doc.get("kind") == "Pod" else [doc.get("spec", {}).get("template") or {}]
    for pod in pods:
        for c in pod.get("spec", {}).get("containers", []):
            command = [str(x) for x in c.get("command") or []]
            notes = {}
            if command[:1] == ["false"]:
                notes = {"pave.dev/simulate": "fail"}
            elif " ".join(command).endswith("sleep 300"):
                notes = {"pave.dev/run-for": "300s"}
            elif re.search("[!]", c.get("image", "")) or "does-not-exist" in json.dumps(c.get("readinessProbe", "")):
                notes = {"pave.dev/simulate": "image-pull"}
            if notes:
                meta = pod.setdefault("metadata", {})
                meta["annotations"] = {**(meta.get("annotations") or {}), **notes}
    return doc


class Scenario:
    def __init__(self, world, row, given):
        self.world, self.row, self.kept = world, row, Kept(world.client)
        self.id = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", row["name"]).lower().replace("test-", "", 1)[:45].strip("-")
        self.words = dict(WORDS, **given)
        self.name, self.namespace, self.app_namespace = self.id, "e2e-" + self.id, "argocd"
        self.repo = os.path.join(world.tmp, "git", self.id)
        self.set = {"path": "", "project": "default", "prune": True, "server": IN_CLUSTER}
        self.said, self.ignoring, self.limit = "", False, 12
        self.failed = False
        shutil.copytree(world.template, self.repo)
        self.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})

    # ---- requests ----

    def send(self, method, path, body=None, kind="application/json"):
        status, _, text = self.kept.send(method, path, json.dumps(body) if body is not None else None, kind)
        doc = json.loads(text) if text[:1] == "{" else {"message": text}
        return status, doc

    def post(self, path, body):
        return self.send("POST", path, body)

    def place(self, kind="applications"):
        return ARGO % (self.app_namespace, kind)

    def app(self):
        status, doc = self.send("GET", self.place() + "/" + self.name)
        return doc if status == 200 else None

    def until(self, what, test, limit=None):
        end = time.time() + (limit or self.limit)
        while True:
            app = self.app()
            if test(app):
                return app
            if time.time() > end:
                raise Failed("%s; %s" % (what, brief(app)))
            time.sleep(0.04)  # sleeps: until it is so

    def trouble(self, text):
        self.said, self.failed = text, True
        if not self.ignoring:
            raise Failed(text)

    # ---- words of the tests ----

    def value(self, v):
        if isinstance(v, (list, tuple)):
            return [self.value(x) for x in v]
        if isinstance(v, Struct):
            return v
        if isinstance(v, dict):
            return {k: self.value(x) for k, x in v.items()}
        if isinstance(v, Call):
            return self.call(v)
        if not isinstance(v, Name):
            return v
        for key in (str(v), v.last):
            if key in self.words:
                return self.words[key]
        for tail in TAILS:
            if v.last.startswith(tail):
                return v.last[len(tail):]
        raise Left("%s is not in the data" % v)

    def call(self, c):
        args = [self.value(a) for a in c.args]
        if c.name in ("SyncStatusCode", "SyncPhase", "LocalOrRemotePath", "StrPtr"):
            return args[0] + "/local" if c.name == "LocalOrRemotePath" else args[0]
        if c.name == "AppNamespace":
            return OUTSIDE
        if c.name == "DeploymentNamespace":
            return self.namespace
        if c.name == "GetName":
            return self.set["project"]
        if c.name == "RepoURL":
            return self.url()
        if c.name == "Sprintf":
            return re.sub("%q|%s|%d", lambda m: json.dumps(args.pop(1)) if m.group(0) == "%q" else str(args.pop(1)), args[0])
        if c.name == "+":
            return "".join(args)
        raise Left("%s() is not in the data" % c.name)

    def args(self, text):
        return [self.value(a) for a in parse(text)]

    def play(self):
        for verb, text in self.row["steps"]:
            method = getattr(self, "on_" + verb, None)
            if method is None:
                raise Left("the step %s" % verb)
            if verb == "Expect":
                for call in parse(text):
                    self.expect(call)
            elif verb in ("Given", "When", "Then"):
                self.begins(verb)
            else:
                method(*self.args(text))

    def on_Given(self):
        pass

    on_When = on_Then = on_Expect = on_Given

    def begins(self, verb):
        pass

    def on_Path(self, path):
        self.set["path"] = path

    def on_Name(self, name):
        self.name = name

    def on_Prune(self, yes):
        self.set["prune"] = yes

    def on_Async(self, yes):
        self.set["async"] = yes

    def on_Force(self):
        self.set["force"] = True

    def on_Revision(self, revision):
        self.set["revision"] = revision

    def on_Chart(self, chart):
        self.set["chart"] = chart

    def on_Timeout(self, seconds):
        self.set["timeout"] = seconds

    def on_DestServer(self, server):
        self.set["server"] = server

    def on_NamePrefix(self, text):
        self.set["namePrefix"] = text

    def on_NameSuffix(self, text):
        self.set["nameSuffix"] = text

    def on_SelectedResource(self, text):
        self.set["resource"] = text

    def on_IgnoreErrors(self):
        self.ignoring = True

    def on_DoNotIgnoreErrors(self):
        self.ignoring = False

    def on_Sleep(self, seconds):
        pass  # what it waits for is waited for

    def on_SetAppNamespace(self, ns):
        self.app_namespace = ns

    def on_SetTrackingMethod(self, method):
        if method != "annotation":
            self.world.setting(self.kept, "application.resourceTrackingMethod", method)

    def on_RepoURLType(self, kind):
        self.set["repo"] = kind

    def on_Project(self, name):
        self.set["project"] = name

    def on_ProjectSpec(self, spec):
        self.set["project"] = self.id
        self.world.project(self.kept, self.id, to_object(spec))

    # ---- a repository ----

    def url(self):
        return "file://" + self.repo

    def file(self, name):
        return os.path.join(self.repo, self.set["path"], name)

    def commit(self, what, *flags):
        subprocess.run(["git", "-C", self.repo, "add", "-A"], check=True)
        subprocess.run(["git", "-C", self.repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", "commit", "--allow-empty", "-qm", what, *flags],
                       check=True)

    def on_AddFile(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as f:
            f.write(text)
        self.simulate(name)
        self.commit("Add " + name)

    def on_DeleteFile(self, name):
        os.unlink(self.file(name))
        self.commit("Delete " + name)

    def on_AddTag(self, name):
        subprocess.run(["git", "-C", self.repo, "tag", name], check=True)

    def simulate(self, name):
        with open(self.file(name), encoding="utf-8") as f:
            text = f.read()
        if "command" not in text and "containers" not in text or "{{" in text:
            return
        docs = [simulated(d) for d in yaml.safe_load_all(text) if isinstance(d, dict)]
        with open(self.file(name), "w", encoding="utf-8") as f:
            yaml.safe_dump_all(docs, f)

    def on_PatchFile(self, name, patch):
        with open(self.file(name), encoding="utf-8") as f:
            docs = [d for d in yaml.safe_load_all(f) if d is not None]
        docs[0] = patched(docs[0], json.loads(patch))
        with open(self.file(name), "w", encoding="utf-8") as f:
            yaml.safe_dump_all([simulated(d) for d in docs], f)
        self.commit("Patch " + name)

    def ready_files(self):
        """Before an Application looks at them for the first time."""
        folder, changed = os.path.join(self.repo, self.set["path"]), False
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.endswith((".yaml", ".yml")):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    before = f.read()
                self.simulate(name)
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    changed = changed or f.read() != before
        if changed:
            self.commit("Tell the simulated node what commands do")

    # ---- Applications ----

    def source(self):
        s = {"repoURL": self.url()}
        if self.set.get("chart"):
            s["chart"] = self.set["chart"]
        else:
            s["path"] = self.set["path"]
        if self.set.get("revision"):
            s["targetRevision"] = self.set["revision"]
        for key in ("namePrefix", "nameSuffix"):
            if self.set.get(key):
                s.setdefault("kustomize", {})[key] = self.set[key]
        return s

    def on_CreateApp(self, *flags):
        self.ready_files()
        self.create(self.source(), flags)

    def create(self, source, flags, sources=None, more=None):
        metadata = {"name": self.name}
        spec = {"project": self.set["project"], "destination": {"server": self.set["server"], "namespace": self.namespace}}
        spec.update({"sources": sources} if sources else {"source": source}, **(more or {}))
        for flag in flags:
            self.flag(spec, metadata, flag, None)
        body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
        status, doc = self.post(self.place(), body)
        if status != 201:
            return self.trouble(doc.get("message", ""))
        self.said, self.failed = "", False
        if "--validate=false" not in flags:
            self.looked()
        return None

    def looked(self):
        """Until it has been compared; what is wrong with it is what the command would have said."""
        app = self.until("never compared", lambda a: a and (a.get("status") or {}).get("sync") and fresh(a))
        wrong = [c["message"] for c in app["status"].get("conditions", []) if c["type"] in BROKEN]
        if wrong:
            self.trouble(" ".join(wrong))

    @staticmethod
    def flag(spec, metadata, flag, value):
        """One option of `argocd app create` and `app set`; True: it took the value."""
        name, _, inline = flag.partition("=")
        value = inline or value
        source = spec.get("source", {})
        if name == "--label":
            metadata.setdefault("labels", {}).update([value.split("=", 1)])
        elif name == "--directory-include":
            source.setdefault("directory", {})["include"] = value
        elif name == "--directory-exclude":
            source.setdefault("directory", {})["exclude"] = value
        elif name == "--directory-recurse":
            source.setdefault("directory", {})["recurse"] = True
            return False
        elif name == "--path":
            source["path"] = value
        elif name == "--values":
            source.setdefault("helm", {}).setdefault("valueFiles", []).append(value)
        elif name == "--ignore-missing-value-files":
            source.setdefault("helm", {})["ignoreMissingValueFiles"] = True
            return False
        elif name == "--helm-namespace":
            source.setdefault("helm", {})["namespace"] = value
        elif name == "--dest-namespace":
            spec["destination"]["namespace"] = value
        elif name != "--validate":
            raise Left("the option %s" % name)
        return not inline

    def on_AppSet(self, *flags):
        app = self.app()
        flags = list(flags)
        while flags:
            flag = flags.pop(0)
            value = flags[0] if flags and not flags[0].startswith("--") else None
            if self.flag(app["spec"], {}, flag, value) and value is not None:
                flags.pop(0)
        status, doc = self.send("PATCH", self.place() + "/" + self.name, {"spec": app["spec"]}, MERGE)
        if status != 200:
            return self.trouble(doc.get("message", ""))
        return self.looked()

    def on_PatchApp(self, patch):
        status, doc = self.send("PATCH", self.place() + "/" + self.name, json.loads(patch), PATCH)
        if status != 200:
            self.trouble(doc.get("message", ""))

    def on_Declarative(self, file):
        self.ready_files()
        with open(os.path.join(self.repo, file), encoding="utf-8") as f:
            text = f.read()
        for key, value in {"Name": self.name, "ArgoCDNamespace": "argocd", "Project": self.set["project"], "RepoURL": self.set.get("url") or self.url(),
                           "Path": self.set["path"], "DeploymentNamespace": self.namespace}.items():
            text = text.replace("{{.%s}}" % key, value)
        status, doc = self.post(self.place(), yaml.safe_load(text))
        if status != 201:
            self.trouble(doc.get("message", ""))

    def on_DeclarativeWithCustomRepo(self, file, repo):
        self.set["url"] = repo
        self.on_Declarative(file)

    def on_Refresh(self, kind):
        self.send("PATCH", self.place() + "/" + self.name, merged("metadata.annotations", {"argocd.argoproj.io/refresh": kind}), MERGE)
        self.until("never refreshed", lambda a: a and "argocd.argoproj.io/refresh" not in a["metadata"].get("annotations", {}))

    def on_Get(self):
        app = self.app()
        self.said = " ".join(c["message"] for c in app["status"].get("conditions", [])) + operation(app).get("message", "") + " ".join(
            r.get("message", "") for r in (operation(app).get("syncResult") or {}).get("resources", []))

    def on_Sync(self, *flags):
        op = {"sync": {}, "initiatedBy": {"username": "admin"}}
        app = self.app()
        if app is None:
            return self.trouble("there is no Application %s" % self.name)
        if self.set["prune"]:
            op["sync"]["prune"] = True
        options = (app["spec"].get("syncPolicy") or {}).get("syncOptions")
        if options:
            op["sync"]["syncOptions"] = options
        if self.set.get("force"):
            op["sync"]["syncStrategy"] = {"hook": {"force": True}}
        if self.set.get("resource"):
            group, kind, name = self.set["resource"].split(":")
            op["sync"]["resources"] = [{"group": group, "kind": kind, "name": name}]
        for flag in flags:
            name, _, value = flag.partition("=")
            if name == "--retry-limit":
                op.setdefault("retry", {})["limit"] = int(value)
            elif name == "--retry-backoff-duration":
                op.setdefault("retry", {}).setdefault("backoff", {})["duration"] = value
            else:
                raise Left("the option %s" % name)
        before = operation(app).get("startedAt"), operation(app).get("finishedAt"), operation(app).get("since")
        self.send("PATCH", self.place() + "/" + self.name, {"operation": op}, MERGE)

        def ended(a):
            state = operation(a)
            now = state.get("startedAt"), state.get("finishedAt"), state.get("since")
            return a and "operation" not in a and state and now != before and state.get("phase") != "Running"

        self.said, self.failed = "", False
        if self.set.get("async"):
            return None
        try:
            app = self.until("the sync does not end", ended, self.set.get("timeout"))
        except Failed as e:
            return self.trouble(str(e))
        state = operation(app)
        results = (state.get("syncResult") or {}).get("resources") or []
        if state["phase"] != "Succeeded":
            return self.trouble(state.get("message", "") + " ".join(r.get("message", "") for r in results))
        pruning = sum(1 for r in app["status"].get("resources", []) if r.get("requiresPruning"))
        if pruning and not self.set["prune"]:
            return self.trouble("%d resources require pruning" % pruning)
        self.said = state.get("message", "")
        return None

    def on_TerminateOp(self):
        self.send("PATCH", self.place() + "/" + self.name, merged("status.operationState.phase", "Terminating"), MERGE)
        self.until("the operation does not end", lambda a: operation(a).get("phase") not in ("Running", "Terminating"))

    def on_Delete(self, cascade):
        finalizers = self.app()["metadata"].get("finalizers", [])
        wanted = "resources-finalizer.argocd.argoproj.io"
        finalizers = [f for f in finalizers if not f.startswith(wanted)] + ([wanted] if cascade else [])
        self.send("PATCH", self.place() + "/" + self.name, {"metadata": {"finalizers": finalizers}}, MERGE)
        status, doc = self.send("DELETE", self.place() + "/" + self.name)
        if status not in (200, 202):
            self.trouble(doc.get("message", ""))

    def on_DeleteBySelectorWithWait(self, selector):
        _, found = self.send("GET", self.place() + "?labelSelector=" + selector)
        for app in found.get("items", []):
            self.name = app["metadata"]["name"]
            self.on_Delete(True)
            self.until("it does not go", lambda a: a is None)

    # ---- expectations ----

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
        self.result(want, lambda key, have, wanted: have == wanted)

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
        self.event("argocd", reason)

    def is_NamespacedEvent(self, ns, reason, text):
        self.event(ns, reason)

    def event(self, ns, reason):
        end = time.time() + self.limit
        while time.time() < end:
            _, found = self.send("GET", "/api/v1/namespaces/%s/events?fieldSelector=involvedObject.name=%s,reason=%s" % (ns, self.name, reason))
            if found.get("items"):
                return
            time.sleep(0.05)  # sleeps: until it is there
        raise Failed("no event %s" % reason)


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


def patched(doc, ops):
    doc = copy.deepcopy(doc)
    for op in ops:
        keys = [k.replace("~1", "/").replace("~0", "~") for k in op["path"].split("/")[1:]]
        at = doc
        for k in keys[:-1]:
            at = at[int(k)] if isinstance(at, list) else at[k]
        last = int(keys[-1]) if isinstance(at, list) and keys[-1] != "-" else keys[-1]
        if op["op"] == "remove":
            del at[last]
        elif isinstance(at, list) and op["op"] == "add":
            at.insert(len(at) if last == "-" else last, op["value"])
        else:
            at[last] = op["value"]
    return doc


def now():
    return datetime.datetime.now(datetime.timezone.utc)
