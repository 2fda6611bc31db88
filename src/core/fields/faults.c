/* What of an intent its schema does not have, in structured-merge-diff's words (typed/validate.go):
 * every fault at once, and nothing of what is below one. */
#include <string.h>

#include "base/str.h"
#include "core/fields/fields.h"
#include "core/fields/typed.h"
#include "core/schema/node.h"
#include "lang/go/fmt.h"

#define TOLD 100   /* faults that an answer tells */
#define SHOWN 1000 /* bytes of a value in one */

typedef struct at {
	const struct at *up;
	const char *field, *name; /* a field; an element by its name ("k:{...}"), NULL: by its place */
	size_t index;
} at;

typedef struct faults {
	pv_ctx *cx;
	const pv_resource *res;
	bool secret;            /* values are not shown: errors are logged */
	pv_vec causes, unknown; /* of pv_cause; unknown: of const char *, paths */
	size_t n;
	pv_buf text;
} faults;

static void
put_path(pv_ctx *cx, pv_buf *b, const at *p, bool places)
{
	if (!p)
		return;
	put_path(cx, b, p->up, places);
	if (p->field)
		pv_buf_printf(b, "%s%s", places && !b->len ? "" : ".", p->field);
	else if (places || !p->name)
		pv_buf_printf(b, "[%zu]", p->index);
	else
		pv_buf_adds(b, fset_step(cx, p->name));
}

/* "spec.ports[0]", as causes name it. */
static const char *
place(pv_ctx *cx, const at *p)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	put_path(cx, &b, p, true);
	return b.s;
}

static void tell(faults *f, const at *p, const char *fmt, ...) PV_PRINTF(3, 4);

static void
tell(faults *f, const at *p, const char *fmt, ...)
{
	pv_cause *cause;
	va_list ap;

	if (++f->n > TOLD)
		return;
	cause = pv_vec_add(&f->causes);
	cause->field = place(f->cx, p);
	va_start(ap, fmt);
	cause->message = pv_vprintf(f->cx->arena, fmt, ap);
	va_end(ap);
	pv_buf_adds(&f->text, "\n  ");
	put_path(f->cx, &f->text, p, false);
	pv_buf_printf(&f->text, ": %s", cause->message);
}

static void
tell_unknown(faults *f, const at *p)
{
	const char *path, *near;

	tell(f, p, "field not declared in schema");
	if (f->n > TOLD)
		return;
	path = place(f->cx, p);
	near = pv_resource_near(f->cx, f->res, path);
	pv_vec_push(&f->unknown, &path);
	PV_AT(pv_cause, &f->causes, f->causes.len - 1)->message =
		near ? pv_printf(f->cx->arena, "unknown field; did you mean \"%s\"?", near) : "unknown field";
}

/* As Go prints a value of an interface: %v, or %#v. */
static const char *
shown(const faults *f, const pv_val *v, bool syntax)
{
	pv_arena *arena = f->cx->arena;
	const pv_val *sorted;
	pv_buf b;

	if (f->secret)
		return pv_go_type(v);
	pv_buf_init(&b, arena);
	sorted = pv_freeze(v);
	pv_go_print(&b, sorted, syntax);
	(void)pv_unref(sorted);
	return b.len > SHOWN ? pv_printf(arena, "%s...", pv_strndup(arena, b.s, SHOWN)) : b.s;
}

/* Anything may stand here. */
static bool
is_open(const pv_schema *s)
{
	bool raw = s->flags & PV_S_BUILTIN && s->flags & PV_S_PRESERVE;

	if (s->flags & PV_S_QUANTITY)
		return false;
	return s->type == PV_T_ANY || s->flags & PV_S_INT_OR_STRING || raw ||
	       (s->type == PV_T_STRING && s->format && pv_streq(s->format, "date-time"));
}

