/* run: `pave rego run --server`: OPA's server, with its flags. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "base/net.h"
#include "base/str.h"
#include "core/args/args.h"
#include "core/fact/fact.h"
#include "core/outside/outside.h"
#include "governance/opa/listen.h"
#include "governance/opa/opa.h"
#include "governance/opa/setup.h"

#define PEM_LIMIT ((size_t)1 << 20)

typedef struct running {
	const pv_args *args;
	opa_setup setup;
	pv_facts *facts;
	pv_outside *outside;
	pv_metrics *metrics;
	opa_listen_conf listen; /* what all addresses have */
	pv_vec listeners;       /* opa_listener * */
	int64_t wait;           /* seconds before it stops */
} running;

/* ---- flags ---- */

static int
one_of(pv_ctx *cx, const pv_args *args, const char *flag, const char *a, const char *b, const char **ret)
{
	*ret = pv_args_text(args, flag, "off");
	if (pv_streq(*ret, "off") || pv_streq(*ret, a) || pv_streq(*ret, b))
		return 0;
	return pv_fail(cx, PV_EUSAGE, "--%s: expected off, %s%s%s, found %s", flag, a, b ? " or " : "",
		       b ? b : "", *ret);
}

static int
read_pem(pv_ctx *cx, const pv_args *args, const char *flag, const char **ret)
{
	const char *path = pv_args_text(args, flag, NULL);
	pv_str text;
	int r = path ? pv_file_load(cx, path, PEM_LIMIT, &text) : 0;
	*ret = path && r == 0 ? text.s : NULL;
	return r < 0 ? pv_wrap(cx, r, "--%s", flag) : 0;
}

/* "localhost:8181", ":8181"; "http://0.0.0.0:8181" is without TLS although there is a certificate. */
static int
read_address(pv_ctx *cx, const char *flag, const char *text, opa_listen_conf *ret)
{
	const char *scheme = strstr(text, "://"), *from = scheme ? scheme + 3 : text;
	const char *colon = strrchr(from, ':');
	bool plain = pv_starts_with(text, "http://"), tls = pv_starts_with(text, "https://");
	int64_t port;
	if ((scheme && !plain && !tls) || !colon || !pv_parse_int(pv_str_of(colon + 1), &port) || port < 0 ||
	    port > 65535)
		return pv_fail(cx, PV_EUSAGE, "--%s: expected HOST:PORT such as localhost:8181, found \"%s\"",
			       flag, text);
	if (tls && !ret->cert_pem)
		return pv_fail(cx, PV_EUSAGE, "--%s %s: expected --tls-cert-file, too", flag, text);
	if (plain)
		ret->cert_pem = ret->key_pem = ret->client_ca_pem = NULL;
	size_t n = (size_t)(colon - from);
	if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	}
	ret->port = (int)port;
	ret->host = n ? pv_strndup(cx->arena, from, n) : "0.0.0.0";
	if (pv_streq(ret->host, "localhost"))
		ret->host = "127.0.0.1";
	return 0;
}

/* How much of the log, in which form. */
static int
read_log_flags(pv_ctx *cx, const pv_args *args)
{
	static const struct {
		const char *name;
		enum pv_level level;
	} levels[] = {{"debug", PV_DEBUG}, {"info", PV_INFO}, {"error", PV_ERROR}};
	const char *level = pv_args_text(args, "log-level", "info");
	const char *format = pv_args_text(args, "log-format", NULL);
	size_t i = 0;
	while (i < PV_LEN(levels) && !pv_streq(levels[i].name, level))
		i++;
	if (i == PV_LEN(levels))
		return pv_fail(cx, PV_EUSAGE, "--log-level: expected debug, info or error, found %s", level);
	if (format && !pv_streq(format, "text") && !pv_streq(format, "json") &&
	    !pv_streq(format, "json-pretty"))
		return pv_fail(cx, PV_EUSAGE, "--log-format: expected text, json or json-pretty, found %s",
			       format);
	pv_log_level(levels[i].level);
	if (format)
		pv_log_json(!pv_streq(format, "text"));
	return 0;
}

/* What matters only to who wrote it must be right all the same. */
static int
check_flags(pv_ctx *cx, const pv_args *args)
{
	const char *tls = pv_args_text(args, "min-tls-version", "1.2");
	int64_t ignored;
	int r = pv_args_number(cx, args, "shutdown-grace-period", 0, 0, &ignored);
	if (r == 0 && !pv_streq(tls, "1.2"))
		r = pv_fail(
			cx, PV_EUNSUPPORTED,
			"--min-tls-version: not supported: %s; expected 1.2: that is the least, and 1.3 is "
			"spoken to who can",
			tls);
	return r;
}

