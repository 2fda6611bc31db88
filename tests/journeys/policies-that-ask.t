#!/bin/bash
# A policy asks another service at admission: only once whoever starts Pave has named its host.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh
python3 tests/e2e/_echo.py >"$dir/port" 2>/dev/null &
echo=$!
trap 'kill $echo 2>/dev/null; finish' EXIT
until [ -s "$dir/port" ]; do kill -0 $echo || exit 1; done

policy() {
	kubectl apply -f - <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: asks, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
data:
  asks.rego: |
    package kubernetes.admission
    deny[msg] {
      input.request.kind.kind == "ConfigMap"
      path := input.request.object.data.path
      answer := http.send({"method": "get", "url": concat("", ["http://127.0.0.1:$(cat "$dir/port")", path])})
      answer.status_code != 200
      msg := sprintf("%v says %v", [path, answer.status])
    }
END
}
write() { kubectl create configmap "$1" --from-literal=path="$2"; }

start
check "nobody may be asked" 1 "asks.rego:5:13: http.send: opens network connections, which policies here may not" policy
kill "$server"
wait "$server"

start --allow-net 127.0.0.1
check "now it loads" 0 "configmap/asks created" policy
check "what the service is content with is written" 0 "configmap/fine created" write fine /echo
check "what it is not is refused" 1 "/500 says 500 Internal Server Error" write refused /500
query() { kubectl get --raw /v1/policies | grep -c asks.rego; }
check "OPA's API has the policy" 0 "1" query
kill $echo
wait $echo 2>/dev/null
check "a service that is gone decides nothing by itself" 0 "configmap/gone created" write gone /500
kubectl annotate configmap asks -n pave-system pave.dev/strict-builtin-errors=true >/dev/null
check "a policy that is strict refuses then" 1 "http.send: GET http://127.0.0.1" write strict /500
kill "$server"
wait "$server"

start --allow-net example.org
check "another host is not asked, and the policy refuses" 1 "disallowed host: 127.0.0.1" write other /echo
check "a host is no URL" 2 "--allow-net: expected a host as" "$PAVE" serve --data "$dir/other" --allow-net http://a
echo "1..$count"
