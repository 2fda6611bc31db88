/* feed: one kind in one place, listed and then watched: only metadata, in pages.  What a watch missed (410) is
 * listed anew.  Of a kind that may not be listed, or whose server is ill, the others know nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/clusters/impl.h"
#include "lang/json/json.h"

#define LIST_FORM "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
#define WATCH_FORM "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
#define PAGE "500"
#define LISTS_MOST 16 /* on their way: each may be 64 MB, and the cluster is asked for other things, too */
#define WATCH_SECONDS 290
#define PAGE_MOST ((size_t)64 << 20)
#define LINE_MOST ((size_t)8 << 20)
#define REFUSED_PAUSE (60 * PV_SEC)
#define ATTEMPTS 3         /* that fail before others no longer wait for it */
#define SHORT_WATCH PV_SEC /* one that ended so soon is not begun again at once */

struct feed {
	spoke *s;
	char *type, *path, *ns; /* ns: NULL: all */
	char *group, *kind;
	char *place;          /* type and ns, as it is marked in the spoke's `unknown` */
	char *version, *more; /* of the list or the last event; of the next page */
	uint64_t round;
	int64_t again, began; /* monotonic; again: 0: a request is on its way */
	unsigned failures;
	bool listed; /* so that what it says is all, or it was told why it cannot be */
	bool anew;   /* the watch has missed something */
	pv_ctx cx;   /* of the request on its way */
};

static void
text_set(char **to, const char *text)
{
	pv_heap_free(*to);
	*to = text && *text ? pv_heap_printf("%s", text) : NULL;
}

static void
pause_for(struct feed *f, int64_t ns)
{
	f->again = pv_mono() + ns;
}

static void
back_off(struct feed *f)
{
	unsigned n = f->failures < 6 ? f->failures : 6;
	f->failures++;
	pause_for(f, PV_SEC << n);
}

static void
has_listed(struct feed *f)
{
	if (!f->listed)
		f->s->listing--;
	f->listed = true;
}

/* Until it is listed, what is not kept may be there all the same. */
static void
note_unknown(struct feed *f, bool unknown)
{
	spoke *s = f->s;
	pthread_mutex_lock(&s->lock);
	if (unknown)
		pv_map_puts(s->unknown, f->place, s);
	else
		pv_map_del(s->unknown, f->place, strlen(f->place));
	pthread_mutex_unlock(&s->lock);
}

/* It begins anew, some time; until then nothing is known of it. */
static void
give_up(struct feed *f)
{
	note_unknown(f, true);
	has_listed(f);
	text_set(&f->version, NULL);
	text_set(&f->more, NULL);
}

/* ---- objects ---- */

static void
put(struct feed *f, const pv_val *meta, uint64_t round)
{
	spoke *s = f->s;
	char *key = mirror_key(s->line.arena, f->group, f->kind, pv_text_at(meta, "namespace", ""),
			       pv_text_at(meta, "name", ""));
	pthread_mutex_lock(&s->lock);
	if (!mirror_put(s->mirror, key, meta, round))
		s->overfull = true;
	pthread_mutex_unlock(&s->lock);
}

static void
drop(struct feed *f, const pv_val *meta)
{
	spoke *s = f->s;
	char *key = mirror_key(s->line.arena, f->group, f->kind, pv_text_at(meta, "namespace", ""),
			       pv_text_at(meta, "name", ""));
	pthread_mutex_lock(&s->lock);
	mirror_drop(s->mirror, key, pv_text_at(meta, "resourceVersion", "0"));
	pthread_mutex_unlock(&s->lock);
}

/* Which kinds there are is told by objects, too. */
static bool
tells_of_kinds(const struct feed *f)
{
	return pv_streq(f->type, "apiextensions.k8s.io/CustomResourceDefinition") ||
	       pv_streq(f->type, "apiregistration.k8s.io/APIService");
}

static int
on_line(void *arg, pv_str line)
{
	struct feed *f = arg;
	const pv_val *event = NULL, *meta;
	const char *type;
	pv_ctx_reset(&f->s->line);
	if (!line.len)
		return 0;
	if (pv_json_parse(&f->s->line, line, NULL, &event) < 0) {
		pv_recover(&f->s->line);
		f->anew = true;
		return 1;
	}
	type = pv_text_at(event, "type", "");
	meta = pv_at(event, "object.metadata");
	if (pv_streq(type, "ERROR")) { /* 410, as a rule: what is kept does not reach back that far */
		f->anew = true;
		return 1;
	}
	if (*pv_text_at(meta, "resourceVersion", ""))
		text_set(&f->version, pv_text_at(meta, "resourceVersion", ""));
	if (pv_streq(type, "DELETED"))
		drop(f, meta);
	else if (!pv_streq(type, "BOOKMARK"))
		put(f, meta, 0);
	if (tells_of_kinds(f) && !pv_streq(type, "BOOKMARK"))
		atomic_store(&f->s->stale, true);
	return f->s->overfull;
}

