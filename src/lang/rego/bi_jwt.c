/* bi_jwt: io.jwt.*: JSON Web Tokens (RFC 7515, 7519), decoded, verified, signed. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "lang/json/literal.h"
#include "lang/rego/jwk.h"
#include "lang/rego/num.h"

#define NESTED 16 /* tokens within tokens (cty: JWT) */

typedef struct token {
	pv_str parts[3]; /* as given */
	pv_str input;    /* what is signed */
	pv_str header_text, payload_text, signature;
	const pv_val *header;
} token;

static size_t
bad_byte(pv_str s)
{
	size_t i = 0;
	for (; i < s.len; i++) {
		char c = s.s[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      c == '-' || c == '_'))
			break;
	}
	return i;
}

static int
decoded(rg_vm *vm, pv_str part, const char *what, pv_str *ret)
{
	size_t n = 0;
	const uint8_t *bytes = pv_unbase64(vm->arena, part, true, &n);
	if (!bytes)
		return rg_builtin_error(vm,
					"JWT %s had invalid encoding: illegal base64 data at input byte %zu",
					what, bad_byte(part));
	*ret = (pv_str){(const char *)bytes, n};
	return 0;
}

static int
split(rg_vm *vm, pv_str text, token *t)
{
	int n = 0;
	size_t from = 0;
	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && text.s[i] != '.')
			continue;
		if (n < 3)
			t->parts[n] = (pv_str){text.s + from, i - from};
		n++;
		from = i + 1;
	}
	if (n == 1)
		return rg_builtin_error(vm, "encoded JWT had no period separators");
	if (n != 3)
		return rg_builtin_error(vm, "encoded JWT must have 3 sections, found %d", n);
	t->input = (pv_str){text.s, t->parts[0].len + 1 + t->parts[1].len};
	return 0;
}

static int
parse_json(rg_vm *vm, pv_str text, const pv_val **ret)
{
	if (pv_json_parse_literal(vm->cx, text, NULL, ret) == 0)
		return 0;
	const pv_error *e = pv_take_error(vm->cx);
	return rg_builtin_error(vm, "%s", e->message);
}

static int
read_token(rg_vm *vm, pv_str text, token *t)
{
	int r = split(vm, text, t);
	if (r == 0)
		r = decoded(vm, t->parts[0], "header", &t->header_text);
	if (r == 0)
		r = parse_json(vm, t->header_text, &t->header);
	if (r < 0)
		return r;
	if (pv_get(t->header, "enc"))
		return rg_builtin_error(vm, "JWT is a JWE object, which is not supported");
	r = decoded(vm, t->parts[1], "payload", &t->payload_text);
	return r < 0 ? r : decoded(vm, t->parts[2], "signature", &t->signature);
}

static bool
is_nested(const token *t)
{
	const char *cty = pv_text(pv_get(t->header, "cty"), "");
	return strcasecmp(cty, "JWT") == 0;
}

/* ---- decode ---- */

static int
bi_decode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	token t;
	const pv_val *payload;
	pv_str text = pv_strv(a[0]);
	int r = read_token(vm, text, &t);
	for (int i = 0; r == 0 && is_nested(&t); i++) {
		pv_str inner = t.payload_text;
		if (i == NESTED)
			return rg_builtin_error(vm, "JWT is nested more than %d deep", NESTED);
		if (inner.len >= 2 && *inner.s == '"')
			inner = (pv_str){inner.s + 1, inner.len - 2};
		r = read_token(vm, inner, &t);
	}
	if (r == 0)
		r = parse_json(vm, t.payload_text, &payload);
	if (r != 0)
		return r;
	pv_val out[3] = {*t.header, *payload,
			 pv_string_ref(pv_hex(vm->arena, t.signature.s, t.signature.len))};
	return rg_ret(vm, pv_list_of(vm->arena, out, 3), ret);
}

/* ---- verify ---- */

