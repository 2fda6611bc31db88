/* errors: collects OPA-shaped errors and words them as OPA does. */
#include "lang/rego/errors.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lang/rego/rego.h"

struct rg_error {
	const char *file, *code, *message;
	pv_str line; /* of an error of syntax; s NULL: none */
	size_t at;   /* bytes of it before the caret */
	rg_loc loc;
	int before; /* how many were found before */
	struct rg_error *next;
};

void
rg_errors_init(rg_errors *e, pv_ctx *cx)
{
	*e = (rg_errors){.cx = cx, .limit = 10};
	e->tail = &e->first;
}

static int
by_place(const void *a, const void *b)
{
	const struct rg_error *x = *(const struct rg_error *const *)a,
			      *y = *(const struct rg_error *const *)b;
	int r = strcmp(x->file ? x->file : "", y->file ? y->file : "");
	if (!x->loc.row || !y->loc.row) /* that there are more */
		return (x->loc.row == 0) != (y->loc.row == 0) ? (x->loc.row == 0) - (y->loc.row == 0)
							      : x->before - y->before;
	r = r ? r : (x->loc.off > y->loc.off) - (x->loc.off < y->loc.off);
	return r ? r : x->before - y->before;
}

/* By file and place, and in the order found where that is the same. */
void
rg_errors_sort(rg_errors *e)
{
	pv_vec all;
	pv_vec_init(&all, e->cx->arena, sizeof(struct rg_error *));
	for (struct rg_error *x = e->first; x; x = x->next)
		pv_vec_push(&all, &x);
	pv_vec_sort(&all, by_place);
	e->tail = &e->first;
	for (size_t i = 0; i < all.len; i++) {
		*e->tail = *PV_AT(struct rg_error *, &all, i);
		e->tail = &(*e->tail)->next;
	}
	*e->tail = NULL;
}

static struct rg_error *
add(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *message)
{
	struct rg_error *x = pv_new(e->cx->arena, struct rg_error);
	x->file = file && *file ? pv_strdup(e->cx->arena, file) : NULL;
	x->code = code;
	x->message = message;
	if (loc)
		x->loc = *loc;
	x->before = e->n;
	*e->tail = x;
	e->tail = &x->next;
	e->n++;
	return x;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* The line in which the last visible byte at or before the place stands: behind the end it is the last one. */
void
rg_error_syntax(rg_errors *e, const char *file, pv_str text, const rg_loc *loc, const char *message)
{
	struct rg_error *x = add(e, file, loc, "rego_parse_error", message);
	size_t at = loc->off < text.len ? loc->off : text.len ? text.len - 1 : 0, from, to;
	while (at > 0 && is_space(text.s[at]))
		at--;
	for (from = at; from > 0 && !ends_line(text.s[from - 1]);)
		from--;
	for (to = at; to < text.len && !ends_line(text.s[to]);)
		to++;
	x->line = (pv_str){pv_strndup(e->cx->arena, text.s + from, to - from), to - from};
	x->at = at - from;
}

void
rg_errors_move(rg_errors *from, rg_errors *to)
{
	if (!from->n)
		return;
	*to->tail = from->first;
	to->tail = from->tail;
	to->n += from->n;
	rg_errors_init(from, from->cx);
}

bool
rg_errors_full(const rg_errors *e)
{
	return e->limit >= 0 && e->n > e->limit;
}

void
rg_error_add(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
{
	va_list ap;
	if (rg_errors_full(e))
		return;
	if (e->n == e->limit) {
		(void)add(e, NULL, NULL, "rego_compile_error", "error limit reached");
		return;
	}
	va_start(ap, fmt);
	char *text = pv_vprintf(e->cx->arena, fmt, ap);
	va_end(ap);
	for (const struct rg_error *x = e->first; x; x = x->next)
		if (pv_streq(x->message, text) && loc && x->loc.off == loc->off && pv_streq(x->file, file))
			return;
	(void)add(e, file, loc, code, text);
}

void
rg_error_each(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *text)
{
	if (e->n < e->limit)
		(void)add(e, file, loc, code, text);
	else if (!rg_errors_full(e))
		(void)add(e, NULL, NULL, "rego_compile_error", "error limit reached");
}

static void
put_line(pv_buf *b, const struct rg_error *x, size_t from)
{
	if (!x->line.s)
		return;
	pv_buf_printf(b, "\n\t%.*s\n\t", (int)(x->line.len - from), x->line.s + from);
	for (size_t i = from; i < x->at; i++)
		pv_buf_addc(b, ' ');
	pv_buf_addc(b, '^');
}

static void
put_error(pv_buf *b, const struct rg_error *x)
{
	if (x->file)
		pv_buf_printf(b, "%s:", x->file);
	if (x->loc.row > 0)
		pv_buf_printf(b, "%d:", x->loc.row);
	if (!x->file && x->loc.row > 0)
		pv_buf_printf(b, "%d:", x->loc.col);
	if (x->file || x->loc.row > 0)
		pv_buf_addc(b, ' ');
	pv_buf_printf(b, "%s: %s", x->code, x->message);
	size_t tabs = 0;
	while (tabs < x->line.len && x->line.s[tabs] == '\t')
		tabs++;
	put_line(b, x, tabs);
}

/* As put_error() says it, but with all of the line. */
static const char *
cause_text(rg_errors *e, const struct rg_error *x)
{
	pv_buf b;
	pv_buf_init(&b, e->cx->arena);
	pv_buf_adds(&b, x->message);
	put_line(&b, x, 0);
	return b.s;
}

int
rg_errors_end(rg_errors *e)
{
	pv_buf b;
	if (e->n == 0)
		return 0;
	pv_buf_init(&b, e->cx->arena);
	pv_buf_printf(&b, e->n == 1 ? "1 error occurred: " : "%d errors occurred:\n", e->n);
	for (const struct rg_error *x = e->first; x; x = x->next) {
		put_error(&b, x);
		if (x->next)
			pv_buf_addc(&b, '\n');
	}
	const struct rg_error *f = e->first;
	int r = pv_fail_at(e->cx, PV_EINVALID, f->file, f->loc.row, f->loc.col, "%s", b.s);
	for (const struct rg_error *x = e->first; x; x = x->next)
		pv_add_cause(
			e->cx, x->code,
			pv_printf(e->cx->arena, "%s:%d:%d", x->file ? x->file : "", x->loc.row, x->loc.col),
			"%s", cause_text(e, x));
	return r;
}

int(rg_fail)(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
{
	rg_errors e;
	va_list ap;
	rg_errors_init(&e, cx);
	va_start(ap, fmt);
	(void)add(&e, file, loc, code, pv_vprintf(cx->arena, fmt, ap));
	va_end(ap);
	return rg_errors_end(&e);
}

int
rg_fail_eval(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *text)
{
	pv_buf b;
	struct rg_error x = {.file = file && *file ? file : NULL, .code = code, .message = text};
	if (loc)
		x.loc = *loc;
	pv_buf_init(&b, cx->arena);
	put_error(&b, &x);
	int r = pv_fail_at(cx, PV_EINVALID, x.file, x.loc.row, x.loc.col, "%s", b.s);
	pv_add_cause(cx, code, pv_printf(cx->arena, "%s:%d:%d", x.file ? x.file : "", x.loc.row, x.loc.col),
		     "%s", text);
	return r;
}

const char *
pv_rego_error_code(const pv_ctx *cx)
{
	return cx->err && cx->err->causes ? cx->err->causes->reason : NULL;
}
