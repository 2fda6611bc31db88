/* set: the spec of an Application by options: `pave app create` and `pave app set`. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "delivery/app/verb.h"
#include "lang/yaml/yaml.h"

#define FILE_MOST ((size_t)16 << 20)

enum row_kind { TEXT, FLAG, LIST, NUMBER };

/* Where an option's value goes, below spec.source (SOURCE) or spec. */
static const struct row {
	const char *option, *path;
	enum row_kind kind;
} rows[] = {
	{"repo", "source.repoURL", TEXT},
	{"path", "source.path", TEXT},
	{"revision", "source.targetRevision", TEXT},
	{"helm-chart", "source.chart", TEXT},
	{"dest-server", "destination.server", TEXT},
	{"dest-name", "destination.name", TEXT},
	{"dest-namespace", "destination.namespace", TEXT},
	{"project", "project", TEXT},
	{"revision-history-limit", "revisionHistoryLimit", NUMBER},
	{"values", "source.helm.valueFiles", LIST},
	{"release-name", "source.helm.releaseName", TEXT},
	{"helm-skip-crds", "source.helm.skipCrds", FLAG},
	{"helm-namespace", "source.helm.namespace", TEXT},
	{"ignore-missing-value-files", "source.helm.ignoreMissingValueFiles", FLAG},
	{"nameprefix", "source.kustomize.namePrefix", TEXT},
	{"namesuffix", "source.kustomize.nameSuffix", TEXT},
	{"kustomize-namespace", "source.kustomize.namespace", TEXT},
	{"directory-recurse", "source.directory.recurse", FLAG},
	{"directory-include", "source.directory.include", TEXT},
	{"directory-exclude", "source.directory.exclude", TEXT},
	{"auto-prune", "syncPolicy.automated.prune", FLAG},
	{"self-heal", "syncPolicy.automated.selfHeal", FLAG},
	{"allow-empty", "syncPolicy.automated.allowEmpty", FLAG},
	{"sync-retry-limit", "syncPolicy.retry.limit", NUMBER},
};

/* ---- one source of several ---- */

/* A path below `source.` goes to the source that --source-position names. */
struct edit {
	talk *t;
	pv_val spec;
	size_t position; /* from 1; 0: spec.source */
};

static const pv_val *
source_of(const struct edit *e)
{
	return e->position ? pv_item(pv_get(&e->spec, "sources"), e->position - 1)
			   : pv_get(&e->spec, "source");
}

static void
put_source(struct edit *e, pv_val source)
{
	const pv_val *many = pv_get(&e->spec, "sources");
	pv_listb list;
	if (!e->position) {
		e->spec = pv_with(e->t->cx->arena, &e->spec, "source", source);
		return;
	}
	pv_listb_init(&list, e->t->cx->arena);
	for (size_t i = 0; i < pv_count(many); i++)
		pv_listb_add(&list, i == e->position - 1 ? source : *pv_item(many, i));
	e->spec = pv_with(e->t->cx->arena, &e->spec, "sources", pv_listb_end(&list));
}

static void
put(struct edit *e, const char *path, pv_val v)
{
	pv_arena *arena = e->t->cx->arena;
	if (pv_starts_with(path, "source."))
		put_source(e, pv_with_at(arena, source_of(e), path + strlen("source."), v));
	else
		e->spec = pv_with_at(arena, &e->spec, path, v);
}

static const pv_val *
have(const struct edit *e, const char *path)
{
	return pv_starts_with(path, "source.") ? pv_at(source_of(e), path + strlen("source."))
					       : pv_at(&e->spec, path);
}

/* ---- values ---- */

static int
put_row(struct edit *e, const struct row *row)
{
	talk *t = e->t;
	const char *text = pv_args_text(t->args, row->option, NULL);
	pv_listb list;
	int64_t n = 0;
	int r = 0;
	if (!pv_args_has(t->args, row->option))
		return 0;
	if (row->kind == TEXT)
		put(e, row->path, pv_string_ref(text));
	if (row->kind == FLAG)
		put(e, row->path, pv_bool(true));
	if (row->kind == NUMBER) {
		r = pv_args_number(t->cx, t->args, row->option, 0, 0, &n);
		put(e, row->path, pv_int(n));
	}
	if (row->kind == LIST) {
		pv_listb_init(&list, t->cx->arena);
		for (size_t i = 0; pv_args_nth(t->args, row->option, i); i++)
			pv_listb_add(&list, pv_string_ref(pv_args_nth(t->args, row->option, i)));
		put(e, row->path, pv_listb_end(&list));
	}
	return r;
}

