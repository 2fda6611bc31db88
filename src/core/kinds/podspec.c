/* A pod spec's faults (kubernetes pkg/apis/core/validation): its containers. */
#include "core/kinds/podspec.h"
#include <string.h>

/* ---- ports ---- */

static void
check_host_port(podspec *s, const pv_val *port, const char *path)
{
	const pv_val *host = pv_get(port, "hostPort");
	int64_t n = pv_i64(host, 0);
	const char *key = pv_printf(s->f->cx->arena, "%s/%s/%lld", pv_text(pv_get(port, "protocol"), ""),
				    pv_text(pv_get(port, "hostIP"), ""), (long long)n);
	pv_val shown = pv_string_ref(key);

	if (n && pv_map_puts(s->host_ports, key, s))
		pv_duplicate(s->f, pv_below(s->f, path, "hostPort"), &shown);
	shown = pv_int(n);
	if (pv_truth(pv_get(s->v, "hostNetwork"), false) && (s->is_pod || n) &&
	    n != pv_i64(pv_get(port, "containerPort"), 0))
		pv_fault_value(s->f, pv_below(s->f, path, "hostPort"), &shown,
			       "must match `containerPort` when `hostNetwork` is true");
}

static void
check_ports(podspec *s, const pv_val *list, const char *path)
{
	pv_map *seen = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name");
		const char *at = pv_nth(s->f, path, i);

		if (*pv_text(name, "") && pv_map_puts(seen, name->s, s))
			pv_duplicate(s->f, pv_below(s->f, at, "name"), name);
		check_host_port(s, v, at);
	}
}

/* ---- probes and hooks ---- */

static void
check_sleep(podspec *s, const pv_val *sleep, const char *path)
{
	const pv_val *seconds = pv_get(sleep, "seconds");
	int64_t grace = pv_i64(pv_get(s->v, "terminationGracePeriodSeconds"), 30);

	if (pv_i64(seconds, 0) < 0 || pv_i64(seconds, 0) > grace)
		pv_fault_value(
			s->f, path, seconds,
			pv_printf(s->f->cx->arena,
				  "must be non-negative and less than terminationGracePeriodSeconds (%lld)",
				  (long long)grace));
}

static void
check_handler(podspec *s, const pv_val *handler, const char *path)
{
	static const char *const kinds[] = {"exec", "httpGet", "tcpSocket", "grpc", "sleep", NULL};
	const char *kind = pv_check_one(s->f, handler, path, kinds, "handler"), *at;
	const pv_val *h;

	if (!kind || pv_streq(kind, "exec"))
		return;
	h = pv_get(handler, kind);
	at = pv_below(s->f, path, kind);
	if (pv_streq(kind, "sleep"))
		check_sleep(s, h, at);
	else
		pv_check_port_or_name(s->f, pv_get(h, "port"), pv_below(s->f, at, "port"));
}

static void
check_probe(podspec *s, const pv_val *container, const char *name, const char *path)
{
	const pv_val *probe = pv_get(container, name),
		     *grace = pv_get(probe, "terminationGracePeriodSeconds");
	const char *at = pv_below(s->f, path, name);
	bool readiness = pv_streq(name, "readinessProbe");

	if (!pv_is(probe, PV_OBJECT))
		return;
	check_handler(s, probe, at);
	if (!readiness && pv_i64(pv_get(probe, "successThreshold"), 1) != 1)
		pv_fault_value(s->f, pv_below(s->f, at, "successThreshold"),
			       pv_get(probe, "successThreshold"), "must be 1");
	if (readiness && grace)
		pv_fault_value(s->f, pv_below(s->f, at, "terminationGracePeriodSeconds"), grace,
			       "must not be set for readinessProbes");
}

static void
check_life(podspec *s, const pv_val *c, const char *path)
{
	static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"},
				 *const hooks[] = {"postStart", "preStop"};
	const char *at = pv_below(s->f, path, "lifecycle");

	for (size_t i = 0; i < PV_LEN(hooks); i++) {
		const pv_val *hook = pv_get(pv_get(c, "lifecycle"), hooks[i]);

		if (pv_is(hook, PV_OBJECT))
			check_handler(s, hook, pv_below(s->f, at, hooks[i]));
	}
	for (size_t i = 0; i < PV_LEN(probes); i++)
		check_probe(s, c, probes[i], path);
}

/* ---- containers ---- */

static void
check_resizing(podspec *s, const pv_val *list, const char *path)
{
	pv_map *seen = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *name = pv_get(pv_item(list, i), "resourceName");

		if (pv_map_puts(seen, pv_text(name, ""), s))
			pv_duplicate(s->f, pv_nth(s->f, path, i), name);
	}
}

static void
check_container(podspec *s, const pv_val *c, const char *path)
{
	pv_str image = pv_strv(pv_get(c, "image"));

	if (s->is_pod && pv_str_trim(image).len != image.len)
		pv_fault_value(s->f, pv_below(s->f, path, "image"), pv_get(c, "image"),
			       "must not have leading or trailing whitespace");
	check_ports(s, pv_get(c, "ports"), pv_below(s->f, path, "ports"));
	check_resizing(s, pv_get(c, "resizePolicy"), pv_below(s->f, path, "resizePolicy"));
	podspec_env(s, c, path);
	podspec_mounts(s, c, path);
	pv_resources_check(s->f, pv_get(c, "resources"), pv_below(s->f, path, "resources"), s->claims, false);
	podspec_confine(s, c, pv_below(s->f, path, "securityContext"));
}

