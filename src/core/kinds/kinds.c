#include "base/str.h"
#include "core/kinds/table.h"
#include <stdlib.h>
#include <string.h>

static pv_kinds *
open_kinds(void)
{
	pv_arena *arena = pv_arena_new("kinds");
	pv_kinds *k = pv_new(arena, pv_kinds);

	k->arena = arena;
	k->types = pv_map_new(arena);
	k->by_plural = pv_map_new(arena);
	pv_vec_init(&k->kinds, arena, sizeof(pv_kind *));
	pv_vec_init(&k->nodes, arena, sizeof(pv_schema *));
	return k;
}

int
pv_kinds_published(pv_ctx *cx, pv_kinds **ret)
{
	pv_kinds *k = open_kinds();
	int r = pv_kinds_facts(cx, k, "core/kinds/published.tsv");

	if (r < 0)
		pv_kinds_free(k);
	else
		*ret = k;
	return r;
}

int
pv_kinds_new(pv_ctx *cx, pv_kinds **ret)
{
	pv_kinds *k = open_kinds();
	int r = pv_kinds_facts(cx, k, "core/kinds/facts.tsv");

	if (r == 0)
		r = pv_kinds_rules(cx, k);
	if (r < 0)
		pv_kinds_free(k);
	else
		*ret = k;
	return r;
}

pv_kinds *
pv_kinds_free(pv_kinds *kinds)
{
	if (kinds)
		pv_arena_free(kinds->arena);
	return NULL;
}

bool
pv_kinds_each(const pv_kinds *kinds, size_t *pos, const pv_kind **ret)
{
	if (*pos >= kinds->kinds.len)
		return false;
	*ret = *PV_AT(pv_kind *, &kinds->kinds, (*pos)++);
	return true;
}

const pv_schema *
pv_kinds_type(const pv_kinds *kinds, const char *name)
{
	return pv_map_finds(kinds->types, name);
}

/* Options, Status and WatchEvent are of every group; they stand among the core's kinds. */
static bool
is_common(const char *kind)
{
	return pv_ends_with(kind, "Options") || pv_streq(kind, "Status") || pv_streq(kind, "WatchEvent");
}

const pv_schema *
pv_kinds_of(const pv_kinds *kinds, const char *api_version, const char *kind)
{
	const char *slash = strchr(api_version, '/'), *version = slash ? slash + 1 : api_version;
	size_t len = slash ? (size_t)(slash - api_version) : 0;
	const pv_schema *common = NULL;
	const pv_kind *one;

	for (size_t pos = 0; pv_kinds_each(kinds, &pos, &one);) {
		if (!pv_streq(one->kind, kind))
			continue;
		if (pv_streq(one->version, version) && pv_str_is((pv_str){api_version, len}, one->group))
			return one->schema;
		if (!one->group[0] && is_common(kind))
			common = one->schema;
	}
	return common;
}

const char *
pv_kinds_openapi_name(pv_arena *arena, const char *type)
{
	static const struct {
		const char *prefix, *full;
	} homes[] = {
		{"meta.", "io.k8s.apimachinery.pkg.apis."},
		{"pkg.", "io.k8s.apimachinery."},
		{"apiextensions.", "io.k8s.apiextensions-apiserver.pkg.apis."},
		{"apiregistration.", "io.k8s.kube-aggregator.pkg.apis."},
	};

	for (size_t i = 0; i < PV_LEN(homes); i++)
		if (pv_starts_with(type, homes[i].prefix))
			return pv_printf(arena, "%s%s", homes[i].full, type);
	return pv_printf(arena, "io.k8s.api.%s", type);
}
