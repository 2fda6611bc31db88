/* Sealing and opening values. */
#include "core/store/seal_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#define PREFIX "k8s:enc:"
#define CONFIG_LIMIT ((size_t)1 << 20)

static const char *const kinds[] = {
	[SEAL_IDENTITY] = "identity", [SEAL_AESGCM] = "aesgcm", [SEAL_SECRETBOX] = "secretbox"};

/* ---- which rule, which key ---- */

static bool
matches(const seal_pattern *p, const char *type)
{
	const char *slash = strchr(type, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - type);

	if (p->type != NULL)
		return strcmp(p->type, type) == 0;
	return p->group == NULL || (strlen(p->group) == len && strncmp(p->group, type, len) == 0);
}

static const seal_rule *
rule_of(const sealer *s, const char *type)
{
	if (*type == '\0')
		type = "/Secret";
	for (size_t i = 0; s != NULL && i < s->rules.len; i++) {
		const seal_rule *rule = PV_AT(seal_rule, &s->rules, i);

		for (size_t k = 0; k < rule->patterns.len; k++)
			if (matches(PV_AT(seal_pattern, &rule->patterns, k), type))
				return rule;
	}
	return NULL;
}

bool
seal_is(pv_str kept)
{
	return kept.len >= strlen(PREFIX) && memcmp(kept.s, PREFIX, strlen(PREFIX)) == 0;
}

/* ---- one value ---- */

static pv_str
about(pv_ctx *cx, const pv_key *key)
{
	return pv_str_of(*key->type == '\0'
				 ? pv_printf(cx->arena, "meta/%s", key->name)
				 : pv_printf(cx->arena, "object/%s/%s/%s", key->type, key->ns, key->name));
}

/* secretbox authenticates the bytes alone: what they are about goes in front of them. */
static int
box_close(pv_ctx *cx, const seal_key *k, pv_str what, pv_str plain, pv_str *ret)
{
	char *both = pv_alloc(cx->arena, PV_SHA256_LEN + plain.len);

	pv_sha256(what.s, what.len, (uint8_t *)both);
	memcpy(both + PV_SHA256_LEN, plain.s, plain.len);
	return pv_secretbox_seal(cx, k->bytes, (pv_str){both, PV_SHA256_LEN + plain.len}, ret);
}

static int
box_open(pv_ctx *cx, const seal_key *k, pv_str what, pv_str sealed, pv_str *ret)
{
	uint8_t sum[PV_SHA256_LEN];
	pv_str both;
	int r = pv_secretbox_open(cx, k->bytes, sealed, &both);

	if (r < 0)
		return r;
	pv_sha256(what.s, what.len, sum);
	if (both.len < sizeof sum || memcmp(both.s, sum, sizeof sum) != 0)
		return pv_fail(cx, PV_EFORBIDDEN, "unsealing: it was sealed for another object");
	*ret = (pv_str){both.s + sizeof sum, both.len - sizeof sum};
	return 0;
}

int
seal_close(pv_ctx *cx, const sealer *s, const pv_key *key, pv_str plain, pv_str *ret)
{
	const seal_rule *rule = rule_of(s, key->type);
	const seal_key *k = rule == NULL ? NULL : PV_AT(seal_key, &rule->keys, 0);
	pv_str sealed;
	pv_buf b;
	int r;

	*ret = plain;
	if (k == NULL || k->kind == SEAL_IDENTITY || plain.s == NULL)
		return 0;
	r = k->kind == SEAL_AESGCM ? pv_seal(cx, k->bytes, about(cx, key), plain, &sealed)
				   : box_close(cx, k, about(cx, key), plain, &sealed);
	if (r < 0)
		return r;
	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, PREFIX "%s:v1:%s:", kinds[k->kind], k->name);
	pv_buf_adds(&b, pv_base64(cx->arena, sealed.s, sealed.len, false));
	*ret = (pv_str){b.s, b.len};
	return 0;
}

/* ---- opening ---- */

typedef struct sealed_text { /* "k8s:enc:aesgcm:v1:key1:BASE64" in its pieces */
	pv_str provider, key, base64;
} sealed_text;

static bool
take_apart(pv_str kept, sealed_text *ret)
{
	pv_str rest = {kept.s + strlen(PREFIX), kept.len - strlen(PREFIX)}, version;

	if (!pv_str_next(&rest, ':', &ret->provider) || !pv_str_next(&rest, ':', &version) ||
	    !pv_str_next(&rest, ':', &ret->key))
		return false;
	ret->base64 = rest;
	return pv_str_is(version, "v1");
}

static const char *
named(pv_ctx *cx, const pv_key *key)
{
	if (*key->type == '\0')
		return pv_printf(cx->arena, "the fact \"%s\"", key->name);
	return pv_printf(cx->arena, "%s \"%s\" in \"%s\"", key->type, key->name, key->ns);
}

