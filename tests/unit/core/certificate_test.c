/* CertificateSigningRequests: who made them, who may approve and sign them, and the certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "unit/core/controllers.h"

#define TYPE "certificates.k8s.io/CertificateSigningRequest"
#define CLIENT "kubernetes.io/kube-apiserver-client"
/* openssl req -new -key k.pem -subj /O=dev/CN=jane | base64 -w0 */
#define JANE \
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWE1IOENBUUF3SFRFTU1Bb0dBMVVFQ2d3RFpHVj" \
	"JNUTB3Q3dZRFZRUUREQVJxWVc1bE1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUUydWVlWmVPaG90" \
	"UkRRT2R4cE5QV21SMzVPUjk2eWFaYWdrMkFIZHQxCjQrc1NvVjZmMU9ucjRhRFB0aWFhQmhWZjVCN0JEUml5Nndybn" \
	"RmdjJYWWVGNjZBQU1Bb0dDQ3FHU000OUJBTUMKQTBnQU1FVUNJUUNPNzAvZkdJbVBvcmpFanp4bUZYa3pTRkRSVTRO" \
	"aWRaMHp5U0VKNGN4ZmlBSWdlSEE2SmJlNgpKOURsMnFGSE5uSGlaRkx0Z1BKcHJwUHY1ZzRtMFBGcTUyZz0KLS0tLS" \
	"1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="
/* The same with /O=system:masters/CN=eve. */
#define EVE \
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIaU1JR0pBZ0VBTUNjeEZ6QVZCZ05WQkFvTURuTj" \
	"VjM1JsYlRwdFlYTjBaWEp6TVF3d0NnWURWUVFEREFObApkbVV3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3" \
	"TkNBQVRhNTU1bDQ2R2kxRU5BNTNHazA5YVpIZms1CkgzckpwbHFDVFlBZDIzWGo2eEtoWHAvVTZldmhvTSsySnBvR0" \
	"ZWL2tIc0VOR0xMckN1ZTErL1pkaDRYcm9BQXcKQ2dZSUtvWkl6ajBFQXdJRFNBQXdSUUloQUxOaWZDSzEySVdOTGZr" \
	"N29YVis5NUVNL1RLY0RiejFVRjNqamFDMQpDZkVjQWlBTlk3SGF0RGRuVFVBMk9YUzkrOElQdGlrVU03R1ppc2tZcE" \
	"VRSEJLaU1lZz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
/* JANE with the last bit of its signature turned. */
#define BAD \
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIV01IOENBUUF3SFRFTU1Bb0dBMVVFQ2d3RFpHVj" \
	"JNUTB3Q3dZRFZRUUREQVJxWVc1bE1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUUydWVlWmVPaG90" \
	"UkRRT2R4cE5QV21SMzVPUjk2eWFaYWdrMkFIZHQxCjQrc1NvVjZmMU9ucjRhRFB0aWFhQmhWZjVCN0JEUml5Nndybn" \
	"RmdjJYWWVGNjZBQU1Bb0dDQ3FHU000OUJBTUMKQTBjQU1FUUNJREVhRGxMYnZYOUtFdzB0MjEwbGFmY1RoaGk0K1p5" \
	"REQ4R2xsaFkvb091R0FpQVpyWFkxUEtpcwpIdUhBelFmOEF0N2dkNm9iQ25GQXk1alZvRElYbHBraU5RPT0KLS0tLS" \
	"1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="

static const char *const team[] = {"team", NULL};

static pv_val
csr(world *w, const char *name, const char *request, const char *signer, const char *usages)
{
	return *world_json(
		w,
		pv_printf(w->cx.arena,
			  "{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":\"CertificateSigningRequest\","
			  "\"metadata\":{\"name\":\"%s\"},\"spec\":{\"request\":\"%s\",\"signerName\":\"%s\","
			  "\"usages\":%s,\"username\":\"system:node:evil\",\"groups\":[\"system:masters\"],"
			  "\"uid\":\"1\",\"extra\":{\"a\":[\"b\"]}}}",
			  name, request, signer, usages));
}

