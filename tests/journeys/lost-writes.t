#!/usr/bin/env python3
"""What was acknowledged and is not there any more is missed: a start is refused, `pave check` says so, and whoever goes on
without it goes on with revisions that nobody was ever given.  Speaks TAP."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from server import PAVE, Server  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps"
WRITES = 80
count = 0


def ok(good, what, why=""):
    global count
    count += 1
    print("%sok %d - %s" % ("" if good else "not ", count, what), flush=True)
    if not good:
        print("# " + str(why).replace("\n", "\n# "))


def start(folder, data):
    open(folder + "/log", "w", encoding="utf-8").close()
    return Server(folder, data=data)


def said(server):
    """What a server says that does not start."""
    server.process.wait(600)
    return server.logged()


def check(data, *more):
    done = subprocess.run([PAVE, "check", "--data", data] + list(more), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def flip(path):
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 2)
        byte = f.read(1)
        f.seek(-1, 1)
        f.write(bytes([byte[0] ^ 1]))


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def junk(path):
    with open(path, "w") as f:
        f.write("junk")


def run(folder):
    whole = folder + "/whole"
    server = start(folder, whole)
    server.end()
    server = start(folder, whole)
    for i in range(WRITES):
        body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "map-%d" % i}})
        status, _, text = server.admin.request("POST", MAPS, body)
        if status != 201:
            raise SystemExit(text)
    _, _, text = server.admin.request("GET", MAPS + "?limit=1")
    newest = int(json.loads(text)["metadata"]["resourceVersion"])
    server.end(signal.SIGKILL)
    for name, harm in (("a bit of the log that flipped", flip), ("a log that was cut", cut), ("a log that is gone", os.unlink)):
        data = folder + "/data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(whole, data)
        harm(data + "/pave.db-wal")
        refused = start(folder, data)
        text = said(refused)
        ok(refused.process.returncode not in (0, -9) and "has lost writes: revision %d was acknowledged" % newest in text,
           "%s: the start is refused" % name, text)
        code, text = check(data)
        ok(code != 0 and "has lost writes" in text and "--accept-loss" in text, "%s: pave check says so, and what to do" % name, text)
        code, text = check(data, "--accept-loss")
        ok(code == 0 and "the next revision is" in text, "%s: the loss can be accepted" % name, text)
        again = start(folder, data)
        _, _, text = again.admin.request("GET", MAPS + "?limit=500")
        answer = json.loads(text)
        now, there = int(answer["metadata"]["resourceVersion"]), len(answer["items"])
        ok(now > newest and there < WRITES, "%s: then it goes on, and no number means two things" % name, (now, newest, there))
        again.end()
        ok(check(data)[0] == 0 and "nothing is missing" in check(data, "--accept-loss")[1], "%s: and is sound" % name, check(data))
    for name, harm in (("gone", os.unlink), ("empty", lambda path: os.truncate(path, 0)), ("junk", junk)):
        data = folder + "/unmarked"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(whole, data)
        harm(data + "/pave.db.mark")
        cut(data + "/pave.db-wal")
        what = "a mark that is %s and a log that was cut: " % name
        refused = start(folder, data)
        text = said(refused)
        ok(refused.process.returncode not in (0, -9) and "pave.db.mark is gone, empty or damaged" in text, what + "the start is refused", text)
        code, text = check(data)
        ok(code != 0 and "pave.db.mark is gone" in text and "--accept-loss" in text, what + "pave check says so, and what to do", text)
        code, text = check(data, "--accept-loss")
        ok(code == 0 and "the next revision is" in text, what + "the loss can be accepted", text)
        again = start(folder, data)
        _, _, text = again.admin.request("GET", MAPS + "?limit=1")
        ok(int(json.loads(text)["metadata"]["resourceVersion"]) > newest, what + "no number means two things", text)
        again.end(signal.SIGKILL)
        again = start(folder, data)
        again.end()
        ok(check(data)[0] == 0, what + "and there is a mark again", check(data))
    last = start(folder, whole)
    _, _, text = last.admin.request("GET", MAPS + "?limit=500")
    ok(len(json.loads(text)["items"]) >= WRITES, "with its log whole, a killed server has lost nothing")
    last.end()
    os.unlink(whole + "/pave.db")
    text = said(start(folder, whole))
    ok("has lost everything" in text and "restore a backup" in text, "a database that is gone is not begun anew", text)
    moved = folder + "/moved"
    os.mkdir(moved)
    shutil.copy(data + "/pave.db", moved)
    ok(check(moved)[0] == 0, "a database alone, of a server that ended, is whole", check(moved))


with tempfile.TemporaryDirectory(prefix="pave-lost-") as place:
    run(place)
print("1..%d" % count)
