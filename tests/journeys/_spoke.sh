# A second Pave beside the one of _server.sh, as another cluster, and the Application shop that is deployed there from the
# repository $dir/shop: sourced after it.
spoke=
start_spoke() { # on the port that it had, if it had one
	: >"$dir/spoke.out"
	"$PAVE" serve --data "$dir/spoke" --listen "127.0.0.1:${port:-0}" --kubeconfig-out "$dir/spoke.config" >"$dir/spoke.out" 2>"$dir/spoke.err" &
	spoke=$!
	until grep -q ready "$dir/spoke.out"; do
		kill -0 $spoke || exit 1
		sleep 0.1 # sleeps: until it has started
	done
	server_url=$(there config view -o 'jsonpath={.clusters[0].cluster.server}')
	port=${server_url##*:}
}
stop_spoke() { # SIGNAL
	kill "-$1" "$spoke"
	wait "$spoke"
	spoke=
}
trap '[ -n "$spoke" ] && kill "$spoke" && wait "$spoke"; finish' EXIT
there() { kubectl --kubeconfig "$dir/spoke.config" "$@"; }
raw() { there config view --raw -o "jsonpath={$1}"; }

commit() { git -C "$dir/shop" add -A && git -C "$dir/shop" -c user.name=me -c user.email=me@example.org commit -q -m "$1"; }
soon() { # NAME PATH=VALUE OBJECT: on the hub
	check "$1" 0 "condition met" kubectl wait --for="jsonpath=$2" "$3" --timeout=600s
}
says() { # NAME PATH TEXT: the Application's
	local text
	for _ in $(seq 6000); do
		text=$(kubectl get application shop -o "jsonpath=$2")
		[[ "$text" == *"$3"* ]] && break
		sleep 0.1 # sleeps: until it says so
	done
	check "$1" 0 "$3" echo "$text"
}
