/* pave serve: opens everything in order, waits for a signal, closes it in reverse. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lazy.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "base/time.h"
#include "cmd/server.h"
#include "cmd/verbs.h"
#include "core/git/git.h"

#define FACT_THREADS 8 /* nearly always waiting */
#define RECONCILE_THREADS 2
#define WORKERS 64     /* of requests that may wait for a commit */
#define SEATS 48       /* of them for the limited priority levels together */
#define SPARE 4        /* that they never have, whatever they lend each other: the exempt find one free */
#define LOOK_SECONDS 3 /* between looks at certificates whose time may have come */

static int
parse_policy(pv_ctx *cx, const pv_args *args, pv_audit_policy **ret)
{
	const char *file = pv_args_text(args, "audit-policy-file", NULL);
	pv_str text;
	int r = file ? pv_file_load(cx, file, 1u << 20, &text) : 0;

	if (file && r == 0)
		r = pv_audit_policy_parse(cx, file, text, ret);
	return r < 0 ? pv_wrap(cx, r, "--audit-policy-file") : 0;
}

static int
parse_ttl(pv_ctx *cx, const pv_args *args, int64_t *ret)
{
	const char *text = pv_args_text(args, "event-ttl", "1h");

	if (pv_duration_parse(pv_str_of(text), ret) && *ret >= 0)
		return 0;
	return pv_fail(cx, PV_EUSAGE, "--event-ttl: expected a duration such as 1h or 90m, found \"%s\"",
		       text);
}

static int
parse(pv_ctx *cx, const pv_args *args, server *s)
{
	int r;

	if (pv_args_count(args))
		return pv_fail(cx, PV_EUSAGE,
			       "serve takes no arguments, found \"%s\" (see `pave serve --help`)",
			       pv_args_at(args, 0));
	s->data = pv_args_text(args, "data", "pave-data");
	s->kubeconfig = pv_args_text(args, "kubeconfig-out", pv_printf(cx->arena, "%s/kubeconfig", s->data));
	s->example = pv_args_text(args, "example", NULL);
	s->api_only = pv_args_has(args, "api-only");
	s->git_deny = server_list(cx, args, "git-deny");
	s->git_allow = server_list(cx, args, "git-allow");
	s->encryption = pv_args_text(args, "encryption-config", NULL);
	r = server_issuers(cx, args, s);
	if (r == 0)
		r = pv_outside_option(cx, args, NULL, &s->outside);
	if (r == 0)
		r = parse_policy(cx, args, &s->policy);
	if (r == 0)
		r = parse_ttl(cx, args, &s->event_ttl);
	return r < 0 ? r : server_listen(cx, args, s);
}

/* ---- opening, in order ---- */

static int
no_directory(pv_ctx *cx)
{
	const char *why = pv_strdup(cx->arena, pv_error_text(cx));
	int code = pv_recover(cx);

	if (code == PV_EBADREQUEST) /* it is a file */
		return pv_fail(cx, code, "data directory: %s", why);
	return pv_fail(
		cx, PV_EUNAVAILABLE,
		"data directory: %s: make the directory above it writable, or choose another with --data",
		why);
}

static int
open_state(pv_ctx *cx, server *s)
{
	pv_store_conf store = {.url = pv_printf(cx->arena, "sqlite:%s/pave.db", s->data),
			       .encryption = s->encryption,
			       .type_of = server_type_of};
	pv_audit_conf audit = {.dir = s->data};
	int r = pv_lazy_load(cx, NULL);

	if (r < 0)
		return r;
	r = pv_dir_make(cx, s->data, 0700);
	if (r < 0)
		return no_directory(cx);
	s->metrics = pv_metrics_new();
	audit.metrics = store.metrics = s->oidc.metrics = s->metrics;
	r = pv_store_open(cx, &store, &s->store);
	if (r == 0) {
		s->fresh = pv_store_count(s->store, "/Namespace") == 0;
		if (s->fresh) /* nobody was ever told of anything in it */
			pv_store_lax(s->store);
		r = pv_registry_new(cx, &s->registry);
	}
	if (r == 0)
		r = server_install(cx, s);
	if (r == 0)
		r = pv_auth_open(cx, s->store, s->issuers, &s->auth);
	if (r == 0)
		r = pv_auth_bootstrap(cx, s->auth);
	if (r == 0 && (s->oidc.file || s->oidc.issuer || s->oidc.client_id))
		r = pv_auth_oidc(cx, s->auth, &s->oidc);
	if (r == 0)
		r = pv_flow_bootstrap(cx, s->store);
	if (r == 0)
		r = pv_flow_open(cx, s->store, s->metrics, SEATS, WORKERS - SPARE, &s->flow);
	if (r == 0) {
		audit.policy = s->policy; /* the log's from here on */
		s->policy = NULL;
		r = pv_audit_open(cx, &audit, &s->audit);
	}
	return r;
}

