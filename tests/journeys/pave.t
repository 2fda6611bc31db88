#!/bin/bash
# The program's own verbs against a fresh server, as a person types them.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
start

p() { "$PAVE" "$@"; }
lines() { "$@" 2>&1 | tr '\n' '|'; }

# Commits of so many changes as nothing else comes to.
groups() { kubectl get --raw /metrics | awk '/^pave_store_commit_changes_bucket.le="64"/ { few = $2 } /^pave_store_commit_changes_count/ { all = $2 } END { print "commits: " all - few "." }'; }
check "an empty start writes the definitions in one commit" 0 "commits: 1." groups

mkdir "$dir/all"
for name in a b c; do
	printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, labels: {set: abc}}\ndata: {word: "%s"}\n' $name $name >"$dir/all/$name.yaml"
done
cat >"$dir/web.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
YAML

check "apply a file" 0 "deployment.apps/web created" p apply -f "$dir/web.yaml"
until_true "it rolls out" sh -c "'$PAVE' why deployment/web | grep -q 'rolled out: 1 of 1'"
check "apply a folder" 0 "configmap/b created" p apply -f "$dir/all"
check "apply again" 0 "configmap/b unchanged" p apply -f "$dir/all"
check "apply standard input" 0 "configmap/d created" sh -c "sed 's/name: a/name: d/' '$dir/all/a.yaml' | '$PAVE' apply -f -"
check "a dry run writes nothing" 0 "configmap/e created (server dry run)" sh -c "sed 's/name: a/name: e/' '$dir/all/a.yaml' | '$PAVE' apply --dry-run=server -f -"
check "it is not there" 4 'configmaps "e" not found' p get configmap/e
cat >"$dir/typos.yaml" <<'YAML'
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: typos}
  spec:
    replcas: 2
    selector: {matchLabels: {app: typos}}
    template:
      metadata: {labels: {app: typos}}
      spec:
        containers:
        - name: web
          imgae: web:1
YAML
printf 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: once-\nspec: {}\n' >"$dir/once.yaml"
check "what has another name each time cannot be applied" 1 "once.yaml:4: Job: metadata.generateName: expected metadata.name" p apply -f "$dir/once.yaml"
check "health names the objects" 0 "Progressing	Job/once-" p health "$dir/once.yaml"
check "a fault has its line" 1 "typos.yaml:8: Deployment/typos: " p apply -f "$dir/typos.yaml"
check "and so has the next" 1 'typos.yaml:15: spec.template.spec.containers[0].imgae: unknown field' p apply -f "$dir/typos.yaml"
check "and what it may have meant" 1 'imgae: unknown field; did you mean "spec.template.spec.containers[0].image"?' p apply -f "$dir/typos.yaml"
sed -i 's/replcas: 2/replicas: -1/; s/imgae: web:1/image: ""/' "$dir/typos.yaml"
check "a value has its line" 1 'typos.yaml:8: spec.replicas: ' p apply -f "$dir/typos.yaml"
check "what is missing has its parent's" 1 'typos.yaml:15: spec.template.spec.containers[0].image: Required value' p apply -f "$dir/typos.yaml"
sed -i '/name: web/d' "$dir/typos.yaml"
sed -i 's/^ *image: ""/        - image: "web:1"/' "$dir/typos.yaml"
check "a list's element without its key has its line, too" 1 'typos.yaml:14: spec.template.spec.containers[0].name: Required value' p apply -f "$dir/typos.yaml"
sed -i 's/replicas: -1/replicas: -2/; s/^        containers:/        restartPolicy: Foo\n&/' "$dir/typos.yaml"
check "and hides no other fault" 1 'typos.yaml:8: spec.replicas: Invalid value: -2' p apply -f "$dir/typos.yaml"
check "wherever it is" 1 'typos.yaml:13: spec.template.spec.restartPolicy: ' p apply -f "$dir/typos.yaml"
check "whoever applies" 1 'spec.replicas: Invalid value: -2' kubectl apply --server-side --validate=false -f "$dir/typos.yaml"
cat >"$dir/live.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: live}
spec:
  selector: {matchLabels: {app: live}}
  template:
    metadata: {labels: {app: live}}
    spec:
      containers:
      - {name: web, image: "web:1"}
