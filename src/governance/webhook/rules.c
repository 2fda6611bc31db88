/* rules: which writes of another cluster the policies in force speak of, so that it asks about no others.
 * Where that cannot be told (Rego in ConfigMaps, a constraint of every kind), about all. */
#include "base/map.h"
#include "base/str.h"
#include "core/resource/resource.h"
#include "governance/rego/rego.h"
#include "governance/review/review.h"
#include "governance/webhook/webhook.h"
#include "lang/json/json.h"

#define CONSTRAINTS "constraints.gatekeeper.sh"
#define MUTATIONS "mutations.gatekeeper.sh"
#define ADMISSION "admissionregistration.k8s.io"

typedef struct rules {
	pv_ctx *cx;
	pv_api *api;
	pv_map *seen; /* rules by what they say */
	pv_listb list;
	bool all, mutating;
} rules;

static pv_val
texts(pv_ctx *cx, const char *const *list)
{
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; list[i]; i++)
		pv_listb_add(&b, pv_string_ref(list[i]));
	return pv_listb_end(&b);
}

static pv_val
rule_of(pv_ctx *cx, pv_val groups, pv_val versions, pv_val operations, pv_val resources)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "apiGroups", groups);
	pv_objb_put(&b, "apiVersions", versions);
	pv_objb_put(&b, "operations", operations);
	pv_objb_put(&b, "resources", resources);
	pv_objb_puts(&b, "scope", "*");
	return pv_objb_end(&b);
}

static void
add(rules *s, const char *group, const char *resource, const pv_val *operations)
{
	static const char *const any[] = {"*", NULL}, *const writes[] = {"CREATE", "UPDATE", NULL};
	const bool parts = !s->mutating && (pv_streq(resource, "pods") ||
					    (pv_streq(resource, "*") && (pv_streq(group, "*") || !*group)));
	const char *const groups[] = {group, NULL}, *const resources[] = {resource,
									  parts ? "pods/ephemeralcontainers"
										: NULL,
									  "pods/resize", NULL};
	const pv_val asked = pv_count(operations) ? *operations : texts(s->cx, writes);
	const char *key =
		pv_printf(s->cx->arena, "%s/%s %s", group, resource, pv_json_text(s->cx->arena, &asked));

	if (!pv_map_puts(s->seen, key, s))
		pv_listb_add(&s->list, rule_of(s->cx, texts(s->cx, groups), texts(s->cx, any), asked,
					       texts(s->cx, resources)));
}

/* A kind by its plural, which the other cluster's is, too; of one that is not known here all of its group. */
static void
add_kind(rules *s, const char *group, const char *kind, const pv_val *operations)
{
	const pv_resource *res = NULL;

	if (!pv_streq(kind, "*") && !pv_streq(group, "*"))
		res = pv_resource_of_type(s->cx, pv_api_registry(s->api),
					  pv_printf(s->cx->arena, "%s/%s", group, kind));
	if (!res && !pv_streq(kind, "*") && pv_streq(group, "*")) {
		size_t pos = 0;

		while (pv_resource_each(s->cx, pv_api_registry(s->api), &pos, &res))
			if (pv_streq(res->kind, kind) && res->storage)
				add(s, res->group, res->plural, operations);
		return;
	}
	add(s, group, res ? res->plural : "*", operations);
}

/* Lists of groups and kinds, each NULL or empty for all. */
static void
add_kinds(rules *s, const pv_val *groups, const pv_val *kinds, const pv_val *operations)
{
	static const pv_val star = {.type = PV_STRING, .len = 1, .s = "*"};
	size_t n = pv_count(groups), m = pv_count(kinds);

	for (size_t i = 0; i < (n ? n : 1); i++)
		for (size_t k = 0; k < (m ? m : 1); k++)
			add_kind(s, pv_text(n ? pv_item(groups, i) : &star, "*"),
				 pv_text(m ? pv_item(kinds, k) : &star, "*"), operations);
}

/* ---- where policies are ---- */

typedef void adder(rules *s, const pv_val *object);

static int
each(rules *s, const char *type, adder *each_of)
{
	pv_listing found;
	int r = pv_store_list(s->cx, pv_api_store(s->api), &(pv_list_query){.type = type}, &found);

	for (size_t i = 0; r == 0 && i < found.len; i++)
		each_of(s, pv_rec_val(found.recs[i]));
	return r;
}

