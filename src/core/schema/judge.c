/* x-kubernetes-validations at a write: rules of a node, then those below it, as
 * upstream goes.  Of what an update did not change (KEP-4008) a false rule is only warned
 * of, but for rules that look at oldSelf; one that cannot be evaluated is a fault always. */
#include "core/schema/rules.h"
#include "core/schema/walk.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include <string.h>

#define CALL_COST UINT64_C(1000000)
#define OBJECT_COST UINT64_C(10000000)
#define MESSAGE 5120 /* bytes of what a messageExpression may give */

typedef struct judge {
	walk w;
	pv_vec *eased; /* pv_cause: of what the update did not change; may be NULL */
	uint64_t budget;
	bool stop;
} judge;

static void rules_of(judge *j, const pv_schema *s, const pv_val *v, const pv_val *old, bool same,
		     const path *p);

/* ---- what is said ---- */

/* "Invalid value: <scalar>: why"; of lists and objects the value is left out. */
static void
say(judge *j, const pv_rule *rule, const char *at, const pv_val *v, const char *why)
{
	const char *reason = rule ? rule->reason : "FieldValueInvalid";
	bool scalar = v->type != PV_LIST && v->type != PV_OBJECT;
	const char *value = scalar ? pv_fault_text(j->w.f.cx->arena, v) : "", *colon = scalar ? ": " : "";

	if (pv_streq(reason, "FieldValueRequired"))
		pv_required(&j->w.f, at, why);
	else if (pv_streq(reason, "FieldValueForbidden"))
		pv_forbidden(&j->w.f, at, why);
	else if (pv_streq(reason, "FieldValueDuplicate"))
		pv_duplicate(&j->w.f, at, v);
	else
		pv_fault(&j->w.f, reason, at, "Invalid value: %s%s%s", value, colon, why);
}

/* A rule that is false. */
static void
say_false(judge *j, const pv_rule *rule, const char *at, const pv_val *v, const char *why, bool same)
{
	pv_vec *causes = j->w.f.causes;
	size_t n = j->w.f.n;

	if (!same || rule->transition) {
		say(j, rule, at, v, why);
		return;
	}
	if (!j->eased)
		return;
	j->w.f.causes = j->eased;
	say(j, rule, at, v, why);
	j->w.f.causes = causes;
	j->w.f.n = n;
}

static const char *
where(judge *j, const pv_rule *rule, const path *p)
{
	const char *at = walk_text(&j->w, p), *below = rule->field_path;
	pv_buf b;

	if (!below)
		return at;
	pv_buf_init(&b, j->w.f.cx->arena);
	pv_buf_adds(&b, at);
	while (*below) {
		bool quoted = pv_starts_with(below, "['");
		const char *end = quoted ? strstr(below, "']") : below + 1 + strcspn(below + 1, ".[");
		const char *start = below + (quoted ? 2 : 1);

		if (!end)
			break;
		pv_buf_adds(&b, quoted ? "[" : b.len ? "." : "");
		pv_buf_add(&b, start, (size_t)(end - start));
		pv_buf_adds(&b, quoted ? "]" : "");
		below = quoted ? end + 2 : end;
	}
	return b.s;
}

/* What the author calls the rule: in errors of its evaluation. */
static const char *
name_of(const pv_rule *rule)
{
	return rule->message ? rule->message : rule->text;
}

/* ---- evaluation ---- */

/* 0, or an error that is set in the context. */
static int
evaluate(judge *j, const pv_cel *program, const pv_cel_val *vars, pv_cel_val *ret)
{
	pv_cel_run run = {.vars = vars, .limit = CALL_COST};
	int r = pv_cel_eval(j->w.f.cx, program, &run, ret);

	j->budget -= run.cost < j->budget ? run.cost : j->budget;
	return r;
}

static const char *
message(judge *j, const pv_rule *rule, const pv_cel *program, const pv_cel_val *vars)
{
	pv_cel_val v;

	if (program) {
		if (evaluate(j, program, vars, &v) < 0)
			pv_recover(j->w.f.cx);
		else if (v.kind == PV_CEL_STRING && v.len && v.len <= MESSAGE && !memchr(v.s, '\n', v.len)) {
			pv_str text = pv_str_trim((pv_str){v.s, v.len});

			if (text.len)
				return pv_strndup(j->w.f.cx->arena, text.s, text.len);
		}
	}
	if (rule->message)
		return rule->message;
	return pv_printf(j->w.f.cx->arena, "failed rule: %s", rule->text);
}

