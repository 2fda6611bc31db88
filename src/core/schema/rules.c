/* x-kubernetes-validations at the making of a CRD: each rule is compiled against its
 * node, and what it may cost is estimated (apiextensions, "validation rules"). */
#include "core/schema/rules.h"
#include "base/str.h"
#include "lang/json/json.h"
#include <string.h>

#define RULE_COST UINT64_C(10000000)
#define ADVICE \
	"(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings " \
	"are declared)"

static uint64_t
times(uint64_t a, uint64_t b)
{
	uint64_t n;

	return __builtin_mul_overflow(a, b, &n) ? UINT64_MAX : n;
}

static uint64_t
plus(uint64_t a, uint64_t b)
{
	uint64_t n;

	return __builtin_add_overflow(a, b, &n) ? UINT64_MAX : n;
}

/* The rule as upstream's errors show it. */
static const char *
shown(build *b, const pv_val *v)
{
	static const struct {
		const char *key, *name;
		bool text; /* "" if it is not given, else null */
	} rows[] = {
		{"rule", "Rule", true},
		{"message", "Message", true},
		{"messageExpression", "MessageExpression", true},
		{"reason", "Reason", false},
		{"fieldPath", "FieldPath", true},
		{"optionalOldSelf", "OptionalOldSelf", false},
	};
	pv_objb o;
	pv_val all;
	pv_buf text, out;

	pv_objb_init(&o, b->cx->arena);
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *given = pv_get(v, rows[i].key);

		pv_objb_put(&o, rows[i].name, given ? *given : rows[i].text ? pv_string_ref("") : pv_null());
	}
	all = pv_objb_end(&o);
	pv_buf_init(&text, b->cx->arena);
	pv_json_write(&text, &all);
	pv_buf_init(&out, b->cx->arena);
	for (size_t i = 0; i < text.len; i++) /* as Go's encoding/json */
		if (text.s[i] == '<' || text.s[i] == '>' || text.s[i] == '&')
			pv_buf_printf(&out, "\\u00%02x", (unsigned char)text.s[i]);
		else
			pv_buf_addc(&out, text.s[i]);
	return out.s;
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

/* What is wrong before anything is compiled. */
static bool
check_texts(build *b, const pv_val *v, const char *path)
{
	static const char *const reasons[] = {"FieldValueInvalid", "FieldValueForbidden",
					      "FieldValueRequired", "FieldValueDuplicate"};
	const char *rule = pv_text(pv_get(v, "rule"), ""), *message = pv_text(pv_get(v, "message"), NULL);
	const char *reason = pv_text(pv_get(v, "reason"), reasons[0]),
		   *expr = pv_text(pv_get(v, "messageExpression"), NULL);
	size_t before = b->f->n, known = 0;

	if (is_blank(rule))
		pv_fault(b->f, "FieldValueRequired", build_at(b, path, "rule"),
			 "Required value: rule is not specified");
	if (message && *message && is_blank(message))
		pv_fault_value(b->f, build_at(b, path, "message"), pv_get(v, "message"),
			       "message must be non-empty if specified");
	else if (message && strpbrk(message, "\r\n"))
		pv_fault_value(b->f, build_at(b, path, "message"), pv_get(v, "message"),
			       "message must not contain line breaks");
	else if (message && strlen(message) > 2048)
		pv_fault_value(b->f, build_at(b, path, "message"), pv_get(v, "message"),
			       "message must have a maximum length of 2048 characters");
	if (strchr(rule, '\n') && (!message || !*message))
		pv_fault(b->f, "FieldValueRequired", build_at(b, path, "message"),
			 "Required value: message must be specified if rule contains line breaks");
	if (expr && is_blank(expr))
		pv_fault(b->f, "FieldValueRequired", build_at(b, path, "messageExpression"),
			 "Required value: messageExpression must be non-empty if specified");
	for (size_t i = 0; i < PV_LEN(reasons); i++)
		known += pv_streq(reasons[i], reason);
	if (!known)
		pv_fault(
			b->f, "FieldValueNotSupported", build_at(b, path, "reason"),
			"Unsupported value: \"%s\": supported values: \"FieldValueRequired\", \"FieldValueForbidden\", "
			"\"FieldValueInvalid\", \"FieldValueDuplicate\"",
			reason);
	return b->f->n == before;
}

