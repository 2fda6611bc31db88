/* get: objects as tables or as data; -w follows changes. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpc.h"
#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/table.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

#define PAGE 500
#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

struct get {
	pv_ctx *cx;
	pv_client *client;
	const pv_args *args;
	const char *format;
	bool table; /* the server makes it: columns and rows */
	struct table_look look;
	int worst;                  /* exit code so far */
	const pv_client_kind *kind; /* of a watch */
};

static char *
with_query(struct get *g, char *path, const char *more)
{
	static const char *const options[][2] = {{"selector", "labelSelector"},
						 {"field-selector", "fieldSelector"}};
	const char *mark = "?";
	for (size_t i = 0; i < PV_LEN(options); i++) {
		const char *value = pv_args_text(g->args, options[i][0], NULL);
		if (!value)
			continue;
		path = pv_printf(g->cx->arena, "%s%s%s=%s", path, mark, options[i][1],
				 pv_url_escape(g->cx->arena, value));
		mark = "&";
	}
	return more ? pv_printf(g->cx->arena, "%s%s%s", path, mark, more) : path;
}

static char *
path_of(struct get *g, const target *t)
{
	bool in = t->kind->namespaced && !g->look.with_namespace;
	return pv_client_path(g->cx->arena, t->kind, in ? pv_client_namespace(g->client) : NULL, t->name,
			      NULL);
}

static void
print_name(pv_ctx *cx, const pv_client_kind *kind, const pv_val *object)
{
	printf("%s\n", ask_label(cx->arena, kind, pv_text_at(object, "metadata.name", "")));
}

/* ---- asking ---- */

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

		call.path =
			pv_printf(g->cx->arena, "%s%slimit=%d%s%s", path, mark, PAGE,
				  next ? "&continue=" : "", next ? pv_url_escape(g->cx->arena, next) : "");
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

/* One target's answer; NULL if it is told that there is none, or may be none. */
static const pv_val *
answer_of(struct get *g, const target *t)
{
	pv_client_call call = {.accept = g->table ? TABLE : NULL};
	const pv_val *answer = NULL;
	pv_vec warnings;
	int r;
	pv_vec_init(&warnings, g->cx->arena, sizeof(const char *));
	call.path = with_query(g, path_of(g, t), NULL);
	r = t->name ? pv_client_json(g->cx, g->client, &call, &warnings, &answer)
		    : get_pages(g, call, &warnings, &answer);
	ask_print_warnings(&warnings);
	if (r == -PV_ENOTFOUND && t->name && pv_args_has(g->args, "ignore-not-found")) {
		pv_recover(g->cx);
		return NULL;
	}
	ask_go_on(g->cx, g->args, r, &g->worst);
	return r < 0 ? NULL : answer;
}

/* ---- printing ---- */

static void
nothing_found(const struct get *g, const target *t)
{
	const char *ns =
		t->kind->namespaced && !g->look.with_namespace ? pv_client_namespace(g->client) : NULL;
	fprintf(stderr, "No resources found%s%s%s.\n", ns ? " in " : "", ns ? ns : "",
		ns ? " namespace" : "");
}

/* Targets of one kind that follow each other are one table; *i stops behind them. */
static bool
print_table(struct get *g, const pv_vec *targets, size_t *i, bool labelled, bool again)
{
	const pv_client_kind *kind = PV_AT(target, targets, *i)->kind;
	const pv_val *first = NULL;
	struct table_look look = g->look;
	pv_listb rows;
	pv_val all;
	pv_listb_init(&rows, g->cx->arena);
	for (; *i < targets->len && PV_AT(target, targets, *i)->kind == kind; ++*i) {
		const pv_val *table = answer_of(g, PV_AT(target, targets, *i));
		first = first ? first : table;
		for (size_t k = 0; k < pv_count(pv_get(table, "rows")); k++)
			pv_listb_add(&rows, *pv_item(pv_get(table, "rows"), k));
	}
	all = pv_listb_end(&rows);
	if (pv_count(&all) == 0)
		return false;
	if (again)
		putchar('\n');
	look.label = labelled ? ask_label(g->cx->arena, kind, "") : NULL;
	all = pv_with(g->cx->arena, first, "rows", all);
	table_print(g->cx, &all, &look);
	return true;
}

