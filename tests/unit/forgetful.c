#include "unit/core/forgetful.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

#define SECTOR 512
#define SIZE_MOST (64 << 20)
#define FILES 32
#define FDS 1024

typedef struct disk_file {
	ino_t ino;   /* 0: none */
	unsigned id; /* of all that there ever were */
	char name[64];
	char *platter; /* what was synced */
	off_t size;
	bool *dirty; /* a sector each */
	unsigned failed;
} disk_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static disk_file files[FILES];
static unsigned last_id;
static struct {
	unsigned id;
	unsigned told; /* of how many failures */
} fds[FDS];
static int fail_at, done, fail_sync_at;
static char fail_file[64];
static bool struck, resting;

/* ---- what is below ---- */

static ssize_t
raw_read(int fd, void *p, size_t n, off_t at)
{
	return syscall(SYS_pread64, fd, p, n, at);
}

static ssize_t
raw_write(int fd, const void *p, size_t n, off_t at)
{
	return syscall(SYS_pwrite64, fd, p, n, at);
}

/* ---- files ---- */

/* "" is the folder itself; NULL: not of this disk, or nothing that lasts. */
static const char *
name_of(int fd, char path[PATH_MAX])
{
	char link[64];
	size_t len = strlen(folder);
	ssize_t n;

	if (len == 0)
		return NULL;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < (ssize_t)len || strncmp(path, folder, len) != 0)
		return NULL;
	path[n] = '\0';
	if (path[len] == '\0')
		return path + len;
	return path[len] != '/' || strstr(path, "-shm") != NULL || strstr(path, ".lock") != NULL
		       ? NULL
		       : path + len + 1;
}

static disk_file *
add_file(int fd, const char *name, const struct stat *st)
{
	for (size_t i = 0; i < FILES; i++) {
		disk_file *f = &files[i];

		if (f->ino != 0)
			continue;
		*f = (disk_file){.ino = st->st_ino, .id = ++last_id, .size = st->st_size};
		snprintf(f->name, sizeof f->name, "%s", name);
		f->platter = calloc(1, SIZE_MOST);
		f->dirty = calloc(SIZE_MOST / SECTOR, sizeof *f->dirty);
		if (f->platter == NULL || f->dirty == NULL || raw_read(fd, f->platter, SIZE_MOST, 0) < 0)
			abort();
		return f;
	}
	abort();
}

/* The file is there with what it held when it was first seen. */
static disk_file *
file_of(int fd)
{
	char path[PATH_MAX];
	const char *name = name_of(fd, path);
	struct stat st;

	if (name == NULL || *name == '\0' || fstat(fd, &st) != 0 || st.st_nlink == 0)
		return NULL;
	for (size_t i = 0; i < FILES; i++)
		if (files[i].ino == st.st_ino)
			return &files[i];
	return add_file(fd, name, &st);
}

static void
drop_file(disk_file *f)
{
	if (f->ino == 0)
		return;
	free(f->platter);
	free(f->dirty);
	*f = (disk_file){0};
}

/* ---- faults ---- */

static bool
strikes(const char *name, bool is_sync)
{
	if (resting)
		return false;
	if (fail_at > 0 && ++done == fail_at)
		struck = true;
	else if (is_sync && fail_sync_at > 0 && pv_streq(name, fail_file) && --fail_sync_at == 0)
		struck = true;
	else
		return false;
	return true;
}

static ssize_t
do_write(int fd, const void *p, size_t n, off_t at)
{
	disk_file *f = file_of(fd);
	bool fails = f != NULL && strikes(f->name, false);

	if (f == NULL)
		return raw_write(fd, p, n, at);
	if (at + (off_t)n > SIZE_MOST)
		abort();
	n = fails ? n / 2 : n;
	for (off_t i = at / SECTOR; n > 0 && i <= (at + (off_t)n - 1) / SECTOR; i++)
		f->dirty[i] = true;
	if (!fails)
		return raw_write(fd, p, n, at);
	raw_write(fd, p, n, at);
	errno = EIO;
	return -1;
}

static void
write_out(int fd, disk_file *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		abort();
	for (off_t i = 0; i * SECTOR < st.st_size; i++)
		if (f->dirty[i] && raw_read(fd, f->platter + i * SECTOR, SECTOR, i * SECTOR) < 0)
			abort();
	f->size = st.st_size;
}

static int
sync_file(int fd, disk_file *f)
{
	if (fd < 0 || fd >= FDS)
		abort();
	if (fds[fd].id != f->id) { /* a new descriptor is not told of what was before it */
		fds[fd].id = f->id;
		fds[fd].told = f->failed;
	}
	if (strikes(f->name, true))
		f->failed++;
	else
		write_out(fd, f);
	memset(f->dirty, 0, SIZE_MOST / SECTOR * sizeof *f->dirty);
	if (fds[fd].told == f->failed)
		return 0;
	fds[fd].told = f->failed;
	errno = EIO;
	return -1;
}

