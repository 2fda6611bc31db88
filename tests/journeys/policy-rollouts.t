#!/bin/bash
# Policies of all three sorts come into force step by step, and exemptions from them end, by a clock that is set and
# not waited for.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
[ -f "$library" ] || {
	echo "1..0 # SKIP no libfaketime (tools/setup installs it)"
	exit 0
}
set_clock() { echo "$1" >"$dir/new" && mv "$dir/new" "$dir/clock"; }
serve() { # with a clock that can be set
	set_clock "${1:-+0}"
	: >"$dir/out"
	env FAKETIME_TIMESTAMP_FILE="$dir/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$library" \
		"$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --kubeconfig-out "$dir/kubeconfig" >"$dir/out" 2>"$dir/err" &
	server=$!
	export KUBECONFIG=$dir/kubeconfig KUBECACHEDIR=$dir/cache
	until_true "the server is ready" grep -q ready "$dir/out"
}
in_days() { date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ; }
deploy() { # NAME NAMESPACE: what violates the policies of all three sorts
	kubectl create deployment "$1" -n "$2" --image=nginx --replicas=9 "${@:3}"
}
rollout() { kubectl get policyrollout "$1" -o "jsonpath=$2"; }
says() { # TEXT COMMAND...: its output has the text
	"${@:2}" 2>&1 | grep -qF -- "$1"
}
is() { # TEXT COMMAND...: its output is the text
	[ "$("${@:2}" 2>&1)" = "$1" ]
}

serve
kubectl create namespace shop-staging >/dev/null
kubectl create namespace shop >/dev/null
kubectl apply -f tests/journeys/policies/templates.yaml >/dev/null
until_true "the constraints' kind is served" kubectl get noninfix
kubectl apply -f tests/journeys/policies/policies.yaml >/dev/null

check "all three sorts refuse" 1 "[pave-system/no-latest] Image 'nginx' has no tag" deploy web shop
check "Gatekeeper's" 1 "[no-infix] web-infix is not a name" deploy web-infix shop
check "and one in CEL" 1 "'few-replicas' with binding 'few-replicas' denied request: at most 5 replicas" deploy web shop

# ---- an exemption ----
exemption() { # APPROVED-BY UNTIL
	cat <<END
apiVersion: governance.pave.dev/v1alpha1
kind: PolicyExemption
metadata: {name: old-shop}
spec:
  policies:
  - {kind: ConfigMap, namespace: pave-system, name: no-latest}
  - {kind: NonInfix, name: "*"}
  - {kind: ValidatingAdmissionPolicy, name: few-replicas, rules: ["validations[0]"]}
  objects: {namespaces: [shop], kinds: [Deployment.apps], names: ["old-*"]}
  until: "$2"
  reason: it moves to the new registry in autumn
  person: mara@example.com
  approvedBy: $1
END
}
check "who approves an exemption writes it" 1 'spec.approvedBy: expected "admin", who writes it, found "mara"' kubectl apply -f <(exemption mara "$(in_days 30)")
check "it has an end" 1 "spec.until: expected a time between now and" kubectl apply -f <(exemption admin "$(in_days 700)")
check "which is to come" 1 "spec.until: expected a time between now and" kubectl apply -f <(exemption admin "$(in_days -1)")
check "it is written" 0 "created" kubectl apply -f <(exemption admin "$(in_days 30)")
check "all three have nothing to say about what is exempt" 0 "created" deploy old-infix shop
check "and about nothing else" 1 "has no tag" deploy new-infix shop
{ exemption admin "$(in_days 30)" && for name in old-infix new-infix; do
	printf -- '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: shop}\n' "$name"
done; } >"$dir/exempt.yaml"
sed '/^---/,$d' tests/journeys/policies/policies.yaml >"$dir/constraint.yaml"
gator() { "$PAVE" gator test -f tests/journeys/policies/templates.yaml -f "$dir/constraint.yaml" -f "$dir/exempt.yaml" </dev/null; }
check "gator leaves it out, too, and says so" 1 "exempt until" gator
check "and nothing else" 0 'Deployment shop/new-infix: ["no-infix"]' sh -c 'cat "$1"' - <(gator 2>/dev/null)
check "it says nothing of that elsewhere" 1 "" grep -q old-infix <(gator 2>/dev/null)
long() { sed "s/until: .*/until: $(in_days 700)/" "$dir/exempt.yaml" >"$dir/long.yaml" && "$PAVE" gator test -f "$dir/long.yaml" </dev/null; }
check "and takes none that the server would not" 1 "spec.until: expected a time before" long
until_true "it is active" says Active kubectl get policyexemption old-shop
skips() { kubectl get policyreports -n shop -o jsonpath='{range .items[?(@.scope.kind=="Deployment")].results[*]}{.result} {.source} {.properties.exemption} {.properties.exemptionReason} {.properties.exemptionApprovedBy}{"\n"}{end}'; }
check "reports say skip and why: Rego" 0 "skip pave-rego old-shop it moves to the new registry in autumn admin" skips
check "Gatekeeper" 0 "skip gatekeeper old-shop" skips
check "CEL" 0 "skip ValidatingAdmissionPolicy old-shop" skips
violations() { kubectl get noninfix no-infix -o jsonpath='{.status.totalViolations}'; }
until_true "the audit does not count it" is 0 violations

