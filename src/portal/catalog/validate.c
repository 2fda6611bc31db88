/* validate: an entity against the envelope, the field formats, the schema of its kind and
 * the references it makes.  The rows below are the kinds' schemas. */
#include <string.h>

#include "base/str.h"
#include "lang/patch/patch.h"
#include "portal/catalog/catalog.h"
#include "portal/catalog/shape.h"

enum type { TEXT, TEXT_LIST, OBJECT, OBJECT_LIST, CHOICE };

struct row {
	const char *kind, *field; /* of spec; "profile.email" for one deeper */
	enum type type;
	bool required;
	const char *ref;     /* default kind of a reference; "" = it must name one; NULL = no reference */
	const char *choices; /* "a|b" */
};

static const struct row rows[] = {
	{"Component", "type", TEXT, true, NULL, NULL},
	{"Component", "lifecycle", TEXT, true, NULL, NULL},
	{"Component", "owner", TEXT, true, "group", NULL},
	{"Component", "system", TEXT, false, "system", NULL},
	{"Component", "subcomponentOf", TEXT, false, "component", NULL},
	{"Component", "providesApis", TEXT_LIST, false, "api", NULL},
	{"Component", "consumesApis", TEXT_LIST, false, "api", NULL},
	{"Component", "dependsOn", TEXT_LIST, false, "", NULL},
	{"Component", "dependencyOf", TEXT_LIST, false, "", NULL},
	{"API", "type", TEXT, true, NULL, NULL},
	{"API", "lifecycle", TEXT, true, NULL, NULL},
	{"API", "owner", TEXT, true, "group", NULL},
	{"API", "definition", TEXT, true, NULL, NULL},
	{"API", "system", TEXT, false, "system", NULL},
	{"Resource", "type", TEXT, true, NULL, NULL},
	{"Resource", "owner", TEXT, true, "group", NULL},
	{"Resource", "dependsOn", TEXT_LIST, false, "", NULL},
	{"Resource", "dependencyOf", TEXT_LIST, false, "", NULL},
	{"Resource", "system", TEXT, false, "system", NULL},
	{"System", "owner", TEXT, true, "group", NULL},
	{"System", "domain", TEXT, false, "domain", NULL},
	{"System", "type", TEXT, false, NULL, NULL},
	{"Domain", "owner", TEXT, true, "group", NULL},
	{"Domain", "subdomainOf", TEXT, false, "domain", NULL},
	{"Domain", "type", TEXT, false, NULL, NULL},
	{"Group", "type", TEXT, true, NULL, NULL},
	{"Group", "children", TEXT_LIST, true, "group", NULL},
	{"Group", "parent", TEXT, false, "group", NULL},
	{"Group", "members", TEXT_LIST, false, "user", NULL},
	{"Group", "profile", OBJECT, false, NULL, NULL},
	{"Group", "profile.displayName", TEXT, false, NULL, NULL},
	{"Group", "profile.email", TEXT, false, NULL, NULL},
	{"Group", "profile.picture", TEXT, false, NULL, NULL},
	{"User", "memberOf", TEXT_LIST, true, "group", NULL},
	{"User", "profile", OBJECT, false, NULL, NULL},
	{"User", "profile.displayName", TEXT, false, NULL, NULL},
	{"User", "profile.email", TEXT, false, NULL, NULL},
	{"User", "profile.picture", TEXT, false, NULL, NULL},
	{"Location", "type", TEXT, false, NULL, NULL},
	{"Location", "target", TEXT, false, NULL, NULL},
	{"Location", "targets", TEXT_LIST, false, NULL, NULL},
	{"Location", "presence", CHOICE, false, NULL, "required|optional"},
	{"Template", "type", TEXT, true, NULL, NULL},
	{"Template", "steps", OBJECT_LIST, true, NULL, NULL},
	{"Template", "owner", TEXT, false, "group", NULL},
	{"Template", "lifecycle", TEXT, false, NULL, NULL},
};

struct check {
	pv_ctx *cx;
	pv_vec *faults;
};

static void fault(struct check *c, const char *path, const char *fmt, ...) PV_PRINTF(3, 4);

static void
fault(struct check *c, const char *path, const char *fmt, ...)
{
	entity_fault *f = pv_vec_add(c->faults);
	va_list ap;
	va_start(ap, fmt);
	f->path = pv_strdup(c->cx->arena, path);
	f->message = pv_vprintf(c->cx->arena, fmt, ap);
	va_end(ap);
}

