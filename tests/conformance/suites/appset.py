"""Every ApplicationSet of the delivery data, twice.  `taken`: made strictly on a fresh `pave serve`, it meets the same
verdict as on one whose definition is Argo CD's own, and no warning where it is taken.  `expanded`: what its generators and
templates become, for those that need no forge, is worked out here a second time, over a Git repository of the examples and
four clusters, and held against `pave appset generate`."""
import copy
import json
import os
import re
import subprocess
import tempfile

import yaml

import served

HOME = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applicationsets?dryRun=All&fieldValidation=Strict"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
KINDS = ("list", "clusters", "git", "matrix", "merge")
CLUSTERS = [("engineering-dev", "https://1.2.3.4", {"staging": "true", "environment": "dev", "use-kafka": "false", "type": "dev", "location": "a"}),
            ("engineering-prod", "https://2.4.6.8", {"environment": "prod", "location": "b", "env": "prod", "argocd.argoproj.io/kubernetes-version": "1"}),
            ("Other_One", "https://9.8.7.6", {"region": "us-west-1"})]


def found(folder):
    for place, _, files in sorted(os.walk(folder)):
        for file in sorted(f for f in files if f.endswith((".yaml", ".yml"))):
            path = os.path.join(place, file)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if "ApplicationSet" not in text:
                continue  # reading YAML takes long
            try:
                docs = [d for d in yaml.safe_load_all(text) if isinstance(d, dict)]
            except yaml.YAMLError:
                continue  # templates of charts
            for i, doc in enumerate(docs):
                if doc.get("kind") == "ApplicationSet":
                    yield "%s#%d" % (os.path.relpath(path, folder), i), doc


# ---- taken ----

def verdict(kept, doc):
    doc = copy.deepcopy(doc)
    doc.setdefault("metadata", {}).setdefault("name", "unnamed")
    doc["metadata"]["namespace"] = "argocd"
    status, headers, text = kept.post(HOME, json.dumps(doc, default=str))
    warnings = [w for w in headers.get_all("Warning") or [] if "prefer a domain-qualified finalizer name" not in w]
    causes = sorted(map(str, served.causes_of(text))) if status != 201 else []
    return {"status": status, "warnings": warnings, "causes": causes}


def verdicts(folder, docs, upstream):
    with served.server(*(["--api-only"] if upstream else [])) as client:
        client.request("POST", "/api/v1/namespaces", json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}))
        if upstream:
            with open(os.path.join(folder, "../crds/applicationset-crd.yaml"), "rb") as f:
                body = f.read()
            client.request("DELETE", DEFINITIONS + "/applicationsets.argoproj.io")
            if client.request("POST", DEFINITIONS, body, "application/yaml")[0] != 201:
                status, _, text = client.request("PATCH", DEFINITIONS + "/applicationsets.argoproj.io?fieldManager=suite&force=true", body,
                                                 "application/apply-patch+yaml")
                assert status in (200, 201), text
        kept = served.Kept(client)
        return [verdict(kept, doc) for _, doc in docs]


# ---- expanded: the second opinion ----

class Beyond(Exception):
    """More than this opinion is about."""


def normalized(name):
    return re.sub(r"[^-a-z0-9.]", "-", name.lower())[:253].strip("-.")


def flat(value, path=""):
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    out = {}
    for key, inner in pairs:
        name = "%s.%s" % (path, key) if path else str(key)
        if isinstance(inner, (dict, list)):
            out.update(flat(inner, name))
        else:
            out[name] = {True: "true", False: "false", None: "<nil>"}.get(inner, str(inner)) if not isinstance(inner, str) else inner
    return out


def reach(params, path):
    for part in path.split("."):
        if not isinstance(params, dict) or part not in params:
            raise Beyond("no parameter " + path)
        params = params[part]
    return params


def fill(value, params, go):
    """Texts with parameters; of Go templates dotted names, and index with a text."""
    if isinstance(value, dict):
        return {fill(k, params, go): fill(v, params, go) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, params, go) for v in value]
    if not isinstance(value, str):
        return value
    if not go:
        return re.sub(r"\{\{(.*?)\}\}", lambda m: params[m[1].strip()] if isinstance(params.get(m[1].strip()), str) else m[0], value)

    def one(match):
        path = re.fullmatch(r'\s*\.([\w.]+)\s*', match[1])
        index = re.fullmatch(r'\s*index \.([\w.]+) "([^"]+)"\s*', match[1])
        found = reach(params, path[1]) if path else reach(params, index[1]).get(index[2], "") if index else None
        if not isinstance(found, str):
            raise Beyond("template " + match[0])
        return found
    return re.sub(r"\{\{(.*?)\}\}", one, value)


