/* Update and apply (structured-merge-diff, merge.Updater). */
#include "core/fields/fields.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/fields/lastapplied.h"
#include "core/fields/turn.h"
#include "core/kinds/kinds.h"

static const pv_val *
bare(pv_ctx *cx, const pv_val *object)
{
	const pv_val *meta = pv_get(object, "metadata");

	if (!pv_get(meta, "managedFields"))
		return object;
	return pv_box(cx->arena,
		      pv_with(cx->arena, object, "metadata", pv_without(cx->arena, meta, "managedFields")));
}

static const pv_val *
dressed(pv_ctx *cx, turn *t, const pv_val *object)
{
	const pv_val *meta = pv_get(object, "metadata");
	pv_val managed = managers_format(cx, &t->managers),
	       empty = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	if (!pv_is(meta, PV_OBJECT))
		meta = &empty;
	if (pv_count(&managed) == 0)
		return bare(cx, object);
	return pv_box(cx->arena, pv_with(cx->arena, object, "metadata",
					 pv_with(cx->arena, meta, "managedFields", managed)));
}

bool
pv_fields_readable(pv_ctx *cx, const pv_val *managed)
{
	return managers_read(cx, managed);
}

/* What changed is taken from everyone but `mine`; what is gone is nobody's. */
static void
take(pv_ctx *cx, turn *t, const fmanager *mine)
{
	for (size_t i = 0; i < t->managers.len; i++) {
		fmanager *one = PV_AT(fmanager, &t->managers, i);
		const tdiff *diff = turn_sight(t, one->api_version);

		if (one == mine)
			continue;
		one->set = fset_minus(cx->arena, one->set, diff->modified);
		one->set = fset_minus(cx->arena, one->set, diff->added);
		one->set = fset_minus(cx->arena, one->set, diff->removed);
	}
}

/* [] and [{}] mean: stop tracking. */
static bool
given_up(const pv_val *managed)
{
	if (!pv_is(managed, PV_LIST))
		return false;
	return pv_count(managed) == 0 || (pv_count(managed) == 1 && pv_count(pv_item(managed, 0)) == 0);
}

/* What a new object was before: of a built-in kind what Go writes of nothing, which nobody has set. */
static const pv_val *
unsaid(pv_ctx *cx, const pv_resource *res)
{
	pv_val v;

	if (!res->kind_facts)
		return NULL;
	v = pv_with(cx->arena, pv_kind_zero(cx, res->schema), "apiVersion", pv_string_ref(res->api_version));
	return pv_box(cx->arena, pv_with(cx->arena, &v, "kind", pv_string_ref(res->kind)));
}

static const char *
scale_path(const pv_resource *res)
{
	const char *path = res->scale_spec ? res->scale_spec : "";

	return path + (*path == '.');
}

/* A Scale's managers are those of the number in it: without one nothing is written down, as of any object. */
static bool
is_scale_of_nobody(pv_ctx *cx, const turn *t)
{
	if (!pv_streq(t->sub, "scale"))
		return false;
	for (size_t i = 0; i < t->managers.len; i++)
		if (turn_replicas(cx->arena, t->res, PV_AT(fmanager, &t->managers, i)->set))
			return false;
	return true;
}

int
pv_fields_update(pv_ctx *cx, const pv_fields_write *by, const pv_val *old, const pv_val **object)
{
	const pv_val *managed = pv_at(*object, "metadata.managedFields");
	const pv_val *to = bare(cx, *object);
	const fset *before;
	const tdiff *diff;
	fmanager *mine;
	turn t;
	int r;

	if (old && given_up(managed)) {
		*object = to;
		return 0;
	}
	if (!managers_read(cx, managed))
		managed = old ? pv_at(old, "metadata.managedFields") : NULL;
	if (old && !pv_count(managed)) {
		*object = to; /* what nobody was written down for stays so until an apply */
		return 0;
	}
	r = turn_begin(cx, by, managed, &t);
	if (r < 0 || is_scale_of_nobody(cx, &t))
		return r;
	mine = managers_get(cx, &t.managers, t.manager, "Update", t.res->api_version, t.sub);
	before = mine->set;
	r = turn_look(cx, &t, old ? bare(cx, old) : unsaid(cx, t.res), to);
	if (r == -PV_EBADREQUEST) { /* a list by key with a broken element: the schema will have said so */
		(void)pv_recover(cx);
		return 0;
	}
	if (r < 0)
		return r;
	take(cx, &t, mine);
	diff = turn_sight(&t, t.res->api_version);
	mine->set = fset_minus(cx->arena, mine->set, diff->removed);
	mine->set = fset_union(cx->arena, mine->set, fset_union(cx->arena, diff->modified, diff->added));
	mine->set = turn_owned(cx, &t, t.res, mine->set);
	if (pv_streq(t.sub, "scale") && !pv_i64_at(to, scale_path(t.res), 0))
		mine->set = NULL; /* a Scale has no word for none */
	if (mine->set && (!fset_equal(before, mine->set) || diff->modified))
		mine->time = t.now;
	*object = dressed(cx, &t, to);
	return 0;
}

