/* One audit.k8s.io/v1 Event. */
#include "core/audit/line.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"

static bool
given(const char *s)
{
	return s != NULL && *s != '\0';
}

static void
key(pv_buf *b, const char *name)
{
	if (b->s[b->len - 1] != '{')
		pv_buf_addc(b, ',');
	pv_buf_add_json(b, name, strlen(name));
	pv_buf_addc(b, ':');
}

static void
text(pv_buf *b, const char *name, const char *value)
{
	if (!given(value))
		return;
	key(b, name);
	pv_buf_add_json(b, value, strlen(value));
}

static void
text_list(pv_buf *b, const char *name, const char *const *values)
{
	if (values == NULL || values[0] == NULL)
		return;
	key(b, name);
	for (size_t i = 0; values[i] != NULL; i++) {
		pv_buf_addc(b, i == 0 ? '[' : ',');
		pv_buf_add_json(b, values[i], strlen(values[i]));
	}
	pv_buf_addc(b, ']');
}

static void
open_object(pv_buf *b, const char *name)
{
	key(b, name);
	pv_buf_addc(b, '{');
}

static void
add_json(pv_buf *b, const char *name, pv_str json)
{
	if (!json.len)
		return;
	key(b, name);
	pv_buf_add(b, json.s, json.len);
}

static void
add_annotations(pv_buf *b, const pv_audit_event *e)
{
	if (!given(e->decision) && e->n_notes < 2)
		return;
	open_object(b, "annotations");
	if (given(e->decision)) {
		text(b, "authorization.k8s.io/decision", e->decision);
		key(b, "authorization.k8s.io/reason");
		pv_buf_add_json(b, e->why ? e->why : "", e->why ? strlen(e->why) : 0);
	}
	for (size_t i = 0; i + 1 < e->n_notes; i += 2) {
		key(b, e->notes[i]);
		pv_buf_add_json(b, e->notes[i + 1], strlen(e->notes[i + 1]));
	}
	pv_buf_addc(b, '}');
}

static const char *
stage_name(unsigned stage)
{
	return stage == PV_AUDIT_RECEIVED  ? "RequestReceived"
	       : stage == PV_AUDIT_STARTED ? "ResponseStarted"
					   : "ResponseComplete";
}

static void
add_object(pv_buf *b, const pv_audit_event *e)
{
	if (!given(e->resource))
		return;
	open_object(b, "objectRef");
	text(b, "resource", e->resource);
	text(b, "namespace", e->ns);
	text(b, "name", e->name);
	text(b, "uid", e->object_uid);
	text(b, "apiGroup", e->group);
	text(b, "apiVersion", e->version);
	text(b, "resourceVersion", e->object_version);
	text(b, "subresource", e->subresource);
	pv_buf_addc(b, '}');
}

static void
add_status(pv_buf *b, const pv_audit_event *e)
{
	open_object(b, "responseStatus");
	open_object(b, "metadata");
	pv_buf_addc(b, '}');
	text(b, "status", given(e->outcome) ? e->outcome : e->status >= 400 ? "Failure" : NULL);
	text(b, "message", e->message);
	text(b, "reason", e->reason);
	add_json(b, "details", e->details);
	key(b, "code");
	pv_buf_add_int(b, e->status);
	pv_buf_addc(b, '}');
}

void
audit_format(pv_buf *b, pv_arena *scratch, const pv_audit_event *e)
{
	pv_buf_addc(b, '{');
	text(b, "kind", "Event");
	text(b, "apiVersion", "audit.k8s.io/v1");
	text(b, "level", pv_audit_level_name(e->level ? e->level : PV_AUDIT_METADATA));
	text(b, "auditID", e->id);
	text(b, "stage", stage_name(e->stage));
	text(b, "requestURI", e->uri);
	text(b, "verb", e->verb);
	add_json(b, "user", e->user.len ? e->user : pv_str_of("{}"));
	add_json(b, "impersonatedUser", e->as);
	if (given(e->peer))
		text_list(b, "sourceIPs", (const char *const[]){e->peer, NULL});
	text(b, "userAgent", e->agent);
	add_object(b, e);
	if (e->stage != PV_AUDIT_RECEIVED)
		add_status(b, e);
	add_json(b, "requestObject", e->request);
	add_json(b, "responseObject", e->response);
	text(b, "requestReceivedTimestamp", pv_time_format_micro(scratch, e->received_ns));
	text(b, "stageTimestamp", pv_time_format_micro(scratch, e->done_ns));
	add_annotations(b, e);
	pv_buf_adds(b, "}\n");
}

/* ---- copies ---- */

static const char *const *
list_copy(pv_arena *arena, const char *const *list, size_t n)
{
	const char **out = pv_new_array(arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = pv_strdup(arena, list[i]);
	return (const char *const *)out;
}

pv_audit_event *
pv_audit_event_copy(pv_arena *arena, const pv_audit_event *event)
{
	pv_audit_event *e = pv_new(arena, pv_audit_event);
	const char **const texts[] = {
		&e->id,      &e->verb,     &e->uri,     &e->peer,           &e->agent,       &e->group,
		&e->version, &e->resource, &e->ns,      &e->name,           &e->subresource, &e->object_uid,
		&e->outcome, &e->reason,   &e->message, &e->object_version, &e->decision,    &e->why};
	pv_str *const jsons[] = {&e->user, &e->as, &e->details, &e->request, &e->response};

	*e = *event;
	for (size_t i = 0; i < PV_LEN(texts); i++)
		*texts[i] = *texts[i] ? pv_strdup(arena, *texts[i]) : NULL;
	for (size_t i = 0; i < PV_LEN(jsons); i++)
		jsons[i]->s = pv_strndup(arena, jsons[i]->s ? jsons[i]->s : "", jsons[i]->len);
	e->notes = list_copy(arena, event->notes, event->n_notes);
	return e;
}
