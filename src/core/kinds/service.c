/* Services (kubernetes pkg/apis/core/validation, ValidateService). */
#include "base/map.h"
#include "core/kinds/address.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

/* ---- filling ---- */

static const pv_val *
fill_ports(pv_ctx *cx, const pv_val *service)
{
	const pv_val *list = pv_at(service, "spec.ports");
	pv_listb out;

	if (!pv_count(list))
		return service;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_item(list, i), *target = pv_get(port, "targetPort");
		bool none = !target || (pv_is(target, PV_NUMBER) && pv_i64(target, 0) == 0) ||
			    pv_streq(pv_text(target, "x"), "");

		if (none && pv_get(port, "port"))
			pv_listb_add(&out, pv_with(cx->arena, port, "targetPort", *pv_get(port, "port")));
		else
			pv_listb_add(&out, *port);
	}
	return pv_box(cx->arena, pv_with_at(cx->arena, service, "spec.ports", pv_listb_end(&out)));
}

/* Where the traffic of an address ends, unless it is said. */
static const pv_val *
fill_ingress(pv_ctx *cx, const pv_val *service)
{
	static const char path[] = "status.loadBalancer.ingress";
	const pv_val *list = pv_at(service, path);
	pv_listb out;

	if (!pv_count(list))
		return service;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);

		if (*pv_text_at(one, "ip", "") && !pv_get(one, "ipMode"))
			pv_listb_add(&out, pv_with(cx->arena, one, "ipMode", pv_string_ref("VIP")));
		else
			pv_listb_add(&out, *one);
	}
	return pv_box(cx->arena, pv_with_at(cx->arena, service, path, pv_listb_end(&out)));
}

const pv_val *
pv_service_fill(pv_ctx *cx, const pv_val *service)
{
	const char *type = pv_text_at(service, "spec.type", "");
	bool named = pv_streq(type, "ExternalName"), balanced = pv_streq(type, "LoadBalancer");

	if (!pv_is(pv_get(service, "spec"), PV_OBJECT))
		return service;
	service = fill_ingress(cx, fill_ports(cx, service));
	if (pv_streq(pv_text_at(service, "spec.sessionAffinity", ""), "ClientIP"))
		service = pv_fill_at(cx, service, "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
				     pv_int(10800));
	else if (pv_at(service, "spec.sessionAffinityConfig")) /* what belongs to it goes with it */
		service = pv_box(cx->arena, pv_without_at(cx->arena, service, "spec.sessionAffinityConfig"));
	if (!named)
		service = pv_fill_text(cx, service, "spec.internalTrafficPolicy", "Cluster");
	if (balanced || pv_streq(type, "NodePort") ||
	    (!named && pv_count(pv_at(service, "spec.externalIPs"))))
		service = pv_fill_text(cx, service, "spec.externalTrafficPolicy", "Cluster");
	if (balanced)
		service = pv_fill_at(cx, service, "spec.allocateLoadBalancerNodePorts", pv_bool(true));
	return service;
}

const pv_val *
pv_service_give(pv_ctx *cx, const pv_val *service, const pv_val *old, const pv_val *sent PV_UNUSED)
{
	pv_val families[2] = {pv_string_ref("IPv4"), pv_string_ref("IPv6")};
	const char *policy = pv_text_at(service, "spec.ipFamilyPolicy", "");
	bool anywhere = pv_streq(pv_text_at(service, "spec.clusterIP", ""), "None") &&
			!pv_count(pv_at(service, "spec.selector")) && !pv_streq(policy, "SingleStack");

	if (!pv_is(pv_get(service, "spec"), PV_OBJECT) ||
	    pv_streq(pv_text_at(service, "spec.type", ""), "ExternalName"))
		return service;
	if (anywhere && !old &&
	    !pv_at(service, "spec.ipFamilies")) { /* whoever writes its endpoints says where */
		service = pv_fill_at(cx, service, "spec.ipFamilies", pv_list_of(cx->arena, families, 2));
		return pv_fill_text(cx, service, "spec.ipFamilyPolicy", "RequireDualStack");
	}
	service = pv_fill_at(cx, service, "spec.ipFamilies", pv_list_of(cx->arena, families, 1));
	return pv_fill_text(cx, service, "spec.ipFamilyPolicy", "SingleStack");
}

/* ---- checking ---- */

