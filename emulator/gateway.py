"""The one road of a call: journal( rules( endpoint ) ), and WeChat's shape for every answer."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from msgspec import json

from .core.call import SNS, Call, Outcome, Reply, Subsystem, Wait, as_json, subsystem_of
from .core.entities import AccessToken, Code, DeclaredEndpoint, Entity
from .core.masking import sentence
from .core.paths import unknown_path
from .core.validation import CheckError
from .rules.apply import CODE, STATE, apply_effects, read_script, why_no_script
from .rules.effects import Proceed
from .rules.matching import Bound, RuleBook
from .rules.rule import Then
from .wechat import endpoints
from .wechat.apps import secret_words
from .wechat.endpoints import Endpoint
from .wechat.errors import FRONT, TABLE, WeChatError
from .wechat.front import check_scheme, foreign_host
from .wechat.known_paths import known_paths
from .wechat.scripted_codes import CodeCarriesEffects
from .wechat.visits import HELD, HeldBack
from .world.behaviour import Behaviour
from .world.clock import monotonic
from .world.journal import Exchange
from .world.stores import Key
from .world.stores.memory import MemoryStore
from .world.tls_faults import next_fault
from .world.world import World, WorldView

_MOST_HELD = 100
"""So many polls are held back at once in a world: each call there wakes them all."""
_DEFECT = "a defect of the emulator; its log says more"


class Gateway:
    """Answers calls in one world."""

    def __init__(self, world: World, own_hosts: Collection[str] = ()) -> None:
        """`own_hosts` are names beside WeChat's by which the emulator may be called, too."""
        self.world = world
        self._own_hosts = own_hosts
        self.rules = RuleBook(world)

    def endpoint_at(self, path: str) -> Endpoint | None:
        """What answers where no endpoint of every world's does: a declared one, or 40066."""
        if row := self.world.view.store.get(DeclaredEndpoint, path):
            return endpoints.declared(row)
        if found := endpoints.below(path):
            return found
        if subsystem := subsystem_of(path):
            return _unknown(path, subsystem, self.why_nothing(path))
        return None

    def paths(self) -> list[str]:
        """Every path that this world answers, those that were declared among them."""
        declared = self.world.view.store.all(DeclaredEndpoint)
        return [*endpoints.load(), *(row.path for row in declared)]

    def why_nothing(self, path: str) -> str:
        """Why nothing answers at this path."""
        return unknown_path(path, self.paths(), known_paths())

    async def answer(self, endpoint: Endpoint, call: Call) -> Outcome:
        """Run the endpoint inside the rules that are due; the journal is written in any case."""
        call.subsystem = endpoint.subsystem
        call.wait = wait = Wait(endpoint.name, monotonic())
        outcome: Outcome = Reply(status=500, hint=_DEFECT)
        try:
            outcome = await (self._ruled if self.rules else self._run)(endpoint, call)
        finally:
            self._hide_secrets(outcome)
            self.world.journal.finish(call, wait, outcome)
        return outcome

    def answer_now(self, endpoint: Endpoint, call: Call) -> Reply | None:
        """The same at once, where nothing can have to wait; None leaves it to `answer`."""
        store = self.world.store
        if self.rules or not isinstance(store, MemoryStore):
            return None
        try:
            reply = store.try_now(self._reply, endpoint, call, self.world.view)
        except Exception:  # effects that a code carries; or a defect, which `answer` meets again
            return None
        if reply.hint:
            self._hide_secrets(reply)
        self.world.journal.add(endpoint.name, call, reply)
        return reply

    def record(self, name: str, call: Call, outcome: Outcome) -> None:
        """Add the call to the journal, under its endpoint's name; its hint shows no secret then."""
        self._hide_secrets(outcome)
        self.world.journal.add(name, call, outcome)

    def _hide_secrets(self, outcome: Outcome) -> None:
        if outcome.hint:
            outcome.hint = sentence(outcome.hint, secret_words(self.world.view))

    async def tls_fault(self) -> str:
        """What the next TLS handshake of this world meets; empty for nothing."""
        faults = self.world.tls
        if not faults:
            return ""
        return await self.world.transact(lambda world: next_fault(faults, world.store, world.ids))

    async def _ruled(self, endpoint: Endpoint, call: Call) -> Outcome:
        """The call inside the rules that are about it."""
        matching = partial(self.rules.matching, endpoint.name, call)
        rules = await self.world.transact(matching)
        if not rules:
            return await self._run(endpoint, call)
        return await self._inside(rules, endpoint, call)

    async def _inside(self, rules: list[Bound], endpoint: Endpoint, call: Call) -> Outcome:
        """The call inside those of the rules that are due; one counts only what gets to it."""
        for i, bound in enumerate(rules):
            if then := await self.world.transact(bound.due):
                call.acted += (bound.id,)
                inner = partial(self._inside, rules[i + 1 :], endpoint, call)
                return await self._apply(f"rule {bound.id}", then, endpoint, call, inner)
        return await self._run(endpoint, call)

    async def _run(self, endpoint: Endpoint, call: Call) -> Outcome:
        """The endpoint's own answer, made in one transaction."""
        try:
            return await self.world.transact(partial(self._reply, endpoint, call), _reads(call))
        except CodeCarriesEffects as code:
            return await self._scripted(endpoint, call, code.then)
        except HeldBack as held:
            return await self._held(endpoint, call, held.seconds)

    async def _held(self, endpoint: Endpoint, call: Call, seconds: float) -> Outcome:
        """The call, run once more when somebody has pressed something, or so much later.

        It is real time that it waits, for the browser does so, too.
        """
        journal = self.world.journal
        if wait := call.wait:
            wait.what, wait.until = HELD, None
            journal.wait_for(call, wait)
        if journal.waiting < _MOST_HELD:
            await journal.wait(_is_choice, 1, seconds, journal.last)
        call.now = self.world.clock.now()
        return await self._run(endpoint, call)

    async def _scripted(self, endpoint: Endpoint, call: Call, then: bytes) -> Outcome:
        """The call, run once more inside the effects that its code carries."""
        try:
            script = read_script(then)
        except CheckError as error:
            return await self._refuse(endpoint, call, WeChatError(40029, why_no_script(error)))
        call.effects_applied = True
        call.acted += (CODE,)
        inner = partial(self._run, endpoint, call)
        return await self._apply("the code's script", script, endpoint, call, inner)

    async def _apply(
        self, source: str, then: Then, endpoint: Endpoint, call: Call, proceed: Proceed
    ) -> Outcome:
        refuse = partial(self._refuse, endpoint, call)
        return await apply_effects(source, then, call, proceed, refuse, self.world)

    async def _refuse(self, endpoint: Endpoint, call: Call, error: WeChatError) -> Reply:
        return await self.world.transact(partial(failure, endpoint, call, error))

    def _reply(self, endpoint: Endpoint, call: Call, world: WorldView) -> Reply:
        """What the endpoint answers. An error is an answer too: what it wrote before is kept."""
        subsystem = endpoint.subsystem
        if subsystem is not SNS and call.chunked and world.behaviour.chunked_412:
            return _refuse_chunked()
        try:
            if world.behaviour.require_https:
                check_scheme(call)
            if endpoint.method == "POST" and call.method != "POST":
                raise WeChatError(43002, f"{endpoint.path} takes POST, you sent {call.method}")
            fields = endpoint.handler(call, world)
        except WeChatError as error:
            if error.scripted and STATE not in call.acted:  # this may run a second time
                call.acted += (STATE,)
            reply = failure(endpoint, call, error, world)
        else:
            if isinstance(fields, Reply):
                reply = fields
            else:
                reply = success(fields, subsystem, world.behaviour)
                reply.hint = call.hint
        if call.secure and (odd := foreign_host(call, self._own_hosts)):
            reply.hint = f"{reply.hint}; {odd}" if reply.hint else odd
        return reply