/* "metadata.tags[0]" -> "/metadata/tags/0", "metadata.labels[a/b.c]" -> "/metadata/labels/a~1b.c":
 * a JSON pointer (RFC 6901), as Backstage writes it.  A key in brackets is the path's last part. */
static const char *
slashed(struct check *c, const char *path)
{
	pv_buf out;
	pv_buf_init(&out, c->cx->arena);
	pv_buf_addc(&out, '/');
	for (; *path && !(*path == '[' && path[1 + strspn(path + 1, "0123456789")] != ']'); path++)
		if (*path != ']')
			pv_buf_addc(&out, *path == '.' || *path == '[' ? '/' : *path);
	if (!*path)
		return out.s;
	pv_buf_addc(&out, '/');
	pv_pointer_escape(&out, (pv_str){path + 1, strlen(path + 1) - 1}); /* up to the ] */
	return out.s;
}

/* Backstage checks most of metadata by another validator, which says less. */
static bool
terse(const char *path)
{
	return pv_starts_with(path, "metadata.") && !pv_starts_with(path, "metadata.name");
}

static bool
is_text(struct check *c, const char *path, const pv_val *v, bool may_be_empty)
{
	if (!pv_is(v, PV_STRING)) {
		fault(c, path, "%s must be string%s", slashed(c, path), terse(path) ? "" : " - type: string");
		return false;
	}
	if (v->len == 0 && !may_be_empty)
		fault(c, path, "%s must NOT have fewer than 1 characters%s", slashed(c, path),
		      terse(path) ? "" : " - limit: 1");
	return v->len > 0 || may_be_empty;
}

/* ---- metadata ---- */

struct format {
	bool (*ok)(pv_str s);
	const char *expected;
};

static const struct format name_format = {
	shape_name,
	"a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total"};
static const struct format namespace_format = {
	shape_namespace,
	"a string that is sequences of [a-z0-9] separated by [-], at most 63 characters in total"};
static const struct format tag_format = {
	shape_tag,
	"a string that is sequences of [a-z0-9+#] separated by [-], at most 63 characters in total"};
static const struct format kind_format = {
	shape_kind, "a string that is a sequence of [a-zA-Z][a-z0-9A-Z], at most 63 characters in total"};
static const struct format version_format = {
	shape_api_version,
	"a string that is a sequence of [a-zA-Z][a-z0-9A-Z], at most 63 characters in total"};
static const struct format key_format = {shape_key, "a valid prefix and/or suffix"};
static const struct format url_format = {shape_url, "a string that is a valid url"};

static void
formatted(struct check *c, const char *path, const char *shown, pv_str s, const struct format *f)
{
	if (!f->ok(s))
		fault(c, path, "\"%s\" is not valid; expected %s but found \"%.*s\"", shown, f->expected,
		      (int)s.len, s.s);
}

static void
text_field(struct check *c, const pv_val *meta, const char *key, bool required, const struct format *f)
{
	const pv_val *v = pv_get(meta, key);
	const char *path = pv_printf(c->cx->arena, "metadata.%s", key);
	if (!v && required)
		fault(c, path, "/metadata must have required property '%s' - missingProperty: %s", key, key);
	else if (v && is_text(c, path, v, false) && f)
		formatted(c, path, path, pv_strv(v), f);
}

static void
check_tags(struct check *c, const pv_val *tags)
{
	if (tags && !pv_is(tags, PV_LIST)) {
		fault(c, "metadata.tags", "/metadata/tags must be array");
		return;
	}
	for (size_t i = 0; i < pv_count(tags); i++) {
		const char *path = pv_printf(c->cx->arena, "metadata.tags[%zu]", i);
		if (is_text(c, path, pv_item(tags, i), false))
			formatted(c, path, pv_printf(c->cx->arena, "tags.%zu", i), pv_strv(pv_item(tags, i)),
				  &tag_format);
	}
}

static void
check_map(struct check *c, const pv_val *map, const char *field, bool label)
{
	const char *where = pv_printf(c->cx->arena, "metadata.%s", field);
	if (!map)
		return;
	if (!pv_is(map, PV_OBJECT)) {
		fault(c, where, "%s must be object", slashed(c, where));
		return;
	}
	for (size_t i = 0; i < pv_member_count(map); i++) {
		const pv_val *key = &map->members[i].key, *v = &map->members[i].val;
		const char *shown = pv_printf(c->cx->arena, "%s.%s", field, pv_text(key, ""));
		const char *path = pv_printf(c->cx->arena, "%s[%s]", where, pv_text(key, ""));
		formatted(c, path, shown, pv_strv(key), &key_format);
		if (is_text(c, path, v, true) && label && v->len)
			formatted(c, path, shown, pv_strv(v), &name_format);
	}
}