static void
say_error(judge *j, const pv_rule *rule, const pv_val *v, const path *p)
{
	pv_ctx *cx = j->w.f.cx;
	const char *why = cx->err->message, *at = walk_text(&j->w, p);
	bool over = cx->err->code == PV_ETOOMANY, ended = !over && cx->err->code != PV_EINVALID,
	     overload = pv_starts_with(why, "no such overload");

	pv_recover(cx);
	if (over)
		why = pv_printf(
			cx->arena,
			"'%s': no further validation rules will be run due to call cost exceeds limit for rule: %s",
			why, name_of(rule));
	else if (overload)
		why = pv_printf(
			cx->arena,
			"'%s': call arguments did not match a supported operator, function or macro signature for rule: %s",
			why, name_of(rule));
	else
		why = pv_printf(cx->arena, "%s evaluating rule: %s", why, name_of(rule));
	say(j, NULL, at, v, why);
	j->stop |= over || ended;
}

static void
hold(judge *j, const pv_schema *s, const pv_val *v, const pv_val *old, bool same, const path *p)
{
	pv_ctx *cx = j->w.f.cx;
	pv_cel_val self = pv_cel_of(cx->arena, &rule_shapes, s, v),
		   before = pv_cel_of(cx->arena, &rule_shapes, s, old);
	pv_cel_val maybe = pv_cel_optional(cx->arena, old ? &before : NULL);
	const pv_program *programs;

	if (rules_programs(cx, s, &programs) < 0) {
		say_error(j, &s->facets->rules[0], v, p);
		j->stop = true;
		return;
	}
	for (size_t i = 0; i < s->facets->n_rules && !j->stop; i++) {
		const pv_rule *rule = &s->facets->rules[i];
		const pv_cel_val vars[] = {self, rule->optional_old ? maybe : before};
		pv_cel_val verdict;

		if (rule->transition && !old && !rule->optional_old)
			continue;
		if (evaluate(j, programs[i].rule, vars, &verdict) < 0)
			say_error(j, rule, v, p);
		else if (!pv_cel_true(&verdict))
			say_false(j, rule, where(j, rule, p), v, message(j, rule, programs[i].message, vars),
				  same);
		if (!j->budget && !j->stop) {
			say(j, NULL, walk_text(&j->w, p), v,
			    "validation failed due to running out of cost budget, no further validation rules will be run");
			j->stop = true;
		}
	}
}

/* ---- the walk ---- */

static void
below_list(judge *j, const pv_schema *s, const pv_val *v, const pv_val *old, bool same, const path *p)
{
	pv_map *before;

	if (!s->items || !(s->items->flags & PV_S_RULES))
		return;
	before = pv_schema_keyed(j->w.f.cx, s, old);
	for (size_t i = 0; i < v->len && !j->stop; i++) {
		const path at = {p, NULL, i};

		rules_of(j, s->items, &v->items[i],
			 before ? pv_map_finds(before, walk_key(&j->w, s, &v->items[i])) : NULL, same, &at);
	}
}

static void
below(judge *j, const pv_schema *s, const pv_val *v, const pv_val *old, bool same, const path *p)
{
	if (v->type == PV_LIST)
		below_list(j, s, v, old, same, p);
	for (size_t i = 0; v->type == PV_OBJECT && i < v->len && !j->stop; i++) {
		const pv_member *m = &v->members[i];
		const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);
		const pv_schema *child = prop ? prop->schema : s->rest;
		const path at = {p, m->key.s, !prop};

		if (child)
			rules_of(j, child, &m->val, pv_getv(old, &m->key), same, &at);
	}
}

static void
rules_of(judge *j, const pv_schema *s, const pv_val *v, const pv_val *old, bool same, const path *p)
{
	if (!(s->flags & PV_S_RULES) || v->type == PV_NULL || j->stop || j->w.depth >= WALK_DEPTH)
		return;
	j->w.depth++;
	if (old && old->type == PV_NULL)
		old = NULL;
	same = same || (old && pv_schema_same(j->w.f.cx, s, v, old));
	if (s->facets && s->facets->n_rules)
		hold(j, s, v, old, same, p);
	below(j, s, v, old, same, p);
	j->w.depth--;
}

size_t
pv_schema_judge(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const pv_val *old, pv_vec *ret_causes,
		pv_vec *ret_eased)
{
	judge j = {.w = {.f = {.cx = cx, .causes = ret_causes}}, .eased = ret_eased, .budget = OBJECT_COST};
	const path root = {NULL, "", 0};

	rules_of(&j, schema, v, old, false, &root);
	return j.w.f.n;
}
