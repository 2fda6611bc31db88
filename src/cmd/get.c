/* get: `pave get KIND [NAME]`: objects as tables or as data; -w follows changes. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpc.h"
#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/table.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

#define PAGE 500
#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

struct get {
	pv_ctx *cx;
	pv_client *client;
	const char *format;
	bool all_namespaces, wide, no_headers;
	bool header_done; /* of a watch */
};

static char *
with_query(pv_ctx *cx, const pv_args *args, char *path, bool watch)
{
	static const char *const options[][2] = {{"selector", "labelSelector"}, {"field-selector", "fieldSelector"}};
	const char *mark = "?";
	for (size_t i = 0; i < PV_LEN(options); i++) {
		const char *value = pv_args_text(args, options[i][0], NULL);
		if (!value)
			continue;
		path = pv_printf(cx->arena, "%s%s%s=%s", path, mark, options[i][1], pv_url_escape(cx->arena, value));
		mark = "&";
	}
	return watch ? pv_printf(cx->arena, "%s%swatch=true", path, mark) : path;
}

static void
print_names(struct get *g, const pv_client_kind *kind, const pv_val *object)
{
	const pv_val *items = pv_get(object, "items");
	if (!pv_is(items, PV_LIST)) {
		printf("%s\n", ask_label(g->cx->arena, kind, pv_text_at(object, "metadata.name", "")));
		return;
	}
	for (size_t i = 0; i < pv_count(items); i++)
		printf("%s\n", ask_label(g->cx->arena, kind, pv_text_at(pv_item(items, i), "metadata.name", "")));
}

static int
show(struct get *g, const pv_client_kind *kind, const pv_val *answer)
{
	bool done;
	int r;
	if (pv_streq(g->format, "name")) {
		print_names(g, kind, answer);
		return 0;
	}
	r = ask_print(g->cx, g->format, answer, &done);
	if (r == 0 && !done)
		table_print(g->cx, answer, g->all_namespaces, g->wide, g->no_headers || g->header_done);
	return r;
}

/* One line of a watch: {"type", "object"}. */
static int
on_line(void *arg, pv_str line)
{
	struct get *g = arg;
	const pv_val *event, *object;
	int r = pv_json_parse(g->cx, line, NULL, &event);
	if (r < 0)
		return r;
	object = pv_get(event, "object");
	if (pv_streq(pv_text_at(event, "type", ""), "ERROR"))
		return pv_fail(g->cx, pv_code_of_http((int)pv_i64_at(object, "code", 500)), "%s", pv_text_at(object, "message", ""));
	if (!pv_streq(pv_text_at(event, "type", ""), "BOOKMARK"))
		r = show(g, NULL, object);
	g->header_done = true;
	fflush(stdout);
	return r;
}

/* A list comes in pages; rows of a table or items are put together. */
static int
get_pages(struct get *g, pv_client_call call, pv_vec *warnings, const pv_val **ret)
{
	const char *path = call.path, *next = NULL, *member = "items";
	pv_listb all;
	int r;

	pv_listb_init(&all, g->cx->arena);
	do {
		const char *mark = strchr(path, '?') ? "&" : "?";

		call.path = pv_printf(g->cx->arena, "%s%slimit=%d%s%s", path, mark, PAGE, next ? "&continue=" : "",
				      next ? pv_url_escape(g->cx->arena, next) : "");
		r = pv_client_json(g->cx, g->client, &call, warnings, ret);
		if (r < 0)
			return r;
		if (pv_get(*ret, "rows"))
			member = "rows";
		for (size_t i = 0; i < pv_count(pv_get(*ret, member)); i++)
			pv_listb_add(&all, *pv_item(pv_get(*ret, member), i));
		next = pv_text_at(*ret, "metadata.continue", NULL);
	} while (next && *next);
	if (pv_get(*ret, member))
		*ret = pv_box(g->cx->arena, pv_with(g->cx->arena, *ret, member, pv_listb_end(&all)));
	return 0;
}

static int
get_one(struct get *g, const pv_args *args, size_t i, size_t *used)
{
	bool table = !g->format || pv_streq(g->format, "table") || pv_streq(g->format, "wide"), watch = pv_args_has(args, "watch");
	const pv_client_kind *kind;
	const char *name, *ns;
	pv_client_call call = {.accept = table ? TABLE : NULL};
	const pv_val *answer;
	pv_vec warnings;
	int r = ask_target(g->cx, g->client, args, i, &kind, &name, used);
	if (r < 0)
		return r;
	ns = kind->namespaced && !g->all_namespaces ? pv_client_namespace(g->client) : NULL;
	if (name && watch)
		return pv_fail(g->cx, PV_EUNSUPPORTED, "--watch follows a kind; for one object: --field-selector metadata.name=%s", name);
	call.path = with_query(g->cx, args, pv_client_path(g->cx->arena, kind, ns, name, NULL), watch);
	if (watch) {
		call.timeout_ns = -1;
		return pv_client_stream(g->cx, g->client, &call, on_line, g);
	}
	pv_vec_init(&warnings, g->cx->arena, sizeof(const char *));
	r = name ? pv_client_json(g->cx, g->client, &call, &warnings, &answer)
		 : get_pages(g, call, &warnings, &answer);
	ask_print_warnings(&warnings);
	if (r < 0)
		return r;
	if (table && !pv_count(pv_get(answer, "rows"))) {
		fprintf(stderr, "No resources found%s%s%s.\n", ns ? " in " : "", ns ? ns : "", ns ? " namespace" : "");
		return 0;
	}
	return show(g, kind, answer);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	struct get g = {.cx = cx, .format = pv_args_text(args, "output", NULL)};
	size_t used = 0;
	int r;
	if (!ask_format_is(g.format))
		return pv_fail(cx, PV_EUSAGE, "--output: expected json, yaml, table, wide, name or jsonpath=TEMPLATE, found \"%s\"",
		               g.format);
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected a kind: pave get deployments");
	r = ask_open(cx, args, &g.client);
	if (r < 0)
		return r;
	g.all_namespaces = pv_args_has(args, "all-namespaces");
	g.no_headers = pv_args_has(args, "no-headers");
	g.wide = pv_streq(g.format, "wide");
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i += used)
		r = get_one(&g, args, i, &used);
	pv_client_close(g.client);
	return r;
}

static const pv_option options[] = {
	SERVER_OPTIONS,
	{"all-namespaces", 'A', NULL, "in every namespace"},
	{"selector", 'l', "SELECTOR", "only objects with these labels: app=web,tier!=cache"},
	{"field-selector", 0, "SELECTOR", "only objects with these fields: metadata.name=web"},
	{"output", 'o', "json|yaml|table|wide|name|jsonpath=TEMPLATE", "how to print"},
	{"watch", 'w', NULL, "print what is there, then every change"},
	{"no-headers", 0, NULL, "a table without its first line"},
	{0},
};

const pv_verb get_verb = {
	.name = "get",
	.usage = "KIND [NAME] | KIND/NAME...",
	.summary = "list objects, or show one",
	.help = "Kinds are named as kubectl names them: plural, singular or short.\n"
	        "Example: pave get applications -A    pave get deploy/web -o jsonpath='{.status.readyReplicas}'",
	.options = options,
	.run = run,
};
