/* Strings as go-yaml v2 writes them: which style, where long lines are folded. */
#include <string.h>
#include "lang/yaml/emit.h"
#include "lang/yaml/resolve.h"
#include "lang/yaml/yaml.h"

#define WIDTH 80
#define STEP 2 /* spaces a level */

enum style { PLAIN, SINGLE, DOUBLE, LITERAL };

struct look { /* what a string allows */
	bool multiline, plain, single, block;
};

/* ---- characters of valid UTF-8 ---- */

static size_t
width(pv_str s, size_t i)
{
	unsigned char c = (unsigned char)s.s[i];
	size_t w = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return w <= s.len - i ? w : s.len - i;
}

static unsigned char
byte(pv_str s, size_t i)
{
	return i < s.len ? (unsigned char)s.s[i] : 0;
}

static bool
is_space(pv_str s, size_t i)
{
	return byte(s, i) == ' ';
}

static bool
is_break(pv_str s, size_t i) /* LF, CR, NEL, LS, PS */
{
	unsigned char c = byte(s, i);

	return c == '\n' || c == '\r' || (c == 0xc2 && byte(s, i + 1) == 0x85) ||
	       (c == 0xe2 && byte(s, i + 1) == 0x80 && (byte(s, i + 2) == 0xa8 || byte(s, i + 2) == 0xa9));
}

static bool
is_blank_or_end(pv_str s, size_t i)
{
	return i >= s.len || s.s[i] == ' ' || s.s[i] == '\t';
}

/* go-yaml's notion: nothing beyond the basic plane, no tab. */
static bool
is_printable(pv_str s, size_t i)
{
	unsigned char c = byte(s, i), d = byte(s, i + 1), e = byte(s, i + 2);

	if (c == '\n' || (c >= 0x20 && c <= 0x7e))
		return true;
	if (c == 0xc2)
		return d >= 0xa0;
	if (c == 0xed)
		return d < 0xa0;
	if (c == 0xef)
		return !(d == 0xbb && e == 0xbf) && !(d == 0xbf && (e == 0xbe || e == 0xbf));
	return c > 0xc2 && c <= 0xee;
}

/* ---- writing ---- */

static void
put(struct emitter *e, char c)
{
	pv_buf_addc(e->b, c);
	e->column++;
}

static size_t
copy(struct emitter *e, pv_str s, size_t i)
{
	size_t w = width(s, i);

	pv_buf_add(e->b, s.s + i, w);
	e->column++;
	return w;
}

void
emit_break(struct emitter *e)
{
	pv_buf_addc(e->b, '\n');
	e->column = 0;
}

/* A break of the text itself. */
static size_t
copy_break(struct emitter *e, pv_str s, size_t i)
{
	size_t w = 1;

	if (s.s[i] == '\n') {
		emit_break(e);
	} else {
		w = copy(e, s, i);
		e->column = 0;
	}
	return w;
}

void
emit_indent(struct emitter *e)
{
	int indent = e->indent > 0 ? e->indent : 0;

	if (!e->indention || e->column > indent || (e->column == indent && !e->whitespace))
		emit_break(e);
	while (e->column < indent)
		put(e, ' ');
	e->whitespace = e->indention = true;
}

void
emit_indicator(struct emitter *e, const char *s, bool need_space, bool is_space_after, bool is_indention)
{
	if (need_space && !e->whitespace)
		put(e, ' ');
	pv_buf_adds(e->b, s);
	e->column += (int)strlen(s);
	e->whitespace = is_space_after;
	e->indention = e->indention && is_indention;
}

static void
begin(struct emitter *e)
{
	if (!e->whitespace)
		put(e, ' ');
}

static void
end(struct emitter *e)
{
	e->whitespace = e->indention = false;
}

void
emit_plain(struct emitter *e, pv_str s)
{
	begin(e);
	pv_buf_add(e->b, s.s, s.len);
	e->column += (int)s.len;
	end(e);
}

