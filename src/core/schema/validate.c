#include "base/map.h"
#include "base/regex.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "lang/quantity/quantity.h"
#include "core/schema/walk.h"
#include "lang/json/json.h"
#include <math.h>
#include <string.h>

#define LOOK 4096 /* nodes between two looks at whether the turn may go on */

static void check(walk *w, const pv_schema *s, const pv_val *v, const path *p);

/* ---- types ---- */

static bool
is_whole(const pv_val *v)
{
	if (v->type != PV_NUMBER)
		return false;
	if (v->num == PV_INT)
		return true;
	return v->num == PV_DOUBLE && v->d == trunc(v->d) && fabs(v->d) < 0x1p63;
}

static const char *
found(const pv_val *v)
{
	if (v->type == PV_NUMBER)
		return v->num == PV_INT ? "integer" : "number"; /* as it is written: 1.0 is no integer */
	return pv_type_name(v);
}

static bool
has_type(const pv_schema *s, const pv_val *v)
{
	if (s->flags & PV_S_INT_OR_STRING)
		return v->type == PV_STRING || is_whole(v);
	switch (s->type) {
	case PV_T_OBJECT: return v->type == PV_OBJECT;
	case PV_T_LIST: return v->type == PV_LIST;
	case PV_T_STRING: return v->type == PV_STRING;
	case PV_T_INTEGER: return is_whole(v);
	case PV_T_NUMBER: return v->type == PV_NUMBER;
	case PV_T_BOOLEAN: return v->type == PV_BOOL;
	}
	return true;
}

static bool
check_type(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	static const char *const names[] = {"", "object", "array", "string", "integer", "number", "boolean"};
	const char *want = s->flags & PV_S_INT_OR_STRING ? "integer,string" : names[s->type];

	if (has_type(s, v))
		return true;
	if (s->type == PV_T_STRING && s->format && !(s->flags & PV_S_BUILTIN) &&
	    pv_format_is_known(s->format) &&
	    (v->type == PV_NUMBER || v->type == PV_BOOL)) { /* said by another validator of upstream's */
		walk_bad_type(w, p,
			      v->type == PV_BOOL ? "\"\""
			      : v->num == PV_INT ? "\"int64\""
						 : "\"float64\"",
			      s->format);
		return false;
	}
	walk_bad_type(w, p, pv_printf(w->f.cx->arena, "\"%s\"", found(v)), want);
	return false;
}

