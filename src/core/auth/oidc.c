/* Tokens of issuers outside: a configuration at work, and how it is replaced when its file changes. */
#include "core/auth/oidc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "core/auth/oidc_impl.h"
#include "lang/json/json.h"

#define EARLY 300 /* seconds that a token may be used before its nbf: clocks differ */
#define LOG_PAUSE PV_SEC
#define FILE_LIMIT ((size_t)1 << 20)
#define LOOK_EVERY PV_SEC

struct oidc {
	pthread_rwlock_t lock; /* of set */
	oidc_set *set;
	const char *const *own; /* issuers of this server */
	pthread_mutex_t mutex;  /* of logged and closing */
	int64_t logged[64];     /* monotonic, of the last refusal that was told, by issuer and reason */
	char *file;             /* NULL: of flags, and never read again */
	struct stat seen;
	pv_family *reloads, *reloaded;
	pthread_t thread;
	pthread_cond_t cond;
	bool closing;
};

/* ---- refusing ---- */

/* Whoever sends nonsense must not fill the log: the same reason of the same issuer has a pause.  Reasons that
 * share a place of the table wait for each other. */
static void
tell(oidc *o, const char *issuer_url, const char *why)
{
	uint64_t hash = pv_hash(why, strlen(why)) ^ pv_hash(issuer_url, strlen(issuer_url)) * 31;
	int64_t *logged = &o->logged[hash % PV_LEN(o->logged)];
	bool due;

	pthread_mutex_lock(&o->mutex);
	due = *logged == 0 || pv_mono() - *logged >= LOG_PAUSE;
	if (due)
		*logged = pv_mono();
	pthread_mutex_unlock(&o->mutex);
	if (due)
		pv_log(PV_WARN, "auth", "an OIDC token is refused", "issuer", issuer_url, "why", why, NULL);
}

/* aud: a text or a list of them. */
static bool
is_for(const pv_val *aud, const char *const *audiences)
{
	if (pv_is(aud, PV_STRING))
		return auth_among(audiences, pv_text(aud, ""));
	for (size_t i = 0; pv_is(aud, PV_LIST) && i < pv_count(aud); i++)
		if (pv_is(pv_item(aud, i), PV_STRING) && auth_among(audiences, pv_text(pv_item(aud, i), "")))
			return true;
	return false;
}

/* OpenID Connect Core 1.0, 3.1.3.7: who asked for the token gets this one and no other. */
static const char *
fault_of_login(pv_ctx *cx, const oidc_want *want, const pv_val *claims)
{
	const char *const mine[] = {want->client_id, NULL};
	const pv_val *azp = pv_get(claims, "azp");

	if (!is_for(pv_get(claims, "aud"), mine))
		return pv_printf(cx->arena, "aud: expected the client id \"%s\" among them", want->client_id);
	if (azp && !pv_streq(pv_text(azp, ""), want->client_id))
		return "azp: it was made for another client";
	if (!pv_streq(pv_text_at(claims, "nonce", ""), want->nonce))
		return "nonce: it is not of this sign-in";
	return NULL;
}

/* Names are C strings: one with U+0000 would be taken for another.  No issuer means it, in any claim. */
static bool
has_nul(pv_str json)
{
	return memmem(json.s, json.len, "\\u0000", 6) != NULL;
}

/* NULL, or why it is refused. */
static const char *
judge(pv_ctx *cx, const authn_jwt *conf, issuer *from, const pv_jwt *jwt, const pv_val *claims,
      pv_identity **ret)
{
	int64_t now = pv_now() / PV_SEC;
	const pv_val *header;
	const char *alg;

	if (pv_json_parse(cx, jwt->header, NULL, &header) < 0) {
		(void)pv_recover(cx);
		return "its header is not JSON";
	}
	if (has_nul(jwt->header) || has_nul(jwt->claims))
		return "a text of it has the character U+0000";
	if (pv_get(header, "crit")) /* RFC 7515, 4.1.11 */
		return "crit: it wants extensions to be understood, and none is";
	alg = pv_text_at(header, "alg", "");
	if (!auth_among(conf->algs, alg))
		return pv_printf(cx->arena, "alg: %.*s is not accepted", PV_CLIP(alg));
	if (!issuer_signed(from, jwt, alg, pv_text_at(header, "kid", "")))
		return "no key of the issuer made its signature";
	if (!is_for(pv_get(claims, "aud"), conf->audiences))
		return pv_printf(cx->arena, "aud: expected %s\"%s\" among them",
				 conf->audiences[1] ? "one of the audiences such as " : "",
				 conf->audiences[0]);
	if (pv_i64_at(claims, "exp", 0) <= now)
		return "exp: it has expired";
	if (pv_i64_at(claims, "nbf", 0) > now + EARLY)
		return "nbf: it is not valid yet";
	return authn_identify(cx, conf, claims, ret);
}

