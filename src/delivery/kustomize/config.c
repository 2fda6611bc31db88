/* config: transformer configurations: kustomize's own (fieldspecs.tsv), those of files that a
 * kustomization names, and what is asked for by the OpenAPI of crds. */
#include <string.h>

#include "core/table.h"
#include "delivery/kustomize/impl.h"

static const char *const list_names[KUST_LISTS] = {
	"namePrefix", "nameSuffix",        "namespace",    "commonLabels", "templateLabels",
	"labels",     "commonAnnotations", "varReference", "images",       "replicas"};

void
kust_config_init(kust_config *c, pv_arena *arena)
{
	for (size_t i = 0; i < KUST_LISTS; i++)
		pv_vec_init(&c->lists[i], arena, sizeof(kust_spec));
	pv_vec_init(&c->refs, arena, sizeof(kust_backref));
}

/* ---- merging ---- */

int
kust_specs_add(kust_state *s, pv_vec *specs, const kust_spec *one)
{
	for (size_t i = 0; i < specs->len; i++) {
		const kust_spec *have = PV_AT(kust_spec, specs, i);
		kust_id id = {.group = have->group, .version = have->version, .kind = have->kind};
		if (!pv_streq(have->path, one->path) ||
		    !kust_selected(&id, one->group, one->version, one->kind))
			continue;
		return have->create == one->create ? 0
						   : pv_fail(s->cx, PV_EINVALID, "conflicting fieldspecs");
	}
	pv_vec_push(specs, one);
	return 0;
}

int
kust_specs_merge(kust_state *s, pv_vec *specs, const pv_vec *more)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < more->len; i++)
		r = kust_specs_add(s, specs, PV_AT(kust_spec, more, i));
	return r;
}

static kust_backref *
backref(kust_config *c, pv_arena *arena, const char *group, const char *version, const char *kind)
{
	for (size_t i = 0; i < c->refs.len; i++) {
		kust_backref *b = PV_AT(kust_backref, &c->refs, i);
		if (pv_streq(b->group, group) && pv_streq(b->version, version) && pv_streq(b->kind, kind))
			return b;
	}
	kust_backref *b = pv_vec_add(&c->refs);
	*b = (kust_backref){.group = group, .version = version, .kind = kind};
	pv_vec_init(&b->specs, arena, sizeof(kust_spec));
	return b;
}

static int
by_order(const void *a, const void *b)
{
	const kust_spec *x = a, *y = b;
	return strcmp(x->order, y->order);
}

/* Few are out of place, and those that are equal stay as they are. */
static void
sort(kust_state *s, pv_vec *specs)
{
	for (size_t i = 0; i < specs->len; i++) {
		kust_spec *one = PV_AT(kust_spec, specs, i);
		if (one->order == NULL)
			one->order =
				pv_printf(s->cx->arena, "%03d%s", 500 + kust_kind_rank(one->kind),
					  kust_kind_key(s->cx->arena, one->group, one->version, one->kind));
	}
	for (size_t i = 1; i < specs->len; i++) {
		kust_spec one = *PV_AT(kust_spec, specs, i);
		size_t k = i;
		for (; k > 0 && by_order(&one, PV_AT(kust_spec, specs, k - 1)) < 0; k--)
			*PV_AT(kust_spec, specs, k) = *PV_AT(kust_spec, specs, k - 1);
		*PV_AT(kust_spec, specs, k) = one;
	}
}

int
kust_config_merge(kust_state *s, kust_config *into, const kust_config *more)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KUST_LISTS; i++)
		r = kust_specs_merge(s, &into->lists[i], &more->lists[i]);
	for (size_t i = 0; r == 0 && i < KUST_LISTS; i++)
		sort(s, &into->lists[i]);
	for (size_t i = 0; r == 0 && i < more->refs.len; i++) {
		const kust_backref *b = PV_AT(kust_backref, &more->refs, i);
		r = kust_specs_merge(s, &backref(into, s->cx->arena, b->group, b->version, b->kind)->specs,
				     &b->specs);
	}
	return r;
}

/* ---- kustomize's own ---- */

/* "Kind.version.group", each may be "-" or absent. */
static void
read_kind(pv_arena *arena, pv_str text, kust_spec *ret)
{
	pv_str kind, version = {"", 0};
	if (!pv_str_next(&text, '.', &kind))
		kind = (pv_str){"", 0};
	if (!pv_str_next(&text, '.', &version))
		version = (pv_str){"", 0};
	ret->kind = pv_str_is(kind, "*") || pv_str_is(kind, "-") ? "" : pv_strndup(arena, kind.s, kind.len);
	ret->version = pv_str_is(version, "-") ? "" : pv_strndup(arena, version.s, version.len);
	ret->group = text.len ? pv_strndup(arena, text.s, text.len) : "";
}

