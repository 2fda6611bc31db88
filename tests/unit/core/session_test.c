#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "core/api/impl.h"
#include "core/session/session.h"
#include "lang/json/json.h"
#include "unit/core/echo_node.h"
#include "unit/core/world.h"

#define POD "/api/v1/namespaces/default/pods/p/"

static pv_http *plain, *secure; /* the raw client's, and kubectl's */
static char *token, *kubeconfig;

/* ---- the server ---- */

static pv_http *
open_http(world *w, bool tls)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1 << 20,
			     .threads = 2,
			     .workers = 4,
			     .enter = NULL,
			     .handle = pv_api_handle,
			     .fail = pv_api_fail,
			     .blocks = pv_api_blocks,
			     .arg = w->api};
	pv_http *http;

	if (tls) {
		conf.client_ca_pem = pv_auth_ca_pem(w->auth);
		assert_int_equal(pv_auth_server_cert(&w->cx, w->auth, (const char *const[]){NULL},
						     &conf.cert_pem, &conf.key_pem),
				 0);
	}
	assert_int_equal(pv_http_open(&w->cx, &conf, &http), 0);
	return http;
}

static void
write_kubeconfig(world *w)
{
	static const char *const masters[] = {"system:masters", NULL};
	const char *cert, *key, *ca = pv_auth_ca_pem(w->auth);
	FILE *f;

	assert_int_equal(pv_auth_client_cert(&w->cx, w->auth, "admin", masters, &cert, &key), 0);
	kubeconfig = strdup("/tmp/pave-session-XXXXXX");
	f = fdopen(mkstemp(kubeconfig), "w");
	fprintf(f,
		"{\"clusters\":[{\"name\":\"p\",\"cluster\":{\"server\":\"https://127.0.0.1:%d\",\"certificate-authority-data\":\"%s\"}}],"
		"\"users\":[{\"name\":\"p\",\"user\":{\"client-certificate-data\":\"%s\",\"client-key-data\":\"%s\"}}],"
		"\"contexts\":[{\"name\":\"p\",\"context\":{\"cluster\":\"p\",\"user\":\"p\"}}],\"current-context\":\"p\"}",
		pv_http_port(secure), pv_base64(w->cx.arena, ca, strlen(ca), false),
		pv_base64(w->cx.arena, cert, strlen(cert), false),
		pv_base64(w->cx.arena, key, strlen(key), false));
	fclose(f);
}

static void
make_pod(world *w, const char *name, const char *node)
{
	world_create(
		w,
		pv_printf(
			w->cx.arena,
			"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\"},"
			"\"spec\":{\"nodeName\":\"%s\",\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}",
			name, node));
}

static int
setup(void **state)
{
	const char *text = NULL;
	const pv_val *sa;
	int64_t ends;
	world *w;

	world_open(state);
	w = *state;
	pv_api_add_node(w->api, &echo_node);
	sa = world_create(
		w,
		"{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"}}");
	world_create(
		w,
		"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"a\"},"
		"\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"cluster-admin\"},"
		"\"subjects\":[{\"kind\":\"ServiceAccount\",\"namespace\":\"default\",\"name\":\"a\"}]}");
	make_pod(w, "p", "echo");
	make_pod(w, "sim", "pave-simulated");
	assert_int_equal(pv_auth_sa_token(&w->cx, w->auth, "default", "a", pv_text_at(sa, "metadata.uid", ""),
					  3600 * PV_SEC, NULL, NULL, &text, &ends),
			 0);
	token = strdup(text);
	plain = open_http(w, false);
	secure = open_http(w, true);
	write_kubeconfig(w);
	return 0;
}

static int
teardown(void **state)
{
	plain = pv_http_close(plain);
	secure = pv_http_close(secure);
	unlink(kubeconfig);
	free(kubeconfig);
	free(token);
	return world_close(state);
}

/* ---- a raw client ---- */

typedef struct raw {
	int fd;
	char head[4096];
	pv_buf in; /* bytes behind the head */
} raw;

static raw
dial(const char *method, const char *path, const char *headers)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)pv_http_port(plain))};
	char text[4096];
	raw r = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
	size_t n = 0;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(r.fd, (const void *)&to, sizeof to), 0);
	snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n", method,
		 path, token, headers);
	assert_int_equal(send(r.fd, text, strlen(text), 0), strlen(text));
	while (n + 1 < sizeof r.head && !strstr(r.head, "\r\n\r\n") && recv(r.fd, r.head + n, 1, 0) == 1)
		n++;
	pv_buf_init(&r.in, NULL);
	return r;
}

