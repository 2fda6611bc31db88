/* Any bytes are an expression or an ordinary error with its place; what compiles runs
 * within a cost limit, checked or not, over an object, a list and an authorizer. */
#include "base/arena.h"
#include "base/str.h"
#include "lang/cel/cel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
allows(pv_ctx *cx, const pv_cel_authorizer *self, const pv_cel_access *what, const char **ret_reason)
{
	(void)cx;
	(void)self;
	PV_ASSERT(what->path || *what->resource);
	*ret_reason = what->verb;
	return *what->name;
}

static void
evaluate(pv_ctx *cx, const pv_cel *program)
{
	static const pv_val items[] = {{.type = PV_NUMBER, .num = PV_INT, .i = 1},
				       {.type = PV_STRING, .len = 1, .s = "a"}};
	static const pv_member members[] = {
		{{.type = PV_STRING, .len = 1, .s = "a"}, {.type = PV_BOOL, .b = true}}};
	static const pv_val object = {.type = PV_OBJECT, .len = 1, .members = members};
	static const pv_val list = {.type = PV_LIST, .len = 2, .items = items};
	static const pv_cel_authorizer by = {allows, NULL};
	const pv_cel_val vars[] = {pv_cel_of(cx->arena, NULL, NULL, &object),
				   pv_cel_of(cx->arena, NULL, NULL, &list),
				   pv_cel_authorizer_of(cx->arena, &by)};
	pv_cel_run run = {.vars = vars, .limit = 20000};
	pv_cel_val v;
	pv_val out;
	if (pv_cel_eval(cx, program, &run, &v) < 0) {
		PV_ASSERT(*cx->err->message);
		pv_recover(cx);
		return;
	}
	if (pv_cel_json(cx, &v, &out) < 0)
		pv_recover(cx);
	if (pv_cel_proto(cx, &v, &out) < 0)
		pv_recover(cx);
	if (pv_cel_object(cx, &v, &out) < 0)
		pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const pv_cel_var vars[] = {
		{.name = "self"},
		{.name = "x", .type = "list(dyn)"},
		{.name = "authorizer", .type = "kubernetes.authorization.Authorizer"}};
	static const pv_cel_function functions[] = {{"f", "(T, list(T)): map(string, T)"},
						    {"f", "(int): pair(int, U)"}};
	for (int mode = 0; mode < 4; mode++) {
		pv_ctx cx;
		const pv_cel *program;
		pv_cel_env env = {.vars = vars,
				  .n_vars = PV_LEN(vars),
				  .functions = functions,
				  .n_functions = PV_LEN(functions),
				  .unchecked = mode == 1,
				  .homogeneous = mode >= 2,
				  .mutation = mode == 3};
		pv_ctx_init(&cx, "fuzz");
		if (pv_cel_compile(&cx, cx.arena, &env, (pv_str){(const char *)data, size}, &program) == 0) {
			PV_ASSERT(*pv_cel_type(cx.arena, program));
			evaluate(&cx, program);
		} else {
			PV_ASSERT(pv_starts_with(cx.err->message, "ERROR: <input>:"));
			pv_recover(&cx);
		}
		pv_ctx_done(&cx);
	}
	return 0;
}
