#!/bin/bash
# One server's policies judge what is written in another cluster: which is a second server, that calls the first by the
# webhook configurations that it printed.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

here=
also() { # the cluster
	: >"$dir/out2"
	"$PAVE" serve --data "$dir/data2" --listen 127.0.0.1:0 --kubeconfig-out "$dir/cluster" >"$dir/out2" 2>"$dir/err2" &
	cluster=$!
	until_true "the cluster is ready" grep -q ready "$dir/out2"
}
there() { KUBECONFIG=$dir/cluster KUBECACHEDIR=$dir/cache2 "$@"; }
finish_both() {
	[ -n "${cluster:-}" ] && kill "$cluster" 2>/dev/null && wait "$cluster"
	finish
}
trap finish_both EXIT

start
also
check "without policies there is nothing to ask about" 4 "there are no policies yet" "$PAVE" admission webhook-config
echo '{}' >"$dir/empty.json"
check "who acts as another has no more than their rights" 1 'User "nobody" cannot post path "/admission/v1/validate"' \
	kubectl create --raw /admission/v1/validate -f "$dir/empty.json" --as nobody
kubectl apply -f tests/journeys/policies/templates.yaml >/dev/null
until_true "the constraints' kind is served" kubectl get noninfix
kubectl apply -f tests/journeys/policies/policies.yaml >/dev/null
kubectl delete configmap -n pave-system no-latest >/dev/null
configure() { "$PAVE" admission webhook-config "$@" >"$dir/hooks.yaml" && there kubectl apply -f "$dir/hooks.yaml"; }
check "the configuration is printed and applied" 0 "validatingwebhookconfiguration.admissionregistration.k8s.io/pave-policies created" configure
rules() { there kubectl get validatingwebhookconfiguration pave-policies -o jsonpath='{range .webhooks[0].rules[*]}{.apiGroups[0]} {.resources} {.operations}{"\n"}{end}'; }
check "its rules are what the policies speak of: a constraint" 0 'apps ["deployments"] ["CREATE","UPDATE"]' rules
check "a policy in CEL" 0 'apps ["deployments","deployments/scale"]' rules
check "nothing else" 1 "" sh -c '! grep -q "\"\*/scale\"" "$0" && exit 1' "$dir/hooks.yaml"
of_pods() {
	echo '{"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "NonInfix", "metadata": {"name": "pods"},
		"spec": {"match": {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}}}' | kubectl apply -f - >/dev/null
	"$PAVE" admission webhook-config | tr -d ' \n'
	kubectl delete noninfix pods >/dev/null
}
check "of Pods what is put into those that run, too" 0 "-pods-pods/ephemeralcontainers-pods/resize" of_pods
check "it fails closed, with an end" 0 "Fail 5" there kubectl get validatingwebhookconfiguration pave-policies -o jsonpath='{.webhooks[0].failurePolicy} {.webhooks[0].timeoutSeconds}'

# ---- who may ask ----
make() { there kubectl create deployment "$@" --image=nginx; } # NAME
check "nobody may ask unless they are let" 1 "/admission/v1/validate" make web
kubectl apply -f - >/dev/null <<'END'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: admission-reviews}
rules: [{nonResourceURLs: [/admission/v1/validate, /admission/v1/mutate], verbs: [post]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admission-reviews}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admission-reviews}
subjects: [{kind: Group, name: "system:unauthenticated", apiGroup: rbac.authorization.k8s.io}]
END
check "let, what violates nothing is written" 0 "created" make web
check "Gatekeeper's constraint refuses there" 1 "admission webhook \"validate.policies.pave.dev\" denied the request: [no-infix] web-infix is not a name" make web-infix
check "and CEL" 1 "at most 5 replicas" make many --replicas=9
check "and what it found, for nobody can ask there" 1 "spec.replicas is 9" make many --replicas=9
elsewhere() { make many --replicas=9 2>&1 | grep -c "pave why" || true; }
check "so nobody is told to" 0 "0" elsewhere
check "both at once" 1 "web-infix is not a name" make web-infix --replicas=9
check "a subresource is judged as what it is" 1 "at most 5 replicas" there kubectl scale deployment web --replicas=9
check "and let" 0 "scaled" there kubectl scale deployment web --replicas=2
check "deletes are nobody's business here" 0 "deleted" there kubectl delete deployment web

