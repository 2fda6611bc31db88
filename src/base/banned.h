/* banned: functions that do not compile here, each with what to use instead.
 * The build includes this before every C file of the program (layers.cmake);
 * nothing includes it by hand.  System headers come first, so that they keep
 * their own declarations.  Words for the compiler only: threads do not come into it. */
#pragma once
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PV_BANNED(why) __attribute__((deprecated("banned: " why)))

/* No bound on what is written. */
char *strcpy(char *, const char *) PV_BANNED("use pv_strdup or pv_buf_adds");
char *strcat(char *, const char *) PV_BANNED("use pv_buf_adds");
char *stpcpy(char *, const char *) PV_BANNED("use pv_buf_adds");
int sprintf(char *, const char *, ...) PV_BANNED("use pv_printf or snprintf");
int vsprintf(char *, const char *, va_list) PV_BANNED("use pv_vprintf or vsnprintf");
char *gets(char *) PV_BANNED("use getline");
/* No NUL at the end when the room is too small. */
char *strncpy(char *, const char *, size_t) PV_BANNED("use pv_strndup or memcpy");
char *strncat(char *, const char *, size_t) PV_BANNED("use pv_buf_add");
/* Hidden state. */
char *strtok(char *, const char *) PV_BANNED("use pv_str_next");
struct tm *gmtime(const time_t *) PV_BANNED("use pv_time_format or gmtime_r");
struct tm *localtime(const time_t *) PV_BANNED("times are UTC: use pv_time_format");
char *ctime(const time_t *) PV_BANNED("use pv_time_format");
char *asctime(const struct tm *) PV_BANNED("use pv_time_format");
int rand(void) PV_BANNED("use pv_random");
long random(void) PV_BANNED("use pv_random");
/* Failure cannot be told from 0.  (Macros: the C library inlines these.) */
#define atoi(s) banned__use_pv_parse_int(s)
#define atol(s) banned__use_pv_parse_int(s)
#define atoll(s) banned__use_pv_parse_int(s)
#define atof(s) banned__use_pv_parse_double(s)
/* A shell, a race, a wait. */
int system(const char *) PV_BANNED("use base/proc.h with an argv");
FILE *popen(const char *, const char *) PV_BANNED("use base/proc.h with an argv");
char *mktemp(char *) PV_BANNED("use mkstemp or mkdtemp");
unsigned sleep(unsigned) PV_BANNED("wait for a condition, or a timer of the loop");
int usleep(useconds_t) PV_BANNED("wait for a condition, or a timer of the loop");

#ifndef PV_MAY_MALLOC /* base, lang/value and core may */
void *malloc(size_t) PV_BANNED("use pv_alloc: memory belongs to a turn");
void *calloc(size_t, size_t) PV_BANNED("use pv_new_array");
void *realloc(void *, size_t) PV_BANNED("use pv_buf or pv_vec");
void *reallocarray(void *, size_t, size_t) PV_BANNED("use pv_vec");
void free(void *) PV_BANNED("the turn's arena frees");
char *strdup(const char *) PV_BANNED("use pv_strdup");
char *strndup(const char *, size_t) PV_BANNED("use pv_strndup");
int asprintf(char **, const char *, ...) PV_BANNED("use pv_printf");
int vasprintf(char **, const char *, va_list) PV_BANNED("use pv_vprintf");
#endif
