/* parse: control structures: lists, if, range, with, template, define, block. */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/parser.h"

static node *item_list(parser *p, node **ret_end);

node *
parser_node(parser *p, enum node_type type, uint32_t pos)
{
	node *n = pv_new(p->arena, node);
	n->type = (uint8_t)type;
	n->pos = pos;
	return n;
}

void *
parser_fail(parser *p, const char *fmt, ...)
{
	va_list ap;
	if (p->error != NULL)
		return NULL;
	va_start(ap, fmt);
	const char *what = pv_vprintf(p->arena, fmt, ap);
	va_end(ap);
	p->error = pv_printf(p->arena, "template: %.*s:%u: %s", (int)p->file.len, p->file.s,
			     p->tokens[0].line, what);
	return NULL;
}

/* ---- tokens ---- */

token
parser_next(parser *p)
{
	if (p->peeked > 0)
		p->peeked--;
	else
		p->tokens[0] = lex_next(&p->lex);
	return p->tokens[p->peeked];
}

token
parser_peek(parser *p)
{
	if (p->peeked > 0)
		return p->tokens[p->peeked - 1];
	p->peeked = 1;
	p->tokens[0] = lex_next(&p->lex);
	return p->tokens[0];
}

token
parser_word(parser *p)
{
	token t;
	do
		t = parser_next(p);
	while (t.type == T_SPACE);
	return t;
}

token
parser_peek_word(parser *p)
{
	token t = parser_word(p);
	p->peeked++;
	return t;
}

/* A token as Go names it in errors. */
static const char *
token_text(parser *p, const token *t)
{
	pv_buf b;
	if (t->type == T_EOF)
		return "EOF";
	if (t->type == T_ERROR)
		return pv_strndup(p->arena, t->val.s, t->val.len);
	if (t->type > T_KEYWORD)
		return pv_printf(p->arena, "<%.*s>", (int)t->val.len, t->val.s);
	pv_buf_init(&b, p->arena);
	pv_go_quote(&b, (pv_str){t->val.s, pv_utf8_prefix(t->val, 10)}, false); /* %.10q */
	if (t->val.len > 10)
		pv_buf_adds(&b, "...");
	return b.s;
}

void *
parser_unexpected(parser *p, token t, const char *context)
{
	const char *text = token_text(p, &t);
	if (t.type != T_ERROR)
		return parser_fail(p, "unexpected %s in %s", text, context);
	if (p->action_line == 0 || p->action_line == t.line)
		return parser_fail(p, "%s", text);
	return parser_fail(p, "%s%sstarted at %.*s:%u", text,
			   pv_ends_with(text, " action") ? " " : " in action ", (int)p->file.len, p->file.s,
			   p->action_line);
}

static bool
expect_right(parser *p, const char *context, token *ret)
{
	*ret = parser_word(p);
	if (ret->type == T_RIGHT)
		return true;
	(void)parser_unexpected(p, *ret, context);
	return false;
}

static bool
template_name(parser *p, token t, const char *context, pv_str *ret)
{
	if (t.type != T_STRING && t.type != T_RAW_STRING) {
		(void)parser_unexpected(p, t, context);
		return false;
	}
	ret->s = pv_go_unquote(p->arena, t.val, &ret->len);
	if (ret->s == NULL)
		(void)parser_fail(p, "invalid syntax");
	return ret->s != NULL;
}

/* ---- trees ---- */

static void
add_tree(parser *p, pv_str name, node *root)
{
	for (size_t i = 0; i < p->trees->len; i++) {
		tree **at = PV_AT(tree *, p->trees, i);
		if (!pv_str_eq((*at)->name, name))
			continue;
		if (node_is_empty((*at)->root)) {
			(*at)->root = root;
		} else if (!node_is_empty(root)) {
			pv_buf b;
			pv_buf_init(&b, p->arena);
			pv_go_quote(&b, name, false);
			(void)parser_fail(p, "template: multiple definition of template %s", b.s);
		}
		return;
	}
	tree *t = pv_new(p->arena, tree);
	*t = (tree){.name = name, .file = p->file, .text = p->text, .root = root};
	pv_vec_push(p->trees, &t);
}

