/* mirror: a map of objects, what is marked how, and who is to be told of either. */
#include "delivery/clusters/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/sets.h"
#include "base/str.h"

#define TRACKING "argocd.argoproj.io/tracking-id"
#define MARKS 3
#define TEXT_MOST 1024 /* of a key, a version or a mark: no server has longer ones, and no Application */

struct thing {
	char *version;
	char *marks[MARKS]; /* "tracking KEY"; NULL: none */
	char *same;         /* digest of what an apply of changes nothing of this version; NULL: nothing */
	uint64_t round;
	int64_t wrote; /* news of this version and older are none; 0: nothing was written */
	bool gone;     /* written away: kept until the list or the watch says so, too */
};

struct mirror {
	pv_map *shelves; /* "apps/Deployment" -> map of its things: "NS/NAME" -> struct thing */
	size_t things;   /* all of them */
	pv_sets *marked; /* mark -> keys */
	pv_sets *askers; /* mark, or "=" and key -> askers */
	pv_map *changed; /* asker -> itself */
	size_t gone;     /* of the things */
};

mirror *
mirror_new(void)
{
	mirror *m = pv_heap_new(sizeof(*m));
	m->shelves = pv_map_new(NULL);
	m->marked = pv_sets_new();
	m->askers = pv_sets_new();
	m->changed = pv_map_new(NULL);
	return m;
}

static void
thing_free(struct thing *t)
{
	for (size_t i = 0; i < MARKS; i++)
		pv_heap_free(t->marks[i]);
	pv_heap_free(t->version);
	pv_heap_free(t->same);
	pv_heap_free(t);
}

mirror *
mirror_free(mirror *m)
{
	size_t pos = 0;
	void *shelf, *t;
	if (!m)
		return NULL;
	while (pv_map_each(m->shelves, &pos, NULL, &shelf)) {
		size_t at = 0;
		while (pv_map_each(shelf, &at, NULL, &t))
			thing_free(t);
		pv_map_free(shelf);
	}
	pv_map_free(m->shelves);
	pv_sets_free(m->marked);
	pv_sets_free(m->askers);
	pv_map_free(m->changed);
	pv_heap_free(m);
	return NULL;
}

size_t
mirror_len(const mirror *m)
{
	return m->things - m->gone;
}

char *
mirror_key(pv_arena *arena, const char *group, const char *kind, const char *ns, const char *name)
{
	return pv_printf(arena, "%s/%s/%s/%s", group, kind, ns, name);
}

/* ---- where they lie ---- */

static size_t
type_len(const char *key)
{
	const char *group = strchr(key, '/'), *end = group ? strchr(group + 1, '/') : NULL;
	return end ? (size_t)(end - key) : strlen(key);
}

/* Behind the type; "" of what has none. */
static const char *
rest_of(const char *key)
{
	size_t len = type_len(key);
	return key[len] ? key + len + 1 : "";
}

static struct thing *
find_thing(const mirror *m, const char *key)
{
	const pv_map *shelf = pv_map_find(m->shelves, key, type_len(key));
	return shelf ? pv_map_finds(shelf, rest_of(key)) : NULL;
}

static void
put_thing(mirror *m, const char *key, struct thing *t)
{
	pv_map *shelf = pv_map_find(m->shelves, key, type_len(key));
	if (!shelf) {
		shelf = pv_map_new(NULL);
		pv_map_put(m->shelves, key, type_len(key), shelf);
	}
	m->things += pv_map_puts(shelf, rest_of(key), t) == NULL;
}

/* ---- who is told ---- */

/* Once: who looks again asks again, and who does not is nobody any more. */
static void
tell(mirror *m, const char *name)
{
	pv_map *set = pv_sets_take(m->askers, name);
	size_t pos = 0;
	pv_str asker;
	while (set && pv_map_each(set, &pos, &asker, NULL))
		pv_map_put(m->changed, asker.s, asker.len, m);
	pv_map_free(set);
}

void
mirror_tell(mirror *m, const char *key)
{
	char *own = pv_heap_printf("=%s", key);
	tell(m, own);
	pv_heap_free(own);
}

