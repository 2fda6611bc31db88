/* objects: what templates see as .Chart, .Files and .Capabilities. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/glob/glob.h"
#include "lang/semver/constraint.h"
#include "lang/yaml/yaml.h"

/* ---- .Chart: the fields of Helm's struct, whatever Chart.yaml has ---- */

static pv_tv
texts_of(pv_arena *arena, const pv_val *list)
{
	pv_tv v = pv_tv_list(arena, NULL, 0, PV_TY_PLAIN);
	return pv_is(list, PV_LIST) ? pv_tv_from(arena, list, true) : v;
}

static pv_tv
maintainers_of(pv_arena *arena, const pv_val *list)
{
	pv_tv *items = pv_new_array(arena, pv_tv, pv_count(list));
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_tmap *m = pv_tmap_new(arena);
		pv_tmap_puts(m, "Name", pv_tv_text(helm_meta_text(arena, pv_item(list, i), "name")));
		pv_tmap_puts(m, "Email", pv_tv_text(helm_meta_text(arena, pv_item(list, i), "email")));
		pv_tmap_puts(m, "URL", pv_tv_text(helm_meta_text(arena, pv_item(list, i), "url")));
		items[i] = pv_tv_map(m);
	}
	return pv_tv_list(arena, items, pv_count(list), PV_TY_PLAIN);
}

static pv_tv
dependencies_of(pv_arena *arena, const helm_chart *chart)
{
	pv_tv *items = pv_new_array(arena, pv_tv, chart->dependencies.len);
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		pv_tmap *m = pv_tmap_new(arena);
		pv_tmap_puts(m, "Name", pv_tv_text(d->name));
		pv_tmap_puts(m, "Version", pv_tv_text(d->version));
		pv_tmap_puts(m, "Repository", pv_tv_text(d->repository));
		pv_tmap_puts(m, "Condition", pv_tv_text(d->condition));
		pv_tmap_puts(m, "Alias", pv_tv_text(d->alias));
		pv_tmap_puts(m, "Tags", texts_of(arena, d->tags));
		pv_tmap_puts(m, "ImportValues", texts_of(arena, d->import_values));
		pv_tmap_puts(m, "Enabled", pv_tv_bool(d->enabled));
		items[i] = pv_tv_map(m);
	}
	return pv_tv_list(arena, items, chart->dependencies.len, PV_TY_PLAIN);
}

pv_tv
helm_chart_value(pv_arena *arena, const helm_chart *chart)
{
	static const struct {
		const char *field, *key;
	} texts[] = {
		{"Home", "home"}, {"Version", "version"},       {"Description", "description"},
		{"Icon", "icon"}, {"APIVersion", "apiVersion"}, {"Condition", "condition"},
		{"Tags", "tags"}, {"AppVersion", "appVersion"}, {"KubeVersion", "kubeVersion"},
		{"Type", "type"},
	};
	const pv_val *annotations = pv_get(chart->meta, "annotations");
	pv_tmap *m = pv_tmap_new(arena);
	for (size_t i = 0; i < PV_LEN(texts); i++)
		pv_tmap_puts(m, texts[i].field, pv_tv_text(helm_meta_text(arena, chart->meta, texts[i].key)));
	if (pv_get(chart->meta, "apiVersion") == NULL)
		pv_tmap_puts(m, "APIVersion", pv_tv_text("v1"));
	pv_tmap_puts(m, "Name", pv_tv_text(chart->name));
	pv_tmap_puts(m, "Deprecated", pv_tv_bool(pv_truth_at(chart->meta, "deprecated", false)));
	pv_tmap_puts(m, "Sources", texts_of(arena, pv_get(chart->meta, "sources")));
	pv_tmap_puts(m, "Keywords", texts_of(arena, pv_get(chart->meta, "keywords")));
	pv_tmap_puts(m, "Maintainers", maintainers_of(arena, pv_get(chart->meta, "maintainers")));
	pv_tmap_puts(m, "Dependencies", dependencies_of(arena, chart));
	pv_tv notes = pv_tv_map(pv_tmap_new(arena));
	for (size_t i = 0; pv_is(annotations, PV_OBJECT) && i < annotations->len; i++) {
		const char *key = pv_text(&annotations->members[i].key, "");
		pv_tmap_puts(notes.map, key, pv_tv_text(helm_meta_text(arena, annotations, key)));
	}
	notes.type = PV_TY_STRING_MAP;
	pv_tmap_puts(m, "Annotations", notes);
	pv_tmap_puts(m, "IsRoot", pv_tv_bool(chart->parent == NULL));
	return pv_tv_map(m);
}

/* ---- .Files: a map of names to bytes, with methods ---- */

static const pv_tnamed files_type;

static pv_tv
files_new(pv_arena *arena)
{
	pv_tmap *m = pv_tmap_new(arena);
	m->named = &files_type;
	return pv_tv_map(m);
}

static pv_tv
bytes_of(pv_str s)
{
	pv_tv v = pv_tv_str(s);
	v.type = PV_TY_BYTES;
	return v;
}

