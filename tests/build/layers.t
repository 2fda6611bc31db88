#!/bin/sh
# layers.t: the program builds and starts with any one of the four layers left
# out, and with none of them.  ccache has the objects, so this mostly links.
cd "$(dirname "$0")/../.." || exit 1
all="infrastructure delivery portal governance"
n=0 bad=0
starts() { # PROGRAM: it serves, and ends when asked to
	data=$(mktemp -d)
	"$1" serve --data "$data" --listen 127.0.0.1:0 >"$data/out" &
	for _ in $(seq 1200); do
		! grep -q "Pave is ready" "$data/out" || break
		sleep 0.1  # sleeps: until it has started
	done
	kill $! && wait $! && grep "Pave is ready" "$data/out"
	ended=$?
	rm -rf "$data"
	return $ended
}
try() { # NAME LAYERS
	n=$((n + 1))
	dir=build/without-$1
	if said=$({
		cmake --preset debug -B "$dir" -DPAVE_LAYERS="$2" &&
			ninja -C "$dir" -j 2 all &&
			starts "$dir/pave"
	} 2>&1); then
		echo "ok $n - without $1"
	else
		echo "not ok $n - without $1"
		echo "$said" | tail -n 30 | sed 's/^/# /'
		bad=1
	fi
}
for layer in $all; do
	try "$layer" "$(echo "$all" | tr ' ' '\n' | grep -vx "$layer" | paste -sd ';')"
done
try any ""
echo "1..$n"
exit $bad
