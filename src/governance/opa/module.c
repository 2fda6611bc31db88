#include "core/module.h"
#include "governance/opa/opa.h"
#include "governance/opa/platform.h"

static const pv_option run_options[] = {
	{"server", 's', NULL, "serve OPA's REST API"},
	{"addr", 'a', "HOST:PORT",
	 "where to listen (default: localhost:8181; port 0 picks a free one); http:// in front: without TLS; repeats"},
	{"diagnostic-addr", 0, "HOST:PORT", "where to answer /health and /metrics alone; repeats"},
	{"bundle", 'b', NULL, "paths are bundles: folders or archives"},
	{"config-file", 'c', "FILE",
	 "OPA's configuration: services, bundles, decision_logs, status, keys, labels"},
	{"set", 0, "KEY=VALUE", "a value of the configuration, such as decision_logs.console=true; repeats"},
	{"set-file", 0, "KEY=FILE", "such a value, the text of a file; repeats"},
	{"ignore", 0, "GLOB", "names in folders that are left out; repeats"},
	{"authentication", 0, "off|token|tls", "who asks: a bearer token, or a client's certificate"},
	{"allow-net", 0, "HOST,...", "hosts that http.send and net.lookup_ip_addr may ask (default: none)"},
	{"authorization", 0, "off|basic", "basic: data.system.authz.allow decides each request"},
	{"tls-cert-file", 0, "FILE", "certificate of the server"},
	{"tls-private-key-file", 0, "FILE", "its key"},
	{"tls-ca-cert-file", 0, "FILE", "authorities of clients' certificates"},
	{"verification-key", 0, "FILE", "public key, or secret, of signed bundles"},
	{"verification-key-id", 0, "NAME", "name of that key (default: default)"},
	{"signing-alg", 0, "NAME", "algorithm of that key (default: RS256)"},
	{"scope", 0, "TEXT", "scope of their signatures"},
	{"skip-verify", 0, NULL, "do not look at signatures of bundles named as arguments"},
	{"exclude-files-verify", 0, "GLOB", "files of those bundles that are not signed; repeats"},
	{"log-level", 'l', "debug|info|error", "the least that is logged (default: info)"},
	{"log-format", 0, "text|json|json-pretty",
	 "form of the log, a line an event; json-pretty is json (default: text on a terminal, else json)"},
	{"max-errors", 'm', "N", "stop compiling after so many errors (default: 10; 0: all)"},
	{"min-tls-version", 0, "1.2", "the least version of TLS: 1.2"},
	{"shutdown-wait-period", 0, "SECONDS", "serve so long after being told to stop (default: 0)"},
	{"shutdown-grace-period", 0, "SECONDS", "of no effect: it stops when what was asked is answered"},
	{"skip-version-check", 0, NULL, "of no effect: it asks nobody for versions"},
	{"skip-known-schema-check", 0, NULL, "of no effect: system.authz is not held to a schema"},
	{"optimize-store-for-read-speed", 0, NULL, "of no effect: documents are held ready for reading"},
	{"format", 'f', "pretty|json", "of no effect: goes with opa's shell"},
	{"history", 'H', "FILE", "of no effect: goes with opa's shell"},
	{"v0-compatible", 0, NULL, "read modules and queries as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{0},
};

static const pv_option run_refused[] = {
	{"h2c", 0, NULL, "HTTP/1.1 is spoken"},
	{"log-timestamp-format", 0, "LAYOUT", "times of the log are as RFC 3339 has them"},
	{"pprof", 0, NULL, "there is no such profile; /metrics has the times"},
	{"ready-timeout", 0, "SECONDS", "wait for /health?bundles&plugins"},
	{"tls-cert-refresh-period", 0, "DURATION", "start it again with the new certificate"},
	{"tls-cipher-suites", 0, "NAMES", "the suites are those of TLS 1.2 and 1.3 that hold"},
	{"unix-socket-perm", 0, "MODE", "addresses are HOST:PORT"},
	{"watch", 'w', NULL,
	 "start it again, or have the bundle followed: --set bundles.b.resource=file:///PATH"},
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
		.refused = run_refused,
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
