/* make: from what generators find to Applications: template, generator's template, templatePatch.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/ */
#include "base/map.h"
#include "base/str.h"
#include "delivery/applicationset/appset.h"
#include "lang/patch/patch.h"
#include "lang/yaml/yaml.h"

#define APPLICATIONS_MOST 10000
#define PROJECT_NAME_MOST 253      /* of any object's */
#define CLEANS_UP APPSET_FINALIZER /* an Application with it takes what it has deployed along */

/* ---- templatePatch ---- */

static const char of_application[] = "Application", of_metadata[] = "ObjectMeta";

/* Of what lists in an Application are merged and not replaced: the finalizers (strategic merge). */
static pv_smp_field
patched_field(const void *type, const char *field)
{
	bool top = type == of_application && pv_streq(field, "metadata");
	return (pv_smp_field){.known = true,
			      .type = top ? of_metadata : NULL,
			      .merge = type == of_metadata && pv_streq(field, "finalizers")};
}

static int
patch(appset *s, params *p, const pv_val *app, pv_val *ret)
{
	const pv_yaml_opts opts = {.file = "spec.templatePatch"};
	const pv_val *change, *out;
	pv_str text;
	int r = appset_template_text(s, pv_strv(pv_get(s->spec, "templatePatch")), p, &text);
	*ret = *app;
	if (r < 0)
		return pv_wrap(s->cx, r, "error replacing values in templatePatch");
	r = pv_yaml_parse(s->cx, text, &opts, &change);
	if (r == 0 && !pv_is(change, PV_OBJECT) && !pv_is(change, PV_NULL))
		r = pv_fail(s->cx, PV_EINVALID, "spec.templatePatch: expected a map, found %s",
			    pv_type_name(change));
	if (r < 0)
		return pv_wrap(s->cx, r, "invalid templatePatch");
	if (!pv_count(change))
		return 0;
	r = pv_patch_strategic(s->cx, app, change, of_application, patched_field, &out);
	if (r < 0)
		return pv_wrap(s->cx, r, "error applying templatePatch");
	*ret = *out;
	return 0;
}

/* ---- one Application ---- */

static bool
keeps_resources(const appset *s)
{
	return pv_truth_at(s->spec, "syncPolicy.preserveResourcesOnDeletion", false);
}

static pv_val
metadata(appset *s, const pv_val *from)
{
	static const char *const kept[] = {"labels", "annotations", "finalizers"};
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", pv_text_at(from, "name", ""));
	pv_objb_puts(&b, "namespace", s->ns);
	for (size_t i = 0; i < PV_LEN(kept); i++)
		if (pv_count(pv_get(from, kept[i])))
			pv_objb_put(&b, kept[i], *pv_get(from, kept[i]));
	return pv_objb_end(&b);
}

static pv_val
with_finalizer(appset *s, const pv_val *app)
{
	pv_listb list;
	if (keeps_resources(s) || pv_count(pv_at(app, "metadata.finalizers")))
		return *app;
	pv_listb_init(&list, s->cx->arena);
	pv_listb_add(&list, pv_string_ref(CLEANS_UP));
	return pv_with_at(s->cx->arena, app, "metadata.finalizers", pv_listb_end(&list));
}

/* What an Application is made of: a template, and the project that admission saw in it (permit.c).  No name of a member
 * that is made from parameters, and no patch, makes it another. */
struct pattern {
	pv_val template;
	const char *project;
};

static const pv_val *
finished(appset *s, const pv_val *app, pv_str project)
{
	const pv_val *spec = pv_get(app, "spec"), *operation = pv_get(app, "operation");
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "apiVersion", "argoproj.io/v1alpha1");
	pv_objb_puts(&b, "kind", "Application");
	pv_objb_put(&b, "metadata", metadata(s, pv_get(app, "metadata")));
	pv_objb_put(&b, "spec",
		    pv_with(s->cx->arena, spec, "project",
			    project.len ? pv_stringn(s->cx->arena, project.s, project.len)
					: pv_string_ref("default")));
	if (operation)
		pv_objb_put(&b, "operation", *operation);
	return pv_box(s->cx->arena, pv_objb_end(&b));
}

static int
render(appset *s, const struct pattern *pattern, params *p)
{
	pv_val app;
	pv_str project;
	made m = {0};
	int r = appset_template_value(s, &pattern->template, p, &app);
	r = r < 0 ? r : appset_template_text(s, pv_str_of(pattern->project), p, &project);
	if (r == 0)
		app = with_finalizer(s, &app);
	if (r == 0 && *pv_text_at(s->spec, "templatePatch", ""))
		r = patch(s, p, &app, &app);
	if (r < 0) {
		s->reason = "RenderTemplateParamsError";
		return r;
	}
	if (s->made.len >= APPLICATIONS_MOST)
		return pv_fail(s->cx, PV_ETOOLARGE, "more than %d Applications: make several ApplicationSets",
			       APPLICATIONS_MOST);
	m.app = finished(s, &app, project);
	m.name = pv_text_at(m.app, "metadata.name", "");
	pv_vec_push(&s->made, &m);
	return 0;
}

