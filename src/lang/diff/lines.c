/* lines: the longest common sequence of lines, and the hunks that are left. */
#include "lang/diff/lines.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

#define AROUND 3
#define CELLS ((size_t)16 << 20) /* of the table; larger changes are told as a whole */

typedef struct side {
	pv_str *lines; /* with their newlines */
	size_t n;
} side;

typedef struct edit {
	char mark; /* ' ', '-', '+' */
	pv_str line;
} edit;

static side
split(pv_arena *arena, pv_str s)
{
	pv_vec v;
	pv_vec_init(&v, arena, sizeof(pv_str));
	while (s.len) {
		const char *nl = memchr(s.s, '\n', s.len);
		pv_str line = {s.s, nl ? (size_t)(nl - s.s) + 1 : s.len};
		pv_vec_push(&v, &line);
		s.s += line.len;
		s.len -= line.len;
	}
	return (side){pv_vec_copy(&v, arena),
		      v.len}; /* of no line, too, an address that may be counted from */
}

static bool
same(pv_str a, pv_str b)
{
	return a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

static void
add(pv_vec *out, char mark, pv_str line)
{
	edit e = {mark, line};
	pv_vec_push(out, &e);
}

/* Between the common head and tail: by a table of the lengths of common sequences. */
static void
middle(pv_arena *arena, const side *a, const side *b, pv_vec *out)
{
	size_t i = 0, k = 0, width = b->n + 1;
	bool small = a->n + 1 < CELLS / width;
	uint32_t *len = small ? pv_alloc0_array(arena, (a->n + 1) * width, sizeof *len) : NULL;
	for (size_t x = a->n; small && x-- > 0;)
		for (size_t y = b->n; y-- > 0;) {
			uint32_t down = len[(x + 1) * width + y], right = len[x * width + y + 1];
			len[x * width + y] = same(a->lines[x], b->lines[y]) ? len[(x + 1) * width + y + 1] + 1
					     : down > right                 ? down
									    : right;
		}
	while (i < a->n || k < b->n) {
		if (small && i < a->n && k < b->n && same(a->lines[i], b->lines[k])) {
			add(out, ' ', a->lines[i++]);
			k++;
		} else if (i < a->n &&
			   (k == b->n || !small || len[(i + 1) * width + k] >= len[i * width + k + 1])) {
			add(out, '-', a->lines[i++]);
		} else {
			add(out, '+', b->lines[k++]);
		}
	}
}

static void
edits(pv_arena *arena, side a, side b, pv_vec *out)
{
	size_t head = 0, tail = 0;
	while (head < a.n && head < b.n && same(a.lines[head], b.lines[head]))
		add(out, ' ', a.lines[head++]);
	while (tail < a.n - head && tail < b.n - head &&
	       same(a.lines[a.n - 1 - tail], b.lines[b.n - 1 - tail]))
		tail++;
	side x = {a.lines + head, a.n - head - tail}, y = {b.lines + head, b.n - head - tail};
	middle(arena, &x, &y, out);
	for (size_t i = a.n - tail; i < a.n; i++)
		add(out, ' ', a.lines[i]);
}

static void
hunk(pv_buf *b, const pv_vec *all, size_t from, size_t to, const size_t *rows)
{
	size_t n[2] = {0};
	for (size_t i = from; i < to; i++) {
		char mark = PV_AT(edit, all, i)->mark;
		n[0] += mark != '+';
		n[1] += mark != '-';
	}
	pv_buf_printf(b, "@@ -%zu,%zu +%zu,%zu @@\n", rows[0] + (n[0] > 0), n[0], rows[1] + (n[1] > 0), n[1]);
	for (size_t i = from; i < to; i++) {
		const edit *e = PV_AT(edit, all, i);
		pv_buf_addc(b, e->mark);
		pv_buf_add(b, e->line.s, e->line.len);
		if (e->line.len == 0 || e->line.s[e->line.len - 1] != '\n')
			pv_buf_adds(b, "\n\\ No newline at end of file\n");
	}
}

pv_str
pv_diff_lines(pv_arena *arena, const char *from, const char *to, pv_str a, pv_str b)
{
	pv_vec all;
	pv_buf out;
	size_t rows[2] = {0}, at = 0;
	pv_vec_init(&all, arena, sizeof(edit));
	pv_buf_init(&out, arena);
	edits(arena, split(arena, a), split(arena, b), &all);
	for (size_t i = 0; i < all.len; i++) {
		if (PV_AT(edit, &all, i)->mark == ' ')
			continue;
		size_t start = i > at + AROUND ? i - AROUND : at, end = i + 1, quiet = 0;
		for (; end < all.len && quiet <= 2 * AROUND; end++)
			quiet = PV_AT(edit, &all, end)->mark == ' ' ? quiet + 1 : 0;
		end -= quiet > AROUND ? quiet - AROUND : 0;
		for (; at < start; at++) {
			rows[0]++;
			rows[1]++;
		}
		if (out.len == 0)
			pv_buf_printf(&out, "--- %s\n+++ %s\n", from, to);
		hunk(&out, &all, start, end, rows);
		for (; at < end; at++) {
			rows[0] += PV_AT(edit, &all, at)->mark != '+';
			rows[1] += PV_AT(edit, &all, at)->mark != '-';
		}
		i = end - 1;
	}
	return (pv_str){out.len ? out.s : "", out.len};
}
