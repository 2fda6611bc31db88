/* appset: an ApplicationSet as its controller sees it during a turn.  Private.
 * Functions that return int: 0, or -PV_E* with the error in cx.  What is not known yet is no error: it is asked
 * for, and `waiting` is set; then nothing of what was made counts. */
#pragma once
#include "core/admission/admission.h"
#include "core/reconcile/reconcile.h"
#include "lang/gotmpl/gotmpl.h"

#define APPSET_MANAGER "applicationset-controller"
#define APPSET_HOME "argocd" /* where cluster Secrets and the ConfigMaps of generators lie */
#define APPSET_REFRESH "argocd.argoproj.io/application-set-refresh"
#define APPSET_FINALIZER "resources-finalizer.argocd.argoproj.io"
#define APPLICATION "argoproj.io/v1alpha1/Application"
#define IN_CLUSTER "https://kubernetes.default.svc"

typedef struct appset {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object, *spec, *status;
	const char *ns, *name;
	bool go; /* spec.goTemplate */
	enum pv_tmissing missing;
	pv_map *parsed; /* text -> pv_tmpl *: each text is parsed once */
	bool waiting;
	bool rests; /* generators are asked, and nothing is made of it */
	bool alone; /* no server: who runs it reads with their own rights, and waits as long as they like */
	int64_t until;          /* monotonic: when the turn has taken too long */
	int64_t looking;        /* what is known of the world must be no older (wall clock); 0: any */
	int64_t requeue;        /* ns: how soon a generator wants to look again; 0: it need not */
	size_t sets;            /* of parameters that were made so far, in generators within generators too */
	const char *reason;     /* upstream's, of the error */
	const pv_val *clusters; /* appset_clusters_known(), once something asked */
	pv_vec children;        /* const pv_val *: the Applications it owns, by name */
	pv_vec made;            /* struct made */
} appset;

/* One set of parameters.  goTemplate: an object of anything; else flat, texts by dotted names. */
typedef struct params {
	pv_val val;
	pv_tv dot; /* the same for Go templates, once something asked */
	bool has_dot;
} params;

/* An Application as it shall be. */
typedef struct made {
	const pv_val *app;
	const char *name;
	const char *fault; /* why it is not written, or NULL */
} made;

/* Bytes that a turn may take, and ns; tests make them small. */
extern size_t appset_room;
extern int64_t appset_patience;
void appset_init(pv_ctx *cx, pv_plan *plan, const pv_val *object, appset *ret);

/* Asked for each set of parameters and each text: -PV_ETOOLARGE or -PV_ETIMEOUT where users made too much of them. */
PV_MUST_USE int appset_goes_on(appset *s);

/* spec.goTemplateOptions: sets `missing`. */
PV_MUST_USE int appset_check_options(appset *s);

/* ---- texts and templates (template.c) ---- */
params *appset_params_new(appset *s, pv_val val);
/* The text with the parameters in it. */
PV_MUST_USE int appset_template_text(appset *s, pv_str text, params *p, pv_str *ret);
/* Every text in the value, names of members too. */
PV_MUST_USE int appset_template_value(appset *s, const pv_val *v, params *p, pv_val *ret);
/* Text of a value as Go prints it with %v. */
const char *appset_template_plain(pv_arena *arena, const pv_val *v);
/* normalize and slugify, as templates have them. */
char *appset_name_normalized(pv_arena *arena, pv_str name);
char *appset_name_slug(pv_arena *arena, pv_str text, size_t most, bool whole_words);
extern const pv_tfunc appset_template_functions[];

/* ---- parameters (params.c) ---- */
/* {a: {b: 1}} as "a.b": its texts by dotted names; lists by number. */
PV_MUST_USE int appset_params_flat(appset *s, const pv_val *v, pv_val *ret);
/* Does a generator's selector take them? */
PV_MUST_USE int appset_params_selected(appset *s, const pv_val *selector, const char *field,
				       const pv_val *val, bool *ret);
