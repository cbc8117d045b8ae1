"""Disturbances of people who lie there, stay by stay: what is away for a while, and whether anything was done to somebody."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.broker import until
from tests.ha.house import House
from tests.ha.lying import BRIGHT, COUNTERS, FORGOTTEN, LATER_S, PERIOD_S, STAY_S, Mat
from tests.ha.test_restarts import start, stop

LEAVES_S = 15.0
"""So long before the first of them gets up something goes away."""
LAST_S = 3 * LEAVES_S
"""Nothing else begins in the last so many seconds."""
ENDS_S = 40.0
"""So long after somebody is up the house is made ready for the next stay, and not in the last LEAVES_S before it."""
FOUND_S = 70.0
"""So long after they have come everybody is found on a machine that is not too busy."""
SETTLES_S = 4.0
"""Longer than what the blueprints wait for after a mat came back with somebody on it."""
PUT_BACK_S = 180.0
"""Longer than the blueprints wait before they take an empty mat for one that somebody left while something was away."""
SHARED = {"B": "broker restarted", "H": "Home Assistant restarted"}
OWN = {"D": "daemon ended", "K": "daemon killed", "P": "paused"}
KINDS = {**SHARED, **OWN}
RESTARTS_MOST = 2
"""Of one mat's daemon in a stay. Five short runs within ten minutes end in safe mode, which remembers nobody."""
SHARED_SHARE = 0.35
SEED = 23


