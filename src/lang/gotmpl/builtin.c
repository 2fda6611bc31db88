/* builtin: the functions that text/template has by itself. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/impl.h"

static int
fn_nothing(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)args, (void)n, (void)ret;
	return pv_trun_fail(r, "unreachable");
}

static int
fn_not(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)r, (void)n;
	*ret = pv_tv_bool(!pv_tv_truth(&args[0]));
	return 0;
}

static int
fn_len(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	const pv_tv *v = &args[0];
	(void)n;
	switch (v->kind) {
	case PV_T_STRING: *ret = pv_tv_int(v->len); return 0;
	case PV_T_LIST: *ret = pv_tv_int((int64_t)v->list->len); return 0;
	case PV_T_MAP: *ret = pv_tv_int(v->map->len); return 0;
	case PV_T_NIL: return pv_trun_fail(r, "len of nil pointer");
	case PV_T_INVALID: return pv_trun_fail(r, "reflect: call of reflect.Value.Type on zero Value");
	default: return pv_trun_fail(r, "len of type %s", pv_tv_type(v));
	}
}

/* ---- index, slice ---- */

static int
position(pv_trun *r, const pv_tv *v, size_t most, size_t *ret)
{
	if (v->kind <= PV_T_NIL)
		return pv_trun_fail(r, "cannot index slice/array with nil");
	if (v->kind != PV_T_INT && v->kind != PV_T_UINT)
		return pv_trun_fail(r, "cannot index slice/array with type %s", pv_tv_type(v));
	if (v->i < 0 || (uint64_t)v->i > most)
		return pv_trun_fail(r, "index out of range: %lld", (long long)v->i);
	*ret = (size_t)v->i;
	return 0;
}

static int
index_map(pv_trun *r, const pv_tv *map, const pv_tv *key, pv_tv *ret)
{
	if (key->kind <= PV_T_NIL)
		return pv_trun_fail(r, "value is nil; should be of type string");
	if (key->kind != PV_T_STRING)
		return pv_trun_fail(r, "value has type %s; should be string", pv_tv_type(key));
	const pv_tv *found = pv_tmap_find(map->map, (pv_str){key->s, key->len});
	*ret = found ? *found : map->type == PV_TY_STRING_MAP ? pv_tv_str(PV_STR("")) : pv_tv_nil();
	return 0;
}

static int
index_one(pv_trun *r, const pv_tv *item, const pv_tv *by, pv_tv *ret)
{
	size_t at = 0;
	if (item->kind == PV_T_NIL)
		return pv_trun_fail(r, "index of nil pointer");
	if (item->kind == PV_T_MAP)
		return index_map(r, item, by, ret);
	if (item->kind != PV_T_LIST && item->kind != PV_T_STRING)
		return pv_trun_fail(r, "can't index item of type %s", pv_tv_type(item));
	size_t len = item->kind == PV_T_LIST ? item->list->len : item->len;
	int code = position(r, by, len, &at);
	if (code < 0)
		return code;
	if (at == len)
		return pv_trun_fail(r, item->kind == PV_T_LIST ? "reflect: slice index out of range"
							       : "reflect: string index out of range");
	*ret = item->kind == PV_T_LIST ? item->list->items[at] : pv_tv_int((unsigned char)item->s[at]);
	return 0;
}

static int
fn_index(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_tv item = args[0];
	if (item.kind <= PV_T_NIL)
		return pv_trun_fail(r, "index of untyped nil");
	for (size_t i = 1; i < n; i++) {
		int code = index_one(r, &item, &args[i], &item);
		if (code < 0)
			return code;
	}
	*ret = item;
	return 0;
}

static int
fn_slice(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	const pv_tv *item = &args[0];
	bool text = item->kind == PV_T_STRING;
	if (item->kind <= PV_T_NIL)
		return pv_trun_fail(r, "slice of untyped nil");
	if (n > 4)
		return pv_trun_fail(r, "too many slice indexes: %zu", n - 1);
	if (text && n == 4)
		return pv_trun_fail(r, "cannot 3-index slice a string");
	if (!text && item->kind != PV_T_LIST)
		return pv_trun_fail(r, "can't slice item of type %s", pv_tv_type(item));
	size_t len = text ? item->len : item->list->len, at[3] = {0, len, len};
	for (size_t i = 1; i < n; i++) {
		int code = position(r, &args[i], len, &at[i - 1]);
		if (code < 0)
			return code;
	}
	for (size_t i = 1; i < 3; i++)
		if (at[i - 1] > at[i])
			return pv_trun_fail(r, "invalid slice index: %zu > %zu", at[i - 1], at[i]);
	if (text)
		*ret = pv_tv_str((pv_str){item->s + at[0], at[1] - at[0]});
	else
		*ret = pv_tv_list(r->arena, item->list->items + at[0], at[1] - at[0], item->type);
	return 0;
}

