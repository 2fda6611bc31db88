/* version: which of the versions that there are is meant, as Helm's IndexFile.Get finds it: the
 * very text, or else the newest in the range. */
#include <string.h>

#include "base/str.h"
#include "delivery/charts/impl.h"
#include "lang/semver/constraint.h"

static const char *
version_of(const pv_val *list, size_t i, const char *key)
{
	const pv_val *v = pv_item(list, i);
	return pv_text(key ? pv_get(v, key) : v, "");
}

static int
unknown(struct fetch *f, const pv_val *list, const char *key)
{
	const char *last = pv_count(list) ? version_of(list, 0, key) : "none";
	(void)pv_fail(f->cx, PV_ENOTFOUND,
		      "chart \"%s\" version \"%s\" not found in %s: of its %zu versions the first is %s",
		      f->name, f->wish, f->plain, pv_count(list), last);
	return -1;
}

int
version_pick(struct fetch *f, const pv_val *list, const char *key)
{
	const char *range = *f->wish ? f->wish : "*", *wrong;
	pv_arena *arena = f->cx->arena;
	pv_semver best, v;
	pv_str build;
	int found = -1;
	bool in = false;
	for (size_t i = 0; *f->wish && i < pv_count(list); i++)
		if (pv_streq(version_of(list, i, key), f->wish))
			return (int)i;
	wrong = pv_semver_check(arena, pv_str_of(range), PV_STR("1.0.0"), &in);
	if (wrong != NULL) {
		(void)pv_fail(
			f->cx, PV_EINVALID,
			"chart \"%s\": version \"%s\": expected a version or a range such as ^1.2 or >=1.0 <2: %s",
			f->name, f->wish, wrong);
		return -1;
	}
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_str text = pv_str_of(version_of(list, i, key));
		if (!pv_semver_loose(text, &v, &build) ||
		    pv_semver_check(arena, pv_str_of(range), text, &in) != NULL || !in)
			continue;
		if (found < 0 || pv_semver_cmp(&v, &best) > 0) {
			found = (int)i;
			best = v;
		}
	}
	return found < 0 ? unknown(f, list, key) : found;
}
