#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/jwt.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"

#define DAY (86400 * PV_SEC)

static pv_ctx cx;
static pv_pem ca;

static int
open_ca(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	return pv_pki_new_ca(&cx, "pave-ca", 3650, &ca);
}

static int
close_ca(void **state)
{
	(void)state;
	pv_ctx_done(&cx);
	return 0;
}

static void
an_authority_signs_itself(void **state)
{
	pv_cert cert;

	(void)state;
	assert_int_equal(pv_pki_read(&cx, ca.cert, &cert), 0);
	assert_string_equal(cert.cn, "pave-ca");
	assert_string_equal(cert.issuer, "pave-ca");
	assert_true(cert.is_ca);
	assert_true(cert.not_before <= pv_now() && cert.not_after > pv_now() + 3649 * DAY);
	assert_int_equal(strlen(cert.sha256), 64);
}

static void
server_certificates_name_their_hosts(void **state)
{
	static const char *const names[] = {"pave.example.com", "10.1.2.3", "fd00::1", "a,b"};
	static const char *const want[] = {"localhost", "127.0.0.1", "::1", "pave.example.com",
					   "10.1.2.3",  "fd00::1",   "a,b"};
	static const char *const other[] = {"else.example.com"};
	pv_pem pem;
	pv_cert cert;

	(void)state;
	assert_int_equal(pv_pki_new_server(&cx, &ca, "pave", names, 4, 365, &pem), 0);
	assert_int_equal(pv_pki_read(&cx, pem.cert, &cert), 0);
	assert_int_equal(cert.names.len, PV_LEN(want));
	for (size_t i = 0; i < PV_LEN(want); i++)
		assert_string_equal(*PV_AT(const char *, &cert.names, i), want[i]);
	assert_false(cert.is_ca);
	assert_true(pv_pki_covers(&cert, names, 4));
	assert_false(pv_pki_covers(&cert, other, 1));
	assert_int_equal(pv_pki_verify(&cx, pem.cert, ca.cert, true, pv_now()), 0);
	assert_int_equal(pv_pki_verify(&cx, pem.cert, ca.cert, false, pv_now()), -PV_EUNAUTHORIZED);
	pv_recover(&cx);
}

static void
client_certificates_name_user_and_groups(void **state)
{
	static const char *const groups[] = {"system:masters", "t\xc3\xa9"
							       "am"};
	pv_pem pem, stranger;
	pv_cert cert;

	(void)state;
	assert_int_equal(pv_pki_new_client(&cx, &ca, "admin", groups, 2, 365, &pem), 0);
	assert_int_equal(pv_pki_read(&cx, pem.cert, &cert), 0);
	assert_string_equal(cert.cn, "admin");
	assert_int_equal(cert.orgs.len, 2);
	assert_string_equal(*PV_AT(const char *, &cert.orgs, 0), "system:masters");
	assert_string_equal(*PV_AT(const char *, &cert.orgs, 1), "t\xc3\xa9"
								 "am");
	assert_int_equal(pv_pki_verify(&cx, pem.cert, ca.cert, false, pv_now()), 0);
	assert_int_equal(pv_pki_new_ca(&cx, "pave-ca", 10, &stranger), 0);
	assert_int_equal(pv_pki_verify(&cx, pem.cert, stranger.cert, false, pv_now()), -PV_EUNAUTHORIZED);
	assert_non_null(strstr(pv_error_text(&cx), "certificate of admin: "));
	pv_recover(&cx);
}

