/* The small readers of base: numbers, instants, durations, base64, UTF-8, JSON
 * strings, tokens.  Nothing crashes, and what is written reads back the same. */
#include <string.h>

#include "base/buf.h"
#include "base/jwt.h"
#include "base/regex.h"
#include "base/str.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
numbers(pv_ctx *cx, pv_str text)
{
	int64_t n, back;
	double d;

	if (pv_parse_int(text, &n)) {
		char *again = pv_printf(cx->arena, "%lld", (long long)n);
		PV_ASSERT(pv_parse_int(pv_str_of(again), &back) && back == n);
		PV_ASSERT(pv_parse_double(text, &d));
	}
	if (pv_time_parse(text, &n) && n > INT64_MIN && n < INT64_MAX) {
		PV_ASSERT(pv_time_parse(pv_str_of(pv_time_format(cx->arena, n)), &back));
		PV_ASSERT(n - back >= 0 && n - back < PV_SEC);
	}
	if (pv_duration_parse(text, &n))
		PV_ASSERT(pv_duration_parse(pv_str_of(pv_duration_format(cx->arena, n)), &back) && back == n);
	if (text.len == sizeof n) {
		memcpy(&n, text.s, sizeof n);
		PV_ASSERT(pv_duration_parse(pv_str_of(pv_duration_format(cx->arena, n)), &back) && back == n);
		pv_age_format(cx->arena, n);
	}
}

static void
codes(pv_ctx *cx, pv_str text)
{
	for (int url = 0; url < 2; url++) {
		char *coded = pv_base64(cx->arena, text.s, text.len, url);
		size_t len = 0;
		uint8_t *plain = pv_unbase64(cx->arena, pv_str_of(coded), url, &len);

		PV_ASSERT(plain != NULL && len == text.len && memcmp(plain, text.s, len) == 0);
		plain = pv_unbase64(cx->arena, text, url, &len);
		if (plain != NULL) /* one text only decodes to these bytes */
			PV_ASSERT(pv_str_eq(pv_str_of(pv_base64(cx->arena, plain, len, url)), text));
	}
}

static void
strings(pv_ctx *cx, pv_str text)
{
	pv_str rest = text, piece;
	size_t total = 0, bad = 0;
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	pv_buf_add_json(&b, text.s, text.len);
	PV_ASSERT(pv_utf8_valid(b.s, b.len, NULL));
	PV_ASSERT(b.len >= 2 && b.s[0] == '"' && b.s[b.len - 1] == '"');
	for (size_t i = 0; i < b.len; i++)
		PV_ASSERT((unsigned char)b.s[i] >= ' ');
	if (!pv_utf8_valid(text.s, text.len, &bad))
		PV_ASSERT(bad < text.len && pv_utf8_valid(text.s, bad, NULL));
	while (pv_str_next(&rest, ',', &piece))
		total += piece.len + 1;
	PV_ASSERT(total == text.len + 1);
}

static void
patterns(pv_ctx *cx, pv_str text)
{
	pv_re *re = NULL;
	pv_vec all;

	if (pv_re_compile(cx, text, &re) < 0) {
		pv_recover(cx);
		return;
	}
	pv_re_find_all(re, cx->arena, text, -1, NULL, &all);
	pv_re_replace(re, cx->arena, text, PV_STR("$1${x}$$"), NULL);
	pv_re_split(re, cx->arena, text, -1, NULL, &all);
	pv_re_free(re);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_ctx cx;
	pv_str text;
	pv_jwt jwt;

	if (size > 4096)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	text = (pv_str){pv_strndup(cx.arena, (const char *)data, size), size};
	numbers(&cx, text);
	codes(&cx, text);
	strings(&cx, text);
	patterns(&cx, text);
	if (pv_jwt_parse(&cx, text.s, &jwt) < 0)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
