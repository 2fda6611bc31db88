#include "core/api/view.h"

#include "base/heap.h"
#include "core/api/computed.h"
#include "core/module.h"

struct pv_view_watch {
	view_watch *view;
	scribe sink; /* what was written, until it is handed out */
	bool synced;
};

int
pv_view_watch_open(pv_ctx *cx, pv_api *api, const pv_view_wish *wish, pv_view_watch **ret)
{
	const scribe style = {.api = api, .res = wish->res, .form = FORM_JSON, .resource = wish->name};
	view_watch *view;
	pv_view_watch *w;
	int r;

	if (!wish->res->view || !wish->res->view->heeds)
		return pv_fail(cx, PV_EMETHOD, "%s are computed when asked for and cannot be watched",
			       wish->res->plural);
	r = view_watch_open_in(cx, &style, wish->namespaces, wish->wake, wish->arg, &view);
	if (r < 0)
		return r;
	w = pv_heap_new(sizeof *w);
	w->view = view;
	pv_buf_init(&w->sink.out, NULL);
	*ret = w;
	return 0;
}

bool
pv_view_watch_fill(pv_view_watch *w, pv_buf *out)
{
	/* While it is away, what it was told up to is the worker's. */
	if (!w->sink.ended && !view_watch_fill(w->view, &w->sink))
		w->synced = w->synced || view_watch_rev(w->view) > 0;
	pv_buf_add(out, w->sink.out.s, w->sink.out.len);
	pv_buf_done(&w->sink.out); /* an idle watch keeps no buffer */
	pv_buf_init(&w->sink.out, NULL);
	return !w->sink.ended;
}

bool
pv_view_watch_synced(const pv_view_watch *w)
{
	return w->synced;
}

int64_t
pv_view_watch_at(const pv_view_watch *w)
{
	return view_watch_at(w->view);
}

pv_view_watch *
pv_view_watch_close(pv_view_watch *w)
{
	if (!w)
		return NULL;
	view_watch_drop(w->view);
	pv_buf_done(&w->sink.out);
	pv_heap_free(w);
	return NULL;
}