static bool
kinds_differ(const pv_vec *targets)
{
	for (size_t i = 1; i < targets->len; i++)
		if (PV_AT(target, targets, i)->kind != PV_AT(target, targets, 0)->kind)
			return true;
	return false;
}

static void
print_tables(struct get *g, const pv_vec *targets)
{
	bool labelled = kinds_differ(targets), any = false;
	for (size_t i = 0; i < targets->len;)
		any = print_table(g, targets, &i, labelled, any) || any;
	if (!any && g->worst == 0)
		nothing_found(g, PV_AT(target, targets, 0));
}

/* Without its managers, which nobody reads, unless they are asked for. */
static pv_val
readable(struct get *g, pv_arena *arena, const pv_val *object)
{
	const pv_val *items = pv_get(object, "items");
	pv_listb list;
	if (pv_args_has(g->args, "show-managed-fields") || pv_starts_with(g->format, "jsonpath"))
		return *object;
	if (!pv_is(items, PV_LIST))
		return pv_without_at(arena, object, "metadata.managedFields");
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(items); i++)
		pv_listb_add(&list, pv_without_at(arena, pv_item(items, i), "metadata.managedFields"));
	return pv_with(arena, object, "items", pv_listb_end(&list));
}

/* As data: the object, the list, or a List of all that was named. */
static int
print_data(struct get *g, const pv_vec *targets)
{
	const pv_val *answer = NULL;
	pv_listb items;
	pv_objb list;
	pv_val whole;
	bool done;
	pv_listb_init(&items, g->cx->arena);
	for (size_t i = 0; i < targets->len; i++) {
		const target *t = PV_AT(target, targets, i);
		const pv_val *some;
		if (!(answer = answer_of(g, t)))
			continue;
		some = t->name ? NULL : pv_get(answer, "items");
		for (size_t k = 0; k < (t->name ? 1 : pv_count(some)); k++) {
			const pv_val *object = t->name ? answer : pv_item(some, k);
			if (pv_streq(g->format, "name"))
				print_name(g->cx, t->kind, object);
			pv_listb_add(&items, *object);
		}
	}
	if (pv_streq(g->format, "name") || (targets->len == 1 && !answer))
		return 0;
	if (targets->len == 1) {
		whole = readable(g, g->cx->arena, answer);
		return ask_print(g->cx, g->format, &whole, &done);
	}
	pv_objb_init(&list, g->cx->arena);
	pv_objb_puts(&list, "apiVersion", "v1");
	pv_objb_puts(&list, "kind", "List");
	pv_objb_put(&list, "items", pv_listb_end(&items));
	whole = pv_objb_end(&list);
	whole = readable(g, g->cx->arena, &whole);
	return ask_print(g->cx, g->format, &whole, &done);
}

/* ---- watching ---- */

/* One line of a watch: {"type", "object"}.  What a line takes is let go with it. */
static int
on_line(void *arg, pv_str line)
{
	struct get *g = arg;
	const pv_val *event, *object;
	const char *type;
	bool done;
	pv_val shown;
	pv_ctx cx;
	int r;
	pv_ctx_init(&cx, "event");
	r = pv_json_parse(&cx, line, NULL, &event);
	object = r < 0 ? NULL : pv_get(event, "object");
	type = r < 0 ? "" : pv_text_at(event, "type", "");
	if (pv_streq(type, "ERROR"))
		r = pv_fail(g->cx, pv_code_of_http((int)pv_i64_at(object, "code", 500)), "%s",
			    pv_text_at(object, "message", ""));
	else if (r < 0)
		r = pv_fail(g->cx, PV_EINTERNAL, "a line of the watch is no event: %s", pv_error_text(&cx));
	else if (pv_streq(type, "BOOKMARK"))
		r = 0;
	else if (g->table)
		table_print(&cx, object, &g->look);
	else if (pv_streq(g->format, "name"))
		print_name(&cx, g->kind, object);
	else {
		shown = readable(g, cx.arena, object);
		r = ask_print(g->cx, g->format, &shown, &done);
	}
	fflush(stdout);
	pv_ctx_done(&cx);
	return r;
}

