/* Network policies, ingresses, endpoints (kubernetes pkg/apis/networking/validation, pkg/apis/discovery/validation). */
#include "base/map.h"
#include "core/kinds/address.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <arpa/inet.h>
#include <string.h>

/* ---- network policies ---- */

const pv_val *
pv_netpol_fill(pv_ctx *cx, const pv_val *object)
{
	pv_val types[2] = {pv_string_ref("Ingress"), pv_string_ref("Egress")};
	bool out = pv_count(pv_at(object, "spec.egress")) > 0;

	if (!pv_is(pv_get(object, "spec"), PV_OBJECT))
		return object;
	return pv_fill_at(cx, object, "spec.policyTypes", pv_list_of(cx->arena, types, out ? 2 : 1));
}

typedef struct network {
	unsigned char bytes[16];
	int64_t bits;
	size_t len; /* 4 or 16 */
} network;

static bool
network_of(pv_str s, network *ret)
{
	pv_str host, rest = s;
	char room[64];

	if (!pv_format_valid("cidr", s) || !pv_str_next(&rest, '/', &host) || host.len >= sizeof room ||
	    !pv_parse_int(rest, &ret->bits))
		return false;
	memcpy(room, host.s, host.len);
	room[host.len] = 0;
	ret->len = strchr(room, ':') ? 16 : 4;
	return inet_pton(ret->len == 16 ? AF_INET6 : AF_INET, room, ret->bytes) == 1;
}

