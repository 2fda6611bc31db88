/* "%s is %d".format([a, b]): cel-go's, independent of the locale; or as servers of Kubernetes have it: what
 * lies in lists and maps is quoted, and numbers are written as people do (v2 of its library of strings). */
#include "lang/cel/func.h"
#include "lang/go/fmt.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 100
#define PRECISION 1000 /* digits, about */

static const char *
special(const run *r, double d)
{
	if (r->kubernetes && isinf(d))
		return d > 0 ? "\u221e" : "-\u221e";
	return isnan(d) ? "NaN" : isinf(d) ? (d > 0 ? "Infinity" : "-Infinity") : NULL;
}

/* ---- clauses ---- */

const char *
cel_clause_words(char clause)
{
	switch (clause) {
	case 's':
		return "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
		       "durations, and timestamps";
	case 'd': return "decimal clause can only be used on integers";
	case 'f': return "fixed-point clause can only be used on doubles";
	case 'e': return "scientific clause can only be used on doubles";
	case 'b': return "only integers and bools can be formatted as binary";
	case 'o': return "octal clause can only be used on integers";
	case 'x':
	case 'X': return "only integers, byte buffers, and strings can be formatted as hex";
	default: return NULL;
	}
}

static const char *
wrong(run *r, char clause, const val *v)
{
	return pv_printf(r->arena, "error during formatting: %s, was given %s", cel_clause_words(clause),
			 v_type_name(v));
}

const char *
cel_clause_read(pv_str format, size_t *i, int *ret_precision)
{
	bool precise = *i < format.len && format.s[*i] == '.';

	*ret_precision = precise ? 0 : 6;
	for (*i += precise; precise && *i < format.len && format.s[*i] >= '0' && format.s[*i] <= '9'; ++*i)
		if (*ret_precision < PRECISION)
			*ret_precision = *ret_precision * 10 + (format.s[*i] - '0');
	if (*i < format.len)
		return NULL;
	return precise ? "could not parse formatting clause: error while parsing precision: could not find end of "
			 "precision specifier"
		       : "unexpected end of string";
}

/* ---- %s ---- */

static const char *write_value(run *r, pv_buf *b, const val *v, unsigned depth);

typedef struct entry {
	const char *key, *value;
} entry;

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const entry *)a)->key, ((const entry *)b)->key);
}

/* Entries by the text of their keys. */
static const char *
write_map(run *r, pv_buf *b, const val *v, unsigned depth)
{
	pv_vec rows;
	pv_vec_init(&rows, r->arena, sizeof(entry));
	for (size_t i = 0; i < v->len; i++) {
		val key, value;
		pv_buf keys, values;
		pv_buf_init(&keys, r->arena);
		pv_buf_init(&values, r->arena);
		v_entry(r, v, i, &key, &value);
		const char *bad = write_value(r, &keys, &key, depth + 1);
		bad = bad ? bad : write_value(r, &values, &value, depth + 1);
		if (bad)
			return bad;
		entry row = {keys.len ? keys.s : "", values.len ? values.s : ""};
		pv_vec_push(&rows, &row);
	}
	pv_vec_sort(&rows, by_key);
	pv_buf_addc(b, '{');
	for (size_t i = 0; i < rows.len; i++) {
		const entry *row = PV_AT(entry, &rows, i);
		pv_buf_printf(b, "%s%s%s%s", i ? ", " : "", row->key, r->kubernetes ? ":" : ": ", row->value);
	}
	pv_buf_addc(b, '}');
	return NULL;
}

static const char *
write_list(run *r, pv_buf *b, const val *v, unsigned depth)
{
	const char *bad = NULL;
	pv_buf_addc(b, '[');
	for (size_t i = 0; !bad && i < v->len; i++) {
		val item = v_item(r, v, i);
		pv_buf_adds(b, i ? ", " : "");
		bad = write_value(r, b, &item, depth + 1);
	}
	pv_buf_addc(b, ']');
	return bad;
}

