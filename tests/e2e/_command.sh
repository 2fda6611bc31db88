# What the shell tests of commands share: a folder of their own, and a check that speaks TAP.  Sourced by them.
case ${PAVE:=build/debug/pave} in /*) ;; *) PAVE=$PWD/$PAVE ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
n=0 bad=0

# is NAME CODE COMMAND...: the output, errors and all, is standard input.
is() {
	name=$1 code=$2
	shift 2
	n=$((n + 1))
	want=$(cat)
	said=$("$@" 2>&1)
	got=$?
	if [ "$got" = "$code" ] && [ "$said" = "$want" ]; then
		echo "ok $n - $name"
	else
		bad=1
		echo "not ok $n - $name"
		printf 'wanted exit %s and:\n%s\ngot exit %s and:\n%s\n' "$code" "$want" "$got" "$said" | sed 's/^/# /'
	fi
}
