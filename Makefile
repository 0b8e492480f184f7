# danescan: build, test, measure, install. `make help` lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
CLANG ?= clang
export CLANG_FORMAT ?= clang-format
ifeq ($(origin CC),default)
CC := gcc
endif

# A folder for each way to build: the variant's name, or what BUILD says.
#   SANITIZE=1   AddressSanitizer and UndefinedBehaviorSanitizer
#   FUZZ=1       the same with libFuzzer's instrumentation; needs clang
#   WERROR=1     a warning is an error
#   V=1          show the commands
BUILD ?= build$(if $(FUZZ),/fuzz,$(if $(SANITIZE),/sanitize))

# Compiler and libraries

# libunbound is not asked for: its .pc file wants the headers of libraries that
# only itself uses.
PKGS := openssl libcares libuv libpq jansson libidn2 libpsl libarchive inih ldns libcurl \
	libxml-2.0 libxslt
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ifeq ($(PKG_LIBS),)
ifneq ($(filter-out test demo format check-format clean help,$(or $(MAKECMDGOALS),all)),)
$(error libraries are missing: scripts/deps.sh build)
endif
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wconversion -Wswitch-enum -Wundef -Wvla -Wformat=2 -Wnull-dereference
HARDENING := -fno-common -fstack-protector-strong -D_FORTIFY_SOURCE=2
OPTIMISE := -O2 -g

ifneq ($(SANITIZE)$(FUZZ),)
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer $(if $(FUZZ),-fsanitize=fuzzer-no-link)
HARDENING := -fno-common
OPTIMISE := -O1 -g
endif

CPPFLAGS += -D_GNU_SOURCE -I. -I$(BUILD) -DDANESCAN_VERSION='"$(VERSION)"'
CFLAGS += -std=c11 $(OPTIMISE) $(WARNINGS) $(HARDENING) $(SANITIZERS) $(PKG_CFLAGS)
LDFLAGS += -Wl,-z,relro,-z,now $(SANITIZERS)
LDLIBS += -lunbound $(PKG_LIBS) -lm -lpthread
COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@)

# What there is

