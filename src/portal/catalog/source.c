/* source: a CatalogSource: the entities of a Git repository become objects that it owns.
 * A file that is broken now keeps what it said last; one that is gone takes its entities
 * along; an entity that another source claimed first stays with that one. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"
#include "portal/catalog/entity.h"
#include "portal/catalog/files.h"
#include "portal/catalog/keep.h"
#include "portal/catalog/parse.h"
#include "portal/catalog/relations.h"

#define ERRORS_KEY "pave.dev/source-errors"
#define DIGEST_KEY "pave.dev/source-digest" /* of the entity in the file */
#define ERRORS_SHOWN 200
#define APPLIED_MOST 1000 /* in one turn: its memory and its thread are not the source's alone */
#define TOLD_MOST 3       /* faults in the condition: all are in .status.errors */
#define COVER_DEPTH 64

struct turn {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *source;
	const char *repo, *revision, *commit;
	const char *base; /* url:https://host/o/r/blob/main/ or file:/srv/r/: where files are */
	pv_listb errors;
	pv_map *by_ref, *by_file;       /* what an error says of one entity, of a whole file */
	pv_map *owned;                  /* ref -> entity that is there and ours */
	pv_map *wanted;                 /* ref -> {file, line, ...}: entities that shall exist */
	pv_map *namespaces;             /* those looked at */
	size_t entities, kept, applied; /* kept: what stands though its document is broken */
	bool no_file;                   /* with entities in the repository */
	bool more;                      /* than one turn applies */
};

static void
keep_error(struct turn *t, const pv_val *e)
{
	const char *ref = pv_text_at(e, "ref", NULL), *file = pv_text_at(e, "file", "");
	const char *text = keep_fault(t->cx->arena, e);
	pv_map *map = ref ? t->by_ref : t->by_file;
	pv_listb_add(&t->errors, *e);
	if (!pv_map_finds(map, ref ? ref : file)) /* the first is shown on the entity */
		pv_map_puts(map, ref ? ref : file, (void *)(uintptr_t)text);
}

static void
error(struct turn *t, const pv_val *found, const char *message)
{
	pv_objb b;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "file", pv_text_at(found, "file", ""));
	pv_objb_put(&b, "line", pv_int(pv_i64_at(found, "line", 0)));
	pv_objb_puts(&b, "ref", pv_text_at(found, "ref", NULL));
	pv_objb_puts(&b, "message", message);
	keep_error(t, pv_box(t->cx->arena, pv_objb_end(&b)));
}

/* ---- one entity ---- */

/* Who has this reference already, if it is not us. */
static const char *
claimed_by(struct turn *t, const char *ref)
{
	pv_vec found;
	pv_plan_indexed(t->cx, t->plan, "entity", ref, &found);
	for (size_t i = 0; i < found.len; i++) {
		const pv_val *other = *PV_AT(const pv_val *, &found, i);
		if (!pv_owned_by(other, t->source))
			return pv_text(pv_get(pv_at(other, "metadata.annotations"),
					      "backstage.io/managed-by-location"),
				       "somebody who applied it by hand");
	}
	return NULL;
}

static void
need_namespace(struct turn *t, const char *ns)
{
	pv_objb meta, b;
	if (pv_map_puts(t->namespaces, ns, t) || pv_plan_find(t->cx, t->plan, "v1/Namespace", NULL, ns))
		return;
	pv_objb_init(&meta, t->cx->arena);
	pv_objb_puts(&meta, "name", ns);
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Namespace");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_plan_apply(t->cx, t->plan, pv_box(t->cx->arena, pv_objb_end(&b)));
}

/* The branch, not the commit: else each commit would change every entity. */
static const char *
place_of_files(struct turn *t)
{
	const char *path, *url;
	if (pv_git_local(t->cx->arena, t->repo, &path))
		return pv_printf(t->cx->arena, "file:%s/", path);
	url = pv_git_plain_url(t->cx->arena, t->repo);
	if (pv_ends_with(url, ".git"))
		url = pv_strndup(t->cx->arena, url, strlen(url) - 4);
	return pv_printf(t->cx->arena, "url:%s/blob/%s/", url, t->revision);
}

