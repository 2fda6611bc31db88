/* bi_schema: json.match_schema, json.verify_schema, and the formats that they know. */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/rego/schema.h"

/* A pattern per format, anchored; what none describes alone is checked by hand. */
static const struct {
	const char *format, *pattern;
} formats[] = {
	{"hostname", "^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])"
		     "(\\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9]))*$"},
	{"uuid", "^(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$"},
	{"email", "^[^@\\s<>]+@[^@\\s<>]+$"},
	{"idn-email", "^[^@\\s<>]+@[^@\\s<>]+$"},
	{"uri", "^[a-zA-Z][a-zA-Z0-9+.\\-]*:[^\\s\\\\]*$"},
	{"iri", "^[a-zA-Z][a-zA-Z0-9+.\\-]*:[^\\s\\\\]*$"},
	{"uri-reference", "^[^\\s\\\\]*$"},
	{"iri-reference", "^[^\\s\\\\]*$"},
	{"uri-template", "^([^{}]*({[^{}]*}))*[^{}]*$"},
	{"json-pointer", "^(?:/(?:[^~/]|~0|~1)*)*$"},
	{"relative-json-pointer", "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$"},
};

static bool
is_clock(const char *format, pv_str text, pv_arena *arena)
{
	int64_t ns;
	if (pv_streq(format, "date"))
		text = pv_str_of(pv_printf(arena, "%.*sT00:00:00Z", (int)text.len, text.s));
	else if (pv_streq(format, "time"))
		text = pv_str_of(pv_printf(arena, "2000-01-01T%.*s", (int)text.len, text.s));
	return pv_time_parse(text, &ns);
}

bool
schema_has_format(schema *s, const char *format, const pv_val *v)
{
	uint8_t bytes[16];
	const pv_re *re;
	if (v->type != PV_STRING)
		return true;
	if (pv_streq(format, "date") || pv_streq(format, "time") || pv_streq(format, "date-time"))
		return is_clock(format, pv_strv(v), s->arena);
	if (pv_streq(format, "ipv4"))
		return inet_pton(AF_INET, v->s, bytes) == 1;
	if (pv_streq(format, "ipv6"))
		return inet_pton(AF_INET6, v->s, bytes) == 1;
	if (pv_streq(format, "regex")) {
		if (pv_re_cached(s->vm->cx, pv_strv(v), NULL, &re) == 0)
			return true;
		pv_take_error(s->vm->cx);
		return false;
	}
	for (size_t i = 0; i < PV_LEN(formats); i++)
		if (pv_streq(formats[i].format, format)) {
			if (pv_re_cached(s->vm->cx, pv_str_of(formats[i].pattern), NULL, &re) == 0)
				return pv_re_match(re, pv_strv(v)) && (v->len < 256 || *format != 'h');
			pv_take_error(s->vm->cx);
		}
	return true;
}

static int
pair(rg_vm *vm, bool yes, pv_val what, const pv_val **ret)
{
	pv_val both[] = {pv_bool(yes), what};
	return rg_ret(vm, pv_list_of(vm->arena, both, 2), ret);
}

static int
bi_match_schema(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	schema s;
	const char *fault = NULL;
	const pv_val *doc = schema_document(vm, a[0], &fault);
	if (!doc)
		return rg_builtin_error(vm, "%s", fault);
	schema_load(vm, a[1], &s);
	pv_val faults = s.fault || s.r < 0 ? pv_null() : schema_match(&s, doc);
	if (s.r < 0)
		return s.r;
	if (s.fault)
		return rg_builtin_error(vm, "%s", s.fault);
	return pair(vm, faults.len == 0, faults, ret);
}

static int
bi_verify_schema(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	schema s;
	schema_load(vm, a[0], &s);
	if (s.r < 0)
		return s.r;
	return pair(vm, s.fault == NULL,
		    s.fault ? pv_stringf(vm->arena, "jsonschema: %s", s.fault) : pv_null(), ret);
}

static const rg_builtin rows[] = {
	{"json.match_schema", "so so", bi_match_schema, 2, 0},
	{"json.verify_schema", "so", bi_verify_schema, 1, 0},
};
RG_FAMILY(schema);