/* The piece behind "." or within ['...'] or "["; false if the path is none. */
static bool
path_step(const char **p, pv_str *ret)
{
	bool quoted = (*p)[0] == '[' && (*p)[1] == '\'';
	const char *end;

	if (quoted) {
		end = strstr(*p + 2, "']");
		*ret = (pv_str){*p + 2, end ? (size_t)(end - *p - 2) : 0};
		*p = end ? end + 2 : *p;
		return end != NULL;
	}
	if (**p != '.')
		return false;
	*ret = (pv_str){*p + 1, strcspn(*p + 1, ".[")};
	*p += 1 + ret->len;
	return ret->len > 0;
}

static void
check_field_path(build *b, const pv_schema *s, const pv_val *v, const char *path)
{
	const char *p = pv_text(v, "");
	pv_str name;

	while (*p) {
		if (!path_step(&p, &name)) {
			pv_fault_value(
				b->f, path, v,
				"expected a path such as .spec.names['a-b'], found another beginning of a step");
			return;
		}
		const pv_prop *prop = pv_schema_prop(s, name.s, name.len);
		s = prop ? prop->schema : s->type == PV_T_OBJECT ? s->items : NULL;
		if (!s) {
			pv_fault_value(b->f, path, v,
				       pv_printf(b->cx->arena,
						 "does not refer to a valid field: %.*s is not declared",
						 (int)name.len, name.s));
			return;
		}
	}
}

/* Compiles one text; false if it is wrong, which is a fault then. */
static bool
compile(build *b, const pv_cel_env *env, const pv_val *v, const char *key, const char *path,
	const pv_cel **ret)
{
	bool rule = pv_streq(key, "rule");
	const char *type;

	if (pv_cel_compile(b->cx, b->arena, env, pv_strv(pv_get(v, key)), ret) < 0) {
		const char *why = b->cx->err->message;

		pv_recover(b->cx);
		pv_fault(b->f, "FieldValueInvalid", build_at(b, path, key),
			 "Invalid value: %s: %scompilation failed: %s", shown(b, v),
			 rule ? "" : "messageExpression ", why);
		return false;
	}
	type = pv_cel_type(b->cx->arena, *ret);
	if (pv_streq(type, rule ? "bool" : "string") || pv_streq(type, "dyn"))
		return true;
	pv_fault(b->f, "FieldValueInvalid", build_at(b, path, key),
		 "Invalid value: %s: %s must evaluate to a %s", shown(b, v),
		 rule ? "cel expression" : "messageExpression", rule ? "bool" : "string");
	return false;
}

void
build_enter(build *b, const pv_schema *s, const pv_val *v, const char *path)
{
	bool list = s->type == PV_T_LIST, map = s->type == PV_T_OBJECT && pv_get(v, "additionalProperties");
	int64_t most = pv_i64(pv_get(v, list ? "maxItems" : "maxProperties"), -1);

	if (list || map)
		b->often = most < 0 ? 0 : times(b->often, (uint64_t)most);
	if (!b->uncorrelated &&
	    ((list && s->list != PV_LIST_MAP) || (s->type == PV_T_OBJECT && s->map == PV_MAP_ATOMIC)))
		b->uncorrelated = path;
}

static const char *
factor(build *b, uint64_t cost, uint64_t limit)
{
	double times_over = (double)cost / (double)limit;

	return times_over > 100 ? "more than 100" : pv_printf(b->cx->arena, "%.1f", times_over);
}

static void
check_cost(build *b, const pv_schema *s, const pv_cel *program, const char *path)
{
	uint64_t often = b->often ? b->often : shape_cardinality(s),
		 cost = times(pv_cel_estimate(program), often);

	b->cost = plus(b->cost, cost);
	if (cost > RULE_COST)
		pv_fault(b->f, "FieldValueForbidden", path,
			 "Forbidden: estimated %s cost exceeds budget by factor of %sx " ADVICE,
			 pv_ends_with(path, ".messageExpression") ? "messageExpression" : "rule",
			 factor(b, cost, RULE_COST));
	if (cost > PV_RULES_COST / 10) /* what counts most, should the whole pass its limit */
		pv_vec_push(&b->costly, &path);
}

