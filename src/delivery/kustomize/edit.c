/* edit: what an Application's spec.source.kustomize changes in the kustomization of its folder, as Argo CD
 * has `kustomize edit` do it. */
#include <string.h>

#include "delivery/kustomize/impl.h"

typedef struct editing {
	kust_state *s;
	const kust_target *t;
	const pv_val *edit;
	pv_val k;
} editing;

static pv_val
empty(void)
{
	return (pv_val){.type = PV_OBJECT};
}

/* ---- lists with a name in each row ---- */

/* The list with this row in the place of the one of its name, or behind the others. */
static pv_val
with_row(pv_arena *arena, const pv_val *list, pv_val row)
{
	const char *name = pv_text_at(&row, "name", "");
	pv_listb b;
	bool put = false;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		bool same = pv_streq(pv_text_at(pv_item(list, i), "name", ""), name);
		pv_listb_add(&b, same ? row : *pv_item(list, i));
		put |= same;
	}
	if (!put)
		pv_listb_add(&b, row);
	return pv_listb_end(&b);
}

/* "old=new:tag", "name:tag", "name@sha256:..": name, newName, newTag and digest. */
static pv_val
image_of(pv_arena *arena, const char *text)
{
	const char *eq = strchr(text, '='), *to = eq ? eq + 1 : text, *at = strchr(to, '@'),
		   *slash = strrchr(to, '/');
	size_t n = at ? (size_t)(at - to) : strlen(to);
	const char *from = slash && (size_t)(slash - to) < n ? slash : to,
		   *colon = memchr(from, ':', n - (size_t)(from - to));
	const char *name = pv_strndup(arena, to, colon ? (size_t)(colon - to) : n);
	pv_val v = pv_with(arena, &(pv_val){.type = PV_OBJECT}, "name",
			   pv_string(arena, eq ? pv_strndup(arena, text, (size_t)(eq - text)) : name));
	if (eq)
		v = pv_with(arena, &v, "newName", pv_string(arena, name));
	if (colon)
		v = pv_with(arena, &v, "newTag", pv_stringn(arena, colon + 1, n - (size_t)(colon - to) - 1));
	if (at)
		v = pv_with(arena, &v, "digest", pv_string(arena, at + 1));
	return v;
}

static void
edit_images(editing *e)
{
	pv_arena *arena = e->s->cx->arena;
	const pv_val *list = pv_get(e->edit, "images");
	for (size_t i = 0; i < pv_count(list); i++)
		e->k = pv_with(arena, &e->k, "images",
			       with_row(arena, pv_get(&e->k, "images"),
					image_of(arena, pv_text(pv_item(list, i), ""))));
}

static int
edit_replicas(editing *e)
{
	pv_arena *arena = e->s->cx->arena;
	const pv_val *list = pv_get(e->edit, "replicas");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i), *count = pv_get(one, "count");
		int64_t n = pv_i64(count, -1);
		if (pv_is(count, PV_STRING) && !pv_parse_int(pv_strv(count), &n))
			n = -1;
		if (n < 0)
			return pv_fail(e->s->cx, PV_EINVALID,
				       "replicas[%zu].count: expected a whole number, found \"%s\"", i,
				       pv_scalar_text(arena, count));
		e->k = pv_with(
			arena, &e->k, "replicas",
			with_row(arena, pv_get(&e->k, "replicas"), pv_with(arena, one, "count", pv_int(n))));
	}
	return 0;
}

/* ---- labels and annotations ---- */

/* Those of the kustomization stay unless they may be overridden. */
static int
add_entries(editing *e, const char *what, const pv_val *have, const pv_val *more, bool force, pv_val *ret)
{
	*ret = have ? *have : empty();
	for (size_t i = 0; i < pv_member_count(more); i++) {
		const char *key = pv_text(&more->members[i].key, "");
		if (pv_get(ret, key) && !force)
			return pv_fail(
				e->s->cx, PV_EINVALID,
				"%s %s already in kustomization file: expected another one, or spec.source.kustomize.%s",
				what, key,
				pv_streq(what, "label") ? "forceCommonLabels" : "forceCommonAnnotations");
		*ret = pv_with(e->s->cx->arena, ret, key, more->members[i].val);
	}
	return 0;
}

static int
edit_marks(editing *e)
{
	pv_arena *arena = e->s->cx->arena;
	const pv_val *labels = pv_get(e->edit, "commonLabels"), *notes = pv_get(e->edit, "commonAnnotations");
	bool bare = pv_truth_at(e->edit, "labelWithoutSelector", false);
	pv_val map, one = empty();
	int r = 0;
	if (pv_count(labels) > 0 && !bare) {
		r = add_entries(e, "label", pv_get(&e->k, "commonLabels"), labels,
				pv_truth_at(e->edit, "forceCommonLabels", false), &map);
		e->k = pv_with(arena, &e->k, "commonLabels", map);
	} else if (pv_count(labels) > 0) {
		one = pv_with(arena, &one, "pairs", *labels);
		one = pv_with(arena, &one, "includeTemplates",
			      pv_bool(pv_truth_at(e->edit, "labelIncludeTemplates", false)));
		pv_val row = pv_list_of(arena, &one, 1);
		e->k = pv_with(arena, &e->k, "labels", kust_joined(arena, pv_get(&e->k, "labels"), &row));
	}
	if (r == 0 && pv_count(notes) > 0) {
		r = add_entries(e, "annotation", pv_get(&e->k, "commonAnnotations"), notes,
				pv_truth_at(e->edit, "forceCommonAnnotations", false), &map);
		e->k = pv_with(arena, &e->k, "commonAnnotations", map);
	}
	return r;
}

/* ---- the rest ---- */

static void
edit_components(editing *e)
{
	const pv_val *list = pv_get(e->edit, "components"), *have = pv_get(&e->k, "components");
	bool lenient = pv_truth_at(e->edit, "ignoreMissingComponents", false);
	pv_arena *arena = e->s->cx->arena;
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const kust_files *files = e->t->loader->files;
		const char *path = pv_text(pv_item(list, i), ""), *real;
		const char *full =
			kust_path_clean(arena, pv_printf(arena, "%s/%s", e->t->loader->root, path));
		if (pv_list_has_text(have, path))
			continue;
		if (lenient && !kust_is_remote(arena, path) &&
		    files->find(e->s->cx, files, full, &real) == KUST_NOTHING)
			continue;
		pv_listb_add(&b, *pv_item(list, i));
	}
	pv_val more = pv_listb_end(&b);
	if (more.len > 0)
		e->k = pv_with(arena, &e->k, "components", kust_joined(arena, have, &more));
}

int
kust_edit(kust_state *s, kust_target *t, const pv_val *edit)
{
	static const char *const texts[] = {"namePrefix", "nameSuffix", "namespace"};
	editing e = {.s = s, .t = t, .edit = edit, .k = *t->k};
	const pv_val *patches = pv_get(edit, "patches");
	for (size_t i = 0; i < PV_LEN(texts); i++)
		if (*pv_text_at(edit, texts[i], ""))
			e.k = pv_with(s->cx->arena, &e.k, texts[i], *pv_get(edit, texts[i]));
	edit_images(&e);
	int r = edit_replicas(&e);
	if (r == 0)
		r = edit_marks(&e);
	if (r < 0)
		return pv_wrap(s->cx, r, "spec.source.kustomize");
	if (pv_count(patches) > 0)
		e.k = pv_with(s->cx->arena, &e.k, "patches",
			      kust_joined(s->cx->arena, pv_get(&e.k, "patches"), patches));
	edit_components(&e);
	t->k = pv_box(s->cx->arena, e.k);
	return 0;
}
