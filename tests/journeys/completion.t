#!/bin/bash
# What TAB does in a bash on a terminal, against a fresh server.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
start
mkdir "$dir/bin" "$dir/work" "$dir/work/folder"
ln -s "$(realpath "$PAVE")" "$dir/bin/pave"
touch "$dir/work/manifest.yaml" "$dir/work/folder/with blank.yaml"
for name in alpha beta; do kubectl create configmap "word-$name" >"$dir/said"; done
kubectl create namespace shop >"$dir/said"
kubectl create configmap only-here -n shop >"$dir/said"
kubectl apply -f - >"$dir/said" <<'YAML'
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: shop}
spec: {project: default, source: {repoURL: /nowhere, path: .}, destination: {name: in-cluster, namespace: shop}}
YAML
sed '/^contexts:/a\- context: {cluster: pave, user: pave-admin}\n  name: second-context' "$KUBECONFIG" >"$dir/two"

# Each line is typed, then TAB, then Enter.  `show` prints the words it was called with, and completes as pave does.
cat >"$dir/typist.py" <<'PYTHON'
import fcntl, os, pty, re, select, struct, subprocess, sys, termios, time

work, kubeconfig, count = sys.argv[1], sys.argv[2], 0
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 4000, 0, 0))
env = dict(os.environ, PATH=os.path.dirname(work) + "/bin:" + os.environ["PATH"], KUBECONFIG=kubeconfig, TERM="dumb", PS1="", HOME=work)
shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=work, env=env,
                         preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
os.close(slave)


def until(pattern, seconds=120):
    said, end = "", time.monotonic() + seconds
    while not re.search(pattern, said):
        if time.monotonic() > end or not select.select([master], [], [], end - time.monotonic())[0]:
            return said, False
        said += os.read(master, 65536).decode(errors="replace")
    return said, True


def send(text):
    os.write(master, text.encode())


def tab(typed, *wanted, refuted=()):
    """Words that are printed below the line, or what it became: <a><b>."""
    global count
    send(typed + "\t\r")
    said, ok = until(r"<end>")
    if ok:
        ok = all(w in said for w in wanted) and not any(r in said for r in refuted)
    count += 1
    print("%s %d - %s" % ("ok" if ok else "not ok", count, typed.replace("#", "")))
    if not ok:
        print("\n".join("# " + line for line in said.splitlines()[:20]))
    sys.stdout.flush()


for line in ["set show-all-if-ambiguous on", "set page-completions off", "set completion-query-items -1", "set bell-style none",
             "set enable-bracketed-paste off"]:
    send("bind '%s'\r" % line)
send('show() { if [ "$1" = --complete ]; then pave "$@"; else printf "<%s>" "$@"; echo "<""end>"; fi; }\r')
send("source <(pave completion bash); complete -F _pave show; show ready\r")
until(r"<ready><end>")

tab("show ge", "<get><end>")
tab("show ", "apply", "rego", "completion", refuted=["rego  rego", "rego rego"])
tab("show rego ", "eval", "bench", refuted=["apply"])
tab("show cat", "<catalog><end>")
tab("show catalog v", "<catalog><validate><end>")
tab("show get deplo", "<get><deployments><end>")
tab("show get configmaps,secre", "<get><configmaps,secrets><end>")
tab("show get word", "<get><word><end>")
tab("show get cm word-a", "<get><cm><word-alpha><end>")
tab("show get cm word-alpha word-", "<get><cm><word-alpha><word-beta><end>")
tab("show get configmap/word-b", "<get><configmap/word-beta><end>")
tab("show delete cm/word-alpha configm", "<delete><cm/word-alpha><configmaps/><end>")
tab("show why cm/word-b", "<why><cm/word-beta><end>")
tab("show why cm/only", "<why><cm/only-here><end>")
tab("show why -n default cm/only-", "<why><-n><default><cm/only-><end>")
tab("show sync sho", "<sync><shop><end>")
tab("show refresh app/sh", "<refresh><app/shop><end>")
tab("show why statefuls", "<why><statefulsets/><end>")
tab("show get -n sh", "<get><-n><shop><end>")
tab("show get --namespace=sh", "<get><--namespace=shop><end>")
tab("show get cm -n shop on", "<get><cm><-n><shop><only-here><end>")
tab("show get --namespace shop cm/on", "<get><--namespace><shop><cm/only-here><end>")
tab("show get all", "<get><all><end>")
tab("show get pods -o js", "json", "jsonpath=", "jsonpath-file=", "<get><pods><-o><json><end>")
tab("show get pods --output=yam", "<get><pods><--output=yaml><end>")
tab("show get pods -o custom-columns-f", "<-o><custom-columns-file=><end>")
tab("show delete deploy --cascade ", "background", "foreground", "orphan")
tab("show apply --dry-run=s", "<apply><--dry-run=server><end>")
tab("show get --all-n", "<get><--all-namespaces><end>")
tab("show get --context sec", "<get><--context><second-context><end>")
tab("show apply -f man", "<apply><-f><manifest.yaml><end>")
tab("show apply -f folder/w", "<apply><-f><folder/with blank.yaml><end>")
tab("show apply --filename=fol", "<apply><--filename=folder/><end>")
tab("show health man", "<health><manifest.yaml><end>")
tab("show serve --data fol", "<serve><--data><folder/><end>")
tab("show serve --kubeconfig-o", "<serve><--kubeconfig-out><end>")
tab("show rego eval --format pre", "<rego><eval><--format><pretty><end>")
tab("show completion f", "<completion><fish><end>")
tab("show help cat", "<help><catalog><end>")
tab("show get --kubeconfig /dev/null/none po", "<--kubeconfig></dev/null/none><po><end>")
send("exit\r")
shell.wait()
os.close(master)
print("1..%d" % count)
PYTHON
python3 "$dir/typist.py" "$dir/work" "$dir/two"
