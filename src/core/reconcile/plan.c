/* plan: filling a plan: what a controller reads (noting that it did) and wishes. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/reconcile/turn.h"

#define REMEMBERED 64

void
plan_init(pv_ctx *cx, pv_plan *plan, const pv_controller *controller, const pv_val *object,
	  const struct world *world, int64_t now)
{
	*plan = (pv_plan){.controller = controller, .object = object, .world = world, .now = now};
	pv_vec_init(&plan->deps, cx->arena, sizeof(const char *));
	pv_vec_init(&plan->facts, cx->arena, sizeof(const char *));
	pv_vec_init(&plan->missing, cx->arena, sizeof(const char *));
	pv_vec_init(&plan->wishes, cx->arena, sizeof(struct wish));
	pv_vec_init(&plan->notes, cx->arena, sizeof(struct note));
	pv_listb_init(&plan->differences, cx->arena);
	pv_vec_init(&plan->reasons, cx->arena, sizeof(const char *));
}

void
plan_run(pv_ctx *cx, pv_plan *plan)
{
	if (plan->controller->reconcile(cx, plan->object, plan) < 0)
		(void)pv_plan_fail(cx, plan, "ReconcileError");
	if (plan->controller->resync_ns)
		pv_plan_requeue(plan, plan->controller->resync_ns);
}

char *
dep_object(pv_arena *arena, const char *type, const char *ns, const char *name)
{
	return pv_printf(arena, "o %s %s %s", type, ns, name);
}

char *
dep_list(pv_arena *arena, const char *type, const char *ns)
{
	return pv_printf(arena, "l %s %s", type, ns ? ns : "*");
}

char *
dep_owned(pv_arena *arena, const char *type, const char *uid)
{
	return pv_printf(arena, "u %s %s", type, uid);
}

char *
dep_indexed(pv_arena *arena, const char *index, const char *key)
{
	return pv_printf(arena, "i %s %s", index, key);
}

char *
dep_named(pv_arena *arena, const char *index, const char *key)
{
	return pv_printf(arena, "n %s %s", index, key);
}

char *
dep_within(pv_arena *arena, const char *ns)
{
	return pv_printf(arena, "w %s", ns);
}

char *
dep_fact(pv_arena *arena, const char *key)
{
	return pv_printf(arena, "f %s", key);
}

char *
type_of_kind(pv_arena *arena, const char *kind)
{
	const char *last = strrchr(kind, '/');
	const char *first = strchr(kind, '/');
	PV_ASSERT(last); /* kinds are literals of controllers */
	if (first == last)
		return pv_strdup(arena, last);
	return pv_printf(arena, "%.*s%s", (int)(first - kind), kind, last);
}

bool
kind_is_of(const char *kind, const char *type)
{
	const char *last = strrchr(kind, '/'), *first = strchr(kind, '/');
	size_t group = first == last ? 0 : (size_t)(first - kind);

	PV_ASSERT(last);
	return strncmp(kind, type, group) == 0 && pv_streq(type + group, last);
}

char *
type_of_object(pv_arena *arena, const pv_val *object)
{
	const char *version = pv_text_at(object, "apiVersion", "");
	const char *slash = strchr(version, '/');
	return pv_printf(arena, "%.*s/%s", slash ? (int)(slash - version) : 0, version,
			 pv_text_at(object, "kind", ""));
}

/* Once is enough, and twice does no harm: a turn that asks for 10,000 things must not
 * compare each with all. */
static void
remember(pv_vec *set, const char *key)
{
	for (size_t i = set->len > REMEMBERED ? set->len - REMEMBERED : 0; i < set->len; i++)
		if (pv_streq(*PV_AT(const char *, set, i), key))
			return;
	pv_vec_push(set, &key);
}

const pv_val *
pv_plan_find(pv_ctx *cx, pv_plan *plan, const char *kind, const char *ns, const char *name)
{
	const char *type = type_of_kind(cx->arena, kind);
	ns = ns ? ns : "";
	remember(&plan->deps, dep_object(cx->arena, type, ns, name));
	return plan->world->find(cx, plan->world->arg, type, ns, name);
}

void
pv_plan_list(pv_ctx *cx, pv_plan *plan, const char *kind, const char *ns, const pv_selector *sel, pv_vec *ret)
{
	const char *type = type_of_kind(cx->arena, kind);
	pv_vec all;
	remember(&plan->deps, dep_list(cx->arena, type, ns));
	pv_vec_init(&all, cx->arena, sizeof(const pv_val *));
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	plan->world->list(cx, plan->world->arg, type, ns, &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &all, i);
		if (!sel || pv_selector_match(sel, pv_at(object, "metadata.labels")))
			pv_vec_push(ret, &object);
	}
}

