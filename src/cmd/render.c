/* render: `pave render FILE...`: the plans of the controllers over the objects of files, with
 * no server.  A document of kind Facts says what the world would answer:
 *   kind: Facts
 *   now: "2026-11-25T10:00:00Z"    (the turn's clock; 1970 if absent)
 *   facts: [{fact: git-tree, args: {...}, value: {...}}] */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/ask.h"
#include "cmd/output.h"
#include "cmd/strict.h"
#include "cmd/verbs.h"
#include "core/reconcile/reconcile.h"

static int
gather(pv_ctx *cx, const pv_args *args, pv_vec *objects, const pv_val **ret_facts, int64_t *ret_now)
{
	pv_vec docs;
	int r = 0;
	pv_vec_init(&docs, cx->arena, sizeof(ask_doc));
	pv_vec_init(objects, cx->arena, sizeof(ask_doc));
	*ret_facts = NULL;
	*ret_now = 0;
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = ask_documents(cx, pv_args_at(args, i), pv_args_has(args, "recursive"), &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const ask_doc *doc = PV_AT(ask_doc, &docs, i);
		if (!pv_streq(pv_text_at(doc->object, "kind", ""), "Facts")) {
			pv_vec_push(objects, doc);
			continue;
		}
		*ret_facts = pv_get(doc->object, "facts");
		if (pv_get(doc->object, "now") &&
		    !pv_time_parse(pv_strv(pv_get(doc->object, "now")), ret_now))
			return pv_fail_at(cx, PV_EINVALID, doc->file, doc->line, 1,
					  "now: expected a time such as 2026-11-25T10:00:00Z");
	}
	return r;
}

/* The plans, if all documents are what they should be: else *ret_worst is the exit code. */
static int
plan(pv_ctx *cx, const pv_args *args, const pv_vec *docs, const pv_val *facts, int64_t now, int *ret_worst,
     pv_val *ret)
{
	pv_vec objects;
	int r = strict_check(cx, args, docs, ret_worst);
	if (r < 0 || *ret_worst)
		return r;
	pv_vec_init(&objects, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < docs->len; i++)
		pv_vec_push(&objects, &PV_AT(ask_doc, docs, i)->object);
	r = pv_render(cx, &objects, facts, now, ret);
	if (r == 0 && pv_count(ret) == 0)
		fprintf(stderr, "pave: of %s, none is of a kind that a controller acts on\n",
			pv_counted(cx->arena, docs->len, "object"));
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	output out;
	const pv_val *facts;
	pv_vec objects;
	pv_val plans;
	int worst = 0;
	int64_t now;
	int r;
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected files: pave render deployment.yaml");
	r = output_parse(cx, args, "yaml", &out);
	if (r == 0)
		r = gather(cx, args, &objects, &facts, &now);
	if (r == 0)
		r = plan(cx, args, &objects, facts, now, &worst, &plans);
	if (worst)
		return worst;
	if (r == 0)
		r = output_print(cx, &out, &plans);
	return r;
}

static const pv_option options[] = {
	{"recursive", 'R', NULL, "the folders in a folder, too"},
	{"output", 'o', "json|yaml|jsonpath=TEMPLATE", "how to print the plans (default: yaml)"},
	{0},
};

const pv_verb render_verb = {
	.name = "render",
	.usage = "FILE...",
	.summary = "what the controllers would do about the objects of files, with no server",
	.help = "Runs one turn of the controller of each object over a world of just these objects and prints the plans.\n"
		"A document of kind Facts gives what Git and others would answer.\n"
		"Kinds and fields that are not known are errors, as with strict validation.\n\n"
		"  pave render deployment.yaml",
	.options = options,
	.run = run,
};
