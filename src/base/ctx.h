/* ctx: what a turn carries: its arena and its error.
 * One thread at a time.  Every function that can fail takes it first, returns 0
 * or -PV_E*, and has an error set if and only if it returned negative.
 * Codes are Kubernetes' Status reasons, so an error of the store reaches
 * kubectl untranslated (apimachinery, meta/v1 StatusReason). */
#pragma once
#include "base/arena.h"
#include "base/base.h"

enum pv_code {
	PV_EBADREQUEST = 1, /* 400 BadRequest */
	PV_EUNAUTHORIZED,   /* 401 Unauthorized */
	PV_EFORBIDDEN,      /* 403 Forbidden */
	PV_ENOTFOUND,       /* 404 NotFound */
	PV_EMETHOD,         /* 405 MethodNotAllowed */
	PV_ENOTACCEPTABLE,  /* 406 NotAcceptable */
	PV_EEXISTS,         /* 409 AlreadyExists */
	PV_ECONFLICT,       /* 409 Conflict */
	PV_EGONE,           /* 410 Expired */
	PV_ETOOLARGE,       /* 413 RequestEntityTooLarge */
	PV_EMEDIA,          /* 415 UnsupportedMediaType */
	PV_EINVALID,        /* 422 Invalid */
	PV_ETOOMANY,        /* 429 TooManyRequests */
	PV_EINTERNAL,       /* 500 InternalError */
	PV_EUNSUPPORTED,    /* 501: honest "not supported", names the field */
	PV_EUNAVAILABLE,    /* 503 ServiceUnavailable */
	PV_ETIMEOUT,        /* 504 Timeout */
	PV_EUSAGE,          /* a command was called wrongly: exit code 2, never an answer of the API */
	PV_ECODES
};

typedef struct pv_cause {   /* one violated field; arena of the ctx */
	const char *reason; /* FieldValueInvalid, FieldValueRequired, ... */
	const char *field;  /* spec.containers[0].image */
	const char *message;
	const char *file; /* where the field stands in the user's document; NULL if that is not known */
	int line;
	struct pv_cause *next;
} pv_cause;

typedef struct pv_error {
	int code;           /* enum pv_code */
	int status;         /* HTTP status of its own (a webhook's); 0: the code's */
	const char *reason; /* Status reason of its own, "" for none; NULL: the code's */
	const char *message;
	const char *file;                      /* the user's document, NULL if none */
	int line, column;                      /* 1-based, 0 if unknown */
	const char *group, *kind, *name, *uid; /* of the object concerned, or NULL */
	int retry_after;                       /* seconds, 0 if none */
	pv_cause *causes;                      /* in the order they were found */
	pv_cause **causes_tail;
} pv_error;

struct pv_ctx {
	pv_arena *arena;
	pv_error *err;       /* NULL if nothing failed */
	int64_t deadline_ns; /* monotonic; 0 = none */
	int stop_fd;         /* readable: children (base/proc.h) of this turn are ended now; 0 = none */
	void *identity;      /* core's caller identity (core/auth/auth.h), or NULL */
	const char *trace;   /* id in logs and audit, or NULL */
};

/* A context with an arena of its own.  Owner: caller, pv_ctx_done(). */
void pv_ctx_init(pv_ctx *cx, const char *name);
void pv_ctx_init_small(pv_ctx *cx, const char *name); /* pv_arena_new_small */
void pv_ctx_done(pv_ctx *cx);
void pv_ctx_reset(pv_ctx *cx); /* next turn: error cleared, arena reset */

/* Sets the error and returns -code.  It must not be set already (pv_wrap). */
int pv_fail(pv_ctx *cx, int code, const char *fmt, ...) PV_PRINTF(3, 4);
/* As pv_fail, with the place in the user's document. */
int pv_fail_at(pv_ctx *cx, int code, const char *file, int line, int column, const char *fmt, ...)
	PV_PRINTF(6, 7);
/* Adds context in front ("fmt: old message"); returns r, which is negative. */
int pv_wrap(pv_ctx *cx, int r, const char *fmt, ...) PV_PRINTF(3, 4);
/* Adds a cause to the error that is set. */
void pv_add_cause(pv_ctx *cx, const char *reason, const char *field, const char *fmt, ...) PV_PRINTF(4, 5);
/* Swallows the error on purpose; returns its code (positive), 0 if none. */
int pv_recover(pv_ctx *cx);
/* Returns r.  Debug builds assert that an error is set if and only if r < 0: for
 * runtimes that call code they do not know (handlers, controllers). */
int pv_checked(const pv_ctx *cx, int r);
/* Takes the error out of the ctx without losing it; NULL if none. */
pv_error *pv_take_error(pv_ctx *cx);
/* "file:3:7: message", for people; "" if no error. */
const char *pv_error_text(const pv_ctx *cx);
int pv_error_status(const pv_error *err); /* HTTP */
const char *pv_error_reason(const pv_error *err);
const char *pv_code_reason(int code); /* "NotFound" */
int pv_code_http(int code);           /* 404 */
int pv_code_of_http(int status);      /* PV_ENOTFOUND; PV_EINTERNAL if unknown */
