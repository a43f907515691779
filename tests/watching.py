"""Reads what programs tell those who watch them: pages of their second listeners, and metrics as numbers."""

import asyncio
import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families


async def get(port: int, path: str) -> tuple[int, str]:
    """The status and the text of a page on this machine."""

    def ask() -> tuple[int, str]:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    return await asyncio.to_thread(ask)


async def read_readiness(port: int) -> tuple[int, dict[str, Any]]:
    status, text = await get(port, "/readyz")
    answer: dict[str, Any] = json.loads(text)
    return status, answer


def read_samples(page: str) -> dict[str, float]:
    """By the name with its labels, as the page spells both."""
    samples: dict[str, float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            samples[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return samples


def list_families(page: str) -> dict[str, str]:
    """The type of each metric, by the name under which it is asked for: counters end in `_total`."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: family.type
        for family in text_string_to_metric_families(page)
    }
