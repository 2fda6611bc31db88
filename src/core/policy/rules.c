/* What policies are made for: validations, audit annotations, mutations. */
#include "base/map.h"
#include "base/str.h"
#include "core/kinds/names.h"
#include "core/policy/set.h"
#include <string.h>

/* Types that only these expressions have, so what is not known will not do. */
static void
gives(policy_compile *c, const pv_val *v, const char *field, const char *type, const char *or_type,
      const char *words, policy_expr *ret)
{
	const char *found;

	if (!policy_expression(c, v, field, NULL, ret))
		return;
	found = pv_cel_type(c->cx->arena, ret->program);
	if (!pv_streq(found, type) && !pv_streq(found, or_type))
		policy_fault(c, "FieldValueInvalid", field,
			     "Invalid value: %s: must evaluate to %s but got %s", policy_shown(c, v), words,
			     policy_type_shown(found));
}

/* ---- validations ---- */

static const char *
reason_of(policy_compile *c, const char *reason, const char *field)
{
	static const char *const reasons[] = {"Forbidden", "Invalid", "RequestEntityTooLarge"};

	for (size_t i = 0; i < PV_LEN(reasons); i++)
		if (pv_streq(reasons[i], reason))
			return reasons[i];
	policy_fault(c, "FieldValueNotSupported", pv_printf(c->cx->arena, "%s.reason", field),
		     "Unsupported value: \"%s\": supported values: \"Forbidden\", \"Invalid\", "
		     "\"RequestEntityTooLarge\"",
		     reason);
	return "Invalid";
}

static bool
asks_authorizer(const policy_compile *c, const policy_expr *e)
{
	for (size_t i = 0; i < e->n_needs; i++) {
		const pv_cel *program = c->named[e->needs[i]].program;

		if (pv_cel_uses(program, "authorizer") || pv_cel_uses(program, "authorizer.requestResource"))
			return true;
	}
	return false;
}

/* A message is told to whoever writes: what they may is none of its business. */
static void
spoken(policy_compile *c, const pv_val *v, const char *field, policy_rule *ret)
{
	policy_compile mute = *c;
	policy_expr e = {.text = NULL};

	if (!pv_str_trim(pv_strv(v)).len) {
		policy_fault(c, "FieldValueInvalid", pv_printf(c->cx->arena, "%s.messageExpression", field),
			     "Invalid value: %s: must be non-empty if specified", policy_shown(c, v));
		return;
	}
	mute.vars = pv_new_array(c->arena, pv_cel_var, c->n_vars);
	for (size_t i = 0; i < c->n_vars; i++)
		mute.vars[i] = c->vars[i];
	mute.vars[EXPR_AUTHORIZER].name = mute.vars[EXPR_CHECK].name = "";
	if (!policy_expression(&mute, v, pv_printf(c->cx->arena, "%s.messageExpression", field), "string",
			       &e) ||
	    asks_authorizer(c, &e))
		return;
	e.text = ret->message.text;
	ret->message = e;
}

static void
rule(policy_compile *c, const pv_val *item, const char *field, policy_rule *ret)
{
	const char *message = pv_text_at(item, "message", "");
	pv_str text = pv_str_trim(pv_str_of(message));

	(void)policy_expression(c, pv_get(item, "expression"),
				pv_printf(c->cx->arena, "%s.expression", field), "bool", &ret->expr);
	if (text.len)
		ret->message.text = pv_strndup(c->arena, text.s, text.len);
	if (*message && (!text.len || strpbrk(ret->message.text, "\r\n")))
		policy_fault(c, "FieldValueInvalid", pv_printf(c->cx->arena, "%s.message", field),
			     "Invalid value: %s: %s", policy_shown(c, pv_get(item, "message")),
			     text.len ? "must not contain line breaks" : "must be non-empty if specified");
	if (*pv_text_at(item, "messageExpression", ""))
		spoken(c, pv_get(item, "messageExpression"), field, ret);
	ret->reason = reason_of(c, pv_text_at(item, "reason", "Invalid"), field);
}

