#!/usr/bin/env python3
"""signed-commits.t: projects that want commits signed with GnuPG: what is signed by whom is synced, what is not is compared and
told; keys are kept by Argo CD's API; of a history all commits count, or those since one that seals what is before it."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, condition, create, create_app, git, journey, make_repository, ok, until  # noqa: E402
from client import look  # noqa: E402

PROJECT = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/default"
MERGE = "application/merge-patch+json"
UNSIGNED = "by 't <t@pave.invalid>': unsigned (key_id=)"


class Keys:
    """Two people's, in a home of their own."""

    def __init__(self, folder):
        os.mkdir(folder, 0o700)
        self.env = dict(os.environ, GNUPGHOME=folder)
        self.alice, self.bob = (self.made(name) for name in ("alice", "bob"))

    def gpg(self, *args):
        return subprocess.run(["gpg", "--batch", "--quiet", *args], env=self.env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True).stdout

    def made(self, name):
        self.gpg("--passphrase", "", "--quick-gen-key", "%s <%s@pave.invalid>" % (name, name), "ed25519", "sign", "never")
        return next(r.split(":")[4] for r in self.gpg("--list-keys", "--with-colons", name).splitlines() if r.startswith("pub:"))

    def signed(self, repo, key, *args):
        subprocess.run(["git", "-C", repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", "-c", "user.signingkey=" + key, *args],
                       env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        subprocess.run(["gpgconf", "--kill", "all"], env=self.env, check=True)


def head(repo):
    return subprocess.run(["git", "-C", repo, "rev-parse", "HEAD"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def change(repo, value):
    with open(repo + "/deploy/settings.yaml", "w", encoding="utf-8") as f:
        json.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"value": value}}, f)
    git(repo, "add", ".")


def demand(client, spec):
    client.request("PATCH", PROJECT, json.dumps({"spec": spec}), MERGE)


def policy(mode, *keys, url="*"):
    return {"sourceIntegrity": {"git": {"policies": [{"repos": [{"url": url}], "gpg": {"mode": mode, "keys": list(keys)}}]}}}


def says(client, what, text):
    until(client, APPS + "/shop", what, lambda a: text in condition(a))


def has(client, what, value):
    until(client, "/api/v1/namespaces/default/configmaps/settings", what, lambda c: look(c, ".data.value") == value)


def newest(client, repo, keys):
    demand(client, {"signatureKeys": [{"keyID": keys.alice}]})
    create_app(client, "file://" + repo)
    says(client, "an unsigned commit is told", "GIT/GPG: Failed verifying revision %s %s" % (head(repo), UNSIGNED))
    until(client, APPS + "/shop", "and it is compared all the same",
          lambda a: look(a, ".status.sync.status") == "OutOfSync" and look(a, ".status.health.status") == "Missing")
    client.request("PATCH", APPS + "/shop", json.dumps({"operation": {"sync": {}}}), MERGE)
    until(client, APPS + "/shop", "a person's sync ends in an error that says why",
          lambda a: look(a, ".status.operationState.phase") == "Error" and UNSIGNED in look(a, ".status.operationState.message"))
    change(repo, "signed")
    keys.signed(repo, keys.alice, "commit", "-q", "-S", "-m", "signed")
    says(client, "one that is signed by nobody whose key is known, too", "signed with key not in keyring (key_id=%s)" % keys.alice)


def api(client, method, path, body=None):
    status, _, text = client.request(method, "/api/v1/gpgkeys" + path, json.dumps(body) if body else None)
    return status, json.loads(text)


def keyring(client, keys):
    text = keys.gpg("--armor", "--export", keys.alice)
    status, made = api(client, "POST", "", {"keyData": text})
    one = made["created"]["items"][0]
    ok(status == 200 and (one["keyID"], one["owner"], one["subType"]) == (keys.alice, "alice <alice@pave.invalid>", "ed25519"),
       "a key is added by Argo CD's API", (status, made))
    has(client, "what it signed is there", "signed")
    until(client, APPS + "/shop", "and nothing is wrong with it", lambda a: look(a, ".status.sync.status") == "Synced" and not condition(a))
    ok(api(client, "POST", "", {"keyData": text})[1]["skipped"] == [keys.alice], "a key that is there is left as it is")
    ok(api(client, "POST", "", {"keyData": "hello"})[0] == 400, "what is no key is refused")
    ok(api(client, "GET", "/" + keys.alice)[1]["keyData"] == text, "it is told with its text")
    ok([k["keyID"] for k in api(client, "GET", "")[1]["items"]] == [keys.alice], "and is listed")
    ok(api(client, "GET", "/0123456789ABCDEF")[0] == 404, "one that is not there is not")
    api(client, "POST", "", {"keyData": keys.gpg("--armor", "--export", keys.bob)})


def forged(client, repo, keys):
    """A commit whose signature is that of another."""
    raw = subprocess.run(["git", "-C", repo, "cat-file", "commit", "HEAD"], check=True, stdout=subprocess.PIPE).stdout
    made = subprocess.run(["git", "-C", repo, "hash-object", "-t", "commit", "-w", "--stdin"], check=True, stdout=subprocess.PIPE,
                          input=raw.replace(b"\n\nsigned", b"\n\nforged")).stdout.decode().strip()
    git(repo, "reset", "--hard", made)
    says(client, "a signature of something else is bad", "Failed verifying revision %s by 't <t@pave.invalid>': bad signature (key_id=%s)" % (
        made, keys.alice))
    change(repo, "bob")
    keys.signed(repo, keys.bob, "commit", "-q", "-S", "-m", "by bob")
    says(client, "one by a key that the project does not permit is told", "signed with unallowed key (key_id=%s)" % keys.bob)
    demand(client, policy("head", keys.bob.lower()))
    has(client, "with sourceIntegrity, signatureKeys count no more", "bob")


def tags(client, repo, keys):
    git(repo, "tag", "v1.0.0")
    change(repo, "tagged")
    git(repo, "commit", "-qm", "unsigned")
    keys.signed(repo, keys.bob, "tag", "-sm", "signed", "v1.1.0")
    client.request("PATCH", APPS + "/shop", json.dumps({"spec": {"source": {"targetRevision": "1.*"}}}), MERGE)
    has(client, "a signed tag speaks for its commit, and a range of versions means the highest tag", "tagged")
    git(repo, "tag", "-am", "annotated", "v1.2.0")
    says(client, "an annotated tag that is not signed is told by its name", "Failed verifying revision v1.2.0 " + UNSIGNED)
    client.request("PATCH", APPS + "/shop", json.dumps({"spec": {"source": {"targetRevision": "v1.0.0"}}}), MERGE)
    has(client, "of a tag that is none but a name, the commit's signature counts", "bob")
    client.request("PATCH", APPS + "/shop", json.dumps({"spec": {"source": {"targetRevision": "main"}}}), MERGE)


def history(client, repo, keys):
    change(repo, "strict")
    keys.signed(repo, keys.alice, "commit", "-q", "-S", "-m", "by alice")
    demand(client, policy("strict", keys.alice))
    says(client, "with mode strict, what is before it counts, too", "Failed verifying revision %s %s" % (first_parent(repo), UNSIGNED))
    git(repo, "commit", "--allow-empty", "-qm", "nobody seals this\n\nArgocd-gpg-seal: not signed")
    says(client, "one that is not signed seals nothing", "Failed verifying revision %s %s" % (head(repo), UNSIGNED))
    keys.signed(repo, keys.alice, "commit", "--allow-empty", "-q", "-S", "-m", "seen\n\nArgocd-gpg-seal: I have read it")
    has(client, "one that is signed does", "strict")
    change(repo, "after")
    keys.signed(repo, keys.alice, "commit", "-q", "-S", "-m", "after the seal")
    has(client, "and what comes after it is held to the same", "after")
    demand(client, policy("strict", keys.alice, url="https://*"))
    change(repo, "elsewhere")
    git(repo, "commit", "-qm", "unsigned")
    has(client, "a policy is about the repositories that it names", "elsewhere")
    demand(client, policy("loose", keys.alice))
    says(client, "a mode that there is none of is told", 'unknown GPG mode "loose"')
    demand(client, {"sourceIntegrity": {"git": {"policies": policy("head")["sourceIntegrity"]["git"]["policies"] * 2}}})
    says(client, "and so are two policies for one repository", "multiple (2) git source integrity policies found for repo URL: file://" + repo)


def first_parent(repo):
    return subprocess.run(["git", "-C", repo, "rev-parse", "HEAD^"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def story(client, tmp):
    repo, keys = tmp + "/shop", Keys(tmp + "/keys")
    try:
        make_repository(repo)
        create(client, PROJECT.rpartition("/")[0], {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"},
            "spec": {"sourceRepos": ["file://*"], "destinations": [{"server": "*", "namespace": "*"}], "sourceNamespaces": ["*"]}})
        newest(client, repo, keys)
        keyring(client, keys)
        forged(client, repo, keys)
        tags(client, repo, keys)
        history(client, repo, keys)
        ok(api(client, "DELETE", "?keyID=" + keys.alice)[0] == 200, "a key is removed")
        ok([k["keyID"] for k in api(client, "GET", "")[1]["items"]] == [keys.bob], "and the other one stays")
    finally:
        keys.end()


journey(story)
