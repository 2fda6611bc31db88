#!/usr/bin/env python3
"""What many idle watches cost, and how soon each hears of what it watches: WATCHES (default 10,000) connections over TLS,
OBJECTS (default 100) objects, each watched by as many of them; EVENTS changes at RATE a second, so of the usual numbers
each change is told to 100 watchers, which makes 10,000 a second.  Then ALL of them watch everything.  PAVE names the program; the client shares the machine."""
import asyncio
import http.client
import json
import os
import resource
import ssl
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
os.environ.setdefault("PAVE", os.path.join(HERE, "..", "..", "build/release/pave"))
import served  # noqa: E402

WATCHES, EVENTS, RATE, OBJECTS = (int(os.environ.get(n, d)) for n, d in (("WATCHES", 10000), ("EVENTS", 1000), ("RATE", 100), ("OBJECTS", 100)))
WATCHES = max(WATCHES // OBJECTS, 2) * OBJECTS
MAPS = "/api/v1/namespaces/default/configmaps"


def memory(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))


def stream(kind):
    """What one idle stream of the HTTP server costs that has nothing behind it, in kB: with "tls", or "plain"."""
    program = os.path.join(os.path.dirname(os.path.abspath(os.environ["PAVE"])), "tests/bench/http_bench")
    return float(subprocess.run([program, "memory", kind], check=True, stdout=subprocess.PIPE, text=True).stdout)


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p))]


class Heard:
    """How late each event came; its time is in it."""
    def __init__(self, expected):
        self.late, self.expected, self.done = [], expected, asyncio.Event()

    def line(self, line):
        at = line.find(b'"sent":"')
        if at < 0 or not line.startswith(b'{"type":"MODIFIED"'):  # not what a watch begins with
            return
        self.late.append((time.monotonic_ns() - int(line[at + 8:line.index(b'"', at + 8)])) / 1e6)
        if len(self.late) >= self.expected:
            self.done.set()