typedef struct kind_of {
	bool named;    /* ExternalName: a name for something else */
	bool outside;  /* NodePort or LoadBalancer */
	bool balanced; /* LoadBalancer */
	bool headless;
} kind_of;

static void
check_service_port(pv_faults *f, const pv_val *port, const char *path, kind_of kind, bool alone)
{
	const pv_val *name = pv_get(port, "name"), *node = pv_get(port, "nodePort");

	if (!*pv_text(name, "") && !alone)
		pv_required(f, pv_below(f, path, "name"), NULL);
	pv_check_port(f, pv_get(port, "port"), pv_below(f, path, "port"));
	if (kind.balanced && pv_i64(pv_get(port, "port"), 0) == 10250)
		pv_fault_value(f, pv_below(f, path, "port"), pv_get(port, "port"),
			       "may not expose port 10250 externally since it is used by kubelet");
	if (pv_get(port, "targetPort"))
		pv_check_port_or_name(f, pv_get(port, "targetPort"), pv_below(f, path, "targetPort"));
	if (pv_i64(node, 0) && !kind.outside)
		pv_forbidden(f, pv_below(f, path, "nodePort"), "may not be used when `type` is 'ClusterIP'");
}

static void
check_service_ports(pv_faults *f, const pv_val *spec, kind_of kind)
{
	const pv_val *list = pv_get(spec, "ports");
	pv_map *names = pv_map_new(f->cx->arena), *ports = pv_map_new(f->cx->arena),
	       *nodes = pv_map_new(f->cx->arena);

	if (!pv_count(list) && !kind.named && !kind.headless)
		pv_required(f, "spec.ports", NULL);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_item(list, i), *name = pv_get(port, "name"),
			     *node = pv_get(port, "nodePort");
		const char *path = pv_nth(f, "spec.ports", i),
			   *protocol = pv_text(pv_get(port, "protocol"), "");
		const char *key = pv_printf(f->cx->arena, "%s/%lld", protocol,
					    (long long)pv_i64(pv_get(port, "port"), 0));

		check_service_port(f, port, path, kind, pv_count(list) == 1);
		if (*pv_text(name, "") && pv_map_puts(names, name->s, f))
			pv_duplicate(f, pv_below(f, path, "name"), name);
		if (pv_map_puts(ports, key, f))
			pv_duplicate(f, path, port);
		key = pv_printf(f->cx->arena, "%s/%lld", protocol, (long long)pv_i64(node, 0));
		if (pv_i64(node, 0) && pv_map_puts(nodes, key, f))
			pv_duplicate(f, pv_below(f, path, "nodePort"), node);
	}
}

static void
check_service_change(pv_faults *f, const pv_val *spec, const pv_val *old)
{
	const char *was = pv_text(pv_get(old, "clusterIP"), ""),
		   *now = pv_text(pv_get(spec, "clusterIP"), "");
	const pv_val *check = pv_get(old, "healthCheckNodePort");
	bool stays = !pv_streq(pv_text(pv_get(spec, "type"), ""), "ExternalName"),
	     balanced = pv_streq(pv_text(pv_get(spec, "type"), ""), "LoadBalancer");

	if (*was && stays && !pv_streq(was, now) &&
	    (pv_streq(now, "None") || !pv_name_address(pv_str_of(now))))
		pv_fault_value(f, "spec.clusterIPs[0]", pv_get(spec, "clusterIPs"),
			       "may not change once set");
	if (balanced && pv_streq(pv_text(pv_get(old, "type"), ""), "LoadBalancer")) {
		if (!pv_eq(pv_get(spec, "loadBalancerClass"), pv_get(old, "loadBalancerClass")))
			pv_fault_value(f, "spec.loadBalancerClass", pv_get(spec, "loadBalancerClass"),
				       "may not change once set");
		if (pv_i64(check, 0) && pv_i64(pv_get(spec, "healthCheckNodePort"), 0) &&
		    !pv_eq(check, pv_get(spec, "healthCheckNodePort")) &&
		    pv_streq(pv_text(pv_get(spec, "externalTrafficPolicy"), ""), "Local"))
			pv_forbidden(f, "spec.healthCheckNodePort", "field is immutable");
	}
}

