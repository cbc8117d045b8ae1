"""One simulated mat with its connection: connects for ever, sends in order what is not acknowledged, answers commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from acumat.commands.parser import parse_command
from acumat.contract.commands import Response
from acumat.contract.documents import encode, response_document
from acumat.mqtt.backoff import Backoff
from acumat_fleet_sim.link import IN_FLIGHT, Link, Login
from acumat_fleet_sim.mat import SimulatedMat
from acumat_fleet_sim.requested import answer
from acumat_fleet_sim.truth import Acknowledged, Truth

Host = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Sent:
    """An event under way, or with number 0 a document whose acknowledgement shows that the broker serves us."""

    number: int
    at_s: float


class Member:
    """`hosts` gives the brokers to try in turn: it is asked before each attempt."""

    def __init__(
        self,
        mat: SimulatedMat,
        login: Login,
        *,
        hosts: Callable[[], list[Host]],
        truth: Truth,
        random: Random,
        monotonic: Callable[[], float],
    ) -> None:
        self.mat = mat
        self._login, self._hosts, self._truth, self._random, self._monotonic = login, hosts, truth, random, monotonic
        self._backoff = Backoff(len(hosts()), random.random)
        self._attempt = random.randrange(1 << 16)
        self._host = ""
        self._link: Link | None = None
        self._sent: dict[int, _Sent] = {}
        """What is not acknowledged, by paho's number."""
        self._lost_at_s: float | None = None
        self._up = False
        self.began_s = monotonic()
        self.ending = False

    @property
    def up(self) -> bool:
        """Whether a broker has acknowledged something on the present connection."""
        return self._up

    async def run(self) -> None:
        """Connect, and again after each end, until `ending`."""
        while not self.ending:
            await asyncio.sleep(await self._connection())

    async def _connection(self) -> float:
        """One connection from its beginning to its end; how long to wait before the next."""
        hosts = self._hosts()
        host, port = hosts[self._attempt % len(hosts)]
        self._host = f"{host}:{port}"
        link, began_s = Link(self._login, self), self._monotonic()
        try:
            answered = await link.open(host, port)
            if answered == 0:
                self._on_open(link)
                began_s = self._monotonic()
                await link.ended
        except OSError:
            answered = -1
        finally:
            link.close()
            self._on_closed()
        self._attempt += 1
        if answered == 0:
            return self._backoff.after_loss(self._monotonic() - began_s, taken_over=False)
        if answered < 0:
            return self._backoff.after_no_answer()
        self._truth.refused += 1
        return self._backoff.after_refusal()

    def live(self, until_story_s: float, now_s: float) -> None:
        """All that happens on the mat until then, and what of it can be sent."""
        before = self.mat.last_number
        changed = self.mat.live(until_story_s, now_s)
        made = self._truth.made[self.mat.topics.mat_id]
        for number in range(before + 1, self.mat.last_number + 1):
            made[self.mat.event_id(number)] = self.mat.outbox[number].payload
        if self._link is not None:
            for topic in changed:
                self._link.publish(topic, self.mat.document(topic), qos=0, retain=True)
            self._send_events()

    def keep_alive(self) -> None:
        """To be called about once a second."""
        if self._link is not None:
            self._link.keep_alive()

    def hang_up(self, *, politely: bool) -> None:
        """End the connection: politely with `offline`, else as by a cut wire."""
        link = self._link
        if link is None:
            return
        if politely:
            link.publish(self.mat.topics.availability, "offline", qos=1, retain=True)
            link.disconnect()
        else:
            link.close()

    def on_published(self, mid: int) -> None:
        """A broker has acknowledged what was sent under this number."""
        sent, now_s = self._sent.pop(mid, None), self._monotonic()
        if sent is None:
            return
        if not self._up:
            self._on_served(now_s)
        if sent.number:
            event_id = self.mat.event_id(sent.number)
            found = Acknowledged(now_s, now_s - sent.at_s, self._host)
            self._truth.acknowledged[self.mat.topics.mat_id].setdefault(event_id, found)
            self.mat.on_acknowledged(sent.number)
            self._send_events()

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A command: what the mat can do is done, everything else is refused."""
        name = self.mat.topics.command_name(topic)
        if name is None or retained or self._link is None:
            return
        command = parse_command(name, payload)
        response = response_document(command) if isinstance(command, Response) else answer(self.mat, command)
        self._link.publish(self.mat.topics.response, encode(response), qos=0, retain=False)
        self._send_events()

    def _on_open(self, link: Link) -> None:
        self._link = link
        self._truth.connects += 1
        link.subscribe(self.mat.topics.commands)
        for topic in self.mat.retained:
            self._note(0, link.publish(topic, self.mat.document(topic), qos=1, retain=True))
        self._send_events()

    def _on_served(self, now_s: float) -> None:
        self._up = True
        if self._lost_at_s is None:
            self._truth.up_s.append(now_s - self.began_s)
        else:
            self._truth.gaps_s.append(now_s - self._lost_at_s)

    def _on_closed(self) -> None:
        if self._up:
            self._lost_at_s = self._monotonic()
        self._link, self._up = None, False
        self._sent.clear()

    def _send_events(self) -> None:
        if self._link is None or not self._link.is_open:
            return
        under_way = {each.number for each in self._sent.values() if each.number}
        for number, payload in self.mat.due(under_way, IN_FLIGHT, self._monotonic()):
            self._truth.sent += 1
            self._note(number, self._link.publish(self.mat.topics.event, payload, qos=1, retain=False))

    def _note(self, number: int, mid: int) -> None:
        self._sent[mid] = _Sent(number, self._monotonic())
