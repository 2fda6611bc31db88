#!/usr/bin/env python3
"""`pave rego run --server` answers as OPA's REST API does.  Speaks TAP."""
import gzip
import json
import os
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, check, done  # noqa: E402

POLICY = """package app

default allow := false

allow if input.user == data.users.admin

greeting := sprintf("hello %v", [input.user])

half := 1 / input.n

clash := 1 if input.user
clash := 2 if input.user
"""

folder = Folder()
folder.write("app.rego", POLICY)
folder.write("users/data.json", {"users": {"admin": "ann"}})
opa = Opa(folder, "app.rego", "users/data.json")

# ---- metrics ----
opa.data("app/allow", {})
opa.get("/health")
opa.get("/nowhere")
opa.ask("DELETE", "/v1/policies/none")
told = opa.get("/metrics")[1]
check("metrics have OPA's names", [line in told for line in [
    'http_request_duration_seconds_bucket{code="200",handler="v1/data",method="post",le="1e-06"} 0\n',
    'http_request_duration_seconds_count{code="200",handler="v1/data",method="post"} 1\n',
    'http_request_duration_seconds_count{code="200",handler="health",method="get"} 1\n',
    'http_request_duration_seconds_count{code="404",handler="catchall",method="get"} 1\n',
    'http_request_duration_seconds_count{code="404",handler="v1/policies",method="delete"} 1\n']], [True] * 5)

# ---- decisions ----
check("a decision", opa.ask("POST", "/v1/data/app/allow", {"input": {"user": "ann"}}), (200, {"result": True}))
check("without an input there is a warning", opa.ask("POST", "/v1/data/app/allow", {}), (200, {
    "result": False,
    "warning": {"code": "api_usage_warning", "message": "'input' key missing from the request"}}))
check("an input in the query", opa.get("/v1/data/app/greeting?input=%7B%22user%22%3A%22bob%22%7D"),
      (200, {"result": "hello bob"}))
check("what is undefined has no result", opa.get("/v1/data/app/greeting"), (200, {}))
check("an input in YAML", opa.ask("POST", "/v1/data/app/allow", "input: {user: ann}\n", {"Content-Type": "application/yaml"}),
      (200, {"result": True}))
check("a packed input, a packed answer",
      opa.ask("POST", "/v1/data/app/greeting", gzip.compress(json.dumps({"input": {"user": "x" * 3000}}).encode()),
              {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}), (200, {"result": "hello " + "x" * 3000}))
status, answer = opa.ask("POST", "/v1/data/app/allow?metrics&provenance", {"input": {}})
check("metrics and provenance", (sorted(answer["metrics"]), "version" in answer["provenance"]),
      (["counter_server_query_cache_hit", "timer_rego_input_parse_ns", "timer_rego_query_eval_ns", "timer_server_handler_ns"], True))
why = [line.split(" ", 1) for line in opa.ask("POST", "/v1/data/app/allow?explain=fails", {"input": {"user": "bob"}})[1]["explanation"]]
check("why", [[where, what.lstrip(" |")] for where, what in why], [
    ["query:1", "Enter data.app.allow"], ["app.rego:5", "Enter data.app.allow"],
    ["app.rego:5", "Fail input.user == data.users.admin"]])
check("what led there", len(opa.ask("POST", "/v1/data/app/allow?explain=full", {"input": {"user": "ann"}})[1]["explanation"]), lambda n: n > 3)
check("nobody asked", "explanation" in opa.ask("POST", "/v1/data/app/allow", {"input": {"user": "bob"}})[1], False)
check("broken JSON", opa.ask("POST", "/v1/data/app/allow", "{"),
      lambda a: a[0] == 400 and a[1]["code"] == "invalid_parameter" and "malformed input document" in a[1]["message"])
check("a conflict is an error with its place", opa.ask("POST", "/v1/data/app/clash", {"input": {"user": 1}}), (500, {
    "code": "internal_error", "message": "error(s) occurred while evaluating query",
    "errors": [{"code": "eval_conflict_error", "message": "complete rules must not produce multiple outputs",
                "location": {"file": "app.rego", "row": 12, "col": 1}}]}))
check("a builtin's error is undefined", opa.ask("POST", "/v1/data/app/half", {"input": {"n": 0}}), (200, {}))
check("unless it is strict", opa.ask("POST", "/v1/data/app/half?strict-builtin-errors", {"input": {"n": 0}})[1]["errors"][0]["code"],
      "eval_builtin_error")
