/* toml: values as BurntSushi/toml writes them: plain keys first, then tables, each
 * level indented by two spaces. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/impl.h"

#define DEPTH 100
#define TEXT_MAX ((size_t)64 << 20)

static const char *put_value(pv_arena *arena, pv_buf *b, const pv_tv *v, unsigned depth);

static void
put_string(pv_buf *b, pv_str s)
{
	static const char from[] = "\t\n\r\b\f\"\\", to[] = "tnrbf\"\\";
	pv_buf_addc(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.s[i];
		const char *at = c ? strchr(from, c) : NULL;
		if (at != NULL)
			pv_buf_printf(b, "\\%c", to[at - from]);
		else if (c < 0x20 || c == 0x7f)
			pv_buf_printf(b, "\\u%04x", c);
		else
			pv_buf_addc(b, (char)c);
	}
	pv_buf_addc(b, '"');
}

static void
put_key(pv_buf *b, pv_str key)
{
	bool bare = key.len > 0;
	for (size_t i = 0; bare && i < key.len; i++) {
		char c = key.s[i];
		bare = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		       c == '_' || c == '-';
	}
	if (bare)
		pv_buf_add(b, key.s, key.len);
	else
		put_string(b, key);
}

static void
put_float(pv_buf *b, double d)
{
	size_t from = b->len;
	if (isnan(d) || isinf(d)) {
		pv_buf_adds(b, isnan(d) ? "nan" : d > 0 ? "inf" : "-inf");
		return;
	}
	pv_go_float(b, d);
	if (memchr(b->s + from, '.', b->len - from) == NULL &&
	    memchr(b->s + from, 'e', b->len - from) == NULL)
		pv_buf_adds(b, ".0");
}

static const char *
put_inline(pv_arena *arena, pv_buf *b, pv_tmap *m, unsigned depth)
{
	const char *wrong = NULL;
	bool some = false;
	pv_tmap_sort(m);
	pv_buf_addc(b, '{');
	for (uint32_t i = 0; wrong == NULL && i < m->len; i++) {
		if (m->at[i].val.kind <= PV_T_NIL)
			continue;
		pv_buf_adds(b, some ? ", " : "");
		some = true;
		put_key(b, m->at[i].key);
		pv_buf_adds(b, " = ");
		wrong = put_value(arena, b, &m->at[i].val, depth + 1);
	}
	pv_buf_addc(b, '}');
	return wrong;
}

static const char *
put_list(pv_arena *arena, pv_buf *b, const pv_tlist *l, unsigned depth)
{
	const char *wrong = NULL;
	pv_buf_addc(b, '[');
	for (size_t i = 0; wrong == NULL && i < l->len; i++) {
		pv_buf_adds(b, i ? ", " : "");
		if (l->items[i].kind <= PV_T_NIL)
			return "toml: cannot encode array with nil element";
		wrong = put_value(arena, b, &l->items[i], depth + 1);
	}
	pv_buf_addc(b, ']');
	return wrong;
}

static const char *
put_value(pv_arena *arena, pv_buf *b, const pv_tv *v, unsigned depth)
{
	if (b->len > TEXT_MAX)
		return "toml: expected at most 67108864 bytes";
	if (depth > DEPTH)
		return "toml: values lie more than 100 deep within one another";
	switch (v->kind) {
	case PV_T_BOOL: pv_buf_adds(b, v->b ? "true" : "false"); return NULL;
	case PV_T_INT: pv_buf_add_int(b, v->i); return NULL;
	case PV_T_UINT: pv_buf_printf(b, "%llu", (unsigned long long)v->u); return NULL;
	case PV_T_FLOAT: put_float(b, v->d); return NULL;
	case PV_T_STRING: put_string(b, (pv_str){v->s, v->len}); return NULL;
	case PV_T_LIST: return put_list(arena, b, v->list, depth);
	case PV_T_MAP: return put_inline(arena, b, v->map, depth);
	default: return pv_printf(arena, "toml: unsupported type: %s", pv_tv_type(v));
	}
}

static bool
is_tables(const pv_tv *v)
{
	if (v->kind != PV_T_LIST || v->list->len == 0)
		return false;
	for (size_t i = 0; i < v->list->len; i++)
		if (v->list->items[i].kind != PV_T_MAP)
			return false;
	return true;
}

static void
indent(pv_buf *b, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		pv_buf_adds(b, "  ");
}

static const char *put_table(pv_arena *arena, pv_buf *b, pv_tmap *m, const char *path, unsigned depth);

static const char *
put_sub(pv_arena *arena, pv_buf *b, pv_tmap *m, const char *path, bool array, unsigned depth)
{
	if (b->len > 0 && (depth == 1 || array))
		pv_buf_addc(b, '\n');
	indent(b, depth - 1);
	pv_buf_printf(b, array ? "[[%s]]\n" : "[%s]\n", path);
	return put_table(arena, b, m, path, depth);
}

static const char *
put_table(pv_arena *arena, pv_buf *b, pv_tmap *m, const char *path, unsigned depth)
{
	const char *wrong = NULL;
	if (b->len > TEXT_MAX)
		return "toml: expected at most 67108864 bytes";
	if (depth > DEPTH)
		return "toml: tables lie more than 100 deep within one another";
	pv_tmap_sort(m);
	for (uint32_t i = 0; wrong == NULL && i < m->len; i++) {
		const pv_tv *v = &m->at[i].val;
		if (v->kind <= PV_T_NIL || v->kind == PV_T_MAP || is_tables(v))
			continue;
		indent(b, depth);
		put_key(b, m->at[i].key);
		pv_buf_adds(b, " = ");
		wrong = put_value(arena, b, v, 0);
		pv_buf_addc(b, '\n');
	}
	for (uint32_t i = 0; wrong == NULL && i < m->len; i++) {
		const pv_tv *v = &m->at[i].val;
		pv_buf key;
		if (v->kind != PV_T_MAP && !is_tables(v))
			continue;
		pv_buf_init(&key, arena);
		pv_buf_adds(&key, path);
		pv_buf_adds(&key, *path ? "." : "");
		put_key(&key, m->at[i].key);
		if (v->kind == PV_T_MAP)
			wrong = put_sub(arena, b, v->map, key.s, false, depth + 1);
		for (size_t k = 0; wrong == NULL && v->kind == PV_T_LIST && k < v->list->len; k++)
			wrong = put_sub(arena, b, v->list->items[k].map, key.s, true, depth + 1);
	}
	return wrong;
}

const char *
toml_write(pv_arena *arena, pv_buf *b, const pv_tv *v)
{
	if (v->kind != PV_T_MAP)
		return "toml: top-level values must be Go maps or structs";
	return put_table(arena, b, v->map, "", 0);
}