/* What stands in a list or map, to Kubernetes: as it would be written in CEL. */
static bool
write_quoted(run *r, pv_buf *b, const val *v)
{
	pv_str text = {v->s, v->len};
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_DOUBLE:
		if (isfinite(v->d))
			pv_buf_printf(b, "%.6f", v->d);
		else
			pv_buf_adds(b, isnan(v->d) ? "\"NaN\"" : v->d > 0 ? "\"+Inf\"" : "\"-Inf\"");
		return true;
	case PV_CEL_BYTES: pv_buf_addc(b, 'b'); break;
	case PV_CEL_STRING: break;
	case PV_CEL_DURATION: pv_buf_printf(b, "duration(\"%s\")", t_duration(r->arena, v->i)); return true;
	case PV_CEL_TIMESTAMP: pv_buf_printf(b, "timestamp(\"%s\")", t_format(r->arena, v)); return true;
	default: return false;
	}
	pv_go_quote(b, text, false);
	return true;
}

static void
write_number(run *r, pv_buf *b, double d)
{
	if (r->kubernetes)
		pv_go_float(b, d);
	else
		pv_buf_adds(b, special(r, d) ? special(r, d) : d_text(r->arena, d));
}

/* NULL, or what is wrong. */
static const char *
write_value(run *r, pv_buf *b, const val *v, unsigned depth)
{
	v_spend(r, 1 + (v->kind == PV_CEL_STRING || v->kind == PV_CEL_BYTES ? v->len / 10 : 0));
	if (r->over)
		return v_over().s;
	if (depth && r->kubernetes && write_quoted(r, b, v))
		return NULL;
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_NULL: pv_buf_adds(b, "null"); return NULL;
	case PV_CEL_BOOL: pv_buf_adds(b, v->b ? "true" : "false"); return NULL;
	case PV_CEL_INT: pv_buf_printf(b, "%lld", (long long)v->i); return NULL;
	case PV_CEL_UINT: pv_buf_printf(b, "%llu", (unsigned long long)v->u); return NULL;
	case PV_CEL_DOUBLE: write_number(r, b, v->d); return NULL;
	case PV_CEL_STRING:
	case PV_CEL_BYTES: pv_buf_add(b, v->s, v->len); return NULL;
	case PV_CEL_DURATION: pv_buf_adds(b, t_duration(r->arena, v->i)); return NULL;
	case PV_CEL_TIMESTAMP: pv_buf_adds(b, t_format(r->arena, v)); return NULL;
	case PV_CEL_TYPE: pv_buf_adds(b, v->s); return NULL;
	case PV_CEL_LIST:
		if (depth < DEPTH)
			return write_list(r, b, v, depth);
		break;
	case PV_CEL_MAP:
		if (depth < DEPTH)
			return write_map(r, b, v, depth);
		break;
	default: break;
	}
	return wrong(r, 's', v);
}

/* ---- numbers ---- */

static const char *
write_radix(pv_buf *b, const val *v, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char room[70];
	size_t at = sizeof room;
	bool negative = v->kind == PV_CEL_INT && v->i < 0;
	uint64_t u = v->kind == PV_CEL_BOOL ? v->b : negative ? 0 - v->u : v->u;
	do
		room[--at] = digits[u % base];
	while (u /= base);
	if (negative)
		room[--at] = '-';
	pv_buf_add(b, room + at, sizeof room - at);
	return NULL;
}

static const char *
write_hex(run *r, pv_buf *b, const val *v, bool upper)
{
	if (v->kind == PV_CEL_INT || v->kind == PV_CEL_UINT)
		return write_radix(b, v, 16, upper);
	if (v->kind != PV_CEL_STRING && v->kind != PV_CEL_BYTES)
		return wrong(r, 'x', v);
	for (size_t i = 0; i < v->len; i++)
		pv_buf_printf(b, upper ? "%02X" : "%02x", (unsigned char)v->s[i]);
	return NULL;
}

