/* print: values as Go's fmt prints them: %v and the other verbs, Sprint, Sprintf. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/impl.h"

#define DEPTH 1000 /* of values within one another */

struct printing {
	pv_trun *r;
	const pv_tv *args;
};

static int put(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val, unsigned depth);

static void
bad(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val)
{
	pv_verb plain = {.width = -1, .precision = -1, .verb = 'v'};
	if (val->kind <= PV_T_NIL) {
		pv_verb_bad(b, v, NULL);
	} else {
		pv_verb_bad(b, v, pv_tv_type(val));
		(void)put(r, b, &plain, val, DEPTH - 2);
	}
	pv_buf_addc(b, ')');
}

static int
put_list(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val, unsigned depth)
{
	int code = 0;
	if (v->sharp_v)
		pv_buf_adds(b, pv_tv_type(val));
	pv_buf_addc(b, v->sharp_v ? '{' : '[');
	for (size_t i = 0; code == 0 && i < val->list->len; i++) {
		if (i > 0)
			pv_buf_adds(b, v->sharp_v ? ", " : " ");
		code = put(r, b, v, &val->list->items[i], depth + 1);
	}
	pv_buf_addc(b, v->sharp_v ? '}' : ']');
	return code;
}

static int
put_map(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val, unsigned depth)
{
	int code = 0;
	pv_tmap_sort(val->map);
	if (v->sharp_v)
		pv_buf_adds(b, pv_tv_type(val));
	pv_buf_adds(b, v->sharp_v ? "{" : "map[");
	for (uint32_t i = 0; code == 0 && i < val->map->len; i++) {
		pv_tv key = pv_tv_str(val->map->at[i].key);
		if (i > 0)
			pv_buf_adds(b, v->sharp_v ? ", " : " ");
		code = put(r, b, v, &key, depth + 1);
		pv_buf_addc(b, ':');
		if (code == 0)
			code = put(r, b, v, &val->map->at[i].val, depth + 1);
	}
	pv_buf_addc(b, v->sharp_v ? '}' : ']');
	return code;
}

static bool
put_complex(pv_buf *b, const pv_verb *v, const double *c)
{
	pv_verb imaginary = *v;
	imaginary.plus = true;
	pv_buf_addc(b, '(');
	bool ok = pv_verb_float(b, v, c[0]) && pv_verb_float(b, &imaginary, c[1]);
	pv_buf_adds(b, "i)");
	return ok;
}

static bool
put_object(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val)
{
	pv_buf text;
	pv_buf_init(&text, r->arena);
	val->object->class->print(&text, val->object);
	return pv_verb_string(b, v, (pv_str){text.len ? text.s : "", text.len});
}

static void
put_nil(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val, unsigned depth)
{
	if (v->verb != 'v')
		bad(r, b, v, val);
	else if (v->sharp_v && depth > 0)
		pv_buf_adds(b, "interface {}(nil)");
	else
		pv_verb_pad(b, v, PV_STR("<nil>"));
}

/* []byte prints as numbers but for the verbs of strings. */
static int
put_bytes(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val)
{
	pv_tv *items;
	if (v->verb != 'v' && v->verb != 'd')
		return pv_verb_string(b, v, (pv_str){val->s, val->len}) ? 0 : (bad(r, b, v, val), 0);
	if (pv_trun_spend(r, val->len) < 0)
		return -PV_ETOOLARGE;
	items = pv_new_array(r->arena, pv_tv, val->len);
	for (uint32_t i = 0; i < val->len; i++)
		items[i] = pv_tv_int((unsigned char)val->s[i]);
	pv_tv list = pv_tv_list(r->arena, items, val->len, PV_TY_PLAIN);
	return put_list(r, b, v, &list, 1);
}

