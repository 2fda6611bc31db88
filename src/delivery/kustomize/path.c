/* path: fields read and changed by a path that may go through the items of lists. */
#include <string.h>

#include "base/regex.h"
#include "delivery/kustomize/path.h"

/* ---- parts ---- */

void
kust_field_path(pv_arena *arena, const char *path, pv_vec *ret)
{
	pv_vec raw;
	kust_path_split(arena, path, '.', &raw);
	pv_vec_init(ret, arena, sizeof(const char *));
	for (size_t i = 0; i < raw.len; i++) {
		const char *part = *PV_AT(const char *, &raw, i);
		if (*part != '[' || pv_ends_with(part, "]")) {
			if (*part)
				pv_vec_push(ret, &part);
			continue;
		}
		while (!pv_ends_with(part, "]") && i + 1 < raw.len)
			part = pv_printf(arena, "%s.%s", part, *PV_AT(const char *, &raw, ++i));
		if (strchr(part, '=') == NULL) { /* [a.b] is the field a.b */
			size_t n = strlen(part);
			part = pv_strndup(arena, part + 1, n - 1 - (part[n - 1] == ']'));
		}
		pv_vec_push(ret, &part);
	}
}

void
kust_var_path(pv_arena *arena, const char *path, pv_vec *ret)
{
	pv_vec parts;
	kust_field_path(arena, path, &parts);
	pv_vec_init(ret, arena, sizeof(const char *));
	for (size_t i = 0; i < parts.len; i++) {
		const char *part = *PV_AT(const char *, &parts, i), *open = strrchr(part, '[');
		size_t digits = open ? strspn(open + 1, "0123456789") : 0;
		if (digits == 0 || !pv_streq(open + 1 + digits, "]")) {
			pv_vec_push(ret, &part);
			continue;
		}
		const char *name = pv_strndup(arena, part, (size_t)(open - part)),
			   *index = pv_strndup(arena, open + 1, digits);
		if (*name)
			pv_vec_push(ret, &name);
		pv_vec_push(ret, &index);
	}
}

static bool
is_index(const char *part, size_t *ret)
{
	int64_t n;
	if (!pv_parse_int(pv_str_of(part), &n) || n < 0)
		return false;
	*ret = (size_t)n;
	return true;
}

static bool
is_choice(const char *part)
{
	return *part == '[' && pv_ends_with(part, "]");
}

/* "[name=x]": field and value; "[=x]": the item itself. */
static int
choice(kust_state *s, const char *part, const char **ret_field, const char **ret_value)
{
	size_t n = strlen(part);
	const char *eq = strchr(part, '=');
	if (eq == NULL)
		return pv_fail(s->cx, PV_EINVALID,
			       "list path element must contain fieldName=fieldValue for element to match");
	*ret_field = pv_strndup(s->cx->arena, part + 1, (size_t)(eq - part) - 1);
	*ret_value = pv_strndup(s->cx->arena, eq + 1, n - (size_t)(eq - part) - 2);
	return 0;
}

/* ---- reading ---- */

static int
step(kust_state *s, const pv_val *v, const char *part, const pv_val **ret)
{
	const char *field, *value;
	size_t at;
	*ret = NULL;
	if (pv_streq(part, "*"))
		return pv_fail(s->cx, PV_EINVALID, "wildcard is not supported in PathGetter");
	if (is_index(part, &at) && pv_is(v, PV_LIST)) {
		*ret = at < v->len ? &v->items[at] : NULL;
		return 0;
	}
	if (pv_streq(part, "-") && pv_is(v, PV_LIST)) {
		*ret = v->len ? &v->items[v->len - 1] : NULL;
		return 0;
	}
	if (!is_choice(part)) {
		*ret = pv_is(v, PV_OBJECT) ? pv_get(v, part) : NULL;
		return 0;
	}
	int r = choice(s, part, &field, &value);
	for (size_t i = 0; r == 0 && !*ret && pv_is(v, PV_LIST) && i < v->len; i++) {
		const pv_val *own = *field ? pv_get(&v->items[i], field) : &v->items[i];
		if (own && pv_streq(pv_scalar_text(s->cx->arena, own), value))
			*ret = &v->items[i];
	}
	return r;
}

int
kust_field_get(kust_state *s, const pv_val *object, const pv_vec *parts, const pv_val **ret)
{
	int r = 0;
	*ret = object;
	for (size_t i = 0; r == 0 && *ret && i < parts->len; i++)
		r = step(s, *ret, *PV_AT(const char *, parts, i), ret);
	return r;
}

/* ---- changing ---- */

typedef struct walk {
	kust_state *s;
	kust_put *put;
	const pv_vec *parts;
} walk;

static int follow(walk *w, size_t at, const pv_val *v, pv_val *ret);

