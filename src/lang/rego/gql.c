/* gql: tokens, values, types, arguments and directives: what both kinds of documents
 * share. */
#include "lang/rego/gql.h"

#include <string.h>

#include "base/arena.h"
#include "lang/rego/lex.h"

static const char *const texts[] = {
	"<EOF>", "!", "$", "&", "(",    ")",   "...",   ":",      "=",           "@",       "[",
	"]",     "{", "}", "|", "Name", "Int", "Float", "String", "BlockString", "Invalid",
};

void
gql_fail(gql *g, const char *fmt, ...)
{
	va_list ap;
	if (g->error)
		return;
	va_start(ap, fmt);
	char *what = pv_vprintf(g->arena, fmt, ap);
	va_end(ap);
	g->error = pv_printf(g->arena, "%s in GraphQL string at location %d:%d", what, g->at_row, g->at_col);
	g->tok = GQL_EOF;
	g->p = g->end;
}

static const char *
shown(gql *g)
{
	if (g->tok < GQL_NAME)
		return texts[g->tok];
	return pv_printf(g->arena, "%s \"%.*s\"", texts[g->tok], (int)g->text.len, g->text.s);
}

void
gql_unexpected(gql *g)
{
	gql_fail(g, "Unexpected %s", shown(g));
}

/* ---- tokens ---- */

static bool
is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static void
skip(gql *g)
{
	for (; g->p < g->end; g->p++) {
		if (*g->p == '#')
			while (g->p < g->end && *g->p != '\n')
				g->p++;
		if (g->p == g->end || !strchr(" \t\r\n,\xef\xbb\xbf", *g->p))
			break;
		if (*g->p == '\n') {
			g->row++;
			g->line = g->p + 1;
		}
	}
}

static enum gql_tok
number(gql *g)
{
	const char *from = g->p;
	bool is_float = false;
	g->p += *g->p == '-';
	while (g->p < g->end && strchr("0123456789.eE+-", *g->p)) {
		is_float = is_float || *g->p == '.' || *g->p == 'e' || *g->p == 'E';
		g->p++;
	}
	g->text = (pv_str){from, (size_t)(g->p - from)};
	return is_float ? GQL_FLOAT : GQL_INT;
}

static enum gql_tok
string(gql *g)
{
	const char *from = ++g->p, *error;
	size_t len;
	while (g->p < g->end && *g->p != '"' && *g->p != '\n')
		g->p += *g->p == '\\' && g->p + 1 < g->end ? 2 : 1;
	if (g->p >= g->end || *g->p != '"') {
		gql_fail(g, "Unterminated string.");
		return GQL_BAD;
	}
	const char *s = rg_unquote(g->arena, from, (size_t)(g->p - from), false, &len, &error);
	g->p++;
	if (!s) {
		gql_fail(g, "Invalid character escape sequence.");
		return GQL_BAD;
	}
	g->text = (pv_str){s, len};
	return GQL_STRING;
}

/* """...""": without the indentation common to all lines but the first, and without
 * blank lines at both ends (spec, BlockStringValue). */
static pv_str
block_value(pv_arena *arena, pv_str raw)
{
	pv_buf b;
	pv_str rest = raw, line;
	size_t common = SIZE_MAX, n = 0, first = SIZE_MAX, last = 0;
	for (; pv_str_next(&rest, '\n', &line); n++) {
		size_t indent = 0;
		while (indent < line.len && strchr(" \t", line.s[indent]))
			indent++;
		if (indent == line.len)
			continue;
		if (n > 0 && indent < common)
			common = indent;
		first = first == SIZE_MAX ? n : first;
		last = n;
	}
	pv_buf_init(&b, arena);
	rest = raw;
	for (n = 0; pv_str_next(&rest, '\n', &line); n++) {
		size_t cut = n > 0 && common != SIZE_MAX ? common : 0;
		if (n < first || n > last)
			continue;
		if (n > first)
			pv_buf_addc(&b, '\n');
		for (; cut < line.len; cut++) {
			bool escape = line.len - cut >= 4 && memcmp(line.s + cut, "\\\"\"\"", 4) == 0;
			pv_buf_addc(&b, line.s[cut + escape]);
			if (escape) {
				pv_buf_adds(&b, "\"\"");
				cut += 3;
			}
		}
	}
	return (pv_str){b.len ? b.s : "", b.len};
}

static enum gql_tok
block(gql *g)
{
	const char *from = g->p + 3;
	const char *close = memmem(from, (size_t)(g->end - from), "\"\"\"", 3);
	while (close && close[-1] == '\\')
		close = memmem(close + 3, (size_t)(g->end - close - 3), "\"\"\"", 3);
	if (!close) {
		gql_fail(g, "Unterminated string.");
		return GQL_BAD;
	}
	for (const char *c = from; c < close; c++)
		if (*c == '\n') {
			g->row++;
			g->line = c + 1;
		}
	g->text = block_value(g->arena, (pv_str){from, (size_t)(close - from)});
	g->p = close + 3;
	return GQL_BLOCK;
}

