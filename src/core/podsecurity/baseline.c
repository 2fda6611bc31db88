/* What "baseline" forbids: known ways out of a container. */
#include <string.h>

#include "base/str.h"
#include "core/podsecurity/check.h"

check_verdict
check_app_armor(const check_pod *p)
{
	static const char prefix[] = "container.apparmor.security.beta.kubernetes.io/";
	const pv_val *own = pv_get(p->security, "appArmorProfile"),
		     *notes = pv_get(p->metadata, "annotations"), *c;
	pv_vec names = check_texts(p), values = check_texts(p), noted = check_texts(p), who = check_texts(p);

	if (own && !check_profile(own)) {
		check_push(&who, "pod");
		check_insert(&values, pv_text(pv_get(own, "type"), ""));
	}
	CHECK_EACH(p, c)
	{
		const pv_val *profile = pv_at(c, "securityContext.appArmorProfile");

		if (profile && !check_profile(profile)) {
			check_push(&names, check_name(c));
			check_insert(&values, pv_text(pv_get(profile, "type"), ""));
		}
	}
	if (names.len)
		check_push(&who, check_named(p, &names));
	for (size_t i = 0; i < pv_member_count(notes); i++) {
		const pv_member *m = &notes->members[i];
		const char *v = pv_text(&m->val, "");

		if (pv_starts_with(m->key.s, prefix) && *v && !pv_streq(v, "runtime/default") &&
		    !pv_starts_with(v, "localhost/"))
			check_insert(&noted, pv_printf(p->cx->arena, "%s=\"%s\"", m->key.s, v));
	}
	if (noted.len)
		check_push(&who, check_some(&noted, "annotation", "annotations"));
	for (size_t i = 0; i < noted.len; i++)
		check_push(&values, *PV_AT(const char *, &noted, i));
	if (!who.len)
		return CHECK_FINE;
	return (check_verdict){
		check_some(&values, "forbidden AppArmor profile", "forbidden AppArmor profiles"),
		pv_printf(p->cx->arena, "%s must not set AppArmor profile type to %s",
			  check_joined(p, &who, " and ", ""), check_quoted(p, &values))};
}

check_verdict
check_capabilities(const check_pod *p)
{
	static const char *const usual[] = {"AUDIT_WRITE", "CHOWN",  "DAC_OVERRIDE",     "FOWNER",  "FSETID",
					    "KILL",        "MKNOD",  "NET_BIND_SERVICE", "SETFCAP", "SETGID",
					    "SETPCAP",     "SETUID", "SYS_CHROOT"};
	pv_vec names = check_texts(p), values = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	{
		const pv_val *add = pv_at(c, "securityContext.capabilities.add");
		bool bad = false;

		for (size_t i = 0; i < pv_count(add); i++)
			if (!check_has(usual, PV_LEN(usual), pv_text(pv_item(add, i), ""))) {
				check_insert(&values, pv_text(pv_item(add, i), ""));
				bad = true;
			}
		if (bad)
			check_push(&names, check_name(c));
	}
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){"non-default capabilities",
			       pv_printf(p->cx->arena,
					 "%s must not include %s in securityContext.capabilities.add",
					 check_named(p, &names), check_quoted(p, &values))};
}

check_verdict
check_host_namespaces(const check_pod *p)
{
	static const char *const fields[] = {"hostIPC", "hostNetwork", "hostPID"};
	pv_vec found = check_texts(p);

	for (size_t i = 0; i < PV_LEN(fields); i++)
		if (pv_truth(pv_get(p->spec, fields[i]), false))
			check_push(&found, fields[i]);
	return found.len ? (check_verdict){"host namespaces", check_joined(p, &found, ", ", "")} : CHECK_FINE;
}

check_verdict
check_host_paths(const check_pod *p)
{
	const pv_val *volumes = pv_get(p->spec, "volumes");
	pv_vec found = check_texts(p);

	for (size_t i = 0; i < pv_count(volumes); i++)
		if (pv_get(pv_item(volumes, i), "hostPath"))
			check_push(&found, check_name(pv_item(volumes, i)));
	if (!found.len)
		return CHECK_FINE;
	return (check_verdict){"hostPath volumes",
			       pv_printf(p->cx->arena, "%s %s", check_some(&found, "volume", "volumes"),
					 check_quoted(p, &found))};
}

