/* options: the names that OPA's configuration knows (https://www.openpolicyagent.org/docs/configuration), and ours.
 * A name that nobody knows is a slip: what it says comes to nothing. */
#include "governance/opa/conf.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"

/* "*" stands for any name, ".**" for all that is below; `services` are looked through where they are read. */
static const char *const known[] = {
	"bundles.*.git.path",
	"bundles.*.git.revision",
	"bundles.*.git.url",
	"bundles.*.persist",
	"bundles.*.polling.long_polling_timeout_seconds",
	"bundles.*.polling.max_delay_seconds",
	"bundles.*.polling.min_delay_seconds",
	"bundles.*.resource",
	"bundles.*.service",
	"bundles.*.signing.**",
	"bundles.*.size_limit_bytes",
	"bundles.*.trigger",
	"caching.**",
	"decision_logs.console",
	"decision_logs.drop_decision",
	"decision_logs.file_path",
	"decision_logs.mask_decision",
	"decision_logs.partition_name",
	"decision_logs.reporting.buffer_size_limit_bytes",
	"decision_logs.reporting.buffer_size_limit_events",
	"decision_logs.reporting.buffer_type",
	"decision_logs.reporting.max_decisions_per_second",
	"decision_logs.reporting.max_delay_seconds",
	"decision_logs.reporting.min_delay_seconds",
	"decision_logs.reporting.trigger",
	"decision_logs.reporting.upload_size_limit_bytes",
	"decision_logs.request_context.http.headers",
	"decision_logs.resource",
	"decision_logs.service",
	"default_authorization_decision",
	"default_decision",
	"keys.*.algorithm",
	"keys.*.key",
	"keys.*.private_key",
	"keys.*.scope",
	"labels.**",
	"nd_builtin_cache",
	"persistence_directory",
	"server.decoding.gzip.max_length",
	"server.decoding.max_length",
	"server.encoding.gzip.compression_level",
	"server.encoding.gzip.min_length",
	"services.**",
	"status.console",
	"status.partition_name",
	"status.prometheus",
	"status.prometheus_config.**",
	"status.service",
	"status.trigger",
	"storage.disk",
};

/* Is the name at the head of what is left of a known path, and what follows it there?  NULL: it is another. */
static const char *
behind(const char *path, pv_str name)
{
	size_t n = strcspn(path, ".");
	bool fits = pv_str_is((pv_str){path, n}, "*") || (n == name.len && memcmp(path, name.s, n) == 0);

	return !fits ? NULL : path[n] == '.' ? path + n + 1 : path + n;
}

/* `at`: what is left of those known paths that lead to the object; a "" among them is a value. */
static void
look(pv_ctx *cx, const pv_val *object, const pv_vec *at, const char *place, pv_vec *ret)
{
	for (size_t i = 0; i < pv_member_count(object); i++) {
		const pv_val *v = &object->members[i].val;
		const char *name = pv_text(&object->members[i].key, "");
		const char *path = pv_printf(cx->arena, "%s%s%s", place, *place ? "." : "", name);
		bool free = false;
		pv_vec below;

		pv_vec_init(&below, cx->arena, sizeof(const char *));
		for (size_t k = 0; k < at->len; k++) {
			const char *rest = behind(*PV_AT(const char *, at, k), pv_str_of(name));

			free = free || (rest && pv_streq(rest, "**"));
			if (rest)
				pv_vec_push(&below, &rest);
		}
		if (below.len == 0)
			pv_vec_push(ret, &path);
		else if (!free && v->type == PV_OBJECT)
			look(cx, v, &below, path, ret);
	}
}

void
opa_conf_unknown(pv_ctx *cx, const opa_conf *conf, pv_vec *ret)
{
	pv_vec at;

	pv_vec_init(ret, cx->arena, sizeof(const char *));
	pv_vec_init(&at, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(known); i++)
		pv_vec_push(&at, &known[i]);
	look(cx, conf->doc, &at, "", ret);
}

void
opa_conf_warn(pv_ctx *cx, const opa_conf *conf)
{
	pv_vec unknown;

	opa_conf_unknown(cx, conf, &unknown);
	for (size_t i = 0; i < unknown.len; i++)
		pv_log(PV_WARN, "opa", "unknown configuration option", "option",
		       *PV_AT(const char *, &unknown, i), NULL);
}
