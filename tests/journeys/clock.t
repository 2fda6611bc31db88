#!/bin/bash
# A clock that was put back: what the server says at its start, and what a client is told.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
[ -f "$library" ] || {
	echo "1..0 # SKIP no libfaketime (tools/setup installs it)"
	exit 0
}
by() { # OFFSET COMMAND...: by a clock that is off by that; in a subshell (check, &), which it becomes
	exec env FAKETIME="$1" FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$library" "${@:2}"
}
again() { # OFFSET: the server starts again, by another clock
	kill "$server"
	wait "$server"
	rm "$dir/out"
	by "$1" "$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" >"$dir/out" 2>"$dir/err" &
	server=$!
	until_true "it starts, $1" grep -q ready "$dir/out"
}

start
until_true "the node's lease is there" "$PAVE" get lease -n kube-node-lease -o name
check "nothing is said of a clock that is right" 1 "" grep clock "$dir/err"

again -25h
check "25 hours back: the authority begins in the future" 0 "the clock is behind this server's authority" cat "$dir/err"
check "with both times, and what follows" 0 "certificates are refused" cat "$dir/err"
check "and so do stamps" 0 "the clock is behind what is stored" cat "$dir/err"
check "what to do" 0 "set the clock and start again" cat "$dir/err"
hour() { # COMMAND...: what it says, with how many hours ago the clock is that it names
	local said at code
	said=$("$@" 2>&1)
	code=$?
	at=$(sed -n "s/.*clock says \([0-9T:-]*Z\).*/\1/p" <<<"$said")
	echo "${said/"$at"/$((($(date +%s) - $(date -d "$at" +%s) + 1800) / 3600)) hours ago}"
	return $code
}
check "a client by that clock is told what its clock says" 3 "certificate is not yet valid (this machine's clock says 25 hours ago" hour env FAKETIME=-25h FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$library" "$PAVE" get namespaces
check "and what to do" 3 "if that is wrong, set it" by -25h "$PAVE" get namespaces
check "as a Status, too" 3 '"reason":"Unauthorized"' by -25h "$PAVE" get namespaces -o json
check "a client whose clock is right is refused by the server" 3 "is not valid yet" "$PAVE" get namespaces

again -2h
check "two hours back: stamps only" 1 "" grep "authority" "$dir/err"
check "are of the future" 0 "the clock is behind what is stored" cat "$dir/err"
check "and it is served" 0 "default" by -2h "$PAVE" get namespaces

again +0
check "right again: nothing is said" 1 "" grep clock "$dir/err"

# A clock that goes back while the server runs.
kill "$server"
wait "$server"
rm "$dir/out"
set_clock() { echo "$1" >"$dir/new" && mv "$dir/new" "$dir/clock"; }
set_clock +0
env FAKETIME_TIMESTAMP_FILE="$dir/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$library" \
	"$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" >"$dir/out" 2>"$dir/err" &
server=$!
until_true "a server whose clock can be set" grep -q ready "$dir/out"
kubectl create deployment web --image=registry.example/web:1 --replicas=2 >/dev/null
check "a Deployment runs" 0 "successfully rolled out" kubectl rollout status deployment/web --timeout=600s
set_clock -1h
check "an hour back, its Pods are touched" 0 "labeled" kubectl label pod --all touched=yes
kubectl annotate deployment web touched=yes >/dev/null
before=$(date -u -d -30min +%Y-%m-%dT%H:%M:%S)
early() { [ "$(kubectl get pods -o jsonpath='{range .items[*]}{.status.startTime}{"\n"}{end}' | awk -v before="$before" '$1 < before' | wc -l)" = 2 ]; }
until_true "the node has looked at them" early
check "both run" 0 "2/2" kubectl get deployment web
check "and are ready" 0 "True True" kubectl get pods -o jsonpath='{.items[*].status.conditions[?(@.type=="Ready")].status}'
check "what is made now runs, too" 0 "successfully rolled out" sh -c 'kubectl scale deployment web --replicas=3 && kubectl rollout status deployment/web --timeout=600s'

for i in $(seq 300); do set_clock "-$((i % 2))h"; done &
flips=$!
while kill -0 "$flips" 2>/dev/null; do "$PAVE" get configmaps,pods,deployments,services >/dev/null; done
wait "$flips"
check "how long requests took is no matter of the clock" 0 "sane" sh -c 'kubectl get --raw /metrics | awk "/^pave_api_request_duration_seconds_sum/ && (\$NF < 0 || \$NF > 3000) {print; bad = 1} END {print bad ? \"mad\" : \"sane\"}"'
check "nor of /debug/turns" 0 "took" kubectl get --raw /debug/turns
check "where nothing took an hour" 1 "" sh -c 'kubectl get --raw /debug/turns | grep -E "\"took\":\"(-|[0-9]+h)"'
echo "1..$count"
