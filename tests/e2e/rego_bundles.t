#!/usr/bin/env python3
"""Bundles that `pave rego run` brings by itself, and the decisions and states that it tells.  Speaks TAP."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, Service, check, done, until  # noqa: E402

MANIFEST = {"revision": "r1", "roots": ["authz", "roles"]}
POLICY = "package authz\n\ndefault allow := false\n\nallow if data.roles[input.user] == \"admin\"\n"
FAST = {"min_delay_seconds": 0, "max_delay_seconds": 0}

folder, service = Folder(), Service()
subprocess.run(["openssl", "genrsa", "-out", "key.pem", "2048"], cwd=folder.path, capture_output=True, check=True)
subprocess.run(["openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem"], cwd=folder.path, capture_output=True, check=True)


def make(name, roles, revision="r1", *flags, roots=None):
    manifest = {**MANIFEST, "revision": revision, **({"roots": roots} if roots else {})}
    return folder.bundle(name, {"authz.rego": POLICY, "roles/data.json": roles, ".manifest": manifest}, *flags)


def configure(**more):
    return folder.write("config.yaml", {
        "services": {"s": {"url": service.url + "/v1/", "credentials": {"bearer": {"token": "${TOKEN}"}}}},
        "bundles": {"main": {"service": "s", "resource": "main.tar.gz", "persist": True, "polling": FAST}},
        "status": {"service": "s"}, "persistence_directory": os.path.join(folder.path, "kept"), **more})


def state(opa, bundle="main"):
    return opa.get("/v1/status")[1]["result"].get("bundles", {}).get(bundle, {})


# ---- brought, renewed, told ----
service.serve("/v1/main.tar.gz", make("one", {"ann": "admin"}), '"1"')
opa = Opa(folder, "-c", configure(), env={"TOKEN": "t0p-s3cret"})
check("a bundle comes into force", until(lambda: opa.data("authz/allow", {"user": "ann"})), True)
check("then the server is ready", until(lambda: opa.get("/health?bundles") == (200, {})), True)
check("with the credentials of the service", service.told("/v1/main.tar.gz")[0][0].get("Authorization"), "Bearer t0p-s3cret")
check("its revision is told", state(opa)["active_revision"], "r1")
check("policies may read its manifest", opa.data("system/bundles/main/manifest/revision"), "r1")
check("what it owns is not written by the API", opa.ask("PUT", "/v1/data/roles/eve", '"admin"')[1]["message"],
      'path roles/eve is owned by bundle "main"')
check("who has it already is not sent it again",
      until(lambda: any(h.get("If-None-Match") == '"1"' for h, _ in service.told("/v1/main.tar.gz"))), True)
service.serve("/v1/main.tar.gz", make("two", {"bob": "admin"}, "r2"), '"2"')
check("a newer one takes its place", until(lambda: opa.data("authz/allow", {"user": "bob"}) and state(opa)["active_revision"] == "r2"), True)
check("whole", opa.data("authz/allow", {"user": "ann"}), False)
service.serve("/v1/main.tar.gz", b"no archive", '"3"')
check("a broken one is told", until(lambda: state(opa).get("code")), "bundle_error")
check("and changes nothing", (state(opa)["active_revision"], opa.data("authz/allow", {"user": "bob"})), ("r2", True))
check("the status is sent", until(lambda: [b for _, b in service.told("/v1/status")
                                           if json.loads(b).get("bundles", {}).get("main", {}).get("code") == "bundle_error"]), bool)
check("the token stands nowhere", "s3cret" in json.dumps(opa.get("/v1/config")[1]) + json.dumps(opa.get("/v1/status")[1]) +
      folder.read("err") + str([b for _, b in service.told("/v1/status")]), False)
check("the server stops", opa.stop(), 0)
service.stop()

# ---- without the network ----
opa = Opa(folder, "-c", configure())
check("the kept one is in force at once", opa.data("authz/allow", {"user": "bob"}), True)
check("so the server is ready", opa.get("/health?bundles"), (200, {}))
check("and says that it does not reach the service", until(lambda: state(opa).get("code")), "bundle_error")
check("it stops", opa.stop(), 0)
shutil.rmtree(os.path.join(folder.path, "kept"))
opa = Opa(folder, "-c", configure())
check("with none kept it is not ready", opa.get("/health?bundles"), (500, {"error": "one or more bundles are not activated"}))
check("nor are its plugins", opa.get("/health?plugins"), (500, {"error": "one or more plugins are not up"}))
check("but for the one that is left out", opa.get("/health?plugins&exclude-plugin=discovery&exclude-plugin=bundle"), (200, {}))
check("it stops, too", opa.stop(), 0)

# ---- signed ----
service = Service()
signed = make("signed", {"ann": "admin"}, "r1", "--signing-key", "key.pem")
service.serve("/v1/main.tar.gz", make("unsigned", {"eve": "admin"}))
keys = {"keys": {"k": {"key": os.path.join(folder.path, "public.pem"), "algorithm": "RS256"}}}
bundle = {"service": "s", "resource": "main.tar.gz", "polling": FAST, "signing": {"keyid": "k"}}
opa = Opa(folder, "-c", configure(bundles={"main": bundle}, **keys))
check("an unsigned bundle is refused", until(lambda: state(opa).get("message")), "bundle missing .signatures.json file")
service.serve("/v1/main.tar.gz", signed)
check("a signed one is not", until(lambda: opa.data("authz/allow", {"user": "ann"})), True)
check("it stops again", opa.stop(), 0)

# ---- delta, by long polling ----
news, first = threading.Event(), make("whole", {"ann": "admin"})
folder.write("delta/patch.json", {"data": [{"op": "upsert", "path": "/roles/carl", "value": "admin"}, {"op": "remove", "path": "/roles/ann"}]})
folder.write("delta/.manifest", {"revision": "r2", "roots": ["authz", "roles"]})
subprocess.run(["tar", "czf", "../delta.tar.gz", "patch.json", ".manifest"], cwd=os.path.join(folder.path, "delta"), check=True)
with open(os.path.join(folder.path, "delta.tar.gz"), "rb") as f:
    delta = f.read()


def poll(request):
    head = {"Content-Type": "application/vnd.openpolicyagent.bundles"}
    if request.headers.get("If-None-Match") == '"d"':
        news.wait(1)  # limit: a poll a second
        return 304, {"ETag": '"d"', **head}, b""
    if request.headers.get("If-None-Match") == '"w"':
        news.wait(600)
        return 200, {"ETag": '"d"', **head}, delta
    return 200, {"ETag": '"w"', **head}, first


service.answers["/v1/main.tar.gz"] = poll
opa = Opa(folder, "-c", configure(bundles={"main": {"service": "s", "resource": "main.tar.gz", "polling": {"long_polling_timeout_seconds": 30}}}))
check("the whole bundle first", until(lambda: opa.data("authz/allow", {"user": "ann"})), True)
check("the server waits for news", until(lambda: [h for h, _ in service.told("/v1/main.tar.gz") if h.get("If-None-Match") == '"w"'])[0]["Prefer"],
      "modes=snapshot,delta;wait=30")
news.set()
check("the patch comes into force", until(lambda: opa.data("authz/allow", {"user": "carl"})), True)
check("all of it", (opa.data("authz/allow", {"user": "ann"}), until(lambda: state(opa).get("type") == "delta"),
                    state(opa)["active_revision"]), (False, True, "r2"))
check("a long poll does not keep it from stopping", opa.stop(), 0)

# ---- two that want the same ----
service.serve("/v1/a.tar.gz", make("a", {"ann": "admin"}))
service.serve("/v1/b.tar.gz", folder.bundle("b", {"data.json": {"roles": {"x": "y"}}, ".manifest": {"roots": ["roles"]}}))
both = {n: {"service": "s", "resource": n + ".tar.gz", "polling": FAST} for n in ("a", "b")}
opa = Opa(folder, "-c", configure(bundles=both))
check("overlapping roots are refused", until(lambda: [state(opa, n).get("message", "") for n in both
                                                      if "overlapping roots" in state(opa, n).get("message", "")]), bool)
check("stopped", opa.stop(), 0)

# ---- one that gives up a root ----
service.serve("/v1/a.tar.gz", make("a", {"ann": "admin"}), '"1"')
opa = Opa(folder, "-c", configure(bundles={"a": both["a"]}))
check("it has its documents", until(lambda: opa.data("roles/ann")), "admin")
service.serve("/v1/a.tar.gz", folder.bundle("less", {"authz.rego": POLICY, ".manifest": {"revision": "less", "roots": ["authz"]}}), '"2"')
check("what it gave up is nobody's", until(lambda: state(opa, "a").get("active_revision") == "less") and opa.data("roles"), None)
check("and may be written", opa.ask("PUT", "/v1/data/roles/ann", '"developer"')[0], 204)
check("ended", opa.stop(), 0)

# ---- from a registry ----
layer, digest = signed, "sha256:" + hashlib.sha256(signed).hexdigest()
manifest = {"layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest}]}


def guarded(text):
    def answer(request):
        if request.headers.get("Authorization") != "Bearer pull":
            return 401, {"WWW-Authenticate": 'Bearer realm="%s/token",service="r",scope="x"' % service.url}, b""
        return 200, {}, text
    return answer


def token(request):  # for whom it is private; the password goes to the service's own host, and only there
    public = request.headers.get("Authorization") in (None, "Basic " + base64.b64encode(b"ann:pw").decode())
    return (200, {}, b'{"token": "pull"}') if public else (403, {}, b"")


service.answers["/token?service=r&scope=repository%3Aorg%2Fpolicy%3Apull"] = token
service.answers["/v2/org/policy/manifests/v1"] = guarded(json.dumps(manifest).encode())
service.answers["/v2/org/policy/blobs/" + digest] = guarded(layer)
registry = {"services": {"r": {"url": service.url, "type": "oci"}}, **keys}
opa = Opa(folder, "-c", configure(bundles={"main": {
    "service": "r", "resource": service.url.split("//")[1] + "/org/policy:v1", "polling": FAST, "signing": {"keyid": "k"}}}, status=None, **registry))
check("a bundle of a registry", until(lambda: opa.data("authz/allow", {"user": "ann"})), True)
check("done", opa.stop(), 0)
service.asked.clear()
registry["services"]["r"]["credentials"] = {"bearer": {"scheme": "Basic", "token": "ann:pw"}}
opa = Opa(folder, "-c", configure(bundles={"main": {"service": "r", "resource": "org/policy:v1", "polling": FAST}, "git": {
    "git": {"url": "https://ann:g1t@127.0.0.1:1/x"}, "polling": FAST}}, status=None, **registry))
check("a private one", until(lambda: len(service.told("/v2/org/policy/manifests/v1")) > 1 and
                             [h.get("Authorization") for h, _ in service.told("/v2/org/policy/manifests/v1")][:2]),
      ["Basic YW5uOnB3", "Bearer pull"])
check("a repository's password stands nowhere", until(lambda: "127.0.0.1:1" in folder.read("err")) and
      "g1t" in json.dumps(opa.get("/v1/config")[1]) + folder.read("err"), False)
check("done, too", opa.stop(), 0)

# ---- from a repository ----
def git(*args):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *args], cwd=repo, capture_output=True, check=True)


def commit(roles, revision):
    for name, text in {"authz.rego": POLICY, "roles/data.json": roles, ".manifest": {**MANIFEST, "revision": revision}}.items():
        folder.write("repo/policy/" + name, text)
    git("add", "-A")
    git("commit", "-m", revision)


repo = os.path.join(folder.path, "repo")
os.makedirs(repo)
git("init", "-b", "main", ".")
commit({"ann": "admin"}, "g1")
opa = Opa(folder, "-c", configure(services=None, status={"console": True}, bundles={
    "main": {"git": {"url": repo, "revision": "main", "path": "policy"}, "polling": FAST}}))
check("a bundle of a repository", until(lambda: opa.data("authz/allow", {"user": "ann"})), True)
check("its manifest counts", until(lambda: state(opa).get("active_revision")), "g1")
commit({"bob": "admin"}, "g2")
check("a commit comes into force", until(lambda: opa.data("authz/allow", {"user": "bob"})), True)
check("it stops, as ever", opa.stop(), 0)

# ---- from a file ----
path = os.path.join(folder.path, "file.tar.gz")
with open(path, "wb") as f:
    f.write(make("file1", {"ann": "admin"}))
opa = Opa(folder, "--set", "bundles.main.resource=file://" + path, "--set", "bundles.main.polling.min_delay_seconds=0",
          "--set", "bundles.main.polling.max_delay_seconds=0")
check("a bundle of a file", until(lambda: opa.data("authz/allow", {"user": "ann"})), True)
with open(path + ".new", "wb") as f:
    f.write(make("file2", {"bob": "admin"}))
os.rename(path + ".new", path)
check("is read again when it changes", until(lambda: opa.data("authz/allow", {"user": "bob"})), True)
check("it stops, as always", opa.stop(), 0)
service.stop()

# ---- killed while bundles come and go: what is kept is whole ----
service, turn = Service(), [0]
versions = [make("k%d" % i, {"u%d" % i: "admin"}, "k%d" % i) for i in range(2)]


def another(request):
    turn[0] += 1
    return 200, {"ETag": '"%d"' % turn[0]}, versions[turn[0] % 2]


for n in (1, 2, 3, 6, 11):
    shutil.rmtree(os.path.join(folder.path, "kept"), ignore_errors=True)
    service.answers["/v1/main.tar.gz"] = another
    begin = turn[0]
    opa = Opa(folder, "-c", configure())
    until(lambda: turn[0] - begin >= n)
    opa.process.kill()
    opa.stop()
    service.answers["/v1/main.tar.gz"] = (503, {}, b"")
    opa = Opa(folder, "-c", configure())
    check("killed at bundle %d" % n, (state(opa).get("active_revision"), opa.data("roles")),
          lambda got: got in [("k0", {"u0": "admin"}), ("k1", {"u1": "admin"})] or (n < 3 and got == (None, None)))
    opa.stop()
service.stop()
done()
