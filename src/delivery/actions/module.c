/* The commands `pave action list|run`: what can be done to an object of a file, and what comes of it. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/args/args.h"
#include "delivery/actions/actions.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT (16u << 20)

/* clang-format off */
static const pv_option list_options[] = {
	{"customizations", 0, "FILE", "argocd-cm, whose actions go before the built-in ones"},
	{"output", 'o', "json|table", "table (default), or json"},
	{0},
};
static const pv_option run_options[] = {
	{"param", 'p', "NAME=VALUE", "a parameter of the action; may be repeated"},
	{"customizations", 0, "FILE", "argocd-cm, whose actions go before the built-in ones"},
	{"output", 'o', "json|yaml", "yaml (default): the objects; json: with what is to be done with each"},
	{0},
};
/* clang-format on */

static int
load(pv_ctx *cx, const char *file, const pv_val **ret)
{
	pv_yaml_opts opts = {.file = file};
	pv_vec docs;
	pv_str text;
	int r = pv_file_load(cx, pv_streq(file, "-") ? "/dev/stdin" : file, FILE_LIMIT, &text);
	if (r == 0)
		r = pv_yaml_parse_all(cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		*ret = PV_AT(pv_yaml_doc, &docs, i)->val;
		if (pv_is(*ret, PV_OBJECT))
			return 0;
	}
	return r < 0 ? r : pv_fail(cx, PV_EINVALID, "%s: expected an object", file);
}

static void
print_json(pv_ctx *cx, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_json_write_pretty(&b, v, 2);
	printf("%s\n", b.s);
}

static void
print_row(const pv_val *row)
{
	const char *title = pv_text_at(row, "displayName", "");
	printf("%s\t%s%s%s\n", pv_text_at(row, "name", ""),
	       pv_truth_at(row, "disabled", false) ? "disabled" : "enabled", *title ? "\t" : "", title);
}

static int
list(pv_ctx *cx, const pv_args *args)
{
	const char *output = pv_args_text(args, "output", "table");
	const custom *c;
	const pv_val *object;
	pv_val rows = pv_null();
	int r;
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one file: pave action list deployment.yaml");
	if (!pv_streq(output, "table") && !pv_streq(output, "json"))
		return pv_fail(cx, PV_EUSAGE, "-o %s: expected json or table", output);
	r = load(cx, pv_args_at(args, 0), &object);
	if (r == 0)
		r = custom_load(cx, pv_args_text(args, "customizations", NULL), &c);
	if (r == 0)
		r = actions_list(cx, c, object, pv_now(), &rows);
	if (r < 0)
		return r;
	if (pv_streq(output, "json"))
		print_json(cx, &rows);
	for (size_t i = 0; pv_streq(output, "table") && i < rows.len; i++)
		print_row(&rows.items[i]);
	return 0;
}

static int
params_of(pv_ctx *cx, const pv_args *args, pv_val *ret)
{
	pv_objb b;
	const char *text;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; (text = pv_args_nth(args, "param", i)); i++) {
		const char *sign = strchr(text, '=');
		if (!sign)
			return pv_fail(cx, PV_EUSAGE, "--param %s: expected NAME=VALUE", text);
		pv_objb_puts(&b, pv_strndup(cx->arena, text, (size_t)(sign - text)), sign + 1);
	}
	*ret = pv_objb_end(&b);
	return 0;
}

/* To be applied: a status written since the object was read does not refuse what the action changes. */
static void
print_objects(pv_ctx *cx, const pv_val *made)
{
	for (size_t i = 0; i < made->len; i++) {
		const pv_val *object = pv_get(&made->items[i], "resource");
		pv_val v = pv_without_at(cx->arena, object, "metadata.resourceVersion");
		pv_buf b;
		pv_buf_init(&b, cx->arena);
		pv_yaml_write(&b, &v);
		printf("%s# %s\n%s", i ? "---\n" : "", pv_text_at(&made->items[i], "operation", ""), b.s);
	}
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *output = pv_args_text(args, "output", "yaml");
	const custom *c;
	const pv_val *object;
	pv_val params, made;
	int r;
	if (pv_args_count(args) != 2)
		return pv_fail(cx, PV_EUSAGE,
			       "expected a name and a file: pave action run restart deployment.yaml");
	if (!pv_streq(output, "yaml") && !pv_streq(output, "json"))
		return pv_fail(cx, PV_EUSAGE, "-o %s: expected json or yaml", output);
	r = params_of(cx, args, &params);
	if (r == 0)
		r = load(cx, pv_args_at(args, 1), &object);
	if (r == 0)
		r = custom_load(cx, pv_args_text(args, "customizations", NULL), &c);
	if (r == 0)
		r = actions_run(cx, c, object, pv_args_at(args, 0), &params, pv_now(), &made);
	if (r < 0)
		return r;
	if (pv_streq(output, "json"))
		print_json(cx, &made);
	else
		print_objects(cx, &made);
	return 0;
}

static const pv_verb verbs[] = {
	{.name = "action list",
	 .usage = "FILE|-",
	 .summary = "what can be done to an object: restart, pause, scale ..",
	 .help = "Prints name, enabled or disabled, and title of each action, as Argo CD's users know them.\n\n  pave "
		 "get deployment web -o yaml | pave action list -",
	 .options = list_options,
	 .run = list},
	{.name = "action run",
	 .usage = "NAME FILE|-",
	 .summary = "the objects that an action changes or makes",
	 .help = "Prints them; nothing is written to a server.\n\n  pave get deployment web -o yaml | pave action run "
		 "restart - | pave apply -f -",
	 .options = run_options,
	 .run = run},
	{0},
};

extern const pv_module delivery_actions_module;
const pv_module delivery_actions_module = {
	.name = "delivery/actions",
	.summary = "what can be done to objects, as Argo CD's resource actions",
	.verbs = verbs,
};
