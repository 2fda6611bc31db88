/* files: the entities of a commit, as a fact: files from the mirror (core/git), read in a
 * sandboxed child, round by round until no Location or placeholder names another file. */
#include "base/str.h"
#include "core/git/git.h"
#include "lang/glob/glob.h"
#include "portal/catalog/entity.h"
#include "portal/catalog/files.h"
#include "portal/catalog/parse.h"

#define ROUNDS 8 /* a Location of a Location of ... */

/* ---- in the child ---- */

int
files_parse(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const pv_val *files = pv_get(request, "files"), *wanted = pv_get(request, "wanted");
	int64_t parsed = 0;
	parse_out out;
	pv_objb b;
	parse_out_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(files); i++) {
		const pv_val *f = pv_item(files, i);
		const char *path = pv_text_at(f, "path", "");
		if (!pv_truth(pv_get(wanted, path), false))
			continue;
		parse_file(cx, path, pv_strv(pv_get(f, "text")), files, &out);
		parsed++;
	}
	parse_targets(files, &out); /* of the last round: all that was named has been read by then */
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "files", pv_int(parsed));
	pv_objb_put(&b, "entities", pv_listb_end(&out.entities));
	pv_objb_put(&b, "errors", pv_listb_end(&out.errors));
	pv_objb_put(&b, "locations", pv_objb_end(&out.locations));
	pv_objb_put(&b, "reads", pv_objb_end(&out.reads));
	*ret = pv_objb_end(&b);
	return 0;
}

const pv_job_kind catalog_parse_job = {.name = "catalog-parse", .run = files_parse};

/* ---- outside: which files ---- */

struct reading {
	const pv_val *paths; /* patterns of files with entities */
	pv_objb named;       /* path -> true: files that others name as having entities */
	pv_objb globs;       /* pattern or path -> true: everything to read */
};

static bool
has_entities(const struct reading *r, const pv_val *named, const char *path)
{
	for (size_t i = 0; i < pv_count(r->paths); i++)
		if (pv_glob_match(pv_text(pv_item(r->paths, i), ""), path))
			return true;
	for (size_t i = 0; i < pv_member_count(named); i++)
		if (pv_glob_match(pv_text(&named->members[i].key, ""), path))
			return true;
	return false;
}

/* True if the set grew. */
static bool
add_all(pv_objb *set, const pv_val *keys)
{
	size_t before = set->len;
	for (size_t i = 0; pv_is(keys, PV_OBJECT) && i < pv_member_count(keys); i++)
		pv_objb_putv(set, keys->members[i].key, pv_bool(true));
	return set->len > before;
}

static int
one_round(pv_ctx *cx, const files_place *place, struct reading *r, pv_val *ret)
{
	pv_listb globs;
	pv_objb wanted, b;
	pv_val list, named = pv_objb_end(&r->named), texts, request;
	const pv_val *files;
	int code;
	pv_listb_init(&globs, cx->arena);
	for (size_t i = 0; i < r->globs.len; i++)
		pv_listb_add(&globs, r->globs.members[i].key);
	list = pv_listb_end(&globs);
	code = place->texts(cx, place->arg, &list, &texts);
	if (code < 0)
		return code;
	files = pv_get(&texts, "files");
	if (!files)
		return pv_fail(cx, PV_EINTERNAL, "the files of the place are not listed");
	pv_objb_init(&wanted, cx->arena);
	for (size_t i = 0; i < pv_count(files); i++) {
		const char *path = pv_text_at(pv_item(files, i), "path", "");
		if (has_entities(r, &named, path))
			pv_objb_put(&wanted, path, pv_bool(true));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "files", *files);
	pv_objb_put(&b, "wanted", pv_objb_end(&wanted));
	request = pv_objb_end(&b);
	return place->parse(cx, &request, ret);
}

int
files_read(pv_ctx *cx, const files_place *place, const pv_val *paths, pv_val *ret)
{
	struct reading r = {.paths = paths};
	bool grew = true;
	int code = 0;
	pv_objb_init(&r.named, cx->arena);
	pv_objb_init(&r.globs, cx->arena);
	for (size_t i = 0; i < pv_count(r.paths); i++)
		pv_objb_putv(&r.globs, *pv_item(r.paths, i), pv_bool(true));
	for (int i = 0; code == 0 && grew && i < ROUNDS; i++) {
		code = one_round(cx, place, &r, ret);
		if (code < 0)
			break;
		grew = add_all(&r.globs, pv_get(ret, "reads"));
		grew |= add_all(&r.globs, pv_get(ret, "locations"));
		grew |= add_all(&r.named, pv_get(ret, "locations"));
	}
	return code;
}

const pv_val *
files_paths(pv_ctx *cx, const pv_val *paths)
{
	pv_listb b;
	if (pv_count(paths))
		return paths;
	pv_listb_init(&b, cx->arena);
	pv_listb_add(&b, pv_string_ref("**/catalog-info.yaml"));
	pv_listb_add(&b, pv_string_ref("**/catalog-info.yml"));
	return pv_box(cx->arena, pv_listb_end(&b));
}

/* ---- of a commit ---- */

struct commit {
	pv_facts *facts;
	const char *repo, *id;
};

static int
texts_of_commit(pv_ctx *cx, void *arg, const pv_val *globs, pv_val *ret)
{
	const struct commit *c = arg;
	return pv_git_files(cx, c->facts, c->repo, c->id, globs, ret);
}

static int
parse_in_child(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	return pv_job_run(cx, "catalog-parse", request, NULL, NULL, ret);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	struct commit commit = {facts, pv_text_at(args, "repo", ""), pv_text_at(args, "commit", "")};
	files_place place = {texts_of_commit, parse_in_child, &commit};
	if (previous) { /* a commit never changes */
		*ret = *previous;
		return 0;
	}
	return files_read(cx, &place, pv_get(args, "paths"), ret);
}

const pv_fact_kind catalog_files_fact = {.name = "catalog-files", .find = find};