/* Where an object of the kind has its Pod's spec. */
static const char *
pod_place(const char *kind)
{
	static const struct {
		const char *kind, *place;
	} places[] = {{"Pod", "spec"},
		      {"PodTemplate", "template/spec"},
		      {"CronJob", "spec/jobTemplate/spec/template/spec"}};
	for (size_t i = 0; i < PV_LEN(places); i++)
		if (pv_streq(kind, places[i].kind))
			return places[i].place;
	return "spec/template/spec";
}

typedef struct own {
	kust_state *s;
	kust_config *c;
	pv_map *sets; /* name -> kinds */
} own;

static void
add_row(own *o, const pv_table_row *row, const kust_spec *one)
{
	static const struct {
		const char *name;
		enum kust_list lists[3];
		size_t n;
	} rows[] = {{"prefix", {KUST_PREFIX}, 1},
		    {"suffix", {KUST_SUFFIX}, 1},
		    {"namespace", {KUST_NAMESPACE}, 1},
		    {"selectors", {KUST_COMMON_LABELS}, 1},
		    {"labels", {KUST_COMMON_LABELS, KUST_TEMPLATE_LABELS}, 2},
		    {"annotations", {KUST_ANNOTATIONS}, 1},
		    {"vars", {KUST_VARS}, 1},
		    {"images", {KUST_IMAGES}, 1},
		    {"replicas", {KUST_REPLICAS}, 1}};
	kust_spec target;
	if (pv_streq(row->cell[0], "reference")) {
		read_kind(o->s->cx->arena, pv_str_of(row->cell[1]), &target);
		pv_vec_push(&backref(o->c, o->s->cx->arena, target.group, target.version, target.kind)->specs,
			    one);
		return;
	}
	for (size_t i = 0; i < PV_LEN(rows); i++)
		for (size_t k = 0; k < rows[i].n && pv_streq(row->cell[0], rows[i].name); k++)
			pv_vec_push(&o->c->lists[rows[i].lists[k]], one);
}

static int
load_own(kust_state *s, kust_config *ret)
{
	own o = {.s = s, .c = ret, .sets = pv_map_new(s->cx->arena)};
	pv_table_text text;
	pv_table_row row;
	int r = pv_table_text_open(s->cx, s->cx->arena, "delivery/kustomize/fieldspecs.tsv", &text);
	while (r == 0 && pv_table_text_row(&text, &row)) {
		if (pv_streq(row.cell[0], "set")) {
			pv_map_puts(o.sets, row.cell[1], pv_strdup(s->cx->arena, row.cell[2]));
			continue;
		}
		const char *kinds = *row.cell[2] == '@' ? pv_map_finds(o.sets, row.cell[2]) : row.cell[2];
		pv_str rest = pv_str_of(kinds), kind;
		while (pv_str_next(&rest, ',', &kind)) {
			kust_spec one = {.create = *row.cell[3] == '+'};
			read_kind(s->cx->arena, kind, &one);
			one.path = *row.cell[4] == '~' ? pv_printf(s->cx->arena, "%s%s", pod_place(one.kind),
								   row.cell[4] + 1)
						       : row.cell[4];
			add_row(&o, &row, &one);
		}
	}
	return r;
}

/* ---- files ---- */

void
kust_specs_of(pv_arena *arena, const pv_val *list, pv_vec *ret)
{
	pv_vec_init(ret, arena, sizeof(kust_spec));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i);
		pv_vec_push(ret, &(kust_spec){.group = pv_text_at(v, "group", ""),
					      .version = pv_text_at(v, "version", ""),
					      .kind = pv_text_at(v, "kind", ""),
					      .path = pv_text_at(v, "path", ""),
					      .create = pv_truth_at(v, "create", false)});
	}
}

