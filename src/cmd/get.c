/* get: objects as tables or as data; -w follows changes. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpc.h"
#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/order.h"
#include "cmd/output.h"
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
	output out;
	bool is_table; /* the server makes it: columns and rows */
	bool everywhere;
	struct table table;
	const char *sort_by;        /* may be NULL */
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
	const char *ns = t->ns ? t->ns : pv_client_namespace(g->client);
	return pv_client_path(g->cx->arena, t->kind, t->kind->namespaced && !g->everywhere ? ns : NULL,
			      t->name, NULL);
}

static void
print_name(pv_ctx *cx, const pv_client_kind *kind, const pv_val *object)
{
	printf("%s\n", ask_label(cx->arena, kind, pv_text_at(object, "metadata.name", "")));
}

/* ---- asking ---- */

/* Items that leave their kind to the list are told it. */
static void
name_items(pv_ctx *cx, const pv_val **list)
{
	const pv_val *items = pv_get(*list, "items"), *version = pv_get(*list, "apiVersion");
	const char *kind = pv_text_at(*list, "kind", "");
	pv_listb named;

	if (!pv_is(items, PV_LIST) || !version || !pv_ends_with(kind, "List") || pv_streq(kind, "List"))
		return;
	kind = pv_strndup(cx->arena, kind, strlen(kind) - strlen("List"));
	pv_listb_init(&named, cx->arena);
	for (size_t i = 0; i < pv_count(items); i++) {
		pv_val one = *pv_item(items, i);

		if (one.type == PV_OBJECT && !pv_get(&one, "kind")) {
			pv_objb b;

			pv_objb_init(&b, cx->arena);
			pv_objb_put(&b, "apiVersion", *version);
			pv_objb_put(&b, "kind", pv_string_ref(kind));
			for (size_t k = 0; k < pv_member_count(&one); k++)
				pv_objb_put(&b, one.members[k].key.s, one.members[k].val);
			one = pv_objb_end(&b);
		}
		pv_listb_add(&named, one);
	}
	*list = pv_box(cx->arena, pv_with(cx->arena, *list, "items", pv_listb_end(&named)));
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

		call.path =
			pv_printf(g->cx->arena, "%s%slimit=%d%s%s", path, mark, PAGE,
				  next ? "&continue=" : "", next ? pv_url_escape(g->cx->arena, next) : "");
		r = pv_client_json(g->cx, g->client, &call, warnings, ret);
		if (r < 0)
			return r;
		name_items(g->cx, ret);
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
	pv_client_call call = {.accept = g->is_table ? TABLE : NULL};
	const pv_val *answer = NULL;
	pv_vec warnings;
	int r;
	pv_vec_init(&warnings, g->cx->arena, sizeof(const char *));
	call.path = with_query(g, path_of(g, t), g->is_table && g->sort_by ? "includeObject=Object" : NULL);
	r = t->name ? pv_client_json(g->cx, g->client, &call, &warnings, &answer)
		    : get_pages(g, call, &warnings, &answer);
	ask_print_warnings(&warnings);
	if (r == -PV_ENOTFOUND && t->name && pv_args_has(g->args, "ignore-not-found")) {
		pv_recover(g->cx);
		return NULL;
	}
	if (r == 0 && g->sort_by)
		r = order_by(g->cx, g->sort_by, answer, &answer);
	ask_go_on(g->cx, g->args, r, &g->worst);
	return r < 0 ? NULL : answer;
}

/* ---- printing ---- */

static void
nothing_found(const struct get *g, const pv_vec *targets)
{
	bool namespaced = !g->everywhere;
	for (size_t i = 0; i < targets->len; i++)
		namespaced = namespaced && PV_AT(target, targets, i)->kind->namespaced;
	if (namespaced)
		fprintf(stderr, "No resources found in %s namespace.\n", pv_client_namespace(g->client));
	else
		fprintf(stderr, "No resources found\n");
}

static bool
kinds_differ(const pv_vec *targets)
{
	for (size_t i = 1; i < targets->len; i++)
		if (PV_AT(target, targets, i)->kind != PV_AT(target, targets, 0)->kind)
			return true;
	return false;
}

/* Targets of one kind that follow each other are one table. */
static void
print_tables(struct get *g, const pv_vec *targets)
{
	bool labelled = kinds_differ(targets) || pv_args_has(g->args, "show-kind");
	const pv_client_kind *kind = NULL;
	for (size_t i = 0; i < targets->len; i++) {
		const target *t = PV_AT(target, targets, i);
		const pv_val *answer = answer_of(g, t);
		if (kind && t->kind != kind)
			table_next(&g->table);
		kind = t->kind;
		g->table.look.with_namespace = g->everywhere && kind->namespaced;
		g->table.look.label = labelled ? ask_label(g->cx->arena, kind, "") : NULL;
		if (answer)
			table_add(g->cx, &g->table, answer);
	}
	table_flush(&g->table);
	if (!g->table.tabs.printed && g->worst == 0 && !pv_args_has(g->args, "ignore-not-found"))
		nothing_found(g, targets);
}

