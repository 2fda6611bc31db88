#!/bin/sh
# rego_eval: what `pave rego eval` prints beside values, as `opa eval` does.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/_command.sh

cat >p.rego <<'REGO'
package p

allow if input.role == data.role

allow if {
	data.role == "nobody"
	input.late
}
REGO
echo '{"role": "admin"}' >data.json

is 'what is left while the input is not known' 0 "$PAVE" rego eval -d p.rego -d data.json -p data.p.allow <<'JSON'
{
  "partial": {
    "queries": [
      [
        {
          "index": 0,
          "terms": [
            {
              "type": "ref",
              "value": [
                {
                  "type": "var",
                  "value": "eq"
                }
              ]
            },
            {
              "type": "ref",
              "value": [
                {
                  "type": "var",
                  "value": "input"
                },
                {
                  "type": "string",
                  "value": "role"
                }
              ]
            },
            {
              "type": "string",
              "value": "admin"
            }
          ]
        }
      ]
    ]
  }
}
JSON
echo '{"role": "guest"}' >input.json
is 'nothing is left: it does not hold, whatever data.other is' 0 "$PAVE" rego eval -d p.rego -d data.json -i input.json \
	--partial --unknowns data.other,data.another data.p.allow <<'JSON'
{
  "partial": {}
}
JSON
is 'it holds, whatever is not known' 0 "$PAVE" rego eval -d p.rego -d data.json -p -u input 'data.role == "admin"' <<'JSON'
{
  "partial": {
    "queries": [
      []
    ]
  }
}
JSON
echo '{"role": "admin"}' >input.json
is 'which lines ran' 0 "$PAVE" rego eval -d p.rego -d data.json -i input.json --coverage data.p.allow <<'JSON'
{
  "result": [
    {
      "expressions": [
        {
          "value": true,
          "text": "data.p.allow",
          "location": {
            "row": 1,
            "col": 1
          }
        }
      ]
    }
  ],
  "coverage": {
    "files": {
      "p.rego": {
        "covered": [
          {
            "start": {
              "row": 3
            },
            "end": {
              "row": 3
            }
          }
        ],
        "not_covered": [
          {
            "start": {
              "row": 5
            },
            "end": {
              "row": 7
            }
          }
        ],
        "covered_lines": 1,
        "not_covered_lines": 3,
        "coverage": 25
      }
    },
    "covered_lines": 1,
    "not_covered_lines": 3,
    "coverage": 25
  }
}
JSON
is 'neither is for other formats' 2 "$PAVE" rego eval -f raw -p 1 <<'TEXT'
pave: --format: expected json, pretty or source with --partial, found raw
TEXT
is 'nor is coverage' 2 "$PAVE" rego eval -f pretty --coverage 1 <<'TEXT'
pave: --format: expected json with --coverage, found pretty
TEXT
is 'source is of what is left' 2 "$PAVE" rego eval -f source 1 <<'TEXT'
pave: --format: source: expected --partial beside it
TEXT
is 'unknowns want a partial evaluation' 2 "$PAVE" rego eval -u input 1 <<'TEXT'
pave: --unknowns: expected --partial beside it
TEXT
is 'the same goes for what keeps rules apart' 2 "$PAVE" rego eval --disable-inlining data.p 1 <<'TEXT'
pave: --disable-inlining: expected --partial beside it
TEXT
is 'an explanation is of a kind' 2 "$PAVE" rego eval --explain loud 1 <<'TEXT'
pave: --explain: expected off, full, notes, fails or debug, found loud
TEXT
is 'a profile is sorted by a column' 2 "$PAVE" rego eval --profile --profile-sort name 1 <<'TEXT'
pave: --profile-sort: expected total_time_ns, num_eval, num_redo, num_gen_expr, file or line, found name
TEXT
is 'nothing else evaluates' 1 "$PAVE" rego eval -t wasm 1 <<'TEXT'
pave: --target: not supported: wasm; expected rego
TEXT
is 'a table shows the beginning of a value' 0 "$PAVE" rego eval -f pretty --pretty-limit 4 'x := "abcdef"' <<'TEXT'
┌─────────┐
│    x    │
├─────────┤
│ "abc... │
└─────────┘
TEXT

