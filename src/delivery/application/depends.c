/* depends: an order among Applications.  Who is named in the annotation must be Synced and Healthy, at what its
 * repository says now, before a sync of something new begins; and nobody who is named is taken down before those
 * who name him.  What was let through once goes on and is healed, so that one that falters for a moment stops nothing
 * that runs. */
#include "delivery/application/depends.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/application/operation.h"
#include "delivery/application/project.h"
#include "delivery/application/sources.h"
#include "lang/json/json.h"

#define APPLICATION "argoproj.io/v1alpha1/Application"
#define NAMED_MOST 64
#define LOOKED_MOST 1000 /* Applications that one is looked for among */
#define TOLD_MOST 5
#define VIA_MOST 1000 /* bytes of how one comes to need another */

struct named {
	const char *ns, *name;
	const char *via; /* "a -> b" from where the walk began; NULL: it began here */
};

/* ---- what is written ---- */

/* Lower case letters, digits, dashes and dots (RFC 1123). */
static bool
is_name(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", s.s[i]))
			return false;
	return s.len > 0 && s.len <= 253;
}

/* "name" or "namespace/name"; false: it is neither. */
static bool
read_name(pv_arena *arena, pv_str text, const char *ns, struct named *ret)
{
	const char *slash = memchr(text.s, '/', text.len);
	pv_str own = text, name = text;
	if (slash) {
		own.len = (size_t)(slash - text.s);
		name = (pv_str){slash + 1, text.len - own.len - 1};
	}
	if (!is_name(name) || (slash && !is_name(own)))
		return false;
	*ret = (struct named){.ns = slash ? pv_strndup(arena, own.s, own.len) : ns,
			      .name = pv_strndup(arena, name.s, name.len)};
	return true;
}

/* Those that the Application names (of struct named); the first text that is no name, or NULL. */
static const char *
read_names(pv_arena *arena, const pv_val *application, pv_vec *ret)
{
	const char *ns = pv_text_at(application, "metadata.namespace", "");
	pv_str rest = pv_strv(pv_get(pv_at(application, "metadata.annotations"), DEPENDS_ON)), piece;
	pv_vec_init(ret, arena, sizeof(struct named));
	while (pv_str_next(&rest, ',', &piece)) {
		struct named one;
		piece = pv_str_trim(piece);
		if (!piece.len)
			continue;
		if (!read_name(arena, piece, ns, &one))
			return pv_strndup(arena, piece.s, piece.len);
		if (ret->len < NAMED_MOST)
			pv_vec_push(ret, &one);
	}
	return NULL;
}

void
depends_keys(pv_ctx *cx, const pv_val *application, pv_vec *ret)
{
	pv_vec names;
	(void)read_names(cx->arena, application, &names);
	for (size_t i = 0; i < names.len; i++) {
		const struct named *one = PV_AT(struct named, &names, i);
		const char *key = pv_printf(cx->arena, "%s/%s", one->ns, one->name);
		pv_vec_push(ret, &key);
	}
}

/* As people of the Application's namespace would write it. */
static const char *
label(const app *a, const struct named *one)
{
	return pv_streq(one->ns, a->ns) ? one->name : pv_printf(a->cx->arena, "%s/%s", one->ns, one->name);
}

/* ---- whom it may name ---- */

static const char *
project_name(const pv_val *application)
{
	const char *name = pv_text_at(application, "spec.project", "");
	return *name ? name : "default";
}

/* How another one does is told, and whether it may go decided, among those of a namespace or of one project that
 * administrators keep. */
static bool
is_near(app *a, const pv_val *from, const pv_val *to)
{
	const char *here = pv_text_at(from, "metadata.namespace", ""),
		   *there = pv_text_at(to, "metadata.namespace", ""), *name = project_name(from);
	const pv_val *project;
	if (pv_streq(here, there))
		return true;
	if (!pv_streq(name, project_name(to)))
		return false;
	project = pv_plan_find(a->cx, a->plan, "argoproj.io/v1alpha1/AppProject", PROJECT_HOME, name);
	return project ? project_admits_namespace(project, here) && project_admits_namespace(project, there)
		       : pv_streq(name, "default");
}

/* ---- in a ring ---- */

static void
queue_names(app *a, const pv_val *of, const char *via, pv_map *seen, pv_vec *queue)
{
	pv_vec names;
	(void)read_names(a->cx->arena, of, &names);
	for (size_t i = 0; i < names.len; i++) {
		struct named *one = PV_AT(struct named, &names, i);
		const char *key = pv_printf(a->cx->arena, "%s/%s", one->ns, one->name);
		const pv_val *other = pv_plan_find(a->cx, a->plan, APPLICATION, one->ns, one->name);
		if (!other || !is_near(a, of, other) || queue->len >= LOOKED_MOST || pv_map_finds(seen, key))
			continue;
		one->via = pv_printf(a->cx->arena, "%s -> %s", strlen(via) < VIA_MOST ? via : "...",
				     label(a, one));
		pv_map_puts(seen, key, one);
		pv_vec_push(queue, one);
	}
}

