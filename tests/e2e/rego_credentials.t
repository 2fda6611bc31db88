#!/usr/bin/env python3
"""What `pave rego run` says of itself to the services that it asks: OAuth 2, and AWS.  Speaks TAP."""
import base64
import hashlib
import hmac
import json
import os
import ssl
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, Service, check, done, until  # noqa: E402

folder, service, tokens = Folder(), Service(), Service()
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1"], cwd=folder.path, capture_output=True, check=True)
subprocess.run(["openssl", "x509", "-in", "cert.pem", "-pubkey", "-noout", "-out", "public.pem"], cwd=folder.path, capture_output=True, check=True)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(folder.path, "cert.pem"), os.path.join(folder.path, "key.pem"))
tokens.server.socket = context.wrap_socket(tokens.server.socket, server_side=True)
ENDPOINT = tokens.url.replace("http:", "https:") + "/token"
TOKEN = {"access_token": "t0p-s3cret", "token_type": "Bearer", "expires_in": 3600}
service.serve("/b.tar.gz", folder.bundle("b", {"b.rego": "package b\n\nx := 1\n", ".manifest": {"roots": ["b"]}}), '"1"')


def start(credentials, env=None, **more):
    with service.lock, tokens.lock:
        service.asked, tokens.asked = [], []
    return Opa(folder, "-c", folder.write("config.yaml", {
        "services": {"s": {"url": service.url, "tls": {"ca_cert": os.path.join(folder.path, "cert.pem")}, "credentials": credentials}},
        "keys": {"k": {"algorithm": "RS256", "private_key": folder.read("key.pem")}, "h": {"algorithm": "HS256", "private_key": "sh4red"}},
        "status": {}, "bundles": {"b": {"service": "s", "resource": "b.tar.gz", "polling": {"min_delay_seconds": 0, "max_delay_seconds": 0}}}, **more}), env=env)


def asks(name, credentials, env=None):
    """Brings the bundle; the first request for a token, the first and the number of those for the bundle."""
    opa = start(credentials, env)
    check(name + ": the bundle comes", until(lambda: opa.data("b/x")), 1)
    until(lambda: len(service.told("/b.tar.gz")) > 2)
    check(name + ": secrets stand nowhere", [w for w in ("t0p-s3cret", "pa/ss", "sh4red", "PRIVATE", "S3CRET") if w in json.dumps(opa.get("/v1/config")[1]) + folder.read("err")], [])
    check(name + ": it ends", opa.stop(), 0)
    told = tokens.told("/token")
    return (dict(urllib.parse.parse_qsl(told[0][1].decode())), told[0][0], len(told)) if told else None, service.told("/b.tar.gz")[0][0]


def jwt(text):
    return [json.loads(base64.urlsafe_b64decode(p + "===")) for p in text.split(".")[:2]]


tokens.answers["/token"] = (200, {}, json.dumps(TOKEN).encode())
OAUTH = {"token_url": ENDPOINT, "client_id": "me", "scopes": ["a", "b"]}
(form, headers, n), request = asks("a secret", {"oauth2": {**OAUTH, "client_secret": "pa/ss", "additional_headers": {"X-A": "b"}, "additional_parameters": {"p": "q r"}}})
check("what is asked for", form, {"grant_type": "client_credentials", "scope": "a b", "p": "q r"})
check("by whom", (headers["Authorization"], headers["X-A"]), ("Basic " + base64.b64encode(b"me:pa/ss").decode(), "b"))
check("the token goes with requests", request["Authorization"], "Bearer t0p-s3cret")
check("and is asked for once", n, 1)
(form, headers, _), _ = asks("a key", {"oauth2": {"grant_type": "jwt_bearer", "token_url": ENDPOINT, "signing_key": "k", "scopes": ["a"], "include_jti_claim": True,
                                                  "thumbprint": "8F1BDDDE9982299E62749C20EDDBAAC57F619D04", "additional_claims": {"iss": "i", "aud": "u"}}})
head, claims = jwt(form["assertion"])
check("an assertion", (form["grant_type"], form["scope"], head), ("urn:ietf:params:oauth:grant-type:jwt-bearer", "a", {"alg": "RS256", "typ": "JWT", "x5t": "jxvd3pmCKZ5idJwg7duqxX9hnQQ="}))
check("with claims", ({k: claims[k] for k in ("iss", "aud", "scope")}, claims["exp"] - claims["iat"], len(claims["jti"])), ({"iss": "i", "aud": "u", "scope": "a"}, 600, 36))
whole, _, signature = form["assertion"].rpartition(".")
folder.write("signed", whole)
with open(os.path.join(folder.path, "signature"), "wb") as f:
    f.write(base64.urlsafe_b64decode(signature + "==="))