static int
read_flags(pv_ctx *cx, running *run)
{
	const char *authn, *authz;
	int r = read_log_flags(cx, run->args);
	if (r == 0)
		r = check_flags(cx, run->args);
	if (r == 0)
		r = pv_args_number(cx, run->args, "shutdown-wait-period", 0, 0, &run->wait);
	if (r == 0)
		r = one_of(cx, run->args, "authentication", "token", "tls", &authn);
	if (r == 0)
		r = one_of(cx, run->args, "authorization", "basic", NULL, &authz);
	if (r == 0)
		r = read_pem(cx, run->args, "tls-cert-file", &run->listen.cert_pem);
	if (r == 0)
		r = read_pem(cx, run->args, "tls-private-key-file", &run->listen.key_pem);
	if (r == 0)
		r = read_pem(cx, run->args, "tls-ca-cert-file", &run->listen.client_ca_pem);
	if (r < 0)
		return r;
	run->listen.by_token = pv_streq(authn, "token");
	run->listen.by_tls = pv_streq(authn, "tls");
	run->listen.authorize = pv_streq(authz, "basic");
	if (!run->listen.cert_pem != !run->listen.key_pem)
		return pv_fail(cx, PV_EUSAGE, "expected both --tls-cert-file and --tls-private-key-file");
	if (run->listen.by_tls && (!run->listen.cert_pem || !run->listen.client_ca_pem))
		return pv_fail(cx, PV_EUSAGE,
			       "--authentication tls: expected --tls-cert-file, "
			       "--tls-private-key-file and --tls-ca-cert-file too");
	return 0;
}

/* As they stand: a value may have commas. */
static const char *const *
settings_of(pv_ctx *cx, const pv_args *args, const char *flag)
{
	pv_vec sets;
	const char *set;
	pv_vec_init(&sets, cx->arena, sizeof(const char *));
	for (size_t i = 0; (set = pv_args_nth(args, flag, i)) != NULL; i++)
		pv_vec_push(&sets, &set);
	(void)pv_vec_add(&sets);
	return sets.data;
}

static bool
is_v0(const pv_args *args)
{
	return pv_args_has(args, "v0-compatible") && !pv_args_has(args, "v1-compatible");
}

/* ---- what is there from the start ---- */

static int
put_source(pv_ctx *cx, opa_draft *d, void *arg)
{
	const pv_rego_source *src = arg;
	pv_objb all;
	pv_objb_from(&all, cx->arena, d->policies);
	for (size_t i = 0; i < src->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &src->modules, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "raw", pv_stringn(cx->arena, m->text.s, m->text.len));
		if (m->v0 || m->v1)
			pv_objb_put(&o, "v0", pv_bool(m->v0));
		pv_objb_put(&all, m->name, pv_objb_end(&o));
	}
	d->policies = pv_box(cx->arena, pv_objb_end(&all));
	return pv_document_merge(cx, "data", d->data, "", src->data, &d->data);
}

static int
trust_of(pv_ctx *cx, const pv_args *args, pv_bundle_key *key, pv_bundle_trust *ret)
{
	const char *text = NULL;
	int r = read_pem(cx, args, "verification-key", &text);
	*key = (pv_bundle_key){.id = pv_args_text(args, "verification-key-id", "default"),
			       .alg = pv_args_text(args, "signing-alg", "RS256"),
			       .key = text,
			       .scope = pv_args_text(args, "scope", NULL)};
	*ret = (pv_bundle_trust){.keys = key,
				 .n = text ? 1 : 0,
				 .key_id = key->id,
				 .scope = key->scope,
				 .exclude = pv_args_list(cx, args, "exclude-files-verify", NULL),
				 .wanted = text != NULL};
	return r;
}

/* Arguments are files and folders; with --bundle, bundles, which keep their roots to themselves. */
static int
load(pv_ctx *cx, running *run)
{
	bool bundles = pv_args_has(run->args, "bundle");
	pv_bundle_trust trust;
	pv_bundle_key key;
	pv_rego_source src;
	int r = trust_of(cx, run->args, &key, &trust);
	pv_bundle_opts opts = {.v0 = is_v0(run->args),
			       .trust = pv_args_has(run->args, "skip-verify") ? NULL : &trust,
			       .ignore = pv_args_list(cx, run->args, "ignore", NULL)};
	pv_rego_source_init(cx, &src);
	src.ignore = opts.ignore;
	for (size_t i = 0; r == 0 && i < pv_args_count(run->args); i++) {
		const char *path = pv_args_at(run->args, i);
		pv_bundle b;
		if (!bundles) {
			r = pv_rego_source_add(cx, &src, path);
			continue;
		}
		r = pv_bundle_load(cx, path, &opts, &b);
		if (r == 0)
			r = opa_activate(cx, run->setup.server.engine, path, &b);
	}
	if (r == 0 && (src.modules.len || src.data->len))
		r = opa_engine_change(cx, run->setup.server.engine, put_source, &src);
	return r;
}

