#include "base/near.h"
#include "base/str.h"
#include "core/embed.h"
#include "core/resource/impl.h"
#include "lang/yaml/yaml.h"
#include <stdlib.h>
#include <string.h>

struct pv_doc {
	_Atomic size_t refs;
	uint64_t version, hash;
	size_t len;
	char text[];
};

/* ---- changing ---- */

static bool
is_replaced(const pv_unit *unit, const char *gone, pv_unit *const *fresh, size_t n)
{
	if (!unit->name)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pv_streq(unit->name, fresh[i]->name))
			return true;
	return gone && pv_streq(unit->name, gone);
}

/* Puts the units in the places of those of their names, and removes the one named `gone` (NULL: none), all at
 * once.  Takes the units. */
static void
swap_units(pv_registry *registry, const char *gone, pv_unit *const *fresh, size_t n_fresh)
{
	pv_snapshot *old, *now;
	pv_unit **units;
	size_t n = 0;

	pthread_mutex_lock(&registry->write);
	old = registry->now;
	units = calloc(old->n_units + n_fresh, sizeof(pv_unit *));
	PV_ASSERT(units);
	for (size_t i = 0; i < old->n_units; i++)
		if (!is_replaced(old->units[i], gone, fresh, n_fresh))
			units[n++] = old->units[i];
	for (size_t i = 0; i < n_fresh; i++)
		units[n++] = fresh[i];
	now = pv_snapshot_of(units, n, old->generation + 1);
	free(units);
	for (size_t i = 0; i < n_fresh; i++)
		pv_unit_unref(fresh[i]);
	pthread_mutex_lock(&registry->lock);
	registry->now = now;
	pthread_mutex_unlock(&registry->lock);
	pthread_mutex_unlock(&registry->write);
	pv_snapshot_unref(old);
}

/* What is served under that name now; NULL if nothing is. */
static const pv_unit *
unit_now(pv_ctx *cx, pv_registry *registry, const char *name)
{
	const pv_snapshot *s = pv_snapshot_hold(cx, registry);

	for (size_t i = 0; i < s->n_units; i++)
		if (s->units[i]->name && pv_streq(s->units[i]->name, name))
			return s->units[i];
	return NULL;
}

int
pv_registry_unit(pv_ctx *cx, pv_registry *registry, const pv_val *crd, pv_unit **ret)
{
	const pv_unit *before = unit_now(cx, registry, pv_text_at(crd, "metadata.name", ""));

	if (pv_crd_has_webhook(crd))
		atomic_store(&registry->converts, true);
	return pv_unit_crd(cx, registry->kinds, crd, before, ret);
}

void
pv_registry_put_units(pv_registry *registry, const pv_vec *units)
{
	if (units->len)
		swap_units(registry, NULL, units->data, units->len);
}

int
pv_registry_put_crd(pv_ctx *cx, pv_registry *registry, const char *name, const pv_val *crd)
{
	pv_unit *unit;
	int r = crd ? pv_registry_unit(cx, registry, crd, &unit) : 0;

	if (r == 0)
		swap_units(registry, name, &unit, crd ? 1 : 0);
	return r;
}

/* ---- the CRDs that Pave is made of ---- */

/* Of one file, into registry->embedded. */
static int
read_embedded(pv_ctx *cx, pv_registry *registry, const pv_embed *file)
{
	pv_yaml_opts opts = {.file = file->path};
	pv_str text = {(const char *)file->bytes, file->len};
	pv_vec docs;
	int r;

	pv_vec_init(&docs, cx->arena, sizeof(pv_yaml_doc));
	r = pv_yaml_parse_all(cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_val *crd = PV_AT(pv_yaml_doc, &docs, i)->val;

		if (!pv_is(crd, PV_OBJECT))
			continue;
		pv_map_puts(registry->own, pv_text_at(crd, "metadata.name", ""), registry);
		crd = pv_box(registry->embedded, pv_copy(registry->embedded, crd));
		pv_vec_push(&registry->definitions, &crd);
	}
	return r;
}

