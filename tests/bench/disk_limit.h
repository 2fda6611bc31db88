/* disk_limit: what a disk can do for durable rows, with nothing else in the way.  Each
 * prints one line and returns an exit status; the process belongs to it meanwhile. */
#pragma once
#include <stddef.h>

/* Groups of rows written and synced by one thread: rows/s. */
int limit_alone(const char *dir, size_t group, double seconds, size_t bytes);
/* The simplest group commit for so many threads that each wait for their row: rows/s and
 * rows a group. */
int limit_crowd(const char *dir, size_t threads, double seconds, size_t bytes);
