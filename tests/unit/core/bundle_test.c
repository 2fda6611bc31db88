/* Bundles: what they hold, what is no bundle, and who may say that a bundle is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "core/bundle/bundle.h"
#include "lang/json/json.h"
#include "unit/context.h"

#define MODULE "package a.b\n\nx := data.a.c\n"

/* NAME, TEXT, ..., NULL */
static pv_vec
files_of(const char *name, ...)
{
	pv_vec files;
	va_list ap;
	va_start(ap, name);
	pv_vec_init(&files, cx.arena, sizeof(pv_bundle_file));
	for (; name; name = va_arg(ap, const char *)) {
		pv_bundle_file f = {name, pv_str_of(va_arg(ap, const char *))};
		pv_vec_push(&files, &f);
	}
	va_end(ap);
	return files;
}

static int
read_back(const pv_vec *files, const pv_bundle_trust *trust, pv_bundle *ret)
{
	pv_bundle_opts opts = {.trust = trust};
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_bundle_pack(&cx, files, &b), 0);
	return pv_bundle_read(&cx, (pv_str){b.s, b.len}, &opts, ret);
}

/* It is refused, and the error says so. */
static void
assert_refused(const pv_vec *files, const pv_bundle_trust *trust, const char *text)
{
	pv_bundle b;
	assert_true(read_back(files, trust, &b) < 0);
	if (!strstr(pv_error_text(&cx), text))
		fail_msg("expected \"%s\", found \"%s\"", text, pv_error_text(&cx));
	pv_recover(&cx);
}

static void
a_bundle_has_modules_documents_and_a_manifest(void **state)
{
	pv_vec files = files_of("a/c/data.json", "{\"k\":1}", "a/d/data.yaml", "two: 2\n", "a/other.json",
				"[", "a/b/m.rego", MODULE, ".manifest",
				"{\"revision\":\"r1\",\"roots\":[\"/a/\"]}", NULL);
	pv_bundle b;
	(void)state;
	assert_int_equal(read_back(&files, NULL, &b), 0);
	assert_string_equal(b.revision, "r1");
	assert_int_equal(b.roots.len, 1);
	assert_string_equal(*PV_AT(const char *, &b.roots, 0), "a");
	assert_int_equal(b.modules.len, 1);
	assert_string_equal(pv_json_text(cx.arena, b.data), "{\"a\":{\"c\":{\"k\":1},\"d\":{\"two\":2}}}");
}

static void
what_is_not_below_the_roots_is_refused(void **state)
{
	pv_vec files;
	(void)state;
	files = files_of("b/m.rego", MODULE, ".manifest", "{\"roots\":[\"a/c\"]}", NULL);
	assert_refused(&files, NULL, "manifest roots [a/c] do not permit 'package a/b' in module 'b/m.rego'");
	files = files_of("x/data.json", "{}", ".manifest", "{\"roots\":[\"a/c\"]}", NULL);
	assert_refused(&files, NULL, "do not permit data at path '/x'");
	files = files_of(".manifest", "{\"roots\":[\"a/c\",\"a\"]}", NULL);
	assert_refused(&files, NULL, "manifest has overlapped roots: 'a/c' and 'a'");
	files = files_of(".manifest", "{\"roots\":[\"a\",\"a-b\",\"a.c\",\"b\",\"a/c\"]}",
			 NULL); /* before - and . */
	assert_refused(&files, NULL, "manifest has overlapped roots: 'a' and 'a/c'");
	files = files_of(".manifest", "{\"roots\":[\"ab\",\"a\"]}", NULL);
	pv_bundle b;
	assert_int_equal(read_back(&files, NULL, &b), 0);
}

static void
what_is_no_bundle_is_refused(void **state)
{
	pv_vec files;
	(void)state;
	files = files_of("../m.rego", MODULE, NULL);
	assert_refused(&files, NULL, "illegal path");
	files = files_of("policy.wasm", "x", NULL);
	assert_refused(&files, NULL, "WebAssembly policies are not supported");
	files = files_of("patch.json", "{\"data\":[]}", "data.json", "{\"a\":1}", NULL);
	assert_refused(&files, NULL, "delta bundle expected to contain only patch file but data files found");
	files = files_of(".manifest", "{\"roots\":7}", NULL);
	assert_refused(&files, NULL, "roots: expected an array of strings, found number");
}

