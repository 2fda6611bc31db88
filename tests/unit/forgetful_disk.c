/* The disk: its files and their names, and what a loss of power leaves of them. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit/forgetful_priv.h"

#define FILES 32

typedef struct disk_name {
	char name[64];
	unsigned id; /* FOLDER: of a folder */
} disk_name;

#define FOLDER UINT_MAX

pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static disk_file files[FILES];
static unsigned last_id;
static disk_name names[FILES]; /* as the disk has them */
static size_t n_names;

/* ---- what is below ---- */

ssize_t
disk_raw_read(int fd, void *p, size_t n, off_t at)
{
	return syscall(SYS_pread64, fd, p, n, at);
}

ssize_t
disk_raw_write(int fd, const void *p, size_t n, off_t at)
{
	return syscall(SYS_pwrite64, fd, p, n, at);
}

/* ---- files ---- */

static bool
lasts(const char *name)
{
	return name[0] != '.' && strstr(name, "-shm") == NULL && strstr(name, ".lock") == NULL;
}

/* "" is the folder itself; NULL: not of this disk, or nothing that lasts. */
const char *
disk_name_of(int fd, char path[PATH_MAX])
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
	return path[len] == '/' && lasts(path + len + 1) ? path + len + 1 : NULL;
}

static disk_file *
add_file(int fd, const char *name, const struct stat *st)
{
	for (size_t i = 0; i < FILES; i++) {
		disk_file *f = &files[i];

		if (f->id != 0)
			continue;
		*f = (disk_file){.id = ++last_id, .ino = st->st_ino, .size = st->st_size};
		snprintf(f->name, sizeof f->name, "%s", name);
		f->platter = calloc(1, SIZE_MOST);
		f->dirty = calloc(SIZE_MOST / SECTOR, sizeof *f->dirty);
		if (f->platter == NULL || f->dirty == NULL || disk_raw_read(fd, f->platter, SIZE_MOST, 0) < 0)
			abort();
		return f;
	}
	abort();
}

disk_file *
disk_known(const struct stat *st)
{
	for (size_t i = 0; i < FILES; i++)
		if (files[i].id != 0 && files[i].ino == st->st_ino)
			return &files[i];
	return NULL;
}

/* The file is there with what it held when it was first seen. */
disk_file *
disk_file_of(int fd)
{
	char path[PATH_MAX];
	const char *name = disk_name_of(fd, path);
	struct stat st;
	disk_file *f;

	if (name == NULL || *name == '\0' || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink == 0)
		return NULL;
	f = disk_known(&st);
	return f != NULL ? f : add_file(fd, name, &st);
}

static disk_file *
file_by_id(unsigned id)
{
	for (size_t i = 0; i < FILES; i++)
		if (files[i].id == id)
			return &files[i];
	abort();
}

static void
drop_file(disk_file *f)
{
	free(f->platter);
	free(f->dirty);
	*f = (disk_file){0};
}

/* ---- names ---- */

static int
open_in(const char *where, const char *name, int flags)
{
	char path[PATH_MAX * 2];

	snprintf(path, sizeof path, "%s/%s", where, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static disk_name
name_now(const char *name)
{
	int fd = open_in(folder, name, O_RDONLY);
	disk_name found = {.id = FOLDER};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		abort();
	snprintf(found.name, sizeof found.name, "%s", name);
	if (S_ISREG(st.st_mode))
		found.id = disk_file_of(fd)->id;
	close(fd);
	return found;
}

static size_t
names_now(disk_name ret[FILES])
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	size_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!lasts(e->d_name))
			continue;
		if (n == FILES)
			abort();
		ret[n++] = name_now(e->d_name);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

static bool
has_name(const disk_file *f)
{
	for (size_t i = 0; i < n_names; i++)
		if (names[i].id == f->id)
			return true;
	return f->ino != 0;
}

void
disk_write_names(void)
{
	n_names = names_now(names);
	for (size_t i = 0; i < FILES; i++)
		if (files[i].id != 0 && !has_name(&files[i]))
			drop_file(&files[i]);
}

/* The file's number may be another file's soon. */
void
disk_lose_name(const char *path)
{
	struct stat st;
	disk_file *f = lstat(path, &st) == 0 ? disk_known(&st) : NULL;

	if (f == NULL)
		return;
	f->ino = 0;
	if (!has_name(f))
		drop_file(f);
}

/* ---- power ---- */

static void
leave(int from, int to, const disk_file *f, unsigned dice)
{
	char sector[SECTOR];
	off_t end = f->size;
	ssize_t n;

	if (disk_raw_write(to, f->platter, (size_t)f->size, 0) != f->size)
		abort();
	for (off_t i = 0; dice != 0 && from >= 0 && i < SIZE_MOST / SECTOR; i++) {
		if (!f->dirty[i] || rand_r(&dice) % 2 == 0)
			continue;
		n = disk_raw_read(from, sector, SECTOR, i * SECTOR);
		if (n > 0 && disk_raw_write(to, sector, (size_t)n, i * SECTOR) != n)
			abort();
		end = n > 0 && i * SECTOR + n > end ? i * SECTOR + n : end;
	}
	if (syscall(SYS_ftruncate, to, end) != 0)
		abort();
}

static void
leave_name(const disk_name *name, const char *to, unsigned dice)
{
	char path[PATH_MAX * 2];
	const disk_file *f;
	int from, target;

	snprintf(path, sizeof path, "%s/%s", to, name->name);
	if (name->id == FOLDER) {
		if (mkdir(path, 0700) != 0)
			abort();
		return;
	}
	f = file_by_id(name->id);
	from = f->ino == 0 ? -1 : open_in(folder, f->name, O_RDONLY);
	target = open_in(to, name->name, O_RDWR | O_CREAT | O_TRUNC);
	if (target < 0)
		abort();
	leave(from, target, f, dice);
	close(target);
	if (from >= 0)
		close(from);
}

void
disk_leave(const char *to, unsigned dice)
{
	disk_name now[FILES], *left = names;
	size_t n = n_names;

	if (dice != 0 && rand_r(&dice) % 2 == 0) {
		left = now;
		n = names_now(now);
	}
	for (size_t i = 0; i < n; i++)
		leave_name(&left[i], to, dice);
}

void
disk_begin(const char *path)
{
	if (realpath(path, folder) == NULL)
		abort();
	disk_write_names();
}

void
disk_end(void)
{
	folder[0] = '\0';
	n_names = 0;
	for (size_t i = 0; i < FILES; i++)
		drop_file(&files[i]);
}
