#include "base/thread.h"

#include <signal.h>
#include <stdio.h>

int
pv_thread_start(pthread_t *ret, const char *name, void *(*main)(void *), void *arg)
{
	char cut[16]; /* the kernel's limit, NUL included */
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(ret, NULL, main, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0) {
		snprintf(cut, sizeof cut, "%s", name);
		pthread_setname_np(*ret, cut);
	}
	return r;
}
