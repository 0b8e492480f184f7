/*
 * What a resolver process sends to name servers, counted.
 */
#include "resolver/upstream.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library's functions have no argument for it. */
static atomic_ullong *counted;

atomic_ullong *
upstream_new(void)
{
	void *memory = mmap(NULL, sizeof(atomic_ullong), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void
upstream_free(atomic_ullong *count)
{
	if (count)
		munmap(count, sizeof(*count));
}

void
upstream_count(atomic_ullong *count)
{
	counted = count;
}

ssize_t
sendto(int fd, const void *data, size_t len, int flags, __CONST_SOCKADDR_ARG to,
	socklen_t to_len)
{
	if (counted)
		atomic_fetch_add_explicit(counted, 1, memory_order_relaxed);
	return syscall(
		SYS_sendto, fd, data, len, flags, to.__sockaddr__, to_len);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, (const struct sockaddr *)NULL, 0);
}
