#include "core/git/access.h"
#include "core/git/mirror.h"
#include "core/git/repo.h"
#include "core/module.h"

static const pv_fact_kind *const facts[] = {
	&git_local_fact, &git_remote_fact,     &git_commit_fact, &git_tree_fact,
	&git_files_fact, &git_signatures_fact, &git_base_fact,   NULL};

static const pv_job_kind fetch_job = {.name = "git-fetch", .run = repo_fetch, .network = true};
static const pv_job_kind push_job = {.name = "git-push", .run = repo_push, .network = true};
static const pv_job_kind write_job = {.name = "git-write", .run = repo_push};
static const pv_job_kind commit_job = {.name = "git-commit", .run = repo_commit};
static const pv_job_kind tree_job = {.name = "git-tree", .run = repo_tree};
static const pv_job_kind files_job = {.name = "git-files", .run = repo_files, .output_limit = 160u << 20};
static const pv_job_kind log_job = {.name = "git-log", .run = repo_log};
static const pv_job_kind signed_job = {.name = "git-signed", .run = repo_signed, .output_limit = 160u << 20};
static const pv_job_kind unpack_job = {.name = "git-unpack", .run = repo_unpack};
static const pv_job_kind export_job = {.name = "git-export", .run = repo_export};
static const pv_job_kind base_job = {.name = "git-base", .run = repo_base};
static const pv_job_kind *const jobs[] = {&fetch_job, &commit_job, &tree_job,   &files_job,
					  &log_job,   &signed_job, &unpack_job, &push_job,
					  &write_job, &export_job, &base_job,   NULL};

static const pv_admission *const admission[] = {&git_label_admission, NULL};

extern const pv_module core_git_module;
const pv_module core_git_module = {
	.name = "core/git",
	.summary = "Git repositories as facts: mirrors, trees and files",
	.facts = facts,
	.jobs = jobs,
	.admission = admission,
};