check("v0: the body is the input", opa.ask("POST", "/v0/data/app/allow", {"user": "ann"}), (200, True))
check("v0: undefined is 404", opa.ask("POST", "/v0/data/app/greeting", {}),
      (404, {"code": "undefined_document", "message": "document undefined: data.app.greeting"}))
check("v0: what is not there is missing", opa.ask("POST", "/v0/data/app/none", {}),
      (404, {"code": "undefined_document", "message": "document missing: data.app.none"}))
check("the default decision", opa.ask("POST", "/", {}),
      (404, {"code": "undefined_document", "message": "document missing: data.system.main"}))

# ---- data ----
check("data is put", opa.ask("PUT", "/v1/data/servers/a", {"ports": [80]}), (204, ""))
check("and read", opa.get("/v1/data/servers"), (200, {"result": {"a": {"ports": [80]}}}))
check("and patched", opa.ask("PATCH", "/v1/data/servers", [
    {"op": "add", "path": "a/ports/-", "value": 443}, {"op": "replace", "path": "/a/ports/0", "value": 8080},
    {"op": "add", "path": "/b", "value": {}}]), (204, ""))
check("all of it", opa.get("/v1/data/servers"), (200, {"result": {"a": {"ports": [8080, 443]}, "b": {}}}))
check("a patch that fails changes nothing", opa.ask("PATCH", "/v1/data/servers", [
    {"op": "remove", "path": "/b"}, {"op": "remove", "path": "/c"}]),
    (404, {"code": "resource_not_found", "message": "storage_not_found_error: /servers/c: document does not exist"}))
check("so it is still there", opa.get("/v1/data/servers/b"), (200, {"result": {}}))
check("an operation that is none", opa.ask("PATCH", "/v1/data", [{"op": "move", "path": "/a"}]),
      (400, {"code": "invalid_parameter", "message": "bad patch operation: move"}))
check("If-None-Match", opa.ask("PUT", "/v1/data/servers", {}, {"If-None-Match": "*"})[0], 304)
check("an escaped slash is part of a name", (opa.ask("PUT", "/v1/data/servers/x%2Fy", 1)[0],
      opa.get("/v1/data/servers/x%2Fy")[1]), (204, {"result": 1}))
check("data is deleted", opa.ask("DELETE", "/v1/data/servers/a"), (204, ""))
check("once", opa.ask("DELETE", "/v1/data/servers/a")[0], 404)
check("no data where a rule is", opa.ask("PUT", "/v1/data/app/allow", True),
      lambda a: a[0] == 400 and "conflicting rule for data path app/allow found" in a[1]["message"])

# ---- policies ----
check("a policy is put", opa.ask("PUT", "/v1/policies/more", "package more\n\nx := data.app.allow\n"), (200, {}))
check("and asked", opa.data("more/x", {"user": "ann"}), True)
status, answer = opa.get("/v1/policies/more")
check("and read, with its tree", (answer["result"]["id"], answer["result"]["raw"].split("\n")[0],
      answer["result"]["ast"]["package"]["path"][1]["value"]), ("more", "package more", "more"))
check("policies are listed", [p["id"] for p in opa.get("/v1/policies")[1]["result"]], ["app.rego", "more"])
status, answer = opa.ask("PUT", "/v1/policies/bad", "package bad\n\nx := y\n")
check("one that does not compile is refused with its place", (status, answer["message"], answer["errors"][0]["code"],
      answer["errors"][0]["location"]), (400, "error(s) occurred while compiling module(s)", "rego_unsafe_var_error",
      {"file": "bad", "row": 3, "col": 1}))
check("and changes nothing", opa.get("/v1/policies/bad")[0], 404)
check("an empty one", opa.ask("PUT", "/v1/policies/bad", ""), (400, {"code": "invalid_parameter", "message": "empty module"}))
check("a policy is deleted", (opa.ask("DELETE", "/v1/policies/more"), opa.data("more/x")), ((200, {}), None))

# ---- queries ----
check("an ad-hoc query", opa.get("/v1/query?q=data.users%5Bx%5D%20%3D%20y"), (200, {"result": [{"x": "admin", "y": "ann"}]}))
check("with an input", opa.ask("POST", "/v1/query", {"query": "input.xs[i] > 1", "input": {"xs": [1, 2, 3]}}),
      (200, {"result": [{"i": 1}, {"i": 2}]}))
