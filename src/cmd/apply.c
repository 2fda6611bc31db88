/* apply: `pave apply -f FILE...`: server-side apply, every document, every error. */
#include <stdio.h>

#include "base/str.h"
#include "cmd/output.h"
#include "cmd/place.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

struct apply {
	pv_ctx *cx;
	pv_client *client;
	output out;
	const char *query; /* of the PATCH */
	bool dry_run;
	int worst; /* exit code */
};

static int
version_before(struct apply *a, const char *path, const char **ret)
{
	pv_client_call call = {.path = path};
	const pv_val *object;
	int r = pv_client_json(a->cx, a->client, &call, NULL, &object);
	*ret = NULL;
	if (r == -PV_ENOTFOUND) {
		pv_recover(a->cx);
		return 0;
	}
	if (r == 0)
		*ret = pv_text_at(object, "metadata.resourceVersion", "");
	return r;
}

static int
send(struct apply *a, const ask_doc *doc, const pv_client_kind *kind, const char *name)
{
	const char *ns = kind->namespaced ? pv_text_at(doc->object, "metadata.namespace",
						       pv_client_namespace(a->client))
					  : NULL;
	const char *path = pv_client_path(a->cx->arena, kind, ns, name, NULL), *before, *what;
	pv_val sent = kind->namespaced ? *doc->object /* charts write one where there is none */
				       : pv_without_at(a->cx->arena, doc->object, "metadata.namespace");
	pv_client_call call = {.method = "PATCH",
			       .type = "application/apply-patch+yaml",
			       .path = pv_printf(a->cx->arena, "%s?%s", path, a->query),
			       .body = pv_str_of(pv_json_text(a->cx->arena, &sent))};
	const pv_val *now;
	pv_vec warnings;
	int r = version_before(a, path, &before);
	if (r < 0)
		return r;
	pv_vec_init(&warnings, a->cx->arena, sizeof(const char *));
	r = pv_client_json(a->cx, a->client, &call, &warnings, &now);
	ask_print_warnings(&warnings);
	if (r < 0)
		return r;
	if (!output_is_text(&a->out))
		return output_print(a->cx, &a->out, now);
	what = !before                                                             ? "created"
	       : pv_streq(before, pv_text_at(now, "metadata.resourceVersion", "")) ? "unchanged"
										   : "configured";
	printf("%s%s%s\n", ask_label(a->cx->arena, kind, name),
	       a->out.form == OUTPUT_NAME ? "" : pv_printf(a->cx->arena, " %s", what),
	       a->dry_run && a->out.form != OUTPUT_NAME ? " (server dry run)" : "");
	return 0;
}

static int
apply_document(struct apply *a, const ask_doc *doc)
{
	const char *version = pv_text_at(doc->object, "apiVersion", ""),
		   *kind_name = pv_text_at(doc->object, "kind", "");
	const pv_val *named = pv_at(doc->object, "metadata.name");
	const char *name = named ? pv_text(named, pv_json_text(a->cx->arena, named)) : "";
	const pv_client_kind *kind;
	int r = place_check(a->cx, doc, false);
	if (r < 0)
		return r;
	r = pv_client_find_kind(a->cx, a->client, version, kind_name, &kind);
	if (r == 0)
		r = send(a, doc, kind, name);
	return r < 0 ? place_fault(a->cx, r, doc, pv_printf(a->cx->arena, "%s/%s", kind_name, name)) : 0;
}

static int
gather(pv_ctx *cx, const pv_args *args, pv_vec *docs)
{
	int r = ask_filenames(cx, args, docs);
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = ask_documents(cx, pv_args_at(args, i), pv_args_has(args, "recursive"), docs);
	if (r == 0 && docs->len == 0)
		r = pv_fail(cx, PV_EUSAGE,
			    "expected objects to apply: pave apply -f FILE, -f FOLDER or -f -");
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *dry = pv_args_text(args, "dry-run", NULL);
	struct apply a = {.cx = cx, .dry_run = dry != NULL};
	pv_vec docs;
	int r;
	if (dry && !pv_streq(dry, "server"))
		return pv_fail(cx, PV_EUSAGE, "--dry-run: expected server, found \"%s\"", dry);
	r = output_parse(cx, args, NULL, &a.out);
	if (r == 0)
		r = gather(cx, args, &docs);
	if (r == 0)
		r = ask_open(cx, args, &a.client);
	if (r < 0)
		return r;
	a.query =
		pv_printf(cx->arena, "fieldManager=%s&fieldValidation=Strict&force=%s%s",
			  pv_args_text(args, "field-manager", "pave"),
			  pv_args_has(args, "force-conflicts") ? "true" : "false", dry ? "&dryRun=All" : "");
	for (size_t i = 0; i < docs.len; i++)
		ask_go_on(cx, args, apply_document(&a, PV_AT(ask_doc, &docs, i)), &a.worst);
	pv_client_close(a.client);
	return a.worst;
}

static const pv_option options[] = {
	NAMESPACE_OPTIONS,
	{"filename", 'f', "FILE|FOLDER|-", "what to apply (- is standard input); may be given several times"},
	{"recursive", 'R', NULL, "the folders in a folder, too"},
	{"dry-run", 0, "server", "ask the server what would be, and write nothing"},
	{"force-conflicts", 0, NULL, "take over fields that others manage"},
	{"field-manager", 0, "NAME", "who manages the fields (default: pave)"},
	{"output", 'o', "json|yaml|name|jsonpath=TEMPLATE|jsonpath-file=FILE",
	 "print the objects that resulted"},
	SERVER_OPTIONS,
	{0},
};

static const pv_option refused[] = {
	{"kustomize", 'k', "FOLDER", "pipe what kubectl kustomize prints into -f -"},
	{0},
};

const pv_verb apply_verb = {
	.name = "apply",
	.usage = "-f FILE...",
	.summary = "create or change objects as files say (server-side apply)",
	.help = "Every document is tried, whatever becomes of the others; every error is printed with file, line and field.\n"
		"Fields that an earlier version of the file had, and this one has not, are removed.\n\n"
		"  pave apply -f app.yaml\n"
		"  pave apply -R -f manifests/ --dry-run=server\n"
		"  kubectl kustomize overlays/production | pave apply -f -",
	.options = options,
	.refused = refused,
	.run = run,
};
