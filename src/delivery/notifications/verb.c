/* verb: `pave notifications ..`: triggers and templates as `argocd admin notifications` shows and tries them.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/troubleshooting-commands/ */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/time.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FILE_MOST ((size_t)16 << 20)
#define PREVIEW_MOST 100

typedef struct tool {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *client; /* opened when a file does not say */
	const char *ns;
	config c;
} tool;

/* ---- where things come from ---- */

static int
ask_server(tool *t, const char *kind, const char *name, const pv_val **ret)
{
	const pv_client_conf conf = {.kubeconfig = pv_args_text(t->args, "kubeconfig", NULL),
				     .context = pv_args_text(t->args, "context", NULL)};
	const pv_client_kind *row;
	pv_client_call c = {0};
	int r = t->client ? 0 : pv_client_open(t->cx, &conf, &t->client);
	r = r < 0 ? r : pv_client_find(t->cx, t->client, kind, &row);
	if (r < 0)
		return r;
	c.path = pv_client_path(t->cx->arena, row, t->ns, name, NULL);
	return pv_client_json(t->cx, t->client, &c, NULL, ret);
}

/* The object of that kind and name in a file; name NULL: the first of the kind. */
static int
from_file(tool *t, const char *file, const char *kind, const char *name, const pv_val **ret)
{
	const pv_yaml_opts opts = {.file = file};
	pv_str text;
	pv_vec docs;
	int r = pv_file_load(t->cx, file, FILE_MOST, &text);
	r = r < 0 ? r : pv_yaml_parse_all(t->cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_val *v = PV_AT(pv_yaml_doc, &docs, i)->val;
		if (pv_streq(pv_text_at(v, "kind", ""), kind) &&
		    (!name || pv_streq(pv_text_at(v, "metadata.name", ""), name))) {
			*ret = v;
			return 0;
		}
	}
	return r < 0 ? r
		     : pv_fail(t->cx, PV_ENOTFOUND, "file '%s' does not have '%s/%s'", file, kind,
			       name ? name : "NAME");
}

static int
open_tool(pv_ctx *cx, const pv_args *args, tool *t)
{
	const char *map_file = pv_args_text(args, "config-map", NULL),
		   *secret_file = pv_args_text(args, "secret", map_file ? ":empty" : NULL);
	const pv_val *map = NULL, *secret = NULL;
	int r;
	*t = (tool){.cx = cx, .args = args, .ns = pv_args_text(args, "namespace", HOME)};
	r = map_file ? from_file(t, map_file, "ConfigMap", CONFIG_NAME, &map)
		     : ask_server(t, "configmap", CONFIG_NAME, &map);
	if (r == 0 && secret_file && !pv_streq(secret_file, ":empty"))
		r = from_file(t, secret_file, "Secret", SECRET_NAME, &secret);
	else if (r == 0 && !secret_file)
		r = ask_server(t, "secret", SECRET_NAME, &secret);
	config_init(cx, &t->c, t->ns, map, secret);
	return r;
}

static int
resource(tool *t, const char *name, const pv_val **ret)
{
	if (access(name, R_OK) == 0)
		return from_file(t, name, "Application", NULL, ret);
	return ask_server(t, "application.argoproj.io", name, ret);
}

/* ---- printing ---- */

static int
check_output(pv_ctx *cx, const pv_args *args, const char **ret)
{
	static const char *const known[] = {"wide", "name", "json", "yaml"};
	*ret = pv_args_text(args, "output", "wide");
	for (size_t i = 0; i < PV_LEN(known); i++)
		if (pv_streq(*ret, known[i]))
			return 0;
	return pv_fail(cx, PV_EUSAGE, "--output: expected json, yaml, wide or name, found \"%.*s\"",
		       PV_CLIP(*ret));
}

static void
print_document(tool *t, const pv_val *v, bool json)
{
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	if (json) {
		pv_json_write_sorted_pretty(&b, v, 2);
		pv_buf_addc(&b, '\n');
	} else {
		pv_yaml_write(&b, v);
	}
	(void)fwrite(b.len ? b.s : "", 1, b.len, stdout);
}

struct row {
	const char *cells[3];
};

/* Columns as wide as their widest cell and two blanks, at least five, as Go's tabwriter sets them. */
static void
print_table(const pv_vec *rows, size_t columns)
{
	size_t widths[3] = {0};
	for (size_t i = 0; i < rows->len; i++)
		for (size_t c = 0; c + 1 < columns; c++) {
			size_t n = strlen(PV_AT(struct row, rows, i)->cells[c]) + 2;
			widths[c] = n > widths[c] ? n : widths[c];
		}
	for (size_t i = 0; i < rows->len; i++) {
		const char *const *row = PV_AT(struct row, rows, i)->cells;
		for (size_t c = 0; c + 1 < columns; c++)
			printf("%-*s", (int)(widths[c] > 5 ? widths[c] : 5), row[c]);
		printf("%s\n", row[columns - 1]);
	}
}