SOURCES := $(wildcard resolver/*.c store/*.c report/*.c scanner/*.c scanner/core/*.c \
	scanner/probe/*.c scanner/cmd/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
PROGRAM := $(BUILD)/danescan
LIBRARY := $(BUILD)/libdanescan.a

binaries = $(patsubst %.c,$(BUILD)/%,$(wildcard $(1)))
UNIT_TESTS := $(call binaries,tests/unit/*/test_*.c)
TEST_HELPERS := $(addsuffix .o,$(filter-out $(UNIT_TESTS),$(call binaries,tests/unit/*/*.c)))
SCENARIOS := $(call binaries,tests/scenario/test_*.c)
SCENARIO_FAKES := $(addsuffix .o,$(call binaries,tests/scenario/fake_*.c))
FUZZERS := $(call binaries,tests/fuzz/fuzz_*.c)
BENCHES := $(call binaries,tests/bench/*.c)

all: $(PROGRAM)
tests: all lab-tools $(UNIT_TESTS) $(SCENARIOS) $(BENCHES)
fuzzers: $(FUZZERS)

# store/migrations.mk puts sql/ into the program, report/assets.mk the pages of
# the report; tests/lab/lab.mk builds the laboratory's tools.
lab-tools:
-include store/migrations.mk
-include report/assets.mk
-include tests/lab/lab.mk

# How it is made

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<

# Holds the command line, so that other flags mean another build.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo "$(subst ",,$(COMPILE) $(LDFLAGS))" | cmp -s - $@ || \
		echo "$(subst ",,$(COMPILE) $(LDFLAGS))" >$@

$(LIBRARY): $(filter-out $(BUILD)/scanner/main.o,$(OBJECTS))
$(BUILD)/tests/helpers.a: $(TEST_HELPERS)
%.a:
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(PROGRAM): $(BUILD)/scanner/main.o $(LIBRARY)
	$(call say,LINK)
	$(Q)$(LINK) $(LDLIBS)

$(UNIT_TESTS): %: %.o $(BUILD)/tests/helpers.a $(LIBRARY)
	$(call say,LINK)
	$(Q)$(LINK) $(LDLIBS) -lcmocka

# The fakes come first: they stand in for the shells of the same name.
$(SCENARIOS): %: %.o $(SCENARIO_FAKES) $(BUILD)/tests/helpers.a $(LIBRARY)
	$(call say,LINK)
	$(Q)$(LINK) $(LDLIBS) -lcmocka

$(BENCHES): %: %.o $(LIBRARY)
	$(call say,LINK)
	$(Q)$(LINK) $(LDLIBS)

$(FUZZERS): %: %.o $(LIBRARY)
	$(call say,LINK)
	$(Q)$(LINK) -fsanitize=fuzzer $(LDLIBS)

-include $(patsubst %.o,%.d,$(OBJECTS) $(TEST_HELPERS) $(SCENARIO_FAKES)) \
	$(addsuffix .d,$(UNIT_TESTS) $(SCENARIOS) $(FUZZERS) $(BENCHES))

# Tests. Variants live below $(BUILD); RUN prints a line for each suite and the
# sum of all as the last line.

RUN = tests/run.py --logs $(BUILD)/test-logs
lab_cases = "tests/lab/lab.py --build $(1) cases"
lab_itself = "BUILD=$(BUILD) tests/lab/test_lab.py" "tests/lab/test_population.py" \
	"tests/lab/test_cache.py" \
	"BUILD=$(BUILD) tests/lab/test_authority.py" "tests/lab/test_contacts.py"
stub_cases = "tests/lab/stub.py --build $(1)"
conformance = "tests/conformance.py --tap"
end_to_end = "tests/lab/endtoend.py --build $(BUILD) $(1)"
evolving = "tests/lab/evolving.py --build $(BUILD)"
big_scan = "tests/lab/bigscan.py --build $(BUILD) $(1)"
robust = "tests/lab/robust/run.py --build $(BUILD) $(1)"
web = "tests/web/run.sh $(1) $(BUILD)"
FUZZ_SECONDS ?= 60

# The validator's test needs a root zone on port 53.
with_root = $(patsubst %/test_unbound,"tests/unit/resolver/with_root.sh %/test_unbound",$(1))
in = $(patsubst $(BUILD)/%,$(BUILD)/$(1)/%,$(2))
variant = $(MAKE) --no-print-directory WERROR=1

build-gcc:
	@+$(variant) CC=gcc tests
build-clang:
	@+$(variant) CC=$(CLANG) BUILD=$(BUILD)/clang tests
build-sanitize:
	@+$(variant) CC=gcc SANITIZE=1 BUILD=$(BUILD)/sanitize tests
build-fuzz:
	@+$(variant) CC=$(CLANG) FUZZ=1 BUILD=$(BUILD)/fuzz fuzzers

variants: build-gcc build-clang build-sanitize build-fuzz

fuzz_commands = $(foreach f,$(notdir $(FUZZERS)),"tests/fuzz/run.sh $(BUILD)/fuzz/tests/fuzz/$(f) $(1)")

test:
	+@scripts/test.sh
test-all: variants
	@$(RUN) --limit 1800 robust: $(call robust) \
		"end to end:" $(call end_to_end) $(call big_scan) $(evolving) \
		web: $(call web) \
		lab: $(call lab_cases,$(BUILD)) $(call stub_cases,$(BUILD)) \
		"lab, sanitized:" $(call lab_cases,$(BUILD)/sanitize) \
		"lab itself:" $(lab_itself) \
		sql: "scripts/test-sql.sh $(PROGRAM)" \
		site: "tests/report/test_site.py --build $(BUILD)" \
		code: "scripts/check-deps.sh $(BUILD)" "scripts/check-format.sh" \
			"scripts/test-man.sh $(PROGRAM)" \
		"conformance rows:" $(conformance) \
		unit: $(call with_root,$(UNIT_TESTS)) \
		"unit, clang:" $(call with_root,$(call in,clang,$(UNIT_TESTS))) \
		"unit, sanitized:" $(call with_root,$(call in,sanitize,$(UNIT_TESTS))) \
		scenario: $(SCENARIOS) \
		"scenario, sanitized:" $(call in,sanitize,$(SCENARIOS)) \
		"fuzz corpora:" $(call fuzz_commands,0)

test-unit: $(UNIT_TESTS)
	@$(RUN) unit: $(call with_root,$(UNIT_TESTS))
test-scenario: $(SCENARIOS)
	@$(RUN) scenario: $(SCENARIOS)
test-sql: all
	@$(RUN) sql: "scripts/test-sql.sh $(PROGRAM)"
test-site: all
	@$(RUN) site: "tests/report/test_site.py --build $(BUILD)"
test-lab: all lab-tools
	@$(RUN) lab: $(call lab_cases,$(BUILD)) $(call stub_cases,$(BUILD)) \
		"lab itself:" $(lab_itself) "end to end:" $(call end_to_end) \
		$(call big_scan) $(evolving) robust: $(call robust)
test-web: all lab-tools
	@$(RUN) --limit 1800 web: $(call web)
screenshots: all lab-tools
	@tests/web/run.sh --shots $(BUILD)
conformance: tests
	@tests/conformance.py --build $(BUILD)
test-long: build-gcc build-fuzz
	@$(RUN) --limit 7200 \
		"end to end:" $(call end_to_end,--domains 20000) \
		$(call big_scan,--domains 20000) \
		robust: $(call robust,--domains 20000) \
		kills: $(call robust,--domains 5000 --rounds 50 kills) \
		web: $(call web,--all) \
		fuzz: $(call fuzz_commands,$(FUZZ_SECONDS))
oracles: all lab-tools
	@tests/oracles/oracles.py --build $(BUILD)
fuzz: build-fuzz
	@$(RUN) --limit 7200 fuzz: $(call fuzz_commands,$(FUZZ_SECONDS))

# Demonstration and measurement

demo:
	@scripts/demo.sh
bench: tests
	@scripts/deps.sh bench
	@tests/bench/bench.py --build $(BUILD)
bench-quick: tests
	@scripts/deps.sh bench
	@tests/bench/bench.py --build $(BUILD) --domains 20000

# Care

format:
	@scripts/check-format.sh --fix
check-format:
	@scripts/check-format.sh
check-deps: all
	@scripts/check-deps.sh $(BUILD)

# The manual page where scdoc is installed.
man: $(BUILD)/danescan.1
$(BUILD)/danescan.1: $(PROGRAM) docs/danescan.1.scd scripts/man.sh
	$(Q)scripts/man.sh $(PROGRAM) >$@.new && mv $@.new $@

# The units and the list of users are of use below /usr and /usr/local; with
# another PREFIX they name the programs there.
INSTALLED := $(DESTDIR)$(PREFIX)
UNITS := danescan.service danescan.timer
install: all $(if $(shell command -v scdoc),man)
	install -D -m 755 $(PROGRAM) $(INSTALLED)/bin/danescan
	install -D -m 755 scripts/publish.sh $(INSTALLED)/bin/danescan-publish
	install -D -m 644 -t $(INSTALLED)/share/doc/danescan README.md LICENSE \
		docs/*.md contrib/publish.conf
	install -d $(INSTALLED)/lib/systemd/system
	for unit in $(UNITS); do sed 's,/usr/local/,$(PREFIX)/,' contrib/systemd/$$unit \
		>$(INSTALLED)/lib/systemd/system/$$unit || exit; done
	install -D -m 644 contrib/systemd/danescan.sysusers \
		$(INSTALLED)/lib/sysusers.d/danescan.conf
	test ! -e $(BUILD)/danescan.1 || install -D -m 644 $(BUILD)/danescan.1 \
		$(INSTALLED)/share/man/man1/danescan.1

clean:
	rm -rf $(BUILD)

help:
	@echo 'all            build/danescan'
	@echo 'man            the manual page (scdoc)'
	@echo 'install        into $$(DESTDIR)$$(PREFIX), /usr/local by default'
	@echo 'demo           scan a laboratory of 1,000 domains, end to end'
	@echo 'test           everything, under gcc, clang and the sanitizers'
	@echo 'test-unit      the pure files and parsers'
	@echo 'test-scenario  the conductor with faked shells, virtual time'
	@echo 'test-sql       schema and views, on a private PostgreSQL'
	@echo 'test-site      the public statistics, made from a small database'
	@echo 'test-lab       the program against the signed Internet in tests/lab'
	@echo 'test-web       the site of the report in a browser'
	@echo 'screenshots    pictures of its main pages, in $$(BUILD)/screenshots'
	@echo 'conformance    a line for each row of the conformance matrix'
	@echo 'test-long      scans of 20,000 domains, 50 with a kill, every page, the fuzzers'
	@echo 'oracles        the verdicts beside those of other programs (1 minute)'
	@echo 'fuzz           each fuzzer for FUZZ_SECONDS ($(FUZZ_SECONDS))'
	@echo 'bench          CPU and time for each domain, beside bare libunbound'
	@echo 'bench-quick    the same for 20,000 domains only'
	@echo 'check-deps     layers, purity, sizes of the code'
	@echo 'format         clang-format all C; check-format only tells'
	@echo 'clean          remove build/'
	@echo 'Variables: BUILD CC CLANG V=1 WERROR=1 SANITIZE=1 PREFIX DESTDIR'

.PHONY: all tests fuzzers lab-tools build-gcc build-clang build-sanitize \
	build-fuzz variants test test-all test-unit test-scenario test-sql test-site test-lab \
	test-web screenshots conformance test-long oracles fuzz demo bench bench-quick \
	format check-format check-deps \
	man install clean help FORCE
.SECONDARY:
.DEFAULT_GOAL := all