static int
do_sync(int fd, long call)
{
	char path[PATH_MAX];
	const char *name;
	disk_file *f;
	int r = 0;

	pthread_mutex_lock(&lock);
	name = name_of(fd, path);
	f = file_of(fd);
	if (f != NULL) {
		r = sync_file(fd, f);
	} else if (name != NULL && *name == '\0' && strikes("", true)) {
		errno = EIO;
		r = -1;
	} else if (folder[0] == '\0') { /* else nobody waits for another disk */
		r = (int)syscall(call, fd);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

/* ---- in front of the C library's ---- */

#pragma GCC visibility push(default) /* for the libraries, too */

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
int ftruncate64(int fd, off64_t size);

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	ssize_t r;

	pthread_mutex_lock(&lock);
	r = do_write(fd, p, n, at);
	pthread_mutex_unlock(&lock);
	return r;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

int
fsync(int fd)
{
	return do_sync(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return do_sync(fd, SYS_fdatasync);
}

/* A length is durable at once, as names are: what is cut off is gone. */
int
ftruncate(int fd, off_t size)
{
	disk_file *f;
	int r;

	pthread_mutex_lock(&lock);
	f = file_of(fd);
	r = (int)syscall(SYS_ftruncate, fd, size);
	if (r == 0 && f != NULL && size < f->size) {
		memset(f->platter + size, 0, (size_t)(f->size - size));
		f->size = size;
	}
	pthread_mutex_unlock(&lock);
	return r;
}

int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

/* Its number may be another file's soon. */
int
unlink(const char *path)
{
	struct stat st;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; lstat(path, &st) == 0 && i < FILES; i++)
		if (files[i].ino == st.st_ino)
			drop_file(&files[i]);
	pthread_mutex_unlock(&lock);
	return (int)syscall(SYS_unlink, path);
}

#pragma GCC visibility pop

/* ---- the tests' side ---- */

void
forgetful_begin(const char *path)
{
	pthread_mutex_lock(&lock);
	if (realpath(path, folder) == NULL)
		abort();
	pthread_mutex_unlock(&lock);
}

void
forgetful_end(void)
{
	pthread_mutex_lock(&lock);
	folder[0] = '\0';
	for (size_t i = 0; i < FILES; i++)
		drop_file(&files[i]);
	fail_at = fail_sync_at = 0;
	pthread_mutex_unlock(&lock);
}

void
forgetful_arm(int n)
{
	pthread_mutex_lock(&lock);
	fail_at = n;
	fail_sync_at = done = 0;
	struck = resting = false;
	pthread_mutex_unlock(&lock);
}

void
forgetful_arm_sync(const char *file, int n)
{
	forgetful_arm(0);
	pthread_mutex_lock(&lock);
	snprintf(fail_file, sizeof fail_file, "%s", file);
	fail_sync_at = n;
	pthread_mutex_unlock(&lock);
}

void
forgetful_rest(bool rest)
{
	pthread_mutex_lock(&lock);
	resting = rest;
	pthread_mutex_unlock(&lock);
}

bool
forgetful_struck(void)
{
	bool yes;

	pthread_mutex_lock(&lock);
	yes = struck;
	pthread_mutex_unlock(&lock);
	return yes;
}

static void
leave(int from, int to, const disk_file *f, unsigned dice)
{
	char sector[SECTOR];
	off_t end = f->size;
	ssize_t n;

	if (raw_write(to, f->platter, (size_t)f->size, 0) != f->size)
		abort();
	for (off_t i = 0; dice != 0 && i < SIZE_MOST / SECTOR; i++) {
		if (!f->dirty[i] || rand_r(&dice) % 2 == 0)
			continue;
		n = raw_read(from, sector, SECTOR, i * SECTOR);
		if (n > 0 && raw_write(to, sector, (size_t)n, i * SECTOR) != n)
			abort();
		end = n > 0 && i * SECTOR + n > end ? i * SECTOR + n : end;
	}
	if (syscall(SYS_ftruncate, to, end) != 0)
		abort();
}

static void
leave_name(const char *name, const char *to, unsigned dice)
{
	char path[PATH_MAX];
	int from, target;
	disk_file *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	from = open(path, O_RDONLY | O_CLOEXEC);
	f = from < 0 ? NULL : file_of(from);
	if (f != NULL) {
		snprintf(path, sizeof path, "%s/%s", to, name);
		target = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (target < 0)
			abort();
		leave(from, target, f, dice);
		close(target);
	}
	if (from >= 0)
		close(from);
}

void
forgetful_power_off(const char *to, unsigned dice)
{
	struct dirent *e;
	DIR *d;

	pthread_mutex_lock(&lock);
	d = opendir(folder);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			leave_name(e->d_name, to, dice);
	if (d != NULL)
		closedir(d);
	pthread_mutex_unlock(&lock);
}
