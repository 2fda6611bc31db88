#include "governance/gatekeeper/path.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "lang/json/json.h"

/* ---- words ---- */

enum word { W_END, W_NAME, W_NUMBER, W_DOT, W_OPEN, W_CLOSE, W_STAR, W_COLON, W_BAD };

typedef struct scanner {
	pv_ctx *cx;
	pv_arena *arena;
	const char *text, *at;
	enum word word; /* the next one */
	const char *literal;
	size_t where;
	bool unterminated;
} scanner;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static void
run_of(scanner *s, bool (*is)(char), enum word word)
{
	const char *from = s->at;

	while (is(*s->at))
		s->at++;
	s->word = word;
	s->literal = pv_strndup(s->arena, from, (size_t)(s->at - from));
}

static void
quoted(scanner *s)
{
	char quote = *s->at++;
	pv_buf b;

	pv_buf_init(&b, s->arena);
	pv_buf_adds(&b, "");
	for (; *s->at && *s->at != quote; s->at++) {
		if (*s->at == '\\' && s->at[1])
			s->at++;
		pv_buf_addc(&b, *s->at);
	}
	s->unterminated = *s->at != quote;
	s->word = s->unterminated ? W_BAD : W_NAME;
	s->literal = b.s;
	if (*s->at)
		s->at++;
}

static void
next(scanner *s)
{
	static const char marks[] = ".[]*:";
	static const enum word words[] = {W_DOT, W_OPEN, W_CLOSE, W_STAR, W_COLON};
	const char *mark;

	while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n')
		s->at++;
	s->where = (size_t)(s->at - s->text);
	if (!*s->at) {
		s->word = W_END;
		s->literal = "";
	} else if (is_digit(*s->at)) {
		run_of(s, is_digit, W_NUMBER);
	} else if (is_name(*s->at)) {
		run_of(s, is_name, W_NAME);
	} else if (*s->at == '"' || *s->at == '\'') {
		quoted(s);
	} else {
		mark = strchr(marks, *s->at);
		s->word = mark ? words[mark - marks] : W_BAD;
		s->literal = pv_strndup(s->arena, s->at++, 1);
	}
}

/* ---- the path ---- */

static int
unexpected(scanner *s, const char *expected)
{
	if (s->unterminated)
		return pv_fail(s->cx, PV_EINVALID, "at position %zu: unterminated string", s->where);
	return pv_fail(s->cx, PV_EINVALID, "at position %zu: unexpected token: expected %s, got: %s",
		       s->where, expected, s->word == W_END ? "EOF" : s->literal);
}

static int
parse_key(scanner *s, gk_node *node)
{
	pv_val number;

	if (s->word == W_STAR) {
		node->glob = true;
	} else if (s->word == W_NAME) {
		node->key = pv_box(s->arena, pv_string(s->arena, s->literal));
	} else if (s->word == W_NUMBER) {
		int64_t n;

		if (!pv_parse_int(pv_str_of(s->literal), &n))
			return pv_fail(s->cx, PV_EINVALID, "invalid integer: overflow in integer string: %s",
				       s->literal);
		number = pv_int(n);
		node->key = pv_box(s->arena, number);
	} else {
		return unexpected(s, "key value or glob in listSpec");
	}
	next(s);
	return 0;
}

/* Behind the bracket: name:*] */
static int
parse_list(scanner *s, gk_node *node)
{
	int r;

	node->list = true;
	if (s->word != W_NAME)
		return unexpected(s, "keyField in listSpec");
	node->name = s->literal;
	next(s);
	if (s->word != W_COLON)
		return unexpected(s, pv_printf(s->cx->arena, "':' following keyField %s", node->name));
	next(s);
	r = parse_key(s, node);
	if (r == 0 && s->word != W_CLOSE)
		r = unexpected(s, "']' following listSpec");
	if (r == 0)
		next(s);
	return r;
}

