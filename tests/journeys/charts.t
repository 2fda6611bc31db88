#!/usr/bin/env python3
"""charts.t: Applications whose chart comes from a repository over HTTP(S) or from a registry: versions and ranges, credentials,
what is kept, what is refused, and dependencies that are not in charts/."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from charthouse import Server, chart  # noqa: E402
from forge import APPS, WORD, authority, certificate, condition, create, git, journey, ok, put_settings, refresh, until  # noqa: E402
from client import look  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps/"


def put_app(client, name, source):
    create(client, APPS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
                          "spec": {"project": "default", "source": source, "syncPolicy": {"automated": {"prune": True}},
                                   "destination": {"name": "in-cluster", "namespace": "default"}}})


def change(client, name, source):
    client.request("PATCH", APPS + "/" + name, json.dumps({"spec": {"source": source}}), "application/merge-patch+json")


def says(client, name, what, text):
    until(client, APPS + "/" + name, what, lambda a: text in condition(a))


def from_a_repository(client, house):
    house.put("web", "1.0.0")
    house.put("web", "1.2.0")
    house.put("web", "2.0.0-rc.1")
    repo = house.url + "/charts"
    put_app(client, "web", {"repoURL": repo, "chart": "web", "targetRevision": "^1.0", "helm": {"parameters": [{"name": "color", "value": "blue"}]}})
    until(client, MAPS + "web-web", "the newest of a range is there", lambda c: look(c, ".data.version") == "1.2.0")
    until(client, APPS + "/web", "the version is the revision",
          lambda a: look(a, ".status.sync.revision") == "1.2.0" and look(a, ".status.sourceType") == "Helm")
    house.put("web", "1.3.0")
    refresh(client, "web")
    until(client, MAPS + "web-web", "a refresh finds a newer one", lambda c: look(c, ".data.version") == "1.3.0")
    change(client, "web", {"targetRevision": "1.0.0", "helm": {"valueFiles": ["dark.yaml"], "parameters": None}})
    until(client, MAPS + "web-web", "one version, with values of the chart's own file",
          lambda c: look(c, ".data.version") == "1.0.0" and look(c, ".data.color") == "dark")
    change(client, "web", {"targetRevision": "^3"})
    says(client, "web", "a range that has none says so", 'chart "web" version "^3" not found in %s' % repo)
    change(client, "web", {"targetRevision": "1.x.y.z"})
    says(client, "web", "what is no range is called so", 'expected a version or a range such as ^1.2 or >=1.0 <2')
    change(client, "web", {"targetRevision": "1.0.0", "chart": "nothing"})
    says(client, "web", "a chart that is not there, too", 'chart "nothing" not found in %s repository' % repo)
    change(client, "web", {"chart": "web", "repoURL": house.url + "/nowhere"})
    until(client, MAPS + "web-web", "and nothing of it is pruned", lambda c: look(c, ".data.version") == "1.0.0")


def behind_a_password(client, house):
    repo = house.url + "/private"
    put_app(client, "shut", {"repoURL": repo, "chart": "web", "targetRevision": "1.2.0"})
    says(client, "shut", "without credentials it says what is missing", "index.yaml is refused (401): it wants credentials")
    put_settings(client, "secrets", "charts", {"url": repo, "type": "helm", "name": "private", "username": "robot", "password": "no " + WORD},
                 "repository")
    says(client, "shut", "with wrong ones, whose they are", "is refused (401) with the credentials of Secret argocd/charts")
    put_settings(client, "secrets", "charts", {"url": repo, "type": "helm", "name": "private", "username": "robot", "password": WORD}, "repository")
    until(client, MAPS + "shut-web", "with a Secret it is there", lambda c: look(c, ".data.version") == "1.2.0")
    house.elsewhere = house.url.replace("127.0.0.1", "localhost") + "/private/"
    house.put("web", "1.4.0")
    change(client, "shut", {"targetRevision": "1.4.0"})
    says(client, "shut", "another host gets no password", "/private/web-1.4.0.tgz is refused (401)")
    ok(not any(auth for path, auth in house.seen if path.endswith("web-1.4.0.tgz")), "nor was one sent")
    change(client, "shut", {"helm": {"passCredentials": True}})
    until(client, MAPS + "shut-web", "unless passCredentials says so", lambda c: look(c, ".data.version") == "1.4.0")
    change(client, "shut", {"targetRevision": "1.2.0", "helm": {"passCredentials": False}})
    until(client, MAPS + "shut-web", "which it says no more", lambda c: look(c, ".data.version") == "1.2.0")
    to_a_registry(client, house, repo)
    house.elsewhere = None


def to_a_registry(client, house, repo):
    """An index may name an archive that lies in a registry, which is another host, too."""
    house.elsewhere = "oci://%s/closed" % house.url.partition("://")[2]
    put_settings(client, "secrets", "charts", {"url": repo, "type": "helm", "name": "private", "username": "robot", "password": WORD,
                                               "insecureOCIForceHttp": "true"}, "repository")
    house.put("web", "1.5.0")
    before = len(house.seen)
    change(client, "shut", {"targetRevision": "1.5.0"})
    says(client, "shut", "nor does a registry that the index names", "/token is refused (401): it wants credentials")
    ok(("/token", False) in house.seen[before:] and ("/token", True) not in house.seen[before:], "nor was one sent to it", house.seen[before:])
    change(client, "shut", {"helm": {"passCredentials": True}})
    until(client, MAPS + "shut-web", "unless passCredentials says so, again", lambda c: look(c, ".data.version") == "1.5.0")
    change(client, "shut", {"targetRevision": "1.2.0"})
    until(client, MAPS + "shut-web", "and back", lambda c: look(c, ".data.version") == "1.2.0")
    del house.charts["web"]["1.5.0"]


def what_is_no_chart(client, house):
    house.put("liar", "1.0.0")
    house.lies["liar", "1.0.0"] = "ab" * 32
    house.put("junk", "1.0.0", data=b"\x1f\x8b junk")
    house.put("text", "1.0.0", data=b"<html>")
    house.put("climber", "1.0.0", data=chart("climber", "1.0.0", files={"../../etc/passwd": "x"}))
    repo = house.url + "/charts"
    put_app(client, "odd", {"repoURL": repo, "chart": "liar", "targetRevision": "1.0.0"})
    says(client, "odd", "an archive of another digest is refused", "the archive of liar 1.0.0 is not what the repository says: expected SHA-256 abab")
    change(client, "odd", {"chart": "text"})
    says(client, "odd", "and what is no archive", "is no packed chart: expected a gzip of a tar")
    change(client, "odd", {"chart": "junk"})
    says(client, "odd", "and one that is broken", "gzip")
    change(client, "odd", {"chart": "climber"})
    says(client, "odd", "and one that climbs out of its folder", "chart illegally references parent directory")
    change(client, "odd", {"repoURL": "http://169.254.169.254/charts"})
    says(client, "odd", "an address that no server should ask is not asked", "169.254.169.254 is one that this server does not connect to")
    change(client, "odd", {"repoURL": "ftp://127.0.0.1/charts"})
    says(client, "odd", "a scheme that there is not is named", "expected https://HOST/PATH, http://HOST/PATH or oci://HOST/PATH")


def from_a_registry(client, house):
    host = house.url.partition("://")[2]
    house.put("web", "2.0.0+build.7")
    house.put_image("image", "1.0.0", {"a.yaml": "{}"})
    put_settings(client, "secrets", "registry", {"url": host + "/open", "type": "helm", "enableOCI": "true", "insecureOCIForceHttp": "true"}, "repository")
    put_app(client, "oci", {"repoURL": host + "/open", "chart": "web", "targetRevision": ">=1.0 <1.3"})
    until(client, MAPS + "oci-web", "the newest of a range of tags, with a token for anybody", lambda c: look(c, ".data.version") == "1.2.0")
    house.put("web", "1.2.5")
    status, _, said = client.request("POST", "/api/webhook", json.dumps({
        "type": "PUSH_ARTIFACT", "event_data": {"repository": {"name": "web"}, "resources": [{"tag": "1.2.5", "resource_url": host + "/open/web:1.2.5"}]}}))
    ok((status, json.loads(said)["repositories"]) == (200, ["oci://%s/open/web" % host]), "the registry says that one came", said)
    until(client, MAPS + "oci-web", "and it is looked for at once", lambda c: look(c, ".data.version") == "1.2.5")
    change(client, "oci", {"targetRevision": "2.0.0+build.7"})
    until(client, MAPS + "oci-web", "a build is a tag with _", lambda c: look(c, ".data.version") == "2.0.0+build.7")
    change(client, "oci", {"chart": "image", "targetRevision": "1.0.0"})
    says(client, "oci", "an image is no chart", '1.0.0 is no Helm chart: expected a manifest whose config is application/vnd.cncf.helm.config.v1+json')
    house.spoilt = b"other bytes"
    house.put("web", "1.2.9")
    change(client, "oci", {"chart": "web", "targetRevision": "1.2.9"})
    says(client, "oci", "bytes of another digest are refused", "is not what the repository says")
    house.spoilt = None
    put_app(client, "closed", {"repoURL": "oci://%s/closed" % host, "chart": "web", "targetRevision": "1.2.0"})
    put_settings(client, "secrets", "closed", {"url": "oci://%s/closed" % host, "insecureOCIForceHttp": "true"}, "repository")
    says(client, "closed", "a closed one wants credentials for its token", "/token is refused (401)")
    put_settings(client, "secrets", "closed", {"url": "oci://%s/closed" % host, "insecureOCIForceHttp": "true", "username": "robot", "password": WORD},
                 "repository")
    until(client, MAPS + "closed-web", "and has them then", lambda c: look(c, ".data.version") == "1.2.0")


def settings(value):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-image"}, "data": {"version": value}})


def from_an_image(client, house):
    """Manifests, a kustomization, or a chart, that lie in a registry as files."""
    repo = house.url.replace("http://", "oci://") + "/open/files"
    put_settings(client, "secrets", "files", {"url": repo, "type": "oci", "insecureOCIForceHttp": "true"}, "repository")
    house.put_image("files", "1.0.0", {"plain/a.yaml": settings("1.0.0")})
    put_app(client, "files", {"repoURL": repo, "path": "plain", "targetRevision": "1.*"})
    until(client, MAPS + "from-image", "an image's files are manifests", lambda c: look(c, ".data.version") == "1.0.0")
    until(client, APPS + "/files", "the manifest's digest is the revision", lambda a: look(a, ".status.sync.revision").startswith("sha256:"))
    house.put_image("files", "1.1.0", {"plain/a.yaml": settings("1.1.0"), "plain/kustomization.yaml": "resources: [a.yaml, ../more]\n",
                                       "more/kustomization.yaml": "resources: [b.yaml]\n", "more/b.yaml": settings("b").replace("from-image", "more")},
                    [("plain/inside", "../more")])
    refresh(client, "files")
    until(client, MAPS + "more", "and may be a kustomization with folders beside it", lambda c: look(c, ".data.version") == "b")
    until(client, MAPS + "from-image", "of the newest tag in the range", lambda c: look(c, ".data.version") == "1.1.0")
    change(client, "files", {"targetRevision": "1.0.0"})
    until(client, MAPS + "from-image", "a tag is one image", lambda c: look(c, ".data.version") == "1.0.0")
    _, _, text = client.request("GET", APPS + "/files")
    digest = look(json.loads(text), ".status.history")[0]["revision"]
    change(client, "files", {"targetRevision": digest})
    until(client, APPS + "/files", "and so is a digest", lambda a: look(a, ".status.sync") and a["status"]["sync"]["revision"] == digest
          and a["status"]["sync"]["comparedTo"]["source"]["targetRevision"] == digest)
    change(client, "files", {"targetRevision": "1.0.0", "path": "plane"})
    says(client, "files", "a folder that it has not is told", "plane: app path does not exist in repository %s at image sha256:" % repo)
    for name, files, links, what in (("away", {"a.yaml": "{}"}, [("link", "../../etc/passwd")], "illegal filepath in symlink: link -> ../../etc/passwd"),
                                     ("root", {"a.yaml": "{}"}, [("d/link", "/etc/passwd")], "illegal filepath in symlink: d/link -> /etc/passwd"),
                                     ("climbs", {"a/../../b.yaml": "{}"}, [], "illegal filepath: a/../../b.yaml")):
        house.put_image("files", name, files, links)
        change(client, "files", {"targetRevision": name, "path": "."})
        says(client, "files", "what leads out of it is refused: " + what, "could not decompress layer: " + what)
    house.layers["files"] = "text/plain"
    change(client, "files", {"targetRevision": "1.1.0"})
    says(client, "files", "what is no archive is told", '1.1.0 has no manifests: expected one layer of type application/vnd.oci.image.layer.v1.tar+gzip')
    put_settings(client, "secrets", "chart", {"url": repo.replace("files", "web"), "type": "oci", "insecureOCIForceHttp": "true"}, "repository")
    put_app(client, "as-files", {"repoURL": repo.replace("files", "web"), "path": ".", "targetRevision": "1.2.0"})
    until(client, MAPS + "as-files-web", "the files of a packed chart are a chart", lambda c: look(c, ".data.version") == "1.2.0")


def behind_tls(client, tmp):
    authority(tmp + "/ca")
    certificate(tmp + "/ca", tmp + "/good", "IP:127.0.0.1", "-days", "2")
    house = Server(tmp + "/good.crt", tmp + "/good.key")
    house.put("safe", "1.0.0")
    put_app(client, "tls", {"repoURL": house.url + "/charts", "chart": "safe", "targetRevision": "1.0.0"})
    says(client, "tls", "an authority that nobody knows is not trusted", "certificate")
    with open(tmp + "/ca.crt", encoding="utf-8") as f:
        put_settings(client, "configmaps", "argocd-tls-certs-cm", {"127.0.0.1": f.read()})
    until(client, MAPS + "tls-safe", "that of argocd-tls-certs-cm is", lambda c: look(c, ".data.version") == "1.0.0")
    client.request("DELETE", "/api/v1/namespaces/argocd/configmaps/argocd-tls-certs-cm")
    put_settings(client, "secrets", "tls", {"url": house.url + "/charts", "type": "helm", "insecure": "true"}, "repository")
    house.put("safe", "1.1.0")
    change(client, "tls", {"targetRevision": "1.1.0"})
    until(client, MAPS + "tls-safe", "or all are, if a Secret says insecure", lambda c: look(c, ".data.version") == "1.1.0")


def with_dependencies(client, house, tmp):
    host = house.url.partition("://")[2]
    work = tmp + "/git/shop"
    os.makedirs(work + "/umbrella/templates")
    os.makedirs(work + "/near/templates")
    os.system("git init -q -b main " + work)

    def put(path, text):
        with open(work + "/" + path, "w", encoding="utf-8") as f:
            f.write(text)

    put("umbrella/Chart.yaml", "apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:\n"
        "- {name: web, version: 1.x, repository: '%s/charts'}\n- {name: near, version: 1.x, repository: 'file://../near'}\n" % house.url)
    put("near/Chart.yaml", "apiVersion: v2\nname: near\nversion: 1.1.0\n")
    put("near/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: near}\n")
    git(work, "add", ".")
    git(work, "commit", "-qm", "Depend on others")
    put_app(client, "umbrella", {"repoURL": "file://" + work, "path": "umbrella"})
    until(client, MAPS + "umbrella-web", "a dependency is brought", lambda c: look(c, ".data.version") == "1.4.0")
    until(client, MAPS + "near", "and one of another folder taken", lambda c: look(c, ".metadata.name") == "near")
    put("umbrella/Chart.lock", "digest: sha256:0\ndependencies: []\n")
    git(work, "add", ".")
    git(work, "commit", "-qm", "Lock what is not so")
    refresh(client, "umbrella")
    says(client, "umbrella", "a lock of something else is refused", "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)")
    put("umbrella/Chart.yaml", "apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:\n"
        "- {name: web, version: 1.0.0, repository: 'oci://%s/open'}\n" % host)
    os.unlink(work + "/umbrella/Chart.lock")
    git(work, "add", ".")
    git(work, "commit", "-qm", "Take it from the registry")
    refresh(client, "umbrella")
    until(client, MAPS + "umbrella-web", "a registry has it, too", lambda c: look(c, ".data.version") == "1.0.0")


def story(client, tmp):
    house = Server()
    from_a_repository(client, house)
    behind_a_password(client, house)
    what_is_no_chart(client, house)
    from_a_registry(client, house)
    from_an_image(client, house)
    behind_tls(client, tmp)
    with_dependencies(client, house, tmp)
    _, _, everything = client.request("GET", "/api/v1/events")
    ok(WORD not in everything + json.dumps(client.request("GET", APPS)[2]), "the password is nowhere to be seen")


journey(story)
