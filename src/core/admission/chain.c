/* Asks every module's hooks; all violations come back in one answer. */
#include "base/str.h"
#include "core/admission/admission.h"
#include "core/enforcement/why.h"
#include "core/module.h"

#define BRIEFS_MOST 20 /* refusals that say what they stand on */

/* One round over the hooks: denials NULL: they change; else they judge. */
static int
ask_round(pv_ctx *cx, pv_admit *admit, bool last, pv_vec *denials)
{
	for (size_t i = 0; pv_modules[i]; i++) {
		const pv_admission *const *hooks = pv_modules[i]->admission;

		for (; hooks && *hooks; hooks++) {
			const pv_admission *h = *hooks;
			int r = 0;

			if (h->last != last)
				continue;
			if (denials)
				r = h->validate ? h->validate(cx, admit, denials) : 0;
			else
				r = h->mutate ? h->mutate(cx, admit) : 0;
			if (r < 0)
				return last || h->plain ? r : pv_wrap(cx, r, "admission \"%s\"", h->name);
		}
	}
	return 0;
}

/* ---- those who are asked again ---- */

static bool
is_stale(const pv_admit *admit, const pv_asked *one)
{
	return one->left != admit->object && !pv_eq(one->left, admit->object);
}

bool
pv_admission_turn(const pv_admit *admit, const char *who)
{
	if (!admit->again)
		return true;
	for (size_t i = 0; i < admit->asked->len; i++) {
		const pv_asked *one = PV_AT(pv_asked, admit->asked, i);

		if (pv_streq(one->who, who))
			return is_stale(admit, one);
	}
	return false;
}

void
pv_admission_asked(pv_admit *admit, const char *who)
{
	pv_asked one = {who, admit->object};

	if (admit->asked && !admit->again)
		pv_vec_push(admit->asked, &one);
}

static bool
any_stale(const pv_admit *admit)
{
	for (size_t i = 0; i < admit->asked->len; i++)
		if (is_stale(admit, PV_AT(pv_asked, admit->asked, i)))
			return true;
	return false;
}

static int
mutate_once(pv_ctx *cx, pv_admit *admit)
{
	int r = ask_round(cx, admit, false, NULL);

	return r < 0 ? r : ask_round(cx, admit, true, NULL);
}

int
pv_admission_mutate(pv_ctx *cx, pv_admit *admit)
{
	pv_vec asked;
	int r;

	pv_vec_init(&asked, cx->arena, sizeof(pv_asked));
	admit->asked = &asked;
	r = mutate_once(cx, admit);
	if (r == 0 && any_stale(admit)) {
		admit->again = true; /* once: whoever fights over a field does so no longer */
		r = mutate_once(cx, admit);
	}
	admit->asked = NULL;
	return r;
}

static const char *
line_of(pv_ctx *cx, const pv_denial *one)
{
	return one->policy ? pv_printf(cx->arena, "[%s] %s", one->policy, one->message) : one->message;
}

/* Policies that say the reason speak as upstream does; so does the answer if all of them do. */
static int
code_of(const pv_vec *denials)
{
	static const struct {
		const char *reason;
		int code;
	} rows[] = {{"Invalid", PV_EINVALID},
		    {"Unauthorized", PV_EUNAUTHORIZED},
		    {"RequestEntityTooLarge", PV_ETOOLARGE}};
	const char *reason = PV_AT(pv_denial, denials, 0)->reason;

	for (size_t i = 0; i < denials->len; i++)
		if (!PV_AT(pv_denial, denials, i)->reason)
			return 0;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].reason, reason))
			return rows[i].code;
	return PV_EFORBIDDEN;
}

/* What kubectl shows is this text alone, so it says where what offends stands, and what would pass.  plain: it is
 * another cluster's, where nobody can ask further; else who speaks as upstream does says no more. */
