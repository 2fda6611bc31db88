/* strvals: `--set a.b[0]=x,c={1,2}` into values, with the words and corners of Helm's
 * pkg/strvals. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"

#define INDEX_MAX 65536
#define NESTED_MAX 30
#define DONE 1 /* the end of the text */

struct parser {
	pv_ctx *cx;
	enum helm_set how;
	const char *s, *end;
	helm_reader read;
	void *of;
};

static int key(struct parser *p, pv_tmap *data, int level);
static int list_item(struct parser *p, pv_tv list, int64_t i, int level, pv_tv *ret);

static const char *
quoted(struct parser *p, pv_str s)
{
	pv_buf b;
	pv_buf_init(&b, p->cx->arena);
	pv_go_quote(&b, s, false);
	return b.s;
}

/* As Go quotes a slice of runes: ['a' 'b']. */
static const char *
runes(struct parser *p, pv_str s)
{
	const pv_verb q = {.width = -1, .precision = -1, .verb = 'q'};
	pv_buf b;
	pv_buf_init(&b, p->cx->arena);
	pv_buf_addc(&b, '[');
	for (size_t i = 0; i < s.len;) {
		uint32_t rune = 0xfffd;
		int step = pv_utf8_step(s.s + i, s.len - i, &rune);
		pv_buf_adds(&b, i ? " " : "");
		(void)pv_verb_rune(&b, &q, rune);
		i += step ? (size_t)step : 1;
	}
	pv_buf_addc(&b, ']');
	return b.s;
}

/* Up to one of `stop`, without the backslashes; its length in ret.  The stop, or 0 at the end. */
static char
until(struct parser *p, const char *stop, pv_str *ret)
{
	pv_buf b;
	char last = 0;
	pv_buf_init(&b, p->cx->arena);
	while (p->s < p->end && last == 0) {
		char c = *p->s++;
		if (c && strchr(stop, c) != NULL)
			last = c;
		else if (c != '\\' || p->how == HELM_SET_LITERAL)
			pv_buf_addc(&b, c);
		else if (p->s < p->end)
			pv_buf_addc(&b, *p->s++);
	}
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return last;
}

static void
set(pv_tmap *data, pv_str name, pv_tv val)
{
	if (name.len > 0)
		pv_tmap_put(data, name, val);
}

static bool
same(pv_str s, const char *word)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.s[i] | 0x20) != word[i] || !word[i])
			return false;
	return word[s.len] == '\0';
}

/* true, null, 5 and texts. */
static int
typed(struct parser *p, pv_str s, pv_tv *ret)
{
	int64_t n;
	*ret = pv_tv_str(s);
	if (p->how == HELM_SET_FILE) {
		pv_str text;
		int r = p->read(p->cx, p->of, pv_strndup(p->cx->arena, s.s, s.len), &text);
		if (r == 0)
			*ret = pv_tv_str(text);
		return r;
	}
	if (p->how != HELM_SET)
		return 0;
	if (same(s, "true") || same(s, "false"))
		*ret = pv_tv_bool(s.len == 4);
	else if (same(s, "null"))
		*ret = pv_tv_nil();
	else if (s.len == 1 && *s.s == '0')
		*ret = pv_tv_int64(0);
	else if (s.len && *s.s != '0' &&
		 pv_parse_int((pv_str){s.s + (*s.s == '+'), s.len - (*s.s == '+')}, &n))
		*ret = pv_tv_int64(n);
	return 0;
}

static pv_tv
list_put(struct parser *p, pv_tv list, size_t i, pv_tv val)
{
	size_t have = list.kind == PV_T_LIST ? list.list->len : 0, n = have > i ? have : i + 1;
	pv_tv *items = pv_new_array(p->cx->arena, pv_tv, n);
	for (size_t k = 0; k < n; k++)
		items[k] = k < have ? list.list->items[k] : pv_tv_nil();
	items[i] = val;
	return pv_tv_list(p->cx->arena, items, n, PV_TY_PLAIN);
}

