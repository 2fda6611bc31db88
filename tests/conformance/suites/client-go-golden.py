"""What client-go's dynamic client writes and reads.  A request case is the recorded request, byte for byte but for
its resource (a custom kind that Pave serves), its subresource, its version, and what its body must have besides: a kind,
a field to write, the version of what an update replaces, and for the strategic merge patch, which no custom kind takes,
a field of a ConfigMap.  What is stored afterwards is what it asks for, and deletes, which were recorded as dry runs, are
sent once more as no such.  A response case makes the recorded object and asks for it: the answer
must have what the recorded one has, in its headers and in its body, but for what each server makes anew."""
import contextlib
import json
import os
import socket

from served import look, server

KIND = {"apiVersion": "flops.example/v1alpha1", "kind": "Flip"}
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
       "metadata": {"name": "flips.flops.example"},
       "spec": {"group": "flops.example", "scope": "Namespaced", "names": {"plural": "flips", "kind": "Flip"},
                "versions": [{"name": "v1alpha1", "served": True, "storage": True, "subresources": {"status": {}},
                              "schema": {"openAPIV3Schema": {"type": "object",
                                                             "x-kubernetes-preserve-unknown-fields": True}}}]}}
MAP = "/api/v1/namespaces/mops/configmaps/mips"
WANT = {  # code, kind of what is answered
    "apply": (201, "Flip"), "applystatus": (200, "Flip"), "create": (201, "Flip"), "delete": (200, "Status"),
    "deletecollection": (200, "FlipList"), "get": (200, "Flip"), "list": (200, "FlipList"), "patch": (200, "ConfigMap"),
    "update": (200, "Flip"), "updatestatus": (200, "Flip"), "watch": (200, "ADDED")}
WROTE = {"apply": ".spec.by", "applystatus": ".status.by", "update": ".spec.by", "updatestatus": ".status.by"}
FLIPS = "/apis/flops.example/v1alpha1/namespaces/mops/flips"
MADE = {"uid", "resourceVersion", "creationTimestamp", "managedFields"}
OURS = {"Date", "X-Kubernetes-Pf-Flowschema-Uid", "X-Kubernetes-Pf-Prioritylevel-Uid", "Content-Length",
        "Transfer-Encoding"}


def rewritten(client, name, raw):
    """The request for the kind that is served here."""
    head, _, body = raw.replace("\r\n", "\n").partition("\n\n")
    lines = head.split("\n")
    method, target, version = lines[0].split(" ")
    target = target.replace("/flops/", "/flops.example/").replace("/mips/fin", "" if name == "create" else "/mips")
    target = target.replace("resourceVersion=42", "resourceVersion=0").replace("=warn", "=Warn")
    if name == "watch":
        target += "&timeoutSeconds=1"
    if name in ("apply", "applystatus"):
        target += "&fieldManager=golden"  # the recorded client gave none, which the API requires
    if name in ("apply", "applystatus", "create", "update", "updatestatus"):
        body = dict(KIND, **json.loads(body))
        if name in WROTE:
            body[WROTE[name].split(".")[1]] = {"by": name}
        if name.startswith("update"):
            body["metadata"]["resourceVersion"] = client.get(FLIPS + "/mips")[1]["metadata"]["resourceVersion"]
        body = json.dumps(body)
    if name == "patch":
        target, body = MAP + "?" + target.partition("?")[2], json.dumps({"data": json.loads(body)})
    if name == "create":
        body = body.replace("mips", "new")
    keep = [x for x in lines[1:] if x and not x.startswith(("Content-Length", "Accept-Encoding"))]
    if body:
        keep.append("Content-Length: %d" % len(body))
    return "\r\n".join(["%s %s %s" % (method, target, version)] + keep + ["Connection: close", "", body])


def exchange(client, text):
    """Status, headers and body of one request, sent as it is."""
    with contextlib.closing(client.tls.wrap_socket(socket.create_connection((client.host, client.port), 20),
                                                   server_hostname=client.host)) as s:
        s.sendall(text.encode())
        got = b""
        while True:
            more = s.recv(65536)
            if not more:
                break
            got += more
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(x.split(": ", 1) for x in lines[1:])
    if headers.get("Transfer-Encoding") == "chunked":
        whole, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size, 16)
            whole, rest = whole + rest[:n], rest[n + 2:]
        body = whole
    return int(lines[0].split(" ")[1]), headers, body.decode()


