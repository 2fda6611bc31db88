/* CEL that selects devices: it must compile, for the variable that a driver's allocator gives it
 * (dynamic-resource-allocation/cel).  Nothing here runs it: nobody allocates. */
#include "core/kinds/device.h"
#include "lang/cel/cel.h"

#define SELECTORS_MOST 32
#define EXPRESSION_MOST 10240
#define COST_MOST 1000000u

/* ---- the type of `device` ---- */

typedef struct part {
	enum pv_cel_kind kind;
	const struct part *items;
	uint64_t most;
} part;

#define MAP(values) \
	{ \
		.kind = PV_CEL_MAP, .items = (values), .most = 32 \
	}
static const part driver = {.kind = PV_CEL_STRING, .most = 63}, amount = {.kind = PV_CEL_OPAQUE},
		  attribute = {.kind = PV_CEL_ABSENT, .most = 64};
static const part attributes_of_domain = MAP(&attribute), amounts_of_domain = MAP(&amount);
static const part attributes = MAP(&attributes_of_domain), amounts = MAP(&amounts_of_domain),
		  device = {.kind = PV_CEL_OBJECT};

static pv_cel_shape
shape_of(const void *node)
{
	return (pv_cel_shape){.kind = ((const part *)node)->kind};
}

static const void *
field_of(const void *node, const char *name, size_t len)
{
	pv_str s = {name, len};

	if (node != &device)
		return NULL;
	return pv_str_is(s, "driver")       ? &driver
	       : pv_str_is(s, "attributes") ? &attributes
	       : pv_str_is(s, "capacity")   ? (const void *)&amounts
					    : NULL;
}

static const void *
items_of(const void *node)
{
	return ((const part *)node)->items;
}

static uint64_t
most_of(const void *node)
{
	return ((const part *)node)->most;
}

/* ---- selectors ---- */

static void
check_expression(pv_faults *f, const pv_val *text, const char *path)
{
	static const pv_cel_shapes shapes = {shape_of, field_of, items_of, most_of};
	static const pv_cel_var vars[] = {{.name = "device", .node = &device}};
	const pv_cel_env env = {.vars = vars,
				.n_vars = PV_LEN(vars),
				.shapes = &shapes,
				.homogeneous = true,
				.kubernetes = true,
				.binds = true};
	const char *type, *why = NULL;
	const pv_cel *program;

	if (pv_strv(text).len > EXPRESSION_MOST) {
		pv_too_long(f, path, EXPRESSION_MOST);
		return;
	}
	if (pv_cel_compile(f->cx, f->cx->arena, &env, pv_strv(text), &program) < 0) {
		why = pv_printf(f->cx->arena, "compilation failed: %s", f->cx->err->message);
		(void)pv_recover(f->cx);
	} else {
		type = pv_cel_type(f->cx->arena, program);
		if (!pv_streq(type, "bool") && !pv_streq(type, "dyn"))
			why = pv_printf(f->cx->arena, "must evaluate to bool or the unknown type, not %s",
					type);
		else if (pv_cel_estimate(program) > COST_MOST)
			pv_forbidden(f, path, "too complex, exceeds cost limit");
	}
	if (why)
		pv_fault_value(f, path, text, why);
}

void
pv_device_selectors_check(pv_faults *f, const pv_val *list, const char *path)
{
	pv_val none = pv_string_ref("");

	pv_device_list_check(f, list, path, SELECTORS_MOST, NULL);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *cel = pv_get(pv_item(list, i), "cel");

		if (cel) /* else a row says so */
			check_expression(f, pv_get(cel, "expression") ? pv_get(cel, "expression") : &none,
					 pv_below(f, pv_nth(f, path, i), "cel.expression"));
	}
}
