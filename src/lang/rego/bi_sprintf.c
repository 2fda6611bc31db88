/* bi_sprintf: Go's fmt.Sprintf over Rego's values: whole numbers are ints (or big
 * ints), other numbers float64, strings strings, all else its Rego text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "lang/rego/num.h"

#define WIDTH_MAX 1000000

typedef struct spec {
	bool plus, minus, sharp, space, zero;
	int width, precision; /* -1: none */
	char verb;
} spec;

typedef struct out {
	rg_vm *vm;
	pv_buf b;
	const pv_val *args;
	uint32_t n, next;
	bool reordered;
} out;

static size_t
runes(const char *s, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

static void
pad(out *o, const spec *sp, const char *s, size_t len, bool zeros)
{
	size_t have = runes(s, len), want = sp->width > 0 ? (size_t)sp->width : 0;
	size_t more = want > have ? want - have : 0;
	if (sp->minus)
		pv_buf_add(&o->b, s, len);
	if (!sp->minus && zeros && len && (*s == '-' || *s == '+')) {
		pv_buf_addc(&o->b, *s++);
		len--;
	}
	for (size_t i = 0; i < more; i++)
		pv_buf_addc(&o->b, !sp->minus && zeros ? '0' : ' ');
	if (!sp->minus)
		pv_buf_add(&o->b, s, len);
}

/* An int or a big int for Go: digits only; 1e21 and 3.0 are floats. */
static bool
is_whole(const pv_val *v)
{
	if (v->num != PV_DECIMAL)
		return v->num == PV_INT;
	return !memchr(v->s, '.', v->len) && !memchr(v->s, 'e', v->len);
}

static const char *
go_type(const pv_val *v)
{
	if (v->type != PV_NUMBER)
		return "string";
	return v->num == PV_INT ? "int64" : is_whole(v) ? "*big.Int" : "float64";
}

static void
plain(pv_buf *b, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	if (v->type == PV_STRING) {
		pv_buf_add(b, v->s, v->len);
	} else if (v->type != PV_NUMBER) {
		rg_write_term(b, v);
	} else {
		pv_str s = pv_number_text(v, room);
		pv_buf_add(b, s.s, s.len);
	}
}

static void
bad_verb(out *o, const spec *sp, const pv_val *v)
{
	pv_buf_printf(&o->b, "%%!%c(%s=", sp->verb, go_type(v));
	plain(&o->b, v);
	pv_buf_addc(&o->b, ')');
}

/* ---- strings ---- */

static void
quoted(pv_buf *b, const char *s, size_t len)
{
	static const char from[] = "\a\b\f\n\r\t\v\"\\", to[] = "abfnrtv\"\\";
	pv_buf_addc(b, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *f = c ? strchr(from, c) : NULL;
		if (f)
			pv_buf_printf(b, "\\%c", to[f - from]);
		else if (c < 0x20 || c == 0x7f)
			pv_buf_printf(b, "\\x%02x", c);
		else
			pv_buf_addc(b, (char)c);
	}
	pv_buf_addc(b, '"');
}

static void
put_string(out *o, const spec *sp, const pv_val *v, const char *s, size_t len)
{
	pv_buf b;
	if (sp->precision >= 0) {
		size_t i = 0;
		for (int n = 0; i < len && n < sp->precision; n++)
			for (i++; i < len && (s[i] & 0xc0) == 0x80;)
				i++;
		len = i;
	}
	pv_buf_init(&b, o->vm->arena);
	switch (sp->verb) {
	case 'v':
	case 's': pad(o, sp, s, len, sp->zero); break;
	case 'q':
		quoted(&b, s, len);
		pad(o, sp, b.s, b.len, sp->zero);
		break;
	case 'x':
	case 'X':
		for (size_t i = 0; i < len; i++)
			pv_buf_printf(&b, sp->verb == 'x' ? "%02x" : "%02X", (unsigned char)s[i]);
		pad(o, sp, b.len ? b.s : "", b.len, sp->zero);
		break;
	default: bad_verb(o, sp, v); break;
	}
}

/* ---- whole numbers ---- */

static void
put_rune(out *o, const spec *sp, const mpz_t z)
{
	char s[16];
	uint32_t rune = mpz_fits_uint_p(z) ? (uint32_t)mpz_get_ui(z) : 0xfffd;
	if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		rune = 0xfffd;
	if (sp->verb == 'U') {
		int n = snprintf(s, sizeof s, "U+%04X", rune);
		pad(o, sp, s, (size_t)n, false);
		return;
	}
	int n = pv_utf8_put(s + 1, rune);
	s[0] = s[n + 1] = '\'';
	if (sp->verb == 'q')
		pad(o, sp, s, (size_t)n + 2, false);
	else
		pad(o, sp, s + 1, (size_t)n, false);
}

static void
put_whole(out *o, const spec *sp, const pv_val *v, const mpz_t z)
{
	static const struct {
		char verb;
		int base;
		const char *prefix;
	} bases[] = {
		{'v', 10, ""},  {'d', 10, ""},   {'b', 2, "0b"},   {'o', 8, "0"},
		{'O', 8, "0o"}, {'x', 16, "0x"}, {'X', -16, "0X"},
	};
	pv_buf b;
	if (sp->verb == 'c' || sp->verb == 'q' || sp->verb == 'U') {
		put_rune(o, sp, z);
		return;
	}
	for (size_t i = 0; i < PV_LEN(bases); i++) {
		if (bases[i].verb != sp->verb)
			continue;
		pv_buf_init(&b, o->vm->arena);
		char *text = pv_alloc(o->vm->arena, mpz_sizeinbase(z, 2) + 3);
		mpz_get_str(text, bases[i].base, z);
		bool negative = *text == '-';
		text += negative;
		pv_buf_adds(&b, negative ? "-" : sp->plus ? "+" : sp->space ? " " : "");
		if (sp->sharp || sp->verb == 'O')
			pv_buf_adds(&b, bases[i].prefix);
		for (int k = (int)strlen(text); k < sp->precision; k++)
			pv_buf_addc(&b, '0');
		pv_buf_adds(&b, text);
		pad(o, sp, b.s, b.len, sp->zero && sp->precision < 0);
		return;
	}
	if (sp->verb == 's' && v->num != PV_INT) { /* *big.Int has a String method */
		spec as_decimal = *sp;
		as_decimal.verb = 'd';
		put_whole(o, &as_decimal, v, z);
		return;
	}
	bad_verb(o, sp, v);
}

/* ---- floats ---- */

/* Go's %g and %v without precision: the shortest text that reads back. */
static int
shortest(char *s, size_t room, double d)
{
	int digits = 1, exponent, n;
	char text[64];
	for (; digits < 17; digits++) {
		snprintf(text, sizeof text, "%.*e", digits - 1, d);
		double back;
		if (pv_parse_double(pv_str_of(text), &back) && back == d)
			break;
	}
	snprintf(text, sizeof text, "%.*e", digits - 1, d);
	int64_t e = 0;
	const char *at = strchr(text, 'e') + 1;
	(void)pv_parse_int(pv_str_of(at + (*at == '+')), &e);
	exponent = (int)e;
	if (exponent < -4 || exponent >= 6)
		n = snprintf(s, room, "%s", text);
	else
		n = snprintf(s, room, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 0, d);
	return n;
}

static void
put_float(out *o, const spec *sp, const pv_val *v)
{
	char room[512], format[16];
	double d = (double)rg_num_float(v);
	char verb = sp->verb == 'F' ? 'f' : sp->verb;
	int n;
	if (!strchr("vgGeEf", verb)) {
		bad_verb(o, sp, v);
		return;
	}
	room[0] = '+';
	char *s = room + 1;
	if ((verb == 'v' || verb == 'g') && sp->precision < 0) {
		n = shortest(s, sizeof room - 1, d);
	} else {
		int precision = sp->precision >= 0 ? (sp->precision > 100 ? 100 : sp->precision)
				: verb == 'G'      ? 17
						   : 6;
		snprintf(format, sizeof format, "%%.*%c", verb == 'v' ? 'g' : verb);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		n = snprintf(s, sizeof room - 1, format, precision, d);
#pragma GCC diagnostic pop
	}
	if (sp->plus && *s != '-') {
		s = room;
		n++;
	} else if (sp->space && *s != '-') {
		*--s = ' ';
		n++;
	}
	pad(o, sp, s, (size_t)n, sp->zero);
}

/* ---- one directive ---- */

static void
put_arg(out *o, const spec *sp, const pv_val *v)
{
	pv_buf b;
	mpz_t z;
	if (sp->verb == 'T') {
		pad(o, sp, go_type(v), strlen(go_type(v)), false);
		return;
	}
	if (v->type == PV_NUMBER && is_whole(v)) {
		rg_num_get(v, z);
		put_whole(o, sp, v, z);
		mpz_clear(z);
		return;
	}
	if (v->type == PV_NUMBER) {
		put_float(o, sp, v);
		return;
	}
	pv_buf_init(&b, o->vm->arena);
	plain(&b, v);
	put_string(o, sp, v, b.len ? b.s : "", b.len);
}

static const char *
parse_number(const char *s, const char *end, int *ret)
{
	if (s < end && *s >= '0' && *s <= '9')
		*ret = 0;
	for (; s < end && *s >= '0' && *s <= '9'; s++)
		*ret = *ret < WIDTH_MAX ? *ret * 10 + (*s - '0') : WIDTH_MAX;
	return s;
}

/* A width or precision: digits, or * from the arguments. */
static const char *
parse_size(out *o, const char *s, const char *end, int *ret)
{
	if (s == end || *s != '*')
		return parse_number(s, end, ret);
	int64_t n = o->next < o->n ? pv_i64(&o->args[o->next++], INT64_MAX) : INT64_MAX;
	if (n > WIDTH_MAX || n < -WIDTH_MAX)
		pv_buf_adds(&o->b, "%!(BADWIDTH)");
	else
		*ret = (int)n;
	return s + 1;
}

static const char *
parse_index(out *o, const char *s, const char *end)
{
	int index = -1;
	if (s == end || *s != '[')
		return s;
	const char *close = memchr(s, ']', (size_t)(end - s));
	if (!close)
		return s;
	parse_number(s + 1, close, &index);
	o->reordered = true;
	o->next = index > 0 ? (uint32_t)index - 1 : o->n;
	return close + 1;
}

static const char *
directive(out *o, const char *s, const char *end)
{
	spec sp = {.width = -1, .precision = -1};
	for (; s < end && strchr("+-# 0", *s); s++) {
		sp.plus |= *s == '+';
		sp.minus |= *s == '-';
		sp.sharp |= *s == '#';
		sp.space |= *s == ' ';
		sp.zero |= *s == '0';
	}
	s = parse_size(o, parse_index(o, s, end), end, &sp.width);
	if (sp.width < -1) {
		sp.minus = true;
		sp.width = -sp.width;
	}
	if (s < end && *s == '.') {
		sp.precision = 0;
		s = parse_size(o, parse_index(o, s + 1, end), end, &sp.precision);
	}
	s = parse_index(o, s, end);
	if (s == end) {
		pv_buf_adds(&o->b, "%!(NOVERB)");
		return s;
	}
	sp.verb = *s++;
	if (sp.verb == '%')
		pv_buf_addc(&o->b, '%');
	else if (o->next >= o->n)
		pv_buf_printf(&o->b, o->reordered ? "%%!%c(BADINDEX)" : "%%!%c(MISSING)", sp.verb);
	else
		put_arg(o, &sp, &o->args[o->next++]);
	return s;
}

static void
extra(out *o)
{
	pv_buf_adds(&o->b, "%!(EXTRA ");
	for (uint32_t i = o->next; i < o->n; i++) {
		pv_buf_printf(&o->b, "%s%s=", i > o->next ? ", " : "", go_type(&o->args[i]));
		plain(&o->b, &o->args[i]);
	}
	pv_buf_addc(&o->b, ')');
}

static int
bi_sprintf(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	out o = {.vm = vm, .args = a[1]->items, .n = a[1]->len};
	const char *s = a[0]->s, *end = s + a[0]->len;
	pv_buf_init(&o.b, vm->arena);
	pv_buf_grow(&o.b, a[0]->len + 32);
	while (s < end) {
		const char *at = memchr(s, '%', (size_t)(end - s));
		pv_buf_add(&o.b, s, (size_t)((at ? at : end) - s));
		if (!at)
			break;
		s = at + 1;
		if (rg_vm_check(vm, o.next < o.n && o.args[o.next].type == PV_STRING ? o.args[o.next].len
										     : 0) < 0)
			return -PV_EINVALID;
		if (s < end && *s == 'v' && o.next < o.n && o.args[o.next].type == PV_STRING) {
			pv_buf_add(&o.b, o.args[o.next].s, o.args[o.next].len);
			o.next++;
			s++;
			continue;
		}
		s = directive(&o, s, end);
	}
	if (!o.reordered && o.next < o.n)
		extra(&o);
	return rg_ret_buf(vm, &o.b, ret);
}

static const rg_builtin rows[] = {
	{"sprintf", "s a", bi_sprintf, 2, 0},
};
RG_FAMILY(sprintf);
