/* The claims of a verified token -> an identity, as its issuer's configuration maps them
 * (apiserver plugin/pkg/authenticator/token/oidc). */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/auth/authn.h"
#include "core/auth/impl.h"
#include "core/schema/rules.h"

#define COST UINT64_C(1000000) /* of one expression */

typedef struct reading {
	pv_ctx *cx;
	const authn_jwt *jwt;
	const pv_val *claims;
	pv_cel_val seen; /* the claims, as expressions see them */
	const char *fault;
} reading;

static bool PV_PRINTF(2, 3) fault(reading *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	r->fault = pv_vprintf(r->cx->arena, fmt, args);
	va_end(args);
	return false;
}

/* Nobody of an issuer becomes a part of Pave by his name. */
static bool
is_reserved(const char *name)
{
	return pv_starts_with(name, "system:");
}

static bool
evaluate(reading *r, const pv_cel *program, const pv_cel_val *seen, const char *what, pv_cel_val *ret)
{
	pv_cel_run run = {.vars = seen, .limit = COST};

	if (pv_cel_eval(r->cx, program, &run, ret) == 0)
		return true;
	(void)fault(r, "%s: %s", what, pv_error_text(r->cx));
	(void)pv_recover(r->cx);
	return false;
}

/* ---- texts ---- */

static bool
text_by(reading *r, const authn_mapping *by, const char *what, const char **ret)
{
	const pv_val *v = by->claim ? pv_get(r->claims, by->claim) : NULL;
	pv_cel_val made;

	*ret = "";
	if (by->program) {
		if (!evaluate(r, by->program, &r->seen, what, &made))
			return false;
		if (made.kind != PV_CEL_STRING)
			return fault(r, "%s: the expression must return a string", what);
		*ret = pv_strndup(r->cx->arena, made.s, made.len);
	} else if (by->claim) {
		if (!pv_is(v, PV_STRING))
			return fault(r, "%s: expected the claim %s, a string", what, by->claim);
		*ret = pv_printf(r->cx->arena, "%s%s", v->len ? by->prefix : "", pv_text(v, ""));
	}
	return true;
}

static bool
name_by(reading *r, const char **ret)
{
	const authn_mapping *by = &r->jwt->username;
	const pv_val *verified = pv_get(r->claims, "email_verified");

	if (!text_by(r, by, "username", ret))
		return false;
	if (by->claim && pv_streq(by->claim, "email") && verified && !pv_truth(verified, false))
		return fault(r, "email_verified: the e-mail address is not verified");
	if (!**ret)
		return fault(r, "username: the name is empty");
	return !is_reserved(*ret) || fault(r, "username: names of system: are not an issuer's to give");
}

/* ---- lists of texts ---- */

static bool
push(reading *r, pv_vec *out, const char *prefix, const char *s, size_t len)
{
	const char *text = pv_printf(r->cx->arena, "%s%.*s", prefix, (int)len, s);

	if (len)
		pv_vec_push(out, &text);
	return true;
}

/* A text or a list of them; false: something else. */
static bool
texts_of_claim(reading *r, const pv_val *v, const char *prefix, pv_vec *out)
{
	if (pv_is(v, PV_STRING))
		return push(r, out, prefix, v->s, v->len);
	if (!pv_is(v, PV_LIST))
		return !v || pv_is(v, PV_NULL);
	for (size_t i = 0; i < pv_count(v); i++)
		if (!pv_is(pv_item(v, i), PV_STRING) ||
		    !push(r, out, prefix, pv_item(v, i)->s, pv_item(v, i)->len))
			return false;
	return true;
}

static bool
texts_of_value(reading *r, const pv_cel_val *v, pv_vec *out)
{
	if (v->kind == PV_CEL_STRING)
		return push(r, out, "", v->s, v->len);
	if (v->kind != PV_CEL_LIST)
		return v->kind == PV_CEL_NULL;
	if (v->native)
		return texts_of_claim(r, v->v, "", out);
	for (uint32_t i = 0; i < v->len; i++)
		if (v->items[i].kind != PV_CEL_STRING || !push(r, out, "", v->items[i].s, v->items[i].len))
			return false;
	return true;
}

static bool
groups_by(reading *r, pv_vec *ret)
{
	const authn_mapping *by = &r->jwt->groups;
	pv_cel_val made;

	pv_vec_init(ret, r->cx->arena, sizeof(const char *));
	if (by->claim)
		return texts_of_claim(r, pv_get(r->claims, by->claim), by->prefix, ret) ||
		       fault(r, "groups: the claim %s must be a string or a list of strings", by->claim);
	if (!by->program)
		return true;
	return evaluate(r, by->program, &r->seen, "groups", &made) &&
	       (texts_of_value(r, &made, ret) ||
		fault(r, "groups: the expression must return a string or a list of strings"));
}

