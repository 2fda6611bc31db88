#!/bin/bash
# http.send and net.lookup_ip_addr: off unless whoever runs Pave names the host; then as OPA 1.20.2 answered.  Speaks TAP.
here=$(cd "$(dirname "$0")" && pwd)
PAVE=$(realpath "${PAVE:-build/debug/pave}")
work=$(mktemp -d)
python3 "$here/_echo.py" >"$work/port" &
server=$!
trap 'kill $server; wait $server 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
until [ -s port ]; do kill -0 $server || exit 1; done
url=http://127.0.0.1:$(cat port)
n=0 bad=0

told() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# is NAME WANTED QUERY [OPTION...]: the value of the query, with the host allowed.
is() {
	local name=$1 wanted=$2 query=$3 said
	shift 3
	said=$("$PAVE" rego eval -f raw --strict-builtin-errors --allow-net 127.0.0.1 "$@" "$query" 2>&1)
	[ "$said" = "$wanted" ]
	told $? "$name" "$said"
}

# says NAME TEXT QUERY [OPTION...]: it stands in what is said; nothing is allowed but by the options.
says() {
	local name=$1 wanted=$2 query=$3 said
	shift 3
	said=$("$PAVE" rego eval -f json --strict-builtin-errors "$@" "$query" 2>&1)
	case $said in *"$wanted"*) told 0 "$name" ;; *) told 1 "$name" "$said" ;; esac
}

allow='--allow-net 127.0.0.1'
get() { printf '{"method":"get","url":"%s"%s}' "$url$1" "$2"; }

# ---- off ----
says 'no host is allowed' 'no host is allowed (--allow-net)' "http.send($(get /echo))"
says 'nor looked up' 'no host is allowed (--allow-net): example.org' 'net.lookup_ip_addr("example.org")'
says 'but what needs no network' '"127.0.0.1"' 'net.lookup_ip_addr("localhost")'
says 'another host is not' 'http.send: disallowed host: 127.0.0.1' "http.send($(get /echo))" --allow-net example.org
says 'not even as no error' 'http.send: disallowed host: 127.0.0.1' "http.send($(get /echo ',"raise_error":false'))" --allow-net example.org
says 'a rule that would hold without the answer ends' 'disallowed host' "not http.send($(get /echo)).status_code == 200" --allow-net example.org
says 'nor looked up either' 'net.lookup_ip_addr: disallowed host: localhost' 'net.lookup_ip_addr("localhost")' $allow
says 'a user in front is no host' 'disallowed host: example.org' 'http.send({"method":"get","url":"http://127.0.0.1@example.org/"})' $allow
says 'nor is a fragment' 'disallowed host: example.org' 'http.send({"method":"get","url":"http://example.org#@127.0.0.1/"})' $allow
says 'a backslash makes none' 'http.send' 'http.send({"method":"get","url":"http://example.org\\@127.0.0.1/"}).status_code == 200' $allow
says 'a redirect to another host is not followed' 'disallowed host: localhost' "http.send($(get "/to/http:__localhost:1_" ',"enable_redirect":true'))" $allow
says 'what --allow-net may be' 'expected a host as' 1 --allow-net http://example.org
says 'it has no port' 'expected a host as' 1 --allow-net localhost:8080
printf '{"builtins":[{"name":"http.send"},{"name":"net.lookup_ip_addr"},{"name":"eq"}],"features":["rego_v1"],"allow_net":["localhost"]}' >caps.json
says 'capabilities name hosts too' 'http.send: disallowed host: 127.0.0.1' "http.send($(get /echo))" --capabilities caps.json
says 'and allow them' '"127.0.0.1"' 'net.lookup_ip_addr("localhost")' --capabilities caps.json

# ---- the answer ----
of() { printf '[y | x := http.send(%s); y := %s][0]' "$1" "$2"; }
is 'a GET' '["GET","/echo","","200 OK",200]' "$(of "$(get /echo)" '[x.body.method, x.body.path, x.body.body, x.status, x.status_code]')"
is 'values of a header are a list' '["a","b"]' "http.send($(get /echo)).headers[\"x-two\"]"
is 'a body is sent as JSON' '["POST","{\"a\":[1,2]}",["1"]]' "$(of "{\"method\":\"post\",\"url\":\"$url/echo\",\"body\":{\"a\":{1,2}},\"headers\":{\"X-A\":\"1\"}}" '[x.body.method, x.body.body, [v | some [k, v] in x.body.headers; k == "x-a"]]')"
is 'who frames a request is the client' '["POST","hi",["2"]]' "$(of "{\"method\":\"post\",\"url\":\"$url/echo\",\"raw_body\":\"hi\",\"headers\":{\"Content-Length\":\"0\",\"transfer-encoding\":\"chunked\"}}" '[x.body.method, x.body.body, [v | some [k, v] in x.body.headers; k == "content-length"]]')"
is 'a raw body as it is' 'hi' "http.send({\"method\":\"put\",\"url\":\"$url/echo\",\"raw_body\":\"hi\",\"body\":{}}).body.body"
while IFS='|' read -r name path more wanted; do
	is "$name" "$wanted" "$(of "$(get "$path" "$more")" '[x.body, x.raw_body, x.status_code]')"
