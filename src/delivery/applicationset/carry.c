/* carry: what of the Applications is made, changed and deleted.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/ */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/application.h"
#include "delivery/applicationset/appset.h"
#include "lang/diff/diff.h"

#define TOLD_MOST 20 /* events of one turn about single Applications */

struct may
appset_may(const pv_val *spec)
{
	const char *policy = pv_text_at(spec, "syncPolicy.applicationsSync", "sync");
	bool all = pv_streq(policy, "sync");
	return (struct may){.update = all || pv_streq(policy, "create-update"),
			    .remove = all || pv_streq(policy, "create-delete")};
}

int
appset_by_name(const void *a, const void *b)
{
	return strcmp(pv_text_at(*(const pv_val *const *)a, "metadata.name", ""),
		      pv_text_at(*(const pv_val *const *)b, "metadata.name", ""));
}

void
appset_children(appset *s)
{
	pv_plan_owned(s->cx, s->plan, APPLICATION, &s->children);
	pv_vec_sort(&s->children, appset_by_name);
}

const pv_val *
appset_child(const appset *s, const char *name)
{
	size_t from = 0, to = s->children.len;
	while (from < to) {
		size_t middle = (from + to) / 2;
		const pv_val *child = *PV_AT(const pv_val *, &s->children, middle);
		int order = strcmp(pv_text_at(child, "metadata.name", ""), name);
		if (order == 0)
			return child;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* ---- how it shall be, where it is already ---- */

static void
keep_notes(pv_objb *b, const pv_val *live, const char *name)
{
	const pv_val *v = pv_get(live, name);
	if (v)
		pv_objb_put(b, name, *v);
}

static pv_val
notes(appset *s, const pv_val *want, const pv_val *live, const pv_val *preserved, const char *const *always)
{
	pv_objb b;
	pv_objb_from(&b, s->cx->arena, want);
	for (size_t i = 0; i < pv_count(preserved); i++)
		keep_notes(&b, live, pv_text(pv_item(preserved, i), ""));
	for (; *always; always++)
		keep_notes(&b, live, *always);
	return pv_objb_end(&b);
}

/* Those that hold it while hooks run around its deletion are the Application controller's. */
static pv_val
finalizers(appset *s, const pv_val *want, const pv_val *live)
{
	static const char *const kept[] = {"post-delete-finalizer.argocd.argoproj.io",
					   "pre-delete-finalizer.argocd.argoproj.io"};
	pv_listb b;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(want); i++)
		pv_listb_add(&b, *pv_item(want, i));
	for (size_t i = 0; i < pv_count(live); i++)
		for (size_t k = 0; k < PV_LEN(kept); k++)
			if (pv_starts_with(pv_text(pv_item(live, i), ""), kept[k]) &&
			    !pv_list_has(want, pv_item(live, i)))
				pv_listb_add(&b, *pv_item(live, i));
	return pv_listb_end(&b);
}

static pv_val
owners(appset *s, const pv_val *live)
{
	pv_listb b;
	pv_val mine = pv_owner_ref(s->cx->arena, s->object);
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(live); i++)
		if (!pv_streq(pv_text_at(pv_item(live, i), "uid", ""), pv_text_at(&mine, "uid", "")))
			pv_listb_add(&b, *pv_item(live, i));
	pv_listb_add(&b, mine);
	return pv_listb_end(&b);
}

/* What of an Application is the ApplicationSet's: this, and nothing else. */
static pv_val
ours(appset *s, const pv_val *meta, pv_val labels, pv_val annotations, pv_val finalizer_list,
     pv_val owner_list, const pv_val *spec)
{
	pv_objb m, b;
	pv_objb_init(&m, s->cx->arena);
	pv_objb_puts(&m, "name", pv_text_at(meta, "name", ""));
	if (pv_count(&labels))
		pv_objb_put(&m, "labels", labels);
	if (pv_count(&annotations))
		pv_objb_put(&m, "annotations", annotations);
	if (pv_count(&finalizer_list))
		pv_objb_put(&m, "finalizers", finalizer_list);
	if (pv_count(&owner_list))
		pv_objb_put(&m, "ownerReferences", owner_list);
	pv_objb_init(&b, s->cx->arena);
	pv_objb_put(&b, "metadata", pv_objb_end(&m));
	pv_objb_put(&b, "spec", *spec);
	return pv_objb_end(&b);
}

static pv_val
or_null(const pv_val *v)
{
	return v ? *v : pv_null();
}

static const pv_val *
respecting(appset *s, const pv_val *want, const pv_val *have, const char *name)
{
	const pv_val *rules = pv_get(s->spec, "ignoreApplicationDifferences");
	pv_vec about;
	pv_vec_init(&about, s->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i);
		const char *only = pv_text_at(rule, "name", "");
		if (!*only || pv_streq(only, name))
			pv_vec_push(&about, &rule);
	}
	return application_respecting(s->cx, &about, want, have);
}

