#!/usr/bin/env python3
"""Signing in to the portal at an issuer, as a browser does it: there, back, the session, and out again; then an issuer
that lies, and pages of strangers.  Speaks TAP."""
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402
from issuer import Issuer, Key, World, unsigned  # noqa: E402

SECRET = "s3cret-of+the/client:"
START, BACK = "/portal/oidc/start", "/portal/oidc/callback"


class Browser:
    """Keeps cookies; follows one step at a time, and says where it comes from as browsers do."""

    def __init__(self, world):
        self.world, self.jar = world, {}

    def go(self, path, method="GET", site="none", **headers):
        admin = self.world.admin
        conn = http.client.HTTPSConnection(admin.host, admin.port, context=admin.anonymous, timeout=600)
        try:
            # a Strict cookie is not sent when another site sends us here; a Lax one is
            sent = {n: v for n, (v, strict) in self.jar.items() if not (strict and site == "cross-site")}
            conn.request(method, path, None, {"Cookie": "; ".join("%s=%s" % p for p in sent.items()), "Sec-Fetch-Site": site,
                                              "Sec-Fetch-Mode": "navigate", **headers})
            answer = conn.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = line.partition(";")[0].partition("=")
                self.jar[name] = (value, "SameSite=Strict" in line)
                if "Max-Age=0" in line:
                    del self.jar[name]
            return answer.status, answer.headers, answer.read().decode()
        finally:
            conn.close()

    def there(self, to="/catalog?q=a"):
        """To the issuer, which sends us back at once: where to."""
        status, headers, _ = self.go(START + "?to=" + urllib.parse.quote(to, safe=""))
        self.asked = headers["Location"]
        if status != 303 or not self.asked.startswith("https://"):
            return self.asked
        url = urllib.parse.urlsplit(self.asked)
        conn = http.client.HTTPSConnection(url.hostname, url.port, context=forge.ssl._create_unverified_context(), timeout=600)
        conn.request("GET", url.path + "?" + url.query)
        answer = conn.getresponse()
        answer.read()
        place = urllib.parse.urlsplit(answer.headers["Location"] or "")
        return place.path + "?" + place.query

    def sign_in(self, **more):
        return self.go(self.there(**more), site="cross-site")

    def failure(self):
        return json.loads(self.go("/portal/signin", site="same-origin")[2]).get("failed", "")

    def user(self):
        status, _, text = self.go("/portal/session", site="same-origin")
        return json.loads(text).get("user") if status == 200 else status


def usual(w, issuer):
    b = Browser(w)
    ways = json.loads(b.go("/portal/signin")[2])
    ok(ways == {"issuer": "Example & Co"}, "the page is told what the button says", ways)
    back = b.there()
    asked = dict(urllib.parse.parse_qsl(b.asked.partition("?")[2]))
    ok(b.asked.startswith(issuer.url + "/authorize?") and asked["response_type"] == "code" and asked["client_id"] == "pave"
       and asked["scope"] == "openid email groups" and asked["code_challenge_method"] == "S256" and len(asked["nonce"]) > 30
       and asked["redirect_uri"] == "https://pave.example.org" + BACK, "the issuer is asked for a code, with PKCE, state and nonce", b.asked)
    ok(back.startswith(BACK + "?code="), "and sends the browser back", back)
    status, headers, _ = b.go(back, site="cross-site")
    ok(status == 303 and headers["Location"] == "/catalog?q=a", "from there it goes to the page that was wanted", (status, headers["Location"]))
    cookie = [c for c in headers.get_all("Set-Cookie") if c.startswith("pave_session=")][0]
    left = int(re.search(r"Max-Age=(\d+)", cookie).group(1))
    ok("HttpOnly" in cookie and "Secure" in cookie and "SameSite=Strict" in cookie and 3500 < left <= 3600, "the session's cookie is as any, for an hour", cookie)
    ok(b.user() == "corp:dana@example.org" and "pave_signin" not in b.jar, "who signed in is in", (b.user(), list(b.jar)))
    groups = json.loads(b.go("/portal/session", site="same-origin")[2])["groups"]
    ok("developers" in groups and "system:masters" not in groups, "with the groups that the issuer may give", groups)
    head, form = issuer.posted[-1]
    ok(form["grant_type"] == "authorization_code" and "client_secret" not in form and head["Authorization"].startswith("Basic "),
       "the client proves itself by Basic authentication", form)
    again = Browser(w)
    again.jar = dict(b.jar)
    ok(again.go(back, site="cross-site")[1]["Location"] == "/signin?failed", "the same answer does not count twice")
    ok(b.go("/portal/session", "DELETE", site="same-origin", **{"X-Pave-Portal": "1"})[0] == 200 and b.user() == 401, "and out again", b.user())
    other = Browser(w)
    there = other.there()
    ok(other.asked.partition("state=")[2][:40] != b.asked.partition("state=")[2][:40] and "nonce" in other.asked, "the next one has a state and a nonce of its own", there)
    for field in ("state", "nonce", "code_challenge"):
        ok(dict(urllib.parse.parse_qsl(other.asked))[field] != dict(urllib.parse.parse_qsl(b.asked))[field], "another " + field)


