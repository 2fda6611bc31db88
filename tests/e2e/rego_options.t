#!/bin/sh
# Options that opa's commands have: capabilities restrict the builtins (as OPA 1.20.2 answered), and
# what is not supported is refused by name with its reason.  Speaks TAP.
PAVE=$(realpath "${PAVE:-build/debug/pave}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n=0 bad=0

# is NAME CODE WANTED COMMAND...: its exit code, and WANTED stands in what it says.
is() {
	n=$((n + 1)) name=$1 code=$2 wanted=$3
	shift 3
	said=$("$PAVE" rego "$@" 2>&1)
	got=$?
	case $got:$said in
	"$code:"*"$wanted"*) echo "ok $n - $name" ;;
	*)
		bad=1
		echo "not ok $n - $name"
		printf 'exit %s\n%s\n' "$got" "$said" | sed 's/^/# /'
		;;
	esac
}

cat >few.json <<'JSON'
{"builtins": [{"name": "eq"}, {"name": "count"}], "features": ["rego_v1"]}
JSON
echo '{"builtins": [{"name": "eq"}]}' >old.json
echo '{"builtins": {}}' >wrong.json
echo '{"type": "object", "properties": {"a": {"type": "string"}}}' >schema.json
printf 'package p\n\nx := upper("a")\n\ntest_x if x == "A"\n' >p.rego
is 'a builtin that is not listed is none' 2 '"undefined function upper"' eval --capabilities few.json 'upper("x")'
is 'and its operators neither' 2 'undefined function plus' eval --capabilities few.json '1 + 1'
is 'one that is listed is there' 0 3 eval --capabilities few.json -f raw 'count([1, 2, 3])'
is 'this version has all' 0 X eval --capabilities v1.20.2 -f raw 'upper("x")'
is 'modules of v1 want the feature' 2 'illegal capabilities: rego_v1 feature required for parsing v1 Rego' eval --capabilities old.json 1
is 'modules of v0 do not' 0 true eval --v0-compatible --capabilities old.json -f raw '1 = 1'
is 'another version is not held' 2 'found v0.30.0' eval --capabilities v0.30.0 1
is 'a file that holds something else' 2 'expected an object with a list of builtins' eval --capabilities wrong.json 1
is 'check' 1 'undefined function upper' check --capabilities few.json p.rego
is 'test' 1 'undefined function upper' test --capabilities few.json p.rego
is 'build' 1 'undefined function upper' build --capabilities few.json p.rego
is 'exec' 0 '"A"' exec --decision p/x --log-level=error --log-format json -b . few.json
is 'capabilities of a file' 0 '"name": "count"' capabilities --file few.json
is 'capabilities of a version' 0 '"name": "upper"' capabilities --version v1.20.2
is 'not of another' 1 'those of other versions are not held here' capabilities --version v0.30.0
is 'a schema counts for bench' 1 'undefined ref: input.b' bench -s schema.json --count 1 input.b
while read -r command option; do
	is "$command $option is refused with a reason" 1 ': not supported: ' "$command" "$option" x
done <<'TEXT'
eval --coverage-runs
eval --var-values
test --watch
bench --e2e
build --wasm-include-print
build --debug
fmt --capabilities
sign --signing-plugin
parse --json-include
run --h2c
run --watch
run -w
run --pprof
run --tls-cipher-suites
TEXT
printf 'package p\n\nx { true }\n' >v0.rego
printf 'package p\n\nx if { true }\n' >v1.rego
printf 'package p\n\nimport rego.v1\n\nx if { true }\n' >both.rego
is 'of both versions is what both take' 0 '' check --v0-v1 both.rego
is 'not what v1 refuses' 1 'v0.rego:3: rego_parse_error' check --v0-v1 v0.rego
is 'nor what v0 does' 1 'v1.rego:3: rego_parse_error' check --v0-v1 v1.rego
is 'a query is evaluated so often' 0 'aggregated_metrics' eval --count 3 --metrics -d p.rego data.p.x
is 'and told once' 0 'A' eval --count 3 -f raw -d p.rego data.p.x
is 'with the spread of what lines cost' 0 '│ Location' eval --count 2 --profile -f pretty -d p.rego data.p.x
is 'levels of optimization want an entry point' 2 'bundle optimizations require at least one entrypoint' eval -O 1 -d p.rego data.p.x
is 'that is there' 2 'entrypoint "p/y" does not refer to a rule' eval -f pretty -O 1 -e p/y -d p.rego data.p.x
is 'and change no result' 0 'A' eval -O 2 -e p/x -f raw -d p.rego data.p.x
is 'what partial evaluation takes is measured' 0 'BenchmarkOPAEval' bench -p -f gobench -d p.rego 'input.x == data.p.x'
is 'and what tests do' 0 'data.p.test_x	' test --bench p.rego
is 'by names of Go' 0 'BenchmarkDataPTestX	' test --bench -f gobench --benchmem=false p.rego
is 'and as JSON' 0 '"benchmark_result"' test --bench -f json p.rego
is 'a format of benchmarks is of none other' 2 '--format: gobench: expected --bench beside it' test -f gobench p.rego
is 'tests are sorted as JSON alone' 0 'warning: --sort is only supported with JSON format' test --sort duration p.rego
is 'by what took longest' 0 'test_x' test --sort duration -f json p.rego
is 'what changes no result is taken' 0 1 eval --disable-indexing --disable-early-exit --optimize-store-for-read-speed -f raw 1
is 'a target that is none' 1 '--target: not supported: wasm' test -t wasm p.rego

is 'help tells them apart' 0 'not supported, and why:' run --help
mkdir d
cp p.rego d
echo 'package p_test' >d/p_test.rego
echo 'package broken {' >d/broken.rego
is 'build leaves out files by pattern' 0 '' build --ignore '*_test.rego' --ignore broken.rego -o few.tar.gz d
is 'so they are not there' 0 1 eval -b few.tar.gz -f raw 'count(data)'
is 'deps leaves out files' 0 data.p.x deps --ignore broken.rego -d d data.p.x
echo 'data.p.x' >query
is 'bench reads a query from stdin' 0 '' bench --stdin -d p.rego <query

mkdir -p repo/chart
cp p.rego repo
printf 'kind: A\n---\nkind: B\n' >repo/two.yaml
echo 'kind: {{ .Values.kind }' >repo/chart/template.yaml
echo 'kind: C' >repo/one.yaml
echo 'kind: D' >repo/other.yaml
is 'check reads modules alone' 0 '' check repo repo/two.yaml
is 'below a schema, too' 0 '' check -s schema.json repo
is 'and knows what is not there' 1 'stat gone: no such file' check repo gone
cp d/broken.rego repo/chart
is 'and what is broken' 1 'repo/chart/broken.rego:1' check x:repo
rm repo/chart/broken.rego
is 'test tells which document it cannot read' 1 '1 error occurred: repo/chart/template.yaml:1:' test repo
rm -r repo/chart
is 'and which has more than one' 1 'repo/two.yaml:2:1: expected one YAML document' test repo
is 'so does eval' 2 '1 error occurred: repo/two.yaml:2:1: ' eval -f pretty -d repo data.p.x

# once COMMAND...: it tells its error once.
once() {
	n=$((n + 1))
	said=$("$PAVE" rego "$@" 2>&1 | grep -c 'unexpected')
	[ "$said" = 1 ] && echo "ok $n - once: $*" && return
	bad=1
	echo "not ok $n - $* tells its error $said times"
}
once bench data.
once deps data.
once build -o x.tar.gz d/broken.rego

echo "1..$n"
exit $bad
