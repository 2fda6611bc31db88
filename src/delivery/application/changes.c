/* changes: what a change of a repository would change: which Applications, which of their objects, and what the policies
 * say of them.  An Application counts if it follows the branch that the change is for; what its two renderings have in
 * common is none of the change's business. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/turn.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/application/destination.h"
#include "delivery/application/mask.h"
#include "delivery/application/preview.h"

#define APPS_MOST 100    /* told with their objects */
#define OBJECTS_MOST 200 /* of one Application */
#define APPLICATION "argoproj.io/v1alpha1/Application"

struct seek {
	pv_ctx *cx;
	pv_plan *plan;
	const application_change *change;
	const char *base, *head; /* commits, once they are known */
	pv_listb out;
	size_t followed, touched, more;
	bool waits;      /* something is not known yet */
	const char *why; /* a repository could not be read, with code; NULL: all could */
	int code;
};

static bool
is_commit(const char *text)
{
	return strlen(text) == 40 && strspn(text, "0123456789abcdef") == 40;
}

/* ---- which ---- */

static bool
is_of(const struct seek *s, const pv_val *source)
{
	const char *repo = pv_text_at(source, "repoURL", "");
	const pv_val *all = s->change->repositories;
	for (size_t i = 0; !*pv_text_at(source, "chart", "") && i < pv_count(all); i++)
		if (pv_git_same(repo, pv_text(pv_item(all, i), "")))
			return true;
	return false;
}

static int
ask_base(struct seek *s, const char *repo, const char *one, const char *other, const pv_val **ret)
{
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "revision", one);
	pv_objb_puts(&b, "with", other);
	args = pv_objb_end(&b);
	return pv_plan_fact_since(s->cx, s->plan, "git-base", &args, s->change->since, ret);
}

/* Is the branch the repository's first one?  Both are at one commit then. */
static bool
is_head(struct seek *s, const char *repo)
{
	const pv_val *found;
	int r;
	if (pv_streq(s->change->base, "HEAD"))
		return true;
	r = ask_base(s, repo, "HEAD", s->change->base, &found);
	if (r < 0)
		pv_recover(s->cx);
	s->waits = s->waits || r == 0;
	return r == 1 && pv_streq(pv_text_at(found, "revision", ""), pv_text_at(found, "with", "-"));
}

/* Does it follow the branch?  What is pinned to a commit follows none. */
static bool
follows(struct seek *s, const pv_val *source)
{
	const char *target = pv_text_at(source, "targetRevision", ""), *base = s->change->base;
	if (pv_starts_with(target, "refs/heads/"))
		target += strlen("refs/heads/");
	if (is_commit(base))
		return !is_commit(target);
	return pv_streq(target, base) ||
	       ((!*target || pv_streq(target, "HEAD")) && is_head(s, pv_text_at(source, "repoURL", "")));
}

/* Is what it reads below one of the paths, or the other way about? */
static bool
is_below(const struct seek *s, const pv_val *source)
{
	const char *own = pv_git_path(s->cx->arena, pv_text_at(source, "path", ""));
	const pv_val *all = s->change->paths;
	for (size_t i = 0; i < pv_count(all); i++) {
		const char *path = pv_git_path(s->cx->arena, pv_text(pv_item(all, i), ""));
		size_t n = strlen(path) < strlen(own) ? strlen(path) : strlen(own);
		const char *longer = strlen(path) > strlen(own) ? path : own;
		if (strncmp(path, own, n) == 0 && (!n || !longer[n] || longer[n] == '/'))
			return true;
	}
	return pv_count(all) == 0 || *pv_text_at(source, "ref", "");
}

static bool
admits(const struct seek *s, const pv_val *object)
{
	return !s->change->admits || s->change->admits(s->change->arg, object);
}

/* The repository as the Application spells it, if it may be touched by the change; NULL: it may not.  Git is asked only
 * for who may know of the Application. */
static const char *
repo_of(struct seek *s, const pv_val *object)
{
	const pv_val *one = pv_at(object, "spec.source"), *many = pv_at(object, "spec.sources");
	for (size_t i = 0; i < (pv_count(many) ? pv_count(many) : 1); i++) {
		const pv_val *source = pv_count(many) ? pv_item(many, i) : one;
		if (is_of(s, source) && is_below(s, source) && admits(s, object) && follows(s, source))
			return pv_text_at(source, "repoURL", "");
	}
	return NULL;
}

/* ---- which commits ---- */

/* 1: the commits are known. */
static int
part(struct seek *s, const char *repo)
{
	const pv_val *found;
	int r = ask_base(s, repo, s->change->base, s->change->head, &found);
	if (r != 1)
		return r;
	s->base = pv_text_at(found, "commit", pv_text_at(found, "revision", ""));
	s->head = pv_text_at(found, "with", "");
	return 1;
}

