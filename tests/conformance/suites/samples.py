"""Real objects of custom kinds with the verdict of Kubernetes 1.36, strict and warning: the code, the causes
(reason, field) of a refusal, the warnings, word for word and in their order, the object as it came out (pruned
and defaulted), and which fields its manager owns. Not: the texts of refusals, and `status`; of what went well
strictly, no more is recorded than that it did.
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
    if mode == "warn" and (headers.get_all("Warning") or []) != (want.get("warnings") or []):
        return "warnings %s, wanted %s" % (headers.get_all("Warning"), want.get("warnings"))
    if status == 422:
        wanted = {(c["reason"], c["field"]) for c in want["causes"] or []}
        have = causes_of(text)
        return None if have == wanted else "causes %s, wanted %s" % (sorted(have - wanted), sorted(wanted - have))
    if status != 201:
        return None
    made = json.loads(text)
    if want.get("object") and clean(made) != clean(want["object"]):
        return "object %s, wanted %s" % (brief(clean(made)), brief(clean(want["object"])))
    owned = [entry.get("fieldsV1") for entry in made["metadata"].get("managedFields") or []]
    if "fieldsV1" in want and owned != want["fieldsV1"]:
        return "fields %s, wanted %s" % (brief(owned), brief(want["fieldsV1"]))
    return None


def brief(value):
    return json.dumps(value, sort_keys=True)[:400]


def judge(case):
    return case
