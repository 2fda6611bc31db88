#include "core/auth/breakdown.h"

#include <string.h>

#include "base/map.h"

/* Each text of a rule's list once. */
static texts
texts_of(pv_ctx *cx, const pv_val *rule, const char *field)
{
	const pv_val *list = pv_get(rule, field);
	texts t = {pv_new_array(cx->arena, const char *, pv_count(list) + 1), 0};
	pv_map *seen = pv_map_new(cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *one = pv_text(pv_item(list, i), "");

		if (!pv_map_puts(seen, one, seen))
			t.at[t.n++] = one;
	}
	return t;
}

breakdown
breakdown_of(pv_ctx *cx, const pv_val *rule)
{
	breakdown b = {texts_of(cx, rule, "verbs"), texts_of(cx, rule, "apiGroups"),
		       texts_of(cx, rule, "resources"), texts_of(cx, rule, "resourceNames"),
		       texts_of(cx, rule, "nonResourceURLs")};

	if (!b.names.n)
		b.names.at[b.names.n++] = "";
	return b;
}

/* Lists are of a body: their lengths are below 2^22, and a product may pass 64 bits nevertheless. */
size_t
breakdown_size(const breakdown *b)
{
	size_t n;

	if (__builtin_mul_overflow(b->groups.n, b->resources.n, &n) ||
	    __builtin_mul_overflow(n, b->names.n, &n) || __builtin_add_overflow(n, b->urls.n, &n) ||
	    __builtin_mul_overflow(n, b->verbs.n, &n))
		return SIZE_MAX;
	return n;
}

pv_attributes
breakdown_question(pv_ctx *cx, const breakdown *b, const char *ns, size_t i)
{
	pv_attributes what = {b->verbs.at[i % b->verbs.n], "", "", "", "", "", NULL, NULL};
	const char *resource, *slash;

	i /= b->verbs.n;
	if (i < b->urls.n) {
		what.url = b->urls.at[i];
		return what;
	}
	i -= b->urls.n;
	what.ns = ns;
	what.name = b->names.at[i % b->names.n];
	i /= b->names.n;
	resource = b->resources.at[i % b->resources.n];
	slash = strchr(resource, '/');
	what.resource = slash ? pv_strndup(cx->arena, resource, (size_t)(slash - resource)) : resource;
	what.subresource = slash ? slash + 1 : "";
	what.group = b->groups.at[i / b->resources.n];
	return what;
}
