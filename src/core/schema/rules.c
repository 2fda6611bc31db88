/* x-kubernetes-validations at the making of a CRD: each rule is compiled against its
 * node, and what it may cost is estimated (apiextensions, "validation rules"). */
#include "core/schema/rules.h"
#include "core/schema/walk.h"
#include "base/str.h"
#include "lang/json/json.h"
#include <stdatomic.h>
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

/* ---- what can be said before anything is compiled ---- */

static bool
is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n\v\f")] == '\0';
}

static bool
breaks(pv_str s)
{
	return memchr(s.s, '\n', s.len) || memchr(s.s, '\r', s.len);
}

static void
check_message(build *b, const pv_val *v, const char *under)
{
	const char *rule = pv_text(pv_get(v, "rule"), ""), *text = pv_text(pv_get(v, "message"), "");
	pv_str message = pv_str_trim(pv_str_of(text));
	const char *at = build_at(b, under, "message");

	if (is_blank(rule))
		pv_fault(b->f, "FieldValueRequired", build_at(b, under, "rule"),
			 "Required value: rule is not specified");
	else if (*text && !message.len)
		pv_fault_value(b->f, at, pv_get(v, "message"), "must be non-empty if specified");
	else if (breaks(message))
		pv_fault_value(b->f, at, pv_get(v, "message"), "must not contain line breaks");
	else if (breaks(pv_str_trim(pv_str_of(rule))) && !message.len)
		pv_fault(b->f, "FieldValueRequired", at,
			 "Required value: message must be specified if rule contains line breaks");
	text = pv_text(pv_get(v, "messageExpression"), "");
	if (*text && is_blank(text))
		pv_fault(b->f, "FieldValueRequired", build_at(b, under, "messageExpression"),
			 "Required value: messageExpression must be non-empty if specified");
}

static void
check_reason(build *b, const pv_val *v, const char *under)
{
	static const char *const reasons[] = {"FieldValueDuplicate", "FieldValueForbidden",
					      "FieldValueInvalid", "FieldValueRequired"};
	const char *reason = pv_text(pv_get(v, "reason"), reasons[0]);

	for (size_t i = 0; i < PV_LEN(reasons); i++)
		if (pv_streq(reasons[i], reason))
			return;
	pv_fault(b->f, "FieldValueNotSupported", build_at(b, under, "reason"),
		 "Unsupported value: \"%s\": supported values: \"FieldValueDuplicate\", "
		 "\"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\"",
		 reason);
}

static void
check_field_path(build *b, const pv_schema *s, const pv_val *v, const char *under)
{
	const pv_val *text = pv_get(v, "fieldPath");
	const char *at = build_at(b, under, "fieldPath"), *why;

	if (!*pv_text(text, ""))
		return;
	if (is_blank(text->s))
		pv_fault_value(b->f, at, text, "must be non-empty if specified");
	if (breaks(pv_strv(text)))
		pv_fault_value(b->f, at, text, "must not contain line breaks");
	why = pv_schema_follow(b->cx->arena, s, pv_strv(text), true, NULL);
	if (why)
		pv_fault_value(b->f, at, text, "must be a valid path");
}

void
build_rule_texts(build *b, const pv_schema *s, const pv_val *v, const char *under)
{
	const pv_val *list = pv_get(v, "x-kubernetes-validations");

	for (size_t i = 0; pv_is(list, PV_LIST) && i < list->len; i++) {
		const char *at =
			pv_path_index(b->cx->arena, build_at(b, under, "x-kubernetes-validations"), i);

		check_message(b, &list->items[i], at);
		check_reason(b, &list->items[i], at);
		check_field_path(b, s, &list->items[i], at);
	}
}

/* ---- compiling ---- */

/* Compiles one text; false if it is wrong, which is a fault then. */
static bool
compile(build *b, const pv_cel_env *env, const pv_val *v, const char *key, const char *under,
	const pv_cel **ret)
{
	bool rule = pv_streq(key, "rule");
	const char *type;

	if (pv_cel_compile(b->cx, b->arena, env, pv_strv(pv_get(v, key)), ret) < 0) {
		const char *why = b->cx->err->message;

		pv_recover(b->cx);
		pv_fault(b->f, "FieldValueInvalid", build_at(b, under, key), "Invalid value: %s: %s%s%s",
			 shown(b, v), rule ? "" : "messageExpression ",
			 pv_starts_with(why, PV_CEL_NOT_MADE) ? "" : "compilation failed: ", why);
		return false;
	}
	type = pv_cel_type(b->cx->arena, *ret);
	if (pv_streq(type, rule ? "bool" : "string"))
		return true;
	pv_fault(b->f, "FieldValueInvalid", build_at(b, under, key),
		 "Invalid value: %s: %s must evaluate to a %s", shown(b, v),
		 rule ? "cel expression" : "messageExpression", rule ? "bool" : "string");
	return false;
}