static int
open_api(pv_ctx *cx, server *s)
{
	pv_api_conf conf = {s->store, s->registry, s->auth, s->audit, s->metrics, s->flow, s->api_only};
	int r = pv_api_open(cx, &conf, &s->api);

	if (r == 0)
		r = pv_facts_open(cx, s->data, FACT_THREADS, &s->facts);
	if (r < 0)
		return r;
	pv_facts_set_api(s->facts, s->api);
	if (s->outside)
		pv_outside_keep(s->api, s->outside);
	s->outside = NULL;
	r = pv_git_limit(cx, s->api, s->git_deny, s->git_allow);
	for (size_t i = 0; r == 0 && pv_modules[i]; i++)
		if (pv_modules[i]->start) {
			r = pv_checked(cx, pv_modules[i]->start(cx, s->api));
			if (r < 0)
				r = pv_wrap(cx, r, "module %s", pv_modules[i]->name);
		}
	if (r == 0)
		r = server_namespaces(cx, s); /* the modules' admission sees them */
	if (r == 0)
		r = pv_given_keep(cx, s->api);
	if (r == -PV_EUNAVAILABLE) { /* a full disk: what is there is served, and this is tried again */
		pv_log(PV_WARN, "serve", "objects of this server are not renewed", "why", pv_error_text(cx),
		       NULL);
		(void)pv_recover(cx);
		r = 0;
	}
	return r < 0 ? r : pv_api_resume(cx, s->api);
}

static int
open_http(pv_ctx *cx, server *s)
{
	pv_http_conf conf = {.host = s->host,
			     .port = s->port,
			     .body_limit = 3u << 20,
			     .workers = WORKERS,
			     .later = true,
			     .enter = pv_api_enter,
			     .leave = pv_api_leave,
			     .handle = pv_api_handle,
			     .fail = pv_api_fail,
			     .refuse = pv_api_refuse,
			     .blocks = pv_api_blocks,
			     .knows = pv_api_knows,
			     .sent = pv_api_sent,
			     .arg = s->api};
	int r = pv_auth_server_cert(cx, s->auth, s->names, &conf.cert_pem, &conf.key_pem);

	conf.client_ca_pem = pv_auth_ca_pem(s->auth);
	if (r == 0)
		r = pv_http_open(cx, &conf, &s->http);
	if (r < 0)
		return r;
	s->port = pv_http_port(s->http);
	return 0;
}

static int
open_controllers(pv_ctx *cx, server *s)
{
	pv_self self = {server_address(s), s->port};
	int r;

	if (s->api_only)
		return pv_self_keep(cx, s->api, &self);
	r = pv_self_keep(cx, s->api, &self);
	if (r == 0)
		r = pv_lifecycle_open(cx, s->api, s->event_ttl, &self, &s->lifecycle);
	if (r == 0)
		r = pv_runtime_open(cx, s->api, s->facts, RECONCILE_THREADS, &s->runtime);
	if (r == 0)
		pv_api_set_runtime(s->api, s->runtime);
	return r;
}

static void
close_all(server *s)
{
	if (s->api)
		pv_api_set_runtime(s->api, NULL);
	s->http = s->http ? pv_http_close(s->http) : NULL;
	s->runtime = s->runtime ? pv_runtime_close(s->runtime) : NULL;
	s->lifecycle = s->lifecycle ? pv_lifecycle_close(s->lifecycle) : NULL;
	s->facts = s->facts ? pv_facts_close(s->facts) : NULL;
	s->api = pv_api_close(s->api);
	s->outside = pv_outside_free(s->outside);
	s->audit = pv_audit_close(s->audit);
	s->policy = pv_audit_policy_free(s->policy);
	s->flow = pv_flow_close(s->flow);
	s->auth = pv_auth_close(s->auth);
	s->registry = s->registry ? pv_registry_free(s->registry) : NULL;
	s->store = s->store ? pv_store_close(s->store) : NULL;
	s->metrics = s->metrics ? pv_metrics_free(s->metrics) : NULL;
}

