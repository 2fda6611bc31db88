/* rules: statuses and messages of kinds. */
#include "delivery/health/rules.h"

#include <pthread.h>

#include "base/str.h"
#include "base/vec.h"
#include "delivery/custom/custom.h"

struct line {
	enum health health;
	const pv_expr *message, *cond; /* NULL: "", always */
};

static void *
begin(pv_arena *arena)
{
	pv_vec *lines = pv_new(arena, pv_vec);
	pv_vec_init(lines, arena, sizeof(struct line));
	return lines;
}

/* STATUS [MESSAGE] [if CONDITION] */
static int
read_line(pv_rule_reader *r, void *of)
{
	pv_vec *lines = of;
	struct line line = {0};
	size_t start = r->at;
	bool sometimes;
	pv_str word;
	int result;
	if (lines->len && !PV_AT(struct line, lines, lines->len - 1)->cond)
		return pv_rule_fail(r, "never reached: the line above has no condition");
	result = pv_rule_word(r, "", "a status", &word);
	if (result < 0)
		return result;
	line.health = health_parse(pv_strndup(r->arena, word.s, word.len));
	if (line.health == HEALTH_NONE) {
		r->at = start;
		return pv_rule_fail(
			r,
			"expected Healthy, Progressing, Degraded, Suspended, Missing, Unknown, let or "
			"use, found %.*s",
			(int)word.len, word.s);
	}
	sometimes = pv_rule_accept(r, "if");
	if (!sometimes && !pv_rule_ends(r)) {
		result = pv_rule_expr(r, &line.message);
		sometimes = result == 0 && pv_rule_accept(r, "if");
		if (result == 0 && !sometimes && !pv_rule_ends(r))
			result = pv_rule_fail(r, "expected if, or the end of the line");
	}
	if (result == 0 && sometimes)
		result = pv_rule_expr(r, &line.cond);
	pv_vec_push(lines, &line);
	return result;
}

static int
end(pv_rule_reader *r, void *of)
{
	pv_vec *lines = of;
	if (lines->len && !PV_AT(struct line, lines, lines->len - 1)->cond)
		return 0;
	return pv_rule_fail(r, "its last line must have no condition, so that every object has a verdict");
}

const pv_rule_form health_rule_form = {begin, read_line, end};

verdict
rules_judge(pv_ctx *cx, const pv_rule_set *set, pv_str group, const char *kind, const pv_val *object)
{
	pv_rule_env env = {.arena = cx->arena, .object = object};
	const pv_vec *lines = pv_rule_set_find(set, group, kind);
	for (size_t i = 0; lines && i < lines->len; i++) {
		const struct line *line = PV_AT(struct line, lines, i);
		if (!line->cond || pv_expr_is_true(&env, line->cond))
			return is(line->health, line->message ? pv_expr_text(&env, line->message) : "");
	}
	return is(HEALTH_NONE, "");
}

static const pv_rule_set *built_in;

static void
read_built_in(void)
{
	built_in = custom_embedded("delivery/health/rules/", &health_rule_form);
}

const pv_rule_set *
rules_built_in(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, read_built_in);
	return built_in;
}
