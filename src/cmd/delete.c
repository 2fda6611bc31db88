/* delete: `pave delete KIND/NAME` or `-f FILE`. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/httpc.h"
#include "base/str.h"
#include "base/time.h"
#include "cmd/ask.h"
#include "cmd/output.h"
#include "cmd/place.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

#define LOOK_AGAIN (50 * PV_MS)

struct gone {
	pv_ctx *cx;
	pv_client *client;
	const pv_args *args;
	const char *propagation;
	bool wait, missing_is_fine, name_only;
	int64_t until; /* monotonic */
	int worst;     /* exit code so far */
};

/* What is known of why it has not gone, in the words of its finalizers and of a namespace's conditions. */
static const char *
what_keeps(pv_ctx *cx, const pv_val *object)
{
	const pv_val *finalizers = pv_at(object, "metadata.finalizers"),
		     *conditions = pv_at(object, "status.conditions");
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	if (!pv_at(object, "metadata.deletionTimestamp"))
		return "it was made again meanwhile";
	for (size_t i = 0; i < pv_count(finalizers); i++)
		pv_buf_printf(&b, "%s %s", i ? "," : "it waits for the finalizers",
			      pv_text(pv_item(finalizers, i), ""));
	for (size_t i = 0; i < pv_count(conditions); i++) {
		const pv_val *c = pv_item(conditions, i);

		if (pv_starts_with(pv_text_at(c, "type", ""), "Namespace") &&
		    pv_streq(pv_text_at(c, "status", ""), "True"))
			pv_buf_printf(&b, "%s%s", b.len ? "; " : "", pv_text_at(c, "message", ""));
	}
	return b.len ? b.s : "it is being deleted, and nothing says what it waits for";
}

static int
await_absence(struct gone *g, const char *path, const char *label)
{
	struct timespec pause = {0, LOOK_AGAIN};
	pv_client_call call = {.path = path};
	const pv_val *object;
	int r;
	while ((r = pv_client_json(g->cx, g->client, &call, NULL, &object)) == 0) {
		if (pv_mono() > g->until)
			return pv_fail(
				g->cx, PV_ETIMEOUT,
				"%s is still there: %s (`pave why %s` says more; --timeout: how long to "
				"wait)",
				label, what_keeps(g->cx, object), label);
		nanosleep(&pause, NULL);
	}
	if (r == -PV_ENOTFOUND) {
		pv_recover(g->cx);
		r = 0;
	}
	return r;
}

static int
delete_one(struct gone *g, const pv_client_kind *kind, const char *ns, const char *name)
{
	const char *path = pv_client_path(g->cx->arena, kind, kind->namespaced ? ns : NULL, name, NULL);
	const char *label = ask_label(g->cx->arena, kind, name);
	pv_client_call call = {.method = "DELETE", .path = path};
	const pv_val *answer;
	pv_val body;
	pv_vec warnings;
	pv_objb b;
	int r;
	PV_ASSERT(*name); /* without one the path is the collection's */
	pv_objb_init(&b, g->cx->arena);
	pv_objb_puts(&b, "propagationPolicy", g->propagation);
	body = pv_objb_end(&b);
	call.body = pv_str_of(pv_json_text(g->cx->arena, &body));
	pv_vec_init(&warnings, g->cx->arena, sizeof(const char *));
	r = pv_client_json(g->cx, g->client, &call, &warnings, &answer);
	ask_print_warnings(&warnings);
	if (r == -PV_ENOTFOUND && g->missing_is_fine) {
		pv_recover(g->cx);
		return 0;
	}
	if (r < 0)
		return r;
	printf("%s%s\n", label, g->name_only ? "" : " deleted");
	fflush(stdout);
	return g->wait ? await_absence(g, path, label) : 0;
}

static int
delete_document(struct gone *g, const ask_doc *doc)
{
	const char *kind_name = pv_text_at(doc->object, "kind", ""),
		   *name = pv_text_at(doc->object, "metadata.name", "");
	const pv_client_kind *kind;
	int r = place_check(g->cx, doc, true);
	if (r < 0)
		return r;
	r = pv_client_find_kind(g->cx, g->client, pv_text_at(doc->object, "apiVersion", ""), kind_name,
				&kind);
	if (r == 0)
		r = delete_one(g, kind,
			       pv_text_at(doc->object, "metadata.namespace", pv_client_namespace(g->client)),
			       name);
	return r < 0 ? place_fault(g->cx, r, doc, pv_printf(g->cx->arena, "%s/%s", kind_name, name)) : 0;
}

static int
delete_files(struct gone *g, const pv_args *args)
{
	pv_vec docs;
	int r = ask_filenames(g->cx, args, &docs);
	for (size_t i = docs.len; r == 0 && i > 0; i--) { /* what came last goes first */
		const ask_doc *doc = PV_AT(ask_doc, &docs, i - 1);
		ask_go_on(g->cx, g->args, delete_document(g, doc), &g->worst);
	}
	return r;
}