/* "name=value" as {name, value, forceString} among those of that name already. */
static int
put_parameters(struct edit *e, const char *option, bool string)
{
	pv_arena *arena = e->t->cx->arena;
	const char *word;
	for (size_t i = 0; (word = pv_args_nth(e->t->args, option, i)); i++) {
		const pv_val *old = have(e, "source.helm.parameters");
		const char *equal = strchr(word, '='), *name;
		pv_listb list;
		pv_objb b;
		if (!equal || equal == word)
			return pv_fail(e->t->cx, PV_EUSAGE, "--%s: expected NAME=VALUE, found \"%s\"", option,
				       word);
		name = pv_strndup(arena, word, (size_t)(equal - word));
		pv_listb_init(&list, arena);
		for (size_t k = 0; k < pv_count(old); k++)
			if (!pv_streq(pv_text_at(pv_item(old, k), "name", ""), name))
				pv_listb_add(&list, *pv_item(old, k));
		pv_objb_init(&b, arena);
		pv_objb_puts(&b, "name", name);
		pv_objb_puts(&b, "value", equal + 1);
		if (string)
			pv_objb_put(&b, "forceString", pv_bool(true));
		pv_listb_add(&list, pv_objb_end(&b));
		put(e, "source.helm.parameters", pv_listb_end(&list));
	}
	return 0;
}

/* What an image is called, without its tag, digest and new name: one of that name is replaced. */
static size_t
image_name(const char *text)
{
	const char *slash = strrchr(text, '/'), *from = slash ? slash : text;
	return strchr(text, '=') ? strcspn(text, "=") : (size_t)(from - text) + strcspn(from, ":@");
}

static void
put_images(struct edit *e)
{
	const char *word;
	for (size_t i = 0; (word = pv_args_nth(e->t->args, "kustomize-image", i)); i++) {
		const pv_val *old = have(e, "source.kustomize.images");
		pv_listb list;
		pv_listb_init(&list, e->t->cx->arena);
		for (size_t k = 0; k < pv_count(old); k++) {
			const char *text = pv_text(pv_item(old, k), "");
			if (image_name(text) != image_name(word) ||
			    strncmp(text, word, image_name(word)) != 0)
				pv_listb_add(&list, *pv_item(old, k));
		}
		pv_listb_add(&list, pv_string_ref(word));
		put(e, "source.kustomize.images", pv_listb_end(&list));
	}
}

/* "Prune=false"; "!Prune=false": not any more. */
static void
put_sync_options(struct edit *e)
{
	const char *word;
	for (size_t i = 0; (word = pv_args_nth(e->t->args, "sync-option", i)); i++) {
		const pv_val *old = have(e, "syncPolicy.syncOptions");
		const char *option = word + (*word == '!');
		pv_listb list;
		pv_listb_init(&list, e->t->cx->arena);
		for (size_t k = 0; k < pv_count(old); k++)
			if (!pv_streq(pv_text(pv_item(old, k), ""), option))
				pv_listb_add(&list, *pv_item(old, k));
		if (*word != '!')
			pv_listb_add(&list, pv_string_ref(option));
		put(e, "syncPolicy.syncOptions", pv_listb_end(&list));
	}
}

static int
put_values_file(struct edit *e)
{
	const char *file = pv_args_text(e->t->args, "values-literal-file", NULL);
	pv_str text;
	int r;
	if (!file)
		return 0;
	r = pv_file_load(e->t->cx, file, FILE_MOST, &text);
	if (r < 0)
		return r;
	put(e, "source.helm.values", pv_stringn(e->t->cx->arena, text.s ? text.s : "", text.len));
	e->spec = pv_without_at(e->t->cx->arena, &e->spec, "source.helm.valuesObject");
	return 0;
}

static int
put_policy(struct edit *e)
{
	const char *policy = pv_args_text(e->t->args, "sync-policy", NULL);
	pv_arena *arena = e->t->cx->arena;
	if (!policy)
		return 0;
	if (pv_streq(policy, "none") || pv_streq(policy, "manual")) {
		e->spec = pv_without_at(arena, &e->spec, "syncPolicy.automated");
		return 0;
	}
	if (!pv_streq(policy, "automated") && !pv_streq(policy, "automatic") && !pv_streq(policy, "auto"))
		return pv_fail(e->t->cx, PV_EUSAGE, "--sync-policy: expected none or automated, found \"%s\"",
			       policy);
	if (!have(e, "syncPolicy.automated"))
		put(e, "syncPolicy.automated", pv_object_of(arena, NULL, 0, NULL, NULL));
	return 0;
}