/* inner is a part of outer, and not all of it. */
static bool
lies_in(const network *inner, const network *outer)
{
	if (inner->len != outer->len || inner->bits <= outer->bits)
		return false;
	for (int64_t i = 0; i < outer->bits; i++)
		if ((inner->bytes[i / 8] ^ outer->bytes[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static void
check_block(pv_faults *f, const pv_val *block, const char *path)
{
	const pv_val *except = pv_get(block, "except");
	const char *at = pv_below(f, path, "except");
	network outer, inner;

	if (!network_of(pv_strv(pv_get(block, "cidr")), &outer)) {
		pv_faults_drop(f, at);
		return; /* its row says so */
	}
	for (size_t i = 0; i < pv_count(except); i++)
		if (network_of(pv_strv(pv_item(except, i)), &inner) && !lies_in(&inner, &outer))
			pv_fault_value(f, pv_nth(f, at, i), pv_item(except, i),
				       "must be a strict subset of `cidr`");
}

static void
check_peers(pv_faults *f, const pv_val *list, const char *path)
{
	static const char *const kinds[] = {"podSelector", "namespaceSelector", "ipBlock"};

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *peer = pv_item(list, i), *block = pv_get(peer, "ipBlock");
		const char *at = pv_nth(f, path, i);
		size_t n = 0;

		for (size_t k = 0; k < PV_LEN(kinds); k++)
			n += pv_get(peer, kinds[k]) != NULL;
		if (!n)
			pv_required(f, at, "must specify a peer");
		else if (n > 1 && block)
			pv_forbidden(f, at, "may not specify both ipBlock and another peer");
		pv_selector_check(f, pv_get(peer, "podSelector"), pv_below(f, at, "podSelector"));
		pv_selector_check(f, pv_get(peer, "namespaceSelector"), pv_below(f, at, "namespaceSelector"));
		if (block)
			check_block(f, block, pv_below(f, at, "ipBlock"));
	}
}

static void
check_policy_ports(pv_faults *f, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_get(pv_item(list, i), "port"),
			     *end = pv_get(pv_item(list, i), "endPort");
		const char *one = pv_nth(f, path, i), *at = pv_below(f, one, "endPort");

		if (port)
			pv_check_port_or_name(f, port, pv_below(f, one, "port"));
		if (!end)
			continue;
		if (!port)
			pv_fault_value(f, at, end, "may not be specified when `port` is not specified");
		else if (pv_is(port, PV_STRING))
			pv_fault_value(f, at, end, "may not be specified when `port` is non-numeric");
		else if (pv_i64(end, 0) < pv_i64(port, 0))
			pv_fault_value(f, at, end, "must be greater than or equal to `port`");
		else
			pv_check_port(f, end, at);
	}
}

size_t
pv_netpol_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const ways[][2] = {{"ingress", "from"}, {"egress", "to"}};
	const pv_val *types = pv_at(object, "spec.policyTypes");

	(void)old;
	pv_selector_check(f, pv_at(object, "spec.podSelector"), "spec.podSelector");
	if (pv_count(types) > 2)
		pv_fault_value(f, "spec.policyTypes", types, "may not specify more than two policyTypes");
	for (size_t w = 0; w < PV_LEN(ways); w++) {
		const pv_val *rules = pv_get(pv_get(object, "spec"), ways[w][0]);

		for (size_t i = 0; i < pv_count(rules); i++) {
			const char *at = pv_nth(f, pv_below(f, "spec", ways[w][0]), i);

			check_policy_ports(f, pv_get(pv_item(rules, i), "ports"), pv_below(f, at, "ports"));
			check_peers(f, pv_get(pv_item(rules, i), ways[w][1]), pv_below(f, at, ways[w][1]));
		}
	}
	return f->n;
}

/* ---- ingresses ---- */

static void
check_object(pv_faults *f, const pv_val *ref, const char *path)
{
	const pv_val *group = pv_get(ref, "apiGroup");

	pv_check_name(f, pv_get(ref, "kind"), pv_below(f, path, "kind"), pv_name_path_segment);
	pv_check_name(f, pv_get(ref, "name"), pv_below(f, path, "name"), pv_name_path_segment);
	if (pv_is(group, PV_STRING) && pv_name_subdomain(pv_strv(group)))
		pv_fault_value(f, pv_below(f, path, "apiGroup"), group, pv_name_subdomain(pv_strv(group)));
}

static void
check_backend(pv_faults *f, const pv_val *backend, const char *path)
{
	const pv_val *service = pv_get(backend, "service"), *resource = pv_get(backend, "resource");
	const pv_val *name = pv_at(service, "port.name"), *number = pv_at(service, "port.number");
	const char *at = pv_below(f, path, "service");
	pv_val none = pv_string_ref("");

	if (!service && !resource) {
		pv_fault_value(f, path, &none, "resource or service backend is required");
		return;
	}
	if (service && resource) {
		pv_fault_value(f, path, &none, "cannot set both resource and service backends");
		return;
	}
	if (!service) {
		check_object(f, resource, pv_below(f, path, "resource"));
		return;
	}
	pv_check_name(f, pv_get(service, "name"), pv_below(f, at, "name"), pv_name_label1035);
	if (*pv_text(name, "") && number)
		pv_fault_value(f, path, &none, "cannot set both port name & port number");
	else if (*pv_text(name, ""))
		pv_check_name(f, name, pv_below(f, at, "port.name"), pv_name_port);
	else if (!number)
		pv_required(f, path, "port name or number is required");
	else
		pv_check_port(f, number, pv_below(f, at, "port.number"));
}

static void
check_path_text(pv_faults *f, const pv_val *text, const char *path)
{
	static const char *const within[] = {"//", "/./", "/../", "%2f", "%2F"}, *const last[] = {"/..",
												  "/."};
	const char *s = pv_text(text, "");

	if (!pv_starts_with(s, "/")) {
		pv_fault_value(f, path, text, "must be an absolute path");
		return;
	}
	for (size_t i = 0; i < PV_LEN(within); i++)
		if (strstr(s, within[i]))
			pv_fault_value(f, path, text,
				       pv_printf(f->cx->arena, "must not contain '%s'", within[i]));
	for (size_t i = 0; i < PV_LEN(last); i++)
		if (pv_ends_with(s, last[i]))
			pv_fault_value(f, path, text,
				       pv_printf(f->cx->arena, "cannot end with '%s'", last[i]));
}

static void
check_ingress_path(pv_faults *f, const pv_val *p, const char *path)
{
	const char *type = pv_text(pv_get(p, "pathType"), "");
	const pv_val *text = pv_get(p, "path");

	if (!pv_get(p, "pathType")) {
		pv_required(f, pv_below(f, path, "pathType"), "pathType must be specified");
		return;
	}
	if (pv_streq(type, "Exact") || pv_streq(type, "Prefix"))
		check_path_text(f, text, pv_below(f, path, "path"));
	else if (pv_streq(type, "ImplementationSpecific") && *pv_text(text, "") &&
		 !pv_starts_with(text->s, "/"))
		pv_fault_value(f, pv_below(f, path, "path"), text, "must be an absolute path");
	check_backend(f, pv_get(p, "backend"), pv_below(f, path, "backend"));
}

/* A name, perhaps with "*." in front. */
static void
check_host(pv_faults *f, const pv_val *host, const char *path)
{
	pv_str s = pv_strv(host);
	const char *why = NULL;

	if (!memchr(s.s, '*', s.len))
		why = pv_name_subdomain(s);
	else if (!pv_starts_with(host->s, "*.") || pv_name_subdomain((pv_str){s.s + 2, s.len - 2}))
		why = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
		      "which must consist of lower case alphanumeric characters, '-' or '.' and end with an "
		      "alphanumeric character (e.g. '*.example.com', regex used for validation is "
		      "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
	if (why)
		pv_fault_value(f, path, host, why);
}

static void
check_rule_host(pv_faults *f, const pv_val *host, const char *path)
{
	if (!pv_name_address(pv_strv(host)))
		pv_fault_value(f, path, host, "must be a DNS name, not an IP address");
	check_host(f, host, path);
}

static void
check_tls(pv_faults *f, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *hosts = pv_get(pv_item(list, i), "hosts");
		const char *at = pv_below(f, pv_nth(f, path, i), "hosts");

		for (size_t k = 0; k < pv_count(hosts); k++)
			check_host(f, pv_item(hosts, k), pv_nth(f, at, k));
	}
}