/* A name is one container's, of whatever sort. */
static void
check_once(podspec *s, pv_map *names, const pv_val *c, const char *path)
{
	const pv_val *name = pv_get(c, "name");

	if (*pv_text(name, "") && pv_map_puts(names, name->s, s))
		pv_duplicate(s->f, pv_below(s->f, path, "name"), name);
}

static void
check_regular(podspec *s, pv_map *names)
{
	const pv_val *list = pv_get(s->v, "containers");
	const char *path = pv_below(s->f, s->path, "containers");

	s->host_ports = pv_map_new(s->f->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i);
		const char *at = pv_nth(s->f, path, i);

		check_once(s, names, c, at);
		check_container(s, c, at);
		check_life(s, c, at);
	}
}

/* Those that end before the others start have no life to watch; sidecars do. */
static void
check_init(podspec *s, pv_map *names)
{
	static const char *const fields[] = {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"};
	const pv_val *list = pv_get(s->v, "initContainers");
	const char *path = pv_below(s->f, s->path, "initContainers");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i), *restart = pv_get(c, "restartPolicy");
		const char *at = pv_nth(s->f, path, i);
		bool sidecar = pv_streq(pv_text(restart, ""), "Always");

		s->host_ports = pv_map_new(s->f->cx->arena);
		check_once(s, names, c, at);
		check_container(s, c, at);
		if (sidecar)
			check_life(s, c, at);
		for (size_t k = 0; !sidecar && k < PV_LEN(fields); k++)
			if (pv_get(c, fields[k]))
				pv_forbidden(
					s->f, pv_below(s->f, at, fields[k]),
					"may not be set for init containers without restartPolicy=Always");
	}
}

static void
forbid_ephemeral(podspec *s, const pv_val *v, const char *path, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pv_get(v, fields[i]))
			pv_forbidden(s->f, pv_below(s->f, path, fields[i]),
				     "cannot be set for an Ephemeral Container");
}

static void
check_ephemeral(podspec *s, pv_map *names)
{
	static const char *const fields[] = {
		"ports",     "readinessProbe", "livenessProbe", "startupProbe",
		"lifecycle", "resizePolicy",   "restartPolicy",
	};
	static const char *const parts[] = {"subPath", "subPathExpr"}, *const amounts[] = {"resources"};
	const pv_val *list = pv_get(s->v, "ephemeralContainers");
	const char *path = pv_below(s->f, s->path, "ephemeralContainers");

	if (pv_count(list) && !s->is_pod)
		pv_forbidden(s->f, path, "ephemeral containers not allowed in pod template");
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i), *target = pv_get(c, "targetContainerName"),
			     *mounts = pv_get(c, "volumeMounts");
		const char *at = pv_nth(s->f, path, i), *list_of = pv_below(s->f, at, "volumeMounts");

		if (*pv_text(target, "") && !pv_map_finds(names, target->s))
			pv_not_found(s->f, pv_below(s->f, at, "targetContainerName"), target);
		check_once(s, names, c, at);
		check_container(s, c, at);
		forbid_ephemeral(s, c, at, fields, PV_LEN(fields));
		if (pv_count(pv_get(c, "resources")))
			forbid_ephemeral(s, c, at, amounts, PV_LEN(amounts));
		for (size_t k = 0; k < pv_count(mounts); k++)
			forbid_ephemeral(s, pv_item(mounts, k), pv_nth(s->f, list_of, k), parts,
					 PV_LEN(parts));
	}
}

static void
check_resource_claims(podspec *s)
{
	const pv_val *list = pv_get(s->v, "resourceClaims");
	const char *path = pv_below(s->f, s->path, "resourceClaims");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *claim = pv_item(list, i), *name = pv_get(claim, "name");
		const char *at = pv_nth(s->f, path, i);
		bool one = pv_get(claim, "resourceClaimName"),
		     made = pv_get(claim, "resourceClaimTemplateName");

		if (*pv_text(name, "") && pv_map_puts(s->claims, name->s, s))
			pv_duplicate(s->f, pv_below(s->f, at, "name"), name);
		if (one && made)
			pv_fault_value(
				s->f, at, claim,
				"at most one of `resourceClaimName` or `resourceClaimTemplateName` may "
				"be specified");
		else if (!one && !made)
			pv_fault_value(
				s->f, at, claim,
				"must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
	}
}

void
pv_podspec_check(pv_faults *f, const pv_val *v, const char *path, const pv_val *claims, bool is_pod)
{
	podspec s = {.f = f, .v = v, .path = path, .is_pod = is_pod};
	pv_map *names = pv_map_new(f->cx->arena);

	s.volumes = pv_map_new(f->cx->arena);
	s.claims = pv_map_new(f->cx->arena);
	for (size_t i = 0; i < pv_count(claims); i++)
		pv_map_puts(s.volumes, pv_text_at(pv_item(claims, i), "metadata.name", ""),
			    (void *)((uintptr_t)pv_item(claims, i)));
	podspec_volumes(&s);
	check_resource_claims(&s);
	check_regular(&s, names);
	check_init(&s, names);
	check_ephemeral(&s, names);
	pv_resources_check(f, pv_get(v, "resources"), pv_below(f, path, "resources"), s.claims, true);
	pv_pod_resources_check(f, v, pv_below(f, path, "resources"));
	podspec_security(&s);
	podspec_place(&s);
}
