/* What is told of addresses and networks in forms that programs read differently, and of Services. */
#include "core/kinds/address.h"
#include "core/kinds/warn.h"

void
warn_of_address(pv_warns *w, const char *text, const pv_path *path)
{
	const char *right;
	pv_address a;

	if (!pv_address_read(pv_str_of(text), &a))
		return; /* a check says so, where it must be one */
	right = pv_address_text(w->cx->arena, &a);
	if (a.old || a.mapped)
		warn(w, path,
		     "non-standard IP address %s will be considered invalid in a future Kubernetes release: "
		     "use \"%s\"",
		     warn_quote(w, text), right);
	else if (!a.four && !pv_streq(right, text))
		warn(w, path, "IPv6 address %s should be in RFC 5952 canonical format (\"%s\")",
		     warn_quote(w, text), right);
}

/* The bits behind a prefix go; were there any? */
static bool
mask(pv_address *a, int64_t bits)
{
	bool any = false;

	if (a->four)
		bits += 96;
	for (int64_t i = bits; i < 128; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		any |= (a->bytes[i / 8] & bit) != 0;
		a->bytes[i / 8] = (uint8_t)(a->bytes[i / 8] & ~bit);
	}
	return any;
}

void
warn_of_network(pv_warns *w, const char *text, const pv_path *path)
{
	pv_str rest = pv_str_of(text), host;
	const char *alone, *right;
	pv_address a;
	int64_t bits;
	bool more, old;

	if (!pv_str_next(&rest, '/', &host) || !pv_address_read(host, &a) || !pv_parse_int(rest, &bits) ||
	    bits < 0 || bits > (a.four && !a.mapped ? 32 : 128))
		return;
	old = a.old || a.mapped || (rest.len > 1 && rest.s[0] == '0');
	if (a.mapped) /* Go makes an IPv4 network of it if all of the prefix is in it */
		a.four = bits >= 96, bits -= bits >= 96 ? 96 : 0;
	alone = pv_printf(w->cx->arena, "%s/%d", pv_address_text(w->cx->arena, &a), a.four ? 32 : 128);
	more = mask(&a, bits);
	right = pv_printf(w->cx->arena, "%s/%lld", pv_address_text(w->cx->arena, &a), (long long)bits);
	if (more)
		warn(w, path, "CIDR value %s is ambiguous in this context (should be \"%s\" or \"%s\"?)",
		     warn_quote(w, text), right, alone);
	if (old)
		warn(w, path,
		     "non-standard CIDR value %s will be considered invalid in a future Kubernetes release: "
		     "use \"%s\"",
		     warn_quote(w, text), right);
	else if (!more && !a.four && !pv_streq(right, text))
		warn(w, path, "IPv6 CIDR value %s should be in RFC 5952 canonical format (\"%s\")",
		     warn_quote(w, text), right);
}

void
warn_of_addresses(pv_warns *w, const pv_val *list, const pv_path *path)
{
	for (size_t i = 0; i < pv_count(list); i++)
		warn_of_address(w, pv_text(pv_item(list, i), ""), warn_nth(w, path, i));
}

void
warn_of_each_address(pv_warns *w, const pv_val *list, const char *member, const pv_path *path)
{
	for (size_t i = 0; i < pv_count(list); i++)
		warn_of_address(w, pv_text(pv_get(pv_item(list, i), member), ""),
				warn_below(w, warn_nth(w, path, i), member));
}

/* ---- Services, and what stands before them ---- */

static void
warn_of_unused(pv_warns *w, const pv_val *spec, bool headless, const char *type)
{
	bool external = pv_count(pv_get(spec, "externalIPs")) > 0;

	if (headless && *pv_text(pv_get(spec, "loadBalancerIP"), ""))
		warn(w, NULL, "spec.loadBalancerIP is ignored for headless services");
	if (headless && external)
		warn(w, NULL, "spec.externalIPs is ignored for headless services");
	if (headless && !pv_streq(pv_text(pv_get(spec, "sessionAffinity"), "None"), "None"))
		warn(w, NULL, "spec.SessionAffinity is ignored for headless services");
	warn_of_addresses(w, pv_get(spec, "externalIPs"), warn_from(w, "spec.externalIPs"));
	warn_of_address(w, pv_text(pv_get(spec, "loadBalancerIP"), ""), warn_from(w, "spec.loadBalancerIP"));
	for (size_t i = 0; i < pv_count(pv_get(spec, "loadBalancerSourceRanges")); i++)
		warn_of_network(w, pv_text(pv_item(pv_get(spec, "loadBalancerSourceRanges"), i), ""),
				warn_nth(w, warn_from(w, "spec.loadBalancerSourceRanges"), i));
	if (pv_streq(type, "ExternalName") && external)
		warn(w, NULL, "spec.externalIPs is ignored when spec.type is \"ExternalName\"");
	if (!pv_streq(type, "ExternalName") && *pv_text(pv_get(spec, "externalName"), ""))
		warn(w, NULL, "spec.externalName is ignored when spec.type is not \"ExternalName\"");
}

