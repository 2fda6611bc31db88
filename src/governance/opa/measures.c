/* measures: /metrics of a server of its own, by OPA's names (https://www.openpolicyagent.org/docs/monitoring). */
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/serve.h"

static const double buckets[] = {1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 0.01, 0.1, 1};

pv_metrics *
opa_measures_new(opa_server *server)
{
	server->metrics = pv_metrics_new();
	server->timings = pv_family_new(server->metrics,
					&(pv_family_def){.name = "http_request_duration_seconds",
							 .help = "A histogram of duration for requests.",
							 .type = PV_HISTOGRAM,
							 .labels = {"code", "handler", "method"},
							 .buckets = buckets,
							 .n_buckets = PV_LEN(buckets)});
	return server->metrics;
}

void
opa_measures_add(opa_call *c, const char *handler)
{
	const char *labels[] = {pv_printf(c->cx->arena, "%d", c->status), handler,
				pv_str_lower(c->cx->arena, c->method)};
	pv_metric_observe(pv_family_of(c->server->timings, labels), (double)(pv_mono() - c->began) / 1e9);
}

int
opa_measures(opa_call *c)
{
	pv_buf text;
	if (!c->server->metrics)
		return opa_refuse(c, 404, "resource_not_found", "/metrics: there is no such resource");
	pv_buf_init(&text, c->cx->arena);
	pv_metrics_format(c->server->metrics, &text);
	c->status = 200;
	pv_http_reply(c->http, 200, PV_METRICS_TYPE, (pv_str){text.s, text.len}, pv_http_keep, NULL);
	return 0;
}
