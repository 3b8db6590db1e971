# make            build everything into build/
# make demo       set up what is missing, run a build step in a container
# make test       set up what is missing, run every test
# make check      run every test, install nothing
# make torture    the same with all sweeps in full
# make asan       check, built with AddressSanitizer and UBSan
# make lint       formatting, manuals, shell scripts, static analysis
# make fuzz | cover | bench | coverage-spec | uncited
# make install    under $(DESTDIR)$(PREFIX); make uninstall takes it away
#
# One make, no recursion over directories: every rule is in this file and
# every path is relative to it.  Settings go in config.mk, which git ignores.

FILTERS := ocigen process-apply ns-apply idmap-apply caps-apply resources-apply \
           devices-apply mounts-apply seccomp-apply hooks-apply ocipatch
TOOLS   := $(FILTERS) ocirun
PKGS    := jansson libmd

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR  ?= $(DATADIR)/man
BUILD   ?= build
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wwrite-strings -Wformat=2 -Wvla -Wnull-dereference -Wimplicit-fallthrough \
           -Wpointer-arith -Wundef
HARDEN  ?= -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
VERSION := $(shell git describe --tags --dirty --always 2>/dev/null || echo unknown)

-include config.mk

PKG_CONFIG ?= pkg-config
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)

# A library's archive rather than the library, where there is one: each library
# that must be found and mapped costs a filter a tenth of its time (make bench).
archive    = $(or $(filter /%,$(shell $(CC) -print-file-name=lib$1.a 2>/dev/null)),-l$1)
BASE_LIBS := $(foreach word,$(PKG_LIBS),$(if $(filter -l%,$(word)),$(call archive,$(word:-l%=%)),$(word)))

ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE $(WARN) $(HARDEN) -iquote lib $(PKG_CFLAGS) -MMD -MP $(DEFS) \
             $(CPPFLAGS) $(CFLAGS)