/* ---- what ---- */

static item *
twin_of(const app *a, const item *it)
{
	const char *key = item_key(a, it);
	for (size_t i = 0; *it->name && i < a->items.len; i++) {
		item *other = PV_AT(item, &a->items, i);
		if (other->want && pv_streq(item_key(a, other), key))
			return other;
	}
	return NULL;
}

static pv_map *
wants_of(const app *a)
{
	pv_map *map = pv_map_new(a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (it->want)
			pv_map_puts(
				map,
				pv_printf(a->cx->arena, "%s %s", item_key(a, it),
					  *it->name ? "" : pv_text_at(it->want, "metadata.generateName", "")),
				(void *)(uintptr_t)it->want);
	}
	return map;
}

/* Names of what both renderings do not say alike. */
static pv_map *
changed(const app *base, const app *head)
{
	pv_map *was = wants_of(base), *is = wants_of(head), *out = pv_map_new(base->cx->arena);
	pv_map *const both[][2] = {{was, is}, {is, was}};
	for (size_t side = 0; side < PV_LEN(both); side++) {
		size_t pos = 0;
		pv_str key;
		void *v;
		while (pv_map_each(both[side][0], &pos, &key, &v)) {
			const pv_val *other = pv_map_find(both[side][1], key.s, key.len);
			const char *name = pv_strndup(base->cx->arena, key.s, key.len);
			if (!other || !pv_eq(v, other))
				pv_map_puts(out, pv_strndup(base->cx->arena, name, strcspn(name, " ")), out);
		}
	}
	return out;
}

/* As it is, it is not what the branch says either. */
static bool
has_drifted(app *base, const item *it)
{
	item *was = twin_of(base, it);
	const pv_val *ahead = NULL;
	if (!was || !it->live || it->hook)
		return false;
	if (destination_predict(base, was, &ahead) < 0)
		pv_recover(base->cx);
	return ahead && !pv_eq(app_essence(base, was, it->live), app_essence(base, was, ahead));
}

static const char *
key_of(pv_arena *arena, const pv_val *object)
{
	return pv_printf(arena, "%s/%s/%s/%s", pv_text_at(object, "group", ""),
			 pv_text_at(object, "kind", ""), pv_text_at(object, "namespace", ""),
			 pv_text_at(object, "name", ""));
}

/* What the change does to an object that it says something else of: a difference of the two renderings where nothing
 * is there to compare with. */
static pv_val
with_rendered(app *base, app *head, const pv_val *object, const item *it)
{
	const item *was = it ? twin_of(base, it) : NULL;
	const pv_val *from = was ? was->want : NULL, *to = it ? it->want : NULL;
	mask_pair(head, &from, &to);
	return pv_with(
		head->cx->arena, object, "rendered",
		pv_string_ref(preview_diff(head->cx->arena, key_of(head->cx->arena, object), from, to)));
}

static const item *
item_of(const app *a, const char *key)
{
	for (size_t i = 0; i < a->items.len; i++)
		if (pv_streq(item_key(a, PV_AT(item, &a->items, i)), key))
			return PV_AT(item, &a->items, i);
	return NULL;
}

static pv_val
slim(pv_arena *arena, pv_val v)
{
	static const char *const states[] = {"live", "target", "normalizedLive", "predicted"};
	for (size_t i = 0; i < PV_LEN(states); i++)
		v = pv_without(arena, &v, states[i]);
	return v;
}

static pv_val
pick(preview *base, preview *head, const pv_map *names, const pv_val *all)
{
	pv_arena *arena = head->cx->arena;
	pv_listb list;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(all); i++) {
		const char *key = key_of(arena, pv_item(all, i));
		const item *it = item_of(&head->app, key);
		pv_val v = slim(arena, *pv_item(all, i));
		if (!pv_map_finds(names, key) || !it)
			continue;
		if (it->hook || !pv_text_at(&v, "diff", NULL))
			v = with_rendered(&base->app, &head->app, &v, it);
		if (has_drifted(&base->app, it))
			v = pv_with(arena, &v, "drifted", pv_bool(true));
		pv_listb_add(&list, v);
	}
	return pv_listb_end(&list);
}

/* ---- one Application ---- */

