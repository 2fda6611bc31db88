#!/bin/sh
# rego_build: bundles as `opa build`, `sign` and `inspect` make and show them.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/_command.sh

mkdir -p policy/roles
cat >policy/authz.rego <<'REGO'
package authz

import data.roles

default allow := false

allow if roles[input.user] == "admin"
REGO
echo '{"ann": "admin"}' >policy/roles/data.json
echo '{"revision": "r1", "roots": ["authz", "roles"], "metadata": {"team": "web"}}' >policy/.manifest

is 'a bundle is built' 0 "$PAVE" rego build -b policy -e authz/allow </dev/null
is 'its files are those of opa build' 0 tar tzf bundle.tar.gz -P <<'WANT'
/data.json
/policy/authz.rego
/.manifest
WANT
is 'the manifest is kept, and says which Rego it is' 0 tar xzOfP bundle.tar.gz /.manifest <<'WANT'
{"revision":"r1","roots":["authz","roles"],"metadata":{"team":"web"},"rego_version":1}
WANT
is 'inspect shows what is in it' 0 "$PAVE" rego inspect bundle.tar.gz <<'WANT'
MANIFEST:
┌──────────────┬────────────────┐
│    FIELD     │     VALUE      │
├──────────────┼────────────────┤
│ Revision     │ r1             │
│ Rego Version │ 1              │
│ Roots        │ authz          │
│              │ roles          │
│ Metadata     │ {"team":"web"} │
└──────────────┴────────────────┘
NAMESPACES:
┌────────────┬────────────────────┐
│ NAMESPACE  │        FILE        │
├────────────┼────────────────────┤
│ data       │ /data.json         │
│ data.authz │ /policy/authz.rego │
└────────────┴────────────────────┘
WANT
is 'eval reads it' 0 "$PAVE" rego eval -b bundle.tar.gz -f raw data.roles.ann <<'WANT'
admin
WANT
is 'deps shows what a query reads' 0 "$PAVE" rego deps -b bundle.tar.gz data.authz.allow <<'WANT'
┌────────────────┬───────────────────┐
│ BASE DOCUMENTS │ VIRTUAL DOCUMENTS │
├────────────────┼───────────────────┤
│ data.roles     │ data.authz.allow  │
│ input.user     │                   │
└────────────────┴───────────────────┘
WANT
is 'bench says what opa bench says' 0 sh -c "'$PAVE' rego bench -b bundle.tar.gz -f gobench 'data.authz.allow' | sed -E 's/[0-9.]+ (ns|B)/N \\1/g; s/\t *[0-9]+\t/\tN\t/; s/ +N/ N/g; s/\t /\t/g'" <<'WANT'
BenchmarkOPAEval	N	N ns/op	N B/op
WANT
is 'nothing is measured that is undefined' 1 "$PAVE" rego bench -b bundle.tar.gz data.authz.none <<'WANT'
pave: undefined result: nothing was measured that counts (--fail=false)
WANT
is 'an entry point must be there' 1 "$PAVE" rego build -b policy -e authz/deny <<'WANT'
pave: entrypoint "authz/deny" does not refer to a rule or policy decision
WANT
is 'WebAssembly is refused by name' 1 "$PAVE" rego build -t wasm policy <<'WANT'
pave: --target: wasm is not supported, only rego
WANT

mkdir said
cat >said/a.rego <<'REGO'
# METADATA
# title: Shop
# authors:
# - Ann <ann@example.com>
# - name: Bob
# related_resources:
# - https://example.com
# - ref: https://e.org
#   description: more
package shop

# METADATA
# entrypoint: true
# schemas:
# - input: schema.input
# - data.acl: {type: string}
allow if input.x

# METADATA
# description: the denials
# custom: {list: [1, 2], severity: high}
deny.all[input.y] contains 1
REGO
is 'inspect shows what modules say of themselves' 0 "$PAVE" rego inspect -a said <<'WANT'
NAMESPACES:
┌───────────┬─────────────┐
│ NAMESPACE │    FILE     │
├───────────┼─────────────┤
│ data.shop │ said/a.rego │
└───────────┴─────────────┘
ANNOTATIONS:
Shop
====

