"""Recorded requests and answers of real API servers (kube-apiserver 1.20, apiextensions 1.36), replayed
in order against a fresh `pave serve`.  A case is a request: the answer must have the same code; a refusal
the same reason, text and causes (reason, field); an object the same fields but for what each run makes anew
(uid, times, revisions, random names, managedFields); a watch the same kinds of events.  Where Pave differs on
purpose, wire-differences.tsv says what it answers instead and why: such a case passes if it answers that, and
fails if it does not differ any more."""
import json
import os
import re
import threading

import served

VOLATILE = {"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "managedFields", "time",
            "continue", "selfLink", "lastTransitionTime", "remainingItemCount"}


def scrub(v):
    if isinstance(v, dict):
        out = {k: scrub(x) for k, x in v.items() if k not in VOLATILE}
        if str(out.get("name", "")).startswith("gen-"):
            out["name"] = "gen-*"
        return out
    if isinstance(v, list):
        return [scrub(x) for x in v]
    return v


def without_controllers(v):
    """An object without what controllers did to it, which the recorded server ran none of, and without the
    label that Kubernetes gives namespaces since 1.21 (1.20 was recorded)."""
    if not isinstance(v, dict) or v.get("kind") not in ("Deployment", "Namespace"):
        return v
    meta = dict(v.get("metadata") or {})
    for part, key in (("annotations", "deployment.kubernetes.io/revision"), ("labels", "kubernetes.io/metadata.name")):
        left = {k: x for k, x in (meta.get(part) or {}).items() if k != key}
        meta.pop(part, None)
        if left:
            meta[part] = left
    v = dict(v, metadata=meta)
    if v["kind"] == "Deployment":
        v.pop("status", None)
        meta.pop("generation", None)
    return v


def words(text, causes=()):
    """A message without what differs from run to run; the causes that it lists in a fixed order, as
    upstream's come out of Go's maps in any."""
    text = text or ""
    for told in sorted({"%s: %s" % (c.get("field"), c.get("message")) for c in causes or []}):
        if told in text:
            text = text.replace(told, "", 1) + "; " + told
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UID", text)
    return re.sub(r"\b\d+\b", "N", text)


class Replay:
    def __init__(self, folder):
        self.answered = threading.Event()  # the head of an answer has come
        with open(os.path.join(folder, "transcript.jsonl"), encoding="utf-8") as f:
            self.rows = [json.loads(line) for line in f]
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "wire-differences.tsv"), encoding="utf-8") as f:
            self.differences = dict(line.split("\t")[:2] for line in f)
        self.vars = {}
        self.results = []

    def send(self, row):
        q = row["request"]
        path = q["path"]
        for name, value in self.vars.items():
            path = path.replace("${%s}" % name, str(value))
        body = q.get("body")
        if body is not None:
            if body.startswith("(annotation a = 270000"):
                body = json.dumps({"apiVersion": "wire.slipway.test/v1", "kind": "Widget", "metadata": {
                    "name": "o1", "namespace": "default", "annotations": {"a": "x" * 270000}}, "spec": {"color": "red"}})
            for name, value in self.vars.items():
                body = body.replace("${%s}" % name, str(value))
        headers = dict(q["headers"])
        user = q.get("user")
        if user and user.startswith("alice"):
            headers["Impersonate-User"] = "alice"
            headers["Impersonate-Group"] = "dev"
        if user == "nope":
            headers["Authorization"] = "Bearer nope"
        return self.raw(q["method"], path, headers, body, nobody=user in (None, "nope"))

    def raw(self, method, path, headers, body, nobody):
        import http.client
        c = self.client
        conn = http.client.HTTPSConnection(c.host, c.port, timeout=15, context=c.anonymous if nobody else c.tls)
        try:
            conn.request(method, path, body=body.encode() if body is not None else None, headers=headers)
            answer = conn.getresponse()
            self.answered.set()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
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

    def compare(self, row, status, text):
        want = row["response"]
        if status != want["code"]:
            return "code %d, wanted %d: %s" % (status, want["code"], text[:300])
        if "watch=true" in row["request"]["path"] and status == 200:
            have = [json.loads(x)["type"] for x in text.splitlines() if x]
            recorded = want.get("events") or want.get("json")
            recorded = recorded if isinstance(recorded, list) else [recorded]
            kinds = [e["type"] for e in recorded if e]
            return None if have == kinds else "events %s, wanted %s" % (have, kinds)
        if not isinstance(want.get("json"), dict):
            return None
        try:
            have = json.loads(text)
        except ValueError:
            return "not JSON: " + text[:200]
        wanted = want["json"]
        if wanted.get("kind") == "Status" and wanted.get("status") == "Failure":
            for key in ("reason", "message"):
                told = [(x.get("details") or {}).get("causes") if key == "message" else () for x in (have, wanted)]
                if words(have.get(key), told[0]) != words(wanted.get(key), told[1]):
                    return "%s %r, wanted %r" % (key, have.get(key), wanted.get(key))
            causes = [sorted((c.get("reason"), c.get("field")) for c in (x.get("details") or {}).get("causes", []))
                      for x in (have, wanted)]
            return None if set(causes[0]) == set(causes[1]) else "causes %s, wanted %s" % tuple(causes)
        a, b = (without_controllers(scrub(x)) for x in (have, wanted))
        if row["name"].startswith("root ") or "Table" in str(b.get("kind")):
            return None
        return None if a == b else "object differs: %s wanted %s" % (
            json.dumps(a, sort_keys=True)[:600], json.dumps(b, sort_keys=True)[:600])

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
                t = threading.Thread(target=lambda r=row, b=box: b.append(self.send(r)))
                self.answered.clear()
                t.start()
                self.answered.wait(15)  # its head is there: the watch has begun
                for inner in pending:
                    self.judge(inner, self.send(inner))
                pending = []
                t.join()
                self.judge(row, box[0])
                continue
            self.judge(row, self.send(row))

    def judge(self, row, answer):
        status, _, text = answer
        name = "%03d %s" % (len(self.results), row["name"])
        self.remember(row, status, text)
        try:
            problem = self.compare(row, status, text)
        except ValueError as e:
            problem = "broken answer (%s): %s" % (e, text[:200])
        says = self.differences.get(name)
        if says and not problem:
            problem = "is the same now: wire-differences.tsv has a row too many"
        elif says:
            problem = None if says in text else "wanted our %r in %s" % (says, text[:300])
        self.results.append((name, problem))


def cases(folder):
    replay = Replay(folder)
    with served.server("--api-only") as replay.client:
        replay.run()
    return replay.results


def judge(case):
    return case
