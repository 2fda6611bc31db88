#include "core/api/scribe.h"

#include <string.h>

#include "core/kinds/kinds.h"

/* {"resource":..., "type":..., "object": */
static void
put_head(scribe *s, const char *type)
{
	static const char resource[] = "\"resource\":", object[] = ",\"object\":", kind[] = "\"type\":";

	pv_buf_add(&s->out, "{", 1);
	if (s->resource) {
		pv_buf_add(&s->out, resource, sizeof resource - 1);
		pv_buf_add_json(&s->out, s->resource, strlen(s->resource));
		pv_buf_add(&s->out, ",", 1);
	}
	pv_buf_add(&s->out, kind, sizeof kind - 1);
	pv_buf_add_json(&s->out, type, strlen(type));
	pv_buf_add(&s->out, object, sizeof object - 1);
}

static void
put_tail(scribe *s)
{
	pv_buf_add(&s->out, "}\n", 2);
}

/* One frame; what cannot be written is told in the frame's place. */
static void
put_frame(pv_ctx *cx, scribe *s, const char *type, const pv_val *object)
{
	pv_buf body;
	pv_val status;
	bool known;

	pv_buf_init(&body, cx->arena);
	if (answer_protobuf(cx, s->api, object, &body, &known) < 0) {
		status = pv_api_status(cx->arena, cx->err);
		(void)pv_recover(cx);
		type = "ERROR";
		pv_buf_clear(&body);
		if (answer_protobuf(cx, s->api, &status, &body, &known) < 0)
			(void)pv_recover(cx); /* cannot be: a Status is always written */
		s->ended = true;
	}
	pv_protobuf_event(type, (pv_str){body.s, body.len}, &s->out);
}

void
scribe_val(pv_ctx *cx, scribe *s, const char *type, const pv_val *object)
{
	pv_table_opts opts = {
		.version = s->version, .include = s->include, .no_columns = s->columns_told, .remaining = -1};
	pv_val partial;

	if (form_is_partial(s->form)) {
		partial = partial_of(cx, s->version, object);
		object = &partial;
	}
	if (form_whole(s->form) == FORM_PROTOBUF) {
		put_frame(cx, s, type, object);
		return;
	}
	put_head(s, type);
	if (s->form == FORM_TABLE) {
		pv_table_write(cx, s->res, &object, 1, &opts, &s->out);
		s->columns_told = true;
	} else {
		pv_json_write(&s->out, object);
	}
	put_tail(s);
}

void
scribe_rec(pv_ctx *cx, scribe *s, const char *type, const pv_rec *rec)
{
	pv_str json = pv_rec_json(rec);

	if (s->form != FORM_JSON || !api_plain_rec(s->res, rec)) {
		scribe_val(cx, s, type, pv_resource_as(cx, s->res, api_stored(cx, s->res, rec)));
		return;
	}
	put_head(s, type);
	pv_buf_add(&s->out, json.s, json.len);
	put_tail(s);
}

pv_val
scribe_bookmark(pv_ctx *cx, const pv_resource *res, int64_t rev, bool end_of_initial)
{
	pv_objb meta, object, notes;

	pv_objb_init(&meta, cx->arena);
	pv_objb_put(&meta, "resourceVersion", pv_stringf(cx->arena, "%lld", (long long)rev));
	if (res->kind_facts) /* as Go prints the zero of a type of its own */
		pv_objb_put(&meta, "creationTimestamp", pv_null());
	if (end_of_initial) {
		pv_objb_init(&notes, cx->arena);
		pv_objb_put(&notes, "k8s.io/initial-events-end", pv_string_ref("true"));
		pv_objb_put(&meta, "annotations", pv_objb_end(&notes));
	}
	pv_objb_init(&object, cx->arena);
	pv_objb_put(&object, "kind", pv_string_ref(res->kind));
	pv_objb_put(&object, "apiVersion", pv_string_ref(res->api_version));
	pv_objb_put(&object, "metadata", pv_objb_end(&meta));
	return pv_objb_end(&object);
}

void
scribe_status(pv_ctx *cx, scribe *s, const pv_val *status)
{
	if (form_whole(s->form) == FORM_PROTOBUF) {
		put_frame(cx, s, "ERROR", status);
	} else {
		put_head(s, "ERROR");
		pv_json_write(&s->out, status);
		put_tail(s);
	}
	s->ended = true;
}
