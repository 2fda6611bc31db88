/* Answers by request, the oldest first to go. */
#include "core/outside/cache.h"

#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"

#define ANSWERS 1000
#define BYTES ((size_t)32 << 20)
#define LONGEST (365 * 24 * 60 * 60 * PV_SEC)

typedef struct kept {
	pv_arena *arena; /* its own, with this in it */
	const char *id;
	int64_t end; /* pv_mono() */
	size_t bytes;
	pv_rego_response answer;
} kept;

struct outside_cache {
	pv_arena *arena; /* its own, with this in it */
	pthread_mutex_t lock;
	pv_map *by_id; /* kept *; in order of their coming */
	size_t bytes;
};

outside_cache *
outside_cache_new(void)
{
	pv_arena *arena = pv_arena_new("kept answers");
	outside_cache *c = pv_new(arena, outside_cache);

	c->arena = arena;
	pthread_mutex_init(&c->lock, NULL);
	c->by_id = pv_map_new(NULL);
	return c;
}

static void
drop(outside_cache *c, kept *one)
{
	(void)pv_map_del(c->by_id, one->id, strlen(one->id));
	c->bytes -= one->bytes;
	pv_arena_free(one->arena);
}

void
outside_cache_free(outside_cache *c)
{
	size_t pos = 0;
	void *one;
	pv_str id;

	if (!c)
		return;
	while (pv_map_each(c->by_id, &pos, &id, &one))
		pv_arena_free(((kept *)one)->arena);
	pv_map_free(c->by_id);
	pthread_mutex_destroy(&c->lock);
	pv_arena_free(c->arena);
}

static pv_rego_response
copied(pv_arena *arena, const pv_rego_response *from)
{
	pv_rego_response to = {.status = from->status, .reason = pv_strdup(arena, from->reason)};

	to.body = (pv_str){pv_strndup(arena, from->body.s, from->body.len), from->body.len};
	pv_vec_init(&to.headers, arena, sizeof(const char *[2]));
	for (size_t i = 0; i < from->headers.len; i++) {
		const char *const *pair = pv_vec_at(&from->headers, i);
		const char **copy = pv_vec_add(&to.headers);

		copy[0] = pv_strdup(arena, pair[0]);
		copy[1] = pv_strdup(arena, pair[1]);
	}
	return to;
}

bool
outside_cache_find(pv_ctx *cx, outside_cache *c, const char *id, pv_rego_response *ret)
{
	kept *one;

	pthread_mutex_lock(&c->lock);
	one = pv_map_finds(c->by_id, id);
	if (one && one->end <= pv_mono()) {
		drop(c, one);
		one = NULL;
	}
	if (one)
		*ret = copied(cx->arena, &one->answer);
	pthread_mutex_unlock(&c->lock);
	return one;
}

/* ---- how long ---- */

/* "no-store, max-age=60": false: it may not be kept. */
static bool
lasts(const char *control, int64_t *ret_ns)
{
	pv_str rest = pv_str_of(control), piece;

	while (pv_str_next(&rest, ',', &piece)) {
		int64_t seconds;

		piece = pv_str_trim(piece);
		if (pv_str_is(piece, "no-store") || pv_str_is(piece, "no-cache"))
			return false;
		if (piece.len > 8 && strncmp(piece.s, "max-age=", 8) == 0 &&
		    pv_parse_int((pv_str){piece.s + 8, piece.len - 8}, &seconds))
			*ret_ns = seconds > LONGEST / PV_SEC ? LONGEST : seconds < 0 ? 0 : seconds * PV_SEC;
	}
	return true;
}

/* RFC 9110, section 15.1, as OPA has it: what fails is asked again. */
static bool
is_kept(int status)
{
	static const int worth[] = {200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501};

	for (size_t i = 0; i < PV_LEN(worth); i++)
		if (status == worth[i])
			return true;
	return false;
}

static int64_t
good_for(const pv_rego_request *req, const pv_httpc_answer *answer)
{
	const char *control = pv_httpc_header(answer, "cache-control"),
		   *expires = pv_httpc_header(answer, "expires");
	int64_t ns = -1, at;

	if (!is_kept(answer->status))
		return 0;
	if (req->cached_ns > 0)
		return req->cached_ns;
	if (control && !lasts(control, &ns))
		return 0;
	if (ns < 0 && expires && pv_httpc_date(expires, &at))
		ns = at - pv_now();
	return ns;
}

void
outside_cache_put(outside_cache *c, const pv_rego_request *req, const pv_httpc_answer *answer)
{
	int64_t ns = good_for(req, answer);
	const pv_rego_response said = {answer->status, answer->reason, answer->headers, answer->body};
	pv_arena *arena;
	kept *one, *was;
	size_t pos = 0;
	pv_str id;
	void *first;

	if (ns <= 0 || answer->body.len > BYTES / 8)
		return;
	arena = pv_arena_new("kept answer");
	one = pv_new(arena, kept);
	*one = (kept){.arena = arena, .id = pv_strdup(arena, req->id), .end = pv_mono() + ns};
	one->answer = copied(arena, &said);
	one->bytes = pv_arena_used(arena);
	pthread_mutex_lock(&c->lock);
	was = pv_map_finds(c->by_id, req->id);
	if (was)
		drop(c, was);
	pv_map_puts(c->by_id, one->id, one);
	c->bytes += one->bytes;
	while ((pv_map_len(c->by_id) > ANSWERS || c->bytes > BYTES) &&
	       pv_map_each(c->by_id, &pos, &id, &first))
		drop(c, first);
	pthread_mutex_unlock(&c->lock);
}
