"""What we compare with: a bare aiohttp application with one route and a fixed body."""

from __future__ import annotations

import asyncio
import ssl
import sys

from aiohttp import web


async def _serve(path: str, body: bytes, certificate: str = "") -> None:
    async def fixed(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/plain")

    app = web.Application()
    app.router.add_route("*", path, fixed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    secure = None
    if certificate:
        secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secure.load_cert_chain(certificate)
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048, ssl_context=secure)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"bare ready: http{'s' if secure else ''}://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2].encode(), *sys.argv[3:4]))
