#!/usr/bin/env python3
"""The platform's own bundles and decision logs: configured by a Secret, brought from a real server.  Speaks TAP."""
import atexit
import base64
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Service, check, done, until  # noqa: E402
from server import Server  # noqa: E402

SECRETS = "/api/v1/namespaces/pave-system/secrets"
MAPS = "/api/v1/namespaces/pave-system/configmaps"
FAST = {"min_delay_seconds": 0, "max_delay_seconds": 0}
POLICY = "package authz\n\ndefault allow := false\n\nallow if data.roles[input.user] == \"admin\"\n"
MASKS = "package system.log\n\nmask contains \"/input/password\"\n\ndrop if input.input.user == \"health\"\n"

folder, service = Folder(), Service()
subprocess.run(["openssl", "genrsa", "-out", "key.pem", "2048"], cwd=folder.path, capture_output=True, check=True)
subprocess.run(["openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem"], cwd=folder.path, capture_output=True, check=True)
sealed = ("--signing-key", "key.pem")


def make(name, roles, revision="r1", roots=("authz", "roles", "system/log"), flags=sealed, **more):
    manifest = {"revision": revision, "roots": list(roots)}
    return folder.bundle(name, {"authz.rego": POLICY, "log.rego": MASKS, "roles/data.json": roles, ".manifest": manifest, **more}, *flags)


def config(**more):
    return {"services": {"s": {"url": service.url + "/v1/", "credentials": {"bearer": {"token": "t0p-s3cret"}}}},
            "keys": {"k": {"key": folder.read("public.pem"), "algorithm": "RS256"}},
            "bundles": {"main": {"service": "s", "resource": "main.tar.gz", "polling": FAST, "signing": {"keyid": "k"}}},
            "decision_logs": {"service": "s", "file_path": "decisions.jsonl", "reporting": FAST}, **more}


def write(text, method="PUT"):
    text = text if isinstance(text, str) else json.dumps(text)
    return server.ask(method, SECRETS + ("" if method == "POST" else "/opa-config"), {
        "metadata": {"name": "opa-config"}, "data": {"config.yaml": base64.b64encode(text.encode()).decode()}})


def data(path, input):
    return server.ask("POST", "/v1/data/" + path, {"input": input})[1].get("result")


def events(path="/v1/logs"):
    return [e for _, body in service.told(path) for e in json.loads(body)]


def standing():
    meta = server.ask("GET", SECRETS + "/opa-config")[1]["metadata"]
    return json.loads(meta.get("annotations", {}).get("openpolicyagent.org/status", "{}"))


def main_bundle():
    return standing().get("bundles", {}).get("main", {})


def config_map(name, rego):
    return {"metadata": {"name": name, "labels": {"openpolicyagent.org/policy": "rego"}}, "data": {"p.rego": rego}}


# ---- followed ----
service.answers["/v1/logs"] = (200, {}, b"{}")
service.serve("/v1/main.tar.gz", make("one", {"ann": "admin"}), '"1"')
server = Server(folder.path)
atexit.register(server.end)  # whatever becomes of the test
check("without a configuration there is nothing", (data("authz/allow", {"user": "ann"}), server.ask("GET", "/health?bundles")), (None, (200, {})))
check("it is written", write(config(), "POST")[0], 201)
check("and a bundle comes into force, with no start", until(lambda: data("authz/allow", {"user": "ann"})), True)
check("then the platform is ready", until(lambda: server.ask("GET", "/health?bundles&plugins") == (200, {})), True)
check("with the credentials of the service", service.told("/v1/main.tar.gz")[0][0].get("Authorization"), "Bearer t0p-s3cret")
check("the Secret says so", until(lambda: main_bundle() == {"state": "ok", "revision": "r1"}), True)
service.serve("/v1/main.tar.gz", make("two", {"bob": "admin"}, "r2"), '"2"')
check("a newer bundle takes its place", until(lambda: main_bundle().get("revision") == "r2"), True)
check("whole", (data("authz/allow", {"user": "ann"}), data("authz/allow", {"user": "bob"})), (False, True))
service.serve("/v1/main.tar.gz", make("unsigned", {"eve": "admin"}, "r3", flags=()), '"3"')
check("one without a signature does not", until(lambda: main_bundle().get("error")), "bundle missing .signatures.json file")
check("and changes nothing", (main_bundle()["revision"], data("authz/allow", {"user": "eve"})), ("r2", False))
check("metrics count it", until(lambda: "\npave_opa_bundles_failing 1\n" in server.ask("GET", "/metrics")[1]), True)
why = subprocess.run([os.environ.get("PAVE") or "build/debug/pave", "why", "secret/opa-config", "-n", "pave-system", "--kubeconfig", server.config],
                     capture_output=True, text=True, timeout=600)