/* {a,b}: -1 if what comes is no list. */
static int
value_list(struct parser *p, pv_tv *ret)
{
	pv_vec items;
	pv_vec_init(&items, p->cx->arena, sizeof(pv_tv));
	p->s++;
	for (;;) {
		pv_str s;
		pv_tv v;
		char last = until(p, ",}", &s);
		if (last == 0)
			return pv_fail(p->cx, PV_EINVALID, "list must terminate with '}'");
		int r = typed(p, s, &v);
		if (r < 0)
			return r;
		pv_vec_push(&items, &v);
		if (last == '}')
			break;
	}
	if (p->s < p->end && *p->s == ',')
		p->s++;
	*ret = pv_tv_list(p->cx->arena, items.data, items.len, PV_TY_PLAIN);
	return 0;
}

/* Blanks and one comma; true if nothing else was there. */
static bool
empty_value(struct parser *p)
{
	while (p->s < p->end) {
		if (*p->s == ',') {
			p->s++;
			return true;
		}
		if (*p->s != ' ' && (*p->s < '\t' || *p->s > '\r'))
			return false;
		p->s++;
	}
	return true;
}

static int
json_value(struct parser *p, pv_tv *ret)
{
	const pv_val *doc;
	pv_str rest;
	*ret = pv_tv_nil();
	if (empty_value(p))
		return 0;
	rest = (pv_str){p->s, (size_t)(p->end - p->s)};
	if (rest.len > 1 && rest.s[0] == '0' && rest.s[1] >= '0' &&
	    rest.s[1] <= '9') { /* Go reads the 0 alone */
		*ret = pv_tv_float(0);
		p->s++;
		(void)empty_value(p);
		return 0;
	}
	if (pv_json_next(p->cx, &rest, NULL, &doc) < 0)
		return -PV_EBADREQUEST;
	*ret = pv_tv_from(p->cx->arena, doc, true);
	p->s = rest.s;
	(void)empty_value(p);
	return 0;
}

/* Behind a '='.  DONE: the text ended, the value is "". */
static int
value(struct parser *p, pv_tv *ret)
{
	pv_str s;
	*ret = pv_tv_text("");
	if (p->how == HELM_SET_JSON)
		return json_value(p, ret);
	if (p->how == HELM_SET_LITERAL) {
		*ret = pv_tv_str((pv_str){p->s, (size_t)(p->end - p->s)});
		p->s = p->end;
		return 0;
	}
	if (p->s == p->end)
		return DONE;
	if (*p->s == '{')
		return value_list(p, ret);
	(void)until(p, ",", &s);
	return typed(p, s, ret);
}

/* The number before a ']'. */
static int
index_of(struct parser *p, int64_t *ret)
{
	pv_str s;
	if (until(p, "]", &s) != ']')
		return pv_fail(p->cx, PV_EINVALID, "error parsing index: EOF");
	if (!pv_parse_int(s, ret))
		return pv_fail(p->cx, PV_EINVALID,
			       "error parsing index: strconv.Atoi: parsing %s: invalid syntax", quoted(p, s));
	return 0;
}

static int
wrong_type(struct parser *p, const pv_tv *found, const char *want)
{
	return pv_fail(p->cx, PV_EINVALID,
		       "unable to parse key: interface conversion: interface {} is %s, not %s",
		       found->kind <= PV_T_NIL ? "nil" : pv_tv_type(found), want);
}

static int
set_item(struct parser *p, pv_tv list, int64_t i, pv_tv val, pv_tv *ret)
{
	*ret = list;
	if (i > INDEX_MAX)
		return pv_fail(p->cx, PV_EINVALID,
			       "index of %lld is greater than maximum supported index of %d", (long long)i,
			       INDEX_MAX);
	*ret = list_put(p, list, (size_t)i, val);
	return 0;
}

static int
item_in_list(struct parser *p, pv_tv list, int64_t i, int level, pv_tv *ret)
{
	pv_tv inner = pv_tv_list(p->cx->arena, NULL, 0, PV_TY_PLAIN);
	int64_t at;
	int r = index_of(p, &at);
	if (r < 0)
		return r;
	if (i < (int64_t)list.list->len && list.list->items[i].kind > PV_T_NIL) {
		inner = list.list->items[i];
		if (inner.kind != PV_T_LIST)
			return wrong_type(p, &inner, "[]interface {}");
	}
	r = list_item(p, inner, at, level, &inner);
	return r < 0 ? r : set_item(p, list, i, inner, ret);
}

