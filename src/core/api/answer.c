/* Answers: an object in the form that was asked for, or a Status. */
#include <string.h>

#include "base/map.h"
#include "core/api/http.h"
#include "core/api/table.h"
#include "core/kinds/kinds.h"
#include "lang/yaml/yaml.h"

#define WARNING_LIMIT 256   /* bytes of a warning's text, if all of them together .. */
#define WARNINGS_LIMIT 4096 /* .. have more than so many */
#define LINES_MOST 64       /* some clients read no more than 100 lines of a head */

pv_val
partial_of(pv_ctx *cx, const char *version, const pv_val *object)
{
	const pv_val *meta = pv_get(object, "metadata");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "kind", pv_string_ref("PartialObjectMetadata"));
	pv_objb_put(&b, "apiVersion", pv_stringf(cx->arena, "meta.k8s.io/%s", version));
	if (meta)
		pv_objb_put(&b, "metadata", *meta);
	return pv_objb_end(&b);
}

/* RFC 7234, section 5.5: 299 - "text"; quotes and backslashes escaped, no controls. */
static char *
warning_line(pv_arena *arena, pv_str text)
{
	pv_buf out;

	pv_buf_init(&out, arena);
	pv_buf_adds(&out, "299 - \"");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.s[i];

		if (c == '"' || c == '\\')
			pv_buf_addc(&out, '\\');
		pv_buf_addc(&out, c < ' ' || c == 127 ? ' ' : (char)c);
	}
	pv_buf_addc(&out, '"');
	return out.s;
}

/* Once each; clients limit an answer's head, so what is much is cut, and what is very much left out, as
 * upstream does (apiserver/pkg/endpoints/filters/warning.go; it counts characters where here are bytes). */
void
answer_warnings(request *q)
{
	pv_map *told = pv_map_new(q->cx->arena);
	size_t all = 0, written = 0, lines = 0;
	bool cut;

	for (size_t i = 0; i < q->warnings.len; i++)
		all += strlen(*PV_AT(const char *, &q->warnings, i));
	cut = all > WARNINGS_LIMIT;
	for (size_t i = 0; i < q->warnings.len && written < WARNINGS_LIMIT && lines < LINES_MOST; i++) {
		const char *text = *PV_AT(const char *, &q->warnings, i);
		pv_str line = pv_str_clip(text, cut ? WARNING_LIMIT : WARNINGS_LIMIT);

		if (!line.len || pv_map_puts(told, text, told))
			continue;
		written += line.len;
		lines++;
		pv_http_set(q->http, "Warning", warning_line(q->cx->arena, line));
	}
}

static void
reply(request *q, int status, const char *type, pv_buf *body)
{
	q->status = status;
	answer_warnings(q);
	gzip_reply(q, status, type, (pv_str){body->s, body->len});
}

static int
answer_table(request *q, int status, const pv_val *object)
{
	pv_table_opts opts = {.version = q->form_version, .remaining = -1};
	pv_buf body;
	int r = pv_table_include_parse(q->cx, pv_http_query(q->http, "includeObject"), &opts.include);

	if (r < 0)
		return r;
	pv_buf_init(&body, q->cx->arena);
	pv_table_write(q->cx, q->t.res, &object, 1, &opts, &body);
	reply(q, status, "application/json", &body);
	return 0;
}

static const pv_schema *
type_of(pv_ctx *cx, pv_api *api, const char *api_version, const char *kind)
{
	return pv_registry_type(api->registry, pv_protobuf_type(cx->arena, api_version, kind));
}

/* {1 metadata, 2 items}, as every list's message is. */
static int
protobuf_list(pv_ctx *cx, pv_api *api, const pv_val *list, const pv_schema *type, pv_buf *out)
{
	const pv_val *items = pv_get(list, "items"), *meta = pv_get(list, "metadata");
	size_t start =
		pv_protobuf_open(out, pv_text_at(list, "apiVersion", ""), pv_text_at(list, "kind", ""));
	int r = pv_protobuf_field(cx, pv_registry_type(api->registry, "meta.v1.ListMeta"), 1, meta, out);

	for (size_t i = 0; r == 0 && i < pv_count(items); i++)
		r = pv_protobuf_field(cx, type, 2, pv_item(items, i), out);
	pv_protobuf_close(out, start);
	return r;
}

