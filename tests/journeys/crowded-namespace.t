#!/usr/bin/env python3
"""A namespace of many objects that is deleted: while it is emptied its conditions say what is left.  Speaks TAP."""
import concurrent.futures
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import ok  # noqa: E402

OBJECTS = 700


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def empty(client):
    def call(method, path, body=None):
        status, _, text = client.request(method, path, body and json.dumps(body))
        return status, text

    def make(i):
        return call("POST", "/api/v1/namespaces/crowd/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c%d" % i}})[0]

    call("POST", "/api/v1/namespaces", namespace("crowd"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(OBJECTS)))
    ok(made == [201] * OBJECTS, "a namespace of %d objects" % OBJECTS, [m for m in made if m != 201][:3])
    since = json.loads(call("GET", "/api/v1/namespaces")[1])["metadata"]["resourceVersion"]
    call("DELETE", "/api/v1/namespaces/crowd")
    forge.patience.until(lambda: call("GET", "/api/v1/namespaces/crowd")[0] == 404)
    told = [json.loads(line) for line in
            call("GET", "/api/v1/namespaces?watch=1&timeoutSeconds=1&resourceVersion=" + since)[1].splitlines()]
    ok(told and told[-1]["type"] == "DELETED", "it goes", told[-1:])
    texts = [c["message"] for e in told for c in e["object"].get("status", {}).get("conditions", []) if c["type"] == "NamespaceContentRemaining"]
    ok(any("configmaps. has %d resource instances" % n in text for text in texts for n in range(1, OBJECTS)),
       "and said on its way what was left", texts)


def main():
    with tempfile.TemporaryDirectory() as folder, forge.Server(folder) as server:
        empty(server.admin)
        ok(server.end() == 0, "it ends well", server.end())
    print("1..%d" % forge.count)


main()
