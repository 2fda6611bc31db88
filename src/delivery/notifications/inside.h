/* notifications: what the files of the module share (README.md).  Private. */
#pragma once
#include "base/buf.h"
#include "base/httpc.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/api/api.h"
#include "core/module.h"
#include "lang/expr/expr.h"

#define HOME "argocd"
#define CONFIG_NAME "argocd-notifications-cm"
#define SECRET_NAME "argocd-notifications-secret"
#define PREFIX "notifications.argoproj.io/"
#define NOTIFIED "notified.notifications.argoproj.io"
#define KIND "delivery.pave.dev/v1alpha1/Notification"
#define TYPE "delivery.pave.dev/Notification"
#define APP_INDEX "notifications-of-application"
#define DELIVER "notification"

/* ---- config.c: the ConfigMap and the Secret of one namespace ---- */

typedef struct config {
	pv_ctx *cx;
	const char *ns;
	const pv_val *map, *secret; /* the objects; NULL: there is none */
	const pv_val *data;         /* of the ConfigMap */
	bool self_service;          /* it is not the platform's own */
	bool any_self_service;      /* templates have no .secrets then, as upstream */
} config;
void config_init(pv_ctx *cx, config *c, const char *ns, const pv_val *map, const pv_val *secret);
/* A YAML text of the ConfigMap; *ret NULL: there is none of that key. */
PV_MUST_USE int config_yaml(config *c, const char *key, const pv_val **ret);
PV_MUST_USE int config_trigger(config *c, const char *name, const pv_val **ret);
PV_MUST_USE int config_template(config *c, const char *name, const pv_val **ret);
/* The options of a service, with what $name of the Secret says; *ret_type: "webhook". */
PV_MUST_USE int config_service(config *c, const char *name, const char **ret_type, const pv_val **ret);
const char *config_secret(config *c, const char *key); /* decoded; NULL if absent */
/* The text without what the Secret holds. */
const char *config_redact(config *c, const char *text);
/* Which version of both it is: "12/34". */
const char *config_version(const config *c);

/* ---- subscribe.c ---- */

typedef struct destination {
	const char *trigger, *service, *recipient;
} destination;
/* Who is told by which trigger: annotations of the Application and its project (NULL: none), and the ConfigMap's
 * subscriptions, none twice.  Elements: destination. */
PV_MUST_USE int subscriptions(config *c, const pv_val *app, const pv_val *project, pv_vec *ret);

/* ---- functions.c: what conditions and templates can call ---- */

typedef struct scene {
	pv_ctx *cx;
	const pv_val *app;
	int64_t now;
	bool clock;   /* the time was asked for */
	bool pending; /* something is not known yet: come again */
	/* 1, 0: not yet, negative; as core/git's fact git-commit. */
	int (*commit)(struct scene *s, const char *repo, const char *revision, const pv_val **ret);
	void *of;
	pv_tmap *env; /* of conditions, made by the first trigger that is run; NULL: none was */
} scene;
/* app, context, time, strings, sync, repo. */
pv_tmap *scene_env(scene *s, const pv_val *context);
/* "owner/repo" of any way to write a repository. */
const char *repo_full_name(pv_arena *arena, const char *url);

/* ---- trigger.c ---- */

typedef struct condition {
	const char *key; /* "[0].tVeNhhKMfcbZw3nU5kT-6OwDVgQ" */
	bool holds;
	const char *once_per; /* "" if it says none */
	const pv_val *send;   /* template names */
	const char *when;     /* as it is written */
	const char *error;    /* why it could not be evaluated, or NULL */
} condition;
/* Elements: condition.  -PV_ENOTFOUND: there is no such trigger. */
PV_MUST_USE int trigger_run(config *c, scene *s, const char *name, pv_vec *ret);

/* ---- state.c: the annotation ---- */

/* "once:trigger:[0].hash:service:recipient" */
const char *state_key(const config *c, const condition *cond, const destination *to);
/* An object of times (seconds); of what is damaged: empty. */
pv_val state_of(pv_arena *arena, const pv_val *app);
/* As text, of the keys of `held` and the newest others up to 100; NULL: there are none. */
const char *state_text(pv_arena *arena, const pv_val *state, const pv_map *held);