void
pv_plan_owned(pv_ctx *cx, pv_plan *plan, const char *kind, pv_vec *ret)
{
	const char *type = type_of_kind(cx->arena, kind);
	const char *uid = pv_text_at(plan->object, "metadata.uid", "");
	remember(&plan->deps, dep_owned(cx->arena, type, uid));
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	plan->world->owned(cx, plan->world->arg, type, uid, ret);
}

void
pv_plan_indexed(pv_ctx *cx, pv_plan *plan, const char *index, const char *key, pv_vec *ret)
{
	remember(&plan->deps, dep_indexed(cx->arena, index, key));
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	plan->world->indexed(cx, plan->world->arg, index, key, ret);
}

void
pv_plan_named(pv_ctx *cx, pv_plan *plan, const char *index, const char *key, pv_vec *ret)
{
	remember(&plan->deps, dep_named(cx->arena, index, key));
	pv_vec_init(ret, cx->arena, sizeof(pv_place));
	plan->world->named(cx, plan->world->arg, index, key, ret);
}

void
pv_plan_within(pv_ctx *cx, pv_plan *plan, const char *ns, pv_vec *ret)
{
	remember(&plan->deps, dep_within(cx->arena, ns));
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	plan->world->within(cx, plan->world->arg, ns, ret);
}

static int
ask(pv_ctx *cx, pv_plan *plan, const char *fact, const pv_val *args, const pv_val *payload,
    const pv_val **ret, const char **ret_key)
{
	pv_question question = {.fact = fact,
				.args = args,
				.payload = payload,
				.asker = pv_text_at(plan->object, "metadata.namespace", "")};
	int r;
	*ret = NULL;
	r = plan->world->fact(cx, plan->world->arg, &question, ret, ret_key);
	remember(&plan->deps, dep_fact(cx->arena, *ret_key));
	remember(&plan->facts, *ret_key);
	if (r == 0)
		remember(&plan->missing, *ret_key);
	return r;
}

int
pv_plan_effect(pv_ctx *cx, pv_plan *plan, const char *driver, const pv_val *args, const pv_val *payload,
	       const pv_val **ret)
{
	const char *key = NULL;
	return ask(cx, plan, driver, args, payload, ret, &key);
}

int
pv_plan_fact(pv_ctx *cx, pv_plan *plan, const char *fact, const pv_val *args, const pv_val **ret)
{
	return pv_plan_effect(cx, plan, fact, args, NULL, ret);
}

int
pv_plan_fact_since(pv_ctx *cx, pv_plan *plan, const char *fact, const pv_val *args, int64_t since,
		   const pv_val **ret)
{
	const char *key = NULL;
	int r = ask(cx, plan, fact, args, NULL, ret, &key);
	if (!since || r == 0)
		return r;
	if (r < 0)
		pv_recover(cx); /* looking anew may fail in its own right */
	if (plan->world->since(cx, plan->world->arg, key, since))
		return r < 0 ? ask(cx, plan, fact, args, NULL, ret, &key) : r;
	*ret = NULL;
	remember(&plan->missing, key);
	return 0;
}

enum pv_scope
pv_plan_scope(pv_ctx *cx, pv_plan *plan, const char *api_version, const char *kind)
{
	enum pv_scope scope = plan->world->scope(cx, plan->world->arg, api_version, kind);
	if (scope == PV_SCOPE_UNKNOWN)
		remember(&plan->deps,
			 dep_list(cx->arena, "apiextensions.k8s.io/CustomResourceDefinition", NULL));
	return scope;
}

int
pv_plan_predict(pv_ctx *cx, pv_plan *plan, const char *manager, const char *takes_over, const pv_val *object,
		const pv_val **ret)
{
	const struct forecast of = {.manager = manager, .takes_over = takes_over, .object = object};
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	int r;
	remember(&plan->deps, dep_object(cx->arena, type_of_object(cx->arena, object), ns,
					 pv_text_at(object, "metadata.name", "")));
	r = plan->world->predict(cx, plan->world->arg, &of, ret);
	if (r < 0) /* for want of it, more often than not */
		remember(&plan->deps, dep_object(cx->arena, "/Namespace", "", ns));
	return r;
}

int64_t
pv_plan_now(const pv_plan *plan)
{
	return plan->now;
}

const char *
pv_plan_last_error(const pv_plan *plan)
{
	return plan->last_error;
}

void
pv_plan_requeue(pv_plan *plan, int64_t after_ns)
{
	if (after_ns < 1)
		after_ns = 1;
	if (plan->requeue == 0 || after_ns < plan->requeue)
		plan->requeue = after_ns;
}

static struct wish *
wish(pv_plan *plan, enum wish_kind kind, const pv_val *object)
{
	struct wish *w = pv_vec_add(&plan->wishes);
	w->kind = kind;
	w->object = object;
	return w;
}

void
pv_plan_apply(pv_ctx *cx PV_UNUSED, pv_plan *plan, const pv_val *object)
{
	wish(plan, WISH_APPLY, object);
}

