/* bi_paths: json.filter, json.remove, json.patch: documents by path.  A path is
 * "a/b/0" or an array of keys; array indices are text, but json.patch takes numbers
 * too; the elements of sets are their own keys. */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/builtin.h"

typedef struct path {
	pv_val *keys;
	uint32_t n;
} path;

static pv_val
unescaped(rg_vm *vm, pv_str s)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (size_t i = 0; i < s.len; i++) {
		bool escape = s.s[i] == '~' && i + 1 < s.len && (s.s[i + 1] == '0' || s.s[i + 1] == '1');
		pv_buf_addc(&b, escape ? (s.s[i + 1] == '1' ? '/' : '~') : s.s[i]);
		i += escape;
	}
	return pv_stringn(vm->arena, b.len ? b.s : "", b.len);
}

static bool
read_path(rg_vm *vm, const pv_val *v, path *ret)
{
	pv_vec keys;
	pv_vec_init(&keys, vm->arena, sizeof(pv_val));
	if (v->type == PV_STRING) {
		const char *s = v->s, *end = s + v->len;
		while (s < end && *s == '/')
			s++;
		while (v->len) {
			const char *slash = s < end ? memchr(s, '/', (size_t)(end - s)) : NULL;
			pv_val key = unescaped(vm, (pv_str){s, (size_t)((slash ? slash : end) - s)});
			pv_vec_push(&keys, &key);
			if (!slash)
				break;
			s = slash + 1;
		}
	} else if (v->type == PV_LIST) {
		for (uint32_t i = 0; i < v->len; i++)
			pv_vec_push(&keys, &v->items[i]);
	} else {
		return false;
	}
	*ret = (path){keys.data, (uint32_t)keys.len};
	return true;
}

static bool
names_index(const pv_val *key, uint32_t i)
{
	int64_t n;
	return key->type == PV_STRING && pv_parse_int(pv_strv(key), &n) && n == i;
}

/* The paths whose key number `depth` names the child; *ret_ends: one ends there. */
static uint32_t
matching(const path *const *from, uint32_t n, uint32_t depth, const pv_val *key, uint32_t index,
	 const path **to, bool *ret_ends)
{
	uint32_t m = 0;
	*ret_ends = false;
	for (uint32_t i = 0; i < n; i++) {
		if (from[i]->n <= depth)
			continue;
		const pv_val *k = &from[i]->keys[depth];
		if (key ? !pv_eq(k, key) : !names_index(k, index))
			continue;
		to[m++] = from[i];
		*ret_ends = *ret_ends || from[i]->n == depth + 1;
	}
	return m;
}

/* keep: what the paths name stays (filter); else it goes (remove). */
static pv_val
chosen(rg_vm *vm, const pv_val *v, const path *const *paths, uint32_t n, uint32_t depth, bool keep)
{
	pv_listb list;
	pv_objb object;
	bool ends;
	if (v->type < PV_LIST)
		return *v;
	const path **sub = pv_alloc(vm->arena, (n + 1) * sizeof *sub);
	pv_listb_init(&list, vm->arena);
	pv_objb_init(&object, vm->arena);
	for (uint32_t i = 0; i < v->len; i++) {
		const pv_member *m = v->type == PV_OBJECT ? &v->members[i] : NULL;
		const pv_val *item = m ? &m->val : &v->items[i];
		const pv_val *key = m ? &m->key : v->type == PV_SET ? item : NULL;
		uint32_t k = matching(paths, n, depth, key, i, sub, &ends);
		if (keep ? k == 0 : ends)
			continue;
		pv_val x = k == 0 || ends ? *item : chosen(vm, item, sub, k, depth + 1, keep);
		if (m)
			pv_objb_add(&object, m->key, x);
		else
			pv_listb_add(&list, x);
	}
	return rg_deep(v->type == PV_OBJECT ? pv_objb_end(&object)
		       : v->type == PV_SET  ? pv_listb_end_set(&list)
					    : pv_listb_end(&list));
}

