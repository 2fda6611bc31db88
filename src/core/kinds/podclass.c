/* What a Pod asks for as a whole: the class of its service, and what it requests by itself (kubernetes
 * pkg/apis/core/v1/helper/qos, component-helpers resource.PodRequests). */
#include "base/vec.h"
#include "core/kinds/behaviour.h"

typedef struct amount {
	pv_str name;
	pv_quantity q;
} amount;

static amount *
amount_of(pv_vec *all, pv_str name)
{
	for (size_t i = 0; i < all->len; i++)
		if (pv_str_eq(PV_AT(amount, all, i)->name, name))
			return PV_AT(amount, all, i);
	return NULL;
}

static void
add(pv_vec *all, pv_str name, const pv_quantity *q)
{
	amount *have = amount_of(all, name), *made;

	if (have) {
		have->q = pv_quantity_add(&have->q, q);
		return;
	}
	made = pv_vec_add(all);
	*made = (amount){name, *q};
}

static void
add_list(pv_vec *all, const pv_val *list)
{
	pv_quantity q;

	for (size_t i = 0; pv_is(list, PV_OBJECT) && i < list->len; i++)
		if (pv_quantity_of(&list->members[i].val, &q))
			add(all, pv_strv(&list->members[i].key), &q);
}

static void
add_all(pv_vec *all, const pv_vec *more)
{
	for (size_t i = 0; i < more->len; i++)
		add(all, PV_AT(amount, more, i)->name, &PV_AT(amount, more, i)->q);
}

static void
at_least(pv_vec *all, const pv_vec *other)
{
	for (size_t i = 0; i < other->len; i++) {
		const amount *b = PV_AT(amount, other, i);
		amount *a = amount_of(all, b->name);

		if (!a)
			add(all, b->name, &b->q);
		else if (pv_quantity_cmp(&a->q, &b->q) < 0)
			a->q = b->q;
	}
}

/* ---- requests of the Pod's own ---- */

/* side: "requests".  Containers run at once, those that come before them one after the other, but for those that
 * stay beside what comes behind. */
static void
sum(pv_ctx *cx, const pv_val *spec, const char *side, pv_vec *ret)
{
	const pv_val *list = pv_get(spec, "containers"), *first = pv_get(spec, "initContainers");
	pv_vec staying, most;

	pv_vec_init(ret, cx->arena, sizeof(amount));
	pv_vec_init(&staying, cx->arena, sizeof(amount));
	pv_vec_init(&most, cx->arena, sizeof(amount));
	for (size_t i = 0; i < pv_count(list); i++)
		add_list(ret, pv_get(pv_get(pv_item(list, i), "resources"), side));
	for (size_t i = 0; i < pv_count(first); i++) {
		const pv_val *c = pv_item(first, i), *own = pv_get(pv_get(c, "resources"), side);
		pv_vec now;

		pv_vec_init(&now, cx->arena, sizeof(amount));
		if (pv_streq(pv_text(pv_get(c, "restartPolicy"), ""), "Always")) {
			add_list(ret, own);
			add_list(&staying, own);
		} else {
			add_list(&now, own);
		}
		add_all(&now, &staying);
		at_least(&most, &now);
	}
	at_least(ret, &most);
}

static bool
is_huge(pv_str name)
{
	return pv_starts_with(name.s, "hugepages-");
}

static bool
is_of_pods(pv_str name)
{
	return pv_str_is(name, "cpu") || pv_str_is(name, "memory") || is_huge(name);
}

static bool
is_shared(pv_str name)
{
	return is_of_pods(name) && !is_huge(name);
}

/* The sums of those that the list lacks, and `other`. */
static pv_val
with_sums(pv_ctx *cx, const pv_val *list, const pv_val *other, const pv_vec *sums, bool (*is)(pv_str name))
{
	pv_objb b;

	pv_objb_from(&b, cx->arena, list);
	for (size_t i = 0; i < sums->len; i++) {
		const amount *a = PV_AT(amount, sums, i);

		if (is(a->name) && !pv_get(list, a->name.s) && !pv_get(other, a->name.s))
			pv_objb_put(&b, a->name.s, pv_string_ref(pv_quantity_format(cx->arena, &a->q)));
	}
	return pv_objb_end(&b);
}

const pv_val *
pv_pod_requests_fill(pv_ctx *cx, const pv_val *pod)
{
	const pv_val *own = pv_at(pod, "spec.resources"), *wanted = pv_get(own, "requests");
	pv_val limits, requests;
	pv_vec sums;

	if (!pv_count(pv_get(own, "limits")) && !pv_count(wanted))
		return pod;
	sum(cx, pv_get(pod, "spec"), "limits", &sums);
	limits = with_sums(cx, pv_get(own, "limits"), wanted, &sums, is_huge);
	sum(cx, pv_get(pod, "spec"), "requests", &sums);
	requests = with_sums(cx, wanted, NULL, &sums, is_shared);
	pv_vec_init(&sums, cx->arena, sizeof(amount));
	add_list(&sums, &limits);
	requests = with_sums(cx, &requests, NULL, &sums, is_of_pods);
	if (pv_count(&limits))
		pod = pv_box(cx->arena, pv_with_at(cx->arena, pod, "spec.resources.limits", limits));
	if (pv_count(&requests))
		pod = pv_box(cx->arena, pv_with_at(cx->arena, pod, "spec.resources.requests", requests));
	return pod;
}

