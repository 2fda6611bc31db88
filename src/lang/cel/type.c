/* Types and inference: variables are bound in place and undone by a trail. */
#include "lang/cel/type.h"
#include "base/near.h"
#include <string.h>

#define DEPTH 100

const type type_dyn = {.kind = T_DYN, .name = "dyn"}, type_error = {.kind = T_ERROR, .name = "!error!"},
	   type_bool = {.kind = T_BOOL, .name = "bool"}, type_null = {.kind = T_NULL, .name = "null"};

static const type list_dyn = {.kind = T_LIST, .name = "list", .n = 1, .args = {&type_dyn}};
static const type map_dyn = {.kind = T_MAP, .name = "map", .n = 2, .args = {&type_dyn, &type_dyn}};
static const type optional_dyn = {.kind = T_OPAQUE, .name = "optional_type", .n = 1, .args = {&type_dyn}};

static const type named[] = {
	{.kind = T_INT, .name = "int"},
	{.kind = T_UINT, .name = "uint"},
	{.kind = T_DOUBLE, .name = "double"},
	{.kind = T_STRING, .name = "string"},
	{.kind = T_BYTES, .name = "bytes"},
	{.kind = T_BOOL, .name = "bool"},
	{.kind = T_NULL, .name = "null_type"},
	{.kind = T_DURATION, .name = "google.protobuf.Duration"},
	{.kind = T_TIMESTAMP, .name = "google.protobuf.Timestamp"},
	{.kind = T_DYN, .name = "dyn"},
	{.kind = T_TYPE, .name = "type", .n = 1, .args = {&type_dyn}},
	{.kind = T_OPAQUE, .name = "net.IP"},
	{.kind = T_OPAQUE, .name = "net.CIDR"},
	{.kind = T_OPAQUE, .name = "kubernetes.URL"},
	{.kind = T_OPAQUE, .name = "kubernetes.Quantity"},
	{.kind = T_OPAQUE, .name = "kubernetes.Semver"},
	{.kind = T_OPAQUE, .name = "kubernetes.NamedFormat"},
	{.kind = T_OPAQUE, .name = "kubernetes.authorization.Authorizer"},
	{.kind = T_OPAQUE, .name = "kubernetes.authorization.PathCheck"},
	{.kind = T_OPAQUE, .name = "kubernetes.authorization.GroupCheck"},
	{.kind = T_OPAQUE, .name = "kubernetes.authorization.ResourceCheck"},
	{.kind = T_OPAQUE, .name = "kubernetes.authorization.Decision"},
};

const type *
type_named(pv_str name)
{
	for (size_t i = 0; i < PV_LEN(named); i++)
		if (pv_str_is(name, named[i].name))
			return &named[i];
	return pv_str_is(name, "list")            ? &list_dyn
	       : pv_str_is(name, "map")           ? &map_dyn
	       : pv_str_is(name, "optional_type") ? &optional_dyn
						  : NULL;
}

const type *
type_simple(enum type_kind kind)
{
	for (size_t i = 0; i < PV_LEN(named); i++)
		if (named[i].kind == kind)
			return &named[i];
	return kind == T_ERROR ? &type_error : &type_dyn;
}

const type *
type_new(pv_arena *arena, enum type_kind kind, const char *name, const type *a, const type *b)
{
	type *t = pv_new(arena, type);
	t->kind = (uint8_t)kind;
	t->name = name;
	t->n = (uint8_t)((a != NULL) + (b != NULL));
	t->args[0] = a;
	t->args[1] = b;
	return t;
}

type *
type_var(pv_arena *arena)
{
	type *t = pv_new(arena, type);
	t->kind = T_VAR;
	return t;
}

/* ---- made from shapes, texts and signatures ---- */

static const type *
with_node(pv_arena *arena, const type *t, const void *shape)
{
	type *own = pv_new(arena, type);
	*own = *t;
	own->node = shape;
	return own;
}