static void
check_ingress_rule(pv_faults *f, const pv_val *rule, const char *path)
{
	const pv_val *http = pv_get(rule, "http"), *paths = pv_get(http, "paths");
	const char *at = pv_below(f, path, "http.paths");

	if (*pv_text(pv_get(rule, "host"), ""))
		check_rule_host(f, pv_get(rule, "host"), pv_below(f, path, "host"));
	if (http && !pv_count(paths))
		pv_required(f, at, NULL);
	for (size_t k = 0; k < pv_count(paths); k++)
		check_ingress_path(f, pv_item(paths, k), pv_nth(f, at, k));
}

size_t
pv_ingress_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *rules = pv_at(object, "spec.rules"), *fallback = pv_at(object, "spec.defaultBackend");
	const pv_val *class = pv_get(pv_at(object, "metadata.annotations"), "kubernetes.io/ingress.class"),
		     *name = pv_at(object, "spec.ingressClassName");

	if (!pv_count(rules) && !fallback)
		pv_fault(f, "FieldValueInvalid", "spec",
			 "Invalid value: null: either `defaultBackend` or `rules` must be specified");
	if (fallback)
		check_backend(f, fallback, "spec.defaultBackend");
	for (size_t i = 0; i < pv_count(rules); i++)
		check_ingress_rule(f, pv_item(rules, i), pv_nth(f, "spec.rules", i));
	check_tls(f, pv_at(object, "spec.tls"), "spec.tls");
	if (!old && class && name && !pv_eq(class, name))
		pv_fault_value(f, "annotations.kubernetes.io/ingress.class", class,
			       "can not be set when the class field is also set");
	return f->n;
}

size_t
pv_ingressclass_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *controller = pv_at(object, "spec.controller"),
		     *parameters = pv_at(object, "spec.parameters"), *ns = pv_get(parameters, "namespace");
	const char *text = pv_text(controller, ""), *slash = strchr(text, '/');
	const char *scope = pv_text(pv_get(parameters, "scope"), "Cluster");
	bool local = pv_streq(scope, "Namespace");

	if (*text && (!slash || slash == text || !slash[1]))
		pv_fault_value(f, "spec.controller", controller,
			       "must be a domain-prefixed path (such as \"acme.io/foo\")");
	if (strlen(text) > 250)
		pv_too_long(f, "spec.controller", 250);
	if (local && !ns)
		pv_required(f, "spec.parameters.namespace", "`parameters.scope` is set to 'Namespace'");
	else if (local && pv_name_label(pv_strv(ns)))
		pv_fault_value(f, "spec.parameters.namespace", ns, pv_name_label(pv_strv(ns)));
	if (parameters && pv_streq(scope, "Cluster") && pv_get(parameters, "namespace"))
		pv_forbidden(f, "spec.parameters.namespace", "`parameters.scope` is set to 'Cluster'");
	pv_check_same(f, object, old, "spec.controller");
	return f->n;
}

/* ---- endpoints ---- */

/* A name of two labels at least, perhaps with a dot behind it. */
static void
check_full_name(pv_faults *f, const pv_val *v, const char *path)
{
	pv_str s = pv_strv(v), rest, whole;
	const char *why;

	if (!s.len) {
		pv_required(f, path, NULL);
		return;
	}
	if (s.s[s.len - 1] == '.')
		s.len--;
	why = pv_name_subdomain(s);
	if (!why && !memchr(s.s, '.', s.len))
		why = "should be a domain with at least two segments separated by dots";
	for (rest = whole = s; !why && pv_str_next(&rest, '.', &s);)
		why = pv_name_label(s);
	if (why) {
		pv_val shown;

		s = rest.s == whole.s ? whole : s; /* the whole, or the label that is none */
		shown = pv_string_ref(pv_strndup(f->cx->arena, s.s, s.len));
		pv_fault_value(f, path, &shown, why);
	}
}

