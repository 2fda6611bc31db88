#!/usr/bin/env python3
"""plugins.t: config management plugins: programs that the administrator names in the server's folder of data.  They see the commit's files
and the Application's environment; they write nowhere else, speak to nobody, and end when their time is over."""
import json
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, condition, create, git, journey, ok, until  # noqa: E402
import patience  # noqa: E402

MAPS = "/api/v1/namespaces/default/configmaps"
PLUGIN = """apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata: {name: %s}
spec:
  %s
"""
MAP = 'printf "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s}\\ndata: {%s}\\n"'


def app(client, name, plugin=None, path="words"):
    source = {"repoURL": client.repo, "path": path}
    if plugin is not None:
        source["plugin"] = plugin
    create(client, APPS, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
                          "spec": {"project": "default", "source": source, "destination": {"name": "in-cluster", "namespace": "default"},
                                   "syncPolicy": {"automated": {"prune": True}}}})


def listening():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    return s


def story(client, tmp):
    client.repo, plugins = tmp + "/git/shop", tmp + "/data/plugins"
    os.makedirs(client.repo + "/words/deep")
    with open(client.repo + "/words/data.txt", "w", encoding="utf-8") as f:
        f.write("hello")
    with open(client.repo + "/words/not-this.yaml", "w", encoding="utf-8") as f:
        f.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: not-this}\n")
    os.symlink("../data.txt", client.repo + "/words/deep/inside")
    os.symlink("/etc/passwd", client.repo + "/words/deep/outside")
    git(tmp, "init", "-q", "-b", "main", client.repo)
    git(client.repo, "add", ".")
    git(client.repo, "commit", "-qm", "All")
    os.mkdir(plugins)

    def plugin(name, text):
        with open("%s/%s.yaml" % (plugins, name), "w", encoding="utf-8") as f:
            f.write(PLUGIN % (name, text))

    app(client, "nobody", {"name": "nobody"})
    until(client, APPS + "/nobody", "a plugin that is not there is named",
          lambda a: 'no plugin is called "nobody": expected a ConfigManagementPlugin in the folder plugins' in condition(a))

    # Named, with a version: what it is told.
    command = MAP % ("words", "init: $(cat init), text: $(cat data.txt), link: $(cat deep/inside), app: $ARGOCD_APP_NAME, colour: $ARGOCD_ENV_COLOUR, size: "
                     "$PARAM_SIZE_OF, second: $PARAM_LIST_1, outside: $(test -e deep/outside && echo there || echo none)")
    plugin("words", "version: v1.0\n  init: {command: [sh], args: [-c, echo done >init]}\n  generate: {command: [sh, -c, '%s']}" % command.replace("'", "''"))
    app(client, "words", {"name": "words-v1.0", "env": [{"name": "COLOUR", "value": "$ARGOCD_APP_NAME-grey"}],
                          "parameters": [{"name": "size-of", "string": "large"}, {"name": "list", "array": ["a", "b"]}]})
    until(client, MAPS + "/words", "its programs see the commit, the environment and the parameters", lambda m: m.get("data") == {
        "init": "done", "text": "hello", "link": "hello", "app": "words", "colour": "words-grey", "size": "large", "second": "b", "outside": "none"})
    until(client, APPS + "/words", "the source's type is Plugin", lambda a: a["status"].get("sourceType") == "Plugin")

    # Known by a file; the directory's manifests are the plugin's then.
    plugin("found", "discover: {fileName: ./dat*.txt}\n  generate: {command: [sh, -c, '%s']}" % (MAP % ("found", "a: b")))
    app(client, "found")
    until(client, MAPS + "/found", "a plugin knows a folder by a file", lambda m: m.get("data") == {"a": "b"})
    status, _, _ = client.request("GET", MAPS + "/not-this")
    ok(status == 404, "what lies there besides is not applied", status)

    # What it may not.
    port = listening()
    tries = "cat %s/data/admin.key; echo x >%s/git/x; (exec 3<>/dev/tcp/127.0.0.1/%d) && echo spoke; kill -0 1 && echo kills; setsid true && echo leaves" % (
        tmp, tmp, port.getsockname()[1])
    plugin("spy", "generate: {command: [bash, -c, '%s; echo the end >&2; exit 3']}" % tries)
    app(client, "spy", {"name": "spy"})
    until(client, APPS + "/spy", "a program that fails is told with its last words",
          lambda a: "plugin spy: generate" in condition(a) and "the end" in condition(a))
    said = condition(look_up(client, "spy"))
    ok("Permission denied" in said and "Operation not permitted" in said and "spoke" not in said and "kills" not in said and "leaves" not in said and
       not os.path.exists(tmp + "/git/x"), "it reads and writes nowhere else, and connects to nobody", said)
    port.close()
    plugin("lies", "generate: {command: [echo, 'kind: [']}")
    app(client, "lies", {"name": "lies"})
    until(client, APPS + "/lies", "what is no YAML is named", lambda a: "output of plugin lies:" in condition(a))
    ok(patience.until(lambda: not [n for n in os.listdir(tmp + "/data/facts") if n.startswith("plugin-")]), "no folder is left behind")

    # A document that asks for what is not there stops what it might be about, by its name.
    plugin("other", "generate: {command: [a]}\n  provideGitCreds: true")
    client.request("DELETE", APPS + "/lies")
    app(client, "after", {"name": "found"}, "words/deep")
    until(client, APPS + "/after", "a document that is not understood is named",
          lambda a: "plugin other" in condition(a) and "spec.provideGitCreds is not supported" in condition(a))


def look_up(client, name):
    return json.loads(client.request("GET", APPS + "/" + name)[2])


journey(story)
