/* The roles and bindings that every cluster has, as a table of rules.  Made when
 * they are absent; what an administrator changed stays changed. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"

#define READ "get list watch"
#define WRITE "create delete deletecollection patch update"
#define ALL READ " " WRITE
#define CORE_WORK \
	"configmaps endpoints persistentvolumeclaims pods replicationcontrollers " \
	"replicationcontrollers/scale " \
	"services"
#define APPS \
	"daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale " \
	"statefulsets statefulsets/scale"

typedef struct row { /* words are separated by spaces; "-" is the core group */
	const char *role, *verbs, *groups, *resources, *urls;
} row;

static const row rows[] = {
	{"cluster-admin", "*", "*", "*", NULL},
	{"cluster-admin", "*", NULL, NULL, "*"},
	{"system:discovery", "get", NULL, NULL,
	 "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"},
	{"system:public-info-viewer", "get", NULL, NULL, "/healthz /livez /readyz /version /version/"},
	{"system:service-account-issuer-discovery", "get", NULL, NULL,
	 "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks "
	 "/openid/v1/jwks/"},
	{"system:basic-user", "create", "authorization.k8s.io",
	 "selfsubjectaccessreviews selfsubjectrulesreviews", NULL},
	{"system:basic-user", "create", "authentication.k8s.io", "selfsubjectreviews", NULL},

	{"system:aggregate-to-view", READ, "-",
	 CORE_WORK
	 " bindings events limitranges namespaces namespaces/status "
	 "persistentvolumeclaims/status pods/log pods/status replicationcontrollers/status resourcequotas "
	 "resourcequotas/status serviceaccounts services/status",
	 NULL},
	{"system:aggregate-to-view", READ, "apps",
	 APPS " controllerrevisions daemonsets/status deployments/status "
	      "replicasets/status statefulsets/status",
	 NULL},
	{"system:aggregate-to-view", READ, "autoscaling",
	 "horizontalpodautoscalers horizontalpodautoscalers/status", NULL},
	{"system:aggregate-to-view", READ, "batch", "cronjobs cronjobs/status jobs jobs/status", NULL},
	{"system:aggregate-to-view", READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies",
	 NULL},
	{"system:aggregate-to-view", READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status",
	 NULL},
	{"system:aggregate-to-view", READ, "discovery.k8s.io", "endpointslices", NULL},
	{"system:aggregate-to-view", READ, "argoproj.io", "applications applicationsets appprojects", NULL},
	{"system:aggregate-to-view", READ, "backstage.io", "*", NULL},
	{"system:aggregate-to-view", READ, "wgpolicyk8s.io", "policyreports", NULL},

	{"system:aggregate-to-edit", READ, "-",
	 "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", NULL},
	{"system:aggregate-to-edit", "impersonate", "-", "serviceaccounts", NULL},
	{"system:aggregate-to-edit", WRITE, "-",
	 CORE_WORK " events pods/attach pods/exec pods/portforward pods/proxy "
		   "secrets serviceaccounts services/proxy",
	 NULL},
	{"system:aggregate-to-edit", "create", "-", "pods/eviction serviceaccounts/token", NULL},
	{"system:aggregate-to-edit", WRITE, "apps", APPS, NULL},
	{"system:aggregate-to-edit", WRITE, "autoscaling", "horizontalpodautoscalers", NULL},
	{"system:aggregate-to-edit", WRITE, "batch", "cronjobs jobs", NULL},
	{"system:aggregate-to-edit", WRITE, "networking.k8s.io", "ingresses networkpolicies", NULL},
	{"system:aggregate-to-edit", WRITE, "policy", "poddisruptionbudgets", NULL},
	{"system:aggregate-to-edit", ALL, "coordination.k8s.io", "leases", NULL},
	{"system:aggregate-to-edit", WRITE, "argoproj.io", "applications applicationsets", NULL},

	{"system:aggregate-to-admin", "create", "authorization.k8s.io", "localsubjectaccessreviews", NULL},
	{"system:aggregate-to-admin", ALL, "rbac.authorization.k8s.io", "rolebindings roles", NULL},
	{"system:aggregate-to-admin", WRITE, "argoproj.io", "appprojects", NULL},
};

