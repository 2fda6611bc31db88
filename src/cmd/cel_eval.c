/* cel_eval: `pave cel eval`: compiles a CEL expression as Kubernetes does and prints
 * its value. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/verbs.h"
#include "lang/cel/cel.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT ((size_t)64 << 20)

typedef struct inputs {
	pv_vec vars;      /* of pv_cel_var */
	pv_vec values;    /* of pv_cel_val */
	pv_vec functions; /* of pv_cel_function */
} inputs;

static void
add(inputs *in, const char *name, const char *type, pv_cel_val value)
{
	pv_cel_var var = {.name = name, .type = type};
	for (size_t i = 0; i < in->vars.len; i++)
		if (pv_streq(PV_AT(pv_cel_var, &in->vars, i)->name, name)) {
			if (value.kind != PV_CEL_ABSENT)
				*PV_AT(pv_cel_val, &in->values, i) = value;
			if (type)
				PV_AT(pv_cel_var, &in->vars, i)->type = type;
			return;
		}
	pv_vec_push(&in->vars, &var);
	pv_vec_push(&in->values, &value);
}

/* NAME=EXPRESSION */
static int
add_value(pv_ctx *cx, inputs *in, const char *text)
{
	const char *is = strchr(text, '=');
	pv_cel_env env = {0};
	pv_cel_run run = {.placed = true};
	const pv_cel *program;
	pv_cel_val v;
	if (!is || is == text)
		return pv_fail(cx, PV_EUSAGE, "--var: expected NAME=EXPRESSION, found %s", text);
	int r = pv_cel_compile(cx, cx->arena, &env, pv_str_of(is + 1), &program);
	if (r == 0)
		r = pv_cel_eval(cx, program, &run, &v);
	if (r < 0)
		return pv_wrap(cx, r, "--var %.*s", (int)(is - text), text);
	add(in, pv_strndup(cx->arena, text, (size_t)(is - text)), NULL, v);
	return 0;
}

/* NAME:TYPE, or NAME(TYPES): TYPE */
static int
add_type(pv_ctx *cx, inputs *in, const char *text)
{
	const char *is = strchr(text, ':'), *open = strchr(text, '(');
	if (open && is && open < is && open > text) {
		pv_cel_function fn = {pv_strndup(cx->arena, text, (size_t)(open - text)), open};
		int r = pv_cel_function_check(cx, open);
		pv_vec_push(&in->functions, &fn);
		return r < 0 ? pv_wrap(cx, r, "--declare %s", text) : 0;
	}
	if (!is || is == text)
		return pv_fail(cx, PV_EUSAGE, "--declare: expected NAME:TYPE or NAME(TYPES):TYPE, found %s",
			       text);
	add(in, pv_strndup(cx->arena, text, (size_t)(is - text)), is + 1, (pv_cel_val){0});
	int r = pv_cel_type_check(cx, is + 1);
	return r < 0 ? pv_wrap(cx, r, "--declare %s", text) : 0;
}

