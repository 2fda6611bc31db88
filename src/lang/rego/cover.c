/* cover: which rules and statements ran. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "lang/rego/builtin.h"
#include "lang/rego/tests.h"

typedef struct marks {
	bool rule;
	uint8_t *steps; /* by statement */
} marks;

struct pv_rego_cover {
	pv_arena *arena;
	pv_map *codes; /* marks by address of their code */
};

pv_rego_cover *
pv_rego_cover_new(pv_arena *arena)
{
	pv_rego_cover *c = pv_new(arena, pv_rego_cover);
	c->arena = arena;
	c->codes = pv_map_new(arena);
	return c;
}

static marks *
marks_of(pv_rego_cover *c, const rg_code *code)
{
	marks *m = pv_map_find(c->codes, (const char *)&code, sizeof code);
	if (!m) {
		m = pv_new(c->arena, marks);
		m->steps = pv_alloc0(c->arena, (size_t)code->nsteps + 1);
		pv_map_put(c->codes, (const char *)&code, sizeof code, m);
	}
	return m;
}

void
rg_cover_step(pv_rego_cover *c, const rg_code *code, uint32_t step)
{
	if (step < code->nsteps)
		marks_of(c, code)->steps[step] = 1;
}

void
rg_cover_rule(pv_rego_cover *c, const rg_code *code)
{
	marks_of(c, code)->rule = true;
}

/* ---- the report ---- */

typedef struct lines {  /* of one file */
	pv_vec rows[2]; /* int: not covered, covered */
} lines;

static void
note_code(const pv_rego_cover *c, const rg_clause *clause, lines *to)
{
	const rg_code *code = &clause->code;
	const marks *m = pv_map_find(c->codes, (const char *)&code, sizeof code);
	pv_vec_push(&to->rows[m && m->rule], &clause->rule->loc.row);
	for (uint32_t i = 0; i < code->nsteps; i++)
		pv_vec_push(&to->rows[m && m->steps[i]], &code->steps[i]->loc.row);
}

static int
by_row(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

/* The rows once each, in order, but those of `but`. */
static void
settle(pv_vec *rows, const pv_vec *but)
{
	size_t n = 0;
	int *at = rows->data;
	pv_vec_sort(rows, by_row);
	for (size_t i = 0; i < rows->len; i++)
		if ((n == 0 || at[n - 1] != at[i]) &&
		    !(but && but->len && bsearch(&at[i], but->data, but->len, sizeof(int), by_row)))
			at[n++] = at[i];
	rows->len = n;
}

static pv_val
position(pv_arena *arena, int row)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "row", pv_int(row));
	return pv_objb_end(&o);
}

/* Rows that follow each other make one range. */
static void
put_ranges(pv_objb *to, const char *key, const pv_vec *rows)
{
	pv_listb list;
	pv_listb_init(&list, to->arena);
	for (size_t i = 0, k; i < rows->len; i = k) {
		int from = *PV_AT(int, rows, i), last = from;
		pv_objb o;
		for (k = i + 1; k < rows->len && *PV_AT(int, rows, k) == last + 1; k++)
			last++;
		pv_objb_init(&o, to->arena);
		pv_objb_put(&o, "start", position(to->arena, from));
		pv_objb_put(&o, "end", position(to->arena, last));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	if (list.len)
		pv_objb_put(to, key, pv_listb_end(&list));
}

static void
put_counts(pv_objb *o, size_t covered, size_t missed)
{
	size_t all = covered + missed;
	double d = all ? round(10000.0 * (double)covered / (double)all) / 100 : 0;
	if (covered)
		pv_objb_put(o, "covered_lines", pv_int((int64_t)covered));
	if (missed)
		pv_objb_put(o, "not_covered_lines", pv_int((int64_t)missed));
	pv_objb_put(o, "coverage", pv_double(d));
}

static lines *
lines_of(pv_arena *arena, pv_map *files, const char *name)
{
	lines *l = pv_map_finds(files, name);
	if (!l) {
		l = pv_new(arena, lines);
		pv_vec_init(&l->rows[0], arena, sizeof(int));
		pv_vec_init(&l->rows[1], arena, sizeof(int));
		pv_map_puts(files, name, l);
	}
	return l;
}

static pv_map *
collect(pv_arena *arena, const pv_rego_cover *c, const rg_program *p)
{
	pv_map *files = pv_map_new(arena);
	for (size_t i = 0; i < p->groups.len; i++) {
		const rg_group *g = *PV_AT(rg_group *, &p->groups, i);
		for (uint32_t k = 0; k <= g->n; k++)
			for (const rg_clause *x = k < g->n ? g->clauses[k] : g->otherwise; x; x = x->orelse)
				note_code(c, x, lines_of(arena, files, x->rule->module->name));
	}
	return files;
}

pv_val
pv_rego_cover_report(pv_arena *arena, const pv_rego_cover *c, const pv_rego *rego)
{
	pv_map *files = collect(arena, c, &rego->p);
	pv_objb all, list;
	pv_str name;
	void *at;
	size_t pos = 0, covered = 0, missed = 0;
	pv_objb_init(&list, arena);
	while (pv_map_each(files, &pos, &name, &at)) {
		pv_vec *no = &((lines *)at)->rows[0], *yes = &((lines *)at)->rows[1];
		pv_objb o;
		settle(yes, NULL);
		settle(no, yes);
		pv_objb_init(&o, arena);
		put_ranges(&o, "covered", yes);
		put_ranges(&o, "not_covered", no);
		put_counts(&o, yes->len, no->len);
		pv_objb_putv(&list, pv_stringn(arena, name.s, name.len), pv_objb_end(&o));
		covered += yes->len;
		missed += no->len;
	}
	pv_objb_init(&all, arena);
	pv_objb_put(&all, "files", pv_objb_end(&list));
	put_counts(&all, covered, missed);
	return pv_objb_end(&all);
}
