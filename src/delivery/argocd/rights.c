/* rights: what the caller of a request may: what Argo CD's policy gives them, their groups and everybody, and the
 * project that an object is in; or, for who is known to Kubernetes' API, what its RBAC gives on the same objects. */
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "delivery/argocd/impl.h"
#include "lang/yaml/yaml.h"

struct rights {
	pv_ctx *cx;
	pv_api *api;
	const caller *who;
	const policy *policy;        /* NULL: argocd-rbac-cm cannot be read, which permits nothing */
	const char *const *subjects; /* NULL-terminated */
	pv_map *questions;           /* "resource action project": policy_question */
	pv_map *answers;             /* of Kubernetes, "resource action ns": below */
};

static char yes, no;

/* ---- who ---- */

/* Names that mean something to a policy are not taken from elsewhere: an account's or a role's. */
static bool
is_reserved(const char *name)
{
	return pv_streq(name, "admin") || pv_starts_with(name, "role:") || pv_starts_with(name, "proj:");
}

static void
add_subject(pv_vec *subjects, const char *name)
{
	if (*name && !is_reserved(name))
		pv_vec_push(subjects, &name);
}

/* Of an identity's groups and extra what `scopes` names: "[groups]" if nothing does. */
static void
add_scope(rights *r, const char *scope, pv_vec *subjects)
{
	const pv_identity *id = r->cx->identity;
	if (pv_streq(scope, "groups")) {
		for (size_t i = 0; r->who->groups[i]; i++)
			add_subject(subjects, r->who->groups[i]);
		return;
	}
	for (size_t i = 0; id && id->extra && id->extra[i] && id->extra[i + 1]; i += 2)
		if (pv_streq(id->extra[i], scope))
			add_subject(subjects, id->extra[i + 1]);
}

static void
add_scopes(rights *r, pv_vec *subjects)
{
	const char *text = settings_text(r->cx, r->api, "argocd-rbac-cm", "scopes", "[groups]");
	const pv_val *v = NULL;
	if (pv_yaml_parse(r->cx, pv_str_of(text), NULL, &v) < 0)
		(void)pv_recover(r->cx); /* names none */
	if (pv_is(v, PV_STRING))
		add_scope(r, pv_text(v, ""), subjects);
	for (size_t i = 0; pv_is(v, PV_LIST) && i < pv_count(v); i++)
		add_scope(r, pv_text(pv_item(v, i), ""), subjects);
}

static const char *const *
subjects_of(rights *r)
{
	const char *everybody = settings_text(r->cx, r->api, "argocd-rbac-cm", "policy.default", "");
	const char *end = NULL;
	pv_vec subjects;
	pv_vec_init(&subjects, r->cx->arena, sizeof(const char *));
	if (r->who->kind == CALLER_KUBERNETES) {
		add_subject(&subjects, r->who->name);
		add_scopes(r, &subjects);
	} else if (*r->who->name)
		pv_vec_push(&subjects, &r->who->name);
	if (*everybody)
		pv_vec_push(&subjects, &everybody);
	pv_vec_push(&subjects, &end);
	return subjects.data;
}

rights *
rights_of(pv_ctx *cx, pv_api *api, const caller *who)
{
	rights *r = pv_new(cx->arena, rights);
	policy *p;
	*r = (rights){.cx = cx, .api = api, .who = who};
	r->questions = pv_map_new(cx->arena);
	r->answers = pv_map_new(cx->arena);
	r->subjects = subjects_of(r);
	if (settings_policy(cx, api, &p) == 0)
		r->policy = p;
	else {
		pv_log(PV_WARN, "argocd", "nothing is permitted by a policy that cannot be read", "error",
		       pv_error_text(cx), NULL);
		(void)pv_recover(cx);
	}
	return r;
}

/* ---- Argo CD's policy ---- */

static const policy *
policy_with(rights *r, pv_str project)
{
	const char *name = pv_strndup(r->cx->arena, project.s, project.len);
	const pv_val *object =
		project.len ? settings_stored(r->cx, r->api, ARGO "/AppProject", ARGOCD_NS, name) : NULL;
	policy *p;
	if (!pv_count(pv_at(object, "spec.roles")))
		return r->policy;
	p = policy_over(r->cx, r->policy);
	policy_add_project(r->cx, p, object);
	return p;
}

/* One for all projects that have no roles. */
static policy_question *
question_of(rights *r, const char *resource, const char *action, pv_str project)
{
	const char *key =
		pv_printf(r->cx->arena, "%s %s %.*s", resource, action, (int)project.len, project.s);
	policy_question *q = pv_map_finds(r->questions, key);
	const policy *p;
	if (q)
		return q;
	p = policy_with(r, project);
	if (p == r->policy && project.len)
		q = question_of(r, resource, action, (pv_str){"", 0});
	else if (policy_ask(r->cx, p, r->subjects, resource, action, &q) < 0) {
		(void)pv_recover(r->cx); /* an expression too large: it permits nothing */
		return NULL;
	}
	if (q)
		pv_map_puts(r->questions, key, q);
	return q;
}