static void
add_row(pv_vec *rows, const char *a, const char *b, const char *c)
{
	const struct row row = {{a, b, c}};
	pv_vec_push(rows, &row);
}

static const char *
joined(pv_arena *arena, const pv_val *list)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_buf_adds(&b, i ? ", " : "");
		pv_buf_adds(&b, pv_text(pv_item(list, i), ""));
	}
	return b.len ? b.s : "";
}

static const char *
preview(pv_arena *arena, const pv_val *template)
{
	const char *text = pv_text_at(template, "message", "");
	size_t n;
	if (!*text)
		text = pv_json_text(arena, template);
	n = strcspn(text, "\n");
	return n > PREVIEW_MOST ? pv_printf(arena, "%.*s...", PREVIEW_MOST - 1, text)
				: pv_strndup(arena, text, n);
}

static void
describe(tool *t, const char *name, const pv_val *v, bool triggers, pv_vec *rows)
{
	if (!triggers)
		add_row(rows, name, preview(t->cx->arena, v), "");
	for (size_t i = 0; triggers && i < pv_count(v); i++)
		add_row(rows, i ? "" : name, joined(t->cx->arena, pv_get(pv_item(v, i), "send")),
			pv_text_at(pv_item(v, i), "when", ""));
}

/* Every trigger or template, or the one that is named. */
static int
get(pv_ctx *cx, const pv_args *args, bool triggers)
{
	const char *what = triggers ? "trigger." : "template.", *only = pv_args_at(args, 0), *as;
	pv_objb items;
	pv_vec rows;
	pv_val all;
	tool t = {0};
	int r = check_output(cx, args, &as);
	r = r < 0 ? r : open_tool(cx, args, &t);
	pv_objb_init(&items, cx->arena);
	pv_vec_init(&rows, cx->arena, sizeof(struct row));
	add_row(&rows, "NAME", triggers ? "TEMPLATE" : "PREVIEW", "CONDITION");
	for (size_t i = 0; r == 0 && i < pv_count(t.c.data); i++) {
		const char *key = pv_text(&pv_sorted(t.c.data, i)->key, ""), *name = key + strlen(what);
		const pv_val *v;
		if (!pv_starts_with(key, what) || (only && !pv_streq(only, name)))
			continue;
		r = config_yaml(&t.c, key, &v);
		if (r < 0)
			break;
		pv_objb_put(&items, name, *v);
		describe(&t, name, v, triggers, &rows);
		if (pv_streq(as, "name"))
			printf("%s\n", name);
	}
	all = pv_objb_end(&items);
	if (r == 0 && pv_streq(as, "wide"))
		print_table(&rows, triggers ? 3 : 2);
	else if (r == 0 && !pv_streq(as, "name"))
		print_document(&t, &all, pv_streq(as, "json"));
	t.client = pv_client_close(t.client);
	return r;
}

static int
trigger_get(pv_ctx *cx, const pv_args *args)
{
	return get(cx, args, true);
}

static int
template_get(pv_ctx *cx, const pv_args *args)
{
	return get(cx, args, false);
}

/* ---- trying ---- */

static int
no_commits(scene *s, const char *repo PV_UNUSED, const char *revision PV_UNUSED, const pv_val **ret PV_UNUSED)
{
	return pv_fail(s->cx, PV_EUNSUPPORTED, "commits of a repository are known to a server only");
}

/* NAME RESOURCE_NAME: the tool, and the Application. */
static int
open_two(pv_ctx *cx, const pv_args *args, tool *t, const pv_val **ret)
{
	int r = pv_args_count(args) == 2
			? 0
			: pv_fail(cx, PV_EUSAGE,
				  "expected two arguments, NAME and RESOURCE_NAME (or a file), got %zu",
				  pv_args_count(args));
	r = r < 0 ? r : open_tool(cx, args, t);
	return r < 0 ? r : resource(t, pv_args_at(args, 1), ret);
}

static scene
scene_of(pv_ctx *cx, const pv_val *app)
{
	return (scene){.cx = cx, .app = app, .now = pv_now(), .commit = no_commits};
}