Package:  shop
Location: said/a.rego:10
Scope: package

Authors:
 Ann <ann@example.com>
 Bob

Related Resources:
 https://example.com
 https://e.org       more

shop.allow
==========

Package:  shop
Rule:     allow
Location: said/a.rego:17
Scope: document
Entrypoint: true

Schemas:
 input:    schema.input
 data.acl: {"type":"string"}

shop.deny.all[input.y]
======================

the denials

Package:  shop
Rule:     deny.all[input.y]
Location: said/a.rego:22
Scope: rule

Custom:
 list:     [1,2]
 severity: "high"

WANT
said() {
	"$PAVE" rego inspect -a -f json said | tr -d ' \n' | sed 's/.*"annotations":\[{"ann/{"ann/'
	echo
}
is 'and as JSON' 0 said <<'WANT'
{"annotations":{"title":"Shop","authors":[{"name":"Ann","email":"ann@example.com"},{"name":"Bob"}],"related_resources":[{"ref":"https://example.com"},{"ref":"https://e.org","description":"more"}],"scope":"package"},"location":{"file":"said/a.rego","row":10,"col":1},"path":[{"type":"var","value":"data"},{"type":"string","value":"shop"}]},{"annotations":{"entrypoint":true,"schemas":[{"path":[{"type":"var","value":"input"}],"schema":[{"type":"var","value":"schema"},{"type":"string","value":"input"}]},{"path":[{"type":"var","value":"data"},{"type":"string","value":"acl"}],"definition":{"type":"string"}}],"scope":"document"},"location":{"file":"said/a.rego","row":17,"col":1},"path":[{"type":"var","value":"data"},{"type":"string","value":"shop"},{"type":"string","value":"allow"}]},{"annotations":{"description":"thedenials","custom":{"list":[1,2],"severity":"high"},"scope":"rule"},"location":{"file":"said/a.rego","row":22,"col":1},"path":[{"type":"var","value":"data"},{"type":"string","value":"shop"},{"type":"string","value":"deny"},{"type":"string","value":"all"}]}]}
WANT

is 'one module is told of, too' 0 "$PAVE" rego inspect said/a.rego <<'WANT'
NAMESPACES:
┌───────────┬─────────────┐
│ NAMESPACE │    FILE     │
├───────────┼─────────────┤
│ data.shop │ said/a.rego │
└───────────┴─────────────┘
WANT
is 'without a manifest' 0 "$PAVE" rego inspect -f json said/a.rego <<'WANT'
{
  "signatures_config": {},
  "namespaces": {
    "data.shop": [
      "said/a.rego"
    ]
  }
}
WANT
is 'which a folder has' 0 "$PAVE" rego inspect -f json said <<'WANT'
{
  "manifest": {
    "revision": "",
    "roots": [
      ""
    ]
  },
  "signatures_config": {},
  "namespaces": {
    "data.shop": [
      "said/a.rego"
    ]
  }
}
WANT

mkdir many
cp policy/authz.rego many
printf 'package lib\n\nused(x) := x + 1\n' >many/lib.rego
printf 'package other\n\ny := 1\n' >many/other.rego
printf 'package app\n\nimport data.lib\n\nx := lib.used(1)\n' >many/app.rego
is 'modules that no entry point reaches are left out' 0 "$PAVE" rego build -b many -o few.tar.gz -e app/x --prune-unused </dev/null
is 'and those that it reaches stay' 0 sh -c 'tar tzfP few.tar.gz | grep rego' <<'WANT'
/many/app.rego
/many/lib.rego
WANT
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem 2>/dev/null
openssl ec -in ec.pem -pubout -out ec.pub 2>/dev/null
is 'a bundle is signed by an elliptic curve' 0 "$PAVE" rego build -b policy -o ec.tar.gz --signing-key ec.pem --signing-alg ES256 </dev/null
is 'and taken' 0 "$PAVE" rego build -b ec.tar.gz -o again.tar.gz --verification-key ec.pub --signing-alg ES256 </dev/null

