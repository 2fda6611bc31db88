#!/bin/bash
# Backup, restore, damage and encryption at rest, from outside.  Speaks TAP.
cd "$(dirname "$0")/../.." || exit 1
. tests/journeys/_server.sh

stop() {
	kill "$server"
	wait "$server"
	server=
}
key() { head -c 32 /dev/urandom | base64; }
# keys PROVIDER-LINE...: the configuration has these, in order.
keys() {
	printf 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n' >"$dir/keys.yaml"
	printf -- '  - %s\n' "$@" >>"$dir/keys.yaml"
	chmod 600 "$dir/keys.yaml"
}
value() { kubectl get secret "$1" -o 'jsonpath={.data.word}' | base64 -d; }
revision() { kubectl get --raw '/api/v1/namespaces/default/configmaps?limit=1' | grep -o '"resourceVersion":"[0-9]*"' | head -1 | tr -dc 0-9; }
secret() { kubectl create secret generic "$1" --from-literal=word="$2"; }

start
check "a secret" 0 "created" secret one needle-one
url=$(sed -n 's/ *server: //p' "$KUBECONFIG")
check "who says nothing of himself gets no backup" 0 403 curl -sk -o /dev/null -w '%{http_code}' "$url/backup"
kubectl create serviceaccount reader >/dev/null
check "nor does who has not the right" 3 'cannot get path "/backup"' \
	bash -c "kubectl config view --raw >'$dir/reader' && kubectl --kubeconfig '$dir/reader' config set-credentials r --token=\$(kubectl create token reader) >/dev/null &&
		kubectl --kubeconfig '$dir/reader' config set-context --current --user=r >/dev/null && '$PAVE' backup '$dir/none' --kubeconfig '$dir/reader'"
check "there is no file then" 1 "" test -e "$dir/none"

# Under load: whatever the moment, a backup is whole.
for i in 1 2 3; do
	(for n in $(seq 20); do printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: load-%s-%s}\n' "$i" "$n" | "$PAVE" apply -f - >/dev/null; done) &
	load[i]=$!
done
for n in 1 2 3 4 5; do
	check "backup $n while others write" 0 "backup of revision" "$PAVE" backup "$dir/load.$n"
	check "backup $n is sound" 0 "sound: a backup of revision" "$PAVE" check "$dir/load.$n"
done
wait "${load[@]}"
check "a backup for the restore" 0 "backup of revision" "$PAVE" backup "$dir/backup"
check "is for its owner only" 0 "600" stat -c %a "$dir/backup"
kubectl create configmap late >/dev/null
late=$(revision)
check "the server's own directory is not restored into" 6 "is in use by another pave" "$PAVE" restore "$dir/backup" --data "$dir/data" --replace
check "a full disk is told of" 6 "No space left on device" bash -c "'$PAVE' backup - >/dev/full"
head -c -40 "$dir/backup" >"$dir/cut"
sed 's/needle/noodle/; s/bmVlZGxl/bm9vZGxl/' "$dir/backup" >"$dir/changed"
check "a backup that was cut" 1 "take another backup" "$PAVE" check "$dir/cut"
check "a backup that was changed" 1 "the SHA-256 of what came before is another" "$PAVE" check "$dir/changed"
stop
check "what was changed is not restored" 1 "the SHA-256" "$PAVE" restore "$dir/changed" --data "$dir/data" --replace
check "a directory with something in it is left alone" 5 "is not empty" "$PAVE" restore "$dir/backup" --data "$dir/data"
check "the data directory is sound" 0 "sound" "$PAVE" check --data "$dir/data"
check "unless told" 0 "restored" "$PAVE" restore "$dir/backup" --data "$dir/data" --replace
start
check "the secret is back" 0 needle-one value one
check "what came later is not" 1 "not found" kubectl get configmap late
check "revisions went on far behind" 0 "" test "$(revision)" -gt $((late + 1000000))
check "who watches from an older one is told to list again" 0 '"code":410' \
	kubectl get --raw "/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=$late&timeoutSeconds=1"
stop

# ---- a restore that is cut short between the old database's going and the new one's coming ----
mkdir "$dir/between"
cp "$dir"/data/pave.db "$dir/between/pave.db.new"
: >"$dir/between/pave.db.restoring"
for command in "check" "check --accept-loss" "backup $dir/of-none" "serve --listen 127.0.0.1:0"; do
	# shellcheck disable=SC2086
	check "$command tells of it" 6 "a restore of $dir/between/pave.db was cut short: run \`pave restore\` with the same backup again" timeout 600 "$PAVE" $command --data "$dir/between"
