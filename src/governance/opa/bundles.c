/* bundles: what puts a bundle in force: at once with all of it, or not at all. */
#include <string.h>

#include "base/str.h"
#include "governance/opa/documents.h"
#include "governance/opa/engine.h"

typedef struct activation {
	const char *name;
	const pv_bundle *bundle;
} activation;

int
opa_check_owner(pv_ctx *cx, const pv_val *bundles, const char *path)
{
	if (*path == '\0' && pv_count(bundles))
		return pv_fail(cx, PV_EBADREQUEST,
			       "can't write to document root with bundle roots configured");
	for (size_t i = 0; i < pv_member_count(bundles); i++) {
		const pv_val *roots = pv_get(&bundles->members[i].val, "roots");
		const char *name = bundles->members[i].key.s;
		for (size_t k = 0; k < pv_count(roots); k++) {
			const char *root = pv_text(pv_item(roots, k), "");
			if (*root == '\0')
				return pv_fail(cx, PV_EBADREQUEST, "all paths owned by bundle \"%s\"", name);
			if (pv_roots_overlap(root, path))
				return pv_fail(cx, PV_EBADREQUEST, "path %s is owned by bundle \"%s\"", path,
					       name);
		}
	}
	return 0;
}

/* As pv_roots_find() takes them. */
static pv_vec
sorted(pv_ctx *cx, const pv_val *roots)
{
	pv_vec all;
	pv_vec_init(&all, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < pv_count(roots); i++) {
		const char *root = pv_text(pv_item(roots, i), "");
		pv_vec_push(&all, &root);
	}
	pv_roots_sort(&all);
	return all;
}

/* Two that own the same would overwrite each other. */
static int
check_roots(pv_ctx *cx, const pv_val *bundles, const activation *a, const pv_vec *mine)
{
	for (size_t i = 0; i < pv_member_count(bundles); i++) {
		const pv_val *roots = pv_get(&bundles->members[i].val, "roots");
		const char *other = bundles->members[i].key.s;
		for (size_t k = 0; k < pv_count(roots) && !pv_streq(other, a->name); k++) {
			const char *root = pv_roots_find(mine, pv_text(pv_item(roots, k), ""));
			if (root)
				return pv_fail(cx, PV_EINVALID,
					       "detected overlapping roots in manifests for these "
					       "bundles: [%s, %s] (root %s is in multiple bundles)",
					       other, a->name, *root ? root : "\"\"");
		}
	}
	return 0;
}

static int
check_free(pv_ctx *cx, const pv_val *held, const char *name, const pv_vec *roots)
{
	for (size_t i = 0; i < pv_member_count(held); i++) {
		const char *root = pv_roots_find(roots, held->members[i].key.s);
		if (root)
			return pv_fail(cx, PV_EINVALID,
				       "detected overlapping roots: root \"%s\" of bundle \"%s\" "
				       "overlaps %s of %s: give the bundle's manifest roots of its own",
				       root, name, held->members[i].key.s,
				       pv_text(&held->members[i].val, ""));
	}
	return 0;
}

int
opa_check_held(pv_ctx *cx, const pv_val *bundles, const pv_val *held)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_member_count(bundles); i++) {
		pv_vec roots = sorted(cx, pv_get(&bundles->members[i].val, "roots"));
		r = check_free(cx, held, bundles->members[i].key.s, &roots);
	}
	return r;
}

/* A path with one name more, whatever is in the name. */
static const char *
below(pv_ctx *cx, const char *path, const char *name)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, "%s%s", path, *path ? "/" : "");
	for (; *name; name++)
		pv_buf_adds(&b, *name == '/' ? "~1" : *name == '~' ? "~0" : (char[]){*name, '\0'});
	return b.s;
}

