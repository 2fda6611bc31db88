/* FlowSchemas and priority levels: defaults of numbers that are kept as 0 when nobody says them, and rules that
 * look at several fields (upstream pkg/apis/flowcontrol/v1/defaults.go, validation). */
#include "core/kinds/behaviour.h"

#define QUEUING "spec.limited.limitResponse.queuing"
#define EXEMPT "exempt"

/* The number at the path unless it is there and not 0. */
static const pv_val *
fill_number(pv_ctx *cx, const pv_val *object, const char *path, int64_t n)
{
	return pv_i64_at(object, path, 0) ? object
					  : pv_box(cx->arena, pv_with_at(cx->arena, object, path, pv_int(n)));
}

const pv_val *
pv_flowschema_fill(pv_ctx *cx, const pv_val *object)
{
	return pv_is(pv_get(object, "spec"), PV_OBJECT)
		       ? fill_number(cx, object, "spec.matchingPrecedence", 1000)
		       : object;
}

const pv_val *
pv_level_fill(pv_ctx *cx, const pv_val *object)
{
	if (!pv_is(pv_at(object, QUEUING), PV_OBJECT))
		return object;
	object = fill_number(cx, object, QUEUING ".queues", 64);
	object = fill_number(cx, object, QUEUING ".handSize", 8);
	return fill_number(cx, object, QUEUING ".queueLengthLimit", 50);
}

size_t
pv_flowschema_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	if (!*pv_text_at(object, "spec.priorityLevelConfiguration.name", ""))
		pv_required(f, "spec.priorityLevelConfiguration.name", "must reference a priority level");
	return f->n;
}

size_t
pv_level_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *type = pv_at(object, "spec.type"), *hand = pv_at(object, QUEUING ".handSize");
	int64_t queues = pv_i64_at(object, QUEUING ".queues", 0);
	bool named = pv_streq(pv_text_at(object, "metadata.name", ""), EXEMPT);

	(void)old;
	if (type && named != pv_streq(pv_text(type, ""), "Exempt"))
		pv_fault_value(f, "spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'");
	if (pv_i64(hand, 0) > queues)
		pv_fault_value(f, QUEUING ".handSize", hand,
			       pv_printf(f->cx->arena, "should not be greater than queues (%lld)",
					 (long long)queues));
	return f->n;
}
