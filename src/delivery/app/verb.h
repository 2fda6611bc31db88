/* verb: what the commands of `pave app` share: whom they ask, and how they print.  One command a process; all of it lives
 * in the ctx's arena.  Private to this folder. */
#pragma once
#include "base/vec.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "core/module.h"

#define APPS "/api/v1/applications"

typedef struct talk {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *client;
	const char *ns, *name; /* of the Application; ns NULL: where alone there is one of that name */
	const char *path;      /* of it: APPS "/shop" */
	const char *query;     /* "?appNamespace=team", or "?" */
	int64_t until;         /* monotonic; 0: for ever */
	const void *aim;       /* what the done() of talk_await goes by */
} talk;

/* ---- talk.c ---- */
/* Opens the server, calls what(), closes it.  named: the first argument is an Application. */
PV_MUST_USE int talk_run(pv_ctx *cx, const pv_args *args, bool named, int (*what)(talk *t));
/* "shop", or "team/shop" as the list shows it. */
void talk_take(talk *t, const char *word);
/* One request with a JSON body (NULL: none); ret may be NULL. */
PV_MUST_USE int talk_ask(talk *t, const char *method, const char *path, const pv_val *body,
			 const pv_val **ret);
/* t->path "/rest" and t->query. */
const char *talk_path(const talk *t, const char *rest);
/* "&name=value" of each option that was given: {option, parameter} pairs, ended by {NULL}. */
typedef struct talk_pair {
	const char *option, *name;
} talk_pair;
const char *talk_query(const talk *t, const talk_pair *pairs);
PV_MUST_USE int talk_load(talk *t, const pv_val **ret); /* the Application as it is now */
/* The Applications that -p, -l, -r and the like choose. */
PV_MUST_USE int talk_load_all(talk *t, const pv_val **ret);
/* Calls what() for each that is named, or that -l chooses. */
PV_MUST_USE int talk_each(talk *t, int (*what)(talk *t));
/* Asks until done() says so; the Application as it is then.  -PV_ETIMEOUT: --timeout. */
PV_MUST_USE int talk_await(talk *t, bool (*done)(const talk *t, const pv_val *now), const pv_val **ret);
/* Seconds, or a duration. */
PV_MUST_USE int talk_timeout(talk *t);
/* "GROUP:KIND:NAME", the namespace before the name if need be: {group, kind, namespace, name}. */
PV_MUST_USE int talk_resource(pv_ctx *cx, const char *word, pv_val *ret);

/* ---- print.c ---- */
typedef struct table {
	pv_arena *arena;
	size_t columns;
	pv_vec cells; /* const char *, row by row */
} table;
void rows_init(table *t, pv_arena *arena, const char *const *heads, size_t columns);
void rows_add(table *t, const char *cell); /* the next one; NULL: "" */
void rows_print(const table *t);
/* As -o says: json, yaml.  False: it says something else. */
bool command_print(const talk *t, const pv_val *v);
/* -PV_EUSAGE if -o is none of these words ("tree|wide|json"). */
PV_MUST_USE int command_print_check(const talk *t, const char *words);
const char *command_destination(const pv_val *object);
const char *command_policy(const pv_val *object);
/* What the Application's one or first source says. */
const char *command_source(const pv_val *object, const char *member);
/* GROUP KIND NAMESPACE NAME STATUS HEALTH HOOK MESSAGE */
void command_print_resources(const talk *t, const pv_val *object);

/* ---- the commands ---- */
int command_list(talk *t);
int command_get(talk *t);
int command_history(talk *t);
int command_resources(talk *t);
int command_delete(talk *t);
int command_sync(talk *t);
int command_wait(talk *t);
int command_terminate(talk *t);
int command_rollback(talk *t);
int command_create(talk *t);
int command_set(talk *t);
int command_diff(talk *t);
int command_manifests(talk *t);
int command_logs(talk *t);
int command_actions(talk *t);
int command_act(talk *t);

/* ---- sync.c ---- */
bool command_is_running(const pv_val *object); /* an operation */
/* Waits for another operation than the Application of t->aim had, and tells how it ended. */
PV_MUST_USE int command_tell_end(talk *t);
PV_MUST_USE int command_annotate(talk *t, const char *name, pv_val v);

/* ---- set.c ---- */
/* The spec with what the options say. */
PV_MUST_USE int command_spec(talk *t, const pv_val *spec, pv_val *ret);