/* Of a bundle that is a few hundred kilobytes; what the tar comes to is counted, too. */
static void
many_folders_take_what_they_need(void **state)
{
	enum { MANY = 5000 };
	size_t before = pv_arena_used(cx.arena);
	pv_vec files;
	pv_bundle b;
	(void)state;
	pv_vec_init(&files, cx.arena, sizeof(pv_bundle_file));
	for (int i = 0; i < MANY; i++)
		*(pv_bundle_file *)pv_vec_add(&files) =
			(pv_bundle_file){pv_printf(cx.arena, "d/k%d/data.json", i), PV_STR("{\"x\":1}")};
	assert_int_equal(read_back(&files, NULL, &b), 0);
	assert_int_equal(pv_get(b.data, "d")->len, MANY);
	assert_in_range(pv_arena_used(cx.arena) - before, 0, (size_t)64 << 20);
	files = files_of("a/data.json", "{\"b\":{\"c\":1}}", "a/b/data.json", "{\"d\":2}", "a/b/c/data.yaml",
			 "{}", "e/data.json", "{}", NULL);
	assert_refused(&files, NULL, "a/data.json: merge error: key c is given by another file too");
}

static void
what_is_deep_is_refused(void **state)
{
	char path[2 * 101 + sizeof "data.json"];
	pv_vec files;
	(void)state;
	for (size_t i = 0; i < 101; i++)
		memcpy(path + 2 * i, "a/", 2);
	memcpy(path + 202, "data.json", sizeof "data.json");
	files = files_of(path, "{}", NULL);
	assert_refused(&files, NULL, "directories are nested more than 100 deep");
}

/* As OPA hashes it: what is no data of the bundle counts byte by byte, whatever it is called. */
static void
a_signature_covers_what_is_no_document(void **state)
{
	pv_bundle_signer signer = {.key = {.id = "k", .alg = "HS256", .key = "s3cret"}};
	pv_vec files = files_of("values.yaml", "a: [", NULL);
	pv_val signatures;
	(void)state;
	assert_int_equal(pv_bundle_sign(&cx, &files, &signer, &signatures), 0);
}

static void
a_signature_covers_every_file(void **state)
{
	pv_bundle_signer signer = {.key = {.id = "k", .alg = "HS256", .key = "s3cret"}};
	pv_bundle_key key = signer.key, other = {.id = "k", .alg = "HS256", .key = "another"};
	pv_bundle_trust trust = {.keys = &key, .n = 1, .wanted = true}, none = {0};
	pv_bundle_trust wrong = {.keys = &other, .n = 1, .wanted = true};
	pv_vec files = files_of("data.json", "{\"b\":1,\"a\":2}", "m.rego", MODULE, NULL), unsigned_files;
	pv_val signatures;
	pv_bundle b;
	(void)state;
	unsigned_files = files;
	assert_refused(&unsigned_files, &trust, "bundle missing .signatures.json file");
	assert_int_equal(pv_bundle_sign(&cx, &files, &signer, &signatures), 0);
	const char *text = pv_json_text(cx.arena, &signatures);
	files = files_of("data.json", "{ \"a\": 2, \"b\": 1 }", "m.rego", MODULE, ".signatures.json", text,
			 NULL);
	assert_int_equal(read_back(&files, &trust, &b), 0); /* how it is written does not count */
	assert_refused(&files, &none, "verification key not provided");
	assert_refused(&files, &wrong, "no match");
	trust.scope = "write";
	assert_refused(&files, &trust, "scope mismatch");
	trust.scope = NULL;
	files = files_of("data.json", "{\"a\":3,\"b\":1}", "m.rego", MODULE, ".signatures.json", text, NULL);
	assert_refused(&files, &trust, "data.json: digest mismatch");
	files = files_of("data.json", "{\"a\":2,\"b\":1}", "m.rego", MODULE, "n.rego", "package n",
			 ".signatures.json", text, NULL);
	assert_refused(&files, &trust, "file n.rego not included in bundle signature");
	const char *const exclude[] = {"n.rego", NULL};
	trust.exclude = exclude;
	assert_int_equal(read_back(&files, &trust, &b), 0);
	files = files_of("m.rego", MODULE, ".signatures.json", text, NULL);
	assert_refused(&files, &trust, "specified in bundle signatures but not found");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bundle_has_modules_documents_and_a_manifest),
		cmocka_unit_test(what_is_not_below_the_roots_is_refused),
		cmocka_unit_test(what_is_no_bundle_is_refused),
		cmocka_unit_test(many_folders_take_what_they_need),
		cmocka_unit_test(what_is_deep_is_refused),
		cmocka_unit_test(a_signature_covers_every_file),
		cmocka_unit_test(a_signature_covers_what_is_no_document),
	};
	return cmocka_run_group_tests(tests, context_begin, context_end);
}
