/* What a mail looks like on its way, and who may not be written to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mail.h"
#include "base/str.h"
#include "base/time.h"

static void
test_text(void **state PV_UNUSED)
{
	const pv_mail mail = {.from = "Pave <pave@example.org>",
			      .to = "mara@example.org",
			      .subject = "Gr\xc3\xb6\xc3\x9f"
					 "e\r\nBcc: eve@example.org",
			      .body = "h\xc3\xa9llo",
			      .id = "1-2"};
	pv_ctx cx;
	const char *text;
	pv_ctx_init(&cx, "test");
	text = pv_mail_text(cx.arena, &mail, INT64_C(1795753104) * PV_SEC);
	assert_string_equal(text, "From: Pave <pave@example.org>\r\n"
				  "To: mara@example.org\r\n"
				  "Subject: =?UTF-8?B?R3LDtsOfZSAgQmNjOiBldmVAZXhhbXBsZS5vcmc=?=\r\n"
				  "Date: Fri, 27 Nov 2026 04:18:24 +0000\r\n"
				  "Message-ID: <1-2@example.org>\r\n"
				  "MIME-Version: 1.0\r\n"
				  "Content-Type: text/plain; charset=UTF-8\r\n"
				  "Content-Transfer-Encoding: base64\r\n\r\n"
				  "aMOpbGxv\r\n");
	pv_ctx_done(&cx);
}

static void
refuse(const char *from, const char *to, const char *why)
{
	const pv_mail_conf conf = {.host = "127.0.0.1", .port = 1};
	const pv_mail mail = {.from = from, .to = to, .subject = "", .body = "", .id = "1"};
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_mail_send(&cx, &conf, &mail), -PV_EINVALID);
	if (!strstr(pv_error_text(&cx), why))
		fail_msg("%s -> %s: expected \"%s\", found \"%s\"", from, to, why, pv_error_text(&cx));
	pv_ctx_done(&cx);
}

static void
test_addresses(void **state PV_UNUSED)
{
	refuse("", "a@b", "expected a sender");
	refuse("a@b\r\nRCPT TO:<eve@c>", "a@b", "expected a sender");
	refuse("a@b", "", "expected an address as a@example.org, found \"\"");
	refuse("a@b", "eve", "expected an address as a@example.org, found \"eve\"");
	refuse("a@b", "a@b,c d@e", "found \"c d@e\"");
	refuse("a@b", "Eve <eve@c", "found \"Eve <eve@c\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_addresses)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
