/* backup: the store at one moment into a file, from a running server or a data directory at rest;
 * restore: back into a data directory; check: is a backup, or a data directory, sound? */
#include "core/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/lines.h"
#include "cmd/server.h"
#include "cmd/verbs.h"

/* ---- into a file ---- */

typedef struct output {
	pv_ctx *cx;
	const char *path, *part; /* it is FILE.part until it is whole; NULL: standard output */
	FILE *to;
	pv_backup_reader *reader; /* nothing is called a backup that does not read as one */
	int r;
} output;

static int
fail_write(output *o)
{
	int code = errno == ENOENT                     ? PV_ENOTFOUND
		   : errno == EACCES || errno == EROFS ? PV_EFORBIDDEN
						       : PV_EUNAVAILABLE; /* a full disk, say */
	return pv_fail(o->cx, code, "cannot write %s: %s", o->part ? o->part : "standard output",
		       strerror(errno));
}

static int
open_output(output *o, const char *path, bool replace)
{
	int fd;

	o->to = stdout;
	o->reader = pv_backup_reader_new();
	if (pv_streq(path, "-"))
		return 0;
	if (!replace && access(path, F_OK) == 0)
		return pv_fail(o->cx, PV_EEXISTS, "%s is there already: give another name, or --replace",
			       path);
	o->path = path;
	o->part = pv_printf(o->cx->arena, "%s.part", path);
	fd = open(o->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* keys and secrets are in it */
	o->to = fd < 0 ? NULL : fdopen(fd, "w");
	return o->to == NULL ? fail_write(o) : 0;
}

static int
put_line(output *o, pv_str line)
{
	int r = pv_backup_take(o->cx, o->reader, line);

	if (r == 0 && (fwrite(line.s, 1, line.len, o->to) != line.len || fputc('\n', o->to) == EOF))
		r = fail_write(o);
	return r;
}

static int
on_line(void *arg, pv_str line)
{
	output *o = arg;

	o->r = put_line(o, line);
	return o->r < 0;
}

/* Whole and on the disk, it gets its name. */
static int
close_output(output *o, int r, pv_backup_info *info)
{
	if (r == 0)
		r = pv_backup_end(o->cx, o->reader, info);
	if (r == 0 && (fflush(o->to) != 0 || (o->part && fsync(fileno(o->to)) != 0)))
		r = fail_write(o);
	if (o->part && o->to && fclose(o->to) != 0 && r == 0)
		r = fail_write(o);
	if (r == 0 && o->part && (r = pv_file_move(o->cx, o->part, o->path)) < 0)
		r = pv_wrap(o->cx, r, "cannot write %s", o->path);
	if (r < 0 && o->part)
		unlink(o->part);
	pv_backup_reader_free(o->reader);
	return r;
}

/* ---- from where ---- */

static int
from_server(pv_ctx *cx, const pv_args *args, output *o)
{
	pv_client_call call = {.path = "/backup", .accept = "application/x-ndjson", .timeout_ns = -1};
	pv_client *client;
	int r = ask_open(cx, args, &client);

	if (r < 0)
		return r;
	r = pv_client_stream(cx, client, &call, on_line, o);
	pv_client_close(client);
	return r < 0 ? r : o->r;
}

static int
read_backup(pv_ctx *cx, void *from, char *out, size_t cap, size_t *ret)
{
	return pv_backup_read(cx, from, out, cap, ret);
}

static int
copy_lines(pv_ctx *cx, pv_backup *backup, output *o)
{
	pv_str line;
	lines l;
	int r = 0, more = 1;

	lines_init(&l);
	l.read = read_backup;
	l.from = backup;
	while (r == 0 && (more = lines_next(cx, &l, &line)) == 1)
		r = put_line(o, line);
	lines_done(&l);
	return r < 0 ? r : more;
}

static int
from_directory(pv_ctx *cx, const pv_args *args, output *o)
{
	pv_store_conf conf = {.encryption = pv_args_text(args, "encryption-config", NULL),
			      .type_of = server_type_of};
	pv_backup *backup = NULL;
	pv_store *store;
	const char *path;
	int r = pv_store_at(cx, pv_args_text(args, "data", NULL), &path);

	if (r < 0)
		return r;
	conf.url = pv_printf(cx->arena, "sqlite:%s", path);
	r = pv_store_open(cx, &conf, &store);
	if (r < 0)
		return r;
	r = pv_backup_open(cx, store, &backup);
	if (r == 0)
		r = copy_lines(cx, backup, o);
	pv_backup_close(backup);
	pv_store_close(store);
	return r;
}

static int
backup(pv_ctx *cx, const pv_args *args)
{
	output o = {.cx = cx};
	pv_backup_info info;
	int r;

	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE,
			       "backup: expected one file to write, or - for standard output, found %zu",
			       pv_args_count(args));
	r = open_output(&o, pv_args_at(args, 0), pv_args_has(args, "replace"));
	if (r == 0)
		r = pv_args_has(args, "data") ? from_directory(cx, args, &o) : from_server(cx, args, &o);
	r = close_output(&o, r, &info);
	if (r < 0)
		return r;
	fprintf(o.part ? stdout : stderr, "backup of revision %lld: %s, %s\n", (long long)info.rev,
		pv_counted(cx->arena, info.objects, "object"), pv_counted(cx->arena, info.facts, "fact"));
	return PV_EXIT_OK;
}

/* ---- back ---- */

