#include "core/enforcement/why.h"

#include "base/str.h"
#include "core/enforcement/untold.h"
#include "lang/json/json.h"

#define VALUE_MOST 300 /* bytes of a value's JSON */
#define BRIEF_READS 4  /* fields and parameters in a refusal */
#define BRIEF_VALUE 100
#define BRIEF_STATEMENTS 300 /* bytes of all */

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
put_value(pv_ctx *cx, const char *path, const pv_val *value, pv_objb *b)
{
	bool is_short = strlen(pv_json_text(cx->arena, value)) <= VALUE_MOST, text = pv_is(value, PV_STRING);

	if (!is_short && !text)
		pv_objb_put(b, "large", pv_bool(true));
	else if (untold(path, value))
		pv_objb_put(b, "hidden", pv_bool(true));
	else if (is_short)
		pv_objb_put(b, "value", pv_copy(cx->arena, value));
	else
		pv_objb_put(b, "value",
			    pv_stringf(cx->arena, "%.*s...", (int)pv_str_clip(value->s, VALUE_MOST).len,
				       value->s));
}

static void
add_read(pv_ctx *cx, const char *path, const pv_val *value, const pv_why_reader *how, pv_listb *list)
{
	const char *field = below(path, how->object), *param = below(path, how->params);
	/* Of a comparison each side tells the other. */
	bool hidden = how->hides || how->hides_params;
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
		put_value(cx, path, value, &b);
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

/* ---- in words ---- */

/* Of Rego the body that held, of CEL what did not, or held and should not. */
static bool
is_rego(const pv_val *why)
{
	return pv_get(pv_item(pv_get(why, "statements"), 0), "line") != NULL;
}

static const char *
title(bool rego, bool several)
{
	static const char *const titles[2][2] = {
		{"to pass, this must hold", "none of these holds"}, /* of `a || b` one must, of all() each */
		{"to pass, this must not hold", "to pass, one of these must not hold"}};

	return titles[rego][several];
}

const char *
pv_why_title(const pv_val *why)
{
	return title(is_rego(why), pv_count(pv_get(why, "statements")) > 1);
}

const char *
pv_why_found(pv_ctx *cx, const pv_val *read)
{
	const pv_val *value = pv_get(read, "value");

	return value                                ? pv_json_text(cx->arena, value)
	       : pv_truth_at(read, "hidden", false) ? "not told"
	       : pv_truth_at(read, "large", false)  ? "there"
						    : "not there";
}

static void
add_clipped(pv_buf *text, const char *s, size_t most)
{
	size_t len = pv_str_clip(s, most).len;

	pv_buf_printf(text, "%.*s%s", (int)len, s, s[len] ? "..." : "");
}

static void
brief_reads(pv_ctx *cx, const pv_val *reads, pv_buf *text)
{
	size_t told = 0;

	for (size_t i = 0; i < pv_count(reads) && told < BRIEF_READS; i++) {
		const pv_val *read = pv_item(reads, i);
		const char *field = pv_text_at(read, "field", NULL), *param = pv_text_at(read, "param", NULL);

		if (!field && !param)
			continue;
		pv_buf_adds(text, told++ ? "; " : "\n  ");
		pv_buf_adds(text, field ? "" : "parameter ");
		add_clipped(text, field ? field : param, VALUE_MOST);
		pv_buf_adds(text, " is ");
		add_clipped(text, pv_why_found(cx, read), BRIEF_VALUE);
	}
}

/* On one line, as it may stand on several in the policy. */
static const char *
statement_of(pv_ctx *cx, const pv_val *one, bool rego)
{
	char *s = pv_strdup(cx->arena, pv_text_at(one, "text", "")), *to = s;

	for (const char *from = s; *from; from++)
		if (!strchr(" \t\r\n", *from))
			*to++ = *from;
		else if (to > s && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
	return !rego && pv_truth_at(one, "holds", false) ? pv_printf(cx->arena, "!(%s)", s) : s;
}

/* What nobody changes to pass: a kind compared with what is written there, and what only gives something a name. */
static bool
is_guard(const char *text)
{
	static const char *const kinds[] = {"input.request.kind", "input.review.kind", "request.kind"};
	static const char *const compared[] = {" == \"", " == '", " != \"", " != '", " in {", " in ["};
	size_t path = strcspn(text, " ");
	bool kind = false, literal = false;

	for (size_t i = 0; i < PV_LEN(kinds); i++)
		kind |= pv_starts_with(text, kinds[i]);
	for (size_t i = 0; i < PV_LEN(compared); i++)
		literal |= pv_starts_with(text + path, compared[i]);
	return kind ? literal : pv_starts_with(text + path, " :=") && !strchr(text, '[');
}

/* The last ones: any of those of a body is enough to pass, and what offends stands behind what leads to it. */
static void
brief_statements(pv_ctx *cx, const pv_val *why, pv_buf *text)
{
	const pv_val *list = pv_get(why, "statements");
	const char **told = pv_new_array(cx->arena, const char *, pv_count(list) + 1);
	size_t n = 0, from, left = BRIEF_STATEMENTS;

	for (size_t i = 0; i < pv_count(list); i++) {
		told[n] = statement_of(cx, pv_item(list, i), is_rego(why));
		n += !is_guard(told[n]);
	}
	for (from = n; from > 0 && (from == n || strlen(told[from - 1]) <= left); from--)
		left -= strlen(told[from - 1]) < left ? strlen(told[from - 1]) : left;
	if (n)
		pv_buf_printf(text, ": %s: %s", title(is_rego(why), n > 1), from ? "...; " : "");
	for (size_t i = from; i < n; i++) {
		pv_buf_adds(text, i > from ? "; " : "");
		add_clipped(text, told[i], BRIEF_STATEMENTS);
	}
}

const char *
pv_why_brief(pv_ctx *cx, const pv_val *why)
{
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	brief_reads(cx, pv_get(why, "reads"), &text);
	if (*pv_text_at(why, "rule", "")) {
		pv_buf_adds(&text, "\n  ");
		add_clipped(&text, pv_text_at(why, "rule", ""), VALUE_MOST);
		brief_statements(cx, why, &text);
	}
	return text.len ? text.s : "";
}
