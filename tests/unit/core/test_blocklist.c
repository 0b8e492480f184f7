/*
 * Tests of scanner/core/blocklist.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/blocklist.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static enum blocklist_status
add(struct blocklist *list, const char *line, const char **problem)
{
	return blocklist_add(
		list, (const uint8_t *)line, strlen(line), problem);
}

static struct blocklist *
list_of(const char *const *lines, size_t count)
{
	struct blocklist *list = blocklist_new();
	const char *problem;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			add(list, lines[i], &problem), BLOCKLIST_ENTRY);
	blocklist_seal(list);
	return list;
}

static const struct {
	const char *line;
	enum blocklist_status status;
	const char *problem;
} lines[] = {
	{"", BLOCKLIST_SKIP, NULL},
	{" \t\r", BLOCKLIST_SKIP, NULL},
	{"# all of it", BLOCKLIST_SKIP, NULL},
	{"example.com", BLOCKLIST_ENTRY, NULL},
	{"  Example.COM. # asked us on 2026-01-02", BLOCKLIST_ENTRY, NULL},
	{"example.com#comment\r", BLOCKLIST_ENTRY, NULL},
	{"*.example.com", BLOCKLIST_ENTRY, NULL},
	{".example.com", BLOCKLIST_ENTRY, NULL},
	{"b\xc3\xbc"
	 "cher.example",
		BLOCKLIST_ENTRY, NULL},
	{"test", BLOCKLIST_ENTRY, NULL},
	{"192.0.2.1", BLOCKLIST_ENTRY, NULL},
	{"192.0.2.0/24", BLOCKLIST_ENTRY, NULL},
	{"0.0.0.0/0", BLOCKLIST_ENTRY, NULL},
	{"2001:db8::/32", BLOCKLIST_ENTRY, NULL},
	{"2001:db8::1/128", BLOCKLIST_ENTRY, NULL},
	{"::/0", BLOCKLIST_ENTRY, NULL},
	{"192.0.2.1/24", BLOCKLIST_BAD,
		"address bits are set after the prefix"},
	{"192.0.2.0/33", BLOCKLIST_BAD, "not a prefix length"},
	{"192.0.2.0/", BLOCKLIST_BAD, "not a prefix length"},
	{"192.0.2.0/-1", BLOCKLIST_BAD, "not a prefix length"},
	{"192.0.2.0/0024", BLOCKLIST_BAD, "not a prefix length"},
	{"192.0.2.0/24/8", BLOCKLIST_BAD, "not a prefix length"},
	{"2001:db8::/129", BLOCKLIST_BAD, "not a prefix length"},
	{"example.com/24", BLOCKLIST_BAD, "not a block of addresses"},
	{"192.0.2/24", BLOCKLIST_BAD, "not a block of addresses"},
	{"..example.com", BLOCKLIST_BAD, NULL},
	{"*", BLOCKLIST_BAD, NULL},
	{".", BLOCKLIST_BAD, NULL},
	{"a b.example", BLOCKLIST_BAD, NULL},
	{"192.0.2.256", BLOCKLIST_BAD, NULL},
	{"a.*.example", BLOCKLIST_BAD, NULL},
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct blocklist *list = blocklist_new();
		const char *problem = "";
		enum blocklist_status status = add(
			list, lines[i].line, &problem);

		if (status != lines[i].status)
			fail_msg("\"%s\": %d %s", lines[i].line, (int)status,
				problem != NULL ? problem : "");
		assert_int_equal(problem != NULL, status == BLOCKLIST_BAD);
		if (lines[i].problem != NULL)
			assert_string_equal(problem, lines[i].problem);
		blocklist_seal(list);
		assert_int_equal(blocklist_names(list) + blocklist_ranges(list),
			status == BLOCKLIST_ENTRY);
		blocklist_free(list);
	}
}

static void
test_long_and_binary_lines(void **state)
{
	struct blocklist *list = blocklist_new();
	uint8_t line[3000];
	const char *problem;

	(void)state;
	memset(line, 'a', sizeof(line));
	assert_int_equal(blocklist_add(list, line, sizeof(line), &problem),
		BLOCKLIST_BAD);
	memcpy(line, "a.example\0b", 11);
	assert_int_equal(
		blocklist_add(list, line, 11, &problem), BLOCKLIST_BAD);
	blocklist_free(list);
}

static void
a_name_covers_all_below_it(void **state)
{
	static const char *const entries[] = {"example.com", "mx.example.net",
		"xn--bcher-kva.example", "test"};
	static const struct {
		const char *name;
		bool listed;
	} names[] = {
		{"example.com", true},
		{"www.example.com", true},
		{"a.b.c.example.com", true},
		{"notexample.com", false},
		{"example.com.org", false},
		{"com", false},
		{"mx.example.net", true},
		{"a.mx.example.net", true},
		{"example.net", false},
		{"mx2.example.net", false},
		{"xn--bcher-kva.example", true},
		{"test", true},
		{"anything.test", true},
		{"_25._tcp.mx.example.net", true},
	};
	struct blocklist *list = list_of(entries, COUNT(entries));

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		if (blocklist_has_name(list, names[i].name) != names[i].listed)
			fail_msg("%s", names[i].name);
	blocklist_free(list);
}

static bool
has(const struct blocklist *list, const char *text)
{
	struct fact_address address = {0};

	assert_int_equal(fact_address_parse(text, &address), 0);
	return blocklist_has_address(list, &address);
}

static void
addresses_and_blocks(void **state)
{
	static const char *const entries[] = {"192.0.2.128/25", "198.51.100.7",
		"203.0.113.0/32", "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/33",
		"2001:db9::1", "255.255.255.255"};
	static const struct {
		const char *address;
		bool listed;
	} addresses[] = {
		{"192.0.2.127", false},
		{"192.0.2.128", true},
		{"192.0.2.255", true},
		{"192.0.3.0", false},
		{"198.51.100.6", false},
		{"198.51.100.7", true},
		{"198.51.100.8", false},
		{"203.0.113.0", true},
		{"9.255.255.255", false},
		{"10.0.0.0", true},
		{"10.200.0.1", true},
		{"10.255.255.255", true},
		{"11.0.0.0", false},
		{"255.255.255.255", true},
		{"0.0.0.0", false},
		{"2001:db8::", true},
		{"2001:db8:7fff:ffff::1", true},
		{"2001:db8:8000::", false},
		{"2001:db9::1", true},
		{"2001:db9::2", false},
		{"::", false},
		{"::ffff:198.51.100.7", true},
		{"::ffff:198.51.100.8", false},
		{"64:ff9b::c633:6407", true},
		{"2002:c633:6407::1", true},
		{"2002:c633:6408::1", false},
	};
	struct blocklist *list = list_of(entries, COUNT(entries));

	(void)state;
	assert_int_equal(blocklist_ranges(list), 7);
	for (size_t i = 0; i < COUNT(addresses); i++)
		if (has(list, addresses[i].address) != addresses[i].listed)
			fail_msg("%s", addresses[i].address);
	blocklist_free(list);
}

/* All of one family is nothing of the other. */
static void
a_family_as_a_whole(void **state)
{
	static const char *const all[] = {"0.0.0.0/0", "::/0"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct blocklist *list = list_of(&all[i], 1);

		assert_int_equal(has(list, "0.0.0.0"), i == 0);
		assert_int_equal(has(list, "255.255.255.255"), i == 0);
		assert_int_equal(has(list, "::"), i == 1);
		assert_int_equal(has(list, "ffff::1"), i == 1);
		blocklist_free(list);
	}
}

