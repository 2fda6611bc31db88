/* Any arguments to any built-in function: a value, undefined, or an error with a code.
 * The first byte chooses the function, the rest is the text of its arguments. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/rego.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* New functions at the end: the corpus knows these by their place. */
/* clang-format off */
static const char *const names[] = {
	"sprintf", "units.parse", "units.parse_bytes", "semver.compare", "time.parse_ns", "time.format", "time.add_date",
	"time.diff", "time.date", "glob.match", "regex.globs_match", "regex.template_match", "regex.find_all_string_submatch_n",
	"regex.replace", "net.cidr_merge", "net.cidr_contains_matches", "net.cidr_expand", "json.patch", "json.filter",
	"json.remove", "json.unmarshal", "yaml.unmarshal", "urlquery.decode_object", "base64.decode", "hex.decode",
	"io.jwt.decode", "io.jwt.decode_verify", "io.jwt.encode_sign_raw", "io.jwt.verify_rs256", "io.jwt.verify_es256",
	"crypto.x509.parse_certificates", "crypto.x509.parse_certificate_request", "graphql.parse_query",
	"graphql.parse_schema", "graphql.schema_is_valid", "graph.reachable", "graph.reachable_paths", "walk",
	"object.union", "object.union_n", "object.subset", "object.get", "array.slice", "array.flatten", "strings.replace_n",
	"strings.split_n", "substring", "indexof_n", "replace", "split", "trim", "trim_space", "upper", "strings.reverse",
	"numbers.range_step", "bits.lsh", "format_int", "to_number", "rem", "div", "round", "sum", "product", "sort",
	"uuid.parse", "providers.aws.sign_req", "json.marshal_with_options", "yaml.marshal", "time.parse_duration_ns",
	"internal.template_string", "graphql.is_valid", "graphql.parse", "graphql.parse_and_verify", "json.match_schema",
	"json.verify_schema", "crypto.parse_private_keys", "crypto.x509.parse_keypair",
	"crypto.x509.parse_rsa_private_key", "crypto.x509.parse_and_verify_certificates_with_options",
	"strings.render_template", "uri.parse", "rego.parse_module",
};
/* clang-format on */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_ctx cx;
	pv_rego *rego;
	pv_rego_query *query;
	pv_rego_result result;
	if (size < 1)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	const char *name = names[data[0] % PV_LEN(names)];
	char *text = pv_printf(cx.arena, "x = %s(%.*s)", name, (int)size - 1, (const char *)data + 1);
	PV_ASSERT(pv_rego_compile(&cx, NULL, 0, &(pv_rego_opts){.untyped = true}, &rego) == 0);
	if (pv_rego_prepare(&cx, rego, text, &query) == 0) {
		pv_rego_eval eval = {.now_ns = 1, .steps = 5000, .strict_builtin_errors = true};
		int r = pv_rego_run(&cx, query, &eval, &result);
		PV_ASSERT(r == 0 || pv_rego_error_code(&cx) != NULL);
		for (size_t i = 0; r == 0 && i < result.sets.len; i++) {
			pv_buf b;
			pv_val v = pv_rego_json(cx.arena, *PV_AT(const pv_val *, &result.sets, i));
			pv_buf_init(&b, cx.arena);
			pv_rego_write(&b, &v, "  ", true);
		}
		pv_rego_query_free(query);
	}
	pv_rego_unref(rego);
	if (cx.err)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
