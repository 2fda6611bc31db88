/* step: a compiled JSONPath template; shared by the files of this folder.
 * Immutable once parsed. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/jsonpath/jsonpath.h"

#define JSONPATH_DEPTH 64        /* of unions, filters and ranges in each other */
#define JSONPATH_RESULTS 1000000 /* values that one expression may collect */

struct step;

struct steps { /* each works on what the one before found */
	const struct step *items;
	size_t n;
};

enum step_kind { STEP_FIELD, STEP_ARRAY, STEP_FILTER, STEP_WILDCARD, STEP_RECURSIVE, STEP_UNION, STEP_CONST };
enum step_op { OP_EXISTS, OP_LESS, OP_GREATER, OP_EQUAL, OP_NOT_EQUAL, OP_LESS_EQUAL, OP_GREATER_EQUAL };

struct bound {
	bool known;
	int64_t value;
};

struct step {
	enum step_kind kind;
	const char *name;          /* field */
	bool once;                 /* constant: a quoted text, one however many values there are */
	bool single;               /* array: [i], not [i:j] */
	struct bound from, to, by; /* array */
	struct steps left, right;  /* filter */
	enum step_op op;
	const struct steps *either; /* union */
	size_t n;
	pv_val constant;
};

struct item {       /* of a template, in order */
	bool range; /* `steps` gives the values, `body` runs for each */
	struct steps steps;
	struct item *body;
	size_t body_n;
};

struct pv_jsonpath {
	struct item *items;
	size_t n;
};
