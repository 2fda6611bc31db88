/* Reads an EncryptionConfiguration (apiserver.config.k8s.io/v1), as kube-apiserver's
 * --encryption-provider-config takes it.  What it can say and Pave cannot do is refused by name. */
#include <string.h>

#include "base/str.h"
#include "core/store/seal_priv.h"
#include "lang/yaml/yaml.h"

typedef struct reading {
	pv_ctx *cx; /* for errors */
	const pv_store_conf *conf;
	sealer *s;
	seal_rule *rule;
	const char *path; /* of what is read: "resources[0].providers[1]" */
} reading;

#define FAIL(in, code, ...) \
	pv_wrap((in)->cx, pv_fail((in)->cx, (code), __VA_ARGS__), "%s: %s", (in)->s->file, (in)->path)

/* A member of an object, which must have no others than these. */
static int
only(const reading *in, const pv_val *object, const char *a, const char *b)
{
	if (!pv_is(object, PV_OBJECT))
		return FAIL(in, PV_EINVALID, "expected an object, found %s", pv_type_name(object));
	for (uint32_t i = 0; i < object->len; i++) {
		const char *key = pv_text(&object->members[i].key, "");

		if (!pv_streq(key, a) && (b == NULL || !pv_streq(key, b)))
			return FAIL(in, PV_EINVALID, "expected \"%s\"%s%s%s, found \"%s\"", a,
				    b == NULL ? "" : " and \"", b == NULL ? "" : b, b == NULL ? "" : "\"",
				    key);
	}
	return 0;
}

static int
list_of(const reading *in, const pv_val *object, const char *member, const pv_val **ret)
{
	*ret = pv_get(object, member);
	if (pv_is(*ret, PV_LIST) && pv_count(*ret) > 0)
		return 0;
	return FAIL(in, PV_EINVALID, "%s: expected a list with something in it, found %s", member,
		    *ret == NULL           ? "nothing"
		    : pv_is(*ret, PV_LIST) ? "an empty one"
					   : pv_type_name(*ret));
}

/* ---- resources ---- */

/* "secrets", "deployments.apps", "*.apps", "*." (the core group), "*.*" */
static int
add_pattern(reading *in, const pv_val *word)
{
	const char *text = pv_text(word, NULL), *dot = text == NULL ? NULL : strchr(text, '.');
	pv_arena *arena = in->s->cx.arena;
	seal_pattern p = {NULL, dot == NULL ? "" : pv_strdup(arena, dot + 1)};
	const char *plural;

	if (text == NULL || *text == '\0')
		return FAIL(in, PV_EINVALID, "expected the name of a resource, found %s", pv_type_name(word));
	plural = dot == NULL ? text : pv_strndup(arena, text, (size_t)(dot - text));
	if (pv_streq(plural, "*")) {
		if (dot == NULL)
			return FAIL(in, PV_EINVALID,
				    "\"*\": expected \"*.GROUP\", \"*.\" for the core group, or \"*.*\"");
		if (pv_streq(p.group, "*"))
			p.group = NULL;
	} else {
		p.type = in->conf->type_of(&in->s->cx, plural, p.group);
		if (p.type == NULL)
			return FAIL(in, PV_EUNSUPPORTED,
				    "\"%s\": Pave knows built-in resources by name only, and this is none: "
				    "custom resources are sealed by their group, \"*.%s\"",
				    text, dot == NULL ? "GROUP" : p.group);
	}
	pv_vec_push(&in->rule->patterns, &p);
	return 0;
}

/* ---- providers ---- */

static int
add_key(reading *in, enum seal_kind kind, const pv_val *entry)
{
	const char *name, *secret;
	seal_key key = {.kind = kind};
	uint8_t *bytes = NULL;
	size_t len = 0;
	int r = only(in, entry, "name", "secret");

	if (r < 0)
		return r;
	name = pv_text_at(entry, "name", "");
	secret = pv_text_at(entry, "secret", NULL);
	if (*name == '\0' || strchr(name, ':') != NULL)
		return FAIL(in, PV_EINVALID, "name: expected a name without a colon, found \"%s\"", name);
	if (secret != NULL)
		bytes = pv_unbase64(in->s->cx.arena, pv_str_of(secret), false, &len);
	if (bytes == NULL || len != PV_SEAL_KEY_LEN)
		return FAIL(
			in, PV_EINVALID,
			"secret: expected %d bytes in base64 (make them with: head -c 32 /dev/urandom | base64), "
			"found %s",
			PV_SEAL_KEY_LEN,
			secret == NULL  ? "none"
			: bytes == NULL ? "no base64"
					: pv_printf(in->cx->arena, "%zu", len));
	for (size_t i = 0; i < in->rule->keys.len; i++)
		if (PV_AT(seal_key, &in->rule->keys, i)->kind == kind &&
		    pv_streq(PV_AT(seal_key, &in->rule->keys, i)->name, name))
			return FAIL(in, PV_EINVALID, "name: \"%s\" is there twice", name);
	key.name = pv_strdup(in->s->cx.arena, name);
	memcpy(key.bytes, bytes, len);
	pv_vec_push(&in->rule->keys, &key);
	return 0;
}

