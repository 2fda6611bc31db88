/* LimitRange (upstream plugin/pkg/admission/limitranger). */
#include "base/buf.h"
#include "base/str.h"
#include "core/admission/quota/quota.h"
#include "core/api/api.h"
#include "lang/go/fmt.h"

#define TYPE "/LimitRange"
#define NOTE "kubernetes.io/limit-ranger"

static pv_quantity
quantity(const pv_val *v)
{
	pv_quantity q = {0};

	if (!pv_quantity_parse(pv_strv(v), &q) && pv_is(v, PV_NUMBER))
		q.nano = (__int128)pv_i64(v, 0) * 1000000000;
	return q;
}

static int
ranges_of(pv_ctx *cx, const pv_admit *admit, pv_listing *ret)
{
	pv_store *store = pv_api_store(admit->serving);
	pv_list_query query = {.type = TYPE, .ns = admit->ns};

	*ret = (pv_listing){0};
	return pv_store_count(store, TYPE) ? pv_store_list(cx, store, &query, ret) : 0;
}

/* ---- what a container gets that does not ask ---- */

static int
by_name(const void *a, const void *b)
{
	return pv_str_cmp(pv_str_of(*(const char *const *)a), pv_str_of(*(const char *const *)b));
}

/* Fills resources.<field> from <from>; says so in notes. */
static pv_val
fill(pv_ctx *cx, const pv_val *container, const char *field, const pv_val *from, const char *what,
     pv_buf *notes)
{
	const pv_val *resources = pv_get(container, "resources"), *have = pv_get(resources, field);
	pv_objb list, around;
	pv_vec set;

	pv_vec_init(&set, cx->arena, sizeof(const char *));
	pv_objb_from(&list, cx->arena, have);
	for (size_t i = 0; i < pv_member_count(from); i++) {
		const pv_member *m = &from->members[i];

		if (pv_getv(have, &m->key))
			continue;
		pv_objb_putv(&list, m->key, m->val);
		pv_vec_push(&set, &m->key.s);
	}
	if (!set.len)
		return *container;
	pv_vec_sort(&set, by_name);
	pv_buf_adds(notes, notes->len ? "; " : "");
	for (size_t i = 0; i < set.len; i++)
		pv_buf_printf(notes, "%s%s", i ? ", " : "", *PV_AT(const char *, &set, i));
	pv_buf_printf(notes, " %s %s", what, pv_text(pv_get(container, "name"), ""));
	pv_objb_from(&around, cx->arena, resources);
	pv_objb_put(&around, field, pv_objb_end(&list));
	return pv_with(cx->arena, container, "resources", pv_objb_end(&around));
}

static pv_val
fill_all(pv_ctx *cx, const pv_val *pod, const char *path, const pv_val *item, bool init, pv_buf *notes)
{
	const pv_val *containers = pv_at(pod, path);
	pv_listb list;

	if (!pv_count(containers))
		return *pod;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(containers); i++) {
		pv_val one = fill(cx, pv_item(containers, i), "requests", pv_get(item, "defaultRequest"),
				  init ? "request for init container" : "request for container", notes);

		pv_listb_add(&list, fill(cx, &one, "limits", pv_get(item, "default"),
					 init ? "limit for init container" : "limit for container", notes));
	}
	return pv_with_at(cx->arena, pod, path, pv_listb_end(&list));
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	pv_val pod, around;
	pv_listing ranges;
	pv_buf notes;
	int r;

	if (!pv_streq(admit->resource->type, "/Pod") || admit->operation != PV_OP_CREATE ||
	    admit->subresource[0])
		return 0;
	r = ranges_of(cx, admit, &ranges);
	if (r < 0 || !ranges.len)
		return r;
	pod = *admit->object;
	pv_buf_init(&notes, cx->arena);
	for (size_t i = 0; i < ranges.len; i++) {
		const pv_val *items = pv_at(pv_rec_val(ranges.recs[i]), "spec.limits");

		for (size_t k = 0; k < pv_count(items); k++) {
			const pv_val *item = pv_item(items, k);

			if (!pv_streq(pv_text(pv_get(item, "type"), ""), "Container"))
				continue;
			pod = fill_all(cx, &pod, "spec.containers", item, false, &notes);
			pod = fill_all(cx, &pod, "spec.initContainers", item, true, &notes);
		}
	}
	if (!notes.len)
		return 0;
	around = pv_at(&pod, "metadata.annotations") ? *pv_at(&pod, "metadata.annotations")
						     : pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	around = pv_with(cx->arena, &around, NOTE,
			 pv_stringf(cx->arena, "LimitRanger plugin set: %s", notes.s));
	admit->object = pv_box(cx->arena, pv_with_at(cx->arena, &pod, "metadata.annotations", around));
	return 0;
}

