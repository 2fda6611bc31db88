/* parse: entity files -> entities and faults.  Pure; reads strangers' text, so it runs in
 * a sandboxed job or in a person's own command.  Private. */
#pragma once
#include "portal/catalog/catalog.h"

typedef struct parse_out {
	pv_listb entities; /* {file, line, ref, digest, entity}: the valid ones */
	pv_listb errors;   /* {file, line, ref?, field?, message, undecided?: {name?, kind?}} */
	pv_listb targets;  /* {file, line, ref, path, message}: of Locations, not yet looked for */
	pv_objb locations; /* path -> true: files that Locations name */
	pv_objb reads;     /* path -> true: files that placeholders name */
} parse_out;
void parse_out_init(parse_out *out, pv_arena *arena);

/* `texts` resolves $text, $json and $yaml by path: [{path, text}], may be NULL. */
void parse_file(pv_ctx *cx, const char *file, pv_str text, const pv_val *texts, parse_out *out);
/* Adds an error for each target of a Location that is not among all of the texts. */
void parse_targets(const pv_val *texts, parse_out *out);
/* What is wrong with a second entity of the same reference; `first` is of parse_out.entities. */
char *parse_twice(pv_arena *arena, const pv_val *first);
/* "./b.yaml" seen from "a/catalog-info.yaml" -> "a/b.yaml"; NULL if it leaves the repository
 * or is an address. */
char *parse_beside(pv_arena *arena, const char *file, const char *target);
