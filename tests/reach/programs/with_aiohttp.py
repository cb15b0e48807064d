import asyncio
import sys

import aiohttp


async def main() -> None:
    session = aiohttp.ClientSession(trust_env="--trust-env" in sys.argv)
    async with session, session.get(sys.argv[1]) as response:
        print(await response.text())


asyncio.run(main())
