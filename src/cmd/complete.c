/* complete: `pave --complete WORD...`: what the last word may become, a line each, for the shells'
 * functions (completion.c): "CANDIDATE<tab>what it is"; ":files" asks for the names of files.
 * Whatever fails offers nothing: a shell shows no errors here. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/ask.h"
#include "cmd/verbs.h"

#define PATIENCE (2 * PV_SEC)
#define NAMES_MOST 500
#define NAMES "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

struct completion {
	pv_ctx *cx;
	const pv_verb *verb;
	const pv_args *args; /* of the words in front */
	const char *word;    /* to be completed */
	const char *front;   /* of each candidate: "--output=", "deploy/" */
};

static void
offer(const struct completion *c, const char *candidate, const char *end, const char *what)
{
	const char *whole = pv_printf(c->cx->arena, "%s%s%s", c->front, candidate, end);

	if (pv_starts_with(whole, c->word))
		printf("%s%s%s\n", whole, what ? "\t" : "", what ? what : "");
}

/* ---- what a server has ---- */

/* In every namespace, for verbs that find it if none is named. */
static bool
looks_everywhere(const struct completion *c)
{
	bool finds = pv_starts_with(c->verb->usage, "KIND/NAME") || pv_streq(c->verb->usage, "APPLICATION");

	return pv_args_has(c->args, "all-namespaces") || (finds && !pv_args_has(c->args, "namespace"));
}

static const pv_val *
names_in(const struct completion *c, const pv_client_kind *kind, pv_client *client, const char *ns)
{
	pv_client_call call = {.accept = NAMES, .timeout_ns = PATIENCE};
	const pv_val *list = NULL;

	call.path = pv_printf(c->cx->arena, "%s?limit=%d", pv_client_path(c->cx->arena, kind, ns, NULL, NULL),
			      NAMES_MOST);
	if (pv_client_json(c->cx, client, &call, NULL, &list) < 0)
		(void)pv_recover(c->cx);
	return pv_get(list, "items");
}

static void
offer_names(const struct completion *c, const pv_client_kind *kind, pv_client *client)
{
	const char *own = kind->namespaced ? pv_client_namespace(client) : NULL;
	const pv_val *items = names_in(c, kind, client, looks_everywhere(c) ? NULL : own);

	if (!items && own) /* who may not list them all may list his own */
		items = names_in(c, kind, client, own);
	for (size_t i = 0; i < pv_count(items); i++) {
		const char *name = pv_text_at(pv_item(items, i), "metadata.name", "");
		bool given = false;

		for (size_t k = 1; k < pv_args_count(c->args); k++)
			given = given || pv_streq(pv_args_at(c->args, k), name);
		if (!given)
			offer(c, name, "", NULL);
	}
}

static bool
can(const pv_client_kind *kind, const char *verb)
{
	for (const char *const *v = kind->verbs; *v; v++)
		if (pv_streq(*v, verb))
			return true;
	return false;
}

/* Is the plural another group's, too, that comes first? */
static bool
is_taken(pv_ctx *cx, pv_client *client, const pv_client_kind *kind)
{
	const pv_client_kind *other;
	size_t pos = 0;

	while (pv_client_kind_each(cx, client, &pos, &other) && other != kind)
		if (pv_streq(other->plural, kind->plural))
			return true;
	return false;
}

static bool
is_preferred(pv_ctx *cx, pv_client *client, const pv_client_kind *kind)
{
	const pv_client_kind *other;
	size_t pos = 0;

	while (pv_client_kind_each(cx, client, &pos, &other))
		if (pv_streq(other->plural, kind->plural) && pv_streq(other->group, kind->group))
			return other == kind;
	return false;
}

static void
offer_categories(const struct completion *c, pv_client *client)
{
	const pv_client_kind *kind;
	pv_vec seen;
	size_t pos = 0;

	pv_vec_init(&seen, c->cx->arena, sizeof(const char *));
	while (pv_client_kind_each(c->cx, client, &pos, &kind))
		for (size_t i = 0; kind->categories[i]; i++) {
			bool again = false;

			for (size_t k = 0; k < seen.len; k++)
				again = again ||
					pv_streq(*PV_AT(const char *, &seen, k), kind->categories[i]);
			if (again)
				continue;
			pv_vec_push(&seen, &kind->categories[i]);
			offer(c, kind->categories[i], "", "several kinds");
		}
}

