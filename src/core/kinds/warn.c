#include "core/kinds/warn.h"
#include "base/keypair.h"
#include "core/kinds/names.h"
#include "lang/go/fmt.h"
#include <string.h>

#define TEXTS_MOST 128 /* that anybody is told */

/* ---- the pieces ---- */

void
warn(pv_warns *w, const pv_path *path, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (w->texts->len >= TEXTS_MOST)
		return;
	va_start(ap, fmt);
	text = pv_vprintf(w->cx->arena, fmt, ap);
	va_end(ap);
	if (path)
		text = pv_printf(w->cx->arena, "%s: %s", pv_path_text(w->cx->arena, path), text);
	pv_vec_push(w->texts, &text);
}

static const pv_path *
step(pv_warns *w, pv_path path)
{
	pv_path *p = pv_new(w->cx->arena, pv_path);

	*p = path;
	return p;
}

const pv_path *
warn_from(pv_warns *w, const char *text)
{
	return step(w, (pv_path){.name = text});
}

const pv_path *
warn_below(pv_warns *w, const pv_path *path, const char *name)
{
	return step(w, (pv_path){.up = path, .name = name});
}

const pv_path *
warn_nth(pv_warns *w, const pv_path *path, size_t i)
{
	return step(w, (pv_path){.up = path, .index = i});
}

const pv_path *
warn_key(pv_warns *w, const pv_path *path, const char *key)
{
	return step(w, (pv_path){.up = path, .name = key, .index = 1});
}

const char *
warn_quote(pv_warns *w, const char *text)
{
	pv_buf b;

	pv_buf_init(&b, w->cx->arena);
	pv_go_quote(&b, pv_str_of(text), false);
	return b.s;
}

bool
warn_goes_on(pv_warns *w)
{
	return w->texts->len < TEXTS_MOST && w->pairs++ < WARN_PAIRS_MOST;
}

void
warn_of_fraction(pv_warns *w, const pv_val *v, const pv_path *path)
{
	pv_quantity q;

	if (v && pv_quantity_of(v, &q) && pv_quantity_milli(&q) % 1000 != 0)
		warn(w, path, "fractional byte value %s is invalid, must be an integer",
		     warn_quote(w, pv_quantity_format(w->cx->arena, &q)));
}

const char *
warn_old_label(const char *key)
{
	static const struct {
		const char *label, *text;
	} old[] = {
		{"app.kubernetes.io/created-by", "deprecated since v1.9"},
		{"beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"},
		{"beta.kubernetes.io/instance-type",
		 "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"},
		{"beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"},
		{"failure-domain.beta.kubernetes.io/region",
		 "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"},
		{"failure-domain.beta.kubernetes.io/zone",
		 "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"},
		{"node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"},
		{"scheduler.alpha.kubernetes.io/preferAvoidPods",
		 "deprecated since v1.22; use Taints and Tolerations instead"},
	};

	for (size_t i = 0; i < PV_LEN(old); i++)
		if (pv_streq(old[i].label, key))
			return old[i].text;
	return NULL;
}

/* ---- names and annotations ---- */

static void
warn_of_name(pv_warns *w, const pv_val *object, const char *use)
{
	pv_str name = pv_strv(pv_at(object, "metadata.name"));
	const char *why = pv_name_label(name), *form = pv_name_label_form(name);

	if (why)
		warn(w, warn_from(w, "metadata.name"),
		     "this is used in %s, which can result in surprising behavior; a DNS label is "
		     "recommended: [%s%s%s]",
		     use, why, form && form != why ? " " : "", form && form != why ? form : "");
}

static const pv_val *
note_of(const pv_val *object, const char *key)
{
	return pv_get(pv_at(object, "metadata.annotations"), key);
}

static void
warn_of_note(pv_warns *w, const pv_val *object, const char *key, const char *text)
{
	if (note_of(object, key))
		warn(w, warn_key(w, warn_from(w, "metadata.annotations"), key), "%s", text);
}

/* ---- workloads ---- */

static void
warn_template(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	warn_of_pod(w, pv_at(object, "spec.template"), warn_from(w, "spec.template"));
}

static void
warn_new_pod(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	warn_of_name(w, object, "the Pod's hostname");
	warn_of_pod(w, object, NULL);
}

static void
warn_podtemplate(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	warn_of_pod(w, pv_get(object, "template"), warn_from(w, "template"));
}

static void
warn_workload(pv_warns *w, const pv_val *object, const pv_val *old)
{
	if (!old)
		warn_of_name(w, object, "Pod names and hostnames");
	warn_template(w, object, old);
}

/* As upstream: of an update the template that was there is looked at. */
static void
warn_rc(pv_warns *w, const pv_val *object, const pv_val *old)
{
	warn_workload(w, old ? old : object, old);
}

static void
warn_daemonset(pv_warns *w, const pv_val *object, const pv_val *old)
{
	if (!old || !pv_eq(pv_at(object, "spec.template"), pv_at(old, "spec.template")))
		warn_template(w, object, old);
}

