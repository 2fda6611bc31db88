/* status: what became of an ApplicationSet, in upstream's words.
 * https://github.com/argoproj/argo-cd/blob/master/docs/operator-manual/applicationset/ */
#include "base/str.h"
#include "base/time.h"
#include "delivery/applicationset/appset.h"

#define RESOURCES_MOST 5000
#define FEW 50 /* so many are told of at once */
/* Of more, each change would be another whole turn and text of 100 kB: so often at most. */
#define PAUSE (2 * PV_SEC)
#define TOLD "told" /* when they were last told of, ns */

static pv_val
set(appset *s, const pv_val *list, const char *type, bool is, const char *reason, const char *message)
{
	return pv_condition_set(s->cx, list, type, is ? "True" : "False", reason, message,
				pv_plan_now(s->plan));
}

static pv_val
conditions(appset *s, const struct outcome *o, const pv_val *application_status)
{
	static const char all[] = "All applications have been generated successfully";
	static const char parameters[] = "Successfully generated parameters for all Applications";
	const char *message;
	const pv_val *was = pv_get(s->status, "conditions");
	pv_val list = was ? *was : pv_null();
	bool progresses;
	list = set(s, &list, "ErrorOccurred", o->error, o->error ? o->reason : "ApplicationSetUpToDate",
		   o->error ? o->error : all);
	list = set(s, &list, "ParametersGenerated", o->generated,
		   o->generated ? "ParametersGenerated" : "ErrorOccurred",
		   o->generated ? parameters : o->error);
	list = set(s, &list, "ResourcesUpToDate", !o->error,
		   o->error ? "ErrorOccurred" : "ApplicationSetUpToDate", o->error ? o->error : all);
	if (!appset_rollout_is_on(s->spec))
		return pv_condition_remove(s->cx, &list, "RolloutProgressing");
	progresses = appset_rollout_progresses(s, application_status, &message);
	return set(s, &list, "RolloutProgressing", progresses,
		   progresses ? "ApplicationSetModified" : "ApplicationSetRolloutComplete", message);
}

/* The first of these conditions that holds says how it does. */
static pv_val
health(appset *s, const pv_val *list)
{
	static const char *const types[][2] = {{"ErrorOccurred", "Degraded"},
					       {"RolloutProgressing", "Progressing"},
					       {"ResourcesUpToDate", "Healthy"}};
	const pv_val *was = pv_get(s->status, "health");
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	for (size_t i = 0; i < PV_LEN(types); i++) {
		const pv_val *c = pv_condition_find(list, types[i][0]);
		if (!pv_streq(pv_text_at(c, "status", ""), "True"))
			continue;
		pv_objb_puts(&b, "status", types[i][1]);
		pv_objb_puts(&b, "message", pv_text_at(c, "message", ""));
		pv_objb_puts(&b, "lastTransitionTime",
			     pv_streq(pv_text_at(was, "status", ""), types[i][1])
				     ? pv_text_at(was, "lastTransitionTime", NULL)
				     : pv_text_at(c, "lastTransitionTime", NULL));
		break;
	}
	return pv_objb_end(&b);
}

static pv_val
resource(appset *s, const pv_val *child)
{
	const pv_val *does = pv_at(child, "status.health");
	pv_objb b, h;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "group", "argoproj.io");
	if (does) {
		pv_objb_init(&h, s->cx->arena);
		pv_objb_puts(&h, "status", pv_text_at(does, "status", NULL));
		pv_objb_puts(&h, "lastTransitionTime", pv_text_at(does, "lastTransitionTime", NULL));
		pv_objb_put(&b, "health", pv_objb_end(&h));
	}
	pv_objb_puts(&b, "kind", "Application");
	pv_objb_puts(&b, "name", pv_text_at(child, "metadata.name", NULL));
	pv_objb_puts(&b, "namespace", pv_text_at(child, "metadata.namespace", NULL));
	pv_objb_puts(&b, "status", pv_text_at(child, "status.sync.status", NULL));
	pv_objb_puts(&b, "version", "v1alpha1");
	return pv_objb_end(&b);
}

static void
put_resources(appset *s, pv_objb *b)
{
	const pv_val *was = pv_get(s->status, "resources");
	pv_listb list;
	pv_val is;
	pv_listb_init(&list, s->cx->arena);
	for (size_t i = 0; i < s->children.len && i < RESOURCES_MOST; i++)
		pv_listb_add(&list, resource(s, *PV_AT(const pv_val *, &s->children, i)));
	is = s->rests && was ? *was : pv_listb_end(&list); /* where a generator fails meanwhile */
	pv_objb_put(b, "resources", is);
	pv_objb_put(b, "resourcesCount", pv_int((int64_t)s->children.len));
	if (s->children.len > FEW)
		pv_objb_put(b, TOLD,
			    pv_int(was && pv_eq(was, &is) ? pv_i64_at(s->status, TOLD, 0)
							  : pv_plan_now(s->plan)));
}

int64_t
appset_rest(const appset *s)
{
	int64_t since = pv_plan_now(s->plan) - pv_i64_at(s->status, TOLD, 0);
	return s->children.len > FEW && since >= 0 && since < PAUSE ? PAUSE - since : 0;
}

void
appset_status(appset *s, const struct outcome *o)
{
	const pv_val *rolling =
		o->application_status ? o->application_status : pv_get(s->status, "applicationStatus");
	pv_val list;
	pv_objb b;
	rolling = appset_rollout_is_on(s->spec) ? rolling : NULL;
	list = conditions(s, o, rolling);
	pv_objb_init(&b, s->cx->arena);
	if (rolling)
		pv_objb_put(&b, "applicationStatus", *rolling);
	pv_objb_put(&b, "conditions", list);
	pv_objb_put(&b, "health", health(s, &list));
	put_resources(s, &b);
	if (s->looking && s->waiting)
		pv_objb_put(&b, "looking", pv_int(s->looking));
	pv_plan_status(s->cx, s->plan, pv_objb_end(&b));
}