/* ---- what may be asked for ---- */

typedef struct asked { /* by a container, a pod or a claim */
	const char *type;
	const pv_val *requests, *limits;
} asked;

typedef struct errors {
	pv_ctx *cx;
	pv_vec list; /* const char * */
} errors;

static void complain(errors *e, const char *fmt, ...) PV_PRINTF(2, 3);

static void
complain(errors *e, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = pv_vprintf(e->cx->arena, fmt, ap);
	va_end(ap);
	pv_vec_push(&e->list, &text);
}

static char *
shown(errors *e, const pv_quantity *q)
{
	return pv_quantity_format(e->cx->arena, q);
}

static void
check_min(errors *e, const asked *a, const char *name, const pv_quantity *least)
{
	const pv_val *request = pv_get(a->requests, name), *limit = pv_get(a->limits, name);
	pv_quantity req = quantity(request), lim = quantity(limit);

	if (!request)
		complain(e, "minimum %s usage per %s is %s.  No request is specified", name, a->type,
			 shown(e, least));
	else if (pv_quantity_cmp(&req, least) < 0)
		complain(e, "minimum %s usage per %s is %s, but request is %s", name, a->type,
			 shown(e, least), shown(e, &req));
	else if (limit && pv_quantity_cmp(&lim, least) < 0)
		complain(e, "minimum %s usage per %s is %s, but limit is %s", name, a->type, shown(e, least),
			 shown(e, &lim));
}

static void
check_max(errors *e, const asked *a, const char *name, const pv_quantity *most)
{
	const pv_val *request = pv_get(a->requests, name), *limit = pv_get(a->limits, name);
	pv_quantity req = quantity(request), lim = quantity(limit);

	if (a->limits && !limit)
		complain(e, "maximum %s usage per %s is %s.  No limit is specified", name, a->type,
			 shown(e, most));
	else if (!a->limits && !request)
		complain(e, "maximum %s usage per %s is %s.  No request is specified", name, a->type,
			 shown(e, most));
	else if (limit && pv_quantity_cmp(&lim, most) > 0)
		complain(e, "maximum %s usage per %s is %s, but limit is %s", name, a->type, shown(e, most),
			 shown(e, &lim));
	else if (request && pv_quantity_cmp(&req, most) > 0)
		complain(e, "maximum %s usage per %s is %s, but request is %s", name, a->type, shown(e, most),
			 shown(e, &req));
}

static void
check_ratio(errors *e, const asked *a, const char *name, const pv_quantity *most)
{
	pv_quantity req = quantity(pv_get(a->requests, name)), lim = quantity(pv_get(a->limits, name));
	double ratio;

	if (req.nano == 0) {
		complain(
			e,
			"%s max limit to request ratio per %s is %s, but no request is specified or request is 0",
			name, a->type, shown(e, most));
	} else if (lim.nano == 0) {
		complain(
			e,
			"%s max limit to request ratio per %s is %s, but no limit is specified or limit is 0",
			name, a->type, shown(e, most));
	} else {
		ratio = (double)lim.nano / (double)req.nano;
		if (ratio > (double)most->nano / 1e9)
			complain(e, "%s max limit to request ratio per %s is %s, but provided ratio is %f",
				 name, a->type, shown(e, most), ratio);
	}
}

static void
check_asked(errors *e, const pv_val *item, const asked *a)
{
	static const struct {
		const char *field;
		void (*check)(errors *e, const asked *a, const char *name, const pv_quantity *bound);
	} rows[] = {{"min", check_min}, {"max", check_max}, {"maxLimitRequestRatio", check_ratio}};

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *bounds = pv_get(item, rows[i].field);

		for (size_t k = 0; k < pv_member_count(bounds); k++) {
			pv_quantity bound = quantity(&bounds->members[k].val);

			rows[i].check(e, a, bounds->members[k].key.s, &bound);
		}
	}
}

