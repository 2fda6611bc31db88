/* Each line must fail to compile, with the advice of src/base/banned.h. */
#include <stdlib.h>
#include <string.h>
void bad(char *out, const char *in, size_t n);
void
bad(char *out, const char *in, size_t n)
{
	strcpy(out, in);
	strcat(out, in);
	sprintf(out, "%s", in);
	strncpy(out, in, n);
	strtok(out, in);
	n = (size_t)atoi(in);
	n = (size_t)rand();
	system(in);
	usleep(1);
	free(malloc(n));
	strdup(in);
}
