/* slack: chat.postMessage and chat.update of its Web API.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/slack/ */
#include <string.h>

#include "base/arena.h"
#include "base/turn.h"
#include "delivery/notifications/inside.h"

#define PAGES_MOST 100 /* of channels that are looked through for a name */

static const char *
api_url(const message *m, const char *method)
{
	const char *base = option(m, "apiURL", "https://slack.com/api/");
	return pv_printf(m->cx->arena, "%s%s%s", base, pv_ends_with(base, "/") ? "" : "/", method);
}

/* Slack answers 200 and says in the body whether it was well. */
static int
ask(message *m, const char *http_method, const char *method, const pv_val *body, const pv_val **ret)
{
	const request c = {.method = http_method,
			   .url = api_url(m, method),
			   .type = "application/json; charset=utf-8",
			   .headers = {bearer(m, "token")},
			   .what = "Slack"};
	int r = http_json(m, &c, body, ret);
	if (r == 0 && !pv_truth_at(*ret, "ok", false))
		return pv_fail(m->cx, PV_EUNAVAILABLE, "Slack: %.*s: %.*s", (int)strcspn(method, "?"), method,
			       PV_CLIP(pv_text_at(*ret, "error", "it does not say why")));
	return r;
}

/* ---- mentions ---- */

static int
user_of(message *m, const char *mail, const char **ret)
{
	const pv_val *answer;
	int r = ask(
		m, "GET",
		pv_printf(m->cx->arena, "users.lookupByEmail?email=%s", pv_url_escape(m->cx->arena, mail)),
		NULL, &answer);
	if (r == 0)
		*ret = pv_printf(m->cx->arena, "<@%s>", pv_text_at(answer, "user.id", ""));
	return r;
}

static int
channel_of(message *m, const char *name, const char **ret)
{
	const char *cursor = "";
	int r = 0;
	name += *name == '#';
	for (int page = 0; r == 0 && page < PAGES_MOST; page++) {
		const pv_val *answer, *list;
		r = ask(m, "GET",
			pv_printf(m->cx->arena,
				  "conversations.list?exclude_archived=true&limit=200&types=public_channel,"
				  "private_channel&cursor=%s",
				  pv_url_escape(m->cx->arena, cursor)),
			NULL, &answer);
		list = r == 0 ? pv_get(answer, "channels") : NULL;
		for (size_t i = 0; i < pv_count(list); i++)
			if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name)) {
				*ret = pv_printf(m->cx->arena, "<#%s>",
						 pv_text_at(pv_item(list, i), "id", ""));
				return 0;
			}
		cursor = r == 0 ? pv_text_at(answer, "response_metadata.next_cursor", "") : "";
		if (!*cursor)
			break;
	}
	return r;
}

static int
group_of(message *m, const char *name, const char **ret)
{
	const pv_val *answer, *list;
	int r = ask(m, "GET", "usergroups.list", NULL, &answer);
	list = r == 0 ? pv_get(answer, "usergroups") : NULL;
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "handle", ""), name) ||
		    pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			*ret = pv_printf(m->cx->arena, "<!subteam^%s>",
					 pv_text_at(pv_item(list, i), "id", ""));
	return r;
}

static const struct {
	const char *mark;
	int (*find)(message *m, const char *name, const char **ret);
} mentions[] = {{"__SLACK_USER_EMAIL__", user_of},
		{"__SLACK_CHANNEL__", channel_of},
		{"__SLACK_USERGROUP__", group_of}};

/* Marks become what Slack understands; whom it does not know stays a mark, as upstream.  A text may have thousands. */
static int
mentioned(message *m, const char *text, const char **ret)
{
	int r = 0;
	for (size_t i = 0; i < PV_LEN(mentions); i++) {
		const char *at = text;
		while (r == 0 && (at = strstr(at, mentions[i].mark))) {
			const char *name = at + strlen(mentions[i].mark), *end = strstr(name, "__"),
				   *found = NULL;
			size_t before = (size_t)(at - text);
			if (!end)
				break;
			if (mentions[i].find(m, pv_strndup(m->cx->arena, name, (size_t)(end - name)),
					     &found) < 0)
				pv_recover(m->cx);
			if (found)
				text = pv_printf(m->cx->arena, "%.*s%s%s", (int)before, text, found, end + 2);
			at = found ? text + before + strlen(found) : end + 2;
			r = pv_ctx_check(m->cx);
		}
	}
	*ret = text;
	return r;
}

/* ---- the message ---- */

