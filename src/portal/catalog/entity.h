/* entity: rows of this module.  Private. */
#pragma once
#include "core/module.h"

extern const pv_controller *const catalog_controllers[]; /* one for each kind of entity, then the source's */
extern const pv_controller catalog_source_controller;
extern const pv_index_row catalog_indexes[];
extern const pv_admission catalog_admission, catalog_source_admission;
extern const pv_fact_kind catalog_files_fact;
extern const pv_job_kind catalog_parse_job;
extern const pv_verb catalog_verbs[];
