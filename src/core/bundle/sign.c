/* sign: the signatures of bundles: a JWT over the digests of all files. */
#include <string.h>

#include "base/hashing.h"
#include "base/jwa.h"
#include "base/jwt.h"
#include "base/map.h"
#include "base/str.h"
#include "core/bundle/bundle.h"
#include "lang/glob/glob.h"
#include "lang/json/json.h"

static const struct {
	const char *name, *digest;
} algorithms[] = {
	{"SHA-256", "sha256"},
	{"SHA-512", "sha512"},
	{"SHA-384", "sha384"},
	{"SHA-224", "sha224"},
	{"SHA-512-224", "sha512-224"},
	{"SHA-512-256", "sha512-256"},
	{"SHA-1", "sha1"},
	{"MD5", "md5"},
	{"SHA256", "sha256"},
};

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool
is_structured(const char *path)
{
	const char *name = last_part(path);
	return pv_streq(name, ".manifest") || pv_streq(name, "data.json") || pv_streq(name, "data.yaml");
}

/* Of structured files the document counts, not how it was written. */
static int
digest(pv_ctx *cx, const pv_bundle_file *f, const char *algorithm, const char **ret)
{
	const char *name = NULL;
	pv_str bytes = f->bytes;
	for (size_t i = 0; i < PV_LEN(algorithms) && !name; i++)
		if (pv_streq(algorithms[i].name, algorithm))
			name = algorithms[i].digest;
	if (!name)
		return pv_fail(cx, PV_EINVALID, "unsupported hash algorithm: %s", algorithm);
	if (is_structured(f->path)) {
		const pv_val *doc;
		pv_buf b;
		bool manifest = pv_streq(last_part(f->path), ".manifest");
		int r = pv_document_parse(cx, manifest ? "manifest.json" : f->path, bytes, &doc);
		if (r < 0)
			return r;
		pv_buf_init(&b, cx->arena);
		pv_json_write_sorted(&b, doc);
		bytes = (pv_str){b.s, b.len};
	}
	*ret = pv_hash_hex(cx->arena, name, bytes);
	return *ret ? 0 : pv_fail(cx, PV_EINTERNAL, "hash algorithm %s is not at hand", algorithm);
}

static int
key_of(pv_ctx *cx, const pv_bundle_key *k, bool private, const pv_jwa_key **ret)
{
	const char *alg = k->alg ? k->alg : "RS256";
	pv_str text = pv_str_of(k->key);
	if (!pv_jwa_known(alg))
		return pv_fail(cx, PV_EINVALID, "unknown signature algorithm: %s", alg);
	if (pv_starts_with(alg, "HS"))
		return pv_jwa_secret(cx, text, ret);
	return private ? pv_jwa_private(cx, text, ret) : pv_jwa_pem(cx, pv_str_trim(text), ret);
}

/* ---- making ---- */

static int
list_files(pv_ctx *cx, const pv_vec *files, pv_val *ret)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < files->len; i++) {
		const pv_bundle_file *f = PV_AT(pv_bundle_file, files, i);
		const char *hash;
		pv_objb o;
		if (pv_streq(f->path, ".signatures.json"))
			continue;
		int r = digest(cx, f, "SHA-256", &hash);
		if (r < 0)
			return r;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "name", f->path);
		pv_objb_puts(&o, "hash", hash);
		pv_objb_puts(&o, "algorithm", "SHA-256");
		pv_listb_add(&list, pv_objb_end(&o));
	}
	*ret = pv_listb_end(&list);
	return 0;
}

static const char *
part(pv_arena *arena, const pv_val *v)
{
	const char *text = pv_json_text(arena, v);
	return pv_base64(arena, text, strlen(text), true);
}

int
pv_bundle_sign(pv_ctx *cx, const pv_vec *files, const pv_bundle_signer *signer, pv_val *ret)
{
	const char *alg = signer->key.alg ? signer->key.alg : "RS256";
	const pv_jwa_key *key;
	pv_objb head, body;
	pv_listb tokens;
	pv_str signature;
	pv_val list;
	int r = key_of(cx, &signer->key, true, &key);
	if (r == 0)
		r = list_files(cx, files, &list);
	if (r < 0)
		return r;
	pv_objb_init(&head, cx->arena);
	pv_objb_puts(&head, "alg", alg);
	pv_objb_puts(&head, "kid", signer->key.id);
	pv_objb_init(&body, cx->arena);
	pv_objb_put(&body, "files", list);
	for (size_t i = 0; i < pv_member_count(signer->claims); i++)
		pv_objb_putv(&body, signer->claims->members[i].key, signer->claims->members[i].val);
	pv_objb_puts(&body, "keyid", signer->key.id);
	pv_val h = pv_objb_end(&head), p = pv_objb_end(&body);
	const char *input = pv_printf(cx->arena, "%s.%s", part(cx->arena, &h), part(cx->arena, &p));
	r = pv_jwa_sign(cx, alg, key, pv_str_of(input), &signature);
	if (r < 0)
		return r;
	pv_listb_init(&tokens, cx->arena);
	pv_listb_add(&tokens, pv_stringf(cx->arena, "%s.%s", input,
					 pv_base64(cx->arena, signature.s, signature.len, true)));
	pv_objb_init(&head, cx->arena);
	pv_objb_put(&head, "signatures", pv_listb_end(&tokens));
	*ret = pv_objb_end(&head);
	return 0;
}

