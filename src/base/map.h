/* map: byte-string keys to pointers, hash order hidden: pv_map_each goes in
 * insertion order.  In an arena (arena != NULL) or on the heap.
 * One thread at a time.  Keys are copied, values belong to the caller. */
#pragma once
#include "base/base.h"

pv_map *pv_map_new(pv_arena *arena);
pv_map *pv_map_free(pv_map *map);                                        /* heap maps only; accepts NULL */
void *pv_map_find(const pv_map *map, const char *key, size_t len);       /* NULL if absent */
void *pv_map_put(pv_map *map, const char *key, size_t len, void *value); /* returns the old one */
void *pv_map_del(pv_map *map, const char *key, size_t len);              /* returns it, or NULL */
size_t pv_map_len(const pv_map *map);
/* *pos starts at 0; false at the end.  Deleting the current one is allowed. */
bool pv_map_each(const pv_map *map, size_t *pos, pv_str *ret_key, void **ret_value);
/* The same for NUL-terminated keys. */
void *pv_map_finds(const pv_map *map, const char *key);
void *pv_map_puts(pv_map *map, const char *key, void *value);
