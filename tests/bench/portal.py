#!/usr/bin/env python3
"""The portal's page of 10,000 applications: from the address to the first row, in a browser without a cache that shows
all of them and counts their facets.  Beside it, what is told of them.  PAVE names the program."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from client import Client  # noqa: E402

PAVE = os.environ.get("PAVE") or os.path.join(ROOT, "build/release/pave")
N = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
APPS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
FIGURE = "first page of 10,000 applications in the portal"
BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
KINDS = [("apps", "Deployment"), ("", "Service"), ("", "ConfigMap"), ("", "Secret"), ("", "ServiceAccount"),
         ("networking.k8s.io", "Ingress"), ("autoscaling", "HorizontalPodAutoscaler"), ("policy", "PodDisruptionBudget"),
         ("rbac.authorization.k8s.io", "Role"), ("rbac.authorization.k8s.io", "RoleBinding")]
TEAMS = ["orders", "tracking", "billing", "booking", "search", "mail", "edge", "data"]


def status(name, ns, source, revision, health, sync):
    """As a controller leaves it: ten objects, ten deployments."""
    objects = [{"group": g, "version": "v1", "kind": k, "namespace": ns, "name": name} for g, k in KINDS]
    return {"sync": {"status": sync, "revision": revision, "comparedTo": {"source": source, "destination": {"namespace": ns}}},
            "health": {"status": health, "lastTransitionTime": "2026-11-26T10:00:00Z"}, "reconciledAt": "2026-11-27T06:00:00Z",
            "sourceType": "Kustomize", "summary": {"images": ["registry.example.com/%s:v1.0.0" % name]},
            "resources": [{**o, "status": "Synced", "health": {"status": "Healthy"}} for o in objects],
            "history": [{"id": i, "revision": revision, "deployedAt": "2026-11-%02dT10:00:00Z" % (i + 10), "source": source,
                         "deployStartedAt": "2026-11-%02dT09:59:50Z" % (i + 10), "initiatedBy": {"automated": True}} for i in range(10)],
            "operationState": {"phase": "Succeeded", "message": "successfully synced (all tasks run)", "startedAt": "2026-11-26T09:59:50Z",
                               "finishedAt": "2026-11-26T10:00:00Z", "operation": {"sync": {"revision": revision, "prune": True}},
                               "syncResult": {"revision": revision, "source": source, "resources": [
                                   {**o, "status": "Synced", "hookPhase": "Running", "syncPhase": "Sync",
                                    "message": "%s/%s serverside-applied" % (o["kind"].lower(), name)} for o in objects]}}}


def application(i):
    team, health = TEAMS[i % 8], (["Healthy"] * 17 + ["Progressing", "Degraded", "Suspended"])[i % 20]
    name, ns, revision = "%s-service-%05d" % (team, i), "%s-%d" % (team, i % 100), "%040x" % (i // 100)
    source = {"repoURL": "https://git.example.com/%s/deploy.git" % team, "path": "services/%s/overlays/production" % name, "targetRevision": "main"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd", "annotations": {"argocd.argoproj.io/skip-reconcile": "true"}},
            "spec": {"project": "default", "source": source, "destination": {"server": "https://kubernetes.default.svc", "namespace": ns},
                     "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]}},
            "status": status(name, ns, source, revision, health, "OutOfSync" if i % 11 == 0 else "Synced")}


def fill(client):
    client.request("POST", "/api/v1/namespaces", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}))
    wrong = []

    def some(first):
        conn = http.client.HTTPSConnection(client.host, client.port, context=client.tls)
        for i in range(first, N, 4):
            conn.request("POST", APPS, json.dumps(application(i)), {"Content-Type": "application/json"})
            answer = conn.getresponse()
            text = answer.read()
            if answer.status != 201:
                wrong.append(text)
                return

    threads = [threading.Thread(target=some, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(wrong[0])


def run(tmp):
    server = subprocess.Popen([PAVE, "serve", "--data", tmp + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", tmp + "/kubeconfig"],
                              stdout=subprocess.DEVNULL, stderr=open(tmp + "/log", "w", encoding="utf-8"))
    try:
        while not os.path.exists(tmp + "/kubeconfig") or " ready" not in open(tmp + "/log", encoding="utf-8").read().replace('"', " "):
            time.sleep(0.05)
        fill(Client(tmp + "/kubeconfig", tmp))
        link = subprocess.run([PAVE, "signin"], env={**os.environ, "KUBECONFIG": tmp + "/kubeconfig"}, check=True,
                              stdout=subprocess.PIPE, text=True).stdout.strip()
        told = subprocess.run(["node", os.path.join(ROOT, "tests/bench/portal.mjs"), link, str(N)], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        found = json.loads(told)
        print("%(rows).0f ms to the first row (%(runs)s), %(stream).1f MB told, %(js).0f kB of JavaScript, layout shift %(shift).3f" % found)
        if N == 10000:
            print("figure\t%s\t%.2f" % (FIGURE, found["rows"] / 1000))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


if not os.path.exists(BROWSER) or not shutil.which("node"):
    print("nofigure\t%s\tno browser here" % FIGURE)
    sys.exit(0)
tmp = tempfile.mkdtemp(prefix="pave-bench-")
try:
    run(tmp)
finally:
    shutil.rmtree(tmp)
