/* Who sends events, how each tells them apart, and what proves that it is the one. */
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "delivery/webhook/webhook.h"

static const struct webhook_event github[] = {
	{"push", WEBHOOK_REPOSITORY},          {"ping", WEBHOOK_PING},
	{"pull_request", WEBHOOK_REPOSITORY},  {"package", WEBHOOK_PACKAGE},
	{"registry_package", WEBHOOK_PACKAGE}, {0},
};
static const struct webhook_event gitlab[] = {
	{"Push Hook", WEBHOOK_REPOSITORY},
	{"Tag Push Hook", WEBHOOK_REPOSITORY},
	{"System Hook", WEBHOOK_REPOSITORY},
	{"Merge Request Hook", WEBHOOK_REPOSITORY},
	{0},
};
static const struct webhook_event bitbucket[] = {
	{"repo:push", WEBHOOK_REPOSITORY},  {"repo:refs_changed", WEBHOOK_REPOSITORY},
	{"diagnostics:ping", WEBHOOK_PING}, {"pullrequest:*", WEBHOOK_REPOSITORY},
	{"pr:*", WEBHOOK_REPOSITORY},       {0},
};
static const struct webhook_event azure[] = {
	{"git.push", WEBHOOK_REPOSITORY},
	{"git.pullrequest.*", WEBHOOK_REPOSITORY},
	{0},
};
static const struct webhook_event harbor[] = {
	{"PUSH_ARTIFACT", WEBHOOK_PACKAGE},
	{0},
};

/* Gitea and Gogs come first, for they also send GitHub's headers; Bitbucket's cloud before its server. */
static const struct webhook_sender senders[] = {
	{"Gitea",
	 "X-Gitea-Event",
	 "X-Gitea-Event",
	 github,
	 PROOF_HMAC,
	 "X-Gitea-Signature",
	 {"webhook.gogs.secret"}},
	{"Gogs",
	 "X-Gogs-Event",
	 "X-Gogs-Event",
	 github,
	 PROOF_HMAC,
	 "X-Gogs-Signature",
	 {"webhook.gogs.secret"}},
	{"GitHub",
	 "X-GitHub-Event",
	 "X-GitHub-Event",
	 github,
	 PROOF_HMAC,
	 "X-Hub-Signature-256",
	 {"webhook.github.secret"}},
	{"GitLab",
	 "X-Gitlab-Event",
	 "X-Gitlab-Event",
	 gitlab,
	 PROOF_TOKEN,
	 "X-Gitlab-Token",
	 {"webhook.gitlab.secret"}},
	{"Bitbucket",
	 "X-Hook-UUID",
	 "X-Event-Key",
	 bitbucket,
	 PROOF_TOKEN,
	 "X-Hook-UUID",
	 {"webhook.bitbucket.uuid"}},
	{"Bitbucket Server",
	 "X-Event-Key",
	 "X-Event-Key",
	 bitbucket,
	 PROOF_HMAC,
	 "X-Hub-Signature",
	 {"webhook.bitbucketserver.secret"}},
	{"Azure DevOps",
	 "X-Vss-Activityid",
	 ".eventType",
	 azure,
	 PROOF_LOGIN,
	 "Authorization",
	 {"webhook.azuredevops.username", "webhook.azuredevops.password"}},
	{"Harbor", NULL, ".type", harbor, PROOF_TOKEN, "Authorization", {"webhook.harbor.secret"}},
};

const struct webhook_sender *
webhook_sender_of(const webhook_request *q)
{
	for (size_t i = 0; i < PV_LEN(senders); i++) {
		const struct webhook_sender *one = &senders[i];

		if (one->mark ? q->header(q->arg, one->mark) != NULL
			      : pv_is(pv_at(q->payload, "event_data.repository"), PV_OBJECT))
			return one;
	}
	return NULL;
}

/* "a, b or c". */
static void
put_choice(pv_buf *b, const char *name, bool is_last)
{
	pv_buf_printf(b, "%s%s", b->len == 0 ? "" : is_last ? " or " : ", ", name);
}

const char *
webhook_senders(pv_arena *arena)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	for (size_t i = 0; i < PV_LEN(senders); i++)
		put_choice(&b, senders[i].name, i + 1 == PV_LEN(senders));
	return b.s;
}

const char *
webhook_events(pv_arena *arena, const struct webhook_sender *sender)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	for (const struct webhook_event *e = sender->events; e->event; e++)
		put_choice(&b, e->event, !e[1].event);
	return b.s;
}

static bool
is_event(const char *pattern, const char *event)
{
	size_t len = strlen(pattern);

	return len && pattern[len - 1] == '*' ? strncmp(pattern, event, len - 1) == 0
					      : pv_streq(pattern, event);
}

enum webhook_kind
webhook_kind_of(const struct webhook_sender *sender, const webhook_request *q, const char **ret_event)
{
	const char *event = *sender->event == '.' ? pv_text_at(q->payload, sender->event + 1, NULL)
						  : q->header(q->arg, sender->event);

	*ret_event = event ? event : "";
	for (const struct webhook_event *e = sender->events; e->event; e++)
		if (is_event(e->event, *ret_event))
			return e->kind;
	return WEBHOOK_UNKNOWN;
}

/* "Basic base64(user:password)": each that is asked for must be the same. */
static bool
is_login(pv_arena *arena, const char *given, const char *const secrets[2])
{
	pv_str rest, user;
	size_t len = 0;
	const char *plain;

	if (!pv_starts_with(given, "Basic "))
		return false;
	plain = (const char *)pv_unbase64(arena, pv_str_of(given + strlen("Basic ")), false, &len);
	rest = (pv_str){plain, plain ? len : 0};
	return plain && pv_str_next(&rest, ':', &user) &&
	       (!secrets[0] || pv_same_secret(user, pv_str_of(secrets[0]))) &&
	       (!secrets[1] || pv_same_secret(rest, pv_str_of(secrets[1])));
}

bool
webhook_proven(pv_arena *arena, const struct webhook_sender *sender, const webhook_request *q,
	       const char *const secrets[2])
{
	const char *given = q->header(q->arg, sender->proof_header);
	uint8_t mac[32];

	if (!secrets[0] && !secrets[1])
		return true;
	if (!given)
		return false;
	if (sender->proof == PROOF_LOGIN)
		return is_login(arena, given, secrets);
	if (sender->proof == PROOF_TOKEN)
		return pv_same_secret(pv_str_of(given), pv_str_of(secrets[0]));
	if (pv_starts_with(given, "sha256="))
		given += strlen("sha256=");
	pv_hmac_sha256(pv_str_of(secrets[0]), q->body.s, q->body.len, mac);
	return pv_same_secret(pv_str_of(given), pv_str_of(pv_hex(arena, mac, sizeof(mac))));
}
