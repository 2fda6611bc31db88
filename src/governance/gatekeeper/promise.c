#include "governance/gatekeeper/promise.h"

#include "base/buf.h"
#include "base/str.h"
#include "governance/gatekeeper/external.h"
#include "lang/json/json.h"

typedef struct promise {
	const gk_mutator *m;
	const char *key;
	const pv_val *was;    /* NULL: nothing stood there */
	const pv_val *answer; /* NULL: nothing will */
} promise;

void
gk_promises_init(pv_ctx *cx, gk_promises *set, const char *user)
{
	*set = (gk_promises){.all = pv_map_new(cx->arena), .user = user ? user : ""};
}

static promise *
find(const gk_promises *set, const pv_val *v)
{
	const pv_str text = pv_strv(v);

	return pv_map_find(set->all, text.s, text.len);
}

bool
gk_promise_is(const gk_promises *set, const pv_val *v)
{
	return find(set, v) != NULL;
}

/* The same for the same mutator and what stood there. */
static pv_val
text_of(pv_ctx *cx, gk_promises *set, const gk_mutator *m, const pv_val *was)
{
	const pv_str old = pv_strv(was);
	uint64_t dice[2];
	pv_buf text;

	if (!set->nonce) {
		pv_random(dice, sizeof dice);
		set->nonce = pv_hex(cx->arena, dice, sizeof dice);
	}
	pv_buf_init(&text, cx->arena);
	pv_buf_printf(&text, "%s %s%s", set->nonce, gk_mutator_text(cx->arena, m), was ? " " : "");
	pv_buf_add(&text, old.s, old.len);
	return pv_stringn(cx->arena, text.s, text.len);
}

int
gk_promise_make(pv_ctx *cx, gk_promises *set, const gk_mutator *m, const pv_val *was, const pv_val **ret)
{
	promise *p = find(set, was);

	if (p)
		was = p->was; /* of an earlier round, or of another mutator */
	if (was && !pv_is(was, PV_STRING))
		return pv_fail(cx, PV_EINVALID,
			       "externalData asks about a text, and at its location stands %s of type %s",
			       pv_json_text(cx->arena, was), pv_type_name(was));
	*ret = pv_box(cx->arena, text_of(cx, set, m, was));
	if (find(set, *ret))
		return 0;
	p = pv_new(cx->arena, promise);
	*p = (promise){.m = m, .key = m->asks->about_user ? set->user : pv_text(was, ""), .was = was};
	pv_map_put(set->all, pv_strv(*ret).s, pv_strv(*ret).len, p);
	return 0;
}

/* ---- asking ---- */

/* Each key that its mutators want of a Provider, once. */
static pv_val
keys_of(pv_ctx *cx, const gk_promises *set, const char *provider)
{
	pv_map *seen = pv_map_new(cx->arena);
	pv_listb keys;
	size_t pos = 0;
	void *p;

	pv_listb_init(&keys, cx->arena);
	while (pv_map_each(set->all, &pos, NULL, &p)) {
		const char *key = ((const promise *)p)->key;

		if (pv_streq(((const promise *)p)->m->asks->provider, provider) && !pv_map_puts(seen, key, p))
			pv_listb_add(&keys, pv_string_ref(key));
	}
	return pv_listb_end(&keys);
}

/* NULL: there is one, *ret. */
static const char *
fault_of(pv_ctx *cx, const promise *p, const pv_map *items, const pv_val **ret)
{
	const char *provider = p->m->asks->provider;
	const pv_val *item = pv_map_finds(items, p->key);

	if (!item)
		return pv_printf(cx->arena, "failed to find external data item in response for provider %s",
				 provider);
	if (*pv_text_at(item, "error", ""))
		return pv_printf(cx->arena, "failed to retrieve external data item from provider %s: %s",
				 provider, pv_text_at(item, "error", ""));
	*ret = pv_get(item, "value");
	return pv_is(*ret, PV_STRING)
		       ? NULL
		       : pv_printf(
				 cx->arena,
				 "failed to convert external data item value from provider %s to string, got "
				 "type %s",
				 provider, *ret ? pv_type_name(*ret) : "nothing");
}