static bool
is_crd_file(const pv_embed *file)
{
	return pv_ends_with(file->path, ".yaml") && strstr(file->path, "/crds/");
}

static int
put_embedded(pv_ctx *cx, pv_registry *registry)
{
	pv_vec units;
	int r = 0;

	registry->embedded = pv_arena_new("definitions");
	pv_vec_init(&registry->definitions, registry->embedded, sizeof(const pv_val *));
	pv_vec_init(&units, cx->arena, sizeof(pv_unit *));
	for (size_t i = 0; r == 0 && i < pv_embedded_len; i++)
		if (is_crd_file(&pv_embedded[i]))
			r = read_embedded(cx, registry, &pv_embedded[i]);
	for (size_t i = 0; r == 0 && i < registry->definitions.len; i++) {
		const pv_val *crd = *PV_AT(const pv_val *, &registry->definitions, i);
		pv_unit *unit;

		r = pv_registry_unit(cx, registry, crd, &unit);
		if (r < 0)
			pv_wrap(cx, r, "%s", pv_text_at(crd, "metadata.name", ""));
		else
			pv_vec_push(&units, &unit);
	}
	pv_registry_put_units(registry, &units);
	return r;
}

void
pv_registry_embedded_done(pv_registry *registry)
{
	pv_arena_free(registry->embedded);
	registry->embedded = NULL;
	registry->definitions.len = 0;
}

bool
pv_registry_owns(const pv_registry *registry, const char *name)
{
	return pv_map_finds(registry->own, name) != NULL;
}

int
pv_registry_new(pv_ctx *cx, pv_registry **ret)
{
	pv_registry *registry = calloc(1, sizeof(*registry));
	pv_unit *units[2];
	pv_ctx own;
	int r;

	PV_ASSERT(registry);
	r = pv_kinds_new(cx, &registry->kinds);
	if (r < 0) {
		free(registry);
		return r;
	}
	pthread_mutex_init(&registry->lock, NULL);
	pthread_mutex_init(&registry->write, NULL);
	pthread_mutex_init(&registry->docs_lock, NULL);
	registry->docs = pv_map_new(NULL);
	registry->own = pv_map_new(NULL);
	units[0] = pv_unit_builtin(registry->kinds);
	units[1] = pv_unit_views();
	registry->now = pv_snapshot_of(units, 2, 1);
	pv_unit_unref(units[0]);
	pv_unit_unref(units[1]);
	pv_ctx_init(&own, "definitions"); /* let go of before the program runs */
	r = put_embedded(&own, registry);
	if (r < 0)
		pv_fail(cx, -r, "%s", pv_error_text(&own));
	pv_ctx_done(&own);
	if (r < 0)
		pv_registry_free(registry);
	else
		*ret = registry;
	return r;
}

pv_registry *
pv_registry_free(pv_registry *registry)
{
	if (!registry)
		return NULL;
	pv_snapshot_unref(registry->now);
	pv_registry_embedded_done(registry);
	pv_registry_docs_free(registry);
	pv_map_free(registry->own);
	pv_kinds_free(registry->kinds);
	pthread_mutex_destroy(&registry->lock);
	pthread_mutex_destroy(&registry->write);
	pthread_mutex_destroy(&registry->docs_lock);
	free(registry);
	return NULL;
}

bool
pv_registry_converts(const pv_registry *registry)
{
	return atomic_load(&registry->converts);
}

uint64_t
pv_registry_generation(pv_registry *registry)
{
	uint64_t generation;

	pthread_mutex_lock(&registry->lock);
	generation = registry->now->generation;
	pthread_mutex_unlock(&registry->lock);
	return generation;
}

const pv_schema *
pv_registry_type(const pv_registry *registry, const char *name)
{
	return pv_kinds_type(registry->kinds, name);
}