static void
certificates_expire_and_are_renewed_before(void **state)
{
	int64_t now = pv_now();
	pv_pem pem;
	pv_cert cert;

	(void)state;
	assert_int_equal(pv_pki_new_client(&cx, &ca, "u", NULL, 0, 90, &pem), 0);
	assert_int_equal(pv_pki_read(&cx, pem.cert, &cert), 0);
	assert_false(pv_pki_due(&cert, now));
	assert_false(pv_pki_due(&cert, now + 59 * DAY));
	assert_true(pv_pki_due(&cert, now + 61 * DAY));
	/* A clock that is put back by hours locks nobody out. */
	assert_int_equal(pv_pki_verify(&cx, pem.cert, ca.cert, false, now - DAY + DAY / 24), 0);
	assert_false(pv_pki_due(&cert, now - DAY + DAY / 24));
	assert_true(pv_pki_due(&cert, now - 2 * DAY));
	assert_int_equal(pv_pki_verify(&cx, pem.cert, ca.cert, false, now + 91 * DAY), -PV_EUNAUTHORIZED);
	assert_non_null(strstr(pv_error_text(&cx), "expired"));
	pv_recover(&cx);
}

static void
junk_is_refused(void **state)
{
	pv_pem pem = {"junk", "junk"};
	pv_cert cert;
	char longest[200];

	(void)state;
	assert_int_equal(pv_pki_read(&cx, "junk", &cert), -PV_EINVALID);
	pv_recover(&cx);
	assert_int_equal(pv_pki_new_client(&cx, &pem, "u", NULL, 0, 1, &pem), -PV_EINVALID);
	pv_recover(&cx);
	memset(longest, 'x', sizeof longest - 1); /* RFC 5280: a common name has 64 at most */
	longest[sizeof longest - 1] = 0;
	assert_int_equal(pv_pki_new_client(&cx, &ca, longest, NULL, 0, 1, &pem), -PV_EINVALID);
	pv_recover(&cx);
}

/* ---- tokens ---- */

#define CLAIMS \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

/* RFC 7515, appendices A.3 and A.2. */
static const char es256[] =
	"eyJhbGciOiJFUzI1NiJ9." CLAIMS
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
static const char rs256[] =
	"eyJhbGciOiJSUzI1NiJ9." CLAIMS
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
	"jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L"
	"07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUi"
	"pUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
static const char rsa_n[] =
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4"
	"QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdb"
	"BYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-D"
	"WNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

static void
tokens_of_the_rfc_verify(void **state)
{
	pv_jwt_key *ec, *rsa;
	pv_jwt jwt;

	(void)state;
	assert_int_equal(pv_jwt_key_of_ec(&cx, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
					  "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", &ec),
			 0);
	assert_int_equal(pv_jwt_key_of_rsa(&cx, rsa_n, "AQAB", &rsa), 0);
	assert_string_equal(pv_jwt_key_alg(ec), "ES256");
	assert_string_equal(pv_jwt_key_alg(rsa), "RS256");
	assert_int_equal(pv_jwt_parse(&cx, es256, &jwt), 0);
	assert_string_equal(jwt.header.s, "{\"alg\":\"ES256\"}");
	assert_non_null(strstr(jwt.claims.s, "\"iss\":\"joe\""));
	assert_int_equal(pv_jwt_verify(&cx, &jwt, ec), 0);
	assert_int_equal(pv_jwt_verify(&cx, &jwt, rsa), -PV_EUNAUTHORIZED);
	pv_recover(&cx);
	assert_int_equal(pv_jwt_parse(&cx, rs256, &jwt), 0);
	assert_int_equal(pv_jwt_verify(&cx, &jwt, rsa), 0);
	assert_int_equal(pv_jwt_verify(&cx, &jwt, ec), -PV_EUNAUTHORIZED);
	pv_recover(&cx);
	pv_jwt_key_free(ec);
	pv_jwt_key_free(rsa);
}

