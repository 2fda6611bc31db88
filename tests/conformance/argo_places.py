"""The steps of Argo CD's tests that are about where things come from and what governs them: projects, credentials,
settings, repositories, signatures, charts."""
import copy
import json
import os
import subprocess

import yaml

from argo_world import OUTSIDE, Left, forge, simulated, told
from goexpr import Struct, to_object


class Places:
    def on_Destination(self, text):
        """Of a project that is yet to be made."""
        server, ns = text.split(",")
        self.spec = {"destinations": [{"server": server, "namespace": ns}], "sourceRepos": []}
        if server.startswith("!"):
            self.spec["destinations"].append({"server": "*", "namespace": ns})
        self.made = "project"

    def on_SourceNamespaces(self, namespaces):
        self.spec["sourceNamespaces"] = namespaces

    def on_AddSource(self, source):
        self.spec["sourceRepos"] = ["*", "file://*"] if source == "*" else [source]
        self.world.project(self.kept, self.id, self.spec)

    def on_Create(self, *objects):
        if objects:
            raise Left("an ApplicationSet")
        if self.made == "repository":  # for the project alone: a Secret with its name
            self.secret({"url": self.url(), "project": self.id, "type": "git"}, "repository")
        elif not self.done:
            spec = self.spec or {}
            if "!" in json.dumps(spec.get("destinations", "")):
                spec["sourceRepos"] = ["*", "file://*"]
                spec["destinations"] = json.loads(json.dumps(spec["destinations"]).replace("*test-", "*"))
            self.world.project(self.kept, self.id, {"sourceNamespaces": [OUTSIDE], **spec})
            self.done = True

    def secret(self, data, kind):
        self.secrets += 1
        self.post("/api/v1/namespaces/argocd/secrets", {"apiVersion": "v1", "kind": "Secret", "stringData": data, "metadata": {
            "name": "%s-%d" % (self.id, self.secrets), "labels": {"argocd.argoproj.io/secret-type": kind}}})

    def on_Project(self, name):
        if name == "gpg":
            name = self.id
            self.world.project(self.kept, name, {"sourceNamespaces": [OUTSIDE], "signatureKeys": [{"keyID": self.signer()}]})
        self.set["project"] = name

    def on_ProjectSpec(self, spec):
        self.set["project"] = self.id
        spec = to_object(spec) if isinstance(spec, Struct) else spec
        if "*" in spec.get("sourceRepos", []):
            spec["sourceRepos"].append("file://*")  # here "*" is those of other machines
        self.world.project(self.kept, self.id, {"sourceNamespaces": [OUTSIDE], **spec})

    def on_ResourceOverrides(self, overrides):
        pass  # actions that nobody takes

    def on_ResourceFilter(self, spec):
        spec = to_object(spec)
        self.setting("resource.exclusions", yaml.safe_dump([{"kinds": [self.value(k) for k in e["kinds"]], "apiGroups": ["*"], "clusters": ["*"]}
                                                            for e in spec["resourceExclusions"]]))

    def on_SetParamInSettingConfigMap(self, key, value):
        self.setting(key, value)

    def setting(self, key, value):
        self.config("argocd-cm", {key: value})

    def config(self, name, data):
        self.kept.send("PATCH", "/api/v1/namespaces/argocd/configmaps/%s?fieldManager=%s&force=true" % (name, self.id), json.dumps(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}), "application/apply-patch+yaml")

    # ---- signatures ----

    def signer(self):
        """The id of a key of this scenario's own."""
        if not self.key:
            home = os.path.join(self.world.tmp, "g%d" % self.world.number())
            os.mkdir(home, 0o700)
            self.gnupg = dict(os.environ, GNUPGHOME=home)
            self.world.gnupg.append(self.gnupg)
            self.gpg("--passphrase", "", "--quick-gen-key", "argo@example.invalid", "ed25519", "sign", "never")
            rows = self.gpg("--list-keys", "--with-colons").splitlines()
            self.key = next(r.split(":")[4] for r in rows if r.startswith("pub:"))
        return self.key

    def gpg(self, *args):
        return subprocess.run(["gpg", "--batch", "--no-tty", "--quiet", *args], env=self.gnupg, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True).stdout

    def on_GPGPublicKeyAdded(self):
        self.config("argocd-gpg-keys-cm", {self.signer(): self.gpg("--armor", "--export", self.signer())})

    def on_GPGPublicKeyRemoved(self):
        self.config("argocd-gpg-keys-cm", {})

    def signed(self, *args):
        subprocess.run(["git", "-C", self.repo, "-c", "user.name=t", "-c", "user.email=argo@example.invalid", "-c", "user.signingkey=" + self.signer(),
                        *args], env=self.gnupg, check=True)

    def on_AddSignedFile(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as f:
            f.write(text)
        self.signer()
        subprocess.run(["git", "-C", self.repo, "add", "-A"], check=True)
        self.signed("commit", "-qS", "--allow-empty", "-m", "Add " + name)

    def on_AddSignedTag(self, name):
        self.signer()
        self.signed("tag", "-s", "-m", "signed", name)

    def on_AddAnnotatedTag(self, name, message):
        subprocess.run(["git", "-C", self.repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", "tag", "-a", "-m", message, name], check=True)

    def integrity(self, *keys):
        return {"sourceIntegrity": {"git": {"policies": [{"repos": [{"url": "*"}], "gpg": {"mode": "head", "keys": list(keys) or ["D56C4FCA57A46444"]}}]}}}

    def on_Sources(self, sources):
        names = [n for n in ("uno", "valid", "also-valid") if n in str(self.row["steps"])]
        names = names if len(names) == 2 else (names + [None])[:2]
        self.several = [{"repoURL": self.url(), "path": path, "name": name} if name else {"repoURL": self.url(), "path": path}
                        for path, name in zip(("config-map", "service"), names)]

    def on_CreateMultiSourceAppFromFile(self, more):
        self.create(None, (), self.several)

    # ---- a repository ----

    def url(self):
        kind = self.set.get("repo", "file")
        if kind == "https":
            return "https://127.0.0.1:%d/%s" % (self.world.git, self.id)
        if kind == "https-cert":
            return "https://127.0.0.1:%d/%s" % (self.world.picky, self.id)
        if kind == "helm":
            return self.world.charts.url + "/charts"
        if kind == "helm-oci":
            return self.world.charts.url.replace("http://", "") + "/open"
        if kind == "oci":
            return self.world.charts.url.replace("http://", "oci://") + "/open/" + self.set["image"]
        if kind == "ssh":
            return self.ssh_url()
        return "file://" + self.repo

    def ssh_url(self):
        return "ssh://%s@127.0.0.1:%d%s" % (self.world.user, self.world.ssh()[1], self.repo)

    def on_HTTPSInsecureRepoURLAdded(self, *how):
        self.set["repo"] = "https"
        self.secret({"url": self.url(), "username": "robot", "password": forge.WORD, "insecure": "true"}, "repository")

    def on_CustomCACertAdded(self):
        pass  # all have it

    def on_HTTPSCredentialsUserPassAdded(self):
        self.secret({"url": "https://127.0.0.1:%d/%s" % (self.world.git, self.id), "username": "robot", "password": forge.WORD}, "repo-creds")

    def on_HTTPSRepoURLAdded(self, with_credentials):
        self.set["repo"] = "https"
        self.secret({"url": self.url()}, "repository")

    def on_CustomSSHKnownHostsAdded(self):
        self.set["known"] = True

    def on_SSHRepoURLAdded(self, with_credentials):
        self.set["repo"] = "ssh"
        self.secret({"url": self.url(), "sshPrivateKey": self.world.ssh()[2]}, "repository")

    def on_SSHInsecureRepoURLAdded(self, with_credentials):
        self.set["repo"] = "ssh"
        self.secret({"url": self.url(), "sshPrivateKey": self.world.ssh()[2], "insecure": "true"}, "repository")

    # ---- charts ----

    def on_HelmRepoAdded(self, name):
        self.world.packed("helm", "helm", "1.0.0")
        self.world.packed("helm", "helm", "v1.0.0")
        self.secret({"url": self.world.charts.url + "/charts", "type": "helm", "name": name}, "repository")

    def on_PushChartToOCIRegistry(self, folder, name, version):
        self.world.packed(folder.rpartition("/")[2], name, version)

    def on_PushImageToOCIRegistry(self, folder, tag):
        self.world.pushed(folder.rpartition("/")[2], tag)

    def on_OCIRegistry(self, host):
        pass  # there is one

    def on_OCIRegistryPath(self, path):
        self.set["image"] = path

    def registry(self, place, **more):
        self.secret({"url": self.world.charts.url.replace("http://", "oci://") + place, "type": "oci", "insecureOCIForceHttp": "true", **more}, "repository")

    def on_OCIRepoAdded(self, name, path):
        self.registry("/open" if path == "myrepo" else "/open/" + path)

    def on_AuthenticatedOCIRepoAdded(self, name, path):
        self.registry("/closed/" + path.rpartition("/")[2], username="robot", password=forge.WORD)
        self.registry("/closed", username="robot", password=forge.WORD)

    def on_PushChartToAuthenticatedOCIRegistry(self, folder, name, version):
        self.on_PushChartToOCIRegistry(folder, name, version)

    def on_HTTPSInsecureRepoURLWithClientCertAdded(self):
        pass  # of a repository that nobody reads here

    def on_LocalPath(self, path):
        self.set["local"] = path

    def local_manifests(self):
        """What the command renders here and brings with the sync."""
        built = subprocess.run([os.environ["PAVE"], "kustomize", "build", os.path.join(self.world.template, self.set["local"])], check=True,
                               stdout=subprocess.PIPE, text=True).stdout
        return [json.dumps(d) for d in yaml.safe_load_all(told(built))]

    def on_HelmOCIRepoAdded(self, name):
        self.secret({"url": self.world.charts.url.replace("http://", "") + "/open", "type": "helm", "enableOCI": "true",
                     "insecureOCIForceHttp": "true", "name": name}, "repository")

    def on_HelmoOCICredentialsWithoutUserPassAdded(self):
        self.secret({"url": self.world.charts.url.replace("http://", "") + "/open", "type": "helm", "enableOCI": "true",
                     "insecureOCIForceHttp": "true"}, "repo-creds")

    def on_HelmPassCredentials(self):
        self.set["passCredentials"] = True

    def on_HelmHTTPSCredentialsUserPassAdded(self):
        self.world.packed("helm", "helm", "v1.0.0")
        self.secret({"url": self.world.charts.url + "/private", "username": "robot", "password": forge.WORD, "type": "helm"}, "repo-creds")

    def file(self, name):
        return os.path.join(self.repo, self.set["path"], name)

    def commit(self, what, *flags):
        subprocess.run(["git", "-C", self.repo, "add", "-A"], check=True)
        subprocess.run(["git", "-C", self.repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", "commit", "--allow-empty", "-qm", what, *flags],
                       check=True)

    def on_AddFile(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as f:
            f.write(told(text) if name.endswith((".yaml", ".yml")) else text)
        self.commit("Add " + name)

    def on_DeleteFile(self, name):
        os.unlink(self.file(name))
        self.commit("Delete " + name)

    def on_AddTag(self, name):
        subprocess.run(["git", "-C", self.repo, "tag", name], check=True)

    def on_PatchFile(self, name, patch):
        patch = patch.replace('"value": 400', '"value": 2')  # it shall take long: what comes of it is the same
        with open(self.file(name), encoding="utf-8") as f:
            docs = [d for d in yaml.safe_load_all(f) if d is not None]
        docs[0] = patched(docs[0], json.loads(patch))
        with open(self.file(name), "w", encoding="utf-8") as f:
            yaml.safe_dump_all([simulated(d) for d in docs], f)
        self.commit("Patch " + name)


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
