/* plugins: generators and transformers as a table: those that a kustomization's fields ask for, in
 * kustomize's order, and those that are configured as objects of their own. */
#include <string.h>

#include "delivery/kustomize/impl.h"

static const kust_origin *
built_in(const kust_target *t, const char *kind)
{
	pv_arena *arena = t->s->cx->arena;
	kust_origin *o;
	if (t->origin == NULL)
		return NULL;
	o = pv_new(arena, kust_origin);
	const char *path = t->origin->path ? t->origin->path : "";
	*o = (kust_origin){.configured_in = pv_printf(arena, "%s%s%s", path, *path ? "/" : "", t->file),
			   .by_version = "builtin",
			   .by_kind = kind};
	return o;
}

/* Of what an object configures. */
static const kust_origin *
configured(kust_state *s, const kust_res *by)
{
	kust_origin *o;
	if (by->origin == NULL)
		return NULL;
	o = pv_new(s->cx->arena, kust_origin);
	*o = (kust_origin){.configured_in = by->origin->path,
			   .by_version = pv_text_at(by->v, "apiVersion", ""),
			   .by_kind = by->id.kind,
			   .by_name = by->id.name,
			   .by_ns = by->id.ns};
	return o;
}

/* ---- transformers ---- */

static const struct {
	const char *kind;
	kust_step *run;
} transformers[] = {
	{"AnnotationsTransformer", kust_annotate},
	{"HashTransformer", kust_hash},
	{"ImageTagTransformer", kust_image},
	{"LabelTransformer", kust_label},
	{"NamespaceTransformer", kust_namespace},
	{"PatchJson6902Transformer", kust_patch_json},
	{"PatchStrategicMergeTransformer", kust_patch_merge},
	{"PatchTransformer", kust_patch},
	{"PrefixSuffixTransformer", kust_affix},
	{"PrefixTransformer", kust_prefix},
	{"ReplacementTransformer", kust_replace},
	{"ReplicaCountTransformer", kust_replica},
	{"SuffixTransformer", kust_suffix},
};

static kust_step *
step_of(const char *kind)
{
	for (size_t i = 0; i < PV_LEN(transformers); i++)
		if (pv_streq(transformers[i].kind, kind))
			return transformers[i].run;
	return NULL;
}

/* One of them; who it was is noted at every object. */
static int
transform(kust_target *t, kust_accumulated *a, const char *kind, pv_val config, const kust_origin *origin)
{
	kust_work w = {.t = t, .set = &a->set, .config = &config};
	int r = pv_ctx_check(t->s->cx);
	if (r == 0)
		r = step_of(kind)(&w);
	for (size_t i = 0; r == 0 && origin && i < a->set.len; i++) {
		kust_res *one = KUST_RES(&a->set, i);
		if (one->origin == NULL)
			one->origin = origin;
		else
			pv_vec_push(&one->transformations, &origin);
	}
	kust_drop_empty(&a->set);
	return r;
}

typedef struct row { /* of a field of the kustomization */
	kust_target *t;
	kust_accumulated *a;
	const char *kind;
	const kust_origin *origin;
} row;

static row
row_of(kust_target *t, kust_accumulated *a, const char *kind)
{
	return (row){.t = t, .a = a, .kind = kind, .origin = built_in(t, kind)};
}

static int
with_specs(const row *w, const char *key, pv_val v, const pv_vec *specs)
{
	pv_arena *arena = w->t->s->cx->arena;
	pv_val config = pv_with(arena, &(pv_val){.type = PV_OBJECT}, key, v);
	config = pv_with(arena, &config, "fieldSpecs", kust_specs_value(arena, specs));
	return transform(w->t, w->a, w->kind, config, w->origin);
}

/* A field that is a text, and a list that has a row for each. */
static int
by_text(kust_target *t, kust_accumulated *a, const char *kind, const char *field, const char *key,
	enum kust_list list)
{
	row w = row_of(t, a, kind);
	const pv_val *v = pv_get(t->k, field);
	return *pv_text(v, "") ? with_specs(&w, key, *v, &a->config.lists[list]) : 0;
}