static enum gql_tok
scan(gql *g)
{
	static const char marks[] = "!$&():=@[]{}|";
	static const enum gql_tok toks[] = {GQL_BANG,   GQL_DOLLAR, GQL_AMP, GQL_LPAREN, GQL_RPAREN,
					    GQL_COLON,  GQL_EQUALS, GQL_AT,  GQL_LBRACK, GQL_RBRACK,
					    GQL_LBRACE, GQL_RBRACE, GQL_PIPE};
	const char *from = g->p, *mark;
	if (g->p == g->end)
		return GQL_EOF;
	if (is_name(*g->p, true)) {
		while (g->p < g->end && is_name(*g->p, false))
			g->p++;
		g->text = (pv_str){from, (size_t)(g->p - from)};
		return GQL_NAME;
	}
	if ((*g->p >= '0' && *g->p <= '9') || *g->p == '-')
		return number(g);
	if (g->end - g->p >= 3 && memcmp(g->p, "\"\"\"", 3) == 0)
		return block(g);
	if (*g->p == '"')
		return string(g);
	if (g->end - g->p >= 3 && memcmp(g->p, "...", 3) == 0) {
		g->p += 3;
		return GQL_SPREAD;
	}
	mark = *g->p ? strchr(marks, *g->p) : NULL;
	if (mark) {
		g->p++;
		return toks[mark - marks];
	}
	gql_fail(g, "Cannot parse the unexpected character \"%c\".", *g->p);
	return GQL_EOF;
}

void
gql_next(gql *g)
{
	if (g->error)
		return;
	skip(g);
	g->at_row = g->row;
	g->at_col = 1;
	for (const char *c = g->line; c < g->p; c++)
		g->at_col += (*c & 0xc0) != 0x80;
	if (g->p < g->end && *g->p == '"') /* gqlparser counts from behind the quote */
		g->at_col++;
	g->tok = scan(g);
}

void
gql_init(gql *g, rg_vm *vm, pv_str text)
{
	*g = (gql){.vm = vm,
		   .arena = vm->arena,
		   .s = text.s,
		   .p = text.s,
		   .line = text.s,
		   .end = text.s + text.len,
		   .row = 1};
	gql_next(g);
}

bool
gql_is(const gql *g, const char *name)
{
	return g->tok == GQL_NAME && pv_str_is(g->text, name);
}

bool
gql_accept(gql *g, enum gql_tok tok)
{
	if (g->error || g->tok != tok)
		return false;
	gql_next(g);
	return true;
}

void
gql_expect(gql *g, enum gql_tok tok)
{
	if (!gql_accept(g, tok))
		gql_fail(g, "Expected %s, found %s", texts[tok], shown(g));
}

void
gql_keyword(gql *g, const char *word)
{
	if (gql_is(g, word))
		gql_next(g);
	else
		gql_fail(g, "Expected \"%s\", found %s", word, shown(g));
}

pv_val
gql_name(gql *g)
{
	pv_val v = pv_stringn(g->arena, g->tok == GQL_NAME ? g->text.s : "",
			      g->tok == GQL_NAME ? g->text.len : 0);
	gql_expect(g, GQL_NAME);
	return v;
}

bool
gql_some(gql *g)
{
	if (g->tok == GQL_RBRACE || g->tok == GQL_RPAREN || g->tok == GQL_RBRACK)
		gql_fail(g, "expected at least one definition, found %s", shown(g));
	return !g->error;
}

bool
gql_enter(gql *g)
{
	if (++g->depth > GQL_DEPTH)
		gql_fail(g, "nesting is deeper than %d levels", GQL_DEPTH);
	return !g->error;
}

void
gql_leave(gql *g)
{
	g->depth--;
}

void
gql_put_list(pv_objb *o, const char *key, pv_listb *list)
{
	if (list->len)
		pv_objb_put(o, key, pv_listb_end(list));
}

void
gql_place(const gql *g, pv_objb *o)
{
	if (!g->places)
		return;
	pv_val at[] = {pv_int(g->at_row), pv_int(g->at_col)};
	pv_objb_put(o, "Position", pv_list_of(g->arena, at, 2));
}

/* ---- values ---- */

enum {
	KIND_VARIABLE,
	KIND_INT,
	KIND_FLOAT,
	KIND_STRING,
	KIND_BLOCK,
	KIND_BOOLEAN,
	KIND_NULL,
	KIND_ENUM,
	KIND_LIST,
	KIND_OBJECT
};

