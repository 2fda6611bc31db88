/* show: Markdown holds texts that strangers wrote (messages of policies, differences): they stand in code alone. */
#include "delivery/pulls/show.h"

#include <string.h>

#include "base/str.h"

#define FENCE_LEAST 3

/* ---- what it comes to ---- */

static const char *
word_of(const pv_val *object)
{
	static const char *const words[][2] = {{"OutOfSync", "changed"},
					       {"Missing", "added"},
					       {"Extra", "deleted"},
					       {"Synced", "as it is already"}};
	const char *status = pv_text_at(object, "status", "");
	if (pv_truth_at(object, "hook", false))
		return "hook";
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (pv_streq(words[i][0], status))
			return words[i][1];
	return status;
}

static void
count(verdict *v, const pv_val *object)
{
	const char *word = word_of(object);
	v->changed += pv_streq(word, "changed");
	v->added += pv_streq(word, "added");
	v->deleted += pv_streq(word, "deleted");
	v->hidden += pv_get(object, "hidden") != NULL;
	v->refused += pv_get(object, "problem") != NULL;
	v->warned += pv_count(pv_get(object, "warnings"));
}

verdict
show_verdict(pv_arena *arena, const pv_val *change)
{
	const pv_val *all = pv_get(change, "applications");
	verdict v = {.applications = pv_count(all)};
	pv_buf b;
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *objects = pv_get(pv_item(all, i), "objects");
		v.failed += pv_get(pv_item(all, i), "error") != NULL;
		for (size_t k = 0; k < pv_count(objects); k++)
			count(&v, pv_item(objects, k));
	}
	v.applications += (size_t)pv_i64_at(change, "more", 0);
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, v.applications                     ? pv_counted(arena, v.applications, "Application")
			: pv_i64_at(change, "followed", 0) ? "no Application changes"
							   : "no Application follows the branch");
	const struct {
		size_t n;
		const char *word;
	} parts[] = {{v.changed, "changed"}, {v.added, "added"},      {v.deleted, "deleted"},
		     {v.refused, "refused"}, {v.warned, "warned of"}, {v.failed, "not rendered"}};
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (parts[i].n)
			pv_buf_printf(&b, ", %zu %s", parts[i].n, parts[i].word);
	v.words = b.s;
	return v;
}

bool
show_is_good(const verdict *v)
{
	return !v->refused && !v->failed;
}

/* ---- parts ---- */

struct page {
	pv_arena *arena;
	pv_buf b;
	bool markdown;
};

static const char *
name_of(struct page *p, const pv_val *object)
{
	const char *group = pv_text_at(object, "group", ""), *ns = pv_text_at(object, "namespace", "");
	return pv_printf(p->arena, "%s%s%s %s%s%s", pv_text_at(object, "kind", ""), *group ? "." : "", group,
			 ns, *ns ? "/" : "", pv_text_at(object, "name", ""));
}

