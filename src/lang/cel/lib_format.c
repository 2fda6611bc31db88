/* Kubernetes' named formats: format.dns1123Label().validate(text) is what is wrong
 * with the text, or none. */
#include "base/regex.h"
#include "base/time.h"
#include "lang/cel/func.h"
#include <string.h>

#define LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN LABEL "(\\." LABEL ")*"
#define LABEL1035 "[a-z]([-a-z0-9]*[a-z0-9])?"
#define NAME "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

typedef struct format {
	const char *name, *pattern,
		*message; /* message: in apimachinery's words, behind the examples the pattern */
	size_t max;
	bool prefix; /* a trailing dash is fine: more is added */
	const char *(*check)(run *r, pv_str s);
} format;

static const char *check_uri(run *r, pv_str s);
static const char *check_byte(run *r, pv_str s);
static const char *check_date(run *r, pv_str s);
static const char *check_datetime(run *r, pv_str s);
static const char *check_qualified(run *r, pv_str s);

static const char of_label[] =
	"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
	"with an alphanumeric character (e.g. 'my-name',  or '123-abc'";
static const char of_subdomain[] =
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
	"start and end with an alphanumeric character (e.g. 'example.com'";
static const char of_1035[] =
	"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
	"and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123'";
static const char of_value[] =
	"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
	"and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345'";

static const format formats[] = {
	{"dns1123Label", LABEL, of_label, 63, false, NULL},
	{"dns1123Subdomain", SUBDOMAIN, of_subdomain, 253, false, NULL},
	{"dns1035Label", LABEL1035, of_1035, 63, false, NULL},
	{"dns1123LabelPrefix", LABEL, of_label, 63, true, NULL},
	{"dns1123SubdomainPrefix", SUBDOMAIN, of_subdomain, 253, true, NULL},
	{"dns1035LabelPrefix", LABEL1035, of_1035, 63, true, NULL},
	{"labelValue", "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", of_value, 63, false, NULL},
	{"qualifiedName", NULL, NULL, 0, false, check_qualified},
	{"uri", NULL, NULL, 0, false, check_uri},
	{"uuid", "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", NULL, 0, false,
	 NULL},
	{"byte", NULL, NULL, 0, false, check_byte},
	{"date", NULL, NULL, 0, false, check_date},
	{"datetime", NULL, NULL, 0, false, check_datetime},
};

static bool
matches(run *r, const char *pattern, pv_str s)
{
	const pv_re *re;
	if (pv_re_cached(r->cx, pv_str_of(pattern), &r->regex, &re) == 0)
		return pv_re_match_whole(re, s);
	pv_recover(r->cx);
	return false;
}

static void
say(pv_vec *out, const char *text)
{
	val v = v_text(text);
	pv_vec_push(out, &v);
}

static void
by_pattern(run *r, const format *f, pv_str s, pv_vec *out)
{
	if (f->prefix && s.len > 1 && s.s[s.len - 1] == '-')
		s.len--;
	if (f->max && s.len > f->max)
		say(out, pv_printf(r->arena, "must be no more than %zu characters", f->max));
	if (matches(r, f->pattern, s))
		return;
	say(out,
	    f->message ? pv_printf(r->arena, "%s, regex used for validation is '%s')", f->message, f->pattern)
		       : "does not match the UUID format");
}

static const char *
check_qualified(run *r, pv_str s)
{
	const char *slash = s.len ? memchr(s.s, '/', s.len) : NULL;
	pv_str name = s;
	if (slash) {
		pv_str prefix = {s.s, (size_t)(slash - s.s)};
		name = (pv_str){slash + 1, s.len - prefix.len - 1};
		if (!prefix.len)
			return "prefix part must be non-empty";
		if (prefix.len > 253 || !matches(r, SUBDOMAIN, prefix))
			return pv_printf(r->arena, "prefix part %s, regex used for validation is '%s')",
					 of_subdomain, SUBDOMAIN);
	}
	if (!name.len)
		return "name part must be non-empty";
	if (name.len > 63)
		return "name part must be no more than 63 characters";
	if (!matches(r, NAME, name))
		return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
		       "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" NAME
		       "')";
	return NULL;
}

