/* An object -> a compiled policy, or what is wrong with it. */
#include <stdarg.h>

#include "base/str.h"
#include "core/policy/policy.h"
#include "core/policy/vap.h"
#include "lang/json/json.h"

struct compile {
	pv_ctx *cx;
	pv_arena *arena;
	pv_vec *causes;
	pv_cel_var *vars;
	size_t n_vars;
	const vap_expr *named; /* the policy's variables so far */
	size_t n_named;
};

static void fault(struct compile *c, const char *reason, const char *field, const char *fmt, ...)
	PV_PRINTF(4, 5);

static void
fault(struct compile *c, const char *reason, const char *field, const char *fmt, ...)
{
	pv_cause *cause = pv_vec_add(c->causes);
	va_list ap;

	va_start(ap, fmt);
	cause->reason = reason;
	cause->field = field;
	cause->message = pv_vprintf(c->cx->arena, fmt, ap);
	va_end(ap);
}

static const char *
shown(struct compile *c, const pv_val *v)
{
	return v ? pv_json_text(c->cx->arena, v) : "\"\"";
}

/* Variables stand only on those in front of them, so theirs are known. */
static void
find_needs(struct compile *c, vap_expr *e)
{
	bool needed[VAP_VARIABLES] = {false};
	uint16_t *out;

	for (size_t i = 0; i < c->n_named; i++) {
		if (!c->named[i].program ||
		    !pv_cel_uses(e->program, c->vars[c->n_vars - c->n_named + i].name))
			continue;
		needed[i] = true;
		for (size_t k = 0; k < c->named[i].n_needs; k++)
			needed[c->named[i].needs[k]] = true;
	}
	out = pv_new_array(c->arena, uint16_t, c->n_named + 1);
	e->needs = out;
	for (size_t i = 0; i < c->n_named; i++)
		if (needed[i])
			out[e->n_needs++] = (uint16_t)i;
}

/* A text that must be there and compile to the type; false if it does neither. */
static bool
expression(struct compile *c, const pv_val *v, const char *field, const char *want, vap_expr *ret)
{
	pv_cel_env env = {.vars = c->vars, .n_vars = c->n_vars, .homogeneous = true};
	pv_str text = pv_str_trim(pv_strv(v));
	const char *type;

	ret->text = pv_strndup(c->arena, text.len ? text.s : "", text.len);
	if (!text.len) {
		fault(c, "FieldValueRequired", field, "Required value");
		return false;
	}
	if (pv_cel_compile(c->cx, c->arena, &env, text, &ret->program) < 0) {
		fault(c, "FieldValueInvalid", field, "Invalid value: %s: compilation failed: %s", shown(c, v),
		      pv_error_text(c->cx));
		(void)pv_recover(c->cx);
		return false;
	}
	find_needs(c, ret);
	type = pv_cel_type(c->cx->arena, ret->program);
	if (!want || pv_streq(type, want) || pv_streq(type, "dyn"))
		return true;
	fault(c, "FieldValueInvalid", field, "Invalid value: %s: must evaluate to %s", shown(c, v), want);
	return false;
}

/* ---- the parts ---- */

static void
declare(struct compile *c, const char *name, const char *type)
{
	c->vars[c->n_vars++] = (pv_cel_var){.name = name, .type = type};
}

