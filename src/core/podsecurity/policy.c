#include "base/str.h"
#include "core/podsecurity/podsecurity.h"

#define LABEL "pod-security.kubernetes.io/"

static const char *const level_names[] = {"privileged", "baseline", "restricted"};
static const char *const mode_names[] = {"enforce", "audit", "warn"};

static bool
read_level(const char *text, enum podsecurity_level *ret)
{
	for (size_t i = 0; i < PV_LEN(level_names); i++)
		if (pv_streq(text, level_names[i])) {
			*ret = (enum podsecurity_level)i;
			return true;
		}
	return false;
}

/* "latest", or "v1.N" without zeros in front. */
static bool
read_version(const char *text, int *ret)
{
	int64_t minor = 0;
	bool named = pv_starts_with(text, "v1.") && text[3] >= '0' && text[3] <= '9' &&
		     (text[3] != '0' || !text[4]) && pv_parse_int(pv_str_of(text + 3), &minor) &&
		     minor < PODSECURITY_LATEST;

	*ret = named ? (int)minor : PODSECURITY_LATEST;
	return named || pv_streq(text, "latest");
}

static void
fault(pv_ctx *cx, pv_vec *faults, const char *label, const char *value, const char *why)
{
	pv_cause *c;

	if (!faults)
		return;
	c = pv_vec_add(faults);
	c->reason = "FieldValueInvalid";
	c->field = pv_printf(cx->arena, "metadata.labels[%s]", label);
	c->message = pv_printf(cx->arena, "Invalid value: \"%s\": %s", value, why);
}

podsecurity_policy
podsecurity_policy_of(pv_ctx *cx, const pv_val *labels, pv_vec *faults)
{
	podsecurity_policy p;

	for (size_t i = 0; i < PODSECURITY_MODES; i++) {
		const char *name = pv_printf(cx->arena, LABEL "%s", mode_names[i]);
		const char *version_name = pv_printf(cx->arena, LABEL "%s-version", mode_names[i]);
		const pv_val *level = pv_get(labels, name), *version = pv_get(labels, version_name);
		podsecurity_rule *rule = &p.modes[i];

		*rule = (podsecurity_rule){PRIVILEGED, PODSECURITY_LATEST};
		if (level && !read_level(pv_text(level, ""), &rule->level)) {
			rule->level = i == ENFORCE ? RESTRICTED : PRIVILEGED;
			fault(cx, faults, name, pv_text(level, ""),
			      "must be one of privileged, baseline, restricted");
		}
		if (version && !read_version(pv_text(version, ""), &rule->minor))
			fault(cx, faults, version_name, pv_text(version, ""),
			      "must be \"latest\" or \"v1.x\"");
	}
	return p;
}

const char *
podsecurity_rule_text(pv_ctx *cx, podsecurity_rule rule)
{
	if (rule.minor == PODSECURITY_LATEST)
		return pv_printf(cx->arena, "%s:latest", level_names[rule.level]);
	return pv_printf(cx->arena, "%s:v1.%d", level_names[rule.level], rule.minor);
}

bool
podsecurity_rule_is(podsecurity_rule a, podsecurity_rule b)
{
	return a.level == b.level && a.minor == b.minor;
}
