/* What views list, kept: the newest results, oldest out first, as many as hold KEPT_MOST objects. */
#include "core/api/computed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/time.h"
#include "core/module.h"

#define RESULTS 32
#define KEPT_MOST 20000    /* objects in all results but the newest */
#define FRESH (PV_SEC / 2) /* so long the clock and other servers have not changed anything either */

typedef struct result {
	const pv_view *view;
	char *ns;
	int64_t rev, at;
	const pv_val *all; /* frozen */
} result;

struct computed {
	pthread_mutex_t lock;
	result kept[RESULTS]; /* the newest first */
	size_t n;
	pv_pool *pool; /* of what watches wait for */
};

static void
let_go(result *r)
{
	pv_heap_free(r->ns);
	pv_unref(r->all);
}

computed *
computed_new(void)
{
	computed *c = pv_heap_new(sizeof *c);

	pthread_mutex_init(&c->lock, NULL);
	c->pool = pv_pool_new("compute", 2, 4096);
	return c;
}

pv_pool *
computed_pool(computed *c)
{
	return c->pool;
}

computed *
computed_free(computed *c)
{
	pv_pool_free(c->pool);
	for (size_t i = 0; i < c->n; i++)
		let_go(&c->kept[i]);
	pthread_mutex_destroy(&c->lock);
	pv_heap_free(c);
	return NULL;
}

static bool
is_of(const result *r, const pv_resource *res, const char *ns)
{
	return r->view == res->view && strcmp(r->ns, ns) == 0;
}

const pv_val *
computed_find(pv_ctx *cx, pv_api *api, const pv_resource *res, const char *ns, int64_t rev)
{
	computed *c = api->computed;
	const pv_val *all = NULL;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; !all && i < c->n; i++)
		if (is_of(&c->kept[i], res, ns) && c->kept[i].rev == rev)
			all = pv_hold(cx, c->kept[i].all);
	pthread_mutex_unlock(&c->lock);
	return all;
}

/* Nothing was written since: it would come to the same. */
static const pv_val *
find_fresh(pv_ctx *cx, computed *c, const pv_resource *res, const char *ns, int64_t rev)
{
	const pv_val *all = NULL;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; !all && i < c->n; i++)
		if (is_of(&c->kept[i], res, ns) && c->kept[i].rev == rev && pv_mono() - c->kept[i].at < FRESH)
			all = pv_hold(cx, c->kept[i].all);
	pthread_mutex_unlock(&c->lock);
	return all;
}

/* In the place of one of the same revision. */
static void
keep(computed *c, result new)
{
	size_t objects = 0, n = 0;
	result kept[RESULTS];

	kept[n++] = new;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->n; i++) {
		result *r = &c->kept[i];
		bool again = r->view == new.view &&strcmp(r->ns, new.ns) == 0 && r->rev == new.rev;

		objects += pv_count(r->all);
		if (again || n == RESULTS || objects > KEPT_MOST)
			let_go(r);
		else
			kept[n++] = *r;
	}
	memcpy(c->kept, kept, n * sizeof *kept);
	c->n = n;
	pthread_mutex_unlock(&c->lock);
}

static int
by_key(const void *left, const void *right)
{
	const pv_val *a = *(const pv_val *const *)left, *b = *(const pv_val *const *)right;
	int order = strcmp(meta_text(a, "namespace"), meta_text(b, "namespace"));

	return order ? order : strcmp(meta_text(a, "name"), meta_text(b, "name"));
}

static int
compute(pv_ctx *cx, pv_api *api, const pv_resource *res, const char *ns, pv_val *ret)
{
	pv_listb list;
	pv_vec all;
	int r;

	pv_vec_init(&all, cx->arena, sizeof(const pv_val *));
	r = res->view->list(cx, api, ns[0] ? ns : NULL, &all);
	pv_vec_sort(&all, by_key);
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; r == 0 && i < all.len; i++)
		pv_listb_add(&list, **PV_AT(const pv_val *, &all, i));
	*ret = pv_listb_end(&list);
	return r;
}

int
computed_list(pv_ctx *cx, pv_api *api, const pv_resource *res, const char *ns, int64_t *ret_rev,
	      const pv_val **ret)
{
	int64_t rev = pv_store_rev(api->store);
	pv_val list;
	int r;

	*ret_rev = rev;
	*ret = find_fresh(cx, api->computed, res, ns, rev);
	if (*ret)
		return 0;
	r = compute(cx, api, res, ns, &list);
	if (r < 0)
		return r;
	*ret = pv_freeze(&list);
	pv_hold(cx, *ret);
	keep(api->computed, (result){res->view, pv_heap_printf("%s", ns), rev, pv_mono(), *ret});
	return 0;
}
