/* schema: one schema against one value: types, numbers, texts, references, combinations. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/utf8.h"
#include "lang/go/fmt.h"
#include "lang/jsonschema/impl.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"

#define DEPTH 200               /* of schemas within schemas, references followed */
#define STEPS UINT64_C(2000000) /* schemas looked at */

/* ---- faults ---- */

fault *
fault_new(validator *v, const char *at, const char *fmt, ...)
{
	fault *f = pv_new(v->cx->arena, fault);
	va_list ap;
	va_start(ap, fmt);
	f->at = at;
	f->what = pv_vprintf(v->cx->arena, fmt, ap);
	va_end(ap);
	pv_vec_init(&f->causes, v->cx->arena, sizeof(fault *));
	return f;
}

void
fault_add(pv_vec *faults, fault *f)
{
	if (f != NULL)
		pv_vec_push(faults, &f);
}

fault *
fault_of(validator *v, const char *at, const pv_vec *faults)
{
	if (faults->len == 0)
		return NULL;
	if (faults->len == 1)
		return *PV_AT(fault *, faults, 0);
	fault *f = fault_new(v, at, "validation failed");
	f->causes = *faults;
	return f;
}

const char *
fault_quote(validator *v, pv_str s)
{
	pv_buf b;
	pv_buf_init(&b, v->cx->arena);
	pv_go_quote(&b, s, false);
	pv_buf out;
	pv_buf_init(&out, v->cx->arena);
	pv_buf_addc(&out, '\'');
	for (size_t i = 1; i + 1 < b.len; i++) {
		if (b.s[i] == '\\' && b.s[i + 1] == '"')
			continue;
		if (b.s[i] == '\'')
			pv_buf_addc(&out, '\\');
		pv_buf_addc(&out, b.s[i]);
	}
	pv_buf_addc(&out, '\'');
	return out.s;
}

/* As Go prints it for English: 1,000.5, and 1.5\xc3\x9710\xe2\x81\xb0\xe2\x81\xb6 from a million on. */
const char *
fault_number(validator *v, double d)
{
	static const char *const raised[] = {"\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",
					     "\xe2\x81\xb4", "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7",
					     "\xe2\x81\xb8", "\xe2\x81\xb9"};
	pv_buf b, out;
	pv_buf_init(&b, v->cx->arena);
	pv_buf_init(&out, v->cx->arena);
	pv_go_float(&b, d);
	size_t whole = strcspn(b.s, ".e"), first = *b.s == '-';
	for (size_t i = 0; i < b.len; i++) {
		if (b.s[i] == 'e') {
			pv_buf_adds(&out, "\xc3\x97"
					  "10");
			for (const char *p = b.s + i + 1; *p; p++)
				pv_buf_adds(&out, *p == '-'   ? "\xe2\x81\xbb"
						  : *p == '+' ? ""
							      : raised[*p - '0']);
			break;
		}
		if (i > first && i < whole && (whole - i) % 3 == 0)
			pv_buf_addc(&out, ',');
		pv_buf_addc(&out, b.s[i]);
	}
	return out.s;
}

const char *
schema_below(validator *v, const char *at, pv_str name)
{
	pv_buf b;
	pv_buf_init(&b, v->cx->arena);
	pv_buf_adds(&b, at);
	pv_buf_addc(&b, '/');
	pv_pointer_escape(&b, name);
	return b.s;
}

static void
display(pv_buf *b, const fault *f, unsigned indent)
{
	if (!f->reference || f->causes.len != 1) {
		if (b->len > 0)
			pv_buf_addc(b, '\n');
		for (unsigned i = 0; i < indent; i++)
			pv_buf_adds(b, "  ");
		pv_buf_printf(b, "- at '%s': %s", f->at, f->what);
		indent++;
	}
	for (size_t i = 0; i < f->causes.len; i++)
		display(b, *PV_AT(fault *, &f->causes, i), indent);
}

/* ---- numbers and texts ---- */

static const char *
type_of(const pv_val *value)
{
	return pv_type_name(value);
}

static bool
is_type(const pv_val *value, pv_str type)
{
	double d = pv_f64(value, 0.5);
	if (pv_str_is(type, "integer"))
		return value->type == PV_NUMBER && trunc(d) == d;
	return pv_str_is(type, type_of(value));
}

