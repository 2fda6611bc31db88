#!/usr/bin/env python3
"""Colours: on a terminal that has them, for each of the two outputs by itself.  Speaks TAP."""
import os
import pty
import subprocess

PAVE = os.environ.get("PAVE", "build/debug/pave")
count = 0


def said(terminal_out, terminal_err, **env):
    """What the terminal shows of a command that fails, and of one that is called wrongly."""
    shown = b""
    for words in (["render", "/dev/null/none"], ["srve"]):
        master, slave = pty.openpty()
        environ = {k: v for k, v in os.environ.items() if k not in ("TERM", "NO_COLOR")} | env
        subprocess.run([PAVE, *words], env=environ, check=False,
                       stdout=slave if terminal_out else subprocess.DEVNULL,
                       stderr=slave if terminal_err else subprocess.DEVNULL)
        os.write(slave, b"end")
        text = b""
        while not text.endswith(b"end"):
            text += os.read(master, 65536)
        os.close(slave)
        os.close(master)
        shown += text
    return shown


def check(name, ok, shown):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if ok else "not ok", count, name))
    if not ok:
        print("# %r" % shown)


both = said(True, True, TERM="xterm")
check("both errors are red", both.count(b"\x1b[31mpave:\x1b[0m ") == 2, both)
piped = said(False, True, TERM="xterm")
check("with the output in a pipe, too", piped.count(b"\x1b[31mpave:\x1b[0m ") == 2, piped)
for name, env in (("TERM=dumb", {"TERM": "dumb"}), ("no TERM", {}), ("NO_COLOR", {"TERM": "xterm", "NO_COLOR": "1"})):
    plain = said(True, True, **env)
    check("none with " + name, plain.count(b"pave: ") == 2 and b"\x1b" not in plain, plain)
print("1..%d" % count)
