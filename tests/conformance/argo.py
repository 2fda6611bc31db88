"""The verbs of Argo CD's own end-to-end tests, said to Pave's API: one Scenario for each test, with a repository, a
namespace and an Application of its own in the World of the run."""
import hashlib
import json
import os
import re
import shutil
import time

import yaml

from argo_expect import Expectations, brief, fresh, operation, results_of
from argo_hydrated import Hydrated
from argo_places import Places
from argo_world import ARGO, OUTSIDE, Failed, Left, forge_init, told
from goexpr import Call, Name, Struct, parse
from served import PATIENCE, Kept

MERGE, PATCH = "application/merge-patch+json", "application/json-patch+json"
IN_CLUSTER = "https://kubernetes.default.svc"
BROKEN = ("InvalidSpecError", "ComparisonError")
WORDS = {"guestbookPath": "guestbook", "fixture.GuestbookPath": "guestbook", "dir": "slow-manifest", "valuesFile": "values.yaml",
         "KubernetesInternalAPIServerAddr": IN_CLUSTER, "OperationSucceeded": "Succeeded", "OperationFailed": "Failed",
         "OperationError": "Error", "OperationRunning": "Running", "RefreshTypeNormal": "normal", "RefreshTypeHard": "hard",
         "EventReasonResourceDeleted": "ResourceDeleted", "CustomResourceDefinition": "CustomResourceDefinition", "kube.DeploymentKind": "Deployment", "helmVer": "v3",
         "TestFinalizer": "test.pave.invalid/finalizer",
         "HookDeletePolicyHookSucceeded": "HookSucceeded", "HookDeletePolicyBeforeHookCreation": "BeforeHookCreation",
         "HookDeletePolicyHookFailed": "HookFailed", "RepoURLTypeFile": "file", "RepoURLTypeHTTPS": "https", "RepoURLTypeSSH": "ssh",
         "RepoURLTypeHTTPSClientCert": "https-cert", "RepoURLTypeHelm": "helm", "RepoURLTypeHelmOCI": "helm-oci", "RepoURLTypeOCI": "oci", "OCIHostURL": "oci", "guestbookPathLocal": "guestbook_local",
         "HookTypePreSync": "PreSync", "HookTypePostSync": "PostSync", "HookTypeSync": "Sync", "HookTypeSyncFail": "SyncFail"}
TAILS = ("SyncStatusCode", "HealthStatus", "ApplicationCondition", "HookType", "SyncPhase", "ResultCode", "HydrateOperationPhase")


HOOK = """apiVersion: v1
kind: Pod
metadata:
  name: %s
  annotations: {argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: %s}
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: quay.io/argoprojlabs/argocd-e2e-container:0.1
    command: """


def merged(path, value):
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


