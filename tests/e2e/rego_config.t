#!/usr/bin/env python3
"""Each option of OPA's configuration works, or is refused by name when the server starts.  Speaks TAP."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from opa import Folder, Opa, Service, check, done, pave, until  # noqa: E402

folder, service = Folder(), Service()
folder.write("app.rego", "package app\n\nallow if input.user == \"ann\"\n")
WITH = ["services.s.url=" + service.url, "bundles.b.service=s", "status.service=s", "decision_logs.service=s", "keys.k.key=s3cret", "keys.k.algorithm=HS256"]
LOGS = "decision_logs.reporting."
OAUTH, OAUTH_AT = "services.s.credentials.oauth2.", "services[s].credentials.oauth2"
S3, S3_AT = "services.s.credentials.s3_signing.", "services[s].credentials.s3_signing"


def settings(*more):
    return [word for set in [*WITH, *more] for word in ("--set", set)]


# ---- what would come to nothing ----
for said, wanted in [
        ("bundles.b.trigger=manual", "configuration: bundles.b.trigger is not supported, but for periodic: "),
        ("status.trigger=manual", "configuration: status.trigger is not supported, but for periodic: "),
        (LOGS + "trigger=manual", LOGS + 'trigger: expected periodic or immediate, found "manual", which is not supported'),
        ("caching.inter_query_builtin_cache.max_size_bytes=1000", "configuration: caching is not supported: "),
        ("services.s.tls.system_ca_required=true", "configuration: services.s.tls.system_ca_required is not supported, but for false: "),
        (OAUTH + "token_url=http://x/token", OAUTH_AT + ".token_url: required to use https scheme"),
        (OAUTH + "aws_kms.name=x", OAUTH_AT + ".aws_kms: not supported; expected client_secret, "),
        (OAUTH + "token_url=https://x/token", OAUTH_AT + ": expected one of client_secret, signing_key, "),
        (OAUTH + "grant_type=password", OAUTH_AT + ".grant_type: must be either client_credentials or jwt_bearer"),
        (S3 + "metadata_credentials.aws_region=x", S3_AT + ".metadata_credentials: not supported; expected environment_credentials or "),
        (S3 + "web_identity_credentials.aws_region=x", S3_AT + ".web_identity_credentials: not supported; "),
        (S3 + "service=s3", S3_AT + ": a AWS credential service must be specified"),
        ("services.s.credentials.gcp_metadata.audience=x", "services[s].credentials.gcp_metadata: not supported; expected bearer, oauth2, "),
        ("services.s.credentials.azure_managed_identity.resource=x", "services[s].credentials.azure_managed_identity: not supported; "),
        ("services.s.credentials.plugin=x", "services[s].credentials.plugin: not supported"),
        ("status.prometheus=true", "configuration: status.prometheus is not supported"),
        ("status.prometheus_config.collectors.bundle_loading_duration_ns.buckets=[1]", "configuration: status.prometheus_config is not supported: "),
        ("status.plugin=x", "configuration: status.plugin is not supported"),
        ("decision_logs.plugin=x", "decision_logs.plugin: not supported"),
        ("decision_logs.nd_builtin_cache=true", "configuration: decision_logs.nd_builtin_cache is not supported, but for false: "),
        ("nd_builtin_cache=true", "configuration: nd_builtin_cache is not supported"),
        ("discovery.resource=x", "configuration: discovery is not supported"),
        ("plugins.x.y=1", "configuration: plugins is not supported"),
        ("distributed_tracing.type=grpc", "configuration: distributed_tracing is not supported"),
        ("storage.disk.directory=x", "configuration: storage.disk is not supported"),
        ("server.metrics.prom.http_request_duration_seconds.buckets=[1]", "configuration: server.metrics is not supported"),
        ("server.encoding.gzip.min_length=0", "server.encoding.gzip.min_length: expected a number above 0, found 0"),
        ("server.encoding.gzip.compression_level=10", "server.encoding.gzip.compression_level: expected a number from 0 to 9, found 10"),
        (LOGS + "buffer_type=other", LOGS + 'buffer_type: expected size or event, found "other"'),
        (LOGS + "buffer_size_limit_events=5", LOGS + "buffer_size_limit_events: expected nothing beside buffer_type size")]:
    told = pave("rego", "run", "--server", "--addr", "localhost:0", *settings(said), cwd=folder.path)
    check("refused: " + said, (told.returncode != 0, wanted in told.stderr or told.stderr), (True, True))
for said, wanted in [("buffer_size_limit_bytes=5", "buffer_size_limit_bytes: expected nothing beside buffer_type event"),
                     ("buffer_size_limit_events=0", "buffer_size_limit_events: expected a number from 1 to 100000000")]:
    told = pave("rego", "run", "--server", "--addr", "localhost:0", *settings(LOGS + "buffer_type=event", LOGS + said), cwd=folder.path)
    check("refused: event and " + said, (told.returncode != 0, wanted in told.stderr or told.stderr), (True, True))

# ---- what is no matter, and services as a list ----
service.answers["/logs/east"] = service.answers["/status/west"] = (200, {}, b"{}")
service.serve("/b.tar.gz", folder.bundle("b", {"b.rego": "package b\n\nx := 1\n", ".manifest": {"roots": ["b"]}}), '"1"')
conf = {
    "services": [{"name": "s", "url": service.url, "tls": {"system_ca_required": False}, "urll": "a slip"}],
    "bundles": {"b": {"service": "s", "resource": "b.tar.gz", "trigger": "periodic", "polling": {"min_delay_seconds": 0, "max_delay_seconds": 0}}},
    "status": {"service": "s", "trigger": "periodic", "prometheus": False, "prometheus_config": None, "partition_name": "west"},
    "decision_logs": {"service": "s", "partition_name": "east", "nd_builtin_cache": False, "reporting": {
        "trigger": "immediate", "buffer_type": "event", "buffer_size_limit_events": 3, "upload_size_limit_bytes": 400, "min_delay_seconds": 600, "max_delay_seconds": 600}},
    "nd_builtin_cache": False, "caching": None}
opa = Opa(folder, "app.rego", "-c", folder.write("config.yaml", conf))
check("it starts", opa.url is not None, True)
check("a slip is told of", [json.loads(line).get("option") for line in folder.read("err").splitlines() if "unknown configuration" in line], ["services.0.urll"])
check("a bundle of the list's service", until(lambda: opa.data("b/x")), 1)
check("a partition of the status", until(lambda: service.told("/status/west")), bool)
events = lambda: [e for _, body in service.told("/logs/east") for e in json.loads(body)]  # noqa: E731
asked = 0
while asked < 1000 and not events():
    opa.data("app/allow", {"user": "u%d" % asked})
    asked += 1
check("immediate: a full batch is sent at once, to its partition", until(events), bool)
check("it stops", opa.stop(), 0)

# ---- more events than may wait ----
service.asked.clear()
conf["decision_logs"]["reporting"].update(trigger="periodic", upload_size_limit_bytes=100000)
opa = Opa(folder, "app.rego", "-c", folder.write("config.yaml", conf))
for i in range(10):
    opa.data("app/allow", {"user": "u%d" % i})
counts = opa.get("/v1/status")[1]["result"]["decision_logs"]["metrics"]
check("the oldest go, and are counted", counts["counter_decision_logs_dropped"], 7)
check("it stops, too", opa.stop(), 0)
check("the newest are sent", [e["input"]["user"] for e in events()], ["u7", "u8", "u9"])
service.stop()
done()
