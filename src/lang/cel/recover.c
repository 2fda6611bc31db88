/* Errors of syntax: their words, and where the parser goes on. */
#include "base/buf.h"
#include "lang/cel/parse.h"

#define ATTEMPTS 30 /* cel-go's */
#define OPERATORS \
	(K(K_STAR) | K(K_SLASH) | K(K_PERCENT) | K(K_PLUS) | K(K_MINUS) | K(K_LT) | K(K_LE) | K(K_GT) | \
	 K(K_GE) | K(K_EQ) | K(K_NE) | K(K_IN) | K(K_AND) | K(K_OR) | K(K_QUESTION))
#define SELECTIONS (K(K_DOT) | K(K_LBRACKET))

static token
scan(parser *p)
{
	token t = cel_lex(p->is, &p->next);

	for (; t.kind == K_BAD; t = cel_lex(p->is, &p->next)) {
		issue(p->is, t.pos, "Syntax error: token recognition error at: '%.*s'", (int)t.text.len,
		      t.text.s);
		p->failed = true;
	}
	t.end = p->next;
	return t;
}

void
parser_init(parser *p, issues *is)
{
	*p = (parser){.is = is, .after = K(K_END), .follow = K(K_END)};
	p->t = scan(p);
	p->ahead = scan(p);
}

static void
skip(parser *p)
{
	p->end = p->t.end;
	p->t = p->ahead;
	p->ahead = scan(p);
}

void
parser_step(parser *p)
{
	p->recovering = false;
	skip(p);
}

bool
parser_sees(const parser *p, kinds among)
{
	return among >> p->t.kind & 1;
}

bool
parser_take(parser *p, enum token_kind kind)
{
	if (p->t.kind != kind)
		return false;
	parser_step(p);
	return true;
}

/* ---- what is told ---- */

static const char *
shown(parser *p, kinds set)
{
	bool many = set & (set - 1);
	pv_buf out;

	pv_buf_init(&out, p->is->cx->arena);
	pv_buf_adds(&out, many ? "{" : "");
	for (int kind = 0, n = 0; kind < K_BAD; kind++)
		if (set >> kind & 1)
			pv_buf_printf(&out, "%s%s", n++ ? ", " : "", cel_token_names[kind]);
	pv_buf_adds(&out, many ? "}" : "");
	return out.s;
}

static void
tell(parser *p, const char *what, const char *between, kinds wanted)
{
	if (!p->recovering)
		issue(p->is, p->t.pos, "Syntax error: %s '%.*s' %s %s", what, (int)p->t.text.len, p->t.text.s,
		      between, shown(p, wanted));
	p->recovering = p->failed = true;
}

void
parser_stop(parser *p, const char *why, int limit)
{
	if (!p->stopped)
		issue(p->is, p->t.pos, "%s: %d", why, limit);
	p->stopped = p->failed = p->recovering = true;
	p->next = (uint32_t)p->is->text.len;
	p->t = p->ahead = (token){.kind = K_END, .pos = p->next, .text = PV_STR("<EOF>")};
}

/* ---- how it goes on ---- */

static void
attempt(parser *p)
{
	if (p->attempts++ == ATTEMPTS)
		parser_stop(p, "Syntax error: error recovery attempt limit exceeded", ATTEMPTS);
}

static void
recover(parser *p, bool selects)
{
	kinds until = p->follow | OPERATORS | (selects ? SELECTIONS : 0);

	attempt(p);
	while (p->t.kind != K_END && !parser_sees(p, until))
		skip(p);
}

/* The token is one too many. */
static bool
left_out(parser *p, kinds among)
{
	if (!(among >> p->ahead.kind & 1))
		return false;
	tell(p, "extraneous input", "expecting", among);
	skip(p);
	p->recovering = false;
	return true;
}

bool
parser_sync(parser *p, kinds among, bool selects)
{
	if (parser_sees(p, among) || (!p->recovering && left_out(p, among)))
		return true;
	tell(p, "mismatched input", "expecting", among);
	recover(p, selects);
	return false;
}

kinds
parser_behind(const parser *p)
{
	return p->after | OPERATORS | SELECTIONS;
}

bool
parser_need(parser *p, enum token_kind kind, kinds behind, bool selects)
{
	if (parser_take(p, kind))
		return true;
	attempt(p);
	if (left_out(p, K(kind)))
		return parser_take(p, kind);
	if (parser_sees(p, behind)) {
		if (!p->recovering)
			issue(p->is, p->t.pos, "Syntax error: missing %s at '%.*s'", cel_token_names[kind],
			      (int)p->t.text.len, p->t.text.s);
		p->recovering = p->failed = true;
		return true;
	}
	tell(p, "mismatched input", "expecting", K(kind));
	recover(p, selects);
	return false;
}

void
parser_refuse(parser *p, kinds among)
{
	tell(p, "extraneous input", "expecting", among);
	recover(p, false);
}

void
parser_refuse_next(parser *p)
{
	const token *last = p->ahead.kind == K_END ? &p->t : &p->ahead;
	size_t len = last->pos + last->text.len - p->t.pos;

	if (!p->recovering)
		issue(p->is, p->ahead.pos, "Syntax error: no viable alternative at input '%.*s'", (int)len,
		      p->t.text.s);
	p->recovering = p->failed = true;
	recover(p, false);
}
