/* node: what single nodes mean, tags and all; shared by the files of this folder. */
#pragma once
#include <yaml.h>
#include "lang/yaml/yaml.h"

/* libyaml looks at every open [ and { for each token: events times their depth. */
#define YAML_FLOW_WORK 50000000

#define YAML_TAG(name) "tag:yaml.org,2002:" name

struct node_context {
	pv_ctx *cx;
	const char *file;
	bool is_key;            /* the node stands where a key must */
	bool core, v3, written; /* as in pv_yaml_opts */
};

/* -PV_EBADREQUEST at the mark. */
int yaml_fail_at(const struct node_context *in, yaml_mark_t at, const char *what);
/* libyaml's own complaint. */
int yaml_fail_scan(pv_ctx *cx, const char *file, const yaml_parser_t *p, pv_str text);
bool yaml_tag_is(const yaml_char_t *tag, const char *wanted);
PV_MUST_USE int yaml_scalar(const struct node_context *in, const yaml_event_t *event, pv_val *ret);
/* Makes a string of the key, as sigs.k8s.io/yaml does. */
PV_MUST_USE int yaml_key(const struct node_context *in, pv_val *v, yaml_mark_t at);
