#!/bin/bash
# Real helms, as they are, against a fresh server: a chart with a definition, hooks, a look-up and a test is
# installed, upgraded, rolled back, fails to upgrade, and goes.  Speaks TAP.  PAVE names the program; HELMS (words) the clients.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
HELMS=${HELMS:-$(ls .cache/kubectl/*/helm 2>/dev/null)}
chart=tests/journeys/chart
if [ -z "$HELMS" ]; then
	echo "1..0 # SKIP no helm is here (tools/setup brings it)"
	exit 0
fi

start
export HELM_CACHE_HOME=$dir/cache HELM_CONFIG_HOME=$dir/config HELM_DATA_HOME=$dir/share

for helm in $HELMS; do
	version=$("$helm" version --template '{{.Version}}')
	wait="--wait --timeout 30s"
	ns=helm-${version//[^0-9]/-}
	h() { "$helm" --namespace "$ns" "$@"; }
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
		check "it is as it was" 0 1 field deployment/shop .status.readyReplicas
		check "history" 0 "Rollback to 1" h history shop
		check "get manifest" 0 "kind: Gauge" h get manifest shop
		check "test" 0 Succeeded h test shop --timeout 30s
		check "a second one of that name is refused" 1 "name" h install shop "$chart"
		check "a dry run with the server" 0 "MANIFEST" h install other "$chart" --dry-run=server
		check "uninstall" 0 "uninstalled" h uninstall shop $wait
		check "nothing of it is left" 4 "not found" "$PAVE" get -n "$ns" deployment/shop
		check "no release either" 1 "not found" h status shop
	}
done
echo "1..$count"
