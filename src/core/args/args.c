/* Parsing by table: "-o json", "-ojson", "--output=json", "--output json", "--watch=true", "--". */
#include "core/args/args.h"

#include <string.h>

#include "base/buf.h"
#include "base/near.h"
#include "base/str.h"
#include "base/vec.h"

#define BOTH_WAYS "true|false" /* a switch that may be on already: its value comes behind a '=' only */

typedef struct given {
	const pv_option *option;
	const char *value; /* NULL: a switch */
} given;

struct pv_args {
	const pv_verb *verb;
	bool help;
	const char *group; /* whose help, if no verb's */
	pv_vec given;      /* of given */
	pv_vec rest;       /* of const char * */
};

typedef struct parser {
	pv_args *args;
	const char *const *argv;
	int argc, at;
} parser;

static int
usage(pv_ctx *cx, const pv_verb *verb, const char *what)
{
	return pv_fail(cx, PV_EUSAGE, "%s (see `pave %s%s--help`)", what, verb ? verb->name : "",
		       verb ? " " : "");
}

static const pv_option *
by_name(const pv_option *o, const char *name, size_t len)
{
	for (; o && o->name; o++)
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const pv_option *
by_letter(const pv_option *o, char letter)
{
	for (; o && o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* Takes the next word as the option's value. */
static int
take_value(pv_ctx *cx, parser *p, const pv_option *option)
{
	given one = {option, NULL};

	if (p->at + 1 >= p->argc)
		return usage(
			cx, p->args->verb,
			pv_printf(cx->arena, "--%s: expected %s behind it", option->name, option->value));
	one.value = p->argv[++p->at];
	pv_vec_push(&p->args->given, &one);
	return 0;
}

static int
unknown_option(pv_ctx *cx, const pv_verb *verb, const char *name)
{
	pv_near near = {.word = name};

	for (const pv_option *o = verb->options; o && o->name; o++)
		pv_near_try(&near, o->name);
	return usage(
		cx, verb,
		near.best ? pv_printf(cx->arena, "unknown option --%s; did you mean --%s?", name, near.best)
			  : pv_printf(cx->arena, "unknown option --%s", name));
}

/* Is it one that the verb knows and has not?  Then its error is set. */
static int
check_refused(pv_ctx *cx, const pv_option *o)
{
	return o ? pv_fail(cx, PV_EUNSUPPORTED, "--%s: not supported: %s", o->name, o->help) : 0;
}

static int
parse_long(pv_ctx *cx, parser *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const pv_option *option = by_name(p->args->verb->options, word, len);
	given one = {option, word[len] ? word + len + 1 : NULL};

	if (len == 4 && strncmp(word, "help", 4) == 0) {
		p->args->help = true;
		return 0;
	}
	if (!option) {
		int r = check_refused(cx, by_name(p->args->verb->refused, word, len));
		return r < 0 ? r : unknown_option(cx, p->args->verb, pv_strndup(cx->arena, word, len));
	}
	if (option->value && !one.value && pv_streq(option->value, BOTH_WAYS))
		one.value = "true";
	if (option->value && !one.value)
		return take_value(cx, p, option);
	if (!option->value && one.value) {
		if (strcmp(one.value, "false") == 0)
			return 0;
		if (strcmp(one.value, "true") != 0)
			return usage(cx, p->args->verb,
				     pv_printf(cx->arena, "--%s: expected true or false, found \"%s\"",
					       option->name, one.value));
		one.value = NULL;
	}
	pv_vec_push(&p->args->given, &one);
	return 0;
}

static int
parse_short(pv_ctx *cx, parser *p, const char *word)
{
	for (; *word; word++) {
		const pv_option *option = by_letter(p->args->verb->options, *word);
		given one = {option, NULL};

		if (!option && *word == 'h') {
			p->args->help = true;
			continue;
		}
		if (!option) {
			int r = check_refused(cx, by_letter(p->args->verb->refused, *word));
			return r < 0 ? r
				     : usage(cx, p->args->verb,
					     pv_printf(cx->arena, "unknown option -%c", *word));
		}
		if (option->value && word[1]) {
			one.value = word + 1 + (word[1] == '=');
			pv_vec_push(&p->args->given, &one);
			return 0;
		}
		if (option->value)
			return take_value(cx, p, option);
		pv_vec_push(&p->args->given, &one);
	}
	return 0;
}

int
pv_args_of(pv_ctx *cx, const pv_verb *verb, int argc, const char *const *argv, const pv_args **ret)
{
	pv_args *args = pv_new(cx->arena, pv_args);
	parser p = {args, argv, argc, 0};
	bool only_words = false;
	pv_error *first = NULL;

	args->verb = verb;
	pv_vec_init(&args->given, cx->arena, sizeof(given));
	pv_vec_init(&args->rest, cx->arena, sizeof(const char *));
	for (; p.at < argc; p.at++) {
		const char *word = argv[p.at];
		int r = 0;

		if (only_words || word[0] != '-' || word[1] == '\0')
			pv_vec_push(&args->rest, &word);
		else if (strcmp(word, "--") == 0)
			only_words = true;
		else if (word[1] == '-')
			r = parse_long(cx, &p, word + 2);
		else
			r = parse_short(cx, &p, word + 1);
		if (r < 0 && !first)
			first = pv_take_error(cx);
		else if (r < 0)
			(void)pv_recover(cx);
	}
	*ret = args;
	cx->err = first;
	return first ? -first->code : 0;
}

/* The longest name that the words begin with: "rego eval" before "rego". */
static const pv_verb *
match(bool (*each)(size_t *, const pv_verb **), int argc, char **argv, int *ret_words)
{
	const pv_verb *verb, *best = NULL;
	size_t pos = 0;

	*ret_words = 0;
	while (each(&pos, &verb)) {
		pv_str rest = pv_str_of(verb->name), word;
		int n = 0;
		bool same = true;

		while (same && pv_str_next(&rest, ' ', &word)) {
			same = 1 + n < argc && pv_str_is(word, argv[1 + n]);
			n++;
		}
		if (same && n > *ret_words) {
			best = verb;
			*ret_words = n;
		}
	}
	return best;
}

/* The verbs' names; if `group` is the first word of some ("rego"), only theirs. */
static const char *
verb_names(pv_ctx *cx, bool (*each)(size_t *, const pv_verb **), const char *group)
{
	const pv_verb *verb;
	const char *all = "", *some = "";
	size_t pos = 0, len = strlen(group);

	while (each(&pos, &verb)) {
		all = pv_printf(cx->arena, "%s%s%s", all, all[0] ? ", " : "", verb->name);
		if (strncmp(verb->name, group, len) == 0 && verb->name[len] == ' ')
			some = pv_printf(cx->arena, "%s%s%s", some, some[0] ? ", " : "", verb->name);
	}
	return some[0] ? some : all;
}

/* Is the word the first of some verbs' names ("rego")? */
static bool
is_group(bool (*each)(size_t *, const pv_verb **), const char *word)
{
	const pv_verb *verb;
	size_t pos = 0, len = strlen(word);

	while (each(&pos, &verb))
		if (strncmp(verb->name, word, len) == 0 && verb->name[len] == ' ')
			return true;
	return false;
}

static int
unknown_verb_text(pv_ctx *cx, bool (*each)(size_t *, const pv_verb **), const char *word, const char *second)
{
	const char *both = second ? pv_printf(cx->arena, "%s %s", word, second) : word;
	pv_near one = {.word = word}, two = {.word = both}, *near = is_group(each, word) ? &two : &one;
	const pv_verb *verb;
	size_t pos = 0;

	while (each(&pos, &verb)) {
		pv_near_try(&one, verb->name);
		pv_near_try(&two, verb->name);
	}
	if (second && !near->best)
		near = &two; /* "catlog validate" */
	if (near->best)
		return pv_fail(cx, PV_EUSAGE,
			       "unknown command \"%s\": did you mean \"%s\"?  `pave --help` lists all",
			       near == &two ? both : word, near->best);
	return pv_fail(cx, PV_EUSAGE, "unknown command \"%s\": expected one of %s", word,
		       verb_names(cx, each, word));
}

/* How its error is to be printed is known all the same. */
static int
unknown_verb(pv_ctx *cx, bool (*each)(size_t *, const pv_verb **), int argc, char **argv, const pv_args **ret)
{
	static const pv_option options[] = {{"output", 'o', "FORMAT", ""}, {0}};
	static const pv_verb any = {.name = "", .options = options};

	if (pv_args_of(cx, &any, argc - 1, (const char *const *)(argv + 1), ret) < 0)
		(void)pv_recover(cx);
	return unknown_verb_text(cx, each, argv[1], argc > 2 ? argv[2] : NULL);
}

static pv_args *
help_of(pv_ctx *cx, const pv_verb *verb, const char *group)
{
	pv_args *args = pv_new(cx->arena, pv_args);

	args->help = true;
	args->verb = verb;
	args->group = group;
	return args;
}

static bool
is_help(const char *word)
{
	return pv_streq(word, "--help") || pv_streq(word, "-h");
}

int
pv_args_parse(pv_ctx *cx, bool (*each)(size_t *, const pv_verb **), int argc, char **argv,
	      const pv_args **ret)
{
	static const pv_verb none = {.name = ""};
	int words = 0;
	const pv_verb *verb = match(each, argc, argv, &words);
	const char **rest;

	if (argc == 2 && pv_streq(argv[1], "--version")) { /* as other programs say it */
		static char client[] = "--client", word[] = "version";
		static char *instead[] = {word, word, client};

		return pv_args_parse(cx, each, 3, instead, ret);
	}
	if (argc < 2 || is_help(argv[1])) {
		*ret = help_of(cx, argc < 2 ? &none : NULL, NULL);
		return 0;
	}
	if (!verb && pv_streq(argv[1], "help")) {
		verb = match(each, argc - 1, argv + 1, &words); /* `pave help get` */
		if (verb || argc == 2 || is_group(each, argv[2])) {
			*ret = help_of(cx, verb, verb || argc == 2 ? NULL : argv[2]);
			return 0;
		}
		argv++;
		argc--;
	}
	if (!verb && argc > 2 && is_help(argv[2]) && is_group(each, argv[1])) {
		*ret = help_of(cx, NULL, argv[1]);
		return 0;
	}
	if (!verb)
		return unknown_verb(cx, each, argc, argv, ret);
	rest = pv_new_array(cx->arena, const char *, (size_t)argc);
	for (int i = 0; i < argc - 1 - words; i++)
		rest[i] = argv[1 + words + i];
	return pv_args_of(cx, verb, argc - 1 - words, rest, ret);
}

const pv_verb *
pv_args_verb(const pv_args *args)
{
	return args->verb;
}

const char *
pv_args_group(const pv_args *args)
{
	return args->group;
}

bool
pv_args_help(const pv_args *args)
{
	return args->help;
}

const char *
pv_args_nth(const pv_args *args, const char *option, size_t n)
{
	for (size_t i = 0; i < args->given.len; i++) {
		const given *one = PV_AT(given, &args->given, i);

		if (strcmp(one->option->name, option) == 0 && n-- == 0)
			return one->value ? one->value : "";
	}
	return NULL;
}

bool
pv_args_has(const pv_args *args, const char *option)
{
	return pv_args_nth(args, option, 0) != NULL;
}

const char *
pv_args_text(const pv_args *args, const char *option, const char *otherwise)
{
	const char *one;

	for (size_t n = 0; (one = pv_args_nth(args, option, n)); n++)
		otherwise = one;
	return otherwise;
}

int
pv_args_number(pv_ctx *cx, const pv_args *args, const char *option, int64_t least, int64_t otherwise,
	       int64_t *ret)
{
	const char *text = pv_args_text(args, option, NULL);
	const char *from = least == INT32_MIN ? "" : pv_printf(cx->arena, " from %lld on", (long long)least);

	*ret = otherwise;
	if (!text || (pv_parse_int(pv_str_of(text), ret) && *ret >= least && *ret <= INT32_MAX))
		return 0;
	return pv_fail(cx, PV_EUSAGE, "--%s: expected a number%s, found \"%s\"", option, from, text);
}

const char *const *
pv_args_list(pv_ctx *cx, const pv_args *args, const char *option, size_t *ret_n)
{
	const char *value;
	pv_vec all;
	pv_vec_init(&all, cx->arena, sizeof(const char *));
	for (size_t i = 0; (value = pv_args_nth(args, option, i)) != NULL; i++) {
		pv_str rest = pv_str_of(value), one;
		while (pv_str_next(&rest, ',', &one)) {
			const char *text = pv_strndup(cx->arena, one.s, one.len);
			pv_vec_push(&all, &text);
		}
	}
	if (ret_n)
		*ret_n = all.len;
	(void)pv_vec_add(&all); /* NULL */
	return all.data;
}

size_t
pv_args_count(const pv_args *args)
{
	return args->rest.len;
}

const char *
pv_args_at(const pv_args *args, size_t i)
{
	return i < args->rest.len ? *PV_AT(const char *, &args->rest, i) : NULL;
}

int
pv_exit_of(int r)
{
	if (r >= 0)
		return r;
	switch (-r) {
	case PV_EUSAGE: return PV_EXIT_USAGE;
	case PV_EUNAUTHORIZED:
	case PV_EFORBIDDEN: return PV_EXIT_DENIED;
	case PV_ENOTFOUND: return PV_EXIT_NOT_FOUND;
	case PV_EEXISTS:
	case PV_ECONFLICT: return PV_EXIT_CONFLICT;
	case PV_EUNAVAILABLE:
	case PV_ETIMEOUT: return PV_EXIT_UNAVAILABLE;
	default: return PV_EXIT_FAILED;
	}
}