static const char *
check_uri(run *r, pv_str s)
{
	val v = v_str(s), ok = cel_fn_find(PV_STR("isURL"), NULL)->run(r, &v, 1);
	return ok.b ? NULL : "invalid URI for request";
}

static const char *
check_byte(run *r, pv_str s)
{
	size_t len;
	return pv_unbase64(r->arena, s, false, &len) ? NULL : "invalid base64";
}

static const char *
check_date(run *r, pv_str s)
{
	val t;
	return s.len == 10 && t_parse(pv_str_of(pv_printf(r->arena, "%.10sT00:00:00Z", s.s)), &t)
		       ? NULL
		       : "invalid date";
}

static const char *
check_datetime(run *r, pv_str s)
{
	val t;
	(void)r;
	return t_parse(s, &t) ? NULL : "invalid datetime";
}

static val
named(run *r, const val *a, size_t n)
{
	(void)n;
	for (size_t i = 0; i < PV_LEN(formats); i++)
		if (pv_str_is(v_strv(&a[0]), formats[i].name))
			return v_optional(r, v_opaque(O_FORMAT, &formats[i]));
	return v_none();
}

static val
validate(run *r, const val *a, size_t n)
{
	const format *f = a[0].p;
	pv_vec out;
	(void)n;
	pv_vec_init(&out, r->arena, sizeof(val));
	if (f->pattern)
		by_pattern(r, f, v_strv(&a[1]), &out);
	const char *bad = f->check ? f->check(r, v_strv(&a[1])) : NULL;
	if (bad)
		say(&out, bad);
	return out.len ? v_optional(r, v_list_of(r, &out)) : v_none();
}

bool
cel_is_format(run *r, const char *name, pv_str text)
{
	val called = v_text(name), found = named(r, &called, 1), a[] = {{0}, v_str(text)};
	if (!found.items)
		return false;
	a[0] = *found.items;
	return !validate(r, a, 2).items;
}

#define NAMED(fn, i) \
	static val fn(run *r, const val *a, size_t n) \
	{ \
		(void)r; \
		(void)a; \
		(void)n; \
		return v_opaque(O_FORMAT, &formats[i]); \
	}
NAMED(f0, 0)
NAMED(f1, 1)
NAMED(f2, 2)
NAMED(f3, 3)
NAMED(f4, 4)
NAMED(f5, 5)
NAMED(f6, 6)
NAMED(f7, 7)
NAMED(f8, 8)
NAMED(f9, 9)
NAMED(f10, 10)
NAMED(f11, 11)
NAMED(f12, 12)

const cel_fn cel_format[] = {
	{"format.named", "s:?F", named, COST_ONE},
	{"validate", "F.s:?[s]", validate, COST_FIRST},
	{"format.dns1123Label", ":F", f0, COST_ONE},
	{"format.dns1123Subdomain", ":F", f1, COST_ONE},
	{"format.dns1035Label", ":F", f2, COST_ONE},
	{"format.dns1123LabelPrefix", ":F", f3, COST_ONE},
	{"format.dns1123SubdomainPrefix", ":F", f4, COST_ONE},
	{"format.dns1035LabelPrefix", ":F", f5, COST_ONE},
	{"format.labelValue", ":F", f6, COST_ONE},
	{"format.qualifiedName", ":F", f7, COST_ONE},
	{"format.uri", ":F", f8, COST_ONE},
	{"format.uuid", ":F", f9, COST_ONE},
	{"format.byte", ":F", f10, COST_ONE},
	{"format.date", ":F", f11, COST_ONE},
	{"format.datetime", ":F", f12, COST_ONE},
	{0},
};
