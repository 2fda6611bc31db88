/* What a Pod and its containers may do to the node (kubernetes pkg/apis/core/validation). */
#include "core/kinds/podspec.h"
#include <string.h>

/* ---- profiles ---- */

static void
check_profile(pv_faults *f, const pv_val *profile, const char *path, const char *what)
{
	const pv_val *file = pv_get(profile, "localhostProfile");
	bool local = pv_streq(pv_text(pv_get(profile, "type"), ""), "Localhost"),
	     seccomp = pv_streq(what, "seccomp");
	const char *at = pv_below(f, path, "localhostProfile"), *type = pv_text(pv_get(profile, "type"), "");
	pv_str text = pv_strv(file);

	if (!pv_is(profile, PV_OBJECT))
		return;
	if (local && (!file || (!seccomp && !text.len)))
		pv_required(f, at, pv_printf(f->cx->arena, "must be set when %s type is Localhost", what));
	else if (!local && file &&
		 (seccomp || pv_streq(type, "RuntimeDefault") || pv_streq(type, "Unconfined")))
		pv_fault_value(f, at, seccomp ? profile : file,
			       pv_printf(f->cx->arena, "can only be set when %s type is Localhost", what));
	else if (!seccomp && pv_str_trim(text).len != text.len)
		pv_fault_value(f, at, file, "must not be padded with whitespace");
	else if (!seccomp && text.len > 4095)
		pv_too_long(f, at, 4095);
}

static void
check_profiles(pv_faults *f, const pv_val *context, const char *path)
{
	check_profile(f, pv_get(context, "seccompProfile"), pv_below(f, path, "seccompProfile"), "seccomp");
	check_profile(f, pv_get(context, "appArmorProfile"), pv_below(f, path, "appArmorProfile"),
		      "AppArmor");
}

/* ---- one container ---- */

static bool
adds(const pv_val *context, const char *capability)
{
	return pv_list_has_text(pv_at(context, "capabilities.add"), capability);
}

void
podspec_confine(podspec *s, const pv_val *container, const char *path)
{
	const pv_val *context = pv_get(container, "securityContext"), *proc = pv_get(context, "procMount");

	if (!pv_is(context, PV_OBJECT))
		return;
	if (pv_streq(pv_text(proc, ""), "Unmasked") && pv_truth(pv_get(s->v, "hostUsers"), true))
		pv_fault_value(s->f, pv_below(s->f, path, "procMount"), proc,
			       "`hostUsers` must be false to use `Unmasked`");
	if (!pv_truth(pv_get(context, "allowPrivilegeEscalation"), true)) {
		if (pv_truth(pv_get(context, "privileged"), false))
			pv_fault_value(
				s->f, path, context,
				"cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
		if (adds(context, "CAP_SYS_ADMIN"))
			pv_fault_value(
				s->f, path, context,
				"cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` "
				"CAP_SYS_ADMIN");
	}
	check_profiles(s->f, context, path);
	podspec_windows(s, context, path);
}

/* ---- the Pod ---- */

/* A kernel setting belongs to a namespace that the Pod must not share with the node. */
static void
check_sysctls(podspec *s, const pv_val *list, const char *path)
{
	static const struct {
		const char *prefix, *shared;
	} owners[] = {
		{"kernel.shm", "hostIPC"}, {"kernel.msg", "hostIPC"}, {"kernel.sem", "hostIPC"},
		{"fs.mqueue.", "hostIPC"}, {"net.", "hostNetwork"},
	};
	pv_map *seen = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *name = pv_get(pv_item(list, i), "name");
		const char *at = pv_below(s->f, pv_nth(s->f, path, i), "name");
		char *text = pv_strdup(s->f->cx->arena, pv_text(name, ""));

		if (*text && pv_map_puts(seen, text, s))
			pv_duplicate(s->f, at, name);
		if (text[strcspn(text, "./")] == '/') /* a/b.c and a.b/c are the same setting */
			for (char *c = text; *c; c++)
				*c = *c == '/' ? '.' : *c == '.' ? '/' : *c;
		for (size_t k = 0; k < PV_LEN(owners); k++)
			if (pv_starts_with(text, owners[k].prefix) &&
			    pv_truth(pv_get(s->v, owners[k].shared), false))
				pv_fault_value(s->f, at, name,
					       pv_printf(s->f->cx->arena,
							 "may not be specified when '%s' is true",
							 owners[k].shared));
	}
}