/* Whom the Application needs, and those need: "namespace/name" -> struct named *, with how it comes to that: "web -> api
 * -> web". */
static pv_map *
needed_by(app *a)
{
	pv_map *seen = pv_map_new(a->cx->arena);
	pv_vec queue;
	pv_vec_init(&queue, a->cx->arena, sizeof(struct named));
	queue_names(a, a->object, a->name, seen, &queue);
	for (size_t i = 0; i < queue.len; i++) {
		struct named one = *PV_AT(struct named, &queue, i);
		const pv_val *other = pv_plan_find(a->cx, a->plan, APPLICATION, one.ns, one.name);
		queue_names(a, other, one.via, seen, &queue);
	}
	return seen;
}

static const struct named *
find_needed(const app *a, const pv_map *needed, const char *ns, const char *name)
{
	return pv_map_finds(needed, pv_printf(a->cx->arena, "%s/%s", ns, name));
}

/* ---- how they do ---- */

static bool
is_git(const pv_val *source)
{
	return !*pv_text_at(source, "chart", "") &&
	       !pv_starts_with(pv_text_at(source, "repoURL", ""), "oci://");
}

/* One that is waited for, or that a promotion is about. */
struct other {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object;
	int64_t since; /* what is known of its repository must be no older (wall clock); 0: any */
};

/* Has it looked at what its repository says now?  It may be asked before it has run its turn. */
static bool
is_behind(const struct other *o, const pv_val *source, const char *revision)
{
	const char *target = pv_text_at(source, "targetRevision", "");
	const pv_val *commit;
	pv_objb b;
	pv_val args;
	int r;
	if (!is_git(source))
		return false;
	pv_objb_init(&b, o->cx->arena);
	pv_objb_puts(&b, "repo", pv_text_at(source, "repoURL", ""));
	pv_objb_puts(&b, "revision", *target ? target : "HEAD");
	args = pv_objb_end(&b);
	r = pv_plan_fact_since(o->cx, o->plan, "git-commit", &args, o->since, &commit);
	if (r < 0)
		pv_recover(o->cx); /* its own status says so */
	return r == 0 || (r > 0 && !pv_streq(pv_text_at(commit, "commit", ""), revision));
}

static bool
any_behind(const struct other *o)
{
	const pv_val *list = pv_at(o->object, "spec.sources"), *at = pv_at(o->object, "status.sync");
	if (!pv_count(list))
		return is_behind(o, application_source(o->cx->arena, o->object),
				 pv_text_at(at, "revision", ""));
	for (size_t i = 0; i < pv_count(list); i++)
		if (is_behind(o, pv_item(list, i), pv_text(pv_item(pv_get(at, "revisions"), i), "")))
			return true;
	return false;
}

static bool
same_or_none(const pv_val *a, const pv_val *b)
{
	return a && b ? pv_eq(a, b) : !pv_count(a) && !pv_count(b);
}

/* Is its status about what it says now? */
static bool
is_of_its_spec(pv_arena *arena, const pv_val *other)
{
	const pv_val *to = pv_at(other, "status.sync.comparedTo"), *many = pv_at(other, "spec.sources");
	return same_or_none(pv_get(to, "sources"), many) &&
	       same_or_none(pv_get(to, "source"), application_source(arena, other)) &&
	       same_or_none(pv_get(to, "destination"), pv_at(other, "spec.destination"));
}

/* Its last sync failed, and was of what is compared now: a hook, say, so that nothing differs. */
static bool
failed_here(pv_arena *arena, const pv_val *other)
{
	const pv_val *state = pv_at(other, "status.operationState");
	return op_finished(state) && !op_partial(state) &&
	       !pv_streq(pv_text_at(state, "phase", ""), "Succeeded") &&
	       pv_streq(sources_revisions_of(arena, pv_get(state, "syncResult")),
			sources_revisions_of(arena, pv_at(other, "status.sync")));
}

const char *
application_unready(pv_ctx *cx, pv_plan *plan, const pv_val *other, int64_t since)
{
	const struct other o = {cx, plan, other, since};
	const char *sync = pv_text_at(other, "status.sync.status", ""),
		   *health = pv_text_at(other, "status.health.status", "");
	const pv_val *state = pv_at(other, "status.operationState");
	if (pv_at(other, "metadata.deletionTimestamp"))
		return "it is being deleted";
	if (!*sync || !is_of_its_spec(cx->arena, other))
		return "it has not been compared yet";
	if (any_behind(&o))
		return "it has not looked at the newest commit yet";
	if (pv_get(other, "operation") || op_running(state))
		return pv_printf(cx->arena, "it is being synced, %s",
				 pv_text_at(state, "message", "which was asked for just now"));
	if (failed_here(cx->arena, other))
		return pv_printf(cx->arena, "its last sync failed, %s", pv_text_at(state, "message", ""));
	if (!pv_streq(sync, "Synced") || !pv_streq(health, "Healthy"))
		return pv_printf(cx->arena, "it is %s and %s", sync, *health ? health : "of unknown health");
	return NULL;
}

