/* lower_meta: rego.metadata.rule() and rego.metadata.chain(): constants, since what
 * they answer is written beside the rules. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

static pv_val
path_of(rg_unit *u, const rg_node *node)
{
	pv_val *keys = pv_new_array(u->arena, pv_val, node->depth);
	uint32_t n = node->depth;
	for (; node->parent; node = node->parent)
		keys[node->depth - 1] = node->key;
	return (pv_val){.type = PV_LIST, .len = n, .items = keys};
}

static void
add_link(rg_unit *u, pv_listb *chain, const pv_val *annotations, const rg_node *node)
{
	pv_objb o;
	pv_objb_init(&o, u->arena);
	if (annotations)
		pv_objb_put(&o, "annotations", *annotations);
	pv_objb_put(&o, "path", path_of(u, node));
	pv_listb_add(chain, pv_objb_end(&o));
}

static const rg_note *
note_of(const rg_rule *r, const char *scope)
{
	const rg_note *n = r->notes;
	while (n && !pv_streq(n->scope, scope))
		n = n->next;
	return n;
}

/* Those of the rule, the last first, then those of its document. */
static void
add_rule(rg_unit *u, pv_listb *chain, const rg_note *n)
{
	if (!n)
		return;
	add_rule(u, chain, n->next);
	if (pv_streq(n->scope, "rule"))
		add_link(u, chain, n->says, u->group->node);
}

static const rg_note *
document_note(const rg_unit *u)
{
	const rg_note *n = NULL;
	for (size_t i = 0; !n && i < u->group->rules.len; i++)
		n = note_of(*PV_AT(rg_rule *, &u->group->rules, i), "document");
	return n;
}

/* Of the package, and those of packages above that are for subpackages. */
static void
add_packages(rg_unit *u, pv_listb *chain, const rg_node *node)
{
	for (const rg_node *at = node; at; at = at->parent)
		for (size_t i = 0; i < u->program->modules.len; i++) {
			const rg_module *m = *PV_AT(rg_module *, &u->program->modules, i);
			if (rg_tree_package(u->program, m) != at)
				continue;
			for (size_t k = 0; k < m->notes.len; k++) {
				const rg_note *n = PV_AT(const rg_note, &m->notes, k);
				if (at == node || pv_streq(n->scope, "subpackages"))
					add_link(u, chain, n->says, at);
			}
		}
}

rg_pat *
rg_lower_metadata(rg_unit *u, const char *name)
{
	pv_listb chain;
	const rg_rule *r = u->rule;
	if (!r || !u->group || strncmp(name, "rego.metadata.", 14) != 0)
		return NULL;
	const rg_note *own = note_of(r, "rule");
	if (strcmp(name, "rego.metadata.rule") == 0)
		return rg_pat_const(u, own ? *own->says : (pv_val){.type = PV_OBJECT});
	if (strcmp(name, "rego.metadata.chain") != 0)
		return NULL;
	if (u->chain)
		return rg_pat_const(u, *u->chain);
	pv_listb_init(&chain, u->arena);
	const rg_note *document = document_note(u);
	if (!own && !document)
		add_link(u, &chain, NULL, u->group->node);
	add_rule(u, &chain, r->notes);
	if (document)
		add_link(u, &chain, document->says, u->group->node);
	add_packages(u, &chain, u->package);
	u->chain = pv_box(u->arena, pv_listb_end(&chain));
	return rg_pat_const(u, *u->chain);
}
