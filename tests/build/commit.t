#!/bin/sh
# commit.t: a program says its commit only if it was built of that commit's tree.
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
n=0
# is NAME FOLDER COMMIT STATE
is() {
	n=$((n + 1))
	"$2/tools/commit" "$dir/out.c"
	if grep -q "pv_build_commit = \"$3\"" "$dir/out.c" && grep -q "pv_build_tree = \"$4\"" "$dir/out.c"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$dir/out.c"
	fi
}
mkdir -p "$dir/tarball/tools" "$dir/theirs/vendor/pave/tools" "$dir/ours/tools"
for to in tarball theirs/vendor/pave ours; do cp tools/commit "$dir/$to/tools/"; done
for repo in theirs ours; do
	git init -q "$dir/$repo"
	git -C "$dir/$repo" add -A
	git -C "$dir/$repo" commit -q -m 'all: begin'
done
is "of a tarball" "$dir/tarball" "" ""
is "below another's repository" "$dir/theirs/vendor/pave" "" ""
is "of a commit" "$dir/ours" "$(git -C "$dir/ours" rev-parse HEAD)" clean
echo >>"$dir/ours/tools/commit"
is "of a commit with changes" "$dir/ours" "$(git -C "$dir/ours" rev-parse HEAD)" dirty

n=$((n + 1))
pave=${PAVE:-build/release/pave}
commit=$("$pave" version --client -o json | jq -r .clientVersion.gitCommit)
case "$commit $("$pave" version --client)" in
" client: pave "*" (commit not known: built outside of Git)") echo "ok $n - the program says that it knows none" ;;
?*" client: pave "*" (commit $commit, "*) echo "ok $n - the program says which one" ;;
*) echo "not ok $n - the program says which one, or that it knows none" ;;
esac
echo "1..$n"
