/* keys: sprig's keys, certificates and password hashes. */
#include <string.h>

#include "base/arena.h"
#include "base/keygen.h"
#include "lang/gotmpl/impl.h"

#define COST 2000000 /* steps that a key or a hash is worth */

/* ---- certificates: an object with Cert and Key ---- */

static bool
pem_field(const pv_tobject *o, pv_str name, pv_tv *ret)
{
	const pv_pem *pem = o->of;
	bool cert = pv_str_is(name, "Cert");
	*ret = pv_tv_text(cert ? pem->cert : pem->key);
	return cert || pv_str_is(name, "Key");
}

static void
pem_print(pv_buf *b, const pv_tobject *o)
{
	const pv_pem *pem = o->of;
	pv_buf_printf(b, "{%s %s}", pem->cert, pem->key);
}

static bool
pem_data(pv_arena *arena, const pv_tobject *o, pv_tv *ret)
{
	const pv_pem *pem = o->of;
	pv_tmap *m = pv_tmap_new(arena);
	pv_tmap_puts(m, "Cert", pv_tv_text(pem->cert));
	pv_tmap_puts(m, "Key", pv_tv_text(pem->key));
	*ret = pv_tv_map(m);
	return true;
}

static const pv_tclass pem_class = {
	.type = "sprig.certificate", .field = pem_field, .print = pem_print, .data = pem_data};

static const char *
text(pv_trun *r, const pv_tv *v)
{
	return pv_strndup(r->arena, v->s, v->len);
}

/* A list of texts, NULL-terminated; NULL after an error. */
static const char *const *
texts(pv_trun *r, const pv_tv *list, const char *what)
{
	const char **all = pv_new_array(r->arena, const char *, list->list->len + 1);
	for (size_t i = 0; i < list->list->len; i++) {
		const pv_tv *v = &list->list->items[i];
		pv_str s;
		if (v->kind != PV_T_STRING) {
			if (text_of(r, v, &s) == 0)
				(void)pv_trun_fail(r, "error parsing %s: %.*s is not a string", what,
						   (int)s.len, s.s);
			return NULL;
		}
		all[i] = text(r, v);
	}
	return all;
}

static int
issue(pv_trun *r, pv_cert_wish *wish, pv_tv *ret)
{
	pv_pem *pem = pv_new(r->arena, pv_pem);
	if (pv_trun_spend(r, COST) < 0)
		return -PV_ETOOLARGE;
	if (wish->key == NULL && pv_key_new(r->cx, PV_KEY_RSA, 2048, &wish->key) < 0)
		return pv_trun_fail_ctx(r);
	if (pv_cert_new(r->cx, wish, pem) < 0)
		return pv_trun_fail_ctx(r);
	*ret = pv_tv_object(r->arena, &pem_class, pem);
	return 0;
}

/* cn, days[, key] */
static int
authority(pv_trun *r, const pv_tv *args, const char *key, pv_tv *ret)
{
	pv_cert_wish wish = {.cn = text(r, &args[0]), .days = args[1].i, .is_ca = true, .key = key};
	return issue(r, &wish, ret);
}

TFN(fn_ca)
{
	return authority(r, args, NULL, ret);
}

TFN(fn_ca_with_key)
{
	return authority(r, args, text(r, &args[2]), ret);
}

/* cn, ips, dns, days, and what the caller adds */
static int
certificate(pv_trun *r, const pv_tv *args, const pv_pem *issuer, const char *key, pv_tv *ret)
{
	pv_cert_wish wish = {.cn = text(r, &args[0]), .days = args[3].i, .key = key, .issuer = issuer};
	wish.ips = texts(r, &args[1], "ip");
	wish.dns = wish.ips ? texts(r, &args[2], "alternate dns name") : NULL;
	return wish.dns ? issue(r, &wish, ret) : -PV_EINVALID;
}

TFN(fn_self_signed)
{
	return certificate(r, args, NULL, NULL, ret);
}

TFN(fn_self_signed_with_key)
{
	return certificate(r, args, NULL, text(r, &args[4]), ret);
}

static int
signed_by(pv_trun *r, const pv_tv *args, const char *key, pv_tv *ret)
{
	const pv_tv *ca = &args[4];
	if (ca->kind != PV_T_OBJECT || ca->object->class != &pem_class)
		return pv_trun_fail(r, "wrong type for value; expected sprig.certificate; got %s",
				    pv_tv_type(ca));
	return certificate(r, args, ca->object->of, key, ret);
}

TFN(fn_signed)
{
	return signed_by(r, args, NULL, ret);
}

TFN(fn_signed_with_key)
{
	return signed_by(r, args, text(r, &args[5]), ret);
}

