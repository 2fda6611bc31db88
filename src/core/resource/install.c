/* CRDs as objects: their status, and how they come into the store at start. */
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/embed.h"
#include "core/resource/impl.h"
#include "lang/yaml/yaml.h"
#include <string.h>

#define CRD_TYPE "apiextensions.k8s.io/CustomResourceDefinition"

/* ---- names that are taken ---- */

typedef struct taken {
	const char *reason, *what; /* PluralConflict, the name */
} taken;

static bool
has(const char *const *list, const char *name)
{
	for (size_t i = 0; list && list[i]; i++)
		if (pv_streq(list[i], name))
			return true;
	return false;
}

static bool
names_it(const pv_resource *res, const char *name)
{
	return pv_streq(res->plural, name) || pv_streq(res->singular, name) || has(res->short_names, name);
}

static taken
conflict_with(const pv_resource *res, const pv_val *names)
{
	const char *plural = pv_text(pv_get(names, "plural"), ""),
		   *singular = pv_text(pv_get(names, "singular"), "");
	const char *kind = pv_text(pv_get(names, "kind"), ""), *list = pv_text(pv_get(names, "listKind"), "");
	const pv_val *shorts = pv_get(names, "shortNames");

	if (names_it(res, plural))
		return (taken){"PluralConflict", plural};
	if (*singular && names_it(res, singular))
		return (taken){"SingularConflict", singular};
	for (size_t i = 0; i < pv_count(shorts); i++)
		if (names_it(res, pv_text(pv_item(shorts, i), "")))
			return (taken){"ShortNamesConflict", pv_text(pv_item(shorts, i), "")};
	if (pv_streq(res->kind, kind) || pv_streq(res->list_kind, kind))
		return (taken){"KindConflict", kind};
	if (*list && (pv_streq(res->kind, list) || pv_streq(res->list_kind, list)))
		return (taken){"ListKindConflict", list};
	return (taken){NULL, NULL};
}

static taken
conflict(pv_ctx *cx, pv_registry *registry, const pv_val *crd)
{
	const char *group = pv_text_at(crd, "spec.group", ""), *name = pv_text_at(crd, "metadata.name", ""),
		   *plural = pv_text_at(crd, "spec.names.plural", "");
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);

	for (size_t i = 0; i < n; i++) {
		taken t;

		if (!pv_streq(all[i]->group, group) || pv_streq(all[i]->unit->name, name))
			continue;
		if (pv_resource_is_view(all[i]) && pv_streq(all[i]->plural, plural))
			continue; /* it gives way (snapshot.c) */
		t = conflict_with(all[i], pv_at(crd, "spec.names"));
		if (t.reason)
			return t;
	}
	return (taken){NULL, NULL};
}

/* ---- status ---- */

static pv_val
condition(pv_ctx *cx, const pv_val *old, const char *type, bool yes, const char *reason, const char *message)
{
	const pv_val *list = pv_at(old, "status.conditions");
	const char *status = yes ? "True" : "False", *since = pv_time_format(cx->arena, pv_now());
	pv_objb b;

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i);

		if (pv_streq(pv_text(pv_get(c, "type"), ""), type) &&
		    pv_streq(pv_text(pv_get(c, "status"), ""), status))
			since = pv_text(pv_get(c, "lastTransitionTime"), since);
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "lastTransitionTime", since);
	pv_objb_puts(&b, "message", message);
	pv_objb_puts(&b, "reason", reason);
	pv_objb_puts(&b, "status", status);
	pv_objb_puts(&b, "type", type);
	return pv_objb_end(&b);
}

static pv_val
stored_versions(pv_ctx *cx, const pv_val *crd, const pv_val *old)
{
	const pv_val *versions = pv_at(crd, "spec.versions"), *was = pv_at(old, "status.storedVersions");
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(was); i++)
		pv_listb_add(&list, *pv_item(was, i));
	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *version = pv_item(versions, i);
		const char *name = pv_text(pv_get(version, "name"), "");
		bool there = false;

		if (!pv_truth(pv_get(version, "storage"), false))
			continue;
		for (size_t k = 0; k < list.len; k++)
			there |= pv_streq(list.items[k].s, name);
		if (!there)
			pv_listb_add(&list, pv_string(cx->arena, name));
	}
	return pv_listb_end(&list);
}

static pv_val
conditions(pv_ctx *cx, const pv_val *crd, const pv_val *old, taken t)
{
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	if (t.reason) {
		pv_listb_add(&list, condition(cx, old, "NamesAccepted", false, t.reason,
					      pv_printf(cx->arena, "\"%s\" is already in use", t.what)));
		pv_listb_add(&list, condition(cx, old, "Established", false, "NotAccepted",
					      "not all names are accepted"));
		return pv_listb_end(&list);
	}
	pv_listb_add(&list, condition(cx, old, "NamesAccepted", true, "NoConflicts", "no conflicts found"));
	pv_listb_add(&list, condition(cx, old, "Established", true, "InitialNamesAccepted",
				      "the initial names have been accepted"));
	if (pv_at(crd, "metadata.deletionTimestamp"))
		pv_listb_add(
			&list,
			condition(cx, old, "Terminating", true, "InstanceDeletionPending",
				  "CustomResourceDefinition marked for deletion; CustomResource deletion "
				  "will begin soon"));
	return pv_listb_end(&list);
}