/* ---- requests ---- */

/* What is no list (page) and no end of a watch: how it goes on.  One that fails again and again while the cluster is
 * there keeps the others from nothing. */
static void
on_failure(struct feed *f, pv_ctx *cx, int r, const pv_httpc_answer *answer)
{
	bool forbidden;
	if (r == 0)
		r = pv_client_refused(cx, f->s->client, answer);
	if (r == -PV_EGONE) {
		text_set(&f->version, NULL);
		text_set(&f->more, NULL);
		pause_for(f, 0);
		return;
	}
	if (!answer || r == -PV_EUNAUTHORIZED) /* not reached: is it there at all? */
		f->s->broken = true;
	forbidden = r == -PV_EFORBIDDEN || r == -PV_ENOTFOUND || r == -PV_EMETHOD;
	if (forbidden || f->failures >= ATTEMPTS)
		give_up(f);
	if (forbidden)
		pause_for(f, REFUSED_PAUSE);
	else
		back_off(f);
}

static void
on_watched(void *arg, pv_ctx *cx, int r, const pv_httpc_answer *answer)
{
	struct feed *f = arg;
	if (r < 0 || answer->status >= 300) {
		on_failure(f, cx, r, answer);
		return;
	}
	if (f->anew)
		text_set(&f->version, NULL);
	f->anew = false;
	f->failures = 0;
	pause_for(f, pv_mono() - f->began < SHORT_WATCH ? SHORT_WATCH : 0);
}

static void
on_page(struct feed *f, const pv_val *list)
{
	const pv_val *items = pv_get(list, "items");
	for (size_t i = 0; i < pv_count(items); i++)
		put(f, pv_get(pv_item(items, i), "metadata"), f->round);
	pv_ctx_reset(&f->s->line);
	text_set(&f->more, pv_text_at(list, "metadata.continue", ""));
	if (f->more)
		return;
	text_set(&f->version, pv_text_at(list, "metadata.resourceVersion", "0"));
	pthread_mutex_lock(&f->s->lock);
	mirror_sweep(f->s->mirror, f->type, f->ns, f->round, f->version);
	pthread_mutex_unlock(&f->s->lock);
	note_unknown(f, false);
	has_listed(f);
}

static void
on_listed(void *arg, pv_ctx *cx, int r, const pv_httpc_answer *answer)
{
	struct feed *f = arg;
	const pv_val *list = NULL;
	if (r < 0 || answer->status >= 300) {
		on_failure(f, cx, r, answer);
		return;
	}
	if (pv_json_parse(cx, answer->body, NULL, &list) < 0 ||
	    !pv_ends_with(pv_text_at(list, "kind", ""), "List")) { /* of which nothing is gone */
		give_up(f);
		back_off(f);
		return;
	}
	on_page(f, list);
	f->failures = 0;
	pause_for(f, 0);
}

static char *
path_of(struct feed *f)
{
	if (f->version)
		return pv_printf(
			f->cx.arena,
			"%s?watch=true&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d",
			f->path, pv_url_escape(f->cx.arena, f->version), WATCH_SECONDS);
	return pv_printf(f->cx.arena, "%s?limit=" PAGE "%s%s", f->path, f->more ? "&continue=" : "",
			 f->more ? pv_url_escape(f->cx.arena, f->more) : "");
}

static void
request(struct feed *f)
{
	static uint64_t rounds; /* one for every list there is */
	bool watch = f->version != NULL;
	pv_client_call call;
	pv_httpc_req req;
	pv_ctx_reset(&f->cx);
	if (!watch && !f->more)
		f->round = __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
	call = (pv_client_call){.path = path_of(f), .accept = watch ? WATCH_FORM : LIST_FORM};
	if (watch)
		call.timeout_ns = (WATCH_SECONDS + 30) * PV_SEC;
	req = pv_client_request(&f->cx, f->s->client, &call);
	req.limit = PAGE_MOST;
	if (watch) {
		req.on_line = on_line;
		req.arg = f;
		req.limit = LINE_MOST;
	}
	f->again = 0;
	f->began = pv_mono();
	pv_httpc_many_add(f->s->many, &req, watch ? on_watched : on_listed, f);
}

void
feeds_turn(spoke *s)
{
	int64_t now = pv_mono();
	size_t lists = 0;
	for (size_t i = 0; i < s->n_feeds; i++)
		lists += !s->feeds[i]->again && !s->feeds[i]->version;
	for (size_t i = 0; s->warm && i < s->n_feeds; i++) {
		struct feed *f = s->feeds[i];
		if (!f->again || f->again > now || (!f->version && lists >= LISTS_MOST))
			continue;
		lists += !f->version;
		request(f);
	}
}

