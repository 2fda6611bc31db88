/* Connections that stop being HTTP (RFC 9110, 7.8): each is handed to a thread of its own until that returns. */
#include <stdlib.h>
#include <sys/socket.h>

#include "base/http_priv.h"
#include "base/str.h"

struct http_upgrade {
	pv_http *http;
	pv_http_talk talk;
	int fd;
	pv_buf early; /* bytes behind the request */
	struct MHD_UpgradeResponseHandle *handle;
	http_upgrade *next, **prev; /* of those that run; under http->mutex */
	bool listed;
};

static void
leave(http_upgrade *u)
{
	pv_http *http = u->http;

	pthread_mutex_lock(&http->mutex);
	if (u->listed) {
		*u->prev = u->next;
		if (u->next != NULL)
			u->next->prev = u->prev;
	}
	if (--http->talks == 0)
		pthread_cond_broadcast(&http->calm);
	pthread_mutex_unlock(&http->mutex);
}

void
http_upgrade_free(http_upgrade *u)
{
	if (u == NULL)
		return;
	if (u->talk.done != NULL)
		u->talk.done(u->talk.arg);
	leave(u);
	pv_buf_done(&u->early);
	free(u);
}

int
pv_http_upgrade(pv_http_req *req, const char *protocol, const pv_http_talk *talk)
{
	pv_http *http = req->http;
	http_upgrade *u;
	bool room;

	pthread_mutex_lock(&http->mutex);
	room = http->talks < HTTP_TALKS && !atomic_load(&http->closing);
	http->talks += room;
	pthread_mutex_unlock(&http->mutex);
	if (!room)
		return pv_fail(&req->cx, PV_ETOOMANY,
			       "there are %d sessions already, as many as the server holds", HTTP_TALKS);
	u = calloc(1, sizeof *u);
	PV_ASSERT(u != NULL);
	u->http = http;
	u->talk = *talk;
	pv_buf_init(&u->early, NULL);
	pv_http_set(req, "Upgrade", protocol);
	pv_http_reply(req, MHD_HTTP_SWITCHING_PROTOCOLS, NULL, PV_STR(""), pv_http_keep, NULL);
	req->upgrade = u;
	return 0;
}

static void
run(void *arg)
{
	http_upgrade *u = arg;

	u->talk.run(u->talk.arg, u->fd, (pv_str){u->early.s, u->early.len});
	MHD_upgrade_action(u->handle, MHD_UPGRADE_ACTION_CLOSE);
	http_upgrade_free(u);
}

static void
on_upgrade(void *arg, struct MHD_Connection *mhd, void *state, const char *early, size_t early_len,
	   MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
	pv_http_req *req = state;
	http_upgrade *u = arg;
	pv_http *http = u->http;
	bool closing;

	(void)mhd;
	req->upgrade = NULL; /* until now the request would have freed it */
	u->fd = fd;
	u->handle = handle;
	pv_buf_add(&u->early, early, early_len);
	pthread_mutex_lock(&http->mutex);
	closing = atomic_load(&http->closing);
	u->next = http->upgrades;
	u->prev = &http->upgrades;
	if (u->next != NULL)
		u->next->prev = &u->next;
	http->upgrades = u;
	u->listed = true;
	pthread_mutex_unlock(&http->mutex);
	if (closing)
		shutdown(fd, SHUT_RDWR);
	if (!pv_pool_run(http->talkers, run, u)) {
		MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
		http_upgrade_free(u);
	}
}

struct MHD_Response *
http_upgrade_response(http_upgrade *u)
{
	return MHD_create_response_for_upgrade(on_upgrade, u);
}

void
http_upgrades_end(pv_http *http)
{
	pthread_mutex_lock(&http->mutex);
	for (http_upgrade *u = http->upgrades; u != NULL; u = u->next)
		shutdown(u->fd, SHUT_RDWR);
	while (http->talks > 0)
		pthread_cond_wait(&http->calm, &http->mutex);
	pthread_mutex_unlock(&http->mutex);
}
