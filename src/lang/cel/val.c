/* Values: made, borrowed from documents, and looked into. */
#include "base/turn.h"
#include "lang/cel/val.h"
#include "lang/go/fmt.h"
#include "base/time.h"
#include <math.h>
#include <string.h>

#define INDEXED 8 /* maps with more entries have a hash index behind them */

val
v_error(run *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = pv_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return (val){.kind = PV_CEL_ERROR, .s = text, .node = r->at};
}

val
v_no_overload(run *r)
{
	return (val){.kind = PV_CEL_ERROR, .s = "no such overload", .node = r->at};
}

val
v_over(void)
{
	return (val){.kind = PV_CEL_ERROR, .s = "operation cancelled: actual cost limit exceeded"};
}

#define LOOK 4096 /* units of cost between two looks at the turn */

void
v_look(run *r)
{
	if (r->limit && r->cost > r->limit)
		r->over = true;
	if (r->cost < r->look || r->over)
		return;
	r->look = r->cost + LOOK;
	if (pv_ctx_check(r->cx) == 0)
		return;
	r->ended = pv_take_error(r->cx);
	r->over = true;
}

val
v_list(run *r, const val *items, size_t n)
{
	(void)r;
	return (val){.kind = PV_CEL_LIST, .len = (uint32_t)n, .items = items};
}

val
v_list_of(run *r, const pv_vec *items)
{
	return v_list(r, items->data, items->len);
}

val
v_optional(run *r, val v)
{
	val *own = pv_new(r->arena, val);
	*own = v;
	return (val){.kind = PV_CEL_OPTIONAL, .items = own};
}

val
v_none(void)
{
	return (val){.kind = PV_CEL_OPTIONAL};
}

pv_cel_val
pv_cel_optional(pv_arena *arena, const pv_cel_val *v)
{
	run r = {.arena = arena};
	return v ? v_optional(&r, *v) : v_none();
}

/* ---- documents ---- */

static val
native_string(run *r, const pv_val *v, enum pv_cel_kind kind)
{
	pv_str text = pv_strv(v);
	size_t len;
	val t;
	switch ((int)kind) {
	case PV_CEL_BYTES: {
		const uint8_t *bytes = pv_unbase64(r->arena, text, false, &len);
		return bytes ? v_bytes((pv_str){(const char *)bytes, len})
			     : v_error(r, "Invalid bytes format: illegal base64 data");
	}
	case PV_CEL_DURATION: return t_parse_duration(r, text);
	case PV_CEL_TIMESTAMP:
		if (text.len == 10) /* a date */
			text = pv_str_of(pv_printf(r->arena, "%.10sT00:00:00Z", text.s));
		return t_parse(text, &t)
			       ? t
			       : v_error(r, "Invalid date-time format: %.*s", (int)text.len, text.s);
	}
	return v_str(text);
}

/* What a document has in place of what its shape says: an object may be older than its schema. */
static val
misshapen(run *r, const pv_val *v, const pv_cel_shape *shape)
{
	const char *want;
	switch ((int)shape->kind) {
	case PV_CEL_LIST:
		return v_error(r, "invalid data, expected an array for the provided schema with type=array");
	case PV_CEL_MAP:
	case PV_CEL_OBJECT:
		return v_error(r, "invalid data, expected a map for the provided schema with type=object");
	case PV_CEL_ABSENT:
		return v_error(r,
			       "invalid data, expected XIntOrString value to be either a string or integer");
	case PV_CEL_BOOL: want = "bool"; break;
	case PV_CEL_INT: want = "int"; break;
	case PV_CEL_DOUBLE: want = "float"; break;
	default: want = "string"; break;
	}
	return v_error(r, "invalid data, expected %s, got %s", want, pv_go_type(v));
}

