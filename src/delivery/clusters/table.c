/* table: the spokes that there are, by the name of their Secret.  One that nobody asks for is not made; one
 * whose Secret is gone, or says something else, ends. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/clusters/impl.h"
#include "delivery/clusters/table.h"

#define IDLE (4 * RESYNC) /* nobody who asked asks any more */

struct table {
	pv_api *api;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	pv_map *spokes; /* name of the Secret -> spoke */
	size_t running; /* threads */
	bool closing;
};

static const char table_key = 0; /* its address is the name */

pv_api *
table_api(const table *t)
{
	return t->api;
}

pv_facts *
table_facts(const table *t)
{
	return pv_facts_of(t->api);
}

void
table_ended(table *t)
{
	pthread_mutex_lock(&t->lock);
	t->running--;
	pthread_cond_broadcast(&t->ended);
	pthread_mutex_unlock(&t->lock);
}

/* Before the facts go: no thread touches one after this. */
static void
leave(void *arg)
{
	table *t = arg;
	size_t pos = 0;
	void *s;
	pthread_mutex_lock(&t->lock);
	t->closing = true;
	while (pv_map_each(t->spokes, &pos, NULL, &s))
		spoke_end(s);
	while (t->running)
		pthread_cond_wait(&t->ended, &t->lock);
	pthread_mutex_unlock(&t->lock);
}

static void
table_close(void *arg)
{
	table *t = arg;
	size_t pos = 0;
	void *s;
	while (pv_map_each(t->spokes, &pos, NULL, &s))
		spoke_unref(s);
	pv_map_free(t->spokes);
	pthread_cond_destroy(&t->ended);
	pthread_mutex_destroy(&t->lock);
	pv_heap_free(t);
}

int
table_start(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	table *t = pv_heap_new(sizeof(*t));
	t->api = api;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->ended, NULL);
	t->spokes = pv_map_new(NULL);
	pv_api_keep(api, &table_key, t, table_close);
	if (pv_facts_of(api))
		pv_facts_on_close(pv_facts_of(api), leave, t);
	return 0;
}

/* ---- holding one ---- */