static int
fail_key(pv_ctx *cx, const sealer *s, const pv_key *key, const sealed_text *t, bool there)
{
	const char *which = pv_printf(cx->arena, "the %.*s key \"%.*s\"", (int)t->provider.len, t->provider.s,
				      (int)t->key.len, t->key.s);

	if (s == NULL)
		return pv_fail(cx, PV_EINTERNAL,
			       "store: %s is sealed with %s: say where the key is with --encryption-config",
			       named(cx, key), which);
	if (!there)
		return pv_fail(cx, PV_EINTERNAL,
			       "store: %s is sealed with %s, which %s does not have: add it behind the "
			       "others (the first one writes)",
			       named(cx, key), which, s->file);
	return pv_fail(cx, PV_EINTERNAL,
		       "store: %s cannot be opened: it is sealed with %s, and what %s has under that name is "
		       "another key, or the row was changed or moved: restore the key or a backup",
		       named(cx, key), which, s->file);
}

/* Every key of that name, those of the type's own rule first. */
static int
try_keys(pv_ctx *cx, const seal_rule *rule, const pv_key *key, const sealed_text *t, bool *there, pv_str *ret)
{
	size_t len;
	uint8_t *bytes = pv_unbase64(cx->arena, t->base64, false, &len);
	pv_str sealed = {(const char *)bytes, len};

	for (size_t i = 0; bytes != NULL && i < rule->keys.len; i++) {
		const seal_key *k = PV_AT(seal_key, &rule->keys, i);
		int r;

		if (k->kind == SEAL_IDENTITY || !pv_str_is(t->provider, kinds[k->kind]) ||
		    !pv_str_is(t->key, k->name))
			continue;
		*there = true;
		r = k->kind == SEAL_AESGCM ? pv_unseal(cx, k->bytes, about(cx, key), sealed, ret)
					   : box_open(cx, k, about(cx, key), sealed, ret);
		if (r == 0)
			return 1;
		pv_recover(cx);
	}
	return 0;
}

static int
open_sealed(pv_ctx *cx, const sealer *s, const pv_key *key, pv_str kept, pv_str *ret)
{
	const seal_rule *own = rule_of(s, key->type);
	bool there = false;
	sealed_text t;

	if (!take_apart(kept, &t))
		return pv_fail(cx, PV_EINTERNAL,
			       "store: %s is sealed in a way that this Pave does not know: restore a backup",
			       named(cx, key));
	if (own != NULL && try_keys(cx, own, key, &t, &there, ret) == 1)
		return 0;
	for (size_t i = 0; s != NULL && i < s->rules.len; i++)
		if (try_keys(cx, PV_AT(seal_rule, &s->rules, i), key, &t, &there, ret) == 1)
			return 0;
	return fail_key(cx, s, key, &t, there);
}

int
seal_open(pv_ctx *cx, const sealer *s, const pv_key *key, pv_str kept, pv_str *ret)
{
	const seal_rule *rule;

	if (seal_is(kept))
		return open_sealed(cx, s, key, kept, ret);
	*ret = kept;
	rule = rule_of(s, key->type);
	for (size_t i = 0; rule != NULL && i < rule->keys.len; i++)
		if (PV_AT(seal_key, &rule->keys, i)->kind == SEAL_IDENTITY)
			return 0;
	if (rule == NULL || kept.s == NULL)
		return 0;
	return pv_fail(cx, PV_EINTERNAL,
		       "store: %s lies in plain text, and %s has no identity provider to read it: add "
		       "\"- identity: {}\" behind the others for one start, which seals it",
		       named(cx, key), s->file);
}

/* ---- the whole ---- */

static const char *
make_mark(pv_ctx *cx, const sealer *s)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < s->rules.len; i++) {
		const seal_rule *rule = PV_AT(seal_rule, &s->rules, i);
		const seal_key *k = PV_AT(seal_key, &rule->keys, 0);

		for (size_t p = 0; p < rule->patterns.len; p++) {
			const seal_pattern *pattern = PV_AT(seal_pattern, &rule->patterns, p);

			pv_buf_printf(&b, "%s|%s|", pattern->type == NULL ? "*" : pattern->type,
				      pattern->group == NULL ? "*" : pattern->group);
		}
		pv_buf_printf(&b, "%s:%s:", kinds[k->kind], k->name);
		pv_buf_add(&b, k->bytes, sizeof k->bytes);
	}
	return pv_sha256_hex(cx->arena, b.s, b.len);
}

int
sealer_load(pv_ctx *cx, const pv_store_conf *conf, sealer **ret)
{
	sealer *s;
	pv_str text;
	int r = pv_file_load_secret(cx, conf->encryption, CONFIG_LIMIT, &text);

	if (r < 0)
		return pv_wrap(cx, r, "encryption configuration");
	s = calloc(1, sizeof *s);
	PV_ASSERT(s != NULL);
	pv_ctx_init(&s->cx, "store-seal");
	s->file = pv_strdup(s->cx.arena, conf->encryption);
	pv_vec_init(&s->rules, s->cx.arena, sizeof(seal_rule));
	r = seal_parse(cx, conf, text, s);
	if (r < 0) {
		sealer_free(s);
		return r;
	}
	s->mark = make_mark(&s->cx, s);
	*ret = s;
	return 0;
}

sealer *
sealer_free(sealer *s)
{
	if (s != NULL) {
		pv_ctx_done(&s->cx);
		free(s);
	}
	return NULL;
}

const char *
sealer_mark(const sealer *s)
{
	return s == NULL ? "" : s->mark;
}
