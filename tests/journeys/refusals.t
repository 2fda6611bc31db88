#!/bin/bash
# Who is refused, or has what would be, is told by `pave why` which rule decided, by which of its statements, and what
# it read: of Rego, Gatekeeper and CEL alike.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

start
kubectl apply -f examples/policies/resource-limits/template.yaml >/dev/null
until_true "the constraints' kind is served" kubectl get resourcelimits
kubectl create deployment old --image=nginx >/dev/null
kubectl create secret generic old --from-literal=key=hunter2 >/dev/null
kubectl apply -f examples/policies/resource-limits/constraint.yaml >/dev/null
kubectl apply -f - >/dev/null <<'END'
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: at-most}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [secrets]}
  validations:
    - {expression: "!has(object.spec) || !has(object.spec.replicas) || object.spec.replicas <= 5", message: at most 5 replicas}
    - {expression: "!has(object.data) || object.data.key == ''", message: no keys}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: at-most}
spec: {policyName: at-most, validationActions: [Deny]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: rules, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
data:
  r.rego: |
    package kubernetes.admission
    deny[msg] {
      container := input.request.object.spec.template.spec.containers[_]
      not startswith(container.image, "registry.internal/")
      msg := sprintf("Image %v", [container.image])
    }
END
many() { kubectl create deployment many --image=nginx --replicas=9; }
check "a write is refused by all three" 1 "at most 5 replicas" many
many >"$dir/told" 2>&1
check "it says where what offends stands, and what would pass: Rego" 0 '[pave-system/rules] Image nginx
  spec.template.spec.containers[0].image is "nginx"
  deny (pave-system/rules/r.rego:2): to pass, one of these must not hold: container := ' cat "$dir/told"
check "Gatekeeper" 0 'has no limit of memory (resources.limits.memory)
  spec.template.spec.containers[0].resources.limits is not there
  violation (template:5): to pass, one of these must not hold: ' cat "$dir/told"
check "and how to hear more, once" 0 "More: pave why deployment.apps/many -n default" tail -1 "$dir/told"
dry() { kubectl create deployment dry --image=nginx --dry-run=server 2>&1 | tail -1; }
check "but of a dry run, of which there is no more" 0 "to pass, " dry
long() { kubectl create deployment long --image="$(printf "i%.0s" {1..300})/web"; }
check "a long value in short" 1 "$(printf "i%.0s" {1..99})..." long
secret() { printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: new}\nstringData: {key: hunter2}\n' | kubectl apply -f -; }
check "one in CEL speaks as upstream does, behind the field" 1 'invalid: data.key: ValidatingAdmissionPolicy' secret
why() { "$PAVE" why "$@"; }
check "what never came to be is explained" 0 "not there: a creation by admin (kubectl-create) was refused" why deployment/many
check "by CEL: which parts of the expression did not hold" 0 "validations[0]: none of these holds:
        !has(object.spec)
        !has(object.spec.replicas)
        object.spec.replicas <= 5" why deployment/many
once() { [ "$(why deployment/many | grep -c "spec.replicas is 9")" = 1 ] && why deployment/many; }
check "and what they read, once" 0 "spec.replicas is 9" once
check "by Gatekeeper: which statements of the rule held" 0 "   7  not container.resources.limits.memory" why deployment/many
check "and what is not there" 0 "spec.template.spec.containers[0].resources.limits is not there" why deployment/many
check "by Rego: where the rule stands" 0 "deny (pave-system/rules/r.rego:2): to pass, one of these must not hold:" why deployment/many
check "and the value that offends" 0 'spec.template.spec.containers[0].image is "nginx"' why deployment/many
twice() { [ "$(why deployment/many | grep -c "was not let:")" = 1 ] && why deployment/many; }
check "the same again is one entry" 0 "2 times since" twice
cause() {
	kubectl create --raw /apis/apps/v1/namespaces/default/deployments -f - <<-'END' -v9 2>&1
		{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"many"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
	END
}
check "the refusal names the field, too" 1 'spec.template.spec.containers[0].resources.limits' cause
kubectl apply -f - >/dev/null <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: keys, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
data:
  k.rego: |
    package kubernetes.admission
    deny["no key in a variable"] {
      input.request.kind.kind == "Pod"
      variable := input.request.object.spec.containers[_].env[_]
      startswith(variable.value, "AKIA")
    }
    limit := {"ConfigMap": 3}
    deny["no such number"] {
      map := input.request.object
      to_number(map.data.number) > limit[input.request.kind.kind]
    }
END
key() { kubectl run key --image=a:1 --env=KEY=AKIAXYZ 2>&1; }
check "the value of a variable stands in no refusal" 1 'spec.containers[0].env[0].value is not told' key
check "nor in what is kept of it" 0 'spec.containers[0].env[0].value is not told' why pod/key
number() { kubectl create configmap number --from-literal=number=7 2>&1; }
check "what compares with the kind is what decides" 1 'to pass, this must not hold: to_number(map.data.number) > limit[input.request.kind.kind]' number
wrong() { kubectl create configmap wrong -n pave-system --from-literal=w.rego='package kubernetes.admission
deny[x] { x := sprintff("", []) }' --dry-run=client -o yaml | kubectl label --local -f - openpolicyagent.org/policy=rego -o yaml | kubectl apply -f - 2>&1; }
check "a policy that is wrong is told so" 1 "undefined function sprintff" wrong
check "and of nothing else" 1 "" sh -c 'printf "%s" "$1" | grep Warning' - "$(wrong)"
kubectl delete configmap keys -n pave-system >/dev/null
kubectl apply -f - >/dev/null <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: words, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
data:
  w.rego: |
    package kubernetes.admission
    deny[msg] { input.request.object.data.k; msg := sprintf("bad %s", [input.request.object.data.k]) }
END
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: evil}\ndata: {k: "\\e[2J\\a\\u202e\\x9b"}\n' >"$dir/evil.yaml"
evil() { "$PAVE" apply -f "$dir/evil.yaml" 2>&1; }
check "a terminal obeys nothing of a refusal" 3 'bad \x1b[2J\x07\u202e\x9b' evil
check "nor of what is told of it" 0 'bad \x1b[2J\x07\u202e\x9b' why configmap/evil
kubectl delete configmap words -n pave-system >/dev/null
check "a change is explained beside what exists" 1 "at most 5 replicas" kubectl patch deployment old --type=merge -p '{"spec":{"replicas":7,"paused":true}}'
check "with who tried" 0 "a change by admin (kubectl-patch) was refused" why deployment/old
check "what exists is told what would be refused" 0 "what policies have against it:
  deny ConfigMap pave-system/rules: Image nginx" why deployment/old
check "of a Secret no value is told" 0 "data.key is not told" why secret/old
check "nowhere" 1 "" sh -c '"$0" why secret/old -o json | grep -e hunter2 -e aHVudGVyMg' "$PAVE"
asked() { kubectl create deployment dry --image=nginx --dry-run=server; "$PAVE" why deployment/dry; }
check "of a dry run nothing is kept" 4 "not found" asked
kubectl apply -f - >/dev/null <<END
apiVersion: governance.pave.dev/v1alpha1
kind: PolicyExemption
metadata: {name: old}
spec:
  policies: [{kind: ResourceLimits, name: resource-limits}]
  objects: {namespaces: [default], kinds: [Deployment], names: [old]}
  until: $(date -u -d '+20 days' +%FT%TZ)
  reason: it moves
  person: mara@example.com
  approvedBy: admin
END
check "an exemption is named" 0 "exempt ResourceLimits resource-limits: container" why deployment/old
check "and ends" 0 "by PolicyExemption old: it moves" why deployment/old
kubectl create quota none --hard=count/configmaps=0 >/dev/null
until_true "a quota counts" sh -c "kubectl get quota none -o 'jsonpath={.status.used}' | grep ."
check "what a quota refuses is told, too" 1 "exceeded quota: none" kubectl create configmap over --from-literal=a=b
check "and why" 0 'refused by:
    configmaps "over" is forbidden: exceeded quota: none' why configmap/over
echo "1..$count"