static void
our_tokens_verify_until_a_letter_changes(void **state)
{
	const char *token, *jwk;
	pv_jwt_key *key, *public;
	pv_jwt jwt;

	(void)state;
	assert_int_equal(pv_jwt_key_parse(&cx, ca.key, &key), 0);
	assert_int_equal(pv_jwt_key_parse(&cx, ca.cert, &public), 0);
	assert_string_equal(pv_jwt_key_id(key), pv_jwt_key_id(public));
	assert_int_equal(pv_jwt_sign(&cx, key, PV_STR("{\"sub\":\"system:serviceaccount:a:b\"}"), &token), 0);
	assert_int_equal(pv_jwt_parse(&cx, token, &jwt), 0);
	assert_string_equal(jwt.claims.s, "{\"sub\":\"system:serviceaccount:a:b\"}");
	assert_non_null(strstr(jwt.header.s, pv_jwt_key_id(key)));
	assert_int_equal(pv_jwt_verify(&cx, &jwt, public), 0);
	for (size_t i = 0; i < strlen(token); i += 3) {
		char *forged = pv_strdup(cx.arena, token);
		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		if (pv_jwt_parse(&cx, forged, &jwt) == 0)
			assert_int_equal(pv_jwt_verify(&cx, &jwt, public), -PV_EUNAUTHORIZED);
		assert_int_equal(pv_recover(&cx), PV_EUNAUTHORIZED);
	}
	assert_int_equal(pv_jwt_sign(&cx, public, PV_STR("{}"), &token), -PV_EINTERNAL);
	pv_recover(&cx);
	assert_int_equal(pv_jwt_key_jwk(&cx, key, &jwk), 0);
	assert_non_null(strstr(jwk, "\"crv\":\"P-256\""));
	assert_null(strstr(jwk, "\"d\""));
	pv_jwt_key_free(key);
	pv_jwt_key_free(public);
}

static void
malformed_tokens_and_weak_keys_are_refused(void **state)
{
	static const char *const bad[] = {"",        ".",       "..",        "a.b",
					  "a.b.c.d", "e30.e30", "e30.e30.!", "e3=.e30.e30"};
	pv_jwt_key *key;
	pv_jwt jwt;

	(void)state;
	for (size_t i = 0; i < PV_LEN(bad); i++)
		if (pv_jwt_parse(&cx, bad[i], &jwt) == 0) {
			pv_jwt_key *any;
			assert_int_equal(pv_jwt_key_parse(&cx, ca.cert, &any), 0);
			assert_int_equal(pv_jwt_verify(&cx, &jwt, any), -PV_EUNAUTHORIZED);
			pv_recover(&cx);
			pv_jwt_key_free(any);
		} else {
			assert_int_equal(pv_recover(&cx), PV_EUNAUTHORIZED);
		}
	assert_int_equal(pv_jwt_key_parse(&cx, "junk", &key), -PV_EINVALID);
	pv_recover(&cx);
	assert_int_equal(pv_jwt_key_of_rsa(&cx, "AQAB", "AQAB", &key), -PV_EINVALID);
	pv_recover(&cx);
	assert_int_equal(pv_jwt_key_of_ec(&cx, "AQAB", "AQAB", &key), -PV_EINVALID);
	pv_recover(&cx);
	assert_int_equal(pv_jwt_key_of_ec(&cx, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
					  "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", &key),
			 -PV_EINVALID);
	pv_recover(&cx); /* not on the curve */
	assert_null(pv_jwt_key_free(NULL));
}

/* ---- digests ---- */