static int
by_row(kust_target *t, kust_accumulated *a, const char *kind, const char *field, const char *key,
       enum kust_list specs)
{
	row w = row_of(t, a, kind);
	const pv_val *list = pv_get(t->k, field);
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = key ? with_specs(&w, key, *pv_item(list, i), &a->config.lists[specs])
			: transform(t, a, kind, *pv_item(list, i), w.origin);
	return r;
}

static int
patches_json(kust_target *t, kust_accumulated *a)
{
	row w = row_of(t, a, "PatchJson6902Transformer");
	const pv_val *list = pv_get(t->k, "patchesJson6902");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i), *text = pv_get(one, "patch");
		pv_val config = pv_without(t->s->cx->arena, one, "patch");
		if (text)
			config = pv_with(t->s->cx->arena, &config, "jsonOp", *text);
		r = transform(t, a, w.kind, config, w.origin);
	}
	return r;
}

static int
namespace_field(kust_target *t, kust_accumulated *a)
{
	row w = row_of(t, a, "NamespaceTransformer");
	const pv_val *v = pv_get(t->k, "namespace");
	if (!*pv_text(v, ""))
		return 0;
	return with_specs(&w, "metadata",
			  pv_with(t->s->cx->arena, &(pv_val){.type = PV_OBJECT}, "namespace", *v),
			  &a->config.lists[KUST_NAMESPACE]);
}

static int
label_rows(kust_target *t, kust_accumulated *a)
{
	static const kust_spec own = {
		.group = "", .version = "", .kind = "", .path = "metadata/labels", .create = true};
	row w = row_of(t, a, "LabelTransformer");
	const pv_val *list = pv_get(t->k, "labels"), *common = pv_get(t->k, "commonLabels");
	kust_state *s = t->s;
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i), *pairs = pv_get(one, "pairs");
		pv_vec specs;
		kust_specs_of(s->cx->arena, pv_get(one, "fields"), &specs);
		r = kust_specs_merge(s, &specs, &a->config.lists[KUST_LABELS]);
		if (r == 0 && pv_truth_at(one, "includeSelectors", false))
			r = kust_specs_merge(s, &specs, &a->config.lists[KUST_COMMON_LABELS]);
		else if (r == 0 && pv_truth_at(one, "includeTemplates", false))
			r = kust_specs_merge(s, &specs, &a->config.lists[KUST_TEMPLATE_LABELS]);
		if (r == 0 && !pv_truth_at(one, "includeSelectors", false))
			r = kust_specs_add(s, &specs, &own);
		if (r < 0)
			return pv_wrap(s->cx, r, "failed to merge labels");
		if (pairs)
			r = with_specs(&w, "labels", *pairs, &specs);
	}
	if (r == 0 && (common || list)) /* kustomize runs this one for nothing, too, and says so */
		r = with_specs(&w, "labels",
			       common ? *common : pv_object_of(s->cx->arena, NULL, 0, NULL, NULL),
			       &a->config.lists[KUST_COMMON_LABELS]);
	return r;
}

/* A field that is wanted whole. */
static int
by_field(kust_target *t, kust_accumulated *a, const char *kind, const char *field, const char *key)
{
	const pv_val *v = pv_get(t->k, field);
	if (pv_count(v) == 0)
		return 0;
	return transform(t, a, kind, pv_with(t->s->cx->arena, &(pv_val){.type = PV_OBJECT}, key, *v),
			 built_in(t, kind));
}

static int
annotations_field(kust_target *t, kust_accumulated *a)
{
	row w = row_of(t, a, "AnnotationsTransformer");
	const pv_val *v = pv_get(t->k, "commonAnnotations");
	return pv_count(v) ? with_specs(&w, "annotations", *v, &a->config.lists[KUST_ANNOTATIONS]) : 0;
}

/* ---- configured as objects ---- */

