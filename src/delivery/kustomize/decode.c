/* decode: a kustomization file: its fields by a table, with the errors of Go's strict JSON decoder;
 * fields that are deprecated go where their successors are. */
#include <string.h>
#include <strings.h>

#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

enum shape { TEXT, TRUTH, WHOLE, TEXTS, MAP, OBJECT, OBJECTS, ANY, ANYMAP };

typedef struct field {
	const char *name;
	enum shape shape;
	const struct field *fields; /* of OBJECT and OBJECTS */
	const char *type;           /* its name in Go */
} field;

/* clang-format off */
#define GVK {"group", TEXT, NULL, NULL}, {"version", TEXT, NULL, NULL}, {"kind", TEXT, NULL, NULL}
#define SELECTOR GVK, {"name", TEXT, NULL, NULL}, {"namespace", TEXT, NULL, NULL}
static const field selector[] = {SELECTOR, {"annotationSelector", TEXT, NULL, NULL}, {"labelSelector", TEXT, NULL, NULL}, {0}};
static const field field_spec[] = {GVK, {"path", TEXT, NULL, NULL}, {"create", TRUTH, NULL, NULL}, {0}};
static const field label[] = {{"pairs", MAP, NULL, NULL}, {"includeSelectors", TRUTH, NULL, NULL},
	{"includeTemplates", TRUTH, NULL, NULL}, {"fields", OBJECTS, field_spec, "FieldSpec"}, {0}};
static const field patch_options[] = {{"allowNameChange", TRUTH, NULL, NULL}, {"allowKindChange", TRUTH, NULL, NULL}, {0}};
static const field patch[] = {{"path", TEXT, NULL, NULL}, {"patch", TEXT, NULL, NULL},
	{"target", OBJECT, selector, "Selector"}, {"options", OBJECT, patch_options, "PatchArgs"}, {0}};
static const field image[] = {{"name", TEXT, NULL, NULL}, {"newName", TEXT, NULL, NULL}, {"tagSuffix", TEXT, NULL, NULL},
	{"newTag", TEXT, NULL, NULL}, {"digest", TEXT, NULL, NULL}, {0}};
static const field field_options[] = {{"delimiter", TEXT, NULL, NULL}, {"index", WHOLE, NULL, NULL},
	{"encoding", TEXT, NULL, NULL}, {"create", TRUTH, NULL, NULL}, {0}};
static const field source[] = {SELECTOR, {"fieldPath", TEXT, NULL, NULL}, {"options", OBJECT, field_options, "FieldOptions"}, {0}};
static const field target[] = {{"select", OBJECT, selector, "Selector"}, {"reject", OBJECTS, selector, "Selector"},
	{"fieldPaths", TEXTS, NULL, NULL}, {"options", OBJECT, field_options, "FieldOptions"}, {0}};
static const field replacement[] = {{"source", OBJECT, source, "SourceSelector"}, {"sourceValue", TEXT, NULL, NULL},
	{"targets", OBJECTS, target, "TargetSelector"}, {"path", TEXT, NULL, NULL}, {0}};
static const field replica[] = {{"name", TEXT, NULL, NULL}, {"count", WHOLE, NULL, NULL}, {0}};
static const field reference[] = {{"apiVersion", TEXT, NULL, NULL}, SELECTOR, {0}};
static const field field_ref[] = {{"fieldPath", TEXT, NULL, NULL}, {0}};
static const field variable[] = {{"name", TEXT, NULL, NULL}, {"objref", OBJECT, reference, "Target"},
	{"fieldref", OBJECT, field_ref, "FieldSelector"}, {0}};
static const field options[] = {{"labels", MAP, NULL, NULL}, {"annotations", MAP, NULL, NULL},
	{"disableNameSuffixHash", TRUTH, NULL, NULL}, {"immutable", TRUTH, NULL, NULL}, {0}};
