/* Help, from the tables of verbs and options. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd/verbs.h"

static void
write_program(pv_buf *out, const char *group)
{
	const pv_verb *verb;
	size_t pos = 0, len = group ? strlen(group) : 0;

	if (!group)
		pv_buf_adds(out, "Pave: an internal developer platform in one program.\n\n");
	pv_buf_printf(out, "usage: pave %s%sCOMMAND [OPTIONS] [ARGUMENTS]\n\n", group ? group : "",
		      group ? " " : "");
	while (pv_verb_each(&pos, &verb))
		if (!group || (strncmp(verb->name, group, len) == 0 && verb->name[len] == ' '))
			pv_buf_printf(out, "  %-18s%s\n", verb->name, verb->summary);
	pv_buf_adds(out, "\n`pave COMMAND --help` tells more of one.  Exit codes: 0 done, 1 failed, 2 wrong "
			 "usage, 3 denied,\n"
			 "4 not found, 5 conflict, 6 nobody answers.\n");
}

static void
write_option(pv_buf *out, const pv_option *o)
{
	pv_buf left;

	pv_buf_init(&left, NULL);
	if (o->letter)
		pv_buf_printf(&left, "-%c, ", o->letter);
	pv_buf_printf(&left, "--%s", o->name);
	if (o->value)
		pv_buf_printf(&left, " %s", o->value);
	if (left.len > 30)
		pv_buf_printf(out, "  %s\n%34s%s\n", left.s, "", o->help);
	else
		pv_buf_printf(out, "  %-31s %s\n", left.s, o->help);
	pv_buf_done(&left);
}

void
pv_help_write(pv_buf *out, const pv_verb *verb, const char *group)
{
	if (!verb) {
		write_program(out, group);
		return;
	}
	pv_buf_printf(out, "usage: pave %s%s%s%s\n\n%s\n", verb->name,
		      verb->options && verb->options->name ? " [OPTIONS]" : "",
		      verb->usage && verb->usage[0] ? " " : "", verb->usage ? verb->usage : "",
		      verb->summary);
	if (verb->help)
		pv_buf_printf(out, "\n%s\n", verb->help);
	if (verb->options && verb->options->name)
		pv_buf_adds(out, "\noptions:\n");
	for (const pv_option *o = verb->options; o && o->name; o++)
		write_option(out, o);
}
