/* tell: owners hear of it where they look: an event on each object that will be refused, as far as they are
 * listed, and one in each namespace that has such (fact.c: the first 100), however many. */
#include "base/str.h"
#include "base/time.h"
#include "core/kinds/names.h"
#include "governance/rollout/inside.h"

typedef struct news {
	rollout_turn *t;
	const char *rollout, *environment;
	const char *when; /* ", from 2026-12-24T10:00:00Z on"; "" if that is not known */
	const char *now;
} news;

static const char *
clip(pv_arena *arena, const char *text, size_t most)
{
	pv_str s = pv_str_clip(text, most);

	return pv_strndup(arena, s.s, s.len);
}

/* One an object, policy and environment: the same news again is the same event. */
static const char *
event_name(const news *n, const char *about, const char *uid, size_t i)
{
	pv_arena *arena = n->t->cx->arena;
	const char *name = pv_printf(arena, "%s.%s.%s-%zu", clip(arena, about, 120),
				     clip(arena, n->rollout, 60), clip(arena, n->environment, 40), i);

	name = pv_str_lower(arena, name);
	if (pv_name_subdomain(pv_str_of(name))) /* names of roles may have colons */
		name = pv_printf(arena, "policy-rollout-%s-%zu", uid, i);
	return name;
}

static void
send(const news *n, const char *name, const pv_val *about, const char *reason, const char *message)
{
	pv_objb b, meta, source;

	pv_objb_init(&source, n->t->cx->arena);
	pv_objb_puts(&source, "component", "policy-rollout");
	pv_objb_init(&meta, n->t->cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", pv_text_at(about, "namespace", "default"));
	pv_objb_init(&b, n->t->cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Event");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "involvedObject", *about);
	pv_objb_puts(&b, "type", "Warning");
	pv_objb_puts(&b, "reason", reason);
	pv_objb_puts(&b, "message", message);
	pv_objb_put(&b, "source", pv_objb_end(&source));
	pv_objb_puts(&b, "firstTimestamp", n->now);
	pv_objb_puts(&b, "lastTimestamp", n->now);
	pv_objb_put(&b, "count", pv_int(1));
	pv_plan_apply(n->t->cx, n->t->plan, pv_box(n->t->cx->arena, pv_objb_end(&b)));
}

/* ---- on the object ---- */

static void
tell_of_object(const news *n, const pv_val *one, size_t i)
{
	static const char *const members[] = {"apiVersion", "kind", "namespace", "name", "uid"};
	const char *message = pv_printf(
		n->t->cx->arena, "a change of it will be refused once PolicyRollout %s enforces %s %s%s: %s",
		n->rollout, pv_text_at(one, "policyKind", ""), pv_text_at(one, "policy", ""), n->when,
		pv_text_at(one, "message", ""));
	pv_objb about;
	pv_val object;

	pv_objb_init(&about, n->t->cx->arena);
	for (size_t k = 0; k < PV_LEN(members); k++)
		pv_objb_puts(&about, members[k], pv_text_at(one, members[k], NULL));
	object = pv_objb_end(&about);
	send(n, event_name(n, pv_text_at(one, "name", ""), pv_text_at(one, "uid", "object"), i), &object,
	     "PolicyWillRefuse", message);
}

/* ---- in the namespace ---- */

static void
tell_of_namespace(const news *n, const pv_val *one)
{
	pv_arena *arena = n->t->cx->arena;
	const char *name = pv_text_at(one, "namespace", "");
	const char *message = pv_printf(
		arena,
		"changes of %s here will be refused once PolicyRollout %s is enforced in %s%s: kubectl get "
		"policyreports -n %s",
		pv_counted(arena, (size_t)pv_i64_at(one, "objects", 0), "object"), n->rollout, n->environment,
		n->when, name);
	pv_objb about;
	pv_val object;

	pv_objb_init(&about, arena);
	pv_objb_puts(&about, "apiVersion", "v1");
	pv_objb_puts(&about, "kind", "Namespace");
	pv_objb_puts(&about, "namespace", name);
	pv_objb_puts(&about, "name", name);
	object = pv_objb_end(&about);
	send(n, event_name(n, pv_printf(arena, "namespace.%s", name), name, 0), &object, "PolicyWillRefuse",
	     message);
}

void
rollout_tell(rollout_turn *t, const pv_val *found, const char *environment, int64_t from)
{
	pv_arena *arena = t->cx->arena;
	const pv_val *refused = pv_get(found, "refused"), *namespaces = pv_get(found, "namespaces");
	const news n = {.t = t,
			.rollout = pv_text_at(t->rollout, "metadata.name", ""),
			.environment = environment,
			.when = from ? pv_printf(arena, ", from %s on", pv_time_format(arena, from)) : "",
			.now = pv_time_format(arena, pv_plan_now(t->plan))};

	for (size_t i = 0; i < pv_count(refused); i++)
		tell_of_object(&n, pv_item(refused, i), i);
	for (size_t i = 0; i < pv_count(namespaces); i++)
		tell_of_namespace(&n, pv_item(namespaces, i));
}
