"""The runner's own client of the resource API: standard library only, so that
what it sees does not depend on the program under test."""
import base64
import http.client
import json
import os
import re
import ssl
import tempfile


class Client:
    """Speaks HTTPS with the certificate or token of a kubeconfig."""

    def __init__(self, kubeconfig, tmp):
        with open(kubeconfig, encoding="utf-8") as f:
            text = f.read()

        def field(name):
            m = re.search(r'"?%s"?:\s*"?([^"\s,}]+)' % name, text)
            return m.group(1) if m else None

        self.server = field("server")
        m = re.match(r"(https?)://(.*?):(\d+)", self.server or "")
        if not m:
            raise RuntimeError("%s: no server: https://HOST:PORT in it" % kubeconfig)
        self.scheme, self.host, self.port = m.group(1), m.group(2).strip("[]"), int(m.group(3))
        self.token = field("token")
        self.anonymous = ssl._create_unverified_context()
        self.tls = ssl.create_default_context()
        self.tls.check_hostname = False
        ca = field("certificate-authority-data")
        if ca:
            self.tls.load_verify_locations(cadata=base64.b64decode(ca).decode())
        cert, key = field("client-certificate-data"), field("client-key-data")
        if cert and key:
            with tempfile.NamedTemporaryFile(dir=tmp, delete=False) as f:
                f.write(base64.b64decode(cert) + b"\n" + base64.b64decode(key))
            self.tls.load_cert_chain(f.name)
            os.unlink(f.name)
        self.resources = None

    def request(self, method, path, body=None, kind="application/json", nobody=False, timeout=600, headers=None):
        """Returns (status, headers, text)."""
        if self.scheme == "https":
            conn = http.client.HTTPSConnection(self.host, self.port, timeout=timeout,
                                               context=self.anonymous if nobody else self.tls)
        else:
            conn = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        headers = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            headers["Content-Type"] = kind
        if self.token and not nobody:
            headers["Authorization"] = "Bearer " + self.token
        try:
            conn.request(method, path, body=body, headers=headers)
            answer = conn.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        except http.client.HTTPException as e:
            raise OSError("%s %s: broken answer: %r" % (method, path, e)) from e
        finally:
            conn.close()

    def get(self, path):
        status, _, text = self.request("GET", path)
        return status, json.loads(text) if text[:1] in "{[" else text

    def discover(self):
        rows = []
        status, doc = self.get("/api/v1")
        groups = ["/api/v1"] if status == 200 else []
        status, doc = self.get("/apis")
        if status == 200:
            groups += ["/apis/" + v["groupVersion"]
                       for g in doc.get("groups", []) for v in [g.get("preferredVersion") or g["versions"][0]]]
        for base in groups:
            status, doc = self.get(base)
            for r in doc.get("resources", []) if status == 200 else []:
                if "/" in r["name"]:
                    continue
                names = {r["name"], r.get("singularName"), r["kind"].lower(), *(r.get("shortNames") or [])}
                group = base[6:].rpartition("/")[0] if base.startswith("/apis/") else ""
                rows.append((names, group, base, r["name"], r.get("namespaced", False)))
        self.resources = rows

    def resource(self, kind):
        """(base path, plural, namespaced) of `kind`, `plural`, `short` or any of them with `.group`."""
        name, _, group = kind.lower().partition(".")
        for fresh in (False, True):
            if self.resources is None or fresh:
                self.discover()
            for names, its_group, base, plural, namespaced in self.resources:
                if name in names and (not group or group == its_group):
                    return base, plural, namespaced
        return None

    def path(self, kind, name, namespace):
        found = self.resource(kind)
        if not found:
            return None
        base, plural, namespaced = found
        where = "/namespaces/" + namespace if namespaced else ""
        return "%s%s/%s%s" % (base, where, plural, "/" + name if name else "")


def look(doc, path):
    """The value at .a.b[0].c, .list[type=Ready].status, .map["a.b/c"]; None if absent."""
    for dot, index in re.findall(r"\.([^.\[\]]+)|\[([^\]]*)\]", path):
        if dot:
            key = dot
        elif re.fullmatch(r"-?\d+", index):
            if not isinstance(doc, list) or not -len(doc) <= int(index) < len(doc):
                return None
            doc = doc[int(index)]
            continue
        elif re.fullmatch(r'["\'].*["\']', index):
            key = index[1:-1]
        elif "=" in index:
            name, want = (x.strip().strip("\"'") for x in re.split("==?", index, maxsplit=1))
            name = re.sub(r"^\?\(@\.|^@\.", "", name)
            want = want.rstrip(")").strip("\"'")
            doc = next((x for x in doc or [] if isinstance(x, dict) and text_of(x.get(name)) == want), None)
            continue
        else:
            return None
        doc = doc.get(key) if isinstance(doc, dict) else None
    return doc


def text_of(value):
    if value is None:
        return "<absent>"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
