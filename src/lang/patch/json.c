/* JSON Patch, RFC 6902.  What an operation touches is opened into nodes that change
 * in place, so that ten thousand operations do not copy the document each. */
#include <string.h>
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/patch/patch.h"

struct node {
	enum { SHARED, OBJECT, LIST } kind;
	pv_val val;      /* SHARED: as it was */
	pv_map *members; /* OBJECT: name -> struct node * */
	pv_vec items;    /* LIST: struct node * */
};

struct patcher {
	pv_ctx *cx;
	struct node *root;
	size_t index; /* of the operation */
	const char *op, *path;
	size_t copied; /* bytes, in all */
	bool untrue;   /* a test did not hold */
};

static int
fail(const struct patcher *p, const char *what)
{
	pv_fail(p->cx, PV_EINVALID, "JSON patch: operation %zu (%.*s %.*s): %s", p->index, PV_CLIP(p->op),
		PV_CLIP(p->path), what);
	return -PV_EINVALID;
}

/* ---- nodes ---- */

static struct node *
shared(pv_arena *arena, const pv_val *v)
{
	struct node *n = pv_new(arena, struct node);

	n->kind = SHARED;
	n->val = *v;
	n->val.flags &= (uint16_t)~PV_V_ROOT;
	return n;
}

/* Makes the children of a container nodes of their own. */
static void
open_node(pv_arena *arena, struct node *n)
{
	const pv_val *v = &n->val;

	if (n->kind != SHARED)
		return;
	if (v->type == PV_OBJECT) {
		n->kind = OBJECT;
		n->members = pv_map_new(arena);
		for (size_t i = 0; i < v->len; i++)
			pv_map_put(n->members, v->members[i].key.s, v->members[i].key.len,
				   shared(arena, &v->members[i].val));
	} else if (v->type == PV_LIST) {
		n->kind = LIST;
		pv_vec_init(&n->items, arena, sizeof(struct node *));
		for (size_t i = 0; i < v->len; i++) {
			struct node *item = shared(arena, &v->items[i]);

			pv_vec_push(&n->items, &item);
		}
	}
}

/* The value of a node; opened nodes lie at most PV_PATCH_DEPTH deep. */
static pv_val
node_value(pv_arena *arena, const struct node *n)
{
	pv_listb list;
	pv_objb object;
	pv_str key;
	void *child;
	size_t pos = 0;

	if (n->kind == SHARED)
		return n->val;
	if (n->kind == LIST) {
		pv_listb_init(&list, arena);
		for (size_t i = 0; i < n->items.len; i++)
			pv_listb_add(&list, node_value(arena, *PV_AT(struct node *, &n->items, i)));
		return pv_listb_end(&list);
	}
	pv_objb_init(&object, arena);
	while (pv_map_each(n->members, &pos, &key, &child))
		pv_objb_add(&object, pv_stringn(arena, key.s, key.len), node_value(arena, child));
	return pv_objb_end(&object);
}

/* The child that a token names, NULL if there is none. */
static struct node *
child_of(struct patcher *p, struct node *n, pv_str token)
{
	size_t i;

	open_node(p->cx->arena, n);
	if (n->kind == OBJECT)
		return pv_map_find(n->members, token.s, token.len);
	if (n->kind == LIST && pv_pointer_index(token, &i) && i < n->items.len)
		return *PV_AT(struct node *, &n->items, i);
	return NULL;
}

/* Walks to the parent of the path's last token. */
static int
parent_of(struct patcher *p, const char *path, struct node **ret_parent, pv_str *ret_last)
{
	struct node *n = p->root, *next;
	const char *rest = path;
	size_t depth = 0;

	while (pv_pointer_next(p->cx->arena, &rest, ret_last)) {
		if (*rest == '\0') {
			open_node(p->cx->arena, n);
			*ret_parent = n;
			return 0;
		}
		next = child_of(p, n, *ret_last);
		if (next == NULL)
			return fail(p,
				    pv_printf(p->cx->arena,
					      "the path does not exist: there is no \"%.*s\" on the way of "
					      "\"%.*s\"",
					      PV_CLIP(pv_strndup(p->cx->arena, ret_last->s, ret_last->len)),
					      PV_CLIP(path)));
		n = next;
		if (++depth >= PV_PATCH_DEPTH)
			return fail(p, "the path is deeper than the limit of 1000 levels");
	}
	return fail(p,
		    pv_printf(p->cx->arena,
			      "malformed path '%.*s': expected nothing or /..., with ~0 for ~ and ~1 for /",
			      PV_CLIP(path)));
}

