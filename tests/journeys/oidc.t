#!/usr/bin/env python3
"""Signing in with ID tokens of an OpenID Connect issuer: one of our own, over TLS, with keys that change.  Speaks TAP."""
import base64
import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from client import Client  # noqa: E402
from forge import ok  # noqa: E402


def openssl(*args, **more):
    return subprocess.run(["openssl", *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more).stdout


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    def __init__(self, folder, kid):
        self.path, self.kid = "%s/%s.pem" % (folder, kid), kid
        openssl("genrsa", "-out", self.path, "2048")
        modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().split("=")[1]
        self.jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": b64(bytes.fromhex(modulus)), "e": "AQAB"}

    def sign(self, claims, **header):
        head = {"alg": "RS256", "kid": self.kid, "typ": "JWT", **header}
        text = "%s.%s" % (b64(json.dumps(head).encode()), b64(json.dumps(claims).encode()))
        return "%s.%s" % (text, b64(openssl("dgst", "-sha256", "-sign", self.path, input=text.encode())))


class Issuer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        url = self.server.url
        pages = {"/realm/.well-known/openid-configuration": {"issuer": url, "jwks_uri": url + "/keys"},
                 "/realm/keys": {"keys": [k.jwk for k in self.server.keys]}}
        self.server.asked.append(self.path)
        text = json.dumps(pages.get(self.path, {})).encode()
        self.send_response(200 if self.path in pages else 404)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def serve_issuer(folder):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/tls.key", "-out", folder + "/tls.crt", "-days", "2",
            "-subj", "/CN=issuer", "-addext", "subjectAltName=IP:127.0.0.1")
    issuer = forge.Quiet(("127.0.0.1", 0), Issuer)
    context = forge.ssl.SSLContext(forge.ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/tls.crt", folder + "/tls.key")
    issuer.socket = context.wrap_socket(issuer.socket, server_side=True, do_handshake_on_connect=False)
    issuer.url = "https://127.0.0.1:%d/realm" % issuer.server_address[1]
    issuer.keys, issuer.asked = [], []
    threading.Thread(target=issuer.serve_forever, daemon=True).start()
    return issuer


class World:
    def __init__(self, folder):
        self.folder, self.kubeconfig = folder, folder + "/kubeconfig"
        self.issuer = serve_issuer(folder)
        self.log = open(folder + "/log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [forge.PAVE, "serve", "--data", folder + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", self.kubeconfig,
             "--oidc-issuer-url", self.issuer.url, "--oidc-client-id", "pave", "--oidc-username-claim", "email", "--oidc-username-prefix",
             "corp:", "--oidc-groups-claim", "groups", "--oidc-required-claim", "hd=example.org", "--oidc-ca-file", folder + "/tls.crt"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if "pave why" in line or " why " in line:
                break
        self.admin = Client(self.kubeconfig, folder)

    def as_user(self, token, method, path, body=None, **headers):
        conn = http.client.HTTPSConnection(self.admin.host, self.admin.port, context=self.admin.anonymous, timeout=30)
        try:
            conn.request(method, path, body and json.dumps(body), {"Authorization": "Bearer " + token, "Content-Type": "application/json", **headers})
            answer = conn.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            conn.close()

    def who(self, token):
        status, _, text = self.as_user(token, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                                       {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
        return json.loads(text)["status"]["userInfo"] if status == 201 else status

    def claims(self, **more):
        now = int(time.time())
        claims = {"iss": self.issuer.url, "aud": ["other", "pave"], "sub": "1", "email": "dana@example.org", "email_verified": True,
                  "groups": ["developers", "system:masters"], "hd": "example.org", "iat": now, "exp": now + 600, **more}
        return {k: v for k, v in claims.items() if v is not None}

    def until(self, what, token, limit=60):
        end = time.time() + limit
        while time.time() < end:
            if isinstance(self.who(token), dict):
                return ok(True, what)
            time.sleep(0.1)
        return ok(False, what, self.logged())

    def logged(self):
        self.log.flush()
        with open(self.folder + "/log", encoding="utf-8") as f:
            return f.read()


def refusals(w, key):
    other = Key(w.folder, "stranger")
    forged = key.sign(w.claims(email="root@example.org")).split(".")
    forged[2] = key.sign(w.claims()).split(".")[2]
    none = "%s.%s." % (b64(json.dumps({"alg": "none"}).encode()), b64(json.dumps(w.claims()).encode()))
    for what, token in (
            ("another audience", key.sign(w.claims(aud="other"))),
            ("no audience", key.sign(w.claims(aud=None))),
            ("an expired one", key.sign(w.claims(exp=int(time.time()) - 1))),
            ("one that never expires", key.sign(w.claims(exp=None))),
            ("one of tomorrow", key.sign(w.claims(nbf=int(time.time()) + 86400))),
            ("a required claim of another value", key.sign(w.claims(hd="evil.org"))),
            ("a required claim that is missing", key.sign(w.claims(hd=None))),
            ("an address that is not verified", key.sign(w.claims(email_verified=False))),
            ("no name", key.sign(w.claims(email=None))),
            ("a name that is no string", key.sign(w.claims(email=["a"]))),
            ("another issuer", key.sign(w.claims(iss="https://evil.invalid"))),
            ("a stranger's key", other.sign(w.claims())),
            ("a stranger's key under a known name", other.sign(w.claims(), kid=key.kid)),
            ("claims that were not signed", ".".join(forged)),
            ("no signature", none),
            ("an algorithm that was not allowed", key.sign(w.claims(), alg="RS512")),
            ("the public key as a secret", key.sign(w.claims(), alg="HS256"))):
        found = w.who(token)
        ok(found == 401, "refused: " + what, found)
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
    ok(left <= 600, "which ends with it", left)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    text = w.admin.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", json.dumps(review))[2]
    ok(json.loads(text)["status"].get("authenticated") is True, "TokenReview knows it", text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        try:
            key = Key(folder, "one")
            token = key.sign(w.claims())
            ok(w.who(token) == 401, "while the issuer has no keys, its tokens are refused")
            ok(w.admin.request("GET", "/readyz")[0] == 200, "and the server is ready all the same")
            w.issuer.keys.append(key)
            w.until("they count once it has", token)
            found = w.who(token)
            ok(found["username"] == "corp:dana@example.org", "the name has its prefix", found)
            ok(sorted(found["groups"]) == ["developers", "system:authenticated"], "no issuer makes masters", found)
            ok(isinstance(w.who(key.sign(w.claims(aud="pave", groups="developers"))), dict), "one audience and one group need no list")
            refusals(w, key)
            rights(w, token)
            newer = Key(folder, "two")
            w.issuer.keys.append(newer)
            w.until("a key that is new is fetched when a token names it", newer.sign(w.claims()))
            del w.issuer.keys[:]
            before, end = len(w.issuer.asked), time.time() + 60
            while len(w.issuer.asked) < before + 2 and time.time() < end:
                w.who(newer.sign(w.claims(), kid="three"))
                time.sleep(0.2)
            ok(len(w.issuer.asked) >= before + 2, "an unknown key's name has the issuer asked again")
            ok(isinstance(w.who(token), dict), "keys that cannot be fetched any more stay")
            w.process.send_signal(signal.SIGTERM)
            ok(w.process.wait(30) == 0, "it stops")
        finally:
            if w.process.poll() is None:
                w.process.kill()
            w.process.stdout.close()
            w.log.close()
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
