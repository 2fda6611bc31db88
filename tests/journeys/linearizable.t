#!/usr/bin/env python3
"""Many clients on a few objects while the server is killed a hundred times, and stopped for a while now and then: what they
saw is explained by one order of everything (linearizable), no revision was given twice, and who watches saw each change once.
Speaks TAP."""
import base64
import http.client
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from linearizable import Op, first_contradiction  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAVE = os.environ.get("PAVE") or os.path.join(ROOT, "build/debug/pave")
OPERATIONS = 30  # of a life of the server, at least
CLIENTS, KEYS, ENDS, SEED = 6, 3, int(os.environ.get("ENDS", "133")), int(os.environ.get("SEED", "0")) or int(time.time())
MAPS = "/api/v1/namespaces/default/configmaps"
count = 0


def ok(good, what, why=""):
    global count
    count += 1
    print("%sok %d - %s" % ("" if good else "not ", count, what), flush=True)
    if not good:
        print("# " + str(why).replace("\n", "\n# "))


# ---- the judge can say no ----

def judged():
    def get(a, b, found):
        return Op("get", a, b, found=found)

    create, update = Op("create", 1, 2, value="x"), Op("update", 3, 4, want="x", value="y")
    lost = Op("update", 3, 9, want="x", value="y", maybe=True)
    good = {
        "one after the other": [create, update, get(5, 6, "y")],
        "a read beside a write sees either": [create, update, get(3, 5, "x"), get(3.5, 6, "y")],
        "an answer that nobody heard may have been yes": [create, lost, get(5, 6, "y")],
        "or no": [create, lost, get(5, 6, "x"), get(10, 11, "x")],
        "or come late": [create, lost, get(5, 6, "x"), get(7, 8, "y")],
        "one of two creates wins": [create, Op("create", 1, 2, value="z", done=False), get(3, 4, "x")],
        "deleted and made again": [create, Op("delete", 3, 4), Op("create", 5, 6, value="z"), get(7, 8, "z")],
    }
    bad = {
        "a stale read": [create, update, get(5, 6, "x")],
        "a lost write": [create, get(3, 4, None)],
        "time that runs back": [create, update, get(3, 3.4, "y"), get(3.5, 3.8, "x")],
        "two that changed the same": [create, update, Op("update", 3, 4, want="x", value="z")],
        "two creates": [create, Op("create", 1, 2, value="z")],
        "a conflict without a cause": [create, Op("update", 3, 4, want="x", value="y", done=False)],
        "a write from the dead": [create, lost, get(10, 11, "x"), get(12, 13, "y")],
        "a delete that found nothing": [create, Op("delete", 3, 4, done=False)],
    }
    for what, ops in good.items():
        ok(first_contradiction(ops) is None, "explained: " + what, first_contradiction(ops))
    for what, ops in bad.items():
        ok(first_contradiction(ops) is not None, "not explained: " + what)


# ---- the server ----

class Server:
    def __init__(self, folder):
        self.folder, self.port, self.process, self.ended = folder, None, None, []
        self.lock = threading.Lock()

    def start(self):
        config = self.folder + "/kubeconfig"
        if os.path.exists(config):
            os.unlink(config)
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen([PAVE, "serve", "--data", self.folder + "/data", "--listen", "127.0.0.1:0",
                                             "--kubeconfig-out", config], stdout=log, stderr=log)
        while not os.path.exists(config):
            if self.process.poll() is not None:
                with open(self.folder + "/log", encoding="utf-8") as log:
                    raise SystemExit("the server ended: " + log.read()[-2000:])
            time.sleep(0.01)  # sleeps: until it has started or ended
        self.read(config)

    def read(self, config):
        with open(config, encoding="utf-8") as f:
            fields = dict(line.strip().lstrip("- ").split(": ", 1) for line in f if ": " in line)
        for name in ("client-certificate-data", "client-key-data", "certificate-authority-data"):
            with open(self.folder + "/" + name, "wb") as f:
                f.write(base64.b64decode(fields[name].strip('"')))
        self.port = urllib.parse.urlsplit(fields["server"].strip('"')).port
        tls = ssl.create_default_context(cafile=self.folder + "/certificate-authority-data")
        tls.load_cert_chain(self.folder + "/client-certificate-data", self.folder + "/client-key-data")
        self.tls = tls  # whole: clients connect with it at any time

    def connect(self, timeout=600):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        with self.lock:
            self.ended.append(time.monotonic())

    def end_after(self, instant):
        """When what was asked at the instant, and not answered, can have no effect any more."""
        with self.lock:
            return next((end for end in self.ended if end >= instant), None)


