#!/bin/sh
# rego_fmt: what `pave rego fmt` does to files, and how it exits.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
case ${PAVE:=build/debug/pave} in /*) ;; *) PAVE=$PWD/$PAVE ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
n=0 bad=0
is() { # NAME HAVE WANT
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		bad=1
		echo "not ok $n - $1"
		printf 'have: %s\nwant: %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}
mkdir p
printf 'package a\n\nx := 1\n' >p/good.rego
printf 'package b\nx:=1\n' >p/loose.rego
printf '{"not": "touched" }' >p/data.json
chmod 640 p/loose.rego
said=$("$PAVE" rego fmt -l p)
is 'files that are not in form are listed' "$? $said" '0 p/loose.rego'
said=$("$PAVE" rego fmt -l --fail p)
is '--fail says so' "$? $said" '1 p/loose.rego'
is 'nothing is written unasked' "$(cat p/loose.rego)" "$(printf 'package b\nx:=1')"
is 'standard input is formed too' "$(printf 'package b\nx:=1' | "$PAVE" rego fmt)" "$(printf 'package b\n\nx := 1')"
"$PAVE" rego fmt -w p
is 'the new form is written' "$(cat p/loose.rego)" "$(printf 'package b\n\nx := 1')"
is 'the mode stays' "$(stat -c %a p/loose.rego)" 640
is 'documents are left alone' "$(cat p/data.json)" '{"not": "touched" }'
said=$("$PAVE" rego fmt -l --fail p)
is 'what is in form stays' "$? $said" '0 '
printf 'package c\nx := {\n' >p/broken.rego
printf 'package d\nx:=1\n' >p/last.rego
said=$("$PAVE" rego fmt -w p 2>&1)
is 'a broken module is told' "$? $said" "1 1 error occurred: p/broken.rego:3: rego_parse_error: unexpected eof token: expected a term"
is 'and the others are formed' "$(cat p/last.rego)" "$(printf 'package d\n\nx := 1')"
echo "1..$n"
exit $bad
