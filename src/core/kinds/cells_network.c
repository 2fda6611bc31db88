/* Services, ingresses and what lies behind them. */
#include "base/str.h"
#include "core/kinds/cells.h"

pv_val
pv_cell_service_ip(const cell *c)
{
	return pv_cell_or(c, "spec.clusterIP", "<none>");
}

static void
add_ingress_points(pv_buf *b, const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *point = pv_item(list, i);
		const char *ip = pv_text(pv_get(point, "ip"), "");

		pv_cell_join(b, ",", *ip ? ip : pv_text(pv_get(point, "hostname"), ""));
	}
}

pv_val
pv_cell_service_external(const cell *c)
{
	const char *type = pv_text_at(c->object, "spec.type", "");
	const pv_val *ips = pv_at(c->object, "spec.externalIPs");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	if (pv_streq(type, "ExternalName"))
		return pv_cell_or(c, "spec.externalName", "<none>");
	if (pv_streq(type, "LoadBalancer"))
		add_ingress_points(&b, pv_at(c->object, "status.loadBalancer.ingress"));
	for (size_t i = 0; i < pv_count(ips); i++)
		pv_cell_join(&b, ",", pv_text(pv_item(ips, i), ""));
	return pv_cell_joined(c, &b, pv_streq(type, "LoadBalancer") ? "<pending>" : "<none>");
}

pv_val
pv_cell_service_ports(const cell *c)
{
	const pv_val *ports = pv_at(c->object, "spec.ports");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(ports); i++) {
		const pv_val *port = pv_item(ports, i);
		int64_t node = pv_i64(pv_get(port, "nodePort"), 0);

		pv_cell_join(&b, ",", pv_cell_scalar(c, pv_get(port, "port")));
		if (node > 0)
			pv_buf_printf(&b, ":%lld", (long long)node);
		pv_buf_printf(&b, "/%s", pv_text(pv_get(port, "protocol"), "TCP"));
	}
	return pv_cell_joined(c, &b, "<none>");
}

/* At most three, then "+ 2 more...". */
static void
add_some(pv_buf *b, size_t *count, const char *s)
{
	if (++*count <= 3)
		pv_cell_join(b, ",", s);
}

static pv_val
with_rest(const cell *c, pv_buf *b, size_t count)
{
	if (count > 3)
		pv_buf_printf(b, " + %zu more...", count - 3);
	return pv_cell_joined(c, b, "<none>");
}

pv_val
pv_cell_endpoints(const cell *c)
{
	const pv_val *subsets = pv_get(c->object, "subsets");
	size_t count = 0;
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(subsets); i++) {
		const pv_val *ports = pv_get(pv_item(subsets, i), "ports"),
			     *ips = pv_get(pv_item(subsets, i), "addresses");

		for (size_t k = 0; k < pv_count(ips); k++) {
			const char *ip = pv_text(pv_get(pv_item(ips, k), "ip"), "");

			if (!pv_count(ports))
				add_some(&b, &count, ip);
			for (size_t p = 0; p < pv_count(ports); p++)
				add_some(&b, &count,
					 pv_printf(c->cx->arena, "%s:%lld", ip,
						   (long long)pv_i64(pv_get(pv_item(ports, p), "port"), 0)));
		}
	}
	return with_rest(c, &b, count);
}

pv_val
pv_cell_slice_ports(const cell *c)
{
	const pv_val *ports = pv_get(c->object, "ports");
	size_t count = 0;
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(ports); i++) {
		const pv_val *port = pv_get(pv_item(ports, i), "port");

		add_some(&b, &count, port ? pv_cell_scalar(c, port) : "*");
	}
	return pv_count(ports) ? with_rest(c, &b, count) : pv_cell_text(c, "<unset>");
}

pv_val
pv_cell_slice_endpoints(const cell *c)
{
	const pv_val *list = pv_get(c->object, "endpoints");
	size_t count = 0;
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *addresses = pv_get(pv_item(list, i), "addresses");

		for (size_t k = 0; k < pv_count(addresses); k++)
			add_some(&b, &count, pv_text(pv_item(addresses, k), ""));
	}
	return pv_count(list) ? with_rest(c, &b, count) : pv_cell_text(c, "<unset>");
}

/* ---- ingresses ---- */

pv_val
pv_cell_ingress_class(const cell *c)
{
	return pv_cell_or(c, "spec.ingressClassName", "<none>");
}

pv_val
pv_cell_ingress_hosts(const cell *c)
{
	const pv_val *rules = pv_at(c->object, "spec.rules");
	size_t count = 0;
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(rules); i++) {
		const char *host = pv_text(pv_get(pv_item(rules, i), "host"), "");

		if (*host)
			add_some(&b, &count, host);
	}
	return count ? with_rest(c, &b, count) : pv_cell_text(c, "*");
}

pv_val
pv_cell_ingress_address(const cell *c)
{
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	add_ingress_points(&b, pv_at(c->object, "status.loadBalancer.ingress"));
	return pv_cell_joined(c, &b, "");
}

pv_val
pv_cell_ingress_ports(const cell *c)
{
	return pv_cell_text(c, pv_count(pv_at(c->object, "spec.tls")) ? "80, 443" : "80");
}

pv_val
pv_cell_class_parameters(const cell *c)
{
	const pv_val *p = pv_at(c->object, "spec.parameters");
	const char *group = pv_text(pv_get(p, "apiGroup"), "");

	if (!p)
		return pv_cell_text(c, "<none>");
	return pv_stringf(c->cx->arena, "%s%s%s/%s", pv_text(pv_get(p, "kind"), ""), *group ? "." : "", group,
			  pv_text(pv_get(p, "name"), ""));
}

pv_val
pv_cell_pod_selector(const cell *c)
{
	return pv_cell_text(c, pv_cell_selector(c, pv_at(c->object, "spec.podSelector")));
}

pv_val
pv_cell_ip_parent(const cell *c)
{
	const pv_val *p = pv_at(c->object, "spec.parentRef");
	const char *group = pv_text(pv_get(p, "group"), "");

	return pv_stringf(c->cx->arena, "%s%s%s/%s/%s", pv_text(pv_get(p, "resource"), ""),
			  group[0] ? "." : "", group, pv_text(pv_get(p, "namespace"), ""),
			  pv_text(pv_get(p, "name"), ""));
}

pv_val
pv_cell_cidrs(const cell *c)
{
	return pv_cell_each(c, pv_at(c->object, "spec.cidrs"), NULL, ",", "");
}
