#!/bin/bash
# An Application whose destination is another cluster: here a second Pave.  It syncs, heals and prunes there, waits for
# a cluster that is away without losing its place, and says what keeps it from being asked.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
. tests/journeys/_spoke.sh

# cluster CONFIG: the Secret that describes the spoke
cluster() {
	kubectl apply -f - <<END
apiVersion: v1
kind: Secret
metadata: {name: spoke, namespace: argocd, labels: {argocd.argoproj.io/secret-type: cluster}}
stringData:
  name: edge
  server: $server_url
  config: '$1'
END
}
tls() { printf '"tlsClientConfig": {"caData": "%s"%s}' "${1:-$(raw '.clusters[0].cluster.certificate-authority-data')}" "${2:-}"; }
as_admin() {
	printf '{%s}' "$(tls "" "$(printf ', "certData": "%s", "keyData": "%s"' "$(raw '.users[0].user.client-certificate-data')" "$(raw '.users[0].user.client-key-data')")")"
}
application() {
	kubectl apply -f - <<END
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: default
  source: {repoURL: "file://$dir/shop", path: deploy, targetRevision: main}
  destination: {$1, namespace: shop}
  syncPolicy:
    automated: {prune: true, selfHeal: true}
    syncOptions: [CreateNamespace=true]
END
}

git init -q -b main "$dir/shop"
mkdir "$dir/shop/deploy"
cat >"$dir/shop/deploy/config.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {greeting: hello}
END
cat >"$dir/shop/deploy/old.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
END
commit first

start_spoke
start
kubectl create namespace argocd >/dev/null
application "name: edge" >/dev/null
says "a cluster that nobody describes is not found by its name" '{.status.conditions[*].message}' "there are no clusters with this name: edge"
application "server: \"$server_url\"" >/dev/null
says "nor by its address" '{.status.conditions[*].message}' "error getting cluster by server \"$server_url\": cluster \"$server_url\" not found"
cluster '{"awsAuthConfig": {"clusterName": "x"}, "bearerToken": "very-secret"}' >/dev/null
says "a way in that is not known is refused by name" '{.status.conditions[*].message}' "config.awsAuthConfig is not supported yet"

check "a Secret that describes one is not taken for a repository's" 0 "secret/spoke configured" cluster "$(as_admin)"
application "name: edge" >/dev/null
soon "it is synced there" '{.status.sync.status}=Synced' application/shop
check "the object is there" 0 hello there get configmap shop -n shop -o 'jsonpath={.data.greeting}'
check "and not here" 1 'namespaces "shop" not found' kubectl get configmap shop -n shop
soon "the sync is done" '{.status.operationState.phase}=Succeeded' application/shop

there patch configmap shop -n shop --type merge -p '{"data":{"greeting":"hacked"}}' >/dev/null
check "what was changed by hand is put right" 0 "condition met" there wait --for='jsonpath={.data.greeting}=hello' configmap/shop -n shop --timeout=600s
there delete configmap shop -n shop >/dev/null
there wait --for=create configmap/shop -n shop --timeout=600s >/dev/null
check "what was deleted comes back" 0 "condition met" there wait --for='jsonpath={.data.greeting}=hello' configmap/shop -n shop --timeout=600s
rm "$dir/shop/deploy/old.yaml"
commit "without the old one"
check "what is not in Git any more is pruned" 0 "" there wait --for=delete configmap/old -n shop --timeout=600s

# a hook that runs until it is let, and a Deployment behind it
cat >"$dir/shop/deploy/hook.yaml" <<'END'
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {argocd.argoproj.io/hook: PreSync}}
spec:
  template:
    metadata: {annotations: {pave.dev/run-for: 1h}}
    spec: {restartPolicy: Never, containers: [{name: main, image: "migrate:1"}]}
