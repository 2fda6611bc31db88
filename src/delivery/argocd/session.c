/* session: signing in, who one is, what one may, and local accounts with their tokens. */
#include <string.h>

#include "base/regex.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "delivery/argocd/impl.h"
#include "lang/json/json.h"

#define SESSION_TIME "24h"
#define LIKE "v3.2.0"    /* the version whose paths these are */
#define TOKENS_MOST 1000 /* of one account */
#define PASSWORD "^.{8,32}$"

/* ---- signing in ---- */

static int64_t
session_seconds(call *c)
{
	const char *text = settings_text(c->cx, c->api, "argocd-cm", "users.session.duration", SESSION_TIME);
	int64_t ns;
	return pv_duration_parse(pv_str_of(text), &ns) && ns >= PV_SEC ? ns / PV_SEC : 24 * 3600;
}

static void
set_cookie(call *c, const char *token, int64_t seconds)
{
	pv_http_set(c->req, "Set-Cookie",
		    pv_printf(c->cx->arena,
			      ARGOCD_COOKIE "=%s; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=%lld",
			      token, (long long)seconds));
}

static int
sign_in(call *c)
{
	const char *name = pv_text_at(c->body, "username", ""),
		   *password = pv_text_at(c->body, "password", ""), *text;
	int64_t now = pv_now() / PV_SEC, length = session_seconds(c);
	jwt_claims t = {.id = pv_uuid(c->cx->arena), .issued = now, .expires = now + length};
	account a;
	bool there = account_find(c->cx, c->api, name, &a);
	int r = 0;
	if (!*name || !*password)
		r = pv_fail(c->cx, PV_EUNAUTHORIZED, "no credentials supplied");
	if (r == 0)
		r = account_prove(c->cx, c->api, name, there ? &a : NULL, password);
	if (r == 0 && !a.login)
		r = pv_fail(c->cx, PV_EUNAUTHORIZED, "account %s does not have login capability", name);
	t.subject = pv_printf(c->cx->arena, "%s:login", name);
	if (r == 0)
		r = token_sign(c->cx, c->api, &t, &text);
	if (r < 0)
		return r;
	set_cookie(c, text, length);
	return call_answer(c, pv_with(c->cx->arena, NULL, "token", pv_string_ref(text)));
}

static int
sign_out(call *c)
{
	if (c->who.kind == CALLER_ACCOUNT && c->who.token && c->who.expires)
		account_revoke(c->api, c->who.token, c->who.expires);
	set_cookie(c, "", 0);
	return call_answer_nothing(c);
}

static int
user_info(call *c)
{
	pv_listb groups;
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_put(&b, "loggedIn", pv_bool(c->who.kind != CALLER_NOBODY));
	if (c->who.kind == CALLER_NOBODY)
		return call_answer(c, pv_objb_end(&b));
	pv_objb_puts(&b, "username", c->who.name);
	pv_objb_puts(&b, "iss", c->who.kind == CALLER_KUBERNETES ? "pave" : "argocd");
	pv_listb_init(&groups, c->cx->arena);
	for (size_t i = 0; c->who.groups[i]; i++)
		pv_listb_add(&groups, pv_string_ref(c->who.groups[i]));
	pv_objb_put(&b, "groups", pv_listb_end(&groups));
	return call_answer(c, pv_objb_end(&b));
}

/* ---- what anybody may read ---- */

static int
version(call *c)
{
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "Version", LIKE "+pave." PAVE_VERSION);
	return call_answer(c, pv_objb_end(&b));
}

static bool
anybody_signs_in(call *c)
{
	pv_vec all;
	bool found = false;
	account_all(c->cx, c->api, &all);
	for (size_t i = 0; i < all.len; i++)
		found = found || (PV_AT(account, &all, i)->enabled && PV_AT(account, &all, i)->login);
	return found;
}

static int
settings(call *c)
{
	static const struct {
		const char *member, *key;
	} texts[] = {{"url", "url"},
		     {"statusBadgeRootUrl", "statusbadge.url"},
		     {"uiBannerContent", "ui.bannercontent"},
		     {"appLabelKey", "application.instanceLabelKey"},
		     {"trackingMethod", "application.resourceTrackingMethod"}};
	bool known = c->who.kind != CALLER_NOBODY;
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	for (size_t i = 0; i < PV_LEN(texts); i++)
		if (known || i == 0)
			pv_objb_puts(&b, texts[i].member,
				     settings_text(c->cx, c->api, "argocd-cm", texts[i].key, NULL));
	pv_objb_put(&b, "userLoginsDisabled", pv_bool(!anybody_signs_in(c)));
	pv_objb_put(&b, "appsInAnyNamespaceEnabled", pv_bool(true));
	pv_objb_put(&b, "controllerNamespace", pv_string_ref(ARGOCD_NS));
	pv_objb_put(&b, "execEnabled", pv_bool(false));
	return call_answer(c, pv_objb_end(&b));
}

