#!/bin/sh
# runner.t: the end-to-end runner itself, on a stand-in for the server: a story
# that is true passes, and each kind of untruth is found.  Speaks TAP.
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
PAVE=$PWD/fake/pave
export PAVE
n=0 bad=0
cp -r fake/fixtures "$tmp/"
cp fake/good.pvt.in "$tmp/good.pvt"
check() { # NAME WANTED-EXIT WANTED-TEXT SCRIPT
	n=$((n + 1))
	said=$(./run "$4" 2>&1)
	code=$?
	if [ $code = "$2" ] && echo "$said" | grep -qF -- "$3"; then
		echo "ok $n - $1"
	else
		bad=1
		echo "not ok $n - $1"
		echo "exit $code, expected $2 and '$3'; it said:" "$said" | sed 's/^/# /'
	fi
}
untrue() { # NAME TEXT, script on standard input
	cat >"$tmp/bad.pvt"
	check "$1" 1 "$2" "$tmp/bad.pvt"
}
check "a true story passes" 0 "1..43" "$tmp/good.pvt"
export PAVE_PATIENCE=0.5 # for what never comes
sed 's/^wait cm\/a .data.k == v$/wait cm\/a .data.k == w/' fake/good.pvt.in >"$tmp/bad.pvt"
check "a wait in vain" 1 ".data.k is v, expected == w" "$tmp/bad.pvt"
untrue "an unknown verb" "unknown verb 'pause'" <<'END'
pause 5
END
untrue "a wrong status" "answer 404, expected 200" <<'END'
serve
http GET /nothing
END
untrue "an unexpected success" "it succeeded; expected an error" <<'END'
pave echo hello expect-error nope
END
untrue "another error than expected" "the error lacks 'nope'" <<'END'
pave fail hello expect-error nope
END
untrue "an unexpected failure" "exit 1, expected 0" <<'END'
pave fail hello
END
untrue "output that lacks the text" "the last output lacks" <<'END'
pave echo hello
expect goodbye
END
untrue "output that never has the text" "not within 0.5s: the last output lacks" <<'END'
pave echo hello
expect goodbye within 5s
END
untrue "output with a refuted text" "the last output has" <<'END'
pave echo hello
refute hell
END
untrue "a server that does not start" "no: disk" <<'END'
serve --broken disk
END
untrue "an object that stays" "cm/a is still there" <<'END'
serve
http PUT /api/v1/namespaces/default/configmaps/a
	{}
absent cm/a
END
FAKE_LEAK=1
export FAKE_LEAK
untrue "a server that ends with a leak" "the server ended with exit 7" <<'END'
serve
END
echo "1..$n"
exit $bad