static pv_val
made(walk *w, size_t at)
{
	const char *next = at < w->parts->len ? *PV_AT(const char *, w->parts, at) : NULL;
	enum pv_type type = next == NULL ? w->put->made : PV_OBJECT;
	size_t n;
	if (next && (is_choice(next) || is_index(next, &n)))
		type = PV_LIST;
	return type == PV_LIST     ? pv_list_of(w->s->cx->arena, NULL, 0)
	       : type == PV_OBJECT ? pv_object_of(w->s->cx->arena, NULL, 0, NULL, NULL)
				   : pv_null();
}

static int
in_field(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	const char *name = *PV_AT(const char *, w->parts, at);
	const pv_val *field = pv_is(v, PV_OBJECT) ? pv_get(v, name) : NULL;
	pv_val was, now;
	*ret = *v;
	if (!pv_is(v, PV_OBJECT) && !pv_is(v, PV_NULL))
		return pv_fail(w->s->cx, PV_EINVALID, "wrong node kind: expected MappingNode but got %s",
			       v->type == PV_LIST ? "SequenceNode" : "ScalarNode");
	if (field == NULL && !w->put->create)
		return 0;
	was = field ? *field : made(w, at + 1);
	int r = follow(w, at + 1, &was, &now);
	if (r == 0)
		*ret = pv_with(w->s->cx->arena, v->type == PV_OBJECT ? v : &(pv_val){.type = PV_OBJECT}, name,
			       now);
	return r;
}

static int
in_index(walk *w, size_t at, size_t index, const pv_val *v, pv_val *ret)
{
	size_t n = pv_count(v);
	pv_listb b;
	int r = 0;
	if (index > n || (index == n && !w->put->create))
		return pv_fail(w->s->cx, PV_EINVALID, "index %zu specified but only %zu elements found",
			       index, n);
	pv_listb_init(&b, w->s->cx->arena);
	for (size_t i = 0; r == 0 && i < n + (index == n); i++) {
		pv_val was = i < n ? v->items[i] : made(w, at + 1), now = was;
		if (i == index)
			r = follow(w, at + 1, &was, &now);
		pv_listb_add(&b, now);
	}
	*ret = pv_listb_end(&b);
	return r;
}

static int
in_every(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	pv_listb b;
	int r = 0;
	pv_listb_init(&b, w->s->cx->arena);
	for (size_t i = 0; r == 0 && i < v->len; i++) {
		pv_val now;
		r = follow(w, at + 1, &v->items[i], &now);
		pv_listb_add(&b, now);
	}
	*ret = pv_listb_end(&b);
	return r;
}

static int
in_choice(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	pv_arena *arena = w->s->cx->arena;
	const char *field, *value;
	const pv_re *re;
	size_t had = w->put->found;
	pv_listb b;
	int r = choice(w->s, *PV_AT(const char *, w->parts, at), &field, &value);
	if (r == 0)
		r = pv_re_cached(w->s->cx, pv_str_of(value), NULL, &re);
	pv_listb_init(&b, arena);
	for (size_t i = 0; r == 0 && i < v->len; i++) {
		const pv_val *own = *field ? pv_get(&v->items[i], field) : &v->items[i];
		pv_val now = v->items[i];
		if (own && pv_re_match(re, pv_str_of(pv_scalar_text(arena, own))))
			r = follow(w, at + 1, &v->items[i], &now);
		pv_listb_add(&b, now);
	}
	if (r == 0 && w->put->create && w->put->found == had) {
		pv_val one = pv_string(arena, value), now;
		if (*field)
			one = pv_with(arena, &(pv_val){.type = PV_OBJECT}, field, one);
		r = follow(w, at + 1, &one, &now);
		pv_listb_add(&b, now);
	}
	*ret = pv_listb_end(&b);
	return r;
}

static int
follow(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	const char *part = at < w->parts->len ? *PV_AT(const char *, w->parts, at) : NULL;
	size_t index;
	if (part == NULL) {
		w->put->found++;
		return w->put->leaf(w->s, w->put->of, v, ret);
	}
	bool choice_of = is_choice(part), number = is_index(part, &index), every = pv_streq(part, "*");
	if (!choice_of && !every && !(number && v->type != PV_OBJECT))
		return in_field(w, at, v, ret);
	*ret = *v;
	if (v->type != PV_LIST)
		return pv_fail(w->s->cx, PV_EINVALID, "wrong node kind: expected SequenceNode but got %s",
			       v->type == PV_OBJECT ? "MappingNode" : "ScalarNode");
	return number  ? in_index(w, at, index, v, ret)
	       : every ? in_every(w, at, v, ret)
		       : in_choice(w, at, v, ret);
}

int
kust_field_put(kust_state *s, kust_put *put, const pv_vec *parts, const pv_val *object, pv_val *ret)
{
	walk w = {.s = s, .put = put, .parts = parts};
	return follow(&w, 0, object, ret);
}