static fault *
check_type(validator *v, const pv_val *want, const pv_val *value, const char *at)
{
	static const char *const types[] = {"null",   "boolean", "number", "integer",
					    "string", "array",   "object"};
	pv_buf b;
	size_t n = want->type == PV_LIST ? want->len : 1;
	pv_buf_init(&b, v->cx->arena);
	for (size_t k = 0; k < PV_LEN(types); k++)
		for (size_t i = 0; i < n; i++) {
			const pv_val *one = want->type == PV_LIST ? &want->items[i] : want;
			if (!pv_str_is(pv_strv(one), types[k]))
				continue;
			if (is_type(value, pv_strv(one)))
				return NULL;
			pv_buf_printf(&b, "%s%s", b.len ? " or " : "", types[k]);
		}
	return b.len ? fault_new(v, at, "got %s, want %s", type_of(value), b.s) : NULL;
}

static const char *
shown(validator *v, const pv_val *value)
{
	if (value->type == PV_STRING)
		return fault_quote(v, pv_strv(value));
	return value->type == PV_NULL ? "<nil>" : pv_json_text(v->cx->arena, value);
}

static fault *
check_enum(validator *v, const pv_val *list, const pv_val *value, const char *at)
{
	pv_buf b;
	bool plain = true;
	pv_buf_init(&b, v->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		if (pv_eq(one, value))
			return NULL;
		plain = plain && one->type != PV_LIST && one->type != PV_OBJECT;
		pv_buf_printf(&b, "%s%s", i ? ", " : "", shown(v, one));
	}
	if (!plain || b.len == 0)
		return fault_new(v, at, "'enum' failed");
	return fault_new(v, at, pv_count(list) == 1 ? "value must be %s" : "value must be one of %s", b.s);
}

static void
limit(validator *v, const char *name, bool broken, double got, double want, const char *at, pv_vec *faults)
{
	if (broken)
		fault_add(faults, fault_new(v, at, "%s: got %s, want %s", name, fault_number(v, got),
					    fault_number(v, want)));
}

static void
check_number(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *min = pv_get(s, "minimum"), *max = pv_get(s, "maximum"),
		     *above = pv_get(s, "exclusiveMinimum"), *under = pv_get(s, "exclusiveMaximum"),
		     *of = pv_get(s, "multipleOf");
	double d = pv_f64(value, 0);
	if (pv_truth(above, false)) { /* draft 4: a switch */
		above = min;
		min = NULL;
	}
	if (pv_truth(under, false)) {
		under = max;
		max = NULL;
	}
	if (pv_is(min, PV_NUMBER))
		limit(v, "minimum", pv_cmp(value, min) < 0, d, pv_f64(min, 0), at, faults);
	if (pv_is(max, PV_NUMBER))
		limit(v, "maximum", pv_cmp(value, max) > 0, d, pv_f64(max, 0), at, faults);
	if (pv_is(above, PV_NUMBER))
		limit(v, "exclusiveMinimum", pv_cmp(value, above) <= 0, d, pv_f64(above, 0), at, faults);
	if (pv_is(under, PV_NUMBER))
		limit(v, "exclusiveMaximum", pv_cmp(value, under) >= 0, d, pv_f64(under, 0), at, faults);
	if (pv_is(of, PV_NUMBER) && pv_f64(of, 0) > 0) {
		double q = d / pv_f64(of, 1);
		limit(v, "multipleOf", fabs(q - round(q)) > 1e-9 * fmax(1, fabs(q)), d, pv_f64(of, 0), at,
		      faults);
	}
}

bool
schema_matches(validator *v, const pv_val *pattern, pv_str text)
{
	const pv_re *re;
	if (v->failed < 0)
		return true;
	if (pv_re_cached(v->cx, pv_strv(pattern), NULL, &re) < 0) {
		v->failed = -PV_EINVALID;
		return true;
	}
	return pv_re_match(re, text);
}

static void
check_text(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *min = pv_get(s, "minLength"), *max = pv_get(s, "maxLength"),
		     *pattern = pv_get(s, "pattern");
	double runes = (double)pv_utf8_count(pv_strv(value));
	if (min)
		limit(v, "minLength", runes < pv_f64(min, 0), runes, pv_f64(min, 0), at, faults);
	if (max)
		limit(v, "maxLength", runes > pv_f64(max, runes), runes, pv_f64(max, 0), at, faults);
	if (pv_is(pattern, PV_STRING) && !schema_matches(v, pattern, pv_strv(value)))
		fault_add(faults,
			  fault_new(v, at, "%s does not match pattern %s", fault_quote(v, pv_strv(value)),
				    fault_quote(v, pv_strv(pattern))));
	schema_format(v, pv_text_at(s, "format", ""), value, at, faults);
}

