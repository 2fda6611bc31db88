#include "unit/core/echo_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"

static int
echo_input(pv_session *s, int channel, int (*change)(int))
{
	for (;;) {
		pv_session_news news = pv_session_wait(s, 120 * PV_SEC);
		char *text;

		if (news.event != PV_S_DATA)
			return news.event == PV_S_CLOSED ? 0 : -1;
		text = strndup(news.bytes.s, news.bytes.len);
		for (size_t i = 0; change && i < news.bytes.len; i++)
			text[i] = (char)change(text[i]);
		pv_session_write(s, channel < 0 ? news.channel : channel, (pv_str){text, news.bytes.len});
		free(text);
	}
}

static int
upper(int c)
{
	return c >= 'a' && c <= 'z' ? c - 32 : c;
}

static int
echo_exec(pv_ctx *cx, pv_session *s, int *ret_exit)
{
	const pv_session_wish *wish = pv_session_wishes(s);
	const char *word = wish->command[0];
	pv_session_news news;

	if (strcmp(word, "cat") == 0) {
		*ret_exit = echo_input(s, PV_STDOUT, NULL) < 0 ? 129 : 0;
	} else if (strcmp(word, "exit") == 0) {
		pv_session_write(s, PV_STDERR, PV_STR("bye\n"));
		*ret_exit = atoi(wish->command[1]);
	} else if (strcmp(word, "size") == 0) {
		news = pv_session_wait(s, 120 * PV_SEC);
		pv_session_write(s, PV_STDOUT,
				 pv_str_of(pv_printf(cx->arena, "%d %dx%d\n", news.event == PV_S_RESIZED,
						     news.width, news.height)));
	} else if (strcmp(word, "flood") == 0) {
		for (int i = 0; i < 64; i++) {
			pv_session_write(s, PV_STDOUT, (pv_str){pv_alloc0(cx->arena, 50000), 50000});
			(void)pv_session_next(s); /* answers the client's pings */
		}
	} else {
		return pv_fail(cx, PV_ENOTFOUND, "exec: \"%s\": no such program in container %s", word,
			       wish->container);
	}
	return 0;
}

static int
echo_attach(pv_ctx *cx, pv_session *s, int *ret_exit)
{
	(void)cx;
	pv_session_write(s, PV_STDOUT, PV_STR("attached\n"));
	*ret_exit = 0;
	return 0;
}

static int
echo_forward(pv_ctx *cx, pv_session *s)
{
	(void)cx;
	(void)echo_input(s, -1, upper);
	return 0;
}

static bool
echo_serves(const char *name)
{
	return strcmp(name, "echo") == 0;
}

const pv_node echo_node = {.serves = echo_serves,
			   .lacks = "keeps no logs",
			   .exec = echo_exec,
			   .attach = echo_attach,
			   .port_forward = echo_forward};