static int
plugins(call *c)
{
	return call_answer_nothing(c); /* there are none */
}

/* ---- what one may ---- */

static int
can_i(call *c)
{
	const char *slash = strchr(c->part[2], '/'), *name = slash ? slash + 1 : c->part[2];
	const char *inner = slash ? strchr(name, '/') : NULL;
	const char *ns = inner ? pv_strndup(c->cx->arena, name, (size_t)(inner - name)) : ARGOCD_NS;
	name = inner ? inner + 1 : name;
	name = strchr(name, '*') ? "" : name; /* of all of them */
	ns = strchr(ns, '*') ? "" : ns;
	return call_answer(
		c, pv_with(c->cx->arena, NULL, "value",
			   pv_string_ref(rights_have(c->rights, c->part[0], c->part[1], c->part[2], ns, name)
						 ? "yes"
						 : "no")));
}

/* ---- accounts ---- */

/* One's own, or with a right to it. */
static int
find_account(call *c, const char *name, const char *action, account *ret)
{
	bool own = c->who.kind == CALLER_ACCOUNT && pv_streq(c->who.name, name);
	int r = own ? 0
		    : rights_check(c->rights, "accounts", action, name, ARGOCD_NS,
				   pv_streq(action, "get") ? "argocd-cm" : ARGOCD_SECRET, NULL);
	if (r == 0 && !account_find(c->cx, c->api, name, ret))
		r = pv_fail(c->cx, PV_ENOTFOUND, "account '%s' does not exist", name);
	return r;
}

static int
accounts(call *c)
{
	pv_listb items;
	pv_vec all;
	account_all(c->cx, c->api, &all);
	pv_listb_init(&items, c->cx->arena);
	for (size_t i = 0; i < all.len; i++) {
		const account *a = PV_AT(account, &all, i);
		if (rights_have(c->rights, "accounts", "get", a->name, ARGOCD_NS, "argocd-cm"))
			pv_listb_add(&items, account_show(c->cx->arena, a));
	}
	return call_answer(c, pv_with(c->cx->arena, NULL, "items", pv_listb_end(&items)));
}

static int
one_account(call *c)
{
	account a;
	int r = find_account(c, c->part[0], "get", &a);
	return r < 0 ? r : call_answer(c, account_show(c->cx->arena, &a));
}

/* Whoever changes a password shows their own: a token that was lost is not enough. */
static int
check_current(call *c, const char *current)
{
	account own;
	if (c->who.kind != CALLER_ACCOUNT)
		return 0;
	if (!account_find(c->cx, c->api, c->who.name, &own) ||
	    account_prove(c->cx, c->api, c->who.name, &own, current) < 0) {
		if (c->cx->err)
			(void)pv_recover(c->cx);
		return pv_fail(c->cx, PV_EBADREQUEST, "current password does not match");
	}
	return 0;
}

static int
check_new(call *c, const char *wish)
{
	const char *pattern = settings_text(c->cx, c->api, "argocd-cm", "passwordPattern", "");
	const pv_re *re;
	int r;
	pattern = *pattern ? pattern : PASSWORD;
	r = pv_re_cached(c->cx, pv_str_of(pattern), NULL, &re);
	if (r < 0)
		return pv_wrap(c->cx, r, "passwordPattern of ConfigMap argocd/argocd-cm");
	return pv_re_match(re, pv_str_of(wish))
		       ? 0
		       : pv_fail(c->cx, PV_EBADREQUEST,
				 "new password does not match the following expression: %s.", pattern);
}

static int
password(call *c)
{
	const char *name = pv_text_at(c->body, "name", ""), *wish = pv_text_at(c->body, "newPassword", "");
	account a;
	int r;
	name = *name ? name : c->who.name;
	r = find_account(c, name, "update", &a);
	if (r == 0)
		r = check_current(c, pv_text_at(c->body, "currentPassword", ""));
	if (r == 0)
		r = check_new(c, wish);
	if (r == 0)
		r = account_put_password(c->cx, c->api, &a, wish);
	return r < 0 ? r : call_answer_nothing(c);
}

static pv_val
token_row(pv_arena *arena, const jwt_claims *t)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "id", t->id);
	pv_objb_put(&b, "iat", pv_int(t->issued));
	if (t->expires)
		pv_objb_put(&b, "exp", pv_int(t->expires));
	return pv_objb_end(&b);
}