static void
add_fenced(struct page *p, const char *language, const char *text)
{
	size_t longest = FENCE_LEAST - 1, run = 0, len = strlen(text);
	for (const char *c = text; *c; c++) {
		run = *c == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	for (int end = 0; p->markdown && end < 2; end++) {
		if (end)
			pv_buf_printf(&p->b, "%s%s", text, len && text[len - 1] == '\n' ? "" : "\n");
		for (size_t i = 0; i <= longest; i++)
			pv_buf_addc(&p->b, '`');
		pv_buf_printf(&p->b, "%s\n", end ? "\n" : language);
	}
	if (!p->markdown)
		pv_buf_printf(&p->b, "%s%s", text, len && text[len - 1] == '\n' ? "" : "\n");
}

/* A text in a line: as code, which nothing in it ends. */
static void
add_text(struct page *p, const char *text)
{
	if (p->markdown)
		pv_buf_addc(&p->b, '`');
	for (const char *c = text; *c; c++)
		pv_buf_addc(&p->b, *c == '\n' || *c == '\r' ? ' ' : p->markdown && *c == '`' ? '\'' : *c);
	if (p->markdown)
		pv_buf_addc(&p->b, '`');
}

static void
add_object(struct page *p, const pv_val *object)
{
	const pv_val *warnings = pv_get(object, "warnings");
	const char *place = pv_text_at(object, "place", "");
	pv_buf_adds(&p->b, p->markdown ? "- " : "  ");
	add_text(p, name_of(p, object));
	pv_buf_printf(&p->b, ": %s%s", word_of(object),
		      pv_truth_at(object, "drifted", false) ? " (it was changed by hand since, too)" : "");
	if (*place) {
		pv_buf_adds(&p->b, ", ");
		add_text(p, place);
	}
	if (pv_get(object, "hidden"))
		pv_buf_adds(&p->b, ", which you may not see");
	pv_buf_addc(&p->b, '\n');
	if (pv_get(object, "problem")) {
		pv_buf_adds(&p->b, p->markdown ? "  - **refused**: " : "    refused: ");
		add_text(p, pv_text_at(object, "problem", ""));
		pv_buf_addc(&p->b, '\n');
	}
	for (size_t i = 0; i < pv_count(warnings); i++) {
		pv_buf_adds(&p->b, p->markdown ? "  - warning: " : "    warning: ");
		add_text(p, pv_text(pv_item(warnings, i), ""));
		pv_buf_addc(&p->b, '\n');
	}
}

static void
add_application(struct page *p, const pv_val *app)
{
	const pv_val *objects = pv_get(app, "objects");
	pv_buf_printf(&p->b, "%s%s/%s%s\n", p->markdown ? "#### " : "\n", pv_text_at(app, "namespace", ""),
		      pv_text_at(app, "name", ""),
		      pv_truth_at(app, "automated", false) ? ", which is synced automatically" : "");
	if (pv_get(app, "error")) {
		pv_buf_adds(&p->b, "It cannot be rendered any more:\n\n");
		add_fenced(p, "", pv_text_at(app, "error", ""));
		return;
	}
	for (size_t i = 0; i < pv_count(objects); i++)
		add_object(p, pv_item(objects, i));
	if ((int64_t)pv_count(objects) < pv_i64_at(app, "changed", 0))
		pv_buf_printf(&p->b, "%sand %lld more\n", p->markdown ? "- " : "  ",
			      (long long)(pv_i64_at(app, "changed", 0) - (int64_t)pv_count(objects)));
	pv_buf_addc(&p->b, '\n');
}

/* Differences come behind all lists, and as many of them as there is room for. */
static void
add_differences(struct page *p, const pv_val *app, size_t most, size_t *left_out)
{
	const pv_val *objects = pv_get(app, "objects");
	size_t before;
	for (size_t i = 0; i < pv_count(objects); i++) {
		const char *text = pv_text_at(pv_item(objects, i), "diff", "");
		text = *text ? text : pv_text_at(pv_item(objects, i), "rendered", "");
		if (!*text)
			continue;
		before = p->b.len;
		add_fenced(p, "diff", text);
		if (p->b.len > most) { /* a fence is as long as what is in it wants */
			p->b.len = before;
			++*left_out;
		}
	}
}

static pv_str
page_of(pv_arena *arena, const pv_val *change, size_t most, bool markdown)
{
	struct page p = {.arena = arena, .markdown = markdown};
	const pv_val *all = pv_get(change, "applications");
	verdict v = show_verdict(arena, change);
	size_t left_out = 0, untold = (size_t)pv_i64_at(change, "more", 0),
	       room = most > 1024 ? most - 1024 : 0;
	pv_buf_init(&p.b, arena);
	pv_buf_printf(&p.b, "%s%s\n\n", markdown ? "### What merging this changes: " : "", v.words);
	for (size_t i = 0; i < pv_count(all); i++) {
		size_t before = p.b.len;
		add_application(&p, pv_item(all, i));
		if (p.b.len <= room)
			continue;
		p.b.len = before;
		untold += pv_count(all) - i;
		break;
	}
	for (size_t i = 0; i < pv_count(all); i++)
		add_differences(&p, pv_item(all, i), room, &left_out);
	if (untold)
		pv_buf_printf(&p.b, "%s are not told: there is no room for more.\n\n",
			      pv_counted(arena, untold, "Application"));
	if (left_out)
		pv_buf_printf(&p.b, "%s of objects are left out: there is no room for more.\n\n",
			      pv_counted(arena, left_out, "difference"));
	if (*pv_text_at(change, "head", ""))
		pv_buf_printf(&p.b, "Commit %.7s, which parted from the branch at %.7s.\n",
			      pv_text_at(change, "head", ""), pv_text_at(change, "base", ""));
	return (pv_str){p.b.s, p.b.len};
}

pv_str
show_markdown(pv_arena *arena, const pv_val *change, size_t most)
{
	return page_of(arena, change, most, true);
}

pv_str
show_text(pv_arena *arena, const pv_val *change, size_t most)
{
	return page_of(arena, change, most, false);
}
