/* schema_match: a value against a schema.  A list of faults grows as gojsonschema's does:
 * each knows where, of which type, and what; a score says how near a branch came. */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/utf8.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"
#include "lang/rego/num.h"
#include "lang/rego/schema.h"

typedef struct outcome {
	pv_vec faults; /* pv_val */
	int score;
} outcome;

static void match(schema *s, const pv_val *schema, const pv_val *v, const char *at, outcome *out);

static void
outcome_init(schema *s, outcome *o)
{
	*o = (outcome){0};
	pv_vec_init(&o->faults, s->arena, sizeof(pv_val));
}

static void
merge(schema *s, outcome *to, const outcome *from)
{
	if (from->faults.len) /* of each level its own list */
		s->r = s->r < 0 ? s->r : rg_vm_check(s->vm, from->faults.len * sizeof(pv_val));
	for (size_t i = 0; s->r == 0 && i < from->faults.len; i++)
		pv_vec_push(&to->faults, pv_vec_at(&from->faults, i));
	to->score += from->score;
}

static void miss(schema *s, outcome *out, const char *at, const char *type, const char *fmt, ...)
	PV_PRINTF(5, 6);

static void
miss(schema *s, outcome *out, const char *at, const char *type, const char *fmt, ...)
{
	pv_objb o;
	va_list ap;
	s->r = s->r < 0 ? s->r : rg_vm_check(s->vm, 0);
	if (s->r < 0)
		return;
	va_start(ap, fmt);
	const char *text = pv_vprintf(s->arena, fmt, ap);
	va_end(ap);
	const char *field = strncmp(at, "(root).", 7) == 0 ? at + 7 : at;
	pv_objb_init(&o, s->arena);
	pv_objb_put(&o, "desc", pv_string_ref(text));
	pv_objb_put(&o, "error", pv_stringf(s->arena, "%s: %s", field, text));
	pv_objb_put(&o, "field", pv_string_ref(field));
	pv_objb_put(&o, "type", pv_string_ref(type));
	pv_val v = pv_objb_end(&o);
	pv_vec_push(&out->faults, &v);
	out->score--;
}

static const char *
below(schema *s, const char *at, const pv_val *name)
{
	return pv_printf(s->arena, "%s.%s", at, pv_scalar_text(s->arena, name));
}

static bool
branch(schema *s, const pv_val *sub, const pv_val *v, const char *at, outcome *ret)
{
	outcome_init(s, ret);
	match(s, sub, v, at, ret);
	return ret->faults.len == 0;
}

/* ---- types ---- */

static const char *
kind_of(const pv_val *v)
{
	return v->type == PV_NUMBER && rg_num_whole(v) ? "integer" : pv_type_name(v);
}

static bool
has_type(schema *s, const pv_val *type, const pv_val *v, const char *at, outcome *out)
{
	pv_buf b;
	size_t n = pv_is(type, PV_LIST) ? type->len : 1;
	const char *kind = kind_of(v);
	if (!type || n == 0)
		return true;
	pv_buf_init(&b, s->arena);
	for (size_t i = 0; i < n; i++) {
		const char *one = pv_text(type->type == PV_LIST ? &type->items[i] : type, "");
		if (pv_streq(one, kind) || (v->type == PV_NUMBER && pv_streq(one, "number")))
			return true;
		pv_buf_printf(&b, "%s%s", i ? "," : "", one);
	}
	miss(s, out, at, "invalid_type",
	     n > 1 ? "Invalid type. Expected: [%s], given: %s" : "Invalid type. Expected: %s, given: %s", b.s,
	     kind);
	return false;
}

/* ---- combinations ---- */

static void
best_of(schema *s, const pv_val *list, const pv_val *v, const char *at, bool one, outcome *out)
{
	outcome best, now;
	bool have = false;
	size_t passed = 0;
	for (size_t i = 0; i < pv_count(list) && (one || passed == 0); i++) {
		if (branch(s, pv_item(list, i), v, at, &now)) {
			passed++;
		} else if (passed == 0 && (!have || now.score > best.score)) {
			best = now;
			have = true;
		}
	}
	if (passed == 1 || (!one && passed > 0) || pv_count(list) == 0)
		return;
	if (one)
		miss(s, out, at, "number_one_of", "Must validate one and only one schema (oneOf)");
	else
		miss(s, out, at, "number_any_of", "Must validate at least one schema (anyOf)");
	if (passed == 0 && have)
		merge(s, out, &best);
}

