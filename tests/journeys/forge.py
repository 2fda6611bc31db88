"""forge.py: Git servers of our own and a Pave to look at them, for the journeys over a network."""
import base64
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import patience  # noqa: E402
from server import PAVE, ROOT, Server  # noqa: E402, F401

BACKEND = "/usr/lib/git-core/git-http-backend"
WORD = "hunter2"
APPS = "/apis/argoproj.io/v1alpha1/namespaces/default/applications"
count = 0


def ok(good, what, why=""):
    global count
    count += 1
    print("%sok %d - %s" % ("" if good else "not ", count, what), flush=True)
    if not good:
        print("# %s" % (why,))
        raise SystemExit(1)


def basic(user, word):
    return "Basic " + base64.b64encode(("%s:%s" % (user, word)).encode()).decode()


class Git(http.server.BaseHTTPRequestHandler):
    """git http-backend behind Basic authentication, unless the server is open."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def body(self):
        """A push comes in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(parts)

    def serve(self):
        given = self.headers.get("Authorization", "")
        wanted = getattr(self.server, "wanted", basic("robot", WORD))
        writer = getattr(self.server, "writer", None)
        if writer and (given == writer or "git-receive-pack" in self.path):
            wanted = writer
        body = self.body()
        if wanted and given != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        env = dict(os.environ, GIT_PROJECT_ROOT=self.server.root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                   REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type", ""), REMOTE_USER="robot",
                   CONTENT_LENGTH=str(len(body)), HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""))
        out = subprocess.run([BACKEND], input=body, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        head, _, answer = out.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = serve


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):  # a handshake that fails is what some tests want
        pass

    def over_tls(self, certificate, key, client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


def serve_hooks(handler, folder, names="IP:127.0.0.1"):
    """A webhook over TLS, not yet running, and the authority to trust it by: (server, base64 of PEM)."""
    hooks = Quiet(("127.0.0.1", 0), handler)
    authority(folder + "/hooks")
    certificate(folder + "/hooks", folder + "/hook", names)
    hooks.over_tls(folder + "/hook.crt", folder + "/hook.key")
    with open(folder + "/hooks.crt", "rb") as f:
        return hooks, base64.b64encode(f.read()).decode()


def address():
    """This machine's own, of the network; None where there is none but loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))  # sends nothing
            return s.getsockname()[0]
        except OSError:
            return None


def serve_git(root, wanted=None, certificate=None, key=None, client_ca=None, writer=None):
    """Serves the repositories below root; over TLS if there is a certificate; writer: the Authorization of who may
    push, if that is another than may read.  Returns the port."""
    forge = Quiet(("127.0.0.1", 0), Git)
    forge.root = root
    if wanted is not None:
        forge.wanted = wanted
    if writer is not None:
        forge.writer = writer
    if certificate:
        forge.over_tls(certificate, key, client_ca)
    threading.Thread(target=forge.serve_forever, daemon=True).start()
    return forge.server_address[1]


def key(path, *flags):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "t", "-f", path, *flags], check=True)
    return open(path, encoding="utf-8").read()


def public(path):
    return " ".join(open(path + ".pub", encoding="utf-8").read().split()[:2])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def sshd(tmp):
    """sshd on a free port for the user who runs this; returns its process and port."""
    os.makedirs("/run/sshd", exist_ok=True) if os.getuid() == 0 else None
    key(tmp + "/host")
    key(tmp + "/host2", "-t", "ecdsa")
    for _ in range(20):  # another may have taken the port by then
        port = free_port()
        with open(tmp + "/sshd_config", "w", encoding="utf-8") as f:
            f.write("ListenAddress 127.0.0.1:%d\nHostKey %s/host\nHostKey %s/host2\nAuthorizedKeysFile %s/authorized\nPasswordAuthentication no\n"
                    "KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\nPermitRootLogin yes\n" % (port, tmp, tmp, tmp))
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", tmp + "/sshd_config"], stderr=open(tmp + "/sshd.log", "w", encoding="utf-8"))
        while process.poll() is None:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return process, port
            time.sleep(0.05)  # sleeps: until it listens or ends
    ok(False, "sshd starts", open(tmp + "/sshd.log", encoding="utf-8").read())


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(path):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path + ".key", "-out", path + ".crt",
            "-subj", "/CN=private authority", "-days", "2")


def certificate(ca, path, names, *validity):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path + ".key", "-out", path + ".csr", "-subj", "/CN=t")
    with open(path + ".ext", "w", encoding="utf-8") as f:
        f.write("subjectAltName=%s\n" % names)
    openssl("x509", "-req", "-in", path + ".csr", "-CA", ca + ".crt", "-CAkey", ca + ".key", "-CAcreateserial", "-out", path + ".crt",
            "-extfile", path + ".ext", *validity)


def git(repo, *args):
    subprocess.run(["git", "-C", repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", *args], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(repo, value, folder="deploy"):
    with open(repo + "/" + folder + "/settings.yaml", "w", encoding="utf-8") as f:
        json.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"value": value}}, f)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "Set " + value)


def make_repository(work):
    os.makedirs(work + "/deploy")
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    write(work, "one")


def until(client, path, what, test, limit=patience.PATIENCE):
    last = {}

    def look():
        nonlocal last
        status, _, text = client.request("GET", path)
        last = json.loads(text) if status == 200 else {}
        return test(last)
    ok(patience.until(look, limit), what, json.dumps(last.get("status", last))[:2000])


def condition(app):
    return " ".join(c["message"] for c in app.get("status", {}).get("conditions", []))


def create(client, path, body):
    status, _, text = client.request("POST", path, json.dumps(body))
    if status != 201:
        ok(False, "POST " + path, text)


def put_settings(client, kind, name, data, label=None):
    """Makes or replaces a Secret or ConfigMap of namespace argocd."""
    path = "/api/v1/namespaces/argocd/%s" % kind
    field = "stringData" if kind == "secrets" else "data"
    body = {"apiVersion": "v1", "kind": "Secret" if kind == "secrets" else "ConfigMap", "metadata": {"name": name}, field: data}
    if label:
        body["metadata"]["labels"] = {"argocd.argoproj.io/secret-type": label}
    client.request("DELETE", path + "/" + name)
    create(client, path, body)


def create_app(client, repo):
    create(client, APPS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"},
                          "spec": {"project": "default", "source": {"repoURL": repo, "path": "deploy"},
                                   "destination": {"name": "in-cluster", "namespace": "default"}, "syncPolicy": {"automated": {}}}})


def refresh(client, name="shop"):
    client.request("PATCH", APPS + "/" + name, json.dumps({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}),
                   "application/merge-patch+json")


def point(client, repo):
    client.request("PATCH", APPS + "/shop", json.dumps({"spec": {"source": {"repoURL": repo}}}), "application/merge-patch+json")


def journey(story):
    """Runs story(client, folder) against a server of its own and prints the plan."""
    with tempfile.TemporaryDirectory(prefix="pave-git-") as tmp:
        with Server(tmp) as server:
            create(server.admin, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
            story(server.admin, tmp)
            ok(WORD not in server.logged(), "the password is not in the log")
        ok(server.end() == 0, "the server ends cleanly", server.end())
    print("1..%d" % count)
