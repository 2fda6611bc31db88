"""What Pave writes in protobuf, read by the published table of field numbers (fields.json): every object of every
built-in kind that is there after a start with a workload, once in JSON and once in protobuf.  A case is a kind: all of
its objects must say the same in both.  And what Pave reads: each object is sent back in protobuf (a dry run of a
PUT), put together by the table, and must come out as it was."""
import base64
import datetime
import http.client
import json
import os
import re

from served import server, until

PB = "application/vnd.kubernetes.protobuf"
GROUPS = {"": "k8s.io.api.core", "apiextensions.k8s.io": "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions",
          "flowcontrol.apiserver.k8s.io": "k8s.io.api.flowcontrol"}
META = "k8s.io.apimachinery.pkg.apis.meta.v1."
RAW = (META + "FieldsV1", "k8s.io.apimachinery.pkg.runtime.RawExtension",
       "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON")
SCALARS = {"int32", "int64", "uint32", "uint64", "bool"}
INLINE = {"localObjectReference", "volumeSource", "persistentVolumeSource", "ingressRuleValue", "handler", "ephemeralContainerCommon",
          "ruleWithOperations", "rule"}  # embedded in Go, so that JSON has their fields in their place
LEFT_OUT = {"kind", "apiVersion"}  # stand in the envelope
MADE = [  # beside what is there anyway
    ("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "m"}, "data": {"a": "b"}, "binaryData": {"c": "AAE="}, "immutable": True}),
    ("/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}, "type": "Opaque", "data": {"a": "AP8="}}),
    ("/api/v1/namespaces/default/services", {"metadata": {"name": "web"}, "spec": {
        "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "x", "port": 9, "targetPort": 9}]}}),
    ("/apis/apps/v1/namespaces/default/deployments", {"metadata": {"name": "web", "annotations": {"a": "\u00e9"}}, "spec": {
        "replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 0}},
        "selector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "Exists"}]},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
            "terminationGracePeriodSeconds": 7, "securityContext": {"runAsUser": 0, "fsGroup": 2000},
            "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 3, "effect": "NoExecute"}],
            "volumes": [{"name": "v", "configMap": {"name": "m", "defaultMode": 420}}, {"name": "e", "emptyDir": {"sizeLimit": "1Gi"}}],
            "containers": [{"name": "c", "image": "x", "args": ["", "a"], "ports": [{"name": "http", "containerPort": 8080}],
                            "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a", "optional": False}}}],
                            "readinessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 3},
                            "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}},
                            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": True}]}]}}}}),
    ("/apis/batch/v1/namespaces/default/cronjobs", {"metadata": {"name": "c"}, "spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}}}}}),
    ("/apis/networking.k8s.io/v1/namespaces/default/ingresses", {"metadata": {"name": "i"}, "spec": {"rules": [{"host": "a.example", "http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}}),
    ("/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", {"metadata": {"name": "n"}, "spec": {"podSelector": {}, "ingress": [
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": 80, "protocol": "TCP"}]}], "policyTypes": ["Ingress"]}}),
    ("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {"metadata": {"name": "p"}, "spec": {"minAvailable": "30%", "selector": {}}}),
    ("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", {"metadata": {"name": "h"}, "spec": {
        "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}, "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}}),
    ("/api/v1/namespaces/default/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "50", "requests.memory": "9Gi"}}}),
    ("/api/v1/namespaces/default/limitranges", {"metadata": {"name": "l"}, "spec": {"limits": [{"type": "Container", "max": {"cpu": "9"}}]}}),
]


class Table:
    def __init__(self, folder):
        with open(os.path.join(folder, "fields.json"), encoding="utf-8") as f:
            self.types = {name: {row[0]: row[:3] + [self.whole(name, row[3])] for row in rows} for name, rows in json.load(f).items()}

    @staticmethod
    def whole(owner, kind):
        """A type that is named without its package lies in its user's."""
        if kind[0].isupper():
            return owner.rpartition(".")[0] + "." + kind
        if kind.startswith("map<"):
            key, _, value = kind[4:-1].partition(",")
            return "map<%s,%s>" % (key, Table.whole(owner, value))
        return kind

    # ---- reading ----

    @staticmethod
    def varint(data, at):
        value, shift = 0, 0
        while True:
            b = data[at]
            at += 1
            value |= (b & 127) << shift
            shift += 7
            if b < 128:
                return value, at

    def raw(self, data):
        """[(number, value)]: whole numbers and bytes."""
        out, at = [], 0
        while at < len(data):
            tag, at = self.varint(data, at)
            if tag & 7 == 0:
                value, at = self.varint(data, at)
            elif tag & 7 == 1:
                value, at = data[at:at + 8], at + 8
            else:
                n, at = self.varint(data, at)
                value, at = data[at:at + n], at + n
            out.append((tag >> 3, value))
        return out

    def value(self, kind, value):
        if kind == "string":
            return value.decode()
        if kind == "bytes":
            return base64.b64encode(value).decode()
        if kind == "bool":
            return bool(value)
        if kind in SCALARS:
            return value - (1 << 64) if value >> 63 else value
        if kind == "double":
            return __import__("struct").unpack("<d", value)[0]
        return self.message(kind.lstrip("."), value)

    def message(self, name, data):
        rows = dict(self.raw(data))
        short = name.rpartition(".")[2]
        if name in RAW:
            return json.loads(rows.get(1, b"null"))
        if short == "Quantity":
            return rows[1].decode()
        if short == "IntOrString":
            return rows.get(3, b"").decode() if rows.get(1) else self.value("int64", rows.get(2, 0))
        if name in (META + "Time", META + "MicroTime"):  # a Time has whole seconds, whatever its author wrote
            when = datetime.datetime.fromtimestamp(self.value("int64", rows.get(1, 0)), datetime.timezone.utc)
            text = when.strftime("%Y-%m-%dT%H:%M:%S")
            return text + (".%06d" % (rows.get(2, 0) // 1000) if short == "MicroTime" else "") + "Z"
        if short in ("JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrStringArray"):
            if 2 in rows and short.endswith("OrBool"):
                return self.value(self.types[name][2][3], rows[2])
            if 1 in rows and not short.endswith("OrBool"):
                return self.value(self.types[name][1][3], rows[1])
            return bool(rows.get(1))
        out = {}
        for number, value in self.raw(data):
            if number in self.types[name] and self.types[name][number][1] in INLINE and self.types[name][number][3] != "string":
                out.update(self.message(self.types[name][number][3].lstrip("."), value))
                continue
            if number not in self.types[name]:
                raise ValueError("%s has no field %d" % (name, number))
            _, field, label, kind = self.types[name][number]
            if short == "JSONSchemaProps":
                field = {"ref": "$ref", "schema": "$schema"}.get(field, field)
                field = re.sub("(?<=.)([A-Z])", lambda m: "-" + m.group(1).lower(), "x" + field[1:]) if field[:1] == "x" else field
            if kind.startswith("map<"):
                to = kind[4:-1].partition(",")[2].strip()
                pair = dict(self.raw(value))
                out.setdefault(field, {})[pair.get(1, b"").decode()] = self.value(to, pair.get(2, 0 if to in SCALARS else b""))
            elif label == "repeated":
                out.setdefault(field, []).append(self.value(kind, value))
            else:
                out[field] = self.value(kind, value)
        return out


def bare(v):
    """Without what JSON leaves out and protobuf does not, or the other way round: nothing, zero, false, empty."""
    if isinstance(v, dict):
        out = {k: bare(x) for k, x in v.items()}
        return {k: x for k, x in out.items() if x not in ({}, [], "", 0, False, None)}
    if isinstance(v, list):
        return [bare(x) for x in v]
    return v


def seconds(v):
    return re.sub(r"(T\d\d:\d\d:\d\d)\.\d+Z$", r"\1Z", v) if isinstance(v, str) else v


def difference(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(set(a) | set(b)):
            told = difference(a.get(k), b.get(k), path + "." + k)
            if told:
                return told
        return None
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next((t for t in (difference(x, y, path + "[]") for x, y in zip(a, b)) if t), None)
    return None if seconds(a) == seconds(b) else "%s: JSON has %s, protobuf %s" % (path, json.dumps(a)[:120], json.dumps(b)[:120])


class Speaker:
    def __init__(self, client, table):
        self.table = table
        self.connection = http.client.HTTPSConnection(client.host, client.port, timeout=600, context=client.tls)

    def ask(self, method, path, accept, body=None, kind=None):
        self.connection.request(method, path, body=body, headers=dict({"Accept": accept}, **({"Content-Type": kind} if kind else {})))
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def opened(self, data):
        envelope = dict(self.table.raw(data[4:]))
        return envelope[2]

    def kind(self, group, version, kind, path, verbs):
        status, text = self.ask("GET", path, "application/json")
        objects = json.loads(text)["items"]
        if not objects:
            return None
        name = "%s.%s.%s" % (GROUPS.get(group, "k8s.io.api." + group.split(".")[0]), version, kind)
        if name not in self.table.types:
            return False
        for one in objects:
            meta = one["metadata"]
            where = path + "/" + meta["name"]
            if meta.get("namespace"):
                where = "%s/namespaces/%s/%s/%s" % (*path.rsplit("/", 1)[:1], meta["namespace"], path.rsplit("/", 1)[1], meta["name"])
            problem = self.same(name, where, verbs)
            if problem:
                return "%s: %s" % (where, problem)
        return ""

    def same(self, name, where, verbs):
        while True:  # a controller may write between the two
            _, text = self.ask("GET", where, "application/json")
            status, data = self.ask("GET", where, PB)
            if status != 200:
                return "code %d in protobuf" % status
            have = self.table.message(name, self.opened(data))
            want = {k: v for k, v in json.loads(text).items() if k not in LEFT_OUT}
            if have["metadata"].get("resourceVersion") == want["metadata"].get("resourceVersion"):
                break
        problem = difference(bare(want), bare(have))
        if problem or "update" not in verbs:
            return problem
        status, text = self.ask("PUT", where + "?dryRun=All", "application/json", data, PB)
        if status == 409:
            return None
        if status != 200:
            return "sent back: code %d: %s" % (status, text[:200])
        back = {k: v for k, v in json.loads(text).items() if k not in LEFT_OUT}
        for v in (back, want):
            v["metadata"].pop("managedFields", None)
            v["metadata"] = dict(v.pop("metadata"), generation=None)
        return difference(bare(want), bare(back))


def cases(folder):
    out = []
    with server() as client:
        for path, body in MADE:
            status, _, text = client.request("POST", path, json.dumps(body))
            if status != 201:
                out.append(("make " + path, text[:300]))
        until(lambda: json.loads(client.request("GET", "/apis/apps/v1/namespaces/default/deployments/web")[2]).get("status", {}).get("availableReplicas") == 2)
        speaker = Speaker(client, Table(folder))
        groups = [("", "v1", "/api/v1")] + [(g["name"], v["version"], "/apis/" + v["groupVersion"])
                                            for g in json.loads(client.request("GET", "/apis")[2])["groups"] for v in g["versions"]]
        for group, version, base in groups:
            for row in json.loads(client.request("GET", base)[2])["resources"]:
                if "/" in row["name"] or "list" not in row["verbs"]:
                    continue
                told = speaker.kind(group, version, row["kind"], base + "/" + row["name"], row["verbs"])
                if told is not None and told is not False:
                    out.append(("%s %s" % (base, row["kind"]), told or None))
    return out


def judge(case):
    return case
