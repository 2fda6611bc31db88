/* bi_graph: walk, graph.reachable, graph.reachable_paths.  Explicit stacks: graphs
 * and documents are the user's; only paths recurse, up to a limit. */
#include "base/arena.h"
#include "base/map.h"
#include "lang/rego/builtin.h"

#define PATHS_MAX 100000 /* results of reachable_paths */
#define DEPTH_MAX 5000   /* nodes of one path */

/* ---- walk ---- */

typedef struct place {
	const pv_val *v;
	const struct place *up;
	const pv_val *key;
	uint32_t depth;
} place;

static pv_val
path_to(rg_vm *vm, const place *p)
{
	pv_val *keys = pv_new_array(vm->arena, pv_val, p->depth);
	uint32_t n = p->depth;
	for (; p->up; p = p->up)
		keys[p->depth - 1] = *p->key;
	return rg_deep((pv_val){.type = PV_LIST, .len = n, .items = keys});
}

static void
push_kids(rg_vm *vm, pv_vec *stack, const place *p)
{
	const pv_val *v = p->v;
	for (uint32_t i = pv_is(v, PV_OBJECT) || v->type >= PV_LIST ? v->len : 0; i > 0; i--) {
		place *kid = pv_alloc(vm->arena, sizeof *kid);
		const pv_member *m = v->type == PV_OBJECT ? pv_sorted(v, i - 1) : NULL;
		const pv_val *item = m ? &m->val : &v->items[i - 1];
		const pv_val *key = m ? &m->key : v->type == PV_SET ? item : rg_int_val(vm, i - 1);
		*kid = (place){item, p, key, p->depth + 1};
		pv_vec_push(stack, &kid);
	}
}

static int
bi_walk(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec stack;
	pv_listb out;
	place root = {.v = a[0]}, *p = &root;
	pv_vec_init(&stack, vm->arena, sizeof(place *));
	pv_listb_init(&out, vm->arena);
	pv_vec_push(&stack, &p);
	while (stack.len) {
		p = *PV_AT(place *, &stack, stack.len - 1);
		pv_vec_pop(&stack);
		if (vm->steps-- == 0) {
			vm->steps = 0;
			return rg_vm_fail(vm, "eval_cancel_error",
					  "step limit reached while walking a document");
		}
		pv_val pair[2] = {path_to(vm, p), *p->v};
		pv_listb_add(&out, rg_deep(pv_list_of(vm->arena, pair, 2)));
		push_kids(vm, &stack, p);
	}
	return rg_ret(vm, pv_listb_end(&out), ret);
}

/* ---- reachable ---- */

static const pv_val *
edges_of(const pv_val *graph, const pv_val *node)
{
	const pv_val *edges = pv_getv(graph, node);
	return edges && (edges->type == PV_LIST || edges->type == PV_SET) ? edges : NULL;
}

static bool
was_seen(rg_vm *vm, const pv_map *seen, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	rg_write_term(&b, v);
	return pv_map_find(seen, b.s, b.len) != NULL;
}

static bool
add_new(rg_vm *vm, pv_map *seen, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	rg_write_term(&b, v);
	if (pv_map_find(seen, b.s, b.len))
		return false;
	pv_map_put(seen, b.s, b.len, seen);
	return true;
}

static int
bi_reachable(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_map *seen = pv_map_new(vm->arena);
	pv_vec todo;
	pv_listb out;
	pv_vec_init(&todo, vm->arena, sizeof(const pv_val *));
	pv_listb_init(&out, vm->arena);
	for (uint32_t i = 0; i < a[1]->len; i++) {
		const pv_val *v = &a[1]->items[i];
		pv_vec_push(&todo, &v);
	}
	while (todo.len) {
		const pv_val *v = *PV_AT(const pv_val *, &todo, todo.len - 1);
		pv_vec_pop(&todo);
		if (!pv_getv(a[0], v) || !add_new(vm, seen, v))
			continue;
		pv_listb_add(&out, *v);
		const pv_val *edges = edges_of(a[0], v);
		for (uint32_t i = 0; edges && i < edges->len; i++) {
			const pv_val *next = &edges->items[i];
			pv_vec_push(&todo, &next);
		}
	}
	return rg_ret(vm, pv_listb_end_set(&out), ret);
}

static pv_val
nodes_to(rg_vm *vm, const place *p)
{
	pv_val *nodes = pv_new_array(vm->arena, pv_val, p->depth);
	uint32_t n = p->depth;
	for (; p; p = p->up)
		nodes[p->depth - 1] = *p->v;
	return rg_deep((pv_val){.type = PV_LIST, .len = n, .items = nodes});
}

typedef struct trail {
	rg_vm *vm;
	const pv_val *graph;
	pv_map *left; /* nodes that a path has gone on from */
	pv_listb out;
} trail;

/* OPA's walk: a path ends at a node without edges, at an edge out of the graph,
 * and (once more) wherever an edge leads back to a node already gone on from. */
static int
follow(trail *t, const place *up, const pv_val *node)
{
	place here = {.v = node, .up = up, .depth = up->depth + 1};
	const pv_val *edges = edges_of(t->graph, node);
	if (here.depth > DEPTH_MAX || t->out.len > PATHS_MAX || t->vm->steps-- == 0)
		return rg_builtin_error(t->vm, "more than %d paths or longer than %d", PATHS_MAX, DEPTH_MAX);
	if (!pv_getv(t->graph, node)) {
		pv_listb_add(&t->out, nodes_to(t->vm, up));
		return 0;
	}
	if (!edges || edges->len == 0)
		pv_listb_add(&t->out, nodes_to(t->vm, &here));
	for (uint32_t i = 0; edges && i < edges->len; i++) {
		if (was_seen(t->vm, t->left, &edges->items[i])) {
			pv_listb_add(&t->out, nodes_to(t->vm, &here));
			continue;
		}
		add_new(t->vm, t->left, node);
		int r = follow(t, &here, &edges->items[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
bi_reachable_paths(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	trail t = {.vm = vm, .graph = a[0]};
	pv_listb_init(&t.out, vm->arena);
	for (uint32_t i = 0; i < a[1]->len; i++) {
		place start = {.v = &a[1]->items[i], .depth = 1};
		const pv_val *edges = edges_of(a[0], start.v);
		if (!pv_getv(a[0], start.v))
			continue;
		if (!edges || edges->len == 0)
			pv_listb_add(&t.out, nodes_to(vm, &start));
		for (uint32_t k = 0; edges && k < edges->len; k++) {
			t.left = pv_map_new(vm->arena);
			add_new(vm, t.left, start.v);
			int r = follow(&t, &start, &edges->items[k]);
			if (r < 0)
				return r;
		}
	}
	return rg_ret(vm, pv_listb_end_set(&t.out), ret);
}

static const rg_builtin rows[] = {
	{"walk", "*", bi_walk, 1, RG_B_RELATION},
	{"graph.reachable", "o ta", bi_reachable, 2, 0},
	{"graph.reachable_paths", "o ta", bi_reachable_paths, 2, 0},
};
RG_FAMILY(graph);
