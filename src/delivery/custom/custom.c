/* custom: scripts by kind.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks */
#include "delivery/custom/custom.h"

#include <string.h>

#include "base/str.h"
#include "lang/glob/glob.h"
#include "lang/yaml/yaml.h"

#define BLOCK "resource.customizations"
#define WHERE "ConfigMap " CUSTOM_NS "/" CUSTOM_NAME ": "
#define BLOCK_NODES 20000

const custom *
custom_of(pv_ctx *cx, const pv_val *configmap, int64_t now)
{
	const pv_val *data = pv_get(configmap, "data");
	const char *block = pv_text(pv_get(data, BLOCK), "");
	bool any = false;
	custom *c;
	for (size_t i = 0; !any && i < pv_member_count(data); i++)
		any = pv_starts_with(data->members[i].key.s, BLOCK);
	if (!any)
		return NULL;
	c = pv_new(cx->arena, custom);
	*c = (custom){.data = data, .now = now};
	if (*block && pv_yaml_parse(cx, pv_str_of(block),
				    &(pv_yaml_opts){.file = BLOCK, .nodes = BLOCK_NODES}, &c->block) < 0) {
		c->broken = pv_strdup(cx->arena, pv_error_text(cx));
		c->block = NULL;
		pv_recover(cx);
	}
	return c;
}

static const char *
joined(pv_arena *arena, pv_str group, char between, const char *kind)
{
	if (group.len == 0)
		return kind;
	return pv_printf(arena, "%.*s%c%s", (int)group.len, group.s, between, kind);
}

static bool
own_key(pv_ctx *cx, const custom *c, const char *what, const char *name, custom_script *ret)
{
	const char *key = pv_printf(cx->arena, BLOCK ".%s.%s", what, name), *open;
	ret->text = pv_text(pv_get(c->data, key), "");
	if (!*ret->text)
		return false;
	open = pv_text(pv_get(c->data, pv_printf(cx->arena, BLOCK ".useOpenLibs.%s", name)), "");
	ret->open = pv_streq(open, "true");
	ret->place = pv_printf(cx->arena, WHERE "%s", key);
	return true;
}

static const char *
entry_place(pv_arena *arena, const pv_member *m, const char *field)
{
	return pv_printf(arena, WHERE BLOCK "[\"%s\"].%s", m->key.s, field);
}

static int
check_block(pv_ctx *cx, const custom *c)
{
	return c->broken ? pv_fail(cx, PV_EINVALID, WHERE "%s", c->broken) : 0;
}

static bool
entry(pv_ctx *cx, const pv_member *m, const char *field, custom_script *ret)
{
	ret->text = pv_text(pv_get(&m->val, field), "");
	ret->open = pv_truth(pv_get(&m->val, "health.lua.useOpenLibs"), false);
	ret->place = entry_place(cx->arena, m, field);
	return *ret->text != '\0';
}

int
custom_find(pv_ctx *cx, const custom *c, const char *what, pv_str group, const char *kind, custom_script *ret)
{
	const char *field = pv_streq(what, "health") ? "health.lua" : what;
	const char *name;
	if (!c)
		return 0;
	if (own_key(cx, c, what, joined(cx->arena, group, '_', kind), ret))
		return 1;
	if (check_block(cx, c) < 0)
		return -PV_EINVALID;
	name = joined(cx->arena, group, '/', kind);
	for (int wild = 0; wild < 2; wild++)
		for (size_t i = 0; i < pv_member_count(c->block); i++) {
			const pv_member *m = &c->block->members[i];
			if ((wild ? pv_glob_spans(m->key.s, name) : pv_streq(m->key.s, name)) &&
			    entry(cx, m, field, ret))
				return 1;
		}
	return 0;
}

/* "apps_Deployment", "ConfigMap", "*.example.org_*". */
static void
add_word(pv_arena *arena, const char *which, char between, custom_word word, pv_vec *ret)
{
	const char *bar = strchr(which, between);
	word.group = bar ? pv_strndup(arena, which, (size_t)(bar - which)) : "";
	word.kind = bar ? bar + 1 : which;
	pv_vec_push(ret, &word);
}

int
custom_words(pv_ctx *cx, const custom *c, const char *what, pv_vec *ret)
{
	const char *begin = pv_printf(cx->arena, BLOCK ".%s.", what);
	pv_vec_init(ret, cx->arena, sizeof(custom_word));
	if (!c)
		return 0;
	if (check_block(cx, c) < 0)
		return -PV_EINVALID;
	for (size_t i = 0; i < pv_member_count(c->data); i++) {
		const pv_member *m = pv_sorted(c->data, i);
		const char *key = pv_text(&m->key, "");
		custom_word word = {.text = pv_text(&m->val, "")};
		if (!pv_starts_with(key, begin))
			continue;
		word.place = pv_printf(cx->arena, WHERE "%s", key);
		key += strlen(begin);
		add_word(cx->arena, pv_streq(key, "all") ? "*_*" : key, '_', word, ret);
	}
	for (size_t i = 0; i < pv_member_count(c->block); i++) {
		const pv_member *m = &c->block->members[i];
		custom_word word = {.text = pv_text(pv_get(&m->val, what), "")};
		if (!*word.text)
			continue;
		word.place = entry_place(cx->arena, m, what);
		add_word(cx->arena, pv_text(&m->key, ""), '/', word, ret);
	}
	return 0;
}
