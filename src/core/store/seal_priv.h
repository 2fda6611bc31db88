/* What seal.c uses and seal_conf.c reads.  Immutable once read. */
#pragma once
#include "base/digest.h"
#include "core/store/seal.h"

enum seal_kind { SEAL_IDENTITY, SEAL_AESGCM, SEAL_SECRETBOX };

typedef struct seal_key {
	enum seal_kind kind;
	const char *name; /* "" of identity */
	uint8_t bytes[PV_SEAL_KEY_LEN];
} seal_key;

typedef struct seal_pattern {
	const char *type;  /* "/Secret"; NULL: every type of the group */
	const char *group; /* NULL: of all groups */
} seal_pattern;

typedef struct seal_rule { /* the first that matches a type holds */
	pv_vec patterns;   /* seal_pattern */
	pv_vec keys;       /* seal_key, of all providers in order: the first writes, all read */
} seal_rule;

struct sealer {
	pv_ctx cx; /* what is below lives in its arena */
	const char *file;
	pv_vec rules; /* seal_rule */
	const char *mark;
};

PV_MUST_USE int seal_parse(pv_ctx *cx, const pv_store_conf *conf, pv_str text, sealer *s);