void
warn_service(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec");
	const char *type = pv_text(pv_get(spec, "type"), ""), *own = pv_text(pv_get(spec, "clusterIP"), "");

	(void)old;
	if (pv_get(pv_at(object, "metadata.annotations"), "service.kubernetes.io/topology-aware-hints"))
		warn(w, NULL,
		     "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use "
		     "service.kubernetes.io/topology-mode instead");
	if (*own && !pv_streq(own, "None"))
		warn_of_addresses(w, pv_get(spec, "clusterIPs"), warn_from(w, "spec.clusterIPs"));
	warn_of_unused(w, spec, pv_streq(type, "ClusterIP") && pv_streq(own, "None"), type);
}

/* The status of a Service or an Ingress; the path is that of the item. */
void
warn_balancer(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_at(object, "status.loadBalancer.ingress");

	(void)old;
	for (size_t i = 0; i < pv_count(list); i++)
		warn_of_address(w, pv_text(pv_get(pv_item(list, i), "ip"), ""),
				warn_nth(w, warn_from(w, "status.loadBalancer.ingress"), i));
}

void
warn_pod_addresses(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	warn_of_each_address(w, pv_at(object, "status.podIPs"), "ip", warn_from(w, "status.podIPs"));
	warn_of_each_address(w, pv_at(object, "status.hostIPs"), "ip", warn_from(w, "status.hostIPs"));
}

static void
warn_of_blocks(pv_warns *w, const pv_val *rules, const pv_path *path, const char *peers)
{
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *list = pv_get(pv_item(rules, i), peers);
		const pv_path *at = warn_below(w, warn_nth(w, path, i), peers);

		for (size_t k = 0; k < pv_count(list); k++) {
			const pv_val *block = pv_get(pv_item(list, k), "ipBlock"),
				     *except = pv_get(block, "except");
			const pv_path *here = warn_below(w, warn_nth(w, at, k), "ipBlock");

			warn_of_network(w, pv_text(pv_get(block, "cidr"), ""), warn_below(w, here, "cidr"));
			for (size_t n = 0; n < pv_count(except); n++)
				warn_of_network(w, pv_text(pv_item(except, n), ""),
						warn_nth(w, warn_below(w, here, "except"), n));
		}
	}
}

void
warn_network_policy(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	warn_of_blocks(w, pv_at(object, "spec.ingress"), warn_from(w, "spec.ingress"), "from");
	warn_of_blocks(w, pv_at(object, "spec.egress"), warn_from(w, "spec.egress"), "to");
}

/* ---- endpoints, unless a controller wrote them ---- */

static bool
is_managed(const pv_val *object, const char *label, const char *by)
{
	return pv_streq(pv_text(pv_get(pv_at(object, "metadata.labels"), label), ""), by);
}

void
warn_endpoints(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_get(object, "subsets");

	(void)old;
	if (is_managed(object, "endpoints.kubernetes.io/managed-by", "endpoint-controller"))
		return;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *subset = pv_item(list, i);
		const pv_path *at = warn_nth(w, warn_from(w, "subsets"), i);

		warn_of_each_address(w, pv_get(subset, "addresses"), "ip", warn_below(w, at, "addresses"));
		warn_of_each_address(w, pv_get(subset, "notReadyAddresses"), "ip",
				     warn_below(w, at, "notReadyAddresses"));
	}
}

void
warn_new_slice(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	if (pv_streq(pv_text(pv_get(object, "addressType"), ""), "FQDN"))
		warn(w, warn_from(w, "spec.addressType"), "FQDN endpoints are deprecated");
}

void
warn_slice(pv_warns *w, const pv_val *object, const pv_val *old)
{
	static const char label[] = "endpointslice.kubernetes.io/managed-by";
	const pv_val *list = pv_get(object, "endpoints");

	(void)old;
	if (is_managed(object, label, "endpointslice-controller.k8s.io") ||
	    is_managed(object, label, "endpointslicemirroring-controller.k8s.io"))
		return;
	for (size_t i = 0; i < pv_count(list); i++)
		warn_of_addresses(w, pv_get(pv_item(list, i), "addresses"),
				  warn_below(w, warn_nth(w, warn_from(w, "endpoints"), i), "addresses"));
}
