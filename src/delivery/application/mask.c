/* mask: as Argo CD hides them: the same value has as many signs on both sides, another one has more. */
#include "delivery/application/mask.h"

#include <string.h>

#include "base/str.h"
#include "delivery/application/settings.h"

#define HIDDEN "++++++++"
#define OTHER "+++++++++"
#define APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define SENSITIVE "resource.sensitive.mask.annotations"

static bool
is_secret(const pv_val *object)
{
	return pv_streq(pv_text_at(object, "kind", ""), "Secret") &&
	       pv_streq(pv_text_at(object, "apiVersion", ""), "v1");
}

/* A value as `data` holds it: stringData says the same in plain. */
static const char *
value_of(pv_arena *arena, const pv_val *secret, const pv_val *key)
{
	const pv_val *plain = pv_getv(pv_get(secret, "stringData"), key),
		     *data = pv_getv(pv_get(secret, "data"), key);
	pv_str text = pv_strv(plain);
	if (plain)
		return pv_base64(arena, text.s ? text.s : "", text.len, false);
	return data ? pv_text(data, "?") : NULL;
}

static pv_val
hidden(pv_arena *arena, const pv_val *secret, const char *part, const pv_val *other)
{
	const pv_val *values = pv_get(secret, part);
	pv_objb b;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(values); i++) {
		const pv_val *key = &values->members[i].key;
		const char *own = value_of(arena, secret, key),
			   *its = other ? value_of(arena, other, key) : own;
		pv_objb_add(&b, *key, pv_string_ref(!its || pv_streq(own, its) ? HIDDEN : OTHER));
	}
	return pv_is(values, PV_OBJECT) ? pv_objb_end(&b) : pv_string_ref(HIDDEN);
}

/* Annotations that say as much: what kubectl applied, and those that argocd-cm names. */
static pv_val
notes_of(app *a, const pv_val *notes)
{
	pv_val v = pv_without(a->cx->arena, notes, APPLIED);
	pv_str rest = pv_str_of(setting(a, SENSITIVE, "")), one;
	while (pv_str_next(&rest, ',', &one)) {
		const char *key = pv_strndup(a->cx->arena, pv_str_trim(one).s, pv_str_trim(one).len);
		if (pv_get(&v, key))
			v = pv_with(a->cx->arena, &v, key, pv_string_ref(HIDDEN));
	}
	return v;
}

static const pv_val *
masked(app *a, const pv_val *secret, const pv_val *other)
{
	static const char *const parts[] = {"data", "stringData"};
	pv_arena *arena = a->cx->arena;
	pv_val v = pv_without_at(arena, secret, "metadata.managedFields"); /* which name keys, and by whom */
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (pv_get(secret, parts[i]))
			v = pv_with(arena, &v, parts[i], hidden(arena, secret, parts[i], other));
	if (pv_at(&v, "metadata.annotations"))
		v = pv_with_at(arena, &v, "metadata.annotations",
			       notes_of(a, pv_at(&v, "metadata.annotations")));
	return pv_box(arena, v);
}

void
mask_pair(app *a, const pv_val **is, const pv_val **shall)
{
	const pv_val *was = *is;
	if (is_secret(*is))
		*is = masked(a, *is, NULL);
	if (is_secret(*shall))
		*shall = masked(a, *shall, is_secret(was) ? was : NULL);
}

pv_val
mask_encoded(app *a, const pv_val *secret)
{
	const pv_val *data = pv_get(secret, "data");
	pv_val v = *masked(a, secret, NULL);
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	for (size_t i = 0; i < pv_member_count(data); i++)
		pv_objb_add(&b, data->members[i].key,
			    pv_string_ref(pv_base64(a->cx->arena, HIDDEN, strlen(HIDDEN), false)));
	return pv_is(data, PV_OBJECT) ? pv_with(a->cx->arena, &v, "data", pv_objb_end(&b)) : v;
}