static void
tell_of(mirror *m, const char *key, const struct thing *t)
{
	mirror_tell(m, key);
	for (size_t i = 0; t && i < MARKS && t->marks[i]; i++)
		tell(m, t->marks[i]);
}

void
mirror_ask(mirror *m, const char *mark, const char *asker)
{
	pv_sets_add(m->askers, mark, asker);
}

void
mirror_ask_key(mirror *m, const char *key, const char *asker)
{
	char *own = pv_heap_printf("=%s", key);
	pv_sets_add(m->askers, own, asker);
	pv_heap_free(own);
}

void
mirror_take_changed(mirror *m, pv_arena *arena, pv_vec *ret)
{
	size_t pos = 0;
	pv_str asker;
	pv_vec_init(ret, arena, sizeof(const char *));
	while (pv_map_each(m->changed, &pos, &asker, NULL)) {
		const char *copy = pv_strndup(arena, asker.s, asker.len);
		pv_vec_push(ret, &copy);
	}
	pv_map_free(m->changed);
	m->changed = pv_map_new(NULL);
}

/* ---- things ---- */

static char *
mark_of(const char *word, const char *text, size_t len)
{
	return len && len <= TEXT_MOST ? pv_heap_printf("%s %.*s", word, (int)len, text) : NULL;
}

/* What it says of itself: the Application of its tracking id, and labels that may be one. */
static void
mark(struct thing *t, const pv_val *meta)
{
	static const char *const labels[] = {"app.kubernetes.io/instance", "argocd.argoproj.io/instance"};
	const char *id = pv_text(pv_get(pv_get(meta, "annotations"), TRACKING), "");
	size_t n = 0;
	if (*id)
		t->marks[n++] = mark_of("tracking", id, strcspn(id, ":"));
	if (n && !t->marks[0])
		n = 0;
	for (size_t i = 0; i < PV_LEN(labels); i++) {
		const char *value = pv_text(pv_get(pv_get(meta, "labels"), labels[i]), "");
		t->marks[n] = mark_of("instance", value, strlen(value));
		n += t->marks[n] != NULL;
	}
}

static void
unlink_marks(mirror *m, const char *key, const struct thing *t)
{
	for (size_t i = 0; i < MARKS && t->marks[i]; i++)
		(void)pv_sets_remove(m->marked, t->marks[i], key);
}

static void
remove_thing(mirror *m, const char *key)
{
	pv_map *shelf = pv_map_find(m->shelves, key, type_len(key));
	struct thing *t = find_thing(m, key);
	if (!t)
		return;
	if (!t->gone)
		tell_of(m, key, t);
	unlink_marks(m, key, t);
	m->gone -= t->gone;
	m->things--;
	pv_map_del(shelf, rest_of(key), strlen(rest_of(key)));
	thing_free(t);
}

/* Versions are numbers of one counter at every API server there is; one that is none is never old. */
static int64_t
number(const char *version)
{
	int64_t n;
	return version && pv_parse_int(pv_str_of(version), &n) ? n : INT64_MAX;
}

static void
become(mirror *m, const char *key, const pv_val *meta, uint64_t round)
{
	struct thing *old = find_thing(m, key), *t = pv_heap_new(sizeof(*t));
	t->version = pv_heap_printf("%s", pv_text_at(meta, "resourceVersion", ""));
	t->round = round;
	mark(t, meta);
	if (old) {
		tell_of(m, key, old);
		unlink_marks(m, key, old);
		t->wrote = old->wrote;
		m->gone -= old->gone;
		thing_free(old);
	}
	put_thing(m, key, t);
	for (size_t i = 0; i < MARKS && t->marks[i]; i++)
		pv_sets_add(m->marked, t->marks[i], key);
	tell_of(m, key, t);
}

/* Who says so lies, at the cost of this server's memory. */
static bool
is_odd(const char *key, const char *version)
{
	return strlen(key) > TEXT_MOST || strlen(version) > TEXT_MOST;
}

