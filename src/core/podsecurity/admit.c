/* At admission: Pods that violate what their namespace enforces are refused; of those and of templates
 * violations are noted in the audit log and told to the writer (upstream pod-security-admission/admission). */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "core/admission/request.h"
#include "core/api/api.h"
#include "core/podsecurity/podsecurity.h"

#define NOTE "pod-security.kubernetes.io/"
#define PODS_MOST 3000 /* of a namespace whose rule gets stricter */

static void
deny(pv_vec *denials, const char *message)
{
	pv_denial *d = pv_vec_add(denials);

	d->message = message;
	d->reason = "Forbidden";
}

static void
warn(const pv_admit *admit, const char *text)
{
	if (admit->warnings)
		pv_vec_push(admit->warnings, &text);
}

/* ---- namespaces ---- */

typedef struct same { /* Pods with the same faults */
	const char *first;
	size_t n;
} same;

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
counted(pv_ctx *cx, const same *s, const char *why)
{
	if (s->n == 1)
		return pv_printf(cx->arena, "%s: %s", s->first, why);
	return pv_printf(cx->arena, "%s (and %zu other pod%s): %s", s->first, s->n - 1, s->n == 2 ? "" : "s",
			 why);
}

/* Those that are there already stay; who makes the rule stricter is told of them. */
static int
warn_of_pods(pv_ctx *cx, const pv_admit *admit, podsecurity_rule rule)
{
	pv_list_query query = {.type = "/Pod", .ns = admit->name};
	pv_map *seen = pv_map_new(cx->arena);
	pv_listing pods;
	pv_vec lines;
	int r = pv_store_list(cx, pv_api_store(admit->serving), &query, &pods);
	size_t n;

	if (r < 0)
		return r;
	pv_vec_init(&lines, cx->arena, sizeof(const char *));
	n = pods.len < PODS_MOST ? pods.len : PODS_MOST;
	for (size_t i = 0; i < n; i++) {
		const pv_val *pod = pv_rec_val(pods.recs[i]);
		const char *why =
			podsecurity_violations(cx, rule, pv_get(pod, "metadata"), pv_get(pod, "spec"), false);
		same *s = why ? pv_map_finds(seen, why) : NULL;

		if (why && !s) { /* the list is by name: the first one is the first */
			s = pv_new(cx->arena, same);
			s->first = pv_rec_key(pods.recs[i])->name;
			pv_map_puts(seen, why, s);
			pv_vec_push(&lines, &why);
		}
		if (s)
			s->n++;
	}
	if (n < pods.len)
		warn(admit,
		     pv_printf(cx->arena,
			       "new PodSecurity enforce level only checked against the first %zu of %zu "
			       "existing pods",
			       n, pods.len));
	if (lines.len)
		warn(admit, pv_printf(cx->arena,
				      "existing pods in namespace \"%s\" violate the new PodSecurity enforce "
				      "level \"%s\"",
				      admit->name, podsecurity_rule_text(cx, rule)));
	for (size_t i = 0; i < lines.len; i++) {
		const char **line = PV_AT(const char *, &lines, i);

		*line = counted(cx, pv_map_finds(seen, *line), *line);
	}
	pv_vec_sort(&lines, by_text);
	for (size_t i = 0; i < lines.len; i++)
		warn(admit, *PV_AT(const char *, &lines, i));
	return 0;
}

static bool
same_faults(const pv_vec *a, const pv_vec *b)
{
	for (size_t i = 0; i < a->len; i++)
		if (a->len != b->len ||
		    !pv_streq(PV_AT(pv_cause, a, i)->field, PV_AT(pv_cause, b, i)->field) ||
		    !pv_streq(PV_AT(pv_cause, a, i)->message, PV_AT(pv_cause, b, i)->message))
			return false;
	return a->len == b->len;
}

static int
refuse(pv_ctx *cx, const pv_admit *admit, const pv_vec *faults)
{
	const char *text = "";

	for (size_t i = 0; i < faults->len; i++)
		text = pv_printf(cx->arena, "%s%s%s: %s", text, i ? ", " : "",
				 PV_AT(pv_cause, faults, i)->field, PV_AT(pv_cause, faults, i)->message);
	if (faults->len > 1)
		text = pv_printf(cx->arena, "[%s]", text);
	(void)pv_fail(cx, PV_EINVALID, "Namespace \"%s\" is invalid: %s", admit->name, text);
	for (size_t i = 0; i < faults->len; i++)
		pv_add_cause(cx, PV_AT(pv_cause, faults, i)->reason, PV_AT(pv_cause, faults, i)->field, "%s",
			     PV_AT(pv_cause, faults, i)->message);
	cx->err->kind = "Namespace";
	cx->err->name = pv_strdup(cx->arena, admit->name);
	return -PV_EINVALID;
}

