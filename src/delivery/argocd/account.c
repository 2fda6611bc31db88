/* account: Argo CD's local users: who argocd-cm says there is, with the passwords and tokens of argocd-secret.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/ */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/keygen.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "delivery/argocd/impl.h"
#include "lang/json/json.h"

#define GUESSES_MOST 5              /* wrong passwords of one name, as upstream */
#define GUESSES_TIME (300 * PV_SEC) /* for which they are counted */
#define NAMES_MOST 1000             /* names that are counted */
#define REVOKED_MOST 10000
#define PROVING_MOST 4 /* at once: each takes a processor for a while */
#define WRONG "Invalid username or password"

struct guess {
	int wrong;
	int64_t since; /* monotonic */
};
struct account_guesses {
	pthread_mutex_t lock, writes;
	pv_map *names;   /* of struct guess */
	pv_map *revoked; /* ids of tokens: of struct guess, `since` the end in seconds */
	int proving;
};

static const int owner;
const void *const account_owner = &owner;

static struct account_guesses *
guesses_of(pv_api *api)
{
	return pv_api_kept(api, account_owner);
}

struct account_guesses *
account_guesses_new(void)
{
	struct account_guesses *g = pv_heap_new(sizeof *g);
	pthread_mutex_init(&g->lock, NULL);
	pthread_mutex_init(&g->writes, NULL);
	g->names = pv_map_new(NULL);
	g->revoked = pv_map_new(NULL);
	return g;
}

static void
free_map(pv_map *map)
{
	size_t pos = 0;
	pv_str name;
	void *one;
	while (pv_map_each(map, &pos, &name, &one))
		pv_heap_free(one);
	pv_map_free(map);
}

void
account_guesses_free(void *guesses)
{
	struct account_guesses *g = guesses;
	free_map(g->names);
	free_map(g->revoked);
	pthread_mutex_destroy(&g->lock);
	pthread_mutex_destroy(&g->writes);
	pv_heap_free(g);
}

void
account_lock(pv_api *api, bool lock)
{
	struct account_guesses *g = guesses_of(api);
	if (lock)
		pthread_mutex_lock(&g->writes);
	else
		pthread_mutex_unlock(&g->writes);
}

/* ---- sessions that were ended ---- */

/* Those that would have ended by now, and the oldest where there are too many. */
static void
forget_ended(pv_map *revoked)
{
	int64_t now = pv_now() / PV_SEC;
	size_t pos = 0;
	pv_str id;
	void *one;
	while (pv_map_each(revoked, &pos, &id, &one)) {
		struct guess *g = one;
		if (g->since > now && pv_map_len(revoked) < REVOKED_MOST)
			continue;
		pv_map_del(revoked, id.s, id.len);
		pv_heap_free(g);
	}
}

void
account_revoke(pv_api *api, const char *token, int64_t expires)
{
	struct account_guesses *g = guesses_of(api);
	struct guess *one = pv_heap_new(sizeof *one);
	one->since = expires;
	pthread_mutex_lock(&g->lock);
	forget_ended(g->revoked);
	pv_heap_free(pv_map_puts(g->revoked, token, one));
	pthread_mutex_unlock(&g->lock);
}

bool
account_is_revoked(pv_api *api, const char *token)
{
	struct account_guesses *g = guesses_of(api);
	bool found;
	pthread_mutex_lock(&g->lock);
	found = pv_map_finds(g->revoked, token) != NULL;
	pthread_mutex_unlock(&g->lock);
	return found;
}

/* ---- what there is ---- */

static bool
has_word(const char *list, const char *word)
{
	pv_str rest = pv_str_of(list), one;
	while (pv_str_next(&rest, ',', &one))
		if (pv_str_is(pv_str_trim(one), word))
			return true;
	return false;
}

/* Where argocd-cm and argocd-secret have it: "admin.password", "accounts.alice.password". */
static const char *
key_of(pv_ctx *cx, const char *name, const char *what)
{
	return pv_printf(cx->arena, "%s%s.%s", pv_streq(name, "admin") ? "" : "accounts.", name, what);
}

static pv_str
secret_of(pv_ctx *cx, pv_api *api, const char *name, const char *what)
{
	return settings_secret(cx, api, key_of(cx, name, what));
}

static const pv_val *
tokens_of(pv_ctx *cx, pv_api *api, const char *name)
{
	pv_str text = secret_of(cx, api, name, "tokens");
	const pv_val *v = NULL;
	if (text.len && pv_json_parse(cx, text, NULL, &v) < 0)
		(void)pv_recover(cx); /* none of them is good */
	return pv_is(v, PV_LIST) ? v : NULL;
}

bool
account_find(pv_ctx *cx, pv_api *api, const char *name, account *ret)
{
	bool admin = pv_streq(name, "admin");
	const char *can =
		settings_text(cx, api, "argocd-cm", pv_printf(cx->arena, "accounts.%s", name), NULL);
	const char *on = settings_text(cx, api, "argocd-cm", key_of(cx, name, "enabled"), "true");
	pv_str changed;
	int64_t ns;
	if (!*name || strchr(name, '.') || strchr(name, ':') || (!can && !admin))
		return false;
	*ret = (account){.name = name, .enabled = !pv_streq(on, "false")};
	ret->login = admin || has_word(can, "login");
	ret->api_key = can && has_word(can, "apiKey");
	ret->hash = secret_of(cx, api, name, "password");
	ret->tokens = tokens_of(cx, api, name);
	changed = secret_of(cx, api, name, "passwordMtime");
	if (changed.len && pv_time_parse(changed, &ns))
		ret->password_time = ns / PV_SEC;
	return true;
}

