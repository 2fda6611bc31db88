"""Argo CD's own end-to-end tests that are data: steps and expectations, of which each is said to the API of a fresh
`pave serve` (argo.py), against a repository on this machine.  Side by side, but for those that change settings of all.
Left out, each with its reason: what is about a product's command line, or about what the data does not hold."""
import concurrent.futures
import os
import tempfile
import time

import served
from argo import Failed, Left, Scenario, World

ALONE = ("ResourceFilter", "SetParamInSettingConfigMap")


def wrapped(rows):
    """A test that calls another one's steps with words of its own: those steps with those words."""
    bodies = {r["test"]: r for r in rows if r.get("steps") and r.get("params")}
    for row in rows:
        for name, args in row.get("calls", []):
            body = bodies.get(name)
            if body and not body["closures"]:
                yield dict(body, name=row["test"]), [p.split()[0] for p in body["params"].split(", ")[1:]], args


def scenarios(folder):
    rows = served.lines(os.path.join(folder, "scenarios.jsonl"))
    return [dict(r, name=r["test"]) for r in rows if r.get("steps") and not r["closures"]]


def verdict(world, row):
    began = time.time()
    try:
        Scenario(world, row, {}).play()
    except Left as e:
        return None if False else "left out: %s" % e
    except Failed as e:
        return str(e)
    except Exception as e:  # an adapter's fault fails its case
        return "%s: %s" % (type(e).__name__, e)
    finally:
        if os.environ.get("TIMES"):
            print("%.1f s %s" % (time.time() - began, row["name"]))
    return None


def cases(folder):
    apps = os.path.join(os.path.dirname(folder.rstrip("/")), "e2e-apps")
    rows = scenarios(folder)
    if os.environ.get("ONLY"):
        rows = [r for r in rows if os.environ["ONLY"] in r["name"]]
    with served.server() as client, tempfile.TemporaryDirectory() as tmp:
        world = World(client, tmp, apps)
        alone = [r for r in rows if any(verb in ALONE for verb, _ in r["steps"])]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            many = [r for r in rows if r not in alone]
            out = list(zip(many, pool.map(lambda r: verdict(world, r), many)))
        out += [(r, verdict(world, r)) for r in alone]
    return [(r["name"], problem) for r, problem in out]


def judge(case):
    return case
