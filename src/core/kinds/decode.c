/* Built-in kinds as their Go types would hold them: upstream decodes what is sent, and writes it
 * again.  Null and, where the type has no pointer, zero and empty values go; quantities, times and
 * base64 get their one form; what Go writes although it is empty is there.  What cannot be read stays
 * as it is: validation says what is wrong with it. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/kinds/kinds.h"
#include "core/kinds/proto.h"
#include "lang/quantity/quantity.h"

#define MAX_DEPTH 1000

typedef struct decoder {
	pv_arena *arena;
	bool status; /* below it nothing is required */
	bool said;   /* a list that is said to be empty stays one */
	bool within; /* said, and below an atomic list, which upstream compares as Go's values */
} decoder;

static const pv_val *decoded(decoder *d, const pv_schema *s, const pv_val *v, size_t depth);

static bool
is_format(const pv_schema *s, const char *format)
{
	return s->format && strcmp(s->format, format) == 0;
}

/* ---- texts that have one form ---- */

static const pv_val *
text(decoder *d, const pv_val *was, const char *now)
{
	if (!now || (was->type == PV_STRING && pv_streq(now, was->s)))
		return was;
	return pv_box(d->arena, pv_string(d->arena, now));
}

/* Of a map of them, which is always a list of resources, none is finer than a thousandth. */
static const pv_val *
quantity(decoder *d, const pv_val *v, bool milli)
{
	char room[PV_NUMBER_ROOM];
	pv_str s = v->type == PV_NUMBER ? pv_number_text(v, room) : pv_strv(v);

	return v->type == PV_NUMBER || v->type == PV_STRING ? text(d, v, pv_quantity_text(d->arena, s, milli))
							    : v;
}

/* Go's decoder passes over line breaks, and over bits behind the end. */
static const pv_val *
bytes(decoder *d, const pv_val *v)
{
	size_t len;
	uint8_t *raw = pv_base64_read(d->arena, pv_strv(v), &len, NULL);
	char *now = raw ? pv_base64(d->arena, raw, len, false) : NULL;

	return text(d, v, now);
}

/* metav1.Time: seconds in UTC; MicroTime: six digits. */
static const pv_val *
instant(decoder *d, const pv_schema *s, const pv_val *v)
{
	bool micro = s->flags & PV_S_MICRO;
	size_t usual = micro ? sizeof "2006-01-02T15:04:05.000000Z" : sizeof "2006-01-02T15:04:05Z";
	int64_t seconds, ns;

	if (v->len + 1 == usual && v->s[v->len - 1] == 'Z' && v->s[13] == ':' && (!micro || v->s[19] == '.'))
		return v;
	if (!pv_time_parse_parts(pv_strv(v), &seconds, &ns) || !pv_proto_has_year(seconds))
		return v;
	return text(d, v, pv_time_format_parts(d->arena, seconds, ns, micro));
}

/* ---- zero values ---- */

/* What a field is when nobody has said anything, and it is no pointer. */
static const pv_val *
zero(decoder *d, const pv_schema *s, size_t depth)
{
	if (s->flags & PV_S_QUANTITY)
		return pv_box(d->arena, pv_string_ref("0"));
	if (s->flags & PV_S_INT_OR_STRING)
		return pv_box(d->arena, pv_int(0));
	switch (s->type) {
	case PV_T_BOOLEAN: return pv_box(d->arena, pv_bool(false));
	case PV_T_INTEGER:
	case PV_T_NUMBER: return pv_box(d->arena, pv_int(0));
	case PV_T_STRING:
		if (!s->format)
			return pv_box(d->arena, pv_string_ref(""));
		break;
	case PV_T_OBJECT:
		if (s->name)
			return decoded(d, s, pv_box(d->arena, pv_object_of(d->arena, NULL, 0, NULL, NULL)),
				       depth);
		break;
	}
	return pv_box(d->arena, pv_null());
}

/* A value of another type is none: it is a fault. */
static bool
is_empty(const pv_schema *s, const pv_val *v)
{
	switch (s->type) {
	case PV_T_BOOLEAN: return v->type == PV_BOOL && !v->b;
	case PV_T_INTEGER:
	case PV_T_NUMBER: return v->type == PV_NUMBER && pv_f64(v, 1) == 0;
	case PV_T_STRING: return v->type == PV_STRING && !v->len && !is_format(s, "date-time");
	case PV_T_LIST: return v->type == PV_LIST && !v->len;
	case PV_T_OBJECT: return v->type == PV_OBJECT && !v->len && !s->name; /* a map, or no type of ours */
	}
	return false;
}

/* Go has two of it that are empty: nil, which was not said, and one that was. */
static bool
is_container(const pv_val *v)
{
	return v->type == PV_LIST || v->type == PV_OBJECT;
}

/* ---- objects and lists ---- */

static bool
is_status(const char *name, size_t depth)
{
	return depth == 0 && pv_streq(name, "status");
}

/* A field that may not be empty stays away if nobody says it: validation must see that. */
static bool
is_written(const decoder *d, const pv_prop *prop)
{
	bool asked = prop->need || (prop->flags & PV_P_REQUIRED && prop->flags & PV_P_POINTER);

	return prop->flags & PV_P_KEEP && (d->status || !asked);
}

static const pv_val *
nothing(decoder *d, const pv_prop *prop, size_t depth)
{
	if (!is_written(d, prop))
		return NULL;
	return prop->flags & PV_P_POINTER ? pv_box(d->arena, pv_null()) : zero(d, prop->schema, depth);
}

