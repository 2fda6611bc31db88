#!/usr/bin/env python3
"""The portal's own routes, as a browser and as somebody who means harm: sessions, headers, files, the stream.
Speaks TAP; PAVE names the program under test."""
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from client import Client  # noqa: E402

PAVE = os.path.join(ROOT, os.environ.get("PAVE", "build/debug/pave"))
MAPS = "/api/v1/namespaces/default/configmaps"
count = failed = 0


def check(good, what, found=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s%s" % ("" if good else "not ", count, what, "" if good else "\n# found: %s" % (found,)), flush=True)


class Server:
    def __init__(self, tmp):
        self.kubeconfig = os.path.join(tmp, "kubeconfig")
        self.process = subprocess.Popen([PAVE, "serve", "--data", os.path.join(tmp, "data"), "--listen", "127.0.0.1:0",
                                         "--kubeconfig-out", self.kubeconfig], stderr=subprocess.STDOUT,
                                        stdout=subprocess.PIPE, text=True)
        text = ""
        for line in self.process.stdout:
            text += line
            if "pave why" in line:
                break
        found = re.search(r"#code=(\S+)", text)
        if not found:
            sys.exit("Bail out! no sign-in link in: " + text)
        self.code = found.group(1)
        self.drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.drain.start()
        self.admin = Client(self.kubeconfig, tmp)
        self.tls = ssl._create_unverified_context()

    def connect(self, timeout=600):
        return http.client.HTTPSConnection(self.admin.host, self.admin.port, context=self.tls, timeout=timeout)

    def ask(self, method, path, body=None, **headers):
        conn = self.connect()
        try:
            conn.request(method, path, body=body, headers=dict({"Accept": "text/html, */*"}, **{k.replace("_", "-"): v for k, v in headers.items()}))
            answer = conn.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            conn.close()

    def raw(self, path):
        """A path as it is, which a client library would tidy up."""
        conn = self.connect()
        try:
            conn.putrequest("GET", path, skip_host=False)
            conn.putheader("Accept-Encoding", "gzip")
            conn.endheaders()
            answer = conn.getresponse()
            return answer.status, answer.read()
        finally:
            conn.close()


class Stream:
    def __init__(self, server, cookie, resources, **headers):
        self.conn = server.connect()
        self.conn.request("GET", "/portal/watch?" + "&".join("r=" + r for r in resources), headers={"Cookie": cookie, **headers})
        self.answer = self.conn.getresponse()

    def line(self):
        text = self.answer.readline()
        return json.loads(text) if text else None

    def until(self, stop):
        out = []
        while True:
            one = self.line()
            if one is None:
                return out
            out.append(one)
            if stop(one):
                return out


def sessions(s):
    sign_in = {"X_Pave_Portal": "1", "Content_Type": "application/json"}
    body = json.dumps({"code": s.code})
    status, _, text = s.ask("POST", "/portal/session", body)
    check(status == 403 and b"X-Pave-Portal" in text, "signing in needs the portal's header", (status, text))
    status = s.ask("POST", "/portal/session", body, Sec_Fetch_Site="cross-site", **sign_in)[0]
    check(status == 403, "no other site signs a browser in", status)
    status, _, text = s.ask("POST", "/portal/session", "{", **sign_in)
    check(status == 400, "a broken body is refused", (status, text))
    status, headers, text = s.ask("POST", "/portal/session", body, **sign_in)
    check(status == 200, "a code opens a session", (status, text))
    cookie = headers["Set-Cookie"] or ""
    check(all(w in cookie for w in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=")), "the cookie's flags", cookie)
    check(json.loads(text).get("user") == "admin", "who is signed in is told", text)
    check(headers["Cache-Control"] == "no-store", "the answer is not kept", headers["Cache-Control"])
    status = s.ask("POST", "/portal/session", body, **sign_in)[0]
    check(status == 401, "a code opens one session only", status)
    cookie = cookie.split(";")[0]
    status, _, text = s.ask("GET", "/portal/session", Cookie=cookie)
    check(status == 200 and json.loads(text)["user"] == "admin", "the cookie is believed", (status, text))
    check(s.ask("GET", "/portal/session")[0] == 401, "without one, nobody is signed in")
    check(s.ask("GET", "/portal/session", Cookie="pave_session=x")[0] == 401, "a made-up one is refused")
    return cookie


def links(s, cookie):
    check(s.ask("POST", "/portal/code")[0] == 401, "nobody gets no sign-in link")
    check(s.ask("POST", "/portal/code", Cookie=cookie)[0] == 403, "no other page makes a sign-in link")
    line = subprocess.run([PAVE, "signin", "--kubeconfig", s.kubeconfig], capture_output=True, text=True).stdout
    found = re.fullmatch(r"https://127\.0\.0\.1:\d+/signin#code=(\S+)\n", line)
    check(found, "pave signin prints a link and nothing else", line)
    body = json.dumps({"code": found.group(1) if found else ""})
    status, _, text = s.ask("POST", "/portal/session", body, X_Pave_Portal="1")
    check(status == 200 and json.loads(text)["user"] == "admin", "it signs its maker in", (status, text))
    status, _, text = s.ask("POST", "/portal/session", body, X_Pave_Portal="1")
    check(status == 401 and b"pave signin" in text, "once, and the refusal names the way to a new one", (status, text))


def forgery(s, cookie):
    body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "forged"}})
    kind = {"Content_Type": "application/json", "Cookie": cookie}
    for method, path in (("POST", MAPS), ("PUT", MAPS + "/forged"), ("PATCH", MAPS + "/forged"), ("DELETE", MAPS + "/forged")):
        status, _, text = s.ask(method, path, body, **kind)
        check(status == 403 and b"X-Pave-Portal" in text, "%s with a cookie needs the header" % method, (status, text))
    status = s.ask("POST", MAPS, body, X_Pave_Portal="1", Sec_Fetch_Site="cross-site", **kind)[0]
    check(status == 403, "another site's page is refused, whatever it sends", status)
    status = s.ask("GET", MAPS, Cookie=cookie, Sec_Fetch_Site="cross-site")[0]
    check(status == 403, "it reads nothing either", status)
    status, _, text = s.ask("POST", MAPS, body, X_Pave_Portal="1", Sec_Fetch_Site="same-origin", **kind)
    check(status == 201, "the portal's own page may", (status, text))
    check(s.ask("DELETE", "/portal/session", Cookie=cookie)[0] == 403, "no other page signs a browser out")