def _is_choice(entry: Exchange) -> bool:
    return entry.endpoint == "confirm"


def success(fields: object, subsystem: Subsystem, behaviour: Behaviour) -> Reply:
    """The fields as compact JSON in the subsystem's manner."""
    if subsystem is not SNS:
        return Reply(json.encode(fields), subsystem.content_type)
    body = as_json(fields, escape_slash=behaviour.escape_slash)
    return Reply(body, behaviour.sns_content_type)


def failure(endpoint: Endpoint, call: Call, error: WeChatError, world: WorldView) -> Reply:
    """`{"errcode": …, "errmsg": "TEXT, rid: …"}` with status 200: WeChat's every error."""
    subsystem = endpoint.refuses_as(error.errcode)
    text = error.text if error.text is not None else _text(error.errcode, subsystem, call)
    errmsg = text + _suffix(error.errcode, subsystem, call.now, world)
    fields = {"errcode": error.errcode, "errmsg": errmsg, **error.extra}
    reply = success(fields, subsystem, world.behaviour)
    reply.hint = error.hint
    reply.errcode = error.errcode
    return reply


def _suffix(errcode: int, subsystem: Subsystem, now: float, world: WorldView) -> str:
    style = world.behaviour.errmsg_suffix
    if style == "none":
        return ""
    n = world.store.next("rid")
    if style == "req_id":
        return subsystem.legacy_suffix.format(id=world.ids.request_id(n))
    suffix = subsystem.suffix + world.ids.rid(n, now)
    if subsystem.own_hint and errcode not in FRONT:
        return f" hint: [{world.ids.request_id(n)}]{suffix}"
    return suffix


def _reads(call: Call) -> list[Key]:
    """What a call's parameters name of the things that its endpoint will look at."""
    params = call.params
    named: tuple[tuple[type[Entity], str], ...] = (
        (Code, params.get("js_code") or params.get("code", "")),
        (AccessToken, params.get("access_token", "")),
    )
    return [(kind, key) for kind, key in named if key]


def _unknown(path: str, subsystem: Subsystem, why: str) -> Endpoint:
    """The endpoint of a path that is not answered: 40066 in its subsystem's form."""

    def handler(call: Call, world: WorldView) -> Reply:
        raise WeChatError(40066, why)

    return Endpoint("", path, subsystem, handler, docs="", method="GET")


def _text(errcode: int, subsystem: Subsystem, call: Call) -> str:
    row = TABLE[errcode]
    text = row.text if subsystem is SNS else row.on_token_apis or row.text
    return _with_address(text, call.peer) if "{ip}" in text else text


def _with_address(text: str, peer: str) -> str:
    v4 = peer.removeprefix("::ffff:")
    v6 = peer if ":" in v4 else f"::ffff:{v4}"
    return text.replace("::ffff:{ip}", v6).replace("{ip}", v4)


def _refuse_chunked() -> Reply:
    return Reply(
        status=412,
        content_type="",
        hint="WeChat's gateway answers 412 to a body in chunks: send a Content-Length "
        "(or set behaviour.chunked_412: false)",
    )
