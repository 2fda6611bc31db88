/* Fields that nobody knows, and keys that are there twice: what is said of them. */
#include "core/resource/impl.h"

const char *
pv_resource_near(pv_ctx *cx, const pv_resource *res, const char *path)
{
	return res->schema ? pv_schema_near(cx->arena, res->schema, res->meta, path) : NULL;
}

static void
add(pv_buf *text, const char *what, const pv_vec *fields)
{
	for (size_t i = 0; fields && i < fields->len; i++)
		pv_buf_printf(text, "%s%s field \"%s\"", text->len ? ", " : "", what,
			      *PV_AT(const char *, fields, i));
}

static void
add_causes(pv_ctx *cx, const pv_resource *res, const pv_vec *unknown, const pv_vec *twice)
{
	for (size_t i = 0; unknown && i < unknown->len; i++) {
		const char *path = *PV_AT(const char *, unknown, i), *near = pv_resource_near(cx, res, path);

		if (near)
			pv_add_cause(cx, "FieldValueInvalid", path, "unknown field; did you mean \"%s\"?",
				     near);
		else
			pv_add_cause(cx, "FieldValueInvalid", path, "unknown field");
	}
	for (size_t i = 0; twice && i < twice->len; i++)
		pv_add_cause(cx, "FieldValueDuplicate", *PV_AT(const char *, twice, i), "duplicate field");
}

const char *
pv_resource_hint(pv_ctx *cx, const pv_resource *res, const pv_vec *unknown)
{
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; unknown && i < unknown->len; i++) {
		const char *near = pv_resource_near(cx, res, *PV_AT(const char *, unknown, i));

		if (near)
			pv_buf_printf(&text, "%s\"%s\"", text.len ? ", " : "; did you mean ", near);
	}
	pv_buf_adds(&text, text.len ? "?" : "");
	return text.s;
}

int
pv_resource_strict(pv_ctx *cx, const pv_resource *res, const char *front, const pv_vec *unknown,
		   const pv_vec *twice)
{
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	add(&text, "unknown", unknown);
	add(&text, "duplicate", twice);
	(void)pv_fail(cx, PV_EBADREQUEST, "%sstrict decoding error: %s%s", front, text.s,
		      pv_resource_hint(cx, res, unknown));
	add_causes(cx, res, unknown, twice);
	return -PV_EBADREQUEST;
}