/* ---- comparing ---- */

static int
basic(const pv_tv *v)
{
	return v->kind >= PV_T_BOOL && v->kind <= PV_T_STRING && v->type != PV_TY_BYTES ? v->kind : 0;
}

static int
equal(pv_trun *r, const pv_tv *a, const pv_tv *b, bool *ret)
{
	int ka = basic(a), kb = basic(b);
	*ret = false;
	if (ka == kb && ka != 0) {
		*ret = ka == PV_T_COMPLEX
			       ? a->complex[0] == b->complex[0] && a->complex[1] == b->complex[1]
			       : pv_tv_equal(&(pv_tv){.kind = a->kind, .len = a->len, .u = a->u},
					     &(pv_tv){.kind = b->kind, .len = b->len, .u = b->u}, NULL);
		if (ka == PV_T_BOOL)
			*ret = a->b == b->b;
		return 0;
	}
	if (ka + kb == PV_T_INT + PV_T_UINT && ka != kb && ka && kb) {
		*ret = a->i >= 0 && b->i >= 0 && a->u == b->u;
		return 0;
	}
	if (a->kind <= PV_T_NIL || b->kind <= PV_T_NIL) {
		*ret = a->kind <= PV_T_NIL && b->kind <= PV_T_NIL;
		return 0;
	}
	if (ka != kb)
		return pv_trun_fail(r, "incompatible types for comparison: %s and %s", pv_tv_type(a),
				    pv_tv_type(b));
	if (a->kind == PV_T_OBJECT && b->kind == PV_T_OBJECT) {
		*ret = pv_tv_equal(a, b, &r->steps);
		return 0;
	}
	pv_str text;
	if (a->kind != b->kind) {
		if (text_of(r, b, &text) < 0)
			return -PV_EINVALID;
		return pv_trun_fail(r, "non-comparable types <%s Value>: %s, %s: %.*s", pv_tv_type(a),
				    pv_tv_type(a), pv_tv_type(b), (int)text.len, text.s);
	}
	return text_of(r, b, &text) < 0 ? -PV_EINVALID
					: pv_trun_fail(r, "non-comparable type %.*s: %s", (int)text.len,
						       text.s, pv_tv_type(b));
}

static int
fn_eq(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	bool same = false;
	int code = 0;
	if (n == 1)
		return pv_trun_fail(r, "missing argument for comparison");
	for (size_t i = 1; code == 0 && !same && i < n; i++)
		code = equal(r, &args[0], &args[i], &same);
	*ret = pv_tv_bool(same);
	return code;
}

static int
fn_ne(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	int code = fn_eq(r, args, n, ret);
	ret->b = !ret->b;
	return code;
}

static int
less(pv_trun *r, const pv_tv *a, const pv_tv *b, bool *ret)
{
	int ka = basic(a), kb = basic(b);
	if (!ka || !kb || (ka == kb && (ka == PV_T_BOOL || ka == PV_T_COMPLEX)))
		return pv_trun_fail(r, "invalid type for comparison");
	if (ka == PV_T_INT && kb == PV_T_UINT) {
		*ret = a->i < 0 || a->u < b->u;
	} else if (ka == PV_T_UINT && kb == PV_T_INT) {
		*ret = b->i >= 0 && a->u < b->u;
	} else if (ka != kb) {
		return pv_trun_fail(r, "incompatible types for comparison: %s and %s", pv_tv_type(a),
				    pv_tv_type(b));
	} else if (ka == PV_T_STRING) {
		*ret = pv_str_cmp((pv_str){a->s, a->len}, (pv_str){b->s, b->len}) < 0;
	} else {
		*ret = ka == PV_T_INT ? a->i < b->i : ka == PV_T_UINT ? a->u < b->u : a->d < b->d;
	}
	return 0;
}

static int
fn_lt(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	bool is = false;
	int code = less(r, &args[0], &args[1], &is);
	(void)n;
	*ret = pv_tv_bool(is);
	return code;
}

static int
fn_ge(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	int code = fn_lt(r, args, n, ret);
	ret->b = !ret->b;
	return code;
}

