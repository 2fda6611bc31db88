"""The converters of structured-merge-diff's tests, as a conversion webhook of a CRD."""
import base64
import http.server
import json
import ssl
import subprocess
import threading


def renamed(value, old, new):
    """Fields whose names end with a version end with the other one."""
    if isinstance(value, dict):
        return {k[:-len(old)] + new if k.endswith(old) else k: renamed(v, old, new) for k, v in value.items()}
    return [renamed(v, old, new) for v in value] if isinstance(value, list) else value


def repeated(value, _, new):
    """In version N the names below the first level are their first letter, N times; nothing else is kept."""
    def letters(v):
        return {k[0] * int(new[1:]): letters(w) for k, w in v.items()} if isinstance(v, dict) and v else None
    return {k: letters(v) if v else v for k, v in value.items()}


def reliant(value, _, new):
    """In v1 field_foo_rely_on_bar is what required_field_bar is in v2, where it must be."""
    names = ["field_foo_rely_on_bar", "required_field_bar"]
    if new == "v1":
        names.reverse()
    if new == "v1" and names[0] not in value:
        raise ValueError("required_field_bar: Required value")
    return {names[1] if k == names[0] else k: v for k, v in value.items()}


CONVERTERS = {"renamingConverter": renamed, "repeatingConverter": repeated, "reliantFieldsConverter": reliant}


def converted(name, obj, wanted):
    rest = ("apiVersion", "kind", "metadata")
    body = {k: v for k, v in obj.items() if k not in rest}
    old, new = obj["apiVersion"].split("/")[1], wanted.split("/")[1]
    return {**CONVERTERS[name](body, old, new), **{k: obj[k] for k in rest if k in obj}, "apiVersion": wanted}


class Handler(http.server.BaseHTTPRequestHandler):
    wbufsize = -1  # an answer in one piece
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request, name = review["request"], self.path.split("?")[0][1:]
        response = {"uid": request["uid"]}
        try:
            response["convertedObjects"] = [converted(name, o, request["desiredAPIVersion"]) for o in request["objects"]]
            response["result"] = {"status": "Success"}
        except ValueError as e:
            response["result"] = {"status": "Failure", "message": str(e)}
        body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Hook:
    """Serves all converters, each under its name, until it is closed."""

    def __init__(self, folder):
        crt, key = folder + "/hook.crt", folder + "/hook.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt, "-days", "2", "-subj",
                        "/CN=hook", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        with open(crt, "rb") as f:
            self.ca = base64.b64encode(f.read()).decode()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(crt, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def conversion(self, converter):
        """spec.conversion for a converter of the suite ("*fixture.dummyConverter": none)."""
        name = converter.split(".")[-1]
        if name == "dummyConverter":
            return {"strategy": "None"}
        url = "https://127.0.0.1:%d/%s" % (self.server.server_address[1], name)
        return {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": url, "caBundle": self.ca}}}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