static int
verify(rg_vm *vm, const char *alg, const pv_val *const *a, const pv_val **ret)
{
	token t;
	pv_vec keys;
	bool ok = false;
	pv_vec_init(&keys, vm->arena, sizeof(pv_jwk));
	int r = split(vm, pv_strv(a[0]), &t);
	if (r == 0 && alg[0] == 'H') {
		pv_jwk *key = pv_vec_add(&keys);
		r = pv_jwa_secret(vm->cx, pv_strv(a[1]), &key->key);
	} else if (r == 0) {
		r = rg_keys_read(vm, a[1], &keys);
	}
	if (r == 0)
		r = decoded(vm, t.parts[2], "signature", &t.signature);
	if (r < 0)
		return r;
	for (size_t i = 0; i < keys.len; i++)
		ok = ok || pv_jwa_verify(alg, PV_AT(pv_jwk, &keys, i)->key, t.input, t.signature);
	return rg_ret_bool(ok, ret);
}

#define VERIFY(name, alg) \
	static int bi_verify_##name(rg_vm *vm, const pv_val *const *a, const pv_val **ret) \
	{ \
		return verify(vm, alg, a, ret); \
	}
VERIFY(hs256, "HS256")
VERIFY(hs384, "HS384")
VERIFY(hs512, "HS512")
VERIFY(rs256, "RS256")
VERIFY(rs384, "RS384")
VERIFY(rs512, "RS512")
VERIFY(ps256, "PS256")
VERIFY(ps384, "PS384")
VERIFY(ps512, "PS512")
VERIFY(es256, "ES256")
VERIFY(es384, "ES384")
VERIFY(es512, "ES512")
VERIFY(eddsa, "EdDSA")

/* ---- decode_verify ---- */

typedef struct constraints {
	pv_vec keys; /* pv_jwk */
	const char *alg;
	const pv_val *iss, *aud, *time;
	bool secret;
} constraints;

static int
read_constraints(rg_vm *vm, const pv_val *o, constraints *c)
{
	int r = 0, keys = 0;
	pv_vec_init(&c->keys, vm->arena, sizeof(pv_jwk));
	for (uint32_t i = 0; r == 0 && i < o->len; i++) {
		const char *name = pv_text(&o->members[i].key, "");
		const pv_val *v = &o->members[i].val;
		bool time = pv_streq(name, "time");
		if (v->type != (time ? PV_NUMBER : PV_STRING))
			return rg_builtin_error(vm, "%s constraint: must be a %s", name,
						time ? "number" : "string");
		if (pv_streq(name, "cert") || pv_streq(name, "secret"))
			keys++;
		if (pv_streq(name, "cert")) {
			r = rg_keys_read(vm, v, &c->keys);
		} else if (pv_streq(name, "secret")) {
			pv_jwk *key = pv_vec_add(&c->keys);
			r = pv_jwa_secret(vm->cx, pv_strv(v), &key->key);
			c->secret = true;
		} else if (pv_streq(name, "alg")) {
			c->alg = v->s;
		} else if (pv_streq(name, "iss")) {
			c->iss = v;
		} else if (pv_streq(name, "aud")) {
			c->aud = v;
		} else if (time) {
			c->time = v;
		} else {
			return rg_builtin_error(vm, "unknown token validation constraint: %s", name);
		}
	}
	if (r == 0 && keys != 1)
		return rg_builtin_error(vm, keys ? "duplicate key constraints" : "no key constraint");
	if (!c->time)
		c->time = rg_int_val(vm, vm->now_ns);
	return r;
}

static bool
signature_holds(const constraints *c, const token *t)
{
	const char *alg = pv_text(pv_get(t->header, "alg"), NULL),
		   *kid = pv_text(pv_get(t->header, "kid"), NULL);
	if (!alg || pv_get(t->header, "crit") || (c->alg && !pv_streq(c->alg, alg)) ||
	    (alg[0] == 'H') != c->secret)
		return false;
	for (int named = 1; named >= 0; named--) /* the key that the token names, else any */
		for (size_t i = 0; i < c->keys.len; i++) {
			const pv_jwk *k = PV_AT(pv_jwk, &c->keys, i);
			if (named && !(kid && k->kid && pv_streq(kid, k->kid)))
				continue;
			if (k->alg && !pv_streq(k->alg, alg))
				continue;
			if (pv_jwa_verify(alg, k->key, t->input, t->signature))
				return true;
		}
	return false;
}