static int
find(struct patcher *p, const char *path, struct node **ret)
{
	struct node *parent = NULL;
	pv_str last = {NULL, 0};
	int r;

	if (*path == '\0') {
		*ret = p->root;
		return 0;
	}
	r = parent_of(p, path, &parent, &last);
	if (r < 0)
		return r;
	*ret = child_of(p, parent, last);
	if (*ret == NULL)
		return fail(p, pv_printf(p->cx->arena, "the path does not exist: \"%.*s\"", PV_CLIP(path)));
	return 0;
}

/* ---- operations ---- */

static int
insert(struct patcher *p, struct node *list, pv_str token, struct node *n)
{
	size_t at = list->items.len;

	if (!pv_str_is(token, "-") && (!pv_pointer_index(token, &at) || at > list->items.len))
		return fail(
			p, pv_printf(p->cx->arena,
				     "\"%.*s\" is no index into a list of %zu items: expected 0 to %zu, or -",
				     PV_CLIP(pv_strndup(p->cx->arena, token.s, token.len)), list->items.len,
				     list->items.len));
	pv_vec_push(&list->items, &n);
	memmove(PV_AT(struct node *, &list->items, at) + 1, PV_AT(struct node *, &list->items, at),
		(list->items.len - at - 1) * sizeof(n));
	*PV_AT(struct node *, &list->items, at) = n;
	return 0;
}

static int
add(struct patcher *p, const char *path, struct node *n)
{
	struct node *parent = NULL;
	pv_str last = {NULL, 0};
	int r;

	if (*path == '\0') {
		p->root = n;
		return 0;
	}
	r = parent_of(p, path, &parent, &last);
	if (r < 0)
		return r;
	if (parent->kind == LIST)
		return insert(p, parent, last, n);
	if (parent->kind != OBJECT)
		return fail(p, pv_printf(p->cx->arena, "cannot add to a %s: expected an object or a list",
					 pv_type_name(&parent->val)));
	pv_map_put(parent->members, last.s, last.len, n);
	return 0;
}

static int
take_out(struct patcher *p, const char *path, struct node **ret)
{
	struct node *parent = NULL;
	pv_str last = {NULL, 0};
	size_t at;
	int r;

	if (*path == '\0')
		return fail(p, "the whole document cannot be removed");
	r = find(p, path, ret);
	if (r == 0)
		r = parent_of(p, path, &parent, &last);
	if (r < 0)
		return r;
	if (parent->kind == OBJECT) {
		pv_map_del(parent->members, last.s, last.len);
	} else if (pv_pointer_index(last, &at)) {
		memmove(PV_AT(struct node *, &parent->items, at),
			PV_AT(struct node *, &parent->items, at) + 1,
			(parent->items.len - at - 1) * sizeof(struct node *));
		pv_vec_pop(&parent->items);
	}
	return 0;
}

/* A member that is not there is added: the API server does so, and patches rely on it. */
static int
replace(struct patcher *p, const char *path, struct node *n)
{
	struct node *old, *parent = NULL;
	pv_str last = {NULL, 0};
	int r = *path ? parent_of(p, path, &parent, &last) : 0;

	if (r < 0)
		return r;
	if (parent && parent->kind == OBJECT && !child_of(p, parent, last))
		return add(p, path, n);
	r = find(p, path, &old);
	if (r == 0)
		*old = *n;
	return r;
}

/* Bytes of a value, roughly; stops at the limit. */
static void
measure(const pv_val *v, size_t *bytes)
{
	*bytes += v->type == PV_STRING ? v->len + 3 : 4;
	for (size_t i = 0; v->type >= PV_LIST && i < v->len && *bytes <= PV_PATCH_COPY; i++) {
		if (v->type == PV_OBJECT)
			measure(&v->members[i].key, bytes);
		measure(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i], bytes);
	}
}

/* The value at `from`, closed: what is moved or copied is a leaf again. */
static int
closed(struct patcher *p, const struct node *n, struct node **ret)
{
	pv_val v = node_value(p->cx->arena, n);

	if (!pv_depth_within(&v, PV_PATCH_DEPTH))
		return fail(p, "nested deeper than the limit of 1000 levels");
	*ret = shared(p->cx->arena, &v);
	return 0;
}

static int
copy(struct patcher *p, const char *from, const char *path)
{
	struct node *source = NULL, *n = NULL;
	int r = find(p, from, &source);

	if (r == 0)
		r = closed(p, source, &n);
	if (r < 0)
		return r;
	measure(&n->val, &p->copied);
	if (p->copied > PV_PATCH_COPY)
		return pv_fail(p->cx, PV_ETOOLARGE,
			       "JSON patch: operation %zu: copies more than the limit of %u bytes in all",
			       p->index, PV_PATCH_COPY);
	return add(p, path, n);
}

