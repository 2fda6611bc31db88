#!/bin/bash
# What has a time in it, under a clock that is set while the server runs: tokens, stamps, Events.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
[ -f "$library" ] || {
	echo "1..0 # SKIP no libfaketime (tools/setup installs it)"
	exit 0
}
set_clock() { echo "$1" >"$dir/new" && mv "$dir/new" "$dir/clock"; }
serve() { # FLAG...
	rm -f "$dir/out"
	env FAKETIME_TIMESTAMP_FILE="$dir/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$library" \
		"$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" "$@" >"$dir/out" 2>"$dir/err" &
	server=$!
	export KUBECONFIG=$dir/kubeconfig KUBECACHEDIR=$dir/cache
	until_true "it serves" grep -qs ready "$dir/out"
	url=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
}
at() { date -u -d "$1" +%Y-%m-%dT%H:%M:%S; }
knows() { # STATUS: what a request with the token is answered: 403 is known and may nothing, 401 is unknown
	[ "$(curl -sk -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$url/api/v1/secrets")" = "$1" ]
}

set_clock +0
serve --event-ttl 0s
until_true "the account of a namespace is there" kubectl get serviceaccount default
token=$(kubectl create token default --duration=30m)
until_true "its token counts" knows 403

set_clock +2h
until_true "two hours on, the token is over" knows 401

set_clock +0
until_true "right again: so does the token" knows 403

set_clock -2h
hours() { echo "$((($(date +%s) - $(date -d "$("$@")" +%s) + 1800) / 3600)) hours ago"; } # COMMAND...: prints a time
check "two hours back, what is made has the time that is" 0 "2 hours ago" hours kubectl create configmap early -o jsonpath='{.metadata.creationTimestamp}'
check "writes go on, at the next revision" 0 "labeled" kubectl label configmap early touched=yes
kubectl create -f - >/dev/null <<EOF
apiVersion: v1
kind: Event
metadata: {name: told}
involvedObject: {kind: Pod, name: p, namespace: default}
reason: Told
message: once
type: Normal
lastTimestamp: "$(at -2hours)Z"
EOF
check "an Event of that hour is there" 0 "told" kubectl get event told -o name

set_clock +0
kill "$server"
wait "$server"
serve --event-ttl 30m
gone() { ! kubectl get event told; }
until_true "started by the right clock, it is over" gone
echo "1..$count"
