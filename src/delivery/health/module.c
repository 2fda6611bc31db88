/* The command `pave health FILE`: the same verdict that delivery shows. */
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "core/args/args.h"
#include "delivery/health/health.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT (16u << 20)

static void
tell(pv_ctx *cx, const pv_val *object)
{
	const char *message,
		*name = pv_text_at(object, "metadata.name", pv_text_at(object, "metadata.generateName", ""));
	enum health health = health_of(cx, object, &message);
	printf("%s\t%s/%s%s%s\n", health == HEALTH_NONE ? "-" : health_name(health),
	       pv_text_at(object, "kind", ""), name, *message ? "\t" : "", message);
}

/* Of a List, as `pave get -o yaml` prints it, each of its objects. */
static int
show(pv_ctx *cx, const char *file)
{
	pv_yaml_opts opts = {.file = file};
	pv_vec docs;
	pv_str text;
	int r = pv_file_load(cx, pv_streq(file, "-") ? "/dev/stdin" : file, FILE_LIMIT, &text);
	if (r == 0)
		r = pv_yaml_parse_all(cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_val *object = PV_AT(pv_yaml_doc, &docs, i)->val, *items = pv_get(object, "items");
		bool many = pv_ends_with(pv_text_at(object, "kind", ""), "List") && pv_is(items, PV_LIST);
		for (size_t k = 0; many && k < pv_count(items); k++)
			tell(cx, pv_item(items, k));
		if (pv_is(object, PV_OBJECT) && !many)
			tell(cx, object);
	}
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	int r = 0;
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected at least one file: pave health deployment.yaml");
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = show(cx, pv_args_at(args, i));
	return r;
}

static const pv_verb verbs[] = {
	{.name = "health",
	 .usage = "FILE...|-",
	 .summary = "how the objects of a file are doing",
	 .help = "Prints status, kind and name, and message of each object, as Argo CD's built-in checks decide; - for kinds "
		 "without a\n"
		 "check.  \"-\" reads standard input, and of a list each object counts.\n\n  pave get deployments -o yaml | pave health -",
	 .run = run},
	{0},
};

extern const pv_module delivery_health_module;
const pv_module delivery_health_module = {
	.name = "delivery/health",
	.summary = "how objects are doing, as Argo CD decides",
	.verbs = verbs,
};
