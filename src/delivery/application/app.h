/* app: an Application as its controller sees it during a turn.  Private. */
#pragma once
#include "core/module.h"
#include "core/reconcile/reconcile.h"
#include "delivery/application/hook.h"
#include "delivery/clusters/clusters.h"
#include "delivery/health/health.h"

#define APP_MANAGER "argocd-controller"
#define APP_REFRESH "argocd.argoproj.io/refresh"
/* Marks a hook as made by one attempt of one sync, so that a crash does not run it twice. */
#define MADE_BY "pave.dev/made-by-sync"
#define BEFORE_DELETE "pre-delete-finalizer.argocd.argoproj.io"
#define AFTER_DELETE "post-delete-finalizer.argocd.argoproj.io"
#define LOOKING "looking" /* .status: since when a refresh looks */
#define LOOKED (-1)
#define IN_CLUSTER CLUSTERS_HERE
#define SYNC_OPTIONS "argocd.argoproj.io/sync-options"

enum sync_status { SYNCED, OUT_OF_SYNC, SYNC_UNKNOWN };

/* One object that the Application is about: wanted, there, or both. */
typedef struct item {
	const char *group, *version, *kind, *ns, *name;
	const pv_val *want;  /* from Git, placed and marked as ours; NULL: to be pruned */
	const pv_val *live;  /* NULL: missing */
	const pv_val *ahead; /* what live would be after a sync; NULL if that cannot be said */
	const pv_val *kept;  /* want with the live values that a sync keeps (ignore.h); NULL: it keeps none */
	const char *problem; /* why it cannot, or NULL */
	bool predicted;      /* the problem is what applying would say: it is tried all the same */
	const char *file;    /* where it comes from, NULL if from nowhere */
	int line;
	bool hook;
	enum sync_status sync;
	enum health health;
	const char *health_message;
} item;

/* Where objects come from, and what is known of it. */
typedef struct app_source {
	const pv_val *spec;               /* of the operation, or else of the Application */
	const char *repo, *path, *target; /* target: what was asked for */
	const char *pinned;               /* the commit of the operation that runs, NULL: none */
	const char *found_by;             /* the revision that `tree` was asked by: target, or pinned */
	const pv_val *tree;               /* what was found; NULL: not yet */
	const char *type;                 /* "Directory", "Helm", "Kustomize"; NULL: not known, or none */
	const char *revision;             /* commit compared with; NULL: not known */
	const char *message;              /* of that commit, its first line */
} app_source;

/* How objects say whose they are (tracking.h). */
typedef struct app_tracking {
	const char *method, *label, *installation; /* "": none */
	bool by_label;                             /* and by nothing else */
} app_tracking;

typedef struct app {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object, *spec, *status;
	const char *ns, *name;
	const char *key;       /* of tracking ids: "name", or "ns_name" outside namespace argocd */
	const pv_val *asked;   /* .sync of the operation that runs; NULL: none does */
	const pv_val *options; /* of the operation, or else of the spec */
	pv_vec sources;        /* of app_source, one at least (sources.h) */
	app_source *from;      /* the one that is looked at */
	bool held;             /* at commits that were gone back to (APPLICATION_HELD) */
	bool many;             /* they are spec.sources, or the operation's */
	bool looking;          /* the refresh annotation is there: this turn looks for it */
	bool unresolved;       /* the operation that runs has no commits yet */
	int64_t since;         /* what is known of the repository must be no older (wall clock); 0: any */
	bool unmerged;         /* at another revision than its own: a chart is not told what Secrets hold */
	bool moved_on;         /* the operation that waits for a retry shall take the newest commit */
	const char *dest_ns;
	clusters_place dest;  /* which it is of (destination.h) */
	const pv_val *serves; /* what another cluster does; NULL: this server, or not known yet */
	pv_map *there; /* what it holds: "group/Kind/ns/name" -> {live, ahead, problem}; NULL likewise */
	bool away;     /* it cannot be asked now */
	const char *away_why;
	pv_vec items;      /* of item */
	pv_vec live_hooks; /* of const pv_val *: hooks of past syncs that are still there */
	pv_vec conditions; /* of pv_val: {type, message} */
	bool compared;     /* items are right */
	bool unverified;   /* it is not signed as the project wants it: compared, and not synced */
	bool unloaded;     /* what shall be cannot be said; health is of what is there */
	app_tracking tracking;
	const pv_val *jq_known;            /* what jq expressions mean (ignore_jq.h); NULL: nothing yet */
	struct jq_asking *jq;              /* what is to be asked about them; NULL: nothing */
	struct ignoring *ignoring;         /* what finding out what does not count takes (ignore.c) */
	pv_vec ignores;                    /* of const pv_val *: the rules (ignore.h) */
	pv_map *ignores_of;                /* "group/kind" -> pv_vec of those of that kind */
	const pv_val *settings;            /* data of argocd-cm (settings.h); NULL: none */
	const custom *custom;              /* what it says of kinds; NULL: nothing */
	bool settings_known;               /* it was looked up in this turn */
	const pv_val *excluded, *included; /* rows of argocd-cm (settings.h); NULL: none */
	const pv_val *hydrated;            /* .status.sourceHydrator as it is now; NULL: as it was */
	const char *prevented; /* why no sync may begin now, or go on (windows.h); NULL: one may */
	const pv_val *project; /* project_of(): NULL if there is none */
	bool project_known;    /* it was looked up in this turn */
	enum sync_status sync;
	enum health health;
} app;

