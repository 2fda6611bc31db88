#include "core/fields/lastapplied.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/fields/typed.h"
#include "lang/json/json.h"

#define ANNOTATIONS_LIMIT (256u << 10) /* bytes of all keys and values, as TotalAnnotationSizeLimitB */

static const char *
annotation_of(const pv_val *object)
{
	return pv_text(pv_get(pv_at(object, "metadata.annotations"), LAST_APPLIED), "");
}

const fset *
lastapplied_owned(pv_ctx *cx, const pv_resource *res, const pv_val *live)
{
	const char *text = annotation_of(live);
	const pv_val *then = NULL;
	const fset *set = NULL;
	tdiff diff = {0};
	int r;

	if (!text[0])
		return NULL;
	r = pv_json_parse(cx, pv_str_of(text), NULL, &then);
	if (r == 0 && !pv_streq(pv_text_at(then, "apiVersion", ""), res->api_version))
		return NULL;
	if (r == 0)
		r = typed_set(cx, res->schema, then, &set);
	if (r == 0)
		r = typed_compare(cx, res->schema, then, live, &diff);
	if (r < 0) { /* somebody else wrote it: it grants nothing */
		(void)pv_recover(cx);
		return NULL;
	}
	set = fset_minus(cx->arena, set, diff.modified);
	set = fset_minus(cx->arena, set, diff.added);
	return fset_minus(cx->arena, set, diff.removed);
}

static size_t
size_of(const pv_val *annotations)
{
	size_t total = 0;

	for (size_t i = 0; i < pv_member_count(annotations); i++)
		total += annotations->members[i].key.len + pv_strv(&annotations->members[i].val).len;
	return total;
}

/* As kubectl writes it, so that its own next apply of the annotation changes nothing: Go escapes these in strings. */
static pv_val
go_text(pv_ctx *cx, const pv_val *v)
{
	pv_buf plain, text;

	pv_buf_init(&plain, cx->arena);
	pv_buf_init(&text, cx->arena);
	pv_json_write_sorted(&plain, v);
	for (size_t i = 0; i < plain.len; i++) {
		const char *c = plain.s + i;

		if (*c == '<' || *c == '>' || *c == '&') {
			pv_buf_printf(&text, "\\u%04x", (unsigned)*c);
		} else if (plain.len - i > 2 &&
			   (!memcmp(c, "\xe2\x80\xa8", 3) || !memcmp(c, "\xe2\x80\xa9", 3))) {
			pv_buf_adds(&text, c[2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else {
			pv_buf_addc(&text, *c);
		}
	}
	pv_buf_addc(&text, '\n');
	return pv_stringn(cx->arena, text.s, text.len);
}

void
lastapplied_follow(pv_ctx *cx, const pv_val *intent, const pv_val **object)
{
	const pv_val *meta = pv_get(*object, "metadata"), *mine = pv_at(intent, "metadata.annotations");
	pv_val annotations, plain = *intent, left;

	if (!annotation_of(*object)[0])
		return;
	if (pv_get(mine, LAST_APPLIED)) {
		left = pv_without(cx->arena, mine, LAST_APPLIED);
		plain = pv_count(&left) ? pv_with_at(cx->arena, intent, "metadata.annotations", left)
					: pv_without_at(cx->arena, intent, "metadata.annotations");
	}
	annotations = pv_with(cx->arena, pv_get(meta, "annotations"), LAST_APPLIED, go_text(cx, &plain));
	if (size_of(&annotations) > ANNOTATIONS_LIMIT)
		annotations = pv_without(cx->arena, &annotations, LAST_APPLIED);
	*object = pv_box(cx->arena, pv_with(cx->arena, *object, "metadata",
					    pv_with(cx->arena, meta, "annotations", annotations)));
}