def selected(selector, labels):
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for e in selector.get("matchExpressions") or []:
        have = labels.get(e["key"])
        if not {"In": have in e.get("values", []), "NotIn": have not in e.get("values", []), "Exists": have is not None,
                "DoesNotExist": have is None}[e["operator"]]:
            return False
    return True


def with_values(of, params, go):
    values = {k: fill(v, params, go) for k, v in (of.get("values") or {}).items()}
    if values and go:
        params["values"] = values
    else:
        params.update({"values." + k: v for k, v in values.items()})
    return params


def of_clusters(of, go):
    chosen = bool((of.get("selector") or {}).get("matchLabels") or (of.get("selector") or {}).get("matchExpressions"))
    rows = [] if chosen else [("in-cluster", "https://kubernetes.default.svc", None)]
    for name, server, labels in rows + sorted(CLUSTERS):
        full = dict(labels or {}, **{"argocd.argoproj.io/secret-type": "cluster"})
        if chosen and not selected(of["selector"], full):
            continue
        params = {"name": name, "nameNormalized": normalized(name), "server": server, "project": ""}
        if labels and go:
            params["metadata"] = {"labels": full}
        elif labels:
            params.update({"metadata.labels." + k: v for k, v in full.items()})
        yield with_values(of, params, go)


def path_params(of, path, file, go):
    prefix, parts = of.get("pathParamPrefix"), path.split("/")
    base = {"path": path, "basename": parts[-1], "basenameNormalized": normalized(parts[-1])}
    if file:
        base.update({"filename": file, "filenameNormalized": normalized(file)})
    if go:
        params = {"path": dict(base, segments=parts)}
        return {prefix: params} if prefix else params
    top = prefix + ".path" if prefix else "path"
    params = {top + "." + k: v for k, v in base.items() if k != "path"}
    params.update({top: path}, **{"%s[%d]" % (top, i): p for i, p in enumerate(parts)})
    return params


def pattern(text, spans):
    inner = ".*" if spans else "[^/]*"
    return re.compile("".join(inner if c == "*" else "." if c == "?" and spans else "[^/]" if c == "?" else re.escape(c)
                              for c in text.replace("**", "*")) + r"\Z")


def of_git(of, go, repo):
    items = of.get("directories") or of.get("files") or []
    spans = not of.get("directories")
    tree = subprocess.run(["git", "-C", repo, "ls-tree", "-r", "--name-only", "HEAD"], check=True, capture_output=True, text=True).stdout.split()
    paths = tree if spans else sorted({"/".join(p.split("/")[:i]) for p in tree for i in range(1, p.count("/") + 1)})
    for path in paths:
        fits = [i for i in items if pattern(i["path"], spans).match(path)]
        if not fits or any(i.get("exclude") for i in fits) or "/." in "/" + path:
            continue
        if not spans:
            yield with_values(of, path_params(of, path, None, go), go)
            continue
        with open(os.path.join(repo, path), encoding="utf-8") as f:
            content = yaml.safe_load(f)
        for one in content if isinstance(content, list) else [content]:
            place = path_params(of, os.path.dirname(path) or ".", os.path.basename(path), go)
            yield with_values(of, dict(one if go else flat(one), **place), go)


def deep(a, b):
    """b over a, but for what is empty."""
    out = dict(a)
    for key, value in b.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = deep(out[key], value)
        elif value or key not in out or not out[key]:
            out[key] = value
    return out


def expand(generator, go, repo, around=None):
    kinds = [k for k in generator if k != "selector"]
    if len(kinds) != 1 or kinds[0] not in KINDS:
        raise Beyond("generator %s" % kinds)
    of = generator[kinds[0]]
    if around is not None:
        values = of.get("values")
        of = fill({k: v for k, v in of.items() if k != "values"}, around, go)
        if values:
            of["values"] = values
    if kinds[0] == "list":
        sets = [dict(e if go else {k: v for k, v in e.items() if k != "values"}, **({} if go else {"values." + k: v for k, v in (e.get("values") or {}).items()}))
                for e in of.get("elements") or []]
        sets += yaml.safe_load(of.get("elementsYaml") or "[]") or []
    elif kinds[0] == "clusters":
        sets = list(of_clusters(of, go))
    elif kinds[0] == "git":
        sets = list(of_git(of, go, repo))
    elif kinds[0] == "matrix":
        first, second = of["generators"]
        sets = [deep(b, a) if go else dict(a, **b) for a in expand(first, go, repo) for b in expand(second, go, repo, a)]
    else:
        base, *others = [expand(g, go, repo) for g in of["generators"]]
        def key(p):
            return json.dumps([p.get(k) for k in of["mergeKeys"]], default=str)
        for other in others:
            rows = {key(p): p for p in other}
            if len(rows) != len(other):
                raise Beyond("keys that come twice")
            base = [deep(p, rows.get(key(p), {})) if go else dict(p, **rows.get(key(p), {})) for p in base]
        sets = base
    return [p for p in sets if selected(generator.get("selector") or {}, flat(p))]


