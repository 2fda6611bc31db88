/* Nodes of expressions. */
#include "lang/cel/ast.h"

#include <string.h>

node *
cel_node(pv_arena *arena, enum node_kind kind, uint32_t pos, size_t n)
{
	node *x = pv_new(arena, node);
	x->kind = (uint8_t)kind;
	x->pos = pos;
	x->n = (uint32_t)n;
	x->args = n ? pv_new_array(arena, node *, n) : NULL;
	return x;
}

bool
cel_path(pv_arena *arena, const node *n, pv_str *ret)
{
	size_t len = 0;
	const node *root = n;
	for (; root->kind == N_SELECT; root = root->args[0])
		len += root->name.len + 1;
	if (root->kind != N_IDENT)
		return false;
	len += root->name.len;
	char *text = pv_alloc(arena, len + 1), *at = text + len;
	*ret = (pv_str){text, len};
	for (*at = '\0';; n = n->args[0]) { /* a chain may be long: no recursion */
		at -= n->name.len;
		memcpy(at, n->name.s, n->name.len);
		if (n == root)
			return true;
		*--at = '.';
	}
}