static bool
is_named(struct compile *c, const pv_val *item, const char *field, const vap_expr *before, size_t n,
	 const char **ret)
{
	const char *name = pv_text_at(item, "name", ""), *at = pv_printf(c->cx->arena, "%s.name", field);

	*ret = pv_strdup(c->arena, name);
	if (!*name) {
		fault(c, "FieldValueRequired", at, "Required value");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (pv_streq(before[i].name, name)) {
			fault(c, "FieldValueDuplicate", at, "Duplicate value: \"%s\"", name);
			return false;
		}
	return true;
}

static void
conditions(struct compile *c, const pv_val *list, vap_policy *p)
{
	vap_expr *out = pv_new_array(c->arena, vap_expr, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *field = pv_printf(c->cx->arena, "spec.matchConditions[%zu]", i);
		const pv_val *item = pv_item(list, i);

		if (!is_named(c, item, field, out, i, &out[i].name))
			out[i].name = "";
		(void)expression(c, pv_get(item, "expression"),
				 pv_printf(c->cx->arena, "%s.expression", field), "bool", &out[i]);
	}
	p->conditions = out;
	p->n_conditions = pv_count(list);
}

static void
variables(struct compile *c, const pv_val *list, vap_policy *p)
{
	size_t n = pv_count(list) < VAP_VARIABLES ? pv_count(list) : VAP_VARIABLES;
	vap_expr *out = pv_new_array(c->arena, vap_expr, n + 1);

	if (n < pv_count(list))
		fault(c, "FieldValueTooMany", "spec.variables", "Too many: %zu: must have at most %d items",
		      pv_count(list), VAP_VARIABLES);
	c->named = out;
	for (size_t i = 0; i < n; i++) {
		const char *field = pv_printf(c->cx->arena, "spec.variables[%zu]", i), *type = NULL;
		const pv_val *item = pv_item(list, i);
		bool named = is_named(c, item, field, out, i, &out[i].name);

		if (!named)
			out[i].name = "";
		if (expression(c, pv_get(item, "expression"), pv_printf(c->cx->arena, "%s.expression", field),
			       NULL, &out[i]))
			type = pv_cel_type(c->arena, out[i].program);
		declare(c, pv_printf(c->arena, "variables.%s", out[i].name), type);
		c->n_named++;
	}
	p->variables = out;
	p->n_variables = n;
}

static void
rule(struct compile *c, const pv_val *item, const char *field, vap_rule *ret)
{
	static const char *const reasons[] = {"Unauthorized", "Forbidden", "Invalid",
					      "RequestEntityTooLarge"};
	const char *message = pv_text_at(item, "message", ""),
		   *reason = pv_text_at(item, "reason", "Invalid");
	pv_str text = pv_str_trim(pv_str_of(message));
	bool known = false;

	(void)expression(c, pv_get(item, "expression"), pv_printf(c->cx->arena, "%s.expression", field),
			 "bool", &ret->expr);
	if (text.len)
		ret->message.text = pv_strndup(c->arena, text.s, text.len);
	if (*message && !text.len)
		fault(c, "FieldValueInvalid", pv_printf(c->cx->arena, "%s.message", field),
		      "Invalid value: %s: message must be non-empty if specified",
		      shown(c, pv_get(item, "message")));
	if (*pv_text_at(item, "messageExpression", "")) {
		vap_expr spoken = {.text = NULL};

		if (expression(c, pv_get(item, "messageExpression"),
			       pv_printf(c->cx->arena, "%s.messageExpression", field), "string", &spoken))
			ret->message = (vap_expr){.text = ret->message.text,
						  .program = spoken.program,
						  .needs = spoken.needs,
						  .n_needs = spoken.n_needs};
	}
	for (size_t i = 0; i < PV_LEN(reasons); i++)
		if (pv_streq(reasons[i], reason)) {
			ret->reason = reasons[i];
			known = true;
		}
	if (!known)
		fault(c, "FieldValueNotSupported", pv_printf(c->cx->arena, "%s.reason", field),
		      "Unsupported value: \"%s\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\", "
		      "\"Unauthorized\"",
		      reason);
}

static void
rules(struct compile *c, const pv_val *list, vap_policy *p)
{
	vap_rule *out = pv_new_array(c->arena, vap_rule, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++)
		rule(c, pv_item(list, i), pv_printf(c->cx->arena, "spec.validations[%zu]", i), &out[i]);
	p->rules = out;
	p->n_rules = pv_count(list);
}

/* Checked like the rest, so that a policy that says it has them is right; Pave does not
 * write them yet, which the writer is told. */
static void
annotations(struct compile *c, const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *field = pv_printf(c->cx->arena, "spec.auditAnnotations[%zu]", i);
		vap_expr e = {.text = NULL};

		if (!*pv_text_at(pv_item(list, i), "key", ""))
			fault(c, "FieldValueRequired", pv_printf(c->cx->arena, "%s.key", field),
			      "Required value");
		(void)expression(c, pv_get(pv_item(list, i), "valueExpression"),
				 pv_printf(c->cx->arena, "%s.valueExpression", field), NULL, &e);
	}
}

