/* What the audit log is told of a request.  Without a policy: each write, and the reads that
 * were refused or saw Secrets, when they are answered.  With one: what it says, and no
 * Secret's values then either (core/audit/policy.c). */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"
#include "core/module.h"

static bool
is_read(const request *q)
{
	return pv_streq(q->method, "GET") || pv_streq(q->method, "HEAD");
}

static bool
is_audited(const request *q)
{
	if (!q->verb && !q->route)
		return q->status == 401 || q->status == 403;
	if (!is_read(q) || q->status == 401 || q->status == 403)
		return true;
	return q->t.res && pv_streq(q->t.res->type, "/Secret");
}

/* ---- bodies ---- */

static pv_val
without_managed(pv_ctx *cx, const pv_val *object)
{
	const pv_val *items = pv_get(object, "items");
	pv_listb list;

	if (!pv_is(object, PV_OBJECT))
		return *object;
	if (!pv_is(items, PV_LIST))
		return pv_at(object, "metadata.managedFields")
			       ? pv_without_at(cx->arena, object, "metadata.managedFields")
			       : *object;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(items); i++) {
		const pv_val *one = pv_item(items, i);

		pv_listb_add(&list, pv_at(one, "metadata.managedFields")
					    ? pv_without_at(cx->arena, one, "metadata.managedFields")
					    : *one);
	}
	return pv_with(cx->arena, object, "items", pv_listb_end(&list));
}

static pv_str
json_of(pv_ctx *cx, const pv_val *v)
{
	pv_buf out;

	pv_buf_init(&out, cx->arena);
	pv_json_write(&out, v);
	return (pv_str){out.s, out.len};
}

static pv_str
body_of(request *q, enum pv_audit_level least, const pv_val *object)
{
	pv_val v;

	if (!object || q->audit.decision.level < least)
		return (pv_str){"", 0};
	v = q->audit.decision.omit_managed ? without_managed(q->cx, object) : *object;
	return json_of(q->cx, &v);
}

bool
audit_wants_answer(const request *q)
{
	return q->audit.decision.level == PV_AUDIT_RESPONSE;
}

/* ---- events ---- */

/* May they?  As RBAC says it: what else refused is in the answer's status.  RBAC knows nothing of a
 * module's routes, which decide themselves, and nobody asks it about a probe, or who may not act at all. */
static void
decide_rights(request *q, const pv_identity *who, pv_audit_event *event)
{
	pv_attributes what = route_attributes(q, request_verb(q));
	bool probe = health_has(q->path);

	if (q->route || probe) {
		event->decision = q->status == 403 ? "forbid" : "allow";
		event->why = probe || q->route->anonymous ? "the path is open to everybody" : "";
		return;
	}
	if (!q->audit.acting)
		return;
	if (!q->t.plural[0])
		what = (pv_attributes){request_verb(q), "", "", "", "", "", q->path, NULL};
	event->decision = pv_auth_allows(q->cx, q->api->auth, who, &what, &event->why) ? "allow" : "forbid";
}

/* The words of a refusal may quote what a Secret holds: only a refused right is sure not to. */
static void
tell_status(request *q, const pv_error *refusal, pv_audit_event *event)
{
	bool secret = pv_streq(q->t.plural, "secrets") && !(q->t.group && q->t.group[0]);
	const pv_val *status = q->audit.status, *details = pv_get(status, "details");

	event->outcome = pv_text_at(status, "status", NULL);
	if (refusal) {
		event->reason = pv_error_reason(refusal);
		if (secret && refusal->code != PV_EFORBIDDEN && refusal->code != PV_EUNAUTHORIZED)
			return;
		event->message = refusal->message;
	}
	if (details)
		event->details = json_of(q->cx, details);
}

/* What the log adds: with what they showed who they are. */
static pv_str
user_of(pv_ctx *cx, const pv_identity *who)
{
	pv_val v = pv_auth_user_info(cx->arena, who), how = pv_string_ref(who->how);
	const pv_val *extra = pv_get(&v, "extra");
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL), more;

	if (!who->by) {
		more = pv_with(cx->arena, extra ? extra : &none, "pave.dev/credential",
			       pv_list_of(cx->arena, &how, 1));
		v = pv_with(cx->arena, &v, "extra", more);
	}
	return json_of(cx, &v);
}