class Scenario(Places, Hydrated, Expectations):
    def __init__(self, world, row, given, limit=PATIENCE):
        self.world, self.row, self.kept = world, row, Kept(world.client)
        whole = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", row["name"]).lower().replace("test-", "", 1)
        self.id = whole[:36].strip("-") + "-" + hashlib.sha256(whole.encode()).hexdigest()[:4]
        self.words = dict(WORDS, **given)
        self.name, self.namespace, self.app_namespace = self.id, "e2e-" + self.id, "argocd"
        self.repo = os.path.join(world.tmp, "git", self.id)
        self.set = {"path": "", "project": "default", "prune": True, "server": IN_CLUSTER}
        self.said, self.ignoring, self.limit = "", False, limit
        self.failed, self.made, self.done, self.spec, self.secrets, self.key = False, "", False, None, 0, None
        self.begin_repository()
        self.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})

    def begin_repository(self):
        """With the folders that the steps name, and no others: there are many scenarios."""
        text = json.dumps(self.row["steps"]) + json.dumps(self.words)
        for folder in os.listdir(self.world.template):
            if folder in ("guestbook", "config-map", "service") or re.search(r'"%s[/"\\]' % re.escape(folder), text):
                shutil.copytree(os.path.join(self.world.template, folder), os.path.join(self.repo, folder))
                self.tell(os.path.join(self.repo, folder))
        for folder, theirs, ours in (("https", "THIS", lambda: self.id), ("ssh", "ssh://root@localhost:2222/tmp/argo-e2e/testdata.git", self.ssh_url)):
            path = self.repo + "/%s-kustomize-base/local/kustomization.yaml" % folder
            if os.path.exists(path):
                with open(path, encoding="utf-8") as f:
                    text = f.read().replace(theirs, ours())
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
        forge_init(self.repo)

    @staticmethod
    def tell(folder):
        for place, _, files in os.walk(folder):
            for path in (os.path.join(place, f) for f in files if f.endswith((".yaml", ".yml"))):
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                if told(text) != text:
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(told(text))

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
        end = time.monotonic() + (limit or self.limit)
        while True:
            app = self.app()
            if test(app):
                return app
            if time.monotonic() > end:
                raise Failed("%s; %s" % (what, brief(app)))
            time.sleep(0.04)  # sleeps: until it is so

    def trouble(self, text):
        self.said, self.failed = text, True
        if not self.ignoring:
            raise Failed(text)

    # ---- words of the tests ----

    def value(self, v):
        if isinstance(v, Name) and v.last == "GpgGoodKeyID":
            return self.signer()
        if isinstance(v, Name) and v.last == "projectWithNoKeys":
            return self.integrity()
        if isinstance(v, Name) and v.last in ("sources", "oneShotSync", "message", "actionsConfig"):
            return ""
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
            if not self.done:
                self.made = ""
                self.on_Create()
            return self.id
        if c.name in ("WithDepth", "patchLabelMatchesFor"):
            return args[0] if args else ""
        if c.name == "newHook":
            return HOOK % tuple(args[:2]) + json.dumps(args[2].split()) + "\n"
        if c.name == "RepoURL":
            return self.url()
        if c.name == "appProjectWithSourceIntegrity":
            return self.integrity(*args)
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
        if "://" in path:
            self.made = "repository"
        else:
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
        if seconds <= 5:  # for what will not end
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

    # ---- Applications ----

    def source(self):
        s = {"repoURL": self.url()}
        if self.set.get("chart"):
            s["chart"] = self.set["chart"]
        else:
            s["path"] = self.set["path"]
        if self.set.get("revision"):
            s["targetRevision"] = self.set["revision"]
        if self.set.get("passCredentials"):
            s["helm"] = {"passCredentials": True}
        for key in ("namePrefix", "nameSuffix"):
            if self.set.get(key):
                s.setdefault("kustomize", {})[key] = self.set[key]
        return s

    def on_CreateApp(self, *flags):
        self.create(self.source(), flags)

    def create(self, source, flags, sources=None, more=None):
        metadata = {"name": self.name}
        spec = {"project": self.set["project"], "destination": {"server": self.set["server"], "namespace": self.namespace}}
        spec.update({"sources": sources} if sources else {"sourceHydrator": self.hydrator()} if "dry" in self.set else {"source": source}, **(more or {}))
        flags = [f for f in flags if not f.startswith("--helm-version") and f != "v3"]
        for flag in flags:
            self.flag(spec, metadata, flag, None)
        metadata["namespace"] = self.app_namespace
        unchecked = "?validate=false" if "--validate=false" in flags else ""
        status, doc = self.post("/api/v1/applications" + unchecked, {"metadata": metadata, "spec": spec})
        if status != 200:
            return self.trouble(doc.get("message", ""))
        self.said, self.failed = "", False
        if "--validate=false" not in flags and "dry" not in self.set:
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
        elif name == "--hydrate-to-branch":
            spec["sourceHydrator"]["hydrateTo"] = {"targetBranch": value} if value else None
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
        ignoring, self.ignoring = self.ignoring, True  # the command does not wait for a comparison
        if "dry" not in self.set:
            self.looked()
        self.ignoring = ignoring
        return None

    def on_PatchApp(self, patch):
        status, doc = self.send("PATCH", self.place() + "/" + self.name, json.loads(patch), PATCH)
        if status != 200:
            self.trouble(doc.get("message", ""))

    def on_Declarative(self, file):
        with open(os.path.join(self.repo, file), encoding="utf-8") as f:
            text = f.read()
        for key, value in {"Name": self.name, "ArgoCDNamespace": "argocd", "Project": self.set["project"], "RepoURL": self.set.get("url") or self.url(),
                           "Path": self.set["path"], "DeploymentNamespace": self.namespace}.items():
            text = text.replace("{{.%s}}" % key, value)
        status, doc = self.post(self.place(), yaml.safe_load(text))
        if status != 201:
            self.trouble(doc.get("message", ""))

    def on_DeclarativeWithCustomRepo(self, file, repo):
        self.set["url"] = repo.replace("github.com", "127.0.0.1:%d" % self.world.open)
        self.on_Declarative(file)

    def on_Refresh(self, kind):
        self.send("PATCH", self.place() + "/" + self.name, merged("metadata.annotations", {"argocd.argoproj.io/refresh": kind}), MERGE)
        self.until("never refreshed", lambda a: a is None or "deletionTimestamp" in a["metadata"] or "argocd.argoproj.io/refresh" not in a["metadata"].get("annotations", {}))

    def on_And(self, kind):
        """The one check that the data names: the kind's object has the label that was set."""
        path = {"Service": "/api/v1/namespaces/%s/services", "Deployment": "/apis/apps/v1/namespaces/%s/deployments"}[kind] % self.namespace
        _, found = self.send("GET", path + "?labelSelector=patched-by%3Dargo-cd")
        if not any(o["metadata"]["name"].startswith("k2-patched-") for o in found.get("items", [])):
            raise Failed("no %s has the label" % kind)

    def on_Get(self):
        app, self.failed = self.app(), False
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
        if "--local-repo-root" in flags:
            op["sync"]["manifests"] = self.local_manifests()
            flags = [f for f in flags if f not in ("--local-repo-root", ".", "--prune")]
        for flag in flags:
            name, _, value = flag.partition("=")
            if name == "--force":
                op["sync"]["syncStrategy"] = {"hook": {"force": True}}
            elif name == "--retry-limit":
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
            self.until("the sync does not begin", lambda a: ended(a) or results_of(a))
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
        status, doc = self.send("DELETE", "/api/v1/applications/%s?appNamespace=%s&cascade=%s" % (
            self.name, self.app_namespace, "true" if cascade else "false"))
        if status != 200:
            self.trouble(doc.get("message", ""))

    def on_DeleteBySelectorWithWait(self, selector):
        _, found = self.send("GET", self.place() + "?labelSelector=" + selector)
        for app in found.get("items", []):
            self.name = app["metadata"]["name"]
            self.on_Delete(True)
            self.until("it does not go", lambda a: a is None)