static void
look_scalar(faults *f, const pv_schema *s, const pv_val *v, const at *p)
{
	bool number = s->type == PV_T_INTEGER || s->type == PV_T_NUMBER;

	if (s->flags & PV_S_QUANTITY) {
		if (v->type >= PV_LIST)
			tell(f, p, "expected any scalar, got &{%s}", shown(f, v, false));
	} else if (number && v->type != PV_NUMBER) {
		tell(f, p, "expected numeric (int or float), got %s", pv_go_type(v));
	} else if (s->type == PV_T_BOOLEAN && v->type != PV_BOOL) {
		tell(f, p, "expected boolean, got &{%s}", shown(f, v, false));
	} else if (s->type == PV_T_STRING && v->type != PV_STRING) {
		tell(f, p, "expected string, got &value.valueUnstructured{Value:%s}", shown(f, v, true));
	}
}

static void look(faults *f, const pv_schema *s, const pv_val *v, const at *p, bool open);

static void
look_map(faults *f, const pv_schema *s, const pv_val *v, const at *p, bool open)
{
	bool bare = !s->n_props && !s->rest && !(s->flags & (PV_S_BUILTIN | PV_S_CLOSED));

	open = !(s->flags & PV_S_BUILTIN) && (open || bare || s->flags & PV_S_PRESERVE);
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_schema *field = pv_schema_field(s, m->key.s);
		const at here = {.up = p, .field = m->key.s};

		if (field)
			look(f, field, &m->val, &here, open);
		else if (!open)
			tell_unknown(f, &here);
	}
}

/* Why an element of a set has no name there. */
static const char *
unnamed_member(const pv_val *v)
{
	switch (v->type) {
	case PV_NULL: return "associative list without keys has an element that's an explicit null";
	case PV_OBJECT: return "associative list without keys has an element that's a map type";
	case PV_LIST: return "not supported: associative list with lists as elements";
	default: return NULL;
	}
}

static void
look_named(faults *f, const pv_schema *s, const pv_val *v, const at *p, bool open)
{
	pv_map *known = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < v->len; i++) {
		const pv_val *item = &v->items[i];
		at here = {.up = p, .index = i};
		const char *fault = s->list == PV_LIST_SET ? unnamed_member(item) : NULL;

		if (!fault)
			here.name = typed_name(f->cx, s, item, &fault);
		if (fault) {
			tell(f, p, "element %zu: %s", i, fault);
			return;
		}
		if (pv_map_puts(known, here.name, known))
			tell(f, p, "duplicate entries for key %s", fset_step(f->cx, here.name));
		look(f, s->items, item, &here, open);
	}
}

static void
look_list(faults *f, const pv_schema *s, const pv_val *v, const at *p, bool open)
{
	if (s->list != PV_LIST_ATOMIC) {
		look_named(f, s, v, p, open);
		return;
	}
	for (size_t i = 0; i < v->len; i++) {
		const at here = {.up = p, .index = i};

		look(f, s->items, &v->items[i], &here, open);
	}
}

static void
look(faults *f, const pv_schema *s, const pv_val *v, const at *p, bool open)
{
	if (!s || v->type == PV_NULL || is_open(s))
		return;
	if (s->type != PV_T_OBJECT && s->type != PV_T_LIST)
		look_scalar(f, s, v, p);
	else if (s->type == PV_T_OBJECT && v->type != PV_OBJECT)
		tell(f, p, "expected map, got &{%s}", shown(f, v, false));
	else if (s->type == PV_T_LIST && v->type != PV_LIST)
		tell(f, p, "expected list, got &{%s}", shown(f, v, false));
	else if (s->type == PV_T_OBJECT)
		look_map(f, s, v, p, open);
	else
		look_list(f, s, v, p, open);
}