static bool
is_shaped(const pv_val *v, const pv_cel_shape *shape)
{
	switch ((int)shape->kind) {
	case PV_CEL_ABSENT:
		return !(shape->flags & PV_CEL_INT_OR_STRING) || v->type == PV_STRING ||
		       (v->type == PV_NUMBER && v->num == PV_INT);
	case PV_CEL_LIST: return v->type == PV_LIST || v->type == PV_SET;
	case PV_CEL_MAP:
	case PV_CEL_OBJECT: return v->type == PV_OBJECT;
	case PV_CEL_BOOL: return v->type == PV_BOOL;
	case PV_CEL_INT: return v->type == PV_NUMBER && v->num == PV_INT;
	case PV_CEL_DOUBLE: return v->type == PV_NUMBER;
	case PV_CEL_STRING:
	case PV_CEL_BYTES:
	case PV_CEL_DURATION:
	case PV_CEL_TIMESTAMP: return v->type == PV_STRING;
	}
	return true;
}

val
v_native(run *r, const pv_val *v, const void *node)
{
	pv_cel_shape shape = node && r->shapes ? r->shapes->of(node) : (pv_cel_shape){0};
	if (!v)
		return (val){0};
	if (v->type != PV_NULL && !is_shaped(v, &shape))
		return misshapen(r, v, &shape);
	switch ((enum pv_type)v->type) {
	case PV_NULL: return v_null();
	case PV_BOOL: return v_bool(v->b);
	case PV_NUMBER:
		return v->num == PV_INT && shape.kind != PV_CEL_DOUBLE ? v_int(v->i) : v_double(pv_f64(v, 0));
	case PV_STRING: return native_string(r, v, shape.kind);
	case PV_LIST:
	case PV_SET: return (val){.kind = PV_CEL_LIST, .native = true, .len = v->len, .v = v, .node = node};
	case PV_OBJECT: return (val){.kind = PV_CEL_MAP, .native = true, .len = v->len, .v = v, .node = node};
	}
	return v_null();
}

pv_cel_val
pv_cel_of(pv_arena *arena, const pv_cel_shapes *shapes, const void *node, const pv_val *v)
{
	run r = {.arena = arena, .shapes = shapes};
	return v_native(&r, v, node);
}

static const void *
node_of_items(run *r, const val *v)
{
	return v->node && r->shapes ? r->shapes->items(v->node) : NULL;
}

static const void *
node_of_field(run *r, const val *v, pv_str name)
{
	if (!v->node || !r->shapes)
		return NULL;
	return r->shapes->of(v->node).kind == PV_CEL_OBJECT ? r->shapes->field(v->node, name.s, name.len)
							    : r->shapes->items(v->node);
}

val
v_item(run *r, const val *list, size_t i)
{
	return list->native ? v_native(r, &list->v->items[i], node_of_items(r, list)) : list->items[i];
}

void
v_entry(run *r, const val *map, size_t i, val *ret_key, val *ret_value)
{
	if (!map->native) {
		*ret_key = map->items[2 * i];
		*ret_value = map->items[2 * i + 1];
		return;
	}
	const pv_member *m = &map->v->members[i];
	*ret_key = v_native(r, &m->key, NULL);
	*ret_value = v_native(r, &m->val, node_of_field(r, map, pv_strv(&m->key)));
}

/* ---- maps ---- */

/* Equal keys hash equally, whatever kind of number they are. */
static uint64_t
key_hash(const val *k)
{
	int64_t i;
	switch ((enum pv_cel_kind)k->kind) {
	case PV_CEL_STRING:
	case PV_CEL_BYTES: return pv_hash(k->s, k->len);
	case PV_CEL_DOUBLE:
		if (!(k->d >= -0x1p63 && k->d < 0x1p64))
			return 1;
		i = k->d < 0x1p63 ? (int64_t)k->d : (int64_t)(uint64_t)k->d;
		return pv_hash(&i, sizeof i);
	case PV_CEL_INT:
	case PV_CEL_UINT: return pv_hash(&k->u, sizeof k->u);
	case PV_CEL_BOOL: return k->b;
	default: return 0;
	}
}

