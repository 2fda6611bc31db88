/* The registry and the lock-free adds. */
#include "core/metrics/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "core/metrics/registry.h"

const double pv_buckets_seconds[15] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
				       0.25,   0.5,   1,      2.5,   5,    10,    60};
const double pv_buckets_powers[13] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

/* Label values together, each with its NUL: the key of a member. */
#define KEY_ROOM 512

pv_metrics *
pv_metrics_new(void)
{
	pv_metrics *m = calloc(1, sizeof *m);

	PV_ASSERT(m != NULL);
	pthread_mutex_init(&m->lock, NULL);
	m->families_end = &m->families;
	metrics_add_process(m);
	return m;
}

static void
metric_free(pv_metric *metric)
{
	for (size_t i = 0; i < PV_METRIC_LABELS; i++)
		free(metric->labels[i]);
	free(metric);
}

static void
family_free(pv_family *f)
{
	while (f->members != NULL) {
		pv_metric *next = f->members->next;

		metric_free(f->members);
		f->members = next;
	}
	pv_map_free(f->by_labels);
	pthread_rwlock_destroy(&f->lock);
	free(f);
}

pv_metrics *
pv_metrics_free(pv_metrics *m)
{
	if (m == NULL)
		return NULL;
	while (m->families != NULL) {
		pv_family *next = m->families->next;

		family_free(m->families);
		m->families = next;
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
	return NULL;
}

static bool
is_name(const char *s)
{
	if (*s >= '0' && *s <= '9')
		return false;
	return *s != '\0' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:")] == '\0';
}

static pv_family *
family_make(const pv_family_def *def)
{
	pv_family *f = calloc(1, sizeof *f);

	PV_ASSERT(f != NULL);
	PV_ASSERT(is_name(def->name) && def->help != NULL);
	f->def = *def;
	if (f->def.scale == 0)
		f->def.scale = 1;
	while (f->n_labels < PV_METRIC_LABELS && def->labels[f->n_labels] != NULL)
		PV_ASSERT(is_name(def->labels[f->n_labels++]));
	PV_ASSERT(def->read == NULL || f->n_labels == 0);
	if (def->type == PV_HISTOGRAM && def->buckets == NULL) {
		f->def.buckets = pv_buckets_seconds;
		f->def.n_buckets = PV_LEN(pv_buckets_seconds);
	}
	pthread_rwlock_init(&f->lock, NULL);
	f->by_labels = pv_map_new(NULL);
	f->members_end = &f->members;
	return f;
}

static void
assert_same(const pv_family_def *a, const pv_family_def *b)
{
	PV_ASSERT(a->type == b->type && a->read == b->read && a->arg == b->arg);
	for (size_t i = 0; i < PV_METRIC_LABELS; i++)
		PV_ASSERT(pv_streq(a->labels[i], b->labels[i]));
}

pv_family *
pv_family_new(pv_metrics *m, const pv_family_def *def)
{
	pv_family *f;

	if (m == NULL)
		return NULL;
	pthread_mutex_lock(&m->lock);
	for (f = m->families; f != NULL && !pv_streq(f->def.name, def->name); f = f->next)
		;
	if (f != NULL) {
		assert_same(&f->def, def);
	} else {
		f = family_make(def);
		*m->families_end = f;
		m->families_end = &f->next;
	}
	pthread_mutex_unlock(&m->lock);
	return f;
}

static size_t
bucket_count(const pv_family *f)
{
	return f->def.type == PV_HISTOGRAM ? f->def.n_buckets + 1 : 0;
}

/* Called with the family's write lock. */
static pv_metric *
member_make(pv_family *f, const char *const *values)
{
	pv_metric *metric = calloc(1, sizeof *metric + bucket_count(f) * sizeof metric->buckets[0]);

	PV_ASSERT(metric != NULL && (values != NULL || f->n_labels == 0));
	metric->family = f;
	for (size_t i = 0; i < f->n_labels; i++) {
		metric->labels[i] = strdup(values[i]);
		PV_ASSERT(metric->labels[i] != NULL);
	}
	*f->members_end = metric;
	f->members_end = &metric->next;
	return metric;
}

/* Called with the family's write lock. */
static pv_metric *
member_other(pv_family *f)
{
	static const char *const others[PV_METRIC_LABELS] = {"other", "other", "other", "other"};

	if (f->other == NULL)
		f->other = member_make(f, others);
	return f->other;
}

static pv_metric *
member_add(pv_family *f, const char *const *values, const char *key, size_t len)
{
	pv_metric *metric;

	pthread_rwlock_wrlock(&f->lock);
	metric = len > KEY_ROOM ? NULL : pv_map_find(f->by_labels, key, len);
	if (metric == NULL && (len > KEY_ROOM || pv_map_len(f->by_labels) >= PV_METRIC_MEMBERS)) {
		metric = member_other(f);
	} else if (metric == NULL) {
		metric = member_make(f, values);
		pv_map_put(f->by_labels, key, len, metric);
	}
	pthread_rwlock_unlock(&f->lock);
	return metric;
}

pv_metric *
pv_family_of(pv_family *f, const char *const *values)
{
	char key[KEY_ROOM];
	size_t len = 0;
	pv_metric *metric;

	if (f == NULL)
		return NULL;
	PV_ASSERT(values != NULL || f->n_labels == 0);
	for (size_t i = 0; i < f->n_labels && len <= KEY_ROOM; i++) {
		size_t n = strlen(values[i]) + 1;

		if (n <= KEY_ROOM - len)
			memcpy(key + len, values[i], n);
		len = n <= KEY_ROOM - len ? len + n : KEY_ROOM + 1;
	}
	if (len > KEY_ROOM)
		return member_add(f, values, key, len);
	pthread_rwlock_rdlock(&f->lock);
	metric = pv_map_find(f->by_labels, key, len);
	pthread_rwlock_unlock(&f->lock);
	return metric != NULL ? metric : member_add(f, values, key, len);
}

pv_metric *
pv_metric_new(pv_metrics *m, const pv_family_def *def)
{
	PV_ASSERT(def->labels[0] == NULL);
	return pv_family_of(pv_family_new(m, def), NULL);
}

void
pv_metric_add(pv_metric *metric, int64_t n)
{
	if (metric != NULL)
		atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void
pv_metric_set(pv_metric *metric, int64_t n)
{
	if (metric != NULL)
		atomic_store_explicit(&metric->value, n, memory_order_relaxed);
}

static void
sum_add(_Atomic uint64_t *sum, double value)
{
	uint64_t old = atomic_load_explicit(sum, memory_order_relaxed), new;
	double d;

	do {
		memcpy(&d, &old, sizeof d);
		d += value;
		memcpy(&new, &d, sizeof new);
	} while (!atomic_compare_exchange_weak_explicit(sum, &old, new, memory_order_relaxed,
							memory_order_relaxed));
}

void
pv_metric_observe(pv_metric *metric, double value)
{
	const pv_family_def *def;
	size_t i = 0;

	if (metric == NULL)
		return;
	def = &metric->family->def;
	PV_ASSERT(def->type == PV_HISTOGRAM);
	while (i < def->n_buckets && value > def->buckets[i])
		i++;
	atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metric->value, 1, memory_order_relaxed);
	sum_add(&metric->sum, value);
}

int64_t
pv_metric_get(const pv_metric *metric)
{
	return metric == NULL ? 0 : atomic_load_explicit(&metric->value, memory_order_relaxed);
}
