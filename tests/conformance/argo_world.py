"""What the scenarios of a run share: a server, Git servers, a house of charts, and what containers would do."""
import itertools
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import threading

import yaml

from served import Kept

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "journeys"))
import charthouse  # noqa: E402
import forge  # noqa: E402

ARGO = "/apis/argoproj.io/v1alpha1/namespaces/%s/%s"
OUTSIDE = "argocd-e2e-external"


class Left(Exception):
    """What cannot be asked, and why."""


class Failed(Exception):
    pass


class World:
    def __init__(self, client, tmp, apps):
        self.client, self.tmp, self.apps = client, tmp, apps
        self.charts = charthouse.Server()
        self.template = tmp + "/template"
        self.gnupg, self.count = [], itertools.count()
        self.lock, self.sshd, self.user = threading.Lock(), None, pwd.getpwuid(os.getuid()).pw_name
        forge.authority(tmp + "/ca")
        forge.certificate(tmp + "/ca", tmp + "/forge", "IP:127.0.0.1", "-days", "2")
        os.mkdir(tmp + "/git")
        self.git = forge.serve_git(tmp + "/git", None, tmp + "/forge.crt", tmp + "/forge.key")
        self.open = forge.serve_git(tmp + "/git", "", tmp + "/forge.crt", tmp + "/forge.key")
        self.picky = forge.serve_git(tmp + "/git", None, tmp + "/forge.crt", tmp + "/forge.key", tmp + "/ca.crt")
        self.prepare()

    def forget_settings(self):
        """What one scenario set for all is not for the next."""
        Kept(self.client).send("DELETE", "/api/v1/namespaces/argocd/configmaps/argocd-cm")

    def number(self):
        return next(self.count)

    def close(self):
        for env in self.gnupg:
            subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False)
        if self.sshd:
            self.sshd[0].terminate()
            self.sshd[0].wait()

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
        kept = Kept(self.client)
        for ns in ("argocd", OUTSIDE, "forbidden"):
            kept.post("/api/v1/namespaces", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}}))
        with open(self.tmp + "/ca.crt", encoding="utf-8") as f:
            self.project_settings("argocd-tls-certs-cm", {"127.0.0.1": f.read()})
        self.project_settings("argocd-cmd-params-cm", {"application.namespaces": OUTSIDE})
        self.project(kept, "default", {"sourceNamespaces": [OUTSIDE]})

    def where(self, text):
        """Their servers' addresses are ours."""
        for old, new in (("oci://localhost:5000/myrepo", self.charts.url.replace("http:", "oci:") + "/open"),
                         ("oci://localhost:5001/myrepo", self.charts.url.replace("http:", "oci:") + "/closed"),
                         ("https://localhost:9444/argo-e2e/testdata.git/helm-repo/local2", self.charts.url + "/private"),
                         ("https://localhost:9444/argo-e2e/testdata.git/helm-repo/local", self.charts.url + "/private"),
                         ("https://localhost:9443/argo-e2e/testdata.git/helm-repo/local2", self.charts.url + "/private"),
                         ("https://localhost:9443/argo-e2e/testdata.git/helm-repo/local", self.charts.url + "/private"),
                         ("https://localhost:9443/argo-e2e/testdata.git", "https://127.0.0.1:%d/THIS" % self.git)):
            text = text.replace(old, new)
        return text

    def packed(self, folder, name, version):
        self.charts.put(name, version, data=charthouse.pack(self.files(folder, name + "/")))

    def pushed(self, folder, tag):
        """An image of the folder's files, in a registry of its own name."""
        links = [("link", "../../outside")] if folder == "symlink-out-of-bounds" else []
        self.charts.put_image(folder, tag, self.files(folder, ""), links)

    def files(self, folder, base):
        files = {}
        for place, _, names in os.walk(os.path.join(self.template, folder)):
            for file in names:
                path = os.path.join(place, file)
                with open(path, encoding="utf-8") as f:
                    files[base + os.path.relpath(path, os.path.join(self.template, folder))] = told(f.read())
        return files

    def ssh(self):
        with self.lock:
            if not self.sshd:
                folder = self.tmp + "/ssh"
                os.makedirs(folder)
                good = forge.key(folder + "/good")
                with open(folder + "/authorized", "w", encoding="utf-8") as f:
                    f.write(forge.public(folder + "/good") + "\n")
                process, port = forge.sshd(folder)
                self.sshd = (process, port, good)
                self.project_settings("argocd-ssh-known-hosts-cm", {
                    "ssh_known_hosts": "[127.0.0.1]:%d %s\n" % (port, forge.public(folder + "/host"))})
        return self.sshd

    def project_settings(self, name, data):
        Kept(self.client).send("PATCH", "/api/v1/namespaces/argocd/configmaps/%s?fieldManager=suite&force=true" % name, json.dumps(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}), "application/apply-patch+yaml")

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


def told(text):
    """A file of manifests that tells the simulated node what its commands do; what is none is as it was."""
    if "command" not in text and "containers" not in text or "{{" in text:
        return text
    docs = list(yaml.safe_load_all(text))
    if not all(isinstance(d, dict) for d in docs):
        return text
    return yaml.safe_dump_all([simulated(d) for d in docs])


def simulated(doc):
    """No container runs: what its command would do is told to the simulated node."""
    pods = [doc] if doc.get("kind") == "Pod" else [doc.get("spec", {}).get("template") or {}]
    for pod in pods:
        notes = (pod.get("metadata") or {}).get("annotations") or {}
        for told_before in ("pave.dev/simulate", "pave.dev/run-for"):
            notes.pop(told_before, None)
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
