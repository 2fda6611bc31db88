/* Any bytes are an AdmissionReview of another cluster, with an answer, or an ordinary error: by policies in Rego
 * and in CEL, and a mutator.  And any two documents, a review and what a webhook says to it, are an answer or an error. */
#include "base/file.h"
#include "base/str.h"
#include "core/admission/webhook/webhook.h"
#include "core/module.h"
#include "fuzz/pieces.h"
#include "governance/webhook/webhook.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pv_api *api;

static void
must(pv_ctx *cx, int r)
{
	if (r < 0)
		pv_panic(__FILE__, __LINE__, pv_error_text(cx));
}

static void
create_all(pv_ctx *cx)
{
	const pv_val *v, *made;
	pv_str text;
	pv_vec docs;

	must(cx, pv_file_load(cx, PAVE_SOURCE_DIR "/tests/fuzz/review_policies.yaml", 1 << 16, &text));
	must(cx, pv_yaml_parse_all(cx, text, NULL, &docs));
	for (size_t i = 0; i < docs.len; i++) {
		pv_call call = {.subresource = "", .name = "", .manager = "fuzz", .grace_seconds = -1};

		v = *PV_AT(const pv_val *, &docs, i);
		call.ns = pv_text_at(v, "metadata.namespace", "");
		call.resource = pv_resource_of_kind(cx, pv_api_registry(api), pv_text_at(v, "apiVersion", ""),
						    pv_text_at(v, "kind", ""));
		PV_ASSERT(call.resource);
		must(cx, pv_api_create(cx, api, &call, v, &made));
	}
}

/* A whole API in memory, once; it ends with the process. */
static void
open_api(void)
{
	static pv_ctx cx;
	const pv_store_conf conf = {.url = "memory:"};
	pv_api_conf parts = {0};

	pv_ctx_init(&cx, "fuzz");
	must(&cx, pv_store_open(&cx, &conf, &parts.store));
	must(&cx, pv_registry_new(&cx, &parts.registry));
	must(&cx, pv_auth_open(&cx, parts.store, NULL, &parts.auth));
	must(&cx, pv_auth_bootstrap(&cx, parts.auth));
	must(&cx, pv_api_open(&cx, &parts, &api));
	for (size_t i = 0; pv_modules[i]; i++)
		if (pv_modules[i]->start)
			must(&cx, pv_modules[i]->start(&cx, api));
	pv_auth_internal(&cx, "system:fuzz");
	create_all(&cx);
}

static void
judged(pv_ctx *cx, pv_str body, bool mutating)
{
	pv_val answer;

	if (webhook_judge(cx, api, mutating, body, &answer) < 0)
		pv_recover(cx);
	else
		PV_ASSERT(*pv_text_at(&answer, "response.uid", "") && pv_at(&answer, "response.allowed"));
}

static void
answered(pv_ctx *cx, pv_str asked, pv_str answer)
{
	const pv_val *review, *said;
	webhook_answer got;

	if (pv_json_parse(cx, asked, NULL, &review) < 0 || pv_json_parse(cx, answer, NULL, &said) < 0) {
		pv_recover(cx);
		return;
	}
	for (int mutating = 0; mutating < 2; mutating++)
		if (webhook_read(cx, review, said, mutating, &got) < 0 ||
		    (!got.allowed && webhook_refuse(cx, "w", got.status) < 0))
			pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str rest = {(const char *)data, size}, asked;
	pv_ctx cx;

	if (!api)
		open_api();
	pv_ctx_init(&cx, "fuzz");
	pv_auth_internal(&cx, "system:fuzz");
	asked = piece_next(&rest);
	if (rest.len) {
		answered(&cx, asked, rest);
	} else {
		judged(&cx, asked, false);
		judged(&cx, asked, true);
	}
	pv_ctx_done(&cx);
	return 0;
}
