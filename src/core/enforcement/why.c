#include "core/enforcement/why.h"

#include "base/str.h"
#include "lang/json/json.h"

#define VALUE_MOST 300 /* bytes of a value's JSON */

const pv_why_reader pv_why_of_reviews = {.object = "review.object", .params = "parameters"};
const pv_why_reader pv_why_of_requests = {.object = "request.object"};

/* ---- what was read ---- */

/* The rest of a path below `whole`; NULL: it is another's. */
static const char *
below(const char *path, const char *whole)
{
	if (!whole || !pv_place_within(path, whole))
		return NULL;
	path += strlen(whole);
	return *path == '.' ? path + 1 : path;
}

/* What is long and no text is not told: it was there. */
static void
put_value(pv_ctx *cx, const pv_val *value, pv_objb *b)
{
	const char *text = pv_json_text(cx->arena, value);

	if (strlen(text) <= VALUE_MOST)
		pv_objb_put(b, "value", pv_copy(cx->arena, value));
	else if (pv_is(value, PV_STRING))
		pv_objb_put(b, "value",
			    pv_stringf(cx->arena, "%.*s...", (int)pv_str_clip(value->s, VALUE_MOST).len,
				       value->s));
	else
		pv_objb_put(b, "large", pv_bool(true));
}

static void
add_read(pv_ctx *cx, const char *path, const pv_val *value, const pv_why_reader *how, pv_listb *list)
{
	const char *field = below(path, how->object), *param = below(path, how->params);
	bool hidden = field ? how->hides : param ? how->hides_params : how->hides || how->hides_params;
	pv_objb b;

	if (field ? !*field : pv_place_within(path, "review.kind") || pv_place_within(path, "request.kind"))
		return; /* the object itself, and of what kind it is: everybody reads that */
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, field ? "field" : param ? "param" : "name", field ? field : param ? param : path);
	if (!value)
		pv_objb_put(&b, "absent", pv_bool(true));
	else if (hidden)
		pv_objb_put(&b, "hidden", pv_bool(true));
	else
		put_value(cx, value, &b);
	pv_listb_add(list, pv_objb_end(&b));
}

static pv_val
basis_of(pv_ctx *cx, const char *rule, pv_listb *statements, pv_listb *reads)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "rule", rule);
	pv_objb_put(&b, "statements", pv_listb_end(statements));
	pv_objb_put(&b, "reads", pv_listb_end(reads));
	return pv_objb_end(&b);
}

/* ---- the two languages ---- */

static void
add_statement(pv_ctx *cx, pv_str text, int line, bool holds, pv_listb *list)
{
	pv_objb b;

	text = pv_str_trim(text);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "text", pv_stringn(cx->arena, text.s, text.len));
	if (line)
		pv_objb_put(&b, "line", pv_int(line));
	pv_objb_put(&b, "holds", pv_bool(holds));
	pv_listb_add(list, pv_objb_end(&b));
}

/* "violation (template:7)" of data.k8slabels.violation. */
static const char *
rule_of(pv_ctx *cx, const pv_rego_held *held)
{
	const char *dot = strrchr(held->rule, '.');

	return pv_printf(cx->arena, "%s (%s:%d)", dot ? dot + 1 : held->rule, held->file, held->line);
}

pv_val
pv_why_rego(pv_ctx *cx, const pv_rego_held *held, const pv_why_reader *how)
{
	pv_listb statements, reads;

	pv_listb_init(&statements, cx->arena);
	pv_listb_init(&reads, cx->arena);
	for (size_t i = 0; i < held->statements.len; i++) {
		const pv_rego_expr *one = PV_AT(pv_rego_expr, &held->statements, i);

		add_statement(cx, one->text, one->row, true, &statements);
	}
	for (size_t i = 0; i < held->reads.len; i++) {
		const pv_rego_read *one = PV_AT(pv_rego_read, &held->reads, i);

		add_read(cx, one->path, one->value, how, &reads);
	}
	return basis_of(cx, rule_of(cx, held), &statements, &reads);
}

/* By a part behind it. */
static bool
is_told(const pv_vec *parts, size_t at, const pv_cel_read *read)
{
	for (size_t i = at + 1; i < parts->len; i++) {
		const pv_vec *reads = &PV_AT(pv_cel_part, parts, i)->reads;

		for (size_t k = 0; k < reads->len; k++) {
			const pv_cel_read *one = PV_AT(pv_cel_read, reads, k);

			if (pv_streq(one->path, read->path) &&
			    (one->value ? read->value && pv_eq(one->value, read->value) : !read->value))
				return true;
		}
	}
	return false;
}

pv_val
pv_why_cel(pv_ctx *cx, const char *rule, const pv_vec *parts, const pv_why_reader *how)
{
	pv_listb statements, reads;

	pv_listb_init(&statements, cx->arena);
	pv_listb_init(&reads, cx->arena);
	for (size_t i = 0; i < parts->len; i++) {
		const pv_cel_part *part = PV_AT(pv_cel_part, parts, i);

		add_statement(cx, pv_str_of(part->text), 0, part->holds, &statements);
	}
	/* Of a || b the first is mostly who is exempt, and what offends is read last. */
	for (size_t i = parts->len; i-- > 0;) {
		const pv_vec *own = &PV_AT(pv_cel_part, parts, i)->reads;

		for (size_t k = 0; k < own->len; k++) {
			const pv_cel_read *one = PV_AT(pv_cel_read, own, k);

			if (!is_told(parts, i, one))
				add_read(cx, one->path, one->value, how, &reads);
		}
	}
	return basis_of(cx, rule, &statements, &reads);
}

pv_val
pv_why_entry(pv_ctx *cx, const pv_rule_name *rule, const char *message, const pv_val *basis)
{
	pv_objb policy, b;

	pv_objb_init(&policy, cx->arena);
	pv_objb_puts(&policy, "kind", rule->kind);
	pv_objb_puts(&policy, "namespace", rule->ns);
	pv_objb_puts(&policy, "name", rule->name);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "policy", pv_objb_end(&policy));
	pv_objb_puts(&b, "message", message);
	pv_objb_puts(&b, "rule", pv_text_at(basis, "rule", rule->rule));
	for (size_t i = 0; i < pv_member_count(basis); i++)
		if (!pv_streq(pv_text(&basis->members[i].key, ""), "rule"))
			pv_objb_putv(&b, basis->members[i].key, basis->members[i].val);
	return pv_objb_end(&b);
}

const char *
pv_why_field(const pv_val *why)
{
	const pv_val *reads = pv_get(why, "reads");

	for (size_t i = 0; i < pv_count(reads); i++)
		if (pv_get(pv_item(reads, i), "field"))
			return pv_text_at(pv_item(reads, i), "field", NULL);
	return NULL;
}