/* The document at the path without what is at these, which are sorted: each level is copied once. */
static pv_val
without(pv_ctx *cx, const pv_val *doc, const char *path, const pv_vec *paths)
{
	pv_objb o;
	if (!pv_is(doc, PV_OBJECT) || !paths->len)
		return *doc;
	pv_objb_init(&o, cx->arena);
	for (uint32_t i = 0; i < doc->len; i++) {
		const pv_member *m = &doc->members[i];
		const char *here = below(cx, path, pv_text(&m->key, ""));
		const char *one = pv_roots_find(paths, here);
		if (!one)
			pv_objb_add(&o, m->key, m->val);
		else if (strlen(one) > strlen(here))
			pv_objb_add(&o, m->key, without(cx, &m->val, here, paths));
	}
	return pv_objb_end(&o);
}

int
opa_erase(pv_ctx *cx, opa_draft *d, const pv_val *roots)
{
	pv_vec paths;
	int r = 0;
	pv_vec_init(&paths, cx->arena, sizeof(const char *));
	for (size_t i = 0; r == 0 && i < pv_count(roots); i++) {
		const char *path = "";
		pv_vec parts;
		r = opa_path_parts(cx, pv_text(pv_item(roots, i), ""), true, &parts);
		for (size_t k = 0; r == 0 && k < parts.len; k++)
			path = below(cx, path, *PV_AT(const char *, &parts, k));
		if (r == 0)
			pv_vec_push(&paths, &path);
	}
	pv_roots_sort(&paths);
	if (r == 0)
		d->data = pv_box(cx->arena, without(cx, d->data, "", &paths));
	return r;
}

/* What the bundle had goes, policies and data. */
static int
erase(pv_ctx *cx, opa_draft *d, const char *name, const pv_val *roots)
{
	pv_objb kept;
	pv_objb_init(&kept, cx->arena);
	for (size_t i = 0; i < d->policies->len; i++) {
		const pv_member *m = &d->policies->members[i];
		if (!pv_streq(pv_text_at(&m->val, "bundle", NULL), name))
			pv_objb_add(&kept, m->key, m->val);
	}
	d->policies = pv_box(cx->arena, pv_objb_end(&kept));
	return opa_erase(cx, d, roots);
}

static void
add_policies(pv_ctx *cx, opa_draft *d, const activation *a)
{
	pv_objb all;
	pv_objb_from(&all, cx->arena, d->policies);
	for (size_t i = 0; i < a->bundle->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &a->bundle->modules, i);
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "raw", pv_stringn(cx->arena, m->text.s, m->text.len));
		pv_objb_puts(&o, "bundle", a->name);
		pv_objb_put(&o, "v0", pv_bool(m->v0));
		pv_objb_put(&all, m->name, pv_objb_end(&o));
	}
	d->policies = pv_box(cx->arena, pv_objb_end(&all));
}

static pv_val
manifest_of(pv_ctx *cx, const pv_bundle *b, const pv_val *roots)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	pv_objb o;
	pv_objb_from(&o, cx->arena, b->manifest ? b->manifest : &nothing);
	pv_objb_puts(&o, "revision", b->revision);
	pv_objb_put(&o, "roots", *roots);
	return pv_objb_end(&o);
}

static void
note(pv_ctx *cx, opa_draft *d, const activation *a, const pv_val *roots)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "revision", a->bundle->revision);
	pv_objb_put(&o, "roots", *roots);
	pv_objb_put(&o, "manifest", manifest_of(cx, a->bundle, roots));
	d->bundles = pv_box(cx->arena, pv_with(cx->arena, d->bundles, a->name, pv_objb_end(&o)));
}

/* data.system.bundles.NAME.manifest, which policies may read. */
static void
manifest_path(pv_ctx *cx, const char *name, pv_vec *ret)
{
	const char *const way[] = {"system", "bundles", name, "manifest"};
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(way); i++)
		pv_vec_push(ret, &way[i]);
}

static int
put_manifest(pv_ctx *cx, opa_draft *d, const activation *a)
{
	const pv_val *manifest = pv_get(pv_get(d->bundles, a->name), "manifest");
	pv_vec parts;
	manifest_path(cx, a->name, &parts);
	return opa_document_write(cx, d->data, &parts, OPA_UPSERT, manifest, &d->data);
}

