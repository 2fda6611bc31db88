/* Services, ingresses and network policies. */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

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

const pv_val *
pv_service_fill(pv_ctx *cx, const pv_val *service)
{
	const char *type = pv_text_at(service, "spec.type", "");
	bool named = pv_streq(type, "ExternalName"), balanced = pv_streq(type, "LoadBalancer");
	pv_val family = pv_string_ref("IPv4");

	if (!pv_is(pv_get(service, "spec"), PV_OBJECT))
		return service;
	service = fill_ports(cx, service);
	if (pv_streq(pv_text_at(service, "spec.sessionAffinity", ""), "ClientIP"))
		service = pv_fill_at(cx, service, "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
				     pv_int(10800));
	if (!named) {
		service = pv_fill_text(cx, service, "spec.internalTrafficPolicy", "Cluster");
		service = pv_fill_at(cx, service, "spec.ipFamilies", pv_list_of(cx->arena, &family, 1));
		service = pv_fill_text(cx, service, "spec.ipFamilyPolicy", "SingleStack");
	}
	if (balanced || pv_streq(type, "NodePort"))
		service = pv_fill_text(cx, service, "spec.externalTrafficPolicy", "Cluster");
	if (balanced)
		service = pv_fill_at(cx, service, "spec.allocateLoadBalancerNodePorts", pv_bool(true));
	return service;
}

const pv_val *
pv_netpol_fill(pv_ctx *cx, const pv_val *object)
{
	pv_val types[2] = {pv_string_ref("Ingress"), pv_string_ref("Egress")};
	bool out = pv_count(pv_at(object, "spec.egress")) > 0;

	if (!pv_is(pv_get(object, "spec"), PV_OBJECT))
		return object;
	return pv_fill_at(cx, object, "spec.policyTypes", pv_list_of(cx->arena, types, out ? 2 : 1));
}

/* ---- checking ---- */

static void
check_service_port(pv_faults *f, const pv_val *port, const char *path, bool may_have_node_port, bool alone)
{
	const pv_val *name = pv_get(port, "name"), *node = pv_get(port, "nodePort");

	if (*pv_text(name, ""))
		pv_check_name(f, name, pv_below(f, path, "name"), pv_name_label);
	else if (!alone)
		pv_required(f, pv_below(f, path, "name"), NULL);
	pv_check_port(f, pv_get(port, "port"), pv_below(f, path, "port"));
	if (pv_get(port, "targetPort"))
		pv_check_port_or_name(f, pv_get(port, "targetPort"), pv_below(f, path, "targetPort"));
	if (pv_i64(node, 0) && !may_have_node_port)
		pv_forbidden(f, pv_below(f, path, "nodePort"), "may not be used when `type` is 'ClusterIP'");
	else if (pv_i64(node, 0))
		pv_check_port(f, node, pv_below(f, path, "nodePort"));
}

static void
check_service_ports(pv_faults *f, const pv_val *spec, const char *type)
{
	const pv_val *list = pv_get(spec, "ports");
	bool node = pv_streq(type, "NodePort") || pv_streq(type, "LoadBalancer");
	pv_map *names = pv_map_new(f->cx->arena), *ports = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_item(list, i), *name = pv_get(port, "name");
		const char *path = pv_nth(f, "spec.ports", i);
		const char *key = pv_printf(f->cx->arena, "%s/%lld", pv_text(pv_get(port, "protocol"), ""),
					    (long long)pv_i64(pv_get(port, "port"), 0));

		check_service_port(f, port, path, node, pv_count(list) == 1);
		if (*pv_text(name, "") && pv_map_puts(names, name->s, f))
			pv_duplicate(f, pv_below(f, path, "name"), name);
		if (pv_map_puts(ports, key, f))
			pv_duplicate(f, path, port);
	}
}

