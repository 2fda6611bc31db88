#!/usr/bin/env python3
"""What an answer's headers say, and its packing, for what clients ask: discovery, OpenAPI, lists of each form,
watches.  Speaks TAP.  PAVE names the program."""
import gzip
import http.client
import json
import os
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from server import Server  # noqa: E402

V2 = "application/json;g=apidiscovery.k8s.io;v=%s;as=APIGroupDiscoveryList"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata%s;g=meta.k8s.io;v=v1"
MAPS = "/api/v1/namespaces/default/configmaps"
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %r\n# wanted %r" % (have, want))


def outside():
    """An address of this machine that is not the loopback's, on which large answers are packed."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("192.0.2.1", 9))
            return s.getsockname()[0]
    except OSError:
        return "127.0.0.1"


def main(tmp):
    host = outside()
    server = Server(tmp, listen=host + ":0")
    client = server.admin
    connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=600)

    def ask(path, accept="application/json", method="GET", body=None, **more):
        connection.request(method, path, body=json.dumps(body) if body else None,
                           headers=dict({"Accept": accept, "Content-Type": "application/json", "Accept-Encoding": "identity"},
                                        **{k.replace("_", "-"): v for k, v in more.items()}))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    for path in ("/api", "/apis"):
        for accept, want in [(V2 % "v2", V2 % "v2"), (V2 % "v2beta1", V2 % "v2beta1"), ("%s,%s,application/json" % (V2 % "v2", V2 % "v2beta1"), V2 % "v2"),
                             (V2 % "v2beta1" + ",application/json", V2 % "v2beta1"), ("application/json, */*", "application/json")]:
            status, headers, _ = ask(path, accept)
            check("%s as %s" % (path, accept), (status, headers["Content-Type"], headers["Vary"]), (200, want, "Accept"))
        tag = ask(path, V2 % "v2")[1]["ETag"]
        check(path + " is not sent again", ask(path, V2 % "v2", If_None_Match=tag)[0], 304)
    url = json.loads(ask("/openapi/v3")[2])["paths"]["apis/apps/v1"]["serverRelativeURL"]
    status, headers, _ = ask(url)
    check("a document by its hash may be kept for ever", (status, headers["Cache-Control"]), (200, "public, max-age=31536000, immutable"))
    check("and has a tag", ask(url, If_None_Match=headers["ETag"])[0], 304)
    status, headers, body = ask(url.split("?")[0] + "?hash=0123")
    check("by another hash it is elsewhere", (status, headers["Location"], body, "immutable" in headers["Cache-Control"]), (301, url, b"", False))
    check("without one it must be asked for again", "no-cache" in ask(url.split("?")[0])[1]["Cache-Control"])

    for i in range(220):
        ask(MAPS, method="POST", body={"metadata": {"name": "c%03d" % i}, "data": {"x": "y" * 1000}})
    for accept in ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf"):
        plain = ask(MAPS, accept)
        status, headers, body = ask(MAPS, accept, Accept_Encoding="gzip")
        packed = host != "127.0.0.1"
        check("a long list as %s is packed" % accept, (headers["Content-Encoding"], headers["Content-Type"]), ("gzip" if packed else None, accept))
        check("and is the same", (gzip.decompress(body) if packed else body) == plain[2])
    for i in range(220, 700):
        ask(MAPS, method="POST", body={"metadata": {"name": "c%03d" % i}})
    for accept, kind in ((TABLE, "Table"), (PARTIAL % "List", "PartialObjectMetadataList")):
        status, headers, body = ask(MAPS, accept, Accept_Encoding="gzip")
        check("a long %s too" % kind, json.loads(gzip.decompress(body) if headers["Content-Encoding"] else body)["kind"], kind)
        check("as JSON", (headers["Content-Encoding"], headers["Content-Type"]), ("gzip" if packed else None, "application/json"))
    check("a short answer is not packed", ask(MAPS + "/c000", Accept_Encoding="gzip")[1]["Content-Encoding"], None)
    for accept in ("application/json", TABLE, PARTIAL % ""):
        check("a watch as %s is a stream of JSON" % accept,
              ask(MAPS + "?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dnone", accept)[1]["Content-Type"], "application/json")

    event = {"metadata": {"name": "e"}, "regarding": {"kind": "Pod", "namespace": "default", "name": "p"}, "eventTime": "2026-11-25T10:00:00.000000Z",
             "reportingController": "x.dev/c", "reportingInstance": "i", "action": "A", "reason": "R", "type": "Normal"}
    events = "/apis/events.k8s.io/v1/namespaces/default/events"
    for field in ("action", "reason", "reportingController", "reportingInstance"):
        status, _, body = ask(events, method="POST", body={k: v for k, v in event.items() if k != field})
        check("an Event of the new style without %s" % field, (status, {c["field"] for c in json.loads(body)["details"]["causes"]}), (422, {field}))
    check("with all of them", ask(events, method="POST", body=event)[0], 201)
    check("one of the old style needs none", ask("/api/v1/namespaces/default/events", method="POST", body={
        "metadata": {"name": "o"}, "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}})[0], 201)
    check("it ends cleanly", server.end(), 0)


with tempfile.TemporaryDirectory() as folder:
    main(folder)
print("1..%d" % count)