void
build_rules_total(build *b, const char *path)
{
	if (b->cost <= PV_RULES_COST)
		return;
	for (size_t i = 0; i < b->costly.len; i++)
		pv_fault(
			b->f, "FieldValueForbidden", *PV_AT(const char *, &b->costly, i),
			"Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
	pv_fault(
		b->f, "FieldValueForbidden", path,
		"Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of "
		"%sx " ADVICE,
		factor(b, b->cost, PV_RULES_COST));
}

/* oldSelf means something only where each value has one old value. */
static void
check_transition(build *b, const pv_rule *rule, const pv_val *v, const char *path)
{
	if (rule->transition && b->uncorrelated)
		pv_fault(
			b->f, "FieldValueInvalid", build_at(b, path, "rule"),
			"Invalid value: %s: oldSelf cannot be used on the uncorrelatable portion of the schema within %s",
			shown(b, v), b->uncorrelated);
	if (pv_get(v, "optionalOldSelf") && !rule->transition)
		pv_fault_value(b->f, build_at(b, path, "optionalOldSelf"), pv_get(v, "optionalOldSelf"),
			       "may not be set if oldSelf is not used in rule");
}

/* Without the blanks around it; NULL if nothing is left. */
static const char *
trimmed(build *b, const pv_val *v)
{
	pv_str text = pv_str_trim(pv_strv(v));

	return text.len ? pv_strndup(b->arena, text.s, text.len) : NULL;
}

static void
build_rule(build *b, const pv_schema *s, const pv_val *v, const char *path, pv_rule *ret)
{
	pv_cel_var *vars = pv_new_array(b->arena, pv_cel_var, 2);
	pv_cel_env env = {.vars = vars, .n_vars = 2, .shapes = &rule_shapes, .homogeneous = true};

	ret->text = trimmed(b, pv_get(v, "rule"));
	ret->message = trimmed(b, pv_get(v, "message"));
	ret->reason = pv_get(v, "reason") ? build_own(b, pv_get(v, "reason")) : "FieldValueInvalid";
	ret->field_path = *pv_text(pv_get(v, "fieldPath"), "") ? build_own(b, pv_get(v, "fieldPath")) : NULL;
	ret->optional_old = pv_truth(pv_get(v, "optionalOldSelf"), false);
	vars[0] = (pv_cel_var){.name = "self", .node = s};
	vars[1] = (pv_cel_var){.name = "oldSelf", .node = s, .optional = ret->optional_old};
	if (!check_texts(b, v, path))
		return;
	if (ret->field_path)
		check_field_path(b, s, pv_get(v, "fieldPath"), build_at(b, path, "fieldPath"));
	if (!compile(b, &env, v, "rule", path, &ret->program))
		return;
	ret->transition = pv_cel_uses(ret->program, "oldSelf");
	check_transition(b, ret, v, path);
	check_cost(b, s, ret->program, build_at(b, path, "rule"));
	if (*pv_text(pv_get(v, "messageExpression"), "") &&
	    compile(b, &env, v, "messageExpression", path, &ret->message_program))
		check_cost(b, s, ret->message_program, build_at(b, path, "messageExpression"));
}

void
build_rules(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	const pv_val *list = pv_get(v, "x-kubernetes-validations");
	size_t n = pv_count(list);
	pv_facets *f = (pv_facets *)(uintptr_t)s->facets; /* made for this node in this build */
	pv_rule *rules;

	if (!n || !pv_is(list, PV_LIST) || !f)
		return;
	rules = pv_new_array(b->arena, pv_rule, n);
	for (size_t i = 0; i < n; i++)
		build_rule(b, s, pv_item(list, i),
			   pv_path_index(b->cx->arena, build_at(b, path, "x-kubernetes-validations"), i),
			   &rules[i]);
	f->compiled = rules;
	f->n_rules = n;
}
