/* vm_ref: references into data whose path is not known in advance.  A cursor
 * stands for a node of the rule tree together with the base document at the same
 * path; rules win over base documents, each key is seen once. */
#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/vm.h"

#define RG_CURSOR 0x40 /* no pv_type; never leaves the registers */

typedef struct cursor {
	pv_val head;
	const rg_node *node;
	const pv_val *base;
} cursor;

const pv_val *
rg_lookup(const pv_val *base, const pv_val *key)
{
	if (base->type == PV_OBJECT || base->type == PV_SET)
		return pv_getv(base, key);
	if (base->type != PV_LIST || key->type != PV_NUMBER)
		return NULL;
	int64_t i = pv_i64(key, -1);
	return i >= 0 ? pv_item(base, (size_t)i) : NULL;
}

bool
rg_is_cursor(const pv_val *v)
{
	return v->type == RG_CURSOR;
}

static const cursor *
cursor_of(const pv_val *v)
{
	return (const cursor *)(const void *)v;
}

static const pv_val *
cursor_new(rg_vm *vm, const rg_node *node, const pv_val *base)
{
	cursor *c = pv_alloc(vm->arena, sizeof *c);
	c->head = (pv_val){.type = RG_CURSOR};
	c->node = node;
	c->base = base;
	return &c->head;
}

const pv_val *
rg_base_at(const rg_vm *vm, const rg_node *node)
{
	if (!node->parent)
		return vm->env->data;
	const pv_val *v = rg_base_at(vm, node->parent);
	return v ? rg_lookup(v, &node->key) : NULL;
}

/* Is the node at or below a path that `with` replaced? */
bool
rg_is_masked(const rg_vm *vm, const rg_node *node)
{
	for (const rg_masked *m = vm->env->masks; m; m = m->next) {
		const rg_node *at = node;
		if (m->n > node->depth)
			continue;
		while (at->depth > m->n)
			at = at->parent;
		uint32_t i = m->n;
		while (i > 0 && pv_eq(&at->key, &m->path[i - 1])) {
			at = at->parent;
			i--;
		}
		if (i == 0)
			return true;
	}
	return false;
}

const pv_val *
rg_cursor(rg_vm *vm, const rg_node *node)
{
	const pv_val *base = rg_base_at(vm, node);
	if (vm->env->masks && rg_is_masked(vm, node))
		return base;
	return cursor_new(vm, node, base);
}

static int
kid_value(rg_vm *vm, const rg_node *kid, const pv_val *base, const pv_val **ret)
{
	if (vm->env->masks && rg_is_masked(vm, kid))
		*ret = base;
	else if (kid->group)
		return rg_eval_group(vm, kid->group, ret);
	else
		*ret = cursor_new(vm, kid, base);
	return 0;
}

int
rg_cursor_get(rg_vm *vm, const pv_val *v, const pv_val *key, const pv_val **ret)
{
	if (!rg_is_cursor(v)) {
		*ret = rg_lookup(v, key);
		return 0;
	}
	const cursor *c = cursor_of(v);
	const rg_node *kid = rg_node_child(c->node, key);
	const pv_val *base = c->base ? rg_lookup(c->base, key) : NULL;
	if (kid)
		return kid_value(vm, kid, base, ret);
	*ret = base;
	return 0;
}

int
rg_cursor_keys(rg_vm *vm, const pv_val *v, const pv_val *const **ret, uint32_t *ret_n)
{
	const cursor *c = cursor_of(v);
	uint32_t more = pv_is(c->base, PV_OBJECT) ? c->base->len : 0, n = 0;
	const pv_val **keys = pv_alloc(vm->arena, (c->node->n + more + 1) * sizeof *keys);
	for (uint32_t i = 0, k = 0; i < c->node->n || k < more;) {
		const pv_val *rule = i < c->node->n ? &c->node->kids[i]->key : NULL;
		const pv_val *base = k < more ? &pv_sorted(c->base, k)->key : NULL;
		int r = !rule ? 1 : !base ? -1 : pv_cmp(rule, base);
		keys[n++] = r <= 0 ? rule : base;
		i += r <= 0;
		k += r >= 0;
	}
	*ret = keys;
	*ret_n = n;
	return 0;
}

/* Where a whole document is asked for, base documents win over rules (OPA merges
 * the rules into them), objects on both sides are merged. */
static pv_val
merged(rg_vm *vm, const pv_val *base, const pv_val *rule)
{
	pv_objb b;
	if (base->type != PV_OBJECT || rule->type != PV_OBJECT)
		return *base;
	pv_objb_init(&b, vm->arena);
	for (uint32_t i = 0; i < base->len; i++) {
		const pv_val *other = pv_getv(rule, &base->members[i].key);
		pv_objb_add(&b, base->members[i].key,
			    other ? merged(vm, &base->members[i].val, other) : base->members[i].val);
	}
	for (uint32_t i = 0; i < rule->len; i++)
		if (!pv_getv(base, &rule->members[i].key))
			pv_objb_add(&b, rule->members[i].key, rule->members[i].val);
	return rg_deep(pv_objb_end(&b));
}

/* What data.system says is for the machine: it is not shown with all that `data` has, as in OPA. */
static bool
is_hidden(const cursor *c, const pv_val *key)
{
	return !c->node->parent && pv_str_is(pv_strv(key), "system");
}

int
rg_cursor_force(rg_vm *vm, const pv_val *v, const pv_val **ret)
{
	const pv_val *const *keys;
	uint32_t n;
	pv_objb b;
	*ret = v;
	if (!rg_is_cursor(v))
		return 0;
	const cursor *c = cursor_of(v);
	int r = rg_cursor_keys(vm, v, &keys, &n);
	pv_objb_init(&b, vm->arena);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		const pv_val *val = NULL;
		if (is_hidden(c, keys[i]))
			continue;
		r = rg_cursor_get(vm, v, keys[i], &val);
		if (r == 0 && val)
			r = rg_cursor_force(vm, val, &val);
		const pv_val *base = c->base ? rg_lookup(c->base, keys[i]) : NULL;
		if (r == 0 && (val || base))
			pv_objb_add(&b, *keys[i],
				    !base                 ? *val
				    : !val || val == base ? *base
							  : merged(vm, base, val));
	}
	return r < 0 ? r : rg_box(vm, pv_objb_end(&b), ret);
}
