/* Cells of FlowSchemas, priority levels, CSI drivers, and the newer Events. */
#include "core/kinds/cells.h"

#define QUEUING "spec.limited.limitResponse.queuing."

static pv_val
number(const cell *c, const char *path)
{
	const pv_val *v = pv_at(c->object, path);

	return v ? *v : pv_cell_text(c, "<none>");
}

pv_val
pv_cell_flow_method(const cell *c)
{
	return pv_cell_or(c, "spec.distinguisherMethod.type", "<none>");
}

/* Whether the level that it names is missing: "?" if nobody has said. */
pv_val
pv_cell_flow_missing(const cell *c)
{
	const pv_val *dangling = pv_cell_condition(pv_at(c->object, "status.conditions"), "Dangling");

	return pv_cell_text(c, pv_text(pv_get(dangling, "status"), "?"));
}

pv_val
pv_cell_level_shares(const cell *c)
{
	return number(c, "spec.limited.nominalConcurrencyShares");
}

pv_val
pv_cell_level_queues(const cell *c)
{
	return number(c, QUEUING "queues");
}

pv_val
pv_cell_level_hand(const cell *c)
{
	return number(c, QUEUING "handSize");
}

pv_val
pv_cell_level_length(const cell *c)
{
	return number(c, QUEUING "queueLengthLimit");
}

/* The audiences, of which one may be empty: the server itself. */
pv_val
pv_cell_csi_tokens(const cell *c)
{
	const pv_val *list = pv_at(c->object, "spec.tokenRequests");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_buf_printf(&b, "%s%s", i ? "," : "", pv_text_at(pv_item(list, i), "audience", ""));
	return pv_cell_text(c, !pv_count(list) ? "<unset>" : b.len ? b.s : "");
}

pv_val
pv_cell_event_subobject(const cell *c)
{
	return pv_cell_or(c, "regarding.fieldPath", pv_text_at(c->object, "involvedObject.fieldPath", ""));
}
