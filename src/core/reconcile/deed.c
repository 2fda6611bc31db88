/* deed: told by the API after each write that matters; kept under the object it was done to, and
 * under the object it was done for unless that one's plan lists it. */
#include "core/reconcile/deed.h"

#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"

bool
deed_counts(const char *type)
{
	return !pv_streq(type, "/Event") && !pv_streq(type, "events.k8s.io/Event") &&
	       !pv_streq(type, "coordination.k8s.io/Lease");
}

const char *
deed_doer(pv_ctx *cx, const pv_val *deed)
{
	const pv_val *by = pv_get(deed, "by");
	const char *user = pv_text_at(deed, "user", NULL), *who = pv_text_at(deed, "controller", ""),
		   *ns = pv_text_at(by, "namespace", "");
	if (pv_get(by, "hidden"))
		return pv_printf(cx->arena, "an object you may not read (%s)", pv_text_at(by, "kind", ""));
	if (by)
		return pv_printf(cx->arena, "%s %s%s%s", pv_text_at(by, "kind", ""), ns, *ns ? "/" : "",
				 pv_text_at(by, "name", ""));
	return user ? pv_printf(cx->arena, "%s (%s)", user, who) : pv_printf(cx->arena, "the %s", who);
}

static const char *
short_value(pv_ctx *cx, const pv_val *v)
{
	const char *text = v ? pv_json_text(cx->arena, v) : "nothing";
	return pv_str_of(text).len > 60 ? NULL : text;
}

const char *
deed_fields(pv_ctx *cx, const pv_val *change)
{
	const pv_val *diff = pv_get(change, "diff"), *first = pv_item(diff, 0);
	const char *from = short_value(cx, pv_get(first, "from")), *to = short_value(cx, pv_get(first, "to")),
		   *text;
	if (!first)
		return NULL;
	text = pv_text_at(first, "path", "");
	if (from && to)
		text = pv_printf(cx->arena, "%s %s -> %s", text, from, to);
	return pv_count(diff) > 1 ? pv_printf(cx->arena, "%s and %s", text,
					      pv_counted(cx->arena, pv_count(diff) - 1, "more field"))
				  : text;
}

/* ---- whose edit is undone ---- */

static bool
is_action(const pv_val *deed, const char *action)
{
	return pv_streq(pv_text_at(deed, "changes.0.action", ""), action);
}

static bool
undoes_change(const pv_val *now, const pv_val *then)
{
	for (size_t i = 0; i < pv_count(now); i++)
		for (size_t k = 0; k < pv_count(then); k++) {
			const pv_val *a = pv_item(now, i), *b = pv_item(then, k);
			if (pv_eq(pv_get(a, "path"), pv_get(b, "path")) && pv_get(b, "to") &&
			    pv_eq(pv_get(a, "from"), pv_get(b, "to")))
				return true;
		}
	return false;
}

static bool
undoes(const pv_val *deed, const pv_val *edit)
{
	const pv_val *edits = pv_get(edit, "changes");
	for (size_t i = 0; i < pv_count(edits); i++)
		if (undoes_change(pv_at(deed, "changes.0.diff"), pv_get(pv_item(edits, i), "diff")))
			return true;
	return false;
}

/* The newest edit or deletion by a person that the deed takes back; NULL: none. */
static const char *
undone(pv_ctx *cx, pv_runtime *rt, const char *object, const pv_val *deed)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	if (history_list(cx, rt->history, object, &list) < 0)
		pv_recover(cx);
	if (is_action(deed, "create")) /* what went last is put back, nothing else */
		return list.len && pv_get(&list.items[0], "user") && is_action(&list.items[0], "delete")
			       ? pv_printf(cx->arena, "a deletion by %s", deed_doer(cx, &list.items[0]))
			       : NULL;
	for (size_t i = 0; i < list.len; i++)
		if (pv_get(&list.items[i], "user") && undoes(deed, &list.items[i]))
			return pv_printf(cx->arena, "a hand edit by %s", deed_doer(cx, &list.items[i]));
	return NULL;
}