static bool
policy_lets(rights *r, const char *resource, const char *action, const char *object)
{
	pv_str project = policy_project_of(resource, object);
	const policy_question *q;
	if (!r->policy)
		return false;
	if (r->who->kind == CALLER_PROJECT && project.len && !pv_str_is(project, r->who->project))
		return false;
	q = question_of(r, resource, action, project);
	return q && policy_permits(q, object);
}

/* ---- Kubernetes' RBAC ---- */

struct likeness { /* what an action on a resource is to Kubernetes */
	const char *resource, *action, *verb, *group, *plural, *sub;
};
static const struct likeness likenesses[] = {
	{"applications", "get", "get", ARGO, "applications", ""},
	{"applications", "create", "create", ARGO, "applications", ""},
	{"applications", "delete", "delete", ARGO, "applications", ""},
	{"applications", "delete/", "get", ARGO, "applications", ""}, /* the object's own rights count then */
	{"applications", "update/", "get", ARGO, "applications", ""},
	{"applications", "action/", "get", ARGO, "applications", ""},
	{"applications", "", "patch", ARGO, "applications", ""}, /* update, sync, override, rollback */
	{"applicationsets", "get", "get", ARGO, "applicationsets", ""},
	{"applicationsets", "create", "create", ARGO, "applicationsets", ""},
	{"applicationsets", "delete", "delete", ARGO, "applicationsets", ""},
	{"applicationsets", "", "update", ARGO, "applicationsets", ""},
	{"projects", "get", "get", ARGO, "appprojects", ""},
	{"projects", "create", "create", ARGO, "appprojects", ""},
	{"projects", "delete", "delete", ARGO, "appprojects", ""},
	{"projects", "", "update", ARGO, "appprojects", ""},
	{"logs", "get", "get", "", "pods", "log"},
	{"accounts", "get", "get", "", "configmaps", ""},
	{"accounts", "", "update", "", "secrets", ""},
	{"clusters", "get", "get", "", "secrets", ""},
	{"repositories", "get", "get", "", "secrets", ""},
	{"gpgkeys", "get", "get", "", "configmaps", ""},
	{"gpgkeys", "create", "patch", "", "configmaps", ""},
	{"gpgkeys", "delete", "patch", "", "configmaps", ""},
	{0},
};

static const struct likeness *
likeness_of(const char *resource, const char *action)
{
	const struct likeness *l = likenesses;
	for (; l->resource; l++) {
		size_t len = strlen(l->action);
		bool begins = !len || l->action[len - 1] == '/';
		if (pv_streq(l->resource, resource) &&
		    (begins ? pv_starts_with(action, l->action) : pv_streq(action, l->action)))
			return l;
	}
	return NULL;
}

static bool
kubernetes_lets(rights *r, const struct likeness *l, const char *ns, const char *name)
{
	pv_attributes what = {l->verb, l->group, l->plural, l->sub, ns, name, NULL, NULL};
	return pv_auth_allows(r->cx, pv_api_auth(r->api), r->cx->identity, &what, NULL);
}

bool
rights_may_list(rights *r, const char *group, const char *plural, const char *ns)
{
	struct likeness all = {.verb = "list", .group = group, .plural = plural, .sub = ""};
	return kubernetes_lets(r, &all, ns, "");
}

/* In all of a namespace, which is found out once, or this one there. */
static bool
kubernetes_has(rights *r, const char *resource, const char *action, const char *ns, const char *name)
{
	const struct likeness *l = r->who->kind == CALLER_KUBERNETES ? likeness_of(resource, action) : NULL;
	const char *key = pv_printf(r->cx->arena, "%s %s %s", resource, action, ns);
	const char *known = pv_map_finds(r->answers, key);
	if (!l)
		return false;
	if (!known) {
		known = kubernetes_lets(r, l, ns, "") ? &yes : &no;
		pv_map_puts(r->answers, key, known == &yes ? &yes : &no);
	}
	return known == &yes || (*name && kubernetes_lets(r, l, ns, name));
}

/* ---- both ---- */

enum right
rights_have(rights *r, const char *resource, const char *action, const char *object, const char *ns,
	    const char *name)
{
	if (r->who->kind == CALLER_NOBODY &&
	    !pv_streq(settings_text(r->cx, r->api, "argocd-cm", "users.anonymous.enabled", ""), "true"))
		return RIGHT_NONE;
	if (policy_lets(r, resource, action, object))
		return RIGHT_POLICY;
	return kubernetes_has(r, resource, action, ns, name) ? RIGHT_KUBERNETES : RIGHT_NONE;
}

int
rights_refuse(rights *r, const char *resource, const char *action, const char *object)
{
	const caller *who = r->who;
	const char *issued = who->issued ? pv_printf(r->cx->arena, ", iat: %s",
						     pv_time_format(r->cx->arena, who->issued * PV_SEC))
					 : "";
	return pv_fail(r->cx, PV_EFORBIDDEN, "permission denied: %s, %s, %s, sub: %s%s", resource, action,
		       object, who->name, issued);
}

int
rights_check(rights *r, const char *resource, const char *action, const char *object, const char *ns,
	     const char *name, enum right *ret)
{
	enum right right = rights_have(r, resource, action, object, ns, name);
	if (ret)
		*ret = right;
	return right != RIGHT_NONE ? 0 : rights_refuse(r, resource, action, object);
}