# ---- rollouts and exemptions hold there, too ----
kubectl apply -f - >/dev/null <<'END'
apiVersion: governance.pave.dev/v1alpha1
kind: PolicyRollout
metadata: {name: names}
spec:
  policies: [{kind: NonInfix, name: no-infix}]
  environments: [{name: all}]
  stages: {audit: 0s}
END
until_true "a rollout is at warn" sh -c 'kubectl get policyrollout names | grep -q "all Warn"'
check "warnings come through" 0 "Warning: [no-infix] web-infix is not a name (to be refused from" make web-infix
kubectl delete policyrollout names >/dev/null

# ---- kinds that the first server does not have, Rego that speaks of all ----
kubectl apply -f - >/dev/null <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: widgets, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
data:
  widgets.rego: |
    package kubernetes.admission
    deny[msg] {
      input.request.kind.kind == "Widget"
      input.request.object.spec.size > 3
      msg := sprintf("%v wants a widget of %v", [input.request.userInfo.username, input.request.object.spec.size])
    }
    deny["no exec"] { input.request.subResource == "exec" }
END
there kubectl apply -f - >/dev/null <<'END'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
END
check "with Rego the rules are all" 0 "configured" configure --failure-policy Ignore --timeout 9
check "as the file says" 0 "*/scale" cat "$dir/hooks.yaml"
check "down to tokens of accounts" 0 "serviceaccounts/token" cat "$dir/hooks.yaml"
until_true "the kind is served" there kubectl get widgets
widget() { printf 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: default}\nspec: {size: %s}\n' "$1" | there kubectl apply -f -; }
check "a kind that the first does not know is judged, and who writes is told" 1 "admin wants a widget of 4" widget 4
check "and let" 0 "created" widget 3

# ---- mutators ----
kubectl apply -f - >/dev/null <<'END'
apiVersion: mutations.gatekeeper.sh/v1
kind: Assign
metadata: {name: policy}
spec:
  applyTo: [{groups: [""], kinds: [Pod], versions: [v1]}]
  location: spec.dnsPolicy
  parameters: {assign: {value: Default}}
END
check "a mutator makes a second configuration" 0 "mutatingwebhookconfiguration.admissionregistration.k8s.io/pave-policies created" configure
there kubectl run p --image=nginx:1 >/dev/null
check "and changes what is written there" 0 "Default" there kubectl get pod p -o jsonpath='{.spec.dnsPolicy}'

# ---- bad input, and one that is away ----
send() { curl -sk -X POST --data-binary "$1" "$url/admission/v1/validate"; } # BODY
url=$(sed -n 's/ *server: *//p' "$KUBECONFIG" | tr -d '"')
check "no JSON" 0 "invalid JSON: expected a value" send 'x'
check "no review" 0 'AdmissionReview: apiVersion: expected \"admission.k8s.io/v1\", found \"v1\"' send '{"apiVersion":"v1","kind":"Pod"}'
check "no request" 0 'AdmissionReview: request: expected an object, found nothing' send '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'
check "an unknown operation" 0 'expected CREATE, UPDATE, DELETE or CONNECT, found \"PUT\"' send '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","kind":{"version":"v1","kind":"Pod"},"resource":{"version":"v1","resource":"pods"},"operation":"PUT"}}'
check "of another shape than any API server sends" 0 'request.userInfo.extra: expected an object, found [\"a\"]' send '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","kind":{"version":"v1","kind":"Pod"},"resource":{"version":"v1","resource":"pods"},"operation":"CREATE","userInfo":{"extra":["a"]}}}'
check "an address that is none" 1 'url: expected the https:// address' "$PAVE" admission webhook-config --url http://pave
check "an address that the certificate does not name" 1 "pave.example.org is not in this server's certificate, so the cluster would not talk to it: start the server with --tls-san pave.example.org" "$PAVE" admission webhook-config --url https://pave.example.org:8443/x
check "one that it names" 0 'url: https://[::1]:8443/admission/v1/validate' "$PAVE" admission webhook-config --url 'https://[::1]:8443/'
check "a policy that is none" 1 'failurePolicy: expected Fail or Ignore, found Maybe' "$PAVE" admission webhook-config --failure-policy Maybe
configure >/dev/null
kill "$server"
wait "$server"
check "a server that is away refuses what it would have judged" 1 "failed calling webhook" make other
server=
echo "1..$count"
