/* create: a new object and what the server says about its metadata. */
#include "base/turn.h"
#include "base/time.h"
#include "core/api/builtin.h"

#define NAME_TRIES 8 /* names to draw before a generateName gives up */

char *
pv_api_suffix(pv_arena *arena)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	uint8_t dice[5];
	char text[6];

	pv_random(dice, sizeof dice);
	for (size_t i = 0; i < sizeof dice; i++)
		text[i] = letters[dice[i] % (sizeof letters - 1)];
	text[5] = '\0';
	return pv_strdup(arena, text);
}

/* Longest prefix that leaves room for the suffix in 63 characters. */
static const pv_val *
named(pv_ctx *cx, const pv_val *object)
{
	const char *prefix = meta_text(object, "generateName");
	char *name = pv_printf(cx->arena, "%.58s%s", prefix, pv_api_suffix(cx->arena));

	return pv_box(cx->arena, meta_with(cx, object, "name", pv_string_ref(name)));
}

static const pv_val *
with_system_fields(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	static const char *const not_the_clients[] = {
		"resourceVersion",  "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "uid",
		"creationTimestamp"};
	pv_val v = *object;

	for (size_t i = 0; i < PV_LEN(not_the_clients); i++)
		v = meta_without(cx, &v, not_the_clients[i]);
	v = meta_with(cx, &v, "uid", pv_string_ref(pv_uuid(cx->arena)));
	v = meta_with(cx, &v, "creationTimestamp", pv_string_ref(pv_time_format(cx->arena, w->now)));
	if (pv_streq(w->res->type, "/LimitRange") && !meta_text(object, "name")[0] &&
	    !meta_text(object, "generateName")[0]) /* the one kind that the server names */
		v = meta_with(cx, &v, "name", pv_string_ref(pv_uuid(cx->arena)));
	if (builtin_has_generation(w->res))
		v = meta_with(cx, &v, "generation", pv_int(1));
	return write_part(cx, w, pv_box(cx->arena, v), NULL);
}

static int
check_request(pv_ctx *cx, const pv_val *object)
{
	if (meta_text(object, "resourceVersion")[0] && !pv_streq(meta_text(object, "resourceVersion"), "0"))
		return pv_fail(cx, PV_EBADREQUEST,
			       "resourceVersion should not be set on objects to be created");
	return 0;
}

static int
create_named(pv_ctx *cx, write_op *w, const pv_val *object, outcome *ret)
{
	int r;

	w->name = meta_text(object, "name");
	service_lock(w, true);
	r = write_namespace(cx, w);
	if (r == 0)
		r = write_admit(cx, w, &object);
	if (r == 0)
		r = write_commit(cx, w, object, PV_REV_ABSENT, ret);
	service_lock(w, false);
	ret->created = r == 0;
	return r;
}

static int
create_shaped(pv_ctx *cx, write_op *w, const pv_val *object, outcome *ret)
{
	bool generated = !meta_text(object, "name")[0] && meta_text(object, "generateName")[0];
	int r = -PV_EEXISTS;

	for (int tries = 0; r == -PV_EEXISTS && tries < (generated ? NAME_TRIES : 1); tries++) {
		if (tries)
			(void)pv_recover(cx);
		r = create_named(cx, w, generated ? named(cx, object) : object, ret);
	}
	return r;
}

int
create_run(pv_ctx *cx, write_op *w, const pv_val *object, outcome *ret)
{
	int r = definition_open(cx, w);

	if (r == 0)
		r = write_prune(cx, w, &object); /* first: unknown fields of a status count too */
	if (r == 0)
		r = pv_ctx_check(cx);
	if (r < 0)
		return r;
	w->sent = object;
	object = write_owners(cx, w, object, "");
	object = pv_resource_said(cx, w->res, with_system_fields(cx, w, object));
	return create_shaped(cx, w, object, ret);
}

int
op_create(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object, outcome *ret)
{
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_CREATE, "create", PV_V_CREATE, &w);

	*ret = (outcome){0};
	if (r == 0)
		r = write_identify(cx, &w, &object);
	if (r == 0)
		r = check_request(cx, object);
	if (r < 0)
		return r;
	return create_run(cx, &w, object, ret);
}

int
pv_api_create(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	write_op w = {.api = api, .res = call->resource};
	outcome out;
	int r = op_create(cx, api, call, object, &out);

	if (r == 0)
		*ret = outcome_val(cx, &w, &out);
	return r;
}
