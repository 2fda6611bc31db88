#!/usr/bin/env python3
"""Decision logs of `pave rego run`: batches, masks, drops, the console and a file.  Speaks TAP."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, Service, check, done, until  # noqa: E402

folder, service = Folder(), Service()
folder.write("app.rego", "package app\n\nallow if input.user == \"ann\"\n\nclash := 1 if input.user\nclash := 2 if input.user\n")
folder.write("log.rego", """package system.log

mask contains "/input/password"
mask contains "/custom/request_metadata/token"
mask contains {"op": "upsert", "path": "/input/card", "value": "****"} if input.input.card

mask contains sprintf("/input/keys/%d", [i]) if some i, _ in input.input.keys
mask contains {"op": "upsert", "path": "/input/pins/0", "value": "****"} if input.input.pins

drop if input.input.user == "health"
""")


def configure(**logs):
    return folder.write("config.yaml", {
        "labels": {"app": "shop"}, "services": {"s": {"url": service.url}}, "decision_logs": logs})


def events():
    return [e for _, body in service.told("/logs") for e in json.loads(body)]


# ---- batches ----
service.answers["/logs"] = (200, {}, b"{}")
opa = Opa(folder, "app.rego", "log.rego", "-c", configure(
    service="s", console=True, file_path=os.path.join(folder.path, "decisions.jsonl"),
    request_context={"http": {"headers": ["X-Team"]}}, reporting={"min_delay_seconds": 0, "max_delay_seconds": 0}))
status, answer = opa.ask("POST", "/v1/data/app/allow", {"input": {"user": "ann", "password": "p4ss", "card": "1234"}}, {"X-Team": "web"})
opa.ask("POST", "/v1/data/app/allow", {"input": {"user": "aside"}, "com.example/trace": {"id": 7}, "token": "p4ss"})
check("what comes beside the input is told, unless it is masked", until(lambda: [e for e in events() if e.get("input", {}).get("user") == "aside"])[0].get("custom"),
      {"request_metadata": {"com.example/trace": {"id": 7}}})
check("an answer has the decision's id", len(answer["decision_id"]), 36)
event = (until(events) or [{}])[0]
check("the service is told of it", (event["decision_id"], event["path"], event["result"], event["labels"]["app"], event["requested_by"]),
      (answer["decision_id"], "app/allow", True, "shop", "127.0.0.1"))
check("what is secret is masked", (event["input"], event["erased"], event["masked"]),
      ({"user": "ann", "card": "****"}, ["/input/password"], ["/input/card"]))
check("the headers that are asked for are told", event["request_context"], {"http": {"headers": {"X-Team": ["web"]}}})
opa.data("app/allow", {"user": "lists", "keys": ["k%d" % i for i in range(12)], "pins": ["0815", "x"]})
check("in lists, too", until(lambda: [e["input"] for e in events() if e.get("input", {}).get("user") == "lists"]),
      [{"user": "lists", "keys": [], "pins": ["****", "x"]}])
opa.ask("POST", "/v1/data/app/clash", {"input": {"user": "bob"}})
check("errors are told", until(lambda: [e["error"] for e in events() if e["path"] == "app/clash"]), [{
    "code": "eval_conflict_error", "message": "complete rules must not produce multiple outputs", "location": {"file": "app.rego", "row": 6, "col": 1}}])
answers = opa.ask("POST", "/v1/batch/data/app/allow", {"inputs": {"a": {"user": "one"}, "b": {"user": "two"}}})[1]
both = until(lambda: (lambda found: found if len(found) == 2 else None)([e for e in events() if e.get("input", {}).get("user") in ("one", "two")]))
check("those of a batch name it", ([e["batch_decision_id"] for e in both], sorted(e["decision_id"] for e in both)),
      ([answers["batch_decision_id"]] * 2, sorted(a["decision_id"] for a in answers["responses"].values())))
opa.data("app/allow", {"user": "health"})
opa.ask("POST", "/v1/query", {"query": "x := 1"})
check("queries are told", until(lambda: [e["result"] for e in events() if e.get("query") == "x := 1"]), [[{"x": 1}]])
check("what is dropped is not", [e for e in events() if e.get("input", {}).get("user") == "health"], [])
lines = [json.loads(line) for line in folder.read("decisions.jsonl").splitlines()]
check("the file has the same", [e["decision_id"] for e in lines], [e["decision_id"] for e in events()])
check("the console, too", [json.loads(line)["decision_id"] for line in folder.read("err").splitlines() if "Decision Log" in line],
      [e["decision_id"] for e in events()])
check("the password stands in none of them", "p4ss" in folder.read("err") + folder.read("decisions.jsonl") + str(events()), False)
check("it stops", opa.stop(), 0)

# ---- a service that does not take them ----
service.asked.clear()
service.answers["/logs"] = (500, {}, b"")
opa = Opa(folder, "app.rego", "-c", configure(service="s", reporting={
    "min_delay_seconds": 0, "max_delay_seconds": 1, "upload_size_limit_bytes": 600}))
for i in range(20):
    opa.data("app/allow", {"user": "u%d" % i})
check("it is asked again", until(lambda: len(service.told("/logs")) > 1), True)
service.asked.clear()
service.answers["/logs"] = (200, {}, b"{}")
check("nothing is lost", until(lambda: sorted({e["input"]["user"] for e in events()}) == sorted("u%d" % i for i in range(20))), True)
check("a batch is as large as it may be", max(int(h["Content-Length"]) for h, _ in service.told("/logs")), lambda n: n <= 600)
check("it stops again", opa.stop(), 0)

# ---- a service that is slow, and more events than may wait ----
service.asked.clear()
begun, go_on = threading.Event(), threading.Event()


def slow(request):
    begun.set()
    go_on.wait(600)
    return 200, {}, b"{}"


service.answers["/logs"] = slow
opa = Opa(folder, "app.rego", "-c", configure(service="s", file_path=os.path.join(folder.path, "slow.jsonl"), reporting={
    "min_delay_seconds": 0, "max_delay_seconds": 0, "buffer_size_limit_bytes": 6000}))
for i in range(3):
    opa.data("app/allow", {"user": "u%d" % i})
begun.wait(600)
for i in range(3, 40):
    opa.data("app/allow", {"user": "u%d" % i})
go_on.set()
size, wait = 0, set()  # the newest that fit
for line in reversed(folder.read("slow.jsonl").splitlines()):
    size += len(line.encode())
    wait |= {json.loads(line)["input"]["user"]} if size <= 6000 else set()
check("the newest wait, and are sent", until(lambda: wait and wait <= {e["input"]["user"] for e in events()}), True)
check("it stops, in time", opa.stop(), 0)

# ---- what is waiting at the end ----
service.asked.clear()
opa = Opa(folder, "app.rego", "-c", configure(service="s"))
opa.data("app/allow", {"user": "last"})
check("it stops and", opa.stop(), 0)
check("what was waiting is sent", [e["input"]["user"] for e in events()], ["last"])

# ---- a mask that cannot be ----
folder.write("bad.rego", "package system.log\n\nmask contains \"/labels/app\"\n")
opa = Opa(folder, "app.rego", "bad.rego", "--set", "decision_logs.console=true")
status, answer = opa.ask("POST", "/v1/data/app/allow", {"input": {}})
check("no decision is given that cannot be logged as it must", (status, "mask must be prefixed" in answer["message"]), (500, True))
check("the end", opa.stop(), 0)
for bare in '"/input/secret"', "true", "null":
    folder.write("bad.rego", "package system.log\n\nmask := %s\n" % bare)
    opa = Opa(folder, "app.rego", "bad.rego", "--set", "decision_logs.console=true")
    status, answer = opa.ask("POST", "/v1/data/app/allow", {"input": {"secret": "s3cr3t"}})
    check("nor by a mask that is %s" % bare, (status, "unexpected rule format %s" % bare in answer["message"]), (500, True))
    check("the end of it", opa.stop(), 0)
service.stop()
done()