/* A table is as wide as what is there already; then comes every change, from that moment on. */
static int
list_first(struct get *g, const char *path, const char **ret_from)
{
	pv_client_call call = {.accept = TABLE, .path = path};
	const pv_val *table;
	int r = get_pages(g, call, NULL, &table);
	if (r < 0)
		return r;
	if (pv_count(pv_get(table, "rows")))
		table_print(g->cx, table, &g->look);
	fflush(stdout);
	*ret_from = pv_text_at(table, "metadata.resourceVersion", "");
	return 0;
}

static int
follow(struct get *g, const pv_vec *targets)
{
	target t = *PV_AT(target, targets, 0);
	pv_client_call call = {.accept = g->table ? TABLE : NULL, .timeout_ns = -1};
	const char *only = NULL, *from = "", *path;
	int r = 0;
	if (targets->len > 1)
		return pv_fail(g->cx, PV_EUSAGE, "--watch follows one kind, or one object, not %zu",
			       targets->len);
	if (t.name && pv_args_has(g->args, "field-selector"))
		return pv_fail(g->cx, PV_EUSAGE, "--field-selector selects among many: not with a name");
	if (t.name)
		only = pv_printf(g->cx->arena, "fieldSelector=metadata.name%%3D%s",
				 pv_url_escape(g->cx->arena, t.name));
	t.name = NULL;
	path = with_query(g, path_of(g, &t), only);
	if (g->table)
		r = list_first(g, path, &from);
	if (r < 0)
		return r;
	g->kind = t.kind;
	call.path = pv_printf(g->cx->arena, "%s%swatch=true&resourceVersion=%s", path,
			      strchr(path, '?') ? "&" : "?", from);
	return pv_client_stream(g->cx, g->client, &call, on_line, g);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	struct get g = {.cx = cx, .args = args, .format = pv_args_text(args, "output", NULL)};
	pv_vec targets;
	int r;
	if (!ask_format_is(g.format))
		return pv_fail(
			cx, PV_EUSAGE,
			"--output: expected json, yaml, table, wide, name or jsonpath=TEMPLATE, found \"%s\"",
			g.format);
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected a kind: pave get deployments");
	g.table = !g.format || pv_streq(g.format, "table") || pv_streq(g.format, "wide");
	g.look = (struct table_look){.with_namespace = pv_args_has(args, "all-namespaces"),
				     .no_headers = pv_args_has(args, "no-headers"),
				     .with_labels = pv_args_has(args, "show-labels"),
				     .wide = pv_streq(g.format, "wide")};
	r = ask_open(cx, args, &g.client);
	if (r < 0)
		return r;
	r = target_parse(cx, g.client, args, &targets);
	if (r == 0 && g.look.with_namespace && PV_AT(target, &targets, 0)->name)
		r = pv_fail(cx, PV_EUSAGE, "a name is of one namespace: not with --all-namespaces");
	if (r == 0 && pv_args_has(args, "watch"))
		r = follow(&g, &targets);
	else if (r == 0 && g.table)
		print_tables(&g, &targets);
	else if (r == 0)
		r = print_data(&g, &targets);
	pv_client_close(g.client);
	return r < 0 ? r : g.worst;
}

static const pv_option options[] = {
	SERVER_OPTIONS,
	{"all-namespaces", 'A', NULL, "in every namespace"},
	{"selector", 'l', "SELECTOR", "only objects with these labels: app=web,tier!=cache"},
	{"field-selector", 0, "SELECTOR", "only objects with these fields: metadata.name=web"},
	{"output", 'o', "json|yaml|table|wide|name|jsonpath=TEMPLATE", "how to print"},
	{"watch", 'w', NULL, "print what is there, then every change"},
	{"show-labels", 0, NULL, "a table with the labels as its last column"},
	{"show-managed-fields", 0, NULL, "JSON and YAML with metadata.managedFields"},
	{"ignore-not-found", 0, NULL, "it is fine if it is not there"},
	{"no-headers", 0, NULL, "a table without its first line"},
	{0},
};

const pv_verb get_verb = {
	.name = "get",
	.usage = "KIND[,KIND...] [NAME...] | KIND/NAME...",
	.summary = "list objects, or show one",
	.help = "Kinds are named as kubectl names them: plural, singular or short, several by comma, or a category (all).\n"
		"Example: pave get applications -A    pave get deploy/web -o jsonpath='{.status.readyReplicas}'",
	.options = options,
	.run = run,
};