def guesses_keep_nobody_out(s):
    tries = {s.ask("POST", "/portal/session", json.dumps({"code": "guess-%d" % i}), X_Pave_Portal="1")[0] for i in range(70)}
    check(tries == {401}, "a guessed code opens nothing", tries)
    code = json.loads(s.admin.request("POST", "/portal/code")[2])["path"].partition("code=")[2]
    status = s.ask("POST", "/portal/session", json.dumps({"code": code}), X_Pave_Portal="1")[0]
    check(status == 200, "guesses close the door to nobody", status)


def files(s):
    wanted = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
              "Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY"}
    for path, code in (("/", 200), ("/catalog/component/default/a.b", 200), ("/assets/none.js", 404), ("/none.svg", 404)):
        status, headers, _ = s.ask("GET", path, Accept_Encoding="gzip")
        missing = [k for k, v in wanted.items() if v not in (headers[k] or "")]
        check(status == code or (code == 404 and status in (401, 403, 404)), "GET %s" % path, status)
        check(not missing or path == "/none.svg", "the headers of %s" % path, missing)
    policy = s.ask("GET", "/", Accept_Encoding="gzip")[1]["Content-Security-Policy"] or ""
    check("unsafe" not in policy and "frame-ancestors 'none'" in policy, "no inline script or style, no frame", policy)
    status, headers, text = s.ask("HEAD", "/", Accept_Encoding="gzip")
    check(status == 200 and text == b"", "HEAD has no body", (status, text))
    for path in ("/assets/../../../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/catalog/../../etc/passwd", "//etc/passwd",
                 "/assets/..%2f..%2fetc%2fpasswd", "/assets/\\..\\etc"):
        status, text = s.raw(path)
        check(b"root:" not in text and (status >= 400 or b"Pave" in text or text[:2] == b"\x1f\x8b" or b"portal" in text),
              "nothing outside by " + path, (status, text[:80]))
    tag = s.ask("GET", "/", Accept_Encoding="gzip")[1]["ETag"]
    if tag:  # only with the web application inside
        status, headers, text = s.ask("GET", "/", Accept_Encoding="gzip", If_None_Match=tag)
        check(status == 304 and text == b"", "a page that is known is not sent again", status)


