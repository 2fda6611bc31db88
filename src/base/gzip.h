/* gzip: texts as gzip frames (RFC 1952), over zlib, which is wrapped here only: whole, or
 * as a client pulls them.  Any thread. */
#pragma once
#include "base/buf.h"
#include "base/http.h"

#define PV_GZIP_FAST 1 /* a list shrinks tenfold at 100 MB/s */
#define PV_GZIP_SMALL 6

/* Appends a frame that holds the text. */
PV_MUST_USE int pv_gzip(pv_ctx *cx, pv_str text, int level, pv_buf *out);
/* The text of a frame, as long as cx lives.  Only for frames of our own making: the length
 * that a frame claims is believed. */
PV_MUST_USE int pv_gunzip(pv_ctx *cx, pv_str frame, pv_str *ret);
/* The text of a frame from anywhere, at most `limit` bytes: -PV_ETOOLARGE beyond; -PV_EINVALID if it
 * is no gzip. */
PV_MUST_USE int pv_gunzip_strange(pv_ctx *cx, pv_str frame, size_t limit, pv_str *ret);
/* A stream that gives as one frame what `from` gives, and ends it.  Owner: the arena. */
pv_http_source pv_gzip_source(pv_arena *arena, const pv_http_source *from, int level);