check("without a result", opa.ask("POST", "/v1/query", {"query": "data.none"}), (200, {}))
status, answer = opa.ask("POST", "/v1/query", {"query": "x = "})
check("what does not parse", (status, answer["message"], answer["errors"][0]["code"]),
      (400, "error(s) occurred while parsing query", "rego_parse_error"))
check("without a query", opa.get("/v1/query"), (400, {"code": "invalid_parameter", "message": "missing parameter 'q'"}))

# ---- what is left when the input is not known ----
status, answer = opa.ask("POST", "/v1/compile", {"query": "data.app.allow == true"})
check("partial evaluation leaves a query", (status, answer["result"]["queries"]), (200, [[{"index": 0, "terms": [
    {"type": "ref", "value": [{"type": "var", "value": "eq"}]},
    {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "user"}]},
    {"type": "string", "value": "ann"}]}]]))
check("with the input known, it is decided", opa.ask("POST", "/v1/compile", {
    "query": "data.app.allow == true", "input": {"user": "ann"}, "unknowns": ["data.elsewhere"]}), (200, {"result": {"queries": [[]]}}))
check("or never holds", opa.ask("POST", "/v1/compile", {
    "query": "data.app.allow == true", "input": {"user": "eve"}, "unknowns": ["data.elsewhere"]}), (200, {"result": {}}))
check("a default value that counts comes with its rules", opa.ask("POST", "/v1/compile", {"query": "x = data.app.allow"}),
      lambda a: a[0] == 200 and [r["head"]["name"] for r in a[1]["result"]["support"][0]["rules"]] == ["allow", "allow"])
check("and so does what is not to be inlined", opa.ask("POST", "/v1/compile", {
    "query": "data.app.allow == true", "options": {"disableInlining": ["data.app.allow"]}}),
    lambda a: a[0] == 200 and len(a[1]["result"]["support"]) == 1)

# ---- conditions over rows ----
opa.ask("PUT", "/v1/policies/rows", """package rows

mine if input.t.owner == input.user
mine if { startswith(input.t.title, "50%_'"); 10 > input.t["a \\"b"] }
every_row if input.user == "ann"
both if { not input.t.state in ["x", null]; input.t.n != null; input.t.a <= input.u.b }
never if input.user == "nobody"
no_word if { count(input.t.title) > 3; input.t.a.b == 1 }
no_column if { input["u.t"].x == 1; input.u["x\\u0000y"] == 2; input.t["x.y"] == 3 }
default whole := false
whole if input.t.x == 1
masked := {"t": {"owner": {"replace": {"value": "*"}}}}
""")


def rows(rule, words, options=None, user="ann"):
    return opa.ask("POST", "/v1/compile/rows/" + rule, {"input": {"user": user}, "unknowns": ["input.t", "input.u", "input[\"u.t\"]"],
                                                        "options": options or {}},
                   {"Accept": "application/vnd.opa.%s+json" % words})


def sql(rule, dialect, **options):
    status, answer = rows(rule, "sql." + dialect, options)
    return answer.get("result", {}).get("query") if status == 200 else status


for dialect, mine, both in [
        ("postgresql", """WHERE (t.owner = E'ann' OR (t.title LIKE E'50\\\\%\\\\_\\'%' AND t."a ""b" < E'10'))""",
         "WHERE (NOT t.state IN (E'x', NULL) AND t.n IS NOT NULL AND t.a <= u.b)"),
        ("mysql", """WHERE (t.owner = 'ann' OR (t.title LIKE '50\\\\%\\\\_\\'%' AND t.`a "b` < '10'))""",
         "WHERE (NOT t.state IN ('x', NULL) AND t.n IS NOT NULL AND t.a <= u.b)"),
        ("sqlserver", """WHERE (t.owner = N'ann' OR (t.title LIKE N'50[%][_]''%' AND t."a ""b" < N'10'))""",
         "WHERE (NOT t.state IN (N'x', NULL) AND t.n IS NOT NULL AND t.a <= u.b)")]:
    check("a rule as SQL for " + dialect, sql("mine", dialect), mine)
    check("negation, lists, nothing and fields for " + dialect, sql("both", dialect), both)
check("every row", rows("every_row", "sql.sqlite"), (200, {"result": {"query": ""}}))
check("every row, as a tree", rows("every_row", "ucast.all"), (200, {"result": {"query": {}}}))
check("no row", rows("never", "ucast.prisma"), (200, {}))
check("masks change no condition", sql("every_row", "mysql", maskRule="data.rows.masked"), "")
check("mapped names and masks", rows("both", "sql.sqlite", {
    "targetSQLTableMappings": {"sqlite": {"t": {"$self": "T", "n": "N"}}}, "maskRule": "data.rows.masked"}), (200, {"result": {
        "query": "WHERE (NOT T.state IN ('x', NULL) AND T.N IS NOT NULL AND T.a <= u.b)",
        "masks": {"t": {"owner": {"replace": {"value": "*"}}}}}}))
