/* FlowSchemas and priority levels: defaults of numbers that are kept as 0 when nobody says them, and rules that
 * look at several fields (upstream pkg/apis/flowcontrol/v1/defaults.go, validation). */
#include "core/flow/flow.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <math.h>

#define QUEUING "spec.limited.limitResponse.queuing"
#define EXEMPT "exempt"
#define ENTROPY 60 /* bits */

/* The number at the path unless it is there and not 0. */
static const pv_val *
fill_number(pv_ctx *cx, const pv_val *object, const char *path, int64_t n)
{
	return pv_i64_at(object, path, 0) ? object
					  : pv_box(cx->arena, pv_with_at(cx->arena, object, path, pv_int(n)));
}

const pv_val *
pv_flowschema_fill(pv_ctx *cx, const pv_val *object)
{
	return pv_is(pv_get(object, "spec"), PV_OBJECT)
		       ? fill_number(cx, object, "spec.matchingPrecedence", 1000)
		       : object;
}

const pv_val *
pv_level_fill(pv_ctx *cx, const pv_val *object)
{
	if (!pv_is(pv_at(object, QUEUING), PV_OBJECT))
		return object;
	object = fill_number(cx, object, QUEUING ".queues", 64);
	object = fill_number(cx, object, QUEUING ".handSize", 8);
	return fill_number(cx, object, QUEUING ".queueLengthLimit", 50);
}

/* ---- rules of FlowSchemas ---- */

static void
check_all(pv_faults *f, const pv_val *rule, const char *path, const char *field, const char *others)
{
	const pv_val *list = pv_get(rule, field);
	const char *at = pv_below(f, path, field);

	if (pv_count(list) > 1 && pv_list_has_text(list, "*"))
		pv_fault_value(
			f, at, list,
			pv_printf(f->cx->arena, "if '*' is present, must not specify other %s", others));
}

/* Verbs are faulted as one list, as upstream does. */
static void
check_verbs(pv_faults *f, const pv_val *rule, const char *path)
{
	static const char known[] = "create,delete,deletecollection,get,list,patch,proxy,update,watch";
	const pv_val *verbs = pv_get(rule, "verbs");
	const char *at = pv_below(f, path, "verbs");

	check_all(f, rule, path, "verbs", "verbs");
	if (pv_list_has_text(verbs, "*"))
		return;
	for (size_t i = 0; i < pv_count(verbs); i++) {
		pv_str rest = pv_str_of(known), verb;
		bool found = false;

		while (!found && pv_str_next(&rest, ',', &verb))
			found = pv_str_is(verb, pv_text(pv_item(verbs, i), ""));
		if (found)
			continue;
		pv_unsupported(f, at, verbs,
			       "\"create\", \"delete\", \"deletecollection\", \"get\", \"list\", \"patch\", "
			       "\"proxy\", \"update\", \"watch\"");
		return;
	}
}

static void
check_places(pv_faults *f, const pv_val *rule, const char *path)
{
	const pv_val *list = pv_get(rule, "namespaces");
	const char *at = pv_below(f, path, "namespaces");

	if (!pv_count(list) && !pv_truth(pv_get(rule, "clusterScope"), false))
		pv_required(f, at,
			    "resource rules that are not cluster scoped must supply at least one namespace");
	else if (pv_count(list) > 1 && pv_list_has_text(list, "*"))
		pv_fault_value(f, at, list, "if '*' is present, must not specify other namespaces");
	else
		for (size_t i = 0; i < pv_count(list); i++) {
			const char *name = pv_text(pv_item(list, i), ""),
				   *why = pv_name_label(pv_strv(pv_item(list, i)));

			if (why && !pv_streq(name, "*"))
				pv_fault_value(f, pv_nth(f, at, i), pv_item(list, i),
					       pv_printf(f->cx->arena,
							 "each member of this list must be '*' or a DNS-1123 "
							 "label; %s",
							 why));
		}
}

static void
check_paths(pv_faults *f, const pv_val *rule, const char *path)
{
	const pv_val *list = pv_get(rule, "nonResourceURLs");
	const char *at = pv_below(f, path, "nonResourceURLs");

	check_all(f, rule, path, "nonResourceURLs", "non-resource URLs");
	if (pv_list_has_text(list, "*"))
		return;
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_starts_with(pv_text(pv_item(list, i), ""), "/"))
			pv_fault_value(f, pv_nth(f, at, i), pv_item(list, i), "must start with slash");
}

static void
check_flow_account(pv_faults *f, const pv_val *account, const char *path)
{
	const pv_val *name = pv_get(account, "name"), *ns = pv_get(account, "namespace");

	if (!pv_streq(pv_text(name, ""), "*"))
		pv_check_name(f, name, pv_below(f, path, "name"), pv_name_subdomain);
	if (*pv_text(ns, "")) /* else its row says so */
		pv_check_name(f, ns, pv_below(f, path, "namespace"), pv_name_label);
}

