/* address: IP addresses as Kubernetes reads, judges and writes them.  Private to this folder. */
#pragma once
#include "core/kinds/behaviour.h"

typedef struct pv_address { /* IPv4 in the last four bytes, IPv6 with ::ffff: in front of them */
	uint8_t bytes[16];
	bool four;        /* whether it was written as IPv4, or as IPv6 that maps it */
	bool old, mapped; /* with zeros in front of a part; ::ffff:1.2.3.4 */
} pv_address;

/* As Go's parser for old data: zeros in front of parts of IPv4 are passed over. */
bool pv_address_read(pv_str text, pv_address *ret);
const char *pv_address_text(pv_arena *arena, const pv_address *address); /* RFC 5952 */
/* Those that lead nowhere from outside. */
void pv_special_address_check(pv_faults *f, const pv_val *address, const char *path);
/* One of a list at `list`, of that family; of IPv6 only the canonical form. */
void pv_family_address_check(pv_faults *f, const pv_val *address, const char *list, const char *path,
			     bool six);