def effect(client, name, text):
    """What is not as the request wants it to be, when it has been answered."""
    there = {x["metadata"]["name"]: x for x in client.get(FLIPS)[1]["items"]}
    want = {"create": ["mips", "new"], "delete": ["mips", "new"], "deletecollection": ["new"]}.get(name, ["mips"])
    if sorted(there) != want:
        return "there are %s, wanted %s" % (sorted(there), want)
    if name in WROTE and look(there["mips"], WROTE[name]) != name:
        return "%s stays %r" % (WROTE[name], look(there["mips"], WROTE[name]))
    if name.startswith("apply") and not any(m["manager"] == "golden" and m.get("subresource", "") == name[len("apply"):]
                                            for m in there["mips"]["metadata"].get("managedFields", [])):
        return "nothing is owned by who applied"
    if name == "patch" and client.get(MAP)[1].get("data") != {"foo": "bar"}:
        return "the ConfigMap is as it was"
    if name.startswith("delete"):
        body = '{"kind":"DeleteOptions","apiVersion":"v1"}'
        head = text.partition("\r\n\r\n")[0]
        length = [x for x in head.split("\r\n") if x.startswith("Content-Length")][0]
        exchange(client, head.replace(length, "Content-Length: %d" % len(body)) + "\r\n\r\n" + body)
        left = sorted(x["metadata"]["name"] for x in client.get(FLIPS)[1]["items"])
        if left != ([] if name == "deletecollection" else ["new"]):
            return "left are %s" % left
    return None


def answered(client, name, raw):
    code, kind = WANT[name]
    text = rewritten(client, name, raw)
    status, headers, body = exchange(client, text)
    if status != code:
        return "code %d, wanted %d: %s" % (status, code, body[:300])
    if not headers.get("Content-Type", "").startswith("application/json") or "Audit-Id" not in headers:
        return "headers %s" % headers
    doc = json.loads(body.splitlines()[0])
    have = doc.get("type") or doc.get("kind")
    if have != kind:
        return "answered with a %s, wanted a %s" % (have, kind)
    return effect(client, name, text)


def same(have, want, path=""):
    """The first thing that is recorded and not there."""
    for key, value in want.items():
        if key not in have:
            return "%s.%s is missing" % (path, key)
        if key in MADE:
            if type(have[key]) is not type(value):
                return "%s.%s is a %s" % (path, key, type(have[key]).__name__)
        elif isinstance(value, dict):
            problem = same(have[key], value, path + "." + key)
            if problem:
                return problem
        elif key != "items" and have[key] != value:
            return "%s.%s is %r, wanted %r" % (path, key, have[key], value)
    return None


def response(client, name, folder):
    """A recorded answer beside ours to the same question."""
    base = "/api/v1/namespaces/golden/serviceaccounts"
    golden = "nonlist" if name in ("get", "create", "update", "updatestatus") else "list" if name == "list" else "events"
    with open(os.path.join(folder, "TestGoldenResponse", "responses", golden), encoding="utf-8", newline="") as f:
        recorded = f.read().replace("\r\n", "\n")
    head = dict(x.split(": ", 1) for x in recorded.partition("\n\n")[0].split("\n")[1:] if x)
    events = [json.loads(x) for x in recorded.split("\n") if x[:1] == "{"]
    body = json.dumps(dict(apiVersion="v1", kind="ServiceAccount", metadata={"name": "foobar"}))
    method, path = {"create": ("POST", base), "update": ("PUT", base + "/foobar"), "get": ("GET", base + "/foobar"),
                    "updatestatus": ("PUT", base + "/foobar"), "list": ("GET", base + "?fieldSelector=metadata.name=foobar"),
                    "watch": ("GET", base + "?fieldSelector=metadata.name=foobar&watch=true&sendInitialEvents=true&timeoutSeconds=1"
                                            "&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan")}[name]
    if name == "create":
        client.request("DELETE", base + "/foobar")
    status, headers, text = client.request(method, path, body if method != "GET" else None)
    if status != (201 if name == "create" else 200):
        return "code %d: %s" % (status, text[:300])
    for key, value in head.items():
        if key not in OURS and key != "Audit-Id" and headers.get(key) != value:
            return "header %s is %r, wanted %r" % (key, headers.get(key), value)
    have = [json.loads(x) for x in text.splitlines() if x]
    if name == "watch":
        if [e["type"] for e in have[:2]] != [e["type"] for e in events]:
            return "events %s" % [e["type"] for e in have]
        have = have[:2]
    return alike(have, [json.loads(json.dumps(e).replace('"namespace": "default"', '"namespace": "golden"')) for e in events], "")


def alike(have, want, path):
    """What the first of some documents to differ lacks; as many are wanted as are recorded."""
    if len(have) != len(want):
        return "%s: found %d, wanted %d" % (path or "documents", len(have), len(want))
    for mine, theirs in zip(have, want):
        problem = same(mine, theirs, path) or alike(mine.get("items", []), theirs.get("items", []), path + ".items")
        if problem:
            return problem
    return None


def cases(folder):
    out = []
    with server() as client:
        client.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json.dumps(CRD))
        for ns in ("mops", "golden"):
            client.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": ns}}))
        client.request("POST", MAP.rpartition("/")[0], json.dumps({"metadata": {"name": "mips"}}))
        order = ["apply", "applystatus", "get", "list", "watch", "update", "updatestatus", "patch", "create",
                 "delete", "deletecollection"]
        for name in order:
            with open(os.path.join(folder, "TestGoldenRequest", name), encoding="utf-8", newline="") as f:
                out.append(("request " + name, answered(client, name, f.read())))
        for name in ("create", "get", "list", "watch", "update", "updatestatus"):
            out.append(("response " + name, response(client, name, folder)))
    return out


def judge(case):
    return case
