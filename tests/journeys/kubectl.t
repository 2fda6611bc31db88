#!/bin/bash
# Real kubectls against a fresh server: built-in and custom kinds.
# Speaks TAP.  PAVE names the program; KUBECTLS (words) the clients, else those that tools/setup brought
# and, of versions that it did not, those that lie beside the machine's own (kubectl.1.29).
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
clients() {
	local own one
	ls .cache/kubectl/*/kubectl 2>/dev/null
	for own in $(type -aP kubectl | xargs -r -n 1 readlink -f); do
		for one in "${own%/*}"/kubectl.1.*; do
			[ ! -x "$one" ] || [ -d ".cache/kubectl/${one##*/kubectl.}" ] || echo "$one"
		done
	done | sort -u
}
KUBECTLS=${KUBECTLS:-$(clients)}
# since MINOR CHECK...: the check, if the client is 1.MINOR or newer.
since() {
	local minor=${version#v1.}
	[ "${minor%%.*}" -lt "$1" ] || "${@:2}"
}

# watched NAME KIND/NAME FILE: a watch that has listed what is there (something is) prints an object's coming, its change and its going.
watched() {
	local name=$1 object=$2 file=$dir/seen-$3.yaml out=$dir/watch watcher
	"$kubectl" get "${object%/*}" -w --output-watch-events >"$out" 2>&1 &
	watcher=$!
	until_true "$name: it has listed" test -s "$out"
	"$kubectl" apply -f "$file" >/dev/null 2>&1
	"$kubectl" annotate "$object" seen=yes >/dev/null 2>&1
	"$kubectl" delete "$object" >/dev/null 2>&1
	until_true "$name: its going" grep -q "^DELETED  *${object#*/} " "$out"
	kill "$watcher" 2>/dev/null
	wait "$watcher" 2>/dev/null
	check "$name" 0 "ADDED MODIFIED DELETED" awk -v name="${object#*/}" '$2 == name && !seen[$1]++ { printf "%s%s", n++ ? " " : "", $1 }' "$out"
}

cat >"$dir/seen-kubectl.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: seen}
YAML
cat >"$dir/web.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "registry.example/web:1", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue, port: "80"}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
YAML
sed 's/colour: blue/colour: green/' "$dir/web.yaml" >"$dir/web2.yaml"
cat >"$dir/crd.yaml" <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.dev}
spec:
  group: example.dev
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns:
    - {name: Colour, type: string, jsonPath: .spec.colour}
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            description: What the widget should be.
            required: [colour]
            properties:
              colour: {type: string, enum: [red, green, blue]}
              replicas: {type: integer, default: 1, minimum: 0}
              ports:
                type: array
                items: {type: object, required: [name], properties: {name: {type: string}, port: {type: integer}}}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
          status:
            type: object
            properties: {replicas: {type: integer}}
YAML
cat >"$dir/widget.yaml" <<'YAML'
apiVersion: example.dev/v1
kind: Widget
metadata: {name: one}
spec: {colour: red, ports: [{name: a, port: 1}]}
YAML
sed 's/colour: red/colour: green/' "$dir/widget.yaml" >"$dir/widget2.yaml"
sed 's/name: one/name: seen/' "$dir/widget.yaml" >"$dir/seen-custom.yaml"
sed 's/colour: red/colour: pink/; s/name: one/name: bad/' "$dir/widget.yaml" >"$dir/bad.yaml"
sed 's/colour: red/colour: red, colur: x/; s/name: one/name: typo/' "$dir/widget.yaml" >"$dir/typo.yaml"

