/* errors: collects OPA-shaped errors and words them as OPA does. */
#include "lang/rego/errors.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lang/rego/rego.h"

struct rg_error {
	const char *file, *code, *message;
	rg_loc loc;
	struct rg_error *next;
};

void
rg_errors_init(rg_errors *e, pv_ctx *cx)
{
	*e = (rg_errors){.cx = cx, .limit = 10};
	e->tail = &e->first;
}

static void
add(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *message)
{
	struct rg_error *x = pv_new(e->cx->arena, struct rg_error);
	x->file = file && *file ? pv_strdup(e->cx->arena, file) : NULL;
	x->code = code;
	x->message = message;
	if (loc)
		x->loc = *loc;
	*e->tail = x;
	e->tail = &x->next;
	e->n++;
}

void
rg_error_add(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
{
	va_list ap;
	if (e->limit >= 0 && e->n > e->limit)
		return;
	if (e->n == e->limit) {
		add(e, NULL, NULL, "rego_compile_error", "error limit reached");
		return;
	}
	va_start(ap, fmt);
	char *text = pv_vprintf(e->cx->arena, fmt, ap);
	va_end(ap);
	for (const struct rg_error *x = e->first; x; x = x->next)
		if (pv_streq(x->message, text) && loc && x->loc.off == loc->off && pv_streq(x->file, file))
			return;
	add(e, file, loc, code, text);
}

static void
put_error(pv_buf *b, const struct rg_error *x)
{
	if (x->file)
		pv_buf_printf(b, "%s:", x->file);
	if (x->loc.row > 0)
		pv_buf_printf(b, "%d:", x->loc.row);
	if (x->file || x->loc.row > 0)
		pv_buf_addc(b, ' ');
	pv_buf_printf(b, "%s: %s", x->code, x->message);
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
			"%s", x->message);
	return r;
}

int(rg_fail)(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
{
	rg_errors e;
	va_list ap;
	rg_errors_init(&e, cx);
	va_start(ap, fmt);
	add(&e, file, loc, code, pv_vprintf(cx->arena, fmt, ap));
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
