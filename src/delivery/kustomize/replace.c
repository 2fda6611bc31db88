/* replace: replacements: a field of one object, or a value, copied to fields of others. */
#include <string.h>

#include "delivery/kustomize/path.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

/* ---- the source ---- */

static bool
is_source(const pv_val *from, const kust_res *r)
{
	const char *name = pv_text_at(from, "name", "");
	kust_id wanted = {.ns = pv_text_at(from, "namespace", "")};
	for (size_t k = 0; k < kust_ids(r); k++) {
		kust_id id = kust_id_at(r, k);
		if ((!*name || pv_streq(name, id.name)) && (!*wanted.ns || kust_same_ns(&wanted, &id)) &&
		    kust_selected(&id, pv_text_at(from, "group", ""), pv_text_at(from, "version", ""),
				  pv_text_at(from, "kind", "")))
			return true;
	}
	return false;
}

static const char *
source_text(pv_arena *arena, const pv_val *from, bool path)
{
	kust_id id = {.group = pv_text_at(from, "group", ""),
		      .version = pv_text_at(from, "version", ""),
		      .kind = pv_text_at(from, "kind", ""),
		      .name = pv_text_at(from, "name", ""),
		      .ns = pv_text_at(from, "namespace", "")};
	const char *field = pv_text_at(from, "fieldPath", "");
	return pv_printf(arena, "%s%s%s", kust_id_text(arena, &id), path && *field ? ":" : "",
			 path ? field : "");
}

/* The part of a text between delimiters that the options name. */
static int
refine(kust_state *s, const pv_val *options, const pv_val **value)
{
	const char *delimiter = pv_text_at(options, "delimiter", "");
	int64_t index = pv_i64_at(options, "index", 0), n = 0;
	if (!*delimiter)
		return 0;
	if ((*value)->type == PV_OBJECT || (*value)->type == PV_LIST)
		return pv_fail(s->cx, PV_EINVALID, "delimiter option can only be used with scalar nodes");
	const char *text = pv_scalar_text(s->cx->arena, *value), *p = text, *end;
	for (;; p = end + strlen(delimiter), n++) {
		end = strstr(p, delimiter);
		if (n == index) {
			*value = pv_box(s->cx->arena,
					pv_stringn(s->cx->arena, p, end ? (size_t)(end - p) : strlen(p)));
			return 0;
		}
		if (end == NULL)
			return pv_fail(s->cx, PV_EINVALID, "options.index %lld is out of bounds for value %s",
				       (long long)index, text);
	}
}

static int
find_source(kust_state *s, const pv_vec *set, const pv_val *from, const pv_val **ret)
{
	const char *path = pv_text_at(from, "fieldPath", "");
	const kust_res *found = NULL;
	pv_vec parts;
	for (size_t i = 0; i < set->len; i++) {
		if (!is_source(from, KUST_RES(set, i)))
			continue;
		if (found)
			return pv_fail(s->cx, PV_EINVALID, "multiple matches for selector %s",
				       source_text(s->cx->arena, from, true));
		found = KUST_RES(set, i);
	}
	if (found == NULL)
		return pv_fail(s->cx, PV_EINVALID, "nothing selected by %s",
			       source_text(s->cx->arena, from, true));
	path = *path ? path : "metadata.name";
	kust_field_path(s->cx->arena, path, &parts);
	int r = kust_field_get(s, found->v, &parts, ret);
	if (r < 0)
		return pv_wrap(s->cx, r, "error looking up replacement source");
	bool empty = *ret == NULL || (*ret)->type == PV_NULL ||
		     (((*ret)->type == PV_OBJECT || (*ret)->type == PV_LIST) && (*ret)->len == 0);
	if (empty || ((*ret)->type == PV_STRING && (*ret)->len == 0))
		return pv_fail(s->cx, PV_EINVALID, "fieldPath `%s` is missing for replacement source %s",
			       path, source_text(s->cx->arena, from, false));
	return refine(s, pv_get(from, "options"), ret);
}

/* ---- the targets ---- */

typedef struct copy {
	const pv_val *value, *options;
} copy;

static const char *
scalar(pv_arena *arena, const pv_val *v)
{
	return v->type == PV_OBJECT || v->type == PV_LIST ? "" : pv_scalar_text(arena, v);
}

/* What is there, with one of its parts replaced, or one more at an end. */
static const char *
joined(kust_state *s, const char *was, const char *value, const char *delimiter, int64_t index)
{
	pv_buf b;
	const char *p = was, *end;
	int64_t n = 0;
	pv_buf_init(&b, s->cx->arena);
	if (index < 0)
		pv_buf_printf(&b, "%s%s", value, delimiter);
	for (;; p = end + strlen(delimiter), n++) {
		end = strstr(p, delimiter);
		size_t len = end ? (size_t)(end - p) : strlen(p);
		if (n == index)
			pv_buf_adds(&b, value);
		else
			pv_buf_add(&b, p, len);
		if (end == NULL)
			break;
		pv_buf_adds(&b, delimiter);
	}
	if (index > n)
		pv_buf_printf(&b, "%s%s", delimiter, value);
	return b.len ? b.s : "";
}