check("signed by the key", subprocess.run(["openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "signed"], cwd=folder.path, capture_output=True).returncode, 0)
(form, headers, _), _ = asks("a shared key", {"oauth2": {**OAUTH, "signing_key": "h"}})
head, _ = jwt(form["client_assertion"])
check("as who asks", (head, form["client_id"], form["client_assertion_type"], "Authorization" in headers),
      ({"alg": "HS256", "typ": "JWT"}, "me", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", False))
folder.write("assertion", "ghi\n")
(form, _, _), _ = asks("a file", {"oauth2": {**OAUTH, "client_assertion_path": os.path.join(folder.path, "assertion"), "client_assertion_type": "mine"}})
check("what is in it", (form["client_assertion"], form["client_assertion_type"]), ("ghi", "mine"))

# ---- what the endpoint may say ----
for name, answer, wanted in [("refuses", (401, {}, b'{"error": "t0p-s3cret"}'), "the token endpoint answered 401"), ("no JSON", (200, {}, b"t0p-s3cret"), "the token endpoint's answer is no JSON"),
                             ("another type", (200, {}, json.dumps({**TOKEN, "token_type": "mac"}).encode()), 'unknown token type returned from token endpoint: \\"mac\\"')]:
    tokens.answers["/token"] = answer
    opa = start({"oauth2": {**OAUTH, "client_secret": "x"}})
    said = until(lambda: opa.get("/v1/status")[1].get("result", {}).get("bundles", {}).get("b", {}).get("message"))
    check(name, (wanted in json.dumps(said) or said, "t0p-s3cret" in said), (True, False))
    check(name + ": nothing was asked", service.told("/b.tar.gz"), [])
    opa.stop()
tokens.answers["/token"] = (200, {}, json.dumps({**TOKEN, "expires_in": 1}).encode())
opa = start({"oauth2": {**OAUTH, "client_secret": "x"}})
check("what has expired is asked for again", until(lambda: len(tokens.told("/token")) > 2), True)
opa.stop()


# ---- AWS ----
def signature(headers, key, region, secret, of="s3"):
    """The one that the request must have, from its own headers."""
    def mac(k, text):
        return hmac.new(k, text.encode(), hashlib.sha256).digest()
    low = {k.lower(): v for k, v in headers.items()}
    names = headers["Authorization"].split("SignedHeaders=")[1].split(",")[0]
    stamp = low["x-amz-date"]
    scope = "%s/%s/%s/aws4_request" % (stamp[:8], region, of)
    lines = ["GET", "/b.tar.gz", "", *["%s:%s" % (n, low[n]) for n in names.split(";")], "", names, hashlib.sha256(b"").hexdigest()]
    text = "AWS4-HMAC-SHA256\n%s\n%s\n%s" % (stamp, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest())
    k = ("AWS4" + secret).encode()
    for part in (stamp[:8], region, of, "aws4_request"):
        k = mac(k, part)
    return "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s" % (key, scope, names, mac(k, text).hex())


ENV = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "S3CRET", "AWS_REGION": "eu-north-1", "AWS_SESSION_TOKEN": "session"}
_, headers = asks("the environment", {"s3_signing": {"environment_credentials": {}}}, ENV)
check("signed", headers["Authorization"], signature(headers, "AKID", "eu-north-1", "S3CRET"))
check("over the session and the body, too", {"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} - set(headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")), set())
bundle = service.answers["/b.tar.gz"]
service.answers["/b.tar.gz"] = (302, {"Location": tokens.url.replace("http:", "https:") + "/elsewhere"}, b"")
opa = start({"s3_signing": {"environment_credentials": {}}}, ENV)
said = until(lambda: opa.get("/v1/status")[1].get("result", {}).get("bundles", {}).get("b", {}).get("message"))
check("nobody else is told of the session", (bool(said), tokens.told("/elsewhere")), (True, []))
opa.stop()
service.answers["/b.tar.gz"] = bundle
folder.write("aws", "[default]\naws_access_key_id=no\naws_secret_access_key=no\n[other]\naws_access_key_id = OKEY\naws_secret_access_key = OS3CRET\n")
_, headers = asks("a profile", {"s3_signing": {"service": "execute-api", "profile_credentials": {"path": os.path.join(folder.path, "aws"), "profile": "other", "aws_region": "us-east-1"}}})
check("signed by it", headers["Authorization"], signature(headers, "OKEY", "us-east-1", "OS3CRET", "execute-api"))
check("of another service the body is not among the headers", "x-amz-content-sha256" in {k.lower() for k in headers}, False)
service.stop()
tokens.stop()
done()