# ---- of a rule, whose policy cannot be evaluated: that counts as its deny rules ----
kubectl create configmap letters -n shop --from-literal=amount=many >/dev/null
kubectl apply -f - <<END >/dev/null
apiVersion: v1
kind: ConfigMap
metadata:
  name: sums
  namespace: pave-system
  labels: {openpolicyagent.org/policy: rego}
  annotations: {pave.dev/strict-builtin-errors: "true"}
data: {rules.rego: "package kubernetes.admission\ndeny[\"too much\"] { to_number(input.request.object.data.amount) > 1 }"}
END
letters() { kubectl get policyreports -n shop -o jsonpath='{range .items[?(@.scope.name=="letters")].results[*]}{.result} {.rule} {.properties.exemption}{"\n"}{end}'; }
check "a policy that cannot be evaluated refuses" 1 "eval_builtin_error: to_number" kubectl label -n shop configmap/letters looked=1
check "and reports name the rule" 0 "error deny" letters
exemption admin "$(in_days 30)" | sed 's/name: old-shop/name: letters/; s/name: no-latest/name: sums, rules: [deny]/; s/Deployment.apps/ConfigMap/; s/old-\*/letters/' |
	kubectl apply -f - >/dev/null
check "exempt from that rule a write passes" 0 "labeled" kubectl label -n shop configmap/letters looked=1
check "and reports say so" 0 "skip deny letters" letters
kubectl delete policyexemption letters >/dev/null
kubectl delete configmap -n pave-system sums >/dev/null
kubectl delete configmap -n shop letters >/dev/null

# ---- by labels: the Scale that is written has none, the object that it is of has them ----
kubectl create deployment tall -n shop --image=nginx:1 --replicas=2 >/dev/null
exemption admin "$(in_days 30)" | sed 's/name: old-shop/name: by-label/; s/names: .*}/selector: {matchLabels: {size: large}}}/' |
	kubectl apply -f - >/dev/null
check "without its label an object is scaled as the policy has it" 1 "at most 5 replicas" kubectl scale -n shop deployment/tall --replicas=6
kubectl label -n shop deployment/tall size=large >/dev/null
check "with it as one wishes" 0 "scaled" kubectl scale -n shop deployment/tall --replicas=6
kubectl delete policyexemption by-label >/dev/null
check "until the exemption goes" 1 "at most 5 replicas" kubectl scale -n shop deployment/tall --replicas=7
kubectl delete deployment -n shop tall >/dev/null

set_clock +25d
kubectl annotate policyexemption old-shop looked=yes >/dev/null
until_true "before it ends there is a warning" says "ExemptionExpires" kubectl get events
until_true "and it says so" says Expiring kubectl get policyexemption old-shop
check "it still holds" 0 "scaled" kubectl scale -n shop deployment/old-infix --replicas=8
set_clock +31d
check "when it has ended it is over at once: Rego" 1 "has no tag" kubectl annotate -n shop deployment/old-infix looked=yes
check "Gatekeeper" 1 "is not a name" kubectl annotate -n shop deployment/old-infix looked=yes
check "CEL" 1 "at most 5 replicas" kubectl annotate -n shop deployment/old-infix looked=yes
check "reports do not say skip any more" 0 "fail pave-rego" skips
until_true "the audit counts it again" is 1 violations
kubectl delete policyexemption old-shop >/dev/null
set_clock +0

