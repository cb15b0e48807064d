"""What WeChat's gateway looks at before any endpoint: the scheme and the host name of a call."""

from __future__ import annotations

from collections.abc import Collection

from ..core.call import Call
from ..core.hosts import WECHAT_HOSTS, covers, is_address, split_host
from ..core.masking import quoted
from .errors import WeChatError


def check_scheme(call: Call) -> None:
    """43003 for plain http to one of WeChat's names, in a world that wants https.

    Whoever calls by a base URL has been pointed here on purpose, and is never refused.
    """
    host, _ = split_host(call.headers.get("Host", ""))
    if host in WECHAT_HOSTS and not call.secure:
        raise WeChatError(
            43003, f"the call came as http://{host}: use https:// (behaviour.require_https)"
        )


def foreign_host(call: Call, own: Collection[str]) -> str:
    """A hint, if a call by TLS names a host that is neither WeChat's nor one of our `own`.

    A name with a port of its own is a base URL that somebody has set.
    """
    sent = call.headers.get("Host", "")
    host, port = split_host(sent)
    ours = host == "localhost" or is_address(host) or covers(own, host)
    if not host or port not in ("", "443") or ours or host in WECHAT_HOSTS:
        return ""
    return (
        f"the call came by TLS with the Host {quoted(sent, 60)}, which WeChat does not answer to: "
        f"whatever passes calls on has to send 'Host: {WECHAT_HOSTS[0]}'"
    )