YAML
check "of what is there" 0 created p apply -f "$dir/live.yaml"
cat >"$dir/partial.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: live}
spec:
  replicas: -3
  template:
    spec:
      containers:
      - {name: web, env: [{name: A, value: a}]}
      - {image: "side:1"}
YAML
check "what is wrong is told" 1 'partial.yaml:5: spec.replicas: Invalid value: -3' p apply -f "$dir/partial.yaml" --field-manager other
check "and no fault that the object has mended" 1 0 sh -c "'$PAVE' apply -f '$dir/partial.yaml' --field-manager other 2>&1 | grep -c -e 'image: Required' -e 'selector: Required'"
check "a name that YAML takes for a boolean" 1 'bool.yaml:4: ConfigMap/true: failed to create typed patch object (/; /v1, Kind=ConfigMap): .metadata.name: expected string, got' sh -c "printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\n' | sed 's/n}/y}/' >'$dir/bool.yaml'; '$PAVE' apply -f '$dir/bool.yaml'"
check "no name" 1 'noname.yaml:3: ConfigMap: expected apiVersion, kind and metadata.name, found no metadata.name' sh -c "printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {}}\n' >'$dir/noname.yaml'; '$PAVE' apply -f '$dir/noname.yaml'"
check "a mistyped kind on the command line" 4 "resource type \"deploymnet\"; did you mean \"deployment\"?" p get deploymnet
check "an unknown kind is named" 4 'version "apps/v1": did you mean Deployment of apps/v1?' sh -c "sed 's/Deployment/Deploymnet/' '$dir/web.yaml' | '$PAVE' apply -f -"
check "one that fails keeps no other back" 4 "service/web unchanged" sh -c "sed 's/Deployment/Deploymnet/' '$dir/web.yaml' | '$PAVE' apply -f -"
check "a kind of the cluster needs no namespace, and may name one" 0 "clusterrole.rbac.authorization.k8s.io/anywhere created" sh -c "printf 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: anywhere, namespace: default}\n' | '$PAVE' apply -f -"
check "every fault has its place" 1 "standard input:4: Deployment/web" sh -c "sed '/selector:/,/image/d' '$dir/web.yaml' | '$PAVE' apply -f -"
check "every fault is told" 1 "spec.template.spec.containers: Required value, spec.selector: Required value, " sh -c "sed 's/^spec:\$/spec: {replicas: 1}/; /selector:/,/image/d' '$dir/web.yaml' | '$PAVE' apply -f -"

kubectl create serviceaccount nobody >"$dir/said"
sed "/client-/d; s/^\( *\)user:\$/\1user: {token: $(kubectl create token nobody)}/" "$KUBECONFIG" >"$dir/nobody"
sed 's,server: .*,server: https://127.0.0.1:1,' "$KUBECONFIG" >"$dir/nowhere"
printf 'apiVersion: v1\nkind: Pood\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndta: {}\n' >"$dir/unknown.yaml"

