/* The engine without a disk: for tests and `pave render`. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "core/store/engine.h"

typedef struct memory {
	pv_engine engine;
	pthread_mutex_t lock;
	pv_map *metas; /* pv_str *, heap */
} memory;

static int
memory_open(pv_ctx *cx, const char *place, const pv_store_conf *conf, pv_engine **ret)
{
	memory *m;

	(void)conf;
	if (*place != '\0')
		return pv_fail(cx, PV_EBADREQUEST, "store: \"memory:%s\": expected nothing behind the colon",
			       place);
	m = calloc(1, sizeof *m);
	PV_ASSERT(m != NULL);
	m->engine.ops = &engine_memory;
	pthread_mutex_init(&m->lock, NULL);
	m->metas = pv_map_new(NULL);
	*ret = &m->engine;
	return 0;
}

static pv_engine *
memory_close(pv_engine *engine)
{
	memory *m = (memory *)engine;
	size_t pos = 0;
	void *value;

	while (pv_map_each(m->metas, &pos, NULL, &value))
		free(value);
	pv_map_free(m->metas);
	pthread_mutex_destroy(&m->lock);
	free(m);
	return NULL;
}

static int
memory_load(pv_ctx *cx, pv_engine *engine, const engine_loader *loader, int64_t *ret_first)
{
	(void)cx, (void)engine, (void)loader;
	*ret_first = 0;
	return 0;
}

static int
memory_commit(pv_ctx *cx, pv_engine *engine, const engine_batch *batch)
{
	memory *m = (memory *)engine;

	(void)cx;
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < batch->n_metas; i++) {
		const char *name = batch->metas[i].name;
		pv_str value = batch->metas[i].value, *kept;

		if (value.s == NULL) {
			free(pv_map_del(m->metas, name, strlen(name)));
			continue;
		}
		kept = malloc(sizeof *kept + value.len + 1);

		PV_ASSERT(kept != NULL);
		*kept = (pv_str){(char *)(kept + 1), value.len};
		memcpy(kept + 1, value.s, value.len);
		free(pv_map_puts(m->metas, name, kept));
	}
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static int
memory_meta(pv_ctx *cx, pv_engine *engine, const char *name, pv_str *ret)
{
	memory *m = (memory *)engine;
	const pv_str *kept;

	pthread_mutex_lock(&m->lock);
	kept = pv_map_finds(m->metas, name);
	*ret = (pv_str){0};
	if (kept != NULL)
		*ret = (pv_str){pv_strndup(cx->arena, kept->s, kept->len), kept->len};
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static bool
memory_idle(pv_engine *engine)
{
	(void)engine;
	return false;
}

static int
memory_metas(pv_ctx *cx, pv_engine *engine, engine_each *fn, void *arg)
{
	memory *m = (memory *)engine;
	pv_str name;
	size_t pos = 0;
	void *kept;
	int r = 0;

	pthread_mutex_lock(&m->lock);
	while (r == 0 && pv_map_each(m->metas, &pos, &name, &kept))
		r = fn(cx, arg, &(pv_meta){name.s, *(const pv_str *)kept}, false);
	pthread_mutex_unlock(&m->lock);
	return r;
}

static int
memory_fill(pv_ctx *cx, pv_engine *engine, const rec_row *rows, size_t n)
{
	(void)cx, (void)engine, (void)rows, (void)n;
	return 0;
}

static int
memory_rewrite(pv_ctx *cx, pv_engine *engine, engine_rewrite *fn, void *arg)
{
	(void)cx, (void)engine, (void)fn, (void)arg;
	return 0; /* nothing lies anywhere */
}

static int
memory_given(pv_ctx *cx, pv_engine *engine, int64_t newest)
{
	(void)cx, (void)engine, (void)newest;
	return 0; /* nothing outlives it */
}

static int
memory_check(pv_ctx *cx, pv_engine *engine, void (*tell)(void *arg, const char *fault), void *arg)
{
	(void)cx, (void)engine, (void)tell, (void)arg;
	return 0;
}

static int
memory_look(pv_ctx *cx, pv_engine *engine, int64_t *at)
{
	(void)cx, (void)engine, (void)at;
	return 0;
}

const engine_ops engine_memory = {
	.scheme = "memory",
	.open = memory_open,
	.close = memory_close,
	.load = memory_load,
	.commit = memory_commit,
	.meta = memory_meta,
	.metas = memory_metas,
	.fill = memory_fill,
	.rewrite = memory_rewrite,
	.given = memory_given,
	.check = memory_check,
	.look = memory_look,
	.due = memory_idle,
	.upkeep = memory_idle,
};
