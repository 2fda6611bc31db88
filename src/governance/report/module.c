#include "governance/report/report.h"

static const pv_view *const views[] = {&report_reports, &report_cluster_reports, &report_findings,
				       &report_cluster_findings, NULL};

extern const pv_module governance_report_module;
const pv_module governance_report_module = {
	.name = "governance/report",
	.summary = "What violates the policies, of all sorts",
	.views = views,
	.objections = report_objections,
	.start = census_open,
};
