"""Real catalogs, loaded whole from a Git repository of their files: the entities and relations that come out,
held against what the tool they were written for made of them.  A case is an entity."""
import json
import os
import subprocess
import tempfile
import time

import served
from catalog_files import golden

STILL = 60  # seconds
TWICE = "community-plugins/component:default/backstage-community-nexus-repository-manager"  # two documents of that name: here the other one is taken
PLURALS = ("components", "apis", "resources", "systems", "domains", "groups", "users", "locations")
OURS = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "ownerReferences", "selfLink")
SOURCES = ("managed-by-location", "managed-by-origin-location", "source-location", "view-url", "edit-url")


def ref(entity):
    meta = entity["metadata"]
    return ("%s:%s/%s" % (entity["kind"], meta.get("namespace", "default"), meta["name"])).lower()


def files_of(place, want):
    """Those that were checked, and those that something came from."""
    with open(os.path.join(place, "validate.json"), encoding="utf-8") as f:
        files = {row["file"] for row in json.load(f)}
    places = (e["metadata"]["annotations"]["backstage.io/managed-by-location"] for e in want)
    return sorted(files | {p.removeprefix("file:$ROOT/") for p in places if p.startswith("file:$ROOT/")})


def unseen(place):
    """What is missing there only because that recording had no network: here it is, and others relate to it."""
    with open(os.path.join(place, "unprocessed.json"), encoding="utf-8") as f:
        pending = json.load(f)["pending"]
    return {p["entity"].lower() for p in pending if all(golden(e["message"])[1] for e in p["errors"])}


def plain(entity, unseen_there):
    """Without what tells where it came from, which differs by how it was loaded."""
    meta = {k: v for k, v in entity["metadata"].items() if k not in OURS}
    notes = {k: v for k, v in meta.pop("annotations", {}).items()
             if not k.startswith("pave.dev/") and k.removeprefix("backstage.io/") not in SOURCES}
    spec = {k: sorted(v) if isinstance(v, list) and all(isinstance(x, str) for x in v) else v
            for k, v in (entity.get("spec") or {}).items()}
    relations = entity.get("relations") or (entity.get("status") or {}).get("relations") or []
    return {"kind": entity["kind"], "apiVersion": entity["apiVersion"].replace("v1beta1", "v1alpha1"), "metadata": meta,
            "annotations": notes, "spec": spec, "relations": sorted((r["type"], r["targetRef"]) for r in relations if r["targetRef"] not in unseen_there)}


def source(client, name, repo, paths):
    body = {"apiVersion": "portal.pave.dev/v1alpha1", "kind": "CatalogSource", "metadata": {"name": name},
            "spec": {"repoURL": repo, "paths": paths}}
    base = "/apis/portal.pave.dev/v1alpha1/catalogsources"
    status, _, text = client.request("POST", base, json.dumps(body))
    assert status == 201, text
    assert served.until(lambda: any(c["status"] == "True" or c["reason"] == "Faulty" for c in client.get(base + "/" + name)[1].get(
        "status", {}).get("conditions", []))), "not read: %s" % client.get(base + "/" + name)[1].get("status")


def entities(client):
    out = {}
    for group, plurals in (("backstage.io/v1alpha1", PLURALS), ("scaffolder.backstage.io/v1beta3", ("templates",))):
        for plural in plurals:
            for item in client.get("/apis/%s/%s" % (group, plural))[1]["items"]:
                out[ref(item)] = item
    return out


def settled(client, wrong):
    """All entities: as soon as none is wrong, else once nothing has moved for a long while."""
    last, since = None, 0
    while True:
        now = entities(client)
        if now != last:
            last, since = now, time.monotonic()
        if not wrong(now) or time.monotonic() > since + STILL:
            return now
        time.sleep(0.2)  # sleeps: until it is as it should be, or still


def load(folder, name, files, wrong):
    """ref -> entity, as Pave has it."""
    with tempfile.TemporaryDirectory() as tmp:
        repo = os.path.join(tmp, "repo")
        subprocess.run(["cp", "-r", "--no-preserve=mode", os.path.join(folder, name), repo], check=True)  # it may be read-only
        for args in (["init", "-q", "-b", "main"], ["add", "-A", "-f"],
                     ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]):
            subprocess.run(["git", "-C", repo, *args], check=True)
        with served.server() as client:
            for n in range(0, len(files), 100):  # at most 100 paths in one source
                source(client, "part-%d" % n, repo, files[n:n + 100])
            return settled(client, wrong)


def cases(folder):
    out, places = [], os.path.join(folder, "..", "golden", "catalog")
    for name in sorted(os.listdir(places)):
        place = os.path.join(places, name)
        with open(os.path.join(place, "entities.json"), encoding="utf-8") as f:
            want = json.load(f)
        hidden = unseen(place)

        def judged(have):
            return [("%s/%s" % (name, ref(e)), (e, have.get(ref(e)), hidden)) for e in want]

        def wrong(have):
            return any(judge(case) for n, case in judged(have) if n != TWICE)
        out += judged(load(folder, name, files_of(place, want), wrong))
    return out


def judge(case):
    want, have, unseen_there = case
    if have is None:
        return "is not in the catalog"
    want, have = plain(want, unseen_there), plain(have, unseen_there)
    wrong = [k for k in want if want[k] != have[k]]
    if not wrong:
        return None
    if wrong == ["relations"]:
        gone = [r for r in want["relations"] if r not in have["relations"]]
        more = [r for r in have["relations"] if r not in want["relations"]]
        return "relations: missing %s, not wanted %s" % (gone[:4], more[:4])
    return "; ".join("%s: expected %.200s, got %.200s" % (k, want[k], have[k]) for k in wrong)