/* "commit 0123456", or "version 1.2.3" of a chart; of several with commas between them, "commit .., commit ..". */
const char *app_revision(pv_arena *arena, const char *revision);
/* The same of what is compared with, and the first line of the commit's message. */
const char *app_at(const app *a);
/* "group/Kind/namespace/name": equal for one object. */
char *item_key(const app *a, const item *it);
/* Where in Git it stands, "deploy/web.yaml:3"; NULL: nowhere. */
const char *item_place(const app *a, const item *it);
/* How a live object is doing, by what argocd-cm says of its kind, or else by Pave. */
enum health app_health_of(app *a, const pv_val *object, const char **ret_message);
/* Fills in which object it is. */
void item_identify(const app *a, const pv_val *object, item *it);
/* The Application ("name", or "ns_name") that the object says it is of (tracking.c); NULL if of none, or if
 * what it says is of another object (a copied annotation). */
const char *item_tracked_by(const app *a, const item *it, const pv_val *object);
/* The Application of a tracking id, if it is there. */
const pv_val *app_tracked(const app *a, const char *key);
/* The other Application ("name", or "ns_name") that has the object and wants it, too; NULL: none. */
const char *item_held_by(const app *a, const item *it);
void app_init(pv_ctx *cx, pv_plan *plan, const pv_val *object, app *a);
/* A condition such as ComparisonError. */
void app_condition(app *a, const char *type, const char *fmt, ...) PV_PRINTF(3, 4);
/* Is an option such as "Prune=false" set on the object, or else on the Application? */
bool app_option(const app *a, const pv_val *object, const char *option);
/* The value of "Name=value", or NULL. */
const char *app_option_value(const app *a, const pv_val *object, const char *name);

/* Was the deletion of what asks for confirmation ("Prune=confirm", "Delete=confirm") approved after `since`? */
bool app_deletion_approved(const app *a, const char *since);
/* The client-side applier whose fields an apply of the object takes over, so that what it set and
 * Git does not say goes; NULL: that was switched off. */
const char *app_takes_over(const app *a, const pv_val *object);

/* What shall be (1), or not known yet (0), or a condition says why not (-1). */
int app_desired(app *a);
/* What is, and how it differs: 1, or 0: not known yet, or a condition says why not (-1). */
int app_compare(app *a);
/* The object without what does not count in a comparison. */
const pv_val *app_essence(app *a, const item *it, const pv_val *object);
/* How what is there does, when nobody can say what shall be. */
void app_assess(app *a);
/* Warns of what is in the destination's namespace and of no Application, if the project wants that. */
void app_orphans(app *a);
/* One step of a sync, or the start of one; puts operationState (and history) into *state. */
typedef struct sync_state {
	const pv_val *operation; /* .status.operationState to write; NULL: as it is */
	const pv_val *history;   /* likewise .status.history */
} sync_state;
void app_sync(app *a, sync_state *state);
/* Takes .operation over into the status, before anything is looked at for it.  False: there is none,
 * or another one runs (which one that waits for its next attempt does not). */
bool app_sync_take(app *a);
/* Warns of what is written on the Application, its project and its objects and is not acted on. */
void app_unheeded(app *a);
/* The first line of `pave why`. */
void app_summary(app *a, const sync_state *sync);
void app_sync_impossible(app *a, sync_state *state); /* app_desired failed */
/* The finalizers for the hooks around a deletion: there while such hooks are. */
void app_hold(app *a);
/* Runs the hooks of the phase; false: they are not done, for the reason told. */
bool app_delete_hooks(app *a, enum phase phase);
/* Removes those that ask to be removed when they end; false: they are not gone yet. */
bool app_delete_hooks_clear(app *a, enum phase phase);
void app_put_finalizers(app *a, pv_val list);
/* 1: the Application is being deleted and needs nothing else; 0: go on. */
int app_delete(app *a);
/* The status as it is, but for the conditions. */
pv_val app_status_conditions(app *a);
pv_val app_status(app *a, const sync_state *state);

/* GET HISTORY_ROUTE NAMESPACE/NAME: the commits of .status.history, {items: [{id, and what pv_git_log tells}]}. */
#define HISTORY_ROUTE "/delivery/history/"
int app_history(pv_ctx *cx, pv_http_req *req, pv_api *api);

extern const pv_controller application_controller;
extern const pv_admission application_admission;
extern const pv_fact_kind chart_fact, hydrate_effect, jq_fact, kustomization_fact, manifests_fact,
	plugin_manifests_fact, sync_effect;
extern const pv_job_kind chart_job, jq_job, kustomization_job, plugin_job, render_job;
extern const pv_index_row application_indexes[];
extern const pv_verb application_verbs[];
