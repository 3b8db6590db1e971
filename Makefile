# make            build everything into build/
# make demo       set up what is missing, run a build step in a container
# make test       set up what is missing, run every test
# make check      run every test, install nothing
# make torture    the same with all sweeps in full
# make asan       check, built with AddressSanitizer and UBSan
# make lint       formatting, manuals, shell scripts, static analysis
# make install    under $(DESTDIR)$(PREFIX); make uninstall takes it away
#
# One make, no recursion over directories: every rule is in this file and
# every path is relative to it.  Settings go in config.mk, which git ignores.

FILTERS := ocigen ns-apply idmap-apply mounts-apply seccomp-apply hooks-apply
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
HARDEN  := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
VERSION := $(shell git describe --tags --dirty --always 2>/dev/null || echo unknown)

-include config.mk

PKG_CONFIG ?= pkg-config
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)

ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE $(WARN) $(HARDEN) -Ilib $(PKG_CFLAGS) -MMD -MP $(DEFS) \
             $(CPPFLAGS) $(CFLAGS)
LIB_OBJS  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard lib/*.c)))
BINS      := $(TOOLS:%=$(BUILD)/%)
MAN       := $(wildcard man/*.[1-8])

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
all: $(BINS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/lib/version.o: $(BUILD)/version
$(BUILD)/lib/version.o: private DEFS := -DVERSION='"$(VERSION)"'

$(BUILD)/lib.a: $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BINS): $(BUILD)/%: $(BUILD)/tools/%.o $(BUILD)/lib.a
	$(CC) $(CFLAGS) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(PKG_LIBS) $(LIBS)

# What only one tool needs, only that one is linked with.
$(BUILD)/idmap-apply: private LIBS := -lsubid

# Files that change, and so rebuild what needs them, only when their text would.
stamp = @mkdir -p $(@D); echo '$(subst ','\'',$1)' | cmp -s - $@ || echo '$(subst ','\'',$1)' >$@

$(BUILD)/flags: FORCE
	$(call stamp,$(CC) $(ALL_CFLAGS))

$(BUILD)/version: FORCE
	$(call stamp,$(VERSION))

check: all
	BIN=$(abspath $(BUILD)) bats tests

clean:
	rm -rf build

FORCE:
.PHONY: all check clean FORCE

# Every dependency file there is, so that no kind of object can be forgotten.
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