/* Who it is about: the member that the kind names, and no other. */
static void
check_flow_subject(pv_faults *f, const pv_val *subject, const char *path)
{
	static const char *const kinds[][2] = {
		{"User", "user"}, {"Group", "group"}, {"ServiceAccount", "serviceAccount"}};
	const char *kind = pv_text(pv_get(subject, "kind"), "");
	const pv_val *account = pv_get(subject, "serviceAccount");
	bool known = false;

	for (size_t i = 0; i < PV_LEN(kinds); i++)
		known |= pv_streq(kind, kinds[i][0]);
	for (size_t i = 0; !known && i < PV_LEN(kinds); i++)
		pv_faults_drop(f, pv_below(f, path, kinds[i][1]));
	for (size_t i = 0; known && i < PV_LEN(kinds); i++) {
		const char *what = kinds[i][1], *at = pv_below(f, path, what);
		bool wanted = pv_streq(kind, kinds[i][0]), there = pv_get(subject, what) != NULL;

		if (wanted && !there)
			pv_required(f, at,
				    pv_printf(f->cx->arena, "%s is required when subject kind is '%s'", what,
					      kind));
		if (!wanted)
			pv_faults_drop(f, at);
		if (!wanted && there)
			pv_forbidden(f, at,
				     pv_printf(f->cx->arena, "%s is forbidden when subject kind is not '%s'",
					       what, kinds[i][0]));
	}
	if (account && pv_streq(kind, "ServiceAccount"))
		check_flow_account(f, account, pv_below(f, path, "serviceAccount"));
}

static void
check_flow_rule(pv_faults *f, const pv_val *rule, const char *path)
{
	const pv_val *objects = pv_get(rule, "resourceRules"), *others = pv_get(rule, "nonResourceRules"),
		     *subjects = pv_get(rule, "subjects");

	for (size_t i = 0; i < pv_count(subjects); i++)
		check_flow_subject(f, pv_item(subjects, i), pv_nth(f, pv_below(f, path, "subjects"), i));
	if (!pv_count(objects) && !pv_count(others))
		pv_required(f, path,
			    "at least one of resourceRules and nonResourceRules has to be non-empty");
	for (size_t i = 0; i < pv_count(objects); i++) {
		const char *at = pv_nth(f, pv_below(f, path, "resourceRules"), i);

		check_verbs(f, pv_item(objects, i), at);
		check_all(f, pv_item(objects, i), at, "apiGroups", "api groups");
		check_all(f, pv_item(objects, i), at, "resources", "resources");
		check_places(f, pv_item(objects, i), at);
	}
	for (size_t i = 0; i < pv_count(others); i++) {
		const char *at = pv_nth(f, pv_below(f, path, "nonResourceRules"), i);

		check_verbs(f, pv_item(others, i), at);
		check_paths(f, pv_item(others, i), at);
	}
}

/* What the server needs to be as it is: of the level for what waits for nothing, all but its numbers. */
static void
check_fixed(pv_faults *f, const pv_val *object)
{
	const char *kind = pv_text_at(object, "kind", ""), *name = pv_text_at(object, "metadata.name", "");
	bool numbers = pv_streq(kind, "PriorityLevelConfiguration") && pv_streq(name, EXEMPT);
	pv_val spec = *pv_at(object, "spec"), fixed;

	if (!pv_flow_fixed(f->cx->arena, kind, name, &fixed))
		return;
	if (numbers) {
		spec = pv_without(f->cx->arena, &spec, "exempt");
		fixed = pv_without(f->cx->arena, &fixed, "exempt");
	}
	if (!pv_eq(&spec, &fixed))
		pv_fault_value(f, "spec", pv_at(object, "spec"),
			       pv_printf(f->cx->arena, "spec of '%s'%s must equal the fixed value", name,
					 numbers ? " except the 'spec.exempt' field" : ""));
}

size_t
pv_flowschema_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *rules = pv_at(object, "spec.rules"),
		     *precedence = pv_at(object, "spec.matchingPrecedence");

	(void)old;
	for (size_t i = 0; i < pv_count(rules); i++)
		check_flow_rule(f, pv_item(rules, i), pv_nth(f, "spec.rules", i));
	if (!*pv_text_at(object, "spec.priorityLevelConfiguration.name", ""))
		pv_required(f, "spec.priorityLevelConfiguration.name", "must reference a priority level");
	if (pv_i64(precedence, 1) < 1)
		pv_fault_value(f, "spec.matchingPrecedence", precedence, "must be a positive value");
	if (pv_i64(precedence, 0) == 1 && !pv_streq(pv_text_at(object, "metadata.name", ""), EXEMPT))
		pv_fault_value(f, "spec.matchingPrecedence", precedence,
			       "only the schema named 'exempt' may have matchingPrecedence 1");
	check_fixed(f, object);
	return f->n;
}