/* objectRef says which object: by its path, else as it was sent, else as it was made. */
static void
name_object(const request *q, pv_audit_event *event)
{
	const pv_val *sent = pv_is(q->audit.sent, PV_OBJECT) ? q->audit.sent : NULL, *made = q->audit.made;
	const char *name = meta_text(sent, "name");

	if (!q->t.plural[0] || pv_streq(event->verb, "deletecollection"))
		return;
	if (!event->name || !*event->name)
		event->name = *name ? name : meta_text(made, "name");
	if (!event->ns || !*event->ns)
		event->ns = meta_text(sent, "namespace");
	event->object_uid = meta_text(sent, "uid");
	if (!*event->object_uid)
		event->object_uid = meta_text(made, "uid");
	event->object_version = meta_text(sent, "resourceVersion");
}

static pv_audit_event
event_of(request *q, unsigned stage, const pv_error *refusal)
{
	const pv_identity *who = pv_auth_identity(q->cx), *real = who->by ? who->by : who;
	const target *t = &q->t;
	pv_attributes about = route_attributes(q, request_verb(q));
	pv_audit_event event = {.level = q->audit.decision.level,
				.stage = stage,
				.id = q->cx->trace,
				.verb = about.verb,
				.uri = pv_http_target(q->http),
				.user = user_of(q->cx, real),
				.peer = pv_http_peer(q->http),
				.agent = pv_http_header(q->http, "User-Agent"),
				.group = t->group,
				.version = t->version,
				.resource = t->plural,
				.subresource = t->sub,
				.ns = about.ns,
				.name = about.name,
				.status = q->status,
				.notes = q->notes.data,
				.n_notes = q->notes.len,
				.received_ns = q->received,
				.done_ns = pv_now()};

	if (who->by)
		event.as = user_of(q->cx, who);
	if (stage != PV_AUDIT_RECEIVED) {
		tell_status(q, refusal, &event);
		event.request = body_of(q, PV_AUDIT_REQUEST, q->audit.sent);
		event.response = body_of(q, PV_AUDIT_RESPONSE, q->audit.answered);
		name_object(q, &event);
		if (q->status != 401)
			decide_rights(q, who, &event);
	}
	return event;
}

static void
add(request *q, unsigned stage, const pv_error *refusal)
{
	pv_audit_event event = event_of(q, stage, refusal);

	pv_audit_add(q->api->audit, &event);
}

static void
decide(request *q)
{
	const pv_identity *who = pv_auth_identity(q->cx);
	pv_attributes about = route_attributes(q, request_verb(q));
	pv_audit_question what;

	if (who->by)
		who = who->by;
	what = (pv_audit_question){who->user,   who->groups,    about.verb,
				   about.group, about.resource, about.subresource,
				   about.ns,    about.name,     about.resource[0] ? NULL : q->path};
	q->audit.decision = pv_audit_policy_decide(pv_audit_policy_of(q->api->audit), &what);
	q->audit.decided = true;
}

static bool
has_policy(const request *q)
{
	return pv_audit_policy_of(q->api->audit) != NULL;
}

void
audit_begin(request *q)
{
	if (!has_policy(q))
		return;
	decide(q);
	if (q->audit.decision.level && !(q->audit.decision.omitted & PV_AUDIT_RECEIVED))
		add(q, PV_AUDIT_RECEIVED, NULL);
}

void
audit_end(request *q, const pv_error *refusal)
{
	unsigned stages = PV_AUDIT_COMPLETE;

	if (!q->api->audit)
		return;
	if (!has_policy(q)) {
		if (is_audited(q))
			add(q, 0, refusal);
		return;
	}
	if (q->status == 401 && !q->audit.decided) /* as upstream tells of who could not say who they are */
		stages = PV_AUDIT_STARTED;
	else if (route_streams(q) || pv_streq(request_verb(q), "watch")) /* refused ones, too */
		stages |= PV_AUDIT_STARTED;
	if (pv_streq(q->verb, "watch") && q->status == 200) /* it tells of its end itself */
		stages = PV_AUDIT_STARTED;
	if (!q->audit.decided)
		decide(q);
	if (!q->audit.decision.level)
		return;
	stages &= ~q->audit.decision.omitted;
	if (stages & PV_AUDIT_STARTED)
		add(q, PV_AUDIT_STARTED, refusal);
	if (stages & PV_AUDIT_COMPLETE)
		add(q, PV_AUDIT_COMPLETE, refusal);
}

pv_audit_event *
audit_keep_end(request *q, pv_arena *arena)
{
	pv_audit_event event;

	if (!q->api->audit || !has_policy(q))
		return NULL;
	if (!q->audit.decided)
		decide(q);
	if (!q->audit.decision.level || q->audit.decision.omitted & PV_AUDIT_COMPLETE)
		return NULL;
	event = event_of(q, PV_AUDIT_COMPLETE, NULL);
	return pv_audit_event_copy(arena, &event);
}