static pv_val
annotated(struct turn *t, const pv_val *entity, const pv_val *found)
{
	const char *file = pv_text_at(found, "file", ""), *slash = strrchr(file, '/');
	const char *place = pv_printf(t->cx->arena, "%s%s", t->base, file);
	int folder = slash ? (int)(slash + 1 - file) : 0;
	pv_objb b;
	pv_objb_from(&b, t->cx->arena, pv_at(entity, "metadata.annotations"));
	pv_objb_puts(&b, "backstage.io/managed-by-location", place);
	pv_objb_puts(&b, "backstage.io/managed-by-origin-location", place);
	if (pv_starts_with(place, "url:")) {
		pv_objb_puts(&b, "backstage.io/view-url", place + 4);
		if (!pv_get(pv_at(entity, "metadata.annotations"), "backstage.io/source-location"))
			pv_objb_puts(&b, "backstage.io/source-location",
				     pv_printf(t->cx->arena, "%s%.*s", t->base, folder, file));
	}
	pv_objb_puts(&b, KEEP_FILE, file);
	pv_objb_puts(&b, DIGEST_KEY, pv_text_at(found, "digest", ""));
	return pv_objb_end(&b);
}

static const pv_val *
owned_object(struct turn *t, const pv_val *found)
{
	const pv_val *entity = pv_get(found, "entity");
	pv_listb refs;
	pv_objb meta, b;
	pv_listb_init(&refs, t->cx->arena);
	pv_listb_add(&refs, pv_owner_ref(t->cx->arena, t->source));
	pv_objb_from(&meta, t->cx->arena, pv_get(entity, "metadata"));
	pv_objb_puts(&meta, "namespace", pv_text_at(entity, "metadata.namespace", "default"));
	pv_objb_put(&meta, "annotations", annotated(t, entity, found));
	pv_objb_put(&meta, "ownerReferences", pv_listb_end(&refs));
	pv_objb_from(&b, t->cx->arena, entity);
	if (pv_streq(pv_text_at(entity, "apiVersion", ""),
		     "backstage.io/v1beta1")) /* the same schema, one version stored */
		pv_objb_puts(&b, "apiVersion", "backstage.io/v1alpha1");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_box(t->cx->arena, pv_objb_end(&b));
}

/* Is everything that is wanted there already?  (What is no longer wanted changes the digest.) */
static bool
covers(const pv_val *there, const pv_val *wanted, int depth)
{
	if (!pv_is(wanted, PV_OBJECT) || !pv_is(there, PV_OBJECT) || depth > COVER_DEPTH)
		return pv_eq(there, wanted);
	for (size_t i = 0; i < pv_member_count(wanted); i++) {
		const pv_val *have = pv_getv(there, &wanted->members[i].key);
		if (!have || !covers(have, &wanted->members[i].val, depth + 1))
			return false;
	}
	return true;
}

static void
take(struct turn *t, const pv_val *found)
{
	const char *ref = pv_text_at(found, "ref", "");
	const pv_val *there = pv_map_finds(t->owned, ref), *first = pv_map_finds(t->wanted, ref), *wanted;
	const char *other = there ? NULL : claimed_by(t, ref);
	if (!entity_is_known(pv_get(found, "entity"))) /* a reader that was taken over may say anything */
		return;
	if (other) {
		error(t, found,
		      pv_printf(t->cx->arena, "%s is already claimed by %s; the first claim stands", ref,
				other));
		return;
	}
	if (first) {
		error(t, found, parse_twice(t->cx->arena, first));
		return;
	}
	pv_map_puts(t->wanted, ref, (void *)(uintptr_t)found);
	t->entities++;
	need_namespace(t, pv_text_at(found, "entity.metadata.namespace", "default"));
	wanted = owned_object(t, found);
	if (there && covers(there, wanted, 0))
		return;
	if (t->applied == APPLIED_MOST &&
	    !pv_plan_last_error(t->plan)) { /* those that are refused must not hide the others */
		t->more = true;
		return;
	}
	t->applied++;
	pv_plan_apply(t->cx, t->plan, wanted);
}

/* ---- what was there before ---- */

static void
find_owned(struct turn *t)
{
	for (const pv_controller *const *of = catalog_controllers; *of != &catalog_source_controller; of++) {
		pv_vec owned;
		pv_plan_owned(t->cx, t->plan, (*of)->kind, &owned);
		for (size_t i = 0; i < owned.len; i++) {
			pv_val *entity = *PV_AT(pv_val *, &owned, i);
			pv_map_puts(t->owned, entity_self(t->cx->arena, entity), entity);
		}
	}
}

