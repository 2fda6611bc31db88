/* The roles and bindings that every server has: made when they are absent, and at each start given what
 * they lack; what an administrator added stays. */
#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "core/auth/rbac_impl.h"
#include "core/auth/roles.h"

/* A binding cannot be given another role: it is another one then, of the same name. */
static bool
is_replaced(const pv_val *have, const pv_val *now)
{
	const pv_val *ref = pv_get(now, "roleRef");

	return !have || (ref && !pv_eq(ref, pv_get(have, "roleRef")));
}

static pv_val
born(pv_ctx *cx, const pv_val *object)
{
	pv_val v = pv_with_at(cx->arena, object, "metadata.uid", pv_string_ref(pv_uuid(cx->arena)));

	return pv_with_at(cx->arena, &v, "metadata.creationTimestamp",
			  pv_string_ref(pv_time_format(cx->arena, pv_now())));
}

/* What is missing is written at once, with one wait for the disk. */
static void
plan(pv_ctx *cx, pv_store *store, const pv_val *want, pv_vec *writes)
{
	const char *type = pv_printf(cx->arena, RBAC_GROUP "/%s", pv_text_at(want, "kind", ""));
	pv_write write = {.key = {type, pv_text_at(want, "metadata.namespace", ""),
				  pv_text_at(want, "metadata.name", "")},
			  .expect = PV_REV_ABSENT};
	const pv_rec *rec = pv_store_find(cx, store, &write.key);
	const pv_val *have = rec ? pv_rec_val(rec) : NULL, *now = have ? roles_mended(cx, have, want) : want;

	if (!now)
		return;
	if (rec)
		write.expect = pv_rec_rev(rec);
	write.doc = is_replaced(have, now) ? pv_box(cx->arena, born(cx, now)) : now;
	pv_vec_push(writes, &write);
}

int
pv_auth_bootstrap(pv_ctx *cx, pv_auth *auth)
{
	pv_vec wanted, writes;
	int r = roles_wanted(cx, &wanted);

	pv_vec_init(&writes, cx->arena, sizeof(pv_write));
	for (size_t i = 0; r == 0 && i < wanted.len; i++)
		plan(cx, auth->store, PV_AT(pv_val, &wanted, i), &writes);
	if (r == 0 && writes.len)
		r = pv_store_write(cx, auth->store, writes.data, writes.len);
	return r < 0 ? pv_wrap(cx, r, "roles of this server") : 0;
}
