#!/bin/bash
# Evictions: what a dry run does not do, what preconditions refuse, and a PodDisruptionBudget that makes
# `kubectl drain` wait.  Speaks TAP.  PAVE names the program.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
start

# evict POD OPTIONS [QUERY]: the answer's code, and what it says.
evict() {
	printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"%s","namespace":"default"},"deleteOptions":%s}' "$1" "$2" >"$dir/eviction.json"
	kubectl create --raw "/api/v1/namespaces/default/pods/$1/eviction${3:-}" -f "$dir/eviction.json"
}
pods() { kubectl get pods -l "app=$1" --sort-by=.metadata.uid -o jsonpath='{.items[*].metadata.uid}'; }
first() { kubectl get pods -l "app=$1" -o jsonpath='{.items[0].metadata.name}'; }
budget() { kubectl get pdb "$1" -o jsonpath='{.status.disruptionsAllowed} {.status.currentHealthy}/{.status.desiredHealthy} of {.status.expectedPods} {.status.conditions[0].reason}'; }
budget_is() { [ "$(budget "$1")" = "$2" ]; }
deploy() {
	kubectl create deployment "$1" --image=registry.example/web:1 --replicas="$2" >/dev/null
	kubectl rollout status "deployment/$1" --timeout=600s >/dev/null
}

deploy web 2
was=$(pods web) pod=$(first web)
check "drain --dry-run=server" 0 "(server dry run)" kubectl drain pave-simulated --dry-run=server --force --ignore-daemonsets --pod-selector=app=web
check "deletes nothing" 0 "$was" pods web
check "nor does a dry run in the body" 0 "Success" evict "$pod" '{"dryRun":["All"]}'
check "nor one in the query" 0 "Success" evict "$pod" '{}' '?dryRun=All'
check "both Pods are as they were" 0 "$was" pods web
check "another value is refused" 1 'supported values: "All"' evict "$pod" '{"dryRun":["Some"]}'
check "a UID that is not its own" 1 "UID in precondition: 0-0" evict "$pod" '{"preconditions":{"uid":"0-0"}}'
check "a version that is over" 1 "Operation cannot be fulfilled" evict "$pod" '{"preconditions":{"resourceVersion":"1"}}'
check "another name in the body" 1 "name in URL does not match name in Eviction object" kubectl create --raw "/api/v1/namespaces/default/pods/other/eviction" -f "$dir/eviction.json"
printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"%s","namespace":"elsewhere"}}' "$pod" >"$dir/elsewhere.json"
check "another namespace in it" 1 "the namespace of the provided object does not match" kubectl create --raw "/api/v1/namespaces/default/pods/$pod/eviction" -f "$dir/elsewhere.json"
check "all of them refused" 0 "$was" pods web

check "a budget is made without a warning" 0 "created" kubectl create pdb web --selector=app=web --min-available=2
until_true "nothing may go" budget_is web "0 2/2 of 2 InsufficientPods"
check "so an eviction waits" 1 "Cannot evict pod as it would violate the pod's disruption budget." evict "$pod" '{}'
check "with 429, and why" 0 "" sh -c "kubectl create --raw /api/v1/namespaces/default/pods/$pod/eviction -f $dir/eviction.json -v=8 2>&1 | tr -d '\\\\' | grep -q 'The disruption budget web needs 2 healthy pods and has 2 currently.*\"code\":429'"
check "the Pods stay" 0 "$was" pods web
check "by name is another thing" 0 "deleted" kubectl delete pod "$pod"
kubectl rollout status deployment/web --timeout=600s >/dev/null
kubectl delete pdb web >/dev/null

kubectl create pdb web --selector=app=web --max-unavailable=50% >/dev/null
until_true "half may go" budget_is web "1 2/1 of 2 SufficientPods"
pod=$(first web)
check "a dry run spends nothing" 0 "Success" evict "$pod" '{"dryRun":["All"]}'
check "still half" 0 "1 2/1 of 2 SufficientPods" budget web
kubectl get pod "$pod" -w -o jsonpath='{.status.conditions[?(@.type=="DisruptionTarget")].reason}{"\n"}' >"$dir/condition" 2>/dev/null &
watcher=$!
until_true "it is watched" test -s "$dir/condition"