/* ---- running ---- */

/* "pave" if a shell would find this program by that, else the path it was started by. */
static const char *
program_name(pv_ctx *cx)
{
	pv_str rest = pv_str_of(getenv("PATH") ? getenv("PATH") : ""), dir;
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return "pave";
	self[n] = '\0';
	while (pv_str_next(&rest, ':', &dir)) {
		char found[PATH_MAX];

		if (realpath(pv_printf(cx->arena, "%.*s/pave", (int)dir.len, dir.s), found) &&
		    pv_streq(found, self))
			return "pave";
	}
	return pv_strdup(cx->arena, self);
}

static void
announce(pv_ctx *cx, const server *s)
{
	pv_list_query query = {.type = "argoproj.io/Application", .limit = 1};
	pv_listing some;
	const char *object = "--help";
	char place[PATH_MAX];
	const char *kubeconfig =
		realpath(s->kubeconfig, place) ? place : s->kubeconfig; /* holds behind a cd */

	if (pv_store_list(cx, s->store, &query, &some) < 0)
		pv_recover(cx);
	else if (some.len)
		object = pv_printf(cx->arena, "application/%s", pv_rec_key(some.recs[0])->name);
	printf("Pave is ready.\n\n"
	       "  portal      %s/signin#code=%s\n"
	       "              (the link works once, within 15 minutes; `pave signin` makes another)\n"
	       "  kubeconfig  %s\n\n"
	       "Three things to try:\n"
	       "  export KUBECONFIG=%s\n"
	       "  kubectl get applications,deployments,pods --all-namespaces\n"
	       "  %s why %s\n",
	       s->url, s->code, kubeconfig, kubeconfig, program_name(cx), object);
	fflush(stdout);
}

static int
start(pv_ctx *cx, server *s)
{
	static const char *const masters[] = {"system:masters", "system:authenticated", NULL};
	static const pv_identity admin = {.user = "admin", .uid = "", .groups = masters, .how = "internal"};
	int64_t code_ends;
	int r = pv_http_try(cx, s->host, s->port); /* else nothing is made */

	if (r == 0)
		r = open_state(cx, s);
	if (r == 0) {
		server_clock(cx, s);
		r = open_api(cx, s);
	}
	if (r == 0)
		r = open_http(cx, s);
	if (r == 0)
		r = open_controllers(cx, s);
	if (r == 0)
		r = pv_store_firm(cx, s->store);
	if (r == 0 && s->example && s->fresh)
		r = server_example(cx, s, s->example);
	if (r == 0) /* who waits for the file finds everything there */
		r = server_kubeconfig(cx, s);
	if (r == 0 && s->signin.client_id) {
		if (!s->signin.url)
			s->signin.url = s->url;
		r = pv_auth_signin(cx, s->auth, &s->signin);
	}
	if (r == 0)
		r = pv_auth_code_new(cx, s->auth, &admin, &s->code, &code_ends);
	if (r == 0)
		r = pv_http_start(cx, s->http);
	if (r == 0)
		pv_api_set_ready(s->api);
	return r;
}

/* Until a signal says so; what is due meanwhile is seen soon, whatever the clock was set to. */
static int
wait_for_end(server *s, const sigset_t *signals)
{
	const struct timespec look = {.tv_sec = LOOK_SECONDS};
	int signal;

	while ((signal = sigtimedwait(signals, NULL, &look)) < 0)
		server_renew(s);
	return signal;
}

static int
serve(pv_ctx *cx, const pv_args *args)
{
	int64_t began = pv_mono();
	server s = {0};
	sigset_t signals;
	int signal = 0, r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread: they come to sigwait below */
	r = parse(cx, args, &s);
	if (r < 0) {
		fprintf(stderr, "pave: %s\n", pv_error_text(cx));
		(void)pv_recover(cx);
		pv_audit_policy_free(s.policy);
		return PV_EXIT_USAGE;
	}
	r = start(cx, &s);
	if (r == 0) {
		pv_log(PV_INFO, "serve", "ready", "url", s.url, "data", s.data, "start",
		       pv_duration_format(cx->arena, pv_mono() - began), NULL);
		announce(cx, &s);
		pv_memory_drop_code();
		signal = wait_for_end(&s, &signals);
		pv_log(PV_INFO, "serve", "stopping", "signal", signal == SIGTERM ? "TERM" : "INT", NULL);
	}
	close_all(&s);
	return r < 0 ? r : PV_EXIT_OK;
}

