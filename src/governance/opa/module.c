#include "core/module.h"
#include "governance/opa/opa.h"
#include "governance/opa/platform.h"

static const pv_option run_options[] = {
	{"server", 's', NULL, "serve OPA's REST API"},
	{"addr", 'a', "HOST:PORT", "where to listen (default: localhost:8181; port 0 picks a free one)"},
	{"bundle", 'b', NULL, "paths are bundles: folders or archives"},
	{"config-file", 'c', "FILE",
	 "OPA's configuration: services, bundles, decision_logs, status, keys, labels"},
	{"set", 0, "KEY=VALUE", "a value of the configuration, such as decision_logs.console=true; repeats"},
	{"authentication", 0, "off|token|tls", "who asks: a bearer token, or a client's certificate"},
	{"authorization", 0, "off|basic", "basic: data.system.authz.allow decides each request"},
	{"tls-cert-file", 0, "FILE", "certificate of the server"},
	{"tls-private-key-file", 0, "FILE", "its key"},
	{"tls-ca-cert-file", 0, "FILE", "authorities of clients' certificates"},
	{"verification-key", 0, "FILE", "public key, or secret, of signed bundles"},
	{"verification-key-id", 0, "NAME", "name of that key (default: default)"},
	{"signing-alg", 0, "NAME", "algorithm of that key (default: RS256)"},
	{"scope", 0, "TEXT", "scope of their signatures"},
	{"skip-verify", 0, NULL, "do not look at signatures of bundles named as arguments"},
	{"v0-compatible", 0, NULL, "read modules and queries as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{0},
};

static const pv_verb verbs[] = {
	{
		.name = "rego run",
		.usage = "[PATH...]",
		.summary = "serve policies over OPA's REST API, as `opa run --server` does",
		.help = "Until it is told to stop (TERM, INT).\n\n"
			"  pave rego run --server -b policy.tar.gz --set decision_logs.console=true",
		.options = run_options,
		.run = opa_run,
	},
	{0},
};

#define ROUTE(where, what) \
	{ \
		.method = "*", .path = (where), .blocking = true, .summary = (what), \
		.handle = opa_platform_handle \
	}

static const pv_route routes[] = {
	ROUTE("/v1/data", "OPA: all documents"),
	ROUTE("/v1/data/", "OPA: decisions"),
	ROUTE("/v1/batch/data/", "OPA: decisions for many inputs"),
	ROUTE("/v0/data/", "OPA: decisions, the body is the input"),
	ROUTE("/v1/query", "OPA: ad-hoc queries"),
	ROUTE("/v1/policies", "OPA: the modules of policies"),
	ROUTE("/v1/policies/", "OPA: a module"),
	ROUTE("/v1/compile", "OPA: partial evaluation"),
	ROUTE("/v1/compile/", "OPA: conditions over rows"),
	ROUTE("/v1/config", "OPA: the configuration, without secrets"),
	ROUTE("/v1/status", "OPA: how bundles and decision logs are"),
	ROUTE("/health", "OPA: are bundles and plugins ready"),
	ROUTE("/health/", "OPA: health as policies see it"),
	{0},
};

static const pv_admission *const admission[] = {&opa_admission, NULL};
static const pv_controller *const controllers[] = {&opa_config_controller, NULL};
static const pv_fact_kind *const facts[] = {&opa_status_fact, NULL};

extern const pv_module governance_opa_module;
const pv_module governance_opa_module = {
	.name = "governance/opa",
	.summary = "OPA's REST API, bundles and decision logs",
	.admission = admission,
	.controllers = controllers,
	.facts = facts,
	.metrics = opa_metric_rows,
	.routes = routes,
	.verbs = verbs,
	.start = opa_platform_start,
};
