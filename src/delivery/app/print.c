/* print: tables with argocd's columns, and values. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "delivery/app/verb.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define COLUMNS_MOST 12

void
rows_init(table *t, pv_arena *arena, const char *const *heads, size_t columns)
{
	*t = (table){.arena = arena, .columns = columns};
	pv_vec_init(&t->cells, arena, sizeof(const char *));
	for (size_t i = 0; i < columns; i++)
		rows_add(t, heads[i]);
}

void
rows_add(table *t, const char *cell)
{
	cell = cell ? cell : "";
	pv_vec_push(&t->cells, &cell);
}

void
rows_print(const table *t)
{
	size_t widths[COLUMNS_MOST] = {0};
	for (size_t i = 0; i < t->cells.len; i++) {
		size_t len = strlen(*PV_AT(const char *, &t->cells, i)), *width = &widths[i % t->columns];
		*width = len > *width ? len : *width;
	}
	for (size_t i = 0; i < t->cells.len; i++) {
		bool last = i % t->columns == t->columns - 1;
		printf("%-*s%s", last ? 0 : (int)widths[i % t->columns], *PV_AT(const char *, &t->cells, i),
		       last ? "\n" : "  ");
	}
}

bool
command_print(const talk *t, const pv_val *v)
{
	const char *as = pv_args_text(t->args, "output", "");
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	if (pv_streq(as, "json"))
		pv_json_write_pretty(&b, v, 2);
	else if (pv_streq(as, "yaml"))
		pv_yaml_write(&b, v);
	else
		return false;
	printf("%s%s", b.len ? b.s : "", pv_streq(as, "json") ? "\n" : "");
	return true;
}

int
command_print_check(const talk *t, const char *words)
{
	const char *as = pv_args_text(t->args, "output", NULL);
	pv_str rest = pv_str_of(words), one;
	while (as && pv_str_next(&rest, '|', &one))
		if (pv_str_is(one, as))
			return 0;
	return as ? pv_fail(t->cx, PV_EUSAGE, "--output: expected %s, found \"%s\"", words, as) : 0;
}

const char *
command_destination(const pv_val *object)
{
	const char *server = pv_text_at(object, "spec.destination.server", "");
	return *server ? server : pv_text_at(object, "spec.destination.name", "");
}

const char *
command_policy(const pv_val *object)
{
	const pv_val *automated = pv_at(object, "spec.syncPolicy.automated");
	bool on = pv_is(automated, PV_OBJECT) && pv_truth_at(automated, "enabled", true);
	return !on ? "Manual" : pv_truth_at(automated, "prune", false) ? "Auto-Prune" : "Auto";
}

const char *
command_source(const pv_val *object, const char *member)
{
	const pv_val *many = pv_at(object, "spec.sources"),
		     *one = pv_count(many) ? pv_item(many, 0) : pv_at(object, "spec.source");
	return pv_text_at(one, member, "");
}

/* What an operation said of the object. */
static const pv_val *
result_of(const pv_val *object, const pv_val *resource)
{
	static const char *const parts[] = {"group", "kind", "namespace", "name"};
	const pv_val *all = pv_at(object, "status.operationState.syncResult.resources");
	for (size_t i = 0; i < pv_count(all); i++) {
		bool same = true;
		for (size_t k = 0; same && k < PV_LEN(parts); k++)
			same = pv_streq(pv_text_at(pv_item(all, i), parts[k], ""),
					pv_text_at(resource, parts[k], ""));
		if (same)
			return pv_item(all, i);
	}
	return NULL;
}

void
command_print_resources(const talk *t, const pv_val *object)
{
	static const char *const heads[] = {"GROUP",  "KIND",   "NAMESPACE", "NAME",
					    "STATUS", "HEALTH", "HOOK",      "MESSAGE"},
				 *const members[] = {"group", "kind",   "namespace",
						     "name",  "status", "health.status"};
	const pv_val *all = pv_at(object, "status.resources");
	table rows;
	rows_init(&rows, t->cx->arena, heads, PV_LEN(heads));
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *result = result_of(object, pv_item(all, i));
		for (size_t k = 0; k < PV_LEN(members); k++)
			rows_add(&rows, pv_text_at(pv_item(all, i), members[k], ""));
		rows_add(&rows, pv_text_at(result, "hookType", ""));
		rows_add(&rows, pv_text_at(result, "message", ""));
	}
	rows_print(&rows);
}