#define GENERATOR {"namespace", TEXT, NULL, NULL}, {"name", TEXT, NULL, NULL}, {"behavior", TEXT, NULL, NULL}, \
	{"literals", TEXTS, NULL, NULL}, {"files", TEXTS, NULL, NULL}, {"envs", TEXTS, NULL, NULL}, {"env", TEXT, NULL, NULL}, \
	{"options", OBJECT, options, "GeneratorOptions"}
static const field config_map[] = {GENERATOR, {0}};
static const field secret[] = {GENERATOR, {"type", TEXT, NULL, NULL}, {0}};
static const field legacy_order[] = {{"orderFirst", TEXTS, NULL, NULL}, {"orderLast", TEXTS, NULL, NULL}, {0}};
static const field sort_options[] = {{"order", TEXT, NULL, NULL},
	{"legacySortOptions", OBJECT, legacy_order, "LegacySortOptions"}, {0}};
static const field metadata[] = {{"name", TEXT, NULL, NULL}, {"namespace", TEXT, NULL, NULL}, {"labels", MAP, NULL, NULL},
	{"annotations", MAP, NULL, NULL}, {0}};
static const field kustomization[] = {
	{"apiVersion", TEXT, NULL, NULL}, {"kind", TEXT, NULL, NULL}, {"metadata", OBJECT, metadata, "ObjectMeta"},
	{"openapi", MAP, NULL, NULL}, {"namePrefix", TEXT, NULL, NULL}, {"nameSuffix", TEXT, NULL, NULL},
	{"namespace", TEXT, NULL, NULL}, {"commonLabels", MAP, NULL, NULL}, {"labels", OBJECTS, label, "Label"},
	{"commonAnnotations", MAP, NULL, NULL}, {"patchesStrategicMerge", TEXTS, NULL, NULL},
	{"patchesJson6902", OBJECTS, patch, "Patch"}, {"patches", OBJECTS, patch, "Patch"},
	{"images", OBJECTS, image, "Image"}, {"imageTags", OBJECTS, image, "Image"},
	{"replacements", OBJECTS, replacement, "ReplacementField"}, {"replicas", OBJECTS, replica, "Replica"},
	{"vars", OBJECTS, variable, "Var"}, {"sortOptions", OBJECT, sort_options, "SortOptions"},
	{"resources", TEXTS, NULL, NULL}, {"components", TEXTS, NULL, NULL}, {"crds", TEXTS, NULL, NULL},
	{"bases", TEXTS, NULL, NULL}, {"configMapGenerator", OBJECTS, config_map, "ConfigMapArgs"},
	{"secretGenerator", OBJECTS, secret, "SecretArgs"}, {"helmGlobals", ANYMAP, NULL, NULL},
	{"helmCharts", ANY, NULL, NULL}, {"helmChartInflationGenerator", ANY, NULL, NULL},
	{"generatorOptions", OBJECT, options, "GeneratorOptions"}, {"configurations", TEXTS, NULL, NULL},
	{"generators", TEXTS, NULL, NULL}, {"transformers", TEXTS, NULL, NULL}, {"validators", TEXTS, NULL, NULL},
	{"buildMetadata", TEXTS, NULL, NULL}, {0}};
/* clang-format on */

/* clang-format off */
static const field back_reference[] = {GVK, {"fieldSpecs", OBJECTS, field_spec, "FieldSpec"}, {0}};
#define SPECS(name) {name, OBJECTS, field_spec, "FieldSpec"}
static const field configuration[] = {
	SPECS("namePrefix"), SPECS("nameSuffix"), SPECS("namespace"), SPECS("commonLabels"), SPECS("templateLabels"),
	SPECS("labels"), SPECS("commonAnnotations"), SPECS("varReference"), SPECS("images"), SPECS("replicas"),
	{"nameReference", OBJECTS, back_reference, "NameBackReferences"}, {0}};
/* clang-format on */

typedef struct decoder {
	pv_ctx *cx;
	const char *type, *path; /* of Go: the struct, and the way to the field from the outermost */
} decoder;

static int decode_object(const decoder *d, const field *fields, const pv_val *v, pv_val *ret);

