/* render: what the templates of a condition make of an Application.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/templates/ */
#include <string.h>

#include "base/arena.h"
#include "delivery/notifications/inside.h"

#define STEPS_MOST 5000000
#define OUTPUT_MOST ((size_t)1 << 20) /* bytes of one text */
#define ALL_MOST ((size_t)4 << 20)    /* of all of them */

typedef struct rendering {
	config *c;
	scene *s;
	pv_tv dot;
	const char *name; /* of the template */
	size_t bytes;
} rendering;

/* ---- Slack's own functions: marks that the service replaces ---- */

static int
mark(pv_trun *r, const char *what, const pv_tv *arg, pv_tv *ret)
{
	*ret = pv_tv_text(pv_printf(pv_trun_arena(r), "__SLACK_%s__%.*s__", what, (int)arg->len, arg->s));
	return 0;
}

static int
slack_user(pv_trun *r, const pv_tv *args, size_t n PV_UNUSED, pv_tv *ret)
{
	return mark(r, "USER_EMAIL", args, ret);
}

static int
slack_channel(pv_trun *r, const pv_tv *args, size_t n PV_UNUSED, pv_tv *ret)
{
	return mark(r, "CHANNEL", args, ret);
}

static int
slack_group(pv_trun *r, const pv_tv *args, size_t n PV_UNUSED, pv_tv *ret)
{
	return mark(r, "USERGROUP", args, ret);
}

static const pv_tfunc slack_functions[] = {{"slackUserByEmail", "s", slack_user},
					   {"slackChannel", "s", slack_channel},
					   {"slackUserGroup", "s", slack_group},
					   {NULL, NULL, NULL}};

/* ---- texts ---- */

static int
text(rendering *g, const char *template, pv_val *ret)
{
	static const pv_tfunc *const functions[] = {pv_tmpl_documents, PV_TMPL_SPRIG, pv_tmpl_random,
						    slack_functions, NULL};
	const pv_tmpl_opts opts = {.funcs = functions};
	const pv_tmpl_run how = {.steps = STEPS_MOST, .output = OUTPUT_MOST, .now = g->s->now};
	pv_ctx *cx = g->c->cx;
	pv_tmpl *t;
	pv_buf out;
	int r;
	*ret = pv_string_ref(template);
	if (!strstr(template, "{{"))
		return 0;
	t = pv_tmpl_new(cx->arena, &opts);
	pv_buf_init(&out, cx->arena);
	r = pv_tmpl_parse(cx, t, pv_str_of(g->name), pv_str_of(template));
	r = r < 0 ? r : pv_tmpl_execute(cx, t, &how, pv_str_of(g->name), g->dot, &out);
	g->bytes += out.len;
	if (r == 0 && g->bytes > ALL_MOST)
		return pv_fail(cx, PV_ETOOLARGE, "template %s: more than %zu bytes of text", g->name,
			       ALL_MOST);
	if (r == 0)
		*ret = pv_stringn(cx->arena, out.len ? out.s : "", out.len);
	return r;
}

/* A document with its texts rendered; it was parsed within limits of depth. */
static int
document(rendering *g, const pv_val *v, pv_val *ret)
{
	pv_arena *arena = g->c->cx->arena;
	pv_listb list;
	pv_objb object;
	pv_val one;
	int r = 0;
	*ret = *v;
	if (v->type == PV_STRING)
		return text(g, v->s, ret);
	if (v->type == PV_LIST) {
		pv_listb_init(&list, arena);
		for (size_t i = 0; r == 0 && i < pv_count(v); i++) {
			r = document(g, pv_item(v, i), &one);
			pv_listb_add(&list, one);
		}
		*ret = pv_listb_end(&list);
	} else if (v->type == PV_OBJECT) {
		pv_objb_init(&object, arena);
		for (size_t i = 0; r == 0 && i < pv_member_count(v); i++) {
			r = document(g, &v->members[i].val, &one);
			pv_objb_add(&object, v->members[i].key, one);
		}
		*ret = pv_objb_end(&object);
	}
	return r;
}