/* Each text is an object as it stands there, or else a path. */
static int
load_plugins(kust_target *t, const char *field, kust_accumulated *ret)
{
	const pv_val *list = pv_get(t->k, field);
	pv_listb paths;
	int r = 0;
	kust_accumulated_init(ret, t->s->cx->arena);
	pv_listb_init(&paths, t->s->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		pv_vec some;
		if (kust_parse(t->s, NULL, pv_strv(pv_item(list, i)), &some) < 0) {
			pv_recover(t->s->cx);
			pv_listb_add(&paths, *pv_item(list, i));
			continue;
		}
		for (size_t k = 0; t->origin && k < some.len; k++) {
			kust_origin *o = pv_new(t->s->cx->arena, kust_origin);
			*o = *t->origin;
			o->path = pv_printf(t->s->cx->arena, "%s%s%s", o->path ? o->path : "",
					    o->path && *o->path ? "/" : "", t->file);
			KUST_RES(&some, k)->origin = o;
		}
		r = kust_append_all(t->s, &ret->set, &some);
	}
	pv_val all = pv_listb_end(&paths);
	return r < 0 ? r : kust_resources(t, &all, ret);
}

static int
check_plugin(kust_state *s, const kust_res *one)
{
	if (pv_streq(pv_text_at(one->v, "apiVersion", ""), "builtin"))
		return 0;
	return pv_fail(s->cx, PV_EUNSUPPORTED,
		       "external plugins disabled; unable to load external plugin '%s'", one->id.kind);
}

static int
unknown(kust_state *s, const kust_res *one)
{
	return pv_fail(s->cx, PV_EINVALID, "unable to load builtin %s.%s.[noGrp]", one->id.kind,
		       one->id.version);
}

static int
run_configured(kust_target *t, kust_accumulated *a, const char *field)
{
	kust_accumulated plugins;
	int r = load_plugins(t, field, &plugins);
	for (size_t i = 0; r == 0 && i < plugins.set.len; i++) {
		const kust_res *one = KUST_RES(&plugins.set, i);
		r = check_plugin(t->s, one);
		if (r == 0 && pv_streq(one->id.kind, "ValueAddTransformer"))
			return pv_fail(t->s->cx, PV_EUNSUPPORTED,
				       "%s: ValueAddTransformer is not supported yet", field);
		if (r == 0 && step_of(one->id.kind) == NULL)
			r = unknown(t->s, one);
		if (r == 0)
			r = transform(t, a, one->id.kind, *one->v, configured(t->s, one));
	}
	return r;
}

int
kust_transformers(kust_target *t, kust_accumulated *a)
{
	int r = by_field(t, a, "PatchStrategicMergeTransformer", "patchesStrategicMerge", "paths");
	if (r == 0)
		r = by_row(t, a, "PatchTransformer", "patches", NULL, 0);
	if (r == 0)
		r = namespace_field(t, a);
	if (r == 0)
		r = by_text(t, a, "PrefixTransformer", "namePrefix", "prefix", KUST_PREFIX);
	if (r == 0)
		r = by_text(t, a, "SuffixTransformer", "nameSuffix", "suffix", KUST_SUFFIX);
	if (r == 0)
		r = label_rows(t, a);
	if (r == 0)
		r = annotations_field(t, a);
	if (r == 0)
		r = patches_json(t, a);
	if (r == 0)
		r = by_row(t, a, "ReplicaCountTransformer", "replicas", "replica", KUST_REPLICAS);
	if (r == 0)
		r = by_row(t, a, "ImageTagTransformer", "images", "imageTag", KUST_IMAGES);
	if (r == 0)
		r = by_field(t, a, "ReplacementTransformer", "replacements", "replacements");
	return r < 0 ? r : run_configured(t, a, "transformers");
}

/* They may look, and change nothing. */
int
kust_validators(kust_target *t, kust_accumulated *a)
{
	pv_vec before;
	if (pv_count(pv_get(t->k, "validators")) == 0)
		return 0;
	pv_vec_init(&before, t->s->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < a->set.len; i++)
		pv_vec_push(&before, &KUST_RES(&a->set, i)->v);
	int r = run_configured(t, a, "validators");
	bool same = a->set.len == before.len;
	for (size_t i = 0; same && i < before.len; i++)
		same = pv_eq(*PV_AT(const pv_val *, &before, i), KUST_RES(&a->set, i)->v);
	return r < 0 || same ? r
			     : pv_fail(t->s->cx, PV_EINVALID, "validator shouldn't modify the resource map");
}

/* ---- generators ---- */

static int
absorb(kust_target *t, kust_accumulated *a, kust_res *one, const kust_origin *origin)
{
	one->origin = origin;
	int r = kust_absorb(t->s, &a->set, one);
	return r < 0 ? pv_wrap(t->s->cx, r, "merging from generator %s", one->id.name) : 0;
}

