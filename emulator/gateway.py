"""Answers every call: journal( rules( endpoint ) ). Only here is WeChat's JSON made."""

from __future__ import annotations

from functools import partial

from msgspec import json

from .core.call import SNS, Call, Dropped, Outcome, Reply, Subsystem, as_json
from .core.hints import unknown_path
from .core.validation import CheckError
from .rules.apply import CODE, act, read_script, why_no_script
from .rules.effects import Proceed
from .rules.matching import Bound, RuleBook
from .rules.rule import Then
from .wechat.endpoints import Endpoint
from .wechat.errors import FRONT, TABLE, WeChatError
from .wechat.scripted_codes import ScriptDue
from .world.tls_faults import next_fault
from .world.world import World

_GONE = Dropped("close", "the call was cut off before its answer was ready")


class Gateway:
    """Answers calls in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = RuleBook(world)

    async def answer(self, endpoint: Endpoint, call: Call) -> Outcome:
        """Run the endpoint inside the rules that are due; the journal is written in any case."""
        outcome: Outcome = _GONE
        try:
            outcome = await (self._ruled if self.rules else self._run)(endpoint, call)
        finally:
            self.world.journal.add(endpoint.name, call, outcome)
        return outcome

    async def tls_fault(self) -> str:
        """What the next TLS handshake of this world meets; empty for nothing."""
        world = self.world
        return await next_fault(world.tls, world.store, world.ids) if world.tls else ""

    async def _ruled(self, endpoint: Endpoint, call: Call) -> Outcome:
        """The call inside the rules that are about it."""
        call.subsystem = endpoint.subsystem
        rules = await self.rules.matching(endpoint.name, call)
        if not rules:
            return await self._run(endpoint, call)
        return await self._inside(rules, endpoint, call)

    async def _inside(self, rules: list[Bound], endpoint: Endpoint, call: Call) -> Outcome:
        """The call inside those rules that are due; a rule counts only the calls that get to it."""
        for i, bound in enumerate(rules):
            if then := await bound.due(self.world):
                call.acted += (bound.id,)
                inner = partial(self._inside, rules[i + 1 :], endpoint, call)
                return await self._act(f"rule {bound.id}", then, endpoint, call, inner)
        return await self._run(endpoint, call)

    async def _scripted(self, endpoint: Endpoint, call: Call, then: bytes) -> Outcome:
        """The call, run once more inside the effects that its code carries."""
        try:
            script = read_script(then)
        except CheckError as error:
            refusal = WeChatError(40029, why_no_script(error))
            return await self.failure(refusal, endpoint.subsystem, call)
        call.subsystem, call.script_ran = endpoint.subsystem, True
        call.acted += (CODE,)
        inner = partial(self._run, endpoint, call)
        return await self._act("the code's script", script, endpoint, call, inner)

    async def _act(
        self, who: str, then: Then, endpoint: Endpoint, call: Call, proceed: Proceed
    ) -> Outcome:
        refuse = partial(self.failure, subsystem=endpoint.subsystem, call=call)
        return await act(who, then, call, proceed, refuse, self.world)

    async def _run(self, endpoint: Endpoint, call: Call) -> Outcome:
        subsystem, behaviour = endpoint.subsystem, self.world.behaviour
        if subsystem is not SNS and behaviour.chunked_412 and call.chunked:
            return _refuse_chunked()
        try:
            if endpoint.method == "POST" and call.method != "POST":
                raise WeChatError(43002, f"{endpoint.path} takes POST, you sent {call.method}")
            fields = await endpoint.handler(call, self.world)
        except ScriptDue as due:
            return await self._scripted(endpoint, call, due.then)
        except WeChatError as error:
            return await self.failure(error, subsystem, call)
        return fields if isinstance(fields, Reply) else self.success(fields, subsystem)

    def success(self, fields: object, subsystem: Subsystem) -> Reply:
        """The fields as compact JSON in the subsystem's manner."""
        if subsystem is not SNS:
            return Reply(json.encode(fields), subsystem.content_type)
        body = as_json(fields, escape_slash=self.world.behaviour.escape_slash)
        return Reply(body, self.world.behaviour.sns_content_type)

    async def failure(self, error: WeChatError, subsystem: Subsystem, call: Call) -> Reply:
        """`{"errcode": …, "errmsg": "TEXT, rid: …"}` with status 200: WeChat's every error."""
        text = error.text if error.text is not None else _text(error.errcode, subsystem, call)
        errmsg = text + await self._suffix(error.errcode, subsystem, call.now)
        fields = {"errcode": error.errcode, "errmsg": errmsg, **error.extra}
        reply = self.success(fields, subsystem)
        reply.hint = error.hint
        reply.errcode = error.errcode
        return reply

    async def _suffix(self, errcode: int, subsystem: Subsystem, now: float) -> str:
        style = self.world.behaviour.errmsg_suffix
        if style == "none":
            return ""
        n = await self.world.store.next("rid")
        if style == "req_id":
            return subsystem.legacy_suffix.format(id=self.world.ids.request_id(n))
        suffix = subsystem.suffix + self.world.ids.rid(n, now)
        if subsystem.own_hint and errcode not in FRONT:
            return f" hint: [{self.world.ids.request_id(n)}]{suffix}"
        return suffix


def unknown(path: str, subsystem: Subsystem, known: list[str]) -> Endpoint:
    """The endpoint of a path WeChat does not have: 40066 in its subsystem's form."""

    async def handler(call: Call, world: World) -> Reply:
        raise WeChatError(40066, unknown_path(path, known))

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