static void
all_of(schema *s, const pv_val *list, const pv_val *v, const char *at, outcome *out)
{
	outcome now;
	size_t passed = 0;
	for (size_t i = 0; i < pv_count(list); i++) {
		passed += branch(s, pv_item(list, i), v, at, &now);
		merge(s, out, &now);
	}
	if (passed != pv_count(list))
		miss(s, out, at, "number_all_of", "Must validate all the schemas (allOf)");
}

static void
conditions(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	outcome now;
	const pv_val *when = pv_get(sc, "if"), *no = pv_get(sc, "not");
	if (no && branch(s, no, v, at, &now))
		miss(s, out, at, "number_not", "Must not validate the schema (not)");
	if (!when || s->draft < 7)
		return;
	bool yes = branch(s, when, v, at, &now);
	const pv_val *what = pv_get(sc, yes ? "then" : "else");
	if (!what || branch(s, what, v, at, &now))
		return;
	if (yes)
		miss(s, out, at, "condition_then", "Must validate \"then\" as \"if\" was valid");
	else
		miss(s, out, at, "condition_else", "Must validate \"else\" as \"if\" was not valid");
	merge(s, out, &now);
}

static void
combinations(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *dependencies = pv_get(sc, "dependencies");
	best_of(s, pv_get(sc, "anyOf"), v, at, false, out);
	best_of(s, pv_get(sc, "oneOf"), v, at, true, out);
	all_of(s, pv_get(sc, "allOf"), v, at, out);
	for (uint32_t i = 0; pv_is(v, PV_OBJECT) && dependencies && i < v->len; i++) {
		const pv_val *d = pv_getv(dependencies, &pv_sorted(v, i)->key);
		if (d && d->type != PV_LIST)
			match(s, d, v, at, out);
		for (uint32_t k = 0; pv_is(d, PV_LIST) && k < d->len; k++)
			if (!pv_getv(v, &d->items[k]))
				miss(s, out, at, "missing_dependency", "Has a dependency on %s",
				     pv_text(&d->items[k], ""));
	}
	conditions(s, sc, v, at, out);
	out->score++;
}

static const char *
json_of(schema *s, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, s->arena);
	pv_json_write_sorted(&b, v);
	return b.s;
}

static void
common(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *constant = pv_get(sc, "const"), *list = pv_get(sc, "enum");
	const char *format = pv_text(pv_get(sc, "format"), "");
	const char *field = strncmp(at, "(root).", 7) == 0 ? at + 7 : at;
	if (constant && s->draft >= 6 && !pv_eq(constant, v))
		miss(s, out, at, "const", "%s does not match: %s", field, json_of(s, constant));
	if (list && !pv_list_has(list, v)) {
		pv_buf b;
		pv_buf_init(&b, s->arena);
		for (size_t i = 0; i < pv_count(list); i++)
			pv_buf_printf(&b, "%s%s", i ? ", " : "", json_of(s, pv_item(list, i)));
		miss(s, out, at, "enum", "%s must be one of the following: %s", field,
		     b.len ? b.s : "(none)");
	}
	if (*format && !schema_has_format(s, format, v))
		miss(s, out, at, "format", "Does not match format '%s'", format);
	out->score++;
}

/* ---- arrays and objects ---- */

static void
items(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *of = pv_get(sc, "items"), *rest = pv_get(sc, "additionalItems");
	outcome now;
	for (uint32_t i = 0; of && i < v->len; i++) {
		pv_val index = pv_int(i);
		const pv_val *sub = of->type != PV_LIST ? of : i < of->len ? &of->items[i] : rest;
		bool spare = of->type == PV_LIST && i >= of->len;
		if (of->type == PV_LIST && of->len == 0)
			break;
		if (spare && pv_is(sub, PV_BOOL)) {
			if (!sub->b)
				miss(s, out, at, "array_no_additional_items",
				     "No additional items allowed on array");
			break;
		}
		if (sub) {
			branch(s, sub, &v->items[i], below(s, at, &index), &now);
			merge(s, out, &now);
		}
	}
}

static void
contains(schema *s, const pv_val *sub, const pv_val *v, const char *at, outcome *out)
{
	outcome best, now;
	bool have = false;
	for (uint32_t i = 0; i < v->len; i++) {
		pv_val index = pv_int(i);
		if (branch(s, sub, &v->items[i], below(s, at, &index), &now))
			return;
		if (!have || now.score > best.score)
			best = now;
		have = true;
	}
	miss(s, out, at, "contains", "At least one of the items must match");
	if (have)
		merge(s, out, &best);
}