# With -o json or yaml, what fails is a Status on standard error; the exit code is what it is without.
status() { # FILTER ARGUMENT...: jq's filter over each Status
	local filter=$1 code
	shift
	p "$@" 2>"$dir/said" >"$dir/printed"
	code=$?
	jq -c 'select(.kind == "Status" and .apiVersion == "v1" and .status == "Failure") | '"$filter" "$dir/said" || return 99
	return $code
}
check "a refusal of the server as a Status" 4 '["NotFound",404,"configmaps","nope"]' status '[.reason, .code, .details.kind, .details.name]' get cm nope -o json
check "a Status a fault" 1 '["typos.yaml:8","spec.replicas","FieldValueInvalid"]' status '.details.causes[] | [(.message | capture("(?<f>[^/]*:[0-9]+): ").f), .field, .reason]' apply -f "$dir/typos.yaml" -o json
check "a fault of a file" 1 '["BadRequest",400,"broken.yaml:2: "]' sh -c "printf 'a: b\n c: d: e\n' >'$dir/broken.yaml'; '$PAVE' apply -o json -f '$dir/broken.yaml' 2>&1 | jq -c '[.reason, .code, (.details.causes[0].message | capture(\"(?<f>[^/]*:2: )\").f)]'; exit 1"
check "wrong usage, whatever stands in front of -o" 2 '["BadRequest",400]' status '[.reason, .code]' get --nope cm -o json
check "no such command" 2 '["BadRequest",400]' status '[.reason, .code]' gett cm -o json
check "what is denied" 3 '["Forbidden",403,"pods"]' status '[.reason, .code, .details.kind]' get pods -o json --kubeconfig "$dir/nobody"
check "nobody answers" 6 '["ServiceUnavailable",503]' status '[.reason, .code]' why deploy/web -o json --kubeconfig "$dir/nowhere"
check "each of several" 4 '"nope1"
"nope2"' status '.details.name' get cm nope1 a nope2 -o json
check "what was found is printed" 0 '"a"' jq .items[0].metadata.name "$dir/printed"
check "a Status as YAML" 4 "---
apiVersion: v1
code: 404" p get cm nope -o yaml
check "render's faults" 4 '["NotFound",404]
["BadRequest",400]' status '[.reason, .code]' render -o json "$dir/unknown.yaml"

check "get a table" 0 "NAME   READY" p get deploy
check "get several kinds" 0 "service/web" p get deploy,svc
check "get a category" 0 "replicaset.apps/web-" p get all
check "get names of one kind" 0 "NAME|a|c|" sh -c "'$PAVE' get cm a c | awk '{ printf \"%s|\", \$1 }'"
check "get KIND/NAME words" 0 "deployment.apps/web|service/web|" lines p get deploy/web svc/web -o name
check "one that is missing keeps no other back" 4 "a      1" p get cm a nope
check "and is named" 4 'configmaps "nope" not found' p get cm a nope
check "unless that is fine" 0 "" p get cm nope --ignore-not-found
check "get as JSON" 0 '"kind": "List"' p get cm/a svc/web -o json
check "get as YAML" 0 "  word: a" p get cm a -o yaml
check "get by JSONPath" 0 "a b c" p get cm -l set=abc -o 'jsonpath={.items[*].data.word}' --field-selector metadata.name!=d
check "get by label, in pages of one" 0 "No resources found in default namespace" p get cm -l set=none
check "labels as a column" 0 "set=abc" p get cm a --show-labels
check "a word that is no kind" 4 "nonsense" p get nonsense
check "a name in every namespace" 2 "a name is of one namespace" p get cm a -A
check "a kind in front of KIND/NAME" 2 "no kind goes in front" p get cm cm/a

"$PAVE" get cm -w >"$dir/watch" 2>&1 &
watcher=$!
"$PAVE" get cm -w -o name >"$dir/names" 2>&1 &
names=$!
until_true "a watch prints what is there" grep -q "^c  *1" "$dir/watch"
until_true "a watch of names, too" grep -q "configmap/c" "$dir/names"
check "something comes" 0 "created" sh -c "sed 's/name: a/name: late/' '$dir/all/a.yaml' | '$PAVE' apply -f -"
until_true "and the watch has it, in line with what kube-root-ca.crt made wide" grep -q "^late \{15\}1  *[0-9]*s" "$dir/watch"
until_true "the watch of names, too" grep -q "configmap/late" "$dir/names"
check "its header comes once" 0 1 grep -c NAME "$dir/watch"
kill $watcher $names
wait $watcher $names 2>/dev/null

