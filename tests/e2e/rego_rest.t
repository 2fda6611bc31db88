#!/usr/bin/env python3
"""Codes, errors and headers of OPA's REST API, row by row, as OPA 1.20.2 answers (but where a row says so).
Speaks TAP."""
import gzip
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, check, done  # noqa: E402

folder = Folder()
folder.write("app.rego", """package app

default allow := false

allow if input.user == data.users.admin

f(x) := x + 1

nothing if input == null

asks := http.send({"method": "get", "url": "http://127.0.0.1:1/"})

long := concat("", ["%s"])
""" % ("x" * 3000))
DATA = {"users": {"admin": "ann"}, "list": [{"a": 1}, {"b": [10, 20]}]}
folder.write("data.json", DATA)
opa = Opa(folder, "app.rego", "data.json")


def row(name, method, path, body, status, wanted, headers=None):
    """wanted: a text in the message, with the code in front ("resource_conflict: ..."); or the document."""
    got, answer = opa.ask(method, path, body, headers)
    if isinstance(wanted, str) and isinstance(answer, dict):
        told = "%s: %s" % (answer.get("code"), answer.get("message"))
        check(name, (got, told if wanted not in told else wanted), (status, wanted))
    else:
        check(name, (got, answer), (status, wanted))


def same(name):
    check(name, opa.get("/v1/data/users")[1]["result"] == DATA["users"] and opa.get("/v1/data/list")[1]["result"], DATA["list"])


# ---- paths ----
for path, ref in [("list/9", "data.list[9]"), ("list/-1", "data.list[-1]"), ("app%2Fallow", 'data["app/allow"]'), ("users;x=1", 'data["users;x=1"]'),
                  ("list/1e0", 'data.list["1e0"]'), ("%C3%A9", 'data["é"]'), ("a/b", "data.a.b")]:
    row("missing: " + path, "POST", "/v0/data/" + path, {}, 404, "undefined_document: document missing: " + ref)
row("undefined, where there is a rule", "POST", "/v0/data/app/nothing", {}, 404, "undefined_document: document undefined: data.app.nothing")
row("what does not decode", "GET", "/v1/data/%zz", None, 400, "bad path: /v1/data/%zz")
row("what is no text (500 with OPA)", "GET", "/v1/data/%ff", None, 400, "bad path: /v1/data/%ff")
row("no such reference", "GET", "/v1/data/app/allow/x", None, 500,
    "internal_error: 1 error occurred: 1:1: rego_type_error: undefined ref: data.app.allow.x")
row("a function is no document", "GET", "/v1/data/app/f", None, 500,
    "internal_error: 1 error occurred: 1:1: rego_type_error: function data.app.f used as reference, not called")
row("a word of the language is a name", "GET", "/v1/data/if/default", None, 200, {})

# ---- bodies ----
WARNING = {"code": "api_usage_warning", "message": "'input' key missing from the request"}
row("null is no input", "POST", "/v1/data/app/allow", "null", 200, {"result": False, "warning": WARNING})
row("nor is an input that is null", "POST", "/v1/data/app/nothing", {"input": None}, 200, {"warning": WARNING})
row("nor that of a query", "POST", "/v1/query", {"query": "input == null", "input": None}, 200, {})
row("but null in the address is one", "GET", "/v1/data/app/nothing?input=null", None, 200, {"result": True})
YAML = {"Content-Type": "application/yaml"}
row("an input may be YAML", "POST", "/v0/data/app/allow", "user: ann\n", 200, True, YAML)
row("data may not", "PUT", "/v1/data/x", "a: 1\n", 400, "invalid_parameter: ", YAML)
row("nor may a query", "POST", "/v1/query", "query: x := 1\n", 400, "decoding request", YAML)
row("nothing to patch", "PATCH", "/v1/data/users", "null", 204, "")

# ---- writing data ----
row("all of it", "PUT", "/v1/data", {"only": 1}, 204, "")
check("is replaced", opa.get("/v1/data/only")[1] == {"result": 1} and opa.get("/v1/data/users")[1], {})
opa.ask("PUT", "/v1/data", DATA)
row("the root is an object", "PUT", "/v1/data", 5, 400, "invalid_parameter: storage_invalid_patch_error: root must be object")
row("it is not deleted", "DELETE", "/v1/data", None, 405, "invalid_operation")
row("however it is written (301 with OPA)", "DELETE", "/v1/data//", None, 405, "invalid_operation")
row("nor removed", "PATCH", "/v1/data", [{"op": "remove", "path": "/"}], 400, "invalid_parameter: storage_invalid_patch_error: root cannot be removed")
row("below a text", "PUT", "/v1/data/users/admin/deep", 1, 404, "resource_conflict: storage_write_conflict_error: /users/admin")
row("into a list", "PUT", "/v1/data/into", [1, 2, 3], 204, "")
row("before its item", "PUT", "/v1/data/into/1", 9, 204, "")
check("as OPA puts it", opa.data("into"), [1, 9, 2, 3])
row("and away", "DELETE", "/v1/data/into", None, 204, "")
row("behind a list", "PUT", "/v1/data/list/9", 1, 404, "resource_conflict: storage_write_conflict_error: /list")
row("below what is not in a list", "PUT", "/v1/data/list/9/a", 1, 404, "resource_conflict: storage_write_conflict_error: /list")
row("an item that is not there", "DELETE", "/v1/data/list/9", None, 404, "resource_not_found: storage_not_found_error: /list/9: array index out of range")
row("no index", "PATCH", "/v1/data/list", [{"op": "add", "path": "x", "value": 1}], 404,
    "resource_not_found: storage_not_found_error: /list/x: array index must be integer")