/* The numbers of a level that are out of their range. */
static void
check_numbers(pv_faults *f, const pv_val *object, const char *type)
{
	static const char least[] = "must be a non-negative integer", positive[] = "must be positive",
			  percent[] = "must be between 0 and 100, inclusive";
	static const struct {
		const char *path;
		int64_t least, most;
		const char *why, *too_much; /* NULL: the same */
	} numbers[] = {
		{"spec.exempt.nominalConcurrencyShares", 0, INT32_MAX, least, NULL},
		{"spec.exempt.lendablePercent", 0, 100, percent, NULL},
		{"spec.limited.nominalConcurrencyShares", 0, INT32_MAX, least, NULL},
		{QUEUING ".queueLengthLimit", 1, INT32_MAX, positive, NULL},
		{QUEUING ".queues", 1, 10000000, positive, "must not be greater than 10000000"},
		{QUEUING ".handSize", 1, INT32_MAX, positive, NULL},
		{"spec.limited.lendablePercent", 0, 100, percent, NULL},
		{"spec.limited.borrowingLimitPercent", 0, INT32_MAX,
		 "if specified, must be a non-negative integer", NULL},
	};

	for (size_t i = 0; i < PV_LEN(numbers); i++) {
		const pv_val *v = pv_at(object, numbers[i].path);
		int64_t n = pv_i64(v, numbers[i].least);
		bool exempt = pv_starts_with(numbers[i].path, "spec.exempt");

		if (exempt != pv_streq(type, "Exempt"))
			continue; /* that it is there is the fault */
		if (n < numbers[i].least || n > numbers[i].most)
			pv_fault_value(f, numbers[i].path, v,
				       n > numbers[i].most && numbers[i].too_much ? numbers[i].too_much
										  : numbers[i].why);
	}
}

/* A hand is dealt from 64 bits of hash. */
static void
check_hand(pv_faults *f, const pv_val *object)
{
	const pv_val *value = pv_at(object, QUEUING ".handSize");
	int64_t queues = pv_i64_at(object, QUEUING ".queues", 0), hand = pv_i64(value, 0);
	const char *why = NULL;

	if (hand <= 0 || !queues)
		return;
	if (hand > queues)
		why = pv_printf(f->cx->arena, "should not be greater than queues (%lld)", (long long)queues);
	else if (ceil((double)hand * log2((double)queues)) > ENTROPY)
		why = pv_printf(
			f->cx->arena,
			"required entropy bits of deckSize %lld and handSize %lld should not be greater than %d",
			(long long)queues, (long long)hand, ENTROPY);
	if (why)
		pv_fault_value(f, QUEUING ".handSize", value, why);
}

static void
check_response(pv_faults *f, const pv_val *object)
{
	const char *path = "spec.limited.limitResponse.type", *type = pv_text_at(object, path, "-");
	bool queuing = pv_at(object, QUEUING) != NULL;

	if (!*type)
		pv_unsupported(f, path, pv_at(object, path), "\"Queue\", \"Reject\"");
	if (pv_streq(type, "Queue") && !queuing)
		pv_required(f, QUEUING, "must not be empty if limited.limitResponse.type is Limited");
	if (pv_streq(type, "Reject") && queuing)
		pv_forbidden(f, QUEUING, "must be nil if limited.limitResponse.type is not Limited");
	if (pv_streq(type, "Queue"))
		check_hand(f, object);
}

size_t
pv_level_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *type = pv_at(object, "spec.type");
	bool named = pv_streq(pv_text_at(object, "metadata.name", ""), EXEMPT),
	     exempt = pv_streq(pv_text(type, ""), "Exempt"), limited = pv_at(object, "spec.limited") != NULL;

	(void)old;
	if (type && named != exempt)
		pv_fault_value(f, "spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'");
	if (exempt && limited)
		pv_forbidden(f, "spec.limited", "must be nil if the type is not Limited");
	if (!exempt && pv_at(object, "spec.exempt"))
		pv_forbidden(f, "spec.exempt", "must be nil if the type is Limited");
	if (pv_streq(pv_text(type, ""), "Limited") && !limited)
		pv_required(f, "spec.limited", "must not be empty when type is Limited");
	pv_faults_drop(f, exempt ? "spec.limited" : "spec.exempt"); /* that it is there is the fault */
	check_numbers(f, object, pv_text(type, ""));
	check_response(f, object);
	check_fixed(f, object);
	return f->n;
}
