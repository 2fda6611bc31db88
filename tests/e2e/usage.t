#!/bin/sh
# usage: a command that is called wrongly says what it expected and exits with 2,
# with no server asked; help is found by every road to it.
cd "$(dirname "$0")/../.." || exit 1
pave=${PAVE:-build/debug/pave}
KUBECONFIG=/nonexistent
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
is 2 'expected files' render
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
is 4 'expected a current-context, found none' get pods --kubeconfig examples/tour/careless.yaml
echo "1..$n"