static int
item_in_map(struct parser *p, pv_tv list, int64_t i, int level, pv_tv *ret)
{
	pv_tmap *inner = pv_tmap_new(p->cx->arena);
	if (i < (int64_t)list.list->len && list.list->items[i].kind == PV_T_MAP)
		inner = list.list->items[i].map;
	int r = key(p, inner, level);
	if (r != 0) {
		*ret = list;
		return r;
	}
	return set_item(p, list, i, pv_tv_map(inner), ret);
}

static int
list_item(struct parser *p, pv_tv list, int64_t i, int level, pv_tv *ret)
{
	pv_str s;
	*ret = list;
	if (i < 0)
		return pv_fail(p->cx, PV_EINVALID, "negative %lld index not allowed", (long long)i);
	if (level > NESTED_MAX)
		return pv_fail(p->cx, PV_EINVALID,
			       "value name nested level is greater than maximum supported nested level of %d",
			       NESTED_MAX);
	char last = until(p, "[.=", &s);
	if (s.len > 0)
		return pv_fail(p->cx, PV_EINVALID, "unexpected data at end of array index: %s", runes(p, s));
	if (last == '[')
		return item_in_list(p, list, i, level + 1, ret);
	if (last == '.')
		return item_in_map(p, list, i, level, ret);
	if (last == 0)
		return DONE;
	pv_tv v;
	int r = value(p, &v);
	if (r < 0)
		return r;
	int put = set_item(p, list, i, v, ret);
	return put < 0 ? put : 0;
}

static int
list_key(struct parser *p, pv_tmap *data, pv_str name, int level)
{
	pv_tv list = pv_tv_list(p->cx->arena, NULL, 0, PV_TY_PLAIN);
	const pv_tv *have = pv_tmap_find(data, name);
	int64_t i;
	int r = index_of(p, &i);
	if (r < 0)
		return r;
	if (have != NULL) {
		if (have->kind != PV_T_LIST)
			return wrong_type(p, have, "[]interface {}");
		list = *have;
	}
	r = list_item(p, list, i, level, &list);
	set(data, name, list);
	return r;
}

static int
map_key(struct parser *p, pv_tmap *data, pv_str name, int level)
{
	pv_tmap *inner = pv_tmap_new(p->cx->arena);
	const pv_tv *have = pv_tmap_find(data, name);
	if (level + 1 > NESTED_MAX)
		return pv_fail(p->cx, PV_EINVALID,
			       "value name nested level is greater than maximum supported nested level of %d",
			       NESTED_MAX);
	if (have != NULL) {
		if (have->kind != PV_T_MAP)
			return wrong_type(p, have, "map[string]interface {}");
		inner = have->map;
	}
	int r = key(p, inner, level + 1);
	if (r == 0 && inner->len == 0)
		return pv_fail(p->cx, PV_EINVALID, "key map %s has no value", quoted(p, name));
	if (inner->len > 0)
		set(data, name, pv_tv_map(inner));
	return r;
}

static int
key(struct parser *p, pv_tmap *data, int level)
{
	pv_str name;
	pv_tv v;
	char last = until(p, p->how == HELM_SET_LITERAL ? "=[." : "=[,.", &name);
	switch (last) {
	case '[': return list_key(p, data, name, level);
	case '.': return map_key(p, data, name, level);
	case ',':
		set(data, name, pv_tv_text(""));
		return pv_fail(p->cx, PV_EINVALID, "key %s has no value (cannot end with ,)",
			       quoted(p, name));
	case '=': {
		int r = value(p, &v);
		if (r >= 0)
			set(data, name, v);
		return r;
	}
	default:
		if (name.len > 0)
			return pv_fail(p->cx, PV_EINVALID, "key %s has no value", quoted(p, name));
		return DONE;
	}
}

int
helm_set(pv_ctx *cx, enum helm_set how, pv_str text, pv_tmap *values, helm_reader read, void *of)
{
	struct parser p = {
		.cx = cx, .how = how, .s = text.s, .end = text.s + text.len, .read = read, .of = of};
	int r;
	do
		r = key(&p, values, 0);
	while (r == 0);
	return r < 0 ? r : 0;
}
