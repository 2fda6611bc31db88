/* names: the syntax of names, labels and annotations (apimachinery's validation
 * package), with its words.  Pure. */
#pragma once
#include "base/str.h"
#include "lang/value/value.h"

/* What is wrong with the text; NULL if nothing is.  Static text. */
const char *pv_name_subdomain(pv_str s);    /* RFC 1123 subdomain, 253 */
const char *pv_name_label(pv_str s);        /* RFC 1123 label, 63 */
const char *pv_name_label1035(pv_str s);    /* RFC 1035 label, 63 */
const char *pv_name_path_segment(pv_str s); /* not "." or "..", no '/' or '%' */
const char *pv_name_backstage(pv_str s);    /* [a-zA-Z0-9] with - _ . between, 63 */
const char *pv_name_label_value(pv_str s);
/* The same, however long it is. */
const char *pv_name_label_form(pv_str s);
const char *pv_name_label_value_form(pv_str s);
const char *pv_name_qualified(pv_str s);  /* label and annotation keys: [prefix/]name */
const char *pv_name_finalizer(pv_str s);  /* one of Kubernetes' own, or with a prefix */
const char *pv_name_config_key(pv_str s); /* keys of ConfigMaps and Secrets */
const char *pv_name_env(pv_str s);        /* environment variable */
const char *pv_name_port(pv_str s);       /* IANA service name */
const char *pv_name_address(pv_str s);    /* IPv4 or IPv6 (address.c) */
const char *pv_name_cidr(pv_str s);       /* a network of either */
const char *pv_name_driver(pv_str s);     /* of volumes and devices: a subdomain in any case, 63 */
/* The same of an address in the one form that it is printed in. */
const char *pv_name_address_form(pv_arena *arena, pv_str s);
/* The same of a field manager, whose every character can be printed; text of the arena. */
const char *pv_name_manager(pv_arena *arena, pv_str s);
/* The path of the first key or text of an object with U+0000 in it, NULL if there is none.  Names are C
 * strings here, and such a one would be taken for what stands before it.  Free text may have it: data,
 * stringData, status and the values of annotations (nul.c). */
const char *pv_nul_find(pv_arena *arena, const pv_val *object);
#define PV_NUL_FAULT "must not contain the character U+0000"