static void
digests_are_those_of_the_standards(void **state)
{
	uint8_t sum[PV_SHA256_LEN];

	(void)state; /* FIPS 180-4; RFC 4231, case 2 */
	assert_string_equal(pv_sha256_hex(cx.arena, "abc", 3),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	pv_hmac_sha256(PV_STR("Jefe"), "what do ya want for nothing?", 28, sum);
	assert_string_equal(pv_hex(cx.arena, sum, sizeof sum),
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_true(pv_same_secret(PV_STR("token"), PV_STR("token")));
	assert_false(pv_same_secret(PV_STR("token"), PV_STR("tokem")));
	assert_false(pv_same_secret(PV_STR("token"), PV_STR("toke")));
	assert_true(pv_same_secret(PV_STR(""), PV_STR("")));
}

static void
sealed_bytes_open_only_whole(void **state)
{
	uint8_t key[PV_SEAL_KEY_LEN] = {1}, other[PV_SEAL_KEY_LEN] = {2};
	pv_str sealed, again, plain;
	char *changed;

	(void)state;
	assert_int_equal(pv_seal(&cx, key, PV_STR("secret/a"), PV_STR("hunter2"), &sealed), 0);
	assert_int_equal(pv_seal(&cx, key, PV_STR("secret/a"), PV_STR("hunter2"), &again), 0);
	assert_int_equal(sealed.len, 12 + 7 + 16);
	assert_false(pv_str_eq(sealed, again));
	assert_int_equal(pv_unseal(&cx, key, PV_STR("secret/a"), sealed, &plain), 0);
	assert_string_equal(plain.s, "hunter2");
	assert_int_equal(pv_unseal(&cx, other, PV_STR("secret/a"), sealed, &plain), -PV_EFORBIDDEN);
	pv_recover(&cx);
	assert_int_equal(pv_unseal(&cx, key, PV_STR("secret/b"), sealed, &plain), -PV_EFORBIDDEN);
	pv_recover(&cx);
	for (size_t i = 0; i < sealed.len; i++) {
		changed = pv_strndup(cx.arena, sealed.s, sealed.len);
		changed[i] = (char)(changed[i] ^ 1);
		assert_int_equal(
			pv_unseal(&cx, key, PV_STR("secret/a"), (pv_str){changed, sealed.len}, &plain),
			-PV_EFORBIDDEN);
		pv_recover(&cx);
		assert_int_equal(pv_unseal(&cx, key, PV_STR("secret/a"), (pv_str){sealed.s, i}, &plain),
				 -PV_EFORBIDDEN);
		pv_recover(&cx);
	}
	assert_int_equal(pv_seal(&cx, key, PV_STR(""), PV_STR(""), &sealed), 0);
	assert_int_equal(pv_unseal(&cx, key, PV_STR(""), sealed, &plain), 0);
	assert_int_equal(plain.len, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_ca, close_ca)

static size_t
from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[2 * n] != '\0'; n++)
		out[n] = (uint8_t)(pv_hex_digit(hex[2 * n]) << 4 | pv_hex_digit(hex[2 * n + 1]));
	return n;
}

/* The vector of NaCl's own tests (tests/secretbox.c), its bytes behind a nonce. */
static void
secretbox_is_nacls(void **state)
{
	static const char key
		[] = "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389",
	     boxed[] =
		     "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"
		     "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a"
		     "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
		     "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74"
		     "e355a5",
	     text[] =
		     "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129"
		     "6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
		     "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705";
	uint8_t secret[PV_SEAL_KEY_LEN], bytes[256];
	pv_str plain, sealed, again;

	(void)state;
	from_hex(key, secret);
	sealed = (pv_str){(char *)bytes, from_hex(boxed, bytes)};
	assert_int_equal(pv_secretbox_open(&cx, secret, sealed, &plain), 0);
	assert_string_equal(pv_hex(cx.arena, plain.s, plain.len), text);
	for (size_t i = 0; i < sealed.len; i++) {
		bytes[i] ^= 1;
		assert_int_equal(pv_secretbox_open(&cx, secret, sealed, &again), -PV_EFORBIDDEN);
		pv_recover(&cx);
		bytes[i] ^= 1;
	}
	for (size_t len = 0; len < 200; len += 13) { /* of every length, and each time another */
		assert_int_equal(pv_secretbox_seal(&cx, secret,
						   (pv_str){plain.s, len < plain.len ? len : plain.len},
						   &sealed),
				 0);
		assert_int_equal(pv_secretbox_open(&cx, secret, sealed, &again), 0);
		assert_int_equal(again.len, len < plain.len ? len : plain.len);
		assert_memory_equal(again.s, plain.s, again.len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_authority_signs_itself),
		CASE(server_certificates_name_their_hosts),
		CASE(client_certificates_name_user_and_groups),
		CASE(certificates_expire_and_are_renewed_before),
		CASE(junk_is_refused),
		CASE(tokens_of_the_rfc_verify),
		CASE(our_tokens_verify_until_a_letter_changes),
		CASE(malformed_tokens_and_weak_keys_are_refused),
		CASE(digests_are_those_of_the_standards),
		CASE(sealed_bytes_open_only_whole),
		CASE(secretbox_is_nacls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