static int
parse_step(scanner *s, pv_vec *nodes)
{
	gk_node *node;
	int r = 0;

	if (s->word != W_NAME)
		return unexpected(s, "field name or eof");
	node = pv_vec_add(nodes);
	node->name = s->literal;
	next(s);
	if (s->word == W_OPEN) {
		next(s);
		r = parse_list(s, pv_vec_add(nodes));
	}
	if (r < 0 || s->word == W_END)
		return r;
	if (s->word != W_DOT)
		return unexpected(s, "'.' or eof");
	next(s);
	return s->word == W_END ? pv_fail(s->cx, PV_EINVALID, "trailing separators are forbidden") : 0;
}

int
gk_path_parse(pv_ctx *cx, pv_arena *arena, const char *text, gk_path *ret)
{
	scanner s = {.cx = cx, .arena = arena, .text = text, .at = text};
	pv_vec nodes;
	int r = 0;

	pv_vec_init(&nodes, arena, sizeof(gk_node));
	next(&s);
	while (r == 0 && s.word != W_END && nodes.len <= GK_PATH_MOST)
		r = parse_step(&s, &nodes);
	if (r == 0 && nodes.len > GK_PATH_MOST)
		r = pv_fail(cx, PV_ETOOLARGE, "path has more than %d parts", GK_PATH_MOST);
	*ret = (gk_path){nodes.data, nodes.len};
	return r;
}

static bool
same_node(const gk_node *a, const gk_node *b)
{
	return a->list == b->list && a->glob == b->glob && pv_streq(a->name, b->name) &&
	       (!a->key == !b->key) && (!a->key || pv_eq(a->key, b->key));
}

bool
gk_path_is_prefix(const gk_path *shorter, const gk_path *longer)
{
	if (shorter->n > longer->n)
		return false;
	for (size_t i = 0; i < shorter->n; i++)
		if (!same_node(&shorter->nodes[i], &longer->nodes[i]))
			return false;
	return true;
}

/* ---- changing ---- */

typedef struct change {
	pv_ctx *cx;
	const gk_path *path;
	const enum gk_test *tests;
	const gk_setter *setter;
	bool changed; /* by the last step */
} change;

static bool
may_exist(const change *c, size_t depth)
{
	return c->tests[depth] != GK_MUST_NOT_EXIST;
}

static bool
may_lack(const change *c, size_t depth)
{
	return c->tests[depth] != GK_MUST_EXIST;
}

static int step(change *c, const pv_val *now, size_t depth, const pv_val **ret);

/* What stands below a node that is not there yet. */
static const pv_val *
missing(change *c, size_t depth)
{
	pv_arena *arena = c->cx->arena;
	const gk_node *node = &c->path->nodes[depth];
	pv_objb b;

	if (c->path->nodes[depth + 1].list)
		return pv_box(arena, pv_list_of(arena, NULL, 0));
	pv_objb_init(&b, arena);
	if (node->list)
		pv_objb_put(&b, node->name, *node->key);
	return pv_box(arena, pv_objb_end(&b));
}

static int
step_field(change *c, const pv_val *now, size_t depth, const pv_val **ret)
{
	pv_arena *arena = c->cx->arena;
	const char *name = c->path->nodes[depth].name;
	const pv_val *was = pv_get(now, name), *then = NULL;
	int r;

	*ret = now;
	c->changed = false;
	if (!pv_is(now, PV_OBJECT))
		return pv_fail(
			c->cx, PV_EINVALID,
			"mismatch between path entry (type: object) and received object (type: %s). Path: %s",
			pv_type_name(now), name);
	if (was ? !may_exist(c, depth) : !may_lack(c, depth))
		return 0;
	if (depth + 1 == c->path->n) {
		r = c->setter->set(c->cx, c->setter->arg, was, &then);
		c->changed = r == 0;
	} else {
		r = step(c, was ? was : missing(c, depth), depth + 1, &then);
	}
	if (r == 0 && c->changed && then)
		*ret = pv_box(arena, pv_with(arena, now, name, *then));
	return r;
}

