#include "core/admission/approval.h"

#include "base/str.h"
#include "core/api/api.h"

void
pv_approval_person(pv_ctx *cx, const pv_admit *admit, pv_vec *denials, const char *field, const char *named)
{
	const pv_identity *who = admit->identity;
	pv_denial *d;

	if (!who || who->internal || pv_streq(who->user, named))
		return;
	d = pv_vec_add(denials);
	*d = (pv_denial){.field = field, .reason = "Invalid"};
	d->message =
		pv_printf(cx->arena, "expected \"%s\", who writes it, found \"%s\": who approves writes it",
			  who->user, named);
}

void
pv_approval_right(pv_ctx *cx, const pv_admit *admit, pv_vec *denials, const char *field)
{
	const pv_identity *who = admit->identity;
	const pv_attributes what = {.verb = "approve",
				    .group = admit->resource->group,
				    .resource = admit->resource->plural,
				    .subresource = "",
				    .ns = admit->ns ? admit->ns : "",
				    .name = admit->name ? admit->name : ""};
	pv_denial *d;

	if (!who || who->internal || !admit->serving ||
	    pv_auth_allows(cx, pv_api_auth(admit->serving), who, &what, NULL))
		return;
	d = pv_vec_add(denials);
	*d = (pv_denial){.field = field, .reason = "Forbidden"};
	d->message = pv_printf(cx->arena,
			       "user \"%s\" cannot approve resource \"%s\" in API group \"%s\": "
			       "approving takes the verb approve",
			       who->user, what.resource, what.group);
}

static size_t
count_equal(const pv_val *list, size_t most, const pv_val *one)
{
	size_t n = 0;

	for (size_t i = 0; i < pv_count(list) && i < most; i++)
		n += pv_eq(pv_item(list, i), one);
	return n;
}

bool
pv_approval_is_new(const pv_val *list, size_t i, const pv_val *before)
{
	const pv_val *one = pv_item(list, i);

	return count_equal(list, i + 1, one) > count_equal(before, SIZE_MAX, one);
}
