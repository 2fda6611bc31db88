#!/bin/bash
# What `pave serve` does when the machine fails it: a full disk, a directory that cannot be written, a port and a data
# directory that are in use.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

# refused NAME WANTED-CODE TEXT FLAG...: serve ends at once, and says why.
refused() {
	check "$1" "$2" "$3" timeout 600 "$PAVE" serve --listen 127.0.0.1:0 "${@:4}"
}
status() { curl -sk -o /dev/null -w '%{http_code}' "$url$1"; }
is_status() { [ "$(status "$1")" = "$2" ]; }
map() { printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {x: %s}\n' "$1" "$(head -c "$2" /dev/zero | tr '\0' x)"; }

umask 000
start
umask 022
check "what it keeps is for no one else, whatever the umask" 0 "" test -z "$(find "$dir/data" "$dir/kubeconfig" -perm /077)"
ln -s "$dir/data" "$dir/link"
url=$(sed -n 's/ *server: //p' "$KUBECONFIG")
refused "a data directory that is in use" 6 "is in use by another pave (process $server)" --data "$dir/data"
refused "a data directory that is in use by another name" 6 "is in use by another pave (process $server)" --data "$dir/link"
refused "a port that is in use" 6 "${url##*:}" --data "$dir/other" --listen "${url#https://}"
check "and nothing was made for it" 1 "" test -e "$dir/other"
kill "$server"
wait "$server"
server=

touch "$dir/file"
refused "a data directory that is a file" 1 "$dir/file" --data "$dir/file"
mkdir -m 500 "$dir/readonly"
if [ "$(id -u)" = 0 ]; then # whom no mode holds back
	mount -t tmpfs -o ro tmpfs "$dir/readonly" 2>/dev/null && unmount_it=1
fi
if [ "$(id -u)" != 0 ] || [ -n "${unmount_it:-}" ]; then
	refused "a directory that cannot be written" 6 "make the directory writable" --data "$dir/readonly"
	refused "one that cannot be made there" 6 "make the directory above it writable" --data "$dir/readonly/new"
fi
[ -z "${unmount_it:-}" ] || umount "$dir/readonly"

if ! { mkdir "$dir/small" && mount -t tmpfs -o size=6m tmpfs "$dir/small"; } 2>/dev/null; then
	echo "1..$count"
	echo "# the full disk needs a file system of its own, which only root may mount"
	exit 0
fi
trap 'kill "$server" 2>/dev/null; wait "$server"; umount -l "$dir/small"; finish' EXIT

run() { # PORT: a server on the small disk
	rm -f "$dir/out"
	"$PAVE" serve --data "$dir/small/data" --listen "127.0.0.1:$1" --kubeconfig-out "$dir/small/kubeconfig" >"$dir/out" 2>"$dir/err" &
	server=$!
	started "$dir/out"
	export KUBECONFIG=$dir/small/kubeconfig
	url=$(sed -n 's/ *server: //p' "$KUBECONFIG")
}

for port in $(shuf -i 10000-30000 -n 20); do # none that the kernel gives to another before the second start
	run "$port"
	kill -0 "$server" 2>/dev/null && break
done
kept=0
while [ $kept -lt 100 ] && map "m$kept" 100000 | "$PAVE" apply -f - >/dev/null 2>"$dir/refusal"; do
	kept=$((kept + 1))
done
check "the disk fills up, and the refusal says so" 0 "no room on the disk" cat "$dir/refusal"
check "reads go on" 0 "m0" "$PAVE" get cm m0
check "alive" 0 200 status /livez
check "but not ready" 0 503 status /readyz
check "and which check says why" 0 "[-]etcd-readiness failed: the store's disk refuses writes" curl -sk "$url/readyz"
head -c 10000000 /dev/zero >"$dir/small/rest" 2>/dev/null
kill -9 "$server"
wait "$server" 2>/dev/null
run "$port"
check "it starts again on the full disk" 0 "Pave is ready" cat "$dir/out"
check "with all that was acknowledged" 0 "$kept" sh -c "'$PAVE' get cm -o name | grep -c /m"
rm -f "$dir/small/rest"
mount -o remount,size=64m "$dir/small"
until_true "with room again it is ready by itself" is_status /readyz 200
check "and takes writes" 0 "created" sh -c "printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: after}\n' | '$PAVE' apply -f -"
echo "1..$count"
