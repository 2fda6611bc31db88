#!/usr/bin/env python3
"""What rendering charts costs, as a process each: `pave helm template` beside helm 4, which take turns.
A chart of twenty subcharts is made here; real ones are those of CHARTS (else the conformance suites beside the
project), as far as they are there.  helm is HELM, or what tools/kubectl unpacked, or the one in PATH; PAVE names the
program, TURNS (default 11) says how often each runs.  Time is that of the processors: the clock's is printed beside it."""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAVE = os.environ.get("PAVE", os.path.join(ROOT, "build/release/pave"))
HELM = os.environ.get("HELM") or max(glob.glob(os.path.join(ROOT, ".cache/kubectl/*/helm")), default=shutil.which("helm"))
SUITES = os.environ.get("PAVE_CONFORMANCE", os.path.join(ROOT, "../shared/conformance"))
CHARTS = os.environ.get("CHARTS", os.path.join(SUITES, "delivery/charts"))
TURNS = int(os.environ.get("TURNS", 11))
REAL = ("podinfo", "prometheus", "argo-cd", "kube-prometheus-stack")
TEMPLATE = """{{- define "%(name)s.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{ with .Values.labels }}{{ toYaml . }}{{ end }}
{{- end -}}
{{- range $i := until 10 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ printf "%%s-%%d" $.Chart.Name $i | quote }}
  labels:
    {{- include "%(name)s.labels" $ | nindent 4 }}
spec:
  replicas: {{ default 1 $.Values.replicas }}
  template:
    metadata: {labels: {{ include "%(name)s.labels" $ | fromYaml | toJson }}}
    spec:
      containers: {{- toYaml $.Values.containers | nindent 8 }}
{{- end }}
"""
VALUES = """replicas: 2
labels: {team: shop, tier: front}
containers:
  - name: web
    image: registry.example/web:1.0
    env: [{name: A, value: "1"}, {name: B, value: "yes"}]
    resources: {limits: {cpu: 100m, memory: 64Mi}, requests: {cpu: 10m, memory: 32Mi}}
"""


def make(folder, name, subcharts):
    os.makedirs(os.path.join(folder, "templates"))
    for path, text in (("Chart.yaml", "apiVersion: v2\nname: %s\nversion: 1.0.0\n" % name), ("values.yaml", VALUES),
                       ("templates/all.yaml", TEMPLATE % {"name": name})):
        with open(os.path.join(folder, path), "w") as out:
            out.write(text)
    for i in range(subcharts):
        make(os.path.join(folder, "charts", "sub%d" % i), "sub%d" % i, 0)


def run(command):
    """Milliseconds of the processors and of the clock, MiB at the most, and what was printed."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("%s ended with %d" % (" ".join(command), child.returncode))
    return (used.ru_utime + used.ru_stime) * 1e3, wall * 1e3, used.ru_maxrss / 1024, out


def measure(name, path):
    """The median of each column, of pave and, as it is at hand, of helm."""
    programs = [p for p in (PAVE, HELM) if p]
    rows = [[] for _ in programs]
    for _ in range(TURNS):
        for program, row in zip(programs, rows):
            row.append(run([program, "helm", "template", "r", path] if program == PAVE else [program, "template", "r", path]))
    if HELM and len(rows[0][0][3]) != len(rows[1][0][3]):  # some print passwords: no byte is compared
        sys.exit("%s: pave and helm print different things" % name)
    medians = [[statistics.median(r[i] for r in row) for i in range(3)] for row in rows]
    for who, row in zip(("pave", "helm"), medians):
        print("%-24s %-5s %8.1f %8.1f %8.1f %9d" % (name, who, *row, len(rows[0][0][3])))
    if HELM:
        print("%-24s %-5s %8.2f %8.2f %8.2f" % (name, "times", *(medians[1][i] / medians[0][i] for i in range(3))))
    return medians


def main():
    if not HELM:
        print("no helm here (HELM=FILE, or tests/node_modules and tools/kubectl): no comparison")
    print("%-24s %-5s %8s %8s %8s %9s" % ("chart", "", "CPU ms", "ms", "MiB", "bytes"))
    with tempfile.TemporaryDirectory() as made:
        make(os.path.join(made, "umbrella"), "umbrella", 20)
        medians = measure("umbrella", os.path.join(made, "umbrella"))
    print("figure\ta chart of 20 subcharts rendered\t%.2f" % medians[0][0])
    if HELM:
        print("figure\ta chart of 20 subcharts rendered, helm 4's time to it\t%.2f" % (medians[1][0] / medians[0][0]))
        print("figure\ta chart of 20 subcharts rendered, helm 4's memory to it\t%.2f" % (medians[1][2] / medians[0][2]))
    for name in REAL:
        if os.path.isfile(os.path.join(CHARTS, name, "Chart.yaml")):
            measure(name, os.path.join(CHARTS, name))


main()