static void
put_plain(struct emitter *e, pv_str s, bool fold)
{
	bool spaces = false;

	begin(e);
	for (size_t i = 0; i < s.len;) {
		bool space = is_space(s, i);

		if (space && fold && !spaces && e->column > WIDTH && !is_space(s, i + 1)) {
			emit_indent(e);
			i++;
		} else {
			i += copy(e, s, i);
		}
		if (!space)
			e->indention = false;
		spaces = space;
	}
	end(e);
}

static void
put_single(struct emitter *e, pv_str s, bool fold)
{
	bool spaces = false, breaks = false;

	emit_indicator(e, "'", true, false, false);
	for (size_t i = 0; i < s.len;) {
		if (is_space(s, i)) {
			if (fold && !spaces && e->column > WIDTH && i > 0 && i + 1 < s.len &&
			    !is_space(s, i + 1)) {
				emit_indent(e);
				i++;
			} else {
				i += copy(e, s, i);
			}
			spaces = true;
			continue;
		}
		if (is_break(s, i)) {
			if (!breaks && s.s[i] == '\n')
				emit_break(e);
			i += copy_break(e, s, i);
			e->indention = breaks = true;
			continue;
		}
		if (breaks)
			emit_indent(e);
		if (s.s[i] == '\'')
			put(e, '\'');
		i += copy(e, s, i);
		e->indention = spaces = breaks = false;
	}
	emit_indicator(e, "'", false, false, false);
	end(e);
}

