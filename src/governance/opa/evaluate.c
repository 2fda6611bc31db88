/* evaluate: queries over a state, within limits. */
#include <string.h>

#include "base/gate.h"
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/engine.h"
#include "lang/rego/outside.h"

#define MEMORY ((size_t)512 << 20) /* of one evaluation */
#define CPU_TIME (30 * PV_SEC)
#define AT_ONCE 16

static pv_gate gate = PV_GATE(AT_ONCE);

/* ---- the network: who waits for it keeps nobody from evaluating ---- */

static int
send_aside(void *arg, pv_ctx *cx, const pv_rego_request *req, pv_rego_response *ret)
{
	const pv_rego_outside *outside = arg;
	pv_gate_leave(&gate);
	int r = outside->send(outside->arg, cx, req, ret);
	pv_gate_enter(&gate);
	return r;
}

static int
lookup_aside(void *arg, pv_ctx *cx, const char *name, pv_vec *ret)
{
	const pv_rego_outside *outside = arg;
	pv_gate_leave(&gate);
	int r = outside->lookup(outside->arg, cx, name, ret);
	pv_gate_enter(&gate);
	return r;
}

static const pv_rego_outside *
aside(pv_ctx *cx, const opa_state *s)
{
	const pv_rego_outside *outside = opa_state_outside(s);
	pv_rego_outside *o = outside ? pv_new(cx->arena, pv_rego_outside) : NULL;
	if (o)
		*o = (pv_rego_outside){(void *)(uintptr_t)outside, send_aside, lookup_aside};
	return o;
}

/* ---- evaluation ---- */

int
opa_evaluate(pv_ctx *cx, opa_state *s, const opa_ask *ask, opa_finding *ret)
{
	int64_t start = pv_mono();
	int r = opa_state_query(cx, s, ask->query, ask->kept, &ret->query, &ret->hit);
	ret->compile_ns = pv_mono() - start;
	if (r < 0)
		return r;
	pv_rego_eval eval = {.input = ask->input,
			     .data = opa_state_data(s),
			     .now_ns = pv_now(),
			     .memory = MEMORY,
			     .cpu_ns = CPU_TIME,
			     .strict_builtin_errors = ask->strict,
			     .watch = ask->watch,
			     .outside = aside(cx, s)};
	pv_gate_enter(&gate);
	start = pv_mono();
	r = pv_rego_run(cx, ret->query, &eval, &ret->result);
	ret->eval_ns = pv_mono() - start;
	pv_gate_leave(&gate);
	return r;
}

int
opa_partial(pv_ctx *cx, opa_state *s, pv_rego_partial_opts *opts, pv_rego_left *ret)
{
	opts->eval.data = opa_state_data(s);
	opts->eval.now_ns = pv_now();
	opts->eval.memory = MEMORY;
	opts->eval.cpu_ns = CPU_TIME;
	opts->eval.outside = aside(cx, s);
	pv_gate_enter(&gate);
	int r = pv_rego_partial(cx, opa_state_rego(s), opts, ret);
	pv_gate_leave(&gate);
	return r;
}

int
opa_evaluate_value(pv_ctx *cx, opa_state *s, const opa_ask *ask, const pv_val **ret)
{
	opa_finding f;
	int r = opa_evaluate(cx, s, ask, &f);
	*ret = NULL;
	if (r == 0 && f.result.expressions.len > 0)
		*ret = pv_item(*PV_AT(const pv_val *, &f.result.expressions, 0), 0);
	return r;
}

/* "a/b%2Fc" -> the next name, decoded; NULL: there is none. */
static const char *
next_name(pv_arena *arena, pv_str *rest)
{
	pv_str piece;
	do {
		if (!pv_str_next(rest, '/', &piece))
			return NULL;
	} while (piece.len == 0);
	const char *raw = pv_strndup(arena, piece.s, piece.len), *name = pv_percent_decode(arena, raw);
	return name ? name : raw;
}

const char *
opa_path_text(pv_ctx *cx, const char *path)
{
	pv_str rest = pv_str_of(path);
	const char *name;
	int64_t index;
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "data");
	while ((name = next_name(cx->arena, &rest)) != NULL) {
		pv_val key = pv_parse_int(pv_str_of(name), &index) ? pv_int(index) : pv_string_ref(name);
		pv_rego_put_key(&b, &key);
	}
	return b.s;
}

int
opa_path_query(pv_ctx *cx, const char *path, const char **ret)
{
	pv_str rest = pv_str_of(path);
	const char *name;
	while ((name = next_name(cx->arena, &rest)) != NULL)
		if (strchr(name, '"'))
			return pv_fail(cx, PV_EBADREQUEST, "invalid path: invalid ref term '%.*s'",
				       PV_CLIP(name));
	*ret = opa_path_text(cx, path);
	return 0;
}