int
command_spec(talk *t, const pv_val *spec, pv_val *ret)
{
	struct edit e = {.t = t, .spec = spec ? *spec : pv_object_of(t->cx->arena, NULL, 0, NULL, NULL)};
	int64_t position = 0;
	int r = pv_args_number(t->cx, t->args, "source-position", 1, 0, &position);
	size_t many = pv_count(pv_get(&e.spec, "sources"));
	e.position = (size_t)position;
	if (r == 0 && (e.position > many || (many && !e.position && pv_args_has(t->args, "repo"))))
		r = pv_fail(
			t->cx, PV_EUSAGE,
			"--source-position: expected a number from 1 to %zu, for there are so many sources",
			many);
	if (r == 0)
		r = put_policy(&e);
	for (size_t i = 0; r == 0 && i < PV_LEN(rows); i++)
		r = put_row(&e, &rows[i]);
	if (r == 0)
		r = put_parameters(&e, "parameter", false);
	if (r == 0)
		r = put_parameters(&e, "helm-set", false);
	if (r == 0)
		r = put_parameters(&e, "helm-set-string", true);
	if (r == 0)
		r = put_values_file(&e);
	put_images(&e);
	put_sync_options(&e);
	*ret = e.spec;
	return r;
}

int
command_set(talk *t)
{
	const pv_val *object, *now;
	pv_val spec;
	int r = talk_load(t, &object);
	if (r == 0)
		r = command_spec(t, pv_get(object, "spec"), &spec);
	if (r == 0 && pv_eq(&spec, pv_get(object, "spec")))
		return pv_fail(
			t->cx, PV_EUSAGE,
			"nothing of application %s would change: say what to set, such as --revision main (pave app set --help)",
			t->name);
	if (r == 0)
		r = talk_ask(t, "PUT", talk_path(t, "/spec"), &spec, &now);
	if (r == 0)
		printf("application '%s' updated\n", t->name);
	return r;
}

/* ---- create ---- */

static pv_val
notes_of(const talk *t, const char *option)
{
	const char *word;
	pv_objb b;
	pv_objb_init(&b, t->cx->arena);
	for (size_t i = 0; (word = pv_args_nth(t->args, option, i)); i++) {
		size_t n = strcspn(word, "=");
		pv_objb_puts(&b, pv_strndup(t->cx->arena, word, n), word[n] ? word + n + 1 : "");
	}
	return pv_objb_end(&b);
}

/* What a file says, or an empty one. */
static int
begin(talk *t, pv_val *ret)
{
	const char *file = pv_args_text(t->args, "file", NULL);
	const pv_yaml_opts opts = {.file = file};
	pv_str text;
	pv_vec docs;
	int r;
	*ret = pv_with_at(t->cx->arena, NULL, "metadata.name", pv_string_ref(t->name ? t->name : ""));
	if (!file)
		return 0;
	r = pv_file_load(t->cx, file, FILE_MOST, &text);
	if (r == 0)
		r = pv_yaml_parse_all(t->cx, text, &opts, &docs);
	if (r == 0 && (docs.len != 1 ||
		       !pv_streq(pv_text_at(PV_AT(pv_yaml_doc, &docs, 0)->val, "kind", ""), "Application")))
		r = pv_fail(t->cx, PV_EINVALID, "%s: expected one Application", file);
	if (r == 0)
		*ret = *PV_AT(pv_yaml_doc, &docs, 0)->val;
	if (r == 0 && t->name)
		*ret = pv_with_at(t->cx->arena, ret, "metadata.name", pv_string_ref(t->name));
	return r;
}

int
command_create(talk *t)
{
	static const struct {
		const char *option, *path;
	} notes[] = {{"label", "metadata.labels"}, {"annotations", "metadata.annotations"}};
	const char *upsert = pv_args_has(t->args, "upsert") ? "&upsert=true" : "",
		   *unproven = pv_args_has(t->args, "validate") &&
					       pv_streq(pv_args_text(t->args, "validate", ""), "false")
				       ? "&validate=false"
				       : "";
	const pv_val *made;
	pv_val object, spec;
	int r;
	if (!pv_args_count(t->args) && !pv_args_has(t->args, "file"))
		return pv_fail(
			t->cx, PV_EUSAGE,
			"expected a name, or a file with an Application: pave app create shop --repo URL --path deploy --dest-server https://kubernetes.default.svc");
	if (pv_args_count(t->args))
		talk_take(t, pv_args_at(t->args, 0));
	r = begin(t, &object);
	if (r == 0)
		r = command_spec(t, pv_get(&object, "spec"), &spec);
	if (r < 0)
		return r;
	if (!*pv_text_at(&spec, "project", ""))
		spec = pv_with(t->cx->arena, &spec, "project", pv_string_ref("default"));
	object = pv_with(t->cx->arena, &object, "spec", spec);
	if (t->ns)
		object = pv_with_at(t->cx->arena, &object, "metadata.namespace", pv_string_ref(t->ns));
	for (size_t i = 0; i < PV_LEN(notes); i++)
		if (pv_args_has(t->args, notes[i].option))
			object = pv_with_at(t->cx->arena, &object, notes[i].path,
					    notes_of(t, notes[i].option));
	r = talk_ask(t, "POST", pv_printf(t->cx->arena, APPS "?%s%s", upsert, unproven), &object, &made);
	if (r == 0)
		printf("application '%s' created\n", pv_text_at(made, "metadata.name", ""));
	return r;
}
