#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include "lang/diff/diff.h"
#include "lang/json/json.h"
#include "unit/lang/shared.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
	pv_ctx cx;
	pv_registry *registry;
} fixture;

static int
setup(void **state)
{
	fixture *f = calloc(1, sizeof *f);

	pv_ctx_init(&f->cx, "test");
	if (pv_registry_new(&f->cx, &f->registry) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	pv_registry_free(f->registry);
	pv_ctx_done(&f->cx);
	free(f);
	return 0;
}

static int
decode(fixture *f, const char *type, pv_str body, const pv_val **ret)
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
				 "\x12\x1c"
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
	fixture *f = *state;
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
	fixture *f = *state;
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
	fixture *f = *state;
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
	fixture *f = *state;
	pv_protobuf envelope;

	assert_int_equal(pv_protobuf_envelope(&f->cx, PV_STR("{\"kind\":1}"), &envelope), -PV_EBADREQUEST);
	assert_int_equal(pv_recover(&f->cx), PV_EBADREQUEST);
}

/* ---- the golden files of Kubernetes, where they are at hand ---- */

/* "apps.v1.Deployment" of "apps.v1.Deployment.pb", "rbac.v1.Role" of "rbac.authorization.k8s.io.v1.Role.pb" */
static const pv_schema *
type_of(fixture *f, const char *file)
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
same_as_golden(fixture *f, const char *dir, const char *file, const pv_schema *schema)
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

static void
reads_the_golden_bodies(void **state)
{
	fixture *f = *state;
	const char *dir = shared_path(f->cx.arena, "apiplane/roundtrip/HEAD");
	DIR *d = dir ? opendir(dir) : NULL;
	const struct dirent *entry;
	size_t same = 0, all = 0;

	if (!d)
		skip();
	while ((entry = readdir(d))) {
		const pv_schema *schema =
			pv_ends_with(entry->d_name, ".pb") ? type_of(f, entry->d_name) : NULL;

		if (!schema)
			continue;
		all++;
		same += same_as_golden(f, dir, entry->d_name, schema);
	}
	closedir(d);
	print_message("# %zu of %zu golden bodies read exactly\n", same, all);
	assert_true(all > 40);
	assert_true(same >= all * 3 / 4); /* the files have fields that are newer than the facts table */
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_a_config_map),          T(refuses_what_is_cut),     T(survives_any_change_of_a_byte),
		T(other_bytes_are_no_envelope), T(reads_the_golden_bodies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
