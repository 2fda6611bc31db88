/* trigger: the conditions of one, asked of an Application.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/triggers/ */
#include <string.h>

#include "base/arena.h"
#include "base/hashing.h"
#include "delivery/notifications/inside.h"

#define ONCE_MOST 1024 /* bytes of what oncePer says */

/* "[0].tVeNhhKMfcbZw3nU5kT-6OwDVgQ": which condition, and a digest of what it says. */
static const char *
key_of(pv_arena *arena, size_t i, const char *when)
{
	const char *hex = pv_hash_hex(arena, "sha1", pv_str_of(when));
	uint8_t bytes[20];
	for (size_t k = 0; k < sizeof(bytes); k++)
		bytes[k] = (uint8_t)(pv_hex_digit(hex[2 * k]) * 16 + pv_hex_digit(hex[2 * k + 1]));
	return pv_printf(arena, "[%zu].%s", i, pv_base64(arena, bytes, sizeof(bytes), true));
}

static int
ask(scene *s, pv_tv env, const char *text, pv_tv *ret)
{
	bool clock = false;
	const pv_ex_run how = {.now = s->now, .ret_clock = &clock};
	const pv_ex *e;
	int r = pv_ex_parse(s->cx, s->cx->arena, pv_str_of(text), &e);
	r = r < 0 ? r : pv_ex_eval(s->cx, e, &how, env, ret);
	s->clock = s->clock || clock;
	return r;
}

struct printed {
	const pv_tv *v;
	const char *text;
};

static int
print(pv_trun *r, void *arg)
{
	struct printed *p = arg;
	pv_tv text;
	int code = pv_trun_print(r, p->v, &text);
	p->text = code < 0
			  ? ""
			  : pv_strndup(pv_trun_arena(r), text.s, text.len < ONCE_MOST ? text.len : ONCE_MOST);
	return code;
}

/* What fmt prints of it; of nothing, too: <nil>. */
static int
once_per(scene *s, pv_tv env, const char *text, const char **ret)
{
	pv_tv v;
	struct printed p = {&v, ""};
	const pv_tmpl_run most = {.steps = 100000, .output = 65536}; /* of which ONCE_MOST are kept */
	int r = ask(s, env, text, &v);
	if (r == 0 && v.kind == PV_T_INVALID)
		v = pv_tv_nil();
	r = r < 0 ? r : pv_trun_with(s->cx, &most, print, &p);
	*ret = r == 0 && v.kind == PV_T_NIL ? "<nil>" : p.text;
	return r;
}

static void
told(scene *s, condition *c)
{
	c->error = pv_strdup(s->cx->arena, pv_error_text(s->cx));
	pv_recover(s->cx);
}

static condition
evaluate(scene *s, pv_tv env, const pv_val *of, size_t i)
{
	const char *when = pv_text_at(of, "when", ""), *once = pv_text_at(of, "oncePer", "");
	condition c = {.key = key_of(s->cx->arena, i, when),
		       .once_per = "",
		       .send = pv_get(of, "send"),
		       .when = when};
	pv_tv v;
	if (ask(s, env, *when ? when : "false", &v) < 0) {
		told(s, &c);
		return c;
	}
	c.holds = v.kind == PV_T_BOOL && v.b;
	if (c.holds && *once && once_per(s, env, once, &c.once_per) < 0) /* as upstream: without it */
		told(s, &c);
	return c;
}

int
trigger_run(config *c, scene *s, const char *name, pv_vec *ret)
{
	const pv_val *conditions, *context;
	int r = config_trigger(c, name, &conditions);
	pv_vec_init(ret, c->cx->arena, sizeof(condition));
	if (r == 0 && !s->env) {
		r = config_yaml(c, "context", &context);
		s->env = r < 0 ? NULL : scene_env(s, context);
	}
	for (size_t i = 0; r == 0 && i < pv_count(conditions); i++) {
		const condition one = evaluate(s, pv_tv_map(s->env), pv_item(conditions, i), i);
		pv_vec_push(ret, &one);
	}
	return r;
}
