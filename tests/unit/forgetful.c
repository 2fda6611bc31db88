/* In front of the C library's calls; what is to fail, and when. */
#include "unit/forgetful.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"
#include "unit/forgetful_priv.h"

#define FDS 1024

static atomic_bool on;
static struct {
	unsigned id;
	unsigned told; /* of how many failures */
} fds[FDS];
static int fail_at, done, fail_sync_at, off_at;
static char fail_file[64], off_to[PATH_MAX];
static unsigned off_dice;
static bool struck, resting;

/* ---- faults ---- */

static bool
strikes(const char *name, bool is_sync)
{
	if (resting)
		return false;
	if (off_at > 0 && ++done == off_at) {
		disk_leave(off_to, off_dice);
		struck = true;
		return false;
	}
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
	disk_file *f = disk_file_of(fd);
	bool fails = f != NULL && strikes(f->name, false);

	if (f == NULL)
		return disk_raw_write(fd, p, n, at);
	if (at + (off_t)n > SIZE_MOST)
		abort();
	n = fails ? n / 2 : n;
	for (off_t i = at / SECTOR; n > 0 && i <= (at + (off_t)n - 1) / SECTOR; i++)
		f->dirty[i] = true;
	if (!fails)
		return disk_raw_write(fd, p, n, at);
	disk_raw_write(fd, p, n, at);
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
		if (f->dirty[i] && disk_raw_read(fd, f->platter + i * SECTOR, SECTOR, i * SECTOR) < 0)
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

	pthread_mutex_lock(&disk_lock);
	name = disk_name_of(fd, path);
	f = disk_file_of(fd);
	if (f != NULL) {
		r = sync_file(fd, f);
	} else if (name != NULL && *name == '\0') {
		r = strikes("", true) ? -1 : 0;
		if (r == 0)
			disk_write_names();
		else
			errno = EIO;
	} else if (!atomic_load(&on)) { /* else nobody waits for another disk */
		r = (int)syscall(call, fd);
	}
	pthread_mutex_unlock(&disk_lock);
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

	pthread_mutex_lock(&disk_lock);
	r = do_write(fd, p, n, at);
	pthread_mutex_unlock(&disk_lock);
	return r;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

/* The C library's own streams go past it. */
ssize_t
write(int fd, const void *p, size_t n)
{
	bool mine;
	ssize_t r = 0;
	off_t at;

	if (!atomic_load(&on))
		return syscall(SYS_write, fd, p, n);
	pthread_mutex_lock(&disk_lock);
	mine = disk_file_of(fd) != NULL;
	at = mine ? lseek(fd, 0, SEEK_CUR) : 0;
	if (mine)
		r = do_write(fd, p, n, at);
	if (mine && r > 0)
		lseek(fd, at + r, SEEK_SET);
	pthread_mutex_unlock(&disk_lock);
	return mine ? r : syscall(SYS_write, fd, p, n);
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

/* A length is durable at once: what is cut off is gone. */
int
ftruncate(int fd, off_t size)
{
	disk_file *f;
	int r;

	pthread_mutex_lock(&disk_lock);
	f = disk_file_of(fd);
	r = (int)syscall(SYS_ftruncate, fd, size);
	if (r == 0 && f != NULL && size < f->size) {
		memset(f->platter + size, 0, (size_t)(f->size - size));
		f->size = size;
	}
	pthread_mutex_unlock(&disk_lock);
	return r;
}

int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int
unlink(const char *path)
{
	pthread_mutex_lock(&disk_lock);
	disk_lose_name(path);
	pthread_mutex_unlock(&disk_lock);
	return (int)syscall(SYS_unlink, path);
}

int
rename(const char *from, const char *to)
{
	struct stat st;
	disk_file *f;
	int r;

	pthread_mutex_lock(&disk_lock);
	f = lstat(from, &st) == 0 ? disk_known(&st) : NULL;
	if (f != NULL)
		disk_lose_name(to);
	r = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
	if (r == 0 && f != NULL)
		snprintf(f->name, sizeof f->name, "%s", strrchr(to, '/') + 1);
	pthread_mutex_unlock(&disk_lock);
	return r;
}

#pragma GCC visibility pop

/* ---- the tests' side ---- */

void
forgetful_begin(const char *folder)
{
	pthread_mutex_lock(&disk_lock);
	disk_begin(folder);
	atomic_store(&on, true);
	pthread_mutex_unlock(&disk_lock);
}

void
forgetful_end(void)
{
	pthread_mutex_lock(&disk_lock);
	atomic_store(&on, false);
	disk_end();
	fail_at = fail_sync_at = off_at = 0;
	pthread_mutex_unlock(&disk_lock);
}

void
forgetful_arm(int n)
{
	pthread_mutex_lock(&disk_lock);
	fail_at = n;
	fail_sync_at = off_at = done = 0;
	struck = resting = false;
	pthread_mutex_unlock(&disk_lock);
}

void
forgetful_arm_sync(const char *file, int n)
{
	forgetful_arm(0);
	pthread_mutex_lock(&disk_lock);
	snprintf(fail_file, sizeof fail_file, "%s", file);
	fail_sync_at = n;
	pthread_mutex_unlock(&disk_lock);
}

void
forgetful_rest(bool rest)
{
	pthread_mutex_lock(&disk_lock);
	resting = rest;
	pthread_mutex_unlock(&disk_lock);
}

bool
forgetful_struck(void)
{
	bool yes;

	pthread_mutex_lock(&disk_lock);
	yes = struck;
	pthread_mutex_unlock(&disk_lock);
	return yes;
}

void
forgetful_arm_off(int n, const char *to, unsigned dice)
{
	forgetful_arm(0);
	pthread_mutex_lock(&disk_lock);
	off_at = n;
	off_dice = dice;
	snprintf(off_to, sizeof off_to, "%s", to);
	pthread_mutex_unlock(&disk_lock);
}

void
forgetful_power_off(const char *to, unsigned dice)
{
	pthread_mutex_lock(&disk_lock);
	disk_leave(to, dice);
	pthread_mutex_unlock(&disk_lock);
}
