/* url: URLs as Go's net/url takes them apart.  Pure. */
#pragma once
#include "base/arena.h"
#include "base/base.h"

typedef struct pv_go_url { /* parts of the text, or of the arena; empty if absent */
	pv_str scheme, opaque, user, host;
	pv_str path, raw_path; /* with and without escapes undone */
	pv_str query, fragment;
} pv_go_url;

/* NULL, or what is wrong in Go's words: parse ":x": missing protocol scheme. */
const char *pv_go_url_parse(pv_arena *arena, pv_str text, pv_go_url *ret);
/* Does url.ParseRequestURI take it?  Absolute, or a path from the root; a fragment is part of the path there. */
bool pv_go_url_is_request(pv_str text);
pv_str pv_go_url_hostname(pv_str host); /* without brackets and port */
pv_str pv_go_url_port(pv_str host);     /* digits, or empty */
