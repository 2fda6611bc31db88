#!/bin/bash
# What `pave get` prints is what kubectl prints of the same server, byte for byte: tables, columns,
# orders, paths, data.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

kubectls=()
for one in "$(command -v kubectl)" /usr/lib/google-cloud-sdk/bin/kubectl.1.33 .cache/kubectl/1.33/kubectl; do
	[ ${#kubectls[@]} -lt 2 ] && [ -x "$one" ] && kubectls+=("$one")
done
if [ ${#kubectls[@]} = 0 ]; then
	echo "1..0 # SKIP no kubectl (tools/setup brings one)"
	exit 0
fi
start
kubectl create namespace quiet >"$dir/said"
cat >"$dir/objects.yaml" <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.example.dev}
spec:
  group: example.dev
  scope: Namespaced
  names: {plural: boxes, kind: Box}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns:
    - {name: Size, type: string, jsonPath: .spec.size}
    - {name: Up, type: boolean, jsonPath: .spec.up}
    - {name: Weight, type: number, jsonPath: .spec.weight}
    - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
    schema:
      openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
YAML
"$PAVE" apply -f "$dir/objects.yaml" >"$dir/said"
boxes() {
	printf 'apiVersion: example.dev/v1\nkind: Box\nmetadata: {name: a10, labels: {app.kubernetes.io/name: ten, team: blue}}\nspec: {size: 100Mi, up: true, weight: 1.5, note: "a <b> & c\\nsecond line", map: {z: 1, a: [x, {k: v}]}}\n---\n'
	printf 'apiVersion: example.dev/v1\nkind: Box\nmetadata: {name: a9, labels: {team: red}}\nspec: {size: 1Gi, weight: 1000000.5, nothing: null}\n---\n'
	printf 'apiVersion: example.dev/v1\nkind: Box\nmetadata: {name: größe}\nspec: {}\n---\n' | sed 's/größe/groesse/'
	printf 'apiVersion: example.dev/v1\nkind: Box\nmetadata: {name: b, annotations: {note: "größer \\u001b[31m"}}\nspec: {size: "2", up: false, note: größer, weight: 3.5}\n'
}
mkdir -p "$dir/files/below/deeper"
boxes >"$dir/files/below/boxes.yaml"
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: quiet}\n' >"$dir/files/below/deeper/c.yaml"
check "a folder's folders" 0 "configmap/c created" "$PAVE" apply -R -f "$dir/files"
check "only if they are asked for" 2 "expected objects" "$PAVE" apply -f "$dir/files"
for n in 10 9 100; do
	kubectl create service clusterip "svc-$n" --tcp=$n:$n >"$dir/said"
done
kubectl create deployment web --image=registry.internal.company.com/web:1 --replicas=2 >"$dir/said"
printf 'NAME     SIZE\n.metadata.name  .spec.size\n' >"$dir/columns"
printf '{range .items[*]}{.metadata.name}{"\\t"}{.spec.size}{"\\n"}{end}' >"$dir/path"
until_true "it is at rest" sh -c "'$PAVE' get deploy/web -o 'jsonpath={.status.readyReplicas}' | grep -q 2"

# Ages go on, and what they are is the server's to say, and not compared.
ageless() { sed -E 's/\b([0-9]+[smhdy]){1,2}( +|$)/AGE /g; s/\bAGE +/AGE /g'; }

# Things happen between the two, so both are asked again until they were told the same; standard error is ours.
agree() {
	local try
	for try in 1 2 3 4 5 6 7 8; do
		"$kubectl" get "$@" 2>"$dir/their-error" | ageless >"$dir/theirs"
		"$PAVE" get "$@" 2>"$dir/our-error" | ageless >"$dir/ours"
		cmp -s "$dir/theirs" "$dir/ours" && return
	done
	diff "$dir/theirs" "$dir/ours"
}
same() {
	version=$(basename "$kubectl" | sed s/kubectl.//) check "get $*" 0 "" agree "$@"
}

for kubectl in "${kubectls[@]}"; do
	echo "# $kubectl"
	while read -r line; do
		eval "same $line"
	done <<-'LINES'
		pods -A
		deployments,services
		deploy,svc,cm -A
		cm,namespaces,boxes
		ingresses,services
		all -A -o wide
		boxes
		boxes -o wide
		boxes a9 a10 b
		boxes/a9 svc/svc-9 boxes/b
		boxes a9 nope
		boxes nope
		box.example.dev/b
		boxes --show-labels
		boxes -L team,app.kubernetes.io/name -L nothing
		boxes --show-kind
		boxes --no-headers
		svc,boxes --no-headers
		boxes -A --show-kind --show-labels -L team -o wide
		boxes -l team=blue
		boxes -l 'team notin (blue)'
		boxes --field-selector metadata.name!=b
		boxes -n quiet
		boxes -n quiet -o json
		boxes -n quiet -o yaml
		boxes -n quiet -o 'custom-columns=N:.metadata.name'
		boxes,svc -n quiet
		boxes --sort-by=.metadata.name
		boxes --sort-by=.spec.size
		boxes --sort-by='{.spec.weight}'
		boxes --sort-by=spec.weight -o name
		svc --sort-by=.spec.ports[0].port
		svc --sort-by=.metadata.name -o 'jsonpath={.items[*].metadata.name}'
		boxes -o name
		deploy,svc -o name
		boxes -o json
		box/b -o json
		box/b -o json --show-managed-fields
		box/b svc/svc-9 -o json
		boxes -o yaml
		box/a10 -o yaml
		svc,boxes -o yaml
		deploy/web -o yaml
		boxes -o 'jsonpath={.items[*].spec.map}'
		boxes -o 'jsonpath={.items[*].spec.weight}'
		boxes -o 'jsonpath={.kind}{.items[0].metadata.name}'
		boxes -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.up}{"\n"}{end}'
		box/a10 -o 'jsonpath={.spec.nope}'
		box/a9 -o 'jsonpath={.spec.nothing}'
		box/a9 -o 'custom-columns=N:.spec.nothing'
		boxes -o 'jsonpath-as-json={.items[*].spec}'
		boxes -o "jsonpath-file=$dir/path"
		boxes -o "custom-columns-file=$dir/columns"
		boxes -o 'custom-columns=NAME:.metadata.name,ALL:.spec,UP:.spec.up,W:.spec.weight,MAP:.spec.map.a'
		boxes -o 'custom-columns=N:metadata.name,NOTE:{.metadata.annotations.note}' --no-headers
		box/a10 -o 'custom-columns=NAME:.metadata.name,NOTE:.spec.note,NO:.spec.no'
		svc,boxes -o 'custom-columns=KIND:.kind,NAME:.metadata.name'
		pods -A -o 'custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image'
		pods -A --sort-by=.metadata.name -o 'custom-columns=NAME:.metadata.name'
		-f "$dir/files" -R
		-f "$dir/files/below/boxes.yaml" -o json
		applications -A -o json
		replicasets,pods -o wide
		crd boxes.example.dev -o yaml
		nodes,namespaces
		namespaces --show-labels
	LINES
done
version=
kubectl=${kubectls[0]}

check "no order without the field" 1 "none of the objects has such a field" "$PAVE" get boxes --sort-by=.spec.nope
check "columns without a path" 2 'expected HEADER:PATH such as NAME:.metadata.name, found "NAME"' "$PAVE" get boxes -o custom-columns=NAME
check "no columns" 2 "expected HEADER:PATH" "$PAVE" get boxes -o custom-columns=
check "an order among several kinds" 0 "svc-9box.example.dev/a10box.example.dev/a9" sh -c "'$PAVE' get svc,boxes --sort-by=.metadata.name -o name | grep -A2 svc-9 | tr -d '\n'"
check "a file that is none" 4 "absent" "$PAVE" get boxes -o custom-columns-file="$dir/absent"
check "what is not offered" 2 "jsonpath-file=FILE, jsonpath-as-json=TEMPLATE, custom-columns=HEADER:PATH,... or custom-columns-file=FILE, found \"go-template={{.}}\"" "$PAVE" get boxes -o 'go-template={{.}}'
check "a name and a selector" 2 "not with a name" "$PAVE" get box a9 -l team=red
check "nothing of a namespace" 0 "No resources found in quiet namespace." "$PAVE" get boxes -n quiet
check "nothing at all" 0 "No resources found" "$PAVE" get ingresses -A

told_both() { # NAME: its change is the last line of both
	kubectl label box "$1" "team=$label$RANDOM" --overwrite >"$dir/said"
	tail -n 1 "$dir/ours" | grep -q "$1" && tail -n 1 "$dir/theirs" | grep -q "$1"
}

same_tails() { [ "$(tail -n 1 "$dir/ours" | ageless)" = "$(tail -n 1 "$dir/theirs" | ageless)" ]; }

# A watch, as far as both have come when the same has happened.
for options in "-L team" "-A --show-kind" "-o name" "-o custom-columns=N:.metadata.name,T:.metadata.labels.team" "--watch-only"; do
	"$kubectl" get boxes -w $options >"$dir/theirs" 2>&1 &
	theirs=$!
	"$PAVE" get boxes -w $options >"$dir/ours" 2>&1 &
	ours=$!
	label=$(printf '%s' "$options" | tr -dc a-z)
	until_true "both watch: $options" told_both b
	until_true "both are told of a change: $options" told_both a9
	until_true "alike: $options" same_tails
	kill $theirs $ours
	wait $theirs $ours 2>/dev/null
done

# ---- delete, by the same means ----
check "delete by field" 0 "service/svc-9 deleted" "$PAVE" delete svc --field-selector metadata.name=svc-9
check "delete prints names" 0 "service/svc-10" "$PAVE" delete svc/svc-10 -o name
check "delete everywhere" 0 "box.example.dev/a9 deleted" "$PAVE" delete boxes -A --all
check "delete a folder's folders" 0 "configmap/c deleted" "$PAVE" delete -R -f "$dir/files" --ignore-not-found
echo "1..$count"