/* What a later template says counts, but for texts in which it says nothing. */
static pv_val
merged(pv_arena *arena, const pv_val *have, const pv_val *more)
{
	pv_objb b;
	if (!pv_is(have, PV_OBJECT) || !pv_is(more, PV_OBJECT))
		return have && pv_is(more, PV_STRING) && !more->len ? *have : *more;
	pv_objb_from(&b, arena, have);
	for (size_t i = 0; i < pv_member_count(more); i++) {
		const pv_member *m = &more->members[i];
		pv_objb_putv(&b, m->key, merged(arena, pv_getv(have, &m->key), &m->val));
	}
	return pv_objb_end(&b);
}

/* What parts say where their template does not. */
static const char *const defaults[][3] = {
	{"github", "repoURLPath", "{{.app.spec.source.repoURL}}"},
	{"github", "revisionPath", "{{.app.status.operationState.syncResult.revision}}"},
	{"newrelic", "revision", "{{.app.status.operationState.syncResult.revision}}"},
	{"newrelic", "changelog", "{{(call .repo.GetCommitMetadata .app.status.sync.revision).Message}}"},
	{"newrelic", "user", "{{(call .repo.GetCommitMetadata .app.status.sync.revision).Author}}"},
	{"alertmanager", "generatorURL", "{{call .repo.RepoURLToHTTPS .app.spec.source.repoURL}}"},
};

static pv_val
with_defaults(pv_arena *arena, const pv_val *template)
{
	pv_val whole = *template;
	for (size_t i = 0; i < PV_LEN(defaults); i++) {
		const pv_val *part = pv_get(&whole, defaults[i][0]);
		if (part && !*pv_text_at(part, defaults[i][1], ""))
			whole = pv_with(arena, &whole, defaults[i][0],
					pv_with(arena, part, defaults[i][1], pv_string_ref(defaults[i][2])));
	}
	return whole;
}

static void
put_secrets(rendering *g, pv_tmap *env)
{
	const pv_val *sets[] = {pv_get(g->c->secret, "data"), pv_get(g->c->secret, "stringData")};
	pv_tmap *secrets = pv_tmap_new(g->c->cx->arena);
	for (size_t k = 0; k < PV_LEN(sets); k++)
		for (size_t i = 0; i < pv_member_count(sets[k]); i++) {
			const char *name = pv_text(&sets[k]->members[i].key, ""),
				   *value = config_secret(g->c, name);
			pv_tmap_put(secrets, pv_str_of(name), pv_tv_text(value ? value : ""));
		}
	pv_tmap_puts(env, "secrets", pv_tv_map(secrets));
}

int
render(config *c, scene *s, const pv_val *templates, const char *service, const char *recipient, pv_val *ret)
{
	rendering g = {.c = c, .s = s};
	const pv_val *context;
	pv_tmap *env;
	int r = config_yaml(c, "context", &context);
	*ret = pv_null();
	if (r < 0)
		return r;
	env = scene_env(s, context);
	pv_tmap_puts(env, "serviceType", pv_tv_text(service));
	pv_tmap_puts(env, "recipient", pv_tv_text(recipient));
	if (!c->any_self_service)
		put_secrets(&g, env);
	g.dot = pv_tv_map(env);
	for (size_t i = 0; r == 0 && i < pv_count(templates); i++) {
		const pv_val *template;
		pv_val one, whole;
		g.name = pv_text(pv_item(templates, i), "");
		r = config_template(c, g.name, &template);
		if (r < 0)
			break;
		whole = with_defaults(c->cx->arena, template);
		r = document(&g, &whole, &one);
		if (r == 0)
			*ret = pv_is(ret, PV_NULL) ? one : merged(c->cx->arena, ret, &one);
	}
	return r;
}
