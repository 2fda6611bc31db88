#include "core/schema/walk.h"
#include "base/buf.h"
#include "lang/json/json.h"
#include <string.h>

const char *
pv_path_text(pv_arena *arena, const pv_path *p)
{
	const path *chain[WALK_DEPTH + 2];
	size_t n = 0;
	pv_buf b;

	for (; p && n < PV_LEN(chain); p = p->up)
		chain[n++] = p;
	pv_buf_init(&b, arena);
	while (n--) {
		if (!chain[n]->name)
			pv_buf_printf(&b, "[%zu]", chain[n]->index);
		else if (chain[n]->index)
			pv_buf_printf(&b, "[%s]", chain[n]->name);
		else if (*chain[n]->name) {
			if (b.len)
				pv_buf_addc(&b, '.');
			pv_buf_adds(&b, chain[n]->name);
		}
	}
	return b.len ? b.s : "";
}

const char *
walk_text(walk *w, const path *p)
{
	return pv_path_text(w->f.cx->arena, p);
}

static pv_val
key_of(walk *w, const pv_schema *s, const pv_val *item)
{
	pv_objb b;

	if (s->list != PV_LIST_MAP || !pv_is(item, PV_OBJECT))
		return *item;
	pv_objb_init(&b, w->f.cx->arena);
	for (size_t i = 0; i < s->n_keys; i++) {
		const pv_val *part = pv_get(item, s->keys[i]);
		const pv_prop *prop = pv_schema_prop(s->items, s->keys[i], strlen(s->keys[i]));

		if (!part && prop && prop->schema->facets)
			part = prop->schema->facets->def;
		if (part)
			pv_objb_put(&b, s->keys[i], *part);
	}
	return pv_objb_end(&b);
}

const char *
walk_key(walk *w, const pv_schema *s, const pv_val *item)
{
	pv_val key = key_of(w, s, item);
	pv_buf b;

	pv_buf_init(&b, w->f.cx->arena);
	pv_json_write_sorted(&b, &key);
	return b.s;
}

/* ---- saying it ---- */

bool
walk_heard(walk *w)
{
	bool heard = pv_faults_heard(&w->f);

	w->f.n += !heard;
	return heard;
}

void
walk_bad_value(walk *w, const path *p, const char *shown, const char *why)
{
	if (walk_heard(w))
		pv_fault(&w->f, "FieldValueInvalid", walk_text(w, p), "Invalid value: %s: %s", shown, why);
}

void
walk_in_body(walk *w, const path *p, const pv_val *v, const char *should)
{
	if (walk_heard(w)) {
		const char *at = walk_text(w, p);

		pv_fault(&w->f, "FieldValueInvalid", at, "Invalid value: %s: %s in body should %s",
			 pv_fault_text(w->f.cx->arena, v), at, should);
	}
}

void
walk_bad_type(walk *w, const path *p, const char *shown, const char *type)
{
	if (pv_faults_heard(&w->f)) {
		const char *at = walk_text(w, p);

		pv_fault(&w->f, "FieldValueTypeInvalid", at,
			 "Invalid value: %s: %s in body must be of type %s: %s", shown, at, type, shown);
	} else {
		pv_fault(&w->f, "FieldValueTypeInvalid", "", "%s", ""); /* counts */
	}
}

void
walk_undecoded(walk *w, const path *p, const char *shown, const char *why)
{
	if (walk_heard(w))
		pv_fault(&w->f, "FieldValueTypeInvalid", walk_text(w, p), "Invalid value: %s: %s", shown,
			 why);
}

void
walk_missing(walk *w, const path *p, const char *name, const char *why)
{
	const path at = {p, name, 0};

	if (walk_heard(w))
		pv_required(&w->f, walk_text(w, &at), why);
}

void
walk_too_many(walk *w, const path *p, size_t n, int64_t max)
{
	if (walk_heard(w))
		pv_too_many(&w->f, walk_text(w, p), n, (size_t)max);
}

void
walk_too_long(walk *w, const path *p, int64_t max)
{
	if (walk_heard(w))
		pv_too_long(&w->f, walk_text(w, p), (size_t)max);
}

/* Faults of combined schemas have no field of their own upstream. */
void
walk_combined(walk *w, const path *p, const char *why)
{
	if (walk_heard(w))
		pv_fault(&w->f, "FieldValueInvalid", "<nil>", "Invalid value: \"\": \"%s\" %s",
			 walk_text(w, p), why);
}

void
walk_identity(walk *w, const pv_val *v, const path *p)
{
	static const char *const names[] = {"apiVersion", "kind"};

	for (size_t i = 0; i < PV_LEN(names); i++) {
		const pv_val *name = pv_get(v, names[i]);
		const path at = {p, names[i], 0};

		if (pv_is(name, PV_STRING) && !name->len)
			walk_bad_value(w, &at, "\"\"", "must not be empty");
		else if (!pv_is(name, PV_STRING))
			walk_missing(w, p, names[i], "");
	}
}