/* ---- references ---- */

static const pv_val *
pointed(validator *v, const char *pointer)
{
	const pv_val *at = v->root;
	const char *plain = pv_percent_decode(v->cx->arena, pointer);
	pv_str rest = pv_str_of(plain ? plain : pointer), one;
	while (at != NULL && pv_str_next(&rest, '/', &one)) {
		pv_buf b;
		int64_t i;
		pv_buf_init(&b, v->cx->arena);
		for (size_t k = 0; k < one.len; k++) {
			bool escape = one.s[k] == '~' && k + 1 < one.len;
			pv_buf_addc(&b, escape ? (one.s[k + 1] == '1' ? '/' : '~') : one.s[k]);
			k += escape;
		}
		if (at->type == PV_LIST)
			at = pv_parse_int(one, &i) && i >= 0 ? pv_item(at, (size_t)i) : NULL;
		else
			at = pv_getn(at, b.len ? b.s : "", b.len);
	}
	return at;
}

/* The schema with this $anchor or $id, below. */
static const pv_val *
named(const pv_val *at, const char *name, int depth)
{
	const pv_val *found = NULL;
	if (depth > 20)
		return NULL;
	if (pv_is(at, PV_OBJECT)) {
		const char *id = pv_text_at(at, "$id", "");
		if (pv_streq(pv_text_at(at, "$anchor", ""), name) || (*id == '#' && pv_streq(id + 1, name)))
			return at;
		for (uint32_t i = 0; found == NULL && i < at->len; i++)
			found = named(&at->members[i].val, name, depth + 1);
	}
	for (uint32_t i = 0; found == NULL && pv_is(at, PV_LIST) && i < at->len; i++)
		found = named(&at->items[i], name, depth + 1);
	return found;
}

static const pv_val *
resolve(validator *v, const char *ref)
{
	const pv_val *to;
	if (*ref != '#') {
		const char *id = pv_text_at(v->root, "$id", "");
		size_t n = strlen(id);
		if (n == 0 || strncmp(ref, id, n) != 0) {
			if (v->failed == 0)
				v->failed = pv_fail(
					v->cx, PV_EUNSUPPORTED,
					"$ref \"%.200s\" is not supported: expected one within the schema",
					ref);
			return NULL;
		}
		ref += n;
	}
	ref += *ref == '#';
	to = *ref == '\0' ? v->root : *ref == '/' ? pointed(v, ref + 1) : named(v->root, ref, 0);
	if (to == NULL && v->failed == 0)
		v->failed = pv_fail(v->cx, PV_EINVALID, "$ref \"#%.200s\" leads nowhere in the schema", ref);
	return to;
}

static fault *
check_ref(validator *v, const pv_val *ref, const pv_val *value, const char *at)
{
	const pv_val *to = resolve(v, pv_text(ref, ""));
	fault *cause = to ? schema_check(v, to, value, at) : NULL, *f;
	if (cause == NULL)
		return NULL;
	f = fault_new(v, at, "validation failed");
	f->reference = true;
	fault_add(&f->causes, cause);
	return f;
}

/* ---- combinations ---- */

static void
check_any(validator *v, const pv_val *list, const char *name, bool one, const pv_val *value, const char *at,
	  pv_vec *faults)
{
	size_t matched = 0, which[2] = {0};
	fault *f = fault_new(v, at, one ? "'%s' failed, none matched" : "'%s' failed", name);
	for (size_t i = 0; i < pv_count(list); i++) {
		fault *cause = schema_check(v, pv_item(list, i), value, at);
		if (cause == NULL && matched < 2)
			which[matched] = i;
		matched += cause == NULL;
		fault_add(&f->causes, cause);
	}
	if (matched == 0)
		fault_add(faults, f);
	else if (one && matched > 1)
		fault_add(faults, fault_new(v, at, "'oneOf' failed, subschemas %zu, %zu matched", which[0],
					    which[1]));
}

static void
check_all(validator *v, const pv_val *list, const pv_val *value, const char *at, pv_vec *faults)
{
	fault *f = fault_new(v, at, "'allOf' failed");
	for (size_t i = 0; i < pv_count(list); i++)
		fault_add(&f->causes, schema_check(v, pv_item(list, i), value, at));
	if (f->causes.len > 0)
		fault_add(faults, f);
}