class Connection(asyncio.Protocol):
    """Cheap, for its client has the server's cores: what comes is looked at as it comes."""
    def __init__(self):
        self.transport, self.rest, self.heard, self.waiting = None, b"", None, None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        if self.waiting and self.waiting[0] in data:
            self.waiting[1].set_result(None)
            self.waiting = None
        if self.heard:
            for line in lines:
                self.heard.line(line)

    async def ask(self, path, until):
        """Until that much of the answer is there."""
        self.waiting = (until, asyncio.get_running_loop().create_future())
        came = self.waiting[1]
        self.transport.write(("GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path).encode())
        await came


async def connect(client, n):
    """n connections, some at a time, each having had one answer."""
    out, gate, loop = [], asyncio.Semaphore(32), asyncio.get_running_loop()

    async def one():
        async with gate:
            _, connection = await loop.create_connection(Connection, client.host, client.port, ssl=client.tls, server_hostname=client.host)
            await connection.ask("/readyz", b"ok")
            out.append(connection)
    await asyncio.gather(*(one() for _ in range(n)))
    return out


async def watch(connections, query):
    await asyncio.gather(*(c.ask("%s?watch=1&%s" % (MAPS, query(i)), b"\r\n\r\n") for i, c in enumerate(connections)))


def change(client, events, rate, names):
    connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=60)
    begin = time.monotonic()
    for i in range(events):
        time.sleep(max(0, begin + i / rate - time.monotonic()))
        connection.request("PATCH", MAPS + "/" + names[i % len(names)], body=json.dumps({"data": {"sent": str(time.monotonic_ns())}}),
                           headers={"Content-Type": "application/merge-patch+json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(answer.status)


async def run(client, connections, names, events, expected):
    heard, begin, used = Heard(expected), time.monotonic(), time.process_time()
    for connection in connections:
        connection.heard = heard
    await asyncio.get_running_loop().run_in_executor(None, change, client, events, RATE, names)
    try:
        await asyncio.wait_for(heard.done.wait(), 60)
    except asyncio.TimeoutError:
        pass
    return heard.late, (time.process_time() - used) / (time.monotonic() - begin)


def create(client, names):
    connection = http.client.HTTPSConnection(client.host, client.port, context=client.tls, timeout=60)
    for name in names:
        connection.request("POST", MAPS, body=json.dumps({"metadata": {"name": name}}), headers={"Content-Type": "application/json"})
        connection.getresponse().read()


async def main(client, pid):
    names = ["w%d" % i for i in range(OBJECTS)]
    create(client, names)
    query = lambda i: "resourceVersion=0&fieldSelector=metadata.name%%3D%s" % names[i % OBJECTS]

    async def hear():
        late, _ = await run(client, connections, names, OBJECTS, len(connections))
        if len(late) < len(connections):  # what an idle watch takes is measured of those that heard
            raise RuntimeError("%d of %d watches heard nothing" % (len(connections) - len(late), len(connections)))
        await asyncio.sleep(1)
    first = max(min(WATCHES // 2, 1000) // OBJECTS, 1) * OBJECTS  # each object has as many
    connections = await connect(client, first)  # with what the server takes for the first of them, once
    await watch(connections, query)
    await hear()
    start = memory(pid)
    more = await connect(client, first)
    tls = memory(pid)
    await watch(more, query)
    connections += more
    await hear()
    idle = memory(pid)
    whole, plain, bare = (idle - start) / first / 1000, stream("plain"), stream("tls")
    print("%d connections that had an answer: %.1f kB each; as idle watches that heard two events: %.1f kB; a bare stream over TLS: %.1f kB, of them TLS %.1f kB"
          % (first, (tls - start) / first / 1000, whole, bare, bare - plain), flush=True)
    while len(connections) < WATCHES:  # some at a time: the server closes connections that ask for nothing
        more = await connect(client, min(500, WATCHES - len(connections)))
        await watch(more, query)
        connections += more
    print("%d watches: %.0f MB resident" % (WATCHES, memory(pid) / 1e6), flush=True)
    told = EVENTS * (WATCHES // OBJECTS)
    late, share = await run(client, connections, names, EVENTS, told)
    lost = told - len(late)
    print("%d changes at %d/s, each told to %d watchers: %d of %d heard of, p50 %.1f ms, p99 %.1f ms; this client used %.0f %% of a core"
          % (EVENTS, RATE, WATCHES // OBJECTS, len(late), told, statistics.median(late), percentile(late, 0.99), 100 * share))
    if (WATCHES, RATE, OBJECTS) == (10000, 100, 100):  # as figures.tsv names them
        print("figure\tan idle watch, beside its connection and TLS\t%.2f" % (whole - bare))
        print("figure\tan idle watch with its connection, beside TLS\t%.2f" % (whole - (bare - plain)))
        print("figure\t10,000 watches, 100 events a second, lost\t%d" % lost)
        print("figure\t10,000 watches, 100 events a second, p99\t%.1f" % percentile(late, 0.99))
    for connection in connections:
        connection.transport.abort()
    if os.environ.get("ALL"):
        n = int(os.environ["ALL"])
        connections = await connect(client, n)
        now = json.loads(client.request("GET", MAPS + "?limit=1")[2])["metadata"]["resourceVersion"]
        await watch(connections, lambda i: "resourceVersion=" + now)
        late, share = await run(client, connections, names[:1], EVENTS, EVENTS * n)
        lost += EVENTS * n - len(late)
        print("%d watches of everything, %d changes at %d/s: %d of %d heard of, p50 %.1f ms, p99 %.1f ms; this client used %.0f %% of a core"
              % (n, EVENTS, RATE, len(late), EVENTS * n, statistics.median(late), percentile(late, 0.99), 100 * share))
        for connection in connections:
            connection.transport.abort()
    return lost


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
with served.server() as one_server:
    missing = asyncio.run(main(one_server, one_server.pid))
if missing:
    sys.exit("watches.py: %d events were not heard of" % missing)