const type *
type_of_shape(pv_arena *arena, const pv_cel_shapes *shapes, const void *shape)
{
	static const enum type_kind kinds[] = {
		[PV_CEL_ABSENT] = T_DYN,        [PV_CEL_NULL] = T_NULL,
		[PV_CEL_BOOL] = T_BOOL,         [PV_CEL_INT] = T_INT,
		[PV_CEL_UINT] = T_UINT,         [PV_CEL_DOUBLE] = T_DOUBLE,
		[PV_CEL_STRING] = T_STRING,     [PV_CEL_BYTES] = T_BYTES,
		[PV_CEL_DURATION] = T_DURATION, [PV_CEL_TIMESTAMP] = T_TIMESTAMP,
	};
	if (!shape)
		return NULL;
	pv_cel_shape s = shapes->of(shape);
	if (s.flags & PV_CEL_HIDDEN)
		return NULL;
	if (s.kind == PV_CEL_OBJECT)
		return with_node(arena, &(type){.kind = T_OBJECT, .name = "object"}, shape);
	if (s.kind == PV_CEL_OPAQUE)
		return with_node(arena, type_named(pv_str_of("kubernetes.Quantity")), shape);
	if (s.kind != PV_CEL_LIST && s.kind != PV_CEL_MAP)
		return with_node(arena, type_simple(kinds[s.kind]), shape);
	const type *items = type_of_shape(arena, shapes, shapes->items(shape));
	if (!items)
		return NULL;
	if (s.kind == PV_CEL_LIST)
		return with_node(arena, type_new(arena, T_LIST, "list", items, NULL), shape);
	return with_node(arena, type_new(arena, T_MAP, "map", type_simple(T_STRING), items), shape);
}

bool
type_is_made(pv_str name)
{
	return pv_str_is(name, "Object") || pv_str_is(name, "JSONPatch") ||
	       (name.len > 7 && memcmp(name.s, "Object.", 7) == 0);
}

const type *
type_made(pv_arena *arena, pv_str name)
{
	return type_new(arena, T_STRUCT, pv_strndup(arena, name.s, name.len), NULL, NULL);
}

static const type *
read_type(pv_arena *arena, const char **p, unsigned depth)
{
	const type *args[2] = {NULL, NULL};
	size_t n = 0;
	while (**p == ' ')
		(*p)++;
	pv_str name = {*p, strcspn(*p, "(), ")};
	*p += name.len;
	const type *t = pv_str_is(name, "timestamp")  ? type_simple(T_TIMESTAMP)
			: pv_str_is(name, "duration") ? type_simple(T_DURATION)
			: pv_str_is(name, "null")     ? &type_null
			: type_is_made(name)          ? type_made(arena, name)
						      : type_named(name);
	if (!t || depth > DEPTH || **p != '(')
		return t;
	for ((*p)++; n < 2 && (args[n] = read_type(arena, p, depth + 1)) != NULL; (*p)++) {
		n++;
		if (**p != ',')
			break;
	}
	if (**p != ')' || n != t->n)
		return NULL;
	(*p)++;
	return type_new(arena, t->kind, t->name, args[0], args[1]);
}

const type *
type_parse(pv_arena *arena, const char *text)
{
	const type *t = read_type(arena, &text, 0);
	return t && !*text ? t : NULL;
}

/* The first name in the text that is no type's; len 0: all are. */
static pv_str
stranger(pv_arena *arena, const char *text)
{
	pv_str name = {text, 0};
	while (*name.s && !name.len) {
		const char *p = name.s += strspn(name.s, "(), ");
		name.len = strcspn(p, "(), ");
		if (name.len && type_parse(arena, pv_strndup(arena, name.s, name.len)))
			name = (pv_str){name.s + name.len, 0};
	}
	return name;
}

int
pv_cel_type_check(pv_ctx *cx, const char *text)
{
	static const char *const others[] = {"list", "map", "optional_type", "timestamp", "duration"};
	pv_str name = stranger(cx->arena, text);
	pv_near near = {.word = pv_strndup(cx->arena, name.s, name.len)};
	if (type_parse(cx->arena, text))
		return 0;
	if (!name.len)
		return pv_fail(cx, PV_EINVALID,
			       "expected a type such as int, list(string) or map(string, dyn), found \"%s\"",
			       text);
	for (size_t i = 0; i < PV_LEN(named); i++)
		pv_near_try(&near, named[i].name);
	for (size_t i = 0; i < PV_LEN(others); i++)
		pv_near_try(&near, others[i]);
	return pv_fail(cx, PV_EINVALID, "no type \"%s\": %s%s%s", near.word,
		       near.best ? "did you mean \""
				 : "expected one of CEL's, such as int, string, timestamp, "
				   "list(string), map(string, dyn) or dyn",
		       near.best ? near.best : "", near.best ? "\"?" : "");
}