builtin_kinds() {
	check "apply creates" 0 "deployment.apps/web created" k apply -f "$dir/web.yaml"
	check "apply again changes nothing" 0 "configmap/settings unchanged" k apply -f "$dir/web.yaml"
	check "get as a table" 0 "READY   UP-TO-DATE   AVAILABLE" k get deployments
	check "get as JSON path" 0 "blue" k get configmap settings -o 'jsonpath={.data.colour}'
	check "get by label" 0 "web" k get deploy,svc -l app=web
	check "get by field" 0 "configmap/settings" k get cm --field-selector metadata.name=settings -o name
	check "unknown field selector is refused" 1 "is not a known field selector: only" k get cm --field-selector spec.x=1
	check "rollout becomes ready" 0 "successfully rolled out" k rollout status deployment/web --timeout=600s
	check "wait for a condition" 0 "condition met" k wait deployment/web --for=condition=Available --timeout=600s
	check "logs say that nothing runs" 0 "it is simulated, nothing runs" k logs deployment/web
	check "logs: with a time" 0 "Z pave-simulated: container" k logs deployment/web --timestamps --tail=1
	check "logs: of a run before" 1 "previous terminated container \"web\" in pod" k logs deployment/web --previous
	check "exec says why not" 1 "is simulated and runs no containers" k exec deployment/web -- ls
	watched "a watch" cm/seen kubectl
	until_true "its endpoints" sh -c "'$kubectl' get endpoints web -o 'jsonpath={.subsets[0].addresses[*].ip}' | grep -q '^10\.'"
	check "api-resources lists them" 0 "deployments" k api-resources --api-group=apps --verbs=list,patch
	check "diff shows the change" 1 "+  colour: green" k diff -f "$dir/web2.yaml"
	check "apply the change" 0 "configmap/settings configured" k apply -f "$dir/web2.yaml"
	check "patch: strategic" 0 "patched" k patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}'
	check "patch kept the image" 0 "registry.example/web:1" k get deploy web -o 'jsonpath={.spec.template.spec.containers[0].image}'
	check "patch: merge" 0 "patched" k patch cm settings --type=merge -p '{"data":{"port":null}}'
	check "patch: JSON" 0 "patched" k patch cm settings --type=json -p '[{"op":"add","path":"/data/new","value":"x"}]'
	since 21 check "patch: JSON test that fails" 1 "test" k patch cm settings --type=json -p '[{"op":"test","path":"/data/new","value":"y"}]'
	check "label" 0 "labeled" k label cm settings tier=front
	check "annotate" 0 "annotate" k annotate cm settings note=hello
	check "scale" 0 "scaled" k scale deployment web --replicas=3
	check "set image" 0 "image updated" k set image deployment/web web=registry.example/web:2
	check "edit" 0 "edited" env EDITOR="sed -i s/hello/goodbye/" "$kubectl" edit cm settings
	check "edit is stored" 0 "goodbye" k get cm settings -o yaml
	check "explain a field" 0 "replicas" k explain deployment.spec.replicas
	check "explain all fields" 0 "topologyKey" k explain deployment --recursive
	since 27 check "explain a number or a text" 0 "maxSurge <IntOrString>" k explain deployment.spec.strategy.rollingUpdate.maxSurge
	since 27 check "explain an amount" 0 "limits <map[string]Quantity>" k explain pod.spec.containers.resources.limits
	since 27 check "explain from OpenAPI v2" 0 "maxSurge" k explain deployment --recursive --output plaintext-openapiv2
	check "describe" 0 "Namespace" k describe deployment web
	check "unknown field is refused" 1 "unknown field" k apply -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"dat":{}}'
	check "an unknown kind is named" 1 "no matches for kind \"Deploymnet\" in version \"apps/v1\"" k apply -f - <<<'{"apiVersion":"apps/v1","kind":"Deploymnet","metadata":{"name":"x"}}'
	check "bad name is refused" 1 "RFC 1123" k apply -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"Not_OK"}}'
	check "missing namespace" 1 "namespaces \"nowhere\" not found" k -n nowhere apply -f "$dir/web.yaml"
	check "missing object" 1 "NotFound" k get cm nothing
	check "dry run on the server" 0 "server dry run" k delete cm settings --dry-run=server
	check "typed: create deployment" 0 "created" k create deployment typed --image=registry.example/x:1 --replicas=0
	check "typed: its zero was meant" 0 "0" k get deploy typed -o 'jsonpath={.spec.replicas}'
	check "typed: create secret" 0 "created" k create secret generic typed --from-literal=a=b
	check "typed: its data" 0 "Yg==" k get secret typed -o 'jsonpath={.data.a}'
	since 24 check "typed: create a token" 0 "ey" k create token default
	check "typed: create quota" 0 "created" k create quota typed --hard=cpu=1,memory=1Gi
	check "typed: autoscale" 0 "autoscaled" k autoscale deployment typed --max=3
	check "typed: may I" 0 "yes" k auth can-i list pods
	check "typed: they go" 0 "deleted" k delete deploy/typed secret/typed quota/typed hpa/typed
	check "delete by file waits" 0 "deleted" k delete -f "$dir/web.yaml" --timeout=600s
	check "it is gone" 1 "NotFound" k get deployment web
}

