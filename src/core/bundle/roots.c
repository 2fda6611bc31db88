/* roots: the parts of `data` that a bundle owns. */
#include <string.h>

#include "base/str.h"
#include "core/bundle/bundle.h"

#define LISTED 1000 /* roots that an error names */

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

/* The end of a path before a slash, and that before all else: what lies below a root follows it at once. */
static int
path_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '/' || *b == '/')
		return *a == *b ? 0 : *a == '/' ? (*b ? -1 : 1) : (*a ? 1 : -1);
	return (unsigned char)*a - (unsigned char)*b;
}

static int
by_path(const void *a, const void *b)
{
	return path_cmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
at(const pv_vec *roots, size_t i)
{
	return *PV_AT(const char *, roots, i);
}

void
pv_roots_sort(pv_vec *roots)
{
	pv_vec_sort(roots, by_path);
}

const char *
pv_roots_find(const pv_vec *sorted, const char *path)
{
	size_t low = 0, high = sorted->len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (path_cmp(at(sorted, middle), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < sorted->len && pv_roots_overlap(at(sorted, low), path))
		return at(sorted, low);
	return low > 0 && pv_roots_overlap(at(sorted, low - 1), path) ? at(sorted, low - 1) : NULL;
}

bool
pv_roots_have(const pv_vec *sorted, const char *path)
{
	const char *root = pv_roots_find(sorted, path);
	return root && contains(root, path);
}

static const char *
listed(pv_arena *arena, const pv_vec *roots)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "");
	for (size_t i = 0; i < roots->len && i < LISTED; i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", at(roots, i));
	if (roots->len > LISTED)
		pv_buf_printf(&b, " and %zu more", roots->len - LISTED);
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
check_data(pv_ctx *cx, const pv_bundle *b, const pv_vec *sorted, const char *path, const pv_val *doc)
{
	const char *root = pv_roots_find(sorted, path);
	if (root && contains(root, path))
		return 0;
	if ((!root && *path) || doc->type != PV_OBJECT)
		return pv_fail(cx, PV_EINVALID,
			       "manifest roots [%s] do not permit data at path '/%s' (hint: check bundle "
			       "directory structure)",
			       listed(cx->arena, &b->roots), path);
	for (uint32_t i = 0; i < doc->len; i++) {
		const char *key = pv_text(&doc->members[i].key, "");
		int r = check_data(cx, b, sorted, *path ? pv_printf(cx->arena, "%s/%s", path, key) : key,
				   &doc->members[i].val);
		if (r < 0)
			return r;
	}
	return 0;
}

/* As the manifest has them, the first first. */
static int
overlapped(pv_ctx *cx, const pv_vec *roots, const char *a, const char *b)
{
	size_t i = 0;
	while (at(roots, i) != a && at(roots, i) != b)
		i++;
	return pv_fail(cx, PV_EINVALID, "manifest has overlapped roots: '%s' and '%s'", at(roots, i),
		       at(roots, i) == a ? b : a);
}

int
pv_bundle_check_roots(pv_ctx *cx, const pv_bundle *b)
{
	pv_vec roots;
	int r = 0;
	pv_vec_init(&roots, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < b->roots.len; i++)
		pv_vec_push(&roots, PV_AT(const char *, &b->roots, i));
	pv_roots_sort(&roots);
	for (size_t i = 1; i < roots.len; i++)
		if (pv_roots_overlap(at(&roots, i - 1), at(&roots, i)))
			return overlapped(cx, &b->roots, at(&roots, i - 1), at(&roots, i));
	for (size_t i = 0; r == 0 && i < b->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &b->modules, i);
		const char *package;
		r = pv_bundle_package(cx, m, false, &package);
		if (r == 0 && !pv_roots_have(&roots, package))
			r = pv_fail(cx, PV_EINVALID,
				    "manifest roots [%s] do not permit 'package %s' in module '%s'",
				    listed(cx->arena, &b->roots), package, m->name);
	}
	return r < 0 ? r : check_data(cx, b, &roots, "", b->data);
}