bool
mirror_put(mirror *m, const char *key, const pv_val *meta, uint64_t round)
{
	struct thing *t = find_thing(m, key);
	const char *version = pv_text_at(meta, "resourceVersion", "");
	if (is_odd(key, version))
		return true;
	if (!t && m->things >= MIRROR_MOST)
		return false;
	if (t && round)
		t->round = round;
	if (t && (number(version) <= t->wrote || (!t->gone && pv_streq(t->version, version))))
		return true;
	become(m, key, meta, t ? t->round : round);
	return true;
}

bool
mirror_wrote(mirror *m, const char *key, const pv_val *meta)
{
	struct thing *t = find_thing(m, key);
	int64_t n = number(pv_text_at(meta, "resourceVersion", ""));
	if (!t && m->things >= MIRROR_MOST)
		return false;
	if (n == INT64_MAX || is_odd(key, pv_text_at(meta, "resourceVersion", "")) ||
	    (t && (n < t->wrote || n < number(t->version))))
		return true; /* a watch was faster */
	if (!t || t->gone || !pv_streq(t->version, pv_text_at(meta, "resourceVersion", "")))
		become(m, key, meta, t ? t->round : 0);
	t = find_thing(m, key);
	t->wrote = n - 1; /* the same news from a watch are none, either: the version is equal */
	return true;
}

void
mirror_drop(mirror *m, const char *key, const char *version)
{
	struct thing *t = find_thing(m, key);
	if (!t || (version && number(version) < number(t->version)))
		return;
	if (version) {
		remove_thing(m, key);
		return;
	}
	if (!t->gone) { /* what a watch still has to say of it is older than this */
		tell_of(m, key, t);
		unlink_marks(m, key, t);
		for (size_t i = 0; i < MARKS; i++) {
			pv_heap_free(t->marks[i]);
			t->marks[i] = NULL;
		}
		t->gone = true;
		m->gone++;
		t->wrote = number(t->version) == INT64_MAX ? 0 : number(t->version);
	}
}

/* Written while the list was on its way. */
static bool
is_newer(const struct thing *t, const char *version)
{
	return t->wrote && number(t->version) > number(version);
}

void
mirror_sweep(mirror *m, const char *type, const char *ns, uint64_t round, const char *version)
{
	char *begin = pv_heap_printf("%s%s", ns ? ns : "", ns ? "/" : "");
	const pv_map *shelf = pv_map_finds(m->shelves, type);
	pv_arena *arena = pv_arena_new("sweep");
	size_t pos = 0;
	pv_str key;
	void *p;
	pv_vec dead;
	pv_vec_init(&dead, arena, sizeof(const char *));
	while (shelf && pv_map_each(shelf, &pos, &key, &p)) {
		const struct thing *t = p;
		const char *copy;
		if (t->round == round || !pv_starts_with(key.s, begin) || is_newer(t, version))
			continue;
		copy = pv_printf(arena, "%s/%.*s", type, (int)key.len, key.s);
		pv_vec_push(&dead, &copy);
	}
	for (size_t i = 0; i < dead.len; i++)
		remove_thing(m, *PV_AT(const char *, &dead, i));
	pv_arena_free(arena);
	pv_heap_free(begin);
}

const char *
mirror_version(const mirror *m, const char *key)
{
	const struct thing *t = find_thing(m, key);
	return t && !t->gone ? t->version : NULL;
}

void
mirror_marked(const mirror *m, pv_arena *arena, const char *name, pv_vec *ret)
{
	pv_sets_list(m->marked, arena, name, ret);
}

void
mirror_note_same(mirror *m, const char *key, const char *version, const char *digest)
{
	struct thing *t = find_thing(m, key);
	if (!t || !pv_streq(t->version, version))
		return;
	pv_heap_free(t->same);
	t->same = pv_heap_printf("%s", digest);
}

bool
mirror_is_same(const mirror *m, const char *key, const char *version, const char *digest)
{
	const struct thing *t = find_thing(m, key);
	return t && t->same && pv_streq(t->version, version) && pv_streq(t->same, digest);
}