/* dst, and in it what of src is not empty (`over`) or what dst has nothing of. */
pv_val appset_params_merge(pv_arena *arena, const pv_val *dst, const pv_val *src, bool over);
/* Of two flat sets; -PV_EINVALID where they say two things. */
PV_MUST_USE int appset_params_combine(appset *s, const pv_val *a, const pv_val *b, pv_val *ret);
/* Adds a generator's `values`, made with what is there. */
PV_MUST_USE int appset_params_add_values(appset *s, const pv_val *values, pv_val *val);
/* Adds one set to ret (of params *); -PV_ETOOLARGE where there are too many. */
PV_MUST_USE int appset_params_push(appset *s, pv_vec *ret, pv_val val);

/* ---- generators ---- */
/* One kind: `of` is its member of the generator, `field` where that stands ("spec.generators[0].list"); adds
 * params * to ret.  depth: how many generators it is in. */
typedef struct generator {
	const char *name;
	int (*find)(appset *s, const pv_val *of, const char *field, int depth, pv_vec *ret);
} generator;
extern const generator list_generator, clusters_generator, git_generator, duck_generator, plugin_generator,
	scm_generator, pull_generator, matrix_generator, merge_generator;
/* Told of what each kind that a generator names has found, its selector held to; `of`: that member. */
typedef int (*generator_each)(void *arg, const pv_val *of, const char *field, const pv_vec *found);
/* with: the parameters that stand in the generator's texts, or NULL. */
PV_MUST_USE int appset_generate(appset *s, const pv_val *item, const char *field, int depth, params *with,
				generator_each each, void *arg);
/* A fact that is no older than the refresh and spec.generators[].requeueAfterSeconds want; false: wait, or *ret_r is
 * the error. */
bool appset_fact(appset *s, const char *fact, const pv_val *args, const pv_val *generator, int64_t often,
		 const pv_val **ret, int *ret_r);

#define CLUSTERS_INDEX "argocd-clusters"
void appset_clusters_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret);
/* The clusters that are known: {name, server, project, labels, annotations, secret}, this one first. */
const pv_val *appset_clusters_known(appset *s);
bool appset_cluster_find(appset *s, const char *name, const char *server);

int appset_by_name(const void *a, const void *b); /* of two const pv_val *, for pv_vec_sort */

/* ---- Applications ---- */
/* Fills s->made; s->reason says of which kind an error is. */
PV_MUST_USE int appset_make(appset *s);
/* Fills in `fault` of those that cannot be. */
void appset_validate(appset *s);
/* The AppProject of that name there; NULL: there is none. */
const pv_val *appset_project(appset *s, const char *ns, const char *name);
void appset_children(appset *s);                               /* fills s->children */
const pv_val *appset_child(const appset *s, const char *name); /* NULL: it owns none of that name */

/* ---- what is done ---- */
struct may {
	bool update, remove;
};
struct may appset_may(const pv_val *spec);
/* Makes, changes and deletes; `operations`: name -> const pv_val *, operations to start, or NULL. */
void appset_carry(appset *s, const pv_map *operations);
/* True: it is being deleted, and all is said. */
bool appset_delete(appset *s);
/* A finalizer, if it must see its Applications go. */
void appset_hold(appset *s);

/* ---- rolling sync (rollout.c) ---- */
bool appset_rollout_is_on(const pv_val *spec);
/* Its list of applicationStatus, moved on; fills operations; takes automated sync away from what was made. */
pv_val appset_rollout_step(appset *s, pv_map *operations);
/* The step that the Application belongs to, from 1; -1: none. */
int appset_rollout_step_of(const pv_val *spec, const pv_val *app);
/* Is anything under way?  Fills the condition's message. */
bool appset_rollout_progresses(appset *s, const pv_val *application_status, const char **ret_message);

/* ---- status (status.c) ---- */
/* What a turn came to. */
struct outcome {
	const char *reason, *error;       /* NULL: all is well */
	bool generated;                   /* parameters were found */
	const pv_val *application_status; /* of a rolling sync; NULL: as it was, if one is on */
};
void appset_status(appset *s, const struct outcome *o);
/* Of many Applications the last news was told so lately that the next ones wait: how long, in ns; 0: they need not. */
int64_t appset_rest(const appset *s);

extern const pv_controller applicationset_controller;
extern const pv_admission applicationset_admission;