static pv_call
call_of(world *w, const char *name, const char *sub)
{
	pv_call call = world_call(w, "certificates.k8s.io/v1", "CertificateSigningRequest", "", name);

	call.subresource = sub;
	return call;
}

static const pv_val *
made(world *w, const char *name, const char *request, const char *usages)
{
	pv_call call = call_of(w, "", "");
	pv_val object = csr(w, name, request, CLIENT, usages);
	const pv_val *ret = NULL;

	if (pv_api_create(&w->cx, w->api, &call, &object, &ret) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
	return ret;
}

static int
patch(world *w, const char *name, const char *sub, const char *text, const pv_val **ret)
{
	pv_call call = call_of(w, name, sub);

	return pv_api_patch(&w->cx, w->api, &call, PV_PATCH_MERGE, world_json(w, text), ret, NULL);
}

static void
refused(world *w, int r, int code, const char *words)
{
	if (r != -code)
		fail_msg("expected %d \"%s\", found %d \"%s\"", -code, words, r,
			 r < 0 ? w->cx.err->message : "");
	if (!strstr(w->cx.err->message, words))
		fail_msg("expected \"%s\", found \"%s\"", words, w->cx.err->message);
	(void)pv_recover(&w->cx);
}

/* As somebody who may do these verbs on these resources. */
static void
be(world *w, const char *user, const char *rules)
{
	pv_auth_internal(&w->cx, "system:pave:test");
	world_create(w, pv_printf(w->cx.arena,
				  "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\","
				  "\"metadata\":{\"name\":\"%s\"},\"rules\":[%s]}",
				  user, rules));
	world_create(
		w,
		pv_printf(
			w->cx.arena,
			"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRoleBinding\","
			"\"metadata\":{\"name\":\"%s\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\","
			"\"kind\":\"ClusterRole\",\"name\":\"%s\"},\"subjects\":[{\"kind\":\"User\","
			"\"apiGroup\":\"rbac.authorization.k8s.io\",\"name\":\"%s\"}]}",
			user, user, user));
	world_be(w, user, team);
}

#define ALL_CSRS \
	"{\"apiGroups\":[\"certificates.k8s.io\"],\"resources\":[\"certificatesigningrequests\"," \
	"\"certificatesigningrequests/approval\",\"certificatesigningrequests/status\"],\"verbs\":[\"*\"]}"
#define SIGNERS(verb, name) \
	",{\"apiGroups\":[\"certificates.k8s.io\"],\"resources\":[\"signers\"],\"verbs\":[\"" verb \
	"\"],\"resourceNames\":[\"" name "\"]}"
#define USAGES "[\"client auth\",\"digital signature\"]"
#define CONDITION(type, status) \
	"{\"type\":\"" type "\",\"status\":\"" status "\",\"reason\":\"r\",\"message\":\"m\"}"
#define CONDITIONS(list) "{\"status\":{\"conditions\":[" list "]}}"

static void
the_requester_is_who_asked(void **state)
{
	world *w = ((running *)*state)->w;
	const pv_val *object;

	be(w, "mallory", ALL_CSRS);
	object = made(w, "forged", JANE, USAGES);
	assert_string_equal(pv_text_at(object, "spec.username", ""), "mallory");
	assert_null(pv_at(object, "spec.uid"));
	assert_null(pv_at(object, "spec.extra"));
	assert_int_equal(pv_count(pv_at(object, "spec.groups")), 1);
	assert_string_equal(pv_text(pv_item(pv_at(object, "spec.groups"), 0), ""), "team");
}

static void
a_spec_stays_as_it_was_made(void **state)
{
	world *w = ((running *)*state)->w;
	static const char *const subs[] = {"", "approval", "status"};
	const pv_val *before = made(w, "fixed", JANE, USAGES), *left;

	for (size_t i = 0; i < PV_LEN(subs); i++) {
		assert_int_equal(patch(w, "fixed", subs[i],
				       "{\"spec\":{\"username\":\"root\",\"usages\":[\"any\"]}}", &left),
				 0);
		assert_true(pv_eq(pv_get(before, "spec"), pv_get(left, "spec")));
	}
	assert_int_equal(patch(w, "fixed", "", CONDITIONS(CONDITION("Approved", "True")), &left), 0);
	assert_null(pv_at(left, "status.conditions"));
}

static void
a_request_must_be_one(void **state)
{
	world *w = ((running *)*state)->w;
	static const struct {
		const char *request, *signer, *usages, *words;
	} rows[] = {
		{"eA==", CLIENT, USAGES, "PEM block type must be CERTIFICATE REQUEST"},
		{BAD, CLIENT, USAGES, "the certificate request is not signed by the key in it"},
		{JANE, "kubernetes.io/legacy-unknown", USAGES,
		 "the legacy signerName is not allowed via this API version"},
		{JANE, "example/x", USAGES,
		 "should be a domain with at least two segments separated by dots"},
		{JANE, "example.com/X", USAGES, "validating label \"X\""},
		{JANE, CLIENT, "[\"client auth\",\"client auth\"]", "Duplicate value: \"client auth\""},
	};

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_val object = csr(w, "bad", rows[i].request, rows[i].signer, rows[i].usages);
		pv_call call = call_of(w, "", "");
		const pv_val *left;

		refused(w, pv_api_create(&w->cx, w->api, &call, &object, &left), PV_EINVALID, rows[i].words);
	}
}

