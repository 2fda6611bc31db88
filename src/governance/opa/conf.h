/* conf: the configuration file of OPA (https://www.openpolicyagent.org/docs/configuration): read once at the
 * start, immutable, in the arena of who reads it.  What it asks for and we have not is refused by name.  Private. */
#pragma once
#include "governance/opa/plugins.h"

typedef struct opa_conf {
	const pv_val *doc;   /* as it was read */
	const pv_val *shown; /* without secrets, for /v1/config */
	const pv_val *labels;
	const char *folder; /* where bundles are kept, and mirrors of repositories */
	pv_vec services;    /* opa_service */
	bool logs;          /* decisions are logged, as `log` says */
	opa_log_conf log;
	opa_plugins_conf plugins;
	const char *decision, *authorization; /* paths: "system/main", "system/authz/allow" */
	size_t body_limit, gzip_limit, gzip_least;
	int gzip_level;
	bool v0;
	/* The platform's: who may write it may not read the server's files, nor write others than those of `folder`. */
	bool confined;
} opa_conf;

/* file NULL: none; sets: "a.b=c" that win over it; files: such, c names the file with the text; both end with NULL. */
PV_MUST_USE int opa_conf_read(pv_ctx *cx, const char *file, const char *const *sets, const char *const *files,
			      bool v0, opa_conf *ret);
/* The platform's own, out of a text that errors call `name`; what it keeps lies in `folder`. */
PV_MUST_USE int opa_conf_parse(pv_ctx *cx, pv_str text, const char *name, const char *folder, opa_conf *ret);
void opa_conf_close(opa_conf *conf); /* its services */
/* Refuses what only OPA acts on, by name; and, if asked, a name that nobody knows ("decision_log"). */
PV_MUST_USE int opa_conf_check(pv_ctx *cx, const opa_conf *conf, bool unknown);
void opa_conf_warn(pv_ctx *cx, const opa_conf *conf); /* a line of the log for each */
