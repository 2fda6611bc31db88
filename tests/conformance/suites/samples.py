"""Real objects of custom kinds with the verdict of Kubernetes 1.36, strict and warning: the code, the causes
(reason, field) of a refusal, the number of warnings, and the object as it came out (pruned and defaulted).
No webhook runs: what needs Tekton's conversion is refused here as it was there."""
import glob
import json
import os

from served import Kept, causes_of, lines, load_crds, server

DROP = {"uid", "creationTimestamp", "resourceVersion", "managedFields", "generation"}
# Kinds that were custom there and are Pave's own: other rules hold for them.
OWN = {"rbac.authorization.k8s.io", "networking.k8s.io", "admissionregistration.k8s.io", "wgpolicyk8s.io", "apps", "policy",
       "storage.k8s.io", "apiextensions.k8s.io"}


def cases(folder):
    base = folder if os.path.exists(os.path.join(folder, "crds.expected.jsonl")) else os.path.dirname(folder.rstrip("/"))
    out = []
    with server("--api-only") as client:  # the recorded server had no product's webhooks
        load_crds(client, base)
        kept = Kept(client)
        for path in sorted(glob.glob(os.path.join(base, "samples", "*.jsonl"))):
            for row in lines(path):
                if row["apiVersion"].split("/")[0] not in OWN:
                    out += [("%s %s %s" % (row["crd"], row["id"], mode), verdict(kept, row, mode)) for mode in ("strict", "warn")]
    return out


def clean(v):
    v = {k: x for k, x in v.items() if k != "status"}
    v["metadata"] = {k: x for k, x in (v.get("metadata") or {}).items() if k not in DROP}
    if v["metadata"].get("generateName"):
        v["metadata"]["name"] = "(made)"
    return v


def verdict(kept, row, mode):
    want = row[mode]
    status, headers, text = kept.post("%s?dryRun=All&fieldValidation=%s" % (row["path"], mode.capitalize()),
                                      json.dumps(row["input"]))
    if status != want["code"]:
        return "code %d, wanted %d (%s): %s" % (status, want["code"], (want.get("message") or "")[:200], text[:200])
    if status == 422:
        wanted = {(c["reason"], c["field"]) for c in want["causes"] or []}
        have = causes_of(text)
        return None if have == wanted else "causes %s, wanted %s" % (sorted(have - wanted), sorted(wanted - have))
    if mode == "warn" and len(headers.get_all("Warning") or []) != len(want.get("warnings") or []):
        return "warnings %s, wanted %s" % (headers.get_all("Warning"), want.get("warnings"))
    if status == 201 and want.get("object"):
        have, wanted = clean(json.loads(text)), clean(want["object"])
        if have != wanted:
            return "object %s, wanted %s" % (json.dumps(have, sort_keys=True)[:400], json.dumps(wanted, sort_keys=True)[:400])
    return None


def judge(case):
    return case
