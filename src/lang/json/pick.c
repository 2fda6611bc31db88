/* pick: parts of a JSON text, copied as they are written: no value is made of it.  For texts that this program
 * wrote itself: what is not JSON gives something short, never a read beyond its end. */
#include "lang/json/pick.h"

#include <string.h>

#include "base/ctx.h"
#include "lang/json/scan.h"

#define PARTS_MOST 200
#define PARTS_DEPTH 16

struct pv_json_parts { /* one member that is wanted; the first of a level stands for all of it */
	pv_str name;
	const pv_json_parts *next, *below; /* below NULL: all of it */
	bool last;                         /* of a list only its last item */
};

/* ---- what is wanted ---- */

struct wish {
	pv_ctx *cx;
	const char *text, *p;
	size_t n, depth;
};

static int
wish_unexpected(struct wish *in, const char *wanted)
{
	return pv_fail(in->cx, PV_EBADREQUEST, "parts \"%s\": expected %s at character %zu", in->text, wanted,
		       (size_t)(in->p - in->text) + 1);
}

static int wish_level(struct wish *in, const pv_json_parts **ret);

static int
wish_below(struct wish *in, pv_json_parts *part)
{
	int r;
	if (in->depth++ == PARTS_DEPTH)
		return wish_unexpected(in, "at most 16 levels");
	in->p++;
	r = wish_level(in, &part->below);
	if (r == 0 && *in->p != ')')
		r = wish_unexpected(in, "\")\" or \",\"");
	in->p++;
	in->depth--;
	return r;
}

static int
wish_one(struct wish *in, pv_json_parts **ret)
{
	pv_json_parts *part = pv_new(in->cx->arena, pv_json_parts);
	size_t len = strcspn(in->p, "(),[]\"");
	if (len == 0)
		return wish_unexpected(in, "the name of a member");
	if (in->n++ == PARTS_MOST)
		return wish_unexpected(in, "at most 200 names");
	*part = (pv_json_parts){.name = {in->p, len}};
	in->p += len;
	if (strncmp(in->p, "[-1]", 4) == 0) {
		part->last = true;
		in->p += 4;
	}
	*ret = part;
	return *in->p == '(' ? wish_below(in, part) : 0;
}

static int
wish_level(struct wish *in, const pv_json_parts **ret)
{
	pv_json_parts *part = NULL, *before = NULL;
	int r;
	do {
		in->p += before != NULL;
		r = wish_one(in, &part);
		if (r < 0)
			return r;
		if (before)
			before->next = part;
		else
			*ret = part;
		before = part;
	} while (*in->p == ',');
	return 0;
}

int
pv_json_parts_parse(pv_ctx *cx, const char *text, const pv_json_parts **ret)
{
	struct wish in = {.cx = cx};
	const pv_json_parts *found = NULL;
	int r;
	in.text = in.p = pv_strdup(cx->arena, text); /* names point into it */
	r = wish_level(&in, &found);
	if (r == 0 && *in.p)
		r = wish_unexpected(&in, "\",\" or the end");
	if (r == 0)
		*ret = found;
	return r;
}

/* ---- copying: each gives where it ends ---- */

static const char *
behind_string(const char *p, const char *end)
{
	unsigned high = 0;
	for (p++; p < end; p++) {
		p = scan_plain(p, end, &high);
		if (p < end && *p == '"')
			return p + 1;
		if (p < end && *p == '\\')
			p++;
	}
	return end;
}

static const char *
behind_value(const char *p, const char *end)
{
	size_t depth = 0;
	while (p < end) {
		if (*p == '"') {
			p = behind_string(p, end);
		} else if (depth == 0 && (*p == ',' || *p == '}' || *p == ']')) {
			return p;
		} else {
			depth += *p == '{' || *p == '[';
			depth -= *p == '}' || *p == ']';
			p++;
		}
	}
	return end;
}

static const pv_json_parts *
wanted(const pv_json_parts *of, const char *key, size_t len)
{
	while (of && !(of->name.len == len && memcmp(of->name.s, key, len) == 0))
		of = of->next;
	return of;
}

static const char *pick_value(pv_buf *out, const char *p, const char *end, const pv_json_parts *of,
			      bool last);

static const char *
pick_members(pv_buf *out, const char *p, const char *end, const pv_json_parts *of)
{
	bool some = false;
	pv_buf_add(out, "{", 1);
	for (p++; p < end && *p == '"'; p += p < end && *p == ',') {
		const char *key = p, *value = behind_string(p, end);
		const pv_json_parts *part = wanted(of, key + 1, (size_t)(value - key) - 2);
		if (value == end)
			return end;
		if (!part) {
			p = behind_value(value + 1, end);
			continue;
		}
		if (some)
			pv_buf_add(out, ",", 1);
		some = true;
		pv_buf_add(out, key, (size_t)(value + 1 - key));
		p = pick_value(out, value + 1, end, part->below, part->last);
	}
	pv_buf_add(out, "}", 1);
	return p < end ? p + 1 : end;
}

static const char *
pick_items(pv_buf *out, const char *p, const char *end, const pv_json_parts *of, bool last)
{
	bool some = false;
	pv_buf_add(out, "[", 1);
	for (p++; p < end && *p != ']'; p += p < end && *p == ',') {
		const char *behind = last ? behind_value(p, end) : p;
		if (behind < end && *behind == ',') { /* it is not the last one */
			p = behind;
			continue;
		}
		if (some)
			pv_buf_add(out, ",", 1);
		some = true;
		behind = pick_value(out, p, end, *p == '{' ? of : NULL, false); /* a list in a list: whole */
		if (behind == p)
			break; /* no JSON */
		p = behind;
	}
	pv_buf_add(out, "]", 1);
	return p < end ? p + 1 : end;
}

static const char *
pick_value(pv_buf *out, const char *p, const char *end, const pv_json_parts *of, bool last)
{
	const char *behind;
	if (p < end && *p == '{' && of)
		return pick_members(out, p, end, of);
	if (p < end && *p == '[' && (of || last))
		return pick_items(out, p, end, of, last);
	behind = behind_value(p, end);
	pv_buf_add(out, p, (size_t)(behind - p));
	return behind;
}

void
pv_json_pick(pv_buf *out, pv_str json, const pv_json_parts *parts)
{
	(void)pick_value(out, json.s, json.s + json.len, parts, false);
}
