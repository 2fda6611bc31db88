#include "bench/disk_limit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ctx.h"
#include "base/time.h"

#define FILE_BYTES (INT64_C(64) << 20) /* then it begins anew, as a write-ahead log does */

typedef struct limit_file {
	int fd;
	int64_t at;
	char path[4096];
} limit_file;

static void
die(void)
{
	perror("store_bench: cannot write there");
	exit(1);
}

static void
open_file(limit_file *f, const char *dir)
{
	f->at = 0;
	snprintf(f->path, sizeof f->path, "%s/limit", dir);
	f->fd = open(f->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (f->fd < 0)
		die();
}

static void
append(limit_file *f, const char *bytes, size_t len)
{
	if (write(f->fd, bytes, len) != (ssize_t)len || fdatasync(f->fd) != 0)
		die();
	f->at += (int64_t)len;
	if (f->at > FILE_BYTES)
		f->at = lseek(f->fd, 0, SEEK_SET);
}

static void
close_file(limit_file *f)
{
	close(f->fd);
	unlink(f->path);
}

static double
since(int64_t begun)
{
	return (double)(pv_mono() - begun) / 1e9;
}

static char *
bytes_of(size_t len)
{
	char *bytes = malloc(len);

	PV_ASSERT(bytes != NULL);
	memset(bytes, 'x', len);
	return bytes;
}

int
limit_alone(const char *dir, size_t group, double seconds, size_t bytes)
{
	char *rows = bytes_of(group * bytes);
	int64_t begun = pv_mono(), groups = 0;
	limit_file f;

	open_file(&f, dir);
	for (; since(begun) < seconds; groups++)
		append(&f, rows, group * bytes);
	printf("%.0f\n", (double)(groups * (int64_t)group) / since(begun));
	close_file(&f);
	free(rows);
	return 0;
}

/* ---- a crowd ---- */

typedef struct crowd {
	pthread_mutex_t lock;
	pthread_cond_t more, done;
	char *rows;       /* what gathers for the next group */
	size_t len, each; /* bytes in it, and of a row */
	int64_t group, synced, count;
	bool stop;
} crowd;

static void *
crowd_main(void *arg)
{
	crowd *c = arg;
	char *row = bytes_of(c->each);

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		int64_t mine = c->group;

		memcpy(c->rows + c->len, row, c->each);
		c->len += c->each;
		if (c->len == c->each)
			pthread_cond_signal(&c->more);
		while (c->synced < mine)
			pthread_cond_wait(&c->done, &c->lock);
		c->count++;
	}
	pthread_mutex_unlock(&c->lock);
	free(row);
	return NULL;
}

/* Syncs what has gathered; the lock is held, but for the writing. */
static char *
crowd_sync(crowd *c, limit_file *f, char *spare)
{
	char *rows = c->rows;
	size_t len = c->len;
	int64_t group = c->group++;

	c->rows = spare;
	c->len = 0;
	pthread_mutex_unlock(&c->lock);
	append(f, rows, len);
	pthread_mutex_lock(&c->lock);
	c->synced = group;
	pthread_cond_broadcast(&c->done);
	return rows;
}

int
limit_crowd(const char *dir, size_t threads, double seconds, size_t bytes)
{
	crowd c = {.lock = PTHREAD_MUTEX_INITIALIZER,
		   .more = PTHREAD_COND_INITIALIZER,
		   .done = PTHREAD_COND_INITIALIZER,
		   .rows = bytes_of(threads * bytes),
		   .each = bytes,
		   .group = 1};
	char *spare = bytes_of(threads * bytes);
	pthread_t *clients = calloc(threads, sizeof *clients);
	int64_t begun = pv_mono();
	limit_file f;

	PV_ASSERT(clients != NULL);
	open_file(&f, dir);
	for (size_t i = 0; i < threads; i++)
		if (pthread_create(&clients[i], NULL, crowd_main, &c) != 0)
			die();
	pthread_mutex_lock(&c.lock);
	while (since(begun) < seconds) {
		while (c.len == 0)
			pthread_cond_wait(&c.more, &c.lock);
		spare = crowd_sync(&c, &f, spare);
	}
	printf("%.0f %.1f\n", (double)c.count / since(begun), (double)c.count / (double)c.synced);
	c.stop = true;
	spare = crowd_sync(&c, &f, spare); /* who wrote before it, and nobody after */
	pthread_mutex_unlock(&c.lock);
	for (size_t i = 0; i < threads; i++)
		pthread_join(clients[i], NULL);
	close_file(&f);
	free(clients);
	free(spare);
	free(c.rows);
	return 0;
}
