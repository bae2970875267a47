# The guide's Python client, and its next steps: the handshake, and requests that
# do not wait for its answer.
import asyncio
import json
import sys

import websockets


async def connect():
    uri = sys.argv[1]
    async with websockets.connect(uri) as websocket:
        for line in sys.stdin:
            await websocket.send(line.strip())
        for _ in range(int(sys.argv[2])):
            print(await websocket.recv(), flush=True)


asyncio.run(connect())
