#!/bin/sh
# store.sh: durable creates by 32 threads on the store, beside what the disk can do
# (rows written and synced in groups, nothing else) and etcd 3.4 from Debian with
# 32 gRPC connections, in turns on the same disk.  Prints medians and ratios.
#	BENCH_DIR  where to write (.)     TURNS (3)   SECONDS (4)   BYTES (2000)
#	CHECK_PERF=1  also etcd's own `etcdctl check perf --load=xl` (a minute, 1,000 clients, 1 KB)
# The store is in this process and etcd is not: what HTTP costs Pave is measured
# by the benches of the API.
set -eu
bench=$(dirname "$0")/../../build/release/tests/bench/store_bench
clients=32 turns=${TURNS:-3} seconds=${SECONDS:-4} bytes=${BYTES:-2000}
dir=$(mktemp -d "${BENCH_DIR:-.}/pave-bench-XXXXXX")
etcd_pid=
finish() {
	[ -z "$etcd_pid" ] || kill "$etcd_pid" 2>/dev/null || true
	[ -z "$etcd_pid" ] || wait "$etcd_pid" 2>/dev/null || true
	rm -r "$dir"
}
trap finish EXIT INT TERM

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_etcd() {
	port=$(free_port)
	peer=$(free_port)
	url=http://127.0.0.1:$port
	etcd --data-dir "$dir/etcd" --listen-client-urls "$url" --advertise-client-urls "$url" \
		--listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
		--initial-cluster "default=http://127.0.0.1:$peer" >"$dir/etcd.log" 2>&1 &
	etcd_pid=$!
	tries=0
	until ETCDCTL_API=3 etcdctl --endpoints "$url" endpoint health >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { cat "$dir/etcd.log"; exit 1; }
	done
}

# median of column $1 of the file $2
median() {
	awk -v c="$1" '{print $c}' "$2" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

command -v etcd >/dev/null && start_etcd || echo "etcd is not installed (apt install etcd-server etcd-client): no comparison"
turn=0
while [ $turn -lt "$turns" ]; do
	turn=$((turn + 1))
	mkdir "$dir/store"
	"$bench" create "$dir/store" $clients "$seconds" "$bytes" >>"$dir/create.txt"
	rm -r "$dir/store"
	group=$(tail -1 "$dir/create.txt" | awk '{print int($2 + 0.5)}')
	"$bench" limit "$dir" "$group" 2 "$bytes" >>"$dir/limit.txt"
	"$bench" limit "$dir" $clients 2 "$bytes" >>"$dir/limit$clients.txt"
	[ -z "$etcd_pid" ] || "$bench" etcd "$url" $clients "$seconds" "$bytes" >>"$dir/etcd.txt"
done

rows=$(median 1 "$dir/create.txt")
ratio() { # what, its rows/s, remark
	awk -v rows="$rows" -v other="$2" -v what="$1" -v remark="$3" \
		'BEGIN {printf "%-38s %8d rows/s   the store gives %.2f times that%s\n", what, other, rows / other, remark}'
}
printf '%-38s %8d rows/s   groups of %s, p50 %s ms, p99 %s ms\n' "store, $clients threads, $bytes bytes" "$rows" \
	"$(median 2 "$dir/create.txt")" "$(median 3 "$dir/create.txt")" "$(median 4 "$dir/create.txt")"
ratio "write and fdatasync, same groups" "$(median 1 "$dir/limit.txt")" ""
ratio "write and fdatasync, groups of $clients" "$(median 1 "$dir/limit$clients.txt")" ""
[ -n "$etcd_pid" ] || exit 0
ratio "$(etcd --version | head -1), gRPC Put" "$(median 1 "$dir/etcd.txt")" \
	" (p50 $(median 2 "$dir/etcd.txt") ms, p99 $(median 3 "$dir/etcd.txt") ms)"
if [ -n "${CHECK_PERF:-}" ]; then
	echo "etcdctl check perf --load=xl (1,000 clients, wants 15,000 puts of 1 KB a second):"
	ETCDCTL_API=3 etcdctl --endpoints "$url" check perf --load=xl 2>/dev/null | tr '\r' '\n' | grep -E 'PASS|FAIL|hroughput|lowest' || true
fi
