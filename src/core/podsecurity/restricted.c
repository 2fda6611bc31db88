/* What "restricted" asks for beside it. */
#include "base/str.h"
#include "core/podsecurity/check.h"

check_verdict
check_escalation(const check_pod *p)
{
	pv_vec names = check_texts(p);
	const pv_val *c;

	if (p->minor >= 25 && check_windows(p))
		return CHECK_FINE;
	CHECK_EACH(p, c)
	if (pv_truth_at(c, "securityContext.allowPrivilegeEscalation", true))
		check_push(&names, check_name(c));
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){"allowPrivilegeEscalation != false",
			       pv_printf(p->cx->arena,
					 "%s must set securityContext.allowPrivilegeEscalation=false",
					 check_named(p, &names))};
}

static bool
drops_all(const pv_val *container)
{
	return pv_list_has_text(pv_at(container, "securityContext.capabilities.drop"), "ALL");
}

check_verdict
check_few_capabilities(const check_pod *p)
{
	pv_vec keeping = check_texts(p), adding = check_texts(p), values = check_texts(p),
	       what = check_texts(p);
	const pv_val *c;

	if (p->minor >= 25 && check_windows(p))
		return CHECK_FINE;
	CHECK_EACH(p, c)
	{
		const pv_val *add = pv_at(c, "securityContext.capabilities.add");
		bool bad = false;

		if (!drops_all(c))
			check_push(&keeping, check_name(c));
		for (size_t i = 0; i < pv_count(add); i++)
			if (!pv_streq(pv_text(pv_item(add, i), ""), "NET_BIND_SERVICE")) {
				check_insert(&values, pv_text(pv_item(add, i), ""));
				bad = true;
			}
		if (bad)
			check_push(&adding, check_name(c));
	}
	if (keeping.len)
		check_push(&what,
			   pv_printf(p->cx->arena, "%s must set securityContext.capabilities.drop=[\"ALL\"]",
				     check_named(p, &keeping)));
	if (adding.len)
		check_push(&what, pv_printf(p->cx->arena,
					    "%s must not include %s in securityContext.capabilities.add",
					    check_named(p, &adding), check_quoted(p, &values)));
	return what.len ? (check_verdict){"unrestricted capabilities", check_joined(p, &what, "; ", "")}
			: CHECK_FINE;
}

check_verdict
check_volumes(const check_pod *p)
{
	static const char *const fine[] = {"configMap", "csi",       "downwardAPI",
					   "emptyDir",  "ephemeral", "persistentVolumeClaim",
					   "projected", "secret"};
	static const char *const others[] = {"hostPath",
					     "gcePersistentDisk",
					     "awsElasticBlockStore",
					     "gitRepo",
					     "nfs",
					     "iscsi",
					     "glusterfs",
					     "rbd",
					     "flexVolume",
					     "cinder",
					     "cephfs",
					     "flocker",
					     "fc",
					     "azureFile",
					     "vsphereVolume",
					     "quobyte",
					     "azureDisk",
					     "portworxVolume",
					     "scaleIO",
					     "storageos",
					     "photonPersistentDisk",
					     "image"};
	const pv_val *list = pv_get(p->spec, "volumes");
	pv_vec names = check_texts(p), types = check_texts(p);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i);
		const char *type = NULL;
		bool good = false;

		for (size_t k = 0; k < PV_LEN(fine); k++)
			good = good || pv_get(v, fine[k]);
		for (size_t k = 0; !good && !type && k < PV_LEN(others); k++)
			type = pv_get(v, others[k]) ? others[k] : NULL;
		if (!good) {
			check_push(&names, check_name(v));
			check_insert(&types, type ? type : "unknown");
		}
	}
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){
		"restricted volume types",
		pv_printf(p->cx->arena, "%s %s %s %s %s", check_some(&names, "volume", "volumes"),
			  check_quoted(p, &names), check_some(&names, "uses", "use"),
			  check_some(&types, "restricted volume type", "restricted volume types"),
			  check_quoted(p, &types))};
}

check_verdict
check_non_root(const check_pod *p)
{
	const pv_val *own = pv_get(p->security, "runAsNonRoot"), *c;
	bool bad = own && !pv_truth(own, true);
	pv_vec names = check_texts(p), silent = check_texts(p);

	CHECK_EACH(p, c)
	{
		const pv_val *v = pv_at(c, "securityContext.runAsNonRoot");

		if (v && !pv_truth(v, true))
			check_push(&names, check_name(c));
		else if (!v && (!own || bad))
			check_push(&silent, check_name(c));
	}
	if (bad || names.len)
		return (check_verdict){"runAsNonRoot != true",
				       pv_printf(p->cx->arena,
						 "%s must not set securityContext.runAsNonRoot=false",
						 check_setters(p, bad, &names))};
	if (!silent.len)
		return CHECK_FINE;
	return (check_verdict){"runAsNonRoot != true",
			       pv_printf(p->cx->arena, "pod or %s must set securityContext.runAsNonRoot=true",
					 check_named(p, &silent))};
}

check_verdict
check_run_as_user(const check_pod *p)
{
	bool of_pod = pv_i64(pv_get(p->security, "runAsUser"), 1) == 0;
	pv_vec names = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	if (pv_i64_at(c, "securityContext.runAsUser", 1) == 0)
		check_push(&names, check_name(c));
	if (!of_pod && !names.len)
		return CHECK_FINE;
	return (check_verdict){"runAsUser=0", pv_printf(p->cx->arena, "%s must not set runAsUser=0",
							check_setters(p, of_pod, &names))};
}

check_verdict
check_seccomp_needed(const check_pod *p)
{
	return p->minor >= 25 && check_windows(p) ? CHECK_FINE : check_seccomp(p, true);
}