/* The text as a value of the kind that stood there. */
static int
typed(kust_state *s, const pv_val *was, const char *text, pv_val *ret)
{
	const pv_val *v = NULL;
	*ret = pv_string(s->cx->arena, text);
	if (was->type == PV_STRING)
		return 0;
	if (pv_yaml_parse(s->cx, pv_str_of(text), &(pv_yaml_opts){.core = true}, &v) < 0)
		pv_recover(s->cx);
	if (v && v->type != PV_OBJECT && v->type != PV_LIST)
		*ret = *v;
	if (was->type == PV_NULL || ret->type == was->type)
		return 0;
	return pv_fail(s->cx, PV_EINVALID, "cannot put \"%s\" where a %s stands", text, pv_type_name(was));
}

static int
put(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	const copy *c = of;
	const char *delimiter = pv_text_at(c->options, "delimiter", ""),
		   *text = scalar(s->cx->arena, c->value);
	bool whole = v->type == PV_OBJECT || v->type == PV_LIST;
	if (*delimiter && whole)
		return pv_fail(s->cx, PV_EINVALID, "delimiter option can only be used with scalar nodes");
	if (*delimiter)
		text = joined(s, scalar(s->cx->arena, v), text, delimiter, pv_i64_at(c->options, "index", 0));
	if (!whole)
		return typed(s, v, text, ret);
	*ret = *c->value;
	return 0;
}

/* ---- JSON within a text ---- */

/* The path up to the first text on it that has more path behind it; 0: there is none. */
static size_t
text_on_path(kust_state *s, const pv_val *object, const pv_vec *parts, const pv_val **ret)
{
	for (size_t n = 1; n < parts->len; n++) {
		pv_vec some = *parts;
		some.len = n;
		if (kust_field_get(s, object, &some, ret) < 0)
			pv_recover(s->cx);
		else if (pv_is(*ret, PV_STRING))
			return n;
	}
	return 0;
}

static int
put_document(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	(void)s, (void)v;
	*ret = *(const pv_val *)of;
	return 0;
}

/* 1: it was done there; 0: the text holds no such document. */
static int
put_in_text(kust_state *s, copy *c, kust_put *how, const pv_vec *parts, const pv_val *object, pv_val *ret)
{
	const pv_val *text, *doc;
	size_t n = text_on_path(s, object, parts, &text);
	pv_vec head = *parts, rest;
	pv_val now;
	pv_buf b;
	if (n == 0)
		return 0;
	if (pv_yaml_parse(s->cx, pv_strv(text), &(pv_yaml_opts){.core = true}, &doc) < 0)
		return pv_recover(s->cx), 0;
	if (!pv_is(doc, PV_OBJECT) && !pv_is(doc, PV_LIST))
		return 0;
	pv_str trimmed = pv_str_trim(pv_strv(text));
	if (*trimmed.s != '{' && *trimmed.s != '[')
		return pv_fail(
			s->cx, PV_EUNSUPPORTED,
			"a replacement within a text that is YAML is not supported yet: expected JSON");
	pv_vec_init(&rest, s->cx->arena, sizeof(const char *));
	for (size_t i = n; i < parts->len; i++)
		pv_vec_push(&rest, PV_AT(const char *, parts, i));
	copy plain = {.value = c->value};
	kust_put in_doc = {.leaf = put, .of = &plain, .create = how->create, .made = how->made};
	if (kust_field_put(s, &in_doc, &rest, doc, &now) < 0)
		return pv_recover(s->cx), 0;
	if (in_doc.found == 0)
		return 0;
	pv_buf_init(&b, s->cx->arena);
	if (memchr(text->s, '\n', text->len) && strstr(text->s, "  "))
		pv_json_write_sorted_pretty(&b, &now, 2);
	else
		pv_json_write_sorted(&b, &now);
	pv_val written = pv_stringn(s->cx->arena, b.s, b.len);
	kust_put in_text = {.leaf = put_document, .of = &written};
	head.len = n;
	int r = kust_field_put(s, &in_text, &head, object, ret);
	return r < 0 ? r : 1;
}

