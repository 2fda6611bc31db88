/* chats: Teams, Telegram, Mattermost, Rocket.Chat, Google Chat, Webex, Pushover.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/overview/ */
#include <string.h>

#include "base/arena.h"
#include "delivery/notifications/inside.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

/* The address that a map of the options has for the recipient. */
static int
address_of(message *m, const char *options, const char *what, const char **ret)
{
	*ret = pv_text(pv_get(pv_get(m->options, options), m->recipient), NULL);
	return *ret ? 0
		    : pv_fail(m->cx, PV_ENOTFOUND, "no %s webhook configured for recipient %s", what,
			      m->recipient);
}

/* ---- Teams ---- */

static int
card(message *m, pv_val *ret)
{
	static const char *const texts[] = {"title", "summary", "themeColor"};
	pv_val sections, facts, actions;
	pv_listb list;
	pv_objb b;
	int r = own_json(m, "sections", &sections);
	r = r < 0 ? r : own_json(m, "facts", &facts);
	r = r < 0 ? r : own_json(m, "potentialAction", &actions);
	if (r < 0)
		return r;
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "@type", "MessageCard");
	pv_objb_puts(&b, "context", "https://schema.org/extensions");
	pv_objb_puts(&b, "text", own_text(m, "text", message_text(m)));
	for (size_t i = 0; i < PV_LEN(texts); i++)
		pv_objb_puts(&b, texts[i], own_text(m, texts[i], i < 2 ? "" : NULL));
	pv_listb_init(&list, m->cx->arena);
	for (size_t i = 0; i < pv_count(&sections); i++)
		pv_listb_add(&list, *pv_item(&sections, i));
	if (!pv_is(&facts, PV_NULL))
		pv_listb_add(&list, pv_with(m->cx->arena, NULL, "facts", facts));
	if (list.len)
		pv_objb_put(&b, "sections", pv_listb_end(&list));
	if (!pv_is(&actions, PV_NULL))
		pv_objb_put(&b, "potentialAction", actions);
	*ret = pv_objb_end(&b);
	return 0;
}

int
send_teams(message *m)
{
	request c = {.method = "POST", .what = "Teams", .body = pv_str_of(own_text(m, "template", ""))};
	pv_httpc_answer answer;
	pv_val body;
	pv_buf b;
	int r = address_of(m, "recipientUrls", "teams", &c.url);
	if (r == 0 && !c.body.len) {
		r = card(m, &body);
		pv_buf_init(&b, m->cx->arena);
		if (r == 0)
			pv_json_write(&b, &body);
		c.body = (pv_str){b.s, b.len};
	}
	r = r < 0 ? r : http_call(m, &c, &answer);
	if (r == 0 && answer.body.len && !pv_str_is(answer.body, "1"))
		return pv_fail(m->cx, PV_EUNAVAILABLE, "teams webhook post error: %.*s",
			       PV_CLIP(answer.body.s));
	return r;
}

/* ---- Teams by workflows: an adaptive card ---- */

static pv_val
block(message *m, const char *text, bool title)
{
	pv_objb b;
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "type", "TextBlock");
	pv_objb_puts(&b, "text", text);
	if (title) {
		pv_objb_puts(&b, "size", "Large");
		pv_objb_puts(&b, "weight", "Bolder");
		pv_objb_puts(&b, "color", own_text(m, "themeColor", NULL));
	}
	pv_objb_put(&b, "wrap", pv_bool(true));
	return pv_objb_end(&b);
}

static void
add_facts(message *m, const pv_val *facts, pv_listb *body)
{
	pv_listb list;
	pv_objb b;
	pv_listb_init(&list, m->cx->arena);
	for (size_t i = 0; i < pv_count(facts); i++) {
		const pv_val *fact = pv_item(facts, i);
		if (!pv_text_at(fact, "name", NULL))
			continue;
		pv_objb_init(&b, m->cx->arena);
		pv_objb_puts(&b, "title", pv_text_at(fact, "name", ""));
		pv_objb_puts(&b, "value", pv_scalar_text(m->cx->arena, pv_get(fact, "value")));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	if (!list.len)
		return;
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "type", "FactSet");
	pv_objb_put(&b, "facts", pv_listb_end(&list));
	pv_listb_add(body, pv_objb_end(&b));
}