static void
check_quantity(walk *w, const pv_val *v, const path *p)
{
	char room[PV_NUMBER_ROOM];
	pv_quantity q;

	if (v->type != PV_STRING && v->type != PV_NUMBER)
		walk_bad_type(w, p, pv_printf(w->f.cx->arena, "\"%s\"", found(v)), "string");
	else if (!pv_quantity_parse(v->type == PV_STRING ? pv_strv(v) : pv_number_text(v, room), &q))
		walk_undecoded(w, p, pv_fault_text(w->f.cx->arena, v),
			       "quantities must match the regular expression "
			       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

/* ---- facets ---- */

static void
check_enum(walk *w, const pv_facets *f, const pv_val *v, const path *p)
{
	const pv_val *enums = f->enums;
	pv_buf b;

	if (pv_list_has(enums, v))
		return;
	if (f->enum_words) {
		walk_bad_value(w, p, pv_fault_text(w->f.cx->arena, v), f->enum_words);
		return;
	}
	if (!walk_heard(w))
		return;
	pv_buf_init(&b, w->f.cx->arena);
	for (size_t i = 0; i < pv_count(enums); i++) {
		if (i)
			pv_buf_adds(&b, ", ");
		if (pv_item(enums, i)->type == PV_STRING)
			pv_json_write(&b, pv_item(enums, i));
		else
			pv_buf_printf(&b, "\"%s\"", pv_json_text(w->f.cx->arena, pv_item(enums, i)));
	}
	pv_unsupported(&w->f, walk_text(w, p), v, b.s);
}

static void
check_string(walk *w, const pv_schema *s, const pv_facets *f, const pv_val *v, const path *p)
{
	pv_str text = pv_strv(v);
	size_t n = pv_utf8_count(text);
	const pv_re *re;

	(void)s;
	/* Upstream says the first of these only. */
	if (f->max_len >= 0 && n > (size_t)f->max_len) {
		walk_too_long(w, p, f->max_len);
		return;
	}
	if (f->min_len >= 0 && n < (size_t)f->min_len) {
		walk_in_body(w, p, v,
			     pv_printf(w->f.cx->arena, "be at least %lld chars long", (long long)f->min_len));
		return;
	}
	if (!f->pattern)
		return;
	if (pv_re_cached(w->f.cx, pv_str_of(f->pattern), &w->regex, &re) < 0)
		pv_recover(w->f.cx); /* refused when the kind was made */
	else if (!pv_re_match(re, text))
		walk_in_body(w, p, v, pv_printf(w->f.cx->arena, "match '%s'", f->pattern));
}

static const char *
number(walk *w, double d)
{
	char room[PV_NUMBER_ROOM];
	pv_val v = d == trunc(d) && fabs(d) < 1e15 ? pv_int((int64_t)d) : pv_double(d);
	pv_str text = pv_number_text(&v, room);

	return pv_strndup(w->f.cx->arena, text.s, text.len);
}

static void
check_number(walk *w, const pv_schema *s, const pv_facets *f, const pv_val *v, const path *p)
{
	/* Upstream holds an integer against the whole part of a limit. */
	bool whole = v->num == PV_INT && !(s->flags & PV_S_BUILTIN);
	double d = pv_f64(v, 0), max = whole ? trunc(f->max) : f->max, min = whole ? trunc(f->min) : f->min;
	bool min_open = s->flags & PV_S_MIN_OPEN, max_open = s->flags & PV_S_MAX_OPEN;

	if (s->flags & PV_S_HAS_MAX && (max_open ? d >= max : d > max))
		walk_in_body(w, p, v,
			     pv_printf(w->f.cx->arena, "be less than %s%s", max_open ? "" : "or equal to ",
				       number(w, max)));
	if (s->flags & PV_S_HAS_MIN && (min_open ? d <= min : d < min))
		walk_in_body(w, p, v,
			     pv_printf(w->f.cx->arena, "be greater than %s%s", min_open ? "" : "or equal to ",
				       number(w, min)));
	if (f->multiple > 0 && fabs(remainder(d, f->multiple)) > 1e-9 * f->multiple)
		walk_in_body(w, p, v,
			     pv_printf(w->f.cx->arena, "be a multiple of %s", number(w, f->multiple)));
}

static void
check_counts(walk *w, const pv_facets *f, const pv_val *v, const path *p)
{
	size_t n = pv_count(v);
	bool list = v->type == PV_LIST;
	int64_t min = list ? f->min_items : f->min_props, max = list ? f->max_items : f->max_props;
	pv_val shown = pv_int((int64_t)n);

	if (max >= 0 && n > (size_t)max)
		walk_too_many(w, p, n, max);
	if (min >= 0 && n < (size_t)min)
		walk_in_body(w, p, &shown,
			     pv_printf(w->f.cx->arena, "have at least %lld %s", (long long)min,
				       list ? "items" : "properties"));
}

/* How many faults one alternative would bring. */
static size_t
faults_of(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	walk inner = *w;

	inner.f = (pv_faults){.cx = w->f.cx, .quiet = true};
	check(&inner, s, v, p);
	w->steps = inner.steps;
	w->regex = inner.regex;
	return inner.f.n;
}

static size_t
valid_ones(walk *w, const pv_schema *const *list, const pv_val *v, const path *p, const pv_schema **ret_best)
{
	size_t valid = 0, best = SIZE_MAX;

	for (size_t i = 0; list[i]; i++) {
		size_t n = faults_of(w, list[i], v, p);

		valid += n == 0;
		if (n && n < best) {
			best = n;
			*ret_best = list[i];
		}
	}
	return valid;
}

/* The faults of the alternative that comes closest.  Not while only counting: each level
 * of nesting would be looked at twice, and the cost would double with each. */
static void
say_best(walk *w, const pv_schema *best, const pv_val *v, const path *p)
{
	if (!w->f.quiet)
		check(w, best, v, p);
}

static void
check_logic(walk *w, const pv_facets *f, const pv_val *v, const path *p)
{
	const pv_schema *best = NULL;
	size_t n = 0;

	if (f->any && valid_ones(w, f->any, v, p, &best) == 0) {
		walk_combined(w, p, "must validate at least one schema (anyOf)");
		say_best(w, best, v, p);
	}
	if (f->one) {
		n = valid_ones(w, f->one, v, p, &best);
		if (n == 0) {
			walk_combined(w, p,
				      "must validate one and only one schema (oneOf). Found none valid");
			say_best(w, best, v, p);
		} else if (n > 1) {
			walk_combined(w, p,
				      pv_printf(w->f.cx->arena,
						"must validate one and only one schema (oneOf). Found %zu "
						"valid alternatives",
						n));
		}
	}
	if (f->all) {
		size_t before = w->f.n;
		bool none = true;

		for (size_t i = 0; f->all[i]; i++) {
			size_t faults = w->f.n;

			check(w, f->all[i], v, p);
			none &= w->f.n > faults;
		}
		if (w->f.n > before)
			walk_combined(w, p,
				      none ? "must validate all the schemas (allOf). None validated"
					   : "must validate all the schemas (allOf)");
	}
	if (f->no && faults_of(w, f->no, v, p) == 0)
		walk_combined(w, p, "must not validate the schema (not)");
}

/* Empty text of a built-in kind is no text, unless a row says so; whether there must be some is PV's `need`. */
static bool
is_no_text(const pv_facets *f, const pv_val *v)
{
	return v->type == PV_STRING && !v->len && !f->even;
}

static void
check_syntax(walk *w, const pv_facets *f, const pv_val *v, const path *p)
{
	for (const pv_syntax *s = is_no_text(f, v) ? NULL : f->syntax; s; s = s->next) {
		const char *why = s->wrong ? s->wrong(w->f.cx, v, s) : NULL;

		if (!s->wrong && pv_strv(v).len > (size_t)s->most)
			walk_too_long(w, p, s->most);
		if (why)
			walk_bad_value(w, p, pv_fault_text(w->f.cx->arena, v), why);
	}
}

static void
check_facets(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	const pv_facets *f = s->facets;

	if (f->enums && !(s->flags & PV_S_BUILTIN && is_no_text(f, v)))
		check_enum(w, f, v, p);
	if (v->type == PV_STRING)
		check_string(w, s, f, v, p);
	else if (v->type == PV_NUMBER)
		check_number(w, s, f, v, p);
	else if (v->type == PV_LIST || v->type == PV_OBJECT)
		check_counts(w, f, v, p);
	check_logic(w, f, v, p);
	check_syntax(w, f, v, p);
}

/* ---- objects and lists ---- */

/* Go's zero value, which upstream cannot tell from none. */
static bool
is_empty(const pv_schema *s, const pv_val *v)
{
	if (!v || v->type == PV_NULL)
		return true;
	if (v->type == PV_OBJECT)
		return !v->len && s->rest; /* a map: of another type there is one, with nothing in it */
	return v->type == PV_NUMBER ? pv_f64(v, 1) == 0 : v->type != PV_BOOL && v->len == 0;
}

static void
check_required(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	pv_val none = pv_string_ref("");

	for (size_t i = 0; s->required && s->required[i]; i++)
		if (!pv_get(v, s->required[i]))
			walk_missing(w, p, s->required[i], "");
	for (size_t i = 0; !s->required && i < s->n_props; i++) {
		const pv_prop *prop = &s->props[i];

		const pv_val *now = pv_get(v, prop->name);

		if (prop->need && is_empty(prop->schema, now))
			walk_missing(w, p, prop->name, prop->need);
		if (!now && prop->schema->facets && prop->schema->facets->even &&
		    prop->schema->type == PV_T_STRING && !(prop->flags & PV_P_POINTER)) {
			const path at = {p, prop->name, 0};

			check_facets(w, prop->schema, &none, &at);
		}
	}
}

static void
check_object(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	check_required(w, s, v, p);
	if (s->flags & PV_S_EMBEDDED)
		walk_identity(w, v, p);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);
		const path at = {p, m->key.s, 0};

		if (!prop && s->flags & PV_S_CLOSED && !(s->flags & PV_S_BUILTIN)) {
			pv_val name = pv_string_ref(m->key.s);

			walk_bad_value(w, p, pv_fault_text(w->f.cx->arena, &name),
				       pv_printf(w->f.cx->arena, "%s in body is a forbidden property",
						 walk_text(w, &at)));
			continue;
		}
		if (!prop && !s->rest)
			continue;
		check(w, prop ? prop->schema : s->rest, &m->val, &at);
	}
}