/* Without its managers, which nobody reads, unless they are asked for. */
static pv_val
readable(struct get *g, pv_arena *arena, const pv_val *object)
{
	bool whole = g->out.form != OUTPUT_JSON && g->out.form != OUTPUT_YAML;
	const pv_val *items = pv_get(object, "items");
	pv_listb list;
	if (whole || pv_args_has(g->args, "show-managed-fields"))
		return *object;
	if (!pv_is(items, PV_LIST))
		return pv_without_at(arena, object, "metadata.managedFields");
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(items); i++)
		pv_listb_add(&list, pv_without_at(arena, pv_item(items, i), "metadata.managedFields"));
	return pv_with(arena, object, "items", pv_listb_end(&list));
}

static pv_val
list_of(pv_ctx *cx, pv_val items)
{
	pv_objb list, meta;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "resourceVersion", "");
	pv_objb_init(&list, cx->arena);
	pv_objb_puts(&list, "apiVersion", "v1");
	pv_objb_puts(&list, "kind", "List");
	pv_objb_put(&list, "metadata", pv_objb_end(&meta));
	pv_objb_put(&list, "items", items);
	return pv_objb_end(&list);
}

/* The one object that was named, or a List of all that was asked for. */
static int
print_data(struct get *g, const pv_vec *targets)
{
	bool one = targets->len == 1 && PV_AT(target, targets, 0)->name, name = g->out.form == OUTPUT_NAME;
	pv_listb items;
	pv_val whole;
	size_t found = 0;
	pv_listb_init(&items, g->cx->arena);
	for (size_t i = 0; i < targets->len; i++) {
		const target *t = PV_AT(target, targets, i);
		const pv_val *answer = answer_of(g, t), *some = t->name ? NULL : pv_get(answer, "items");
		for (size_t k = 0; answer && k < (t->name ? 1 : pv_count(some)); k++) {
			const pv_val *object = t->name ? answer : pv_item(some, k);
			if (name)
				print_name(g->cx, t->kind, object);
			pv_listb_add(&items, *object);
			found++;
		}
	}
	whole = pv_listb_end(&items);
	if (name || (one && !found))
		return 0;
	whole = one ? *pv_item(&whole, 0) : list_of(g->cx, whole);
	if (!one && g->sort_by && targets->len > 1) { /* each was in order: now all of them */
		const pv_val *sorted;
		int r = order_by(g->cx, g->sort_by, &whole, &sorted);
		if (r < 0)
			return r;
		whole = *sorted;
	}
	whole = readable(g, g->cx->arena, &whole);
	return output_print(g->cx, &g->out, &whole);
}

/* ---- watching ---- */

