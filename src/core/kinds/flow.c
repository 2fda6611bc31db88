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

/* The numbers of a level that are out of their range. */
static void
check_numbers(pv_faults *f, const pv_val *object)
{
	static const char least[] = "must be a non-negative integer", positive[] = "must be positive",
			  percent[] = "must be between 0 and 100, inclusive";
	static const struct {
		const char *path;
		int64_t least, most;
		const char *why, *too_much; /* NULL: the same */
	} numbers[] = {
		{"spec.exempt.nominalConcurrencyShares", 0, INT32_MAX, least, NULL},
		{"spec.exempt.lendablePercent", 0, 100, percent, NULL},
		{"spec.limited.nominalConcurrencyShares", 0, INT32_MAX, least, NULL},
		{QUEUING ".queueLengthLimit", 1, INT32_MAX, positive, NULL},
		{QUEUING ".queues", 1, 10000000, positive, "must not be greater than 10000000"},
		{QUEUING ".handSize", 1, INT32_MAX, positive, NULL},
		{"spec.limited.lendablePercent", 0, 100, percent, NULL},
		{"spec.limited.borrowingLimitPercent", 0, INT32_MAX,
		 "if specified, must be a non-negative integer", NULL},
	};

	for (size_t i = 0; i < PV_LEN(numbers); i++) {
		const pv_val *v = pv_at(object, numbers[i].path);
		int64_t n = pv_i64(v, numbers[i].least);

		if (n < numbers[i].least || n > numbers[i].most)
			pv_fault_value(f, numbers[i].path, v,
				       n > numbers[i].most && numbers[i].too_much ? numbers[i].too_much
										  : numbers[i].why);
	}
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
	check_numbers(f, object);
	if (pv_i64(hand, 0) > queues && queues > 0)
		pv_fault_value(f, QUEUING ".handSize", hand,
			       pv_printf(f->cx->arena, "should not be greater than queues (%lld)",
					 (long long)queues));
	return f->n;
}
