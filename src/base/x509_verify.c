/* x509_verify: chains of certificates that a policy brings along. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/str.h"
#include "base/time.h"
#include "base/x509.h"

static X509 *
read_cert(const pv_vec *certs, size_t i)
{
	pv_str der = PV_AT(pv_x509, certs, i)->der;
	const unsigned char *p = (const unsigned char *)der.s;
	return d2i_X509(NULL, &p, (long)der.len);
}

/* Does the certificate allow the usage?  One without the extension allows all. */
static bool
allows(X509 *cert, const char *oid)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	bool found = usages == NULL;
	char text[80];
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		const ASN1_OBJECT *one = sk_ASN1_OBJECT_value(usages, i);
		OBJ_obj2txt(text, sizeof text, one, 1);
		found = found || OBJ_obj2nid(one) == NID_anyExtendedKeyUsage || pv_streq(text, oid);
	}
	EXTENDED_KEY_USAGE_free(usages);
	return found;
}

static bool
usage_holds(const STACK_OF(X509) * chain, const char *const *usages)
{
	for (; usages && *usages; usages++) {
		bool all = true;
		for (int i = 0; i < sk_X509_num(chain); i++)
			all = all && allows(sk_X509_value(chain, i), *usages);
		if (all)
			return true;
	}
	return usages == NULL;
}

static void
note_chain(const STACK_OF(X509) * chain, X509 *const *certs, size_t n, pv_vec *ret)
{
	for (int i = 0; i < sk_X509_num(chain); i++)
		for (size_t k = 0; k < n; k++)
			if (X509_cmp(sk_X509_value(chain, i), certs[k]) == 0) {
				pv_vec_push(ret, &k);
				break;
			}
}

static const char *
judge(X509_STORE_CTX *ctx, X509 *const *certs, size_t n, const pv_x509_wish *wish, pv_vec *ret)
{
	X509 *leaf = certs[n - 1];
	if (X509_verify_cert(ctx) != 1)
		return X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	if (!usage_holds(chain, wish->usages))
		return "certificate specifies an incompatible key usage";
	if (wish->name &&
	    X509_check_host(leaf, wish->name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) != 1 &&
	    X509_check_ip_asc(leaf, wish->name, 0) != 1)
		return "certificate is not valid for the name";
	note_chain(chain, certs, n, ret);
	return NULL;
}

int
pv_x509_verify(pv_ctx *cx, const pv_vec *certs, const pv_x509_wish *wish, pv_vec *ret_chain)
{
	size_t n = certs->len;
	const char *fault = NULL;
	if (n < 2)
		return pv_fail(cx, PV_EINVALID, "must supply at least two certificates to be able to verify");
	X509 **all = pv_new_array(cx->arena, X509 *, n);
	STACK_OF(X509) *between = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	for (size_t i = 0; i < n; i++) {
		all[i] = read_cert(certs, i);
		if (!all[i] || (i > 0 && i + 1 < n && sk_X509_push(between, all[i]) <= 0))
			fault = "malformed certificate";
	}
	if (!fault && X509_STORE_add_cert(store, all[0]) == 1 &&
	    X509_STORE_CTX_init(ctx, store, all[n - 1], between) == 1) {
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
		X509_STORE_CTX_set_time(ctx, 0, (time_t)(wish->now / PV_SEC));
		fault = judge(ctx, all, n, wish, ret_chain);
	} else if (!fault) {
		fault = "out of memory";
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(between);
	for (size_t i = 0; i < n; i++)
		X509_free(all[i]);
	ERR_clear_error();
	return fault ? pv_fail(cx, PV_EINVALID, "x509: %s", fault) : 0;
}
