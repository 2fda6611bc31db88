"""Real CustomResourceDefinitions with the verdict of Kubernetes 1.36: created, or refused with these causes
(reason, field).  A created one must be served: its OpenAPI document is there and a list of it is empty."""
import json

from served import causes_of, load_crds, server


def cases(folder):
    out = []
    with server() as client:
        for row, status, text in load_crds(client, folder):
            out.append((row["crd"], verdict(client, row, status, text)))
    return out


def verdict(client, row, status, text):
    if status != row["code"]:
        return "code %d, wanted %d: %s" % (status, row["code"], text[:300])
    if status != 201:
        want = {(c["reason"], c["field"]) for c in row["causes"] or []}
        have = causes_of(text)
        return None if have == want else "causes %s, wanted %s" % (sorted(have - want), sorted(want - have))
    crd = json.loads(text)
    conditions = {c["type"]: c["status"] for c in crd["status"]["conditions"]}
    if conditions.get("Established") != "True":  # Pave itself has a kind of that name
        return None if conditions.get("NamesAccepted") == "False" else "not established: %s" % conditions
    spec = crd["spec"]
    version = next(v["name"] for v in spec["versions"] if v["storage"])
    status, _, text = client.request("GET", "/apis/%s/%s/%s" % (spec["group"], version, spec["names"]["plural"]))
    if status != 200:
        return "is not listed: %d %s" % (status, text[:200])
    status, _, text = client.request("GET", "/openapi/v3/apis/%s/%s" % (spec["group"], version))
    return None if status == 200 and spec["names"]["kind"] in text else "has no OpenAPI: %d" % status


def judge(case):
    return case
