/* scripts: the user's actions in Lua.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/resource_actions/ */
#include "delivery/actions/impl.h"
#include "lang/lua/lua.h"
#include "lang/yaml/yaml.h"

struct found {
	custom_script script;
	const pv_val *text; /* discovery.lua, definitions, mergeBuiltinActions */
};

/* 1: there are some for the kind. */
static int
find(pv_ctx *cx, const custom *c, const target *t, struct found *ret, bool *ret_merge)
{
	int r = custom_find(cx, c, "actions", t->group, t->kind, &ret->script);
	if (r <= 0)
		return r;
	r = pv_yaml_parse(cx, pv_str_of(ret->script.text), &(pv_yaml_opts){.nodes = 10000}, &ret->text);
	if (r < 0)
		return pv_wrap(cx, r, "%s", ret->script.place);
	*ret_merge = pv_truth(pv_get(ret->text, "mergeBuiltinActions"), false);
	return 1;
}

static int
run(pv_ctx *cx, const struct found *f, const target *t, const char *name, const char *text,
    const pv_val *params, pv_val *ret)
{
	const pv_lua_global globals[] = {{"obj", t->object}, {"actionParams", params}};
	pv_lua_run how = {
		.name = name, .open = f->script.open, .globals = globals, .n_globals = 2, .now = t->now};
	int r = pv_lua_eval(cx, &how, pv_str_of(text), ret);
	if (r == 0 && ret->type != PV_LIST && ret->type != PV_OBJECT)
		r = pv_fail(cx, PV_EINVALID, "expect table output from Lua script, not %s",
			    ret->type == PV_NULL ? "nil" : pv_type_name(ret));
	return r < 0 ? pv_wrap(cx, r, "%s", f->script.place) : 0;
}

int
scripts_list(pv_ctx *cx, const custom *c, const target *t, pv_listb *ret, bool *ret_merge)
{
	struct found f;
	pv_val v, none = pv_list_of(cx->arena, NULL, 0);
	int r = find(cx, c, t, &f, ret_merge);
	if (r <= 0)
		return r;
	r = run(cx, &f, t, "discovery.lua", pv_text(pv_get(f.text, "discovery.lua"), "return {}"),
		pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL)), &v);
	if (r == 0 && v.type == PV_LIST && v.len > 0)
		r = pv_fail(
			cx, PV_EINVALID,
			"%s: discovery.lua: expected a table whose keys are names of actions, found a list",
			f.script.place);
	if (r < 0)
		return r;
	for (size_t i = 0; i < pv_member_count(&v); i++) {
		const pv_val *a = &v.members[i].val, *params = pv_get(a, "params");
		pv_listb_add(ret,
			     action_row(cx->arena, v.members[i].key.s, pv_truth(pv_get(a, "disabled"), false),
					pv_text(pv_get(a, "iconClass"), NULL),
					pv_text(pv_get(a, "displayName"), NULL),
					pv_is(params, PV_LIST) ? *params : none));
	}
	return 1;
}

static const char *
definition(const pv_val *text, const char *name)
{
	const pv_val *list = pv_get(text, "definitions");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_text(pv_get(pv_item(list, i), "action.lua"), "");
	return NULL;
}

/* The object itself, changed, or a list of {operation, resource}. */
static int
impacts(pv_ctx *cx, const struct found *f, const target *t, const pv_val *made, pv_val *ret)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	if (made->type == PV_OBJECT)
		pv_listb_add(&b, impact(cx->arena, "patch", pv_lua_restore(cx->arena, made, t->object)));
	for (size_t i = 0; made->type == PV_LIST && i < made->len; i++) {
		const pv_val *one = &made->items[i], *resource = pv_get(one, "resource");
		const char *operation = pv_text(pv_get(one, "operation"), "");
		bool patch = pv_streq(operation, "patch");
		if ((!patch && !pv_streq(operation, "create")) || !pv_is(resource, PV_OBJECT))
			return pv_fail(
				cx, PV_EINVALID,
				"%s: action.lua: result %zu: expected operation \"create\" or \"patch\" and a "
				"resource, found operation \"%s\"",
				f->script.place, i + 1, operation);
		pv_listb_add(&b, impact(cx->arena, operation,
					patch ? pv_lua_restore(cx->arena, resource, t->object) : *resource));
	}
	*ret = pv_listb_end(&b);
	return 1;
}

int
scripts_run(pv_ctx *cx, const custom *c, const target *t, const char *name, const pv_val *params, pv_val *ret,
	    bool *ret_merge)
{
	struct found f;
	pv_val made;
	const char *text;
	int r = find(cx, c, t, &f, ret_merge);
	if (r <= 0)
		return r;
	text = definition(f.text, name);
	if (!text)
		return 0;
	r = run(cx, &f, t, "action.lua", text, params, &made);
	return r < 0 ? r : impacts(cx, &f, t, &made, ret);
}