static void
check_list(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	for (size_t i = 0; s->items && i < pv_count(v); i++) {
		const path at = {p, NULL, i};

		check(w, s->items, pv_item(v, i), &at);
	}
	if (s->list != PV_LIST_ATOMIC && !(s->flags & PV_S_BUILTIN))
		walk_list(w, s, v, p);
}

/* Of built-in kinds: as Go's decoder reads it, and says what is wrong.  Not the value: a Secret's
 * errors travel far. */
static void
check_bytes(walk *w, const pv_val *v, const path *p)
{
	size_t len, wrong;

	if (!pv_base64_read(w->f.cx->arena, pv_strv(v), &len, &wrong) && walk_heard(w))
		pv_fault(&w->f, "FieldValueTypeInvalid", walk_text(w, p),
			 "Invalid value: \"%s\": illegal base64 data at input byte %zu", found(v), wrong);
}

static void
check_int32(walk *w, const pv_val *v, const path *p)
{
	int64_t i = pv_is(v, PV_NUMBER) ? pv_i64(v, INT64_MAX) : 0;

	if (i > INT32_MAX || i < INT32_MIN)
		walk_undecoded(w, p, pv_fault_text(w->f.cx->arena, v), "must be a 32-bit integer");
}

static void
check_format(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	if (v->type == PV_STRING && s->flags & PV_S_BUILTIN && pv_streq(s->format, "byte")) {
		check_bytes(w, v, p);
	} else if (v->type == PV_STRING && !pv_format_valid(s->format, pv_strv(v)) &&
		   !(s->flags & PV_S_BUILTIN && !v->len && !pv_streq(s->format, "date-time"))) {
		walk_bad_type(w, p, pv_fault_text(w->f.cx->arena, v), s->format);
	} else if (v->type == PV_NUMBER && s->flags & PV_S_BUILTIN && pv_streq(s->format, "int32")) {
		check_int32(w, v, p);
	}
}

