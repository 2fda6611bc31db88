/* scribe: the frames of one watch, in the form that was asked for.  Writes to a heap buffer; one thread at a
 * time.  Internal to core/api. */
#pragma once
#include "core/api/http.h"
#include "core/api/table.h"

typedef struct scribe {
	pv_api *api;
	const pv_resource *res;
	enum form form;
	const char *version;  /* of a Table or PartialObjectMetadata */
	const char *resource; /* of JSON: what each frame says it is of; NULL: nothing */
	enum pv_table_include include;
	bool columns_told, ended;
	pv_buf out;
} scribe;

void scribe_val(pv_ctx *cx, scribe *s, const char *type, const pv_val *object);
void scribe_rec(pv_ctx *cx, scribe *s, const char *type,
		const pv_rec *rec); /* of a version that needs no webhook */
/* An empty object of the kind that carries only a revision. */
pv_val scribe_bookmark(pv_ctx *cx, const pv_resource *res, int64_t rev, bool end_of_initial);
void scribe_status(pv_ctx *cx, scribe *s, const pv_val *status); /* the last frame: why it ends */

/* ---- watch_batch.c: frames whose objects a webhook converts, written by a thread that may wait ---- */
typedef struct watch_batch watch_batch;

watch_batch *watch_batch_new(const scribe *style, const target *t, void (*wake)(void *arg), void *arg);
pv_ctx *watch_batch_cx(watch_batch *b); /* what the frames are made of lives in here */
bool watch_batch_full(const watch_batch *b);
void watch_batch_add(watch_batch *b, const char *type, const pv_val *object);  /* to be converted */
void watch_batch_made(watch_batch *b, const char *type, const pv_val *object); /* as it is: a bookmark */
void watch_batch_end(watch_batch *b);                                          /* with the error of its cx */
/* Begins to convert and write, unless there is nothing to (false: the batch is gone).  One call of the webhook. */
bool watch_batch_run(watch_batch *b);
/* true: it is written; its bytes are s's, and it is gone.  false: wake comes when it is. */
bool watch_batch_take(watch_batch *b, scribe *s);
void watch_batch_drop(watch_batch *b); /* the watch is gone; accepts NULL */
