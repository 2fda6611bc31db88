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
pave: --format: expected json with --partial and --coverage, found raw
TEXT
is 'unknowns want a partial evaluation' 2 "$PAVE" rego eval -u input 1 <<'TEXT'
pave: --unknowns: expected --partial beside it
TEXT

echo "1..$n"
exit $bad
