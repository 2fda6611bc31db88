#!/bin/bash
# AdmissionReviews as kube-apiserver 1.34.4 sent them, configured by `pave admission webhook-config`, and what it was
# answered: policies/reviews.jsonl, a line {path, asked, answer} each.  It was driven by hand over TLS with the
# certificate that goes with the configuration; here the same bytes come without it.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

start
kubectl apply -f tests/journeys/policies/templates.yaml >/dev/null
until_true "the constraints' kind is served" kubectl get noninfix
kubectl apply -f tests/journeys/policies/policies.yaml >/dev/null
kubectl apply -f - >/dev/null <<'END'
apiVersion: mutations.gatekeeper.sh/v1
kind: Assign
metadata: {name: policy}
spec:
  applyTo: [{groups: [""], kinds: [Pod], versions: [v1]}]
  location: spec.dnsPolicy
  parameters: {assign: {value: Default}}
END
field() { python3 -c 'import json, sys; row = json.loads(sys.argv[1]); print(json.dumps(row[sys.argv[2]], sort_keys=True))' "$1" "$2"; }
say() { python3 -c 'import json, sys; r = json.loads(sys.argv[1])["asked"]["request"]; print(r["operation"], r["kind"]["kind"], r["name"])' "$1"; }
answered() { # ROW: what the same review is answered here, its members in order
	field "$1" asked >"$dir/review.json"
	kubectl create --raw "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["path"])' "$1")" -f "$dir/review.json" |
		python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin), sort_keys=True))'
}
while read -r row; do
	check "$(say "$row")" 0 "$(field "$row" answer)" answered "$row"
done <tests/journeys/policies/reviews.jsonl
echo "1..$count"
