/* ignore_jq: the questions of a turn are asked as one fact, by their digest: an object that did not change, with
 * the expressions that there were, costs nothing. */
#include "delivery/application/ignore_jq.h"

#include <string.h>

#include "base/digest.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/jq/jq.h"
#include "lang/json/json.h"

#define TIME_MOST (5 * PV_SEC) /* of all expressions on all objects of an Application */
#define MEMORY_MOST ((size_t)256 << 20)

/* One question: an expression about an object. */
static const char *
key_of(app *a, const char *expression, const pv_val *object)
{
	const char *text = pv_json_text(a->cx->arena, object);
	return pv_printf(a->cx->arena, "%s %s", pv_sha256_hex(a->cx->arena, text, strlen(text)), expression);
}

const pv_val *
ignore_jq_places(app *a, const char *expression, const pv_val *object)
{
	const char *key = key_of(a, expression, object);
	const pv_val *found = pv_get(a->jq_known, key);
	pv_val question;
	if (found || pv_get(a->jq_wishes, key))
		return found;
	question = pv_with(a->cx->arena, NULL, "object", *object);
	question = pv_with(a->cx->arena, &question, "expression", pv_string_ref(expression));
	a->jq_wishes = pv_box(a->cx->arena, pv_with(a->cx->arena, a->jq_wishes, key, question));
	return NULL;
}

int
ignore_jq_ask(app *a)
{
	const pv_val *known;
	pv_val args;
	pv_objb b;
	pv_buf keys;
	int r;
	if (!pv_count(a->jq_wishes))
		return 1;
	pv_buf_init(&keys, a->cx->arena);
	for (size_t i = 0; i < pv_count(a->jq_wishes); i++)
		pv_buf_printf(&keys, "%s\n", pv_text(&pv_sorted(a->jq_wishes, i)->key, ""));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "questions", pv_sha256_hex(a->cx->arena, keys.s, keys.len));
	args = pv_objb_end(&b);
	r = pv_plan_effect(a->cx, a->plan, "jq-places", &args, a->jq_wishes, &known);
	if (r == 1)
		a->jq_known = known;
	return r;
}

/* ---- in the child ---- */

static int
answer(pv_ctx *cx, pv_jq *jq, const pv_val *object, pv_val *ret)
{
	pv_vec places;
	pv_listb b;
	int r = pv_jq_places(cx, jq, object, &places);
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < places.len; i++)
		pv_listb_add(&b, pv_string_ref(*PV_AT(const char *, &places, i)));
	*ret = pv_listb_end(&b);
	return r;
}

static int
run(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	pv_map *compiled = pv_map_new(cx->arena);
	pv_objb b;
	int r = 0;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(request); i++) {
		const pv_member *m = pv_sorted(request, i);
		const char *expression = pv_text_at(&m->val, "expression", "");
		pv_jq *jq = pv_map_finds(compiled, expression);
		pv_val places;
		if (!jq)
			r = pv_jq_open(cx, expression, &jq);
		if (r == 0) {
			pv_map_puts(compiled, expression, jq);
			r = answer(cx, jq, pv_get(&m->val, "object"), &places);
		}
		if (r == 0)
			pv_objb_putv(&b, m->key, places);
	}
	pv_str key;
	void *jq;
	for (size_t at = 0; pv_map_each(compiled, &at, &key, &jq);)
		pv_jq_close(jq);
	*ret = pv_objb_end(&b);
	return r;
}

const pv_job_kind jq_job = {
	.name = "jq-places", .run = run, .memory_limit = MEMORY_MOST, .timeout_ns = TIME_MOST};

static int
find(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	if (previous) {
		*ret = *previous;
		return 0;
	}
	return pv_job_run(cx, "jq-places", pv_get(args, "payload"), NULL, NULL, ret);
}

const pv_fact_kind jq_fact = {.name = "jq-places", .find = find};