static pv_val
value_of(gql *g, int kind, pv_str raw, pv_listb *children)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	pv_objb_put(&o, "Raw", pv_stringn(g->arena, raw.s, raw.len));
	if (children)
		gql_put_list(&o, "Children", children);
	pv_objb_put(&o, "Kind", pv_int(kind));
	if (!g->vm->program->v0) /* the gqlparser of that time did not have it */
		pv_objb_put(&o, "ExpectedTypeHasDefault", pv_bool(false));
	return pv_objb_end(&o);
}

static pv_val
children(gql *g, bool constant, bool object)
{
	pv_listb list;
	enum gql_tok end = object ? GQL_RBRACE : GQL_RBRACK;
	pv_listb_init(&list, g->arena);
	gql_next(g);
	while (!g->error && g->tok != end) {
		pv_objb o;
		pv_objb_init(&o, g->arena);
		pv_objb_put(&o, "Name", object ? gql_name(g) : pv_string_ref(""));
		if (object)
			gql_expect(g, GQL_COLON);
		pv_objb_put(&o, "Value", gql_value(g, constant));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	gql_expect(g, end);
	return value_of(g, object ? KIND_OBJECT : KIND_LIST, (pv_str){"", 0}, &list);
}

static pv_val
scalar(gql *g, bool constant)
{
	pv_str text = g->text;
	int kind = KIND_ENUM;
	switch ((int)g->tok) {
	case GQL_DOLLAR:
		if (constant)
			break;
		gql_next(g);
		text = g->text;
		gql_expect(g, GQL_NAME);
		return value_of(g, KIND_VARIABLE, text, NULL);
	case GQL_INT:
	case GQL_FLOAT:
	case GQL_STRING:
	case GQL_BLOCK:
		kind = (int)g->tok - GQL_INT + KIND_INT;
		gql_next(g);
		return value_of(g, kind, text, NULL);
	case GQL_NAME:
		if (gql_is(g, "true") || gql_is(g, "false"))
			kind = KIND_BOOLEAN;
		else if (gql_is(g, "null"))
			kind = KIND_NULL;
		gql_next(g);
		return value_of(g, kind, text, NULL);
	}
	gql_unexpected(g);
	return pv_null();
}

pv_val
gql_value(gql *g, bool constant)
{
	pv_val v = pv_null();
	pv_objb o;
	pv_objb_init(&o, g->arena);
	gql_place(g, &o);
	if (gql_enter(g))
		v = g->tok == GQL_LBRACK || g->tok == GQL_LBRACE ? children(g, constant, g->tok == GQL_LBRACE)
								 : scalar(g, constant);
	gql_leave(g);
	for (uint32_t i = 0; o.len > 0 && v.type == PV_OBJECT && i < v.len; i++)
		pv_objb_add(&o, v.members[i].key, v.members[i].val);
	return o.len > 0 ? pv_objb_end(&o) : v;
}

pv_val
gql_type(gql *g)
{
	pv_objb o;
	pv_objb_init(&o, g->arena);
	if (gql_enter(g) && gql_accept(g, GQL_LBRACK)) {
		pv_objb_put(&o, "NamedType", pv_string_ref(""));
		pv_objb_put(&o, "Elem", gql_type(g));
		gql_expect(g, GQL_RBRACK);
	} else {
		pv_objb_put(&o, "NamedType", gql_name(g));
	}
	pv_objb_put(&o, "NonNull", pv_bool(gql_accept(g, GQL_BANG)));
	gql_leave(g);
	return pv_objb_end(&o);
}

void
gql_arguments(gql *g, pv_objb *o, bool constant)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	if (!gql_accept(g, GQL_LPAREN))
		return;
	for (bool more = gql_some(g); more && !g->error && g->tok != GQL_RPAREN;) {
		pv_objb a;
		pv_objb_init(&a, g->arena);
		gql_place(g, &a);
		pv_objb_put(&a, "Name", gql_name(g));
		gql_expect(g, GQL_COLON);
		pv_objb_put(&a, "Value", gql_value(g, constant));
		pv_listb_add(&list, pv_objb_end(&a));
	}
	gql_expect(g, GQL_RPAREN);
	gql_put_list(o, "Arguments", &list);
}

void
gql_directives(gql *g, pv_objb *o, bool constant)
{
	pv_listb list;
	pv_listb_init(&list, g->arena);
	while (gql_accept(g, GQL_AT)) {
		pv_objb d;
		pv_objb_init(&d, g->arena);
		gql_place(g, &d);
		pv_objb_put(&d, "Name", gql_name(g));
		gql_arguments(g, &d, constant);
		pv_objb_put(&d, "Location", pv_string_ref(""));
		pv_listb_add(&list, pv_objb_end(&d));
	}
	gql_put_list(o, "Directives", &list);
}
