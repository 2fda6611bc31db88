/* verbs: the program's own commands, one exported const each; listed in verbs.c.  Private to cmd. */
#pragma once
#include "core/args/args.h"

extern const pv_verb serve_verb, get_verb, apply_verb, delete_verb, why_verb, render_verb, completion_verb,
	version_verb, recode_verb, patch_verb, signin_verb, backup_verb, restore_verb, check_verb,
	rego_eval_verb, rego_bench_verb, rego_test_verb, rego_check_verb, rego_parse_verb, rego_fmt_verb,
	rego_capabilities_verb, rego_build_verb, rego_sign_verb, rego_inspect_verb, rego_deps_verb,
	rego_exec_verb, cel_eval_verb;

/* Every verb: the program's own and those of modules; false at the end. */
bool pv_verb_each(size_t *pos, const pv_verb **ret);
const pv_verb *pv_verb_find(const char *name); /* "rego eval"; NULL if there is none */
/* `pave --complete WORD...`: what the last of the words may become (complete.c). */
int complete_main(pv_ctx *cx, int n, const char *const *words);
/* Help, from the tables.  verb NULL: of the program, or of a group of its verbs ("rego"). */
void pv_help_write(pv_buf *out, const pv_verb *verb, const char *group);
