/* Portal sign-in: one-time codes (memory only: a restart prints a new one) and
 * sessions.  Sessions outlive a restart, so that an upgrade signs nobody out: the
 * store's meta keeps the SHA-256 of each cookie, never the cookie. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "lang/json/json.h"

#define CODE_NS (15 * 60 * PV_SEC)
#define SESSION_NS (12 * 3600 * PV_SEC)
#define META "auth/sessions"

/* Open at once.  Whoever has too many loses their own oldest, so nobody signs others out; a code has 192
 * bits, so guesses are not counted: the count would only keep people out. */
enum { CODES_EACH = 4, CODES = 256, SESSIONS_EACH = 20, SESSIONS = 2000 };

typedef struct ticket {    /* a code or a session */
	char *hash;        /* hex SHA-256 of the secret; heap */
	const pv_val *who; /* {user, groups}, frozen */
	int64_t expires;   /* wall clock */
	int64_t until;     /* of a code: the end of the session it opens, 0 = not known */
} ticket;

struct sessions {
	pv_store *store;
	pthread_mutex_t mutex;
	pthread_mutex_t saving; /* before mutex: what is copied first is written first */
	ticket codes[CODES];
	ticket open[SESSIONS];
	size_t n_codes, n_open;
};

static void
drop(ticket *all, size_t *n, size_t i)
{
	free(all[i].hash);
	pv_unref(all[i].who);
	memmove(&all[i], &all[i + 1], (*n - i - 1) * sizeof *all);
	(*n)--;
}

/* Who counts as one: a user; of ServiceAccounts, which are made at will, all of a namespace. */
static pv_str
holder(const ticket *t)
{
	static const char accounts[] = "system:serviceaccount:";
	const char *user = pv_text_at(t->who, "user", "");
	const char *name = pv_starts_with(user, accounts) ? strchr(user + sizeof accounts - 1, ':') : NULL;

	return name ? (pv_str){user, (size_t)(name - user)} : pv_str_of(user);
}

static size_t
held(const ticket *all, size_t n, pv_str who, size_t *ret_oldest)
{
	size_t count = 0;

	for (size_t i = n; i-- > 0;)
		if (pv_str_eq(holder(&all[i]), who)) {
			count++;
			*ret_oldest = i;
		}
	return count;
}

/* The oldest of whoever has most. */
static size_t
most_dispensable(const ticket *all, size_t n)
{
	size_t most = 0, which = 0, oldest = 0;

	for (size_t i = 0; i < n; i++) {
		size_t count = held(all, n, holder(&all[i]), &oldest);

		if (count > most) {
			most = count;
			which = oldest;
		}
	}
	return which;
}

static void
add(ticket *all, size_t *n, size_t limit, size_t each, ticket new)
{
	size_t oldest = 0;

	for (size_t i = *n; i-- > 0;)
		if (all[i].expires <= pv_now())
			drop(all, n, i);
	if (held(all, *n, holder(&new), &oldest) >= each)
		drop(all, n, oldest);
	if (*n == limit)
		drop(all, n, most_dispensable(all, *n));
	new.hash = strdup(new.hash);
	PV_ASSERT(new.hash);
	new.who = pv_freeze(new.who);
	all[*n] = new;
	(*n)++;
}

/* lasts: the longest from now on; what says more was made before the clock was set back. */
static ticket *
find(ticket *all, size_t n, const char *hash, int64_t lasts)
{
	int64_t now = pv_now();

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].hash, hash) == 0 && all[i].expires > now) {
			if (all[i].expires > now + lasts)
				all[i].expires = now + lasts;
			return &all[i];
		}
	return NULL;
}

static char *
new_secret(pv_arena *arena)
{
	uint8_t dice[24];

	pv_random(dice, sizeof dice);
	return pv_base64(arena, dice, sizeof dice, true);
}

static pv_val
list_of(pv_arena *arena, const char *const *texts)
{
	pv_listb b;

	pv_listb_init(&b, arena);
	for (size_t i = 0; texts && texts[i]; i++)
		pv_listb_add(&b, pv_string(arena, texts[i]));
	return pv_listb_end(&b);
}

static const pv_val *
describe(pv_arena *arena, const pv_identity *who)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "user", pv_string(arena, who->user));
	pv_objb_put(&b, "groups", list_of(arena, who->groups));
	pv_objb_put(&b, "uid", pv_string(arena, who->uid ? who->uid : ""));
	if (who->extra) /* key and value in turn, as they are there */
		pv_objb_put(&b, "extra", list_of(arena, who->extra));
	return pv_box(arena, pv_objb_end(&b));
}

static pv_identity *
identity_of(pv_ctx *cx, const pv_val *who)
{
	pv_identity *made =
		identity_new(cx, pv_text_at(who, "user", ""), pv_text_at(who, "uid", ""), "session");

	identity_groups(cx, made, auth_texts(cx->arena, pv_get(who, "groups")));
	if (pv_get(who, "extra"))
		made->extra = auth_texts(cx->arena, pv_get(who, "extra"));
	return made;
}

/* ---- kept in the store ---- */

static int
save(pv_ctx *cx, sessions *s)
{
	pv_listb list;
	pv_val all;
	int r;

	pv_listb_init(&list, cx->arena);
	pthread_mutex_lock(&s->saving);
	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->n_open; i++) {
		pv_objb b;

		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "hash", pv_string(cx->arena, s->open[i].hash));
		pv_objb_put(&b, "who", pv_copy(cx->arena, s->open[i].who));
		pv_objb_put(&b, "expires", pv_int(s->open[i].expires));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	pthread_mutex_unlock(&s->mutex);
	all = pv_listb_end(&list);
	r = pv_store_meta_put(cx, s->store, META, pv_str_of(pv_json_text(cx->arena, &all)));
	pthread_mutex_unlock(&s->saving);
	return r;
}

