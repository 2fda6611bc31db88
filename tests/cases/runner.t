#!/bin/sh
# runner.t: the runner of cases itself: what is as wanted passes, what is not
# fails, and blessing writes what the program says.  Speaks TAP.
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
PAVE=$PWD/../e2e/fake/pave
export PAVE
n=0 bad=0
is() { # NAME HAVE WANT
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		bad=1
		echo "not ok $n - $1"
		echo "have: $2; want: $3" | sed 's/^/# /'
	fi
}
verdict() { ./run "$tmp/$1" | sed -n 's/^\(ok\|not ok\) 1 .*/\1/p'; }
make_case() { # NAME CMD
	mkdir -p "$tmp/$1"
	echo "$2" >"$tmp/$1/cmd"
}
make_case good "echo 'a b' c"
echo "a b c" >"$tmp/good/want.txt"
make_case wrong "echo a b c"
echo "a b d" >"$tmp/wrong/want.txt"
make_case fails "fail a"
echo "a" >"$tmp/fails/want.txt"
make_case refused "fail a"
echo "a" >"$tmp/refused/want.txt"
: >"$tmp/refused/want.err"
make_case accepted "echo a"
: >"$tmp/accepted/want.err"
make_case bare "echo a"
is "as wanted" "$(verdict good)" ok
is "other output" "$(verdict wrong)" "not ok"
is "an unexpected failure" "$(verdict fails)" "not ok"
is "a wanted failure" "$(verdict refused)" ok
is "an unexpected success" "$(verdict accepted)" "not ok"
is "nothing wanted" "$(verdict bare)" "not ok"
./run --bless "$tmp/wrong" "$tmp/bare" >/dev/null
is "blessed" "$(cat "$tmp/wrong/want.txt")" "a b c"
is "blessed for the first time" "$(verdict bare)" ok
echo "1..$n"
exit $bad