static int
by_generator(kust_target *t, kust_accumulated *a, const char *field, const char *kind)
{
	const pv_val *list = pv_get(t->k, field);
	const kust_origin *origin = built_in(t, pv_printf(t->s->cx->arena, "%sGenerator", kind));
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		kust_res *one;
		r = kust_generate(t, kind, pv_item(list, i), &one);
		if (r == 0)
			r = absorb(t, a, one, origin);
	}
	return r;
}

/* The service account that Google's IAM knows a Kubernetes one by. */
static int
iam_policy(kust_target *t, const pv_val *config, kust_res **ret)
{
	pv_arena *arena = t->s->cx->arena;
	const pv_val *of = pv_get(config, "kubernetesService"), *account = pv_get(config, "serviceAccount");
	const char *ns = pv_text_at(of, "namespace", "");
	pv_objb b, meta;
	if (!pv_streq(pv_text_at(config, "cloud", ""), "gke"))
		return pv_fail(t->s->cx, PV_EINVALID, "cloud provider %s not supported yet",
			       pv_text_at(config, "cloud", ""));
	pv_objb_init(&meta, arena);
	pv_val mail = pv_stringf(arena, "%s@%s.iam.gserviceaccount.com", pv_text_at(account, "name", ""),
				 pv_text_at(account, "projectId", ""));
	pv_objb_put(&meta, "annotations",
		    pv_with(arena, &(pv_val){.type = PV_OBJECT}, "iam.gke.io/gcp-service-account", mail));
	pv_objb_puts(&meta, "name", pv_text_at(of, "name", ""));
	if (*ns)
		pv_objb_puts(&meta, "namespace", ns);
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "ServiceAccount");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	*ret = kust_res_new(t->s, pv_box(arena, pv_objb_end(&b)));
	return 0;
}

static int
generate_configured(kust_target *t, const kust_res *by, kust_res **ret)
{
	const char *kind = by->id.kind;
	int r = check_plugin(t->s, by);
	if (r < 0)
		return pv_wrap(t->s->cx, r, "loading generator plugins: failed to load generator");
	if (pv_streq(kind, "IAMPolicyGenerator"))
		return iam_policy(t, by->v, ret);
	if (!pv_streq(kind, "ConfigMapGenerator") && !pv_streq(kind, "SecretGenerator"))
		return unknown(t->s, by);
	pv_val args = *by->v;
	if (!*pv_text_at(&args, "name", ""))
		args = pv_with(t->s->cx->arena, &args, "name", pv_string_ref(by->id.name));
	if (*by->id.ns && !*pv_text_at(&args, "namespace", ""))
		args = pv_with(t->s->cx->arena, &args, "namespace", pv_string_ref(by->id.ns));
	kust_target alone = *t; /* the kustomization's options are not its */
	alone.k = &args;
	return kust_generate(&alone, pv_streq(kind, "SecretGenerator") ? "Secret" : "ConfigMap", &args, ret);
}

static int
inflate_configured(kust_target *t, const kust_res *by, kust_accumulated *a)
{
	int r = check_plugin(t->s, by);
	return r < 0 ? r : kust_inflate(t, by->v, pv_text_at(by->v, "chartHome", ""), a);
}

int
kust_generators(kust_target *t, kust_accumulated *a)
{
	kust_accumulated plugins;
	int r = by_generator(t, a, "configMapGenerator", "ConfigMap");
	if (r == 0)
		r = by_generator(t, a, "secretGenerator", "Secret");
	if (r == 0)
		r = kust_charts(t, a);
	if (r == 0)
		r = load_plugins(t, "generators", &plugins);
	for (size_t i = 0; r == 0 && i < plugins.set.len; i++) {
		const kust_res *by = KUST_RES(&plugins.set, i);
		kust_res *one;
		if (pv_streq(by->id.kind, "HelmChartInflationGenerator")) {
			r = inflate_configured(t, by, a);
			continue;
		}
		r = generate_configured(t, KUST_RES(&plugins.set, i), &one);
		if (r == 0)
			r = absorb(t, a, one, configured(t->s, KUST_RES(&plugins.set, i)));
	}
	return r;
}
