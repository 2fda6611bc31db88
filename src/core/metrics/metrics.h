/* metrics: counters, gauges and histograms, shown in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4).
 * Thread-safe.  Adding is lock-free; finding one of a family's members takes a
 * read lock, so keep the pointer where it is hot.  NULL in, nothing done (and
 * NULL out): code that may run without metrics needs no branch.
 *
 *	family = pv_family_new(metrics, &(pv_family_def){
 *		.name = "pave_api_request_duration_seconds", .help = "Time to answer.",
 *		.type = PV_HISTOGRAM, .labels = {"verb", "resource", "code"}});
 *	pv_metric_observe(pv_family_of(family, (const char *[]){"get", "pods", "200"}), seconds);
 */
#pragma once
#include "base/buf.h"

typedef struct pv_metrics pv_metrics; /* the registry */
typedef struct pv_family pv_family;   /* one name, with its labels */
typedef struct pv_metric pv_metric;   /* one member: a set of label values */

#define PV_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define PV_METRIC_LABELS 4
#define PV_METRIC_MEMBERS 4096 /* a family; more fall together in one, labelled "other" */

/* Knows the process's own metrics from the start.  Owner: caller, pv_metrics_free(),
 * after everything that adds. */
pv_metrics *pv_metrics_new(void);
pv_metrics *pv_metrics_free(pv_metrics *metrics);
/* Families in the order they were made, members in order of first use. */
void pv_metrics_format(pv_metrics *m, pv_buf *b);

enum pv_metric_type { PV_COUNTER, PV_GAUGE, PV_HISTOGRAM };
typedef struct pv_family_def { /* all texts static; names as Prometheus wants them, asserted */
	const char *name, *help;
	enum pv_metric_type type;
	const char *labels[PV_METRIC_LABELS]; /* up to the first NULL */
	const double *buckets;                /* histograms: upper bounds, rising; NULL: pv_buckets_seconds */
	size_t n_buckets;
	double scale;              /* counters, gauges: what one unit of the integer is worth; 0 = 1 */
	double (*read)(void *arg); /* computed when shown, instead of added to; no labels */
	void *arg;
} pv_family_def;
/* 0.5 ms to 60 s. */
extern const double pv_buckets_seconds[15];
/* 1, 2, 4 ... 4,096: sizes of batches and queues. */
extern const double pv_buckets_powers[13];

/* A name that is there already must be of the same shape, and gives the same family. */
pv_family *pv_family_new(pv_metrics *metrics, const pv_family_def *def);
/* The member with these label values, as many as there are labels; made on first use. */
pv_metric *pv_family_of(pv_family *family, const char *const *values);
/* For a family without labels: the family and its one member. */
pv_metric *pv_metric_new(pv_metrics *metrics, const pv_family_def *def);

void pv_metric_add(pv_metric *metric, int64_t n);        /* counters: n >= 0; gauges: any */
void pv_metric_set(pv_metric *metric, int64_t n);        /* gauges */
void pv_metric_observe(pv_metric *metric, double value); /* histograms */
int64_t pv_metric_get(const pv_metric *metric);          /* the value; a histogram's count */
