#include "governance/opa/documents.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define PARTS_MOST 1000 /* levels of a path */

static char *
unescape(pv_arena *arena, const char *s)
{
	char *out = pv_strdup(arena, s), *w = out;
	for (const char *r = out; *r; r++) {
		if (r[0] == '~' && (r[1] == '0' || r[1] == '1'))
			*w++ = *++r == '1' ? '/' : '~';
		else
			*w++ = *r;
	}
	*w = '\0';
	return out;
}

int
opa_path_parts(pv_ctx *cx, const char *path, bool pointer, pv_vec *ret)
{
	pv_str rest, piece;
	size_t n = strlen(path);
	while (n > 0 && path[n - 1] == '/')
		n--;
	while (n > 0 && *path == '/') {
		path++;
		n--;
	}
	rest = (pv_str){path, n};
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	while (n > 0 && pv_str_next(&rest, '/', &piece)) {
		const char *raw = pv_strndup(cx->arena, piece.s, piece.len), *name;
		name = pv_percent_decode(cx->arena, raw);
		if (!name && !pointer)
			return pv_fail(cx, PV_EBADREQUEST, "bad path: %.*s", PV_CLIP(path));
		name = name ? name : raw;
		name = pointer ? unescape(cx->arena, name) : name;
		if (ret->len >= PARTS_MOST)
			return pv_fail(cx, PV_EBADREQUEST, "bad path: more than %d levels", PARTS_MOST);
		pv_vec_push(ret, &name);
	}
	return 0;
}

static const char *
part(const pv_vec *parts, size_t i)
{
	return *PV_AT(const char *, parts, i);
}

static bool
index_of(const pv_val *list, const char *name, size_t *ret)
{
	int64_t i;
	if (!pv_parse_int(pv_str_of(name), &i) || i < 0 || i >= (int64_t)list->len)
		return false;
	*ret = (size_t)i;
	return true;
}

static const pv_val *
member(const pv_val *v, const char *name)
{
	size_t i;
	if (pv_is(v, PV_LIST))
		return index_of(v, name, &i) ? &v->items[i] : NULL;
	return pv_is(v, PV_OBJECT) ? pv_get(v, name) : NULL;
}

const pv_val *
opa_document_find(const pv_val *data, const pv_vec *parts)
{
	for (size_t i = 0; data && i < parts->len; i++)
		data = member(data, part(parts, i));
	return data;
}

const char *
opa_path_join(pv_ctx *cx, const pv_vec *parts, size_t n)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < n; i++)
		pv_buf_printf(&b, "%s%s", i ? "/" : "", part(parts, i));
	return b.s;
}

static const char *
pointer(pv_ctx *cx, const pv_vec *parts, size_t n)
{
	return pv_printf(cx->arena, "/%s", opa_path_join(cx, parts, n));
}

/* parent: what does not have the part. */
static int
not_found(pv_ctx *cx, const pv_val *parent, const pv_vec *parts, size_t at)
{
	int64_t i;
	const char *what = !pv_is(parent, PV_LIST)                        ? "document does not exist"
			   : pv_parse_int(pv_str_of(part(parts, at)), &i) ? "array index out of range"
									  : "array index must be integer";
	return pv_fail(cx, PV_ENOTFOUND, "storage_not_found_error: %s: %s", pointer(cx, parts, parts->len),
		       what);
}

/* value NULL: the member goes. */
static pv_val
list_with(pv_arena *arena, const pv_val *list, size_t at, bool insert, const pv_val *value)
{
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i <= list->len; i++) {
		if (i == at && value)
			pv_listb_add(&b, *value);
		if (i < list->len && (i != at || insert))
			pv_listb_add(&b, list->items[i]);
	}
	return pv_listb_end(&b);
}

static int
write_member(pv_ctx *cx, const pv_val *parent, const pv_vec *parts, enum opa_op op, const pv_val *value,
	     pv_val *ret)
{
	const char *name = part(parts, parts->len - 1);
	bool there = member(parent, name) != NULL, grows = op == OPA_ADD || op == OPA_UPSERT;
	size_t i = 0, at = parts->len - 1;
	if (!there && op == OPA_UPSERT && !pv_is(parent, PV_OBJECT))
		return pv_fail(cx, PV_ECONFLICT, "storage_write_conflict_error: %s", pointer(cx, parts, at));
	if (pv_is(parent, PV_LIST) && !grows && pv_streq(name, "-"))
		return pv_fail(cx, PV_EBADREQUEST, "storage_invalid_patch_error: %s: invalid patch path",
			       pointer(cx, parts, parts->len));
	if (!there && !grows)
		return not_found(cx, parent, parts, at);
	if (pv_is(parent, PV_OBJECT)) {
		*ret = op == OPA_REMOVE ? pv_without(cx->arena, parent, name)
					: pv_with(cx->arena, parent, name, *value);
		return 0;
	}
	if (pv_is(parent, PV_LIST) && grows && pv_streq(name, "-"))
		i = parent->len;
	else if (!pv_is(parent, PV_LIST) || !index_of(parent, name, &i))
		return not_found(cx, parent, parts, at);
	*ret = list_with(cx->arena, parent, i, grows, op == OPA_REMOVE ? NULL : value);
	return 0;
}

