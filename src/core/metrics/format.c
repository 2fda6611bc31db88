/* Prometheus' text format. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/metrics/registry.h"

static void
add_number(pv_buf *b, double value)
{
	char text[32];

	if (isnan(value) || isinf(value)) {
		pv_buf_adds(b, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
		return;
	}
	snprintf(text, sizeof text, "%.15g", value);
	if (strtod(text, NULL) < value || strtod(text, NULL) > value)
		snprintf(text, sizeof text, "%.17g", value);
	pv_buf_adds(b, text);
}

/* Help texts escape backslash and newline; label values the quote as well. */
static void
add_escaped(pv_buf *b, const char *s, bool quote)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			pv_buf_adds(b, "\\n");
		else if (*s == '\\' || (*s == '"' && quote))
			pv_buf_printf(b, "\\%c", *s);
		else
			pv_buf_addc(b, *s);
	}
}

/* name_suffix{label="value",le="bound"} */
static void
add_name(pv_buf *b, const pv_metric *metric, const char *suffix, const char *le)
{
	const pv_family *f = metric->family;
	const char *open = "{";

	pv_buf_adds(b, f->def.name);
	pv_buf_adds(b, suffix);
	for (size_t i = 0; i < f->n_labels; i++) {
		pv_buf_printf(b, "%s%s=\"", open, f->def.labels[i]);
		add_escaped(b, metric->labels[i], true);
		pv_buf_addc(b, '"');
		open = ",";
	}
	if (le != NULL)
		pv_buf_printf(b, "%sle=\"%s\"", open, le);
	if (le != NULL || f->n_labels > 0)
		pv_buf_addc(b, '}');
	pv_buf_addc(b, ' ');
}

static void
add_value(pv_buf *b, const pv_metric *metric)
{
	add_name(b, metric, "", NULL);
	add_number(b, (double)pv_metric_get(metric) * metric->family->def.scale);
	pv_buf_addc(b, '\n');
}

/* The count shown is the sum of the buckets read here, so that the lines agree
 * with one another whatever is added meanwhile. */
static void
add_histogram(pv_buf *b, const pv_metric *metric)
{
	const pv_family_def *def = &metric->family->def;
	uint64_t bits = atomic_load_explicit(&metric->sum, memory_order_relaxed);
	int64_t count = 0;
	double sum;

	memcpy(&sum, &bits, sizeof sum);
	for (size_t i = 0; i <= def->n_buckets; i++) {
		char le[32] = "+Inf";

		if (i < def->n_buckets)
			snprintf(le, sizeof le, "%.10g", def->buckets[i]);
		count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
		add_name(b, metric, "_bucket", le);
		pv_buf_add_int(b, count);
		pv_buf_addc(b, '\n');
	}
	add_name(b, metric, "_sum", NULL);
	add_number(b, sum);
	pv_buf_addc(b, '\n');
	add_name(b, metric, "_count", NULL);
	pv_buf_add_int(b, count);
	pv_buf_addc(b, '\n');
}

static void
add_family(pv_buf *b, pv_family *f)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};

	pv_buf_printf(b, "# HELP %s ", f->def.name);
	add_escaped(b, f->def.help, false);
	pv_buf_printf(b, "\n# TYPE %s %s\n", f->def.name, types[f->def.type]);
	if (f->def.read != NULL) {
		pv_buf_printf(b, "%s ", f->def.name);
		add_number(b, f->def.read(f->def.arg));
		pv_buf_addc(b, '\n');
		return;
	}
	pthread_rwlock_rdlock(&f->lock);
	for (const pv_metric *metric = f->members; metric != NULL; metric = metric->next) {
		if (f->def.type == PV_HISTOGRAM)
			add_histogram(b, metric);
		else
			add_value(b, metric);
	}
	pthread_rwlock_unlock(&f->lock);
}

void
pv_metrics_format(pv_metrics *m, pv_buf *b)
{
	pv_family *f;

	if (m == NULL)
		return;
	/* Families are only ever appended: hold the lock for the first, then for each step. */
	pthread_mutex_lock(&m->lock);
	f = m->families;
	pthread_mutex_unlock(&m->lock);
	while (f != NULL) {
		add_family(b, f);
		pthread_mutex_lock(&m->lock);
		f = f->next;
		pthread_mutex_unlock(&m->lock);
	}
}
