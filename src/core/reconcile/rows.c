/* rows: the indexes that modules declare. */
#include <string.h>

#include "base/str.h"
#include "core/module.h"
#include "core/reconcile/turn.h"

static bool
has_needle(pv_str json, const char *needle)
{
	return !needle || memmem(json.s, json.len, needle, strlen(needle));
}

bool
controller_wants(const pv_controller *c, const pv_rec *is, const pv_rec *was)
{
	if (!kind_is_of(c->kind, pv_rec_key(is)->type))
		return false;
	return has_needle(pv_rec_json(is), c->needle) || (was && has_needle(pv_rec_json(was), c->needle));
}

static bool
concerns(const pv_index_row *row, const char *type, pv_str json)
{
	if (!pv_streq(row->kind, "*") && !kind_is_of(row->kind, type))
		return false;
	return !json.len || has_needle(json, row->needle);
}

bool
index_covers(const char *type, pv_str json)
{
	for (const pv_module *const *m = pv_modules; *m; m++)
		for (const pv_index_row *row = (*m)->indexes; row && row->name; row++)
			if (concerns(row, type, json))
				return true;
	return false;
}

void
index_keys(pv_ctx *cx, const char *type, const pv_val *object, pv_vec *ret)
{
	const pv_str unread = {NULL, 0};
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	for (const pv_module *const *m = pv_modules; *m; m++)
		for (const pv_index_row *row = (*m)->indexes; row && row->name; row++) {
			pv_vec keys;
			if (!concerns(row, type, unread))
				continue;
			pv_vec_init(&keys, cx->arena, sizeof(const char *));
			row->keys(cx, object, &keys);
			for (size_t i = 0; i < keys.len; i++) {
				const char *dep =
					dep_indexed(cx->arena, row->name, *PV_AT(const char *, &keys, i));
				pv_vec_push(ret, &dep);
			}
		}
}
