/* bi_keys: private keys: as JWK, and as Go's encoding/json shows crypto's structs. */
#include <string.h>

#include "base/arena.h"
#include "base/keypair.h"
#include "base/keyparts.h"
#include "base/str.h"
#include "lang/rego/num.h"
#include "lang/rego/x509.h"

static pv_val
big(rg_vm *vm, pv_str bytes)
{
	mpz_t z;
	mpz_init(z);
	mpz_import(z, bytes.len, 1, 1, 1, 0, bytes.s);
	pv_val v = rg_num_put(vm->arena, z);
	mpz_clear(z);
	return v;
}

/* ---- Go's structs ---- */

static pv_val
rsa_json(rg_vm *vm, const pv_jwa_numbers *n)
{
	pv_objb o, more;
	pv_val primes[] = {big(vm, n->p), big(vm, n->q)};
	pv_objb_init(&more, vm->arena);
	pv_objb_put(&more, "Dp", big(vm, n->dp));
	pv_objb_put(&more, "Dq", big(vm, n->dq));
	pv_objb_put(&more, "Qinv", big(vm, n->qi));
	pv_objb_put(&more, "CRTValues", (pv_val){.type = PV_LIST});
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "N", big(vm, n->n));
	pv_objb_put(&o, "E", big(vm, n->e));
	pv_objb_put(&o, "D", big(vm, n->d));
	pv_objb_put(&o, "Primes", pv_list_of(vm->arena, primes, 2));
	pv_objb_put(&o, "Precomputed", pv_objb_end(&more));
	return pv_objb_end(&o);
}

static pv_val
key_json(rg_vm *vm, const pv_keyparts *k)
{
	pv_objb o;
	pv_buf both;
	if (k->type == PV_KEYPARTS_RSA)
		return rsa_json(vm, &k->number);
	if (k->type == PV_KEYPARTS_ED25519) { /* the seed, and the public key behind it */
		pv_buf_init(&both, vm->arena);
		pv_buf_add(&both, k->number.d.s, k->number.d.len);
		pv_buf_add(&both, k->number.x.s, k->number.x.len);
		return pv_string_ref(pv_base64(vm->arena, both.s, both.len, false));
	}
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "Curve", (pv_val){.type = PV_OBJECT});
	pv_objb_put(&o, "X", big(vm, k->number.x));
	pv_objb_put(&o, "Y", big(vm, k->number.y));
	pv_objb_put(&o, "D", big(vm, k->number.d));
	return pv_objb_end(&o);
}

static int
bi_parse_private_keys(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec keys;
	pv_listb list;
	size_t n = 0;
	pv_str pem = pv_strv(a[0]);
	if (pem.len == 0)
		return rg_ret(vm, pv_null(), ret);
	const uint8_t *bytes = pv_unbase64(vm->arena, pem, false, &n);
	if (bytes)
		pem = (pv_str){(const char *)bytes, n};
	pv_vec_init(&keys, vm->arena, sizeof(pv_keyparts));
	if (pv_keyparts_read(vm->cx, pem, &keys) < 0)
		return x509_failed(vm);
	pv_listb_init(&list, vm->arena);
	for (size_t i = 0; i < keys.len; i++)
		pv_listb_add(&list, key_json(vm, PV_AT(pv_keyparts, &keys, i)));
	return rg_ret(vm, pv_listb_end(&list), ret);
}

/* ---- JWK ---- */

static void
put(rg_vm *vm, pv_objb *o, const char *key, pv_str bytes)
{
	if (bytes.len)
		pv_objb_put(o, key, pv_string_ref(pv_base64(vm->arena, bytes.s, bytes.len, true)));
}