static void
array(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *min = pv_get(sc, "minItems"), *max = pv_get(sc, "maxItems"),
		     *some = pv_get(sc, "contains");
	items(s, sc, v, at, out);
	if (min && v->len < pv_f64(min, 0))
		miss(s, out, at, "array_min_items", "Array must have at least %s items", json_of(s, min));
	if (max && v->len > pv_f64(max, 0))
		miss(s, out, at, "array_max_items", "Array must have at most %s items", json_of(s, max));
	for (uint32_t j = 0; pv_truth_at(sc, "uniqueItems", false) && j < v->len; j++)
		for (uint32_t i = j; i-- > 0 && schema_spend(s);)
			if (pv_eq(&v->items[i], &v->items[j])) {
				miss(s, out, at, "unique", "array items[%u,%u] must be unique", i, j);
				break;
			}
	if (some && s->draft >= 6)
		contains(s, some, v, at, out);
	out->score++;
}

static void
spare_member(schema *s, const pv_val *sc, const pv_member *m, const char *at, outcome *out)
{
	const pv_val *patterns = pv_get(sc, "patternProperties"), *rest = pv_get(sc, "additionalProperties");
	bool matched = false;
	outcome now;
	for (uint32_t i = 0; pv_is(patterns, PV_OBJECT) && i < patterns->len; i++) {
		const pv_member *p = pv_sorted(patterns, i);
		const pv_re *re;
		if (pv_re_cached(s->vm->cx, pv_strv(&p->key), NULL, &re) < 0) {
			pv_take_error(s->vm->cx);
			continue;
		}
		if (!pv_re_match(re, pv_strv(&m->key)))
			continue;
		matched = true;
		branch(s, &p->val, &m->val, below(s, at, &m->key), &now);
		merge(s, out, &now);
	}
	out->score += matched;
	if (matched || !rest || pv_getv(pv_get(sc, "properties"), &m->key))
		return;
	if (rest->type == PV_BOOL && !rest->b)
		miss(s, out, at, "additional_property_not_allowed", "Additional property %s is not allowed",
		     pv_text(&m->key, ""));
	if (rest->type == PV_OBJECT) {
		branch(s, rest, &m->val, below(s, at, &m->key), &now);
		merge(s, out, &now);
	}
}

static void
object(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *min = pv_get(sc, "minProperties"), *max = pv_get(sc, "maxProperties");
	const pv_val *must = pv_get(sc, "required"), *names = pv_get(sc, "propertyNames");
	outcome now;
	if (min && v->len < pv_f64(min, 0))
		miss(s, out, at, "array_min_properties", "Must have at least %s properties", json_of(s, min));
	if (max && v->len > pv_f64(max, 0))
		miss(s, out, at, "array_max_properties", "Must have at most %s properties", json_of(s, max));
	for (size_t i = 0; i < pv_count(must); i++)
		if (pv_getv(v, pv_item(must, i)))
			out->score++;
		else
			miss(s, out, at, "required", "%s is required", pv_text(pv_item(must, i), ""));
	for (uint32_t i = 0; i < v->len; i++)
		spare_member(s, sc, pv_sorted(v, i), at, out);
	for (uint32_t i = 0; names && s->draft >= 6 && i < v->len; i++)
		if (!branch(s, names, &pv_sorted(v, i)->key, at, &now)) {
			miss(s, out, at, "invalid_property_name", "Property name of \"%s\" does not match",
			     pv_text(&pv_sorted(v, i)->key, ""));
			merge(s, out, &now);
		}
	out->score++;
}

static void
members(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *properties = pv_get(sc, "properties");
	for (uint32_t i = 0; pv_is(properties, PV_OBJECT) && i < properties->len; i++) {
		const pv_member *p = pv_sorted(properties, i);
		const pv_val *at_key = pv_getv(v, &p->key);
		if (at_key)
			match(s, &p->val, at_key, below(s, at, &p->key), out);
	}
}

/* ---- texts and numbers ---- */

