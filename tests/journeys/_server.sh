# What the shell journeys share: a fresh server, and checks that speak TAP.  Sourced by them.
set -u
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

# start FLAG...: a server of its own; KUBECONFIG names it from then on.
start() {
	: >"$dir/out" # here, not by the redirection: what the last server said would be taken for this one's
	"$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" "$@" >"$dir/out" 2>"$dir/err" &
	server=$!
	for _ in $(seq 600); do
		grep -q ready "$dir/out" && break
		sleep 0.1 # sleeps: until it has started
	done
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

# until_true NAME COMMAND...: asks for at most ten seconds.
until_true() {
	local name=${version:+$version: }$1
	shift
	count=$((count + 1))
	for _ in $(seq 100); do
		if "$@" >/dev/null 2>&1; then
			echo "ok $count - $name"
			return
		fi
		sleep 0.1 # sleeps: until it comes true
	done
	echo "not ok $count - $name"
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
