"""An HTTP server for tests: prints its port, says what it was asked; its paths give what their names say."""
import http.server
import json

ANSWERS = {
    "/yaml": ("application/yaml", b"a: [1, 2]\n"),
    "/text": ("text/plain", b"hello"),
    "/badjson": ("application/json", b'{"a":'),
    "/textjson": ("text/plain", b'{"a": 1}'),
    "/empty": ("application/json", b""),
    "/vendor": ("application/vnd.x+json", b'{"a": 1.0}'),
    "/numbers": ("application/json", b'{"n": 12345678901234567890, "f": 1.50}'),
}
asked = 0


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        global asked
        asked += 1
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if self.path == "/slow":  # as slow as the client is patient
            self.close_connection = not self.rfile.read(1)
            return
        status, headers = 200, {"X-Two": "a"}
        if self.path.startswith("/to/"):  # another host, or another path
            status, headers["Location"] = 302, self.path[4:].replace("_", "/")
        if self.path == "/500":
            status = 500
        if self.path == "/cached":
            headers["Cache-Control"] = "max-age=60"
        said = {"method": self.command, "path": self.path, "body": body, "asked": asked,
                "headers": sorted([k.lower(), v] for k, v in self.headers.items())}
        kind, text = ANSWERS.get(self.path, ("application/json", json.dumps(said).encode()))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Two", "b")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
print(server.server_port, flush=True)
server.serve_forever()