static int
move(struct patcher *p, const char *from, const char *path)
{
	size_t len = strlen(from);
	struct node *source = NULL, *n = NULL;
	int r;

	if (strncmp(from, path, len) == 0 && path[len] == '/')
		return fail(p, "a value cannot be moved into itself");
	if (strcmp(from, path) == 0)
		return find(p, from, &source);
	r = find(p, from, &source);
	if (r == 0)
		r = closed(p, source, &n);
	if (r == 0)
		r = take_out(p, from, &source);
	return r < 0 ? r : add(p, path, n);
}

/* What is absent passes for null, as in the API server. */
static int
test(struct patcher *p, const char *path, const pv_val *wanted)
{
	struct node *parent = NULL, *n = p->root;
	pv_str last = {NULL, 0};
	pv_val v = pv_null();
	int r = 0;

	if (*path != '\0') {
		r = parent_of(p, path, &parent, &last);
		if (r < 0)
			return r;
		n = child_of(p, parent, last);
	}
	if (n != NULL)
		v = node_value(p->cx->arena, n);
	p->untrue = !pv_eq(&v, wanted);
	return p->untrue ? fail(p, "the value is not what the test expects") : 0;
}

static int
apply(struct patcher *p, const pv_val *op)
{
	const pv_val *value = pv_get(op, "value");
	const char *from = pv_text(pv_get(op, "from"), NULL);
	bool needs_from = strcmp(p->op, "move") == 0 || strcmp(p->op, "copy") == 0;
	struct node *n;

	if (needs_from && from == NULL)
		return fail(p, "\"from\" is missing: expected a path");
	if (strcmp(p->op, "remove") == 0)
		return take_out(p, p->path, &n);
	if (needs_from)
		return p->op[0] == 'm' ? move(p, from, p->path) : copy(p, from, p->path);
	if (strcmp(p->op, "add") != 0 && strcmp(p->op, "replace") != 0 && strcmp(p->op, "test") != 0)
		return pv_fail(p->cx, PV_EBADREQUEST,
			       "JSON patch: operation %zu (%.*s): unknown operation: expected add, remove, "
			       "replace, move, copy or test",
			       p->index, PV_CLIP(p->op));
	if (value == NULL)
		return fail(p, "\"value\" is missing");
	if (strcmp(p->op, "test") == 0)
		return test(p, p->path, value);
	n = shared(p->cx->arena, value);
	return p->op[0] == 'a' ? add(p, p->path, n) : replace(p, p->path, n);
}

static int
patch(struct patcher *p, const pv_val *doc, const pv_val *ops, const pv_val **ret)
{
	pv_val none = pv_null(), result;
	pv_ctx *cx = p->cx;
	int r = 0;

	if (!pv_is(ops, PV_LIST))
		return pv_fail(cx, PV_EINVALID, "JSON patch: expected a list of operations, found %s",
			       pv_type_name(ops));
	if (ops->len > PV_PATCH_OPS)
		return pv_fail(cx, PV_ETOOLARGE,
			       "the allowed maximum operations in a JSON patch is %d, got %u", PV_PATCH_OPS,
			       ops->len);
	p->root = shared(cx->arena, doc != NULL ? doc : &none);
	for (; r == 0 && p->index < ops->len; p->index++) {
		const pv_val *op = &ops->items[p->index];

		p->op = pv_text(pv_get(op, "op"), "");
		p->path = pv_text(pv_get(op, "path"), NULL);
		if (p->path == NULL)
			return pv_fail(cx, PV_EINVALID,
				       "JSON patch: operation %zu: \"path\" is missing: expected a string",
				       p->index);
		r = apply(p, op);
	}
	if (r < 0)
		return r;
	result = node_value(cx->arena, p->root);
	if (!pv_depth_within(&result, PV_PATCH_DEPTH))
		return pv_fail(cx, PV_EINVALID,
			       "the patched object is nested deeper than the limit of %d levels",
			       PV_PATCH_DEPTH);
	*ret = pv_box(cx->arena, result);
	return 0;
}

int
pv_patch_json(pv_ctx *cx, const pv_val *doc, const pv_val *ops, const pv_val **ret)
{
	struct patcher p = {.cx = cx};

	return patch(&p, doc, ops, ret);
}

int
pv_patch_json_if(pv_ctx *cx, const pv_val *doc, const pv_val *ops, const pv_val **ret, bool *ret_held)
{
	struct patcher p = {.cx = cx};
	int r = patch(&p, doc, ops, ret);

	*ret_held = !p.untrue;
	if (r < 0 && p.untrue) {
		(void)pv_recover(cx);
		return 0;
	}
	return r;
}
