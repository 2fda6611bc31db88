#!/bin/sh
# usage: a command that is called wrongly says what it expected and exits with 2,
# with no server asked; help is found by every road to it.
cd "$(dirname "$0")/../.." || exit 1
pave=${PAVE:-build/debug/pave}
KUBECONFIG=/dev/null/none
export KUBECONFIG
n=0

# is CODE TEXT ARGUMENT...
is() {
	code=$1 text=$2
	shift 2
	n=$((n + 1))
	said=$("$pave" "$@" 2>&1)
	got=$?
	case $said in
	*"$text"*) [ $got -eq "$code" ] && echo "ok $n - pave $*" && return ;;
	esac
	printf 'not ok %d - pave %s\n# wanted %s and "%s", got %s and:\n' $n "$*" "$code" "$text" $got
	printf '%s\n' "$said" | sed 's/^/# /'
}

is 2 'expected objects to apply' apply
is 2 '--dry-run: expected server' apply --dry-run=client
is 2 'expected bash, zsh or fish, found tcsh' completion tcsh
is 2 '--output: expected json' get pods -o xml
is 2 'expected a kind' get
is 1 'no type "nosuch"' cel eval -d x:nosuch x
is 1 "<input>:1:3: no such overload: '_+_' applied to '(int, string)'" cel eval -v x=1 'x + "a"'
is 2 'expected files' render
# JSON is told of as JSON, where it is wrong; the second document of a stream, too.
bad=${TMPDIR:-/tmp}/usage.$$.json
printf '{"a": 1,\n "b": }' >"$bad"
is 1 "$bad:2:7: invalid JSON: expected a value" apply -f "$bad"
printf '{"kind": "List", "items": []}\n{"a":\n  [1,}' >"$bad"
is 1 "$bad:3:6: invalid JSON" render "$bad"
rm "$bad"
n=$((n + 1))
case $(printf ' {"a": 1,\n "b": }' | "$pave" apply -f - 2>&1) in
*'standard input:2:7: invalid JSON'*) echo "ok $n - standard input that begins with {" ;;
*) echo "not ok $n - standard input that begins with {" ;;
esac
is 2 'expected one query' rego eval
is 2 '--format: expected' rego eval -f nope 1
is 2 'expected at least one file' health
is 2 'expected at least one file or folder' catalog validate
is 2 '--listen: expected HOST:PORT' serve --listen nowhere
is 2 'serve takes no arguments' serve now
is 2 'unknown command "catalog": expected one of catalog validate' catalog
is 2 'unknown command "rego eva": did you mean "rego eval"?' rego eva
is 2 'unknown command "catlog validate": did you mean "catalog validate"?' catlog validate x
is 2 'unknown command "rego": expected one of rego eval, rego bench' rego
is 2 'unknown command "srve": did you mean "serve"?' srve
is 2 'expected one of serve,' zzzzz
is 2 'unknown option --nope' get --nope
is 2 'unknown option --outptu; did you mean --output?' get --outptu
is 2 '--watch: expected true or false, found "yes"' get pods --watch=yes
is 0 'client: pave ' version --client=true
is 0 'server: none' version --client=false
is 0 'usage: pave get ' help get
is 0 'usage: pave rego eval ' help rego eval
is 0 'usage: pave rego COMMAND' rego --help
is 0 '  rego bench ' help rego
is 0 'usage: pave catalog COMMAND' catalog -h
is 2 'expected a host in front of ":0": 127.0.0.1' serve --listen :0
is 0 'client: pave ' --version
is 0 '"paveVersion":' version --client -o json
is 2 '--output: expected json' version -o wide
is 2 '--output: expected json, yaml or jsonpath=TEMPLATE, found "name"' why pod/x -o name
is 4 'expected a current-context, found none' get pods --kubeconfig examples/tour/careless.yaml

# Help of every command fits a terminal, shows the command at work, and aligns its options.
"$pave" --help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p' >"${TMPDIR:-/tmp}/verbs.$$"
while read -r verb; do
	n=$((n + 1))
	# shellcheck disable=SC2086
	said=$("$pave" $verb --help)
	if ! printf '%s\n' "$said" | awk 'length > 120 { exit 1 }'; then
		echo "not ok $n - help of $verb: a line is longer than 120 characters"
	elif ! printf '%s\n' "$said" | sed 1d | grep -q "pave $verb"; then
		echo "not ok $n - help of $verb: no example"
	elif printf '%s\n' "$said" | sed '1,/^options:/d' | grep -Ev '^  (-[A-Za-z], |    )--[a-z]|^ {34}[^ ]|^(not supported, and why:)?$'; then
		echo "not ok $n - help of $verb: options out of line"
	else
		echo "ok $n - help of $verb"
	fi
done <"${TMPDIR:-/tmp}/verbs.$$"
rm "${TMPDIR:-/tmp}/verbs.$$"
n=$((n + 1))
[ $n -gt 50 ] && echo "ok $n - there are many" || echo "not ok $n - there are many"
echo "1..$n"
