/* "%s is %d".format([a, b]): cel-go's, independent of the locale. */
#include "lang/cel/func.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 100

static const char *
special(double d)
{
	return isnan(d) ? "NaN" : isinf(d) ? (d > 0 ? "Infinity" : "-Infinity") : NULL;
}

/* ---- %s ---- */

static const char *write_value(run *r, pv_buf *b, const val *v, unsigned depth);

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const pv_str *)a)->s, ((const pv_str *)b)->s);
}

/* Entries by the text of their keys. */
static const char *
write_map(run *r, pv_buf *b, const val *v, unsigned depth)
{
	pv_vec rows;
	pv_vec_init(&rows, r->arena, sizeof(pv_str));
	for (size_t i = 0; i < v->len; i++) {
		val key, value;
		pv_buf text;
		pv_buf_init(&text, r->arena);
		v_entry(r, v, i, &key, &value);
		const char *bad = write_value(r, &text, &key, depth + 1);
		pv_buf_adds(&text, ": ");
		bad = bad ? bad : write_value(r, &text, &value, depth + 1);
		if (bad)
			return bad;
		pv_str row = {text.s, text.len};
		pv_vec_push(&rows, &row);
	}
	pv_vec_sort(&rows, by_text);
	pv_buf_addc(b, '{');
	for (size_t i = 0; i < rows.len; i++) {
		pv_str row = *PV_AT(pv_str, &rows, i);
		pv_buf_adds(b, i ? ", " : "");
		pv_buf_add(b, row.s, row.len);
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

/* NULL, or what is wrong. */
static const char *
write_value(run *r, pv_buf *b, const val *v, unsigned depth)
{
	v_spend(r, 1 + (v->kind == PV_CEL_STRING || v->kind == PV_CEL_BYTES ? v->len / 10 : 0));
	if (r->over)
		return v_over().s;
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_NULL: pv_buf_adds(b, "null"); return NULL;
	case PV_CEL_BOOL: pv_buf_adds(b, v->b ? "true" : "false"); return NULL;
	case PV_CEL_INT: pv_buf_printf(b, "%lld", (long long)v->i); return NULL;
	case PV_CEL_UINT: pv_buf_printf(b, "%llu", (unsigned long long)v->u); return NULL;
	case PV_CEL_DOUBLE:
		pv_buf_adds(b, special(v->d) ? special(v->d) : d_text(r->arena, v->d));
		return NULL;
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
	return pv_printf(
		r->arena,
		"error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, "
		"maps, lists, types, durations, and timestamps, was given %s",
		v_type_name(v));
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

static const char *
write_double(run *r, pv_buf *b, const val *v, char clause, int precision)
{
	double d = v->kind == PV_CEL_DOUBLE ? v->d : v->kind == PV_CEL_INT ? (double)v->i : (double)v->u;
	if (!v_is_number(v))
		return wrong(r, clause, v);
	if (special(d))
		pv_buf_adds(b, special(d));
	else if (clause == 'f')
		pv_buf_printf(b, "%.*f", precision, d);
	else
		pv_buf_printf(b, "%.*e", precision, d);
	return NULL;
}

static const char *
write_decimal(run *r, pv_buf *b, const val *v)
{
	if (v->kind == PV_CEL_INT || v->kind == PV_CEL_UINT || (v->kind == PV_CEL_DOUBLE && special(v->d)))
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
		int precision = 6;
		if (a[0].s[i] != '%') {
			pv_buf_addc(&b, a[0].s[i]);
			continue;
		}
		if (++i < a[0].len && a[0].s[i] == '%') {
			pv_buf_addc(&b, '%');
			continue;
		}
		if (i < a[0].len && a[0].s[i] == '.')
			for (precision = 0, i++;
			     i < a[0].len && a[0].s[i] >= '0' && a[0].s[i] <= '9' && precision < 1000; i++)
				precision = precision * 10 + (a[0].s[i] - '0');
		if (i >= a[0].len)
			return v_error(r, "could not parse formatting clause: unexpected end of string");
		if (arg >= a[1].len)
			return v_error(r, "index %zu out of range", arg);
		val item = v_item(r, &a[1], arg++);
		const char *bad = clause(r, &b, a[0].s[i], precision, &item);
		if (bad)
			return v_error(r, "%s", bad);
	}
	return v_str((pv_str){b.len ? b.s : "", b.len});
}
