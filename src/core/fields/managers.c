/* The list in metadata.managedFields <-> who owns what. */
#include "core/fields/managers.h"

#include <string.h>

#include "base/map.h"
#include "base/str.h"

/* Of two entries of one writer the later one counts. */
void
managers_parse(pv_ctx *cx, const pv_val *managed, pv_vec *ret)
{
	pv_map *places = pv_map_new(cx->arena); /* + 1, in ret */

	pv_vec_init(ret, cx->arena, sizeof(fmanager));
	for (size_t i = 0; pv_is(managed, PV_LIST) && i < pv_count(managed); i++) {
		const pv_val *from = pv_item(managed, i);
		fmanager one = {.manager = pv_text_at(from, "manager", ""),
				.operation = pv_text_at(from, "operation", ""),
				.api_version = pv_text_at(from, "apiVersion", ""),
				.subresource = pv_text_at(from, "subresource", ""),
				.time = pv_text_at(from, "time", ""),
				.set = fset_parse(cx->arena, pv_get(from, "fieldsV1"))};
		const char *id = pv_printf(cx->arena, "%s\n%s\n%s\n%s", one.operation,
					   pv_streq(one.operation, "Apply") ? "" : one.api_version,
					   one.subresource, one.manager);
		uintptr_t place = (uintptr_t)pv_map_finds(places, id);

		if (one.set && place)
			*PV_AT(fmanager, ret, place - 1) = one;
		else if (one.set) {
			pv_vec_push(ret, &one);
			pv_map_puts(places, id, (void *)ret->len);
		}
	}
}

static bool
is_read(pv_ctx *cx, const pv_val *from)
{
	const char *operation = pv_text_at(from, "operation", "");

	return (pv_streq(operation, "Apply") || pv_streq(operation, "Update")) &&
	       pv_text_at(from, "apiVersion", "")[0] &&
	       pv_streq(pv_text_at(from, "fieldsType", ""), "FieldsV1") &&
	       fset_reads(cx, pv_get(from, "fieldsV1"));
}

bool
managers_read(pv_ctx *cx, const pv_val *managed)
{
	if (!pv_is(managed, PV_LIST))
		return false;
	for (size_t i = 0; i < pv_count(managed); i++)
		if (!is_read(cx, pv_item(managed, i)))
			return false;
	return true;
}

fmanager *
managers_get(pv_ctx *cx, pv_vec *managers, const char *manager, const char *operation,
	     const char *api_version, const char *subresource)
{
	bool apply = strcmp(operation, "Apply") == 0;
	fmanager *made;

	for (size_t i = 0; i < managers->len; i++) {
		fmanager *one = PV_AT(fmanager, managers, i);

		if (strcmp(one->manager, manager) == 0 && strcmp(one->operation, operation) == 0 &&
		    strcmp(one->subresource, subresource) == 0 &&
		    (apply || strcmp(one->api_version, api_version) == 0))
			return one;
	}
	made = pv_vec_add(managers);
	*made = (fmanager){.manager = pv_strdup(cx->arena, manager),
			   .operation = operation,
			   .api_version = pv_strdup(cx->arena, api_version),
			   .subresource = pv_strdup(cx->arena, subresource),
			   .time = ""};
	return made;
}

/* Apply before Update, then by time, manager, version, subresource. */
static int
by_rank(const void *left, const void *right)
{
	const fmanager *a = left, *b = right;
	int order = strcmp(a->operation, b->operation);

	if (!order)
		order = strcmp(a->time, b->time);
	if (!order)
		order = strcmp(a->manager, b->manager);
	if (!order)
		order = strcmp(a->api_version, b->api_version);
	return order ? order : strcmp(a->subresource, b->subresource);
}

/* The oldest Update entries become one, so that an object's history has an end. */
static void
bundle(pv_ctx *cx, pv_vec *managers)
{
	size_t updates = 0, len = 0, excess;
	fmanager old = {.manager = "ancient-changes", .operation = "Update", .subresource = "", .time = ""};

	for (size_t i = 0; i < managers->len; i++)
		updates += strcmp(PV_AT(fmanager, managers, i)->operation, "Update") == 0;
	if (updates <= MANAGERS_UPDATES)
		return;
	excess = updates - MANAGERS_UPDATES + 1;
	for (size_t i = 0; i < managers->len; i++) {
		fmanager one = *PV_AT(fmanager, managers, i);

		if (excess && strcmp(one.operation, "Update") == 0 && one.subresource[0] == '\0') {
			old.set = fset_union(cx->arena, old.set, one.set);
			old.api_version = one.api_version;
			old.time = one.time;
			excess--;
		} else {
			*PV_AT(fmanager, managers, len++) = one;
		}
	}
	managers->len = len;
	if (old.set)
		pv_vec_push(managers, &old);
}

static pv_val
format_one(pv_ctx *cx, const fmanager *from)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	if (from->manager[0])
		pv_objb_put(&b, "manager", pv_string(cx->arena, from->manager));
	pv_objb_put(&b, "operation", pv_string(cx->arena, from->operation));
	pv_objb_put(&b, "apiVersion", pv_string(cx->arena, from->api_version));
	if (from->time[0])
		pv_objb_put(&b, "time", pv_string(cx->arena, from->time));
	pv_objb_put(&b, "fieldsType", pv_string_ref("FieldsV1"));
	pv_objb_put(&b, "fieldsV1", fset_format(cx->arena, from->set));
	if (from->subresource[0])
		pv_objb_put(&b, "subresource", pv_string(cx->arena, from->subresource));
	return pv_objb_end(&b);
}

pv_val
managers_format(pv_ctx *cx, pv_vec *managers)
{
	pv_listb out;

	pv_vec_sort(managers, by_rank);
	bundle(cx, managers);
	pv_vec_sort(managers, by_rank);
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < managers->len; i++)
		if (PV_AT(fmanager, managers, i)->set)
			pv_listb_add(&out, format_one(cx, PV_AT(fmanager, managers, i)));
	return pv_listb_end(&out);
}
