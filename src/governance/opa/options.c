/* options: the names that OPA's configuration knows (https://www.openpolicyagent.org/docs/configuration), and ours.
 * A name that nobody knows is a slip: what it says comes to nothing.  So does one that only OPA acts on. */
#include "governance/opa/conf.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"

typedef struct option {
	const char *path; /* "*" stands for any name, "**" for all that is here and below */
	const char *why;  /* it comes to nothing here; NULL: it is acted on */
	const char *only; /* but for this value; NULL: any */
} option;

#define PERIODIC "bundles are looked for, and logs and status sent, by themselves", "periodic"
#define CACHED \
	"answers of http.send are kept, 1,000 of them and 32 MiB, and compiled patterns with their policy", \
		NULL

static const option options[] = {
	{.path = "bundles.*.git.path"},
	{.path = "bundles.*.git.revision"},
	{.path = "bundles.*.git.url"},
	{.path = "bundles.*.persist"},
	{.path = "bundles.*.polling.long_polling_timeout_seconds"},
	{.path = "bundles.*.polling.max_delay_seconds"},
	{.path = "bundles.*.polling.min_delay_seconds"},
	{.path = "bundles.*.resource"},
	{.path = "bundles.*.service"},
	{.path = "bundles.*.signing.exclude_files.**"},
	{.path = "bundles.*.signing.keyid"},
	{.path = "bundles.*.signing.scope"},
	{.path = "bundles.*.size_limit_bytes"},
	{"bundles.*.trigger", PERIODIC},
	{"caching.**", CACHED},
	{.path = "decision_logs.console"},
	{.path = "decision_logs.drop_decision"},
	{.path = "decision_logs.file_path"},
	{.path = "decision_logs.mask_decision"},
	{"decision_logs.nd_builtin_cache", "what builtins answered is not logged", "false"},
	{.path = "decision_logs.partition_name"},
	{.path = "decision_logs.reporting.buffer_size_limit_bytes"},
	{.path = "decision_logs.reporting.buffer_size_limit_events"},
	{.path = "decision_logs.reporting.buffer_type"},
	{.path = "decision_logs.reporting.max_decisions_per_second"},
	{.path = "decision_logs.reporting.max_delay_seconds"},
	{.path = "decision_logs.reporting.min_delay_seconds"},
	{.path = "decision_logs.reporting.trigger"},
	{.path = "decision_logs.reporting.upload_size_limit_bytes"},
	{.path = "decision_logs.request_context.http.headers"},
	{.path = "decision_logs.resource"},
	{.path = "decision_logs.service"},
	{.path = "default_authorization_decision"},
	{.path = "default_decision"},
	{.path = "keys.*.algorithm"},
	{.path = "keys.*.key"},
	{.path = "keys.*.private_key"},
	{.path = "keys.*.scope"},
	{.path = "labels.**"},
	{.path = "nd_builtin_cache"},
	{.path = "persistence_directory"},
	{.path = "server.decoding.gzip.max_length"},
	{.path = "server.decoding.max_length"},
	{.path = "server.encoding.gzip.compression_level"},
	{.path = "server.encoding.gzip.min_length"},
	{.path = "services.*.allow_insecure_tls"},
	{.path = "services.*.credentials.**"}, /* looked through where they are read */
	{.path = "services.*.headers.**"},
	{.path = "services.*.name"},
	{.path = "services.*.response_header_timeout_seconds"},
	{.path = "services.*.tls.ca_cert"},
	{"services.*.tls.system_ca_required", "the authorities are those of ca_cert, or else the system's",
	 "false"},
	{.path = "services.*.type"},
	{.path = "services.*.url"},
	{.path = "status.console"},
	{.path = "status.partition_name"},
	{.path = "status.prometheus"},
	{"status.prometheus_config.**", "status.prometheus is not supported", NULL},
	{.path = "status.service"},
	{"status.trigger", PERIODIC},
	{.path = "storage.disk"},
};

typedef struct way { /* an option that may still be meant, and what is left of its path */
	const option *option;
	const char *rest;
} way;

typedef struct found { /* what comes to nothing; option NULL: nobody knows it */
	const char *path;
	const option *option;
} found;

