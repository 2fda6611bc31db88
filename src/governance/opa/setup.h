/* setup: a configuration at work: its log, and its bundles and status.  One thread opens and closes it.  Private. */
#pragma once
#include "governance/opa/conf.h"
#include "governance/opa/serve.h"

typedef struct opa_setup {
	opa_conf conf;
	opa_server server; /* as the configuration says; the engine is whose it was */
	opa_log *log;
	opa_plugins *plugins;
	struct pv_facts *
		*facts; /* of repositories: opened when one is wanted; who set this closes them, later */
} opa_setup;

/* setup->conf is read, setup->server.engine and setup->facts are set.  What was opened is closed by opa_setup_close(), after an
 * error, too.  Bundles that were kept are in force when it returns.  before(arg) is called when nothing can
 * fail any more but bundles; may be NULL. */
PV_MUST_USE int opa_setup_open(pv_ctx *cx, opa_setup *setup, void (*before)(void *arg), void *arg);
void opa_setup_close(opa_setup *setup); /* but for its engine */