/* Google's tokens may leave the scheme out of their issuer (OpenID Connect Core 1.0, 15.6.2). */
static const char *
issuer_in(const pv_val *claims)
{
	const char *iss = pv_text_at(claims, "iss", "");

	return pv_streq(iss, "accounts.google.com") ? "https://accounts.google.com" : iss;
}

static const pv_identity *
identify(pv_ctx *cx, oidc *o, const char *token, const oidc_want *want, const char **ret_why)
{
	const pv_val *claims = NULL;
	pv_identity *who = NULL;
	const char *iss;
	pv_jwt jwt;

	*ret_why = "it is no token of an issuer that is trusted";
	if (pv_jwt_parse(cx, token, &jwt) < 0 || pv_json_parse(cx, jwt.claims, NULL, &claims) < 0) {
		(void)pv_recover(cx);
		return NULL;
	}
	iss = issuer_in(claims);
	if (want && !pv_streq(iss, want->issuer))
		return NULL;
	pthread_rwlock_rdlock(&o->lock);
	for (size_t i = 0; i < o->set->n; i++) {
		const authn_jwt *conf = PV_AT(authn_jwt, &o->set->conf.jwt, i);

		if (!pv_streq(conf->url, iss))
			continue;
		*ret_why = judge(cx, conf, o->set->issuers[i], &jwt, claims, &who);
		if (!*ret_why && want)
			*ret_why = fault_of_login(cx, want, claims);
		if (*ret_why) {
			tell(o, conf->url, *ret_why);
			who = NULL;
		}
		break;
	}
	pthread_rwlock_unlock(&o->lock);
	return who;
}

const pv_identity *
oidc_token(pv_ctx *cx, oidc *o, const char *token)
{
	const char *why;

	return identify(cx, o, token, NULL, &why);
}

const pv_identity *
oidc_login(pv_ctx *cx, oidc *o, const char *token, const oidc_want *want, const char **ret_why)
{
	return identify(cx, o, token, want, ret_why);
}

bool
oidc_public(oidc *o, const char *path)
{
	bool public;

	pthread_rwlock_rdlock(&o->lock);
	public = o->set->conf.anonymous &&
		 (!o->set->conf.public_paths || auth_among(o->set->conf.public_paths, path));
	pthread_rwlock_unlock(&o->lock);
	return public;
}

issuer *
oidc_issuer(oidc *o, const char *url)
{
	issuer *found = NULL;

	pthread_rwlock_rdlock(&o->lock);
	for (size_t i = 0; !found && i < o->set->n; i++)
		if (url ? pv_streq(PV_AT(authn_jwt, &o->set->conf.jwt, i)->url, url) : o->set->n == 1)
			found = issuer_ref(o->set->issuers[i]);
	pthread_rwlock_unlock(&o->lock);
	return found;
}

/* ---- configurations at work ---- */

static void
set_close(oidc_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		issuer_close(set->issuers[i]);
	pv_ctx_done(&set->cx);
	free(set);
}

/* An issuer that is asked as before keeps its keys: nobody is locked out by a change of a rule. */
static int
find_issuer(pv_ctx *cx, const oidc_set *old, const authn_jwt *jwt, issuer **ret)
{
	for (size_t i = 0; old && i < old->n; i++) {
		const authn_jwt *was = PV_AT(authn_jwt, &old->conf.jwt, i);

		if (!pv_streq(was->url, jwt->url) || !pv_streq(was->discovery, jwt->discovery) ||
		    !pv_streq(was->ca_pem, jwt->ca_pem))
			continue;
		*ret = issuer_ref(old->issuers[i]);
		return 0;
	}
	return issuer_open(cx, jwt->url, jwt->discovery, jwt->ca_pem, ret);
}

/* Of the flags, or of the file; errors are cx's. */
static int
set_open(pv_ctx *cx, const oidc *o, const pv_oidc_conf *flags, const oidc_set *old, oidc_set **ret)
{
	oidc_set *set = calloc(1, sizeof *set);
	pv_str text;
	int r;

	PV_ASSERT(set);
	pv_ctx_init(&set->cx, "authentication configuration");
	if (o->file) {
		r = pv_file_load(&set->cx, o->file, FILE_LIMIT, &text);
		if (r == 0)
			r = authn_read(&set->cx, o->file, text, o->own, &set->conf);
	} else {
		r = oidc_flags(&set->cx, flags, &set->conf);
	}
	if (r == 0)
		set->issuers = pv_new_array(set->cx.arena, issuer *, set->conf.jwt.len + 1);
	for (size_t i = 0; r == 0 && i < set->conf.jwt.len; i++) {
		r = find_issuer(&set->cx, old, PV_AT(authn_jwt, &set->conf.jwt, i), &set->issuers[i]);
		set->n += r == 0;
	}
	if (r == 0) {
		*ret = set;
		return 0;
	}
	r = pv_fail(cx, -r, "%s", pv_error_text(&set->cx));
	(void)pv_recover(&set->cx);
	set_close(set);
	return r;
}

/* ---- its file ---- */

