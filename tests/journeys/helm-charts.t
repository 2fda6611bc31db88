#!/usr/bin/env python3
"""helm-charts.t: `pave helm` with charts from a repository and a registry: pull, template, show and dependency; and helm itself,
where it is at hand, agrees with what was written."""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from charthouse import Server, chart, pack  # noqa: E402
from forge import PAVE, ROOT, WORD, ok  # noqa: E402
import forge  # noqa: E402


def run(*args, program=None, **env):
    p = subprocess.run([program or PAVE, *(() if program else ("helm",)), *args], capture_output=True, timeout=600, cwd=tmp,
                       env=dict(os.environ, HOME=tmp, XDG_CACHE_HOME=tmp + "/cache", HELM_CONFIG_HOME=tmp + "/config",
                                HELM_CACHE_HOME=tmp + "/helm-cache", HELM_DATA_HOME=tmp + "/helm-data", **env))
    return p.returncode, (p.stdout + p.stderr).decode()


def prints(what, text, *args, **env):
    code, out = run(*args, **env)
    ok(code == 0 and text in out, what, "exit %d: %s" % (code, out))


def refuses(what, text, *args):
    code, out = run(*args)
    ok(code != 0 and text in out, what, "exit %d: %s" % (code, out))


def write(path, text):
    os.makedirs(os.path.dirname(tmp + "/" + path), exist_ok=True)
    with open(tmp + "/" + path, "w", encoding="utf-8") as f:
        f.write(text)


def read(path, mode="r"):
    with open(tmp + "/" + path, mode) as f:
        return f.read()


def charts_by_name(house):
    repo = ("--repo", house.url + "/charts")
    prints("template takes the newest release", 'version: "1.2.0"', "template", "r", "web", *repo)
    prints("and with --devel what is no release", 'version: "2.0.0-rc.1"', "template", "r", "web", "--devel", *repo)
    prints("show values", "color: grey", "show", "values", "web", "--version", "~1.0", *repo)
    prints("show chart", "version: 1.0.0", "show", "chart", "web", "--version", "1.0.0", *repo)
    prints("show readme", "# web", "show", "readme", "web", *repo)
    prints("show crds", "# none", "show", "crds", "web", *repo)
    prints("show all", "---", "show", "all", "web", *repo)
    prints("pull", "", "pull", "web", "--version", "1.0.0", "-d", tmp, *repo)
    ok(read("web-1.0.0.tgz", "rb") == house.charts["web"]["1.0.0"], "the archive is here")
    prints("an address of an archive", 'version: "1.0.0"', "template", "r", house.url + "/charts/web-1.0.0.tgz")
    prints("pull --untar", "", "pull", "web", "--untar", "--untardir", tmp + "/out", *repo)
    ok("color: grey" in read("out/web/values.yaml"), "its files are here")
    refuses("not over what is there", "failed to untar: a file or directory with the name", "pull", "web", "--untar", "--untardir", tmp + "/out", *repo)
    refuses("nor out of the folder", "chart illegally references parent directory", "pull", "climber", "--untar", *repo)
    refuses("a chart that is not there", 'chart "none" not found in %s/charts repository' % house.url, "pull", "none", *repo)
    refuses("a password that is missing", "is refused (401)", "pull", "web", "--repo", house.url + "/private")
    prints("and one that is given", "", "pull", "web", "--repo", house.url + "/private", "--username", "robot", "--password", WORD)
    write("config/repositories.yaml", "apiVersion: ''\nrepositories:\n- {name: shut, url: '%s/private', username: robot, password: %s}\n"
          "- {name: open, url: '%s/charts'}\n" % (house.url, WORD, house.url))
    prints("a repository that helm knows by name", 'version: "1.2.0"', "template", "r", "shut/web")
    refuses("a name that it does not know", "repo other not found", "template", "r", "other/web")
    refuses("a path that is not here", 'path "./web" not found', "template", "r", "./web")
    refuses("--post-renderer is refused", "--post-renderer is not supported", "template", "r", "web", "--post-renderer", "x", *repo)


