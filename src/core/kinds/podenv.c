/* Where a container's environment comes from, and what a Pod may say of itself to its own containers. */
#include "core/kinds/podspec.h"
#include "core/kinds/names.h"
#include <string.h>

/* ---- fields of the Pod ---- */

#define ENV 1u    /* for the environment */
#define FILES 2u  /* for volumes */
#define MEMBER 4u /* with ['key'] */

static const struct {
	const char *path;
	unsigned for_what;
} fields[] = {
	{"metadata.annotations", FILES | MEMBER},
	{"metadata.labels", FILES | MEMBER},
	{"metadata.name", ENV | FILES},
	{"metadata.namespace", ENV | FILES},
	{"metadata.uid", ENV | FILES},
	{"spec.nodeName", ENV},
	{"spec.restartPolicy", 0},
	{"spec.schedulerName", 0},
	{"spec.serviceAccountName", ENV},
	{"status.hostIP", ENV},
	{"status.hostIPs", ENV},
	{"status.phase", 0},
	{"status.podIP", ENV},
	{"status.podIPs", ENV},
};

static const char *
supported_fields(pv_ctx *cx, unsigned for_what)
{
	const char *all = "";

	for (size_t i = 0; i < PV_LEN(fields); i++)
		if (fields[i].for_what & for_what)
			all = pv_printf(cx->arena, "%s%s\"%s\"", all, *all ? ", " : "", fields[i].path);
	return all;
}

static void
check_member(pv_faults *f, const pv_val *v, const char *path, size_t known, pv_str key)
{
	const char *why = pv_name_qualified(key);
	pv_val shown = pv_stringn(f->cx->arena, key.s, key.len);

	if (known == PV_LEN(fields) || !(fields[known].for_what & MEMBER))
		pv_fault_value(f, pv_below(f, path, "fieldPath"), v,
			       "error converting fieldPath: field label does not support subscript");
	else if (why)
		pv_fault_value(f, path, &shown, why);
}

void
podspec_field_ref(pv_faults *f, const pv_val *ref, const char *path, bool of_volume)
{
	const pv_val *v = pv_get(ref, "fieldPath");
	const char *text = pv_text(v, ""), *version = pv_text(pv_get(ref, "apiVersion"), "v1"),
		   *at = pv_below(f, path, "fieldPath");
	const char *open = strstr(text, "['");
	size_t n = open && open[3] && pv_ends_with(text, "']") ? (size_t)(open - text) : strlen(text), i = 0;
	unsigned for_what = of_volume ? FILES : ENV;

	if (!*text)
		return;
	while (i < PV_LEN(fields) && !(strlen(fields[i].path) == n && !strncmp(fields[i].path, text, n)))
		i++;
	if (!pv_streq(version, "v1"))
		pv_fault_value(f, at, v,
			       pv_printf(f->cx->arena,
					 "error converting fieldPath: unsupported pod version: %s", version));
	else if (text[n])
		check_member(f, v, path, i, (pv_str){open + 2, strlen(open) - 4});
	else if (i == PV_LEN(fields))
		pv_fault_value(f, at, v,
			       pv_printf(f->cx->arena,
					 "error converting fieldPath: field label not supported: %s", text));
	else if (!(fields[i].for_what & for_what))
		pv_unsupported(f, at, v, supported_fields(f->cx, for_what));
}

/* ---- resources of a container ---- */

static const char *
divisor_words(const char *resource, const char *divisor)
{
	static const char *const sizes[] = {"1",   "1k",  "1M",  "1G",  "1T",  "1P", "1E",
					    "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"};

	if (pv_ends_with(resource, ".cpu"))
		return pv_streq(divisor, "1m") || pv_streq(divisor, "1")
			       ? NULL
			       : "only divisor's values 1m and 1 are supported with the cpu resource";
	for (size_t i = 0; i < PV_LEN(sizes); i++)
		if (pv_streq(divisor, sizes[i]))
			return NULL;
	return pv_ends_with(resource, ".memory")
		       ? "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are "
			 "supported with the memory resource"
	       : strstr(resource, "hugepages-")
		       ? "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are "
			 "supported with the hugepages resource"
		       : "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are "
			 "supported with the local ephemeral storage resource";
}