/* Fields that only some types of Service may have. */
static void
check_fitting(pv_faults *f, const pv_val *spec, kind_of kind)
{
	static const char *const balanced[] = {"loadBalancerSourceRanges", "allocateLoadBalancerNodePorts",
					       "loadBalancerClass"};
	const pv_val *external = pv_get(spec, "externalTrafficPolicy");

	for (size_t i = 0; !kind.balanced && i < PV_LEN(balanced); i++)
		if (pv_get(spec, balanced[i])) {
			if (pv_streq(balanced[i], "loadBalancerClass"))
				pv_faults_withdraw(f, "spec.loadBalancerClass");
			pv_forbidden(f, pv_below(f, "spec", balanced[i]),
				     "may only be used when `type` is 'LoadBalancer'");
		}
	if (external && !kind.outside &&
	    !(pv_streq(pv_text(pv_get(spec, "type"), ""), "ClusterIP") &&
	      pv_count(pv_get(spec, "externalIPs")))) {
		pv_faults_withdraw(f, "spec.externalTrafficPolicy");
		pv_fault_value(f, "spec.externalTrafficPolicy", external,
			       "may only be set for externally-accessible services");
	}
	if (pv_get(spec, "healthCheckNodePort") && pv_i64(pv_get(spec, "healthCheckNodePort"), 0) &&
	    !(kind.balanced && pv_streq(pv_text(external, ""), "Local")))
		pv_fault_value(f, "spec.healthCheckNodePort", pv_get(spec, "healthCheckNodePort"),
			       "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
			       "'Local'");
}

static void
check_families(pv_faults *f, const pv_val *spec)
{
	const pv_val *list = pv_get(spec, "ipFamilies"), *addresses = pv_get(spec, "clusterIPs");

	if (pv_count(list) > 2)
		pv_fault_value(f, "spec.ipFamilies", list, "may only hold up to 2 values");
	if (pv_count(list) > 1 && pv_eq(pv_item(list, 0), pv_item(list, 1)))
		pv_duplicate(f, "spec.ipFamilies[1]", pv_item(list, 1));
	else if (pv_count(list) > 1 && pv_streq(pv_text(pv_get(spec, "ipFamilyPolicy"), ""), "SingleStack"))
		pv_fault_value(
			f, "spec.ipFamilyPolicy", pv_get(spec, "ipFamilyPolicy"),
			"must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are "
			"specified");
	for (size_t i = 0; i < pv_count(addresses) && i < pv_count(list); i++) {
		const char *family = pv_text(pv_item(list, i), "");

		if (!pv_name_address(pv_strv(pv_item(addresses, i))) &&
		    !pv_format_valid(pv_streq(family, "IPv6") ? "ipv6" : "ipv4",
				     pv_strv(pv_item(addresses, i))))
			pv_fault_value(f, pv_nth(f, "spec.clusterIPs", i), pv_item(addresses, i),
				       pv_printf(f->cx->arena,
						 "expected an %s value as indicated by `ipFamilies[%zu]`",
						 family, i));
	}
}

/* What says where a Service is to be found, and an ExternalName is nowhere. */
static void
check_nowhere(pv_faults *f, const pv_val *spec)
{
	const struct {
		const char *path;
		bool said;
	} fields[] = {
		{"spec.ipFamilies", pv_count(pv_get(spec, "ipFamilies"))},
		{"spec.ipFamilyPolicy", pv_is(pv_get(spec, "ipFamilyPolicy"), PV_STRING)},
		{"spec.clusterIPs",
		 pv_count(pv_get(spec, "clusterIPs")) || *pv_text(pv_get(spec, "clusterIP"), "")},
	};

	for (size_t i = 0; i < PV_LEN(fields); i++)
		if (fields[i].said) {
			pv_faults_withdraw(f, fields[i].path);
			pv_forbidden(f, fields[i].path, "may not be set for ExternalName services");
		}
}