static int
put_json(message *m, const char *name, pv_objb *b)
{
	message with = *m;
	const char *text;
	pv_val own, v;
	int r = mentioned(m, own_text(m, name, ""), &text);
	if (r < 0)
		return r;
	own = pv_with(m->cx->arena, NULL, name, pv_string_ref(text));
	with.own = &own;
	r = own_json(&with, name, &v);
	if (r == 0 && !pv_is(&v, PV_NULL))
		pv_objb_put(b, name, v);
	return r;
}

static void
put_face(message *m, pv_objb *b)
{
	const char *name = own_text(m, "username", option(m, "username", "")),
		   *icon = own_text(m, "icon", option(m, "icon", ""));
	size_t n = strlen(icon);
	if (*name)
		pv_objb_puts(b, "username", name);
	if (n > 2 && icon[0] == ':' && icon[n - 1] == ':')
		pv_objb_puts(b, "icon_emoji", icon);
	else if (pv_httpc_host(m->cx->arena, icon))
		pv_objb_puts(b, "icon_url", icon);
	if (pv_truth(pv_get(m->options, "disableUnfurl"), false)) {
		pv_objb_put(b, "unfurl_links", pv_bool(false));
		pv_objb_put(b, "unfurl_media", pv_bool(false));
	}
}

static int
body_of(message *m, const pv_val *thread, bool update, pv_val *ret)
{
	const char *channel = update ? pv_text_at(thread, "channel", "") : m->recipient, *text;
	pv_objb b;
	int r = mentioned(m, message_text(m), &text);
	if (r < 0)
		return r;
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "channel", channel);
	pv_objb_puts(&b, "text", text);
	put_face(m, &b);
	r = put_json(m, "attachments", &b);
	r = r < 0 ? r : put_json(m, "blocks", &b);
	if (thread)
		pv_objb_puts(&b, update ? "ts" : "thread_ts", pv_text_at(thread, "timestamp", NULL));
	if (!update && pv_truth_at(m->own, "notifyBroadcast", false))
		pv_objb_put(&b, "reply_broadcast", pv_bool(true));
	*ret = pv_objb_end(&b);
	return r;
}

/* ---- threads ---- */

static bool
is_of(const pv_rec *rec, void *key)
{
	return pv_streq(pv_text_at(pv_rec_val(rec), "status.thread.key", ""), key);
}

/* The first message with the same grouping key to the same recipient, out of what was delivered here. */
static const pv_val *
thread_of(message *m, const char *key)
{
	const pv_list_query query = {.type = TYPE, .ns = m->ns, .keep = is_of, .arg = (void *)(uintptr_t)key};
	const pv_val *first = NULL;
	pv_listing listing;
	if (!m->api || pv_store_list(m->cx, pv_api_store(m->api), &query, &listing) < 0) {
		pv_recover(m->cx);
		return NULL;
	}
	for (size_t i = 0; i < listing.len; i++) {
		const pv_val *t = pv_at(pv_rec_val(listing.recs[i]), "status.thread");
		if (!first || strcmp(pv_text_at(t, "timestamp", ""), pv_text_at(first, "timestamp", "")) < 0)
			first = t;
	}
	return first;
}

static pv_val
thread_val(message *m, const char *key, const char *channel, const char *timestamp)
{
	pv_objb b;
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "key", key);
	pv_objb_puts(&b, "channel", channel);
	pv_objb_puts(&b, "timestamp", timestamp);
	return pv_objb_end(&b);
}

int
send_slack(message *m)
{
	const char *group = own_text(m, "groupingKey", ""), *policy = own_text(m, "deliveryPolicy", "Post"),
		   *key = pv_printf(m->cx->arena, "%s|%s|%s", m->service, m->recipient, group);
	const pv_val *thread = *group ? thread_of(m, key) : NULL, *answer;
	bool post = !thread || !pv_streq(policy, "Update"),
	     update = thread && (pv_streq(policy, "Update") || pv_streq(policy, "PostAndUpdate"));
	pv_val body;
	int r = 0;
	if (thread)
		m->thread = *thread;
	if (update) { /* first: where it fails and is tried again, nothing is posted twice */
		r = body_of(m, thread, true, &body);
		r = r < 0 ? r : ask(m, "POST", "chat.update", &body, &answer);
	}
	if (r == 0 && post) {
		r = body_of(m, thread, false, &body);
		r = r < 0 ? r : ask(m, "POST", "chat.postMessage", &body, &answer);
		if (r == 0 && *group && !thread)
			m->thread = thread_val(m, key, pv_text_at(answer, "channel", ""),
					       pv_text_at(answer, "ts", ""));
	}
	return r;
}
