/* subscribe: who wants to be told.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/ */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "delivery/notifications/inside.h"
#include "lang/selector/selector.h"
#include "lang/yaml/yaml.h"

#define DESTINATIONS_MOST 1000 /* of one Application, those that are said twice counted twice */

typedef struct gather {
	config *c;
	pv_vec *to;
	size_t said;
	pv_map *known;
	const pv_val *defaults; /* defaultTriggers */
} gather;

static int
add(gather *g, const char *trigger, const char *service, const char *recipient)
{
	const destination to = {trigger, service, recipient};
	const char *id;
	if (g->said++ == DESTINATIONS_MOST)
		return pv_fail(g->c->cx, PV_ETOOLARGE,
			       "more than the limit of %d subscriptions of one Application",
			       DESTINATIONS_MOST);
	id = pv_printf(g->c->cx->arena, "%s\n%s\n%s", trigger, service, recipient);
	if (*trigger && *service && !pv_map_puts(g->known, id, g->to))
		pv_vec_push(g->to, &to);
	return 0;
}

/* triggers: names. */
static int
add_all(gather *g, const pv_val *triggers, const char *service, const char *recipient)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(triggers); i++)
		r = add(g, pv_text(pv_item(triggers, i), ""), service, recipient);
	return r;
}

/* Those of the service by default, or those by default. */
static int
default_triggers(gather *g, const char *service, const pv_val **ret)
{
	int r = config_yaml(g->c, pv_printf(g->c->cx->arena, "defaultTriggers.%s", service), ret);
	if (!*ret)
		*ret = g->defaults;
	return r;
}

/* subscribe.TRIGGER.SERVICE: a;b, or subscribe.SERVICE */
static int
of_key(gather *g, pv_str key, pv_str recipients)
{
	pv_arena *arena = g->c->cx->arena;
	pv_str first, second = {"", 0}, one;
	pv_val trigger, alone;
	const pv_val *triggers = &alone;
	const char *service;
	bool none = !recipients.len;
	int r = 0;
	if (!pv_str_next(&key, '.', &first))
		return 0;
	if (pv_str_next(&key, '.', &second)) {
		trigger = pv_stringn(arena, first.s, first.len);
		alone = pv_list_of(arena, &trigger, 1);
		service = pv_strndup(arena, second.s, second.len);
	} else {
		service = pv_strndup(arena, first.s, first.len);
		r = default_triggers(g, service, &triggers);
	}
	if (r == 0 && none) /* the service knows */
		return add_all(g, triggers, service, "");
	while (r == 0 && pv_str_next(&recipients, ';', &one)) {
		one = pv_str_trim(one);
		if (one.len)
			r = add_all(g, triggers, service, pv_strndup(arena, one.s, one.len));
	}
	return r;
}

/* subscriptions: [{trigger: [..], destinations: [{service, recipients}]}] */
static int
of_yaml(gather *g, const char *key, const char *text)
{
	const pv_yaml_opts opts = {.file = key};
	const pv_val *list;
	int r = pv_yaml_parse(g->c->cx, pv_str_of(text), &opts, &list);
	if (r < 0)
		return pv_wrap(g->c->cx, r, "annotation %s", key);
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *triggers = pv_get(pv_item(list, i), "trigger"),
			     *to = pv_get(pv_item(list, i), "destinations");
		for (size_t k = 0; r == 0 && k < pv_count(to); k++) {
			const pv_val *dest = pv_item(to, k), *names = pv_get(dest, "recipients");
			for (size_t n = 0; r == 0 && n < pv_count(names); n++)
				r = add_all(g, triggers, pv_text_at(dest, "service", ""),
					    pv_text(pv_item(names, n), ""));
		}
	}
	return r;
}

static int
of_annotations(gather *g, const pv_val *object)
{
	const pv_val *all = pv_at(object, "metadata.annotations");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_member_count(all); i++) {
		const char *key = pv_text(&pv_sorted(all, i)->key, "");
		pv_str value = pv_strv(&pv_sorted(all, i)->val);
		if (pv_starts_with(key, PREFIX "subscribe."))
			r = of_key(g, pv_str_of(key + strlen(PREFIX "subscribe.")), value);
		else if (pv_starts_with(key, PREFIX "subscriptions"))
			r = of_yaml(g, key, pv_text(&pv_sorted(all, i)->val, ""));
	}
	return r;
}

/* ---- the ConfigMap's ---- */

static int
selects(gather *g, const pv_val *one, const pv_val *app, bool *ret)
{
	const char *text = pv_text_at(one, "selector", "");
	pv_selector *selector;
	int r = pv_selector_parse(g->c->cx, text, &selector);
	*ret = r == 0 && pv_selector_match(selector, pv_at(app, "metadata.labels"));
	return r < 0 ? pv_wrap(g->c->cx, r, "ConfigMap %s/" CONFIG_NAME ": subscriptions", g->c->ns) : 0;
}

/* "slack:channel"; as upstream, what stands behind a second colon is nobody's. */
static int
of_recipient(gather *g, const pv_val *triggers, const char *text)
{
	pv_arena *arena = g->c->cx->arena;
	pv_str rest = pv_str_of(text), service, recipient = {"", 0};
	(void)pv_str_next(&rest, ':', &service);
	(void)pv_str_next(&rest, ':', &recipient);
	return add_all(g, triggers, pv_strndup(arena, service.s, service.len),
		       pv_strndup(arena, recipient.s, recipient.len));
}

static int
of_config(gather *g, const pv_val *app)
{
	const pv_val *list;
	int r = config_yaml(g->c, "subscriptions", &list);
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i), *triggers = pv_get(one, "triggers"),
			     *recipients = pv_get(one, "recipients");
		bool is;
		if (!pv_count(triggers))
			triggers = g->defaults;
		r = selects(g, one, app, &is);
		for (size_t k = 0; r == 0 && is && k < pv_count(recipients); k++)
			r = of_recipient(g, triggers, pv_text(pv_item(recipients, k), ""));
	}
	return r;
}

int
subscriptions(config *c, const pv_val *app, const pv_val *project, pv_vec *ret)
{
	gather g = {.c = c, .to = ret, .known = pv_map_new(c->cx->arena)};
	int r = config_yaml(c, "defaultTriggers", &g.defaults);
	pv_vec_init(ret, c->cx->arena, sizeof(destination));
	r = r < 0 ? r : of_config(&g, app);
	r = r < 0 ? r : of_annotations(&g, app);
	return r < 0 ? r : of_annotations(&g, project);
}
