/* Requests side by side, through libcurl's multi handle. */
#include "base/httpc_many.h"

#include <stdlib.h>

#include "base/httpc_priv.h"
#include "base/time.h"

#define STREAMS_MOST 1000L /* of one connection; a server may want fewer */

typedef struct flight {
	exchange x;
	pv_ctx cx;
	pv_httpc_answer answer;
	pv_httpc_req req;
	pv_httpc_done *done;
	void *arg;
	int refused; /* what httpc_prepare returned */
	struct flight *next, **at;
} flight;

struct pv_httpc_many {
	pv_httpc *client;
	CURLM *multi;
	flight *first;
};

pv_httpc_many *
pv_httpc_many_open(pv_httpc *client)
{
	pv_httpc_many *many = calloc(1, sizeof *many);

	PV_ASSERT(many != NULL);
	many->client = client;
	many->multi = curl_multi_init();
	PV_ASSERT(many->multi != NULL);
	curl_multi_setopt(many->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(many->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, STREAMS_MOST);
	return many;
}

static void
flight_free(pv_httpc_many *many, flight *f)
{
	if (f->refused == 0)
		curl_multi_remove_handle(many->multi, f->x.curl);
	curl_easy_cleanup(f->x.curl);
	curl_slist_free_all(f->x.headers);
	curl_slist_free_all(f->x.connect);
	*f->at = f->next;
	if (f->next != NULL)
		f->next->at = f->at;
	pv_ctx_done(&f->cx);
	free(f);
}

pv_httpc_many *
pv_httpc_many_close(pv_httpc_many *many)
{
	if (many == NULL)
		return NULL;
	while (many->first != NULL)
		flight_free(many, many->first);
	curl_multi_cleanup(many->multi);
	free(many);
	return NULL;
}

void
pv_httpc_many_add(pv_httpc_many *many, const pv_httpc_req *req, pv_httpc_done *done, void *arg)
{
	flight *f = calloc(1, sizeof *f);

	PV_ASSERT(f != NULL);
	pv_ctx_init_small(&f->cx, "http request");
	f->req = *req;
	f->answer.reason = "";
	f->done = done;
	f->arg = arg;
	f->x = (exchange){.cx = &f->cx, .curl = curl_easy_init(), .req = &f->req, .answer = &f->answer};
	PV_ASSERT(f->x.curl != NULL);
	f->refused = httpc_prepare(&f->x, httpc_conf_of(many->client));
	curl_easy_setopt(f->x.curl, CURLOPT_PRIVATE, f);
	if (f->refused == 0)
		PV_ASSERT(curl_multi_add_handle(many->multi, f->x.curl) == CURLM_OK);
	f->next = many->first;
	f->at = &many->first;
	if (f->next != NULL)
		f->next->at = &f->next;
	many->first = f;
}

static void
land(pv_httpc_many *many, flight *f, int r)
{
	f->done(f->arg, &f->cx, r, r == 0 ? &f->answer : NULL);
	flight_free(many, f);
}

static bool
land_ended(pv_httpc_many *many)
{
	CURLMsg *message;
	int left;
	bool any = false;

	while ((message = curl_multi_info_read(many->multi, &left)) != NULL) {
		void *p = NULL;
		CURLcode e = message->data.result;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &p);
		land(many, p, httpc_end(&((flight *)p)->x, e));
		any = true;
	}
	for (flight *f = many->first, *next; f != NULL; f = next) {
		next = f->next;
		if (f->refused == 0)
			continue;
		land(many, f, f->refused);
		any = true;
		break; /* done() may have added others */
	}
	return any;
}

void
pv_httpc_many_run(pv_httpc_many *many, int64_t most_ns)
{
	int running;

	PV_ASSERT(curl_multi_perform(many->multi, &running) == CURLM_OK);
	if (land_ended(many))
		return;
	PV_ASSERT(curl_multi_poll(many->multi, NULL, 0, (int)(most_ns / PV_MS), NULL) == CURLM_OK);
	PV_ASSERT(curl_multi_perform(many->multi, &running) == CURLM_OK);
	(void)land_ended(many);
}
