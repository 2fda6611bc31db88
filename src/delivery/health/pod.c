/* pod: by phase, restart policy, and what its containers wait for or ended with. */
#include "base/buf.h"
#include "base/str.h"
#include "core/reconcile/reconcile.h"
#include "delivery/health/check.h"

#define IGNORE_POLICY "argocd.argoproj.io/ignore-restart-policy"

static bool
is_hook(const pv_val *pod)
{
	static const char *const keys[] = {"argocd.argoproj.io/hook", "helm.sh/hook"};
	const pv_val *annotations = pv_at(pod, "metadata.annotations");
	for (size_t i = 0; i < PV_LEN(keys); i++)
		if (pv_get(annotations, keys[i]))
			return true;
	return false;
}

/* Restarts for ever, so a container that will not start is a fault and not an end. */
static bool
restarts(const pv_val *pod)
{
	const char *ignore = pv_text(pv_get(pv_at(pod, "metadata.annotations"), IGNORE_POLICY), "");
	return pv_streq(pv_text_at(pod, "spec.restartPolicy", "Always"), "Always") ||
	       (pv_streq(ignore, "true") && !is_hook(pod));
}

/* The messages of containers that wait because of an error; NULL if none does. */
static const char *
waiting_errors(pv_ctx *cx, const pv_val *pod)
{
	static const char *const lists[] = {"status.initContainerStatuses", "status.containerStatuses"};
	bool any = false;
	pv_buf all;
	pv_buf_init(&all, cx->arena);
	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(pod, lists[l]);
		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_val *waiting = pv_at(pv_item(list, i), "state.waiting");
			const char *reason = pv_text_at(waiting, "reason", "");
			if (!pv_starts_with(reason, "Err") && !pv_ends_with(reason, "Error") &&
			    !pv_ends_with(reason, "BackOff"))
				continue;
			pv_buf_adds(&all, any ? ", " : "");
			pv_buf_adds(&all, pv_text_at(waiting, "message", ""));
			any = true;
		}
	}
	return !any ? NULL : all.len ? all.s : "";
}

static const char *
failure_message(pv_ctx *cx, const pv_val *pod)
{
	static const char *const lists[] = {"status.initContainerStatuses", "status.containerStatuses"};
	const char *message = pv_text_at(pod, "status.message", "");
	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(pod, lists[l]);
		for (size_t i = 0; !*message && i < pv_count(list); i++) {
			const pv_val *t = pv_at(pv_item(list, i), "state.terminated");
			if (!t)
				continue;
			if (*pv_text_at(t, "message", ""))
				return pv_text_at(t, "message", "");
			if (pv_streq(pv_text_at(t, "reason", ""), "OOMKilled"))
				return "OOMKilled";
			if (pv_i64_at(t, "exitCode", 0) != 0)
				return pv_printf(cx->arena, "container \"%s\" failed with exit code %lld",
						 pv_text_at(pv_item(list, i), "name", ""),
						 (long long)pv_i64_at(t, "exitCode", 0));
		}
	}
	return message;
}

static bool
ready(const pv_val *pod)
{
	return pv_streq(pv_text_at(pv_condition_find(pv_at(pod, "status.conditions"), "Ready"), "status", ""),
			"True");
}

static verdict
running(const pv_val *pod)
{
	const pv_val *list = pv_at(pod, "status.containerStatuses");
	const char *message = pv_text_at(pod, "status.message", "");
	if (!restarts(pod))
		return is(PROGRESSING, message);
	if (ready(pod))
		return is(HEALTHY, message);
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_at(pv_item(list, i), "lastState.terminated"))
			return is(DEGRADED, message);
	return is(PROGRESSING, message);
}

verdict
check_pod(pv_ctx *cx, const pv_val *pod)
{
	const char *phase = pv_text_at(pod, "status.phase", ""),
		   *message = pv_text_at(pod, "status.message", "");
	const char *errors = restarts(pod) ? waiting_errors(cx, pod) : NULL;
	if (errors)
		return is(DEGRADED, errors);
	if (pv_streq(phase, "Pending"))
		return is(PROGRESSING, message);
	if (pv_streq(phase, "Succeeded"))
		return is(HEALTHY, message);
	if (pv_streq(phase, "Failed"))
		return is(DEGRADED, failure_message(cx, pod));
	if (pv_streq(phase, "Running"))
		return running(pod);
	return is(HEALTH_UNKNOWN, message);
}