static void
text(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *min = pv_get(sc, "minLength"), *max = pv_get(sc, "maxLength"),
		     *like = pv_get(sc, "pattern");
	const pv_re *re;
	double n = (double)pv_utf8_count(pv_strv(v));
	if (min && n < pv_f64(min, 0))
		miss(s, out, at, "string_gte", "String length must be greater than or equal to %s",
		     json_of(s, min));
	if (max && n > pv_f64(max, 0))
		miss(s, out, at, "string_lte", "String length must be less than or equal to %s",
		     json_of(s, max));
	if (like && pv_re_cached(s->vm->cx, pv_strv(like), NULL, &re) < 0)
		pv_take_error(s->vm->cx);
	else if (like && !pv_re_match(re, pv_strv(v)))
		miss(s, out, at, "pattern", "Does not match pattern '%s'", pv_text(like, ""));
	out->score++;
}

/* Go's %v of a big.Float. */
static const char *
number_text(schema *s, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, s->arena);
	if (v->num == PV_DOUBLE)
		pv_go_float(&b, v->d);
	return b.len ? b.s : json_of(s, v);
}

static bool
is_multiple(const pv_val *v, const pv_val *of)
{
	mpz_t x, y;
	bool exact = rg_num_get(v, x);
	exact = rg_num_get(of, y) && exact && mpz_sgn(y) != 0;
	bool yes = exact && mpz_divisible_p(x, y);
	mpz_clear(x);
	mpz_clear(y);
	if (exact)
		return yes;
	long double q = rg_num_float(v) / rg_num_float(of), whole = __builtin_roundl(q);
	return __builtin_fabsl(q - whole) <= 1e-12L * (1 + __builtin_fabsl(q));
}

static void
number(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *of = pv_get(sc, "multipleOf"), *low = pv_get(sc, "minimum"),
		     *high = pv_get(sc, "maximum");
	const pv_val *above = pv_get(sc, "exclusiveMinimum"), *under = pv_get(sc, "exclusiveMaximum");
	if (pv_is(above, PV_BOOL)) { /* draft 4: a switch */
		const pv_val *edge = above->b ? low : NULL;
		low = above->b ? NULL : low;
		above = edge;
	}
	if (pv_is(under, PV_BOOL)) {
		const pv_val *edge = under->b ? high : NULL;
		high = under->b ? NULL : high;
		under = edge;
	}
	if (of && !is_multiple(v, of))
		miss(s, out, at, "multiple_of", "Must be a multiple of %s", number_text(s, of));
	if (high && pv_cmp(v, high) > 0)
		miss(s, out, at, "number_lte", "Must be less than or equal to %s", number_text(s, high));
	if (under && pv_cmp(v, under) >= 0)
		miss(s, out, at, "number_lt", "Must be less than %s", number_text(s, under));
	if (low && pv_cmp(v, low) < 0)
		miss(s, out, at, "number_gte", "Must be greater than or equal to %s", number_text(s, low));
	if (above && pv_cmp(v, above) <= 0)
		miss(s, out, at, "number_gt", "Must be greater than %s", number_text(s, above));
	out->score++;
}

static void
one_schema(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	const pv_val *ref = pv_get(sc, "$ref");
	if (sc->type == PV_BOOL) {
		if (!sc->b)
			miss(s, out, at, "false", "False always fails validation");
		return;
	}
	if (pv_is(ref, PV_STRING)) {
		const pv_val *to = schema_target(s, ref->s);
		if (to)
			match(s, to, v, at, out);
		return;
	}
	if (!has_type(s, pv_get(sc, "type"), v, at, out))
		return;
	combinations(s, sc, v, at, out);
	if (v->type == PV_NUMBER)
		number(s, sc, v, at, out);
	if (v->type == PV_LIST)
		array(s, sc, v, at, out);
	if (v->type == PV_OBJECT)
		object(s, sc, v, at, out);
	common(s, sc, v, at, out);
	if (v->type == PV_STRING)
		text(s, sc, v, at, out);
	if (v->type == PV_OBJECT)
		members(s, sc, v, at, out);
	out->score++;
}

static void
match(schema *s, const pv_val *sc, const pv_val *v, const char *at, outcome *out)
{
	if (!schema_spend(s))
		return;
	if (++s->depth > SCHEMA_DEPTH)
		s->fault = pv_printf(s->arena, "schemas are nested more than %d deep", SCHEMA_DEPTH);
	else
		one_schema(s, sc, v, at, out);
	s->depth--;
}

pv_val
schema_match(schema *s, const pv_val *value)
{
	outcome all;
	pv_listb list;
	outcome_init(s, &all);
	match(s, s->root, value, "(root)", &all);
	pv_listb_init(&list, s->arena);
	for (size_t i = 0; i < all.faults.len; i++)
		pv_listb_add(&list, *PV_AT(pv_val, &all.faults, i));
	return pv_listb_end(&list);
}
