/* names: names of objects out of any text: normalize and slugify.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/ */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "delivery/applicationset/appset.h"

#define NAME_MOST 253
#define SLUG_MOST 50

/* One for each character, not for each byte. */
static size_t
take(pv_str *rest, char *ret)
{
	int n = pv_utf8_step(rest->s, rest->len, NULL);
	size_t used = n > 0 ? (size_t)n : 1;
	*ret = used == 1 ? (char)tolower((unsigned char)*rest->s) : '\0';
	rest->s += used;
	rest->len -= used;
	return used;
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char *
trimmed(pv_arena *arena, pv_str s, const char *set)
{
	while (s.len > 0 && strchr(set, *s.s)) {
		s.s++;
		s.len--;
	}
	while (s.len > 0 && strchr(set, s.s[s.len - 1]))
		s.len--;
	return pv_strndup(arena, s.s, s.len);
}

char *
appset_name_normalized(pv_arena *arena, pv_str name)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	while (name.len > 0 && b.len < NAME_MOST) {
		char c;
		(void)take(&name, &c);
		pv_buf_addc(&b, is_plain(c) || c == '.' || c == '-' ? c : '-');
	}
	return trimmed(arena, (pv_str){b.len ? b.s : "", b.len}, "-.");
}

/* As gosimple/slug: what a character becomes that is none of a slug's. */
static void
add_slug(pv_buf *b, char c)
{
	if (is_plain(c))
		pv_buf_addc(b, c);
	else if (c == '&')
		pv_buf_adds(b, "and");
	else if (c == '@')
		pv_buf_adds(b, "at");
	else if (c != '"' && c != '\'' && (b->len == 0 || b->s[b->len - 1] != '-'))
		pv_buf_addc(b, '-');
}

char *
appset_name_slug(pv_arena *arena, pv_str text, size_t most, bool whole_words)
{
	char *slug;
	size_t end = most;
	pv_buf b;
	pv_buf_init(&b, arena);
	for (char c; text.len > 0;) {
		(void)take(&text, &c);
		add_slug(&b, c);
	}
	slug = trimmed(arena, (pv_str){b.len ? b.s : "", b.len}, "-");
	if (most == 0 || strlen(slug) <= most)
		return slug;
	while (whole_words && end > 0 && slug[end] != '-')
		end--;
	slug[end > 0 ? end : most] = '\0';
	return slug;
}

/* ---- as functions of templates ---- */

static int
fn_normalize(pv_trun *r, const pv_tv *args, size_t n PV_UNUSED, pv_tv *ret)
{
	*ret = pv_tv_text(appset_name_normalized(pv_trun_arena(r), pv_tv_strv(&args[0])));
	return pv_trun_spend(r, args[0].len);
}

/* slugify [most [wholeWords]] TEXT */
static int
fn_slugify(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	static const enum pv_tkind kinds[] = {PV_T_INT, PV_T_BOOL};
	const pv_tv *text = n > 0 ? &args[n - 1] : NULL;
	const char *name;
	if (!text || n > 3 || text->kind != PV_T_STRING)
		return pv_trun_fail(r, "slugify: expected [MOST [WHOLE_WORDS]] TEXT");
	for (size_t i = 0; i + 1 < n; i++)
		if (args[i].kind != kinds[i])
			return pv_trun_fail(r, "slugify: expected %s, found %s",
					    i == 0 ? "a whole number (the most characters)"
						   : "true or false (whole words)",
					    pv_tv_type(&args[i]));
	if (n > 1 && args[0].i < 0)
		return pv_trun_fail(r, "slugify: expected a number of characters, found %lld",
				    (long long)args[0].i);
	name = appset_name_normalized(pv_trun_arena(r), pv_tv_strv(text));
	*ret = pv_tv_text(appset_name_slug(pv_trun_arena(r), pv_str_of(name),
					   n > 1 ? (size_t)args[0].i : SLUG_MOST, n > 2 && args[1].b));
	return pv_trun_spend(r, text->len);
}

static int
fn_refused(pv_trun *r, const pv_tv *args PV_UNUSED, size_t n PV_UNUSED, pv_tv *ret PV_UNUSED)
{
	return pv_trun_fail(
		r, "an ApplicationSet has no such function: it would tell what surrounds the server");
}

const pv_tfunc appset_template_functions[] = {
	{"normalize", "s", fn_normalize},
	{"slugify", ".a", fn_slugify},
	{"getHostByName", "s", fn_refused},
	{0},
};
