#!/usr/bin/env python3
"""OpenAPI v3 in protobuf (gnostic's messages, by a table of this file's own) says what it says in JSON, of every
group-version; and how the documents are asked for.  Speaks TAP."""
import http.client
import json
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from server import Server  # noqa: E402

ASKED = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf"
TYPE = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"
# message -> {number: (name, kind)}; "x": an extension; kinds: s text, b bool, i int, d double, a any, M one, *M many, {M map, +M XOrReference
SCHEMA = {1: ("nullable", "b"), 9: ("title", "s"), 10: ("multipleOf", "d"), 11: ("maximum", "d"), 12: ("exclusiveMaximum", "b"),
          13: ("minimum", "d"), 14: ("exclusiveMinimum", "b"), 15: ("maxLength", "i"), 16: ("minLength", "i"), 17: ("pattern", "s"),
          18: ("maxItems", "i"), 19: ("minItems", "i"), 20: ("uniqueItems", "b"), 21: ("maxProperties", "i"), 22: ("minProperties", "i"),
          23: ("required", "*s"), 24: ("enum", "*a"), 25: ("type", "s"), 26: ("allOf", "*+Schema"), 27: ("oneOf", "*+Schema"),
          28: ("anyOf", "*+Schema"), 29: ("not", "Schema"), 30: ("items", "Items"), 31: ("properties", "{+Schema"),
          32: ("additionalProperties", "Additional"), 33: ("default", "Default"), 34: ("description", "s"), 35: ("format", "s"), 36: "x"}
MESSAGES = {
    "Document": {1: ("openapi", "s"), 2: ("info", "Info"), 4: ("paths", "{Path"), 5: ("components", "Components")},
    "Info": {1: ("title", "s"), 6: ("version", "s")}, "Components": {1: ("schemas", "{+Schema"), 7: ("securitySchemes", "{+Key")},
    "Key": {1: ("type", "s"), 2: ("description", "s"), 3: ("name", "s"), 4: ("in", "s")}, "Schema": SCHEMA,
    "Path": {4: ("get", "Operation"), 5: ("put", "Operation"), 6: ("post", "Operation"), 7: ("delete", "Operation"), 8: ("options", "Operation"), 9: ("head", "Operation"), 10: ("patch", "Operation"),
             13: ("parameters", "*+Parameter")},
    "Operation": {1: ("tags", "*s"), 3: ("description", "s"), 5: ("operationId", "s"), 6: ("parameters", "*+Parameter"), 7: ("requestBody", "+Body"), 8: ("responses", "{+Response"), 13: "x"},
    "Parameter": {1: ("name", "s"), 2: ("in", "s"), 3: ("description", "s"), 4: ("required", "b"), 10: ("schema", "+Schema")},
    "Body": {2: ("content", "{Media"), 3: ("required", "b")}, "Response": {1: ("description", "s"), 3: ("content", "{Media")}, "Media": {1: ("schema", "+Schema")}}
count = 0


def check(name, have, want=True):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if have == want else "not ok", count, name))
    if have != want:
        print("# found  %.400r\n# wanted %.400r" % (have, want))


