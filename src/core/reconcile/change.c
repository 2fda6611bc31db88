/* change: an object's change or difference, as `pave why` and the portal show it. */
#include "base/str.h"
#include "core/reconcile/turn.h"
#include "lang/diff/diff.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define DIFF_MOST 40 /* paths kept of one change */

pv_val
object_ref(pv_arena *arena, const pv_val *object)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "apiVersion", pv_text_at(object, "apiVersion", NULL));
	pv_objb_puts(&b, "kind", pv_text_at(object, "kind", NULL));
	pv_objb_puts(&b, "namespace", pv_text_at(object, "metadata.namespace", NULL));
	pv_objb_puts(&b, "name", pv_text_at(object, "metadata.name", NULL));
	return pv_objb_end(&b);
}

/* What kubectl notes for itself says in one long line what the rest of a difference says already. */
static pv_val
without_last_applied(pv_arena *arena, pv_val object)
{
	const pv_val *annotations = pv_at(&object, "metadata.annotations");
	pv_val left;
	if (!pv_get(annotations, LAST_APPLIED))
		return object;
	left = pv_without(arena, annotations, LAST_APPLIED);
	return pv_count(&left) ? pv_with_at(arena, &object, "metadata.annotations", left)
			       : pv_without_at(arena, &object, "metadata.annotations");
}

/* Without what every write changes. */
static const pv_val *
essence(pv_arena *arena, const pv_val *object)
{
	pv_val v;
	if (!object)
		return NULL;
	v = pv_without_at(arena, object, "metadata.managedFields");
	v = pv_without_at(arena, &v, "metadata.resourceVersion");
	v = pv_without_at(arena, &v, "metadata.generation");
	return pv_box(arena, without_last_applied(arena, v));
}

pv_val
change_val(pv_ctx *cx, const char *action, const pv_val *object, const pv_val *from, const pv_val *to)
{
	pv_objb b;
	pv_vec diff;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "action", action);
	pv_objb_put(&b, "object", object_ref(cx->arena, object));
	if (from && to && !pv_streq(pv_text_at(object, "kind", ""), "Secret")) {
		pv_diff(cx, essence(cx->arena, from), essence(cx->arena, to), &diff);
		if (diff.len > DIFF_MOST)
			diff.len = DIFF_MOST;
		pv_objb_put(&b, "diff", pv_diff_val(cx->arena, &diff));
	}
	return pv_objb_end(&b);
}