pv_val
kust_specs_value(pv_arena *arena, const pv_vec *specs)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < specs->len; i++) {
		const kust_spec *one = PV_AT(kust_spec, specs, i);
		pv_objb b;
		pv_objb_init(&b, arena);
		pv_objb_puts(&b, "group", one->group);
		pv_objb_puts(&b, "version", one->version);
		pv_objb_puts(&b, "kind", one->kind);
		pv_objb_puts(&b, "path", one->path);
		pv_objb_put(&b, "create", pv_bool(one->create));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static int
add_file(kust_state *s, const pv_val *doc, kust_config *ret)
{
	const pv_val *refs = pv_get(doc, "nameReference");
	pv_vec specs;
	int r = 0;
	for (size_t i = 0; r == 0 && i < KUST_LISTS; i++) {
		kust_specs_of(s->cx->arena, pv_get(doc, list_names[i]), &specs);
		r = kust_specs_merge(s, &ret->lists[i], &specs);
	}
	for (size_t i = 0; r == 0 && i < pv_count(refs); i++) {
		const pv_val *v = pv_item(refs, i);
		kust_specs_of(s->cx->arena, pv_get(v, "fieldSpecs"), &specs);
		r = kust_specs_merge(s,
				     &backref(ret, s->cx->arena, pv_text_at(v, "group", ""),
					      pv_text_at(v, "version", ""), pv_text_at(v, "kind", ""))
					      ->specs,
				     &specs);
	}
	return r;
}

int
kust_config_load(kust_state *s, const kust_loader *l, const pv_val *files, kust_config *ret)
{
	kust_config theirs;
	kust_config_init(ret, s->cx->arena);
	kust_config_init(&theirs, s->cx->arena);
	int r = load_own(s, ret);
	for (size_t i = 0; r == 0 && i < pv_count(files); i++) {
		const char *path = pv_text(pv_item(files, i), "");
		const pv_val *doc;
		r = kust_load_yaml(s, l, path, &doc);
		if (r == 0)
			r = kust_config_check(s, doc);
		if (r == 0)
			r = add_file(s, doc, &theirs);
	}
	return r < 0 || pv_count(files) == 0 ? r : kust_config_merge(s, ret, &theirs);
}

/* ---- crds ---- */

/* What a property of the kind's OpenAPI says of itself. */
static int
read_property(kust_state *s, const pv_val *property, const kust_spec *at, kust_config *into)
{
	static const struct {
		const char *mark;
		enum kust_list list;
	} marks[] = {{"x-kubernetes-annotation", KUST_ANNOTATIONS},
		     {"x-kubernetes-label-selector", KUST_COMMON_LABELS}};
	const char *version = pv_text_at(property, "x-kubernetes-object-ref-api-version", NULL),
		   *kind = pv_text(pv_get(property, "x-kubernetes-object-ref-kind"), NULL),
		   *key = pv_text(pv_get(property, "x-kubernetes-object-ref-name-key"), "name");
	int r = 0;
	for (size_t i = 0; r == 0 && i < PV_LEN(marks); i++)
		if (pv_get(property, marks[i].mark))
			r = kust_specs_add(s, &into->lists[marks[i].list], at);
	if (r == 0 && pv_get(property, "x-kubernetes-identity"))
		r = kust_specs_add(s, &into->lists[KUST_PREFIX], at);
	if (r < 0 || version == NULL || kind == NULL)
		return r;
	kust_spec ref = *at;
	ref.path = pv_printf(s->cx->arena, "%s/%s", at->path, key);
	return kust_specs_add(s, &backref(into, s->cx->arena, "", version, kind)->specs, &ref);
}

static const char *
kind_of_definition(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot ? dot + 1 : name;
}

static const pv_val *
properties_of(const pv_val *definition)
{
	const pv_val *schema = pv_get(definition, "Schema");
	return pv_get(schema ? schema : pv_get(definition, "schema"), "properties");
}

typedef struct crds {
	kust_state *s;
	const pv_val *definitions;
	kust_config *into;
	kust_spec at;
} crds;

static int
read_definition(crds *c, const char *name, const char *path, unsigned depth)
{
	const pv_val *properties = properties_of(pv_get(c->definitions, name));
	int r = 0;
	if (depth > KUST_DEPTH)
		return pv_fail(c->s->cx, PV_ETOOLARGE, "crds: %s: definitions lie more than %d deep", name,
			       KUST_DEPTH);
	for (size_t i = 0; r == 0 && i < pv_member_count(properties); i++) {
		const pv_member *m = &properties->members[i];
		const char *ref = pv_text(pv_get(&m->val, "$ref"), NULL);
		const char *below =
			pv_printf(c->s->cx->arena, "%s%s%s", path, *path ? "/" : "", pv_text(&m->key, ""));
		c->at.path = below;
		r = read_property(c->s, &m->val, &c->at, c->into);
		if (r == 0 && ref)
			r = read_definition(c, ref, below, depth + 1);
	}
	return r;
}

static int
read_crds(kust_state *s, const pv_val *definitions, kust_config *into)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_member_count(definitions); i++) {
		const char *name = pv_text(&definitions->members[i].key, "");
		const pv_val *properties = properties_of(&definitions->members[i].val);
		if (!pv_get(properties, "kind") || !pv_get(properties, "apiVersion") ||
		    !pv_get(properties, "metadata"))
			continue;
		crds c = {.s = s,
			  .definitions = definitions,
			  .into = into,
			  .at = {.group = "", .version = "", .kind = kind_of_definition(name)}};
		r = read_definition(&c, name, "", 0);
	}
	return r;
}

int
kust_config_crds(kust_state *s, const kust_loader *l, const pv_val *files, kust_config *into)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(files); i++) {
		const char *path = pv_text(pv_item(files, i), "");
		const pv_val *doc;
		r = kust_load_yaml(s, l, path, &doc);
		if (r == 0)
			r = read_crds(s, doc, into);
		if (r < 0)
			return pv_wrap(s->cx, r, "loading CRDs %s", kust_go_list(s->cx->arena, files));
	}
	return r;
}