const type *
type_of_sig(pv_arena *arena, const char **sig, type *const vars[2])
{
	static const struct {
		char letter;
		const char *name;
	} letters[] = {
		{'b', "bool"},
		{'i', "int"},
		{'u', "uint"},
		{'d', "double"},
		{'s', "string"},
		{'y', "bytes"},
		{'n', "null_type"},
		{'*', "dyn"},
		{'D', "google.protobuf.Duration"},
		{'T', "google.protobuf.Timestamp"},
		{'I', "net.IP"},
		{'C', "net.CIDR"},
		{'U', "kubernetes.URL"},
		{'Q', "kubernetes.Quantity"},
		{'S', "kubernetes.Semver"},
		{'F', "kubernetes.NamedFormat"},
		{'Z', "kubernetes.authorization.Authorizer"},
		{'P', "kubernetes.authorization.PathCheck"},
		{'G', "kubernetes.authorization.GroupCheck"},
		{'R', "kubernetes.authorization.ResourceCheck"},
		{'E', "kubernetes.authorization.Decision"},
		{'t', "type"},
	};
	char c = *(*sig)++;
	const type *a, *b;
	if (c == 'A' || c == 'B')
		return vars[c - 'A'];
	if (c == '[') {
		a = type_of_sig(arena, sig, vars);
		(*sig)++;
		return type_new(arena, T_LIST, "list", a, NULL);
	}
	if (c == '{') {
		a = type_of_sig(arena, sig, vars);
		b = type_of_sig(arena, sig, vars);
		(*sig)++;
		return type_new(arena, T_MAP, "map", a, b);
	}
	if (c == '?')
		return type_new(arena, T_OPAQUE, "optional_type", type_of_sig(arena, sig, vars), NULL);
	if (c == '~') /* type of what follows */
		return type_new(arena, T_TYPE, "type", type_of_sig(arena, sig, vars), NULL);
	for (size_t i = 0; i < PV_LEN(letters); i++)
		if (letters[i].letter == c)
			return type_named(pv_str_of(letters[i].name));
	pv_panic(__FILE__, __LINE__, "a letter of a signature that func.h does not list");
}

/* ---- inference ---- */

const type *
type_resolved(const type *t)
{
	while (t->kind == T_VAR && t->bound)
		t = t->bound;
	return t;
}

const type *
type_final(pv_arena *arena, const type *t, unsigned depth)
{
	t = type_resolved(t);
	if (t->kind == T_VAR || depth > DEPTH)
		return &type_dyn;
	if (!t->n)
		return t;
	type *own = pv_new(arena, type);
	*own = *t;
	for (size_t i = 0; i < t->n; i++)
		own->args[i] = type_final(arena, t->args[i], depth + 1);
	return own;
}

/* Told from others of its kind by its name. */
static bool
is_nominal(const type *t)
{
	return t->kind == T_OPAQUE || t->kind == T_STRUCT;
}

const type *
type_copy(pv_arena *arena, const type *t, unsigned depth)
{
	type *own;
	t = type_resolved(t);
	if (t->kind == T_VAR || depth > DEPTH)
		return &type_dyn;
	own = pv_new(arena, type);
	*own = (type){.kind = t->kind, .n = t->n, .name = t->name};
	if (is_nominal(t)) /* may be of the check */
		own->name = pv_strdup(arena, t->name);
	for (size_t i = 0; i < t->n; i++)
		own->args[i] = type_copy(arena, t->args[i], depth + 1);
	return own;
}

bool
type_is_dyn(const type *t)
{
	t = type_resolved(t);
	return t->kind == T_DYN || t->kind == T_ERROR || t->kind == T_VAR;
}