/* True: another file, or its bytes were written again.  Links are followed, as a mounted ConfigMap wants. */
static bool
has_changed(oidc *o)
{
	struct stat now;
	bool changed;

	if (stat(o->file, &now) < 0)
		return false; /* it is being replaced, or gone: what was read stays */
	changed = now.st_ino != o->seen.st_ino || now.st_dev != o->seen.st_dev ||
		  now.st_size != o->seen.st_size || now.st_mtim.tv_sec != o->seen.st_mtim.tv_sec ||
		  now.st_mtim.tv_nsec != o->seen.st_mtim.tv_nsec;
	o->seen = now;
	return changed;
}

/* Who changes the file sees here, too, whether it was taken. */
static void
count(const oidc *o, bool taken)
{
	const char *const status[] = {taken ? "success" : "failure"};

	pv_metric_add(pv_family_of(o->reloads, status), 1);
	pv_metric_set(pv_family_of(o->reloaded, status), pv_now() / PV_SEC);
}

static void
reload(oidc *o)
{
	oidc_set *made, *old = o->set; /* only this thread writes it */
	bool taken;
	pv_ctx cx;

	pv_ctx_init(&cx, "authentication configuration");
	taken = set_open(&cx, o, NULL, old, &made) == 0;
	count(o, taken);
	if (taken) {
		pthread_rwlock_wrlock(&o->lock);
		o->set = made;
		pthread_rwlock_unlock(&o->lock);
		set_close(old);
		pv_log(PV_INFO, "auth", "the authentication configuration was read again", "file", o->file,
		       NULL);
	} else {
		pv_log(PV_ERROR, "auth", "the authentication configuration is wrong: the one before it stays",
		       "file", o->file, "error", pv_error_text(&cx), NULL);
		(void)pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

static void *
watch(void *arg)
{
	oidc *o = arg;

	pthread_mutex_lock(&o->mutex);
	while (!o->closing) {
		int64_t until = pv_mono() + LOOK_EVERY;
		struct timespec ts = {until / PV_SEC, until % PV_SEC};

		pthread_cond_timedwait(&o->cond, &o->mutex, &ts);
		if (o->closing)
			break;
		pthread_mutex_unlock(&o->mutex);
		if (has_changed(o))
			reload(o);
		pthread_mutex_lock(&o->mutex);
	}
	pthread_mutex_unlock(&o->mutex);
	return NULL;
}

/* ---- opening ---- */

static void
name_metrics(oidc *o, pv_metrics *metrics)
{
	static const pv_family_def reloads = {
		.name = "pave_authentication_config_reloads_total",
		.help = "Changes of the authentication configuration's file that were taken, or refused.",
		.labels = {"status"}};
	static const pv_family_def reloaded = {.name = "pave_authentication_config_reload_timestamp_seconds",
					       .help = "When the last such change was taken, or refused.",
					       .type = PV_GAUGE,
					       .labels = {"status"}};

	o->reloads = metrics ? pv_family_new(metrics, &reloads) : NULL;
	o->reloaded = metrics ? pv_family_new(metrics, &reloaded) : NULL;
}

static oidc *
new_oidc(void)
{
	oidc *o = calloc(1, sizeof *o);
	pthread_rwlockattr_t prefer;
	pthread_condattr_t attr;

	PV_ASSERT(o);
	pthread_rwlockattr_init(&prefer); /* many tokens must not keep a new configuration out */
	pthread_rwlockattr_setkind_np(&prefer, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&o->lock, &prefer);
	pthread_rwlockattr_destroy(&prefer);
	pthread_mutex_init(&o->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&o->cond, &attr);
	pthread_condattr_destroy(&attr);
	return o;
}

int
pv_auth_oidc(pv_ctx *cx, pv_auth *auth, const pv_oidc_conf *conf)
{
	oidc *o = new_oidc();
	int r;

	PV_ASSERT(!auth->oidc);
	if (conf->file) {
		o->file = strdup(conf->file);
		PV_ASSERT(o->file);
		(void)has_changed(o); /* before it is read: a change meanwhile is not missed */
		name_metrics(o, conf->metrics);
	}
	o->own = auth->issuers;
	r = set_open(cx, o, conf, NULL, &o->set);
	if (r < 0) {
		oidc_close(o);
		return r;
	}
	if (o->file)
		PV_ASSERT(pthread_create(&o->thread, NULL, watch, o) == 0);
	auth->oidc = o;
	return 0;
}

oidc *
oidc_close(oidc *o)
{
	if (!o)
		return NULL;
	pthread_mutex_lock(&o->mutex);
	o->closing = true;
	pthread_cond_signal(&o->cond);
	pthread_mutex_unlock(&o->mutex);
	if (o->set && o->file)
		pthread_join(o->thread, NULL);
	if (o->set)
		set_close(o->set);
	free(o->file);
	pthread_cond_destroy(&o->cond);
	pthread_mutex_destroy(&o->mutex);
	pthread_rwlock_destroy(&o->lock);
	free(o);
	return NULL;
}
