#!/bin/bash
# Objects in another cluster, here a second Pave, that `pave cluster add` has made a destination: looked up by charts, read
# and changed through Argo CD's API, and deleted with their Application though they cannot be listed.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
. tests/journeys/_spoke.sh

# resource METHOD KIND NAME [CURL-ARG...]: through Argo CD's API, with the token in $dir/token
resource() {
	local method=$1 kind=$2 name=$3
	shift 3
	curl -sk -X "$method" -H "Authorization: Bearer $(cat "$dir/token")" -H "Content-Type: application/json" "$@" \
		"$url/api/v1/applications/shop/resource${path:-}?group=${group:-}&version=v1&kind=$kind&namespace=shop&resourceName=$name${more:-}"
}
application() { # FIELDS...
	kubectl apply -f - <<END
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: default
  source: {repoURL: "file://$dir/shop", path: chart, targetRevision: main}
  destination: {name: edge, namespace: shop}
  syncPolicy: {automated: {prune: true, selfHeal: true}, syncOptions: [CreateNamespace=true]}
END
}

git init -q -b main "$dir/shop"
mkdir -p "$dir/shop/chart/templates"
cat >"$dir/shop/chart/Chart.yaml" <<'END'
apiVersion: v2
name: shop
version: 1.0.0
END
cat >"$dir/shop/chart/templates/all.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data:
  greeting: {{ dig "data" "greeting" "nobody" (lookup "v1" "ConfigMap" .Release.Namespace "given") | quote }}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: very-secret}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "web:1"}]}
END
commit first

start_spoke
start
url=$(kubectl config view -o 'jsonpath={.clusters[0].cluster.server}')
context=$(there config current-context)
check "a cluster of another kubeconfig is added" 0 "Cluster '$server_url' added" "$PAVE" cluster add "$context" --from "$dir/spoke.config" --name edge
check "with an account of its own" 0 "serviceaccount/argocd-manager" there get serviceaccount argocd-manager -n kube-system -o name
check "once" 5 "describes $server_url already: --upsert writes it anew" "$PAVE" cluster add "$context" --from "$dir/spoke.config"
check "but for who says so" 0 "added" "$PAVE" cluster add "$context" --from "$dir/spoke.config" --name edge --upsert
check "what has no meaning is refused by name" 1 "one server has all Applications" "$PAVE" cluster add "$context" --shard 1

# ---- a chart looks up what is there
application >/dev/null
soon "what is not there is not found" '{.status.sync.status}=Synced' application/shop
check "which the chart says" 0 nobody there get configmap shop -n shop -o 'jsonpath={.data.greeting}'
there create configmap given -n shop --from-literal=greeting=hello >/dev/null
check "when it comes, the chart is rendered anew" 0 "condition met" there wait --for='jsonpath={.data.greeting}=hello' configmap/shop -n shop --timeout=600s
kubectl create configmap given --from-literal=greeting=wrong >/dev/null
there patch configmap given -n shop --type merge -p '{"data": {"greeting": "hi"}}' >/dev/null
check "and when it changes, there and not here" 0 "condition met" there wait --for='jsonpath={.data.greeting}=hi' configmap/shop -n shop --timeout=600s

