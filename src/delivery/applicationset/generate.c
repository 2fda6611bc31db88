/* generate: one generator: its kinds, its selector, the parameters of another one in it, and how often what it asks is
 * asked again. */
#include "base/str.h"
#include "base/time.h"
#include "delivery/applicationset/appset.h"

#define DEPTH_MOST 2  /* a matrix in a matrix; nothing is in that */
#define OFTEN_LEAST 5 /* seconds */

/* In the order in which upstream asks them. */
static const generator *const generators[] = {
	&list_generator, &clusters_generator, &git_generator,   &scm_generator,    &duck_generator,
	&pull_generator, &matrix_generator,   &merge_generator, &plugin_generator,
};

static int
names_none(appset *s, const char *field)
{
	return pv_fail(
		s->cx, PV_EINVALID,
		"%s: expected one of list, clusters, git, scmProvider, clusterDecisionResource, pullRequest, "
		"matrix, merge and plugin, found none: nothing is deleted for it",
		field);
}

/* `values` see what their own generator finds, so they wait for that. */
static int
interpolate(appset *s, const pv_val *of, params *with, const pv_val **ret)
{
	pv_val without = pv_without(s->cx->arena, of, "values"), out;
	const pv_val *values = pv_get(of, "values");
	int r = appset_template_value(s, &without, with, &out);
	if (r == 0 && values)
		out = pv_with(s->cx->arena, &out, "values", *values);
	*ret = pv_box(s->cx->arena, out);
	return r;
}

static int
select_of(appset *s, const pv_val *selector, const char *field, pv_vec *found)
{
	pv_vec kept;
	int r = 0;
	pv_vec_init(&kept, s->cx->arena, sizeof(params *));
	for (size_t i = 0; r == 0 && selector && i < found->len; i++) {
		params *p = *PV_AT(params *, found, i);
		bool fits;
		r = appset_params_selected(s, selector, field, &p->val, &fits);
		if (r == 0 && fits)
			pv_vec_push(&kept, &p);
	}
	if (selector)
		*found = kept;
	return r;
}

static int
one(appset *s, const generator *g, const pv_val *of, const char *field, int depth, params *with, pv_vec *ret)
{
	int r = 0;
	pv_vec_init(ret, s->cx->arena, sizeof(params *));
	if (depth > DEPTH_MOST || (depth == DEPTH_MOST && (g == &matrix_generator || g == &merge_generator)))
		return pv_fail(
			s->cx, PV_EINVALID,
			"%s: a matrix or merge in one of spec.generators may have another in it, and that none",
			field);
	if (with)
		r = interpolate(s, of, with, &of);
	if (r == 0)
		r = g->find(s, of, field, depth, ret);
	return r;
}

int
appset_generate(appset *s, const pv_val *item, const char *field, int depth, params *with,
		generator_each each, void *arg)
{
	size_t n = 0;
	for (size_t i = 0; i < PV_LEN(generators); i++) {
		const pv_val *of = pv_get(item, generators[i]->name);
		const char *at = pv_printf(s->cx->arena, "%s.%s", field, generators[i]->name);
		pv_vec found;
		int r;
		if (!of || pv_is(of, PV_NULL))
			continue;
		n++;
		r = one(s, generators[i], of, at, depth, with, &found);
		if (r == 0)
			r = select_of(s, pv_get(item, "selector"), field, &found);
		if (r == 0 && !s->waiting)
			r = each(arg, of, at, &found);
		if (r < 0)
			return r;
	}
	return n > 0 ? 0 : names_none(s, field);
}

/* ---- what only the world knows ---- */

bool
appset_fact(appset *s, const char *fact, const pv_val *args, const pv_val *of, int64_t often,
	    const pv_val **ret, int *ret_r)
{
	int64_t seconds = pv_i64_at(of, "requeueAfterSeconds", often), since = s->looking, from;
	int r;
	if (seconds > 0) {
		seconds = seconds < OFTEN_LEAST ? OFTEN_LEAST : seconds > 86400 ? 86400 : seconds;
		from = pv_plan_now(s->plan) - seconds * PV_SEC;
		since = from > since ? from : since;
		if (s->requeue == 0 || seconds * PV_SEC < s->requeue)
			s->requeue = seconds * PV_SEC;
	}
	r = since > 0 ? pv_plan_fact_since(s->cx, s->plan, fact, args, since, ret)
		      : pv_plan_fact(s->cx, s->plan, fact, args, ret);
	if (r == 0)
		s->waiting = true;
	*ret_r = r < 0 ? r : 0;
	return r > 0;
}