check_verdict
check_host_ports(const check_pod *p)
{
	pv_vec names = check_texts(p), ports = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	{
		const pv_val *list = pv_get(c, "ports");
		bool bad = false;

		for (size_t i = 0; i < pv_count(list); i++) {
			int64_t port = pv_i64(pv_get(pv_item(list, i), "hostPort"), 0);

			if (port) {
				check_insert(&ports, pv_printf(p->cx->arena, "%lld", (long long)port));
				bad = true;
			}
		}
		if (bad)
			check_push(&names, check_name(c));
	}
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){"hostPort", pv_printf(p->cx->arena, "%s %s %s %s", check_named(p, &names),
						     check_some(&names, "uses", "use"),
						     check_some(&ports, "hostPort", "hostPorts"),
						     check_joined(p, &ports, ", ", ""))};
}

check_verdict
check_host_probes(const check_pod *p)
{
	static const char *const handlers[] = {"livenessProbe", "readinessProbe", "startupProbe",
					       "lifecycle.postStart", "lifecycle.preStop"};
	static const char *const hosts[] = {"httpGet.host", "tcpSocket.host"};
	pv_vec names = check_texts(p), found = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	for (size_t i = 0; i < PV_LEN(handlers) * PV_LEN(hosts); i++) {
		const char *host = pv_text_at(pv_at(c, handlers[i / 2]), hosts[i % 2], "");

		if (*host) {
			check_insert(&names, check_name(c));
			check_insert(&found, host);
		}
	}
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){
		"probe or lifecycle host",
		pv_printf(p->cx->arena, "%s %s %s %s", check_named(p, &names),
			  check_some(&names, "uses", "use"),
			  check_some(&found, "probe or lifecycle host", "probe or lifecycle hosts"),
			  check_quoted(p, &found))};
}

check_verdict
check_privileged(const check_pod *p)
{
	pv_vec names = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	if (pv_truth_at(c, "securityContext.privileged", false))
		check_push(&names, check_name(c));
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){"privileged",
			       pv_printf(p->cx->arena, "%s must not set securityContext.privileged=true",
					 check_named(p, &names))};
}

check_verdict
check_proc_mount(const check_pod *p)
{
	pv_vec names = check_texts(p), values = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	{
		const char *type = pv_text_at(c, "securityContext.procMount", "Default");

		if (!pv_streq(type, "Default")) {
			check_push(&names, check_name(c));
			check_insert(&values, type);
		}
	}
	if (!names.len)
		return CHECK_FINE;
	return (check_verdict){"procMount",
			       pv_printf(p->cx->arena, "%s must not set securityContext.procMount to %s",
					 check_named(p, &names), check_quoted(p, &values))};
}

typedef struct selinux {
	const check_pod *p;
	pv_vec types;
	bool user, role;
} selinux;

static bool
is_bad_selinux(selinux *s, const pv_val *options)
{
	static const char *const usual[] = {"", "container_t", "container_init_t", "container_kvm_t",
					    "container_engine_t"}; /* the last one from 1.31 on */
	const char *type = pv_text(pv_get(options, "type"), "");
	bool user = pv_text(pv_get(options, "user"), "")[0], role = pv_text(pv_get(options, "role"), "")[0],
	     bad = !check_has(usual, PV_LEN(usual) - (s->p->minor < 31), type);

	if (bad)
		check_insert(&s->types, type);
	s->user |= user;
	s->role |= role;
	return bad || user || role;
}

