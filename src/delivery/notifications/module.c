#include "delivery/notifications/inside.h"

static const pv_controller *const controllers[] = {&notifications_controller, &delivery_controller, NULL};
static const pv_admission *const admission[] = {&notification_admission, NULL};
static const pv_fact_kind *const facts[] = {&delivery_fact, NULL};

static const pv_index_row indexes[] = {
	{.name = APP_INDEX, .kind = KIND, .keys = delivery_keys},
	{0},
};

static const pv_metric_row metrics[] = {
	{"pave_notifications_delivered_total", "counter", "Notifications that their recipients took.",
	 delivered_total},
	{"pave_notifications_failed_total", "counter", "Attempts to deliver that failed.", failed_total},
	{"pave_notifications_pending", "gauge", "Notifications that wait to be delivered.", pending_now},
	{0},
};

extern const pv_module delivery_notifications_module;
const pv_module delivery_notifications_module = {
	.name = "delivery/notifications",
	.summary = "Argo CD's notifications: who is told when something becomes of an Application",
	.controllers = controllers,
	.admission = admission,
	.indexes = indexes,
	.facts = facts,
	.verbs = notifications_verbs,
	.metrics = metrics,
	.start = delivery_start,
};