done <<'TEXT'
YAML is read|/yaml||[{"a":[1,2]},"a: [1, 2]\n",200]
another text is null|/text||[null,"hello",200]
so is JSON that is none|/badjson||[null,"{\"a\":",200]
whatever is forced|/badjson|,"force_json_decode":true|[null,"{\"a\":",200]
text is forced to be JSON|/textjson|,"force_json_decode":true|[{"a":1},"{\"a\": 1}",200]
and YAML|/textjson|,"force_yaml_decode":true|[{"a":1},"{\"a\": 1}",200]
nothing is null|/empty||[null,"",200]
a vendor's JSON is JSON|/vendor||[{"a":1.0},"{\"a\": 1.0}",200]
numbers keep their digits|/numbers||[{"f":1.50,"n":12345678901234567890},"{\"n\": 12345678901234567890, \"f\": 1.50}",200]
TEXT
is 'another status is an answer' '500 Internal Server Error' "http.send($(get /500)).status"
is 'HEAD has no body' '[null,"",200]' "$(of "{\"method\":\"head\",\"url\":\"$url/echo\"}" '[x.body, x.raw_body, x.status_code]')"
is 'a redirect is an answer' '302 Found' "http.send($(get /to/_echo)).status"
is 'and is followed when asked' '/echo' "http.send($(get /to/_echo ',"enable_redirect":true')).body.path"
is 'a POST becomes a GET there' '["GET",""]' "$(of "{\"method\":\"post\",\"url\":\"$url/to/_echo\",\"raw_body\":\"x\",\"enable_redirect\":true}" '[x.body.method, x.body.body]')"

# ---- how often ----
is 'the same request is sent once an evaluation' true "http.send($(get /echo)).body.asked == http.send($(get /echo)).body.asked"
is 'another is another' true "http.send($(get /echo)).body.asked != http.send($(get /echo ',"cache":false')).body.asked"
is 'what its headers let be kept is given again' true "http.send($(get /cached ',"cache":true')).body.asked == http.send($(get /cached ',"cache":true')).body.asked"

# ---- what is wrong ----
while IFS='|' read -r name request wanted; do
	says "$name" "$wanted" "http.send(${request//URL/$url})" $allow
done <<'TEXT'
no url|{"method":"get"}|http.send: operand 1 missing required request parameters(s): {\"url\"}
no method|{"url":"URL/echo"}|http.send: operand 1 missing required request parameters(s): {\"method\"}
a name that is none|{"method":"get","url":"URL/echo","x":1}|http.send: operand 1 invalid request parameters(s): {\"x\"}
a method that is none|{"method":7,"url":"URL/echo"}|http.send: \"method\" must be a string
a method with a line end|{"method":"get\r\nX: y","url":"URL/echo"}|http.send: invalid method
a url that is none|{"method":"get","url":7}|http.send: \"url\" must be a string
another scheme|{"method":"get","url":"ftp://127.0.0.1/"}|unsupported protocol scheme
a file|{"method":"get","url":"file:///etc/passwd"}|unsupported protocol scheme
nobody listens|{"method":"get","url":"http://127.0.0.1:1/"}|Failed to connect to 127.0.0.1 port 1
too slow|{"method":"get","url":"URL/slow","timeout":"200ms"}|/slow: request timed out
too slow in nanoseconds|{"method":"get","url":"URL/slow","timeout":200000000}|/slow: request timed out
a timeout that is none|{"method":"get","url":"URL/slow","timeout":"3x"}|http.send: invalid timeout value \"3x\"
a timeout of another type|{"method":"get","url":"URL/slow","timeout":[]}|operand 1 'timeout' must be one of {string, number} but got array
headers that are none|{"method":"get","url":"URL/echo","headers":7}|http.send: invalid type for headers key
a header that is none|{"method":"get","url":"URL/echo","headers":{"a":7}}|http.send: invalid type for headers value 7
a header with a line end|{"method":"get","url":"URL/echo","headers":{"a":"b\r\nc: d"}}|no name or value of a header
a raw body that is none|{"method":"post","url":"URL/echo","raw_body":7}|http.send: \"raw_body\" must be a string
authorities that are none|{"method":"get","url":"URL/echo","tls_ca_cert":"x"}|http.send: could not append certificates
authorities of a file|{"method":"get","url":"URL/echo","tls_ca_cert_file":"/etc/ssl/x"}|tls_ca_cert_file: not supported: expected tls_ca_cert
kept for how long|{"method":"get","url":"URL/echo","force_cache":true}|'force_cache' set but 'force_cache_duration_seconds' parameter is missing
no truth|{"method":"get","url":"URL/echo","raise_error":7}|http.send: invalid value for raise_error field
how often|{"method":"get","url":"URL/echo","max_retry_attempts":"x"}|http.send: invalid value \"x\" for field \"max_retry_attempts\"
a password stays out of it|{"method":"get","url":"http://user:secret@127.0.0.1:1/a"}|GET http://127.0.0.1:1/a
TEXT
is 'an error can be a value' '["eval_http_send_network_error",0]' "$(of '{"method":"get","url":"http://127.0.0.1:1/","raise_error":false}' '[x.error.code, x.status_code]')"
is 'and one of the request' 'eval_http_send_internal_error' "http.send($(get /echo ',"headers":7,"raise_error":false')).error.code"
is 'a name is looked up' '["127.0.0.1"]' 'net.lookup_ip_addr("127.0.0.1")'

# ---- other verbs ----
cat >p.rego <<REGO
package p

x := http.send($(get /echo)).status_code

test_x if x == 200
REGO
printf '{}' >in.json
while read -r wanted args; do
	said=$("$PAVE" rego $args 2>&1)
	case $said in *"$wanted"*) told 0 "rego $args" ;; *) told 1 "rego $args" "$said" ;; esac
done <<TEXT
PASS test $allow p.rego
disallowed test --allow-net example.org p.rego
200 exec --decision p/x $allow -b . in.json
disallowed exec --decision p/x --allow-net example.org -b . in.json
TEXT
echo "1..$n"
exit $bad