static void
check_links(struct check *c, const pv_val *links)
{
	static const char *const texts[] = {"title", "icon", "type"};
	if (links && !pv_is(links, PV_LIST)) {
		fault(c, "metadata.links", "/metadata/links must be array");
		return;
	}
	for (size_t i = 0; i < pv_count(links); i++) {
		const char *path = pv_printf(c->cx->arena, "metadata.links[%zu]", i);
		const pv_val *link = pv_item(links, i), *url = pv_get(link, "url");
		if (!pv_is(link, PV_OBJECT)) {
			fault(c, path, "%s must be object", slashed(c, path));
			continue;
		}
		if (!url)
			fault(c, path, "%s must have required property 'url' - missingProperty: url",
			      slashed(c, path));
		else if (is_text(c, pv_printf(c->cx->arena, "%s.url", path), url, false))
			formatted(c, path, pv_printf(c->cx->arena, "links.%zu.url", i), pv_strv(url),
				  &url_format);
		for (size_t k = 0; k < PV_LEN(texts); k++)
			if (pv_get(link, texts[k]))
				is_text(c, pv_printf(c->cx->arena, "%s.%s", path, texts[k]),
					pv_get(link, texts[k]), false);
	}
}

static void
check_metadata(struct check *c, const pv_val *meta)
{
	const pv_val *description = pv_get(meta, "description");
	if (!pv_is(meta, PV_OBJECT)) {
		fault(c, "metadata",
		      meta ? "/metadata must be object - type: object"
			   : "<root> must have required property 'metadata' - missingProperty: metadata");
		return;
	}
	text_field(c, meta, "name", true, &name_format);
	text_field(c, meta, "namespace", false, &namespace_format);
	text_field(c, meta, "title", false, NULL);
	text_field(c, meta, "uid", false, NULL);
	text_field(c, meta, "etag", false, NULL);
	if (description)
		is_text(c, "metadata.description", description, true);
	check_map(c, pv_get(meta, "labels"), "labels", true);
	check_map(c, pv_get(meta, "annotations"), "annotations", false);
	check_tags(c, pv_get(meta, "tags"));
	check_links(c, pv_get(meta, "links"));
}

/* ---- spec ---- */

static void
check_ref(struct check *c, const char *path, const char *text, const char *default_kind)
{
	entity_ref ref;
	if (entity_ref_parse(c->cx->arena, text, *default_kind ? default_kind : NULL, "default", &ref))
		return;
	if (!*default_kind && *text && entity_ref_parse(c->cx->arena, text, "component", "default", &ref))
		fault(c, path,
		      "Entity reference \"%s\" had missing or empty kind (e.g. did not start with \"component:\" or "
		      "similar)",
		      text);
	else
		fault(c, path, "Entity reference \"%s\" was not on the form [<kind>:][<namespace>/]<name>",
		      text);
}

static void
check_list(struct check *c, const struct row *row, const char *path, const pv_val *v)
{
	if (!pv_is(v, PV_LIST)) {
		fault(c, path, "%s must be array - type: array", slashed(c, path));
		return;
	}
	for (size_t i = 0; i < pv_count(v); i++) {
		const char *at = pv_printf(c->cx->arena, "%s[%zu]", path, i);
		if (row->type == OBJECT_LIST) {
			if (!pv_is(pv_item(v, i), PV_OBJECT))
				fault(c, at, "%s must be object - type: object", slashed(c, at));
		} else if (is_text(c, at, pv_item(v, i), false) && row->ref) {
			check_ref(c, at, pv_text(pv_item(v, i), ""), row->ref);
		}
	}
}

static bool
one_of(const char *choices, pv_str s)
{
	pv_str rest = pv_str_of(choices), piece;
	while (pv_str_next(&rest, '|', &piece))
		if (pv_str_eq(piece, s))
			return true;
	return false;
}

static void
check_row(struct check *c, const struct row *row, const pv_val *spec)
{
	const pv_val *v = pv_at(spec, row->field);
	const char *path = pv_printf(c->cx->arena, "spec.%s", row->field);
	if (entity_elsewhere(v))
		return;
	if (!v) {
		if (row->required)
			fault(c, path, "/spec must have required property '%s' - missingProperty: %s",
			      row->field, row->field);
		return;
	}
	if (row->type == TEXT_LIST || row->type == OBJECT_LIST) {
		check_list(c, row, path, v);
	} else if (row->type == OBJECT) {
		if (!pv_is(v, PV_OBJECT))
			fault(c, path, "%s must be object - type: object", slashed(c, path));
	} else if (is_text(c, path, v, false)) {
		if (row->ref)
			check_ref(c, path, pv_text(v, ""), row->ref);
		if (row->choices && !one_of(row->choices, pv_strv(v)))
			fault(c, path, "%s must be equal to one of the allowed values - allowedValues: %s",
			      slashed(c, path), row->choices);
	}
}