def nowhere(s):
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept_Encoding": "gzip, deflate, br", "Sec_Fetch_Mode": "navigate"}
    for path in ("/nowhere", "/portal/nothing", "/catalogue/x.y"):
        status, headers, _ = s.ask("GET", path, **browser)
        check(status == 404 and "json" not in headers["Content-Type"] and headers["Content-Security-Policy"],
              "a browser that goes to %s gets a page with 404" % path, (status, headers["Content-Type"]))
    for path, more in (("/nowhere", {"Accept": "application/json"}), ("/nowhere", {**browser, "Sec_Fetch_Mode": "cors"}),
                       ("/api/v1/nothings", browser), ("/apis/x/v1/nothings", browser), ("/metrics", browser)):
        status, headers, text = s.ask("GET", path, **more)
        check(status in (401, 403, 404) and json.loads(text)["kind"] == "Status", "a program that asks for %s gets a Status" % path, (status, text[:80]))


def encodings(s):
    for asked, got in (("gzip, deflate, br", "br"), ("gzip", "gzip"), ("xbr, gzip;q=0.5", "gzip"), ("br;q=0, gzip", "gzip")):
        encoding = s.ask("GET", "/pave.svg", Accept_Encoding=asked)[1]["Content-Encoding"]
        check(encoding == got, "asked with %s, a file comes as %s" % (asked, got), encoding)
    status, headers, text = s.ask("GET", "/pave.svg", Accept_Encoding="identity")
    plain = status == 200 and headers["Content-Encoding"] is None and headers["Vary"] == "Accept-Encoding" and b"<svg" in text
    check(plain, "who takes neither gets it as it was", (status, text[:80]))


def rights(s):
    manifest = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader", "namespace": "default"}},
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "maps"},
                 "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]},
                           {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]}]},
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "maps"},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "maps"},
                 "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "default"}]}]
    rbac = "/apis/rbac.authorization.k8s.io/v1/"
    for path, body in zip(("/api/v1/namespaces/default/serviceaccounts", rbac + "clusterroles", rbac + "clusterrolebindings"), manifest):
        s.admin.request("POST", path, json.dumps(body))
    _, _, text = s.admin.request("POST", "/api/v1/namespaces/default/serviceaccounts/reader/token",
                                 json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}))
    token = json.loads(text)["status"]["token"]
    stream = Stream(s, "", ["core/v1/configmaps", "core/v1/secrets", "apps/v1/deployments", "x/v1/y", "nonsense"],
                    Authorization="Bearer " + token)
    lines = stream.until(lambda o: o["type"] == "SYNCED")
    refused = {o["resource"]: o["object"]["code"] for o in lines if o["type"] == "ERROR"}
    check(refused == {"core/v1/secrets": 403, "apps/v1/deployments": 403, "x/v1/y": 404, "nonsense": 404},
          "each resource is asked for by itself: list and watch", refused)
    check(all(o["resource"] == "core/v1/configmaps" for o in lines if o["type"] not in ("ERROR",)), "and nothing else is told")
    stream.conn.close()
    check(s.ask("GET", "/portal/watch?r=core/v1/configmaps")[0] == 401, "nobody watches without signing in")