static void
nobody_asks_to_be_an_administrator(void **state)
{
	world *w = ((running *)*state)->w;
	pv_val object = csr(w, "eve", EVE, CLIENT, USAGES);
	pv_call call = call_of(w, "", "");
	const pv_val *left;

	refused(w, pv_api_create(&w->cx, w->api, &call, &object, &left), PV_EFORBIDDEN,
		"use of " CLIENT " signer with system:masters group is not allowed");
}

static void
approving_takes_a_right_on_the_signer(void **state)
{
	world *w = ((running *)*state)->w;
	const pv_val *left;

	made(w, "asked", JANE, "[\"client auth\",\"any\"]"); /* is never signed */
	be(w, "clerk", ALL_CSRS);
	refused(w, patch(w, "asked", "approval", CONDITIONS(CONDITION("Approved", "True")), &left),
		PV_EFORBIDDEN, "user not permitted to approve requests with signerName \"" CLIENT "\"");
	refused(w, patch(w, "asked", "status", "{\"status\":{\"certificate\":\"eA==\"}}", &left), PV_EINVALID,
		"status.certificate: Invalid value: \"<certificate data>\": must contain at least one CERTIFICATE "
		"PEM block");
	refused(w, patch(w, "asked", "status", CONDITIONS(CONDITION("Failed", "True")), &left), PV_EFORBIDDEN,
		"user not permitted to sign requests with signerName \"" CLIENT "\"");
	be(w, "approver", ALL_CSRS SIGNERS("approve", "kubernetes.io/*"));
	assert_int_equal(patch(w, "asked", "approval", CONDITIONS(CONDITION("Approved", "True")), &left), 0);
	assert_true(pv_text_at(left, "status.conditions.0.lastUpdateTime", "")[0] != '\0');
	be(w, "signer", ALL_CSRS SIGNERS("sign", CLIENT));
	refused(w, patch(w, "asked", "approval", "{}", &left), PV_EFORBIDDEN,
		"user not permitted to approve");
}