/* ---- they come and go ---- */

static struct feed *
feed_free(struct feed *f)
{
	char *texts[] = {f->type, f->path, f->ns, f->group, f->kind, f->place, f->version, f->more};
	for (size_t i = 0; i < PV_LEN(texts); i++)
		pv_heap_free(texts[i]);
	pv_ctx_done(&f->cx);
	pv_heap_free(f);
	return NULL;
}

char *
feed_place(pv_arena *arena, const char *type, const char *ns)
{
	return pv_printf(arena, "%s/%s", type, ns);
}

static struct feed *
feed_new(spoke *s, const kind *k, const char *ns)
{
	struct feed *f = pv_heap_new(sizeof(*f));
	pv_client_kind at = {
		.group = k->group, .version = k->version, .plural = k->plural, .namespaced = k->namespaced};
	pv_ctx_init_small(&f->cx, "feed");
	f->s = s;
	text_set(&f->type, k->type);
	text_set(&f->path, pv_client_path(f->cx.arena, &at, ns, NULL, NULL));
	text_set(&f->ns, ns);
	f->group = pv_heap_printf("%s", k->group);
	f->kind = pv_heap_printf("%s", k->kind);
	text_set(&f->place, feed_place(f->cx.arena, k->type, ns ? ns : ""));
	return f;
}

/* What the one before knew counts. */
static void
inherit(struct feed *f, pv_map *old)
{
	struct feed *before = pv_map_del(old, f->path, strlen(f->path));
	if (!before)
		return;
	f->version = before->version;
	before->version = NULL;
	f->round = before->round;
	f->listed = before->listed && f->version;
	feed_free(before);
}

/* By path. */
static pv_map *
take_feeds(spoke *s)
{
	pv_map *map = pv_map_new(NULL);
	for (size_t i = 0; i < s->n_feeds; i++)
		pv_map_puts(map, s->feeds[i]->path, s->feeds[i]);
	pv_heap_free(s->feeds);
	return map;
}

/* What nobody looks after any more is unknown. */
static void
forget(struct feed *f)
{
	pthread_mutex_lock(&f->s->lock);
	mirror_sweep(f->s->mirror, f->type, f->ns, UINT64_MAX, NULL);
	pthread_mutex_unlock(&f->s->lock);
	note_unknown(f, false);
	feed_free(f);
}

static void
add(spoke *s, const kind *k, const char *ns)
{
	struct feed *f = feed_new(s, k, ns);
	s->feeds[s->n_feeds++] = f;
}

static void
on_warm(void *arg, pv_ctx *cx PV_UNUSED, int r, const pv_httpc_answer *answer PV_UNUSED)
{
	spoke *s = arg;
	s->warm = true;
	s->broken = s->broken || r < 0;
}

/* A hundred at once would open as many connections. */
static void
warm_up(spoke *s)
{
	pv_client_call call = {.path = "/version"};
	pv_httpc_req req;
	pv_ctx_reset(&s->line);
	req = pv_client_request(&s->line, s->client, &call);
	s->warm = false;
	pv_httpc_many_add(s->many, &req, on_warm, s);
}

void
feeds_begin(spoke *s)
{
	kinds *k = kinds_ref(s);
	pv_map *old = take_feeds(s);
	size_t places = s->says.namespaces.len, pos = 0;
	void *left;
	s->feeds = pv_heap_new((k->n * (places ? places : 1) + 1) * sizeof(*s->feeds));
	s->n_feeds = s->listing = 0;
	for (size_t i = 0; i < k->n; i++) {
		if (!k->all[i].fed || (!k->all[i].namespaced && !s->says.whole))
			continue;
		if (!k->all[i].namespaced || !places)
			add(s, &k->all[i], NULL);
		else
			for (size_t p = 0; p < places; p++)
				add(s, &k->all[i], *PV_AT(const char *, &s->says.namespaces, p));
	}
	for (size_t i = 0; i < s->n_feeds; i++) {
		inherit(s->feeds[i], old);
		s->listing += !s->feeds[i]->listed;
		pause_for(s->feeds[i], 0);
	}
	warm_up(s);
	while (pv_map_each(old, &pos, NULL, &left))
		forget(left);
	for (size_t i = 0; i < s->n_feeds; i++)
		if (!s->feeds[i]->listed)
			note_unknown(s->feeds[i], true);
	pv_map_free(old);
	kinds_unref(s, k);
}

void
feeds_end(spoke *s)
{
	for (size_t i = 0; i < s->n_feeds; i++)
		text_set(&s->feeds[i]->more, NULL); /* half a list is none */
}

void
feeds_free(spoke *s)
{
	for (size_t i = 0; i < s->n_feeds; i++)
		feed_free(s->feeds[i]);
	pv_heap_free(s->feeds);
	s->feeds = NULL;
	s->n_feeds = 0;
}
