/* workloads: the bookkeeping of Kubernetes' workload kinds: Deployment, ReplicaSet,
 * ReplicationController, StatefulSet, DaemonSet, Job, CronJob, the Endpoints of Services and
 * PodDisruptionBudgets.  Pure controllers: what runs the Pods is a node's business (infrastructure/node). */
#pragma once
#include "core/reconcile/reconcile.h"

extern const pv_edit_name workload_edits[]; /* of what rolls out */
extern const pv_controller deployment_controller, replicaset_controller, replicationcontroller_controller,
	statefulset_controller, daemonset_controller, job_controller, cronjob_controller,
	endpoints_controller, mirror_controller, disruption_controller;
