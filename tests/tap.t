#!/bin/sh
# tests/tap, which runs every other test: what it shows of one that passes and one that
# fails, and that nothing stays behind unseen.  Speaks TAP.
cd "$(dirname "$0")/.." || exit 1
unset PAVE_FAILURES # of who runs this
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
is() { # NAME WANTED GOT
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		printf 'not ok %s - %s\n' "$n" "$1"
		printf 'wanted:\n%s\ngot:\n%s\n' "$2" "$3" | sed 's/^/# /'
	fi
}
# said BODY: what tap makes of a program with this body, its exit code last.
said() {
	printf '#!/bin/sh\necho "# a word"\necho ok 1\n%s\necho 1..1\n' "$1" >"$dir/some.t"
	chmod +x "$dir/some.t"
	out=$(HARNESS_ACTIVE=1 XDG_CONFIG_HOME=/nonexistent tests/tap "$dir/some.t" 2>&1)
	code=$?
	printf '%s\n' "$out" | sed 's/process [0-9]*/process N/'
	echo "exit $code"
}
lines() { printf '%s\n' "$@"; }

is "a test that passes shows no comments" "$(lines 'ok 1' 1..1 'exit 0')" "$(said :)"
is "of one that fails all is shown" "$(lines '# a word' 'ok 1' 'not ok 2' '# why' 1..1 'exit 0')" \
	"$(said 'echo not ok 2; echo why >&2')"
is "a file that stays fails it" "$(lines '# a word' 'ok 1' 1..1 'not ok - leaves nothing behind' '# file x' 'exit 1')" \
	"$(said 'touch "$(dirname "$(mktemp -u)")/x"')"
is "a process that stays fails it, and ends" "$(lines '# a word' 'ok 1' 1..1 'not ok - leaves nothing behind' '# process N: sleep 1000 ' 'exit 1')" \
	"$(said 'sleep 1000 >/dev/null 2>&1 &')"
mkdir "$dir/failures"
PAVE_FAILURES=$dir/failures said 'echo not ok 2; echo why >&2' >/dev/null
is "and is kept, if it is wished" "$(lines "$dir/some.t" '# a word' 'ok 1' 'not ok 2' '# why' 1..1)" "$(cat "$dir"/failures/*)"
is "one that hangs is ended" "$(lines '# a word' 'ok 1' 'timeout:' 'exit 124')" \
	"$(PAVE_LIMIT=2 said 'exec sleep 1000' | sed 's/^# \(timeout:\).*/\1/')"
is "its home is empty, its configuration nobody's" "$(lines 'ok 1' 'ok ' 1..1 'exit 0')" \
	"$(said 'echo "ok $(ls -A "$HOME")$XDG_CONFIG_HOME"')"
echo "1..$n"
