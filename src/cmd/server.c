/* Starting: definitions, namespaces, the administrator's kubeconfig. */
#include "cmd/server.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "core/kinds/kinds.h"
#include "lang/yaml/yaml.h"

const char *
server_type_of(pv_ctx *cx, const char *plural, const char *group)
{
	const pv_kind *kind;
	const char *type = NULL;
	pv_kinds *kinds;
	size_t pos = 0;

	if (pv_kinds_new(cx, &kinds) < 0) {
		pv_recover(cx);
		return NULL;
	}
	while (type == NULL && pv_kinds_each(kinds, &pos, &kind))
		if (pv_streq(kind->plural, plural) && pv_streq(kind->group, group))
			type = pv_printf(cx->arena, "%s/%s", group, kind->kind);
	pv_kinds_free(kinds);
	return type;
}

int
server_install(pv_ctx *cx, server *s)
{
	pv_vec skipped;
	int r;

	pv_vec_init(&skipped, cx->arena, sizeof(const char *));
	r = pv_registry_install(cx, s->registry, s->store, &skipped);
	for (size_t i = 0; r == 0 && i < skipped.len; i++)
		pv_log(PV_WARN, "serve", "a stored definition cannot be served", "crd",
		       *PV_AT(const char *, &skipped, i), NULL);
	return r;
}

int
server_namespaces(pv_ctx *cx, server *s)
{
	static const char *const names[] = {"default", "kube-system", "kube-public", "kube-node-lease",
					    "pave-system"};
	const pv_resource *res = pv_resource_of_kind(cx, s->registry, "v1", "Namespace");
	int r = 0;

	pv_auth_internal(cx, "system:pave");
	for (size_t i = 0; r == 0 && i < PV_LEN(names); i++) {
		pv_call call = {
			.resource = res, .ns = "", .name = "", .manager = "pave", .grace_seconds = -1};
		const pv_val *made;
		pv_objb meta, object;
		pv_val v;

		if (pv_store_find(cx, s->store, &(pv_key){"/Namespace", "", names[i]}))
			continue;
		pv_objb_init(&meta, cx->arena);
		pv_objb_puts(&meta, "name", names[i]);
		pv_objb_init(&object, cx->arena);
		pv_objb_puts(&object, "apiVersion", "v1");
		pv_objb_puts(&object, "kind", "Namespace");
		pv_objb_put(&object, "metadata", pv_objb_end(&meta));
		v = pv_objb_end(&object);
		r = pv_api_create(cx, s->api, &call, &v, &made);
	}
	return r < 0 ? pv_wrap(cx, r, "namespaces") : 0;
}

/* [{"name": name, key: value}] */
static pv_val
named_list(pv_ctx *cx, const char *name, const char *key, pv_val value)
{
	pv_objb b;
	pv_val one;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_put(&b, key, value);
	one = pv_objb_end(&b);
	return pv_list_of(cx->arena, &one, 1);
}

static pv_val
base64_text(pv_ctx *cx, const char *pem)
{
	return pv_string_ref(pv_base64(cx->arena, pem, strlen(pem), false));
}

/* Is there a kubeconfig of this server's already, from an earlier start on the same port?  A full
 * disk is then no reason not to start. */
static bool
leads_here(pv_ctx *cx, const server *s)
{
	pv_ctx own;
	const char *ca = base64_text(cx, pv_auth_ca_pem(s->auth)).s;
	pv_str text;
	bool leads;

	pv_ctx_init(&own, "kubeconfig");
	leads = pv_file_load(&own, s->kubeconfig, 1u << 20, &text) == 0 &&
		memmem(text.s, text.len, s->url, strlen(s->url)) && memmem(text.s, text.len, ca, strlen(ca));
	pv_ctx_done(&own);
	return leads;
}

static int
write_kubeconfig(pv_ctx *cx, const server *s)
{
	static const char *const masters[] = {"system:masters", NULL};
	const char *cert, *key;
	pv_objb config, cluster, user, context;
	pv_buf text;
	pv_val v;
	int r = pv_auth_client_cert(cx, s->auth, "admin", masters, &cert, &key);

	if (r < 0)
		return r;
	pv_objb_init(&cluster, cx->arena);
	pv_objb_put(&cluster, "certificate-authority-data", base64_text(cx, pv_auth_ca_pem(s->auth)));
	pv_objb_puts(&cluster, "server", s->url);
	pv_objb_init(&user, cx->arena);
	pv_objb_put(&user, "client-certificate-data", base64_text(cx, cert));
	pv_objb_put(&user, "client-key-data", base64_text(cx, key));
	pv_objb_init(&context, cx->arena);
	pv_objb_puts(&context, "cluster", "pave");
	pv_objb_puts(&context, "user", "pave-admin");
	pv_objb_init(&config, cx->arena);
	pv_objb_puts(&config, "apiVersion", "v1");
	pv_objb_puts(&config, "kind", "Config");
	pv_objb_put(&config, "clusters", named_list(cx, "pave", "cluster", pv_objb_end(&cluster)));
	pv_objb_put(&config, "users", named_list(cx, "pave-admin", "user", pv_objb_end(&user)));
	pv_objb_put(&config, "contexts", named_list(cx, "pave", "context", pv_objb_end(&context)));
	pv_objb_puts(&config, "current-context", "pave");
	v = pv_objb_end(&config);
	pv_buf_init(&text, cx->arena);
	pv_yaml_write(&text, &v);
	return pv_file_save(cx, s->kubeconfig, (pv_str){text.s, text.len}, 0600);
}