/* ---- what is asked ---- */

void
depends_check(app *a)
{
	pv_vec names;
	const char *wrong = read_names(a->cx->arena, a->object, &names);
	const struct named *ring;
	if (wrong)
		app_condition(a, "DependencyError",
			      "annotation " DEPENDS_ON ": expected names of Applications, or namespace/name, "
			      "with commas between them, found \"%.*s\"",
			      PV_CLIP(wrong));
	else if (names.len == NAMED_MOST)
		app_condition(a, "DependencyError",
			      "annotation " DEPENDS_ON ": expected fewer than %d Applications", NAMED_MOST);
	ring = names.len ? find_needed(a, needed_by(a), a->ns, a->name) : NULL;
	if (ring)
		app_condition(a, "DependencyError",
			      "it waits for itself (%s): take one of them out of the annotation " DEPENDS_ON,
			      ring->via);
	for (size_t i = 0; i < names.len; i++) {
		const struct named *one = PV_AT(struct named, &names, i);
		const pv_val *other = pv_plan_find(a->cx, a->plan, APPLICATION, one->ns, one->name);
		if (other && !is_near(a, a->object, other))
			app_condition(a, "DependencyError",
				      "application %s is of another namespace and not of project '%s', which "
				      "would have to admit both namespaces: it cannot be waited for",
				      label(a, one), project_name(a->object));
	}
}

static bool
is_wrong(const app *a)
{
	for (size_t i = 0; i < a->conditions.len; i++)
		if (pv_streq(pv_text_at(PV_AT(pv_val, &a->conditions, i), "type", ""), "DependencyError"))
			return true;
	return false;
}

/* What Git says.  Another commit may say the same. */
static const char *
digest(const app *a)
{
	uint8_t sum[32];
	pv_buf b;
	pv_buf_init(&b, a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++)
		if (PV_AT(item, &a->items, i)->want)
			pv_json_write_sorted(&b, PV_AT(item, &a->items, i)->want);
	pv_sha256(b.s, b.len, sum);
	return pv_hex(a->cx->arena, sum, 8);
}

const pv_val *
depends_let(app *a, const pv_val *state)
{
	if (op_partial(state) || !pv_get(pv_at(a->object, "metadata.annotations"), DEPENDS_ON))
		return state;
	return pv_box(a->cx->arena, pv_with(a->cx->arena, state, OP_LET, pv_string_ref(digest(a))));
}

const char *
depends_wait(app *a, const pv_val *state)
{
	const char *first = NULL;
	size_t told = 0;
	pv_vec names;
	pv_buf b;
	if (is_wrong(a))
		return "its annotation " DEPENDS_ON " to be put right, as the condition DependencyError says";
	(void)read_names(a->cx->arena, a->object, &names);
	pv_buf_init(&b, a->cx->arena);
	for (size_t i = 0; i < names.len; i++) {
		const struct named *one = PV_AT(struct named, &names, i);
		const pv_val *other = pv_plan_find(a->cx, a->plan, APPLICATION, one->ns, one->name);
		const char *why =
			other ? application_unready(a->cx, a->plan, other, 0) : "there is none of that name";
		if (!why)
			continue;
		why = pv_printf(a->cx->arena, "application %s: %s", label(a, one), why);
		first = first ? first : why;
		if (told++ < TOLD_MOST)
			pv_buf_printf(&b, "%s%s", b.len ? "; " : "", why);
	}
	if (told > TOLD_MOST)
		pv_buf_printf(&b, "; and %zu more", told - TOLD_MOST);
	if (first && pv_streq(pv_text_at(state, OP_LET, ""), digest(a)))
		return NULL;
	if (first)
		app_condition(a, "WaitingForDependencies", "no sync of anything new begins yet: %s", b.s);
	return first;
}

const char *
depends_held(app *a)
{
	const char *key = pv_printf(a->cx->arena, "%s/%s", a->ns, a->name);
	size_t told = 0;
	pv_map *needed;
	pv_vec all;
	pv_buf b;
	pv_buf_init(&b, a->cx->arena);
	pv_vec_init(&all, a->cx->arena, sizeof(const pv_val *));
	pv_plan_indexed(a->cx, a->plan, DEPENDS_INDEX, key, &all);
	needed = all.len ? needed_by(a) : NULL;
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *other = *PV_AT(const pv_val *, &all, i);
		struct named one = {.ns = pv_text_at(other, "metadata.namespace", ""),
				    .name = pv_text_at(other, "metadata.name", "")};
		if (!is_near(a, other, a->object) ||
		    find_needed(a, needed, one.ns, one.name)) /* in a ring all would wait for ever */
			continue;
		if (told++ < TOLD_MOST)
			pv_buf_printf(&b, "%s%s", b.len ? ", " : "", label(a, &one));
	}
	if (told > TOLD_MOST)
		pv_buf_printf(&b, " and %zu more", told - TOLD_MOST);
	return told ? b.s : NULL;
}
