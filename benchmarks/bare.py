"""What we compare with: a bare aiohttp application with one route and a fixed body."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web


async def _serve(body: bytes) -> None:
    async def fixed(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/plain")

    app = web.Application()
    app.router.add_route("*", "/sns/jscode2session", fixed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"bare ready: http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1].encode()))