static void
a_decision_stands(void **state)
{
	world *w = ((running *)*state)->w;
	const char *ca = pv_auth_ca_pem(w->auth);
	const pv_val *left;

	made(w, "decided", JANE, "[\"any\"]");
	refused(w,
		patch(w, "decided", "approval",
		      CONDITIONS(CONDITION("Approved", "True") "," CONDITION("Denied", "True")), &left),
		PV_EINVALID, "Approved and Denied conditions are mutually exclusive");
	refused(w, patch(w, "decided", "approval", CONDITIONS(CONDITION("Denied", "False")), &left),
		PV_EINVALID, "Unsupported value: \"False\": supported values: \"True\"");
	refused(w, patch(w, "decided", "status", CONDITIONS(CONDITION("Denied", "True")), &left), PV_EINVALID,
		"updates may not add a condition of type \"Denied\"");
	assert_int_equal(patch(w, "decided", "approval", CONDITIONS(CONDITION("Denied", "True")), &left), 0);
	refused(w, patch(w, "decided", "approval", CONDITIONS(""), &left), PV_EINVALID,
		"updates may not remove a condition of type \"Denied\"");
	refused(w,
		patch(w, "decided", "approval",
		      pv_printf(w->cx.arena, "{\"status\":{\"certificate\":\"%s\"}}",
				pv_base64(w->cx.arena, ca, strlen(ca), false)),
		      &left),
		PV_EINVALID, "updates may not set certificate content");
}

static void
who_is_approved_gets_a_certificate(void **state)
{
	running *r = *state;
	world *w = r->w;
	const pv_val *left;
	pv_cert cert;
	uint8_t *pem;
	size_t len = 0;

	made(w, "jane", JANE, USAGES);
	assert_int_equal(patch(w, "jane", "", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", &left), 0);
	assert_int_equal(patch(w, "jane", "approval", CONDITIONS(CONDITION("Approved", "True")), &left), 0);
	for (int64_t end = pv_mono() + 120 * PV_SEC; pv_mono() < end;) {
		const struct timespec pause = {0, 5 * PV_MS};

		left = running_find(r, TYPE, "", "jane");
		if (pv_text_at(left, "status.certificate", "")[0])
			break;
		nanosleep(&pause, NULL); /* sleeps: the condition is a text of any value */
	}
	pem = pv_unbase64(w->cx.arena, pv_strv(pv_at(left, "status.certificate")), false, &len);
	assert_non_null(pem);
	assert_int_equal(pv_pki_read(&w->cx, pv_strndup(w->cx.arena, (const char *)pem, len), &cert), 0);
	assert_string_equal(cert.cn, "jane");
	assert_int_equal(cert.orgs.len, 1);
	assert_string_equal(*PV_AT(const char *, &cert.orgs, 0), "dev");
	assert_false(cert.is_ca);
	assert_true(cert.not_after > pv_now() + 364 * 86400 * PV_SEC);
	assert_int_equal(pv_pki_verify(&w->cx, (const char *)pem, pv_auth_ca_pem(w->auth), false, pv_now()),
			 0);
	refused(w, patch(w, "jane", "status", "{\"status\":{\"certificate\":null}}", &left), PV_EINVALID,
		"updates may not modify existing certificate content");
}

static void
what_is_no_clients_usage_fails(void **state)
{
	running *r = *state;
	const pv_val *left;

	made(r->w, "any", JANE, "[\"client auth\",\"cert sign\"]");
	assert_int_equal(patch(r->w, "any", "approval", CONDITIONS(CONDITION("Approved", "True")), &left), 0);
	running_wait(r, TYPE, "", "any", "status.conditions.1.message",
		     "\"invalid usage for client certificate: cert sign\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_requester_is_who_asked, running_open, running_close),
		cmocka_unit_test_setup_teardown(a_spec_stays_as_it_was_made, running_open, running_close),
		cmocka_unit_test_setup_teardown(a_request_must_be_one, running_open, running_close),
		cmocka_unit_test_setup_teardown(nobody_asks_to_be_an_administrator, running_open,
						running_close),
		cmocka_unit_test_setup_teardown(approving_takes_a_right_on_the_signer, running_open,
						running_close),
		cmocka_unit_test_setup_teardown(a_decision_stands, running_open, running_close),
		cmocka_unit_test_setup_teardown(who_is_approved_gets_a_certificate, running_open,
						running_close),
		cmocka_unit_test_setup_teardown(what_is_no_clients_usage_fails, running_open, running_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
