#include "governance/gatekeeper/placeholder.h"

#include "base/buf.h"
#include "base/str.h"
#include "governance/gatekeeper/external.h"
#include "lang/json/json.h"

typedef struct placeholder {
	const gk_mutator *m;
	const char *text, *key;
	const pv_val *was;    /* NULL: nothing stood there */
	const pv_val *answer; /* NULL: nothing will */
} placeholder;

void
gk_placeholders_init(pv_ctx *cx, gk_placeholders *set, const char *user)
{
	*set = (gk_placeholders){.user = user ? user : ""};
	pv_vec_init(&set->all, cx->arena, sizeof(placeholder));
}

bool
gk_placeholder_is(const gk_placeholders *set, const pv_val *v)
{
	return set->all.len && pv_starts_with(pv_text(v, ""), set->nonce);
}

static placeholder *
find(const gk_placeholders *set, const pv_val *v)
{
	for (size_t i = 0; gk_placeholder_is(set, v) && i < set->all.len; i++)
		if (pv_streq(PV_AT(placeholder, &set->all, i)->text, pv_text(v, "")))
			return PV_AT(placeholder, &set->all, i);
	return NULL;
}

static placeholder *
find_same(const gk_placeholders *set, const gk_mutator *m, const char *key, const pv_val *was)
{
	for (size_t i = 0; i < set->all.len; i++) {
		placeholder *p = PV_AT(placeholder, &set->all, i);

		if (p->m == m && pv_streq(p->key, key) && (p->was ? was && pv_eq(p->was, was) : !was))
			return p;
	}
	return NULL;
}

static placeholder *
add(pv_ctx *cx, gk_placeholders *set, const gk_mutator *m, const char *key, const pv_val *was)
{
	placeholder *p = pv_vec_add(&set->all);
	uint64_t dice[2];

	if (!set->nonce) {
		pv_random(dice, sizeof dice);
		set->nonce = pv_hex(cx->arena, dice, sizeof dice);
	}
	*p = (placeholder){.m = m,
			   .text = pv_printf(cx->arena, "%s %zu", set->nonce, set->all.len),
			   .key = key,
			   .was = was};
	return p;
}

int
gk_placeholder_put(pv_ctx *cx, gk_placeholders *set, const gk_mutator *m, const pv_val *was,
		   const pv_val **ret)
{
	const placeholder *p = find(set, was);
	const char *key;

	if (p)
		was = p->was; /* of an earlier round, or of another mutator */
	if (was && !pv_is(was, PV_STRING))
		return pv_fail(
			cx, PV_EINVALID,
			"value assigned to external data placeholder is not a string, got %s of type %s",
			pv_json_text(cx->arena, was), pv_type_name(was));
	key = m->asks->about_user ? set->user : pv_text(was, "");
	p = find_same(set, m, key, was);
	if (!p)
		p = add(cx, set, m, key, was);
	*ret = pv_box(cx->arena, pv_string_ref(p->text));
	return 0;
}

/* ---- asking ---- */

/* Each key that its mutators want of a Provider, once. */
static pv_val
keys_of(pv_ctx *cx, const gk_placeholders *set, const char *provider)
{
	pv_listb keys;
	pv_vec seen;

	pv_listb_init(&keys, cx->arena);
	pv_vec_init(&seen, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < set->all.len; i++) {
		const placeholder *p = PV_AT(placeholder, &set->all, i);
		bool told = !pv_streq(p->m->asks->provider, provider);

		for (size_t k = 0; !told && k < seen.len; k++)
			told = pv_streq(*PV_AT(const char *, &seen, k), p->key);
		if (told)
			continue;
		pv_vec_push(&seen, &p->key);
		pv_listb_add(&keys, pv_string_ref(p->key));
	}
	return pv_listb_end(&keys);
}

/* NULL: there is one, *ret. */
static const char *
fault_of(pv_ctx *cx, const placeholder *p, const pv_vec *items, const pv_val **ret)
{
	const char *provider = p->m->asks->provider;
	const pv_val *item = NULL;

	for (size_t i = 0; !item && i < items->len; i++)
		if (pv_streq(pv_text_at(*PV_AT(const pv_val *, items, i), "key", NULL), p->key))
			item = *PV_AT(const pv_val *, items, i);
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
conclude(pv_ctx *cx, placeholder *p, const char *fault, pv_buf *faults)
{
	if (!fault)
		return;
	p->answer = p->was; /* Ignore */
	if (p->m->asks->policy == GK_USE_DEFAULT)
		p->answer = pv_box(cx->arena, pv_string_ref(p->m->asks->standard));
	else if (p->m->asks->policy == GK_FAIL)
		pv_buf_printf(faults, "%s%s: %s", faults->len ? "; " : "", gk_mutator_text(cx->arena, p->m),
			      fault);
}

static int
ask(pv_ctx *cx, gk_placeholders *set, pv_api *api, const char *provider, pv_buf *faults)
{
	pv_val keys = keys_of(cx, set, provider);
	const char *unanswered = NULL;
	pv_vec items;

	if (!api)
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "externalData: Provider %s is asked by a server only, not by pave gator",
			       provider);
	pv_vec_init(&items, cx->arena, sizeof(const pv_val *));
	if (gk_external_ask(cx, api, provider, &keys, &items) < 0) {
		unanswered =
			pv_printf(cx->arena, "external data provider %s: %s", provider, pv_error_text(cx));
		(void)pv_recover(cx);
	}
	for (size_t i = 0; i < set->all.len; i++) {
		placeholder *p = PV_AT(placeholder, &set->all, i);

		if (pv_streq(p->m->asks->provider, provider))
			conclude(cx, p, unanswered ? unanswered : fault_of(cx, p, &items, &p->answer),
				 faults);
	}
	return 0;
}

/* Was it asked for an earlier one? */
static bool
is_asked(const gk_placeholders *set, size_t at)
{
	const char *provider = PV_AT(placeholder, &set->all, at)->m->asks->provider;

	for (size_t i = 0; i < at; i++)
		if (pv_streq(PV_AT(placeholder, &set->all, i)->m->asks->provider, provider))
			return true;
	return false;
}

/* ---- the answers take the places ---- */

/* An object is only as deep as its parser let it be. */
static const pv_val *
replace(pv_ctx *cx, const gk_placeholders *set, const pv_val *v)
{
	const placeholder *p = find(set, v);
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
	for (size_t i = 0; i < pv_count(v); i++) {
		const pv_val *member = replace(cx, set, &v->members[i].val);

		if (member)
			pv_objb_add(&object, v->members[i].key, *member);
	}
	return pv_box(cx->arena, pv_objb_end(&object));
}

int
gk_placeholders_settle(pv_ctx *cx, gk_placeholders *set, pv_api *api, const pv_val **object)
{
	pv_buf faults;
	int r = 0;

	if (!set->all.len)
		return 0;
	pv_buf_init(&faults, cx->arena);
	for (size_t i = 0; r == 0 && i < set->all.len; i++)
		if (!is_asked(set, i))
			r = ask(cx, set, api, PV_AT(placeholder, &set->all, i)->m->asks->provider, &faults);
	if (r == 0 && faults.len)
		r = pv_fail(cx, PV_EINVALID, "%s", faults.s);
	if (r == 0)
		*object = replace(cx, set, *object);
	return r;
}
