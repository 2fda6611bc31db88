/* plugin: what is asked of one: the whole commit's tree, the source's folder, and what Argo CD tells a plugin by its
 * environment. */
#include "delivery/application/plugin.h"

#include <string.h>

#include "base/str.h"
#include "delivery/application/chart.h"
#include "delivery/application/sources.h"
#include "lang/json/json.h"

typedef struct environment {
	pv_arena *arena;
	pv_listb b; /* of "NAME=value" */
} environment;

static void
put(environment *e, const char *prefix, const char *name, const char *value)
{
	pv_listb_add(&e->b, pv_stringf(e->arena, "%s%s=%s", prefix, name, value));
}

/* PARAM_NAME of a parameter's name: in capitals, and what is no letter or digit a line. */
static const char *
parameter_name(pv_arena *arena, const char *name)
{
	char *text = pv_printf(arena, "PARAM_%s", name);
	for (char *c = text; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
		else if (!(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
			*c = '_';
	return text;
}

static void
put_parameter(environment *e, const pv_val *parameter)
{
	const char *name = pv_text_at(parameter, "name", ""), *own = parameter_name(e->arena, name);
	const pv_val *list = pv_get(parameter, "array"), *map = pv_get(parameter, "map");
	if (pv_get(parameter, "string"))
		put(e, "", own, pv_text_at(parameter, "string", ""));
	for (size_t i = 0; i < pv_count(list); i++)
		put(e, "", pv_printf(e->arena, "%s_%zu", own, i), pv_text(pv_item(list, i), ""));
	for (size_t i = 0; i < pv_member_count(map); i++) {
		const char *key = pv_text(&map->members[i].key, "");
		put(e, "", parameter_name(e->arena, pv_printf(e->arena, "%s_%s", name, key)),
		    pv_text(&map->members[i].val, ""));
	}
}

/* ARGOCD_APP_.., KUBE_VERSION; the source's own as ARGOCD_ENV_..; its parameters one by one and as JSON. */
static pv_val
environment_of(app *a)
{
	const pv_val *plugin = pv_get(a->from->spec, "plugin"), *own = pv_get(plugin, "env"),
		     *parameters = pv_get(plugin, "parameters");
	pv_val common = chart_environment(a);
	environment e = {.arena = a->cx->arena};
	pv_listb_init(&e.b, e.arena);
	for (size_t i = 0; i < pv_member_count(&common); i++)
		put(&e, "", pv_text(&common.members[i].key, ""), pv_text(&common.members[i].val, ""));
	for (size_t i = 0; i < pv_count(own); i++)
		put(&e, "ARGOCD_ENV_", pv_text_at(pv_item(own, i), "name", ""),
		    chart_substituted(e.arena, &common, pv_text_at(pv_item(own, i), "value", "")));
	for (size_t i = 0; i < pv_count(parameters); i++)
		put_parameter(&e, pv_item(parameters, i));
	put(&e, "", "ARGOCD_APP_PARAMETERS", parameters ? pv_json_text(e.arena, parameters) : "[]");
	return pv_listb_end(&e.b);
}

int
plugin_manifests(app *a, const char *name, const pv_val **ret)
{
	const pv_val *root;
	pv_val args;
	pv_objb b;
	int r = source_root(a, &root);
	if (r != 1)
		return r;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "tree", pv_text_at(root, "tree", ""));
	pv_objb_puts(&b, "path", a->from->path);
	pv_objb_puts(&b, "plugin", name);
	pv_objb_put(&b, "environment", environment_of(a));
	args = pv_objb_end(&b);
	return pv_plan_fact_since(a->cx, a->plan, "plugin-manifests", &args, a->since, ret);
}
