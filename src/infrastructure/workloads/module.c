#include "core/module.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"

static const pv_controller *const controllers[] = {
	&deployment_controller,
	&replicaset_controller,
	&replicationcontroller_controller,
	&statefulset_controller,
	&daemonset_controller,
	&job_controller,
	&cronjob_controller,
	&endpoints_controller,
	&mirror_controller,
	&disruption_controller,
	NULL,
};

extern const pv_module infrastructure_workloads_module;
const pv_module infrastructure_workloads_module = {
	.name = "infrastructure/workloads",
	.summary =
		"Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs and disruption budgets",
	.controllers = controllers,
	.indexes = pod_indexes,
};