check("a tree", rows("both", "ucast.all")[1]["result"]["query"], {"type": "compound", "operator": "and", "value": [
    {"type": "compound", "operator": "not", "value": [{"type": "field", "field": "t.state", "operator": "in", "value": ["x", None]}]},
    {"type": "field", "field": "t.n", "operator": "ne", "value": None},
    {"type": "field", "field": "t.a", "operator": "lte", "value": {"field": "u.b"}}]})
check("several at once", sorted(rows("both", "multitarget", {"targetDialects": ["sql+mysql", "ucast+all"]})[1]["result"]), ["mysql", "ucast"])
status, answer = rows("no_word", "sql.mysql")
check("what has no word is told, each", (status, answer["code"], [e["message"] for e in answer["errors"]]), (400, "evaluation_error", [
    "invalid builtin `count`", "gt: invalid operand: expected a field or a constant, found var", "eq: invalid ref operand: input.t.a.b"]))
check("nor is a table or a column whose name would be another's", [e["message"].split(":")[1] for e in rows("no_column", "sql.mysql")[1]["errors"]],
      [" invalid ref operand"] * 2)
check("nor has each dialect all", rows("both", "ucast.minimal")[0], 400)
check("a field beside a field", rows("both", "ucast.prisma")[1]["errors"][0]["message"],
      'reference to field: unsupported feature "field-ref" for UCAST (prisma)')
check("no words for what nobody knows", rows("mine", "sql.oracle"), lambda a: a[0] == 400 and "expected application/vnd.opa.X+json" in a[1]["message"])
check("nor among several", rows("mine", "multitarget", {"targetDialects": ["sql+oracle"]})[0], 400)
check("a default that is false adds nothing", sql("whole", "mysql"), "WHERE t.x = '1'")
opa.ask("PUT", "/v1/policies/said", """package said

# METADATA
# scope: document
# compile:
#   unknowns: [input.t]
#   mask_rule: hidden
seen if input.t.colour == input.colour

# METADATA
# compile: {unknowns: [input.u], mask_rule: data.rows.masked}
own.rule if input.u.colour == input.colour

plain if input.t.colour == input.colour

hidden.t.price.replace.value := "*"
""")
HIDDEN = {"t": {"price": {"replace": {"value": "*"}}}}
for name, rule, more, want in [
        ("its annotation", "seen", {}, {"query": "WHERE t.colour = 'red'", "masks": HIDDEN}),
        ("that of a rule alone", "own/rule", {}, {"query": "WHERE u.colour = 'red'", "masks": {"t": {"owner": {"replace": {"value": "*"}}}}}),
        ("the request before it", "own/rule", {"unknowns": ["input.t"]}, None),
        ("and so with masks", "seen", {"options": {"maskRule": "data.said.none"}}, {"query": "WHERE t.colour = 'red'"}),
        ("nobody, so all is known", "plain", {}, None)]:
    check("what is unknown is said by: " + name, opa.ask("POST", "/v1/compile/said/" + rule, {"input": {"colour": "red"}, **more}, {
        "Accept": "application/vnd.opa.sql.sqlite+json"}), (200, {"result": want} if want else {}))
check("a query that gives out what nobody knows", opa.ask("POST", "/v1/query", {"query": "n"}),
      lambda a: a[0] == 400 and a[1]["errors"][0]["message"] == "var n is unsafe")
check("a query is wanted", opa.ask("POST", "/v1/compile", {}),
      (400, {"code": "invalid_parameter", "message": "missing required 'query' value"}))
check("unknowns are references", opa.ask("POST", "/v1/compile", {"query": "input.x", "unknowns": ["1 + 1"]})[0], 400)

# ---- health and the rest ----
check("health", opa.get("/health?bundles&plugins"), (200, {}))
opa.ask("PUT", "/v1/policies/health", "package system.health\n\nlive := true\n\nready if data.warm\n")
check("health by policy", opa.get("/health/live"), (200, {}))
check("which may say no", opa.get("/health/ready"),
      (500, {"error": "health check (data.system.health.ready) was undefined"}))