/* A role that is the union of those with the label aggregate-to-<name>. */
static const char *const aggregated[] = {"admin", "edit", "view"};
/* Which labels the parts carry: to view is also to edit is also to admin. */
static const struct {
	const char *role, *labels;
} parts[] = {{"system:aggregate-to-view", "view edit admin"},
	     {"system:aggregate-to-edit", "edit admin"},
	     {"system:aggregate-to-admin", "admin"}};

static const struct {
	const char *name, *group;
} bindings[] = {{"cluster-admin", "system:masters"},
		{"system:discovery", "system:authenticated"},
		{"system:basic-user", "system:authenticated"},
		{"system:public-info-viewer", "system:authenticated"},
		{"system:service-account-issuer-discovery", "system:serviceaccounts"}};

static pv_val
words(pv_arena *arena, const char *text)
{
	pv_str rest = pv_str_of(text), piece;
	pv_listb list;

	pv_listb_init(&list, arena);
	while (pv_str_next(&rest, ' ', &piece))
		pv_listb_add(&list, pv_str_is(piece, "-") ? pv_string_ref("")
							  : pv_stringn(arena, piece.s, piece.len));
	return pv_listb_end(&list);
}

static pv_val
rule_of(pv_arena *arena, const row *from)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "verbs", words(arena, from->verbs));
	if (from->groups)
		pv_objb_put(&b, "apiGroups", words(arena, from->groups));
	if (from->resources)
		pv_objb_put(&b, "resources", words(arena, from->resources));
	if (from->urls)
		pv_objb_put(&b, "nonResourceURLs", words(arena, from->urls));
	return pv_objb_end(&b);
}

static pv_val
aggregate_label(pv_arena *arena, const char *to)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_putv(&b, pv_stringf(arena, RBAC_LABEL "%s", to), pv_string_ref("true"));
	return pv_objb_end(&b);
}

static pv_val
labels_of(pv_arena *arena, const char *role)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "kubernetes.io/bootstrapping", "rbac-defaults");
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		pv_str rest = pv_str_of(parts[i].labels), piece;

		while (pv_streq(parts[i].role, role) && pv_str_next(&rest, ' ', &piece))
			pv_objb_putv(&b, pv_stringf(arena, RBAC_LABEL "%.*s", (int)piece.len, piece.s),
				     pv_string_ref("true"));
	}
	return pv_objb_end(&b);
}

typedef struct plan { /* what is missing: written at once, with one wait for the disk */
	pv_store *store;
	pv_vec writes; /* of pv_write */
} plan;

/* Plans {kind, metadata, ...body} unless an object of that name is there. */
static void
ensure(pv_ctx *cx, plan *p, const char *kind, const char *name, pv_objb *body)
{
	pv_write write = {.key = {pv_printf(cx->arena, "rbac.authorization.k8s.io/%s", kind), "", name},
			  .expect = PV_REV_ABSENT};
	pv_objb meta, object;
	pv_val rest = pv_objb_end(body);

	if (pv_store_find(cx, p->store, &write.key))
		return;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_put(&meta, "uid", pv_string_ref(pv_uuid(cx->arena)));
	pv_objb_put(&meta, "creationTimestamp", pv_string_ref(pv_time_format(cx->arena, pv_now())));
	pv_objb_put(&meta, "labels", labels_of(cx->arena, name));
	pv_objb_init(&object, cx->arena);
	pv_objb_puts(&object, "apiVersion", "rbac.authorization.k8s.io/v1");
	pv_objb_puts(&object, "kind", kind);
	pv_objb_put(&object, "metadata", pv_objb_end(&meta));
	for (size_t i = 0; i < pv_count(&rest); i++)
		pv_objb_putv(&object, rest.members[i].key, rest.members[i].val);
	write.doc = pv_box(cx->arena, pv_objb_end(&object));
	pv_vec_push(&p->writes, &write);
}

