/*
 * What a resolver process sends to name servers, counted. libunbound tells
 * nobody; but its calls of send() and sendto() come to those of this file,
 * because a program's symbols go before the C library's. They only pass on what
 * they are given. Over TCP it calls others.
 */
#ifndef RESOLVER_UPSTREAM_H
#define RESOLVER_UPSTREAM_H

#include <stdatomic.h>
#include <stdint.h>

/* In memory that children share; NULL with errno when there is none. */
atomic_ullong *upstream_new(void);
void upstream_free(atomic_ullong *count);

/* Count what this process sends from now on; NULL: nothing. */
void upstream_count(atomic_ullong *count);

#endif
