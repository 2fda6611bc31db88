/* config: ConfigMap argocd-notifications-cm and Secret argocd-notifications-secret.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/ */
#include <string.h>

#include "base/arena.h"
#include "delivery/notifications/inside.h"
#include "lang/yaml/yaml.h"

#define SHORTEST_SECRET 4 /* what is shorter is not looked for in texts */

void
config_init(pv_ctx *cx, config *c, const char *ns, const pv_val *map, const pv_val *secret)
{
	*c = (config){.cx = cx,
		      .ns = ns,
		      .map = map,
		      .secret = secret,
		      .data = pv_get(map, "data"),
		      .self_service = !pv_streq(ns, HOME)};
}

const char *
config_version(const config *c)
{
	return pv_printf(c->cx->arena, "%s/%s", pv_text_at(c->map, "metadata.resourceVersion", "none"),
			 pv_text_at(c->secret, "metadata.resourceVersion", "none"));
}

int
config_yaml(config *c, const char *key, const pv_val **ret)
{
	const char *text = pv_text(pv_get(c->data, key), NULL);
	const pv_yaml_opts opts = {.file = key};
	int r;
	*ret = NULL;
	if (!text)
		return 0;
	r = pv_yaml_parse(c->cx, pv_str_of(text), &opts, ret);
	return r < 0 ? pv_wrap(c->cx, r, "ConfigMap %s/" CONFIG_NAME, c->ns) : 0;
}

static int
named(config *c, const char *what, const char *name, enum pv_type type, const char *expected,
      const pv_val **ret)
{
	const char *key = pv_printf(c->cx->arena, "%s.%s", what, name);
	int r = config_yaml(c, key, ret);
	if (r < 0)
		return r;
	if (!*ret)
		return pv_fail(c->cx, PV_ENOTFOUND,
			       "%s '%s' is not configured: ConfigMap %s/" CONFIG_NAME " has no %s", what,
			       name, c->ns, key);
	if (!pv_is(*ret, type))
		return pv_fail(c->cx, PV_EINVALID, "ConfigMap %s/" CONFIG_NAME ": %s: expected %s, found %s",
			       c->ns, key, expected, pv_type_name(*ret));
	return 0;
}

int
config_trigger(config *c, const char *name, const pv_val **ret)
{
	return named(c, "trigger", name, PV_LIST, "a list of {when, send, oncePer, description}", ret);
}

int
config_template(config *c, const char *name, const pv_val **ret)
{
	return named(c, "template", name, PV_OBJECT, "a map", ret);
}

/* ---- secrets ---- */

const char *
config_secret(config *c, const char *key)
{
	const char *text = pv_text(pv_get(pv_get(c->secret, "data"), key), NULL);
	size_t len;
	if (!text) /* of a file */
		return pv_text(pv_get(pv_get(c->secret, "stringData"), key), NULL);
	return (const char *)pv_unbase64(c->cx->arena, pv_str_of(text), false, &len);
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-';
}

/* $name; what the Secret does not have stays as it is, as upstream. */
static pv_val
filled_text(config *c, const char *text)
{
	pv_buf b;
	if (!strchr(text, '$'))
		return pv_string_ref(text);
	pv_buf_init(&b, c->cx->arena);
	while (*text) {
		size_t n = 0;
		const char *value = NULL;
		while (*text == '$' && is_name(text[n + 1]))
			n++;
		if (n)
			value = config_secret(c, pv_strndup(c->cx->arena, text + 1, n));
		if (value)
			pv_buf_adds(&b, value);
		else
			pv_buf_add(&b, text, n + 1);
		text += n + 1;
	}
	return pv_string(c->cx->arena, b.len ? b.s : "");
}

/* The document is YAML within limits of depth. */
static pv_val
filled(config *c, const pv_val *v)
{
	pv_listb list;
	pv_objb object;
	switch ((enum pv_type)v->type) {
	case PV_STRING: return filled_text(c, v->s);
	case PV_LIST:
		pv_listb_init(&list, c->cx->arena);
		for (size_t i = 0; i < pv_count(v); i++)
			pv_listb_add(&list, filled(c, pv_item(v, i)));
		return pv_listb_end(&list);
	case PV_OBJECT:
		pv_objb_init(&object, c->cx->arena);
		for (size_t i = 0; i < pv_member_count(v); i++)
			pv_objb_add(&object, v->members[i].key, filled(c, &v->members[i].val));
		return pv_objb_end(&object);
	default: return *v;
	}
}

static bool
names_service(const char *key, const char *name, pv_str *ret_type)
{
	pv_str rest = pv_str_of(key + strlen("service."));
	if (!pv_starts_with(key, "service.") || !pv_str_next(&rest, '.', ret_type))
		return false;
	return pv_str_is(rest.len ? rest : *ret_type, name);
}

int
config_service(config *c, const char *name, const char **ret_type, const pv_val **ret)
{
	const pv_val *found = NULL;
	int r = 0;
	*ret_type = NULL;
	for (size_t i = 0; r == 0 && !*ret_type && i < pv_member_count(c->data); i++) {
		const char *key = pv_text(&c->data->members[i].key, "");
		pv_str type;
		if (!names_service(key, name, &type))
			continue;
		*ret_type = pv_strndup(c->cx->arena, type.s, type.len);
		r = config_yaml(c, key, &found);
	}
	if (r < 0)
		return r;
	if (!*ret_type)
		return pv_fail(c->cx, PV_ENOTFOUND,
			       "notification service '%s' is not supported: ConfigMap %s/" CONFIG_NAME
			       " has no service.TYPE.%s",
			       name, c->ns, name);
	*ret = pv_box(c->cx->arena, pv_is(found, PV_OBJECT) ? filled(c, found) : pv_null());
	return 0;
}

/* ---- texts that others see ---- */

static const char *
without(config *c, const char *text, const char *secret)
{
	size_t n = strlen(secret);
	const char *at;
	pv_buf b;
	if (n < SHORTEST_SECRET || !strstr(text, secret))
		return text;
	pv_buf_init(&b, c->cx->arena);
	while ((at = strstr(text, secret))) {
		pv_buf_add(&b, text, (size_t)(at - text));
		pv_buf_adds(&b, "***");
		text = at + n;
	}
	pv_buf_adds(&b, text);
	return b.s;
}

const char *
config_redact(config *c, const char *text)
{
	const pv_val *data = pv_get(c->secret, "data"), *plain = pv_get(c->secret, "stringData");
	for (size_t i = 0; i < pv_member_count(data) + pv_member_count(plain); i++) {
		size_t n = pv_member_count(data);
		const pv_member *m = i < n ? &data->members[i] : &plain->members[i - n];
		const char *secret = config_secret(c, pv_text(&m->key, ""));
		pv_str trimmed = pv_str_trim(pv_str_of(secret ? secret : "")); /* as who quotes it does */
		if (secret)
			text = without(c, text, pv_strndup(c->cx->arena, trimmed.s, trimmed.len));
	}
	return text;
}