pv_tv
helm_files_value(pv_arena *arena, const pv_vec *files)
{
	pv_tv all = files_new(arena);
	for (size_t i = 0; i < files->len; i++) {
		const helm_file *f = PV_AT(helm_file, files, i);
		pv_tmap_puts(all.map, f->name, bytes_of(f->data));
	}
	return all;
}

static int
files_get_bytes(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	const pv_tv *found = pv_tmap_find(args[0].map, pv_tv_strv(&args[1]));
	(void)r, (void)n;
	*ret = found ? *found : bytes_of(PV_STR(""));
	return 0;
}

static int
files_get(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	int code = files_get_bytes(r, args, n, ret);
	ret->type = PV_TY_PLAIN;
	return code;
}

static int
files_glob(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_arena *arena = pv_trun_arena(r);
	const char *pattern = pv_strndup(arena, args[1].s, args[1].len);
	const pv_tmap *all = args[0].map;
	(void)n;
	*ret = files_new(arena);
	for (uint32_t i = 0; i < all->len; i++)
		if (pv_glob_match(pattern, pv_strndup(arena, all->at[i].key.s, all->at[i].key.len)))
			pv_tmap_put(ret->map, all->at[i].key, all->at[i].val);
	return pv_trun_spend(r, all->len);
}

static int
files_yaml(pv_trun *r, const pv_tmap *all, bool secret, pv_tv *ret)
{
	pv_arena *arena = pv_trun_arena(r);
	pv_objb b;
	pv_buf out;
	pv_objb_init(&b, arena);
	pv_buf_init(&out, arena);
	for (uint32_t i = 0; i < all->len; i++) {
		pv_str key = all->at[i].key, data = pv_tv_strv(&all->at[i].val);
		const char *slash = memrchr(key.s, '/', key.len);
		size_t skip = slash ? (size_t)(slash - key.s) + 1 : 0;
		pv_val val = secret ? pv_string(arena, pv_base64(arena, data.s, data.len, false))
				    : pv_stringn(arena, data.s, data.len);
		pv_objb_putv(&b, pv_stringn(arena, key.s + skip, key.len - skip), val);
	}
	pv_val doc = pv_objb_end(&b);
	pv_yaml_write(&out, &doc);
	if (out.len && out.s[out.len - 1] == '\n')
		out.len--;
	*ret = pv_tv_buf(&out);
	return pv_trun_spend(r, out.len);
}

static int
files_as_config(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)n;
	return files_yaml(r, args[0].map, false, ret);
}

static int
files_as_secrets(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)n;
	return files_yaml(r, args[0].map, true, ret);
}

static int
files_lines(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	const pv_tv *found = pv_tmap_find(args[0].map, pv_tv_strv(&args[1]));
	pv_str s = found ? pv_tv_strv(found) : PV_STR(""), line;
	pv_vec lines;
	(void)n;
	pv_vec_init(&lines, pv_trun_arena(r), sizeof(pv_tv));
	if (s.len && s.s[s.len - 1] == '\n')
		s.len--;
	while (found && pv_str_next(&s, '\n', &line)) {
		pv_tv v = pv_tv_str(line);
		pv_vec_push(&lines, &v);
	}
	*ret = pv_tv_list(pv_trun_arena(r), lines.data, lines.len, PV_TY_STRINGS);
	return pv_trun_spend(r, lines.len);
}

static const pv_tfunc files_methods[] = {
	{"Get", "s", files_get},
	{"GetBytes", "s", files_get_bytes},
	{"Glob", "s", files_glob},
	{"AsConfig", "", files_as_config},
	{"AsSecrets", "", files_as_secrets},
	{"Lines", "s", files_lines},
	{NULL, NULL, NULL},
};
static const pv_tv no_bytes = {.kind = PV_T_STRING, .type = PV_TY_BYTES, .s = ""};
static const pv_tnamed files_type = {.type = "engine.files", .methods = files_methods, .absent = &no_bytes};

/* ---- .Capabilities ---- */

/* What client-go 1.35 registers, in its order. */
static const char known[] =
	"v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1 "
	"internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 authentication.k8s.io/v1 "
	"authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1 authorization.k8s.io/v1beta1 "
	"autoscaling/v1 autoscaling/v2 autoscaling/v2beta1 autoscaling/v2beta2 batch/v1 batch/v1beta1 certificates.k8s.io/v1 "
	"certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 "
	"coordination.k8s.io/v1 discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 "
	"extensions/v1beta1 flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 "
	"flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 "
	"networking.k8s.io/v1beta1 node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1 "
	"rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1 resource.k8s.io/v1 "
	"resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3 scheduling.k8s.io/v1alpha1 "
	"scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1 storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 "
	"storagemigration.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1";

static int
versions_has(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	const pv_tlist *l = args[0].list;
	(void)n;
	*ret = pv_tv_bool(false);
	for (size_t i = 0; i < l->len; i++)
		ret->b |= pv_str_eq(pv_tv_strv(&l->items[i]), pv_tv_strv(&args[1]));
	return pv_trun_spend(r, l->len / 4);
}