/* Of an update the claims and the history whether they changed or not, and the claims' path with a "Spec". */
static void
warn_statefulset_rest(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *claims = pv_at(object, "spec.volumeClaimTemplates");

	for (size_t i = 0; i < pv_count(claims); i++) {
		const pv_path *path = warn_nth(w, warn_from(w, "spec.volumeClaimTemplates"), i);

		warn_of_claim_spec(w, pv_get(pv_item(claims, i), "spec"),
				   old ? warn_below(w, path, "Spec") : path);
	}
	if (pv_i64_at(object, "spec.revisionHistoryLimit", 0) < 0)
		warn(w, warn_from(w, "spec.revisionHistoryLimit"),
		     "a negative value retains all historical revisions; a value >= 0 is recommended");
}

static void
warn_cronjob(pv_warns *w, const pv_val *object, const pv_val *old)
{
	static const char template[] = "spec.jobTemplate.spec.template";

	if (!old)
		warn_of_name(w, object, "Pod names and hostnames");
	warn_of_pod(w, pv_at(object, template), warn_from(w, template));
}

static void
warn_schedule(pv_warns *w, const pv_val *object, const pv_val *old)
{
	if (old && strstr(pv_text_at(object, "spec.schedule", ""), "TZ"))
		warn(w, NULL,
		     "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
		     "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details");
}

/* ---- storage ---- */

void
warn_of_claim_spec(pv_warns *w, const pv_val *spec, const pv_path *path)
{
	static const char *const sides[] = {"requests", "limits"};

	for (size_t i = 0; i < PV_LEN(sides); i++)
		warn_of_fraction(
			w, pv_get(pv_get(pv_get(spec, "resources"), sides[i]), "storage"),
			warn_key(w, warn_below(w, warn_below(w, path, "resources"), sides[i]), "storage"));
}

static void
warn_claim(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	warn_of_note(w, object, "volume.beta.kubernetes.io/storage-class",
		     "deprecated since v1.8; use \"storageClassName\" attribute instead");
	warn_of_claim_spec(w, pv_get(object, "spec"), warn_from(w, "spec"));
}

static void
warn_volume(pv_warns *w, const pv_val *object, const pv_val *old)
{
	static const char at[] = "spec.nodeAffinity.required.nodeSelectorTerms";
	const pv_val *terms = pv_at(object, at), *spec = pv_get(object, "spec");

	(void)old;
	warn_of_note(w, object, "volume.beta.kubernetes.io/storage-class",
		     "deprecated since v1.8; use \"storageClassName\" attribute instead");
	warn_of_note(w, object, "volume.beta.kubernetes.io/mount-options",
		     "deprecated since v1.31; use \"mountOptions\" attribute instead");
	if (pv_streq(pv_text(pv_get(spec, "persistentVolumeReclaimPolicy"), ""), "Recycle"))
		warn(w, warn_from(w, "spec.persistentVolumeReclaimPolicy"),
		     "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use "
		     "dynamic provisioning.");
	for (size_t i = 0; i < pv_count(terms); i++)
		warn_of_node_term(w, pv_item(terms, i), false, warn_nth(w, warn_from(w, at), i));
	warn_of_source(w, spec, warn_from(w, "spec"), true);
}

static void
warn_storageclass(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_get(object, "allowedTopologies");

	(void)old;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *terms = pv_get(pv_item(list, i), "matchLabelExpressions");
		const pv_path *path = warn_below(w, warn_nth(w, warn_from(w, "allowedTopologies"), i),
						 "matchLabelExpressions");

		for (size_t k = 0; k < pv_count(terms); k++) {
			const char *text = warn_old_label(pv_text(pv_get(pv_item(terms, k), "key"), ""));

			if (text)
				warn(w, warn_below(w, warn_nth(w, path, k), "key"), "%s", text);
		}
	}
}

static void
warn_capacity(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *labels = pv_at(object, "nodeTopology.matchLabels");

	(void)old;
	warn_of_node_term(w, pv_get(object, "nodeTopology"), false, warn_from(w, "nodeTopology"));
	for (size_t i = 0; pv_is(labels, PV_OBJECT) && i < labels->len; i++) {
		const char *key = labels->members[i].key.s, *text = warn_old_label(key);

		if (text)
			warn(w, warn_below(w, warn_from(w, "nodeTopology.matchLabels"), key), "%s", text);
	}
}

/* ---- others ---- */

static void
warn_runtimeclass(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *labels = pv_at(object, "scheduling.nodeSelector");

	(void)old;
	for (size_t i = 0; pv_is(labels, PV_OBJECT) && i < labels->len; i++) {
		const char *text = warn_old_label(labels->members[i].key.s);

		if (text)
			warn(w, warn_from(w, "scheduling.nodeSelector"), "%s", text);
	}
}

