/* verb: `pave app list|get|history|delete`: Applications with argocd's words and columns, over Kubernetes' API. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "delivery/argocd/verb.h"
#include "lang/json/json.h"

#define CELLS_MOST 8

struct talk {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *client;
	const pv_client_kind *kind;
};

/* ---- tables ---- */

struct row {
	const char *cells[CELLS_MOST];
};

static void
print_rows(const pv_vec *rows, size_t n)
{
	size_t widths[CELLS_MOST] = {0};
	for (size_t i = 0; i < rows->len; i++)
		for (size_t k = 0; k < n; k++) {
			size_t len = strlen(PV_AT(struct row, rows, i)->cells[k]);
			widths[k] = len > widths[k] ? len : widths[k];
		}
	for (size_t i = 0; i < rows->len; i++)
		for (size_t k = 0; k < n; k++)
			printf("%-*s%s", k + 1 < n ? (int)widths[k] : 0, PV_AT(struct row, rows, i)->cells[k],
			       k + 1 < n ? "  " : "\n");
}

static int
print_json(struct talk *t, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	pv_json_write_pretty(&b, v, 2);
	printf("%s\n", b.s);
	return 0;
}

/* ---- which ---- */

static int
ask(struct talk *t, const char *method, const char *path, const pv_val *body, const pv_val **ret)
{
	pv_client_call to = {.method = method, .path = path};
	if (body) {
		to.type = "application/merge-patch+json";
		to.body = pv_str_of(pv_json_text(t->cx->arena, body));
	}
	return pv_client_json(t->cx, t->client, &to, NULL, ret);
}

static int
load_all(struct talk *t, const pv_val **ret)
{
	const char *ns = pv_args_text(t->args, "namespace", NULL);
	const pv_val *list;
	int r = ask(t, NULL, pv_client_path(t->cx->arena, t->kind, ns, NULL, NULL), NULL, &list);
	if (r == 0)
		*ret = pv_get(list, "items");
	return r;
}

/* "shop", or "team/shop" as the list shows it: else where alone there is one. */
static int
load_one(struct talk *t, const pv_val **ret)
{
	const char *word = pv_args_at(t->args, 0), *slash = word ? strrchr(word, '/') : NULL, *name;
	const char *ns = slash ? pv_strndup(t->cx->arena, word, (size_t)(slash - word)) : NULL;
	const pv_val *all, *found = NULL;
	int r;
	if (pv_args_count(t->args) != 1)
		return pv_fail(t->cx, PV_EUSAGE,
			       "expected the name of one Application, found %zu: pave %s shop",
			       pv_args_count(t->args), pv_args_verb(t->args)->name);
	name = slash ? slash + 1 : word;
	ns = ns ? ns : pv_args_text(t->args, "namespace", NULL);
	if (ns)
		return ask(t, NULL, pv_client_path(t->cx->arena, t->kind, ns, name, NULL), NULL, ret);
	r = load_all(t, &all);
	for (size_t i = 0; r == 0 && i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		if (!pv_streq(pv_text_at(one, "metadata.name", ""), name))
			continue;
		if (found)
			return pv_fail(t->cx, PV_EBADREQUEST,
				       "Application %s is in more than one namespace: pave %s %s/%s", name,
				       pv_args_verb(t->args)->name, pv_text_at(one, "metadata.namespace", ""),
				       name);
		found = one;
	}
	if (r == 0 && !found)
		return pv_fail(t->cx, PV_ENOTFOUND, "there is no Application %s", name);
	*ret = found;
	return r;
}

/* ---- list ---- */

static const char *
policy_of(const pv_val *object)
{
	const pv_val *automated = pv_at(object, "spec.syncPolicy.automated");
	bool on = pv_is(automated, PV_OBJECT) && pv_truth_at(automated, "enabled", true);
	return !on ? "Manual" : pv_truth_at(automated, "prune", false) ? "Auto-Prune" : "Auto";
}