check("pave why says it", "bundle main: bundle missing .signatures.json file" in why.stdout, True)
service.serve("/v1/main.tar.gz", make("two", {"bob": "admin"}, "r2"), '"4"')
check("until it is mended", until(lambda: main_bundle() == {"state": "ok", "revision": "r2"}), True)

# ---- decisions ----
server.ask("POST", "/v1/data/authz/allow", {"input": {"user": "log", "password": "p4ss"}})
event = until(lambda: [e for e in events() if e.get("input", {}).get("user") == "log"])[0]
check("a decision is told", (event["path"], event["result"], event["bundles"]["main"]["revision"]), ("authz/allow", False, "r2"))
check("masked as the bundle says", (event["input"], event["erased"]), ({"user": "log"}, ["/input/password"]))
data("authz/allow", {"user": "health"})
DENY = "package kubernetes.admission\n\ndeny[m] { input.request.object.metadata.labels.bad; m := \"bad\" }\n"
check("a policy of the platform's own", server.ask("POST", MAPS, config_map("bad", DENY))[0], 201)
made = server.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "x", "labels": {"bad": "y"}}})
check("refuses", made[0], 403)
denied = until(lambda: [e for e in events() if e["path"] == "kubernetes/admission" and not e["result"]["response"]["allowed"]])[0]
check("and that is told, too", (denied["result"]["response"]["status"]["message"], denied["input"]["request"]["name"], denied["requested_by"]),
      ("[pave-system/bad] bad", "x", denied["input"]["request"]["userInfo"]["username"]))
server.ask("POST", "/api/v1/namespaces/default/secrets", {
    "metadata": {"name": "y", "annotations": {"note": "h1dden"}}, "stringData": {"k": "h1dden"}})
secret = until(lambda: [e for e in events() if e.get("input", {}).get("request", {}).get("name") == "y"])[0]
check("but never what a Secret holds", ("h1dden" in json.dumps(secret), base64.b64encode(b"h1dden").decode() in json.dumps(secret),
                                       "/input/request/object/data" in secret["erased"]), (False, False, True))
check("what is dropped is told nowhere", [e for e in events() if e.get("input", {}).get("user") == "health"], [])
lines = [json.loads(line)["decision_id"] for line in folder.read("data/opa/decisions.jsonl").splitlines()]
check("the file has the same", until(lambda: {e["decision_id"] for e in events()} == set(lines)), True)
service.answers["/v1/logs"] = (500, {}, b"")
data("authz/allow", {"user": "later"})
check("a service that does not take them is told of", until(lambda: "500" in standing().get("decision_logs", "")), True)
service.answers["/v1/logs"] = (200, {}, b"{}")
check("and asked again", until(lambda: [e for e in events() if e.get("input", {}).get("user") == "later"]), bool)

# ---- what overlaps ----
status, answer = server.ask("POST", MAPS, config_map("mine", "package authz.more\n\nallow = true\n"))
check("a ConfigMap may not have what a bundle has", (status, 'bundle "main" overlaps authz/more of ConfigMap pave-system/mine' in answer["message"]),
      (422, True))
check("beside it, it may", server.ask("POST", MAPS, config_map("mine", "package shop\n\nallow = true\n"))[0], 201)
ONE, TWO = [config_map(name, "package kubernetes.admission\n\nhelp(%s) = 3\n" % takes) for name, takes in (("one", "1"), ("two", "1, 2"))]
check("a function of a policy is its own", server.ask("POST", MAPS, ONE)[0], 201)
answer = server.admin.request("POST", MAPS + "?dryRun=All", json.dumps(TWO))
check("one that does not load together with it is warned of", (answer[0], "conflicting rules data.kubernetes.admission.help" in str(answer[1])), (201, True))
check("at admission it may be", server.ask("DELETE", MAPS + "/one")[0], 200)
service.serve("/v1/main.tar.gz", make("wide", {"bob": "admin"}, "r5", ("authz", "roles", "system/log", "shop")), '"5"')
check("nor a bundle what a ConfigMap has", until(lambda: 'overlaps shop of ConfigMap pave-system/mine' in main_bundle().get("error", "")), True)
check("both stay as they were", (data("shop/allow", {}), data("authz/allow", {"user": "bob"})), (True, True))
service.serve("/v1/main.tar.gz", make("two", {"bob": "admin"}, "r2"), '"6"')