static void
neighbours_are_one_range(void **state)
{
	static const char *const entries[] = {"192.0.2.3", "192.0.2.1",
		"192.0.2.2", "192.0.2.0", "192.0.3.0/24", "192.0.2.4/30",
		"192.0.1.255"};
	struct blocklist *list = list_of(entries, COUNT(entries));

	(void)state;
	assert_int_equal(blocklist_ranges(list), 2);
	assert_true(has(list, "192.0.1.255"));
	assert_true(has(list, "192.0.2.7"));
	assert_false(has(list, "192.0.2.8"));
	assert_true(has(list, "192.0.3.255"));
	blocklist_free(list);
}

static void
a_list_is_exchanged(void **state)
{
	static const char *const before[] = {"a.test", "192.0.2.1"};
	static const char *const after[] = {"b.test"};
	struct blocklist *list = list_of(before, 2);
	struct blocklist *fresh = list_of(after, 1);

	(void)state;
	blocklist_swap(list, fresh);
	blocklist_free(fresh);
	assert_false(blocklist_has_name(list, "a.test"));
	assert_true(blocklist_has_name(list, "b.test"));
	assert_false(has(list, "192.0.2.1"));
	blocklist_free(list);
}

/* A million entries are found again, and nothing else is. */
static void
a_million_entries(void **state)
{
	struct blocklist *list = blocklist_new();
	const char *problem;
	char line[64];

	(void)state;
	for (unsigned i = 0; i < 500000; i++) {
		snprintf(line, sizeof(line), "n%u.example", i);
		assert_int_equal(add(list, line, &problem), BLOCKLIST_ENTRY);
		/* Every second address: no two are one range. */
		snprintf(line, sizeof(line), "%u.%u.%u.%u", 20 + (i >> 22),
			i >> 14 & 255, i >> 7 & 127, i << 1 & 254);
		assert_int_equal(add(list, line, &problem), BLOCKLIST_ENTRY);
	}
	blocklist_seal(list);
	assert_int_equal(blocklist_names(list), 500000);
	assert_int_equal(blocklist_ranges(list), 500000);
	for (unsigned i = 0; i < 500000; i += 997) {
		snprintf(line, sizeof(line), "mx.n%u.example", i);
		assert_true(blocklist_has_name(list, line));
		snprintf(line, sizeof(line), "mx.m%u.example", i);
		assert_false(blocklist_has_name(list, line));
		snprintf(line, sizeof(line), "20.%u.%u.%u", i >> 14 & 255,
			i >> 7 & 127, i << 1 & 254);
		assert_true(has(list, line));
		snprintf(line, sizeof(line), "20.%u.%u.%u", i >> 14 & 255,
			i >> 7 & 127, (i << 1 & 254) + 1);
		assert_false(has(list, line));
	}
	blocklist_free(list);
}