/* Of huge pages it does not count what the pod says of itself as a whole. */
static pv_val
without_pages(pv_ctx *cx, const pv_val *pod, const char *field)
{
	const char *path = pv_printf(cx->arena, "spec.resources.%s", field);
	const pv_val *whole = pv_at(pod, path);
	pv_objb b;

	if (!pv_member_count(whole))
		return *pod;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(whole); i++)
		if (!pv_starts_with(whole->members[i].key.s, "hugepages-"))
			pv_objb_putv(&b, whole->members[i].key, whole->members[i].val);
	return pv_with_at(cx->arena, pod, path, pv_objb_end(&b));
}

/* The sum of a pod, as a list of its own. */
static const pv_val *
pod_sum(pv_ctx *cx, const pv_val *pod, const char *field)
{
	pv_val plain = without_pages(cx, pod, field);
	pv_vec sums;
	pv_objb b;

	pv_vec_init(&sums, cx->arena, sizeof(quota_amount));
	quota_pod_sum(cx, &plain, field, &sums);
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < sums.len; i++)
		pv_objb_put(&b, PV_AT(quota_amount, &sums, i)->name,
			    pv_string_ref(pv_quantity_format(cx->arena, &PV_AT(quota_amount, &sums, i)->q)));
	return pv_box(cx->arena, pv_objb_end(&b));
}

static void
check_containers(errors *e, const pv_val *item, const pv_val *list)
{
	const pv_val *none = pv_box(e->cx->arena, pv_object_of(e->cx->arena, NULL, 0, NULL, NULL));

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *resources = pv_get(pv_item(list, i), "resources"),
			     *limits = pv_get(resources, "limits");
		asked a = {"Container", pv_get(resources, "requests"), limits ? limits : none};

		check_asked(e, item, &a);
	}
}

static void
check_item(errors *e, const pv_val *item, const pv_admit *admit)
{
	const char *type = pv_text(pv_get(item, "type"), "");
	bool pod = pv_streq(admit->resource->type, "/Pod");

	if (pod && pv_streq(type, "Container")) {
		check_containers(e, item, pv_at(admit->object, "spec.containers"));
		check_containers(e, item, pv_at(admit->object, "spec.initContainers"));
	} else if (pod && pv_streq(type, "Pod")) {
		asked a = {"Pod", pod_sum(e->cx, admit->object, "requests"),
			   pod_sum(e->cx, admit->object, "limits")};

		check_asked(e, item, &a);
	} else if (!pod && pv_streq(type, "PersistentVolumeClaim")) {
		asked a = {"PersistentVolumeClaim", pv_at(admit->object, "spec.resources.requests"), NULL};

		check_asked(e, item, &a);
	}
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	bool pod = pv_streq(admit->resource->type, "/Pod"),
	     claim = pv_streq(admit->resource->type, "/PersistentVolumeClaim");
	bool resized = pod && pv_streq(admit->subresource, "resize");
	bool changes =
		admit->operation == PV_OP_CREATE || (admit->operation == PV_OP_UPDATE && (claim || resized));
	pv_listing ranges;
	int r;

	if ((!pod && !claim) || !changes || (admit->subresource[0] && !resized))
		return 0;
	r = ranges_of(cx, admit, &ranges);
	for (size_t i = 0; r == 0 && i < ranges.len; i++) {
		const pv_val *items = pv_at(pv_rec_val(ranges.recs[i]), "spec.limits");
		errors e = {.cx = cx};

		pv_vec_init(&e.list, cx->arena, sizeof(const char *));
		for (size_t k = 0; k < pv_count(items); k++)
			check_item(&e, pv_item(items, k), admit);
		if (e.list.len) {
			pv_denial *d = pv_vec_add(denials);

			d->message = pv_go_errors(cx->arena, &e.list);
			d->reason = "Forbidden";
		}
	}
	return r;
}

const pv_admission limits_admission = {.name = "limits", .mutate = mutate, .validate = validate};
