#!/usr/bin/env python3
"""Signing in with ID tokens of an OpenID Connect issuer: one of our own, over TLS, with keys that change.  Speaks TAP."""
import json
import os
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402
from issuer import LIFE, Issuer, Key, World, unsigned  # noqa: E402


def refusals(w, key):
    other = Key(w.folder, "stranger")
    forged = key.sign(w.issuer.claims(email="root@example.org")).split(".")
    forged[2] = key.sign(w.issuer.claims()).split(".")[2]
    for what, token in (
            ("another audience", key.sign(w.issuer.claims(aud="other"))),
            ("no audience", key.sign(w.issuer.claims(aud=None))),
            ("an expired one", key.sign(w.issuer.claims(exp=int(time.time()) - 1))),
            ("one that never expires", key.sign(w.issuer.claims(exp=None))),
            ("one of tomorrow", key.sign(w.issuer.claims(nbf=int(time.time()) + 86400))),
            ("a required claim of another value", key.sign(w.issuer.claims(hd="evil.org"))),
            ("a required claim that is missing", key.sign(w.issuer.claims(hd=None))),
            ("an address that is not verified", key.sign(w.issuer.claims(email_verified=False))),
            ("no name", key.sign(w.issuer.claims(email=None))),
            ("a name that ends before it ends", key.sign(w.issuer.claims(email="root@example.org\0x"))),
            ("a group that does", key.sign(w.issuer.claims(groups=["\0system:masters"]))),
            ("an issuer that does", key.sign(w.issuer.claims(iss=w.issuer.url + "\0x"))),
            ("an extension that must be understood", key.sign(w.issuer.claims(), crit=["x"], x=1)),
            ("a name that is no string", key.sign(w.issuer.claims(email=["a"]))),
            ("another issuer", key.sign(w.issuer.claims(iss="https://evil.invalid"))),
            ("a stranger's key", other.sign(w.issuer.claims())),
            ("a stranger's key under a known name", other.sign(w.issuer.claims(), kid=key.kid)),
            ("claims that were not signed", ".".join(forged)),
            ("no signature", unsigned(w.issuer.claims())),
            ("an algorithm that was not allowed", key.sign(w.issuer.claims(), alg="RS512")),
            ("the public key as a secret", key.sign(w.issuer.claims(), alg="HS256"))):
        found = w.who(token)
        ok(found == 401, "refused: " + what, found)
    reasons = {json.loads(x).get("why") for x in w.logged().splitlines() if "an OIDC token is refused" in x}
    ok(len(reasons) >= 5, "each reason is told, however quickly they follow each other", reasons)
    ok("no key of the issuer" in w.logged() and "eyJ" not in w.logged(), "the log says why, and no token", w.logged()[-2000:])


def rights(w, token):
    ok(w.as_user(token, "GET", "/api/v1/namespaces/default/configmaps")[0] == 403, "who has no role may nothing")
    forge.create(w.admin, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "developers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "developers"}]})
    ok(w.as_user(token, "GET", "/api/v1/namespaces/default/configmaps")[0] == 200, "a binding of the group counts")
    status, headers, text = w.as_user(token, "POST", "/portal/session", {"token": token}, **{"X-Pave-Portal": "1"})
    ok(status == 200 and json.loads(text)["user"] == "corp:dana@example.org", "the token opens a session of the portal", text)
    left = int(re.search(r"Max-Age=(\d+)", headers["Set-Cookie"]).group(1))
    ok(left <= LIFE, "which ends with it", left)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    text = w.admin.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", json.dumps(review))[2]
    ok(json.loads(text)["status"].get("authenticated") is True, "TokenReview knows it", text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        issuer = Issuer(folder)
        w = World(folder, "--oidc-issuer-url", issuer.url, "--oidc-client-id", "pave", "--oidc-username-claim", "email",
                  "--oidc-username-prefix", "corp:", "--oidc-groups-claim", "groups", "--oidc-required-claim", "hd=example.org",
                  "--oidc-ca-file", folder + "/tls.crt")
        w.issuer = issuer
        try:
            key = Key(folder, "one")
            token = key.sign(w.issuer.claims())
            ok(w.who(token) == 401, "while the issuer has no keys, its tokens are refused")
            ok(w.admin.request("GET", "/readyz")[0] == 200, "and the server is ready all the same")
            w.issuer.keys.append(key)
            w.until("they count once it has", lambda: isinstance(w.who(token), dict))
            found = w.who(token)
            ok(found["username"] == "corp:dana@example.org", "the name has its prefix", found)
            ok(sorted(found["groups"]) == ["developers", "system:authenticated"], "no issuer makes masters", found)
            ok(isinstance(w.who(key.sign(w.issuer.claims(aud="pave", groups="developers"))), dict), "one audience and one group need no list")
            refusals(w, key)
            rights(w, token)
            newer = Key(folder, "two")
            w.issuer.keys.append(newer)
            w.until("a key that is new is fetched when a token names it", lambda: isinstance(w.who(newer.sign(w.issuer.claims())), dict))
            del w.issuer.keys[:]
            before = len(w.issuer.asked)
            w.until("an unknown key's name has the issuer asked again", lambda: w.who(
                newer.sign(w.issuer.claims(), kid="three")) and len(w.issuer.asked) >= before + 2)
            ok(isinstance(w.who(token), dict), "keys that cannot be fetched any more stay")
            w.stops()
        finally:
            w.end()
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
