/* A pod spec completed as upstream's defaulting does, where a default looks at
 * other fields; plain ones stand in rules.tsv. */
#include "base/regex.h"
#include "core/kinds/behaviour.h"
#include <string.h>

const pv_val *
pv_fill_at(pv_ctx *cx, const pv_val *object, const char *path, pv_val v)
{
	const pv_val *old = pv_at(object, path);

	if (old && old->type != PV_NULL)
		return object;
	return pv_box(cx->arena, pv_with_at(cx->arena, object, path, v));
}

const pv_val *
pv_fill_text(pv_ctx *cx, const pv_val *object, const char *path, const char *text)
{
	return pv_fill_at(cx, object, path, pv_string_ref(text));
}

/* An image by the grammar of references: [host[:port]/]path[:tag][@digest].  A first part that may be
 * both a host and a part of the path matches either way. */
#define HOST_PART "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
#define HOST "(?:" HOST_PART "(?:\\." HOST_PART ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?"
#define PART "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
#define DIGEST "sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}"
#define REFERENCE "(?:" HOST "/)?" PART "(?:/" PART ")*(?::(\\w[\\w.-]{0,127}))?(?:@(" DIGEST "))?"

/* Always for :latest and neither tag nor digest; IfNotPresent otherwise, and for what is no reference. */
static const char *
pull_policy(pv_ctx *cx, const char *image)
{
	pv_str text = pv_str_of(image), tag;
	const pv_re *re;
	pv_span spans[3];

	if (pv_re_cached(cx, pv_str_of("^" REFERENCE "$"), NULL, &re) < 0) {
		pv_recover(cx);
		return "IfNotPresent";
	}
	if (!pv_re_find(re, text, 0, spans, 3) || (text.len == 64 && strspn(image, "0123456789abcdef") == 64))
		return "IfNotPresent";
	if (spans[1].begin < 0)
		return spans[2].begin < 0 ? "Always" : "IfNotPresent";
	tag = (pv_str){image + spans[1].begin, (size_t)(spans[1].end - spans[1].begin)};
	return pv_str_is(tag, "latest") ? "Always" : "IfNotPresent";
}

static const pv_val *
host_ports(pv_ctx *cx, const pv_val *container)
{
	const pv_val *ports = pv_get(container, "ports");
	pv_listb list;
	bool changed = false;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(ports); i++) {
		const pv_val *port = pv_item(ports, i);

		if (pv_i64(pv_get(port, "hostPort"), 0) || !pv_get(port, "containerPort")) {
			pv_listb_add(&list, *port);
			continue;
		}
		changed = true;
		pv_listb_add(&list, pv_with(cx->arena, port, "hostPort", *pv_get(port, "containerPort")));
	}
	return changed ? pv_box(cx->arena, pv_with(cx->arena, container, "ports", pv_listb_end(&list)))
		       : container;
}

static const pv_val *
fill_container(pv_ctx *cx, const pv_val *c, bool host_network)
{
	if (!pv_is(c, PV_OBJECT))
		return c;
	if (!pv_text(pv_get(c, "imagePullPolicy"), NULL))
		c = pv_fill_text(cx, c, "imagePullPolicy", pull_policy(cx, pv_text(pv_get(c, "image"), "")));
	return host_network ? host_ports(cx, c) : c;
}

/* Kubernetes 1.34 drops what is said of single containers' restarts, but for sidecars. */
static const pv_val *
restarted(pv_ctx *cx, const pv_val *c, const char *field)
{
	bool sidecar = pv_streq(field, "initContainers") &&
		       pv_streq(pv_text(pv_get(c, "restartPolicy"), ""), "Always");

	if (sidecar || !pv_get(c, "restartPolicy") || pv_streq(field, "ephemeralContainers"))
		return c;
	return pv_box(cx->arena, pv_without(cx->arena, c, "restartPolicy"));
}

static const pv_val *
fill_containers(pv_ctx *cx, const pv_val *spec, const char *field, bool host_network)
{
	const pv_val *list = pv_get(spec, field);
	pv_listb out;
	bool changed = false;

	if (!pv_is(list, PV_LIST))
		return spec;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < list->len; i++) {
		const pv_val *now = fill_container(cx, restarted(cx, &list->items[i], field), host_network);

		changed |= now != &list->items[i];
		pv_listb_add(&out, *now);
	}
	return changed ? pv_box(cx->arena, pv_with(cx->arena, spec, field, pv_listb_end(&out))) : spec;
}

/* A volume without a source is an empty directory. */
static const pv_val *
fill_volumes(pv_ctx *cx, const pv_val *spec)
{
	const pv_val *list = pv_get(spec, "volumes");
	pv_val empty = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	pv_listb out;
	bool changed = false;

	if (!pv_is(list, PV_LIST))
		return spec;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < list->len; i++) {
		const pv_val *v = &list->items[i];
		bool bare = pv_is(v, PV_OBJECT) && v->len == (pv_get(v, "name") != NULL);

		changed |= bare;
		pv_listb_add(&out, bare ? pv_with(cx->arena, v, "emptyDir", empty) : *v);
	}
	return changed ? pv_box(cx->arena, pv_with(cx->arena, spec, "volumes", pv_listb_end(&out))) : spec;
}