static const char *
conditions_of(pv_arena *arena, const pv_val *object)
{
	const pv_val *list = pv_at(object, "status.conditions");
	pv_buf out;
	pv_buf_init(&out, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_buf_printf(&out, "%s%s", out.len ? "," : "", pv_text_at(pv_item(list, i), "type", ""));
	return out.len ? out.s : "<none>";
}

static const char *
destination_of(const pv_val *object)
{
	const char *server = pv_text_at(object, "spec.destination.server", "");
	return *server ? server : pv_text_at(object, "spec.destination.name", "");
}

static void
add_row(struct talk *t, const pv_val *object, pv_vec *rows)
{
	struct row *row = pv_vec_add(rows);
	*row = (struct row){{pv_printf(t->cx->arena, "%s/%s", pv_text_at(object, "metadata.namespace", ""),
				       pv_text_at(object, "metadata.name", "")),
			     destination_of(object), pv_text_at(object, "spec.destination.namespace", ""),
			     pv_text_at(object, "spec.project", "default"),
			     pv_text_at(object, "status.sync.status", "Unknown"),
			     pv_text_at(object, "status.health.status", "Unknown"), policy_of(object),
			     conditions_of(t->cx->arena, object)}};
}

static int
list(struct talk *t)
{
	const char *project = pv_args_text(t->args, "project", NULL),
		   *output = pv_args_text(t->args, "output", "table");
	const pv_val *all;
	pv_listb kept;
	pv_vec rows;
	pv_val v;
	int r = load_all(t, &all);
	if (r < 0)
		return r;
	pv_listb_init(&kept, t->cx->arena);
	pv_vec_init(&rows, t->cx->arena, sizeof(struct row));
	*(struct row *)pv_vec_add(&rows) = (struct row){
		{"NAME", "CLUSTER", "NAMESPACE", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS"}};
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		if (project && !pv_streq(project, pv_text_at(one, "spec.project", "default")))
			continue;
		pv_listb_add(&kept, *one);
		add_row(t, one, &rows);
	}
	v = pv_listb_end(&kept);
	if (pv_streq(output, "json"))
		return print_json(t, &v);
	if (pv_streq(output, "name"))
		for (size_t i = 1; i < rows.len; i++)
			printf("%s\n", PV_AT(struct row, &rows, i)->cells[0]);
	else
		print_rows(&rows, CELLS_MOST);
	return 0;
}

/* ---- one ---- */

static void
print_resources(struct talk *t, const pv_val *object)
{
	static const char *const members[] = {"group", "kind",   "namespace",
					      "name",  "status", "health.status"};
	const pv_val *all = pv_at(object, "status.resources");
	pv_vec rows;
	pv_vec_init(&rows, t->cx->arena, sizeof(struct row));
	*(struct row *)pv_vec_add(&rows) =
		(struct row){{"GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH"}};
	for (size_t i = 0; i < pv_count(all); i++) {
		struct row *row = pv_vec_add(&rows);
		for (size_t k = 0; k < PV_LEN(members); k++)
			row->cells[k] = pv_text_at(pv_item(all, i), members[k], "");
	}
	printf("\n");
	print_rows(&rows, PV_LEN(members));
}

static int
get(struct talk *t)
{
	static const struct {
		const char *label, *path;
	} lines[] = {{"Name:", "metadata.name"},
		     {"Namespace:", "metadata.namespace"},
		     {"Project:", "spec.project"},
		     {"Repo:", "spec.source.repoURL"},
		     {"Path:", "spec.source.path"},
		     {"Target:", "spec.source.targetRevision"},
		     {"Sync Status:", "status.sync.status"},
		     {"Revision:", "status.sync.revision"},
		     {"Health Status:", "status.health.status"},
		     {"Operation:", "status.operationState.phase"},
		     {"Message:", "status.operationState.message"}};
	const pv_val *object;
	int r = load_one(t, &object);
	if (r < 0)
		return r;
	if (pv_streq(pv_args_text(t->args, "output", "table"), "json"))
		return print_json(t, object);
	for (size_t i = 0; i < PV_LEN(lines); i++)
		if (*pv_text_at(object, lines[i].path, ""))
			printf("%-19s %s\n", lines[i].label, pv_text_at(object, lines[i].path, ""));
	printf("%-19s %s/%s\n%-19s %s\n", "Destination:", destination_of(object),
	       pv_text_at(object, "spec.destination.namespace", ""), "Sync Policy:", policy_of(object));
	print_resources(t, object);
	return 0;
}

static int
history(struct talk *t)
{
	const pv_val *object, *all;
	pv_vec rows;
	int r = load_one(t, &object);
	if (r < 0)
		return r;
	all = pv_at(object, "status.history");
	if (pv_streq(pv_args_text(t->args, "output", "table"), "json"))
		return print_json(t, all ? all : pv_box(t->cx->arena, pv_list_of(t->cx->arena, NULL, 0)));
	pv_vec_init(&rows, t->cx->arena, sizeof(struct row));
	*(struct row *)pv_vec_add(&rows) = (struct row){{"ID", "DATE", "REVISION"}};
	for (size_t i = 0; i < pv_count(all); i++) {
		struct row *row = pv_vec_add(&rows);
		*row = (struct row){
			{pv_printf(t->cx->arena, "%lld", (long long)pv_i64_at(pv_item(all, i), "id", 0)),
			 pv_text_at(pv_item(all, i), "deployedAt", ""),
			 pv_text_at(pv_item(all, i), "revision", "")}};
	}
	print_rows(&rows, 3);
	return 0;
}

/* With what it deployed, as argocd does, unless --cascade=false. */
static int
remove_it(struct talk *t)
{
	const char *cascade = pv_args_text(t->args, "cascade", "true"), *path;
	const pv_val *object, *unused;
	pv_val wish, patch;
	int r;
	if (!pv_streq(cascade, "true") && !pv_streq(cascade, "false"))
		return pv_fail(t->cx, PV_EUSAGE, "--cascade: expected true or false, found \"%s\"", cascade);
	r = load_one(t, &object);
	if (r < 0)
		return r;
	path = pv_client_path(t->cx->arena, t->kind, pv_text_at(object, "metadata.namespace", ""),
			      pv_text_at(object, "metadata.name", ""), NULL);
	wish = application_finalizers(t->cx->arena, object, pv_streq(cascade, "true") ? CASCADE : NULL);
	patch = pv_with_at(t->cx->arena, NULL, "metadata.finalizers", wish);
	r = ask(t, "PATCH", path, &patch, &unused);
	if (r == 0)
		r = ask(t, "DELETE", path, NULL, &unused);
	if (r == 0)
		printf("application '%s' deleted\n", pv_text_at(object, "metadata.name", ""));
	return r;
}

/* ---- the verbs ---- */

static int
with_talk(pv_ctx *cx, const pv_args *args, int (*what)(struct talk *))
{
	pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
			       .context = pv_args_text(args, "context", NULL),
			       .ns = pv_args_text(args, "namespace", NULL)};
	struct talk t = {.cx = cx, .args = args};
	int r = pv_client_open(cx, &conf, &t.client);
	if (r == 0)
		r = pv_client_find_kind(cx, t.client, ARGO "/v1alpha1", "Application", &t.kind);
	if (r == 0)
		r = what(&t);
	pv_client_close(t.client);
	return r;
}

static int
run_list(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, list);
}

