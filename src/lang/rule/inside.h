/* rule: expressions as they are read.  Private. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/rule/rule.h"

enum op {
	LITERAL,
	PATH,
	TEMPLATE, /* args: its pieces */
	AND,
	OR,
	NOT,
	EQUAL, /* args[0] is one of args[1..] */
	UNEQUAL,
	LESS,
	LESS_EQUAL,
	MORE,
	MORE_EQUAL,
	LIKE,
	OTHERWISE, /* args[0], or if that is absent args[1] */
	PLUS,
	MINUS,
	CALL,
	INDEX_NUMBER, /* # */
};

enum base { ROOT, ITEM, PARAMS, OF };

struct step {
	enum { NAME, POSITION, FIND, EACH } kind;
	pv_str name;
	int64_t position;
	const pv_expr *cond; /* FIND; EACH: NULL for all */
};

typedef pv_val (*call)(pv_rule_env *env, const pv_expr *e);

struct pv_expr {
	enum op op;
	enum base base;
	bool many;    /* PATH: an EACH is among the steps */
	pv_val value; /* LITERAL */
	const pv_expr **args;
	size_t n;
	const pv_expr *of; /* PATH: base OF */
	const struct step *steps;
	size_t n_steps;
	call fn;
};

#define ABSENT ((pv_val){.type = 255})

struct function {
	const char *name;
	int least, most;
	bool items; /* from the second argument on, bare words are fields of an item */
	call fn;
};
extern const struct function rule_functions[];

const char *rule_text_of(pv_arena *arena, const pv_val *v);
bool rule_is_true(const pv_val *v);

char rule_peek(const pv_rule_reader *r); /* NUL at the end */
void rule_skip(pv_rule_reader *r);       /* blanks, and the end of a line that goes on */
bool rule_is_letter(char c);
PV_MUST_USE int rule_expect(pv_rule_reader *r, const char *sign);
pv_expr *rule_node(pv_rule_reader *r, enum op op, size_t n);
const pv_expr *rule_literal(pv_rule_reader *r, pv_val v);
const pv_expr *rule_word(pv_rule_reader *r, pv_str word);
PV_MUST_USE int rule_operand(pv_rule_reader *r, const pv_expr **ret);