cat >lines.rego <<'REGO'
package lines

found if {
	some x in input.list
	x > 2
}
REGO
profile() {
	echo '{"list": [1, 2, 3]}' |
		"$PAVE" rego eval -I -d lines.rego --profile --profile-sort line data.lines.found |
		python3 -c 'import json, sys
d = json.load(sys.stdin)
for c in d["profile"]:
    print(c["location"]["file"] or "query", c["location"]["row"], c["num_eval"], c["num_redo"], c["num_gen_expr"], c["total_time_ns"] > 0)
print(*sorted(d["metrics"]))'
}
is 'a profile counts what each line did' 0 profile <<'TEXT'
query 1 1 0 1 True
lines.rego 4 1 2 1 True
lines.rego 5 3 0 1 True
timer_rego_load_files_ns timer_rego_module_compile_ns timer_rego_query_eval_ns
TEXT
keep() {
	"$PAVE" rego eval -d lines.rego -p "$@" data.lines.found |
		python3 -c 'import json, sys
p = json.load(sys.stdin)["partial"]
print(len(p["queries"][0]), [r["head"]["name"] for m in p.get("modules", []) for r in m["rules"]])'
}
is 'rules that are named are kept apart' 0 keep --disable-inlining data.lines <<'TEXT'
1 ['found']
TEXT
is 'or all are' 0 keep --shallow-inlining <<'TEXT'
1 ['found']
TEXT
is 'the query may come from elsewhere' 0 sh -c 'echo 1 + 1 | "$1" rego eval -f raw --stdin' - "$PAVE" <<'TEXT'
2
TEXT

mkdir -p tree/sub
printf 'package a.b\n\nn := 3\n' >tree/a.rego
printf 'package lib\n\nf(x) := x + 1\n' >tree/lib.rego
printf 'package broken\n\nx := \n' >tree/sub/x_bad.rego
is 'a query names what a module would' 0 "$PAVE" rego eval -d tree --ignore '*_bad.rego' -f raw --package a.b --import data.lib --import data.lib.f 'x := f(n); y := lib.f(x); y' <<'TEXT'
true true 5
TEXT
is 'names in folders are left out, of bundles too' 0 "$PAVE" rego eval -b tree --ignore other,sub -f raw data.a.b.n <<'TEXT'
3
TEXT
is 'and of what is checked' 0 "$PAVE" rego check tree --ignore sub </dev/null
is 'nobody has what a package does not have' 2 "$PAVE" rego eval -d tree --ignore sub -f pretty --package nowhere n <<'TEXT'
1 error occurred: 1:1: rego_unsafe_var_error: var n is unsafe
TEXT
for query in n '[n]' '{"a": [n]}'; do
	is "a query gives out what it knows: $query" 2 "$PAVE" rego eval -f pretty "$query" <<'TEXT'
1 error occurred: 1:1: rego_unsafe_var_error: var n is unsafe
TEXT
done
is 'and is told where it does not' 2 "$PAVE" rego eval -f pretty 'x := 1; n' <<'TEXT'
1 error occurred: 1:9: rego_unsafe_var_error: var n is unsafe
TEXT
is 'the place of what cannot be read' 2 "$PAVE" rego eval -f pretty '[1, }]' <<'TEXT'
1 error occurred: 1:5: rego_parse_error: unexpected } token: expected a term
	[1, }]
	    ^
TEXT
is 'what is left of a query has whole paths' 1 "$PAVE" rego eval --partial --package a.b n <<'TEXT'
pave: --package, --import: not supported beside --partial; write whole paths
TEXT

# As OPA 1.20.2 answered, but that it has no names for what calls come to, and other columns and texts of errors.
cat >left.rego <<'REGO'
package l