# ---- Argo CD's API
kubectl create serviceaccount ops >/dev/null
kubectl create serviceaccount reader >/dev/null
kubectl create clusterrole deploys --verb=get,list,patch --resource=applications.argoproj.io >/dev/null
kubectl create clusterrole looks --verb=get,list --resource=applications.argoproj.io >/dev/null
kubectl create clusterrolebinding deploys --clusterrole=deploys --serviceaccount=default:ops >/dev/null
kubectl create clusterrolebinding looks --clusterrole=looks --serviceaccount=default:reader >/dev/null
kubectl create token reader >"$dir/token"
check "who may only see the Application reads nothing there" 0 "permission denied: applications, update" resource GET ConfigMap shop
kubectl create token ops >"$dir/token"
check "who may change it reads its objects" 0 'greeting\":\"hi\"' resource GET ConfigMap shop
check "but what is secret in them" 0 'password\":\"++++++++\"' resource GET Secret login
check "nothing else of the cluster" 0 "not found as part of application shop" resource GET ConfigMap given
more="&patchType=application%2Fmerge-patch%2Bjson" check "patches them" 0 'extra\":\"yes\"' resource POST ConfigMap shop -d '"{\"data\": {\"extra\": \"yes\"}}"'
check "which is there" 0 yes there get configmap shop -n shop -o 'jsonpath={.data.extra}'
group=apps path=/actions check "knows what can be done to them" 0 '"name":"restart"' resource GET Deployment web
group=apps path=/actions check "and does it" 0 "{}" resource POST Deployment web -d '"restart"'
check "there" 0 "T" there get deployment web -n shop -o 'jsonpath={.spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt}'
web=$(there get deployment web -n shop -o 'jsonpath={.metadata.uid}')
there create -f - >/dev/null <<END
apiVersion: v1
kind: Event
metadata: {name: told, namespace: shop}
involvedObject: {apiVersion: apps/v1, kind: Deployment, name: web, namespace: shop, uid: $web}
reason: Told
message: there
END
events() { curl -sk -H "Authorization: Bearer $(cat "$dir/token")" "$url/api/v1/applications/shop/events?resourceName=$1&resourceNamespace=shop${2:+&resourceUID=$2}"; }
check "tells their events" 0 '"reason":"Told"' events web "$web"
check "of nothing else" 0 "not found as part of application shop" events given
uid=$(there get configmap shop -n shop -o 'jsonpath={.metadata.uid}')
check "deletes them" 0 "{}" resource DELETE ConfigMap shop
other() { [ "$(there get configmap shop -n shop -o 'jsonpath={.metadata.uid}')" != "$uid" ]; }
until_true "there, too" other
permits() { # CLUSTER: what the default project does
	kubectl apply -f - <<END
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec:
  sourceRepos: ["*", "file://*"]
  destinations: [{name: "$1", namespace: "*"}]
  sourceNamespaces: ["*"]
  clusterResourceWhitelist: [{group: "*", kind: "*"}]
END
}
permits elsewhere >/dev/null
check "nothing that the project does not permit" 0 "the project does not permit" resource GET ConfigMap shop

# ---- deleting
kubectl delete application shop --wait=false >/dev/null
says "what the project does not permit is not deleted" '{.status.conditions[?(@.type=="InvalidSpecError")].message}' "do not match any of the allowed destinations"
permits edge >/dev/null
kubectl wait --for=delete application/shop --timeout=600s >/dev/null
check "what it permits is" 1 "not found" there get secret login -n shop
application >/dev/null
soon "it comes again" '{.status.sync.status}=Synced' application/shop
there delete clusterrolebinding argocd-manager-role-binding >/dev/null
there create clusterrole narrow --verb='*' --resource=configmaps,namespaces,deployments.apps >/dev/null
there create clusterrole hidden --verb=get,create,patch,delete --resource=secrets >/dev/null
there create clusterrolebinding narrow --clusterrole=narrow --serviceaccount=kube-system:argocd-manager >/dev/null
there create clusterrolebinding hidden --clusterrole=hidden --serviceaccount=kube-system:argocd-manager >/dev/null
described=$(kubectl get secret -n argocd -l argocd.argoproj.io/secret-type=cluster -o name)
kubectl patch "$described" -n argocd --type merge -p '{"stringData": {"note": "its watches begin anew"}}' >/dev/null
kubectl delete application shop --timeout=600s >/dev/null
check "what cannot be listed goes with the Application, too" 1 "not found" there get secret login -n shop
application >/dev/null
soon "it comes once more" '{.status.sync.status}=Synced' application/shop
there delete clusterrolebinding hidden >/dev/null
kubectl delete application shop --timeout=600s >/dev/null
check "what cannot be read stays" 0 "secret/login" there get secret login -n shop -o name
left() { kubectl get events --field-selector reason=ResourcesLeft -o 'jsonpath={.items[*].message}' | grep -q "/Secret/shop/login.*forbidden"; }
until_true "and that is told" left
stop_spoke TERM
echo "1..$count"