def one_namespace(s):
    """Somebody with rights in one namespace sees what is there, and is told where that is."""
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/"
    for path, body in (("/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": "shop"}}),
                       ("/api/v1/namespaces/shop/serviceaccounts", {"kind": "ServiceAccount", "metadata": {"name": "dev"}}),
                       (rbac + "rolebindings", {"kind": "RoleBinding", "metadata": {"name": "dev"},
                                                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                                                "subjects": [{"kind": "ServiceAccount", "name": "dev", "namespace": "shop"}]})):
        version = "rbac.authorization.k8s.io/v1" if path.startswith("/apis") else "v1"
        status, _, text = s.admin.request("POST", path, json.dumps({"apiVersion": version, **body}))
        check(status == 201, "POST %s" % path, text)
    _, _, text = s.admin.request("POST", "/api/v1/namespaces/shop/serviceaccounts/dev/token",
                                 json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}))
    bearer = {"Authorization": "Bearer " + json.loads(text)["status"]["token"]}
    make = lambda ns, name: s.admin.request("POST", "/api/v1/namespaces/%s/configmaps" % ns, json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}))
    make("shop", "before")
    make("default", "elsewhere-before")
    stream = Stream(s, "", ["core/v1/configmaps", "core/v1/nodes"], **bearer)
    lines = stream.until(lambda o: o["type"] == "SYNCED")
    synced = [o for o in lines if o["type"] == "SYNCED"]
    check([o.get("namespaces") for o in synced] == [["shop"]], "SYNCED names the namespaces that are told of", synced)
    make("default", "elsewhere-after")
    make("shop", "after")
    lines += stream.until(lambda o: o.get("object", {}).get("metadata", {}).get("name") == "after")
    stream.conn.close()
    names = {o["object"]["metadata"]["namespace"] for o in lines if o["type"] in ("ADDED", "MODIFIED", "DELETED")}
    check(names == {"shop"}, "nothing of another namespace is told, before or after", names)
    check([o["object"]["code"] for o in lines if o["type"] == "ERROR"] == [403], "what has no namespace is refused", lines[0])
    return bearer


def parts(s, cookie):
    """Of each object what is asked for, or one object alone."""
    maps = "core/v1/configmaps"
    make = lambda name, data: s.admin.request("POST", MAPS, json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"part": "yes"}}, "data": data}))
    make("part-a", {"much": "x" * 1000, "few": "\"}"})
    asked = [maps + ";brief(metadata(name,labels),data(few))", maps + "/default/part-b", maps]
    stream = Stream(s, cookie, [urllib.parse.quote(r) for r in asked])
    synced = set()
    first = stream.until(lambda o: o["type"] == "SYNCED" and (synced.add(o["resource"]) or len(synced) == 3))
    brief = [o["object"] for o in first if o["resource"] == maps + ";brief" and o["type"] == "ADDED"]
    check({"metadata": {"name": "part-a", "labels": {"part": "yes"}}, "data": {"few": "\"}"}} in brief, "the parts that were asked for", brief)
    check(all(set(o) <= {"metadata", "data"} for o in brief), "and no other", brief)
    whole = [o["object"] for o in first if o["resource"] == maps and o["type"] == "ADDED"]
    check(len(whole) == len(brief) and all("uid" in o["metadata"] for o in whole), "beside the whole of the same", len(whole))
    check(not [o for o in first if o["resource"].endswith("part-b") and o["type"] != "SYNCED"], "one that is not there is not told")
    make("part-b", {"few": "1"})
    more = stream.until(lambda o: o["resource"] == maps and o["object"]["metadata"]["name"] == "part-b")
    make("part-c", {"few": "2"})
    more += stream.until(lambda o: o["resource"] == maps and o["object"]["metadata"]["name"] == "part-c")
    stream.conn.close()
    told = {r: [o["object"] for o in more if o["resource"] == r and o["type"] == "ADDED"] for r in (maps + "/default/part-b", maps + ";brief")}
    check([o["metadata"]["name"] for o in told[maps + "/default/part-b"]] == ["part-b"], "once it is there it is told, and no other", told)
    check({"metadata": {"name": "part-b", "labels": {"part": "yes"}}, "data": {"few": "1"}} in told[maps + ";brief"], "of what comes, too, the parts", told)
    stream = Stream(s, cookie, [urllib.parse.quote(r) for r in (maps + "(data", maps + "(a()", "governance.pave.dev/v1alpha1/policyfindings(a)")])
    wrong = [o["object"]["message"] for o in stream.until(lambda o: o["resource"].endswith("findings"))]
    stream.conn.close()
    check(len(wrong) == 3 and all(w in text for w, text in zip(('")"', "character 3", "computed"), wrong)), "what is none is refused by name", wrong)


