/* Where to listen, and the names under which clients may find the server there: they stand in its
 * certificate, which is made at each start. */
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "base/str.h"
#include "cmd/server.h"
#include "core/args/args.h"

#define NAME_MOST 253 /* bytes of a DNS name (RFC 1035, 2.3.4) */

static bool
is_any(const char *host)
{
	return pv_streq(host, "0.0.0.0") || pv_streq(host, "::");
}

static bool
is_address(pv_ctx *cx, const char *text)
{
	pv_net net;

	if (!strchr(text, '/') && pv_net_parse(cx, pv_str_of(text), &net) == 0)
		return true;
	(void)pv_recover(cx);
	return false;
}

static bool
is_name(const char *text)
{
	const char *rest = pv_starts_with(text, "*.") ? text + 2 : text;
	size_t len = strlen(rest);

	return len > 0 && len <= NAME_MOST &&
	       strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == len &&
	       rest[0] != '.' && rest[0] != '-' && !strstr(rest, "..");
}

static int
add_wanted(pv_ctx *cx, const pv_args *args, pv_vec *names)
{
	const char *name;

	for (size_t n = 0; (name = pv_args_nth(args, "tls-san", n)); n++) {
		if (!is_address(cx, name) && !is_name(name))
			return pv_fail(cx, PV_EUSAGE,
				       "--tls-san: expected a host name or an IP address, without a port, "
				       "found \"%s\"",
				       name);
		pv_vec_push(names, &name);
	}
	return 0;
}

/* What others on the network call this machine. */
static int
add_own(pv_ctx *cx, const server *s, pv_vec *names)
{
	char own[NAME_MOST + 1];
	const char *name = own;

	if (gethostname(own, sizeof own) == 0 && memchr(own, '\0', sizeof own) && is_name(own)) {
		name = pv_strdup(cx->arena, own);
		pv_vec_push(names, &name);
	}
	return is_any(s->host) ? pv_net_own(cx, names) : 0;
}

static int
split(pv_ctx *cx, const char *text, const char **ret_host, int *ret_port)
{
	const char *colon = strrchr(text, ':');
	int64_t port = -1;
	size_t len;

	if (!colon || !pv_parse_int(pv_str_of(colon + 1), &port) || port < 0 || port > 65535)
		return pv_fail(cx, PV_EUSAGE,
			       "--listen: expected HOST:PORT such as 127.0.0.1:8443, found \"%s\"", text);
	len = (size_t)(colon - text);
	if (len == 0)
		return pv_fail(cx, PV_EUSAGE,
			       "--listen: expected a host in front of \"%s\": 127.0.0.1 for this machine "
			       "only, 0.0.0.0 for every network",
			       text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	*ret_host = pv_strndup(cx->arena, text, len);
	*ret_port = (int)port;
	return 0;
}

const char *
server_address(const server *s)
{
	pv_ctx cx;
	const char *found = NULL;

	if (!is_any(s->host))
		return pv_starts_with(s->host, "127.") || pv_streq(s->host, "::1") ? NULL : s->host;
	pv_ctx_init(&cx, "address");
	for (size_t i = 0; !found && s->names[i]; i++) /* of which add_own() found the machine's */
		if (is_address(&cx, s->names[i]) && !pv_starts_with(s->names[i], "127."))
			found = s->names[i];
	pv_ctx_done(&cx);
	return found;
}

/* "127.0.0.1:8443", "[::1]:0", "localhost:8443", "vm.example.org:8443" */
int
server_listen(pv_ctx *cx, const pv_args *args, server *s)
{
	const char *host = NULL;
	pv_vec names;
	int r = split(cx, pv_args_text(args, "listen", "127.0.0.1:8443"), &host, &s->port);

	pv_vec_init(&names, cx->arena, sizeof host);
	if (r < 0)
		return r;
	s->host = pv_streq(host, "localhost") ? "127.0.0.1" : host;
	if (!is_address(cx, s->host)) {
		r = pv_net_resolve(cx, host, &s->host);
		if (r < 0) {
			const char *why = pv_strdup(cx->arena, pv_error_text(cx));

			(void)pv_recover(cx);
			return pv_fail(cx, PV_EUSAGE,
				       "--listen: expected an IP address, or a name of this machine: %s",
				       why);
		}
	}
	if (!is_any(host) && !pv_streq(host, "localhost"))
		pv_vec_push(&names, &host);
	if (s->host != host && !pv_streq(host, "localhost"))
		pv_vec_push(&names, &s->host);
	r = add_wanted(cx, args, &names);
	if (r == 0 && !pv_starts_with(s->host, "127.") && !pv_streq(s->host, "::1"))
		r = add_own(cx, s, &names);
	host = NULL;
	pv_vec_push(&names, &host);
	s->names = names.data;
	return r;
}