static size_t
table_size(size_t n)
{
	size_t size = 16;
	while (size < 2 * n)
		size *= 2;
	return size;
}

/* Where the key is in the pairs, or n. */
static size_t
key_at(run *r, const val *map, const val *key)
{
	if (map->len <= INDEXED) {
		for (size_t i = 0; i < map->len; i++)
			if (v_equal(r, &map->items[2 * i], key))
				return i;
		return map->len;
	}
	const uint32_t *table = (const uint32_t *)(const void *)(map->items + 2 * (size_t)map->len);
	size_t size = table_size(map->len);
	for (size_t at = key_hash(key) & (size - 1); table[at]; at = (at + 1) & (size - 1))
		if (v_equal(r, &map->items[2 * (size_t)(table[at] - 1)], key))
			return table[at] - 1;
	return map->len;
}

val
v_map(run *r, const pv_vec *pairs)
{
	size_t n = pairs->len / 2, size = n > INDEXED ? table_size(n) : 0;
	val *items = pv_alloc0(r->arena, 2 * n * sizeof(val) + size * sizeof(uint32_t) + 1);
	uint32_t *table = (uint32_t *)(void *)(items + 2 * n);
	if (n)
		memcpy(items, pairs->data, 2 * n * sizeof(val));
	for (size_t i = 0; i < n; i++) {
		const val *key = &items[2 * i];
		if (!size) {
			for (size_t k = 0; k < i; k++)
				if (v_equal(r, &items[2 * k], key))
					return v_error(r, "Failed with repeated key");
			continue;
		}
		size_t at = key_hash(key) & (size - 1);
		for (; table[at]; at = (at + 1) & (size - 1))
			if (v_equal(r, &items[2 * (size_t)(table[at] - 1)], key))
				return v_error(r, "Failed with repeated key");
		table[at] = (uint32_t)i + 1;
	}
	return (val){.kind = PV_CEL_MAP, .len = (uint32_t)n, .items = items};
}

static bool
native_field(run *r, const val *map, pv_str name, val *ret)
{
	const pv_val *v = pv_getn(map->v, name.s, name.len);
	if (v)
		*ret = v_native(r, v, node_of_field(r, map, name));
	return v != NULL;
}

bool
v_field(run *r, const val *map, pv_str name, pv_str plain, val *ret)
{
	if (!map->native) {
		val key = v_str(name);
		return v_find(r, map, &key, ret);
	}
	if (!map->node || !r->shapes || r->shapes->of(map->node).kind != PV_CEL_OBJECT)
		return native_field(r, map, name, ret);
	if (!native_field(r, map, plain, ret))
		return false;
	const void *node = ret->kind == PV_CEL_NULL ? node_of_field(r, map, plain) : NULL;
	return !node || !(r->shapes->of(node).flags & PV_CEL_NULL_ABSENT);
}

bool
v_find(run *r, const val *map, const val *key, val *ret)
{
	if (map->native)
		return key->kind == PV_CEL_STRING && native_field(r, map, v_strv(key), ret);
	size_t i = key_at(r, map, key);
	if (i == map->len)
		return false;
	*ret = map->items[2 * i + 1];
	return true;
}

/* ---- indexing ---- */

static bool
as_index(const val *key, int64_t *ret)
{
	if (key->kind == PV_CEL_UINT && key->u <= INT64_MAX)
		*ret = (int64_t)key->u;
	else if (key->kind == PV_CEL_INT)
		*ret = key->i;
	else if (key->kind == PV_CEL_DOUBLE && key->d == trunc(key->d) && fabs(key->d) < 0x1p62)
		*ret = (int64_t)key->d;
	else
		return false;
	return true;
}

