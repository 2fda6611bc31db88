/* The commands that belong to no module, then those of modules. */
#include "cmd/verbs.h"

#include "base/str.h"

static const pv_verb *const own[] = {
	&serve_verb,
	&get_verb,
	&apply_verb,
	&delete_verb,
	&why_verb,
	&render_verb,
	&rego_eval_verb,
	&rego_bench_verb,
	&rego_test_verb,
	&rego_check_verb,
	&rego_parse_verb,
	&rego_fmt_verb,
	&rego_capabilities_verb,
	&rego_build_verb,
	&rego_sign_verb,
	&rego_inspect_verb,
	&rego_deps_verb,
	&rego_exec_verb,
	&cel_eval_verb,
	&recode_verb,
	&patch_verb,
	&completion_verb,
	&version_verb,
	&signin_verb,
	&backup_verb,
	&restore_verb,
	&check_verb,
};

bool
pv_verb_each(size_t *pos, const pv_verb **ret)
{
	size_t at = *pos;

	(*pos)++;
	if (at < PV_LEN(own)) {
		*ret = own[at];
		return true;
	}
	at -= PV_LEN(own);
	for (size_t i = 0; pv_modules[i]; i++)
		for (const pv_verb *verb = pv_modules[i]->verbs; verb && verb->name; verb++)
			if (at-- == 0) {
				*ret = verb;
				return true;
			}
	return false;
}

const pv_verb *
pv_verb_find(const char *name)
{
	const pv_verb *verb;
	size_t pos = 0;

	while (pv_verb_each(&pos, &verb))
		if (pv_streq(verb->name, name))
			return verb;
	return NULL;
}