/* ---- all of them ---- */

static pv_val
of_template(appset *s, const pv_val *template)
{
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	if (pv_get(template, "metadata"))
		pv_objb_put(&b, "metadata", *pv_get(template, "metadata"));
	if (pv_get(template, "spec"))
		pv_objb_put(&b, "spec", *pv_get(template, "spec"));
	return pv_objb_end(&b);
}

/* What the generator's own template says nothing of is as in spec.template. */
static struct pattern
pattern_of(appset *s, const pv_val *own)
{
	const pv_val *all = pv_get(s->spec, "template");
	struct pattern p = {of_template(s, all), pv_text_at(own, "spec.project", "")};
	pv_val mine;
	if (!*p.project)
		p.project = pv_text_at(all, "spec.project", "");
	if (own) {
		mine = of_template(s, own);
		p.template = appset_params_merge(s->cx->arena, &mine, &p.template, false);
	}
	return p;
}

static int
each(void *arg, const pv_val *of, const char *field PV_UNUSED, const pv_vec *found)
{
	appset *s = arg;
	struct pattern pattern = pattern_of(s, pv_get(of, "template"));
	int r = 0;
	for (size_t i = 0; r == 0 && i < found->len && !s->rests; i++)
		r = render(s, &pattern, *PV_AT(params *, found, i));
	return r;
}

int
appset_make(appset *s)
{
	const pv_val *list = pv_get(s->spec, "generators");
	int r = 0;
	pv_vec_init(&s->made, s->cx->arena, sizeof(made));
	s->reason = "ApplicationParamsGenerationError";
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = appset_generate(s, pv_item(list, i), pv_printf(s->cx->arena, "spec.generators[%zu]", i),
				    0, NULL, each, s);
	return r;
}

/* ---- which of them can be ---- */

const pv_val *
appset_project(appset *s, const char *ns, const char *name)
{
	return strlen(name) <= PROJECT_NAME_MOST
		       ? pv_plan_find(s->cx, s->plan, "argoproj.io/v1alpha1/AppProject", ns, name)
		       : NULL;
}

/* What thousands of Applications have in common may be long, and is told of each: in short. */
static const char *
wrong_project(appset *s, const pv_val *app)
{
	const char *name = pv_text_at(app, "spec.project", "");
	if (pv_streq(name, "default") || appset_project(s, APPSET_HOME, name) ||
	    appset_project(s, s->ns, name))
		return NULL; /* without a default project everything is permitted */
	return pv_printf(s->cx->arena, "application references project %.*s which does not exist",
			 PV_CLIP(name));
}

static const char *
wrong_destination(appset *s, const pv_val *app)
{
	const char *name = pv_text_at(app, "spec.destination.name", ""),
		   *server = pv_text_at(app, "spec.destination.server", "");
	const char *what;
	if (*name && *server)
		what = pv_printf(s->cx->arena, "can't have both name and server defined: %.*s %.*s",
				 PV_CLIP(name), PV_CLIP(server));
	else if (!*name && !*server)
		what = "destination server missing from app spec";
	else if (appset_cluster_find(s, name, server))
		return NULL;
	else
		what = pv_printf(
			s->cx->arena,
			"there are no clusters with this %s: %.*s (clusters are Secrets of namespace " APPSET_HOME
			" with the label argocd.argoproj.io/secret-type: cluster)",
			*name ? "name" : "server", PV_CLIP(*name ? name : server));
	return pv_printf(s->cx->arena, "application destination spec is invalid: %s", what);
}

/* It is somebody else's, and stays that. */
static const char *
taken(appset *s, const made *m)
{
	const pv_val *have =
		appset_child(s, m->name) ? NULL : pv_plan_find(s->cx, s->plan, APPLICATION, s->ns, m->name);
	const pv_val *owners = pv_at(have, "metadata.ownerReferences");
	if (!have)
		return NULL;
	for (size_t i = 0; i < pv_count(owners); i++)
		if (pv_truth_at(pv_item(owners, i), "controller", false))
			return pv_printf(s->cx->arena,
					 "Application %.*s is there already, and belongs to %s %s",
					 PV_CLIP(m->name), pv_text_at(pv_item(owners, i), "kind", ""),
					 pv_text_at(pv_item(owners, i), "name", ""));
	return NULL; /* nobody's: it becomes this one's, as upstream */
}

void
appset_validate(appset *s)
{
	pv_map *names = pv_map_new(s->cx->arena);
	for (size_t i = 0; i < s->made.len; i++) {
		made *m = PV_AT(made, &s->made, i);
		if (pv_map_puts(names, m->name, m))
			m->fault =
				pv_printf(s->cx->arena,
					  "ApplicationSet %s contains applications with duplicate name: %.*s",
					  s->name, PV_CLIP(m->name));
		m->fault = m->fault ? m->fault : wrong_project(s, m->app);
		m->fault = m->fault ? m->fault : wrong_destination(s, m->app);
		m->fault = m->fault ? m->fault : taken(s, m);
	}
}
