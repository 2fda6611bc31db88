/* builtin: the registry, operand checks and errors. */
#include "lang/rego/builtin.h"

#include <string.h>

#include "base/arena.h"
#include "base/near.h"

/* One line per family; a family is one file. */
#define FAMILIES(row) \
	row(compare) row(arith) row(aggregate) row(string) row(trim) row(sprintf) row(collection) row(type) \
		row(regex) row(glob) row(encoding) row(json) row(paths) row(graph) row(crypto) row(units) \
			row(time) row(system) row(http) row(net) row(jwt) row(aws) row(graphql) row(x509) \
				row(schema) row(template) row(uri) row(parse) row(keys) row(tests)
#define DECLARE(name) extern const rg_family rg_family_##name;
#define POINT(name) &rg_family_##name,
FAMILIES(DECLARE)
static const rg_family *const families[] = {FAMILIES(POINT)};

const rg_builtin *
rg_builtin_find(const char *name)
{
	for (size_t f = 0; f < PV_LEN(families); f++)
		for (size_t i = 0; i < families[f]->n; i++) {
			const char *row = families[f]->rows[i].name;
			if (*row == *name && strcmp(row, name) == 0) /* mostly it is another */
				return &families[f]->rows[i];
		}
	return NULL;
}

const char *
rg_builtin_near(const char *name)
{
	pv_near near = {.word = name};

	for (size_t f = 0; f < PV_LEN(families); f++)
		for (size_t i = 0; i < families[f]->n; i++)
			if (!(families[f]->rows[i].flags & (RG_B_DEPRECATED | RG_B_LENT)))
				pv_near_try(&near, families[f]->rows[i].name);
	return near.best;
}

/* ---- errors ---- */

static int PV_PRINTF(3, 0) fail(rg_vm *vm, const char *code, const char *fmt, va_list ap)
{
	if (!vm->strict && !vm->faults)
		return -PV_EINVALID;
	char *text = pv_vprintf(vm->arena, fmt, ap);
	if (!vm->strict) {
		rg_vm_note(vm, code, pv_printf(vm->arena, "%s: %s", vm->builtin, text));
		return -PV_EINVALID;
	}
	return rg_vm_fail(vm, code, "%s: %s", vm->builtin, text);
}

int(rg_builtin_error)(rg_vm *vm, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = fail(vm, "eval_builtin_error", fmt, ap);
	va_end(ap);
	return r;
}

int(rg_type_error)(rg_vm *vm, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = fail(vm, "eval_type_error", fmt, ap);
	va_end(ap);
	return r;
}

int(rg_operand_error)(rg_vm *vm, int operand, const char *want, const pv_val *got)
{
	return rg_type_error(vm, "operand %d must be %s but got %s", operand, want, pv_type_name(got));
}

int(rg_operand_int)(rg_vm *vm, const pv_val *v, int operand, int64_t *ret)
{
	if (v->type != PV_NUMBER)
		return rg_operand_error(vm, operand, "number", v);
	*ret = pv_i64(v, INT64_MIN);
	if (*ret == INT64_MIN && pv_i64(v, 0) != INT64_MIN)
		return rg_type_error(vm, "operand %d must be integer number but got floating-point number",
				     operand);
	return 0;
}

/* ---- operand types ---- */

static const char letters[] = "zbnsaot"; /* by pv_type */
static const char *const type_names[] = {"null", "boolean", "number", "string", "array", "object", "set"};

static bool
accepts(const char *word, size_t n, const pv_val *v)
{
	return word[0] == '*' || memchr(word, letters[v->type], n) != NULL;
}

static int
refuse(rg_vm *vm, int operand, const char *word, size_t n, const pv_val *got)
{
	pv_buf b;
	if (!vm->strict && !vm->faults)
		return -PV_EINVALID;
	pv_buf_init(&b, vm->arena);
	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(letters, word[i]);
		pv_buf_printf(&b, "%s%s", i ? ", " : n > 1 ? "one of {" : "", type_names[at - letters]);
	}
	if (n > 1)
		pv_buf_addc(&b, '}');
	return rg_operand_error(vm, operand, b.s, got);
}

int
rg_check_operands(rg_vm *vm, const rg_builtin *b, const pv_val *const *args)
{
	const char *word = b->types;
	for (int i = 0; i < b->arity && *word; i++) {
		size_t n = strcspn(word, " ");
		if (!accepts(word, n, args[i]))
			return refuse(vm, i + 1, word, n, args[i]);
		word += n + (word[n] == ' ');
	}
	return 0;
}

/* ---- results ---- */

int
rg_ret_bool(bool b, const pv_val **ret)
{
	static const pv_val values[] = {{.type = PV_BOOL, .b = false}, {.type = PV_BOOL, .b = true}};
	*ret = &values[b];
	return 0;
}

int
rg_ret_buf(rg_vm *vm, const pv_buf *b, const pv_val **ret)
{
	if (b->len > UINT32_MAX)
		return rg_builtin_error(vm, "result is too large");
	return rg_ret(vm, (pv_val){.type = PV_STRING, .len = (uint32_t)b->len, .s = b->len ? b->s : ""}, ret);
}

const pv_val *
rg_int_val(rg_vm *vm, int64_t i)
{
	return pv_box(vm->arena, pv_int(i));
}
