"""Label selectors of apimachinery: which are understood, and what they match.  Each is the `labelSelector` of a
list of ConfigMaps in a namespace of its own, which holds one with the case's labels."""
import json
import os
from urllib.parse import quote

from served import server


class Namespaces:
    def __init__(self, client):
        self.client, self.made = client, {}

    def holding(self, labels):
        """The path of the ConfigMaps of a namespace with one that has these labels."""
        key = json.dumps(labels, sort_keys=True)
        if key not in self.made:
            ns = "case-%d" % len(self.made)
            for path, name, meta in (("/api/v1/namespaces", ns, {}),
                                     ("/api/v1/namespaces/%s/configmaps" % ns, "it", {"labels": labels})):
                status, _, text = self.client.request("POST", path, json.dumps({"metadata": dict(meta, name=name)}))
                if status != 201:
                    raise OSError("%s: %d %s" % (path, status, text[:200]))
            self.made[key] = path
        return self.made[key]


def ask(client, path, selector):
    status, _, text = client.request("GET", path + "?labelSelector=" + quote(selector))
    return status, json.loads(text)


def understood(client, path, selector, wanted):
    status, doc = ask(client, path, selector)
    if wanted:
        return None if status == 200 else "code %d: %s" % (status, doc.get("message"))
    if status == 400 and doc.get("reason") == "BadRequest" and doc.get("message"):
        return None
    return "code %d, wanted a bad request that says why" % status


def matched(client, path, selector, wanted):
    status, doc = ask(client, path, selector)
    if status != 200:
        return "code %d: %s" % (status, doc.get("message"))
    found = any(item["metadata"]["name"] == "it" for item in doc["items"])
    return None if found == wanted else "matches: %s, wanted %s" % (found, wanted)


def cases(folder):
    with open(os.path.join(folder, "labels.json"), encoding="utf-8") as f:
        data = json.load(f)
    out = []
    with server() as client:
        spaces = Namespaces(client)
        anywhere = spaces.holding({"x": "a"})
        for wanted, kind in ((True, "good"), (False, "bad")):
            out += [("%s %r" % (kind, s), understood(client, anywhere, s, wanted)) for s in data[kind]]
        for row in data["matches"]:
            out.append(("%r on %s" % (row["selector"], json.dumps(row["labels"])),
                        matched(client, spaces.holding(row["labels"]), row["selector"], row["match"])))
    return out


def judge(case):
    return case