static int
put_snapshot(pv_ctx *cx, opa_draft *d, const activation *a)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < a->bundle->roots.len; i++)
		pv_listb_add(&list, pv_string(cx->arena, *PV_AT(const char *, &a->bundle->roots, i)));
	pv_val roots = pv_listb_end(&list);
	pv_vec mine = sorted(cx, &roots);
	int r = check_roots(cx, d->bundles, a, &mine);
	if (r == 0)
		r = check_free(cx, d->held, a->name, &mine);
	if (r == 0) /* it may have given up some of them */
		r = opa_erase(cx, d, pv_get(pv_get(d->bundles, a->name), "roots"));
	if (r == 0)
		r = erase(cx, d, a->name, &roots);
	if (r == 0)
		r = pv_document_merge(cx, a->name, d->data, "", a->bundle->data, &d->data);
	if (r < 0)
		return r;
	add_policies(cx, d, a);
	note(cx, d, a, &roots);
	return 0;
}

/* ---- delta ---- */

static int
check_below(pv_ctx *cx, const char *path, void *arg)
{
	if (pv_roots_have(arg, path))
		return 0;
	return pv_fail(cx, PV_EINVALID, "delta bundle: path '/%s' is not below the bundle's roots", path);
}

static bool
same_roots(const pv_val *roots, const pv_bundle *b)
{
	if (!pv_get(b->manifest, "roots"))
		return true;
	if (pv_count(roots) != b->roots.len)
		return false;
	for (size_t i = 0; i < b->roots.len; i++)
		if (!pv_streq(pv_text(pv_item(roots, i), ""), *PV_AT(const char *, &b->roots, i)))
			return false;
	return true;
}

static int
put_delta(pv_ctx *cx, opa_draft *d, const activation *a)
{
	static const pv_val whole = {.type = PV_STRING, .s = ""};
	const pv_val all = pv_list_of(cx->arena, &whole, 1);
	const pv_val *was = pv_get(d->bundles, a->name);
	const pv_val *roots = was ? pv_get(was, "roots") : &all;
	if (was && !same_roots(roots, a->bundle))
		return pv_fail(cx, PV_EINVALID,
			       "delta bundle: expected the roots of the bundle that it changes");
	pv_vec mine = sorted(cx, roots);
	int r = 0;
	if (a->bundle->patch->len == 0) /* "An empty list of operations will remove all the data" */
		r = opa_erase(cx, d, roots);
	else
		r = opa_document_patch(cx, d->data, "", a->bundle->patch, true, check_below, &mine, &d->data);
	if (r == 0)
		note(cx, d, a, roots);
	return r;
}

static int
make(pv_ctx *cx, opa_draft *d, void *arg)
{
	const activation *a = arg;
	int r = a->bundle->patch ? put_delta(cx, d, a) : put_snapshot(cx, d, a);
	return r < 0 ? r : put_manifest(cx, d, a);
}

int
opa_activate(pv_ctx *cx, opa_engine *engine, const char *name, const pv_bundle *bundle)
{
	activation a = {name, bundle};
	return opa_engine_change(cx, engine, make, &a);
}

/* ---- out of force ---- */

static int
take_out(pv_ctx *cx, opa_draft *d, void *arg)
{
	const pv_val *but = arg, *bundles = d->bundles;
	int r = 0;
	for (size_t i = 0; r == 0 && i < bundles->len; i++) {
		const char *name = bundles->members[i].key.s;
		pv_vec parts;
		if (pv_get(but, name))
			continue;
		r = erase(cx, d, name, pv_get(&bundles->members[i].val, "roots"));
		manifest_path(cx, name, &parts);
		parts.len--; /* all that it says of the bundle */
		if (r == 0 && opa_document_find(d->data, &parts))
			r = opa_document_write(cx, d->data, &parts, OPA_REMOVE, NULL, &d->data);
		d->bundles = pv_box(cx->arena, pv_without(cx->arena, d->bundles, name));
	}
	return r;
}

int
opa_deactivate(pv_ctx *cx, opa_engine *engine, const pv_val *but)
{
	return opa_engine_change(cx, engine, take_out, (void *)(uintptr_t)but);
}
