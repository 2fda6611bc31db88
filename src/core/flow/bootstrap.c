/* The FlowSchemas and PriorityLevelConfigurations that every server has: those of Kubernetes 1.34.  Made
 * when they are absent; at each start, and when somebody wrote to one, they are as they should be again,
 * unless they say that they are not to be (upstream pkg/registry/flowcontrol/ensurer). */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/flow/impl.h"
#include "core/table.h"
#include "lang/json/json.h"

#define AUTOUPDATE "apf.kubernetes.io/autoupdate-spec"

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

/* What a schema's one rule speaks of; rows of one name follow one another and have its subjects.  Words are
 * separated by spaces, "-" is the core group.  subjects: group:NAME user:NAME account:NAMESPACE/NAME.
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
resource_rule(pv_arena *arena, const schema_row *row)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "verbs", pv_table_words(arena, row->verbs));
	pv_objb_put(&b, "apiGroups", pv_table_words(arena, row->groups));
	pv_objb_put(&b, "resources", pv_table_words(arena, row->resources));
	if (row->cluster)
		pv_objb_put(&b, "clusterScope", pv_bool(true));
	pv_objb_put(&b, "namespaces", pv_table_words(arena, "*"));
	return pv_objb_end(&b);
}

static pv_val
url_rule(pv_arena *arena, const schema_row *row, const char *url)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "verbs", pv_table_words(arena, row->verbs));
	pv_objb_put(&b, "nonResourceURLs", pv_table_words(arena, url));
	return pv_objb_end(&b);
}

/* Of the n rows of a schema. */
static pv_val
rule_of(pv_arena *arena, const schema_row *row, size_t n)
{
	pv_str rest = pv_str_of(row->subjects), piece;
	pv_listb subjects, resources, urls;
	pv_objb whole;

	pv_listb_init(&subjects, arena);
	pv_listb_init(&resources, arena);
	pv_listb_init(&urls, arena);
	while (pv_str_next(&rest, ' ', &piece))
		pv_listb_add(&subjects, subject(arena, piece));
	for (size_t i = 0; i < n; i++) {
		const char *url = pv_streq(row[i].resources, "*") ? "*" : row[i].url;

		if (row[i].resources)
			pv_listb_add(&resources, resource_rule(arena, &row[i]));
		if (url)
			pv_listb_add(&urls, url_rule(arena, &row[i], url));
	}
	pv_objb_init(&whole, arena);
	pv_objb_put(&whole, "subjects", pv_listb_end(&subjects));
	if (resources.len)
		pv_objb_put(&whole, "resourceRules", pv_listb_end(&resources));
	if (urls.len)
		pv_objb_put(&whole, "nonResourceRules", pv_listb_end(&urls));
	return pv_objb_end(&whole);
}

typedef struct plan { /* what is missing: written at once, with one wait for the disk */
	pv_store *store;
	pv_vec writes; /* of pv_write */
} plan;

/* Is its spec ours to write?  An object from before the annotation: unless somebody changed it. */
static bool
is_ours(const pv_val *object)
{
	const char *says = pv_text(pv_get(pv_at(object, "metadata.annotations"), AUTOUPDATE), NULL);

	return says ? pv_streq(says, "true") : pv_i64_at(object, "metadata.generation", 1) == 1;
}

static pv_val
born(pv_ctx *cx, const char *type, const char *name)
{
	pv_val object;
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "flowcontrol.apiserver.k8s.io/v1");
	pv_objb_puts(&b, "kind", strchr(type, '/') + 1);
	object = pv_objb_end(&b);
	object = pv_with_at(cx->arena, &object, "metadata.name", pv_string_ref(name));
	object = pv_with_at(cx->arena, &object, "metadata.uid", pv_string_ref(pv_uuid(cx->arena)));
	object = pv_with_at(cx->arena, &object, "metadata.creationTimestamp",
			    pv_string_ref(pv_time_format(cx->arena, pv_now())));
	pv_objb_init(&b, cx->arena);
	return pv_with(cx->arena, &object, "status", pv_objb_end(&b));
}