/* A template within the text: its variables and ranges are its own. */
static bool
definition(parser *p, pv_str name, const char *context)
{
	size_t vars = p->nvars, base = p->base;
	int ranges = p->ranges;
	uint32_t line = p->action_line;
	node *end = NULL;
	p->base = p->nvars;
	p->ranges = 0;
	p->action_line = 0;
	node *list = item_list(p, &end);
	p->nvars = vars;
	p->base = base;
	p->ranges = ranges;
	p->action_line = line;
	if (list == NULL)
		return false;
	if (end->type != N_END) {
		(void)parser_fail(p, "unexpected {{else}} in %s", context);
		return false;
	}
	add_tree(p, name, list);
	return p->error == NULL;
}

static bool
define(parser *p)
{
	pv_str name;
	token t;
	return template_name(p, parser_word(p), "define clause", &name) &&
	       expect_right(p, "define clause", &t) && definition(p, name, "define clause");
}

static node *
block(parser *p)
{
	token at = parser_word(p);
	pv_str name;
	if (!template_name(p, at, "block clause", &name))
		return NULL;
	node *pipe = parse_pipe(p, "block clause", T_RIGHT);
	if (pipe == NULL || !definition(p, name, "block clause"))
		return NULL;
	node *n = parser_node(p, N_TEMPLATE, at.pos);
	n->name = name;
	n->with = pipe;
	return n;
}

static node *template(parser *p)
{
	token at = parser_word(p);
	node *n = parser_node(p, N_TEMPLATE, at.pos);
	if (!template_name(p, at, "template clause", &n->name))
		return NULL;
	if (parser_word(p).type == T_RIGHT)
		return n;
	p->peeked++;
	n->with = parse_pipe(p, "template clause", T_RIGHT);
	return n->with ? n : NULL;
}

/* ---- control ---- */

static node *control(parser *p, enum node_type type);

/* Behind {{else}}: its list, or what `else if` opens; that one takes the {{end}}, too. */
static node *
otherwise(parser *p, enum node_type type, const node *at)
{
	node *end = NULL, *list;
	bool chained = (type == N_IF && parser_peek(p).type == T_IF) ||
		       (type == N_WITH && parser_peek(p).type == T_WITH);
	if (!chained) {
		list = item_list(p, &end);
		if (list != NULL && end->type != N_END)
			return parser_fail(p, "expected end; found {{else}}");
		return list;
	}
	(void)parser_next(p);
	list = parser_node(p, N_LIST, at->pos);
	list->kids = pv_new_array(p->arena, node *, 1);
	list->n = 1;
	list->kids[0] = control(p, type);
	return list->kids[0] ? list : NULL;
}

static bool
deeper(parser *p)
{
	if (++p->depth <= PARSER_DEPTH)
		return true;
	(void)parser_fail(p, "more than %d control structures within one another", PARSER_DEPTH);
	return false;
}

static node *
control(parser *p, enum node_type type)
{
	const char *context = type == N_IF ? "if" : type == N_RANGE ? "range" : "with";
	size_t vars = p->nvars;
	node *n = parser_node(p, type, 0), *end = NULL;
	if (!deeper(p))
		return NULL;
	n->pipe = parse_pipe(p, context, T_RIGHT);
	if (n->pipe == NULL)
		return NULL;
	n->pos = n->pipe->pos;
	p->ranges += type == N_RANGE;
	n->list = item_list(p, &end);
	p->ranges -= type == N_RANGE;
	if (n->list != NULL && end->type == N_ELSE)
		n->other = otherwise(p, type, end);
	p->nvars = vars;
	p->depth--;
	return p->error ? NULL : n;
}

static node *
leave(parser *p, enum node_type type, token at)
{
	const char *word = type == N_BREAK ? "{{break}}" : "{{continue}}";
	token t = parser_word(p);
	if (t.type != T_RIGHT)
		return parser_unexpected(p, t, word);
	if (p->ranges == 0)
		return parser_fail(p, "%s outside {{range}}", word);
	return parser_node(p, type, at.pos);
}