/* Each member of the document is a variable. */
static int
add_file(pv_ctx *cx, inputs *in, const char *path)
{
	pv_str text;
	const pv_val *doc;
	pv_yaml_opts opts = {.file = path};
	int r = pv_file_load(cx, path, FILE_LIMIT, &text);
	if (r == 0)
		r = pv_yaml_parse(cx, text, &opts, &doc);
	if (r != 0)
		return r;
	if (!pv_is(doc, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID,
			       "%s: expected an object whose members are variables, found %s", path,
			       pv_type_name(doc));
	for (size_t i = 0; i < pv_member_count(doc); i++)
		add(in, pv_text(&doc->members[i].key, ""), NULL,
		    pv_cel_of(cx->arena, NULL, NULL, &doc->members[i].val));
	return 0;
}

static int
load(pv_ctx *cx, const pv_args *args, inputs *in)
{
	const char *path = pv_args_text(args, "input", NULL), *text;
	int r = 0;
	pv_vec_init(&in->vars, cx->arena, sizeof(pv_cel_var));
	pv_vec_init(&in->values, cx->arena, sizeof(pv_cel_val));
	pv_vec_init(&in->functions, cx->arena, sizeof(pv_cel_function));
	if (path)
		r = add_file(cx, in, path);
	for (size_t i = 0; r == 0 && (text = pv_args_nth(args, "declare", i)) != NULL; i++)
		r = add_type(cx, in, text);
	for (size_t i = 0; r == 0 && (text = pv_args_nth(args, "var", i)) != NULL; i++)
		r = add_value(cx, in, text);
	return r;
}

static int
expression(pv_ctx *cx, const pv_args *args, pv_str *ret)
{
	const char *path = pv_args_text(args, "file", NULL);
	if (pv_args_count(args) != (path ? 0 : 1))
		return pv_fail(cx, PV_EUSAGE, "expected one expression%s, found %zu arguments",
			       path ? " (that of --file)" : "", pv_args_count(args));
	if (path)
		return pv_file_load(cx, path, FILE_LIMIT, ret);
	*ret = pv_str_of(pv_args_at(args, 0));
	return 0;
}

static int
show(pv_ctx *cx, const char *format, const pv_cel *program, const pv_cel_val *v)
{
	pv_val out;
	pv_objb b;
	pv_buf text;
	bool typed = pv_streq(format, "typed");
	int r = typed ? pv_cel_proto(cx, v, &out) : pv_cel_json(cx, v, &out);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "type", pv_string(cx->arena, pv_cel_type(cx->arena, program)));
	pv_objb_put(&b, "value", out);
	if (typed)
		out = pv_objb_end(&b);
	pv_buf_init(&text, cx->arena);
	pv_json_write(&text, &out);
	printf("%s\n", text.s);
	return 0;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "json");
	inputs in;
	const pv_cel *program;
	pv_cel_val v;
	pv_str text;
	if (!pv_streq(format, "json") && !pv_streq(format, "typed") && !pv_streq(format, "type"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected json, typed or type, found %s", format);
	int r = load(cx, args, &in);
	if (r == 0)
		r = expression(cx, args, &text);
	if (r != 0)
		return r;
	pv_cel_env env = {.vars = in.vars.data,
			  .n_vars = in.vars.len,
			  .functions = in.functions.data,
			  .n_functions = in.functions.len,
			  .container = pv_args_text(args, "container", NULL),
			  .unchecked = pv_args_has(args, "no-check")};
	pv_cel_run with = {.vars = in.values.data, .placed = true};
	r = pv_cel_compile(cx, cx->arena, &env, text, &program);
	if (r == 0 && pv_streq(format, "type")) {
		printf("%s\n", pv_cel_type(cx->arena, program));
		return 0;
	}
	if (r == 0)
		r = pv_cel_eval(cx, program, &with, &v);
	return r < 0 ? r : show(cx, format, program, &v);
}

static const pv_option options[] = {
	{"input", 'i', "FILE", "a document (JSON or YAML); each of its members is a variable"},
	{"var", 'v', "NAME=EXPRESSION", "a variable and its value; repeats"},
	{"declare", 'd', "NAME:TYPE",
	 "a variable's type, as \"map(string, int)\", or a function's, as \"fn(string, T): list(T)\"; repeats"},
	{"file", 0, "FILE", "read the expression from a file"},
	{"container", 0, "NAME", "the namespace in which names are looked up"},
	{"no-check", 0, NULL, "find types at run time only"},
	{"format", 'f', "json|typed|type",
	 "how to print (default: json); typed: cel.expr.Value with its type; type: do not evaluate"},
	{0},
};

const pv_verb cel_eval_verb = {
	.name = "cel eval",
	.usage = "[EXPRESSION]",
	.summary = "evaluate a CEL expression with Kubernetes' libraries",
	.help = "Compiles and checks the expression as a validation rule of a CRD is checked, and\n"
		"prints its value.\n\n"
		"  pave cel eval -i pod.yaml 'spec.containers.all(c, has(c.resources))'",
	.options = options,
	.run = run,
};