static pv_val
titled(const pv_ctx *cx, const pv_val *object)
{
	const char *project = pv_text_at(object, "spec.project", "");
	const pv_val *destination = pv_at(object, "spec.destination");
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "namespace", pv_text_at(object, "metadata.namespace", ""));
	pv_objb_puts(&b, "name", pv_text_at(object, "metadata.name", ""));
	pv_objb_puts(&b, "project", *project ? project : "default");
	if (destination)
		pv_objb_put(&b, "destination", *destination);
	pv_objb_put(&b, "automated",
		    pv_bool(pv_is(pv_at(object, "spec.syncPolicy.automated"), PV_OBJECT) &&
			    pv_truth_at(object, "spec.syncPolicy.automated.enabled", true)));
	return pv_objb_end(&b);
}

static void
add_error(struct seek *s, const pv_val *object)
{
	pv_val v = titled(s->cx, object);
	v = pv_with(s->cx->arena, &v, "error", pv_string(s->cx->arena, pv_error_text(s->cx)));
	pv_recover(s->cx);
	if (s->touched >= APPS_MOST) {
		s->more++;
		return;
	}
	s->touched++;
	pv_listb_add(&s->out, v);
}

static void
add_touched(struct seek *s, const pv_val *object, preview *base, preview *head, const pv_map *names)
{
	pv_val found, objects, v = titled(s->cx, object);
	int r;
	if (s->touched >= APPS_MOST) {
		s->more++;
		return;
	}
	r = preview_compare(head, s->plan, &found);
	if (r < 0)
		add_error(s, object);
	if (r != 1) {
		s->waits = s->waits || r == 0;
		return;
	}
	objects = pick(base, head, names, pv_get(&found, "objects"));
	v = pv_with(s->cx->arena, &v, "changed", pv_int((int64_t)pv_map_len(names)));
	if (objects.len > OBJECTS_MOST)
		objects = pv_list_of(s->cx->arena, objects.items, OBJECTS_MOST);
	s->touched++;
	pv_listb_add(&s->out, pv_with(s->cx->arena, &v, "objects", objects));
}

/* What could not be rendered before is none of the change's doing. */
static void
look_at(struct seek *s, const pv_val *object, const char *repo)
{
	pv_arena *arena = s->cx->arena;
	preview *base = pv_new(arena, preview), *head = pv_new(arena, preview);
	const pv_val *was = pv_box(arena, application_at(arena, object, repo, s->base)),
		     *is = pv_box(arena, application_at(arena, object, repo, s->head));
	const pv_map *names;
	int before, after;
	*base = *head = (preview){.cx = s->cx};
	before = preview_open(base, s->plan, was, 0);
	if (before < 0)
		pv_recover(s->cx);
	after = preview_open(head, s->plan, is, 0);
	if (after < 0 && before < 0)
		pv_recover(s->cx);
	else if (after < 0)
		add_error(s, object);
	s->waits = s->waits || before == 0 || after == 0;
	if (before == 0 || after != 1)
		return;
	names = changed(&base->app, &head->app);
	if (pv_map_len(names))
		add_touched(s, object, base, head, names);
}

/* Where its repository cannot be read by its address, others have other addresses of it. */
static int
unread(struct seek *s, const pv_val *object, int code)
{
	if (code == -PV_ENOTFOUND && !s->change->since)
		return code; /* what is known may be too old */
	s->code = -code;
	s->why = pv_strdup(s->cx->arena, pv_error_text(s->cx));
	add_error(s, object);
	return 0;
}

static int
look_at_all(struct seek *s, const pv_vec *objects)
{
	int r = 0;
	for (size_t i = 0; r >= 0 && i < objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, objects, i);
		const char *repo = repo_of(s, object);
		if (!repo)
			continue;
		s->followed++;
		r = pv_ctx_check(s->cx);
		if (r < 0)
			return r;
		r = part(s, repo);
		if (r == 1)
			look_at(s, object, repo);
		s->waits = s->waits || r == 0;
		r = r < 0 ? unread(s, object, r) : 0;
	}
	if (r < 0 || s->waits)
		return r;
	return s->why && !s->base ? pv_fail(s->cx, s->code, "%s", s->why) : 1;
}

int
application_changes(pv_ctx *cx, pv_plan *plan, const application_change *change, pv_val *ret)
{
	struct seek s = {.cx = cx, .plan = plan, .change = change};
	pv_vec objects;
	pv_objb b;
	int r;
	pv_listb_init(&s.out, cx->arena);
	pv_plan_list(cx, plan, APPLICATION, NULL, NULL, &objects);
	r = look_at_all(&s, &objects);
	if (r != 1)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "base", s.base);
	pv_objb_puts(&b, "head", s.head);
	pv_objb_put(&b, "followed", pv_int((int64_t)s.followed));
	if (s.more)
		pv_objb_put(&b, "more", pv_int((int64_t)s.more));
	pv_objb_put(&b, "applications", pv_listb_end(&s.out));
	*ret = pv_objb_end(&b);
	return 1;
}