const char *
entity_elsewhere(const pv_val *v)
{
	static const char *const words[] = {"$text", "$json", "$yaml"};
	for (size_t i = 0; pv_is(v, PV_OBJECT) && pv_count(v) == 1 && i < PV_LEN(words); i++) {
		const char *target = pv_text(pv_get(v, words[i]), "");
		if (pv_starts_with(target, "https://") || pv_starts_with(target, "http://"))
			return target;
	}
	return NULL;
}

static bool
is_kind(const char *kind)
{
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].kind, kind))
			return true;
	return false;
}

static bool
recognised(const char *kind, const char *version)
{
	if (pv_streq(kind, "Template"))
		return pv_streq(version, "scaffolder.backstage.io/v1beta3");
	return is_kind(kind) &&
	       (pv_streq(version, "backstage.io/v1alpha1") || pv_streq(version, "backstage.io/v1beta1"));
}

bool
entity_is_known(const pv_val *entity)
{
	return recognised(pv_text_at(entity, "kind", ""), pv_text_at(entity, "apiVersion", ""));
}

/* Backstage's words, and what they leave open. */
static void
not_recognised(struct check *c, const pv_val *entity, const char *kind, const char *version)
{
	fault(c, is_kind(kind) ? "apiVersion" : "kind",
	      "No processor recognized the entity %s:%s/%s as valid, possibly caused by a foreign kind or apiVersion: expected "
	      "API, Component, Domain, Group, Location, Resource, System or User of backstage.io/v1alpha1, or Template of "
	      "scaffolder.backstage.io/v1beta3, found %s of %s",
	      pv_str_lower(c->cx->arena, kind),
	      pv_str_lower(c->cx->arena, pv_text_at(entity, "metadata.namespace", "default")),
	      pv_text_at(entity, "metadata.name", ""), kind, version);
}

static void
check_spec(struct check *c, const pv_val *entity, const char *kind)
{
	const pv_val *spec = pv_get(entity, "spec");
	if (!pv_is(spec, PV_OBJECT)) {
		fault(c, "spec",
		      spec ? "/spec must be object - type: object"
			   : "<root> must have required property 'spec' - missingProperty: spec");
		return;
	}
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].kind, kind))
			check_row(c, &rows[i], spec);
}

/* ---- the envelope ---- */

static void
check_root(struct check *c, const pv_val *entity)
{
	static const char known[] = "apiVersion|kind|metadata|spec", output[] = "relations|status";
	for (size_t i = 0; i < pv_member_count(entity); i++) {
		pv_str key = pv_strv(&entity->members[i].key);
		if (one_of(output, key))
			fault(c, pv_text(&entity->members[i].key, ""), "Unknown field %.*s", (int)key.len,
			      key.s);
		else if (!one_of(known, key))
			fault(c, pv_text(&entity->members[i].key, ""),
			      "<root> must NOT have additional properties: found \"%.*s\"", (int)key.len,
			      key.s);
	}
}

static void
check_type_field(struct check *c, const pv_val *entity, const char *key, const struct format *f)
{
	const pv_val *v = pv_get(entity, key);
	if (!v)
		fault(c, key, "<root> must have required property '%s' - missingProperty: %s", key, key);
	else if (is_text(c, key, v, false))
		formatted(c, key, key, pv_strv(v), f);
}

void
entity_validate(pv_ctx *cx, const pv_val *entity, pv_vec *faults)
{
	struct check c = {cx, faults};
	const char *kind = pv_text_at(entity, "kind", ""), *version = pv_text_at(entity, "apiVersion", "");
	if (!pv_is(entity, PV_OBJECT)) {
		fault(&c, "",
		      "expected an entity (an object with apiVersion, kind, metadata and spec), found %s",
		      pv_type_name(entity));
		return;
	}
	check_root(&c, entity);
	check_type_field(&c, entity, "apiVersion", &version_format);
	check_type_field(&c, entity, "kind", &kind_format);
	check_metadata(&c, pv_get(entity, "metadata"));
	if (faults->len > 0 && !recognised(kind, version))
		return;
	if (!recognised(kind, version))
		not_recognised(&c, entity, kind, version);
	else
		check_spec(&c, entity, kind);
}
