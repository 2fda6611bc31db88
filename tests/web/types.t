#!/bin/sh
# types: web/src/api/openapi.ts is what the server's OpenAPI says.  Speaks TAP; PAVE names the program.
root=$(cd "$(dirname "$0")/../.." && pwd)
pave=${PAVE:-build/debug/pave}
case $pave in /*) ;; *) pave=$root/$pave ;; esac
PATH=$root/.cache/node/node_modules/.bin:$PATH
cd "$root/web" || exit 1
room=$(mktemp -d) # tsx leaves a folder where temporary files are
trap 'rm -rf "$room"' EXIT
echo 1..1
if said=$("$root/tools/npm-ci" . 2>&1 && PAVE=$pave TMPDIR=$room npx tsx dev/api-types.ts --check 2>&1); then
	echo "ok 1 - the types of the web application are those of the API"
else
	echo "not ok 1 - the types of the web application are those of the API"
	echo "$said" | sed 's/^/# /'
fi