static int
trigger_try(pv_ctx *cx, const pv_args *args)
{
	const pv_val *app;
	pv_vec conditions, rows;
	scene s;
	tool t = {0};
	int r = open_two(cx, args, &t, &app);
	if (r == 0) {
		s = scene_of(cx, app);
		r = trigger_run(&t.c, &s, pv_args_at(args, 0), &conditions);
	}
	pv_vec_init(&rows, cx->arena, sizeof(struct row));
	add_row(&rows, "CONDITION", "RESULT", "");
	for (size_t i = 0; r == 0 && i < conditions.len; i++) {
		const condition *c = PV_AT(condition, &conditions, i);
		add_row(&rows, c->when, c->holds ? "true" : "false", "");
		if (c->error)
			(void)fprintf(stderr, "%s: %s\n", pv_args_at(args, 0), c->error);
	}
	if (r == 0)
		print_table(&rows, 2);
	t.client = pv_client_close(t.client);
	return r;
}

/* "slack:channel" */
static int
notify_one(tool *t, const pv_val *app, const char *template, const char *to)
{
	pv_val templates = pv_string_ref(template), made;
	pv_str rest = pv_str_of(to), service, recipient = {"", 0};
	scene s = scene_of(t->cx, app);
	message m = {.cx = t->cx, .config = &t->c, .id = pv_uuid(t->cx->arena), .title = template};
	int r;
	(void)pv_str_next(&rest, ':', &service);
	(void)pv_str_next(&rest, ':', &recipient);
	m.service = pv_strndup(t->cx->arena, service.s, service.len);
	m.recipient = pv_strndup(t->cx->arena, recipient.s, recipient.len);
	templates = pv_list_of(t->cx->arena, &templates, 1);
	r = render(&t->c, &s, &templates, m.service, m.recipient, &made);
	m.notification = &made;
	if (r == 0 && pv_streq(m.service, "console"))
		print_document(t, &made, false);
	else if (r == 0)
		r = send_message(&m);
	if (r == 0)
		return 0;
	to = config_redact(&t->c, pv_strdup(t->cx->arena, pv_error_text(t->cx)));
	pv_recover(t->cx);
	return pv_fail(t->cx, PV_EUNAVAILABLE, "failed to notify '%s:%s': %s", m.service, m.recipient, to);
}

static int
template_notify(pv_ctx *cx, const pv_args *args)
{
	const pv_val *app;
	tool t = {0};
	int r = open_two(cx, args, &t, &app);
	for (size_t i = 0; r == 0; i++) {
		const char *to = pv_args_nth(args, "recipient", i);
		if (!to && i)
			break;
		r = notify_one(&t, app, pv_args_at(args, 0), to ? to : "console:stdout");
	}
	t.client = pv_client_close(t.client);
	return r;
}

/* clang-format off */
#define PLACE_OPTIONS \
	{"config-map", 0, "FILE", CONFIG_NAME ".yaml (default: the server's)"}, \
	{"secret", 0, "FILE", SECRET_NAME ".yaml, or :empty (default: the server's)"}, \
	{"namespace", 'n', "NS", "where they are (default: " HOME ")"}, \
	{"kubeconfig", 0, "FILE", "of the server (default: $KUBECONFIG)"}, \
	{"context", 0, "NAME", "of the kubeconfig"}
/* clang-format on */
static const pv_option get_options[] = {
	PLACE_OPTIONS,
	{"output", 'o', "json|yaml|wide|name", "how to print them (default: wide)"},
	{0},
};
static const pv_option run_options[] = {
	PLACE_OPTIONS,
	{0},
};
static const pv_option notify_options[] = {
	PLACE_OPTIONS,
	{"recipient", 0, "SERVICE:RECIPIENT", "whom to tell; repeats (default: console:stdout)"},
	{0},
};

const pv_verb notifications_verbs[] = {
	{.name = "notifications trigger get",
	 .usage = "[NAME]",
	 .summary = "the triggers of Argo CD's notifications",
	 .help = "  pave notifications trigger get\n  pave notifications trigger get on-sync-failed -o yaml",
	 .options = get_options,
	 .run = trigger_get},
	{.name = "notifications trigger run",
	 .usage = "NAME RESOURCE_NAME",
	 .summary = "whether a trigger's conditions are true of an Application",
	 .help = "The Application is one of the server's, or a file.\n\n  pave notifications trigger run "
		 "on-sync-status-unknown ./app.yaml --config-map ./cm.yaml",
	 .options = run_options,
	 .run = trigger_try},
	{.name = "notifications template get",
	 .usage = "[NAME]",
	 .summary = "the templates of Argo CD's notifications",
	 .help = "  pave notifications template get\n  pave notifications template get app-sync-succeeded -o yaml",
	 .options = get_options,
	 .run = template_get},
	{.name = "notifications template notify",
	 .usage = "NAME RESOURCE_NAME",
	 .summary = "make a message by a template, and send it to somebody",
	 .help = "Without a recipient it is printed.\n\n  pave notifications template notify app-sync-succeeded shop\n"
		 "  pave notifications template notify app-sync-succeeded shop --recipient slack:my-channel",
	 .options = notify_options,
	 .run = template_notify},
	{0},
};
