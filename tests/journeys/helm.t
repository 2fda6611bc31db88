#!/bin/bash
# Real helms, as they are, against a fresh server: a chart with a definition, hooks, a look-up and a test is
# installed, upgraded, rolled back, fails to upgrade, and goes.  Speaks TAP.  PAVE names the program; HELMS (words) the clients.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
# helms: the newest of each 3.17, 4.1, ...
helms() {
	local one release
	for one in $(ls -v .cache/kubectl/*/helm 2>/dev/null); do
		release=$("$one" version --template '{{.Version}}')
		echo "$release ${release%.*} $one"
	done | sort -rV | awk '!seen[$2]++ { print $3 }'
}
HELMS=${HELMS:-$(helms)}
chart=tests/journeys/chart

start
brought helm
export HELM_CACHE_HOME=$dir/cache HELM_CONFIG_HOME=$dir/config HELM_DATA_HOME=$dir/share

for helm in $HELMS; do
	version=$("$helm" version --template '{{.Version}}')
	wait="--wait --timeout 600s"
	ns=helm-${version//[^0-9]/-}
	h() { "$helm" --namespace "$ns" "$@"; }
	ready() { [ "$(field "deployment/$1" .status.readyReplicas)" = "$2" ]; }
	field() { "$PAVE" get -n "$ns" "$1" -o "jsonpath={$2}"; }

	# shellcheck disable=SC2086 # words
	{
		check "install" 0 "STATUS: deployed" h install shop "$chart" --create-namespace $wait
		check "the definition came first, its object is there" 0 10 field gauges/shop .spec.limit
		check "the server's version is known" 0 v1. field configmap/shop-settings .data.cluster
		check "the hook has run" 0 1 field job/shop-migrate .status.succeeded
		check "upgrade" 0 "has been upgraded" h upgrade shop "$chart" --set replicas=3,limit=20 $wait
		check "what it says is so" 0 "3 20" sh -c "'$PAVE' get -n $ns deployment/shop -o 'jsonpath={.status.readyReplicas}'; printf ' '; '$PAVE' get -n $ns gauges/shop -o 'jsonpath={.spec.limit}'"
		check "lookup answered" 0 "cluster" field configmap/shop-settings .data.before
		check "an upgrade that breaks a schema says which field" 1 "spec.limit" h upgrade shop "$chart" --set limit=-1
		check "list" 0 failed h list --failed
		check "rollback" 0 "Rollback was a success" h rollback shop 1 $wait
		until_true "it is as it was" ready shop 1
		check "history" 0 "Rollback to 1" h history shop
		check "get manifest" 0 "kind: Gauge" h get manifest shop
		check "test" 0 Succeeded h test shop --timeout 600s
		check "a second one of that name is refused" 1 "name" h install shop "$chart"
		[[ $version == v3.12.* ]] || # which knows none
			check "a dry run with the server" 0 "MANIFEST" h install other "$chart" --dry-run=server
		check "uninstall" 0 "uninstalled" h uninstall shop $wait
		check "nothing of it is left" 4 "not found" "$PAVE" get -n "$ns" deployment/shop
		check "no release either" 1 "not found" h status shop
	}
done

# Charts that people install, as they are, with the newest helm: they lie beside the project, and are tried if they do.
helm=${HELMS%%[[:space:]]*}
charts=${PAVE_CONFORMANCE:-../shared/conformance}/delivery/charts
for path in "$charts"/{podinfo,external-secrets,argo-rollouts,prometheus}; do
	[ -d "$path" ] || continue
	ns=${path##*/}
	version=$ns
	h() { "$helm" --namespace "$ns" "$@"; }
	check "install" 0 "STATUS: deployed" h install real "$path" --create-namespace --wait --timeout 600s
	check "upgrade" 0 "has been upgraded" h upgrade real "$path" --set commonLabels.seen=yes --wait --timeout 600s
	check "rollback" 0 "Rollback was a success" h rollback real 1 --wait --timeout 600s
	check "list: it is the third revision" 0 '"revision":"3"' h list --output json
	check "uninstall" 0 "uninstalled" h uninstall real --wait --timeout 600s
	check "nothing of it is left" 0 "items: []" "$PAVE" get -n "$ns" deployments -o yaml
done
echo "1..$count"