static const char *
go_type(pv_arena *arena, const field *f)
{
	static const char *const names[] = {[TEXT] = "string",           [TRUTH] = "bool",
					    [WHOLE] = "int64",           [TEXTS] = "[]string",
					    [MAP] = "map[string]string", [ANYMAP] = "types.HelmGlobals"};
	if (f->shape == OBJECTS || f->shape == OBJECT)
		return pv_printf(arena, "%stypes.%s", f->shape == OBJECTS ? "[]" : "", f->type);
	return names[f->shape] ? names[f->shape] : "[]types.HelmChart";
}

static int
wrong(const decoder *d, const pv_val *v, const char *type)
{
	const char *found = v->type == PV_BOOL ? "bool" : pv_type_name(v);
	return pv_fail(d->cx, PV_EINVALID, "json: cannot unmarshal %s into Go struct field %s of type %s",
		       found, d->path, type);
}

static int
decode_texts(const decoder *d, const pv_val *v)
{
	for (size_t i = 0; i < v->len; i++) {
		const pv_val *one = v->type == PV_LIST ? &v->items[i] : &v->members[i].val;
		if (one->type != PV_STRING && one->type != PV_NULL)
			return wrong(d, one, "string");
	}
	return 0;
}

static int
decode_list(const decoder *d, const field *f, const pv_val *v, pv_val *ret)
{
	pv_listb b;
	int r = 0;
	pv_listb_init(&b, d->cx->arena);
	for (size_t i = 0; r == 0 && i < v->len; i++) {
		pv_val one = {0};
		if (v->items[i].type != PV_NULL && v->items[i].type != PV_OBJECT)
			return wrong(d, &v->items[i], pv_printf(d->cx->arena, "types.%s", f->type));
		r = decode_object(d, f->fields, &v->items[i], &one);
		pv_listb_add(&b, one);
	}
	*ret = pv_listb_end(&b);
	return r;
}

static int
decode_field(const decoder *outer, const field *f, const pv_val *v, pv_val *ret)
{
	static const enum pv_type types[] = {[TEXT] = PV_STRING,  [TRUTH] = PV_BOOL, [WHOLE] = PV_NUMBER,
					     [TEXTS] = PV_LIST,   [MAP] = PV_OBJECT, [OBJECT] = PV_OBJECT,
					     [OBJECTS] = PV_LIST, [ANY] = PV_LIST,   [ANYMAP] = PV_OBJECT};
	decoder d = {.cx = outer->cx, .path = pv_printf(outer->cx->arena, "%s.%s", outer->path, f->name)};
	*ret = *v;
	if (v->type != types[f->shape] || (f->shape == WHOLE && v->num != PV_INT))
		return wrong(&d, v, go_type(d.cx->arena, f));
	if (f->shape == TEXTS || f->shape == MAP)
		return decode_texts(&d, v);
	if (f->shape == OBJECT)
		return decode_object(&d, f->fields, v, ret);
	return f->shape == OBJECTS ? decode_list(&d, f, v, ret) : 0;
}

static int
decode_object(const decoder *d, const field *fields, const pv_val *v, pv_val *ret)
{
	pv_objb b;
	int r = 0;
	pv_objb_init(&b, d->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const field *f = fields;
		while (f->name && strcasecmp(f->name, pv_text(&m->key, "")) != 0)
			f++;
		if (f->name == NULL)
			return pv_fail(d->cx, PV_EINVALID, "json: unknown field \"%s\"",
				       pv_text(&m->key, ""));
		pv_val one;
		if (m->val.type == PV_NULL)
			continue;
		r = decode_field(d, f, &m->val, &one);
		if (r == 0)
			pv_objb_put(&b, f->name, one);
	}
	*ret = pv_objb_end(&b);
	return r;
}

int
kust_config_check(kust_state *s, const pv_val *doc)
{
	const decoder d = {.cx = s->cx, .path = "TransformerConfig"};
	pv_val ignored;
	int r = decode_object(&d, configuration, doc, &ignored);
	return r < 0 ? pv_wrap(s->cx, r, "error unmarshaling JSON: while decoding JSON") : 0;
}

