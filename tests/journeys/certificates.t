#!/bin/bash
# Certificates are renewed while the server runs, and nobody who is connected notices: by a clock that is set.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
[ -f "$library" ] || {
	echo "1..0 # SKIP no libfaketime (tools/setup installs it)"
	exit 0
}
set_clock() { echo "$1" >"$dir/new" && mv "$dir/new" "$dir/clock"; }
timed() { # COMMAND...: by that clock; in a subshell (check, &), which it becomes
	exec env FAKETIME_TIMESTAMP_FILE="$dir/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$library" "$@"
}
shown() { # the certificate that a new connection is shown
	openssl s_client -connect "${url#https://}" </dev/null 2>/dev/null | openssl x509 -outform pem
}
admins() { sed -n 's/.*client-certificate-data: *//p' "$dir/kubeconfig" | tr -d '"' | base64 -d; }
days() { # MOMENT: how many of them behind it the certificate ends
	echo "$((($(date -u -d "$(openssl x509 -noout -enddate | cut -d= -f2)" +%s) - $(date -u -d "$1" +%s) + 43200) / 86400)) days"
}
is_another() { [ -n "$(shown)" ] && [ "$(shown)" != "$first" ] && [ "$(admins)" != "$first_admin" ]; }

set_clock +0
(timed "$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig") >"$dir/out" 2>"$dir/err" &
server=$!
export KUBECONFIG=$dir/kubeconfig
until_true "a server whose clock can be set" grep -q ready "$dir/out"
url=$(sed -n 's/.*server: *//p' "$dir/kubeconfig" | tr -d '"')
first=$(shown) first_admin=$(admins)
cp "$dir/kubeconfig" "$dir/old"
check "its certificate is good for a year" 0 "365 days" days now <<<"$first"
(timed "$PAVE" get configmaps --watch -o name) >"$dir/seen" 2>"$dir/watch.err" &
watch=$!
until_true "somebody watches" grep -q kube-root-ca.crt "$dir/seen"

set_clock +7d
check "a week later" 0 "default" timed "$PAVE" get namespaces
check "it is the same" 0 "$first" shown

set_clock +250d
until_true "after two thirds of its life there is another, and another of the administrator" is_another
check "which is good for a year from then" 0 "365 days" days "+250 days" < <(shown)
check "as is the administrator's" 0 "365 days" days "+250 days" < <(admins)
check "it names what the first one named" 0 "127.0.0.1" openssl x509 -noout -ext subjectAltName < <(shown)
check "by the same authority" 0 "OK" openssl verify -no_check_time -CAfile <(sed -n 's/.*certificate-authority-data: *//p' "$dir/kubeconfig" | tr -d '"' | base64 -d) <(shown)
check "the kubeconfig is nobody else's to read" 0 "600" stat -c %a "$dir/kubeconfig"
check "it is told" 0 "the server's certificate was renewed" cat "$dir/err"
check "the new kubeconfig is taken" 0 "default" timed "$PAVE" get namespaces
check "the old one too, as long as its own certificate is good" 0 "default" timed env KUBECONFIG="$dir/old" "$PAVE" get namespaces
check "a write by the one" 0 "later" timed "$PAVE" apply -f - <<'YAML'
{apiVersion: v1, kind: ConfigMap, metadata: {name: later, namespace: default}}
YAML
until_true "is seen by who has watched all the time" grep -q later "$dir/seen"
check "whose connection nobody ended" 0 "" kill -0 "$watch"

# Who has the old file is refused when its own certificate ends; a file that was taken away stays away.
set_clock +400d
check "the first year over, the old kubeconfig is refused" 3 "certificate" timed env KUBECONFIG="$dir/old" "$PAVE" get namespaces
check "the new one is not" 0 "default" timed "$PAVE" get namespaces
mv "$dir/kubeconfig" "$dir/moved"
first=$(shown)
set_clock +500d
renewed() { [ "$(grep -c "certificate was renewed" "$dir/err")" = 2 ]; }
until_true "renewed once more" renewed
check "the file that was taken away stays away" 1 "" test -e "$dir/kubeconfig"
kill "$watch" 2>/dev/null
wait "$watch"
echo "1..$count"