def computed(s, cookie, bearer):
    """What is computed is watched as what is stored: all there is, what differs, and of one's namespaces only."""
    reports = "governance.pave.dev/v1alpha1/policyfindings"
    rego = 'package kubernetes.admission\ndeny["bad"] { startswith(input.request.name, "bad") }'
    policy = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a.rego": rego}, "metadata": {
        "name": "bad", "labels": {"openpolicyagent.org/policy": "rego"}, "annotations": {"pave.dev/enforcement": "audit"}}}
    make = lambda ns, name: s.admin.request("POST", "/api/v1/namespaces/%s/configmaps" % ns, json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}))
    told = lambda o, kind, name: o["type"] == kind and o["object"].get("scope", {}).get("name") == name
    status, _, text = s.admin.request("POST", "/api/v1/namespaces/pave-system/configmaps", json.dumps(policy))
    check(status == 201, "a policy that lists", text)
    make("shop", "bad-before")
    all_of_it, of_shop = Stream(s, cookie, [reports, "core/v1/nodes"]), Stream(s, "", [reports], **bearer)
    synced = lambda o: o["type"] == "SYNCED" and o["resource"] == reports
    first = all_of_it.until(synced)
    check(any(told(o, "ADDED", "bad-before") for o in first) and all(o["resource"] for o in first), "reports are told, then SYNCED", first)
    narrow = of_shop.until(synced)
    check(narrow[-1].get("namespaces") == ["shop"], "and where, to who may not read all of them", narrow[-1])
    make("default", "bad-default")
    all_of_it.until(lambda o: told(o, "ADDED", "bad-default"))
    make("shop", "bad-shop")
    check(all_of_it.until(lambda o: told(o, "ADDED", "bad-shop")), "what is written is judged while one watches")
    narrow += of_shop.until(lambda o: told(o, "ADDED", "bad-shop"))
    check({o["object"]["metadata"]["namespace"] for o in narrow if o["type"] == "ADDED"} == {"shop"}, "nothing of another namespace", narrow)
    s.admin.request("DELETE", "/api/v1/namespaces/shop/configmaps/bad-shop")
    check(all_of_it.until(lambda o: told(o, "DELETED", "bad-shop")), "and what is gone has none")
    s.admin.request("DELETE", "/api/v1/namespaces/pave-system/configmaps/bad")
    all_of_it.conn.close()
    of_shop.conn.close()


def rights_change(s):
    """A stream ends as soon as its rights are others, and says so; the next one tells what is so now."""
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings"

    def send(method, path, wanted, body=None):
        version = "rbac.authorization.k8s.io/v1" if path.startswith("/apis") else "v1"
        status, _, text = s.admin.request(method, path, body and json.dumps({"apiVersion": version, **body}))
        check(status == wanted, "%s %s" % (method, path), text)
        return text

    def bind(ns):
        send("POST", rbac % ns, 201, {"kind": "RoleBinding", "metadata": {"name": "late"},
                                      "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
                                      "subjects": [{"kind": "ServiceAccount", "name": "late", "namespace": "shop"}]})

    def opened():
        stream = Stream(s, "", ["core/v1/configmaps"], **bearer)
        first = stream.until(lambda o: o["type"] in ("SYNCED", "ERROR"))[-1]
        return stream, first.get("namespaces", first["type"])

    def ended(stream, what):
        rest = stream.until(lambda o: False)
        check(rest and rest[-1]["type"] == "RIGHTS", what, rest[-1:])
        stream.conn.close()

    send("POST", "/api/v1/namespaces/shop/serviceaccounts", 201, {"kind": "ServiceAccount", "metadata": {"name": "late"}})
    _, _, text = s.admin.request("POST", "/api/v1/namespaces/shop/serviceaccounts/late/token", json.dumps(
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}))
    bearer = {"Authorization": "Bearer " + json.loads(text)["status"]["token"]}
    stream, where = opened()
    check(where == "ERROR", "without a role nothing is told", where)
    bind("shop")
    ended(stream, "a role that comes ends the stream")
    stream, where = opened()
    check(where == ["shop"], "and the next one tells what is there", where)
    send("POST", "/api/v1/namespaces", 201, {"kind": "Namespace", "metadata": {"name": "annex"}})
    bind("annex")
    ended(stream, "a namespace that is opened to somebody ends the stream")
    stream, where = opened()
    check(where == ["annex", "shop"], "and the next one tells of both", where)
    send("DELETE", rbac % "annex" + "/late", 200)
    ended(stream, "a role that is revoked ends the stream")
    stream, where = opened()
    check(where == ["shop"], "and no more of it is told", where)
    send("DELETE", "/api/v1/namespaces/shop/serviceaccounts/late", 200)
    ended(stream, "so does an account that is deleted")
    check(s.ask("GET", "/portal/watch?r=core/v1/configmaps", **bearer)[0] == 401, "which opens none again")