# ---- a rollout ----
kubectl apply -f tests/journeys/policies/rollout.yaml >/dev/null
until_true "it begins with audit" is "staging Audit, production Audit" rollout strict '{.status.stages}'
check "nobody is refused" 0 "created" deploy web-infix shop-staging
check "or warned" 0 "deployment.apps/web-infix created" deploy web-infix shop
until_true "who would be refused today is told: 3 here" is 3 rollout strict '{.status.environments[0].violations}'
until_true "and 6 there" is 6 rollout strict '{.status.environments[1].violations}'
check "which object, and why" 0 "web-infix no-latest Image 'nginx' has no tag" rollout strict '{range .status.environments[0].refused[*]}{.name} {.policy} {.message}{"\n"}{end}'
check "where it is not rolled out it is in force" 1 "has no tag" deploy web-infix default
check "it waits for a week" 0 "staging: at the earliest" rollout strict '{.status.waits}'

set_clock +8d
kubectl annotate policyrollout strict looked=1 >/dev/null
until_true "a week later it is at warn, one environment behind the other" is "staging Warn, production Warn" rollout strict '{.status.stages}'
check "who writes is warned, and of what is to come: Rego" 0 "Warning: [pave-system/no-latest] Image 'nginx' has no tag (to be refused from" kubectl annotate --overwrite -n shop deployment/web-infix looked=1
check "Gatekeeper" 0 "Warning: [no-infix] web-infix is not a name (to be refused from" kubectl annotate --overwrite -n shop deployment/web-infix looked=2
check "CEL" 0 "at most 5 replicas (to be refused from" kubectl annotate --overwrite -n shop deployment/web-infix looked=3
check "with whom to ask" 0 "PolicyRollout strict" kubectl annotate --overwrite -n shop deployment/web-infix looked=4
until_true "each namespace has an event, too, with how many and from when" says "here will be refused once PolicyRollout strict is enforced in production, from" kubectl get events -n shop
check "reports say from when" 0 "$(rollout strict '{.status.environments[1].enforcedFrom}')" kubectl get policyreports -n shop -o jsonpath='{.items[*].results[*].properties.enforcedFrom}'
until_true "owners have an event" says "once PolicyRollout strict enforces NonInfix no-infix" kubectl get events -n shop
check "reports say warn" 0 "warn gatekeeper" skips

