#!/usr/bin/env python3
"""Libraries: a release loads those of servers and clients when they are wanted (tools/lazy).  A
command that wants none starts without; a server that lacks one does not start; and what
the program puts before a library's function stays before it.  Speaks TAP."""
import os
import re
import socket
import ssl
import subprocess
import tempfile

PAVE = os.path.abspath(os.environ.get("PAVE", "build/debug/pave"))
BAD = b"GET / HTTP/9.9\r\nHost: pave\r\n\r\n"


def refusal(folder):
    """What a server answers to what is no HTTP request."""
    server = subprocess.Popen([PAVE, "serve", "-d", folder + "/data", "-l", "127.0.0.1:0"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        for line in server.stdout:
            place = re.search(r"https://([\d.]+):(\d+)", line)
            if place:
                break
        context = ssl._create_unverified_context()
        with context.wrap_socket(socket.create_connection((place[1], int(place[2])))) as client:
            client.settimeout(600)
            client.sendall(BAD)
            answer = b""
            while b"\r\n\r\n" not in answer or b"}" not in answer:
                more = client.recv(4096)
                if not more:
                    break
                answer += more
            return answer
    finally:
        server.terminate()
        server.stdout.read()
        server.wait()


linked = subprocess.run(["readelf", "-dW", PAVE], capture_output=True, text=True, check=True).stdout
lazy = "libcurl" not in linked
with tempfile.TemporaryDirectory() as folder:
    answer = refusal(folder)
    ok = b" 505 " in answer and b'"kind":"Status"' in answer
    print("%s 1 - the program's own refusal goes before the library's\n# %r" % ("ok" if ok else "not ok", answer))
    os.mkdir(folder + "/none")
    environ = dict(os.environ, LD_LIBRARY_PATH=folder + "/none")
    os.makedirs(folder + "/chart/templates")
    with open(folder + "/chart/Chart.yaml", "w") as out:
        out.write("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    with open(folder + "/chart/templates/a.yaml", "w") as out:
        out.write('a: {{ "x" | sha256sum }}')
    said = subprocess.run([PAVE, "helm", "template", folder + "/chart"], text=True, capture_output=True, check=False)
    ok = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" in said.stdout
    print("%s 2 - what is confined can still call them\n# %s" % ("ok" if ok else "not ok", said.stderr))
    if lazy:
        soname = re.search(r"libgit2\.so\.[\d.]+", open(PAVE, "rb").read().decode("latin1"))[0]
        open(folder + "/none/" + soname, "w").close()
        said = subprocess.run([PAVE, "serve", "-d", folder + "/other", "-l", "127.0.0.1:0"], env=environ, text=True,
                              capture_output=True, check=False, timeout=600)
        ok = said.returncode == 1 and soname in said.stderr
        print("%s 3 - a server that lacks a library says which\n# %s" % ("ok" if ok else "not ok", said.stderr))
        said = subprocess.run([PAVE, "version", "--client"], env=environ, text=True, capture_output=True, check=False)
        print("%s 4 - a command that does not want it runs\n# %s" % ("ok" if said.returncode == 0 else "not ok", said.stderr))
        said = subprocess.run([PAVE, "helm", "template", folder + "/chart"], env=environ, text=True, capture_output=True, check=False)
        print("%s 5 - nor does what is confined\n# %s" % ("ok" if "2d711642b7" in said.stdout else "not ok", said.stderr))
        wanted = set(re.findall(r"NEEDED.*\[lib([a-z-]+)", linked)) - {"c", "m"}
        print("%s 6 - nothing but C's own library is loaded at the start\n# %s" % ("not ok" if wanted else "ok", wanted))
        print("1..6")
    else:
        print("1..2")
