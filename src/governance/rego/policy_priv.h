/* policy_priv: what policy.c makes and evaluate.c asks.  Private to them; as policy.h. */
#pragma once
#include <stdatomic.h>

#include "governance/rego/policy.h"

#define QUERIES_MOST 32

struct rule {
	pv_rego_query *query;
	bool warning;
};

struct policy {
	atomic_int refs;
	char *name;
	char *root, *bundle; /* bundle NULL: its modules are its own */
	char *error;         /* why it did not load, else NULL */
	enum mode mode;
	bool strict; /* what a builtin cannot do is an error, not undefined */
	bool asks;   /* the network */
	pv_rego *rego;
	struct rule rules[QUERIES_MOST];
	size_t n_rules;
};