# ---- the clients ----

class Refused(Exception):
    pass


class Client(threading.Thread):
    def __init__(self, number, server, seed):
        super().__init__()
        self.number, self.server, self.random = number, server, random.Random(seed)
        self.stop, self.writes, self.connection, self.fault = False, 0, None, "cut short"
        self.seen = {}      # key -> (value, resourceVersion) as it last saw it
        self.ops = {n: [] for n in range(KEYS)}
        self.revisions = []  # (revision, key, value) of each answer

    def ask(self, method, path, body=None):
        """(status, object); OSError if nobody knows what became of it; Refused if nothing did."""
        try:
            if self.connection is None:
                self.connection = self.server.connect()
                self.connection.connect()
        except OSError as e:
            self.connection = None
            raise Refused from e
        try:
            self.connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as e:
            self.connection = None
            raise OSError(str(e)) from e

    def document(self, key, value, version=None):
        meta = {"name": "key-%d" % key}
        if version:
            meta["resourceVersion"] = version
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"value": value}}

    def learn(self, key, object_):
        value, version = object_["data"]["value"], object_["metadata"]["resourceVersion"]
        self.seen[key] = (value, version)
        self.revisions.append((int(version), key, value))
        return value

    def once(self):
        key, dice = self.random.randrange(KEYS), self.random.random()
        path, value = "%s/key-%d" % (MAPS, key), "%d.%d" % (self.number, self.writes)
        self.writes += 1
        op = Op("get", time.monotonic(), None)
        body = None
        if dice < 0.25 or (dice < 0.7 and key not in self.seen):
            op.kind, op.value, path, body = "create", value, MAPS, self.document(key, value)
        elif dice < 0.7:
            op.kind, op.value, op.want = "update", value, self.seen[key][0]
            body = self.document(key, value, self.seen[key][1])
        elif dice < 0.78:
            op.kind = "delete"
        method = {"create": "POST", "update": "PUT", "delete": "DELETE", "get": "GET"}[op.kind]
        try:
            status, answer = self.ask(method, path, body)
        except Refused:
            time.sleep(0.01)  # sleeps: nobody listens for a moment
            return
        except OSError:
            op.maybe = True
            if op.kind != "get":
                self.ops[key].append(op)
            self.seen.pop(key, None)
            return
        if status in (429, 500, 503):
            raise AssertionError("%s %s: %d %s" % (method, path, status, answer))
        op.end, op.done = time.monotonic(), status < 300
        if op.done and op.kind != "delete":
            op.found = self.learn(key, answer)
        elif status in (404, 409):
            self.seen.pop(key, None)
        else:
            assert op.done, answer
        self.ops[key].append(op)

    def run(self):
        try:
            while not self.stop:
                self.once()
            self.fault = None
        except AssertionError as e:
            self.fault = str(e)


class Watcher(threading.Thread):
    """Goes on from the last revision it saw, whatever happens to the server."""

    def __init__(self, server, start):
        super().__init__()
        self.server, self.revision, self.stop, self.fault = server, start, False, None
        self.events = []  # (revision, type, key, value)

    def once(self):
        connection = self.server.connect()
        connection.request("GET", "%s?watch=1&resourceVersion=%d&timeoutSeconds=30&allowWatchBookmarks=true" % (MAPS, self.revision))
        answer = connection.getresponse()
        for line in answer:
            event = json.loads(line)
            if event["type"] == "ERROR":
                self.fault = self.fault or "watch: %s" % event
                return
            self.revision = int(event["object"]["metadata"]["resourceVersion"])
            name = event["object"]["metadata"].get("name", "")
            if event["type"] != "BOOKMARK" and name.startswith("key-"):
                self.events.append((self.revision, event["type"], int(name[4:]), event["object"]["data"]["value"]))

    def run(self):
        while not self.stop:
            try:
                self.once()
            except (OSError, http.client.HTTPException, ValueError, socket.timeout):
                pass


