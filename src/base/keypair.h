/* keypair: whether a certificate and a private key, as a Secret for TLS holds them, belong together, in the words
 * of Go's tls.X509KeyPair.  Thread-safe: no state; over OpenSSL 3. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

/* What is wrong with the PEM texts, NULL if nothing is.  The first certificate is the key's.  It says nothing of
 * what is in them but the types of blocks. */
const char *pv_keypair_wrong(pv_arena *arena, pv_str certificates, pv_str key);
