/* CRDs as objects: their status, and how they come into the store at start. */
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/resource/impl.h"
#include <string.h>

#define CRD_TYPE "apiextensions.k8s.io/CustomResourceDefinition"

/* ---- names that are taken ---- */

typedef struct naming {
	pv_ctx *cx;
	pv_registry *registry;
	const pv_val *crd;
	const pv_val *before; /* names that were accepted of it until now */
	pv_objb accepted;
	const char *reason, *message; /* of the last conflict, or NULL */
} naming;

static bool
has(const char *const *list, const char *name)
{
	for (size_t i = 0; list && list[i]; i++)
		if (pv_streq(list[i], name))
			return true;
	return false;
}

static bool
is_named(const pv_resource *res, const char *name, bool kind)
{
	if (kind)
		return pv_streq(res->kind, name) || pv_streq(res->list_kind, name);
	return pv_streq(res->plural, name) || pv_streq(res->singular, name) || has(res->short_names, name);
}

/* Is another resource of the group called so? */
static bool
is_taken(const naming *n, const char *name, bool kind)
{
	const char *group = pv_text_at(n->crd, "spec.group", ""),
		   *own = pv_text_at(n->crd, "metadata.name", ""),
		   *plural = pv_text_at(n->crd, "spec.names.plural", "");
	size_t len;
	const pv_resource *const *all = pv_resource_all(n->cx, n->registry, &len);

	for (size_t i = 0; *name && i < len; i++) {
		if (!pv_streq(all[i]->group, group) || pv_streq(all[i]->unit->name, own))
			continue;
		if (all[i]->yields && pv_streq(all[i]->plural, plural))
			continue; /* it gives way (snapshot.c) */
		if (is_named(all[i], name, kind))
			return true;
	}
	return false;
}

/* What is free is accepted; of what is taken the name that was accepted before stays. */
static void
accept_name(naming *n, const char *key, const char *reason, bool kind)
{
	const pv_val *wanted = pv_get(pv_at(n->crd, "spec.names"), key), *had = pv_get(n->before, key);
	const char *name = pv_text(wanted, "");

	if (is_taken(n, name, kind)) {
		n->reason = reason;
		n->message = pv_printf(n->cx->arena, "\"%s\" is already in use", name);
		wanted = had;
	}
	if (wanted)
		pv_objb_put(&n->accepted, key, *wanted);
}

static void
accept_short_names(naming *n)
{
	const pv_val *wanted = pv_get(pv_at(n->crd, "spec.names"), "shortNames");
	const char *conflicts = NULL;

	for (size_t i = 0; i < pv_count(wanted); i++) {
		const char *name = pv_text(pv_item(wanted, i), "");

		if (is_taken(n, name, false))
			conflicts = conflicts ? pv_printf(n->cx->arena, "%s, \"%s\" is already in use",
							  conflicts, name)
					      : pv_printf(n->cx->arena, "\"%s\" is already in use", name);
	}
	if (conflicts) {
		n->reason = "ShortNamesConflict";
		n->message = conflicts;
		wanted = pv_get(n->before, "shortNames");
	}
	if (wanted)
		pv_objb_put(&n->accepted, "shortNames", *wanted);
}

static pv_val
accept_names(naming *n)
{
	const pv_val *categories = pv_get(pv_at(n->crd, "spec.names"), "categories");

	pv_objb_init(&n->accepted, n->cx->arena);
	accept_name(n, "plural", "PluralConflict", false);
	accept_name(n, "singular", "SingularConflict", false);
	accept_short_names(n);
	accept_name(n, "kind", "KindConflict", true);
	accept_name(n, "listKind", "ListKindConflict", true);
	if (categories)
		pv_objb_put(&n->accepted, "categories", *categories);
	return pv_objb_end(&n->accepted);
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

/* What was established once stays so, under the names that were accepted. */
static pv_val
conditions(pv_ctx *cx, const pv_val *crd, const pv_val *old, const naming *n)
{
	bool established = old && pv_crd_has_condition(old, "Established");
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	if (n->reason)
		pv_listb_add(&list, condition(cx, old, "NamesAccepted", false, n->reason, n->message));
	else
		pv_listb_add(&list,
			     condition(cx, old, "NamesAccepted", true, "NoConflicts", "no conflicts found"));
	if (n->reason && !established)
		pv_listb_add(&list, condition(cx, old, "Established", false, "NotAccepted",
					      "not all names are accepted"));
	else if (!established && !pv_crd_trusts(cx, pv_at(crd, "spec.conversion")))
		pv_listb_add(&list, condition(cx, old, "Established", false, "InvalidCABundle",
					      "The conversion webhook CABundle is invalid"));
	else
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
	naming n = {.cx = cx, .registry = registry, .crd = crd, .before = pv_at(old, "status.acceptedNames")};
	pv_objb status;

	pv_objb_init(&status, cx->arena);
	pv_objb_put(&status, "acceptedNames", accept_names(&n));
	pv_objb_put(&status, "conditions", conditions(cx, crd, old, &n));
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

/* NULL: it has no such condition. */
static const char *
status_of(const pv_val *crd, const char *type)
{
	const pv_val *list = pv_at(crd, "status.conditions");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_get(pv_item(list, i), "type"), ""), type))
			return pv_text(pv_get(pv_item(list, i), "status"), "");
	return NULL;
}

bool
pv_crd_has_condition(const pv_val *crd, const char *type)
{
	return pv_streq(status_of(crd, type), "True");
}

bool
pv_crd_established(const pv_val *crd)
{
	return !status_of(crd, "Established") || pv_crd_has_condition(crd, "Established");
}

/* What is stored and established is served; the names of the others go to skipped. */
static void
serve_stored(pv_ctx *cx, pv_registry *registry, const pv_listing *listing, pv_vec *skipped)
{
	pv_vec units;

	pv_vec_init(&units, cx->arena, sizeof(pv_unit *));
	for (size_t i = 0; i < listing->len; i++) {
		const char *name = pv_rec_key(listing->recs[i])->name;
		pv_unit *unit = NULL;
		const pv_val *crd;
		pv_ctx one;

		pv_ctx_init(&one, "crd");
		if (pv_rec_parse(&one, listing->recs[i], &crd) < 0 ||
		    (pv_crd_established(crd) && pv_registry_unit(&one, registry, crd, &unit) < 0)) {
			const char *why = pv_printf(cx->arena, "%s: %s", name, pv_error_text(&one));

			if (skipped)
				pv_vec_push(skipped, &why);
		}
		if (unit)
			pv_vec_push(&units, &unit);
		pv_ctx_done(&one);
	}
	pv_registry_put_units(registry, &units);
}

int
pv_registry_install(pv_ctx *cx, pv_registry *registry, pv_store *store, pv_vec *ret_skipped)
{
	pv_list_query query = {.type = CRD_TYPE};
	pv_listing listing;
	pv_vec writes;
	int r = 0;

	pv_vec_init(&writes, cx->arena, sizeof(pv_write));
	for (size_t i = 0; r == 0 && i < registry->definitions.len; i++)
		r = install_one(cx, registry, store, *PV_AT(const pv_val *, &registry->definitions, i),
				&writes);
	if (r == 0 && writes.len)
		r = pv_store_write(cx, store, writes.data, writes.len); /* one commit, not one each */
	pv_registry_embedded_done(registry);
	if (r == 0)
		r = pv_store_list(cx, store, &query, &listing);
	if (r == 0)
		serve_stored(cx, registry, &listing, ret_skipped);
	return r;
}
