/* The FlowSchemas and PriorityLevelConfigurations that every server has: upstream's, so
 * that who knows theirs knows ours.  Made when they are absent; what an administrator
 * changed stays changed. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/flow/impl.h"
#include "lang/json/json.h"

typedef struct level {
	const char *name;
	int shares, lendable, queues, hand; /* queues 0: what finds no seat is refused */
	bool exempt;
} level;

static const level levels[] = {
	{FLOW_EXEMPT, 0, 0, 0, 0, true},          {FLOW_CATCH_ALL, 5, 0, 0, 0, false},
	{"system", 30, 33, 64, 6, false},         {"node-high", 40, 25, 64, 6, false},
	{"leader-election", 10, 0, 16, 4, false}, {"workload-high", 40, 50, 128, 6, false},
	{"workload-low", 100, 90, 128, 6, false}, {"global-default", 20, 50, 128, 6, false},
};

/* One rule of a schema; rows of one name follow one another.  Words are separated by
 * spaces, "-" is the core group.  subjects: group:NAME user:NAME account:NAMESPACE/NAME.
 * resources "*": every path beside them too; url: paths alone. */
typedef struct schema_row {
	const char *name, *level;
	int precedence;
	const char *by, *subjects, *verbs, *groups, *resources, *url;
	bool cluster; /* not only in namespaces */
} schema_row;

#define EVERYBODY "group:system:unauthenticated group:system:authenticated"
#define KCM "user:system:kube-controller-manager"
#define SCHEDULER "user:system:kube-scheduler"
#define LEASES "get create update", "coordination.k8s.io", "leases", NULL, false

static const schema_row rows[] = {
	{FLOW_EXEMPT, FLOW_EXEMPT, 1, NULL, "group:system:masters", "*", "*", "*", "*", true},
	{"probes", FLOW_EXEMPT, 2, NULL, EVERYBODY, "get", NULL, NULL, "/healthz /readyz /livez", false},
	{"system-leader-election", "leader-election", 100, "ByUser",
	 KCM " " SCHEDULER " account:kube-system/*", LEASES},
	{"endpoint-controller", "workload-high", 150, "ByUser",
	 KCM " account:kube-system/endpoint-controller account:kube-system/endpointslicemirroring-controller",
	 "get create update", "-", "endpoints", NULL, false},
	{"workload-leader-election", "leader-election", 200, "ByUser", "account:kube-system/*", LEASES},
	{"system-node-high", "node-high", 400, "ByUser", "group:system:nodes", "*", "-", "nodes nodes/status",
	 NULL, true},
	{"system-node-high", "node-high", 400, "ByUser", "group:system:nodes", "*", "coordination.k8s.io",
	 "leases", NULL, false},
	{"system-nodes", "system", 500, "ByUser", "group:system:nodes", "*", "*", "*", "*", true},
	{"kube-controller-manager", "workload-high", 800, "ByNamespace", KCM, "*", "*", "*", "*", true},
	{"kube-scheduler", "workload-high", 800, "ByNamespace", SCHEDULER, "*", "*", "*", "*", true},
	{"kube-system-service-accounts", "workload-high", 900, "ByNamespace", "account:kube-system/*", "*",
	 "*", "*", "*", true},
	{"service-accounts", "workload-low", 9000, "ByUser", "group:system:serviceaccounts", "*", "*", "*",
	 "*", true},
	{"global-default", "global-default", 9900, "ByUser", EVERYBODY, "*", "*", "*", "*", true},
	{FLOW_CATCH_ALL, FLOW_CATCH_ALL, 10000, "ByUser", EVERYBODY, "*", "*", "*", "*", true},
};

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
subject(pv_arena *arena, pv_str text)
{
	pv_str kind, ns;
	pv_val out;
	pv_objb b;

	pv_str_next(&text, ':', &kind);
	pv_objb_init(&b, arena);
	out = pv_objb_end(&b);
	if (pv_str_is(kind, "account")) {
		pv_str_next(&text, '/', &ns);
		out = pv_with_at(arena, &out, "kind", pv_string_ref("ServiceAccount"));
		out = pv_with_at(arena, &out, "serviceAccount.namespace", pv_stringn(arena, ns.s, ns.len));
		return pv_with_at(arena, &out, "serviceAccount.name", pv_stringn(arena, text.s, text.len));
	}
	out = pv_with_at(arena, &out, "kind", pv_string_ref(pv_str_is(kind, "user") ? "User" : "Group"));
	return pv_with_at(arena, &out, pv_str_is(kind, "user") ? "user.name" : "group.name",
			  pv_stringn(arena, text.s, text.len));
}