/* fault NULL: it was answered. */
static void
conclude(pv_ctx *cx, promise *p, const char *fault, pv_map *faults)
{
	if (!fault)
		return;
	p->answer = p->was; /* Ignore */
	if (p->m->asks->policy == GK_USE_DEFAULT)
		p->answer = pv_box(cx->arena, pv_string_ref(p->m->asks->standard));
	else if (p->m->asks->policy == GK_FAIL)
		pv_map_puts(faults, pv_printf(cx->arena, "%s: %s", gk_mutator_text(cx->arena, p->m), fault),
			    p);
}

static int
ask(pv_ctx *cx, gk_promises *set, pv_api *api, const char *provider, pv_map *faults)
{
	pv_val keys = keys_of(cx, set, provider);
	pv_map *items = pv_map_new(cx->arena);
	const char *unanswered = NULL;
	size_t pos = 0;
	void *of;

	if (!api)
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "externalData: Provider %s is asked by a server only, not by pave gator",
			       provider);
	if (gk_external_ask(cx, api, provider, &keys, items) < 0) {
		unanswered =
			pv_printf(cx->arena, "external data provider %s: %s", provider, pv_error_text(cx));
		(void)pv_recover(cx);
	}
	while (pv_map_each(set->all, &pos, NULL, &of)) {
		promise *p = of;

		if (pv_streq(p->m->asks->provider, provider))
			conclude(cx, p, unanswered ? unanswered : fault_of(cx, p, items, &p->answer), faults);
	}
	return 0;
}

/* Each of its Providers, once. */
static int
ask_all(pv_ctx *cx, gk_promises *set, pv_api *api)
{
	pv_map *asked = pv_map_new(cx->arena), *faults = pv_map_new(cx->arena);
	size_t pos = 0;
	pv_buf text;
	pv_str fault;
	void *p;
	int r = 0;

	while (r == 0 && pv_map_each(set->all, &pos, NULL, &p)) {
		const char *provider = ((const promise *)p)->m->asks->provider;

		if (!pv_map_puts(asked, provider, p))
			r = ask(cx, set, api, provider, faults);
	}
	if (r < 0 || !pv_map_len(faults))
		return r;
	pv_buf_init(&text, cx->arena);
	for (pos = 0; pv_map_each(faults, &pos, &fault, NULL);)
		pv_buf_printf(&text, "%s%s", text.len ? "; " : "", fault.s);
	return pv_fail(cx, PV_EINVALID, "%s", text.s);
}

/* ---- the answers take the places ---- */

/* An object is only as deep as its parser let it be. */
static const pv_val *
replace(pv_ctx *cx, const gk_promises *set, const pv_val *v)
{
	const promise *p = find(set, v);
	pv_listb list;
	pv_objb object;

	if (p)
		return p->answer;
	if (pv_is(v, PV_LIST)) {
		pv_listb_init(&list, cx->arena);
		for (size_t i = 0; i < pv_count(v); i++) {
			const pv_val *item = replace(cx, set, pv_item(v, i));

			if (item)
				pv_listb_add(&list, *item);
		}
		return pv_box(cx->arena, pv_listb_end(&list));
	}
	if (!pv_is(v, PV_OBJECT))
		return v;
	pv_objb_init(&object, cx->arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_val *member = replace(cx, set, &v->members[i].val);

		if (member)
			pv_objb_add(&object, v->members[i].key, *member);
	}
	return pv_box(cx->arena, pv_objb_end(&object));
}

int
gk_promises_keep(pv_ctx *cx, gk_promises *set, pv_api *api, const pv_val **object)
{
	int r;

	if (!pv_map_len(set->all))
		return 0;
	r = ask_all(cx, set, api);
	if (r == 0)
		*object = replace(cx, set, *object);
	return r;
}