static void
check_host(podspec *s)
{
	static const char *const shared[][2] = {
		{"hostNetwork", "hostNetwork"}, {"hostPID", "HostPID"}, {"hostIPC", "HostIPC"}};
	const pv_val *one = pv_get(s->v, "shareProcessNamespace");

	if (pv_truth(one, false) && pv_truth(pv_get(s->v, "hostPID"), false))
		pv_fault_value(s->f, pv_below(s->f, s->path, "securityContext.shareProcessNamespace"), one,
			       "ShareProcessNamespace and HostPID cannot both be enabled");
	for (size_t i = 0; !pv_truth(pv_get(s->v, "hostUsers"), true) && i < PV_LEN(shared); i++)
		if (pv_truth(pv_get(s->v, shared[i][0]), false))
			pv_forbidden(s->f, pv_below(s->f, s->path, shared[i][1]),
				     "when `pod.Spec.HostUsers` is false");
}

/* ---- operating systems ---- */

static void
forbid(podspec *s, const pv_val *v, const char *path, const char *const *fields, const char *why)
{
	for (; *fields; fields++) {
		const pv_val *set = pv_at(v, *fields);

		if (set && !(set->type == PV_BOOL && !set->b && pv_starts_with(*fields, "host") &&
			     !pv_streq(*fields, "hostUsers")))
			pv_forbidden(s->f, pv_below(s->f, path, *fields), why);
	}
}

static void
check_os(podspec *s)
{
	static const char *const windows[] = {"securityContext.windowsOptions", NULL},
				 *const linux_pod[] = {"securityContext.appArmorProfile",
						       "securityContext.seLinuxOptions",
						       "hostUsers",
						       "hostPID",
						       "hostIPC",
						       "securityContext.seccompProfile",
						       "securityContext.fsGroup",
						       "securityContext.fsGroupChangePolicy",
						       "securityContext.sysctls",
						       "shareProcessNamespace",
						       "securityContext.runAsUser",
						       "securityContext.runAsGroup",
						       "securityContext.supplementalGroups",
						       "securityContext.supplementalGroupsPolicy",
						       "securityContext.seLinuxChangePolicy",
						       NULL},
				 *const linux_container[] = {"securityContext.appArmorProfile",
							     "securityContext.seLinuxOptions",
							     "securityContext.seccompProfile",
							     "securityContext.capabilities",
							     "securityContext.readOnlyRootFilesystem",
							     "securityContext.privileged",
							     "securityContext.allowPrivilegeEscalation",
							     "securityContext.procMount",
							     "securityContext.runAsUser",
							     "securityContext.runAsGroup",
							     NULL},
				 *const lists[] = {"initContainers", "containers"};
	const char *os = pv_text_at(s->v, "os.name", "");
	bool is_windows = pv_streq(os, "windows");
	const char *why = is_windows ? "cannot be set for a windows pod"
				     : "windows options cannot be set for a linux pod";

	if (*os && !is_windows && !pv_streq(os, "linux"))
		pv_unsupported(s->f, pv_below(s->f, s->path, "os"), pv_at(s->v, "os.name"),
			       "\"linux\", \"windows\"");
	if (!*os)
		return;
	forbid(s, s->v, s->path, is_windows ? linux_pod : windows, why);
	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_get(s->v, lists[l]);

		for (size_t i = 0; i < pv_count(list); i++)
			forbid(s, pv_item(list, i), pv_nth(s->f, pv_below(s->f, s->path, lists[l]), i),
			       is_windows ? linux_container : windows, why);
	}
}

void
podspec_security(podspec *s)
{
	const pv_val *context = pv_get(s->v, "securityContext");
	const char *path = pv_below(s->f, s->path, "securityContext");

	check_sysctls(s, pv_get(context, "sysctls"), pv_below(s->f, path, "sysctls"));
	check_profiles(s->f, context, path);
	podspec_windows(s, context, path);
	check_host(s);
	check_os(s);
}