static void
check_conditions(validator *v, const pv_val *s, const pv_val *value, const char *at, pv_vec *faults)
{
	const pv_val *k = pv_get(s, "not");
	if (k && schema_check(v, k, value, at) == NULL)
		fault_add(faults, fault_new(v, at, "'not' failed"));
	if ((k = pv_get(s, "allOf")) != NULL)
		check_all(v, k, value, at, faults);
	if ((k = pv_get(s, "anyOf")) != NULL)
		check_any(v, k, "anyOf", false, value, at, faults);
	if ((k = pv_get(s, "oneOf")) != NULL)
		check_any(v, k, "oneOf", true, value, at, faults);
	k = v->draft >= 7 ? pv_get(s, "if") : NULL;
	if (k != NULL) {
		k = pv_get(s, schema_check(v, k, value, at) == NULL ? "then" : "else");
		if (k != NULL)
			fault_add(faults, schema_check(v, k, value, at));
	}
}

static fault *
check_keywords(validator *v, const pv_val *s, const pv_val *value, const char *at)
{
	const pv_val *ref = pv_get(s, "$ref"), *k;
	fault *f = NULL;
	pv_vec faults;
	if (ref != NULL && v->draft < 2019)
		return check_ref(v, ref, value, at);
	if ((k = pv_get(s, "type")) != NULL && (f = check_type(v, k, value, at)) != NULL)
		return f;
	k = v->draft > 4 ? pv_get(s, "const") : NULL;
	if (k != NULL && !pv_eq(k, value))
		return k->type == PV_LIST || k->type == PV_OBJECT
			       ? fault_new(v, at, "'const' failed")
			       : fault_new(v, at, "value must be %s", shown(v, k));
	if ((k = pv_get(s, "enum")) != NULL && (f = check_enum(v, k, value, at)) != NULL)
		return f;
	pv_vec_init(&faults, v->cx->arena, sizeof(fault *));
	if (ref != NULL)
		fault_add(&faults, check_ref(v, ref, value, at));
	if (value->type == PV_OBJECT)
		schema_object(v, s, value, at, &faults);
	else if (value->type == PV_LIST)
		schema_array(v, s, value, at, &faults);
	else if (value->type == PV_STRING)
		check_text(v, s, value, at, &faults);
	else if (value->type == PV_NUMBER)
		check_number(v, s, value, at, &faults);
	check_conditions(v, s, value, at, &faults);
	return fault_of(v, at, &faults);
}

fault *
schema_check(validator *v, const pv_val *schema, const pv_val *value, const char *at)
{
	fault *f;
	if (v->failed < 0)
		return NULL;
	if (v->depth >= DEPTH || v->steps == 0) {
		v->failed = pv_fail(v->cx, PV_ETOOLARGE,
				    "the schema needs more than %d levels or %llu steps for these values",
				    DEPTH, (unsigned long long)STEPS);
		return NULL;
	}
	v->steps--;
	if (schema->type == PV_BOOL)
		return schema->b ? NULL : fault_new(v, at, "false schema");
	if (schema->type != PV_OBJECT)
		return NULL;
	v->depth++;
	f = check_keywords(v, schema, value, at);
	v->depth--;
	return f;
}

static int
draft_of(const pv_val *schema)
{
	const char *s = pv_text_at(schema, "$schema", "");
	return strstr(s, "draft-04")   ? 4
	       : strstr(s, "draft-06") ? 6
	       : strstr(s, "draft-07") ? 7
	       : strstr(s, "2019-09")  ? 2019
				       : 2020;
}

int
pv_schema_faults(pv_ctx *cx, const pv_val *schema, const pv_val *value, const char **ret_faults)
{
	validator v = {.cx = cx, .root = schema, .draft = draft_of(schema), .steps = STEPS};
	fault *f = schema_sound(&v) < 0 ? NULL : schema_check(&v, schema, value, "");
	pv_buf b;
	*ret_faults = NULL;
	if (v.failed < 0)
		return v.failed;
	if (f == NULL)
		return 0;
	pv_buf_init(&b, cx->arena);
	bool group = pv_streq(f->what, "validation failed") && !f->reference;
	for (size_t i = 0; group && i < f->causes.len; i++)
		display(&b, *PV_AT(fault *, &f->causes, i), 0);
	if (!group)
		display(&b, f, 0);
	*ret_faults = b.s;
	return 0;
}
