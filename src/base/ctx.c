/* A turn's context: arena and error. */
#include "base/ctx.h"

static const struct {
	const char *reason;
	int http;
} codes[PV_ECODES] = {
	[PV_EBADREQUEST] = {"BadRequest", 400},
	[PV_EUNAUTHORIZED] = {"Unauthorized", 401},
	[PV_EFORBIDDEN] = {"Forbidden", 403},
	[PV_ENOTFOUND] = {"NotFound", 404},
	[PV_EMETHOD] = {"MethodNotAllowed", 405},
	[PV_ENOTACCEPTABLE] = {"NotAcceptable", 406},
	[PV_ECONFLICT] = {"Conflict", 409},
	[PV_EEXISTS] = {"AlreadyExists", 409},
	[PV_EGONE] = {"Expired", 410},
	[PV_ETOOLARGE] = {"RequestEntityTooLarge", 413},
	[PV_EMEDIA] = {"UnsupportedMediaType", 415},
	[PV_EINVALID] = {"Invalid", 422},
	[PV_ETOOMANY] = {"TooManyRequests", 429},
	[PV_EINTERNAL] = {"InternalError", 500},
	[PV_EUNSUPPORTED] = {"NotImplemented", 501},
	[PV_EUNAVAILABLE] = {"ServiceUnavailable", 503},
	[PV_ETIMEOUT] = {"Timeout", 504},
	[PV_EUSAGE] = {"BadRequest", 400},
};

void
pv_ctx_init(pv_ctx *cx, const char *name)
{
	*cx = (pv_ctx){.arena = pv_arena_new(name)};
}

void
pv_ctx_init_small(pv_ctx *cx, const char *name)
{
	*cx = (pv_ctx){.arena = pv_arena_new_small(name)};
}

void
pv_ctx_done(pv_ctx *cx)
{
	pv_arena_free(cx->arena);
	*cx = (pv_ctx){0};
}

void
pv_ctx_reset(pv_ctx *cx)
{
	pv_arena *arena = cx->arena;

	pv_arena_reset(arena);
	*cx = (pv_ctx){.arena = arena};
}

/* A second failure on top of one that nobody handled: a defect that debug builds
 * stop at; release builds keep both texts. */
static int
set_error(pv_ctx *cx, int code, const char *message)
{
	pv_error *err;

	PV_ASSERT(code > 0 && code < PV_ECODES);
	if (cx->err != NULL) {
#ifdef PAVE_SANITIZE /* debug builds */
		pv_panic(__FILE__, __LINE__, "an error is set already (pv_wrap, pv_recover)");
#endif
		message = pv_printf(cx->arena, "%s: %s", message, cx->err->message);
	}
	err = pv_new(cx->arena, pv_error);
	err->code = code;
	err->message = message;
	err->causes_tail = &err->causes;
	cx->err = err;
	return -code;
}

int(pv_fail)(pv_ctx *cx, int code, const char *fmt, ...)
{
	va_list ap;
	char *message;

	va_start(ap, fmt);
	message = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	return set_error(cx, code, message);
}

int(pv_fail_at)(pv_ctx *cx, int code, const char *file, int line, int column, const char *fmt, ...)
{
	va_list ap;
	char *message;
	int r;

	va_start(ap, fmt);
	message = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	r = set_error(cx, code, message);
	cx->err->file = file != NULL ? pv_strdup(cx->arena, file) : NULL;
	cx->err->line = line;
	cx->err->column = column;
	return r;
}

int(pv_wrap)(pv_ctx *cx, int r, const char *fmt, ...)
{
	va_list ap;
	char *front;

	PV_ASSERT(r < 0 && cx->err != NULL);
	va_start(ap, fmt);
	front = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	cx->err->message = pv_printf(cx->arena, "%s: %s", front, cx->err->message);
	return r;
}

void
pv_add_cause(pv_ctx *cx, const char *reason, const char *field, const char *fmt, ...)
{
	pv_cause *cause;
	va_list ap;

	PV_ASSERT(cx->err != NULL);
	cause = pv_new(cx->arena, pv_cause);
	cause->reason = reason;
	cause->field = field != NULL ? pv_strdup(cx->arena, field) : NULL;
	va_start(ap, fmt);
	cause->message = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	*cx->err->causes_tail = cause;
	cx->err->causes_tail = &cause->next;
}

int
pv_checked(const pv_ctx *cx, int r)
{
#ifdef PAVE_SANITIZE /* debug builds */
	PV_ASSERT((r < 0) == (cx->err != NULL));
#else
	(void)cx;
#endif
	return r;
}

pv_error *
pv_take_error(pv_ctx *cx)
{
	pv_error *err = cx->err;

	cx->err = NULL;
	return err;
}

int
pv_recover(pv_ctx *cx)
{
	pv_error *err = pv_take_error(cx);

	return err != NULL ? err->code : 0;
}

const char *
pv_error_text(const pv_ctx *cx)
{
	const pv_error *e = cx->err;

	if (e == NULL)
		return "";
	if (e->line > 0 && e->column > 0)
		return pv_printf(cx->arena, "%s:%d:%d: %s", e->file ? e->file : "input", e->line, e->column,
				 e->message);
	if (e->line > 0)
		return pv_printf(cx->arena, "%s:%d: %s", e->file ? e->file : "input", e->line, e->message);
	if (e->file != NULL)
		return pv_printf(cx->arena, "%s: %s", e->file, e->message);
	return e->message;
}

int
pv_error_status(const pv_error *err)
{
	return err->status ? err->status : pv_code_http(err->code);
}

const char *
pv_error_reason(const pv_error *err)
{
	return err->reason ? err->reason : pv_code_reason(err->code);
}

const char *
pv_code_reason(int code)
{
	return code > 0 && code < PV_ECODES ? codes[code].reason : "Unknown";
}

int
pv_code_http(int code)
{
	return code > 0 && code < PV_ECODES ? codes[code].http : 500;
}

int
pv_code_of_http(int status)
{
	if (status == 409)
		return PV_ECONFLICT; /* AlreadyExists is told apart by the Status' reason */
	for (int i = 1; i < PV_ECODES; i++)
		if (codes[i].http == status)
			return i;
	return PV_EINTERNAL;
}