set_clock +34d # an event lasts an hour: owners hear of it again as the end comes near
kubectl annotate policyrollout strict --overwrite looked=1d >/dev/null
until_true "as its end comes near they are told again" is "Warn, a week left" rollout strict '{.status.environments[1].told}'
set_clock +40d
kubectl annotate policyrollout strict --overwrite looked=2 >/dev/null
until_true "four weeks later the gate is closed" says "3 violations left, at most 0 may be" rollout strict '{.status.environments[0].waits}'
check "who writes is warned of the gate, as there is no date any more" 0 "(to be refused once the gate of PolicyRollout strict opens in production)" kubectl annotate --overwrite -n shop deployment/web-infix looked=5
check "reports say that its time is over" 0 "true" kubectl get policyreports -n shop -o jsonpath='{.items[*].results[*].properties.due}'
check "nobody is refused yet" 0 "created" deploy other-infix shop-staging
kubectl delete deployment -n shop-staging --all >/dev/null
until_true "mended, it is enforced there" is "staging Enforce, production Warn" rollout strict '{.status.stages}'
check "Rego refuses there" 1 "has no tag" deploy web-infix shop-staging
check "Gatekeeper" 1 "is not a name" deploy web-infix shop-staging
check "CEL" 1 "at most 5 replicas" deploy web-infix shop-staging
check "and not in production" 0 "created" deploy third-infix shop
until_true "whose gate lets some through, and which asks for approval" says "approval of Enforce" rollout strict '{.status.environments[1].waits}'
kubectl patch policyrollout strict --type=merge -p '{"spec":{"environments":[{"name":"staging","namespaces":["*-staging"]},{"name":"production","namespaces":["shop"],"gate":{"violations":100}}]}}' >/dev/null
check "who approves writes it" 1 'spec.approvals[4].by: expected "admin"' kubectl patch policyrollout strict --type=json -p '[{"op":"add","path":"/spec/approvals/-","value":{"environment":"production","stage":"Enforce","by":"mara"}}]'
kubectl create clusterrole writes --verb=get,create,patch,update --resource=policyrollouts.governance.pave.dev >/dev/null
kubectl create clusterrolebinding writes --clusterrole=writes --user=mara >/dev/null
mara() { kubectl --as=mara patch policyrollout strict --type="$1" -p "$2"; }
check "who may write a rollout may not approve it" 1 'user "mara" cannot approve' mara json '[{"op":"add","path":"/spec/approvals/-","value":{"environment":"production","stage":"Enforce","by":"mara"}}]'
check "nor do without approval" 1 'user "mara" cannot approve' mara merge '{"spec":{"approval":"Automatic"}}'
check "nor widen what is enforced" 1 'user "mara" cannot approve' mara json '[{"op":"replace","path":"/spec/environments/0/namespaces","value":["*"]}]'
check "nor let go of a policy" 1 'user "mara" cannot approve' mara json '[{"op":"remove","path":"/spec/policies/0"}]'
check "but write the rest" 0 "patched" mara merge '{"spec":{"paused":true}}'
check "what comes to a rollout that is through would refuse at once" 1 'spec.policies[0]: NonInfix other would refuse at once in "staging"' kubectl patch policyrollout strict --type=merge -p '{"spec":{"policies":[{"kind":"NonInfix","name":"other"}]}}'
check "an environment that goes is warned of" 0 'without environment "staging" the policies do in it at once' kubectl patch policyrollout strict --dry-run=server --type=merge -p '{"spec":{"environments":[{"name":"production","namespaces":["shop"]}]}}'
check "and one that is new" 0 'environment "other" is new: it begins at Audit' kubectl patch policyrollout strict --dry-run=server --type=json -p '[{"op":"add","path":"/spec/environments/-","value":{"name":"other"}}]'
check "an approval is given by a command" 0 'may move on to Enforce in production, says admin' "$PAVE" rollout approve strict production
check "which nobody else gives once more" 1 'expected "mara", who writes it, found "admin"' mara json '[{"op":"add","path":"/spec/approvals/-","value":{"environment":"production","stage":"Enforce","by":"admin"}}]'
until_true "paused, it stays" says "paused" rollout strict '{.status.environments[1].waits}'
check "at warn" 0 "staging Enforce, production Warn" rollout strict '{.status.stages}'
check "and goes on by one, too" 0 "goes on" "$PAVE" rollout resume strict
until_true "approved, it is enforced" is "staging Enforce, production Enforce" rollout strict '{.status.stages}'
check "everywhere" 1 "has no tag" deploy fourth-infix shop
until_true "and says so" is Enforced rollout strict '{.status.phase}'
check "and who approved it" 0 "production came to Enforce, approved by admin" "$PAVE" rollout status strict

check "a rollback that an approval would undo is refused" 1 "spec.approvals" kubectl patch policyrollout strict --type=merge -p '{"spec":{"rollback":{"to":"Warn","reason":"too many"}}}'
check "one counts with its write" 0 "is back at Warn" "$PAVE" rollout back strict --environment production --reason "too many were refused"
check "and takes away only what would undo it" 0 "Warn Enforce Warn Warn" rollout strict '{.spec.approvals[*].stage}'
check "nobody is refused" 0 "created" deploy fourth-infix shop
check "elsewhere it stays" 1 "has no tag" deploy fourth-infix shop-staging
until_true "it says so" is RolledBack rollout strict '{.status.phase}'
until_true "with an event" says "production is back at Warn: too many were refused" kubectl get events
kill "$server"
wait "$server"
serve
check "over a restart with a clock that was put back, too" 0 "staging Enforce, production Warn" rollout strict '{.status.stages}'
unchanged() { # that there is a history is seen, too
	local all
	all=$(rollout strict '{.status.history}') && ! grep -q changed <<<"$all" && echo "$all"
}
check "no policy has changed by it" 0 Enforce unchanged
check "why says how far it is" 0 "production Warn" "$PAVE" why policyrollout/strict
check "deleting it says what follows" 0 "do at once what they say themselves" kubectl delete policyrollout strict
check "which is so" 1 "has no tag" deploy fifth-infix shop