static void
check_endpoint(pv_faults *f, const pv_val *list, const char *path, const char *type)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *at = pv_nth(f, path, i);

		if (pv_streq(type, "FQDN"))
			check_full_name(f, pv_item(list, i), at);
		else if (pv_streq(type, "IPv4") || pv_streq(type, "IPv6"))
			pv_family_address_check(f, pv_item(list, i), path, at, pv_streq(type, "IPv6"));
	}
}

/* Whom an endpoint is best for, each once. */
static void
check_hints(pv_faults *f, const pv_val *hints, const char *path)
{
	static const char *const lists[] = {"forZones", "forNodes"};

	for (size_t l = 0; l < PV_LEN(lists); l++)
		pv_check_once(f, pv_get(hints, lists[l]), pv_below(f, path, lists[l]), "name");
}

size_t
pv_endpointslice_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *endpoints = pv_get(object, "endpoints"), *ports = pv_get(object, "ports");
	const char *type = pv_text(pv_get(object, "addressType"), "");

	if (pv_count(endpoints) > 1000)
		pv_too_many(f, "endpoints", pv_count(endpoints), 1000);
	for (size_t i = 0; i < pv_count(endpoints); i++) {
		const pv_val *addresses = pv_get(pv_item(endpoints, i), "addresses");
		const char *at = pv_below(f, pv_nth(f, "endpoints", i), "addresses");

		if (!pv_count(addresses))
			pv_required(f, at, "must contain at least 1 address");
		if (pv_count(addresses) > 100)
			pv_too_many(f, at, pv_count(addresses), 100);
		check_endpoint(f, addresses, at, type);
		check_hints(f, pv_get(pv_item(endpoints, i), "hints"),
			    pv_below(f, pv_nth(f, "endpoints", i), "hints"));
	}
	pv_check_once(f, ports, "ports", "name");
	pv_check_same(f, object, old, "addressType");
	return f->n;
}

size_t
pv_endpoints_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const lists[] = {"addresses", "notReadyAddresses"};
	const pv_val *subsets = pv_get(object, "subsets");

	(void)old;
	for (size_t i = 0; i < pv_count(subsets); i++) {
		const pv_val *subset = pv_item(subsets, i), *ports = pv_get(subset, "ports");
		const char *at = pv_nth(f, "subsets", i);

		for (size_t l = 0; l < PV_LEN(lists); l++)
			for (size_t k = 0; k < pv_count(pv_get(subset, lists[l])); k++)
				pv_special_address_check(
					f, pv_get(pv_item(pv_get(subset, lists[l]), k), "ip"),
					pv_below(f, pv_nth(f, pv_below(f, at, lists[l]), k), "ip"));

		if (!pv_count(pv_get(subset, "addresses")) && !pv_count(pv_get(subset, "notReadyAddresses")))
			pv_required(f, at, "must specify `addresses` or `notReadyAddresses`");
		for (size_t k = 0; k < pv_count(ports); k++) {
			const char *one = pv_nth(f, pv_below(f, at, "ports"), k);

			if (pv_count(ports) > 1 && !*pv_text(pv_get(pv_item(ports, k), "name"), ""))
				pv_required(f, pv_below(f, one, "name"), NULL);
			pv_check_port(f, pv_get(pv_item(ports, k), "port"), pv_below(f, one, "port"));
		}
	}
	return f->n;
}

/* ---- networks of Services ---- */

size_t
pv_ipaddress_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	pv_check_same(f, object, old, "spec.parentRef");
	return f->n;
}

size_t
pv_servicecidr_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_at(object, "spec.cidrs");
	network one, other;

	if (old)
		pv_faults_withdraw(f, "spec.cidrs");
	if (old && !pv_count(list))
		pv_check_same(f, object, old, "spec.cidrs");
	for (size_t i = 0; old && i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *had = pv_at(old, "spec.cidrs");
		const char *at = pv_nth(f, "spec.cidrs", i);

		if (i < pv_count(had) && !pv_eq(v, pv_item(had, i)))
			pv_fault_value(f, at, v, "field is immutable");
		else if (i >= pv_count(had) && pv_name_cidr(pv_strv(v)))
			pv_fault_value(f, at, v, pv_name_cidr(pv_strv(v)));
	}
	if (pv_count(list) > 1 && network_of(pv_strv(pv_item(list, 0)), &one) &&
	    network_of(pv_strv(pv_item(list, 1)), &other) && one.len == other.len)
		pv_fault_value(f, "spec.cidrs", list,
			       "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and "
			       "2001:db8::/64");
	return f->n;
}