static const char *
shown(run *r, const val *key)
{
	switch ((enum pv_cel_kind)key->kind) {
	case PV_CEL_STRING: return pv_strndup(r->arena, key->s, key->len);
	case PV_CEL_INT: return pv_printf(r->arena, "%lld", (long long)key->i);
	case PV_CEL_UINT: return pv_printf(r->arena, "%llu", (unsigned long long)key->u);
	case PV_CEL_DOUBLE: return d_text(r->arena, key->d);
	case PV_CEL_BOOL: return key->b ? "true" : "false";
	default: return v_type_name(key);
	}
}

val
v_no_key(run *r, const val *key)
{
	return v_error(r, "no such key: %s", shown(r, key));
}

val
v_index(run *r, const val *of, const val *key)
{
	int64_t i;
	val found;
	if (of->kind == PV_CEL_MAP) {
		if (key->kind != PV_CEL_STRING && key->kind != PV_CEL_BOOL && !v_is_number(key))
			return v_error(r, "unsupported key type: %s", v_type_name(key));
		return v_find(r, of, key, &found) ? found : v_no_key(r, key);
	}
	if (of->kind != PV_CEL_LIST)
		return v_no_overload(r);
	if (!as_index(key, &i))
		return v_is_number(key) ? v_error(r, "unsupported index value: %s", shown(r, key))
					: v_error(r, "unsupported index type '%s' in list", v_type_name(key));
	if (i < 0 || (uint64_t)i >= of->len)
		return v_error(r, "index out of bounds: %lld", (long long)i);
	return v_item(r, of, (size_t)i);
}

bool
v_in(run *r, const val *of, const val *key)
{
	val found;
	if (of->kind == PV_CEL_MAP)
		return v_find(r, of, key, &found);
	for (size_t i = 0; i < of->len; i++) {
		val item = v_item(r, of, i);
		if (v_equal(r, &item, key))
			return true;
	}
	return false;
}

uint64_t
v_size(const val *v)
{
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_STRING:
	case PV_CEL_BYTES:
	case PV_CEL_LIST:
	case PV_CEL_MAP: return v->len;
	default: return 1;
	}
}

bool
v_is_number(const val *v)
{
	return v->kind == PV_CEL_INT || v->kind == PV_CEL_UINT || v->kind == PV_CEL_DOUBLE;
}

bool
v_is_zero(run *r, const val *v)
{
	(void)r;
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_NULL: return true;
	case PV_CEL_BOOL: return !v->b;
	case PV_CEL_DOUBLE: return v->d == 0;
	case PV_CEL_INT:
	case PV_CEL_UINT:
	case PV_CEL_DURATION: return v->i == 0;
	case PV_CEL_STRING:
	case PV_CEL_BYTES:
	case PV_CEL_LIST:
	case PV_CEL_MAP: return v->len == 0;
	case PV_CEL_OPTIONAL: return !v->items;
	case PV_CEL_TIMESTAMP: return v->i == -62135596800 && !v->len;
	default: return false;
	}
}

const char *
v_type_name(const val *v)
{
	static const char *const names[] = {
		[PV_CEL_ABSENT] = "null_type",
		[PV_CEL_NULL] = "null_type",
		[PV_CEL_BOOL] = "bool",
		[PV_CEL_INT] = "int",
		[PV_CEL_UINT] = "uint",
		[PV_CEL_DOUBLE] = "double",
		[PV_CEL_STRING] = "string",
		[PV_CEL_BYTES] = "bytes",
		[PV_CEL_DURATION] = "google.protobuf.Duration",
		[PV_CEL_TIMESTAMP] = "google.protobuf.Timestamp",
		[PV_CEL_LIST] = "list",
		[PV_CEL_MAP] = "map",
		[PV_CEL_OBJECT] = "map",
		[PV_CEL_TYPE] = "type",
		[PV_CEL_OPTIONAL] = "optional_type",
	};
	if (v->kind == PV_CEL_OPAQUE)
		return opaque_type(v);
	if (v->kind == PV_CEL_STRUCT)
		return v->node;
	return v->kind < PV_LEN(names) ? names[v->kind] : "error";
}