check "why" 0 "deployment.apps/web: rolled out: 1 of 1 Pods run" p why deployment/web
check "and all of it, if asked" 0 "status.availableReplicas: (absent) -> 1" p why -a deployment/web
check "why as data" 0 '"kind": "Why"' p why deploy web -o json
check "why of nothing" 4 'deployments.apps "no" not found' p why deployment/no

# Turns that are alike are told once, with their number.
printf 'apiVersion: portal.pave.dev/v1alpha1\nkind: CatalogSource\nmetadata: {name: nowhere, labels: {n: "0"}}\nspec: {repoURL: /nowhere}\n' >"$dir/nowhere.yaml"
check "a source of nowhere" 0 "created" p apply -f "$dir/nowhere.yaml"
until_true "it fails" sh -c "'$PAVE' why catsrc/nowhere | grep -q failed:"
turn=0
touch_until_alike() {
	turn=$((turn + 1))
	sed "s/n: \"0\"/n: \"$turn\"/" "$dir/nowhere.yaml" | "$PAVE" apply -f - >"$dir/touched"
	"$PAVE" why catsrc/nowhere | grep -q "[0-9] times since"
}
until_true "why counts what is alike" touch_until_alike
check "and says once why" 0 "" sh -c "test \$('$PAVE' why catsrc/nowhere | grep -c '^  failed:') = 1"
check "an overlay is refused" 1 "kubectl kustomize" p apply -k "$dir"
check "an address, too" 1 "addresses are not read" p apply -f https://example.org/a.yaml

for name in y '""' 7 '{a: b}'; do
	printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n' "$name" >"$dir/unnamed.yaml"
	check "a document without a name ($name) deletes nothing" 1 "unnamed.yaml:3: ConfigMap: " p delete -f "$dir/unnamed.yaml"
done
printf 'apiVersion: v1\nkind: ConfigMap\n' >"$dir/unnamed.yaml"
check "nor one without metadata" 1 "unnamed.yaml:1: ConfigMap: expected apiVersion, kind and metadata.name, found no metadata.name" p delete -f "$dir/unnamed.yaml"
check "nor an empty word" 2 "expected the name of a configmap" p delete cm ""
check "nor half a word" 2 'found "cm/"' p delete cm/
kubectl create namespace elsewhere >"$dir/said"
check "an empty namespace is the default one" 0 "configmap/c" p get cm c -n "" -o name
kubectl create configmap kept -n elsewhere >"$dir/said"
check "nothing elsewhere goes" 0 "No resources found" p delete cm --field-selector metadata.name=kept -n ""
check "it is kept" 0 "configmap/kept" p get cm/kept -n elsewhere -o name
check "unless everywhere is meant" 0 "configmap/kept deleted" p delete cm --field-selector metadata.name=kept -A
check "all are there" 0 "configmap/a|configmap/b|" lines p get cm a b -o name
check "delete with one missing" 4 'configmaps "nope" not found' p delete cm nope a
check "deleted the other" 4 "not found" p get cm a
check "delete by file, though one is gone" 4 "configmap/b deleted" p delete -f "$dir/all"
check "says in which file it stands" 4 "$dir/all/a.yaml:1: ConfigMap/a: configmaps \"a\" not found" p delete -f "$dir/all"
printf 'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: web}\n' >"$dir/typo.yaml"
check "and where a typo is" 4 "$dir/typo.yaml:1: Deploymnet/web: no matches for kind" p delete -f "$dir/typo.yaml"
check "delete by label" 0 "configmap/d deleted" p delete cm -l set=abc
check "delete all needs the word" 2 "--all" p delete cm
check "delete KIND/NAME waits" 0 "deployment.apps/web deleted" p delete deploy/web svc/web
check "its Pods go, too" 0 "" p get pods -l app=web -o name
echo "1..$count"