for op in ("replace", "remove"):
    row(op + " behind the last", "PATCH", "/v1/data/list", [{"op": op, "path": "-", "value": 1}], 400,
        "invalid_parameter: storage_invalid_patch_error: /list/-: invalid patch path")
row("where a rule is", "PUT", "/v1/data/app/allow", 1, 400,
    "invalid_parameter: 1 error occurred: app.rego:3: rego_compile_error: conflicting rule for data path app/allow found")
row("above rules", "PUT", "/v1/data/app", 1, 400, "5 errors occurred:\napp.rego:3: rego_compile_error: conflicting rule for data path app/allow found\n")
status, answer = opa.ask("PUT", "/v1/policies/m", "package users\n\nadmin := 1\n")
check("a rule where data is", (status, answer["message"], answer["errors"]), (400, "error(s) occurred while compiling module(s)", [{
    "code": "rego_compile_error", "message": "conflicting rule for data path users/admin found", "location": {"file": "m", "row": 3, "col": 1}}]))
same("and nothing has changed")

# ---- what is no query is none in part either ----
SEND = 'http.send({"method": "get", "url": "http://127.0.0.1:1/"})'
for query, code, text in [
        ("x", "rego_unsafe_var_error", "var x is unsafe"),
        ("x > input.y", "rego_unsafe_var_error", "var x is unsafe"),
        ("count(1)", "rego_type_error", "count: invalid argument(s)"),
        ("nope(1)", "rego_type_error", "undefined function nope"),
        ("x := " + SEND, "rego_type_error", "unsafe built-in function calls in expression: http.send"),
        ('count({"a": 1}) with count as http.send', "rego_type_error", "unsafe built-in function calls in expression: http.send")]:
    for path, words in [("query", "error(s) occurred while compiling query"), ("compile", "error(s) occurred while compiling module(s)")]:
        status, answer = opa.ask("POST", "/v1/" + path, {"query": query})
        check("%s: %s" % (path, query), (status, answer.get("message"), answer.get("errors", [{}])[0].get("code"), answer.get("errors", [{}])[0].get("message")),
              (400, words, code, text))
row("what a rule asks is the rule's", "POST", "/v1/query", {"query": "data.app.asks"}, 500, "error(s) occurred while evaluating query")
row("a filter for several that lets nothing through", "POST", "/v1/compile/app/nothing", {"input": 1, "unknowns": ["data.none"]}, 200, {"result": {}},
    {"Accept": "application/vnd.opa.multitarget+json"})
row("for one", "POST", "/v1/compile/app/nothing", {"input": 1, "unknowns": ["data.none"]}, 200, {}, {"Accept": "application/vnd.opa.sql.mysql+json"})

# ---- headers ----
for method, path, body, vary in [("GET", "/v1/data/users", None, True), ("POST", "/v1/data/users", {}, True), ("POST", "/v1/compile", {"query": "true"}, True),
                                 ("PUT", "/v1/data/v", 1, False), ("GET", "/v1/policies", None, False), ("GET", "/health", None, False)]:
    check("%s %s: by what it varies" % (method, path), opa.whole(method, path, body)[1].get("vary"), "Accept-Encoding" if vary else None)
check("no content has no type", [opa.whole("PUT", "/v1/data/v", 1)[k] for k in (0, 2)] + [opa.whole("PUT", "/v1/data/v", 1)[1].get("content-type")], [204, b"", None])
check("what is long is packed", opa.whole("GET", "/v1/data/app/long", headers={"Accept-Encoding": "gzip"})[1].get("content-encoding"), "gzip")
check("for who takes it", opa.whole("GET", "/v1/data/app/long", headers={"Accept-Encoding": "gzip;q=0"})[1].get("content-encoding"), None)
check("a method that is none says which are", (lambda a: (a[0], a[1].get("allow")))(opa.whole("OPTIONS", "/v1/data/x")), (405, "GET, POST, PUT, PATCH, DELETE"))
check("an error ends its line", opa.whole("GET", "/v1/query")[2][-2:], b"}\n")
check("somebody is there", opa.whole("GET", "/")[0], 200)
check("it ends", opa.stop(), 0)