static void
put_escape(struct emitter *e, uint32_t rune)
{
	static const struct {
		uint32_t rune;
		char name;
	} names[] = {
		{0, '0'},     {7, 'a'},    {8, 'b'},    {9, 't'},      {10, 'n'},
		{11, 'v'},    {12, 'f'},   {13, 'r'},   {27, 'e'},     {'"', '"'},
		{'\\', '\\'}, {0x85, 'N'}, {0xa0, '_'}, {0x2028, 'L'}, {0x2029, 'P'},
	};
	int digits = rune <= 0xff ? 2 : rune <= 0xffff ? 4 : 8;

	put(e, '\\');
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (names[i].rune == rune) {
			put(e, names[i].name);
			return;
		}
	put(e, digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
	for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
		put(e, "0123456789ABCDEF"[rune >> shift & 15]);
}

static void
put_double(struct emitter *e, pv_str s, bool fold)
{
	bool spaces = false, bom = byte(s, 0) == 0xef && byte(s, 1) == 0xbb && byte(s, 2) == 0xbf;
	uint32_t rune;

	emit_indicator(e, "\"", true, false, false);
	for (size_t i = 0; i < s.len;) {
		if (!is_printable(s, i) || bom || is_break(s, i) || s.s[i] == '"' || s.s[i] == '\\') {
			int w = pv_utf8_step(s.s + i, s.len - i, &rune);

			put_escape(e, w > 0 ? rune : 0xfffd);
			i += w > 0 ? (size_t)w : 1;
			spaces = false;
		} else if (is_space(s, i)) {
			if (fold && !spaces && e->column > WIDTH && i > 0 && i + 1 < s.len) {
				emit_indent(e);
				if (is_space(s, i + 1))
					put(e, '\\');
				i++;
			} else {
				i += copy(e, s, i);
			}
			spaces = true;
		} else {
			i += copy(e, s, i);
			spaces = false;
		}
	}
	emit_indicator(e, "\"", false, false, false);
	end(e);
}

/* Where the last character begins. */
static size_t
last(pv_str s, size_t len)
{
	do
		len--;
	while (len > 0 && (byte(s, len) & 0xc0) == 0x80);
	return len;
}

static void
put_literal(struct emitter *e, pv_str s)
{
	size_t at = last(s, s.len);
	bool breaks = true;

	emit_indicator(e, "|", true, false, false);
	if (is_space(s, 0) || is_break(s, 0))
		emit_indicator(e, "2", false, false, false); /* STEP */
	if (!is_break(s, at))
		emit_indicator(e, "-", false, false, false);
	else if (at == 0 || is_break(s, last(s, at)))
		emit_indicator(e, "+", false, false, false);
	emit_break(e);
	e->indention = e->whitespace = true;
	for (size_t i = 0; i < s.len;) {
		if (is_break(s, i)) {
			i += copy_break(e, s, i);
			e->indention = breaks = true;
			continue;
		}
		if (breaks)
			emit_indent(e);
		i += copy(e, s, i);
		e->indention = breaks = false;
	}
}

/* ---- choosing ---- */

static bool
is_indicator(pv_str s, size_t i, bool spaced_before, bool spaced_after)
{
	char c = s.s[i];

	if (i == 0)
		return (c != '\0' && strchr("#,[]{}&*!|>'\"%@`", c) != NULL) ||
		       ((c == '?' || c == ':' || c == '-') && spaced_after);
	return (c == ':' && spaced_after) || (c == '#' && spaced_before);
}

static struct look
look_at(pv_str s)
{
	bool indicators = s.len >= 3 && (memcmp(s.s, "---", 3) == 0 || memcmp(s.s, "...", 3) == 0);
	bool special = false, edge = false, after_space = false, after_break = false, break_space = false;
	bool space_break = false, trailing_space = false, blank_before = true;
	struct look look = {.multiline = false};

	for (size_t i = 0, w; i < s.len; i += w) {
		bool space = is_space(s, i), line_break = is_break(s, i);

		w = width(s, i);
		if (is_indicator(s, i, blank_before, is_blank_or_end(s, i + w)))
			indicators = true;
		special = special || !is_printable(s, i);
		if ((space || line_break) && (i == 0 || i + w == s.len))
			edge = true;
		trailing_space = space && i + w == s.len;
		break_space = break_space || (space && after_break);
		space_break = space_break || (line_break && after_space);
		look.multiline = look.multiline || line_break;
		after_space = space;
		after_break = line_break;
		blank_before = is_blank_or_end(s, i) || line_break || s.s[i] == '\0';
	}
	look.plain = !(edge || break_space || space_break || special || look.multiline || indicators);
	look.single = !(break_space || space_break || special);
	look.block = s.len > 0 && !(trailing_space || space_break || special);
	return look;
}

static enum style
choose(const struct emitter *e, pv_str s, enum emit_role role)
{
	struct look look = look_at(s);
	enum style style = DOUBLE;

	if (memchr(s.s, '\n', s.len) != NULL)
		style = LITERAL;
	else if (!yaml_needs_quotes(e->arena, s) && !(role == EMIT_SIMPLE_KEY && pv_str_is(s, "<<")))
		style = PLAIN; /* (go-yaml writes a << that it then reads as a merge key) */
	if (role == EMIT_SIMPLE_KEY && look.multiline)
		style = DOUBLE;
	if (style == PLAIN && !look.plain)
		style = SINGLE;
	if (style == SINGLE && !look.single)
		style = DOUBLE;
	if (style == LITERAL && (!look.block || role == EMIT_SIMPLE_KEY))
		style = DOUBLE;
	return style;
}

bool
emit_is_simple_key(pv_str s)
{
	return s.len <= 128 && !look_at(s).multiline;
}

void
emit_string(struct emitter *e, pv_str s, enum emit_role role)
{
	bool fold = role != EMIT_SIMPLE_KEY && !e->v3;
	int outer = e->indent;
	pv_buf mended;

	if (!pv_utf8_valid(s.s, s.len, NULL)) {
		pv_buf_init(&mended, e->arena);
		yaml_mend(&mended, s);
		s = (pv_str){mended.s, mended.len};
	}
	e->indent = outer < 0 ? STEP : outer + STEP;
	switch (choose(e, s, role)) {
	case PLAIN: put_plain(e, s, fold); break;
	case SINGLE: put_single(e, s, fold); break;
	case DOUBLE: put_double(e, s, fold); break;
	case LITERAL: put_literal(e, s); break;
	}
	e->indent = outer;
}
