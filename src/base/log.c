/* One write(2) a line, so that lines of several threads do not mix. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static atomic_int least = PV_INFO;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool as_json;
static const char *traced; /* the environment's own bytes, never freed */

static void
read_environment(void)
{
	const char *form = getenv("PAVE_LOG");

	as_json = form != NULL ? strcmp(form, "json") == 0 : isatty(STDERR_FILENO) == 0;
	traced = getenv("PAVE_TRACE");
}

static bool
is_bare(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s == 0x7f || *s == '"' || *s == '=')
			return false;
	return true;
}

static void
add_pair(pv_buf *line, const char *key, const char *value)
{
	if (value == NULL)
		value = "";
	if (as_json) {
		pv_buf_addc(line, line->len == 0 ? '{' : ',');
		pv_buf_add_json(line, key, strlen(key));
		pv_buf_addc(line, ':');
		pv_buf_add_json(line, value, strlen(value));
		return;
	}
	if (line->len > 0)
		pv_buf_addc(line, ' ');
	pv_buf_adds(line, key);
	pv_buf_addc(line, '=');
	if (is_bare(value) && pv_utf8_valid(value, strlen(value), NULL))
		pv_buf_adds(line, value);
	else
		pv_buf_add_json(line, value, strlen(value));
}

static void
write_all(const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, s, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody is left to tell */
		s += n;
		len -= (size_t)n;
	}
}

void
pv_log(enum pv_level level, const char *area, const char *message, ...)
{
	pv_arena *arena;
	const char *key;
	pv_buf line;
	va_list ap;

	if ((int)level < atomic_load_explicit(&least, memory_order_relaxed))
		return;
	pthread_once(&once, read_environment);
	arena = pv_arena_new("log");
	pv_buf_init(&line, arena);
	add_pair(&line, "time", pv_time_format_micro(arena, pv_now()));
	add_pair(&line, "level", level_names[level]);
	add_pair(&line, "area", area);
	add_pair(&line, "msg", message);
	va_start(ap, message);
	while ((key = va_arg(ap, const char *)) != NULL)
		add_pair(&line, key, va_arg(ap, const char *));
	va_end(ap);
	pv_buf_adds(&line, as_json ? "}\n" : "\n");
	write_all(line.s, line.len);
	pv_arena_free(arena);
}

void
pv_log_level(enum pv_level level)
{
	atomic_store_explicit(&least, (int)level, memory_order_relaxed);
}

void
pv_log_json(bool on)
{
	pthread_once(&once, read_environment);
	as_json = on;
}

bool
pv_trace_on(const char *area)
{
	pv_str rest, piece;

	pthread_once(&once, read_environment);
	if (traced == NULL)
		return false;
	rest = pv_str_of(traced);
	while (pv_str_next(&rest, ',', &piece))
		if (pv_str_is(pv_str_trim(piece), area) || pv_str_is(piece, "all"))
			return true;
	return false;
}