/* end: "/" where only KIND/NAME is understood. */
static void
offer_kinds(const struct completion *c, pv_client *client, const char *end)
{
	const pv_client_kind *kind;
	size_t pos = 0;

	while (pv_client_kind_each(c->cx, client, &pos, &kind)) {
		if (!can(kind, "get") || !is_preferred(c->cx, client, kind))
			continue;
		offer(c,
		      is_taken(c->cx, client, kind)
			      ? pv_printf(c->cx->arena, "%s.%s", kind->plural, kind->group)
			      : kind->plural,
		      end, kind->kind);
	}
	if (!*end)
		offer_categories(c, client);
}

/* KIND,KIND NAME or KIND/NAME: as target_parse() reads them. */
static void
offer_targets(struct completion *c, pv_client *client)
{
	const char *first = pv_args_at(c->args, 0), *slash = strchr(c->word, '/'),
		   *comma = strrchr(c->word, ',');
	const pv_client_kind *kind;
	bool labelled = (first && strchr(first, '/')) || pv_starts_with(c->verb->usage, "KIND/NAME");
	const char *word = slash   ? pv_strndup(c->cx->arena, c->word, (size_t)(slash - c->word))
			   : first ? first
				   : "";

	if (first && !labelled && !slash) {
		word = pv_strndup(c->cx->arena, first, strcspn(first, ","));
	} else if (!slash) {
		if (comma && !first)
			c->front = pv_strndup(c->cx->arena, c->word, (size_t)(comma + 1 - c->word));
		offer_kinds(c, client, labelled ? "/" : "");
		return;
	} else {
		c->front = pv_printf(c->cx->arena, "%s/", word);
	}
	if (pv_client_find(c->cx, client, word, &kind) == 0)
		offer_names(c, kind, client);
	else
		(void)pv_recover(c->cx);
}

/* "shop", "application/shop": as sync and refresh read them. */
static void
offer_applications(struct completion *c, pv_client *client)
{
	const char *slash = strchr(c->word, '/');
	const pv_client_kind *kind;

	if (slash)
		c->front = pv_strndup(c->cx->arena, c->word, (size_t)(slash + 1 - c->word));
	if (pv_client_find(c->cx, client, "applications.argoproj.io", &kind) == 0)
		offer_names(c, kind, client);
	else
		(void)pv_recover(c->cx);
}

static void
offer_namespaces(struct completion *c, pv_client *client)
{
	const pv_client_kind *kind;

	if (pv_client_find(c->cx, client, "namespaces", &kind) == 0)
		offer_names(c, kind, client);
	else
		(void)pv_recover(c->cx);
}

static void
ask(struct completion *c, void (*answer)(struct completion *, pv_client *))
{
	pv_client *client = NULL;

	if (ask_open(c->cx, c->args, &client) == 0)
		answer(c, client);
	else
		(void)pv_recover(c->cx);
	pv_client_close(client);
}

static void
offer_contexts(const struct completion *c)
{
	pv_client_conf conf = {.kubeconfig = pv_args_text(c->args, "kubeconfig", NULL)};
	pv_vec names;

	if (pv_client_contexts(c->cx, &conf, &names) < 0) {
		(void)pv_recover(c->cx);
		return;
	}
	for (size_t i = 0; i < names.len; i++)
		offer(c, *PV_AT(const char *, &names, i), "", NULL);
}

/* ---- what the tables say ---- */

static bool
is_file(pv_str word)
{
	return pv_str_is(word, "FILE") || pv_str_is(word, "FOLDER") || pv_str_is(word, "DIR") ||
	       pv_str_is(word, "PATH");
}

/* "json|yaml|jsonpath=TEMPLATE", "FILE|FOLDER|-": words are offered, names of places are filled. */
static void
offer_values(const struct completion *c, const char *values)
{
	pv_str rest = pv_str_of(values), one;
	bool files = false;

	while (pv_str_next(&rest, '|', &one)) {
		const char *word = pv_strndup(c->cx->arena, one.s, one.len);
		size_t equals = strcspn(word, "=");

		files = files || is_file(one);
		if (word[0] >= 'a' && word[0] <= 'z')
			offer(c, pv_strndup(c->cx->arena, word, equals), word[equals] ? "=" : "", NULL);
	}
	if (files)
		puts(":files");
}

static void
offer_option(struct completion *c, const pv_option *option)
{
	if (pv_streq(option->name, "namespace"))
		ask(c, offer_namespaces);
	else if (pv_streq(option->name, "context"))
		offer_contexts(c);
	else
		offer_values(c, option->value);
}