static int
by_paths(rg_vm *vm, const pv_val *const *a, bool keep, const pv_val **ret)
{
	path *paths = pv_new_array(vm->arena, path, a[1]->len + 1);
	const path **all = pv_alloc(vm->arena, (a[1]->len + 1) * sizeof *all);
	for (uint32_t i = 0; i < a[1]->len; i++) {
		if (!read_path(vm, &a[1]->items[i], &paths[i]))
			return rg_type_error(
				vm,
				"operand 2 must be one of {set, array} containing string paths or array of "
				"path segments but got %s",
				pv_type_name(&a[1]->items[i]));
		all[i] = &paths[i];
	}
	return rg_ret(vm, chosen(vm, a[0], all, a[1]->len, 0, keep), ret);
}

static int
bi_filter(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return by_paths(vm, a, true, ret);
}

static int
bi_remove(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return by_paths(vm, a, false, ret);
}

/* ---- json.patch ---- */

enum edit { ADD, DROP, SWAP };

static int64_t
index_of(const pv_val *key, uint32_t len, bool adding)
{
	int64_t n = -1;
	if (key->type == PV_NUMBER)
		n = pv_i64(key, -1);
	else if (key->type == PV_STRING && key->len == 1 && *key->s == '-')
		n = len;
	else if (key->type != PV_STRING || !pv_parse_int(pv_strv(key), &n) ||
		 (key->len > 1 && *key->s == '0'))
		return -1;
	return n < (int64_t)len + adding ? n : -1;
}

static const pv_val *
child(const pv_val *v, const pv_val *key)
{
	if (v->type != PV_LIST)
		return rg_lookup(v, key);
	int64_t i = index_of(key, v->len, false);
	return i >= 0 ? &v->items[i] : NULL;
}

static const pv_val *
at_path(const pv_val *v, const path *p)
{
	for (uint32_t i = 0; v && i < p->n; i++)
		v = child(v, &p->keys[i]);
	return v;
}

static const pv_val *edited(rg_vm *vm, const pv_val *v, const path *p, uint32_t depth, enum edit how,
			    const pv_val *with);

static const pv_val *
edited_list(rg_vm *vm, const pv_val *v, const path *p, uint32_t depth, enum edit how, const pv_val *with)
{
	pv_listb b;
	bool last = depth + 1 == p->n;
	int64_t at = index_of(&p->keys[depth], v->len, last && how == ADD);
	if (at < 0)
		return NULL;
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i <= v->len; i++) {
		if (i == at && last && how == ADD)
			pv_listb_add(&b, *with);
		if (i == v->len)
			break;
		if (i == at && last && how == DROP)
			continue;
		const pv_val *x = &v->items[i];
		if (i == at && last && how == SWAP)
			x = with;
		else if (i == at && !last)
			x = edited(vm, x, p, depth + 1, how, with);
		if (!x)
			return NULL;
		pv_listb_add(&b, *x);
	}
	return pv_box(vm->arena, rg_deep(pv_listb_end(&b)));
}

static const pv_val *
edited_set(rg_vm *vm, const pv_val *v, const path *p, uint32_t depth, enum edit how, const pv_val *with)
{
	pv_listb b;
	bool last = depth + 1 == p->n;
	const pv_val *key = &p->keys[depth], *old = pv_getv(v, key);
	if (!old && !(last && how == ADD))
		return NULL;
	if (last && how != DROP && !pv_eq(key, with)) /* an element is its own key */
		return NULL;
	const pv_val *now = last ? with : edited(vm, old, p, depth + 1, how, with);
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i < v->len; i++)
		if (&v->items[i] != old)
			pv_listb_add(&b, v->items[i]);
	if (!(last && how == DROP)) {
		if (!now)
			return NULL;
		pv_listb_add(&b, *now);
	}
	return pv_box(vm->arena, rg_deep(pv_listb_end_set(&b)));
}

