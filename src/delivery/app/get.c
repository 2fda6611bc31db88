/* get: one Application, its resources, and what came of them; and its end. */
#include <stdio.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/app/verb.h"

/* ---- the head ---- */

static void
print_line(const char *label, const char *text)
{
	if (*text)
		printf("%-19s %s\n", label, text);
}

static void
print_sources(const pv_val *object)
{
	static const struct {
		const char *label, *member;
	} lines[] = {{"Repo:", "repoURL"}, {"Target:", "targetRevision"},
		     {"Path:", "path"},    {"Chart:", "chart"},
		     {"Ref:", "ref"},      {"Helm Values:", "helm.valueFiles.0"}};
	const pv_val *many = pv_at(object, "spec.sources"), *one = pv_at(object, "spec.source");
	for (size_t i = 0; i < (pv_count(many) ? pv_count(many) : 1); i++)
		for (size_t k = 0; k < PV_LEN(lines); k++)
			print_line(lines[k].label,
				   pv_text_at(pv_count(many) ? pv_item(many, i) : one, lines[k].member, ""));
}

static void
print_operation(const pv_val *object)
{
	static const struct {
		const char *label, *member;
	} lines[] = {{"Phase:", "phase"},
		     {"Start:", "startedAt"},
		     {"Finished:", "finishedAt"},
		     {"Message:", "message"}};
	const pv_val *state = pv_at(object, "status.operationState");
	if (!state)
		return;
	printf("\n%-19s %s\n", "Operation:", "Sync");
	for (size_t i = 0; i < PV_LEN(lines); i++)
		print_line(lines[i].label, pv_text_at(state, lines[i].member, ""));
}

static void
print_conditions(const talk *t, const pv_val *object)
{
	static const char *const heads[] = {"CONDITION", "MESSAGE", "LAST TRANSITION"};
	const pv_val *all = pv_at(object, "status.conditions");
	table rows;
	if (!pv_count(all))
		return;
	rows_init(&rows, t->cx->arena, heads, PV_LEN(heads));
	for (size_t i = 0; i < pv_count(all); i++) {
		rows_add(&rows, pv_text_at(pv_item(all, i), "type", ""));
		rows_add(&rows, pv_text_at(pv_item(all, i), "message", ""));
		rows_add(&rows, pv_text_at(pv_item(all, i), "lastTransitionTime", ""));
	}
	printf("\n");
	rows_print(&rows);
}

static void
print_head(const talk *t, const pv_val *object)
{
	const char *project = pv_text_at(object, "spec.project", ""),
		   *revision = pv_text_at(object, "status.sync.revision", "");
	const char *sync = pv_text_at(object, "status.sync.status", "Unknown");
	print_line("Name:", pv_printf(t->cx->arena, "%s/%s", pv_text_at(object, "metadata.namespace", ""),
				      pv_text_at(object, "metadata.name", "")));
	print_line("Project:", *project ? project : "default");
	print_line("Server:", command_destination(object));
	print_line("Namespace:", pv_text_at(object, "spec.destination.namespace", ""));
	print_sources(object);
	print_line("Sync Policy:", command_policy(object));
	print_line("Sync Status:", *revision ? pv_printf(t->cx->arena, "%s from %s (%.7s)", sync,
							 *command_source(object, "targetRevision")
								 ? command_source(object, "targetRevision")
								 : "HEAD",
							 revision)
					     : sync);
	print_line("Health Status:", pv_text_at(object, "status.health.status", "Unknown"));
	if (pv_args_has(t->args, "show-operation"))
		print_operation(object);
	print_conditions(t, object);
}

/* ---- the tree ---- */

struct tree {
	const talk *t;
	const pv_val *nodes;
	pv_map *below;  /* key of a parent: pv_vec of const pv_val * */
	pv_map *synced; /* key of what is managed: its row of .status.resources */
};

static const char *
key_of(pv_arena *arena, const pv_val *node)
{
	return pv_printf(arena, "%s/%s/%s/%s", pv_text_at(node, "group", ""), pv_text_at(node, "kind", ""),
			 pv_text_at(node, "namespace", ""), pv_text_at(node, "name", ""));
}

static void
sort_nodes(struct tree *tree, pv_vec *roots)
{
	pv_arena *arena = tree->t->cx->arena;
	for (size_t i = 0; i < pv_count(tree->nodes); i++) {
		const pv_val *node = pv_item(tree->nodes, i), *parents = pv_get(node, "parentRefs");
		const char *key = pv_count(parents) ? key_of(arena, pv_item(parents, 0)) : NULL;
		pv_vec *list = key ? pv_map_finds(tree->below, key) : roots;
		if (!list) {
			list = pv_new(arena, pv_vec);
			pv_vec_init(list, arena, sizeof(const pv_val *));
			pv_map_puts(tree->below, key, list);
		}
		pv_vec_push(list, &node);
	}
}

struct step { /* a node to print: no recursion over what a server says */
	const pv_val *node;
	const char *lead;
	bool last, top;
};