static bool
audience_fits(const pv_val *wanted, const pv_val *given)
{
	if (!wanted || !given)
		return !wanted && !given;
	if (given->type == PV_STRING)
		return pv_eq(wanted, given);
	return pv_list_has(given, wanted);
}

/* How the time compares with a claim in seconds: *ret as pv_cmp. */
static int
compare_time(rg_vm *vm, const constraints *c, const pv_val *claim, const char *name, int *ret)
{
	static const pv_val billion = {.type = PV_NUMBER, .num = PV_INT, .i = 1000000000};
	pv_val ns;
	if (claim->type != PV_NUMBER)
		return rg_builtin_error(vm, "%s value must be a number", name);
	int r = rg_num_calc(vm, RG_MUL, claim, &billion, &ns);
	if (r == 0)
		*ret = pv_cmp(c->time, &ns);
	return r;
}

static int
claims_hold(rg_vm *vm, const constraints *c, const pv_val *payload, bool *ret)
{
	const pv_val *exp = pv_get(payload, "exp"), *nbf = pv_get(payload, "nbf");
	int late = -1, early = 0, r = 0;
	*ret = (!c->iss || pv_eq(c->iss, pv_get(payload, "iss"))) &&
	       audience_fits(c->aud, pv_get(payload, "aud"));
	if (*ret && exp)
		r = compare_time(vm, c, exp, "exp", &late);
	if (r == 0 && *ret && nbf)
		r = compare_time(vm, c, nbf, "nbf", &early);
	*ret = *ret && late < 0 && early >= 0;
	return r;
}

static int
verdict(rg_vm *vm, bool valid, const pv_val *header, const pv_val *payload, const pv_val **ret)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	pv_val out[3] = {pv_bool(valid), valid ? *header : nothing, valid ? *payload : nothing};
	return rg_ret(vm, pv_list_of(vm->arena, out, 3), ret);
}

static int
bi_decode_verify(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	constraints c = {0};
	token t;
	const pv_val *payload = NULL;
	bool valid = false;
	pv_str text = pv_strv(a[0]);
	int r = read_constraints(vm, a[1], &c);
	for (int i = 0; r == 0; i++) {
		r = read_token(vm, text, &t);
		if (r < 0)
			return r;
		if (!signature_holds(&c, &t))
			return verdict(vm, false, NULL, NULL, ret);
		if (!is_nested(&t) || i == NESTED)
			break;
		text = t.payload_text;
	}
	if (r == 0)
		r = parse_json(vm, t.payload_text, &payload);
	if (r == 0)
		r = claims_hold(vm, &c, payload, &valid);
	return r != 0 ? r : verdict(vm, valid, t.header, payload, ret);
}

/* ---- sign ---- */

/* The words of the OPA that Rego v0 policies know. */
static int
old_header_error(rg_vm *vm, pv_str header, const char *alg)
{
	if (header.len == 0)
		return rg_builtin_error(vm, "unexpected end of JSON input");
	if (alg)
		return rg_builtin_error(vm, "unknown signature algorithm: %s", alg);
	return rg_builtin_error(vm, "unsupported signature algorithm");
}

static int
algorithm_of(rg_vm *vm, pv_str header, const pv_val **ret_header, const char **ret)
{
	bool old = vm->program->v0;
	if (header.len == 0 && old)
		return old_header_error(vm, header, NULL);
	if (header.len == 0)
		return rg_builtin_error(
			vm, "missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string");
	if (pv_json_parse(vm->cx, header, NULL, ret_header) < 0) {
		const pv_error *e = pv_take_error(vm->cx);
		return rg_builtin_error(vm, "%s%s",
					old ? "invalid character: "
					    : "missing or invalid 'alg' header: cannot parse JSON: ",
					e->message);
	}
	*ret = pv_text(pv_get(*ret_header, "alg"), NULL);
	if (old && (!*ret || !pv_jwa_known(*ret)))
		return old_header_error(vm, header, *ret);
	if (!*ret)
		return rg_builtin_error(vm,
					"missing or invalid 'alg' header: jwsbb: header \"alg\" not found");
	return pv_jwa_known(*ret) ? 0 : rg_builtin_error(vm, "unknown JWS algorithm: %s", *ret);
}