static pv_val
rule_of(pv_arena *arena, const schema_row *row)
{
	pv_str rest = pv_str_of(row->subjects), piece;
	const char *url = pv_streq(row->resources, "*") ? "*" : row->url;
	pv_val star = words(arena, "*"), rule;
	pv_listb subjects;
	pv_objb b, whole;

	pv_listb_init(&subjects, arena);
	while (pv_str_next(&rest, ' ', &piece))
		pv_listb_add(&subjects, subject(arena, piece));
	pv_objb_init(&whole, arena);
	pv_objb_put(&whole, "subjects", pv_listb_end(&subjects));
	if (row->resources) {
		pv_objb_init(&b, arena);
		pv_objb_put(&b, "verbs", words(arena, row->verbs));
		pv_objb_put(&b, "apiGroups", words(arena, row->groups));
		pv_objb_put(&b, "resources", words(arena, row->resources));
		if (row->cluster)
			pv_objb_put(&b, "clusterScope", pv_bool(true));
		pv_objb_put(&b, "namespaces", star);
		rule = pv_objb_end(&b);
		pv_objb_put(&whole, "resourceRules", pv_list_of(arena, &rule, 1));
	}
	if (url) {
		pv_objb_init(&b, arena);
		pv_objb_put(&b, "verbs", words(arena, row->verbs));
		pv_objb_put(&b, "nonResourceURLs", words(arena, url));
		rule = pv_objb_end(&b);
		pv_objb_put(&whole, "nonResourceRules", pv_list_of(arena, &rule, 1));
	}
	return pv_objb_end(&whole);
}

typedef struct plan { /* what is missing: written at once, with one wait for the disk */
	pv_store *store;
	pv_vec writes; /* of pv_write */
} plan;

static void
ensure(pv_ctx *cx, plan *p, const char *type, const char *name, pv_val spec)
{
	pv_write write = {.key = {type, "", name}, .expect = PV_REV_ABSENT};
	pv_val object;
	pv_objb b;

	if (pv_store_find(cx, p->store, &write.key))
		return;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "flowcontrol.apiserver.k8s.io/v1");
	pv_objb_puts(&b, "kind", strchr(type, '/') + 1);
	object = pv_objb_end(&b);
	object = pv_with_at(cx->arena, &object, "metadata.name", pv_string_ref(name));
	object = pv_with_at(cx->arena, &object, "metadata.uid", pv_string_ref(pv_uuid(cx->arena)));
	object = pv_with_at(cx->arena, &object, "metadata.generation", pv_int(1));
	object = pv_with_at(cx->arena, &object, "metadata.creationTimestamp",
			    pv_string_ref(pv_time_format(cx->arena, pv_now())));
	object = pv_with(cx->arena, &object, "spec", spec);
	write.doc = pv_box(cx->arena, object);
	pv_vec_push(&p->writes, &write);
}

static void
ensure_level(pv_ctx *cx, plan *p, const level *l)
{
	const char *in = l->exempt ? "exempt" : "limited";
	pv_arena *arena = cx->arena;
	pv_val spec;
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "type", l->exempt ? "Exempt" : "Limited");
	spec = pv_objb_end(&b);
	spec = pv_with_at(arena, &spec, pv_printf(arena, "%s.nominalConcurrencyShares", in),
			  pv_int(l->shares));
	spec = pv_with_at(arena, &spec, pv_printf(arena, "%s.lendablePercent", in), pv_int(l->lendable));
	if (!l->exempt)
		spec = pv_with_at(arena, &spec, "limited.limitResponse.type",
				  pv_string_ref(l->queues ? "Queue" : "Reject"));
	if (l->queues) {
		spec = pv_with_at(arena, &spec, "limited.limitResponse.queuing.queues", pv_int(l->queues));
		spec = pv_with_at(arena, &spec, "limited.limitResponse.queuing.handSize", pv_int(l->hand));
		spec = pv_with_at(arena, &spec, "limited.limitResponse.queuing.queueLengthLimit", pv_int(50));
	}
	ensure(cx, p, FLOW_LEVEL, l->name, spec);
}

/* Of the rows from i on that share its name; *ret_end is behind them. */
static void
ensure_schema(pv_ctx *cx, plan *p, size_t i, size_t *ret_end)
{
	const schema_row *first = &rows[i];
	pv_listb rules;
	pv_val spec;
	pv_objb b;

	pv_listb_init(&rules, cx->arena);
	for (; i < PV_LEN(rows) && pv_streq(rows[i].name, first->name); i++)
		pv_listb_add(&rules, rule_of(cx->arena, &rows[i]));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "matchingPrecedence", pv_int(first->precedence));
	pv_objb_put(&b, "rules", pv_listb_end(&rules));
	spec = pv_objb_end(&b);
	spec = pv_with_at(cx->arena, &spec, "priorityLevelConfiguration.name", pv_string_ref(first->level));
	if (first->by)
		spec = pv_with_at(cx->arena, &spec, "distinguisherMethod.type", pv_string_ref(first->by));
	ensure(cx, p, FLOW_SCHEMA, first->name, spec);
	*ret_end = i;
}

int
pv_flow_bootstrap(pv_ctx *cx, pv_store *store)
{
	plan p = {.store = store};
	int r = 0;

	pv_vec_init(&p.writes, cx->arena, sizeof(pv_write));
	for (size_t i = 0; i < PV_LEN(levels); i++)
		ensure_level(cx, &p, &levels[i]);
	for (size_t i = 0; i < PV_LEN(rows);)
		ensure_schema(cx, &p, i, &i);
	if (p.writes.len)
		r = pv_store_write(cx, store, p.writes.data, p.writes.len);
	return r < 0 ? pv_wrap(cx, r, "priority levels of this server") : 0;
}