default allow := false

allow if {
	input.user == "bob"
	input.role in data.roles
}

allow if input.user == "root"

q := to_number("x")

r := [to_number(x) | some x in ["2", "b"]]
REGO
echo '{"roles": ["admin"]}' >roles.json
is 'what is left, as Rego' 0 "$PAVE" rego eval -d left.rego -d roles.json -p -f source 'x = data.l.allow' <<'TEXT'
# Query 1
x = data.partial.l.allow

# Module 1
package partial.l

default allow := false

allow if {
	input.user = "bob"
	input.role in ["admin"]
}

allow if input.user = "root"
TEXT
is 'what is left, as a table' 0 "$PAVE" rego eval -d left.rego -d roles.json -p -f pretty 'data.l.allow == true' <<'TEXT'
┌─────────┬─────────────────────────┐
│ Query 1 │ input.user = "bob"      │
│         │ input.role in ["admin"] │
├─────────┼─────────────────────────┤
│ Query 2 │ input.user = "root"     │
└─────────┴─────────────────────────┘
TEXT
is 'operators between their operands' 0 "$PAVE" rego eval -p -f source \
	'input.x == 1 + input.y * 3; (input.x + 1) * 3 > 2; input["a b"].c[0] == "x"; not input.z' <<'TEXT'
# Query 1
__local2__ = input.y * 3
__local3__ = 1 + __local2__
input.x = __local3__
__local6__ = input.x + 1
__local7__ = __local6__ * 3
__local7__ > 2
input["a b"].c[0] = "x"
not input.z
TEXT
is 'nothing can be left' 0 "$PAVE" rego eval -p -f pretty '1 == 2' <<'TEXT'
undefined
TEXT
is 'or whatever is unknown' 0 "$PAVE" rego eval -p -f pretty '1 == 1' <<'TEXT'
┌─────────┬──┐
│ Query 1 │  │
└─────────┴──┘
TEXT
is 'errors of builtins, beside the result' 0 "$PAVE" rego eval -d left.rego --show-builtin-errors data.l.r <<'JSON'
{
  "errors": [
    {
      "message": "to_number: operand 1 invalid syntax: b",
      "code": "eval_builtin_error",
      "location": {
        "file": "left.rego",
        "row": 14,
        "col": 22
      }
    }
  ],
  "result": [
    {
      "expressions": [
        {
          "value": [
            2
          ],
          "text": "data.l.r",
          "location": {
            "row": 1,
            "col": 1
          }
        }
      ]
    }
  ]
}
JSON
is 'and in its place' 1 "$PAVE" rego eval -d left.rego --show-builtin-errors --fail -f pretty data.l.q <<'TEXT'
1 error occurred: left.rego:12: eval_builtin_error: to_number: operand 1 invalid syntax: x
TEXT
is 'not beside the first of them' 2 "$PAVE" rego eval --show-builtin-errors --strict-builtin-errors 1 <<'TEXT'
pave: --show-builtin-errors: expected no --strict-builtin-errors, which ends at the first
TEXT
is 'a result that nobody wants' 0 "$PAVE" rego eval -f discard false <<'JSON'
{
  "result": "discarded"
}
JSON
is 'nor nothing' 0 "$PAVE" rego eval -f discard data.nope <<'JSON'
{}
JSON
is 'whole numbers are whole to sprintf, however they came' 0 "$PAVE" rego eval -f raw \
	'sprintf("%d|%v|%T|%d|%f", [3.0, 1.5 * 2, 6 / 2, 65.0, 1.5])' <<'TEXT'
3|3|int64|65|1.500000
TEXT
printf 'package a\n\np := 1;\n' >broken.rego
is 'what does not parse is told of as loading' 1 "$PAVE" rego check broken.rego <<'TEXT'
1 error occurred during loading: broken.rego:4: rego_parse_error: unexpected eof token
	p := 1;
	      ^
TEXT

echo "1..$n"
exit $bad