/* Is the name at the head of what is left of a known path, and what follows it there?  NULL: it is another. */
static const char *
behind(const char *path, pv_str name)
{
	size_t n = strcspn(path, ".");
	bool fits = pv_str_is((pv_str){path, n}, "*") || (n == name.len && memcmp(path, name.s, n) == 0);

	return !fits ? NULL : path[n] == '.' ? path + n + 1 : path + n;
}

/* The option that the value is of; NULL: what is below it says. */
static const option *
meant(const pv_vec *ways, const pv_val *v)
{
	for (size_t i = 0; i < ways->len; i++) {
		const way *w = PV_AT(way, ways, i);

		if (pv_streq(w->rest, "**") || (*w->rest == '\0' && !pv_is(v, PV_OBJECT)))
			return w->option;
	}
	return NULL;
}

static void look(pv_ctx *cx, const pv_val *object, const pv_vec *ways, const char *place, pv_vec *ret);

static void
look_at(pv_ctx *cx, const pv_val *v, const char *name, const pv_vec *ways, const char *place, pv_vec *ret)
{
	found one = {pv_printf(cx->arena, "%s%s%s", place, *place ? "." : "", name), NULL};
	pv_vec below;

	pv_vec_init(&below, cx->arena, sizeof(way));
	for (size_t i = 0; i < ways->len; i++) {
		way w = *PV_AT(way, ways, i);

		w.rest = behind(w.rest, pv_str_of(name));
		if (w.rest)
			pv_vec_push(&below, &w);
	}
	one.option = meant(&below, v);
	if (below.len == 0)
		pv_vec_push(ret, &one);
	else if (one.option) {
		if (one.option->why &&
		    !(one.option->only && pv_streq(pv_scalar_text(cx->arena, v), one.option->only)))
			pv_vec_push(ret, &one);
	} else {
		look(cx, v, &below, one.path, ret);
	}
}

/* Services may be a list, too. */
static void
look(pv_ctx *cx, const pv_val *v, const pv_vec *ways, const char *place, pv_vec *ret)
{
	for (size_t i = 0; pv_is(v, PV_LIST) && i < pv_count(v); i++)
		look_at(cx, pv_item(v, i), pv_printf(cx->arena, "%zu", i), ways, place, ret);
	for (size_t i = 0; pv_is(v, PV_OBJECT) && i < pv_member_count(v); i++)
		if (v->members[i].val.type != PV_NULL)
			look_at(cx, &v->members[i].val, pv_text(&v->members[i].key, ""), ways, place, ret);
}

static void
look_through(pv_ctx *cx, const opa_conf *conf, pv_vec *ret)
{
	pv_vec ways;

	pv_vec_init(ret, cx->arena, sizeof(found));
	pv_vec_init(&ways, cx->arena, sizeof(way));
	for (size_t i = 0; i < PV_LEN(options); i++) {
		way w = {&options[i], options[i].path};

		pv_vec_push(&ways, &w);
	}
	look(cx, conf->doc, &ways, "", ret);
}

int
opa_conf_check(pv_ctx *cx, const opa_conf *conf, bool unknown)
{
	pv_vec all;

	look_through(cx, conf, &all);
	for (size_t i = 0; i < all.len; i++) {
		const found *f = PV_AT(found, &all, i);

		if (f->option)
			return pv_fail(cx, PV_EUNSUPPORTED, "configuration: %.*s is not supported%s%s: %s",
				       PV_CLIP(f->path), f->option->only ? ", but for " : "",
				       f->option->only ? f->option->only : "", f->option->why);
		if (unknown)
			return pv_fail(cx, PV_EINVALID,
				       "%.*s: expected a name that OPA's configuration knows, found another",
				       PV_CLIP(f->path));
	}
	return 0;
}

void
opa_conf_warn(pv_ctx *cx, const opa_conf *conf)
{
	pv_vec all;

	look_through(cx, conf, &all);
	for (size_t i = 0; i < all.len; i++) {
		const found *f = PV_AT(found, &all, i);

		pv_log(PV_WARN, "opa",
		       f->option ? "configuration option without effect" : "unknown configuration option",
		       "option", f->path, NULL);
	}
}