/* The first of the addresses stands in the older field, too; there is one of each family, or "None". */
static void
check_cluster_ips(pv_faults *f, const pv_val *spec, const pv_val *old)
{
	const pv_val *list = pv_get(spec, "clusterIPs"), *first = pv_get(spec, "clusterIP");
	bool colon[2] = {false, false};

	if (!pv_count(list) && *pv_text(first, "") && !pv_streq(pv_text(first, ""), "None") &&
	    pv_name_address(pv_strv(first)))
		pv_fault_value(f, "spec.clusterIPs[0]", first, pv_name_address(pv_strv(first)));
	if (pv_count(list) && !*pv_text(first, ""))
		pv_fault_value(f, "spec.clusterIPs", list, "must be empty when `clusterIP` is not specified");
	else if (pv_count(list) && !pv_streq(pv_text(pv_item(list, 0), ""), pv_text(first, "")))
		pv_fault_value(f, "spec.clusterIPs", list, "first value must match `clusterIP`");
	if (pv_count(list) > 2)
		pv_fault_value(f, "spec.clusterIPs", list, "may only hold up to 2 values");
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *ip = pv_text(pv_item(list, i), "");

		if (i == 0 && pv_streq(ip, "None")) {
			if (pv_count(list) > 1)
				pv_fault_value(f, "spec.clusterIPs", list,
					       "'None' must be the first and only value");
		} else if (pv_name_address(pv_str_of(ip)) &&
			   !pv_list_has(pv_get(old, "clusterIPs"), pv_item(list, i)) &&
			   !pv_streq(ip, pv_text(pv_get(old, "clusterIP"), NULL))) {
			pv_fault_value(f, pv_nth(f, "spec.clusterIPs", i), pv_item(list, i),
				       pv_name_address(pv_str_of(ip)));
		}
		if (i < 2)
			colon[i] = strchr(ip, ':') != NULL;
	}
	if (pv_count(list) == 2 && colon[0] == colon[1] && !pv_name_address(pv_strv(pv_item(list, 0))) &&
	    !pv_name_address(pv_strv(pv_item(list, 1))))
		pv_fault_value(f, "spec.clusterIPs", list,
			       "may specify no more than one IP for each IP family");
}

/* Asked last, of what is right otherwise.  The addresses that Services get here are of IPv4; who writes the
 * endpoints of one without any may have others. */
static void
check_configured(pv_faults *f, const pv_val *spec, const pv_val *old, kind_of kind)
{
	const pv_val *policy = pv_get(spec, "ipFamilyPolicy"), *list = pv_get(spec, "ipFamilies");

	if (f->n || kind.named || (kind.headless && !pv_count(pv_get(spec, "selector"))))
		return;
	if (pv_streq(pv_text(policy, ""), "RequireDualStack") &&
	    !pv_eq(policy, pv_get(old, "ipFamilyPolicy")))
		pv_fault_value(f, "spec.ipFamilyPolicy", policy,
			       "this cluster is not configured for dual-stack services");
	for (size_t i = 0; !pv_eq(list, pv_get(old, "ipFamilies")) && i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_item(list, i), ""), "IPv6"))
			pv_fault_value(f, pv_nth(f, "spec.ipFamilies", i), pv_item(list, i),
				       "not configured on this cluster");
}

size_t
pv_service_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *address = pv_get(spec, "clusterIP");
	const char *type = pv_text(pv_get(spec, "type"), "");
	pv_str name = pv_strv(pv_get(spec, "externalName"));
	kind_of kind = {.named = pv_streq(type, "ExternalName"), .balanced = pv_streq(type, "LoadBalancer")};
	size_t before = f->n;
	const char *why;

	kind.outside = kind.balanced || pv_streq(type, "NodePort");
	kind.headless = pv_streq(pv_text(address, ""), "None");
	if (kind.named) {
		check_nowhere(f, spec);
	} else {
		check_cluster_ips(f, spec, pv_get(old, "spec"));
		check_families(f, spec);
		if (f->n > before) { /* upstream looks at the rest when it knows where the Service is */
			pv_faults_drop(f, "spec.ports");
			return f->n;
		}
	}
	pv_labels_check(f, pv_get(spec, "selector"), "spec.selector");
	if (name.len && name.s[name.len - 1] == '.')
		name.len--;
	why = kind.named && name.len ? pv_name_subdomain(name) : NULL;
	if (kind.named && !name.len)
		pv_required(f, "spec.externalName", NULL);
	else if (why)
		pv_fault_value(f, "spec.externalName", pv_get(spec, "externalName"), why);
	if (kind.headless && kind.outside)
		pv_fault_value(f, "spec.clusterIPs[0]", address,
			       pv_printf(f->cx->arena, "may not be set to 'None' for %s services", type));
	check_service_ports(f, spec, kind);
	check_fitting(f, spec, kind);
	for (size_t i = 0; i < pv_count(pv_get(spec, "externalIPs")); i++)
		pv_special_address_check(f, pv_item(pv_get(spec, "externalIPs"), i),
					 pv_nth(f, "spec.externalIPs", i));
	if (old)
		check_service_change(f, spec, pv_get(old, "spec"));
	check_configured(f, spec, pv_get(old, "spec"), kind);
	return f->n;
}
