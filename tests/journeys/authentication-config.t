#!/usr/bin/env python3
"""An AuthenticationConfiguration: several issuers, expressions, who may come without a token, and a file that changes
while the server runs.  Speaks TAP."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402
from issuer import Issuer, Key, World  # noqa: E402

NAME = {"username": {"claim": "email", "prefix": ""}}


def issuer_of(issuer, audiences, **more):
    with open(issuer.folder + "/tls.crt", encoding="utf-8") as f:
        return {"url": issuer.url, "audiences": audiences, "certificateAuthority": f.read(), **more}


def write(path, jwt, version="v1", **more):
    """As a mounted ConfigMap is changed: another file takes the name."""
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump({"apiVersion": "apiserver.config.k8s.io/" + version, "kind": "AuthenticationConfiguration", "jwt": jwt, **more}, f)
    os.replace(path + ".new", path)


def start(folder):
    issuers = []
    for name in ("a", "b"):
        os.mkdir("%s/%s" % (folder, name))
        issuers.append(Issuer("%s/%s" % (folder, name)))
        issuers[-1].folder = "%s/%s" % (folder, name)
        issuers[-1].keys.append(Key(issuers[-1].folder, name))
    return issuers


def refused(folder, config, *flags):
    out = subprocess.run([forge.PAVE, "serve", "--data", folder + "/none", "--listen", "127.0.0.1:0", "--authentication-config", config, *flags],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=600)
    return out.returncode, out.stderr


def at_start(folder, path):
    write(path, [{"issuer": {"url": "http://a", "audiences": ["x"]}, "claimMappings": {"username": {"expression": "claims.sub +"}}}])
    code, text = refused(folder, path)
    ok(code and "%s:1:" % path in text and 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https' in text
       and "jwt[0].claimMappings.username.expression: Invalid value" in text, "a wrong file stops the start, and all that is wrong is named", (code, text))
    code, text = refused(folder, path, "--oidc-client-id", "x")
    ok(code == 2 and "mutually exclusive" in text, "the file and the flags do not go together", (code, text))
    code, text = refused(folder, folder + "/absent.yaml")
    ok(code and "absent.yaml" in text, "a file that is not there", (code, text))


def several(w, a, b, path):
    ta = a.keys[0].sign(a.claims(aud=["other", "kube"]))
    tb = b.keys[0].sign(b.claims(aud="pave", team="shop", level=3))
    w.until("tokens of the first issuer count", lambda: isinstance(w.who(ta), dict))
    w.until("and of the second, found at its discoveryURL", lambda: isinstance(w.who(tb), dict))
    ok(w.who(ta)["username"] == "dana@example.org" and w.who(ta)["groups"] == ["system:authenticated"], "by claim", w.who(ta))
    ok(w.who(tb) == {"username": "b:dana@example.org", "uid": "1", "groups": ["team-shop", "system:authenticated"], "extra": {"example.org/team": ["shop"]}},
       "by expression: name, uid, groups, extra", w.who(tb))
    for what, token in (("an audience of the other issuer", a.keys[0].sign(a.claims(aud="pave"))),
                        ("the other issuer's key", b.keys[0].sign(a.claims(aud="kube"))),
                        ("the other issuer's key under the name of the right one", b.keys[0].sign(a.claims(aud="kube"), kid="a")),
                        ("a claim that a rule forbids", b.keys[0].sign(b.claims(aud="pave", team="shop", level=2))),
                        ("a user that a rule forbids", b.keys[0].sign(b.claims(aud="pave", team="evil", level=3)))):
        ok(w.who(token) == 401, "refused: " + what)
    w.until("the log says which rule", lambda: "validation expression '!('team-evil' in user.groups)' failed: not this team" in w.logged()
            or w.who(b.keys[0].sign(b.claims(aud="pave", team="evil", level=3))) != 401)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": tb}}
    user = json.loads(w.admin.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", json.dumps(review))[2])["status"]["user"]
    ok(user["extra"] == {"example.org/team": ["shop"]}, "TokenReview tells what is extra", user)
    status, headers, text = w.as_user(tb, "POST", "/portal/session", {"token": tb}, **{"X-Pave-Portal": "1"})
    cookie = headers["Set-Cookie"].partition(";")[0]
    text = w.as_user(None, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"kind": "SelfSubjectReview"}, Cookie=cookie, **{"X-Pave-Portal": "1"})[2]
    ok(json.loads(text)["status"]["userInfo"].get("extra") == {"example.org/team": ["shop"]}, "a session of the portal keeps it", text)
    return ta, tb


def anonymous(w, path, jwt):
    def codes():
        return [w.as_user(None, "GET", p)[0] for p in ("/livez", "/readyz", "/version", "/api/v1/pods", "/signin")]
    ok(codes()[:4] == [200, 200, 200, 403], "without a section, anybody may come anonymously", codes())
    write(path, jwt, anonymous={"enabled": True, "conditions": [{"path": "/livez"}, {"path": "/readyz"}]})
    w.until("with conditions, there alone", lambda: codes()[:4] == [200, 200, 401, 401])
    write(path, jwt, anonymous={"enabled": False})
    w.until("disabled: nowhere", lambda: codes()[:4] == [401, 401, 401, 401])
    ok(codes()[4] != 401, "but people still find the page to sign in at", codes())
    ok(w.admin.request("GET", "/livez")[0] == 200, "and certificates count")


def main():
    with tempfile.TemporaryDirectory() as folder:
        a, b = start(folder)
        path = folder + "/authn.yaml"
        at_start(folder, path)
        b.discovery = "/elsewhere/configuration"
        first = {"issuer": issuer_of(a, ["kube", "api"], audienceMatchPolicy="MatchAny"), "claimMappings": NAME}
        second = {"issuer": issuer_of(b, ["pave"], discoveryURL=b.url.replace("/realm", b.discovery)),
                  "claimMappings": {"username": {"expression": "claims.email_verified ? 'b:' + claims.email : ''"}, "uid": {"claim": "sub"},
                                    "groups": {"expression": "['team-' + claims.team]"},
                                    "extra": [{"key": "example.org/team", "valueExpression": "claims.team"}]},
                  "claimValidationRules": [{"expression": "claims.level >= 3", "message": "too low"}],
                  "userValidationRules": [{"expression": "!('team-evil' in user.groups)", "message": "not this team"}]}
        write(path, [first, second])
        w = World(folder, "--authentication-config", path)
        try:
            ta, tb = several(w, a, b, path)
            asked = len(a.asked)
            write(path, [first], version="v1beta1")
            w.until("an issuer that is taken out of the file is trusted no more", lambda: w.who(tb) == 401)
            ok(isinstance(w.who(ta), dict) and len(a.asked) == asked, "the other one keeps its keys, and is not asked again", a.asked)
            write(path, [{"issuer": first["issuer"], "claimMappings": {"username": {"claim": "email"}}}])
            w.until("a wrong file is logged", lambda: "jwt[0].claimMappings.username.prefix: Required value" in w.logged())
            ok(isinstance(w.who(ta), dict), "and the one before it stays")
            counted = w.admin.request("GET", "/metrics")[2]
            ok('pave_authentication_config_reloads_total{status="failure"} 1' in counted
               and 'pave_authentication_config_reload_timestamp_seconds{status="success"} 1' in counted, "both are counted", counted)
            write(path, [dict(first, claimMappings={"username": {"claim": "email", "prefix": "a:"}}), second])
            w.until("what is right again counts", lambda: isinstance(w.who(ta), dict) and w.who(ta)["username"] == "a:dana@example.org")
            w.until("and the issuer is back", lambda: isinstance(w.who(tb), dict))
            anonymous(w, path, [first])
            ok("eyJ" not in w.logged(), "no token stands in the log")
            w.stops()
        finally:
            w.end()
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