int
opa_document_write(pv_ctx *cx, const pv_val *data, const pv_vec *parts, enum opa_op op, const pv_val *value,
		   const pv_val **ret)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	const pv_val **on_way = pv_new_array(cx->arena, const pv_val *, parts->len + 1);
	pv_val made;
	int r;
	if (parts->len == 0) {
		*ret = op == OPA_REMOVE ? &nothing : value;
		return pv_is(*ret, PV_OBJECT) ? 0
					      : pv_fail(cx, PV_EBADREQUEST,
							"storage_invalid_patch_error: root must be object");
	}
	on_way[0] = data;
	for (size_t i = 0; i + 1 < parts->len; i++) {
		on_way[i + 1] = member(on_way[i], part(parts, i));
		if (!on_way[i + 1] && op == OPA_UPSERT && pv_is(on_way[i], PV_OBJECT))
			on_way[i + 1] = &nothing;
		else if (!on_way[i + 1] && op == OPA_UPSERT)
			return pv_fail(cx, PV_ECONFLICT, "storage_write_conflict_error: %s",
				       pointer(cx, parts, i));
		if (!on_way[i + 1])
			return not_found(cx, on_way[i], parts, i);
	}
	r = write_member(cx, on_way[parts->len - 1], parts, op, value, &made);
	for (size_t i = parts->len - 1; r == 0 && i > 0; i--) {
		size_t at = 0;
		if (pv_is(on_way[i - 1], PV_OBJECT))
			made = pv_with(cx->arena, on_way[i - 1], part(parts, i - 1), made);
		else if (index_of(on_way[i - 1], part(parts, i - 1), &at))
			made = list_with(cx->arena, on_way[i - 1], at, false, &made);
	}
	if (r == 0)
		*ret = pv_box(cx->arena, made);
	return r;
}

/* ---- patches ---- */

static int
op_of(pv_ctx *cx, const pv_val *op, bool delta, enum opa_op *ret)
{
	static const char *const names[] = {"add", "remove", "replace", "upsert"};
	const char *name = pv_text_at(op, "op", "");
	for (int i = delta ? OPA_REMOVE : OPA_ADD; i <= (delta ? OPA_UPSERT : OPA_REPLACE); i++)
		if (pv_streq(name, names[i])) {
			*ret = (enum opa_op)i;
			return 0;
		}
	return pv_fail(cx, PV_EBADREQUEST, "bad patch operation: %.*s", PV_CLIP(name));
}

static const char *
below(pv_arena *arena, const char *root, const char *path)
{
	while (*path == '/')
		path++;
	return pv_printf(arena, "%.*s/%s", (int)(strlen(root) - pv_ends_with(root, "/")), root, path);
}

int
opa_document_patch(pv_ctx *cx, const pv_val *data, const char *root, const pv_val *ops, bool delta,
		   opa_path_check check, void *arg, const pv_val **ret)
{
	static const pv_val null = {.type = PV_NULL};
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(ops); i++) {
		const pv_val *op = pv_item(ops, i), *value = pv_get(op, "value");
		const char *path = pv_text_at(op, "path", NULL);
		enum opa_op kind = OPA_ADD;
		pv_vec parts;
		r = op_of(cx, op, delta, &kind);
		if (r == 0 && !path)
			r = pv_fail(cx, PV_EBADREQUEST, "bad patch path: expected a string");
		if (r == 0)
			r = opa_path_parts(cx, below(cx->arena, root, path), true, &parts);
		if (r == 0 && kind == OPA_REMOVE && parts.len == 0)
			r = pv_fail(cx, PV_EBADREQUEST,
				    "storage_invalid_patch_error: root cannot be removed");
		if (r == 0 && check)
			r = check(cx, opa_path_join(cx, &parts, parts.len), arg);
		if (r == 0)
			r = opa_document_write(cx, data, &parts, kind, value ? value : &null, &data);
	}
	*ret = data;
	return r;
}