/* The old name of serviceAccountName is kept equal to it. */
static const pv_val *
fill_account(pv_ctx *cx, const pv_val *spec)
{
	const char *name = pv_text(pv_get(spec, "serviceAccountName"), ""),
		   *old = pv_text(pv_get(spec, "serviceAccount"), "");

	if (*name && !pv_streq(name, old))
		return pv_box(cx->arena, pv_with(cx->arena, spec, "serviceAccount",
						 *pv_get(spec, "serviceAccountName")));
	if (!*name && *old)
		return pv_box(cx->arena, pv_with(cx->arena, spec, "serviceAccountName",
						 *pv_get(spec, "serviceAccount")));
	return spec;
}

/* A Pod on its node's network has its ports there; of a template that is said when the Pod is made. */
const pv_val *
pv_podspec_fill(pv_ctx *cx, const pv_val *object, const char *path)
{
	const pv_val *old = pv_at(object, path), *spec = old;
	bool host = pv_streq(path, "spec") && pv_truth(pv_get(spec, "hostNetwork"), false);

	if (!pv_is(spec, PV_OBJECT))
		return object;
	spec = fill_containers(cx, spec, "initContainers", host);
	spec = fill_containers(cx, spec, "containers", host);
	spec = fill_containers(cx, spec, "ephemeralContainers", false);
	spec = fill_volumes(cx, spec);
	spec = fill_account(cx, spec);
	return spec == old ? object : pv_box(cx->arena, pv_with_at(cx->arena, object, path, *spec));
}

/* ---- Pods themselves ---- */

/* Requests that are not named follow the limits. */
static const pv_val *
requests_from_limits(pv_ctx *cx, const pv_val *c)
{
	const pv_val *limits = pv_at(c, "resources.limits"), *requests = pv_at(c, "resources.requests");
	bool changed = false;
	pv_objb b;

	pv_objb_from(&b, cx->arena, requests);
	for (size_t i = 0; pv_is(limits, PV_OBJECT) && i < limits->len; i++) {
		const pv_member *m = &limits->members[i];

		if (pv_get(requests, m->key.s))
			continue;
		changed = true;
		pv_objb_putv(&b, m->key, m->val);
	}
	return changed ? pv_box(cx->arena, pv_with_at(cx->arena, c, "resources.requests", pv_objb_end(&b)))
		       : c;
}

static const pv_val *
fill_requests(pv_ctx *cx, const pv_val *pod)
{
	static const char *const fields[] = {"spec.containers", "spec.initContainers"};

	for (size_t k = 0; k < PV_LEN(fields); k++) {
		const pv_val *list = pv_at(pod, fields[k]);
		pv_listb out;
		bool changed = false;

		pv_listb_init(&out, cx->arena);
		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_val *now = requests_from_limits(cx, pv_item(list, i));

			changed |= now != pv_item(list, i);
			pv_listb_add(&out, *now);
		}
		if (changed)
			pod = pv_box(cx->arena, pv_with_at(cx->arena, pod, fields[k], pv_listb_end(&out)));
	}
	return pod;
}

/* The older field names the first of its addresses: what either says, both say, and it counts. */
static const pv_val *
fill_addresses(pv_ctx *cx, const pv_val *pod)
{
	const pv_val *one = pv_at(pod, "status.podIP"), *all = pv_at(pod, "status.podIPs"),
		     *first = pv_get(pv_item(all, 0), "ip");
	pv_objb b;
	pv_val v;

	if (!*pv_text(one, ""))
		return *pv_text(first, "")
			       ? pv_box(cx->arena, pv_with_at(cx->arena, pod, "status.podIP", *first))
			       : pod;
	if (pv_eq(one, first))
		return pod;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "ip", *one);
	v = pv_objb_end(&b);
	return pv_box(cx->arena, pv_with_at(cx->arena, pod, "status.podIPs", pv_list_of(cx->arena, &v, 1)));
}

const pv_val *
pv_pod_fill(pv_ctx *cx, const pv_val *pod)
{
	if (!pv_is(pv_get(pod, "spec"), PV_OBJECT))
		return pod;
	pod = pv_podspec_fill(cx, pod, "spec");
	if (pv_i64_at(pod, "spec.terminationGracePeriodSeconds", 0) < 0) /* as a delete has it */
		pod = pv_box(cx->arena,
			     pv_with_at(cx->arena, pod, "spec.terminationGracePeriodSeconds", pv_int(1)));
	pod = pv_pod_requests_fill(cx, fill_requests(cx, pod));
	pod = pv_fill_at(cx, pod, "spec.enableServiceLinks", pv_bool(true));
	pod = fill_addresses(cx, pv_fill_text(cx, pod, "status.phase", "Pending"));
	return pv_fill_text(cx, pod, "status.qosClass", pv_pod_class(cx, pod));
}

const pv_val *
pv_template_fill(pv_ctx *cx, const pv_val *object)
{
	return pv_podspec_fill(cx, object, "spec.template.spec");
}

const pv_val *
pv_podtemplate_fill(pv_ctx *cx, const pv_val *object)
{
	return pv_podspec_fill(cx, object, "template.spec");
}