/* ---- at work ---- */

/* Listens at each address that the flag names, and says where. */
static int
listen_at(pv_ctx *cx, running *run, const char *flag, const char *otherwise, bool diagnostic)
{
	const char *const *all = pv_args_list(cx, run->args, flag, NULL), *const *at = all;
	const char *const none[] = {otherwise, NULL};
	int r = 0;
	for (at = *all ? all : none; r == 0 && *at; at++) {
		opa_listen_conf conf = run->listen;
		opa_listener *l = NULL;
		conf.diagnostic = diagnostic;
		r = read_address(cx, flag, *at, &conf);
		if (r == 0)
			r = opa_listen(cx, &run->setup.server, &conf, &l);
		if (r < 0)
			break;
		pv_vec_push(&run->listeners, &l);
		printf("%s %s://%s:%d\n", diagnostic ? "diagnosis at" : "serving",
		       conf.cert_pem ? "https" : "http", conf.host, opa_listener_port(l));
	}
	return r;
}

static int
start(pv_ctx *cx, running *run)
{
	opa_engine_conf conf = {.v0 = is_v0(run->args)};
	int64_t errors;
	int r = read_flags(cx, run);
	if (r == 0)
		r = pv_args_number(cx, run->args, "max-errors", INT32_MIN, 10, &errors);
	if (r == 0)
		r = pv_outside_option(cx, run->args, NULL, &run->outside);
	conf.outside = pv_outside_rego(run->outside);
	if (r == 0)
		r = opa_conf_read(cx, pv_args_text(run->args, "config-file", NULL),
				  settings_of(cx, run->args, "set"), settings_of(cx, run->args, "set-file"),
				  conf.v0, &run->setup.conf);
	if (r == 0)
		r = opa_conf_check(cx, &run->setup.conf, false);
	if (r < 0)
		return r;
	opa_conf_warn(cx, &run->setup.conf);
	conf.max_errors = errors <= 0 ? -1 : (int)errors;
	run->setup.server.engine = opa_engine_new(cx, &conf);
	run->setup.facts = &run->facts;
	run->metrics = opa_measures_new(&run->setup.server);
	run->listen.authorization = run->setup.conf.authorization;
	run->listen.body_limit = run->setup.conf.body_limit;
	r = load(cx, run);
	if (r == 0)
		r = opa_setup_open(cx, &run->setup, NULL, NULL);
	if (r == 0)
		r = listen_at(cx, run, "addr", "localhost:8181", false);
	if (r == 0)
		r = listen_at(cx, run, "diagnostic-addr", NULL, true);
	return r;
}

static void
stop(running *run)
{
	for (size_t i = 0; i < run->listeners.len; i++)
		(void)opa_listener_close(*PV_AT(opa_listener *, &run->listeners, i));
	opa_setup_close(&run->setup);
	run->facts = run->facts ? pv_facts_close(run->facts) : NULL;
	run->setup.server.engine = opa_engine_free(run->setup.server.engine);
	run->outside = pv_outside_free(run->outside);
	run->metrics = run->metrics ? pv_metrics_free(run->metrics) : NULL;
}

int
opa_run(pv_ctx *cx, const pv_args *args)
{
	running run = {.args = args};
	sigset_t signals;
	int signal, r;
	if (!pv_args_has(args, "server"))
		return pv_fail(cx, PV_EUSAGE, "expected --server: there is no interactive shell");
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread: they come to sigwait below */
	pv_vec_init(&run.listeners, cx->arena, sizeof(opa_listener *));
	pv_vec_init(&run.setup.conf.services, cx->arena, sizeof(opa_service));
	r = start(cx, &run);
	if (r == 0) {
		fflush(stdout);
		sigwait(&signals, &signal);
		pv_log(PV_INFO, "opa", "stopping", "signal", signal == SIGTERM ? "TERM" : "INT", NULL);
		if (run.wait) /* who balances load may have seen that it goes; a second signal ends it at once */
			(void)sigtimedwait(&signals, NULL, &(struct timespec){.tv_sec = run.wait});
	}
	stop(&run);
	return r < 0 ? r : PV_EXIT_OK;
}