# ---- the judgement ----

def check_events(events, clients):
    revisions = [e[0] for e in events]
    ok(revisions == sorted(set(revisions)), "a watcher through every end saw rising revisions, each once")
    there, why = {}, ""
    for revision, kind, key, value in events:
        if (kind == "ADDED") != (key not in there):
            why = why or "%s of key-%d at %d" % (kind, key, revision)
        there[key] = value
        if kind == "DELETED":
            there.pop(key)
    ok(not why, "and no gap: nothing changed that was not there, nothing came that was", why)
    told = {(r, k, v) for r, kind, k, v in events if kind != "DELETED"}
    missed = [x for c in clients for x in c.revisions if x not in told]
    ok(not missed, "and every version that any client saw", missed[:5])


def judge(server, clients, watcher):
    keys = {n: [op for c in clients for op in c.ops[n]] for n in range(KEYS)}
    for op in (op for ops in keys.values() for op in ops if op.maybe):
        op.end = server.end_after(op.begin) or time.monotonic()
    total, unheard = sum(map(len, keys.values())), sum(op.maybe for ops in keys.values() for op in ops)
    faults = [c.fault for c in clients + [watcher] if c.fault]
    ok(not faults, "no answer was one that nothing explains", faults)
    ok(total > 300, "there was something to judge: %d operations, %d of them unheard of" % (total, unheard), total)
    for n, ops in keys.items():
        wrong = first_contradiction(ops)
        ok(wrong is None, "key-%d: one order explains %d operations" % (n, len(ops)),
           "SEED=%d: %s among\n%s" % (SEED, wrong, "\n".join(map(repr, sorted((o for o in ops if wrong and o.end >= wrong.begin - 0.05 and
                                                                          o.begin <= wrong.end), key=lambda o: o.begin)))))
    meaning = {}
    for revision, key, value in (x for c in clients for x in c.revisions):
        meaning.setdefault(revision, set()).add((key, value))
    ok(all(len(m) == 1 for m in meaning.values()), "no revision means two things", [m for m in meaning.values() if len(m) > 1])
    check_events(watcher.events, clients)


def newest(server):
    connection = server.connect()
    connection.request("GET", MAPS + "?limit=1")
    return int(json.loads(connection.getresponse().read())["metadata"]["resourceVersion"])


def live(clients, moment):
    """A life of the server: a moment by chance, longer where the machine is so busy that next to nothing was done in it."""
    def done():
        return sum(len(ops) for c in clients for ops in c.ops.values())
    enough, end = done() + OPERATIONS, time.monotonic() + 120
    time.sleep(moment)  # sleeps: a moment by chance
    while done() < enough and time.monotonic() < end:
        time.sleep(0.02)  # sleeps: until something was done


def run(folder):
    dice, server = random.Random(SEED), Server(folder)
    server.start()
    watcher = Watcher(server, newest(server))
    clients = [Client(n, server, dice.random()) for n in range(CLIENTS)]
    for thread in [watcher] + clients:
        thread.start()
    for n in range(ENDS):
        live(clients, 0.1 + dice.random() * 0.5)
        if n % 4 == 3:  # it stands still, and nobody may notice but by waiting
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(0.2)  # sleeps: the length of the standstill
            server.process.send_signal(signal.SIGCONT)
            continue
        server.kill()
        server.start()
    for client in clients:
        client.stop = True
    for client in clients:
        client.join()
    last, end = newest(server), time.monotonic() + 120
    while watcher.revision < max([r for c in clients for r, _, _ in c.revisions], default=0) and time.monotonic() < end:
        time.sleep(0.05)  # sleeps: until the watcher has caught up
    watcher.stop = True
    server.kill()
    watcher.join()
    checked = subprocess.run([PAVE, "check", "--data", folder + "/data"], capture_output=True, text=True, check=False)
    ok(checked.returncode == 0, "%d times killed, and every record is whole" % len(server.ended), checked.stdout + checked.stderr)
    judge(server, clients, watcher)
    return last


judged()
with tempfile.TemporaryDirectory() as place:
    run(place)
print("1..%d" % count)
