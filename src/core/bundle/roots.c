/* roots: the parts of `data` that a bundle owns. */
#include <string.h>

#include "base/str.h"
#include "core/bundle/bundle.h"

bool
pv_roots_overlap(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), less = n < m ? n : m;
	if (less == 0)
		return true;
	return strncmp(a, b, less) == 0 && (n == m || (n < m ? b[less] : a[less]) == '/');
}

static bool
contains(const char *root, const char *path)
{
	size_t n = strlen(root);
	return n == 0 || (strncmp(root, path, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

bool
pv_roots_have(const pv_vec *roots, const char *path)
{
	for (size_t i = 0; i < roots->len; i++)
		if (contains(*PV_AT(const char *, roots, i), path))
			return true;
	return false;
}

static const char *
listed(pv_arena *arena, const pv_vec *roots)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "");
	for (size_t i = 0; i < roots->len; i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", *PV_AT(const char *, roots, i));
	return b.s;
}

int
pv_bundle_package(pv_ctx *cx, const pv_rego_module *module, bool v0, const char **ret)
{
	const char *package;
	int r = pv_rego_package(cx, module, &(pv_rego_opts){.v0 = v0}, &package);
	if (r < 0)
		return r;
	char *path = pv_strdup(cx->arena, package);
	for (char *c = path; *c; c++)
		*c = *c == '.' ? '/' : *c;
	*ret = path;
	return 0;
}

/* Documents at and below a path: inside of a root, or on the way to one. */
static int
check_data(pv_ctx *cx, const pv_bundle *b, const char *path, const pv_val *doc)
{
	bool leads = *path == '\0';
	if (pv_roots_have(&b->roots, path))
		return 0;
	for (size_t i = 0; i < b->roots.len && !leads; i++)
		leads = pv_roots_overlap(path, *PV_AT(const char *, &b->roots, i));
	if (!leads || doc->type != PV_OBJECT)
		return pv_fail(cx, PV_EINVALID,
			       "manifest roots [%s] do not permit data at path '/%s' (hint: check bundle "
			       "directory structure)",
			       listed(cx->arena, &b->roots), path);
	for (uint32_t i = 0; i < doc->len; i++) {
		const char *key = pv_text(&doc->members[i].key, "");
		int r = check_data(cx, b, *path ? pv_printf(cx->arena, "%s/%s", path, key) : key,
				   &doc->members[i].val);
		if (r < 0)
			return r;
	}
	return 0;
}

int
pv_bundle_check_roots(pv_ctx *cx, const pv_bundle *b)
{
	const pv_vec *roots = &b->roots;
	int r = 0;
	for (size_t i = 0; i < roots->len; i++)
		for (size_t k = 0; k < i; k++)
			if (pv_roots_overlap(*PV_AT(const char *, roots, i), *PV_AT(const char *, roots, k)))
				return pv_fail(
					cx, PV_EINVALID, "manifest has overlapped roots: '%s' and '%s'",
					*PV_AT(const char *, roots, k), *PV_AT(const char *, roots, i));
	for (size_t i = 0; r == 0 && i < b->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &b->modules, i);
		const char *package;
		r = pv_bundle_package(cx, m, false, &package);
		if (r == 0 && !pv_roots_have(roots, package))
			r = pv_fail(cx, PV_EINVALID,
				    "manifest roots [%s] do not permit 'package %s' in module '%s'",
				    listed(cx->arena, roots), package, m->name);
	}
	return r < 0 ? r : check_data(cx, b, "", b->data);
}