def fields(data):
    def varint(at):
        value = shift = 0
        while True:
            value |= (data[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if data[at - 1] < 128:
                return value, at
    out, at = [], 0
    while at < len(data):
        tag, at = varint(at)
        if tag & 7 == 0:
            value, at = varint(at)
        elif tag & 7 == 1:
            value, at = data[at:at + 8], at + 8
        else:
            n, at = varint(at)
            value, at = data[at:at + n], at + n
        out.append((tag >> 3, value))
    return out


def value(kind, raw):
    if kind[0] == "+":
        number, inner = fields(raw)[0]
        return value(kind[1:], inner) if number == 1 else {"$ref": fields(inner)[0][1].decode()}
    if kind[0] == "{":
        out = {}
        for number, entry in fields(raw):
            name, inner = (v for _, v in fields(entry))
            assert number == (2 if kind == "{+Response" else 1)
            out[name.decode()] = value(kind[1:], inner)
        return out
    if kind == "Items":
        return value("+Schema", fields(raw)[0][1])
    if kind == "Additional":
        number, inner = fields(raw)[0]
        return value("+Schema", inner) if number == 1 else bool(inner)
    if kind == "Default":
        number, inner = fields(raw)[0]
        return struct.unpack("<d", inner)[0] if number == 1 else bool(inner) if number == 2 else inner.decode()
    if kind == "a":
        return json.loads(dict(fields(raw))[2])
    if kind in "sbid":
        return raw.decode() if kind == "s" else bool(raw) if kind == "b" else struct.unpack("<d", raw)[0] if kind == "d" else raw
    out = {}
    for number, inner in fields(raw):
        row = MESSAGES[kind][number]
        if row == "x":
            pair = dict(fields(inner))
            out[pair[1].decode()] = value("a", pair[2])
        elif row[1][0] == "*":
            out.setdefault(row[0], []).append(value(row[1][1:], inner))
        else:
            out[row[0]] = value(row[1], inner)
    return out


def sayable(v, names=False):
    """The JSON without what the messages have no place for: defaults that are objects or lists, empty lists.
    names: the keys are names of properties."""
    if isinstance(v, dict):
        return {k: sayable(x, k == "properties" and not names) for k, x in v.items()
                if names or not (k == "default" and isinstance(x, (dict, list))) and x != []}
    return [sayable(x) for x in v] if isinstance(v, list) else v


def run(client):
    connection = http.client.HTTPSConnection(client.host, client.port, timeout=600, context=client.tls)

    def ask(path, accept, **more):
        connection.request("GET", path, headers=dict({"Accept": accept}, **{k.replace("_", "-"): v for k, v in more.items()}))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    index = json.loads(ask("/openapi/v3", "application/json")[2])["paths"]
    for name, row in sorted(index.items()):
        url = row["serverRelativeURL"]
        status, headers, body = ask(url, ASKED)
        plain = json.loads(ask(url, "application/json")[2])
        check("%s in protobuf is the same" % name, (status, headers["Content-Type"], value("Document", body) == sayable(plain)), (200, TYPE, True))
    url = index["apis/apps/v1"]["serverRelativeURL"]
    status, headers, body = ask(url, ASKED + ",application/json")
    check("it may be kept for ever under its hash", headers["Cache-Control"], "public, max-age=31536000, immutable")
    check("and is not sent twice", ask(url, ASKED, If_None_Match=headers["ETag"])[0], 304)
    check("JSON has a tag of its own", ask(url, "application/json", If_None_Match=headers["ETag"])[0], 200)
    check("by another hash it is elsewhere", ask(url.split("?")[0] + "?hash=0", ASKED)[0], 301)
    check("the first that is listed wins", ask(url, "application/json," + ASKED)[1]["Content-Type"], "application/json")
    check("with a dot for the @, too", ask(url, TYPE)[1]["Content-Type"], TYPE)
    status, _, body = ask(url, "application/xml")
    check("what else there is, is said", (status, TYPE in json.loads(body)["message"]), (406, True))
    check("the index is JSON only", ask("/openapi/v3", ASKED)[0], 406)
    connection.request("get", "/openapi/v3")
    answer = connection.getresponse()
    check("methods have case", (answer.status, bool(answer.read())), (405, True))
    v2 = ASKED.replace("v3", "v2")
    check("v2 in protobuf is still v2", ask("/openapi/v2", v2)[1]["Content-Type"], TYPE.replace("v3", "v2"))
    check("a group that is not there", ask("/openapi/v3/apis/no.example/v1", ASKED)[0], 404)


def main():
    with tempfile.TemporaryDirectory() as tmp, Server(tmp) as server:
        run(server.admin)
    print("1..%d" % count)


main()