static const char *
text_of(pv_ctx *cx, const pv_admit *admit, const pv_vec *denials, bool plain)
{
	const pv_resource *res = admit->resource;
	size_t told = 0;
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < denials->len; i++) {
		const pv_denial *one = PV_AT(pv_denial, denials, i);

		pv_buf_printf(&text, "%s%s", i ? "\n" : "", line_of(cx, one));
		if (one->why && (plain || !one->reason) && told++ < BRIEFS_MOST)
			pv_buf_adds(&text, pv_why_brief(cx, one->why));
	}
	if (told && !plain && admit->reasons && !admit->dry_run &&
	    !*pv_text_at(admit->object, "metadata.generateName", ""))
		pv_buf_printf(&text, "\nMore: pave why %s%s%s/%s%s%s", res->singular,
			      res->group[0] ? "." : "", res->group, admit->name,
			      res->namespaced ? " -n " : "", res->namespaced ? admit->ns : "");
	return text.s;
}

int
pv_admission_deny(pv_ctx *cx, const pv_admit *admit, const pv_vec *denials, bool plain)
{
	const pv_resource *res = admit->resource;
	const char *text = text_of(cx, admit, denials, plain);
	int code = code_of(denials);

	if (plain)
		(void)pv_fail(cx, code ? code : PV_EFORBIDDEN, "%s", text);
	else if (code)
		(void)pv_fail(cx, code, "%s%s%s \"%s\" is forbidden: %s", res->plural,
			      res->group[0] ? "." : "", res->group, admit->name, text);
	else
		(void)pv_fail(cx, PV_EFORBIDDEN, "admission denied: %s", text);
	for (size_t i = 0; i < denials->len; i++) {
		const pv_denial *one = PV_AT(pv_denial, denials, i);

		pv_add_cause(cx, one->policy ? "PolicyViolation" : "", one->field ? one->field : "", "%s",
			     line_of(cx, one));
	}
	cx->err->group = pv_strdup(cx->arena, res->group);
	cx->err->kind = pv_strdup(cx->arena, res->plural);
	cx->err->name = pv_strdup(cx->arena, admit->name);
	return -(code ? code : PV_EFORBIDDEN);
}

/* For who is asked why later. */
static void
add_reason(pv_ctx *cx, const pv_admit *admit, const char *message, const pv_val *why)
{
	pv_objb b;

	if (!admit->reasons)
		return;
	if (!why) {
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "message", message);
		why = pv_box(cx->arena, pv_objb_end(&b));
	}
	pv_vec_push(admit->reasons, &why);
}

/* Of one that is asked last: a quota, a webhook.  What else fails refuses nobody. */
static int
ask_last(pv_ctx *cx, pv_admit *admit, pv_vec *denials)
{
	int r = ask_round(cx, admit, true, denials);

	if (r == -PV_EFORBIDDEN || r == -PV_EINVALID)
		add_reason(cx, admit, pv_strdup(cx->arena, pv_error_text(cx)), NULL);
	return r;
}

int
pv_admission_validate(pv_ctx *cx, const pv_admit *asked)
{
	pv_admit admit = *asked; /* hooks that judge see it const */
	pv_vec denials;
	int r;

	pv_vec_init(&denials, cx->arena, sizeof(pv_denial));
	r = ask_round(cx, &admit, false, &denials);
	if (r < 0)
		return r;
	if (!denials.len)
		return ask_last(cx, &admit, &denials);
	for (size_t i = 0; i < denials.len; i++) {
		const pv_denial *one = PV_AT(pv_denial, &denials, i);

		add_reason(cx, asked, line_of(cx, one), one->why);
	}
	return pv_admission_deny(cx, asked, &denials, false);
}

void
pv_admission_stored(pv_ctx *cx, const pv_admit *admit)
{
	for (size_t i = 0; pv_modules[i]; i++)
		for (const pv_admission *const *h = pv_modules[i]->admission; h && *h; h++)
			if ((*h)->stored)
				(*h)->stored(cx, admit);
}

void
pv_admission_note(const pv_admit *admit, const char *key, const char *text)
{
	if (!admit->notes)
		return;
	for (size_t i = 0; i + 1 < admit->notes->len; i += 2)
		if (pv_streq(*PV_AT(const char *, admit->notes, i), key)) {
			*PV_AT(const char *, admit->notes, i + 1) = text;
			return;
		}
	pv_vec_push(admit->notes, &key);
	pv_vec_push(admit->notes, &text);
}