/* ---- render.c ---- */

/* The notification that the templates make: {message, slack: {..}, ..}. */
PV_MUST_USE int render(config *c, scene *s, const pv_val *templates, const char *service,
		       const char *recipient, pv_val *ret);

/* ---- send.c and the services ---- */

typedef struct message {
	pv_ctx *cx;
	config *config;
	pv_api *api;       /* NULL: from the command line, which has the user's own rights */
	const char *id;    /* the same for each attempt */
	const char *title; /* of the first template */
	const char *service, *recipient;
	const pv_val *options;      /* of the service */
	const pv_val *notification; /* what the templates made */
	const pv_val *own;          /* its part for the service's type, or NULL */
	const char *ns;             /* where Notifications of its kind lie */
	const pv_val *app;          /* the Application as it was; NULL: nobody limits what it names */
	pv_val thread;              /* out: what .status.thread becomes, or null */
	bool final;                 /* out: trying again is of no use */
	int64_t retries, wait_first,
		wait_most; /* out: quick attempts and the pauses before them; -1, 0: as usual */
} message;

typedef struct way {
	const char *type; /* "slack" */
	int (*send)(message *m);
	const char *refused; /* why there is none, or NULL */
} way;
const way *service_of(const char *type); /* NULL: unknown */
/* By the service that the ConfigMap names. */
PV_MUST_USE int send_message(message *m);

typedef struct request {
	const char *method, *url;
	const char *type;        /* of the body; NULL: application/json if there is one */
	const char *headers[34]; /* ended by NULL */
	const char *user, *password;
	pv_str body;
	const char *what; /* in errors, in the place of the URL, which may be secret: "Slack" */
} request;
/* A status of 200 to 299, or an error. */
PV_MUST_USE int http_call(message *m, const request *c, pv_httpc_answer *ret);
PV_MUST_USE int http_json(message *m, const request *c, const pv_val *body,
			  const pv_val **ret); /* ret may be NULL */
/* The same of what most services want: a body to an address, with one header or NULL. */
PV_MUST_USE int post_json(message *m, const char *what, const char *url, const char *header,
			  const pv_val *body, const pv_val **ret);
/* "Authorization: Bearer ..", of the option that has the token. */
const char *bearer(message *m, const char *name);
const char *option(const message *m, const char *name, const char *otherwise);
const char *own_text(const message *m, const char *name, const char *otherwise);
const char *message_text(const message *m);
/* An address of the options, without what ends it in slashes. */
const char *base_url(const message *m, const char *name, const char *otherwise);
/* A JSON text that a template made; *ret null where there is none. */
PV_MUST_USE int own_json(const message *m, const char *name, pv_val *ret);

int send_webhook(message *m);
int send_slack(message *m);
int send_email(message *m);
int send_github(message *m);
int send_teams(message *m);
int send_teams_workflows(message *m);
int send_telegram(message *m);
int send_mattermost(message *m);
int send_rocketchat(message *m);
int send_googlechat(message *m);
int send_webex(message *m);
int send_grafana(message *m);
int send_alertmanager(message *m);
int send_pagerduty_v2(message *m);
int send_opsgenie(message *m);
int send_newrelic(message *m);
int send_pushover(message *m);

/* ---- app.c ---- */
#define PARAMS_NAME "argocd-cmd-params-cm"
/* An object of the store as it is; NULL: it is not there. */
const pv_val *stored(pv_ctx *cx, pv_api *api, const char *type, const char *ns, const char *name);
bool self_service_params(const pv_val *params); /* do namespaces bring their own configuration? */
/* core/git's fact git-commit of a repository that the project permits. */
PV_MUST_USE int commit_fact(pv_ctx *cx, pv_plan *plan, const pv_val *app, const char *repo,
			    const char *revision, const pv_val **ret);

/* ---- delivery.c ---- */
double delivered_total(pv_api *api);
double failed_total(pv_api *api);
double pending_now(pv_api *api);

extern const pv_controller notifications_controller, delivery_controller;
extern const pv_fact_kind delivery_fact;
extern const pv_admission notification_admission;
extern const pv_verb notifications_verbs[];
void delivery_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret);
int delivery_start(pv_ctx *cx, pv_api *api);