static void
param_kind(struct compile *c, const pv_val *kind, vap_policy *p)
{
	static const char *const names[] = {"apiVersion", "kind"};

	if (!kind)
		return;
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (!*pv_text_at(kind, names[i], ""))
			fault(c, "FieldValueRequired", pv_printf(c->cx->arena, "spec.paramKind.%s", names[i]),
			      "Required value");
	p->param_version = pv_strdup(c->arena, pv_text_at(kind, "apiVersion", ""));
	p->param_kind = pv_strdup(c->arena, pv_text_at(kind, "kind", ""));
	declare(c, "params", NULL);
}

void
vap_compile(pv_ctx *cx, pv_arena *arena, const pv_val *object, vap_policy *ret, pv_vec *causes)
{
	static const char *const base[] = {"object", "oldObject", "request", "namespaceObject"};
	const pv_val *spec = pv_get(object, "spec"), *named = pv_get(spec, "variables");
	struct compile c = {.cx = cx, .arena = arena, .causes = causes};

	*ret = (vap_policy){.name = pv_strdup(arena, pv_text_at(object, "metadata.name", "")), .spec = spec};
	ret->ignores_errors = pv_streq(pv_text_at(spec, "failurePolicy", "Fail"), "Ignore");
	c.vars = pv_new_array(arena, pv_cel_var, VAP_BASE + 1 + pv_count(named));
	for (size_t i = 0; i < VAP_BASE; i++)
		declare(&c, base[i], NULL);
	if (!pv_get(spec, "matchConstraints"))
		fault(&c, "FieldValueRequired", "spec.matchConstraints", "Required value");
	else if (!pv_count(pv_at(spec, "matchConstraints.resourceRules")))
		fault(&c, "FieldValueRequired", "spec.matchConstraints.resourceRules", "Required value");
	if (!pv_count(pv_get(spec, "validations")) && !pv_count(pv_get(spec, "auditAnnotations")))
		fault(&c, "FieldValueRequired", "spec.validations",
		      "Required value: validations or auditAnnotations must be non-empty");
	param_kind(&c, pv_get(spec, "paramKind"), ret);
	conditions(&c, pv_get(spec, "matchConditions"), ret);
	variables(&c, named, ret);
	rules(&c, pv_get(spec, "validations"), ret);
	annotations(&c, pv_get(spec, "auditAnnotations"));
}

/* ---- what is about to be stored ---- */

static void
check_binding(struct compile *c, const pv_val *spec)
{
	const pv_val *actions = pv_get(spec, "validationActions"), *ref = pv_get(spec, "paramRef");
	bool deny = false, warns = false;

	if (!*pv_text_at(spec, "policyName", ""))
		fault(c, "FieldValueRequired", "spec.policyName", "Required value");
	if (!pv_count(actions))
		fault(c, "FieldValueRequired", "spec.validationActions",
		      "Required value: at least one validation action is required");
	for (size_t i = 0; i < pv_count(actions); i++) {
		deny = deny || pv_streq(pv_text(pv_item(actions, i), ""), "Deny");
		warns = warns || pv_streq(pv_text(pv_item(actions, i), ""), "Warn");
	}
	if (deny && warns)
		fault(c, "FieldValueInvalid", "spec.validationActions",
		      "Invalid value: %s: must not contain both Deny and Warn (repeating "
		      "the same validation failure information in the API response and headers serves no purpose)",
		      shown(c, actions));
	if (!ref)
		return;
	if (*pv_text_at(ref, "name", "") && pv_get(ref, "selector"))
		fault(c, "FieldValueForbidden", "spec.paramRef.name",
		      "Forbidden: name and selector are mutually exclusive");
	if (!*pv_text_at(ref, "name", "") && !pv_get(ref, "selector"))
		fault(c, "FieldValueRequired", "spec.paramRef",
		      "Required value: one of name or selector must be specified");
	if (!*pv_text_at(ref, "parameterNotFoundAction", ""))
		fault(c, "FieldValueRequired", "spec.paramRef.parameterNotFoundAction", "Required value");
}

void
pv_policy_check(pv_ctx *cx, const pv_val *object, pv_vec *causes)
{
	struct compile c = {.cx = cx, .arena = cx->arena, .causes = causes};
	vap_policy made;

	if (pv_streq(pv_text_at(object, "kind", ""), "ValidatingAdmissionPolicyBinding"))
		check_binding(&c, pv_get(object, "spec"));
	else
		vap_compile(cx, cx->arena, object, &made, causes);
}