class Run:
    """The stays, one after the other; what was done, and what was wrong."""

    def __init__(self, house: House, mats: list[Mat]) -> None:
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._house, self._mats = house, mats
        self._order = random.Random(SEED)
        self._before: dict[str, Counter[str]] = {}
        self._gone: dict[Mat, str] = {}
        self._restarts: Counter[Mat] = Counter()
        self._lying: list[Mat] = []
        self._dimmed_s, self._leaves_s, self._restarted = 0.0, 0.0, False

    def stay(self, away: str) -> None:
        """The next people who come."""
        self._make_ready()
        self._lie_down()
        while self._story_s() < self._leaves_s - LAST_S:
            self._disturb()
            time.sleep(SETTLES_S)
            self._check_lying()
        for kind in ("lift", "blind moment"):
            self._count(kind, self._lying)
        time.sleep(max(0.0, self._leaves_s - LEAVES_S - self._story_s()))
        self._leave_all(away)
        # the last of them is up as well
        time.sleep(max(0.0, self._leaves_s + LATER_S * len(self._mats) + 2.0 - self._story_s()))
        self._back_all(away)
        self._check_up()

    def _story_s(self) -> float:
        return self._mats[0].story_s()

    def _make_ready(self) -> None:
        def empty() -> bool:
            phase_s = self._story_s() % PERIOD_S
            between = self._story_s() < -LEAVES_S or STAY_S + ENDS_S < phase_s < PERIOD_S - LEAVES_S
            shown = self._house.home.states()
            return between and all(shown.get(mat.session, {}).get("state") == "off" for mat in self._mats)

        until(empty, "nobody is there", 2 * PERIOD_S)
        self._house.home.call("light.turn_on", entity_id=[mat.lamp for mat in self._mats], brightness=BRIGHT)
        shown = self._house.home.states()
        self._before = {mat.name: mat.counts(shown) for mat in self._mats}
        self._restarted = False
        self._restarts.clear()

    def _lie_down(self) -> None:
        """Until each of them was found; whom a busy machine has not found by then takes no part in this stay."""

        def found() -> bool:
            shown = self._house.home.states()
            self._lying = [mat for mat in self._mats if self._is_hushed(mat, shown)]
            late = self._story_s() >= 0 and FOUND_S < self._story_s() % PERIOD_S < STAY_S
            return len(self._lying) == len(self._mats) or (late and bool(self._lying))

        until(found, "they lie there", 3 * PERIOD_S)
        # not before: the next person of a slow machine is not the one who was to come
        self._leaves_s = PERIOD_S * (self._story_s() // PERIOD_S) + STAY_S
        self._dimmed_s = time.monotonic()

    def _is_hushed(self, mat: Mat, shown: Mapping[str, Any]) -> bool:
        return mat.quiet(shown) == "on" and mat.counts(shown) == self._once(mat, "down", "hushed")

    def _once(self, mat: Mat, *names: str) -> Counter[str]:
        """What is counted once each of these has happened once more."""
        return Counter({name: count + (name in names) for name, count in self._before[mat.name].items()})

    def _disturb(self) -> None:
        """Broker or Home Assistant for all, or something else on each mat."""
        if self._order.random() < SHARED_SHARE:
            part = self._order.choice("BH")
            self._leave_all(part)
            time.sleep(3.0)
            self._back_all(part)
            return
        steps = []
        for mat in self._mats:
            part = self._own(mat)
            goes_s = self._order.uniform(0.0, 4.0)
            steps += [(goes_s, mat, part, False), (goes_s + self._order.uniform(1.0, 5.0), mat, part, True)]
            self._count(KINDS[part], [mat])
        began_s = time.monotonic()
        for at_s, mat, part, back in sorted(steps, key=lambda step: step[0]):
            time.sleep(max(0.0, began_s + at_s - time.monotonic()))
            (mat.come_back if back else mat.leave)(part)
        self._wait_until_back()

    def _own(self, mat: Mat) -> str:
        """What happens to this mat alone."""
        part = self._order.choice("DKP") if self._restarts[mat] < RESTARTS_MOST else "P"
        self._restarts[mat] += part != "P"
        return part

    def _count(self, kind: str, mats: Sequence[Mat]) -> None:
        if self._story_s() < self._leaves_s:
            self.done[kind] += sum(mat in self._lying for mat in mats)

    def _leave_all(self, part: str) -> None:
        if part in SHARED:
            self._count(KINDS[part], self._lying)
            self._restarted = self._restarted or part == "H"
            stop(self._house, part, "shut")
            return
        self._gone = {mat: self._own(mat) for mat in self._mats}
        for mat, own in self._gone.items():
            self._count(KINDS[own], [mat])
            mat.leave(own)

    def _back_all(self, part: str) -> None:
        if part in SHARED:
            births = self._house.home.births()
            start(self._house, part, broker_up=True)
            if part == "B":
                for mat in self._mats:
                    mat.show_lamp()
            until(lambda: self._house.home.births() > births, "Home Assistant has met the broker")
        else:
            for mat, own in self._gone.items():
                mat.come_back(own)
        self._wait_until_back()

    def _wait_until_back(self) -> None:
        def back() -> bool:
            shown = self._house.home.states()
            return all(mat.is_back(shown) for mat in self._mats)

        until(back, "every mat is back")

    def _check_lying(self) -> None:
        """Nothing more has been done to those who lie there still."""
        shown = self._house.home.states()
        if self._story_s() >= self._leaves_s:
            return  # a slow machine took so long that somebody is up
        for mat in [mat for mat in self._lying if not self._is_hushed(mat, shown)]:
            self._blame(mat, f"acted {dict(mat.counts(shown) - self._before[mat.name])}; do-not-disturb {mat.quiet(shown)}")
            self._lying.remove(mat)

    def _check_up(self) -> None:
        """Each automation has acted once more, the lamp has not moved in between, and all is as it was before."""

        def acted() -> bool:
            shown = self._house.home.states()
            more = [mat.counts(shown) - self._before[mat.name] for mat in self._lying]
            return all(each == dict.fromkeys(COUNTERS, 1) for each in more) or any(
                max(each.values(), default=0) > 1 for each in more
            )

        until(acted, "each has acted once more", PUT_BACK_S)
        up_s = time.monotonic() + self._leaves_s - self._story_s()
        shown = self._house.home.states()
        for mat in self._lying:
            if mat.counts(shown) != self._once(mat, *COUNTERS):
                self._blame(mat, f"acted {dict(mat.counts(shown) - self._before[mat.name])}")
            moved = [text for at_s, text in mat.lamp_commands() if self._dimmed_s + 1.0 < at_s < up_s]
            if moved:
                self._blame(mat, f"the lamp moved while they lay there: {moved}")
            brightness = FORGOTTEN if self._restarted else BRIGHT
            if mat.brightness(shown) != brightness or mat.quiet(shown) != "off":
                self._blame(mat, f"afterwards the lamp is at {mat.brightness(shown):g}, do-not-disturb {mat.quiet(shown)}")

    def _blame(self, mat: Mat, what: str) -> None:
        self.wrong.append(f"{mat.name}: {what}, after {dict(self.done)}")