int
pv_fields_check(pv_ctx *cx, const pv_resource *res, const pv_val *intent)
{
	faults f = {.cx = cx, .res = res, .secret = pv_streq(res->type, "/Secret")};
	const char *more = "";

	pv_buf_init(&f.text, cx->arena);
	pv_vec_init(&f.causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&f.unknown, cx->arena, sizeof(const char *));
	if (res->whole)
		look(&f, res->whole, intent, NULL, false);
	if (!f.n)
		return 0;
	if (f.n > TOLD)
		more = pv_printf(cx->arena, "\n  and %zu more", f.n - TOLD);
	(void)pv_fail(cx, PV_EINTERNAL, "%s%s%s%s", f.n > 1 ? "errors:" : "",
		      f.n > 1 ? f.text.s : f.text.s + strlen("\n  "), more,
		      pv_resource_hint(cx, res, &f.unknown));
	cx->err->reason = ""; /* as upstream, whose error is none of the API's */
	for (size_t i = 0; i < f.causes.len; i++)
		pv_add_cause(cx, "FieldValueInvalid", PV_AT(pv_cause, &f.causes, i)->field, "%s",
			     PV_AT(pv_cause, &f.causes, i)->message);
	return -PV_EINTERNAL;
}

/* ---- nulls ---- */

static void
look_null(faults *f, const pv_schema *s, const pv_val *v, const at *p)
{
	if (s->type == PV_T_ANY && !(s->flags & PV_S_INT_OR_STRING))
		return;
	if (!(s->flags & (PV_S_NULLABLE | PV_S_BUILTIN)) && !(s->facets && s->facets->def))
		(void)pv_schema_validate(f->cx, s, v, place(f->cx, p), &f->causes);
}

/* Where a container stands, null speaks of it and takes nothing away. */
static bool
stays(const pv_schema *s, const pv_val *merged)
{
	return pv_count(merged) && typed_shape(s, merged) != SHAPE_LEAF;
}

static void look_nulls(faults *f, const pv_schema *s, const pv_val *v, const pv_val *merged, const at *p);

static void
look_item_nulls(faults *f, const pv_schema *s, const pv_val *v, const pv_val *merged, const at *p)
{
	bool named = s->list != PV_LIST_ATOMIC && pv_is(merged, PV_LIST);
	tlist have = {0};

	if (named && typed_items(f->cx, s, merged, &have) < 0)
		(void)pv_recover(f->cx);
	for (size_t i = 0; i < v->len; i++) {
		const at here = {.up = p, .index = i};
		const char *fault = NULL, *name = named ? typed_name(f->cx, s, &v->items[i], &fault) : NULL;
		const titem *item = name ? typed_find(&have, name) : NULL;

		look_nulls(f, s->items, &v->items[i], item ? item->val : NULL, &here);
	}
}

static void
look_nulls(faults *f, const pv_schema *s, const pv_val *v, const pv_val *merged, const at *p)
{
	if (!s || is_open(s))
		return;
	if (s->type == PV_T_LIST && v->type == PV_LIST)
		look_item_nulls(f, s, v, merged, p);
	for (size_t i = 0; s->type == PV_T_OBJECT && i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const pv_schema *field = pv_schema_field(s, m->key.s);
		const pv_val *left = pv_getv(merged, &m->key);
		const at here = {.up = p, .field = m->key.s};

		if (field && m->val.type != PV_NULL)
			look_nulls(f, field, &m->val, left, &here);
		else if (field && !stays(field, left))
			look_null(f, field, &m->val, &here);
	}
}

/* Few have one: else each list of the merged object would be indexed once more. */
static bool
has_null(const pv_val *v)
{
	if (v->type == PV_NULL)
		return true;
	for (size_t i = 0; i < pv_count(v); i++)
		if (has_null(pv_item(v, i)))
			return true;
	return false;
}

void
pv_fields_nulls(pv_ctx *cx, const pv_resource *res, const pv_val *intent, const pv_val *merged, pv_vec *ret)
{
	faults f = {.cx = cx, .res = res};

	pv_vec_init(&f.causes, cx->arena, sizeof(pv_cause));
	if (res->whole && has_null(intent))
		look_nulls(&f, res->whole, intent, merged, NULL);
	*ret = f.causes;
}

char *
pv_fields_label(pv_arena *arena, const pv_resource *res, const pv_val *object)
{
	return pv_printf(arena, "(%s/%s; %s%s, Kind=%s)", pv_text_at(object, "metadata.namespace", ""),
			 pv_text_at(object, "metadata.name", ""), res->group[0] ? "" : "/", res->api_version,
			 res->kind);
}