/* ---- checking ---- */

static bool
is_excluded(const pv_bundle_trust *t, const char *path)
{
	for (size_t i = 0; t->exclude && t->exclude[i]; i++)
		if (pv_glob_match(t->exclude[i], path))
			return true;
	return false;
}

static int
check_files(pv_ctx *cx, const pv_bundle *b, const pv_bundle_trust *t, const pv_val *listed)
{
	pv_map *open = pv_map_new(cx->arena);
	pv_str name;
	void *entry;
	size_t pos = 0;
	for (size_t i = 0; i < pv_count(listed); i++) {
		const char *path = pv_text_at(pv_item(listed, i), "name", "");
		while (*path == '/')
			path++;
		if (!is_excluded(t, path))
			pv_map_puts(open, path, (void *)(uintptr_t)pv_item(listed, i));
	}
	for (size_t i = 0; i < b->files.len; i++) {
		const pv_bundle_file *f = PV_AT(pv_bundle_file, &b->files, i);
		const char *hash, *wanted;
		if (pv_streq(f->path, ".signatures.json") || is_excluded(t, f->path))
			continue;
		const pv_val *e = pv_map_finds(open, f->path);
		if (!e)
			return pv_fail(cx, PV_EINVALID, "file %s not included in bundle signature", f->path);
		int r = digest(cx, f, pv_text_at(e, "algorithm", "SHA-256"), &hash);
		if (r < 0)
			return r;
		wanted = pv_text_at(e, "hash", "");
		if (!pv_streq(hash, wanted))
			return pv_fail(cx, PV_EINVALID, "%s: digest mismatch (want: %s, got: %s)", f->path,
				       wanted, hash);
		pv_map_del(open, f->path, strlen(f->path));
	}
	if (pv_map_each(open, &pos, &name, &entry))
		return pv_fail(
			cx, PV_EINVALID,
			"file(s) [%.*s] specified in bundle signatures but not found in the target bundle",
			(int)name.len, name.s);
	return 0;
}

static const pv_bundle_key *
find_key(const pv_bundle_trust *t, const char *id)
{
	for (size_t i = 0; i < t->n; i++)
		if (pv_streq(t->keys[i].id, id))
			return &t->keys[i];
	return NULL;
}

/* The key of the caller, then of the token's header, then of its claims. */
static int
choose_key(pv_ctx *cx, const pv_bundle_trust *t, const pv_jwt *jwt, const pv_val *claims,
	   const pv_bundle_key **ret)
{
	const pv_val *header;
	const char *id = t->key_id;
	int r = pv_json_parse(cx, jwt->header, NULL, &header);
	if (r < 0)
		return r;
	if (!id || !*id)
		id = pv_text_at(header, "kid", pv_text_at(claims, "keyid", NULL));
	if (!id)
		return pv_fail(cx, PV_EINVALID, "verification key ID is empty");
	*ret = find_key(t, id);
	if (!*ret)
		return pv_fail(cx, PV_EINVALID, "verification key corresponding to ID %s not found", id);
	/* The key says which algorithm it is for, never the token. */
	if (!pv_streq(pv_text_at(header, "alg", ""), (*ret)->alg ? (*ret)->alg : "RS256"))
		return pv_fail(cx, PV_EINVALID, "signature algorithm: expected %s, found %.*s",
			       (*ret)->alg ? (*ret)->alg : "RS256", PV_CLIP(pv_text_at(header, "alg", "")));
	return 0;
}

static int
check_token(pv_ctx *cx, const pv_bundle *b, const pv_bundle_trust *t, const char *token)
{
	const pv_bundle_key *k = NULL;
	const pv_jwa_key *key = NULL;
	const pv_val *claims;
	const char *scope;
	pv_jwt jwt;
	int r = pv_jwt_parse(cx, token, &jwt);
	if (r == 0)
		r = pv_json_parse(cx, jwt.claims, NULL, &claims);
	if (r == 0)
		r = choose_key(cx, t, &jwt, claims, &k);
	if (r == 0)
		r = key_of(cx, k, false, &key);
	if (r < 0)
		return r;
	if (!pv_jwa_verify(k->alg ? k->alg : "RS256", key, jwt.input, jwt.signature))
		return pv_fail(cx, PV_EINVALID, "Failed to verify message: no match");
	scope = t->scope && *t->scope ? t->scope : k->scope;
	if (!pv_streq(scope ? scope : "", pv_text_at(claims, "scope", "")))
		return pv_fail(cx, PV_EINVALID, "scope mismatch");
	return check_files(cx, b, t, pv_get(claims, "files"));
}

int
pv_bundle_verify(pv_ctx *cx, const pv_bundle *b, const pv_bundle_trust *trust)
{
	const pv_val *list = pv_get(b->signatures, "signatures");
	if (!b->signatures)
		return trust->wanted ? pv_fail(cx, PV_EINVALID, "bundle missing .signatures.json file") : 0;
	if (trust->n == 0)
		return pv_fail(cx, PV_EINVALID, "verification key not provided");
	if (pv_count(list) != 1 || !pv_is(pv_item(list, 0), PV_STRING))
		return pv_fail(cx, PV_EINVALID, ".signatures.json: expected exactly one JWT, found %zu",
			       pv_count(list));
	return check_token(cx, b, trust, pv_item(list, 0)->s);
}