#define WS(protocol) \
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " protocol "\r\n"

static raw
session(const char *path, const char *protocol)
{
	raw r = dial("GET", path,
		     strcmp(protocol, "v4") == 0 ? WS("v4.channel.k8s.io") : WS("v9, v5.channel.k8s.io"));

	if (!strstr(r.head, "HTTP/1.1 101 "))
		fail_msg("%s: %s", path, r.head);
	assert_non_null(strstr(r.head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* RFC 6455, 1.3 */
	assert_non_null(
		strstr(r.head, strcmp(protocol, "v4") == 0 ? "v4.channel.k8s.io" : "v5.channel.k8s.io"));
	return r;
}

static void
put(raw *r, int first, const char *bytes, size_t len)
{
	unsigned char head[8] = {(unsigned char)first, (unsigned char)(0x80 | len), 1, 2, 3, 4};
	char body[128];

	for (size_t i = 0; i < len; i++)
		body[i] = (char)(bytes[i] ^ (char)(1 + (i & 3)));
	assert_int_equal(send(r->fd, head, 6, 0), 6);
	assert_int_equal(send(r->fd, body, len, 0), len);
}

static bool
need(raw *r, size_t n)
{
	char bytes[4096];

	while (r->in.len < n) {
		ssize_t got = recv(r->fd, bytes, sizeof bytes, 0);

		if (got <= 0)
			return false;
		pv_buf_add(&r->in, bytes, (size_t)got);
	}
	return true;
}

/* The next frame: its first byte, or -1 at the end; *ret has the payload, a NUL behind it. */
static int
get(raw *r, char *ret, size_t cap)
{
	size_t at = 2, len;
	int first;

	if (!need(r, 2))
		return -1;
	first = (unsigned char)r->in.s[0];
	len = (unsigned char)r->in.s[1];
	if (len == 126) {
		need(r, 4);
		len = (size_t)(unsigned char)r->in.s[2] << 8 | (unsigned char)r->in.s[3];
		at = 4;
	}
	assert_true(need(r, at + len));
	snprintf(ret, cap, "%.*s", (int)len, r->in.s + at);
	memcpy(ret, r->in.s + at, len < cap ? len : cap);
	memmove(r->in.s, r->in.s + at + len, r->in.len - at - len);
	r->in.len -= at + len;
	return first;
}

static void
hang_up(raw *r)
{
	close(r->fd);
	pv_buf_done(&r->in);
}

/* ---- what it sees ---- */

static void
input_comes_back_and_ends_with_a_status(void **state)
{
	char text[512];
	raw r = session(POD "exec?command=cat&stdin=1&stdout=1&container=c", "v5");

	(void)state;
	put(&r, 0x82, "\0hello", 6);
	assert_int_equal(get(&r, text, sizeof text), 0x82);
	assert_memory_equal(text, "\1hello", 6);
	put(&r, 0x02, "\0in", 3); /* in two frames, with a ping between them */
	put(&r, 0x89, "ping", 4);
	put(&r, 0x80, "put", 3);
	assert_int_equal(get(&r, text, sizeof text), 0x8a);
	assert_memory_equal(text, "ping", 4);
	assert_int_equal(get(&r, text, sizeof text), 0x82);
	assert_memory_equal(text, "\1input", 6);
	put(&r, 0x82, "\xff\0", 2); /* v5: nothing more will come on 0 */
	assert_int_equal(get(&r, text, sizeof text), 0x82);
	assert_string_equal(text, "\3{\"metadata\":{},\"status\":\"Success\"}");
	assert_int_equal(get(&r, text, sizeof text), 0x88);
	assert_memory_equal(text, "\x03\xe8", 2); /* 1000 */
	put(&r, 0x88, "\x03\xe8", 2);
	assert_int_equal(get(&r, text, sizeof text), -1);
	hang_up(&r);
}

static void
exit_codes_stand_in_the_status(void **state)
{
	char text[512];
	raw r = session(POD "exec?command=exit&command=7&stdout=1&stderr=1", "v4");

	(void)state;
	assert_int_equal(get(&r, text, sizeof text), 0x82);
	assert_string_equal(text, "\2bye\n");
	assert_int_equal(get(&r, text, sizeof text), 0x82);
	assert_non_null(strstr(text, "\"reason\":\"NonZeroExitCode\""));
	assert_non_null(strstr(text, "{\"reason\":\"ExitCode\",\"message\":\"7\"}"));
	hang_up(&r);
	r = session(POD "exec?command=nosuch&stdout=1", "v4");
	get(&r, text, sizeof text);
	assert_non_null(strstr(text, "no such program in container c"));
	assert_int_equal(get(&r, text, sizeof text), 0x88);
	assert_memory_equal(text, "\x03\xf3", 2); /* 1011 */
	hang_up(&r);
}

static void
terminals_have_sizes_and_no_stderr(void **state)
{
	char text[512];
	raw r = session(POD "exec?command=size&stdin=1&stdout=1&tty=1", "v5");

	(void)state;
	put(&r, 0x82, "\4{\"Width\":80,\"Height\":25}", 25);
	get(&r, text, sizeof text);
	assert_string_equal(text, "\1"
				  "1 80x25\n");
	hang_up(&r);
	r = session(POD "exec?command=exit&command=0&stdout=1&stderr=1&tty=1", "v5");
	get(&r, text, sizeof text);
	assert_string_equal(text, "\3{\"metadata\":{},\"status\":\"Success\"}");
	hang_up(&r);
	r = session(POD "attach?stdout=1", "v5");
	get(&r, text, sizeof text);
	assert_string_equal(text, "\1attached\n");
	hang_up(&r);
}

static void
ports_have_two_channels_each(void **state)
{
	char text[512];
	raw r = session(POD "portforward?ports=80,8443", "v4");

	(void)state;
	for (int i = 0; i < 4; i++) {
		get(&r, text, sizeof text);
		assert_int_equal(text[0], i);
		assert_memory_equal(text + 1, i < 2 ? "\x50\0" : "\xfb\x20", 2);
	}
	put(&r, 0x82, "\2abc", 4);
	get(&r, text, sizeof text);
	assert_memory_equal(text, "\2ABC", 4);
	hang_up(&r);
}

static void
ends_with(raw *r, const char *code)
{
	char text[512];

	assert_int_equal(get(r, text, sizeof text), 0x88);
	assert_memory_equal(text, code, 2);
	hang_up(r);
}

static void
violations_are_told(void **state)
{
	static const int first[] = {0xc2 /* reserved bit */, 0x80 /* goes on with nothing */,
				    0x83 /* unknown */, 0x09 /* a ping in pieces */};
	static const char unmasked[] = "\x82\x02\0x", huge[] = "\x82\xff\0\0\0\0\1\0\0\0\1\2\3\4";
	raw r;

	(void)state;
	for (size_t i = 0; i < PV_LEN(first); i++) {
		r = session(POD "exec?command=cat&stdin=1&stdout=1", "v5");
		put(&r, first[i], "\0x", 2);
		ends_with(&r, "\x03\xea"); /* 1002 */
	}
	r = session(POD "exec?command=cat&stdin=1&stdout=1", "v5");
	send(r.fd, unmasked, 4, 0);
	ends_with(&r, "\x03\xea");
	r = session(POD "exec?command=cat&stdin=1&stdout=1", "v5");
	send(r.fd, huge, 14, 0);
	ends_with(&r, "\x03\xf1"); /* 1009 */
}

static void
refused(const char *method, const char *path, const char *headers, int code, const char *text)
{
	char want[32], body[2048] = "";
	raw r = dial(method, path, headers);

	snprintf(want, sizeof want, "HTTP/1.1 %d ", code);
	(void)recv(r.fd, body, sizeof body - 1, 0);
	if (!strstr(r.head, want) || !strstr(body, text))
		fail_msg("%s: wanted %d, %s: %s%s", path, code, text, r.head, body);
	hang_up(&r);
}

static void
what_cannot_be_is_refused_in_words(void **state)
{
	(void)state;
	refused("GET", POD "exec?command=cat&stdout=1", "", 400, "Upgrade request required");
	refused("POST", POD "exec?command=cat&stdout=1",
		"Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n", 501,
		"this server speaks WebSocket (v5.channel.k8s.io, v4.channel.k8s.io) and not SPDY/3.1: use kubectl 1.30 or newer");
	refused("GET", POD "portforward?ports=1", WS("SPDY/3.1+portforward.k8s.io"), 501,
		"it offers SPDY/3.1+portforward.k8s.io");
	refused("GET", POD "exec?stdout=1", WS("v5.channel.k8s.io"), 400, "at least one command");
	refused("GET", POD "exec?command=x", WS("v5.channel.k8s.io"), 400,
		"at least 1 of stdin, stdout, stderr");
	refused("GET", POD "exec?command=x&stdout=1&container=d", WS("v5.channel.k8s.io"), 400,
		"container d is not valid for pod p");
	refused("GET", POD "portforward?ports=0", WS("v4.channel.k8s.io"), 400,
		"expected at most 32 ports from 1 to 65535");
	refused("GET", POD "log", "", 501, "which keeps no logs");
	refused("GET", "/api/v1/namespaces/default/pods/sim/exec?command=x&stdout=1", WS("v5.channel.k8s.io"),
		501, "is simulated and runs no containers");
}

static void
policies_see_who_connects(void **state)
{
	world *w = *state;
	char text[512];
	raw r;

	world_create(
		w,
		"{\"apiVersion\":\"admissionregistration.k8s.io/v1\",\"kind\":\"ValidatingAdmissionPolicy\",\"metadata\":{\"name\":\"x\"},"
		"\"spec\":{\"failurePolicy\":\"Fail\",\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],"
		"\"apiVersions\":[\"v1\"],\"operations\":[\"CONNECT\"],\"resources\":[\"pods/exec\"]}]},\"validations\":[{"
		"\"expression\":\"request.kind.kind == 'PodExecOptions' && object.command[0] != 'rm' && (!has(object.container) || object.container == 'c')\","
		"\"message\":\"rm is not for you\"}]}}");
	world_create(
		w,
		"{\"apiVersion\":\"admissionregistration.k8s.io/v1\",\"kind\":\"ValidatingAdmissionPolicyBinding\",\"metadata\":{\"name\":\"x\"},"
		"\"spec\":{\"policyName\":\"x\",\"validationActions\":[\"Deny\"]}}");
	refused("GET", POD "exec?command=rm&stdout=1", WS("v5.channel.k8s.io"), 422, "rm is not for you");
	r = session(POD "exec?command=exit&command=0&stdout=1", "v5");
	get(&r, text, sizeof text);
	assert_string_equal(text, "\3{\"metadata\":{},\"status\":\"Success\"}");
	hang_up(&r);
}

static void
sessions_are_limited_and_end_with_the_server(void **state)
{
	world *w = *state;
	raw all[70];
	size_t n = 0;
	char text[64];

	while (n < PV_LEN(all)) {
		all[n] = dial("GET", POD "exec?command=cat&stdin=1&stdout=1", WS("v5.channel.k8s.io"));
		if (!strstr(all[n++].head, " 101 "))
			break;
	}
	assert_int_equal(n, 65);
	assert_non_null(strstr(all[64].head, "HTTP/1.1 429 "));
	plain = pv_http_close(plain);
	assert_true(get(&all[0], text, sizeof text) != 0x81);
	for (size_t i = 0; i < n; i++)
		hang_up(&all[i]);
	plain = open_http(w, false);
}

/* ---- kubectl ---- */

static void
kubectl(const char *args, int code, const char *wanted)
{
	static const char *const program = ".cache/kubectl/1.35/kubectl";
	char command[1024], out[8192];
	size_t n;
	int status;
	FILE *f;

	if (access(program, X_OK) != 0)
		skip(); /* tests/journeys/kubectl.t fails without it */
	snprintf(
		command, sizeof command,
		"export HOME=/nonexistent KUBECONFIG=%s; echo hello | timeout 600 %s --cache-dir=/nonexistent %s 2>&1",
		kubeconfig, program, args);
	f = popen(command, "r"); /* strings: of this file only */
	n = fread(out, 1, sizeof out - 1, f);
	out[n] = '\0';
	status = pclose(f);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code || !strstr(out, wanted))
		fail_msg("kubectl %s: exit %d, wanted %d with %s in: %s", args, WEXITSTATUS(status), code,
			 wanted, out);
}

static void
kubectl_speaks_to_a_node(void **state)
{
	(void)state;
	kubectl("exec -i p -- cat", 0, "hello");
	kubectl("exec p -- exit 3", 3, "command terminated with exit code 3");
	kubectl("exec p -- exit 0", 0, "bye");
	kubectl("exec p -- nosuch", 1, "no such program in container c");
	kubectl("exec p -- flood | wc -c", 0, "3200000");
	kubectl("attach p", 0, "attached");
	kubectl("exec sim -- ls", 1, "is simulated and runs no containers");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(input_comes_back_and_ends_with_a_status),
		cmocka_unit_test(exit_codes_stand_in_the_status),
		cmocka_unit_test(terminals_have_sizes_and_no_stderr),
		cmocka_unit_test(ports_have_two_channels_each),
		cmocka_unit_test(violations_are_told),
		cmocka_unit_test(what_cannot_be_is_refused_in_words),
		cmocka_unit_test(policies_see_who_connects),
		cmocka_unit_test(sessions_are_limited_and_end_with_the_server),
		cmocka_unit_test(kubectl_speaks_to_a_node),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