/* ---- what the whole Pod has, its containers fit into ---- */

static void
check_sums(pv_faults *f, const pv_val *spec, const char *side, const char *path, bool (*is)(pv_str name))
{
	const pv_val *own = pv_get(pv_get(spec, "resources"), side);
	pv_quantity q;
	pv_vec sums;

	sum(f->cx, spec, side, &sums);
	for (size_t i = 0; i < pv_count(own); i++) {
		const pv_member *m = pv_sorted(own, i);
		const amount *a = is(pv_strv(&m->key)) ? amount_of(&sums, pv_strv(&m->key)) : NULL;

		if (a && pv_quantity_of(&m->val, &q) && pv_quantity_cmp(&q, &a->q) < 0)
			pv_fault_value(
				f, pv_path_key(f->cx->arena, pv_below(f, path, side), m->key.s), &m->val,
				pv_printf(f->cx->arena,
					  "must be greater than or equal to aggregate container %s of %s",
					  side, pv_quantity_format(f->cx->arena, &a->q)));
	}
}

static void
check_parts(pv_faults *f, const pv_val *limits, const pv_val *most, const char *path)
{
	pv_quantity part, whole;

	for (size_t i = 0; i < pv_count(limits); i++) {
		const pv_member *m = pv_sorted(limits, i);

		if (pv_quantity_of(&m->val, &part) && pv_quantity_of(pv_get(most, m->key.s), &whole) &&
		    pv_quantity_cmp(&part, &whole) > 0)
			pv_fault_value(
				f, pv_below(f, pv_path_key(f->cx->arena, path, m->key.s), "limits"), &m->val,
				pv_printf(f->cx->arena, "must be less than or equal to pod limits of %s",
					  pv_quantity_format(f->cx->arena, &whole)));
	}
}

void
pv_pod_resources_check(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *list = pv_get(spec, "containers"), *most = pv_get(pv_get(spec, "resources"), "limits");

	if (!pv_get(spec, "resources"))
		return;
	check_sums(f, spec, "requests", path, is_of_pods);
	check_sums(f, spec, "limits", path, is_huge);
	for (size_t i = 0; i < pv_count(list); i++)
		check_parts(f, pv_get(pv_get(pv_item(list, i), "resources"), "limits"), most,
			    pv_nth(f, pv_below(f, path, "containers"), i));
}

/* ---- the class ---- */

typedef struct class
{
	pv_vec requests, limits; /* of processor and memory, those above zero */
	bool whole;              /* each has limits of both */
} class;

/* How many of the two there are. */
static size_t
count_of(pv_vec *all, const pv_val *list)
{
	static const char *const kinds[] = {"cpu", "memory"};
	size_t n = 0;
	pv_quantity q;

	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (pv_quantity_of(pv_get(list, kinds[i]), &q) && q.nano > 0) {
			add(all, pv_str_of(kinds[i]), &q);
			n++;
		}
	return n;
}

static void
look_at(class *c, const pv_val *resources)
{
	count_of(&c->requests, pv_get(resources, "requests"));
	c->whole &= count_of(&c->limits, pv_get(resources, "limits")) == 2;
}

static bool
is_guaranteed(class *c)
{
	bool same = c->whole && c->requests.len == c->limits.len;

	for (size_t i = 0; same && i < c->requests.len; i++) {
		const amount *want = PV_AT(amount, &c->requests, i),
			     *most = amount_of(&c->limits, want->name);

		same = most && pv_quantity_cmp(&want->q, &most->q) == 0;
	}
	return same;
}

const char *
pv_pod_class(pv_ctx *cx, const pv_val *pod)
{
	static const char *const lists[] = {"containers", "initContainers"};
	const pv_val *spec = pv_get(pod, "spec"), *own = pv_get(spec, "resources");
	class c = {.whole = true};

	pv_vec_init(&c.requests, cx->arena, sizeof(amount));
	pv_vec_init(&c.limits, cx->arena, sizeof(amount));
	if (pv_count(pv_get(own, "limits")) || pv_count(pv_get(own, "requests")))
		look_at(&c, own);
	else
		for (size_t k = 0; k < PV_LEN(lists); k++)
			for (size_t i = 0; i < pv_count(pv_get(spec, lists[k])); i++)
				look_at(&c, pv_get(pv_item(pv_get(spec, lists[k]), i), "resources"));
	if (!c.requests.len && !c.limits.len)
		return "BestEffort";
	return is_guaranteed(&c) ? "Guaranteed" : "Burstable";
}
