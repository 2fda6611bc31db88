/* fake_cluster: an API server that answers what a test tells it to, right or wrong: ConfigMaps, Secrets, Events and
 * Namespaces are served, lists are empty and watches are silent until it is told otherwise.  Any thread. */
#pragma once
#include "base/ctx.h"

typedef struct fake_cluster fake_cluster;

fake_cluster *fake_cluster_open(void);
fake_cluster *fake_cluster_close(fake_cluster *f); /* who asks it has ended */
int fake_cluster_port(const fake_cluster *f);
/* From now on that request ("GET /api/v1/secrets", "WATCH ..": of a watch its lines) is answered so, the next `times`
 * of them (0: all); the newest saying counts.  Texts are copied. */
void fake_cluster_says(fake_cluster *f, const char *request, int times, int status, const char *body);
int fake_cluster_heard(fake_cluster *f, const char *request); /* how often it was asked so */
