/* condition: what controllers share about .status.conditions, their times, and owners. */
#include "base/str.h"
#include "base/time.h"
#include "core/reconcile/reconcile.h"

const pv_val *
pv_condition_find(const pv_val *conditions, const char *type)
{
	for (size_t i = 0; i < pv_count(conditions); i++) {
		const pv_val *c = pv_item(conditions, i);
		if (pv_streq(pv_text_at(c, "type", NULL), type))
			return c;
	}
	return NULL;
}

static pv_val
condition(pv_ctx *cx, const pv_val *old, const char *type, const char *status, const char *reason,
	  const char *message, int64_t now)
{
	bool same = pv_streq(pv_text_at(old, "status", NULL), status);
	const char *since = same ? pv_text_at(old, "lastTransitionTime", NULL) : NULL;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "type", pv_string(cx->arena, type));
	pv_objb_put(&b, "status", pv_string(cx->arena, status));
	pv_objb_puts(&b, "reason", reason);
	pv_objb_puts(&b, "message", message);
	pv_objb_puts(&b, "lastTransitionTime", since ? since : pv_time_format(cx->arena, now));
	return pv_objb_end(&b);
}

pv_val
pv_condition_set(pv_ctx *cx, const pv_val *conditions, const char *type, const char *status,
		 const char *reason, const char *message, int64_t now)
{
	bool found = false;
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(conditions); i++) {
		const pv_val *c = pv_item(conditions, i);
		if (!found && pv_streq(pv_text_at(c, "type", NULL), type)) {
			pv_listb_add(&b, condition(cx, c, type, status, reason, message, now));
			found = true;
		} else {
			pv_listb_add(&b, *c);
		}
	}
	if (!found)
		pv_listb_add(&b, condition(cx, NULL, type, status, reason, message, now));
	return pv_listb_end(&b);
}

pv_val
pv_condition_remove(pv_ctx *cx, const pv_val *conditions, const char *type)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(conditions); i++)
		if (!pv_streq(pv_text_at(pv_item(conditions, i), "type", NULL), type))
			pv_listb_add(&b, *pv_item(conditions, i));
	return pv_listb_end(&b);
}

int64_t
pv_time_at(const pv_val *v, const char *path)
{
	int64_t ns;
	return pv_time_parse(pv_str_of(pv_text_at(v, path, "")), &ns) ? ns : 0;
}

static const pv_val *
controller_ref(const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");
	for (size_t i = 0; i < pv_count(refs); i++)
		if (pv_truth_at(pv_item(refs, i), "controller", false))
			return pv_item(refs, i);
	return NULL;
}

bool
pv_owned_by(const pv_val *object, const pv_val *owner)
{
	const char *uid = pv_text_at(owner, "metadata.uid", NULL);
	return uid && pv_streq(pv_text_at(controller_ref(object), "uid", NULL), uid);
}

pv_val
pv_owner_ref(pv_arena *arena, const pv_val *owner)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "apiVersion", pv_text_at(owner, "apiVersion", NULL));
	pv_objb_puts(&b, "kind", pv_text_at(owner, "kind", NULL));
	pv_objb_puts(&b, "name", pv_text_at(owner, "metadata.name", NULL));
	pv_objb_puts(&b, "uid", pv_text_at(owner, "metadata.uid", NULL));
	pv_objb_put(&b, "controller", pv_bool(true));
	pv_objb_put(&b, "blockOwnerDeletion", pv_bool(true));
	return pv_objb_end(&b);
}
