/* mirror: Endpoints that people made for a Service without a selector, as EndpointSlices, for those who read
 * nothing else.  Source: k8s.io/endpointslice-mirroring; where upstream draws a name, ours follows from ports and
 * family. */
#include <string.h>

#include "base/str.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"

#define SLICE_MOST 1000 /* endpoints of a slice, and addresses of a subset that are mirrored */
#define SLICES_MOST 100 /* each has the labels and annotations of its Endpoints once more */
#define NAME_MOST 240   /* bytes of the name, before what makes it one of several */
#define SERVICE_LABEL "kubernetes.io/service-name"
#define MANAGED_LABEL "endpointslice.kubernetes.io/managed-by"

/* Addresses of one family with the same ports. */
struct slice {
	const pv_val *ports;
	bool six;
	int nth; /* of those of its ports and family: the ones before are full */
	pv_listb endpoints;
};

struct mirror {
	pv_ctx *cx;
	const pv_val *object;
	pv_vec slices; /* struct slice */
	size_t lost;   /* addresses beyond SLICES_MOST */
};

static bool
has_key(const pv_val *object, const char *path, const char *key)
{
	return pv_get(pv_at(object, path), key) != NULL;
}

/* Whose slices come from elsewhere, or who is no list of a Service's addresses. */
static bool
is_left_alone(pv_ctx *cx, pv_plan *plan, const pv_val *object)
{
	const pv_val *labels = pv_at(object, "metadata.labels"), *service;

	if (pv_streq(pv_text(pv_get(labels, "endpointslice.kubernetes.io/skip-mirror"), ""), "true") ||
	    has_key(object, "metadata.annotations", "control-plane.alpha.kubernetes.io/leader"))
		return true;
	service = pv_plan_find(cx, plan, "v1/Service", meta_ns(object), meta_name(object));
	return !service || is_deleting(service) || pv_count(pv_at(service, "spec.selector"));
}

/* NULL: none is left. */
static struct slice *
slice_of(struct mirror *m, const pv_val *ports, bool six)
{
	struct slice *last = NULL, *made;

	for (size_t i = 0; i < m->slices.len; i++) {
		struct slice *one = PV_AT(struct slice, &m->slices, i);

		if (one->six == six && pv_eq(one->ports, ports))
			last = one;
	}
	if (last && last->endpoints.len < SLICE_MOST)
		return last;
	if (m->slices.len == SLICES_MOST)
		return NULL;
	made = pv_vec_add(&m->slices);
	*made = (struct slice){.ports = ports, .six = six, .nth = last ? last->nth + 1 : 0};
	pv_listb_init(&made->endpoints, m->cx->arena);
	return made;
}

static pv_val
endpoint(pv_ctx *cx, const pv_val *address, bool ready)
{
	static const char *const kept[] = {"hostname", "nodeName", "targetRef"};
	const pv_val *ip = pv_get(address, "ip");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "addresses", pv_list_of(cx->arena, ip, 1));
	pv_objb_put(&b, "conditions", object1(cx->arena, "ready", pv_bool(ready)));
	for (size_t i = 0; i < PV_LEN(kept); i++)
		if (pv_get(address, kept[i]))
			pv_objb_put(&b, kept[i], *pv_get(address, kept[i]));
	return pv_objb_end(&b);
}

static void
add_subset(struct mirror *m, const pv_val *subset)
{
	static const char *const lists[] = {"addresses", "notReadyAddresses"};
	const pv_val *ports = pv_get(subset, "ports");
	size_t n = 0;

	for (size_t k = 0; k < PV_LEN(lists); k++) {
		const pv_val *list = pv_get(subset, lists[k]);

		for (size_t i = 0; i < pv_count(list) && n < SLICE_MOST; i++, n++) {
			const pv_val *address = pv_item(list, i);
			bool six = strchr(pv_text_at(address, "ip", ""), ':') != NULL;
			struct slice *s = slice_of(m, ports, six);

			if (s)
				pv_listb_add(&s->endpoints, endpoint(m->cx, address, k == 0));
			else
				m->lost++;
		}
	}
}

