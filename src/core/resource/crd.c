/* A CustomResourceDefinition -> the resources it makes. */
#include "base/gzip.h"
#include "base/str.h"
#include "core/resource/impl.h"
#include "lang/json/json.h"
#include <stdlib.h>
#include <string.h>

static const char *
own(pv_arena *arena, const pv_val *v)
{
	return pv_is(v, PV_STRING) ? pv_strndup(arena, v->s, v->len) : NULL;
}

static const char *const *
names_of(pv_arena *arena, const pv_val *list)
{
	size_t n = pv_count(list), k = 0;
	const char **names;

	if (!n)
		return NULL;
	names = pv_new_array(arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		if (pv_is(pv_item(list, i), PV_STRING))
			names[k++] = own(arena, pv_item(list, i));
	return names;
}

static void
set_columns(pv_arena *arena, const pv_val *version, pv_resource *res)
{
	const pv_val *list = pv_get(version, "additionalPrinterColumns");
	size_t n = pv_count(list);
	pv_column *columns = pv_new_array(arena, pv_column, n + 2);

	columns[res->n_columns++] = (pv_column){"Name", "string", "name", ".metadata.name", 0};
	for (size_t i = 0; i < n; i++) {
		const pv_val *c = pv_item(list, i);
		pv_column *column = &columns[res->n_columns++];

		column->name = own(arena, pv_get(c, "name"));
		column->type = own(arena, pv_get(c, "type"));
		column->format = pv_get(c, "format") ? own(arena, pv_get(c, "format")) : "";
		column->json_path = own(arena, pv_get(c, "jsonPath"));
		column->priority = (int)pv_i64(pv_get(c, "priority"), 0);
	}
	if (!n)
		columns[res->n_columns++] = (pv_column){"Age", "date", "", ".metadata.creationTimestamp", 0};
	res->columns = columns;
}

static void
set_selectable(pv_arena *arena, const pv_val *version, pv_resource *res)
{
	const pv_val *list = pv_get(version, "selectableFields");
	const char **fields;

	if (!pv_count(list))
		return;
	fields = pv_new_array(arena, const char *, pv_count(list) + 1);
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *path = own(arena, pv_get(pv_item(list, i), "jsonPath"));

		fields[i] = path && *path == '.' ? path + 1 : path;
	}
	res->selectable = fields;
}

static void
set_subresources(pv_arena *arena, const pv_val *version, pv_resource *res)
{
	const pv_val *subs = pv_get(version, "subresources"), *scale = pv_get(subs, "scale");
	const char **names = pv_new_array(arena, const char *, 3);
	size_t n = 0;

	res->has_status = pv_get(subs, "status") != NULL;
	res->has_scale = pv_is(scale, PV_OBJECT);
	if (res->has_status)
		names[n++] = "status";
	if (res->has_scale) {
		names[n++] = "scale";
		res->scale_spec = own(arena, pv_get(scale, "specReplicasPath"));
		res->scale_status = own(arena, pv_get(scale, "statusReplicasPath"));
		res->scale_selector = own(arena, pv_get(scale, "labelSelectorPath"));
	}
	res->subresources = names;
}

/* The newest served version, itself not deprecated, that is newer than that one; "": there is none. */
static const char *
successor(const pv_val *versions, const char *version)
{
	const char *best = version;

	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *v = pv_item(versions, i);
		const char *name = pv_text_at(v, "name", "");

		if (pv_truth(pv_get(v, "served"), false) && !pv_truth(pv_get(v, "deprecated"), false) &&
		    pv_version_cmp(name, best) < 0)
			best = name;
	}
	return best == version ? "" : best;
}

static void
set_deprecation(pv_arena *arena, const pv_val *versions, const pv_val *version, pv_resource *res)
{
	const char *next;

	res->deprecated = pv_truth(pv_get(version, "deprecated"), false);
	if (!res->deprecated)
		return;
	res->deprecation = own(arena, pv_get(version, "deprecationWarning"));
	if (res->deprecation)
		return;
	res->deprecation = pv_printf(arena, "%s/%s %s is deprecated", res->group, res->version, res->kind);
	next = successor(versions, res->version);
	if (*next)
		res->deprecation =
			pv_printf(arena, "%s; use %s/%s %s", res->deprecation, res->group, next, res->kind);
}

/* ---- the author's schema, kept small: it is asked for rarely ---- */

