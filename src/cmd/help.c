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

#define LEFT 34   /* columns of an option's name and value */
#define RIGHT 100 /* where a line ends */
#define VALUE 40  /* a longer list of values is told behind the help */

/* Words in lines from column LEFT on, where the first one begins. */
static void
write_words(pv_buf *out, const char *text)
{
	size_t column = LEFT;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > LEFT && column + 1 + len > RIGHT) {
			pv_buf_printf(out, "\n%*s", LEFT, "");
			column = LEFT;
		} else if (column > LEFT) {
			pv_buf_addc(out, ' ');
			column++;
		}
		pv_buf_add(out, text, len);
		column += len;
		text += len + strspn(text + len, " ");
	}
	pv_buf_addc(out, '\n');
}

/* "json|yaml|name" -> ": json, yaml, name" */
static void
add_values(pv_buf *out, const char *values)
{
	pv_buf_adds(out, ": ");
	for (; *values; values++)
		if (*values == '|')
			pv_buf_adds(out, ", ");
		else
			pv_buf_addc(out, *values);
}

static void
write_option(pv_buf *out, const pv_option *o)
{
	bool many = o->value && strlen(o->value) > VALUE && strchr(o->value, '|');
	pv_buf left, help;

	pv_buf_init(&left, NULL);
	pv_buf_init(&help, NULL);
	if (o->letter)
		pv_buf_printf(&left, "  -%c, ", o->letter);
	else
		pv_buf_adds(&left, "      ");
	pv_buf_printf(&left, "--%s", o->name);
	if (o->value)
		pv_buf_printf(&left, " %s", many ? "FORMAT" : o->value);
	pv_buf_adds(&help, o->help);
	if (many)
		add_values(&help, o->value);
	if (left.len > LEFT - 2)
		pv_buf_printf(out, "%s\n%*s", left.s, LEFT, "");
	else
		pv_buf_printf(out, "%-*s", LEFT, left.s);
	write_words(out, help.s);
	pv_buf_done(&left);
	pv_buf_done(&help);
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
	if (verb->refused)
		pv_buf_adds(out, "\nnot supported, and why:\n");
	for (const pv_option *o = verb->refused; o && o->name; o++)
		write_option(out, o);
}