static int
fn_le(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	bool is = false;
	int code = fn_lt(r, args, n, ret);
	if (code == 0 && !ret->b)
		code = equal(r, &args[0], &args[1], &is);
	ret->b |= is;
	return code;
}

static int
fn_gt(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	int code = fn_le(r, args, n, ret);
	ret->b = !ret->b;
	return code;
}

/* ---- printing ---- */

static int
fn_print(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	int code = print_sprint(r, &b, args, n, false);
	*ret = pv_tv_buf(&b);
	return code;
}

static int
fn_println(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	int code = print_sprint(r, &b, args, n, true);
	*ret = pv_tv_buf(&b);
	return code;
}

static int
fn_printf(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	int code = print_sprintf(r, &b, pv_tv_strv(&args[0]), args + 1, n - 1);
	*ret = pv_tv_buf(&b);
	return code;
}

/* ---- escaping ---- */

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The arguments as one text; a nil is <nil> here, and no value <no value>. */
static int
joined(pv_trun *r, const pv_tv *args, size_t n, pv_str *ret)
{
	pv_buf b;
	if (n == 1)
		return args[0].kind <= PV_T_NIL ? (*ret = PV_STR("<no value>"), 0) : text_of(r, args, ret);
	pv_buf_init(&b, r->arena);
	int code = print_sprint(r, &b, args, n, false);
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return code;
}

static int
fn_html(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	static const char of[] = "\"'&<>";
	static const char *const with[] = {"&#34;", "&#39;", "&amp;", "&lt;", "&gt;"};
	pv_buf b;
	pv_str s;
	int code = joined(r, args, n, &s);
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; code == 0 && i < s.len; i++) {
		const char *at = s.s[i] ? strchr(of, s.s[i]) : NULL;
		if (at)
			pv_buf_adds(&b, with[at - of]);
		else if (s.s[i])
			pv_buf_addc(&b, s.s[i]);
		else
			pv_buf_adds(&b, "\xef\xbf\xbd");
	}
	*ret = pv_tv_buf(&b);
	return code;
}

static void
js_rune(pv_buf *b, const char *s, int n, uint32_t rune)
{
	if (rune >= 0x80 && pv_go_is_print(rune))
		pv_buf_add(b, s, (size_t)n);
	else if (rune == '\\' || rune == '\'' || rune == '"')
		pv_buf_printf(b, "\\%c", (char)rune);
	else if (rune < 0x20 || rune >= 0x80 || strchr("<>&=", (int)rune))
		pv_buf_printf(b, "\\u%04X", rune);
	else
		pv_buf_addc(b, (char)rune);
}

static int
fn_js(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_buf b;
	pv_str s;
	int code = joined(r, args, n, &s);
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; code == 0 && i < s.len;) {
		uint32_t rune = 0xfffd;
		int step = pv_utf8_step(s.s + i, s.len - i, &rune);
		if (step == 0)
			pv_buf_adds(&b, "\\uFFFD");
		else
			js_rune(&b, s.s + i, step, rune);
		i += step ? (size_t)step : 1;
	}
	*ret = pv_tv_buf(&b);
	return code;
}

static int
fn_urlquery(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_buf b;
	pv_str s;
	int code = joined(r, args, n, &s);
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; code == 0 && i < s.len; i++) {
		unsigned char c = (unsigned char)s.s[i];
		if (c == ' ')
			pv_buf_addc(&b, '+');
		else if (c && (is_alnum((char)c) || strchr("-_.~", c)))
			pv_buf_addc(&b, (char)c);
		else
			pv_buf_printf(&b, "%%%02X", c);
	}
	*ret = pv_tv_buf(&b);
	return code;
}

const pv_tfunc func_and = {"and", "v.v", fn_nothing}, func_or = {"or", "v.v", fn_nothing},
	       func_call = {"call", "v.v", fn_nothing};

/* clang-format off */
const pv_tfunc builtin_funcs[] = {
	{"eq", "v.v", fn_eq}, {"ge", "vv", fn_ge}, {"gt", "vv", fn_gt}, {"html", ".a", fn_html},
	{"index", "v.v", fn_index}, {"js", ".a", fn_js}, {"le", "vv", fn_le}, {"len", "v", fn_len},
	{"lt", "vv", fn_lt}, {"ne", "vv", fn_ne}, {"not", "v", fn_not}, {"print", ".a", fn_print},
	{"printf", "s.a", fn_printf}, {"println", ".a", fn_println}, {"slice", "v.v", fn_slice},
	{"urlquery", ".a", fn_urlquery}, {NULL, NULL, NULL},
};
/* clang-format on */
