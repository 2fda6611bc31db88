/* patch: `pave patch`: an object of a file with a patch of another, without a server: strategic merge by what is known
 * of the object's kind or by a schema, JSON merge, or JSON Patch. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/input.h"
#include "cmd/output.h"
#include "cmd/verbs.h"
#include "core/kinds/kinds.h"
#include "lang/patch/patch.h"
#include "lang/yaml/yaml.h"

#define REFS_MOST 100 /* that lead to one another */

/* ---- a schema of OpenAPI, its references into itself ---- */

typedef struct node {
	pv_arena *arena;
	const pv_val *root, *schema;
} node;

/* What `$ref: "#/a/b"` leads to; NULL: nowhere. */
static const pv_val *
followed(const node *at, const pv_val *schema)
{
	for (int n = 0; schema; n++) {
		const char *ref = pv_text_at(schema, "$ref", NULL);

		if (!ref)
			ref = pv_text(pv_get(pv_item(pv_get(schema, "allOf"), 0), "$ref"), NULL);
		if (!ref)
			return schema;
		schema = ref[0] == '#' && n < REFS_MOST ? pv_pointer_get(at->root, ref + 1) : NULL;
	}
	return NULL;
}

static bool
has_word(const char *words, const char *word)
{
	pv_str rest = pv_str_of(words), one;

	while (pv_str_next(&rest, ',', &one))
		if (pv_str_is(one, word))
			return true;
	return false;
}

static pv_smp_field
lookup(const void *type, const char *field)
{
	const node *at = type;
	const pv_val *prop = pv_get(pv_get(at->schema, "properties"), field), *schema = followed(at, prop);
	const char *words = pv_text(pv_get(prop, "x-kubernetes-patch-strategy"), "");
	node *next = pv_new(at->arena, node);

	if (!schema)
		return (pv_smp_field){.known = prop != NULL};
	if (pv_streq(pv_text(pv_get(schema, "type"), ""), "array"))
		schema = followed(at, pv_get(schema, "items"));
	*next = (node){at->arena, at->root, schema};
	return (pv_smp_field){.type = pv_get(schema, "properties") ? next : NULL,
			      .merge = has_word(words, "merge"),
			      .replace = has_word(words, "replace"),
			      .retain_keys = has_word(words, "retainKeys"),
			      .known = true,
			      .merge_key = pv_text(pv_get(prop, "x-kubernetes-patch-merge-key"), NULL)};
}

/* ---- the three kinds of patches ---- */

static int
load(pv_ctx *cx, const char *path, const pv_val **ret)
{
	pv_yaml_opts opts = {0};
	pv_str text;
	int r = input_load_file(cx, path, &text, &opts.file);

	return r < 0 ? r : pv_yaml_parse(cx, text, &opts, ret);
}

static int
by_kind(pv_ctx *cx, const pv_val *object, const pv_val *patch, const pv_val **ret)
{
	const char *version = pv_text_at(object, "apiVersion", ""), *kind = pv_text_at(object, "kind", "");
	const pv_schema *schema;
	pv_kinds *kinds = NULL;
	int r = pv_kinds_new(cx, &kinds);

	if (r < 0)
		return r;
	schema = pv_kinds_of(kinds, version, kind);
	r = schema ? pv_patch_strategic(cx, object, patch, schema, pv_schema_smp, ret)
		   : pv_fail(cx, PV_EUNSUPPORTED,
			     "%s of %s is no built-in kind, so how its lists are merged is not known: give --schema FILE, or "
			     "--type merge",
			     kind[0] ? kind : "an object without a kind",
			     version[0] ? version : "no apiVersion");
	pv_kinds_free(kinds);
	return r;
}

static int
strategic(pv_ctx *cx, const char *path, const pv_val *object, const pv_val *patch, const pv_val **ret)
{
	const pv_val *schema;
	node root;
	int r;

	if (!path)
		return by_kind(cx, object, patch, ret);
	r = load(cx, path, &schema);
	if (r < 0)
		return r;
	root = (node){cx->arena, schema, schema};
	root.schema = followed(&root, schema);
	return pv_patch_strategic(cx, object, patch, &root, lookup, ret);
}

static int
apply(pv_ctx *cx, const pv_args *args, const pv_val *object, const pv_val *patch, const pv_val **ret)
{
	const char *type = pv_args_text(args, "type", "strategic"),
		   *schema = pv_args_text(args, "schema", NULL);

	if (schema && !pv_streq(type, "strategic"))
		return pv_fail(cx, PV_EUSAGE,
			       "--schema: says how lists are merged, which --type %s does not ask", type);
	if (pv_streq(type, "strategic"))
		return strategic(cx, schema, object, patch, ret);
	if (pv_streq(type, "merge"))
		return pv_patch_merge(cx, object, patch, ret);
	if (pv_streq(type, "json"))
		return pv_patch_json(cx, object, patch, ret);
	return pv_fail(cx, PV_EUSAGE, "--type: expected strategic, merge or json, found %s", type);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const pv_val *object, *patch, *made = NULL;
	output out;
	int r = output_parse(cx, args, "yaml", &out);

	if (r == 0 && pv_args_count(args) != 2)
		r = pv_fail(cx, PV_EUSAGE, "expected FILE and PATCH, found %zu arguments",
			    pv_args_count(args));
	if (r == 0)
		r = load(cx, pv_args_at(args, 0), &object);
	if (r == 0)
		r = load(cx, pv_args_at(args, 1), &patch);
	if (r == 0 && !pv_is(object, PV_OBJECT))
		r = pv_fail(cx, PV_EINVALID, "%s: expected an object, found %s", pv_args_at(args, 0),
			    pv_type_name(object));
	if (r == 0)
		r = apply(cx, args, object, patch, &made);
	return r < 0 ? r : output_print(cx, &out, made);
}

static const pv_option options[] = {
	{"type", 't', "strategic|merge|json", "what the patch is (default: strategic)"},
	{"schema", 's', "FILE",
	 "OpenAPI schema of the object, with x-kubernetes-patch-strategy and x-kubernetes-patch-merge-key"},
	{"output", 'o', "json|yaml", "what to write (default: yaml)"},
	{0},
};

const pv_verb patch_verb = {
	.name = "patch",
	.usage = "FILE PATCH",
	.summary = "patch an object of a file as the server would, with no server",
	.help = "Reads an object and a patch (\"-\": standard input) and prints the patched object.\n"
		"A strategic merge patch merges lists as the object's built-in kind says, or the schema.\n\n"
		"  pave patch deployment.yaml scale-up.yaml\n"
		"  pave patch --type json pod.yaml - <<< '[{\"op\": \"remove\", \"path\": \"/metadata/labels\"}]'",
	.options = options,
	.run = run,
};
