#!/bin/bash
# Listening beyond this machine: what the certificate names, so that others can verify the server.
# Speaks TAP.  PAVE names the program.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

# serve FLAG...: a server of its own on the same data, at the address of the last --listen.
serve() {
	[ -n "$server" ] && kill "$server" && wait "$server"
	start "$@"
	port=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}' | sed 's/.*://')
	kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d >"$dir/ca.crt"
}
# names: what the certificate is for, one a line.
names() {
	openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName | tr ',' '\n' | sed 's/^ *//; s/IP Address/IP/'
}
lacks() { ! names | grep -qx "$1"; }
# at HOST: a probe of the server by that name, which leads here.
at() { curl -s --cacert "$dir/ca.crt" --connect-to "$1:$port:127.0.0.1:$port" "https://$1:$port/readyz"; }

serve
check "a server for this machine is localhost" 0 "DNS:localhost" names
[ "$(hostname)" = localhost ] || check "and nothing that others know" 0 "" lacks "DNS:$(hostname)"
cp "$dir/ca.crt" "$dir/first.crt"

serve --listen 0.0.0.0:0
check "one for all has this machine's name" 0 "DNS:$(hostname)" names
for address in $(hostname -I); do
	case $address in fe80*) continue ;; esac
	wanted=$(python3 -c 'import ipaddress, sys; a = ipaddress.ip_address(sys.argv[1]); print(a if a.version == 4 else ":".join("%X" % int(g, 16) for g in a.exploded.split(":")))' "$address")
	check "and its address $address" 0 "IP:$wanted" names
done
check "no client comes by 0.0.0.0" 0 "" lacks "IP:0.0.0.0"
check "it is verified by the name" 0 "ok" at "$(hostname)"
check "not by one that it does not have" 60 "" at pave.example.org
check "the authority is the same" 0 "" cmp "$dir/ca.crt" "$dir/first.crt"

serve --listen 127.0.0.1:0 --tls-san pave.example.org --tls-san 203.0.113.9 --tls-san 2001:db8::9
check "asked for: a name" 0 "ok" at pave.example.org
check "an address" 0 "ok" at 203.0.113.9
check "one of IPv6" 0 "IP:2001:DB8:0:0:0:0:0:9" names

kubectl config set-cluster pave --server "https://$(hostname):$port" >/dev/null
if getent ahosts "$(hostname)" | grep -q '^127\.'; then
	check "pave says what to do about another name" 3 "or start it with --tls-san for this one" "$PAVE" get pods
fi

check "a name with a port is none" 2 '--tls-san: expected a host name or an IP address, without a port, found "pave:8443"' "$PAVE" serve --data "$dir/other" --tls-san pave:8443
check "nor is an empty one" 2 "--tls-san: expected" "$PAVE" serve --data "$dir/other" --tls-san ""
check "a host that nobody knows" 2 "--listen: expected an IP address, or a name of this machine: no-such-host.invalid:" "$PAVE" serve --data "$dir/other" --listen no-such-host.invalid:0
check "a kubeconfig in a folder that is not there" 6 "its folder is not there: make it, or choose another" "$PAVE" serve --data "$dir/other" --listen 127.0.0.1:0 --kubeconfig-out "$dir/no/such/config"
echo "1..$count"