opa = Opa(folder, "--set", "server.encoding.gzip.min_length=5", "--set", "server.encoding.gzip.compression_level=9", "app.rego", "data.json")
status, head, text = opa.whole("GET", "/v1/data/users", headers={"Accept-Encoding": "gzip"})
check("how long is said by the configuration", (head.get("content-encoding"), gzip.decompress(text)), ("gzip", b'{"result":{"admin":"ann"}}\n'))
check("it ends, too", opa.stop(), 0)

# ---- numbers as they are written ----
opa = Opa(folder)
opa.ask("PUT", "/v1/policies/n", "package n\n\nwritten := [1.0, 1e3, -0, 1.50]\n\nsame if {\n\tinput.n == 1\n\tinput.n in {1}\n}\n")
opa.ask("PUT", "/v1/data/kept", '{"a": [1.0, 1E3, 100000000000000000000, 0.10]}')
for path, said, wanted in [
        ("kept/a", None, "[1.0,1E3,100000000000000000000,0.10]"), ("n/written", None, "[1.0,1e3,-0,1.50]"), ("n/same", "1.0", "true"), ("n/same", "0.1e1", "true"), ("n/same", "1.1", "")]:
    told = opa.whole("POST", "/v1/data/" + path, '{"input": {"n": %s}}' % (said or 1))[2].decode()
    check("%s of %s" % (path, said), told, '{"result":%s}\n' % wanted if wanted else "{}\n")
for query, wanted in [
        ("input", "1.50"), ("json.marshal(input)", '"1.50"'), ('sprintf("%v %s %d", [input, 1e3, 2.0])', '"1.5 1e3 2"'), ('sprintf("%v", [[input]])', '"[1.50]"'), ("input + 0", "1.5"),
        ("input * 2", "3"), ("abs(input)", "1.5"), ("format_int(7.0, 10)", '"7"'), ("0.0000001 * 1", "1e-07"), ("1234567.5 * 1", "1.2345675e+06"), ("0.25 + 1", "1.25"), ("0.0001 * 1", "0.0001"),
        ("1000000.25 - 1", "999999.25"), ("yaml.marshal({1.0})", '"- 1\\n"'), ("json.unmarshal(\"[1.0]\")", "[1.0]"), ("[x | some x in {1.0, 1}]", "[1.0]"), ("min([-0, 1])", "-0")]:
    told = opa.whole("POST", "/v1/query", '{"query": %s, "input": 1.50}' % json.dumps("v := " + query))[2].decode()
    check(query, told, '{"result":[{"v":%s}]}\n' % wanted)
opa.ask("PUT", "/v1/data/system/mine", 1)
opa.ask("PUT", "/v1/policies/s", "package system.log\n\nmask := set()\n")
check("what is the server's is not among all documents", sorted(opa.ask("GET", "/v1/data")[1]["result"]), ["kept", "n"])
check("but at its place", sorted(opa.ask("GET", "/v1/data/system")[1]["result"]), ["log", "mine"])
check("enough of numbers", opa.stop(), 0)

# ---- who may ----
folder.write("authz.rego", """package system.authz

default allow := false

allow if input.identity == "good"

allow := {"allowed": true} if input.identity == "map"
allow := {"allowed": false, "reason": "because"} if input.identity == "reason"
allow := {"x": 1} if input.identity == "odd"
allow := {"allowed": "yes"} if input.identity == "text"
allow := {"allowed": input.path == [""]} if input.identity == "index"

allow if {
	input.identity == "host"
	not input.headers.Host
}
""")
opa = Opa(folder, "--authentication", "token", "--authorization", "basic", "authz.rego")
NO = "unauthorized: request rejected by administrative policy"
for header, status, wanted in [
        ("Bearer good", 200, {}), ("Bearer  good", 200, {}), ("Bearer map", 200, {}), ("bearer good", 401, NO), ("Bearer good x", 401, NO), ("Basic good", 401, NO),
        ("Bearer text", 401, NO), ("Bearer reason", 401, "unauthorized: because"), ("Bearer odd", 500, "internal_error: "), ("Bearer host", 200, {})]:
    row(header, "GET", "/v1/data/x", None, status, wanted, {"Authorization": header})
check("the path of all is one empty name", opa.whole("GET", "/", headers={"Authorization": "Bearer index"})[0], 200)
check("and so it ends", opa.stop(), 0)
opa = Opa(folder, "--authorization", "basic", "app.rego")
row("without a policy", "GET", "/v1/data", None, 500, "internal_error: authorization policy missing or undefined")
check("the end", opa.stop(), 0)
done()