/* ---- keeping ---- */

static pv_val
deed_val(pv_ctx *cx, const pv_deed *d, pv_val change)
{
	pv_listb changes;
	pv_objb b;
	pv_listb_init(&changes, cx->arena);
	pv_listb_add(&changes, change);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "deed", pv_bool(true));
	pv_objb_puts(&b, "controller", d->manager && *d->manager ? d->manager : "nobody named");
	pv_objb_puts(&b, "user", d->by ? NULL : d->user);
	if (d->by)
		pv_objb_put(&b, "by", *d->by);
	pv_objb_puts(&b, "at", pv_time_format_micro(cx->arena, d->at));
	pv_objb_puts(&b, "reason", d->reason);
	if (d->refused)
		pv_objb_put(&b, "refused", *d->refused);
	pv_objb_put(&b, "changes", pv_listb_end(&changes));
	return pv_objb_end(&b);
}

static bool
same_object(const pv_val *ref, const pv_val *object)
{
	return pv_streq(pv_text_at(ref, "kind", ""), pv_text_at(object, "kind", "")) &&
	       pv_streq(pv_text_at(ref, "namespace", ""), pv_text_at(object, "metadata.namespace", "")) &&
	       pv_streq(pv_text_at(ref, "name", ""), pv_text_at(object, "metadata.name", ""));
}

/* What a controller makes and owns says so in its ownerReferences: Pods by the thousand. */
static bool
says_so_itself(const pv_deed *d)
{
	const pv_val *refs = pv_at(d->after, "metadata.ownerReferences");
	for (size_t i = 0; d->by && !d->before && i < pv_count(refs); i++)
		if (pv_streq(pv_text_at(pv_item(refs, i), "name", ""), pv_text_at(d->by, "name", NULL)) &&
		    pv_truth_at(pv_item(refs, i), "controller", false))
			return true;
	return false;
}

/* Under whom it was done for: it did it, for its own sake. */
static void
keep_with_doer(pv_ctx *cx, pv_runtime *rt, const pv_deed *d, const pv_val *deed)
{
	pv_val own = pv_without(cx->arena, deed, "by");
	history_add(cx, rt->history,
		    history_object(cx->arena,
				   type_of_kind(cx->arena, pv_printf(cx->arena, "%s/%s",
								     pv_text_at(d->by, "apiVersion", ""),
								     pv_text_at(d->by, "kind", ""))),
				   pv_text_at(d->by, "namespace", ""), pv_text_at(d->by, "name", "")),
		    &own, false);
}

void
pv_runtime_tell(pv_ctx *cx, pv_runtime *rt, const char *type, const pv_deed *d)
{
	const pv_val *object = d->after ? d->after : d->before;
	const char *place, *edit = NULL;
	pv_val change, deed;
	if (!deed_counts(type) || (d->by && same_object(d->by, object)) || says_so_itself(d))
		return;
	change = change_val(cx, d->action, object, d->before, d->after);
	if (!d->refused && d->before && d->after && pv_get(&change, "diff") &&
	    !pv_count(pv_get(&change, "diff")))
		return;
	place = history_object(cx->arena, type, pv_text_at(object, "metadata.namespace", ""),
			       pv_text_at(object, "metadata.name", ""));
	deed = deed_val(cx, d, change);
	if (d->refused) {
		history_add(cx, rt->history, place, &deed, false);
		if (!d->before)
			history_gone(rt->history, place); /* it never came to be */
		return;
	}
	if (d->by && !d->planned && d->after)
		edit = undone(cx, rt, place, &deed);
	if (edit)
		deed = pv_with(cx->arena, &deed, "undid", pv_string(cx->arena, edit));
	history_add(cx, rt->history, place, &deed, false);
	if (d->by && !d->planned)
		keep_with_doer(cx, rt, d, &deed);
}