/* The merge patch that makes it so; an empty one: it is. */
static pv_val
change_of(appset *s, const pv_val *app, const pv_val *live)
{
	static const char *const annotations_kept[] = {"notified.notifications.argoproj.io",
						       "argocd.argoproj.io/refresh",
						       "pave.dev/rolled-back-to",
						       "argocd.argoproj.io/hydrate",
						       "argocd.argoproj.io/deletion-approved",
						       NULL};
	static const char *const labels_kept[] = {NULL};
	const pv_val *m = pv_get(app, "metadata"), *l = pv_get(live, "metadata"), *respected;
	pv_val labels = notes(s, pv_get(m, "labels"), pv_get(l, "labels"),
			      pv_at(s->spec, "preservedFields.labels"), labels_kept);
	pv_val annotations = notes(s, pv_get(m, "annotations"), pv_get(l, "annotations"),
				   pv_at(s->spec, "preservedFields.annotations"), annotations_kept);
	pv_val have = ours(s, m, or_null(pv_get(l, "labels")), or_null(pv_get(l, "annotations")),
			   or_null(pv_get(l, "finalizers")), or_null(pv_get(l, "ownerReferences")),
			   pv_get(live, "spec"));
	pv_val want = ours(s, m, labels, annotations,
			   finalizers(s, pv_get(m, "finalizers"), pv_get(l, "finalizers")),
			   owners(s, pv_get(l, "ownerReferences")), pv_get(app, "spec"));
	respected = respecting(s, &want, &have, pv_text_at(m, "name", ""));
	if (!respected) {
		pv_plan_event(
			s->cx, s->plan, "Warning", "IgnoredDifferences",
			"Application \"%s\" is left as it is: ignoreApplicationDifferences means too much in it",
			pv_text_at(m, "name", ""));
		return pv_null();
	}
	want = *respected;
	/* Of whoever wrote the ApplicationSet only this project was asked, not the one that is there. */
	want = pv_with_at(s->cx->arena, &want, "spec.project", *pv_at(app, "spec.project"));
	return pv_diff_merge(s->cx->arena, &have, &want);
}

/* ---- one after the other ---- */

struct tally {
	size_t made, changed, deleted;
};

static void
tell(appset *s, size_t nth, const char *reason, const char *what, const char *name)
{
	if (nth <= TOLD_MOST)
		pv_plan_event(s->cx, s->plan, "Normal", reason, "%s Application \"%s\"", what, name);
}

static void
tell_more(appset *s, size_t n, const char *reason, const char *what)
{
	if (n > TOLD_MOST)
		pv_plan_event(s->cx, s->plan, "Normal", reason, "%s %s more", what,
			      pv_counted(s->cx->arena, n - TOLD_MOST, "Application"));
}

static void
put(appset *s, const made *m, const pv_val *operation, struct tally *t)
{
	const pv_val *live = appset_child(s, m->name);
	bool mine = live != NULL;
	pv_val change;
	live = live ? live : pv_plan_find(s->cx, s->plan, APPLICATION, s->ns, m->name);
	if (!live) {
		pv_plan_create(s->cx, s->plan, m->app);
		tell(s, ++t->made, "created", "created", m->name);
		return;
	}
	if (pv_at(live, "metadata.deletionTimestamp") || (mine && !appset_may(s->spec).update))
		return; /* what goes is made anew when it is gone */
	change = change_of(s, m->app, live);
	operation = operation ? operation : pv_get(m->app, "operation");
	if (operation && !pv_get(live, "operation"))
		change = pv_with(s->cx->arena, &change, "operation", *operation);
	if (!pv_count(&change))
		return;
	pv_plan_patch(s->cx, s->plan, live, "", change);
	tell(s, ++t->changed, "updated", "updated", m->name);
}

/* Of a cluster that is no more nothing can be deleted: its Applications would wait for ever. */
static void
let_go(appset *s, const pv_val *child)
{
	const pv_val *list = pv_at(child, "metadata.finalizers");
	pv_listb left;
	pv_val patch = pv_null();
	if (!pv_list_has_text(list, APPSET_FINALIZER) ||
	    appset_cluster_find(s, pv_text_at(child, "spec.destination.name", ""),
				pv_text_at(child, "spec.destination.server", "")))
		return;
	pv_listb_init(&left, s->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_streq(pv_text(pv_item(list, i), ""), APPSET_FINALIZER))
			pv_listb_add(&left, *pv_item(list, i));
	patch = pv_with_at(s->cx->arena, &patch, "metadata.finalizers", pv_listb_end(&left));
	pv_plan_patch(s->cx, s->plan, child, "", patch);
	pv_plan_event(
		s->cx, s->plan, "Normal", "Updated",
		"Updated Application \"%s\" finalizer before deletion, because application has an invalid destination",
		pv_text_at(child, "metadata.name", ""));
}

static void
remove_others(appset *s, struct tally *t)
{
	pv_map *names = pv_map_new(s->cx->arena);
	for (size_t i = 0; i < s->made.len; i++)
		pv_map_puts(names, PV_AT(made, &s->made, i)->name, PV_AT(made, &s->made, i));
	for (size_t i = 0; i < s->children.len; i++) {
		const pv_val *child = *PV_AT(const pv_val *, &s->children, i);
		const char *name = pv_text_at(child, "metadata.name", "");
		if (pv_map_finds(names, name) || pv_at(child, "metadata.deletionTimestamp"))
			continue;
		let_go(s, child);
		pv_plan_delete(s->cx, s->plan, child, NULL);
		tell(s, ++t->deleted, "Deleted", "Deleted", name);
	}
}

void
appset_carry(appset *s, const pv_map *operations)
{
	struct tally t = {0};
	for (size_t i = 0; i < s->made.len; i++) {
		const made *m = PV_AT(made, &s->made, i);
		if (!m->fault)
			put(s, m, operations ? pv_map_finds(operations, m->name) : NULL, &t);
	}
	if (appset_may(s->spec).remove)
		remove_others(s, &t);
	tell_more(s, t.made, "created", "created");
	tell_more(s, t.changed, "updated", "updated");
	tell_more(s, t.deleted, "Deleted", "Deleted");
	if (t.made + t.changed + t.deleted > 0)
		pv_plan_reason(s->cx, s->plan, "%zu made, %zu changed, %zu deleted", t.made, t.changed,
			       t.deleted);
}
