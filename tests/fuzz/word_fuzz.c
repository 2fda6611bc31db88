/* Small languages: versions, globs, schedules, networks, numbers of a Job, Go's layouts, texts and
 * addresses.  The first line is the pattern where there is one, the rest what it is held against. */
#include <string.h>

#include "base/net.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/cron/cron.h"
#include "lang/glob/glob.h"
#include "lang/go/fmt.h"
#include "lang/go/layout.h"
#include "lang/go/url.h"
#include "lang/ranges/ranges.h"
#include "lang/semver/constraint.h"
#include "lang/semver/semver.h"

#define INDEXES 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
versions(pv_ctx *cx, pv_str a, pv_str b)
{
	const char *wrong;
	pv_semver x, y;
	bool fits;

	wrong = pv_semver_check(cx->arena, a, b, &fits);
	PV_ASSERT(!wrong || *wrong);
	if (!pv_semver_parse(a, &x) || !pv_semver_parse(b, &y))
		return;
	PV_ASSERT(pv_semver_cmp(&x, &x) == 0 && pv_semver_cmp(&x, &y) == -pv_semver_cmp(&y, &x));
}

static void
schedules(pv_ctx *cx, const char *text)
{
	const int64_t now = 1800000000 * PV_SEC;
	pv_cron cron;
	int64_t next;

	if (pv_cron_parse(cx, text, NULL, &cron) < 0) {
		pv_recover(cx);
		return;
	}
	next = pv_cron_next(&cron, now);
	PV_ASSERT(next == 0 || next > now);
}

static void
indexes(pv_ctx *cx, const char *text)
{
	bool set[INDEXES] = {false}, again[INDEXES] = {false};

	if (pv_ranges_parse(cx, text, set, INDEXES) < 0) {
		pv_recover(cx);
		return;
	}
	PV_ASSERT(pv_ranges_parse(cx, pv_ranges_format(cx->arena, set, INDEXES), again, INDEXES) == 0);
	PV_ASSERT(memcmp(set, again, sizeof set) == 0);
}

static void
layouts(pv_ctx *cx, const char *layout, pv_str text)
{
	const char *why;
	pv_civil c = {0};
	pv_buf b;

	if (!pv_layout_parse(cx->arena, layout, text, &c, &why)) {
		PV_ASSERT(*why);
		return;
	}
	pv_buf_init(&b, cx->arena);
	pv_layout_format(&b, layout, &c);
}

static void
texts(pv_ctx *cx, pv_str text)
{
	pv_go_url url;
	pv_buf b;
	pv_net net;
	size_t len;
	const char *wrong = pv_go_url_parse(cx->arena, text, &url), *plain;

	if (!wrong) {
		(void)pv_go_url_hostname(url.host);
		(void)pv_go_url_port(url.host);
	}
	(void)pv_go_url_is_request(text);
	if (pv_net_parse(cx, text, &net) < 0)
		pv_recover(cx);
	pv_buf_init(&b, cx->arena);
	pv_go_quote(&b, text, true);
	plain = pv_go_unquote(cx->arena, (pv_str){b.s, b.len}, &len);
	PV_ASSERT(plain && (!pv_utf8_valid(text.s, text.len, NULL) || pv_str_eq((pv_str){plain, len}, text)));
	(void)pv_go_unquote(cx->arena, text, &len);
}

/* Where nothing is between slashes, both kinds say the same. */
static void
globs(const char *pattern, const char *text)
{
	bool path = pv_glob_match(pattern, text), spans = pv_glob_spans(pattern, text);

	if (!pv_glob_valid(pattern))
		PV_ASSERT(pv_glob_is(pattern));
	if (!strchr(text, '/') && !strstr(pattern, "**"))
		PV_ASSERT(path == spans);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str rest, line = {"", 0};
	const char *first, *second;
	pv_ctx cx;

	if (size > 1024)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	rest = (pv_str){pv_strndup(cx.arena, (const char *)data, size), size};
	texts(&cx, rest);
	pv_str_next(&rest, '\n', &line);
	rest = rest.s ? rest : (pv_str){"", 0};
	first = pv_strndup(cx.arena, line.s, line.len);
	second = pv_strndup(cx.arena, rest.s, rest.len);
	versions(&cx, line, rest);
	globs(first, second);
	schedules(&cx, first);
	indexes(&cx, first);
	layouts(&cx, pv_layout_of(first), rest);
	pv_ctx_done(&cx);
	return 0;
}
