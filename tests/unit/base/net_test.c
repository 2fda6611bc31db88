/* Networks: how they are written, and what is in them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/net.h"

static bool
has(const char *net, const char *address)
{
	struct sockaddr_in six_or_four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	pv_ctx cx;
	pv_net n;
	bool v4 = inet_pton(AF_INET, address, &six_or_four.sin_addr) == 1, in;
	pv_ctx_init(&cx, "net");
	assert_true(v4 || inet_pton(AF_INET6, address, &six.sin6_addr) == 1);
	assert_int_equal(pv_net_parse(&cx, pv_str_of(net), &n), 0);
	in = pv_net_has(&n, v4 ? (const struct sockaddr *)(const void *)&six_or_four
			       : (const struct sockaddr *)(const void *)&six);
	pv_ctx_done(&cx);
	return in;
}

static void
networks_have_addresses(void **state PV_UNUSED)
{
	assert_true(has("169.254.0.0/16", "169.254.0.0"));
	assert_true(has("169.254.0.0/16", "169.254.255.255"));
	assert_false(has("169.254.0.0/16", "169.253.255.255"));
	assert_false(has("169.254.0.0/16", "169.255.0.0"));
	assert_true(has("10.128.0.0/9", "10.128.0.0"));
	assert_false(has("10.128.0.0/9", "10.127.255.255"));
	assert_true(has("0.0.0.0/0", "203.0.113.9"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_true(has("203.0.113.9", "203.0.113.9"));
	assert_false(has("203.0.113.9", "203.0.113.8"));
	assert_true(has("fe80::/10", "fe80::1"));
	assert_true(has("fe80::/10", "febf:ffff::"));
	assert_false(has("fe80::/10", "fec0::1"));
	assert_true(has("::/0", "2001:db8::1"));
	assert_true(has("::1", "::1"));
}

static void
addresses_in_other_clothes_are_the_same(void **state PV_UNUSED)
{
	assert_true(has("169.254.0.0/16", "::ffff:169.254.169.254"));
	assert_true(has("169.254.0.0/16", "64:ff9b::169.254.169.254"));
	assert_false(has("169.254.0.0/16", "64:ff9b::10.0.0.1"));
	assert_false(has("fe80::/10", "169.254.169.254"));
}

static void
lists_have_what_one_of_them_has(void **state PV_UNUSED)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	pv_ctx cx;
	pv_vec nets;
	pv_ctx_init(&cx, "net");
	pv_vec_init(&nets, cx.arena, sizeof(pv_net));
	assert_int_equal(pv_nets_parse(&cx, "", &nets), 0);
	assert_int_equal(nets.len, 0);
	assert_int_equal(pv_nets_parse(&cx, PV_NETS_LINK_LOCAL, &nets), 0);
	assert_int_equal(pv_nets_parse(&cx, "10.0.0.0/8,192.0.2.7", &nets), 0);
	assert_int_equal(nets.len, 5);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &a.sin_addr), 1);
	assert_true(pv_nets_have(&nets, (const struct sockaddr *)(const void *)&a));
	assert_int_equal(inet_pton(AF_INET, "192.0.2.8", &a.sin_addr), 1);
	assert_false(pv_nets_have(&nets, (const struct sockaddr *)(const void *)&a));
	pv_ctx_done(&cx);
}

static void
what_is_no_network_is_refused(void **state PV_UNUSED)
{
	static const char *const wrong[] = {
		"",         "x",          "10.0.0.0/33",  "10.0.0.0/-1", "10.0.0.0/",
		"10.0.0/8", "fe80::/129", "fe80::%lo/10", "1.2.3.4/8/8", "localhost"};
	for (size_t i = 0; i < PV_LEN(wrong); i++) {
		pv_ctx cx;
		pv_net n;
		pv_ctx_init(&cx, "net");
		if (pv_net_parse(&cx, pv_str_of(wrong[i]), &n) == 0)
			fail_msg("\"%s\" was taken", wrong[i]);
		pv_recover(&cx);
		pv_ctx_done(&cx);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_have_addresses),
		cmocka_unit_test(addresses_in_other_clothes_are_the_same),
		cmocka_unit_test(lists_have_what_one_of_them_has),
		cmocka_unit_test(what_is_no_network_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
