"""Golden objects of apimachinery's round-trip tests, one of each kind and version, in JSON, YAML and protobuf.  A case is an
object: from each of the three forms, `pave recode` makes the other two and itself, byte for byte.  (At a terminal's end a
line ends: behind JSON, which is golden without, there is a newline.)"""
import glob
import os
import subprocess

FORMS = {"json": "json", "yaml": "yaml", "pb": "protobuf"}


def recode(source, form):
    done = subprocess.run([os.environ["PAVE"], "recode", "-o", form, source], capture_output=True)
    return done.stdout, done.stderr.decode("utf-8", "replace").strip()


def judge(stem):
    there = [ext for ext in FORMS if os.path.exists(stem + "." + ext)]
    golden = {}
    for ext in there:
        with open(stem + "." + ext, "rb") as f:
            golden[ext] = f.read() + (b"\n" if ext == "json" else b"")
    if len(there) < 2:
        return "expected it in several forms, found %s" % there
    for source in there:
        for to in there:
            made, said = recode(stem + "." + source, FORMS[to])
            if made != golden[to]:
                return "%s from %s is another: %s" % (to, source, said or "%d bytes, wanted %d" % (len(made), len(golden[to])))
            if said:
                return "%s from %s: %s" % (to, source, said)
    return None


def cases(folder):
    stems = sorted({os.path.splitext(path)[0] for path in glob.glob(os.path.join(folder, "**", "*.*"), recursive=True)
                    if path.rpartition(".")[2] in FORMS})
    return [(os.path.relpath(stem, folder), stem) for stem in stems]