static void
check_service_change(pv_faults *f, const pv_val *spec, const pv_val *old)
{
	const char *was = pv_text(pv_get(old, "clusterIP"), ""),
		   *now = pv_text(pv_get(spec, "clusterIP"), "");
	bool stays = !pv_streq(pv_text(pv_get(spec, "type"), ""), "ExternalName");

	if (*was && stays && !pv_streq(was, now))
		pv_fault_value(f, "spec.clusterIP", pv_get(spec, "clusterIP"), "field is immutable");
}

size_t
pv_service_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *name = pv_get(spec, "externalName");
	const char *type = pv_text(pv_get(spec, "type"), ""), *ip = pv_text(pv_get(spec, "clusterIP"), "");

	pv_labels_check(f, pv_get(spec, "selector"), "spec.selector");
	if (pv_streq(type, "ExternalName")) {
		if (!*pv_text(name, ""))
			pv_required(f, "spec.externalName", NULL);
		else
			pv_check_name(f, name, "spec.externalName", pv_name_subdomain);
	} else if (!pv_count(pv_get(spec, "ports")) && !pv_streq(ip, "None")) {
		pv_required(f, "spec.ports", NULL);
	}
	if (*ip && !pv_streq(ip, "None") && !pv_format_valid("ipv4", pv_str_of(ip)) &&
	    !pv_format_valid("ipv6", pv_str_of(ip)))
		pv_fault_value(f, "spec.clusterIP", pv_get(spec, "clusterIP"),
			       "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
	check_service_ports(f, spec, type);
	if (old)
		check_service_change(f, spec, pv_get(old, "spec"));
	return f->n;
}

static void
check_backend(pv_faults *f, const pv_val *backend, const char *path)
{
	const pv_val *service = pv_get(backend, "service"), *resource = pv_get(backend, "resource");
	const char *at = pv_below(f, path, "service");

	if (!service && !resource) {
		pv_required(f, path, "must specify one of: `resource`, `service`");
		return;
	}
	if (service && resource)
		pv_fault(f, "FieldValueInvalid", path,
			 "Invalid value: \"\": cannot set both resource and service backends");
	if (!service)
		return;
	pv_check_name(f, pv_get(service, "name"), pv_below(f, at, "name"), pv_name_label1035);
	if (*pv_text_at(service, "port.name", ""))
		pv_check_name(f, pv_at(service, "port.name"), pv_below(f, at, "port.name"), pv_name_port);
	else if (!pv_at(service, "port.number"))
		pv_required(f, at, "port name or number is required");
	else
		pv_check_port(f, pv_at(service, "port.number"), pv_below(f, at, "port.number"));
}

static void
check_ingress_path(pv_faults *f, const pv_val *p, const char *path)
{
	const char *type = pv_text(pv_get(p, "pathType"), "");
	const pv_val *text = pv_get(p, "path");

	if (!*type)
		pv_required(f, pv_below(f, path, "pathType"), "pathType must be specified");
	else if (!pv_streq(type, "ImplementationSpecific") && !pv_starts_with(pv_text(text, ""), "/"))
		pv_fault_value(f, pv_below(f, path, "path"), text, "must be an absolute path");
	check_backend(f, pv_get(p, "backend"), pv_below(f, path, "backend"));
}

size_t
pv_ingress_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *rules = pv_at(object, "spec.rules"), *fallback = pv_at(object, "spec.defaultBackend");

	(void)old;
	if (!pv_count(rules) && !fallback)
		pv_fault(f, "FieldValueInvalid", "spec",
			 "Invalid value: null: either `defaultBackend` or `rules` must be specified");
	if (fallback)
		check_backend(f, fallback, "spec.defaultBackend");
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *paths = pv_at(pv_item(rules, i), "http.paths");
		const char *at = pv_below(f, pv_nth(f, "spec.rules", i), "http.paths");

		for (size_t k = 0; k < pv_count(paths); k++)
			check_ingress_path(f, pv_item(paths, k), pv_nth(f, at, k));
	}
	return f->n;
}