/* Gone from the repository: deleted.  Broken there: the last good version stays, marked. */
static void
sweep(struct turn *t)
{
	size_t pos = 0;
	void *entity;
	pv_str ref;
	keep_undecided(&(keep){t->cx->arena, t->owned, t->wanted, t->by_ref, t->by_file}, &t->errors);
	while (pv_map_each(t->owned, &pos, &ref, &entity)) {
		const char *broken = pv_map_find(t->by_ref, ref.s, ref.len);
		bool wanted = pv_map_find(t->wanted, ref.s, ref.len);
		t->kept += broken && !wanted;
		if (broken || wanted)
			pv_plan_annotate(t->cx, t->plan, entity, ERRORS_KEY, broken);
		else
			pv_plan_delete(t->cx, t->plan, entity, NULL);
	}
}

/* ---- the turn ---- */

/* When what is in the catalog was read: a status that said more would never rest. */
static const char *
last_sync(const struct turn *t, bool read)
{
	const char *before = pv_text_at(t->source, "status.lastSync", NULL);
	bool same = pv_streq(pv_text_at(t->source, "status.commit", NULL), t->commit);
	return !read || (same && before) ? before : pv_time_format(t->cx->arena, pv_plan_now(t->plan));
}

/* The errors as the status shows them: how an entity was found is nobody's business. */
static pv_val
shown_errors(struct turn *t)
{
	pv_listb b;
	pv_listb_init(&b, t->cx->arena);
	for (size_t i = 0; i < t->errors.len && i < ERRORS_SHOWN; i++)
		pv_listb_add(&b, pv_without(t->cx->arena, &t->errors.items[i], "undecided"));
	return pv_listb_end(&b);
}

static pv_val
status(struct turn *t, const char *ready, const char *reason, const char *message)
{
	const pv_val *old = pv_at(t->source, "status.conditions");
	bool read = !pv_streq(reason, "RepositoryError") && !pv_streq(reason, "Refused");
	pv_objb b;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "commit", t->commit);
	pv_objb_put(&b, "entities", pv_int((int64_t)t->entities));
	pv_objb_put(&b, "kept", pv_int((int64_t)t->kept));
	pv_objb_put(&b, "errorCount", pv_int((int64_t)t->errors.len));
	pv_objb_put(&b, "errors", shown_errors(t));
	pv_objb_puts(&b, "lastSync", last_sync(t, read));
	pv_objb_put(&b, "conditions",
		    pv_condition_set(t->cx, old, "Ready", ready, reason, message, pv_plan_now(t->plan)));
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(t->source, "metadata.generation", 0)));
	return pv_objb_end(&b);
}

/* The repository could not be read: what is in the catalog stays. */
static int
unreadable(struct turn *t)
{
	const char *message = pv_strdup(t->cx->arena, pv_error_text(t->cx));
	t->commit = pv_text_at(t->source, "status.commit", NULL);
	t->entities = (size_t)pv_i64_at(t->source, "status.entities", 0);
	t->kept = (size_t)pv_i64_at(t->source, "status.kept", 0);
	pv_plan_status(t->cx, t->plan, status(t, "False", "RepositoryError", message));
	return pv_plan_fail(t->cx, t->plan, "RepositoryError");
}

static int
ask(struct turn *t, const pv_val **ret)
{
	const pv_val *tree;
	pv_val args;
	pv_objb b;
	int r;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "repo", t->repo);
	pv_objb_puts(&b, "revision", t->revision);
	pv_objb_puts(&b, "path", "");
	args = pv_objb_end(&b);
	r = pv_plan_fact(t->cx, t->plan, "git-tree", &args, &tree);
	if (r != 1)
		return r;
	t->commit = pv_text_at(tree, "commit", "");
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "repo", t->repo);
	pv_objb_puts(&b, "commit", t->commit);
	pv_objb_put(&b, "paths", *files_paths(t->cx, pv_at(t->source, "spec.paths")));
	args = pv_objb_end(&b);
	return pv_plan_fact(t->cx, t->plan, "catalog-files", &args, ret);
}

