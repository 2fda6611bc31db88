/* completion: functions for shells, which ask `pave --complete` (complete.c) what may come. */
#include <stdio.h>

#include "base/str.h"
#include "cmd/verbs.h"

/* Words are cut from the line itself: COMP_WORDS cuts them at "=" and ":", too, and of a candidate
 * only what stands behind the last of these is to be answered. */
static const char bash[] =
	"# source <(pave completion bash)\n"
	"_pave() {\n"
	"\tlocal line=${COMP_LINE:0:COMP_POINT} word cut one file\n"
	"\tlocal -a words\n"
	"\tread -ra words <<<\"$line\"\n"
	"\t[[ $line == *[[:space:]] ]] && words+=(\"\")\n"
	"\tword=${words[${#words[@]} - 1]}\n"
	"\tcut=${word%\"${word##*[=:]}\"}\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS=$'\\t' read -r one _; do\n"
	"\t\tcase $one in\n"
	"\t\t:files)\n"
	"\t\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\t\twhile IFS= read -r file; do COMPREPLY+=(\"$file\"); done < <(compgen -f -- \"${word#\"$cut\"}\")\n"
	"\t\t\t;;\n"
	"\t\t*[=/])\n"
	"\t\t\tcompopt -o nospace 2>/dev/null\n"
	"\t\t\tCOMPREPLY+=(\"${one#\"$cut\"}\")\n"
	"\t\t\t;;\n"
	"\t\t*) COMPREPLY+=(\"${one#\"$cut\"}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${words[0]/#\\~/$HOME}\" --complete \"${words[@]:1}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _pave pave\n";

static const char zsh[] =
	"#compdef pave\n"
	"# source <(pave completion zsh), behind compinit; or as _pave in a folder of $fpath\n"
	"_pave() {\n"
	"\tlocal line name\n"
	"\tlocal -a found open\n"
	"\tfor line in \"${(@f)$(${~words[1]} --complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"\t\tname=${line%%$'\\t'*}\n"
	"\t\tcase $name in\n"
	"\t\t'') ;;\n"
	"\t\t:files) _files ;;\n"
	"\t\t*[=/]) open+=(\"$name\") ;;\n"
	"\t\t*$'\\t'*) ;;\n"
	"\t\t*) found+=(\"${name//:/\\\\:}${${line#$name}:+:${line#*$'\\t'}}\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t(( $#open )) && compadd -S '' -- \"$open[@]\"\n"
	"\t(( $#found )) && _describe pave found\n"
	"\treturn 0\n"
	"}\n"
	"if [ \"$funcstack[1]\" = _pave ]; then _pave \"$@\"; else compdef _pave pave; fi\n";

static const char fish[] = "# pave completion fish | source\n"
			   "function __pave_complete\n"
			   "\tset -l words (commandline -opc)\n"
			   "\tset -l word (commandline -ct)\n"
			   "\tfor line in ($words[1] --complete $words[2..-1] \"$word\" 2>/dev/null)\n"
			   "\t\tif test \"$line\" = :files\n"
			   "\t\t\t__fish_complete_path \"$word\"\n"
			   "\t\telse\n"
			   "\t\t\techo $line\n"
			   "\t\tend\n"
			   "\tend\n"
			   "end\n"
			   "complete -c pave -f -a '(__pave_complete)'\n";

static int
run(pv_ctx *cx, const pv_args *args)
{
	static const char *const scripts[][2] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
	const char *shell = pv_args_at(args, 0);

	for (size_t i = 0; i < PV_LEN(scripts); i++)
		if (pv_streq(shell, scripts[i][0])) {
			fputs(scripts[i][1], stdout);
			return PV_EXIT_OK;
		}
	return pv_fail(cx, PV_EUSAGE, "expected bash, zsh or fish%s%s", shell ? ", found " : "",
		       shell ? shell : "");
}

const pv_verb completion_verb = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.summary = "print a shell's completion of these commands",
	.help = "It offers commands, options and their values, files, and what the server has: kinds, names,\n"
		"namespaces.  Put the line for your shell into its start-up file:\n"
		"  source <(pave completion bash)      # ~/.bashrc\n"
		"  source <(pave completion zsh)       # ~/.zshrc, behind compinit\n"
		"  pave completion fish | source       # ~/.config/fish/config.fish",
	.run = run,
};
