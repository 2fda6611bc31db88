/* deps: which documents a query reads, itself and by the rules it asks. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/rego/compile.h"
#include "lang/rego/names.h"

typedef struct finder {
	rg_program *program;
	pv_arena *arena;
	pv_map *seen;           /* names of documents */
	pv_vec todo;            /* const rg_group * */
	pv_vec *base, *virtual; /* pv_val: [head, element...] */
} finder;

static pv_val
path_of(pv_arena *arena, const rg_term *ref, uint32_t n)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	pv_listb_add(&list, pv_string_ref(ref->args[0]->name));
	for (uint32_t i = 1; i < n; i++)
		pv_listb_add(&list, ref->args[i]->val);
	return pv_listb_end(&list);
}

static bool
add(finder *f, pv_vec *to, const pv_val *path)
{
	const char *name = pv_json_text(f->arena, path);
	if (pv_map_finds(f->seen, name))
		return false;
	pv_map_puts(f->seen, name, f);
	*(pv_val *)pv_vec_add(to) = pv_copy(f->arena, path); /* it outlives the policy */
	return true;
}

static void
see_group(void *arg, const rg_group *g)
{
	finder *f = arg;
	pv_listb list;
	const rg_node *node = g->node;
	pv_val *parts = pv_new_array(f->arena, pv_val, node->depth + 1);
	for (; node->parent; node = node->parent)
		parts[node->depth] = node->key;
	parts[0] = pv_string_ref("data");
	pv_listb_init(&list, f->arena);
	for (uint32_t i = 0; i <= g->node->depth; i++)
		pv_listb_add(&list, parts[i]);
	pv_val path = pv_listb_end(&list);
	if (add(f, f->virtual, &path))
		pv_vec_push(&f->todo, &g);
}

/* Every rule at and below. */
static bool
see_node(finder *f, const rg_node *node)
{
	bool any = node->group != NULL;
	if (node->group)
		see_group(f, node->group);
	for (uint32_t i = 0; i < node->n; i++)
		any = see_node(f, node->kids[i]) || any;
	return any;
}

static void
see_ref(void *arg, const rg_term *ref)
{
	finder *f = arg;
	uint32_t n = 1, used;
	while (n < ref->n && ref->args[n]->kind == RG_CONST)
		n++;
	if (pv_streq(ref->args[0]->name, "data")) {
		const rg_node *node = rg_names_node(f->program, ref, &used);
		if ((node->group || used == n) && see_node(f, node))
			return;
	}
	pv_val path = path_of(f->arena, ref, n);
	(void)add(f, f->base, &path);
}

static int
by_path(const void *a, const void *b)
{
	return pv_cmp(a, b);
}

int
pv_rego_deps(pv_ctx *cx, const pv_rego *rego, const char *query, pv_vec *ret_base, pv_vec *ret_virtual)
{
	finder f = {.program = (rg_program *)(uintptr_t)&rego->p, .arena = cx->arena};
	rg_seen seen = {.ref = see_ref, .function = see_group, .arg = &f};
	rg_names names;
	rg_body body;
	int r = rg_parse_query(cx, cx->arena, pv_str_of(query), rego->p.v0, &body);
	if (r < 0)
		return r;
	f.seen = pv_map_new(cx->arena);
	f.base = ret_base;
	f.virtual = ret_virtual;
	pv_vec_init(&f.todo, cx->arena, sizeof(const rg_group *));
	pv_vec_init(ret_base, cx->arena, sizeof(pv_val));
	pv_vec_init(ret_virtual, cx->arena, sizeof(pv_val));
	rg_names_of_query(&names, f.program, cx->arena, &body);
	rg_names_body(&names, &body, &seen);
	for (size_t i = 0; i < f.todo.len; i++) {
		const rg_group *g = *PV_AT(const rg_group *, &f.todo, i);
		for (size_t k = 0; k < g->rules.len; k++)
			rg_names_rule(f.program, cx->arena, *PV_AT(const rg_rule *, &g->rules, k), &seen);
	}
	pv_vec_sort(ret_base, by_path);
	pv_vec_sort(ret_virtual, by_path);
	return 0;
}
