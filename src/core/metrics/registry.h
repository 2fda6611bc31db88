/* metrics/registry: the insides of a registry, shared by metrics.c (adding) and format.c
 * (showing).  Locked as metrics.h says. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "core/metrics/metrics.h"

struct pv_metric {
	pv_family *family;
	pv_metric *next;                /* in order of first use */
	char *labels[PV_METRIC_LABELS]; /* values */
	_Atomic int64_t value;          /* histograms: the count */
	_Atomic uint64_t sum;           /* histograms: bits of a double */
	_Atomic int64_t buckets[];      /* not cumulative; the last one is above all bounds */
};

struct pv_family {
	pv_family_def def;
	size_t n_labels;
	pv_family *next;
	pthread_rwlock_t lock; /* members, by_labels, other */
	pv_map *by_labels;
	pv_metric *members, **members_end;
	pv_metric *other; /* where members beyond the limit fall together */
};

struct pv_metrics {
	pthread_mutex_t lock; /* families */
	pv_family *families, **families_end;
};

/* The process's own: pv_metrics_new() calls it. */
void metrics_add_process(pv_metrics *metrics);