check_verdict
check_selinux_options(const check_pod *p)
{
	selinux s = {p, check_texts(p), false, false};
	bool of_pod = is_bad_selinux(&s, pv_get(p->security, "seLinuxOptions"));
	pv_vec names = check_texts(p), what = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	if (is_bad_selinux(&s, pv_at(c, "securityContext.seLinuxOptions")))
		check_push(&names, check_name(c));
	if (!of_pod && !names.len)
		return CHECK_FINE;
	if (s.types.len)
		check_push(&what, pv_printf(p->cx->arena, "%s %s", check_some(&s.types, "type", "types"),
					    check_quoted(p, &s.types)));
	if (s.user)
		check_push(&what, "user may not be set");
	if (s.role)
		check_push(&what, "role may not be set");
	return (check_verdict){"seLinuxOptions",
			       pv_printf(p->cx->arena, "%s set forbidden securityContext.seLinuxOptions: %s",
					 check_setters(p, of_pod, &names), check_joined(p, &what, "; ", ""))};
}

static void
note_seccomp(const check_pod *p, const char *key, pv_vec *found)
{
	const char *v = pv_text(pv_get(pv_get(p->metadata, "annotations"), key), NULL);

	if (v && !pv_streq(v, "runtime/default") && !pv_streq(v, "docker/default") &&
	    !pv_starts_with(v, "localhost/"))
		check_insert(found, pv_printf(p->cx->arena, "%s=\"%s\"", key, v));
}

/* Before there were fields for it (1.19). */
static check_verdict
seccomp_notes(const check_pod *p)
{
	pv_vec found = check_texts(p);
	const pv_val *c;

	note_seccomp(p, "seccomp.security.alpha.kubernetes.io/pod", &found);
	CHECK_EACH(p, c)
	note_seccomp(
		p,
		pv_printf(p->cx->arena, "container.seccomp.security.alpha.kubernetes.io/%s", check_name(c)),
		&found);
	if (!found.len)
		return CHECK_FINE;
	return (check_verdict){"seccompProfile", pv_printf(p->cx->arena, "forbidden %s %s",
							   check_some(&found, "annotation", "annotations"),
							   check_joined(p, &found, ", ", ""))};
}

check_verdict
check_seccomp_given(const check_pod *p)
{
	return p->minor < 19 ? seccomp_notes(p) : check_seccomp(p, false);
}

check_verdict
check_sysctls(const check_pod *p)
{
	static const struct {
		const char *name;
		int since;
	} usual[] = {
		{"kernel.shm_rmid_forced", 0},
		{"net.ipv4.ip_local_port_range", 0},
		{"net.ipv4.tcp_syncookies", 0},
		{"net.ipv4.ping_group_range", 0},
		{"net.ipv4.ip_unprivileged_port_start", 0},
		{"net.ipv4.ip_local_reserved_ports", 27},
		{"net.ipv4.tcp_keepalive_time", 29},
		{"net.ipv4.tcp_fin_timeout", 29},
		{"net.ipv4.tcp_keepalive_intvl", 29},
		{"net.ipv4.tcp_keepalive_probes", 29},
		{"net.ipv4.tcp_rmem", 32},
		{"net.ipv4.tcp_wmem", 32},
	};
	const pv_val *list = pv_get(p->security, "sysctls");
	pv_vec found = check_texts(p);

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = check_name(pv_item(list, i));
		bool fine = false;

		for (size_t k = 0; k < PV_LEN(usual); k++)
			fine = fine || (usual[k].since <= p->minor && pv_streq(usual[k].name, name));
		if (!fine)
			check_push(&found, name);
	}
	return found.len ? (check_verdict){"forbidden sysctls", check_joined(p, &found, ", ", "")}
			 : CHECK_FINE;
}

check_verdict
check_host_process(const check_pod *p)
{
	bool of_pod = pv_truth_at(p->security, "windowsOptions.hostProcess", false);
	pv_vec names = check_texts(p);
	const pv_val *c;

	CHECK_EACH(p, c)
	if (pv_truth_at(c, "securityContext.windowsOptions.hostProcess", false))
		check_push(&names, check_name(c));
	if (!of_pod && !names.len)
		return CHECK_FINE;
	return (check_verdict){"hostProcess",
			       pv_printf(p->cx->arena,
					 "%s must not set securityContext.windowsOptions.hostProcess=true",
					 check_setters(p, of_pod, &names))};
}