openssl genrsa -out key.pem 2048 2>/dev/null
openssl rsa -in key.pem -pubout -out public.pem 2>/dev/null
is 'a bundle is signed' 0 "$PAVE" rego build -b policy -o signed.tar.gz --signing-key key.pem </dev/null
is 'and is taken by who has the public key' 0 "$PAVE" rego build -b signed.tar.gz -o again.tar.gz --verification-key public.pem </dev/null
is 'an unsigned one is not' 1 "$PAVE" rego build -b bundle.tar.gz -o again.tar.gz --verification-key public.pem <<'WANT'
pave: bundle bundle.tar.gz: bundle missing .signatures.json file
WANT
is 'a folder is signed in its place' 0 "$PAVE" rego sign --bundle policy --signing-key key.pem -o policy </dev/null
echo '{"ann": "admin", "eve": "admin"}' >policy/roles/data.json
is 'what was changed afterwards is found out' 0 sh -c "'$PAVE' rego build -b policy -o again.tar.gz --verification-key public.pem 2>&1 | sed 's/(want.*/(...)/'" <<'WANT'
pave: bundle policy: roles/data.json: digest mismatch (...)
WANT
mkdir -p plans/more rules
cat >rules/plan.rego <<'REGO'
package plan

deny contains msg if {
	some r in input.resources
	r.public
	msg := sprintf("%s is public", [r.name])
}

broken := x if {
	some x in input.resources
}
REGO
echo '{"resources": [{"name": "a", "public": true}, {"name": "b"}]}' >plans/bad.json
echo 'resources: [{name: c}]' >plans/more/good.yaml
echo 'no input' >plans/notes.txt
echo '{' >broken.json
decide() {
	"$PAVE" rego exec -b rules "$@" | sed -E 's/"[0-9a-f]{8}-[-0-9a-f]{27}"/"ID"/' | tr -d ' \n'
}
is 'exec decides for each file' 0 decide --decision plan/deny plans <<'WANT'
{"result":[{"decision_id":"ID","path":"plans/bad.json","result":["aispublic"]},{"decision_id":"ID","path":"plans/more/good.yaml","result":[]}]}
WANT
is 'and tells which has no decision, or fails' 0 decide --decision plan.broken plans/more/good.yaml plans/bad.json broken.json <<'WANT'
{"result":[{"decision_id":"ID","path":"plans/more/good.yaml","result":{"name":"c"}},{"path":"plans/bad.json","error":{"code":"eval_conflict_error","message":"rules/plan.rego:9:eval_conflict_error:completerulesmustnotproducemultipleoutputs"}},{"path":"broken.json","error":{"message":"broken.json:2:1:invalidJSON:expectedakeyindoublequotes,foundtheendofthetext"}}]}
WANT
is 'a document that is not there is undefined' 0 decide --decision plan/none plans/bad.json <<'WANT'
{"result":[{"path":"plans/bad.json","error":{"code":"opa_undefined_error","message":"plan/nonedecisionwasundefined"}}]}
WANT
code() {
	"$PAVE" rego exec -b rules "$@" >out.txt 2>&1
	echo $?
}
codes() {
	code --decision plan/deny --fail-non-empty plans
	code --decision plan/deny --fail-non-empty plans/more
	code --decision plan/deny --fail-defined plans/more
	code --decision plan/none --fail-defined plans
	code --decision plan/none --fail plans
}
is 'what fails is chosen' 0 codes <<'WANT'
1
0
1
0
1
WANT
is 'a decision is wanted' 2 "$PAVE" rego exec plans <<'WANT'
pave: --decision: expected the path of a rule, such as authz/allow
WANT

echo "1..$n"
exit $bad
