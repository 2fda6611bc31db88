/* fmt: the format string is cut into directives; the order of the checks is that of
 * Go's doPrintf, so that wrong formats print what Go prints. */
#include "lang/go/fmt.h"

#include <string.h>

struct format {
	const char *s, *end;
	const pv_operands *ops;
	pv_buf *b;
	size_t next;
	bool reordered, good, after_index;
};

static bool
digit(const struct format *f)
{
	return f->s < f->end && *f->s >= '0' && *f->s <= '9';
}

/* Digits at s, -1 if there are none or the number is too large. */
static int
number(struct format *f)
{
	int n = -1;
	for (; digit(f); f->s++) {
		n = (n < 0 ? 0 : n * 10) + (*f->s - '0');
		if (n > PV_FMT_SIZE_MAX)
			return -1;
	}
	return n;
}

/* [3] */
static void
index_of(struct format *f)
{
	f->after_index = false;
	if (f->s == f->end || *f->s != '[')
		return;
	f->reordered = true;
	const char *close = memchr(f->s, ']', (size_t)(f->end - f->s));
	if (close == NULL) {
		f->good = false;
		f->s++;
		return;
	}
	f->s++;
	int n = number(f);
	f->after_index = f->s == close && n > 0;
	if (f->after_index && (size_t)n <= f->ops->n)
		f->next = (size_t)n - 1;
	else
		f->good = false;
	f->s = close + 1;
}

/* A `*`: the next operand says the size. */
static bool
star(struct format *f, int *ret)
{
	int64_t n = 0;
	bool whole = f->next < f->ops->n && f->ops->size(f->ops->of, f->next, &n);
	f->next += f->next < f->ops->n;
	if (!whole || n > PV_FMT_SIZE_MAX || n < -PV_FMT_SIZE_MAX)
		return false;
	*ret = (int)n;
	return true;
}

static void
width(struct format *f, pv_verb *v)
{
	if (f->s == f->end || *f->s != '*') {
		v->width = number(f);
		f->good &= !(f->after_index && v->width >= 0);
		return;
	}
	f->s++;
	f->after_index = false;
	int n = 0;
	if (!star(f, &n)) {
		pv_buf_adds(f->b, "%!(BADWIDTH)");
		return;
	}
	if (n < 0) {
		v->minus = true;
		v->zero = false;
	}
	v->width = n < 0 ? -n : n;
}

static void
precision(struct format *f, pv_verb *v)
{
	if (f->end - f->s < 2 || *f->s != '.')
		return;
	f->s++;
	f->good &= !f->after_index;
	index_of(f);
	if (f->s == f->end || *f->s != '*') {
		int n = number(f);
		v->precision = n < 0 ? 0 : n;
		return;
	}
	f->s++;
	f->after_index = false;
	if (!star(f, &v->precision) || v->precision < 0) {
		v->precision = -1;
		pv_buf_adds(f->b, "%!(BADPREC)");
	}
}

static void
flags(struct format *f, pv_verb *v)
{
	for (; f->s < f->end && strchr("+-# 0", *f->s) != NULL && *f->s; f->s++) {
		v->plus |= *f->s == '+';
		v->minus |= *f->s == '-';
		v->sharp |= *f->s == '#';
		v->space |= *f->s == ' ';
		v->zero |= *f->s == '0';
	}
}

static int
put(struct format *f, pv_verb *v)
{
	if (v->verb == 'v') {
		v->sharp_v = v->sharp;
		v->plus_v = v->plus;
		v->sharp = v->plus = false;
	}
	return f->ops->put(f->ops->of, f->next++, v, f->b);
}

static void
complain(pv_buf *b, uint32_t verb, const char *what)
{
	char rune[4];
	pv_buf_adds(b, "%!");
	pv_buf_add(b, rune, (size_t)pv_utf8_put(rune, verb));
	pv_buf_adds(b, what);
}

static int
directive(struct format *f)
{
	pv_verb v = {.width = -1, .precision = -1};
	f->good = true;
	flags(f, &v);
	index_of(f);
	width(f, &v);
	precision(f, &v);
	if (!f->after_index)
		index_of(f);
	if (f->s == f->end) {
		pv_buf_adds(f->b, "%!(NOVERB)");
		return 0;
	}
	int n = pv_utf8_step(f->s, (size_t)(f->end - f->s), &v.verb);
	if (n == 0) {
		v.verb = 0xfffd;
		n = 1;
	}
	f->s += n;
	if (v.verb == '%')
		pv_buf_addc(f->b, '%');
	else if (!f->good)
		complain(f->b, v.verb, "(BADINDEX)");
	else if (f->next >= f->ops->n)
		complain(f->b, v.verb, "(MISSING)");
	else
		return put(f, &v);
	return 0;
}

static int
extra(struct format *f)
{
	int r = 0;
	pv_buf_adds(f->b, "%!(EXTRA ");
	for (size_t i = f->next; r == 0 && i < f->ops->n; i++) {
		const char *type = f->ops->type(f->ops->of, i);
		pv_buf_adds(f->b, i > f->next ? ", " : "");
		pv_buf_adds(f->b, type ? type : "<nil>");
		if (type == NULL)
			continue;
		pv_buf_addc(f->b, '=');
		r = f->ops->put(f->ops->of, i, &(pv_verb){.width = -1, .precision = -1, .verb = 'v'}, f->b);
	}
	pv_buf_addc(f->b, ')');
	return r;
}

int
pv_fmt(pv_buf *b, pv_str format, const pv_operands *ops)
{
	struct format f = {.s = format.s, .end = format.s + format.len, .ops = ops, .b = b};
	int r = 0;
	while (r == 0 && f.s < f.end) {
		const char *at = memchr(f.s, '%', (size_t)(f.end - f.s));
		pv_buf_add(b, f.s, (size_t)((at ? at : f.end) - f.s));
		if (at == NULL)
			break;
		f.s = at + 1;
		r = directive(&f);
	}
	if (r == 0 && !f.reordered && f.next < ops->n)
		r = extra(&f);
	return r;
}
