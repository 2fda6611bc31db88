/* carry: the values that a promotion is about: read off the Application before, put into the one behind. */
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "core/git/git.h"
#include "delivery/promotion/inside.h"
#include "lang/json/json.h"

#define REVISION "Revision"

/* ---- images: "name:tag@digest", any of the last two absent ---- */

struct image {
	pv_str name, tag, digest;
};

static struct image
image_of(const char *text)
{
	const char *at = strchr(text, '@'), *end = at ? at : text + strlen(text),
		   *slash = memrchr(text, '/', (size_t)(end - text)), *last = slash ? slash : text,
		   *colon = memchr(last, ':', (size_t)(end - last)), *stop = colon ? colon : end;
	return (struct image){.name = {text, (size_t)(stop - text)},
			      .tag = {colon ? colon + 1 : end, colon ? (size_t)(end - colon - 1) : 0},
			      .digest = pv_str_of(at ? at + 1 : "")};
}

/* The image of that name that runs there; NULL: a wait says why there is none, or not one. */
static const char *
running(turn *t, const char *name)
{
	const pv_val *all = pv_at(t->from, "status.summary.images");
	const char *found = NULL;
	for (size_t i = 0; i < pv_count(all); i++) {
		const char *text = pv_text(pv_item(all, i), "");
		if (!pv_str_is(image_of(text).name, name))
			continue;
		if (found) {
			turn_waits(t, "image %s runs as %s and as %s in application %s", name, found, text,
				   pv_text_at(t->from, "metadata.name", ""));
			return NULL;
		}
		found = text;
	}
	if (!found)
		turn_waits(t, "no image %s runs in application %s", name,
			   pv_text_at(t->from, "metadata.name", ""));
	return found;
}

static const char *
part_of(turn *t, const char *text, const char *part)
{
	struct image image = image_of(text);
	pv_str found = pv_streq(part, "Digest") ? image.digest : image.tag;
	if (pv_streq(part, "Whole"))
		return text;
	if (!found.len)
		turn_waits(t, "image %s has no %s", text, pv_streq(part, "Digest") ? "digest" : "tag");
	return found.len ? pv_strndup(t->cx->arena, found.s, found.len) : NULL;
}

/* ---- what runs ---- */

static const char *
parameter(turn *t, const char *name)
{
	const pv_val *list = pv_at(t->from, "spec.source.helm.parameters");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_text_at(pv_item(list, i), "value", "");
	turn_waits(t, "application %s has no parameter %s in spec.source.helm.parameters",
		   pv_text_at(t->from, "metadata.name", ""), name);
	return NULL;
}

static const char *
revision(turn *t)
{
	const char *text = pv_text_at(t->from, "status.sync.revision", "");
	if (!*text)
		turn_waits(
			t,
			"application %s has not one revision: it has several sources, or was not compared yet",
			pv_text_at(t->from, "metadata.name", ""));
	return *text ? text : NULL;
}

static const char *
text_of(turn *t, const pv_val *one)
{
	const char *what = pv_text_at(one, "what", ""), *name = pv_text_at(one, "name", ""), *image;
	if (pv_streq(what, REVISION))
		return revision(t);
	if (pv_streq(what, "Parameter"))
		return parameter(t, name);
	image = running(t, name);
	return !image                          ? NULL
	       : pv_text_at(one, "file", NULL) ? part_of(t, image, pv_text_at(one, "part", "Tag"))
					       : image;
}

/* What an approval is of: the values, and where they go.  So long that nobody finds two candidates with one id: what is
 * approved as the one would let the other through. */
static const char *
id_of(const turn *t)
{
	static const char *const others[] = {"to", "git"};
	uint8_t digest[32];
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	pv_json_write_sorted(&b, t->values);
	for (size_t i = 0; i < PV_LEN(others); i++)
		if (pv_get(t->spec, others[i]))
			pv_json_write_sorted(&b, pv_get(t->spec, others[i]));
	pv_sha256(b.s, b.len, digest);
	return pv_hex(t->cx->arena, digest, 20);
}

void
carry_collect(turn *t)
{
	static const char *const kept[] = {"what", "name", "file", "field"};
	pv_val one = pv_with(t->cx->arena, NULL, "what", pv_string_ref(REVISION));
	const pv_val *list = pv_get(t->spec, "carry");
	size_t n = list ? pv_count(list) : 1;
	bool all = true;
	pv_listb values;
	pv_listb_init(&values, t->cx->arena);
	for (size_t i = 0; i < n; i++) {
		const pv_val *from = list ? pv_item(list, i) : &one;
		const char *text = text_of(t, from);
		pv_objb b;
		all = all && text;
		pv_objb_init(&b, t->cx->arena);
		for (size_t k = 0; k < PV_LEN(kept); k++)
			pv_objb_puts(&b, kept[k], pv_text_at(from, kept[k], NULL));
		pv_objb_puts(&b, "text", text);
		pv_listb_add(&values, pv_objb_end(&b));
	}
	if (!all)
		return;
	t->values = pv_box(t->cx->arena, pv_listb_end(&values));
	t->id = id_of(t);
}

/* ---- into files ---- */

bool
carry_commits(const pv_val *values)
{
	for (size_t i = 0; i < pv_count(values); i++)
		if (pv_text_at(pv_item(values, i), "file", NULL))
			return true;
	return false;
}