# ---- a policy that cannot be evaluated ----
kubectl apply -f tests/journeys/policies/faulty.yaml >/dev/null
until_true "a policy whose evaluation fails is not enforced" says "a policy cannot be evaluated" rollout faulty '{.status.environments[0].waits}'
check "though its time is over" 0 "everywhere Warn" rollout faulty '{.status.stages}'
kubectl patch policyrollout faulty --type=merge -p '{"spec":{"policies":[{"kind":"NonInfix","name":"none"}]}}' >/dev/null
until_true "nor one that is not there" says "there is no policy" rollout faulty '{.status.waits}'

# ---- a policy that changes when who writes was warned of what it said before ----
kubectl apply -f tests/journeys/policies/anew.yaml >/dev/null
until_true "it warns" is "everywhere Warn" rollout anew '{.status.stages}'
until_true "for four weeks from its beginning on" says "at the earliest" rollout anew '{.status.waits}'
began=$(rollout anew '{.status.environments[0].since}')
set_clock +10d
check "stricter now, it still warns" 0 "configured" kubectl apply -f <(sed '/^---/q; s/has letters/has nothing/' tests/journeys/policies/anew.yaml)
until_true "and says what changed" says "ConfigMap pave-system/letters changed" rollout anew '{.status.history[*].why}'
until_true "in an event, too" says "everywhere: the least time of Warn begins anew" kubectl get events
check "for four weeks anew" 1 "" test "$began" = "$(rollout anew '{.status.environments[0].since}')"