uint64_t
pv_registry_hash(pv_ctx *cx, pv_registry *registry, const char *api_version)
{
	const pv_snapshot *s = pv_snapshot_hold(cx, registry);
	uint64_t hash = 0;

	for (size_t i = 0; i < s->n; i++)
		if (pv_streq(s->all[i]->api_version, api_version))
			hash = pv_stable_hash(hash ? hash : PV_HASH_SEED, &s->all[i]->hash, sizeof(uint64_t));
	return hash;
}

/* ---- documents ---- */

static pv_doc *
doc_unref(pv_doc *doc)
{
	if (doc && atomic_fetch_sub_explicit(&doc->refs, 1, memory_order_acq_rel) == 1)
		free(doc);
	return NULL;
}

static void
doc_let_go(void *doc)
{
	doc_unref(doc);
}

void
pv_registry_docs_free(pv_registry *registry)
{
	void *doc;
	pv_str key;

	for (size_t pos = 0; pv_map_each(registry->docs, &pos, &key, &doc);)
		doc_unref(doc);
	pv_map_free(registry->docs);
}

static pv_doc *
doc_find(pv_registry *registry, const char *key, uint64_t version)
{
	pv_doc *doc;

	pthread_mutex_lock(&registry->docs_lock);
	doc = pv_map_finds(registry->docs, key);
	if (doc && doc->version == version)
		atomic_fetch_add_explicit(&doc->refs, 1, memory_order_relaxed);
	else
		doc = NULL;
	pthread_mutex_unlock(&registry->docs_lock);
	return doc;
}

static pv_doc *
doc_put(pv_registry *registry, const char *key, uint64_t version, const pv_buf *text)
{
	pv_doc *doc = malloc(sizeof(*doc) + text->len + 1), *old;

	PV_ASSERT(doc);
	atomic_init(&doc->refs, 2); /* the map's and the caller's */
	doc->version = version;
	doc->len = text->len;
	memcpy(doc->text, text->s, text->len);
	doc->text[doc->len] = 0;
	doc->hash = pv_stable_hash(PV_HASH_SEED, doc->text, doc->len);
	pthread_mutex_lock(&registry->docs_lock);
	old = pv_map_puts(registry->docs, key, doc);
	pthread_mutex_unlock(&registry->docs_lock);
	doc_unref(old);
	return doc;
}

int
pv_registry_document(pv_ctx *cx, pv_registry *registry, const char *key, uint64_t version,
		     pv_registry_render *render, pv_str *ret, uint64_t *ret_hash)
{
	pv_doc *doc = doc_find(registry, key, version);

	if (!doc) {
		pv_buf text;
		int r;

		pv_buf_init(&text, NULL);
		r = render(cx, registry, key, &text);
		if (r == 0)
			doc = doc_put(registry, key, version, &text);
		pv_buf_done(&text);
		if (r < 0)
			return r;
	}
	pv_arena_defer(cx->arena, doc_let_go, doc);
	*ret = (pv_str){doc->text, doc->len};
	*ret_hash = doc->hash;
	return 0;
}

pv_subresource
pv_resource_sub(const pv_resource *res, size_t i)
{
	const char *name = res->subresources[i];

	if (res->kind_facts) {
		const pv_kind_sub *s = &res->kind_facts->subs[i];

		return (pv_subresource){s->name, s->group, s->version, s->kind, s->verbs};
	}
	if (pv_streq(name, "scale"))
		return (pv_subresource){name, "autoscaling", "v1", "Scale",
					PV_V_GET | PV_V_PATCH | PV_V_UPDATE};
	return (pv_subresource){name, res->group, res->version, res->kind,
				PV_V_GET | PV_V_PATCH | PV_V_UPDATE};
}

const pv_resource *
pv_resource_meant(pv_ctx *cx, pv_registry *registry, const char *kind)
{
	const pv_resource *best = NULL;
	pv_near near = {.word = kind};
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	for (size_t i = 0; i < n; i++) {
		if (pv_streq(all[i]->kind, kind)) /* of another group or version */
			return all[i];
		pv_near_try(&near, all[i]->kind);
		if (near.best == all[i]->kind)
			best = all[i];
	}
	return best;
}