static void
offer_options(const struct completion *c)
{
	for (const pv_option *o = c->verb->options; o && o->name; o++)
		offer(c, pv_printf(c->cx->arena, "--%s", o->name), "", o->help);
	offer(c, "--help", "", "tells more");
}

/* "KIND NAME... | -f FILE", "FILE...", "bash|zsh|fish" */
static void
offer_arguments(struct completion *c)
{
	const char *usage = c->verb->usage ? c->verb->usage : "";
	const char *word = usage;

	if (pv_starts_with(usage, "KIND")) {
		if (!pv_args_has(c->args, "filename"))
			ask(c, offer_targets);
		return;
	}
	if (pv_streq(usage, "APPLICATION")) {
		if (pv_args_count(c->args) == 0)
			ask(c, offer_applications);
		return;
	}
	for (; *word; word += strcspn(word, " [].|") + 1) {
		size_t len = strcspn(word, " [].|");

		if (is_file((pv_str){word, len})) {
			puts(":files");
			return;
		}
		if (!word[len])
			break;
	}
	if (usage[0] >= 'a' && usage[0] <= 'z' && pv_args_count(c->args) == 0)
		offer_values(c, usage);
}

/* The option that takes the word behind it as its value; NULL: `word` is none such. */
static const pv_option *
awaits_value(const pv_verb *verb, const char *word)
{
	size_t len = strlen(word);

	if (word[0] != '-' || len < 2 || strchr(word, '='))
		return NULL;
	for (const pv_option *o = verb->options; o && o->name; o++)
		if (o->value && !pv_streq(o->value, "true|false") &&
		    (word[1] == '-' ? pv_streq(o->name, word + 2) : o->letter == word[len - 1]))
			return o;
	return NULL;
}

static const pv_option *
option_named(const pv_verb *verb, const char *name, size_t len)
{
	for (const pv_option *o = verb->options; o && o->name; o++)
		if (o->value && strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static void
of_verb(pv_ctx *cx, const pv_verb *verb, int n, const char *const *words)
{
	struct completion c = {.cx = cx, .verb = verb, .word = words[n - 1], .front = ""};
	const pv_option *option = n > 1 ? awaits_value(verb, words[n - 2]) : NULL;
	const char *equals = strchr(c.word, '=');

	if (pv_args_of(cx, verb, n - (option ? 2 : 1), words, &c.args) < 0)
		(void)pv_recover(cx);
	if (option) {
		offer_option(&c, option);
	} else if (pv_starts_with(c.word, "--") && equals) {
		option = option_named(verb, c.word + 2, (size_t)(equals - c.word - 2));
		c.front = pv_strndup(cx->arena, c.word, (size_t)(equals + 1 - c.word));
		if (option)
			offer_option(&c, option);
	} else if (c.word[0] == '-') {
		offer_options(&c);
	} else {
		offer_arguments(&c);
	}
}

/* The n-th word of verbs that the words in front begin, each once. */
static void
of_program(pv_ctx *cx, int n, const char *const *words)
{
	struct completion c = {.cx = cx, .word = words[n - 1], .front = ""};
	const pv_verb *verb;
	const char *last = "";
	size_t pos = 0;

	while (pv_verb_each(&pos, &verb)) {
		pv_str rest = pv_str_of(verb->name), word = {0};
		bool same = true;

		for (int i = 0; same && i < n; i++)
			same = pv_str_next(&rest, ' ', &word) && (i == n - 1 || pv_str_is(word, words[i]));
		if (!same || pv_str_is(word, last))
			continue;
		last = pv_strndup(cx->arena, word.s, word.len);
		offer(&c, last, "", rest.len ? "more commands" : verb->summary);
	}
	if (n == 1)
		offer(&c, "help", "", "tells more of a command");
}

int
complete_main(pv_ctx *cx, int n, const char *const *words)
{
	const pv_verb *verb, *best = NULL;
	int length = 0;
	size_t pos = 0;

	while (n > 0 && pv_verb_each(&pos, &verb)) {
		pv_str rest = pv_str_of(verb->name), word;
		int k = 0;
		bool same = true;

		while (same && pv_str_next(&rest, ' ', &word)) {
			same = k < n - 1 && pv_str_is(word, words[k]);
			k++;
		}
		if (same && k > length) {
			best = verb;
			length = k;
		}
	}
	if (best)
		of_verb(cx, best, n - length, words + length);
	else if (n > 1 && pv_streq(words[0], "help"))
		of_program(cx, n - 1, words + 1);
	else if (n > 0)
		of_program(cx, n, words);
	return PV_EXIT_OK;
}
