/* Stages the new site inside the folder of the old one. */
#include "report/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/sums.h"
#include "store/buffer.h"

static const char LIST[] = "SHA256SUMS";
/* The lock makes it ours, also when a run that died has left it behind. */
static const char STAGE[] = ".danescan-new";

enum {
	ERROR_SIZE = 512,
	OPEN_AT_ONCE = 16,
};

struct tree {
	char *dir;
	char *stage;
	int lock;
	bool staged;
	struct sums old;
	struct sums fresh; /* closed files */
	struct sums kept;
	FILE *open[OPEN_AT_ONCE];
	char *open_paths[OPEN_AT_ONCE];
	bool failed;
	char error[ERROR_SIZE];
};

__attribute__((format(printf, 2, 3))) static int
fail(struct tree *tree, const char *format, ...)
{
	va_list args;

	if (tree->failed)
		return -1;
	tree->failed = true;
	va_start(args, format);
	(void)vsnprintf(tree->error, sizeof(tree->error), format, args);
	va_end(args);
	return -1;
}

static int
fail_path(struct tree *tree, const char *path)
{
	return fail(tree, "%.400s: %s", path, strerror(errno));
}

/* The caller frees it. */
static char *
join(const char *dir, const char *path)
{
	struct buffer joined = {0};

	buffer_format(&joined, "%s/%s", dir, path);
	(void)buffer_string(&joined);
	return joined.data;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
remove_all(const char *path)
{
	if (nftw(path, remove_one, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS) == 0 ||
		errno == ENOENT)
		return 0;
	return -1;
}

static int
lock_dir(struct tree *tree)
{
	if (mkdir(tree->dir, 0755) != 0 && errno != EEXIST)
		return fail_path(tree, tree->dir);
	tree->lock = open(tree->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->lock < 0)
		return fail_path(tree, tree->dir);
	if (flock(tree->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return fail(tree, "%.400s: another report is being written",
			tree->dir);
	return fail_path(tree, tree->dir);
}

static int
read_old(struct tree *tree)
{
	char *path = join(tree->dir, LIST);
	FILE *in = fopen(path, "re");
	int status = 0;

	if (in != NULL) {
		sums_read(&tree->old, in);
		sums_sort(&tree->old);
		fclose(in);
	} else if (errno != ENOENT) {
		status = fail_path(tree, path);
	}
	free(path);
	return status;
}

static int
make_stage(struct tree *tree)
{
	tree->stage = join(tree->dir, STAGE);
	if (remove_all(tree->stage) != 0 || mkdir(tree->stage, 0755) != 0)
		return fail_path(tree, tree->stage);
	tree->staged = true;
	return 0;
}

struct tree *
tree_open(const char *dir, char *err, size_t errsize)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (tree == NULL)
		abort();
	tree->lock = -1;
	tree->dir = strdup(dir);
	if (tree->dir == NULL)
		abort();
	if (lock_dir(tree) != 0 || read_old(tree) != 0 ||
		make_stage(tree) != 0) {
		(void)snprintf(err, errsize, "%s", tree->error);
		tree_free(tree);
		return NULL;
	}
	return tree;
}

void
tree_free(struct tree *tree)
{
	if (tree == NULL)
		return;
	for (size_t i = 0; i < OPEN_AT_ONCE; i++) {
		if (tree->open[i] != NULL)
			fclose(tree->open[i]);
		free(tree->open_paths[i]);
	}
	if (tree->staged)
		(void)remove_all(tree->stage);
	if (tree->lock >= 0)
		close(tree->lock);
	sums_free(&tree->old);
	sums_free(&tree->fresh);
	sums_free(&tree->kept);
	free(tree->stage);
	free(tree->dir);
	free(tree);
}

const char *
tree_error(const struct tree *tree)
{
	return tree->failed ? tree->error : NULL;
}

/* All folders on the way to a file. */
static int
make_folders(struct tree *tree, char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL;
		slash++) {
		int status;

		*slash = '\0';
		status = mkdir(path, 0755);
		if (status != 0 && errno != EEXIST)
			fail_path(tree, path);
		*slash = '/';
	}
	return tree->failed ? -1 : 0;
}

static size_t
slot_of(const struct tree *tree, const FILE *file)
{
	size_t slot = 0;

	while (slot < OPEN_AT_ONCE && tree->open[slot] != file)
		slot++;
	if (slot == OPEN_AT_ONCE)
		abort();
	return slot;
}

/* Where there is an error already, something that takes what is written. */
static FILE *
open_staged(struct tree *tree, const char *path)
{
	char *full = join(tree->stage, path);
	FILE *file = NULL;

	if (!sums_path_is_safe(path))
		fail(tree, "not a path for a file of the site");
	if (!tree->failed && make_folders(tree, full) == 0) {
		file = fopen(full, "w+xe");
		if (file == NULL)
			fail_path(tree, full);
	}
	free(full);
	return file != NULL ? file : fopen("/dev/null", "w+e");
}

FILE *
tree_create(struct tree *tree, const char *path)
{
	size_t slot = slot_of(tree, NULL);
	FILE *file = open_staged(tree, path);

	if (file == NULL)
		abort();
	tree->open[slot] = file;
	tree->open_paths[slot] = strdup(path);
	if (tree->open_paths[slot] == NULL)
		abort();
	return file;
}

void
tree_close(struct tree *tree, FILE *file)
{
	size_t slot = slot_of(tree, file);
	char *path = tree->open_paths[slot];
	char sum[SUMS_HEX];

	if (!tree->failed) {
		if (fflush(file) != 0 || ferror(file) ||
			fseek(file, 0, SEEK_SET) != 0 ||
			sums_hash(file, sum) != 0)
			fail_path(tree, path);
		else
			sums_add(&tree->fresh, path, sum);
	}
	if (fclose(file) != 0)
		fail_path(tree, path);
	tree->open[slot] = NULL;
	tree->open_paths[slot] = NULL;
	free(path);
}

void
tree_put(struct tree *tree, const char *path, const char *data, size_t len)
{
	FILE *file = tree_create(tree, path);

	(void)fwrite(data, 1, len, file);
	tree_close(tree, file);
}

bool
tree_has(const struct tree *tree, const char *prefix)
{
	return sums_has_prefix(&tree->old, prefix);
}

static bool
begins_with(const char *path, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

void
tree_keep(struct tree *tree, const char *prefix, const char *const *but,
	size_t count)
{
	for (size_t i = 0; i < tree->old.count; i++) {
		const struct sums_entry *entry = &tree->old.entries[i];

		if (begins_with(entry->path, &prefix, 1) &&
			!begins_with(entry->path, but, count))
			sums_add(&tree->kept, entry->path, entry->sum);
	}
}

/* The hash of a file of the old site as it is now; "" where there is none. */
static int
hash_target(struct tree *tree, const char *path, char sum[SUMS_HEX])
{
	FILE *file = fopen(path, "re");
	int status = 0;

	sum[0] = '\0';
	if (file == NULL)
		return errno == ENOENT ? 0 : fail_path(tree, path);
	if (sums_hash(file, sum) != 0)
		status = fail_path(tree, path);
	fclose(file);
	return status;
}

/* A file of another maker is in the way? */
static int
refuse_foreign(struct tree *tree)
{
	for (size_t i = 0; i < tree->fresh.count; i++) {
		const char *path = tree->fresh.entries[i].path;
		char *target = join(tree->dir, path);

		if (access(target, F_OK) == 0 &&
			sums_find(&tree->old, path) == NULL)
			fail(tree,
				"%.400s: this program has not made that file "
				"(it is not in SHA256SUMS), so it does not "
				"replace it",
				target);
		free(target);
	}
	return tree->failed ? -1 : 0;
}

static int
move_one(struct tree *tree, const struct sums_entry *entry,
	struct tree_counts *counts)
{
	char *from = join(tree->stage, entry->path);
	char *to = join(tree->dir, entry->path);
	char sum[SUMS_HEX];

	if (hash_target(tree, to, sum) == 0 && strcmp(sum, entry->sum) != 0) {
		counts->changed++;
		if (make_folders(tree, to) == 0 && rename(from, to) != 0)
			fail_path(tree, to);
	}
	free(from);
	free(to);
	return tree->failed ? -1 : 0;
}

/* The folders that were only for it go with it. */
static void
remove_old(struct tree *tree, const char *path, struct tree_counts *counts)
{
	char *full = join(tree->dir, path);
	char *slash;

	if (unlink(full) == 0)
		counts->removed++;
	else if (errno != ENOENT)
		fail_path(tree, full);
	while ((slash = strrchr(full, '/')) != NULL &&
		slash > full + strlen(tree->dir)) {
		*slash = '\0';
		if (rmdir(full) != 0)
			break;
	}
	free(full);
}

/* All files that the site has from now on. */
static void
merge_kept(struct tree *tree)
{
	size_t fresh = tree->fresh.count;

	for (size_t i = 0; i < tree->kept.count; i++) {
		const struct sums_entry *entry = &tree->kept.entries[i];
		struct sums made = {tree->fresh.entries, fresh, fresh};

		if (sums_find(&made, entry->path) == NULL)
			sums_add(&tree->fresh, entry->path, entry->sum);
	}
	sums_sort(&tree->fresh);
}

static int
place_list(struct tree *tree)
{
	char *from = join(tree->stage, LIST);
	char *to = join(tree->dir, LIST);
	FILE *out = fopen(from, "we");

	if (out == NULL || sums_write(&tree->fresh, out) != 0) {
		fail_path(tree, from);
		if (out != NULL)
			fclose(out);
	} else if (fclose(out) != 0 || rename(from, to) != 0) {
		fail_path(tree, to);
	}
	free(from);
	free(to);
	return tree->failed ? -1 : 0;
}

static int
move_all(struct tree *tree, struct tree_counts *counts)
{
	for (size_t i = 0; i < tree->fresh.count; i++)
		if (move_one(tree, &tree->fresh.entries[i], counts) != 0)
			return -1;
	return 0;
}

int
tree_publish(struct tree *tree, struct tree_counts *counts)
{
	*counts = (struct tree_counts){.files = tree->fresh.count};
	sums_sort(&tree->fresh);
	if (tree->failed || refuse_foreign(tree) != 0)
		return -1;
	/* A first run that dies half-way must know its own files again. */
	if (tree->old.count == 0 && place_list(tree) != 0)
		return -1;
	if (move_all(tree, counts) != 0)
		return -1;
	merge_kept(tree);
	for (size_t i = 0; i < tree->old.count; i++) {
		const char *path = tree->old.entries[i].path;

		if (sums_find(&tree->fresh, path) == NULL)
			remove_old(tree, path, counts);
	}
	return tree->failed ? -1 : place_list(tree);
}