kubectl drain pave-simulated --force --ignore-daemonsets --pod-selector=app=web --timeout=600s >"$dir/drained" 2>&1 &
drainer=$!
until_true "drain evicts one, and is told to wait for the other" grep -q "will retry after 5s" "$dir/drained"
check "one stays" 0 "1" sh -c "kubectl get pods -l app=web --field-selector=status.phase=Running -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}1{{end}}{{end}}'"
check "the node takes Pods again" 0 "uncordoned" kubectl uncordon pave-simulated
until_true "then drain comes through" grep -q "node/pave-simulated drained" "$dir/drained"
wait "$drainer"
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
check "the Pod was told why it goes" 0 "EvictionByEvictionAPI" cat "$dir/condition"
kubectl uncordon pave-simulated >/dev/null
until_true "all is well again" budget_is web "1 2/1 of 2 SufficientPods"

kubectl create pdb second --selector=app=web --min-available=0 >/dev/null
check "two budgets over one Pod" 1 "This pod has more than one PodDisruptionBudget" evict "$(first web)" '{}'
kubectl delete pdb second >/dev/null

kubectl run alone --image=registry.example/web:1 --labels=app=alone --annotations=pave.dev/simulate=hang >/dev/null
kubectl create pdb alone --selector=app=alone --max-unavailable=1 >/dev/null
until_true "a Pod without a controller counts for nothing" budget_is alone "0 0/0 of 0 InsufficientPods"
until_true "which an event says" sh -c 'kubectl get events --field-selector=involvedObject.name=alone,reason=UnmanagedPods | grep -q "were found to be unmanaged"'
until_true "it runs, not ready" sh -c '[ "$(kubectl get pod alone -o jsonpath={.status.phase})" = Running ]'
check "it may not go" 1 "Cannot evict pod" evict alone '{}'
kubectl patch pdb alone --type=merge -p '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}' >/dev/null
until_true "but what is not ready, if its budget says so" evict alone '{}'

# With or without a budget: who watches is told why the Pod goes.
for phase in Pending Succeeded Failed; do
	name=pod-$(echo "$phase" | tr A-Z a-z)
	printf '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","finalizers":["example.org/stay"]},"spec":{"schedulerName":"none","containers":[{"name":"c","image":"registry.example/web:1"}]}}' "$name" |
		kubectl create -f - >/dev/null
	kubectl patch pod "$name" --subresource=status --type=merge -p "{\"status\":{\"phase\":\"$phase\"}}" >/dev/null
	check "a dry run of a Pod that is $phase" 0 "Success" evict "$name" '{"dryRun":["All"]}'
	check "writes nothing" 0 "" sh -c "! kubectl get pod $name -o json | grep -q DisruptionTarget"
	check "one that is $phase is evicted" 0 "Success" evict "$name" '{}'
	check "and says so" 0 "True EvictionByEvictionAPI" kubectl get pod "$name" -o jsonpath='{.metadata.deletionTimestamp}{.status.conditions[?(@.type=="DisruptionTarget")].status} {.status.conditions[?(@.type=="DisruptionTarget")].reason}'
	kubectl patch pod "$name" --type=merge -p '{"metadata":{"finalizers":null}}' >/dev/null
	kubectl delete pod "$name" --ignore-not-found --force >/dev/null 2>&1
done

kubectl create job work --image=registry.example/web:1 >/dev/null
kubectl create pdb work --selector=job-name=work --max-unavailable=1 >/dev/null
until_true "a Job has no scale" sh -c 'kubectl get pdb work -o jsonpath="{.status.conditions[0].reason}: {.status.conditions[0].message}" | grep -q "SyncFailed: jobs.batch does not implement the scale subresource"'
echo "1..$count"
