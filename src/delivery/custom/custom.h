/* delivery/custom: what an administrator decides of kinds in ConfigMap argocd/argocd-cm: one key a kind
 * (resource.customizations.health.GROUP_KIND), or the block resource.customizations, whose keys may have
 * wildcards; and what the program itself says of them.  Pure but for custom_load; borrowed from the ConfigMap and
 * the ctx's arena. */
#pragma once
#include "base/vec.h"
#include "core/module.h"
#include "lang/rule/rule.h"

#define CUSTOM_NS "argocd"
#define CUSTOM_NAME "argocd-cm"

typedef struct custom {
	const pv_val *data;  /* of the ConfigMap */
	const pv_val *block; /* resource.customizations; NULL: none */
	const char *broken;  /* why the block cannot be read; NULL: it can */
	int64_t now;         /* what a script's os.time() says */
} custom;

/* NULL: it decides nothing. */
const custom *custom_of(pv_ctx *cx, const pv_val *configmap, int64_t now);
/* For commands: the ConfigMap of a file, by whatever name it has there.  file NULL: none. */
PV_MUST_USE int custom_load(pv_ctx *cx, const char *file, const custom **ret);

typedef struct custom_script {
	const char *place; /* for errors: "ConfigMap argocd/argocd-cm: resource.customizations.health.x_Y" */
	const char *text;
	bool open; /* all libraries */
} custom_script;

/* The script for the kind: of its own key, then of its own entry of the block, then of the first entry that
 * matches.  what: "health" or "actions".  1: found, 0: none, negative: the block cannot be read. */
PV_MUST_USE int custom_find(pv_ctx *cx, const custom *c, const char *what, pv_str group, const char *kind,
			    custom_script *ret);

/* What is said of kinds; group and kind may have wildcards. */
typedef struct custom_word {
	const char *place, *text; /* place: for errors, as a script's */
	const char *group, *kind;
} custom_word;

/* All that is said under `what`, such as "ignoreDifferences", of custom_word: the keys of kinds (of which "all" means
 * each), then the block's entries. */
PV_MUST_USE int custom_words(pv_ctx *cx, const custom *c, const char *what, pv_vec *ret);

/* The rules that the program has below a folder of src/, such as "delivery/health/rules/"; for ever. */
const pv_rule_set *custom_embedded(const char *folder, const pv_rule_form *form);