static pv_val
jwk(rg_vm *vm, const pv_keyparts *k)
{
	static const char *const types[] = {"RSA", "EC", "OKP"};
	const pv_jwa_numbers *n = &k->number;
	pv_objb o;
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "kty", pv_string_ref(types[k->type]));
	if (k->type != PV_KEYPARTS_RSA)
		pv_objb_put(&o, "crv", pv_string_ref(k->curve ? k->curve : "Ed25519"));
	const struct {
		const char *key;
		pv_str value;
	} parts[] = {{"n", n->n},   {"e", n->e},   {"d", n->d},   {"p", n->p}, {"q", n->q},
		     {"dp", n->dp}, {"dq", n->dq}, {"qi", n->qi}, {"x", n->x}, {"y", n->y}};
	for (size_t i = 0; i < PV_LEN(parts); i++)
		put(vm, &o, parts[i].key, parts[i].value);
	return pv_objb_end(&o);
}

static int
bi_parse_rsa_private_key(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec keys;
	pv_str pem;
	if (a[0]->len == 0)
		return rg_builtin_error(vm, "input PEM data was empty");
	int r = x509_bytes(vm, a[0], &pem);
	if (r < 0)
		return r;
	pv_vec_init(&keys, vm->arena, sizeof(pv_keyparts));
	if (pv_keyparts_read(vm->cx, pem, &keys) < 0)
		return x509_failed(vm);
	return rg_ret(vm, keys.len ? jwk(vm, PV_AT(pv_keyparts, &keys, 0)) : pv_null(), ret);
}

/* ---- key pairs ---- */

static pv_val
certificates(rg_vm *vm, const pv_vec *certs)
{
	pv_listb list;
	pv_listb_init(&list, vm->arena);
	for (size_t i = 0; i < certs->len; i++) {
		pv_str der = PV_AT(pv_x509, certs, i)->der;
		pv_listb_add(&list, pv_string_ref(pv_base64(vm->arena, der.s, der.len, false)));
	}
	return pv_listb_end(&list);
}

/* DER without PEM around it gets some. */
static pv_str
as_pem(rg_vm *vm, pv_str given, const char *type)
{
	if (memmem(given.s, given.len, "-----BEGIN ", 11))
		return given;
	const char *text = pv_base64(vm->arena, given.s, given.len, false);
	return pv_str_of(
		pv_printf(vm->arena, "-----BEGIN %s-----\n%s\n-----END %s-----\n", type, text, type));
}

static int
bi_parse_keypair(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec certs, keys;
	pv_str cert, key;
	pv_objb o;
	int r = x509_bytes(vm, a[0], &cert);
	if (r == 0)
		r = x509_bytes(vm, a[1], &key);
	if (r < 0)
		return r;
	pv_vec_init(&certs, vm->arena, sizeof(pv_x509));
	pv_vec_init(&keys, vm->arena, sizeof(pv_keyparts));
	cert = as_pem(vm, cert, "CERTIFICATE");
	key = as_pem(vm, key, "PRIVATE KEY");
	const char *wrong = pv_keypair_wrong(vm->arena, cert, key);
	if (wrong)
		return rg_builtin_error(vm, "%s", wrong);
	if (pv_x509_read(vm->cx, cert, &certs) < 0 || pv_keyparts_read(vm->cx, key, &keys) < 0)
		return x509_failed(vm);
	if (keys.len == 0) /* a block of another type has it */
		return rg_builtin_error(vm, "tls: failed to parse private key");
	const pv_x509 *leaf = PV_AT(pv_x509, &certs, 0);
	const pv_keyparts *k = PV_AT(pv_keyparts, &keys, 0);
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "Certificate", certificates(vm, &certs));
	pv_objb_put(&o, "PrivateKey", key_json(vm, k));
	pv_objb_put(&o, "SupportedSignatureAlgorithms", pv_null());
	pv_objb_put(&o, "OCSPStaple", pv_null());
	pv_objb_put(&o, "SignedCertificateTimestamps", pv_null());
	pv_objb_put(&o, "Leaf", x509_object(vm, leaf));
	return rg_ret(vm, pv_objb_end(&o), ret);
}

static const rg_builtin rows[] = {
	{"crypto.parse_private_keys", "s", bi_parse_private_keys, 1, 0},
	{"crypto.x509.parse_rsa_private_key", "s", bi_parse_rsa_private_key, 1, 0},
	{"crypto.x509.parse_keypair", "s s", bi_parse_keypair, 2, 0},
};
RG_FAMILY(keys);
