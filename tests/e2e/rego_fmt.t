#!/bin/sh
# rego_fmt: what `pave rego fmt` does to files, and how it exits.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/_command.sh

mkdir p
printf 'package a\n\nx := 1\n' >p/good.rego
printf 'package b\nx:=1\n' >p/loose.rego
printf '{"not": "touched" }' >p/data.json
chmod 640 p/loose.rego

is 'files that are not in form are listed' 0 "$PAVE" rego fmt -l p <<'END'
p/loose.rego
END
is '--fail says so' 1 "$PAVE" rego fmt -l --fail p <<'END'
p/loose.rego
END
is 'nothing is written unasked' 0 cat p/loose.rego <<'END'
package b
x:=1
END
is 'standard input is formed too' 0 sh -c "'$PAVE' rego fmt <p/loose.rego" <<'END'
package b

x := 1
END
is 'files are written' 0 "$PAVE" rego fmt -w p </dev/null
is 'in the new form' 0 cat p/loose.rego <<'END'
package b

x := 1
END
is 'the mode stays' 0 stat -c %a p/loose.rego <<'END'
640
END
is 'documents are left alone' 0 cat p/data.json <<'END'
{"not": "touched" }
END
is 'what is in form stays' 0 "$PAVE" rego fmt -l --fail p </dev/null
printf 'package c\nx := {\n' >p/broken.rego
printf 'package d\nx:=1\n' >p/last.rego
is 'a broken module is told' 1 "$PAVE" rego fmt -w p <<'END'
1 error occurred: p/broken.rego:3: rego_parse_error: unexpected eof token: expected a term
	x := {
	     ^
END
is 'and the others are formed' 0 cat p/last.rego <<'END'
package d

x := 1
END
is 'what comes out is read once more' 0 sh -c "printf 'package e\nx=1{true}\n' | '$PAVE' rego fmt --v0-v1 --check-result" <<'END'
package e

import rego.v1

x := 1
END
is 'capabilities are the current ones' 0 sh -c "'$PAVE' rego capabilities --current | head -n 2" <<'END'
{
  "builtins": [
END
echo "1..$n"
exit $bad
