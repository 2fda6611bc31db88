/* Accept and Content-Type: what the client reads and what it sent. */
#include <string.h>
#include <strings.h>

#include "core/api/http.h"

/* One element of an Accept header: "application/json;as=Table;v=v1;g=meta.k8s.io". */
static bool
has_param(pv_str range, const char *key, pv_str *ret)
{
	pv_str piece;

	while (pv_str_next(&range, ';', &piece)) {
		size_t len = strlen(key);

		piece = pv_str_trim(piece);
		if (piece.len > len && strncasecmp(piece.s, key, len) == 0 && piece.s[len] == '=') {
			*ret = (pv_str){piece.s + len + 1, piece.len - len - 1};
			return true;
		}
	}
	return false;
}

static bool
is_media(pv_str range, const char *media)
{
	pv_str head;

	if (!pv_str_next(&range, ';', &head))
		return false;
	head = pv_str_trim(head);
	return head.len == strlen(media) && strncasecmp(head.s, media, head.len) == 0;
}

/* Has the resource a protobuf form?  Custom and computed kinds have none; what is not served is answered with a
 * Status, which has one. */
static bool
has_protobuf(const request *q)
{
	return !q->t.res || (q->t.res->kind_facts && !pv_streq(q->t.sub, "why"));
}

/* What is only asked for, as a review or a token, is no row of a table. */
static bool
has_rows(const request *q)
{
	static const char *const asked[] = {"token", "binding", "eviction"};
	bool rows = !q->t.res || q->t.res->verbs != PV_V_CREATE;

	for (size_t i = 0; i < PV_LEN(asked); i++)
		rows &= !pv_streq(q->t.sub, asked[i]);
	return rows || !pv_streq(q->method, "POST");
}

/* ";as=...;v=...": false if it is not one that we write. */
static bool
take_transform(request *q, pv_str range, bool protobuf)
{
	pv_str as, version, group;

	if (!has_param(range, "as", &as)) {
		q->form = protobuf ? FORM_PROTOBUF : FORM_JSON;
		return !protobuf || has_protobuf(q);
	}
	if (!has_param(range, "g", &group) || !pv_str_is(group, "meta.k8s.io") ||
	    !has_param(range, "v", &version) || (!pv_str_is(version, "v1") && !pv_str_is(version, "v1beta1")))
		return false;
	q->form_version = pv_str_is(version, "v1") ? "v1" : "v1beta1";
	if (pv_str_is(as, "Table") && !protobuf && has_rows(q)) /* rows have no protobuf form */
		q->form = FORM_TABLE;
	else if (pv_str_is(as, "PartialObjectMetadata") ||
		 (q->form_listed = pv_str_is(as, "PartialObjectMetadataList")))
		q->form = protobuf ? FORM_PROTOBUF_PARTIAL : FORM_PARTIAL;
	else
		return false;
	return !protobuf || pv_str_is(version, "v1"); /* v1beta1 has other numbers */
}

/* Does this range name something that we write?  Sets q->form. */
static bool
take(request *q, pv_str range)
{
	if (is_media(range, "application/yaml")) {
		q->form = FORM_YAML;
		return true;
	}
	if (is_media(range, PV_PROTOBUF_TYPE))
		return take_transform(q, range, true);
	return (is_media(range, "application/json") || is_media(range, "*/*") ||
		is_media(range, "application/*")) &&
	       take_transform(q, range, false);
}

static bool
accepts_protobuf(const char *accept)
{
	pv_str rest = pv_str_of(accept), range, as;

	while (pv_str_next(&rest, ',', &range))
		if (is_media(range, PV_PROTOBUF_TYPE) && !has_param(range, "as", &as))
			return true;
	return false;
}

struct asked {
	pv_str range;
	double quality;
};

/* What the client likes better stands before; else it stays as it was said. */
static int
by_quality(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	return x->quality != y->quality  ? (x->quality > y->quality ? -1 : 1)
	       : x->range.s < y->range.s ? -1
					 : x->range.s > y->range.s;
}

static pv_vec
ranges(pv_arena *arena, const char *accept)
{
	pv_str rest = pv_str_of(accept), quality;
	struct asked one;
	pv_vec list;

	pv_vec_init(&list, arena, sizeof(one));
	while (pv_str_next(&rest, ',', &one.range)) {
		if (!has_param(one.range, "q", &quality) || !pv_parse_double(quality, &one.quality))
			one.quality = 1;
		pv_vec_push(&list, &one);
	}
	pv_vec_sort(&list, by_quality);
	return list;
}

int
negotiate(request *q)
{
	const char *accept = pv_http_header(q->http, "Accept");
	pv_vec list;

	q->form = FORM_JSON;
	q->form_version = "v1";
	if (!accept || !accept[0])
		return 0;
	list = ranges(q->cx->arena, accept);
	for (size_t i = 0; i < list.len; i++)
		if (take(q, PV_AT(struct asked, &list, i)->range))
			return 0;
	q->form = accepts_protobuf(accept) ? FORM_PROTOBUF : FORM_JSON; /* the Status that says so has one */
	return pv_fail(
		q->cx, PV_ENOTACCEPTABLE,
		"only the following media types are accepted: application/json, application/yaml, " PV_PROTOBUF_TYPE);
}

bool
form_is_partial(enum form form)
{
	return form == FORM_PARTIAL || form == FORM_PROTOBUF_PARTIAL;
}

int
form_fits(request *q, bool list)
{
	if (!form_is_partial(q->form) || q->form_listed == list)
		return 0;
	return pv_fail(q->cx, PV_ENOTACCEPTABLE,
		       "you requested PartialObjectMetadata%s, but the requested object is %s (%s)",
		       list ? "" : "List", list ? "a list" : "not a list",
		       list ? q->t.res->list_kind : q->t.res->kind);
}

enum form
form_whole(enum form form)
{
	switch (form) {
	case FORM_YAML: return FORM_YAML;
	case FORM_PROTOBUF:
	case FORM_PROTOBUF_PARTIAL: return FORM_PROTOBUF;
	default: return FORM_JSON;
	}
}