static bool
is_meant(const gk_node *node, const pv_val *item)
{
	const pv_val *key = pv_get(item, node->name);

	return key && node->key && pv_eq(key, node->key);
}

static const pv_val *
list_of(change *c, const pv_val *now, size_t at, const pv_val *item)
{
	pv_listb b;

	pv_listb_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(now); i++)
		pv_listb_add(&b, i == at ? *item : *pv_item(now, i));
	if (at >= pv_count(now))
		pv_listb_add(&b, *item);
	return pv_box(c->cx->arena, pv_listb_end(&b));
}

/* The path ends in an item of a list: it is replaced, or added. */
static int
set_item(change *c, const pv_val *now, size_t depth, const pv_val **ret)
{
	const gk_node *node = &c->path->nodes[depth];
	const pv_val *value = NULL;
	size_t at = 0;
	int r;

	*ret = now;
	if (!c->setter->keyed)
		return pv_fail(c->cx, PV_EINVALID, "mutator does not understand keyed lists");
	if (node->glob)
		return pv_fail(c->cx, PV_EINVALID, "last path entry can not be globbed");
	r = c->setter->set(c->cx, c->setter->arg, NULL, &value);
	if (r < 0)
		return r;
	if (!pv_is(value, PV_OBJECT))
		return pv_fail(c->cx, PV_EINVALID, "assign.value for keyed list is not an object: %s",
			       pv_json_text(c->cx->arena, value));
	while (at < pv_count(now) && !is_meant(node, pv_item(now, at)))
		at++;
	if (at < pv_count(now) && !is_meant(node, value))
		return pv_fail(c->cx, PV_EINVALID, "key value of replaced object must not change");
	if (at < pv_count(now) ? !may_exist(c, depth) : !may_lack(c, depth))
		return 0;
	c->changed = true;
	*ret = list_of(c, now, at, value);
	return 0;
}

/* The list is made anew once, however many of its items change: whoever writes the object says how many. */
static int
step_items(change *c, const pv_val *now, size_t depth, const pv_val **ret)
{
	const gk_node *node = &c->path->nodes[depth];
	bool any = false, found = false;
	const pv_val *then;
	pv_listb b;
	int r = 0;

	pv_listb_init(&b, c->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(now); i++) {
		then = pv_item(now, i);
		if (node->glob || is_meant(node, then)) {
			c->changed = false;
			if (!may_exist(c, depth))
				return 0;
			found = true;
			r = step(c, then, depth + 1, &then);
			any = any || c->changed;
		}
		if (r == 0)
			pv_listb_add(&b, *then);
	}
	if (r == 0 && !node->glob && !found && may_lack(c, depth)) {
		r = step(c, missing(c, depth), depth + 1, &then);
		if (r == 0 && c->changed)
			pv_listb_add(&b, *then);
		any = any || c->changed;
	}
	c->changed = r == 0 && any;
	if (c->changed)
		*ret = pv_box(c->cx->arena, pv_listb_end(&b));
	return r;
}

static int
step(change *c, const pv_val *now, size_t depth, const pv_val **ret)
{
	const gk_node *node = &c->path->nodes[depth];

	if (!node->list)
		return step_field(c, now, depth, ret);
	*ret = now;
	c->changed = false;
	if (!pv_is(now, PV_LIST))
		return pv_fail(
			c->cx, PV_EINVALID,
			"mismatch between path entry (type: List) and received object (type: %s). Path: [%s]",
			pv_type_name(now), node->name);
	return depth + 1 == c->path->n ? set_item(c, now, depth, ret) : step_items(c, now, depth, ret);
}

int
gk_path_apply(pv_ctx *cx, const gk_path *path, const enum gk_test *tests, const gk_setter *setter,
	      const pv_val *object, const pv_val **ret, bool *ret_changed)
{
	change c = {.cx = cx, .path = path, .tests = tests, .setter = setter};
	int r = step(&c, object, 0, ret);

	*ret_changed = r == 0 && c.changed;
	return r;
}