LIB_OBJS  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard lib/*.c)))
BINS      := $(TOOLS:%=$(BUILD)/%)
MAN       := $(wildcard man/*.[1-8])
SOURCES   := $(wildcard lib/*.[ch] tools/*.c tests/*.c tests/fuzz/*.c)
# Nothing but nested compound literals, which cppcheck cannot read.
TABLES    := lib/schematable.c lib/profileshape.c
SCRIPTS   := $(wildcard tests/*.bats tests/*.bash) tests/setup tests/run tests/demo tests/uncited tests/cover tests/measure \
           tests/fuzz/run .ci/run

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
all: $(BINS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/lib/version.o: $(BUILD)/version
$(BUILD)/lib/profile.o: share/seccomp/default.json
$(BUILD)/lib/version.o: private DEFS := -DVERSION='"$(VERSION)"'

$(BUILD)/lib.a: $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BINS): $(BUILD)/%: $(BUILD)/tools/%.o $(EXTRA_OBJS) $(BUILD)/lib.a
	$(CC) $(CFLAGS) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(BASE_LIBS) $(LIBS)

# What only one tool needs, only that one is linked with.
$(BUILD)/caps-apply: private LIBS := $(call archive,cap)
$(BUILD)/seccomp-apply: private LIBS := $(call archive,seccomp)
$(BUILD)/ocirun: private LIBS := $(call archive,seccomp)

# Files that change, and so rebuild what needs them, only when their text would.
stamp = @mkdir -p $(@D); echo '$(subst ','\'',$1)' | cmp -s - $@ || echo '$(subst ','\'',$1)' >$@

$(BUILD)/flags: FORCE
	$(call stamp,$(CC) $(ALL_CFLAGS))

$(BUILD)/version: FORCE
	$(call stamp,$(VERSION))

# ---- trying it -------------------------------------------------------------

demo:
	@tests/setup demo
	@$(MAKE) --no-print-directory -s all
	@tests/demo $(BUILD)

test:
	@tests/setup test
	@$(MAKE) --no-print-directory all check

check: all
	@BIN=$(abspath $(BUILD)) tests/run $(TESTS)

torture: all
	@TORTURE=1 BIN=$(abspath $(BUILD)) tests/run $(TESTS)

# Which behaviours no test cites; which properties no tool can set.
uncited:
	@tests/uncited $(RANGES)

coverage-spec: all
	@BIN=$(abspath $(BUILD)) tests/coverage-spec

# The same tests over differently built programs, each in a directory of its own.
asan:
	@tests/setup asan
	$(MAKE) check BUILD=build/asan HARDEN=-fPIE EXTRA_OBJS=build/asan/tests/sanitizer.o \
	    CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'

# Every parser gets bytes that nobody would write, for FUZZ_TIME seconds each.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))
FUZZ_LIBS := $(BASE_LIBS) $(call archive,seccomp)
FUZZ_CFLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined

fuzz:
	@tests/setup dev
	@$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang HARDEN=-fPIE \
	    CFLAGS='$(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined' fuzzers
	@FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run build/fuzz

fuzzers: $(FUZZERS)
$(FUZZERS): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/lib.a
	$(CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(FUZZ_LIBS)

# What part of each file the tests run; TESTS chooses them, as for make check.
cover:
	@rm -rf build/cover
	@$(MAKE) --no-print-directory -s all BUILD=build/cover HARDEN=-fPIE CFLAGS='-O0 -g --coverage'
	@-BIN=$(abspath build/cover) tests/run $(TESTS)
	@tests/cover build/cover

$(BUILD)/bench: $(BUILD)/tests/bench.o
	$(CC) $(CFLAGS) $(HARDEN_LD) -o $@ $^

bench: all $(BUILD)/bench
	@tests/measure $(abspath $(BUILD))

lint:
	clang-format --dry-run -Werror $(SOURCES)
	mandoc -Tlint -Wwarning $(MAN)
	shellcheck -x $(SCRIPTS)
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -D_GNU_SOURCE -D__x86_64__ \
	    -Ilib --include=tests/cppcheck.h --enable=warning,portability \
	    --suppress=missingIncludeSystem $(TABLES:%=--suppress=syntaxError:%) lib tools

clean:
	rm -rf build

# ---- installing ------------------------------------------------------------

# Each shell's completions, from the tools' own option tables.
BASH_COMPLETIONS := $(TOOLS:%=$(BUILD)/completions/bash/%)
ZSH_COMPLETIONS  := $(TOOLS:%=$(BUILD)/completions/zsh/_%)
FISH_COMPLETIONS := $(TOOLS:%=$(BUILD)/completions/fish/%.fish)
COMPLETE = @mkdir -p $(@D); $< --introspect | awk -v shell=$1 -f share/completions/generate.awk >$@

$(BASH_COMPLETIONS): $(BUILD)/completions/bash/%: $(BUILD)/% share/completions/generate.awk
	$(call COMPLETE,bash)
$(ZSH_COMPLETIONS): $(BUILD)/completions/zsh/_%: $(BUILD)/% share/completions/generate.awk
	$(call COMPLETE,zsh)
$(FISH_COMPLETIONS): $(BUILD)/completions/fish/%.fish: $(BUILD)/% share/completions/generate.awk
	$(call COMPLETE,fish)

completions: $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS)

BASHDIR = $(DESTDIR)$(DATADIR)/bash-completion/completions
ZSHDIR  = $(DESTDIR)$(DATADIR)/zsh/site-functions
FISHDIR = $(DESTDIR)$(DATADIR)/fish/vendor_completions.d

# Where a manual goes.
manual = $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $1))/$(notdir $1)

install: all completions
	install -d $(DESTDIR)$(BINDIR) $(BASHDIR) $(ZSHDIR) $(FISHDIR)
	install -m755 $(BINS) $(DESTDIR)$(BINDIR)
	install -m644 $(BASH_COMPLETIONS) $(BASHDIR)
	install -m644 $(ZSH_COMPLETIONS) $(ZSHDIR)
	install -m644 $(FISH_COMPLETIONS) $(FISHDIR)
	$(foreach page,$(MAN),install -m644 -D $(page) $(call manual,$(page));)

# The files that install put there; directories may be others', too.
uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(BINDIR)/%) $(foreach page,$(MAN),$(call manual,$(page)))
	rm -f $(TOOLS:%=$(BASHDIR)/%) $(TOOLS:%=$(ZSHDIR)/_%) $(TOOLS:%=$(FISHDIR)/%.fish)

FORCE:
.PHONY: all demo test check torture uncited coverage-spec asan fuzz fuzzers cover bench lint \
        clean completions install uninstall FORCE

# Every dependency file there is, so that no kind of object can be forgotten.
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