/* All of a kind that the selectors, or --all, mean. */
static int
delete_selected(struct gone *g, const pv_client_kind *kind)
{
	static const char *const selectors[][2] = {{"selector", "labelSelector"},
						   {"field-selector", "fieldSelector"}};
	bool everywhere = pv_args_has(g->args, "all-namespaces");
	const char *ns = kind->namespaced && !everywhere ? pv_client_namespace(g->client) : NULL;
	pv_client_call call = {.path = pv_client_path(g->cx->arena, kind, ns, NULL, NULL)};
	const pv_val *list, *items;
	int r;
	for (size_t i = 0; i < PV_LEN(selectors); i++) {
		const char *value = pv_args_text(g->args, selectors[i][0], NULL);
		if (value)
			call.path = pv_printf(g->cx->arena, "%s%c%s=%s", call.path,
					      strchr(call.path, '?') ? '&' : '?', selectors[i][1],
					      pv_url_escape(g->cx->arena, value));
	}
	r = pv_client_json(g->cx, g->client, &call, NULL, &list);
	items = r < 0 ? NULL : pv_get(list, "items");
	for (size_t i = 0; i < pv_count(items); i++)
		ask_go_on(g->cx, g->args,
			  delete_one(g, kind, pv_text_at(pv_item(items, i), "metadata.namespace", NULL),
				     pv_text_at(pv_item(items, i), "metadata.name", "")),
			  &g->worst);
	if (r == 0 && pv_count(items) == 0)
		fprintf(stderr, "No resources found\n");
	return r;
}

static int
delete_named(struct gone *g, const pv_args *args)
{
	bool many = pv_args_has(args, "selector") || pv_args_has(args, "field-selector") ||
		    pv_args_has(args, "all");
	pv_vec targets;
	int r = target_parse(g->cx, g->client, args, &targets);
	for (size_t i = 0; r == 0 && i < targets.len; i++) {
		const target *t = PV_AT(target, &targets, i);
		if (t->name && many)
			return pv_fail(
				g->cx, PV_EUSAGE,
				"expected names, or --selector, --field-selector or --all: not %s \"%s\" with them",
				t->kind->singular, t->name);
		if (t->name && pv_args_has(args, "all-namespaces"))
			return pv_fail(g->cx, PV_EUSAGE,
				       "a name is of one namespace: not with --all-namespaces");
		if (!t->name && !many)
			return pv_fail(
				g->cx, PV_EUSAGE,
				"expected KIND/NAME, --selector, --field-selector or --all; found only %s",
				t->kind->plural);
		ask_go_on(g->cx, g->args,
			  t->name ? delete_one(g, t->kind, pv_client_namespace(g->client), t->name)
				  : delete_selected(g, t->kind),
			  &g->worst);
	}
	return r;
}

static int
cascade(pv_ctx *cx, const char *word, const char **ret)
{
	static const char *const words[][2] = {
		{"background", "Background"}, {"foreground", "Foreground"}, {"orphan", "Orphan"}};
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (pv_streq(word, words[i][0])) {
			*ret = words[i][1];
			return 0;
		}
	return pv_fail(cx, PV_EUSAGE, "--cascade: expected background, foreground or orphan, found \"%s\"",
		       word);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	struct gone g = {.cx = cx,
			 .args = args,
			 .missing_is_fine = pv_args_has(args, "ignore-not-found"),
			 .wait = !pv_args_has(args, "no-wait")};
	int64_t timeout = 60 * PV_SEC;
	const char *text = pv_args_text(args, "timeout", NULL);
	output out;
	int r = cascade(cx, pv_args_text(args, "cascade", "background"), &g.propagation);
	if (r == 0)
		r = output_parse(cx, args, NULL, &out);
	g.name_only = r == 0 && out.form == OUTPUT_NAME;
	if (r == 0 && text && !pv_duration_parse(pv_str_of(text), &timeout))
		r = pv_fail(cx, PV_EUSAGE, "--timeout: expected a duration such as 30s, found \"%s\"", text);
	if (r == 0 && !pv_args_has(args, "filename") && pv_args_count(args) == 0)
		r = pv_fail(cx, PV_EUSAGE, "expected KIND/NAME, or -f FILE");
	if (r == 0)
		r = ask_open(cx, args, &g.client);
	if (r < 0)
		return r;
	g.until = pv_mono() + timeout;
	r = pv_args_has(args, "filename") ? delete_files(&g, args) : delete_named(&g, args);
	pv_client_close(g.client);
	return r < 0 ? r : g.worst;
}

static const pv_option options[] = {
	NAMESPACE_OPTIONS,
	{"all-namespaces", 'A', NULL, "with --selector, --field-selector or --all: in every namespace"},
	{"filename", 'f', "FILE|FOLDER|-", "delete the objects of these files; may be given several times"},
	{"recursive", 'R', NULL, "the folders in a folder, too"},
	{"selector", 'l', "SELECTOR", "delete those with these labels: app=web,tier!=cache"},
	{"field-selector", 0, "SELECTOR", "delete those with these fields: metadata.name!=web"},
	{"all", 0, NULL, "delete all of the kind in the namespace"},
	{"cascade", 0, "background|foreground|orphan", "what becomes of what it owns (default: background)"},
	{"output", 'o', "name", "print only what the objects are called"},
	{"ignore-not-found", 0, NULL, "it is fine if it is not there"},
	{"no-wait", 0, NULL, "do not wait until it is gone"},
	{"timeout", 0, "DURATION", "how long to wait (default: 60s)"},
	SERVER_OPTIONS,
	{0},
};

const pv_verb delete_verb = {
	.name = "delete",
	.usage = "KIND NAME... | KIND/NAME... | KIND -l SELECTOR | -f FILE...",
	.summary = "delete objects",
	.help = "Each is tried, whatever becomes of the others, and waited for until it is gone.\n\n"
		"  pave delete application/guestbook -n argocd\n"
		"  pave delete pods -l app=web\n"
		"  pave delete -f app.yaml --ignore-not-found",
	.options = options,
	.run = run,
};
