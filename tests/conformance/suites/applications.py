"""Every Application and AppProject of the delivery data, made strictly (unknown and repeated fields are refused) on a
fresh `pave serve`: it must be taken as it is, without a warning but the one that every Kubernetes gives for the name
of Argo CD's finalizer.  What has no spec is the input of another test."""
import json
import os

import yaml

from served import Kept, server

KINDS = ("Application", "AppProject")
HOME = "/apis/argoproj.io/v1alpha1/namespaces/argocd/%ss?dryRun=All&fieldValidation=Strict"


def found(folder):
    for place, _, files in sorted(os.walk(folder)):
        for file in sorted(f for f in files if f.endswith((".yaml", ".yml", ".json"))):
            path = os.path.join(place, file)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if "argoproj.io/v1alpha1" not in text:
                continue  # reading YAML takes long
            try:
                docs = [d for d in yaml.safe_load_all(text) if isinstance(d, dict)]
            except yaml.YAMLError:
                continue  # templates
            for i, doc in enumerate(docs):
                if doc.get("apiVersion") == "argoproj.io/v1alpha1" and doc.get("kind") in KINDS and "spec" in doc:
                    yield "%s#%d" % (os.path.relpath(path, folder), i), doc


def verdict(kept, doc):
    doc["metadata"]["namespace"] = "argocd"
    status, headers, text = kept.post(HOME % doc["kind"].lower(), json.dumps(doc, default=str))
    if status != 201:
        return "code %d: %s" % (status, json.loads(text).get("message", text)[:400])
    warnings = [w for w in headers.get_all("Warning") or [] if "prefer a domain-qualified finalizer name" not in w]
    return "warnings: %s" % warnings if warnings else None


def cases(folder):
    with server() as client:
        client.request("POST", "/api/v1/namespaces",
                       json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}))
        kept = Kept(client)
        return [(name, verdict(kept, doc)) for name, doc in found(folder)]


def judge(case):
    return case