static void
ensure(pv_ctx *cx, plan *p, const char *type, const char *name, pv_val spec)
{
	pv_write write = {.key = {type, "", name}, .expect = PV_REV_ABSENT};
	const pv_rec *rec = pv_store_find(cx, p->store, &write.key);
	pv_val object = rec ? *pv_rec_val(rec) : born(cx, type, name), notes;
	int64_t generation = pv_i64_at(&object, "metadata.generation", 0);
	pv_objb b;

	if (rec && (!is_ours(&object) || pv_eq(pv_get(&object, "spec"), &spec)))
		return;
	pv_objb_from(&b, cx->arena, pv_at(&object, "metadata.annotations"));
	pv_objb_puts(&b, AUTOUPDATE, "true");
	notes = pv_objb_end(&b);
	object = pv_with_at(cx->arena, &object, "metadata.annotations", notes);
	object = pv_with_at(cx->arena, &object, "metadata.generation", pv_int(generation + 1));
	object = pv_with(cx->arena, &object, "spec", spec);
	write.expect = rec ? pv_rec_rev(rec) : PV_REV_ABSENT;
	write.doc = pv_box(cx->arena, object);
	pv_vec_push(&p->writes, &write);
}

static pv_val
level_spec(pv_arena *arena, const level *l)
{
	const char *in = l->exempt ? "exempt" : "limited";
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
	return spec;
}

/* Of the rows from i on that share its name; *ret_end is behind them. */
static pv_val
schema_spec(pv_arena *arena, size_t i, size_t *ret_end)
{
	const schema_row *first = &rows[i];
	pv_val spec, rule;
	pv_objb b;

	while (i < PV_LEN(rows) && pv_streq(rows[i].name, first->name))
		i++;
	rule = rule_of(arena, first, (size_t)(&rows[i] - first));
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "matchingPrecedence", pv_int(first->precedence));
	pv_objb_put(&b, "rules", pv_list_of(arena, &rule, 1));
	spec = pv_objb_end(&b);
	spec = pv_with_at(arena, &spec, "priorityLevelConfiguration.name", pv_string_ref(first->level));
	if (first->by)
		spec = pv_with_at(arena, &spec, "distinguisherMethod.type", pv_string_ref(first->by));
	*ret_end = i;
	return spec;
}

bool
pv_flow_fixed(pv_arena *arena, const char *kind, const char *name, pv_val *ret_spec)
{
	size_t end;

	if (!pv_streq(name, FLOW_EXEMPT) && !pv_streq(name, FLOW_CATCH_ALL))
		return false;
	for (size_t i = 0; pv_streq(kind, "PriorityLevelConfiguration") && i < PV_LEN(levels); i++)
		if (pv_streq(levels[i].name, name)) {
			*ret_spec = level_spec(arena, &levels[i]);
			return true;
		}
	for (size_t i = 0; pv_streq(kind, "FlowSchema") && i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].name, name)) {
			*ret_spec = schema_spec(arena, i, &end);
			return true;
		}
	return false;
}

int
pv_flow_bootstrap(pv_ctx *cx, pv_store *store)
{
	plan p = {.store = store};
	int r = 0;

	pv_vec_init(&p.writes, cx->arena, sizeof(pv_write));
	for (size_t i = 0; i < PV_LEN(levels); i++)
		ensure(cx, &p, FLOW_LEVEL, levels[i].name, level_spec(cx->arena, &levels[i]));
	for (size_t i = 0; i < PV_LEN(rows);) {
		const char *name = rows[i].name;

		ensure(cx, &p, FLOW_SCHEMA, name, schema_spec(cx->arena, i, &i));
	}
	if (p.writes.len)
		r = pv_store_write(cx, store, p.writes.data, p.writes.len);
	return r < 0 ? pv_wrap(cx, r, "priority levels of this server") : 0;
}