def opinion(doc, repo):
    spec, go = doc["spec"], doc["spec"].get("goTemplate", False)
    if spec.get("templatePatch"):
        raise Beyond("templatePatch")
    out = []
    for generator in spec["generators"]:
        own = next(v for k, v in generator.items() if k != "selector").get("template") or {}
        template = deep({k: spec["template"].get(k) or {} for k in ("metadata", "spec")}, {k: own.get(k) or {} for k in ("metadata", "spec")})
        for params in expand(generator, go, repo):
            made = fill(template, params, go)
            made["spec"]["project"] = made["spec"].get("project") or "default"
            out.append(made)
    return sorted(({"name": o["metadata"].get("name"), "labels": o["metadata"].get("labels", {}), "spec": o["spec"]} for o in out),
                  key=lambda o: json.dumps(o, sort_keys=True))


def shown(doc, repo, folder):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "set.yaml")
        with open(path, "w", encoding="utf-8") as f:
            yaml.safe_dump_all([doc] + [{"apiVersion": "v1", "kind": "Secret", "metadata": {
                "name": normalized(name), "namespace": "argocd", "labels": dict(labels, **{"argocd.argoproj.io/secret-type": "cluster"})},
                "stringData": {"name": name, "server": server}} for name, server, labels in CLUSTERS], f)
        done = subprocess.run([os.environ["PAVE"], "appset", "generate", "-o", "json", path], capture_output=True, text=True,
                              env=dict(os.environ, KUBECONFIG=os.path.join(tmp, "none")))
    if done.returncode:
        return done.stderr.strip()
    return sorted(({"name": a["metadata"]["name"], "labels": a["metadata"].get("labels", {}), "spec": a["spec"]} for a in json.loads(done.stdout)),
                  key=lambda o: json.dumps(o, sort_keys=True))


def here(value, repo):
    """The same, with every repository of generators this one."""
    if isinstance(value, list):
        return [here(v, repo) for v in value]
    if not isinstance(value, dict):
        return value
    return {k: dict(here(v, repo), repoURL=repo, revision="HEAD") if k == "git" and isinstance(v, dict) else here(v, repo) for k, v in value.items()}


def make_repository(folder, tmp):
    repo = os.path.join(tmp, "repo")
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    subprocess.run(["cp", "-r", "--no-preserve=mode", os.path.join(folder, "examples"), repo + "/examples"], check=True)
    os.makedirs(repo + "/applicationset")
    os.rename(repo + "/examples", repo + "/applicationset/examples")
    subprocess.run(["git", "-C", repo, "add", "."], check=True)
    subprocess.run(["git", "-C", repo, "-c", "user.name=t", "-c", "user.email=t@pave.invalid", "commit", "-qm", "It"], check=True)
    return repo


def compared(name, doc, repo, folder):
    if not isinstance(doc.get("spec"), dict) or not doc["spec"].get("generators") or not doc["spec"].get("template"):
        return None  # an excerpt
    try:
        doc = copy.deepcopy(doc)
        doc["spec"]["generators"] = here(doc["spec"]["generators"], repo)
        wanted = opinion(doc, repo)
    except (Beyond, KeyError, TypeError, AttributeError, ValueError):
        return None
    return "expanded " + name, (wanted, shown(doc, repo, folder))


def cases(folder):
    docs = list(found(folder))
    ours, theirs = verdicts(folder, docs, False), verdicts(folder, docs, True)
    out = [("taken " + name, (a, b)) for (name, _), a, b in zip(docs, theirs, ours)]
    with tempfile.TemporaryDirectory() as tmp:
        repo = make_repository(folder, tmp)
        out += [c for c in (compared(name, doc, repo, folder) for name, doc in docs) if c]
    return out


def judge(case):
    wanted, got = case
    return None if wanted == got else "wanted %s, got %s" % (json.dumps(wanted)[:700], json.dumps(got)[:700])