static int
put(pv_trun *r, pv_buf *b, const pv_verb *v, const pv_tv *val, unsigned depth)
{
	bool ok = true;
	if (depth > DEPTH)
		return pv_trun_fail(r, "values lie more than %d deep within one another", DEPTH);
	if (pv_trun_spend(r, 1) < 0 || b->len > r->room)
		return b->len > r->room ? pv_trun_fail(r, "the limit of output is met") : -PV_ETOOLARGE;
	switch ((enum pv_tkind)val->kind) {
	case PV_T_INVALID:
	case PV_T_NIL: put_nil(r, b, v, val, depth); break;
	case PV_T_BOOL: ok = pv_verb_bool(b, v, val->b); break;
	case PV_T_INT: ok = pv_verb_int(b, v, val->i); break;
	case PV_T_UINT: ok = pv_verb_uint(b, v, val->u); break;
	case PV_T_FLOAT: ok = pv_verb_float(b, v, val->d); break;
	case PV_T_COMPLEX: ok = put_complex(b, v, val->complex); break;
	case PV_T_STRING:
		if (val->type == PV_TY_BYTES)
			return put_bytes(r, b, v, val);
		ok = pv_verb_string(b, v, (pv_str){val->s, val->len});
		break;
	case PV_T_LIST: return put_list(r, b, v, val, depth);
	case PV_T_MAP: return put_map(r, b, v, val, depth);
	case PV_T_OBJECT: ok = put_object(r, b, v, val); break;
	}
	if (!ok)
		bad(r, b, v, val);
	return 0;
}

int
print_value(pv_trun *r, pv_buf *b, const pv_tv *v)
{
	pv_verb plain = {.width = -1, .precision = -1, .verb = 'v'};
	if (v->kind == PV_T_INVALID) {
		pv_buf_adds(b, r->how->absent ? r->how->absent : "<no value>");
		return 0;
	}
	return put(r, b, &plain, v, 0);
}

/* ---- Sprintf ---- */

static bool
size(void *of, size_t i, int64_t *ret)
{
	const pv_tv *v = &((struct printing *)of)->args[i];
	*ret = v->i;
	return v->kind == PV_T_INT;
}

static const char *
type(void *of, size_t i)
{
	const pv_tv *v = &((struct printing *)of)->args[i];
	return v->kind <= PV_T_NIL ? NULL : pv_tv_type(v);
}

static int
put_arg(void *of, size_t i, const pv_verb *v, pv_buf *b)
{
	struct printing *p = of;
	const char *name = type(of, i);
	if (v->verb != 'T')
		return put(p->r, b, v, &p->args[i], 0);
	pv_verb as_text = *v;
	as_text.verb = 's';
	(void)pv_verb_string(b, &as_text, pv_str_of(name ? name : "<nil>"));
	return 0;
}

int
print_sprintf(pv_trun *r, pv_buf *b, pv_str format, const pv_tv *args, size_t n)
{
	struct printing p = {r, args};
	return pv_fmt(b, format,
		      &(pv_operands){.of = &p, .n = n, .size = size, .put = put_arg, .type = type});
}

int
print_sprint(pv_trun *r, pv_buf *b, const pv_tv *args, size_t n, bool lines)
{
	pv_verb plain = {.width = -1, .precision = -1, .verb = 'v'};
	int code = 0;
	for (size_t i = 0; code == 0 && i < n; i++) {
		if (i > 0 && (lines || (args[i].kind != PV_T_STRING && args[i - 1].kind != PV_T_STRING)))
			pv_buf_addc(b, ' ');
		code = put(r, b, &plain, &args[i], 0);
	}
	if (lines)
		pv_buf_addc(b, '\n');
	return code;
}

int
text_of(pv_trun *r, const pv_tv *v, pv_str *ret)
{
	pv_verb plain = {.width = -1, .precision = -1, .verb = 'v'};
	pv_buf b;
	if (v->kind == PV_T_STRING) {
		*ret = (pv_str){v->s, v->len};
		return 0;
	}
	pv_buf_init(&b, r->arena);
	int code = put(r, &b, &plain, v, 0);
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return code;
}
