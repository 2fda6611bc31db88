/* order: what a sync tells the driver to do. */
#include <string.h>

#include "base/str.h"
#include "delivery/application/project.h"
#include "delivery/application/sync.h"
#include "delivery/application/tracking.h"

static pv_val
identity(app *a, const task *t)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "group", t->item->group);
	pv_objb_puts(&b, "version", t->item->version);
	pv_objb_puts(&b, "kind", t->item->kind);
	pv_objb_puts(&b, "namespace", t->item->ns);
	pv_objb_puts(&b, "name", t->name);
	pv_objb_puts(&b, "syncPhase", phase_name(t->phase));
	return pv_objb_end(&b);
}

const pv_val *
order_hook(app *a, const task *t)
{
	pv_val v = pv_with_at(a->cx->arena, t->item->want, "metadata.name", pv_string_ref(t->name));
	v = pv_without_at(a->cx->arena, &v, "metadata.generateName");
	return pv_box(a->cx->arena, v);
}

static pv_val
marked_hook(app *a, const pv_val *state, const task *t)
{
	pv_val hook = tracking_marked(a, t->item, t->name, order_hook(a, t));
	pv_objb b;
	pv_objb_from(&b, a->cx->arena, pv_at(&hook, "metadata.annotations"));
	pv_objb_put(&b, MADE_BY,
		    pv_stringf(a->cx->arena, "%s/%.7s/%lld", pv_text_at(state, "startedAt", ""),
			       pv_text_at(state, "syncResult.revision", ""),
			       (long long)pv_i64_at(state, "retryCount", 0)));
	return pv_with_at(a->cx->arena, &hook, "metadata.annotations", pv_objb_end(&b));
}

/* Where spec.ignoreDifferences points, with RespectIgnoreDifferences=true, live values stay. */
static pv_val
object_of(app *a, const pv_val *state, const task *t)
{
	if (t->item->hook)
		return marked_hook(a, state, t);
	if (t->item->kept)
		return *t->item->kept;
	return t->item->want ? *t->item->want : *t->item->live;
}

const char *
order_why_not_pruned(app *a, const pv_val *state, const pv_val *object)
{
	if (!pv_truth_at(state, "operation.sync.prune", false))
		return "ignored (requires pruning)";
	if (app_option(a, object, "Prune=false"))
		return "ignored (no prune)";
	return NULL;
}

static pv_val
order_of(app *a, const pv_val *state, const task *t)
{
	static const char *const flags[] = {"Replace=true", "Force=true", "Validate=false",
					    "SkipDryRunOnMissingResource=true"};
	const pv_val *object = t->item->want ? t->item->want : t->item->live;
	const char *propagation = app_option_value(a, object, "PrunePropagationPolicy");
	pv_val order = identity(a, t);
	pv_objb b;
	pv_objb_from(&b, a->cx->arena, &order);
	pv_objb_put(&b, "object", object_of(a, state, t));
	pv_objb_puts(&b, "place", item_place(a, t->item));
	pv_objb_put(&b, "prune", pv_bool(t->prune));
	pv_objb_put(&b, "hook", pv_bool(t->item->hook));
	pv_objb_puts(&b, "takesOver", app_takes_over(a, object));
	pv_objb_puts(&b, "propagation", propagation ? propagation : "foreground");
	pv_objb_put(&b, "fresh", pv_bool(t->item->hook && hook_policy(t->item->want, "BeforeHookCreation")));
	for (size_t i = 0; i < PV_LEN(flags); i++)
		if (app_option(a, object, flags[i]))
			pv_objb_put(&b, flags[i], pv_bool(true));
	if (pv_truth_at(state, "operation.sync.syncStrategy.apply.force", false) ||
	    pv_truth_at(state, "operation.sync.syncStrategy.hook.force", false))
		pv_objb_put(&b, "Force=true", pv_bool(true));
	if (t->item->problem && !t->item->predicted)
		pv_objb_puts(&b, "problem", t->item->problem);
	if (t->prune)
		pv_objb_puts(&b, "skip", order_why_not_pruned(a, state, object));
	return pv_objb_end(&b);
}

static pv_val
key_of(struct step *s, const char *what, enum phase phase, int64_t wave)
{
	pv_objb key;
	pv_objb_init(&key, s->a->cx->arena);
	pv_objb_puts(&key, "application", pv_text_at(s->a->object, "metadata.uid", ""));
	pv_objb_puts(&key, "started", pv_text_at(s->state, "startedAt", ""));
	pv_objb_puts(&key, "revision", pv_text_at(s->state, "syncResult.revision", ""));
	pv_objb_put(&key, "attempt", pv_int(pv_i64_at(s->state, "retryCount", 0)));
	pv_objb_puts(&key, "what", what);
	pv_objb_puts(&key, "phase", phase_name(phase));
	pv_objb_put(&key, "wave", pv_int(wave));
	pv_objb_puts(&key, "cluster", s->a->dest.secret);
	return pv_objb_end(&key);
}

/* For whose sake the orders are carried out, and why: for `pave why` of what they touch. */
static void
put_cause(app *a, const pv_val *state, pv_objb *b)
{
	const char *user = pv_text_at(state, "operation.initiatedBy.username", NULL), *commit;
	pv_objb by;
	pv_objb_init(&by, a->cx->arena);
	pv_objb_puts(&by, "apiVersion", pv_text_at(a->object, "apiVersion", ""));
	pv_objb_puts(&by, "kind", "Application");
	pv_objb_puts(&by, "namespace", a->ns);
	pv_objb_puts(&by, "name", a->name);
	pv_objb_put(b, "by", pv_objb_end(&by));
	commit = app_at(a);
	if (pv_i64_at(state, "operation.sync.autoHealAttemptsCount", 0))
		commit = pv_printf(a->cx->arena, "selfHeal holds it to %s", commit);
	else if (user)
		commit = pv_printf(a->cx->arena, "%s started a sync to %s", user, commit);
	pv_objb_puts(b, "reason", commit);
}

int
order_ask(struct step *s, const char *what, enum phase phase, int64_t wave, const pv_vec *tasks,
	  const pv_val **ret)
{
	app *a = s->a;
	const pv_val *metadata = pv_at(a->spec, "syncPolicy.managedNamespaceMetadata");
	pv_val args = key_of(s, what, phase, wave), payload;
	pv_listb orders;
	pv_objb b;
	pv_listb_init(&orders, a->cx->arena);
	for (size_t i = 0; i < tasks->len; i++)
		pv_listb_add(&orders, order_of(a, s->state, PV_AT(task, tasks, i)));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "orders", pv_listb_end(&orders));
	put_cause(a, s->state, &b);
	if (app_option(a, NULL, "CreateNamespace=true") && *a->dest_ns) {
		pv_objb_puts(&b, "createNamespace", a->dest_ns);
		pv_objb_puts(&b, "namespaceRefused", project_refuses_namespace(a, a->dest_ns));
		if (metadata)
			pv_objb_put(&b, "namespaceMetadata", *metadata);
	}
	payload = pv_objb_end(&b);
	return pv_plan_effect(a->cx, a->plan, "sync", &args, &payload, ret);
}
