/* doubt: Rego that compiles and can never refuse anything, for Gatekeeper reads it otherwise: a violation that is
 * no object with msg, and what input never has.  Found where it is plain; never a guess. */
#include "base/str.h"
#include "governance/gatekeeper/template.h"

static bool
is_a(const pv_val *term, const char *type)
{
	return pv_streq(pv_text_at(term, "type", ""), type);
}

/* ---- the result of a violation ---- */

static bool
has_msg(const pv_val *members)
{
	for (size_t i = 0; i < pv_count(members); i++) {
		const pv_val *key = pv_item(pv_item(members, i), 0);

		if (!is_a(key, "string") || pv_streq(pv_text_at(key, "value", ""), "msg"))
			return true;
	}
	return false;
}

/* What it is instead of an object with msg; NULL: that, or nobody knows before it runs. */
static const char *
other_than_result(const pv_val *term)
{
	static const struct {
		const char *type, *text;
	} plain[] = {{"string", "a text"}, {"number", "a number"}, {"boolean", "a boolean"},
		     {"null", "null"},     {"array", "a list"},    {"set", "a set"}};
	static const char *const texts[] = {"sprintf", "concat", "format_int", "lower", "upper"};
	const char *called =
		pv_text_at(pv_item(pv_get(pv_item(pv_get(term, "value"), 0), "value"), 0), "value", "");

	for (size_t i = 0; i < PV_LEN(plain); i++)
		if (is_a(term, plain[i].type))
			return plain[i].text;
	for (size_t i = 0; is_a(term, "call") && i < PV_LEN(texts); i++)
		if (pv_streq(called, texts[i]))
			return plain[0].text;
	return is_a(term, "object") && !has_msg(pv_get(term, "value")) ? "an object without it" : NULL;
}

/* The other side of NAME := TERM or NAME = TERM in the body. */
static const pv_val *
assigned(const pv_val *body, const char *name)
{
	for (size_t i = 0; i < pv_count(body); i++) {
		const pv_val *terms = pv_get(pv_item(body, i), "terms"), *left = pv_item(terms, 1);
		const char *how = pv_text_at(pv_item(pv_get(pv_item(terms, 0), "value"), 0), "value", "");

		if (pv_is(terms, PV_LIST) && pv_count(terms) == 3 &&
		    (pv_streq(how, "assign") || pv_streq(how, "eq")) && is_a(left, "var") &&
		    pv_streq(pv_text_at(left, "value", ""), name))
			return pv_item(terms, 2);
	}
	return NULL;
}

static const char *
other_result(const pv_val *rule)
{
	const pv_val *key = pv_at(rule, "head.key"), *value = pv_at(rule, "head.value");

	if (pv_truth_at(rule, "default", false))
		return NULL;
	if (pv_at(rule, "head.args"))
		return "a function";
	if (!key)
		key = pv_item(pv_at(rule, "head.ref"), 1); /* violation[KEY] = VALUE */
	if (!key)
		return is_a(value, "object") || (other_than_result(value) && !is_a(value, "set"))
			       ? "a value that is no set"
			       : NULL;
	if (is_a(key, "var"))
		key = assigned(pv_get(rule, "body"), pv_text_at(key, "value", ""));
	return key ? other_than_result(key) : NULL;
}

const char *
gk_rego_other_result(pv_ctx *cx, const char *file, const pv_val *tree)
{
	const pv_val *rules = pv_get(tree, "rules");
	const char *other = NULL;

	for (size_t i = 0; !other && i < pv_count(rules); i++)
		if (gk_rego_is_rule(pv_item(rules, i), "violation"))
			other = other_result(pv_item(rules, i));
	return other ? pv_printf(
			       cx->arena,
			       "%s: a rule violation decides nothing: expected an object with msg, found %s",
			       file, other)
		     : NULL;
}

/* ---- what is read ---- */

const char *
gk_rego_stray_input(pv_ctx *cx, const pv_rego *rego)
{
	const pv_val modules = pv_rego_describe(cx->arena, rego);

	for (size_t i = 0; i < pv_count(&modules); i++) {
		const pv_val *module = pv_item(&modules, i), *inputs = pv_get(module, "inputs");

		for (size_t k = 0; k < pv_member_count(inputs); k++) {
			const pv_member *m = pv_sorted(inputs, k);
			const char *name = pv_text(&m->key, "");

			if (!pv_streq(name, "review") && !pv_streq(name, "parameters"))
				return pv_printf(
					cx->arena,
					"%s:%lld: it reads input.%s, which is never there: expected "
					"input.review or input.parameters%s",
					pv_text_at(module, "path", ""), (long long)pv_i64(&m->val, 0), name,
					pv_streq(name, "request")
						? "; input.request is what policies in ConfigMaps read"
						: "");
		}
	}
	return NULL;
}