static node *
otherwise_mark(parser *p)
{
	token t = parser_peek_word(p);
	if (t.type != T_IF && t.type != T_WITH && !expect_right(p, "else", &t))
		return NULL;
	return parser_node(p, N_ELSE, t.pos);
}

static node *
action(parser *p)
{
	token t = parser_word(p);
	switch (t.type) {
	case T_BLOCK: return block(p);
	case T_BREAK: return leave(p, N_BREAK, t);
	case T_CONTINUE: return leave(p, N_CONTINUE, t);
	case T_ELSE: return otherwise_mark(p);
	case T_END: return expect_right(p, "end", &t) ? parser_node(p, N_END, t.pos) : NULL;
	case T_IF: return control(p, N_IF);
	case T_RANGE: return control(p, N_RANGE);
	case T_TEMPLATE: return template(p);
	case T_WITH: return control(p, N_WITH);
	default: break;
	}
	p->peeked++;
	t = parser_peek(p);
	node *n = parser_node(p, N_ACTION, t.pos);
	n->pipe = parse_pipe(p, "command", T_RIGHT);
	return n->pipe ? n : NULL;
}

static node *
text_or_action(parser *p)
{
	token t = parser_word(p);
	node *n;
	if (t.type == T_TEXT) {
		n = parser_node(p, N_TEXT, t.pos);
		n->text = t.val;
		return n;
	}
	if (t.type != T_LEFT)
		return parser_unexpected(p, t, "input");
	p->action_line = t.line;
	n = action(p);
	p->action_line = 0;
	return n;
}

node *
parser_adopt(parser *p, node *n, size_t mark)
{
	n->n = (uint32_t)(p->stack.len - mark);
	n->kids = pv_alloc(p->arena, (n->n + !n->n) * sizeof(node *));
	if (n->n > 0)
		memcpy(n->kids, PV_AT(node *, &p->stack, mark), n->n * sizeof(node *));
	p->stack.len = mark;
	return n;
}

static node *
item_list(parser *p, node **ret_end)
{
	uint32_t pos = parser_peek_word(p).pos;
	size_t mark = p->stack.len;
	while (parser_peek_word(p).type != T_EOF) {
		node *n = text_or_action(p);
		if (n == NULL)
			return NULL;
		if (n->type == N_END || n->type == N_ELSE) {
			*ret_end = n;
			return parser_adopt(p, parser_node(p, N_LIST, pos), mark);
		}
		pv_vec_push(&p->stack, &n);
	}
	return parser_fail(p, "unexpected EOF");
}

/* {{define}} at the top; false if it is something else, which is then still to read. */
static bool
is_define(parser *p)
{
	token left = parser_next(p);
	if (parser_word(p).type == T_DEFINE)
		return true;
	p->tokens[1] = left;
	p->peeked = 2;
	return false;
}

static node *
whole(parser *p)
{
	uint32_t pos = parser_peek(p).pos;
	size_t mark = p->stack.len;
	while (parser_peek(p).type != T_EOF) {
		if (parser_peek(p).type == T_LEFT && is_define(p)) {
			if (!define(p))
				return NULL;
			continue;
		}
		node *n = text_or_action(p);
		if (n == NULL)
			return NULL;
		if (n->type == N_END || n->type == N_ELSE)
			return parser_fail(p, "unexpected %s", n->type == N_END ? "{{end}}" : "{{else}}");
		pv_vec_push(&p->stack, &n);
	}
	return parser_adopt(p, parser_node(p, N_LIST, pos), mark);
}

int
parse_text(pv_ctx *cx, const pv_tmpl *set, pv_str name, pv_str text, pv_vec *ret)
{
	parser p = {.arena = ret->arena, .set = set, .file = name, .text = text, .trees = ret};
	lex_init(&p.lex, ret->arena, text, set->left, set->right);
	pv_vec_init(&p.stack, ret->arena, sizeof(node *));
	(void)parser_declare(&p, PV_STR("$"));
	node *root = whole(&p);
	if (root != NULL)
		add_tree(&p, name, root);
	return p.error ? pv_fail(cx, PV_EINVALID, "%s", p.error) : 0;
}
