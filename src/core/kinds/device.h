/* device: what the kinds of resource.k8s.io have in common; private to core/kinds.  Checks add
 * faults with upstream's words (pkg/apis/resource/validation) and run on objects whose shape is right. */
#pragma once
#include "core/kinds/behaviour.h"

/* A list of at most `most`; key: which text of an item no other may have ("": the item itself), or NULL. */
void pv_device_list_check(pv_faults *f, const pv_val *list, const char *path, size_t most, const char *key);
void pv_device_configs_check(pv_faults *f, const pv_val *list, const char *path, size_t most);
/* Names of requests of `devices` (a claim's spec.devices), and each NAME/SUBREQUEST. */
pv_map *pv_device_requests(pv_faults *f, const pv_val *devices);
void pv_device_requests_check(pv_faults *f, const pv_map *requests, const pv_val *names, const char *path);
void pv_device_request_check(pv_faults *f, const pv_map *requests, const pv_val *name, const char *path);
void pv_device_qualified_check(pv_faults *f, pv_str name, const char *path);
void pv_device_pool_check(pv_faults *f, const pv_val *name, const char *path);
void pv_device_object_check(pv_faults *f, const pv_val *v, const char *path); /* JSON of the driver's own */
void pv_device_tolerations_check(pv_faults *f, const pv_val *list, const char *path);
/* CEL over `device` (deviceselector.c). */
void pv_device_selectors_check(pv_faults *f, const pv_val *list, const char *path);