int
pv_registry_crd_status(pv_ctx *cx, pv_registry *registry, const pv_val *crd, const pv_val *old,
		       const pv_val **ret)
{
	taken t = conflict(cx, registry, crd);
	const pv_val *names = pv_at(crd, "spec.names");
	pv_objb status;

	pv_objb_init(&status, cx->arena);
	if (names && !t.reason)
		pv_objb_put(&status, "acceptedNames", *names);
	else
		pv_objb_put(&status, "acceptedNames", pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&status, "conditions", conditions(cx, crd, old, t));
	pv_objb_put(&status, "storedVersions", stored_versions(cx, crd, old));
	*ret = pv_box(cx->arena, pv_with(cx->arena, crd, "status", pv_objb_end(&status)));
	return 0;
}

/* ---- at start ---- */

static pv_val
new_metadata(pv_ctx *cx, const pv_val *crd, const pv_val *old)
{
	const pv_val *meta = pv_get(crd, "metadata");
	pv_objb b;

	pv_objb_from(&b, cx->arena, meta);
	pv_objb_puts(&b, "uid", old ? pv_text_at(old, "metadata.uid", "") : pv_uuid(cx->arena));
	pv_objb_puts(&b, "creationTimestamp",
		     old ? pv_text_at(old, "metadata.creationTimestamp", "")
			 : pv_time_format(cx->arena, pv_now()));
	pv_objb_put(&b, "generation", pv_int(pv_i64_at(old, "metadata.generation", 0) + 1));
	return pv_objb_end(&b);
}

/* Adds what is to be written, if anything, to writes (of pv_write). */
static int
install_one(pv_ctx *cx, pv_registry *registry, pv_store *store, const pv_val *crd, pv_vec *writes)
{
	const pv_resource *res = pv_resource_of_type(cx, registry, CRD_TYPE);
	pv_key key = {CRD_TYPE, "", pv_text_at(crd, "metadata.name", "")};
	const pv_rec *rec = pv_store_find(cx, store, &key);
	const pv_val *old = rec ? pv_rec_val(rec) : NULL, *now;
	pv_write write = {.key = key, .expect = rec ? pv_rec_rev(rec) : PV_REV_ABSENT};
	int r;

	crd = pv_resource_default(cx, res, crd);
	if (old && pv_eq(pv_get(old, "spec"), pv_get(crd, "spec")) &&
	    pv_eq(pv_at(old, "metadata.annotations"), pv_at(crd, "metadata.annotations")))
		return 0;
	r = pv_registry_crd_status(cx, registry, crd, old, &now);
	if (r < 0)
		return r;
	pv_val v = pv_with(cx->arena, now, "metadata", new_metadata(cx, now, old));
	write.doc = pv_box(cx->arena, v);
	pv_vec_push(writes, &write);
	return 0;
}

static int
install_file(pv_ctx *cx, pv_registry *registry, pv_store *store, const pv_embed *file, pv_vec *writes)
{
	pv_yaml_opts opts = {.file = file->path};
	pv_vec docs;
	int r;

	pv_vec_init(&docs, cx->arena, sizeof(pv_yaml_doc));
	r = pv_yaml_parse_all(cx, (pv_str){(const char *)file->bytes, file->len}, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_val *crd = PV_AT(pv_yaml_doc, &docs, i)->val;

		if (pv_is(crd, PV_OBJECT))
			r = install_one(cx, registry, store, crd, writes);
	}
	return r;
}

bool
pv_crd_established(const pv_val *crd)
{
	const pv_val *list = pv_at(crd, "status.conditions");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_get(pv_item(list, i), "type"), ""), "Established"))
			return pv_streq(pv_text(pv_get(pv_item(list, i), "status"), ""), "True");
	return true;
}

int
pv_registry_install(pv_ctx *cx, pv_registry *registry, pv_store *store, pv_vec *ret_skipped)
{
	pv_list_query query = {.type = CRD_TYPE};
	pv_listing listing;
	pv_vec writes;
	int r = 0;

	pv_vec_init(&writes, cx->arena, sizeof(pv_write));
	for (size_t i = 0; r == 0 && i < pv_embedded_len; i++)
		if (pv_ends_with(pv_embedded[i].path, ".yaml") && strstr(pv_embedded[i].path, "/crds/"))
			r = install_file(cx, registry, store, &pv_embedded[i], &writes);
	if (r == 0 && writes.len)
		r = pv_store_write(cx, store, writes.data, writes.len); /* one commit, not one each */
	if (r == 0)
		r = pv_store_list(cx, store, &query, &listing);
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const char *name = pv_rec_key(listing.recs[i])->name;
		const pv_val *crd;
		pv_ctx one;

		pv_ctx_init(&one, "crd");
		if (pv_rec_parse(&one, listing.recs[i], &crd) < 0 ||
		    (pv_crd_established(crd) && pv_registry_put_crd(&one, registry, name, crd) < 0)) {
			const char *why = pv_printf(cx->arena, "%s: %s", name, pv_error_text(&one));

			if (ret_skipped)
				pv_vec_push(ret_skipped, &why);
		}
		pv_ctx_done(&one);
	}
	return r;
}