/* ---- apply ---- */

static const char *
manager_text(pv_ctx *cx, const turn *t, const fmanager *one)
{
	const char *sub =
		one->subresource[0] ? pv_printf(cx->arena, " with subresource \"%s\"", one->subresource) : "";

	if (strcmp(one->operation, "Update") == 0)
		return pv_printf(cx->arena, "\"%s\"%s using %s", one->manager, sub,
				 pv_streq(t->sub, "scale") ? "autoscaling/v1" : one->api_version);
	return pv_printf(cx->arena, "\"%s\"%s", one->manager, sub);
}

/* What somebody else owns, and this write changes. */
static const fset *
contested(pv_ctx *cx, const turn *t, const fmanager *one, const fset *granted)
{
	const tdiff *diff = turn_sight(t, one->api_version);
	const fset *changed = fset_union(cx->arena, diff->modified, diff->added);

	return fset_both(cx->arena, one->set, fset_minus(cx->arena, changed, granted));
}

typedef struct named_manager {
	const char *name;
	const fmanager *manager;
} named_manager;

static int
by_name(const void *left, const void *right)
{
	return strcmp(((const named_manager *)left)->name, ((const named_manager *)right)->name);
}

/* As conflicts are told: in order of their names. */
static void
named_managers(pv_ctx *cx, const turn *t, pv_vec *ret)
{
	pv_vec_init(ret, cx->arena, sizeof(named_manager));
	for (size_t i = 0; i < t->managers.len; i++) {
		const fmanager *one = PV_AT(fmanager, &t->managers, i);
		named_manager named = {manager_text(cx, t, one), one};

		pv_vec_push(ret, &named);
	}
	pv_vec_sort(ret, by_name);
}

static int
check_conflicts(pv_ctx *cx, const turn *t, const fmanager *mine, const fset *granted)
{
	size_t total = 0;
	pv_vec causes, named;
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	named_managers(cx, t, &named);
	for (size_t i = 0; i < named.len; i++) {
		const fmanager *one = PV_AT(named_manager, &named, i)->manager;
		const char *who = PV_AT(named_manager, &named, i)->name;
		pv_vec paths;

		pv_vec_init(&paths, cx->arena, sizeof(const char *));
		if (one != mine)
			fset_paths(cx, contested(cx, t, one, granted), &paths);
		if (paths.len)
			pv_buf_printf(&text, "%sconflicts with %s:", total ? "\n" : "", who);
		for (size_t j = 0; j < paths.len; j++) {
			pv_cause *cause = pv_vec_add(&causes);

			cause->field = pv_streq(t->sub, "scale") ? ".spec.replicas"
								 : *PV_AT(const char *, &paths, j);
			cause->message = pv_printf(cx->arena, "conflict with %s", who);
			pv_buf_printf(&text, "\n- %s", cause->field);
		}
		total += paths.len;
	}
	if (!total)
		return 0;
	if (total == 1)
		(void)pv_fail(cx, PV_ECONFLICT, "Apply failed with 1 conflict: %s: %s",
			      PV_AT(pv_cause, &causes, 0)->message, PV_AT(pv_cause, &causes, 0)->field);
	else
		(void)pv_fail(cx, PV_ECONFLICT, "Apply failed with %zu conflicts: %s", total, text.s);
	for (size_t i = 0; i < causes.len; i++)
		pv_add_cause(cx, "FieldManagerConflict", PV_AT(pv_cause, &causes, i)->field, "%s",
			     PV_AT(pv_cause, &causes, i)->message);
	return -PV_ECONFLICT;
}