static int
copy_to(kust_state *s, copy *c, kust_res *target, const char *path)
{
	bool create = pv_truth_at(c->options, "create", false);
	bool whole = c->value->type == PV_OBJECT || c->value->type == PV_LIST;
	kust_put how = {.leaf = put, .of = c, .create = create, .made = whole ? c->value->type : PV_NULL};
	pv_vec parts;
	pv_val now;
	kust_field_path(s->cx->arena, path, &parts);
	int r = put_in_text(s, c, &how, &parts, target->v, &now);
	if (r == 0) {
		r = kust_field_put(s, &how, &parts, target->v, &now);
		if (r == 0 && how.found == 0)
			r = pv_fail(s->cx, PV_EINVALID, "unable to find %sfield \"%s\" in replacement target",
				    create ? "or create " : "", path);
	}
	if (r >= 0)
		kust_res_set(target, s->cx->arena, pv_box(s->cx->arena, now));
	return r < 0 ? r : 0;
}

/* ---- choosing them ---- */

static bool
chooses(const kust_selector *sel, const kust_res *r)
{
	for (size_t k = kust_ids(r); k-- > 0;) {
		kust_id id = kust_id_at(r, k);
		if (kust_select_id(sel, &id, id.ns))
			return true;
	}
	return false;
}

static int
rejects(kust_state *s, const pv_val *list, const kust_res *r, bool *ret)
{
	*ret = false;
	for (size_t i = 0; !*ret && i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i);
		kust_selector *sel;
		int e = kust_selector_new(s, v, &sel);
		if (e < 0)
			return e;
		bool marked = *pv_text_at(v, "labelSelector", "") || *pv_text_at(v, "annotationSelector", "");
		*ret = (marked && kust_select_marks(sel, r->v)) ||
		       (!kust_selector_names_none(sel) && chooses(sel, r));
	}
	return 0;
}

static int
copy_to_targets(kust_state *s, const pv_vec *set, const pv_val *value, const pv_val *target)
{
	copy c = {.value = value, .options = pv_get(target, "options")};
	const pv_val *paths = pv_get(target, "fieldPaths");
	kust_selector *sel;
	if (!pv_get(target, "select"))
		return pv_fail(s->cx, PV_EINVALID, "target must specify resources to select");
	int r = kust_selector_new(s, pv_get(target, "select"), &sel);
	if (r < 0)
		return pv_wrap(s->cx, r, "error creating target selector");
	for (size_t i = 0; r == 0 && i < set->len; i++) {
		kust_res *one = KUST_RES(set, i);
		bool rejected;
		if (!kust_select_marks(sel, one->v) || !chooses(sel, one))
			continue;
		r = rejects(s, pv_get(target, "reject"), one, &rejected);
		if (r < 0 || rejected)
			continue;
		if (pv_count(paths) == 0)
			r = copy_to(s, &c, one, "metadata.name");
		for (size_t k = 0; r == 0 && k < pv_count(paths); k++)
			r = copy_to(s, &c, one, pv_text(pv_item(paths, k), ""));
	}
	return r;
}

static int
replace_one(kust_state *s, const pv_vec *set, const pv_val *v)
{
	const pv_val *from = pv_get(v, "source"), *value = pv_get(v, "sourceValue"),
		     *targets = pv_get(v, "targets");
	int r = 0;
	if ((!from && !value) || !targets)
		return pv_fail(s->cx, PV_EINVALID,
			       "replacements must specify a source and at least one target");
	if (from && value)
		return pv_fail(s->cx, PV_EINVALID, "value and resource selectors are mutually exclusive");
	if (from)
		r = find_source(s, set, from, &value);
	for (size_t i = 0; r == 0 && i < pv_count(targets); i++)
		r = copy_to_targets(s, set, value, pv_item(targets, i));
	return r;
}

static int
replace_from_file(kust_work *w, const char *path)
{
	kust_state *s = w->t->s;
	const pv_val *doc;
	int r = kust_load_yaml(s, w->t->loader, path, &doc);
	if (r == 0 && !pv_is(doc, PV_LIST) && !pv_is(doc, PV_OBJECT))
		return pv_fail(s->cx, PV_EINVALID,
			       "unsupported replacement type encountered within replacement path: %s",
			       pv_type_name(doc));
	if (r == 0 && pv_is(doc, PV_OBJECT))
		return replace_one(s, w->set, doc);
	for (size_t i = 0; r == 0 && i < pv_count(doc); i++)
		r = replace_one(s, w->set, pv_item(doc, i));
	return r;
}

int
kust_replace(kust_work *w)
{
	const pv_val *list = pv_get(w->config, "replacements");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i);
		const char *path = pv_text_at(v, "path", "");
		if (*path && (pv_get(v, "source") || pv_count(pv_get(v, "targets"))))
			return pv_fail(w->t->s->cx, PV_EINVALID,
				       "cannot specify both path and inline replacement");
		r = *path ? replace_from_file(w, path) : replace_one(w->t->s, w->set, v);
	}
	return r;
}