# ---- a configuration that is wrong ----
broken = config(bundles={"main": {"service": "nobody"}})
for name, text, want in [
        ("no YAML", "services: {s: {url: 't0p-s3cret", "config.yaml:1:"),
        ("a service that is not there", broken, 'bundles[main]: service "nobody" is not among services'),
        ("what is not supported", config(discovery={}), "discovery is not supported"),
        ("metrics that are not there", config(status={"console": True, "prometheus": True}), "status.prometheus is not supported"),
        ("a name that nobody knows", config(decision_log={"console": True}), "decision_log: expected a name that OPA's configuration knows"),
        ("one further in", config(bundles={"main": {"service": "s", "polling": {"min_delay_secods": 1}}}), "bundles.main.polling.min_delay_secods"),
        ("OPA's single bundle", config(bundle={"name": "main", "service": "s"}), "configuration: bundle is not supported"),
        ("a key that nobody has", config(bundles={"main": {"service": "s", "signing": {"keyid": "q"}}}),
         'bundles[main].signing.keyid: expected one of `keys`, found "q"'),
        ("files of the server", config(keys={"k": {"key": "/etc/passwd"}}), "keys[k].key"),
        ("tokens of the server", config(services={"s": {"url": service.url, "credentials": {"bearer": {"token_path": "/x"}}}}), "token_path"),
        ("where it logs to", config(decision_logs={"file_path": "/etc/cron.d/x"}), "decision_logs.file_path")]:
    status, answer = write(text)
    check("refused: " + name, (status, want in answer["message"], "s3cret" in answer["message"]), (422, True, False))
check("the one before stays in force", data("authz/allow", {"user": "bob"}), True)

# ---- changed and taken away ----
service.serve("/v2/other.tar.gz", make("other", {"carl": "admin"}, "o1", flags=()), '"o"')
other = {"other": {"service": "s", "resource": "other.tar.gz", "polling": FAST}}
check("another configuration", write(config(services={"s": {"url": service.url + "/v2"}}, bundles=other, decision_logs={"console": True}))[0], 200)
check("is in force", until(lambda: data("authz/allow", {"user": "carl"})), True)
check("and what the one before brought is not", data("authz/allow", {"user": "bob"}), False)
repo = folder.write("repo/policy/git.rego", "package cloned\n\nallow := true\n")
folder.write("repo/policy/.manifest", {"revision": "g1", "roots": ["cloned"]})
for command in (["init", "-q", "-b", "main", "."], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "g1"]):
    subprocess.run(["git", *command], cwd=folder.path + "/repo", capture_output=True, check=True)
cloned = {"cloned": {"git": {"url": folder.path + "/repo", "revision": "main", "path": "policy"}, "polling": FAST}}
file = {"file": {"resource": "file://" + folder.path + "/filed.tar.gz", "polling": FAST}}
folder.bundle("filed", {"filed.rego": "package filed\n\nallow := true\n", ".manifest": {"roots": ["filed"]}})
check("a repository and a file", write({"bundles": {**cloned, **file}})[0], 200)
check("bring bundles, too", until(lambda: (data("cloned/allow", {}), data("filed/allow", {})) == (True, True)), True)
check("again", write(config())[0], 200)
check("back", until(lambda: data("authz/allow", {"user": "bob"})), True)
shown = json.dumps([server.ask("GET", "/v1/config")[1], server.ask("GET", "/v1/status")[1], standing()])
check("the token stands nowhere", "s3cret" in shown + server.logged() + why.stdout, False)
check("the server stops", server.end(), 0)

# ---- without the network ----
service.stop()
server.start()
check("the bundle that was kept is in force at once", data("authz/allow", {"user": "bob"}), True)
check("and it is said that none newer is reached", until(lambda: main_bundle().get("state") == "error"), True)
check("without the Secret", server.ask("DELETE", SECRETS + "/opa-config")[0], 200)
check("there is none", until(lambda: data("authz/allow", {"user": "bob"}) is None), True)
check("but what ConfigMaps say stays", data("shop/allow", {}), True)
check("it stops again", server.end(), 0)
done()