static void
check(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	if (!s || !v || w->f.ended)
		return;
	if (++w->steps % LOOK == 0 && pv_faults_end(&w->f))
		return;
	if (v->type == PV_NULL && (s->flags & (PV_S_NULLABLE | PV_S_BUILTIN))) {
		if (!(s->flags & PV_S_BUILTIN) && s->facets && s->facets->enums)
			check_enum(w, s->facets, v, p);
		return;
	}
	if (w->depth >= WALK_DEPTH) {
		walk_bad_value(w, p, "\"\"", "nested deeper than 1000 levels");
		return;
	}
	w->depth++;
	if (s->flags & PV_S_QUANTITY) {
		check_quantity(w, v, p);
	} else if (check_type(w, s, v, p)) {
		if (s->format)
			check_format(w, s, v, p);
		if (s->flags & PV_S_INT_OR_STRING && s->flags & PV_S_BUILTIN)
			check_int32(w, v, p);
		if (v->type == PV_OBJECT)
			check_object(w, s, v, p);
		else if (v->type == PV_LIST)
			check_list(w, s, v, p);
	}
	if (s->facets)
		check_facets(w, s, v, p);
	w->depth--;
}

size_t
pv_schema_validate(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const char *under,
		   pv_vec *ret_causes)
{
	walk w = {.f = {.cx = cx, .causes = ret_causes, .quiet = !ret_causes}};
	const path root = {NULL, under ? under : "", 0};

	check(&w, schema, v, &root);
	return w.f.n;
}
