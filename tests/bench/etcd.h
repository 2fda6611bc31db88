/* etcd: puts to an etcd 3 server, over gRPC as its own clients do. */
#pragma once
#include <stddef.h>

/* `threads` clients with a connection each put values of `bytes` under keys of their
 * own for so long; prints rows/s, p50 and p99 in ms.  1 if a put failed. */
int etcd_puts(const char *url, int threads, double seconds, size_t bytes);
