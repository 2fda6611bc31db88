/* The known field that an unknown one may have meant. */
#include <string.h>

#include "base/near.h"
#include "core/schema/node.h"

/* The schema behind "[0]" or "[key]", as often as it is there; *path behind them. */
static const pv_schema *
behind_brackets(const pv_schema *s, const char **path)
{
	const char *end;

	for (; s && **path == '[' && (end = strchr(*path, ']')); *path = end + 1)
		s = s->items ? s->items : s->rest;
	return s;
}

static const pv_schema *
field(const pv_schema *s, const char *name, size_t len)
{
	const pv_prop *prop = pv_schema_prop(s, name, len);

	return prop ? prop->schema : s->rest;
}

const char *
pv_schema_near(pv_arena *arena, const pv_schema *schema, const pv_schema *meta, const char *path)
{
	static const char *const identity[] = {"apiVersion", "kind", "metadata"};
	const char *at = path, *dot;
	const pv_schema *s = schema;
	pv_near near = {0};

	while (s && (dot = strchr(at, '.'))) {
		size_t len = strcspn(at, ".[");
		bool is_meta = at == path && meta && len == 8 && strncmp(at, "metadata", len) == 0;

		s = is_meta ? meta : field(s, at, len);
		at += len;
		s = behind_brackets(s, &at);
		if (*at != '.')
			return NULL; /* a name with dots or brackets in it */
		at++;
	}
	if (!s)
		return NULL;
	near.word = at;
	for (size_t i = 0; i < s->n_props; i++)
		pv_near_try(&near, s->props[i].name);
	for (size_t i = 0; at == path && i < PV_LEN(identity); i++)
		pv_near_try(&near, identity[i]);
	return near.best ? pv_printf(arena, "%.*s%s", (int)(at - path), path, near.best) : NULL;
}
