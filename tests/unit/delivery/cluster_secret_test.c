/* Secrets that describe clusters: what is understood, what is refused by name, and that no error tells a secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "delivery/clusters/dropped.h"
#include "delivery/clusters/secret.h"
#include "lang/json/json.h"

static pv_ctx cx;

static int
begin(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pv_ctx_done(&cx);
	return 0;
}

static const pv_val *
json(const char *text)
{
	const pv_val *v = NULL;

	if (pv_json_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

static const pv_val *
secret(const char *server, const char *config)
{
	pv_val data = pv_with(cx.arena, NULL, "server", pv_string_ref(server)), v;

	data = pv_with(cx.arena, &data, "config", pv_string_ref(config));
	data = pv_with(cx.arena, &data, "namespaces", pv_string_ref(" shop,team ,"));
	v = pv_with(cx.arena,
		    json("{\"metadata\": {\"name\": \"edge\", \"namespace\": \"argocd\", \"labels\": "
			 "{\"argocd.argoproj.io/secret-type\": \"cluster\"}}}"),
		    "stringData", data);
	return pv_box(cx.arena, v);
}

static void
what_is_said_is_understood(void **state)
{
	secret_says says;
	const pv_val *v = secret(
		"https://10.0.0.1:6443/",
		"{\"bearerToken\": \"abc\", \"tlsClientConfig\": {\"serverName\": \"api.example.org\", "
		"\"caData\": \"Y2E=\", \"certData\": \"Y2VydA==\", \"keyData\": \"a2V5\"}}");

	(void)state;
	assert_true(secret_is_cluster(v));
	assert_int_equal(secret_read(&cx, v, &says), 0);
	assert_string_equal(says.server, "https://10.0.0.1:6443");
	assert_string_equal(says.at.server, "https://api.example.org:6443");
	assert_string_equal(says.at.connect, "10.0.0.1:6443");
	assert_string_equal(says.http.token, "abc");
	assert_string_equal(says.http.ca_pem, "ca");
	assert_string_equal(says.http.cert_pem, "cert");
	assert_string_equal(says.http.key_pem, "key");
	assert_int_equal(says.namespaces.len, 2);
	assert_string_equal(*PV_AT(const char *, &says.namespaces, 1), "team");
	assert_false(says.whole);
}

static void
the_name_of_a_certificate_keeps_the_address(void **state)
{
	static const char *const rows[][3] = {
		{"https://10.0.0.1", "https://api", "10.0.0.1:443"},
		{"https://[::1]:8443/k", "https://api:8443/k", "[::1]:8443"},
		{"https://[::1]", "https://api", "[::1]:443"},
	};
	secret_says says;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_int_equal(
			secret_read(&cx,
				    secret(rows[i][0], "{\"tlsClientConfig\": {\"serverName\": \"api\"}}"),
				    &says),
			0);
		assert_string_equal(says.at.server, rows[i][1]);
		assert_string_equal(says.at.connect, rows[i][2]);
	}
}

static void
what_is_not_is_refused_by_name(void **state)
{
	static const char *const rows[][3] = {
		{"https://a", "{\"execProviderConfig\": {\"command\": \"hush\"}}",
		 "config.execProviderConfig is not"},
		{"https://a", "{\"awsAuthConfig\": {\"clusterName\": \"hush\"}}",
		 "config.awsAuthConfig is not"},
		{"https://a", "{\"bearerToken\": \"hush\"", "config: expected a JSON object"},
		{"https://a", "[\"hush\"]", "config: expected a JSON object"},
		{"https://a", "{\"tlsClientConfig\": {\"caData\": \"hush!\"}}", "caData: expected base64"},
		{"https://a", "{\"tlsClientConfig\": {\"certData\": \"aHVzaA==\"}}",
		 "come together, found one"},
		{"https://a", "{\"tlsClientConfig\": {\"insecure\": true, \"caData\": \"aHVzaA==\"}}",
		 "with the insecure flag is not allowed"},
		{"https://a", "{\"tlsClientConfig\": {\"serverName\": \"a/b\"}}",
		 "serverName: expected a host's name"},
		{"ftp://a", "{}", "server: expected https://HOST:PORT"},
		{"", "{}", "server: expected https://HOST:PORT"},
	};
	secret_says says;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_true(secret_read(&cx, secret(rows[i][0], rows[i][1]), &says) < 0);
		if (!strstr(pv_error_text(&cx), rows[i][2]))
			fail_msg("%s: %s", rows[i][1], pv_error_text(&cx));
		assert_non_null(strstr(pv_error_text(&cx), "Secret argocd/edge: "));
		assert_null(strstr(pv_error_text(&cx), "hush"));
		pv_recover(&cx);
	}
}

/* Only what the last configuration had, and only where something is taken over. */
static void
what_a_client_side_apply_had_and_git_has_not_goes(void **state)
{
	static const char last[] =
		"{\"data\":{\"a\":\"1\",\"b\":\"2\"},\"list\":[{\"name\":\"x\",\"v\":1},{\"name\":\"y\"}]}";
	const pv_val *want = json("{\"data\": {\"a\": \"1\"}, \"list\": [{\"name\": \"x\"}]}");
	const pv_val *ahead =
		json("{\"data\": {\"a\": \"1\", \"b\": \"2\", \"c\": \"3\"}, \"list\": [{\"name\": \"x\", "
		     "\"v\": 1}, {\"name\": \"y\"}, {\"name\": \"z\"}]}");
	pv_resource kind = {.group = "", .version = "v1", .kind = "ConfigMap", .api_version = "v1"};
	pv_call call = {
		.resource = &kind, .manager = "argocd-controller", .takes_over = "kubectl-client-side-apply"};
	pv_val live =
		pv_with_at(cx.arena,
			   json("{\"metadata\": {\"managedFields\": [{\"manager\": "
				"\"kubectl-client-side-apply\", \"operation\": \"Update\", \"apiVersion\": "
				"\"v1\", \"fieldsType\": \"FieldsV1\", \"fieldsV1\": {\"f:data\": {\"f:b\": "
				"{}}}}]}}"),
			   "metadata.annotations",
			   pv_with(cx.arena, NULL, "kubectl.kubernetes.io/last-applied-configuration",
				   pv_string_ref(last)));
	const pv_val *left;

	(void)state;
	left = dropped_without(&cx, &call, want, &live, ahead);
	assert_true(pv_eq(left, json("{\"data\": {\"a\": \"1\", \"c\": \"3\"}, \"list\": [{\"name\": \"x\"}, "
				     "{\"name\": \"z\"}]}")));
	call.takes_over = NULL;
	assert_ptr_equal(dropped_without(&cx, &call, want, &live, ahead), ahead);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_understood),
		cmocka_unit_test(the_name_of_a_certificate_keeps_the_address),
		cmocka_unit_test(what_is_not_is_refused_by_name),
		cmocka_unit_test(what_a_client_side_apply_had_and_git_has_not_goes),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
