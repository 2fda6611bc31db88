/* The exemptions and rollouts that are there, never older than the last acknowledged write. */
#include "core/enforcement/set.h"

static const char owner; /* its address is this module's key with the API */

static const pv_val **
own_all(pv_arena *arena, const pv_listing *found, size_t *ret)
{
	const pv_val **list = pv_new_array(arena, const pv_val *, found->len + 1);

	for (size_t i = 0; i < found->len; i++)
		list[i] = pv_setup_own(arena, found->recs[i]);
	*ret = found->len;
	return list;
}

static int
make(pv_ctx *cx PV_UNUSED, pv_arena *arena, const pv_listing *found, const void **ret)
{
	pv_enforcement *set = pv_new(arena, pv_enforcement);

	set->exemptions = own_all(arena, &found[0], &set->n_exemptions);
	set->rollouts = own_all(arena, &found[1], &set->n_rollouts);
	*ret = set;
	return 0;
}

static const pv_setup_plan plan = {"enforcement", {PV_EXEMPTIONS, PV_ROLLOUTS}, make};

int
enforcement_start(pv_ctx *cx, pv_api *api)
{
	pv_setup *setup = NULL;
	int r = pv_setup_open(cx, pv_api_store(api), &plan, &setup);

	if (r == 0)
		pv_api_keep(api, &owner, setup, pv_setup_close);
	return r;
}

int
enforcement_now(pv_ctx *cx, pv_api *api, const pv_enforcement **ret)
{
	pv_setup *setup = pv_api_kept(api, &owner);
	const void *set = NULL;
	int r = setup ? pv_setup_now(cx, setup, &set) : 0;

	*ret = set;
	return r;
}
