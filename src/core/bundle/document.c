/* document: texts -> documents, and many of them -> one. */
#include <string.h>

#include "base/str.h"
#include "core/bundle/bundle.h"
#include "lang/json/literal.h"
#include "lang/yaml/yaml.h"

int
pv_document_parse(pv_ctx *cx, const char *path, pv_str text, const pv_val **ret)
{
	pv_json_opts json = {.file = path};
	pv_yaml_opts yaml = {.file = path};
	if (path && pv_ends_with(path, ".json"))
		return pv_json_parse_literal(cx, text, &json, ret);
	if (!path && pv_json_parse_literal(cx, text, &json, ret) == 0)
		return 0;
	if (!path)
		pv_recover(cx);
	return pv_yaml_parse(cx, text, &yaml, ret);
}

/* Keys on the way to what is merged. */
typedef struct way {
	const struct way *up;
	const pv_val *key;
} way;

static const pv_val *
at_way(const pv_val *doc, const way *w)
{
	const pv_val *in = w ? at_way(doc, w->up) : doc;
	return !w ? in : pv_is(in, PV_OBJECT) ? pv_getv(in, w->key) : NULL;
}

/* Who of the n gives it, too? */
static int
conflict(pv_ctx *cx, const pv_bundle_document *from, size_t n, const way *w)
{
	size_t i = 0;
	while (i + 1 < n && !at_way(from[i].value, w))
		i++;
	return pv_fail(cx, PV_EINVALID, "%s: merge error: key %s is given by another file too", from[i].file,
		       pv_text(w->key, "?"));
}

/* b is what the n come to. */
static int
merge(pv_ctx *cx, const pv_bundle_document *from, size_t n, const way *up, const pv_val *a, const pv_val *b,
      const pv_val **ret)
{
	pv_objb o;
	if (a->len == 0 || b->len == 0) {
		*ret = b->len ? b : a;
		return 0;
	}
	pv_objb_from(&o, cx->arena, a);
	for (uint32_t i = 0; i < b->len; i++) {
		const pv_member *m = &b->members[i];
		const pv_val *old = pv_getv(a, &m->key), *both = &m->val;
		const way here = {up, &m->key};
		if (old && (old->type != PV_OBJECT || both->type != PV_OBJECT))
			return conflict(cx, from, n, &here);
		int r = old ? merge(cx, from, n, &here, old, both, &both) : 0;
		if (r < 0)
			return r;
		pv_objb_putv(&o, m->key, *both);
	}
	*ret = pv_box(cx->arena, pv_objb_end(&o));
	return 0;
}

/* Around the document what the path says. */
static int
wrap(pv_ctx *cx, const pv_bundle_document *d, const pv_val **ret)
{
	const char *path = d->path;
	const pv_val *doc = d->value;
	size_t end = strlen(path);
	while (end > 0) { /* from its end: around the document, then around that */
		size_t from = end;
		pv_objb o;
		while (from > 0 && path[from - 1] != '/')
			from--;
		pv_objb_init(&o, cx->arena);
		if (end > from) {
			pv_objb_put(&o, pv_strndup(cx->arena, path + from, end - from), *doc);
			doc = pv_box(cx->arena, pv_objb_end(&o));
		}
		end = from > 0 ? from - 1 : 0;
	}
	*ret = doc;
	return doc->type == PV_OBJECT
		       ? 0
		       : pv_fail(cx, PV_EINVALID, "%s: document must be of type object, found %s", d->file,
				 pv_type_name(doc));
}

int
pv_document_merge(pv_ctx *cx, const char *file, const pv_val *into, const char *path, const pv_val *doc,
		  const pv_val **ret)
{
	pv_bundle_document d = {file, path, doc};
	int r = wrap(cx, &d, &d.value);
	return r < 0 ? r : merge(cx, &d, 1, NULL, into, d.value, ret);
}

/* Halves first: each document is copied as often as that has steps, not as often as there are documents. */
static int
merge_all(pv_ctx *cx, const pv_bundle_document *all, size_t n, const pv_val **ret)
{
	const pv_val *a, *b;
	if (n == 1) {
		*ret = all->value;
		return 0;
	}
	int r = merge_all(cx, all, n / 2, &a);
	if (r == 0)
		r = merge_all(cx, all + n / 2, n - n / 2, &b);
	return r < 0 ? r : merge(cx, all + n / 2, n - n / 2, NULL, a, b, ret);
}

int
pv_documents_merge(pv_ctx *cx, pv_vec *documents, const pv_val **ret)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	int r = 0;
	for (size_t i = 0; r == 0 && i < documents->len; i++) {
		pv_bundle_document *d = PV_AT(pv_bundle_document, documents, i);
		r = wrap(cx, d, &d->value);
	}
	*ret = &nothing;
	return r < 0 || documents->len == 0 ? r : merge_all(cx, documents->data, documents->len, ret);
}
