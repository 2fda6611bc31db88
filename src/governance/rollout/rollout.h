/* governance/rollout: PolicyExemption and PolicyRollout: who looks after them, and what may be written in
 * them.  What they do at a write is core/enforcement's.  Const rows; which thread calls a function of one, the type of its
 * table says. */
#pragma once
#include "core/module.h"

extern const pv_controller rollout_controller, exemption_controller;
extern const pv_fact_kind rollout_fact;
extern const pv_admission rollout_admission;
extern const pv_verb rollout_verbs[];
