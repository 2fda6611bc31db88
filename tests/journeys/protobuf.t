#!/usr/bin/env python3
"""Answers in protobuf: who asks for them gets what the same request gives in JSON.  Speaks TAP.
PAVE names the program."""
import http.client
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
os.environ.setdefault("PAVE", os.path.join(HERE, "..", "..", "build/release/pave"))
from served import server  # noqa: E402

PB = "application/vnd.kubernetes.protobuf"
PARTIAL = ";as=PartialObjectMetadata%s;g=meta.k8s.io;v=v1"
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "wires.example.dev"},
       "spec": {"group": "example.dev", "scope": "Cluster", "names": {"plural": "wires", "kind": "Wire"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}
count = 0


def check(name, have, want):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


def varint(b, i):
    n = shift = 0
    while True:
        n |= (b[i] & 127) << shift
        shift, i = shift + 7, i + 1
        if b[i - 1] < 128:
            return n, i


def message(b):
    """{number: [values]}, by the wire alone."""
    out, i = {}, 0
    while i < len(b):
        tag, i = varint(b, i)
        n, i = varint(b, i)
        if tag & 7 == 2:
            n, i = b[i:i + n], i + n
        out.setdefault(tag >> 3, []).append(n)
    return out


def opened(b):
    """(apiVersion, kind, message) of an envelope."""
    unknown = message(b[4:]) if b[:4] == b"k8s\0" else {}
    head = message(unknown[1][0])
    return head[1][0].decode(), head[2][0].decode(), message(unknown[2][0])


def name_of(m):
    return message(m[1][0])[1][0].decode()


def main(client):
    connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)

    def ask(method, path, accept, body=None, kind="application/json"):
        connection.request(method, path, body=body, headers={"Accept": accept, "Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type"), answer.read()

    maps = "/api/v1/namespaces/default/secrets"
    made = ask("POST", maps, PB, json.dumps({"metadata": {"name": "a"}, "data": {"k": "dg=="}}))
    version, kind, m = opened(made[2])
    check("a create is answered in protobuf", (made[:2], version, kind, name_of(m)), ((201, PB), "v1", "Secret", "a"))
    check("with its data", message(m[2][0]), {1: [b"k"], 2: [b"v"]})
    code, media, body = ask("PUT", maps + "/a", PB, made[2], PB)
    check("what was read can be sent back", (code, media, body), (200, PB, made[2]))
    pods = "/api/v1/namespaces/default/pods"
    ask("POST", pods, "application/json", json.dumps({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}))
    for sub in ("ephemeralcontainers", "resize"):
        for _ in range(9):  # the node writes its status meanwhile
            code, media, body = ask("PUT", "%s/p/%s" % (pods, sub), PB, ask("GET", "%s/p/%s" % (pods, sub), PB)[2], PB)
            if code != 409:
                break
        check("a Pod's " + sub + " are read and written in protobuf", (code, media, opened(body)[1]), (200, PB, "Pod"))
    ask("POST", maps, "application/json", json.dumps({"metadata": {"name": "b"}}))
    code, media, body = ask("GET", maps + "?limit=1", PB)
    version, kind, m = opened(body)
    check("a list", (code, media, version, kind, [name_of(message(x)) for x in m[2]]), (200, PB, "v1", "SecretList", ["a"]))
    check("tells what remains, and how to go on", (message(m[1][0])[4], b"" < message(m[1][0])[3][0]), ([1], True))
    code, media, body = ask("GET", maps + "/none", PB + ",application/json")
    version, kind, m = opened(body)
    check("so is a refusal", (code, media, kind, m[4]), (404, PB, "Status", [b"NotFound"]))
    code, media, body = ask("GET", maps + "?watch=1&timeoutSeconds=1", PB)
    frames, i = [], 0
    while i < len(body):
        n = int.from_bytes(body[i:i + 4], "big")
        event = message(body[i + 4:i + 4 + n])
        frames.append((event[1][0], name_of(opened(message(event[2][0])[1][0])[2])))
        i += 4 + n
    check("a watch has a frame for each event", (code, media, frames), (200, PB + ";stream=watch", [(b"ADDED", "a"), (b"ADDED", "b")]))
    code, media, body = ask("GET", "/apis/apps/v1/namespaces/default/deployments?watch=1&resourceVersion=abc", PB)
    check("a watch that cannot begin is refused in protobuf", (code, media, opened(body)[1]), (400, PB, "Status"))

    code, media, body = ask("GET", maps, PB + ";as=Table;g=meta.k8s.io;v=v1")
    check("there are no tables in protobuf", (code, "application/json, application/yaml, " + PB in json.loads(body)["message"]), (406, True))
    check("the next wish is taken", ask("GET", maps, PB + ";as=Table;g=meta.k8s.io;v=v1,application/json")[1], "application/json")

    ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "application/json", json.dumps(CRD))
    wires = "/apis/example.dev/v1/wires"
    ask("POST", wires, "application/json", json.dumps({"apiVersion": "example.dev/v1", "kind": "Wire", "metadata": {"name": "w"}}))
    code, media, body = ask("GET", wires, PB)
    check("custom kinds have no protobuf form, and that is said in protobuf", (code, media, opened(body)[1], b"application/json, application/yaml, application/vnd.kubernetes.protobuf" in body), (406, PB, "Status", True))
    check("and are given in JSON when that will do", ask("GET", wires, PB + ",application/json")[:2], (200, "application/json"))
    code, media, body = ask("GET", wires + "/w", PB + PARTIAL % "")
    version, kind, m = opened(body)
    check("but their metadata has", (code, media, version, kind, name_of(m)), (200, PB, "meta.k8s.io/v1", "PartialObjectMetadata", "w"))
    code, media, body = ask("GET", wires, PB + PARTIAL % "List")
    version, kind, m = opened(body)
    check("in lists too", (kind, [name_of(message(x)) for x in m[2]]), ("PartialObjectMetadataList", ["w"]))
    code, media, body = ask("GET", wires + "?watch=1&timeoutSeconds=1", PB + PARTIAL % "")
    event = message(body[4:])
    check("and in watches", (media.startswith(PB + ";stream=watch"), opened(message(event[2][0])[1][0])[1]), (True, "PartialObjectMetadata"))
    code, media, body = ask("GET", "/apis/apps/v1/namespaces/default/deployments/x/scale", PB)
    check("subresources answer as their kinds do", (code, media), (404, PB))
    code, media, body = ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", PB, "{}")
    check("reviews", (code, media, opened(body)[1]), (201, PB, "SelfSubjectReview"))
    reviews, access = "/apis/authentication.k8s.io/v1/", "/apis/authorization.k8s.io/v1/"
    for path, kind, review, field in (
            (reviews + "tokenreviews", "TokenReview", {"spec": {"token": "t", "audiences": False}}, "spec.audiences"),
            (reviews + "tokenreviews", "TokenReview", {"spec": {"token": 5}}, "spec.token"),
            (reviews + "tokenreviews", "TokenReview", {"status": {"user": {"extra": "x"}}}, "status.user.extra"),
            (reviews + "selfsubjectreviews", "SelfSubjectReview", {"metadata": {"labels": {"a": 1}}}, "metadata.labels.a"),
            (access + "subjectaccessreviews", "SubjectAccessReview", {"spec": {"user": "u", "groups": [{}]}}, "spec.groups[0]"),
            (access + "selfsubjectaccessreviews", "SelfSubjectAccessReview", {"spec": {"resourceAttributes": {"verb": ["get"]}}},
             "spec.resourceAttributes.verb"),
            (access + "selfsubjectrulesreviews", "SelfSubjectRulesReview", {"spec": "default"}, "spec"),
            ("/api/v1/namespaces/default/serviceaccounts/default/token", "TokenRequest", {"spec": {"audiences": "a"}}, "spec.audiences")):
        for accept in (PB, "application/json"):
            code, media, body = ask("POST", path, accept, json.dumps(review))
            text = 'cannot be handled as a %s: %s: Invalid value' % (kind, field)
            check("%s with another type at %s, for %s" % (kind, field, accept), (code, media, text.encode() in body), (400, accept, True))
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "l": {"type": "array", "items": {"type": "string", "description": 5}}, "m": {"type": "object", "additionalProperties": {"type": "object", "required": "a"}}}}}}
    bad = {**CRD, "metadata": {"name": "rods.example.dev"}, "spec": {**CRD["spec"], "names": {"plural": "rods", "kind": "Rod"},
           "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}}
    code, media, body = ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", PB, json.dumps(bad))
    check("a schema whose keywords have other types", (code, media, b"items.description in body must be of type string" in body,
                                                        b"additionalProperties.required in body must be of type array" in body), (422, PB, True, True))
    code, media, body = ask("DELETE", maps, PB)
    check("what a collection's deletion leaves", (code, media, opened(body)[1]), (200, PB, "SecretList"))


with server() as one:
    main(one)
print("1..%d" % count)
