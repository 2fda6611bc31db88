# What the shell journeys share: a fresh server, and checks that speak TAP.  Sourced by them.
set -u
PATIENCE=${PAVE_PATIENCE:-120} # seconds; as in tests/e2e/patience.py
PAVE=${PAVE:-build/release/pave}
dir=$(mktemp -d)
count=0
server=
version=

finish() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server"
	rm -rf "$dir"
}
trap finish EXIT

# started FILE: waits until a server that writes there is ready, or has ended.
started() {
	while ! grep -qs ready "$1" && kill -0 "$server" 2>/dev/null; do
		sleep 0.05 # sleeps: until it has started
	done
	grep -qs ready "$1" || sed 's/^/# /' "$dir/err"
}

# start FLAG...: a server of its own; KUBECONFIG names it from then on.
start() {
	: >"$dir/out" # here, not by the redirection: what the last server said would be taken for this one's
	"$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" "$@" >"$dir/out" 2>"$dir/err" &
	server=$!
	started "$dir/out"
	export KUBECONFIG=$dir/kubeconfig KUBECACHEDIR=$dir/cache
}

# check NAME WANTED-CODE TEXT COMMAND...: runs it; its exit code and output are as wanted.
check() {
	local name=${version:+$version: }$1 code=$2 text=$3 out got
	shift 3
	out=$("$@" 2>&1)
	got=$?
	count=$((count + 1))
	if [ "$got" = "$code" ] && [[ "$out" == *"$text"* ]]; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		printf '# exit %s, wanted %s with "%s" in:\n%s\n' "$got" "$code" "$text" "$(printf '%s' "$out" | head -20 | sed 's/^/#   /')"
	fi
}

# until_true NAME COMMAND...: asks until it is true, or patience ends.
until_true() {
	local name=${version:+$version: }$1 end=$((SECONDS + PATIENCE))
	shift
	count=$((count + 1))
	until "$@" >"$dir/asked" 2>&1; do
		if [ $SECONDS -gt $end ]; then
			echo "not ok $count - $name"
			echo "# still untrue: $*"
			head -20 "$dir/asked" | sed 's/^/#   /'
			return
		fi
		sleep 0.05 # sleeps: until it comes true
	done
	echo "ok $count - $name"
}

# brought PROGRAM: every kubectl or helm whose package tests/package.json names is in .cache/kubectl: without them a
# journey would pass having tried nothing.
brought() {
	local minor missing=
	version=
	for minor in $(sed -n 's/.*lambda-layer-kubectl-v\([0-9]*\)".*/\1/p' tests/package.json); do
		[ -x ".cache/kubectl/1.$minor/$1" ] || missing="$missing 1.$minor"
	done
	check "tools/setup has brought every $1" 0 "missing: none" echo "missing:${missing:- none}"
}
