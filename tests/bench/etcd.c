#include "bench/etcd.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bench/timing.h"

typedef struct client {
	pthread_t thread;
	const char *url;
	int number;
	size_t bytes;
	timing times;
	bool good; /* the last answer had grpc-status 0 */
} client;

static atomic_bool stop;
static _Atomic int failures;

static size_t
put_varint(unsigned char *to, size_t n)
{
	size_t i = 0;

	for (; n >= 0x80; n >>= 7)
		to[i++] = (unsigned char)(n | 0x80);
	to[i++] = (unsigned char)n;
	return i;
}

static size_t
put_field(unsigned char *to, unsigned char tag, const void *bytes, size_t len)
{
	size_t n = 1;

	to[0] = tag;
	n += put_varint(to + 1, len);
	memcpy(to + n, bytes, len);
	return n + len;
}

/* PutRequest{1 key, 2 value} behind gRPC's five bytes: not compressed, length. */
static size_t
request(unsigned char *to, const char *key, const char *value, size_t bytes)
{
	size_t n = put_field(to + 5, 0x0a, key, strlen(key));

	n += put_field(to + 5 + n, 0x12, value, bytes);
	to[0] = 0;
	for (int i = 0; i < 4; i++)
		to[1 + i] = (unsigned char)(n >> (24 - 8 * i));
	return n + 5;
}

static size_t
on_header(char *s, size_t size, size_t n, void *arg)
{
	static const char status[] = "grpc-status: 0";

	if (size * n >= sizeof status - 1 && memcmp(s, status, sizeof status - 1) == 0)
		((client *)arg)->good = true;
	return size * n;
}

static size_t
on_body(char *s, size_t size, size_t n, void *arg)
{
	(void)s, (void)arg;
	return size * n;
}

static CURL *
connection(client *c, struct curl_slist *headers)
{
	CURL *curl = curl_easy_init();
	char url[256];

	snprintf(url, sizeof url, "%s/etcdserverpb.KV/Put", c->url);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	return curl;
}

static void *
put_for_ever(void *arg)
{
	client *c = arg;
	struct curl_slist *headers = curl_slist_append(NULL, "content-type: application/grpc");
	unsigned char *body = malloc(c->bytes + 256);
	char *value = malloc(c->bytes), key[64];
	CURLcode e;
	CURL *curl;

	headers = curl_slist_append(headers, "te: trailers");
	curl = connection(c, headers);
	if (body == NULL || value == NULL)
		abort();
	memset(value, 'x', c->bytes);
	for (int i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
		int64_t begun = pv_mono();

		snprintf(key, sizeof key, "/registry/configmaps/default/c%02d-%07d", c->number, i);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request(body, key, value, c->bytes));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		c->good = false;
		e = curl_easy_perform(curl);
		if (e != CURLE_OK || !c->good) {
			if (atomic_fetch_add(&failures, 1) == 0)
				fprintf(stderr, "etcd: put failed: %s\n",
					e != CURLE_OK ? curl_easy_strerror(e) : "refused");
			break;
		}
		timing_add(&c->times, pv_mono() - begun);
		/* curl 7.88 begins HTTP/2 a second time on a connection that it knew it of before. */
		curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_0);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	free(value);
	free(body);
	return NULL;
}

int
etcd_puts(const char *url, int threads, double seconds, size_t bytes)
{
	client *clients = calloc((size_t)threads, sizeof *clients);
	struct timespec length = {(time_t)seconds, 0};
	timing all = {.count = 0};
	int64_t begun = pv_mono();

	if (clients == NULL)
		abort();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (int i = 0; i < threads; i++) {
		clients[i] = (client){.url = url, .number = i, .bytes = bytes};
		if (pthread_create(&clients[i].thread, NULL, put_for_ever, &clients[i]) != 0)
			abort();
	}
	nanosleep(&length, NULL); /* sleeps: the length of the measurement */
	atomic_store(&stop, true);
	for (int i = 0; i < threads; i++) {
		pthread_join(clients[i].thread, NULL);
		timing_merge(&all, &clients[i].times);
	}
	printf("%.0f %.2f %.2f\n", (double)all.count * 1e9 / (double)(pv_mono() - begun),
	       timing_ms(&all, 0.5), timing_ms(&all, 0.99));
	free(clients);
	return atomic_load(&failures) == 0 ? 0 : 1;
}
