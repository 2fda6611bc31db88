/* tell: owners hear of it where they look: an event on each object that will be refused. */
#include "base/str.h"
#include "base/time.h"
#include "core/kinds/names.h"
#include "governance/rollout/inside.h"

static pv_val
involved(pv_ctx *cx, const pv_val *one)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", pv_text_at(one, "apiVersion", NULL));
	pv_objb_puts(&b, "kind", pv_text_at(one, "kind", NULL));
	pv_objb_puts(&b, "namespace", pv_text_at(one, "namespace", NULL));
	pv_objb_puts(&b, "name", pv_text_at(one, "name", NULL));
	pv_objb_puts(&b, "uid", pv_text_at(one, "uid", NULL));
	return pv_objb_end(&b);
}

static pv_val
event_meta(rollout_turn *t, const pv_val *one, size_t i, const char *environment)
{
	pv_arena *arena = t->cx->arena;
	/* One an object, policy and stage: the same news again is the same event. */
	const char *name =
		pv_printf(arena, "%.*s.%.*s.%.*s-%zu", (int)pv_str_clip(pv_text_at(one, "name", ""), 120).len,
			  pv_text_at(one, "name", ""),
			  (int)pv_str_clip(pv_text_at(t->rollout, "metadata.name", ""), 60).len,
			  pv_text_at(t->rollout, "metadata.name", ""), (int)pv_str_clip(environment, 40).len,
			  environment, i);
	pv_objb b;

	name = pv_str_lower(arena, name);
	if (pv_name_subdomain(pv_str_of(name))) /* names of roles may have colons */
		name = pv_printf(arena, "policy-rollout-%s-%zu", pv_text_at(one, "uid", "object"), i);
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "namespace", pv_text_at(one, "namespace", "default"));
	return pv_objb_end(&b);
}

static const char *
words(rollout_turn *t, const pv_val *one)
{
	return pv_printf(t->cx->arena,
			 "a change of it will be refused once PolicyRollout %s enforces %s %s: %s",
			 pv_text_at(t->rollout, "metadata.name", ""), pv_text_at(one, "policyKind", ""),
			 pv_text_at(one, "policy", ""), pv_text_at(one, "message", ""));
}

void
rollout_tell(rollout_turn *t, const pv_val *found, const char *environment)
{
	const pv_val *refused = pv_get(found, "refused");
	const char *now = pv_time_format(t->cx->arena, pv_plan_now(t->plan));

	for (size_t i = 0; i < pv_count(refused); i++) {
		const pv_val *one = pv_item(refused, i);
		pv_objb b, source;

		pv_objb_init(&source, t->cx->arena);
		pv_objb_puts(&source, "component", "policy-rollout");
		pv_objb_init(&b, t->cx->arena);
		pv_objb_puts(&b, "apiVersion", "v1");
		pv_objb_puts(&b, "kind", "Event");
		pv_objb_put(&b, "metadata", event_meta(t, one, i, environment));
		pv_objb_put(&b, "involvedObject", involved(t->cx, one));
		pv_objb_puts(&b, "type", "Warning");
		pv_objb_puts(&b, "reason", "PolicyWillRefuse");
		pv_objb_puts(&b, "message", words(t, one));
		pv_objb_put(&b, "source", pv_objb_end(&source));
		pv_objb_puts(&b, "firstTimestamp", now);
		pv_objb_puts(&b, "lastTimestamp", now);
		pv_objb_put(&b, "count", pv_int(1));
		pv_plan_apply(t->cx, t->plan, pv_box(t->cx->arena, pv_objb_end(&b)));
	}
}
