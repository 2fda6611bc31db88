/* Values as documents: plain JSON, and cel.expr.Value's JSON, which keeps types. */
#include "lang/cel/val.h"
#include <math.h>

#define DEPTH 500

static int json(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret);

static pv_val
text(pv_arena *arena, const val *v)
{
	return pv_stringn(arena, v->s, v->len);
}

static pv_val
number_text(pv_arena *arena, const val *v)
{
	if (v->kind == PV_CEL_UINT)
		return pv_stringf(arena, "%llu", (unsigned long long)v->u);
	return pv_stringf(arena, "%lld", (long long)v->i);
}

static pv_val
double_text(pv_arena *arena, double d)
{
	return pv_string(arena, isnan(d)   ? "NaN"
				: isinf(d) ? (d > 0 ? "Infinity" : "-Infinity")
					   : d_text(arena, d));
}

static int
no_json(pv_ctx *cx, const val *v)
{
	return pv_fail(cx, PV_EINVALID, "a value of type %s has no JSON", v_type_name(v));
}

static int
json_list(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		val item = v_item(r, v, i);
		pv_val out;
		int e = json(cx, r, &item, depth + 1, &out);
		if (e < 0)
			return e;
		pv_listb_add(&b, out);
	}
	*ret = pv_listb_end(&b);
	return 0;
}

static int
json_map(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		val key, value;
		pv_val out, name;
		v_entry(r, v, i, &key, &value);
		int e = json(cx, r, &value, depth + 1, &out);
		if (e < 0)
			return e;
		name = key.kind == PV_CEL_STRING ? text(cx->arena, &key)
		       : key.kind == PV_CEL_BOOL ? pv_string(cx->arena, key.b ? "true" : "false")
						 : number_text(cx->arena, &key);
		pv_objb_putv(&b, name, out);
	}
	*ret = pv_objb_end(&b);
	return 0;
}

static int
json(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret)
{
	if (depth > DEPTH)
		return pv_fail(cx, PV_EINVALID, "the value is nested more than %d deep", DEPTH);
	if (v->native) {
		*ret = *v->v;
		return 0;
	}
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_NULL: *ret = pv_null(); return 0;
	case PV_CEL_BOOL: *ret = pv_bool(v->b); return 0;
	case PV_CEL_INT: *ret = pv_int(v->i); return 0;
	case PV_CEL_UINT: {
		pv_val s = number_text(cx->arena, v);
		return pv_number(cx->arena, s.s, s.len, ret) ? 0 : no_json(cx, v);
	}
	case PV_CEL_DOUBLE: *ret = isfinite(v->d) ? pv_double(v->d) : double_text(cx->arena, v->d); return 0;
	case PV_CEL_STRING: *ret = text(cx->arena, v); return 0;
	case PV_CEL_BYTES: *ret = pv_string(cx->arena, pv_base64(cx->arena, v->s, v->len, false)); return 0;
	case PV_CEL_DURATION: *ret = pv_string(cx->arena, t_duration(cx->arena, v->i)); return 0;
	case PV_CEL_TIMESTAMP: *ret = pv_string(cx->arena, t_format(cx->arena, v)); return 0;
	case PV_CEL_LIST: return json_list(cx, r, v, depth, ret);
	case PV_CEL_STRUCT:
	case PV_CEL_MAP: return json_map(cx, r, v, depth, ret);
	case PV_CEL_OPTIONAL:
		if (v->items)
			return json(cx, r, v->items, depth + 1, ret);
		*ret = pv_null();
		return 0;
	default: return no_json(cx, v);
	}
}

int
pv_cel_json(pv_ctx *cx, const pv_cel_val *v, pv_val *ret)
{
	run r = {.cx = cx, .arena = cx->arena};
	return json(cx, &r, v, 0, ret);
}

/* ---- cel.expr.Value ---- */

static int proto(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret);

static pv_val
single(pv_arena *arena, const char *key, pv_val v)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, key, v);
	return pv_objb_end(&b);
}

static int
proto_items(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret)
{
	bool list = v->kind == PV_CEL_LIST;
	pv_listb all;
	pv_listb_init(&all, cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		val key = v_null(), value = v_null();
		pv_val k = pv_null(), x = pv_null();
		pv_objb b;
		if (list)
			value = v_item(r, v, i);
		else
			v_entry(r, v, i, &key, &value);
		int e = proto(cx, r, &value, depth + 1, &x);
		e = e < 0 || list ? e : proto(cx, r, &key, depth + 1, &k);
		if (e < 0)
			return e;
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "key", k);
		pv_objb_put(&b, "value", x);
		pv_listb_add(&all, list ? x : pv_objb_end(&b));
	}
	*ret = single(cx->arena, list ? "list_value" : "map_value",
		      single(cx->arena, list ? "values" : "entries", pv_listb_end(&all)));
	return 0;
}

static int
proto(pv_ctx *cx, run *r, const val *v, unsigned depth, pv_val *ret)
{
	pv_arena *a = cx->arena;
	if (depth > DEPTH)
		return pv_fail(cx, PV_EINVALID, "the value is nested more than %d deep", DEPTH);
	switch ((enum pv_cel_kind)v->kind) {
	case PV_CEL_NULL: *ret = single(a, "null_value", pv_null()); return 0;
	case PV_CEL_BOOL: *ret = single(a, "bool_value", pv_bool(v->b)); return 0;
	case PV_CEL_INT: *ret = single(a, "int64_value", number_text(a, v)); return 0;
	case PV_CEL_UINT: *ret = single(a, "uint64_value", number_text(a, v)); return 0;
	case PV_CEL_DOUBLE: *ret = single(a, "double_value", double_text(a, v->d)); return 0;
	case PV_CEL_STRING: *ret = single(a, "string_value", text(a, v)); return 0;
	case PV_CEL_BYTES:
		*ret = single(a, "bytes_value", pv_string(a, pv_base64(a, v->s, v->len, false)));
		return 0;
	case PV_CEL_TYPE: *ret = single(a, "type_value", pv_string(a, v->s)); return 0;
	case PV_CEL_DURATION: *ret = single(a, "duration_value", pv_string(a, t_duration(a, v->i))); return 0;
	case PV_CEL_TIMESTAMP: *ret = single(a, "timestamp_value", pv_string(a, t_format(a, v))); return 0;
	case PV_CEL_LIST:
	case PV_CEL_MAP: return proto_items(cx, r, v, depth, ret);
	case PV_CEL_OPTIONAL: {
		pv_val inner = pv_null();
		int e = v->items ? proto(cx, r, v->items, depth + 1, &inner) : 0;
		*ret = single(a, "optional_value", inner);
		return e;
	}
	default: *ret = single(a, "object_value", pv_string(a, v_type_name(v))); return 0;
	}
}

int
pv_cel_proto(pv_ctx *cx, const pv_cel_val *v, pv_val *ret)
{
	run r = {.cx = cx, .arena = cx->arena};
	return proto(cx, &r, v, 0, ret);
}