/* "1,234.500": digits in threes. */
static void
write_grouped(pv_buf *b, const char *digits)
{
	size_t sign = *digits == '-', whole = strcspn(digits + sign, ".");

	pv_buf_add(b, digits, sign);
	digits += sign;
	for (size_t i = 0; i < whole; i++) {
		pv_buf_adds(b, i && (whole - i) % 3 == 0 ? "," : "");
		pv_buf_addc(b, digits[i]);
	}
	pv_buf_adds(b, digits + whole);
}

/* "1.500000\u00d710\u00b3\u2070" of "1.500000e+30". */
static void
write_raised(pv_buf *b, const char *digits)
{
	static const char *const raised[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
					     "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
	size_t whole = strcspn(digits, "e");

	pv_buf_add(b, digits, whole);
	pv_buf_adds(b, digits[whole + 1] == '-' ? "\u00d710\u207b" : "\u00d710");
	for (const char *c = digits + whole + 2; *c; c++)
		pv_buf_adds(b, raised[*c - '0']);
}

static const char *
write_double(run *r, pv_buf *b, const val *v, char clause, int precision)
{
	double d = v->kind == PV_CEL_DOUBLE ? v->d : v->kind == PV_CEL_INT ? (double)v->i : (double)v->u;
	if (!v_is_number(v))
		return wrong(r, clause, v);
	if (special(r, d))
		pv_buf_adds(b, special(r, d));
	else if (r->kubernetes && clause == 'f')
		write_grouped(b, pv_printf(r->arena, "%.*f", precision, d));
	else if (r->kubernetes) /* its library takes no precision here */
		write_raised(b, pv_printf(r->arena, "%.6e", d));
	else if (clause == 'f')
		pv_buf_printf(b, "%.*f", precision, d);
	else
		pv_buf_printf(b, "%.*e", precision, d);
	return NULL;
}

static const char *
write_decimal(run *r, pv_buf *b, const val *v)
{
	if (v->kind == PV_CEL_INT || v->kind == PV_CEL_UINT || (v->kind == PV_CEL_DOUBLE && special(r, v->d)))
		return write_value(r, b, v, 0);
	return wrong(r, 'd', v);
}

static const char *
clause(run *r, pv_buf *b, char c, int precision, const val *v)
{
	bool whole = v->kind == PV_CEL_INT || v->kind == PV_CEL_UINT;
	switch (c) {
	case 's': return write_value(r, b, v, 0);
	case 'd': return write_decimal(r, b, v);
	case 'f':
	case 'e': return write_double(r, b, v, c, precision);
	case 'b':
		if (!whole && v->kind != PV_CEL_BOOL)
			return wrong(r, 'b', v);
		return write_radix(b, v, 2, false);
	case 'o': return whole ? write_radix(b, v, 8, false) : wrong(r, 'o', v);
	case 'x':
	case 'X': return write_hex(r, b, v, c == 'X');
	default:
		return pv_printf(r->arena,
				 "could not parse formatting clause: unrecognized formatting clause \"%c\"",
				 c);
	}
}

val
cel_format_string(run *r, const val *a, size_t n)
{
	size_t arg = 0;
	pv_buf b;
	(void)n;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < a[0].len; i++) {
		int precision;
		if (a[0].s[i] != '%') {
			pv_buf_addc(&b, a[0].s[i]);
			continue;
		}
		if (++i < a[0].len && a[0].s[i] == '%') {
			pv_buf_addc(&b, '%');
			continue;
		}
		const char *bad = cel_clause_read(v_strv(&a[0]), &i, &precision);
		if (bad)
			return v_error(r, "%s", bad);
		if (arg >= a[1].len)
			return v_error(r, "index %zu out of range", arg);
		val item = v_item(r, &a[1], arg++);
		bad = clause(r, &b, a[0].s[i], precision, &item);
		if (bad)
			return v_error(r, "%s", bad);
	}
	return v_str((pv_str){b.len ? b.s : "", b.len});
}