/* Key and value in turn. */
static bool
extra_by(reading *r, pv_vec *ret)
{
	pv_vec_init(ret, r->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < r->jwt->extra.len; i++) {
		const authn_extra *one = PV_AT(authn_extra, &r->jwt->extra, i);
		pv_cel_val made;
		pv_vec values;

		pv_vec_init(&values, r->cx->arena, sizeof(const char *));
		if (!evaluate(r, one->program, &r->seen, one->key, &made))
			return false;
		if (!texts_of_value(r, &made, &values))
			return fault(r, "extra %s: the expression must return a string or a list of strings",
				     one->key);
		const char *key =
			pv_strdup(r->cx->arena, one->key); /* the configuration may go before the request */
		for (size_t k = 0; k < values.len; k++) {
			pv_vec_push(ret, &key);
			pv_vec_push(ret, PV_AT(const char *, &values, k));
		}
	}
	return true;
}

/* ---- rules ---- */

static bool
keeps(reading *r, const authn_rule *rule, const pv_cel_val *seen)
{
	const pv_val *v = rule->program ? NULL : pv_get(r->claims, rule->claim);
	pv_cel_val made;

	if (!rule->program)
		return (pv_is(v, PV_STRING) && pv_streq(v->s, rule->value)) ||
		       fault(r, "%s: the required claim is missing or has another value", rule->claim);
	return evaluate(r, rule->program, seen, rule->text, &made) &&
	       (pv_cel_true(&made) ||
		fault(r, "validation expression '%s' failed: %s", rule->text, rule->message));
}

static bool
keeps_all(reading *r, const pv_vec *rules, const pv_cel_val *seen)
{
	for (size_t i = 0; i < rules->len; i++)
		if (!keeps(r, PV_AT(authn_rule, rules, i), seen))
			return false;
	return true;
}

static pv_val
list_of(pv_arena *arena, const pv_vec *texts)
{
	pv_listb b;

	pv_listb_init(&b, arena);
	for (size_t i = 0; i < texts->len; i++)
		pv_listb_add(&b, pv_string(arena, *PV_AT(const char *, texts, i)));
	return pv_listb_end(&b);
}

static pv_val
extra_object(pv_arena *arena, const pv_vec *pairs)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pairs->len;) {
		const char *key = *PV_AT(const char *, pairs, i);
		pv_listb values;

		pv_listb_init(&values, arena);
		for (; i < pairs->len && pv_streq(*PV_AT(const char *, pairs, i), key); i += 2)
			pv_listb_add(&values, pv_string(arena, *PV_AT(const char *, pairs, i + 1)));
		pv_objb_put(&b, key, pv_listb_end(&values));
	}
	return pv_objb_end(&b);
}

static bool
user_is_good(reading *r, const char *name, const char *uid, const pv_vec *groups, const pv_vec *extra)
{
	pv_cel_val seen;
	pv_objb b;

	if (!r->jwt->user_rules.len)
		return true;
	pv_objb_init(&b, r->cx->arena);
	pv_objb_put(&b, "username", pv_string(r->cx->arena, name));
	pv_objb_put(&b, "uid", pv_string(r->cx->arena, uid));
	pv_objb_put(&b, "groups", list_of(r->cx->arena, groups));
	pv_objb_put(&b, "extra", extra_object(r->cx->arena, extra));
	seen = pv_cel_of(r->cx->arena, &rule_shapes, authn_user.node, pv_box(r->cx->arena, pv_objb_end(&b)));
	return keeps_all(r, &r->jwt->user_rules, &seen);
}

/* ---- the whole ---- */

static const char *const *
without_reserved(pv_ctx *cx, const pv_vec *groups)
{
	const char **out = pv_new_array(cx->arena, const char *, groups->len + 1);
	size_t n = 0;

	for (size_t i = 0; i < groups->len; i++)
		if (!is_reserved(*PV_AT(const char *, groups, i)))
			out[n++] = *PV_AT(const char *, groups, i);
	return (const char *const *)out;
}

const char *
authn_identify(pv_ctx *cx, const authn_jwt *jwt, const pv_val *claims, pv_identity **ret)
{
	reading r = {
		.cx = cx, .jwt = jwt, .claims = claims, .seen = pv_cel_of(cx->arena, NULL, NULL, claims)};
	const char *name, *uid, *end = NULL;
	pv_vec groups, extra;

	if (!name_by(&r, &name) || !groups_by(&r, &groups) || !text_by(&r, &jwt->uid, "uid", &uid) ||
	    !extra_by(&r, &extra) || !keeps_all(&r, &jwt->rules, &r.seen) ||
	    !user_is_good(&r, name, uid, &groups, &extra))
		return r.fault;
	*ret = identity_new(cx, name, uid, "oidc");
	identity_groups(cx, *ret, without_reserved(cx, &groups));
	if (extra.len) {
		pv_vec_push(&extra, &end);
		(*ret)->extra = extra.data;
	}
	(*ret)->expires = pv_seconds(pv_i64_at(claims, "exp", 0));
	return NULL;
}