/* "144 entities, 2 more kept as they last were, 2 errors" */
static const char *
counts(struct turn *t)
{
	const char *kept = !t->kept ? ""
			   : t->kept == 1
				   ? ", 1 more kept as it last was"
				   : pv_printf(t->cx->arena, ", %zu more kept as they last were", t->kept);
	return pv_printf(t->cx->arena, "%s%s, %s", pv_counted(t->cx->arena, t->entities, "entity"), kept,
			 pv_counted(t->cx->arena, t->errors.len, "error"));
}

/* What is wrong, the first few of them whole. */
static const char *
faults_told(struct turn *t)
{
	pv_buf out;
	pv_buf_init(&out, t->cx->arena);
	pv_buf_printf(&out, "%s: ", counts(t));
	for (size_t i = 0; i < t->errors.len && i < TOLD_MOST; i++)
		pv_buf_printf(&out, "%s%s", i ? "; " : "", keep_fault(t->cx->arena, &t->errors.items[i]));
	if (t->errors.len > TOLD_MOST)
		pv_buf_printf(&out, "; and %zu more in .status.errors", t->errors.len - TOLD_MOST);
	return out.s;
}

static const char *
nothing_read(struct turn *t)
{
	const pv_val *paths = files_paths(t->cx, pv_at(t->source, "spec.paths"));
	pv_buf out;
	pv_buf_init(&out, t->cx->arena);
	pv_buf_printf(&out, "no file of commit %.7s matches ", t->commit);
	for (size_t i = 0; i < pv_count(paths); i++)
		pv_buf_printf(&out, "%s%s", i ? " or " : "", pv_text(pv_item(paths, i), ""));
	return out.s;
}

static void
conclude(struct turn *t, const char *ready, const char *reason, const char *message)
{
	pv_plan_summary(t->cx, t->plan, "commit %.7s: %s", t->commit, message);
	pv_plan_status(t->cx, t->plan, status(t, ready, reason, message));
}

/* Paths that somebody wrote and that match nothing are a mistake; a repository without a
 * catalog-info.yaml may get one yet. */
static void
tell(struct turn *t)
{
	const char *refused = pv_plan_last_error(t->plan);
	if (refused)
		conclude(t, "False", "Refused", refused);
	else if (t->errors.len)
		conclude(t, "False", "Faulty", faults_told(t));
	else if (t->no_file)
		conclude(t, pv_count(pv_at(t->source, "spec.paths")) ? "False" : "True", "NoFile",
			 nothing_read(t));
	else
		conclude(t, "True", "Read", counts(t));
}

static void
turn_init(struct turn *t, pv_ctx *cx, const pv_val *source, pv_plan *plan)
{
	*t = (struct turn){.cx = cx, .plan = plan, .source = source};
	t->repo = pv_text_at(source, "spec.repoURL", "");
	t->revision = pv_text_at(source, "spec.revision", "HEAD");
	t->base = place_of_files(t);
	pv_listb_init(&t->errors, cx->arena);
	t->by_ref = pv_map_new(cx->arena);
	t->by_file = pv_map_new(cx->arena);
	t->owned = pv_map_new(cx->arena);
	t->wanted = pv_map_new(cx->arena);
	t->namespaces = pv_map_new(cx->arena);
}

static int
reconcile(pv_ctx *cx, const pv_val *source, pv_plan *plan)
{
	struct turn t;
	const pv_val *found = NULL, *list;
	int r;
	if (pv_at(source, "metadata.deletionTimestamp"))
		return 0;
	turn_init(&t, cx, source, plan);
	r = ask(&t, &found);
	if (r < 0)
		return unreadable(&t);
	if (r == 0)
		return 0;
	find_owned(&t);
	t.no_file = pv_i64_at(found, "files", 1) == 0;
	list = pv_get(found, "errors");
	for (size_t i = 0; i < pv_count(list); i++)
		keep_error(&t, pv_item(list, i));
	list = pv_get(found, "entities");
	for (size_t i = 0; i < pv_count(list); i++)
		take(&t, pv_item(list, i));
	sweep(&t);
	pv_plan_reason(cx, plan, "%s at commit %.7s", counts(&t), t.commit);
	if (t.more)
		pv_plan_requeue(plan, 1);
	else
		tell(&t);
	return 0;
}

const pv_controller catalog_source_controller = {
	.name = "catalog-source",
	.kind = "portal.pave.dev/v1alpha1/CatalogSource",
	.reconcile = reconcile,
};
