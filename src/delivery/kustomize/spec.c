/* spec: a field spec's path followed through an object; what it leads to is changed, the rest shared. */
#include <string.h>

#include "delivery/kustomize/impl.h"

void
kust_path_split(pv_arena *arena, const char *path, char delimiter, pv_vec *ret)
{
	pv_buf b;
	pv_vec_init(ret, arena, sizeof(const char *));
	pv_buf_init(&b, arena);
	if (*path == delimiter && path[1])
		path++;
	for (const char *p = path;; p++) {
		if (*p && *p != delimiter) {
			pv_buf_addc(&b, *p);
		} else if (*p && b.len > 0 && b.s[b.len - 1] == '\\') {
			b.s[b.len - 1] = delimiter;
		} else {
			const char *part = pv_strndup(arena, b.len ? b.s : "", b.len);
			pv_vec_push(ret, &part);
			pv_buf_clear(&b);
		}
		if (!*p)
			return;
	}
}

typedef struct walk {
	kust_state *s;
	const kust_spec *spec;
	const kust_change *change;
	pv_vec parts; /* of const char * */
} walk;

static int follow(walk *w, size_t at, const pv_val *v, pv_val *ret);

static const char *
rest_of(const walk *w, size_t at)
{
	pv_buf b;
	pv_buf_init(&b, w->s->cx->arena);
	for (size_t i = at; i < w->parts.len; i++)
		pv_buf_printf(&b, "%s%s", i > at ? " " : "", *PV_AT(const char *, &w->parts, i));
	return b.len ? b.s : "";
}

static int
in_list(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	pv_listb b;
	bool changed = false;
	pv_listb_init(&b, w->s->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		pv_val item;
		int r = follow(w, at, &v->items[i], &item);
		if (r < 0)
			return pv_wrap(w->s->cx, r, "visit traversal on path: [%s]", rest_of(w, at));
		changed |= memcmp(&item, &v->items[i], sizeof item) != 0;
		pv_listb_add(&b, item);
	}
	*ret = changed ? pv_listb_end(&b) : *v;
	return 0;
}

/* What stands in the place of a field that is absent, or null. */
static bool
made(const walk *w, bool last, bool list, const pv_val *field, pv_val *ret)
{
	pv_arena *arena = w->s->cx->arena;
	if (list || !w->spec->create || w->change->made == KUST_MAKE_NONE) {
		if (field == NULL)
			return false;
		*ret = list ? pv_list_of(arena, NULL, 0) : *field;
	} else if (last && w->change->made == KUST_MAKE_SCALAR) {
		*ret = pv_null();
	} else {
		*ret = pv_object_of(arena, NULL, 0, NULL, NULL);
	}
	return true;
}

static int
in_object(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	const char *name = *PV_AT(const char *, &w->parts, at);
	size_t n = strlen(name);
	bool list = n > 2 && pv_streq(name + n - 2, "[]");
	if (list)
		n -= 2;
	if (n == 0)
		return pv_fail(w->s->cx, PV_EINVALID, "cannot set or create an empty field name");
	const pv_val *field = pv_getn(v, name, n);
	pv_val was, now;
	if (field && !pv_is(field, PV_NULL))
		was = *field;
	else if (!made(w, at + 1 == w->parts.len, list, field, &was))
		return *ret = *v, 0;
	int r = follow(w, at + 1, &was, &now);
	if (r < 0)
		return r;
	if (field && memcmp(&now, field, sizeof now) == 0)
		*ret = *v;
	else
		*ret = pv_with(w->s->cx->arena, v, pv_strndup(w->s->cx->arena, name, n), now);
	return 0;
}

static int
follow(walk *w, size_t at, const pv_val *v, pv_val *ret)
{
	if (at == w->parts.len)
		return w->change->leaf(w->s, w->change->of, v, ret);
	if (v->type == PV_LIST)
		return in_list(w, at, v, ret);
	if (v->type == PV_OBJECT)
		return in_object(w, at, v, ret);
	*ret = *v;
	return v->type == PV_NULL ? 0 : pv_fail(w->s->cx, PV_EINVALID, "expected sequence or mapping node");
}

int
kust_spec_apply(kust_state *s, const kust_spec *spec, const kust_change *change, const pv_val *object,
		const pv_val **ret)
{
	kust_id id = kust_id_of(s->cx->arena, object);
	walk w = {.s = s, .spec = spec, .change = change};
	pv_val now;
	*ret = object;
	if (!kust_selected(&id, spec->group, spec->version, spec->kind))
		return 0;
	kust_path_split(s->cx->arena, spec->path, '/', &w.parts);
	int r = follow(&w, 0, object, &now);
	if (r < 0)
		return pv_wrap(s->cx, r, "considering field '%s' of object %s", spec->path,
			       kust_id_text(s->cx->arena, &id));
	if (memcmp(&now, object, sizeof now) != 0)
		*ret = pv_box(s->cx->arena, now);
	return 0;
}

int
kust_specs_apply(kust_state *s, const pv_vec *specs, const kust_change *change, const pv_val *object,
		 const pv_val **ret)
{
	int r = 0;
	*ret = object;
	for (size_t i = 0; r == 0 && i < specs->len; i++)
		r = kust_spec_apply(s, PV_AT(kust_spec, specs, i), change, *ret, ret);
	return r;
}