static int
run_get(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, get);
}

static int
run_history(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, history);
}

static int
run_delete(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, remove_it);
}

/* clang-format off */
#define SERVER_OPTIONS \
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, then ~/.kube/config)"}, \
	{"context", 0, "NAME", "which context of it"}, \
	{"namespace", 'n', "NAME", "the Application's namespace (default: all)"}
/* clang-format on */

static const pv_option list_options[] = {
	SERVER_OPTIONS,
	{"project", 'p', "NAME", "only those of the project"},
	{"output", 'o', "table|json|name", "how to print (default: table)"},
	{0},
};
static const pv_option one_options[] = {
	SERVER_OPTIONS,
	{"output", 'o', "table|json", "how to print (default: table)"},
	{0},
};
static const pv_option delete_options[] = {
	SERVER_OPTIONS,
	{"cascade", 0, "true|false", "delete what it deployed, too (default: true)"},
	{0},
};

const pv_verb argocd_verbs[] = {
	{.name = "app list",
	 .usage = "",
	 .summary = "the Applications, as argocd lists them",
	 .help = "Example: pave app list -p shop -o name",
	 .options = list_options,
	 .run = run_list},
	{.name = "app get",
	 .usage = "APPLICATION",
	 .summary = "an Application and its resources",
	 .help = "APPLICATION is a name, or NAMESPACE/NAME.\nExample: pave app get guestbook",
	 .options = one_options,
	 .run = run_get},
	{.name = "app history",
	 .usage = "APPLICATION",
	 .summary = "what an Application deployed, one after another",
	 .help = "Example: pave app history guestbook",
	 .options = one_options,
	 .run = run_history},
	{.name = "app delete",
	 .usage = "APPLICATION",
	 .summary = "delete an Application with what it deployed",
	 .help = "Example: pave app delete guestbook --cascade=false",
	 .options = delete_options,
	 .run = run_delete},
	{0},
};
