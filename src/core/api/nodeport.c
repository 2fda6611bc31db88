/* What a Service has by its type: ports of the nodes, from 30000 to 32767, free ones or those that are asked
 * for; and what goes when the type changes (kubernetes pkg/registry/core/service, dropTypeDependentFields).
 * Which ports are taken is read from the stored Services, as service.c does with addresses. */
#include <stdlib.h>

#include "core/api/builtin.h"

#define FIRST 30000
#define LAST 32767
#define PORTS 65536
#define HEALTH "spec.healthCheckNodePort"

static bool
has_ports(const pv_val *service)
{
	const char *type = pv_text_at(service, "spec.type", "ClusterIP");

	return pv_streq(type, "NodePort") ||
	       (pv_streq(type, "LoadBalancer") &&
		pv_truth_at(service, "spec.allocateLoadBalancerNodePorts", true));
}

static bool
is_outside(const pv_val *service)
{
	const char *type = pv_text_at(service, "spec.type", "ClusterIP");

	return pv_streq(type, "NodePort") || pv_streq(type, "LoadBalancer");
}

/* From outside the cluster. */
static bool
is_reached(const pv_val *service)
{
	return is_outside(service) || (pv_streq(pv_text_at(service, "spec.type", "ClusterIP"), "ClusterIP") &&
				       pv_count(pv_at(service, "spec.externalIPs")));
}

/* Is it asked, at a port of its own, whether a node has Pods of it? */
static bool
is_checked(const pv_val *service)
{
	return pv_streq(pv_text_at(service, "spec.type", ""), "LoadBalancer") &&
	       pv_streq(pv_text_at(service, "spec.externalTrafficPolicy", ""), "Local");
}

/* ---- sets of ports ---- */

static void
take(uint8_t *bits, int64_t n)
{
	if (n > 0 && n < PORTS)
		bits[n / 8] = (uint8_t)(bits[n / 8] | 1u << n % 8);
}

static bool
is_taken(const uint8_t *bits, int64_t n)
{
	return n > 0 && n < PORTS && bits[n / 8] & 1u << n % 8;
}

/* ---- a type that changes ---- */

static const pv_val *
without_if_same(pv_ctx *cx, const pv_val *old, const pv_val *object, const char *field)
{
	const pv_val *now = pv_get(pv_get(object, "spec"), field), *was = pv_get(pv_get(old, "spec"), field);

	if (!now || !pv_eq(now, was))
		return object;
	return pv_box(cx->arena, pv_without_at(cx->arena, object, pv_printf(cx->arena, "spec.%s", field)));
}

/* The ports without the nodes' ports that they had before. */
static const pv_val *
without_ports(pv_ctx *cx, const pv_val *old, const pv_val *object)
{
	const pv_val *list = pv_at(object, "spec.ports"), *before = pv_at(old, "spec.ports");
	uint8_t *had = pv_alloc0(cx->arena, PORTS / 8);
	pv_listb b;

	for (size_t i = 0; i < pv_count(before); i++)
		take(had, pv_i64_at(pv_item(before, i), "nodePort", 0));
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_item(list, i);
		bool kept = is_taken(had, pv_i64_at(port, "nodePort", 0));

		pv_listb_add(&b, kept ? pv_without(cx->arena, port, "nodePort") : *port);
	}
	if (!pv_count(list))
		return object;
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "spec.ports", pv_listb_end(&b)));
}

const pv_val *
service_drop(pv_ctx *cx, const pv_val *old, const pv_val *object)
{
	static const char *const balanced[] = {"allocateLoadBalancerNodePorts", "loadBalancerClass"},
				 *const inside[] = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy",
						    "internalTrafficPolicy"};
	const char *type = pv_text_at(object, "spec.type", "ClusterIP");

	if (old && is_checked(old) && !is_checked(object))
		object = without_if_same(cx, old, object, "healthCheckNodePort");
	if (old && is_reached(old) && !is_reached(object))
		object = without_if_same(cx, old, object, "externalTrafficPolicy");
	if (!old || pv_streq(type, pv_text_at(old, "spec.type", "ClusterIP")))
		return object;
	for (size_t i = 0; !pv_streq(type, "LoadBalancer") && i < PV_LEN(balanced); i++)
		object = without_if_same(cx, old, object, balanced[i]);
	for (size_t i = 0; pv_streq(type, "ExternalName") && i < PV_LEN(inside); i++)
		object = without_if_same(cx, old, object, inside[i]);
	return is_outside(object) ? object : without_ports(cx, old, object);
}

/* ---- ports ---- */