int
server_kubeconfig(pv_ctx *cx, server *s)
{
	bool any = pv_streq(s->host, "0.0.0.0") || pv_streq(s->host, "::");
	const char *host = any ? "127.0.0.1" : s->host;
	int r;

	s->url = pv_printf(cx->arena, strchr(host, ':') ? "https://[%s]:%d" : "https://%s:%d", host, s->port);
	r = write_kubeconfig(cx, s);
	if (r < 0 && leads_here(cx, s)) {
		pv_log(PV_WARN, "serve",
		       "the kubeconfig could not be written; the one that is there leads here, too", "error",
		       pv_error_text(cx), NULL);
		pv_recover(cx);
		return 0;
	}
	if (r == -PV_ENOTFOUND) { /* no object is missing, but a folder: exit code 6, as of --data */
		(void)pv_recover(cx);
		return pv_fail(
			cx, PV_EUNAVAILABLE,
			"--kubeconfig-out: writing %s: its folder is not there: make it, or choose another",
			s->kubeconfig);
	}
	return r < 0 ? pv_wrap(cx, r, "--kubeconfig-out") : 0;
}

/* ---- certificates ---- */

#define LATER (3600 * PV_SEC) /* what could not be written is tried again */

/* The administrator's is of the server's age.  A file that is gone, or leads elsewhere by now, is somebody's wish. */
static int
renew(pv_ctx *cx, server *s)
{
	const char *cert, *key;
	bool due = false;
	int r = pv_auth_server_due(cx, s->auth, pv_now(), &due);

	if (r == 0 && due) {
		r = pv_auth_server_cert(cx, s->auth, s->names, &cert, &key);
		if (r == 0)
			r = pv_http_certify(cx, s->http, cert, key);
		if (r == 0)
			pv_log(PV_INFO, "serve", "the server's certificate was renewed", NULL);
		s->admin_due = true;
	}
	if (r == 0 && s->admin_due && leads_here(cx, s))
		r = write_kubeconfig(cx, s);
	if (r == 0)
		s->admin_due = false;
	return r;
}

void
server_renew(server *s)
{
	pv_ctx cx;

	if (pv_mono() < s->renew_after)
		return;
	pv_ctx_init_small(&cx, "certificates");
	if (renew(&cx, s) < 0) {
		pv_log(PV_WARN, "serve", "certificates could not be renewed; this is tried again in an hour",
		       "error", pv_error_text(&cx), NULL);
		(void)pv_recover(&cx);
		s->renew_after = pv_mono() + LATER;
	}
	pv_ctx_done(&cx);
}

/* ---- the clock ---- */

#define AHEAD (60 * PV_SEC) /* a stamp of the future is taken for a clock that stepped by less */

/* The newest instant at a path in the objects of a type. */
static int64_t
newest_of(pv_ctx *cx, const server *s, const char *type, const char *path)
{
	pv_list_query query = {.type = type};
	int64_t newest = 0, at;
	pv_listing all;

	if (pv_store_list(cx, s->store, &query, &all) < 0) {
		pv_recover(cx);
		return 0;
	}
	for (size_t i = 0; i < all.len; i++)
		if (pv_time_parse(pv_str_of(pv_text_at(pv_rec_val(all.recs[i]), path, "")), &at) &&
		    at > newest)
			newest = at;
	return newest;
}

static void
warn_of_clock(pv_ctx *cx, const char *what, const char *which, int64_t at, int64_t now, const char *so)
{
	pv_log(PV_WARN, "serve", what, "clock", pv_time_format(cx->arena, now), which,
	       pv_time_format(cx->arena, at), "so", so, "do",
	       "set the clock and start again (docs/operations.md, The clock)", NULL);
}

void
server_clock(pv_ctx *cx, const server *s)
{
	int64_t now = pv_now(), lease = newest_of(cx, s, "coordination.k8s.io/Lease", "spec.renewTime"),
		made = newest_of(cx, s, "/Namespace", "metadata.creationTimestamp"),
		stamp = lease > made ? lease : made;
	pv_cert ca;

	if (pv_pki_read(cx, pv_auth_ca_pem(s->auth), &ca) < 0)
		pv_recover(cx);
	else if (ca.not_before > now)
		warn_of_clock(cx, "the clock is behind this server's authority", "authority begins",
			      ca.not_before, now, "certificates are refused, by clients and by this server");
	if (stamp > now + AHEAD)
		warn_of_clock(cx, "the clock is behind what is stored", "stored", stamp, now,
			      "ages, leases and schedules are wrong until it has caught up");
}
