#include "governance/opa/setup.h"

#include "base/file.h"
#include "core/fact/fact.h"

#define FACT_THREADS 2

/* Repositories are looked through by sandboxed children, as the platform does. */
static int
open_facts(pv_ctx *cx, opa_setup *s)
{
	const pv_vec *bundles = &s->conf.plugins.bundles;
	bool any = false;
	for (size_t i = 0; i < bundles->len; i++)
		any = any || PV_AT(opa_bundle_conf, bundles, i)->repository;
	any = any && !*s->facts;
	int r = any ? pv_dir_make(cx, s->conf.folder, 0700) : 0;
	if (r == 0 && any)
		r = pv_facts_open(cx, s->conf.folder, FACT_THREADS, s->facts);
	for (size_t i = 0; r == 0 && i < bundles->len; i++)
		PV_AT(opa_bundle_conf, bundles, i)->facts = *s->facts;
	return r;
}

int
opa_setup_open(pv_ctx *cx, opa_setup *s, void (*before)(void *arg), void *arg)
{
	opa_conf *c = &s->conf;
	int r = c->logs && c->confined && c->log.file ? pv_dir_make(cx, c->folder, 0700) : 0;
	s->server.labels = c->labels;
	s->server.config = c->shown;
	s->server.decision = c->decision;
	s->server.gzip_limit = c->gzip_limit;
	s->server.gzip_least = c->gzip_least;
	s->server.gzip_level = c->gzip_level;
	if (r == 0 && c->logs)
		r = opa_log_open(cx, &c->log, &s->log);
	s->server.log = c->plugins.log = s->log;
	c->plugins.engine = s->server.engine;
	if (r == 0)
		r = open_facts(cx, s);
	if (r == 0 && before)
		before(arg);
	if (r == 0)
		r = opa_plugins_open(cx, &c->plugins, &s->plugins);
	s->server.plugins = s->plugins;
	return r;
}

void
opa_setup_close(opa_setup *s)
{
	s->plugins = opa_plugins_close(s->plugins);
	s->log = opa_log_close(s->log);
	opa_conf_close(&s->conf);
}