static int
restore(pv_ctx *cx, const pv_args *args)
{
	pv_restore_conf conf = {.dir = pv_args_text(args, "data", NULL),
				.replace = pv_args_has(args, "replace"),
				.line = lines_next};
	pv_backup_info info;
	FILE *f = NULL;
	int64_t rev;
	lines l;
	int r;

	if (pv_args_count(args) != 1 || !conf.dir)
		return pv_fail(cx, PV_EUSAGE,
			       "restore: expected one backup, or - for standard input, and --data DIR");
	r = lines_of_file(cx, &l, pv_args_at(args, 0), &f);
	conf.arg = &l;
	if (r == 0)
		r = pv_restore(cx, &conf, &info, &rev);
	if (f && f != stdin)
		fclose(f);
	lines_done(&l);
	if (r < 0)
		return r;
	printf("restored %s and %s, as they were at %s, revision %lld; the next revision is %lld\n",
	       pv_counted(cx->arena, info.objects, "object"), pv_counted(cx->arena, info.facts, "fact"),
	       info.time, (long long)info.rev, (long long)rev);
	return PV_EXIT_OK;
}

/* ---- looking ---- */

static int
check_backup(pv_ctx *cx, const char *path)
{
	pv_backup_reader *reader = pv_backup_reader_new();
	pv_backup_info info;
	FILE *f = NULL;
	pv_str line;
	lines l;
	int more = 0, r = lines_of_file(cx, &l, path, &f);

	while (r == 0 && (more = lines_next(cx, &l, &line)) == 1)
		r = pv_backup_take(cx, reader, line);
	if (r == 0)
		r = more < 0 ? more : pv_backup_end(cx, reader, &info);
	if (f && f != stdin)
		fclose(f);
	lines_done(&l);
	pv_backup_reader_free(reader);
	if (r < 0)
		return r;
	printf("sound: a backup of revision %lld, taken at %s: %s, %s\n", (long long)info.rev, info.time,
	       pv_counted(cx->arena, info.objects, "object"), pv_counted(cx->arena, info.facts, "fact"));
	return PV_EXIT_OK;
}

static void
print_fault(void *arg, const char *fault)
{
	(void)arg;
	printf("%s\n", fault);
}

static int
accept_loss(pv_ctx *cx, const char *dir)
{
	int64_t next;
	int r = pv_store_accept_loss(cx, dir, &next);

	if (r < 0)
		return r;
	if (next == 0)
		printf("nothing is missing at the end of %s\n", dir);
	else
		printf("given up; the next revision is %lld\n", (long long)next);
	return PV_EXIT_OK;
}

static int
check(pv_ctx *cx, const pv_args *args)
{
	const char *dir = pv_args_text(args, "data", "pave-data");
	size_t faults;
	int r;

	if (pv_args_count(args) > 1 || (pv_args_count(args) == 1 && pv_args_has(args, "data")))
		return pv_fail(cx, PV_EUSAGE, "check: expected a backup, or --data DIR");
	if (pv_args_count(args) == 1)
		return check_backup(cx, pv_args_at(args, 0));
	if (pv_args_has(args, "accept-loss"))
		return accept_loss(cx, dir);
	r = pv_store_check(cx, dir, print_fault, NULL, &faults);
	if (r < 0)
		return r;
	if (faults > 0)
		return pv_fail(cx, PV_EINTERNAL,
			       "%s: %s: restore a backup with `pave restore FILE --data %s --replace`", dir,
			       pv_counted(cx->arena, faults, "fault"), dir);
	printf("sound: every row is what was written\n");
	return PV_EXIT_OK;
}

#define DATA "DIR"
static const pv_option backup_options[] = {
	{"data", 'd', DATA, "of this data directory instead of a running server; no Pave may be using it"},
	{"encryption-config", 0, "FILE", "with --data: the keys that its values are sealed with"},
	{"replace", 0, NULL, "replace FILE if it is there"},
	SERVER_OPTIONS,
	{0},
};

const pv_verb backup_verb = {
	.name = "backup",
	.usage = "FILE|-",
	.summary = "write all of a server's state to a file",
	.help = "Asks the running server, as only its cluster-admin may, for everything at one revision, and checks what\n"
		"comes.  FILE is there when it is whole.  What is encrypted at rest is encrypted in it.\n\n"
		"  pave backup pave.backup\n"
		"  pave backup - --data /var/lib/pave | gzip >pave.backup.gz",
	.options = backup_options,
	.run = backup,
};

static const pv_option restore_options[] = {
	{"data", 'd', DATA, "the data directory to make; no Pave may use it"},
	{"replace", 0, NULL,
	 "replace what is there; the old database is kept beside it, as pave.db.replaced"},
	{0},
};

const pv_verb restore_verb = {
	.name = "restore",
	.usage = "FILE|- --data DIR",
	.summary = "make a data directory of a backup",
	.help = "Reads and checks all of it before anything is replaced.  Revisions go on behind every one that was\n"
		"ever given: who watches from an older one is told to list again.\n\n"
		"  pave restore pave.backup --data /var/lib/pave",
	.options = restore_options,
	.run = restore,
};

static const pv_option check_options[] = {
	{"data", 'd', DATA, "the data directory (default: pave-data); no Pave may be using it"},
	{"accept-loss", 0, NULL, "go on without acknowledged writes that a damaged write-ahead log lost"},
	{0},
};

const pv_verb check_verb = {
	.name = "check",
	.usage = "[FILE]",
	.summary = "look for damage in a backup or a data directory",
	.help = "Names every object whose row is not what was written, and says what to do.\n\n"
		"  pave check pave.backup\n"
		"  pave check --data /var/lib/pave",
	.options = check_options,
	.run = check,
};
