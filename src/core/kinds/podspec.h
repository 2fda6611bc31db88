/* podspec: what the checks of one pod spec share; private to core/kinds.
 * One row of rules.tsv says what a single field must be like; here is what looks at several. */
#pragma once
#include "core/kinds/behaviour.h"

typedef struct podspec {
	pv_faults *f;
	const pv_val *v;
	const char *path;
	pv_map *volumes;    /* by name: a volume, or a claim of a StatefulSet */
	pv_map *claims;     /* names of resourceClaims */
	pv_map *host_ports; /* of the containers that run at once */
	bool is_pod;
} podspec;

void podspec_volumes(podspec *s);                                           /* podvolume.c */
void podspec_mounts(podspec *s, const pv_val *container, const char *path); /* podvolume.c */
void podspec_env(podspec *s, const pv_val *container, const char *path);    /* podenv.c */
void podspec_field_ref(pv_faults *f, const pv_val *ref, const char *path, bool of_volume);
void podspec_resource_ref(pv_faults *f, const pv_val *ref, const char *path, bool of_volume);
void podspec_confine(podspec *s, const pv_val *container, const char *path); /* podsecurity.c */
void podspec_security(podspec *s);                                           /* podsecurity.c */
void podspec_windows(podspec *s, const pv_val *context, const char *path);   /* podwindows.c */
void podspec_place(podspec *s);                                              /* podplace.c */
