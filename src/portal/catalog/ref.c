/* ref: entity references: [<kind>:][<namespace>/]<name>. */
#include <string.h>

#include "base/str.h"
#include "portal/catalog/catalog.h"

bool
entity_ref_parse(pv_arena *arena, const char *text, const char *default_kind, const char *default_ns,
		 entity_ref *ret)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/');
	const char *rest = text;
	ret->kind = default_kind;
	ret->ns = default_ns;
	if (colon && colon > text && (!slash || colon < slash)) {
		ret->kind = pv_strndup(arena, text, (size_t)(colon - text));
		rest = colon + 1;
		slash = strchr(rest, '/');
	}
	if (slash == rest)
		return false;
	if (slash && slash < rest + strcspn(rest, ":")) {
		ret->ns = pv_strndup(arena, rest, (size_t)(slash - rest));
		rest = slash + 1;
	}
	if (!*rest || !ret->kind)
		return false;
	ret->kind = pv_str_lower(arena, ret->kind);
	ret->ns = pv_str_lower(arena, ret->ns);
	ret->name = pv_str_lower(arena, rest);
	return true;
}

char *
entity_ref_text(pv_arena *arena, const entity_ref *ref)
{
	return pv_printf(arena, "%s:%s/%s", ref->kind, ref->ns, ref->name);
}
