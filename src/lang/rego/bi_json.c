/* bi_json: JSON and YAML texts to values and back. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "lang/json/literal.h"
#include "lang/rego/builtin.h"
#include "lang/yaml/yaml.h"

static int
bi_marshal(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_val v = pv_rego_json(vm->arena, a[0]);
	pv_buf_init(&b, vm->arena);
	pv_rego_write(&b, &v, NULL, true);
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_marshal_options(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	const char *prefix = "", *indent = "\t";
	bool on = false, given = false;
	for (uint32_t i = 0; i < a[1]->len; i++) {
		const pv_member *m = &a[1]->members[i];
		const char *key = pv_text(&m->key, "");
		if (pv_streq(key, "pretty") && m->val.type == PV_BOOL) {
			given = true;
			on = m->val.b;
		} else if (pv_streq(key, "indent") && m->val.type == PV_STRING) {
			indent = m->val.s;
			on = on || !given;
		} else if (pv_streq(key, "prefix") && m->val.type == PV_STRING) {
			prefix = m->val.s;
			on = on || !given;
		} else {
			return rg_type_error(
				vm, "operand 2 object contained unknown key or value of wrong type: %s", key);
		}
	}
	if (given)
		on = pv_truth(pv_get(a[1], "pretty"), false);
	if (!on)
		return bi_marshal(vm, a, ret);
	pv_val v = pv_rego_json(vm->arena, a[0]);
	pv_buf_init(&b, vm->arena);
	rg_write_pretty(&b, &v, prefix, indent);
	return rg_ret_buf(vm, &b, ret);
}

static int
parse_failed(rg_vm *vm, const char *what)
{
	const pv_error *e = pv_take_error(vm->cx);
	if (pv_streq(what, "yaml")) { /* go-yaml counts the lines of a parser's error from 0 */
		const char *text =
			pv_starts_with(e->message, "invalid YAML: ") ? e->message + 14 : e->message;
		return rg_builtin_error(vm, "yaml: line %d: %s", e->line > 1 ? e->line - 1 : e->line, text);
	}
	return rg_builtin_error(vm, "%s", e->message);
}

static int
bi_unmarshal(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return pv_json_parse_literal(vm->cx, pv_strv(a[0]), NULL, ret) == 0 ? 0 : parse_failed(vm, "json");
}

static int
bi_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_val *v;
	bool ok = a[0]->type == PV_STRING && pv_json_parse_literal(vm->cx, pv_strv(a[0]), NULL, &v) == 0;
	if (!ok)
		pv_recover(vm->cx);
	return rg_ret_bool(ok, ret);
}

/* Numbers as YAML has them: ints, and floats as they are printed, not as they were written. */
static pv_val
for_yaml(pv_arena *arena, const pv_val *v)
{
	pv_listb list;
	pv_objb object;
	if (v->type == PV_NUMBER) {
		double d = v->num == PV_DECIMAL ? pv_f64(v, HUGE_VAL) : HUGE_VAL;
		return isfinite(d) ? pv_double(d) : *v; /* beyond all doubles it stays as it is */
	}
	if (v->type == PV_OBJECT) {
		pv_objb_init(&object, arena);
		for (uint32_t i = 0; i < v->len; i++)
			pv_objb_add(&object, v->members[i].key, for_yaml(arena, &v->members[i].val));
		return pv_objb_end(&object);
	}
	if (v->type != PV_LIST)
		return *v;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < v->len; i++)
		pv_listb_add(&list, for_yaml(arena, &v->items[i]));
	return pv_listb_end(&list);
}

static int
bi_yaml_marshal(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_val json = pv_rego_json(vm->arena, a[0]), v = for_yaml(vm->arena, &json);
	pv_buf_init(&b, vm->arena);
	pv_yaml_write(&b, &v);
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_yaml_unmarshal(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return pv_yaml_parse(vm->cx, pv_strv(a[0]), NULL, ret) == 0 ? 0 : parse_failed(vm, "yaml");
}

static int
bi_yaml_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	const pv_val *v;
	bool ok = a[0]->type == PV_STRING && pv_yaml_parse(vm->cx, pv_strv(a[0]), NULL, &v) == 0;
	if (!ok)
		pv_recover(vm->cx);
	return rg_ret_bool(ok, ret);
}

static const rg_builtin rows[] = {
	{"json.marshal", "*", bi_marshal, 1, 0},
	{"json.marshal_with_options", "* o", bi_marshal_options, 2, 0},
	{"json.unmarshal", "s", bi_unmarshal, 1, 0},
	{"json.is_valid", "*", bi_is_valid, 1, 0},
	{"yaml.marshal", "*", bi_yaml_marshal, 1, 0},
	{"yaml.unmarshal", "s", bi_yaml_unmarshal, 1, 0},
	{"yaml.is_valid", "*", bi_yaml_is_valid, 1, 0},
};
RG_FAMILY(json);