static int
packed(pv_ctx *cx, pv_arena *arena, pv_str text, pv_str *ret)
{
	pv_buf frame;
	int r;

	pv_buf_init(&frame, cx->arena);
	r = pv_gzip(cx, text, PV_GZIP_FAST, &frame);
	if (r == 0)
		*ret = (pv_str){pv_strndup(arena, frame.s, frame.len), frame.len};
	return r;
}

int
pv_resource_openapi(pv_ctx *cx, const pv_resource *res, const pv_val **ret)
{
	const pv_unit *unit = res->unit;
	pv_str text;
	int r;

	*ret = NULL;
	if (!unit->openapi)
		return 0;
	r = pv_gunzip(cx, unit->openapi[res - unit->resources], &text);
	return r < 0 ? r : pv_json_parse(cx, text, NULL, ret);
}

/* ---- one version ---- */

static void
let_schema_go(void *schema)
{
	pv_schema_unref(schema);
}

/* Those that were accepted, which an update to names that are taken leaves as they were. */
static const pv_val *
names_in_force(const pv_val *crd)
{
	const pv_val *accepted = pv_at(crd, "status.acceptedNames");

	return *pv_text(pv_get(accepted, "plural"), "") && *pv_text(pv_get(accepted, "kind"), "")
		       ? accepted
		       : pv_at(crd, "spec.names");
}

/* The schema of the same text that is served already: to build and to pack it is most of what a CRD costs, and
 * at each start, and with each change of its status or labels, it is what it was. */
static bool
shared(pv_ctx *cx, const pv_unit *before, const char *version, pv_str text, const pv_schema **ret_schema,
       pv_str *ret_packed)
{
	for (size_t i = 0; before && i < before->n; i++) {
		pv_str was;

		if (!pv_streq(before->resources[i].version, version))
			continue;
		if (pv_gunzip(cx, before->openapi[i], &was) < 0) {
			pv_recover(cx);
			return false;
		}
		*ret_schema = before->resources[i].schema;
		*ret_packed = before->openapi[i];
		return pv_str_eq(was, text);
	}
	return false;
}

static int
add_schema(pv_ctx *cx, pv_unit *unit, const pv_val *version, const pv_unit *before, const char *path)
{
	const pv_val *openapi = pv_at(version, "schema.openAPIV3Schema");
	pv_str *keep = &unit->openapi[unit->n], old;
	const pv_schema *schema;
	pv_schema *made;
	pv_buf text;
	int r = 0;

	pv_buf_init(&text, cx->arena);
	pv_json_write(&text, openapi);
	if (shared(cx, before, pv_text_at(version, "name", ""), (pv_str){text.s, text.len}, &schema, &old)) {
		made = pv_schema_ref((void *)(uintptr_t)schema); /* counted by itself */
		*keep = (pv_str){pv_strndup(unit->arena, old.s, old.len), old.len};
	} else {
		r = pv_schema_from_crd(cx, openapi, path, &made);
		if (r == 0)
			r = packed(cx, unit->arena, (pv_str){text.s, text.len}, keep);
	}
	if (r < 0)
		return r;
	pv_arena_defer(unit->arena, let_schema_go, made);
	unit->resources[unit->n].schema = made;
	return 0;
}

static int
add_version(pv_ctx *cx, pv_unit *unit, const pv_val *crd, const pv_val *version, const pv_unit *before,
	    const char *path)
{
	const pv_val *names = names_in_force(crd);
	pv_arena *arena = unit->arena;
	pv_resource *res = &unit->resources[unit->n];
	int r = add_schema(cx, unit, version, before,
			   pv_printf(cx->arena, "%s.schema.openAPIV3Schema", path));

	if (r < 0)
		return r;
	res->unit = unit;
	res->group = unit->group;
	res->version = own(arena, pv_get(version, "name"));
	res->kind = own(arena, pv_get(names, "kind"));
	res->plural = own(arena, pv_get(names, "plural"));
	if (!res->version || !res->kind || !res->plural)
		return pv_fail(cx, PV_EINVALID,
			       "%s: spec.names.kind, spec.names.plural and %s.name are required", unit->name,
			       path);
	res->singular = pv_text(pv_get(names, "singular"), NULL) ? own(arena, pv_get(names, "singular"))
								 : pv_str_lower(arena, res->kind);
	res->list_kind = pv_get(names, "listKind") ? own(arena, pv_get(names, "listKind"))
						   : pv_printf(arena, "%sList", res->kind);
	res->type = pv_printf(arena, "%s/%s", res->group, res->kind);
	res->api_version = pv_printf(arena, "%s/%s", res->group, res->version);
	res->short_names = names_of(arena, pv_get(names, "shortNames"));
	res->categories = names_of(arena, pv_get(names, "categories"));
	res->namespaced = pv_streq(pv_text_at(crd, "spec.scope", ""), "Namespaced");
	res->storage = pv_truth(pv_get(version, "storage"), false);
	res->unserved = !pv_truth(pv_get(version, "served"), false);
	res->verbs = PV_V_GET | PV_V_LIST | PV_V_WATCH | PV_V_CREATE | PV_V_UPDATE | PV_V_PATCH |
		     PV_V_DELETE | PV_V_DELETECOLLECTION;
	set_columns(arena, version, res);
	set_selectable(arena, version, res);
	set_subresources(arena, version, res);
	set_deprecation(arena, pv_at(crd, "spec.versions"), version, res);
	unit->n++;
	return 0;
}

