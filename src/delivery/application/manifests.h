/* manifests: objects found in texts, as the facts of a source hold them.
 * Private to this folder. */
#pragma once
#include "core/fact/fact.h"

typedef struct manifest_list {
	pv_ctx *cx;
	const char *file; /* of the text that is read */
	pv_listb out;     /* of {file, line, object} */
	size_t size;      /* bytes of memory that they will take */
	pv_listb
		repeats; /* texts: keys that a file sets twice, of which YAML takes the last; the first few */
} manifest_list;

void manifests_init(manifest_list *l, pv_ctx *cx);
/* Every object of a YAML or JSON text; -PV_EINVALID at the first that is none, -PV_ETOOLARGE at one that no
 * store would take, and at the one with which they are too many or too large together. */
PV_MUST_USE int manifests_add(manifest_list *l, const char *file, pv_str text);
/* What a file comes to: an object, or a list of them. */
PV_MUST_USE int manifests_add_value(manifest_list *l, const char *file, const pv_val *v);
/* One that was built, and stands in no file: `from` says what of. */
PV_MUST_USE int manifests_add_object(manifest_list *l, const char *from, const pv_val *object);

/* ---- Jsonnet, in the child ---- */
typedef struct jsonnet_files {
	const pv_val *request; /* of the fact: {tree, path, jsonnet, root} */
	const char *dir;
	bool wants_root; /* something was imported from outside of the directory, whose files are not at hand */
} jsonnet_files;
PV_MUST_USE int manifests_add_jsonnet(manifest_list *l, jsonnet_files *j, const char *file, pv_str text);
