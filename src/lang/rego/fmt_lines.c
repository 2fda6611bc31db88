/* fmt_lines: lines, places in the source, comments. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/fmt.h"

/* ---- lines ---- */

void
fmt_add(fmt *f, const char *s)
{
	pv_buf_adds(&f->b, s);
}

void
fmt_addn(fmt *f, pv_str s)
{
	pv_buf_add(&f->b, s.s, s.len);
}

void
fmt_start_line(fmt *f)
{
	f->in_line = true;
	for (int i = 0; i < f->level; i++)
		pv_buf_addc(&f->b, '\t');
}

void
fmt_end_line(fmt *f)
{
	f->in_line = false;
	if (f->before_end && !f->delay) {
		pv_buf_addc(&f->b, ' ');
		fmt_addn(f, f->before_end->text);
		f->before_end = NULL;
	}
	f->delay = false;
	pv_buf_addc(&f->b, '\n');
}

void
fmt_blank_line(fmt *f)
{
	if (f->in_line)
		fmt_end_line(f);
	pv_buf_addc(&f->b, '\n');
}

pv_str
fmt_source(const fmt *f, const rg_loc *loc)
{
	bool known = loc->end > loc->off && loc->end <= f->source.len;
	return known ? (pv_str){f->source.s + loc->off, loc->end - loc->off} : (pv_str){"", 0};
}

int
fmt_last_row(const fmt *f, const rg_loc *loc)
{
	pv_str s = fmt_source(f, loc);
	int row = loc->row;
	for (size_t i = 0; i < s.len; i++)
		row += s.s[i] == '\n';
	return row;
}

/* Behind the bracket that closes the first `open` from *at on, counting lines on the way. */
static bool
skip_pair(pv_str s, size_t *at, char open, char close, int *rows)
{
	int depth = 1;
	while (*at < s.len && s.s[*at] != open)
		(*at)++;
	for (; depth > 0; depth += s.s[*at] == open ? 1 : s.s[*at] == close ? -1 : 0) {
		if (++*at >= s.len)
			return false;
		*rows += s.s[*at] == '\n';
	}
	return true;
}

int
fmt_closing(const fmt *f, const rg_loc *loc, char skip_open, char skip_close, char open, char close)
{
	pv_str s = fmt_source(f, loc);
	size_t at = 0;
	int rows = 0;
	if (skip_open)
		(void)skip_pair(s, &at, skip_open, skip_close, &rows);
	return skip_pair(s, &at, open, close, &rows) ? loc->row + rows : -1;
}

/* ---- comments ---- */

const fmt_comment *
fmt_comment_at(const fmt *f, size_t i)
{
	return i < f->comments.len ? PV_AT(fmt_comment, &f->comments, i) : NULL;
}

static bool
is_metadata(const fmt_comment *c)
{
	pv_str s = pv_str_trim((pv_str){c->text.s + 1, c->text.len - 1});
	return pv_str_is(s, "METADATA");
}

static void
write_comments(fmt *f, size_t from, size_t to)
{
	bool block = false;
	for (size_t i = from; i < to; i++) {
		const fmt_comment *c = fmt_comment_at(f, i),
				  *before = i > from ? fmt_comment_at(f, i - 1) : NULL;
		if (before && c->row - before->row > 1) {
			fmt_blank_line(f);
			block = false;
		} else if (before && block && is_metadata(c)) {
			fmt_blank_line(f);
		}
		block = block || is_metadata(c);
		if (!f->in_line)
			fmt_start_line(f);
		fmt_addn(f, c->text);
		fmt_end_line(f);
	}
}

bool
fmt_comments(fmt *f, int row)
{
	const fmt_comment *c, *here = NULL;
	size_t from = f->at;
	while ((c = fmt_comment_at(f, f->at)) != NULL && c->row < row)
		f->at++;
	write_comments(f, from, f->at);
	if (f->at > from && row - fmt_comment_at(f, f->at - 1)->row > 1)
		fmt_blank_line(f);
	for (; (c = fmt_comment_at(f, f->at)) != NULL && c->row == row; f->at++)
		here = c;
	if (f->before_end && here) {
		f->before_end = NULL;
		return false;
	}
	f->before_end = here ? here : f->before_end;
	return true;
}

bool
fmt_unformatted(fmt *f, const rg_loc *loc, size_t comments)
{
	const fmt_comment *c;
	int last = fmt_last_row(f, loc);
	fmt_addn(f, fmt_source(f, loc));
	f->at = comments;
	while ((c = fmt_comment_at(f, f->at)) != NULL &&
	       (c->row < last || (f->final_line && c->row == last))) {
		if (c->row == last) {
			pv_buf_addc(&f->b, ' ');
			fmt_addn(f, c->text);
		}
		f->at++;
	}
	return true;
}