/* The CRD without its schemas: what the rest of the program may want to read. */
static const pv_val *
slim(pv_ctx *cx, pv_arena *arena, const pv_val *crd)
{
	const pv_val *versions = pv_at(crd, "spec.versions");
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(versions); i++)
		pv_listb_add(&list, pv_without(cx->arena, pv_item(versions, i), "schema"));
	pv_val v = pv_with_at(cx->arena, crd, "spec.versions", pv_listb_end(&list));
	v = pv_without_at(cx->arena, &v, "metadata.managedFields");
	return pv_box(arena, pv_copy(arena, &v));
}

static uint64_t
hash_of(pv_ctx *cx, const pv_val *crd)
{
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	pv_json_write(&text, pv_get(crd, "spec"));
	return pv_stable_hash(PV_HASH_SEED, text.s, text.len);
}

static void
finish(pv_ctx *cx, const pv_kinds *kinds, pv_unit *unit, const pv_val *crd)
{
	const pv_val *notes = pv_at(crd, "metadata.annotations");
	bool open = pv_streq(pv_text(pv_get(notes, "pave.dev/open-metadata"), ""), "true");
	bool backstage = pv_streq(pv_text(pv_get(notes, "pave.dev/name-rule"), ""), "backstage");
	const pv_val *small = slim(cx, unit->arena, crd);
	int64_t since = 0;

	if (pv_i64_at(crd, "metadata.generation", 1) > 1)
		(void)pv_parse_int(pv_str_of(pv_text_at(crd, "metadata.resourceVersion", "")), &since);

	unit->hash = hash_of(cx, crd);
	for (size_t i = 0; i < unit->n; i++) {
		pv_resource *res = &unit->resources[i];

		res->crd = small;
		res->since = since;
		res->hash = pv_stable_hash(unit->hash, res->version, strlen(res->version));
		res->open_metadata = open;
		res->meta = open ? NULL : pv_kinds_type(kinds, "meta.v1.ObjectMeta");
		res->whole = pv_schema_whole(unit->arena, res->schema, res->meta);
		res->name_rule = backstage ? PV_NAME_BACKSTAGE : PV_NAME_SUBDOMAIN;
	}
}

bool
pv_crd_has_webhook(const pv_val *crd)
{
	return pv_streq(pv_text_at(crd, "spec.conversion.strategy", ""), "Webhook");
}

int
pv_unit_crd(pv_ctx *cx, const pv_kinds *kinds, const pv_val *crd, const pv_unit *before, pv_unit **ret)
{
	const pv_val *versions = pv_at(crd, "spec.versions");
	size_t n = pv_count(versions);
	pv_unit *unit = pv_unit_new(pv_text_at(crd, "metadata.name", ""));
	int r = 0;

	unit->group = pv_strdup(unit->arena, pv_text_at(crd, "spec.group", ""));
	unit->resources = pv_new_array(unit->arena, pv_resource, n + 1);
	unit->openapi = pv_new_array(unit->arena, pv_str, n + 1);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_version(cx, unit, crd, pv_item(versions, i), before,
				pv_printf(cx->arena, "spec.versions[%zu]", i));
	if (r < 0) {
		pv_unit_unref(unit);
		return r;
	}
	finish(cx, kinds, unit, crd);
	*ret = unit;
	return 0;
}
