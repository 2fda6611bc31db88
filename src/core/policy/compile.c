/* An object -> a compiled policy, or what is wrong with it: what all policies have. */
#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "core/policy/set.h"
#include "lang/json/json.h"

#define FAULTS_MOST 10000 /* of a policy that are told */

void
policy_fault(policy_compile *c, const char *reason, const char *field, const char *fmt, ...)
{
	pv_cause *cause;
	va_list ap;

	if (c->causes->len >= FAULTS_MOST)
		return;
	cause = pv_vec_add(c->causes);
	va_start(ap, fmt);
	cause->reason = reason;
	cause->field = field;
	cause->message = pv_vprintf(c->cx->arena, fmt, ap);
	va_end(ap);
}

const char *
policy_shown(policy_compile *c, const pv_val *v)
{
	return v ? pv_json_text(c->cx->arena, v) : "\"\"";
}

/* Variables stand only on those in front of them, so theirs are known. */
static void
find_needs(policy_compile *c, policy_expr *e)
{
	bool needed[POLICY_VARIABLES] = {false};
	uint16_t *out;

	for (size_t i = 0; i < c->n_named; i++) {
		if (!c->named[i].program || !*c->vars[c->n_vars - c->n_named + i].name ||
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

/* cel-go has two names of one type. */
const char *
policy_type_shown(const char *type)
{
	return pv_streq(type, "null") ? "null_type" : type;
}

bool
policy_expression(policy_compile *c, const pv_val *v, const char *field, const char *want, policy_expr *ret)
{
	pv_cel_env env = {.vars = c->vars,
			  .n_vars = c->n_vars,
			  .shapes = &expr_shapes,
			  .homogeneous = true,
			  .kubernetes = true,
			  .mutation = c->mutation};
	pv_str text = pv_str_trim(pv_strv(v));
	const char *type;

	ret->text = pv_strdup(c->arena, pv_text(v, ""));
	if (!text.len) {
		bool named = !pv_starts_with(field, "spec.matchConditions") &&
			     !pv_starts_with(field, "spec.mutations");

		policy_fault(c, "FieldValueRequired", field, "Required value%s%s%s", named ? ": " : "",
			     named ? strrchr(field, '.') + 1 : "", named ? " is not specified" : "");
		return false;
	}
	if (pv_cel_compile(c->cx, c->arena, &env, pv_strv(v), &ret->program) < 0) {
		policy_fault(c, "FieldValueInvalid", field, "Invalid value: %s: compilation failed: %s",
			     policy_shown(c, v), pv_error_text(c->cx));
		(void)pv_recover(c->cx);
		return false;
	}
	find_needs(c, ret);
	type = pv_cel_type(c->cx->arena, ret->program);
	if (!want || pv_streq(type, want))
		return true;
	policy_fault(c, "FieldValueInvalid", field, "Invalid value: %s: must evaluate to %s but got %s",
		     policy_shown(c, v), want, policy_type_shown(type));
	return false;
}

/* ---- the parts ---- */

static void
declare(policy_compile *c, const char *name, const char *type, const void *node)
{
	c->vars[c->n_vars++] = (pv_cel_var){.name = name, .type = type, .node = node};
}

static void
conditions(policy_compile *c, const pv_val *list, policy *p)
{
	expr_condition *out = pv_new_array(c->arena, expr_condition, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++) {
		policy_expr e = {.text = NULL};

		(void)policy_expression(c, pv_get(pv_item(list, i), "expression"),
					pv_printf(c->cx->arena, "spec.matchConditions[%zu].expression", i),
					"bool", &e);
		out[i] = (expr_condition){.text = e.text, .program = e.program};
	}
	p->conditions = (expr_conditions){out, pv_count(list)};
}

static void
check_variable(policy_compile *c, const policy_expr *list, size_t i)
{
	const char *at = pv_printf(c->cx->arena, "spec.variables[%zu].name", i - c->hidden),
		   *name = list[i].name;

	if (!*name)
		policy_fault(c, "FieldValueRequired", at, "Required value: name is not specified");
	else if (!pv_cel_is_name(pv_str_of(name)))
		policy_fault(c, "FieldValueInvalid", at,
			     "Invalid value: \"%s\": must be a valid CEL identifier", name);
}

/* Of two with one name, the later is meant behind it. */
static void
declare_variable(policy_compile *c, const char *name, const char *type, const void *node)
{
	const char *full = pv_printf(c->arena, "variables.%s", name);

	for (size_t i = POLICY_BASE; i < c->n_vars; i++)
		if (pv_streq(c->vars[i].name, full))
			c->vars[i].name = "";
	declare(c, full, type, node);
}

static void
variables(policy_compile *c, const pv_val *list, policy *p)
{
	size_t n = pv_count(list) < POLICY_VARIABLES ? pv_count(list) : POLICY_VARIABLES;
	policy_expr *out = pv_new_array(c->arena, policy_expr, n + 1);

	if (n < pv_count(list))
		policy_fault(c, "FieldValueTooMany", "spec.variables",
			     "Too many: %zu: must have at most %d items", pv_count(list), POLICY_VARIABLES);
	c->named = out;
	for (size_t i = 0; i < n; i++) {
		const char *field = pv_printf(c->cx->arena, "spec.variables[%zu]", i - c->hidden),
			   *type = NULL;
		const pv_val *item = pv_item(list, i);
		const void *node = NULL;

		out[i].name = pv_strdup(c->arena, pv_text_at(item, "name", ""));
		check_variable(c, out, i);
		if (policy_expression(c, pv_get(item, "expression"),
				      pv_printf(c->cx->arena, "%s.expression", field), NULL, &out[i])) {
			node = pv_cel_node(out[i].program);
			type = node ? NULL : pv_cel_type(c->arena, out[i].program);
		}
		declare_variable(c, out[i].name, type, node);
		c->n_named++;
	}
	p->variables = out;
	p->n_variables = n;
}

static void
param_kind(policy_compile *c, const pv_val *kind, const void *type, policy *p)
{
	static const char *const names[] = {"apiVersion", "kind"};

	if (!kind)
		return;
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (!*pv_text_at(kind, names[i], ""))
			policy_fault(c, "FieldValueRequired",
				     pv_printf(c->cx->arena, "spec.paramKind.%s", names[i]),
				     "Required value");
	p->param_version = pv_strdup(c->arena, pv_text_at(kind, "apiVersion", ""));
	p->param_kind = pv_strdup(c->arena, pv_text_at(kind, "kind", ""));
	declare(c, "params", NULL, type);
}

void
policy_declare(policy_compile *c, const pv_val *spec, const policy_types *types, policy *ret)
{
	const pv_val *own = pv_get(spec, "variables");

	c->vars = expr_declare(c->arena, POLICY_BASE - EXPR_VARS + 1 + pv_count(own));
	c->n_vars = EXPR_VARS;
	if (c->lent)
		c->vars[EXPR_AUTHORIZER].name = c->vars[EXPR_CHECK].name = "";
	c->vars[EXPR_OBJECT].node = c->vars[EXPR_OLD].node = types->object;
	declare(c, "", NULL, NULL);
	param_kind(c, pv_get(spec, "paramKind"), types->params, ret);
	conditions(c, pv_get(spec, "matchConditions"), ret);
	if (pv_count(own) || ret->mutates)
		c->vars[POLICY_ALL] = (pv_cel_var){.name = "variables", .node = expr_nothing};
	variables(c, own, ret);
}

/* Of one of the two there must be something; where there is nothing, both are told. */
static void
check_says(policy_compile *c, const pv_val *spec)
{
	static const char *const paths[] = {"spec.validations", "spec.auditAnnotations"};

	if (pv_count(pv_get(spec, "validations")) || pv_count(pv_get(spec, "auditAnnotations")))
		return;
	for (size_t i = 0; i < PV_LEN(paths); i++)
		policy_fault(
			c, "FieldValueRequired", paths[i],
			"Required value: validations or auditAnnotations must contain at least one item");
}

void
policy_read(pv_ctx *cx, pv_arena *arena, const pv_val *object, policy *ret, pv_vec *causes)
{
	const pv_val *spec = pv_get(object, "spec"), *match = pv_get(spec, "matchConstraints");
	bool mutates = pv_streq(pv_text_at(object, "kind", ""), "MutatingAdmissionPolicy");
	policy_compile c = {.cx = cx, .arena = arena, .causes = causes};
	const policy_types any = {NULL, NULL};

	*ret = (policy){.name = pv_strdup(arena, pv_text_at(object, "metadata.name", "")),
			.mutates = mutates,
			.match = pv_match_new(cx, arena, match, "resourceRules", true)};
	ret->ignores_errors = pv_streq(pv_text_at(spec, "failurePolicy", "Fail"), "Ignore");
	ret->reinvoked = pv_streq(pv_text_at(spec, "reinvocationPolicy", ""), "IfNeeded");
	if (!match)
		policy_fault(&c, "FieldValueRequired", "spec.matchConstraints", "Required value");
	else if (!pv_count(pv_get(match, "resourceRules")))
		policy_fault(&c, "FieldValueRequired", "spec.matchConstraints.resourceRules",
			     "Required value");
	policy_declare(&c, spec, &any, ret);
	if (mutates) {
		if (!*pv_text_at(spec, "reinvocationPolicy", ""))
			policy_fault(&c, "FieldValueRequired", "spec.reinvocationPolicy", "Required value");
		c.mutation = true;
		policy_read_mutations(&c, pv_get(spec, "mutations"), ret);
		return;
	}
	check_says(&c, spec);
	policy_read_rules(&c, pv_get(spec, "validations"), ret);
	policy_read_annotations(&c, ret->name, pv_get(spec, "auditAnnotations"), ret);
}
