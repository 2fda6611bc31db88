#include "delivery/clusters/dropped.h"

#include "base/str.h"
#include "core/fields/fields.h"
#include "lang/json/json.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static pv_val left_of(pv_ctx *cx, const pv_val *ahead, const pv_val *last, const pv_val *want);

static const pv_val *
named(const pv_val *list, const char *name)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_item(list, i);
	return NULL;
}

static pv_val
left_of_list(pv_ctx *cx, const pv_val *ahead, const pv_val *last, const pv_val *want)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(ahead); i++) {
		const pv_val *one = pv_item(ahead, i);
		const char *name = pv_text_at(one, "name", NULL);
		const pv_val *was = name ? named(last, name) : NULL, *is = name ? named(want, name) : NULL;
		if (was && !is)
			continue;
		pv_listb_add(&b, was ? left_of(cx, one, was, is) : *one);
	}
	return pv_listb_end(&b);
}

static pv_val
left_of(pv_ctx *cx, const pv_val *ahead, const pv_val *last, const pv_val *want)
{
	pv_objb b;
	if (pv_is(ahead, PV_LIST) && pv_is(last, PV_LIST) && pv_is(want, PV_LIST))
		return left_of_list(cx, ahead, last, want);
	if (!pv_is(ahead, PV_OBJECT) || !pv_is(last, PV_OBJECT) || !pv_is(want, PV_OBJECT))
		return *ahead;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(ahead); i++) {
		const pv_member *m = &ahead->members[i];
		pv_str key = pv_strv(&m->key);
		const pv_val *was = pv_getn(last, key.s, key.len), *is = pv_getn(want, key.s, key.len);
		if (was && !is)
			continue;
		pv_objb_add(&b, m->key, was ? left_of(cx, &m->val, was, is) : m->val);
	}
	return pv_objb_end(&b);
}

const pv_val *
dropped_without(pv_ctx *cx, const pv_call *call, const pv_val *want, const pv_val *live, const pv_val *ahead)
{
	const char *text = pv_text(pv_get(pv_at(live, "metadata.annotations"), LAST_APPLIED), NULL);
	const pv_val *last = NULL, *notes;
	pv_val left;
	if (!text || !call->takes_over ||
	    pv_fields_take_over(cx, call->resource, call->takes_over, call->manager, live) == live)
		return ahead;
	if (pv_json_parse(cx, pv_str_of(text), NULL, &last) < 0) {
		pv_recover(cx);
		return ahead;
	}
	left = left_of(cx, ahead, last, want);
	notes = pv_at(ahead, "metadata.annotations"); /* what a manifest need not say */
	if (!pv_at(want, "metadata.annotations") && notes)
		left = pv_with_at(cx->arena, &left, "metadata.annotations", *notes);
	return pv_box(cx->arena, left);
}
