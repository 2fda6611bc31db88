"""What the tests of `pave rego run` share: a server of its own, a service that it is configured with, and
checks that speak TAP."""
import gzip
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from patience import until  # noqa: F401

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAVE = os.path.join(ROOT, os.environ.get("PAVE") or "build/debug/pave")
counter, failures = 0, 0


def check(name, got, want):
    global counter, failures
    counter += 1
    fine = want(got) if callable(want) else got == want
    failures += not fine
    print("%s %d - %s" % ("ok" if fine else "not ok", counter, name), flush=True)
    if not fine:
        print("# got    %r" % (got,))
        print("# wanted %s" % ("something else" if callable(want) else repr(want)), flush=True)


def done():
    print("1..%d" % counter)
    sys.exit(1 if failures else 0)


def pave(*args, cwd=None):
    return subprocess.run([PAVE, *args], cwd=cwd, capture_output=True, text=True, timeout=600)


class Folder:
    """A temporary folder with files."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = self.temporary.name

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def read(self, name):
        try:
            with open(os.path.join(self.path, name), encoding="utf-8") as f:
                return f.read()
        except OSError:
            return ""

    def bundle(self, name, files, *flags):
        """Builds one out of {NAME: TEXT}; its bytes."""
        for path, text in files.items():
            self.write(os.path.join(name, path), text)
        out = os.path.join(self.path, name + ".tar.gz")
        built = pave("rego", "build", "-b", name, "-o", out, *flags, cwd=self.path)
        if built.returncode:
            raise RuntimeError(built.stderr)
        with open(out, "rb") as f:
            return f.read()


class Opa:
    """`pave rego run --server`."""

    def __init__(self, folder, *args, env=None):
        self.err = open(os.path.join(folder.path, "err"), "a+", encoding="utf-8")
        self.process = subprocess.Popen([PAVE, "rego", "run", "--server", "--addr", "localhost:0", *args],
                                        cwd=folder.path, stdout=subprocess.PIPE, stderr=self.err, text=True,
                                        env={**os.environ, **(env or {})})
        line = self.process.stdout.readline()
        self.url = line.split()[-1] if line else None

    def stop(self):
        self.process.terminate()
        code = self.process.wait(600)
        self.process.stdout.close()
        self.err.close()
        return code

    def whole(self, method, path, body=None, headers=None, context=None):
        """(status, headers by names in lower case, bytes as they came)."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        request = urllib.request.Request(self.url + path, body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=600, context=context) as answer:
                status, text, head = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as e:
            status, text, head = e.code, e.read(), e.headers
            e.close()
        return status, {name.lower(): value for name, value in head.items()}, text

    def ask(self, method, path, body=None, headers=None, context=None):
        """(status, document); the text if it is no JSON."""
        status, head, text = self.whole(method, path, body, headers, context)
        if head.get("content-encoding") == "gzip":
            text = gzip.decompress(text)
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def data(self, path, input=None):
        return self.ask("POST", "/v1/data/" + path, {} if input is None else {"input": input})[1].get("result")


class Service:
    """What a server is configured with: answers by path, and keeps what it is told."""

    def __init__(self):
        self.answers, self.asked, self.lock = {}, [], threading.Lock()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                with service.lock:
                    service.asked.append((self.command, self.path, dict(self.headers), body))
                    found = service.answers.get(self.path)
                status, headers, text = found(self) if callable(found) else found or (404, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None  # who asked was killed
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, path, body, etag=None, **headers):
        """With 304 to who has it already."""

        def answer(request):
            if etag and request.headers.get("If-None-Match") == etag:
                return 304, {"ETag": etag}, b""
            return 200, {**({"ETag": etag} if etag else {}), **headers}, body

        self.answers[path] = answer

    def told(self, path):
        with self.lock:
            return [(headers, body) for _, p, headers, body in self.asked if p == path]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
