/* watch_text: a trace as OPA prints one, but in the policy's own words. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lang/rego/rego.h"

static const char *const ops[] = {"Enter", "Eval", "Fail", "Redo", "Exit", "Note"};
static const char *const modes[] = {"full", "notes", "fails", "debug"};

bool
pv_rego_explain_is(const char *mode)
{
	bool known = pv_streq(mode, "off");
	for (size_t i = 0; i < PV_LEN(modes); i++)
		known = known || pv_streq(mode, modes[i]);
	return known;
}

static const pv_rego_event *
at(const pv_vec *events, size_t i)
{
	return PV_AT(pv_rego_event, events, i);
}

/* Of notes and failures, these, and what was entered on the way to them. */
static bool *
chosen(pv_ctx *cx, const pv_vec *events, const char *mode)
{
	bool all = pv_streq(mode, "full") || pv_streq(mode, "debug");
	enum pv_rego_event_op wanted = pv_streq(mode, "notes") ? PV_REGO_NOTE : PV_REGO_FAIL;
	bool *shown = pv_new_array(cx->arena, bool, events->len + 1);
	pv_vec entered; /* size_t: the Enter of each depth */
	pv_vec_init(&entered, cx->arena, sizeof(size_t));
	for (size_t i = 0; i < events->len; i++) {
		const pv_rego_event *e = at(events, i);
		shown[i] = all || e->op == wanted;
		if (e->op == PV_REGO_ENTER) {
			while (entered.len > (size_t)e->depth)
				pv_vec_pop(&entered);
			pv_vec_push(&entered, &i);
		}
		for (size_t k = 0; shown[i] && !all && k < entered.len && k < (size_t)e->depth; k++)
			shown[*PV_AT(size_t, &entered, k)] = true;
	}
	return shown;
}

static const char *
place(pv_ctx *cx, const pv_rego_event *e)
{
	return pv_printf(cx->arena, "%s:%d", *e->file ? e->file : "query", e->row);
}

void
pv_rego_explain_lines(pv_ctx *cx, const pv_rego_watch *watch, const char *mode, pv_vec *ret)
{
	const pv_vec *events = pv_rego_watch_events(watch);
	const bool *shown = chosen(cx, events, mode);
	size_t width = 0;
	for (size_t i = 0; i < events->len; i++)
		if (shown[i] && strlen(place(cx, at(events, i))) > width)
			width = strlen(place(cx, at(events, i)));
	for (size_t i = 0; i < events->len; i++) {
		const pv_rego_event *e = at(events, i);
		pv_buf b;
		if (!shown[i])
			continue;
		pv_buf_init(&b, cx->arena);
		pv_buf_printf(&b, "%-*s ", (int)width + 4, place(cx, e));
		for (int k = 0; k < e->depth; k++)
			pv_buf_adds(&b, "| ");
		pv_buf_printf(&b, "%s ", ops[e->op]);
		if (e->op == PV_REGO_NOTE)
			pv_buf_add_json(&b, e->text.s, e->text.len);
		else
			pv_buf_add(&b, e->text.s, e->text.len);
		pv_vec_push(ret, &b.s);
	}
}