/* v with the edit applied; NULL if the path is not there. */
static const pv_val *
edited(rg_vm *vm, const pv_val *v, const path *p, uint32_t depth, enum edit how, const pv_val *with)
{
	pv_objb o;
	if (depth == p->n)
		return how == DROP ? NULL : with;
	if (v->type == PV_LIST)
		return edited_list(vm, v, p, depth, how, with);
	if (v->type == PV_SET)
		return edited_set(vm, v, p, depth, how, with);
	if (v->type != PV_OBJECT)
		return NULL;
	const pv_val *key = &p->keys[depth], *old = pv_getv(v, key);
	bool last = depth + 1 == p->n;
	if (!old && !(last && how == ADD))
		return NULL;
	const pv_val *now = last ? with : edited(vm, old, p, depth + 1, how, with);
	if (!now && !(last && how == DROP))
		return NULL;
	pv_objb_init(&o, vm->arena);
	for (uint32_t i = 0; i < v->len; i++)
		if (&v->members[i].val != old)
			pv_objb_add(&o, v->members[i].key, v->members[i].val);
	if (!(last && how == DROP))
		pv_objb_add(&o, *key, *now);
	return pv_box(vm->arena, rg_deep(pv_objb_end(&o)));
}

static const pv_val *
apply(rg_vm *vm, const pv_val *doc, const char *op, const path *p, const path *from, const pv_val *value)
{
	const pv_val *moved = from->keys ? at_path(doc, from) : NULL;
	if (pv_streq(op, "add"))
		return value ? edited(vm, doc, p, 0, ADD, value) : NULL;
	if (pv_streq(op, "remove"))
		return edited(vm, doc, p, 0, DROP, NULL);
	if (pv_streq(op, "replace"))
		return value ? edited(vm, doc, p, 0, SWAP, value) : NULL;
	if (pv_streq(op, "copy"))
		return moved ? edited(vm, doc, p, 0, ADD, moved) : NULL;
	if (pv_streq(op, "move")) {
		const pv_val *without = moved ? edited(vm, doc, from, 0, DROP, NULL) : NULL;
		return without ? edited(vm, without, p, 0, ADD, moved) : NULL;
	}
	const pv_val *found = at_path(doc, p);
	return found && value && pv_eq(found, value) ? doc : NULL; /* test */
}

static int
bi_patch(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	static const char *const ops[] = {"add", "remove", "replace", "move", "copy", "test"};
	const pv_val *doc = a[0];
	for (uint32_t i = 0; i < a[1]->len; i++) {
		const pv_val *patch = &a[1]->items[i], *to = pv_get(patch, "path"),
			     *from = pv_get(patch, "from");
		const char *op = pv_text(pv_get(patch, "op"), "");
		path p = {0}, f = {0};
		bool known = false;
		for (size_t k = 0; k < PV_LEN(ops); k++)
			known = known || pv_streq(op, ops[k]);
		if (!known || !to || !read_path(vm, to, &p) || (from && !read_path(vm, from, &f)))
			return rg_builtin_error(
				vm, "patch %u: expected op (add, remove, replace, move, copy, test) and path",
				i);
		bool all = p.n == 0;
		if (all && pv_streq(op, "remove") && doc) { /* nothing is left, until something is added */
			doc = NULL;
			continue;
		}
		if (!doc)
			doc = all && pv_streq(op, "add") ? pv_get(patch, "value") : NULL;
		else
			doc = apply(vm, doc, op, &p, &f, pv_get(patch, "value"));
		if (!doc)
			return rg_builtin_error(
				vm, "patch %u: %s failed: the path is not there or the value differs", i, op);
		int r = rg_vm_check(vm, 1); /* each step copies what is on its path */
		if (r < 0)
			return r;
	}
	*ret = doc;
	return 0;
}

static const rg_builtin rows[] = {
	{"json.filter", "o ta", bi_filter, 2, 0},
	{"json.remove", "o ta", bi_remove, 2, 0},
	{"json.patch", "* a", bi_patch, 2, 0},
};
RG_FAMILY(paths);