def charts_of_a_registry(house):
    host = house.url.partition("://")[2]
    prints("template oci://", 'version: "1.2.0"', "template", "r", "oci://%s/open/web" % host, "--plain-http")
    prints("a range", 'version: "1.0.0"', "template", "r", "oci://%s/open/web" % host, "--plain-http", "--version", "<1.1")
    refuses("a closed one", "/token is refused (401)", "pull", "oci://%s/closed/web" % host, "--plain-http")
    write("config/registry/config.json", json.dumps({"auths": {host: {"auth": base64.b64encode(("robot:" + WORD).encode()).decode()}}}))
    prints("who is logged in gets it", "", "pull", "oci://%s/closed/web" % host, "--plain-http", "-d", tmp + "/out")
    ok(read("out/web-1.2.0.tgz", "rb") == house.charts["web"]["1.2.0"], "the archive is here, too")


def dependencies(house):
    write("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: web, version: ^1.1.0, repository: '%s/charts'}\n"
          "- {name: web, version: '>=1.0.0 <1.1', alias: second, repository: '@shut', condition: second.on, tags: [a, b]}\n"
          "- {name: near, version: 1.x.x, repository: 'file://../near', import-values: [{parent: p, child: c}]}\n" % house.url)
    write("near/Chart.yaml", "apiVersion: v2\nname: near\nversion: 1.1.0\n")
    write("near/templates/%s/a.yaml" % ("long/" * 30 + "x" * 40), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: near}\n")
    prints("what is missing is listed", "near\t1.x.x       \tfile://../near", "dependency", "list", "shop")
    refuses("and told by template", "found in Chart.yaml, but missing in charts/ directory: web, web, near", "template", "r", "shop")
    prints("update", "Saving 3 charts", "dependency", "update", "shop")
    ok(sorted(os.listdir(tmp + "/shop/charts")) == ["near-1.1.0.tgz", "web-1.0.0.tgz", "web-1.2.0.tgz"], "they are in charts/", os.listdir(tmp + "/shop/charts"))
    lock = read("shop/Chart.lock")
    ok("version: 1.2.0" in lock and "version: 1.0.0" in lock and "digest: sha256:" in lock, "Chart.lock says which", lock)
    prints("what lies deep is packed, too", "name: near", "template", "r", "shop")
    house.put("web", "1.3.0")
    prints("update takes what is newer", "Deleting outdated charts", "dependency", "update", "shop")
    ok(sorted(os.listdir(tmp + "/shop/charts")) == ["near-1.1.0.tgz", "web-1.0.0.tgz", "web-1.3.0.tgz"], "and drops what is not", os.listdir(tmp + "/shop/charts"))
    write("shop/Chart.lock", lock)
    shutil.rmtree(tmp + "/shop/charts")
    prints("build brings what the lock says", "Saving 3 charts", "dependency", "build", "shop")
    ok("web-1.2.0.tgz" in os.listdir(tmp + "/shop/charts"), "and nothing newer", os.listdir(tmp + "/shop/charts"))
    write("shop/Chart.yaml", read("shop/Chart.yaml").replace("^1.1.0", "^1.1.1"))
    refuses("a lock of another list is refused", "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)", "dependency", "build", "shop")
    write("shop/Chart.yaml", read("shop/Chart.yaml").replace("^1.1.1", "^1.1.0"))
    return lock


def limits():
    """Few words that mean more than there is memory for: an error, and no death."""
    grow = '{{ $s := dict "a" 1 }}{{ range until 60 }}{{ $s = dict "a" $s "b" $s }}{{ end }}'
    for what, text in (("toJson", grow + "{{ toJson $s }}"), ("deepCopy", grow + "{{ deepCopy $s }}"),
                       ("concat", "{{ $s := list 1 }}{{ range until 40 }}{{ $s = concat $s $s }}{{ end }}"),
                       ("range", "{{ range until 9999999 }}{{ $x := until 9999999 }}{{ end }}")):
        write("grow.tpl", text)
        refuses("%s has an end" % what, "the limit of memory is met", "eval", "grow.tpl")


def sandbox():
    """A process that waits for its reader is looked at: what it renders cannot leave it."""
    write("long/Chart.yaml", "apiVersion: v2\nname: long\nversion: 1.0.0\n")
    write("long/templates/x.yaml", "kind: X\nzone: {{ dateInZone \"MST\" 0 \"Europe/Berlin\" }}\ntext: {{ repeat 1000000 \"x\" }}\n")
    p = subprocess.Popen([PAVE, "helm", "template", "r", tmp + "/long"], stdout=subprocess.PIPE)
    first = p.stdout.read(40)
    with open("/proc/%d/status" % p.pid, encoding="utf-8") as f:
        confined = "Seccomp:\t2" in f.read()
    out = first + p.stdout.read()
    ok(p.wait() == 0 and len(out) > 1000000, "a chart is rendered to its end", out[:200])
    ok(confined or "debug" in PAVE, "in a sandbox")
    ok(b"zone: CET" in out, "which has the time zones", out[:200])


