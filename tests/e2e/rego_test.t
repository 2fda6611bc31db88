#!/bin/sh
# rego_test: `pave rego test` says what `opa test` says, and exits as it does.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/_command.sh

# tested ARGUMENT...: `pave rego test`, without durations.
tested() {
	told=$("$PAVE" rego test "$@" 2>&1)
	set -- $?
	printf '%s\n' "$told" | sed -E 's/ \([0-9.]+(µs|ms|s)\)$/ (T)/; s/"duration": [0-9]+/"duration": T/'
	return "$1"
}

cat >app.rego <<'END'
package app

allow if input.user == "root"

double(x) := x * 2
END
cat >app_test.rego <<'END'
package app_test

import data.app

test_root if app.allow with input as {"user": "root"}

test_root if not app.allow with input as {"user": "guest"}
END
is 'tests that pass are counted' 0 tested . <<'END'
PASS: 2/2
END
is 'tests of one name are two tests' 0 tested -v . <<'END'
app_test.rego:5:
data.app_test.test_root: PASS (T)
app_test.rego:7:
data.app_test.test_root#01: PASS (T)
--------------------------------------------------------------------------------
PASS: 2/2
END
cat >more_test.rego <<'END'
package more_test

import data.app

test_fails if {
	print("allowed:", app.allow)
	app.allow with input as {"user": "guest"}
}

test_conflict if clash == 1

clash := 1

clash := 2

todo_test_later if false

test_cases[note][n] if {
	some note, cases in {"even": [[1, 2], [2, 4]], "odd": [[1, 3]]}
	some n, c in cases
	app.double(c[0]) == c[1]
}
END
is 'what fails is told with what it printed, its cases and its error' 2 tested . <<'END'
more_test.rego:5:
data.more_test.test_fails: FAIL (T)

  allowed: <undefined>

more_test.rego:10:
data.more_test.test_conflict: ERROR (T)
  more_test.rego:14: eval_conflict_error: complete rules must not produce multiple outputs
more_test.rego:16:
data.more_test.todo_test_later: SKIPPED
more_test.rego:18:
data.more_test.test_cases: FAIL (T)
  odd: FAIL
    0: FAIL
--------------------------------------------------------------------------------
PASS: 4/8
FAIL: 2/8
SKIPPED: 1/8
ERROR: 1/8
END
is 'verbose says where' 2 tested -v -r test_fails . <<'END'
more_test.rego:5:
data.more_test.test_fails: FAIL (T)

  allowed: <undefined>

--------------------------------------------------------------------------------
FAILURES
--------------------------------------------------------------------------------
data.more_test.test_fails: FAIL (T)

  app.rego:3: data.app.allow fails at `input.user == "root"`
  app.rego:3: data.app.allow fails at `input.user == "root"`
  more_test.rego:7: data.more_test.test_fails fails at `app.allow with input as {"user": "guest"}`

--------------------------------------------------------------------------------
FAIL: 1/1
END
is 'a skipped test is a failure' 2 tested -r later . <<'END'
more_test.rego:16:
data.more_test.todo_test_later: SKIPPED
--------------------------------------------------------------------------------
SKIPPED: 1/1
END
is 'unless it is said to be none' 0 tested -z -r later . <<'END'
more_test.rego:16:
data.more_test.todo_test_later: SKIPPED
--------------------------------------------------------------------------------
SKIPPED: 1/1
END
is 'JSON has the same' 2 tested -f json -r test_cases . <<'END'
[
  {
    "location": {
      "file": "more_test.rego",
      "row": 18,
      "col": 1
    },
    "package": "data.more_test",
    "name": "test_cases",
    "fail": true,
    "duration": T,
    "sub_results": {
      "even": {
        "name": "even",
        "sub_results": {
          "0": {
            "name": "0"
          },
          "1": {
            "name": "1"
          }
        }
      },
      "odd": {
        "name": "odd",
        "fail": true,
        "sub_results": {
          "0": {
            "name": "0",
            "fail": true
          }
        }
      }
    }
  }
]
END
cat >slow_test.rego <<'END'
package slow_test

test_slow if count([1 | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000); i * j == 7]) == 0
END
is 'a test that takes too long is an error' 2 tested --timeout 1ms -r slow . <<'END'
slow_test.rego:3:
data.slow_test.test_slow: ERROR (T)
  slow_test.rego:3: eval_cancel_error: time limit reached: the policy takes more than 1ms of a processor
--------------------------------------------------------------------------------
ERROR: 1/1
END
printf 'package a["b.c"]["d\\"e"]\n\ntest_x if true\n' >dots_test.rego
is 'a package may have anything in its name' 0 tested dots_test.rego <<'END'
PASS: 1/1
END
rm dots_test.rego
printf 'package broken\n\np if x > 1\n' >broken.rego
is 'modules that do not compile are told, and exit 1' 1 tested broken.rego <<'END'
1 error occurred: broken.rego:3: rego_unsafe_var_error: var x is unsafe
END
rm broken.rego
cat >why_test.rego <<'REGO'
package why

test_sum if {
	x := 1 + 1
	trace("summed")
	x == 3
}
REGO
is 'what a failing test did is told' 2 tested --explain full why_test.rego <<'END'
why_test.rego:3:
data.why.test_sum: FAIL (T)
--------------------------------------------------------------------------------
FAILURES
--------------------------------------------------------------------------------
data.why.test_sum: FAIL (T)

  query:1             Enter data["why"]["test_sum"]
  query:1             | Eval data["why"]["test_sum"]
  why_test.rego:3     | Enter data.why.test_sum
  why_test.rego:4     | | Eval x := 1 + 1
  why_test.rego:5     | | Eval trace("summed")
  why_test.rego:5     | | Note "summed"
  why_test.rego:6     | | Eval x == 3
  why_test.rego:6     | | Fail x == 3
  query:1             | Fail data["why"]["test_sum"]

--------------------------------------------------------------------------------
FAIL: 1/1
END
is 'or only what it noted' 2 tested --explain notes why_test.rego <<'END'
why_test.rego:3:
data.why.test_sum: FAIL (T)
--------------------------------------------------------------------------------
FAILURES
--------------------------------------------------------------------------------
data.why.test_sum: FAIL (T)

  query:1             Enter data["why"]["test_sum"]
  why_test.rego:3     | Enter data.why.test_sum
  why_test.rego:5     | | Note "summed"

--------------------------------------------------------------------------------
FAIL: 1/1
END
rm why_test.rego
printf 'package often\n\ntest_rare if rand.intn("x", 100) > 0\n' >often_test.rego
is 'a test runs as often as is asked, until it fails' 2 tested --count 5000 often_test.rego <<'END'
often_test.rego:3:
data.often.test_rare: FAIL (T)
--------------------------------------------------------------------------------
FAIL: 1/1
END
is 'no test to run may be a failure' 1 tested --fail-on-empty -r nothing often_test.rego <<'END'
no tests were run
END
printf 'package typed\n\ntest_x if input.nme == 1\n' >typed_test.rego
echo '{"type": "object", "additionalProperties": false, "properties": {"name": {"type": "string"}}}' >schema.json
is 'tests are held to a schema' 0 sh -c "'$PAVE' rego test -s schema.json typed_test.rego | head -n 1" <<'END'
1 error occurred: typed_test.rego:3: rego_type_error: undefined ref: input.nme
END
rm often_test.rego typed_test.rego schema.json
echo "1..$n"
exit $bad