static const pv_val *
secret_named(pv_ctx *cx, pv_api *api, const char *name)
{
	pv_key key = {"/Secret", CLUSTERS_HOME, name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	const pv_val *secret = rec ? pv_rec_val(rec) : NULL;
	return secret_is_cluster(secret) ? secret : NULL;
}

static void
drop(table *t, spoke *s)
{
	pv_map_del(t->spokes, s->secret, strlen(s->secret));
	spoke_end(s);
	spoke_unref(s);
}

/* The one that the Secret of that name describes as it is now; the caller holds the lock. */
static spoke *
current(pv_ctx *cx, table *t, const char *name)
{
	const pv_val *secret = secret_named(cx, t->api, name);
	spoke *s = pv_map_finds(t->spokes, name);
	if (!s || (secret && pv_streq(s->digest, secret_digest(cx, secret))))
		return s;
	drop(t, s);
	return NULL;
}

void
table_check(pv_ctx *cx, spoke *s)
{
	table *t = s->of;
	pthread_mutex_lock(&t->lock);
	if (current(cx, t, s->secret) == s && pv_mono() - atomic_load(&s->held) > IDLE)
		drop(t, s);
	pthread_mutex_unlock(&t->lock);
}

static int
make(pv_ctx *cx, table *t, const pv_val *secret, spoke **ret)
{
	int r = spoke_open(cx, t, secret, ret);
	if (r < 0)
		return r;
	t->running++;
	pv_map_puts(t->spokes, (*ret)->secret, *ret);
	return 0;
}

int
table_hold(pv_ctx *cx, pv_api *api, const char *name, spoke **ret)
{
	table *t = pv_api_kept(api, &table_key);
	const pv_val *secret = secret_named(cx, api, name);
	spoke *s;
	int r = 0;
	pthread_mutex_lock(&t->lock);
	s = current(cx, t, name);
	if (t->closing)
		r = pv_fail(cx, PV_EUNAVAILABLE, "the server is stopping");
	else if (!secret)
		r = pv_fail(cx, PV_ENOTFOUND, "Secret " CLUSTERS_HOME "/%s describes no cluster any more",
			    name);
	else if (!s)
		r = make(cx, t, secret, &s);
	if (r == 0) {
		atomic_fetch_add(&s->refs, 1);
		atomic_store(&s->held, pv_mono());
	}
	pthread_mutex_unlock(&t->lock);
	if (r == 0)
		*ret = s;
	return r;
}

int
spoke_hold(pv_ctx *cx, pv_api *api, const char *name, spoke **ret)
{
	spoke *s;
	int r = table_hold(cx, api, name, &s);
	if (r < 0)
		return r;
	r = spoke_check(cx, s);
	if (r == 1)
		r = pv_fail(cx, PV_EUNAVAILABLE, "the cluster \"%s\" is not known yet", s->server);
	if (r < 0)
		spoke_unref(s);
	else
		*ret = s;
	return r;
}

void
spoke_let_go(spoke *s)
{
	if (s)
		spoke_unref(s);
}

/* ---- for people ---- */

struct meant {
	const char *member, *text; /* "name" or "server" */
};

static bool
is_meant(const pv_rec *rec, void *arg)
{
	const struct meant *m = arg;
	pv_arena *arena = pv_arena_new("cluster");
	const pv_val *secret = pv_rec_val(rec);
	bool meant = secret_is_cluster(secret) && pv_streq(secret_text(arena, secret, m->member), m->text);
	pv_arena_free(arena);
	return meant;
}

static const char *
without_slashes(pv_arena *arena, const char *server)
{
	size_t len = strlen(server);
	while (len && server[len - 1] == '/')
		len--;
	return pv_strndup(arena, server, len);
}

/* As clusters_find. */
int
clusters_which(pv_ctx *cx, pv_api *api, const pv_val *destination, clusters_place *ret)
{
	const char *name = pv_text_at(destination, "name", ""),
		   *server = without_slashes(cx->arena, pv_text_at(destination, "server", ""));
	struct meant meant = {*server ? "server" : "name", *server ? server : name};
	pv_list_query query = {.type = "/Secret", .ns = CLUSTERS_HOME, .keep = is_meant, .arg = &meant};
	pv_listing found;
	int r;
	*ret = (clusters_place){.name = CLUSTERS_HERE_NAME, .server = CLUSTERS_HERE, .project = ""};
	if (pv_streq(server, CLUSTERS_HERE))
		return 0;
	r = pv_store_list(cx, pv_api_store(api), &query, &found);
	if (r < 0 || (!found.len && pv_streq(meant.text, CLUSTERS_HERE_NAME)))
		return r;
	if (!found.len || (!*server && found.len > 1) || (*server && *name))
		return pv_fail(cx, PV_EINVALID, "the destination \"%s\" is %s", meant.text,
			       found.len ? "of more than one cluster"
					 : "of no cluster that is described here");
	clusters_describe(cx, pv_rec_val(found.recs[0]), ret);
	return 0;
}

bool
clusters_is_here(pv_ctx *cx, pv_api *api, const pv_val *destination)
{
	clusters_place which;
	if (clusters_which(cx, api, destination, &which) == 0)
		return !which.secret;
	pv_recover(cx);
	return false;
}

pv_val
clusters_connection(pv_ctx *cx, pv_api *api, const char *name)
{
	static const char *const words[] = {"Unknown", "Successful", "Failed"};
	table *t = pv_api_kept(api, &table_key);
	spoke *s;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pthread_mutex_lock(&t->lock);
	s = current(cx, t, name);
	if (s)
		atomic_fetch_add(&s->refs, 1);
	pthread_mutex_unlock(&t->lock);
	if (!s) {
		pv_objb_puts(&b, "status", "Unknown");
		pv_objb_puts(&b, "message", "Cluster has no applications and is not being monitored.");
		return pv_objb_end(&b);
	}
	pthread_mutex_lock(&s->lock);
	pv_objb_puts(&b, "status", words[s->state]);
	pv_objb_put(&b, "message", pv_string(cx->arena, s->state == SPOKE_DOWN ? s->why : ""));
	pv_objb_puts(&b, "attemptedAt", pv_time_format(cx->arena, s->since));
	if (s->version)
		pv_objb_put(&b, "version", pv_string(cx->arena, s->version));
	pv_objb_put(&b, "objects", pv_int((int64_t)mirror_len(s->mirror)));
	pthread_mutex_unlock(&s->lock);
	spoke_let_go(s);
	return pv_objb_end(&b);
}
