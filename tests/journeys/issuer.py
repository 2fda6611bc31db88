"""issuer.py: an OpenID Connect issuer of our own, over TLS: keys that change, a page to sign in at, and lies on demand."""
import base64
import hashlib
import http.client
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok, patience  # noqa: E402

LIFE = 7200  # seconds of a token: longer than any journey, shorter than a session


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


def unsigned(claims):
    return "%s.%s." % (b64(json.dumps({"alg": "none"}).encode()), b64(json.dumps(claims).encode()))


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, text=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        issuer, (path, _, query) = self.server, self.path.partition("?")
        issuer.asked.append(self.path)
        if path == "/realm/authorize":
            return self.authorize(dict(urllib.parse.parse_qsl(query)))
        base = issuer.url
        pages = {issuer.discovery: {"issuer": base, "jwks_uri": base + "/keys", "authorization_endpoint": base + "/authorize",
                                    "token_endpoint": base + "/token", **issuer.said},
                 "/realm/keys": {"keys": [k.jwk for k in issuer.keys]}}
        return self.answer(200 if path in pages else 404, json.dumps(pages.get(path, {})).encode())

    def authorize(self, asked):
        """Whoever comes is dana, and is sent back at once."""
        issuer, code = self.server, "code-%d" % len(self.server.grants)
        issuer.grants[code] = asked
        if not issuer.anywhere and asked.get("redirect_uri") not in issuer.redirects:
            return self.answer(400, b"this redirect_uri is not registered")
        back = {"code": code, "state": asked.get("state", ""), **issuer.back}
        return self.answer(302, Location="%s?%s" % (asked["redirect_uri"], urllib.parse.urlencode({k: v for k, v in back.items() if v is not None})))

    def do_POST(self):
        issuer = self.server
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
        issuer.posted.append((dict(self.headers), form))
        grant = issuer.grants.pop(form.get("code"), None)  # a code counts once
        if issuer.elsewhere:
            return self.answer(307, Location=issuer.elsewhere)
        if not grant or form.get("grant_type") != "authorization_code" or form.get("redirect_uri") != grant["redirect_uri"]:
            return self.refuse("invalid_grant")
        digest = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if grant.get("code_challenge_method") != "S256" or digest != grant.get("code_challenge"):
            return self.refuse("invalid_grant")
        given = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode().split(":")  # each escaped (RFC 6749, 2.3.1)
        if issuer.secret and [urllib.parse.unquote_plus(g) for g in given] != [grant["client_id"], issuer.secret] \
                and form.get("client_secret") != issuer.secret:
            return self.refuse("invalid_client", 401)
        token = issuer.token(issuer.claims(nonce=grant.get("nonce"), aud=grant["client_id"]))
        return self.answer(200, json.dumps({"token_type": "Bearer", "access_token": "opaque", "expires_in": 300, "id_token": token}).encode(),
                           **{"Content-Type": "application/json"})

    def refuse(self, error, status=400):
        return self.answer(status, json.dumps({"error": error, "error_description": "no"}).encode(), **{"Content-Type": "application/json"})


class Issuer(forge.Quiet):
    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Page)
        if not os.path.exists(folder + "/tls.key"):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/tls.key", "-out", folder + "/tls.crt", "-days", "2",
                    "-subj", "/CN=issuer", "-addext", "subjectAltName=IP:127.0.0.1")
        self.over_tls(folder + "/tls.crt", folder + "/tls.key")
        self.url = "https://127.0.0.1:%d/realm" % self.server_address[1]
        self.discovery = "/realm/.well-known/openid-configuration"
        self.keys, self.asked, self.posted, self.grants, self.redirects = [], [], [], {}, []
        self.said, self.back, self.secret, self.elsewhere, self.anywhere = {}, {}, "", None, False
        self.token = lambda claims: self.keys[0].sign(claims)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def claims(self, **more):
        now = int(time.time())
        claims = {"iss": self.url, "aud": ["other", "pave"], "sub": "1", "email": "dana@example.org", "email_verified": True,
                  "groups": ["developers", "system:masters"], "hd": "example.org", "iat": now, "exp": now + LIFE, **more}
        return {k: v for k, v in claims.items() if v is not None}


class World(forge.Server):
    """A Pave with these flags, and whoever comes with a token."""


    def as_user(self, token, method, path, body=None, **headers):
        conn = http.client.HTTPSConnection(self.admin.host, self.admin.port, context=self.admin.anonymous, timeout=600)
        try:
            sent = dict({"Authorization": "Bearer " + token} if token else {}, **{"Content-Type": "application/json"}, **headers)
            conn.request(method, path, body and json.dumps(body), sent)
            answer = conn.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            conn.close()

    def who(self, token):
        status, _, text = self.as_user(token, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                                       {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
        return json.loads(text)["status"]["userInfo"] if status == 201 else status

    def until(self, what, good):
        ok(patience.until(good), what, self.logged()[-3000:])

    def stops(self):
        ok(self.end() == 0, "it stops")


if __name__ == "__main__":  # for journeys in other languages: an issuer, until its input ends
    one = Issuer(sys.argv[1])
    one.keys.append(Key(sys.argv[1], "one"))
    one.anywhere = True
    print(one.url, flush=True)
    sys.stdin.read()
