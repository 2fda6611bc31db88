/* load: argocd-cm of a file, for commands. */
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "delivery/custom/custom.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT (16u << 20)

int
custom_load(pv_ctx *cx, const char *file, const custom **ret)
{
	pv_yaml_opts opts = {.file = file};
	pv_vec docs;
	pv_str text;
	int r;
	*ret = NULL;
	if (!file)
		return 0;
	r = pv_file_load(cx, pv_streq(file, "-") ? "/dev/stdin" : file, FILE_LIMIT, &text);
	if (r == 0)
		r = pv_yaml_parse_all(cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_val *object = PV_AT(pv_yaml_doc, &docs, i)->val;
		if (!pv_streq(pv_text_at(object, "kind", ""), "ConfigMap"))
			continue;
		*ret = custom_of(cx, object, pv_now());
		return 0;
	}
	return r < 0 ? r
		     : pv_fail(cx, PV_EINVALID, "%s: expected a ConfigMap with resource.customizations",
			       file);
}