void
account_all(pv_ctx *cx, pv_api *api, pv_vec *ret)
{
	const pv_val *data = pv_get(settings_stored(cx, api, "/ConfigMap", ARGOCD_NS, "argocd-cm"), "data");
	account a;
	pv_vec_init(ret, cx->arena, sizeof(account));
	if (account_find(cx, api, "admin", &a))
		pv_vec_push(ret, &a);
	for (size_t i = 0; i < pv_count(data); i++) {
		const char *key = pv_text(&pv_sorted(data, i)->key, "");
		const char *name = pv_starts_with(key, "accounts.") ? key + strlen("accounts.") : "";
		if (!pv_streq(name, "admin") && account_find(cx, api, name, &a))
			pv_vec_push(ret, &a);
	}
}

pv_val
account_show(pv_arena *arena, const account *a)
{
	pv_listb can;
	pv_objb b;
	pv_listb_init(&can, arena);
	if (a->login)
		pv_listb_add(&can, pv_string_ref("login"));
	if (a->api_key)
		pv_listb_add(&can, pv_string_ref("apiKey"));
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", a->name);
	pv_objb_put(&b, "enabled", pv_bool(a->enabled));
	pv_objb_put(&b, "capabilities", pv_listb_end(&can));
	pv_objb_put(&b, "tokens", a->tokens ? *a->tokens : pv_list_of(arena, NULL, 0));
	return pv_objb_end(&b);
}

/* ---- passwords ---- */

static struct guess *
guess_of(struct account_guesses *g, const char *name)
{
	struct guess *one = pv_map_finds(g->names, name);
	if (one && pv_mono() - one->since > GUESSES_TIME)
		*one = (struct guess){0, pv_mono()};
	return one;
}

/* May a password be tried?  Then one of a few that are at once. */
static int
enter(pv_ctx *cx, struct account_guesses *g, const char *name)
{
	struct guess *one;
	bool full, many;
	pthread_mutex_lock(&g->lock);
	one = guess_of(g, name);
	many = one && one->wrong >= GUESSES_MOST;
	full = g->proving == PROVING_MOST;
	g->proving += !many && !full;
	pthread_mutex_unlock(&g->lock);
	if (many)
		return pv_fail(cx, PV_EUNAUTHORIZED, WRONG);
	return full ? pv_fail(cx, PV_ETOOMANY, "too many sign in at once: try again in a moment") : 0;
}

static void
forget_oldest(struct account_guesses *g)
{
	size_t pos = 0;
	pv_str name;
	void *one;
	if (pv_map_len(g->names) >= NAMES_MOST && pv_map_each(g->names, &pos, &name, &one)) {
		pv_map_del(g->names, name.s, name.len);
		pv_heap_free(one);
	}
}

static void
leave(struct account_guesses *g, const char *name, bool right)
{
	struct guess *one;
	pthread_mutex_lock(&g->lock);
	g->proving--;
	one = guess_of(g, name);
	if (right && one) {
		pv_map_del(g->names, name, strlen(name));
		pv_heap_free(one);
	} else if (!right) {
		if (!one) {
			forget_oldest(g);
			one = pv_heap_new(sizeof *one);
			one->since = pv_mono();
			pv_map_puts(g->names, name, one);
		}
		one->wrong++;
	}
	pthread_mutex_unlock(&g->lock);
}

int
account_prove(pv_ctx *cx, pv_api *api, const char *name, const account *a, const char *password)
{
	/* Of nobody's password: who is not there takes as long as who is. */
	static const char nobody[] = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
	struct account_guesses *g = guesses_of(api);
	bool there = a && a->enabled && a->hash.len, right;
	int r = strlen(name) > 253 ? pv_fail(cx, PV_EUNAUTHORIZED, WRONG) : enter(cx, g, name);
	if (r < 0)
		return r;
	right = pv_bcrypt_matches(cx, password,
				  there ? pv_strndup(cx->arena, a->hash.s, a->hash.len) : nobody);
	right = right && there;
	leave(g, name, right);
	return right ? 0 : pv_fail(cx, PV_EUNAUTHORIZED, WRONG);
}

int
account_put_password(pv_ctx *cx, pv_api *api, const account *a, const char *password)
{
	const char *hash;
	pv_objb b;
	pv_val v;
	int r = pv_bcrypt(cx, password, &hash);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, key_of(cx, a->name, "password"), hash);
	pv_objb_puts(&b, key_of(cx, a->name, "passwordMtime"), pv_time_format(cx->arena, pv_now()));
	v = pv_objb_end(&b);
	return settings_put_secret(cx, api, &v);
}

int
account_put_tokens(pv_ctx *cx, pv_api *api, const account *a, pv_val tokens)
{
	pv_val v = pv_with(cx->arena, NULL, key_of(cx, a->name, "tokens"),
			   pv_string_ref(pv_json_text(cx->arena, &tokens)));
	return settings_put_secret(cx, api, &v);
}
