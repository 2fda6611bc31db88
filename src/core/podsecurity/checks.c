/* The table of all checks: of which level each is, and from which version on. */
#include "base/buf.h"
#include "core/podsecurity/check.h"

/* In the order in which upstream tells them. */
static const struct {
	enum podsecurity_level level;
	int since;
	int instead; /* baseline: restricted has a stricter one from this version on; 0: it has none */
	check_verdict (*check)(const check_pod *p);
} checks[] = {
	{BASELINE, 0, 0, check_app_armor},       {BASELINE, 0, 22, check_capabilities},
	{BASELINE, 0, 0, check_host_namespaces}, {BASELINE, 0, 1, check_host_paths},
	{BASELINE, 0, 0, check_host_ports},      {BASELINE, 34, 0, check_host_probes},
	{BASELINE, 0, 0, check_privileged},      {BASELINE, 0, 0, check_proc_mount},
	{BASELINE, 0, 0, check_selinux_options}, {BASELINE, 0, 19, check_seccomp_given},
	{BASELINE, 0, 0, check_sysctls},         {BASELINE, 0, 0, check_host_process},
	{RESTRICTED, 8, 0, check_escalation},    {RESTRICTED, 22, 0, check_few_capabilities},
	{RESTRICTED, 0, 0, check_volumes},       {RESTRICTED, 0, 0, check_non_root},
	{RESTRICTED, 23, 0, check_run_as_user},  {RESTRICTED, 19, 0, check_seccomp_needed},
};

#define NEWEST 34 /* the version that this server claims to be */

const char *
podsecurity_violations(pv_ctx *cx, podsecurity_rule rule, const pv_val *metadata, const pv_val *spec,
		       bool details)
{
	check_pod p = {cx, metadata, spec, pv_get(spec, "securityContext"),
		       rule.minor < NEWEST ? rule.minor : NEWEST};
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < PV_LEN(checks) && rule.level != PRIVILEGED; i++) {
		bool replaced = rule.level == RESTRICTED && checks[i].instead && p.minor >= checks[i].instead;
		check_verdict v;

		if (checks[i].level > rule.level || p.minor < checks[i].since || replaced)
			continue;
		v = checks[i].check(&p);
		if (!v.reason)
			continue;
		pv_buf_printf(&b, "%s%s", b.len ? ", " : "", v.reason);
		if (details && *v.detail)
			pv_buf_printf(&b, " (%s)", v.detail);
	}
	return b.len ? b.s : NULL;
}
