/* jq: https://jqlang.github.io/jq/manual/v1.6/#path-path_expression */
#include "lang/jq/jq.h"

#include <jq.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"

#define PLACES_MOST 100000

struct pv_jq {
	jq_state *state;
};

/* What jq complains of, a text for people. */
struct complaint {
	pv_ctx *cx;
	const char *text;
};

static void
on_complaint(void *of, jv message)
{
	struct complaint *c = of;
	jv text = jq_format_error(message);
	if (!c->text && jv_get_kind(text) == JV_KIND_STRING)
		c->text = pv_strdup(c->cx->arena, jv_string_value(text));
	jv_free(text);
}

/* "jq: error: syntax error, ... at <top-level>, line 1:\n[path(...": the first line of it. */
static const char *
plainly(pv_arena *arena, const char *text)
{
	const char *end = strstr(text, " (Unix shell quoting issues?)");
	end = end ? end : strstr(text, " at <top-level>");
	size_t n = end ? (size_t)(end - text) : strcspn(text, "\n");
	const char *begin = pv_starts_with(text, "jq: error: ") ? text + strlen("jq: error: ") : text;
	return pv_strndup(arena, begin, n - (size_t)(begin - text));
}

int
pv_jq_open(pv_ctx *cx, const char *expression, pv_jq **ret)
{
	const char *program =
		pv_printf(cx->arena, "[path(%s\n)]", expression); /* a comment ends with its line */
	struct complaint complaint = {cx, NULL};
	jq_state *state = jq_init();
	int ok;
	if (!state)
		return pv_fail(cx, PV_EINTERNAL, "jq does not start");
	jq_set_error_cb(state, on_complaint, &complaint);
	ok = jq_compile(state, program);
	jq_set_error_cb(state, NULL, NULL);
	if (!ok) {
		jq_teardown(&state);
		return pv_fail(cx, PV_EINVALID, "\"%s\" is no jq expression: %s", expression,
			       complaint.text ? plainly(cx->arena, complaint.text) : "it does not compile");
	}
	*ret = pv_new(cx->arena, pv_jq);
	(*ret)->state = state;
	return 0;
}

pv_jq *
pv_jq_close(pv_jq *jq)
{
	if (jq)
		jq_teardown(&jq->state);
	return NULL;
}

static int
add_step(pv_ctx *cx, pv_buf *b, const pv_val *step)
{
	int64_t index = pv_i64(step, -1);
	pv_buf_addc(b, '/');
	if (pv_is(step, PV_STRING))
		pv_pointer_escape(b, pv_strv(step));
	else if (index >= 0)
		pv_buf_printf(b, "%lld", (long long)index);
	else
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"a jq expression means a slice of a list, or an element from its end: expected names "
			"and indexes from the start");
	return 0;
}

/* The whole document has no place in itself. */
static int
add_place(pv_ctx *cx, const pv_val *path, pv_vec *ret)
{
	const char *text;
	pv_buf b;
	int r = 0;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(path); i++)
		r = add_step(cx, &b, pv_item(path, i));
	text = b.s;
	if (r == 0 && b.len)
		pv_vec_push(ret, &text);
	return r;
}

/* What jq answers, as text; NULL: it failed on this document. */
static const char *
answer(pv_ctx *cx, pv_jq *jq, const char *document)
{
	jv out, text;
	const char *copy = NULL;
	jq_start(jq->state, jv_parse(document), 0);
	out = jq_next(jq->state);
	if (jv_get_kind(out) == JV_KIND_ARRAY) {
		text = jv_dump_string(jv_copy(out), 0);
		copy = pv_strdup(cx->arena, jv_string_value(text));
		jv_free(text);
	}
	jv_free(out);
	return copy;
}

int
pv_jq_places(pv_ctx *cx, pv_jq *jq, const pv_val *document, pv_vec *ret)
{
	const char *text = answer(cx, jq, pv_json_text(cx->arena, document));
	const pv_val *paths;
	int r;
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	if (!text)
		return 0;
	r = pv_json_parse(cx, pv_str_of(text), NULL, &paths);
	if (r == 0 && pv_count(paths) > PLACES_MOST)
		return pv_fail(cx, PV_ETOOLARGE, "a jq expression means more than %d places of one object",
			       PLACES_MOST);
	for (size_t i = 0; r == 0 && i < pv_count(paths); i++)
		r = add_place(cx, pv_item(paths, i), ret);
	return r;
}
