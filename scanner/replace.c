/* A file that is never seen half written. */
#include "scanner/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MODE = 0644
};

static int
fail(const char *path, const char *why, char *err, size_t errsize)
{
	snprintf(err, errsize, "%s: %s", path, why);
	return -1;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* In the same folder, so that the rename stays on one file system; of this
   process, so that two do not write into one. */
static int
write_beside(const char *temporary, const char *data, size_t len)
{
	int fd = open(
		temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, MODE);
	int status;

	if (fd < 0)
		return -1;
	status = write_all(fd, data, len);
	if (close(fd) != 0)
		status = -1;
	return status;
}

int
replace_file(const char *path, const char *data, size_t len, char *err,
	size_t errsize)
{
	char temporary[PATH_MAX];
	struct stat there;
	int n = snprintf(
		temporary, sizeof(temporary), "%s.%d.tmp", path, (int)getpid());

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return fail(path, strerror(ENAMETOOLONG), err, errsize);
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		return fail(path,
			S_ISDIR(there.st_mode) ? strerror(EISDIR)
					       : "is not a regular file",
			err, errsize);
	if (write_beside(temporary, data, len) == 0 &&
		rename(temporary, path) == 0)
		return 0;
	fail(path, strerror(errno), err, errsize);
	unlink(temporary);
	return -1;
}
