/* wire: the client's end of a TCP connection, byte by byte, for tests of servers.
 * Blocks for at most ten seconds; a failure ends the test program. */
#pragma once
#include <stdatomic.h>

#include "base/base.h"

int wire_open(int port);
void wire_send(int fd, const void *bytes, size_t len);
void wire_sends(int fd, const char *text);
/* Reads until `mark` has come in; NUL-terminates; the bytes read. */
size_t wire_until(int fd, char *buf, size_t cap, const char *mark);
/* Reads one whole answer (Content-Length or chunked, undone); its status. */
int wire_answer(int fd, char *body, size_t cap, size_t *ret_len);
bool wire_at_end(int fd); /* waits: has the server closed? */
/* Sends a request and reads its answer; the status. */
int wire_ask(int fd, const char *request, char *body, size_t cap);
void wire_wait_for(atomic_int *what, int value); /* set by a thread of the server */