END
cat >"$dir/shop/deploy/web.yaml" <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "web:1"}]}
END
commit "a migration"
says "a hook is waited for" '{.status.operationState.message}' "waiting for completion of hook batch/Job/migrate"
stop_spoke KILL
says "a cluster that is gone in the middle is waited for" '{.status.operationState.message}' 'waiting for cluster "edge"'
says "its condition says why" '{.status.conditions[?(@.type=="ComparisonError")].message}' "failed to get cluster info for \"$server_url\""
check "the operation runs on" 0 Running kubectl get application shop -o 'jsonpath={.status.operationState.phase}'
kill -KILL "$server"
wait "$server" 2>/dev/null
start
says "the server is back before the cluster is" '{.status.operationState.message}' 'waiting for cluster "edge"'
start_spoke
says "the cluster is back, too" '{.status.operationState.message}' "waiting for completion of hook batch/Job/migrate"
check "nothing behind the hook was applied" 1 "not found" there get deployment web -n shop
uid=$(there get job migrate -n shop -o 'jsonpath={.metadata.uid}')
there wait --for=create pods -l job-name -n shop --timeout=600s >/dev/null
there annotate pods --all -n shop pave.dev/run-for=1ms --overwrite >/dev/null
soon "the sync goes on when the hook is done" '{.status.operationState.phase}=Succeeded' application/shop
check "the hook ran once" 0 "$uid" there get job migrate -n shop -o 'jsonpath={.metadata.uid}'
soon "health is of what is there" '{.status.health.status}=Healthy' application/shop
check "no secret is in the log" 1 "" grep -e very-secret -e "$(raw '.users[0].user.client-key-data' | cut -c 1-60)" "$dir/err"

# what keeps it from being asked
other=$(kubectl config view --raw -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}')
there create serviceaccount robot -n shop >/dev/null
there create clusterrole looks --verb='*' --resource=configmaps,namespaces,deployments.apps,jobs.batch >/dev/null
there create clusterrolebinding looks --clusterrole=looks --serviceaccount=shop:robot >/dev/null
cluster "{$(tls "$other")}" >/dev/null
says "a certificate of another authority" '{.status.conditions[?(@.type=="ComparisonError")].message}' "certificate"
cluster "{\"bearerToken\": \"$(there create token robot -n shop)x\", $(tls)}" >/dev/null
says "a token that is none" '{.status.conditions[?(@.type=="ComparisonError")].message}' "Unauthorized"
check "meanwhile nothing is pruned" 0 hello there get configmap shop -n shop -o 'jsonpath={.data.greeting}'
cluster "{\"bearerToken\": \"$(there create token robot -n shop)\", $(tls)}" >/dev/null
soon "what one may not list is no matter where it is not wanted" '{.status.sync.status}=Synced' application/shop
rm "$dir/shop/deploy/hook.yaml"
cat >"$dir/shop/deploy/secret.yaml" <<'END'
apiVersion: v1
kind: Secret
metadata: {name: shop}
END
commit "a secret"
says "where it is, it is told" '{.status.conditions[?(@.type=="ComparisonError")].message}' 'secrets "shop" is forbidden'
check "and nothing is pruned" 0 hello there get configmap shop -n shop -o 'jsonpath={.data.greeting}'
cluster "$(as_admin)" >/dev/null
soon "with the right to it, it is synced" '{.status.sync.status}=Synced' application/shop

kubectl delete application shop --wait=false >/dev/null
check "the objects go with the Application" 0 "" there wait --for=delete configmap/shop -n shop --timeout=600s
check "and it after them" 0 "" kubectl wait --for=delete application/shop --timeout=600s
application "name: edge" >/dev/null
soon "it comes again" '{.status.sync.status}=Synced' application/shop
kubectl delete secret spoke -n argocd >/dev/null
kubectl delete application shop --timeout=600s >/dev/null
check "of a cluster that nobody knows any more the Application goes" 1 "not found" kubectl get application shop
check "and its objects stay" 0 hello there get configmap shop -n shop -o 'jsonpath={.data.greeting}'
stop_spoke TERM
kill "$server"
wait "$server"
check "the server ends well" 0 "0" echo $?
server=
echo "1..$count"