static const pv_option options[] = {
	{"data", 'd', "DIR", "where the state lives (default: pave-data)"},
	{"listen", 'l', "HOST:PORT", "where to listen (default: 127.0.0.1:8443; port 0 picks a free one)"},
	{"tls-san", 0, "NAME",
	 "a host name or IP address that clients use: it stands in the certificate; may be given several times"},
	{"kubeconfig-out", 'k', "FILE",
	 "where to write the administrator's kubeconfig (default: DIR/kubeconfig)"},
	{"encryption-config", 0, "FILE",
	 "which objects lie encrypted, and with which keys: an EncryptionConfiguration"},
	{"service-account-issuer", 0, "URL",
	 "stands in tokens of ServiceAccounts, and others find their keys there; of several the first is for new ones"},
	{"authentication-config", 0, "FILE",
	 "issuers of tokens and who may come without any: an AuthenticationConfiguration, read again when it changes"},
	{"oidc-issuer-url", 0, "URL", "trust ID tokens of this OpenID Connect issuer (https://...)"},
	{"oidc-client-id", 0, "ID", "the audience that they must name"},
	{"oidc-username-claim", 0, "CLAIM", "the user's name (default: sub)"},
	{"oidc-username-prefix", 0, "TEXT", "put in front of it (default: URL#, none for email; - for none)"},
	{"oidc-groups-claim", 0, "CLAIM", "the user's groups (default: none are read)"},
	{"oidc-groups-prefix", 0, "TEXT", "put in front of each"},
	{"oidc-required-claim", 0, "CLAIM=VALUE", "must be in the token; may be given several times"},
	{"oidc-signing-algs", 0, "ALG,...", "accepted signatures (default: RS256)"},
	{"oidc-ca-file", 0, "FILE", "authorities of the issuer's server (default: the system's)"},
	{"signin-client-id", 0, "ID", "people sign in to the portal at an issuer, where it is this client"},
	{"signin-client-secret-file", 0, "FILE",
	 "the client's secret, for nobody else to read (default: none, PKCE alone)"},
	{"signin-issuer", 0, "URL", "which one (default: the only one that is trusted)"},
	{"signin-name", 0, "TEXT", "what the button says (default: the issuer's host)"},
	{"signin-scopes", 0, "TEXT", "what is asked for (default: \"openid email profile\")"},
	{"signin-session", 0, "DURATION", "how long they stay signed in (default and most: 12h)"},
	{"portal-url", 0, "URL",
	 "where people reach the portal, and the issuer sends them back (default: where it listens)"},
	{"audit-policy-file", 0, "FILE",
	 "what the audit log is told (audit.k8s.io/v1 Policy; default: every write, at level Metadata)"},
	{"git-deny", 0, "CIDR,...",
	 "no repository may be there (beside link-local addresses); may be given several times"},
	{"git-allow", 0, "CIDR,...", "repositories may be there all the same"},
	{"allow-net", 0, "HOST,...", "hosts that http.send and net.lookup_ip_addr may ask (default: none)"},
	{"event-ttl", 0, "DURATION",
	 "how long Events are kept after their last write (default: 1h; 0s for ever)"},
	{"api-only", 0, NULL,
	 "no controllers, no garbage collection, no end of namespaces: if you run your own"},
	{"example", 0, "DIR", "apply the YAML files of DIR if the store is empty"},
	{0},
};

const pv_verb serve_verb = {
	.name = "serve",
	.usage = "",
	.summary = "run the platform",
	.help = "Opens the data directory, starts the API, the controllers and the portal, and prints how to "
		"get in.\n"
		"TERM and INT end it gracefully.  One process may use a data directory at a time.\n\n"
		"  pave serve --data /var/lib/pave --listen 127.0.0.1:8443 --kubeconfig-out ~/.kube/pave",
	.options = options,
	.run = serve,
};