# ---- and when a library of it does ----
library() { # NUMBER
	kubectl apply -f - <<-END
		apiVersion: v1
		kind: ConfigMap
		metadata: {name: numbers, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
		data: {numbers.rego: "package lib.numbers\nmost = $1 { true }"}
	END
}
library 5 >/dev/null
kubectl apply -f - >/dev/null <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: borrows, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
data: {rules.rego: "package kubernetes.admission\nimport data.lib.numbers\ndeny[\"too many\"] { to_number(input.request.object.data.n) > numbers.most }"}
---
apiVersion: governance.pave.dev/v1alpha1
kind: PolicyRollout
metadata: {name: borrows}
spec: {policies: [{kind: ConfigMap, name: borrows}], environments: [{name: all}], stages: {audit: 0s}}
END
until_true "another warns" is "all Warn" rollout borrows '{.status.stages}'
library 3 >/dev/null
until_true "a policy whose library says something else has changed" says "ConfigMap pave-system/borrows changed" rollout borrows '{.status.history[*].why}'

# ---- a pattern, and what comes to it when it refuses ----
word() { # NAME
	kubectl apply -f - <<-END
		apiVersion: v1
		kind: ConfigMap
		metadata: {name: $1, namespace: pave-system, labels: {openpolicyagent.org/policy: rego}}
		data: {rules.rego: "package kubernetes.admission\ndeny[\"no $1\"] { input.request.object.data.word == \"$1\" }"}
	END
}
write() { kubectl create configmap -n shop "$1" --from-literal=word="$1"; }
holds() { # NAME PATTERN
	kubectl "${@:3}" apply -f - 2>&1 <<-END
		apiVersion: governance.pave.dev/v1alpha1
		kind: PolicyRollout
		metadata: {name: $1}
		spec: {policies: [{kind: ConfigMap, name: "$2"}], environments: [{name: shop, namespaces: [shop]}], stages: {audit: 0s, warn: 0s}}
	END
}
word w-1 >/dev/null
check "who may not approve lets nothing go that is in force" 1 'user "mara" cannot approve' holds wide 'w-*' --as=mara
check "who may hears of it" 0 "ConfigMap pave-system/w-1 is in force" holds wide 'w-*'
until_true "it comes to be enforced" is "shop Enforce" rollout wide '{.status.stages}'
check "and refuses" 1 "no w-1" write w-1
grow() { kubectl patch policyrollout wide --type json -p '[{"op":"add","path":"/spec/environments/-","value":{"name":"rest"}}]' "$@" 2>&1; }
check "nor does another environment, without approval" 1 'user "mara" cannot approve' grow --as=mara
check "of which is told what it lets go" 0 "ConfigMap pave-system/w-1 is in force" grow --dry-run=server
narrow() { kubectl patch policyrollout wide --type json -p '[{"op":"replace","path":"/spec/environments/0/namespaces","value":["shop","shop-staging"]}]' --dry-run=server "$@" 2>&1; }
check "where it is enforced nothing is let go by more namespaces" 0 "patched" narrow --as=mara
nowhere() { kubectl patch policyrollout wide --type json -p '[{"op":"add","path":"/spec/environments/-","value":{"name":"odd","namespaces":["shp"]}},{"op":"add","path":"/spec/environments/-","value":{"name":"prod","namespaceSelector":{"matchLabels":{"env":"prd"}}}},{"op":"add","path":"/spec/environments/-","value":{"name":"all"}},{"op":"add","path":"/spec/environments/-","value":{"name":"last"}}]' --dry-run=server 2>&1; }
check "an environment of a namespace that is not there is told" 0 'environment "odd": there is no namespace "shp"' nowhere
check "and one that selects none" 0 'environment "prod": its namespaceSelector selects no namespace today' nowhere
check "and one behind everything" 0 'environment "last" has no object: "all" in front of it has them all' nowhere
typo() { kubectl patch policyrollout wide --type json -p '[{"op":"add","path":"/spec/environments/-","value":{"name":"odd","namespaceSelector":{"matchLabls":{"a":"b"}}}}]' 2>&1; }
check "a misspelt selector is not one of everything" 1 'found "matchLabls"; did you mean matchLabels?' typo
word w-2 >/dev/null
check "what comes then refuses nobody" 0 "created" write w-2
until_true "as the rollout says" says "ConfigMap pave-system/w-2 is new and held at Audit" rollout wide '{.status.history[*].why}'
check "and stays" 0 "labeled" kubectl label -n shop configmap/w-2 looked=1
check "the others refuse" 1 "no w-1" write w-1
kubectl delete configmap -n shop w-2 >/dev/null
holds late w-2 >/dev/null
until_true "another rollout brings it into force" is "shop Enforce" rollout late '{.status.stages}'
check "and it refuses" 1 "no w-2" write w-2

# ---- what is not there ----
strange() { # KIND SPEC
	printf '{"apiVersion":"governance.pave.dev/v1alpha1","kind":"%s","metadata":{"name":"strange"},"spec":{"policies":[{"kind":"ConfigMap","name":"nope"},{"kind":"ConfigMap","name":"kube-root-ca.crt"},{"kind":"ValidatingAdmissionPolicy","name":"zz"},{"kind":"NonInfix","name":"infix*"}],%s}}' "$1" "$2"
}
gone='there is no policy ConfigMap nope, ConfigMap kube-root-ca.crt, ValidatingAdmissionPolicy zz, NonInfix infix*'
exemption() { strange PolicyExemption "\"objects\":{\"namespaces\":[\"shop\"]},\"until\":\"$(in_days 30)\",\"reason\":\"r\",\"person\":\"mara\",\"approvedBy\":\"admin\"" | kubectl apply -f - 2>&1; }
roll() { strange PolicyRollout '"environments":[{"name":"all"}],"stages":{"audit":"0s"},"approvals":[{"environment":"nowhere","stage":"Warn","by":"admin"},{"environment":"nowhere","stage":"Enforce","by":"admin"}]' | kubectl apply -f - 2>&1; }
check "an exemption from what is not there warns of all of it" 0 "$gone" exemption
until_true "and says so" says "$gone" kubectl get policyexemption strange -o 'jsonpath={.status.conditions[?(@.status=="True")].message}'
check "why says it, too" 0 "$gone" "$PAVE" why policyexemption/strange
roll >"$dir/told"
check "a rollout warns of it, too" 0 "$gone" cat "$dir/told"
check "and of an approval for what is not there" 0 'there is no environment "nowhere"' cat "$dir/told"
until_true "it says both, each once" is "$gone; there is no environment \"nowhere\"" rollout strange '{.status.conditions[?(@.type=="Degraded")].message}'
check "and stays where it is" 0 "all Audit" rollout strange '{.status.stages}'
echo "1..$count"
