/* Events: one kind with two groups, and two styles in each.  One that says when it happened
 * (eventTime) is of the new style and says by whom and what; others are as free as they always
 * were.  Through events.k8s.io only the new style is made, but an old one may be written back as
 * it is.  Faults name the stored fields, but for who reports, whichever group is spoken, as upstream
 * (kubernetes pkg/apis/core/validation/events.go). */
#include "base/time.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

enum form { CORE, V1, FORMS };

static const char *const subject[FORMS] = {"involvedObject", "regarding"};
static const char *const reporter[FORMS] = {"reportingComponent", "reportingController"};
static const char *const text_of[FORMS] = {"message", "note"};

static bool
is_set(const pv_val *v)
{
	switch (v ? v->type : PV_NULL) {
	case PV_NULL: return false;
	case PV_BOOL: return pv_truth(v, false);
	case PV_STRING: return v->len > 0;
	case PV_NUMBER: return pv_i64(v, 1) != 0;
	default:
		for (size_t i = 0; i < pv_count(v); i++)
			if (v->type == PV_LIST || is_set(&v->members[i].val))
				return true;
		return false;
	}
}

static void
check_namespace(pv_faults *f, const pv_val *object, enum form form, bool fresh)
{
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	const char *of = pv_text(pv_get(pv_get(object, subject[form]), "namespace"), "");
	bool alone = !*ns || pv_streq(ns, "default");
	pv_val shown = pv_string_ref(of);

	if (fresh ? *of || pv_streq(ns, "default") || pv_streq(ns, "kube-system")
	    : *of ? pv_streq(of, ns)
		  : alone)
		return;
	pv_fault_value(f, "involvedObject.namespace", &shown, "does not match event.namespace");
}

static void
check_text(pv_faults *f, const pv_val *v, const char *path, size_t most)
{
	if (pv_strv(v).len > most)
		pv_fault(f, "FieldValueInvalid", path, "Invalid value: \"\": can have at most %zu characters",
			 most);
}

/* Both groups, whatever is written. */
static void
check_legacy(pv_faults *f, const pv_val *object, enum form form)
{
	static const char *const words[] = {"reportingInstance", "action", "reason"};
	const pv_val *by = pv_get(object, reporter[form]);
	bool fresh = is_set(pv_get(object, "eventTime"));
	pv_val none = pv_string_ref("");

	check_namespace(f, object, form, fresh);
	if (!fresh)
		return;
	pv_check_name(f, by, reporter[form], pv_name_qualified);
	if (!is_set(by))
		pv_fault_value(f, reporter[form], by ? by : &none, pv_name_qualified(pv_strv(by)));
	for (size_t i = 0; i < PV_LEN(words); i++) {
		const pv_val *v = pv_get(object, words[i]);

		if (!is_set(v))
			pv_required(f, words[i], NULL);
		check_text(f, v, words[i], 128);
	}
	check_text(f, pv_get(object, text_of[form]), "message", 1024);
}

static void
check_series(pv_faults *f, const pv_val *series)
{
	if (!pv_is(series, PV_OBJECT))
		return;
	if (pv_i64(pv_get(series, "count"), 0) < 2)
		pv_fault(f, "FieldValueInvalid", "series.count", "Invalid value: \"\": should be at least 2");
	if (!is_set(pv_get(series, "lastObservedTime")))
		pv_required(f, "series.lastObservedTime", NULL);
}

/* As events.k8s.io has the field, as it is stored; of what the old style alone has, `old`. */
static const struct {
	const char *field, *stored;
	bool old, time;
} fixed[] = {
	{"regarding", "involvedObject", false, false},
	{"reason", "reason", false, false},
	{"note", "message", false, false},
	{"deprecatedSource", "source", true, false},
	{"deprecatedFirstTimestamp", "firstTimestamp", true, true},
	{"deprecatedLastTimestamp", "lastTimestamp", true, true},
	{"deprecatedCount", "count", true, false},
	{"type", "type", false, false},
	{"eventTime", "eventTime", false, true},
	{"action", "action", false, false},
	{"related", "related", false, false},
	{"reportingController", "reportingController", false, false},
	{"reportingInstance", "reportingInstance", false, false},
};

static void
check_new(pv_faults *f, const pv_val *object)
{
	const char *type = pv_text(pv_get(object, "type"), "");

	check_series(f, pv_get(object, "series"));
	if (!is_set(pv_get(object, "eventTime")))
		pv_required(f, "eventTime", NULL);
	if (!pv_streq(type, "Normal") && !pv_streq(type, "Warning"))
		pv_fault(f, "FieldValueInvalid", "type", "Invalid value: \"\": has invalid value: %s", type);
	for (size_t i = 0; i < PV_LEN(fixed); i++)
		if (fixed[i].old && is_set(pv_get(object, fixed[i].field)))
			pv_fault(f, "FieldValueInvalid", fixed[i].stored,
				 "Invalid value: \"\": needs to be unset");
}

static bool
is_same(const pv_val *a, const pv_val *b, bool time)
{
	int64_t at, then;

	if (!is_set(a) || !is_set(b))
		return is_set(a) == is_set(b);
	return pv_eq(a, b) ||
	       (time && pv_time_parse(pv_strv(a), &at) && pv_time_parse(pv_strv(b), &then) && at == then);
}

static void
check_kept(pv_faults *f, const pv_val *object, const pv_val *old)
{
	if (!is_same(pv_get(object, "series"), pv_get(old, "series"), false))
		check_series(f, pv_get(object, "series"));
	for (size_t i = 0; i < PV_LEN(fixed); i++) {
		const pv_val *v = pv_get(object, fixed[i].field);

		if (!is_same(v, pv_get(old, fixed[i].field), fixed[i].time))
			pv_fault_value(f, fixed[i].stored, v, "field is immutable");
	}
}

size_t
pv_event_check(pv_faults *f, const pv_val *object, const pv_val *old PV_UNUSED)
{
	check_legacy(f, object, CORE);
	return f->n;
}

size_t
pv_event_v1_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	check_legacy(f, object, V1);
	if (old)
		check_kept(f, object, old);
	else
		check_new(f, object);
	return f->n;
}
