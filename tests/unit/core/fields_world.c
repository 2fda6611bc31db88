#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fields_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "lang/json/json.h"

/* A kind with everything that apply distinguishes. */
static const char schema_text[] =
	"{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":{"
	"\"box\":{\"type\":\"object\",\"nullable\":true,\"properties\":{\"a\":{\"type\":\"string\"}}},"
	"\"boxes\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\",\"properties\":{\"a\":{"
	"\"type\":\"string\"}}}},"
	"\"color\":{\"type\":\"string\"},\"note\":{\"type\":\"string\"},\"replicas\":{\"type\":\"integer\"},"
	"\"amap\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"},\"x-kubernetes-map-"
	"type\":\"atomic\"},"
	"\"atom\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"x-kubernetes-list-type\":\"atomic\"},"
	"\"set\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"x-kubernetes-list-type\":\"set\"},"
	"\"ports\":{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":["
	"\"name\"],"
	"\"items\":{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":{\"type\":"
	"\"string\"},"
	"\"port\":{\"type\":\"integer\"}}}}}},"
	"\"status\":{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}}}";

const pv_val *
json(fixture *f, const char *text)
{
	const pv_val *v;

	if (pv_json_parse(&f->cx, (pv_str){text, strlen(text)}, NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&f->cx));
	return v;
}

int
fields_setup(void **state)
{
	fixture *f = calloc(1, sizeof *f);

	pv_ctx_init(&f->cx, "test");
	if (pv_schema_from_crd(&f->cx, json(f, schema_text), "", &f->schema) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	f->res = (pv_resource){.group = "x.dev",
			       .version = "v1",
			       .api_version = "x.dev/v1",
			       .kind = "Widget",
			       .has_status = true};
	f->res.schema = f->schema;
	f->res.whole = pv_schema_whole(f->cx.arena, f->schema, NULL);
	*state = f;
	return 0;
}

int
fields_teardown(void **state)
{
	fixture *f = *state;

	pv_schema_unref(f->schema);
	pv_ctx_done(&f->cx);
	free(f);
	return 0;
}

int
apply_in(fixture *f, const char *sub, const char *manager, bool force, const char *text)
{
	const pv_fields_write by = {
		.resource = &f->res, .subresource = sub, .manager = manager, .now_ns = 1000000000};
	const pv_val *left, *intent = json(f, text);
	int r = pv_fields_check(&f->cx, &f->res, intent);

	if (r == 0)
		r = pv_fields_apply(&f->cx, &by, force, f->live, intent, &left);

	if (r == 0)
		f->live = left;
	return r;
}

int
update(fixture *f, const char *manager, int64_t now_ns, const pv_val *old, const pv_val **object)
{
	const pv_fields_write by = {.resource = &f->res, .manager = manager, .now_ns = now_ns};

	return pv_fields_update(&f->cx, &by, old, object);
}

void
apply(fixture *f, const char *manager, const char *spec)
{
	char text[1024];

	snprintf(
		text, sizeof text,
		"{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\"},\"spec\":%s}",
		spec);
	if (apply_in(f, "", manager, false, text) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
}

int
try(fixture *f, const char *manager, bool force, const char *spec)
{
	char text[1024];

	snprintf(
		text, sizeof text,
		"{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\"},\"spec\":%s}",
		spec);
	return apply_in(f, "", manager, force, text);
}

void
expect(fixture *f, const pv_val *v, const char *want)
{
	pv_buf have;

	pv_buf_init(&have, f->cx.arena);
	pv_json_write_sorted(&have, v);
	assert_string_equal(have.s, want);
}

const pv_val *
owned(fixture *f, const char *manager)
{
	const pv_val *all = pv_at(f->live, "metadata.managedFields");

	for (size_t i = 0; i < pv_count(all); i++)
		if (strcmp(pv_text_at(pv_item(all, i), "manager", ""), manager) == 0)
			return pv_get(pv_item(all, i), "fieldsV1");
	return NULL;
}