static void
warn_node(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *networks = pv_at(object, "spec.podCIDRs");

	(void)old;
	if (pv_at(object, "spec.configSource"))
		warn(w, warn_from(w, "spec.configSource"), "the feature is removed");
	if (*pv_text_at(object, "spec.externalID", ""))
		warn(w, warn_from(w, "spec.externalID"),
		     "this field is deprecated, and is unused by Kubernetes");
	for (size_t i = 0; i < pv_count(networks); i++)
		warn_of_network(w, pv_text(pv_item(networks, i), ""),
				warn_nth(w, warn_from(w, "spec.podCIDRs"), i));
}

static void
warn_account(pv_warns *w, const pv_val *object, const pv_val *old)
{
	static const char note[] = "kubernetes.io/enforce-mountable-secrets";

	if (!note_of(old, note))
		warn_of_note(w, object, note,
			     "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted "
			     "secrets");
}

static void
warn_secret(pv_warns *w, const pv_val *object, const pv_val *old)
{
	const pv_val *data = pv_get(object, "data");
	const char *wrong;
	pv_str parts[2];

	(void)old;
	if (!pv_streq(pv_text(pv_get(object, "type"), ""), "kubernetes.io/tls"))
		return;
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		pv_str text = pv_strv(pv_get(data, i ? "tls.key" : "tls.crt"));

		parts[i].s = (const char *)pv_base64_read(w->cx->arena, text, &parts[i].len, NULL);
		if (!parts[i].s)
			return; /* a check says so */
	}
	wrong = pv_keypair_wrong(w->cx->arena, parts[0], parts[1]);
	if (wrong)
		warn(w, NULL, "%s", wrong);
}

static void
warn_ingress(pv_warns *w, const pv_val *object, const pv_val *old)
{
	(void)old;
	if (note_of(object, "kubernetes.io/ingress.class") && !pv_at(object, "spec.ingressClassName"))
		warn(w, NULL,
		     "annotation \"kubernetes.io/ingress.class\" is deprecated, please use "
		     "'spec.ingressClassName' instead");
}

/* ---- which ---- */

enum when { ALWAYS, CREATED, RENEWED }; /* RENEWED: or the update makes another generation */

static const struct {
	const char *group, *kind, *sub;
	enum when when;
	pv_kind_warn *warn;
} rows[] = {
	{"", "Endpoints", "", ALWAYS, warn_endpoints},
	{"", "Node", "", ALWAYS, warn_node},
	{"", "PersistentVolume", "", ALWAYS, warn_volume},
	{"", "PersistentVolumeClaim", "", ALWAYS, warn_claim},
	{"", "Pod", "", CREATED, warn_new_pod},
	{"", "Pod", "status", ALWAYS, warn_pod_addresses},
	{"", "PodTemplate", "", RENEWED, warn_podtemplate},
	{"", "ReplicationController", "", RENEWED, warn_rc},
	{"", "Secret", "", ALWAYS, warn_secret},
	{"", "Service", "", ALWAYS, warn_service},
	{"", "Service", "status", ALWAYS, warn_balancer},
	{"", "ServiceAccount", "", ALWAYS, warn_account},
	{"apps", "DaemonSet", "", ALWAYS, warn_daemonset},
	{"apps", "Deployment", "", RENEWED, warn_workload},
	{"apps", "ReplicaSet", "", RENEWED, warn_workload},
	{"apps", "StatefulSet", "", RENEWED, warn_template},
	{"apps", "StatefulSet", "", ALWAYS, warn_statefulset_rest},
	{"batch", "CronJob", "", RENEWED, warn_cronjob},
	{"batch", "CronJob", "", ALWAYS, warn_schedule},
	{"batch", "Job", "", RENEWED, warn_workload},
	{"discovery.k8s.io", "EndpointSlice", "", CREATED, warn_new_slice},
	{"discovery.k8s.io", "EndpointSlice", "", ALWAYS, warn_slice},
	{"networking.k8s.io", "Ingress", "", CREATED, warn_ingress},
	{"networking.k8s.io", "Ingress", "status", ALWAYS, warn_balancer},
	{"networking.k8s.io", "NetworkPolicy", "", ALWAYS, warn_network_policy},
	{"node.k8s.io", "RuntimeClass", "", ALWAYS, warn_runtimeclass},
	{"storage.k8s.io", "CSIStorageCapacity", "", ALWAYS, warn_capacity},
	{"storage.k8s.io", "StorageClass", "", ALWAYS, warn_storageclass},
};

void
pv_kind_warnings(pv_ctx *cx, const pv_kind *kind, const pv_write_told *write, pv_vec *ret_texts)
{
	pv_warns w = {.cx = cx, .texts = ret_texts};

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		bool due =
			rows[i].when == ALWAYS || !write->old || (rows[i].when == RENEWED && write->renewed);

		if (due && pv_streq(rows[i].group, kind->group) && pv_streq(rows[i].kind, kind->kind) &&
		    pv_streq(rows[i].sub, write->subresource))
			rows[i].warn(&w, write->object, write->old);
	}
}