int
answer_protobuf(pv_ctx *cx, pv_api *api, const pv_val *object, pv_buf *out, bool *ret_known)
{
	const char *version = pv_text_at(object, "apiVersion", ""), *kind = pv_text_at(object, "kind", "");
	const pv_schema *type = type_of(cx, api, version, kind);

	*ret_known = true;
	if (type) /* of a Status upstream's readers expect all */
		return pv_protobuf_write(cx, type, object, pv_streq(kind, "Status"), out);
	if (pv_ends_with(kind, "List"))
		type = type_of(cx, api, version, pv_strndup(cx->arena, kind, strlen(kind) - strlen("List")));
	if (type)
		return protobuf_list(cx, api, object, type, out);
	*ret_known = false;
	return 0;
}

int
answer_made(request *q, int status, const pv_val *object)
{
	const char *type = "application/json";
	bool known = false;
	pv_buf body;
	int r = 0;

	pv_buf_init(&body, q->cx->arena);
	if (form_whole(q->form) == FORM_PROTOBUF)
		r = answer_protobuf(q->cx, q->api, object, &body, &known);
	if (r < 0)
		return r;
	if (known) {
		type = PV_PROTOBUF_TYPE;
	} else if (q->form == FORM_YAML) {
		type = "application/yaml";
		pv_yaml_write(&body, object);
	} else {
		if (query_flag(q, "pretty"))
			pv_json_write_pretty(&body, object, 2);
		else
			pv_json_write(&body, object);
		pv_buf_addc(&body, '\n');
	}
	reply(q, status, type, &body);
	return 0;
}

int
answer_val(request *q, int status, const pv_val *object)
{
	bool status_object = pv_streq(pv_text_at(object, "kind", ""), "Status");
	pv_val alone;

	if (audit_wants_answer(q))
		q->audit.answered = pv_box(q->cx->arena, *object);
	if (status_object)
		q->audit.status = pv_box(q->cx->arena, *object);
	if (q->form == FORM_TABLE && q->t.res && !status_object)
		return answer_table(q, status, object);
	if (!form_is_partial(q->form) || status_object)
		return answer_made(q, status, object);
	alone = partial_of(q->cx, q->form_version, object);
	return answer_made(q, status, &alone);
}

/* The stored bytes go out as they are; cx holds the record until they are sent. */
int
answer_rec(request *q, int status, const pv_rec *rec)
{
	if (q->form != FORM_JSON || !api_plain_rec(q->t.res, rec) || query_flag(q, "pretty") ||
	    audit_wants_answer(q)) {
		const pv_val *object;
		int r = api_as(q->cx, q->api, q->t.res, rec, &object);

		return r < 0 ? r : answer_val(q, status, object);
	}
	q->status = status;
	answer_warnings(q);
	pv_http_reply(q->http, status, "application/json", pv_rec_json(rec), pv_http_keep, NULL);
	return 0;
}

int
answer_text(request *q, int status, const char *text)
{
	q->status = status;
	pv_http_set(q->http, "X-Content-Type-Options", "nosniff");
	pv_http_reply(q->http, status, "text/plain; charset=utf-8", pv_str_of(text), pv_http_keep, NULL);
	return 0;
}

int
answer_success(request *q)
{
	pv_objb b;
	pv_val status;

	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "kind", pv_string_ref("Status"));
	pv_objb_put(&b, "apiVersion", pv_string_ref("v1"));
	pv_objb_put(&b, "metadata", pv_object_of(q->cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&b, "status", pv_string_ref("Success"));
	pv_objb_put(&b, "code", pv_int(201));
	status = pv_objb_end(&b);
	return answer_val(q, 201, &status);
}

void
answer_error(request *q)
{
	pv_val status = pv_api_status(q->cx->arena, q->cx->err);
	int code = pv_error_status(q->cx->err), retry = q->cx->err->retry_after;

	if (q->cx->err->code == PV_EFORBIDDEN &&
	    q->cx->err->reason) /* who may do what: it says what was asked for */
		pv_http_set(q->http, "X-Content-Type-Options", "nosniff");
	if (retry)
		pv_http_set(q->http, "Retry-After", pv_printf(q->cx->arena, "%d", retry));
	q->form = form_whole(q->form);
	(void)pv_recover(q->cx);
	if (answer_val(q, code, &status) < 0)
		(void)pv_recover(q->cx); /* cannot be: a Status is always written */
}