static int
each_of_group(rules *s, const char *group, adder *each_of)
{
	const pv_resource *res;
	size_t pos = 0;
	int r = 0;

	while (r == 0 && pv_resource_each(s->cx, pv_api_registry(s->api), &pos, &res))
		if (pv_streq(res->group, group) && res->storage)
			r = each(s, res->type, each_of);
	return r;
}

static void
add_map(rules *s, const pv_val *map)
{
	s->all = s->all || rego_is_policy(map);
}

static void
add_constraint(rules *s, const pv_val *constraint)
{
	const pv_key key = {"templates.gatekeeper.sh/ConstraintTemplate", "",
			    pv_str_lower(s->cx->arena, pv_text_at(constraint, "kind", ""))};
	const pv_rec *rec = pv_store_find(s->cx, pv_api_store(s->api), &key);
	const pv_val *kinds = pv_at(constraint, "spec.match.kinds"),
		     *operations = rec ? pv_at(pv_rec_val(rec), "spec.targets.0.operations") : NULL;

	if (!pv_count(kinds))
		add_kind(s, "*", "*", operations);
	for (size_t i = 0; i < pv_count(kinds); i++)
		add_kinds(s, pv_get(pv_item(kinds, i), "apiGroups"), pv_get(pv_item(kinds, i), "kinds"),
			  operations);
}

static void
add_mutator(rules *s, const pv_val *mutator)
{
	const pv_val *apply = pv_at(mutator, "spec.applyTo"), *kinds = pv_at(mutator, "spec.match.kinds");

	for (size_t i = 0; i < pv_count(apply); i++)
		add_kinds(s, pv_get(pv_item(apply, i), "groups"), pv_get(pv_item(apply, i), "kinds"), NULL);
	for (size_t i = 0; !pv_count(apply) && i < pv_count(kinds); i++) /* AssignMetadata */
		add_kinds(s, pv_get(pv_item(kinds, i), "apiGroups"), pv_get(pv_item(kinds, i), "kinds"),
			  NULL);
	if (!pv_count(apply) && !pv_count(kinds))
		add_kind(s, "*", "*", NULL);
}

static void
add_cel(rules *s, const pv_val *policy)
{
	const pv_val *list = pv_at(policy, "spec.matchConstraints.resourceRules");
	pv_objb b;

	for (size_t i = 0; i < pv_count(list); i++) {
		pv_objb_from(&b, s->cx->arena, pv_item(list, i));
		(void)pv_objb_del(&b, "resourceNames");
		pv_listb_add(&s->list, pv_objb_end(&b));
	}
}

/* What Rego's policies are asked about here: objects, and what is done to Pods and sizes. */
static void
take_all(rules *s)
{
	static const char *const any[] = {"*", NULL};
	pv_listb resources;

	pv_listb_init(&resources, s->cx->arena);
	pv_listb_add(&resources, pv_string_ref("*"));
	for (const char *const *name = review_subresources; *name; name++)
		pv_listb_add(&resources, pv_string_ref(*name));
	pv_listb_init(&s->list, s->cx->arena);
	pv_listb_add(&s->list, rule_of(s->cx, texts(s->cx, any), texts(s->cx, any), texts(s->cx, any),
				       pv_listb_end(&resources)));
}

int
webhook_rules(pv_ctx *cx, pv_api *api, bool mutating, pv_val *ret)
{
	rules s = {.cx = cx, .api = api, .mutating = mutating, .seen = pv_map_new(cx->arena)};
	int r;

	pv_listb_init(&s.list, cx->arena);
	if (mutating) {
		r = each_of_group(&s, MUTATIONS, add_mutator);
		if (r == 0)
			r = each(&s, ADMISSION "/MutatingAdmissionPolicy", add_cel);
	} else {
		r = each(&s, "/ConfigMap", add_map);
		if (r == 0)
			r = each_of_group(&s, CONSTRAINTS, add_constraint);
		if (r == 0)
			r = each(&s, ADMISSION "/ValidatingAdmissionPolicy", add_cel);
	}
	if (r == 0 && s.all)
		take_all(&s);
	*ret = pv_listb_end(&s.list);
	return r;
}