static const pv_val *
with_owner(pv_ctx *cx, const pv_plan *plan, const pv_val *object)
{
	pv_listb refs;
	pv_listb_init(&refs, cx->arena);
	pv_listb_add(&refs, pv_owner_ref(cx->arena, plan->object));
	return pv_box(cx->arena,
		      pv_with_at(cx->arena, object, "metadata.ownerReferences", pv_listb_end(&refs)));
}

static bool
same_place(const pv_val *a, const pv_val *b)
{
	return pv_streq(pv_text_at(a, "metadata.name", ""), pv_text_at(b, "metadata.name", "")) &&
	       pv_streq(pv_text_at(a, "metadata.namespace", ""), pv_text_at(b, "metadata.namespace", ""));
}

static bool
among(const pv_vec *objects, const pv_val *object)
{
	for (size_t i = 0; i < objects->len; i++)
		if (same_place(*PV_AT(const pv_val *, objects, i), object))
			return true;
	return false;
}

void
pv_plan_own(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_vec *objects)
{
	pv_vec owned;
	pv_plan_owned(cx, plan, kind, &owned);
	for (size_t i = 0; i < objects->len; i++)
		wish(plan, WISH_APPLY, with_owner(cx, plan, *PV_AT(const pv_val *, objects, i)));
	for (size_t i = 0; i < owned.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &owned, i);
		if (!among(objects, object) && !pv_at(object, "metadata.deletionTimestamp"))
			pv_plan_delete(cx, plan, object, NULL);
	}
}

void
pv_plan_create(pv_ctx *cx, pv_plan *plan, const pv_val *object)
{
	wish(plan, WISH_CREATE, with_owner(cx, plan, object));
}

void
pv_plan_delete(pv_ctx *cx PV_UNUSED, pv_plan *plan, const pv_val *object, const char *propagation)
{
	wish(plan, WISH_DELETE, object)->propagation = propagation;
}

void
pv_plan_patch(pv_ctx *cx PV_UNUSED, pv_plan *plan, const pv_val *object, const char *subresource,
	      pv_val patch)
{
	struct wish *w = wish(plan, WISH_PATCH, object);
	w->subresource = subresource;
	w->patch = patch;
}

bool
pv_plan_annotate(pv_ctx *cx, pv_plan *plan, const pv_val *object, const char *name, const char *text)
{
	const char *now = pv_text(pv_get(pv_at(object, "metadata.annotations"), name), NULL);
	if (pv_streq(now, text))
		return false;
	pv_val patch = pv_with(cx->arena, NULL, name, text ? pv_string(cx->arena, text) : pv_null());
	patch = pv_with(cx->arena, NULL, "annotations", patch);
	pv_plan_patch(cx, plan, object, "", pv_with(cx->arena, NULL, "metadata", patch));
	return true;
}

void
pv_plan_status(pv_ctx *cx, pv_plan *plan, pv_val status)
{
	plan->status = pv_box(cx->arena, status);
	if (pv_eq(plan->status, pv_get(plan->object, "status")))
		plan->status = NULL;
}

static void PV_PRINTF(4, 0) note(pv_ctx *cx, pv_plan *plan, struct note n, const char *fmt, va_list ap)
{
	n.message = pv_vprintf(cx->arena, fmt, ap);
	pv_vec_push(&plan->notes, &n);
}

void
pv_plan_event(pv_ctx *cx, pv_plan *plan, const char *type, const char *reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(cx, plan, (struct note){.type = type, .reason = reason}, fmt, ap);
	va_end(ap);
}

void
pv_plan_event_by(pv_ctx *cx, pv_plan *plan, const pv_teller *by, const char *type, const char *reason,
		 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(cx, plan, (struct note){.type = type, .reason = reason, .by = *by}, fmt, ap);
	va_end(ap);
}

void
pv_plan_reason(pv_ctx *cx, pv_plan *plan, const char *fmt, ...)
{
	va_list ap;
	const char *line;
	va_start(ap, fmt);
	line = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	pv_vec_push(&plan->reasons, &line);
}

void
pv_plan_summary(pv_ctx *cx, pv_plan *plan, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	plan->summary = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
}

void
pv_plan_difference(pv_ctx *cx, pv_plan *plan, const pv_val *object, const pv_val *from, const pv_val *to)
{
	pv_listb_add(&plan->differences, change_val(cx,
						    !from ? "missing"
						    : !to ? "extra"
							  : "differs",
						    object, from, to));
}

int
pv_plan_fail(pv_ctx *cx, pv_plan *plan, const char *reason)
{
	plan->error = pv_strdup(cx->arena, pv_error_text(cx));
	plan->error_reason = reason;
	plan->error_code = pv_recover(cx);
	if (plan->error_code != PV_ECONFLICT)
		pv_plan_event(cx, plan, "Warning", reason, "%s", plan->error);
	return 0;
}

void
pv_plan_unconcerned(pv_plan *plan)
{
	plan->unconcerned = true;
}
