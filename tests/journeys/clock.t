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
check "a client by that clock is told what its clock says" 3 "certificate is not yet valid (this machine's clock says $(date -u -d -25hours +%Y-%m-%dT)" by -25h "$PAVE" get namespaces
check "and what to do" 3 "if that is wrong, set it" by -25h "$PAVE" get namespaces
check "as a Status, too" 3 '"reason":"Unauthorized"' by -25h "$PAVE" get namespaces -o json
check "a client whose clock is right is refused by the server" 3 "is not valid yet" "$PAVE" get namespaces

again -10m
check "ten minutes back: stamps only" 1 "" grep "authority" "$dir/err"
check "are of the future" 0 "the clock is behind what is stored" cat "$dir/err"
check "and it is served" 0 "default" by -10m "$PAVE" get namespaces

again +0
check "right again: nothing is said" 1 "" grep clock "$dir/err"
echo "1..$count"
