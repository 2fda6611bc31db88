#!/usr/bin/env python3
"""PAVE_TRACE=reconcile,store: a line in the log for each commit and each turn of a controller."""
import os
import signal
import subprocess
import tempfile

PAVE = os.environ.get("PAVE", "build/debug/pave")
CONFIG = b"""apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: traced, namespace: default}
spec:
  replicas: 0
  selector: {matchLabels: {app: traced}}
  template: {metadata: {labels: {app: traced}}, spec: {containers: [{name: a, image: a}]}}
"""

with tempfile.TemporaryDirectory() as folder:
    kubeconfig = os.path.join(folder, "kubeconfig")
    server = subprocess.Popen([PAVE, "serve", "--data", folder + "/data", "--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig],
                              env=dict(os.environ, PAVE_TRACE="reconcile,store", PAVE_LOG="text"),
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGALRM, lambda *_: server.kill())
    signal.alarm(600)  # against a server that says nothing; the reader below then sees the end
    wanted = {"commit": "area=store msg=commit changes=", "turn": "area=reconcile msg=turn asker=\"replicaset default traced\""}
    seen, said, applied = set(), [], False
    for line in server.stderr:
        said.append(line)
        if not applied and os.path.exists(kubeconfig):
            applied = True
            subprocess.run([PAVE, "apply", "--kubeconfig", kubeconfig, "-f", "-"], input=CONFIG, check=True, stdout=subprocess.DEVNULL)
        seen |= {name for name, text in wanted.items() if text in line}
        if len(seen) == len(wanted):
            break
    server.terminate()
    server.stderr.read()
    server.wait()
    print("1..%d" % len(wanted))
    for n, name in enumerate(wanted, 1):
        print("%sok %d - a line for each %s" % ("" if name in seen else "not ", n, name))
    if len(seen) < len(wanted):
        print("".join("# " + line for line in said[-30:]))