custom_kinds() {
	check "definition" 0 "created" k apply -f "$dir/crd.yaml"
	check "definition is established" 0 "condition met" k wait --for=condition=Established crd/widgets.example.dev --timeout=600s
	check "api-resources lists it" 0 "widgets" k api-resources --api-group=example.dev
	check "apply" 0 "widget.example.dev/one created" k apply -f "$dir/widget.yaml"
	check "columns" 0 "COLOUR" k get wd
	check "defaults" 0 "1" k get wd one -o 'jsonpath={.spec.replicas}'
	check "schema refuses" 1 "Unsupported value: \"pink\"" k apply -f "$dir/bad.yaml"
	check "strict refuses a typo" 1 "unknown field" k apply -f "$dir/typo.yaml"
	check "explain" 0 "What the widget should be" k explain widget.spec
	check "explain all fields" 0 "ports" k explain widget --recursive
	since 27 check "explain from OpenAPI v2" 0 "What the widget should be" k explain widget.spec --output plaintext-openapiv2
	check "diff" 1 "+  colour: green" k diff -f "$dir/widget2.yaml"
	check "patch: merge" 0 "patched" k patch wd one --type=merge -p '{"spec":{"colour":"green"}}'
	check "patch: JSON" 0 "patched" k patch wd one --type=json -p '[{"op":"replace","path":"/spec/colour","value":"red"}]'
	since 23 check "wait for a field" 0 "condition met" k wait wd/one --for=jsonpath='{.spec.colour}'=red --timeout=600s
	watched "a watch" wd/seen custom
	check "scale subresource" 0 "scaled" k scale widget one --replicas=4
	since 24 check "status subresource" 0 "patched" k patch wd one --subresource=status --type=merge -p '{"status":{"replicas":4}}'
	check "server-side apply conflicts" 1 "conflict" k apply --server-side --field-manager=other -f - <<<'{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"one"},"spec":{"colour":"blue"}}'
	check "server-side apply by force" 0 "serverside-applied" k apply --server-side --field-manager=other --force-conflicts -f - <<<'{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"one"},"spec":{"colour":"blue"}}'
	since 21 check "strategic merge is not for these" 1 "strategic-merge-patch+json is not supported" k patch wd one --type=strategic -p '{}'
	check "delete" 0 "deleted" k delete wd one --timeout=600s
	check "it is gone" 1 "NotFound" k get wd one
	check "delete the definition" 0 "deleted" k delete crd widgets.example.dev --timeout=600s
	until_true "the kind is gone" bash -c "! '$kubectl' get --raw /apis/example.dev/v1"
}

namespaces_and_access() {
	check "namespace" 0 "created" k apply -f - <<<'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team"}}'
	until_true "its default account" k -n team get serviceaccount/default configmap/kube-root-ca.crt
	check "role" 0 "created" k apply -n team -f - <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get","list"]}]}'
	check "binding" 0 "created" k apply -n team -f - <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"alice"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"alice"}]}'
	check "alice reads there" 0 "kube-root-ca.crt" k -n team get configmaps --as alice
	check "alice reads nowhere else" 1 "User \"alice\" cannot list resource \"configmaps\"" k get configmaps --as alice
	check "alice deletes no role" 1 "User \"alice\" cannot delete resource \"roles\"" k -n team --as alice delete role reader
	check "bob may bind roles" 0 "created" k create clusterrolebinding bob --clusterrole=binder --user=bob
	check "with a role of his own" 0 "created" k create clusterrole binder --verb=get,list,create,update,patch --resource=roles,rolebindings
	check "bob grants nothing that he does not hold" 1 "is attempting to grant RBAC permissions not currently held" k -n team --as bob create role more --verb=get --resource=secrets
	check "nor binds it" 1 "forbidden" k -n team --as bob create rolebinding more --clusterrole=cluster-admin --user=bob
	check "they go" 0 "deleted" k delete clusterrolebinding/bob clusterrole/binder
	check "finalizer holds an object" 0 "created" k apply -n team -f - <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.dev/hold"]}}'
	check "delete does not wait for it" 0 "deleted" k -n team delete cm held --wait=false
	check "it is still there" 0 "deletionTimestamp" k -n team get cm held -o yaml
	check "without the finalizer it goes" 0 "patched" k -n team patch cm held --type=merge -p '{"metadata":{"finalizers":null}}'
	check "it is gone" 1 "NotFound" k -n team get cm held
	check "delete the namespace" 0 "deleted" k delete namespace team --timeout=600s
}

# debian: kubectl 1.20 is Debian's own and in no package of ours.
debian() {
	[ -x .cache/kubectl/1.20/kubectl ] && return
	count=$((count + 1))
	echo "ok $count - kubectl 1.20 # SKIP not in .cache/kubectl: tools/setup takes it from Debian 12's kubernetes-client"
}

start
brought kubectl
debian

k() { "$kubectl" "$@"; }
for kubectl in $KUBECTLS; do
	version=$("$kubectl" version --client -o json 2>/dev/null | sed -n 's/.*"gitVersion": "\(v[^"]*\)".*/\1/p' | head -1)
	builtin_kinds
	custom_kinds
	namespaces_and_access
done
echo "1..$count"