/* A port without a name has an empty one in a slice. */
static pv_val
ports_of(pv_ctx *cx, const pv_val *ports)
{
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(ports); i++) {
		const pv_val *port = pv_item(ports, i);

		pv_listb_add(&b,
			     pv_with(cx->arena, port, "name", pv_string_ref(pv_text_at(port, "name", ""))));
	}
	return pv_listb_end(&b);
}

static pv_val
copied(pv_ctx *cx, const pv_val *from, const char *const but[2])
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(from); i++) {
		const char *key = pv_text(&from->members[i].key, "");

		if (!pv_streq(key, but[0]) && !pv_streq(key, but[1]))
			pv_objb_putv(&b, from->members[i].key, from->members[i].val);
	}
	return pv_objb_end(&b);
}

static pv_val
metadata(struct mirror *m, const struct slice *s)
{
	static const char *const labels[2] = {SERVICE_LABEL, MANAGED_LABEL},
				 *const notes[2] = {"kubectl.kubernetes.io/last-applied-configuration",
						    "endpoints.kubernetes.io/last-change-trigger-time"};
	pv_arena *arena = m->cx->arena;
	pv_val said = copied(m->cx, pv_at(m->object, "metadata.annotations"), notes),
	       told = copied(m->cx, pv_at(m->object, "metadata.labels"), labels), seed = pv_null();
	pv_objb b;

	if (s->ports)
		seed = pv_with(arena, NULL, "ports", *s->ports);
	told = pv_with(arena, &told, SERVICE_LABEL, pv_string_ref(meta_name(m->object)));
	told = pv_with(arena, &told, MANAGED_LABEL,
		       pv_string_ref("endpointslicemirroring-controller.k8s.io"));
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name",
		     pv_printf(arena, "%.*s-%s", NAME_MOST, meta_name(m->object),
			       template_hash(arena, &seed, 2 * (int64_t)s->nth + s->six)));
	pv_objb_puts(&b, "namespace", meta_ns(m->object));
	pv_objb_put(&b, "labels", told);
	if (pv_count(&said))
		pv_objb_put(&b, "annotations", said);
	return pv_objb_end(&b);
}

static const pv_val *
object_of(struct mirror *m, struct slice *s)
{
	pv_objb b;

	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "apiVersion", "discovery.k8s.io/v1");
	pv_objb_puts(&b, "kind", "EndpointSlice");
	pv_objb_put(&b, "metadata", metadata(m, s));
	pv_objb_puts(&b, "addressType", s->six ? "IPv6" : "IPv4");
	pv_objb_put(&b, "endpoints", pv_listb_end(&s->endpoints));
	pv_objb_put(&b, "ports", ports_of(m->cx, s->ports));
	return pv_box(m->cx->arena, pv_objb_end(&b));
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	const pv_val *subsets = pv_get(object, "subsets");
	struct mirror m = {.cx = cx, .object = object};
	pv_vec wanted;

	if (is_deleting(object))
		return 0;
	pv_vec_init(&m.slices, cx->arena, sizeof(struct slice));
	pv_vec_init(&wanted, cx->arena, sizeof(const pv_val *));
	if (!is_left_alone(cx, plan, object))
		for (size_t i = 0; i < pv_count(subsets); i++)
			add_subset(&m, pv_item(subsets, i));
	for (size_t i = 0; i < m.slices.len; i++) {
		const pv_val *made = object_of(&m, PV_AT(struct slice, &m.slices, i));

		pv_vec_push(&wanted, &made);
	}
	if (m.lost)
		pv_plan_event(
			cx, plan, "Warning", "TooManySlices",
			"%zu addresses are not mirrored: they need more than %d EndpointSlices, the limit; "
			"give them fewer combinations of ports, or make EndpointSlices by hand",
			m.lost, SLICES_MOST);
	pv_plan_own(cx, plan, "discovery.k8s.io/v1/EndpointSlice", &wanted);
	return 0;
}

const pv_controller mirror_controller = {
	.name = "endpointslice-mirroring",
	.component = "endpoint-slice-mirroring-controller",
	.kind = "v1/Endpoints",
	.reconcile = reconcile,
};