void
podspec_resource_ref(pv_faults *f, const pv_val *ref, const char *path, bool of_volume)
{
	static const char *const known[] = {
		"limits.cpu",   "limits.ephemeral-storage",   "limits.memory",
		"requests.cpu", "requests.ephemeral-storage", "requests.memory",
	};
	const pv_val *v = pv_get(ref, "resource"), *divisor = pv_get(ref, "divisor");
	const char *name = pv_text(v, ""), *why;
	bool found = pv_starts_with(name, "limits.hugepages-") || pv_starts_with(name, "requests.hugepages-");
	pv_quantity q;

	if (of_volume && !*pv_text(pv_get(ref, "containerName"), "")) {
		pv_faults_drop(f, path); /* upstream asks for the first of them */
		pv_required(f, pv_below(f, path, "containerName"), NULL);
	}
	for (size_t i = 0; i < PV_LEN(known); i++)
		found = found || pv_streq(name, known[i]);
	if (*name && !found)
		pv_unsupported(
			f, pv_below(f, path, "resource"), v,
			"\"limits.cpu\", \"limits.ephemeral-storage\", \"limits.memory\", \"requests.cpu\", "
			"\"requests.ephemeral-storage\", \"requests.memory\"");
	if (!found || !pv_quantity_of(divisor, &q) || q.nano == 0)
		return;
	why = divisor_words(name, pv_quantity_format(f->cx->arena, &q));
	if (why)
		pv_fault_value(f, pv_below(f, path, "divisor"), v, why);
}

/* ---- the environment ---- */

static void
check_value_from(podspec *s, const pv_val *env, const char *path)
{
	const pv_val *from = pv_get(env, "valueFrom");
	pv_val none = pv_string_ref("");
	size_t n = 0;

	for (size_t i = 0; i < pv_member_count(from); i++)
		n += from->members[i].val.type != PV_NULL;
	if (n == 0)
		pv_fault_value(s->f, path, &none,
			       "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or "
			       "`secretKeyRef`");
	else if (*pv_text(pv_get(env, "value"), ""))
		pv_fault_value(s->f, path, &none, "may not be specified when `value` is not empty");
	else if (n > 1)
		pv_fault_value(s->f, path, &none, "may not have more than one field specified at a time");
	if (pv_get(from, "fieldRef"))
		podspec_field_ref(s->f, pv_get(from, "fieldRef"), pv_below(s->f, path, "fieldRef"), false);
	if (pv_get(from, "resourceFieldRef"))
		podspec_resource_ref(s->f, pv_get(from, "resourceFieldRef"),
				     pv_below(s->f, path, "resourceFieldRef"), false);
}

static void
check_env_from(podspec *s, const pv_val *list, const char *path)
{
	pv_val none = pv_string_ref("");

	for (size_t i = 0; i < pv_count(list); i++) {
		bool map = pv_get(pv_item(list, i), "configMapRef"),
		     secret = pv_get(pv_item(list, i), "secretRef");

		if (map && secret)
			pv_fault_value(s->f, path, &none,
				       "may not have more than one field specified at a time");
		else if (!map && !secret)
			pv_fault_value(s->f, path, &none,
				       "must specify one of: `configMapRef` or `secretRef`");
	}
}

void
podspec_env(podspec *s, const pv_val *container, const char *path)
{
	const pv_val *list = pv_get(container, "env");
	const char *at = pv_below(s->f, path, "env");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_is(pv_get(pv_item(list, i), "valueFrom"), PV_OBJECT))
			check_value_from(s, pv_item(list, i),
					 pv_below(s->f, pv_nth(s->f, at, i), "valueFrom"));
	check_env_from(s, pv_get(container, "envFrom"), pv_below(s->f, path, "envFrom"));
}