/* A member of a map or an item of a list. */
static const pv_val *
element(decoder *d, const pv_schema *s, const pv_val *v, size_t depth)
{
	const pv_val *now;

	if (v->type != PV_NULL)
		return decoded(d, s, v, depth);
	if (is_format(s, "byte"))
		return pv_box(d->arena, pv_string_ref(""));
	now = zero(d, s, depth);
	return now->type == PV_NULL ? v : now;
}

/* The value of a field; NULL: it is not written. */
static const pv_val *
field(decoder *d, const pv_schema *s, const pv_prop *prop, const pv_val *v, size_t depth)
{
	const pv_schema *type = prop->schema;
	enum pv_union is = pv_proto_union(s, prop->name);
	const pv_val *now;

	if (v->type == PV_NULL) {
		now = nothing(d, prop, depth);
		return now && now->type == PV_NULL ? v : now;
	}
	if (v->type == PV_OBJECT && (is == PV_UNION_ARRAY || is == PV_UNION_BOOL))
		type = s; /* a schema within a schema */
	now = decoded(d, type, v, depth);
	if (prop->flags & PV_P_POINTER || !is_empty(type, now))
		return now;
	if (!(prop->flags & PV_P_KEEP))
		return d->within && is_container(now) ? now : NULL;
	/* A list or a map that is empty is none; what is required can only be empty. */
	return !d->said && is_written(d, prop) && zero(d, type, depth)->type == PV_NULL
		       ? pv_box(d->arena, pv_null())
		       : now;
}

/* The fields that are there whatever the object says. */
static const pv_val *
completed(decoder *d, const pv_schema *s, const pv_val *v, size_t depth)
{
	bool status = d->status, changed = false;
	pv_objb b;

	for (size_t i = 0; i < s->n_props; i++) {
		const pv_prop *prop = &s->props[i];
		const pv_val *now;

		if (!(prop->flags & PV_P_KEEP) || pv_get(v, prop->name))
			continue;
		d->status = status || is_status(prop->name, depth);
		now = nothing(d, prop, depth + 1);
		d->status = status;
		if (now && !changed)
			pv_objb_from(&b, d->arena, v);
		if (now)
			pv_objb_add(&b, pv_string_ref(prop->name), *now);
		changed |= now != NULL;
	}
	return changed ? pv_box(d->arena, pv_objb_end(&b)) : v;
}

static const pv_val *
member(decoder *d, const pv_schema *s, const pv_member *m, size_t depth)
{
	const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);
	bool status = d->status;
	const pv_val *now;

	if (!prop && !s->rest)
		return &m->val;
	if (!prop)
		return s->rest->flags & PV_S_QUANTITY && m->val.type != PV_NULL
			       ? quantity(d, &m->val, true)
			       : element(d, s->rest, &m->val, depth + 1);
	d->status = status || is_status(prop->name, depth);
	now = field(d, s, prop, &m->val, depth + 1);
	d->status = status;
	return now;
}

static const pv_val *
object(decoder *d, const pv_schema *s, const pv_val *v, size_t depth)
{
	bool changed = false;
	pv_objb b;

	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_val *now = member(d, s, m, depth);

		if (now != &m->val && !changed) {
			changed = true;
			pv_objb_init(&b, d->arena);
			for (size_t k = 0; k < i; k++)
				pv_objb_add(&b, v->members[k].key, v->members[k].val);
		}
		if (now && changed)
			pv_objb_add(&b, m->key, *now);
	}
	if (changed)
		v = pv_box(d->arena, pv_objb_end(&b));
	return completed(d, s, v, depth);
}

static bool
is_atomic(const pv_schema *s)
{
	const char *const *keys;
	size_t n;

	return pv_schema_list(s, &keys, &n) == PV_LIST_ATOMIC;
}

static const pv_val *
list(decoder *d, const pv_schema *s, const pv_val *v, size_t depth)
{
	pv_val *items = NULL;
	bool within = d->within;

	d->within = within || (d->said && is_atomic(s));
	for (size_t i = 0; i < v->len; i++) {
		const pv_val *now = element(d, s->items, &v->items[i], depth + 1);

		if (now != &v->items[i] && !items) {
			items = pv_new_array(d->arena, pv_val, v->len);
			memcpy(items, v->items, v->len * sizeof(pv_val));
		}
		if (items)
			items[i] = *now;
	}
	d->within = within;
	return items ? pv_box(d->arena, pv_list_of(d->arena, items, v->len)) : v;
}

static const pv_val *
decoded(decoder *d, const pv_schema *s, const pv_val *v, size_t depth)
{
	if (depth > MAX_DEPTH)
		return v;
	if (s->flags & PV_S_QUANTITY)
		return quantity(d, v, false);
	if (v->type == PV_OBJECT && s->type == PV_T_OBJECT && (s->n_props || s->rest))
		return object(d, s, v, depth);
	if (v->type == PV_LIST && s->type == PV_T_LIST && s->items)
		return list(d, s, v, depth);
	if (v->type == PV_STRING && s->type == PV_T_STRING && s->format && v->len)
		return is_format(s, "byte") ? bytes(d, v) : instant(d, s, v);
	return v;
}

const pv_val *
pv_kind_decode(pv_ctx *cx, const pv_schema *schema, const pv_val *v)
{
	decoder d = {.arena = cx->arena};

	return decoded(&d, schema, v, 0);
}

const pv_val *
pv_kind_said(pv_ctx *cx, const pv_schema *schema, const pv_val *v)
{
	decoder d = {.arena = cx->arena, .said = true};

	return decoded(&d, schema, v, 0);
}

const pv_val *
pv_kind_zero(pv_ctx *cx, const pv_schema *schema)
{
	decoder d = {.arena = cx->arena, .status = true};
	const pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	return pv_box(cx->arena, *decoded(&d, schema, &none, 0));
}