TFN(fn_custom_cert)
{
	size_t len;
	pv_cert cert;
	pv_pem *pem = pv_new(r->arena, pv_pem);
	const uint8_t *bytes = pv_unbase64(r->arena, targ(args, 0), false, &len);
	if (bytes == NULL)
		return pv_trun_fail(r, "unable to decode base64 certificate");
	pem->cert = pv_strndup(r->arena, (const char *)bytes, len);
	bytes = pv_unbase64(r->arena, targ(args, 1), false, &len);
	if (bytes == NULL)
		return pv_trun_fail(r, "unable to decode base64 private key");
	pem->key = pv_strndup(r->arena, (const char *)bytes, len);
	if (pv_pki_read(r->cx, pem->cert, &cert) < 0) {
		(void)pv_recover(r->cx);
		return pv_trun_fail(r, "unable to decode certificate");
	}
	if (pv_key_check(r->cx, pem->key) < 0) {
		(void)pv_recover(r->cx);
		return pv_trun_fail(r, "error parsing private key: no PEM data in input");
	}
	*ret = pv_tv_object(r->arena, &pem_class, pem);
	return 0;
}

TFN(fn_private_key)
{
	static const struct {
		const char *name;
		enum pv_key_kind kind;
	} kinds[] = {{"", PV_KEY_RSA},
		     {"rsa", PV_KEY_RSA},
		     {"ecdsa", PV_KEY_ECDSA},
		     {"ed25519", PV_KEY_ED25519},
		     {"dsa", PV_KEY_DSA}};
	const char *pem;
	for (size_t i = 0; i < PV_LEN(kinds); i++) {
		if (!pv_str_is(targ(args, 0), kinds[i].name))
			continue;
		if (pv_trun_spend(r, COST * 4) < 0)
			return -PV_ETOOLARGE;
		if (pv_key_new(r->cx, kinds[i].kind, 4096, &pem) < 0)
			return pv_trun_fail_ctx(r);
		*ret = pv_tv_text(pem);
		return 0;
	}
	*ret = pv_tv_text(pv_printf(r->arena, "Unknown type %.*s", (int)args[0].len, args[0].s));
	return 0;
}

/* ---- passwords ---- */

static int
hashed(pv_trun *r, const pv_tv *password, const char **ret)
{
	if (pv_trun_spend(r, COST) < 0)
		return -PV_ETOOLARGE;
	if (pv_bcrypt(r->cx, text(r, password), ret) == 0)
		return 0;
	*ret = pv_printf(r->arena, "failed to encrypt string with bcrypt: %s", pv_take_error(r->cx)->message);
	return 0;
}

TFN(fn_bcrypt)
{
	const char *hash = "";
	int code = hashed(r, &args[0], &hash);
	*ret = pv_tv_text(hash);
	return code;
}

TFN(fn_htpasswd)
{
	const char *hash = "", *user = text(r, &args[0]);
	int code = strchr(user, ':') ? 0 : hashed(r, &args[1], &hash);
	*ret = pv_tv_text(strchr(user, ':') ? pv_printf(r->arena, "invalid username: %s", user)
					    : pv_printf(r->arena, "%s:%s", user, hash));
	return code;
}

static void
key_of(const pv_tv *password, uint8_t key[32])
{
	memset(key, 0, 32);
	if (password->len)
		memcpy(key, password->s, password->len < 32 ? password->len : 32);
}

TFN(fn_encrypt)
{
	uint8_t key[32];
	pv_str sealed;
	key_of(&args[0], key);
	if (pv_aes_cbc_seal(r->cx, key, targ(args, 1), &sealed) < 0)
		return pv_trun_fail_ctx(r);
	*ret = pv_tv_text(pv_base64(r->arena, sealed.s, sealed.len, false));
	return pv_trun_spend(r, sealed.len / 16);
}

TFN(fn_decrypt)
{
	uint8_t key[32];
	pv_str plain;
	size_t len;
	const uint8_t *bytes = pv_unbase64(r->arena, targ(args, 1), false, &len);
	key_of(&args[0], key);
	if (bytes == NULL)
		return pv_trun_fail(r, "illegal base64 data at input byte 0");
	if (pv_aes_cbc_open(r->cx, key, (pv_str){(const char *)bytes, len}, &plain) < 0)
		return pv_trun_fail_ctx(r);
	*ret = pv_tv_str(plain);
	return pv_trun_spend(r, len / 16);
}

/* clang-format off */
const pv_tfunc pv_tmpl_keys[] = {
	{"genCA", "si", fn_ca}, {"genCAWithKey", "sis", fn_ca_with_key}, {"genSelfSignedCert", "slli", fn_self_signed},
	{"genSelfSignedCertWithKey", "sllis", fn_self_signed_with_key}, {"genSignedCert", "sllia", fn_signed},
	{"genSignedCertWithKey", "sllias", fn_signed_with_key}, {"buildCustomCert", "ss", fn_custom_cert},
	{"genPrivateKey", "s", fn_private_key}, {"bcrypt", "s", fn_bcrypt}, {"htpasswd", "ss", fn_htpasswd},
	{"encryptAES", "ss", fn_encrypt}, {"decryptAES", "ss", fn_decrypt}, {NULL, NULL, NULL},
};
/* clang-format on */
