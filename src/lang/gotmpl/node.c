/* node: nodes as text, as Go quotes them in errors; and which of them are empty. */
#include "base/str.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/ast.h"

#define DEPTH 200 /* of parentheses in an error's text */

static void print(pv_buf *b, const node *n, unsigned depth);

static void
put(pv_buf *b, pv_str s)
{
	pv_buf_add(b, s.s, s.len);
}

static void
print_names(pv_buf *b, const node *n, bool first_dot)
{
	for (uint32_t i = 0; i < n->nnames; i++) {
		if (i > 0 || first_dot)
			pv_buf_addc(b, '.');
		put(b, n->names[i]);
	}
}

static void
print_pipe(pv_buf *b, const node *n, unsigned depth)
{
	for (uint32_t i = 0; i < n->n; i++) {
		if (i == n->ndecl && n->ndecl)
			pv_buf_adds(b, n->flag ? " = " : " := ");
		else if (i > 0)
			pv_buf_adds(b, i < n->ndecl ? ", " : " | ");
		print(b, n->kids[i], depth + 1);
	}
}

static void
print_in_parens(pv_buf *b, const node *n, unsigned depth)
{
	if (n->type == N_PIPE)
		pv_buf_addc(b, '(');
	print(b, n, depth + 1);
	if (n->type == N_PIPE)
		pv_buf_addc(b, ')');
}

static void
print_braced(pv_buf *b, const char *word, const node *pipe, unsigned depth)
{
	pv_buf_adds(b, "{{");
	pv_buf_adds(b, word);
	if (pipe != NULL)
		print(b, pipe, depth + 1);
	pv_buf_adds(b, "}}");
}

static void
print_control(pv_buf *b, const node *n, unsigned depth)
{
	print_braced(b, n->type == N_IF ? "if " : n->type == N_RANGE ? "range " : "with ", n->pipe, depth);
	print(b, n->list, depth + 1);
	if (n->other != NULL) {
		pv_buf_adds(b, "{{else}}");
		print(b, n->other, depth + 1);
	}
	pv_buf_adds(b, "{{end}}");
}

static void
print_template(pv_buf *b, const node *n, unsigned depth)
{
	pv_buf_adds(b, "{{template ");
	pv_go_quote(b, n->name, false);
	if (n->with != NULL) {
		pv_buf_addc(b, ' ');
		print(b, n->with, depth + 1);
	}
	pv_buf_adds(b, "}}");
}

static void
print(pv_buf *b, const node *n, unsigned depth)
{
	if (depth > DEPTH) {
		pv_buf_adds(b, "...");
		return;
	}
	switch ((enum node_type)n->type) {
	case N_TEXT:
	case N_IDENT:
	case N_NUMBER: put(b, n->text); break;
	case N_ACTION: print_braced(b, "", n->pipe, depth); break;
	case N_IF:
	case N_RANGE:
	case N_WITH: print_control(b, n, depth); break;
	case N_TEMPLATE: print_template(b, n, depth); break;
	case N_BREAK: pv_buf_adds(b, "{{break}}"); break;
	case N_CONTINUE: pv_buf_adds(b, "{{continue}}"); break;
	case N_COMMENT: break;
	case N_ELSE: pv_buf_adds(b, "{{else}}"); break;
	case N_END: pv_buf_adds(b, "{{end}}"); break;
	case N_LIST:
		for (uint32_t i = 0; i < n->n; i++)
			print(b, n->kids[i], depth + 1);
		break;
	case N_PIPE: print_pipe(b, n, depth); break;
	case N_COMMAND:
		for (uint32_t i = 0; i < n->n; i++) {
			if (i > 0)
				pv_buf_addc(b, ' ');
			print_in_parens(b, n->kids[i], depth);
		}
		break;
	case N_FIELD: print_names(b, n, true); break;
	case N_VARIABLE: print_names(b, n, false); break;
	case N_CHAIN:
		print_in_parens(b, n->of, depth);
		print_names(b, n, true);
		break;
	case N_DOT: pv_buf_addc(b, '.'); break;
	case N_NIL: pv_buf_adds(b, "nil"); break;
	case N_BOOL: pv_buf_adds(b, n->flag ? "true" : "false"); break;
	case N_STRING: put(b, n->quoted); break;
	}
}

void
node_print(pv_buf *b, const node *n)
{
	print(b, n, 0);
}

bool
node_is_empty(const node *n)
{
	if (n == NULL || n->type == N_COMMENT)
		return true;
	if (n->type == N_TEXT) {
		for (size_t i = 0; i < n->text.len; i++)
			if (n->text.s[i] != ' ' && (n->text.s[i] < '\t' || n->text.s[i] > '\r'))
				return false;
		return true;
	}
	if (n->type != N_LIST)
		return false;
	for (uint32_t i = 0; i < n->n; i++)
		if (!node_is_empty(n->kids[i]))
			return false;
	return true;
}
