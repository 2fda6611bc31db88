/* GET /backup: the store at this moment, line by line, for whoever may get that path. */
#include <stdlib.h>

#include "base/log.h"
#include "core/api/http.h"
#include "core/store/backup.h"

typedef struct sending {
	pv_ctx cx;
	pv_backup *backup;
} sending;

/* Cut short it lacks its last line, by which a reader knows. */
static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	sending *s = arg;
	size_t n;

	if (pv_backup_read(&s->cx, s->backup, out, cap, &n) < 0) {
		pv_log(PV_ERROR, "api", "a backup was cut short", "error", pv_error_text(&s->cx), NULL);
		pv_recover(&s->cx);
		return -1;
	}
	return n > 0 ? (ptrdiff_t)n : -1;
}

static void
done(void *arg)
{
	sending *s = arg;

	pv_backup_close(s->backup);
	pv_ctx_done(&s->cx);
	free(s);
}

int
handle_backup(request *q)
{
	sending *s;
	pv_backup *backup;
	int r = pv_backup_open(q->cx, q->api->store, &backup);

	if (r < 0)
		return r;
	s = calloc(1, sizeof *s);
	PV_ASSERT(s != NULL);
	pv_ctx_init(&s->cx, "api-backup");
	s->backup = backup;
	q->status = 200;
	pv_http_set(q->http, "Cache-Control", "no-store");
	(void)pv_http_stream_open(q->http, 200, "application/x-ndjson", &(pv_http_source){pull, done, s});
	return 0;
}