def strangers(w, issuer):
    for to in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "", "/portal/oidc/start", "/a\r\nSet-Cookie: x=y", "/signin"):
        b = Browser(w)
        place = b.sign_in(to=to)[1]["Location"]
        ok(place == "/" and b.user() == "corp:dana@example.org", "it comes back to no other place: %r" % to, place)
    victim, thief = Browser(w), Browser(w)
    stolen = thief.there()
    ok(victim.go(stolen, site="cross-site")[1]["Location"] == "/signin?failed" and victim.user() == 401, "an answer to another browser's question signs nobody in")
    ok("begin again" in victim.failure(), "and the page says so", victim.failure())
    victim.there()
    ok(victim.go(stolen, site="cross-site")[1]["Location"] == "/signin?failed", "nor one whose state is another")
    ok("state" in victim.failure() and not victim.failure(), "which is told once")
    forged = Browser(w)
    forged.jar["pave_signin"] = ("AAAA" + thief.jar["pave_signin"][0][4:], False)
    ok(forged.go(stolen, site="cross-site")[1]["Location"] == "/signin?failed" and forged.user() == 401, "a cookie that we did not seal is none")
    mixed = Browser(w)
    ok(mixed.go(mixed.there() + "&iss=https%3A%2F%2Fevil.example", site="cross-site")[1]["Location"] == "/signin?failed" and "iss" in mixed.failure(),
       "an answer of another issuer's page is refused")
    denied = Browser(w)
    state = dict(urllib.parse.parse_qsl(denied.there()))["state"]
    denied.go(BACK + "?error=access_denied&error_description=%3Cb%3Eno%3C%2Fb%3E&state=" + state, site="cross-site")
    ok("access_denied: <b>no</b>" in denied.failure(), "what the issuer refuses is told")
    issuer.redirects.append("https://other.example" + BACK)


def lies(w, issuer, other):
    now = int(time.time())
    key, stranger = issuer.keys[0], other.keys[0]
    for what, token, word in (
            ("another nonce", lambda c: key.sign(dict(c, nonce="x")), "nonce"),
            ("no nonce", lambda c: key.sign({k: v for k, v in c.items() if k != "nonce"}), "nonce"),
            ("another audience", lambda c: key.sign(dict(c, aud="other")), "aud"),
            ("a token made for another client", lambda c: key.sign(dict(c, azp="other")), "azp"),
            ("an expired one", lambda c: key.sign(dict(c, exp=now - 1)), "exp"),
            ("no signature", unsigned, "alg"),
            ("the public key as a secret", lambda c: key.sign(c, alg="HS256"), "alg"),
            ("another issuer's key", stranger.sign, "signature"),
            ("another issuer's key under the right name", lambda c: stranger.sign(c, kid=key.kid), "signature"),
            ("another issuer's token", lambda c: stranger.sign(dict(c, iss=other.url)), "trusted"),
            ("a token of another issuer that says it is this one's", lambda c: stranger.sign(dict(c, iss=issuer.url)), "signature"),
            ("a required claim that is missing", lambda c: key.sign({k: v for k, v in c.items() if k != "hd"}), "hd"),
            ("something else than a token", lambda c: "no token", "trusted")):
        issuer.token = token
        b = Browser(w)
        place = b.sign_in()[1]["Location"]
        why = b.failure()
        ok(place == "/signin?failed" and b.user() == 401 and word in why, "refused: " + what, (place, why))
    issuer.token = key.sign
    issuer.elsewhere = other.url + "/token"
    before = len(other.posted)
    b = Browser(w)
    b.sign_in()
    ok("expected status 200, found 307" in b.failure() and len(other.posted) == before, "an issuer that sends the code elsewhere is not followed", b.failure())
    issuer.elsewhere = None
    issuer.secret = "another"
    b = Browser(w)
    b.sign_in()
    ok("invalid_client" in b.failure(), "a secret that is wrong is told", b.failure())
    issuer.secret = SECRET
    ok(Browser(w).sign_in()[1]["Location"] == "/catalog?q=a", "and then it works again")