done
check "and makes no database" 1 "" test -e "$dir/between/pave.db"
check "where there is none, that is said" 4 "there is no $dir/nowhere/pave.db: say which data directory with --data" "$PAVE" backup "$dir/of-none" --data "$dir/nowhere"

# ---- encryption ----
k1=$(key) k2=$(key)
check "the secret lies in plain text" 0 "" grep -qa bmVlZGxlLW9uZQ "$dir/data/pave.db"
keys "aesgcm: {keys: [{name: first, secret: $k1}]}" "identity: {}"
start --encryption-config "$dir/keys.yaml"
check "a secret made with a key" 0 "created" secret two needle-two
check "the one from before is read" 0 needle-one value one
check "nothing lies in plain text any more" 1 "" grep -qaE 'bmVlZGxlL|needle-' "$dir/data/pave.db" "$dir/data/pave.db-wal"
check "nor in a backup" 1 "" bash -c "'$PAVE' backup - 2>/dev/null | grep -E 'bmVlZGxlL|needle-'"
check "a sealed backup" 0 "backup of revision" "$PAVE" backup "$dir/sealed"
check "one that is there stays" 5 "sealed is there already: give another name, or --replace" "$PAVE" backup "$dir/sealed"
check "unless it is to go" 0 "backup of revision" "$PAVE" backup "$dir/sealed" --replace
check "a folder that is not there is named" 4 "cannot write $dir/none/x.part: No such file or directory" "$PAVE" backup "$dir/none/x"
check "the customary migration does no harm" 0 "replaced" bash -c "kubectl get secrets -A -o json | kubectl replace -f -"
stop
check "without the key it does not start" 1 "is sealed with the aesgcm key \"first\": say where the key is with --encryption-config" \
	timeout 600 "$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0
keys "aesgcm: {keys: [{name: first, secret: $k2}]}"
check "nor with another one of that name" 1 "is another key" \
	timeout 600 "$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --encryption-config "$dir/keys.yaml"
keys "secretbox: {keys: [{name: second, secret: $k2}]}" "aesgcm: {keys: [{name: first, secret: $k1}]}"
start --encryption-config "$dir/keys.yaml"
stop
keys "secretbox: {keys: [{name: second, secret: $k2}]}"
start --encryption-config "$dir/keys.yaml"
check "after one start with the new key in front the old one may go" 0 needle-two value two
stop
keys "aesgcm: {keys: [{name: first, secret: $k1}]}"
check "a sealed backup goes back without its key" 0 "restored" "$PAVE" restore "$dir/sealed" --data "$dir/data" --replace
start --encryption-config "$dir/keys.yaml"
check "and is read with it" 0 needle-two value two
stop
check "a backup of a directory at rest" 0 "backup of revision" "$PAVE" backup "$dir/rest" --data "$dir/data" --encryption-config "$dir/keys.yaml"
check "is sound" 0 "sound" "$PAVE" check "$dir/rest"

# ---- damage ----
offset=$(grep -abo 'k8s:enc:aesgcm:v1:first:' "$dir/data/pave.db" | head -1 | cut -d: -f1)
printf 'XXXX' | dd of="$dir/data/pave.db" bs=1 seek=$((offset + 40)) conv=notrunc status=none
check "changed bytes are found, and what they belong to" 1 "the row is not what was written: restore a backup" "$PAVE" check --data "$dir/data"
check "and keep it from starting" 1 "is not what was written" \
	timeout 600 "$PAVE" serve --data "$dir/data" --listen 127.0.0.1:0 --encryption-config "$dir/keys.yaml"
check "which a restore mends" 0 "restored" "$PAVE" restore "$dir/rest" --data "$dir/data" --replace
start --encryption-config "$dir/keys.yaml"
check "with all that was in it" 0 needle-one value one
edit() { python3 -c "import sqlite3; d = sqlite3.connect('$dir/data/pave.db'); d.execute('UPDATE object SET stamp = stamp + 1 WHERE name = \'two\''); d.commit()"; }
says_damaged() { curl -sk "$(sed -n 's/ *server: //p' "$KUBECONFIG")/readyz" | grep -q "\[-\]data failed: the database on the disk is damaged"; }
edit
until_true "damage below a running server makes it say that it is not ready" says_damaged
check "which has all of it, and makes a sound backup" 0 "backup of revision" "$PAVE" backup "$dir/last"
check "with the damaged object whole" 0 "sound" "$PAVE" check "$dir/last"
echo "1..$count"
