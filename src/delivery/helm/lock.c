/* lock: Chart.lock (requirements.lock of old charts): the versions that a chart's dependencies were
 * settled to, and a digest of both lists, as Helm's internal/resolver makes it. */
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

static bool
is_old(const helm_chart *chart)
{
	return !pv_streq(pv_text_at(chart->meta, "apiVersion", "v1"), "v2");
}

/* Go prints the keys of a map sorted. */
static pv_val
sorted(pv_arena *arena, const pv_val *v)
{
	pv_listb items;
	pv_objb b;
	if (pv_is(v, PV_LIST)) {
		pv_listb_init(&items, arena);
		for (size_t i = 0; i < pv_count(v); i++)
			pv_listb_add(&items, sorted(arena, pv_item(v, i)));
		return pv_listb_end(&items);
	}
	if (!pv_is(v, PV_OBJECT))
		return *v;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_count(v); i++)
		pv_objb_add(&b, pv_sorted(v, i)->key, *pv_box(arena, sorted(arena, &pv_sorted(v, i)->val)));
	return pv_objb_end(&b);
}

/* As Go's encoder has the struct: its order, and nothing that is empty but name and repository. */
static pv_val
dependency(pv_arena *arena, const helm_dependency *d)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", d->name);
	pv_objb_puts(&b, "version", *d->version ? d->version : NULL);
	pv_objb_puts(&b, "repository", d->repository);
	pv_objb_puts(&b, "condition", *d->condition ? d->condition : NULL);
	if (pv_count(d->tags))
		pv_objb_put(&b, "tags", *d->tags);
	if (pv_count(d->import_values))
		pv_objb_put(&b, "import-values", sorted(arena, d->import_values));
	pv_objb_puts(&b, "alias", *d->alias ? d->alias : NULL);
	return pv_objb_end(&b);
}

static pv_val
dependencies(pv_arena *arena, const pv_vec *of)
{
	pv_listb b;
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < of->len; i++)
		pv_listb_add(&b, dependency(arena, PV_AT(helm_dependency, of, i)));
	return pv_listb_end(&b);
}

/* <, > and & stand only in texts, where Go's encoder writes \u003c and so on. */
static pv_str
json(pv_arena *arena, const pv_val *v)
{
	pv_buf plain, b;
	pv_buf_init(&plain, arena);
	pv_buf_init(&b, arena);
	pv_json_write(&plain, v);
	for (size_t i = 0; i < plain.len; i++)
		if (strchr("<>&", plain.s[i]))
			pv_buf_printf(&b, "\\u%04x", plain.s[i]);
		else
			pv_buf_addc(&b, plain.s[i]);
	return (pv_str){b.s, b.len};
}

const char *
helm_lock_digest(pv_arena *arena, const pv_vec *wanted, const pv_vec *locked)
{
	pv_listb both;
	pv_listb_init(&both, arena);
	pv_listb_add(&both, dependencies(arena, wanted));
	pv_listb_add(&both, dependencies(arena, locked));
	pv_val v = pv_listb_end(&both);
	pv_str text = json(arena, &v);
	return pv_printf(arena, "sha256:%s", pv_sha256_hex(arena, text.s, text.len));
}

/* Helm 2's, of old charts: the wanted alone. */
static const char *
old_digest(pv_arena *arena, const pv_vec *wanted)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "dependencies", dependencies(arena, wanted));
	pv_val v = pv_objb_end(&b);
	pv_str text = json(arena, &v);
	return pv_printf(arena, "sha256:%s", pv_sha256_hex(arena, text.s, text.len));
}

const char *
helm_lock_name(const helm_chart *chart)
{
	return is_old(chart) ? "requirements.lock" : "Chart.lock";
}

int
helm_lock_load(pv_ctx *cx, const helm_chart *chart, helm_lock *ret)
{
	const char *name = helm_lock_name(chart);
	const pv_val *doc = NULL, *list;
	*ret = (helm_lock){0};
	pv_vec_init(&ret->dependencies, cx->arena, sizeof(helm_dependency));
	for (size_t i = 0; i < chart->raw.len; i++) {
		const helm_file *f = PV_AT(helm_file, &chart->raw, i);
		if (pv_streq(f->name, name) && pv_yaml_parse(cx, f->data, NULL, &doc) < 0)
			return pv_wrap(cx, -PV_EINVALID, "cannot load %s", name);
	}
	list = pv_get(doc, "dependencies");
	ret->digest = pv_text_at(doc, "digest", NULL);
	for (size_t i = 0; i < pv_count(list); i++)
		helm_dependency_read(cx->arena, pv_item(list, i), pv_vec_add(&ret->dependencies));
	return 0;
}

int
helm_lock_check(pv_ctx *cx, const helm_chart *chart, const helm_lock *lock)
{
	const pv_vec *wanted = &chart->dependencies;
	if (pv_streq(lock->digest, helm_lock_digest(cx->arena, wanted, &lock->dependencies)) ||
	    (is_old(chart) && pv_streq(lock->digest, old_digest(cx->arena, wanted))))
		return 0;
	return pv_fail(
		cx, PV_ECONFLICT,
		"the lock file (%s) is out of sync with the dependencies file (%s). Please update the dependencies",
		helm_lock_name(chart), is_old(chart) ? "requirements.yaml" : "Chart.yaml");
}

static bool
is_in(const helm_chart *chart, const char *name)
{
	for (size_t i = 0; i < chart->charts.len; i++)
		if (pv_streq((*PV_AT(helm_chart *, &chart->charts, i))->name, name))
			return true;
	return false;
}

int
helm_needs(pv_ctx *cx, const helm_chart *chart, pv_vec *ret)
{
	const pv_vec *from = &chart->dependencies;
	bool missing = false;
	helm_lock lock;
	int r = 0;
	pv_vec_init(ret, cx->arena, sizeof(helm_dependency));
	for (size_t i = 0; i < from->len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, from, i);
		missing |= *d->repository && !is_in(chart, d->name);
	}
	if (missing)
		r = helm_lock_load(cx, chart, &lock);
	if (missing && r == 0 && lock.digest) {
		from = &lock.dependencies;
		r = helm_lock_check(cx, chart, &lock);
	}
	for (size_t i = 0; missing && r == 0 && i < from->len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, from, i);
		if (*d->repository && !is_in(chart, d->name))
			pv_vec_push(ret, d);
	}
	return r;
}