static uint8_t *
bits_of(pv_ctx *cx, const write_op *w, const char *self_uid, int *ret)
{
	uint8_t *bits = pv_alloc0(cx->arena, PORTS / 8);
	pv_list_query query = {.type = "/Service"};
	pv_listing all;

	*ret = pv_store_list(cx, w->api->store, &query, &all);
	for (size_t i = 0; *ret == 0 && i < all.len; i++) {
		const pv_val *service = pv_rec_val(all.recs[i]), *list = pv_at(service, "spec.ports");

		if (pv_streq(meta_text(service, "uid"), self_uid))
			continue;
		for (size_t k = 0; k < pv_count(list); k++)
			take(bits, pv_i64(pv_get(pv_item(list, k), "nodePort"), 0));
		take(bits, pv_i64_at(service, HEALTH, 0));
	}
	return bits;
}

/* A port of the old Service keeps what it had when the new one does not say; as in Kubernetes, its name
 * tells it. */
static int64_t
port_before(const pv_val *old, const pv_val *port)
{
	const pv_val *list = pv_at(old, "spec.ports");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), pv_text_at(port, "name", "")))
			return pv_i64(pv_get(pv_item(list, i), "nodePort"), 0);
	return 0;
}

static int64_t
draw(uint8_t *bits)
{
	uint32_t dice;

	pv_random(&dice, sizeof dice);
	for (uint32_t i = 0; i <= LAST - FIRST; i++) {
		int64_t n = FIRST + (dice + i) % (LAST - FIRST + 1);

		if (is_taken(bits, n))
			continue;
		take(bits, n);
		return n;
	}
	return 0;
}

static void
check_port(pv_ctx *cx, pv_vec *causes, const char *path, int64_t n, const uint8_t *bits)
{
	if (n <= 0 || n >= PORTS)
		return; /* nothing is asked for, or validation says so */
	if (n < FIRST || n > LAST)
		api_cause(cx, causes, "FieldValueInvalid", path,
			  "Invalid value: %lld: provided port is not in the valid range. The range of valid "
			  "ports is %d-%d",
			  (long long)n, FIRST, LAST);
	else if (is_taken(bits, n))
		api_cause(cx, causes, "FieldValueInvalid", path,
			  "Invalid value: %lld: provided port is already allocated", (long long)n);
}

/* The faults of what is asked for. */
static int
check_asked(pv_ctx *cx, const write_op *w, const pv_val *object, const uint8_t *bits)
{
	const pv_val *list = pv_at(object, "spec.ports");
	int64_t health = pv_i64_at(object, HEALTH, 0);
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	for (size_t i = 0; has_ports(object) && i < pv_count(list); i++) {
		int64_t n = pv_i64(pv_get(pv_item(list, i), "nodePort"), 0);

		if (n != port_before(w->old, pv_item(list, i)))
			check_port(cx, &causes, pv_printf(cx->arena, "spec.ports[%zu].nodePort", i), n, bits);
	}
	if (is_checked(object) && !pv_i64_at(w->old, HEALTH, 0))
		check_port(cx, &causes, HEALTH, health, bits);
	return causes.len ? api_invalid(cx, w->res, w->name, &causes) : 0;
}

static int
none_free(pv_ctx *cx)
{
	return pv_fail(cx, PV_EINTERNAL, "no port of the nodes is free: all of %d to %d are taken", FIRST,
		       LAST);
}

static int
give_ports(pv_ctx *cx, const write_op *w, uint8_t *bits, const pv_val **object)
{
	const pv_val *list = pv_at(*object, "spec.ports");
	pv_listb b;

	for (size_t i = 0; i < pv_count(list); i++)
		take(bits, pv_i64(pv_get(pv_item(list, i), "nodePort"), 0));
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_item(list, i);
		int64_t n = pv_i64(pv_get(port, "nodePort"), 0), had = n ? n : port_before(w->old, port);

		if (!n && had && is_taken(bits, had)) /* another of the new ones asks for it */
			had = 0;
		if (!had)
			had = draw(bits);
		if (!had)
			return none_free(cx);
		take(bits, had);
		pv_listb_add(&b, n ? *port : pv_with(cx->arena, port, "nodePort", pv_int(had)));
	}
	*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, "spec.ports", pv_listb_end(&b)));
	return 0;
}

static int
give_health(pv_ctx *cx, const write_op *w, uint8_t *bits, const pv_val **object)
{
	int64_t n = pv_i64_at(*object, HEALTH, 0);

	if (n)
		return 0;
	n = pv_i64_at(w->old, HEALTH, 0);
	if (!n)
		n = draw(bits);
	if (!n)
		return none_free(cx);
	*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, HEALTH, pv_int(n)));
	return 0;
}

int
service_ports(pv_ctx *cx, const write_op *w, bool last, const pv_val **object)
{
	bool ports = has_ports(*object) && pv_count(pv_at(*object, "spec.ports")),
	     health = is_checked(*object);
	uint8_t *bits;
	int r;

	if (!ports && !health)
		return 0;
	bits = bits_of(cx, w, meta_text(*object, "uid"), &r);
	if (r == 0)
		r = check_asked(cx, w, *object, bits);
	if (r < 0 || !last)
		return r;
	if (ports)
		r = give_ports(cx, w, bits, object);
	return r == 0 && health ? give_health(cx, w, bits, object) : r;
}
