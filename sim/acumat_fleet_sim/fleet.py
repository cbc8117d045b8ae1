"""The whole fleet on one event loop in one thread: it starts, lives at a pace, moves to other brokers, and ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from acumat.mqtt.topics import Topics
from acumat_fleet_sim.link import Login
from acumat_fleet_sim.mat import SimulatedMat
from acumat_fleet_sim.member import Host, Member
from acumat_fleet_sim.story import Habits
from acumat_fleet_sim.truth import Truth

TURN_S = 0.2
"""How often the mats live on: an event goes out within this."""
KEEP_ALIVE_S = 1.0
LEAVE_S = 5.0
"""How long an end waits for brokers to take the farewell."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A fleet: `speed` story seconds pass in one of the machine's, from `past_s` story seconds before `now_s` (Unix time) on.

    Of this past, `backlog_s` has happened when the mats are switched on: its events are the first ones sent. `passwords` are by
    mat; without one a mat logs in without a name.
    """

    mats: int
    seed: int
    hosts: tuple[Host, ...]
    now_s: float
    speed: float = 1.0
    past_s: float = 0.0
    backlog_s: float = 0.0
    habits: Habits = field(default_factory=Habits)
    base: str = "acumat"
    passwords: Mapping[str, str] = field(default_factory=dict)
    start_within_s: float = 0.0
    """The mats are switched on one after another within this time."""

    @property
    def mat_ids(self) -> tuple[str, ...]:
        """The ids of all its mats."""
        return tuple(f"mat{number:04d}" for number in range(1, self.mats + 1))


class Fleet:
    """Its methods may be called from any thread; `truth` is what really happened."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._hosts = list(plan.hosts)
        self._random = Random(plan.seed)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="fleet")
        self._began = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends: asyncio.Event | None = None
        self._frozen_story_s: float | None = None
        self.began_s = 0.0
        """When the story stood at its beginning, or would have: seconds of the machine."""
        self.members: list[Member] = []
        self.truth = Truth()

    def start(self) -> None:
        """Switch all mats on."""
        self._thread.start()
        self._began.wait()

    def stop(self) -> None:
        """All mats take leave of their brokers."""
        ends = self._ends
        if ends is not None:
            self._call(ends.set)
        self._thread.join()

    def hold(self) -> None:
        """From now on nothing happens on any mat; what waits is still sent, and commands are answered."""
        self._call(self._hold)

    def move(self, hosts: tuple[Host, ...]) -> None:
        """Every mat gets other hosts, as by a change of its configuration, and nothing else of it changes."""

        def change() -> None:
            self._hosts[:] = hosts
            for member in self.members:
                member.hang_up(politely=True)

        self._call(change)

    @property
    def mat_ids(self) -> tuple[str, ...]:
        """The ids of all its mats."""
        return self._plan.mat_ids

    @property
    def up(self) -> int:
        """How many mats are served by a broker."""
        return sum(member.up for member in self.members)

    @property
    def waiting(self) -> int:
        """How many events wait for an acknowledgement."""
        return sum(len(member.mat.outbox) for member in self.members)

    def _hold(self) -> None:
        self._frozen_story_s = self._story_s()

    def _call(self, what: Callable[[], Any]) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(what)

    async def _run(self) -> None:
        self._loop, self._ends = asyncio.get_running_loop(), asyncio.Event()
        self.began_s = time.monotonic()
        self.members = [self._member(mat_id) for mat_id in self._plan.mat_ids]
        self._began.set()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._switched_on(member)) for member in self.members]
                tasks += [group.create_task(self._live()), group.create_task(self._keep_alive())]
                await self._ends.wait()
                await self._take_leave()
                for task in tasks:
                    task.cancel()
        finally:
            self._loop = None

    async def _switched_on(self, member: Member) -> None:
        await asyncio.sleep(self._random.uniform(0.0, self._plan.start_within_s))
        await member.run()

    async def _live(self) -> None:
        while True:
            story_s, now_s = self._story_s(), time.monotonic()
            for member in self.members:
                if member.mat.next_story_s <= story_s:
                    member.live(story_s, now_s)
            await asyncio.sleep(TURN_S)

    async def _keep_alive(self) -> None:
        while True:
            for member in self.members:
                member.keep_alive()
            await asyncio.sleep(KEEP_ALIVE_S)

    async def _take_leave(self) -> None:
        for member in self.members:
            member.ending = True
            member.hang_up(politely=True)
        until_s = time.monotonic() + LEAVE_S
        while self.up and time.monotonic() < until_s:
            await asyncio.sleep(TURN_S)

    def _story_s(self) -> float:
        if self._frozen_story_s is not None:
            return self._frozen_story_s
        return self._plan.backlog_s + (time.monotonic() - self.began_s) * self._plan.speed

    def _member(self, mat_id: str) -> Member:
        plan = self._plan
        topics = Topics(plan.base, mat_id, "homeassistant")
        password = plan.passwords.get(mat_id)
        return Member(
            SimulatedMat(topics, seed=f"{plan.seed}/{mat_id}", habits=plan.habits, zero_s=plan.now_s - plan.past_s),
            Login(f"acumat-{mat_id}", None if password is None else mat_id, password, topics.availability),
            hosts=lambda: self._hosts,
            truth=self.truth,
            random=Random(f"{plan.seed}/{mat_id}/connection"),
            monotonic=time.monotonic,
        )
