"""toyaml: a document that toYaml wrote -> read and written again, byte for byte, through `pave helm eval`."""
import os
import subprocess


def cases(folder):
    place = os.path.join(folder, "visible")
    return [(name, os.path.join(place, name)) for name in sorted(os.listdir(place))]


def judge(path):
    with open(path, "rb") as f:
        want = f.read()
    p = subprocess.run([os.environ["PAVE"], "helm", "eval", "-", "-f", path], capture_output=True,
                       input=b"{{ toYaml .Values }}", timeout=600)
    if p.returncode != 0:
        return p.stderr.decode("utf-8", "replace").strip()
    if p.stdout.rstrip(b"\n") == want.rstrip(b"\n"):
        return None
    got, want = p.stdout.split(b"\n"), want.split(b"\n")
    at = next((i for i, (g, w) in enumerate(zip(got, want)) if g != w), min(len(got), len(want)))
    return "line %d: expected %r, got %r" % (at + 1, want[at:at + 1], got[at:at + 1])
