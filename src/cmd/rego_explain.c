/* rego_explain: what an evaluation did, as `opa eval` tells of it: its trace, its costs, its times. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_explain.h"
#include "cmd/rego_table.h"

/* ---- costs ---- */

static const char *const orders[] = {"total_time_ns", "num_eval", "num_redo", "num_gen_expr", "file", "line"};

int
rego_profile_orders(pv_ctx *cx, const pv_args *args, rego_profile *ret)
{
	const char *given;
	pv_vec_init(&ret->orders, cx->arena, sizeof(size_t));
	for (size_t i = 0; (given = pv_args_nth(args, "profile-sort", i)) != NULL; i++) {
		pv_str rest = pv_str_of(given), one;
		while (pv_str_next(&rest, ',', &one)) {
			size_t k = 0;
			while (k < PV_LEN(orders) && !pv_str_is(one, orders[k]))
				k++;
			if (k == PV_LEN(orders))
				return pv_fail(cx, PV_EUSAGE,
					       "--profile-sort: expected total_time_ns, num_eval, num_redo, "
					       "num_gen_expr, file or line, found %.*s",
					       (int)one.len, one.s);
			pv_vec_push(&ret->orders, &k);
		}
	}
	return pv_args_number(cx, args, "profile-limit", INT32_MIN, 10, &ret->limit);
}

static int
compare(const pv_rego_cost *a, const pv_rego_cost *b, size_t order)
{
	switch (order) { /* the greatest first; places in their order */
	case 0: return (a->ns < b->ns) - (a->ns > b->ns);
	case 1: return (a->evals < b->evals) - (a->evals > b->evals);
	case 2: return (a->redos < b->redos) - (a->redos > b->redos);
	case 3: return (a->exprs < b->exprs) - (a->exprs > b->exprs);
	case 4: return strcmp(a->file, b->file);
	default: return (a->row > b->row) - (a->row < b->row);
	}
}

static bool
before(const rego_profile *p, const pv_rego_cost *a, const pv_rego_cost *b)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < p->orders.len; i++)
		r = compare(a, b, *PV_AT(size_t, &p->orders, i));
	return r ? r < 0 : compare(a, b, 0) < 0;
}

static void
sort(const rego_profile *p, pv_vec *costs)
{
	pv_rego_cost *c = costs->data;
	for (size_t i = 1; i < costs->len; i++) {
		pv_rego_cost x = c[i];
		size_t k = i;
		for (; k > 0 && before(p, &x, &c[k - 1]); k--)
			c[k] = c[k - 1];
		c[k] = x;
	}
	while (p->limit > 0 && costs->len > (size_t)p->limit)
		pv_vec_pop(costs);
}

void
rego_profile_costs(pv_ctx *cx, const rego_profile *p, const pv_rego_watch *watch, pv_vec *ret)
{
	pv_vec_init(ret, cx->arena, sizeof(pv_rego_cost));
	pv_rego_watch_costs(watch, ret);
	sort(p, ret);
}

pv_val
rego_profile_json(pv_ctx *cx, const pv_vec *costs)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < costs->len; i++) {
		const pv_rego_cost *c = PV_AT(pv_rego_cost, costs, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "total_time_ns", pv_int(c->ns));
		pv_objb_put(&o, "num_eval", pv_int((int64_t)c->evals));
		pv_objb_put(&o, "num_redo", pv_int((int64_t)c->redos));
		pv_objb_put(&o, "num_gen_expr", pv_int((int64_t)c->exprs));
		pv_objb_put(&o, "location", pv_rego_place(cx->arena, c->file, c->row, c->column));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

/* ---- tables ---- */

void
rego_profile_print(pv_ctx *cx, const pv_vec *costs)
{
	static const char *const names[] = {"Time", "Num Eval", "Num Redo", "Num Gen Expr", "Location"};
	size_t rows = costs->len;
	const char **cells = pv_new_array(cx->arena, const char *, PV_LEN(names) * (rows + 1));
	for (size_t i = 0; i < rows; i++) {
		const pv_rego_cost *c = PV_AT(pv_rego_cost, costs, i);
		cells[i] = pv_duration_format(cx->arena, c->ns);
		cells[rows + i] = pv_printf(cx->arena, "%llu", (unsigned long long)c->evals);
		cells[2 * rows + i] = pv_printf(cx->arena, "%llu", (unsigned long long)c->redos);
		cells[3 * rows + i] = pv_printf(cx->arena, "%llu", (unsigned long long)c->exprs);
		cells[4 * rows + i] = *c->file ? pv_printf(cx->arena, "%s:%d", c->file, c->row)
					       : pv_strndup(cx->arena, c->text.s, c->text.len);
	}
	if (rows)
		rego_table_print(cx, names, PV_LEN(names), cells, rows);
}

void
rego_metrics_print(pv_ctx *cx, const pv_val *metrics)
{
	static const char *const names[] = {"Metric", "Value"};
	size_t rows = metrics->len;
	const char **cells = pv_new_array(cx->arena, const char *, 2 * (rows + 1));
	for (uint32_t i = 0; i < metrics->len; i++) {
		const pv_member *m = pv_sorted(metrics, i);
		cells[i] = pv_text(&m->key, "");
		cells[rows + i] = pv_printf(cx->arena, "%lld", (long long)pv_i64(&m->val, 0));
	}
	rego_table_print(cx, names, PV_LEN(names), cells, rows);
}