bool
type_is_optional(const type *t)
{
	t = type_resolved(t);
	return t->kind == T_OPAQUE && pv_streq(t->name, "optional_type");
}

static bool
occurs(const type *var, const type *in, unsigned depth)
{
	in = type_resolved(in);
	if (in == var || depth > DEPTH)
		return true;
	for (size_t i = 0; i < in->n; i++)
		if (occurs(var, in->args[i], depth + 1))
			return true;
	return false;
}

static bool
bind(pv_vec *trail, const type *var, const type *to)
{
	type *own = (type *)(uintptr_t)var; /* variables are made by type_var() and belong to this check */
	if (to == var)
		return true;
	if (occurs(var, to, 0))
		return false;
	own->bound = to;
	pv_vec_push(trail, &own);
	return true;
}

void
type_undo(pv_vec *trail, size_t to)
{
	while (trail->len > to) {
		(*PV_AT(type *, trail, trail->len - 1))->bound = NULL;
		pv_vec_pop(trail);
	}
}

static bool
accepts_null(const type *t)
{
	return t->kind == T_NULL || t->kind == T_OBJECT || is_nominal(t) || t->kind == T_DURATION ||
	       t->kind == T_TIMESTAMP;
}

bool
type_assign(pv_vec *trail, const type *to, const type *from, unsigned depth)
{
	to = type_resolved(to);
	from = type_resolved(from);
	if (to == from || depth > DEPTH)
		return to == from;
	if (to->kind == T_VAR)
		return bind(trail, to, from);
	if (from->kind == T_VAR)
		return bind(trail, from, to);
	if (to->kind <= T_ERROR || from->kind <= T_ERROR)
		return true;
	if (from->kind == T_NULL)
		return accepts_null(to);
	if (to->kind == T_NULL)
		return accepts_null(from);
	if (to->kind != from->kind || to->n != from->n)
		return false;
	if (is_nominal(to) && !pv_streq(to->name, from->name))
		return false;
	if (to->kind == T_TYPE)
		return true;
	if (to->kind == T_OBJECT)
		return to->node == from->node;
	for (size_t i = 0; i < to->n; i++)
		if (!type_assign(trail, to->args[i], from->args[i], depth + 1))
			return false;
	return true;
}

bool
type_same(const type *a, const type *b)
{
	a = type_resolved(a);
	b = type_resolved(b);
	if (a == b)
		return true;
	if (a->kind != b->kind || a->n != b->n || (is_nominal(a) && !pv_streq(a->name, b->name)) ||
	    (a->kind == T_OBJECT && a->node != b->node) || a->kind == T_VAR)
		return false;
	for (size_t i = 0; i < a->n && a->kind != T_TYPE; i++)
		if (!type_same(a->args[i], b->args[i]))
			return false;
	return true;
}

bool
type_is_general(const type *a, const type *b, unsigned depth)
{
	a = type_resolved(a);
	b = type_resolved(b);
	if (type_is_dyn(a) || a == b || b->kind == T_NULL || depth > DEPTH)
		return true;
	if (type_is_dyn(b) || a->kind != b->kind || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!type_is_general(a->args[i], b->args[i], depth + 1))
			return false;
	return true;
}

static void
write_type(pv_buf *b, const type *t, bool shown)
{
	t = type_resolved(t);
	if (t->kind == T_VAR) {
		pv_buf_adds(b, "dyn");
		return;
	}
	if (shown && t->kind == T_TIMESTAMP)
		pv_buf_adds(b, "timestamp");
	else if (shown && t->kind == T_DURATION)
		pv_buf_adds(b, "duration");
	else
		pv_buf_adds(b, t->kind == T_NULL ? "null" : t->name);
	for (size_t i = 0; i < t->n; i++) {
		pv_buf_adds(b, i ? ", " : "(");
		write_type(b, t->args[i], shown);
	}
	if (t->n)
		pv_buf_addc(b, ')');
}

void
type_write(pv_buf *b, const type *t)
{
	write_type(b, t, false);
}

void
type_show(pv_buf *b, const type *t)
{
	write_type(b, t, true);
}
