/* select: which objects a patch or a replacement is for. */
#include <string.h>

#include "base/regex.h"
#include "delivery/kustomize/impl.h"
#include "lang/selector/selector.h"

enum part { GROUP, VERSION, KIND, NAME, NS, PARTS };

struct kust_selector {
	const pv_re *re[PARTS]; /* NULL: any */
	pv_selector *labels, *annotations;
};

static int
marks(pv_ctx *cx, const pv_val *from, const char *field, pv_selector **ret)
{
	const char *text = pv_text_at(from, field, "");
	*ret = NULL;
	return *text ? pv_selector_parse(cx, text, ret) : 0;
}

int
kust_selector_new(kust_state *s, const pv_val *from, kust_selector **ret)
{
	static const char *const fields[PARTS] = {"group", "version", "kind", "name", "namespace"};
	kust_selector *sel = pv_new(s->cx->arena, kust_selector);
	int r = marks(s->cx, from, "labelSelector", &sel->labels);
	if (r == 0)
		r = marks(s->cx, from, "annotationSelector", &sel->annotations);
	for (size_t i = 0; r == 0 && i < PARTS; i++) {
		const char *text = pv_text_at(from, fields[i], "");
		if (*text)
			r = pv_re_cached(s->cx, pv_str_of(pv_printf(s->cx->arena, "^(?:%s)$", text)), NULL,
					 &sel->re[i]);
	}
	*ret = sel;
	return r;
}

static bool
is(const kust_selector *sel, enum part part, const char *text)
{
	return sel->re[part] == NULL || pv_re_match(sel->re[part], pv_str_of(text));
}

static bool
is_kind(const kust_selector *sel, const kust_id *id)
{
	return is(sel, GROUP, id->group) && is(sel, VERSION, id->version) && is(sel, KIND, id->kind);
}

bool
kust_select_id(const kust_selector *sel, const kust_id *id, const char *ns)
{
	return is_kind(sel, id) && is(sel, NAME, id->name) && is(sel, NS, ns);
}

bool
kust_select_marks(const kust_selector *sel, const pv_val *object)
{
	const pv_val *meta = pv_get(object, "metadata");
	return (sel->labels == NULL || pv_selector_match(sel->labels, pv_get(meta, "labels"))) &&
	       (sel->annotations == NULL || pv_selector_match(sel->annotations, pv_get(meta, "annotations")));
}

bool
kust_selector_names_none(const kust_selector *sel)
{
	for (size_t i = 0; i < PARTS; i++)
		if (sel->re[i])
			return false;
	return true;
}

int
kust_select(kust_state *s, const pv_vec *set, const pv_val *target, pv_vec *ret)
{
	kust_selector *sel;
	int r = kust_selector_new(s, target, &sel);
	pv_vec_init(ret, s->cx->arena, sizeof(kust_res *));
	for (size_t i = 0; r == 0 && i < set->len; i++) {
		kust_res *one = KUST_RES(set, i);
		kust_id first = kust_id_at(one, 0);
		if ((is(sel, NS, kust_ns(&first)) || is(sel, NS, kust_ns(&one->id))) &&
		    (is(sel, NAME, first.name) || is(sel, NAME, one->id.name)) && is_kind(sel, &one->id) &&
		    kust_select_marks(sel, one->v))
			pv_vec_push(ret, &one);
	}
	return r;
}
