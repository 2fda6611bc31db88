#!/bin/sh
# What a server does over HTTPS: one object, a long list, durable creates beside
# etcd, watchers, start and memory.  PAVE names the program.  QUICK=1: shorter.
set -eu
cd "$(dirname "$0")/../.."
PAVE=${PAVE:-build/release/pave}
load=$(dirname "$PAVE")/tests/bench/api_load_bench
dir=$(mktemp -d)
seconds=${QUICK:+2}
seconds=${seconds:-5}
server=
etcd=

finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	[ -z "$etcd" ] || kill "$etcd" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT

serve() {
	rm -f "$dir/out" "$dir/err"
	"$PAVE" serve --data "$dir/$1" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" >"$dir/out" 2>"$dir/err" &
	server=$!
	until grep -qs "Pave is ready" "$dir/out"; do
		kill -0 "$server" || { cat "$dir/err"; exit 1; }
		sleep 0.05
	done
	url=$(sed -n 's|.*\(https://[0-9.:]*\)/.*|\1|p' "$dir/out" | head -1)
	took=$(sed -n 's/.*"start":"\([^"]*\)".*/\1/p' "$dir/err" | tail -1)
	echo "start to first answer, $2: $took"
	took=$(echo "$took" | awk '{print /[0-9]ms$/ ? $1 / 1000 : $1 + 0}')
}

figure() { # NAME VALUE: as figures.tsv names it; tools/bench collects these lines
	printf 'figure\t%s\t%s\n' "$1" "$2"
}

stop() {
	kill "$server"
	wait "$server" || true
	server=
}

memory() {
	mb=$(awk '/VmRSS/ {printf "%.1f", $2 * 1024 / 1e6}' "/proc/$server/status")
	echo "resident memory, $1: $mb MB"
}

ticks() {
	awk '{print $14 + $15}' "/proc/$server/stat"
}

field() {
	sed -n "s/.*$1: *\"*\\([^\" ]*\\).*/\\1/p" "$dir/kubeconfig" | head -1 | base64 -d
}

# A token, because wrk has no client certificates.
token() {
	field client-certificate-data >"$dir/cert"
	field client-key-data >"$dir/key"
	curl -sSk --cert "$dir/cert" --key "$dir/key" -H 'Content-Type: application/json' -o /dev/null \
		-d '{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"bench"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"ServiceAccount","name":"default","namespace":"default"}]}' \
		"$url/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
	curl -sSk --cert "$dir/cert" --key "$dir/key" -H 'Content-Type: application/json' -d '{"spec":{}}' \
		"$url/api/v1/namespaces/default/serviceaccounts/default/token" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p'
}

serve small "empty store"
figure "start to first answer, empty store" "$took"
memory "idle, empty store"
figure "resident memory, idle, empty store" "$mb"
bearer=$(token)
"$load" fill "$dir/kubeconfig" 10000 1700 >/dev/null
name=$(curl -sSk -H "Authorization: Bearer $bearer" "$url/api/v1/namespaces/default/configmaps?limit=1" |
	sed -n 's/.*"name":"\(bench-[^"]*\)".*/\1/p')
before=$(ticks)
wrk -t1 -c32 -d"$seconds" -H "Authorization: Bearer $bearer" "$url/api/v1/namespaces/default/configmaps/$name" >"$dir/get"
awk -v ticks=$(($(ticks) - before)) -v hz="$(getconf CLK_TCK)" '
	/requests in/ {n = $1} /Requests.sec/ {rate = $2}
	END {printf "GET of one object (TLS, the client on the same cores): %.0f/s; %.0f for each second of one core that the server used\n",
		rate, n / (ticks / hz)
	printf "figure\tGET of one object over HTTPS, a second of one core\t%.0f\n", n / (ticks / hz)
	printf "figure\tGET of one object over HTTPS, a second of the clock\t%.0f\n", rate}' "$dir/get"
before=$(ticks)
wrk -t1 -c2 -d"$seconds" -H "Authorization: Bearer $bearer" "$url/api/v1/namespaces/default/configmaps" >"$dir/list"
awk -v ticks=$(($(ticks) - before)) -v hz="$(getconf CLK_TCK)" '
	/requests in/ {n = $(NF - 1); sub(/,/, "", n); unit = n ~ /GB/ ? 1000 : n ~ /KB/ ? 0.001 : 1; mb = (n + 0) * unit}
	END {printf "list of 10,000 objects (TLS): %.0f MB/s for each second of one core that the server used\n", mb / (ticks / hz)
	printf "figure\tlist of 10,000 objects, a second of one core\t%.0f\n", mb / (ticks / hz)}' "$dir/list"
"$load" create "$dir/kubeconfig" 32 "$seconds" 1700 | tee "$dir/create"
"$load" watch "$dir/kubeconfig" "${WATCHERS:-1000}" "${EVENTS:-1000}" "${RATE:-20}"
stop

if command -v etcd >/dev/null && command -v etcdctl >/dev/null; then
	etcd --data-dir "$dir/etcd" --listen-client-urls http://127.0.0.1:23790 --advertise-client-urls http://127.0.0.1:23790 \
		--listen-peer-urls http://127.0.0.1:23800 >"$dir/etcd.log" 2>&1 &
	etcd=$!
	until ETCDCTL_API=3 etcdctl --endpoints 127.0.0.1:23790 endpoint health >/dev/null 2>&1; do sleep 0.1; done
	ETCDCTL_API=3 etcdctl --endpoints 127.0.0.1:23790 check perf --load=xl >"$dir/perf" 2>/dev/null || true # it fails below its own wish
	echo "etcd $(etcd --version | sed -n 's/etcd Version: //p'), its own check perf at load xl (1,000 clients, no TLS):" \
		"$(sed -n 's/.*Throughput/throughput/p' "$dir/perf")"
	awk -F'\t' '$2 == "durable creates over HTTPS, 32 clients" {ours = $3}
		match($0, /Throughput[^0-9]*[0-9]+ writes/) {theirs = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", theirs)}
		END {if (ours && theirs) printf "figure\tdurable creates over HTTPS, to etcd 3.4 by its own check perf\t%.2f\n", ours / theirs}' "$dir/create" "$dir/perf"
	kill "$etcd"
	etcd=
fi

serve large "empty store"
"$load" fill "$dir/kubeconfig" 50000 1700 >/dev/null
stop
serve large "50,000 objects of 2 KB"
figure "start to first answer, 50,000 objects of 2 KB" "$took"
memory "50,000 objects of 2 KB"
stop
