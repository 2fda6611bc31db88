#!/bin/sh
# build: without node there is no portal, and the build says so instead of leaving it out.  Speaks TAP.
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tools" "$dir/bin"
cp "$root/tools/web-build" "$dir/tools/"
for program in sh dirname git rm mkdir; do
	ln -s "$(command -v $program)" "$dir/bin/$program"
done
echo 1..2
said=$(PATH=$dir/bin XDG_CACHE_HOME=$dir "$dir/tools/web-build" "$dir/out" 2>&1)
code=$?
if [ $code -ne 0 ]; then echo "ok 1 - without node the build fails"; else echo "not ok 1 - without node the build fails"; fi
case $said in
*"node is not installed"*"tools/setup"*) echo "ok 2 - and says what to do" ;;
*) printf 'not ok 2 - and says what to do\n# %s\n' "$said" ;;
esac
