#!/usr/bin/env python3
"""What policies cost, beside the peers that tools/peers/build made (PEERS: where; default .cache/peers) and the limits
of issue 4: OPA's own RBAC example and regorus' nine authorization policies, per evaluation; regorus' ACI policy as a
whole process, in processor time, Pave and the peers by turns.  The policies are those of the conformance suites
beside the project.  PAVE names the program, TURNS (default 40) says how often each process runs."""
import glob
import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAVE = os.environ.get("PAVE", os.path.join(ROOT, "build/release/pave"))
BENCH = os.path.join(ROOT, "build/release/tests/bench/rego_bench")
PEERS = os.environ.get("PEERS", os.path.join(ROOT, ".cache/peers"))
SUITES = os.environ.get("PAVE_CONFORMANCE", os.path.join(ROOT, "../shared/conformance"))
POLICIES = os.path.join(SUITES, "policy/bench")
TURNS = int(os.environ.get("TURNS", 40))
NAMES = {"regorus": ("nine authorization policies, regorus' time to it, the worst", "the ACI policy, a whole process, regorus' time to it"),
         "opa": ("OPA's RBAC example, OPA's time to it",)}


def figure(name, value):
    print("figure\t%s\t%.4g" % (name, value))


def said(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def peers():
    found = {n: os.path.join(PEERS, n) for n in NAMES if os.access(os.path.join(PEERS, n), os.X_OK)}
    for name, figures in NAMES.items():
        if name not in found:
            print("no %s here (tools/peers/build %s): no comparison" % (name, name))
            for one in figures:
                print("nofigure\t%s\tno %s here" % (one, name))
    return found


def evaluations(found):
    """[(name, {program: nanoseconds})] of each policy with its inputs."""
    rows = [("OPA's RBAC example", [os.path.join(POLICIES, "opa-docs-rbac/rbac.rego"), "data.rbac.allow", "-"])]
    folder = os.path.join(POLICIES, "regorus/evaluation")
    for policy in sorted(glob.glob(os.path.join(folder, "policies/*_policy.rego"))):
        name = os.path.basename(policy)[:-len("_policy.rego")]
        rows.append((name, [policy, "data.bench.allow", os.path.join(folder, "inputs", name + "_input.json")]))
    print("%-24s %10s %10s %10s" % ("ns an evaluation", "pave", *NAMES))
    for name, words in rows:
        times = {"pave": float(said([BENCH, *words]))}
        times.update((peer, float(said([program, "bench", *words]))) for peer, program in found.items())
        print("%-24s %10.0f %10s %10s" % (name, times["pave"], *("%.0f" % times[n] if n in times else "-" for n in NAMES)))
        yield name, times


def process(command):
    """Milliseconds of processor time."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("%s ended with %d" % (" ".join(command), child.returncode))
    return (used.ru_utime + used.ru_stime) * 1e3


def processes(found):
    folder = os.path.join(POLICIES, "regorus/aci")
    files = [os.path.join(folder, f) for f in ("api.rego", "framework.rego", "policy.rego", "data.json")]
    rule, given = "data.policy.mount_overlay", os.path.join(folder, "input.json")
    commands = {"pave": [PAVE, "rego", "eval", "--v0-compatible", "-i", given, rule]}
    for file in files:
        commands["pave"][3:3] = ["-d", file]
    commands.update((peer, [program, "eval", rule, given, *files]) for peer, program in found.items())
    times = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, command in commands.items():
            times[name].append(process(command))
    print("\n%-24s %10s %10s %10s" % ("ms of a process (ACI)", "least", "median", "most"))
    for name, all_of_it in times.items():
        all_of_it.sort()
        print("%-24s %10.2f %10.2f %10.2f" % (name, all_of_it[0], all_of_it[len(all_of_it) // 2], all_of_it[-1]))
    return {name: all_of_it[0] for name, all_of_it in times.items()}


def main():
    if not os.path.isdir(POLICIES):
        print("no %s here: nothing is measured" % POLICIES)
        return
    found = peers()
    rows = list(evaluations(found))
    figure("OPA's RBAC example, an evaluation", rows[0][1]["pave"] / 1e3)
    figure("nine authorization policies of regorus, the slowest", max(t["pave"] for _, t in rows[1:]) / 1e3)
    if "opa" in found:
        figure("OPA's RBAC example, OPA's time to it", rows[0][1]["opa"] / rows[0][1]["pave"])
    if "regorus" in found:
        figure("nine authorization policies, regorus' time to it, the worst",
               min(t["regorus"] / t["pave"] for _, t in rows[1:]))
    least = processes(found)
    figure("the ACI policy, a whole process", least["pave"])
    if "regorus" in found:
        figure("the ACI policy, a whole process, regorus' time to it", least["regorus"] / least["pave"])


main()