static void
print_tree(struct tree *tree, const pv_vec *roots)
{
	static const char *const heads[] = {"KIND/NAME", "STATUS", "HEALTH", "MESSAGE"};
	pv_arena *arena = tree->t->cx->arena;
	pv_vec todo;
	table rows;
	pv_vec_init(&todo, arena, sizeof(struct step));
	rows_init(&rows, arena, heads, PV_LEN(heads));
	for (size_t i = roots->len; i > 0; i--)
		*(struct step *)pv_vec_add(&todo) =
			(struct step){*PV_AT(const pv_val *, roots, i - 1), "", true, true};
	while (todo.len) {
		struct step s = *PV_AT(struct step, &todo, todo.len - 1);
		const pv_vec *below = pv_map_finds(tree->below, key_of(arena, s.node));
		const char *more = s.top ? "" : pv_printf(arena, "%s%s", s.lead, s.last ? "  " : "│ ");
		pv_vec_pop(&todo);
		rows_add(&rows, pv_printf(arena, "%s%s%s/%s", s.lead,
					  s.top    ? ""
					  : s.last ? "└─"
						   : "├─",
					  pv_text_at(s.node, "kind", ""), pv_text_at(s.node, "name", "")));
		rows_add(&rows, pv_text_at(pv_map_finds(tree->synced, key_of(arena, s.node)), "status", ""));
		rows_add(&rows, pv_text_at(s.node, "health.status", ""));
		rows_add(&rows, pv_text_at(s.node, "health.message", ""));
		for (size_t i = below ? below->len : 0; i > 0; i--)
			*(struct step *)pv_vec_add(&todo) = (struct step){
				*PV_AT(const pv_val *, below, i - 1), more, i == below->len, false};
	}
	rows_print(&rows);
}

static int
tell_tree(talk *t, const pv_val *object)
{
	struct tree tree = {.t = t, .below = pv_map_new(t->cx->arena), .synced = pv_map_new(t->cx->arena)};
	const pv_val *managed = pv_at(object, "status.resources");
	const pv_val *found;
	pv_vec roots;
	int r = talk_ask(t, NULL, talk_path(t, "/resource-tree"), NULL, &found);
	if (r < 0)
		return r;
	pv_vec_init(&roots, t->cx->arena, sizeof(const pv_val *));
	tree.nodes = pv_get(found, "nodes");
	for (size_t i = 0; i < pv_count(managed); i++)
		pv_map_puts(tree.synced, key_of(t->cx->arena, pv_item(managed, i)),
			    (void *)(uintptr_t)pv_item(managed, i));
	sort_nodes(&tree, &roots);
	printf("\n");
	print_tree(&tree, &roots);
	return 0;
}

int
command_get(talk *t)
{
	const char *as = pv_args_text(t->args, "output", "wide"),
		   *how = pv_args_has(t->args, "hard-refresh") ? "hard"
			  : pv_args_has(t->args, "refresh")    ? "normal"
							       : NULL;
	const pv_val *object;
	int r = command_print_check(t, "wide|tree|json|yaml|table");
	if (r == 0 && how)
		r = talk_ask(t, NULL, pv_printf(t->cx->arena, "%s&refresh=%s", talk_path(t, ""), how), NULL,
			     &object);
	if (r == 0)
		r = talk_load(t, &object);
	if (r < 0 || command_print(t, object))
		return r;
	print_head(t, object);
	if (pv_streq(as, "tree"))
		return tell_tree(t, object);
	printf("\n");
	command_print_resources(t, object);
	return 0;
}

int
command_resources(talk *t)
{
	static const char *const heads[] = {"GROUP", "KIND", "NAMESPACE", "NAME"}, *const members[] = {
											   "group", "kind",
											   "namespace",
											   "name"};
	const pv_val *found, *nodes, *object;
	table rows;
	int r = command_print_check(t, "tree|json|yaml|table");
	if (r == 0)
		r = talk_load(t, &object);
	if (r == 0)
		r = talk_ask(t, NULL, talk_path(t, "/resource-tree"), NULL, &found);
	if (r < 0 || command_print(t, found))
		return r;
	if (pv_streq(pv_args_text(t->args, "output", ""), "tree"))
		return tell_tree(t, object);
	nodes = pv_get(found, "nodes");
	rows_init(&rows, t->cx->arena, heads, PV_LEN(heads));
	for (size_t i = 0; i < pv_count(nodes); i++)
		for (size_t k = 0; k < PV_LEN(members); k++)
			rows_add(&rows, pv_text_at(pv_item(nodes, i), members[k], ""));
	rows_print(&rows);
	return 0;
}

/* ---- the end ---- */

/* Until nothing of that name is there. */
static int
await_end(talk *t)
{
	struct timespec pause = {0, 100 * PV_MS};
	const pv_val *unused;
	int r;
	while ((r = talk_load(t, &unused)) == 0)
		nanosleep(&pause, NULL);
	return r == -PV_ENOTFOUND ? (pv_recover(t->cx), 0) : r;
}

static int
delete_one(talk *t)
{
	static const talk_pair pairs[] = {
		{"cascade", "cascade"}, {"propagation-policy", "propagationPolicy"}, {0}};
	const pv_val *object;
	int r = talk_load(t, &object);
	if (r == 0)
		r = talk_ask(t, "DELETE",
			     pv_printf(t->cx->arena, "%s%s", talk_path(t, ""), talk_query(t, pairs)), NULL,
			     NULL);
	if (r == 0 && pv_args_has(t->args, "wait"))
		r = await_end(t);
	if (r == 0)
		printf("application '%s' deleted\n", t->name);
	return r;
}

int
command_delete(talk *t)
{
	const char *cascade = pv_args_text(t->args, "cascade", "true");
	if (!pv_streq(cascade, "true") && !pv_streq(cascade, "false"))
		return pv_fail(t->cx, PV_EUSAGE, "--cascade: expected true or false, found \"%s\"", cascade);
	return talk_each(t, delete_one);
}
