"""What kubectl 1.20 to 1.36 and client-node really send, recorded before real API servers, sent again in its order to a
fresh `pave serve` a recording.  A case is one step (a command line) of a recording: each of its requests must be
answered with the recorded code and media type, and a refusal with the recorded reason; what the recorded
servers could not do and Pave can is listed in BETTER, and must be as it says there.  Revisions, continue tokens and
hashes of documents are those of this run.  Where the recorder lost bytes of a protobuf body, the object that the command
line makes is sent instead (LOST); what asked for a page behind the last one here is left out."""
import concurrent.futures
import glob
import http.client
import json
import os
import re
import subprocess
import urllib.parse

from served import server

# (method, path, recorded code, our code, why).  The recorded servers were kube-apiserver 1.20 behind a
# proxy that spoke newer discovery, without nodes and, in one recording, without a service account for Pods.
BETTER = [
    ("GET", r"sendInitialEvents=true", 422, 200, "watch-list is newer than 1.20"),
    ("POST", r"^/apis/autoscaling/v2/", 404, 201, "autoscaling/v2 is newer than 1.20"),
    ("POST", r"v1/selfsubjectreviews", 404, 201, "SelfSubjectReview is newer than 1.20"),
    ("GET", r"^/apis/(?!admission)[^/]+/v\d+(alpha|beta)\d+\?", 200, 404, "versions that 1.34 does not serve, nor name in discovery"),
    ("POST", r"/pods\?", 500, 201, "the Pod could not be made there"),
    ("POST", r"/(secrets|selfsubjectaccessreviews)(\?|$)", 415, 201, "the proxy was told to refuse protobuf"),
    ("GET", r"/pods/p1/log(\?|$)", 404, 501, "the Pod's node is run by nobody here either, and that is said"),
    ("GET", r"/pods/p1/(exec|attach)\?", 404, 501, "the same"),
    ("POST", r"/pods/p1/(exec|attach)\?", 404, 501, "the same"),
]
SECOND = [("POST", r"^/apis/autoscaling/v1/", 201, 409, "which kubectl asks for when v2 is refused, and here it was not")]
MADE = [("GET", r"/pods/p1$", 404, 200, "where the Pod could not be made there, it can here"),  # until it is deleted
        ("DELETE", r"/pods/p1$", 404, 200, "the same")]