void
policy_read_rules(policy_compile *c, const pv_val *list, policy *p)
{
	policy_rule *out = pv_new_array(c->arena, policy_rule, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++)
		rule(c, pv_item(list, i), pv_printf(c->cx->arena, "spec.validations[%zu]", i), &out[i]);
	p->rules = out;
	p->n_rules = pv_count(list);
}

/* ---- audit annotations ---- */

#define MOST_ANNOTATIONS 20

static const char *
key_of(policy_compile *c, const char *name, const pv_val *item, const char *field)
{
	const char *key = pv_text_at(item, "key", ""), *full = pv_printf(c->arena, "%s/%s", name, key),
		   *why = pv_name_qualified(pv_str_of(full));

	if (why)
		policy_fault(c, "FieldValueInvalid", pv_printf(c->cx->arena, "%s.key", field),
			     "Invalid value: \"%s\": %s", full, why);
	return full;
}

void
policy_read_annotations(policy_compile *c, const char *name, const pv_val *list, policy *p)
{
	policy_expr *out = pv_new_array(c->arena, policy_expr, pv_count(list) + 1);
	pv_map *keys = pv_map_new(c->cx->arena);

	if (pv_count(list) > MOST_ANNOTATIONS)
		policy_fault(c, "FieldValueInvalid", "spec.auditAnnotations",
			     "Invalid value: %s: must not have more than %d auditAnnotations",
			     policy_shown(c, list), MOST_ANNOTATIONS);
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *field = pv_printf(c->cx->arena, "spec.auditAnnotations[%zu]", i);
		const char *key = key_of(c, name, pv_item(list, i), field);

		if (pv_map_puts(keys, key, c))
			policy_fault(c, "FieldValueDuplicate", pv_printf(c->cx->arena, "%s.key", field),
				     "Duplicate value: \"%s\"", pv_text_at(pv_item(list, i), "key", ""));
		gives(c, pv_get(pv_item(list, i), "valueExpression"),
		      pv_printf(c->cx->arena, "%s.valueExpression", field), "string", "null",
		      "one of [string null_type]", &out[i]);
		out[i].name = key;
	}
	p->annotations = out;
	p->n_annotations = pv_count(list);
}

/* ---- mutations ---- */

static void
mutation(policy_compile *c, const pv_val *item, const char *field, policy_mutation *ret)
{
	static const struct {
		const char *type, *field, *gives;
	} kinds[] = {{"ApplyConfiguration", "applyConfiguration", "Object"},
		     {"JSONPatch", "jsonPatch", "list(JSONPatch)"}};
	const char *type = pv_text_at(item, "patchType", "");

	for (size_t i = 0; i < PV_LEN(kinds); i++) {
		const char *at = pv_printf(c->cx->arena, "%s.%s", field, kinds[i].field);
		const pv_val *given = pv_get(item, kinds[i].field);
		bool mine = pv_streq(type, kinds[i].type);

		if (mine && !given)
			policy_fault(c, "FieldValueRequired", at,
				     "Required value: must be specified when patchType is %s", type);
		else if (!mine && given)
			policy_fault(c, "FieldValueInvalid", at,
				     "Invalid value: \"{%s}\": must not be specified when patchType is %s",
				     kinds[i].field, type);
		else if (mine)
			gives(c, pv_get(given, "expression"), pv_printf(c->cx->arena, "%s.expression", at),
			      kinds[i].gives, kinds[i].gives, kinds[i].gives, &ret->expr);
		ret->applies = ret->applies || (mine && i == 0);
	}
}

void
policy_read_mutations(policy_compile *c, const pv_val *list, policy *p)
{
	policy_mutation *out = pv_new_array(c->arena, policy_mutation, pv_count(list) + 1);

	if (!pv_count(list))
		policy_fault(c, "FieldValueRequired", "spec.mutations",
			     "Required value: mutations must contain at least one item");
	for (size_t i = 0; i < pv_count(list); i++)
		mutation(c, pv_item(list, i), pv_printf(c->cx->arena, "spec.mutations[%zu]", i), &out[i]);
	p->mutations = out;
	p->n_mutations = pv_count(list);
}