static pv_val
links_of(message *m, const pv_val *actions)
{
	pv_listb list;
	pv_listb_init(&list, m->cx->arena);
	for (size_t i = 0; i < pv_count(actions); i++) {
		const pv_val *action = pv_item(actions, i), *targets = pv_get(action, "targets");
		const char *uri = pv_count(targets) ? pv_text_at(pv_item(targets, 0), "uri", "") : "";
		pv_objb b;
		if (!*uri || !pv_streq(pv_text_at(action, "@type", ""), "OpenUri"))
			continue;
		pv_objb_init(&b, m->cx->arena);
		pv_objb_puts(&b, "type", "Action.OpenUrl");
		pv_objb_puts(&b, "title", pv_text_at(action, "name", NULL));
		pv_objb_puts(&b, "url", uri);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static int
adaptive_card(message *m, pv_val *ret)
{
	pv_val sections, facts, actions, links;
	const char *text = own_text(m, "text", message_text(m));
	pv_listb body;
	pv_objb b;
	int r = own_json(m, "adaptiveCard", ret);
	if (r < 0 || !pv_is(ret, PV_NULL))
		return r;
	r = own_json(m, "sections", &sections);
	r = r < 0 ? r : own_json(m, "facts", &facts);
	r = r < 0 ? r : own_json(m, "potentialAction", &actions);
	if (r < 0)
		return r;
	pv_listb_init(&body, m->cx->arena);
	if (*own_text(m, "title", ""))
		pv_listb_add(&body, block(m, own_text(m, "title", ""), true));
	if (*text)
		pv_listb_add(&body, block(m, text, false));
	add_facts(m, &facts, &body);
	for (size_t i = 0; i < pv_count(&sections); i++)
		add_facts(m, pv_get(pv_item(&sections, i), "facts"), &body);
	links = links_of(m, &actions);
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, "type", "AdaptiveCard");
	pv_objb_puts(&b, "version", "1.4");
	pv_objb_put(&b, "body", pv_listb_end(&body));
	if (pv_count(&links))
		pv_objb_put(&b, "actions", links);
	*ret = pv_objb_end(&b);
	return 0;
}

int
send_teams_workflows(message *m)
{
	pv_val content, attachment = pv_null(), body = pv_null();
	const char *url;
	int r = address_of(m, "recipientUrls", "teams-workflows", &url);
	r = r < 0 ? r : adaptive_card(m, &content);
	if (r < 0)
		return r;
	attachment = pv_with(m->cx->arena, &attachment, "contentType",
			     pv_string_ref("application/vnd.microsoft.card.adaptive"));
	attachment = pv_with(m->cx->arena, &attachment, "content", content);
	body = pv_with(m->cx->arena, &body, "type", pv_string_ref("message"));
	body = pv_with(m->cx->arena, &body, "attachments", pv_list_of(m->cx->arena, &attachment, 1));
	return post_json(m, "Teams workflows", url, NULL, &body, NULL);
}

/* ---- Telegram ---- */

/* "-100123" is a group, "-100123|7" a thread of it; anything else a channel. */
static void
put_chat(message *m, pv_objb *b)
{
	pv_str rest = pv_str_of(m->recipient), chat;
	int64_t id;
	if (*m->recipient == '-' && pv_str_next(&rest, '|', &chat) && pv_parse_int(chat, &id)) {
		pv_objb_put(b, "chat_id", pv_int(id));
		if (rest.len && pv_parse_int(rest, &id))
			pv_objb_put(b, "message_thread_id", pv_int(id));
	} else {
		pv_objb_put(b, "chat_id", pv_stringf(m->cx->arena, "@%s", m->recipient));
	}
}

int
send_telegram(message *m)
{
	const char *url =
		pv_printf(m->cx->arena, "%s/bot%s/sendMessage",
			  base_url(m, "apiURL", "https://api.telegram.org"), option(m, "token", ""));
	const pv_val *answer;
	pv_val body;
	pv_objb b;
	int r;
	pv_objb_init(&b, m->cx->arena);
	put_chat(m, &b);
	pv_objb_puts(&b, "text", message_text(m));
	pv_objb_puts(&b, "parse_mode", "Markdown");
	body = pv_objb_end(&b);
	r = post_json(m, "Telegram", url, NULL, &body, &answer);
	if (r == 0 && !pv_truth_at(answer, "ok", false))
		return pv_fail(m->cx, PV_EUNAVAILABLE, "Telegram: %.*s",
			       PV_CLIP(pv_text_at(answer, "description", "it does not say why")));
	return r;
}

/* ---- Mattermost, Rocket.Chat ---- */

int
send_mattermost(message *m)
{
	const char *url = pv_printf(m->cx->arena, "%s/api/v4/posts", base_url(m, "apiURL", ""));
	pv_val attachments, body = pv_null();
	int r = own_json(m, "attachments", &attachments);
	if (r < 0)
		return r;
	if (pv_is(&attachments, PV_NULL))
		attachments = pv_list_of(m->cx->arena, NULL, 0);
	body = pv_with(m->cx->arena, &body, "channel_id", pv_string_ref(m->recipient));
	body = pv_with(m->cx->arena, &body, "message", pv_string_ref(message_text(m)));
	body = pv_with_at(m->cx->arena, &body, "props.attachments", attachments);
	return post_json(m, "Mattermost", url, bearer(m, "token"), &body, NULL);
}

static int
rocket_login(message *m, const char **ret_user, const char **ret_token)
{
	const char *url = pv_printf(m->cx->arena, "%s/api/v1/login", base_url(m, "serverUrl", ""));
	const pv_val *answer;
	pv_val body = pv_null();
	int r;
	body = pv_with(m->cx->arena, &body, "user", pv_string_ref(option(m, "email", "")));
	body = pv_with(m->cx->arena, &body, "password", pv_string_ref(option(m, "password", "")));
	r = post_json(m, "Rocket.Chat", url, NULL, &body, &answer);
	if (r < 0)
		return r;
	*ret_user = pv_text_at(answer, "data.userId", "");
	*ret_token = pv_text_at(answer, "data.authToken", "");
	return 0;
}

int
send_rocketchat(message *m)
{
	request c = {
		.method = "POST",
		.url = pv_printf(m->cx->arena, "%s/api/v1/chat.postMessage", base_url(m, "serverUrl", "")),
		.what = "Rocket.Chat"};
	const char *user, *token, *icon = option(m, "icon", ""), *avatar = option(m, "avatar", "");
	bool channel = *m->recipient == '#' || *m->recipient == '@';
	const pv_val *answer;
	pv_val attachments, body;
	pv_objb b;
	int r = own_json(m, "attachments", &attachments);
	r = r < 0 ? r : rocket_login(m, &user, &token);
	if (r < 0)
		return r;
	c.headers[0] = pv_printf(m->cx->arena, "X-Auth-Token: %s", token);
	c.headers[1] = pv_printf(m->cx->arena, "X-User-Id: %s", user);
	pv_objb_init(&b, m->cx->arena);
	pv_objb_puts(&b, channel ? "channel" : "roomId", m->recipient);
	pv_objb_puts(&b, "text", message_text(m));
	pv_objb_puts(&b, "alias", option(m, "alias", NULL));
	if (*icon == ':' && pv_ends_with(icon, ":"))
		pv_objb_puts(&b, "emoji", icon);
	if (pv_httpc_host(m->cx->arena, avatar))
		pv_objb_puts(&b, "avatar", avatar);
	if (!pv_is(&attachments, PV_NULL))
		pv_objb_put(&b, "attachments", attachments);
	body = pv_objb_end(&b);
	r = http_json(m, &c, &body, &answer);
	if (r == 0 && !pv_truth_at(answer, "success", false))
		return pv_fail(m->cx, PV_EUNAVAILABLE, "Rocket.Chat: %.*s",
			       PV_CLIP(pv_text_at(answer, "error", "it does not say why")));
	return r;
}

/* ---- Google Chat ---- */

/* A YAML or JSON text of cards. */
static int
cards(message *m, const char *name, pv_val *ret)
{
	const pv_yaml_opts opts = {.file = name};
	const char *text = own_text(m, name, "");
	const pv_val *v = NULL;
	int r = *text ? pv_yaml_parse(m->cx, pv_str_of(text), &opts, &v) : 0;
	*ret = v ? *v : pv_null();
	return r;
}

static int
chat_body(message *m, pv_val *ret)
{
	pv_val old, new;
	pv_listb list;
	pv_objb b;
	int r = cards(m, "cards", &old);
	r = r < 0 ? r : cards(m, "cardsV2", &new);
	if (r < 0)
		return r;
	pv_objb_init(&b, m->cx->arena);
	pv_listb_init(&list, m->cx->arena);
	for (size_t i = 0; i < pv_count(&new); i++) {
		pv_val one =
			pv_with(m->cx->arena, NULL, "cardId", pv_string(m->cx->arena, pv_uuid(m->cx->arena)));
		pv_listb_add(&list, pv_with(m->cx->arena, &one, "card", *pv_item(&new, i)));
	}
	if (list.len)
		pv_objb_put(&b, "cardsV2", pv_listb_end(&list));
	if (pv_count(&old))
		pv_objb_put(&b, "cards", old);
	if (!list.len && !pv_count(&old))
		pv_objb_puts(&b, "text", message_text(m));
	*ret = pv_objb_end(&b);
	return 0;
}

int
send_googlechat(message *m)
{
	const char *thread = own_text(m, "threadKey", ""), *url;
	const pv_val *answer;
	pv_val body;
	int r = address_of(m, "webhooks", "Google chat", &url);
	r = r < 0 ? r : chat_body(m, &body);
	if (r == 0 && *thread)
		url = pv_printf(m->cx->arena,
				"%s%cthreadKey=%s&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
				url, strchr(url, '?') ? '&' : '?', pv_url_escape(m->cx->arena, thread));
	r = r < 0 ? r : post_json(m, "Google Chat", url, NULL, &body, &answer);
	if (r == 0 && pv_get(answer, "error"))
		return pv_fail(m->cx, PV_EUNAVAILABLE, "Google Chat: %.*s",
			       PV_CLIP(pv_text_at(answer, "error.message", "it does not say why")));
	return r;
}

/* ---- Webex, Pushover ---- */

int
send_webex(message *m)
{
	const char *url =
		pv_printf(m->cx->arena, "%s/v1/messages", base_url(m, "apiURL", "https://webexapis.com"));
	pv_val body = pv_with(m->cx->arena, NULL, strchr(m->recipient, '@') ? "toPersonEmail" : "roomId",
			      pv_string_ref(m->recipient));
	body = pv_with(m->cx->arena, &body, "markdown", pv_string_ref(message_text(m)));
	return post_json(m, "Webex", url, bearer(m, "token"), &body, NULL);
}

int
send_pushover(message *m)
{
	const char *url = pv_printf(m->cx->arena, "%s/1/messages.json",
				    base_url(m, "apiURL", "https://api.pushover.net"));
	pv_val body = pv_with(m->cx->arena, NULL, "token", pv_string_ref(option(m, "token", "")));
	body = pv_with(m->cx->arena, &body, "user", pv_string_ref(m->recipient));
	body = pv_with(m->cx->arena, &body, "message", pv_string_ref(message_text(m)));
	return post_json(m, "Pushover", url, NULL, &body, NULL);
}
