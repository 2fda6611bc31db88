#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/resource/resource.h"
#include "lang/yaml/yaml.h"

#define CORE_EVENT(rest) \
	"apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: x}\ninvolvedObject: {kind: Pod, name: p, " \
	"namespace: x}\n" rest
#define EVENT(rest) \
	"apiVersion: events.k8s.io/v1\nkind: Event\nmetadata: {name: e, namespace: x}\nregarding: {kind: Pod, " \
	"name: p, namespace: x}\n" rest
#define OLD_EVENT \
	EVENT("reason: R\nnote: some\ntype: Normal\ndeprecatedCount: 1\ndeprecatedSource: {component: c}\n" \
	      "deprecatedFirstTimestamp: '2026-11-25T10:00:00Z'\n")
#define NEW_EVENT \
	"eventTime: '2026-11-25T10:00:00.000000Z'\nreportingController: x.dev/c\nreportingInstance: i\n" \
	"action: A\nreason: R\n"

static const struct {
	const char *object, *old, *faults;
} events[] = {
	/* the old style is as free as it was, but for its namespace */
	{CORE_EVENT(""), NULL, ""},
	{"apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: default}\ninvolvedObject: {kind: Node}\n",
	 NULL, ""},
	{"apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: other}\ninvolvedObject: {kind: Pod, namespace: "
	 "x}\n",
	 NULL, "involvedObject.namespace: Invalid value: \"x\": does not match event.namespace"},
	{"apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: other}\ninvolvedObject: {kind: Node}\n",
	 NULL, "involvedObject.namespace: Invalid value: \"\": does not match event.namespace"},
	{CORE_EVENT("eventTime: '2026-11-25T10:00:00.000000Z'\nreportingComponent: 'a b'\nreportingInstance: "
		    "i\naction: A\n"),
	 NULL,
	 "reportingComponent: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', "
	 "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
	 "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n"
	 "reason: Required value"},
	/* events.k8s.io makes the new one only */
	{EVENT(NEW_EVENT "type: Normal\n"), NULL, ""},
	{EVENT(NEW_EVENT
	       "type: Normal\nseries: {count: 2, lastObservedTime: '2026-11-25T10:00:01.000000Z'}\n"),
	 NULL, ""},
	{EVENT("type: Odd\ndeprecatedCount: 1\ndeprecatedSource: {component: c}\n"), NULL,
	 "eventTime: Required value\ntype: Invalid value: \"\": has invalid value: Odd\n"
	 "source: Invalid value: \"\": needs to be unset\ncount: Invalid value: \"\": needs to be unset"},
	{EVENT(NEW_EVENT
	       "type: Normal\nseries: {count: 1, lastObservedTime: '2026-11-25T10:00:01.000000Z'}\n"),
	 NULL, "series.count: Invalid value: \"\": should be at least 2"},
	/* an old one may be written back through it, as it is */
	{OLD_EVENT, OLD_EVENT, ""},
	{OLD_EVENT,
	 EVENT("reason: R\nnote: some\ntype: Normal\ndeprecatedCount: 1\ndeprecatedSource: {component: "
	       "c}\ndeprecatedFirstTimestamp: '2026-11-25T11:00:00+01:00'\n"),
	 ""},
	{OLD_EVENT "eventTime: '2026-11-25T10:00:00.000000Z'\nreportingController: c\nreportingInstance: "
		   "i\naction: A\n",
	 OLD_EVENT,
	 "eventTime: Invalid value: \"2026-11-25T10:00:00.000000Z\": field is immutable\n"
	 "action: Invalid value: \"A\": field is immutable\n"
	 "reportingController: Invalid value: \"c\": field is immutable\n"
	 "reportingInstance: Invalid value: \"i\": field is immutable"},
	{EVENT("reason: R\nnote: other\ntype: Normal\ndeprecatedCount: 2\ndeprecatedSource: {component: c}\n"
	       "deprecatedFirstTimestamp: '2026-11-25T10:00:00Z'\n"),
	 OLD_EVENT,
	 "message: Invalid value: \"other\": field is immutable\ncount: Invalid value: 2: field is immutable"},
	{EVENT(NEW_EVENT
	       "type: Normal\nseries: {count: 3, lastObservedTime: '2026-11-25T10:00:01.000000Z'}\n"),
	 EVENT(NEW_EVENT "type: Normal\n"), ""},
};

static const pv_val *
yaml(pv_ctx *cx, const char *text)
{
	const pv_val *v;

	if (pv_yaml_parse(cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s", pv_error_text(cx));
	return v;
}

/* "field: message" of each fault, one a line. */
static const char *
faults(pv_ctx *cx, pv_registry *registry, const char *text, const char *old)
{
	const pv_val *object = yaml(cx, text);
	const pv_resource *res =
		pv_resource_of_kind(cx, registry, pv_text(pv_get(object, "apiVersion"), ""), "Event");
	pv_vec causes;
	pv_buf b;

	assert_non_null(res);
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_buf_init(&b, cx->arena);
	pv_resource_validate(cx, res, object, old ? yaml(cx, old) : NULL, "", &causes, NULL);
	for (size_t i = 0; i < causes.len; i++)
		pv_buf_printf(&b, "%s%s: %s", i ? "\n" : "", PV_AT(pv_cause, &causes, i)->field,
			      PV_AT(pv_cause, &causes, i)->message);
	return b.len ? b.s : "";
}

static void
knows_both_styles(void **state)
{
	pv_registry *registry;
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_registry_new(&cx, &registry), 0);
	for (size_t i = 0; i < PV_LEN(events); i++)
		assert_string_equal(faults(&cx, registry, events[i].object, events[i].old), events[i].faults);
	pv_ctx_done(&cx);
	pv_registry_free(registry);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(knows_both_styles)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
