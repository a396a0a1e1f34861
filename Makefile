# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the core, the command ka-analyze, the Wireshark plugin and the tests. `make help` lists the
# targets. One makefile, no recursion into folders; everything that is made lies under $(B).

VERSION      := 0.1.0

ifeq ($(origin CC),default)
CC           := gcc
endif
CFLAGS       ?= -O2 -g
PKG_CONFIG   ?= pkg-config
INSTALL      ?= install
PREFIX       ?= /usr/local
BINDIR       ?= $(PREFIX)/bin
MANDIR       ?= $(PREFIX)/share/man
LIBEXECDIR   ?= $(PREFIX)/libexec
BASHCOMPDIR  ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR   ?= $(PREFIX)/share/zsh/site-functions
DESTDIR      ?=
FUZZ_SECS    ?= 30
BENCH_SCALE  ?= 1
BENCH_FLAGS  ?=

# SAN=address,undefined builds everything once more, instrumented, in a folder of its own.
SAN          ?=
comma        := ,
B            := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))

SHELL        := /bin/bash
.SHELLFLAGS  := -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.DEFAULT_GOAL := all

# `$(call say,CC,file)` is the quiet form of a command line; V=1 shows the line itself.
Q            := $(if $(V),,@)
say           = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- what there is to build ----------------------------------------------------------------

