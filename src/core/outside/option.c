/* --allow-net, and what stands beside it. */
#include "base/str.h"
#include "core/outside/outside.h"

static int
hosts_of(pv_ctx *cx, const pv_args *args, const pv_val *named, pv_vec *ret)
{
	const char *const *given = pv_args_list(cx, args, "allow-net", NULL);

	pv_vec_init(ret, cx->arena, sizeof(const char *));
	for (; *given; given++)
		pv_vec_push(ret, given);
	if (named && named->type != PV_LIST)
		return pv_fail(cx, PV_EUSAGE, "allow_net: expected a list of hosts, found %s",
			       pv_type_name(named));
	for (size_t i = 0; i < pv_count(named); i++) {
		const char *host = pv_text(pv_item(named, i), "");

		pv_vec_push(ret, &host);
	}
	return 0;
}

int
pv_outside_option(pv_ctx *cx, const pv_args *args, const pv_val *named, pv_outside **ret)
{
	pv_vec hosts;
	int r = hosts_of(cx, args, named, &hosts);
	bool none = hosts.len == 0;

	*ret = NULL;
	if (r < 0 || none)
		return r;
	(void)pv_vec_add(&hosts); /* NULL */
	r = pv_outside_new(cx, hosts.data, ret);
	return r < 0 ? pv_wrap(cx, r, "--allow-net") : 0;
}

static void
close_held(void *outside)
{
	pv_outside_free(outside);
}

int
pv_outside_hold(pv_ctx *cx, const pv_args *args, const pv_val *named, const pv_rego_outside **ret)
{
	pv_outside *outside;
	int r = pv_outside_option(cx, args, named, &outside);

	*ret = NULL;
	if (r < 0 || !outside)
		return r;
	pv_arena_defer(cx->arena, close_held, outside);
	*ret = pv_outside_rego(outside);
	return 0;
}