int
token_wished(call *c, jwt_claims *ret)
{
	const pv_val *v = pv_get(c->body, "expiresIn");
	int64_t seconds = pv_i64(v, 0), now = pv_now() / PV_SEC;
	const char *id = pv_text_at(c->body, "id", "");
	if (pv_is(v, PV_STRING) && !pv_parse_int(pv_strv(v), &seconds))
		return pv_fail(c->cx, PV_EBADREQUEST, "expiresIn: expected seconds, found \"%s\"",
			       pv_text(v, ""));
	if (seconds < 0 || seconds > INT32_MAX)
		return pv_fail(c->cx, PV_EBADREQUEST, "expiresIn: expected 0 (never) to %d seconds",
			       INT32_MAX);
	*ret = (jwt_claims){.id = *id ? id : pv_uuid(c->cx->arena), .issued = now};
	ret->expires = seconds ? now + seconds : 0;
	return 0;
}

static bool
has_id(const pv_val *list, const char *id)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "id", ""), id))
			return true;
	return false;
}

/* Under the lock: what is written is what was read and one more. */
static int
add_token(call *c, const char *name, const jwt_claims *t)
{
	pv_val rows, row = token_row(c->cx->arena, t);
	account a;
	if (!account_find(c->cx, c->api, name, &a))
		return pv_fail(c->cx, PV_ENOTFOUND, "account '%s' does not exist", name);
	if (has_id(a.tokens, t->id))
		return pv_fail(c->cx, PV_EBADREQUEST, "account already has token with id '%s'", t->id);
	if (pv_count(a.tokens) >= TOKENS_MOST)
		return pv_fail(c->cx, PV_EBADREQUEST, "an account has at most %d tokens: delete some",
			       TOKENS_MOST);
	rows = pv_list_of(c->cx->arena, &row, 1);
	rows = a.tokens ? pv_list_union(c->cx->arena, a.tokens, &rows) : rows;
	return account_put_tokens(c->cx, c->api, &a, rows);
}

static int
create_token(call *c)
{
	const char *text;
	account a;
	jwt_claims t;
	int r = find_account(c, c->part[0], "update", &a);
	if (r == 0 && !a.api_key)
		r = pv_fail(
			c->cx, PV_EBADREQUEST,
			"account '%s' does not have capability to use apiKey: say so in argocd-cm, accounts.%s",
			a.name, a.name);
	if (r == 0)
		r = token_wished(c, &t);
	t.subject = pv_printf(c->cx->arena, "%s:apiKey", c->part[0]);
	if (r == 0)
		r = token_sign(c->cx, c->api, &t, &text);
	if (r < 0)
		return r;
	account_lock(c->api, true);
	r = add_token(c, a.name, &t);
	account_lock(c->api, false);
	return r < 0 ? r : call_answer(c, pv_with(c->cx->arena, NULL, "token", pv_string_ref(text)));
}

static int
drop_token(call *c, const char *name, const char *id)
{
	pv_listb rows;
	account a;
	if (!account_find(c->cx, c->api, name, &a) || !has_id(a.tokens, id))
		return pv_fail(c->cx, PV_ENOTFOUND, "token with id '%s' does not exist", id);
	pv_listb_init(&rows, c->cx->arena);
	for (size_t i = 0; i < pv_count(a.tokens); i++)
		if (!pv_streq(pv_text_at(pv_item(a.tokens, i), "id", ""), id))
			pv_listb_add(&rows, *pv_item(a.tokens, i));
	return account_put_tokens(c->cx, c->api, &a, pv_listb_end(&rows));
}

static int
delete_token(call *c)
{
	account a;
	int r = find_account(c, c->part[0], "update", &a);
	if (r < 0)
		return r;
	account_lock(c->api, true);
	r = drop_token(c, a.name, c->part[1]);
	account_lock(c->api, false);
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path session_paths[] = {
	{"GET", "version", version, PATH_PUBLIC},
	{"GET", "v1/settings", settings, PATH_PUBLIC},
	{"GET", "v1/settings/plugins", plugins, 0},
	{"POST", "v1/session", sign_in, PATH_PUBLIC},
	{"DELETE", "v1/session", sign_out, PATH_PUBLIC},
	{"GET", "v1/session/userinfo", user_info, PATH_PUBLIC},
	{"GET", "v1/account", accounts, 0},
	{"GET", "v1/account/{}", one_account, 0},
	{"GET", "v1/account/can-i/{}/{}/{**}", can_i, 0},
	{"PUT", "v1/account/password", password, 0},
	{"POST", "v1/account/{}/token", create_token, 0},
	{"DELETE", "v1/account/{}/token/{}", delete_token, 0},
	{NULL, NULL, NULL, 0},
};