pv_val
carry_edits(const turn *t, const pv_val *values)
{
	pv_listb list;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; i < pv_count(values); i++) {
		const pv_val *one = pv_item(values, i);
		pv_objb b;
		if (!pv_text_at(one, "file", NULL))
			continue;
		pv_objb_init(&b, t->cx->arena);
		pv_objb_puts(&b, "path", pv_text_at(one, "file", ""));
		pv_objb_puts(&b, "field", pv_text_at(one, "field", ""));
		pv_objb_puts(&b, "text", pv_text_at(one, "text", ""));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

/* ---- into the spec of the Application behind ---- */

/* kustomize.images: "name:tag", or "old=name:tag": what stands there for the image of that name. */
static bool
is_of(const char *row, pv_str name)
{
	const char *equal = strchr(row, '=');
	return equal ? pv_str_eq((pv_str){row, (size_t)(equal - row)}, name)
		     : pv_str_eq(image_of(row).name, name);
}

static pv_val
images_with(const turn *t, const pv_val *list, const char *image)
{
	pv_str name = image_of(image).name;
	pv_listb b;
	pv_listb_init(&b, t->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!is_of(pv_text(pv_item(list, i), ""), name))
			pv_listb_add(&b, *pv_item(list, i));
	pv_listb_add(&b, pv_string_ref(image));
	return pv_listb_end(&b);
}

static pv_val
parameters_with(const turn *t, const pv_val *list, const char *name, const char *text)
{
	pv_val value = pv_string_ref(text), row = pv_with(t->cx->arena, NULL, "name", pv_string_ref(name));
	bool put = false;
	pv_listb b;
	pv_listb_init(&b, t->cx->arena);
	row = pv_with(t->cx->arena, &row, "value", value);
	for (size_t i = 0; i < pv_count(list); i++) {
		bool same = pv_streq(pv_text_at(pv_item(list, i), "name", ""), name);
		pv_listb_add(&b, same ? pv_with(t->cx->arena, pv_item(list, i), "value", value)
				      : *pv_item(list, i));
		put = put || same;
	}
	if (!put)
		pv_listb_add(&b, row);
	return pv_listb_end(&b);
}

/* The source with one value more. */
static pv_val
source_with(const turn *t, const pv_val *source, const pv_val *one)
{
	pv_arena *arena = t->cx->arena;
	const char *what = pv_text_at(one, "what", ""), *text = pv_text_at(one, "text", "");
	if (pv_streq(what, REVISION))
		return pv_with(arena, source, "targetRevision", pv_string_ref(text));
	if (pv_streq(what, "Image"))
		return pv_with_at(arena, source, "kustomize.images",
				  images_with(t, pv_at(source, "kustomize.images"), text));
	return pv_with_at(
		arena, source, "helm.parameters",
		parameters_with(t, pv_at(source, "helm.parameters"), pv_text_at(one, "name", ""), text));
}

static const pv_val *
source_of(const turn *t, const pv_val *values)
{
	const pv_val *source = pv_at(t->to, "spec.source");
	for (size_t i = 0; source && i < pv_count(values); i++)
		if (!pv_text_at(pv_item(values, i), "file", NULL))
			source = pv_box(t->cx->arena, source_with(t, source, pv_item(values, i)));
	return source;
}

/* In any order: who applies the Application may sort the lists. */
static bool
has(const pv_val *source, const pv_val *one)
{
	const char *what = pv_text_at(one, "what", ""), *text = pv_text_at(one, "text", "");
	const pv_val *list = pv_at(source, "helm.parameters");
	if (pv_text_at(one, "file", NULL))
		return true;
	if (pv_streq(what, REVISION))
		return pv_streq(pv_text_at(source, "targetRevision", ""), text);
	if (pv_streq(what, "Image"))
		return pv_list_has_text(pv_at(source, "kustomize.images"), text);
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), pv_text_at(one, "name", "")))
			return pv_streq(pv_text_at(pv_item(list, i), "value", ""), text);
	return false;
}

bool
carry_is_there(const turn *t, const pv_val *values)
{
	for (size_t i = 0; i < pv_count(values); i++)
		if (!has(pv_at(t->to, "spec.source"), pv_item(values, i)))
			return false;
	return true;
}

/* A commit of another repository is none here, and so with a version of another chart. */
static bool
is_same_source(const turn *t)
{
	const pv_val *a = pv_at(t->from, "spec.source"), *b = pv_at(t->to, "spec.source");
	return pv_git_same(pv_text_at(a, "repoURL", ""), pv_text_at(b, "repoURL", "")) &&
	       pv_streq(pv_text_at(a, "chart", ""), pv_text_at(b, "chart", ""));
}

int
carry_patch(turn *t, const pv_val *values, pv_val *ret)
{
	const char *to = pv_text_at(t->to, "metadata.name", "");
	bool back =
		pv_get(t->spec, "rollback") != NULL; /* it was there before: the other one does not matter */
	if (!pv_at(t->to, "spec.source"))
		return pv_fail(
			t->cx, PV_EUNSUPPORTED,
			"application %s has no spec.source that could be written: name a file and a field in spec.carry",
			to);
	for (size_t i = 0; !back && i < pv_count(values); i++) {
		const pv_val *one = pv_item(values, i);
		if (!pv_text_at(one, "file", NULL) && pv_streq(pv_text_at(one, "what", ""), REVISION) &&
		    !is_same_source(t))
			return pv_fail(
				t->cx, PV_EINVALID,
				"application %s is of another repository or chart than application %s: its "
				"revision means nothing there; name a file and a field in spec.carry",
				pv_text_at(t->from, "metadata.name", ""), to);
	}
	*ret = pv_with(t->cx->arena, NULL, "source", *source_of(t, values));
	*ret = pv_with(t->cx->arena, NULL, "spec", *ret);
	return 0;
}
