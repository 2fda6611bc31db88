#include "cmd/rego_repeat.h"

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_measure.h"
#include "cmd/rego_table.h"

static const char *const columns[] = {"min", "max", "mean", "90%", "99%"};

void
rego_repeat_init(pv_ctx *cx, rego_repeat *r)
{
	pv_vec_init(&r->metrics, cx->arena, sizeof(pv_val));
	pv_vec_init(&r->costs, cx->arena, sizeof(pv_vec));
}

pv_val
rego_repeat_metrics(pv_ctx *cx, const rego_repeat *r)
{
	const pv_val *first = PV_AT(pv_val, &r->metrics, 0);
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	for (uint32_t i = 0; i < first->len; i++) {
		const char *name = pv_text(&first->members[i].key, "");
		pv_vec numbers;
		pv_vec_init(&numbers, cx->arena, sizeof(int64_t));
		for (size_t k = 0; k < r->metrics.len; k++)
			*(int64_t *)pv_vec_add(&numbers) =
				pv_i64(pv_get(PV_AT(pv_val, &r->metrics, k), name), 0);
		pv_objb_put(&o, name, rego_spread(cx->arena, &numbers));
	}
	return pv_objb_end(&o);
}

static bool
same_line(const pv_rego_cost *a, const pv_rego_cost *b)
{
	return a->row == b->row && pv_streq(a->file, b->file);
}

static pv_val
line_spread(pv_ctx *cx, const rego_repeat *r, const pv_rego_cost *line)
{
	pv_vec numbers;
	pv_vec_init(&numbers, cx->arena, sizeof(int64_t));
	for (size_t i = 0; i < r->costs.len; i++) {
		const pv_vec *run = PV_AT(pv_vec, &r->costs, i);
		for (size_t k = 0; k < run->len; k++)
			if (same_line(PV_AT(pv_rego_cost, run, k), line))
				*(int64_t *)pv_vec_add(&numbers) = PV_AT(pv_rego_cost, run, k)->ns;
	}
	return rego_spread(cx->arena, &numbers);
}

pv_val
rego_repeat_profile(pv_ctx *cx, const rego_repeat *r, const pv_vec *lines)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < lines->len; i++) {
		const pv_rego_cost *c = PV_AT(pv_rego_cost, lines, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "total_time_ns_stats", line_spread(cx, r, c));
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
rego_repeat_metrics_print(pv_ctx *cx, const pv_val *metrics)
{
	static const char *const names[] = {"Metric", "Min", "Max", "Mean", "90%", "99%"};
	size_t rows = metrics->len;
	const char **cells = pv_new_array(cx->arena, const char *, PV_LEN(names) * (rows + 1));
	for (uint32_t i = 0; i < rows; i++) {
		const pv_member *m = pv_sorted(metrics, i);
		cells[i] = pv_text(&m->key, "");
		for (size_t k = 0; k < PV_LEN(columns); k++)
			cells[(k + 1) * rows + i] = pv_scalar_text(cx->arena, pv_get(&m->val, columns[k]));
	}
	rego_table_print(cx, names, PV_LEN(names), cells, rows);
}

static const char *
place(pv_ctx *cx, const pv_val *at)
{
	const char *file = pv_text_at(at, "file", "");
	return *file ? pv_printf(cx->arena, "%s:%lld", file, (long long)pv_i64(pv_get(at, "row"), 0))
		     : "query";
}

void
rego_repeat_profile_print(pv_ctx *cx, const pv_val *profile)
{
	static const char *const names[] = {"Min",      "Max",      "Mean",         "90%",     "99%",
					    "Num Eval", "Num Redo", "Num Gen Expr", "Location"};
	static const char *const counts[] = {"num_eval", "num_redo", "num_gen_expr"};
	size_t rows = profile->len;
	const char **cells = pv_new_array(cx->arena, const char *, PV_LEN(names) * (rows + 1));
	for (uint32_t i = 0; i < rows; i++) {
		const pv_val *line = &profile->items[i], *spread = pv_get(line, "total_time_ns_stats");
		size_t at = i;
		for (size_t k = 0; k < PV_LEN(columns); k++, at += rows)
			cells[at] =
				pv_duration_format(cx->arena, (int64_t)pv_f64(pv_get(spread, columns[k]), 0));
		for (size_t k = 0; k < PV_LEN(counts); k++, at += rows)
			cells[at] = pv_scalar_text(cx->arena, pv_get(line, counts[k]));
		cells[at] = place(cx, pv_get(line, "location"));
	}
	if (rows)
		rego_table_print(cx, names, PV_LEN(names), cells, rows);
}