static int
judge_namespace(pv_ctx *cx, const pv_admit *admit)
{
	podsecurity_rule is, was;
	pv_vec faults, old;

	if (*admit->subresource || !admit->object)
		return 0;
	pv_vec_init(&faults, cx->arena, sizeof(pv_cause));
	pv_vec_init(&old, cx->arena, sizeof(pv_cause));
	is = podsecurity_policy_of(cx, pv_at(admit->object, "metadata.labels"), &faults).modes[ENFORCE];
	was = podsecurity_policy_of(cx, pv_at(admit->old, "metadata.labels"), &old).modes[ENFORCE];
	if (faults.len && (admit->operation == PV_OP_CREATE || !same_faults(&faults, &old)))
		return refuse(cx, admit, &faults);
	if (admit->operation != PV_OP_UPDATE || podsecurity_rule_is(is, was) || is.level == PRIVILEGED ||
	    (is.minor == was.minor && is.level < was.level))
		return 0;
	return warn_of_pods(cx, admit, is);
}

/* ---- Pods, and templates of Pods ---- */

static const struct {
	const char *type, *path; /* of the template */
} templates[] = {
	{"/PodTemplate", "template"},          {"/ReplicationController", "spec.template"},
	{"apps/ReplicaSet", "spec.template"},  {"apps/Deployment", "spec.template"},
	{"apps/StatefulSet", "spec.template"}, {"apps/DaemonSet", "spec.template"},
	{"batch/Job", "spec.template"},        {"batch/CronJob", "spec.jobTemplate.spec.template"},
};

static const pv_val *
container_named(const pv_val *list, const char *name)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_item(list, i);
	return NULL;
}

/* Of a Pod that is there little can be changed: images, and containers that are added. */
static bool
is_significant(const pv_val *pod, const pv_val *old)
{
	static const char *const lists[] = {"spec.containers", "spec.initContainers",
					    "spec.ephemeralContainers"};

	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *is = pv_at(pod, lists[l]), *was = pv_at(old, lists[l]);

		if (l < 2 && pv_count(is) != pv_count(was))
			return true;
		for (size_t i = 0; i < pv_count(is); i++) {
			const pv_val *one = pv_item(is, i),
				     *before = l < 2 ? pv_item(was, i)
						     : container_named(was, pv_text_at(one, "name", ""));

			if (!before ||
			    !pv_streq(pv_text_at(one, "image", ""), pv_text_at(before, "image", "")))
				return true;
		}
	}
	return false;
}

static void
note_faults(pv_ctx *cx, const pv_admit *admit, const pv_vec *faults)
{
	const char *text = "";

	for (size_t i = 0; i < faults->len; i++)
		text = pv_printf(cx->arena, "%s%s%s: %s", text, i ? ", " : "",
				 PV_AT(pv_cause, faults, i)->field, PV_AT(pv_cause, faults, i)->message);
	if (faults->len)
		pv_admission_note(admit, NOTE "error",
				  pv_printf(cx->arena,
					    faults->len > 1 ? "Failed to parse policy: [%s]"
							    : "Failed to parse policy: %s",
					    text));
}

/* template: of a Pod, or the Pod itself, and then the rule is enforced. */
static void
evaluate(pv_ctx *cx, const pv_admit *admit, const pv_val *template, bool enforces, pv_vec *denials)
{
	static const char *const words[] = {"violates", "would violate", "would violate"};
	pv_vec faults;
	podsecurity_policy p;
	bool refused = false;

	pv_vec_init(&faults, cx->arena, sizeof(pv_cause));
	p = podsecurity_policy_of(cx, pv_at(pv_admission_namespace(cx, admit), "metadata.labels"), &faults);
	note_faults(cx, admit, &faults);
	if (enforces)
		pv_admission_note(admit, NOTE "enforce-policy", podsecurity_rule_text(cx, p.modes[ENFORCE]));
	for (size_t m = enforces ? ENFORCE : AUDIT; m < PODSECURITY_MODES; m++) {
		const char *why = podsecurity_violations(cx, p.modes[m], pv_get(template, "metadata"),
							 pv_get(template, "spec"), true);

		if (!why)
			continue;
		why = pv_printf(cx->arena, "%s PodSecurity \"%s\": %s", words[m],
				podsecurity_rule_text(cx, p.modes[m]), why);
		if (m == ENFORCE) {
			deny(denials, why);
			refused = true;
		} else if (m == AUDIT) {
			pv_admission_note(admit, NOTE "audit-violations", why);
		} else if (!refused) {
			warn(admit, why);
		}
	}
}

static bool
is_ignored(const char *subresource)
{
	static const char *const names[] = {"exec",        "attach", "binding", "eviction", "log",
					    "portforward", "proxy",  "status",  "resize"};

	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_streq(subresource, names[i]))
			return true;
	return false;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *type = admit->resource->type;

	if (admit->operation > PV_OP_UPDATE || !admit->object || !admit->serving)
		return 0;
	if (pv_streq(type, "/Namespace"))
		return judge_namespace(cx, admit);
	if (pv_streq(type, "/Pod")) {
		if (!is_ignored(admit->subresource) &&
		    (admit->operation == PV_OP_CREATE || is_significant(admit->object, admit->old)))
			evaluate(cx, admit, admit->object, true, denials);
		return 0;
	}
	for (size_t i = 0; !*admit->subresource && i < PV_LEN(templates); i++)
		if (pv_streq(type, templates[i].type) && pv_at(admit->object, templates[i].path))
			evaluate(cx, admit, pv_at(admit->object, templates[i].path), false, denials);
	return 0;
}

const pv_admission podsecurity_admission = {.name = "PodSecurity", .plain = true, .validate = validate};