def start(folder, issuer, secret, *flags):
    return World(folder, "--oidc-issuer-url", issuer.url, "--oidc-client-id", "pave", "--oidc-username-claim", "email", "--oidc-username-prefix",
                 "corp:", "--oidc-groups-claim", "groups", "--oidc-required-claim", "hd=example.org", "--oidc-ca-file", folder + "/tls.crt",
                 "--signin-client-id", "pave", "--signin-client-secret-file", secret, "--signin-name", "Example & Co", "--signin-scopes",
                 "openid email groups", "--signin-session", "1h", "--portal-url", "https://pave.example.org/", *flags)


def flags(folder, secret):
    def run(*more):
        out = subprocess.run([forge.PAVE, "serve", "--data", folder + "/none", "--listen", "127.0.0.1:0", *more],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=600)
        return out.returncode, out.stderr
    trust = ("--oidc-issuer-url", "https://127.0.0.1:1", "--oidc-client-id", "pave")
    for what, word, more in (
            ("no client", "--signin-client-id", ("--signin-name", "x", *trust)),
            ("no issuer at all", "--signin-issuer", ("--signin-client-id", "pave")),
            ("an issuer that is not trusted", "--signin-issuer", ("--signin-client-id", "pave", "--signin-issuer", "https://b", *trust)),
            ("a secret that others can read", "--signin-client-secret-file", ("--signin-client-id", "pave", "--signin-client-secret-file", secret, *trust)),
            ("a session of a day", "--signin-session", ("--signin-client-id", "pave", "--signin-session", "24h", *trust)),
            ("a portal in the open", "--portal-url", ("--signin-client-id", "pave", "--portal-url", "http://a", *trust))):
        code, text = run(*more)
        ok(code and word in text, "refused at the start: " + what, (code, text))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/other")
        issuer, other = Issuer(folder), Issuer(folder + "/other")
        issuer.keys.append(Key(folder, "one"))
        other.keys.append(Key(folder + "/other", "two"))
        issuer.secret = SECRET
        issuer.redirects.append("https://pave.example.org" + BACK)
        secret = folder + "/secret"
        with open(secret, "w", encoding="utf-8") as f:
            f.write(SECRET + "\n")
        os.chmod(secret, 0o644)
        flags(folder, secret)
        os.chmod(secret, 0o600)
        w = start(folder, issuer, secret)
        try:
            w.until("the issuer says where", lambda: w.as_user(None, "GET", START)[1]["Location"] != "/signin?failed")
            usual(w, issuer)
            strangers(w, issuer)
            lies(w, issuer, other)
            with open("/proc/%d/cmdline" % w.process.pid, encoding="utf-8") as f:
                listed = f.read()
            ok(SECRET not in w.logged() and SECRET not in listed and "eyJ" not in w.logged() and "code-" not in w.logged(),
               "neither the secret nor a token or code stands in the log or the process list")
            ok("somebody signed in at an issuer" in w.logged(), "who came is in the log")
            w.stops()
        finally:
            w.end()
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