static const char *
factor(build *b, uint64_t cost, uint64_t limit)
{
	double over = (double)cost / (double)limit;

	if (over > 100)
		return "more than 100x";
	return pv_printf(b->cx->arena, over < 1.5 ? "%fx" : "%.1fx", over);
}

static void
check_cost(build *b, const pv_schema *s, const pv_cel *program, const char *under)
{
	uint64_t often = b->often ? b->often : shape_cardinality(s),
		 cost = times(pv_cel_estimate(program), often);

	b->cost = plus(b->cost, cost);
	if (cost > RULE_COST)
		pv_fault(b->f, "FieldValueForbidden", under,
			 "Forbidden: estimated %s cost exceeds budget by factor of %s " ADVICE,
			 pv_ends_with(under, ".messageExpression") ? "messageExpression" : "rule",
			 factor(b, cost, RULE_COST));
	if (cost > PV_RULES_COST / 10) /* what counts most, should the whole pass its limit */
		pv_vec_push(&b->costly, &under);
}

static void
check_total(build *b, const char *under)
{
	if (b->cost <= PV_RULES_COST)
		return;
	for (size_t i = 0; i < b->costly.len; i++)
		pv_fault(
			b->f, "FieldValueForbidden", *PV_AT(const char *, &b->costly, i),
			"Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
	pv_fault(
		b->f, "FieldValueForbidden", under,
		"Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of "
		"%s " ADVICE,
		factor(b, b->cost, PV_RULES_COST));
}

/* oldSelf means something only where each value has one old value. */
static void
check_transition(build *b, const pv_rule *rule, const pv_val *v, const char *under)
{
	if (rule->transition && b->uncorrelated)
		pv_fault_value(b->f, build_at(b, under, "rule"), pv_get(v, "rule"),
			       pv_printf(b->cx->arena,
					 "oldSelf cannot be used on the uncorrelatable portion of the schema "
					 "within %s",
					 b->uncorrelated));
	if (pv_get(v, "optionalOldSelf") && !rule->transition)
		pv_fault_value(b->f, build_at(b, under, "optionalOldSelf"), pv_get(v, "optionalOldSelf"),
			       "may not be set if oldSelf is not used in rule");
}

/* Without the blanks around it; NULL if nothing is left. */
static const char *
trimmed(build *b, const pv_val *v)
{
	pv_str text = pv_str_trim(pv_strv(v));

	return text.len ? pv_strndup(b->arena, text.s, text.len) : NULL;
}

/* What the rules of a node see. */
static pv_cel_env
env_of(pv_arena *arena, const pv_schema *s, bool optional_old)
{
	pv_cel_var *vars = pv_new_array(arena, pv_cel_var, 2);

	vars[0] = (pv_cel_var){.name = "self", .node = s};
	vars[1] = (pv_cel_var){.name = "oldSelf", .node = s, .optional = optional_old};
	return (pv_cel_env){
		.vars = vars, .n_vars = 2, .shapes = &rule_shapes, .homogeneous = true, .kubernetes = true};
}

static void
build_rule(build *b, const pv_schema *s, const pv_val *v, const char *under, pv_rule *ret)
{
	const pv_cel *program = NULL, *message;
	pv_cel_env env;

	ret->text = trimmed(b, pv_get(v, "rule"));
	ret->message = trimmed(b, pv_get(v, "message"));
	ret->reason = pv_get(v, "reason") ? build_own(b, pv_get(v, "reason")) : "FieldValueInvalid";
	ret->field_path = *pv_text(pv_get(v, "fieldPath"), "") ? build_own(b, pv_get(v, "fieldPath")) : NULL;
	ret->optional_old = pv_truth(pv_get(v, "optionalOldSelf"), false);
	env = env_of(b->arena, s, ret->optional_old);
	if (compile(b, &env, v, "rule", under, &program))
		ret->transition = pv_cel_uses(program, "oldSelf");
	check_transition(b, ret, v, under);
	if (!program)
		return;
	check_cost(b, s, program, build_at(b, under, "rule"));
	if (!*pv_text(pv_get(v, "messageExpression"), ""))
		return;
	ret->expression = build_own(b, pv_get(v, "messageExpression"));
	if (compile(b, &env, v, "messageExpression", under, &message))
		check_cost(b, s, message, build_at(b, under, "messageExpression"));
}

static void
build_own_rules(build *b, const pv_schema *s, const pv_val *v, const char *under)
{
	const pv_val *list = pv_get(v, "x-kubernetes-validations");
	size_t n = pv_is(list, PV_LIST) ? pv_count(list) : 0;
	pv_facets *f = (pv_facets *)(uintptr_t)s->facets; /* made for this node in this build */
	pv_rule *rules;

	if (!n || !f || s->flags & PV_S_FAULTY)
		return;
	if (s->type == PV_T_ANY && !(s->flags & PV_S_INT_OR_STRING)) {
		pv_fault(
			b->f, "InternalError", build_at(b, under, "x-kubernetes-validations"),
			"Internal error: internal error: failed to construct type information for "
			"x-kubernetes-validations rules: unable to convert structural schema to CEL declarations");
		return;
	}
	rules = pv_new_array(b->arena, pv_rule, n);
	for (size_t i = 0; i < n; i++)
		build_rule(b, s, pv_item(list, i),
			   pv_path_index(b->cx->arena, build_at(b, under, "x-kubernetes-validations"), i),
			   &rules[i]);
	f->programs = rules_place(b->arena);
	f->rules = rules;
	f->n_rules = n;
}

/* ---- the walk ---- */

static void rules_below(build *b, const pv_schema *s, const pv_val *v, const path *p);

static void
rules_of_props(build *b, const pv_schema *s, const pv_val *v, const path *p)
{
	const path map = {p, "properties", 0};

	for (size_t i = 0; i < s->n_props; i++) {
		const path at = {&map, s->props[i].name, 1};

		rules_below(b, s->props[i].schema, pv_get(pv_get(v, "properties"), s->props[i].name), &at);
	}
}

static void
rules_of_items(build *b, const pv_schema *s, const pv_schema *below, const pv_val *v, const path *p)
{
	bool list = below == s->items;
	const char *key = list ? "items" : "additionalProperties", *uncorrelated = b->uncorrelated;
	const path at = {p, key, 0};
	int64_t most = pv_i64(pv_get(v, list ? "maxItems" : "maxProperties"), -1);
	uint64_t often = b->often;
	walk w = {.f = {.cx = b->cx}};

	b->often = most < 0 ? 0 : times(b->often, (uint64_t)most);
	if (list && s->list != PV_LIST_MAP && !uncorrelated)
		b->uncorrelated = walk_text(&w, p);
	rules_below(b, below, pv_get(v, key), &at);
	b->often = often;
	b->uncorrelated = uncorrelated;
}

static void
rules_below(build *b, const pv_schema *s, const pv_val *v, const path *p)
{
	walk w = {.f = {.cx = b->cx}};

	if (!(s->flags & PV_S_RULES))
		return;
	rules_of_props(b, s, v, p);
	if (s->items)
		rules_of_items(b, s, s->items, v, p);
	if (s->rest)
		rules_of_items(b, s, s->rest, v, p);
	build_own_rules(b, s, v, walk_text(&w, p));
}

bool
build_rules(build *b, pv_schema *root, const pv_val *v, const char *under)
{
	const path p = {NULL, under, 0};
	size_t before = b->f->n;

	rules_below(b, root, v, &p);
	check_total(b, under);
	return b->f->n == before;
}

/* ---- for objects ---- */

typedef struct compiled {
	pv_arena *arena; /* where it lies itself */
	pv_program each[];
} compiled;

struct pv_programs {
	_Atomic(compiled *) now;
};

static void
let_go(void *arg)
{
	compiled *c = atomic_load(&((struct pv_programs *)arg)->now);

	if (c)
		pv_arena_free(c->arena);
}

struct pv_programs *
rules_place(pv_arena *arena)
{
	struct pv_programs *place = pv_new(arena, struct pv_programs);

	pv_arena_defer(arena, let_go, place);
	return place;
}

static int
compile_all(pv_ctx *cx, const pv_schema *s, compiled *c)
{
	const pv_facets *f = s->facets;
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_rules; i++) {
		const pv_rule *rule = &f->rules[i];
		pv_cel_env env = env_of(c->arena, s, rule->optional_old);

		r = pv_cel_compile(cx, c->arena, &env, pv_str_of(rule->text), &c->each[i].rule);
		if (r == 0 && rule->expression)
			r = pv_cel_compile(cx, c->arena, &env, pv_str_of(rule->expression),
					   &c->each[i].message);
	}
	return r;
}

int
rules_programs(pv_ctx *cx, const pv_schema *s, const pv_program **ret)
{
	struct pv_programs *place = s->facets->programs;
	compiled *c = atomic_load(&place->now), *none = NULL;
	pv_arena *arena;
	int r;

	if (c) {
		*ret = c->each;
		return 0;
	}
	arena = pv_arena_new_small("rules");
	c = pv_alloc0(arena, sizeof *c + s->facets->n_rules * sizeof *c->each);
	c->arena = arena;
	r = compile_all(cx, s, c);
	if (r < 0 || !atomic_compare_exchange_strong(&place->now, &none, c)) {
		pv_arena_free(arena); /* another thread was quicker */
		c = none;
	}
	if (r == 0)
		*ret = c->each;
	return r;
}