static int
add_keys(reading *in, enum seal_kind kind, const pv_val *provider)
{
	const char *path = in->path;
	const pv_val *keys;
	int r = only(in, provider, "keys", NULL);

	if (r == 0)
		r = list_of(in, provider, "keys", &keys);
	for (size_t i = 0; r == 0 && i < pv_count(keys); i++) {
		in->path = pv_printf(in->cx->arena, "%s.keys[%zu]", path, i);
		r = add_key(in, kind, pv_item(keys, i));
	}
	in->path = path;
	return r;
}

static int
add_provider(reading *in, const pv_val *entry)
{
	static const struct {
		const char *name;
		enum seal_kind kind;
		const char *refused; /* why; NULL: it is served */
	} rows[] = {
		{"aesgcm", SEAL_AESGCM, NULL},
		{"secretbox", SEAL_SECRETBOX, NULL},
		{"identity", SEAL_IDENTITY, NULL},
		{"aescbc", 0, "its cipher does not authenticate what it hides: take aesgcm or secretbox"},
		{"kms", 0, "Pave asks no key service: take aesgcm or secretbox, with the key in this file"},
	};
	const char *name =
		pv_is(entry, PV_OBJECT) && entry->len == 1 ? pv_text(&entry->members[0].key, "") : "";

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		if (!pv_streq(rows[i].name, name))
			continue;
		in->path = pv_printf(in->cx->arena, "%s.%s", in->path, name);
		if (rows[i].refused != NULL)
			return FAIL(in, PV_EUNSUPPORTED, "not supported: %s", rows[i].refused);
		if (rows[i].kind != SEAL_IDENTITY)
			return add_keys(in, rows[i].kind, &entry->members[0].val);
		pv_vec_push(&in->rule->keys, &(seal_key){.kind = SEAL_IDENTITY, .name = ""});
		return 0;
	}
	return FAIL(in, PV_EINVALID, "expected one of aesgcm, secretbox and identity, found %s",
		    *name == '\0' ? pv_type_name(entry) : pv_printf(in->cx->arena, "\"%s\"", name));
}

/* ---- the document ---- */

static int
add_rule(reading *in, const char *path, const pv_val *entry)
{
	static const struct {
		const char *member;
		int (*add)(reading *, const pv_val *);
	} parts[] = {{"resources", add_pattern}, {"providers", add_provider}};
	seal_rule rule;
	int r;

	in->path = path;
	r = only(in, entry, "resources", "providers");
	pv_vec_init(&rule.patterns, in->s->cx.arena, sizeof(seal_pattern));
	pv_vec_init(&rule.keys, in->s->cx.arena, sizeof(seal_key));
	in->rule = &rule;
	for (size_t p = 0; r == 0 && p < PV_LEN(parts); p++) {
		const pv_val *list;

		in->path = path;
		r = list_of(in, entry, parts[p].member, &list);
		for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
			in->path = pv_printf(in->cx->arena, "%s.%s[%zu]", path, parts[p].member, i);
			r = parts[p].add(in, pv_item(list, i));
		}
	}
	if (r == 0)
		pv_vec_push(&in->s->rules, &rule);
	return r;
}

int
seal_parse(pv_ctx *cx, const pv_store_conf *conf, pv_str text, sealer *s)
{
	reading in = {.cx = cx, .conf = conf, .s = s, .path = "the document"};
	const pv_val *doc, *list = NULL;
	int r = pv_yaml_parse(cx, text, &(pv_yaml_opts){.file = s->file}, &doc);

	if (r < 0)
		return r;
	if (!pv_streq(pv_text_at(doc, "kind", ""), "EncryptionConfiguration") ||
	    !pv_streq(pv_text_at(doc, "apiVersion", ""), "apiserver.config.k8s.io/v1"))
		return FAIL(&in, PV_EINVALID,
			    "expected apiVersion \"apiserver.config.k8s.io/v1\" and kind "
			    "\"EncryptionConfiguration\", found \"%s\" and \"%s\"",
			    pv_text_at(doc, "apiVersion", ""), pv_text_at(doc, "kind", ""));
	for (uint32_t i = 0; i < doc->len; i++) {
		const char *key = pv_text(&doc->members[i].key, "");

		if (!pv_streq(key, "kind") && !pv_streq(key, "apiVersion") && !pv_streq(key, "resources"))
			return FAIL(&in, PV_EINVALID, "expected \"resources\", found \"%s\"", key);
	}
	r = list_of(&in, doc, "resources", &list);
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = add_rule(&in, pv_printf(cx->arena, "resources[%zu]", i), pv_item(list, i));
	return r;
}
