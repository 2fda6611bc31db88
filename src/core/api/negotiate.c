/* Accept and Content-Type: what the client reads and what it sent. */
#include <string.h>
#include <strings.h>

#include "core/api/http.h"
#include "core/api/table.h"

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

/* Does this range name something that we write?  Sets q->form. */
static bool
take(request *q, pv_str range)
{
	bool json = is_media(range, "application/json") || is_media(range, "*/*") ||
		    is_media(range, "application/*");
	pv_str as, version;

	if (is_media(range, "application/yaml")) {
		q->form = FORM_YAML;
		return true;
	}
	if (!json)
		return false;
	q->form = FORM_JSON;
	if (!has_param(range, "as", &as))
		return true;
	if (!has_param(range, "v", &version) || (!pv_str_is(version, "v1") && !pv_str_is(version, "v1beta1")))
		return false;
	q->form_version = pv_str_is(version, "v1") ? "v1" : "v1beta1";
	if (pv_str_is(as, "Table"))
		q->form = FORM_TABLE;
	else if (pv_str_is(as, "PartialObjectMetadata") || pv_str_is(as, "PartialObjectMetadataList"))
		q->form = FORM_PARTIAL;
	else
		return false;
	return true;
}

int
negotiate(request *q)
{
	const char *accept = pv_http_header(q->http, "Accept");
	pv_str rest = pv_str_of(accept), range;

	q->form = FORM_JSON;
	q->form_version = "v1";
	if (rest.len == 0)
		return 0;
	while (pv_str_next(&rest, ',', &range))
		if (take(q, range))
			return 0;
	q->form = FORM_JSON;
	return pv_fail(q->cx, PV_ENOTACCEPTABLE,
		       "only the following media types are accepted: application/json, application/yaml");
}

const char *
form_type(const request *q)
{
	if (q->form == FORM_YAML)
		return "application/yaml";
	if (q->form == FORM_TABLE)
		return pv_table_type(q->form_version);
	if (q->form == FORM_PARTIAL)
		return pv_printf(q->cx->arena,
				 "application/json;as=PartialObjectMetadata%s;g=meta.k8s.io;v=%s",
				 q->t.collection ? "List" : "", q->form_version);
	return "application/json";
}
