"""Some hundred spoiled files for each reader; by hand, `python -m tests.fuzz.label_csv --minutes 10` and the like."""

from collections.abc import Callable

import pytest

from tests.fuzz import (
    checkpoints,
    http_replies,
    label_csv,
    label_formats,
    logs,
    packs,
    page_messages,
    settings,
    weights,
)
from tests.fuzz.mutate import Target, attack

READERS = [
    pytest.param(label_csv.target, label_csv.samples, label_csv.WORDS, 300, id="label CSVs"),
    pytest.param(label_formats.target, label_formats.samples, label_formats.WORDS, 300, id="label formats"),
    pytest.param(weights.target, weights.samples, weights.WORDS, 300, id="weights"),
    pytest.param(packs.target, packs.samples, packs.WORDS, 150, id="filter packs"),
    pytest.param(checkpoints.target, checkpoints.samples, checkpoints.WORDS, 300, id="checkpoints"),
    pytest.param(settings.target, settings.samples, settings.WORDS, 300, id="settings"),
    pytest.param(page_messages.target, page_messages.samples, page_messages.WORDS, 300, id="page messages"),
    pytest.param(http_replies.target, http_replies.samples, http_replies.WORDS, 60, id="HTTP replies"),
    pytest.param(logs.target, logs.samples, logs.WORDS, 300, id="logs"),
]


@pytest.mark.parametrize(("target", "samples", "words", "tries"), READERS)
def test_a_reader_survives(
    target: Target, samples: Callable[[], list[bytes]], words: tuple[bytes, ...], tries: int
) -> None:
    assert attack(target, samples(), tries=tries, words=words) == tries
