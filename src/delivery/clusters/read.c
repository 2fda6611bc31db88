/* read: objects of a cluster that an Application does not deploy, and asks for: by name, or all of a kind. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/fact/touch.h"
#include "delivery/clusters/impl.h"

static int
one(pv_ctx *cx, spoke *s, const pv_call *call, const char *asker, pv_listb *ret)
{
	const char *key =
		mirror_key(cx->arena, call->resource->group, call->resource->kind, call->ns, call->name);
	const pv_val *found;
	int r;
	spoke_asks(s, asker, asker);
	pthread_mutex_lock(&s->lock);
	mirror_ask_key(s->mirror, key, asker);
	pthread_mutex_unlock(&s->lock);
	r = spoke_find(cx, s, call, &found);
	if (r == 0 && found)
		pv_listb_add(ret, *found);
	return r;
}

/* Items of a list do not say what they are. */
static int
all(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *args, pv_listb *ret)
{
	const pv_val *list;
	int r = spoke_list(cx, s, call, "", &list);
	for (size_t i = 0; r == 0 && i < pv_count(pv_get(list, "items")); i++) {
		pv_val v = pv_with(cx->arena, pv_item(pv_get(list, "items"), i), "apiVersion",
				   pv_string_ref(pv_text_at(args, "apiVersion", "")));
		pv_listb_add(ret, pv_with(cx->arena, &v, "kind", pv_string_ref(call->resource->kind)));
	}
	return r;
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	pv_call call = {.name = pv_text_at(args, "name", ""), .grace_seconds = -1};
	pv_listb items;
	spoke *s;
	int r = spoke_hold(cx, pv_facts_api(facts), pv_text_at(args, "cluster", ""), &s);
	if (r < 0)
		return r;
	pv_listb_init(&items, cx->arena);
	r = spoke_resource(cx, s, pv_text_at(args, "apiVersion", ""), pv_text_at(args, "kind", ""),
			   &call.resource);
	if (r == 0 && call.resource) {
		call.ns = call.resource->namespaced ? pv_text_at(args, "namespace", "") : "";
		r = *call.name ? one(cx, s, &call, pv_facts_key(cx->arena, READ_FACT, args), &items)
			       : all(cx, s, &call, args, &items);
	}
	spoke_let_go(s);
	*ret = pv_with(cx->arena, NULL, "items", pv_listb_end(&items));
	return r;
}

const pv_fact_kind read_fact = {.name = READ_FACT, .find = find, .lane = "cluster", .refresh_ns = RESYNC};

int
clusters_read(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const clusters_object *what,
	      const pv_val **ret)
{
	const pv_val *answer;
	pv_val args;
	pv_objb b;
	int r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "cluster", c->secret);
	pv_objb_puts(&b, "apiVersion", what->api_version);
	pv_objb_puts(&b, "kind", what->kind);
	pv_objb_puts(&b, "namespace", what->ns);
	pv_objb_puts(&b, "name", what->name);
	args = pv_objb_end(&b);
	r = pv_plan_fact(cx, plan, READ_FACT, &args, &answer);
	if (r == 1)
		*ret = pv_get(answer, "items");
	return r;
}