static void
ensure_role(pv_ctx *cx, plan *p, const char *name)
{
	pv_listb rules;
	pv_objb body;

	pv_listb_init(&rules, cx->arena);
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].role, name))
			pv_listb_add(&rules, rule_of(cx->arena, &rows[i]));
	pv_objb_init(&body, cx->arena);
	pv_objb_put(&body, "rules", pv_listb_end(&rules));
	ensure(cx, p, "ClusterRole", name, &body);
}

/* What the parts give now, for people to read: the index unites them itself. */
static pv_val
united_rules(pv_ctx *cx, const char *name)
{
	pv_listb rules;

	pv_listb_init(&rules, cx->arena);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		for (size_t j = 0; j < PV_LEN(rows); j++)
			if (strstr(parts[i].labels, name) && pv_streq(rows[j].role, parts[i].role))
				pv_listb_add(&rules, rule_of(cx->arena, &rows[j]));
	return pv_listb_end(&rules);
}

static void
ensure_aggregated(pv_ctx *cx, plan *p, const char *name)
{
	pv_objb selector, rule, body;
	pv_val one;

	pv_objb_init(&selector, cx->arena);
	pv_objb_put(&selector, "matchLabels", aggregate_label(cx->arena, name));
	one = pv_objb_end(&selector);
	pv_objb_init(&rule, cx->arena);
	pv_objb_put(&rule, "clusterRoleSelectors", pv_list_of(cx->arena, &one, 1));
	pv_objb_init(&body, cx->arena);
	pv_objb_put(&body, "aggregationRule", pv_objb_end(&rule));
	pv_objb_put(&body, "rules", united_rules(cx, name));
	ensure(cx, p, "ClusterRole", name, &body);
}

static void
ensure_binding(pv_ctx *cx, plan *p, const char *name, const char *group)
{
	pv_objb ref, subject, body;
	pv_val one;

	pv_objb_init(&ref, cx->arena);
	pv_objb_puts(&ref, "apiGroup", "rbac.authorization.k8s.io");
	pv_objb_puts(&ref, "kind", "ClusterRole");
	pv_objb_puts(&ref, "name", name);
	pv_objb_init(&subject, cx->arena);
	pv_objb_puts(&subject, "apiGroup", "rbac.authorization.k8s.io");
	pv_objb_puts(&subject, "kind", "Group");
	pv_objb_puts(&subject, "name", group);
	one = pv_objb_end(&subject);
	pv_objb_init(&body, cx->arena);
	pv_objb_put(&body, "roleRef", pv_objb_end(&ref));
	pv_objb_put(&body, "subjects", pv_list_of(cx->arena, &one, 1));
	ensure(cx, p, "ClusterRoleBinding", name, &body);
}

int
pv_auth_bootstrap(pv_ctx *cx, pv_auth *auth)
{
	plan p = {.store = auth->store};
	int r = 0;

	pv_vec_init(&p.writes, cx->arena, sizeof(pv_write));
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (i == 0 || !pv_streq(rows[i].role, rows[i - 1].role))
			ensure_role(cx, &p, rows[i].role);
	for (size_t i = 0; i < PV_LEN(aggregated); i++)
		ensure_aggregated(cx, &p, aggregated[i]);
	for (size_t i = 0; i < PV_LEN(bindings); i++)
		ensure_binding(cx, &p, bindings[i].name, bindings[i].group);
	if (p.writes.len)
		r = pv_store_write(cx, auth->store, p.writes.data, p.writes.len);
	return r < 0 ? pv_wrap(cx, r, "roles of this server") : 0;
}
