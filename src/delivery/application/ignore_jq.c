/* ignore_jq: the questions of a turn are asked as one fact, by their digest: an object that did not change, with
 * the expressions that there were, costs nothing. */
#include "delivery/application/ignore_jq.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/jq/jq.h"
#include "lang/json/json.h"

#define TIME_MOST (5 * PV_SEC) /* of all expressions on all objects of an Application */
#define MEMORY_MOST ((size_t)256 << 20)
#define QUESTIONS_MOST ((size_t)32 << 20) /* bytes: the child parses them, and has libjq's values beside */

/* What is asked about one object. */
struct note {
	const pv_val *object;
	pv_map *expressions; /* its keys */
};

struct jq_asking {
	const pv_val *object; /* the last one */
	const char *digest;   /* of it */
	pv_buf text;          /* of it */
	pv_map *notes;        /* digest -> struct note */
	size_t bytes;         /* of all questions, as text */
};

static struct jq_asking *
asking(app *a)
{
	if (!a->jq) {
		a->jq = pv_new(a->cx->arena, struct jq_asking);
		*a->jq = (struct jq_asking){.notes = pv_map_new(a->cx->arena)};
		pv_buf_init(&a->jq->text, a->cx->arena);
	}
	return a->jq;
}

/* Of one object after the other, for each all expressions are asked. */
static const char *
digest_of(app *a, const pv_val *object)
{
	struct jq_asking *q = asking(a);
	if (q->object == object)
		return q->digest;
	q->object = object;
	q->text.len = 0;
	pv_json_write(&q->text, object);
	q->digest = pv_sha256_hex(a->cx->arena, q->text.s, q->text.len);
	return q->digest;
}

static void
note(app *a, const char *expression, const pv_val *object)
{
	struct note *n = pv_map_finds(a->jq->notes, a->jq->digest);
	if (!n) {
		n = pv_new(a->cx->arena, struct note);
		*n = (struct note){object, pv_map_new(a->cx->arena)};
		pv_map_puts(a->jq->notes, a->jq->digest, n);
		a->jq->bytes += a->jq->text.len;
	}
	if (!pv_map_puts(n->expressions, expression, n))
		a->jq->bytes += strlen(expression) + 3;
}

const pv_val *
ignore_jq_places(app *a, const char *expression, const pv_val *object)
{
	const pv_val *found;
	if (asking(a)->bytes > QUESTIONS_MOST)
		return NULL;
	found = pv_get(pv_get(a->jq_known, digest_of(a, object)), expression);
	if (!found)
		note(a, expression, object);
	return found;
}

/* {DIGEST: {object, expressions}}; keys: what is known of it without reading the objects again. */
static pv_val
questions(app *a, pv_buf *keys)
{
	pv_objb all, one;
	pv_str digest, expression;
	void *of, *unused;
	pv_objb_init(&all, a->cx->arena);
	for (size_t i = 0; pv_map_each(a->jq->notes, &i, &digest, &of);) {
		const struct note *n = of;
		pv_listb list;
		pv_listb_init(&list, a->cx->arena);
		pv_buf_printf(keys, "%.*s\n", (int)digest.len, digest.s);
		for (size_t k = 0; pv_map_each(n->expressions, &k, &expression, &unused);) {
			pv_buf_printf(keys, "%zu %.*s\n", expression.len, (int)expression.len, expression.s);
			pv_listb_add(&list, pv_stringn(a->cx->arena, expression.s, expression.len));
		}
		pv_objb_init(&one, a->cx->arena);
		pv_objb_put(&one, "object", *n->object);
		pv_objb_put(&one, "expressions", pv_listb_end(&list));
		pv_objb_add(&all, pv_stringn(a->cx->arena, digest.s, digest.len), pv_objb_end(&one));
	}
	return pv_objb_end(&all);
}

int
ignore_jq_ask(app *a)
{
	const pv_val *known;
	pv_val args, payload;
	pv_buf keys;
	int r;
	if (!a->jq)
		return 1;
	if (a->jq->bytes > QUESTIONS_MOST)
		return pv_fail(
			a->cx, PV_ETOOLARGE,
			"jqPathExpressions, with the objects that they are about, have more than %zu MiB: "
			"expected rules with a kind and a name, so that fewer are meant",
			QUESTIONS_MOST >> 20);
	pv_buf_init(&keys, a->cx->arena);
	payload = questions(a, &keys);
	args = pv_with(a->cx->arena, NULL, "questions",
		       pv_string_ref(pv_sha256_hex(a->cx->arena, keys.s, keys.len)));
	r = pv_plan_effect(a->cx, a->plan, "jq-places", &args, &payload, &known);
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

/* What the expressions about one object mean: {EXPRESSION: [place]}. */
static int
answer_all(pv_ctx *cx, pv_map *compiled, const pv_val *question, pv_val *ret)
{
	const pv_val *expressions = pv_get(question, "expressions");
	pv_objb b;
	int r = 0;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(expressions); i++) {
		const char *expression = pv_text(pv_item(expressions, i), "");
		pv_jq *jq = pv_map_finds(compiled, expression);
		pv_val places;
		if (!jq)
			r = pv_jq_open(cx, expression, &jq);
		if (r == 0) {
			pv_map_puts(compiled, expression, jq);
			r = answer(cx, jq, pv_get(question, "object"), &places);
		}
		if (r == 0)
			pv_objb_add(&b, *pv_item(expressions, i), places);
	}
	*ret = pv_objb_end(&b);
	return r;
}

static int
run(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	pv_map *compiled = pv_map_new(cx->arena);
	pv_objb b;
	pv_str key;
	void *jq;
	int r = 0;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_member_count(request); i++) {
		const pv_member *m = &request->members[i];
		pv_val places;
		r = answer_all(cx, compiled, &m->val, &places);
		if (r == 0)
			pv_objb_add(&b, m->key, places);
	}
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