def watching(s, cookie):
    status = s.ask("GET", "/portal/watch?" + "&".join(["r=core/v1/configmaps"] * 65), Cookie=cookie)[0]
    check(status == 400, "at most 64 resources in a stream", status)
    stream = Stream(s, cookie, ["core/v1/configmaps", "core/v1/namespaces"])
    seen = stream.until(lambda o: o["type"] == "SYNCED" and o["resource"] == "core/v1/namespaces")
    first = [i for i, o in enumerate(seen) if o["resource"] == "core/v1/namespaces"]
    check(seen[first[-1]]["type"] == "SYNCED" and all(seen[i]["type"] == "ADDED" for i in first[:-1]), "the list, then SYNCED")
    slow = Stream(s, cookie, ["core/v1/configmaps"])  # nobody reads it
    names = ["load-%d" % i for i in range(1000)]

    def make(part):
        conn = http.client.HTTPSConnection(s.admin.host, s.admin.port, context=s.admin.tls, timeout=600)
        for name in part:
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"x": "y" * 2000}}
            conn.request("POST", MAPS, json.dumps(body), {"Content-Type": "application/json"})
            conn.getresponse().read()
        conn.close()

    threads = [threading.Thread(target=make, args=(names[i::4],)) for i in range(4)]
    for t in threads:
        t.start()
    left = set(names)
    twice = []

    def take(o):
        if o["type"] == "ADDED" and o["resource"] == "core/v1/configmaps":
            name = o["object"]["metadata"]["name"]
            if name in names and name not in left:
                twice.append(name)
            left.discard(name)
        return not left

    stream.until(take)
    for t in threads:
        t.join()
    check(not left and not twice, "1,000 objects made while it is open: each told once", (len(left), twice[:3]))
    return stream, slow


def shutdown(s, stream, slow):
    s.process.send_signal(signal.SIGTERM)
    rest = stream.until(lambda o: False)
    check(all(o["type"] in ("MODIFIED", "ADDED", "BOOKMARK", "DELETED", "ERROR") for o in rest), "the stream ends whole at shutdown", rest[-1:])
    try:
        code = s.process.wait(600)
    except subprocess.TimeoutExpired:
        s.process.kill()
        code = "it did not stop"
    check(code == 0, "the server stops with open streams and a reader that reads nothing", code)
    slow.conn.close()


def main():
    with tempfile.TemporaryDirectory() as tmp:
        s = Server(tmp)
        try:
            cookie = sessions(s)
            links(s, cookie)
            forgery(s, cookie)
            files(s)
            nowhere(s)
            if s.ask("GET", "/pave.svg", Accept_Encoding="gzip")[0] == 200:  # only with the web application inside
                encodings(s)
            rights(s)
            parts(s, cookie)
            computed(s, cookie, one_namespace(s))
            rights_change(s)
            stream, slow = watching(s, cookie)
            guesses_keep_nobody_out(s)
            status = s.ask("DELETE", "/portal/session", Cookie=cookie, X_Pave_Portal="1")[0]
            check(status == 200 and s.ask("GET", "/portal/session", Cookie=cookie)[0] == 401, "signing out ends the session", status)
            shutdown(s, stream, slow)
        finally:
            if s.process.poll() is None:
                s.process.kill()
    print("1..%d" % count)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
