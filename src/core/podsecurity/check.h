/* check: what the files with checks share; private to the folder.  Pure; results live in the ctx's arena. */
#pragma once
#include "core/podsecurity/podsecurity.h"

typedef struct check_pod {
	pv_ctx *cx;
	const pv_val *metadata, *spec, *security; /* security: the Pod's securityContext, or NULL */
	int minor;                                /* of the version that is asked for */
} check_pod;

typedef struct check_verdict {
	const char *reason, *detail; /* reason NULL: it is fine */
} check_verdict;
#define CHECK_FINE ((check_verdict){NULL, NULL})
typedef check_verdict check_one(const check_pod *p);

check_one check_app_armor, check_capabilities, check_host_namespaces, check_host_paths, check_host_ports,
	check_host_probes, check_privileged, check_proc_mount, check_selinux_options, check_seccomp_given,
	check_sysctls, check_host_process, check_escalation, check_few_capabilities, check_volumes,
	check_non_root, check_run_as_user, check_seccomp_needed;
/* Of the fields since 1.19; needed: somebody must say one. */
check_verdict check_seccomp(const check_pod *p, bool needed);

/* ---- lists of const char * ---- */
pv_vec check_texts(const check_pod *p);
void check_push(pv_vec *list, const char *text);
void check_insert(pv_vec *list, const char *text); /* a set, in order */
const char *check_joined(const check_pod *p, const pv_vec *list, const char *mark, const char *quote);
const char *check_quoted(const check_pod *p, const pv_vec *list); /* "a", "b" */
const char *check_some(const pv_vec *list, const char *one, const char *many);
const char *check_named(const check_pod *p, const pv_vec *names);                /* containers "a", "b" */
const char *check_setters(const check_pod *p, bool of_pod, const pv_vec *names); /* pod and container "a" */
bool check_has(const char *const *list, size_t n, const char *text);

/* ---- of the Pod ---- */
const pv_val *check_container(const check_pod *p, size_t at); /* of any sort; NULL: there are no more */
#define CHECK_EACH(p, c) for (size_t at_ = 0; ((c) = check_container((p), at_)) != NULL; at_++)
const char *check_name(const pv_val *container);
bool check_windows(const check_pod *p);
bool check_profile(const pv_val *profile); /* RuntimeDefault or Localhost */
