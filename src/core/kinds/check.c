/* The pieces that checks are made of. */
#include "base/buf.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "lang/json/json.h"

const char *
pv_below(pv_faults *f, const char *path, const char *name)
{
	return pv_faults_heard(f) ? pv_path_field(f->cx->arena, path, name) : path;
}

const char *
pv_nth(pv_faults *f, const char *path, size_t i)
{
	return pv_faults_heard(f) ? pv_path_index(f->cx->arena, path, i) : path;
}

void
pv_check_name(pv_faults *f, const pv_val *v, const char *path, const char *(*rule)(pv_str))
{
	const char *why;

	if (!*pv_text(v, "")) {
		pv_required(f, path, NULL);
		return;
	}
	why = rule(pv_strv(v));
	if (why)
		pv_fault_value(f, path, v, why);
}

void
pv_check_port(pv_faults *f, const pv_val *v, const char *path)
{
	int64_t port = pv_i64(v, 0);
	pv_val shown = pv_int(port);

	if (port < 1 || port > 65535)
		pv_fault_value(f, path, &shown, "must be between 1 and 65535, inclusive");
}

void
pv_check_port_or_name(pv_faults *f, const pv_val *v, const char *path)
{
	const char *why;

	if (!pv_is(v, PV_STRING)) {
		pv_check_port(f, v, path);
		return;
	}
	why = pv_name_port(pv_strv(v));
	if (why)
		pv_fault_value(f, path, v, why);
}

pv_map *
pv_list_index(pv_faults *f, const pv_val *list, const char *key)
{
	pv_map *all = pv_map_new(f->cx->arena);

	for (size_t i = pv_count(list); i > 0; i--) {
		const pv_val *item = pv_item(list, i - 1);

		pv_map_puts(all, pv_text(pv_get(item, key), ""), (void *)(uintptr_t)item);
	}
	return all;
}

void
pv_check_once(pv_faults *f, const pv_val *list, const char *path, const char *key)
{
	pv_map *seen = pv_map_new(f->cx->arena);
	pv_val none = pv_string_ref("");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = *key ? pv_get(pv_item(list, i), key) : pv_item(list, i);
		const char *at = pv_nth(f, path, i);

		if (pv_map_puts(seen, pv_text(v, ""), f))
			pv_duplicate(f, *key ? pv_below(f, at, key) : at, v ? v : &none);
	}
}

bool
pv_seen(pv_faults *f, pv_map *seen, const pv_val *v)
{
	pv_buf b;

	pv_buf_init(&b, f->cx->arena);
	pv_json_write_sorted(&b, v);
	return pv_map_put(seen, b.s, b.len, f);
}

const char *
pv_check_one(pv_faults *f, const pv_val *v, const char *path, const char *const *kinds, const char *what)
{
	const char *first = NULL;

	for (; *kinds; kinds++) {
		const char *at = pv_below(f, path, *kinds);

		if (!pv_get(v, *kinds) || pv_get(v, *kinds)->type == PV_NULL)
			continue;
		if (!first) {
			first = *kinds;
			continue;
		}
		pv_faults_drop(f, at);
		pv_forbidden(f, at, pv_printf(f->cx->arena, "may not specify more than 1 %s type", what));
	}
	if (!first)
		pv_required(f, path, pv_printf(f->cx->arena, "must specify a %s type", what));
	return first;
}

static bool
is_percent(pv_str s)
{
	if (s.len < 2 || s.s[s.len - 1] != '%')
		return false;
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
	return true;
}

void
pv_check_percent(pv_faults *f, const pv_val *v, const char *path, bool of_all)
{
	int64_t percent;

	if (pv_is(v, PV_STRING) && !is_percent(pv_strv(v)))
		pv_fault_value(f, path, v,
			       "a valid percent string must be a numeric string followed by an ending '%' "
			       "(e.g. '1%',  or '93%', "
			       "regex used for validation is '[0-9]+%')");
	else if (pv_is(v, PV_NUMBER) && pv_i64(v, 0) < 0)
		pv_fault_value(f, path, v, "must be greater than or equal to 0");
	else if (of_all && pv_is(v, PV_STRING) &&
		 (!pv_parse_int((pv_str){v->s, v->len - 1}, &percent) || percent > 100))
		pv_fault_value(f, path, v, "must not be greater than 100%");
}

void
pv_check_same(pv_faults *f, const pv_val *object, const pv_val *old, const char *path)
{
	const pv_val *now = pv_at(object, path);

	if (old && !pv_eq(now, pv_at(old, path)))
		pv_fault_value(f, path, now, "field is immutable");
}

/* ---- label selectors ---- */

static void
check_term(pv_faults *f, const pv_val *term, const char *path)
{
	const pv_val *op_value = pv_get(term, "operator");
	const char *op = pv_text(op_value, "");
	pv_val none = pv_string_ref("");
	bool listed = pv_streq(op, "In") || pv_streq(op, "NotIn"),
	     present = pv_streq(op, "Exists") || pv_streq(op, "DoesNotExist");
	const pv_val *values = pv_get(term, "values"), *key = pv_get(term, "key");
	const char *why = pv_name_qualified(pv_strv(key));

	if (listed && !pv_count(values))
		pv_required(f, pv_below(f, path, "values"),
			    "must be specified when `operator` is 'In' or 'NotIn'");
	if (present && pv_count(values))
		pv_forbidden(f, pv_below(f, path, "values"),
			     "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	if (!listed && !present)
		pv_fault_value(f, pv_below(f, path, "operator"), op_value ? op_value : &none,
			       "not a valid selector operator");
	if (why)
		pv_fault_value(f, pv_below(f, path, "key"), key ? key : &none, why);
	for (size_t i = 0; i < pv_count(values); i++) {
		why = pv_name_label_value(pv_strv(pv_item(values, i)));
		if (why)
			pv_fault_value(f, pv_nth(f, pv_below(f, path, "values"), i), pv_item(values, i), why);
	}
}

size_t
pv_selector_check(pv_faults *f, const pv_val *selector, const char *path)
{
	const pv_val *terms = pv_get(selector, "matchExpressions");
	size_t before = f->n;

	pv_labels_check(f, pv_get(selector, "matchLabels"), pv_below(f, path, "matchLabels"));
	for (size_t i = 0; i < pv_count(terms); i++)
		check_term(f, pv_item(terms, i), pv_nth(f, pv_below(f, path, "matchExpressions"), i));
	return f->n - before;
}

void
pv_embedded_meta_check(pv_faults *f, const pv_val *meta, const char *path)
{
	static const char *const unset[] = {"name",
					    "generateName",
					    "namespace",
					    "selfLink",
					    "uid",
					    "resourceVersion",
					    "generation",
					    "creationTimestamp",
					    "deletionTimestamp",
					    "deletionGracePeriodSeconds",
					    "finalizers",
					    "ownerReferences",
					    "managedFields"};
	const pv_val *notes = pv_get(meta, "annotations");

	for (size_t i = 0; i < PV_LEN(unset); i++)
		if (pv_get(meta, unset[i]) && pv_get(meta, unset[i])->type != PV_NULL)
			pv_forbidden(f, pv_below(f, path, unset[i]), "cannot be set");
	pv_labels_check(f, pv_get(meta, "labels"), pv_below(f, path, "labels"));
	pv_annotations_check(f, notes, pv_below(f, path, "annotations"));
}
