#!/usr/bin/env python3
"""`pave rego run --server` takes the flags that OPA's deployments start it with.  Speaks TAP."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, check, done, pave  # noqa: E402

folder = Folder()
folder.write("policy/app.rego", "package app\n\nallow if input.user == data.users.admin\n")
folder.write("policy/users/data.json", {"admin": "ann"})
folder.write("policy/app_test.rego", "package app\n\ntest_allow if\n")
folder.write("authz.rego", "package system.authz\n\ndefault allow := false\n\nallow if input.identity == \"s3cret\"\n")
folder.write("team", "shop: [")
opa = Opa(folder, "--ignore=.*", "--ignore=*_test.rego,nothing", "--log-level=info", "--log-format=json-pretty",
          "--diagnostic-addr=:0", "--addr=http://127.0.0.1:0", "--set=decision_logs.console=true", "--set=decision_log.console=true",
          "--set-file=labels.team=team", "--skip-version-check", "--skip-known-schema-check", "--shutdown-grace-period=10",
          "--shutdown-wait-period", "0", "--min-tls-version=1.2", "--max-errors", "5", "--authentication=token",
          "--authorization=basic", "--optimize-store-for-read-speed", "policy", "authz.rego")
check("it starts with a deployment's flags", bool(opa.url), True)
second = opa.process.stdout.readline().split()[-1]
third = opa.process.stdout.readline().split()
diagnosis = third[-1].replace("0.0.0.0", "127.0.0.1")
check("says where each address is", (opa.url != second, third[:2]), (True, ["diagnosis", "at"]))
token = {"Authorization": "Bearer s3cret"}
for url in [opa.url, second]:
    opa.url = url
    check("each address answers", opa.ask("POST", "/v1/data/app/allow", {"input": {"user": "ann"}}, token)[1].get("result"), True)
check("a file's text is a setting, whatever it says", opa.get("/v1/config", headers=token)[1]["result"]["labels"]["team"], "shop: [")
opa.url = diagnosis
check("diagnosis: health", opa.get("/health", headers=token), (200, {}))
check("diagnosis: metrics", "http_request_duration_seconds" in opa.get("/metrics", headers=token)[1], True)
check("diagnosis: nothing else", opa.get("/v1/data", headers=token)[0], 404)
check("diagnosis: who may not is told so", opa.get("/health")[0], 401)
check("it stops", opa.stop(), 0)
lines = folder.read("err").splitlines()
check("an option that nobody knows is told of", [json.loads(line).get("option") for line in lines if "unknown configuration" in line], ["decision_log"])
check("its log is JSON, as wanted", [json.loads(line)["level"] for line in lines if "stopping" in line], ["info"])

folder.write("err", "")
opa = Opa(folder, "--log-level", "error", "policy/app.rego")
check("less is logged", (opa.stop(), "stopping" in folder.read("err")), (0, False))

folder.write("many.rego", "package many\n\na := x1\n\nb := x2\n\nc := x3\n")
for name, wanted, flags in [
        ("errors are counted", "2 errors occurred", ["--max-errors", "1", "many.rego"]),
        ("a level that is none", "--log-level: expected debug, info or error, found warn", ["--log-level=warn"]),
        ("a form that is none", "--log-format: expected text, json or json-pretty, found x", ["--log-format=x"]),
        ("seconds that are none", "--shutdown-wait-period: expected a number from 0 on, found \"x\"", ["--shutdown-wait-period=x"]),
        ("a weak TLS", "--min-tls-version: not supported: 1.0", ["--min-tls-version=1.0"]),
        ("a setting without a file", "--set-file: expected KEY=VALUE", ["--set-file=a"]),
        ("a file that is not there", "--set-file a: ", ["--set-file=a=nofile"]),
        ("an address that is none", "--diagnostic-addr: expected HOST:PORT", ["--diagnostic-addr=x"]),
        ("TLS without a certificate", "expected --tls-cert-file, too", ["--addr=https://127.0.0.1:0"])]:
    told = pave("rego", "run", "--server", "--addr", "localhost:0", *flags, cwd=folder.path)
    check(name, wanted in told.stderr and told.returncode != 0, True)
done()
