"""Argo CD's own end-to-end tests that are data: steps and expectations, of which each is said to the API of a fresh
`pave serve` (argo.py), against repositories, registries and an sshd of this machine.  Side by side, but for those that
change settings of all.  What LEFT_OUT names is no case: what it asks for is not in the data."""
import concurrent.futures
import contextlib
import os
import re
import tempfile
import time

import served
from argo import Scenario
from argo_world import Failed, Left, World
from goexpr import parse

ALONE = ("ResourceFilter", "SetParamInSettingConfigMap")
LEFT_OUT = (
    ("applicationset|cluster_generator|clusterdecision", "", "what is expected is a variable of Go, or a forge that is one"),
    ("custom_tool", "", "the plugins are programs that are not in the data"),
    ("", "TestClusterDelete|TestDeployToKubernetesAPIURL|TestArgoCDSupportsMultiple|TestShardsReconcile",
     "the clusters and accounts are variables of Go"),
    ("", "TestHelmDependenciesPermissionDenied|TestMultiSourceSourceIntegritySomeFailed", "what is expected is a variable of Go"),
)
# What these expect was not so when this was written, and is not waited for as long as the rest: take off what comes true and is recorded.
FAILING = """
TestKustomizeVersionOverride TestNamespacedSyncOptionValidateFalse TestNamingNonHookResource TestSyncOptionValidateFalse
""".split()


def is_left_out(row):
    return any(re.search(file, row["file"]) and re.search(name, row["name"]) for file, name, _ in LEFT_OUT)


def scenarios(folder):
    """(test, what the words in it stand for); a test that calls another's steps with words of its own is these steps."""
    rows = served.lines(os.path.join(folder, "scenarios.jsonl"))
    bodies = {r["test"]: r for r in rows if r.get("params") and r.get("steps") and not r["closures"]}
    for row in rows:
        if row.get("steps") and not row["closures"] and row["test"] not in bodies:
            yield dict(row, name=row["test"]), {}
        for name, args in row.get("calls", []):
            body = bodies.get(name)
            if body:
                words = [p.split()[0] for p in body["params"].split(", ")[1:]]
                yield dict(body, name=row["test"]), dict(zip(words, parse(args)))


def verdict(world, row, words):
    began = time.time()
    try:
        Scenario(world, row, words, *([10] if row["name"] in FAILING else [])).play()
    except (Failed, Left) as e:
        return str(e)
    except Exception as e:  # an adapter's fault fails its case
        return "%s: %s" % (type(e).__name__, e)
    finally:
        if os.environ.get("TIMES"):
            print("%.1f s %s" % (time.time() - began, row["name"]), flush=True)
    return None


def cases(folder):
    apps = os.path.join(os.path.dirname(folder.rstrip("/")), "e2e-apps")
    chosen = os.environ.get("CHOSEN", "")
    rows = [(r, words) for r, words in scenarios(folder) if not is_left_out(r) and re.search(chosen, r["name"])]
    with served.server() as client, tempfile.TemporaryDirectory() as tmp, contextlib.ExitStack() as contexts:
        world = World(client, tmp, apps)
        contexts.callback(world.close)
        alone = [r for r in rows if any(verb in ALONE for verb, _ in r[0]["steps"])]
        many = [r for r in rows if r not in alone]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            out = list(zip(many, pool.map(lambda r: verdict(world, *r), many)))
        for r in alone:
            out.append((r, verdict(world, *r)))
            world.forget_settings()
    return [(r["name"], problem) for (r, _), problem in out]


def judge(case):
    return case