/* One line of a watch: {"type", "object"}.  What a line takes is let go with it. */
static int
on_line(void *arg, pv_str line)
{
	struct get *g = arg;
	const pv_val *event, *object;
	const char *type;
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
	else if (g->is_table) {
		table_add(&cx, &g->table, object);
		table_flush(&g->table);
	} else if (g->out.form == OUTPUT_NAME)
		print_name(&cx, g->kind, object);
	else {
		shown = readable(g, cx.arena, object);
		r = output_print(&cx, &g->out, &shown);
		if (r < 0)
			r = pv_fail(g->cx, -r, "%s", pv_error_text(&cx));
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
	if (!pv_args_has(g->args, "watch-only"))
		table_add(g->cx, &g->table, table);
	table_flush(&g->table);
	fflush(stdout);
	*ret_from = pv_text_at(table, "metadata.resourceVersion", "");
	return 0;
}

static int
follow(struct get *g, const pv_vec *targets)
{
	target t = *PV_AT(target, targets, 0);
	pv_client_call call = {.accept = g->is_table ? TABLE : NULL, .timeout_ns = -1};
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
	g->table.look.with_namespace = g->everywhere && t.kind->namespaced;
	if (pv_args_has(g->args, "show-kind"))
		g->table.look.label = ask_label(g->cx->arena, t.kind, "");
	if (g->is_table)
		r = list_first(g, path, &from);
	if (r < 0)
		return r;
	g->kind = t.kind;
	call.path = pv_printf(g->cx->arena, "%s%swatch=true&resourceVersion=%s", path,
			      strchr(path, '?') ? "&" : "?", from);
	return pv_client_stream(g->cx, g->client, &call, on_line, g);
}

/* ---- the command ---- */

/* -L app,tier -L team */
static const char *const *
label_columns(pv_ctx *cx, const pv_args *args)
{
	const char *text, *end = NULL;
	pv_vec all;
	pv_vec_init(&all, cx->arena, sizeof(const char *));
	for (size_t n = 0; (text = pv_args_nth(args, "label-columns", n)); n++) {
		pv_str rest = pv_str_of(text), one;
		while (pv_str_next(&rest, ',', &one))
			pv_vec_push(&all, &(const char *){pv_strndup(cx->arena, one.s, one.len)});
	}
	pv_vec_push(&all, &end);
	return all.data;
}

static int
begin(struct get *g, pv_ctx *cx, const pv_args *args)
{
	int r = output_parse(cx, args, NULL, &g->out);
	if (r == 0 && pv_args_count(args) == 0 && !pv_args_has(args, "filename"))
		r = pv_fail(cx, PV_EUSAGE, "expected a kind: pave get deployments");
	if (r < 0)
		return r;
	g->out.no_headers = pv_args_has(args, "no-headers");
	g->is_table = g->out.form == OUTPUT_TEXT || g->out.form == OUTPUT_WIDE;
	g->everywhere = pv_args_has(args, "all-namespaces");
	g->sort_by = pv_args_text(args, "sort-by", NULL);
	table_init(&g->table, cx->arena);
	g->table.look = (struct table_look){.no_headers = g->out.no_headers,
					    .with_labels = pv_args_has(args, "show-labels"),
					    .labels = label_columns(cx, args),
					    .wide = g->out.form == OUTPUT_WIDE};
	return 0;
}

static int
check_names(const struct get *g, const pv_vec *targets)
{
	bool named = targets->len && PV_AT(target, targets, 0)->name;
	if (named && g->everywhere)
		return pv_fail(g->cx, PV_EUSAGE, "a name is of one namespace: not with --all-namespaces");
	if (named && (pv_args_has(g->args, "selector") || pv_args_has(g->args, "field-selector")))
		return pv_fail(g->cx, PV_EUSAGE,
			       "--selector and --field-selector select among many: not with a name");
	return 0;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	struct get g = {.cx = cx, .args = args};
	pv_vec targets;
	int r = begin(&g, cx, args);
	if (r == 0)
		r = ask_open(cx, args, &g.client);
	if (r < 0)
		return r;
	r = target_parse(cx, g.client, args, &targets);
	if (r == 0)
		r = check_names(&g, &targets);
	if (r == 0 && (pv_args_has(args, "watch") || pv_args_has(args, "watch-only")))
		r = follow(&g, &targets);
	else if (r == 0 && g.is_table)
		print_tables(&g, &targets);
	else if (r == 0)
		r = print_data(&g, &targets);
	pv_client_close(g.client);
	return r < 0 ? r : g.worst;
}

static const pv_option options[] = {
	NAMESPACE_OPTIONS,
	{"all-namespaces", 'A', NULL, "in every namespace"},
	{"selector", 'l', "SELECTOR", "only objects with these labels: app=web,tier!=cache"},
	{"field-selector", 0, "SELECTOR", "only objects with these fields: metadata.name=web"},
	{"filename", 'f', "FILE|FOLDER|-", "the objects that these files name; may be given several times"},
	{"recursive", 'R', NULL, "with -f: the folders in a folder, too"},
	{"output", 'o',
	 "json|yaml|table|wide|name|jsonpath=TEMPLATE|jsonpath-file=FILE|jsonpath-as-json=TEMPLATE|"
	 "custom-columns=HEADER:PATH,...|custom-columns-file=FILE",
	 "how to print (default: table)"},
	{"sort-by", 0, "JSONPATH", "in the order of a field: .metadata.creationTimestamp"},
	{"watch", 'w', NULL, "print what is there, then every change"},
	{"watch-only", 0, NULL, "print every change from now on"},
	{"label-columns", 'L', "LABEL,...", "a table with a column for each of these labels"},
	{"show-labels", 0, NULL, "a table with the labels as its last column"},
	{"show-kind", 0, NULL, "a table with the kind in front of each name"},
	{"show-managed-fields", 0, NULL, "JSON and YAML with metadata.managedFields"},
	{"ignore-not-found", 0, NULL, "it is fine if it is not there"},
	{"no-headers", 0, NULL, "a table without its first line"},
	SERVER_OPTIONS,
	{0},
};

const pv_verb get_verb = {
	.name = "get",
	.usage = "KIND[,KIND...] [NAME...] | KIND/NAME... | -f FILE",
	.summary = "list objects, or show one",
	.help = "Kinds are named as kubectl names them: plural, singular or short, several by comma, or a category (all).\n"
		"What is printed is what kubectl prints.\n\n"
		"  pave get applications --all-namespaces\n"
		"  pave get deployments,services -l app=web -o wide\n"
		"  pave get deploy/web -o jsonpath='{.status.readyReplicas}'\n"
		"  pave get pods --sort-by=.spec.nodeName -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName\n"
		"  pave get pods --watch",
	.options = options,
	.run = run,
};