static int
encode_sign(rg_vm *vm, pv_str header, pv_str payload, const pv_val *jwk, const pv_val **ret)
{
	const char *alg = NULL;
	const pv_val *parsed = NULL, *ignored;
	pv_str signature;
	pv_jwk key;
	int r = algorithm_of(vm, header, &parsed, &alg);
	if (r < 0)
		return r;
	const char *type = pv_text(pv_get(parsed, "typ"), "JWT");
	if (pv_streq(type, "JWT") && pv_json_parse(vm->cx, payload, NULL, &ignored) < 0) {
		pv_recover(vm->cx);
		return rg_builtin_error(vm, "type is JWT but payload is not JSON");
	}
	r = rg_jwk_read(vm, jwk, &key);
	if (r == 0 && !key.key)
		r = rg_builtin_error(vm, "failed to parse JWK: unknown kty");
	if (r < 0)
		return r;
	char *input = pv_printf(vm->arena, "%s.%s", pv_base64(vm->arena, header.s, header.len, true),
				pv_base64(vm->arena, payload.s, payload.len, true));
	if (pv_jwa_sign(vm->cx, alg, key.key, pv_str_of(input), &signature) < 0) {
		const pv_error *e = pv_take_error(vm->cx);
		return rg_builtin_error(vm, "%s", e->message);
	}
	char *text =
		pv_printf(vm->arena, "%s.%s", input, pv_base64(vm->arena, signature.s, signature.len, true));
	return rg_ret(vm, pv_string_ref(text), ret);
}

/* OPA before 1.0 signed the text of the term, with its spaces. */
static pv_str
json_text(rg_vm *vm, const pv_val *v)
{
	pv_buf b;
	pv_val json = pv_rego_json(vm->arena, v);
	pv_buf_init(&b, vm->arena);
	if (vm->program->v0)
		rg_write_term(&b, &json);
	else
		pv_rego_write(&b, &json, NULL, true);
	return (pv_str){b.s, b.len};
}

static int
bi_encode_sign(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return encode_sign(vm, json_text(vm, a[0]), json_text(vm, a[1]), a[2], ret);
}

static int
bi_encode_sign_raw(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_val *jwk;
	int r = parse_json(vm, pv_strv(a[2]), &jwk);
	return r < 0 ? r : encode_sign(vm, pv_strv(a[0]), pv_strv(a[1]), jwk, ret);
}

static const rg_builtin rows[] = {
	{"io.jwt.decode", "s", bi_decode, 1, 0},
	{"io.jwt.decode_verify", "s o", bi_decode_verify, 2, RG_B_VOLATILE},
	{"io.jwt.encode_sign", "o o o", bi_encode_sign, 3, RG_B_VOLATILE},
	{"io.jwt.encode_sign_raw", "s s s", bi_encode_sign_raw, 3, RG_B_VOLATILE},
	{"io.jwt.verify_hs256", "s s", bi_verify_hs256, 2, 0},
	{"io.jwt.verify_hs384", "s s", bi_verify_hs384, 2, 0},
	{"io.jwt.verify_hs512", "s s", bi_verify_hs512, 2, 0},
	{"io.jwt.verify_rs256", "s s", bi_verify_rs256, 2, 0},
	{"io.jwt.verify_rs384", "s s", bi_verify_rs384, 2, 0},
	{"io.jwt.verify_rs512", "s s", bi_verify_rs512, 2, 0},
	{"io.jwt.verify_ps256", "s s", bi_verify_ps256, 2, 0},
	{"io.jwt.verify_ps384", "s s", bi_verify_ps384, 2, 0},
	{"io.jwt.verify_ps512", "s s", bi_verify_ps512, 2, 0},
	{"io.jwt.verify_es256", "s s", bi_verify_es256, 2, 0},
	{"io.jwt.verify_es384", "s s", bi_verify_es384, 2, 0},
	{"io.jwt.verify_es512", "s s", bi_verify_es512, 2, 0},
	{"io.jwt.verify_eddsa", "s s", bi_verify_eddsa, 2, 0},
};
RG_FAMILY(jwt);
