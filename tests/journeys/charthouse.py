"""charthouse.py: a repository of Helm charts and an OCI registry in one server of our own, for the journeys.

  /charts/index.yaml, /charts/NAME-VERSION.tgz      open to all
  /private/...                                      the same behind Basic authentication (robot, forge.WORD)
  /v2/NAMESPACE/NAME/...                            a registry; namespace "open" for all, "closed" behind a token of
  /token                                            which wants the same robot and word
"""
import base64
import gzip
import hashlib
import http.server
import io
import json
import tarfile
import threading
import urllib.parse

from forge import WORD, Quiet

CONFIG = "application/vnd.cncf.helm.config.v1+json"
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
FILES = "application/vnd.oci.image.layer.v1.tar+gzip"
BASIC = "Basic " + base64.b64encode(("robot:" + WORD).encode()).decode()
TEMPLATE = """apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-{{ .Chart.Name }}"}
data: {version: "{{ .Chart.Version }}", color: "{{ .Values.color }}", kube: "{{ .Capabilities.KubeVersion.Minor }}"}
"""


def pack(files, links=()):
    """A .tgz of {path: text}, and of links [(path, where)]."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, where in links:
            info = tarfile.TarInfo(path)
            info.type, info.linkname = tarfile.SYMTYPE, where
            tar.addfile(info)
        for path, text in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(raw.getvalue(), mtime=0)


def chart(name, version, **more):
    """Of one ConfigMap that says its version and color; more: other files, by path with __ for /."""
    files = {"Chart.yaml": "apiVersion: v2\nname: %s\nversion: %s\ndescription: one of ours\n" % (name, version),
             "values.yaml": "color: grey\n", "README.md": "# %s\n" % name, "dark.yaml": "color: dark\n",
             "crds/none.yaml": "# none\n", "templates/settings.yaml": TEMPLATE}
    files.update(more.get("files", {}))
    return pack({name + "/" + path: text for path, text in files.items()})


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def manifest(data, layer):
    config = CONFIG if layer == LAYER else "application/vnd.oci.image.config.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": config, "digest": "sha256:" + "0" * 64, "size": 2},
                       "layers": [{"mediaType": layer, "digest": digest_of(data), "size": 1}]}).encode()


class House(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, status, body=b"", kind="application/octet-stream", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        given = self.headers.get("Authorization", "")
        self.server.seen.append((path, bool(given)))
        folder, _, rest = path[1:].partition("/")
        if folder == "v2":
            self.registry(rest, urllib.parse.parse_qs(query), given)
        elif folder == "token":
            scope = urllib.parse.parse_qs(query).get("scope", [""])[0]
            if given == BASIC or (scope.startswith("repository:open/") and not given):
                self.say(200, json.dumps({"token": "token of " + scope}).encode())
            else:
                self.say(401)
        elif folder == "private" and given != BASIC:
            self.say(401, WWW_Authenticate='Basic realm="charts"')
        elif rest == "index.yaml":
            self.say(200, self.server.index(folder).encode())
        elif rest in self.server.files:
            self.say(200, self.server.files[rest])
        else:
            self.say(404)

    def registry(self, path, query, given):
        name, _, what = path.partition("/manifests/")
        kind = "manifests"
        for other in ("/tags/", "/blobs/"):
            if other in path:
                (name, _, what), kind = path.partition(other), other.strip("/")
        scope = "repository:%s:pull" % name
        if given != "Bearer token of " + scope:
            realm = '%s/token' % self.server.url
            return self.say(401, WWW_Authenticate='Bearer realm="%s",service="house",scope="%s"' % (realm, scope))
        versions = self.server.charts.get(name.rpartition("/")[2], {})
        if kind == "tags":  # two pages
            tags, last = [v.replace("+", "_") for v in versions], query.get("last")
            if last or len(tags) < 2:
                return self.say(200, json.dumps({"name": name, "tags": tags[1:] if last else tags}).encode())
            return self.say(200, json.dumps({"name": name, "tags": tags[:1]}).encode(),
                            Link='</v2/%s/tags/list?n=1000&last=%s>; rel="next"' % (name, tags[0]))
        for tag, data in versions.items() if kind == "manifests" else ():
            body = manifest(data, self.server.layers.get(name.rpartition("/")[2], LAYER))
            if what.replace("_", "+") == tag or what == digest_of(body):
                return self.say(200, body, MANIFEST)
        for data in versions.values() if kind == "blobs" else ():
            if what == digest_of(data):
                return self.say(200, self.server.spoilt or data)
        return self.say(404)


class Server(Quiet):
    """charts: {name: {version: bytes}}; lies: {(name, version): digest} of the index;
    layers: {name: media type} of what is no chart."""

    def __init__(self, certificate=None, key=None):
        super().__init__(("127.0.0.1", 0), House)
        self.charts, self.lies, self.layers, self.seen, self.spoilt, self.elsewhere = {}, {}, {}, [], None, None
        self.url = "%s://127.0.0.1:%d" % ("https" if certificate else "http", self.server_address[1])
        if certificate:
            self.over_tls(certificate, key)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def files(self):
        return {"%s-%s.tgz" % (n, v): data for n, all in self.charts.items() for v, data in all.items()}

    def put(self, name, version, **more):
        self.charts.setdefault(name, {})[version] = more.get("data") or chart(name, version, **more)

    def put_image(self, name, tag, files, links=(), layer=FILES):
        self.layers[name] = layer
        self.put(name, tag, data=pack(files, links))

    def place(self, name, version):
        """Where the index says that an archive is; `elsewhere` is a folder or a namespace of a registry."""
        if (self.elsewhere or "").startswith("oci://"):
            return "%s/%s:%s" % (self.elsewhere, name, version)
        return (self.elsewhere or "") + "%s-%s.tgz" % (name, version)

    def index(self, folder):
        entries = {}
        for name, versions in self.charts.items():
            entries[name] = [{"name": name, "version": v, "apiVersion": "v2",
                              "digest": self.lies.get((name, v), hashlib.sha256(data).hexdigest()),
                              "urls": [self.place(name, v)]} for v, data in versions.items()]
        return json.dumps({"apiVersion": "v1", "entries": entries, "generated": "2026-01-01T00:00:00Z"})