opa.ask("PUT", "/v1/data/warm", True)
check("and yes", opa.get("/health/ready"), (200, {}))
check("the configuration", opa.get("/v1/config")[1]["result"]["default_decision"], "/system/main")
check("no status without the plugin", opa.get("/v1/status"),
      (500, {"code": "internal_error", "message": "status plugin not enabled"}))
check("another method", opa.ask("POST", "/v1/policies")[0], 405)
check("another path", opa.get("/v1/nothing")[0], 404)
check("it stops when it is told", opa.stop(), 0)

# ---- who may ask ----
folder.write("authz.rego", """package system.authz

default allow := {"allowed": false, "reason": "nobody knows you"}

allow := {"allowed": true} if input.identity == "s3cret"
allow := {"allowed": true} if {
	input.method == "GET"
	input.path == ["v1", "data", "users"]
	input.headers["X-Team"] == ["web"]
	input.params.pretty == ["true"]
}
allow := {"allowed": true} if input.body.input.user == "ann"
""")
opa = Opa(folder, "app.rego", "users/data.json", "authz.rego", "--authentication", "token", "--authorization", "basic")
check("a stranger is refused, with the reason", opa.get("/v1/data"), (401, {"code": "unauthorized", "message": "nobody knows you"}))
check("who has the token is not", opa.get("/v1/data/users", headers={"Authorization": "Bearer s3cret"})[0], 200)
check("policy sees path, headers and parameters", opa.get("/v1/data/users?pretty=true", headers={"X-Team": "web"})[0], 200)
check("and the body", opa.data("app/allow", {"user": "ann"}), True)
check("it stops", opa.stop(), 0)
folder.write("shut.rego", "package system.authz\n\nallow if not input.body.input.user == \"eve\"\n")
opa = Opa(folder, "app.rego", "shut.rego", "--authorization", "basic")
asks = json.dumps({"input": {"user": "eve"}})
check("what the body says cannot be hidden by how it is packed or written", [opa.ask("POST", "/v1/data/app/allow", body, headers)[0] for body, headers in [
    (asks, {}), (gzip.compress(asks.encode()), {"Content-Encoding": "gzip"}), ("input: {user: eve}", {"Content-Type": "application/yaml"}),
    ("{", {}), (json.dumps({"input": {"user": "ann"}}), {})]], [500, 500, 500, 400, 200])
check("it stops, shut", opa.stop(), 0)
opa = Opa(folder, "app.rego", "--authorization", "basic")
check("no policy, no answer", opa.get("/v1/data"), (500, {"code": "internal_error", "message": "authorization policy missing or undefined"}))
check("it stops, too", opa.stop(), 0)

# ---- TLS, and who has a certificate ----
def openssl(*args):
    subprocess.run(["openssl", *args], cwd=folder.path, capture_output=True, check=True)


openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca")
for who, subject in {"server": "/CN=localhost", "client": "/O=shop/CN=till"}.items():
    folder.write(who + ".ext", "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=%sAuth\n" % who)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", who + ".key", "-out", who + ".csr", "-subj", subject)
    openssl("x509", "-req", "-in", who + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", who + ".pem",
            "-days", "2", "-extfile", who + ".ext")
folder.write("tls.rego", "package system.authz\n\nallow if input.identity == \"CN=till,O=shop\"\n")
opa = Opa(folder, "app.rego", "tls.rego", "--tls-cert-file", "server.pem", "--tls-private-key-file", "server.key",
          "--tls-ca-cert-file", "ca.pem", "--authentication", "tls", "--authorization", "basic")
tls = ssl.create_default_context(cafile=os.path.join(folder.path, "ca.pem"))
check("without a certificate nobody is known", opa.get("/v1/data/app/allow", context=tls)[0], 401)
tls.load_cert_chain(os.path.join(folder.path, "client.pem"), os.path.join(folder.path, "client.key"))
check("with it, the policy sees its subject", opa.get("/v1/data/app/allow", context=tls), (200, {"result": False}))
check("it stops with TLS", opa.stop(), 0)

# ---- Rego v0 ----
opa = Opa(folder, "--v0-compatible")
check("a module in v0", opa.ask("PUT", "/v1/policies/old", "package old\n\np[x] { x := input.xs[_] }\n"), (200, {}))
check("is asked", opa.data("old/p", {"xs": [2, 1]}), [1, 2])
check("and read", opa.get("/v1/policies/old")[0], 200)
check("the end", opa.stop(), 0)
done()