static void
add_late(struct blocklist *list, const char *line)
{
	const char *problem;

	assert_int_equal(add(list, line, &problem), BLOCKLIST_ENTRY);
	blocklist_seal(list);
}

/* Lines that come while it is asked; an exchange of the list leaves them. */
static void
what_extends_a_list(void **state)
{
	struct blocklist *list = blocklist_new(), *fresh = blocklist_new();
	struct blocklist *further = blocklist_new();

	(void)state;
	add_late(list, "one.example");
	add_late(fresh, "two.example");
	blocklist_seal(further);
	blocklist_extend(list, further);
	assert_true(blocklist_has_name(list, "mx.one.example"));
	assert_false(blocklist_has_name(list, "mx.late.example"));
	add_late(further, "late.example");
	add_late(further, "192.0.2.0/24");
	add_late(further, "192.0.1.255");
	assert_true(blocklist_has_name(list, "mx.late.example"));
	assert_true(has(list, "192.0.2.9"));
	assert_true(has(list, "192.0.1.255"));
	assert_false(has(list, "192.0.1.254"));
	assert_int_equal(blocklist_ranges(further), 1);
	blocklist_swap(list, fresh);
	assert_false(blocklist_has_name(list, "one.example"));
	assert_true(blocklist_has_name(list, "two.example"));
	assert_true(blocklist_has_name(list, "late.example"));
	assert_false(blocklist_has_name(fresh, "late.example"));
	blocklist_free(list);
	blocklist_free(fresh);
	blocklist_free(further);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_and_binary_lines),
		cmocka_unit_test(a_name_covers_all_below_it),
		cmocka_unit_test(addresses_and_blocks),
		cmocka_unit_test(a_family_as_a_whole),
		cmocka_unit_test(neighbours_are_one_range),
		cmocka_unit_test(a_list_is_exchanged),
		cmocka_unit_test(what_extends_a_list),
		cmocka_unit_test(a_million_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
