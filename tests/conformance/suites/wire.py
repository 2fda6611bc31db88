"""Recorded requests and answers of real API servers (kube-apiserver 1.20, apiextensions 1.36), replayed in order against
a fresh `pave serve`.  A case is a request, and all of its answer is compared: code, headers and body - objects with
their managed fields, Tables, the events of a watch with their objects, texts, YAML - but for what each run makes anew
(uid, times, revisions, the end of a random name, a continue token) and the prose about a column.  Managed fields are
held beside each other by manager; that they stand in the order of their times is checked of ours.

Where Pave differs on purpose, wire-differences.tsv has a row for each place of the answer that differs: the case, or
"1.20" for every answer of that server; the place; what was recorded; what Pave says (- is nothing, * anything); and why.  A case with
rows passes if it differs in exactly those; a row that no case needs fails."""
import json
import os
import re
import threading

import served

VOLATILE = {"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "lastTransitionTime"}
HEADERS = {"Cache-Control", "Content-Type", "Retry-After", "Warning", "X-Content-Type-Options"}
KEYED = {"causes": ("field", "reason"), "paths": (), "resources": ("name",), "resourceRules": ("apiGroups", "resources", "verbs"), "nonResourceRules": ("verbs",)}
AGE = re.compile(r"^(\d+[smhd])+$")
OLD = "1.20"


def plain(text):
    """A text without what differs from run to run."""
    text = re.sub(r"[0-9a-f]{8}-(?!0000-|1111-)[0-9a-f]{4}-[0-9a-f-]{22}", "UID", text)
    text = re.sub(r"\bgen-[a-z0-9]{5}\b", "gen-*", text)
    return re.sub(r"(current: |in record \(|too old resource version: 1 \(|resourceVersion: \"?)\d+", r"\1N", text)


def message(status):
    """A Status' message; the causes that it lists in a fixed order, as upstream's come out of Go's maps in any."""
    text = status.get("message") or ""
    causes = {"%s: %s" % (c.get("field"), c.get("message")) for c in (status.get("details") or {}).get("causes") or []}
    told = sorted((c for c in causes if c in text), key=len, reverse=True)
    for cause in told:
        text = text.replace(cause, "(cause)")
    return plain(text)


def key_of(entry):
    return "/".join(entry.get(k, "") for k in ("manager", "operation", "apiVersion", "subresource")).rstrip("/")


def keyed(entries, names):
    """A list whose order says nothing, by what names its entries; what has the same name has a number."""
    out = {}
    for e in sorted(entries, key=lambda e: json.dumps(e, sort_keys=True)):
        name = " ".join(str(e.get(n, "")) for n in names) if isinstance(e, dict) else e
        while "[%s]" % name in out:
            name += "'"
        out["[%s]" % name] = e
    return out


def leaves(value, path, out):
    """{place: what stands there} of an answer."""
    if isinstance(value, dict):
        if not value:
            out[path] = "{}"
        failed = value.get("kind") == "Status" and value.get("status") == "Failure"
        for k, v in value.items():
            place = path + "." + k
            if k == "managedFields" and isinstance(v, list):
                managers(v, place, out)
            elif k in VOLATILE and isinstance(v, str):
                out[place] = k.upper()
            elif k == "continue":
                out[place] = bool(v)
            elif failed and k == "message":
                out[place] = message(value)
            elif k in KEYED and isinstance(v, list):
                leaves(keyed(v, KEYED[k]), place, out)
            elif k == "description" and "columnDefinitions" in path:
                out[place] = v if str(v).startswith("Custom resource definition column") else bool(v)
            elif k == "cells":
                leaves(["AGE" if AGE.match(str(x)) else x for x in v], place, out)
            else:
                leaves(v, place, out)
    elif isinstance(value, list):
        if not value:
            out[path] = "[]"
        for i, v in enumerate(value):
            leaves(v, "%s[%d]" % (path, i), out)
    else:
        out[path] = plain(value) if isinstance(value, str) else value
    return out


def managers(entries, path, out):
    order = [(e.get("operation"), e.get("time", ""), e.get("manager"), e.get("apiVersion"), e.get("subresource", "")) for e in entries]
    if order != sorted(order):
        out[path] = "not in order: " + json.dumps(order)
    for e in entries:
        place = "%s[%s]" % (path, key_of(e))
        out[place] = json.dumps(e.get("fieldsV1"), sort_keys=True)
        for k in sorted(set(e) - {"manager", "operation", "apiVersion", "subresource", "fieldsV1", "time"}):
            out[place + "." + k] = e[k]
        out[place + ".time"] = type(e.get("time")).__name__


def places(code, headers, body):
    out = {"code": code}
    for k, v in headers.items():
        if k in HEADERS:
            out["header " + k] = v
    return leaves(body, "", out)


def yaml(text):
    text = re.sub(r'^(\s*(?:- )?(?:creationTimestamp|time|resourceVersion|uid): ).*$', r"\1*", text, flags=re.M)
    return plain(text)


def recorded(row):
    answer = row["response"]
    if answer.get("events") is not None:
        body = answer["events"]
    elif answer.get("json") is not None:
        body = [answer["json"]] if "watch=true" in row["request"]["path"] and answer["code"] == 200 else answer["json"]
    else:
        body = yaml(answer.get("text") or "")
    return places(answer["code"], answer["headers"], body)


def ours(row, status, headers, text):
    body = None
    if text[:1] == "{" and "text" not in row["response"]:
        try:
            body = [json.loads(x) for x in text.splitlines() if x] if "watch=true" in row["request"]["path"] and status == 200 else json.loads(text)
        except ValueError:
            body = None
    if body is None:
        body = yaml(text)
        if len(row["response"].get("text") or "") == 4000:  # the recorder kept no more
            body = body[:len(yaml(row["response"]["text"]))]
    told = {}
    for k in headers:
        told[k] = ", ".join(headers.get_all(k))
    return places(status, told, body)


def differ(have, want):
    """{place: (recorded, ours)}, each as JSON; - is nothing."""
    out = {}
    for place in sorted(set(have) | set(want)):
        a, b = (json.dumps(x[place], ensure_ascii=False, sort_keys=True) if place in x else "-" for x in (want, have))
        if a != b:
            out[place or "body"] = (a, b)
    return out


def like(text, pattern):
    """Is it the same?  In a row * is anything: the commit of this build, the middle of a long text."""
    return text == pattern or re.fullmatch(".*".join(re.escape(x) for x in pattern.split("*")), text, re.S) is not None


class Differences:
    """wire-differences.tsv, and which of its rows were needed."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.rows = [tuple(line.rstrip("\n").split("\t")[:4]) for line in f][1:]
        self.used = set()

    def row(self, case, server, place, theirs, mine):
        """The row that says so, of the case or of its server."""
        return next((r for r in self.rows if (r[0] == case or (r[0] == OLD and OLD in server))
                     and like(place, r[1]) and like(theirs, r[2]) and like(mine, r[3])), None)

    def judge(self, case, server, found):
        """What is wrong with these differences; None: nothing."""
        wrong = []
        for place, (theirs, mine) in found.items():
            row = self.row(case, server, place, theirs, mine)
            if row:
                self.used.add(row)
            else:
                wrong.append("%s is %s, recorded %s" % (place, mine[:900], theirs[:900]))
        if not wrong:
            wrong = ["%s is the same now: wire-differences.tsv has a row too many" % r[1] for r in self.rows if r[0] == case and r not in self.used]
        return "; ".join(wrong) or None

    def unused(self):
        return [r for r in self.rows if r not in self.used and r[0] == OLD]


class Replay:
    def __init__(self, folder):
        self.answered = threading.Event()  # the head of an answer has come
        self.rows = served.lines(os.path.join(folder, "transcript.jsonl"))
        self.differences = Differences(os.path.join(os.path.dirname(os.path.abspath(__file__)), "wire-differences.tsv"))
        self.vars = {}
        self.results = []

    def filled(self, text):
        for name, value in self.vars.items():
            text = text.replace("${%s}" % name, str(value))
        return text

    def send(self, row, events=0):
        """The answer; of a watch that others write beside, up to so many events, however long they take."""
        q = row["request"]
        body = q.get("body")
        if body is not None and body.startswith("(annotation a = 270000"):
            body = json.dumps({"apiVersion": "wire.slipway.test/v1", "kind": "Widget", "metadata": {
                "name": "o1", "namespace": "default", "annotations": {"a": "x" * 270000}}, "spec": {"color": "red"}})
        headers = dict(q["headers"])
        user = q.get("user")
        if user and user.startswith("alice"):
            headers["Impersonate-User"] = "alice"
            headers["Impersonate-Group"] = "dev"
        if user == "nope":
            headers["Authorization"] = "Bearer nope"
        path = self.filled(re.sub(r"timeoutSeconds=\d+", "timeoutSeconds=600", q["path"]) if events else q["path"])
        return self.raw(q["method"], path, headers, body and self.filled(body), user in (None, "nope"), events)

    def raw(self, method, path, headers, body, nobody, events=0):
        import http.client
        c = self.client
        conn = http.client.HTTPSConnection(c.host, c.port, timeout=600, context=c.anonymous if nobody else c.tls)
        try:
            conn.request(method, path, body=body.encode() if body is not None else None, headers=headers)
            answer = conn.getresponse()
            self.answered.set()
            text = b"".join(answer.readline() for _ in range(events)) if events else answer.read()
            return answer.status, answer.headers, text.decode("utf-8", "replace")
        finally:
            conn.close()

    def remember(self, row, status, text):
        if status != 200 or text[:1] != "{" or row["request"]["method"] != "GET":
            return
        try:
            doc = json.loads(text)
        except ValueError:
            return
        meta = doc.get("metadata") or {}
        if "items" in doc:
            self.vars["lrv"] = self.vars["wrv"] = meta.get("resourceVersion", "")
            if meta.get("continue"):
                self.vars["cont"] = meta["continue"]
        elif meta.get("resourceVersion"):
            self.vars["rv"] = meta["resourceVersion"]

    def run(self):
        pending = []
        for row in self.rows:
            if "response" not in row:
                continue
            if row["name"].startswith("(during watch)"):
                pending.append(row)
                continue
            if pending:
                box = []
                t = threading.Thread(target=lambda r=row, b=box: b.append(self.send(r, len(r["response"]["events"]))))
                self.answered.clear()
                t.start()
                self.answered.wait(600)  # its head is there: the watch has begun
                for inner in pending:
                    self.judge(inner, self.send(inner))
                pending = []
                t.join()
                self.judge(row, box[0])
                continue
            self.judge(row, self.send(row))

    def judge(self, row, answer):
        name = "%03d %s" % (len(self.results), row["name"])
        self.remember(row, answer[0], answer[2])
        found = differ(ours(row, *answer), recorded(row))
        self.results.append((name, self.differences.judge(name, row["server"], found)))


def cases(folder):
    replay = Replay(folder)
    with served.server("--api-only") as replay.client:
        replay.run()
    return replay.results + [("row " + " ".join(r[:2]), "wire-differences.tsv has a row too many") for r in replay.differences.unused()]


def judge(case):
    return case
