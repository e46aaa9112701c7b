"""Lets the client read a made-up answer before the first real one. Only the endpoint's child imports it."""

from __future__ import annotations

from typing import Final

import httpx2
import openai

from tui.engines.endpoint.answer import StreamedAnswer
from tui.engines.endpoint.events import EventReader

_WARM_UP_ANSWER: Final = b"""data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}]}

data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}

data: [DONE]

"""


async def warm_up_client() -> None:
    """Read one answer that no server has sent, so that what the client does only once is in no first token."""

    def reply(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=_WARM_UP_ANSWER)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(reply)) as http:
        client = openai.AsyncOpenAI(api_key="none", base_url="http://localhost", max_retries=0, http_client=http)
        stream = await client.chat.completions.create(
            model="none", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        answer = StreamedAnswer(1)
        async for event in EventReader(stream.response.aiter_bytes()):
            tuple(answer.take(event, 0))
