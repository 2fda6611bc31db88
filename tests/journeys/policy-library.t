#!/bin/bash
# The library of policies: its own suites, and what a server makes of it.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

check "its suites pass" 0 "PASS" "$PAVE" gator verify examples/policies/...
for folder in examples/policies/*/; do
	check "${folder#examples/policies/} has tests" 0 "$folder" "$PAVE" gator verify "$folder..."
	check "and stands in the list" 0 "$(basename "$folder")" grep "^| \`$(basename "$folder")\`" examples/policies/README.md
done
start
for folder in examples/policies/*/; do kubectl apply -f "$folder/template.yaml" >/dev/null; done
established() { [ "$(kubectl get crds -o name | grep -c 'constraints.gatekeeper.sh$')" = "$(ls -d examples/policies/*/ | wc -l)" ]; }
until_true "every template makes a kind" established
applied() { for folder in examples/policies/*/; do kubectl apply -f "$folder/constraint.yaml" || return 1; done; }
until_true "every constraint is taken" applied
check "a careless Deployment hears of everything at once" 1 "[approved-registry] container \"nginx\": image \"nginx\" is from none of" kubectl create deployment careless --image=nginx
check "its limits" 1 "[resource-limits] container \"nginx\" has no limit of memory" kubectl create deployment careless --image=nginx
check "its probes" 1 "[probes] container \"nginx\" has no livenessProbe" kubectl create deployment careless --image=nginx
check "its tag" 1 "[no-latest-tag] container \"nginx\": image \"nginx\" has no tag that stays" kubectl create deployment careless --image=nginx
check "its owner" 1 "[owner-labels] Deployment \"careless\" has no label \"owner\"" kubectl create deployment careless --image=nginx
check "who pays" 1 "cost-centre" kubectl create deployment careless --image=nginx
check "a privileged Pod is refused" 1 "[no-privileged] container \"p\" is privileged" kubectl run p --image=registry.internal.company.com/p:1 --privileged
careful() {
	kubectl apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: careful, namespace: default, labels: {owner: storefront, cost-centre: "4711"}}
spec:
  replicas: 0
  selector: {matchLabels: {app: careful}}
  template:
    metadata: {labels: {app: careful}}
    spec:
      containers:
        - name: web
          image: registry.internal.company.com/$1
          resources: {limits: {memory: 64Mi}, requests: {cpu: 100m}}
          readinessProbe: {tcpSocket: {port: 80}}
          livenessProbe: {tcpSocket: {port: 80}}
END
}
check "a careful one is let, and warned of its tag" 0 "Warning: [images-by-digest] container \"web\": image" careful web:1
check "by digest it hears nothing" 0 "deployment.apps/careful configured" careful web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
echo "1..$count"
