/* forgetful_priv: the disk behind forgetful.h, for what stands in front of the C library's calls.
 * All of it under disk_lock.  Files belong to the disk. */
#pragma once
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#define SECTOR 512
#define SIZE_MOST (8 << 20)

typedef struct disk_file {
	unsigned id; /* of all that there ever were; 0: none */
	ino_t ino;   /* 0: it has no name any more, but on the disk */
	char name[64];
	char *platter; /* what was synced */
	off_t size;
	bool *dirty; /* a sector each */
	unsigned failed;
} disk_file;

extern pthread_mutex_t disk_lock;

void disk_begin(const char *folder);
void disk_end(void); /* and there is none */
/* "" is the folder itself; NULL: not of this disk, or nothing that lasts. */
const char *disk_name_of(int fd, char path[PATH_MAX]);
disk_file *disk_file_of(int fd); /* NULL: as above, or the folder */
disk_file *disk_known(const struct stat *st);
void disk_lose_name(const char *path); /* it is about to be another file's, or nobody's */
void disk_write_names(void);           /* all that there are now */
void disk_leave(const char *to, unsigned dice);
/* Not in front of anything. */
ssize_t disk_raw_read(int fd, void *p, size_t n, off_t at);
ssize_t disk_raw_write(int fd, const void *p, size_t n, off_t at);
