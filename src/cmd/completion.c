/* completion: shell scripts made from the tables of verbs and options. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/verbs.h"

/* The first words of all verbs, each once. */
static void
print_words(const char *separator)
{
	const pv_verb *verb;
	size_t pos = 0;
	const char *last = "";
	while (pv_verb_each(&pos, &verb)) {
		size_t len = strcspn(verb->name, " ");
		if (strlen(last) == len && strncmp(last, verb->name, len) == 0)
			continue;
		last = pv_streq(verb->name, "") ? last : verb->name;
		printf("%.*s%s", (int)len, verb->name, separator);
	}
}

/* "eval bench " for "rego". */
static void
print_seconds(const char *first, size_t len)
{
	const pv_verb *verb;
	size_t pos = 0;
	while (pv_verb_each(&pos, &verb))
		if (strncmp(verb->name, first, len) == 0 && verb->name[len] == ' ')
			printf("%s ", verb->name + len + 1);
}

static void
print_options(const pv_verb *verb)
{
	for (const pv_option *o = verb->options; o && o->name; o++)
		printf("--%s ", o->name);
	printf("--help ");
}

static void
bash(void)
{
	const pv_verb *verb;
	size_t pos = 0;
	printf("# source <(pave completion bash)\n_pave() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"");
	print_words(" ");
	printf("\" -- \"$cur\")); return; fi\n\tcase \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
	while (pv_verb_each(&pos, &verb)) {
		const char *space = strchr(verb->name, ' ');
		if (space) {
			printf("\t\"%s\") COMPREPLY=($(compgen -W \"", verb->name);
			print_options(verb);
			printf("\" -f -- \"$cur\")); return;;\n");
		}
	}
	printf("\tesac\n\tcase \"${COMP_WORDS[1]}\" in\n");
	pos = 0;
	while (pv_verb_each(&pos, &verb)) {
		size_t len = strcspn(verb->name, " ");
		printf("\t%.*s) COMPREPLY=($(compgen -W \"", (int)len, verb->name);
		print_seconds(verb->name, len);
		if (!verb->name[len])
			print_options(verb);
		printf("\" -f -- \"$cur\"));;\n");
	}
	printf("\tesac\n}\ncomplete -o default -F _pave pave\n");
}

static void
zsh(void)
{
	printf("#compdef pave\nautoload -U +X bashcompinit && bashcompinit\n");
	bash();
}

static void
fish(void)
{
	const pv_verb *verb;
	size_t pos = 0;
	printf("# pave completion fish | source\ncomplete -c pave -n __fish_use_subcommand -f -a '");
	print_words(" ");
	printf("'\n");
	while (pv_verb_each(&pos, &verb)) {
		const char *last = strrchr(verb->name, ' ');
		for (const pv_option *o = verb->options; o && o->name; o++)
			printf("complete -c pave -n '__fish_seen_subcommand_from %s' -l %s%s%c%s\n",
			       last ? last + 1 : verb->name, o->name, o->letter ? " -s " : "",
			       o->letter ? o->letter : ' ', o->value ? " -r" : "");
	}
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *shell = pv_args_at(args, 0);
	if (pv_streq(shell, "bash"))
		bash();
	else if (pv_streq(shell, "zsh"))
		zsh();
	else if (pv_streq(shell, "fish"))
		fish();
	else
		return pv_fail(cx, PV_EUSAGE, "expected bash, zsh or fish%s%s", shell ? ", found " : "",
			       shell ? shell : "");
	return PV_EXIT_OK;
}

const pv_verb completion_verb = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.summary = "print a shell's completion of these commands",
	.help = "Example: source <(pave completion bash)",
	.run = run,
};