def lints():
    """What helm 4.1.4's linter says, word for word."""
    head = "apiVersion: v2\nname: neat\nversion: 1.0.0\nicon: https://x.example/y.png\n"
    object = "apiVersion: %s\nkind: %s\nmetadata: {name: %s}\nspec: {selector: {matchLabels: {a: b}}}\n"
    write("neat/values.yaml", "a: 1\n")
    for what, path, text, said in (
            ("an API that is gone", "templates/x.yaml", object % ("extensions/v1beta1", "Deployment", "x"),
             "templates/x.yaml: extensions/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment"),
            ("one that will not go", "templates/x.yaml", object % ("v1", "ComponentStatus", "x"), "v1 ComponentStatus is deprecated in v1.19+\n"),
            ("a namespace with dots", "templates/x.yaml", object % ("v1", "Namespace", "a.b"), 'Invalid value: "a.b": must not contain dots'),
            ("a role with a colon", "templates/x.yaml", object % ("rbac.authorization.k8s.io/v1", "ClusterRole", "system:x"), "0 chart(s) failed"),
            ("a list that keeps", "templates/x.yaml", "apiVersion: v1\nkind: List\nmetadata: {name: l}\nitems: [{metadata: {annotations: {helm.sh/resource-policy: keep}}}]\n",
             "annotation 'helm.sh/resource-policy' within List objects are ignored"),
            ("values that are no YAML", "values.yaml", "a: [\n", "values.yaml: unable to parse YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content"),
            ("a maintainer without a place", "Chart.yaml", head + "maintainers: [{name: a, url: '::'}]\n", "invalid url '::' for maintainer 'a'")):
        write("neat/Chart.yaml", head)
        write("neat/values.yaml", "a: 1\n")
        write("neat/templates/x.yaml", object % ("v1", "ConfigMap", "x"))
        write("neat/" + path, text)
        out = run("lint", "neat")[1]
        ok(said in out, "lint: " + what, out)
    os.unlink(tmp + "/neat/Chart.yaml")
    refuses("lint: no Chart.yaml", "Error unable to check Chart.yaml file in chart: stat neat/Chart.yaml: no such file or directory", "lint", "neat")
    write("neat/Chart.yaml", head)
    write("neat/templates/x.yaml", object % ("batch/v1beta1", "CronJob", "x"))
    prints("lint: what is not deprecated yet", "0 chart(s) failed", "lint", "neat", "--kube-version", "v1.20.3", "--strict")


def helm_agrees():
    """Helm checks the digest of the lock by its own reckoning, reads our archive, and lists as we do."""
    helm = os.environ.get("HELM") or os.path.join(ROOT, ".cache/kubectl/1.35/helm")  # 4.1: what Pave renders as
    if not os.path.exists(helm):
        print("# no helm here: what it says of Chart.lock is not asked")
        return
    code, out = run("dependency", "build", "shop", program=helm)
    ok(code == 0 and "Saving 3 charts" in out, "helm takes the lock that was written", out)
    ours, theirs = run("dependency", "list", "shop")[1], run("dependency", "list", "shop", program=helm)[1]
    ok(ours == theirs, "and lists the same", ours + theirs)
    ours, theirs = run("template", "r", "shop")[1], run("template", "r", "shop", program=helm)[1].partition("level=")[0]
    ok(ours == theirs and "name: near" in ours, "and renders the same", ours + theirs)


tmp = tempfile.mkdtemp(prefix="pave-helm-")
try:
    home = Server()
    for v in ("1.0.0", "1.2.0", "2.0.0-rc.1"):
        home.put("web", v)
    home.put("climber", "1.0.0", data=pack({"climber/Chart.yaml": "apiVersion: v2\nname: climber\nversion: 1.0.0\n", "climber/../../x": "y"}))
    charts_by_name(home)
    charts_of_a_registry(home)
    dependencies(home)
    limits()
    sandbox()
    lints()
    helm_agrees()
finally:
    print("1..%d" % forge.count)
    shutil.rmtree(tmp)
