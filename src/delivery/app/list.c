/* list: what Applications there are, and what one was. */
#include <stdio.h>

#include "base/str.h"
#include "delivery/app/verb.h"

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
full_name(pv_arena *arena, const pv_val *object)
{
	return pv_printf(arena, "%s/%s", pv_text_at(object, "metadata.namespace", ""),
			 pv_text_at(object, "metadata.name", ""));
}

static void
add_row(const talk *t, const pv_val *object, bool wide, table *rows)
{
	const char *project = pv_text_at(object, "spec.project", "");
	rows_add(rows, full_name(t->cx->arena, object));
	rows_add(rows, command_destination(object));
	rows_add(rows, pv_text_at(object, "spec.destination.namespace", ""));
	rows_add(rows, *project ? project : "default");
	rows_add(rows, pv_text_at(object, "status.sync.status", "Unknown"));
	rows_add(rows, pv_text_at(object, "status.health.status", "Unknown"));
	rows_add(rows, command_policy(object));
	rows_add(rows, conditions_of(t->cx->arena, object));
	if (!wide)
		return;
	rows_add(rows, command_source(object, "repoURL"));
	rows_add(rows, command_source(object, "path"));
	rows_add(rows, command_source(object, "targetRevision"));
}

static bool
is_on(const talk *t, const pv_val *object)
{
	const char *cluster = pv_args_text(t->args, "cluster", NULL);
	return !cluster || pv_streq(cluster, pv_text_at(object, "spec.destination.server", "")) ||
	       pv_streq(cluster, pv_text_at(object, "spec.destination.name", ""));
}

int
command_list(talk *t)
{
	static const char *const heads[] = {"NAME",   "CLUSTER", "NAMESPACE",  "PROJECT",
					    "STATUS", "HEALTH",  "SYNCPOLICY", "CONDITIONS",
					    "REPO",   "PATH",    "TARGET"};
	bool wide = pv_streq(pv_args_text(t->args, "output", ""), "wide"),
	     names = pv_streq(pv_args_text(t->args, "output", ""), "name");
	const pv_val *all = NULL;
	pv_listb kept;
	table rows;
	pv_val v;
	int r = command_print_check(t, "wide|name|json|yaml|table");
	r = r < 0 ? r : talk_load_all(t, &all);
	if (r < 0)
		return r;
	pv_listb_init(&kept, t->cx->arena);
	rows_init(&rows, t->cx->arena, heads, wide ? 11 : 8);
	for (size_t i = 0; i < pv_count(all); i++) {
		if (!is_on(t, pv_item(all, i)))
			continue;
		pv_listb_add(&kept, *pv_item(all, i));
		add_row(t, pv_item(all, i), wide, &rows);
	}
	v = pv_listb_end(&kept);
	for (size_t i = 0; names && i < pv_count(&v); i++)
		printf("%s\n", full_name(t->cx->arena, pv_item(&v, i)));
	if (!names && !command_print(t, &v))
		rows_print(&rows);
	return 0;
}

/* Of several sources the revisions with commas between them. */
static const char *
revision_of(pv_arena *arena, const pv_val *entry)
{
	const pv_val *many = pv_get(entry, "revisions");
	pv_buf b;
	if (!pv_count(many))
		return pv_text_at(entry, "revision", "");
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < pv_count(many); i++)
		pv_buf_printf(&b, "%s%s", i ? "," : "", pv_text(pv_item(many, i), ""));
	return b.s;
}

int
command_history(talk *t)
{
	static const char *const heads[] = {"ID", "DATE", "REVISION", "INITIATOR"};
	bool ids = pv_streq(pv_args_text(t->args, "output", ""), "id");
	const pv_val *object, *all;
	table rows;
	int r = command_print_check(t, "wide|id|json|yaml|table");
	r = r < 0 ? r : talk_load(t, &object);
	if (r < 0)
		return r;
	all = pv_at(object, "status.history");
	if (command_print(t, all ? all : pv_box(t->cx->arena, pv_list_of(t->cx->arena, NULL, 0))))
		return 0;
	rows_init(&rows, t->cx->arena, heads, PV_LEN(heads));
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		const char *id = pv_printf(t->cx->arena, "%lld", (long long)pv_i64_at(one, "id", 0));
		if (ids)
			printf("%s\n", id);
		rows_add(&rows, id);
		rows_add(&rows, pv_text_at(one, "deployedAt", ""));
		rows_add(&rows, revision_of(t->cx->arena, one));
		rows_add(&rows, pv_truth_at(one, "initiatedBy.automated", false)
					? "automated"
					: pv_text_at(one, "initiatedBy.username", ""));
	}
	if (!ids)
		rows_print(&rows);
	return 0;
}