static int
load(pv_ctx *cx, sessions *s)
{
	const pv_val *all;
	pv_str text;
	int r = pv_store_meta_get(cx, s->store, META, &text);

	if (r < 0 || text.len == 0)
		return r;
	r = pv_json_parse(cx, text, NULL, &all);
	for (size_t i = 0; r == 0 && i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		int64_t expires = pv_i64_at(one, "expires", 0);

		if (expires > pv_now() && pv_get(one, "who"))
			add(s->open, &s->n_open, SESSIONS, SESSIONS_EACH,
			    (ticket){.hash = (char *)(uintptr_t)pv_text_at(one, "hash", ""),
				     .who = pv_get(one, "who"),
				     .expires = expires});
	}
	return r;
}

int
sessions_open(pv_ctx *cx, pv_store *store, sessions **ret)
{
	sessions *s = calloc(1, sizeof *s);
	int r;

	PV_ASSERT(s);
	s->store = store;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_mutex_init(&s->saving, NULL);
	r = load(cx, s);
	if (r < 0) {
		sessions_close(s);
		return pv_wrap(cx, r, "sessions");
	}
	*ret = s;
	return 0;
}

sessions *
sessions_close(sessions *s)
{
	if (!s)
		return NULL;
	while (s->n_codes)
		drop(s->codes, &s->n_codes, s->n_codes - 1);
	while (s->n_open)
		drop(s->open, &s->n_open, s->n_open - 1);
	pthread_mutex_destroy(&s->mutex);
	pthread_mutex_destroy(&s->saving);
	free(s);
	return NULL;
}

void
sessions_code(pv_ctx *cx, sessions *s, const pv_identity *who, const char **ret_code, int64_t *ret_expires)
{
	char *code = new_secret(cx->arena);

	*ret_expires = pv_now() + CODE_NS;
	pthread_mutex_lock(&s->mutex);
	add(s->codes, &s->n_codes, CODES, CODES_EACH,
	    (ticket){.hash = pv_sha256_hex(cx->arena, code, strlen(code)),
		     .who = describe(cx->arena, who),
		     .expires = *ret_expires,
		     .until = who->expires});
	pthread_mutex_unlock(&s->mutex);
	*ret_code = code;
}

int
sessions_spend(pv_ctx *cx, sessions *s, const char *code, const pv_identity **ret)
{
	char *hash = pv_sha256_hex(cx->arena, code, strlen(code));
	pv_identity *who = NULL;
	ticket *found;

	pthread_mutex_lock(&s->mutex);
	found = find(s->codes, s->n_codes, hash, CODE_NS);
	if (found) {
		who = identity_of(cx, pv_box(cx->arena, pv_copy(cx->arena, found->who)));
		who->expires = found->until;
		drop(s->codes, &s->n_codes, (size_t)(found - s->codes));
	}
	pthread_mutex_unlock(&s->mutex);
	if (!who)
		return pv_fail(
			cx, PV_EUNAUTHORIZED,
			"this sign-in link was used already, is older than 15 minutes or was followed by four newer ones: "
			"make a new one with `pave signin`, or sign in with a token");
	*ret = who;
	return 0;
}

int
sessions_start(pv_ctx *cx, sessions *s, const pv_identity *who, const char **ret_cookie, int64_t *ret_expires)
{
	char *cookie = new_secret(cx->arena);

	*ret_expires = pv_now() + SESSION_NS;
	if (who->expires && who->expires < *ret_expires)
		*ret_expires = who->expires;
	pthread_mutex_lock(&s->mutex);
	add(s->open, &s->n_open, SESSIONS, SESSIONS_EACH,
	    (ticket){.hash = pv_sha256_hex(cx->arena, cookie, strlen(cookie)),
		     .who = describe(cx->arena, who),
		     .expires = *ret_expires});
	pthread_mutex_unlock(&s->mutex);
	*ret_cookie = cookie;
	return save(cx, s);
}

const pv_identity *
sessions_find(pv_ctx *cx, sessions *s, const char *cookie)
{
	char *hash = pv_sha256_hex(cx->arena, cookie, strlen(cookie));
	pv_identity *who = NULL;
	const ticket *found;

	pthread_mutex_lock(&s->mutex);
	found = find(s->open, s->n_open, hash, SESSION_NS);
	if (found) {
		who = identity_of(cx, pv_box(cx->arena, pv_copy(cx->arena, found->who)));
		who->expires = found->expires;
	}
	pthread_mutex_unlock(&s->mutex);
	return who;
}

void
sessions_end(sessions *s, const char *cookie)
{
	ticket *found;
	pv_ctx cx;

	pv_ctx_init(&cx, "sign-out");
	pthread_mutex_lock(&s->mutex);
	found = find(s->open, s->n_open, pv_sha256_hex(cx.arena, cookie, strlen(cookie)), SESSION_NS);
	if (found)
		drop(s->open, &s->n_open, (size_t)(found - s->open));
	pthread_mutex_unlock(&s->mutex);
	if (found && save(&cx, s) < 0)
		(void)pv_recover(&cx); /* it ends in memory now, and by its expiry after a restart */
	pv_ctx_done(&cx);
}
