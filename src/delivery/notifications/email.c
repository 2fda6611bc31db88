/* email: a message by SMTP.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/email/ */
#include <string.h>

#include "base/arena.h"
#include "base/mail.h"
#include "core/git/reach.h"
#include "delivery/notifications/inside.h"

int
send_email(message *m)
{
	const char *host = option(m, "host", ""), *user = option(m, "username", NULL),
		   *body = own_text(m, "body", message_text(m));
	struct reach reach;
	int64_t port = pv_i64(pv_get(m->options, "port"), 0);
	pv_mail_conf conf = {.host = host,
			     .user = user,
			     .password = option(m, "password", NULL),
			     .insecure = pv_truth(pv_get(m->options, "insecure_skip_verify"), false),
			     .permits = m->api ? reach_permits : NULL,
			     .permits_arg = &reach};
	const pv_mail mail = {.from = option(m, "from", user ? user : ""),
			      .to = m->recipient,
			      .subject = own_text(m, "subject", ""),
			      .body = body,
			      .html = pv_truth(pv_get(m->options, "html"), false),
			      .id = m->id};
	pv_objb limits;
	pv_val given;
	int r;
	if (!*host || port < 1 || port > 65535)
		return pv_fail(m->cx, PV_EINVALID,
			       "service email.%s: expected a host and a port (465, 587, 25)", m->service);
	conf.port = (int)port;
	pv_objb_init(&limits, m->cx->arena);
	reach_put(m->api, &limits);
	given = pv_objb_end(&limits);
	r = reach_init(m->cx, &given, &reach);
	r = r < 0 ? r : pv_mail_send(m->cx, &conf, &mail);
	if (r < 0 && m->api && reach.refused) {
		pv_recover(m->cx);
		return reach_refused(m->cx, host, reach.refused);
	}
	return r;
}
