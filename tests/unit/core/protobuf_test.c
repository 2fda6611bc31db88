#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "core/kinds/kinds.h"
#include "lang/diff/diff.h"
#include "lang/json/json.h"
#include "unit/core/registry_world.h"
#include "unit/lang/shared.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int
decode(registry_world *f, const char *type, pv_str body, const pv_val **ret)
{
	pv_protobuf envelope;
	int r = pv_protobuf_envelope(&f->cx, body, &envelope);

	return r < 0 ? r : pv_protobuf_parse(&f->cx, &envelope, pv_registry_type(f->registry, type), ret);
}

/* ConfigMap {metadata: {name: "a", generateName: "", creationTimestamp: {}}, data: {"k": "v", "e": ""}} */
static const char config_map[] = "k8s\0"
				 "\x0a\x0f"
				 "\x0a\x02v1\x12\x09"
				 "ConfigMap"
				 "\x12\x18"
				 "\x0a\x07"
				 "\x0a\x01"
				 "a\x12\x00\x42\x00"
				 "\x12\x06\x0a\x01k\x12\x01v"
				 "\x12\x05\x0a\x01"
				 "e\x12\x00"
				 "\x1a\x00\x22\x00";

static void
reads_a_config_map(void **state)
{
	registry_world *f = *state;
	const pv_val *v;

	if (decode(f, "core.v1.ConfigMap", (pv_str){config_map, 4 + 2 + 15 + 2 + 28}, &v) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	assert_string_equal(pv_text_at(v, "kind", ""), "ConfigMap");
	assert_string_equal(pv_text_at(v, "metadata.name", ""), "a");
	assert_null(pv_at(v, "metadata.generateName"));
	assert_null(pv_at(v, "metadata.creationTimestamp"));
	assert_string_equal(pv_text_at(v, "data.k", ""), "v");
	assert_string_equal(pv_text_at(v, "data.e", "absent"), "");
}

static void
refuses_what_is_cut(void **state)
{
	registry_world *f = *state;
	size_t whole = 4 + 2 + 15 + 2 + 28, refused = 0;

	for (size_t len = 0; len < whole; len++) {
		const pv_val *v;
		char *copy = malloc(len + 1); /* so that the sanitizer sees a byte too far */

		memcpy(copy, config_map, len);
		if (decode(f, "core.v1.ConfigMap", (pv_str){copy, len}, &v) < 0) {
			assert_int_equal(pv_recover(&f->cx), PV_EBADREQUEST);
			refused++;
		}
		free(copy);
	}
	assert_true(refused > whole / 2);
}

static void
survives_any_change_of_a_byte(void **state)
{
	registry_world *f = *state;
	size_t whole = 4 + 2 + 15 + 2 + 28;

	for (size_t i = 4; i < whole; i++)
		for (int change = 1; change < 256; change += 7) {
			const pv_val *v;
			char *copy = malloc(whole);

			memcpy(copy, config_map, whole);
			copy[i] = (char)(copy[i] ^ change);
			if (decode(f, "core.v1.ConfigMap", (pv_str){copy, whole}, &v) < 0)
				assert_int_equal(pv_recover(&f->cx), PV_EBADREQUEST);
			free(copy);
			pv_ctx_reset(&f->cx);
		}
}

static void
other_bytes_are_no_envelope(void **state)
{
	registry_world *f = *state;
	pv_protobuf envelope;

	assert_int_equal(pv_protobuf_envelope(&f->cx, PV_STR("{\"kind\":1}"), &envelope), -PV_EBADREQUEST);
	assert_int_equal(pv_recover(&f->cx), PV_EBADREQUEST);
}

/* Lease {spec: {acquireTime: {seconds, nanos 5000}}}; NULL: refused. */
static const char *
acquired(registry_world *f, int64_t seconds)
{
	char body[] = "k8s\0"
		      "\x12\x12"
		      "\x12\x10"
		      "\x1a\x0e"
		      "\x08..........\x10\x88\x27";
	const pv_val *v;

	for (size_t i = 0; i < 10; i++)
		body[11 + i] = (char)((((uint64_t)seconds >> 7 * i) & 0x7f) | (i < 9 ? 0x80 : 0));
	if (decode(f, "coordination.v1.Lease", (pv_str){body, sizeof body - 1}, &v) < 0) {
		assert_int_equal(pv_recover(&f->cx), PV_EBADREQUEST);
		return NULL;
	}
	return pv_text_at(v, "spec.acquireTime", "");
}

static void
tells_times_of_every_year(void **state)
{
	registry_world *f = *state;

	assert_string_equal(acquired(f, -62135596798), "0001-01-01T00:00:02.000005Z");
	assert_string_equal(acquired(f, -62167219200), "0000-01-01T00:00:00.000005Z");
	assert_string_equal(acquired(f, 253402300799), "9999-12-31T23:59:59.000005Z");
	assert_null(acquired(f, -62167219201));
	assert_null(acquired(f, 253402300800));
	assert_null(acquired(f, INT64_MIN));
}

/* ---- the golden files of Kubernetes, where they are at hand ---- */

#define NEWER 9 /* kinds there with fields that Kubernetes 1.34, which the facts are of, has not */

/* "apps.v1.Deployment" of "apps.v1.Deployment.pb", "rbac.v1.Role" of "rbac.authorization.k8s.io.v1.Role.pb" */
static const pv_schema *
type_of(registry_world *f, const char *file)
{
	pv_str rest = {file, strlen(file) - 3}, piece;
	const char *part[12];
	size_t n = 0;

	while (n < PV_LEN(part) && pv_str_next(&rest, '.', &piece))
		part[n++] = pv_strndup(f->cx.arena, piece.s, piece.len);
	if (n < 3)
		return NULL;
	return pv_registry_type(f->registry,
				pv_printf(f->cx.arena, "%s.%s.%s", part[0], part[n - 2], part[n - 1]));
}

static bool
same_as_golden(registry_world *f, const char *dir, const char *file, const pv_schema *schema)
{
	char *stem = pv_strndup(f->cx.arena, file, strlen(file) - 3);
	const pv_val *want, *have;
	pv_protobuf envelope;
	pv_str bytes, text;
	pv_vec changes;

	if (pv_file_load(&f->cx, pv_printf(f->cx.arena, "%s/%s", dir, file), 1u << 24, &bytes) < 0 ||
	    pv_file_load(&f->cx, pv_printf(f->cx.arena, "%s/%s.json", dir, stem), 1u << 24, &text) < 0 ||
	    pv_json_parse(&f->cx, text, NULL, &want) < 0 ||
	    pv_protobuf_envelope(&f->cx, bytes, &envelope) < 0 ||
	    pv_protobuf_parse(&f->cx, &envelope, schema, &have) < 0) {
		print_message("# %s: %s\n", file, pv_error_text(&f->cx));
		(void)pv_recover(&f->cx);
		return false;
	}
	if (pv_eq(want, have))
		return true;
	pv_vec_init(&changes, f->cx.arena, sizeof(pv_change));
	pv_diff(&f->cx, want, have, &changes);
	if (changes.len) {
		const pv_change *first = PV_AT(pv_change, &changes, 0);

		print_message("# %s: %zu differences, first: %s: wanted %s, found %s\n", file, changes.len,
			      first->path, first->from ? pv_json_text(f->cx.arena, first->from) : "nothing",
			      first->to ? pv_json_text(f->cx.arena, first->to) : "nothing");
	}
	return false;
}

/* Exactly what Kubernetes wrote, but for kinds with fields that are newer than the facts table. */
static bool
writes_as_golden(registry_world *f, const char *dir, const char *file, const pv_schema *schema)
{
	const pv_val *v;
	pv_protobuf envelope;
	pv_str bytes;
	pv_buf out;

	pv_buf_init(&out, f->cx.arena);
	if (pv_file_load(&f->cx, pv_printf(f->cx.arena, "%s/%s", dir, file), 1u << 24, &bytes) < 0 ||
	    pv_protobuf_envelope(&f->cx, bytes, &envelope) < 0 ||
	    pv_protobuf_parse(&f->cx, &envelope, schema, &v) < 0 ||
	    pv_protobuf_write(&f->cx, schema, v, false, &out) < 0) {
		print_message("# %s: %s\n", file, pv_error_text(&f->cx));
		(void)pv_recover(&f->cx);
		return false;
	}
	if (out.len == bytes.len && memcmp(out.s, bytes.s, out.len) == 0)
		return true;
	for (size_t i = 0; i < out.len && i < bytes.len; i++)
		if (out.s[i] != bytes.s[i]) {
			print_message("# %s: byte %zu of %zu (wanted %zu) differs\n", file, i, out.len,
				      bytes.len);
			return false;
		}
	print_message("# %s: written in %zu bytes, wanted %zu\n", file, out.len, bytes.len);
	return false;
}

static void
round_trips(registry_world *f, const pv_schema *schema, const char *json)
{
	const pv_val *want, *have;
	pv_protobuf envelope;
	pv_buf out;

	pv_buf_init(&out, f->cx.arena);
	if (pv_json_parse(&f->cx, pv_str_of(json), NULL, &want) < 0 ||
	    pv_protobuf_write(&f->cx, schema, want, false, &out) < 0 ||
	    pv_protobuf_envelope(&f->cx, (pv_str){out.s, out.len}, &envelope) < 0 ||
	    pv_protobuf_parse(&f->cx, &envelope, schema, &have) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	if (!pv_eq(want, have))
		fail_msg("wanted %s, found %s", json, pv_json_text(f->cx.arena, have));
}

static void
writes_a_config_map(void **state)
{
	static const char want[] = "k8s\0"
				   "\x0a\x0f"
				   "\x0a\x02v1\x12\x09"
				   "ConfigMap"
				   "\x12\x14"
				   "\x0a\x03"
				   "\x0a\x01"
				   "a"
				   "\x12\x05\x0a\x01"
				   "e\x12\x00"
				   "\x12\x06\x0a\x01k\x12\x01v"
				   "\x1a\x00\x22\x00";
	registry_world *f = *state;
	const pv_val *v;
	pv_buf out;

	pv_buf_init(&out, f->cx.arena);
	if (decode(f, "core.v1.ConfigMap", (pv_str){config_map, 4 + 2 + 15 + 2 + 28}, &v) < 0 ||
	    pv_protobuf_write(&f->cx, pv_registry_type(f->registry, "core.v1.ConfigMap"), v, false, &out) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	assert_int_equal(out.len, sizeof want - 1);
	assert_memory_equal(out.s, want, out.len);
}

static void
keeps_what_a_zero_and_a_union_say(void **state)
{
	registry_world *f = *state;

	round_trips(
		f, pv_registry_type(f->registry, "apps.v1.Deployment"),
		"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\",\"creationTimestamp\":"
		"\"1969-12-31T23:59:59Z\"},\"spec\":{\"replicas\":0,\"paused\":true,\"strategy\":{\"rollingUpdate\":{"
		"\"maxSurge\":\"25%\",\"maxUnavailable\":1}},\"template\":{\"spec\":{\"securityContext\":{},"
		"\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"1\"}}}],\"volumes\":[{\"name\":\"v\","
		"\"emptyDir\":{}}]}}}}");
	round_trips(
		f, pv_registry_type(f->registry, "apiextensions.v1.CustomResourceDefinition"),
		"{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\",\"metadata\":{\"name\":"
		"\"a.b\"},\"spec\":{\"versions\":[{\"name\":\"v1\",\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\","
		"\"x-kubernetes-preserve-unknown-fields\":true,\"default\":{\"a\":[1]},\"properties\":{\"a\":{\"type\":"
		"\"array\",\"items\":{\"type\":\"string\"},\"x-kubernetes-list-type\":\"set\"},\"b\":{"
		"\"additionalProperties\":{\"type\":\"string\"}},\"c\":{\"additionalProperties\":false},\"d\":{"
		"\"additionalProperties\":true},\"e\":{\"enum\":[\"x\",1,null]},\"f\":{\"minimum\":-1.5}}}},\"served\":"
		"true,\"storage\":true}]}}");
	round_trips(
		f, pv_registry_type(f->registry, "admissionregistration.v1.ValidatingAdmissionPolicy"),
		"{\"apiVersion\":\"admissionregistration.k8s.io/v1\",\"kind\":\"ValidatingAdmissionPolicy\",\"spec\":{"
		"\"matchConstraints\":{\"resourceRules\":[{\"resourceNames\":[\"n\"],\"operations\":[\"CREATE\"],"
		"\"apiGroups\":[\"apps\"],\"apiVersions\":[\"*\"],\"resources\":[\"deployments\"],\"scope\":\"*\"}]}}}");
}

/* A field without a number would be lost without a word. */
static void
every_field_has_a_number(void **state)
{
	registry_world *f = *state;
	pv_str file, line, cell[5], type = {"", 0};

	if (pv_file_load(&f->cx, "src/core/kinds/facts.tsv", 1u << 24, &file) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	while (pv_str_next(&file, '\n', &line)) {
		size_t n = 0;

		while (n < PV_LEN(cell) && pv_str_next(&line, '\t', &cell[n]))
			n++;
		if (n > 1 && pv_str_is(cell[0], "T"))
			type = cell[1];
		if (n < 5 || !pv_str_is(cell[0], "F") || !pv_str_is(cell[4], "-") ||
		    pv_str_is(cell[1], "apiVersion") || pv_str_is(cell[1], "kind"))
			continue;
		fail_msg("facts.tsv: %.*s: %.*s has no number", (int)type.len, type.s, (int)cell[1].len,
			 cell[1].s);
	}
}

static void
each_golden(registry_world *f, size_t *ret_all, size_t *ret_same,
	    bool (*same)(registry_world *f, const char *dir, const char *file, const pv_schema *schema))
{
	const char *dir = shared_path(f->cx.arena, "apiplane/roundtrip/HEAD");
	DIR *d = dir ? opendir(dir) : NULL;
	const struct dirent *entry;

	if (!d)
		skip();
	*ret_all = *ret_same = 0;
	while ((entry = readdir(d))) {
		const pv_schema *schema =
			pv_ends_with(entry->d_name, ".pb") ? type_of(f, entry->d_name) : NULL;

		if (!schema)
			continue;
		++*ret_all;
		*ret_same += same(f, dir, entry->d_name, schema);
	}
	closedir(d);
}

static void
writes_the_golden_bodies(void **state)
{
	size_t same, all;

	each_golden(*state, &all, &same, writes_as_golden);
	print_message("# %zu of %zu golden bodies written exactly\n", same, all);
	assert_true(all > 40);
	assert_int_equal(same, all - NEWER);
}

static void
reads_the_golden_bodies(void **state)
{
	size_t same, all;

	each_golden(*state, &all, &same, same_as_golden);
	print_message("# %zu of %zu golden bodies read exactly\n", same, all);
	assert_true(all > 40);
	assert_int_equal(same, all - NEWER);
}

#define T(test) cmocka_unit_test_setup_teardown(test, registry_setup, registry_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_a_config_map),
		T(refuses_what_is_cut),
		T(survives_any_change_of_a_byte),
		T(other_bytes_are_no_envelope),
		T(tells_times_of_every_year),
		T(reads_the_golden_bodies),
		T(writes_a_config_map),
		T(keeps_what_a_zero_and_a_union_say),
		T(every_field_has_a_number),
		T(writes_the_golden_bodies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