TEMPLATE = {"containers": [{"name": "x", "image": "x"}]}
LOST = {  # by the recorded path: what `kubectl create` of that command line makes
    "deployments": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d2", "labels": {"app": "d2"}},
                    "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "d2"}},
                             "template": {"metadata": {"labels": {"app": "d2"}}, "spec": TEMPLATE}}},
    "jobs": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j1"},
             "spec": {"template": {"spec": dict(TEMPLATE, restartPolicy="Never")}}},
}
NEWER = {"application/octet-stream": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"}  # since 1.22
VOLATILE = re.compile(r"(resourceVersion=)(?!0\b)\d+")


class Recording:
    def __init__(self, client):
        self.connection = http.client.HTTPSConnection(client.host, client.port, timeout=600, context=client.tls)
        self.hashes = {}
        self.rev, self.list_rev, self.token = {}, "", None
        self.better = BETTER

    def path(self, text):
        """The recorded path with what this run has of its own; None: there is no page behind the last one here."""
        if "continue=" in text:
            if not self.token:
                return None
            text = re.sub(r"continue=[^&]*", "continue=" + urllib.parse.quote(self.token, safe=""), text)
        if text.startswith("/openapi/v3/"):
            text = self.hashes.get(text.partition("?")[0], text)
        return VOLATILE.sub(lambda m: m.group(1) + (self.list_rev or "0"), text)

    def body(self, text, path):
        rev = self.rev.get(path.partition("?")[0], "")
        text = re.sub(r'("resourceVersion":\s*")\d+', lambda m: m.group(1) + rev, text)
        return re.sub(r'("path":"/metadata/resourceVersion","value":")\d+', lambda m: m.group(1) + rev, text)

    def send(self, row):
        path, body = self.path(row["p"]), row["body"]
        if path is None:
            return None
        if "watch=true" in path:
            path += ("&" if "?" in path else "?") + "timeoutSeconds=1" if "timeoutSeconds" not in path else ""
            path = re.sub(r"timeoutSeconds=\d+", "timeoutSeconds=1", path)
        headers = dict(row["h"], **{"User-Agent": row["ua"] or ""})
        if "\ufffd" in (body or ""):
            body = protobuf(LOST[path.partition("?")[0].rpartition("/")[2]])
        elif body is not None:
            body = self.body(body, path).encode()
        self.connection.request(row["m"], path, body=body, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.remember(path, answer, text)
        return answer.status, answer.headers.get("Content-Type", ""), text

    def remember(self, path, answer, text):
        if "json" not in answer.headers.get("Content-Type", "") or "watch=true" in path or text[:1] != b"{":
            return
        doc = json.loads(text)
        meta = doc.get("metadata") or {}
        if path.startswith("/openapi/v3?"):
            self.hashes = {"/openapi/v3/" + k: v["serverRelativeURL"] for k, v in doc["paths"].items()}
        elif "items" in doc or "rows" in doc:
            self.list_rev, self.token = meta.get("resourceVersion", ""), meta.get("continue")
        elif meta.get("resourceVersion"):
            self.rev[path.partition("?")[0]] = meta["resourceVersion"]


def protobuf(document):
    return subprocess.run([os.environ["PAVE"], "recode", "-o", "protobuf"], input=json.dumps(document).encode(), stdout=subprocess.PIPE, check=True).stdout


def same_type(have, want):
    have, want = ((x or "").replace(" ", "").split(";charset")[0] for x in (have, want))
    return have in (want, NEWER.get(want)) or not want


def problem_of(row, answer, replay):
    status, media, text = answer
    want, better = row["code"], replay.better
    if want == 500 and row["m"] == "POST":
        replay.better = BETTER + MADE
    elif want == 404 and row["p"].startswith("/apis/autoscaling/v2/"):
        replay.better = better + SECOND
    elif row["m"] == "DELETE" and row["p"].endswith("/pods/p1"):
        replay.better = BETTER
    for method, path, theirs, ours, _ in better:
        if method == row["m"] and want == theirs and re.search(path, row["p"]):
            return None if status == ours else "code %d, wanted our %d: %s" % (status, ours, text[:200])
    what = "%s %s: " % (row["m"], row["p"][:100])
    if status != want:
        return what + "code %d, wanted %d: %s" % (status, want, text[:200])
    if not same_type(media, row.get("ct")):
        return what + "media type %r, wanted %r" % (media, row.get("ct"))
    told = row.get("resp") or ""
    if told[:1] == "{" and '"Status"' in told:
        have, wanted = (json.loads(x).get("reason") for x in (text, told))
        if have != wanted:
            return what + "reason %r, wanted %r" % (have, wanted)
    return None


def steps(path):
    out, name = [], ""
    with open(path, encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            if "step" in row:
                out.append((row["step"], []))
            elif "m" in row:
                if not out:
                    out.append(("all", []))
                out[-1][1].append(row)
    return [(re.sub(r"/tmp/\S+", "", s), rows) for s, rows in out if rows]


def replayed(path):
    out = []
    with server("--api-only") as client:
        client.request("POST", "/api/v1/namespaces/default/serviceaccounts", '{"metadata":{"name":"default"}}')
        replay = Recording(client)
        for i, (step, rows) in enumerate(steps(path)):
            answers = [(row, replay.send(row)) for row in rows]
            problems = [problem_of(row, answer, replay) for row, answer in answers if answer]
            if problems:
                out.append(("%s %02d %s" % (os.path.basename(path)[:-6], i, step), next((p for p in problems if p), None)))
        replay.connection.close()
    return out


def cases(folder):
    """Three recordings at once: each waits for its watches to end."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        return [case for out in pool.map(replayed, sorted(glob.glob(os.path.join(folder, "*.jsonl")))) for case in out]


def judge(case):
    return case
