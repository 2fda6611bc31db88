#include "base/regex.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/build.h"
#include "lang/json/json.h"

const char *
build_at(build *b, const char *path, const char *name)
{
	return pv_path_field(b->cx->arena, path, name);
}

const char *
build_own(build *b, const pv_val *v)
{
	return pv_is(v, PV_STRING) ? pv_strndup(b->arena, v->s, v->len) : NULL;
}

static int64_t
bound(const pv_val *v, const char *key)
{
	int64_t n = pv_i64(pv_get(v, key), -1);

	return n < 0 ? -1 : n;
}

static bool
has_facets(const pv_val *v)
{
	static const char *const keys[] = {
		"default",
		"enum",
		"pattern",
		"minimum",
		"maximum",
		"multipleOf",
		"minLength",
		"maxLength",
		"minItems",
		"maxItems",
		"minProperties",
		"maxProperties",
		"allOf",
		"anyOf",
		"oneOf",
		"not",
		"x-kubernetes-validations",
	};

	for (size_t i = 0; i < PV_LEN(keys); i++)
		if (pv_get(v, keys[i]))
			return true;
	return false;
}

static const pv_schema *const *
logic(build *b, const pv_val *v, const char *key, const char *path, size_t depth)
{
	const pv_val *list = pv_get(v, key);
	size_t n = pv_count(list);
	const pv_schema **nodes;

	if (!n)
		return NULL;
	nodes = pv_new_array(b->arena, const pv_schema *, n + 1);
	for (size_t i = 0; i < n; i++)
		nodes[i] = build_node(b, pv_item(list, i),
				      pv_path_index(b->cx->arena, build_at(b, path, key), i), AT_FIELD,
				      depth + 1);
	return nodes;
}

/* Each pattern has a limit of its own; a schema may have few that come near it. */
static void
check_pattern(build *b, const pv_val *v, const char *path)
{
	const char *at = build_at(b, path, "pattern");
	const pv_re *re = NULL;
	int r;

	if (b->large > PV_LARGE_PATTERNS)
		return;
	r = pv_re_cached(b->cx, pv_strv(v), &b->regex, &re);
	b->large += r < 0 || pv_re_large(re);
	b->formless |= r < 0;
	if (b->large > PV_LARGE_PATTERNS)
		pv_fault(
			b->f, "FieldValueTooMany", at,
			"Too many: more than %d patterns are wrong or need a large program each: write counted "
			"repetitions of large classes ([\\p{L}]{1,300}) as maxLength",
			PV_LARGE_PATTERNS);
	else if (r < 0)
		pv_fault_value(b->f, at, v,
			       pv_printf(b->cx->arena, "must be a valid regular expression, but isn't: %s",
					 b->cx->err->message));
	if (r < 0)
		pv_recover(b->cx);
}

static const pv_val *
copied(build *b, const pv_val *v)
{
	return v ? pv_box(b->arena, pv_copy(b->arena, v)) : NULL;
}

void
build_facets(build *b, pv_schema *s, const pv_val *v, const char *path, size_t depth)
{
	pv_facets *f;

	if (!has_facets(v))
		return;
	f = pv_facets_new(b->arena);
	f->def = copied(b, pv_get(v, "default"));
	f->def_len = f->def ? strlen(pv_json_text(b->cx->arena, f->def)) : 0;
	f->enums = copied(b, pv_get(v, "enum"));
	f->pattern = build_own(b, pv_get(v, "pattern"));
	if (f->pattern)
		check_pattern(b, pv_get(v, "pattern"), path);
	if (pv_get(v, "minimum"))
		s->flags |= PV_S_HAS_MIN;
	if (pv_get(v, "maximum"))
		s->flags |= PV_S_HAS_MAX;
	f->min = pv_f64(pv_get(v, "minimum"), 0);
	f->max = pv_f64(pv_get(v, "maximum"), 0);
	f->multiple = pv_f64(pv_get(v, "multipleOf"), 0);
	f->min_len = bound(v, "minLength");
	f->max_len = bound(v, "maxLength");
	f->min_items = bound(v, "minItems");
	f->max_items = bound(v, "maxItems");
	f->min_props = bound(v, "minProperties");
	f->max_props = bound(v, "maxProperties");
	f->all = logic(b, v, "allOf", path, depth);
	f->any = logic(b, v, "anyOf", path, depth);
	f->one = logic(b, v, "oneOf", path, depth);
	if (pv_get(v, "not"))
		f->no = build_node(b, pv_get(v, "not"), build_at(b, path, "not"), AT_FIELD, depth + 1);
	if (pv_count(pv_get(v, "x-kubernetes-validations")))
		s->flags |= PV_S_RULES;
	s->facets = f;
}