CORE_SRC     := $(sort $(wildcard analyzer/core/*.c))
# Without SQLite there is no --format sqlite.
SQLITE       := $(shell $(PKG_CONFIG) --exists sqlite3 2>/dev/null && echo sqlite3)
# Compressed captures: each format by its own library, where there is one. bzip2 has no .pc file.
has-header    = $(shell printf '\043include <$(1)>' | $(CC) -E - >/dev/null 2>&1 && echo yes)
CODEC_PC     := $(foreach codec,gzip=zlib zstd=libzstd lz4=liblz4 xz=liblzma,\
                $(if $(shell $(PKG_CONFIG) --exists $(lastword $(subst =, ,$(codec))) 2>/dev/null && \
                echo yes),$(codec)))
CODECS       := $(foreach codec,$(CODEC_PC),$(firstword $(subst =, ,$(codec)))) \
                $(if $(call has-header,bzlib.h),bzip2)
CODEC_LIBS   := $(foreach codec,$(CODEC_PC),$(lastword $(subst =, ,$(codec))))
WITHOUT      := $(filter-out $(CODECS:%=analyzer/codec_%.c),$(wildcard analyzer/codec_*.c)) \
                $(if $(SQLITE),,%_sqlite.c)
# Without libseccomp the sandbox has one layer less. LANDLOCK= and SECCOMP= leave out either.
LANDLOCK     ?= yes
SECCOMP      ?= $(shell $(PKG_CONFIG) --exists libseccomp 2>/dev/null && echo libseccomp)
COMMAND_SRC  := $(filter-out $(WITHOUT),$(sort $(wildcard analyzer/*.c)))
PLUGIN_SRC   := $(sort $(wildcard plugin/*.c))
# UNITS="decode seq" builds and runs only these suites of the unit tests.
UNITS        ?= $(patsubst tests/check_%.c,%,$(sort $(wildcard tests/check_*.c)))
TEST_SRC     := $(filter-out tests/check_%.c,$(sort $(wildcard tests/*.c))) \
                $(UNITS:%=tests/check_%.c)

BENCH_SRC    := $(sort $(wildcard tests/bench/*.c))
FUZZ_SRC     := $(sort $(wildcard tests/fuzz/fuzz_*.c))
# What the fuzz targets share, but for the main() that takes the place of libFuzzer's.
FUZZ_HELP    := tests/support.c tests/by_libpcap.c tests/segment_pcap.c $(filter-out %/replay.c $(FUZZ_SRC),\
                $(sort $(wildcard tests/fuzz/*.c)))
C_DIRS       := analyzer analyzer/core analyzer/wiretap plugin tests tests/bench tests/fuzz tests/tools tests/gui samples/lab
ALL_C        := $(sort $(wildcard $(C_DIRS:%=%/*.c) $(C_DIRS:%=%/*.h)))

CORE_OBJ     := $(CORE_SRC:%.c=$(B)/%.o)
COMMAND_OBJ  := $(COMMAND_SRC:%.c=$(B)/%.o)
PLUGIN_OBJ   := $(PLUGIN_SRC:%.c=$(B)/%.o)
TEST_OBJ     := $(TEST_SRC:%.c=$(B)/%.o)

CORE         := $(if $(CORE_SRC),$(B)/libka.a)
COMMAND      := $(if $(wildcard analyzer/main.c),$(B)/ka-analyze)
COMPLETIONS  := $(B)/completions/bash $(B)/completions/zsh
# The command but for its main(), for tests and fuzz targets, which take from it what they use.
COMMAND_LIB  := $(if $(COMMAND_SRC),$(B)/command.a)
PLANTED      := $(B)/planted.so
UNIT_TESTS   := $(B)/unit-tests
BENCH        := $(B)/bench/generate $(B)/bench/bare_loop
FUZZ         := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/%)
REPLAY       := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(B)/replay_%)
FUZZ_OBJ     := $(FUZZ_HELP:%.c=$(B)/%.o)

# The plugin goes where WIRESHARK_PLUGIN_DIR=$PWD/build/plugins makes Wireshark look for it. A plain
# Wireshark cannot load an instrumented plugin, so the sanitizers cover the core and the command.
WS_PLUGINDIR := $(shell $(PKG_CONFIG) --variable=plugindir wireshark 2>/dev/null)
WS_VERSION   := $(notdir $(WS_PLUGINDIR))
WS_FOUND     := $(shell $(PKG_CONFIG) --exists wireshark glib-2.0 2>/dev/null && echo yes)
PLUGIN       := $(strip $(if $(PLUGIN_SRC),$(if $(WS_FOUND),$(if $(SAN),,\
                $(B)/plugins/$(WS_VERSION)/epan/ka.so))))
# Reads for the command what only Wireshark's libwiretap knows.
WIRETAP_SRC  := analyzer/wiretap/ka-wiretap.c
WIRETAP      := $(if $(WS_FOUND),$(if $(SAN),,$(B)/ka-wiretap))
USER_PLUGIN  := $(HOME)/.local/lib/wireshark/plugins/$(WS_VERSION)/epan/ka.so

# Wireshark's profile: colour rules, columns, filter buttons. Its folder's name is the profile's.
PROFILE      := $(sort $(wildcard plugin/profile/*))
PROFILE_NAME := TCP Keep-Alive
WS_PREFIX    := $(or $(shell $(PKG_CONFIG) --variable=prefix wireshark 2>/dev/null),/usr)
SYS_PROFILE  := $(WS_PREFIX)/share/wireshark/profiles/$(PROFILE_NAME)
USER_PROFILE := $(HOME)/.config/wireshark/profiles/$(PROFILE_NAME)

# ---- flags, and who may see which header ---------------------------------------------------

WARNINGS     := -Wall -Wextra -Wswitch-enum -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
                $(if $(WERROR),-Werror)
# Fortified copies need an optimising compiler, and hide from the sanitizers what these look for.
OPTIMISING   := $(filter-out -O0,$(filter -O%,$(CFLAGS)))
HARDENING    := -fstack-protector-strong $(if $(SAN),,$(if $(OPTIMISING),-D_FORTIFY_SOURCE=2))
# What not every machine and compiler has.
has-option    = $(shell $(CC) -Werror $(1) -c -x c -o /dev/null /dev/null 2>/dev/null && echo $(1))
HARDENING    += $(call has-option,-fstack-clash-protection)
# These cost the core 2 % of its instructions, and it has neither callbacks into data nor strings.
HARDER       := $(foreach option,-fcf-protection -mbranch-protection=standard,\
                $(call has-option,$(option))) \
                $(if $(SAN),,$(if $(OPTIMISING),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3))
SAN_FLAGS    := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS    = -std=c11 $(WARNINGS) $(HARDENING) $(CFLAGS) $(SAN_FLAGS)
ALL_LDFLAGS   = -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS) $(SAN_FLAGS)

pkg-cflags    = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
pkg-libs      = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)
LIB_CFLAGS   := $(call pkg-cflags,libpcap json-c $(SQLITE) $(CODEC_LIBS) $(SECCOMP))
LIB_LIBS     := $(call pkg-libs,libpcap json-c $(SQLITE) $(CODEC_LIBS) $(SECCOMP)) \
                $(if $(filter bzip2,$(CODECS)),-lbz2) -pthread
CHECK_CFLAGS := $(call pkg-cflags,check)
CHECK_LIBS   := $(call pkg-libs,check)
# -isystem: our warnings are about our code.
WS_CFLAGS    := $(patsubst -I%,-isystem %,$(call pkg-cflags,wireshark glib-2.0))
# wireshark.pc leaves out the library of capture files, which knows the link types.
WS_LIBS      := $(if $(WS_FOUND),-lwiretap) $(call pkg-libs,wireshark glib-2.0)

# Outside the core there is a system.
SYSTEM       := -D_GNU_SOURCE -DKA_VERSION='"$(VERSION)"' $(if $(SQLITE),-DKA_HAVE_SQLITE) \
                $(if $(SECCOMP),-DKA_HAVE_SECCOMP) $(if $(LANDLOCK),,-DKA_WITHOUT_LANDLOCK) \
                $(foreach codec,$(CODECS),-DKA_HAVE_$(shell echo $(codec) | tr a-z A-Z))
$(B)/analyzer/core/%.o: XFLAGS = -fPIC -fvisibility=hidden
$(B)/analyzer/%.o:      XFLAGS = -fPIE $(HARDER) $(SYSTEM) -Ianalyzer $(LIB_CFLAGS)
$(B)/analyzer/wiretap/%.o: XFLAGS = -fPIE $(HARDER) $(SYSTEM) -Ianalyzer $(WS_CFLAGS)
$(B)/plugin/%.o:        XFLAGS = $(HARDER) $(SYSTEM) -Ianalyzer -fPIC -fvisibility=hidden $(WS_CFLAGS)
$(B)/tests/%.o:         XFLAGS = $(SYSTEM) -Ianalyzer -Ianalyzer/core -Itests -I$(B)/tests \
                                 $(CHECK_CFLAGS) $(LIB_CFLAGS)

# ---- targets for people --------------------------------------------------------------------

SUBMAKE       = $(MAKE) --no-print-directory

# These run make again, on the same objects: `make -j2 all check` must not build them twice at once.
ifneq ($(filter bench coverage check check-cluster deb demo fuzz lint,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

all: $(CORE) $(COMMAND) $(WIRETAP) $(PLUGIN) ## build the command and, given Wireshark's headers, the plugin
ifeq ($(WS_FOUND)$(SAN),)
	@echo 'plugin left out: no Wireshark development files (make deps installs them)'
endif

# The stories that `make demo` tells; then it sums up all samples.
DEMO := first-20-1-9.a suspended-30-10-3.a one-lost-probe-15-15-20.a balancer-350.a haproxy-50.a \
        answered-by-box.a application-stopped.a untranslated-answer.b heartbeat-dies.a

demo: ## install what is missing, build, and say what happened in the samples
	@.ci/deps command
	+@$(SUBMAKE) $(B)/ka-analyze
	$(B)/ka-analyze $(DEMO:%=samples/%.pcap)
	$(B)/ka-analyze --summary --group-by outcome samples
	@echo 'Each of them: $(B)/ka-analyze FILE; what the files show: samples/README.md'

check: ## install what is missing, then run every test, also under the sanitizers
	@.ci/deps command plugin tests
	+@$(SUBMAKE) check-all

deps: ## install the Debian packages that building and testing need
	@.ci/deps command plugin tests

install: $(COMMAND) $(WIRETAP) $(COMPLETIONS) $(PLUGIN) ## install under DESTDIR, PREFIX and Wireshark's folders
	$(INSTALL) -D -m 755 $(COMMAND) '$(DESTDIR)$(BINDIR)/ka-analyze'
	$(if $(WIRETAP),$(INSTALL) -D -m 755 $(WIRETAP) '$(DESTDIR)$(LIBEXECDIR)/ka-analyze/ka-wiretap')
	$(INSTALL) -D -m 644 analyzer/ka-analyze.1 '$(DESTDIR)$(MANDIR)/man1/ka-analyze.1'
	$(INSTALL) -D -m 644 $(B)/completions/bash '$(DESTDIR)$(BASHCOMPDIR)/ka-analyze'
	$(INSTALL) -D -m 644 $(B)/completions/zsh '$(DESTDIR)$(ZSHCOMPDIR)/_ka-analyze'
	$(if $(PLUGIN),$(INSTALL) -D -m 644 $(PLUGIN) '$(DESTDIR)$(WS_PLUGINDIR)/epan/ka.so')
	$(if $(PLUGIN),$(if $(PROFILE),$(INSTALL) -D -m 644 -t '$(DESTDIR)$(SYS_PROFILE)' $(PROFILE)))

profile: $(if $(PROFILE),$(B)/ka-profile.zip) ## pack the profile for Wireshark's import

install-user: $(PLUGIN) ## install the plugin and its profile for this user only
	$(INSTALL) -D -m 644 $(or $(PLUGIN),$(error no plugin: make deps)) '$(USER_PLUGIN)'
	$(if $(PROFILE),$(INSTALL) -D -m 644 -t '$(USER_PROFILE)' $(PROFILE))

# What Wireshark or its user has added to the profile since then stays.
remove-profile = cd '$(1)' 2>/dev/null || exit 0; rm -f $(notdir $(PROFILE)); \
                 cd .. && rmdir --ignore-fail-on-non-empty '$(PROFILE_NAME)'

uninstall: ## remove what install put in place
	rm -f '$(DESTDIR)$(BINDIR)/ka-analyze' '$(DESTDIR)$(MANDIR)/man1/ka-analyze.1'
	rm -f '$(DESTDIR)$(LIBEXECDIR)/ka-analyze/ka-wiretap'
	rm -f '$(DESTDIR)$(BASHCOMPDIR)/ka-analyze' '$(DESTDIR)$(ZSHCOMPDIR)/_ka-analyze'
	$(if $(WS_PLUGINDIR),rm -f '$(DESTDIR)$(WS_PLUGINDIR)/epan/ka.so')
	$(call remove-profile,$(DESTDIR)$(SYS_PROFILE))

uninstall-user: ## remove what install-user put in place
	rm -f '$(USER_PLUGIN)'
	$(call remove-profile,$(USER_PROFILE))

# The tree is copied, since Debian wants its folder at the top of it. The packages' makefile is not
# to inherit this one's variables.
MAINTAINER   ?= ka-analyze maintainers <ka-analyze@users.noreply.github.com>
DEB_TREE      = $(B)/deb/ka-analyze-$(VERSION)
deb: ## build the Debian packages of the command and of the plugin in build/deb, and run lintian
	@.ci/deps command plugin tests deb
	$(Q)rm -rf $(B)/deb && mkdir -p $(DEB_TREE)
	$(Q)tar -c --exclude-vcs --exclude='./build*' . | tar -x -C $(DEB_TREE)
	$(Q)cp -r analyzer/packaging/debian $(DEB_TREE)
	$(Q)sed -i -e 's/@VERSION@/$(VERSION)/' -e "s/@DATE@/$$(date -R)/" \
	    -e 's/@MAINTAINER@/$(MAINTAINER)/' $(DEB_TREE)/debian/changelog $(DEB_TREE)/debian/control
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage --no-sign --build=binary
	lintian --fail-on error,warning $(B)/deb/*.changes

check-cluster: ## run samples/cluster/ on a Slurm of this machine alone (as root; installs Slurm)
	@.ci/deps command tests cluster
	+@$(SUBMAKE) $(COMMAND)
	KA_ANALYZE=$(COMMAND) tests/run-cluster.sh

lab: ## make the samples anew with real kernels (QEMU; installs what it needs; OUT in build/lab/course)
	samples/lab/run $(LAB_FLAGS)

bench: ## measure speed and memory (BENCH_SCALE=0.1: with a tenth of the packets and connections)
	@.ci/deps command bench
	+@$(SUBMAKE) $(COMMAND) $(BENCH)
	$(Q)tests/bench/run.py --scale $(BENCH_SCALE) $(BENCH_FLAGS) $(B)

bench-plugin: $(PLUGIN) $(B)/bench/generate ## measure what the plugin costs tshark
	$(B)/bench/generate small 1000000 2000 > $(B)/bench/million.pcap
	python3 tests/plugin-cost.py $(PLUGIN) $(B)/bench/million.pcap

# What an instrumented program writes at its end the sandbox would refuse.
COVERAGE_ON   = B=build-coverage CC=clang LANDLOCK= SECCOMP= \
                \
                CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping' \
                LDFLAGS=-fprofile-instr-generate
coverage: ## which lines and branches of the core the tests reach (clang, llvm)
	@.ci/deps command tests fuzz coverage
	+@$(SUBMAKE) $(COVERAGE_ON) coverage-run

# Pages of the report that are of no interest are left out: B=build-coverage llvm-cov show has them.
coverage-run: $(UNIT_TESTS) $(COMMAND) $(REPLAY)
	$(Q)rm -rf $(B)/profiles
	$(Q)export LLVM_PROFILE_FILE=$(CURDIR)/$(B)/profiles/%4m.profraw KA_ANALYZE=$(COMMAND) \
	    CK_TIMEOUT_MULTIPLIER=10; \
	$(UNIT_TESTS) | tail -n 1; tests/run-golden.sh $(COMMAND) | tail -n 1; \
	tests/run-lab.sh | tail -n 1; tests/run-fuzz-corpus.sh $(REPLAY) | tail -n 1
	$(Q)llvm-profdata merge -o $(B)/tests.profdata $(B)/profiles/*.profraw
	$(Q)llvm-cov report $(UNIT_TESTS) -object $(COMMAND) $(REPLAY:%=-object %) \
	    -instr-profile=$(B)/tests.profdata analyzer/core

ENDURANCE    ?= 500000000
endurance: $(COMMAND) $(B)/bench/generate ## a week of ENDURANCE packets through standard input; pieces of it
	python3 tests/endurance.py $(B) $(ENDURANCE)

script-pcap: $(B)/script-pcap ## write SCRIPT=tests/scripts/NAME.ka as a capture, build/NAME.pcap
	$(B)/script-pcap $(or $(SCRIPT),$(error which SCRIPT?)) > $(B)/$(basename $(notdir $(SCRIPT))).pcap

fuzz: ## fuzz each target of tests/fuzz for FUZZ_SECS seconds (clang)
ifeq ($(FUZZ_SRC),)
	@echo 'no fuzz targets yet (tests/fuzz/fuzz_*.c)'
else
	@.ci/deps command fuzz
	+@$(SUBMAKE) CC=clang SAN=fuzzer-no-link,address,undefined fuzz-run
endif

format: ## lay out all C sources by .clang-format
	clang-format -i $(ALL_C)

# uninitvar, ctuuninitvar: cppcheck takes what a function is to fill for what it reads.
CPPCHECK      = cppcheck --quiet --std=c11 --enable=warning,performance,portability \
                --suppress=missingIncludeSystem --suppress=uninitvar \
                --suppress=ctuuninitvar --inline-suppr \
                --error-exitcode=1 -Ianalyzer -Ianalyzer/core -Itests

lint: ## check layout, warnings of gcc and clang, cppcheck, shellcheck
	@.ci/deps command plugin tests lint
	clang-format --dry-run -Werror $(ALL_C)
	shellcheck $$(grep -rlIE -m 1 '^#!/bin/(ba)?sh' .ci tests samples plugin)
	@! grep -nE '"[^"]*\$$\(.*" \$$\?' tests/*.sh || \
	    { echo 'lint: $$? is that of the $$() before it, so that this cannot fail' >&2; exit 1; }
	$(CPPCHECK) $(CORE_SRC) $(COMMAND_SRC) $(PLUGIN_SRC) $(TEST_SRC)
	+@$(SUBMAKE) B=build-lint-gcc CC=gcc WERROR=1 all build-lint-gcc/unit-tests
	+@$(SUBMAKE) B=build-lint-clang CC=clang WERROR=1 all build-lint-clang/unit-tests

clean: ## remove everything that was built
	$(Q)rm -rf build build-*

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  Variables: CC CFLAGS PREFIX DESTDIR V=1 SAN=address,undefined UNITS="decode seq"'

# ---- the parts of `make check` -------------------------------------------------------------

# A part is a script or program whose last line is "N passed, N failed"; one whose sources are not
# there is left out. Its output is kept for the sum. Fuzz targets open their input under /proc.
PARTS        := core-pure unit $(if $(COMMAND),golden reading) \
                $(if $(COMMAND),$(patsubst tests/run-%.sh,%,\
                    $(wildcard tests/run-docs.sh tests/run-lab.sh tests/run-differential.sh \
                    tests/run-jobs.sh tests/run-limits.sh tests/run-faults.sh tests/run-hostile-names.sh \
                    tests/run-chain.sh tests/run-progress.sh tests/run-acceptance.sh tests/run-fleet.sh tests/run-sandbox.sh \
                    tests/run-hardened.sh tests/run-what-if.sh tests/run-learned.sh tests/run-compare.sh \
                    $(if $(SQLITE),tests/run-store.sh) tests/run-html.sh))) \
                $(if $(wildcard /proc/self/fd),$(patsubst tests/run-%.sh,%,\
                    $(wildcard tests/run-fuzz-corpus.sh))) \
                $(if $(PLUGIN),$(patsubst tests/run-%.sh,%,$(wildcard tests/run-plugin.sh)))
# A bare chroot has no /proc, without which no program with the address sanitizer starts.
SAN_CHECK    := $(if $(wildcard /proc/self/maps),address$(comma))undefined
SAN_PARTS    := $(filter unit golden fuzz-corpus,$(PARTS))
RESULTS      := $(PARTS:%=build/results/%) \
                $(SAN_PARTS:%=build-$(subst $(comma),-,$(SAN_CHECK))/results/%)

part          = @mkdir -p $(B)/results; $(1) 2>&1 | tee $(B)/results/$(@:check-%=%)

check-all:
	@$(if $(findstring address,$(SAN_CHECK)),,echo 'no /proc here: left out the address sanitizer')
	+@rm -f $(RESULTS); status=0; \
	$(SUBMAKE) -k -Otarget $(PARTS:%=check-%) || status=1; \
	$(SUBMAKE) -k -Otarget SAN=$(SAN_CHECK) $(SAN_PARTS:%=check-%) || status=1; \
	tests/total.sh $$status $(RESULTS) | tee build/results/total

check-core-pure: $(CORE)
	$(call part,tests/run-core-pure.sh $(CORE))

# What the address sanitizer keeps of freed memory makes each fork slower, and each test is one.
UNIT_ENV     := $(if $(findstring address,$(SAN)),ASAN_OPTIONS=quarantine_size_mb=8 )
check-unit: $(UNIT_TESTS) ## run the unit tests (CK_RUN_SUITE=decode: one suite)
	$(call part,$(UNIT_ENV)$(UNIT_TESTS))

check-golden: $(COMMAND) ## compare the command's outputs with those kept (UPDATE=1: rewrite them)
	$(call part,tests/run-golden.sh $(COMMAND))

check-docs: $(COMMAND) ## run what README and manual show and compare
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-docs.sh)

check-lab: $(COMMAND) ## compare the samples' verdicts with the endpoints' own account
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-lab.sh)

check-differential: $(COMMAND) ## justify where Wireshark's own analysis says otherwise
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-differential.sh)

check-hostile-names: $(COMMAND) ## names of files that steer terminals, forge lines, are formulas or markup
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-hostile-names.sh)

check-faults: $(COMMAND) $(B)/faults.so ## allocations, reads and writes that fail, one after the other
	$(call part,KA_ANALYZE=$(COMMAND) FAULTS=$(B)/faults.so tests/run-faults.sh)

check-limits: $(COMMAND) $(B)/attack ## floods and scans: memory bounded, deaths found (PACKETS=50000000 MEMORY=1G)
	$(call part,KA_ANALYZE=$(COMMAND) ATTACK=$(B)/attack tests/run-limits.sh)

check-store: $(COMMAND) ## fill the SQLite store in several runs, killed half-way, and ask it
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-store.sh)

check-jobs: $(COMMAND) $(B)/bench/generate ## captures in several threads against one after the other; lists of captures
	$(call part,KA_ANALYZE=$(COMMAND) GENERATE=$(B)/bench/generate tests/run-jobs.sh)

check-chain: $(COMMAND) ## rings of files against the one file that they make
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-chain.sh)

check-acceptance: $(COMMAND) ## one run over packed copies of the samples against the samples one by one
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-acceptance.sh)

check-progress: $(COMMAND) ## what a terminal shows on the way, and signals
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-progress.sh)

check-fleet: $(COMMAND) ## merged results against a single run; completions in their shells
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-fleet.sh)

check-what-if: $(COMMAND) ## foretell from one capture of an outage what others of it measured
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-what-if.sh)

check-learned: $(COMMAND) ## hold idle timers learned from batches against the boxes that had them
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-learned.sh)

check-sandbox: $(COMMAND) $(PLANTED) ## try what the parsing process can still do
	$(call part,KA_ANALYZE=$(COMMAND) PLANTED=$(PLANTED) tests/run-sandbox.sh)

check-hardened: $(COMMAND) $(PLUGIN) ## look up how command and plugin were compiled and linked
	$(call part,tests/run-hardened.sh $(COMMAND) $(PLUGIN))

check-compare: $(COMMAND) ## compare captures from both ends, also with other clocks, addresses and numbers
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-compare.sh)

check-html: $(COMMAND) ## open the HTML report and the pictures in Chromium, where there is one
	$(call part,KA_ANALYZE=$(COMMAND) tests/run-html.sh)

check-fuzz-corpus: $(REPLAY) ## try the inputs that fuzzing has found
	$(call part,tests/run-fuzz-corpus.sh $(REPLAY))

check-plugin: $(COMMAND) $(PLUGIN) $(B)/fuzz-pcap ## run the plugin in tshark
	$(call part,KA_ANALYZE=$(COMMAND) PLUGIN=$(PLUGIN) FUZZ_PCAP=$(B)/fuzz-pcap tests/run-plugin.sh)

check-plugin-valgrind: $(PLUGIN) ## look for the plugin's memory errors and leaks in tshark
	PLUGIN=$(PLUGIN) tests/plugin-valgrind.sh

check-reading: $(COMMAND) $(WIRETAP) $(B)/list-packets ## compressed captures, pcapng, other formats
	$(call part,KA_ANALYZE=$(COMMAND) LIST_PACKETS=$(B)/list-packets tests/run-reading.sh)
.PHONY: check-reading

$(B)/list-packets: $(B)/tests/tools/list_packets.o $(COMMAND_LIB) $(CORE) $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIB_LIBS)
-include $(B)/tests/tools/list_packets.d

# Packages: wireshark xvfb xdotool imagemagick.
check-gui: $(PLUGIN) ## open a dead connection in Wireshark, without a screen, and check its colours
	PLUGIN=$(PLUGIN) GOTO=11 tests/gui/run-gui.sh $(wildcard samples/default-7200-75-9*.pcap)

check-wireshark-4.4: ## build and test the plugin with Debian 13's packages (root, debootstrap)
	tests/run-plugin-debian.sh trixie

check-wireshark-4.6: ## the same with those of Debian's next release
	tests/run-plugin-debian.sh forky

# ---- rules ---------------------------------------------------------------------------------

# A file that changes only when its content does: $(call write-if-changed,format of a line,words).
write-if-changed = @mkdir -p $(@D); printf $(1) $(2) | cmp -s - $@ || printf $(1) $(2) > $@

# Other flags, another compiler or another set of sources build anew what depends on them.
$(B)/flags: FORCE
	$(call write-if-changed,'%s\n','$(subst ','\'',\
	    $(CC) $(ALL_CFLAGS) $(HARDER) $(SYSTEM) $(CPPFLAGS) $(ALL_LDFLAGS))')

$(B)/sources: FORCE
	$(call write-if-changed,'%s\n',$(CORE_SRC) $(COMMAND_SRC) $(PLUGIN_SRC) $(TEST_SRC))

$(B)/tests/suites.inc: FORCE
	$(call write-if-changed,'SUITE(%s)\n',$(UNITS))

$(TEST_OBJ): $(B)/tests/suites.inc

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(XFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(B)/libka.a: $(CORE_OBJ) $(B)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(B)/command.a: $(filter-out $(B)/analyzer/main.o,$(COMMAND_OBJ)) $(B)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(B)/ka-analyze: $(COMMAND_OBJ) $(CORE) $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $(COMMAND_OBJ) $(CORE) $(LIB_LIBS)

# It confines itself as the command does. Of the command's libraries only libseccomp stays.
$(WIRETAP): $(WIRETAP_SRC:%.c=$(B)/%.o) $(COMMAND_LIB) $(CORE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^ -Wl,--as-needed $(WS_LIBS) $(LIB_LIBS)

$(COMPLETIONS): $(COMMAND)
	@mkdir -p $(@D)
	$(Q)$(COMMAND) --completion $(@F) >$@

$(UNIT_TESTS): $(TEST_OBJ) $(COMMAND_LIB) $(CORE) $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CHECK_LIBS) $(LIB_LIBS)

# Wireshark asks for these by name; anything else of ours could clash with another plugin's.
PLUGIN_EXPORTS := plugin_(version|want_major|want_minor|register|describe)

# Linked with Wireshark's libraries, to see that nothing is missing; then without, because another
# version, which has others, must get to see what version the plugin is for to be able to say so.
$(B)/plugins/%/epan/ka.so: $(PLUGIN_OBJ) $(CORE) $(B)/sources
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-z,defs,--exclude-libs,ALL -o $@ \
	    $(PLUGIN_OBJ) $(CORE) $(WS_LIBS)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-z,lazy,--exclude-libs,ALL -o $@ $(PLUGIN_OBJ) $(CORE)
	@! nm -D --defined-only $@ | awk '{ print $$3 }' | grep -vxE '$(PLUGIN_EXPORTS)' || \
	    { echo '$@ exports more than a plugin may' >&2; exit 1; }

$(B)/bench/generate: $(addprefix $(B)/tests/bench/,generate.o idle.o week.o writer.o)
$(B)/bench/bare_loop: $(B)/tests/bench/bare_loop.o
$(BENCH):
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS)

# To be preloaded.
$(B)/tests/tools/faults.o: ALL_CFLAGS += -fPIC
$(B)/faults.so: $(B)/tests/tools/faults.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -shared -o $@ $^

$(B)/attack: $(B)/tests/tools/attack.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

SCRIPT_OBJ   := $(filter $(B)/tests/script%.o $(B)/tests/segment_pcap.o $(B)/tests/support.o,$(TEST_OBJ))

$(B)/script-pcap: $(B)/tests/tools/script_pcap.o $(SCRIPT_OBJ) $(CORE) $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

$(B)/fuzz-pcap: $(B)/tests/tools/fuzz_pcap.o $(B)/tests/segment_pcap.o \
                $(B)/tests/fuzz/script_fuzz.o $(B)/tests/fuzz/support_fuzz.o $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^)

$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_OBJ) $(COMMAND_LIB) $(CORE) $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o %.a,$^) $(LIB_LIBS)

# The same targets with a main() that tries the inputs it is given: any compiler will do.
$(B)/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(FUZZ_OBJ) $(COMMAND_LIB) \
               $(CORE) $(B)/sources
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIB_LIBS)

$(B)/tests/tools/planted.o: XFLAGS = $(SYSTEM) $(LIB_CFLAGS) -fPIC
$(PLANTED): $(B)/tests/tools/planted.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ $^ -ldl

# For Wireshark's "import a profile from a zip file".
$(B)/ka-profile.zip: $(PROFILE) $(B)/sources
	@rm -rf $@ '$(B)/$(PROFILE_NAME)' && mkdir '$(B)/$(PROFILE_NAME)'
	$(Q)cp $(PROFILE) '$(B)/$(PROFILE_NAME)'
	$(Q)cd $(B) && python3 -m zipfile -c $(@F) '$(PROFILE_NAME)/'

# New inputs are kept under $(B); a crash is left there as well, and its path is the last word said.
fuzz-run: $(FUZZ)
	$(Q)for fuzz in $(FUZZ); do \
	    name=$${fuzz##*/fuzz_}; mkdir -p $$fuzz.corpus; \
	    words=tests/fuzz/$$name.dict; seeds=tests/fuzz/seeds/$$name; \
	    $$fuzz -max_total_time=$(FUZZ_SECS) -rss_limit_mb=1500 -artifact_prefix=$$fuzz- \
	        $$([ -e $$words ] && echo -dict=$$words) $$fuzz.corpus \
	        $$([ -d $$seeds ] && echo $$seeds) || exit 1; \
	done

FORCE:

.PHONY: all lab demo check check-cluster deb deps profile install install-user uninstall \
        uninstall-user bench bench-plugin coverage coverage-run fuzz fuzz-run endurance script-pcap format lint clean help FORCE \
        check-all check-core-pure check-unit check-golden check-docs check-lab check-differential \
        check-jobs check-limits check-faults check-hostile-names check-chain check-progress check-acceptance check-fleet check-hardened check-sandbox check-store check-html check-fuzz-corpus \
        check-plugin check-plugin-valgrind check-gui check-wireshark-4.4 check-wireshark-4.6

-include $(patsubst %.o,%.d,$(CORE_OBJ) $(COMMAND_OBJ) $(PLUGIN_OBJ) $(TEST_OBJ)) \
         $(B)/tests/tools/script_pcap.d $(B)/tests/tools/planted.d $(B)/tests/tools/attack.d $(B)/tests/tools/fuzz_pcap.d $(B)/tests/tools/faults.d \
         $(BENCH_SRC:%.c=$(B)/%.d) $(FUZZ_SRC:%.c=$(B)/%.d) \
         $(WIRETAP_SRC:%.c=$(B)/%.d) $(FUZZ_OBJ:%.o=%.d) $(B)/tests/fuzz/replay.d
