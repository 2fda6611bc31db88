"""A `pave serve` of one's own on a free port of the loopback, for every test that is not a .pvt."""
import json
import os
import signal
import subprocess
import time

from client import Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAVE = os.environ.get("PAVE") or os.path.join(ROOT, "build/debug/pave")


class Server:
    """Started, and waited for until it is ready or has ended, which `with` sees to.  Its log is FOLDER/log; `admin` is
    a client, or None if it has ended.  One that is neither in ten minutes ends the test and shows its log."""

    def __init__(self, folder, *flags, data=None, listen="127.0.0.1:0"):
        self.folder, self.flags, self.data, self.listen = folder, flags, data or folder + "/data", listen
        self.config = folder + "/kubeconfig"
        self.start()

    def start(self):
        if os.path.exists(self.config):
            os.unlink(self.config)
        with open(self.folder + "/log", "ab") as log, open(self.folder + "/out", "ab") as out:
            begin = log.tell()
            self.process = subprocess.Popen([PAVE, "serve", "--data", self.data, "--listen", self.listen, "--kubeconfig-out", self.config,
                                             *self.flags], stdout=out, stderr=log)
        end = time.time() + 600
        while '"ready"' not in self.logged(begin) and self.process.poll() is None and time.time() < end:
            time.sleep(0.02)  # sleeps: until it is ready or has ended
        if '"ready"' not in self.logged(begin) and self.process.poll() is None:
            self.end(signal.SIGKILL)
            raise SystemExit("not ok - the server is ready\n" + self.logged(begin)[-4000:])
        self.admin = Client(self.config, self.folder) if os.path.exists(self.config) else None

    def ask(self, method, path, body=None, kind="application/json", **more):
        """(status, answer), the answer as a value if it is JSON."""
        status, _, text = self.admin.request(method, path, body if body is None else json.dumps(body), kind, **more)
        return status, json.loads(text) if text[:1] == "{" else text

    def logged(self, begin=0):
        with open(self.folder + "/log", encoding="utf-8") as f:
            f.seek(begin)
            return f.read()

    def memory(self):
        """The most that it has had, in MB."""
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as f:
            return int(f.read().split("VmHWM:")[1].split()[0]) // 1024

    def end(self, how=signal.SIGTERM):
        """Its exit code; the same again if it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(600)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