/* ---- what is deprecated ---- */

static void
warn(kust_state *s, const pv_val *k)
{
	static const char *const fields[][3] = {{"bases", "resources", ""},
						{"commonLabels", "labels", ""},
						{"imageTags", "images", ""},
						{"patchesJson6902", "patches", ""},
						{"patchesStrategicMerge", "patches", ""},
						{"vars", "replacements", "[EXPERIMENTAL] "}};
	for (size_t i = 0; s->options->warnings && i < PV_LEN(fields); i++) {
		const char *text = pv_printf(
			s->cx->arena,
			"# Warning: '%s' is deprecated. Please use '%s' instead. %sRun 'kustomize edit fix' "
			"to update your Kustomization automatically.",
			fields[i][0], fields[i][1], fields[i][2]);
		if (pv_get(k, fields[i][0]))
			pv_vec_push(s->options->warnings, &text);
	}
}

pv_val
kust_joined(pv_arena *arena, const pv_val *list, const pv_val *more)
{
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_listb_add(&b, *pv_item(list, i));
	for (size_t i = 0; i < pv_count(more); i++)
		pv_listb_add(&b, *pv_item(more, i));
	return pv_listb_end(&b);
}

static pv_val
moved(pv_arena *arena, const pv_val *k, const char *from, const char *to)
{
	const pv_val *more = pv_get(k, from);
	if (more == NULL)
		return *k;
	pv_val v = pv_without(arena, k, from);
	return pv_with(arena, &v, to, kust_joined(arena, pv_get(k, to), more));
}

static int
enforce(kust_state *s, const char *folder, const pv_val *k)
{
	const char *kind = pv_text_at(k, "kind", "Kustomization");
	bool component = pv_streq(kind, "Component");
	const char *wanted =
			   component ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1",
		   *version = pv_text_at(k, "apiVersion", wanted);
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	if (!component && !pv_streq(kind, "Kustomization"))
		pv_buf_adds(&b, "\nkind should be Kustomization or Component");
	if (!pv_streq(version, wanted))
		pv_buf_printf(&b, "\napiVersion for %s should be %s", kind, wanted);
	return b.len == 0 ? 0
			  : pv_fail(s->cx, PV_EINVALID, "Failed to read kustomization file under %s:%s",
				    folder, b.s);
}

int
kust_decode(kust_state *s, const char *folder, pv_str text, const pv_val **ret)
{
	const decoder d = {.cx = s->cx, .path = "Kustomization"};
	const pv_val *doc;
	pv_val k;
	int r = pv_yaml_parse(s->cx, text, NULL, &doc);
	if (r < 0) {
		const char *why = pv_yaml_go_error(s->cx->arena, pv_take_error(s->cx));
		return pv_fail(s->cx, PV_EINVALID, "invalid Kustomization: %s", why);
	}
	if (!pv_is(doc, PV_OBJECT) && !pv_is(doc, PV_NULL))
		return pv_fail(
			s->cx, PV_EINVALID,
			"invalid Kustomization: json: cannot unmarshal %s into Go value of type types.Kustomization",
			pv_type_name(doc));
	r = decode_object(&d, kustomization, doc, &k);
	if (r < 0)
		return pv_wrap(s->cx, r, "invalid Kustomization");
	warn(s, &k);
	size_t about = (pv_get(&k, "kind") ? 1u : 0u) + (pv_get(&k, "apiVersion") ? 1u : 0u);
	if (k.len == about)
		return pv_fail(s->cx, PV_EINVALID, "kustomization.yaml is empty");
	k = moved(s->cx->arena, &k, "bases", "resources");
	k = moved(s->cx->arena, &k, "imageTags", "images");
	k = moved(s->cx->arena, &k, "helmChartInflationGenerator", "helmCharts");
	*ret = pv_box(s->cx->arena, k);
	return enforce(s, folder, *ret);
}