/* kubectl apply --server-side, of what kubectl apply wrote before. */
static bool
migrates(const turn *t)
{
	return strcmp(t->manager, "kubectl") == 0 && t->sub[0] == '\0';
}

static int
apply_turn(pv_ctx *cx, turn *t, bool force, const pv_val *live, const pv_val *intent, const pv_val **ret)
{
	const pv_val *merged = NULL;
	const fset *last, *set = NULL;
	const char *version;
	fmanager *mine;
	int r = typed_set(cx, t->res->whole, intent, &set);

	if (r == 0)
		r = typed_merge(cx, t->res->whole, live, intent, &merged);
	if (r < 0)
		return r;
	mine = managers_get(cx, &t->managers, t->manager, "Apply", t->res->api_version, t->sub);
	last = mine->set;
	version = mine->api_version;
	mine->set = turn_owned(cx, t, t->res, set);
	mine->api_version = t->res->api_version;
	r = turn_prune(cx, t, mine, last, version, merged, &merged);
	if (r == 0)
		r = turn_look(cx, t, live, merged);
	if (r == 0 && !force)
		r = check_conflicts(cx, t, mine, migrates(t) ? lastapplied_owned(cx, t->res, live) : NULL);
	if (r < 0)
		return r;
	if (migrates(t))
		lastapplied_follow(cx, intent, &merged);
	if (!live || !pv_eq(live, merged)) {
		mine->time = t->now; /* who comes to own what is there already has no time, or his last */
	} else if (fset_equal(last, mine->set) && pv_streq(version, mine->api_version)) {
		*ret = NULL; /* nothing new */
		return 0;
	}
	take(cx, t, mine);
	*ret = dressed(cx, t, merged);
	return 0;
}

/* What nobody is known to have set is of whoever was there before: the first intent neither takes it nor,
 * when it says less the next time, removes it. */
static int
owned_by_somebody(pv_ctx *cx, const pv_fields_write *by, const pv_val **live)
{
	pv_fields_write before = *by;

	if (!*live || pv_count(pv_at(*live, "metadata.managedFields")))
		return 0;
	before.manager = "before-first-apply";
	return pv_fields_update(cx, &before, NULL, live);
}

int
pv_fields_apply(pv_ctx *cx, const pv_fields_write *by, bool force, const pv_val *live, const pv_val *intent,
		const pv_val **ret)
{
	const pv_val *plain = bare(cx, intent), *out = NULL;
	turn t;
	int r = owned_by_somebody(cx, by, &live);

	if (r == 0)
		r = turn_begin(cx, by, pv_at(live, "metadata.managedFields"), &t);
	/* The server's own metadata in the intent is a precondition (uid, resourceVersion), no wish. */
	if (r == 0)
		r = apply_turn(cx, &t, force, live ? bare(cx, live) : NULL, plain, &out);
	if (r < 0)
		return r;
	*ret = out ? out : live;
	return 0;
}

int
pv_fields_merge(pv_ctx *cx, const pv_resource *res, const pv_val *live, const pv_val *config,
		const pv_val **ret)
{
	return typed_merge(cx, res->whole, live, config, ret);
}

/* ---- from client-side apply to server-side apply ---- */

static bool
applied_by_client(const fmanager *one, const char *from)
{
	const fset *annotations = fset_find(fset_find(one->set, "f:metadata"), "f:annotations");

	if (strcmp(one->operation, "Update") != 0 || one->subresource[0])
		return false;
	return strcmp(one->manager, from) == 0 || fset_find(annotations, "f:" LAST_APPLIED);
}

const pv_val *
pv_fields_take_over(pv_ctx *cx, const pv_resource *res, const char *from, const char *to, const pv_val *live)
{
	turn t = {0};
	fmanager *mine;
	bool taken = false;

	managers_parse(cx, pv_at(live, "metadata.managedFields"), &t.managers);
	mine = managers_get(cx, &t.managers, to, "Apply", res->api_version, "");
	mine->api_version = res->api_version;
	for (size_t i = 0; i < t.managers.len; i++) {
		fmanager *one = PV_AT(fmanager, &t.managers, i);

		if (!applied_by_client(one, from))
			continue;
		mine->set = fset_union(cx->arena, mine->set, one->set);
		mine->time = mine->time[0] ? mine->time : one->time;
		one->set = NULL;
		taken = true;
	}
	return taken ? dressed(cx, &t, bare(cx, live)) : live;
}