static const pv_tfunc versions_methods[] = {{"Has", "s", versions_has}, {NULL, NULL, NULL}};
static const pv_tnamed versions_type = {.type = "common.VersionSet", .methods = versions_methods};

static pv_tv
versions(pv_arena *arena, const char *const *more)
{
	pv_str rest = {known, sizeof known - 1}, one;
	pv_tlist *l = pv_new(arena, pv_tlist);
	pv_vec items;
	pv_vec_init(&items, arena, sizeof(pv_tv));
	while (pv_str_next(&rest, ' ', &one)) {
		pv_tv v = pv_tv_str(one);
		pv_vec_push(&items, &v);
	}
	for (; more != NULL && *more != NULL; more++) {
		pv_tv v = pv_tv_text(*more);
		pv_vec_push(&items, &v);
	}
	*l = (pv_tlist){.items = items.data, .len = items.len, .named = &versions_type};
	return (pv_tv){.kind = PV_T_LIST, .type = PV_TY_STRINGS, .list = l};
}

/* A struct of Go's: its fields in a map, and how it prints. */
typedef struct fields {
	pv_tmap *of;
	const char *printed;
} fields;

static bool
struct_field(const pv_tobject *o, pv_str name, pv_tv *ret)
{
	const pv_tv *v = pv_tmap_find(((const fields *)o->of)->of, name);
	if (v != NULL)
		*ret = *v;
	return v != NULL;
}

static void
struct_print(pv_buf *b, const pv_tobject *o)
{
	pv_buf_adds(b, ((const fields *)o->of)->printed);
}

static bool
struct_data(pv_arena *arena, const pv_tobject *o, pv_tv *ret)
{
	(void)arena;
	*ret = pv_tv_map(((const fields *)o->of)->of);
	return true;
}

static int
version_text(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)r, (void)n;
	*ret = *pv_tmap_find(((const fields *)args[0].object->of)->of, PV_STR("Version"));
	return 0;
}

static const pv_tfunc kube_methods[] = {
	{"GitVersion", "", version_text}, {"String", "", version_text}, {NULL, NULL, NULL}};
static const pv_tclass kube_class = {.type = "common.KubeVersion",
				     .field = struct_field,
				     .methods = kube_methods,
				     .print = struct_print,
				     .data = struct_data};
static const pv_tclass build_class = {
	.type = "version.BuildInfo", .field = struct_field, .print = struct_print, .data = struct_data};
static const pv_tclass capabilities_class = {
	.type = "*common.Capabilities", .field = struct_field, .print = struct_print, .data = struct_data};

static pv_tv
struct_of(pv_arena *arena, const pv_tclass *class, pv_tmap *of, const char *printed)
{
	fields *f = pv_new(arena, fields);
	*f = (fields){of, printed};
	return pv_tv_object(arena, class, f);
}

int
helm_capabilities(pv_ctx *cx, const helm_release *release, pv_tv *ret, const char **ret_normal)
{
	const char *asked = release->kube_version ? release->kube_version : HELM_KUBE_VERSION;
	pv_tmap *kube = pv_tmap_new(cx->arena), *build = pv_tmap_new(cx->arena),
		*all = pv_tmap_new(cx->arena);
	pv_str plain = pv_str_of(asked), ignored;
	size_t n = *asked == 'v';
	pv_semver v;
	while (n < plain.len && ((plain.s[n] >= '0' && plain.s[n] <= '9') || plain.s[n] == '.'))
		n++;
	plain.len = n;
	if (!pv_semver_loose(plain, &v, &ignored) || memchr(plain.s, '.', plain.len) == NULL)
		return pv_fail(cx, PV_EINVALID,
			       "invalid kube version '%s': could not parse \"%s\" as version", asked, asked);
	*ret_normal = pv_printf(cx->arena, "v%.*s.%.*s.%.*s", (int)v.part[0].len, v.part[0].s,
				(int)v.part[1].len, v.part[1].s, (int)v.part[2].len, v.part[2].s);
	const char *full = pv_printf(cx->arena, "%s%s", *asked == 'v' ? "" : "v", asked);
	pv_tmap_puts(kube, "Version", pv_tv_text(full));
	pv_tmap_puts(kube, "Major", pv_tv_str(v.part[0]));
	pv_tmap_puts(kube, "Minor", pv_tv_str(v.part[1]));
	pv_tmap_puts(build, "Version", pv_tv_text(HELM_VERSION));
	pv_tmap_puts(build, "GitCommit", pv_tv_text(""));
	pv_tmap_puts(build, "GitTreeState", pv_tv_text("clean"));
	pv_tmap_puts(build, "GoVersion", pv_tv_text(""));
	pv_tmap_puts(all, "KubeVersion", struct_of(cx->arena, &kube_class, kube, full));
	pv_tmap_puts(all, "APIVersions", versions(cx->arena, release->apis));
	pv_tmap_puts(all, "HelmVersion", struct_of(cx->arena, &build_class, build, "{" HELM_VERSION "}"));
	*ret = struct_of(cx->arena, &capabilities_class, all, "<capabilities>");
	return 0;
}
