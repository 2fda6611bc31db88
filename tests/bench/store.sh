#!/bin/sh
# store.sh: durable creates by 32 threads on the store, beside what the disk can do
# (rows written and synced in groups by one thread, nothing else; and the simplest
# group commit that lets 32 threads wait for their row), etcd 3.4 from Debian and, if
# tools/peers/build made it, 3.5, with 32 gRPC connections each, on the same disk.
# All sides run once in each of many short turns, and a ratio is of one turn: a disk
# that others slow down slows both sides.
# Prints the median of each figure and of each ratio, with the ratio's least and most.
#	BENCH_DIR  where to write (build)     TURNS (9)   SECONDS (2)   BYTES (2000)
#	CHECK_PERF=1  also etcd's own `etcdctl check perf --load=xl` (a minute, 1,000 clients, 1 KB)
# The store is in this process and etcd is not: what HTTP costs Pave is measured
# by the benches of the API.
set -eu
bench=$(dirname "$0")/../../build/release/tests/bench/store_bench
etcd35=${PEERS:-.cache/peers}/etcd35
clients=32 turns=${TURNS:-9} seconds=${SECONDS:-2} bytes=${BYTES:-2000}
dir=$(mktemp -d "${BENCH_DIR:-build}/pave-bench-XXXXXX")
etcds=
finish() {
	for pid in $etcds; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -r "$dir"
}
trap finish EXIT INT TERM

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_etcd() { # PROGRAM FOLDER: $url is where it listens then
	port=$(free_port)
	peer=$(free_port)
	url=http://127.0.0.1:$port
	"$1" --data-dir "$2" --listen-client-urls "$url" --advertise-client-urls "$url" \
		--listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
		--initial-cluster "default=http://127.0.0.1:$peer" >"$2.log" 2>&1 &
	etcds="$etcds $!"
	tries=0
	until ETCDCTL_API=3 etcdctl --endpoints "$url" endpoint health >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { cat "$2.log"; exit 1; }
	done
}

# median of column $1 of the file $2; least and most of column $1
median() {
	awk -v c="$1" '{print $c}' "$2" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
least() { awk -v c="$1" '{print $c}' "$2" | sort -g | head -1; }
most() { awk -v c="$1" '{print $c}' "$2" | sort -g | tail -1; }

# side NAME ARG...: one short run of the bench; its line and the store's rows/s of this
# turn over its own go into NAME.txt.
side() {
	name=$1
	shift
	line=$("$bench" "$@")
	echo "$line $(awk -v a="$rows" -v b="${line%% *}" 'BEGIN {printf "%.3f", a / b}')" >>"$dir/$name.txt"
}

url34= url35=
if command -v etcd >/dev/null; then
	start_etcd etcd "$dir/etcd34"
	url34=$url
else
	echo "etcd is not installed (apt install etcd-server etcd-client): no comparison"
fi
if [ -n "$url34" ] && [ -x "$etcd35" ]; then
	start_etcd "$etcd35" "$dir/etcd35"
	url35=$url
fi
turn=0
while [ $turn -lt "$turns" ]; do
	turn=$((turn + 1))
	mkdir "$dir/store"
	line=$("$bench" create "$dir/store" $clients "$seconds" "$bytes")
	rm -r "$dir/store"
	echo "$line" >>"$dir/create.txt"
	rows=${line%% *}
	group=$(echo "$line" | awk '{print int($2 + 0.5)}')
	side limit limit "$dir" "$group" "$seconds" "$bytes"
	side "limit$clients" limit "$dir" $clients "$seconds" "$bytes"
	side crowd crowd "$dir" $clients "$seconds" "$bytes"
	[ -z "$url34" ] || side etcd etcd "$url34" $clients "$seconds" "$bytes"
	[ -z "$url35" ] || side etcd35 etcd "$url35" $clients "$seconds" "$bytes"
done

figure() { # NAME VALUE: as figures.tsv names it; tools/bench collects these lines
	printf 'figure\t%s\t%s\n' "$1" "$2"
}
compare() { # what, its file, the ratio's column, remark
	printf '%-38s %8.0f rows/s   the store gives %.2f times that (%.2f to %.2f in %d turns)%s\n' "$1" \
		"$(median 1 "$2")" "$(median "$3" "$2")" "$(least "$3" "$2")" "$(most "$3" "$2")" "$turns" "$4"
}
printf '%-38s %8.0f rows/s   groups of %s, p50 %s ms, p99 %s ms\n' "store, $clients threads, $bytes bytes" \
	"$(median 1 "$dir/create.txt")" "$(median 2 "$dir/create.txt")" "$(median 3 "$dir/create.txt")" \
	"$(median 4 "$dir/create.txt")"
compare "write and fdatasync, same groups" "$dir/limit.txt" 2 ""
compare "write and fdatasync, groups of $clients" "$dir/limit$clients.txt" 2 ""
compare "the same by group commit, $clients threads" "$dir/crowd.txt" 3 ", groups of $(median 2 "$dir/crowd.txt")"
figure "durable writes of the store, 32 threads" "$(median 1 "$dir/create.txt")"
figure "durable writes of the store, to one thread that writes and syncs such groups" "$(median 2 "$dir/limit.txt")"
figure "durable writes of the store, to the simplest group commit of 32 threads" "$(median 3 "$dir/crowd.txt")"
if [ -n "$url35" ]; then
	figure "durable writes of the store, to etcd 3.5's Put by 32 connections" "$(median 4 "$dir/etcd35.txt")"
	compare "$("$etcd35" --version | head -1), gRPC Put" "$dir/etcd35.txt" 4 \
		", p50 $(median 2 "$dir/etcd35.txt") ms, p99 $(median 3 "$dir/etcd35.txt") ms"
fi
[ -n "$url34" ] || exit 0
figure "durable writes of the store, to etcd 3.4's Put by 32 connections" "$(median 4 "$dir/etcd.txt")"
compare "$(etcd --version | head -1), gRPC Put" "$dir/etcd.txt" 4 \
	", p50 $(median 2 "$dir/etcd.txt") ms, p99 $(median 3 "$dir/etcd.txt") ms"
if [ -n "${CHECK_PERF:-}" ]; then
	echo "etcdctl check perf --load=xl (1,000 clients, wants 15,000 puts of 1 KB a second):"
	ETCDCTL_API=3 etcdctl --endpoints "$url34" check perf --load=xl 2>/dev/null | tr '\r' '\n' | grep -E 'PASS|FAIL|hroughput|lowest' || true
fi
