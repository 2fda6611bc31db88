/* actions: whose count. */
#include "delivery/actions/actions.h"

#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "delivery/actions/impl.h"

static const pv_rule_set *built_in;

static void
read_built_in(void)
{
	built_in = custom_embedded("delivery/actions/rules/", &action_rule_form);
}

static const pv_rule_set *
ours(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, read_built_in);
	return built_in;
}

static target
target_of(const pv_val *object, int64_t now)
{
	const char *version = pv_text_at(object, "apiVersion", ""), *slash = strchr(version, '/');
	return (target){.object = object,
			.group = {version, slash ? (size_t)(slash - version) : 0},
			.kind = pv_text_at(object, "kind", ""),
			.now = now};
}

pv_val
action_row(pv_arena *arena, const char *name, bool disabled, const char *icon, const char *title,
	   pv_val params)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_put(&b, "disabled", pv_bool(disabled));
	pv_objb_puts(&b, "iconClass", icon);
	pv_objb_puts(&b, "displayName", title);
	if (pv_count(&params))
		pv_objb_put(&b, "params", params);
	return pv_objb_end(&b);
}

pv_val
impact(pv_arena *arena, const char *operation, pv_val resource)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "operation", operation);
	pv_objb_put(&b, "resource", resource);
	return pv_objb_end(&b);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(pv_text_at(a, "name", ""), pv_text_at(b, "name", ""));
}

/* Of two with one name, the first. */
static pv_val
sorted(pv_arena *arena, const pv_listb *list)
{
	pv_map *seen = pv_map_new(arena);
	pv_vec v;
	pv_vec_init(&v, arena, sizeof(pv_val));
	for (size_t i = 0; i < list->len; i++) {
		const char *name = pv_text_at(&list->items[i], "name", "");
		if (pv_map_finds(seen, name))
			continue;
		pv_map_puts(seen, name, &list->items[i]);
		pv_vec_push(&v, &list->items[i]);
	}
	pv_vec_sort(&v, by_name);
	return pv_list_of(arena, v.data, v.len);
}

int
actions_list(pv_ctx *cx, const custom *c, const pv_val *object, int64_t now, pv_val *ret)
{
	target t = target_of(object, now);
	bool merge = false;
	pv_listb list;
	int r;
	pv_listb_init(&list, cx->arena);
	r = scripts_list(cx, c, &t, &list, &merge);
	if (r < 0)
		return r;
	if (r == 0 || merge)
		rules_list(cx, ours(), &t, &list);
	*ret = sorted(cx->arena, &list);
	return 0;
}

int
actions_run(pv_ctx *cx, const custom *c, const pv_val *object, const char *name, const pv_val *params,
	    int64_t now, pv_val *ret)
{
	target t = target_of(object, now);
	bool merge = true;
	int r = scripts_run(cx, c, &t, name, params, ret, &merge);
	if (r == 0 && merge)
		r = rules_run(cx, ours(), &t, name, params, ret);
	if (r == 0)
		r = pv_fail(cx, PV_ENOTFOUND, "%s %s has no action %s", t.kind,
			    pv_text_at(object, "metadata.name", ""), name);
	return r < 0 ? r : 0;
}
