/* impl: what the files of delivery/charts share: the child's side.  Private to this folder. */
#pragma once
#include "base/httpc.h"
#include "delivery/charts/charts.h"

#define ARCHIVE_MAX ((size_t)64 << 20)
#define INDEX_MAX ((size_t)64 << 20)
#define CHART_LAYER "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

/* What was asked for, and what is found out about it. */
struct fetch {
	pv_ctx *cx;
	const pv_val *request;
	const char *url, *chart, *wish; /* of the request; url: without "/" at its end */
	const char *plain;              /* the URL without credentials, for people */
	const char *name, *version;     /* found */
	const char *archive;            /* URL of it */
	const char *digest;             /* hex that it must have; "": nobody says */
	bool image; /* it may be any archive in a registry, and its manifest's digest is told */
	const char *manifest, *media; /* of an image: "sha256:..", and the type of its layer */
	pv_str bytes;                 /* empty: the digest is one that is known already */
};

enum web_as {
	WEB_NOBODY,
	WEB_SELF,
	WEB_BASIC,
	WEB_TOKEN
}; /* SELF: token or basic, as the request has them */
struct web_get {
	const char *url, *accept; /* accept: a media type, or NULL */
	enum web_as as;
	const char *token; /* of WEB_TOKEN */
	size_t limit;
};
/* Any status below 500 but 429 is an answer. */
PV_MUST_USE int web_get(struct fetch *f, const struct web_get *get, pv_httpc_answer *ret);
/* -PV_E* with what an answer other than 200 means. */
int web_refused(struct fetch *f, const char *url, const pv_httpc_answer *answer);
bool web_same_host(pv_arena *arena, const char *a, const char *b); /* scheme, host and port */
/* `ref` as a document at the folder `base` means it. */
const char *web_resolve(pv_arena *arena, const char *base, const char *ref);

bool charts_is_digest(const char *s);      /* 64 hexadecimal digits */
bool fetch_is_kept(const struct fetch *f); /* is the archive of its digest here? */
/* The version that is meant, of list[i] (key: its member that is the version; NULL: it is one itself); -1 after an error. */
int version_pick(struct fetch *f, const pv_val *list, const char *key);

PV_MUST_USE int repository_fetch(struct fetch *f); /* http(s) */
PV_MUST_USE int registry_fetch(struct fetch *f);   /* oci */
PV_MUST_USE int charts_fetch_job(pv_ctx *cx, const pv_val *request, pv_val *ret);

extern const pv_fact_kind charts_version_fact, charts_image_fact;
