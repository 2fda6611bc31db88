#!/usr/bin/env python3
"""Whose tokens ServiceAccounts bear (--service-account-issuer), and a second server that trusts them by discovery alone.
Speaks TAP."""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402
from issuer import World  # noqa: E402

OLD, NEW = "https://kubernetes.default.svc", "https://id.example.org/pave"
TOKEN = "/api/v1/namespaces/default/serviceaccounts/robot/token"


def token(w, **spec):
    return json.loads(w.admin.request("POST", TOKEN, json.dumps({"spec": spec}))[2])["status"]["token"]


def claims(text):
    part = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def start(folder, *issuers):
    return World(folder, *(f for i in issuers for f in ("--service-account-issuer", i)))


def turns(a):
    w = start(a)
    forge.create(w.admin, "/api/v1/namespaces/default/serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}})
    old = token(w)
    ok(claims(old)["iss"] == OLD and claims(old)["aud"] == [OLD], "without the flag it is the usual one", claims(old))
    w.end()
    w = start(a, NEW)
    ok(w.who(old) == 401, "tokens of an issuer that is not named any more do not count")
    w.end()
    w = start(a, NEW, OLD)
    ok(isinstance(w.who(old), dict), "named behind, it counts")
    new = token(w)
    ok(claims(new)["iss"] == NEW and claims(new)["aud"] == [NEW, OLD] and isinstance(w.who(new), dict), "the first one stands in new tokens", claims(new))
    found = json.loads(w.admin.request("GET", "/.well-known/openid-configuration")[2])
    ok(found["issuer"] == NEW and found["jwks_uri"].endswith("/openid/v1/jwks"), "and is what discovery says", found)
    return w


def federation(w, folder):
    """Another server knows of the first one only where its configuration is."""
    with open(w.config, encoding="utf-8") as f:
        authority = base64.b64decode(re.search(r'certificate-authority-data: *"?([^"\s]+)', f.read()).group(1)).decode()
    forge.create(w.admin, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "discovery"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:service-account-issuer-discovery"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}]})
    with open(folder + "/authn.json", "w", encoding="utf-8") as f:
        json.dump({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": [{
            "issuer": {"url": NEW, "discoveryURL": "https://%s:%d/.well-known/openid-configuration" % (w.admin.host, w.admin.port),
                       "audiences": ["other"], "certificateAuthority": authority},
            "claimMappings": {"username": {"expression": "'pave:' + claims.sub.split(':')[3]"},
                              "groups": {"expression": "['of-' + claims['kubernetes.io'].namespace]"}}}]}, f)
    other = World(folder, "--authentication-config", folder + "/authn.json")
    try:
        mine = token(w, audiences=["other"])
        other.until("another server takes a ServiceAccount's token by discovery", lambda: isinstance(other.who(mine), dict))
        ok(other.who(mine)["username"] == "pave:robot" and "of-default" in other.who(mine)["groups"], "and maps its claims", other.who(mine))
        ok(w.who(mine) == 401 and other.who(token(w)) == 401, "each server only what was made for it")
    finally:
        other.end()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/a")
        os.mkdir(folder + "/b")
        out = subprocess.run([forge.PAVE, "serve", "--data", folder + "/none", "--listen", "127.0.0.1:0", "--service-account-issuer", "http://a"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=600)
        ok(out.returncode == 2 and "--service-account-issuer" in out.stderr, "one that nobody could ask over TLS is refused", out.stderr)
        w = turns(folder + "/a")
        try:
            federation(w, folder + "/b")
        finally:
            w.end()
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
