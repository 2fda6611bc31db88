/* The command `pave health FILE`: the same verdict that delivery shows. */
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "core/args/args.h"
#include "delivery/health/health.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT (16u << 20)

/* What is being deleted is Progressing, whatever its kind's check says; `deleted_too`: that is asked. */
struct asked {
	const custom *custom;
	bool deleted_too;
};

static void
tell(pv_ctx *cx, const struct asked *a, const pv_val *object)
{
	const char *message,
		*name = pv_text_at(object, "metadata.name", pv_text_at(object, "metadata.generateName", ""));
	enum health health = a->deleted_too ? health_by_kind(cx, a->custom, object, &message)
					    : health_of(cx, a->custom, object, &message);
	printf("%s\t%s/%s%s%s\n", health == HEALTH_NONE ? "-" : health_name(health),
	       pv_text_at(object, "kind", ""), name, *message ? "\t" : "", message);
}

/* Of a List, as `pave get -o yaml` prints it, each of its objects. */
static int
show(pv_ctx *cx, const struct asked *a, const char *file)
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
			tell(cx, a, pv_item(items, k));
		if (pv_is(object, PV_OBJECT) && !many)
			tell(cx, a, object);
	}
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	struct asked a = {.deleted_too = pv_args_has(args, "deleted-too")};
	int r;
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected at least one file: pave health deployment.yaml");
	r = custom_load(cx, pv_args_text(args, "customizations", NULL), &a.custom);
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = show(cx, &a, pv_args_at(args, i));
	return r;
}

static const pv_option options[] = {
	{"customizations", 0, "FILE", "argocd-cm, whose scripts go before the built-in checks"},
	{"deleted-too", 0, NULL,
	 "judge what is being deleted by its kind's check, which is Progressing otherwise"},
	{0},
};

static const pv_verb verbs[] = {
	{.name = "health",
	 .usage = "FILE...|-",
	 .summary = "how the objects of a file are doing",
	 .help = "Prints status, kind and name, and message of each object, as Argo CD's built-in checks decide; - for kinds "
		 "without a\n"
		 "check.  \"-\" reads standard input, and of a list each object counts.\n\n  pave get deployments -o yaml | pave health -",
	 .options = options,
	 .run = run},
	{0},
};

extern const pv_module delivery_health_module;
const pv_module delivery_health_module = {
	.name = "delivery/health",
	.summary = "how objects are doing, as Argo CD decides",
	.verbs = verbs,
};
